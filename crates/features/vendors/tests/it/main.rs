//! Tests of the vendors' pages and API on SQLite and, where there is one, PostgreSQL.

#![expect(
    clippy::unwrap_used,
    reason = "tests stop where something is not as it must be"
)]

mod api;
mod customers;
mod drafts;
mod institution;
mod invitations;
mod support;
