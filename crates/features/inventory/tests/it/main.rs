//! The register through store, pages and API, on every database of this machine.

#![expect(
    clippy::unwrap_used,
    reason = "tests stop where something is not as it must be"
)]

mod api;
mod confirmation;
mod figures;
mod hostile;
mod imports;
mod merging;
mod pages;
mod questions;
mod records;
mod sheets;
mod support;
