//! The register's devices as the comparison knows devices, and back.

use std::collections::{BTreeMap, BTreeSet};

use discovery::model::{
    Address, Assignment, Device, DeviceClass as SeenClass, Field, Name, NameKind, SourceKind,
};
use serde::{Deserialize, Serialize};
use yagura_kernel::text::normalise_for_search;

use super::plan::Names;
use crate::model::{
    Asset, AssetState, Content, DeviceClass, FieldProblem, PatchState, Problem, read, text_of,
};

/// How many characters of a text are taken where the register has room for no more.
const LONGEST_LINE: usize = 100;

/// By what a device is recognised again beside the fields of its record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// UUID of the firmware.
    pub system_uuid: Option<String>,
    /// Hash of the installation's own id.
    pub machine_id_hash: Option<String>,
    /// Names of the network beside the one that the record shows.
    pub names: Vec<String>,
    /// How addresses were assigned, where a source said so.
    pub addresses: Vec<Address>,
}

impl Identity {
    /// Learns what a device was seen with.
    pub(crate) fn learn(&mut self, seen: &Device, record: &Asset) {
        if let Some(uuid) = &seen.system_uuid {
            self.system_uuid = Some(uuid.clone());
        }
        if let Some(hash) = &seen.machine_id_hash {
            self.machine_id_hash = Some(hash.clone());
        }
        for name in &seen.names {
            let is_shown = name.value.eq_ignore_ascii_case(&record.hostname);
            if name.kind != NameKind::Display && !is_shown && !self.names.contains(&name.value) {
                self.names.push(name.value.clone());
            }
        }
        self.names.sort();
        for address in &seen.addresses {
            if address.assignment == Assignment::Unknown {
                continue;
            }
            self.addresses.retain(|known| known.ip != address.ip);
            self.addresses.push(*address);
        }
        let kept: BTreeSet<&str> = record.ip_addresses.iter().map(String::as_str).collect();
        self.addresses
            .retain(|address| kept.contains(address.ip.to_string().as_str()));
        self.addresses.sort();
    }

    /// Learns what another row of the same device knew.
    pub(crate) fn join(&mut self, other: &Self, record: &Asset) {
        if self.system_uuid.is_none() {
            self.system_uuid.clone_from(&other.system_uuid);
        }
        if self.machine_id_hash.is_none() {
            self.machine_id_hash.clone_from(&other.machine_id_hash);
        }
        for name in &other.names {
            let is_shown = name.eq_ignore_ascii_case(&record.hostname);
            if !is_shown && !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
        self.names.sort();
        for address in &other.addresses {
            if !self.addresses.iter().any(|known| known.ip == address.ip) {
                self.addresses.push(*address);
            }
        }
        self.addresses.sort();
    }
}

/// Who lists software; the newest list of each replaces its former one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoftwareGroup {
    /// A tool on the device itself.
    Inside,
    /// A bill of materials.
    BillOfMaterials,
    /// A table or directory.
    Listed,
    /// A scan from outside.
    Scan,
}

impl SoftwareGroup {
    /// The code used in storage.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::BillOfMaterials => "sbom",
            Self::Listed => "listed",
            Self::Scan => "scan",
        }
    }
}

/// To which group a kind of source belongs.
#[must_use]
pub fn group_of(kind: SourceKind) -> SoftwareGroup {
    match kind {
        SourceKind::CycloneDx | SourceKind::Spdx => SoftwareGroup::BillOfMaterials,
        SourceKind::Nmap | SourceKind::Arp => SoftwareGroup::Scan,
        kind if kind.is_inside_view() => SoftwareGroup::Inside,
        _ => SoftwareGroup::Listed,
    }
}

/// One installed software of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SoftwareLine {
    /// Its name as the source writes it.
    pub name: String,
    /// Its version as the source writes it; empty where it says none.
    pub version: String,
    /// Its maker; empty where the source says none.
    pub vendor: String,
    /// Its package URL; empty where the source says none.
    pub purl: String,
    /// Its CPE name; empty where the source says none.
    pub cpe: String,
}

