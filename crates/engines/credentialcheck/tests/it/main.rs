//! Files made in the tests: KDBX 4 by the writer of the library that reads it, KDBX 3.1 by hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "../../fuzz/properties.rs"]
mod properties;

mod files;
mod judging;
mod outside;
