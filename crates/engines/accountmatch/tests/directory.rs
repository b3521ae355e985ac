//! A real directory (OpenLDAP's slapd), started for the test on a free port of this machine with a
//! certificate of its own. Where slapd is not installed the tests say so and are left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use accountmatch::directory::{Connection, DirectoryError, Protection, read};
use accountmatch::model::{AccountList, SourceFormat};
use accountmatch::{Limits, Options};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

const PEOPLE: usize = 300;
const BIND: &str = "cn=reader,dc=example,dc=jp";

struct Slapd {
    child: Child,
    folder: TempDir,
    plain: u16,
    tls: u16,
    authority: Vec<u8>,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn slapd() -> Option<PathBuf> {
    [
        "/usr/sbin/slapd",
        "/usr/lib/openldap/slapd",
        "/usr/libexec/slapd",
    ]
    .iter()
    .map(PathBuf::from)
    .find(|path| path.exists())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A certificate for `name`, and the authority that issued it.
fn certificate(name: &str) -> (String, String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    (
        authority_certificate.pem(),
        certificate.pem(),
        key.serialize_pem(),
    )
}

impl Slapd {
    fn start(name: &str) -> Option<Self> {
        let Some(program) = slapd() else {
            println!("slapd is not installed; the test was left out");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (authority, certificate, key) = certificate(name);
        let at = |file: &str| folder.path().join(file).display().to_string();
        for (file, text) in [
            ("ca.pem", &authority),
            ("cert.pem", &certificate),
            ("key.pem", &key),
        ] {
            fs::write(at(file), text).unwrap();
        }
        fs::create_dir(at("db")).unwrap();
        let schemas = ["/etc/ldap/schema", "/etc/openldap/schema"]
            .iter()
            .find(|path| fs::metadata(path).is_ok())
            .unwrap();
        let modules = ["/usr/lib/ldap", "/usr/lib/openldap", "/usr/lib64/openldap"]
            .iter()
            .find(|path| fs::metadata(path).is_ok());
        let load = modules.map_or(String::new(), |path| {
            format!("modulepath {path}\nmoduleload back_mdb\n")
        });
        fs::write(
            at("slapd.conf"),
            format!(
                "include {schemas}/core.schema\ninclude {schemas}/cosine.schema\n\
                 include {schemas}/nis.schema\ninclude {schemas}/inetorgperson.schema\n{load}\
                 TLSCACertificateFile {}\nTLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
                 database mdb\nsuffix \"dc=example,dc=jp\"\nrootdn \"cn=root,dc=example,dc=jp\"\n\
                 directory {}\nmaxsize 67108864\nsizelimit size.pr=100 size.soft=500 size.hard=500\n\
                 limits dn.exact=\"{BIND}\" size=unlimited size.pr=100 size.prtotal=unlimited\n\
                 limits dn.exact=\"cn=small,dc=example,dc=jp\" size=50 size.prtotal=50\n\
                 access to attrs=userPassword by anonymous auth by * none\n\
                 access to * by dn.exact=\"{BIND}\" read by dn.exact=\"cn=small,dc=example,dc=jp\" read by * none\n",
                at("ca.pem"),
                at("cert.pem"),
                at("key.pem"),
                at("db"),
            ),
        )
        .unwrap();
        let mut entries = "dn: dc=example,dc=jp\nobjectClass: domain\ndc: example\n\n".to_owned();
        for name in ["reader", "small"] {
            entries.push_str(&format!(
                "dn: cn={name},dc=example,dc=jp\nobjectClass: organizationalRole\n\
                 objectClass: simpleSecurityObject\ncn: {name}\nuserPassword: secret-of-{name}\n\n"
            ));
        }
        for n in 0..PEOPLE {
            entries.push_str(&format!(
                "dn: uid=user{n},dc=example,dc=jp\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n\
                 uid: user{n}\ncn: User {n}\nsn: User\nemployeeNumber: {n:05}\nuidNumber: {}\n\
                 gidNumber: 100\nhomeDirectory: /home/user{n}\n\n",
                n + 1_000
            ));
        }
        entries.push_str(
            "dn: cn=sudo,dc=example,dc=jp\nobjectClass: posixGroup\ncn: sudo\ngidNumber: 27\nmemberUid: user7\n",
        );
        fs::write(at("data.ldif"), entries).unwrap();
        let added = Command::new("/usr/sbin/slapadd")
            .args(["-f", &at("slapd.conf"), "-l", &at("data.ldif")])
            .output()
            .unwrap();
        assert!(
            added.status.success(),
            "{}",
            String::from_utf8_lossy(&added.stderr)
        );
        let (plain, tls) = (free_port(), free_port());
        let child = Command::new(program)
            .args(["-d", "0", "-f", &at("slapd.conf"), "-h"])
            .arg(format!("ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let slapd = Self {
            child,
            folder,
            plain,
            tls,
            authority: authority.into_bytes(),
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", slapd.tls)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "slapd did not start"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(slapd.folder.path().exists());
        Some(slapd)
    }

    fn connection(&self) -> Connection {
        Connection {
            host: "127.0.0.1".to_owned(),
            port: self.tls,
            protection: Protection::Ldaps,
            authorities: self.authority.clone(),
            bind_name: BIND.to_owned(),
            password: "secret-of-reader".to_owned(),
            base: "dc=example,dc=jp".to_owned(),
            filter: None,
            answer_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            page: 50,
        }
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
    let ldaps = slapd.connection();
    let start_tls = Connection {
        port: slapd.plain,
        protection: Protection::StartTls,
        ..slapd.connection()
    };
    let plain = Connection {
        port: slapd.plain,
        protection: Protection::PlainOnLoopback,
        ..slapd.connection()
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
        let mut connection = slapd.connection();
        change(&mut connection);
        ask(&connection).unwrap_err()
    };
    let error = with(&|connection| connection.password = "wrong".to_owned());
    assert!(
        matches!(error, DirectoryError::BindRefused { .. }),
        "{error}"
    );
    let error =
        with(&|connection| connection.authorities = certificate("127.0.0.1").0.into_bytes());
    assert!(
        matches!(error, DirectoryError::Certificate { .. }),
        "{error}"
    );
    let error = with(&|connection| connection.host = "localhost".to_owned());
    assert!(
        matches!(error, DirectoryError::Certificate { .. }),
        "another name: {error}"
    );
    let error = with(&|connection| connection.authorities = b"nothing".to_vec());
    assert!(
        matches!(error, DirectoryError::Authorities { .. }),
        "{error}"
    );
    let error = with(&|connection| connection.port = free_port());
    assert!(
        matches!(error, DirectoryError::Unreachable { .. }),
        "{error}"
    );
    let error = with(&|connection| {
        connection.host = "192.0.2.1".to_owned();
        connection.protection = Protection::PlainOnLoopback;
    });
    assert!(
        matches!(error, DirectoryError::NotProtected { .. }),
        "{error}"
    );
    let error = with(&|connection| connection.base = "dc=other,dc=jp".to_owned());
    assert!(
        matches!(error, DirectoryError::SearchRefused { code: 32, .. }),
        "{error}"
    );
    let error = with(&|connection| connection.filter = Some("(((".to_owned()));
    assert!(
        matches!(error, DirectoryError::SearchRefused { .. }),
        "{error}"
    );
    let error = with(&|connection| {
        connection.bind_name = "cn=small,dc=example,dc=jp".to_owned();
        connection.password = "secret-of-small".to_owned();
    });
    assert!(
        matches!(error, DirectoryError::ServerLimit { .. }),
        "{error}"
    );
    assert!(!format!("{:?}", slapd.connection()).contains("secret-of-reader"));
}

/// Passes bytes on to slapd until `limit` of its answer have passed; then it goes silent, or
/// closes the line.
fn interrupter(to: u16, limit: usize, closes: bool) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let cut = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&cut);
    std::thread::spawn(move || {
        let Ok((client, _)) = listener.accept() else {
            return;
        };
        let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
        let (mut from_client, mut to_server) =
            (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from_client, &mut to_server);
        });
        let (mut from_server, mut to_client) = (server, client);
        let passed = AtomicUsize::new(0);
        let mut buffer = [0_u8; 512];
        while let Ok(count) = from_server.read(&mut buffer) {
            if count == 0 {
                return;
            }
            if passed.fetch_add(count, Ordering::Relaxed) > limit {
                mark.store(true, Ordering::Relaxed);
                if closes {
                    let _ = to_client.shutdown(std::net::Shutdown::Both);
                    return;
                }
                std::thread::sleep(Duration::from_secs(20));
                return;
            }
            if to_client.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    });
    (port, cut)
}

#[test]
fn a_directory_that_stops_half_way_gives_nothing() {
    let Some(slapd) = Slapd::start("127.0.0.1") else {
        return;
    };
    for (closes, limit) in [(true, 40_000), (false, 40_000), (true, 20_000)] {
        let (port, cut) = interrupter(slapd.tls, limit, closes);
        let mut connection = slapd.connection();
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
    let mut connection = slapd.connection();
    connection.port = port;
    connection.total_timeout = Duration::from_secs(1);
    let error = ask(&connection).unwrap_err();
    assert!(
        matches!(error, DirectoryError::TooSlow { received, .. } if received > 0),
        "{error}"
    );
}
