//! Two rows that are one device become one.

use std::collections::HashSet;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::Instant;
use yagura_store::{Database, Engine, StoreError, Transaction, params, row};

use super::write::{Act, change, remove};
use super::{Edit, InventoryError, Read, person_of, wrong};
use crate::import::Identity;
use crate::model::{Asset, Connection, RecordKind, System};

/// A record as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AsRead {
    /// The record.
    pub(crate) id: Uuid,
    /// The revision that was read.
    pub(crate) revision: i64,
}

row! {
    struct ReferringRow { id: Uuid, kind: String, revision: i64, content: String }
}

/// Puts `kept` in the place of `gone` wherever a content refers to it.
fn follow(value: &mut Json, gone: &str, kept: &str) {
    match value {
        Json::String(text) if text == gone => kept.clone_into(text),
        Json::Array(parts) => {
            for part in parts.iter_mut() {
                follow(part, gone, kept);
            }
            let mut seen = Vec::new();
            parts.retain(|part| {
                let is_first = !seen.contains(part);
                seen.push(part.clone());
                is_first
            });
        }
        Json::Object(fields) => {
            for part in fields.values_mut() {
                follow(part, gone, kept);
            }
        }
        _ => {}
    }
}

/// Makes one row of two: `kept` says `content` from now on, what referred to `gone` refers to it,
/// and what was learned of `gone` is learned of it. The history of both stays. Returns how many
/// records referred to `gone`.
///
/// # Errors
/// [`InventoryError::Same`]; [`StoreError::Conflict`] where somebody changed one of them since they
/// were read; [`InventoryError::NotFound`] where one is no longer kept.
pub(crate) async fn merge(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    (kept, gone): (AsRead, AsRead),
    content: &Asset,
    now: Instant,
) -> Result<usize, InventoryError> {
    if kept.id == gone.id {
        return Err(InventoryError::Same);
    }
    let organization = proof.organization();
    // Two people who merge the same rows in opposite directions would lose both.
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT id FROM organizations WHERE id = $1 FOR UPDATE";
        tx.execute(sql, params![organization]).await?;
    }
    let (gone_text, kept_text) = (gone.id.to_string(), kept.id.to_string());
    let rows: Vec<ReferringRow> = tx
        .rows(
            "SELECT id, kind, revision, content FROM inventory_records
             WHERE organization_id = $1 AND removed_at IS NULL AND id <> $2 AND id <> $3
               AND content LIKE $4 ORDER BY id",
            params![organization, gone.id, kept.id, format!("%{gone_text}%")],
        )
        .await?;
    let mut moved = 0;
    for row in rows {
        let mut value: Json = serde_json::from_str(&row.content).map_err(StoreError::from)?;
        let before = value.clone();
        follow(&mut value, &gone_text, &kept_text);
        if value == before {
            continue;
        }
        moved += 1;
        let kind = RecordKind::from_code(&row.kind)
            .ok_or_else(|| wrong("kind", format!("unknown code {}", row.kind)))?;
        let (id, revision) = (row.id, row.revision);
        match kind {
            RecordKind::System => {
                let content: System = serde_json::from_value(value).map_err(StoreError::from)?;
                change(tx, proof, ids, id, revision, &content, now).await?;
            }
            RecordKind::Connection => {
                let content: Connection =
                    serde_json::from_value(value).map_err(StoreError::from)?;
                change(tx, proof, ids, id, revision, &content, now).await?;
            }
            RecordKind::Asset => {
                let content: Asset = serde_json::from_value(value).map_err(StoreError::from)?;
                change(tx, proof, ids, id, revision, &content, now).await?;
            }
        }
    }
    let apart = "DELETE FROM inventory_told_apart WHERE one_id = $1 OR other_id = $1";
    tx.execute_later(apart, params![gone.id]).await?;
    // The kept row may have referred to the other one; it must not when that one goes.
    let written = change(tx, proof, ids, kept.id, kept.revision, content, now).await?;
    if written.changed.is_empty() && written.revision != kept.revision {
        return Err(StoreError::Conflict.into());
    }
    let removed: Asset = remove(tx, proof, ids, gone.id, gone.revision, now).await?;
    learn(tx, proof, kept.id, (gone.id, &removed), content).await?;
    let act = Act::of(proof, ids, now);
    let into = json!({ "record": kept.id, "name": content.name });
    act.remember(tx, gone.id, &removed, "merged_into", &into)
        .await?;
    let from = json!({ "record": gone.id, "name": removed.name, "moved": moved });
    act.remember(tx, kept.id, content, "merged", &from).await?;
    Ok(moved)
}

row! {
    struct ApartRow { one_id: Uuid, other_id: Uuid }
}

/// Two rows in the order in which they are remembered.
fn ordered((one, other): (Uuid, Uuid)) -> (Uuid, Uuid) {
    (one.min(other), one.max(other))
}

/// Which rows somebody looked at and found to be two devices.
#[derive(Debug, Default)]
pub(crate) struct ToldApart(HashSet<(Uuid, Uuid)>);

impl ToldApart {
    /// Whether these two are two devices.
    pub(crate) fn are(&self, one: Uuid, other: Uuid) -> bool {
        self.0.contains(&ordered((one, other)))
    }
}

/// The pairs that somebody told apart.
pub(crate) async fn told_apart(database: &Database, proof: &Read) -> Result<ToldApart, StoreError> {
    let sql = "SELECT one_id, other_id FROM inventory_told_apart WHERE organization_id = $1";
    let rows: Vec<ApartRow> = database.rows(sql, params![proof.organization()]).await?;
    let pairs = rows.into_iter().map(|row| (row.one_id, row.other_id));
    Ok(ToldApart(pairs.collect()))
}

