//! What is known of devices beside their records: by what they are recognised, when they were last
//! seen, their software and services; and devices that stand in no row.

use std::collections::{BTreeMap, HashMap};

use discovery::model::{Device, Service};
use discovery::reconcile::BaselineService;
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::time::Instant;
use yagura_store::{
    ComposedSql, Database, Engine, Params, StoreError, Transaction, Value, params, placeholders,
    row,
};

use super::write::{Act, Changed, REFERENCE_COLUMNS, change_many, reference_rows, sort_key};
use super::{Edit, InventoryError, Read, person_of};
use crate::import::{Duty, Identity, Known, Plan, SoftwareGroup, SoftwareLine, Stranger};
use crate::model::{Asset, Content, MOST_RECORDS};

row! {
    struct KnownRow {
        id: Uuid,
        revision: i64,
        content: String,
        identity: Option<String>,
        last_seen_at: Option<Instant>,
        baseline: Option<String>,
    }
}

const KNOWN: &str = "SELECT r.id AS id, r.revision AS revision, r.content AS content,
        s.identity AS identity, s.last_seen_at AS last_seen_at, s.baseline AS baseline
     FROM inventory_records r LEFT JOIN inventory_sightings s ON s.asset_id = r.id
     WHERE r.organization_id = $1 AND r.kind = 'asset' AND r.removed_at IS NULL
     ORDER BY r.id";

impl KnownRow {
    fn read(self) -> Result<Known, StoreError> {
        Ok(Known {
            id: self.id,
            revision: self.revision,
            asset: serde_json::from_str(&self.content)?,
            identity: match &self.identity {
                Some(text) => serde_json::from_str(text)?,
                None => Identity::default(),
            },
            last_seen: self.last_seen_at,
            baseline: self
                .baseline
                .as_deref()
                .map(serde_json::from_str)
                .transpose()?,
        })
    }
}

/// From where something is read: beside or within a transaction.
pub(crate) enum Reader<'a> {
    Database(&'a Database),
    Transaction(&'a mut Transaction),
}

/// Every device of a register with what is known of it.
pub(crate) async fn known(
    reader: Reader<'_>,
    organization: OrganizationId,
) -> Result<Vec<Known>, StoreError> {
    let rows: Vec<KnownRow> = match reader {
        Reader::Database(database) => database.rows(KNOWN, params![organization]).await?,
        Reader::Transaction(tx) => {
            // Two imports that are confirmed at once would both add what neither found.
            if tx.engine() == Engine::Postgres {
                let sql = "SELECT id FROM organizations WHERE id = $1 FOR UPDATE";
                tx.execute(sql, params![organization]).await?;
            }
            tx.rows(KNOWN, params![organization]).await?
        }
    };
    rows.into_iter().map(KnownRow::read).collect()
}

const RECORD_COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "kind",
    "name",
    "sort_key",
    "search_key",
    "class",
    "department",
    "system_id",
    "asset_id",
    "vendor_id",
    "gone",
    "content",
    "revision",
    "updated_at",
];
const EVENT_COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "record_id",
    "kind",
    "name",
    "at",
    "by_person",
    "event",
    "detail",
];
const SOFTWARE_COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "asset_id",
    "source",
    "name",
    "version",
    "vendor",
    "purl",
    "cpe",
    "listed_at",
];

struct Writer<'a> {
    act: Act<'a>,
    software: Vec<Params>,
}

