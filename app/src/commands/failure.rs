//! Why a command was not done, in the reader's language: what happened, where, how to mend it.

use std::path::{Path, PathBuf};

use yagura_demonstration::DemonstrationError;
use yagura_documents::messages::Explain as _;
use yagura_identity::IdentityError;
use yagura_kernel::policy::Denial;
use yagura_region::import::ImportError;
use yagura_store::backup::BackupError;
use yagura_store::{Cause, StoreError};
use yagura_web::i18n::{Translator, args};

use super::demo::DemoError;
use super::serve::ServeError;
use super::terminal::said;
use crate::config::ConfigError;
use crate::installation::InstallationError;
use crate::keys::KeyError;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The installation cannot be opened.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A roll of members.
    #[error(transparent)]
    Members(#[from] ImportError),
    /// Vulnerability feeds.
    #[error(transparent)]
    Feeds(#[from] yagura_vulnerabilities::import::ImportError),
    /// What was given as the key of whom bundles are taken is none.
    #[error("{0} is no public key")]
    FeedKey(String),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The demonstration.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// There is no installation here.
    #[error("there is no installation in {0}")]
    NoInstallation(PathBuf),
    /// There is one already.
    #[error("there is an installation in {0} already")]
    InstallationExists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {cause:?}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: Cause,
    },
    /// The content of a file is not what it should be.
    #[error("{path}: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and how to mend it, in the reader's language.
        reason: String,
    },
    /// A file is larger than is read.
    #[error("{path} has more than {limit} bytes")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes.
        limit: u64,
    },
    /// No region is meant by what was given.
    #[error("no region is called {0}")]
    NoRegion(String),
    /// Several regions may be meant.
    #[error("{given} may mean {candidates}")]
    ManyRegions {
        /// What was given.
        given: String,
        /// Names with ids.
        candidates: String,
    },
    /// The organisation has no roll of members.
    #[error("{0} has no members")]
    NotARegion(String),
    /// There is no key of the audit log.
    #[error("there is no key {0}")]
    NoAuditKey(PathBuf),
    /// Nothing is signed yet.
    #[error("there is no checkpoint yet")]
    NoCheckpoint,
    /// The policy refuses the program itself: a fault.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// What was found cannot be written as JSON: a fault.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// What lies behind a failure, in the reader's language.
pub(super) fn cause_words(t: &Translator, cause: &Cause) -> String {
    let arguments = match cause {
        Cause::Other(text) => vec![("text", text.clone())],
        _ => Vec::new(),
    };
    said(t, cause_key(cause), arguments)
}

const fn cause_key(cause: &Cause) -> &'static str {
    match cause {
        Cause::Absent => "cli-cause-absent",
        Cause::Denied => "cli-cause-denied",
        Cause::Exists => "cli-cause-exists",
        Cause::Full => "cli-cause-full",
        Cause::ReadOnly => "cli-cause-read-only",
        Cause::WrongKind => "cli-cause-wrong-kind",
        Cause::Busy => "cli-cause-busy",
        Cause::Refused => "cli-cause-refused",
        Cause::TimedOut => "cli-cause-timed-out",
        Cause::Broken => "cli-cause-broken",
        Cause::Credentials => "cli-cause-credentials",
        Cause::NoDatabase => "cli-cause-no-database",
        Cause::TooMany => "cli-cause-too-many",
        Cause::Starting => "cli-cause-starting",
        Cause::NotADatabase => "cli-cause-not-a-database",
        Cause::NotText => "cli-cause-not-text",
        Cause::Other(_) => "cli-cause-other",
    }
}

/// What the settings are wrong in, in the reader's language.
pub(super) fn config_words(t: &Translator, error: &ConfigError) -> String {
    match error {
        ConfigError::Unreadable { path, cause } => {
            let arguments = vec![at(path), ("reason", cause_words(t, cause))];
            said(t, "cli-config-unreadable", arguments)
        }
        ConfigError::Invalid { path, line, reason } => {
            let arguments = vec![
                at(path),
                ("line", line.to_string()),
                ("reason", reason.clone()),
            ];
            said(t, "cli-config-invalid", arguments)
        }
        ConfigError::Database => t.t("cli-config-database").to_owned(),
        ConfigError::Proxy(name) => said(t, "cli-config-proxy", vec![("name", name.0.clone())]),
        ConfigError::PublicUrl => t.t("cli-config-public-url").to_owned(),
    }
}

