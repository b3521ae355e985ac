//! Lists of members as workbooks and documents.

use yagura_checklists::overview::{
    self, Cursor, ItemColumn, MemberFilter, MemberSheet, RegionStatistics,
};
use yagura_documents::Language;
use yagura_documents::forms::{
    Imprint, MatrixColumn, MatrixRow, MemberMatrixDocument, PackReference, PaperSize,
};
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::proof::CellState;
use yagura_kernel::time::{Date, FiscalYear};
use yagura_packs::{Library, Sheet as PackSheet};
use yagura_store::{Database, StoreError};
use yagura_web::args;
use yagura_web::i18n::{Lang, Translator};
use yagura_web::ui::components::{organization_kind, sharing_level, state_word};

use crate::figures::{self, TrendYear};
use crate::import::{self, Issue, Remark, RollMember, field_label, issue_text};
use crate::listing::MemberQuery;
use crate::model::comparison::Compared;
use crate::model::member::Field;
use crate::model::reminder::Since;
use crate::store::exports::Format;
use crate::store::reminders::{Recipient, Reminder};
use crate::words;

/// Up to how many members an export is made while one waits; larger ones are jobs.
pub const AT_ONCE: i64 = 1_000;
/// The most members of a document; more are to be had as a workbook.
pub const MOST_IN_DOCUMENT: i64 = 5_000;
/// The most members of a workbook, so that making one takes no more than some 200 MB.
pub const MOST_IN_WORKBOOK: i64 = 100_000;
/// How many members are read together.
const PART: i64 = 1_000;

/// Who asks for an export and in which words.
#[derive(Debug, Clone)]
pub struct Imprinted {
    /// The language of what the program itself says.
    pub translator: Translator,
    /// The day.
    pub today: Date,
    /// The region's name.
    pub region: String,
    /// Who asked for it.
    pub by: Option<String>,
    /// Whether the data are a demonstration.
    pub demo: bool,
}

impl Imprinted {
    const fn language(&self) -> Language {
        match self.translator.lang() {
            Lang::Ja => Language::Japanese,
            Lang::En => Language::English,
        }
    }

    fn workbook(&self, title: &str) -> Workbook {
        Workbook::new(title, self.language())
            .created(self.today)
            .demo(self.demo)
            .footer(self.region.clone())
    }
}

/// Every member under a filter, most urgent first, up to a number.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn all_rows(
    database: &Database,
    packs: &Library,
    proof: &Authorized<actions::ReadMembers>,
    year: FiscalYear,
    filter: &MemberFilter,
    most: i64,
) -> Result<Vec<MemberSheet>, StoreError> {
    let mut rows: Vec<MemberSheet> = Vec::new();
    let mut after = None;
    loop {
        let left = most - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let limit = PART.min(left);
        if limit <= 0 {
            return Ok(rows);
        }
        let part =
            overview::member_sheets(database, packs, proof, year, filter, after, limit).await?;
        let is_last = i64::try_from(part.len()).unwrap_or(0) < limit;
        after = part.last().map(Cursor::after);
        rows.extend(part);
        if is_last {
            return Ok(rows);
        }
    }
}

