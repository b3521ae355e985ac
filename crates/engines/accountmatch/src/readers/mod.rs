//! Readers of staff lists and account exports.
//!
//! A reading takes one or several files ([`File`]): passwd and group of one server, the local
//! users and the administrators of one computer. It refuses what cannot be used at all with
//! [`ReadError`]; everything else that is set aside stands in the problems of the list.

mod directory_table;
pub(crate) mod entry;
pub mod ldif;
mod linux;
mod making;
mod staff;
mod table;
mod windows;

use crate::columns::{AccountField, Field, Mapping, StaffField};
use crate::limits::Options;
use crate::model::{AccountList, SourceFormat, StaffList};
use crate::problem::ReadError;
use crate::table::{self as tables, Sheet};
use crate::text;

pub(crate) use making::Making;

/// One file of a reading.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name, for messages; also `passwd`, `shadow`, `group` tell what is in it.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What kind of accounts the files hold, by their content.
///
/// # Errors
/// [`ReadError`] where the files are empty or of no known kind.
pub fn detect(files: &[File<'_>], options: &Options) -> Result<SourceFormat, ReadError> {
    check(files, options)?;
    for file in files {
        if file.bytes.starts_with(b"PK\x03\x04") {
            return Ok(SourceFormat::Table);
        }
        let head = file.bytes.get(..64 << 10).unwrap_or(file.bytes);
        let head = text::decode(head).text;
        if ldif::looks_like(&head) {
            return Ok(SourceFormat::Ldif);
        }
        if linux::looks_like(&head) {
            return Ok(SourceFormat::Linux);
        }
        if windows::looks_like(&head) {
            return Ok(SourceFormat::WindowsLocal);
        }
    }
    for file in files {
        let Ok(sheets) = account_sheets(file.bytes, file.name, options) else {
            continue;
        };
        for sheet in &sheets {
            if windows::fits(sheet) {
                return Ok(SourceFormat::WindowsLocal);
            }
            if directory_table::fits(sheet) {
                return Ok(SourceFormat::DirectoryTable);
            }
            if sheet.headings.len() > 1 {
                return Ok(SourceFormat::Table);
            }
        }
    }
    Err(ReadError::Unknown)
}

/// Reads the accounts of the files. Without `format` it is told by the content; `mapping` says
/// what the columns of a system's own table mean, without it the usual headings are understood.
///
/// # Errors
/// [`ReadError`] where nothing can be used.
pub fn read_accounts(
    files: &[File<'_>],
    format: Option<SourceFormat>,
    mapping: Option<&Mapping>,
    options: &Options,
) -> Result<AccountList, ReadError> {
    check(files, options)?;
    let format = match format {
        Some(format) => format,
        None => detect(files, options)?,
    };
    let mut making = Making::new(format, options);
    match format {
        SourceFormat::Ldif | SourceFormat::Directory => {
            ldif::read_accounts(files, &mut making)?;
        }
        SourceFormat::DirectoryTable => directory_table::read(files, &mut making)?,
        SourceFormat::WindowsLocal => windows::read(files, &mut making)?,
        SourceFormat::Linux => linux::read(files, &mut making)?,
        SourceFormat::Table => table::read(files, mapping, &mut making)?,
    }
    making.finish()
}

/// Reads the staff of the files: tables, workbooks, LDIF.
///
/// # Errors
/// [`ReadError`] where nothing can be used.
pub fn read_staff(
    files: &[File<'_>],
    mapping: Option<&Mapping>,
    options: &Options,
) -> Result<StaffList, ReadError> {
    check(files, options)?;
    staff::read(files, mapping, options)
}

/// The tables of a staff list, to show their headings and the meanings that are suggested.
///
/// # Errors
/// [`ReadError`] where the file is no table.
pub fn staff_sheets(bytes: &[u8], name: &str, options: &Options) -> Result<Vec<Sheet>, ReadError> {
    sheets::<StaffField>(bytes, name, options)
}

/// The tables of an account export, to show their headings and the meanings that are suggested.
///
/// # Errors
/// [`ReadError`] where the file is no table.
pub fn account_sheets(
    bytes: &[u8],
    name: &str,
    options: &Options,
) -> Result<Vec<Sheet>, ReadError> {
    sheets::<AccountField>(bytes, name, options)
}

fn sheets<F: Field>(bytes: &[u8], name: &str, options: &Options) -> Result<Vec<Sheet>, ReadError> {
    tables::read(bytes, name, &options.limits, &Mapping::understood::<F>)
}

fn check(files: &[File<'_>], options: &Options) -> Result<(), ReadError> {
    let mut sum = 0_u64;
    for file in files {
        sum = sum.saturating_add(u64::try_from(file.bytes.len()).unwrap_or(u64::MAX));
    }
    if sum == 0 {
        return Err(ReadError::Empty);
    }
    if sum > options.limits.bytes {
        return Err(ReadError::TooLarge {
            limit: options.limits.bytes,
        });
    }
    Ok(())
}
