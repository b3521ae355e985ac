//! Imported packs and imports that wait to be confirmed.

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_packs::{Pack, PackVersion};
use yagura_store::{Database, Migration, StoreError, Transaction, params, row};

use crate::read::{ReadFile, Remark};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "rulepacks_0001_imported_packs",
    sql: "
    CREATE TABLE imported_packs (
        id {uuid} PRIMARY KEY,
        pack_id TEXT NOT NULL,
        version TEXT NOT NULL,
        kind TEXT NOT NULL,
        content TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        file_name TEXT NOT NULL,
        file_sha256 TEXT NOT NULL,
        imported_at BIGINT NOT NULL,
        imported_by {uuid}
    );
    CREATE UNIQUE INDEX imported_packs_by_version ON imported_packs (pack_id, version);
    CREATE TABLE pack_imports (
        id {uuid} PRIMARY KEY,
        state TEXT NOT NULL,
        content TEXT NOT NULL,
        native BIGINT NOT NULL,
        remarks TEXT NOT NULL,
        file_name TEXT NOT NULL,
        file_sha256 TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by {uuid},
        expires_at BIGINT NOT NULL,
        finished_at BIGINT,
        pack_id TEXT NOT NULL,
        pack_fingerprint TEXT NOT NULL
    );
    CREATE INDEX pack_imports_by_time ON pack_imports (created_at);
    ",
}];

/// How long an import waits to be confirmed.
const WAIT_HOURS: i64 = 24;

row! {
    /// A pack that was imported.
    #[derive(Debug, Clone)]
    pub struct ImportedPack {
        /// The id of the record.
        pub id: Uuid,
        /// The pack's id.
        pub pack_id: String,
        /// The pack's version.
        pub version: String,
        /// What kind of pack it is.
        pub kind: String,
        /// The name of the file from which it came.
        pub file_name: String,
        /// SHA-256 of that file.
        pub file_sha256: String,
        /// When.
        pub imported_at: Instant,
        /// By whom; nobody where it came by the command line.
        pub imported_by: Option<PersonId>,
    }
}

row! {
    /// The content of an imported pack.
    #[derive(Debug, Clone)]
    pub(crate) struct Content {
        pub(crate) pack_id: String,
        pub(crate) version: String,
        pub(crate) content: String,
    }
}

const CONTENTS: &str =
    "SELECT pack_id, version, content FROM imported_packs ORDER BY imported_at, id";

/// The content of every imported pack, oldest first.
pub(crate) async fn contents(database: &Database) -> Result<Vec<Content>, StoreError> {
    database.rows(CONTENTS, params![]).await
}

/// The same in a transaction, in which no other import can come between.
pub(crate) async fn contents_locked(tx: &mut Transaction) -> Result<Vec<Content>, StoreError> {
    if tx.engine() == yagura_store::Engine::Postgres {
        tx.execute(
            "LOCK TABLE imported_packs IN SHARE ROW EXCLUSIVE MODE",
            params![],
        )
        .await?;
    }
    tx.rows(CONTENTS, params![]).await
}

row! {
    struct MarkRow { number: i64, newest: Option<Instant> }
}

/// How many packs are imported and when the newest was, which together tell whether one was added
/// or withdrawn since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    number: i64,
    newest: Option<Instant>,
}

/// The mark of what is imported now.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn mark(database: &Database) -> Result<Mark, StoreError> {
    let row: MarkRow = database
        .one(
            "SELECT count(*) AS number, max(imported_at) AS newest FROM imported_packs",
            params![],
        )
        .await?;
    Ok(Mark {
        number: row.number,
        newest: row.newest,
    })
}

/// Forgets an imported version of a pack, and says whether there was one.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn remove(
    tx: &mut Transaction,
    _proof: &Authorized<actions::ManagePacks>,
    pack: &str,
    version: PackVersion,
) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "DELETE FROM imported_packs WHERE pack_id = $1 AND version = $2",
            params![pack, version.to_string()],
        )
        .await?;
    Ok(touched > 0)
}

/// Every imported pack without its content, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn imported(
    database: &Database,
    _proof: &Authorized<actions::ReadPacks>,
) -> Result<Vec<ImportedPack>, StoreError> {
    database
        .rows(
            "SELECT id, pack_id, version, kind, file_name, file_sha256, imported_at, imported_by
             FROM imported_packs ORDER BY imported_at DESC, id DESC",
            params![],
        )
        .await
}

/// Records a pack.
///
/// # Errors
/// [`StoreError::Duplicate`] where its version is recorded already.
pub async fn insert(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    pack: &Pack,
    file: (&str, &str),
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO imported_packs (id, pack_id, version, kind, content, fingerprint, file_name,
                                     file_sha256, imported_at, imported_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            &pack.id,
            pack.version.to_string(),
            pack.kind().as_str(),
            serde_json::to_string(pack)?,
            pack.fingerprint(),
            file.0,
            file.1,
            now,
            person(proof)
        ],
    )
    .await?;
    Ok(())
}

