//! The documents that can also be had as xlsx.

use yagura_kernel::proof::CellState;
use yagura_kernel::time::{format_iso, format_time_of_day};

use super::{
    Answer, ChangeHistoryDocument, EvidenceListDocument, EvidenceState, Imprint,
    MemberMatrixDocument, SheetDocument, SheetRow,
};
use crate::Language;
use crate::labels::Labels;
use crate::spreadsheet::{Cell, Column, Sheet, Workbook};

impl SheetDocument {
    /// The checklist in the arrangement of the form, answers and dates in columns of their own
    /// with their choices, so that it can be filled in elsewhere and read back.
    ///
    /// Below the fields of the head stands one header row; of the rows under it, those with a
    /// text in the second column are items, the others are headings.
    pub fn to_workbook(&self) -> Workbook {
        let labels = Labels::new(self.imprint.language);
        let word = |key: &str| labels.get(&format!("sheet.{key}")).to_owned();
        let answers = || [word("yes"), word("no")];
        let mut sheet = Sheet::new(
            &self.subtitle,
            [
                Column::new(word("number"), 8.0),
                Column::new(word("item"), 52.0),
                Column::new(word("device-class"), 13.0),
                Column::new(word("first"), 8.0).choices(answers()),
                Column::new(word("first-date"), 17.0),
                Column::new(word("target"), 17.0),
                Column::new(word("second"), 8.0).choices(answers()),
                Column::new(word("second-date"), 17.0),
                Column::new(word("remark"), 36.0),
                Column::new(word("proof"), 10.0),
                Column::new(word("evidence"), 10.0),
                Column::new(word("wording"), 11.0),
            ],
        )
        .landscape();
        sheet.title(format!("{} {}", self.title, self.subtitle));
        if let Some(line) = &self.inspection_line {
            sheet.note(line);
        }
        sheet.field(word("institution"), self.institution_name.as_str());
        if let Some(vendor) = &self.vendor_name {
            sheet.field(word("vendor"), vendor.as_str());
            sheet.field(word("systems"), self.systems.join("、"));
        }
        sheet.field(
            word("fiscal-year"),
            fiscal_year(self.fiscal_year, self.imprint.language),
        );
        sheet.field(word("confirmed-on"), Cell::date(self.confirmed_on));
        let responsible = if self.vendor_name.is_some() {
            "vendor-manager"
        } else {
            "safety-manager"
        };
        sheet.field(
            word(responsible),
            self.responsible.clone().unwrap_or_default(),
        );
        state_fields(&mut sheet, &self.imprint, &labels);
        for note in &self.notes {
            sheet.note(format!("＊{note}"));
        }
        sheet.header();
        if let Some(gate) = &self.gate {
            sheet.section(&gate.heading);
            let mut text = gate.text.clone();
            if let Some(supplement) = &gate.supplement {
                text = format!("{text}\n{supplement}");
            }
            sheet.row([
                Cell::Empty,
                Cell::Text(text),
                Cell::Empty,
                answer(gate.round.answer, &labels),
                Cell::date(gate.round.date),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::text(&gate.remark),
            ]);
        }
        for section in &self.sections {
            sheet.section(&section.heading);
            for group in &section.groups {
                if let Some(heading) = &group.heading {
                    sheet.group(heading);
                }
                for row in &group.rows {
                    sheet.row(item_cells(row, &labels));
                }
            }
        }
        for note in &self.closing_notes {
            sheet.note(format!("・{note}"));
        }
        if self.has_unverified_wording() {
            sheet.note(format!(
                "{}: {}",
                word("unverified"),
                word("unverified-meaning")
            ));
        }
        workbook(
            &format!("{} {}", self.title, self.subtitle),
            &self.imprint,
            sheet,
        )
    }
}

