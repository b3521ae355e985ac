//! No acknowledged write is lost: the real binary is killed with SIGKILL while several clients
//! write through HTTP (answers, files of evidence, members of a roll), started again, and asked
//! for every write that it had acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use yagura_kernel::id::{IdGenerator, SeededIds};
use yagura_kernel::time::SystemClock;
use yagura_store::testing;

use super::running::{Answer, Sent, Server, Sessions, ask, open_sheet, prepare};

const CLIENTS: usize = 4;
/// How often the server is killed at least, and at most where a busy machine wrote too little.
const ROUNDS: u64 = 4;
const MOST_ROUNDS: u64 = 16;

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
        let path = format!("{path}/answer");
        match ask(address, "PUT", &path, session, Sent::Json(&body)) {
            Ok(Answer {
                status: 200, text, ..
            }) => {
                let saved: Value = serde_json::from_str(&text).unwrap();
                last = Acknowledged {
                    number,
                    version: saved["version"].as_i64().unwrap(),
                };
            }
            Ok(answer) => panic!("{path} was answered {answer:?}"),
            Err(_) => break,
        }
    }
    last
}

/// Uploads pieces of evidence until the server is gone; returns the acknowledged ones.
fn upload_until_gone(
    address: SocketAddr,
    session: &str,
    round: u64,
    stop: &AtomicBool,
) -> Vec<(String, String)> {
    let mut uploaded = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        // Large enough that a kill falls into the middle of some.
        let text = format!("piece {round}-{} ", uploaded.len()).repeat(20_000);
        let sent = Sent::Evidence(&text);
        match ask(address, "POST", "/api/v1/evidence", session, sent) {
            Ok(answer) if answer.status == 201 || answer.status == 200 => {
                let id = answer.json()["id"].as_str().unwrap().to_owned();
                uploaded.push((id, text));
            }
            Ok(answer) => panic!("an upload was answered {answer:?}"),
            Err(_) => break,
        }
    }
    uploaded
}

/// Imports members one after the other until the server is gone; returns the names of those whose
/// import was acknowledged.
fn import_until_gone(
    address: SocketAddr,
    session: &str,
    round: u64,
    stop: &AtomicBool,
) -> Vec<String> {
    let mut imported = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let name = format!("Clinic-r{round}n{}x", imported.len());
        let table = format!("施設名,種別\n{name},診療所\n");
        let path = "/api/v1/imports?file_name=roll.csv";
        let begun = match ask(address, "POST", path, session, Sent::Csv(&table)) {
            Ok(answer) if answer.status == 201 || answer.status == 200 => answer,
            Ok(answer) => panic!("a roll was answered {answer:?}"),
            Err(_) => break,
        };
        let path = format!(
            "/api/v1/imports/{}/confirm",
            begun.json()["id"].as_str().unwrap()
        );
        match ask(address, "POST", &path, session, Sent::Nothing) {
            Ok(Answer { status: 200, .. }) => imported.push(name),
            Ok(answer) => panic!("{path} was answered {answer:?}"),
            Err(_) => break,
        }
    }
    imported
}

fn number_in(row: &Value) -> u64 {
    let remark = row["answer"]["remark"].as_str().unwrap_or_default();
    remark
        .strip_prefix("write ")
        .map_or(0, |number| number.parse().unwrap())
}

async fn survives(database: Option<String>, seed: u64) {
    let mut server = Server::new(database);
    let sessions = prepare(&server).await;
    // The rest blocks: threads are the clients.
    tokio::task::spawn_blocking(move || rounds(&mut server, &sessions, seed))
        .await
        .unwrap();
}

/// What was acknowledged beside the answers.
#[derive(Default)]
struct Others {
    pieces: Vec<(String, String)>,
    members: Vec<String>,
}

fn rounds(server: &mut Server, sessions: &Sessions, seed: u64) {
    let random = SeededIds::new(seed, SystemClock);
    server.start();
    let paths = open_sheet(server, &sessions.director, CLIENTS);
    let mut last = vec![Acknowledged::default(); CLIENTS];
    let mut others = Others::default();
    let mut written = 0;
    let mut kills = 0;
    for round in 0..MOST_ROUNDS {
        let enough = written > ROUNDS && !others.pieces.is_empty() && !others.members.is_empty();
        if round >= ROUNDS && enough {
            break;
        }
        kills += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let address = server.address;
        let clients: Vec<_> = paths
            .iter()
            .zip(&last)
            .map(|(path, last)| {
                let (session, path, last) = (sessions.director.clone(), path.clone(), *last);
                let stop = Arc::clone(&stop);
                std::thread::spawn(move || write_until_gone(address, &session, &path, last, &stop))
            })
            .collect();
        let uploader = {
            let (session, stop) = (sessions.director.clone(), Arc::clone(&stop));
            std::thread::spawn(move || upload_until_gone(address, &session, round, &stop))
        };
        let importer = {
            let (session, stop) = (sessions.manager.clone(), Arc::clone(&stop));
            std::thread::spawn(move || import_until_gone(address, &session, round, &stop))
        };
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
        others.pieces.extend(uploader.join().unwrap());
        others.members.extend(importer.join().unwrap());
        server.start();
        for ((path, acknowledged), last) in paths.iter().zip(acknowledged).zip(&mut last) {
            let row = server
                .ask("GET", path, &sessions.director, Sent::Nothing)
                .unwrap();
            assert_eq!(row.status, 200, "{row:?}");
            let row = row.json();
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
        all_there(server, sessions, &others);
    }
    assert!(
        written > ROUNDS && !others.pieces.is_empty() && !others.members.is_empty(),
        "only {written} writes, {} pieces and {} members in {kills} rounds: too little was tried",
        others.pieces.len(),
        others.members.len()
    );
    eprintln!(
        "{written} acknowledged answers, {} pieces of evidence, {} imports, {kills} kills, none lost",
        others.pieces.len(),
        others.members.len()
    );
    // What broken-off uploads left is not in the way, and the log of every act is whole.
    assert!(server.stop(), "the server ended badly: {}", server.said());
    let verified = server
        .command(&["audit", "verify", "--json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(report["intact"], true, "{report}");
    assert_eq!(report["unsequenced"], 0, "the last entries have places too");
}

fn all_there(server: &Server, sessions: &Sessions, others: &Others) {
    for (id, text) in &others.pieces {
        let path = format!("/api/v1/evidence/{id}/file");
        let file = server
            .ask("GET", &path, &sessions.director, Sent::Nothing)
            .unwrap();
        assert_eq!(file.status, 200, "{path}: {file:?}");
        assert!(file.text == *text, "{path} is not what was sent");
    }
    for name in &others.members {
        let path = format!("/api/v1/members?q={name}");
        let found = server
            .ask("GET", &path, &sessions.manager, Sent::Nothing)
            .unwrap();
        assert!(
            found.status == 200 && found.text.contains(name.as_str()),
            "{name} was imported: {found:?}"
        );
    }
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
    assert!(
        words.contains("sqlite:") && words.contains("ください"),
        "{words}"
    );
    assert!(server.data.exists());
}
