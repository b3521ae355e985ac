//! Migrations: forward only, run on start, each in a transaction of its own.
//!
//! Column types are those that mean the same on both engines: `BIGINT` (also instants in µs and
//! booleans as 0 and 1), `TEXT` (also ISO dates and JSON), `DOUBLE PRECISION`, and the two tokens
//! `{uuid}` and `{blob}`, which become the engine's own type.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use yagura_kernel::time::Instant;

use crate::{ComposedSql, Database, Engine, StoreError, params, row};

/// One step of the schema. Its name orders nothing: steps run in the order of their list.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// A unique name, `feature_0001_subject`.
    pub name: &'static str,
    /// Statements, separated by semicolons.
    pub sql: &'static str,
}

impl Migration {
    /// The statements for an engine.
    #[must_use]
    pub fn sql_for(&self, engine: Engine) -> String {
        let (uuid, blob) = match engine {
            Engine::Sqlite => ("BLOB", "BLOB"),
            Engine::Postgres => ("UUID", "BYTEA"),
        };
        self.sql.replace("{uuid}", uuid).replace("{blob}", blob)
    }

    fn fingerprint(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.sql.as_bytes()))
    }
}

row! {
    struct Applied { name: String, fingerprint: String }
}

/// Number under which PostgreSQL's advisory lock lets only one process migrate.
const ADVISORY_LOCK: i64 = 0x7961_6775_7261;

/// Brings the schema up to date and returns how many steps were run.
///
/// # Errors
/// [`StoreError::NewerDatabase`] where the database knows steps that this program does not,
/// [`StoreError::AlteredMigration`] where a step was changed after it had run.
pub async fn migrate(
    database: &Database,
    lists: &[&[Migration]],
    now: Instant,
) -> Result<usize, StoreError> {
    let known: Vec<&Migration> = lists.iter().flat_map(|list| list.iter()).collect();
    let mut tx = database.begin().await?;
    if database.engine() == Engine::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock($1)", params![ADVISORY_LOCK]).await?;
    }
    tx.execute(
        "CREATE TABLE IF NOT EXISTS migrations (
            name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        params![],
    )
    .await?;
    let applied: Vec<Applied> =
        tx.rows("SELECT name, fingerprint FROM migrations", params![]).await?;
    for row in &applied {
        match known.iter().find(|migration| migration.name == row.name) {
            None => return Err(StoreError::NewerDatabase(row.name.clone())),
            Some(migration) if migration.fingerprint() != row.fingerprint => {
                return Err(StoreError::AlteredMigration(row.name.clone()));
            }
            Some(_) => {}
        }
    }
    let mut run = 0;
    for migration in known {
        if applied.iter().any(|row| row.name == migration.name) {
            continue;
        }
        for statement in statements(&migration.sql_for(database.engine())) {
            tx.execute(ComposedSql(statement.into_owned()), params![]).await?;
        }
        tx.execute(
            "INSERT INTO migrations (name, fingerprint, applied_at) VALUES ($1, $2, $3)",
            params![migration.name, migration.fingerprint(), now],
        )
        .await?;
        run += 1;
    }
    tx.commit().await?;
    Ok(run)
}

fn statements(sql: &str) -> impl Iterator<Item = Cow<'_, str>> {
    sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(Cow::Borrowed)
}
