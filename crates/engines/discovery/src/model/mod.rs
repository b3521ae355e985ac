//! Devices as a source saw them.

mod field;
pub mod keys;
mod mac;
mod network;
mod report;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use field::Field;
pub use mac::{Mac, MacQuality, NotAMac};
pub use network::{Network, NotANetwork};
pub use report::{
    Incomplete, Observation, Place, PortRange, Presence, Problem, Reason, Report, SourceKind,
    Subject,
};

/// What is known of one device: what a source says of it, or what a register holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Names by which it goes.
    pub names: Vec<Name>,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// Its hardware addresses, also poor ones; [`Mac::quality`] tells.
    pub macs: Vec<Mac>,
    /// Maker, as written.
    pub manufacturer: Option<String>,
    /// Model, as written.
    pub model: Option<String>,
    /// Serial number, as written; [`keys::serial`] tells whether it is one.
    pub serial_number: Option<String>,
    /// UUID of the firmware, as written; [`keys::system_uuid`] tells whether it is one.
    pub system_uuid: Option<String>,
    /// Hash of the installation's own id (`/etc/machine-id`).
    pub machine_id_hash: Option<String>,
    /// The institution's own number, as written.
    pub management_number: Option<String>,
    /// Operating system.
    pub os: Option<OperatingSystem>,
    /// What kind of device it seems to be, and why; the most telling first.
    pub classes: Vec<ClassHint>,
    /// Installed software.
    pub software: Vec<Software>,
    /// Services that listen.
    pub services: Vec<Service>,
    /// Other facts, as written: department, place, support end …
    pub facts: BTreeMap<Field, String>,
    /// Columns or properties without a field of their own, by their heading.
    pub extra: BTreeMap<String, String>,
}

/// A name of a device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// What sort of name it is.
    pub kind: NameKind,
    /// The name as written.
    pub value: String,
}

/// Sorts of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// Host name without domain.
    Hostname,
    /// Name with domain.
    Fqdn,
    /// What people call it.
    Display,
}

/// An address of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// How the device came by it.
    #[serde(default)]
    pub assignment: Assignment,
}

/// How a device came by its address.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// The source does not say: a poor key.
    #[default]
    Unknown,
    /// Lent by a DHCP server: tomorrow another device may have it.
    Dynamic,
    /// Set by hand or reserved for this device.
    Static,
}

/// Operating system of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatingSystem {
    /// Name, for example `Microsoft Windows 10 Pro`.
    pub name: Option<String>,
    /// Version, for example `10.0.19045`.
    pub version: Option<String>,
    /// Build, for example `19045`.
    pub build: Option<String>,
    /// CPE name that the source gives.
    pub cpe: Option<String>,
    /// How sure the source is, in per cent, where it guesses (nmap); absent where it knows.
    pub accuracy: Option<u8>,
}

/// Kinds of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// Offers services to others.
    Server,
    /// Workstation, laptop, tablet that people work at.
    Terminal,
    /// Router, switch, firewall, VPN appliance, access point.
    NetworkDevice,
    /// Medical device or modality.
    MedicalDevice,
    /// Printer, scanner, fax.
    Printer,
    /// Storage on the network.
    Storage,
    /// Telephone, PBX.
    Telephone,
    /// Camera.
    Camera,
    /// Power supply that stands on the network.
    PowerSupply,
    /// Host of virtual machines.
    Hypervisor,
    /// Anything else that the source names.
    Other,
}

/// A hint on the kind of a device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClassHint {
    /// The kind.
    pub class: DeviceClass,
    /// What it rests on.
    pub because: ClassReason,
    /// The words of the source.
    pub evidence: String,
}

/// What a hint on the kind of a device rests on; the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassReason {
    /// A column or property says so.
    Stated,
    /// The computer's role in its domain.
    Role,
    /// The name of its operating system.
    OperatingSystem,
    /// A service that only such devices offer.
    Service,
    /// The shape of the chassis.
    Chassis,
    /// A scanner's guess.
    Guess,
    /// The way in which a protocol was spoken.
    Protocol,
}

/// One installed software.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Software {
    /// Name as written.
    pub name: String,
    /// Version as written.
    pub version: Option<String>,
    /// Maker, packager or supplier.
    pub vendor: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// CPE name, in either binding.
    pub cpe: Option<String>,
}