impl Writer<'_> {
    /// Notes what was learned of a device.
    async fn learn(
        &mut self,
        tx: &mut Transaction,
        asset: Uuid,
        duty: &Duty,
        unexpected: usize,
    ) -> Result<(), StoreError> {
        let services = duty.services.as_ref().map(serde_json::to_string);
        let services = services.transpose()?;
        let seen_at = duty.seen_at.map(Instant::from_micros);
        let services_at = services.as_ref().map(|_| seen_at.unwrap_or(self.act.now));
        tx.execute_later(
            "INSERT INTO inventory_sightings (asset_id, organization_id, identity, last_seen_at,
                seen_by, services, services_at, unexpected)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (asset_id) DO UPDATE SET
                identity = excluded.identity,
                seen_by = CASE WHEN excluded.last_seen_at IS NULL
                    THEN inventory_sightings.seen_by ELSE excluded.seen_by END,
                last_seen_at = CASE
                    WHEN excluded.last_seen_at IS NULL THEN inventory_sightings.last_seen_at
                    WHEN inventory_sightings.last_seen_at > excluded.last_seen_at
                    THEN inventory_sightings.last_seen_at ELSE excluded.last_seen_at END,
                unexpected = CASE WHEN excluded.services IS NULL
                    THEN inventory_sightings.unexpected ELSE excluded.unexpected END,
                services = COALESCE(excluded.services, inventory_sightings.services),
                services_at = COALESCE(excluded.services_at, inventory_sightings.services_at)",
            params![
                asset,
                self.act.organization,
                serde_json::to_string(&duty.identity)?,
                seen_at,
                duty.sources.join("、"),
                services,
                services_at,
                i64::try_from(unexpected).unwrap_or(i64::MAX)
            ],
        )
        .await?;
        self.list(tx, asset, &duty.software).await
    }

    /// Replaces the software lists of a device that have newer ones.
    async fn list(
        &mut self,
        tx: &mut Transaction,
        asset: Uuid,
        software: &BTreeMap<SoftwareGroup, Vec<SoftwareLine>>,
    ) -> Result<(), StoreError> {
        for (group, list) in software {
            tx.execute_later(
                "DELETE FROM inventory_software WHERE asset_id = $1 AND source = $2",
                params![asset, group.code()],
            )
            .await?;
            for line in list {
                self.software.push(params![
                    self.act.ids.id(),
                    self.act.organization,
                    asset,
                    group.code(),
                    &line.name,
                    &line.version,
                    &line.vendor,
                    &line.purl,
                    &line.cpe,
                    self.act.now
                ]);
            }
        }
        Ok(())
    }
}

/// Does what a plan says, in the caller's transaction. Returns the ids of the new records, in the
/// order of the plan's new devices that are not left out.
///
/// # Errors
/// [`InventoryError::Full`]; [`InventoryError::LookAgain`] where somebody changed a record since
/// the plan was made.
pub(crate) async fn apply(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    import: Uuid,
    plan: &Plan,
    now: Instant,
) -> Result<Vec<Uuid>, InventoryError> {
    let mut writer = Writer {
        act: Act::of(proof, ids, now),
        software: Vec::new(),
    };
    let new: Vec<&Asset> = plan
        .new
        .iter()
        .filter(|new| !new.is_left_out)
        .map(|new| &new.asset)
        .collect();
    let added = add_all(tx, &writer.act, &json!({ "import": import }), &new).await?;
    let kept = || plan.seen.iter().filter(|seen| !seen.is_left_out);
    let changed: Vec<Changed<'_, Asset>> = kept()
        .filter(|seen| seen.changes())
        .map(|seen| Changed {
            id: seen.id,
            revision: seen.revision,
            content: &seen.after,
        })
        .collect();
    match change_many(tx, &writer.act, &changed).await {
        Err(InventoryError::Store(StoreError::Conflict) | InventoryError::NotFound) => {
            return Err(InventoryError::LookAgain);
        }
        other => other?,
    }
    for seen in kept() {
        let unexpected = seen.unexpected_services.len();
        writer.learn(tx, seen.id, &seen.duty, unexpected).await?;
    }
    let new = plan.new.iter().filter(|new| !new.is_left_out);
    for (id, new) in added.iter().zip(new) {
        writer.learn(tx, *id, &new.duty, 0).await?;
    }
    for product in &plan.products {
        let Some(asset) = product.asset else { continue };
        // The parts belong to the device; nothing is learned of the device itself.
        let software = BTreeMap::from([(product.group, product.software.clone())]);
        writer.list(tx, asset, &software).await?;
    }
    let software = std::mem::take(&mut writer.software);
    tx.insert_many("inventory_software", SOFTWARE_COLUMNS, software)
        .await?;
    Ok(added)
}

