//! Verifying and restoring.

use std::path::Path;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;
use yagura_kernel::time::Instant;

use super::archive::{Cell, START, Sealed, TableRecord};
use super::dump::{Name, columns_of, quoted, tables_of};
use super::reader::{Event, Reader};
use super::{
    ArchiveSecret, BackupError, OnProgress, Progress, RestoreReport, RestoreTarget, Stage,
    VerifiedArchive,
};
use crate::blobs::{BlobStore, PutError};
use crate::migration;
use crate::{ComposedSql, Engine, Params, StoreError, Transaction, Value, params, row};

/// After how many bytes progress is told again.
const BYTES_BETWEEN: u64 = 256 * 1024;

struct Telling<'p> {
    progress: OnProgress<'p>,
    stage: Stage,
    total: u64,
    last: u64,
}

impl Telling<'_> {
    fn at(&mut self, done: u64) {
        if done >= self.last + BYTES_BETWEEN || done == self.total {
            self.last = done;
            (self.progress)(Progress {
                stage: self.stage,
                done,
                total: self.total,
            });
        }
    }
}

pub(super) async fn verify(
    path: &Path,
    secret: &ArchiveSecret,
    progress: OnProgress<'_>,
) -> Result<VerifiedArchive, BackupError> {
    let of_file = |error| BackupError::file(path, error);
    let mut file = tokio::fs::File::open(path).await.map_err(of_file)?;
    let size = file.metadata().await.map_err(of_file)?.len();
    let mut start = [0; START];
    match file.read_exact(&mut start).await {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(BackupError::NotAnArchive);
        }
        Err(error) => return Err(of_file(error)),
    }
    let sealed = Sealed::open(start, secret).await?;
    let file = file.into_std().await;
    let again = file.try_clone().map_err(of_file)?;
    let mut reader = Reader::new(file, &sealed).await?;
    let mut telling = Telling {
        progress,
        stage: Stage::Verifying,
        total: size,
        last: 0,
    };
    let (mut header, mut keys) = (None, Vec::new());
    let manifest = loop {
        match reader.next().await? {
            Event::Header(found) => header = Some(found),
            Event::Key(key) => keys.push(key),
            Event::Manifest(manifest) => break manifest,
            _ => {}
        }
        telling.at(reader.position());
    };
    telling.at(size);
    let header = header.ok_or(BackupError::NotAnArchive)?;
    let files = reader.into_files();
    Ok(VerifiedArchive {
        file: again,
        sealed,
        size,
        header,
        manifest,
        keys,
        files,
    })
}

pub(super) async fn restore(
    archive: VerifiedArchive,
    target: &RestoreTarget<'_>,
    now: Instant,
    progress: OnProgress<'_>,
) -> Result<RestoreReport, BackupError> {
    archive.check_program(target.migrations)?;
    check_files(&archive, target.blobs).await?;
    let mut tx = target.database.begin_long().await?;
    migration::lock(&mut tx).await?;
    check_empty(&mut tx).await?;

    migration::replay(&mut tx, target.migrations, &archive.header.migrations)
        .await
        .map_err(BackupError::of_program)?;
    let constraints = without_references(&mut tx).await?;
    empty_tables(&mut tx).await?;
    let mut reader = Reader::new(archive.file, &archive.sealed).await?;
    let total = archive.size;
    let mut telling = Telling {
        progress,
        stage: Stage::Restoring,
        total,
        last: 0,
    };
    loop {
        match reader.next().await? {
            Event::Table(table) => {
                restore_table(&mut tx, &mut reader, &table, &mut telling).await?
            }
            Event::File(file) => {
                let whole = archive.files.contains(&file.hash);
                restore_file(target.blobs, &mut reader, &file.hash, whole).await?;
            }
            Event::Manifest(manifest) if manifest == archive.manifest => break,
            Event::Manifest(_) => {
                return Err(BackupError::Damaged {
                    near: total,
                    reason: "it was exchanged while it was restored".to_owned(),
                });
            }
            _ => {}
        }
        telling.at(reader.position());
    }
    check_references(&mut tx, constraints).await?;
    let migrated =
        migration::apply_missing(&mut tx, target.migrations, &archive.header.migrations, now)
            .await?;
    tx.commit().await?;
    telling.at(total);
    Ok(RestoreReport {
        rows: archive.manifest.rows(),
        files: archive.manifest.files,
        damaged: archive.manifest.damaged,
        migrated,
    })
}

