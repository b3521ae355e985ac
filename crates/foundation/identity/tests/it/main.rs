//! Every function that touches the database, on SQLite and on PostgreSQL.

mod accounts;
mod authenticator;
mod invitations;
mod passkeys;
mod password_sign_in;
mod provider;
mod provider_sign_in;
mod second_factor;
mod sessions;
mod setup;
mod support;
mod tokens;
