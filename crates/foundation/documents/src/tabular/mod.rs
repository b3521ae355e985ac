//! Bounded reading of tables that come from outside: member rolls, checklists, ledgers.
//!
//! One function, [`read_table`], takes the bytes of an `.xlsx`/`.xlsm` workbook or of a
//! delimited text (comma, tab or semicolon; UTF-8, UTF-16, CP932 or ISO-2022-JP) and gives
//! [`Table`]: text cells with the row number and column letter that a person sees in a
//! spreadsheet program, so that a message can say where something is wrong.
//!
//! The kind of file is judged by its content and never by its name. Macros and formulas are
//! never run: of a formula the value saved beside it is read. Every dimension that a hostile
//! file could inflate is bounded by [`Limits`].

mod delimited;
mod detect;
mod encoding;
mod error;
mod table;
mod workbook;

pub use detect::FileKind;
pub use error::{TabularError, TextEncoding};
pub use table::{Cell, CellKind, Position, Row, Table, column_letters};

/// Bounds on what is read from one outside file.
///
/// A file beyond a bound is refused as a whole with the [`TabularError`] that names the bound;
/// nothing is cut off silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes as uploaded.
    pub file_bytes: u64,
    /// Largest sum of the unpacked sizes of all parts of a workbook, in bytes. Held against the
    /// sizes that the archive declares and, separately, against what really comes out.
    pub unpacked_bytes: u64,
    /// Most parts (files) inside a workbook archive.
    pub archive_parts: usize,
    /// Highest row number that may hold a value.
    pub rows: u32,
    /// Highest column count of any row.
    pub columns: u32,
    /// Longest text of one cell, in characters.
    pub cell_characters: usize,
    /// Largest sum of the texts of all cells, in bytes: one long shared text can be repeated in
    /// every cell of a small file.
    pub text_bytes: u64,
}

impl Default for Limits {
    /// Room for a roll of 100,000 members and for every official form, at a memory use of at
    /// most some 100 MB for a hostile file.
    fn default() -> Self {
        Self {
            file_bytes: 20 << 20,
            unpacked_bytes: 96 << 20,
            archive_parts: 2_000,
            rows: 100_000,
            columns: 256,
            cell_characters: 32_767,
            text_bytes: 48 << 20,
        }
    }
}

/// Reads the first sheet that holds anything, hidden sheets left out.
///
/// `file_name` is used only as the sheet name of a delimited text, which has none of its own.
///
/// # Errors
/// [`TabularError`] says what the file is instead of a table, which bound it exceeds or where
/// it is damaged.
pub fn read_table(bytes: &[u8], file_name: &str, limits: &Limits) -> Result<Table, TabularError> {
    read(bytes, file_name, limits, true)?
        .into_iter()
        .next()
        .ok_or(TabularError::NoRows)
}

/// Reads every visible sheet that holds anything, in the order of the workbook.
///
/// The bounds of `limits` on text hold for all sheets together, those on rows and columns for
/// each.
///
/// # Errors
/// As [`read_table`].
pub fn read_tables(
    bytes: &[u8],
    file_name: &str,
    limits: &Limits,
) -> Result<Vec<Table>, TabularError> {
    let tables = read(bytes, file_name, limits, false)?;
    if tables.is_empty() {
        Err(TabularError::NoRows)
    } else {
        Ok(tables)
    }
}

fn read(
    bytes: &[u8],
    file_name: &str,
    limits: &Limits,
    first_only: bool,
) -> Result<Vec<Table>, TabularError> {
    if bytes.is_empty() {
        return Err(TabularError::EmptyFile);
    }
    let actual = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if actual > limits.file_bytes {
        return Err(TabularError::FileTooLarge {
            actual_bytes: actual,
            limit_bytes: limits.file_bytes,
        });
    }
    match detect::detect(bytes) {
        FileKind::Workbook => workbook::read(bytes, limits, first_only),
        FileKind::Text => {
            let (text, _) = encoding::decode(bytes)?;
            let table = delimited::read(&text, sheet_name(file_name), limits)?;
            Ok(if table.rows.is_empty() {
                Vec::new()
            } else {
                vec![table]
            })
        }
        FileKind::EncryptedWorkbook => Err(TabularError::Encrypted),
        kind => Err(TabularError::NotATable { kind }),
    }
}

fn sheet_name(file_name: &str) -> String {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let clean: String = stem.chars().filter(|c| !c.is_control()).take(80).collect();
    if clean.trim().is_empty() {
        "CSV".to_owned()
    } else {
        clean
    }
}

#[cfg(test)]
mod tests;
