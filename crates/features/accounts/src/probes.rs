//! What accounts prove for the checklists: items 2-⑤ (no account of leavers or of nobody) and the
//! account side of 2-④ (who holds administrator rights was permitted to).
//!
//! They contradict on an account that was seen; they prove only where the staff list and the exports
//! are recent and most systems of the register have one. What a source does not tell proves nothing.

use std::sync::Arc;

use accountmatch::model::Aspect;
use async_trait::async_trait;
use yagura_kernel::policy::actions;
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use crate::model::Rules;
use crate::{ledger, store};

/// No enabled account of leavers or of nobody (2-⑤).
pub const ACCOUNTS_OF_STAFF: &str = "accounts-of-staff";
/// Nobody holds administrator rights without a permission: the accounts' side of 2-④. It contradicts and
/// never proves, since the item asks for more.
pub const ADMINISTRATORS_GRANTED: &str = "administrators-granted";
/// The share of the register's systems, in per cent, that must have a recent export.
const ENOUGH_PERCENT: i64 = 80;
/// For how many days a measurement holds: the daily round may fail once.
const DAYS: i64 = 2;

/// Every probe of accounts.
pub(crate) fn all(database: &Database) -> Vec<Arc<dyn Probe>> {
    vec![
        Arc::new(AccountsProbe {
            database: database.clone(),
            id: ACCOUNTS_OF_STAFF,
        }),
        Arc::new(AccountsProbe {
            database: database.clone(),
            id: ADMINISTRATORS_GRANTED,
        }),
    ]
}

/// What is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Facts {
    /// Whether a staff list is there, and how many days old.
    staff_days: Option<i64>,
    /// Systems of the register.
    systems: i64,
    /// Those of them that have a source with a recent export.
    covered: i64,
    /// Sources, and those whose export is older than it should be or was never made.
    sources: i64,
    stale: i64,
    /// Usable accounts of leavers, of nobody.
    leavers: i64,
    nobody: i64,
    /// Accounts of which a person must still say whose they are.
    unconfirmed: i64,
    /// Administrator rights without a permission.
    ungranted: i64,
    /// Sources that do not tell what is needed.
    untold: i64,
}

struct AccountsProbe {
    database: Database,
    id: &'static str,
}

impl AccountsProbe {
    async fn facts(&self, subject: Subject) -> Result<(Facts, Rules), String> {
        let text = |error: yagura_store::StoreError| error.to_string();
        let database = &self.database;
        let organization = subject.organization;
        let rules = store::rules(database, organization).await.map_err(text)?;
        let (_, staff_at) = store::staff_state(database, organization)
            .await
            .map_err(text)?;
        let sources = store::sources_of(database, organization)
            .await
            .map_err(text)?;
        let sums = store::sums(database, organization, subject.today)
            .await
            .map_err(text)?;
        let proof = ledger::own_proof::<actions::ReadInventory>(organization)?;
        let kind = yagura_inventory::model::RecordKind::System;
        let filter = yagura_inventory::Filter::default();
        let systems = yagura_inventory::count(database, &proof, kind, &filter)
            .await
            .map_err(text)?;
        let limit = rules.list_days * 86_400;
        let is_fresh = |at: Option<yagura_kernel::time::Instant>| {
            at.is_some_and(|at| subject.now.seconds_since(at) <= limit)
        };
        let mut covered: Vec<_> = sources
            .iter()
            .filter(|source| is_fresh(source.imported_at))
            .filter_map(|source| source.system)
            .collect();
        covered.sort_unstable();
        covered.dedup();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let running = |kind: &str| -> i64 {
            sums.iter()
                .filter(|sum| sum.kind == kind && sum.state != "accepted")
                .map(|sum| sum.n)
                .sum()
        };
        let unconfirmed = store::count_unconfirmed(database, organization)
            .await
            .map_err(text)?;
        let needed = if self.id == ACCOUNTS_OF_STAFF {
            Aspect::Enabled
        } else {
            Aspect::Privileges
        };
        Ok((
            Facts {
                staff_days: staff_at.map(|at| subject.now.seconds_since(at) / 86_400),
                systems,
                covered: number(covered.len()),
                sources: number(sources.len()),
                stale: number(
                    sources
                        .iter()
                        .filter(|source| !is_fresh(source.imported_at))
                        .count(),
                ),
                leavers: running("leaver"),
                nobody: running("nobody"),
                unconfirmed,
                ungranted: running("administrator_without_grant"),
                untold: number(
                    sources
                        .iter()
                        .filter(|source| source.untold.contains(&needed))
                        .count(),
                ),
            },
            rules,
        ))
    }
}

#[async_trait]
impl Probe for AccountsProbe {
    fn id(&self) -> &'static str {
        self.id
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let (facts, rules) = self.facts(subject).await.map_err(|reason| ProbeError {
            probe: self.id,
            reason,
        })?;
        Ok(judge(self.id, facts, rules, subject))
    }
}

