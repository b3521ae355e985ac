//! Tests of the store, the pages and the API on SQLite and, where there is one, PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop where something is not as it must be"
)]

mod answering;
mod concurrency;
mod http;
mod overview;
mod support;
