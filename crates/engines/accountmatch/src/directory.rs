//! Asks a directory (Active Directory, OpenLDAP, 389) for its accounts over LDAPS.
//!
//! Read-only: a bind and searches, nothing else. Results come in pages; sizes and times are
//! bounded. A directory that stops answering half way is an error and nothing of what came is
//! given back, since a missing account would look like one that was removed.
//!
//! Without encryption only the machine itself is asked.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::limits::Options;
use crate::model::{AccountList, SourceFormat};
use crate::problem::{Place, ReadError};
use crate::readers::Making;
use crate::readers::entry::{ATTRIBUTES, Entry, Surroundings};

/// How a directory is reached.
#[derive(Clone)]
pub struct Connection {
    /// Host name or address. The certificate must be for it.
    pub host: String,
    /// Port; 636 for LDAPS, 389 for StartTLS.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// Certificates of the authorities that are trusted, PEM. Nothing else is trusted.
    pub authorities: Vec<u8>,
    /// Distinguished name or user principal name of an account that may only read.
    pub bind_name: String,
    /// Its password.
    pub password: String,
    /// Where the search begins, for example `DC=example,DC=jp`.
    pub base: String,
    /// Which objects are accounts; none for people and managed service accounts.
    pub filter: Option<String>,
    /// How long one answer may take.
    pub answer_timeout: Duration,
    /// How long everything may take.
    pub total_timeout: Duration,
    /// Entries of one page.
    pub page: i32,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("protection", &self.protection)
            .field("bind_name", &self.bind_name)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte.
    Ldaps,
    /// TLS after a first plain word.
    StartTls,
    /// None: only to the machine itself.
    PlainOnLoopback,
}

/// Why a directory could not be read. Nothing of it was taken.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Plain LDAP to another machine.
    #[error("passwords would go to {host} unprotected; use LDAPS (port 636) or StartTLS")]
    NotProtected {
        /// The host.
        host: String,
    },
    /// The file of authorities holds no certificate.
    #[error("the authorities' file holds no certificate in PEM ({detail})")]
    Authorities {
        /// What the parser says.
        detail: String,
    },
    /// No connection.
    #[error("no connection to {host}:{port} ({detail}); check address, port and firewall")]
    Unreachable {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What the system says.
        detail: String,
    },
    /// The certificate is not trusted, has ended, or is for another name.
    #[error(
        "the certificate of {host} is not accepted ({detail}); give the authority that issued it, \
         and the name that stands in it"
    )]
    Certificate {
        /// The host.
        host: String,
        /// What the check says.
        detail: String,
    },
    /// Name or password refused.
    #[error("the directory refuses the name or password of {bind_name}")]
    BindRefused {
        /// The name.
        bind_name: String,
    },
    /// The search was refused.
    #[error("the directory refuses the search below {base} (code {code}: {detail})")]
    SearchRefused {
        /// Where the search began.
        base: String,
        /// Result code of LDAP.
        code: u32,
        /// What the directory says.
        detail: String,
    },
    /// The directory gives no more than so many.
    #[error(
        "the directory stopped after {received} entries by its own bound (code {code}); nothing was taken. Ask for fewer, or raise its bound"
    )]
    ServerLimit {
        /// Entries that came.
        received: usize,
        /// Result code of LDAP.
        code: u32,
    },
    /// It stopped answering.
    #[error(
        "the directory stopped answering after {received} entries; nothing was taken. Try again later"
    )]
    Stopped {
        /// Entries that came.
        received: usize,
        /// What happened.
        detail: String,
    },
    /// It took longer than the bound.
    #[error(
        "reading the directory took longer than {seconds} s after {received} entries; nothing was taken"
    )]
    TooSlow {
        /// Entries that came.
        received: usize,
        /// The bound.
        seconds: u64,
    },
    /// What came cannot be used.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Which objects are accounts or groups, or hold the policy on wrong passwords.
const FILTER: &str = "(|(objectClass=person)(objectClass=posixAccount)(objectClass=account)\
    (objectClass=msDS-GroupManagedServiceAccount)(objectClass=group)(objectClass=groupOfNames)\
    (objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=domainDNS)\
    (objectClass=pwdPolicy))";

/// Reads the accounts of a directory.
///
/// # Errors
/// [`DirectoryError`]; nothing was taken then.
pub async fn read(
    connection: &Connection,
    options: &Options,
) -> Result<AccountList, DirectoryError> {
    let mut received = 0_usize;
    let limit = connection.total_timeout;
    match tokio::time::timeout(limit, ask(connection, options, &mut received)).await {
        Ok(result) => result,
        Err(_) => Err(DirectoryError::TooSlow {
            received,
            seconds: limit.as_secs(),
        }),
    }
}

