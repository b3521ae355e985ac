use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::index::{Key, KeyKind, Keys};
use super::merge::{Facts, Merged};
use super::{
    Ambiguity, Answer, Answers, Coverage, Diff, Doubt, Match, RegisterAsset, Scope, SeenDevice,
    Settings, Source, Sureness, Vanished, changes, services,
};
use crate::model::{Assignment, NameKind, SourceKind};

/// The register with its keys.
struct Rows<'a> {
    assets: &'a [&'a RegisterAsset],
    keys: Vec<Keys>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl<'a> Rows<'a> {
    fn new(assets: &'a [&'a RegisterAsset]) -> Self {
        let keys: Vec<Keys> = assets.iter().map(|asset| Keys::of(&asset.device)).collect();
        let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
        for (row, keys) in keys.iter().enumerate() {
            for key in keys.indexed() {
                by_key.entry(key).or_default().push(row);
            }
        }
        Self {
            assets,
            keys,
            by_key,
        }
    }

    fn id(&self, row: usize) -> String {
        self.assets
            .get(row)
            .map(|asset| asset.id.clone())
            .unwrap_or_default()
    }

    fn ids(&self, rows: &BTreeSet<usize>) -> Vec<String> {
        rows.iter().map(|row| self.id(*row)).collect()
    }
}

/// Rows beyond this that bear one key make it no key: a list of them helps nobody.
const MOST_ROWS: usize = 50;

/// What the register says to one device.
#[derive(Default)]
struct Hits {
    /// Keys that fit, by row.
    fitting: BTreeMap<usize, BTreeSet<Key>>,
    /// Keys that fit and that stronger ones overrule.
    overruled: BTreeMap<usize, BTreeSet<Key>>,
    /// Rows that a disputed key would have named.
    disputed: BTreeSet<usize>,
    /// Rows whose only fitting key is an address that is lent.
    lent: BTreeSet<usize>,
    /// Rows for which poor keys may speak, because the row or the device has no better one.
    open_to_poor: BTreeSet<usize>,
}

fn hits(device: usize, merged: &Merged, rows: &Rows<'_>) -> Hits {
    let mut hits = Hits::default();
    let Some(mine) = merged.keys.get(device) else {
        return hits;
    };
    for key in mine.indexed() {
        let Some(found) = rows.by_key.get(&key) else {
            continue;
        };
        for row in found.iter().take(MOST_ROWS) {
            let Some(theirs) = rows.keys.get(*row) else {
                continue;
            };
            let Some(kind) = effective_kind(&key, mine, theirs) else {
                continue;
            };
            // A serial number is disputed with or without its maker.
            let is_disputed = [kind, key.kind].into_iter().any(|kind| {
                let value = key.value.clone();
                merged
                    .disputed
                    .get(&Key { kind, value })
                    .is_some_and(|dispute| dispute.devices.binary_search(&device).is_ok())
            });
            if is_disputed {
                if !mine.is_overruled(kind, theirs) {
                    hits.disputed.insert(*row);
                }
                continue;
            }
            let key = Key {
                kind,
                value: key.value.clone(),
            };
            if mine.is_overruled(kind, theirs) {
                if kind.is_usable() {
                    hits.overruled.entry(*row).or_default().insert(key);
                }
                continue;
            }
            if kind == KeyKind::Address
                && [mine, theirs]
                    .iter()
                    .any(|side| side.assignment(&key.value) == Assignment::Dynamic)
            {
                hits.lent.insert(*row);
            }
            if !mine.is_identifiable() || !theirs.is_identifiable() {
                hits.open_to_poor.insert(*row);
            }
            hits.fitting.entry(*row).or_default().insert(key);
        }
    }
    hits
}

