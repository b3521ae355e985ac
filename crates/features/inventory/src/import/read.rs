use discovery::columns::{Mapping, suggest};
use discovery::model::{Field, SourceKind};
use discovery::{Options, ReadError};
use yagura_documents::tabular::{FileKind, Limits, Table, TabularError, read_tables};

use super::sheet::{self, SheetMapping, SheetTable};
use super::{FileContent, LONGEST_CELL, SourceFile, SourceTable};

/// Among how many rows at the top the headings are looked for.
const HEADING_ROWS: usize = 15;
/// From how many rows the proposal of what a column means is made.
const SAMPLE: usize = 200;
/// How many columns must be recognised for a sheet to be taken for a ledger of devices.
const LEAST_COLUMNS: usize = 2;

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No kind that is read, or cut off before anything.
    #[error(transparent)]
    Tool(#[from] ReadError),
    /// Not a table that can be read.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// Compressed.
    #[error("the file is compressed")]
    Compressed,
    /// A table without a row in which two headings are recognised.
    #[error("no row with headings was found")]
    NoHeadings,
}

/// What columns were assigned to before, newest first.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Of tables of devices.
    pub devices: Vec<Mapping>,
    /// Of tables of systems and connections.
    pub sheets: Vec<SheetMapping>,
}

/// Reads a file of any kind that is known.
///
/// # Errors
/// [`FileError`]; what is wrong within a readable file stands in its report instead.
pub fn read_file(
    bytes: &[u8],
    file_name: &str,
    remembered: &Remembered,
) -> Result<Vec<SourceFile>, FileError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty.into());
    }
    // gzip, bzip2, xz, 7-Zip, Zstandard.
    let marks: [&[u8]; 5] = [
        &[0x1F, 0x8B],
        b"BZh",
        &[0xFD, b'7', b'z', b'X', b'Z'],
        &[b'7', b'z', 0xBC, 0xAF],
        &[0x28, 0xB5, 0x2F, 0xFD],
    ];
    if marks.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(FileError::Compressed);
    }
    let kind = discovery::detect(bytes, file_name);
    if let Some(kind) = kind.filter(|kind| *kind != SourceKind::Table) {
        let report = discovery::readers::read_as(kind, bytes, &Options::default())?;
        return Ok(vec![SourceFile {
            name: file_name.to_owned(),
            content: FileContent::Report(Box::new(report)),
        }]);
    }
    let limits = Limits::default();
    let tables = match read_tables(bytes, file_name, &limits) {
        Ok(tables) => tables,
        // To somebody who sent a tool's output it says nothing that it is no workbook either.
        Err(TabularError::NotATable {
            kind: FileKind::Binary | FileKind::Text | FileKind::WebPage,
        }) if kind.is_none() => {
            return Err(ReadError::Unknown.into());
        }
        Err(error) => return Err(error.into()),
    };
    let are_several = tables.len() > 1;
    let found: Vec<SourceFile> = tables
        .iter()
        .filter_map(|table| {
            let content = content_of(table, remembered)?;
            // A sheet that people fill in is named with each place, so that they find it.
            let is_sheet = bytes.starts_with(b"PK") && matches!(content, FileContent::Sheet(_));
            let name = match are_several || is_sheet {
                true => format!("{file_name} ({})", table.sheet),
                false => file_name.to_owned(),
            };
            Some(SourceFile { name, content })
        })
        .collect();
    match (found.is_empty(), kind) {
        (false, _) => Ok(found),
        (true, None) if !bytes.starts_with(b"PK") => Err(ReadError::Unknown.into()),
        (true, _) => Err(FileError::NoHeadings),
    }
}

/// The rows of a table with their numbers.
fn rows_of(table: &Table) -> Vec<(u64, Vec<String>)> {
    let texts = |row: &yagura_documents::tabular::Row| -> Vec<String> {
        let width = row.cells.len();
        (0..width)
            .map(|column| row.text(column).chars().take(LONGEST_CELL).collect())
            .collect()
    };
    table
        .rows
        .iter()
        .map(|row| (u64::from(row.number), texts(row)))
        .collect()
}

