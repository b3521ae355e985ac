//! What commands share: words, progress, output, and errors that say how to mend them.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use yagura_documents::messages::Explain as _;
use yagura_kernel::audit::{AuditActor, AuditEntry, AuditOutcome, Detail};
use yagura_kernel::id::{AuditEntryId, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Denial, Principal, Resource, Standing, authorize,
};
use yagura_kernel::probe::Finding;
use yagura_store::backup::BackupError;
use yagura_store::{DatabaseUrl, StoreError, Transaction, audit};
use yagura_web::App;
use yagura_web::i18n::{Catalogue, CatalogueErrors, Lang, Source, Translator};

use crate::config::{Config, ConfigError};
use crate::installation::{Installation, InstallationError, features};
use crate::keys::KeyError;

/// The words of the command line.
pub const MESSAGES: &[Source<'static>] = &[
    Source::ja("app/ja.ftl", include_str!("../../locales/ja.ftl")),
    Source::en("app/en.ftl", include_str!("../../locales/en.ftl")),
];

/// How many remarks are printed one by one.
pub(super) const MOST_REMARKS: usize = 50;

/// The words of the command line, of the features and of the foundation in a language.
///
/// # Errors
/// A fault in the message files, which is one of the program.
pub fn words(lang: Lang) -> Result<Translator, CatalogueErrors> {
    let features = features();
    let sources = MESSAGES
        .iter()
        .chain(yagura_web::i18n::MESSAGES)
        .chain(features.iter().flat_map(|feature| feature.messages()));
    Ok(Translator::new(lang, Arc::new(Catalogue::build(sources)?)))
}

/// The language of the terminal: English where the environment says so, else Japanese.
#[must_use]
pub fn language(chosen: Option<&str>) -> Lang {
    let of_environment = || {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
    };
    let wanted = chosen
        .map(str::to_owned)
        .or_else(of_environment)
        .unwrap_or_default();
    if wanted.starts_with("en") {
        Lang::En
    } else {
        Lang::Ja
    }
}

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
    Members(#[from] yagura_region::import::ImportError),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// There is no installation here.
    #[error("there is no installation in {0}")]
    NoInstallation(PathBuf),
    /// There is one already.
    #[error("there is an installation in {0} already")]
    InstallationExists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
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

impl CommandError {
    fn message_key(&self) -> &'static str {
        match self {
            Self::Config(_) => "cli-error-config",
            Self::Installation(InstallationError::Store(error)) | Self::Store(error) => {
                store_key(error)
            }
            Self::Installation(InstallationError::Key(_)) | Self::Key(_) => "cli-error-key",
            Self::Installation(_) => "cli-error-installation",
            Self::Members(yagura_region::import::ImportError::Store(error)) => store_key(error),
            Self::Members(error) => error.message_key(),
            Self::Backup(error) => backup_key(error),
            Self::NoInstallation(_) => "cli-error-no-installation",
            Self::InstallationExists(_) => "cli-error-installation-exists",
            Self::File { .. } => "cli-error-file",
            Self::Content { .. } => "cli-error-content",
            Self::FileTooLarge { .. } => "cli-error-file-too-large",
            Self::NoRegion(_) => "cli-error-no-region",
            Self::ManyRegions { .. } => "cli-error-many-regions",
            Self::NotARegion(_) => "cli-error-not-a-region",
            Self::NoAuditKey(_) => "cli-error-no-audit-key",
            Self::NoCheckpoint => "cli-error-no-checkpoint",
            Self::Denied(_) | Self::Json(_) => "cli-error-internal",
        }
    }

    fn message_arguments(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Path| ("path", path.display().to_string());
        match self {
            Self::Members(error)
                if !matches!(error, yagura_region::import::ImportError::Store(_)) =>
            {
                error.message_arguments()
            }
            Self::NoInstallation(folder) | Self::InstallationExists(folder) => vec![path(folder)],
            Self::NoAuditKey(file) => vec![path(file)],
            Self::File { path: file, reason } | Self::Content { path: file, reason } => {
                vec![path(file), ("reason", reason.clone())]
            }
            Self::FileTooLarge { path: file, limit } => {
                vec![path(file), ("megabytes", (limit >> 20).to_string())]
            }
            Self::NoRegion(given) | Self::NotARegion(given) => vec![("given", given.clone())],
            Self::ManyRegions { given, candidates } => {
                vec![("given", given.clone()), ("candidates", candidates.clone())]
            }
            other => vec![("reason", other.to_string())],
        }
    }

    /// What happened, where, and how to mend it.
    #[must_use]
    pub fn worded(&self, t: &Translator) -> String {
        said(t, self.message_key(), self.message_arguments())
    }
}

fn store_key(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unreachable(_) => "cli-error-database-unreachable",
        StoreError::DiskFull => "cli-error-disk-full",
        StoreError::NewerDatabase(_) => "cli-error-newer-database",
        StoreError::AlteredMigration(_) => "cli-error-altered-migration",
        _ => "cli-error-store",
    }
}

