//! Writing records: each act counts up the record's revision and is kept in its history.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{ActionType, Authorized, actions};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_store::{
    ComposedSql, Engine, StoreError, Transaction, Value, params, placeholders, row,
};

use super::records::SELECT;
use super::{Edit, InventoryError, RecordId, person_of};
use crate::model::{Content, MOST_RECORDS, Record, RecordKind, Reference, changes};

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The record's revision afterwards.
    pub revision: i64,
    /// What changed, by field; empty where nothing did.
    pub changed: serde_json::Map<String, Json>,
}

/// Who does something, where and when.
pub(super) struct Act<'a> {
    pub(super) ids: &'a dyn IdGenerator,
    pub(super) organization: OrganizationId,
    pub(super) by: Option<yagura_kernel::id::PersonId>,
    pub(super) now: Instant,
}

impl<'a> Act<'a> {
    pub(super) fn of<A: ActionType>(
        proof: &Authorized<A>,
        ids: &'a dyn IdGenerator,
        now: Instant,
    ) -> Self {
        Self {
            ids,
            organization: proof.organization(),
            by: person_of(proof),
            now,
        }
    }

    pub(super) async fn remember<C: Content>(
        &self,
        tx: &mut Transaction,
        record: RecordId,
        content: &C,
        event: &str,
        detail: &Json,
    ) -> Result<(), StoreError> {
        tx.execute_later(
            "INSERT INTO inventory_events (id, organization_id, record_id, kind, name, at,
                by_person, event, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                self.ids.id(),
                self.organization,
                record,
                C::KIND.code(),
                content.name(),
                self.now,
                self.by,
                event,
                detail
            ],
        )
        .await
    }
}

row! {
    struct FoundRow { id: Uuid, kind: String }
}

/// What is referred to is the institution's own, still kept, and not the record itself.
async fn check_references<C: Content>(
    tx: &mut Transaction,
    organization: OrganizationId,
    own: Option<RecordId>,
    content: &C,
    today: yagura_kernel::time::Date,
) -> Result<(), InventoryError> {
    let references = content.references();
    if !references.is_empty() {
        let mut values = params![organization];
        values.extend(references.iter().map(|one| Value::from(one.target)));
        // What is referred to must not be taken out between the question and the answer's use.
        let held = match tx.engine() {
            Engine::Postgres => " ORDER BY id FOR KEY SHARE",
            Engine::Sqlite => "",
        };
        let sql = format!(
            "SELECT id, kind FROM inventory_records
             WHERE organization_id = $1 AND removed_at IS NULL AND id IN ({}){held}",
            placeholders(2, references.len())
        );
        let found: Vec<FoundRow> = tx.rows(ComposedSql(sql), values).await?;
        let is_there = |reference: &Reference| {
            own != Some(reference.target)
                && found
                    .iter()
                    .any(|row| row.id == reference.target && row.kind == reference.kind.code())
        };
        if let Some(missing) = references.iter().find(|reference| !is_there(reference)) {
            return Err(InventoryError::Reference(missing.field));
        }
    }
    if let Some(vendor) = content.vendor()
        && !supplies(tx, vendor, organization, today).await?
    {
        return Err(InventoryError::Reference("vendor"));
    }
    Ok(())
}

pub(super) const REFERENCE_COLUMNS: &[&str] = &["record_id", "field", "target_id"];

/// The rows that say to what a record refers.
pub(super) fn reference_rows<C: Content>(id: RecordId, content: &C) -> Vec<yagura_store::Params> {
    let references = content.references();
    references
        .iter()
        .map(|reference| params![id, reference.field, reference.target])
        .collect()
}

async fn write_references<C: Content>(
    tx: &mut Transaction,
    id: RecordId,
    content: &C,
) -> Result<(), StoreError> {
    let rows = reference_rows(id, content);
    tx.insert_later("inventory_references", REFERENCE_COLUMNS, rows)
        .await
}

async fn forget_references(tx: &mut Transaction, id: RecordId) -> Result<(), StoreError> {
    tx.execute_later(
        "DELETE FROM inventory_references WHERE record_id = $1",
        params![id],
    )
    .await
}

