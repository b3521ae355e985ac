use std::borrow::Cow;

use super::{Cell, SpreadsheetError};

/// The characters with which spreadsheet programs start a formula; in East Asian versions also
/// their full-width forms (OWASP, "CSV Injection").
const FORMULA_STARTS: &[char] = &[
    '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\u{2212}',
];

/// Marks a text that a spreadsheet program would take for a formula with an apostrophe in front.
/// [`crate::tabular::read_table`] takes the mark away again.
///
/// A text that starts with an apostrophe before such a character is marked too, so that reading
/// back what was written always gives the same text.
pub fn csv_field(text: &str) -> Cow<'_, str> {
    let after_apostrophes = text.trim_start_matches('\'');
    if after_apostrophes.starts_with(FORMULA_STARTS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`csv_field`] marked.
pub(crate) fn unmarked(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('\'')?;
    rest.trim_start_matches('\'')
        .starts_with(FORMULA_STARTS)
        .then_some(rest)
}

/// Writes rows as CSV for Excel: UTF-8 with byte order mark, CRLF line ends, dates as 2026-11-21,
/// ratios as `50%`, texts through [`csv_field`].
///
/// # Errors
/// [`SpreadsheetError::Csv`] if memory cannot be written, which does not happen in practice.
pub fn write_csv(
    rows: impl IntoIterator<Item = impl IntoIterator<Item = Cell>>,
) -> Result<Vec<u8>, SpreadsheetError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(b"\xEF\xBB\xBF".to_vec());
    for row in rows {
        for cell in row {
            match cell {
                Cell::Empty => writer.write_field("")?,
                Cell::Text(text) => {
                    writer
                        .write_field(csv_field(&crate::text::without_controls(&text)).as_ref())?;
                }
                Cell::Integer(number) => writer.write_field(number.to_string())?,
                Cell::Date(date) => writer.write_field(date.to_string())?,
                Cell::Percent(ratio) => {
                    writer.write_field(format!("{}%", (ratio * 1000.0).round() / 10.0))?;
                }
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer
        .into_inner()
        .map_err(|error| SpreadsheetError::Csv(error.into_error().into()))
}