/// What a file of keys is wrong in, in the reader's language.
fn key_words(t: &Translator, error: &KeyError) -> String {
    match error {
        KeyError::File { path, cause } => {
            let arguments = vec![at(path), ("reason", cause_words(t, cause))];
            said(t, "cli-key-file", arguments)
        }
        KeyError::NotAKey { path } => said(t, "cli-key-content", vec![at(path)]),
    }
}

fn at(path: &Path) -> (&'static str, String) {
    ("path", path.display().to_string())
}

type Words = (&'static str, Vec<(&'static str, String)>);

fn store_words(t: &Translator, error: &StoreError) -> Words {
    let reason = |text: String| vec![("reason", text)];
    let cause = || cause_words(t, &Cause::from(error));
    match error {
        StoreError::Unreachable(_) => ("cli-error-database-unreachable", reason(cause())),
        StoreError::DiskFull => ("cli-error-disk-full", Vec::new()),
        StoreError::NewerDatabase(step) => ("cli-error-newer-database", reason(step.clone())),
        StoreError::AlteredMigration(step) => ("cli-error-altered-migration", reason(step.clone())),
        _ => ("cli-error-store", reason(cause())),
    }
}

fn backup_words(t: &Translator, error: &BackupError) -> Words {
    let plain = |key| (key, Vec::new());
    let reason = |key, text: String| (key, vec![("reason", text)]);
    let shown = |path: &Path| path.display().to_string();
    match error {
        BackupError::PassphraseTooShort { .. } => plain("cli-backup-error-passphrase-too-short"),
        BackupError::Key => plain("cli-backup-error-key"),
        BackupError::Exists(path) => reason("cli-backup-error-exists", shown(path)),
        BackupError::DiskFull(path) => reason("cli-backup-error-disk-full", shown(path)),
        BackupError::File {
            path,
            reason: error,
        } => (
            "cli-error-file",
            vec![at(path), ("reason", cause_words(t, &Cause::from(error)))],
        ),
        BackupError::NotAnArchive => plain("cli-backup-error-not-an-archive"),
        BackupError::NewerFormat => plain("cli-backup-error-newer-format"),
        BackupError::NewerProgram(step) => reason("cli-backup-error-newer", step.clone()),
        BackupError::OtherSecret {
            needs_passphrase: true,
        } => plain("cli-backup-error-needs-passphrase"),
        BackupError::OtherSecret { .. } => plain("cli-backup-error-needs-key"),
        BackupError::WrongSecret => plain("cli-backup-error-wrong-secret"),
        BackupError::Damaged { near, reason } => (
            "cli-backup-error-damaged",
            vec![("near", near.to_string()), ("reason", reason.clone())],
        ),
        BackupError::OtherProgram(step) => reason("cli-backup-error-other-program", step.clone()),
        BackupError::DatabaseNotEmpty(table) => {
            reason("cli-backup-error-database-not-empty", table.clone())
        }
        BackupError::FilesNotEmpty(file) => {
            reason("cli-backup-error-files-not-empty", file.clone())
        }
        BackupError::Store(error) => store_words(t, error),
    }
}

fn feed_words(t: &Translator, error: &yagura_vulnerabilities::import::ImportError) -> Words {
    use yagura_vulnerabilities::VulnerabilityError;
    use yagura_vulnerabilities::bundle::BundleError;
    use yagura_vulnerabilities::import::ImportError as Feeds;
    match error {
        Feeds::Store(VulnerabilityError::Store(error)) => store_words(t, error),
        Feeds::Read { path, error } => (
            "cli-error-file",
            vec![at(path), ("reason", cause_words(t, &Cause::from(error)))],
        ),
        Feeds::Refused { path, error } => match error {
            BundleError::Signature(_) => ("cli-feeds-error-signature", vec![at(path)]),
            BundleError::Form => ("cli-feeds-error-form", vec![at(path)]),
            BundleError::Part { part } => (
                "cli-feeds-error-part",
                vec![at(path), ("part", part.clone())],
            ),
            error => ("cli-feeds-error-other", vec![("reason", error.to_string())]),
        },
        error => ("cli-feeds-error-other", vec![("reason", error.to_string())]),
    }
}