/// Files that lie in the store already must be this archive's own: anything else belongs to
/// another installation.
async fn check_files(archive: &VerifiedArchive, blobs: &BlobStore) -> Result<(), BackupError> {
    let mut addresses = std::pin::pin!(blobs.addresses());
    while let Some(address) = addresses.next().await {
        let address = address?;
        if !archive.files.contains(&address) || blobs.verify(&address).await.is_err() {
            return Err(BackupError::FilesNotEmpty(address));
        }
    }
    Ok(())
}

async fn check_empty(tx: &mut Transaction) -> Result<(), BackupError> {
    let tables = match tx.engine() {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_' LIMIT 1"
        }
        Engine::Postgres => {
            "SELECT CAST(c.relname AS TEXT) AS name FROM pg_class c
             JOIN pg_namespace s ON s.oid = c.relnamespace
             WHERE s.nspname = current_schema() AND c.relkind IN ('r', 'p') LIMIT 1"
        }
    };
    let found: Option<Name> = tx.optional(tables, params![]).await?;
    found.map_or(Ok(()), |table| {
        Err(BackupError::DatabaseNotEmpty(table.name))
    })
}

row! {
    struct Constraint { relation: String, name: String, definition: String }
}

/// Tables come in the order of their names, so references cannot hold before all are there.
async fn without_references(tx: &mut Transaction) -> Result<Vec<Constraint>, BackupError> {
    if tx.engine() == Engine::Sqlite {
        tx.execute("PRAGMA defer_foreign_keys = ON", params![])
            .await?;
        return Ok(Vec::new());
    }
    let constraints: Vec<Constraint> = tx
        .rows(
            "SELECT CAST(CAST(k.conrelid AS REGCLASS) AS TEXT) AS relation,
                    quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition
             FROM pg_constraint k JOIN pg_namespace s ON s.oid = k.connamespace
             WHERE k.contype = 'f' AND s.nspname = current_schema()",
            params![],
        )
        .await?;
    for Constraint { relation, name, .. } in &constraints {
        let sql = format!("ALTER TABLE {relation} DROP CONSTRAINT {name}");
        tx.execute(ComposedSql(sql), params![]).await?;
    }
    Ok(constraints)
}

/// Puts the references back, which fails where a row refers to one that is not there.
async fn check_references(
    tx: &mut Transaction,
    constraints: Vec<Constraint>,
) -> Result<(), BackupError> {
    for Constraint {
        relation,
        name,
        definition,
    } in constraints
    {
        let sql = format!("ALTER TABLE {relation} ADD CONSTRAINT {name} {definition}");
        tx.execute(ComposedSql(sql), params![]).await?;
    }
    if tx.engine() == Engine::Sqlite {
        let missing = tx.raw_rows("PRAGMA foreign_key_check", params![]).await?;
        if let Some(row) = missing.first() {
            let table = row.get::<String>("table")?;
            return Err(StoreError::MissingReference(table).into());
        }
    }
    Ok(())
}

