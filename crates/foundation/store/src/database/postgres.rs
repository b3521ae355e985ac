use std::str::FromStr as _;
use std::time::Duration;

use futures_util::TryFutureExt as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Executor as _, Postgres, SqlStr};

use crate::value::postgres_arguments;
use crate::{Params, Row, StoreError};

/// How many connections one process keeps.
const CONNECTIONS: u32 = 16;
/// How long one may wait for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a statement may take. The server ends it after a minute; where not even that arrives,
/// the line is dead.
const LONGEST_STATEMENT: Duration = Duration::from_secs(70);
/// The same in a long transaction, where the server has no limit.
const LONGEST_LONG_STATEMENT: Duration = Duration::from_secs(3_600);
/// How long undoing may take before the connection is given up.
const LONGEST_ROLLBACK: Duration = Duration::from_secs(5);

/// What every connection is told first. Commits are durable whatever the server's default is; a
/// transaction whose process went away without closing its connection does not hold its locks
/// for ever.
const SESSION: &str = "SELECT set_config('application_name', 'yagura', false),
    set_config('statement_timeout', '60s', false),
    set_config('lock_timeout', '20s', false),
    set_config('idle_in_transaction_session_timeout', '120s', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/// What a long transaction is told.
const WITHOUT_LIMITS: &str = "SELECT set_config('statement_timeout', '0', true),
    set_config('lock_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true)";

pub(super) async fn open(url: &str) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(StoreError::Unreachable)?
        .disable_statement_logging();
    PgPoolOptions::new()
        .min_connections(1)
        .max_connections(CONNECTIONS)
        .acquire_timeout(LONGEST_WAIT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION).await.map(|_| ()) })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::Unreachable)
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(StoreError::Unreachable(sqlx::Error::PoolTimedOut)),
    }
}

/// Whether the connection itself is broken, not only the statement refused.
const fn broken(error: &StoreError) -> bool {
    matches!(error, StoreError::Unreachable(_))
}

/// Runs a query on any connection. Where the connection breaks under it, a query that only reads
/// is asked once more on another.
pub(super) async fn read(
    pool: &PgPool,
    sql: SqlStr,
    params: Params,
) -> Result<Vec<Row>, StoreError> {
    let reads = sql
        .as_str()
        .trim_start()
        .get(..6)
        .is_some_and(|w| w.eq_ignore_ascii_case("select"));
    let again = reads.then(|| (sql.clone(), params.clone()));
    match read_once(pool, sql, params).await {
        Err(error) if matches!(error, StoreError::Unreachable(sqlx::Error::Io(_))) => match again {
            Some((sql, params)) => read_once(pool, sql, params).await,
            None => Err(error),
        },
        outcome => outcome,
    }
}

async fn read_once(pool: &PgPool, sql: SqlStr, params: Params) -> Result<Vec<Row>, StoreError> {
    let query = sqlx::query_with(sql, postgres_arguments(params)?);
    let mut connection = pool.acquire().await?;
    let rows = within(LONGEST_STATEMENT, query.fetch_all(&mut *connection)).await;
    if rows.as_ref().is_err_and(broken) {
        connection.close_on_drop();
    }
    Ok(rows?.into_iter().map(Row::Postgres).collect())
}

/// A transaction. Dropped, it is rolled back; where that is not possible at once, its connection
/// is closed, which does the same.
pub(super) struct PostgresTransaction {
    connection: Option<PoolConnection<Postgres>>,
    limit: Duration,
}

impl PostgresTransaction {
    pub(super) async fn begin(pool: &PgPool, long: bool) -> Result<Self, StoreError> {
        let connection = pool.acquire().await?;
        let limit = if long {
            LONGEST_LONG_STATEMENT
        } else {
            LONGEST_STATEMENT
        };
        let mut transaction = Self {
            connection: Some(connection),
            limit,
        };
        transaction.run("BEGIN").await?;
        if long {
            transaction.run(WITHOUT_LIMITS).await?;
        }
        Ok(transaction)
    }

    fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        let connection = self.connection.as_deref_mut();
        connection.ok_or(StoreError::Unreachable(sqlx::Error::PoolClosed))
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let limit = self.limit;
        let outcome = within(limit, self.connection()?.execute(sql)).await;
        self.watch(outcome).map(|_| ())
    }

    fn watch<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if outcome.as_ref().is_err_and(broken)
            && let Some(mut connection) = self.connection.take()
        {
            connection.close_on_drop();
        }
        outcome
    }

    pub(super) async fn rows(
        &mut self,
        sql: SqlStr,
        params: Params,
    ) -> Result<Vec<Row>, StoreError> {
        let query = sqlx::query_with(sql, postgres_arguments(params)?);
        let limit = self.limit;
        let outcome = within(limit, query.fetch_all(self.connection()?)).await;
        Ok(self
            .watch(outcome)?
            .into_iter()
            .map(Row::Postgres)
            .collect())
    }

    pub(super) async fn execute(
        &mut self,
        sql: SqlStr,
        params: Params,
        keep_plan: bool,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query_with(sql, postgres_arguments(params)?).persistent(keep_plan);
        let limit = self.limit;
        let outcome = within(limit, query.execute(self.connection()?)).await;
        Ok(self.watch(outcome)?.rows_affected())
    }

    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.run("COMMIT").await?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    let undone = within(
                        LONGEST_ROLLBACK,
                        connection.execute("ROLLBACK").map_ok(|_| ()),
                    );
                    if undone.await.is_err() {
                        connection.close_on_drop();
                    }
                });
            }
            Err(_) => connection.close_on_drop(),
        }
    }
}
