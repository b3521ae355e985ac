//! Why an outside file is not taken, and where in it.

use std::fmt;

use thiserror::Error;

/// An outside file was refused. Nothing of it was taken.
///
/// The display text is for logs; a person reads the message catalogue's text for
/// [`ImportError::message_key`], which also says how to mend the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct ImportError {
    /// What is wrong.
    pub problem: ImportProblem,
    /// Where.
    pub place: ImportPlace,
}

/// Where in an outside file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImportPlace {
    /// The file as a whole.
    File,
    /// A line and column, both from 1.
    Line {
        /// Line.
        line: usize,
        /// Column in characters.
        column: usize,
    },
    /// A JSON pointer (RFC 6901); also used for YAML.
    Pointer(String),
    /// A cell of a table.
    Cell {
        /// Sheet name.
        sheet: String,
        /// Row as spreadsheet programs number it.
        row: u32,
        /// Column letters.
        column: String,
    },
}

impl fmt::Display for ImportPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Line { line, column } => write!(f, "line {line}, column {column}"),
            Self::Pointer(pointer) if pointer.is_empty() => f.write_str("/"),
            Self::Pointer(pointer) => f.write_str(pointer),
            Self::Cell { sheet, row, column } => {
                write!(f, "sheet \"{sheet}\", row {row}, column {column}")
            }
        }
    }
}

/// What can be wrong with an outside file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportProblem {
    /// It is larger than allowed.
    #[error("{actual_bytes} bytes, more than {limit_bytes}")]
    TooLarge {
        /// Its size.
        actual_bytes: usize,
        /// The bound.
        limit_bytes: usize,
    },
    /// It is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The kind of file is not known.
    #[error("neither TOML, YAML nor JSON of a known kind")]
    UnknownFormat,
    /// The syntax is broken.
    #[error("broken {format}: {detail}")]
    Syntax {
        /// Name of the syntax (TOML, YAML, JSON).
        format: &'static str,
        /// What its reader says.
        detail: String,
    },
    /// Values are nested deeper than allowed.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// There are more values than allowed, YAML aliases counted as often as they are used.
    #[error("more than {limit} values")]
    TooManyValues {
        /// The bound.
        limit: usize,
    },
    /// All texts together are longer than allowed, YAML aliases counted as often as used.
    #[error("more than {limit_bytes} bytes of text")]
    TooMuchText {
        /// The bound.
        limit_bytes: usize,
    },
    /// One text is longer than allowed.
    #[error("a text of more than {limit} characters")]
    TextTooLong {
        /// The bound.
        limit: usize,
    },
    /// There are more items than allowed.
    #[error("more than {limit} items")]
    TooManyItems {
        /// The bound.
        limit: usize,
    },
    /// A value is of another type or a field is unknown.
    #[error("{detail}")]
    Shape {
        /// What was expected.
        detail: String,
    },
    /// A field is missing.
    #[error("\"{field}\" is missing")]
    Missing {
        /// Name of the field.
        field: &'static str,
    },
    /// There is no row that looks like the form's header.
    #[error("no header row with 項目 and はい/いいえ, 確認結果 or 備考 was found")]
    NoHeaderRow,
    /// There is nothing to answer.
    #[error("no item was found")]
    NoItems,
    /// A row of the form occurs twice under the same class of devices.
    #[error("the row {printed_id} occurs twice")]
    DuplicateRow {
        /// Its printed id.
        printed_id: String,
    },
    /// The fiscal year of the form is neither given nor found in it.
    #[error("the fiscal year is not given and not found")]
    UnknownFiscalYear,
    /// It is neither given nor found whether the form is the institution's or the vendor's.
    #[error("it is not given and not found which sheet this is")]
    UnknownSheet,
    /// The content was read but [`crate::verify`] finds errors.
    #[error("{count} errors, the first: {first}")]
    Unsound {
        /// How many.
        count: usize,
        /// The first, in words.
        first: String,
    },
}