/// The software of a device, each once.
pub(super) fn software_of(device: &Device) -> Vec<SoftwareLine> {
    let clip = |text: &str| -> String { text.trim().chars().take(200).collect() };
    let optional = |text: &Option<String>| text.as_deref().map(clip).unwrap_or_default();
    let lines: BTreeSet<SoftwareLine> = device
        .software
        .iter()
        .filter(|software| !software.name.trim().is_empty())
        .map(|software| SoftwareLine {
            name: clip(&software.name),
            version: optional(&software.version),
            vendor: optional(&software.vendor),
            purl: optional(&software.purl),
            cpe: optional(&software.cpe),
        })
        .collect();
    lines.into_iter().collect()
}

/// A record of the register as the comparison knows devices.
pub(super) fn device_of(asset: &Asset, identity: &Identity, names: &Names) -> Device {
    let mut device = Device::default();
    device.add_name(NameKind::Hostname, &asset.hostname);
    for name in &identity.names {
        device.add_name(NameKind::Hostname, name);
    }
    if !asset.name.is_empty() {
        device.names.push(Name {
            kind: NameKind::Display,
            value: asset.name.clone(),
        });
    }
    for text in &asset.ip_addresses {
        if let Ok(ip) = text.parse() {
            let known = identity.addresses.iter().find(|address| address.ip == ip);
            device.add_address(known.copied().unwrap_or(Address::unknown(ip)));
        }
    }
    for mac in asset
        .mac_addresses
        .iter()
        .filter_map(|text| text.parse().ok())
    {
        device.add_mac(mac);
    }
    device.system_uuid.clone_from(&identity.system_uuid);
    device.machine_id_hash.clone_from(&identity.machine_id_hash);
    let system = asset.system.and_then(|id| names.system_name(id));
    let vendor = asset.vendor.and_then(|id| names.vendor_name(id));
    let texts = [
        (Field::ManagementNumber, asset.management_number.as_str()),
        (Field::Manufacturer, &asset.manufacturer),
        (Field::Model, &asset.model),
        (Field::SerialNumber, &asset.serial_number),
        (Field::OsName, &asset.os),
        (Field::OsVersion, &asset.os_version),
        (Field::DeviceClass, asset.class.code()),
        (Field::NetworkZone, &asset.zone),
        (Field::Place, &asset.place),
        (Field::Department, &asset.department),
        (Field::Administrator, &asset.administrator),
        (Field::State, asset.state.code()),
        (Field::PatchState, asset.patch.code()),
        (Field::SystemName, system.unwrap_or_default()),
        (Field::Vendor, vendor.unwrap_or_default()),
        (Field::Note, &asset.note),
    ];
    for (field, text) in texts {
        if !text.is_empty() {
            device.set(field, &[text.to_owned()]);
        }
    }
    if let Some(end) = asset.support_until {
        let text = yagura_kernel::time::format_iso(end);
        device.set(Field::SupportEnd, &[text]);
    }
    device.canonicalise();
    device
}

/// The register's field for a fact; none where the register has no such field.
pub(crate) const fn key_of(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::ManagementNumber => "management_number",
        Field::Hostname | Field::Fqdn => "hostname",
        Field::DisplayName => "name",
        Field::IpAddresses => "ip_addresses",
        Field::MacAddresses => "mac_addresses",
        Field::Manufacturer => "manufacturer",
        Field::Model => "model",
        Field::SerialNumber => "serial_number",
        Field::OsName => "os",
        Field::OsVersion | Field::OsBuild => "os_version",
        Field::DeviceClass => "class",
        Field::Department => "department",
        Field::Vendor => "vendor",
        Field::SystemName => "system",
        Field::NetworkZone => "zone",
        Field::Place => "place",
        Field::Administrator | Field::Owner => "administrator",
        Field::PatchState => "patch",
        Field::SupportEnd => "support_until",
        Field::State => "state",
        Field::Note => "note",
        _ => return None,
    })
}

/// Whether the register has a field for a fact.
pub(crate) const fn has_place(field: Field) -> bool {
    key_of(field).is_some()
}

