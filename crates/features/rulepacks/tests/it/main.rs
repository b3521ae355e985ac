//! Tests of the rule packs' pages, API and import on SQLite and PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop where something is not as it must be"
)]

mod http;
mod withdrawal;
