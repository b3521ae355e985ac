//! Tests of the region's work on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

mod corpus;
mod roll;
mod support;
mod words;
