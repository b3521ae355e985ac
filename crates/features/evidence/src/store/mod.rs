//! The tables of evidence: pieces and their versions, links to items, what happened to them.

mod library;
mod links;
mod reminders;

use uuid::Uuid;
use yagura_kernel::id::{EvidenceId, IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{ActionType, Actor, Authorized, actions};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_store::blobs::{self, StoredBlob};
use yagura_store::{ComposedSql, Database, Migration, StoreError, Transaction, params, row};

use crate::model::{Details, NewPiece, NewVersion, PIECE_COLUMNS, Piece, Version, stage_reached};

pub use library::{
    Cursor, Filter, LibraryCounts, Order, Page, State, attachable, library, library_counts,
};
pub(crate) use links::{LinkedState, linked_state, sheets_within};
pub use links::{
    LinksByPiece, attach, attach_all, counts, counts_within, detach, linked_items, links_of,
    next_lapse, of_item, of_sheet,
};
pub(crate) use reminders::{
    Due, due_organizations, due_pieces, lapsed_pieces, mark_lapsed, mark_reminded,
};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "evidence_0001_pieces",
    sql: "
    CREATE TABLE evidence (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        title TEXT NOT NULL,
        search_key TEXT NOT NULL,
        kind TEXT NOT NULL,
        file_name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size BIGINT NOT NULL,
        hash TEXT NOT NULL REFERENCES blobs (hash),
        issued_on TEXT,
        expires_on TEXT,
        expires_key TEXT NOT NULL,
        note TEXT,
        number BIGINT NOT NULL,
        uploaded_at BIGINT NOT NULL,
        uploaded_by {uuid},
        withdrawn_at BIGINT,
        withdrawn_by {uuid},
        withdrawn_reason TEXT,
        revision BIGINT NOT NULL,
        reminded BIGINT NOT NULL,
        lapsed BIGINT NOT NULL
    );
    CREATE INDEX evidence_by_expiry ON evidence (organization_id, expires_key, id);
    CREATE INDEX evidence_by_id ON evidence (organization_id, id);
    CREATE INDEX evidence_expiring ON evidence (lapsed, expires_on);
    CREATE TABLE evidence_versions (
        evidence_id {uuid} NOT NULL REFERENCES evidence (id),
        number BIGINT NOT NULL,
        file_name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size BIGINT NOT NULL,
        hash TEXT NOT NULL REFERENCES blobs (hash),
        issued_on TEXT,
        expires_on TEXT,
        uploaded_at BIGINT NOT NULL,
        uploaded_by {uuid},
        PRIMARY KEY (evidence_id, number)
    );
    CREATE TABLE evidence_links (
        sheet_id {uuid} NOT NULL,
        item TEXT NOT NULL,
        evidence_id {uuid} NOT NULL REFERENCES evidence (id),
        linked_at BIGINT NOT NULL,
        linked_by {uuid},
        PRIMARY KEY (sheet_id, item, evidence_id)
    );
    CREATE INDEX evidence_links_by_evidence ON evidence_links (evidence_id);
    CREATE TABLE evidence_events (
        id {uuid} PRIMARY KEY,
        evidence_id {uuid} NOT NULL REFERENCES evidence (id),
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX evidence_events_by_evidence ON evidence_events (evidence_id, id);
    CREATE TABLE evidence_uploads (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        uploaded_by {uuid},
        file_name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size BIGINT NOT NULL,
        hash TEXT NOT NULL REFERENCES blobs (hash),
        uploaded_at BIGINT NOT NULL
    );
    CREATE INDEX evidence_uploads_by_age ON evidence_uploads (uploaded_at)
    ",
}];

/// Stands for 'no end' where pieces are sorted by their last day.
pub(crate) const NO_END: &str = "9999-12-31";

/// Why something could not be done with a piece.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The organisation has no such piece.
    #[error("the organisation has no such piece of evidence")]
    NotFound,
    /// The piece was withdrawn; nothing can be linked to it.
    #[error("the piece of evidence was withdrawn")]
    Withdrawn,
    /// The store failed, or somebody else changed the piece meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<EvidenceError> for yagura_web::WebError {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::NotFound => Self::NotFound,
            EvidenceError::Withdrawn => Self::invalid("evidence-error-withdrawn"),
            EvidenceError::Store(error) => error.into(),
        }
    }
}