/// What stands in a field, as somebody would type it.
fn typed(field: Field, values: &[String], names: &Names) -> Option<String> {
    let first = values.first().map(|value| value.trim()).unwrap_or_default();
    Some(match field {
        Field::IpAddresses | Field::MacAddresses => values
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n"),
        Field::DeviceClass => class_of_words(first)?.code().to_owned(),
        Field::State => state_of_words(first)?.code().to_owned(),
        Field::PatchState => patch_of_words(first)?.code().to_owned(),
        Field::SystemName => names.system(first)?.to_string(),
        Field::Vendor => names.vendor(first)?.to_string(),
        Field::Note => first.chars().take(2_000).collect(),
        _ => first.chars().take(LONGEST_LINE).collect(),
    })
}

fn class_of(seen: SeenClass) -> DeviceClass {
    match seen {
        SeenClass::Server | SeenClass::Storage | SeenClass::Hypervisor => DeviceClass::Server,
        SeenClass::Terminal => DeviceClass::Terminal,
        SeenClass::NetworkDevice => DeviceClass::NetworkDevice,
        SeenClass::MedicalDevice => DeviceClass::MedicalDevice,
        _ => DeviceClass::Other,
    }
}

fn class_of_words(words: &str) -> Option<DeviceClass> {
    DeviceClass::from_code(words).or_else(|| discovery::class_of_word(words).map(class_of))
}

fn has_any(words: &str, parts: &[&str]) -> bool {
    let folded = normalise_for_search(words);
    parts
        .iter()
        .any(|part| folded.contains(&normalise_for_search(part)))
}

fn state_of_words(words: &str) -> Option<AssetState> {
    let of = AssetState::from_code(words);
    of.or_else(|| {
        // 「廃棄予定」 is still in use.
        if has_any(words, &["予定"]) {
            Some(AssetState::InUse)
        } else if has_any(
            words,
            &[
                "廃棄", "除却", "返却", "処分", "撤去", "disposed", "retired", "scrapped",
            ],
        ) {
            Some(AssetState::Disposed)
        } else if has_any(
            words,
            &["予備", "在庫", "保管", "未使用", "待機", "spare", "stock"],
        ) {
            Some(AssetState::Spare)
        } else if has_any(
            words,
            &[
                "使用", "利用", "稼働", "稼動", "運用", "現用", "in use", "active", "deployed",
            ],
        ) {
            Some(AssetState::InUse)
        } else {
            None
        }
    })
}

fn patch_of_words(words: &str) -> Option<PatchState> {
    let of = PatchState::from_code(words);
    of.or_else(|| {
        if has_any(words, &["不可", "できない", "対象外", "not possible"]) {
            Some(PatchState::NotPossible)
        } else if has_any(
            words,
            &["未適用", "未実施", "古い", "要更新", "behind", "outdated"],
        ) {
            Some(PatchState::Behind)
        } else if has_any(
            words,
            &["最新", "適用済", "実施済", "current", "up to date"],
        ) {
            Some(PatchState::Current)
        } else {
            None
        }
    })
}

/// A value of a source that has no place in the register as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) field: Field,
    pub(super) value: String,
}

/// Reads fields as typed; those that cannot be taken are left out and named.
fn readable(texts: &mut BTreeMap<&'static str, String>) -> (Asset, Vec<&'static str>) {
    let mut dropped = Vec::new();
    // Each round drops at least one field, and no field twice.
    for _ in 0..=Asset::FIELDS.len() {
        let found = read(Asset::FIELDS, |key| {
            texts.get(key).cloned().unwrap_or_default()
        })
        .and_then(Asset::from_fields);
        match found {
            Ok(asset) => return (asset, dropped),
            Err(problems) => drop_fields(texts, &problems, &mut dropped),
        }
    }
    (Asset::default(), dropped)
}

