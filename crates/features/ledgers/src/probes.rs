//! What the ledgers measure for the checklists: item 2-④ (permissions and administrator rights) and
//! 2-⑨ (external media).
//!
//! An institution that keeps its ledgers elsewhere is told nothing wrong: where there is nothing here,
//! the outcome is unknown.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use yagura_inventory::model::{MOST_RECORDS, Record, System, SystemKind};
use yagura_kernel::policy::actions;
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::{Database, StoreError};

use crate::jobs::own_proof;
use crate::store::{self, GrantFilter, MediaState, PermissionState};

/// The id by which packs name the permissions (2-④).
pub const PERMISSIONS_RECERTIFIED: &str = "permissions-recertified";
/// The id by which packs name the external media (2-⑨).
pub const MEDIA_KEPT: &str = "media-kept";

/// For how many days a measurement holds: the daily round may fail once.
const DAYS: i64 = 2;

/// Every probe of the ledgers.
pub(crate) fn all(database: &Database) -> Vec<Arc<dyn Probe>> {
    vec![
        Arc::new(PermissionsRecertified {
            database: database.clone(),
        }),
        Arc::new(MediaKept {
            database: database.clone(),
        }),
    ]
}

fn failed(probe: &'static str, error: impl ToString) -> ProbeError {
    ProbeError {
        probe,
        reason: error.to_string(),
    }
}

fn measurement(
    subject: Subject,
    outcome: Outcome,
    message: &str,
    arguments: &[(&str, i64)],
    (covered, total): (i64, i64),
) -> Measurement {
    let text = |(name, value): &(&str, i64)| ((*name).to_owned(), value.to_string());
    Measurement {
        outcome,
        finding: Finding {
            message: message.to_owned(),
            arguments: arguments.iter().map(text).collect(),
        },
        covered,
        total,
        measured_at: subject.now,
        valid_until: subject.now.plus_days(DAYS),
    }
}

/// Whether every information system of the register has recorded permissions and a named holder of
/// administrator rights, none past its last day, and all certified within a year.
struct PermissionsRecertified {
    database: Database,
}

/// How many systems have what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Systems {
    /// Information systems of the register.
    all: i64,
    /// Of them, those with recorded permissions.
    recorded: i64,
    /// Of them, those with a named holder of administrator rights.
    administered: i64,
}

#[async_trait]
impl Probe for PermissionsRecertified {
    fn id(&self) -> &'static str {
        PERMISSIONS_RECERTIFIED
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let wrong = |error| failed(PERMISSIONS_RECERTIFIED, error);
        let read = own_proof::<actions::ReadLedgers>(subject.organization)
            .map_err(|denial| failed(PERMISSIONS_RECERTIFIED, denial))?;
        let register = own_proof::<actions::ReadInventory>(subject.organization)
            .map_err(|denial| failed(PERMISSIONS_RECERTIFIED, denial))?;
        let (today, now) = (subject.today, subject.now);
        let found = async {
            let state = store::permission_state(&self.database, &read, today, now).await?;
            let filter = yagura_inventory::Filter::default();
            let systems: Vec<Record<System>> =
                yagura_inventory::list(&self.database, &register, &filter, None, MOST_RECORDS)
                    .await?;
            let grants =
                store::permissions_in_force(&self.database, &read, &GrantFilter::default()).await?;
            let in_force = || grants.iter().filter(|grant| grant.is_in_force(today));
            let recorded: BTreeSet<_> = in_force().filter_map(|grant| grant.system).collect();
            let administered: BTreeSet<_> = in_force()
                .filter(|grant| grant.privileged)
                .filter_map(|grant| grant.system)
                .collect();
            let mut counted = Systems::default();
            // What one signs in to. The register says how bad it is where others read what a system
            // holds, not whether that is patient data; so every information system counts, and the
            // finding says that.
            let systems = systems.iter();
            for system in systems.filter(|one| one.content.kind == SystemKind::InformationSystem) {
                counted.all += 1;
                counted.recorded += i64::from(recorded.contains(&system.id));
                counted.administered += i64::from(administered.contains(&system.id));
            }
            Ok::<_, StoreError>((state, counted))
        };
        let (state, systems) = found.await.map_err(wrong)?;
        Ok(judge_permissions(state, systems, subject))
    }
}

fn judge_permissions(state: PermissionState, systems: Systems, subject: Subject) -> Measurement {
    let (outcome, message) = if state.given == 0 {
        (Outcome::Unknown, "ledgers-probe-permissions-none")
    } else if state.past > 0 {
        (Outcome::Violated, "ledgers-probe-permissions-past")
    } else if state.privileged_without_grant > 0 {
        (Outcome::Violated, "ledgers-probe-permissions-ungranted")
    } else if systems.all == 0 {
        (Outcome::Unknown, "ledgers-probe-permissions-no-systems")
    } else if systems.recorded < systems.all {
        (Outcome::Unknown, "ledgers-probe-permissions-systems")
    } else if systems.administered < systems.all {
        (Outcome::Unknown, "ledgers-probe-permissions-administrators")
    } else if state.uncertified > 0 {
        (Outcome::Unknown, "ledgers-probe-permissions-uncertified")
    } else {
        (Outcome::Satisfied, "ledgers-probe-permissions-recertified")
    };
    let arguments = [
        ("given", state.given),
        ("past", state.past),
        ("ungranted", state.privileged_without_grant),
        ("uncertified", state.uncertified),
        ("systems", systems.all),
        ("recorded", systems.recorded),
        ("administered", systems.administered),
    ];
    let covered = (systems.recorded, systems.all);
    measurement(subject, outcome, message, &arguments, covered)
}

