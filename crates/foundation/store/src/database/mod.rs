//! The connection to SQLite or PostgreSQL.
//!
//! SQLite has many readers and one writer. A transaction takes the writer, works inside a
//! savepoint and gives the writer on; the outer transaction is committed (with full
//! synchronisation to disk) as soon as nobody waits for the writer, after 64 transactions or
//! after some milliseconds, and only then is every one of them acknowledged. Twenty people who
//! save at once so share one flush instead of waiting for twenty. PostgreSQL does the same by
//! itself and goes through a pool.

mod batch;
mod postgres;
mod snapshot;
mod sqlite_writer;
mod transaction;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, SqlSafeStr};

use crate::value::sqlite_arguments;
use crate::{FromRow, Params, Row, StoreError};
use sqlite_writer::SqliteWriter;
use transaction::TransactionInner;

pub use snapshot::Snapshot;
pub use transaction::Transaction;

/// Which database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server: `postgres://user:password@host/database`.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres(text.to_owned()))
        } else if let Some(path) = text.strip_prefix("sqlite:") {
            Ok(Self::Sqlite(PathBuf::from(
                path.strip_prefix("//").unwrap_or(path),
            )))
        } else {
            Err(StoreError::UnknownUrl)
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    // Never prints the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
                // The part after the question mark may hold a password too.
                let server = server.split('?').next().unwrap_or_default();
                write!(formatter, "postgres://…@{server}")
            }
        }
    }
}

/// How many read connections SQLite keeps: reading is done by the processor, not awaited.
const SQLITE_READERS: u32 = 4;

#[derive(Clone)]
enum Inner {
    Sqlite {
        readers: SqlitePool,
        writer: SqliteWriter,
        read_options: Arc<SqliteConnectOptions>,
    },
    Postgres(PgPool),
}

/// The database. Clones share the same connections.
#[derive(Clone)]
pub struct Database(Inner);

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Database({:?})", self.engine())
    }
}

impl Database {
    /// Opens the database; a SQLite file is made where there is none.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] where it cannot be opened.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                make_private(path)?;
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
                    .statement_cache_capacity(200)
                    // Rows that the connection's thread may be ahead; at 50 it waits too often.
                    .row_buffer_size(500)
                    .pragma("cache_size", "-4000")
                    // After a long read (a backup) let the log shrink again.
                    .pragma("journal_size_limit", "67108864")
                    .disable_statement_logging();
                let writer = SqliteWriter::connect(&options).await?;
                let read_options = options.create_if_missing(false).pragma("query_only", "ON");
                let readers = SqlitePoolOptions::new()
                    .min_connections(1)
                    .max_connections(SQLITE_READERS)
                    .acquire_timeout(Duration::from_secs(10))
                    // A connection to a file does not go stale.
                    .test_before_acquire(false)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with(read_options.clone())
                    .await
                    .map_err(StoreError::Unreachable)?;
                Ok(Self(Inner::Sqlite {
                    readers,
                    writer,
                    read_options: Arc::new(read_options),
                }))
            }
            DatabaseUrl::Postgres(url) => Ok(Self(Inner::Postgres(postgres::open(url).await?))),
        }
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.0 {
            Inner::Sqlite { .. } => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a write. Dropping the transaction without [`Transaction::commit`] undoes it.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] where the database does not answer.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        self.begin_as(false).await
    }

    /// Begins a write that takes long, such as an import: those who wait to be acknowledged do not
    /// wait for it, and no time limit ends its statements.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] where the database does not answer.
    pub async fn begin_long(&self) -> Result<Transaction, StoreError> {
        self.begin_as(true).await
    }

    async fn begin_as(&self, long: bool) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(match &self.0 {
            Inner::Sqlite { writer, .. } => TransactionInner::Sqlite(writer.begin(long).await?),
            Inner::Postgres(pool) => {
                TransactionInner::Postgres(postgres::PostgresTransaction::begin(pool, long).await?)
            }
        }))
    }

    /// Opens a view of the database as it stands now: what others write meanwhile is not seen in
    /// it, and it keeps nobody from writing. It has a connection of its own, for as long as it
    /// lives.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] where the database does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match &self.0 {
            Inner::Sqlite { read_options, .. } => Snapshot::of_sqlite(read_options).await,
            Inner::Postgres(pool) => Snapshot::of_postgres(pool).await,
        }
    }

    /// Ends every connection after what is under way.
    pub async fn close(&self) {
        match &self.0 {
            Inner::Sqlite {
                readers, writer, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Inner::Postgres(pool) => pool.close().await,
        }
    }
}

