//! Findings and accounts as workbook and CSV.

use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::time::{Date, format_iso};
use yagura_web::{Context, Lang, Translator};

use crate::store::{AccountRow, FindingRow};
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

    fn workbook(&self, title: &str, sheet: Sheet) -> Result<Vec<u8>, SpreadsheetError> {
        let language = match self.translator.lang() {
            Lang::Ja => Language::Japanese,
            Lang::En => Language::English,
        };
        let mut workbook = Workbook::new(title, language)
            .created(self.today)
            .demo(self.demo)
            .footer(self.institution.clone());
        workbook.push(sheet);
        workbook.to_bytes()
    }
}

const FINDING_COLUMNS: [(&str, f64); 9] = [
    ("accounts-field-gravity", 10.0),
    ("accounts-field-kind", 24.0),
    ("accounts-field-account", 20.0),
    ("accounts-column-name", 20.0),
    ("accounts-field-source", 20.0),
    ("accounts-field-owner", 20.0),
    ("accounts-field-grounds", 60.0),
    ("accounts-field-state", 14.0),
    ("accounts-task-due", 14.0),
];

fn finding_cells(t: &Translator, row: &FindingRow) -> [String; 8] {
    let grounds: Vec<String> = row
        .grounds()
        .iter()
        .map(|ground| words::ground(t, ground))
        .collect();
    [
        words::gravity(t, row.gravity).to_owned(),
        words::kind(t, &row.kind).to_owned(),
        row.account_key.clone(),
        row.account_name.clone(),
        row.source_name.clone(),
        row.owner_name.clone(),
        grounds.join(" "),
        words::state(t, &row.state).to_owned(),
    ]
}

/// The worklist.
pub(crate) fn findings(made: &Made, rows: &[FindingRow]) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let columns: Vec<Column> = FINDING_COLUMNS
        .iter()
        .map(|(key, width)| Column::new(t.find(key).unwrap_or_default(), *width))
        .collect();
    let mut sheet = Sheet::new(t.t("accounts-title"), columns).landscape();
    sheet.header();
    for row in rows {
        let mut cells: Vec<Cell> = finding_cells(t, row).into_iter().map(Cell::text).collect();
        cells.push(Cell::date(row.due_on));
        sheet.row(cells);
    }
    made.workbook(t.t("accounts-title"), sheet)
}

/// The same as CSV, UTF-8 with the mark that spreadsheet programs look for.
pub(crate) fn findings_csv(made: &Made, rows: &[FindingRow]) -> Vec<u8> {
    let t = &made.translator;
    let mut text = String::from("\u{FEFF}");
    let heading: Vec<String> = FINDING_COLUMNS
        .iter()
        .map(|(key, _)| quoted(t.find(key).unwrap_or_default()))
        .collect();
    text.push_str(&heading.join(","));
    text.push_str("\r\n");
    for row in rows {
        let mut cells: Vec<String> = finding_cells(t, row)
            .iter()
            .map(|cell| quoted(cell))
            .collect();
        cells.push(row.due_on.map(format_iso).unwrap_or_default());
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A cell that no spreadsheet program takes for a formula.
fn quoted(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    format!("\"{}\"", guarded.replace('"', "\"\""))
}

/// Accounts.
pub(crate) fn accounts(
    made: &Made,
    title: &str,
    rows: &[AccountRow],
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let title = t.find(title).unwrap_or_default();
    let columns: Vec<Column> = [
        ("accounts-field-account", 22.0),
        ("accounts-column-name", 22.0),
        ("accounts-field-source", 22.0),
        ("accounts-field-owner", 26.0),
        ("accounts-column-enabled", 12.0),
        ("accounts-column-last-sign-in", 16.0),
        ("accounts-column-password-set", 16.0),
        ("accounts-column-privileged", 26.0),
        ("accounts-column-groups", 40.0),
    ]
    .iter()
    .map(|(key, width)| Column::new(t.find(key).unwrap_or_default(), *width))
    .collect();
    let mut sheet = Sheet::new(title, columns).landscape();
    sheet.header();
    for row in rows {
        let account = row.account();
        let state = row.state.as_deref().unwrap_or("pending");
        let name = row.owner_name.clone().unwrap_or_default();
        let owner = if state == "staff" {
            name
        } else {
            format!("{} {name}", words::owner_state(t, state))
        };
        let privileged = if account.privileged_by.is_empty() {
            words::known(t, account.privileged()).to_owned()
        } else {
            account.privileged_by.join("、")
        };
        let enabled = match row.enabled {
            Some(true) => t.t("accounts-enabled"),
            Some(false) => t.t("accounts-disabled"),
            None => t.t("accounts-enabled-not-known"),
        };
        let groups = if account.groups_known {
            account.groups.join("、")
        } else {
            t.t("accounts-not-known").to_owned()
        };
        let cells = [
            account.id.clone(),
            row.name.clone(),
            row.source_name.clone(),
            owner,
            enabled.to_owned(),
            words::moment(t, account.last_sign_in),
            words::moment(t, account.password_set),
            privileged,
            groups,
        ];
        sheet.row(cells.into_iter().map(Cell::text).collect::<Vec<_>>());
    }
    made.workbook(title, sheet)
}
