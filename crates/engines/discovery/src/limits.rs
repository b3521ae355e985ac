//! Bounds on what is read, and what a reader must be told.

use time::UtcOffset;

/// Bounds of one reading. What exceeds a bound is named in the report's problems, or refused
/// before anything is read where it concerns the file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Observations in one report.
    pub records: usize,
    /// Software, services, addresses and the like of one observation, each.
    pub items: usize,
    /// Depth of nested elements and components.
    pub depth: usize,
    /// Characters of one text; longer ones are left out and named as a problem.
    pub text_characters: usize,
    /// Problems kept with their place; further ones are only counted.
    pub problems: usize,
}

impl Default for Limits {
    /// Room for a network of 100,000 devices and a bill of materials of 200,000 components.
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            records: 100_000,
            items: 200_000,
            depth: 64,
            text_characters: 1_024,
            problems: 1_000,
        }
    }
}

/// What a reader must be told because the file does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Bounds of the reading.
    pub limits: Limits,
    /// Offset of times that are written without one (Windows tools write local time).
    pub local_offset: UtcOffset,
}

impl Default for Options {
    /// The default bounds, and Japan Standard Time.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            local_offset: UtcOffset::from_hms(9, 0, 0).unwrap_or(UtcOffset::UTC),
        }
    }
}
