//! Every store function on SQLite and, where there is one, on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod backup;
mod blobs;
mod directory;
mod faults;
mod jobs;
mod migrations;
mod notices_and_settings;
mod support;
mod transactions;
mod values;
