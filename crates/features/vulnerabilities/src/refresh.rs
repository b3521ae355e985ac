//! The job that finds the products of an institution's devices, and the round that asks for it
//! where a register or what is known of products has changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use yagura_inventory::model::{Asset, Connection, Level, Record, System};
use yagura_inventory::{Cursor, Filter};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::actions;
use yagura_kernel::time::Instant;
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress, ensure_waiting};
use yagura_store::{Database, StoreError, directory};
use yagura_web::App;

use crate::model::Exposure;
use crate::model::products::{Known, TextKind, TextState, products, text_key, texts_of};
use crate::proof_for;
use crate::shared::Shared;
use crate::store::VulnerabilityError;
use crate::store::products::{self as stored, Device, NewText};
use crate::store::{dictionary, feeds};

/// The kind of the job for one institution.
pub const JOB: &str = "vulnerabilities-refresh";
/// The kind of the round over all institutions.
pub const ROUND: &str = "vulnerabilities-round";
/// How many records are read and written together.
const PART: i64 = 500;

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

/// How important each system is: the highest of its three values.
async fn importances(
    app: &App,
    organization: OrganizationId,
) -> Result<HashMap<Uuid, i64>, VulnerabilityError> {
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
            let highest = levels.into_iter().map(rank).max().unwrap_or(0);
            found.insert(record.id, highest);
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
    let known = Known {
        own: &own,
        shared: &common,
        dictionary: &names,
    };
    let exposures = exposures(app, organization).await?;
    let importances = importances(app, organization).await?;
    let mut present: HashSet<Uuid> = HashSet::new();
    let mut texts: BTreeMap<(TextKind, String), NewText> = BTreeMap::new();
    let mut after: Option<Cursor> = None;
    loop {
        let part: Vec<Record<Asset>> =
            yagura_inventory::list(database, &read, &Filter::default(), after.as_ref(), PART)
                .await?;
        let Some(last) = part.last() else { break };
        after = Some(Cursor::after(last));
        let mut devices = Vec::new();
        for record in part {
            let asset = &record.content;
            let found = products(&texts_of(asset), &known);
            for text in &found.texts {
                let entry = texts
                    .entry((text.kind, text_key(&text.text)))
                    .or_insert_with(|| NewText {
                        text: text.text.clone(),
                        kind: text.kind,
                        state: text.state,
                        score: text.certainty,
                        devices: 0,
                    });
                entry.devices += 1;
            }
            let of_system = asset.system.and_then(|system| importances.get(&system));
            present.insert(record.id);
            devices.push(Device {
                id: record.id,
                name: asset.name.clone(),
                department: asset.department.clone(),
                system: asset.system,
                vendor: asset.vendor,
                exposure: exposures
                    .get(&record.id)
                    .copied()
                    .unwrap_or(Exposure::Inside),
                importance: rank(asset.importance).max(of_system.copied().unwrap_or(0)),
                support_until: asset.support_until,
                products: found,
            });
        }
        let mut tx = database.begin_long().await?;
        stored::put_devices(&mut tx, &assess, app.ids(), &devices).await?;
        tx.commit().await?;
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
