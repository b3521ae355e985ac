//! The diagram of systems (システム構成図) and what both diagrams say of the outside.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use yagura_inventory::model::{Asset, DeviceClass, Record, RecordKind};
use yagura_kernel::text::normalise_for_search;

use super::graph::{Builder, Diagram, Graph, LinkKind, Mark, Member, Node, NodeKind, Note, Place};
use super::{Register, place_of_zone, target, zone_names};

fn once(marks: Vec<Mark>) -> Vec<(Mark, usize)> {
    marks.into_iter().map(|mark| (mark, 1)).collect()
}

/// Vendors and external connections; returns the node of each connection.
pub(super) fn outside(builder: &mut Builder, register: &Register) -> HashMap<Uuid, usize> {
    let mut lines: Vec<_> = register
        .connections
        .iter()
        .map(|line| {
            let content = &line.content;
            let vendor = register.vendor_name(&content.vendor_name, content.vendor);
            let order = (
                normalise_for_search(vendor),
                normalise_for_search(&content.name),
                line.id,
            );
            (order, vendor, line)
        })
        .collect();
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let mut vendors: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = HashMap::new();
    for ((vendor_key, _, _), vendor, line) in lines {
        let vendor = *vendors.entry(vendor_key).or_insert_with_key(|key| {
            let node = Node {
                key: format!("vendor:{key}"),
                name: vendor.to_owned(),
                kind: NodeKind::Vendor,
                target: None,
                marks: Vec::new(),
            };
            builder.add(Place::Outside, node)
        });
        let content = &line.content;
        let place = if content.mechanism.faces_internet() {
            Place::Internet
        } else {
            Place::Closed
        };
        let marks = once(register.connection_marks(line));
        let is_unconfirmed = marks.iter().any(|(mark, _)| *mark == Mark::Unconfirmed);
        let node = Node {
            key: format!("connection:{}", line.id),
            name: content.name.clone(),
            kind: NodeKind::Connection {
                mechanism: content.mechanism,
                connected: content.connected,
                line: content.line.clone(),
            },
            target: target(RecordKind::Connection, line.id),
            marks,
        };
        let index = builder.add(place, node);
        builder.link(vendor, index, LinkKind::External, is_unconfirmed);
        found.insert(line.id, index);
    }
    found
}

/// A device as a node.
pub(super) fn device(register: &Register, asset: &Record<Asset>) -> Node {
    let content = &asset.content;
    let model = [content.manufacturer.as_str(), content.model.as_str()];
    let model: Vec<&str> = model.into_iter().filter(|part| !part.is_empty()).collect();
    let shown: Vec<String> = content
        .ip_addresses
        .iter()
        .take(ADDRESSES)
        .cloned()
        .collect();
    Node {
        key: format!("asset:{}", asset.id),
        name: content.name.clone(),
        kind: NodeKind::Device {
            class: content.class,
            acts_as_server: content.acts_as_server,
            model: model.join(" "),
            has_more_addresses: content.ip_addresses.len() > shown.len(),
            addresses: shown,
            place: content.place.clone(),
            fold: None,
        },
        target: target(RecordKind::Asset, asset.id),
        marks: once(register.asset_marks(asset)),
    }
}

/// How many addresses a node lists.
pub(super) const ADDRESSES: usize = 3;

/// The end devices of connections; returns the node at which each connection ends: a device of
/// the register, else one that is only written down.
pub(super) fn boundary(
    builder: &mut Builder,
    register: &Register,
    lines: &HashMap<Uuid, usize>,
) -> (HashMap<Uuid, usize>, HashMap<Uuid, usize>) {
    let assets: HashMap<Uuid, &Record<Asset>> =
        register.in_use().map(|asset| (asset.id, asset)).collect();
    let mut devices: HashMap<Uuid, usize> = HashMap::new();
    let mut written: HashMap<(String, String), usize> = HashMap::new();
    let mut ends: HashMap<Uuid, usize> = HashMap::new();
    let mut ordered: Vec<_> = register.connections.iter().collect();
    // As the connections stand, so that lines cross little.
    ordered.sort_by_key(|line| lines.get(&line.id).copied());
    for line in ordered {
        let content = &line.content;
        let known = content.end_device_asset.and_then(|id| assets.get(&id));
        let end = if let Some(asset) = known {
            *devices
                .entry(asset.id)
                .or_insert_with(|| builder.add(Place::Boundary, device(register, asset)))
        } else if content.end_device.is_empty() {
            continue;
        } else {
            let key = (
                normalise_for_search(&content.end_device),
                normalise_for_search(&content.place),
            );
            let node = || Node {
                key: format!("end-device:{}:{}", key.0, key.1),
                name: content.end_device.clone(),
                kind: NodeKind::EndDevice {
                    place: content.place.clone(),
                },
                target: None,
                marks: vec![(Mark::EndDeviceNotInRegister, 1)],
            };
            match written.get(&key) {
                Some(index) => *index,
                None => {
                    let index = builder.add(Place::Boundary, node());
                    written.insert(key, index);
                    index
                }
            }
        };
        if let Some(index) = lines.get(&line.id) {
            let is_unconfirmed = builder
                .nodes
                .get(*index)
                .is_some_and(|node| node.has(Mark::Unconfirmed));
            builder.link(*index, end, LinkKind::External, is_unconfirmed);
        }
        ends.insert(line.id, end);
    }
    (ends, devices)
}