fn backup_key(error: &BackupError) -> &'static str {
    match error {
        BackupError::PassphraseTooShort { .. } => "cli-backup-error-passphrase-too-short",
        BackupError::Key => "cli-backup-error-key",
        BackupError::Exists(_) => "cli-backup-error-exists",
        BackupError::DiskFull(_) => "cli-backup-error-disk-full",
        BackupError::File { .. } => "cli-backup-error-file",
        BackupError::NotAnArchive => "cli-backup-error-not-an-archive",
        BackupError::NewerFormat | BackupError::NewerProgram(_) => "cli-backup-error-newer",
        BackupError::OtherSecret {
            needs_passphrase: true,
        } => "cli-backup-error-needs-passphrase",
        BackupError::OtherSecret { .. } => "cli-backup-error-needs-key",
        BackupError::WrongSecret => "cli-backup-error-wrong-secret",
        BackupError::Damaged { .. } => "cli-backup-error-damaged",
        BackupError::OtherProgram(_) => "cli-backup-error-other-program",
        BackupError::DatabaseNotEmpty(_) => "cli-backup-error-database-not-empty",
        BackupError::FilesNotEmpty(_) => "cli-backup-error-files-not-empty",
        BackupError::Store(error) => store_key(error),
    }
}

/// The line that tells of a failure.
#[must_use]
pub fn failure(t: &Translator, error: &CommandError) -> String {
    t.t_args(
        "cli-error-line",
        yagura_web::i18n::args![("text", error.worded(t))],
    )
    .into_owned()
}

/// A message with arguments that are ready to be shown.
pub(super) fn said(t: &Translator, key: &str, arguments: Vec<(&'static str, String)>) -> String {
    t.finding(&Finding {
        message: key.to_owned(),
        arguments: arguments
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    })
}

/// Writes a line for a person or a script.
pub(super) fn line(text: impl AsRef<str>) {
    // A reader that went away (`| head`) is no failure of the command.
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// Writes what was found for a script.
pub(super) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
pub(super) fn bar(message: String, in_bytes: bool) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let template = if in_bytes {
        "{msg} {bar:30} {bytes}/{total_bytes} {eta}"
    } else {
        "{msg} {bar:30} {pos}/{len} {eta}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar
}

/// Reads a file that must not be larger than a bound.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, CommandError> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| CommandError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(CommandError::FileTooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// The last part of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Whether the settings lead to an installation that was made before.
pub(super) fn exists(config: &Config) -> bool {
    match &config.database {
        DatabaseUrl::Sqlite(path) => path.exists(),
        DatabaseUrl::Postgres(_) => config.data.join("keys").exists(),
    }
}

/// Opens an installation that was made before.
pub(super) async fn open(config: &Config) -> Result<Installation, CommandError> {
    if !exists(config) {
        return Err(CommandError::NoInstallation(config.data.clone()));
    }
    Ok(Installation::open(config, false).await?)
}

/// The program's own right to an action on an organisation's records, or on the installation's.
pub(super) fn right<A: ActionType>(
    organization: OrganizationId,
    kind: OrganizationKind,
    standing: Standing,
) -> Result<Authorized<A>, CommandError> {
    let principal = Arc::new(Principal {
        actor: Actor::System,
        organization,
        organization_kind: kind,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    Ok(authorize(
        &principal,
        &Resource {
            organization,
            standing,
        },
    )?)
}

/// Puts what a command did into the audit log.
pub(super) async fn log(
    app: &App,
    tx: &mut Transaction,
    action: &str,
    resource: (&str, String),
    organization: Option<OrganizationId>,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    audit::append(
        tx,
        &AuditEntry {
            id: AuditEntryId::from(app.ids().id()),
            at: app.now(),
            actor: AuditActor::System,
            acting_organization: None,
            action: action.to_owned(),
            resource_kind: resource.0.to_owned(),
            resource_id: Some(resource.1),
            organization,
            outcome: AuditOutcome::Done,
            detail: Detail::from(detail),
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_words_in_both_languages() {
        let errors = [
            CommandError::NoInstallation("x".into()),
            CommandError::File {
                path: "x".into(),
                reason: "y".to_owned(),
            },
            CommandError::FileTooLarge {
                path: "x".into(),
                limit: 1 << 20,
            },
            CommandError::ManyRegions {
                given: "x".to_owned(),
                candidates: "y".to_owned(),
            },
            CommandError::Store(StoreError::DiskFull),
            CommandError::Backup(BackupError::WrongSecret),
            CommandError::Config(ConfigError::Database),
            CommandError::Members(yagura_region::import::ImportError::NoMembers),
        ];
        for lang in Lang::ALL {
            let t = words(lang).unwrap();
            for error in &errors {
                assert!(
                    t.find(error.message_key()).is_some() || !error.message_arguments().is_empty(),
                    "{error}"
                );
                let text = error.worded(&t);
                assert!(!text.is_empty() && !text.contains("{$"), "{text}");
                assert_ne!(text, error.message_key());
            }
        }
    }

    #[test]
    fn the_terminals_language_is_japanese_unless_it_says_english() {
        assert_eq!(language(Some("en_GB.UTF-8")), Lang::En);
        assert_eq!(language(Some("ja")), Lang::Ja);
        assert_eq!(language(Some("C")), Lang::Ja);
    }
}
