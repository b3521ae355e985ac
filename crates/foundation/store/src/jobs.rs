//! The job queue: work that a request does not wait for.
//!
//! A job is written in the transaction of the change that asks for it, so it exists exactly when
//! the change does. Several processes may run jobs of one database; a job whose process dies is
//! taken up by another when its lease ends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use uuid::Uuid;
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::{Clock, Instant};

use crate::{Database, Engine, Migration, StoreError, Transaction, params, row};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "jobs_0001_jobs",
    sql: "
    CREATE TABLE jobs (
        id {uuid} PRIMARY KEY,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL,
        run_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        leased_until BIGINT,
        done BIGINT NOT NULL,
        total BIGINT NOT NULL,
        last_error TEXT,
        waiting_key TEXT,
        created_at BIGINT NOT NULL,
        finished_at BIGINT
    );
    CREATE INDEX jobs_by_state ON jobs (state, run_at);
    CREATE UNIQUE INDEX jobs_by_waiting_key ON jobs (waiting_key);
    ",
}];

/// How long a process may work on a job before another may take it.
const LEASE_SECONDS: i64 = 300;
/// How often a job is tried before it is given up.
const ATTEMPTS: i64 = 8;
/// How long finished jobs are kept.
const KEEP_FINISHED_DAYS: i64 = 30;

row! {
    /// A job.
    #[derive(Debug, Clone)]
    pub struct Job {
        /// Its id.
        pub id: Uuid,
        /// What is to be done: the name of a [`JobHandler`].
        pub kind: String,
        /// With what.
        pub payload: serde_json::Value,
        /// `waiting`, `running`, `done` or `failed`.
        pub state: String,
        /// How often it was tried.
        pub attempts: i64,
        /// How many parts are done.
        pub done: i64,
        /// How many parts there are; 0 where it is not known.
        pub total: i64,
        /// Why the last try failed.
        pub last_error: Option<String>,
    }
}

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The name of a [`JobHandler`].
    pub kind: &'static str,
    /// With what.
    pub payload: serde_json::Value,
    /// Not before.
    pub run_at: Instant,
    /// While a job with this key waits, another is not added: one run will do for both.
    pub waiting_key: Option<String>,
}

impl NewJob {
    /// A job that runs as soon as it can.
    #[must_use]
    pub const fn now(kind: &'static str, payload: serde_json::Value, now: Instant) -> Self {
        Self { kind, payload, run_at: now, waiting_key: None }
    }

    /// The same, once only while one with this key waits.
    #[must_use]
    pub fn once(mut self, waiting_key: impl Into<String>) -> Self {
        self.waiting_key = Some(waiting_key.into());
        self
    }
}

/// Adds a job in the transaction of the change that asks for it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn enqueue(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    job: NewJob,
    now: Instant,
) -> Result<Uuid, StoreError> {
    let id = ids.id();
    tx.execute(
        "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, done, total, waiting_key,
                           created_at)
         VALUES ($1, $2, $3, 'waiting', $4, 0, 0, 0, $5, $6)
         ON CONFLICT (waiting_key) DO NOTHING",
        params![id, job.kind, &job.payload, job.run_at, job.waiting_key, now],
    )
    .await?;
    Ok(id)
}

/// A job by its id, to show its progress.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn get(database: &Database, id: Uuid) -> Result<Option<Job>, StoreError> {
    database.optional("SELECT * FROM jobs WHERE id = $1", params![id]).await
}

/// How many jobs wait, and how many were given up, for the `doctor`.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn backlog(database: &Database, now: Instant) -> Result<(i64, i64), StoreError> {
    let waiting = database
        .count(
            "SELECT count(*) AS n FROM jobs WHERE state = 'waiting' AND run_at < $1",
            params![now],
        )
        .await?;
    let failed =
        database.count("SELECT count(*) AS n FROM jobs WHERE state = 'failed'", params![]).await?;
    Ok((waiting, failed))
}

