//! Tests of the store on SQLite and, where there is one, PostgreSQL.

mod answering;
mod concurrency;
mod http;
mod overview;
mod shots;
mod support;