fn installation_words(t: &Translator, error: &InstallationError) -> Words {
    match error {
        InstallationError::Folder(path, cause) => (
            "cli-error-file",
            vec![at(path), ("reason", cause_words(t, cause))],
        ),
        InstallationError::Key(error) => ("cli-error-key", vec![("reason", key_words(t, error))]),
        InstallationError::Store(error) => store_words(t, error),
        InstallationError::Words(_) => internal(error),
    }
}

fn identity_words(t: &Translator, error: &IdentityError) -> Words {
    match error {
        IdentityError::Store(error) => store_words(t, error),
        error => internal(error),
    }
}

fn internal(error: impl std::fmt::Display) -> Words {
    ("cli-error-internal", vec![("reason", error.to_string())])
}

fn serve_words(t: &Translator, error: &ServeError) -> Words {
    match error {
        ServeError::Installation(error) => installation_words(t, error),
        ServeError::Listen { address, cause } => (
            "cli-serve-listen",
            vec![
                ("address", address.to_string()),
                ("reason", cause_words(t, cause)),
            ],
        ),
        ServeError::InUse(path) => ("cli-serve-in-use", vec![at(path)]),
        ServeError::Lock { path, cause } => (
            "cli-error-file",
            vec![at(path), ("reason", cause_words(t, cause))],
        ),
        ServeError::Store(error) => store_words(t, error),
        ServeError::Identity(error) => identity_words(t, error),
        ServeError::Broken(error) => (
            "cli-serve-broken",
            vec![("reason", cause_words(t, &Cause::from(error)))],
        ),
    }
}

fn demo_words(t: &Translator, error: &DemoError) -> Words {
    match error {
        DemoError::ForeignFolder(path) => ("cli-demo-foreign-folder", vec![at(path)]),
        DemoError::Folder(path, cause) => (
            "cli-error-file",
            vec![at(path), ("reason", cause_words(t, cause))],
        ),
        DemoError::Fill(DemonstrationError::Store(error)) => store_words(t, error),
        DemoError::Fill(DemonstrationError::Identity(error)) => identity_words(t, error),
        DemoError::Fill(error) => internal(error),
        DemoError::Serve(error) => serve_words(t, error),
    }
}

impl CommandError {
    fn parts(&self, t: &Translator) -> Words {
        match self {
            Self::Config(error) => ("cli-error-config", vec![("reason", config_words(t, error))]),
            Self::Installation(error) => installation_words(t, error),
            Self::Key(error) => ("cli-error-key", vec![("reason", key_words(t, error))]),
            Self::Store(error) | Self::Members(ImportError::Store(error)) => store_words(t, error),
            Self::Members(error) => (error.message_key(), error.message_arguments()),
            Self::Backup(error) => backup_words(t, error),
            Self::Feeds(error) => feed_words(t, error),
            Self::FeedKey(given) => ("cli-feeds-error-key", vec![("given", given.clone())]),
            Self::Serve(error) => serve_words(t, error),
            Self::Demo(error) => demo_words(t, error),
            Self::NoInstallation(folder) => ("cli-error-no-installation", vec![at(folder)]),
            Self::InstallationExists(folder) => ("cli-error-installation-exists", vec![at(folder)]),
            Self::File { path, cause } => (
                "cli-error-file",
                vec![at(path), ("reason", cause_words(t, cause))],
            ),
            Self::Content { path, reason } => (
                "cli-error-content",
                vec![at(path), ("reason", reason.clone())],
            ),
            Self::FileTooLarge { path, limit } => (
                "cli-error-file-too-large",
                vec![at(path), ("megabytes", (limit >> 20).to_string())],
            ),
            Self::NoRegion(given) => ("cli-error-no-region", vec![("given", given.clone())]),
            Self::NotARegion(given) => ("cli-error-not-a-region", vec![("given", given.clone())]),
            Self::ManyRegions { given, candidates } => (
                "cli-error-many-regions",
                vec![("given", given.clone()), ("candidates", candidates.clone())],
            ),
            Self::NoAuditKey(file) => ("cli-error-no-audit-key", vec![at(file)]),
            Self::NoCheckpoint => ("cli-error-no-checkpoint", Vec::new()),
            Self::Denied(error) => internal(error),
            Self::Json(error) => internal(error),
        }
    }

    /// What happened, where, and how to mend it.
    #[must_use]
    pub fn worded(&self, t: &Translator) -> String {
        let (key, arguments) = self.parts(t);
        said(t, key, arguments)
    }
}