fn judge(id: &str, facts: Facts, rules: Rules, subject: Subject) -> Measurement {
    let percent = |part: i64, whole: i64| if whole > 0 { part * 100 / whole } else { 0 };
    let coverage = percent(facts.covered, facts.systems);
    let staff_is_old = facts.staff_days.is_none_or(|days| days > rules.list_days);
    let (outcome, message) = if facts.sources == 0 {
        (Outcome::Unknown, "accounts-probe-none")
    } else if id == ADMINISTRATORS_GRANTED {
        if facts.ungranted > 0 {
            (Outcome::Violated, "accounts-probe-ungranted")
        } else if facts.stale > 0 || coverage < ENOUGH_PERCENT {
            (Outcome::Unknown, "accounts-probe-coverage")
        } else if facts.untold > 0 {
            (Outcome::Unknown, "accounts-probe-untold-privileges")
        } else {
            // The item asks for more than this: it contradicts, and leaves the proof to others.
            (Outcome::Unknown, "accounts-probe-granted")
        }
    } else if facts.leavers > 0 {
        (Outcome::Violated, "accounts-probe-leavers")
    } else if staff_is_old {
        (Outcome::Unknown, "accounts-probe-staff-old")
    } else if facts.nobody > facts.unconfirmed {
        (Outcome::Violated, "accounts-probe-nobody")
    } else if facts.unconfirmed > 0 {
        (Outcome::Unknown, "accounts-probe-unconfirmed")
    } else if facts.stale > 0 || coverage < ENOUGH_PERCENT {
        (Outcome::Unknown, "accounts-probe-coverage")
    } else if facts.untold > 0 {
        (Outcome::Unknown, "accounts-probe-untold-enabled")
    } else {
        (Outcome::Satisfied, "accounts-probe-staff")
    };
    let arguments = [
        ("leavers", facts.leavers),
        ("nobody", facts.nobody),
        ("unconfirmed", facts.unconfirmed),
        ("ungranted", facts.ungranted),
        ("stale", facts.stale),
        ("sources", facts.sources),
        ("untold", facts.untold),
        ("coverage", coverage),
        ("days", rules.list_days),
    ];
    Measurement {
        outcome,
        finding: Finding {
            message: message.to_owned(),
            arguments: arguments
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_string()))
                .collect(),
        },
        covered: facts.covered,
        total: facts.systems,
        measured_at: subject.now,
        valid_until: subject.now.plus_days(DAYS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::{Instant, parse_date};

    fn outcome(id: &str, facts: Facts) -> Outcome {
        let today = parse_date("2026-11-22").unwrap();
        let subject = Subject {
            organization: uuid::Uuid::nil().into(),
            today,
            now: Instant::from_jst(today, 9, 0),
        };
        judge(id, facts, Rules::default(), subject).outcome
    }

    const GOOD: Facts = Facts {
        staff_days: Some(10),
        systems: 10,
        covered: 8,
        sources: 8,
        stale: 0,
        leavers: 0,
        nobody: 0,
        unconfirmed: 0,
        ungranted: 0,
        untold: 0,
    };

    #[test]
    fn only_recent_lists_of_most_systems_prove_and_only_what_was_seen_contradicts() {
        assert_eq!(outcome(ACCOUNTS_OF_STAFF, GOOD), Outcome::Satisfied);
        assert_eq!(outcome(ADMINISTRATORS_GRANTED, GOOD), Outcome::Unknown);
        for id in [ACCOUNTS_OF_STAFF, ADMINISTRATORS_GRANTED] {
            assert_eq!(outcome(id, Facts::default()), Outcome::Unknown);
            assert_eq!(outcome(id, Facts { covered: 7, ..GOOD }), Outcome::Unknown);
            assert_eq!(outcome(id, Facts { stale: 1, ..GOOD }), Outcome::Unknown);
            assert_eq!(outcome(id, Facts { untold: 1, ..GOOD }), Outcome::Unknown);
        }
        let staff = |facts| outcome(ACCOUNTS_OF_STAFF, facts);
        assert_eq!(staff(Facts { leavers: 1, ..GOOD }), Outcome::Violated);
        assert_eq!(staff(Facts { nobody: 1, ..GOOD }), Outcome::Violated);
        assert_eq!(
            staff(Facts {
                nobody: 2,
                unconfirmed: 2,
                ..GOOD
            }),
            Outcome::Unknown,
            "a person has not said yet whose they are"
        );
        assert_eq!(
            staff(Facts {
                staff_days: Some(36),
                ..GOOD
            }),
            Outcome::Unknown
        );
        assert_eq!(
            staff(Facts {
                staff_days: None,
                ..GOOD
            }),
            Outcome::Unknown
        );
        let granted = |facts| outcome(ADMINISTRATORS_GRANTED, facts);
        assert_eq!(
            granted(Facts {
                ungranted: 1,
                ..GOOD
            }),
            Outcome::Violated
        );
        assert_eq!(granted(Facts { leavers: 1, ..GOOD }), Outcome::Unknown);
    }
}
