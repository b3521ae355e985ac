//! `vulnerabilities-in-time`: whether published vulnerabilities are dealt with in their time
//! (checklist 2-⑥).

use async_trait::async_trait;
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use crate::model::Feed;
use crate::model::feed::{Age, age};
use crate::store::feeds;
use crate::store::findings::{InTime, in_time};

/// The id by which packs name it.
pub const IN_TIME: &str = "vulnerabilities-in-time";
/// The share of devices, in per cent, of which product and version must be known for a judgement.
pub const ENOUGH_PERCENT: i64 = 80;

/// Looks at open findings and at how many devices could be judged at all.
#[derive(Debug, Clone)]
pub struct VulnerabilitiesInTime {
    /// The database.
    pub database: Database,
}

#[async_trait]
impl Probe for VulnerabilitiesInTime {
    fn id(&self) -> &'static str {
        IN_TIME
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let failed = |reason: String| ProbeError {
            probe: IN_TIME,
            reason,
        };
        let read =
            crate::proof_for(subject.organization).map_err(|error| failed(error.to_string()))?;
        let of_feeds = crate::own_proof().map_err(failed)?;
        let state = in_time(&self.database, &read, subject.today)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let rows = feeds::states(&self.database, &of_feeds)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let nvd = rows.iter().find(|row| row.feed == Feed::Nvd.code());
        let fresh = age(
            Feed::Nvd,
            nvd.and_then(|row| row.succeeded_at),
            nvd.and_then(|row| row.as_of),
            subject.now,
        );
        Ok(judge(state, fresh, subject))
    }
}

/// A share in whole per cent, never rounded up to all.
const fn percent(part: i64, all: i64) -> i64 {
    if all == 0 { 0 } else { part * 100 / all }
}

/// An overdue finding contradicts whatever else is known. That nothing is overdue says something
/// only where the feeds are fresh and enough devices could be judged.
fn judge(state: InTime, feeds: Age, subject: Subject) -> Measurement {
    let enough = state.judged * 100 >= state.devices * ENOUGH_PERCENT;
    let (outcome, message) = if state.overdue > 0 {
        (Outcome::Violated, "vulnerabilities-probe-overdue")
    } else if state.devices == 0 {
        (Outcome::Unknown, "vulnerabilities-probe-none")
    } else if feeds != Age::Fresh {
        (Outcome::Unknown, "vulnerabilities-probe-feeds")
    } else if !enough {
        (Outcome::Unknown, "vulnerabilities-probe-few")
    } else {
        (Outcome::Satisfied, "vulnerabilities-probe-in-time")
    };
    let argument = |name: &str, value: i64| (name.to_owned(), value.to_string());
    Measurement {
        outcome,
        finding: Finding {
            message: message.to_owned(),
            arguments: vec![
                argument("overdue", state.overdue),
                argument("devices", state.devices),
                argument("judged", state.judged),
                argument("patched", percent(state.patched, state.in_use)),
            ],
        },
        covered: state.judged,
        total: state.devices,
        measured_at: subject.now,
        // Feeds and registers change every day.
        valid_until: subject.now.plus_days(1),
    }
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::{Instant, parse_date};

    use super::*;

    #[test]
    fn silence_of_old_feeds_or_unknown_devices_proves_nothing() {
        let today = parse_date("2026-11-21").unwrap();
        let subject = Subject {
            organization: uuid::Uuid::nil().into(),
            today,
            now: Instant::from_jst(today, 9, 0),
        };
        for (overdue, devices, judged, feeds, outcome) in [
            (0, 10, 10, Age::Fresh, Outcome::Satisfied),
            (0, 10, 8, Age::Fresh, Outcome::Satisfied),
            (0, 10, 7, Age::Fresh, Outcome::Unknown),
            (0, 10, 10, Age::Stale, Outcome::Unknown),
            (0, 10, 10, Age::Never, Outcome::Unknown),
            (0, 0, 0, Age::Fresh, Outcome::Unknown),
            (1, 10, 1, Age::Stale, Outcome::Violated),
        ] {
            let state = InTime {
                overdue,
                devices,
                judged,
                in_use: 3,
                patched: 2,
            };
            let measured = judge(state, feeds, subject);
            assert_eq!(measured.outcome, outcome, "{state:?} {feeds:?}");
            let patched = ("patched".to_owned(), "66".to_owned());
            assert!(measured.finding.arguments.contains(&patched));
        }
    }
}