/// The matrix as a workbook: a row for each member, a column for each item.
///
/// # Errors
/// [`SpreadsheetError`] where there is more than the format can hold.
pub fn matrix_workbook(
    made: &Imprinted,
    year: FiscalYear,
    columns: &[ItemColumn],
    rows: &[MemberSheet],
    filter: Option<&str>,
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let title = t.t_args(
        "region-export-matrix",
        args![("year", words::year(t, year))],
    );
    let mut headings = vec![
        Column::new(t.t("region-field-name"), 30.0),
        Column::new(t.t("region-field-kind"), 14.0),
        Column::new(t.t("region-field-beds"), 8.0),
        Column::new(t.t("region-column-standing"), 20.0),
        Column::new(t.t("region-column-answered"), 8.0),
        Column::new(t.t("region-column-applicable"), 8.0),
        Column::new(t.t("region-column-target"), 14.0),
    ];
    headings.extend(
        columns
            .iter()
            .map(|column| Column::new(column.printed_id.as_str(), 8.0)),
    );
    let mut sheet = Sheet::new(t.t("region-export-matrix-sheet"), headings).landscape();
    sheet.title(title.as_ref());
    sheet.field(t.t("region-export-day"), Cell::Date(made.today));
    if let Some(filter) = filter {
        sheet.field(t.t("region-export-filter"), Cell::text(filter));
    }
    sheet.note(t.t("region-export-states"));
    sheet.header();
    for row in rows {
        let (_, standing) = words::standing(t, row, made.today);
        let mut cells = vec![
            Cell::text(row.name.as_str()),
            Cell::text(organization_kind(t, row.kind)),
            row.permitted_beds.map_or(Cell::Empty, Cell::Integer),
            Cell::text(standing),
            Cell::Integer(row.answered),
            Cell::Integer(row.applicable),
            Cell::date(row.next_target),
        ];
        match &row.cells {
            Some(states) => {
                cells.extend(states.iter().map(|state| Cell::text(state_word(t, *state))));
            }
            None => cells.push(Cell::text(
                words::instead_of_cells(t, row).unwrap_or_default(),
            )),
        }
        sheet.row(cells);
    }
    let mut key = Sheet::new(
        t.t("region-export-items-sheet"),
        [
            Column::new(t.t("region-column-item"), 8.0),
            Column::new(t.t("region-column-label"), 24.0),
            Column::new(t.t("region-column-text"), 90.0),
        ],
    );
    key.header();
    let lang = t.lang().code();
    for column in columns {
        key.row([
            Cell::text(column.printed_id.as_str()),
            Cell::text(column.short_label.in_language(lang)),
            Cell::text(column.text.in_language(lang)),
        ]);
    }
    let mut workbook = made.workbook(&title);
    workbook.push(sheet);
    workbook.push(key);
    workbook.to_bytes()
}

/// The matrix as a document.
#[must_use]
pub fn matrix_document(
    made: &Imprinted,
    packs: &Library,
    year: FiscalYear,
    columns: &[ItemColumn],
    rows: &[MemberSheet],
    filter: Option<&str>,
) -> MemberMatrixDocument {
    let t = &made.translator;
    let lang = t.lang().code();
    let pack = packs.checklist_for(year, PackSheet::Institution);
    MemberMatrixDocument {
        imprint: Imprint {
            language: made.language(),
            product: format!("Yagura {}", env!("CARGO_PKG_VERSION")),
            pack: pack.map(|pack| PackReference {
                id: pack.id.clone(),
                version: pack.version.to_string(),
            }),
            printed_on: made.today,
            printed_by: made.by.clone(),
            state_code: None,
            demo: made.demo,
        },
        region_name: made.region.clone(),
        checklist_title: t
            .t_args(
                "region-export-matrix",
                args![("year", words::year(t, year))],
            )
            .into_owned(),
        fiscal_year: year,
        filter: filter.map(str::to_owned),
        paper: PaperSize::A4,
        columns: columns
            .iter()
            .map(|column| MatrixColumn {
                id: column.printed_id.clone(),
                qualifier: column
                    .device_class
                    .map(|class| class.label().in_language(lang).to_owned())
                    .unwrap_or_default(),
                label: column.short_label.in_language(lang).to_owned(),
            })
            .collect(),
        rows: rows
            .iter()
            .map(|row| MatrixRow {
                name: row.name.clone(),
                kind: organization_kind(t, row.kind).to_owned(),
                beds: row.permitted_beds.and_then(|beds| u32::try_from(beds).ok()),
                cells: match &row.cells {
                    Some(cells) => cells.iter().copied().map(Some).collect(),
                    None => vec![None; columns.len()],
                },
            })
            .collect(),
    }
}

