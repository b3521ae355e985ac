use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Change, ChangeKind, Claim, RegisterAsset, SeenDevice, Settings, Source};
use crate::model::{
    Assignment, Device, Field, Mac, NameKind, Network, Observation, SourceKind, keys,
};

/// How much the word of a source counts on a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// It guesses: fills what is empty, changes nothing.
    Guesses,
    /// It was told by somebody, some time.
    Lists,
    /// It saw for itself, from outside.
    Saw,
    /// It speaks for itself.
    Knows,
}

/// How much the word of a kind of source counts on a field; none where it is not entitled to
/// speak about it.
#[must_use]
pub fn authority(source: SourceKind, field: Field) -> Option<Authority> {
    use Authority::{Guesses, Knows, Lists, Saw};
    let is_name = matches!(field, Field::Hostname | Field::Fqdn);
    let is_address = matches!(field, Field::IpAddresses | Field::MacAddresses);
    let is_os = matches!(field, Field::OsName | Field::OsVersion | Field::OsBuild);
    let is_hardware = matches!(
        field,
        Field::Manufacturer | Field::Model | Field::SerialNumber | Field::SystemUuid
    );
    match source {
        // A ledger is where the institution's own facts are kept; technical ones age in it.
        SourceKind::Table => {
            let is_technical = is_name || is_address || is_os || is_hardware;
            Some(if is_technical { Lists } else { Knows })
        }
        SourceKind::OsqueryTables
        | SourceKind::OsqueryLog
        | SourceKind::SystemInfo
        | SourceKind::Collect => {
            if is_name || is_address || is_os || is_hardware {
                Some(Knows)
            } else {
                (field == Field::User).then_some(Guesses)
            }
        }
        SourceKind::Nmap => {
            if is_address {
                Some(Saw)
            } else {
                (is_name || is_os).then_some(Guesses)
            }
        }
        SourceKind::Arp => {
            if is_address {
                Some(Saw)
            } else {
                is_name.then_some(Guesses)
            }
        }
        SourceKind::IscDhcp
        | SourceKind::Dnsmasq
        | SourceKind::KeaDhcp
        | SourceKind::WindowsDhcpCsv
        | SourceKind::WindowsDhcpXml
        | SourceKind::WindowsDhcpNetsh => {
            if is_address {
                Some(Saw)
            } else if is_name {
                Some(Lists)
            } else {
                (field == Field::Note).then_some(Guesses)
            }
        }
        SourceKind::Ldif => {
            if is_name || is_os {
                Some(Saw)
            } else if is_address || is_hardware {
                Some(Lists)
            } else {
                Some(Guesses)
            }
        }
        SourceKind::CycloneDx | SourceKind::Spdx => {
            if is_hardware || is_os || is_address || field == Field::DisplayName {
                Some(Lists)
            } else {
                (field == Field::Place).then_some(Guesses)
            }
        }
    }
}

/// Adds what an observation says to the claims on its device.
pub(super) fn claims_of(
    source: &Source<'_>,
    observation: &Observation,
    seen_at: Option<OffsetDateTime>,
    claims: &mut BTreeMap<Field, Vec<Claim>>,
) {
    for field in Field::ALL {
        let values = observation.device.values(*field);
        if values.is_empty() {
            continue;
        }
        let Some(mut authority) = authority(source.report.source, *field) else {
            continue;
        };
        let os = matches!(field, Field::OsName | Field::OsVersion | Field::OsBuild);
        let guessed = observation
            .device
            .os
            .as_ref()
            .is_some_and(|os| os.accuracy.is_some());
        if os && guessed {
            authority = Authority::Guesses;
        }
        claims.entry(*field).or_default().push(Claim {
            authority,
            seen_at,
            source: source.label.clone(),
            values,
            is_whole: source.report.source.is_inside_view(),
        });
    }
}