/// Makes the file so that only its owner may read it; SQLite gives its companions the same mode.
fn make_private(path: &std::path::Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .map(|_| ())
        .map_err(|error| StoreError::Unreachable(error.into()))
}

macro_rules! typed_queries {
    ($($reference:tt)+) => {
        /// Every row of a query, read as `T`.
        ///
        /// # Errors
        /// [`StoreError`] where the statement fails or a row is not what is expected.
        pub async fn rows<T: FromRow>(
            $($reference)+ self,
            sql: impl SqlSafeStr + Send,
            params: Params,
        ) -> Result<Vec<T>, StoreError> {
            self.raw_rows(sql, params).await?.iter().map(T::from_row).collect()
        }

        /// The first row of a query, if there is one.
        ///
        /// # Errors
        /// [`StoreError`] where the statement fails or the row is not what is expected.
        pub async fn optional<T: FromRow>(
            $($reference)+ self,
            sql: impl SqlSafeStr + Send,
            params: Params,
        ) -> Result<Option<T>, StoreError> {
            self.raw_rows(sql, params).await?.first().map(T::from_row).transpose()
        }

        /// The first row of a query.
        ///
        /// # Errors
        /// [`StoreError::NotFound`] where there is none.
        pub async fn one<T: FromRow>(
            $($reference)+ self,
            sql: impl SqlSafeStr + Send,
            params: Params,
        ) -> Result<T, StoreError> {
            self.optional(sql, params).await?.ok_or(StoreError::NotFound)
        }

        /// The column `n` of the first row, for `SELECT count(*) AS n …`.
        ///
        /// # Errors
        /// [`StoreError::NotFound`] where there is no row.
        pub async fn count(
            $($reference)+ self,
            sql: impl SqlSafeStr + Send,
            params: Params,
        ) -> Result<i64, StoreError> {
            let rows = self.raw_rows(sql, params).await?;
            rows.first().ok_or(StoreError::NotFound)?.get("n")
        }
    };
}

impl Database {
    /// Every row of a query, as it came.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails.
    pub async fn raw_rows(
        &self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<Vec<Row>, StoreError> {
        match &self.0 {
            Inner::Sqlite { readers, .. } => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                Ok(query
                    .fetch_all(readers)
                    .await?
                    .into_iter()
                    .map(Row::Sqlite)
                    .collect())
            }
            Inner::Postgres(pool) => postgres::read(pool, sql.into_sql_str(), params).await,
        }
    }

    typed_queries!(&);
}

pub(crate) use typed_queries;

/// A text as a part of a pattern of `LIKE … ESCAPE '!'`: it stands for itself.
#[must_use]
pub fn escape_like(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let is_special = matches!(c, '%' | '_' | '!');
            is_special.then_some('!').into_iter().chain([c])
        })
        .collect()
}

/// `$first, $first+1, …`: placeholders for a list or an `IN (…)`.
#[must_use]
pub fn placeholders(first: usize, number: usize) -> String {
    let mut text = String::with_capacity(number * 6);
    for index in first..first + number {
        if index > first {
            text.push_str(", ");
        }
        text.push('$');
        text.push_str(&index.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_shown_without_their_passwords() {
        let shown = |text: &str| format!("{:?}", text.parse::<DatabaseUrl>().unwrap());
        assert_eq!(shown("sqlite:data/yagura.db"), "sqlite:data/yagura.db");
        assert_eq!(
            shown("sqlite:///var/lib/yagura.db"),
            "sqlite:/var/lib/yagura.db"
        );
        assert_eq!(
            shown("postgres://y:secret@db.example/y"),
            "postgres://…@db.example/y"
        );
        assert_eq!(
            shown("postgresql://db.example/y?user=y&password=secret"),
            "postgres://…@db.example/y"
        );
        assert!(!shown("postgres://y:se@cret@db.example/y").contains("cret"));
        for refused in ["", "mysql://db", "yagura.db"] {
            assert!(matches!(
                refused.parse::<DatabaseUrl>(),
                Err(StoreError::UnknownUrl)
            ));
        }
    }

    #[test]
    fn placeholders_are_counted_from_the_first() {
        assert_eq!(placeholders(3, 3), "$3, $4, $5");
        assert_eq!(placeholders(1, 0), "");
    }
}
