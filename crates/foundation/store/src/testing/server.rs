//! A PostgreSQL server for tests, from the programs that Debian's package brings.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// The URL of the server on which tests make their databases.
///
/// # Errors
/// Why there is none.
pub fn postgres_server() -> Result<String, String> {
    static SERVER: OnceLock<Result<String, String>> = OnceLock::new();
    SERVER
        .get_or_init(|| match std::env::var("YAGURA_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Ok(url),
            _ => start(),
        })
        .clone()
}

/// A program on the path, or where Debian keeps the server's programs (the newest version).
fn find_program(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let newest = versions.and_then(|versions| {
        versions
            .flatten()
            .filter_map(|version| {
                let number: u32 = version.file_name().to_str()?.parse().ok()?;
                let program = version.path().join("bin").join(name);
                program.is_file().then_some((number, program))
            })
            .max()
            .map(|(_, program)| program)
    });
    newest.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|it| it.is_file())
    })
}

struct Server {
    /// Holds everything; owned by the user who runs the server.
    base: PathBuf,
    /// PostgreSQL refuses to run as root.
    as_postgres: bool,
    pg_ctl: PathBuf,
}

/// Starts one server for all test processes of this user, and leaves it to the next run: starting
/// one for each of many test binaries would take longer than the tests.
fn start() -> Result<String, String> {
    let initdb = find_program("initdb").ok_or("initdb is not on this machine")?;
    let pg_ctl = find_program("pg_ctl").ok_or("pg_ctl is not on this machine")?;
    let user = output_of("id", &["-u"])?;
    let as_postgres = user == "0";
    // The version stands in the name, so that another version does not stumble over old data.
    let version = output_of(&initdb.display().to_string(), &["--version"])?;
    let mut numbers = version
        .split(|c: char| !c.is_ascii_digit())
        .filter(|it| !it.is_empty());
    let version = numbers.next().unwrap_or("unknown");
    // The folder of temporary files may be another than the test's own (TMPDIR), but must be one
    // that the user postgres can enter.
    let base = PathBuf::from("/tmp").join(format!("yagura-test-postgres-{user}-{version}"));
    std::fs::create_dir_all(&base).map_err(|error| format!("{}: {error}", base.display()))?;
    let lock_path = base.with_extension("lock");
    let lock = File::create(&lock_path).map_err(|error| format!("{lock_path:?}: {error}"))?;
    lock.lock()
        .map_err(|error| format!("{lock_path:?}: {error}"))?;

    let server = Server {
        base,
        as_postgres,
        pg_ctl,
    };
    if let Some(url) = server.running() {
        return Ok(url);
    }
    server.make(&initdb)?;
    server.run().or_else(|_| {
        // What an earlier machine or a power cut left may be beyond repair.
        std::fs::remove_dir_all(server.data()).map_err(|error| error.to_string())?;
        server.make(&initdb)?;
        server.run()
    })
}

