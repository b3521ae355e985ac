//! The register as a workbook.

use serde_json::Value as Json;
use uuid::Uuid;
use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::time::{Date, FiscalYear, parse_date};
use yagura_web::{Context, Lang, Translator, VendorStanding};

use crate::model::{Content, FieldSpec, Input, Record, RecordKind};
use crate::store::Named;
use crate::words;

/// The media type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// By whom and when a file is made.
pub(crate) struct Made {
    translator: Translator,
    today: Date,
    institution: String,
    demo: bool,
}

impl Made {
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            translator: context.t().clone(),
            today: context.today,
            institution: context.organization.name.clone(),
            demo: context.app.config().demo,
        }
    }
}

/// The records of one part, one a row, every field a column.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub(crate) fn workbook<C: Content>(
    made: &Made,
    records: &[Record<C>],
    names: &[Named],
    vendors: &[(Uuid, String)],
    standings: &[VendorStanding],
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let year = FiscalYear::of(made.today);
    let width = |field: &FieldSpec| match field.input {
        Input::Text { .. } => 40.0,
        Input::Date | Input::Tick => 14.0,
        _ => 20.0,
    };
    let mut columns: Vec<Column> = C::FIELDS
        .iter()
        .map(|field| Column::new(words::label(t, field.key), width(field)))
        .collect();
    let has_standing = C::KIND == RecordKind::System;
    if has_standing {
        // Not the heading of the form's column: what is written out here must not come back as a
        // remark when the workbook is imported again.
        columns.push(Column::new(t.t("inventory-vendor-standing"), 24.0));
    }
    columns.push(Column::new(t.t("inventory-confirmed"), 14.0));
    let mut sheet = Sheet::new(words::part(t, C::KIND), columns).landscape();
    sheet.header();
    for record in records {
        let values = record.content.fields_of();
        let mut cells: Vec<Cell> = C::FIELDS
            .iter()
            .map(|field| {
                let value = values.get(field.key).unwrap_or(&Json::Null);
                cell(t, field, value, names, vendors)
            })
            .collect();
        if has_standing {
            let vendor = record.content.vendor();
            let standing = standings.iter().find(|one| Some(one.vendor) == vendor);
            cells.push(standing.map_or(Cell::Empty, |one| Cell::text(&one.words)));
        }
        cells.push(match &record.confirmed {
            Some(confirmed) if confirmed.year == year => Cell::Date(confirmed.at.jst_date()),
            _ => Cell::Empty,
        });
        sheet.row(cells);
    }
    let language = match t.lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    };
    let mut workbook = Workbook::new(words::part(t, C::KIND), language)
        .created(made.today)
        .demo(made.demo)
        .footer(made.institution.clone());
    workbook.push(sheet);
    workbook.to_bytes()
}

fn cell(
    t: &Translator,
    field: &FieldSpec,
    value: &Json,
    names: &[Named],
    vendors: &[(Uuid, String)],
) -> Cell {
    let id = || {
        value
            .as_str()
            .and_then(|id| yagura_kernel::id::parse_uuid(id).ok())
    };
    match field.input {
        Input::Date => Cell::date(value.as_str().and_then(|day| parse_date(day).ok())),
        Input::System | Input::Asset => {
            let named = id().and_then(|id| names.iter().find(|named| named.id == id));
            Cell::text(named.map(|named| named.name.as_str()).unwrap_or_default())
        }
        Input::Systems { .. } => {
            let ids = value.as_array().into_iter().flatten();
            let ids = ids.filter_map(|id| yagura_kernel::id::parse_uuid(id.as_str()?).ok());
            let found: Vec<&str> = ids
                .filter_map(|id: Uuid| names.iter().find(|named| named.id == id))
                .map(|named| named.name.as_str())
                .collect();
            Cell::text(found.join("、"))
        }
        Input::Vendor => {
            let vendor = id().and_then(|id| vendors.iter().find(|(vendor, _)| *vendor == id));
            Cell::text(vendor.map(|(_, name)| name.as_str()).unwrap_or_default())
        }
        _ => Cell::text(words::value(t, field, value)),
    }
}