/// What happened to a piece, as stored and as the tail of message keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was added.
    Added,
    /// A new version was added.
    Version,
    /// Title, kind, dates or note were corrected.
    Changed,
    /// It was linked to an item.
    Attached,
    /// A link was taken away.
    Detached,
    /// It was withdrawn.
    Withdrawn,
    /// A withdrawal was undone.
    Restored,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 7] = [
        Self::Added,
        Self::Version,
        Self::Changed,
        Self::Attached,
        Self::Detached,
        Self::Withdrawn,
        Self::Restored,
    ];

    /// The code used in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Version => "version",
            Self::Changed => "changed",
            Self::Attached => "attached",
            Self::Detached => "detached",
            Self::Withdrawn => "withdrawn",
            Self::Restored => "restored",
        }
    }
}

row! {
    /// An entry of a piece's history.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct HistoryEntry {
        /// When.
        pub at: Instant,
        /// The name of the one who did it; none for the program itself.
        pub by_name: Option<String>,
        /// The code of an [`Event`].
        pub event: String,
        /// What changed: old and new values, the item, the reason.
        pub detail: serde_json::Value,
    }
}

/// A file that was received while the rest of its form was wrong, so that it need not be sent
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingUpload {
    /// Its id.
    pub id: Uuid,
    /// The name of the file.
    pub file_name: String,
    /// What the content is.
    pub media_type: crate::media::MediaType,
    /// Where it is stored.
    pub blob: StoredBlob,
}

pub(crate) fn person_of<A: ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
    match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    }
}

fn expires_key(expires_on: Option<Date>) -> String {
    expires_on.map_or_else(|| NO_END.to_owned(), format_iso)
}

fn iso(date: Option<Date>) -> Option<String> {
    date.map(format_iso)
}

fn search_key(title: &str, file_name: &str) -> String {
    normalise_for_search(&format!("{title}/{file_name}"))
}

async fn remember(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    by: Option<PersonId>,
    event: Event,
    detail: &serde_json::Value,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO evidence_events (id, evidence_id, at, by_person, event, detail)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![ids.id(), id, now, by, event.code(), detail],
    )
    .await?;
    Ok(())
}

/// To which organisation a piece belongs, before anything is authorised.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such piece.
pub async fn owner(database: &Database, id: EvidenceId) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let owner: Owner = database
        .one(
            "SELECT organization_id FROM evidence WHERE id = $1",
            params![id],
        )
        .await?;
    Ok(owner.organization_id)
}

fn piece_sql() -> ComposedSql<String> {
    ComposedSql(format!(
        "SELECT {PIECE_COLUMNS} FROM evidence e LEFT JOIN people p ON p.id = e.uploaded_by
         WHERE e.id = $1 AND e.organization_id = $2"
    ))
}

/// A piece.
///
/// # Errors
/// [`EvidenceError::NotFound`] where the organisation of the proof has no such piece.
pub async fn piece<A: ActionType>(
    database: &Database,
    proof: &Authorized<A>,
    id: EvidenceId,
) -> Result<Piece, EvidenceError> {
    database
        .optional(piece_sql(), params![id, proof.organization()])
        .await?
        .ok_or(EvidenceError::NotFound)
}

async fn piece_within<A: ActionType>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    id: EvidenceId,
) -> Result<Piece, EvidenceError> {
    tx.optional(piece_sql(), params![id, proof.organization()])
        .await?
        .ok_or(EvidenceError::NotFound)
}

/// The versions of a piece, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn versions(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    id: EvidenceId,
) -> Result<Vec<Version>, StoreError> {
    database
        .rows(
            "SELECT v.number AS number, v.file_name AS file_name, v.media_type AS media_type,
                    v.size AS size, v.hash AS hash, v.issued_on AS issued_on,
                    v.expires_on AS expires_on, v.uploaded_at AS uploaded_at,
                    p.name AS uploaded_by_name
             FROM evidence_versions v
             JOIN evidence e ON e.id = v.evidence_id
             LEFT JOIN people p ON p.id = v.uploaded_by
             WHERE v.evidence_id = $1 AND e.organization_id = $2
             ORDER BY v.number DESC",
            params![id, proof.organization()],
        )
        .await
}

