//! Taking a backup.

use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};
use tokio::io::AsyncWriteExt as _;
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::Instant;

use super::archive::{Cell, FileRecord, KeyRecord, Sealed, TableRecord, tag, write_cells};
use super::{
    ArchiveHeader, ArchiveSecret, BackupError, BackupReport, BackupSource, DamagedFile, Manifest,
    OnProgress, Progress, Stage, TableSummary, engine_name,
};
use crate::blobs::KnownBlob;
use crate::sealed::Sealer;
use crate::{ComposedSql, Engine, Row, Snapshot, StoreError, params, row};

/// How often progress is told.
const ROWS_BETWEEN: u64 = 1_000;

/// A file that is removed again unless it is kept.
struct Unfinished {
    path: PathBuf,
    kept: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Writes records into the sealed stream.
struct Writer {
    file: tokio::io::BufWriter<tokio::fs::File>,
    unfinished: Unfinished,
    sealer: Sealer,
    written: u64,
}

impl Writer {
    async fn create(path: &Path, sealed: &Sealed) -> Result<Self, BackupError> {
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options
            .open(path)
            .await
            .map_err(|error| BackupError::file(path, error))?;
        let mut writer = Self {
            file: tokio::io::BufWriter::with_capacity(256 * 1024, file),
            unfinished: Unfinished {
                path: path.to_owned(),
                kept: false,
            },
            sealer: Sealer::in_context(&sealed.key, &sealed.nonce, sealed.start.to_vec()),
            written: 0,
        };
        writer.write(&sealed.start).await?;
        Ok(writer)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.written += bytes.len() as u64;
        let written = self.file.write_all(bytes).await;
        written.map_err(|error| BackupError::file(&self.unfinished.path, error))
    }

    async fn seal(&mut self, plain: &[u8]) -> Result<(), BackupError> {
        let chunks = self
            .sealer
            .push(plain)
            .map_err(|error| StoreError::Blob(error.to_string()))?;
        for chunk in chunks {
            self.write(&chunk).await?;
        }
        Ok(())
    }

    async fn record(&mut self, tag: u8, content: &[u8]) -> Result<(), BackupError> {
        let length = u32::try_from(content.len())
            .map_err(|_| StoreError::Blob("a record is larger than 4 GiB".to_owned()))?;
        let [a, b, c, d] = length.to_be_bytes();
        self.seal(&[tag, a, b, c, d]).await?;
        self.seal(content).await
    }

    async fn json(
        &mut self,
        tag: u8,
        content: &(impl Serialize + Sync),
    ) -> Result<(), BackupError> {
        let json = serde_json::to_vec(content).map_err(StoreError::from)?;
        self.record(tag, &json).await
    }