/// Takes out what the migrations themselves put in: the archive holds it as it stood.
async fn empty_tables(tx: &mut Transaction) -> Result<(), BackupError> {
    let tables: Vec<Name> = tx.rows(tables_of(tx.engine()), params![]).await?;
    for Name { name } in tables {
        let sql = format!("DELETE FROM {}", quoted(&name));
        tx.execute(ComposedSql(sql), params![]).await?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Integer,
    Text,
    Uuid,
    Bytes,
    Real,
}

row! {
    struct ColumnRow { name: String, kind: String }
}

async fn restore_table(
    tx: &mut Transaction,
    reader: &mut Reader,
    table: &TableRecord,
    telling: &mut Telling<'_>,
) -> Result<(), BackupError> {
    let damaged = |near, reason: String| BackupError::Damaged { near, reason };
    let present: Vec<ColumnRow> = tx
        .rows(columns_of(tx.engine()), params![&table.name])
        .await?;
    let kinds: Option<Vec<Kind>> = table
        .columns
        .iter()
        .map(|column| {
            let found = present.iter().find(|row| row.name == *column)?;
            Some(match found.kind.to_ascii_lowercase().as_str() {
                "bigint" | "integer" => Kind::Integer,
                "text" => Kind::Text,
                "uuid" => Kind::Uuid,
                "blob" | "bytea" => Kind::Bytes,
                "double precision" => Kind::Real,
                _ => return None,
            })
        })
        .collect();
    let Some(kinds) = kinds else {
        let reason = format!("its table {} is not one of the program", table.name);
        return Err(damaged(reader.position(), reason));
    };
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
    let head = format!(
        "INSERT INTO {} ({}) VALUES ",
        quoted(&table.name),
        columns.join(", ")
    );
    let mut insert = tx.insert(head, columns.len());
    loop {
        match reader.next().await? {
            Event::Row(cells) => {
                let row: Option<Params> = cells
                    .into_iter()
                    .zip(&kinds)
                    .map(|(cell, kind)| value(cell, *kind))
                    .collect();
                let row = row.ok_or_else(|| {
                    damaged(
                        reader.position(),
                        format!("a row of {} does not fit its columns", table.name),
                    )
                })?;
                insert.add(row).await?;
            }
            Event::TableEnd => {
                insert.finish().await?;
                return Ok(());
            }
            _ => return Err(damaged(reader.position(), "a table has no end".to_owned())),
        }
        telling.at(reader.position());
    }
}

fn value(cell: Cell, kind: Kind) -> Option<Value> {
    Some(match (kind, cell) {
        (Kind::Integer, Cell::Null) => Value::Integer(None),
        (Kind::Integer, Cell::Integer(value)) => Value::Integer(Some(value)),
        (Kind::Text, Cell::Null) => Value::Text(None),
        (Kind::Text, Cell::Text(value)) => Value::Text(Some(value)),
        (Kind::Uuid, Cell::Null) => Value::Uuid(None),
        (Kind::Uuid, Cell::Bytes(value)) => Value::Uuid(Some(Uuid::from_slice(&value).ok()?)),
        (Kind::Bytes, Cell::Null) => Value::Bytes(None),
        (Kind::Bytes, Cell::Bytes(value)) => Value::Bytes(Some(value)),
        (Kind::Real, Cell::Null) => Value::Real(None),
        (Kind::Real, Cell::Real(value)) => Value::Real(Some(value)),
        _ => return None,
    })
}

/// `whole`: whether the archive holds all of it, which the first reading showed.
async fn restore_file(
    blobs: &BlobStore,
    reader: &mut Reader,
    hash: &str,
    whole: bool,
) -> Result<(), BackupError> {
    if !whole || blobs.verify(hash).await.is_ok() {
        return skip_file(reader).await;
    }
    let mut failure = None;
    let stored = {
        let parts = stream::unfold((&mut *reader, &mut failure), |(reader, failure)| async {
            let part: Result<Bytes, &str> = match reader.next().await {
                Ok(Event::Data(part)) => Ok(part),
                Ok(Event::FileEnd) => return None,
                Ok(_) => Err("the file has no end"),
                Err(error) => {
                    *failure = Some(error);
                    Err("the archive cannot be read")
                }
            };
            Some((part, (reader, failure)))
        });
        blobs.put(std::pin::pin!(parts), u64::MAX).await
    };
    if let Some(failure) = failure {
        return Err(failure);
    }
    match stored {
        Ok(stored) if stored.hash == hash => Ok(()),
        Err(PutError::Store(error)) => Err(error.into()),
        Ok(_) | Err(PutError::TooLarge { .. } | PutError::Interrupted(_)) => {
            Err(BackupError::Damaged {
                near: reader.position(),
                reason: format!("the file {hash} is not whole"),
            })
        }
    }
}

async fn skip_file(reader: &mut Reader) -> Result<(), BackupError> {
    loop {
        match reader.next().await? {
            Event::Data(_) => {}
            _ => return Ok(()),
        }
    }
}