/// One version of a piece, to open its file.
///
/// # Errors
/// [`EvidenceError::NotFound`] where the organisation of the proof has no such version.
pub async fn version(
    database: &Database,
    proof: &Authorized<actions::DownloadEvidence>,
    id: EvidenceId,
    number: i64,
) -> Result<Version, EvidenceError> {
    database
        .optional(
            "SELECT v.number AS number, v.file_name AS file_name, v.media_type AS media_type,
                    v.size AS size, v.hash AS hash, v.issued_on AS issued_on,
                    v.expires_on AS expires_on, v.uploaded_at AS uploaded_at,
                    p.name AS uploaded_by_name
             FROM evidence_versions v
             JOIN evidence e ON e.id = v.evidence_id
             LEFT JOIN people p ON p.id = v.uploaded_by
             WHERE v.evidence_id = $1 AND e.organization_id = $2 AND v.number = $3",
            params![id, proof.organization(), number],
        )
        .await?
        .ok_or(EvidenceError::NotFound)
}

/// What happened to a piece, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn history(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    id: EvidenceId,
) -> Result<Vec<HistoryEntry>, StoreError> {
    database
        .rows(
            "SELECT v.at AS at, p.name AS by_name, v.event AS event, v.detail AS detail
             FROM evidence_events v
             JOIN evidence e ON e.id = v.evidence_id
             LEFT JOIN people p ON p.id = v.by_person
             WHERE v.evidence_id = $1 AND e.organization_id = $2
             ORDER BY v.id DESC LIMIT 200",
            params![id, proof.organization()],
        )
        .await
}

/// Records a piece whose file was stored before.
///
/// # Errors
/// [`EvidenceError::Store`] where the database refuses.
pub async fn insert(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    new: NewPiece,
    blob: &StoredBlob,
    now: Instant,
) -> Result<EvidenceId, EvidenceError> {
    let by = person_of(proof);
    let file_name = new.media_type.file_name(&new.file_name);
    let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
    blobs::record(tx, blob, now).await?;
    tx.execute(
        "INSERT INTO evidence (id, organization_id, title, search_key, kind, file_name, media_type,
            size, hash, issued_on, expires_on, expires_key, note, number, uploaded_at, uploaded_by,
            revision, reminded, lapsed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, 1, $16, 0)",
        params![
            new.id,
            proof.organization(),
            &new.title,
            search_key(&new.title, &file_name),
            new.kind.code(),
            &file_name,
            new.media_type.code(),
            size,
            &blob.hash,
            new.issued_on,
            new.expires_on,
            expires_key(new.expires_on),
            new.note,
            now,
            by,
            stage_reached(new.expires_on, now.jst_date())
        ],
    )
    .await?;
    let version = NewVersion {
        file_name,
        media_type: new.media_type,
        issued_on: new.issued_on,
        expires_on: new.expires_on,
    };
    insert_version(tx, new.id, 1, &version, blob, by, now).await?;
    let detail = serde_json::json!({ "title": new.title, "hash": blob.hash });
    remember(tx, ids, new.id, by, Event::Added, &detail, now).await?;
    Ok(new.id)
}

async fn insert_version(
    tx: &mut Transaction,
    id: EvidenceId,
    number: i64,
    version: &NewVersion,
    blob: &StoredBlob,
    by: Option<PersonId>,
    now: Instant,
) -> Result<(), StoreError> {
    let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO evidence_versions (evidence_id, number, file_name, media_type, size, hash,
            issued_on, expires_on, uploaded_at, uploaded_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            number,
            &version.file_name,
            version.media_type.code(),
            size,
            &blob.hash,
            version.issued_on,
            version.expires_on,
            now,
            by
        ],
    )
    .await?;
    Ok(())
}

