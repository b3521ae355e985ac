//! What the real binary does on a full disk, without its database, and beside another server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yagura_store::testing::OwnServer;
use yagura_store::{Database, params};

use super::running::{Answer, Sent, Server, Sessions, open_sheet, prepare};

/// What one row of a sheet holds after acknowledged writes.
struct Row<'s> {
    server: &'s Server,
    session: &'s str,
    path: String,
    version: i64,
    remark: String,
}

impl Row<'_> {
    /// Writes another remark, and remembers it where it is acknowledged.
    fn write(&mut self, remark: &str) -> Answer {
        let body = json!({ "version": self.version, "remark": remark });
        let path = format!("{}/answer", self.path);
        let sent = Sent::Json(&body);
        let answer = self.server.ask("PUT", &path, self.session, sent).unwrap();
        if answer.status == 200 {
            self.version = answer.json()["version"].as_i64().unwrap();
            remark.clone_into(&mut self.remark);
        }
        answer
    }

    fn stands(&self) -> Value {
        let row = self
            .server
            .ask("GET", &self.path, self.session, Sent::Nothing)
            .unwrap();
        assert_eq!(row.status, 200, "{row:?}");
        row.json()
    }

    /// Nothing that was acknowledged is gone, and nothing that was refused stands.
    fn is_as_acknowledged(&self) {
        assert_eq!(self.stands()["answer"]["remark"], self.remark.as_str());
    }

    /// Takes up what stands where it is not known whether the last write was made.
    fn look_again(&mut self) {
        let row = self.stands();
        self.version = row["version"].as_i64().unwrap();
        self.remark = row["answer"]["remark"].as_str().unwrap().to_owned();
    }
}

/// Tries until it goes well; the time that it took.
fn soon(within: Duration, mut attempt: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !attempt() {
        assert!(begun.elapsed() < within, "not within {within:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    begun.elapsed()
}

fn is_problem(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(
        answer.head.contains("application/problem+json") && answer.text.contains(words),
        "{answer:?}"
    );
}

#[cfg(target_os = "linux")]
mod small_disk {
    use std::io::{BufRead as _, BufReader};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};

    /// A disk of some megabytes in memory, in a namespace that needs no rights.
    pub(super) struct SmallDisk {
        holder: Child,
        folder: tempfile::TempDir,
    }

    impl SmallDisk {
        /// `Err` where the system permits no such thing.
        pub(super) fn new(megabytes: u32) -> Result<Self, String> {
            let folder = tempfile::tempdir().unwrap();
            let mut holder = Command::new("unshare")
                .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
                .arg(format!(
                    "mount -t tmpfs -o size={megabytes}m none \"$0\" && echo ready && exec sleep 900"
                ))
                .arg(folder.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .map_err(|error| format!("unshare: {error}"))?;
            let mut line = String::new();
            let output = holder.stdout.take().unwrap();
            let _ = BufReader::new(output).read_line(&mut line);
            let disk = Self { holder, folder };
            if line.trim() == "ready" {
                Ok(disk)
            } else {
                Err("this user may mount nothing in a namespace of their own".to_owned())
            }
        }

        /// Its folder, for programs inside.
        pub(super) fn inside(&self) -> &Path {
            self.folder.path()
        }

        /// Its folder, for this process.
        pub(super) fn outside(&self) -> PathBuf {
            let inside = self.folder.path().strip_prefix("/").unwrap();
            PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside)
        }

        /// The words before a command that is to run inside.
        pub(super) fn enter(&self) -> Vec<String> {
            let target = self.holder.id().to_string();
            [
                "nsenter",
                "--user",
                "--mount",
                "--preserve-credentials",
                "-t",
                &target,
                "--",
            ]
            .map(str::to_owned)
            .to_vec()
        }

        fn ballast(&self) -> PathBuf {
            self.outside().join("ballast")
        }

        /// Leaves only so many bytes.
        pub(super) fn fill(&self, left: u64) {
            let figures = rustix::fs::statvfs(self.outside()).unwrap();
            let free = figures.f_bavail * figures.f_frsize;
            let size = usize::try_from(free.saturating_sub(left)).unwrap();
            std::fs::write(self.ballast(), vec![0; size]).unwrap();
        }

        pub(super) fn make_room(&self) {
            std::fs::remove_file(self.ballast()).unwrap();
        }
    }

    impl Drop for SmallDisk {
        fn drop(&mut self) {
            let _ = self.holder.kill();
            let _ = self.holder.wait();
        }
    }
}

#[cfg(target_os = "linux")]
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[cfg(target_os = "linux")]
fn uploads_under_way(files: &std::path::Path) -> usize {
    std::fs::read_dir(files.join("incoming")).map_or(0, Iterator::count)
}

/// On a full disk every write is refused with words, what was acknowledged stands, reading goes
/// on, and as soon as there is room the same server writes again.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_got_over() {
    let disk = match small_disk::SmallDisk::new(48) {
        Ok(disk) => disk,
        Err(reason) => {
            eprintln!("a full disk: skipped: {reason}");
            return;
        }
    };
    let mut server = Server::new(None);
    let sessions = prepare(&server).await;
    tokio::task::spawn_blocking(move || {
        copy_folder(&server.data, &disk.outside().join("data"));
        server.moved(&disk.inside().join("data"), disk.enter());
        server.start();
        on_a_full_disk(&mut server, &sessions, &disk);
    })
    .await
    .unwrap();
}

