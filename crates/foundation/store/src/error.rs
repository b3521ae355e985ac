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
    /// The group commit did not happen.
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

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unreachable(error),
            sqlx::Error::Database(database) => {
                let message = database.message().to_owned();
                if database.is_unique_violation() {
                    Self::Duplicate(message)
                } else if database.is_foreign_key_violation() {
                    Self::MissingReference(message)
                } else if message.contains("database or disk is full")
                    || database.code().as_deref() == Some("53100")
                {
                    Self::DiskFull
                } else if matches!(database.code().as_deref(), Some("57P01" | "57P02" | "57P03")) {
                    Self::Unreachable(error)
                } else {
                    Self::Statement(error)
                }
            }
            _ => Self::Statement(error),
        }
    }
}