/// Adds a version whose file was stored before; the links stay. Returns its number.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the piece since `revision`,
/// [`EvidenceError::Withdrawn`] where it was withdrawn.
#[expect(clippy::too_many_arguments, reason = "each is a part of one act")]
pub async fn add_version(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    revision: i64,
    mut new: NewVersion,
    blob: &StoredBlob,
    now: Instant,
) -> Result<i64, EvidenceError> {
    let current = piece_within(tx, proof, id).await?;
    if current.withdrawn.is_some() {
        return Err(EvidenceError::Withdrawn);
    }
    let by = person_of(proof);
    new.file_name = new.media_type.file_name(&new.file_name);
    let number = current.number + 1;
    let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
    blobs::record(tx, blob, now).await?;
    let touched = tx
        .execute(
            "UPDATE evidence SET file_name = $1, media_type = $2, size = $3, hash = $4,
                issued_on = $5, expires_on = $6, expires_key = $7, number = $8, uploaded_at = $9,
                uploaded_by = $10, search_key = $11, reminded = $12, lapsed = 0,
                revision = revision + 1
             WHERE id = $13 AND organization_id = $14 AND revision = $15",
            params![
                &new.file_name,
                new.media_type.code(),
                size,
                &blob.hash,
                new.issued_on,
                new.expires_on,
                expires_key(new.expires_on),
                number,
                now,
                by,
                search_key(&current.title, &new.file_name),
                stage_reached(new.expires_on, now.jst_date()),
                id,
                proof.organization(),
                revision
            ],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict.into());
    }
    insert_version(tx, id, number, &new, blob, by, now).await?;
    let detail = serde_json::json!({ "number": number, "hash": blob.hash });
    remember(tx, ids, id, by, Event::Version, &detail, now).await?;
    Ok(number)
}

/// Corrects title, kind, dates and note. Returns what changed, as in the history; nothing is
/// written where nothing changed.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the piece since `revision`.
pub async fn change(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    revision: i64,
    new: &Details,
    now: Instant,
) -> Result<serde_json::Value, EvidenceError> {
    let current = piece_within(tx, proof, id).await?;
    let old = Details::from(&current);
    let changes = changes(&old, new);
    if changes.is_empty() {
        return Ok(serde_json::Value::Object(changes));
    }
    // Who moves the last day is to be reminded of the new one.
    let dates_changed = old.expires_on != new.expires_on;
    let touched = tx
        .execute(
            "UPDATE evidence SET title = $1, search_key = $2, kind = $3, issued_on = $4,
                expires_on = $5, expires_key = $6, note = $7,
                reminded = CASE WHEN $8 = 1 THEN $9 ELSE reminded END,
                lapsed = CASE WHEN $8 = 1 THEN 0 ELSE lapsed END, revision = revision + 1
             WHERE id = $10 AND organization_id = $11 AND revision = $12",
            params![
                &new.title,
                search_key(&new.title, &current.file_name),
                new.kind.code(),
                new.issued_on,
                new.expires_on,
                expires_key(new.expires_on),
                new.note.as_deref(),
                dates_changed,
                stage_reached(new.expires_on, now.jst_date()),
                id,
                proof.organization(),
                revision
            ],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict.into());
    }
    tx.execute(
        "UPDATE evidence_versions SET issued_on = $1, expires_on = $2
         WHERE evidence_id = $3 AND number = $4",
        params![new.issued_on, new.expires_on, id, current.number],
    )
    .await?;
    let changes = serde_json::Value::Object(changes);
    remember(tx, ids, id, person_of(proof), Event::Changed, &changes, now).await?;
    Ok(changes)
}

fn changes(old: &Details, new: &Details) -> serde_json::Map<String, serde_json::Value> {
    let mut changes = serde_json::Map::new();
    let mut compare = |field: &str, old: Option<String>, new: Option<String>| {
        if old != new {
            changes.insert(
                field.to_owned(),
                serde_json::json!({ "old": old, "new": new }),
            );
        }
    };
    compare("title", Some(old.title.clone()), Some(new.title.clone()));
    compare(
        "kind",
        Some(old.kind.code().to_owned()),
        Some(new.kind.code().to_owned()),
    );
    compare("issued_on", iso(old.issued_on), iso(new.issued_on));
    compare("expires_on", iso(old.expires_on), iso(new.expires_on));
    compare("note", old.note.clone(), new.note.clone());
    changes
}

