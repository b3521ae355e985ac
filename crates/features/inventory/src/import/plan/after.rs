//! The register as it stands after a plan was done.

use std::collections::HashMap;

use discovery::model::{Device, Presence, Report, SourceKind, Subject};
use discovery::reconcile::{Scope, Settings, Source, reconcile};
use uuid::Uuid;

use super::super::bridge;
use super::{AssetChange, Known, Names, Plan, Surroundings, moment, registered};
use crate::model::Asset;

/// The register as it stands after a plan was done; `added` are the ids of its new records.
#[must_use]
pub(crate) fn after(plan: &Plan, added: &[Uuid], around: Surroundings) -> Surroundings {
    let seen: HashMap<Uuid, &AssetChange> = plan
        .seen
        .iter()
        .filter(|seen| !seen.is_left_out)
        .map(|seen| (seen.id, seen))
        .collect();
    let mut register: Vec<Known> = around
        .register
        .into_iter()
        .map(|mut known| {
            if let Some(seen) = seen.get(&known.id) {
                known.asset = seen.after.clone();
                known.identity = seen.duty.identity.clone();
            }
            known
        })
        .collect();
    let new = plan.new.iter().filter(|new| !new.is_left_out);
    register.extend(added.iter().zip(new).map(|(id, new)| Known {
        id: *id,
        revision: 1,
        asset: new.asset.clone(),
        identity: new.duty.identity.clone(),
        last_seen: None,
        baseline: None,
    }));
    Surroundings { register, ..around }
}

/// Which devices that stood in no row do so now.
#[must_use]
pub(crate) fn recognised(strangers: &[(Uuid, Device)], around: &Surroundings) -> Vec<Uuid> {
    let mut report = Report::empty(SourceKind::Arp);
    report.observations = (0u64..)
        .zip(strangers)
        .map(|(row, (_, device))| discovery::model::Observation {
            device: device.clone(),
            subject: Subject::Device,
            presence: Presence::Listed,
            seen_at: None,
            place: discovery::model::Place::Row(row),
        })
        .collect();
    let source = Source {
        label: String::new(),
        report: &report,
        scope: Scope::Nothing,
    };
    let settings = Settings::at(moment(around.now));
    let Ok(diff) = reconcile(&registered(around), &[source], &settings) else {
        return Vec::new();
    };
    let found = diff.matched.iter().flat_map(|one| &one.devices);
    found
        .filter_map(|at| diff.devices.get(*at))
        .flat_map(|seen| &seen.sources)
        .filter_map(|source| match source.place {
            discovery::model::Place::Row(row) => strangers.get(usize::try_from(row).ok()?),
            _ => None,
        })
        .map(|(id, _)| *id)
        .collect()
}

/// A device that stands in no row, as a record.
#[must_use]
pub(crate) fn record_of(device: &Device) -> Asset {
    bridge::asset_of(device, &Names::default()).0
}
