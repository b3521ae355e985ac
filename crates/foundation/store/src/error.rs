use thiserror::Error;

/// Why the store could not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database URL is of no known form.
    #[error("database URL is neither sqlite:… nor postgres://…")]
    UnknownUrl,
    /// The database could not be reached or did not answer in time.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// The disk that holds the database is full.
    #[error("the disk of the database is full")]
    DiskFull,
    /// A unique key stands already.
    #[error("a record with the same key stands already: {0}")]
    Duplicate(String),
    /// A record that is referred to does not exist.
    #[error("a record that is referred to does not exist: {0}")]
    MissingReference(String),
    /// A statement failed for another reason.
    #[error("database statement failed: {0}")]
    Statement(#[source] sqlx::Error),
    /// A row did not hold what the program expects.
    #[error("column {column} of a row is not what was expected: {reason}")]
    Column {
        /// The column.
        column: String,
        /// Why.
        reason: String,
    },
    /// Exactly one row was asked for and there was none.
    #[error("there is no such record")]
    NotFound,
    /// Somebody else changed the record meanwhile.
    #[error("the record was changed by somebody else meanwhile")]
    Conflict,
    /// The database was written by a newer program.
    #[error("the database holds migration {0}, which this program does not know")]
    NewerDatabase(String),
    /// A migration that was applied has since been altered in the program.
    #[error("migration {0} is not the one that was applied")]
    AlteredMigration(String),
    /// The write did not happen: an earlier statement of the transaction failed, it stood in the
    /// way of another, or the commit failed. Nothing of it remains; it may be tried again.
    #[error("the write was not committed: {0}")]
    NotCommitted(String),
    /// A blob could not be read, written or decrypted.
    #[error("stored file: {0}")]
    Blob(String),
    /// JSON in a column could not be read or written.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The relation is not possible.
    #[error(transparent)]
    Relation(#[from] yagura_kernel::relation::RelationError),
}

/// What a database server's or SQLite's own error means.
enum Meaning {
    Unreachable,
    DiskFull,
    NotCommitted,
    Other,
}

/// PostgreSQL's SQLSTATE (appendix A of its manual) has five characters, SQLite's extended result
/// code (<https://www.sqlite.org/rescode.html>) is a decimal number of one to four.
fn meaning(code: &str) -> Meaning {
    if code.len() == 5 {
        return match code {
            // disk_full
            "53100" => Meaning::DiskFull,
            // serialization_failure, deadlock_detected, lock_not_available,
            // in_failed_sql_transaction, idle_in_transaction_session_timeout
            "40001" | "40P01" | "55P03" | "25P02" | "25P03" => Meaning::NotCommitted,
            // admin_shutdown, crash_shutdown, cannot_connect_now, query_canceled (the time limit),
            // read_only_sql_transaction (a standby after a failover)
            "57P01" | "57P02" | "57P03" | "57014" | "25006" => Meaning::Unreachable,
            // connection exceptions, wrong password, out of memory or connections, no such database
            _ if ["08", "28", "53", "3D"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                Meaning::Unreachable
            }
            _ => Meaning::Other,
        };
    }
    match code.parse::<u32>() {
        // SQLITE_FULL; SQLITE_IOERR_SHMSIZE is what a full disk gives for the WAL's index
        Ok(13 | 4874) => Meaning::DiskFull,
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN and their extended codes
        Ok(number) if matches!(number & 0xff, 5 | 6 | 10 | 14) => Meaning::Unreachable,
        _ => Meaning::Other,
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unreachable(error),
            sqlx::Error::Database(database) => {
                let message = database.message().to_owned();
                if database.is_unique_violation() {
                    return Self::Duplicate(message);
                }
                if database.is_foreign_key_violation() {
                    return Self::MissingReference(message);
                }
                match meaning(database.code().as_deref().unwrap_or_default()) {
                    Meaning::DiskFull => Self::DiskFull,
                    Meaning::Unreachable => Self::Unreachable(error),
                    Meaning::NotCommitted => Self::NotCommitted(message),
                    Meaning::Other => Self::Statement(error),
                }
            }
            _ => Self::Statement(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_told_apart() {
        assert!(matches!(meaning("13"), Meaning::DiskFull));
        assert!(matches!(meaning("53100"), Meaning::DiskFull));
        // SQLITE_BUSY_SNAPSHOT and SQLITE_IOERR_WRITE
        assert!(matches!(meaning("517"), Meaning::Unreachable));
        assert!(matches!(meaning("778"), Meaning::Unreachable));
        assert!(matches!(meaning("08006"), Meaning::Unreachable));
        assert!(matches!(meaning("40P01"), Meaning::NotCommitted));
        // SQLITE_CONSTRAINT and syntax_error
        assert!(matches!(meaning("19"), Meaning::Other));
        assert!(matches!(meaning("42601"), Meaning::Other));
        assert!(matches!(meaning(""), Meaning::Other));
    }
}
