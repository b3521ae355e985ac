//! The job queue: work that a request does not wait for.
//!
//! A job is written in the transaction of the change that asks for it, so it exists exactly when
//! the change does. Several processes may run jobs of one database; a job whose process dies is
//! taken up by another when its lease ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use tokio::sync::Notify;
use uuid::Uuid;
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::{Clock, Instant};

use crate::{
    ComposedSql, Database, Engine, Migration, Params, StoreError, Transaction, Value, params,
    placeholders, row,
};

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
/// How often a running job's lease is renewed while its handler says nothing.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// How long a running job may take to end when the program stops.
const GRACE: Duration = Duration::from_secs(5);
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
        Self {
            kind,
            payload,
            run_at: now,
            waiting_key: None,
        }
    }

    /// The same, once only while one with this key waits.
    #[must_use]
    pub fn once(mut self, waiting_key: impl Into<String>) -> Self {
        self.waiting_key = Some(waiting_key.into());
        self
    }
}

/// Adds a job in the transaction of the change that asks for it, and returns its id. Where a job
/// with the same `waiting_key` waits, that one's id is returned, its time is moved forward to the
/// earlier of both, and it does not run before this transaction has ended: it will see the change.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn enqueue(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    job: NewJob,
    now: Instant,
) -> Result<Uuid, StoreError> {
    // The update locks the waiting job on PostgreSQL; a runner passes over it until the commit.
    let row: IdRow = tx
        .one(
            "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, done, total,
                               waiting_key, created_at)
             VALUES ($1, $2, $3, 'waiting', $4, 0, 0, 0, $5, $6)
             ON CONFLICT (waiting_key) DO UPDATE SET run_at =
                 CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END
             RETURNING id",
            params![
                ids.id(),
                job.kind,
                &job.payload,
                job.run_at,
                job.waiting_key,
                now
            ],
        )
        .await?;
    Ok(row.id)
}

/// [`enqueue`] for work that many changes ask for, each with the same `waiting_key`: those who ask
/// at the same time do not wait for each other.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn ensure_waiting(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    job: NewJob,
    now: Instant,
) -> Result<(), StoreError> {
    if tx.engine() == Engine::Postgres {
        // A shared lock: a runner passes over the job until every one of them has committed.
        let found: Option<IdRow> = tx
            .optional(
                "SELECT id FROM jobs WHERE waiting_key = $1 AND run_at <= $2 FOR KEY SHARE",
                params![job.waiting_key.clone(), job.run_at],
            )
            .await?;
        if found.is_none() {
            enqueue(tx, ids, job, now).await?;
        }
        return Ok(());
    }
    tx.execute_later(
        "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, done, total,
                           waiting_key, created_at)
         VALUES ($1, $2, $3, 'waiting', $4, 0, 0, 0, $5, $6)
         ON CONFLICT (waiting_key) DO UPDATE SET run_at = excluded.run_at
             WHERE excluded.run_at < jobs.run_at",
        params![
            ids.id(),
            job.kind,
            &job.payload,
            job.run_at,
            job.waiting_key,
            now
        ],
    )
    .await
}

row! {
    struct IdRow { id: Uuid }
}

/// A job by its id, to show its progress.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn get(database: &Database, id: Uuid) -> Result<Option<Job>, StoreError> {
    database
        .optional("SELECT * FROM jobs WHERE id = $1", params![id])
        .await
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
    let failed = database
        .count(
            "SELECT count(*) AS n FROM jobs WHERE state = 'failed'",
            params![],
        )
        .await?;
    Ok((waiting, failed))
}