pub(super) fn sort_key(name: &str) -> String {
    normalise_for_search(name)
}

/// Adds a record.
///
/// # Errors
/// [`InventoryError::Full`], [`InventoryError::Reference`], or the store's.
pub async fn add<C: Content>(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    content: &C,
    now: Instant,
) -> Result<RecordId, InventoryError> {
    let act = Act::of(proof, ids, now);
    let kept = tx
        .count(
            "SELECT count(*) AS n FROM inventory_records
             WHERE organization_id = $1 AND kind = $2 AND removed_at IS NULL",
            params![act.organization, C::KIND.code()],
        )
        .await?;
    if kept >= MOST_RECORDS {
        return Err(InventoryError::Full);
    }
    check_references(tx, act.organization, None, content, now.jst_date()).await?;
    let id = ids.id();
    tx.execute(
        "INSERT INTO inventory_records (id, organization_id, kind, name, sort_key, search_key,
            class, department, system_id, asset_id, vendor_id, gone, content, revision, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14)",
        params![
            id,
            act.organization,
            C::KIND.code(),
            content.name(),
            sort_key(content.name()),
            content.search_text(),
            content.class(),
            content.department(),
            content.system(),
            content.asset(),
            content.vendor(),
            content.is_gone(),
            &Json::Object(content.fields_of()),
            now
        ],
    )
    .await?;
    write_references(tx, id, content).await?;
    let detail = json!({ "class": content.class() });
    act.remember(tx, id, content, "added", &detail).await?;
    Ok(id)
}

/// How many references one statement asks for.
const ASKED_TOGETHER: usize = 500;

/// Adds many records of one part, in few statements; the ids come in the order of the records. What
/// they refer to must stand in the register before.
///
/// # Errors
/// [`InventoryError::Full`], [`InventoryError::Reference`], or the store's.
pub async fn add_many<C: Content>(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    contents: &[C],
    now: Instant,
) -> Result<Vec<RecordId>, InventoryError> {
    check_many(tx, proof.organization(), contents.iter(), now).await?;
    let act = Act::of(proof, ids, now);
    let new: Vec<&C> = contents.iter().collect();
    super::known::add_all(tx, &act, &json!({}), &new).await
}

/// What many records refer to is the institution's own, and still kept.
async fn check_many<'c, C: Content + 'c>(
    tx: &mut Transaction,
    organization: OrganizationId,
    contents: impl Iterator<Item = &'c C> + Clone + Send,
    now: Instant,
) -> Result<(), InventoryError> {
    let mut wanted: Vec<(RecordId, RecordKind, &'static str)> = contents
        .clone()
        .flat_map(Content::references)
        .map(|one| (one.target, one.kind, one.field))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    for part in wanted.chunks(ASKED_TOGETHER) {
        let mut values = params![organization];
        values.extend(part.iter().map(|(id, ..)| Value::from(*id)));
        let sql = format!(
            "SELECT id, kind FROM inventory_records
             WHERE organization_id = $1 AND removed_at IS NULL AND id IN ({})",
            placeholders(2, part.len())
        );
        let found: Vec<FoundRow> = tx.rows(ComposedSql(sql), values).await?;
        for (id, kind, field) in part {
            if !found
                .iter()
                .any(|row| row.id == *id && row.kind == kind.code())
            {
                return Err(InventoryError::Reference(field));
            }
        }
    }
    let mut vendors: Vec<OrganizationId> = contents.filter_map(Content::vendor).collect();
    vendors.sort_unstable();
    vendors.dedup();
    for vendor in vendors {
        if !supplies(tx, vendor, organization, now.jst_date()).await? {
            return Err(InventoryError::Reference("vendor"));
        }
    }
    Ok(())
}

async fn supplies(
    tx: &mut Transaction,
    vendor: OrganizationId,
    organization: OrganizationId,
    today: yagura_kernel::time::Date,
) -> Result<bool, StoreError> {
    let found = tx
        .count(
            "SELECT count(*) AS n FROM relations
             WHERE kind = 'supplies' AND from_id = $1 AND to_id = $2
               AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)",
            params![vendor, organization, today],
        )
        .await?;
    Ok(found > 0)
}

