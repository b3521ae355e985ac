//! The diagram of the network: devices by zone, with addresses and wiring.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use uuid::Uuid;
use yagura_inventory::model::{Asset, DeviceClass, Record};
use yagura_kernel::text::normalise_for_search;

use super::graph::{Builder, Diagram, Fold, Graph, LinkKind, Mark, Node, NodeKind, Note, Place};
use super::systems::{ADDRESSES, boundary, device, outside};
use super::{Register, place_of_zone, zone_names};

/// So many devices of one kind are drawn one by one; more as one box with their number.
const ALIKE: usize = 3;
/// So many boxes of one class stand in one zone; more are folded further.
const BOXES: usize = 24;

type Device<'a> = &'a Record<Asset>;

/// What devices that are drawn as one have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    model: String,
    uplink: Option<Uuid>,
    host: Option<Uuid>,
}

fn alike(asset: &Asset) -> Alike {
    Alike {
        model: normalise_for_search(&format!("{} {}", asset.manufacturer, asset.model)),
        uplink: asset.uplink,
        host: asset.host,
    }
}

/// Devices of one zone and class, as they are drawn: each part one box.
fn folded(devices: Vec<Device<'_>>, class: DeviceClass) -> Vec<Vec<Device<'_>>> {
    let whole = devices.len();
    // Servers and network devices have names by which they are asked for: they stay apart longer.
    let from = match class {
        DeviceClass::Server | DeviceClass::NetworkDevice => BOXES,
        DeviceClass::Terminal | DeviceClass::MedicalDevice | DeviceClass::Other => ALIKE,
    };
    if whole <= from {
        return devices.into_iter().map(|one| vec![one]).collect();
    }
    let mut parts: BTreeMap<Alike, Vec<Device<'_>>> = BTreeMap::new();
    for device in devices {
        parts
            .entry(alike(&device.content))
            .or_default()
            .push(device);
    }
    let boxes = |part: &Vec<Device<'_>>| if part.len() > ALIKE { 1 } else { part.len() };
    if parts.values().map(boxes).sum::<usize>() > BOXES {
        let mut by_wire: BTreeMap<_, Vec<Device<'_>>> = BTreeMap::new();
        for (alike, part) in parts {
            by_wire
                .entry((alike.uplink, alike.host))
                .or_default()
                .extend(part);
        }
        if by_wire.len() > BOXES {
            return vec![by_wire.into_values().flatten().collect()];
        }
        return by_wire.into_values().collect();
    }
    let mut found = Vec::new();
    for part in parts.into_values() {
        if part.len() > ALIKE {
            found.push(part);
        } else {
            found.extend(part.into_iter().map(|one| vec![one]));
        }
    }
    found
}

/// Several devices as one node.
fn fold(register: &Register, place: &Place, class: DeviceClass, part: &[Device<'_>]) -> Node {
    let mut marks: BTreeMap<Mark, usize> = BTreeMap::new();
    let mut models: BTreeSet<String> = BTreeSet::new();
    let mut addresses = Vec::new();
    for device in part {
        for mark in register.asset_marks(device) {
            *marks.entry(mark).or_default() += 1;
        }
        models.insert(alike(&device.content).model);
        addresses.extend(device.content.ip_addresses.iter().cloned());
    }
    let first = part.first().map(|device| &device.content);
    let model = match (models.len(), first) {
        (1, Some(first)) => format!("{} {}", first.manufacturer, first.model)
            .trim()
            .to_owned(),
        _ => String::new(),
    };
    let places: BTreeSet<&str> = part.iter().map(|one| one.content.place.as_str()).collect();
    let mut only = places.into_iter();
    let place_name = match (only.next(), only.next()) {
        (Some(place), None) => place.to_owned(),
        _ => String::new(),
    };
    let zone = match place {
        Place::Zone { key, .. } => key.as_str(),
        _ => place.code(),
    };
    let id = part.iter().map(|one| one.id).min().unwrap_or_default();
    Node {
        key: format!("devices:{zone}:{}:{id}", class.code()),
        name: String::new(),
        kind: NodeKind::Device {
            class,
            acts_as_server: false,
            model,
            has_more_addresses: addresses.len() > ADDRESSES,
            addresses: addresses.into_iter().take(ADDRESSES).collect(),
            place: place_name,
            fold: Some(Fold {
                devices: part.len(),
                models: models.len(),
            }),
        },
        target: None,
        marks: marks.into_iter().collect(),
    }
}

/// The diagram of the network.
#[must_use]
pub fn network(register: &Register) -> Graph {
    let mut builder = Builder::default();
    let names = zone_names(register);
    let lines = outside(&mut builder, register);
    let (_, at_boundary) = boundary(&mut builder, register, &lines);
    let mut node_of: HashMap<Uuid, usize> = at_boundary;

    let referred: HashSet<Uuid> = register
        .in_use()
        .flat_map(|asset| [asset.content.uplink, asset.content.host])
        .flatten()
        .collect();
    // By zone and class those of which several may be drawn as one, and those on which others hang.
    let mut groups: BTreeMap<(Place, u8), (Vec<Device<'_>>, Vec<Device<'_>>)> = BTreeMap::new();
    let mut without_zone = 0;
    let mut ordered: Vec<Device<'_>> = register.in_use().collect();
    ordered.sort_by_cached_key(|asset| (normalise_for_search(&asset.content.name), asset.id));
    for asset in ordered {
        if node_of.contains_key(&asset.id) {
            continue;
        }
        let mut place = place_of_zone(&asset.content.zone, &names);
        if place == Place::NoZone {
            if asset.content.class == DeviceClass::NetworkDevice {
                place = Place::Boundary;
            } else {
                without_zone += 1;
            }
        }
        let (apart, together) = groups
            .entry((place, rank(asset.content.class)))
            .or_default();
        if referred.contains(&asset.id) {
            apart.push(asset);
        } else {
            together.push(asset);
        }
    }
    let (mut devices, mut boxes) = (0, 0);
    for ((place, _), (apart, together)) in groups {
        for asset in apart {
            let node = device(register, asset);
            node_of.insert(asset.id, builder.add(place.clone(), node));
        }
        let Some(class) = together.first().map(|asset| asset.content.class) else {
            continue;
        };
        for part in folded(together, class) {
            let node = match part.as_slice() {
                [one] => device(register, one),
                part => {
                    devices += part.len();
                    boxes += 1;
                    fold(register, &place, class, part)
                }
            };
            let index = builder.add(place.clone(), node);
            node_of.extend(part.iter().map(|asset| (asset.id, index)));
        }
    }
    for asset in register.in_use() {
        let Some(from) = node_of.get(&asset.id).copied() else {
            continue;
        };
        let wires = [
            (asset.content.uplink, LinkKind::Uplink),
            (asset.content.host, LinkKind::Host),
        ];
        for (to, kind) in wires {
            if let Some(to) = to.and_then(|id| node_of.get(&id)) {
                builder.link(from, *to, kind, false);
            }
        }
    }
    let mut notes = Vec::new();
    if devices > 0 {
        notes.push(Note::Folded { devices, boxes });
    }
    if without_zone > 0 {
        notes.push(Note::WithoutZone(without_zone));
    }
    if register.spares() > 0 {
        notes.push(Note::Spares(register.spares()));
    }
    builder.finish(Diagram::Network, notes)
}

/// Network devices stand first in their zone, next to what comes from the outside.
const fn rank(class: DeviceClass) -> u8 {
    match class {
        DeviceClass::NetworkDevice => 0,
        DeviceClass::Server => 1,
        DeviceClass::MedicalDevice => 2,
        DeviceClass::Terminal => 3,
        DeviceClass::Other => 4,
    }
}
