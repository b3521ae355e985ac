//! The job that holds the register against the feeds.
//!
//! Devices whose products changed are held against the compiled index, each distinct set of
//! products once. After a feed of some thousand changed vulnerabilities it is the other way round:
//! each changed vulnerability is held against all distinct sets, and no index is needed.
//! Everything is done again from the database; a job that is cut off goes on where it was.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;
use vulnmatch::applicability::{Finding, Outcome};
use vulnmatch::cpe::Name;
use vulnmatch::index::{Estate, Index, Scratch, SetId};
use vulnmatch::model::{Confidence, Reason, Source, Statement};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress, ensure_waiting};
use yagura_web::{App, Records};

use crate::shared::Shared;
use crate::store::VulnerabilityError;
use crate::store::feeds::{self, key};
use crate::store::matches::{self, Applied, DeviceRow, Hit, Holds, Writer};

/// The kind of the job.
pub const JOB: &str = "vulnerabilities-match";
/// Up to how many changed vulnerabilities are held against all sets; from more on every set is held
/// against the index.
const MOST_CHANGED: i64 = 5_000;
/// How many devices are written together.
const DEVICES: i64 = 200;
/// How many changed vulnerabilities are held against the sets together.
const CHANGES: usize = 200;
/// How long a process has the right to match without a sign of life, in seconds.
const TURN_SECONDS: i64 = 600;

/// The job, once however often it is asked for.
#[must_use]
pub fn job(now: Instant) -> NewJob {
    NewJob::now(JOB, json!({}), now).once(JOB)
}

/// Does the job.
#[derive(Debug)]
pub struct MatchHandler {
    /// The program.
    pub app: App,
    /// The index.
    pub shared: Arc<Shared>,
}

#[async_trait]
impl JobHandler for MatchHandler {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, _job: &Job, progress: &Progress) -> Result<(), String> {
        let proof = crate::own_proof::<actions::ManageFeeds>()?;
        let now = self.app.now();
        let until = now.plus_seconds(TURN_SECONDS);
        let told = |error: yagura_store::StoreError| error.to_string();
        let database = self.app.database();
        if !feeds::take_turn(database, now, until).await.map_err(told)? {
            // Another process is at it; what it does not see is looked at afterwards.
            let mut tx = database.begin().await.map_err(told)?;
            let mut later = job(now);
            later.run_at = now.plus_seconds(30);
            ensure_waiting(&mut tx, self.app.ids(), later, now)
                .await
                .map_err(told)?;
            return tx.commit().await.map_err(told);
        }
        let outcome = run(&self.app, &self.shared, &proof, Some(progress)).await;
        feeds::end_turn(database, Instant::from_micros(0))
            .await
            .map_err(told)?;
        outcome.map(|_| ()).map_err(|error| error.to_string())?;
        crate::operations::requests::ask_by_itself(&self.app)
            .await
            .map_err(told)?;
        crate::notices::after_matching(&self.app)
            .await
            .map_err(told)
    }
}

/// Matches what changed.
///
/// # Errors
/// [`VulnerabilityError`]; what was matched before stands.
pub async fn run(
    app: &App,
    shared: &Shared,
    proof: &Authorized<actions::ManageFeeds>,
    progress: Option<&Progress>,
) -> Result<Applied, VulnerabilityError> {
    let database = app.database();
    let target = feeds::counter(database, "generation").await?;
    let matched = feeds::counter(database, "matched").await?;
    let mut applied = Applied::default();
    let changed = matches::changed(database, matched, target, MOST_CHANGED + 1).await?;
    let many = i64::try_from(changed.len()).unwrap_or(i64::MAX) > MOST_CHANGED;
    if many {
        let mut tx = database.begin_long().await?;
        matches::match_everything(&mut tx, proof).await?;
        // From here on the marks on the devices say what is to be done.
        feeds::raise_to(&mut tx, "matched", target).await?;
        tx.commit().await?;
    } else if !changed.is_empty() {
        applied += changes(app, proof, &changed).await?;
    }
    weigh(app, proof, (matched, target)).await?;
    if !many {
        let mut tx = database.begin().await?;
        feeds::raise_to(&mut tx, "matched", target).await?;
        tx.commit().await?;
    }
    applied += devices(app, shared, proof, progress).await?;
    Ok(applied)
}

