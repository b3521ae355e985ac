//! One compressed, signed file with everything that feeds say, for places without a line to the
//! outside. `manifest.note` names each part with its SHA-256 and is signed with the installation's
//! key; nothing is loaded before all of it was verified.

use std::io::{BufRead as _, Read as _, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vulnmatch::model::Source;
use yagura_kernel::audit::{NoteError, SigningKey, VerifyingKey, open_note};
use yagura_kernel::time::Instant;
use yagura_store::{FromRow as _, StoreError, params};
use yagura_web::App;

use crate::import::{Collected, ImportError, Importer, Loaded, PART, archive_of};
use crate::model::{Feed, body};
use crate::store::feeds::{
    self, Exploited, FeedRow, Listed, Manage, Patch, Said, Score, Vulnerability,
};

/// The signed manifest in the file.
pub const MANIFEST: &str = "manifest.note";
/// The first line of what is signed.
const FORM: &str = "yagura-feed-bundle/1";
const LARGEST_MANIFEST: u64 = 64 << 10;
const LONGEST_LINE: u64 = 128 << 20;
const VULNERABILITIES: &str = "vulnerabilities.jsonl";
const STATEMENTS: &str = "statements.jsonl";
const PRODUCTS: &str = "products.jsonl";

/// Why a bundle was not made or not accepted.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The signature or the manifest.
    #[error("the bundle is not signed by a key that is trusted here: {0}")]
    Signature(#[from] NoteError),
    /// The manifest is not of the form that this program reads.
    #[error("the bundle's manifest is not of a form that this program reads; use a newer one")]
    Form,
    /// A part is not as the manifest says.
    #[error("the part {part} of the bundle is not what was signed; fetch the file again")]
    Part {
        /// Which part.
        part: String,
    },
    /// The file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A record in a verified part cannot be read.
    #[error("line {line} of {part} cannot be read: {reason}")]
    Line {
        /// Which part.
        part: &'static str,
        /// Which line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
}

/// What a bundle holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// When it was made.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    pub made_at: Instant,
    /// Its parts.
    pub parts: Vec<Part>,
    /// How the feeds stood.
    pub feeds: Vec<FeedOf>,
}

/// A part of a bundle.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the file.
    pub name: String,
    /// SHA-256 of its content before compression.
    pub sha256: String,
    /// How many records it has.
    pub records: u64,
}

/// How a feed stood when the bundle was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedOf {
    /// Which.
    pub feed: Feed,
    /// When it was last loaded to its end.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    pub succeeded_at: Option<Instant>,
    /// The day that its content says of itself.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    pub as_of: Option<Instant>,
    /// How many records.
    pub records: i64,
}

#[derive(Serialize, Deserialize)]
struct StatementLine {
    id: i64,
    source: i64,
    document: String,
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    modified_at: Option<Instant>,
    body: String,
}

struct Hashing<'w> {
    inner: &'w mut dyn Write,
    sum: Sha256,
    records: u64,
}

impl Hashing<'_> {
    fn line(&mut self, value: &impl Serialize) -> Result<(), std::io::Error> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.sum.update(&text);
        self.records += 1;
        self.inner.write_all(&text)
    }
}