/// Remembers that two rows are two devices, or forgets it.
///
/// # Errors
/// [`InventoryError::Same`]; [`InventoryError::NotFound`] where one is no device of the register.
pub(crate) async fn tell_apart(
    tx: &mut Transaction,
    proof: &Edit,
    pair: (Uuid, Uuid),
    are_two: bool,
    now: Instant,
) -> Result<(), InventoryError> {
    if pair.0 == pair.1 {
        return Err(InventoryError::Same);
    }
    let organization = proof.organization();
    let (one, other) = ordered(pair);
    if !are_two {
        let sql = "DELETE FROM inventory_told_apart
             WHERE organization_id = $1 AND one_id = $2 AND other_id = $3";
        tx.execute(sql, params![organization, one, other]).await?;
        return Ok(());
    }
    let kept = tx
        .count(
            "SELECT count(*) AS n FROM inventory_records
             WHERE organization_id = $1 AND kind = 'asset' AND removed_at IS NULL
               AND (id = $2 OR id = $3)",
            params![organization, one, other],
        )
        .await?;
    if kept != 2 {
        return Err(InventoryError::NotFound);
    }
    tx.execute(
        "INSERT INTO inventory_told_apart (organization_id, one_id, other_id, told_by, told_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (one_id, other_id) DO NOTHING",
        params![organization, one, other, person_of(proof), now],
    )
    .await?;
    Ok(())
}

row! {
    #[derive(Clone)]
    struct SightingRow {
        asset_id: Uuid,
        identity: String,
        last_seen_at: Option<Instant>,
        seen_by: String,
        services: Option<String>,
        services_at: Option<Instant>,
        baseline: Option<String>,
        unexpected: i64,
    }
}

row! {
    struct GroupRow { asset_id: Uuid, source: String, listed_at: Instant }
}

/// What was learned of `gone` is learned of `kept`: the later sighting, the newer list of each
/// source. A list of one device is never mixed with one of another time.
async fn learn(
    tx: &mut Transaction,
    proof: &Edit,
    kept: Uuid,
    (gone, removed): (Uuid, &Asset),
    content: &Asset,
) -> Result<(), InventoryError> {
    let rows: Vec<SightingRow> = tx
        .rows(
            "SELECT asset_id, identity, last_seen_at, seen_by, services, services_at, baseline,
                unexpected FROM inventory_sightings WHERE asset_id = $1 OR asset_id = $2",
            params![kept, gone],
        )
        .await?;
    let of = |id: Uuid| rows.iter().find(|row| row.asset_id == id).cloned();
    let nothing = || SightingRow {
        asset_id: kept,
        identity: "{}".to_owned(),
        last_seen_at: None,
        seen_by: String::new(),
        services: None,
        services_at: None,
        baseline: None,
        unexpected: 0,
    };
    let is_named = !removed.hostname.is_empty() && removed.hostname != content.hostname;
    if of(gone).is_some() || is_named {
        let (own, other) = (
            of(kept).unwrap_or_else(nothing),
            of(gone).unwrap_or_else(nothing),
        );
        let mut identity: Identity =
            serde_json::from_str(&own.identity).map_err(StoreError::from)?;
        let mut theirs: Identity =
            serde_json::from_str(&other.identity).map_err(StoreError::from)?;
        // By its former name it is still seen.
        theirs
            .names
            .extend(is_named.then(|| removed.hostname.clone()));
        identity.join(&theirs, content);
        let later = if other.last_seen_at > own.last_seen_at {
            &other
        } else {
            &own
        };
        let looked = if other.services_at > own.services_at {
            &other
        } else {
            &own
        };
        tx.execute(
            "DELETE FROM inventory_sightings WHERE asset_id = $1 OR asset_id = $2",
            params![kept, gone],
        )
        .await?;
        tx.execute(
            "INSERT INTO inventory_sightings (asset_id, organization_id, identity, last_seen_at,
                seen_by, services, services_at, baseline, unexpected)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                kept,
                proof.organization(),
                serde_json::to_string(&identity).map_err(StoreError::from)?,
                later.last_seen_at,
                &later.seen_by,
                looked.services.as_ref(),
                looked.services_at,
                own.baseline.as_ref().or(other.baseline.as_ref()),
                looked.unexpected
            ],
        )
        .await?;
    }
    let groups: Vec<GroupRow> = tx
        .rows(
            "SELECT asset_id, source, max(listed_at) AS listed_at FROM inventory_software
             WHERE asset_id = $1 OR asset_id = $2 GROUP BY asset_id, source ORDER BY source",
            params![kept, gone],
        )
        .await?;
    for theirs in groups.iter().filter(|group| group.asset_id == gone) {
        let own = groups
            .iter()
            .find(|group| group.asset_id == kept && group.source == theirs.source);
        let is_newer = own.is_none_or(|own| theirs.listed_at > own.listed_at);
        let dropped = if is_newer { kept } else { gone };
        tx.execute(
            "DELETE FROM inventory_software WHERE asset_id = $1 AND source = $2",
            params![dropped, &theirs.source],
        )
        .await?;
    }
    tx.execute(
        "UPDATE inventory_software SET asset_id = $1 WHERE asset_id = $2",
        params![kept, gone],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_follow_wherever_they_stand_and_none_stands_twice() {
        let mut value = json!({ "system": "a", "hosts": ["a", "b"], "note": "a is here" });
        follow(&mut value, "a", "b");
        let expected = json!({ "system": "b", "hosts": ["b"], "note": "a is here" });
        assert_eq!(value, expected);
    }
}
