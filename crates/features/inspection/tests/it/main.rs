//! Tests of the inspection pack on SQLite and, where there is one, PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop where something is not as it must be"
)]

mod documents;
mod links;
mod printed;
mod rights;
mod support;
