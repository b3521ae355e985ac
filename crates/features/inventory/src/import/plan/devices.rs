//! Devices that stand in no row, rows that were seen, and rows that were not.

use std::collections::{BTreeSet, HashMap};

use discovery::model::{Field, NameKind, SourceKind};
use discovery::reconcile::{ChangeKind, Diff, SeenDevice};
use time::OffsetDateTime;
use uuid::Uuid;
use yagura_kernel::text::normalise_for_search;

use super::super::bridge::{self, Identity, SoftwareGroup};
use super::super::{Answer, group_of};
use super::{AssetChange, Duty, Known, Line, Making, NewAsset, SetAside, Unseen, key_of_device};
use crate::model::{Asset, Content, changes as record_changes};

fn micros(at: Option<OffsetDateTime>) -> Option<i64> {
    let at = at?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000).ok()
}

fn duty_of<'d>(
    seen: impl IntoIterator<Item = &'d SeenDevice>,
    identity: Identity,
    record: &Asset,
    kinds: &HashMap<&str, SourceKind>,
) -> Duty {
    let mut duty = Duty {
        identity,
        ..Duty::default()
    };
    let mut sources = BTreeSet::new();
    for device in seen {
        duty.identity.learn(&device.device, record);
        let of_source = device.sources.iter().map(|source| source.label.as_str());
        sources.extend(of_source.clone().map(str::to_owned));
        let software = bridge::software_of(&device.device);
        if !software.is_empty() {
            let kinds = of_source.filter_map(|label| kinds.get(label).copied());
            let group = kinds.map(group_of).min();
            let list = duty.software.entry(group.unwrap_or(SoftwareGroup::Listed));
            list.or_default().extend(software);
        }
        if !device.examined_ports.is_empty() || !device.device.services.is_empty() {
            let services = device.device.services.iter();
            let reachable = services.filter(|service| !service.is_local_only());
            duty.services
                .get_or_insert_default()
                .extend(reachable.cloned());
        }
        if device.is_seen {
            duty.seen_at = duty.seen_at.max(micros(device.seen_at));
        }
    }
    for list in duty.software.values_mut() {
        list.sort();
        list.dedup();
    }
    if let Some(services) = &mut duty.services {
        services.sort();
        services.dedup();
    }
    duty.sources = sources.into_iter().collect();
    duty
}

/// What came of looking for devices by the names that people gave them.
#[derive(Default)]
pub(super) struct ByName {
    /// How many devices a name alone tells apart.
    pub(super) named: usize,
    /// Devices whose name stands in several rows, with those rows.
    pub(super) several: Vec<(usize, Vec<Uuid>)>,
}

