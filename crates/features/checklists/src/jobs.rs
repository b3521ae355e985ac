//! The work of this feature that nobody waits for.

use std::str::FromStr as _;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use yagura_kernel::id::{OrganizationId, Uuid};
use yagura_kernel::probe::{Measurement, Outcome, Probe, Subject, Weight};
use yagura_kernel::time::{FiscalYear, Instant, parse_date};
use yagura_store::jobs::{Job, JobHandler, NewJob, Progress};
use yagura_store::{StoreError, settings};
use yagura_web::App;

use crate::overview::{self, REGION_STATISTICS};
use crate::store::{
    NewMeasurement, organizations_to_measure, recompute_organization, store_measurements,
};

/// The kind of job that measures one institution.
pub const MEASURE_PROBES: &str = "measure-probes";
/// The kind of job that measures every institution that was not measured today.
pub const MEASURE_ALL: &str = "measure-all-probes";
/// The kind of job that follows the turn of fiscal years and relations.
pub const REFRESH_OVERVIEW: &str = "refresh-overview";

/// For how long a measurement that failed keeps the former one from being asked again.
const INSTITUTIONS_AT_A_TIME: i64 = 100;
/// How soon after a change it is measured: whoever goes on editing is measured once.
const MEASURE_WAIT_SECONDS: i64 = 3;
/// What was measured less than this long ago is not measured again by the daily round.
const MEASURE_ROUND_SECONDS: i64 = 20 * 3600;
/// Name of the setting that holds the day up to which relations were followed.
const OVERVIEW_UNTIL: &str = "checklists-overview-until";

/// Measures an institution soon, once however often it is asked for meanwhile. Give it to
/// [`App::enqueue`] in the transaction of a change that a probe looks at.
#[must_use]
pub fn measure_probes(organization: OrganizationId, now: Instant) -> NewJob {
    let mut job = NewJob::now(MEASURE_PROBES, json!({ "organization": organization }), now)
        .once(format!("{MEASURE_PROBES}:{organization}"));
    job.run_at = now.plus_seconds(MEASURE_WAIT_SECONDS);
    job
}

/// Runs every probe at an institution, keeps what they found and works out its sheets again. A
/// probe that fails keeps its former measurement, which goes stale in time.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn measure(
    app: &App,
    probes: &[Arc<dyn Probe>],
    organization: OrganizationId,
) -> Result<Vec<(&'static str, Measurement)>, StoreError> {
    let now = app.now();
    let subject = Subject {
        organization,
        today: now.jst_date(),
        now,
    };
    let mut found = Vec::with_capacity(probes.len());
    let mut new = Vec::with_capacity(probes.len());
    for probe in probes {
        match probe.measure(subject).await {
            Ok(measurement) => {
                found.push((probe.id(), measurement.clone()));
                let decides = probe.weight() == Weight::Decides;
                new.push(NewMeasurement {
                    probe: probe.id(),
                    decides,
                    measurement,
                });
            }
            Err(error) => {
                tracing::warn!(%organization, %error, "a probe could not run");
            }
        }
    }
    let packs = app.packs();
    let mut tx = app.database().begin().await?;
    store_measurements(&mut tx, organization, &new).await?;
    recompute_organization(&mut tx, &packs, app.ids(), organization, now).await?;
    tx.commit().await?;
    Ok(found)
}

/// [`MEASURE_PROBES`].
pub(crate) struct MeasureProbes {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for MeasureProbes {
    fn kind(&self) -> &'static str {
        MEASURE_PROBES
    }

    async fn run(&self, job: &Job, _: &Progress) -> Result<(), String> {
        let organization = organization_of(job, "organization")?
            .ok_or_else(|| "the job names no organisation".to_owned())?;
        let found = measure(&self.app, self.app.probes(), organization)
            .await
            .map_err(|error| error.to_string())?;
        let violated = found
            .iter()
            .filter(|(_, m)| m.outcome == Outcome::Violated)
            .count();
        tracing::debug!(%organization, probes = found.len(), violated, "measured");
        Ok(())
    }
}

fn organization_of(job: &Job, name: &str) -> Result<Option<OrganizationId>, String> {
    match job.payload.get(name).and_then(|value| value.as_str()) {
        None => Ok(None),
        Some(text) => OrganizationId::from_str(text)
            .map(Some)
            .map_err(|error| error.to_string()),
    }
}