/// Holds devices whose products changed against the index.
async fn devices(
    app: &App,
    shared: &Shared,
    proof: &Authorized<actions::ManageFeeds>,
    progress: Option<&Progress>,
) -> Result<Applied, VulnerabilityError> {
    let database = app.database();
    let mut applied = Applied::default();
    let mut done = 0;
    let mut known: HashMap<Uuid, Arc<Matched>> = HashMap::new();
    let mut index: Option<Arc<Index>> = None;
    loop {
        let waiting = matches::waiting(database, DEVICES).await?;
        if waiting.is_empty() {
            return Ok(applied);
        }
        let index = match &index {
            Some(index) => Arc::clone(index),
            None => {
                let (_, opened) = shared.index(app).await?;
                index = Some(Arc::clone(&opened));
                opened
            }
        };
        let mut sets: Vec<(Uuid, Vec<Name>)> = Vec::new();
        for device in &waiting {
            if let Some(set) = device.set_id
                && !known.contains_key(&set)
                && !sets.iter().any(|(other, _)| *other == set)
            {
                sets.push((set, names_of(device.cpes.as_ref())));
            }
        }
        let found = tokio::task::spawn_blocking(move || {
            let mut scratch = Scratch::default();
            sets.into_iter()
                .map(|(set, names)| {
                    let findings = index.findings(&names, &mut scratch);
                    let named: Vec<String> = names.iter().map(ToString::to_string).collect();
                    (set, matched(findings, &named))
                })
                .collect::<Vec<_>>()
        })
        .await
        .map_err(|error| VulnerabilityError::Index(error.to_string()))?;
        if known.len() > 5_000 {
            known.clear();
        }
        known.extend(
            found
                .into_iter()
                .map(|(set, matched)| (set, Arc::new(matched))),
        );
        applied += write(app, proof, &waiting, &known, None).await?;
        done += i64::try_from(waiting.len()).unwrap_or_default();
        if let Some(progress) = progress {
            progress.report(done, 0).await?;
            let until = app.now().plus_seconds(TURN_SECONDS);
            feeds::end_turn(database, until).await?;
        }
    }
}

/// Holds changed vulnerabilities against every set.
async fn changes(
    app: &App,
    proof: &Authorized<actions::ManageFeeds>,
    changed: &[i64],
) -> Result<Applied, VulnerabilityError> {
    let database = app.database();
    let mut estate = Estate::new();
    let mut sets: Vec<Uuid> = Vec::new();
    let mut numbers: HashMap<SetId, Uuid> = HashMap::new();
    let mut after = Uuid::nil();
    loop {
        let part = matches::sets(database, after, 1_000).await?;
        let Some(last) = part.last() else { break };
        after = last.id;
        for row in &part {
            let number = u64::try_from(sets.len()).unwrap_or(u64::MAX);
            sets.push(row.id);
            numbers.insert(estate.put(number, &names_of(Some(&row.cpes))), row.id);
        }
    }
    let estate = Arc::new(estate);
    let mut applied = Applied::default();
    for part in changed.chunks(CHANGES) {
        let statements = feeds::statements_of(database, part).await?;
        let estate = Arc::clone(&estate);
        let touched = tokio::task::spawn_blocking(move || touched(&estate, &statements))
            .await
            .map_err(|error| VulnerabilityError::Index(error.to_string()))?;
        let known: HashMap<Uuid, Arc<Matched>> = touched
            .into_iter()
            .filter_map(|(set, matched)| Some((*numbers.get(&set)?, Arc::new(matched))))
            .collect();
        // Devices that are touched now, and devices that were before.
        let ids: Vec<Uuid> = known.keys().copied().collect();
        let mut devices: HashMap<Uuid, DeviceRow> = HashMap::new();
        for some in ids.chunks(400) {
            let mut after = Uuid::nil();
            loop {
                let found = matches::with_sets(database, some, after, 1_000).await?;
                let Some(last) = found.last() else { break };
                after = last.asset_id;
                devices.extend(found.into_iter().map(|row| (row.asset_id, row)));
            }
        }
        let mut after = Uuid::nil();
        loop {
            let found = matches::with_findings(database, part, after, 1_000).await?;
            let Some(last) = found.last() else { break };
            after = last.asset_id;
            devices.extend(found.into_iter().map(|row| (row.asset_id, row)));
        }
        let devices: Vec<DeviceRow> = devices.into_values().collect();
        for some in devices.chunks(usize::try_from(DEVICES).unwrap_or(200)) {
            applied += write(app, proof, some, &known, Some(part)).await?;
        }
    }
    Ok(applied)
}

/// What the statements about some vulnerabilities mean for each set.
fn touched(estate: &Estate, statements: &[Statement]) -> HashMap<SetId, Matched> {
    let mut findings: HashMap<SetId, Vec<Finding>> = HashMap::new();
    for statement in statements {
        // Overrides replace what NVD says of the same vulnerability, as in the index.
        let silenced = statement.source == Source::Nvd
            && statements
                .iter()
                .any(|other| other.id == statement.id && other.source == Source::Overrides);
        if silenced {
            continue;
        }
        for touched in estate.touched_by(statement) {
            findings
                .entry(touched.set)
                .or_default()
                .push(touched.finding);
        }
    }
    findings
        .into_iter()
        .map(|(set, findings)| {
            let named: Vec<String> = estate.names(set).map(ToString::to_string).collect();
            (set, matched(findings, &named))
        })
        .collect()
}