fn item_cells(row: &SheetRow, labels: &Labels) -> Vec<Cell> {
    let text = match &row.supplement {
        Some(supplement) => format!("{}\n{supplement}", row.text),
        None => row.text.clone(),
    };
    let evidence: Vec<String> = row.evidence.iter().map(u32::to_string).collect();
    let wording = if row.wording_unverified {
        "unverified"
    } else {
        "wording-verified"
    };
    vec![
        Cell::text(&row.id),
        Cell::Text(text),
        Cell::text(&row.device_class),
        answer(row.first.answer, labels),
        Cell::date(row.first.date),
        Cell::date(row.target),
        answer(row.second.answer, labels),
        Cell::date(row.second.date),
        Cell::text(&row.remark),
        Cell::text(state(row.state, labels)),
        Cell::text(evidence.join("、")),
        Cell::text(labels.get(&format!("sheet.{wording}"))),
    ]
}

impl EvidenceListDocument {
    /// The list with the full check sums.
    pub fn to_workbook(&self) -> Workbook {
        let labels = Labels::new(self.imprint.language);
        let word = |key: &str| labels.get(&format!("evidence.{key}")).to_owned();
        let mut sheet = Sheet::new(
            word("title"),
            [
                Column::new(word("number"), 6.0),
                Column::new(word("items"), 12.0),
                Column::new(word("title-column"), 36.0),
                Column::new(word("kind"), 10.0),
                Column::new(word("file"), 36.0),
                Column::new(word("size"), 14.0),
                Column::new(word("sha256"), 36.0),
                Column::new(word("dated"), 17.0),
                Column::new(word("valid-until"), 17.0),
                Column::new(word("state"), 10.0),
                Column::new(word("filed-by"), 20.0),
                Column::new(word("filed-on"), 17.0),
                Column::new(word("note"), 36.0),
            ],
        )
        .landscape();
        head(
            &mut sheet,
            &word("title"),
            &self.institution_name,
            &self.imprint,
            &labels,
        );
        sheet.field(
            labels.get("sheet.fiscal-year"),
            fiscal_year(self.fiscal_year, self.imprint.language),
        );
        sheet.header();
        for row in &self.rows {
            let state = match row.state {
                EvidenceState::Current => "states.current",
                EvidenceState::Expiring => "states.expiring",
                EvidenceState::Expired => "states.expired",
                EvidenceState::Withdrawn => "states.withdrawn",
            };
            sheet.row([
                Cell::Integer(i64::from(row.number)),
                Cell::text(row.items.join("、")),
                Cell::text(&row.title),
                Cell::text(&row.kind),
                Cell::text(&row.file_name),
                Cell::Integer(i64::try_from(row.size_bytes).unwrap_or(i64::MAX)),
                Cell::text(&row.sha256),
                Cell::date(row.dated),
                Cell::date(row.valid_until),
                Cell::text(word(state)),
                Cell::text(&row.filed_by),
                Cell::Date(row.filed_on),
                Cell::text(&row.note),
            ]);
        }
        workbook(&word("title"), &self.imprint, sheet)
    }
}

impl ChangeHistoryDocument {
    /// The changes, one row each.
    pub fn to_workbook(&self) -> Workbook {
        let labels = Labels::new(self.imprint.language);
        let word = |key: &str| labels.get(&format!("history.{key}")).to_owned();
        let mut sheet = Sheet::new(
            word("title"),
            [
                Column::new(word("at"), 18.0),
                Column::new(word("person"), 18.0),
                Column::new(word("capacity"), 26.0),
                Column::new(word("item"), 8.0),
                Column::new(word("field"), 18.0),
                Column::new(word("before"), 40.0),
                Column::new(word("after"), 40.0),
            ],
        )
        .landscape();
        head(
            &mut sheet,
            &word("title"),
            &self.institution_name,
            &self.imprint,
            &labels,
        );
        sheet.field(
            labels.get("sheet.fiscal-year"),
            fiscal_year(self.fiscal_year, self.imprint.language),
        );
        sheet.header();
        for row in &self.rows {
            let at = format!(
                "{} {}",
                format_iso(row.at.jst_date()),
                format_time_of_day(row.at)
            );
            sheet.row([
                Cell::text(at),
                Cell::text(&row.person),
                Cell::text(&row.capacity),
                Cell::text(&row.item),
                Cell::text(&row.field),
                Cell::text(&row.before),
                Cell::text(&row.after),
            ]);
        }
        workbook(&word("title"), &self.imprint, sheet)
    }
}

