//! A ledger as a workbook, as CSV and on paper.

use serde_json::Value as Json;
use yagura_documents::Language;
use yagura_documents::forms::{Imprint, LedgerColumn, LedgerDocument};
use yagura_documents::pdf::{DocumentError, render_pdf};
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook, write_csv};
use yagura_kernel::time::{Date, format_iso, format_japanese_short, parse_date};
use yagura_web::{Context, Lang, Translator};

use crate::model::{Entry, FieldSpec, Input, Ledger};
use crate::words;

/// The media type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// How many entries a paper holds.
const MOST_ON_PAPER: usize = 1_500;

/// By whom and when a file is made.
pub(crate) struct Made {
    translator: Translator,
    today: Date,
    institution: String,
    person: String,
    demo: bool,
}

/// The names of what entries refer to, by id.
pub(crate) type Names = std::collections::HashMap<String, String>;

impl Made {
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            translator: context.t().clone(),
            today: context.today,
            institution: context.organization.name.clone(),
            person: context.person_name.clone(),
            demo: context.app.config().demo,
        }
    }

    fn language(&self) -> Language {
        match self.translator.lang() {
            Lang::Ja => Language::Japanese,
            Lang::En => Language::English,
        }
    }
}

/// The fields of a file: systems and superiors by name only, so that the file can be read again.
fn fields(ledger: Ledger) -> impl Iterator<Item = &'static FieldSpec> {
    ledger
        .fields()
        .iter()
        .filter(|field| !matches!(field.input, Input::System | Input::Person))
}

fn cell(t: &Translator, entry: &Entry, field: &FieldSpec, names: &Names) -> Cell {
    let values = entry.content.fields_of();
    let value = values.get(field.key).unwrap_or(&Json::Null);
    let empty = value.as_str().is_none_or(str::is_empty);
    match field.input {
        Input::Date => Cell::date(value.as_str().and_then(|day| parse_date(day).ok())),
        Input::Medium => Cell::text(named(value, names)),
        // The superior is written as a name, wherever the name comes from.
        _ if field.key == "superior_name" && empty => {
            Cell::text(named(values.get("superior").unwrap_or(&Json::Null), names))
        }
        _ => Cell::text(words::value(t, field, value)),
    }
}

fn named(id: &Json, names: &Names) -> String {
    id.as_str()
        .and_then(|id| names.get(id))
        .cloned()
        .unwrap_or_default()
}

fn heads(t: &Translator, ledger: Ledger) -> Vec<(String, f64)> {
    let width = |field: &FieldSpec| match field.input {
        Input::Text { .. } => 40.0,
        Input::Date | Input::Tick | Input::Choice(_) => 14.0,
        _ => 20.0,
    };
    let mut heads: Vec<(String, f64)> = fields(ledger)
        .map(|field| (words::label(t, ledger, field.key).to_owned(), width(field)))
        .collect();
    heads.push((t.t("ledgers-column-standing").to_owned(), 14.0));
    heads.push((t.t("ledgers-column-ended").to_owned(), 14.0));
    heads.push((t.t("ledgers-column-end").to_owned(), 30.0));
    heads.push((t.t("ledgers-column-source").to_owned(), 20.0));
    heads
}

fn row(made: &Made, ledger: Ledger, entry: &Entry, names: &Names) -> Vec<Cell> {
    let t = &made.translator;
    let mut cells: Vec<Cell> = fields(ledger)
        .map(|field| cell(t, entry, field, names))
        .collect();
    cells.push(Cell::text(words::standing(t, entry.standing(made.today)).1));
    cells.push(Cell::date(entry.end.as_ref().map(|end| end.on)));
    cells.push(Cell::text(end_words(t, entry)));
    cells.push(Cell::text(words::source(t, &entry.source)));
    cells
}

/// How an entry ended, and who made sure of it.
fn end_words(t: &Translator, entry: &Entry) -> String {
    let Some(end) = &entry.end else {
        return String::new();
    };
    let by = match end.confirmed_by.as_str() {
        "" => entry.ended_by_name.as_deref().unwrap_or_default(),
        by => by,
    };
    let parts = [words::ending(t, end.ending), by, &end.note];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// A ledger as a workbook; without entries it is the form of a list to be filled in and read.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub(crate) fn workbook(
    made: &Made,
    ledger: Ledger,
    entries: &[Entry],
    names: &Names,
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let title = words::ledger(t, ledger);
    let heads = heads(t, ledger);
    let columns = heads
        .into_iter()
        .map(|(heading, width)| Column::new(heading, width));
    let mut sheet = Sheet::new(title, columns).landscape();
    sheet.header();
    for entry in entries {
        sheet.row(row(made, ledger, entry, names));
    }
    let mut workbook = Workbook::new(title, made.language())
        .created(made.today)
        .demo(made.demo)
        .footer(made.institution.clone());
    workbook.push(sheet);
    workbook.to_bytes()
}

