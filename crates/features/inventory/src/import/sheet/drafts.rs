//! What the rows of tables say, gathered by what they are about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use discovery::model::{Place, Problem as FileProblem, Reason};

use super::cells::{self, Said};
use super::plan::{Remark, fold, key};
use super::{SheetKind, SheetTable, heading_of};
use crate::model::{Connection, Content, System};

/// Marks of rows that show how to fill a form in.
const EXAMPLES: &[&str] = &[
    "記入例",
    "(記入例",
    "（記入例",
    "(例",
    "（例",
    "例:",
    "例：",
    "【例",
];

/// A cell that says something.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) file: String,
    pub(super) place: Place,
}

/// A record as tables describe it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) vendor: String,
    /// Of a connection: the key of its system among the drafts, or its name.
    pub(super) system: Option<SystemOf>,
    pub(super) cells: BTreeMap<&'static str, Cell>,
    /// Lines of the remarks that have no field of their own.
    pub(super) notes: Vec<String>,
    /// Whether the table has a column for the vendor on record.
    pub(super) names_vendor: bool,
    pub(super) places: Vec<(String, u64)>,
    pub(super) remarks: BTreeSet<Remark>,
}

#[derive(Debug, Clone)]
pub(super) enum SystemOf {
    Draft(String),
    Named(String),
}

/// Everything that is gathered of the tables.
#[derive(Default)]
pub(super) struct Drafts {
    pub(super) systems: Vec<Draft>,
    pub(super) system_at: HashMap<String, usize>,
    pub(super) connections: Vec<Draft>,
    pub(super) connection_at: HashMap<String, usize>,
    pub(super) problems: Vec<(String, FileProblem)>,
}

/// One row of a table.
pub(super) struct Row<'a> {
    pub(super) file: &'a str,
    pub(super) number: u64,
    pub(super) table: &'a SheetTable,
    pub(super) cells: &'a [String],
}

impl Row<'_> {
    fn cell(&self, code: &str) -> Option<Cell> {
        let mut columns = self.table.columns.iter();
        let at = columns.position(|column| column.as_deref() == Some(code))?;
        let text = self.cells.get(at)?.trim();
        (!text.is_empty()).then(|| Cell {
            text: text.to_owned(),
            file: self.file.to_owned(),
            place: Place::Cell {
                row: self.number,
                column: at,
                heading: self.table.headings.get(at).cloned().unwrap_or_default(),
            },
        })
    }

    fn text(&self, code: &str) -> String {
        self.cell(code).map(|cell| cell.text).unwrap_or_default()
    }

    fn has_column(&self, code: &str) -> bool {
        let mut columns = self.table.columns.iter();
        columns.any(|column| column.as_deref() == Some(code))
    }

    /// Blank, a heading again, or an example.
    pub(super) fn is_none(&self) -> bool {
        let filled: Vec<&str> = self
            .cells
            .iter()
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
            .collect();
        let is_example = filled
            .first()
            .is_some_and(|first| EXAMPLES.iter().any(|mark| first.starts_with(mark)));
        filled.is_empty() || is_example || self.cells == self.table.headings
    }
}

impl Draft {
    fn put(&mut self, field: &'static str, cell: Cell, problems: &mut Vec<(String, FileProblem)>) {
        if let Some(known) = self.cells.get(field)
            && fold(&known.text) != fold(&cell.text)
        {
            let reason = Reason::Duplicate {
                what: field.to_owned(),
                value: cell.text.clone(),
            };
            let place = cell.place.clone();
            problems.push((cell.file.clone(), FileProblem { place, reason }));
        }
        self.cells.insert(field, cell);
    }
}

/// The field of a part that a code means.
fn field_of<C: Content>(code: &str) -> Option<&'static str> {
    let (part, field) = code.split_once('.')?;
    (part == C::KIND.code())
        .then(|| C::FIELDS.iter().find(|spec| spec.key == field))
        .flatten()
        .map(|spec| spec.key)
}

impl Drafts {
    fn missing(&mut self, row: &Row<'_>) {
        let problem = FileProblem {
            place: Place::Row(row.number),
            reason: Reason::Missing {
                what: "name".to_owned(),
            },
        };
        self.problems.push((row.file.to_owned(), problem));
    }

    /// What the cells of a row say of one part.
    fn fill<C: Content>(&mut self, draft: &mut Draft, row: &Row<'_>) {
        for code in row.table.columns.iter().flatten() {
            if let (Some(field), Some(cell)) = (field_of::<C>(code), row.cell(code)) {
                draft.put(field, cell, &mut self.problems);
            }
        }
        draft.places.push((row.file.to_owned(), row.number));
    }

