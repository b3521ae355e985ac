//! External connections of tables, and to which system each belongs.

use std::collections::{BTreeSet, HashMap};

use discovery::model::Place;
use discovery::reconcile::ChangeKind;
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::plan::{Line, Surroundings};
use super::cells::{self, Said};
use super::drafts::{Cell, Draft, Drafts, SystemOf};
use super::plan::{
    FoundSystem, FoundSystems, KnownRecord, Match, RecordChange, Remark, SheetPlan, change_of,
    find, fold, index, vendors_of,
};
use super::reading::Reading;
use crate::model::{Choices, Connection};

/// A connection that has no name in the stock-take is called by its system and this.
const REMOTE_MAINTENANCE: &str = "リモートメンテナンス";
const OTHER_CONNECTION: &str = "外部接続";
/// What the tables' connections would do to the register.
pub(super) fn connections(
    reading: &Reading<'_>,
    around: &Surroundings,
    drafts: Drafts,
    found: &FoundSystems,
    plan: &mut SheetPlan,
) {
    let known = &around.records.connections;
    let of_name = index(known);
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut of_system: HashMap<Uuid, Vec<usize>> = HashMap::new();
    for (at, record) in known.iter().enumerate() {
        if let Some(system) = record.content.system {
            of_system.entry(system).or_default().push(at);
        }
    }
    let mut drafts_of: HashMap<String, usize> = HashMap::new();
    for draft in &drafts.connections {
        if let Some(SystemOf::Draft(key)) = &draft.system {
            *drafts_of.entry(key.clone()).or_default() += 1;
        }
    }
    let vendors = |one: &Connection| vendors_of(one, &one.vendor_name, reading.names);
    for mut draft in drafts.connections {
        let system = match &draft.system {
            Some(SystemOf::Draft(key)) => found.by_key.get(key).cloned(),
            Some(SystemOf::Named(name)) => system_named(reading, around, found, name),
            None => None,
        };
        if let (Some(SystemOf::Named(name)), None) = (&draft.system, &system) {
            draft.remarks.insert(Remark::NoSystem(name.clone()));
        }
        let is_of_stock_take = matches!(draft.system, Some(SystemOf::Draft(_)));
        if is_of_stock_take {
            let purpose = draft.cells.get("purpose").map(|cell| cell.text.as_str());
            let purpose = purpose.map(|text| cells::choice(Choices::Purpose, text));
            let word = match purpose {
                Some(Said::Code("other")) => OTHER_CONNECTION,
                _ => REMOTE_MAINTENANCE,
            };
            let of = system.as_ref().map_or("", |system| system.name.as_str());
            let of: String = of.chars().take(80).collect();
            let plain = format!("{of} {word}");
            draft.name = (1..)
                .map(|number| match number {
                    1 => plain.clone(),
                    number => format!("{plain} {number}"),
                })
                .find(|name| !taken.contains(&fold(name)))
                .unwrap_or(plain);
            taken.insert(fold(&draft.name));
        }
        let rows = of_name
            .get(&fold(&draft.name))
            .map_or(&[][..], Vec::as_slice);
        let id = system.as_ref().and_then(|system| system.id);
        let own: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|at| {
                known
                    .get(*at)
                    .is_some_and(|record| record.content.system == id)
            })
            .collect();
        let mut at = match find(known, &own, &used, &draft.vendor, vendors) {
            Match::Found(at) => Some(at),
            _ => match find(known, rows, &used, &draft.vendor, vendors) {
                Match::Found(at) => Some(at),
                Match::OtherVendor => {
                    draft
                        .remarks
                        .insert(Remark::OtherVendor(draft.name.clone()));
                    None
                }
                Match::None => None,
            },
        };
        // The stock-take has no name for a connection: the only one of its system is meant.
        if let (None, true, Some(id), Some(SystemOf::Draft(key))) =
            (at, is_of_stock_take, id, &draft.system)
        {
            let rows = of_system.get(&id).map_or(&[][..], Vec::as_slice);
            if let ([one], Some(1)) = (rows, drafts_of.get(key)) {
                at = Some(*one).filter(|at| !used.contains(at));
            }
        }
        let record = at.and_then(|at| {
            used.insert(at);
            known.get(at)
        });
        encrypted(&mut draft);
        if record.is_none() && !draft.cells.contains_key("name") {
            let first = draft.cells.values().next().cloned();
            let cell = first.map_or_else(
                || Cell {
                    text: draft.name.clone(),
                    file: String::new(),
                    place: Place::File,
                },
                |cell| Cell {
                    text: draft.name.clone(),
                    ..cell
                },
            );
            draft.cells.insert("name", cell);
        }
        let mut change = change_of(
            reading,
            record,
            &mut draft,
            "connection:",
            &mut plan.problems,
        );
        if record.is_none() {
            // Two connections of one name belong to two systems.
            let system = system.as_ref().map_or("", |system| system.key.as_str());
            change.key = format!("{} / {system}", change.key);
            change.is_left_out |= reading.decisions.left_out.contains(&change.key);
        }
        belong(reading, record, system, &mut change);
        plan.connections.push(change);
    }
}

fn system_named(
    reading: &Reading<'_>,
    around: &Surroundings,
    found: &FoundSystems,
    name: &str,
) -> Option<FoundSystem> {
    let of_tables = found.by_name.get(&fold(name)).cloned();
    of_tables.or_else(|| {
        let id = reading.names.system(name)?;
        let known = around.records.systems.iter().find(|known| known.id == id);
        Some(FoundSystem {
            id: Some(id),
            key: id.to_string(),
            name: known.map_or_else(|| name.to_owned(), |known| known.content.name.clone()),
        })
    })
}

/// 「暗号化通信」 says that it is encrypted, and not how.
fn encrypted(draft: &mut Draft) {
    let Some(cell) = draft.cells.get("mechanism") else {
        return;
    };
    let read = cells::choice(Choices::Mechanism, &cell.text);
    if read == Said::Unreadable && cell.text.contains("暗号") {
        let says = Cell {
            text: "yes".to_owned(),
            ..cell.clone()
        };
        draft.cells.remove("mechanism");
        draft.cells.entry("encrypted").or_insert(says);
    }
}

/// To which system a connection belongs, also one that is added with it.
fn belong(
    reading: &Reading<'_>,
    record: Option<&KnownRecord<Connection>>,
    system: Option<FoundSystem>,
    change: &mut RecordChange<Connection>,
) {
    let Some(system) = system else { return };
    let before = record.and_then(|record| record.content.system);
    if record.is_some() && before == system.id && before.is_some() {
        return;
    }
    let decisions = reading.decisions;
    let (kind, is_wanted) = match before {
        None => (ChangeKind::Fill, decisions.fill),
        Some(_) => (ChangeKind::Replace, decisions.replace),
    };
    if record.is_some() && !is_wanted {
        return;
    }
    match system.id {
        Some(id) => change.content.system = Some(id),
        None => change.new_system = Some(system.key.clone()),
    }
    let before = before.map_or(Json::Null, |id| reading.named(&Json::from(id.to_string())));
    change.lines.push(Line {
        field: "system",
        kind,
        before,
        after: Json::from(system.name),
        sources: Vec::new(),
        disputed: Vec::new(),
    });
}
