//! Verdicts on SQLite and PostgreSQL: uploaded, confirmed, kept as evidence, judged.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails where its expectation does"
)]

mod support;
mod verdicts;
