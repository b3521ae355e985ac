use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::StoreError;

/// How many transactions one flush to disk may carry.
const TRANSACTIONS_IN_A_FLUSH: usize = 64;
/// How long the first of them may wait for the others.
const LONGEST_WAIT: Duration = Duration::from_millis(2);

struct Connection {
    connection: Option<SqliteConnection>,
    /// Whether the outer transaction is open.
    open: bool,
    /// Those who wait for the outer transaction to be on disk.
    waiting_for_flush: Vec<oneshot::Sender<Result<(), String>>>,
    first_waits_since: Option<Instant>,
}

impl Connection {
    fn get(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or(StoreError::Unreachable(sqlx::Error::PoolClosed))
    }

    async fn flush(&mut self) {
        if !self.open {
            return;
        }
        let outcome = match self.get() {
            Ok(connection) => {
                connection.execute("COMMIT").await.map(|_| ()).map_err(|e| e.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if outcome.is_err()
            && let Ok(connection) = self.get()
        {
            // COMMIT failed (disk full): the transaction is still open and must go.
            let _ = connection.execute("ROLLBACK").await;
        }
        self.open = false;
        self.first_waits_since = None;
        for waiter in self.waiting_for_flush.drain(..) {
            let _ = waiter.send(outcome.clone());
        }
    }

    fn must_flush(&self) -> bool {
        self.waiting_for_flush.len() >= TRANSACTIONS_IN_A_FLUSH
            || self.first_waits_since.is_some_and(|since| since.elapsed() >= LONGEST_WAIT)
    }
}

#[derive(Clone)]
pub(super) struct SqliteWriter {
    connection: Arc<Mutex<Connection>>,
    /// How many wait for the writer.
    queue: Arc<AtomicUsize>,
    savepoints: Arc<AtomicU64>,
}

/// Counts one who waits for the writer, also when it stops waiting.
struct InQueue(Arc<AtomicUsize>);

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
                connection: Some(connection),
                open: false,
                waiting_for_flush: Vec::new(),
                first_waits_since: None,
            })),
            queue: Arc::default(),
            savepoints: Arc::default(),
        })
    }

    pub(super) async fn begin(&self) -> Result<SqliteTransaction, StoreError> {
        self.queue.fetch_add(1, Ordering::SeqCst);
        let in_queue = InQueue(Arc::clone(&self.queue));
        let guard = Arc::clone(&self.connection).lock_owned().await;
        let writer = self.clone();
        let name = format!("t{}", self.savepoints.fetch_add(1, Ordering::Relaxed));
        // In a task of its own, so that a request that goes away in the middle cannot leave the
        // connection between two statements.
        tokio::spawn(async move {
            let mut guard = guard;
            if guard.must_flush() {
                guard.flush().await;
            }
            drop(in_queue);
            if !guard.open {
                guard.get()?.execute("BEGIN IMMEDIATE").await?;
                guard.open = true;
            }
            let savepoint = sqlx::AssertSqlSafe(format!("SAVEPOINT {name}"));
            if let Err(error) = guard.get()?.execute(savepoint).await {
                guard.flush().await;
                return Err(error.into());
            }
            Ok(SqliteTransaction { guard: Some(guard), writer, name })
        })
        .await
        .map_err(|error| StoreError::NotCommitted(error.to_string()))?
    }

    pub(super) async fn flush(&self) {
        self.connection.lock().await.flush().await;
    }

    pub(super) async fn close(&self) {
        let mut guard = self.connection.lock().await;
        guard.flush().await;
        if let Some(connection) = guard.connection.take() {
            let _ = connection.close().await;
        }
    }

    async fn hand_on(&self, mut guard: OwnedMutexGuard<Connection>) {
        if self.queue.load(Ordering::SeqCst) == 0 || guard.must_flush() {
            guard.flush().await;
        } else if !guard.waiting_for_flush.is_empty() {
            // The next in the queue may go away before its turn; somebody must still flush.
            let connection = Arc::clone(&self.connection);
            tokio::spawn(async move {
                tokio::time::sleep(LONGEST_WAIT).await;
                let mut guard = connection.lock().await;
                if guard.must_flush() {
                    guard.flush().await;
                }
            });
        }
    }
}

pub(super) struct SqliteTransaction {
    guard: Option<OwnedMutexGuard<Connection>>,
    writer: SqliteWriter,
    name: String,
}

impl SqliteTransaction {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.guard
            .as_mut()
            .ok_or(StoreError::Unreachable(sqlx::Error::PoolClosed))?
            .get()
    }

    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(mut guard) = self.guard.take() else {
            return Err(StoreError::NotCommitted("the transaction is over".to_owned()));
        };
        let writer = self.writer.clone();
        let release = sqlx::AssertSqlSafe(format!("RELEASE {}", self.name));
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            let released = match guard.get() {
                Ok(connection) => connection.execute(release).await.map_err(StoreError::from),
                Err(error) => Err(error),
            };
            match released {
                Ok(_) => {
                    guard.first_waits_since.get_or_insert_with(Instant::now);
                    guard.waiting_for_flush.push(sender);
                }
                Err(error) => {
                    let _ = sender.send(Err(error.to_string()));
                }
            }
            writer.hand_on(guard).await;
        });
        receiver
            .await
            .map_err(|error| StoreError::NotCommitted(error.to_string()))?
            .map_err(not_committed)
    }
}

fn not_committed(reason: String) -> StoreError {
    if reason.contains("disk is full") {
        StoreError::DiskFull
    } else {
        StoreError::NotCommitted(reason)
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        let Some(mut guard) = self.guard.take() else {
            return;
        };
        let writer = self.writer.clone();
        let undo = format!("ROLLBACK TO {0}; RELEASE {0}", self.name);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let undone = match guard.get() {
                    Ok(connection) => connection.execute(sqlx::AssertSqlSafe(undo)).await.is_ok(),
                    Err(_) => false,
                };
                if !undone && let Ok(connection) = guard.get() {
                    // SQLite itself rolled the whole transaction back (disk full, I/O error):
                    // those who wait for the flush must not be told that they are safe.
                    let _ = connection.execute("ROLLBACK").await;
                    guard.open = false;
                    guard.first_waits_since = None;
                    for waiter in guard.waiting_for_flush.drain(..) {
                        let _ = waiter.send(Err("the transaction was rolled back".to_owned()));
                    }
                }
                writer.hand_on(guard).await;
            });
        }
    }
}