/// What devices say otherwise than their row.
pub(super) fn changes(
    asset: &RegisterAsset,
    devices: &[&SeenDevice],
    settings: &Settings,
) -> Vec<Change> {
    let mut all: BTreeMap<Field, Vec<&Claim>> = BTreeMap::new();
    for device in devices {
        for (field, claims) in &device.claims {
            all.entry(*field).or_default().extend(claims);
        }
    }
    let accuracy = devices
        .iter()
        .filter_map(|seen| seen.device.os.as_ref()?.accuracy)
        .max();
    let mut changes = Vec::new();
    for (field, mut claims) in all {
        // The time of the last sighting is no fact of the device, and software is a list of its own.
        if matches!(
            field,
            Field::LastSeen | Field::SoftwareName | Field::SoftwareVersion | Field::SoftwareVendor
        ) {
            continue;
        }
        claims.sort_by(|a, b| {
            (b.authority, b.seen_at, &a.source, &a.values).cmp(&(
                a.authority,
                a.seen_at,
                &b.source,
                &b.values,
            ))
        });
        let os = matches!(field, Field::OsName | Field::OsVersion | Field::OsBuild);
        if os && accuracy.is_some_and(|accuracy| accuracy < settings.least_accuracy) {
            claims.retain(|claim| claim.authority > Authority::Guesses);
        }
        let change = match field {
            Field::IpAddresses => addresses(asset, devices, &claims),
            Field::MacAddresses => hardware_addresses(asset, &claims),
            Field::Hostname | Field::Fqdn => names(asset, devices, field, &claims),
            _ => single(asset, field, &claims),
        };
        changes.extend(change);
    }
    changes
}

fn single(asset: &RegisterAsset, field: Field, claims: &[&Claim]) -> Option<Change> {
    let best = claims.first()?;
    let value = best.values.first()?;
    let old = asset.device.values(field);
    let kind = match old.first() {
        None => ChangeKind::Fill,
        Some(_) if best.authority == Authority::Guesses => return None,
        Some(old) if is_same(field, old, value) => return None,
        Some(_) => ChangeKind::Replace,
    };
    let agrees = |claim: &&&Claim| {
        claim
            .values
            .first()
            .is_some_and(|other| is_same(field, other, value))
    };
    let mut sources: Vec<String> = claims
        .iter()
        .filter(agrees)
        .map(|claim| claim.source.clone())
        .collect();
    sources.sort();
    sources.dedup();
    let mut disputed_by: Vec<Claim> = claims
        .iter()
        .filter(|claim| claim.authority == best.authority && !agrees(claim))
        .map(|claim| (*claim).clone())
        .collect();
    disputed_by.sort();
    disputed_by.dedup();
    Some(Change {
        field,
        kind,
        old,
        new: vec![value.clone()],
        sources,
        disputed_by,
    })
}

/// Whether the new value says nothing that the old one does not.
fn is_same(field: Field, old: &str, new: &str) -> bool {
    let (old, new) = (field.comparable(old), field.comparable(new));
    if old == new {
        return true;
    }
    // "10.0" says less than "10.0.19045".
    field == Field::OsVersion
        && old
            .strip_prefix(&new)
            .is_some_and(|rest| rest.starts_with('.'))
}

/// A name that none of the devices bears any more gives way to the one that they do bear; guesses
/// count for that, though they propose nothing.
fn names(
    asset: &RegisterAsset,
    devices: &[&SeenDevice],
    field: Field,
    claims: &[&Claim],
) -> Option<Change> {
    let usable = |name: &str| match field {
        Field::Fqdn => keys::fqdn(name).is_some(),
        _ => keys::hostname(name).is_some(),
    };
    let old = asset.device.values(field);
    let least = if old.is_empty() {
        Authority::Guesses
    } else {
        Authority::Lists
    };
    let known: BTreeSet<String> = old.iter().map(|name| field.comparable(name)).collect();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut sources = BTreeSet::new();
    for claim in claims.iter().filter(|claim| claim.authority >= least) {
        for name in claim.values.iter().filter(|name| usable(name)) {
            said.entry(field.comparable(name))
                .or_insert_with(|| name.clone());
            sources.insert(claim.source.clone());
        }
    }
    let fresh: Vec<String> = said
        .iter()
        .filter(|(folded, _)| !known.contains(*folded))
        .map(|(_, name)| name.clone())
        .collect();
    if fresh.is_empty() {
        return None;
    }
    let borne: BTreeSet<String> = devices
        .iter()
        .flat_map(|seen| &seen.device.names)
        .filter(|name| name.kind != NameKind::Display)
        .filter_map(|name| keys::hostname(&name.value))
        .collect();
    let overlaps = old
        .iter()
        .filter_map(|name| keys::hostname(name))
        .any(|name| borne.contains(&name));
    let (kind, new) = if old.is_empty() {
        (ChangeKind::Fill, fresh)
    } else if overlaps {
        (ChangeKind::Add, old.iter().cloned().chain(fresh).collect())
    } else {
        (ChangeKind::Replace, fresh)
    };
    Some(Change {
        field,
        kind,
        old,
        new,
        sources: sources.into_iter().collect(),
        disputed_by: Vec::new(),
    })
}

