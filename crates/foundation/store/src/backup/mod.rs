//! Backup and restore: the whole installation in one encrypted file.
//!
//! A backup is taken while the server runs. The tables are read in one snapshot, so they fit each
//! other; then come the stored files that the snapshot knows, which never change once they are
//! there. The archive also holds the keys of the installation, so that it alone, with its
//! passphrase or key, brings everything back on a new machine, on either database engine, and
//! with the same or a newer program.
//!
//! Everything is encrypted and authenticated ([`crate::blobs`] does it the same way), and the end
//! holds the number of rows and the SHA-256 of every table, so that an archive that was altered or
//! cut is refused. Restoring reads the whole archive once before it writes anything, and writes
//! the database in one transaction.
//!
//! The order for a command line: [`verify`] gives a [`VerifiedArchive`] with the keys; write these
//! to the new data folder; open the [`BlobStore`] with them; then [`restore`].

mod archive;
mod dump;
mod error;
mod load;
mod reader;
mod secret;

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::Instant;
use zeroize::Zeroizing;

use crate::blobs::BlobStore;
use crate::{AppliedMigration, Database, Engine, Migration};

pub use error::BackupError;
pub use secret::{ArchiveSecret, SHORTEST_PASSPHRASE};

/// A file of keys that goes into the archive and comes out of it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Its name, without a path.
    pub name: String,
    /// What it holds.
    pub content: Zeroizing<Vec<u8>>,
}

impl KeyFile {
    /// A file of keys.
    #[must_use]
    pub fn new(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            content: Zeroizing::new(content.into()),
        }
    }
}

impl std::fmt::Debug for KeyFile {
    // Never the content.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "KeyFile({})", self.name)
    }
}

/// What is backed up.
#[derive(Debug, Clone, Copy)]
pub struct BackupSource<'s> {
    /// The database.
    pub database: &'s Database,
    /// The stored files.
    pub blobs: &'s BlobStore,
    /// The keys of the installation.
    pub keys: &'s [KeyFile],
    /// The version of the program, for who looks at the archive.
    pub program_version: &'s str,
}

/// Where a backup is restored to: an empty database, a folder without files.
#[derive(Debug, Clone, Copy)]
pub struct RestoreTarget<'t> {
    /// A database without any table.
    pub database: &'t Database,
    /// A store without files, or with files of the same archive, as a restore that was broken off
    /// leaves them.
    pub blobs: &'t BlobStore,
    /// The migrations of the program, in order.
    pub migrations: &'t [&'t [Migration]],
}

/// What takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Rows of tables are read.
    Rows,
    /// Stored files are read; counted in bytes.
    Files,
    /// The archive is read and checked; counted in bytes.
    Verifying,
    /// The archive is read and written to the target; counted in bytes.
    Restoring,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// With what.
    pub stage: Stage,
    /// How much is done.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

/// Told how far it is, often. It should return at once.
pub type OnProgress<'p> = &'p mut (dyn FnMut(Progress) + Send);

/// What an archive says of itself at its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveHeader {
    /// The version of the program that made it.
    pub program_version: String,
    /// The moment of the snapshot.
    pub created_at: Instant,
    /// `sqlite` or `postgres`: what it was taken from.
    pub engine: String,
    /// The steps of the schema that the database had run.
    pub migrations: Vec<AppliedMigration>,
}

/// A table in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 of its rows as they stand in the archive.
    pub sha256: String,
}

/// A stored file that was absent or damaged when the backup was taken, and so is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedFile {
    /// Its address, the SHA-256 of what it should hold.
    pub hash: String,
    /// What was wrong.
    pub reason: String,
}

/// What an archive holds, from its end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// The tables.
    pub tables: Vec<TableSummary>,
    /// How many stored files it holds whole.
    pub files: u64,
    /// Their size together, in bytes.
    pub file_bytes: u64,
    /// SHA-256 over the addresses of the files, in order.
    pub files_sha256: String,
    /// Stored files that it does not hold, because they were damaged already.
    pub damaged: Vec<DamagedFile>,
    /// The names of the files of keys.
    pub keys: Vec<String>,
}

impl Manifest {
    /// How many rows there are in all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// Its beginning.
    pub header: ArchiveHeader,
    /// What it holds. Who makes backups should be told of [`Manifest::damaged`].
    pub manifest: Manifest,
    /// The size of the archive in bytes.
    pub bytes: u64,
}

/// An archive that was read to its end and is whole.
pub struct VerifiedArchive {
    file: std::fs::File,
    sealed: archive::Sealed,
    size: u64,
    header: ArchiveHeader,
    manifest: Manifest,
    keys: Vec<KeyFile>,
    files: HashSet<String>,
}

impl std::fmt::Debug for VerifiedArchive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VerifiedArchive")
            .field("header", &self.header)
            .field("manifest", &self.manifest)
            .finish_non_exhaustive()
    }
}

impl VerifiedArchive {
    /// What it says of itself.
    #[must_use]
    pub const fn header(&self) -> &ArchiveHeader {
        &self.header
    }

    /// What it holds.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The keys of the installation.
    #[must_use]
    pub fn keys(&self) -> &[KeyFile] {
        &self.keys
    }

    /// The size of the archive in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.size
    }

    /// Whether this program can restore it, without touching anything.
    ///
    /// # Errors
    /// [`BackupError::NewerProgram`] or [`BackupError::OtherProgram`].
    pub fn check_program(&self, migrations: &[&[Migration]]) -> Result<(), BackupError> {
        crate::migration::check_known(migrations, &self.header.migrations)
            .map_err(BackupError::of_program)
    }
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreReport {
    /// How many rows.
    pub rows: u64,
    /// How many stored files.
    pub files: u64,
    /// Stored files that the archive did not hold either.
    pub damaged: Vec<DamagedFile>,
    /// How many steps of the schema were run afterwards, because the program is newer.
    pub migrated: usize,
}

/// Backs an installation up to a new file. The server may run meanwhile; what is written after
/// the beginning is not in it. The file appears under its name only when it is whole.
///
/// # Errors
/// [`BackupError`]; then there is no file.
pub async fn backup(
    source: &BackupSource<'_>,
    out: &Path,
    secret: &ArchiveSecret,
    ids: &dyn IdGenerator,
    now: Instant,
    progress: OnProgress<'_>,
) -> Result<BackupReport, BackupError> {
    dump::backup(source, out, secret, ids, now, progress).await
}

/// Reads a whole archive and checks everything in it. Nothing is written anywhere.
///
/// # Errors
/// [`BackupError::WrongSecret`] for another passphrase or key, [`BackupError::Damaged`] and
/// [`BackupError::NotAnArchive`] for a file that is not as it was made.
pub async fn verify(
    path: &Path,
    secret: &ArchiveSecret,
    progress: OnProgress<'_>,
) -> Result<VerifiedArchive, BackupError> {
    load::verify(path, secret, progress).await
}

/// Restores a verified archive. The stored files come first, then the database appears at once.
///
/// # Errors
/// [`BackupError::DatabaseNotEmpty`], [`BackupError::FilesNotEmpty`], [`BackupError::NewerProgram`]
/// and [`BackupError::OtherProgram`] before anything is written. After any error the database is
/// as empty as before; stored files that were written already do no harm to a second attempt.
pub async fn restore(
    archive: VerifiedArchive,
    target: &RestoreTarget<'_>,
    now: Instant,
    progress: OnProgress<'_>,
) -> Result<RestoreReport, BackupError> {
    load::restore(archive, target, now, progress).await
}

const fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}
