//! Systems and external connections that tables name.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::time::Instant;
use yagura_store::{StoreError, Transaction, params, row};

use super::known::add_all;
use super::write::{Act, change};
use super::{Edit, InventoryError, Reader};
use crate::import::sheet::{KnownRecord, RecordChange, Records, SheetPlan};
use crate::model::{Content, RecordKind};

row! {
    struct RecordRow { id: Uuid, kind: String, revision: i64, content: String }
}

/// The systems and connections of a register.
pub(crate) async fn records_for_sheets(
    reader: &mut Reader<'_>,
    organization: OrganizationId,
) -> Result<Records, StoreError> {
    const SQL: &str = "SELECT id, kind, revision, content FROM inventory_records
         WHERE organization_id = $1 AND kind <> 'asset' AND removed_at IS NULL ORDER BY id";
    let rows: Vec<RecordRow> = match reader {
        Reader::Database(database) => database.rows(SQL, params![organization]).await?,
        Reader::Transaction(tx) => {
            // Two imports that are confirmed at once would both add what neither found.
            if tx.engine() == yagura_store::Engine::Postgres {
                let sql = "SELECT id FROM organizations WHERE id = $1 FOR UPDATE";
                tx.execute(sql, params![organization]).await?;
            }
            tx.rows(SQL, params![organization]).await?
        }
    };
    let mut records = Records::default();
    for row in rows {
        let (id, revision) = (row.id, row.revision);
        match RecordKind::from_code(&row.kind) {
            Some(RecordKind::System) => records.systems.push(KnownRecord {
                id,
                revision,
                content: serde_json::from_str(&row.content)?,
            }),
            Some(RecordKind::Connection) => records.connections.push(KnownRecord {
                id,
                revision,
                content: serde_json::from_str(&row.content)?,
            }),
            _ => {}
        }
    }
    Ok(records)
}

/// Does what a plan says of systems and connections, in the caller's transaction.
///
/// # Errors
/// [`InventoryError::Full`]; [`InventoryError::LookAgain`] where somebody changed a record since
/// the plan was made.
pub(crate) async fn apply_sheets(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    import: Uuid,
    plan: &SheetPlan,
    now: Instant,
) -> Result<(), InventoryError> {
    let act = Act::of(proof, ids, now);
    let added = add_new(tx, &act, import, &plan.systems).await?;
    let new_systems: HashMap<&str, Uuid> = plan
        .systems
        .iter()
        .filter(|one| one.id.is_none() && !one.is_left_out)
        .map(|one| one.key.as_str())
        .zip(added)
        .collect();
    change_known(tx, proof, ids, &plan.systems, now).await?;
    let connections: Vec<RecordChange<_>> = plan
        .connections
        .iter()
        .cloned()
        .map(|mut one| {
            if let Some(system) = &one.new_system {
                // Without its system, which was left out, it still is a way in.
                one.content.system = new_systems.get(system.as_str()).copied();
            }
            one
        })
        .collect();
    add_new(tx, &act, import, &connections).await?;
    change_known(tx, proof, ids, &connections, now).await
}

async fn add_new<C: Content>(
    tx: &mut Transaction,
    act: &Act<'_>,
    import: Uuid,
    changes: &[RecordChange<C>],
) -> Result<Vec<Uuid>, InventoryError> {
    let new: Vec<&C> = changes
        .iter()
        .filter(|one| one.id.is_none() && !one.is_left_out)
        .map(|one| &one.content)
        .collect();
    add_all(tx, act, &json!({ "import": import }), &new).await
}

async fn change_known<C: Content>(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    changes: &[RecordChange<C>],
    now: Instant,
) -> Result<(), InventoryError> {
    for one in changes.iter().filter(|one| one.changes()) {
        let Some(id) = one.id else { continue };
        let written = change(tx, proof, ids, id, one.revision, &one.content, now).await;
        match written {
            Err(InventoryError::Store(StoreError::Conflict) | InventoryError::NotFound) => {
                return Err(InventoryError::LookAgain);
            }
            other => other?,
        };
    }
    Ok(())
}
