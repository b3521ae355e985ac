//! Storage: one code on SQLite (embedded, the default) and PostgreSQL.
//!
//! Features write one SQL text for both engines with `$1` placeholders and the column types of
//! [`migration`]. Writes go through [`Database::begin`]; on SQLite the one writer commits what
//! arrives together in one go (see [`database`]). Blobs live beside the database in
//! [`blobs`]: content-addressed and encrypted. [`backup`] takes all of it into one file and back.

pub mod audit;
pub mod backup;
pub mod blobs;
mod cause;
pub mod database;
pub mod directory;
mod error;
pub mod jobs;
pub mod migration;
pub mod notifications;
mod row;
mod sealed;
pub mod settings;
mod value;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use cause::Cause;
pub use database::{
    Database, DatabaseUrl, Engine, Snapshot, Transaction, escape_like, placeholders,
};
pub use error::StoreError;
pub use migration::{AppliedMigration, Migration};
pub use row::{FromColumn, FromRow, Row};
pub use sqlx::AssertSqlSafe as ComposedSql;
pub use value::{Params, Value};

/// The migrations of the foundation itself, before those of any feature.
pub const MIGRATIONS: &[&[Migration]] = &[
    settings::MIGRATIONS,
    directory::MIGRATIONS,
    audit::MIGRATIONS,
    jobs::MIGRATIONS,
    blobs::MIGRATIONS,
    notifications::MIGRATIONS,
];
