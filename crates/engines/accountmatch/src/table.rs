//! Tables out of workbooks and delimited text: headings, and rows of text with their numbers.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetVisible, Xlsx};
use zip::ZipArchive;

use crate::limits::Limits;
use crate::problem::ReadError;
use crate::text;

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the sheet, or of the file.
    pub name: String,
    /// Headings, white space around them removed.
    pub headings: Vec<String>,
    /// Rows below the headings with their number, from 1 as a spreadsheet program counts.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Whether bytes had to be replaced, and in which encoding.
    pub undecodable: Option<String>,
    /// Whether the text ends inside quotation marks.
    pub cut_off: bool,
}

impl Sheet {
    /// Text of a cell without white space around it; empty where there is none.
    #[must_use]
    pub fn cell(row: &[String], column: usize) -> &str {
        row.get(column).map_or("", |cell| cell.trim())
    }
}

/// Reads every sheet of a workbook, or a delimited text (comma, tab, semicolon).
///
/// `is_heading` tells how many cells of a row are understood as headings; of the first twenty
/// rows the one with most is taken, so that titles above a table do no harm.
///
/// # Errors
/// [`ReadError`] where nothing can be read.
pub fn read(
    bytes: &[u8],
    name: &str,
    limits: &Limits,
    headings_of: &dyn Fn(&[String]) -> usize,
) -> Result<Vec<Sheet>, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.bytes {
        return Err(ReadError::TooLarge {
            limit: limits.bytes,
        });
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(ReadError::Encrypted);
    }
    let raw = if bytes.starts_with(b"PK\x03\x04") {
        catch_unwind(AssertUnwindSafe(|| workbook(bytes, limits))).unwrap_or_else(|_| {
            Err(ReadError::Damaged {
                detail: "the workbook reader gave up".to_owned(),
            })
        })?
    } else {
        vec![delimited(bytes, name, limits)?]
    };
    let sheets: Vec<Sheet> = raw
        .into_iter()
        .filter_map(|sheet| with_headings(sheet, headings_of))
        .collect();
    if sheets.is_empty() {
        return Err(ReadError::NoRecords);
    }
    Ok(sheets)
}

fn with_headings(mut sheet: Sheet, headings_of: &dyn Fn(&[String]) -> usize) -> Option<Sheet> {
    let mut best = (0_usize, 0_usize);
    for (index, (_, row)) in sheet.rows.iter().take(20).enumerate() {
        let understood = headings_of(row);
        if understood > best.1 {
            best = (index, understood);
        }
    }
    let mut rows = std::mem::take(&mut sheet.rows).into_iter().skip(best.0);
    let (_, headings) = rows.next()?;
    sheet.headings = headings
        .into_iter()
        .map(|heading| heading.trim().to_owned())
        .collect();
    sheet.rows = rows.collect();
    Some(sheet)
}

fn delimited(bytes: &[u8], name: &str, limits: &Limits) -> Result<Sheet, ReadError> {
    let decoded = text::decode(bytes);
    let mut content = decoded.text.as_str();
    // PowerShell writes the type of the objects above the headings unless told not to.
    let mut skipped = 0_u64;
    while content.starts_with("#TYPE") {
        let (_, rest) = content.split_once('\n').unwrap_or((content, ""));
        content = rest;
        skipped += 1;
    }
    let mut sheet = Sheet {
        name: name.to_owned(),
        undecodable: decoded.lossy.map(str::to_owned),
        cut_off: content.matches('"').count() % 2 == 1 && !content.ends_with(['\n', '\r']),
        ..Sheet::default()
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(content))
        .from_reader(content.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut lines = Lines {
        text: content.as_bytes(),
        at: 0,
        line: 1,
    };
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|error| ReadError::Damaged {
                detail: error.to_string(),
            })?;
        if !more {
            break;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let at = record.position().map_or(0, csv::Position::byte);
        let line = lines.at(usize::try_from(at).unwrap_or(usize::MAX)) + skipped;
        let cells = record.iter().take(limits.columns).map(str::to_owned);
        push(&mut sheet, line, cells.collect(), limits)?;
    }
    Ok(sheet)
}

