//! A directory is read over every protection; what stands in the way is said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::sync::atomic::Ordering;
use std::time::Duration;

use accountmatch::directory::{Connection, DirectoryError, Protection, read};
use accountmatch::model::{AccountList, SourceFormat};
use accountmatch::{Limits, Options};

mod slapd;

use slapd::{PEOPLE, Slapd, certificate, free_port, interrupter};

fn connection(slapd: &Slapd) -> Connection {
    Connection {
        host: "127.0.0.1".to_owned(),
        port: slapd.tls,
        protection: Protection::Ldaps,
        authorities: slapd.authority.clone(),
        bind_name: slapd::BIND.to_owned(),
        password: "secret-of-reader".to_owned(),
        base: "dc=example,dc=jp".to_owned(),
        filter: None,
        answer_timeout: Duration::from_secs(10),
        total_timeout: Duration::from_secs(30),
        page: 50,
    }
}

fn ask(connection: &Connection) -> Result<AccountList, DirectoryError> {
    ask_with(connection, &Options::default())
}

fn ask_with(connection: &Connection, options: &Options) -> Result<AccountList, DirectoryError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(read(connection, options))
}

#[test]
fn a_real_directory_is_read_in_pages_over_every_protection() {
    let Some(slapd) = Slapd::start("127.0.0.1") else {
        return;
    };
    let ldaps = connection(&slapd);
    let start_tls = Connection {
        port: slapd.plain,
        protection: Protection::StartTls,
        ..connection(&slapd)
    };
    let plain = Connection {
        port: slapd.plain,
        protection: Protection::PlainOnLoopback,
        ..connection(&slapd)
    };
    for connection in [&ldaps, &start_tls, &plain] {
        let list = ask(connection).unwrap();
        assert_eq!(list.format, SourceFormat::Directory);
        assert_eq!(list.accounts.len(), PEOPLE, "more than six pages");
        let seven = list
            .accounts
            .iter()
            .find(|account| account.id == "user7")
            .unwrap();
        assert_eq!(seven.privileged_by, ["sudo"]);
        assert_eq!(seven.staff_number.as_deref(), Some("00007"));
        assert!(
            !seven.last_sign_in.is_known(),
            "what it does not tell is not known"
        );
    }
    let small = Limits {
        records: 100,
        ..Limits::default()
    };
    let bounded = Options {
        limits: small,
        ..Options::default()
    };
    assert!(matches!(
        ask_with(&ldaps, &bounded),
        Err(DirectoryError::Read(_))
    ));
}

#[test]
fn refusals_say_why() {
    let Some(slapd) = Slapd::start("127.0.0.1") else {
        return;
    };
    let with = |change: &dyn Fn(&mut Connection)| {
        let mut connection = self::connection(&slapd);
        change(&mut connection);
        ask(&connection).unwrap_err()
    };
    let error = with(&|connection: &mut Connection| connection.password = "wrong".to_owned());
    assert!(
        matches!(error, DirectoryError::BindRefused { .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| {
        connection.authorities = certificate("127.0.0.1").0.into_bytes()
    });
    assert!(
        matches!(error, DirectoryError::Certificate { .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| connection.host = "localhost".to_owned());
    assert!(
        matches!(error, DirectoryError::Certificate { .. }),
        "another name: {error}"
    );
    let error = with(&|connection: &mut Connection| connection.authorities = b"nothing".to_vec());
    assert!(
        matches!(error, DirectoryError::Authorities { .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| connection.port = free_port());
    assert!(
        matches!(error, DirectoryError::Unreachable { .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| {
        connection.host = "192.0.2.1".to_owned();
        connection.protection = Protection::PlainOnLoopback;
    });
    assert!(
        matches!(error, DirectoryError::NotProtected { .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| connection.base = "dc=other,dc=jp".to_owned());
    assert!(
        matches!(error, DirectoryError::SearchRefused { code: 32, .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| connection.filter = Some("(((".to_owned()));
    assert!(
        matches!(error, DirectoryError::SearchRefused { .. }),
        "{error}"
    );
    let error = with(&|connection: &mut Connection| {
        connection.bind_name = "cn=small,dc=example,dc=jp".to_owned();
        connection.password = "secret-of-small".to_owned();
    });
    assert!(
        matches!(error, DirectoryError::ServerLimit { .. }),
        "{error}"
    );
    assert!(!format!("{:?}", connection(&slapd)).contains("secret-of-reader"));
}

#[test]
fn a_directory_that_stops_half_way_gives_nothing() {
    let Some(slapd) = Slapd::start("127.0.0.1") else {
        return;
    };
    for (closes, limit) in [(true, 40_000), (false, 40_000), (true, 20_000)] {
        let (port, cut) = interrupter(slapd.tls, limit, closes);
        let mut connection = self::connection(&slapd);
        connection.port = port;
        connection.answer_timeout = Duration::from_secs(2);
        let error = ask(&connection).unwrap_err();
        assert!(
            cut.load(Ordering::Relaxed),
            "the line was cut within the answer"
        );
        match error {
            DirectoryError::Stopped { received, .. } => {
                assert!(
                    received > 0 && received < PEOPLE,
                    "after {received} entries"
                );
            }
            other => panic!("{other}"),
        }
    }
    let (port, _) = interrupter(slapd.tls, 40_000, false);
    let mut connection = self::connection(&slapd);
    connection.port = port;
    connection.total_timeout = Duration::from_secs(1);
    let error = ask(&connection).unwrap_err();
    assert!(
        matches!(error, DirectoryError::TooSlow { received, .. } if received > 0),
        "{error}"
    );
}
