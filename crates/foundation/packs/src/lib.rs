//! Rule packs: the ministry's checklists, self-checks and national contacts as dated data.
//!
//! The checklist has changed every fiscal year since 令和5, so nothing about it is code. A
//! [`Pack`] is one edition of one sheet with its source, its validity and, for every row, how
//! sure we are of the wording and which rows of the year before it continues. The editions that
//! ship with the program are under `/packs` in the repository and are embedded in the binary
//! ([`Library::builtin`]); an official workbook or a newer pack is imported at run time and
//! joins them ([`Library::with`]).
//!
//! The crate is pure: it opens no file, no connection, reads no clock, and never executes
//! anything that an outside file contains.

#![warn(missing_docs)]

mod builtin;
mod diff;
pub mod export;
pub mod import;
mod library;
mod model;
mod verify;

pub use diff::{Change, ChangeKind};
pub use library::{Library, LibraryError};
pub use model::*;
pub use verify::{Finding, FindingKind, KNOWN_PROBES, Place, Severity, verify, verify_within};

/// The Japanese messages of this crate, a Fluent resource.
pub const MESSAGES_JA: &str = include_str!("../locales/ja.ftl");

/// The English messages of this crate, a Fluent resource.
pub const MESSAGES_EN: &str = include_str!("../locales/en.ftl");
