use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqlStr};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::batch::{self, Answer, Batch};
use super::transaction::Statement;
use crate::{Params, StoreError};

/// How many transactions one flush to disk may carry.
const TRANSACTIONS_IN_A_FLUSH: usize = 64;
/// How long the first of them may wait for others who stand in the queue: as long as the last
/// flush took, within these bounds. On a slow disk fewer, larger flushes serve everybody sooner.
const WAIT: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(2)..=Duration::from_millis(20);
/// How long one may wait for the writer. Also ends the wait of a task that begins a transaction
/// while it holds another.
const LONGEST_QUEUE: Duration = Duration::from_secs(30);

/// Why transactions that wait for the flush did not become durable.
#[derive(Clone, Debug)]
enum Failure {
    DiskFull,
    Other(String),
}

impl Failure {
    fn of(error: sqlx::Error) -> Self {
        match StoreError::from(error) {
            StoreError::DiskFull => Self::DiskFull,
            error => Self::Other(error.to_string()),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::DiskFull => Self::DiskFull,
            Failure::Other(reason) => Self::NotCommitted(reason),
        }
    }
}

/// What a commit is answered that failed in its last statements.
fn not_committed(error: StoreError) -> StoreError {
    match error {
        StoreError::DiskFull
        | StoreError::NotCommitted(_)
        | StoreError::Duplicate(_)
        | StoreError::MissingReference(_) => error,
        error => StoreError::NotCommitted(error.to_string()),
    }
}

/// The savepoint inside which a transaction works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    /// Nobody has the writer.
    None,
    /// It is made together with the first statement.
    Due,
    /// It stands, or was at least asked for.
    Stands,
}

const SAVEPOINT: &str = "SAVEPOINT work";

/// The one connection that writes. Whoever holds its lock finds it between two transactions, or
/// with a savepoint whose owner went away without being able to undo it ([`Self::settle`]).
struct Connection {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    closed: bool,
    /// Whether the outer transaction is open.
    open: bool,
    savepoint: Savepoint,
    /// Those who wait for the outer transaction to be on disk.
    waiting_for_flush: Vec<oneshot::Sender<Result<(), StoreError>>>,
    first_waits_since: Option<Instant>,
    /// How long the last flush took.
    last_flush: Duration,
    /// Whether somebody will flush the outer transaction should the next in the queue go away.
    timer_set: bool,
    /// Whether a statement of the outer transaction found the disk full. SQLite has then rolled
    /// all of it back, and what comes after it only says that there is no transaction.
    found_disk_full: bool,
}

impl Connection {
    async fn get(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        if self.closed {
            return Err(sqlx::Error::PoolClosed);
        }
        if self.connection.is_none() {
            self.connection = Some(self.options.connect().await?);
        }
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.get().await?.execute(sql).await.map(|_| ())
    }

    async fn begin(&mut self, alone: bool) -> Result<(), StoreError> {
        self.settle().await;
        if self.must_flush() || alone {
            self.flush().await;
        }
        if !self.open {
            if let Err(error) = self.run("BEGIN IMMEDIATE").await {
                let error = StoreError::from(error);
                if matches!(&error, StoreError::Unreachable(sqlx::Error::Database(_))) {
                    // Another process writes for longer than the busy time limit.
                    return Err(error);
                }
                // Whatever state the connection is in, a new one is in none.
                self.fail_all(Failure::Other(error.to_string())).await;
                self.discard().await;
                self.run("BEGIN IMMEDIATE").await?;
            }
            self.open = true;
        }
        self.savepoint = Savepoint::Due;
        Ok(())
    }

    /// Runs statements of the transaction under way, the first of them with its savepoint.
    async fn statements(&mut self, batch: Batch) -> Result<Answer, StoreError> {
        let is_first = self.savepoint == Savepoint::Due;
        if is_first {
            self.savepoint = Savepoint::Stands;
        }
        let batch = if is_first {
            batch.after(SAVEPOINT)
        } else {
            batch
        };
        let outcome = batch.run(self.opened()?).await;
        self.watch(outcome)
    }

    fn opened(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let connection = self.connection.as_mut();
        connection.ok_or(StoreError::Unreachable(sqlx::Error::PoolClosed))
    }

