//! Judges the passwords that an institution keeps in a KeePass file, without letting one out.
//!
//! The file is opened where it lies ([`open()`]), with bounds on its size and on what its key
//! derivation may cost. Every entry is put into a class of devices ([`classify`]) and judged
//! ([`check()`]): length, kinds of characters, factory defaults, how soon it would be guessed, how
//! long it has not been changed, whether it stands elsewhere too, and whether it differs from
//! another by a counter only. What comes out is a [`Verdict`], which can be shown to others: it
//! holds counts, and per entry its title and group where the caller allows it, never a password,
//! never its length beyond three classes, and nothing from which it could be computed.
//!
//! | module | does |
//! |---|---|
//! | [`limits`] | how large a file may be and what opening it may cost |
//! | [`header`] | what a KDBX file asks for, read before any of it is done |
//! | [`open`](mod@open) | a file and its key into entries |
//! | [`entry`] | an entry; its password shows itself to nobody by accident |
//! | [`classify`] | classes of devices, vendors |
//! | [`defaults`] | factory defaults that are public knowledge |
//! | [`similar`] | families of passwords that differ by little, without comparing all with all |
//! | [`check`](mod@check) | the judgement |
//! | [`verdict`] | its result, written, read and bounded |
//!
//! There is no network, no clock and no global state.

#![forbid(unsafe_code)]

pub mod check;
pub mod classify;
pub mod defaults;
pub mod entry;
pub mod header;
pub mod limits;
pub mod open;
pub mod similar;
mod unpack;
pub mod verdict;

pub use check::{Options, Safe, check, check_all};
pub use classify::{DeviceClass, GroupMap};
pub use entry::{Entry, Secret};
pub use limits::Limits;
pub use open::{Key, OpenError, Opened, open};
pub use verdict::{CheckedFile, Fault, LengthClass, Verdict};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
