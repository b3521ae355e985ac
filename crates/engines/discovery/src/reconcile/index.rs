use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Assignment, Device, MacQuality, NameKind, keys};

/// Kinds of keys, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// UUID of the firmware.
    SystemUuid,
    /// Serial number with its maker.
    Serial,
    /// Hash of the installation's id.
    MachineId,
    /// The institution's own number.
    ManagementNumber,
    /// Hardware address given by a maker.
    Mac,
    /// Serial number where one side does not name the maker.
    SerialWithoutMaker,
    /// Name with domain.
    Fqdn,
    /// Host name.
    Hostname,
    /// Address that is set by hand on both sides.
    StaticAddress,
    /// Address otherwise.
    Address,
    /// Hardware address that software made up.
    PoorMac,
}

impl KeyKind {
    /// Whether the key decides alone, and surely.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self <= Self::Mac
    }

    /// Whether the key decides alone, though not surely.
    #[must_use]
    pub fn is_usable(self) -> bool {
        self <= Self::StaticAddress
    }
}

/// A key with its value in comparable form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What sort of key it is.
    pub kind: KeyKind,
    /// Its value in comparable form.
    pub value: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.value)
    }
}

/// The keys of a device, computed once.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub(super) uuid: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) maker: Option<String>,
    pub(super) machine_id: Option<String>,
    pub(super) number: Option<String>,
    pub(super) macs: Vec<String>,
    pub(super) poor_macs: Vec<String>,
    pub(super) fqdns: Vec<String>,
    pub(super) hostnames: Vec<String>,
    pub(super) addresses: Vec<(String, Assignment)>,
}

impl Keys {
    pub(super) fn of(device: &Device) -> Self {
        let mut found = Self {
            uuid: device.system_uuid.as_deref().and_then(keys::system_uuid),
            serial: device.serial_number.as_deref().and_then(keys::serial),
            maker: device.manufacturer.as_deref().and_then(keys::manufacturer),
            machine_id: device.machine_id_hash.clone(),
            number: device
                .management_number
                .as_deref()
                .and_then(keys::management_number),
            ..Self::default()
        };
        for mac in &device.macs {
            match mac.quality() {
                MacQuality::Universal => found.macs.push(mac.to_string()),
                MacQuality::LocallyAdministered => found.poor_macs.push(mac.to_string()),
                _ => {}
            }
        }
        for name in &device.names {
            if name.kind == NameKind::Display {
                continue;
            }
            found.hostnames.extend(keys::hostname(&name.value));
            found.fqdns.extend(keys::fqdn(&name.value));
        }
        for address in &device.addresses {
            if keys::is_device_address(address.ip) {
                let address = (address.ip.to_string(), address.assignment);
                found.addresses.push(address);
            }
        }
        for list in [
            &mut found.macs,
            &mut found.poor_macs,
            &mut found.fqdns,
            &mut found.hostnames,
        ] {
            list.sort();
            list.dedup();
        }
        found.addresses.sort();
        found.addresses.dedup();
        found
    }

    /// Values under which the device is found in an index, by kind. Both forms of a serial
    /// number stand under [`KeyKind::Serial`]; the makers are compared when it is found. The
    /// same holds for the assignment of addresses.
    pub(super) fn indexed(&self) -> Vec<Key> {
        let mut all = Vec::with_capacity(8);
        let mut push = |kind: KeyKind, value: &str| {
            all.push(Key {
                kind,
                value: value.to_owned(),
            });
        };
        let single = [
            (KeyKind::SystemUuid, &self.uuid),
            (KeyKind::Serial, &self.serial),
            (KeyKind::MachineId, &self.machine_id),
            (KeyKind::ManagementNumber, &self.number),
        ];
        for (kind, value) in single {
            if let Some(value) = value {
                push(kind, value);
            }
        }
        let several = [
            (KeyKind::Mac, &self.macs),
            (KeyKind::Fqdn, &self.fqdns),
            (KeyKind::Hostname, &self.hostnames),
            (KeyKind::PoorMac, &self.poor_macs),
        ];
        for (kind, values) in several {
            for value in values {
                push(kind, value);
            }
        }
        for (address, _) in &self.addresses {
            push(KeyKind::Address, address);
        }
        all
    }

    /// Whether there is a key by which the device would be recognised again.
    pub(super) fn is_identifiable(&self) -> bool {
        self.uuid.is_some()
            || self.serial.is_some()
            || self.machine_id.is_some()
            || self.number.is_some()
            || !self.macs.is_empty()
            || !self.fqdns.is_empty()
            || !self.hostnames.is_empty()
            || self
                .addresses
                .iter()
                .any(|(_, assignment)| *assignment == Assignment::Static)
    }

    pub(super) fn assignment(&self, address: &str) -> Assignment {
        self.addresses
            .iter()
            .find(|(known, _)| known == address)
            .map_or(Assignment::Unknown, |(_, assignment)| *assignment)
    }

    /// Whether both name hardware addresses and have none in common.
    pub(super) fn hardware_differs(&self, other: &Self) -> bool {
        !self.macs.is_empty()
            && !other.macs.is_empty()
            && !self.macs.iter().any(|mac| other.macs.contains(mac))
    }

    /// The kinds of keys of one value by which the two are told apart, strongest first.
    pub(super) fn contradictions(&self, other: &Self) -> impl Iterator<Item = KeyKind> {
        let differ = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        [
            (KeyKind::SystemUuid, differ(&self.uuid, &other.uuid)),
            (KeyKind::Serial, differ(&self.serial, &other.serial)),
            (
                KeyKind::ManagementNumber,
                differ(&self.number, &other.number),
            ),
        ]
        .into_iter()
        .filter_map(|(kind, differs)| differs.then_some(kind))
    }

    /// Whether a key of this kind that fits is overruled by stronger ones.
    pub(super) fn is_overruled(&self, kind: KeyKind, other: &Self) -> bool {
        if self.contradictions(other).any(|against| against < kind) {
            return true;
        }
        // A name or address moves to new hardware: then the hardware addresses are others.
        kind > KeyKind::Mac && self.hardware_differs(other)
    }

    /// The kind under which a host name counts between the two: the same name in two domains is
    /// two computers.
    pub(super) fn hostname_kind(&self, other: &Self) -> Option<KeyKind> {
        let is_other_domain = !self.fqdns.is_empty()
            && !other.fqdns.is_empty()
            && !self.fqdns.iter().any(|name| other.fqdns.contains(name));
        (!is_other_domain).then_some(KeyKind::Hostname)
    }

    /// The kind under which a serial number counts between the two; none where the makers
    /// differ.
    pub(super) fn serial_kind(&self, other: &Self) -> Option<KeyKind> {
        match (&self.maker, &other.maker) {
            (Some(a), Some(b)) if a == b => Some(KeyKind::Serial),
            (Some(_), Some(_)) => None,
            _ => Some(KeyKind::SerialWithoutMaker),
        }
    }
}
