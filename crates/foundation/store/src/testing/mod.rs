//! Empty, migrated databases for tests: SQLite always, PostgreSQL where there is one.
//!
//! PostgreSQL is taken from `YAGURA_TEST_POSTGRES` (the URL of a server on which databases may be
//! made), or started from `initdb` and `pg_ctl` where the machine has them: one server for all
//! test processes of a user, left running for the next. Where there is neither, the first test of
//! a process says on standard error that PostgreSQL is skipped and why, and every skipped test adds
//! a line to the file that `YAGURA_SKIP_LOG` names, to be counted. With
//! `YAGURA_REQUIRE_POSTGRES=1` the tests fail instead.

mod server;

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use yagura_kernel::id::{IdGenerator, SeededIds, SystemIds};
use yagura_kernel::time::{FixedClock, parse_date};

use crate::migration::migrate;
use crate::{ComposedSql, Database, DatabaseUrl, Migration};

pub use server::{OwnServer, postgres_server};

/// A database of one test.
#[derive(Debug)]
pub struct TestDatabase {
    /// The database.
    pub database: Database,
    /// Where it is, for tests that start the program on it.
    pub url: String,
    _directory: Option<tempfile::TempDir>,
    _on_server: Option<OnServer>,
}

/// The moment at which tests begin: 令和8年11月21日 9:00 in Japan.
#[must_use]
pub fn clock() -> FixedClock {
    let date = parse_date("2026-11-21").unwrap_or(yagura_kernel::time::Date::MIN);
    FixedClock::at(yagura_kernel::time::Instant::from_jst(date, 9, 0))
}

/// Ids and secrets that are the same in every run.
#[must_use]
pub fn ids() -> Arc<dyn IdGenerator> {
    Arc::new(SeededIds::new(1, clock()))
}

/// A database of each engine, with these migrations run.
///
/// # Panics
/// Where a database cannot be made: then the test cannot be run.
pub async fn databases(migrations: &[&[Migration]]) -> Vec<TestDatabase> {
    let mut lists: Vec<&[Migration]> = crate::MIGRATIONS.to_vec();
    lists.extend_from_slice(migrations);
    let all = empty_databases().await;
    for test in &all {
        migrate_for_test(&test.database, &lists).await;
    }
    all
}

#[expect(clippy::expect_used, reason = "tests")]
async fn migrate_for_test(database: &Database, lists: &[&[Migration]]) {
    migrate(
        database,
        lists,
        yagura_kernel::time::Instant::from_micros(0),
    )
    .await
    .expect("the migrations run");
}

/// A database of each engine without any table.
///
/// # Panics
/// Where a database cannot be made: then the test cannot be run.
pub async fn empty_databases() -> Vec<TestDatabase> {
    let mut all = vec![empty_sqlite().await];
    all.extend(empty_postgres().await);
    all
}

/// A SQLite database without any table.
///
/// # Panics
/// Where it cannot be made.
#[expect(clippy::expect_used, reason = "tests")]
pub async fn empty_sqlite() -> TestDatabase {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let url = format!("sqlite:{}", directory.path().join("test.db").display());
    TestDatabase {
        database: open(&url).await,
        url,
        _directory: Some(directory),
        _on_server: None,
    }
}

/// A PostgreSQL database without any table; `None` where there is no server.
///
/// # Panics
/// Where there is a server on which it cannot be made.
#[expect(clippy::panic, reason = "tests")]
pub async fn empty_postgres() -> Option<TestDatabase> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    static SAID: OnceLock<()> = OnceLock::new();
    let server = match postgres_server() {
        Ok(server) => server,
        Err(reason) if std::env::var("YAGURA_REQUIRE_POSTGRES").is_ok_and(|v| v == "1") => {
            panic!("PostgreSQL is required: {reason}");
        }
        Err(reason) => {
            // Past the test harness, which keeps what a passing test prints to itself.
            SAID.get_or_init(|| {
                let words = format!("PostgreSQL: skipped in every test of this binary: {reason}\n");
                let _ = std::io::stderr().write_all(words.as_bytes());
            });
            note_skipped(&reason);
            return None;
        }
    };
    // Process ids come again; a part of a random identifier does not.
    let id = SystemIds::new().id().simple().to_string();
    let tail = id.get(16..).unwrap_or_default();
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("yagura_test_{}_{tail}_{number}", std::process::id());
    let on_server = OnServer { server, name };
    on_server
        .run(&format!("CREATE DATABASE {}", on_server.name))
        .await;
    let url = on_server.url();
    Some(TestDatabase {
        database: open(&url).await,
        url,
        _directory: None,
        _on_server: Some(on_server),
    })
}

/// One line for every test that was not run on PostgreSQL, for a run over many binaries to count:
/// `YAGURA_SKIP_LOG` names the file.
fn note_skipped(reason: &str) {
    let Some(path) = std::env::var_os("YAGURA_SKIP_LOG") else {
        return;
    };
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let log = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path);
    if let Ok(mut log) = log {
        let _ = log.write_all(format!("{test}: no PostgreSQL: {reason}\n").as_bytes());
    }
}

#[expect(clippy::expect_used, reason = "tests")]
async fn open(url: &str) -> Database {
    let url: DatabaseUrl = url.parse().expect("a URL");
    Database::open(&url).await.expect("the database opens")
}

/// A database that is dropped after its test.
#[derive(Debug)]
struct OnServer {
    server: String,
    name: String,
}

impl OnServer {
    /// The server's URL with the database's name as its path; a query stays.
    fn url(&self) -> String {
        let (address, query) = match self.server.split_once('?') {
            Some((address, query)) => (address, format!("?{query}")),
            None => (self.server.as_str(), String::new()),
        };
        let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
        let host = rest.split('/').next().unwrap_or(rest);
        format!("{scheme}://{host}/{}{query}", self.name)
    }

    #[expect(clippy::expect_used, reason = "tests")]
    async fn run(&self, sql: &str) {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&self.server)
            .await
            .expect("PostgreSQL answers");
        sqlx::query(ComposedSql(sql.to_owned()))
            .execute(&mut connection)
            .await
            .expect("the statement runs");
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        use sqlx::Connection as _;
        let (server, name) = (self.server.clone(), self.name.clone());
        // The test's own runtime may be about to end, so this takes one of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if let Ok(mut connection) = sqlx::PgConnection::connect(&server).await {
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    let _ = sqlx::query(ComposedSql(sql)).execute(&mut connection).await;
                }
            });
        });
        let _ = dropping.join();
    }
}