/// Takes the next job of one of these kinds for this process, so that no other takes it.
async fn claim(
    database: &Database,
    kinds: &[&'static str],
    now: Instant,
) -> Result<Option<Job>, StoreError> {
    let due = "((state = 'waiting' AND run_at <= $1) OR (state = 'running' AND leased_until < $1))";
    let of_kind = |first| format!("kind IN ({})", placeholders(first, kinds.len()));
    let with_kinds = |mut params: Params| {
        params.extend(kinds.iter().map(|kind| Value::from(*kind)));
        params
    };
    // Without a transaction first: asking every few seconds should cost nothing.
    let waiting = database
        .count(
            ComposedSql(format!(
                "SELECT count(*) AS n FROM jobs WHERE {due} AND {}",
                of_kind(2)
            )),
            with_kinds(params![now]),
        )
        .await?;
    if waiting == 0 {
        return Ok(None);
    }
    let lock = match database.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => "FOR UPDATE SKIP LOCKED",
    };
    let mut tx = database.begin().await?;
    // A job that takes its process down with it would otherwise be tried for ever.
    tx.execute(
        "UPDATE jobs SET state = 'failed', finished_at = $1,
                last_error = 'the process that ran it gave no sign of life'
         WHERE state = 'running' AND leased_until < $1 AND attempts >= $2",
        params![now, ATTEMPTS],
    )
    .await?;
    let job = tx
        .optional(
            ComposedSql(format!(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_until = $2,
                        waiting_key = NULL
                 WHERE id = (SELECT id FROM jobs WHERE {due} AND {}
                             ORDER BY run_at, id LIMIT 1 {lock})
                 RETURNING *",
                of_kind(3)
            )),
            with_kinds(params![now, now.plus_seconds(LEASE_SECONDS)]),
        )
        .await?;
    tx.commit().await?;
    Ok(job)
}

/// Writes how a job ended; not where another process has taken it over meanwhile.
async fn finish(
    database: &Database,
    job: &Job,
    outcome: Result<(), String>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    let (state, reason, run_at, finished_at) = match outcome {
        Ok(()) => ("done", None, None, Some(now)),
        Err(reason) if job.attempts >= ATTEMPTS => ("failed", Some(reason), None, Some(now)),
        Err(reason) => {
            let pause = 10_i64.saturating_mul(1 << job.attempts.clamp(0, 12));
            ("waiting", Some(reason), Some(now.plus_seconds(pause)), None)
        }
    };
    let touched = tx
        .execute(
            "UPDATE jobs SET state = $1, last_error = $2, run_at = COALESCE($3, run_at),
                    finished_at = $4, leased_until = NULL
             WHERE id = $5 AND state = 'running' AND attempts = $6",
            params![state, reason, run_at, finished_at, job.id, job.attempts],
        )
        .await?;
    if touched == 0 {
        tracing::warn!(job = %job.id, kind = %job.kind, "another process took the job over");
    }
    tx.commit().await
}

/// Gives a job back that was not finished, as if it had not been begun.
async fn hand_back(database: &Database, job: &Job, now: Instant) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    tx.execute(
        "UPDATE jobs SET state = 'waiting', attempts = attempts - 1, leased_until = NULL,
                run_at = $1
         WHERE id = $2 AND state = 'running' AND attempts = $3",
        params![now, job.id, job.attempts],
    )
    .await?;
    tx.commit().await
}

async fn forget_finished(database: &Database, now: Instant) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    tx.execute(
        "DELETE FROM jobs WHERE state = 'done' AND finished_at < $1",
        params![now.plus_days(-KEEP_FINISHED_DAYS)],
    )
    .await?;
    tx.commit().await
}

/// Reports the progress of a running job.
#[derive(Clone)]
pub struct Progress {
    database: Database,
    clock: Arc<dyn Clock>,
    job: Uuid,
    attempt: i64,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Progress")
            .field("job", &self.job)
            .finish_non_exhaustive()
    }
}