fn drop_fields(
    texts: &mut BTreeMap<&'static str, String>,
    problems: &[FieldProblem],
    dropped: &mut Vec<&'static str>,
) {
    for problem in problems {
        match (&problem.problem, texts.get_mut(problem.field)) {
            // Of several values the good ones stay.
            (Problem::NotAnAddress { given }, Some(text)) => {
                let kept: Vec<&str> = text.lines().filter(|line| line.trim() != given).collect();
                let kept = kept.join("\n");
                if kept == *text {
                    texts.remove(problem.field);
                } else {
                    *text = kept;
                }
            }
            (Problem::Required, _) => {
                texts.insert(problem.field, "?".to_owned());
            }
            _ => {
                texts.remove(problem.field);
            }
        }
        if !dropped.contains(&problem.field) {
            dropped.push(problem.field);
        }
    }
}

/// The fields of a record as somebody would type them.
fn texts_of(asset: &Asset) -> BTreeMap<&'static str, String> {
    let values = asset.fields_of();
    Asset::FIELDS
        .iter()
        .filter_map(|field| {
            let text = text_of(values.get(field.key)?);
            (!text.is_empty()).then_some((field.key, text))
        })
        .collect()
}

/// A device that stands in no row, as a record.
pub(super) fn asset_of(device: &Device, names: &Names) -> (Asset, Vec<Unusable>) {
    let mut texts: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut unusable = Vec::new();
    for field in Field::ALL {
        let (Some(key), values) = (key_of(*field), device.values(*field)) else {
            continue;
        };
        let Some(first) = values.first().filter(|value| !value.trim().is_empty()) else {
            continue;
        };
        match typed(*field, &values, names) {
            // Of two facts for one field (host name and name with domain) the first stands.
            Some(text) if !text.is_empty() => {
                texts.entry(key).or_insert(text);
            }
            _ => unusable.push(Unusable {
                field: *field,
                value: first.clone(),
            }),
        }
    }
    if !texts.contains_key("class")
        && let Some(class) = device.class()
    {
        texts.insert("class", class_of(class).code().to_owned());
    }
    if !texts.contains_key("name") {
        let model = [&device.manufacturer, &device.model]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        let number = device.management_number.clone().unwrap_or_default();
        let name = [
            texts.get("hostname").cloned(),
            Some(model),
            Some(number),
            Some(device.label()),
        ]
        .into_iter()
        .flatten()
        .find(|name| !name.trim().is_empty());
        let name = name
            .unwrap_or_default()
            .chars()
            .take(LONGEST_LINE)
            .collect();
        texts.insert("name", name);
    }
    let before = texts.clone();
    let (asset, dropped) = readable(&mut texts);
    name_dropped(&mut unusable, &dropped, &before);
    (asset, unusable)
}

fn name_dropped(
    unusable: &mut Vec<Unusable>,
    dropped: &[&'static str],
    before: &BTreeMap<&'static str, String>,
) {
    for key in dropped {
        let field = Field::ALL
            .iter()
            .find(|field| key_of(**field) == Some(*key));
        if let Some(field) = field {
            unusable.push(Unusable {
                field: *field,
                value: before.get(key).cloned().unwrap_or_default(),
            });
        }
    }
}

/// A record after what sources say otherwise was taken over.
pub(super) fn changed(
    asset: &Asset,
    facts: &[(Field, &[String])],
    names: &Names,
) -> (Asset, Vec<Unusable>) {
    let mut texts = texts_of(asset);
    let mut unusable = Vec::new();
    let mut before = BTreeMap::new();
    for (field, values) in facts {
        let Some(key) = key_of(*field) else { continue };
        match typed(*field, values, names) {
            Some(text) => {
                before.insert(key, text.clone());
                texts.insert(key, text);
            }
            None => unusable.push(Unusable {
                field: *field,
                value: values.first().cloned().unwrap_or_default(),
            }),
        }
    }
    let (mut after, dropped) = readable(&mut texts);
    // What could not be read must not empty what stands.
    if !dropped.is_empty() {
        let old = texts_of(asset);
        for key in &dropped {
            match old.get(key) {
                Some(text) => texts.insert(key, text.clone()),
                None => texts.remove(key),
            };
        }
        after = readable(&mut texts).0;
        name_dropped(&mut unusable, &dropped, &before);
    }
    (after, unusable)
}
