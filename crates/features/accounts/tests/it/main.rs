//! Accounts against people, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

mod api;
mod directory;
mod figures;
mod findings;
mod leavers;
mod names;
mod pages;
mod remedies;
#[path = "../../../../engines/accountmatch/tests/slapd/mod.rs"]
mod slapd;
mod support;
