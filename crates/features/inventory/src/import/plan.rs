//! What the files would do to the register.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use discovery::model::{
    Device, Field, Incomplete, NameKind, Network, Presence, Problem as FileProblem, Report,
    Service, SourceKind, Subject, keys,
};
use discovery::reconcile::{
    BaselineService, ChangeKind, Coverage, Diff, Doubt, RegisterAsset, Scope, SeenDevice, Settings,
    Source, reconcile,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::Instant;

use super::bridge::{self, Identity, SoftwareGroup, SoftwareLine, Unusable};
use super::read::map_columns;
use super::{Decisions, FileContent, SourceFile};
use crate::model::{Asset, Content, changes as record_changes};

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

    pub(super) fn system(&self, name: &str) -> Option<Uuid> {
        self.systems.get(&normalise_for_search(name)).copied()
    }

    pub(super) fn system_name(&self, id: Uuid) -> Option<&str> {
        self.system_names.get(&id).map(String::as_str)
    }

    pub(super) fn vendor(&self, name: &str) -> Option<OrganizationId> {
        self.vendors.get(&normalise_for_search(name)).copied()
    }

    pub(super) fn vendor_name(&self, id: OrganizationId) -> Option<&str> {
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
    /// The moment.
    pub now: Instant,
}

/// One field of a record that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The register's field.
    pub field: &'static str,
    /// What it does.
    pub kind: ChangeKind,
    /// What stands there.
    pub before: Json,
    /// What would stand there.
    pub after: Json,
    /// The sources that say so.
    pub sources: Vec<String>,
    /// What other sources of the same weight say instead.
    pub disputed: Vec<String>,
}

/// A value that has no place in the register as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The fact.
    pub field: Field,
    /// The value as written.
    pub value: String,
}

impl From<Unusable> for SetAside {
    fn from(unusable: Unusable) -> Self {
        Self {
            field: unusable.field,
            value: unusable.value,
        }
    }
}

/// What is learned of a device that stands in the register, or will.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// By what it is recognised from now on.
    pub identity: Identity,
    /// Its software by who lists it; lists of others stay as they are.
    pub software: BTreeMap<SoftwareGroup, Vec<SoftwareLine>>,
    /// The services that listen, where a source looked.
    pub services: Option<Vec<Service>>,
    /// When it was last there, in microseconds; none where no source saw it.
    pub seen_at: Option<i64>,
    /// The sources.
    pub sources: Vec<String>,
}

/// A device that stands in no row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewAsset {
    /// By what it is recognised: the strongest of its keys.
    pub key: String,
    /// The record that would be added.
    pub asset: Asset,
    /// Whether a person left it out.
    pub is_left_out: bool,
    /// What has no place in the register.
    pub set_aside: Vec<SetAside>,
    /// What is learned beside the record.
    pub duty: Duty,
    /// What was seen, for who decides later.
    #[serde(skip)]
    pub device: Device,
}

/// A row of the register that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetChange {
    /// The record.
    pub id: Uuid,
    /// Its revision as the plan was made.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// What would change.
    pub lines: Vec<Line>,
    /// What it would say afterwards, as decided.
    #[serde(skip)]
    pub after: Asset,
    /// Whether a person left it out.
    pub is_left_out: bool,
    /// What has no place in the register.
    pub set_aside: Vec<SetAside>,
    /// Services that listen and are not in the baseline.
    pub unexpected_services: Vec<Service>,
    /// Services of the baseline that did not listen.
    pub missing_services: Vec<BaselineService>,
    /// Whether the register says that it is not in use.
    pub is_back: bool,
    /// Whether changes of what it is recognised by wait for a question.
    pub keys_wait: bool,
    /// What is learned beside the record.
    pub duty: Duty,
}

