//! From the bytes of a file to members, each cell judged by itself.

use std::collections::HashMap;

use yagura_documents::tabular::{Cell, CellKind, Limits, Row, Table, column_letters, read_tables};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::Date;

use super::headings::field_of_heading;
use super::{
    ColumnRead, ImportError, Issue, Issues, MOST_ROWS, Parsed, ParsedRow, ProgressCallback, Remark,
    SheetRead, Stage,
};
use crate::model::member::{
    self, BedHint, Field, MemberDraft, Notice, Problem, Read, kind_of_word,
};

/// How many rows from the top are searched for the headings.
const HEADER_ROWS: usize = 30;

/// Words that mark a sheet or row as an example, folded.
const EXAMPLE_WORDS: [&str; 6] = ["記入例", "入力例", "記載例", "見本", "example", "説明"];

/// Reads a file. `file_name` only names the sheet of a CSV. Takes processor time: not for the
/// thread that serves requests.
///
/// # Errors
/// [`ImportError`] where the file as a whole cannot be read; what is wrong with single cells is in
/// [`Parsed::issues`].
pub fn parse(
    bytes: &[u8],
    file_name: &str,
    today: Date,
    progress: &mut ProgressCallback<'_>,
) -> Result<Parsed, ImportError> {
    let limits = Limits {
        columns: 200,
        cell_characters: 4_000,
        ..Limits::default()
    };
    let tables = read_tables(bytes, file_name, &limits)?;
    let mut parsed = Parsed {
        sheets: Vec::new(),
        rows: Vec::new(),
        issues: Issues::default(),
    };
    let mut seen = Vec::new();
    for table in &tables {
        if is_example(&table.sheet) {
            continue;
        }
        seen.push(table.sheet.clone());
        let Some(Headings {
            row: header,
            columns,
            ignored,
        }) = find_headings(table)
        else {
            continue;
        };
        let sheet_kind = kind_of_word(&table.sheet).map(|_| table.sheet.as_str());
        let has_kind = columns
            .iter()
            .any(|(_, column)| column.field == Field::Kind);
        if !has_kind && sheet_kind.is_none() {
            return Err(ImportError::MissingColumn {
                sheet: table.sheet.clone(),
                row: header,
                field: Field::Kind,
            });
        }
        let mut reader = SheetReader {
            table,
            columns: &columns,
            sheet_kind: if has_kind { None } else { sheet_kind },
            today,
            issues: &mut parsed.issues,
        };
        let sheet = parsed.sheets.len();
        let below: Vec<&Row> = table
            .rows
            .iter()
            .filter(|row| row.number > header)
            .collect();
        for (place, row) in below.iter().enumerate() {
            if parsed.rows.len() >= MOST_ROWS {
                return Err(ImportError::TooManyMembers { limit: MOST_ROWS });
            }
            if let Some(member) = reader.read(row) {
                parsed.rows.push(ParsedRow {
                    sheet,
                    row: row.number,
                    member,
                });
            }
            if place % 500 == 0 {
                progress(Stage::Reading, place, below.len());
            }
        }
        progress(Stage::Reading, below.len(), below.len());
        parsed.sheets.push(SheetRead {
            name: table.sheet.clone(),
            header_row: header,
            columns: columns.into_iter().map(|(_, column)| column).collect(),
            ignored,
        });
    }
    if parsed.sheets.is_empty() {
        return Err(ImportError::NoHeadings {
            sheets: seen.join("、"),
        });
    }
    if parsed.rows.is_empty() && parsed.issues.errors == 0 {
        return Err(ImportError::NoMembers);
    }
    find_duplicates(&mut parsed);
    Ok(parsed)
}

fn is_example(text: &str) -> bool {
    let folded = normalise_for_search(text);
    EXAMPLE_WORDS
        .iter()
        .any(|word| folded.starts_with(word) || folded.ends_with(word))
}

/// A row that shows how to fill in the form: 「(例)」 or 「記入例」 in front of the name.
fn is_example_row(row: &Row) -> bool {
    row.cells
        .iter()
        .find(|cell| !cell.text.trim().is_empty())
        .is_some_and(|cell| {
            let folded = normalise_for_search(&cell.text);
            folded == "例"
                || [
                    "(例)",
                    "【例】",
                    "例)",
                    "例:",
                    "記入例",
                    "入力例",
                    "example:",
                ]
                .iter()
                .any(|mark| folded.starts_with(mark))
        })
}

struct Headings {
    row: u32,
    columns: Vec<(usize, ColumnRead)>,
    ignored: Vec<(String, String)>,
}

