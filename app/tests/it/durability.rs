//! No acknowledged write is lost: the real binary is killed with SIGKILL while several clients
//! write through HTTP, started again, and asked for every write that it had acknowledged.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yagura::config::{Config, ConfigArguments};
use yagura::installation::Installation;
use yagura_identity::password::Passwords;
use yagura_identity::{Login, Visitor, accounts};
use yagura_kernel::id::{AssignmentId, IdGenerator, OrganizationId, PersonId, SeededIds};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::time::SystemClock;
use yagura_store::directory::{self, NewAssignment, NewOrganization, NewPerson};
use yagura_store::{settings, testing};
use yagura_web::authentication::SESSION_COOKIE;

const CLIENTS: usize = 4;
const ROUNDS: u64 = 4;

/// A server that is started, killed and started again on one data folder.
struct Server {
    data: tempfile::TempDir,
    address: SocketAddr,
    database: Option<String>,
    process: Option<Child>,
}

impl Server {
    fn new(database: Option<String>) -> Self {
        let data = tempfile::tempdir().unwrap();
        // The port is free now; nothing else on the machine is asked to take this one.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        std::fs::write(
            data.path().join("yagura.toml"),
            format!("listen = '{address}'\n"),
        )
        .unwrap();
        Self {
            data,
            address,
            database,
            process: None,
        }
    }

    fn config(&self) -> Config {
        let data = self.data.path().to_owned();
        let database = self.database.clone();
        Config::load(&ConfigArguments {
            data,
            database,
            config: None,
        })
        .unwrap()
    }

    fn start(&mut self) {
        let log = std::fs::File::create(self.data.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_yagura"));
        command.arg("serve").arg("--data").arg(self.data.path());
        if let Some(database) = &self.database {
            command.env("YAGURA_DATABASE", database);
        } else {
            command.env_remove("YAGURA_DATABASE");
        }
        command.stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        let patience = Instant::now();
        loop {
            if let Ok((200, _)) = request(self.address, "GET", "/healthz", "", None) {
                return;
            }
            let died = self.process.as_mut().unwrap().try_wait().unwrap();
            let log = || std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
            assert!(died.is_none(), "the server ended at once: {}", log());
            assert!(
                patience.elapsed() < Duration::from_secs(60),
                "no answer: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL: nothing of the program runs any more.
    fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// One request on a connection of its own; an error where no whole answer came back.
fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    session: &str,
    body: Option<&Value>,
) -> std::io::Result<(u16, Value)> {
    let torn = || std::io::Error::other("no whole answer");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Cookie: {SESSION_COOKIE}={session}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(torn)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(torn)?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.parse::<usize>().ok());
    if length.is_some_and(|length| length != body.len()) {
        return Err(torn());
    }
    Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// A clinic with a director who is signed in.
async fn prepare(server: &Server) -> String {
    let installation = Installation::open(&server.config(), true).await.unwrap();
    let app = &installation.app;
    let organization = OrganizationId::new(app.ids());
    let person = PersonId::new(app.ids());
    let now = app.now();
    let mut tx = app.database().begin().await.unwrap();
    let new = NewOrganization {
        id: organization,
        kind: OrganizationKind::Clinic,
        name: "みどり坂内科クリニック".to_owned(),
        code: None,
        region_code: None,
        permitted_beds: None,
        address: None,
        phone: None,
        email: None,
    };
    directory::insert(&mut tx, new, now).await.unwrap();
    let new = NewPerson {
        id: person,
        name: "架空 太郎".to_owned(),
        name_kana: None,
        email: Some("director@example.jp".to_owned()),
        phone: None,
    };
    directory::insert_person(&mut tx, new, now).await.unwrap();
    let assignment = NewAssignment {
        id: AssignmentId::new(app.ids()),
        person,
        organization,
        role: Role::Director,
        validity: Validity {
            from: app.fiscal_year().start(),
            until: None,
        },
    };
    directory::assign(&mut tx, assignment).await.unwrap();
    let hash = Passwords::default()
        .renew("a passphrase nobody types", app.ids())
        .await
        .unwrap();
    let act = app.identity().act_of_program();
    let login = Login::parse("director@example.jp").unwrap();
    let made = accounts::insert_demonstration(&mut tx, act, &hash, [(person, login)])
        .await
        .unwrap();
    settings::set(&mut tx, settings::DEMONSTRATION, "1")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let visitor = Visitor::new(None, "durability");
    let session = app
        .identity()
        .sign_in_to_demonstration(made[0], &visitor)
        .await
        .unwrap();
    let text = session.token.reveal().to_string();
    app.database().close().await;
    text
}

/// What a client wrote to its row: the last acknowledged number and version.
#[derive(Debug, Clone, Copy, Default)]
struct Acknowledged {
    number: u64,
    version: i64,
}

/// Writes rising numbers into the remark of one row until the server is gone.
fn write_until_gone(
    address: SocketAddr,
    session: &str,
    path: &str,
    mut last: Acknowledged,
    stop: &AtomicBool,
) -> Acknowledged {
    while !stop.load(Ordering::Relaxed) {
        let number = last.number + 1;
        let body = json!({ "version": last.version, "remark": format!("write {number}") });
        match request(
            address,
            "PUT",
            &format!("{path}/answer"),
            session,
            Some(&body),
        ) {
            Ok((200, saved)) => {
                last = Acknowledged {
                    number,
                    version: saved["version"].as_i64().unwrap(),
                };
            }
            Ok((status, problem)) => panic!("{path} was answered {status}: {problem}"),
            Err(_) => break,
        }
    }
    last
}

fn number_in(row: &Value) -> u64 {
    let remark = row["answer"]["remark"].as_str().unwrap_or_default();
    remark
        .strip_prefix("write ")
        .map_or(0, |number| number.parse().unwrap())
}

async fn survives(database: Option<String>, seed: u64) {
    let mut server = Server::new(database);
    let session = prepare(&server).await;
    // The rest blocks: threads are the clients.
    tokio::task::spawn_blocking(move || rounds(&mut server, &session, seed))
        .await
        .unwrap();
}

fn rounds(server: &mut Server, session: &str, seed: u64) {
    let random = SeededIds::new(seed, SystemClock);
    server.start();
    let year = json!({ "fiscal_year": yagura_kernel::time::FiscalYear::at(now()).year() });
    let (status, opened) = request(
        server.address,
        "POST",
        "/api/v1/sheets",
        session,
        Some(&year),
    )
    .unwrap();
    assert!(status == 200 || status == 201, "{status}: {opened}");
    let sheet = opened["sheet"].as_str().unwrap().to_owned();
    let whole = format!("/api/v1/sheets/{sheet}");
    let (_, content) = request(server.address, "GET", &whole, session, None).unwrap();
    let paths: Vec<String> = content["items"]
        .as_array()
        .unwrap()
        .iter()
        .take(CLIENTS)
        .map(|item| format!("{whole}/items/{}", item["key"].as_str().unwrap()))
        .collect();
    assert_eq!(paths.len(), CLIENTS);
    let mut last = vec![Acknowledged::default(); CLIENTS];
    let mut written = 0;
    for round in 0..ROUNDS {
        let stop = Arc::new(AtomicBool::new(false));
        let address = server.address;
        let clients: Vec<_> = paths
            .iter()
            .zip(&last)
            .map(|(path, last)| {
                let (session, path, last) = (session.to_owned(), path.clone(), *last);
                let stop = Arc::clone(&stop);
                std::thread::spawn(move || write_until_gone(address, &session, &path, last, &stop))
            })
            .collect();
        let mut bytes = [0; 2];
        random.fill_secret(&mut bytes);
        let moment = 300 + u64::from(u16::from_le_bytes(bytes)) % 1_200;
        std::thread::sleep(Duration::from_millis(moment));
        server.kill();
        stop.store(true, Ordering::Relaxed);
        let acknowledged: Vec<Acknowledged> = clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect();
        server.start();
        for ((path, acknowledged), last) in paths.iter().zip(acknowledged).zip(&mut last) {
            let (status, row) = request(server.address, "GET", path, session, None).unwrap();
            assert_eq!(status, 200, "{row}");
            let found = number_in(&row);
            // The write under way when the server died may stand or not; no other may be gone.
            assert!(
                found == acknowledged.number || found == acknowledged.number + 1,
                "round {round}: {} was acknowledged, {found} stands in {path}",
                acknowledged.number
            );
            written += acknowledged.number - last.number;
            *last = Acknowledged {
                number: found,
                version: row["version"].as_i64().unwrap(),
            };
        }
    }
    assert!(
        written > ROUNDS,
        "only {written} writes in {ROUNDS} rounds: nothing was tried"
    );
    eprintln!("{written} acknowledged writes, {ROUNDS} kills, none lost");
    server.kill();
}

fn now() -> yagura_kernel::time::Instant {
    use yagura_kernel::time::Clock as _;
    SystemClock.now()
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_a_kill_on_sqlite() {
    survives(None, 11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_a_kill_on_postgresql() {
    let Some(database) = testing::empty_postgres().await else {
        return;
    };
    survives(Some(database.url.clone()), 12).await;
}

/// The log of the server is written where the test can show it.
#[test]
fn a_server_that_cannot_start_says_why() {
    let mut server = Server::new(Some("mysql://x".to_owned()));
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.start()));
    let words = failed.unwrap_err().downcast::<String>().unwrap();
    assert!(words.contains("sqlite:PATH or postgres://"), "{words}");
    assert!(Path::new(server.data.path()).exists());
}
