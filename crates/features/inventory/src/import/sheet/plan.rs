//! What tables of systems and connections would do to the register.

use std::collections::{BTreeSet, HashMap};

use discovery::model::{Place, Problem as FileProblem};
use serde::Serialize;
use uuid::Uuid;
use yagura_kernel::text::normalise_for_search;

use super::super::plan::{Line, Names, Surroundings};
use super::super::{Decisions, LONGEST_CELL};
use super::connections::connections;
use super::drafts::{Cell, Draft, Drafts, Row};
use super::reading::Reading;
use super::{SheetKind, SheetTable};
use crate::model::{Connection, Content, System};

/// A record of the register.
#[derive(Debug, Clone)]
pub struct KnownRecord<C> {
    /// Its id.
    pub id: Uuid,
    /// Its revision.
    pub revision: i64,
    /// What it says.
    pub content: C,
}

/// What a person should know of a record that a table names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// The vendor is none on record; its name is kept as text.
    NoVendor(String),
    /// No system has this name.
    NoSystem(String),
    /// No device has this name, or several have.
    NoAsset(String),
    /// The register has a record of this name with another vendor.
    OtherVendor(String),
    /// The row says that there is no connection, so that its cells about one were not used.
    CellsWithoutConnection,
    /// The row says that there is no connection, and the register has one.
    StillConnected(String),
}

/// A record that a table names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordChange<C> {
    /// By what decisions name it: the record's id, or what tells a new one.
    pub key: String,
    /// The record; none where it is new.
    pub id: Option<Uuid>,
    /// Its revision as the plan was made.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// Its vendor, as text.
    pub vendor: String,
    /// What would change; of a new one everything that it says.
    pub lines: Vec<Line>,
    /// Where it stands, as files with rows.
    pub places: Vec<(String, u64)>,
    /// What a person should know.
    pub remarks: Vec<Remark>,
    /// Whether a person left it out.
    pub is_left_out: bool,
    /// The key of the new system to which it belongs.
    pub new_system: Option<String>,
    /// What it would say afterwards.
    #[serde(skip)]
    pub content: C,
}

impl<C> RecordChange<C> {
    /// Whether something would be written.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.is_left_out && (self.id.is_none() || !self.lines.is_empty())
    }
}

/// What tables of systems and connections would do to the register.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SheetPlan {
    /// Systems and medical devices.
    pub systems: Vec<RecordChange<System>>,
    /// External connections.
    pub connections: Vec<RecordChange<Connection>>,
    /// Departments that stand nowhere in the register yet; they are kept as text.
    pub new_departments: BTreeSet<String>,
    /// Vendors that are none on record; they are kept as text.
    pub other_vendors: BTreeSet<String>,
    /// What was set aside, by file.
    #[serde(skip)]
    pub problems: Vec<(String, FileProblem)>,
}

impl SheetPlan {
    /// How many records are new, change and stay as they are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let systems = self
            .systems
            .iter()
            .map(|one| (one.id.is_some(), one.changes()));
        let connections = self
            .connections
            .iter()
            .map(|one| (one.id.is_some(), one.changes()));
        let mut counts = (0, 0, 0);
        for (is_known, changes) in systems.chain(connections) {
            match (is_known, changes) {
                (false, true) => counts.0 += 1,
                (true, true) => counts.1 += 1,
                (true, false) => counts.2 += 1,
                (false, false) => {}
            }
        }
        counts
    }

    /// Whether tables name any record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.systems.is_empty() && self.connections.is_empty()
    }
}

pub(super) fn fold(text: &str) -> String {
    normalise_for_search(text)
}

pub(super) fn key(name: &str, vendor: &str) -> String {
    format!("{} / {}", fold(name), fold(vendor))
}

/// The vendors of a record, as names are compared.
pub(super) fn vendors_of<C: Content>(
    content: &C,
    vendor_name: &str,
    names: &Names,
) -> BTreeSet<String> {
    let on_record = content.vendor().and_then(|id| names.vendor_name(id));
    [Some(vendor_name), on_record]
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .map(fold)
        .collect()
}

/// What came of looking for a record.
pub(super) enum Match {
    Found(usize),
    /// One of the same name has another vendor.
    OtherVendor,
    None,
}