#[cfg(target_os = "linux")]
fn on_a_full_disk(server: &mut Server, sessions: &Sessions, disk: &small_disk::SmallDisk) {
    let paths = open_sheet(server, &sessions.director, 2);
    let mut rows: Vec<Row<'_>> = paths
        .iter()
        .map(|path| Row {
            server,
            session: &sessions.director,
            path: path.clone(),
            version: 0,
            remark: String::new(),
        })
        .collect();
    for row in &mut rows {
        assert_eq!(row.write("before").status, 200);
    }
    disk.fill(300_000);
    let files = disk.outside().join("data").join("files");

    // A file that finds no room, while the database still has some.
    let large = "evidence ".repeat(200_000);
    let upload = |text: &str| {
        let sent = Sent::Evidence(text);
        server
            .ask("POST", "/api/v1/evidence", &sessions.director, sent)
            .unwrap()
    };
    is_problem(&upload(&large), 507, "ディスクがいっぱい");
    assert_eq!(uploads_under_way(&files), 0, "what was begun is removed");

    // Answers until the database finds none either.
    let long = "あ".repeat(1_900);
    let mut refused = 0;
    for number in 0..2_000 {
        let row = &mut rows[number % 2];
        let answer = row.write(&format!("{number} {long}"));
        if answer.status != 200 {
            is_problem(&answer, 507, "ディスクがいっぱい");
            refused += 1;
            row.is_as_acknowledged();
        }
        if refused > 20 {
            break;
        }
    }
    assert!(refused > 20, "the disk never was full");
    let page = server
        .ask("GET", "/", &sessions.director, Sent::Nothing)
        .unwrap();
    assert_eq!(page.status, 200, "reading goes on: {}", page.text);

    disk.make_room();
    for row in &mut rows {
        row.is_as_acknowledged();
        soon(Duration::from_secs(20), || row.write("after").status == 200);
    }
    let piece = upload(&large);
    assert!(piece.status == 200 || piece.status == 201, "{piece:?}");
    let file = format!(
        "/api/v1/evidence/{}/file",
        piece.json()["id"].as_str().unwrap()
    );
    let versions: Vec<(String, i64, String)> = rows
        .into_iter()
        .map(|row| (row.path, row.version, row.remark))
        .collect();

    server.kill();
    server.start();
    for (path, version, remark) in versions {
        let row = Row {
            server,
            session: &sessions.director,
            path,
            version,
            remark,
        };
        row.is_as_acknowledged();
    }
    let stored = server
        .ask("GET", &file, &sessions.director, Sent::Nothing)
        .unwrap();
    assert!(stored.status == 200 && stored.text == large);
    let verified = server
        .command(&["audit", "verify", "--json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(report["intact"], true, "{report}");
}

/// PostgreSQL goes away under the server, by a power cut and by an administrator who ends its
/// connections: people are told, and the same server works on when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_told_and_got_over() {
    let postgres = match OwnServer::start() {
        Ok(postgres) => postgres,
        Err(reason) => {
            eprintln!("a lost database: skipped: {reason}");
            return;
        }
    };
    let mut server = Server::new(Some(postgres.url()));
    let sessions = prepare(&server).await;
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        server.start();
        without_database(&mut server, &sessions, &postgres, &runtime);
    })
    .await
    .unwrap();
}

