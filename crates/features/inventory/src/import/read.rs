use discovery::columns::{Mapping, suggest};
use discovery::model::SourceKind;
use discovery::{Options, ReadError};
use yagura_documents::tabular::{Limits, Table, TabularError, read_tables};

use super::{FileContent, LONGEST_CELL, SourceFile, SourceTable};

/// Among how many rows at the top the headings are looked for.
const HEADING_ROWS: usize = 15;
/// From how many rows the proposal of what a column means is made.
const SAMPLE: usize = 200;
/// How many columns must be recognised for a sheet to be taken for a ledger of devices.
const LEAST_COLUMNS: usize = 2;

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No kind that is read, or cut off before anything.
    #[error(transparent)]
    Tool(#[from] ReadError),
    /// Not a table that can be read.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// A table without a row in which two headings are recognised.
    #[error("no row with headings was found")]
    NoHeadings,
}

/// Reads a file of any kind that is known. `remembered` gives what columns with a fingerprint of
/// headings were assigned to before.
///
/// # Errors
/// [`FileError`]; what is wrong within a readable file stands in its report instead.
pub fn read_file(
    bytes: &[u8],
    file_name: &str,
    remembered: &dyn Fn(&str) -> Option<Mapping>,
) -> Result<Vec<SourceFile>, FileError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty.into());
    }
    let kind = discovery::detect(bytes, file_name);
    if let Some(kind) = kind.filter(|kind| *kind != SourceKind::Table) {
        let report = discovery::readers::read_as(kind, bytes, &Options::default())?;
        return Ok(vec![SourceFile {
            name: file_name.to_owned(),
            content: FileContent::Report(Box::new(report)),
        }]);
    }
    let limits = Limits::default();
    let tables = match read_tables(bytes, file_name, &limits) {
        Ok(tables) => tables,
        // To somebody who sent a tool's output it says nothing that it is no workbook either.
        Err(TabularError::NotATable { .. }) if kind.is_none() => {
            return Err(ReadError::Unknown.into());
        }
        Err(error) => return Err(error.into()),
    };
    let are_several = tables.len() > 1;
    let found: Vec<SourceFile> = tables
        .iter()
        .filter_map(|table| {
            let content = FileContent::Table(source_table(table, remembered)?);
            let name = match are_several {
                true => format!("{file_name} ({})", table.sheet),
                false => file_name.to_owned(),
            };
            Some(SourceFile { name, content })
        })
        .collect();
    match (found.is_empty(), kind) {
        (false, _) => Ok(found),
        (true, None) if !bytes.starts_with(b"PK") => Err(ReadError::Unknown.into()),
        (true, _) => Err(FileError::NoHeadings),
    }
}

fn source_table(
    table: &Table,
    remembered: &dyn Fn(&str) -> Option<Mapping>,
) -> Option<SourceTable> {
    let texts = |row: &yagura_documents::tabular::Row| -> Vec<String> {
        let width = row.cells.len();
        (0..width)
            .map(|column| row.text(column).chars().take(LONGEST_CELL).collect())
            .collect()
    };
    let rows: Vec<(u64, Vec<String>)> = table
        .rows
        .iter()
        .map(|row| (u64::from(row.number), texts(row)))
        .collect();
    let (at, mapping) = (0..rows.len().min(HEADING_ROWS))
        .filter_map(|at| {
            let (_, headings) = rows.get(at)?;
            let sample: Vec<Vec<String>> = rows
                .iter()
                .skip(at + 1)
                .take(SAMPLE)
                .map(|(_, cells)| cells.clone())
                .collect();
            let mapping = suggest(headings, &sample);
            let by_heading = mapping
                .columns
                .iter()
                .filter(|column| {
                    column.field.is_some() && column.because != discovery::columns::Basis::Values
                })
                .count();
            (by_heading >= LEAST_COLUMNS).then_some((at, by_heading, mapping))
        })
        // Of rows with as many headings the first: a row of values may look like one.
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(at, _, mapping)| (at, mapping))?;
    let (header_row, headings) = rows.get(at)?.clone();
    let known = remembered(&mapping.fingerprint).filter(|known| known.fits(&headings));
    Some(SourceTable {
        header_row,
        headings,
        is_remembered: known.is_some(),
        mapping: known.unwrap_or(mapping),
        rows: rows.into_iter().skip(at + 1).collect(),
    })
}

/// What a table says as its columns are assigned.
#[must_use]
pub(super) fn map_columns(table: &SourceTable) -> discovery::model::Report {
    let rows = table
        .rows
        .iter()
        .map(|(number, cells)| (*number, cells.as_slice()));
    table.mapping.read(rows, &Options::default())
}
