use super::table::{Cell, Row, Table};
use super::{Limits, TabularError};

/// Reads delimited text by RFC 4180, with the leniency of spreadsheet programs: a quotation mark
/// inside an unquoted field is a character, and what follows a closing mark belongs to the field.
/// Only a mark that is never closed is refused, because it swallows the rows after it.
pub(super) fn read(text: &str, sheet: String, limits: &Limits) -> Result<Table, TabularError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let text = text.trim_end_matches('\u{1A}');
    let delimiter = delimiter(text);
    let mut reader = Records {
        table: Table {
            sheet,
            rows: Vec::new(),
        },
        limits,
        cells: Vec::new(),
        field: String::new(),
        field_characters: 0,
        total_bytes: 0,
        record: 1,
    };
    let mut line: u64 = 1;
    let mut opened_in: Option<u64> = None;
    let mut at_field_start = true;
    let mut characters = text.chars().peekable();
    while let Some(mut character) = characters.next() {
        if character == '\r' {
            if characters.peek() == Some(&'\n') {
                characters.next();
            }
            character = '\n';
        }
        if character == '\n' {
            line += 1;
        }
        if opened_in.is_some() {
            if character != '"' {
                reader.push(character)?;
            } else if characters.peek() == Some(&'"') {
                characters.next();
                reader.push('"')?;
            } else {
                opened_in = None;
            }
        } else if character == delimiter {
            reader.end_field()?;
            at_field_start = true;
            continue;
        } else if character == '\n' {
            reader.end_record()?;
            at_field_start = true;
            continue;
        } else if character == '"' && at_field_start {
            opened_in = Some(line);
        } else {
            reader.push(character)?;
        }
        at_field_start = false;
    }
    if let Some(line) = opened_in {
        return Err(TabularError::UnterminatedQuote {
            row: reader.record,
            line,
        });
    }
    reader.end_record()?;
    Ok(reader.table)
}

struct Records<'a> {
    table: Table,
    limits: &'a Limits,
    cells: Vec<Cell>,
    field: String,
    field_characters: usize,
    total_bytes: u64,
    record: u32,
}

impl Records<'_> {
    fn push(&mut self, character: char) -> Result<(), TabularError> {
        self.field_characters += 1;
        if self.field_characters > self.limits.cell_characters {
            return Err(TabularError::CellTooLong {
                position: self.table.position(self.record, self.cells.len()),
                limit: self.limits.cell_characters,
            });
        }
        self.field.push(character);
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), TabularError> {
        let columns = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        if columns >= self.limits.columns && !self.field.is_empty() {
            return Err(TabularError::TooManyColumns {
                position: self.table.position(self.record, self.cells.len()),
                limit: self.limits.columns,
            });
        }
        self.total_bytes += u64::try_from(self.field.len()).unwrap_or(u64::MAX);
        if self.total_bytes > self.limits.text_bytes {
            return Err(TabularError::TooMuchText {
                limit_bytes: self.limits.text_bytes,
            });
        }
        // Beyond the bound only empty fields arrive here: trailing separators are no columns.
        if columns < self.limits.columns {
            let field = std::mem::take(&mut self.field);
            let unmarked = crate::spreadsheet::unmarked(&field).map(str::to_owned);
            self.cells.push(Cell::of_text(unmarked.unwrap_or(field)));
        }
        self.field_characters = 0;
        Ok(())
    }

    fn end_record(&mut self) -> Result<(), TabularError> {
        self.end_field()?;
        while self.cells.last().is_some_and(|cell| cell.text.is_empty()) {
            self.cells.pop();
        }
        let row = Row {
            number: self.record,
            cells: std::mem::take(&mut self.cells),
        };
        if !row.is_blank() {
            if self.record > self.limits.rows {
                return Err(TabularError::TooManyRows {
                    sheet: self.table.sheet.clone(),
                    limit: self.limits.rows,
                });
            }
            self.table.rows.push(row);
        }
        self.record = self.record.saturating_add(1);
        Ok(())
    }
}

/// The separator that the first line with any value uses most, quoted parts left out.
fn delimiter(text: &str) -> char {
    let first = text
        .split(['\n', '\r'])
        .find(|line| {
            line.chars()
                .any(|c| !matches!(c, ',' | ';' | '\t' | ' ' | '"'))
        })
        .unwrap_or_default();
    let mut counts = [(',', 0_usize), ('\t', 0), (';', 0)];
    let mut quoted = false;
    for character in first.chars() {
        if character == '"' {
            quoted = !quoted;
        } else if !quoted {
            for (candidate, count) in &mut counts {
                if *candidate == character {
                    *count += 1;
                }
            }
        }
    }
    let mut best = (',', 0);
    for (candidate, count) in counts {
        if count > best.1 {
            best = (candidate, count);
        }
    }
    best.0
}