/// Adds records in a few statements, however many there are. Returns their ids in order.
pub(super) async fn add_all<C: Content>(
    tx: &mut Transaction,
    act: &Act<'_>,
    detail: &Json,
    new: &[&C],
) -> Result<Vec<Uuid>, InventoryError> {
    let kept = tx
        .count(
            "SELECT count(*) AS n FROM inventory_records
             WHERE organization_id = $1 AND kind = $2 AND removed_at IS NULL",
            params![act.organization, C::KIND.code()],
        )
        .await?;
    if kept.saturating_add(i64::try_from(new.len()).unwrap_or(i64::MAX)) > MOST_RECORDS {
        return Err(InventoryError::Full);
    }
    let mut added = Vec::with_capacity(new.len());
    let mut records = Vec::with_capacity(new.len());
    let mut events = Vec::with_capacity(new.len());
    let mut references = Vec::new();
    for content in new {
        let id = act.ids.id();
        references.extend(reference_rows(id, *content));
        let mut detail = detail.clone();
        if let Json::Object(fields) = &mut detail {
            fields.insert("class".to_owned(), Json::from(content.class()));
        }
        records.push(params![
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
            1_i64,
            act.now
        ]);
        events.push(params![
            act.ids.id(),
            act.organization,
            id,
            C::KIND.code(),
            content.name(),
            act.now,
            act.by,
            "added",
            &detail
        ]);
        added.push(id);
    }
    tx.insert_many("inventory_records", RECORD_COLUMNS, records)
        .await?;
    tx.insert_many("inventory_references", REFERENCE_COLUMNS, references)
        .await?;
    tx.insert_many("inventory_events", EVENT_COLUMNS, events)
        .await?;
    Ok(added)
}

row! {
    /// A device that stands in no row.
    #[derive(Debug, Clone)]
    pub(crate) struct StrangerRow {
        /// Its id.
        pub(crate) id: Uuid,
        /// By what it is recognised.
        pub(crate) key: String,
        /// As people would call it.
        pub(crate) label: String,
        /// What was seen, as JSON.
        pub(crate) device: String,
        /// The sources, as text.
        pub(crate) sources: String,
        /// When an import first named it.
        pub(crate) first_seen_at: Instant,
        /// When it was last there.
        pub(crate) last_seen_at: Instant,
        /// Why it stays out of the register, where somebody said so.
        pub(crate) excused: Option<String>,
    }
}

impl StrangerRow {
    /// What was seen.
    pub(crate) fn device(&self) -> Result<Device, StoreError> {
        Ok(serde_json::from_str(&self.device)?)
    }
}

const STRANGERS: &str = "SELECT id, key, label, device, sources, first_seen_at, last_seen_at,
        excused FROM inventory_strangers WHERE organization_id = $1";

/// How many devices that stand in no row are kept and shown.
pub(crate) const MOST_STRANGERS: i64 = 5_000;

/// The devices that stand in no row, those that nobody excused first.
pub(crate) async fn strangers(
    reader: Reader<'_>,
    organization: OrganizationId,
) -> Result<Vec<StrangerRow>, StoreError> {
    let sql = format!(
        "{STRANGERS} ORDER BY CASE WHEN excused IS NULL THEN 0 ELSE 1 END, last_seen_at DESC, id
         LIMIT {MOST_STRANGERS}"
    );
    match reader {
        Reader::Database(database) => {
            let values = params![organization];
            database.rows(ComposedSql(sql), values).await
        }
        Reader::Transaction(tx) => tx.rows(ComposedSql(sql), params![organization]).await,
    }
}

row! {
    struct OwnerRow { organization_id: OrganizationId }
}

/// To which organisation a device that stands in no row belongs, before anything is authorised.
pub(crate) async fn stranger_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, InventoryError> {
    let sql = "SELECT organization_id FROM inventory_strangers WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    Ok(row.ok_or(InventoryError::NotFound)?.organization_id)
}

/// One of them, for who may edit the register.
pub(crate) async fn stranger(
    database: &Database,
    proof: &Edit,
    id: Uuid,
) -> Result<StrangerRow, InventoryError> {
    let sql = format!("{STRANGERS} AND id = $2");
    let values = params![proof.organization(), id];
    let found = database.optional(ComposedSql(sql), values).await?;
    found.ok_or(InventoryError::NotFound)
}

