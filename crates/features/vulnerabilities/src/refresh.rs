//! The job that finds the products of an institution's devices, and the round that asks for it
//! where a register or what is known of products has changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_inventory::model::{Asset, AssetState, Connection, Level, PatchState, Record, System};
use yagura_inventory::{Cursor, Filter};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, Instant};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress, ensure_waiting};
use yagura_store::{Database, StoreError, directory};
use yagura_web::App;

use crate::model::Exposure;
use crate::model::products::{
    Known, TextKind, TextState, products, software_texts, text_key, texts_of,
};
use crate::proof_for;
use crate::shared::Shared;
use crate::store::VulnerabilityError;
use crate::store::products::{self as stored, Device, NewText};
use crate::store::{dictionary, feeds};

/// The kind of the job for one institution.
pub const JOB: &str = "vulnerabilities-refresh";
/// The kind of the round over all institutions.
pub const ROUND: &str = "vulnerabilities-round";
/// How many records are read together.
const PART: i64 = 500;
/// How many devices are looked at together with their programs.
const WITH_PROGRAMS: usize = 100;

/// The job for an institution, once however often it is asked for.
#[must_use]
pub fn job(organization: OrganizationId, now: Instant) -> NewJob {
    NewJob::now(
        JOB,
        json!({ "organization": organization.to_string() }),
        now,
    )
    .once(format!("{JOB}:{organization}"))
}

/// Does the job.
#[derive(Debug)]
pub struct RefreshHandler {
    /// The program.
    pub app: App,
    /// The dictionary.
    pub shared: Arc<Shared>,
}

#[async_trait]
impl JobHandler for RefreshHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job, _progress: &Progress) -> Result<(), String> {
        let organization = job
            .payload
            .get("organization")
            .and_then(serde_json::Value::as_str)
            .and_then(|id| id.parse().ok())
            .ok_or("the job names no organisation")?;
        refresh(&self.app, &self.shared, organization)
            .await
            .map_err(|error| error.to_string())
    }
}

/// Goes round the institutions.
#[derive(Debug)]
pub struct RoundHandler {
    /// The program.
    pub app: App,
}

#[async_trait]
impl JobHandler for RoundHandler {
    fn kind(&self) -> &'static str {
        ROUND
    }

    async fn run(&self, _job: &Job, progress: &Progress) -> Result<(), String> {
        round(&self.app, progress)
            .await
            .map_err(|error| error.to_string())
    }
}

const INSTITUTIONS: [OrganizationKind; 4] = [
    OrganizationKind::Hospital,
    OrganizationKind::Clinic,
    OrganizationKind::DentalClinic,
    OrganizationKind::Pharmacy,
];

async fn round(app: &App, progress: &Progress) -> Result<(), VulnerabilityError> {
    let database = app.database();
    let names = feeds::counter(database, "names").await?;
    let mut done = 0;
    for kind in INSTITUTIONS {
        let mut after = None;
        loop {
            let part = directory::of_kind(database, kind, after, 200).await?;
            let Some(last) = part.last() else { break };
            after = Some(last.id);
            for organization in &part {
                let newest = newest_event(database, organization.id).await?;
                let known = stored::refreshed(database, organization.id).await?;
                let is_old = match known {
                    None => newest.is_some(),
                    Some(known) => {
                        known.last_event != newest
                            || (newest.is_some() && known.names_generation < names)
                    }
                };
                if is_old {
                    let mut tx = database.begin().await?;
                    let now = app.now();
                    ensure_waiting(&mut tx, app.ids(), job(organization.id, now), now).await?;
                    tx.commit().await?;
                    app.wake().notify_one();
                }
            }
            done += i64::try_from(part.len()).unwrap_or_default();
            progress.report(done, 0).await?;
        }
    }
    Ok(())
}

