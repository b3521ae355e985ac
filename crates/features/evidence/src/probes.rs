//! `evidence-current`: whether everything that stands behind answers still counts.

use async_trait::async_trait;
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_kernel::time::{Instant, format_iso};
use yagura_store::Database;

use crate::store::{LinkedState, linked_state};

/// Looks at the last days of all linked pieces. It is shown beside an answer and decides nothing,
/// because a current file does not prove what it says.
#[derive(Debug, Clone)]
pub struct EvidenceCurrent {
    /// The database.
    pub database: Database,
}

/// The id by which packs name it.
pub const EVIDENCE_CURRENT: &str = "evidence-current";

#[async_trait]
impl Probe for EvidenceCurrent {
    fn id(&self) -> &'static str {
        EVIDENCE_CURRENT
    }

    fn weight(&self) -> Weight {
        Weight::Supports
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let state = linked_state(&self.database, subject.organization, subject.today)
            .await
            .map_err(|error| ProbeError {
                probe: EVIDENCE_CURRENT,
                reason: error.to_string(),
            })?;
        Ok(judge(&state, subject))
    }
}

fn judge(state: &LinkedState, subject: Subject) -> Measurement {
    let (outcome, message) = if state.linked == 0 {
        (Outcome::Unknown, "evidence-probe-none")
    } else if state.expired > 0 {
        (Outcome::Violated, "evidence-probe-expired")
    } else if state.expiring > 0 {
        (Outcome::Satisfied, "evidence-probe-expiring")
    } else {
        (Outcome::Satisfied, "evidence-probe-current")
    };
    let mut arguments = vec![
        ("linked".to_owned(), state.linked.to_string()),
        ("expired".to_owned(), state.expired.to_string()),
        ("expiring".to_owned(), state.expiring.to_string()),
    ];
    if let Some(first) = state.first_expiry {
        arguments.push(("first".to_owned(), format_iso(first)));
    }
    // It holds until the next piece ends, and no longer than a day, because pieces come and go.
    let tomorrow = subject.now.plus_days(1);
    let ends = state
        .first_expiry
        .and_then(|last| last.next_day())
        .map_or(tomorrow, Instant::start_of_jst_day);
    Measurement {
        outcome,
        finding: Finding {
            message: message.to_owned(),
            arguments,
        },
        covered: state.linked - state.expired,
        total: state.linked,
        measured_at: subject.now,
        valid_until: tomorrow.min(ends),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn measured(state: LinkedState) -> Measurement {
        let today = parse_date("2026-11-21").unwrap();
        let subject = Subject {
            organization: uuid::Uuid::nil().into(),
            today,
            now: Instant::from_jst(today, 23, 0),
        };
        judge(&state, subject)
    }

    #[test]
    fn one_expired_piece_is_enough() {
        let state = LinkedState {
            linked: 9,
            expired: 1,
            expiring: 2,
            first_expiry: None,
        };
        let measurement = measured(state);
        assert_eq!(measurement.outcome, Outcome::Violated);
        assert_eq!((measurement.covered, measurement.total), (8, 9));
        let all_current = LinkedState {
            expired: 0,
            ..state
        };
        assert_eq!(measured(all_current).outcome, Outcome::Satisfied);
        assert_eq!(measured(LinkedState::default()).outcome, Outcome::Unknown);
    }

    #[test]
    fn it_holds_no_longer_than_the_first_piece() {
        let last = parse_date("2026-11-21").ok();
        let state = LinkedState {
            linked: 1,
            expired: 0,
            expiring: 1,
            first_expiry: last,
        };
        let midnight = Instant::start_of_jst_day(parse_date("2026-11-22").unwrap());
        assert_eq!(measured(state).valid_until, midnight);
    }
}