/// The row of headings: the first of the upper rows that names the name and one more field.
fn find_headings(table: &Table) -> Option<Headings> {
    table.rows.iter().take(HEADER_ROWS).find_map(|row| {
        let mut columns: Vec<(usize, ColumnRead)> = Vec::new();
        let mut ignored = Vec::new();
        for (place, cell) in row.cells.iter().enumerate() {
            let heading = cell.text.trim();
            if heading.is_empty() {
                continue;
            }
            let letters = column_letters(place);
            let taken = |field| columns.iter().any(|(_, column)| column.field == field);
            match field_of_heading(heading) {
                Some(field) if field == Field::Address || !taken(field) => {
                    let heading = member::excerpt(heading);
                    columns.push((
                        place,
                        ColumnRead {
                            letters,
                            heading,
                            field,
                        },
                    ));
                }
                _ => ignored.push((letters, member::excerpt(heading))),
            }
        }
        let named = columns
            .iter()
            .any(|(_, column)| column.field == Field::Name);
        (named && columns.len() >= 2).then_some(Headings {
            row: row.number,
            columns,
            ignored,
        })
    })
}

struct SheetReader<'a> {
    table: &'a Table,
    columns: &'a [(usize, ColumnRead)],
    sheet_kind: Option<&'a str>,
    today: Date,
    issues: &'a mut Issues,
}

impl SheetReader<'_> {
    /// The member of a row; `None` where the row is an example or has an error.
    fn read(&mut self, row: &Row) -> Option<MemberDraft> {
        if self
            .columns
            .iter()
            .all(|(place, _)| row.text(*place).is_empty())
            || is_example_row(row)
        {
            return None;
        }
        let errors_before = self.issues.errors;
        let name = self.take(row, Field::Name, |text, _| plain(member::read_name(text)));
        let kind = match self.sheet_kind {
            Some(sheet) => kind_of_word(sheet),
            None => self.take(row, Field::Kind, |text, _| plain(member::read_kind(text))),
        };
        let code = self.take(row, Field::Code, member::read_code);
        let beds = self.take(row, Field::Beds, |text, _| plain(member::read_beds(text)));
        let postal_code = self.take(row, Field::PostalCode, member::read_postal_code);
        let address = self.address(row);
        let phone = self.take(row, Field::Phone, member::read_phone);
        let email = self.take(row, Field::Email, |text, _| plain(member::read_email(text)));
        let line = |field| move |text: &str, _: bool| plain(member::read_line(field, text));
        let representative = self.take(row, Field::Representative, line(Field::Representative));
        let region_code = self.take(row, Field::RegionCode, line(Field::RegionCode));
        let member_number = self.take(row, Field::MemberNumber, line(Field::MemberNumber));
        let today = self.today;
        let joined_on = self.take(row, Field::JoinedOn, move |text, _| {
            plain(member::read_joined_on(day_of(text), today))
        });
        let remark = self.take(row, Field::Remark, line(Field::Remark));
        let (kind, hint) = kind.unwrap_or((
            yagura_kernel::organization::OrganizationKind::Clinic,
            BedHint::Silent,
        ));
        let beds_given = self
            .columns
            .iter()
            .any(|(_, column)| column.field == Field::Beds);
        let mut beds = beds.flatten();
        // Whether the beds fit is only worth saying where kind and beds could be read, and where
        // the file says anything of beds at all: else the number on record stands.
        if self.issues.errors == errors_before && (beds_given || beds.is_some()) {
            let column = self
                .columns
                .iter()
                .find(|(_, column)| column.field == Field::Beds);
            let column = column.map(|(_, column)| column.letters.clone());
            let blank = beds.is_none() && hint != BedHint::WithBeds;
            match member::check_beds(kind, hint, beds) {
                Ok((checked, notice)) => {
                    beds = checked;
                    self.note(row, column, Field::Beds, notice.map(Remark::Notice));
                }
                // A hospital whose cell is blank may have its number on record.
                Err(Problem::BedsOfHospital) if blank => {}
                Err(problem) => {
                    self.note(row, column, Field::Beds, Some(Remark::Error(problem)));
                }
            }
        }
        if self.issues.errors > errors_before {
            return None;
        }
        Some(MemberDraft {
            name: name?,
            kind,
            code: code.flatten(),
            beds,
            postal_code: postal_code.flatten(),
            address,
            phone: phone.flatten(),
            email: email.flatten(),
            representative: representative.flatten(),
            region_code: region_code.flatten(),
            member_number: member_number.flatten(),
            joined_on: joined_on.flatten(),
            remark: remark.flatten(),
        })
    }

    /// Reads the cell of a field and notes what is to be said of it. `None` where the column is
    /// absent or the value is refused.
    fn take<T>(
        &mut self,
        row: &Row,
        field: Field,
        read: impl FnOnce(&str, bool) -> Read<T>,
    ) -> Option<T> {
        let (place, column) = self
            .columns
            .iter()
            .find(|(_, column)| column.field == field)?;
        let letters = Some(column.letters.clone());
        let cell = row.cells.get(*place);
        match value_of(cell).and_then(|(text, from_number)| read(text, from_number)) {
            Ok((value, notice)) => {
                self.note(row, letters, field, notice.map(Remark::Notice));
                Some(value)
            }
            Err(problem) => {
                self.note(row, letters, field, Some(Remark::Error(problem)));
                None
            }
        }
    }

    /// The parts of an address that stands in several columns, joined.
    fn address(&mut self, row: &Row) -> Option<String> {
        let mut parts = String::new();
        let mut first = None;
        for (place, column) in self
            .columns
            .iter()
            .filter(|(_, c)| c.field == Field::Address)
        {
            first.get_or_insert_with(|| column.letters.clone());
            match value_of(row.cells.get(*place)) {
                Ok((text, _)) => parts.push_str(text),
                Err(problem) => {
                    let letters = Some(column.letters.clone());
                    self.note(row, letters, Field::Address, Some(Remark::Error(problem)));
                    return None;
                }
            }
        }
        match member::read_line(Field::Address, &parts) {
            Ok(address) => address,
            Err(problem) => {
                self.note(row, first, Field::Address, Some(Remark::Error(problem)));
                None
            }
        }
    }

    fn note(&mut self, row: &Row, column: Option<String>, field: Field, remark: Option<Remark>) {
        if let Some(remark) = remark {
            self.issues.add(Issue {
                sheet: self.table.sheet.clone(),
                row: row.number,
                column,
                field,
                remark,
            });
        }
    }
}

