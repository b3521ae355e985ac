//! The ledgers on both databases.

#![expect(
    clippy::unwrap_used,
    reason = "a test and its helpers fail by panicking"
)]

mod entries;
mod imports;
mod media;
mod pages;
mod recertification;
mod support;