/// Whether the register of media is kept, all are encrypted and the institution's, and nothing that
/// was handed out is overdue. It measures the rule, not what the terminals let through: it supports
/// the answer and does not decide it.
struct MediaKept {
    database: Database,
}

#[async_trait]
impl Probe for MediaKept {
    fn id(&self) -> &'static str {
        MEDIA_KEPT
    }

    fn weight(&self) -> Weight {
        Weight::Supports
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let read = own_proof::<actions::ReadLedgers>(subject.organization)
            .map_err(|denial| failed(MEDIA_KEPT, denial))?;
        let state = store::media_state(&self.database, &read, subject.today)
            .await
            .map_err(|error| failed(MEDIA_KEPT, error))?;
        Ok(judge_media(state, subject))
    }
}

fn judge_media(state: MediaState, subject: Subject) -> Measurement {
    let (outcome, message) = if state.overdue > 0 {
        (Outcome::Violated, "ledgers-probe-media-overdue")
    } else if state.personal > 0 {
        (Outcome::Violated, "ledgers-probe-media-personal")
    } else if state.unencrypted > 0 {
        (Outcome::Violated, "ledgers-probe-media-unencrypted")
    } else if state.media == 0 {
        (Outcome::Unknown, "ledgers-probe-media-none")
    } else if state.encryption_unknown > 0 {
        (Outcome::Unknown, "ledgers-probe-media-unknown")
    } else if state.not_seen > 0 {
        (Outcome::Unknown, "ledgers-probe-media-not-seen")
    } else {
        (Outcome::Satisfied, "ledgers-probe-media-kept")
    };
    let arguments = [
        ("media", state.media),
        ("overdue", state.overdue),
        ("personal", state.personal),
        ("unencrypted", state.unencrypted),
        ("unknown", state.encryption_unknown),
        ("unseen", state.not_seen),
    ];
    let covered = (
        state.media - state.encryption_unknown.max(state.not_seen),
        state.media,
    );
    measurement(subject, outcome, message, &arguments, covered)
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::{Instant, parse_date};

    use super::*;

    fn subject() -> Subject {
        let today = parse_date("2026-11-22").unwrap();
        Subject {
            organization: uuid::Uuid::nil().into(),
            today,
            now: Instant::from_jst(today, 9, 0),
        }
    }

    #[test]
    fn every_system_needs_permissions_an_administrator_and_a_fresh_certification() {
        let state = PermissionState {
            given: 9,
            privileged: 3,
            ..PermissionState::default()
        };
        let systems = Systems {
            all: 3,
            recorded: 3,
            administered: 3,
        };
        let outcome = |state, systems| judge_permissions(state, systems, subject()).outcome;
        assert_eq!(outcome(state, systems), Outcome::Satisfied);
        for lacking in [
            Systems {
                recorded: 2,
                ..systems
            },
            Systems {
                administered: 2,
                ..systems
            },
            Systems::default(),
        ] {
            assert_eq!(outcome(state, lacking), Outcome::Unknown, "{lacking:?}");
        }
        let uncertified = PermissionState {
            uncertified: 1,
            ..state
        };
        assert_eq!(outcome(uncertified, systems), Outcome::Unknown);
        for wrong in [
            PermissionState { past: 1, ..state },
            PermissionState {
                privileged_without_grant: 1,
                ..state
            },
        ] {
            assert_eq!(outcome(wrong, systems), Outcome::Violated, "{wrong:?}");
        }
        let nothing = PermissionState::default();
        assert_eq!(outcome(nothing, systems), Outcome::Unknown);
    }

    #[test]
    fn one_medium_out_of_order_contradicts_and_no_ledger_proves_nothing() {
        let state = MediaState {
            media: 2,
            ..MediaState::default()
        };
        let outcome = |state| judge_media(state, subject()).outcome;
        assert_eq!(outcome(state), Outcome::Satisfied);
        assert_eq!(outcome(MediaState::default()), Outcome::Unknown);
        let unknown = MediaState {
            encryption_unknown: 1,
            ..state
        };
        assert_eq!(outcome(unknown), Outcome::Unknown);
        let not_seen = MediaState {
            not_seen: 1,
            ..state
        };
        assert_eq!(outcome(not_seen), Outcome::Unknown);
        assert_eq!(judge_media(not_seen, subject()).covered, 1);
        for wrong in [
            MediaState {
                overdue: 1,
                ..state
            },
            MediaState {
                personal: 1,
                ..state
            },
            MediaState {
                unencrypted: 1,
                ..state
            },
        ] {
            assert_eq!(outcome(wrong), Outcome::Violated, "{wrong:?}");
        }
    }
}
