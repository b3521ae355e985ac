//! Every function that touches the database, on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should say so at once"
)]

mod accounts;
mod invitations;
mod passkeys;
mod password_sign_in;
mod provider_sign_in;
mod second_factor;
mod sessions;
mod setup;
mod support;
mod tokens;