impl Making<'_> {
    pub(super) fn new_assets(&self, diff: &Diff) -> Vec<NewAsset> {
        diff.new
            .iter()
            .filter_map(|index| diff.devices.get(*index))
            .map(|seen| self.new_asset(seen))
            .collect()
    }

    fn new_asset(&self, seen: &SeenDevice) -> NewAsset {
        let (around, decisions, kinds) = (self.around, self.decisions, &self.kinds);
        let key = key_of_device(&seen.device);
        let (asset, set_aside) = bridge::asset_of(&seen.device, &around.names);
        let answer = match decisions.answers.is_empty() {
            true => None,
            false => decisions.answers.get(&seen.reference()),
        };
        let is_left_out = match answer {
            Some(answer) => *answer == Answer::LeaveOut,
            None => !decisions.add || decisions.left_out.contains(&format!("new:{key}")),
        };
        NewAsset {
            is_left_out,
            is_answered: answer.is_some(),
            duty: duty_of([seen], Identity::default(), &asset, kinds),
            set_aside: set_aside.into_iter().map(SetAside::from).collect(),
            device: seen.device.clone(),
            key,
            asset,
        }
    }

    /// Rows of tables that carry nothing but a name (and an address that may be anybody's tomorrow):
    /// in a list that people keep, the name is what tells devices apart. Where a name stands in more
    /// rows of the register than of the lists, a person is asked.
    pub(super) fn by_name(
        &self,
        diff: &Diff,
        (new, seen): (&mut Vec<NewAsset>, &mut Vec<AssetChange>),
    ) -> ByName {
        let taken: BTreeSet<Uuid> = seen.iter().map(|seen| seen.id).collect();
        let mut free: HashMap<String, Vec<&Known>> = HashMap::new();
        for known in &self.around.register {
            if !taken.contains(&known.id) {
                let name = normalise_for_search(&known.asset.name);
                free.entry(name).or_default().push(known);
            }
        }
        let devices: Vec<(usize, &SeenDevice, String)> = diff
            .unidentified
            .iter()
            .filter_map(|at| {
                let device = diff.devices.get(*at)?;
                Some((*at, device, self.name_in_a_list(device)?))
            })
            .collect();
        let mut bearers: HashMap<&str, usize> = HashMap::new();
        for (_, _, name) in &devices {
            *bearers.entry(name).or_default() += 1;
        }
        let candidates: HashMap<String, usize> = free
            .iter()
            .map(|(name, rows)| (name.clone(), rows.len()))
            .collect();
        let mut found = ByName {
            named: devices.len(),
            several: Vec::new(),
        };
        for (at, device, name) in &devices {
            let rows = free.entry(name.clone()).or_default();
            let has_same_address = |known: &&Known| {
                let mut addresses = known.asset.ip_addresses.iter();
                addresses.any(|text| {
                    let seen = &device.device.addresses;
                    seen.iter().any(|address| address.ip.to_string() == *text)
                })
            };
            let pairs = candidates.get(name) == bearers.get(name.as_str());
            match rows.iter().position(has_same_address) {
                Some(row) => seen.push(self.row_of_a_list(device, rows.remove(row))),
                None if rows.len() > 1 && !pairs => {
                    let rows = rows.iter().map(|known| known.id).collect();
                    found.several.push((*at, rows));
                }
                None if rows.is_empty() => new.push(self.new_asset(device)),
                None => seen.push(self.row_of_a_list(device, rows.remove(0))),
            }
        }
        new.sort_by(|a, b| (&a.asset.name, &a.key).cmp(&(&b.asset.name, &b.key)));
        seen.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        found
    }

    /// The name that a list kept by people gives a device, as names are compared.
    pub(super) fn name_in_a_list(&self, device: &SeenDevice) -> Option<String> {
        let mut sources = device.sources.iter();
        let is_table = |label: &str| self.kinds.get(label).copied() == Some(SourceKind::Table);
        sources
            .any(|source| is_table(&source.label))
            .then(|| device.device.name(NameKind::Display))
            .flatten()
            .map(normalise_for_search)
    }

    /// A row of the register that a table names, and what the table says otherwise.
    fn row_of_a_list(&self, device: &SeenDevice, known: &Known) -> AssetChange {
        let (around, decisions, kinds) = (self.around, self.decisions, &self.kinds);
        let row = bridge::device_of(&known.asset, &known.identity, &around.names);
        let said: Vec<(Field, Vec<String>, ChangeKind)> = Field::ALL
            .iter()
            .filter(|field| !matches!(field, Field::DisplayName | Field::OsBuild))
            .filter_map(|field| {
                let kind = match row.values(*field).is_empty() {
                    true => ChangeKind::Fill,
                    false => ChangeKind::Replace,
                };
                let is_wanted = match kind {
                    ChangeKind::Replace => decisions.replace,
                    _ => decisions.fill,
                };
                let values = device.device.values(*field);
                (is_wanted && !values.is_empty()).then_some((*field, values, kind))
            })
            .collect();
        let facts: Vec<(Field, &[String])> = said
            .iter()
            .map(|(field, values, _)| (*field, values.as_slice()))
            .collect();
        let (after, set_aside) = bridge::changed(&known.asset, &facts, &around.names);
        let differing = record_changes(&known.asset, &after);
        let duty = duty_of([device], known.identity.clone(), &after, kinds);
        let lines = said
            .iter()
            .filter_map(|(field, _, kind)| {
                let key = bridge::key_of(*field)?;
                let pair = differing.get(key)?.as_array()?;
                Some(Line {
                    field: key,
                    kind: *kind,
                    before: pair.first().cloned().unwrap_or_default(),
                    after: pair.get(1).cloned().unwrap_or_default(),
                    sources: duty.sources.clone(),
                    disputed: Vec::new(),
                })
            })
            .collect();
        AssetChange {
            id: known.id,
            revision: known.revision,
            name: known.asset.name.clone(),
            lines,
            is_left_out: decisions.left_out.contains(&known.id.to_string()),
            set_aside: set_aside.into_iter().map(SetAside::from).collect(),
            unexpected_services: Vec::new(),
            missing_services: Vec::new(),
            is_back: false,
            keys_wait: false,
            duty,
            after,
        }
    }

    pub(super) fn seen_assets(&self, diff: &Diff) -> Vec<AssetChange> {
        let (around, decisions, kinds) = (self.around, self.decisions, &self.kinds);
        diff.matched
            .iter()
            .filter_map(|one| {
                let known = self.by_id.get(&one.asset)?;
                let wanted = |kind: ChangeKind| match kind {
                    ChangeKind::Fill | ChangeKind::Add => decisions.fill,
                    ChangeKind::Replace => decisions.replace,
                };
                // Further names and the build of an OS have no field of their own: the first are kept
                // beside the record, the second stands in the version.
                let takes = |change: &&discovery::reconcile::Change| {
                    let is_name = matches!(change.field, Field::Hostname | Field::Fqdn);
                    let is_second = is_name && !known.asset.hostname.is_empty();
                    let is_build = change.field == Field::OsBuild;
                    wanted(change.kind)
                        && !is_build
                        && !(is_second && change.kind != ChangeKind::Replace)
                };
                let facts: Vec<(Field, &[String])> = one
                    .changes
                    .iter()
                    .filter(takes)
                    .map(|change| (change.field, change.new.as_slice()))
                    .collect();
                let (after, set_aside) = bridge::changed(&known.asset, &facts, &around.names);
                let differing = record_changes(&known.asset, &after);
                let lines: Vec<Line> = Asset::FIELDS
                    .iter()
                    .filter_map(|spec| {
                        let pair = differing.get(spec.key)?.as_array()?;
                        let change = one
                            .changes
                            .iter()
                            .find(|change| bridge::key_of(change.field) == Some(spec.key))?;
                        Some(Line {
                            field: spec.key,
                            kind: change.kind,
                            before: pair.first().cloned().unwrap_or_default(),
                            after: pair.get(1).cloned().unwrap_or_default(),
                            sources: change.sources.clone(),
                            disputed: change
                                .disputed_by
                                .iter()
                                .map(|claim| {
                                    format!("{} ({})", claim.values.join("、"), claim.source)
                                })
                                .collect(),
                        })
                    })
                    .collect();
                let devices = one.devices.iter().filter_map(|at| diff.devices.get(*at));
                let learned: Vec<&SeenDevice> = devices.filter(|_| !one.keys_wait).collect();
                Some(AssetChange {
                    id: known.id,
                    revision: known.revision,
                    name: known.asset.name.clone(),
                    lines,
                    is_left_out: decisions.left_out.contains(&known.id.to_string()),
                    set_aside: set_aside.into_iter().map(SetAside::from).collect(),
                    unexpected_services: one.unexpected_services.clone(),
                    missing_services: one.missing_services.clone(),
                    is_back: one.is_back,
                    keys_wait: one.keys_wait,
                    duty: duty_of(learned, known.identity.clone(), &after, kinds),
                    after,
                })
            })
            .collect()
    }

    pub(super) fn unseen(&self, diff: &Diff, by_name: &ByName) -> Vec<Unseen> {
        let asked: BTreeSet<Uuid> = by_name
            .several
            .iter()
            .flat_map(|(_, rows)| rows)
            .copied()
            .collect();
        diff.vanished
            .iter()
            .filter_map(|vanished| {
                let known = self.by_id.get(&vanished.asset)?;
                if asked.contains(&known.id) {
                    return None;
                }
                Some(Unseen {
                    id: known.id,
                    name: known.asset.name.clone(),
                    missing_in: vanished.missing_in.clone(),
                    days: vanished.not_seen_days,
                })
            })
            .collect()
    }
}
