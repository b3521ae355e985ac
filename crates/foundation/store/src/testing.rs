//! Empty, migrated databases for tests: SQLite always, PostgreSQL where there is one.
//!
//! PostgreSQL is taken from `YAGURA_TEST_POSTGRES` (a URL of a server on which databases may be
//! made), or started from `initdb` and `pg_ctl` where the machine has them. Where there is
//! neither, every test says on standard error that PostgreSQL was skipped and why.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use yagura_kernel::id::{IdGenerator, SeededIds};
use yagura_kernel::time::{FixedClock, parse_date};

use crate::migration::migrate;
use crate::{ComposedSql, Database, DatabaseUrl, Engine, Migration, params};

/// A database of one test.
#[derive(Debug)]
pub struct TestDatabase {
    /// The database.
    pub database: Database,
    /// Where it is, for tests that start the program on it.
    pub url: String,
    _directory: Option<tempfile::TempDir>,
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
#[expect(clippy::expect_used, reason = "tests")]
pub async fn databases(migrations: &[&[Migration]]) -> Vec<TestDatabase> {
    let mut all = Vec::new();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let url = format!("sqlite:{}", directory.path().join("test.db").display());
    all.push(TestDatabase {
        database: open(&url, migrations).await,
        url,
        _directory: Some(directory),
    });
    match postgres_server() {
        Ok(server) => {
            static COUNTER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            let number = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let name = format!("yagura_{}_{number}", std::process::id());
            let admin = Database::open(&server.parse().expect("a URL"))
                .await
                .expect("PostgreSQL answers");
            let mut connection = AdminConnection::new(&server).await;
            connection.run(&format!("DROP DATABASE IF EXISTS {name}")).await;
            connection.run(&format!("CREATE DATABASE {name}")).await;
            admin.close().await;
            let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
            let url = format!("{base}/{name}");
            all.push(TestDatabase {
                database: open(&url, migrations).await,
                url,
                _directory: None,
            });
        }
        Err(reason) => eprintln!("PostgreSQL skipped: {reason}"),
    }
    all
}

struct AdminConnection(sqlx::PgConnection);

impl AdminConnection {
    #[expect(clippy::expect_used, reason = "tests")]
    async fn new(url: &str) -> Self {
        use sqlx::Connection as _;
        Self(sqlx::PgConnection::connect(url).await.expect("PostgreSQL answers"))
    }

    #[expect(clippy::expect_used, reason = "tests")]
    async fn run(&mut self, sql: &str) {
        sqlx::query(ComposedSql(sql.to_owned()))
            .execute(&mut self.0)
            .await
            .expect("the statement runs");
    }
}

#[expect(clippy::expect_used, reason = "tests")]
async fn open(url: &str, migrations: &[&[Migration]]) -> Database {
    let url: DatabaseUrl = url.parse().expect("a URL");
    let database = Database::open(&url).await.expect("the database opens");
    let mut lists: Vec<&[Migration]> = crate::MIGRATIONS.to_vec();
    lists.extend_from_slice(migrations);
    migrate(&database, &lists, yagura_kernel::time::Instant::from_micros(0))
        .await
        .expect("the migrations run");
    if database.engine() == Engine::Postgres {
        let settings = database.rows::<()>("SELECT 1 AS n", params![]).await;
        assert!(settings.is_ok());
    }
    database
}

/// The URL of the server on which tests make their databases.
///
/// # Errors
/// Why there is none.
pub fn postgres_server() -> Result<String, String> {
    static SERVER: OnceLock<Result<String, String>> = OnceLock::new();
    SERVER
        .get_or_init(|| match std::env::var("YAGURA_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Ok(url),
            _ => start_postgres(),
        })
        .clone()
}

/// Where Debian keeps the server's programs.
fn find_program(name: &str) -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|p| p.is_file()));
    on_path.or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        versions
            .flatten()
            .map(|version| version.path().join("bin").join(name))
            .filter(|program| program.is_file())
            .max()
    })
}

/// Starts one server for all test processes of this user, and leaves it to the next run: starting
/// one for each of many test binaries would take longer than the tests.
fn start_postgres() -> Result<String, String> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = STARTING.lock().map_err(|error| error.to_string())?;
    let initdb = find_program("initdb").ok_or("no initdb on this machine")?;
    let pg_ctl = find_program("pg_ctl").ok_or("no pg_ctl on this machine")?;
    let base = std::env::temp_dir().join("yagura-test-postgres");
    std::fs::create_dir_all(&base).map_err(|error| error.to_string())?;
    let lock = std::fs::File::create(base.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let data = base.join("data");
    let port = 54_329;
    let url = format!("postgres://yagura@127.0.0.1:{port}/postgres");
    if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
        return Ok(url);
    }
    let as_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let run = |program: &Path, arguments: &[&str]| -> Result<(), String> {
        let mut command = if as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let log = std::fs::File::create(base.join("output")).map_err(|error| error.to_string())?;
        let status = command
            .args(arguments)
            .current_dir(&base)
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .status()
            .map_err(|error| error.to_string())?;
        if status.success() {
            Ok(())
        } else {
            let output = std::fs::read_to_string(base.join("output")).unwrap_or_default();
            Err(format!("{} failed: {output}", program.display()))
        }
    };
    if as_root {
        let owner = Command::new("chown").arg("postgres").arg(&base).status();
        owner.map_err(|error| error.to_string())?;
    }
    let data_text = data.display().to_string();
    if !data.join("PG_VERSION").exists() {
        run(
            &initdb,
            &["-D", &data_text, "-U", "yagura", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        )?;
    }
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off \
         -c max_connections=300 -c shared_buffers=64MB"
    );
    let log = base.join("server.log").display().to_string();
    run(&pg_ctl, &["-D", &data_text, "-o", &options, "-l", &log, "-w", "start"])?;
    Ok(url)
}
