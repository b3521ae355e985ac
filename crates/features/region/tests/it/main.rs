//! Tests of the region's work on SQLite and PostgreSQL.

#![expect(
    clippy::unwrap_used,
    reason = "tests stop where something is not as it must be"
)]

mod corpus;
mod figures;
mod pages;
mod reminders;
mod roll;
mod service;
mod support;
