use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::changes::{authority, claims_of};
use super::index::{Key, KeyKind, Keys};
use super::{Claim, SeenDevice, Settings, Source, SourceRef};
use crate::model::{
    Assignment, Device, Field, Observation, PortRange, Presence, Report, Service, Software, Subject,
};

/// The observations of all sources as one set of devices.
pub(super) struct Merged {
    pub(super) devices: Vec<SeenDevice>,
    pub(super) keys: Vec<Keys>,
    /// Usable keys that stand on several devices all the same: these keys decide nothing.
    pub(super) disputed: BTreeMap<Key, Dispute>,
}

/// Devices that bear one key.
pub(super) struct Dispute {
    /// The devices, in order.
    pub(super) devices: Vec<usize>,
    /// Whether other keys tell all of them apart, so that there are certainly so many.
    pub(super) is_settled: bool,
}

struct Seen<'a> {
    source: &'a Source<'a>,
    observation: &'a Observation,
    keys: Keys,
    seen_at: Option<OffsetDateTime>,
}

/// Keys in the order in which they join observations.
const ORDER: &[KeyKind] = &[
    KeyKind::SystemUuid,
    KeyKind::Serial,
    KeyKind::MachineId,
    KeyKind::ManagementNumber,
    KeyKind::Mac,
    KeyKind::Fqdn,
    KeyKind::Hostname,
    KeyKind::Address,
];

pub(super) fn merge(sources: &[&Source<'_>], settings: &Settings) -> Merged {
    let mut seen: Vec<Seen<'_>> = sources
        .iter()
        .flat_map(|source| {
            source
                .report
                .observations
                .iter()
                .filter(|observation| observation.subject == Subject::Device)
                .map(|observation| Seen {
                    source,
                    observation,
                    keys: entitled_keys(source, &observation.device),
                    seen_at: observation.seen_at.or_else(|| {
                        let saw = observation.presence == Presence::Seen;
                        source.report.taken_at.filter(|_| saw)
                    }),
                })
        })
        .collect();
    seen.sort_by(|a, b| {
        (&a.source.label, a.source.report.source, a.observation).cmp(&(
            &b.source.label,
            b.source.report.source,
            b.observation,
        ))
    });
    let mut groups = Groups::new(&seen);
    let mut joined: BTreeMap<usize, BTreeSet<Key>> = BTreeMap::new();
    for kind in ORDER {
        let mut by_value: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, one) in seen.iter().enumerate() {
            for key in one.keys.indexed() {
                if key.kind == *kind {
                    by_value.entry(key.value).or_default().push(index);
                }
            }
        }
        for (value, members) in by_value {
            if members.len() < 2 {
                continue;
            }
            let key = Key { kind: *kind, value };
            join(&key, &members, &seen, &mut groups, &mut joined, settings);
        }
    }
    join_by_two_poor_keys(&seen, &mut groups, &mut joined);
    finish(&seen, &mut groups, &joined)
}

/// The keys of an observation, without those about which its source is not entitled to speak.
fn entitled_keys(source: &Source<'_>, device: &Device) -> Keys {
    let mut keys = Keys::of(device);
    for (field, key) in [
        (Field::SystemUuid, &mut keys.uuid),
        (Field::SerialNumber, &mut keys.serial),
        (Field::Manufacturer, &mut keys.maker),
        (Field::ManagementNumber, &mut keys.number),
    ] {
        if authority(source.report.source, field).is_none() {
            *key = None;
        }
    }
    keys
}