/// The line that tells of a failure.
#[must_use]
pub fn failure(t: &Translator, error: &CommandError) -> String {
    t.t_args("cli-error-line", args![("text", error.worded(t))])
        .into_owned()
}

#[cfg(test)]
mod tests {
    use yagura_web::Lang;

    use super::*;
    use crate::commands::terminal::words;

    fn errors() -> Vec<CommandError> {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let denied = || Cause::Denied;
        vec![
            CommandError::NoInstallation("x".into()),
            CommandError::InstallationExists("x".into()),
            CommandError::File {
                path: "x".into(),
                cause: Cause::NotText,
            },
            CommandError::FileTooLarge {
                path: "x".into(),
                limit: 1 << 20,
            },
            CommandError::ManyRegions {
                given: "x".to_owned(),
                candidates: "y".to_owned(),
            },
            CommandError::NoCheckpoint,
            CommandError::NoAuditKey("x".into()),
            CommandError::Store(StoreError::DiskFull),
            CommandError::Store(StoreError::NewerDatabase("step".to_owned())),
            CommandError::FeedKey("x".to_owned()),
            CommandError::Feeds(yagura_vulnerabilities::import::ImportError::Refused {
                path: "x".into(),
                error: yagura_vulnerabilities::bundle::BundleError::Form,
            }),
            CommandError::Backup(BackupError::WrongSecret),
            CommandError::Backup(BackupError::NewerFormat),
            CommandError::Backup(BackupError::File {
                path: "x".into(),
                reason: full(),
            }),
            CommandError::Backup(BackupError::Damaged {
                near: 7,
                reason: "x".to_owned(),
            }),
            CommandError::Config(ConfigError::Database),
            CommandError::Config(ConfigError::PublicUrl),
            CommandError::Config(ConfigError::Proxy(yagura_web::ProxyError("x".to_owned()))),
            CommandError::Config(ConfigError::Invalid {
                path: "x".into(),
                line: 3,
                reason: "y".to_owned(),
            }),
            CommandError::Config(ConfigError::Unreadable {
                path: "x".into(),
                cause: denied(),
            }),
            CommandError::Key(KeyError::NotAKey { path: "x".into() }),
            CommandError::Installation(InstallationError::Folder("x".into(), denied())),
            CommandError::Members(ImportError::NoMembers),
            CommandError::Serve(ServeError::InUse("x".into())),
            CommandError::Serve(ServeError::Listen {
                address: ([127, 0, 0, 1], 80).into(),
                cause: Cause::Busy,
            }),
            CommandError::Serve(ServeError::Broken(full())),
            CommandError::Demo(DemoError::ForeignFolder("x".into())),
        ]
    }

    #[test]
    fn every_error_has_words_in_both_languages() {
        for lang in Lang::ALL {
            let t = words(lang).unwrap();
            for error in errors() {
                let text = error.worded(&t);
                let (key, _) = error.parts(&t);
                assert!(t.find(key).is_some(), "{key} has no words in {lang:?}");
                assert!(!text.is_empty() && !text.contains("{$"), "{text}");
            }
        }
    }

    #[test]
    fn every_cause_has_words_in_both_languages() {
        let causes = [
            Cause::Absent,
            Cause::Denied,
            Cause::Exists,
            Cause::Full,
            Cause::ReadOnly,
            Cause::WrongKind,
            Cause::Busy,
            Cause::Refused,
            Cause::TimedOut,
            Cause::Broken,
            Cause::Credentials,
            Cause::NoDatabase,
            Cause::TooMany,
            Cause::Starting,
            Cause::NotADatabase,
            Cause::NotText,
            Cause::Other("text of the system".to_owned()),
        ];
        for lang in Lang::ALL {
            let t = words(lang).unwrap();
            for cause in &causes {
                assert!(t.find(cause_key(cause)).is_some(), "{cause:?}");
                assert!(cause_key(cause).ends_with(cause.code()));
            }
            assert!(cause_words(&t, &causes[16]).contains("text of the system"));
        }
    }

    #[test]
    fn what_is_said_in_japanese_is_japanese() {
        let t = words(Lang::Ja).unwrap();
        for error in errors() {
            let text = error.worded(&t);
            let longest = text
                .split(|letter: char| !letter.is_ascii_alphabetic() && letter != ' ')
                .map(|run| run.split_whitespace().count())
                .max()
                .unwrap_or(0);
            assert!(longest < 4, "English within Japanese: {text}");
        }
    }
}