/// The roll as a workbook that the import reads back.
///
/// # Errors
/// [`SpreadsheetError`] where there is more than the format can hold.
pub fn roll_workbook<'m>(
    made: &Imprinted,
    members: impl IntoIterator<Item = (&'m MemberSheet, &'m RollMember)>,
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let mut headings: Vec<Column> = Field::ALL
        .into_iter()
        .map(|field| Column::new(field_label(t, field), 16.0))
        .collect();
    headings.push(Column::new(t.t("region-column-standing"), 20.0));
    headings.push(Column::new(t.t("region-column-sharing"), 16.0));
    let mut sheet = Sheet::new(t.t("region-template-sheet"), headings).landscape();
    sheet.header();
    for (row, member) in members {
        let (_, standing) = words::standing(t, row, made.today);
        let mut cells: Vec<Cell> = Field::ALL
            .into_iter()
            .map(|field| match field {
                Field::Kind => Cell::text(organization_kind(t, member.draft.kind)),
                Field::Beds => member.draft.beds.map_or(Cell::Empty, Cell::Integer),
                Field::JoinedOn => Cell::Date(member.joined_on),
                field => member.draft.text(field).map_or(Cell::Empty, Cell::text),
            })
            .collect();
        cells.push(Cell::text(standing));
        cells.push(Cell::text(sharing_level(t, row.sharing)));
        sheet.row(cells);
    }
    let mut workbook = made.workbook(t.t("region-export-roll"));
    workbook.push(sheet);
    workbook.to_bytes()
}

/// What is to be mended in a file, as a workbook to work through.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub fn issues_workbook(made: &Imprinted, issues: &[Issue]) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let mut sheet = Sheet::new(
        t.t("region-export-issues"),
        [
            Column::new(t.t("region-column-severity"), 10.0),
            Column::new(t.t("region-column-sheet"), 18.0),
            Column::new(t.t("region-column-row"), 8.0),
            Column::new(t.t("region-column-column"), 8.0),
            Column::new(t.t("region-column-field"), 16.0),
            Column::new(t.t("region-column-remedy"), 80.0),
        ],
    )
    .landscape();
    sheet.header();
    for issue in issues {
        let severity = match issue.remark {
            Remark::Error(_) => t.t("region-severity-error"),
            Remark::Notice(_) => t.t("region-severity-notice"),
        };
        sheet.row([
            Cell::text(severity),
            Cell::text(issue.sheet.as_str()),
            Cell::Integer(i64::from(issue.row)),
            Cell::text(issue.column.as_deref().unwrap_or_default()),
            Cell::text(import::field_label(t, issue.field)),
            Cell::text(issue_text(t, issue)),
        ]);
    }
    let mut workbook = made.workbook(t.t("region-export-issues"));
    workbook.push(sheet);
    workbook.to_bytes()
}

/// The comparison as a workbook, with the same figures left out as on the page.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub fn comparison_workbook(
    made: &Imprinted,
    columns: &[ItemColumn],
    statistics: &RegionStatistics,
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let groups = figures::comparison(statistics);
    let year = words::year(t, statistics.year);
    let title = t.t_args("region-export-comparison", args![("year", year)]);
    let mut workbook = made.workbook(&title);
    workbook.push(groups_sheet(
        t,
        &title,
        t.t("region-export-groups-sheet"),
        &groups,
    ));
    workbook.push(items_sheet(t, columns, &groups));
    workbook.to_bytes()
}

/// The comparisons of several years as a workbook, a sheet for each.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub fn trend_workbook(made: &Imprinted, trend: &[TrendYear]) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let mut workbook = made.workbook(t.t("region-export-trend"));
    for year in trend {
        let title = t.t_args(
            "region-export-comparison",
            args![("year", words::year(t, year.year))],
        );
        workbook.push(groups_sheet(
            t,
            &title,
            &words::year(t, year.year),
            &year.groups,
        ));
    }
    if trend.is_empty() {
        let mut empty = Sheet::new(t.t("region-export-trend"), [Column::new("", 40.0)]);
        empty.note(t.t("region-trend-empty"));
        workbook.push(empty);
    }
    workbook.to_bytes()
}