/// How many devices stand in no row and are not excused.
pub(crate) async fn unexcused_strangers(
    database: &Database,
    proof: &Read,
) -> Result<i64, StoreError> {
    database
        .count(
            "SELECT count(*) AS n FROM inventory_strangers
             WHERE organization_id = $1 AND excused IS NULL",
            params![proof.organization()],
        )
        .await
}

/// Notes devices that stay out of the register; those known already are seen anew.
pub(crate) async fn note_strangers(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    strangers: &[Stranger],
    now: Instant,
) -> Result<(), StoreError> {
    for stranger in strangers {
        let seen_at = stranger.seen_at.map_or(now, Instant::from_micros);
        tx.execute_later(
            "INSERT INTO inventory_strangers (id, organization_id, key, label, device, sources,
                first_seen_at, last_seen_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (organization_id, key) DO UPDATE SET
                label = excluded.label, device = excluded.device, sources = excluded.sources,
                last_seen_at = CASE
                    WHEN inventory_strangers.last_seen_at > excluded.last_seen_at
                    THEN inventory_strangers.last_seen_at ELSE excluded.last_seen_at END",
            params![
                ids.id(),
                proof.organization(),
                &stranger.key,
                &stranger.label,
                serde_json::to_string(&stranger.device)?,
                stranger.sources.join("、"),
                seen_at
            ],
        )
        .await?;
    }
    Ok(())
}

/// Forgets devices that stand in a row now.
pub(crate) async fn forget_strangers(
    tx: &mut Transaction,
    proof: &Edit,
    found: &[Uuid],
) -> Result<(), StoreError> {
    for part in found.chunks(500) {
        let mut values = params![proof.organization()];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "DELETE FROM inventory_strangers WHERE organization_id = $1 AND id IN ({})",
            placeholders(2, part.len())
        );
        tx.execute(ComposedSql(sql), values).await?;
    }
    Ok(())
}

/// Adds one device that stood in no row.
pub(crate) async fn register_stranger(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    stranger: &StrangerRow,
    asset: &Asset,
    now: Instant,
) -> Result<Uuid, InventoryError> {
    let touched = tx
        .execute(
            "DELETE FROM inventory_strangers WHERE organization_id = $1 AND id = $2",
            params![proof.organization(), stranger.id],
        )
        .await?;
    if touched == 0 {
        return Err(InventoryError::NotFound);
    }
    let id = super::add(tx, proof, ids, asset, now).await?;
    let device = stranger.device()?;
    let mut duty = Duty {
        seen_at: Some(stranger.last_seen_at.as_micros()),
        sources: vec![stranger.sources.clone()],
        ..Duty::default()
    };
    duty.identity.learn(&device, asset);
    let mut writer = Writer {
        act: Act::of(proof, ids, now),
        software: Vec::new(),
    };
    writer.learn(tx, id, &duty, 0).await?;
    Ok(id)
}

/// Notes why a device stays out of the register; without a reason it asks again.
pub(crate) async fn excuse(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    reason: Option<&str>,
    now: Instant,
) -> Result<(), InventoryError> {
    let touched = tx
        .execute(
            "UPDATE inventory_strangers SET excused = $1, excused_by = $2, excused_at = $3
             WHERE organization_id = $4 AND id = $5",
            params![reason, person_of(proof), now, proof.organization(), id],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(InventoryError::NotFound)
    }
}

row! {
    struct SightingRow {
        last_seen_at: Option<Instant>,
        seen_by: String,
        services: Option<String>,
        services_at: Option<Instant>,
        baseline: Option<String>,
    }
}

/// What was seen of a device of the register.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    /// When it was last there.
    pub(crate) last_seen: Option<Instant>,
    /// Who saw it.
    pub(crate) seen_by: String,
    /// The services that listened when somebody last looked.
    pub(crate) services: Option<Vec<Service>>,
    /// When that was.
    pub(crate) services_at: Option<Instant>,
    /// The services that it may offer.
    pub(crate) baseline: Option<Vec<BaselineService>>,
}