async fn claim(database: &Database, now: Instant) -> Result<Option<Job>, StoreError> {
    let due = database
        .count(
            "SELECT count(*) AS n FROM jobs
             WHERE (state = 'waiting' AND run_at <= $1) OR (state = 'running' AND leased_until < $1)",
            params![now],
        )
        .await?;
    if due == 0 {
        return Ok(None);
    }
    let sql = match database.engine() {
        Engine::Sqlite => {
            "UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_until = $2,
                             waiting_key = NULL
             WHERE id = (SELECT id FROM jobs
                         WHERE (state = 'waiting' AND run_at <= $1)
                            OR (state = 'running' AND leased_until < $1)
                         ORDER BY run_at, id LIMIT 1)
             RETURNING *"
        }
        Engine::Postgres => {
            "UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_until = $2,
                             waiting_key = NULL
             WHERE id = (SELECT id FROM jobs
                         WHERE (state = 'waiting' AND run_at <= $1)
                            OR (state = 'running' AND leased_until < $1)
                         ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING *"
        }
    };
    let mut tx = database.begin().await?;
    let job = tx.optional(sql, params![now, now.plus_seconds(LEASE_SECONDS)]).await?;
    tx.commit().await?;
    Ok(job)
}

async fn finish(
    database: &Database,
    job: &Job,
    outcome: Result<(), String>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    match outcome {
        Ok(()) => {
            tx.execute(
                "UPDATE jobs SET state = 'done', finished_at = $1, last_error = NULL WHERE id = $2",
                params![now, job.id],
            )
            .await?;
        }
        Err(reason) if job.attempts >= ATTEMPTS => {
            tx.execute(
                "UPDATE jobs SET state = 'failed', finished_at = $1, last_error = $2 WHERE id = $3",
                params![now, reason, job.id],
            )
            .await?;
        }
        Err(reason) => {
            let pause = 10_i64.saturating_mul(1 << job.attempts.clamp(0, 12));
            tx.execute(
                "UPDATE jobs SET state = 'waiting', run_at = $1, last_error = $2 WHERE id = $3",
                params![now.plus_seconds(pause), reason, job.id],
            )
            .await?;
        }
    }
    tx.execute(
        "DELETE FROM jobs WHERE state = 'done' AND finished_at < $1",
        params![now.plus_days(-KEEP_FINISHED_DAYS)],
    )
    .await?;
    tx.commit().await
}

/// Reports the progress of a running job.
#[derive(Debug, Clone)]
pub struct Progress {
    database: Database,
    clock_lease: Instant,
    job: Uuid,
}

impl Progress {
    /// Says how many parts of how many are done, and keeps the job for this process.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn report(&self, done: i64, total: i64) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        tx.execute(
            "UPDATE jobs SET done = $1, total = $2, leased_until = $3 WHERE id = $4",
            params![done, total, self.clock_lease, self.job],
        )
        .await?;
        tx.commit().await
    }
}

/// Does one kind of job. A job may be run again after a crash: doing it twice must do no harm.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind of job.
    fn kind(&self) -> &'static str;

    /// Does it.
    ///
    /// # Errors
    /// A reason for the log; the job is tried again later.
    async fn run(&self, job: &Job, progress: &Progress) -> Result<(), String>;
}

/// Runs jobs.
pub struct Runner {
    database: Database,
    clock: Arc<dyn Clock>,
    handlers: Vec<Arc<dyn JobHandler>>,
    wake: Arc<Notify>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Runner").field("handlers", &self.handlers.len()).finish()
    }
}

impl Runner {
    /// A runner of these handlers. `wake` may be notified when a job was added.
    #[must_use]
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        handlers: Vec<Arc<dyn JobHandler>>,
        wake: Arc<Notify>,
    ) -> Self {
        Self { database, clock, handlers, wake }
    }

    /// Runs every job that is due and returns how many were run.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer; a job's own failure is recorded.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut run = 0;
        while let Some(job) = claim(&self.database, self.clock.now()).await? {
            let progress = Progress {
                database: self.database.clone(),
                clock_lease: self.clock.now().plus_seconds(LEASE_SECONDS),
                job: job.id,
            };
            let handler = self.handlers.iter().find(|handler| handler.kind() == job.kind);
            let outcome = match handler {
                Some(handler) => handler.run(&job, &progress).await,
                None => Err(format!("no handler for {}", job.kind)),
            };
            if let Err(reason) = &outcome {
                tracing::warn!(job = %job.id, kind = %job.kind, reason, "job failed");
            }
            finish(&self.database, &job, outcome, self.clock.now()).await?;
            run += 1;
        }
        Ok(run)
    }

    /// Runs jobs until the future `stop` is ready.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            if let Err(error) = self.run_due().await {
                tracing::error!(%error, "the job queue cannot be read");
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
        }
    }
}
