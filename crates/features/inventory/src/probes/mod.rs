//! What the register measures for the checklists: item 2-① (the register itself), 2-② (vendors
//! confirm their remote maintenance), 2-⑩ (two factors), 2-⑫ (services) and 2-⑬ (restriction of the source).
//!
//! An institution that keeps its register elsewhere is told nothing wrong: where there is nothing
//! here, the outcome is unknown.

mod connections;
mod register;
mod services;
mod two_factor;

use std::sync::Arc;

use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Actor, Authorized, Principal, Resource, Standing, actions, authorize};
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject};
use yagura_store::Database;

pub use connections::{REMOTE_MAINTENANCE_CONFIRMED, SOURCE_RESTRICTED};
pub use register::REGISTER_COMPLETE;
pub use services::{SERVICES_ON_SERVERS, SERVICES_ON_TERMINALS};
pub use two_factor::SYSTEM_TWO_FACTOR;

use crate::model::DeviceClass;

/// The share of devices, in per cent, that must have been looked at for a judgement.
pub const ENOUGH_PERCENT: i64 = 80;
/// For how many days a measurement holds: the daily round may fail once.
const DAYS: i64 = 2;

/// Every probe of the register.
pub(crate) fn all(database: &Database) -> Vec<Arc<dyn Probe>> {
    let database = || database.clone();
    vec![
        Arc::new(register::RegisterComplete {
            database: database(),
        }),
        Arc::new(connections::RemoteMaintenanceConfirmed {
            database: database(),
        }),
        Arc::new(connections::SourceRestricted {
            database: database(),
        }),
        Arc::new(services::ServicesAsAllowed {
            database: database(),
            id: SERVICES_ON_SERVERS,
            class: DeviceClass::Server,
        }),
        Arc::new(services::ServicesAsAllowed {
            database: database(),
            id: SERVICES_ON_TERMINALS,
            class: DeviceClass::Terminal,
        }),
        Arc::new(two_factor::SystemTwoFactor {
            database: database(),
        }),
    ]
}

/// The program's own proof for an institution's register.
fn own_proof(
    organization: OrganizationId,
    probe: &'static str,
) -> Result<Authorized<actions::ReadInventory>, ProbeError> {
    let principal = Arc::new(Principal {
        actor: Actor::System,
        organization,
        organization_kind: OrganizationKind::Hospital,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    let resource = Resource {
        organization,
        standing: Standing::Own,
    };
    authorize(&principal, &resource).map_err(|denial| failed(probe, denial))
}

fn failed(probe: &'static str, error: impl ToString) -> ProbeError {
    ProbeError {
        probe,
        reason: error.to_string(),
    }
}

/// How many per cent one number is of another; nothing of nothing is none.
const fn percent(part: i64, whole: i64) -> i64 {
    if whole > 0 { part * 100 / whole } else { 0 }
}

fn measurement(
    subject: Subject,
    outcome: Outcome,
    message: &str,
    arguments: &[(&str, i64)],
    (covered, total): (i64, i64),
) -> Measurement {
    Measurement {
        outcome,
        finding: Finding {
            message: message.to_owned(),
            arguments: arguments
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_string()))
                .collect(),
        },
        covered,
        total,
        measured_at: subject.now,
        valid_until: subject.now.plus_days(DAYS),
    }
}

#[cfg(test)]
pub(crate) fn subject_on(day: &str) -> Subject {
    let today = yagura_kernel::time::parse_date(day).unwrap();
    Subject {
        organization: uuid::Uuid::nil().into(),
        today,
        now: yagura_kernel::time::Instant::from_jst(today, 9, 0),
    }
}
