//! Evidence through its store, its pages and its API, on every database of this machine.

#![expect(
    clippy::unwrap_used,
    reason = "tests stop where something is not as it must be"
)]

mod api;
mod expiry;
mod files;
mod library;
mod rights;
mod support;
mod upload;