/// Whether the host is this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The trust of one connection: the authorities given, and nothing of the system's.
fn trust(authorities: &[u8]) -> Result<ClientConfig, DirectoryError> {
    let refused = |detail: String| DirectoryError::Authorities { detail };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        let certificate = certificate.map_err(|error| refused(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| refused(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(refused("no certificate".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

async fn ask(
    connection: &Connection,
    options: &Options,
    received: &mut usize,
) -> Result<AccountList, DirectoryError> {
    let mut settings = LdapConnSettings::new().set_conn_timeout(connection.answer_timeout);
    let scheme = match connection.protection {
        Protection::Ldaps => "ldaps",
        Protection::StartTls => {
            settings = settings.set_starttls(true);
            "ldap"
        }
        Protection::PlainOnLoopback if is_loopback(&connection.host) => "ldap",
        Protection::PlainOnLoopback => {
            return Err(DirectoryError::NotProtected {
                host: connection.host.clone(),
            });
        }
    };
    if connection.protection != Protection::PlainOnLoopback {
        settings = settings.set_config(Arc::new(trust(&connection.authorities)?));
    }
    let url = format!("{scheme}://{}:{}", connection.host, connection.port);
    let opened = tokio::time::timeout(
        connection.answer_timeout,
        LdapConnAsync::with_settings(settings, &url),
    )
    .await;
    let unreachable = |detail: String| DirectoryError::Unreachable {
        host: connection.host.clone(),
        port: connection.port,
        detail,
    };
    let (driver, mut ldap) = match opened {
        Err(_) => return Err(unreachable("no answer".to_owned())),
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => {
            let detail = error.to_string();
            let lower = detail.to_ascii_lowercase();
            return Err(if lower.contains("certificate") || lower.contains("tls") {
                DirectoryError::Certificate {
                    host: connection.host.clone(),
                    detail,
                }
            } else {
                unreachable(detail)
            });
        }
    };
    // The driver ends with the connection; should we end first, it is stopped.
    let driver = tokio::spawn(async move { driver.drive().await });
    let result = search(&mut ldap, connection, options, received).await;
    let _ = tokio::time::timeout(Duration::from_secs(2), ldap.unbind()).await;
    driver.abort();
    result
}

async fn search(
    ldap: &mut Ldap,
    connection: &Connection,
    options: &Options,
    received: &mut usize,
) -> Result<AccountList, DirectoryError> {
    let stopped = |received: usize, error: LdapError| DirectoryError::Stopped {
        received,
        detail: error.to_string(),
    };
    let bound = ldap
        .with_timeout(connection.answer_timeout)
        .simple_bind(&connection.bind_name, &connection.password)
        .await
        .map_err(|error| stopped(0, error))?;
    if bound.rc != 0 {
        return Err(DirectoryError::BindRefused {
            bind_name: connection.bind_name.clone(),
        });
    }
    let adapters: Vec<Box<dyn Adapter<'_, _, _>>> = vec![
        Box::new(EntriesOnly::new()),
        Box::new(PagedResults::new(connection.page.clamp(1, 5_000))),
    ];
    let mut attributes: Vec<&str> = ATTRIBUTES.to_vec();
    attributes.extend(options.staff_number_attribute.as_deref());
    let filter = connection.filter.as_deref().unwrap_or(FILTER);
    let seconds = i32::try_from(connection.total_timeout.as_secs()).unwrap_or(i32::MAX);
    let refused = |error: LdapError, received: usize| match error {
        LdapError::LdapResult { result } => said(result.rc, &result.text, connection, received),
        LdapError::FilterParsing => DirectoryError::SearchRefused {
            base: connection.base.clone(),
            code: 87,
            detail: "the filter is malformed".to_owned(),
        },
        other => stopped(received, other),
    };
    let mut stream = ldap
        .with_timeout(connection.answer_timeout)
        .with_search_options(SearchOptions::new().timelimit(seconds))
        .streaming_search_with(
            adapters,
            &connection.base,
            Scope::Subtree,
            filter,
            attributes,
        )
        .await
        .map_err(|error| refused(error, 0))?;
    let mut surroundings = Surroundings::default();
    let mut people = Vec::new();
    let mut making = Making::new(SourceFormat::Directory, options);
    while let Some(found) = stream
        .next()
        .await
        .map_err(|error| refused(error, *received))?
    {
        *received += 1;
        if *received > options.limits.records.saturating_mul(2) {
            return Err(ReadError::TooMany {
                limit: options.limits.records,
            }
            .into());
        }
        let entry = entry_of(SearchEntry::construct(found), options);
        surroundings.note(&entry);
        if entry.is_account() {
            people.push(entry);
        }
    }
    let end = stream.finish().await;
    if end.rc != 0 {
        return Err(said(end.rc, &end.text, connection, *received));
    }
    surroundings.accounts(people, &mut making)?;
    Ok(making.finish()?)
}

fn said(code: u32, detail: &str, connection: &Connection, received: usize) -> DirectoryError {
    match code {
        // Time limit, size limit, administrative limit.
        3 | 4 | 11 => DirectoryError::ServerLimit { received, code },
        // Local codes of the library: the connection is gone.
        80.. | 51 | 52 => DirectoryError::Stopped {
            received,
            detail: format!("code {code} {detail}"),
        },
        _ => DirectoryError::SearchRefused {
            base: connection.base.clone(),
            code,
            detail: crate::text::excerpt(detail),
        },
    }
}

fn entry_of(found: SearchEntry, options: &Options) -> Entry {
    let limit = options.limits.values;
    let mut values: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let bare = |name: String| {
        name.split(';')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    for (name, texts) in found.attrs {
        let kept = texts.into_iter().take(limit).map(String::into_bytes);
        values.entry(bare(name)).or_default().extend(kept);
    }
    for (name, bytes) in found.bin_attrs {
        values
            .entry(bare(name))
            .or_default()
            .extend(bytes.into_iter().take(limit));
    }
    Entry {
        place: Place {
            sheet: Some(crate::text::excerpt(&found.dn)),
            ..Place::default()
        },
        dn: found.dn,
        values,
    }
}
