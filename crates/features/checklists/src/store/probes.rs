//! What probes measured, kept so that pages need not measure.

use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::probe::{Finding, Measurement, Outcome};
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

use super::Source;
use super::rows::SheetHeader;
use crate::model::{Outcomes, SheetSubject};

/// A measurement to be kept.
#[derive(Debug, Clone)]
pub struct NewMeasurement {
    /// The probe's id.
    pub probe: &'static str,
    /// Whether it decides the rows that name it, or only supports them.
    pub decides: bool,
    /// What it found.
    pub measurement: Measurement,
}

/// What a probe last measured at an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredProbe {
    /// The probe's id.
    pub probe: String,
    /// Whether it decides the rows that name it.
    pub decides: bool,
    /// What it found.
    pub measurement: Measurement,
}

impl MeasuredProbe {
    /// Whether it still holds.
    #[must_use]
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.measurement.valid_until >= now
    }

    /// What it found, if it still holds; otherwise nothing is known.
    #[must_use]
    pub fn fresh_outcome(&self, now: Instant) -> Outcome {
        if self.is_fresh(now) {
            self.measurement.outcome
        } else {
            Outcome::Unknown
        }
    }
}

impl FromRow for MeasuredProbe {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let outcome: String = row.get("outcome")?;
        let finding: serde_json::Value = row.get("finding")?;
        let finding: Finding = serde_json::from_value(finding)?;
        Ok(Self {
            probe: row.get("probe")?,
            decides: row.get("decides")?,
            measurement: Measurement {
                outcome: Outcome::from_code(&outcome),
                finding,
                covered: row.get("covered")?,
                total: row.get("total")?,
                measured_at: row.get("measured_at")?,
                valid_until: row.get("valid_until")?,
            },
        })
    }
}

/// What every probe last measured at an institution, by the probe's id.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn measurements(
    database: &Database,
    proof: &Authorized<actions::ReadSheet>,
) -> Result<Vec<MeasuredProbe>, StoreError> {
    database
        .rows(
            "SELECT * FROM probe_results WHERE organization_id = $1 ORDER BY probe",
            params![proof.organization()],
        )
        .await
}

row! {
    struct OutcomeRow { probe: String, outcome: String }
}

/// What the deciding probes found that is still fresh. Probes measure institutions, so they say
/// nothing about a vendor's sheet.
pub(super) async fn deciding_outcomes(
    source: &mut Source<'_>,
    header: &SheetHeader,
    now: Instant,
) -> Result<Outcomes, StoreError> {
    if header.subject != SheetSubject::Institution || header.is_of_past_year(now) {
        return Ok(Outcomes::new());
    }
    let rows: Vec<OutcomeRow> = source
        .rows(
            "SELECT probe, outcome FROM probe_results
             WHERE organization_id = $1 AND decides = 1 AND valid_until >= $2",
            params![header.owner, now],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.probe, Outcome::from_code(&row.outcome)))
        .collect())
}

/// Keeps measurements in place of the former ones. Only the program itself measures.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn store_measurements(
    tx: &mut Transaction,
    organization: OrganizationId,
    measurements: &[NewMeasurement],
) -> Result<(), StoreError> {
    for new in measurements {
        let measurement = &new.measurement;
        tx.execute(
            "INSERT INTO probe_results (organization_id, probe, decides, outcome, finding, covered,
                total, measured_at, valid_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (organization_id, probe) DO UPDATE SET decides = excluded.decides,
                outcome = excluded.outcome, finding = excluded.finding,
                covered = excluded.covered, total = excluded.total,
                measured_at = excluded.measured_at, valid_until = excluded.valid_until",
            params![
                organization,
                new.probe,
                new.decides,
                measurement.outcome.code(),
                &serde_json::to_value(&measurement.finding)?,
                measurement.covered,
                measurement.total,
                measurement.measured_at,
                measurement.valid_until
            ],
        )
        .await?;
    }
    Ok(())
}