impl Progress {
    /// Says how many parts of how many are done, and keeps the job for this process.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another process took the job over because this one was
    /// silent for too long: the handler should stop.
    pub async fn report(&self, done: i64, total: i64) -> Result<(), StoreError> {
        let leased_until = self.clock.now().plus_seconds(LEASE_SECONDS);
        let mut tx = self.database.begin().await?;
        let touched = tx
            .execute(
                "UPDATE jobs SET done = $1, total = $2, leased_until = $3
                 WHERE id = $4 AND state = 'running' AND attempts = $5",
                params![done, total, leased_until, self.job, self.attempt],
            )
            .await?;
        tx.commit().await?;
        if touched == 1 {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// Keeps the job for this process while its handler says nothing. Ends when it is lost.
    async fn keep(&self) {
        loop {
            tokio::time::sleep(KEEP_EVERY).await;
            let leased_until = self.clock.now().plus_seconds(LEASE_SECONDS);
            let kept = async {
                let mut tx = self.database.begin().await?;
                let touched = tx
                    .execute(
                        "UPDATE jobs SET leased_until = $1
                         WHERE id = $2 AND state = 'running' AND attempts = $3",
                        params![leased_until, self.job, self.attempt],
                    )
                    .await?;
                tx.commit().await?;
                Ok::<_, StoreError>(touched == 1)
            };
            match kept.await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = %self.job, %error, "lease not renewed"),
            }
        }
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

/// The job that is being run, to be given back should its run be broken off.
#[derive(Default)]
struct InHand {
    job: Mutex<Option<Job>>,
    stopping: AtomicBool,
}

impl InHand {
    fn show(&self, job: Option<Job>) {
        if let Ok(mut shown) = self.job.lock() {
            *shown = job;
        }
    }
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
        formatter
            .debug_struct("Runner")
            .field("handlers", &self.handlers.len())
            .finish()
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
        Self {
            database,
            clock,
            handlers,
            wake,
        }
    }

    /// Runs every job that is due, of the kinds that this runner has handlers for, and returns
    /// how many were run.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer; a job's own failure is recorded.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        self.run_while(&InHand::default()).await
    }

    async fn run_while(&self, in_hand: &InHand) -> Result<usize, StoreError> {
        let kinds: Vec<_> = self.handlers.iter().map(|handler| handler.kind()).collect();
        if kinds.is_empty() {
            return Ok(0);
        }
        let mut run = 0;
        while !in_hand.stopping.load(Ordering::SeqCst)
            && let Some(job) = claim(&self.database, &kinds, self.clock.now()).await?
        {
            in_hand.show(Some(job.clone()));
            if let Some(outcome) = self.run_one(&job).await {
                if let Err(reason) = &outcome {
                    tracing::warn!(job = %job.id, kind = %job.kind, reason, "job failed");
                }
                finish(&self.database, &job, outcome, self.clock.now()).await?;
            }
            in_hand.show(None);
            run += 1;
        }
        if run > 0 {
            forget_finished(&self.database, self.clock.now()).await?;
        }
        Ok(run)
    }

    /// How the job ended; `None` where another process has taken it over.
    async fn run_one(&self, job: &Job) -> Option<Result<(), String>> {
        let progress = Progress {
            database: self.database.clone(),
            clock: Arc::clone(&self.clock),
            job: job.id,
            attempt: job.attempts,
        };
        let Some(handler) = self
            .handlers
            .iter()
            .find(|handler| handler.kind() == job.kind)
        else {
            return Some(Err(format!("no handler for {}", job.kind)));
        };
        // One job's mistake must not end the work of all others.
        let work = std::panic::AssertUnwindSafe(handler.run(job, &progress)).catch_unwind();
        tokio::select! {
            outcome = work => Some(outcome.unwrap_or_else(|_| Err("the job panicked".to_owned()))),
            () = progress.keep() => {
                tracing::warn!(job = %job.id, kind = %job.kind, "another process took the job over");
                None
            }
        }
    }

    /// Runs jobs until the future `stop` is ready. A job that is being run then has some seconds
    /// to end; else it is given back, to be run after the next start.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let in_hand = InHand::default();
        loop {
            {
                let work = self.run_while(&in_hand);
                tokio::pin!(work);
                let outcome = tokio::select! {
                    outcome = &mut work => Some(outcome),
                    () = &mut stop => None,
                };
                match outcome {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => tracing::error!(%error, "the job queue cannot be read"),
                    None => {
                        in_hand.stopping.store(true, Ordering::SeqCst);
                        let _ = tokio::time::timeout(GRACE, work).await;
                        break;
                    }
                }
            }
            tokio::select! {
                () = &mut stop => break,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
        }
        let left = in_hand.job.lock().ok().and_then(|mut job| job.take());
        if let Some(job) = left
            && let Err(error) = hand_back(&self.database, &job, self.clock.now()).await
        {
            tracing::warn!(job = %job.id, %error, "the job could not be given back");
        }
    }
}
