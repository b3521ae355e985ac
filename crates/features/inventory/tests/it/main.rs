//! The register through store, pages and API, on every database of this machine.

#![expect(
    clippy::unwrap_used,
    reason = "tests stop where something is not as it must be"
)]

mod api;
mod confirmation;
mod imports;
mod pages;
mod records;
mod support;