/// A product of a bill of materials: a person says on which device it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Product {
    /// The key by which decisions name it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The file.
    pub source: String,
    /// Who lists it.
    pub group: SoftwareGroup,
    /// Its parts, the product itself included.
    pub software: Vec<SoftwareLine>,
    /// The device that a person chose.
    pub asset: Option<Uuid>,
}

/// Something that the keys do not decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Why.
    pub reason: Doubt,
    /// The devices, as people would call them.
    pub devices: Vec<String>,
    /// The rows.
    pub assets: Vec<(Uuid, String)>,
    /// The keys in question.
    pub keys: Vec<String>,
}

/// A row that was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The record.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The sources that should have shown it.
    pub missing_in: Vec<String>,
    /// Days since it was last seen, where that is too long ago.
    pub days: Option<i64>,
}

/// A device that stays out of the register for now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stranger {
    /// By what it is recognised.
    pub key: String,
    /// As people would call it.
    pub label: String,
    /// What was seen.
    pub device: Device,
    /// When it was last there, in microseconds; none where it is only listed.
    pub seen_at: Option<i64>,
    /// The sources.
    pub sources: Vec<String>,
}

/// What an import would do, or did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Counts {
    /// Devices that are added.
    pub new: usize,
    /// Records that change.
    pub changed: usize,
    /// Records that were seen and stay as they are.
    pub unchanged: usize,
    /// Devices that stand in no row and stay out.
    pub left_out: usize,
    /// Devices that nothing would recognise again.
    pub unidentified: usize,
    /// Questions that the keys do not decide.
    pub questions: usize,
    /// Rows that were not seen.
    pub unseen: usize,
    /// Devices with services that are not in their baseline.
    pub unexpected_services: usize,
    /// Places in the files that were set aside.
    pub problems: usize,
    /// Devices that were seen and stand in the register, before the import.
    pub registered: usize,
    /// All devices that were seen.
    pub observed: usize,
}

/// What the files would do to the register.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Devices that stand in no row.
    pub new: Vec<NewAsset>,
    /// Rows that were seen.
    pub seen: Vec<AssetChange>,
    /// Products of bills of materials.
    pub products: Vec<Product>,
    /// What a person must decide.
    pub questions: Vec<Question>,
    /// Rows that were not seen.
    pub unseen: Vec<Unseen>,
    /// How many devices nothing would recognise again: telephones of visitors, mostly.
    pub unidentified: usize,
    /// How much of what was seen stands in the register.
    #[serde(skip)]
    pub coverage: Coverage,
    /// What was set aside, by file.
    #[serde(skip)]
    pub problems: Vec<(String, FileProblem)>,
    /// Problems beyond those.
    pub further_problems: usize,
    /// Files that stop in the middle, or whose scan was broken off.
    #[serde(skip)]
    pub incomplete: Vec<(String, Incomplete)>,
}

impl Plan {
    /// The numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let new = self.new.iter().filter(|new| !new.is_left_out).count();
        let changed = self.seen.iter().filter(|seen| seen.changes()).count();
        let unexpected = |seen: &&AssetChange| !seen.unexpected_services.is_empty();
        Counts {
            new,
            changed,
            unchanged: self.seen.len() - changed,
            left_out: self.new.len() - new,
            unidentified: self.unidentified,
            questions: self.questions.len(),
            unseen: self.unseen.len(),
            unexpected_services: self.seen.iter().filter(unexpected).count(),
            problems: self.problems.len() + self.further_problems,
            registered: self.coverage.registered,
            observed: self.coverage.observed,
        }
    }

    /// A text that differs where anything differs that a person saw on the preview.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let seen = serde_json::to_vec(self).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&Sha256::digest(seen))
    }

    /// The devices that stay out of the register.
    #[must_use]
    pub fn strangers(&self) -> Vec<Stranger> {
        self.new
            .iter()
            .filter(|new| new.is_left_out)
            .map(|new| Stranger {
                key: new.key.clone(),
                label: new.asset.name.clone(),
                device: new.device.clone(),
                seen_at: new.duty.seen_at,
                sources: new.duty.sources.clone(),
            })
            .collect()
    }
}