    /// Passes the outcome of a statement on; remembers that the disk was full, for those whose
    /// writes SQLite rolled back with this one.
    fn watch<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        self.found_disk_full |= matches!(outcome, Err(StoreError::DiskFull));
        outcome
    }

    /// Ends the transaction under way after its last statements and lets `waiter` wait for the
    /// flush.
    async fn release(&mut self, last: Batch, waiter: oneshot::Sender<Result<(), StoreError>>) {
        let wrote_nothing = self.savepoint == Savepoint::Due && last.is_empty();
        let ended = if wrote_nothing {
            Ok(())
        } else {
            let mut batch = last;
            batch.add("RELEASE work", Vec::new(), true);
            self.statements(batch).await.map(|_| ())
        };
        match ended {
            Ok(()) => {
                self.savepoint = Savepoint::None;
                self.waiting_for_flush.push(waiter);
                self.first_waits_since.get_or_insert_with(Instant::now);
            }
            Err(error) => {
                let _ = waiter.send(Err(not_committed(error)));
                // Where SQLite itself rolled the outer transaction back (disk full, I/O error), the
                // savepoint is gone, and with it everything that others released before: this
                // tells them.
                self.settle().await;
            }
        }
    }

    /// Undoes the transaction under way, if there is one.
    async fn settle(&mut self) {
        let savepoint = std::mem::replace(&mut self.savepoint, Savepoint::None);
        if savepoint != Savepoint::Stands {
            return;
        }
        // Fails like RELEASE where the outer transaction is gone.
        for sql in ["ROLLBACK TO work", "RELEASE work"] {
            if let Err(error) = self.run(sql).await {
                self.fail_all(Failure::of(error)).await;
                return;
            }
        }
    }

    /// Puts the outer transaction on disk and tells those who wait for it.
    async fn flush(&mut self) {
        if !self.open {
            return;
        }
        let begun = Instant::now();
        if let Err(error) = self.run("COMMIT").await {
            self.fail_all(Failure::of(error)).await;
            return;
        }
        self.last_flush = begun.elapsed();
        self.end();
        for waiter in self.waiting_for_flush.drain(..) {
            let _ = waiter.send(Ok(()));
        }
    }

    /// The outer transaction is lost: makes sure that nothing of it remains and tells those who
    /// wait for it.
    async fn fail_all(&mut self, failure: Failure) {
        let failure = if self.found_disk_full {
            Failure::DiskFull
        } else {
            failure
        };
        if !self.waiting_for_flush.is_empty() {
            tracing::error!(
                ?failure,
                writes = self.waiting_for_flush.len(),
                "not committed"
            );
        }
        let rolled_back = match &mut self.connection {
            Some(connection) => connection.execute("ROLLBACK").await.is_ok(),
            None => true,
        };
        if !rolled_back {
            // Either SQLite had rolled it back already, or it cannot: closing does it for sure.
            self.discard().await;
        }
        self.end();
        for waiter in self.waiting_for_flush.drain(..) {
            let _ = waiter.send(Err(failure.clone().into()));
        }
    }

    fn end(&mut self) {
        self.open = false;
        self.savepoint = Savepoint::None;
        self.first_waits_since = None;
        self.timer_set = false;
        self.found_disk_full = false;
    }

    async fn discard(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = connection.close().await;
        }
    }

    fn longest_wait(&self) -> Duration {
        self.last_flush.clamp(*WAIT.start(), *WAIT.end())
    }

    fn must_flush(&self) -> bool {
        let wait = self.longest_wait();
        self.waiting_for_flush.len() >= TRANSACTIONS_IN_A_FLUSH
            || self
                .first_waits_since
                .is_some_and(|since| since.elapsed() >= wait)
    }
}

#[derive(Clone)]
pub(super) struct SqliteWriter {
    connection: Arc<Mutex<Connection>>,
    /// How many wait for the writer.
    queue: Arc<AtomicUsize>,
}

/// Counts one who waits for the writer, also when it stops waiting.
struct InQueue(Arc<AtomicUsize>);

impl InQueue {
    fn enter(queue: &Arc<AtomicUsize>) -> Self {
        queue.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(queue))
    }
}

