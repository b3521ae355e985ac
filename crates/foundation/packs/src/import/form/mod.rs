//! A table that looks like the official form.
//!
//! The official workbooks were not at hand when this was written, so the reader is liberal: it
//! looks for header rows that name items and answers, for numbered section titles, for heading
//! rows such as「サーバについて、以下を実施している。」, and for rows that begin with an id in any of
//! the forms 1(1), 2(7), （１）, 1-①, 2-⑥, ①. What it cannot place is reported, not guessed.

mod marks;
mod reader;

pub(super) use reader::read;

/// A sheet of a workbook, read by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormTable {
    /// Name of the sheet, for messages.
    pub sheet: String,
    /// The rows in order; empty ones may be left out.
    pub rows: Vec<FormRow>,
}

/// One row of a [`FormTable`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormRow {
    /// Number as a spreadsheet program shows it, from 1.
    pub number: u32,
    /// The cells from column A on, as text. A merged cell has its text in the first cell.
    pub cells: Vec<String>,
}

/// Letters of a column: 0 is A, 26 is AA.
fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        let letters: Vec<String> = [0, 25, 26, 51, 702].map(column_letters).into();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "AAA"]);
    }
}
