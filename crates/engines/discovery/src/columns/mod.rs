//! Which column of a table means what.
//!
//! The caller reads a workbook or CSV into headings and rows of text; [`suggest`] proposes a
//! [`Mapping`] with a score for each column, a person confirms or changes it, and
//! [`Mapping::apply`] turns each row into an [`Observation`]. A mapping is serialisable and knows
//! the fingerprint of its headings, so that the next file of the same form needs no questions.
//!
//! Dates stay text as written (also 令和8年3月31日): the caller's own rules read them.

mod aliases;
mod cells;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::Options;
use crate::model::{
    Field, Incomplete, Observation, Place, Presence, Problem, Reason, Report, SourceKind, Subject,
};
use crate::text;

/// A column is proposed for a field from this score on.
pub const LEAST_SCORE: u8 = 50;

/// What the columns of a table mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Fingerprint of the headings; see [`fingerprint`].
    pub fingerprint: String,
    /// The columns, in the order of the table.
    pub columns: Vec<Column>,
}

/// What one column means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Heading as written.
    pub heading: String,
    /// The field; none keeps the column as a free one.
    pub field: Option<Field>,
    /// How well heading and values fit the field, 0 to 100.
    pub score: u8,
    /// What the proposal rests on.
    pub because: Basis,
}

/// What a proposal rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The heading is a known name of the field.
    Heading,
    /// The heading contains a known name of the field.
    PartOfHeading,
    /// The values have the form of the field.
    Values,
    /// A person said so.
    Person,
    /// Nothing fits.
    None,
}

/// What a row says, with what could not be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The device.
    pub observation: Observation,
    /// Cells that were set aside.
    pub problems: Vec<Problem>,
}

/// Heading in the form in which headings are compared: width and case folded; spaces, marks and
/// the sign of long vowels left out, so that コンピュータ and コンピューター are one.
#[must_use]
pub fn fold_heading(heading: &str) -> String {
    let bounded: String = heading.chars().take(256).collect();
    text::fold_width(&bounded)
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() && *c != 'ー')
        .collect()
}

/// Fingerprint of a heading row: the same for the same columns in the same order, however they
/// are spaced or widened.
#[must_use]
pub fn fingerprint(headers: &[impl AsRef<str>]) -> String {
    let mut hash = Sha256::new();
    for header in headers {
        hash.update(fold_heading(header.as_ref()).as_bytes());
        hash.update([0x1F]);
    }
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn by_alias() -> &'static BTreeMap<String, Field> {
    static INDEX: OnceLock<BTreeMap<String, Field>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = BTreeMap::new();
        for (field, names) in aliases::ALIASES {
            for name in *names {
                index.entry(fold_heading(name)).or_insert(*field);
            }
        }
        index
    })
}

/// Proposes a mapping from the headings and some rows of values.
///
/// Each field goes to the column that fits it best; only fields of several values
/// ([`Field::is_multiple`]) may have several columns.
#[must_use]
pub fn suggest(headers: &[impl AsRef<str>], sample_rows: &[Vec<String>]) -> Mapping {
    let mut columns: Vec<Column> = headers
        .iter()
        .enumerate()
        .map(|(index, heading)| {
            let values: Vec<&str> = sample_rows
                .iter()
                .take(200)
                .filter_map(|row| row.get(index))
                .map(|value| value.trim())
                .filter(|value| !value.is_empty())
                .collect();
            propose(heading.as_ref(), &values)
        })
        .collect();
    let mut taken: BTreeMap<Field, (u8, usize)> = BTreeMap::new();
    for (index, column) in columns.iter().enumerate() {
        let Some(field) = column.field else { continue };
        let best = taken.entry(field).or_insert((column.score, index));
        if column.score > best.0 {
            *best = (column.score, index);
        }
    }
    for (index, column) in columns.iter_mut().enumerate() {
        let Some(field) = column.field else { continue };
        let is_best = taken.get(&field).is_some_and(|(_, best)| *best == index);
        if !is_best && !field.is_multiple() {
            column.field = None;
            column.because = Basis::None;
            column.score = 0;
        }
    }
    Mapping {
        fingerprint: fingerprint(headers),
        columns,
    }
}

fn propose(heading: &str, values: &[&str]) -> Column {
    let (field, score, because) = by_heading(heading)
        .map(|(field, score, because)| {
            let fit = cells::fit(field, values);
            let score = match fit {
                cells::Fit::Good => score.saturating_add(5).min(100),
                cells::Fit::Unknown => score,
                cells::Fit::Bad => score / 2,
            };
            (field, score, because)
        })
        .filter(|(_, score, _)| *score >= LEAST_SCORE)
        .or_else(|| cells::field_of_values(values).map(|field| (field, 60, Basis::Values)))
        .map_or((None, 0, Basis::None), |(field, score, because)| {
            (Some(field), score, because)
        });
    Column {
        heading: heading.to_owned(),
        field,
        score,
        because,
    }
}

