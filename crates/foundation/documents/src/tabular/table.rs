use std::fmt;

/// One sheet of a workbook, or one delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name of the sheet; for a delimited text the file name without its ending.
    pub sheet: String,
    /// The rows that hold at least one value, in order. Blank rows are left out; the numbers of
    /// the others still count them.
    pub rows: Vec<Row>,
}

/// One row of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Row number as a spreadsheet program shows it, from 1.
    pub number: u32,
    /// The cells from column A to the last one with a value.
    pub cells: Vec<Cell>,
}

/// One cell, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The value: a whole number without ".0", a date as `2026-11-21`, a moment as
    /// `2026-11-21T10:30:00`, a time of day as `10:30:00`, a truth value as `TRUE`/`FALSE`, an
    /// error as `#REF!`. Line ends are `\n`.
    pub text: String,
    /// What the file says that the value is.
    pub kind: CellKind,
}

/// What the file says that a cell's value is. Everything in a delimited text is
/// [`CellKind::Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CellKind {
    /// No value.
    #[default]
    Empty,
    /// Text, also where it looks like a number or a formula.
    Text,
    /// A number without date format.
    Number,
    /// A date, a moment or a time of day.
    Date,
    /// A truth value.
    Boolean,
    /// A formula whose value is an error such as `#REF!`.
    Error,
}

/// Where a value stands, as a person looks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// Name of the sheet.
    pub sheet: String,
    /// Row number from 1.
    pub row: u32,
    /// Column letters: A, B, … Z, AA.
    pub column: String,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sheet \"{}\", row {}, column {}",
            self.sheet, self.row, self.column
        )
    }
}

impl Table {
    /// Where the cell in column `column` (0 is A) of the row numbered `row` stands.
    pub fn position(&self, row: u32, column: usize) -> Position {
        Position {
            sheet: self.sheet.clone(),
            row,
            column: column_letters(column),
        }
    }
}

impl Row {
    /// Text of the cell in column `column` (0 is A), without white space (also U+3000) around
    /// it; empty where there is no cell.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.text.trim())
    }

    /// Whether no cell of the row has more than white space.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.trim().is_empty())
    }
}

impl Cell {
    pub(super) fn of_text(text: String) -> Self {
        let kind = if text.is_empty() {
            CellKind::Empty
        } else {
            CellKind::Text
        };
        Self { text, kind }
    }
}

/// Letters of the column with the index `column`: 0 is A, 25 is Z, 26 is AA.
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        let digit = u8::try_from(rest % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}