/// Transport protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A service that listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Service {
    /// Transport protocol.
    pub protocol: Protocol,
    /// Port number.
    pub port: u16,
    /// Address to which it is bound, where the source knows; none or unspecified means all.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// Name of the application protocol (`https`).
    #[serde(default)]
    pub name: Option<String>,
    /// Product that answers, or program that listens.
    #[serde(default)]
    pub product: Option<String>,
    /// Version of the product.
    #[serde(default)]
    pub version: Option<String>,
    /// CPE name that the source gives.
    #[serde(default)]
    pub cpe: Option<String>,
    /// Whether the source cannot tell open from filtered (nmap's `open|filtered`).
    #[serde(default)]
    pub uncertain: bool,
}

impl Service {
    /// Whether only the device itself reaches the service.
    #[must_use]
    pub fn is_local_only(&self) -> bool {
        self.address.is_some_and(|address| address.is_loopback())
    }
}

impl Address {
    /// An address of which nothing more is known.
    #[must_use]
    pub fn unknown(ip: IpAddr) -> Self {
        Self {
            ip,
            assignment: Assignment::Unknown,
        }
    }
}

impl Device {
    /// Adds a name unless it is empty or known. A text with a dot and no white space is a name
    /// with domain where `kind` says host name.
    pub fn add_name(&mut self, kind: NameKind, value: &str) {
        let value = value.trim().trim_end_matches('.');
        if value.is_empty() || value.parse::<IpAddr>().is_ok() {
            return;
        }
        let kind = match kind {
            NameKind::Hostname if value.contains('.') && !value.contains(' ') => NameKind::Fqdn,
            NameKind::Fqdn if !value.contains('.') => NameKind::Hostname,
            other => other,
        };
        let folded = value.to_lowercase();
        let known = self
            .names
            .iter()
            .any(|name| name.kind == kind && name.value.to_lowercase() == folded);
        if !known {
            self.names.push(Name {
                kind,
                value: value.to_owned(),
            });
        }
    }

    /// Adds an address unless it belongs to no device; a known one learns how it was assigned.
    pub fn add_address(&mut self, address: Address) {
        if !keys::is_device_address(address.ip) {
            return;
        }
        match self.addresses.iter_mut().find(|a| a.ip == address.ip) {
            Some(known) => known.assignment = known.assignment.max(address.assignment),
            None => self.addresses.push(address),
        }
    }

    /// Adds a hardware address unless it is known, a group's or zero.
    pub fn add_mac(&mut self, mac: Mac) {
        if mac.quality().is_device() && !self.macs.contains(&mac) {
            self.macs.push(mac);
        }
    }

    /// Adds a hint on the kind of the device unless the same is known.
    pub fn add_class(&mut self, class: DeviceClass, because: ClassReason, evidence: &str) {
        let hint = ClassHint {
            class,
            because,
            evidence: evidence.chars().take(200).collect(),
        };
        if !self.classes.contains(&hint) {
            self.classes.push(hint);
        }
    }

    /// The kind that the most telling hint names.
    #[must_use]
    pub fn class(&self) -> Option<DeviceClass> {
        self.classes
            .iter()
            .min_by_key(|hint| (hint.because, hint.class))
            .map(|hint| hint.class)
    }

    /// The first name of a kind.
    #[must_use]
    pub fn name(&self, kind: NameKind) -> Option<&str> {
        self.names
            .iter()
            .find(|name| name.kind == kind)
            .map(|name| name.value.as_str())
    }

    /// What to call the device: the display name, else the name with domain, else the host name,
    /// else an address.
    #[must_use]
    pub fn label(&self) -> String {
        [NameKind::Display, NameKind::Fqdn, NameKind::Hostname]
            .into_iter()
            .find_map(|kind| self.name(kind).map(str::to_owned))
            .or_else(|| self.addresses.first().map(|address| address.ip.to_string()))
            .or_else(|| self.macs.first().map(Mac::to_string))
            .or_else(|| self.serial_number.clone())
            .unwrap_or_default()
    }

    /// The values of a field, as written; empty where nothing is known.
    #[must_use]
    pub fn values(&self, field: Field) -> Vec<String> {
        let names = |kind: NameKind| -> Vec<String> {
            self.names
                .iter()
                .filter(|name| name.kind == kind)
                .map(|name| name.value.clone())
                .collect()
        };
        let one = |value: Option<&String>| -> Vec<String> { value.cloned().into_iter().collect() };
        let os = self.os.as_ref();
        match field {
            Field::ManagementNumber => one(self.management_number.as_ref()),
            Field::Hostname => names(NameKind::Hostname),
            Field::Fqdn => names(NameKind::Fqdn),
            Field::DisplayName => names(NameKind::Display),
            Field::IpAddresses => self.addresses.iter().map(|a| a.ip.to_string()).collect(),
            Field::MacAddresses => self.macs.iter().map(Mac::to_string).collect(),
            Field::Manufacturer => one(self.manufacturer.as_ref()),
            Field::Model => one(self.model.as_ref()),
            Field::SerialNumber => one(self.serial_number.as_ref()),
            Field::SystemUuid => one(self.system_uuid.as_ref()),
            Field::OsName => one(os.and_then(|os| os.name.as_ref())),
            Field::OsVersion => one(os.and_then(|os| os.version.as_ref())),
            Field::OsBuild => one(os.and_then(|os| os.build.as_ref())),
            other => one(self.facts.get(&other)),
        }
    }

