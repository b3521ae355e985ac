//! Writing of spreadsheets: xlsx workbooks that print well on A4, and CSV.
//!
//! Text is always written as text. A value such as `=cmd|…` stays what was typed: in a workbook
//! its cell has the type text, in CSV it is marked with an apostrophe ([`csv_field`]), because a
//! CSV has no types and spreadsheet programs run what looks like a formula.

mod csv_text;
mod workbook;

use time::Date;

pub(crate) use csv_text::unmarked;
pub use csv_text::{csv_field, write_csv};

use crate::Language;
use crate::messages::Explain;

/// A workbook to be written.
///
/// ```
/// use yagura_documents::Language;
/// use yagura_documents::spreadsheet::{Cell, Column, Sheet, Workbook};
///
/// let mut sheet = Sheet::new("名簿", [Column::new("名称", 30.0), Column::new("病床数", 8.0)]);
/// sheet.header();
/// sheet.row([Cell::text("みなと医院"), Cell::Integer(19)]);
/// let mut workbook = Workbook::new("会員名簿", Language::Japanese);
/// workbook.push(sheet);
/// let bytes = workbook.to_bytes()?;
/// # assert!(bytes.starts_with(b"PK"));
/// # Ok::<(), yagura_documents::spreadsheet::SpreadsheetError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Workbook {
    title: String,
    language: Language,
    created: Option<Date>,
    demo: bool,
    footer: String,
    sheets: Vec<Sheet>,
}

/// One sheet of a [`Workbook`]: columns, and lines added from top to bottom.
#[derive(Debug, Clone)]
pub struct Sheet {
    name: String,
    columns: Vec<Column>,
    lines: Vec<Line>,
    orientation: Orientation,
    tab_colour: Option<u32>,
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    heading: String,
    /// Width in half-width characters of the default font.
    width: f64,
    /// What a spreadsheet program offers for each cell of the rows.
    choices: Vec<String>,
}

/// How a sheet lies on A4 when printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// Upright.
    #[default]
    Portrait,
    /// Lying.
    Landscape,
}

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value; the cell still has its border.
    Empty,
    /// Text, never a formula.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A date, shown by era in a Japanese workbook and as 2026-11-21 in an English one.
    Date(Date),
    /// A ratio: 0.5 is shown as 50 %.
    Percent(f64),
}

impl Cell {
    /// A text cell; empty text is an empty cell.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text)
        }
    }

    /// A date cell, empty where there is no date.
    pub fn date(date: Option<Date>) -> Self {
        date.map_or(Self::Empty, Self::Date)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Date> for Cell {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

#[derive(Debug, Clone)]
enum Line {
    Title(String),
    Note(String),
    /// Label and value pairs of a document's head, the value spanning the remaining columns.
    Field(String, Cell),
    Blank,
    Header,
    Section(String),
    Group(String),
    Row(Vec<Cell>),
}

impl Column {
    /// A column with its heading and its width in half-width characters.
    pub fn new(heading: impl Into<String>, width: f64) -> Self {
        Self {
            heading: heading.into(),
            width,
            choices: Vec::new(),
        }
    }

    /// Lets a spreadsheet program offer these texts in each row and refuse others. Together at
    /// most some 250 characters, without commas.
    #[must_use]
    pub fn choices(mut self, choices: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }
}

impl Sheet {
    /// An empty sheet. Characters that Excel forbids in a sheet name are replaced and the name is
    /// cut to 31 characters.
    pub fn new(name: impl AsRef<str>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            name: sheet_name(name.as_ref()),
            columns: columns.into_iter().collect(),
            lines: Vec::new(),
            orientation: Orientation::Portrait,
            tab_colour: None,
        }
    }

    /// Prints the sheet lying on A4.
    #[must_use]
    pub fn landscape(mut self) -> Self {
        self.orientation = Orientation::Landscape;
        self
    }

    /// Colours the sheet's tab, `0xRRGGBB`.
    #[must_use]
    pub fn tab_colour(mut self, colour: u32) -> Self {
        self.tab_colour = Some(colour);
        self
    }

    /// A large line across all columns.
    pub fn title(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Title(text.into()));
    }

    /// An explaining line across all columns.
    pub fn note(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Note(text.into()));
    }

    /// A label in the first columns and its value beside it.
    pub fn field(&mut self, label: impl Into<String>, value: impl Into<Cell>) {
        self.lines.push(Line::Field(label.into(), value.into()));
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.lines.push(Line::Blank);
    }

    /// The column headings. The first header stays in sight when scrolling and is repeated on
    /// every printed page.
    pub fn header(&mut self) {
        self.lines.push(Line::Header);
    }

    /// A section heading across all columns.
    pub fn section(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Section(text.into()));
    }

    /// A heading below a section, across all columns.
    pub fn group(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Group(text.into()));
    }

    /// A row of values, one for each column from the first.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.lines.push(Line::Row(cells.into_iter().collect()));
    }
}

impl Workbook {
    /// An empty workbook. `title` goes into the document properties and the printed head.
    pub fn new(title: impl Into<String>, language: Language) -> Self {
        Self {
            title: title.into(),
            language,
            created: None,
            demo: false,
            footer: String::new(),
            sheets: Vec::new(),
        }
    }

    /// Adds a sheet. Two sheets with one name get numbers.
    pub fn push(&mut self, sheet: Sheet) {
        self.sheets.push(sheet);
    }

    /// Day that the document properties give as day of creation; without it 1 January 2000, so
    /// that the same data always give the same bytes.
    #[must_use]
    pub fn created(mut self, date: Date) -> Self {
        self.created = Some(date);
        self
    }

    /// Prints the words 見本データ (sample data) on every page.
    #[must_use]
    pub fn demo(mut self, demo: bool) -> Self {
        self.demo = demo;
        self
    }

    /// Text at the left of every printed foot, such as the state code.
    #[must_use]
    pub fn footer(mut self, text: impl Into<String>) -> Self {
        self.footer = text.into();
        self
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// [`SpreadsheetError`] where the data exceed what the format can hold (1,048,576 rows,
    /// 16,384 columns).
    pub fn to_bytes(&self) -> Result<Vec<u8>, SpreadsheetError> {
        workbook::write(self)
    }
}

/// Why a workbook or CSV could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SpreadsheetError {
    /// The xlsx writer refused the data.
    #[error("the workbook could not be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The CSV writer failed.
    #[error("the CSV could not be written")]
    Csv(#[from] csv::Error),
}

impl Explain for SpreadsheetError {
    fn message_key(&self) -> &'static str {
        "spreadsheet-failed"
    }

    fn message_arguments(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// A name that Excel accepts: no `[ ] : * ? / \`, no apostrophe at either end, 1 to 31 characters.
fn sheet_name(name: &str) -> String {
    let clean: String = crate::text::without_controls(name)
        .chars()
        .map(|c| {
            if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\n' | '\t') {
                '_'
            } else {
                c
            }
        })
        .collect();
    // Excel counts UTF-16 units.
    let mut units = 0;
    let cut: String = clean
        .trim()
        .trim_matches('\'')
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= 31
        })
        .collect();
    let cut = cut.trim().trim_matches('\'');
    if cut.is_empty() {
        "Sheet".to_owned()
    } else {
        cut.to_owned()
    }
}

#[cfg(test)]
mod tests;
