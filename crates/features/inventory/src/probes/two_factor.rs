//! `system-two-factor`: whether every system takes two factors, or will by the day (2-⑩).

use async_trait::async_trait;
use yagura_kernel::probe::{Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use super::{failed, measurement, own_proof};
use crate::model::{MOST_RECORDS, Record, System, TwoFactor, TwoFactorStanding};
use crate::store::{self, Filter};

/// The id by which packs name it.
pub const SYSTEM_TWO_FACTOR: &str = "system-two-factor";

/// Looks at what the register says of every system.
pub(super) struct SystemTwoFactor {
    pub(super) database: Database,
}

#[async_trait]
impl Probe for SystemTwoFactor {
    fn id(&self) -> &'static str {
        SYSTEM_TWO_FACTOR
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let proof = own_proof(subject.organization, SYSTEM_TWO_FACTOR)?;
        let systems: Vec<Record<System>> = store::list(
            &self.database,
            &proof,
            &Filter::default(),
            None,
            MOST_RECORDS,
        )
        .await
        .map_err(|error| failed(SYSTEM_TWO_FACTOR, error))?;
        let systems: Vec<System> = systems.into_iter().map(|record| record.content).collect();
        Ok(judge(&systems, subject))
    }
}

/// A plan whose day has passed and the word that there is none contradict an answer; that nobody
/// has said, or that a plan is for later, leaves it open: guideline 7.0 has a relief for those.
fn judge(systems: &[System], subject: Subject) -> Measurement {
    let standings: Vec<TwoFactorStanding> = systems
        .iter()
        .map(|system| TwoFactorStanding::of(system, subject.today))
        .collect();
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let count = |standing| number(standings.iter().filter(|one| **one == standing).count());
    let passed = count(TwoFactorStanding::Passed);
    let not_planned = count(TwoFactorStanding::NotPlanned);
    let unknown = count(TwoFactorStanding::Unknown);
    let late = count(TwoFactorStanding::Late);
    let in_place = systems
        .iter()
        .filter(|system| system.two_factor == TwoFactor::InPlace)
        .count();
    let (outcome, message) = if systems.is_empty() {
        (Outcome::Unknown, "inventory-probe-two-factor-none")
    } else if passed > 0 {
        (Outcome::Violated, "inventory-probe-two-factor-passed")
    } else if not_planned > 0 {
        (Outcome::Violated, "inventory-probe-two-factor-not-planned")
    } else if unknown > 0 {
        (Outcome::Unknown, "inventory-probe-two-factor-unknown")
    } else if late > 0 {
        (Outcome::Unknown, "inventory-probe-two-factor-late")
    } else {
        (Outcome::Satisfied, "inventory-probe-two-factor-ready")
    };
    let planned = count(TwoFactorStanding::Planned);
    let total = number(systems.len());
    let arguments = [
        ("systems", total),
        ("passed", passed),
        ("not_planned", not_planned),
        ("unknown", unknown),
        ("late", late),
        ("in_place", number(in_place)),
        ("planned", planned),
    ];
    let covered = (count(TwoFactorStanding::Ready) + planned, total);
    measurement(subject, outcome, message, &arguments, covered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::subject_on;

    fn system(two_factor: TwoFactor, on: Option<&str>) -> System {
        System {
            two_factor,
            two_factor_on: on.map(|day| yagura_kernel::time::parse_date(day).unwrap()),
            ..System::default()
        }
    }

    #[test]
    fn every_system_counts_and_the_worst_decides() {
        let ready = system(TwoFactor::InPlace, None);
        let planned = system(TwoFactor::Planned, Some("2027-03-01"));
        let judged = |systems: &[System], day: &str| judge(systems, subject_on(day)).outcome;
        let today = "2026-11-22";
        assert_eq!(judged(&[], today), Outcome::Unknown);
        assert_eq!(
            judged(&[ready.clone(), planned.clone()], today),
            Outcome::Satisfied
        );
        assert_eq!(
            judged(&[ready.clone(), planned.clone()], "2027-03-02"),
            Outcome::Violated,
            "the plan has passed"
        );
        let unknown = system(TwoFactor::Unknown, None);
        assert_eq!(
            judged(&[ready.clone(), unknown.clone()], today),
            Outcome::Unknown
        );
        let late = system(TwoFactor::Planned, Some("2027-10-01"));
        assert_eq!(judged(&[ready.clone(), late], today), Outcome::Unknown);
        let none = system(TwoFactor::NotPlanned, None);
        assert_eq!(
            judged(&[ready.clone(), unknown, none], today),
            Outcome::Violated
        );
        let outside = system(TwoFactor::NotApplicable, None);
        let measured = judge(&[ready, outside, planned], subject_on(today));
        assert_eq!((measured.covered, measured.total), (3, 3));
        assert_eq!(measured.outcome, Outcome::Satisfied);
    }
}
