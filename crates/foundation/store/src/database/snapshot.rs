use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Executor as _, SqlSafeStr};

use super::Engine;
use crate::value::{postgres_arguments, sqlite_arguments};
use crate::{FromRow, Params, Row, StoreError};

enum Inner {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The database as it stood when the snapshot was opened. Dropping it ends it.
pub struct Snapshot(Inner);

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Snapshot({:?})", self.engine())
    }
}

impl Snapshot {
    pub(super) async fn of_sqlite(options: &SqliteConnectOptions) -> Result<Self, StoreError> {
        let mut connection = options.connect().await?;
        // A transaction without a write; the first read fixes what it sees.
        connection.execute("BEGIN").await?;
        connection
            .execute("SELECT count(*) FROM sqlite_schema")
            .await?;
        Ok(Self(Inner::Sqlite(connection)))
    }

    pub(super) async fn of_postgres(pool: &PgPool) -> Result<Self, StoreError> {
        let mut connection = pool.connect_options().connect().await?;
        for sql in [
            "SET statement_timeout = 0",
            "SET idle_in_transaction_session_timeout = 0",
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "SELECT 1",
        ] {
            connection.execute(sql).await?;
        }
        Ok(Self(Inner::Postgres(connection)))
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.0 {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// The rows of a query one by one, without holding them all in memory.
    ///
    /// # Errors
    /// [`StoreError`] where a parameter cannot be written; in the stream, where the query fails.
    pub fn stream(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<BoxStream<'_, Result<Row, StoreError>>, StoreError> {
        let sql = sql.into_sql_str();
        Ok(match &mut self.0 {
            Inner::Sqlite(connection) => sqlx::query_with(sql, sqlite_arguments(params)?)
                .fetch(connection)
                .map_ok(Row::Sqlite)
                .map_err(StoreError::from)
                .boxed(),
            Inner::Postgres(connection) => sqlx::query_with(sql, postgres_arguments(params)?)
                .fetch(connection)
                .map_ok(Row::Postgres)
                .map_err(StoreError::from)
                .boxed(),
        })
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
        self.stream(sql, params)?.try_collect().await
    }

    super::typed_queries!(&mut);
}