/// A ledger as CSV for Excel.
///
/// # Errors
/// As [`workbook`].
pub(crate) fn csv(
    made: &Made,
    ledger: Ledger,
    entries: &[Entry],
    names: &Names,
) -> Result<Vec<u8>, SpreadsheetError> {
    let heads = heads(&made.translator, ledger);
    let head: Vec<Cell> = heads
        .into_iter()
        .map(|(text, _)| Cell::text(text))
        .collect();
    let rows = entries.iter().map(|entry| row(made, ledger, entry, names));
    write_csv(std::iter::once(head).chain(rows))
}

/// What stands on paper, with its share of the width: what people look for, so that it can be read.
const fn printed(ledger: Ledger) -> &'static [(&'static str, u32)] {
    match ledger {
        Ledger::Permissions => &[
            ("name", 5),
            ("staff_number", 3),
            ("department", 4),
            ("profession", 3),
            ("duty", 5),
            ("superior_name", 4),
            ("system_name", 5),
            ("function", 5),
            ("account", 4),
            ("privileged", 2),
            ("from", 3),
            ("until", 3),
        ],
        Ledger::Exports => &[
            ("name", 6),
            ("person", 4),
            ("department", 4),
            ("purpose", 6),
            ("personal_information", 2),
            ("method", 4),
            ("terminal", 3),
            ("carrier", 3),
            ("medium", 4),
            ("permitted_by", 4),
            ("from", 3),
            ("until", 3),
        ],
        Ledger::Loans => &[
            ("name", 6),
            ("lender", 5),
            ("owner", 4),
            ("chart_network", 3),
            ("person", 4),
            ("department", 4),
            ("purpose", 5),
            ("permitted_by", 4),
            ("from", 3),
            ("until", 3),
        ],
        Ledger::Media => &[
            ("name", 5),
            ("serial", 5),
            ("owner", 3),
            ("person", 4),
            ("department", 4),
            ("encrypted", 3),
            ("encryption", 5),
            ("seen_on", 3),
            ("note", 6),
        ],
        Ledger::Exceptions => &[
            ("name", 6),
            ("person", 4),
            ("account", 4),
            ("system_name", 4),
            ("reason", 8),
            ("measures", 6),
            ("permitted_by", 4),
            ("from", 3),
            ("until", 3),
        ],
    }
}

fn on_paper(made: &Made, cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Date(date) => match made.translator.lang() {
            Lang::Ja => format_japanese_short(date),
            Lang::En => format_iso(date),
        },
        Cell::Integer(number) => number.to_string(),
        Cell::Empty | Cell::Percent(_) => String::new(),
    }
}

/// A ledger on A4, landscape.
///
/// # Errors
/// [`DocumentError`] where it holds more text than a paper should.
pub(crate) fn paper(
    made: &Made,
    ledger: Ledger,
    selection: &str,
    entries: &[Entry],
    names: &Names,
) -> Result<Vec<u8>, DocumentError> {
    let t = &made.translator;
    let mut columns: Vec<LedgerColumn> = printed(ledger)
        .iter()
        .map(|(key, share)| LedgerColumn {
            heading: words::label(t, ledger, key).to_owned(),
            share: *share,
        })
        .collect();
    columns.push(LedgerColumn {
        heading: t.t("ledgers-column-standing").to_owned(),
        share: 4,
    });
    let rows = entries.iter().take(MOST_ON_PAPER).map(|entry| {
        let mut texts: Vec<String> = printed(ledger)
            .iter()
            .filter_map(|(key, _)| ledger.fields().iter().find(|field| field.key == *key))
            .map(|field| on_paper(made, cell(t, entry, field, names)))
            .collect();
        let (_, standing) = words::standing(t, entry.standing(made.today));
        let end = entry
            .end
            .as_ref()
            .map(|end| on_paper(made, Cell::Date(end.on)));
        texts.push(match end {
            Some(end) => format!("{standing} {end}"),
            None => standing.to_owned(),
        });
        texts
    });
    let document = LedgerDocument {
        imprint: Imprint {
            language: made.language(),
            product: format!("Yagura {}", env!("CARGO_PKG_VERSION")),
            pack: None,
            printed_on: made.today,
            printed_by: Some(made.person.clone()),
            state_code: None,
            demo: made.demo,
        },
        title: words::ledger(t, ledger).to_owned(),
        institution_name: made.institution.clone(),
        selection: selection.to_owned(),
        columns,
        rows: rows.collect(),
        left_out: entries.len().saturating_sub(MOST_ON_PAPER),
    };
    render_pdf(&document.into())
}