    /// Puts everything on disk under its name and returns the size.
    async fn finish(mut self, out: &Path) -> Result<u64, BackupError> {
        let sealer = std::mem::replace(&mut self.sealer, Sealer::new(&[0; 32], &[0; 19]));
        let last = sealer
            .finish()
            .map_err(|error| StoreError::Blob(error.to_string()))?;
        self.write(&last).await?;
        let Self {
            mut file,
            mut unfinished,
            written,
            ..
        } = self;
        let flushed = async {
            file.flush().await?;
            file.get_ref().sync_all().await?;
            // A name that appeared meanwhile is somebody's file.
            if tokio::fs::try_exists(out).await? {
                return Ok(false);
            }
            tokio::fs::rename(&unfinished.path, out).await?;
            Ok(true)
        };
        if !flushed
            .await
            .map_err(|error| BackupError::file(out, error))?
        {
            return Err(BackupError::Exists(out.to_owned()));
        }
        unfinished.kept = true;
        #[cfg(unix)]
        {
            let folder = out.parent().filter(|it| !it.as_os_str().is_empty());
            let folder = folder.unwrap_or_else(|| Path::new("."));
            if let Ok(folder) = tokio::fs::File::open(folder).await {
                // Some file systems cannot do it for a folder; the file itself is safe.
                let _ = folder.sync_all().await;
            }
        }
        Ok(written)
    }
}

pub(super) async fn backup(
    source: &BackupSource<'_>,
    out: &Path,
    secret: &ArchiveSecret,
    ids: &dyn IdGenerator,
    now: Instant,
    progress: OnProgress<'_>,
) -> Result<BackupReport, BackupError> {
    secret.check_strength()?;
    if tokio::fs::try_exists(out)
        .await
        .map_err(|error| BackupError::file(out, error))?
    {
        return Err(BackupError::Exists(out.to_owned()));
    }
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", ids.id().simple()));
    let sealed = Sealed::new(secret, ids).await?;
    let mut writer = Writer::create(&out.with_file_name(name), &sealed).await?;

    let mut snapshot = source.database.snapshot().await?;
    let header = ArchiveHeader {
        program_version: source.program_version.to_owned(),
        created_at: now,
        engine: engine_name(snapshot.engine()).to_owned(),
        migrations: snapshot
            .rows(
                "SELECT * FROM migrations ORDER BY applied_at, name",
                params![],
            )
            .await?,
    };
    writer.json(tag::HEADER, &header).await?;
    let mut manifest = Manifest::default();
    for key in source.keys {
        writer.json(tag::KEY, &KeyRecord::from(key)).await?;
        manifest.keys.push(key.name.clone());
    }
    manifest.tables = write_tables(&mut writer, &mut snapshot, progress).await?;
    let files: Vec<KnownBlob> = snapshot
        .rows("SELECT hash, size FROM blobs ORDER BY hash", params![])
        .await?;
    // Files never change, so the database need not be held any longer.
    drop(snapshot);
    write_files(&mut writer, source, &files, &mut manifest, progress).await?;
    writer.json(tag::MANIFEST, &manifest).await?;
    let bytes = writer.finish(out).await?;
    Ok(BackupReport {
        header,
        manifest,
        bytes,
    })
}

row! {
    pub(super) struct Name { pub(super) name: String }
}

/// The tables of the database except the one of the migrations.
pub(super) const fn tables_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table'
               AND substr(name, 1, 7) <> 'sqlite_' AND name <> 'migrations' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
               AND table_name <> 'migrations' ORDER BY 1"
        }
    }
}

