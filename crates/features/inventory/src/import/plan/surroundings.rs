//! What a plan is made from beside the files.

use std::collections::HashMap;

use discovery::model::{Device, keys};
use discovery::reconcile::{BaselineService, RegisterAsset};
use time::OffsetDateTime;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::Instant;

use super::super::bridge::{self, Identity};
use crate::model::Asset;

/// A device of the register with what is known of it beside its record.
#[derive(Debug, Clone)]
pub struct Known {
    /// The record.
    pub id: Uuid,
    /// Its revision.
    pub revision: i64,
    /// What it says.
    pub asset: Asset,
    /// By what it is recognised.
    pub identity: Identity,
    /// When it was last seen.
    pub last_seen: Option<Instant>,
    /// Services that it may offer; none where nobody said.
    pub baseline: Option<Vec<BaselineService>>,
}

/// Names of systems and vendors that a table may refer to.
#[derive(Debug, Clone, Default)]
pub struct Names {
    systems: HashMap<String, Uuid>,
    system_names: HashMap<Uuid, String>,
    vendors: HashMap<String, OrganizationId>,
    vendor_names: HashMap<OrganizationId, String>,
}

impl Names {
    /// Names of systems and vendors. Of several with one name the first counts.
    pub fn new(
        systems: impl IntoIterator<Item = (Uuid, String)>,
        vendors: impl IntoIterator<Item = (OrganizationId, String)>,
    ) -> Self {
        let mut names = Self::default();
        for (id, name) in systems {
            names
                .systems
                .entry(normalise_for_search(&name))
                .or_insert(id);
            names.system_names.insert(id, name);
        }
        for (id, name) in vendors {
            names
                .vendors
                .entry(normalise_for_search(&name))
                .or_insert(id);
            names.vendor_names.insert(id, name);
        }
        names
    }

    pub(in crate::import) fn system(&self, name: &str) -> Option<Uuid> {
        self.systems.get(&normalise_for_search(name)).copied()
    }

    pub(in crate::import) fn system_name(&self, id: Uuid) -> Option<&str> {
        self.system_names.get(&id).map(String::as_str)
    }

    pub(in crate::import) fn vendor(&self, name: &str) -> Option<OrganizationId> {
        self.vendors.get(&normalise_for_search(name)).copied()
    }

    pub(in crate::import) fn vendor_name(&self, id: OrganizationId) -> Option<&str> {
        self.vendor_names.get(&id).map(String::as_str)
    }
}

/// What the plan is made from beside the files.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The devices of the register.
    pub register: Vec<Known>,
    /// Names that tables may refer to.
    pub names: Names,
    /// The systems and connections, where a file is about them.
    pub records: super::super::sheet::Records,
    /// After how many days a device that nobody saw is named.
    pub seen_days: i64,
    /// The moment.
    pub now: Instant,
}

pub(super) fn moment(at: Instant) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// By what a device is recognised: the strongest of its keys, as text.
#[must_use]
pub(crate) fn key_of_device(device: &Device) -> String {
    let serial = || {
        let serial = keys::serial(device.serial_number.as_deref()?)?;
        let maker = device.manufacturer.as_deref().and_then(keys::manufacturer);
        Some(format!("serial {} {serial}", maker.unwrap_or_default()))
    };
    let mac = || {
        let mut macs = device.macs.iter().filter(|mac| mac.quality().is_key());
        macs.next().map(|mac| format!("mac {mac}"))
    };
    let name = || {
        let mut names = device.names.iter();
        names.find_map(|name| Some(format!("name {}", keys::hostname(&name.value)?)))
    };
    let uuid = device.system_uuid.as_deref().and_then(keys::system_uuid);
    uuid.map(|uuid| format!("uuid {uuid}"))
        .or_else(serial)
        .or_else(|| Some(format!("machine {}", device.machine_id_hash.as_deref()?)))
        .or_else(|| {
            let number = keys::management_number(device.management_number.as_deref()?)?;
            Some(format!("number {number}"))
        })
        .or_else(mac)
        .or_else(name)
        .or_else(|| Some(format!("address {}", device.addresses.first()?.ip)))
        .unwrap_or_else(|| format!("label {}", device.label()))
}

/// The register as the comparison knows registers.
pub(crate) fn registered(around: &Surroundings) -> Vec<RegisterAsset> {
    let rows = around.register.iter();
    rows.map(|known| RegisterAsset {
        id: known.id.to_string(),
        device: bridge::device_of(&known.asset, &known.identity, &around.names),
        in_use: known.asset.state == crate::model::AssetState::InUse,
        last_seen: known.last_seen.map(moment),
        baseline: known.baseline.clone(),
    })
    .collect()
}