async fn write(
    app: &App,
    proof: &Authorized<actions::ManageFeeds>,
    devices: &[DeviceRow],
    known: &HashMap<Uuid, Arc<Matched>>,
    only: Option<&[i64]>,
) -> Result<Applied, VulnerabilityError> {
    let nothing = Matched::default();
    let of = |device: &DeviceRow| device.set_id.and_then(|set| known.get(&set));
    let mut ids: Vec<i64> = devices
        .iter()
        .filter_map(of)
        .flat_map(|matched| matched.hits.keys().chain(matched.undecided.keys()).copied())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let lights = matches::lights(app.database(), &ids).await?;
    // Where only the version is missing, a finding is made for what is known to be exploited; the
    // rest is counted, and the version is asked for.
    let mut split: HashMap<Uuid, (HashMap<i64, Hit>, i64)> = HashMap::new();
    for device in devices {
        let (Some(set), Some(matched)) = (device.set_id, of(device)) else {
            continue;
        };
        split.entry(set).or_insert_with(|| {
            let mut hits = matched.hits.clone();
            let mut undecided = 0;
            for (id, hit) in &matched.undecided {
                match lights.get(id) {
                    Some(light) if light.exploited.is_some() => {
                        hits.insert(*id, hit.clone());
                    }
                    Some(_) => undecided += 1,
                    None => {}
                }
            }
            (hits, undecided)
        });
    }
    let none = (nothing.hits, 0);
    let holds: Vec<Holds<'_>> = devices
        .iter()
        .map(|device| {
            let (hits, undecided) = device
                .set_id
                .and_then(|set| split.get(&set))
                .unwrap_or(&none);
            Holds {
                device,
                hits,
                undecided: only.is_none().then_some(*undecided),
            }
        })
        .collect();
    let writer = Writer {
        ids: app.ids(),
        now: app.now(),
        lights: &lights,
        only,
    };
    let mut tx = app.database().begin_long().await?;
    let (applied, touched) = matches::apply(&mut tx, proof, &writer, &holds).await?;
    for organization in touched {
        app.records_changed(&mut tx, organization, Records::Vulnerabilities)
            .await?;
    }
    tx.commit().await?;
    Ok(applied)
}

async fn weigh(
    app: &App,
    proof: &Authorized<actions::ManageFeeds>,
    generations: (i64, i64),
) -> Result<(), VulnerabilityError> {
    let database = app.database();
    let mut after = i64::MIN;
    loop {
        let rows = matches::weighed(database, generations, after, 500).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.id;
        let mut tx = database.begin_long().await?;
        for row in &rows {
            matches::weigh(&mut tx, proof, row, app.today()).await?;
        }
        tx.commit().await?;
    }
}

fn names_of(cpes: Option<&serde_json::Value>) -> Vec<Name> {
    let texts: Vec<String> = cpes
        .and_then(|cpes| serde_json::from_value(cpes.clone()).ok())
        .unwrap_or_default();
    texts
        .iter()
        .filter_map(|text| Name::parse_lenient(text).ok())
        .collect()
}

/// What was found for a set of products.
#[derive(Debug, Clone, Default)]
struct Matched {
    hits: HashMap<i64, Hit>,
    /// What depends on a version that is not known.
    undecided: HashMap<i64, Hit>,
}

fn reason_code(reason: Reason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

/// Joins what the sources say: the surest goes before, and among equals the first of
/// [`Source::ALL`]; the others are named.
fn matched(findings: Vec<Finding>, names: &[String]) -> Matched {
    let mut by_id: HashMap<i64, Vec<Finding>> = HashMap::new();
    for finding in findings {
        // A companion of which the device has another kind is absent, not unlisted: an appliance
        // is no other appliance.
        let absent = match &finding.outcome {
            Outcome::Affected => false,
            Outcome::AffectedIf(companions) => companions
                .iter()
                .any(|companion| companion.asset_has_another),
        };
        if !absent {
            by_id.entry(key(finding.id)).or_default().push(finding);
        }
    }
    let mut matched = Matched::default();
    for (id, mut findings) in by_id {
        findings.sort_by_key(|finding| {
            let conditional = finding.outcome != Outcome::Affected;
            (
                conditional,
                std::cmp::Reverse(finding.confidence),
                finding.source,
            )
        });
        let Some(best) = findings.first() else {
            continue;
        };
        let mut sources: Vec<i64> = findings
            .iter()
            .map(|finding| i64::from(finding.source as u8))
            .collect();
        sources.dedup();
        let carriers: Vec<String> = best
            .carriers
            .iter()
            .filter_map(|place| names.get(usize::try_from(*place).ok()?).cloned())
            .collect();
        let companions = match &best.outcome {
            Outcome::Affected => json!([]),
            Outcome::AffectedIf(companions) => json!(companions),
        };
        let hit = Hit {
            source: i64::from(best.source as u8),
            confidence: best.confidence as i64,
            reason: reason_code(best.reason),
            conditional: best.outcome != Outcome::Affected,
            detail: json!({
                "carriers": carriers, "companions": companions, "sources": sources,
            }),
            carriers,
        };
        let undecided = best.confidence == Confidence::ProductOnly
            && best.reason == Reason::AssetVersionUnknown;
        if undecided {
            matched.undecided.insert(id, hit);
        } else {
            matched.hits.insert(id, hit);
        }
    }
    matched
}