impl MemberMatrixDocument {
    /// The matrix with the words of the states, for filtering and counting; it has no bound on the
    /// number of members but the format's.
    pub fn to_workbook(&self) -> Workbook {
        let labels = Labels::new(self.imprint.language);
        let word = |key: &str| labels.get(&format!("matrix.{key}")).to_owned();
        let mut columns = vec![
            Column::new(word("member"), 32.0),
            Column::new(word("kind"), 12.0),
            Column::new(word("beds"), 8.0),
        ];
        columns.extend(
            self.columns
                .iter()
                .map(|column| Column::new(format!("{}\n{}", column.id, column.label), 9.0)),
        );
        columns.push(Column::new(word("yes-rate"), 9.0));
        let mut sheet = Sheet::new(word("title"), columns).landscape();
        head(
            &mut sheet,
            &word("title"),
            &self.region_name,
            &self.imprint,
            &labels,
        );
        sheet.field(labels.get("cover.sheet"), self.checklist_title.as_str());
        sheet.field(
            labels.get("sheet.fiscal-year"),
            fiscal_year(self.fiscal_year, self.imprint.language),
        );
        if let Some(filter) = &self.filter {
            sheet.note(word("filter").replace("{filter}", filter));
        }
        sheet.note(word("rate-meaning"));
        sheet.header();
        for row in &self.rows {
            let mut cells = vec![
                Cell::text(&row.name),
                Cell::text(&row.kind),
                row.beds
                    .map_or(Cell::Empty, |beds| Cell::Integer(i64::from(beds))),
            ];
            cells.extend(row.cells.iter().map(|cell| match cell {
                Some(value) => Cell::text(state(*value, &labels)),
                None => Cell::text("…"),
            }));
            cells.resize(self.columns.len() + 3, Cell::Empty);
            cells.push(row.yes_rate().map_or(Cell::Empty, Cell::Percent));
            sheet.row(cells);
        }
        workbook(&word("title"), &self.imprint, sheet)
    }
}

fn workbook(title: &str, imprint: &Imprint, sheet: Sheet) -> Workbook {
    let code = imprint.state_code.as_deref().unwrap_or_default();
    let mut workbook = Workbook::new(title, imprint.language)
        .created(imprint.printed_on)
        .demo(imprint.demo)
        .footer(format!("{} {code}", imprint.product));
    workbook.push(sheet);
    workbook
}

fn head(sheet: &mut Sheet, title: &str, subject: &str, imprint: &Imprint, labels: &Labels) {
    sheet.title(format!("{title} {subject}"));
    state_fields(sheet, imprint, labels);
}

/// What identifies the state that was exported.
fn state_fields(sheet: &mut Sheet, imprint: &Imprint, labels: &Labels) {
    if let Some(code) = &imprint.state_code {
        sheet.field(labels.get("state-code"), code.as_str());
    }
    if let Some(pack) = &imprint.pack {
        sheet.field(labels.get("pack"), format!("{} {}", pack.id, pack.version));
    }
    sheet.field(labels.get("made-on"), imprint.printed_on);
    if imprint.demo {
        sheet.note(labels.get("demo"));
    }
}

fn fiscal_year(year: yagura_kernel::time::FiscalYear, language: Language) -> String {
    match language {
        Language::Japanese => year.label_ja(),
        Language::English => year.label_en(),
    }
}

fn answer(answer: Option<Answer>, labels: &Labels) -> Cell {
    match answer {
        Some(Answer::Yes) => Cell::text(labels.get("sheet.yes")),
        Some(Answer::No) => Cell::text(labels.get("sheet.no")),
        None => Cell::Empty,
    }
}

