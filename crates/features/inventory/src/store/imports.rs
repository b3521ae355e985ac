//! Imports that wait for their confirmation, and what columns of tables were assigned to.

use discovery::columns::Mapping;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Instant;
use yagura_store::{ComposedSql, Database, FromRow, Row, StoreError, Transaction, params, row};

use super::{Edit, InventoryError, Read, person_of};
use crate::import::{Counts, Decisions, Remembered, SheetMapping, SourceFile};

/// How long a preview can be confirmed, in seconds.
pub(crate) const VALID_SECONDS: i64 = 7 * 24 * 3_600;

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// It waits.
    Pending,
    /// It was taken over.
    Applied,
    /// Somebody dropped it.
    Cancelled,
    /// Nobody confirmed it in time.
    Expired,
}

impl ImportState {
    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Applied => "applied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    fn from_code(code: &str) -> Self {
        match code {
            "pending" => Self::Pending,
            "applied" => Self::Applied,
            "cancelled" => Self::Cancelled,
            _ => Self::Expired,
        }
    }
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id.
    pub id: Uuid,
    /// When the files were sent.
    pub created_at: Instant,
    /// Who sent them.
    pub by_name: Option<String>,
    /// Until when it can be confirmed.
    pub expires_at: Instant,
    /// What became of it.
    pub state: ImportState,
    /// The names of the files.
    pub file_names: Vec<String>,
    /// What was decided on the preview.
    pub decisions: Decisions,
    /// The numbers of the preview as it was first made, or of what was done.
    pub counts: Counts,
    /// When it was confirmed or dropped.
    pub finished_at: Option<Instant>,
}

impl FromRow for Import {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let state: String = row.get("state")?;
        let counts: String = row.get("counts")?;
        let names: String = row.get("file_names")?;
        let decisions: String = row.get("decisions")?;
        Ok(Self {
            id: row.get("id")?,
            created_at: row.get("created_at")?,
            by_name: row.get("by_name")?,
            expires_at: row.get("expires_at")?,
            state: ImportState::from_code(&state),
            file_names: serde_json::from_str(&names)?,
            decisions: serde_json::from_str(&decisions)?,
            counts: serde_json::from_str(&counts)?,
            finished_at: row.get("finished_at")?,
        })
    }
}

const SELECT: &str = "SELECT i.id AS id, i.created_at AS created_at, i.expires_at AS expires_at,
        i.state AS state, i.file_names AS file_names, i.decisions AS decisions,
        i.counts AS counts, i.finished_at AS finished_at, p.name AS by_name
     FROM inventory_imports i LEFT JOIN people p ON p.id = i.created_by";

/// Keeps files until their import is confirmed, dropped or a week old.
pub(crate) async fn insert_import(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    files: &[SourceFile],
    decisions: &Decisions,
    counts: Counts,
    now: Instant,
) -> Result<(), StoreError> {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    tx.execute(
        "INSERT INTO inventory_imports (id, organization_id, created_by, created_at, expires_at,
            state, file_names, files, decisions, counts)
         VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9)",
        params![
            id,
            proof.organization(),
            person_of(proof),
            now,
            now.plus_seconds(VALID_SECONDS),
            serde_json::to_string(&names)?,
            serde_json::to_string(files)?,
            serde_json::to_string(decisions)?,
            serde_json::to_string(&counts)?
        ],
    )
    .await?;
    Ok(())
}

/// The newest imports of an institution, before a given one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn imports(
    database: &Database,
    proof: &Read,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let sql =
        format!("{SELECT} WHERE i.organization_id = $1 AND i.id < $2 ORDER BY i.id DESC LIMIT $3");
    let before = before.unwrap_or_else(Uuid::max);
    let values = params![proof.organization(), before, limit];
    database.rows(ComposedSql(sql), values).await
}

/// An import.
///
/// # Errors
/// [`InventoryError::NotFound`] where the institution has none with this id.
pub async fn import(database: &Database, proof: &Read, id: Uuid) -> Result<Import, InventoryError> {
    let sql = format!("{SELECT} WHERE i.organization_id = $1 AND i.id = $2");
    let values = params![proof.organization(), id];
    let found = database.optional(ComposedSql(sql), values).await?;
    found.ok_or(InventoryError::NotFound)
}

/// The import that was taken over last.
pub(crate) async fn last_applied(
    database: &Database,
    proof: &Read,
) -> Result<Option<Import>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE i.organization_id = $1 AND i.state = 'applied'
         ORDER BY i.finished_at DESC LIMIT 1"
    );
    database
        .optional(ComposedSql(sql), params![proof.organization()])
        .await
}

row! {
    struct OwnerRow { organization_id: OrganizationId }
}

/// To which organisation an import belongs, before anything is authorised.
pub(crate) async fn import_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, InventoryError> {
    let sql = "SELECT organization_id FROM inventory_imports WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    Ok(row.ok_or(InventoryError::NotFound)?.organization_id)
}

row! {
    struct FilesRow { files: String }
}

/// The files of an import that waits.
pub(crate) async fn files_of(
    database: &Database,
    proof: &Read,
    id: Uuid,
    now: Instant,
) -> Result<Vec<SourceFile>, InventoryError> {
    let row: Option<FilesRow> = database
        .optional(
            "SELECT files FROM inventory_imports
             WHERE id = $1 AND organization_id = $2 AND state = 'pending' AND expires_at > $3",
            params![id, proof.organization(), now],
        )
        .await?;
    let row = row.ok_or(InventoryError::ImportGone)?;
    Ok(serde_json::from_str(&row.files).map_err(StoreError::from)?)
}