/// The kind under which a key counts between device and row.
fn effective_kind(key: &Key, mine: &Keys, theirs: &Keys) -> Option<KeyKind> {
    match key.kind {
        KeyKind::Serial => mine.serial_kind(theirs),
        KeyKind::Address => {
            let is_static = |side: &Keys| side.assignment(&key.value) == Assignment::Static;
            Some(if is_static(mine) && is_static(theirs) {
                KeyKind::StaticAddress
            } else {
                KeyKind::Address
            })
        }
        KeyKind::Hostname => mine.hostname_kind(theirs),
        other => Some(other),
    }
}

/// What becomes of one device.
enum Verdict {
    Row(usize, Sureness, BTreeSet<Key>),
    Rows(BTreeSet<usize>, BTreeSet<Key>),
    Disagree(BTreeSet<usize>, BTreeSet<Key>),
    Disputed(BTreeSet<usize>),
    Poor(BTreeSet<usize>, BTreeSet<Key>),
    Nothing,
}

fn judge(hits: Hits, is_disputed: bool) -> Verdict {
    let named_by = |test: &dyn Fn(&BTreeSet<Key>) -> bool| -> BTreeSet<usize> {
        hits.fitting
            .iter()
            .filter(|(_, keys)| test(keys))
            .map(|(row, _)| *row)
            .collect()
    };
    let strong = named_by(&|keys| keys.iter().any(|key| key.kind.is_strong()));
    let usable = named_by(&|keys| keys.iter().any(|key| key.kind.is_usable()));
    let mut two_poor = named_by(&|keys| {
        let kinds: BTreeSet<KeyKind> = keys.iter().map(|key| key.kind).collect();
        kinds.len() > 1
    });
    two_poor.retain(|row| hits.open_to_poor.contains(row));
    let keys_of = |rows: &BTreeSet<usize>| -> BTreeSet<Key> {
        rows.iter()
            .filter_map(|row| hits.fitting.get(row))
            .flatten()
            .cloned()
            .collect()
    };
    for (rows, sureness) in [
        (&strong, Sureness::Certain),
        (&usable, Sureness::Probable),
        (&two_poor, Sureness::Tentative),
    ] {
        // A device that shares its name with another is not told by poor keys.
        if sureness == Sureness::Tentative && (is_disputed || !hits.disputed.is_empty()) {
            break;
        }
        let mut all = rows.iter();
        match (all.next(), all.next()) {
            (Some(row), None) => {
                // A name that fits one row and a stronger key's contradiction with another
                // row is told by the match itself.
                return Verdict::Row(*row, sureness, keys_of(rows));
            }
            (Some(_), Some(_)) => return Verdict::Rows(rows.clone(), keys_of(rows)),
            (None, _) => {}
        }
    }
    if is_disputed || !hits.disputed.is_empty() {
        return Verdict::Disputed(hits.disputed);
    }
    if !hits.overruled.is_empty() {
        let rows = hits.overruled.keys().copied().collect();
        let keys = hits.overruled.into_values().flatten().collect();
        return Verdict::Disagree(rows, keys);
    }
    let poor: BTreeSet<usize> = hits
        .fitting
        .keys()
        .filter(|row| !hits.lent.contains(row))
        .copied()
        .collect();
    if poor.is_empty() {
        Verdict::Nothing
    } else {
        let keys = keys_of(&poor);
        Verdict::Poor(poor, keys)
    }
}

type Claimant = (usize, Sureness, BTreeSet<Key>);

/// The row that a person named for a device; none where they said that it stands in no row. An
/// answer that names a row which is no longer there is no answer.
fn answered(seen: &SeenDevice, rows: &Rows<'_>, answers: &Answers) -> Option<Option<usize>> {
    if answers.is_empty() {
        return None;
    }
    match answers.get(&seen.reference())? {
        Answer::NoRow => Some(None),
        Answer::Row(id) => {
            let row = rows
                .assets
                .binary_search_by(|asset| asset.id.as_str().cmp(id));
            row.ok().map(Some)
        }
    }
}