fn person(proof: &Authorized<actions::ManagePacks>) -> Option<PersonId> {
    match proof.principal().actor {
        yagura_kernel::policy::Actor::Person { person, .. } => Some(person),
        _ => None,
    }
}

row! {
    struct ImportRow {
        id: Uuid,
        state: String,
        content: String,
        native: bool,
        remarks: serde_json::Value,
        file_name: String,
        file_sha256: String,
        created_at: Instant,
        expires_at: Instant,
        finished_at: Option<Instant>,
        pack_id: String,
        pack_fingerprint: String,
    }
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits to be confirmed.
    Waiting,
    /// Its pack was taken over.
    Applied,
    /// It was dropped.
    Cancelled,
    /// Nobody confirmed it in time.
    Expired,
}

impl State {
    /// The code in the database and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Applied => "applied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id.
    pub id: Uuid,
    /// What became of it.
    pub state: State,
    /// The file as it was read; only while it waits.
    pub file: Option<ReadFile>,
    /// The file's name.
    pub file_name: String,
    /// When the file was sent.
    pub created_at: Instant,
    /// Until when it can be confirmed.
    pub expires_at: Instant,
    /// When it was confirmed or dropped.
    pub finished_at: Option<Instant>,
    /// The id of its pack.
    pub pack_id: String,
    /// The fingerprint of the pack that the last preview showed.
    pub shown: String,
}

impl Import {
    fn of(row: ImportRow, now: Instant) -> Result<Self, StoreError> {
        let state = match row.state.as_str() {
            "waiting" if row.expires_at <= now => State::Expired,
            "waiting" => State::Waiting,
            "applied" => State::Applied,
            _ => State::Cancelled,
        };
        let file = if state == State::Waiting {
            let remarks: Vec<Remark> = serde_json::from_value(row.remarks)?;
            Some(ReadFile {
                pack: serde_json::from_str(&row.content)?,
                native: row.native,
                remarks,
                file_name: row.file_name.clone(),
                sha256: row.file_sha256,
            })
        } else {
            None
        };
        Ok(Self {
            id: row.id,
            state,
            file,
            file_name: row.file_name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            finished_at: row.finished_at,
            pack_id: row.pack_id,
            shown: row.pack_fingerprint,
        })
    }
}

/// Keeps a file that was read until it is confirmed. `shown` is the fingerprint of the pack that
/// it would become.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn keep(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    file: &ReadFile,
    becomes: &Pack,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO pack_imports (id, state, content, native, remarks, file_name, file_sha256,
                                   created_at, created_by, expires_at, pack_id, pack_fingerprint)
         VALUES ($1, 'waiting', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            id,
            serde_json::to_string(&file.pack)?,
            file.native,
            serde_json::to_string(&file.remarks)?,
            &file.file_name,
            &file.sha256,
            now,
            person(proof),
            now.plus_seconds(WAIT_HOURS * 3_600),
            &becomes.id,
            becomes.fingerprint()
        ],
    )
    .await?;
    Ok(())
}

const IMPORT: &str = "SELECT id, state, content, native, remarks, file_name, file_sha256,
    created_at, expires_at, finished_at, pack_id, pack_fingerprint
    FROM pack_imports WHERE id = $1";

/// An import.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none with this id.
pub async fn import(
    database: &Database,
    _proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    now: Instant,
) -> Result<Import, StoreError> {
    Import::of(database.one(IMPORT, params![id]).await?, now)
}

/// An import in a transaction, so that only one confirms it.
pub(crate) async fn import_locked(
    tx: &mut Transaction,
    _proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    now: Instant,
) -> Result<Import, StoreError> {
    // The update locks the row on PostgreSQL; on SQLite there is one writer.
    tx.execute(
        "UPDATE pack_imports SET state = state WHERE id = $1",
        params![id],
    )
    .await?;
    Import::of(tx.one(IMPORT, params![id]).await?, now)
}

/// Notes what the preview shows now, after the library changed.
pub(crate) async fn show_again(
    tx: &mut Transaction,
    _proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    becomes: &Pack,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE pack_imports SET pack_id = $1, pack_fingerprint = $2 WHERE id = $3",
        params![&becomes.id, becomes.fingerprint(), id],
    )
    .await?;
    Ok(())
}

/// Ends an import and forgets its content. Does nothing to one that no longer waits.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none that waits.
pub async fn finish(
    tx: &mut Transaction,
    _proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    state: State,
    now: Instant,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE pack_imports SET state = $1, content = '', remarks = '[]', finished_at = $2
             WHERE id = $3 AND state = 'waiting'",
            params![state.code(), now, id],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// Forgets imports that nobody confirmed in time; the program itself calls it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn expire(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE pack_imports SET state = 'expired', content = '', remarks = '[]',
                finished_at = $1
         WHERE state = 'waiting' AND expires_at <= $1",
        params![now],
    )
    .await
}
