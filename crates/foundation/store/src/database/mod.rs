//! The connection to SQLite or PostgreSQL.
//!
//! SQLite has many readers and one writer. A transaction takes the writer, works inside a
//! savepoint and gives the writer on; the outer transaction is committed (with full
//! synchronisation to disk) as soon as nobody waits for the writer, after 64 transactions or
//! after two milliseconds, and only then is every one of them acknowledged. Twenty people who
//! save at once so share one flush instead of waiting for twenty. PostgreSQL does the same by
//! itself and goes through a pool.

mod sqlite_writer;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, SqlSafeStr};

use crate::value::{postgres_arguments, sqlite_arguments};
use crate::{FromRow, Params, Row, StoreError, Value};
use sqlite_writer::{SqliteTransaction, SqliteWriter};

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
            Ok(Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
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
                let end = url.rsplit('@').next().unwrap_or("");
                write!(formatter, "postgres://…@{end}")
            }
        }
    }
}

/// How many read connections SQLite keeps: reading is done by the processor, not awaited.
const SQLITE_READERS: u32 = 4;
/// How many connections one process keeps to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Variables in one statement; SQLite's limit is 32,766 and PostgreSQL's 65,535.
const VARIABLES_IN_A_STATEMENT: usize = 30_000;

#[derive(Clone)]
enum Inner {
    Sqlite { readers: SqlitePool, writer: SqliteWriter },
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
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
                    .statement_cache_capacity(200)
                    .pragma("cache_size", "-4000")
                    .disable_statement_logging();
                let writer = SqliteWriter::connect(&options).await?;
                let readers = SqlitePoolOptions::new()
                    .min_connections(1)
                    .max_connections(SQLITE_READERS)
                    .acquire_timeout(Duration::from_secs(10))
                    .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
                    .await
                    .map_err(StoreError::Unreachable)?;
                Ok(Self(Inner::Sqlite { readers, writer }))
            }
            DatabaseUrl::Postgres(url) => {
                let options = PgConnectOptions::from_str(url)
                    .map_err(StoreError::Unreachable)?
                    .disable_statement_logging();
                let pool = PgPoolOptions::new()
                    .min_connections(1)
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(Duration::from_secs(10))
                    .connect_with(options)
                    .await
                    .map_err(StoreError::Unreachable)?;
                Ok(Self(Inner::Postgres(pool)))
            }
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
        Ok(Transaction(match &self.0 {
            Inner::Sqlite { writer, .. } => TransactionInner::Sqlite(writer.begin().await?),
            Inner::Postgres(pool) => TransactionInner::Postgres(pool.begin().await?),
        }))
    }

    /// Begins a write that takes long, such as an import: those who wait to be acknowledged do not
    /// wait for it.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] where the database does not answer.
    pub async fn begin_long(&self) -> Result<Transaction, StoreError> {
        if let Inner::Sqlite { writer, .. } = &self.0 {
            writer.flush().await;
        }
        self.begin().await
    }

    /// Ends every connection after what is under way.
    pub async fn close(&self) {
        match &self.0 {
            Inner::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Inner::Postgres(pool) => pool.close().await,
        }
    }
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
                Ok(query.fetch_all(readers).await?.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Postgres(pool) => {
                let query = sqlx::query_with(sql, postgres_arguments(params)?);
                Ok(query.fetch_all(pool).await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    typed_queries!(&);
}

enum TransactionInner {
    Sqlite(SqliteTransaction),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// A write under way. Dropped without [`Self::commit`], nothing of it remains.
pub struct Transaction(TransactionInner);

impl std::fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Transaction({:?})", self.engine())
    }
}

impl Transaction {
    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.0 {
            TransactionInner::Sqlite(_) => Engine::Sqlite,
            TransactionInner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Every row of a query, as it came.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails.
    pub async fn raw_rows(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<Vec<Row>, StoreError> {
        match &mut self.0 {
            TransactionInner::Sqlite(tx) => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                let rows = query.fetch_all(tx.connection()?).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            TransactionInner::Postgres(tx) => {
                let query = sqlx::query_with(sql, postgres_arguments(params)?);
                let rows = query.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    typed_queries!(&mut);

    /// Runs a statement and returns how many rows it touched.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails.
    pub async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<u64, StoreError> {
        Ok(match &mut self.0 {
            TransactionInner::Sqlite(tx) => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                query.execute(tx.connection()?).await?.rows_affected()
            }
            TransactionInner::Postgres(tx) => {
                let query = sqlx::query_with(sql, postgres_arguments(params)?);
                query.execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// Inserts many rows in as few statements as the engines allow. The table and columns are
    /// names of the program, never of a person.
    ///
    /// # Errors
    /// [`StoreError`] where a statement fails; rows before it are inserted but not committed.
    pub async fn insert_many(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: impl IntoIterator<Item = Params>,
    ) -> Result<u64, StoreError> {
        let rows_in_a_statement = (VARIABLES_IN_A_STATEMENT / columns.len().max(1)).clamp(1, 500);
        let head = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
        let mut inserted = 0;
        let mut values: Vec<Value> = Vec::new();
        let mut pending = 0;
        for row in rows {
            debug_assert_eq!(row.len(), columns.len());
            values.extend(row);
            pending += 1;
            if pending == rows_in_a_statement {
                let batch = std::mem::take(&mut values);
                inserted += self.insert_batch(&head, columns.len(), pending, batch).await?;
                pending = 0;
            }
        }
        if pending > 0 {
            inserted += self.insert_batch(&head, columns.len(), pending, values).await?;
        }
        Ok(inserted)
    }

    async fn insert_batch(
        &mut self,
        head: &str,
        columns: usize,
        rows: usize,
        values: Params,
    ) -> Result<u64, StoreError> {
        let mut sql = String::with_capacity(head.len() + rows * columns * 7);
        sql.push_str(head);
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            sql.push_str(&placeholders(row * columns + 1, columns));
            sql.push(')');
        }
        self.execute(sqlx::AssertSqlSafe(sql), values).await
    }

    /// Makes the write durable. When this returns, a `kill -9` or a power cut cannot undo it.
    ///
    /// # Errors
    /// [`StoreError::NotCommitted`] where it could not be made durable; then nothing of it remains.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            TransactionInner::Sqlite(tx) => tx.commit().await,
            TransactionInner::Postgres(tx) => Ok(tx.commit().await?),
        }
    }
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
