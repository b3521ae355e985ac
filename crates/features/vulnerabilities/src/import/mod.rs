//! Loading feeds from files and folders, as they come: plain, gzip, zip, or a signed bundle.
//!
//! A thread reads and hands over parts of some hundred records; each part is one transaction. A
//! process that is killed leaves whole parts, and loading the same file again says nothing twice:
//! what is already there is not written. A record that cannot be read is set aside with its place
//! and stops nothing.

mod kind;
mod read;

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use serde::Serialize;
use vulnmatch::feeds::{self, FeedError, Limits};
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, jobs};
use yagura_web::App;

pub(crate) use kind::{FileKind, kind_of};
pub(crate) use read::{Collected, HasRead, Reader};

use crate::model::Feed;
use crate::store::VulnerabilityError;
use crate::store::feeds::{self as stored, Manage, Outcome, Patch};

/// How many records are written together.
pub(crate) const PART: usize = 400;
/// How many records that were set aside are kept with their places.
const MOST_EXAMPLES: usize = 50;

/// Why a file was not loaded to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error("{0}")]
    Feed(#[from] FeedError),
    /// The folder or archive could not be read.
    #[error("{path} could not be read: {error}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The archive is damaged.
    #[error("{path} is no zip file that can be read: {reason}")]
    Archive {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A signed bundle was not accepted.
    #[error(transparent)]
    Bundle(#[from] crate::bundle::BundleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] VulnerabilityError),
    /// The signed bundle at this place was not accepted.
    #[error("{path}: {error}")]
    Refused {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: crate::bundle::BundleError,
    },
    /// A source on the network did not answer as it should.
    #[error("{address}: {reason}")]
    Fetch {
        /// Which address.
        address: String,
        /// Why.
        reason: String,
    },
    /// A fault of the program.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// What became of one file.
#[derive(Debug, Clone, Serialize)]
pub struct Loaded {
    /// The file, with the member of an archive.
    pub file: String,
    /// What it is; nothing where it is no feed.
    pub feed: Option<Feed>,
    /// How many records it has.
    pub records: u64,
    /// How many were set aside.
    pub set_aside: u64,
    /// The first of them, with their places.
    pub examples: Vec<feeds::SetAside>,
    /// How many vulnerabilities something new was said of.
    pub changed: usize,
    /// Why it was not read to its end.
    pub error: Option<String>,
}

/// Loads files into an installation.
#[derive(Debug)]
pub struct Importer<'a> {
    app: &'a App,
    proof: &'a Manage,
    limits: Limits,
}

impl<'a> Importer<'a> {
    /// An importer with the usual limits.
    #[must_use]
    pub fn new(app: &'a App, proof: &'a Manage) -> Self {
        Self {
            app,
            proof,
            limits: Limits {
                most_set_aside: MOST_EXAMPLES,
                ..Limits::default()
            },
        }
    }

    fn database(&self) -> &Database {
        self.app.database()
    }

    /// Loads a file or everything in a folder, and says of each file what became of it. `trusted`
    /// are the keys of whom bundles are taken besides those that were pinned before.
    ///
    /// # Errors
    /// [`ImportError`] where the folder cannot be read or the store fails; what is wrong in a file
    /// is told with that file.
    pub async fn load(
        &self,
        path: &Path,
        trusted: &[yagura_kernel::audit::VerifyingKey],
        each: &mut (dyn FnMut(&Loaded) + Send),
    ) -> Result<(), ImportError> {
        for file in files(path)? {
            let told = file.display().to_string();
            let head = head_of(&file)?;
            if head.starts_with(b"PK\x03\x04") {
                self.archive(&file, trusted, each).await?;
                continue;
            }
            let origin = Origin::File(file);
            let kind = kind_of(&origin.head());
            each(&self.one(told, kind, origin).await?);
        }
        self.ask_for_matching().await
    }

    async fn archive(
        &self,
        file: &Path,
        trusted: &[yagura_kernel::audit::VerifyingKey],
        each: &mut (dyn FnMut(&Loaded) + Send),
    ) -> Result<(), ImportError> {
        let names = archive_names(file)?;
        if names.iter().any(|name| name == crate::bundle::MANIFEST) {
            let outcome = crate::bundle::load(self, file, trusted).await;
            let loaded = outcome.map_err(|error| match error {
                ImportError::Bundle(error) => ImportError::Refused {
                    path: file.to_owned(),
                    error,
                },
                error => error,
            })?;
            for one in &loaded {
                each(one);
            }
            return Ok(());
        }
        for name in names {
            let told = format!("{}:{name}", file.display());
            let origin = Origin::Member(file.to_owned(), name);
            let kind = kind_of(&origin.head());
            each(&self.one(told, kind, origin).await?);
        }
        Ok(())
    }

    /// Loads one stream, and notes how its feed stands.
    pub(crate) async fn one(
        &self,
        file: String,
        kind: Option<FileKind>,
        origin: Origin,
    ) -> Result<Loaded, ImportError> {
        let (loaded, as_of) = self.read(file, kind, origin).await?;
        if let Some(feed) = loaded.feed {
            self.note(feed, &loaded, as_of).await?;
        }
        Ok(loaded)
    }

    /// Loads one stream; also says of which day its content is.
    pub(crate) async fn read(
        &self,
        file: String,
        kind: Option<FileKind>,
        origin: Origin,
    ) -> Result<(Loaded, Option<Instant>), ImportError> {
        let Some(kind) = kind else {
            let nothing = Loaded {
                file,
                feed: None,
                records: 0,
                set_aside: 0,
                examples: Vec::new(),
                changed: 0,
                error: None,
            };
            return Ok((nothing, None));
        };
        let (sender, mut parts) = tokio::sync::mpsc::channel::<Collected>(4);
        let limits = self.limits;
        let reading = tokio::task::spawn_blocking(move || {
            let mut reader = Reader::new(kind, limits, |part| sender.blocking_send(part).is_ok());
            let outcome = origin.read(|stream| reader.read(stream)).flatten();
            reader.finish(outcome)
        });
        let mut changed = 0;
        let mut listed_exploited = Vec::new();
        while let Some(part) = parts.recv().await {
            if kind == FileKind::Kev {
                listed_exploited.extend(part.patches.iter().map(|patch| patch.id));
            }
            changed += self.write(&part).await?;
        }
        let HasRead {
            report,
            error,
            as_of,
        } = reading
            .await
            .map_err(|error| ImportError::Internal(error.to_string()))?;
        // An entry that could not be read is not one that is gone.
        let whole = error.is_none() && report.set_aside == 0 && report.records > 0;
        if kind == FileKind::Kev && whole {
            changed += self.withdraw_exploited(&listed_exploited).await?;
        }
        let loaded = Loaded {
            file,
            feed: Some(kind.feed()),
            records: report.records,
            set_aside: report.set_aside,
            examples: report.examples,
            changed,
            error,
        };
        Ok((loaded, as_of))
    }

    /// Writes a part in one transaction; how many vulnerabilities it changed.
    pub(crate) async fn write(&self, part: &Collected) -> Result<usize, ImportError> {
        let mut tx = self.database().begin_long().await?;
        let written = stored::write(&mut tx, self.proof, &part.patches).await?;
        stored::write_products(&mut tx, self.proof, &part.products).await?;
        tx.commit().await?;
        Ok(written.vulnerabilities.max(written.statements))
    }

    /// The catalogue is whole in one file: what stands in it no more is exploited no more.
    async fn withdraw_exploited(&self, listed: &[i64]) -> Result<usize, ImportError> {
        let listed: std::collections::HashSet<i64> = listed.iter().copied().collect();
        let gone: Vec<Patch> = stored::exploited(self.database(), self.proof)
            .await?
            .into_iter()
            .filter(|id| !listed.contains(id))
            .map(|id| Patch {
                id,
                kev: Some(stored::Exploited::NoMore),
                ..Patch::default()
            })
            .collect();
        let mut changed = 0;
        for part in gone.chunks(PART) {
            changed += self
                .write(&Collected {
                    patches: part.to_vec(),
                    products: Vec::new(),
                })
                .await?;
        }
        Ok(changed)
    }

    pub(crate) async fn note(
        &self,
        feed: Feed,
        loaded: &Loaded,
        as_of: Option<Instant>,
    ) -> Result<(), ImportError> {
        let outcome = Outcome {
            as_of,
            records: i64::try_from(loaded.records).unwrap_or(i64::MAX),
            set_aside: i64::try_from(loaded.set_aside).unwrap_or(i64::MAX),
            examples: serde_json::to_value(&loaded.examples).unwrap_or_default(),
            error: loaded.error.clone(),
        };
        let mut tx = self.database().begin().await?;
        stored::note_outcome(&mut tx, self.proof, feed, &outcome, self.app.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks for the job that holds the register against what was loaded.
    ///
    /// # Errors
    /// [`ImportError::Store`].
    pub async fn ask_for_matching(&self) -> Result<(), ImportError> {
        let mut tx = self.database().begin().await?;
        let now = self.app.now();
        jobs::ensure_waiting(&mut tx, self.app.ids(), crate::matching::job(now), now).await?;
        tx.commit().await?;
        self.app.wake().notify_one();
        Ok(())
    }

    pub(crate) const fn app(&self) -> &App {
        self.app
    }

    pub(crate) const fn proof(&self) -> &Manage {
        self.proof
    }
}

/// Where a stream comes from; opened on the thread that reads it.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A file, perhaps compressed.
    File(PathBuf),
    /// A member of an archive, perhaps compressed.
    Member(PathBuf, String),
    /// What was fetched.
    Bytes(Vec<u8>),
}

impl Origin {
    /// Hands the stream, decompressed, to somebody.
    pub(crate) fn read<R>(&self, take: impl FnOnce(&mut dyn Read) -> R) -> Result<R, FeedError> {
        let failed = |error: &dyn std::fmt::Display| FeedError::Read {
            offset: 0,
            error: std::io::Error::other(error.to_string()),
        };
        let mut file;
        let mut bytes;
        let mut archive;
        let mut entry;
        let stream: &mut dyn Read = match self {
            Self::File(path) => {
                file = std::fs::File::open(path).map_err(|error| failed(&error))?;
                &mut file
            }
            Self::Member(path, name) => {
                let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
                archive = zip::ZipArchive::new(std::io::BufReader::new(file))
                    .map_err(|error| failed(&error))?;
                entry = archive.by_name(name).map_err(|error| failed(&error))?;
                &mut entry
            }
            Self::Bytes(content) => {
                bytes = content.as_slice();
                &mut bytes
            }
        };
        let mut stream = std::io::BufReader::with_capacity(1 << 16, stream);
        let start = std::io::BufRead::fill_buf(&mut stream)
            .map_err(|error| FeedError::Read { offset: 0, error })?;
        if start.starts_with(&[0x1f, 0x8b]) {
            return Ok(take(&mut flate2::bufread::MultiGzDecoder::new(stream)));
        }
        Ok(take(&mut stream))
    }

    /// Its beginning, by which one tells what it is. What cannot be read is told when the whole is.
    pub(crate) fn head(&self) -> Vec<u8> {
        self.read(|stream| {
            let mut bytes = Vec::new();
            let _ = stream.take(HEAD).read_to_end(&mut bytes);
            bytes
        })
        .unwrap_or_default()
    }
}

/// How many bytes are looked at to tell what a file is.
const HEAD: u64 = 256 << 10;

/// The files of a path in the order of their names, without hidden ones.
fn files(path: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| ImportError::Read { path, error }
    };
    let mut found = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        let about = std::fs::metadata(&path).map_err(at(&path))?;
        if about.is_dir() {
            for entry in std::fs::read_dir(&path).map_err(at(&path))? {
                let entry = entry.map_err(at(&path))?;
                let linked = entry.file_type().map_err(at(&path))?.is_symlink();
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if !hidden && !linked {
                    waiting.push(entry.path());
                }
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn head_of(path: &Path) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(4).read_to_end(&mut bytes))
        .map_err(|error| ImportError::Read {
            path: path.to_owned(),
            error,
        })?;
    Ok(bytes)
}

pub(crate) fn archive_of(
    path: &Path,
) -> Result<zip::ZipArchive<impl Read + Seek + 'static>, ImportError> {
    let file = std::fs::File::open(path).map_err(|error| ImportError::Read {
        path: path.to_owned(),
        error,
    })?;
    zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|error| ImportError::Archive {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn archive_names(path: &Path) -> Result<Vec<String>, ImportError> {
    let archive = archive_of(path)?;
    let mut names: Vec<String> = archive
        .file_names()
        .flatten()
        .filter(|name| !name.ends_with('/'))
        .map(std::borrow::Cow::into_owned)
        .collect();
    names.sort();
    Ok(names)
}