    /// Puts the values of a field in place of what is known. Addresses that do not parse are
    /// left out.
    pub fn set(&mut self, field: Field, values: &[String]) {
        let first = values.first().filter(|value| !value.is_empty()).cloned();
        let kind = match field {
            Field::Hostname => Some(NameKind::Hostname),
            Field::Fqdn => Some(NameKind::Fqdn),
            Field::DisplayName => Some(NameKind::Display),
            _ => None,
        };
        if let Some(kind) = kind {
            self.names.retain(|name| name.kind != kind);
            self.names.extend(values.iter().map(|value| Name {
                kind,
                value: value.clone(),
            }));
            return;
        }
        match field {
            Field::ManagementNumber => self.management_number = first,
            Field::IpAddresses => {
                let before = std::mem::take(&mut self.addresses);
                for ip in values.iter().filter_map(|v| v.parse::<IpAddr>().ok()) {
                    let known = before.iter().find(|address| address.ip == ip);
                    self.addresses
                        .push(known.copied().unwrap_or(Address::unknown(ip)));
                }
            }
            Field::MacAddresses => {
                self.macs = values.iter().filter_map(|v| v.parse().ok()).collect();
            }
            Field::Manufacturer => self.manufacturer = first,
            Field::Model => self.model = first,
            Field::SerialNumber => self.serial_number = first,
            Field::SystemUuid => self.system_uuid = first,
            Field::OsName => self.os.get_or_insert_default().name = first,
            Field::OsVersion => self.os.get_or_insert_default().version = first,
            Field::OsBuild => self.os.get_or_insert_default().build = first,
            other => {
                match first {
                    Some(value) => self.facts.insert(other, value),
                    None => self.facts.remove(&other),
                };
            }
        }
    }

    /// Whether anything is known by which a person would recognise the device.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.names.is_empty()
            && self.addresses.is_empty()
            && self.macs.is_empty()
            && self.serial_number.is_none()
            && self.system_uuid.is_none()
            && self.machine_id_hash.is_none()
            && self.management_number.is_none()
    }

    /// Brings lists into their one order, without duplicates, so that equal devices compare
    /// equal.
    pub fn canonicalise(&mut self) {
        self.names.sort();
        self.names.dedup();
        self.addresses.sort();
        self.addresses.dedup_by_key(|address| address.ip);
        self.macs.sort();
        self.macs.dedup();
        self.classes.sort_by(|a, b| {
            (a.because, a.class, &a.evidence).cmp(&(b.because, b.class, &b.evidence))
        });
        self.classes.dedup();
        self.software.sort();
        self.software.dedup();
        self.services.sort();
        self.services.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_set_is_read_back() {
        for field in Field::ALL {
            let value = match field {
                Field::IpAddresses => "192.0.2.7",
                Field::MacAddresses => "00:1b:21:3c:9d:f8",
                _ => "値",
            };
            let mut device = Device::default();
            device.set(*field, &[value.to_owned()]);
            assert_eq!(device.values(*field), vec![value.to_owned()], "{field:?}");
        }
    }

    #[test]
    fn names_find_their_kind() {
        let mut device = Device::default();
        device.add_name(NameKind::Hostname, "pacs.example.jp.");
        device.add_name(NameKind::Fqdn, "PACS");
        device.add_name(NameKind::Hostname, "pacs");
        device.add_name(NameKind::Hostname, "10.0.0.1");
        assert_eq!(device.name(NameKind::Fqdn), Some("pacs.example.jp"));
        assert_eq!(device.names.len(), 2);
    }

    #[test]
    fn a_lent_address_stays_lent_and_a_reserved_one_wins() {
        let mut device = Device::default();
        let ip = "192.168.1.5".parse().unwrap();
        for assignment in [
            Assignment::Unknown,
            Assignment::Dynamic,
            Assignment::Unknown,
        ] {
            device.add_address(Address { ip, assignment });
        }
        assert_eq!(device.addresses[0].assignment, Assignment::Dynamic);
        device.add_address(Address {
            ip,
            assignment: Assignment::Static,
        });
        assert_eq!(device.addresses.len(), 1);
        assert_eq!(device.addresses[0].assignment, Assignment::Static);
    }
}
