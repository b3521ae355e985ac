//! The real binary under test: started on a folder, asked through HTTP, killed.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use yagura::config::{Config, ConfigArguments};
use yagura::installation::Installation;
use yagura_identity::password::Passwords;
use yagura_identity::{Login, Visitor, accounts};
use yagura_kernel::id::{AssignmentId, OrganizationId, PersonId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_store::directory::{self, NewAssignment, NewOrganization, NewPerson};
use yagura_store::settings;
use yagura_web::App;
use yagura_web::authentication::SESSION_COOKIE;

/// How long the server may take to answer for the first time, built without optimisation and
/// beside other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is started, killed and started again on one data folder.
pub(super) struct Server {
    pub(super) data: PathBuf,
    pub(super) address: SocketAddr,
    pub(super) database: Option<String>,
    /// A command under which the program runs, such as one that enters a namespace.
    under: Vec<String>,
    process: Option<Child>,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(super) fn new(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        // The port is free now; nothing else on the machine is asked to take this one.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        std::fs::write(
            data.join("yagura.toml"),
            format!("listen = '{address}'\nupload_limit_megabytes = 5\n"),
        )
        .unwrap();
        Self {
            data,
            address,
            database,
            under: Vec::new(),
            process: None,
            log: folder.path().join("log"),
            _folder: folder,
        }
    }

    /// The same server on another folder, which only the command's surroundings can reach.
    pub(super) fn moved(&mut self, data: &Path, under: Vec<String>) {
        self.data = data.to_owned();
        self.under = under;
    }

    pub(super) fn config(&self) -> Config {
        Config::load(&ConfigArguments {
            data: self.data.clone(),
            database: self.database.clone(),
            config: None,
        })
        .unwrap()
    }

    /// The program with this server's data.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_yagura").to_owned();
        let mut words = self.under.iter().chain([&program]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(arguments);
        command.arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            command.env("YAGURA_DATABASE", database);
        } else {
            command.env_remove("YAGURA_DATABASE");
        }
        command
            .env_remove("YAGURA_CONFIG")
            .env_remove("RUST_LOG")
            .env("YAGURA_LANG", "ja");
        command
    }

    pub(super) fn start(&mut self) {
        let log = std::fs::File::create(&self.log).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        let patience = Instant::now();
        loop {
            if let Ok(Answer { status: 200, .. }) = self.ask("GET", "/healthz", "", Sent::Nothing) {
                return;
            }
            let died = self.process.as_mut().unwrap().try_wait().unwrap();
            assert!(died.is_none(), "the server ended at once: {}", self.said());
            assert!(patience.elapsed() < PATIENCE, "no answer: {}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the server wrote to its log.
    pub(super) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: nothing of the program runs any more.
    pub(super) fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// SIGTERM, as an operating system stops a service; returns whether it ended well.
    pub(super) fn stop(&mut self) -> bool {
        let mut process = self.process.take().unwrap();
        let id = process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        process.wait().unwrap().success()
    }

    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        session: &str,
        sent: Sent<'_>,
    ) -> std::io::Result<Answer> {
        ask(self.address, method, path, session, sent)
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

/// What a request carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sent<'s> {
    Nothing,
    Json(&'s Value),
    Csv(&'s str),
    /// A piece of evidence with this content.
    Evidence(&'s str),
}

const BOUNDARY: &str = "running";

impl Sent<'_> {
    fn parts(self) -> (String, String) {
        match self {
            Sent::Nothing => ("text/plain".to_owned(), String::new()),
            Sent::Json(value) => ("application/json".to_owned(), value.to_string()),
            Sent::Csv(text) => ("text/csv".to_owned(), text.to_owned()),
            Sent::Evidence(text) => {
                let field = |name: &str, value: &str| {
                    format!(
                        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n\
                         {value}\r\n"
                    )
                };
                let body = format!(
                    "{}{}--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
                     filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
                     --{BOUNDARY}--\r\n",
                    field("title", "契約書"),
                    field("kind", "contract")
                );
                (format!("multipart/form-data; boundary={BOUNDARY}"), body)
            }
        }
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

/// One request on a connection of its own; an error where no whole answer came back.
pub(super) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    session: &str,
    sent: Sent<'_>,
) -> std::io::Result<Answer> {
    let torn = || std::io::Error::other("no whole answer");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let (kind, body) = sent.parts();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Cookie: {SESSION_COOKIE}={session}\r\nContent-Type: {kind}\r\n\
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
    Ok(Answer {
        status,
        head: head.to_owned(),
        text: body.to_owned(),
    })
}

/// People who are signed in: the director of a clinic and the manager of a region's roll.
#[derive(Debug, Clone)]
pub(super) struct Sessions {
    pub(super) director: String,
    pub(super) manager: String,
}

/// Makes the installation of a server with its people; nobody holds its files open afterwards.
pub(super) async fn prepare(server: &Server) -> Sessions {
    let installation = Installation::open(&server.config(), true).await.unwrap();
    let app = &installation.app;
    let mut tx = app.database().begin().await.unwrap();
    // Lets people be signed in by their account alone.
    settings::set(&mut tx, settings::DEMONSTRATION, "1")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sessions = Sessions {
        director: sign_in(app, OrganizationKind::Clinic, Role::Director).await,
        manager: sign_in(app, OrganizationKind::Prefecture, Role::RegionalManager).await,
    };
    app.database().close().await;
    sessions
}

async fn sign_in(app: &App, kind: OrganizationKind, role: Role) -> String {
    let organization = OrganizationId::new(app.ids());
    let person = PersonId::new(app.ids());
    let now = app.now();
    let mut tx = app.database().begin().await.unwrap();
    let new = NewOrganization {
        id: organization,
        kind,
        name: format!("架空の{}", kind.code()),
        code: None,
        region_code: None,
        permitted_beds: None,
        address: None,
        phone: None,
        email: None,
    };
    directory::insert(&mut tx, new, now).await.unwrap();
    let login = format!("{}@example.jp", role.code().replace('_', "-"));
    let new = NewPerson {
        id: person,
        name: "架空 太郎".to_owned(),
        name_kana: None,
        email: Some(login.clone()),
        phone: None,
    };
    directory::insert_person(&mut tx, new, now).await.unwrap();
    let assignment = NewAssignment {
        id: AssignmentId::new(app.ids()),
        person,
        organization,
        role,
        validity: Validity {
            from: app.fiscal_year().start(),
            until: None,
        },
    };
    directory::assign(&mut tx, assignment).await.unwrap();
    let hash = Passwords::with_parameters(64, 1, 1)
        .renew("a passphrase nobody types", app.ids())
        .await
        .unwrap();
    let act = app.identity().act_of_program();
    let login = Login::parse(&login).unwrap();
    let made = accounts::insert_demonstration(&mut tx, act, &hash, [(person, login)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let visitor = Visitor::new(None, "running");
    let session = app
        .identity()
        .sign_in_to_demonstration(made[0], &visitor)
        .await
        .unwrap();
    session.token.reveal()
}

/// A sheet of this year and the addresses of its first rows.
pub(super) fn open_sheet(server: &Server, session: &str, rows: usize) -> Vec<String> {
    let year = serde_json::json!({
        "fiscal_year": yagura_kernel::time::FiscalYear::at(now()).year()
    });
    let opened = server
        .ask("POST", "/api/v1/sheets", session, Sent::Json(&year))
        .unwrap();
    assert!(
        opened.status == 200 || opened.status == 201,
        "{}: {}",
        opened.status,
        opened.text
    );
    let sheet = opened.json()["sheet"].as_str().unwrap().to_owned();
    let whole = format!("/api/v1/sheets/{sheet}");
    let content = server
        .ask("GET", &whole, session, Sent::Nothing)
        .unwrap()
        .json();
    let paths: Vec<String> = content["items"]
        .as_array()
        .unwrap()
        .iter()
        .take(rows)
        .map(|item| format!("{whole}/items/{}", item["key"].as_str().unwrap()))
        .collect();
    assert_eq!(paths.len(), rows);
    paths
}

pub(super) fn now() -> yagura_kernel::time::Instant {
    use yagura_kernel::time::Clock as _;
    yagura_kernel::time::SystemClock.now()
}
