//! Bounds on what is read, and what a reader must be told.

use std::time::Duration;

use time::UtcOffset;

/// Bounds of one reading. A file beyond a bound is refused as a whole; nothing is cut off
/// silently, because an account that was not read would look like one that was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of all files of one reading together, in bytes.
    pub bytes: u64,
    /// What a workbook may unpack to, in bytes.
    pub unpacked_bytes: u64,
    /// Staff or accounts of one list.
    pub records: usize,
    /// Columns of a table, and attributes of one entry.
    pub columns: usize,
    /// Values of one attribute, for example groups of one account.
    pub values: usize,
    /// Characters of one text; longer ones are left out and named as a problem.
    pub text_characters: usize,
    /// Problems kept with their place; further ones are only counted.
    pub problems: usize,
    /// How long a reading may take.
    pub time: Duration,
}

impl Default for Limits {
    /// Room for a directory of 200,000 accounts.
    fn default() -> Self {
        Self {
            bytes: 128 << 20,
            unpacked_bytes: 256 << 20,
            records: 200_000,
            columns: 512,
            values: 2_000,
            text_characters: 1_024,
            problems: 1_000,
            time: Duration::from_secs(60),
        }
    }
}

/// What a reader must be told because the file does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Bounds of the reading.
    pub limits: Limits,
    /// Offset of times that are written without one (Windows tools write local time).
    pub local_offset: UtcOffset,
    /// Names of groups that give administrator rights, besides the well-known ones
    /// ([`crate::model::ADMINISTRATOR_GROUPS`]).
    pub administrator_groups: Vec<String>,
    /// Attribute of a directory that holds the staff number, besides `employeeNumber` and
    /// `employeeID`.
    pub staff_number_attribute: Option<String>,
}

impl Default for Options {
    /// The default bounds, Japan Standard Time, and no further groups.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            local_offset: UtcOffset::from_hms(9, 0, 0).unwrap_or(UtcOffset::UTC),
            administrator_groups: Vec::new(),
            staff_number_attribute: None,
        }
    }
}