/// A list of devices, or of systems and connections: whichever its headings tell more of.
fn content_of(table: &Table, remembered: &Remembered) -> Option<FileContent> {
    let rows = rows_of(table);
    let (sheet, tells) = match sheet_table(&rows, remembered) {
        Some((sheet, tells)) => (Some(sheet), tells),
        None => (None, 0),
    };
    let devices = source_table(rows, remembered);
    let is_of_devices = devices.as_ref().is_some_and(|table| {
        let known = table.mapping.fields();
        let of_devices = known.iter().filter(|field| tells_devices(**field)).count();
        table.is_remembered || of_devices >= tells
    });
    match (sheet, devices) {
        (Some(sheet), _) if sheet.is_remembered => Some(FileContent::Sheet(sheet)),
        (_, Some(devices)) if is_of_devices => Some(FileContent::Table(devices)),
        (Some(sheet), _) if tells > 0 => Some(FileContent::Sheet(sheet)),
        (_, devices) => devices.map(FileContent::Table),
    }
}

/// Facts that only a list of devices has.
const fn tells_devices(field: Field) -> bool {
    matches!(
        field,
        Field::ManagementNumber
            | Field::Hostname
            | Field::Fqdn
            | Field::IpAddresses
            | Field::MacAddresses
            | Field::SerialNumber
            | Field::SystemUuid
            | Field::OsName
            | Field::OsVersion
            | Field::Manufacturer
            | Field::Model
            | Field::User
            | Field::SoftwareName
    )
}

/// The table of systems or connections that stands in rows, with how many columns tell so.
fn sheet_table(
    rows: &[(u64, Vec<String>)],
    remembered: &Remembered,
) -> Option<(SheetTable, usize)> {
    let (at, kind, columns, tells) = (0..rows.len().min(HEADING_ROWS))
        .filter_map(|at| {
            let (_, headings) = rows.get(at)?;
            let (kind, columns) = sheet::recognise(headings)?;
            let tells = sheet::telling(&columns);
            Some((at, kind, columns, tells))
        })
        .reduce(|best, next| {
            let known = |columns: &[Option<String>]| columns.iter().flatten().count();
            if known(&next.2) > known(&best.2) {
                next
            } else {
                best
            }
        })?;
    let (header_row, headings) = rows.get(at)?.clone();
    let fingerprint = discovery::columns::fingerprint(&headings);
    let mut before = remembered.sheets.iter();
    let before = before.find(|known| known.fingerprint == fingerprint);
    let table = SheetTable {
        kind: before.map_or(kind, |known| known.kind),
        header_row,
        is_remembered: before.is_some(),
        columns: before.map_or(columns, |known| known.columns.clone()),
        rows: rows.iter().skip(at + 1).cloned().collect(),
        headings,
    };
    Some((table, tells))
}

fn source_table(rows: Vec<(u64, Vec<String>)>, remembered: &Remembered) -> Option<SourceTable> {
    let (at, mapping) = (0..rows.len().min(HEADING_ROWS))
        .filter_map(|at| {
            let (_, headings) = rows.get(at)?;
            let sample: Vec<Vec<String>> = rows
                .iter()
                .skip(at + 1)
                .take(SAMPLE)
                .map(|(_, cells)| cells.clone())
                .collect();
            let mapping = suggest(headings, &sample);
            let by_heading = mapping
                .columns
                .iter()
                .filter(|column| {
                    column.field.is_some() && column.because != discovery::columns::Basis::Values
                })
                .count();
            (by_heading >= LEAST_COLUMNS).then_some((at, by_heading, mapping))
        })
        // Of rows with as many headings the first: a row of values may look like one.
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(at, _, mapping)| (at, mapping))?;
    let (header_row, headings) = rows.get(at)?.clone();
    let mut known = remembered.devices.iter();
    let known = known.find(|known| known.fits(&headings)).cloned();
    Some(SourceTable {
        header_row,
        headings,
        is_remembered: known.is_some(),
        mapping: known.unwrap_or(mapping),
        rows: rows.into_iter().skip(at + 1).collect(),
    })
}

/// What a table says as its columns are assigned.
#[must_use]
pub(super) fn map_columns(table: &SourceTable) -> discovery::model::Report {
    let rows = table
        .rows
        .iter()
        .map(|(number, cells)| (*number, cells.as_slice()));
    table.mapping.read(rows, &Options::default())
}
