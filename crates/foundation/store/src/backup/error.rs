use std::path::{Path, PathBuf};

use crate::StoreError;

/// Why a backup was not made, verified or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The passphrase for a new archive is too short.
    #[error("the passphrase must have at least {least} characters")]
    PassphraseTooShort {
        /// The least number of characters.
        least: usize,
    },
    /// The text is not a key.
    #[error("the key must be 64 hexadecimal digits")]
    Key,
    /// A file of that name is there already; backups do not overwrite anything.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    DiskFull(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The file is not a backup of this program.
    #[error("the file is not a backup of Yagura")]
    NotAnArchive,
    /// The archive is of a format that this program does not know yet.
    #[error("the backup was made by a newer program, in a format that this one does not know")]
    NewerFormat,
    /// The archive needs a passphrase and a key was given, or the other way round.
    #[error(
        "the backup was made with a {}",
        if *.needs_passphrase { "passphrase, not with a key" } else { "key, not with a passphrase" }
    )]
    OtherSecret {
        /// What it needs.
        needs_passphrase: bool,
    },
    /// The passphrase or key is not the one by which the archive was made.
    #[error("the passphrase or key is not the one by which the backup was made")]
    WrongSecret,
    /// The archive was altered or cut.
    #[error("the backup is damaged, near byte {near}: {reason}")]
    Damaged {
        /// About where in the file, in bytes.
        near: u64,
        /// What does not fit.
        reason: String,
    },
    /// The archive holds a migration that this program does not know: it needs a newer one.
    #[error("the backup was made by a newer program (step {0} of the database is not known)")]
    NewerProgram(String),
    /// The archive holds a migration that this program knows with another content.
    #[error("the backup was made by another program (step {0} of the database differs)")]
    OtherProgram(String),
    /// The database that was to be restored to holds tables.
    #[error("the database is not empty: it has a table {0}")]
    DatabaseNotEmpty(String),
    /// The store that was to be restored to holds files that are not of this archive.
    #[error("the store of files is not empty: it holds {0}")]
    FilesNotEmpty(String),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    pub(super) fn file(path: &Path, reason: std::io::Error) -> Self {
        match reason.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull(path.to_owned())
            }
            _ => Self::File {
                path: path.to_owned(),
                reason,
            },
        }
    }

    pub(super) fn of_program(error: StoreError) -> Self {
        match error {
            StoreError::NewerDatabase(name) => Self::NewerProgram(name),
            StoreError::AlteredMigration(name) => Self::OtherProgram(name),
            error => Self::Store(error),
        }
    }

    /// The code, which is also the tail of the message key.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PassphraseTooShort { .. } => "passphrase_too_short",
            Self::Key => "key",
            Self::Exists(_) => "exists",
            Self::DiskFull(_) => "disk_full",
            Self::File { .. } => "file",
            Self::NotAnArchive => "not_an_archive",
            Self::NewerFormat => "newer_format",
            Self::OtherSecret { .. } => "other_secret",
            Self::WrongSecret => "wrong_secret",
            Self::Damaged { .. } => "damaged",
            Self::NewerProgram(_) => "newer_program",
            Self::OtherProgram(_) => "other_program",
            Self::DatabaseNotEmpty(_) => "database_not_empty",
            Self::FilesNotEmpty(_) => "files_not_empty",
            Self::Store(_) => "store",
        }
    }
}