/// A source sees one card at a time, so that hardware addresses are only ever added. Those that
/// software made up are gone tomorrow and never proposed.
fn hardware_addresses(asset: &RegisterAsset, claims: &[&Claim]) -> Option<Change> {
    let known: BTreeSet<Mac> = asset.device.macs.iter().copied().collect();
    let mut fresh: BTreeSet<Mac> = BTreeSet::new();
    let mut sources = BTreeSet::new();
    for claim in claims {
        for mac in claim
            .values
            .iter()
            .filter_map(|value| value.parse::<Mac>().ok())
        {
            if !known.contains(&mac) {
                fresh.insert(mac);
                sources.insert(claim.source.clone());
            }
        }
    }
    fresh.retain(|mac| mac.quality().is_key());
    if fresh.is_empty() {
        return None;
    }
    let old = asset.device.values(Field::MacAddresses);
    let mut new: Vec<Mac> = known.into_iter().chain(fresh).collect();
    new.sort();
    Some(Change {
        field: Field::MacAddresses,
        kind: if old.is_empty() {
            ChangeKind::Fill
        } else {
            ChangeKind::Add
        },
        old,
        new: new.iter().map(Mac::to_string).collect(),
        sources: sources.into_iter().collect(),
        disputed_by: Vec::new(),
    })
}

/// Addresses that are lent are noted only where the row has none. Otherwise an address that is
/// seen takes the place of those of the same network (/24, /64) that are not; a source that sees
/// the device from inside knows them all.
fn addresses(asset: &RegisterAsset, devices: &[&SeenDevice], claims: &[&Claim]) -> Option<Change> {
    let old = asset.device.values(Field::IpAddresses);
    let known: BTreeSet<IpAddr> = asset.device.addresses.iter().map(|a| a.ip).collect();
    let is_lent = |ip: &IpAddr| {
        devices.iter().any(|seen| {
            seen.device
                .addresses
                .iter()
                .any(|address| address.ip == *ip && address.assignment == Assignment::Dynamic)
        })
    };
    let mut said: BTreeSet<IpAddr> = BTreeSet::new();
    let mut sources = BTreeSet::new();
    let whole = claims.iter().find(|claim| claim.is_whole);
    let speaking: Vec<&&Claim> = match whole {
        Some(whole) => vec![whole],
        None => claims.iter().collect(),
    };
    for claim in speaking {
        for ip in claim.values.iter().filter_map(|value| value.parse().ok()) {
            if keys::is_device_address(ip) && (known.is_empty() || !is_lent(&ip)) {
                said.insert(ip);
                sources.insert(claim.source.clone());
            }
        }
    }
    if said.is_empty() || said.is_subset(&known) {
        return None;
    }
    let network = |ip: &IpAddr| Network::of(*ip, if ip.is_ipv4() { 24 } else { 64 }).ok();
    let places: BTreeSet<Option<Network>> = said.iter().map(network).collect();
    let borne: BTreeSet<IpAddr> = devices
        .iter()
        .flat_map(|seen| &seen.device.addresses)
        .map(|address| address.ip)
        .collect();
    let kept = known
        .iter()
        .filter(|ip| borne.contains(ip) || (whole.is_none() && !places.contains(&network(ip))))
        .copied();
    let new: BTreeSet<IpAddr> = said.iter().copied().chain(kept).collect();
    let kind = if known.is_empty() {
        ChangeKind::Fill
    } else if known.is_subset(&new) {
        ChangeKind::Add
    } else {
        ChangeKind::Replace
    };
    Some(Change {
        field: Field::IpAddresses,
        kind,
        old,
        new: new.iter().map(IpAddr::to_string).collect(),
        sources: sources.into_iter().collect(),
        disputed_by: Vec::new(),
    })
}

/// How a device came by its addresses, as the sources know.
pub(super) fn learn_assignments(row: &mut Device, seen: &Device) {
    for address in &mut row.addresses {
        if let Some(known) = seen.addresses.iter().find(|other| other.ip == address.ip) {
            address.assignment = address.assignment.max(known.assignment);
        }
    }
}
