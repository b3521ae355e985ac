//! Reading an archive. Everything that can be checked on the way is checked here, so that
//! verifying and restoring cannot differ.

use std::collections::HashSet;
use std::io::SeekFrom;

use bytes::{Buf as _, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::archive::{Cell, FileRecord, KeyRecord, START, Sealed, TableRecord, read_cells, tag};
use super::{ArchiveHeader, BackupError, DamagedFile, KeyFile, Manifest, TableSummary};
use crate::sealed::{CHUNK, Opener, TAG};

/// What comes next in an archive.
pub(super) enum Event {
    Header(ArchiveHeader),
    Key(KeyFile),
    Table(TableRecord),
    Row(Vec<Cell>),
    TableEnd,
    File(FileRecord),
    Data(Bytes),
    FileEnd,
    /// What came of the file since [`Event::File`] is worth nothing.
    FileDamaged,
    /// The end; nothing follows.
    Manifest(Manifest),
}

/// What the reader is in the middle of.
enum Within {
    Start,
    Top,
    Table {
        summary: TableSummary,
        columns: usize,
        hasher: Sha256,
    },
    File {
        record: FileRecord,
        size: u64,
        hasher: Sha256,
    },
    End,
}

pub(super) struct Reader {
    file: tokio::fs::File,
    opener: Option<Opener>,
    plain: BytesMut,
    /// How far the file was read, in bytes.
    position: u64,
    within: Within,
    /// What the manifest must say.
    seen: Manifest,
    files: Sha256,
    known: HashSet<String>,
}

impl Reader {
    /// A reader of the sealed stream from its beginning.
    pub(super) async fn new(file: std::fs::File, sealed: &Sealed) -> Result<Self, BackupError> {
        let mut file = tokio::fs::File::from_std(file);
        file.seek(SeekFrom::Start(START as u64))
            .await
            .map_err(|error| unreadable(0, &error))?;
        Ok(Self {
            file,
            opener: Some(Opener::in_context(
                &sealed.key,
                &sealed.nonce,
                sealed.start.to_vec(),
            )),
            plain: BytesMut::new(),
            position: START as u64,
            within: Within::Start,
            seen: Manifest::default(),
            files: Sha256::new(),
            known: HashSet::new(),
        })
    }

    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// The addresses of the files that it holds whole.
    pub(super) fn into_files(self) -> HashSet<String> {
        self.known
    }

    fn damaged(&self, reason: impl std::fmt::Display) -> BackupError {
        BackupError::Damaged {
            near: self.position,
            reason: reason.to_string(),
        }
    }

    /// Opens sealed chunks until so many bytes are there, or the stream ends.
    async fn fill(&mut self, wanted: usize) -> Result<(), BackupError> {
        while self.plain.len() < wanted && self.opener.is_some() {
            let mut sealed = Vec::with_capacity(4 * (CHUNK + TAG));
            let read = (&mut self.file)
                .take(sealed.capacity() as u64)
                .read_to_end(&mut sealed)
                .await
                .map_err(|error| unreadable(self.position, &error))?;
            self.position += read as u64;
            if read == 0 {
                let last = self.opener.take().map_or(Ok(Vec::new()), Opener::finish);
                let last = last.map_err(|error| self.damaged(error))?;
                self.plain.extend_from_slice(&last);
            } else if let Some(opener) = &mut self.opener {
                let chunks = opener.push(&sealed);
                for chunk in chunks.map_err(|error| self.damaged(error))? {
                    self.plain.extend_from_slice(&chunk);
                }
            }
        }
        Ok(())
    }

    async fn record(&mut self) -> Result<Option<(u8, Bytes)>, BackupError> {
        const HEAD: usize = 5;
        self.fill(HEAD).await?;
        if self.plain.is_empty() {
            return Ok(None);
        }
        if self.plain.len() < HEAD {
            return Err(self.damaged("a record is cut"));
        }
        let letter = self.plain.get_u8();
        let length = self.plain.get_u32() as usize;
        self.fill(length).await?;
        if self.plain.len() < length {
            return Err(self.damaged("a record is cut"));
        }
        Ok(Some((letter, self.plain.split_to(length).freeze())))
    }

    fn json<T: DeserializeOwned>(&self, content: &[u8]) -> Result<T, BackupError> {
        serde_json::from_slice(content).map_err(|error| self.damaged(error))
    }

    /// The next event. After [`Event::Manifest`] there is none.
    pub(super) async fn next(&mut self) -> Result<Event, BackupError> {
        let Some((letter, content)) = self.record().await? else {
            return Err(self.damaged("its end is missing"));
        };
        let within = std::mem::replace(&mut self.within, Within::Top);
        match (within, letter) {
            (Within::Start, tag::HEADER) => Ok(Event::Header(self.json(&content)?)),
            (Within::Top, tag::KEY) => {
                let key: KeyRecord = self.json(&content)?;
                let key = key
                    .file()
                    .ok_or_else(|| self.damaged("a key cannot be read"))?;
                self.seen.keys.push(key.name.clone());
                Ok(Event::Key(key))
            }
            (Within::Top, tag::TABLE) => {
                let table: TableRecord = self.json(&content)?;
                let summary = TableSummary {
                    name: table.name.clone(),
                    rows: 0,
                    sha256: String::new(),
                };
                let columns = table.columns.len();
                self.within = Within::Table {
                    summary,
                    columns,
                    hasher: Sha256::new(),
                };
                Ok(Event::Table(table))
            }
            (
                Within::Table {
                    mut summary,
                    columns,
                    mut hasher,
                },
                tag::ROW,
            ) => {
                let cells = read_cells(&content).filter(|cells| cells.len() == columns);
                let cells = cells
                    .ok_or_else(|| self.damaged(format!("a row of {} is wrong", summary.name)))?;
                hasher.update((content.len() as u64).to_be_bytes());
                hasher.update(&content);
                summary.rows += 1;
                self.within = Within::Table {
                    summary,
                    columns,
                    hasher,
                };
                Ok(Event::Row(cells))
            }
            (
                Within::Table {
                    mut summary,
                    hasher,
                    ..
                },
                tag::TABLE_END,
            ) => {
                summary.sha256 = data_encoding::HEXLOWER.encode(&hasher.finalize());
                let said: TableSummary = self.json(&content)?;
                if said != summary {
                    return Err(self.damaged(format!("the table {} is not whole", summary.name)));
                }
                self.seen.tables.push(summary);
                Ok(Event::TableEnd)
            }
            (Within::Top, tag::FILE) => {
                let record: FileRecord = self.json(&content)?;
                let event = FileRecord {
                    hash: record.hash.clone(),
                    size: record.size,
                };
                self.within = Within::File {
                    record,
                    size: 0,
                    hasher: Sha256::new(),
                };
                Ok(Event::File(event))
            }
            (
                Within::File {
                    record,
                    mut size,
                    mut hasher,
                },
                tag::DATA,
            ) => {
                size += content.len() as u64;
                hasher.update(&content);
                self.within = Within::File {
                    record,
                    size,
                    hasher,
                };
                Ok(Event::Data(content))
            }
            (
                Within::File {
                    record,
                    size,
                    hasher,
                },
                tag::FILE_END,
            ) => {
                let hash = data_encoding::HEXLOWER.encode(&hasher.finalize());
                if hash != record.hash || size != record.size {
                    return Err(self.damaged(format!("the file {} is not whole", record.hash)));
                }
                self.files.update(&hash);
                self.seen.files += 1;
                self.seen.file_bytes += size;
                self.known.insert(hash);
                Ok(Event::FileEnd)
            }
            (Within::File { record, .. }, tag::FILE_DAMAGED) => {
                let damaged: DamagedFile = self.json(&content)?;
                if damaged.hash != record.hash {
                    return Err(self.damaged("a file is called by two names"));
                }
                self.seen.damaged.push(damaged);
                Ok(Event::FileDamaged)
            }
            (Within::Top, tag::MANIFEST) => {
                let manifest: Manifest = self.json(&content)?;
                let files = self.files.clone().finalize();
                self.seen.files_sha256 = data_encoding::HEXLOWER.encode(&files);
                if manifest != self.seen {
                    return Err(self.damaged("it does not hold what it says at its end"));
                }
                if self.record().await?.is_some() {
                    return Err(self.damaged("something follows its end"));
                }
                self.within = Within::End;
                Ok(Event::Manifest(manifest))
            }
            _ => Err(self.damaged("a record stands where it does not belong")),
        }
    }
}

fn unreadable(near: u64, error: &std::io::Error) -> BackupError {
    BackupError::Damaged {
        near,
        reason: error.to_string(),
    }
}