/// What was seen of a device, if anything.
pub(crate) async fn sighting(
    database: &Database,
    proof: &Read,
    asset: Uuid,
) -> Result<Option<Sighting>, StoreError> {
    let row: Option<SightingRow> = database
        .optional(
            "SELECT last_seen_at, seen_by, services, services_at, baseline
             FROM inventory_sightings WHERE asset_id = $1 AND organization_id = $2",
            params![asset, proof.organization()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Sighting {
        last_seen: row.last_seen_at,
        seen_by: row.seen_by,
        services: row
            .services
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?,
        services_at: row.services_at,
        baseline: row
            .baseline
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?,
    }))
}

/// The services that listen now are those that may listen from now on.
///
/// # Errors
/// [`InventoryError::LookAgain`] where nobody looked at the device's services, or somebody did again
/// since `seen_at`.
pub(crate) async fn accept_services(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    asset: Uuid,
    seen_at: Instant,
    now: Instant,
) -> Result<(), InventoryError> {
    row! { struct ServicesRow { services: Option<String>, services_at: Option<Instant>, name: String } }
    let row: Option<ServicesRow> = tx
        .optional(
            "SELECT s.services AS services, s.services_at AS services_at, r.name AS name
             FROM inventory_sightings s JOIN inventory_records r ON r.id = s.asset_id
             WHERE s.asset_id = $1 AND s.organization_id = $2",
            params![asset, proof.organization()],
        )
        .await?;
    let row = row.ok_or(InventoryError::LookAgain)?;
    let services = row.services.ok_or(InventoryError::LookAgain)?;
    if row.services_at != Some(seen_at) {
        return Err(InventoryError::LookAgain);
    }
    let services: Vec<Service> = serde_json::from_str(&services).map_err(StoreError::from)?;
    let mut baseline: Vec<BaselineService> = services
        .iter()
        .map(|service| BaselineService {
            protocol: service.protocol,
            port: service.port,
        })
        .collect();
    baseline.sort();
    baseline.dedup();
    tx.execute_later(
        "UPDATE inventory_sightings SET baseline = $1, unexpected = 0 WHERE asset_id = $2",
        params![
            serde_json::to_string(&baseline).map_err(StoreError::from)?,
            asset
        ],
    )
    .await?;
    let act = Act::of(proof, ids, now);
    let named = Asset {
        name: row.name,
        ..Asset::default()
    };
    let detail = json!({ "services": baseline });
    Ok(act
        .remember(tx, asset, &named, "services_accepted", &detail)
        .await?)
}

row! {
    /// One installed software of a device.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Software {
        /// The device.
        pub asset_id: Uuid,
        /// Who lists it: `inside`, `sbom`, `listed` or `scan`.
        pub source: String,
        /// Its name as the source writes it.
        pub name: String,
        /// Its version; empty where the source says none.
        pub version: String,
        /// Its maker; empty where the source says none.
        pub vendor: String,
        /// Its package URL; empty where the source says none.
        pub purl: String,
        /// Its CPE name; empty where the source says none.
        pub cpe: String,
    }
}

const SOFTWARE: &str = "SELECT asset_id, source, name, version, vendor, purl, cpe
     FROM inventory_software WHERE organization_id = $1";

/// The software of one device, by name, from after a name.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn software(
    database: &Database,
    proof: &Read,
    asset: Uuid,
    limit: i64,
) -> Result<Vec<Software>, StoreError> {
    let sql = format!("{SOFTWARE} AND asset_id = $2 ORDER BY name, version, id LIMIT $3");
    let values = params![proof.organization(), asset, limit];
    database.rows(ComposedSql(sql), values).await
}

/// The software of some devices, by device. At most a few thousand devices at a time.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn software_of_assets(
    database: &Database,
    proof: &Read,
    assets: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Software>>, StoreError> {
    let mut found: HashMap<Uuid, Vec<Software>> = HashMap::new();
    for part in assets.chunks(1_000) {
        let mut values = params![proof.organization()];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "{SOFTWARE} AND asset_id IN ({}) ORDER BY asset_id, name, version, id",
            placeholders(2, part.len())
        );
        let rows: Vec<Software> = database.rows(ComposedSql(sql), values).await?;
        for row in rows {
            found.entry(row.asset_id).or_default().push(row);
        }
    }
    Ok(found)
}
