//! `services-on-servers`, `services-on-terminals`: whether only those services listen that are
//! recorded as allowed (2-⑫).

use async_trait::async_trait;
use yagura_kernel::probe::{Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_store::Database;

use super::{ENOUGH_PERCENT, failed, measurement, own_proof, percent};
use crate::model::DeviceClass;
use crate::store::{Services, services};

/// The id by which packs name it for servers.
pub const SERVICES_ON_SERVERS: &str = "services-on-servers";
/// The id by which packs name it for terminal PCs.
pub const SERVICES_ON_TERMINALS: &str = "services-on-terminals";

/// Holds the services that were found listening against those that are recorded.
pub(super) struct ServicesAsAllowed {
    pub(super) database: Database,
    pub(super) id: &'static str,
    pub(super) class: DeviceClass,
}

#[async_trait]
impl Probe for ServicesAsAllowed {
    fn id(&self) -> &'static str {
        self.id
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let proof = own_proof(subject.organization, self.id)?;
        let found = services(&self.database, &proof, self.class, subject.now)
            .await
            .map_err(|error| failed(self.id, error))?;
        Ok(judge(found, subject))
    }
}

fn judge(found: Services, subject: Subject) -> Measurement {
    let (outcome, message) = if found.unexpected > 0 {
        (Outcome::Violated, "inventory-probe-services-unexpected")
    } else if found.devices == 0 {
        (Outcome::Unknown, "inventory-probe-services-none")
    } else if percent(found.compared, found.devices) < ENOUGH_PERCENT {
        (Outcome::Unknown, "inventory-probe-services-few")
    } else {
        (Outcome::Satisfied, "inventory-probe-services-allowed")
    };
    let arguments = [
        ("devices", found.devices),
        ("compared", found.compared),
        ("unexpected", found.unexpected),
    ];
    let covered = (found.compared, found.devices);
    measurement(subject, outcome, message, &arguments, covered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::subject_on;

    #[test]
    fn one_service_too_many_contradicts_and_too_few_looks_prove_nothing() {
        let of = |devices, compared, unexpected| {
            let found = Services {
                devices,
                compared,
                unexpected,
            };
            judge(found, subject_on("2026-11-22")).outcome
        };
        assert_eq!(of(10, 8, 0), Outcome::Satisfied);
        assert_eq!(of(10, 7, 0), Outcome::Unknown);
        assert_eq!(of(0, 0, 0), Outcome::Unknown);
        assert_eq!(of(10, 1, 1), Outcome::Violated);
    }
}
