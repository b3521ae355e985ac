//! Lists that were read and wait to be taken over, and what their columns were assigned to.

use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, Engine, FromRow, Row, StoreError, Transaction, params, row};

use super::{LedgerError, person_of, wrong};
use crate::import::{Mapping, SourceTable};
use crate::model::Ledger;

type Keep = Authorized<actions::KeepLedgers>;

/// How long a preview can be confirmed, in seconds.
const VALID_SECONDS: i64 = 7 * 24 * 3_600;

/// A list that was read.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) id: Uuid,
    pub(crate) ledger: Ledger,
    pub(crate) file_name: String,
    pub(crate) table: SourceTable,
    pub(crate) mapping: Mapping,
    /// `pending`, `applied` or `cancelled`.
    pub(crate) state: String,
    pub(crate) added: i64,
}

impl FromRow for Pending {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let ledger: String = row.get("ledger")?;
        let table: String = row.get("table_rows")?;
        let mapping: String = row.get("mapping")?;
        Ok(Self {
            id: row.get("id")?,
            ledger: Ledger::from_code(&ledger).ok_or_else(|| wrong("ledger", ledger))?,
            file_name: row.get("file_name")?,
            table: serde_json::from_str(&table)?,
            mapping: serde_json::from_str(&mapping)?,
            state: row.get("state")?,
            added: row.get("added")?,
        })
    }
}

row! {
    struct OwnerRow { organization_id: OrganizationId }
}

/// To whom an import belongs, before anything is authorised.
pub(crate) async fn import_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, LedgerError> {
    let sql = "SELECT organization_id FROM ledger_imports WHERE id = $1";
    let found: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    Ok(found.ok_or(LedgerError::NotFound)?.organization_id)
}

/// Keeps a list that was read until somebody takes it over.
pub(crate) async fn insert_import(
    tx: &mut Transaction,
    proof: &Keep,
    import: &Pending,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO ledger_imports (id, organization_id, ledger, created_at, created_by,
            expires_at, state, file_name, table_rows, mapping, added)
         VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, 0)",
        params![
            import.id,
            proof.organization(),
            import.ledger.code(),
            now,
            person_of(proof),
            now.plus_seconds(VALID_SECONDS),
            &import.file_name,
            serde_json::to_string(&import.table)?,
            serde_json::to_string(&import.mapping)?
        ],
    )
    .await?;
    Ok(())
}

/// An import as it stands.
pub(crate) async fn pending(
    database: &Database,
    proof: &Keep,
    id: Uuid,
) -> Result<Pending, LedgerError> {
    let sql = "SELECT * FROM ledger_imports WHERE id = $1 AND organization_id = $2";
    let values = params![id, proof.organization()];
    let found: Option<Pending> = database.optional(sql, values).await?;
    found.ok_or(LedgerError::NotFound)
}

/// The import, held until the transaction ends, so that it is taken over once.
pub(crate) async fn claim_import(
    tx: &mut Transaction,
    proof: &Keep,
    id: Uuid,
) -> Result<Pending, LedgerError> {
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT id FROM ledger_imports WHERE id = $1 FOR UPDATE";
        tx.execute(sql, params![id]).await?;
    }
    let sql = "SELECT * FROM ledger_imports WHERE id = $1 AND organization_id = $2";
    let values = params![id, proof.organization()];
    let found: Option<Pending> = tx.optional(sql, values).await?;
    found.ok_or(LedgerError::NotFound)
}

/// Assigns the columns of a list that waits.
pub(crate) async fn set_mapping(
    tx: &mut Transaction,
    proof: &Keep,
    id: Uuid,
    mapping: &Mapping,
) -> Result<(), LedgerError> {
    let touched = tx
        .execute(
            "UPDATE ledger_imports SET mapping = $1
             WHERE id = $2 AND organization_id = $3 AND state = 'pending'",
            params![
                serde_json::to_string(mapping).map_err(StoreError::from)?,
                id,
                proof.organization()
            ],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(LedgerError::ImportGone)
    }
}

/// Notes that an import was taken over (`added`), or dropped (`None`); what was read is forgotten.
pub(crate) async fn finish_import(
    tx: &mut Transaction,
    proof: &Keep,
    id: Uuid,
    added: Option<i64>,
    now: Instant,
) -> Result<(), LedgerError> {
    let state = if added.is_some() {
        "applied"
    } else {
        "cancelled"
    };
    let empty = serde_json::to_string(&SourceTable::default()).map_err(StoreError::from)?;
    let touched = tx
        .execute(
            "UPDATE ledger_imports SET state = $1, added = $2, table_rows = $3, finished_at = $4
             WHERE id = $5 AND organization_id = $6 AND state = 'pending'",
            params![
                state,
                added.unwrap_or_default(),
                empty,
                now,
                id,
                proof.organization()
            ],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(LedgerError::ImportGone)
    }
}

/// Forgets what was read and never taken over.
pub(crate) async fn expire_imports(tx: &mut Transaction, now: Instant) -> Result<(), StoreError> {
    let empty = serde_json::to_string(&SourceTable::default())?;
    tx.execute(
        "UPDATE ledger_imports SET state = 'cancelled', table_rows = $1, finished_at = $2
         WHERE state = 'pending' AND expires_at < $2",
        params![empty, now],
    )
    .await?;
    Ok(())
}

row! {
    struct MappingRow { mapping: String }
}

/// To what the columns of a list with this head were assigned last.
pub(crate) async fn remembered_mapping(
    database: &Database,
    proof: &Keep,
    ledger: Ledger,
    fingerprint: &str,
) -> Result<Option<Mapping>, StoreError> {
    let found: Option<MappingRow> = database
        .optional(
            "SELECT mapping FROM ledger_mappings
             WHERE organization_id = $1 AND ledger = $2 AND fingerprint = $3",
            params![proof.organization(), ledger.code(), fingerprint],
        )
        .await?;
    found
        .map(|row| serde_json::from_str(&row.mapping).map_err(StoreError::from))
        .transpose()
}

/// Remembers to what the columns of a list with this head are assigned.
pub(crate) async fn remember_mapping(
    tx: &mut Transaction,
    proof: &Keep,
    ledger: Ledger,
    fingerprint: &str,
    mapping: &Mapping,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO ledger_mappings (organization_id, ledger, fingerprint, mapping, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organization_id, ledger, fingerprint) DO UPDATE
         SET mapping = excluded.mapping, updated_at = excluded.updated_at",
        params![
            proof.organization(),
            ledger.code(),
            fingerprint,
            serde_json::to_string(mapping)?,
            now
        ],
    )
    .await?;
    Ok(())
}
