//! A real directory (OpenLDAP's slapd) for tests, on a free port of this machine with a certificate of
//! its own, and a line to it that breaks. Where slapd is not installed the tests say so and are left
//! out. The tests of features that read directories use it too.
#![allow(dead_code, reason = "each of the tests that share it uses a part")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

pub(crate) const PEOPLE: usize = 300;
pub(crate) const BIND: &str = "cn=reader,dc=example,dc=jp";

pub(crate) struct Slapd {
    child: Child,
    folder: TempDir,
    pub(crate) plain: u16,
    pub(crate) tls: u16,
    pub(crate) authority: Vec<u8>,
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

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A certificate for `name`, and the authority that issued it.
pub(crate) fn certificate(name: &str) -> (String, String, String) {
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
    pub(crate) fn start(name: &str) -> Option<Self> {
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
}

/// Passes bytes on to slapd until `limit` of its answer have passed; then it goes silent, or
/// closes the line.
pub(crate) fn interrupter(to: u16, limit: usize, closes: bool) -> (u16, Arc<AtomicBool>) {
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
