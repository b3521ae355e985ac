//! What tools found in an institution's network, and how it compares with a register of assets.
//!
//! A clinic has its inventory already: in a scan, in the leases of its DHCP server, in the
//! directory, in a spreadsheet. This library reads those, each into a [`model::Report`] of
//! [`model::Observation`]s, and compares several reports at once with the register: which rows
//! were seen again and what changed, which devices stand in no row, which rows nobody sees any
//! more, and where the facts do not decide ([`reconcile::Diff`]). Nothing is guessed silently and
//! nothing is written: the caller shows the difference to a person.
//!
//! | module | does |
//! |---|---|
//! | [`model`] | devices as a source saw them, hardware addresses and other keys with their worth |
//! | [`readers`] | nmap, CycloneDX, SPDX, osquery, systeminfo, DHCP leases, ARP tables, LDIF |
//! | [`detect`] | what kind of file this is, by its content |
//! | [`columns`] | which column of a table means what, Japanese headings included |
//! | [`reconcile`] | several reports against a register |
//! | [`collect`] | reads a Linux host itself |
//!
//! Everything read here comes from outside: no reader panics, runs without bounds or believes a
//! length. What is malformed is set aside with its place ([`model::Problem`]); what is cut off is
//! read as far as it goes, and the report says that it is not complete.

#![forbid(unsafe_code)]

pub mod collect;
pub mod columns;
pub mod detect;
mod json;
pub mod limits;
pub mod model;
pub mod readers;
pub mod reconcile;
mod text;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub use detect::detect;
pub use limits::{Limits, Options};
pub use readers::{ReadError, class_of_word, read, read_from};