/// `assets` are sorted by id. The caller puts the devices into the result.
pub(super) fn compare(
    assets: &[&RegisterAsset],
    sources: &[&Source<'_>],
    merged: &Merged,
    settings: &Settings,
    answers: &Answers,
) -> Diff {
    let rows = Rows::new(assets);
    let mut unsettled: BTreeSet<usize> = BTreeSet::new();
    for dispute in merged.disputed.values() {
        if !dispute.is_settled {
            unsettled.extend(&dispute.devices);
        }
    }
    let mut claims: BTreeMap<usize, Vec<Claimant>> = BTreeMap::new();
    let mut ambiguous: BTreeSet<Ambiguity> = BTreeSet::new();
    let mut poor: Vec<(usize, BTreeSet<usize>, BTreeSet<Key>)> = Vec::new();
    let mut undecided: BTreeSet<usize> = BTreeSet::new();
    let mut left: Vec<usize> = Vec::new();
    let mut held: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut decided: BTreeSet<usize> = BTreeSet::new();
    let mut apart: Vec<usize> = Vec::new();
    for (device, seen) in merged.devices.iter().enumerate() {
        match answered(seen, &rows, answers) {
            Some(Some(row)) => {
                let mut fitting = hits(device, merged, &rows).fitting;
                let keys = fitting.remove(&row).unwrap_or_default();
                let claimant = (device, Sureness::Decided, keys);
                claims.entry(row).or_default().push(claimant);
                decided.insert(device);
                continue;
            }
            Some(None) => {
                apart.push(device);
                decided.insert(device);
                continue;
            }
            None => {}
        }
        let is_disputed = unsettled.contains(&device);
        let mut doubt = |reason: Doubt, named: &BTreeSet<usize>, keys: BTreeSet<Key>| {
            ambiguous.insert(Ambiguity {
                reason,
                keys: keys.into_iter().collect(),
                devices: vec![device],
                assets: rows.ids(named),
            });
            undecided.insert(device);
        };
        match judge(hits(device, merged, &rows), is_disputed) {
            Verdict::Row(row, sureness, keys) => {
                claims
                    .entry(row)
                    .or_default()
                    .push((device, sureness, keys));
            }
            Verdict::Rows(named, keys) => doubt(Doubt::SeveralRows, &named, keys),
            Verdict::Disagree(named, keys) => doubt(Doubt::KeysDisagree, &named, keys),
            Verdict::Disputed(named) => {
                held.insert(device, named);
            }
            Verdict::Poor(named, keys) => poor.push((device, named, keys)),
            Verdict::Nothing => left.push(device),
        }
    }
    follow_poor_keys(&mut poor, &mut claims, merged, &rows);
    let mut matched = Vec::new();
    for (row, claimants) in claims {
        settle(
            row,
            claimants,
            merged,
            &rows,
            settings,
            &mut matched,
            &mut ambiguous,
            &mut undecided,
        );
    }
    let taken: BTreeSet<&str> = matched
        .iter()
        .map(|one: &Match| one.asset.as_str())
        .collect();
    for (device, named, keys) in poor {
        // The row was found by better keys: the address only passed on.
        let open: BTreeSet<usize> = named
            .into_iter()
            .filter(|row| !taken.contains(rows.id(*row).as_str()))
            .collect();
        if open.is_empty() {
            left.push(device);
            continue;
        }
        ambiguous.insert(Ambiguity {
            reason: Doubt::OnlyPoorKey,
            keys: keys.into_iter().collect(),
            devices: vec![device],
            assets: rows.ids(&open),
        });
        undecided.insert(device);
    }
    let found: BTreeSet<usize> = matched
        .iter()
        .flat_map(|one| &one.devices)
        .copied()
        .collect();
    for (key, dispute) in &merged.disputed {
        let waiting: BTreeSet<usize> = dispute
            .devices
            .iter()
            .copied()
            .filter(|device| held.contains_key(device))
            .collect();
        // A key of the hardware on devices that are certainly several is worth telling until all
        // of them are known.
        let is_news = dispute.is_settled
            && key.kind.is_strong()
            && dispute
                .devices
                .iter()
                .any(|device| !found.contains(device) && !decided.contains(device));
        if waiting.is_empty() && !is_news {
            continue;
        }
        let named: BTreeSet<usize> = waiting
            .iter()
            .filter_map(|device| held.get(device))
            .flatten()
            .copied()
            .collect();
        ambiguous.insert(Ambiguity {
            reason: Doubt::KeyOnSeveralDevices,
            keys: vec![key.clone()],
            devices: dispute.devices.clone(),
            assets: rows.ids(&named),
        });
        undecided.extend(waiting);
    }
    let is_inactive = |device: &usize| {
        merged
            .devices
            .get(*device)
            .is_some_and(|seen| seen.is_inactive)
    };
    left.sort_unstable();
    let (mut new, unidentified): (Vec<usize>, Vec<usize>) = left
        .into_iter()
        .filter(|device| !is_inactive(device))
        .partition(|device| merged.keys.get(*device).is_some_and(Keys::is_identifiable));
    // What a person calls a device is one, whatever it carries.
    new.append(&mut apart);
    new.sort_unstable();
    let ambiguous: Vec<Ambiguity> = ambiguous.into_iter().collect();
    hold_keys(&mut matched, &ambiguous);
    let vanished = vanished(
        &rows,
        sources,
        &matched,
        &ambiguous,
        &merged.devices,
        settings,
    );
    let registered = matched
        .iter()
        .flat_map(|one| &one.devices)
        .filter(|device| !is_inactive(device))
        .count();
    let coverage = Coverage {
        registered,
        undecided: undecided
            .iter()
            .filter(|device| !is_inactive(device))
            .count(),
        observed: merged
            .devices
            .iter()
            .filter(|seen| !seen.is_inactive)
            .count(),
    };
    Diff {
        devices: Vec::new(),
        matched,
        new,
        unidentified,
        asked: ambiguous.clone(),
        ambiguous,
        undecided: undecided.into_iter().collect(),
        decided: decided.into_iter().collect(),
        vanished,
        coverage,
    }
}

/// A device without better keys that shares one poor key with a row and another with the device
/// that the row was found as is that device too: the row would say so once it was updated.
fn follow_poor_keys(
    poor: &mut Vec<(usize, BTreeSet<usize>, BTreeSet<Key>)>,
    claims: &mut BTreeMap<usize, Vec<Claimant>>,
    merged: &Merged,
    rows: &Rows<'_>,
) {
    let poor_keys = |keys: &Keys| -> BTreeSet<Key> {
        keys.indexed()
            .into_iter()
            .filter(|key| !key.kind.is_usable())
            .collect()
    };
    loop {
        let before = poor.len();
        poor.retain(|(device, named, _)| {
            let Some(mine) = merged.keys.get(*device).filter(|k| !k.is_identifiable()) else {
                return true;
            };
            let mine = poor_keys(mine);
            let mut fitting: Vec<(usize, BTreeSet<Key>)> = named
                .iter()
                .filter_map(|row| {
                    let known = claims
                        .get(row)?
                        .iter()
                        .filter_map(|one| merged.keys.get(one.0));
                    let theirs: BTreeSet<Key> = known
                        .chain(rows.keys.get(*row))
                        .flat_map(poor_keys)
                        .collect();
                    let both: BTreeSet<Key> = mine.intersection(&theirs).cloned().collect();
                    let kinds: BTreeSet<KeyKind> = both.iter().map(|key| key.kind).collect();
                    (kinds.len() > 1).then_some((*row, both))
                })
                .collect();
            match (fitting.pop(), fitting.is_empty()) {
                (Some((row, keys)), true) => {
                    let claimant = (*device, Sureness::Tentative, keys);
                    claims.entry(row).or_default().push(claimant);
                    false
                }
                _ => true,
            }
        });
        if poor.len() == before {
            return;
        }
    }
}

/// Changes to the keys of a row wait while a question about the row is open: they would decide
/// it unseen.
fn hold_keys(matched: &mut [Match], ambiguous: &[Ambiguity]) {
    let open: BTreeSet<&str> = ambiguous
        .iter()
        .flat_map(|one| &one.assets)
        .map(String::as_str)
        .collect();
    for found in matched {
        let is_decided = found.sureness == Sureness::Decided;
        found.keys_wait = !is_decided && open.contains(found.asset.as_str());
        if found.keys_wait {
            found.changes.retain(|change| !change.field.is_key());
        }
    }
}

/// Devices that name the same row are it together, unless keys of one value tell them apart:
/// then the surest one is it, and if there is no surest, none.
#[expect(
    clippy::too_many_arguments,
    reason = "one step of `compare`, split for reading"
)]
fn settle(
    row: usize,
    mut claimants: Vec<Claimant>,
    merged: &Merged,
    rows: &Rows<'_>,
    settings: &Settings,
    matched: &mut Vec<Match>,
    ambiguous: &mut BTreeSet<Ambiguity>,
    undecided: &mut BTreeSet<usize>,
) {
    let Some(asset) = rows.assets.get(row) else {
        return;
    };
    let best_kind = |keys: &BTreeSet<Key>| keys.iter().map(|key| key.kind).min();
    claimants.sort_by(|a, b| (b.1, best_kind(&a.2), a.0).cmp(&(a.1, best_kind(&b.2), b.0)));
    let mut facts = Facts::default();
    let mut together: Vec<Claimant> = Vec::new();
    let mut apart: Vec<Claimant> = Vec::new();
    for claimant in claimants {
        let agrees = merged
            .keys
            .get(claimant.0)
            .is_some_and(|keys| facts.takes(KeyKind::PoorMac, keys));
        if agrees || claimant.1 == Sureness::Decided {
            together.push(claimant);
        } else {
            apart.push(claimant);
        }
    }
    let Some(sureness) = together.first().map(|first| first.1) else {
        return;
    };
    if apart.iter().any(|other| other.1 == sureness) {
        apart.append(&mut together);
    }
    if !apart.is_empty() {
        let mut devices: Vec<usize> = apart.iter().map(|one| one.0).collect();
        devices.sort_unstable();
        undecided.extend(&devices);
        let keys: BTreeSet<Key> = apart.into_iter().flat_map(|one| one.2).collect();
        ambiguous.insert(Ambiguity {
            reason: Doubt::SeveralDevices,
            keys: keys.into_iter().collect(),
            devices,
            assets: vec![asset.id.clone()],
        });
    }
    if together.is_empty() {
        return;
    }
    let mut devices: Vec<usize> = together.iter().map(|one| one.0).collect();
    devices.sort_unstable();
    let by: BTreeSet<Key> = together.into_iter().flat_map(|one| one.2).collect();
    let seen: Vec<&SeenDevice> = devices
        .iter()
        .filter_map(|device| merged.devices.get(*device))
        .collect();
    let comparison = services::compare(asset.baseline.as_deref(), &seen);
    matched.push(Match {
        asset: asset.id.clone(),
        by: by.into_iter().collect(),
        sureness,
        changes: changes::changes(asset, &seen, settings),
        unexpected_services: comparison.unexpected,
        missing_services: comparison.missing,
        services_compared: comparison.compared,
        seen_at: seen
            .iter()
            .filter_map(|seen| seen.seen_at)
            .chain(asset.last_seen)
            .max(),
        keys_wait: false,
        is_back: !asset.in_use && seen.iter().any(|seen| seen.is_seen),
        devices,
    });
}

