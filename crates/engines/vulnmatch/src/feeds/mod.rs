//! Readers of the feeds: NVD 2.0, its overrides, CVE 5.1, KEV, EPSS, JVN and CSAF.
//!
//! All read as a stream with bounds on the length of a record, the depth of nesting and the whole
//! amount, so that neither a single line of two gigabytes nor a bomb of brackets or entities takes
//! more than a fixed amount of memory. A record that cannot be understood is set aside with its
//! place ([`SetAside`]) and the reading goes on; only where no further record can be found — the
//! stream is cut, the brackets do not fit — it ends with a [`FeedError`], and what was read before
//! stands.

pub mod csaf;
pub mod cve5;
pub mod epss;
pub mod json;
pub mod jvn;
pub mod kev;
pub mod nvd;
pub mod overrides;
mod usual;
mod xml;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest record, in bytes. The longest of NVD has some four million.
    pub longest_record: usize,
    /// How deep a record may be nested.
    pub deepest: usize,
    /// How much a stream may hold after decompression, in bytes.
    pub most_bytes: u64,
    /// How many records that are set aside are kept with their place; more are counted only.
    pub most_set_aside: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            longest_record: 64 << 20,
            deepest: 64,
            most_bytes: 16 << 30,
            most_set_aside: 1000,
        }
    }
}

/// Why a feed could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The stream ended or failed.
    #[error("the feed could not be read after byte {offset}: {error}")]
    Read {
        /// How many bytes were read, after decompression.
        offset: u64,
        /// Why.
        error: io::Error,
    },
    /// The content ends in the middle.
    #[error("the feed ends at byte {offset} in the middle of {within}; fetch it again")]
    Truncated {
        /// Where.
        offset: u64,
        /// In what.
        within: &'static str,
    },
    /// Something else stands where the form demands a certain thing.
    #[error("at byte {offset} of the feed {expected} is expected")]
    Malformed {
        /// Where.
        offset: u64,
        /// What should stand there.
        expected: &'static str,
    },
    /// A record is longer than the limit.
    #[error(
        "the record at byte {offset} is longer than {limit} bytes; the feed is not read further"
    )]
    TooLong {
        /// Where it begins.
        offset: u64,
        /// The limit.
        limit: u64,
    },
    /// Brackets or elements are nested deeper than the limit.
    #[error("at byte {offset} the feed is nested deeper than {limit}; it is not read further")]
    TooDeep {
        /// Where.
        offset: u64,
        /// The limit.
        limit: usize,
    },
    /// The stream is longer than the limit.
    #[error("the feed has more than {limit} bytes after decompression; it is not read further")]
    TooMuch {
        /// The limit.
        limit: u64,
    },
    /// The records are not where they should be.
    #[error("the feed has no {what}; is it another kind of file?")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// XML that declares entities of its own.
    #[error(
        "the document type at byte {offset} is not accepted: feeds have none, and entities are not expanded"
    )]
    DocumentType {
        /// Where.
        offset: u64,
    },
    /// What was read could not be put into the index.
    #[error(transparent)]
    Build(#[from] crate::index::BuildError),
}

/// A record that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SetAside {
    /// Which record, from 1.
    pub record: u64,
    /// Where it begins, in bytes after decompression.
    pub offset: u64,
    /// Its identifier, when it could be read.
    pub id: Option<String>,
    /// Why.
    pub reason: String,
}

/// What became of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Report {
    /// How many records were read, with those set aside.
    pub records: u64,
    /// How many were set aside.
    pub set_aside: u64,
    /// The first of them.
    pub examples: Vec<SetAside>,
}

impl Report {
    pub(crate) fn aside(
        &mut self,
        limits: &Limits,
        place: Place,
        id: Option<String>,
        reason: String,
    ) {
        self.set_aside += 1;
        if self.examples.len() < limits.most_set_aside {
            self.examples.push(SetAside {
                record: place.record,
                offset: place.offset,
                id,
                reason,
            });
        }
    }
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which record, from 1.
    pub record: u64,
    /// Where it begins, in bytes after decompression.
    pub offset: u64,
}

/// Opens a file, decompressing it when it begins as gzip.
///
/// # Errors
///
/// [`FeedError::Read`].
pub fn open(path: &Path) -> Result<Box<dyn Read>, FeedError> {
    let file = File::open(path).map_err(|error| FeedError::Read { offset: 0, error })?;
    decompressed(BufReader::with_capacity(1 << 16, file))
}

/// Decompresses a stream when it begins as gzip.
///
/// # Errors
///
/// [`FeedError::Read`].
pub fn decompressed(mut reader: impl BufRead + 'static) -> Result<Box<dyn Read>, FeedError> {
    let start = reader
        .fill_buf()
        .map_err(|error| FeedError::Read { offset: 0, error })?;
    Ok(if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(reader))
    } else {
        Box::new(reader)
    })
}

#[cfg(test)]
mod tests;