/// Makes a bundle of everything that feeds say.
///
/// # Errors
/// [`ImportError`].
pub async fn make(
    app: &App,
    _proof: &Manage,
    states: &[FeedRow],
    key: &SigningKey,
    out: &Path,
) -> Result<Manifest, ImportError> {
    let failed = |error: &dyn std::fmt::Display| {
        ImportError::Bundle(BundleError::File {
            path: out.to_owned(),
            reason: error.to_string(),
        })
    };
    let beside = out.with_extension("part");
    let file = std::fs::File::create(&beside).map_err(|error| failed(&error))?;
    let mut archive = zip::ZipWriter::new(std::io::BufWriter::new(file));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .large_file(true);
    let mut snapshot = feeds::snapshot(app.database()).await?;
    let mut parts = Vec::new();
    for (name, sql) in [
        (VULNERABILITIES, "SELECT * FROM vulnerabilities ORDER BY id"),
        (STATEMENTS, feeds::EVERYTHING_SAID),
        (
            PRODUCTS,
            "SELECT vendor, product, cpe FROM vuln_listed_products ORDER BY vendor, product, cpe",
        ),
    ] {
        archive
            .start_file(name, options)
            .map_err(|error| failed(&error))?;
        let mut hashing = Hashing {
            inner: &mut archive,
            sum: Sha256::new(),
            records: 0,
        };
        let mut rows = snapshot.stream(sql, params![])?;
        while let Some(row) = rows.next().await {
            let row = row?;
            match name {
                VULNERABILITIES => hashing.line(&Vulnerability::from_row(&row)?),
                STATEMENTS => {
                    let said = Said::from_row(&row)?;
                    hashing.line(&StatementLine {
                        id: said.vulnerability_id,
                        source: said.source,
                        document: said.document,
                        modified_at: said.modified_at,
                        body: data_encoding::BASE64.encode(&said.body),
                    })
                }
                _ => hashing.line(&Listed::from_row(&row)?),
            }
            .map_err(|error| failed(&error))?;
        }
        parts.push(Part {
            name: name.to_owned(),
            sha256: HEXLOWER.encode(&hashing.sum.finalize()),
            records: hashing.records,
        });
    }
    let manifest = Manifest {
        made_at: app.now(),
        parts,
        feeds: states
            .iter()
            .filter_map(|row| {
                Some(FeedOf {
                    feed: Feed::from_code(&row.feed)?,
                    succeeded_at: row.succeeded_at,
                    as_of: row.as_of,
                    records: row.records,
                })
            })
            .collect(),
    };
    let text = serde_json::to_string(&manifest).map_err(|error| failed(&error))?;
    let note = key
        .sign_note(&format!("{FORM}\n{text}\n"))
        .map_err(BundleError::Signature)?;
    archive
        .start_file(MANIFEST, options)
        .and_then(|()| archive.write_all(note.as_bytes()).map_err(Into::into))
        .map_err(|error| failed(&error))?;
    let mut file = archive.finish().map_err(|error| failed(&error))?;
    file.flush().map_err(|error| failed(&error))?;
    file.get_ref().sync_all().map_err(|error| failed(&error))?;
    std::fs::rename(&beside, out).map_err(|error| failed(&error))?;
    Ok(manifest)
}

/// Verifies a bundle: the signature, then every part.
///
/// # Errors
/// [`ImportError::Bundle`] where anything is not as it was signed.
pub fn verify(path: &Path, trusted: &[VerifyingKey]) -> Result<Manifest, ImportError> {
    let failed = |reason: String| BundleError::File {
        path: path.to_owned(),
        reason,
    };
    let mut archive = archive_of(path)?;
    let mut note = String::new();
    archive
        .by_name(MANIFEST)
        .map_err(|error| failed(error.to_string()))?
        .take(LARGEST_MANIFEST + 1)
        .read_to_string(&mut note)
        .map_err(|error| failed(error.to_string()))?;
    let text = open_note(&note, trusted).map_err(BundleError::Signature)?;
    let body = text
        .strip_prefix(FORM)
        .and_then(|rest| rest.strip_prefix('\n'))
        .ok_or(BundleError::Form)?;
    let manifest: Manifest = serde_json::from_str(body).map_err(|_| BundleError::Form)?;
    for part in &manifest.parts {
        let wrong = || BundleError::Part {
            part: part.name.clone(),
        };
        let mut entry = archive.by_name(&part.name).map_err(|_| wrong())?;
        let mut sum = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = entry.read(&mut buffer).map_err(|_| wrong())?;
            if read == 0 {
                break;
            }
            sum.update(buffer.get(..read).unwrap_or_default());
        }
        if HEXLOWER.encode(&sum.finalize()) != part.sha256 {
            return Err(wrong().into());
        }
    }
    Ok(manifest)
}

/// Loads a bundle after it was verified.
///
/// # Errors
/// [`ImportError`]; nothing of a bundle that is not verified is written.
pub(crate) async fn load(
    importer: &Importer<'_>,
    path: &Path,
    trusted: &[VerifyingKey],
) -> Result<Vec<Loaded>, ImportError> {
    let (file, keys) = (path.to_owned(), trusted.to_vec());
    let manifest = tokio::task::spawn_blocking(move || verify(&file, &keys))
        .await
        .map_err(|error| ImportError::Internal(error.to_string()))??;
    let (sender, mut parts) = tokio::sync::mpsc::channel::<Collected>(4);
    let file = path.to_owned();
    let expected = manifest.parts.clone();
    let reading = tokio::task::spawn_blocking(move || {
        read(&file, &expected, &mut |part| {
            sender.blocking_send(part).is_ok()
        })
    });
    let mut changed = 0;
    while let Some(part) = parts.recv().await {
        changed += importer.write(&part).await?;
    }
    reading
        .await
        .map_err(|error| ImportError::Internal(error.to_string()))??;
    let mut loaded = Vec::new();
    for feed in manifest.feeds {
        let one = Loaded {
            file: path.display().to_string(),
            feed: Some(feed.feed),
            records: u64::try_from(feed.records).unwrap_or_default(),
            set_aside: 0,
            examples: Vec::new(),
            changed: std::mem::take(&mut changed),
            error: None,
        };
        // What it says of itself is as old as it was where the bundle was made.
        let as_of = match (feed.as_of, feed.succeeded_at) {
            (Some(as_of), Some(loaded)) => Some(as_of.min(loaded)),
            (one, other) => one.or(other),
        };
        importer.note(feed.feed, &one, as_of).await?;
        loaded.push(one);
    }
    Ok(loaded)
}