/// [`MEASURE_ALL`]. Goes on where it stopped after a restart, because what was measured today is
/// passed over.
pub(crate) struct MeasureAll {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for MeasureAll {
    fn kind(&self) -> &'static str {
        MEASURE_ALL
    }

    async fn run(&self, _: &Job, progress: &Progress) -> Result<(), String> {
        let started = self.app.now();
        let not_since = started.plus_seconds(-MEASURE_ROUND_SECONDS);
        let mut after = OrganizationId::from(Uuid::nil());
        let mut done = 0;
        loop {
            let part = organizations_to_measure(
                self.app.database(),
                after,
                not_since,
                started,
                INSTITUTIONS_AT_A_TIME,
            )
            .await
            .map_err(|error| error.to_string())?;
            let Some(last) = part.last() else {
                return Ok(());
            };
            after = *last;
            for organization in &part {
                measure(&self.app, self.app.probes(), *organization)
                    .await
                    .map_err(|error| error.to_string())?;
                done += 1;
            }
            progress
                .report(done, 0)
                .await
                .map_err(|error| error.to_string())?;
        }
    }
}

/// [`REFRESH_OVERVIEW`]: rows for a fiscal year that has begun and for relations that have; none
/// for relations that have ended.
pub(crate) struct RefreshOverview {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for RefreshOverview {
    fn kind(&self) -> &'static str {
        REFRESH_OVERVIEW
    }

    async fn run(&self, _: &Job, _: &Progress) -> Result<(), String> {
        refresh_overview(&self.app)
            .await
            .map_err(|error| error.to_string())
    }
}

async fn refresh_overview(app: &App) -> Result<(), StoreError> {
    let now = app.now();
    let today = now.jst_date();
    let until = settings::get(app.database(), OVERVIEW_UNTIL).await?;
    let since = until.and_then(|day| parse_date(&day).ok()).unwrap_or(today);
    let turned = overview::members_with_turning_relations(app.database(), since, now).await?;
    let mut tx = app.database().begin_long().await?;
    if !turned.is_empty() {
        overview::refresh_members(&mut tx, app.ids(), &turned, now).await?;
    }
    overview::ensure_year(&mut tx, app.ids(), FiscalYear::at(now), now).await?;
    settings::set(
        &mut tx,
        OVERVIEW_UNTIL,
        &yagura_kernel::time::format_iso(today),
    )
    .await?;
    tx.commit().await
}

/// [`REGION_STATISTICS`].
pub(crate) struct RegionStatistics {
    pub(crate) app: App,
}

#[async_trait]
impl JobHandler for RegionStatistics {
    fn kind(&self) -> &'static str {
        REGION_STATISTICS
    }

    async fn run(&self, job: &Job, progress: &Progress) -> Result<(), String> {
        let year = job
            .payload
            .get("fiscal_year")
            .and_then(serde_json::Value::as_i64)
            .and_then(|year| i32::try_from(year).ok())
            .and_then(|year| FiscalYear::new(year).ok())
            .ok_or_else(|| "the job names no fiscal year".to_owned())?;
        let overseer = organization_of(job, "overseer")?;
        self.sum(year, overseer, progress)
            .await
            .map_err(|error| error.to_string())
    }
}

impl RegionStatistics {
    async fn sum(
        &self,
        year: FiscalYear,
        overseer: Option<OrganizationId>,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let app = &self.app;
        let packs = app.packs();
        let (overseers, must_wait) = match overseer {
            Some(overseer) => (vec![overseer], false),
            None => overview::stale_overseers(app.database(), year, app.now()).await?,
        };
        for (done, overseer) in overseers.iter().enumerate() {
            let now = app.now();
            overview::refresh_statistics(app.database(), &packs, *overseer, year, now).await?;
            let done = i64::try_from(done + 1).unwrap_or(i64::MAX);
            let total = i64::try_from(overseers.len()).unwrap_or(i64::MAX);
            progress.report(done, total).await?;
        }
        if must_wait {
            // A large region was summed up a moment ago: once more when its rest is over.
            let now = app.now();
            let payload = json!({ "fiscal_year": year.year() });
            let mut job = NewJob::now(REGION_STATISTICS, payload, now)
                .once(format!("{REGION_STATISTICS}:{}", year.year()));
            job.run_at = now.plus_seconds(60);
            let mut tx = app.database().begin().await?;
            app.enqueue(&mut tx, job).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