fn state(state: CellState, labels: &Labels) -> String {
    labels.get(&format!("states.{}", state.code())).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::{Limits, Table, read_tables};

    fn read(workbook: &Workbook) -> Table {
        let bytes = workbook.to_bytes().unwrap();
        read_tables(&bytes, "", &Limits::default())
            .unwrap()
            .remove(0)
    }

    fn header_row(table: &Table, first: &str) -> usize {
        table
            .rows
            .iter()
            .position(|row| row.text(0) == first)
            .unwrap()
    }

    #[test]
    fn the_sheet_reads_back_as_it_was() {
        let document = SheetDocument::sample();
        let table = read(&document.to_workbook());
        assert_eq!(table.sheet, "医療機関確認用");
        let header = header_row(&table, "番号");
        let items: Vec<_> = table.rows[header + 1..]
            .iter()
            .filter(|row| !row.text(0).is_empty() && !row.text(1).is_empty())
            .collect();
        let expected: Vec<_> = document.rows().map(|(_, _, row)| row).collect();
        assert_eq!(items.len(), expected.len());
        for (read, row) in items.iter().zip(expected) {
            assert_eq!(read.text(0), row.id);
            assert!(read.text(1).starts_with(&row.text));
            assert_eq!(read.text(2), row.device_class);
            let word = |answer| match answer {
                Some(Answer::Yes) => "はい",
                Some(Answer::No) => "いいえ",
                None => "",
            };
            let day = |date: Option<time::Date>| date.map(format_iso).unwrap_or_default();
            assert_eq!(read.text(3), word(row.first.answer));
            assert_eq!(read.text(4), day(row.first.date));
            assert_eq!(read.text(5), day(row.target));
            assert_eq!(read.text(6), word(row.second.answer));
            assert_eq!(read.text(7), day(row.second.date));
            assert_eq!(read.text(8), row.remark);
        }
        let fields: Vec<&str> = table.rows[..header].iter().map(|row| row.text(2)).collect();
        for value in [
            "みなと内科クリニック",
            "令和7年度",
            "2025-11-21",
            "K7Q4-P2M9",
        ] {
            assert!(fields.contains(&value), "{value} is not in {fields:?}");
        }
    }

    #[test]
    fn lists_have_one_row_for_each_entry() {
        let evidence = EvidenceListDocument::sample();
        let table = read(&evidence.to_workbook());
        let header = header_row(&table, "番号");
        assert_eq!(table.rows.len() - header - 1, evidence.rows.len());
        assert_eq!(table.rows[header + 4].text(9), "期限切れ");
        assert_eq!(table.rows[header + 1].text(6), evidence.rows[0].sha256);

        let history = ChangeHistoryDocument::sample();
        let table = read(&history.to_workbook());
        let header = header_row(&table, "日時");
        assert_eq!(table.rows.len() - header - 1, history.rows.len());
        assert_eq!(table.rows[header + 1].text(0), "2025-06-12 9:05");
    }

    #[test]
    fn the_matrix_says_states_in_words() {
        let matrix = MemberMatrixDocument::sample();
        let table = read(&matrix.to_workbook());
        let header = header_row(&table, "会員");
        assert_eq!(table.rows.len() - header - 1, 392);
        assert_eq!(table.rows[header].cells.len(), 3 + 19 + 1);
        let words = [
            "実証",
            "書類",
            "申告",
            "いいえ",
            "食い違い",
            "未回答",
            "対象外",
            "…",
        ];
        for row in &table.rows[header + 1..] {
            for column in 3..22 {
                assert!(words.contains(&row.text(column)), "{:?}", row.text(column));
            }
        }
    }

    #[test]
    fn english_workbooks_have_english_labels() {
        let mut document = SheetDocument::sample();
        document.imprint.language = Language::English;
        let table = read(&document.to_workbook());
        let header = header_row(&table, "No.");
        assert!(
            table.rows[header + 1..]
                .iter()
                .any(|row| row.text(3) == "Yes")
        );
    }
}