fn vanished(
    rows: &Rows<'_>,
    sources: &[&Source<'_>],
    matched: &[Match],
    ambiguous: &[Ambiguity],
    devices: &[SeenDevice],
    settings: &Settings,
) -> Vec<Vanished> {
    let found: HashMap<&str, &Match> = matched
        .iter()
        .map(|one| (one.asset.as_str(), one))
        .collect();
    let unclear: BTreeSet<&str> = ambiguous
        .iter()
        .flat_map(|one| &one.assets)
        .map(String::as_str)
        .collect();
    let mut vanished = Vec::new();
    for (row, asset) in rows.assets.iter().enumerate() {
        if !asset.in_use || unclear.contains(asset.id.as_str()) {
            continue;
        }
        let found = found.get(asset.id.as_str());
        let is_there = found.is_some_and(|one| {
            one.devices
                .iter()
                .filter_map(|device| devices.get(*device))
                .any(|seen| seen.is_seen && seen.seen_at.is_none())
        });
        if is_there {
            continue;
        }
        let mut missing_in: Vec<String> = Vec::new();
        if found.is_none()
            && let Some(keys) = rows.keys.get(row)
        {
            missing_in = sources
                .iter()
                .filter(|source| source.report.complete)
                .filter(|source| can_recognise(source.report.source, keys))
                .filter(|source| covers(&source.scope, asset))
                .map(|source| source.label.clone())
                .collect();
        }
        let last = found.map_or(asset.last_seen, |one| one.seen_at);
        let not_seen_days = last
            .map(|last| settings.as_of - last)
            .filter(|since| *since > settings.not_seen_for)
            .map(time::Duration::whole_days);
        if !missing_in.is_empty() || not_seen_days.is_some() {
            missing_in.dedup();
            vanished.push(Vanished {
                asset: asset.id.clone(),
                missing_in,
                not_seen_days,
            });
        }
    }
    vanished
}

/// Whether a source of this kind shows any of the keys that the row has. Otherwise it may show
/// the device without anybody knowing.
fn can_recognise(source: SourceKind, keys: &Keys) -> bool {
    let by_hardware_address = !keys.macs.is_empty();
    let by_name = !keys.hostnames.is_empty() || !keys.fqdns.is_empty();
    let by_address = keys
        .addresses
        .iter()
        .any(|(_, assignment)| *assignment != Assignment::Dynamic);
    match source {
        SourceKind::Arp => by_hardware_address || by_address,
        SourceKind::Nmap
        | SourceKind::IscDhcp
        | SourceKind::Dnsmasq
        | SourceKind::KeaDhcp
        | SourceKind::WindowsDhcpCsv
        | SourceKind::WindowsDhcpXml
        | SourceKind::WindowsDhcpNetsh => by_hardware_address || by_address || by_name,
        SourceKind::Ldif | SourceKind::SystemInfo => by_name,
        SourceKind::OsqueryTables
        | SourceKind::OsqueryLog
        | SourceKind::Collect
        | SourceKind::Table => keys.is_identifiable(),
        SourceKind::CycloneDx | SourceKind::Spdx => false,
    }
}

/// Whether a source claims to be complete for the row.
fn covers(scope: &Scope, asset: &RegisterAsset) -> bool {
    match scope {
        Scope::Nothing => false,
        Scope::Everything => true,
        Scope::Networks(networks) => asset
            .device
            .addresses
            .iter()
            .any(|address| networks.iter().any(|network| network.contains(address.ip))),
        Scope::Domain(domain) => {
            let domain = domain.trim_matches('.').to_lowercase();
            asset.device.names.iter().any(|name| {
                name.kind == NameKind::Fqdn
                    && name
                        .value
                        .to_lowercase()
                        .trim_end_matches('.')
                        .strip_suffix(domain.as_str())
                        .is_some_and(|head| head.ends_with('.'))
            })
        }
        Scope::Field(field, value) => asset
            .device
            .values(*field)
            .iter()
            .any(|known| field.comparable(known) == field.comparable(value)),
    }
}