impl ImportError {
    pub(crate) fn at(place: ImportPlace, problem: ImportProblem) -> Self {
        Self { problem, place }
    }

    pub(crate) fn file(problem: ImportProblem) -> Self {
        Self::at(ImportPlace::File, problem)
    }

    /// The key in the message catalogue ([`crate::MESSAGES_JA`], [`crate::MESSAGES_EN`]).
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self.problem {
            ImportProblem::TooLarge { .. } => "pack-import-too-large",
            ImportProblem::NotUtf8 => "pack-import-not-utf8",
            ImportProblem::UnknownFormat => "pack-import-unknown-format",
            ImportProblem::Syntax { .. } => "pack-import-syntax",
            ImportProblem::TooDeep { .. } => "pack-import-too-deep",
            ImportProblem::TooManyValues { .. } => "pack-import-too-many-values",
            ImportProblem::TooMuchText { .. } => "pack-import-too-much-text",
            ImportProblem::TextTooLong { .. } => "pack-import-text-too-long",
            ImportProblem::TooManyItems { .. } => "pack-import-too-many-items",
            ImportProblem::Shape { .. } => "pack-import-shape",
            ImportProblem::Missing { .. } => "pack-import-missing",
            ImportProblem::NoHeaderRow => "pack-import-no-header-row",
            ImportProblem::NoItems => "pack-import-no-items",
            ImportProblem::DuplicateRow { .. } => "pack-import-duplicate-row",
            ImportProblem::UnknownFiscalYear => "pack-import-unknown-fiscal-year",
            ImportProblem::UnknownSheet => "pack-import-unknown-sheet",
            ImportProblem::Unsound { .. } => "pack-import-unsound",
        }
    }

    /// The message's arguments, ready to be shown. The place has its own message
    /// ([`ImportPlace::message_key`]).
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match &self.problem {
            ImportProblem::TooLarge {
                actual_bytes,
                limit_bytes,
            } => {
                vec![
                    ("actual", actual_bytes.to_string()),
                    ("limit", limit_bytes.to_string()),
                ]
            }
            ImportProblem::Syntax { format, detail } => {
                vec![("format", (*format).to_owned()), ("detail", detail.clone())]
            }
            ImportProblem::TooDeep { limit }
            | ImportProblem::TooManyValues { limit }
            | ImportProblem::TextTooLong { limit }
            | ImportProblem::TooManyItems { limit }
            | ImportProblem::TooMuchText { limit_bytes: limit } => {
                vec![("limit", limit.to_string())]
            }
            ImportProblem::Shape { detail } => vec![("detail", detail.clone())],
            ImportProblem::Missing { field } => vec![("field", (*field).to_owned())],
            ImportProblem::DuplicateRow { printed_id } => vec![("row", printed_id.clone())],
            ImportProblem::Unsound { count, first } => {
                vec![("count", count.to_string()), ("first", first.clone())]
            }
            ImportProblem::NotUtf8
            | ImportProblem::UnknownFormat
            | ImportProblem::NoHeaderRow
            | ImportProblem::NoItems
            | ImportProblem::UnknownFiscalYear
            | ImportProblem::UnknownSheet => Vec::new(),
        }
    }
}

impl ImportPlace {
    /// The key in the message catalogue.
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::File => "pack-import-place-file",
            Self::Line { .. } => "pack-import-place-line",
            Self::Pointer(_) => "pack-import-place-pointer",
            Self::Cell { .. } => "pack-import-place-cell",
        }
    }

    /// The message's arguments, ready to be shown.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::File => Vec::new(),
            Self::Line { line, column } => {
                vec![("line", line.to_string()), ("column", column.to_string())]
            }
            Self::Pointer(pointer) => vec![("pointer", pointer.clone())],
            Self::Cell { sheet, row, column } => vec![
                ("sheet", sheet.clone()),
                ("row", row.to_string()),
                ("column", column.clone()),
            ],
        }
    }
}