/// A record that is kept, as it stands, so that nobody else changes it until the transaction ends.
async fn hold<C: Content>(
    tx: &mut Transaction,
    organization: OrganizationId,
    id: RecordId,
) -> Result<Record<C>, InventoryError> {
    if tx.engine() == yagura_store::Engine::Postgres {
        tx.execute(
            "SELECT id FROM inventory_records WHERE id = $1 FOR UPDATE",
            params![id],
        )
        .await?;
    }
    let sql = format!(
        "{SELECT} WHERE r.id = $1 AND r.organization_id = $2 AND r.kind = $3
           AND r.removed_at IS NULL"
    );
    let values = params![id, organization, C::KIND.code()];
    let found: Option<Record<C>> = tx.optional(yagura_store::ComposedSql(sql), values).await?;
    found.ok_or(InventoryError::NotFound)
}

/// Changes a record. Nothing is written where nothing changes, whatever revision is expected, so
/// that a form sent twice is harmless.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the record since `revision`;
/// [`InventoryError::Reference`].
pub async fn change<C: Content>(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    id: RecordId,
    revision: i64,
    content: &C,
    now: Instant,
) -> Result<Written, InventoryError> {
    let act = Act::of(proof, ids, now);
    let record: Record<C> = hold(tx, act.organization, id).await?;
    let changed = changes(&record.content, content);
    if changed.is_empty() {
        return Ok(Written {
            revision: record.revision,
            changed,
        });
    }
    if record.revision != revision {
        return Err(StoreError::Conflict.into());
    }
    check_references(tx, act.organization, Some(id), content, now.jst_date()).await?;
    rewrite(tx, &act, &record, content, &changed).await?;
    Ok(Written {
        revision: revision + 1,
        changed,
    })
}

/// Writes what changed of a record that is held and whose references were checked.
async fn rewrite<C: Content>(
    tx: &mut Transaction,
    act: &Act<'_>,
    before: &Record<C>,
    content: &C,
    changed: &serde_json::Map<String, Json>,
) -> Result<(), StoreError> {
    let id = before.id;
    tx.execute_later(
        "UPDATE inventory_records SET name = $1, sort_key = $2, search_key = $3, class = $4,
            department = $5, system_id = $6, asset_id = $7, vendor_id = $8, gone = $9,
            content = $10, revision = revision + 1, updated_at = $11
         WHERE id = $12",
        params![
            content.name(),
            sort_key(content.name()),
            content.search_text(),
            content.class(),
            content.department(),
            content.system(),
            content.asset(),
            content.vendor(),
            content.is_gone(),
            &Json::Object(content.fields_of()),
            act.now,
            id
        ],
    )
    .await?;
    if before.content.references() != content.references() {
        forget_references(tx, id).await?;
        write_references(tx, id, content).await?;
    }
    let detail = Json::Object(changed.clone());
    act.remember(tx, id, content, "changed", &detail).await?;
    if C::KIND == RecordKind::Connection {
        super::words::unsay(tx, id, changed, act.now).await?;
    }
    Ok(())
}

/// A record as it shall be, and the revision that was read.
pub(super) struct Changed<'a, C> {
    pub(super) id: RecordId,
    pub(super) revision: i64,
    pub(super) content: &'a C,
}