/// Replaces the files of an import that waits, after columns were assigned anew.
pub(crate) async fn replace_files(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    files: &[SourceFile],
    counts: Counts,
) -> Result<(), InventoryError> {
    let touched = tx
        .execute(
            "UPDATE inventory_imports SET files = $1, counts = $2
             WHERE id = $3 AND organization_id = $4 AND state = 'pending'",
            params![
                serde_json::to_string(files).map_err(StoreError::from)?,
                serde_json::to_string(&counts).map_err(StoreError::from)?,
                id,
                proof.organization()
            ],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(InventoryError::ImportGone)
    }
}

/// Notes what a person decided on the preview.
pub(crate) async fn decide(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    decisions: &Decisions,
) -> Result<(), InventoryError> {
    let touched = tx
        .execute(
            "UPDATE inventory_imports SET decisions = $1
             WHERE id = $2 AND organization_id = $3 AND state = 'pending'",
            params![
                serde_json::to_string(decisions).map_err(StoreError::from)?,
                id,
                proof.organization()
            ],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(InventoryError::ImportGone)
    }
}

/// What confirming an import found.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It waits and is now this transaction's: its files and what was decided.
    Yours(Vec<SourceFile>, Decisions),
    /// It was taken over before; a form that was sent twice comes here.
    Done(Counts),
}

/// Takes an import for this transaction: only one can.
pub(crate) async fn claim_import(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    now: Instant,
) -> Result<Claim, InventoryError> {
    let touched = tx
        .execute(
            "UPDATE inventory_imports SET state = 'applied', finished_at = $1, finished_by = $2
             WHERE id = $3 AND organization_id = $4 AND state = 'pending' AND expires_at > $1",
            params![now, person_of(proof), id, proof.organization()],
        )
        .await?;
    row! { struct Claimed { state: String, files: String, decisions: String, counts: String } }
    let row: Option<Claimed> = tx
        .optional(
            "SELECT state, files, decisions, counts FROM inventory_imports
             WHERE id = $1 AND organization_id = $2",
            params![id, proof.organization()],
        )
        .await?;
    let row = row.ok_or(InventoryError::NotFound)?;
    match (touched, ImportState::from_code(&row.state)) {
        (1, _) => {
            let files = serde_json::from_str(&row.files).map_err(StoreError::from)?;
            let decisions = serde_json::from_str(&row.decisions).map_err(StoreError::from)?;
            Ok(Claim::Yours(files, decisions))
        }
        (_, ImportState::Applied) => Ok(Claim::Done(
            serde_json::from_str(&row.counts).map_err(StoreError::from)?,
        )),
        _ => Err(InventoryError::ImportGone),
    }
}

/// Notes what a claimed import did; the files are no longer kept.
pub(crate) async fn finish_import(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    counts: Counts,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE inventory_imports SET files = '[]', counts = $1
         WHERE id = $2 AND organization_id = $3",
        params![serde_json::to_string(&counts)?, id, proof.organization()],
    )
    .await?;
    Ok(())
}

/// Drops an import that waits.
pub(crate) async fn cancel_import(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    now: Instant,
) -> Result<(), InventoryError> {
    let touched = tx
        .execute(
            "UPDATE inventory_imports SET state = 'cancelled', files = '[]', finished_at = $1,
                finished_by = $2
             WHERE id = $3 AND organization_id = $4 AND state = 'pending'",
            params![now, person_of(proof), id, proof.organization()],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(InventoryError::ImportGone)
    }
}

/// Marks imports that nobody confirmed in time and forgets their files. The program itself calls
/// it. Returns how many there were.
pub(crate) async fn expire_imports(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE inventory_imports SET state = 'expired', files = '[]', finished_at = $1
         WHERE state = 'pending' AND expires_at <= $1",
        params![now],
    )
    .await
}

row! {
    struct MappingRow { fingerprint: String, mapping: String }
}

/// Before the fingerprint of the headings of a table of systems or connections.
const OF_SHEETS: &str = "sheet ";

/// What columns were assigned to before, newest first.
pub(crate) async fn remembered_mappings(
    database: &Database,
    proof: &Edit,
) -> Result<Remembered, StoreError> {
    let rows: Vec<MappingRow> = database
        .rows(
            "SELECT fingerprint, mapping FROM inventory_mappings WHERE organization_id = $1
             ORDER BY updated_at DESC LIMIT 200",
            params![proof.organization()],
        )
        .await?;
    let mut remembered = Remembered::default();
    for row in rows {
        if row.fingerprint.starts_with(OF_SHEETS) {
            let sheet = serde_json::from_str(&row.mapping)?;
            remembered.sheets.push(sheet);
        } else {
            remembered.devices.push(serde_json::from_str(&row.mapping)?);
        }
    }
    Ok(remembered)
}

/// Remembers what a person assigned the columns of a table of systems or connections to.
pub(crate) async fn remember_sheet(
    tx: &mut Transaction,
    proof: &Edit,
    mapping: &SheetMapping,
    now: Instant,
) -> Result<(), StoreError> {
    let fingerprint = format!("{OF_SHEETS}{}", mapping.fingerprint);
    let mapping = serde_json::to_string(mapping)?;
    remember(tx, proof, &fingerprint, mapping, now).await
}

/// Remembers what a person assigned columns to.
pub(crate) async fn remember_mapping(
    tx: &mut Transaction,
    proof: &Edit,
    mapping: &Mapping,
    now: Instant,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(mapping)?;
    remember(tx, proof, &mapping.fingerprint, text, now).await
}

async fn remember(
    tx: &mut Transaction,
    proof: &Edit,
    fingerprint: &str,
    mapping: String,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO inventory_mappings (organization_id, fingerprint, mapping, updated_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, fingerprint)
         DO UPDATE SET mapping = excluded.mapping, updated_at = excluded.updated_at",
        params![proof.organization(), fingerprint, mapping, now],
    )
    .await
}