/// The columns of the table `$1`, with their types.
pub(super) const fn columns_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT name, type AS kind FROM pragma_table_info($1) ORDER BY cid",
        Engine::Postgres => {
            "SELECT CAST(column_name AS TEXT) AS name, CAST(data_type AS TEXT) AS kind
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn write_tables(
    writer: &mut Writer,
    snapshot: &mut Snapshot,
    progress: OnProgress<'_>,
) -> Result<Vec<TableSummary>, BackupError> {
    let engine = snapshot.engine();
    let names: Vec<Name> = snapshot.rows(tables_of(engine), params![]).await?;
    let mut total = 0;
    for Name { name } in &names {
        let sql = format!("SELECT count(*) AS n FROM {}", quoted(name));
        let rows = snapshot.count(ComposedSql(sql), params![]).await?;
        total += u64::try_from(rows).unwrap_or_default();
    }
    let mut done = 0;
    let mut tell = |done| {
        progress(Progress {
            stage: Stage::Rows,
            done,
            total,
        })
    };
    let mut tables = Vec::with_capacity(names.len());
    for Name { name } in names {
        let columns: Vec<Name> = snapshot.rows(columns_of(engine), params![&name]).await?;
        let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let sql = format!("SELECT {} FROM {}", list.join(", "), quoted(&name));
        writer
            .json(
                tag::TABLE,
                &TableRecord {
                    name: name.clone(),
                    columns,
                },
            )
            .await?;
        let mut rows = 0;
        let mut hasher = Sha256::new();
        let mut stream = snapshot.stream(ComposedSql(sql), params![])?;
        while let Some(row) = stream.next().await {
            let content = write_cells(&cells(&row?)?);
            hasher.update((content.len() as u64).to_be_bytes());
            hasher.update(&content);
            writer.record(tag::ROW, &content).await?;
            rows += 1;
            done += 1;
            if done % ROWS_BETWEEN == 0 {
                tell(done);
            }
        }
        let sha256 = data_encoding::HEXLOWER.encode(&hasher.finalize());
        let summary = TableSummary { name, rows, sha256 };
        writer.json(tag::TABLE_END, &summary).await?;
        tables.push(summary);
    }
    tell(done);
    Ok(tables)
}

fn cells(row: &Row) -> Result<Vec<Cell>, StoreError> {
    let unreadable = |column: &str, reason: String| StoreError::Column {
        column: column.to_owned(),
        reason,
    };
    match row {
        Row::Sqlite(row) => row
            .columns()
            .iter()
            .map(|column| {
                let at = column.ordinal();
                let value = row.try_get_raw(at)?;
                // SQLite's columns hold what was put into them, whatever their declared type.
                let kind = value.type_info().name().to_owned();
                Ok(match kind.as_str() {
                    _ if value.is_null() => Cell::Null,
                    "INTEGER" => Cell::Integer(row.try_get_unchecked(at)?),
                    "REAL" => Cell::Real(row.try_get_unchecked(at)?),
                    "TEXT" => Cell::Text(row.try_get_unchecked(at)?),
                    "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
                    _ => return Err(unreadable(column.name(), format!("it is a {kind}"))),
                })
            })
            .collect(),
        Row::Postgres(row) => row
            .columns()
            .iter()
            .map(|column| {
                let at = column.ordinal();
                if row.try_get_raw(at)?.is_null() {
                    return Ok(Cell::Null);
                }
                Ok(match column.type_info().name() {
                    "INT8" => Cell::Integer(row.try_get(at)?),
                    "INT4" => Cell::Integer(row.try_get::<i32, _>(at)?.into()),
                    "FLOAT8" => Cell::Real(row.try_get(at)?),
                    "TEXT" => Cell::Text(row.try_get(at)?),
                    "BYTEA" => Cell::Bytes(row.try_get(at)?),
                    "UUID" => Cell::Bytes(row.try_get::<uuid::Uuid, _>(at)?.as_bytes().to_vec()),
                    kind => return Err(unreadable(column.name(), format!("it is a {kind}"))),
                })
            })
            .collect(),
    }
}

async fn write_files(
    writer: &mut Writer,
    source: &BackupSource<'_>,
    files: &[KnownBlob],
    manifest: &mut Manifest,
    progress: OnProgress<'_>,
) -> Result<(), BackupError> {
    let size = |file: &KnownBlob| u64::try_from(file.size).unwrap_or_default();
    let total = files.iter().map(size).sum();
    let mut done = 0;
    let mut hashes = Sha256::new();
    for file in files {
        let record = FileRecord {
            hash: file.hash.clone(),
            size: size(file),
        };
        writer.json(tag::FILE, &record).await?;
        match write_file(writer, source, &file.hash, record.size).await? {
            Ok(()) => {
                writer.record(tag::FILE_END, b"").await?;
                hashes.update(&file.hash);
                manifest.files += 1;
                manifest.file_bytes += record.size;
            }
            Err(reason) => {
                // One damaged file must not keep all others from being saved.
                tracing::error!(file = %file.hash, reason, "a stored file cannot be backed up");
                let damaged = DamagedFile {
                    hash: file.hash.clone(),
                    reason,
                };
                writer.json(tag::FILE_DAMAGED, &damaged).await?;
                manifest.damaged.push(damaged);
            }
        }
        done += record.size;
        progress(Progress {
            stage: Stage::Files,
            done,
            total,
        });
    }
    manifest.files_sha256 = data_encoding::HEXLOWER.encode(&hashes.finalize());
    Ok(())
}

/// The inner error is what is wrong with the stored file.
async fn write_file(
    writer: &mut Writer,
    source: &BackupSource<'_>,
    hash: &str,
    expected: u64,
) -> Result<Result<(), String>, BackupError> {
    let mut content = match source.blobs.open(hash).await {
        Ok(content) => std::pin::pin!(content),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut size = 0;
    while let Some(part) = content.next().await {
        match part {
            Ok(part) => {
                size += part.len() as u64;
                writer.record(tag::DATA, &part).await?;
            }
            Err(error) => return Ok(Err(error.to_string())),
        }
    }
    if size == expected {
        Ok(Ok(()))
    } else {
        Ok(Err(format!(
            "it has {size} bytes and should have {expected}"
        )))
    }
}