/// Numbers of lines by offset. The parser's own count is one short after `\r\n`.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line, from 1, of the first character at or after `offset` that is no line end.
    fn at(&mut self, offset: usize) -> u64 {
        let mut target = offset.min(self.text.len());
        while self
            .text
            .get(target)
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
        {
            target += 1;
        }
        let passed = self.text.get(self.at..target).unwrap_or_default();
        let ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(ends).unwrap_or_default();
        self.at = self.at.max(target);
        self.line
    }
}

fn push(sheet: &mut Sheet, row: u64, cells: Vec<String>, limits: &Limits) -> Result<(), ReadError> {
    // Room for headings and titles above the records.
    if sheet.rows.len() >= limits.records.saturating_add(20) {
        return Err(ReadError::TooMany {
            limit: limits.records,
        });
    }
    sheet.rows.push((row, cells));
    Ok(())
}

/// The separator that the first lines hold most of.
fn delimiter(content: &str) -> u8 {
    let head: Vec<&str> = content.lines().take(5).collect();
    let count = |letter: char| head.iter().map(|line| line.matches(letter).count()).sum();
    let counts: [(u8, usize); 3] = [(b',', count(',')), (b'\t', count('\t')), (b';', count(';'))];
    let mut best = (b',', 0);
    for (letter, found) in counts {
        if found > best.1 {
            best = (letter, found);
        }
    }
    // Values of directories hold semicolons within commas.
    if best.0 == b';' && head.first().is_some_and(|line| line.contains(',')) {
        return b',';
    }
    best.0
}

/// Unpacks every part once into nothing, so that neither declared nor real sizes exceed the
/// bound and damage is found before anything is parsed.
fn check_archive(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let damaged = |error: &dyn std::fmt::Display| ReadError::Damaged {
        detail: error.to_string(),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if archive.len() > 2_000 {
        return Err(ReadError::TooLarge {
            limit: limits.unpacked_bytes,
        });
    }
    let mut remaining = limits.unpacked_bytes;
    let mut buffer = vec![0_u8; 64 << 10];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| damaged(&error))?;
        loop {
            let count = part.read(&mut buffer).map_err(|error| damaged(&error))?;
            if count == 0 {
                break;
            }
            remaining = remaining
                .checked_sub(u64::try_from(count).unwrap_or(u64::MAX))
                .ok_or(ReadError::TooLarge {
                    limit: limits.unpacked_bytes,
                })?;
        }
    }
    Ok(())
}

fn workbook(bytes: &[u8], limits: &Limits) -> Result<Vec<Sheet>, ReadError> {
    check_archive(bytes, limits)?;
    let damaged = |error: &dyn std::fmt::Display| ReadError::Damaged {
        detail: error.to_string(),
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut sheets = Vec::new();
    let mut characters = limits.unpacked_bytes;
    for name in names {
        let mut sheet = Sheet {
            name: name.clone(),
            ..Sheet::default()
        };
        // Streamed: a range would allocate every cell up to a value in the far corner.
        let mut cells = book
            .worksheet_cells_reader(&name)
            .map_err(|error| damaged(&error))?;
        let mut current: (u64, Vec<String>) = (0, Vec::new());
        while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
            let (row, column) = cell.get_position();
            let (row, column) = (
                u64::from(row) + 1,
                usize::try_from(column).unwrap_or(usize::MAX),
            );
            let value = cell_text(cell.get_value());
            if value.is_empty() || column >= limits.columns {
                continue;
            }
            characters = characters
                .checked_sub(u64::try_from(value.len()).unwrap_or(u64::MAX))
                .ok_or(ReadError::TooLarge {
                    limit: limits.unpacked_bytes,
                })?;
            if row != current.0 {
                let (number, cells) = std::mem::replace(&mut current, (row, Vec::new()));
                if !cells.is_empty() {
                    push(&mut sheet, number, cells, limits)?;
                }
            }
            if current.1.len() <= column {
                current.1.resize_with(column + 1, String::new);
            }
            if let Some(place) = current.1.get_mut(column) {
                *place = value;
            }
        }
        if !current.1.is_empty() {
            push(&mut sheet, current.0, current.1, limits)?;
        }
        if !sheet.rows.is_empty() {
            sheets.push(sheet);
        }
    }
    Ok(sheets)
}

fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if *number == number.trunc() && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => {
            if moment.is_duration() || !(1.0..2_958_466.0).contains(&moment.as_f64()) {
                return moment.as_f64().to_string();
            }
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
    }
}
