//! The stock-take sheet (棚卸し票) as a workbook to fill in.

use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::time::Date;
use yagura_web::{Context, Lang, Translator};

use crate::model::{Choices, Mechanism, PatchState};
use crate::words;

/// How many rows are ruled.
const ROWS: usize = 60;

/// For whom and when the sheet is made.
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

/// The twelve columns of the form with an example.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub(crate) fn stock_take(made: &Made) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let choices = |choices: Choices| -> Vec<String> {
        let codes = choices.codes().into_iter();
        codes
            .map(|code| words::choice(t, choices, code).to_owned())
            .collect()
    };
    let has_connection = [
        t.t("inventory-sheet-connection-none"),
        t.t("inventory-sheet-connection-remote"),
        t.t("inventory-sheet-connection-other"),
    ];
    let heading = |key: &str| t.find(key).unwrap_or_default().to_owned();
    let columns = [
        Column::new(heading("inventory-field-department"), 18.0),
        Column::new(heading("inventory-field-vendor-name"), 20.0),
        Column::new(heading("inventory-sheet-system"), 24.0),
        Column::new(heading("inventory-sheet-connection"), 22.0).choices(has_connection),
        Column::new(heading("inventory-field-connected"), 13.0)
            .choices(choices(Choices::Availability)),
        Column::new(heading("inventory-field-line"), 16.0),
        Column::new(heading("inventory-field-mechanism"), 22.0)
            .choices(choices(Choices::Mechanism)),
        Column::new(heading("inventory-sheet-end-device"), 28.0),
        Column::new(heading("inventory-sheet-safeguards"), 28.0),
        Column::new(heading("inventory-sheet-patch"), 20.0).choices(choices(Choices::PatchState)),
        Column::new(heading("inventory-sheet-diagram"), 20.0),
        Column::new(heading("inventory-sheet-checklist"), 20.0),
    ];
    let mut sheet = Sheet::new(t.t("inventory-sheet-name"), columns).landscape();
    sheet.title(t.t("inventory-sheet-title"));
    sheet.note(t.t("inventory-sheet-note"));
    sheet.note(t.t("inventory-sheet-note-example"));
    sheet.header();
    sheet.row(
        [
            t.t("inventory-sheet-example-department"),
            t.t("inventory-sheet-example-vendor"),
            t.t("inventory-sheet-example-system"),
            t.t("inventory-sheet-connection-remote"),
            words::choice(t, Choices::Availability, "on_demand"),
            t.t("inventory-sheet-example-line"),
            words::choice(t, Choices::Mechanism, Mechanism::Ipsec.code()),
            t.t("inventory-sheet-example-device"),
            t.t("inventory-sheet-example-safeguards"),
            words::choice(t, Choices::PatchState, PatchState::Current.code()),
            t.t("inventory-sheet-example-diagram"),
            t.t("inventory-sheet-example-checklist"),
        ]
        .map(Cell::text),
    );
    for _ in 0..ROWS {
        sheet.row((0..12).map(|_| Cell::Empty));
    }
    let language = match t.lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    };
    let mut workbook = Workbook::new(t.t("inventory-sheet-title"), language)
        .created(made.today)
        .demo(made.demo)
        .footer(made.institution.clone());
    workbook.push(sheet);
    workbook.to_bytes()
}