/// Withdraws a piece: it counts for nothing any more, but it stays on record with its file.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the piece since `revision`,
/// [`EvidenceError::Withdrawn`] where it was withdrawn before.
pub async fn withdraw(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    revision: i64,
    reason: &str,
    now: Instant,
) -> Result<(), EvidenceError> {
    if piece_within(tx, proof, id).await?.withdrawn.is_some() {
        return Err(EvidenceError::Withdrawn);
    }
    let by = person_of(proof);
    let touched = tx
        .execute(
            "UPDATE evidence SET withdrawn_at = $1, withdrawn_by = $2, withdrawn_reason = $3,
                revision = revision + 1
             WHERE id = $4 AND organization_id = $5 AND revision = $6",
            params![now, by, reason, id, proof.organization(), revision],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict.into());
    }
    let detail = serde_json::json!({ "reason": reason });
    Ok(remember(tx, ids, id, by, Event::Withdrawn, &detail, now).await?)
}

/// Undoes a withdrawal. Returns whether there was one.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the piece since `revision`.
pub async fn restore(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    ids: &dyn IdGenerator,
    id: EvidenceId,
    revision: i64,
    now: Instant,
) -> Result<bool, EvidenceError> {
    if piece_within(tx, proof, id).await?.withdrawn.is_none() {
        return Ok(false);
    }
    let touched = tx
        .execute(
            "UPDATE evidence SET withdrawn_at = NULL, withdrawn_by = NULL,
                withdrawn_reason = NULL, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3",
            params![id, proof.organization(), revision],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict.into());
    }
    let detail = serde_json::json!({});
    remember(tx, ids, id, person_of(proof), Event::Restored, &detail, now).await?;
    Ok(true)
}

/// Keeps a received file until its form is put right.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn keep_upload(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageEvidence>,
    upload: &PendingUpload,
    now: Instant,
) -> Result<(), StoreError> {
    blobs::record(tx, &upload.blob, now).await?;
    let size = i64::try_from(upload.blob.size).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO evidence_uploads (id, organization_id, uploaded_by, file_name, media_type,
            size, hash, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            upload.id,
            proof.organization(),
            person_of(proof),
            &upload.file_name,
            upload.media_type.code(),
            size,
            &upload.blob.hash,
            now
        ],
    )
    .await?;
    Ok(())
}

row! {
    struct UploadRow {
        id: Uuid,
        file_name: String,
        media_type: String,
        size: i64,
        hash: String,
    }
}

/// A file that the same person sent to the same organisation before.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn kept_upload(
    database: &Database,
    proof: &Authorized<actions::ManageEvidence>,
    id: Uuid,
) -> Result<Option<PendingUpload>, StoreError> {
    let row: Option<UploadRow> = database
        .optional(
            "SELECT id, file_name, media_type, size, hash FROM evidence_uploads
             WHERE id = $1 AND organization_id = $2 AND uploaded_by = $3",
            params![id, proof.organization(), person_of(proof)],
        )
        .await?;
    Ok(row.and_then(|row| {
        Some(PendingUpload {
            id: row.id,
            file_name: row.file_name,
            media_type: crate::media::MediaType::from_code(&row.media_type)?,
            blob: StoredBlob {
                hash: row.hash,
                size: u64::try_from(row.size).unwrap_or(0),
                head: bytes::Bytes::new(),
            },
        })
    }))
}

/// Takes a kept file away: it has become a piece.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn forget_upload(tx: &mut Transaction, id: Uuid) -> Result<(), StoreError> {
    tx.execute("DELETE FROM evidence_uploads WHERE id = $1", params![id])
        .await?;
    Ok(())
}

/// Forgets files whose forms were never put right.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn forget_old_uploads(
    tx: &mut Transaction,
    before: Instant,
) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM evidence_uploads WHERE uploaded_at < $1",
        params![before],
    )
    .await
}