/// The reminders of a region as a workbook.
///
/// # Errors
/// [`SpreadsheetError`], which does not happen with data of this size.
pub fn reminders_workbook(
    made: &Imprinted,
    reminders: &[Reminder],
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let mut sheet = Sheet::new(
        t.t("region-export-reminders"),
        [
            Column::new(t.t("region-column-when"), 14.0),
            Column::new(t.t("region-reminder-subject"), 50.0),
            Column::new(t.t("region-reminder-audience"), 30.0),
            Column::new(t.t("region-filter-year"), 12.0),
            Column::new(t.t("region-reminder-deadline"), 14.0),
            Column::new(t.t("region-reminder-sent"), 10.0),
            Column::new(t.t("region-delivery-mail"), 10.0),
        ],
    )
    .landscape();
    sheet.header();
    for reminder in reminders {
        sheet.row([
            Cell::Date(reminder.created_at.jst_date()),
            Cell::text(reminder.subject.as_str()),
            Cell::text(words::audience(t, reminder.audience)),
            Cell::text(words::year(t, reminder.fiscal_year)),
            Cell::date(reminder.deadline),
            Cell::Integer(reminder.sent),
            Cell::Integer(reminder.mailed),
        ]);
    }
    let mut workbook = made.workbook(t.t("region-export-reminders"));
    workbook.push(sheet);
    workbook.to_bytes()
}

fn ratio(percent: f64) -> Cell {
    Cell::Percent(percent / 100.0)
}

fn share_cell(share: crate::model::comparison::Share) -> Cell {
    let percent = i32::try_from(share.percent()).unwrap_or_default();
    ratio(f64::from(percent))
}

fn groups_sheet(t: &Translator, title: &str, name: &str, groups: &[Compared]) -> Sheet {
    let mut sheet = Sheet::new(
        name,
        [
            Column::new(t.t("region-column-group"), 24.0),
            Column::new(t.t("region-column-members"), 8.0),
            Column::new(t.t("region-column-opened"), 12.0),
            Column::new(t.t("region-column-round1"), 12.0),
            Column::new(t.t("region-column-answered-lower"), 12.0),
            Column::new(t.t("region-column-answered-median"), 12.0),
            Column::new(t.t("region-column-answered-upper"), 12.0),
            Column::new(t.t("region-column-proven-lower"), 12.0),
            Column::new(t.t("region-column-proven-median"), 12.0),
            Column::new(t.t("region-column-proven-upper"), 12.0),
            Column::new(t.t("region-column-contradicted"), 12.0),
        ],
    )
    .landscape();
    sheet.title(title);
    sheet.note(t.t("region-comparison-rule"));
    sheet.header();
    let hidden = || Cell::text(t.t("region-suppressed-short"));
    for compared in groups.iter().filter(|compared| compared.members > 0) {
        let mut cells = vec![
            Cell::text(words::group(t, compared.group)),
            Cell::Integer(compared.members),
        ];
        match &compared.progress {
            Some(progress) => {
                cells.push(share_cell(progress.opened));
                cells.push(share_cell(progress.round1_done));
                cells.extend(quartile_cells(progress.answered));
            }
            None => cells.extend((0..5).map(|_| hidden())),
        }
        match &compared.proof {
            Some(proof) => {
                cells.extend(quartile_cells(proof.proven));
                cells.push(share_cell(proof.with_contradictions));
            }
            None => cells.extend((0..4).map(|_| hidden())),
        }
        sheet.row(cells);
    }
    sheet
}

fn quartile_cells(quartiles: Option<crate::model::distribution::Quartiles>) -> [Cell; 3] {
    match quartiles {
        Some(quartiles) => [
            ratio(quartiles.lower),
            ratio(quartiles.median),
            ratio(quartiles.upper),
        ],
        None => [Cell::Empty, Cell::Empty, Cell::Empty],
    }
}

fn items_sheet(t: &Translator, columns: &[ItemColumn], groups: &[Compared]) -> Sheet {
    let mut headings = vec![
        Column::new(t.t("region-column-group"), 24.0),
        Column::new(t.t("region-column-item"), 8.0),
        Column::new(t.t("region-column-label"), 24.0),
        Column::new(t.t("region-column-members"), 8.0),
    ];
    headings.extend(CellState::ALL.map(|state| Column::new(state_word(t, state), 9.0)));
    let mut sheet = Sheet::new(t.t("region-export-items-sheet"), headings).landscape();
    sheet.header();
    for compared in groups {
        let Some(proof) = &compared.proof else {
            continue;
        };
        for (column, counts) in columns.iter().zip(&proof.items) {
            let mut cells = vec![
                Cell::text(words::group(t, compared.group)),
                Cell::text(column.printed_id.as_str()),
                Cell::text(column.short_label.in_language(t.lang().code())),
                Cell::Integer(proof.members),
            ];
            cells.extend(CellState::ALL.map(|state| Cell::Integer(counts.get(state))));
            sheet.row(cells);
        }
    }
    sheet
}