/// Joins the observations that bear a key, or notes that other keys tell them apart.
fn join(
    key: &Key,
    members: &[usize],
    seen: &[Seen<'_>],
    groups: &mut Groups,
    joined: &mut BTreeMap<usize, BTreeSet<Key>>,
    settings: &Settings,
) {
    let mut roots: Vec<usize> = members.iter().map(|member| groups.root(*member)).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.len() < 2 {
        return;
    }
    if key.kind == KeyKind::Address {
        join_by_address(key, members, seen, groups, joined, settings);
        return;
    }
    if key.kind == KeyKind::Serial {
        join_by_serial(key, &roots, groups, joined);
        return;
    }
    // One record that contradicts any other makes the key worthless for all: which of the
    // others it belongs to would be a guess. The first difference of each sort is enough, so a
    // key on thousands of devices costs no more than their number.
    let mut facts = Facts::default();
    let agree = roots
        .iter()
        .all(|root| facts.takes(key.kind, groups.keys(*root)));
    if !agree {
        return;
    }
    for pair in roots.windows(2) {
        if let [a, b] = pair {
            groups.join(*a, *b);
        }
    }
    if let Some(first) = members.first() {
        joined.entry(*first).or_default().insert(key.clone());
    }
}

/// A serial number counts with its maker. Of a record without maker it counts where only one
/// maker has the number, and where it is too long to be a coincidence.
fn join_by_serial(
    key: &Key,
    roots: &[usize],
    groups: &mut Groups,
    joined: &mut BTreeMap<usize, BTreeSet<Key>>,
) {
    let mut by_maker: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for root in roots {
        let maker = groups.keys(*root).maker.clone();
        by_maker.entry(maker).or_default().push(*root);
    }
    let nameless = by_maker.remove(&None).unwrap_or_default();
    let is_long = key.value.chars().count() >= LEAST_SERIAL;
    if by_maker.len() <= 1 && is_long {
        let all: Vec<usize> = by_maker.into_values().flatten().chain(nameless).collect();
        by_maker = BTreeMap::from([(None, all)]);
    }
    for group in by_maker.values() {
        let mut facts = Facts::default();
        if !group
            .iter()
            .all(|root| facts.takes(key.kind, groups.keys(*root)))
        {
            continue;
        }
        for pair in group.windows(2) {
            if let [a, b] = pair {
                groups.join(*a, *b);
                joined.entry(*a).or_default().insert(key.clone());
            }
        }
    }
}

/// Characters from which a serial number without maker joins records.
const LEAST_SERIAL: usize = 6;

/// An address joins two sources that saw it at nearly the same time, if in each it stands on
/// one device only and nothing tells the two apart.
fn join_by_address(
    key: &Key,
    members: &[usize],
    seen: &[Seen<'_>],
    groups: &mut Groups,
    joined: &mut BTreeMap<usize, BTreeSet<Key>>,
    settings: &Settings,
) {
    let mut timed: Vec<(OffsetDateTime, usize)> = members
        .iter()
        .filter_map(|member| {
            let one = seen.get(*member)?;
            let is_there = one.observation.presence != Presence::Inactive;
            Some((one.seen_at.filter(|_| is_there)?, *member))
        })
        .collect();
    timed.sort_unstable();
    let (Some((first, _)), Some((last, _))) = (timed.first(), timed.last()) else {
        return;
    };
    if *last - *first > settings.same_address_within {
        return;
    }
    let mut roots: Vec<usize> = timed
        .iter()
        .map(|(_, member)| groups.root(*member))
        .collect();
    roots.sort_unstable();
    roots.dedup();
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, member) in &timed {
        let root = groups.root(*member);
        let Some(one) = seen.get(*member) else {
            continue;
        };
        if *labels.entry(one.source.label.as_str()).or_insert(root) != root {
            return;
        }
    }
    let mut facts = Facts::default();
    if roots.len() < 2
        || !roots
            .iter()
            .all(|root| facts.takes(key.kind, groups.keys(*root)))
    {
        return;
    }
    for pair in roots.windows(2) {
        if let [a, b] = pair {
            groups.join(*a, *b);
        }
    }
    if let Some((_, first)) = timed.first() {
        joined.entry(*first).or_default().insert(key.clone());
    }
}

/// A made-up hardware address and an address together join, as they match a row together. What
/// is joined may bear further pairs, so that this goes on until nothing joins any more.
fn join_by_two_poor_keys(
    seen: &[Seen<'_>],
    groups: &mut Groups,
    joined: &mut BTreeMap<usize, BTreeSet<Key>>,
) {
    loop {
        let mut by_pair: BTreeMap<(String, String), BTreeSet<usize>> = BTreeMap::new();
        for index in 0..seen.len() {
            let root = groups.root(index);
            let keys = groups.keys(root);
            for mac in &keys.poor_macs {
                for (address, _) in &keys.addresses {
                    let pair = (mac.clone(), address.clone());
                    by_pair.entry(pair).or_default().insert(root);
                }
            }
        }
        let mut any = false;
        for ((mac, address), roots) in by_pair {
            let roots: BTreeSet<usize> = roots.iter().map(|root| groups.root(*root)).collect();
            let mut facts = Facts::default();
            let agree = roots
                .iter()
                .all(|root| facts.takes(KeyKind::Address, groups.keys(*root)));
            let mut others = roots.iter();
            let Some(first) = others.next() else { continue };
            if roots.len() < 2 || !agree {
                continue;
            }
            for other in others {
                groups.join(*first, *other);
            }
            any = true;
            let keys = joined.entry(*first).or_default();
            for (kind, value) in [(KeyKind::PoorMac, mac), (KeyKind::Address, address)] {
                keys.insert(Key { kind, value });
            }
        }
        if !any {
            return;
        }
    }
}

/// What is known of the observations that bear one key: whether one more fits in.
#[derive(Default)]
pub(super) struct Facts {
    uuid: Option<String>,
    serial: Option<String>,
    number: Option<String>,
    macs: BTreeSet<String>,
    hostnames: BTreeSet<String>,
    fqdns: BTreeSet<String>,
}

impl Facts {
    pub(super) fn takes(&mut self, kind: KeyKind, keys: &Keys) -> bool {
        fn one(known: &mut Option<String>, value: &Option<String>) -> bool {
            match (known.as_ref(), value) {
                (Some(known), Some(value)) => known == value,
                (None, Some(value)) => {
                    *known = Some(value.clone());
                    true
                }
                _ => true,
            }
        }
        let mut agrees = true;
        if kind > KeyKind::SystemUuid {
            agrees &= one(&mut self.uuid, &keys.uuid);
        }
        if kind > KeyKind::Serial {
            agrees &= one(&mut self.serial, &keys.serial);
        }
        if kind > KeyKind::ManagementNumber {
            agrees &= one(&mut self.number, &keys.number);
        }
        if matches!(kind, KeyKind::Hostname | KeyKind::Address) {
            // A bare name or an address is no proof against different network cards.
            let apart = !self.macs.is_empty()
                && !keys.macs.is_empty()
                && !keys.macs.iter().any(|mac| self.macs.contains(mac));
            agrees &= !apart;
            self.macs.extend(keys.macs.iter().cloned());
        }
        if kind == KeyKind::Hostname {
            // The same name in two domains is two computers.
            let apart = !self.fqdns.is_empty()
                && !keys.fqdns.is_empty()
                && !keys.fqdns.iter().any(|name| self.fqdns.contains(name));
            agrees &= !apart;
            self.fqdns.extend(keys.fqdns.iter().cloned());
        }
        if kind == KeyKind::Address {
            let apart = !self.hostnames.is_empty()
                && !keys.hostnames.is_empty()
                && !keys
                    .hostnames
                    .iter()
                    .any(|name| self.hostnames.contains(name));
            agrees &= !apart;
            self.hostnames.extend(keys.hostnames.iter().cloned());
        }
        agrees
    }
}

/// Which observations are one device; each group keeps the keys of all its members.
struct Groups {
    parent: Vec<usize>,
    keys: Vec<Keys>,
}

impl Groups {
    fn new(seen: &[Seen<'_>]) -> Self {
        Self {
            parent: (0..seen.len()).collect(),
            keys: seen.iter().map(|one| one.keys.clone()).collect(),
        }
    }

    fn root(&mut self, of: usize) -> usize {
        let mut at = of;
        while let Some(&up) = self.parent.get(at) {
            if up == at {
                break;
            }
            let above = self.parent.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    fn keys(&self, root: usize) -> &Keys {
        static NONE: std::sync::OnceLock<Keys> = std::sync::OnceLock::new();
        self.keys
            .get(root)
            .unwrap_or_else(|| NONE.get_or_init(Keys::default))
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (low, high) = (a.min(b), a.max(b));
        if let Some(slot) = self.parent.get_mut(high) {
            *slot = low;
        }
        let from = self
            .keys
            .get_mut(high)
            .map(std::mem::take)
            .unwrap_or_default();
        let Some(into) = self.keys.get_mut(low) else {
            return;
        };
        into.uuid = into.uuid.take().or(from.uuid);
        into.serial = into.serial.take().or(from.serial);
        into.maker = into.maker.take().or(from.maker);
        into.machine_id = into.machine_id.take().or(from.machine_id);
        into.number = into.number.take().or(from.number);
        for (list, more) in [
            (&mut into.macs, from.macs),
            (&mut into.poor_macs, from.poor_macs),
            (&mut into.fqdns, from.fqdns),
            (&mut into.hostnames, from.hostnames),
        ] {
            list.extend(more);
            list.sort();
            list.dedup();
        }
        into.addresses.extend(from.addresses);
        into.addresses.sort();
        into.addresses.dedup();
    }
}

fn finish(
    seen: &[Seen<'_>],
    groups: &mut Groups,
    joined: &BTreeMap<usize, BTreeSet<Key>>,
) -> Merged {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..seen.len() {
        members.entry(groups.root(index)).or_default().push(index);
    }
    let mut made: Vec<(SeenDevice, usize)> = members
        .iter()
        .map(|(root, group)| {
            let all: Vec<&Seen<'_>> = group.iter().filter_map(|index| seen.get(*index)).collect();
            let mut keys = BTreeSet::new();
            for index in group {
                keys.extend(joined.get(index).into_iter().flatten().cloned());
            }
            (one_device(&all, keys), *root)
        })
        .collect();
    made.sort_by(|(a, _), (b, _)| (&a.device, &a.sources).cmp(&(&b.device, &b.sources)));
    let devices: Vec<SeenDevice> = made.into_iter().map(|(device, _)| device).collect();
    let keys: Vec<Keys> = devices.iter().map(|seen| Keys::of(&seen.device)).collect();
    let disputed = disputed(&keys);
    Merged {
        devices,
        keys,
        disputed,
    }
}

fn disputed(keys: &[Keys]) -> BTreeMap<Key, Dispute> {
    let mut bearers: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (device, keys) in keys.iter().enumerate() {
        for mut key in keys.indexed() {
            if key.kind == KeyKind::Address && keys.assignment(&key.value) == Assignment::Static {
                key.kind = KeyKind::StaticAddress;
            }
            if key.kind.is_usable() {
                bearers.entry(key).or_default().push(device);
            }
        }
    }
    bearers
        .into_iter()
        .filter_map(|(key, devices)| {
            let of: Vec<&Keys> = devices.iter().filter_map(|at| keys.get(*at)).collect();
            let is_several = of.len() > 1
                && !(key.kind == KeyKind::Serial && all_differ(&of, |k| k.maker.as_slice()));
            let is_settled = all_differ(&of, |k| k.uuid.as_slice())
                || all_differ(&of, |k| k.number.as_slice())
                || (key.kind != KeyKind::Serial && all_differ(&of, |k| k.serial.as_slice()))
                || all_differ(&of, |k| &k.fqdns);
            is_several.then_some((
                key,
                Dispute {
                    devices,
                    is_settled,
                },
            ))
        })
        .collect()
}

/// Whether each has a value and no two share one.
fn all_differ<'k>(all: &[&'k Keys], values: impl Fn(&'k Keys) -> &'k [String]) -> bool {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    all.iter().all(|keys| {
        let values = values(keys);
        !values.is_empty() && values.iter().all(|value| known.insert(value))
    })
}

fn one_device(all: &[&Seen<'_>], joined_by: BTreeSet<Key>) -> SeenDevice {
    let mut claims: BTreeMap<Field, Vec<Claim>> = BTreeMap::new();
    for one in all {
        claims_of(one.source, one.observation, one.seen_at, &mut claims);
    }
    for list in claims.values_mut() {
        // The most authoritative first, of these the latest.
        list.sort_by(|a, b| {
            (b.authority, b.seen_at, &a.source, &a.values).cmp(&(
                a.authority,
                a.seen_at,
                &b.source,
                &b.values,
            ))
        });
        list.dedup();
    }
    let mut device = Device::default();
    for (field, list) in &claims {
        if field.is_multiple() {
            continue;
        }
        if let Some(best) = list.first() {
            device.set(*field, &best.values);
        }
    }
    let mut software: BTreeSet<Software> = BTreeSet::new();
    let mut services: BTreeMap<(crate::model::Protocol, u16, Option<std::net::IpAddr>), Service> =
        BTreeMap::new();
    let mut examined: Vec<PortRange> = Vec::new();
    // Members stand in the order of their sources, so that the first word is always the same.
    let mut by_worth: Vec<&&Seen<'_>> = all.iter().collect();
    by_worth.sort_by(|a, b| {
        let worth = |one: &Seen<'_>| {
            (
                authority(one.source.report.source, Field::OsName),
                one.seen_at,
            )
        };
        (worth(b), &a.source.label, a.observation).cmp(&(worth(a), &b.source.label, b.observation))
    });
    for one in by_worth {
        let part = &one.observation.device;
        for name in &part.names {
            if name.kind != crate::model::NameKind::Display {
                device.add_name(name.kind, &name.value);
            }
        }
        for address in &part.addresses {
            device.add_address(*address);
        }
        for mac in &part.macs {
            device.add_mac(*mac);
        }
        if device.machine_id_hash.is_none() {
            device.machine_id_hash.clone_from(&part.machine_id_hash);
        }
        if let (Some(os), Some(from)) = (&mut device.os, &part.os)
            && os.name == from.name
        {
            os.cpe = os.cpe.take().or_else(|| from.cpe.clone());
            os.accuracy = os.accuracy.or(from.accuracy);
        }
        device.classes.extend(part.classes.iter().cloned());
        software.extend(part.software.iter().cloned());
        for service in &part.services {
            let place = (service.protocol, service.port, service.address);
            services
                .entry(place)
                .and_modify(|known| complete_service(known, service))
                .or_insert_with(|| service.clone());
        }
        for (key, value) in &part.extra {
            device
                .extra
                .entry(key.clone())
                .or_insert_with(|| value.clone());
        }
        examined.extend(examined_ports(one.source.report, one.observation));
    }
    device.software = software.into_iter().collect();
    device.services = services.into_values().collect();
    device.canonicalise();
    examined.sort();
    examined.dedup();
    let mut sources: Vec<SourceRef> = all
        .iter()
        .map(|one| SourceRef {
            label: one.source.label.clone(),
            kind: one.source.report.source,
            place: one.observation.place.clone(),
        })
        .collect();
    sources.sort();
    SeenDevice {
        device,
        sources,
        joined_by: joined_by.into_iter().collect(),
        seen_at: all.iter().filter_map(|one| one.seen_at).max(),
        is_seen: all
            .iter()
            .any(|one| one.observation.presence == Presence::Seen),
        is_inactive: all
            .iter()
            .all(|one| one.observation.presence == Presence::Inactive),
        claims,
        examined_ports: examined,
    }
}

fn complete_service(known: &mut Service, other: &Service) {
    known.name = known.name.take().or_else(|| other.name.clone());
    known.product = known.product.take().or_else(|| other.product.clone());
    known.version = known.version.take().or_else(|| other.version.clone());
    known.cpe = known.cpe.take().or_else(|| other.cpe.clone());
    known.uncertain &= other.uncertain;
}

/// What was looked at on this device. An aborted scan wrote whole hosts, so its ports hold for
/// those.
fn examined_ports<'r>(
    report: &'r Report,
    observation: &Observation,
) -> impl Iterator<Item = PortRange> + 'r {
    // A computer without any listening port does not exist: its ports were not asked for.
    let asked = !report.source.is_inside_view() || !observation.device.services.is_empty();
    let saw = observation.presence == Presence::Seen && asked;
    report.examined_ports.iter().copied().filter(move |_| saw)
}