/// The record that a draft describes: the same name, and the same vendor where both name one.
pub(super) fn find<C: Content>(
    known: &[KnownRecord<C>],
    of_name: &[usize],
    used: &BTreeSet<usize>,
    vendor: &str,
    vendors: impl Fn(&C) -> BTreeSet<String>,
) -> Match {
    let free = || of_name.iter().copied().filter(|at| !used.contains(at));
    let of = |at: usize| known.get(at).map(|record| vendors(&record.content));
    let vendor = fold(vendor);
    let exact = free().find(|at| match of(*at) {
        Some(theirs) if theirs.is_empty() => vendor.is_empty(),
        Some(theirs) => theirs.contains(&vendor),
        None => false,
    });
    let open =
        || free().find(|at| vendor.is_empty() || of(*at).is_some_and(|theirs| theirs.is_empty()));
    match (exact.or_else(open), free().next()) {
        (Some(at), _) => Match::Found(at),
        (None, Some(_)) => Match::OtherVendor,
        (None, None) => Match::None,
    }
}

/// Holds tables of systems and connections against the register.
pub(in crate::import) fn plan_sheets(
    tables: &[(&str, &SheetTable)],
    around: &Surroundings,
    decisions: &Decisions,
) -> SheetPlan {
    if tables.is_empty() {
        return SheetPlan::default();
    }
    let mut drafts = Drafts::default();
    for (file, table) in tables.iter().copied() {
        for (number, cells) in &table.rows {
            let row = Row {
                file,
                number: *number,
                table,
                cells,
            };
            match table.kind {
                _ if row.is_none() => {}
                SheetKind::StockTake => drafts.stock_take(&row),
                SheetKind::Connections => drafts.connection(&row),
            }
        }
    }
    let mut assets: HashMap<String, Option<Uuid>> = HashMap::new();
    for known in &around.register {
        let entry = assets.entry(fold(&known.asset.name));
        entry.and_modify(|id| *id = None).or_insert(Some(known.id));
    }
    let reading = Reading {
        names: &around.names,
        assets,
        decisions,
    };
    let mut plan = SheetPlan {
        problems: std::mem::take(&mut drafts.problems),
        ..SheetPlan::default()
    };
    let found = systems(&reading, around, &mut drafts, &mut plan);
    connections(&reading, around, drafts, &found, &mut plan);
    name_strangers(around, &mut plan);
    plan
}

/// A system that a table names: its record, or the key of the new one.
#[derive(Clone)]
pub(super) struct FoundSystem {
    pub(super) id: Option<Uuid>,
    pub(super) key: String,
    pub(super) name: String,
}

/// The systems of the tables, by key and by name.
#[derive(Default)]
pub(super) struct FoundSystems {
    pub(super) by_key: HashMap<String, FoundSystem>,
    pub(super) by_name: HashMap<String, FoundSystem>,
}

pub(super) fn index<C: Content>(known: &[KnownRecord<C>]) -> HashMap<String, Vec<usize>> {
    let mut of_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, record) in known.iter().enumerate() {
        let name = fold(record.content.name());
        of_name.entry(name).or_default().push(at);
    }
    of_name
}

/// Lines without a field of their own stand in the remarks, each once.
fn with_notes(draft: &mut Draft, before: &str) {
    if draft.notes.is_empty() {
        return;
    }
    let own = draft.cells.get("note").map(|cell| cell.text.clone());
    let mut note = own.unwrap_or_else(|| before.to_owned());
    for line in &draft.notes {
        if !note.lines().any(|known| known.trim() == line) {
            if !note.is_empty() {
                note.push('\n');
            }
            note.push_str(line);
        }
    }
    let first = draft.cells.values().next();
    let (file, place) = first.map_or_else(
        || (String::new(), Place::File),
        |cell| (cell.file.clone(), cell.place.clone()),
    );
    let text = note.chars().take(LONGEST_CELL).collect();
    draft.cells.insert("note", Cell { text, file, place });
}