/// Whom a reminder reached and what came of it, as a workbook.
///
/// # Errors
/// [`SpreadsheetError`] where there is more than the format can hold.
pub fn reminder_workbook(
    made: &Imprinted,
    reminder: &Reminder,
    recipients: &[(Recipient, Since)],
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let mut sheet = Sheet::new(
        t.t("region-export-recipients"),
        [
            Column::new(t.t("region-field-name"), 30.0),
            Column::new(t.t("region-column-sent-on"), 14.0),
            Column::new(t.t("region-column-delivery"), 16.0),
            Column::new(t.t("region-field-email"), 30.0),
            Column::new(t.t("region-column-since"), 20.0),
        ],
    )
    .landscape();
    sheet.title(reminder.subject.as_str());
    sheet.header();
    for (recipient, since) in recipients {
        sheet.row([
            Cell::text(recipient.name.as_str()),
            Cell::Date(recipient.sent_at.jst_date()),
            Cell::text(delivery_word(t, recipient)),
            Cell::text(recipient.address.as_deref().unwrap_or_default()),
            Cell::text(match since {
                Since::Finished => t.t("region-since-finished"),
                Since::Moved => t.t("region-since-moved"),
                Since::Nothing => t.t("region-since-nothing"),
            }),
        ]);
    }
    let mut workbook = made.workbook(&reminder.subject);
    workbook.push(sheet);
    workbook.to_bytes()
}

/// How a member was told, in words.
pub(crate) fn delivery_word<'t>(t: &'t Translator, recipient: &Recipient) -> &'t str {
    match recipient.delivery {
        crate::model::reminder::Delivery::Mail => t.t("region-delivery-mail"),
        crate::model::reminder::Delivery::NoticeOnly => t.t("region-delivery-notice"),
    }
}

/// A filter in words, for the head of a document: 「病院、食い違いあり」; `None` for all members.
#[must_use]
pub(crate) fn filter_words(t: &Translator, query: &MemberQuery) -> Option<String> {
    use crate::listing::given;
    let mut parts: Vec<String> = Vec::new();
    if let Some(kind) = given(query.kind.as_ref())
        .and_then(yagura_kernel::organization::OrganizationKind::from_code)
    {
        parts.push(organization_kind(t, kind).to_owned());
    }
    if let Some(size) =
        given(query.size.as_ref()).and_then(yagura_kernel::organization::SizeGroup::from_code)
    {
        parts.push(yagura_web::ui::components::size_group(t, size).to_owned());
    }
    if let Some(state) = given(query.state.as_ref()).and_then(overview::Progress::from_code) {
        parts.push(progress_word(t, state).to_owned());
    }
    parts.extend(given(query.region.as_ref()).map(str::to_owned));
    parts.extend(given(query.q.as_ref()).map(|text| format!("「{text}」")));
    (!parts.is_empty()).then(|| parts.join(t.t("region-list-comma")))
}

/// A state of members in words.
pub(crate) fn progress_word(t: &Translator, progress: overview::Progress) -> &str {
    t.t(match progress {
        overview::Progress::NotOpened => "region-progress-not_opened",
        overview::Progress::Incomplete => "region-progress-incomplete",
        overview::Progress::Done => "region-progress-done",
        overview::Progress::Contradictions => "region-progress-contradictions",
        overview::Progress::Overdue => "region-progress-overdue",
    })
}

/// The name of an export's file.
#[must_use]
pub fn file_name(subject: &str, year: FiscalYear, today: Date, format: Format) -> String {
    format!(
        "yagura-{subject}-{year}-{}.{}",
        yagura_kernel::time::format_iso(today),
        format.code()
    )
}

/// A cell of the text alternative of the matrix: items by state.
#[must_use]
pub(crate) fn items_in(columns: &[ItemColumn], cells: &[CellState], state: CellState) -> String {
    let labels: Vec<&str> = columns
        .iter()
        .zip(cells)
        .filter(|(_, cell)| **cell == state)
        .map(|(column, _)| column.printed_id.as_str())
        .collect();
    labels.join(" ")
}
