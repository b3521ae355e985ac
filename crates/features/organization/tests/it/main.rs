//! People and roles, sharing, sign-in, the audit log and the installation through pages and API, on
//! every database of this machine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop where something is not as it must be"
)]

mod accounts;
mod audit_log;
mod installation;
mod people;
mod providers;
mod sharing;
mod support;
mod words;