fn output_of(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Server {
    fn data(&self) -> PathBuf {
        self.base.join("data")
    }

    /// The URL of the server that runs on this folder, where one does and answers.
    fn running(&self) -> Option<String> {
        // Lines of postmaster.pid: process, data folder, start, port, socket folder, address.
        let pid_file = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let port: u16 = pid_file.lines().nth(3)?.trim().parse().ok()?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
        self.command(
            &self.pg_ctl,
            &["-D", &self.data().display().to_string(), "status"],
        )
        .ok()?;
        Some(url(port))
    }

    /// Makes the folder of data, unless a whole one is there.
    fn make(&self, initdb: &Path) -> Result<(), String> {
        let data = self.data();
        if data.join("made").is_file() {
            return Ok(());
        }
        // What a broken-off attempt left.
        let _ = std::fs::remove_dir_all(&data);
        if self.as_postgres {
            let base = self.base.display().to_string();
            let chown = Command::new("chown").args(["postgres", &base]).status();
            if !chown.is_ok_and(|status| status.success()) {
                return Err("there is no user postgres who could run the server".to_owned());
            }
        }
        let text = data.display().to_string();
        self.command(
            initdb,
            &[
                "-D",
                &text,
                "-U",
                "yagura",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ],
        )?;
        File::create(data.join("made"))
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    fn run(&self) -> Result<String, String> {
        let mut last = String::new();
        for _ in 0..3 {
            // A port that is free now; should another take it meanwhile, the next try has another.
            let port = TcpListener::bind(("127.0.0.1", 0))
                .and_then(|listener| listener.local_addr())
                .map_err(|error| format!("no free port: {error}"))?
                .port();
            match self.run_on(port) {
                Ok(()) => return Ok(url(port)),
                Err(reason) => last = reason,
            }
        }
        Err(last)
    }

    fn run_on(&self, port: u16) -> Result<(), String> {
        let data = self.data().display().to_string();
        let log = self.base.join("server.log").display().to_string();
        // Nothing here outlives a power cut anyway, so nothing waits for the disk.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
             -c fsync=off -c full_page_writes=off -c max_connections=400 \
             -c shared_buffers=64MB -c max_wal_size=256MB -c timezone=UTC"
        );
        let arguments = [
            "-D", &data, "-o", &options, "-l", &log, "-w", "-t", "60", "start",
        ];
        self.command(&self.pg_ctl, &arguments)
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Result<(), String> {
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // To a file and not a pipe: the server inherits it and would keep a pipe open for ever.
        let path = self.base.join("output");
        let output = File::create(&path).map_err(|error| error.to_string())?;
        let status = command
            .args(arguments)
            .current_dir(&self.base)
            .env_remove("PGDATA")
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(|error| error.to_string())?)
            .stderr(output)
            .status()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(&path).unwrap_or_default();
        let log = std::fs::read_to_string(self.base.join("server.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(5).collect();
        Err(format!(
            "{}: {} {}",
            program.display(),
            said.trim(),
            tail.join(" | ")
        ))
    }
}

/// A server of one test alone, to be stopped and started under the program.
pub struct OwnServer {
    server: Server,
    port: u16,
    _folder: tempfile::TempDir,
}

impl std::fmt::Debug for OwnServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "OwnServer({})", self.port)
    }
}

impl OwnServer {
    /// A new server that runs. Where there is `YAGURA_TEST_POSTGRES` only, there is none.
    ///
    /// # Errors
    /// Why there is none.
    pub fn start() -> Result<Self, String> {
        let initdb = find_program("initdb").ok_or("initdb is not on this machine")?;
        let pg_ctl = find_program("pg_ctl").ok_or("pg_ctl is not on this machine")?;
        let folder = tempfile::Builder::new()
            .prefix("yagura-own-postgres-")
            .tempdir_in("/tmp")
            .map_err(|error| error.to_string())?;
        let server = Server {
            base: folder.path().to_owned(),
            as_postgres: output_of("id", &["-u"])? == "0",
            pg_ctl,
        };
        server.make(&initdb)?;
        let url = server.run()?;
        let port = url
            .rsplit_once(':')
            .and_then(|(_, rest)| rest.split('/').next()?.parse().ok())
            .ok_or("the server has no port")?;
        Ok(Self {
            server,
            port,
            _folder: folder,
        })
    }

    /// The URL of a database that is there from the beginning.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Stops the server as a power cut would: nobody is told.
    ///
    /// # Errors
    /// Why it does not stop.
    pub fn stop(&self) -> Result<(), String> {
        let data = self.server.data().display().to_string();
        let arguments = ["-D", &data, "-m", "immediate", "-w", "stop"];
        self.server.command(&self.server.pg_ctl, &arguments)
    }

    /// Starts it again on the same port.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn start_again(&self) -> Result<(), String> {
        self.server.run_on(self.port)
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

fn url(port: u16) -> String {
    format!("postgres://yagura@127.0.0.1:{port}/postgres")
}
