//! The workbook that a region fills in.

use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::time::Date;
use yagura_web::i18n::{Lang, Translator};
use yagura_web::ui::components::organization_kind;

use super::words::field_label;
use crate::model::member::Field;

/// The width of a field's column, in half-width characters.
const fn width(field: Field) -> f64 {
    match field {
        Field::Name => 32.0,
        Field::Address | Field::Remark => 40.0,
        Field::Email => 28.0,
        Field::Phone | Field::Representative | Field::Kind => 16.0,
        _ => 14.0,
    }
}

fn columns(t: &Translator) -> Vec<Column> {
    Field::ALL
        .into_iter()
        .map(|field| Column::new(field_label(t, field), width(field)))
        .collect()
}

/// The template: a sheet with headings to fill in, and a sheet with examples that is never read.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub fn template(t: &Translator, today: Date) -> Result<Vec<u8>, SpreadsheetError> {
    let language = language_of(t);
    let mut roll = Sheet::new(t.t("region-template-sheet"), columns(t)).landscape();
    roll.header();
    let mut examples = Sheet::new(t.t("region-template-example-sheet"), columns(t)).landscape();
    examples.title(t.t("region-template-example-title"));
    examples.note(t.t("region-template-example-note"));
    examples.note(t.t("region-template-rules"));
    examples.header();
    let joined = Date::from_calendar_date(today.year(), time::Month::April, 1).unwrap_or(today);
    for (name, kind, code, beds, phone, representative) in [
        (
            "region-template-name-1",
            OrganizationKind::Hospital,
            "0000001",
            120,
            "000-000-0001",
            "region-template-person-1",
        ),
        (
            "region-template-name-2",
            OrganizationKind::Clinic,
            "0000002",
            19,
            "000-000-0002",
            "region-template-person-2",
        ),
        (
            "region-template-name-3",
            OrganizationKind::DentalClinic,
            "0000003",
            0,
            "000-000-0003",
            "region-template-person-3",
        ),
        (
            "region-template-name-4",
            OrganizationKind::Pharmacy,
            "0000004",
            0,
            "000-000-0004",
            "region-template-person-4",
        ),
    ] {
        examples.row([
            Cell::text(t.t(name)),
            Cell::text(organization_kind(t, kind)),
            Cell::text(code),
            Cell::Integer(beds),
            Cell::text("000-0000"),
            Cell::text(t.t("region-template-address")),
            Cell::text(phone),
            Cell::text("info@example.jp"),
            Cell::text(t.t(representative)),
            Cell::Empty,
            Cell::Empty,
            Cell::Date(joined),
            Cell::Empty,
        ]);
    }
    let mut workbook = Workbook::new(t.t("region-template-title"), language).created(today);
    workbook.push(roll);
    workbook.push(examples);
    workbook.to_bytes()
}

/// The language of documents for a reader.
pub(crate) const fn language_of(t: &Translator) -> Language {
    match t.lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    }
}