    pub(super) fn stock_take(&mut self, row: &Row<'_>) {
        let name = row.text("system.name");
        if name.is_empty() {
            return self.missing(row);
        }
        let vendor = match row.text("row.vendor_name") {
            text if text.is_empty() => row.text("system.vendor"),
            text => text,
        };
        let key = key(&name, &vendor);
        let at = *self.system_at.entry(key.clone()).or_insert_with(|| {
            self.systems.push(Draft::default());
            self.systems.len() - 1
        });
        let Some(slot) = self.systems.get_mut(at) else {
            return;
        };
        let mut draft = std::mem::take(slot);
        draft.name.clone_from(&name);
        draft.vendor.clone_from(&vendor);
        draft.names_vendor |= row.has_column("system.vendor");
        self.fill::<System>(&mut draft, row);
        if let Some(cell) = row.cell("row.vendor_name") {
            draft.put("vendor_name", cell, &mut self.problems);
        }
        for code in ["row.diagram", "row.checklist"] {
            let text = row.text(code);
            if !text.is_empty() {
                let line = format!("{}: {text}", heading_of(SheetKind::StockTake, code));
                if !draft.notes.contains(&line) {
                    draft.notes.push(line);
                }
            }
        }
        self.connection_of(&mut draft, key, row);
        if let Some(slot) = self.systems.get_mut(at) {
            *slot = draft;
        }
    }

    /// The external connection that a row of the stock-take names, if it does.
    fn connection_of(&mut self, system: &mut Draft, key: String, row: &Row<'_>) {
        let said = cells::has_connection(&row.text("row.has_connection"));
        let mut of_connection = row
            .table
            .columns
            .iter()
            .flatten()
            .filter(|code| code.starts_with("connection.") || *code == "row.end_device");
        let says_something = of_connection.any(|code| {
            let text = row.text(code);
            !text.is_empty() && cells::choice(crate::model::Choices::Known, &text) != Said::Nothing
        });
        match said.is_there {
            Some(false) if says_something => {
                system.remarks.insert(Remark::CellsWithoutConnection);
                return;
            }
            Some(false) => {
                system.remarks.insert(Remark::StillConnected(String::new()));
                return;
            }
            None if !says_something => return,
            _ => {}
        }
        let mut draft = Draft {
            vendor: system.vendor.clone(),
            system: Some(SystemOf::Draft(key)),
            names_vendor: false,
            ..Draft::default()
        };
        self.fill::<Connection>(&mut draft, row);
        let purpose = row.cell("row.has_connection").zip(said.purpose);
        if let (Some((mut cell, code)), false) = (purpose, draft.cells.contains_key("purpose")) {
            code.clone_into(&mut cell.text);
            draft.cells.insert("purpose", cell);
        }
        self.end_device(&mut draft, row);
        let of_vendor = row
            .cell("row.vendor_name")
            .or_else(|| row.cell("system.vendor"));
        if let Some(cell) = of_vendor {
            draft.cells.insert("vendor_name", cell);
        }
        self.connections.push(draft);
    }

    fn end_device(&mut self, draft: &mut Draft, row: &Row<'_>) {
        let Some(mut cell) = row.cell("row.end_device") else {
            return;
        };
        let has_both = match &cell.place {
            Place::Cell { heading, .. } => heading.contains("場所"),
            _ => false,
        };
        if has_both && !draft.cells.contains_key("place") {
            let (device, place) = cells::device_and_place(&cell.text);
            cell.text = device;
            if !place.is_empty() {
                let place = Cell {
                    text: place,
                    ..cell.clone()
                };
                draft.cells.insert("place", place);
            }
        }
        draft.put("end_device", cell, &mut self.problems);
    }

    pub(super) fn connection(&mut self, row: &Row<'_>) {
        let name = row.text("connection.name");
        if name.is_empty() {
            return self.missing(row);
        }
        let vendor = match row.text("connection.vendor_name") {
            text if text.is_empty() => row.text("connection.vendor"),
            text => text,
        };
        let system = row.text("connection.system");
        let key = format!("{} / {}", key(&name, &vendor), fold(&system));
        let at = *self.connection_at.entry(key).or_insert_with(|| {
            self.connections.push(Draft::default());
            self.connections.len() - 1
        });
        let Some(slot) = self.connections.get_mut(at) else {
            return;
        };
        let mut draft = std::mem::take(slot);
        draft.name = name;
        draft.vendor = vendor;
        draft.names_vendor |= row.has_column("connection.vendor");
        draft.system = (!system.is_empty()).then_some(SystemOf::Named(system));
        self.fill::<Connection>(&mut draft, row);
        // The system is found by its name, also where it is new.
        draft.cells.remove("system");
        self.end_device(&mut draft, row);
        if let Some(slot) = self.connections.get_mut(at) {
            *slot = draft;
        }
    }
}