fn systems(
    reading: &Reading<'_>,
    around: &Surroundings,
    drafts: &mut Drafts,
    plan: &mut SheetPlan,
) -> FoundSystems {
    let known = &around.records.systems;
    let of_name = index(known);
    let mut used = BTreeSet::new();
    let mut found = FoundSystems::default();
    for draft in &mut drafts.systems {
        let rows = of_name
            .get(&fold(&draft.name))
            .map_or(&[][..], Vec::as_slice);
        let vendors = |system: &System| vendors_of(system, &system.vendor_name, reading.names);
        let record = match find(known, rows, &used, &draft.vendor, vendors) {
            Match::Found(at) => {
                used.insert(at);
                known.get(at)
            }
            Match::OtherVendor => {
                draft
                    .remarks
                    .insert(Remark::OtherVendor(draft.name.clone()));
                None
            }
            Match::None => None,
        };
        let new_key = key(&draft.name, &draft.vendor);
        let here = FoundSystem {
            id: record.map(|record| record.id),
            key: format!("system:{new_key}"),
            name: draft.name.clone(),
        };
        found.by_name.insert(fold(&draft.name), here.clone());
        found.by_key.insert(new_key, here);
        still_connected(draft, around, record.map(|record| record.id));
        with_notes(
            draft,
            record.map_or("", |record| record.content.note.as_str()),
        );
        let prefix = "system:";
        let change = change_of(reading, record, draft, prefix, &mut plan.problems);
        plan.systems.push(change);
    }
    found
}

/// That a row says "no connection" is worth telling only where the register has one.
fn still_connected(draft: &mut Draft, around: &Surroundings, system: Option<Uuid>) {
    if draft.remarks.remove(&Remark::StillConnected(String::new())) {
        let connections = around.records.connections.iter();
        let first = connections
            .filter(|known| system.is_some() && known.content.system == system)
            .map(|known| known.content.name.clone())
            .next();
        draft.remarks.extend(first.map(Remark::StillConnected));
    }
}

pub(super) fn change_of<C: Content>(
    reading: &Reading<'_>,
    record: Option<&KnownRecord<C>>,
    draft: &mut Draft,
    prefix: &str,
    problems: &mut Vec<(String, FileProblem)>,
) -> RecordChange<C> {
    // Who writes the vendor's name means the vendor on record of that name, unless the table says
    // which it is, or the record names one.
    let has_vendor = record.is_some_and(|record| record.content.vendor().is_some());
    let named = draft.cells.get("vendor_name").cloned();
    let on_record = draft.cells.get("vendor").cloned();
    let is_known = |cell: &Cell| reading.names.vendor(&cell.text).is_some();
    match (named, on_record) {
        (Some(cell), _) if !draft.names_vendor && !has_vendor && is_known(&cell) => {
            draft.cells.insert("vendor", cell);
        }
        // A vendor that is none on record is kept as text where no text stands.
        (None, Some(cell)) if !is_known(&cell) => {
            draft.cells.insert("vendor_name", cell);
        }
        _ => {}
    }
    let (content, lines) = reading.record(record.map(|record| &record.content), draft, problems);
    let decisions = reading.decisions;
    let key = match record {
        Some(record) => record.id.to_string(),
        None => format!("{prefix}{}", key(&draft.name, &draft.vendor)),
    };
    RecordChange {
        id: record.map(|record| record.id),
        revision: record.map_or(0, |record| record.revision),
        name: content.name().to_owned(),
        vendor: draft.vendor.clone(),
        is_left_out: decisions.left_out.contains(&key) || (record.is_none() && !decisions.add),
        lines,
        places: draft.places.clone(),
        remarks: draft.remarks.iter().cloned().collect(),
        new_system: None,
        content,
        key,
    }
}

/// Names that stand nowhere yet: a slip of the pen makes a second department.
fn name_strangers(around: &Surroundings, plan: &mut SheetPlan) {
    let records = &around.records;
    let departments: BTreeSet<String> = records
        .systems
        .iter()
        .map(|known| fold(&known.content.department))
        .chain(
            around
                .register
                .iter()
                .map(|known| fold(&known.asset.department)),
        )
        .filter(|name| !name.is_empty())
        .collect();
    let written = plan.systems.iter().filter(|change| change.changes());
    for change in written {
        let department = &change.content.department;
        if !department.is_empty()
            && !departments.is_empty()
            && !departments.contains(&fold(department))
        {
            plan.new_departments.insert(department.clone());
        }
    }
    let vendors = plan
        .systems
        .iter()
        .map(|change| {
            (
                &change.content.vendor_name,
                change.content.vendor,
                change.changes(),
            )
        })
        .chain(plan.connections.iter().map(|change| {
            (
                &change.content.vendor_name,
                change.content.vendor,
                change.changes(),
            )
        }));
    for (name, on_record, is_written) in vendors {
        if is_written && !name.is_empty() && on_record.is_none() {
            plan.other_vendors.insert(name.clone());
        }
    }
}
