//! The accounts of an institution's systems, held against the people who work there.
//!
//! A staff list comes from personnel, the accounts from each system: as the export that the
//! system makes anyhow, or from the directory itself. This library reads both, says which account
//! belongs to whom, and which accounts should not be there. Nothing is guessed silently: an
//! account belongs to somebody because an identifier says so or because a person confirmed it;
//! everything else is a proposal with its reasons.
//!
//! | module | does |
//! |---|---|
//! | [`model`] | staff, accounts, grants and exceptions, and what a source does not tell |
//! | [`readers`] | staff lists and account exports, with bounds and places of every problem |
//! | [`columns`] | which column of a table means what, Japanese headings included |
//! | [`names`] | one form for the writings of a name: widths, variant kanji, readings, roman letters |
//! | [`matching`] | which account belongs to whom |
//! | [`changes`] | who joined, moved and left between two staff lists |
//! | [`findings`] | which accounts should not be there, what each finding rests on, and what proves a remedy |
//! | `directory` | asks a directory over LDAPS (feature `directory`) |
//!
//! Everything read here comes from outside: no reader panics or runs without bounds. What is
//! malformed is set aside with its place ([`problem::Problem`]). What a source does not say is
//! *not known* ([`model::Moment::NotKnown`], `None`), and never taken for "in order".

#![forbid(unsafe_code)]

pub mod changes;
pub mod columns;
mod dates;
#[cfg(feature = "directory")]
pub mod directory;
pub mod findings;
pub mod limits;
pub mod matching;
pub mod model;
pub mod names;
pub mod problem;
pub mod readers;
pub mod table;
mod text;

pub use limits::{Limits, Options};
pub use problem::{Place, Problem, ReadError, Reason};