impl Drop for InQueue {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SqliteWriter {
    pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<Self, StoreError> {
        let connection = options.connect().await.map_err(StoreError::Unreachable)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(Connection {
                options: options.clone(),
                connection: Some(connection),
                closed: false,
                open: false,
                savepoint: Savepoint::None,
                waiting_for_flush: Vec::new(),
                first_waits_since: None,
                last_flush: Duration::ZERO,
                timer_set: false,
                found_disk_full: false,
            })),
            queue: Arc::default(),
        })
    }

    /// Begins a transaction; `alone`, so that nobody waits for its end to be acknowledged.
    pub(super) async fn begin(&self, alone: bool) -> Result<SqliteTransaction, StoreError> {
        let in_queue = InQueue::enter(&self.queue);
        let lock = Arc::clone(&self.connection).lock_owned();
        let mut guard = tokio::time::timeout(LONGEST_QUEUE, lock)
            .await
            .map_err(|_| StoreError::Unreachable(sqlx::Error::PoolTimedOut))?;
        let writer = self.clone();
        // In a task of its own, so that a request that goes away in the middle cannot leave the
        // connection between two statements. The transaction that it then leaves is dropped.
        tokio::spawn(async move {
            let begun = guard.begin(alone).await;
            drop(in_queue);
            match begun {
                Ok(()) => Ok(SqliteTransaction {
                    guard: Some(guard),
                    writer,
                    pending: Batch::new(),
                }),
                Err(error) => {
                    writer.hand_on(guard).await;
                    Err(error)
                }
            }
        })
        .await
        .map_err(|error| StoreError::NotCommitted(error.to_string()))?
    }

    pub(super) async fn close(&self) {
        let connection = Arc::clone(&self.connection);
        let closing = tokio::spawn(async move {
            let mut guard = connection.lock_owned().await;
            guard.settle().await;
            guard.flush().await;
            guard.discard().await;
            guard.closed = true;
        });
        let _ = closing.await;
    }

    /// Flushes, or leaves it to the next in the queue.
    async fn hand_on(&self, mut guard: OwnedMutexGuard<Connection>) {
        if self.queue.load(Ordering::SeqCst) == 0 || guard.must_flush() {
            guard.flush().await;
        } else if guard.open && !guard.timer_set {
            // The next in the queue may go away before its turn; somebody must still flush.
            guard.timer_set = true;
            let wait = guard.longest_wait();
            let connection = Arc::clone(&self.connection);
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let mut guard = connection.lock_owned().await;
                guard.settle().await;
                guard.flush().await;
            });
        }
    }
}

pub(super) struct SqliteTransaction {
    guard: Option<OwnedMutexGuard<Connection>>,
    writer: SqliteWriter,
    /// What goes with the next statement.
    pending: Batch,
}

impl SqliteTransaction {
    /// Leaves a statement, whose answer nobody needs, to go with the next one.
    pub(super) fn later(&mut self, sql: &str, params: Params, keep_plan: bool) {
        self.pending.add(sql, params, keep_plan);
    }

    /// Runs what was left for later, and this statement.
    pub(super) async fn run(
        &mut self,
        sql: SqlStr,
        params: Params,
        statement: Statement,
    ) -> Result<Answer, StoreError> {
        let closed = || StoreError::Unreachable(sqlx::Error::PoolClosed);
        let guard = self.guard.as_mut().ok_or_else(closed)?;
        let mut pending = std::mem::replace(&mut self.pending, Batch::new());
        if !statement.is_numbered && pending.has_params() {
            guard.statements(pending).await?;
            pending = Batch::new();
        }
        if pending.is_empty() && guard.savepoint == Savepoint::Stands {
            let outcome = batch::run(guard.opened()?, sql, params, statement.keep_plan).await;
            return guard.watch(outcome.map_err(StoreError::from));
        }
        pending.add(sql.as_str(), params, statement.keep_plan);
        guard.statements(pending).await
    }

    /// Runs to its end also where the caller goes away; then nobody is told how it ended.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(mut guard) = self.guard.take() else {
            return Err(StoreError::NotCommitted(
                "the transaction is over".to_owned(),
            ));
        };
        let writer = self.writer.clone();
        let last = std::mem::replace(&mut self.pending, Batch::new());
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            guard.release(last, sender).await;
            writer.hand_on(guard).await;
        });
        receiver
            .await
            .map_err(|error| StoreError::NotCommitted(error.to_string()))?
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        let Some(mut guard) = self.guard.take() else {
            return;
        };
        // Without a runtime the savepoint stays for the next who takes the writer.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let writer = self.writer.clone();
            runtime.spawn(async move {
                guard.settle().await;
                writer.hand_on(guard).await;
            });
        }
    }
}
