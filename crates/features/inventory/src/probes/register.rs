//! `register-complete`: whether the register of devices is complete and was confirmed (2-①).

use async_trait::async_trait;
use yagura_kernel::probe::{Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use super::{ENOUGH_PERCENT, failed, measurement, own_proof, percent};
use crate::store::{Completeness, completeness};

/// The id by which packs name it.
pub const REGISTER_COMPLETE: &str = "register-complete";

/// Holds the register against what was seen on the network, and asks whether somebody confirmed it
/// in this fiscal year.
pub(super) struct RegisterComplete {
    pub(super) database: Database,
}

#[async_trait]
impl Probe for RegisterComplete {
    fn id(&self) -> &'static str {
        REGISTER_COMPLETE
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let proof = own_proof(subject.organization, REGISTER_COMPLETE)?;
        let found = completeness(&self.database, &proof, subject.now)
            .await
            .map_err(|error| failed(REGISTER_COMPLETE, error))?;
        Ok(judge(found, subject))
    }
}

/// A device that stands in no row contradicts a complete register, whatever else is known. That
/// all is there is measured only where everything was confirmed and a scan saw enough of it.
fn judge(found: Completeness, subject: Subject) -> Measurement {
    let coverage = percent(found.seen, found.in_use);
    let (outcome, message) = if found.devices == 0 {
        (Outcome::Unknown, "inventory-probe-register-empty")
    } else if found.strangers > 0 {
        (Outcome::Violated, "inventory-probe-register-strangers")
    } else if found.unconfirmed > 0 {
        (Outcome::Unknown, "inventory-probe-register-unconfirmed")
    } else if !found.was_scanned {
        (Outcome::Unknown, "inventory-probe-register-not-scanned")
    } else if coverage < ENOUGH_PERCENT {
        (Outcome::Unknown, "inventory-probe-register-coverage")
    } else {
        (Outcome::Satisfied, "inventory-probe-register-complete")
    };
    let arguments = [
        ("devices", found.devices),
        ("strangers", found.strangers),
        ("unconfirmed", found.unconfirmed),
        ("coverage", coverage),
    ];
    let covered = (found.seen, found.in_use);
    measurement(subject, outcome, message, &arguments, covered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::subject_on;

    #[test]
    fn only_a_confirmed_register_that_a_scan_saw_is_complete() {
        let whole = Completeness {
            devices: 12,
            unconfirmed: 0,
            in_use: 10,
            seen: 8,
            strangers: 0,
            was_scanned: true,
        };
        let outcome = |found| judge(found, subject_on("2026-11-22")).outcome;
        assert_eq!(outcome(whole), Outcome::Satisfied);
        for lacking in [
            Completeness { seen: 7, ..whole },
            Completeness {
                unconfirmed: 1,
                ..whole
            },
            Completeness {
                was_scanned: false,
                ..whole
            },
            Completeness::default(),
        ] {
            assert_eq!(outcome(lacking), Outcome::Unknown, "{lacking:?}");
        }
        for contradicted in [
            Completeness {
                strangers: 1,
                ..whole
            },
            Completeness {
                strangers: 1,
                unconfirmed: 5,
                seen: 0,
                ..whole
            },
        ] {
            assert_eq!(outcome(contradicted), Outcome::Violated, "{contradicted:?}");
        }
    }

    #[test]
    fn the_coverage_of_the_scan_is_reported() {
        let found = Completeness {
            devices: 3,
            in_use: 3,
            seen: 2,
            was_scanned: true,
            ..Completeness::default()
        };
        let measured = judge(found, subject_on("2026-11-22"));
        assert_eq!((measured.covered, measured.total), (2, 3));
        let coverage = ("coverage".to_owned(), "66".to_owned());
        assert!(measured.finding.arguments.contains(&coverage));
    }
}