/// Changes many records of one part, in few questions, as [`change`] does each.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed one of them since its revision;
/// [`InventoryError::NotFound`] where one was taken out; [`InventoryError::Reference`].
pub(super) async fn change_many<C: Content>(
    tx: &mut Transaction,
    act: &Act<'_>,
    wanted: &[Changed<'_, C>],
) -> Result<(), InventoryError> {
    check_many(
        tx,
        act.organization,
        wanted.iter().map(|one| one.content),
        act.now,
    )
    .await?;
    for part in wanted.chunks(ASKED_TOGETHER) {
        let held: Vec<Record<C>> = hold_many(tx, act.organization, part).await?;
        let mut held: HashMap<RecordId, Record<C>> =
            held.into_iter().map(|record| (record.id, record)).collect();
        for one in part {
            let before = held.remove(&one.id).ok_or(InventoryError::NotFound)?;
            let changed = changes(&before.content, one.content);
            if changed.is_empty() {
                continue;
            }
            if before.revision != one.revision {
                return Err(StoreError::Conflict.into());
            }
            let references = one.content.references();
            if let Some(own) = references.iter().find(|to| to.target == one.id) {
                return Err(InventoryError::Reference(own.field));
            }
            rewrite(tx, act, &before, one.content, &changed).await?;
        }
    }
    Ok(())
}

async fn hold_many<C: Content>(
    tx: &mut Transaction,
    organization: OrganizationId,
    wanted: &[Changed<'_, C>],
) -> Result<Vec<Record<C>>, InventoryError> {
    let mut ids: Vec<RecordId> = wanted.iter().map(|one| one.id).collect();
    // One order for everybody, so that two who hold many do not wait for each other.
    ids.sort_unstable();
    let listed = placeholders(3, ids.len());
    let mut values = params![organization, C::KIND.code()];
    values.extend(ids.iter().map(|id| Value::from(*id)));
    if tx.engine() == Engine::Postgres {
        let sql = format!(
            "SELECT id FROM inventory_records
             WHERE organization_id = $1 AND kind = $2 AND id IN ({listed}) ORDER BY id FOR UPDATE"
        );
        tx.execute(ComposedSql(sql), values.clone()).await?;
    }
    let sql = format!(
        "{SELECT} WHERE r.organization_id = $1 AND r.kind = $2 AND r.id IN ({listed})
           AND r.removed_at IS NULL"
    );
    Ok(tx.rows(ComposedSql(sql), values).await?)
}

/// Takes a record out of the register; its history stays.
///
/// # Errors
/// [`InventoryError::Referred`] where other records refer to it; [`StoreError::Conflict`].
pub async fn remove<C: Content>(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    id: RecordId,
    revision: i64,
    now: Instant,
) -> Result<C, InventoryError> {
    let act = Act::of(proof, ids, now);
    let record: Record<C> = hold(tx, act.organization, id).await?;
    if record.revision != revision {
        return Err(StoreError::Conflict.into());
    }
    let referring = tx
        .count(
            "SELECT count(DISTINCT record_id) AS n FROM inventory_references
             WHERE target_id = $1",
            params![id],
        )
        .await?;
    if referring > 0 {
        return Err(InventoryError::Referred(referring));
    }
    tx.execute_later(
        "UPDATE inventory_records SET removed_at = $1, revision = revision + 1, updated_at = $1
         WHERE id = $2",
        params![now, id],
    )
    .await?;
    forget_references(tx, id).await?;
    let detail = Json::Object(record.content.fields_of());
    act.remember(tx, id, &record.content, "removed", &detail)
        .await?;
    Ok(record.content)
}

/// Confirms that a record is true as it stands, for the present fiscal year.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the record since `revision`: what they read is
/// not what would be confirmed.
pub async fn confirm<C: Content>(
    tx: &mut Transaction,
    proof: &Authorized<actions::ConfirmInventory>,
    ids: &dyn IdGenerator,
    id: RecordId,
    revision: i64,
    now: Instant,
) -> Result<(), InventoryError> {
    let act = Act::of(proof, ids, now);
    let record: Record<C> = hold(tx, act.organization, id).await?;
    if record.revision != revision {
        return Err(StoreError::Conflict.into());
    }
    let year = FiscalYear::at(now);
    tx.execute_later(
        "UPDATE inventory_records SET confirmed_year = $1, confirmed_at = $2, confirmed_by = $3
         WHERE id = $4",
        params![year.year(), now, act.by, id],
    )
    .await?;
    let detail = json!({ "fiscal_year": year.year(), "revision": revision });
    Ok(act
        .remember(tx, id, &record.content, "confirmed", &detail)
        .await?)
}