/// Whether a device is written into the node of its system by its name.
fn is_listed(asset: &Asset) -> bool {
    asset.acts_as_server
        || matches!(
            asset.class,
            DeviceClass::Server | DeviceClass::MedicalDevice
        )
}

/// Where a system stands: in the zone of most of its servers, else of most of its devices.
fn place_of(assets: &[&Record<Asset>], names: &HashMap<String, String>) -> Place {
    let most = |only_listed: bool| {
        let mut places: BTreeMap<Place, usize> = BTreeMap::new();
        for asset in assets {
            if !only_listed || is_listed(&asset.content) {
                let place = place_of_zone(&asset.content.zone, names);
                if place != Place::NoZone {
                    *places.entry(place).or_default() += 1;
                }
            }
        }
        places
            .into_iter()
            .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))
            .map(|(place, _)| place)
    };
    most(true).or_else(|| most(false)).unwrap_or(Place::NoZone)
}

/// The diagram of systems: each system in its zone with its servers and medical devices, its
/// vendor, the external connections that reach it, and the systems that it needs.
#[must_use]
pub fn systems(register: &Register) -> Graph {
    let mut builder = Builder::default();
    let names = zone_names(register);
    let lines = outside(&mut builder, register);
    let (ends, _) = boundary(&mut builder, register, &lines);

    let mut devices: HashMap<Uuid, Vec<&Record<Asset>>> = HashMap::new();
    let mut without_system = 0;
    for asset in register.in_use() {
        match asset.content.system {
            Some(system) => devices.entry(system).or_default().push(asset),
            None => without_system += 1,
        }
    }
    let mut ordered: Vec<_> = register.systems.iter().collect();
    ordered.sort_by_cached_key(|system| {
        let content = &system.content;
        (
            normalise_for_search(&content.department),
            normalise_for_search(&content.name),
            system.id,
        )
    });
    let mut nodes: HashMap<Uuid, usize> = HashMap::new();
    let mut without_zone = 0;
    for system in ordered {
        let content = &system.content;
        let mut own = devices.remove(&system.id).unwrap_or_default();
        own.sort_by_cached_key(|asset| (normalise_for_search(&asset.content.name), asset.id));
        let place = place_of(&own, &names);
        without_zone += usize::from(place == Place::NoZone);
        let mut members = Vec::new();
        let mut others: BTreeMap<DeviceClass, usize> = BTreeMap::new();
        for asset in own {
            if is_listed(&asset.content) {
                members.push(Member {
                    id: asset.id,
                    name: asset.content.name.clone(),
                    class: asset.content.class,
                    marks: register.asset_marks(asset),
                });
            } else {
                *others.entry(asset.content.class).or_default() += 1;
            }
        }
        let marks = register
            .unconfirmed_mark(system)
            .into_iter()
            .chain(register.support_mark(content.support_until))
            .collect();
        let vendor = register.vendor_name(&content.vendor_name, content.vendor);
        let node = Node {
            key: format!("system:{}", system.id),
            name: content.name.clone(),
            kind: NodeKind::System {
                kind: content.kind,
                department: content.department.clone(),
                vendor: vendor.to_owned(),
                members,
                others,
            },
            target: target(RecordKind::System, system.id),
            marks: once(marks),
        };
        nodes.insert(system.id, builder.add(place, node));
    }
    for system in &register.systems {
        let Some(from) = nodes.get(&system.id) else {
            continue;
        };
        for needed in &system.content.depends_on {
            if let Some(to) = nodes.get(needed) {
                builder.link(*from, *to, LinkKind::Needs, false);
            }
        }
    }
    for line in &register.connections {
        let served = line.content.system.and_then(|id| nodes.get(&id));
        let end = ends.get(&line.id).or_else(|| lines.get(&line.id));
        if let (Some(served), Some(end)) = (served, end) {
            builder.link(*end, *served, LinkKind::Serves, false);
        }
    }
    let mut notes = Vec::new();
    let mut noted = |number: usize, note: Note| {
        if number > 0 {
            notes.push(note);
        }
    };
    noted(without_system, Note::WithoutSystem(without_system));
    noted(without_zone, Note::WithoutZone(without_zone));
    noted(register.spares(), Note::Spares(register.spares()));
    builder.finish(Diagram::Systems, notes)
}
