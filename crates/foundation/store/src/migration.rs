//! Migrations: forward only, run on start, all that are due in one transaction.
//!
//! Column types are those that mean the same on both engines: `BIGINT` (also instants in µs and
//! booleans as 0 and 1), `TEXT` (also ISO dates and JSON), `DOUBLE PRECISION`, and the two tokens
//! `{uuid}` and `{blob}`, which become the engine's own type. Text is compared by its bytes on
//! both (SQLite does so by default, PostgreSQL is told), so that orders, ranges and cursors agree.

use sha2::{Digest as _, Sha256};
use yagura_kernel::time::Instant;

use crate::{ComposedSql, Database, Engine, StoreError, Transaction, params, row};

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
        match engine {
            Engine::Sqlite => self.sql.replace("{uuid}", "BLOB").replace("{blob}", "BLOB"),
            Engine::Postgres => collated(
                &self
                    .sql
                    .replace("{uuid}", "UUID")
                    .replace("{blob}", "BYTEA"),
            ),
        }
    }

    /// SHA-256 of the statements, by which an altered step is known.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.sql.as_bytes()))
    }
}

/// Gives the type TEXT of columns the collation of bytes. (`CAST(… AS TEXT)` takes none.)
fn collated(sql: &str) -> String {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(sql.len() + 256);
    let mut rest = sql;
    while let Some(at) = rest.find("TEXT") {
        let (before, from) = rest.split_at(at);
        let (word, after) = from.split_at("TEXT".len());
        out.push_str(before);
        out.push_str(word);
        let alone = !out.trim_end_matches("TEXT").ends_with(part_of_name)
            && !after.starts_with(part_of_name);
        if alone && !before.trim_end().ends_with("AS") {
            out.push_str(" COLLATE \"C\"");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

row! {
    /// A step that a database has run.
    #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub struct AppliedMigration {
        /// The step's name.
        pub name: String,
        /// The fingerprint of its statements then.
        pub fingerprint: String,
        /// When it was run.
        pub applied_at: Instant,
    }
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
    let mut tx = database.begin_long().await?;
    lock(&mut tx).await?;
    tx.execute(
        "CREATE TABLE IF NOT EXISTS migrations (
            name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        params![],
    )
    .await?;
    let applied: Vec<AppliedMigration> = tx
        .rows(
            "SELECT name, fingerprint, applied_at FROM migrations",
            params![],
        )
        .await?;
    check_known(lists, &applied)?;
    let run = apply_missing(&mut tx, lists, &applied, now).await?;
    tx.commit().await?;
    Ok(run)
}

/// Lets only one process at a time change the schema.
pub(crate) async fn lock(tx: &mut Transaction) -> Result<(), StoreError> {
    if tx.engine() == Engine::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock($1)", params![ADVISORY_LOCK])
            .await?;
    }
    Ok(())
}

/// Runs the steps that were not applied, in order, and returns how many.
pub(crate) async fn apply_missing(
    tx: &mut Transaction,
    lists: &[&[Migration]],
    applied: &[AppliedMigration],
    now: Instant,
) -> Result<usize, StoreError> {
    let mut run = 0;
    for migration in lists.iter().flat_map(|list| list.iter()) {
        if !applied.iter().any(|row| row.name == migration.name) {
            apply(tx, migration, now).await?;
            run += 1;
        }
    }
    Ok(run)
}

/// Whether every step that was applied is one of the program's, unaltered.
pub(crate) fn check_known(
    lists: &[&[Migration]],
    applied: &[AppliedMigration],
) -> Result<(), StoreError> {
    for row in applied {
        let mut known = lists.iter().flat_map(|list| list.iter());
        match known.find(|migration| migration.name == row.name) {
            None => return Err(StoreError::NewerDatabase(row.name.clone())),
            Some(migration) if migration.fingerprint() != row.fingerprint => {
                return Err(StoreError::AlteredMigration(row.name.clone()));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn apply(
    tx: &mut Transaction,
    migration: &Migration,
    now: Instant,
) -> Result<(), StoreError> {
    for statement in statements(&migration.sql_for(tx.engine())) {
        tx.execute(ComposedSql(statement.to_owned()), params![])
            .await?;
    }
    tx.execute(
        "INSERT INTO migrations (name, fingerprint, applied_at) VALUES ($1, $2, $3)",
        params![migration.name, migration.fingerprint(), now],
    )
    .await?;
    Ok(())
}

/// The schema as it stood when these steps, and no others, had been applied; for a restore.
pub(crate) async fn replay(
    tx: &mut Transaction,
    lists: &[&[Migration]],
    applied: &[AppliedMigration],
) -> Result<(), StoreError> {
    check_known(lists, applied)?;
    tx.execute(
        "CREATE TABLE migrations (
            name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        params![],
    )
    .await?;
    for migration in lists.iter().flat_map(|list| list.iter()) {
        if let Some(row) = applied.iter().find(|row| row.name == migration.name) {
            apply(tx, migration, row.applied_at).await?;
        }
    }
    Ok(())
}

/// The statements of a script: parted at semicolons outside of quotes and comments.
fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut in_comment = false;
    let mut previous = ' ';
    for (at, c) in sql.char_indices() {
        match (quote, c) {
            _ if in_comment => in_comment = c != '\n',
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '-') if previous == '-' => in_comment = true,
            (None, ';') => {
                found.extend(sql.get(start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
        previous = c;
    }
    found.extend(sql.get(start..));
    found
        .into_iter()
        .map(str::trim)
        .filter(|statement| !is_only_comment(statement))
        .collect()
}

fn is_only_comment(statement: &str) -> bool {
    statement
        .lines()
        .all(|line| line.trim().is_empty() || line.trim().starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_parted_outside_of_quotes_and_comments() {
        let script = "
            CREATE TABLE a (note TEXT); -- first; and only
            INSERT INTO a VALUES ('one; two''s'), (\"x;y\");
            -- nothing; more
        ";
        let found = statements(script);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], "CREATE TABLE a (note TEXT)");
        assert!(found[1].ends_with("(\"x;y\")"), "{found:?}");
        assert!(statements(" ; ;\n").is_empty());
    }

    #[test]
    fn text_columns_of_postgresql_compare_bytes() {
        let migration = Migration {
            name: "x",
            sql: "CREATE TABLE a (id {uuid}, note TEXT NOT NULL, CONTEXT {blob}, TEXTS TEXT);
                  UPDATE a SET note = CAST(id AS TEXT)",
        };
        assert_eq!(
            migration.sql_for(Engine::Postgres),
            "CREATE TABLE a (id UUID, note TEXT COLLATE \"C\" NOT NULL, CONTEXT BYTEA, \
             TEXTS TEXT COLLATE \"C\");
                  UPDATE a SET note = CAST(id AS TEXT)"
        );
        assert!(!migration.sql_for(Engine::Sqlite).contains("COLLATE"));
    }
}
