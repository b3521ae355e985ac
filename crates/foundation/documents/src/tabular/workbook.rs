use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::table::{Cell, CellKind, Row, Table};
use super::{FileKind, Limits, TabularError};

pub(super) fn read(
    bytes: &[u8],
    limits: &Limits,
    first_only: bool,
) -> Result<Vec<Table>, TabularError> {
    check_archive(bytes, limits)?;
    // The workbook reader is a large parser of hostile input; a panic in it is a damaged file
    // for the person who sent it, not a failed request.
    catch_unwind(AssertUnwindSafe(|| read_sheets(bytes, limits, first_only))).unwrap_or_else(|_| {
        Err(TabularError::Damaged {
            detail: "the workbook reader gave up".to_owned(),
        })
    })
}

/// Unpacks every part once into nothing, so that neither the sizes that the archive declares nor
/// those that it really has can exceed the bound, and so that a cut-off or altered part is found
/// by its check sum before anything is parsed.
fn check_archive(bytes: &[u8], limits: &Limits) -> Result<(), TabularError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > limits.archive_parts {
        return Err(TabularError::TooManyParts {
            limit: limits.archive_parts,
        });
    }
    let too_large = TabularError::UnpacksTooLarge {
        limit_bytes: limits.unpacked_bytes,
    };
    let mut declared: u64 = 0;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(damaged)?;
        if part.encrypted() {
            return Err(TabularError::Encrypted);
        }
        declared = declared.saturating_add(part.size());
        if declared > limits.unpacked_bytes {
            return Err(too_large);
        }
    }
    let mut remaining = limits.unpacked_bytes;
    let mut buffer = vec![0_u8; 64 << 10];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(damaged)?;
        loop {
            let count = part.read(&mut buffer).map_err(damaged)?;
            if count == 0 {
                break;
            }
            remaining = remaining
                .checked_sub(u64::try_from(count).unwrap_or(u64::MAX))
                .ok_or_else(|| too_large.clone())?;
        }
    }
    Ok(())
}

fn read_sheets(
    bytes: &[u8],
    limits: &Limits,
    first_only: bool,
) -> Result<Vec<Table>, TabularError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(workbook_error)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut tables = Vec::new();
    let mut text_bytes: u64 = 0;
    for name in names {
        let table = read_sheet(&mut workbook, name, limits, &mut text_bytes)?;
        if table.rows.is_empty() {
            continue;
        }
        tables.push(table);
        if first_only {
            break;
        }
    }
    Ok(tables)
}

/// Streams the cells: the reader's own ranges allocate every cell between the first and the last
/// one, which a single value in the far corner of the sheet turns into gigabytes.
fn read_sheet(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: String,
    limits: &Limits,
    text_bytes: &mut u64,
) -> Result<Table, TabularError> {
    let mut cells = workbook
        .worksheet_cells_reader(&name)
        .map_err(workbook_error)?;
    let mut table = Table {
        sheet: name,
        rows: Vec::new(),
    };
    let mut current = Row {
        number: 0,
        cells: Vec::new(),
    };
    while let Some(found) = cells.next_cell().map_err(workbook_error)? {
        let (row_index, column_index) = found.get_position();
        let cell = cell_of(found.get_value());
        if cell.text.is_empty() {
            continue;
        }
        let number = row_index.saturating_add(1);
        let column = usize::try_from(column_index).unwrap_or(usize::MAX);
        if number > limits.rows {
            return Err(TabularError::TooManyRows {
                sheet: table.sheet,
                limit: limits.rows,
            });
        }
        if column_index >= limits.columns {
            return Err(TabularError::TooManyColumns {
                position: table.position(number, column),
                limit: limits.columns,
            });
        }
        if cell.text.len() > limits.cell_characters
            && cell.text.chars().count() > limits.cell_characters
        {
            return Err(TabularError::CellTooLong {
                position: table.position(number, column),
                limit: limits.cell_characters,
            });
        }
        *text_bytes = text_bytes.saturating_add(u64::try_from(cell.text.len()).unwrap_or(u64::MAX));
        if *text_bytes > limits.text_bytes {
            return Err(TabularError::TooMuchText {
                limit_bytes: limits.text_bytes,
            });
        }
        if number < current.number {
            return Err(TabularError::Damaged {
                detail: format!("row {number} stands after row {}", current.number),
            });
        }
        if number > current.number {
            keep(&mut table, &mut current);
            current.number = number;
        }
        if current.cells.len() <= column {
            current.cells.resize_with(column + 1, Cell::default);
        }
        if let Some(place) = current.cells.get_mut(column) {
            *place = cell;
        }
    }
    keep(&mut table, &mut current);
    Ok(table)
}

fn keep(table: &mut Table, row: &mut Row) {
    let row = Row {
        number: row.number,
        cells: std::mem::take(&mut row.cells),
    };
    if !row.is_blank() {
        table.rows.push(row);
    }
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    let (text, kind) = match value {
        DataRef::Empty => (String::new(), CellKind::Empty),
        DataRef::String(text) => (line_ends(text), CellKind::Text),
        DataRef::SharedString(text) => (line_ends(text), CellKind::Text),
        DataRef::Int(number) => (number.to_string(), CellKind::Number),
        DataRef::Float(number) => (number_text(*number), CellKind::Number),
        DataRef::Bool(truth) => (
            if *truth { "TRUE" } else { "FALSE" }.to_owned(),
            CellKind::Boolean,
        ),
        DataRef::DateTime(moment) => moment_cell(moment),
        DataRef::DateTimeIso(text) => (
            text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
            CellKind::Date,
        ),
        DataRef::DurationIso(text) => (text.clone(), CellKind::Text),
        DataRef::Error(error) => (error.to_string(), CellKind::Error),
    };
    Cell { text, kind }
}

fn line_ends(text: &str) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    }
}

/// A spreadsheet program stores binary fractions and shows at most 15 digits; more would turn
/// 0.3 into 0.30000000000000004.
fn number_text(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    match format!("{number:.14e}").parse::<f64>() {
        Ok(rounded) => rounded.to_string(),
        Err(_) => number.to_string(),
    }
}

fn moment_cell(moment: &ExcelDateTime) -> (String, CellKind) {
    let serial = moment.as_f64();
    if moment.is_duration() || !(0.0..2_958_466.0).contains(&serial) {
        return (number_text(serial), CellKind::Number);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    let text = if serial < 1.0 {
        time
    } else if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date}T{time}")
    };
    (text, CellKind::Date)
}

fn workbook_error(error: XlsxError) -> TabularError {
    match error {
        XlsxError::Password => TabularError::Encrypted,
        XlsxError::FileNotFound(part) if part.starts_with("xl/workbook") => {
            TabularError::NotATable {
                kind: FileKind::Archive,
            }
        }
        other => damaged(other),
    }
}

fn damaged(error: impl std::fmt::Display) -> TabularError {
    TabularError::Damaged {
        detail: error.to_string(),
    }
}