impl AssetChange {
    /// Whether the record would change.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.is_left_out && !self.lines.is_empty()
    }
}

fn micros(at: Option<OffsetDateTime>) -> Option<i64> {
    let at = at?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000).ok()
}

fn moment(at: Instant) -> OffsetDateTime {
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

/// Of what a report claims to be complete.
fn scope_of(report: &Report, is_complete: bool) -> Scope {
    if !report.complete {
        return Scope::Nothing;
    }
    let networks: Vec<Network> = report.examined_networks.clone();
    match report.source {
        SourceKind::Table if is_complete => Scope::Everything,
        SourceKind::Nmap if !networks.is_empty() => Scope::Networks(networks),
        _ => Scope::Nothing,
    }
}

/// Holds files against the register.
///
/// Rows of the register have ids of their own, so that the comparison cannot fail for them.
#[must_use]
pub fn plan(files: &[SourceFile], around: &Surroundings, decisions: &Decisions) -> Plan {
    let reports: Vec<(&str, std::borrow::Cow<'_, Report>)> = files
        .iter()
        .map(|file| {
            let report = match &file.content {
                FileContent::Report(report) => std::borrow::Cow::Borrowed(report.as_ref()),
                FileContent::Table(table) => std::borrow::Cow::Owned(map_columns(table)),
            };
            (file.name.as_str(), report)
        })
        .collect();
    let sources: Vec<Source<'_>> = reports
        .iter()
        .map(|(name, report)| Source {
            label: (*name).to_owned(),
            report,
            scope: scope_of(report, decisions.is_complete),
        })
        .collect();
    let register = registered(around);
    let settings = Settings::at(moment(around.now));
    let diff = reconcile(&register, &sources, &settings).unwrap_or_else(|_| Diff {
        devices: Vec::new(),
        matched: Vec::new(),
        new: Vec::new(),
        unidentified: Vec::new(),
        ambiguous: Vec::new(),
        vanished: Vec::new(),
        coverage: Coverage::default(),
    });
    let kinds: HashMap<&str, SourceKind> = reports
        .iter()
        .map(|(name, report)| (*name, report.source))
        .collect();
    let by_id: HashMap<String, &Known> = around
        .register
        .iter()
        .map(|known| (known.id.to_string(), known))
        .collect();
    let mut new = new_assets(&diff, around, decisions, &kinds);
    let mut seen = seen_assets(&diff, around, decisions, &kinds, &by_id);
    let named = by_name(&diff, around, decisions, &kinds, (&mut new, &mut seen));
    let mut found = Plan {
        new,
        seen,
        products: products(&reports, decisions, &by_id),
        questions: questions(&diff, &by_id),
        unseen: unseen(&diff, &by_id),
        unidentified: diff.unidentified.len() - named,
        coverage: diff.coverage,
        problems: Vec::new(),
        further_problems: 0,
        incomplete: Vec::new(),
    };
    for (name, report) in &reports {
        let problems = report.problems.iter();
        found
            .problems
            .extend(problems.map(|problem| ((*name).to_owned(), problem.clone())));
        found.further_problems += report.further_problems;
        if let Some(why) = report.incomplete {
            found.incomplete.push(((*name).to_owned(), why));
        }
    }
    found
}

/// The register as the comparison knows registers.
fn registered(around: &Surroundings) -> Vec<RegisterAsset> {
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
            let group = kinds.map(super::group_of).min();
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

fn new_assets(
    diff: &Diff,
    around: &Surroundings,
    decisions: &Decisions,
    kinds: &HashMap<&str, SourceKind>,
) -> Vec<NewAsset> {
    diff.new
        .iter()
        .filter_map(|index| diff.devices.get(*index))
        .map(|seen| new_asset(seen, around, decisions, kinds))
        .collect()
}

fn new_asset(
    seen: &SeenDevice,
    around: &Surroundings,
    decisions: &Decisions,
    kinds: &HashMap<&str, SourceKind>,
) -> NewAsset {
    let key = key_of_device(&seen.device);
    let (asset, set_aside) = bridge::asset_of(&seen.device, &around.names);
    let left_out = decisions.left_out.contains(&format!("new:{key}"));
    NewAsset {
        is_left_out: left_out || !decisions.add,
        duty: duty_of([seen], Identity::default(), &asset, kinds),
        set_aside: set_aside.into_iter().map(SetAside::from).collect(),
        device: seen.device.clone(),
        key,
        asset,
    }
}

/// Rows of tables that carry nothing but a name (and an address that may be anybody's tomorrow):
/// in a list that people keep, the name is what tells devices apart. Returns how many there were.
fn by_name(
    diff: &Diff,
    around: &Surroundings,
    decisions: &Decisions,
    kinds: &HashMap<&str, SourceKind>,
    (new, seen): (&mut Vec<NewAsset>, &mut Vec<AssetChange>),
) -> usize {
    let taken: BTreeSet<Uuid> = seen.iter().map(|seen| seen.id).collect();
    let mut free: HashMap<String, Vec<&Known>> = HashMap::new();
    for known in &around.register {
        if !taken.contains(&known.id) {
            let name = normalise_for_search(&known.asset.name);
            free.entry(name).or_default().push(known);
        }
    }
    let mut named = 0;
    for device in diff
        .unidentified
        .iter()
        .filter_map(|at| diff.devices.get(*at))
    {
        let is_kept_by_people = device
            .sources
            .iter()
            .any(|source| kinds.get(source.label.as_str()) == Some(&SourceKind::Table));
        let Some(name) = device
            .device
            .name(NameKind::Display)
            .filter(|_| is_kept_by_people)
        else {
            continue;
        };
        named += 1;
        let rows = free.entry(normalise_for_search(name)).or_default();
        let has_same_address = |known: &&Known| {
            let mut addresses = known.asset.ip_addresses.iter();
            addresses.any(|text| {
                let seen = &device.device.addresses;
                seen.iter().any(|address| address.ip.to_string() == *text)
            })
        };
        let at = rows.iter().position(has_same_address);
        match at.or((!rows.is_empty()).then_some(0)) {
            Some(at) => seen.push(row_of_a_list(
                device,
                rows.remove(at),
                around,
                decisions,
                kinds,
            )),
            None => new.push(new_asset(device, around, decisions, kinds)),
        }
    }
    new.sort_by(|a, b| (&a.asset.name, &a.key).cmp(&(&b.asset.name, &b.key)));
    seen.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    named
}

/// A row of the register that a table names, and what the table says otherwise.
fn row_of_a_list(
    device: &SeenDevice,
    known: &Known,
    around: &Surroundings,
    decisions: &Decisions,
    kinds: &HashMap<&str, SourceKind>,
) -> AssetChange {
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

fn seen_assets(
    diff: &Diff,
    around: &Surroundings,
    decisions: &Decisions,
    kinds: &HashMap<&str, SourceKind>,
    by_id: &HashMap<String, &Known>,
) -> Vec<AssetChange> {
    diff.matched
        .iter()
        .filter_map(|one| {
            let known = by_id.get(&one.asset)?;
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
                            .map(|claim| format!("{} ({})", claim.values.join("、"), claim.source))
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

fn products(
    reports: &[(&str, std::borrow::Cow<'_, Report>)],
    decisions: &Decisions,
    by_id: &HashMap<String, &Known>,
) -> Vec<Product> {
    let mut found = Vec::new();
    for (name, report) in reports {
        let products = report.observations.iter();
        for observation in products.filter(|one| one.subject == Subject::Product) {
            if observation.presence == Presence::Inactive {
                continue;
            }
            let key = format!("{name} {}", observation.place);
            let chosen = decisions.belongs.get(&key);
            found.push(Product {
                name: observation.device.label(),
                source: (*name).to_owned(),
                group: super::group_of(report.source),
                software: bridge::software_of(&observation.device),
                asset: chosen
                    .filter(|id| by_id.contains_key(&id.to_string()))
                    .copied(),
                key,
            });
        }
    }
    found
}

fn questions(diff: &Diff, by_id: &HashMap<String, &Known>) -> Vec<Question> {
    diff.ambiguous
        .iter()
        .map(|doubt| Question {
            reason: doubt.reason,
            devices: doubt
                .devices
                .iter()
                .filter_map(|at| Some(diff.devices.get(*at)?.device.label()))
                .collect(),
            assets: doubt
                .assets
                .iter()
                .filter_map(|id| by_id.get(id))
                .map(|known| (known.id, known.asset.name.clone()))
                .collect(),
            keys: doubt.keys.iter().map(|key| key.value.clone()).collect(),
        })
        .collect()
}

fn unseen(diff: &Diff, by_id: &HashMap<String, &Known>) -> Vec<Unseen> {
    diff.vanished
        .iter()
        .filter_map(|vanished| {
            let known = by_id.get(&vanished.asset)?;
            Some(Unseen {
                id: known.id,
                name: known.asset.name.clone(),
                missing_in: vanished.missing_in.clone(),
                days: vanished.not_seen_days,
            })
        })
        .collect()
}

/// The register as it stands after a plan was done; `added` are the ids of its new records.
#[must_use]
pub(crate) fn after(plan: &Plan, added: &[Uuid], around: Surroundings) -> Surroundings {
    let seen: HashMap<Uuid, &AssetChange> = plan
        .seen
        .iter()
        .filter(|seen| !seen.is_left_out)
        .map(|seen| (seen.id, seen))
        .collect();
    let mut register: Vec<Known> = around
        .register
        .into_iter()
        .map(|mut known| {
            if let Some(seen) = seen.get(&known.id) {
                known.asset = seen.after.clone();
                known.identity = seen.duty.identity.clone();
            }
            known
        })
        .collect();
    let new = plan.new.iter().filter(|new| !new.is_left_out);
    register.extend(added.iter().zip(new).map(|(id, new)| Known {
        id: *id,
        revision: 1,
        asset: new.asset.clone(),
        identity: new.duty.identity.clone(),
        last_seen: None,
        baseline: None,
    }));
    Surroundings { register, ..around }
}

/// Which devices that stood in no row do so now.
#[must_use]
pub(crate) fn recognised(strangers: &[(Uuid, Device)], around: &Surroundings) -> Vec<Uuid> {
    let mut report = Report::empty(SourceKind::Arp);
    report.observations = (0u64..)
        .zip(strangers)
        .map(|(row, (_, device))| discovery::model::Observation {
            device: device.clone(),
            subject: Subject::Device,
            presence: Presence::Listed,
            seen_at: None,
            place: discovery::model::Place::Row(row),
        })
        .collect();
    let source = Source {
        label: String::new(),
        report: &report,
        scope: Scope::Nothing,
    };
    let settings = Settings::at(moment(around.now));
    let Ok(diff) = reconcile(&registered(around), &[source], &settings) else {
        return Vec::new();
    };
    let found = diff.matched.iter().flat_map(|one| &one.devices);
    found
        .filter_map(|at| diff.devices.get(*at))
        .flat_map(|seen| &seen.sources)
        .filter_map(|source| match source.place {
            discovery::model::Place::Row(row) => strangers.get(usize::try_from(row).ok()?),
            _ => None,
        })
        .map(|(id, _)| *id)
        .collect()
}

/// A device that stands in no row, as a record.
#[must_use]
pub(crate) fn record_of(device: &Device) -> Asset {
    bridge::asset_of(device, &Names::default()).0
}
