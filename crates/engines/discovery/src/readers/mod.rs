//! One reader for each kind of file. Each takes the bytes and [`Options`] and gives a
//! [`Report`]; it refuses a file only where nothing of it can be used.

pub mod arp;
pub mod cyclonedx;
pub mod dhcp;
pub mod ldif;
pub mod nmap;
pub mod osquery;
mod reading;
pub mod spdx;
pub mod systeminfo;

use std::io::Read;

use crate::limits::Options;
use crate::model::{Report, SourceKind};

pub use reading::class_of_word;
pub(crate) use reading::{Reading, class_of_os_name, offset_date_time};

/// Why a file cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("the file is empty; export it again")]
    Empty,
    /// Larger than the bound.
    #[error("the file has more than {limit} bytes; split it, or raise the limit")]
    TooLarge {
        /// The bound in bytes.
        limit: u64,
    },
    /// Not the kind that it was taken for.
    #[error("this is no {expected}; {hint}")]
    NotThisKind {
        /// What it was taken for.
        expected: &'static str,
        /// How to make such a file, or what was seen instead.
        hint: String,
    },
    /// No kind that this library knows.
    #[error(
        "the kind of the file is not known: neither nmap XML, CycloneDX or SPDX JSON, osquery \
         results, systeminfo CSV, DHCP leases, an ARP table nor LDIF. A table of your own is \
         read with its columns mapped"
    )]
    Unknown,
    /// A table, whose columns the caller must map first ([`crate::columns`]).
    #[error("this is a table; say first which column means what")]
    Table,
    /// A version of a format that this library does not read.
    #[error("{format} version {version} is not read; export version {readable}")]
    Version {
        /// The format.
        format: &'static str,
        /// The version that the file names.
        version: String,
        /// The versions that are read.
        readable: &'static str,
    },
    /// Reading from the source failed.
    #[error("the file could not be read: {0}")]
    Io(#[from] std::io::Error),
}

/// Reads a file of any known kind; the kind is told by its content, the name only decides
/// between kinds that look alike.
///
/// # Errors
/// [`ReadError`] where nothing of the file can be used. Everything else stands in the report's
/// problems.
pub fn read(bytes: &[u8], file_name: &str, options: &Options) -> Result<Report, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let kind = crate::detect(bytes, file_name).ok_or(ReadError::Unknown)?;
    read_as(kind, bytes, options)
}

/// Reads a file of a kind that the caller knows.
///
/// # Errors
/// As [`read`].
pub fn read_as(kind: SourceKind, bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    match kind {
        SourceKind::Nmap => nmap::read(bytes, options),
        SourceKind::CycloneDx => cyclonedx::read(bytes, options),
        SourceKind::Spdx => spdx::read(bytes, options),
        SourceKind::OsqueryTables => osquery::read_tables(bytes, options),
        SourceKind::OsqueryLog => osquery::read_log(bytes, options),
        SourceKind::SystemInfo => systeminfo::read(bytes, options),
        SourceKind::IscDhcp => dhcp::isc::read(bytes, options),
        SourceKind::Dnsmasq => dhcp::dnsmasq::read(bytes, options),
        SourceKind::KeaDhcp => dhcp::kea::read(bytes, options),
        SourceKind::WindowsDhcpCsv => dhcp::windows::read_csv(bytes, options),
        SourceKind::WindowsDhcpXml => dhcp::windows::read_xml(bytes, options),
        SourceKind::WindowsDhcpNetsh => dhcp::windows::read_netsh(bytes, options),
        SourceKind::Arp => arp::read(bytes, options),
        SourceKind::Ldif => ldif::read(bytes, options),
        SourceKind::Collect => crate::collect::read(bytes, options),
        SourceKind::Table => Err(ReadError::Table),
    }
}

/// Reads everything from `source`, up to the bound, then as [`read`]. A claim about the length
/// is never believed: what is read is counted.
///
/// # Errors
/// As [`read`], and where reading fails.
pub fn read_from(
    source: impl Read,
    file_name: &str,
    options: &Options,
) -> Result<Report, ReadError> {
    let limit = options.limits.bytes;
    let mut bytes = Vec::new();
    source
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    check_size(&bytes, options)?;
    read(&bytes, file_name, options)
}

pub(crate) fn check_size(bytes: &[u8], options: &Options) -> Result<(), ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > options.limits.bytes {
        return Err(ReadError::TooLarge {
            limit: options.limits.bytes,
        });
    }
    Ok(())
}