fn by_heading(heading: &str) -> Option<(Field, u8, Basis)> {
    let index = by_alias();
    let whole = fold_heading(heading);
    if whole.is_empty() {
        return None;
    }
    if let Some(field) = index.get(&whole) {
        return Some((*field, 95, Basis::Heading));
    }
    // "IPアドレス1", "MACアドレス２", "管理番号(資産番号)", "①所管部署"
    let without_numbers = whole.trim_matches(|c: char| c.is_ascii_digit());
    if let Some(field) = index.get(without_numbers) {
        return Some((*field, 90, Basis::Heading));
    }
    let widened = text::fold_width(heading);
    let before_parenthesis = widened
        .split(['(', '[', '【', '\n', '※'])
        .next()
        .unwrap_or_default();
    if let Some(field) = index.get(&fold_heading(before_parenthesis)) {
        return Some((*field, 88, Basis::Heading));
    }
    // The longest name within the heading decides; short ones ("OS", "IP") stand in too many
    // words to say anything.
    index
        .iter()
        .filter(|(name, _)| name.chars().count() >= 3 && whole.contains(name.as_str()))
        .max_by_key(|(name, _)| name.chars().count())
        .map(|(name, field)| {
            let share = name.chars().count() * 100 / whole.chars().count().max(1);
            let score = 45 + u8::try_from(share * 35 / 100).unwrap_or(35);
            (*field, score, Basis::PartOfHeading)
        })
}

impl Mapping {
    /// Whether the mapping was made for a table with these headings.
    #[must_use]
    pub fn fits(&self, headers: &[impl AsRef<str>]) -> bool {
        self.fingerprint == fingerprint(headers)
    }

    /// Says what a column means, as a person decided. An index beyond the table changes nothing.
    pub fn decide(&mut self, column: usize, field: Option<Field>) {
        if let Some(column) = self.columns.get_mut(column) {
            column.field = field;
            column.score = 100;
            column.because = Basis::Person;
        }
    }

    /// The fields that the table speaks about.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<Field> {
        self.columns
            .iter()
            .filter_map(|column| column.field)
            .collect()
    }

    /// Reads one row. `row` is its number as a spreadsheet program counts.
    ///
    /// # Errors
    /// The problems of the row where nothing in it names a device.
    pub fn apply(
        &self,
        row: u64,
        cells: &[impl AsRef<str>],
        options: &Options,
    ) -> Result<Applied, Vec<Problem>> {
        let mut reader = cells::RowReader::new(row, options);
        for (index, column) in self.columns.iter().enumerate() {
            let value = cells.get(index).map_or("", |cell| cell.as_ref().trim());
            if !value.is_empty() {
                reader.cell(index, column, value);
            }
        }
        let (mut device, seen_at, mut problems) = reader.finish();
        if device.is_blank() {
            problems.push(Problem {
                place: Place::Row(row),
                reason: Reason::Missing {
                    what: "a name, number or address of the device".to_owned(),
                },
            });
            return Err(problems);
        }
        device.canonicalise();
        Ok(Applied {
            observation: Observation {
                device,
                subject: Subject::Device,
                presence: Presence::Listed,
                seen_at,
                place: Place::Row(row),
            },
            problems,
        })
    }

    /// Reads all rows into a report. The number of a row stands before its cells.
    pub fn read<'r, C: AsRef<str> + 'r>(
        &self,
        rows: impl IntoIterator<Item = (u64, &'r [C])>,
        options: &Options,
    ) -> Report {
        let mut report = Report::empty(SourceKind::Table);
        let note = |report: &mut Report, problems: Vec<Problem>| {
            for problem in problems {
                if report.problems.len() < options.limits.problems {
                    report.problems.push(problem);
                } else {
                    report.further_problems += 1;
                }
            }
        };
        for (number, cells) in rows {
            if cells.iter().all(|cell| cell.as_ref().trim().is_empty()) {
                continue;
            }
            if report.observations.len() >= options.limits.records {
                let reason = Reason::TooMany {
                    what: "rows".to_owned(),
                    limit: options.limits.records,
                };
                let place = Place::Row(number);
                note(&mut report, vec![Problem { place, reason }]);
                report.stop(Incomplete::Bound);
                break;
            }
            match self.apply(number, cells, options) {
                Ok(applied) => {
                    report.observations.push(applied.observation);
                    note(&mut report, applied.problems);
                }
                Err(problems) => note(&mut report, problems),
            }
        }
        report
    }
}

#[cfg(test)]
mod tests;