async fn newest_event(
    database: &Database,
    organization: OrganizationId,
) -> Result<Option<Uuid>, VulnerabilityError> {
    let proof = proof_for::<actions::ReadInventory>(organization)?;
    let newest = yagura_inventory::events(database, &proof, None, None, 1).await?;
    Ok(newest.first().map(|event| event.id))
}

/// How each end device of an external connection is reached, on a day.
async fn exposures(
    app: &App,
    organization: OrganizationId,
) -> Result<HashMap<Uuid, Exposure>, VulnerabilityError> {
    let proof = proof_for::<actions::ReadInventory>(organization)?;
    let mut found: HashMap<Uuid, Exposure> = HashMap::new();
    let mut after: Option<Cursor> = None;
    loop {
        let part: Vec<Record<Connection>> = yagura_inventory::list(
            app.database(),
            &proof,
            &Filter::default(),
            after.as_ref(),
            PART,
        )
        .await?;
        let Some(last) = part.last() else {
            return Ok(found);
        };
        after = Some(Cursor::after(last));
        for record in &part {
            // A connection whose permission is over stands until somebody cuts it.
            let Some(asset) = record.content.end_device_asset else {
                continue;
            };
            let exposure = if record.content.mechanism.faces_internet() {
                Exposure::Internet
            } else {
                Exposure::Line
            };
            let entry = found.entry(asset).or_insert(exposure);
            *entry = (*entry).max(exposure);
        }
    }
}

const fn rank(level: Level) -> i64 {
    match level {
        Level::Unknown => 0,
        Level::Low => 1,
        Level::Medium => 2,
        Level::High => 3,
    }
}

/// What a device has from its system, where it has none of its own.
#[derive(Debug, Clone, Copy)]
struct OfSystem {
    /// How important it is: the highest of its three values.
    importance: i64,
    vendor: Option<OrganizationId>,
    support_until: Option<Date>,
}

async fn of_systems(
    app: &App,
    organization: OrganizationId,
) -> Result<HashMap<Uuid, OfSystem>, VulnerabilityError> {
    let proof = proof_for::<actions::ReadInventory>(organization)?;
    let mut found = HashMap::new();
    let mut after: Option<Cursor> = None;
    loop {
        let part: Vec<Record<System>> = yagura_inventory::list(
            app.database(),
            &proof,
            &Filter::default(),
            after.as_ref(),
            PART,
        )
        .await?;
        let Some(last) = part.last() else {
            return Ok(found);
        };
        after = Some(Cursor::after(last));
        for record in &part {
            let levels = [
                record.content.confidentiality,
                record.content.integrity,
                record.content.availability,
            ];
            let of = OfSystem {
                importance: levels.into_iter().map(rank).max().unwrap_or(0),
                vendor: record.content.vendor,
                support_until: record.content.support_until,
            };
            found.insert(record.id, of);
        }
    }
}