fn read(
    path: &Path,
    expected: &[Part],
    hand: &mut dyn FnMut(Collected) -> bool,
) -> Result<(), ImportError> {
    for part in [VULNERABILITIES, STATEMENTS, PRODUCTS] {
        if !expected.iter().any(|one| one.name == part) {
            continue;
        }
        let mut archive = archive_of(path)?;
        let entry = archive.by_name(part).map_err(|_| BundleError::Part {
            part: part.to_owned(),
        })?;
        let mut lines = std::io::BufReader::with_capacity(1 << 16, entry);
        let mut collected = Collected::default();
        let (mut text, mut number) = (Vec::new(), 0);
        loop {
            text.clear();
            number += 1;
            let wrong = |reason: &dyn std::fmt::Display| BundleError::Line {
                part,
                line: number,
                reason: reason.to_string(),
            };
            let read = (&mut lines)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut text)
                .map_err(|error| wrong(&error))?;
            if read == 0 {
                break;
            }
            match part {
                VULNERABILITIES => {
                    let row = serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
                    collected.patches.push(patch_of(row));
                }
                STATEMENTS => {
                    let line: StatementLine =
                        serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
                    let packed = data_encoding::BASE64
                        .decode(line.body.as_bytes())
                        .map_err(|error| wrong(&error))?;
                    let conditions = body::unpack(&packed).map_err(|error| wrong(&error))?;
                    let source = u8::try_from(line.source).ok().and_then(Source::from_code);
                    if let Some(source) = source {
                        collected.patches.push(Patch {
                            id: line.id,
                            modified_at: line.modified_at,
                            statements: vec![(source, line.document, conditions)],
                            ..Patch::default()
                        });
                    }
                }
                _ => {
                    let row: Listed =
                        serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
                    collected.products.push((row.vendor, row.product, row.cpe));
                }
            }
            if collected.patches.len() + collected.products.len() >= PART
                && !hand(std::mem::take(&mut collected))
            {
                return Ok(());
            }
        }
        if !hand(collected) {
            return Ok(());
        }
    }
    Ok(())
}

/// What a bundle says of a vulnerability. What it does not know stays as it is here.
fn patch_of(row: Vulnerability) -> Patch {
    let kev = if row.kev_added.is_some() {
        Exploited::Known {
            added: row.kev_added,
            due: row.kev_due,
            ransomware: row.kev_ransomware,
            action: row.kev_action.clone().unwrap_or_default(),
        }
    } else {
        Exploited::NoMore
    };
    Patch {
        id: row.id,
        title_ja: row.title_ja,
        title_en: row.title_en,
        description_ja: row.description_ja,
        description_en: row.description_en,
        score: row.cvss_tenths.map(|tenths| Score {
            tenths,
            version: row.cvss_version.unwrap_or_default(),
            vector: row.cvss_vector.unwrap_or_default(),
        }),
        published_at: row.published_at,
        modified_at: row.modified_at,
        rejected: Some(row.rejected),
        jvn: row.jvn,
        links: serde_json::from_value(row.links).unwrap_or_default(),
        kev: Some(kev),
        epss: row.epss.zip(row.epss_percentile),
        ..Patch::default()
    }
}

/// The name of the setting that holds the keys of whom bundles are taken.
const TRUSTED: &str = "vulnerability_feed_keys";

/// The keys of whom bundles are taken: those that were pinned.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn pinned(app: &App) -> Result<Vec<VerifyingKey>, StoreError> {
    let text = yagura_store::settings::get(app.database(), TRUSTED).await?;
    Ok(text
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect())
}

/// Pins a key.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn pin(app: &App, _proof: &Manage, key: &VerifyingKey) -> Result<(), StoreError> {
    let mut keys: Vec<String> = pinned(app).await?.iter().map(ToString::to_string).collect();
    let new = key.to_string();
    if keys.contains(&new) {
        return Ok(());
    }
    keys.push(new);
    let mut tx = app.database().begin().await?;
    yagura_store::settings::set(&mut tx, TRUSTED, &keys.join("\n")).await?;
    tx.commit().await
}
