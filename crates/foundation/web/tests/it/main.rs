//! Integration tests of the web crate, in one binary.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail anywhere"
)]

mod account;
mod gallery;
mod idempotency;
mod messages;
mod provider;
mod proxies;
mod support;