fn plain<T>(read: Result<T, Problem>) -> Read<T> {
    read.map(|value| (value, None))
}

/// The text of a cell and whether the file says that it is a number. Formulas are never run: one
/// that stands as text in a CSV is refused, except the way of writing a code as `="0123"` by which
/// spreadsheet programs keep its zeros.
fn value_of(cell: Option<&Cell>) -> Result<(&str, bool), Problem> {
    let Some(cell) = cell else {
        return Ok(("", false));
    };
    let text = cell.text.trim();
    match cell.kind {
        CellKind::Error => Err(Problem::CellError {
            given: member::excerpt(text),
        }),
        CellKind::Number => Ok((text, true)),
        CellKind::Text if text.starts_with(['=', '＝']) => text
            .strip_prefix("=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|inner| !inner.contains('"'))
            .map(|inner| (inner, false))
            .ok_or(Problem::Formula),
        _ => Ok((text, false)),
    }
}

/// The day of a moment as the table reader writes it.
fn day_of(text: &str) -> &str {
    match text.split_once('T') {
        Some((day, _)) if day.len() == 10 => day,
        _ => text,
    }
}

/// Finds members that stand in the file twice.
fn find_duplicates(parsed: &mut Parsed) {
    let mut by_code: HashMap<String, usize> = HashMap::new();
    let mut by_name: HashMap<(String, &str), usize> = HashMap::new();
    let mut found: Vec<(usize, usize, Field, bool)> = Vec::new();
    let mut twice: Vec<usize> = Vec::new();
    for (place, row) in parsed.rows.iter().enumerate() {
        if let Some(code) = &row.member.code
            && let Some(first) = by_code.insert(code.clone(), place)
        {
            by_code.insert(code.clone(), first);
            found.push((place, first, Field::Code, true));
            twice.push(place);
            continue;
        }
        let key = (row.member.folded_name(), row.member.kind.code());
        if let Some(first) = by_name.get(&key).copied() {
            let told_apart = parsed.rows.get(first).is_some_and(|other| {
                let differ = |one: &Option<String>, two: &Option<String>| {
                    matches!((one, two), (Some(one), Some(two)) if one != two)
                };
                differ(&other.member.code, &row.member.code)
                    || differ(&other.member.address, &row.member.address)
            });
            found.push((place, first, Field::Name, !told_apart));
            if !told_apart {
                twice.push(place);
            }
        } else {
            by_name.insert(key, place);
        }
    }
    for (place, first, field, is_error) in found {
        let (Some(row), Some(other)) = (parsed.rows.get(place), parsed.rows.get(first)) else {
            continue;
        };
        let sheet_name = |index: usize| {
            parsed
                .sheets
                .get(index)
                .map(|sheet| sheet.name.clone())
                .unwrap_or_default()
        };
        let column = parsed.sheets.get(row.sheet).and_then(|sheet| {
            let column = sheet.columns.iter().find(|column| column.field == field)?;
            Some(column.letters.clone())
        });
        let (sheet, row_number) = (sheet_name(other.sheet), other.row);
        let remark = match (is_error, field) {
            (true, Field::Code) => Remark::Error(Problem::CodeTwiceInFile {
                sheet,
                row: row_number,
            }),
            (true, _) => Remark::Error(Problem::MemberTwiceInFile {
                sheet,
                row: row_number,
            }),
            (false, _) => Remark::Notice(Notice::SameNameInFile {
                sheet,
                row: row_number,
            }),
        };
        let issue = Issue {
            sheet: sheet_name(row.sheet),
            row: row.row,
            column,
            field,
            remark,
        };
        parsed.issues.add(issue);
    }
    let mut place = 0;
    parsed.rows.retain(|_| {
        let keep = !twice.contains(&place);
        place += 1;
        keep
    });
}

#[cfg(test)]
mod tests;