/// Finds the products of every device of an institution, and asks for the matching of those that
/// changed.
///
/// # Errors
/// [`VulnerabilityError`]; what was written before stands, and the job goes over all again.
pub async fn refresh(
    app: &App,
    shared: &Shared,
    organization: OrganizationId,
) -> Result<(), VulnerabilityError> {
    let database = app.database();
    let read = proof_for::<actions::ReadInventory>(organization)?;
    let assess = proof_for::<actions::AssessVulnerabilities>(organization)?;
    // Read before the records: what changes meanwhile is seen in the next round.
    let newest = newest_event(database, organization).await?;
    let (names_generation, names) = shared.names(app).await?;
    let (own, common) = dictionary::known(database, organization).await?;
    let known = Known::new(&own, &common, &names);
    let exposures = exposures(app, organization).await?;
    let systems = of_systems(app, organization).await?;
    let mut present: HashSet<Uuid> = HashSet::new();
    let mut texts: BTreeMap<(TextKind, String), NewText> = BTreeMap::new();
    let mut after: Option<Cursor> = None;
    loop {
        let part: Vec<Record<Asset>> =
            yagura_inventory::list(database, &read, &Filter::default(), after.as_ref(), PART)
                .await?;
        let Some(last) = part.last() else { break };
        after = Some(Cursor::after(last));
        for some in part.chunks(WITH_PROGRAMS) {
            let ids: Vec<Uuid> = some.iter().map(|record| record.id).collect();
            let programs = yagura_inventory::software_of_assets(database, &read, &ids).await?;
            let mut devices = Vec::new();
            for record in some {
                let asset = &record.content;
                let mut named = texts_of(asset);
                let listed = programs
                    .get(&record.id)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let system = named
                    .iter()
                    .find(|text| text.kind == TextKind::Os)
                    .and_then(|text| known.meaning_of(text).names.into_iter().next());
                let listed = software_texts(listed, system.as_ref(), &names);
                named.extend(listed.texts);
                let mut found = products(&named, &known);
                found.add(listed.packaged);
                let mut here: HashSet<(TextKind, String)> = HashSet::new();
                for text in &found.texts {
                    let key = (text.kind, text_key(&text.text));
                    let is_first = here.insert(key.clone());
                    let entry = texts.entry(key).or_insert_with(|| NewText {
                        text: text.text.clone(),
                        kind: text.kind,
                        state: text.state,
                        score: text.certainty,
                        devices: 0,
                    });
                    entry.devices += i64::from(is_first);
                }
                let of_system = asset.system.and_then(|system| systems.get(&system));
                present.insert(record.id);
                devices.push(Device {
                    id: record.id,
                    name: asset.name.clone(),
                    department: asset.department.clone(),
                    system: asset.system,
                    vendor: asset.vendor.or(of_system.and_then(|system| system.vendor)),
                    exposure: exposures
                        .get(&record.id)
                        .copied()
                        .unwrap_or(Exposure::Inside),
                    importance: rank(asset.importance)
                        .max(of_system.map_or(0, |system| system.importance)),
                    support_until: asset
                        .support_until
                        .or(of_system.and_then(|system| system.support_until)),
                    in_use: asset.state == AssetState::InUse,
                    patch_known: asset.patch != PatchState::Unknown,
                    packages: listed.packages,
                    products: found,
                });
            }
            let mut tx = database.begin_long().await?;
            stored::put_devices(&mut tx, &assess, app.ids(), &devices).await?;
            tx.commit().await?;
        }
    }
    let texts: Vec<NewText> = texts.into_values().filter(worth_telling).collect();
    let mut tx = database.begin_long().await?;
    stored::drop_others(&mut tx, &assess, &present).await?;
    stored::put_texts(&mut tx, &assess, app.ids(), &texts).await?;
    let now = app.now();
    stored::note_refreshed(&mut tx, &assess, newest, names_generation, now).await?;
    ensure_waiting(&mut tx, app.ids(), crate::matching::job(now), now).await?;
    tx.commit().await?;
    app.wake().notify_one();
    Ok(())
}

fn worth_telling(text: &NewText) -> bool {
    text.state != TextState::Unknown || text.text.chars().any(char::is_alphanumeric)
}

/// For how long changes of a register are gathered, in seconds: somebody who enters devices enters
/// several.
const GATHERED_SECONDS: i64 = 20;

/// Asks in the transaction of a change of the register that what is derived from it follows. The
/// round finds what is written past it.
pub(crate) async fn ask_soon(
    app: &App,
    tx: &mut yagura_store::Transaction,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let now = app.now();
    let mut soon = job(organization, now);
    soon.run_at = now.plus_seconds(GATHERED_SECONDS);
    ensure_waiting(tx, app.ids(), soon, now).await
}

/// Asks for the job of an institution in a transaction.
pub(crate) async fn ask(
    app: &App,
    tx: &mut yagura_store::Transaction,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let now = app.now();
    ensure_waiting(tx, app.ids(), job(organization, now), now).await?;
    app.wake().notify_one();
    Ok(())
}