fn without_database(
    server: &mut Server,
    sessions: &Sessions,
    postgres: &OwnServer,
    runtime: &tokio::runtime::Handle,
) {
    let path = open_sheet(server, &sessions.director, 1).remove(0);
    let mut row = Row {
        server,
        session: &sessions.director,
        path,
        version: 0,
        remark: String::new(),
    };
    assert_eq!(row.write("before").status, 200);

    postgres.stop().unwrap();
    let begun = Instant::now();
    is_problem(&row.write("lost"), 503, "データベースに接続できません");
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "people wait too long"
    );
    let page = server
        .ask("GET", "/", &sessions.director, Sent::Nothing)
        .unwrap();
    assert_eq!(page.status, 503);
    assert!(
        page.text.contains("<html") && page.text.contains("データベースに接続できません"),
        "{}",
        page.text
    );
    assert!(
        !page.text.contains("127.0.0.1"),
        "nothing of the inside is told"
    );

    postgres.start_again().unwrap();
    let took = soon(Duration::from_secs(20), || {
        server
            .ask("GET", &row.path, &sessions.director, Sent::Nothing)
            .is_ok_and(|answer| answer.status == 200)
    });
    eprintln!("answered {took:?} after PostgreSQL was back");
    row.is_as_acknowledged();
    assert_eq!(row.write("after the power cut").status, 200);

    for round in 0..5 {
        runtime.block_on(end_connections(&postgres.url()));
        // A query that only reads is asked again on another connection.
        let read = server
            .ask("GET", &row.path, &sessions.director, Sent::Nothing)
            .unwrap();
        assert_eq!(read.status, 200, "{read:?}");
        runtime.block_on(end_connections(&postgres.url()));
        soon(Duration::from_secs(20), || {
            let answer = row.write(&format!("after ended connections {round}"));
            if answer.status == 200 {
                return true;
            }
            // What broke during the commit may stand or not.
            row.look_again();
            assert!([409, 503].contains(&answer.status), "{answer:?}");
            false
        });
        row.is_as_acknowledged();
    }
    // The work in the background went on too.
    soon(Duration::from_secs(20), || {
        runtime.block_on(unsequenced(&postgres.url())) == 0
    });
}

async fn end_connections(url: &str) {
    let database = Database::open(&url.parse().unwrap()).await.unwrap();
    database
        .raw_rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
            params![],
        )
        .await
        .unwrap();
    database.close().await;
}

async fn unsequenced(url: &str) -> i64 {
    let database = Database::open(&url.parse().unwrap()).await.unwrap();
    let waiting = database
        .count(
            "SELECT count(*) AS n FROM audit_entries WHERE position IS NULL",
            params![],
        )
        .await
        .unwrap();
    database.close().await;
    waiting
}

/// Two servers on one SQLite file would each believe to be alone; the second is told so.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_data_is_refused_with_words() {
    let mut server = Server::new(None);
    prepare(&server).await;
    tokio::task::spawn_blocking(move || {
        server.start();
        let second = server.command(&["serve"]).output().unwrap();
        assert_eq!(second.status.code(), Some(1));
        let words = String::from_utf8_lossy(&second.stderr).into_owned();
        assert!(words.contains("別の Yagura"), "{words}");
        let alive = server.ask("GET", "/healthz", "", Sent::Nothing).unwrap();
        assert_eq!(alive.status, 200, "the first is not disturbed");
        // A command beside it is none.
        let verified = server.command(&["audit", "verify"]).status().unwrap();
        assert!(verified.success());
        assert!(server.stop(), "{}", server.said());
        server.start();
    })
    .await
    .unwrap();
}
