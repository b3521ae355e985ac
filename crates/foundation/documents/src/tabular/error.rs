use super::{FileKind, Position};
use crate::messages::Explain;

/// Encoding that a delimited text was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// UTF-16, little-endian: what Excel calls "Unicode text".
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// CP932, which Windows in Japan calls Shift_JIS and "ANSI".
    Cp932,
    /// ISO-2022-JP ("JIS").
    Iso2022Jp,
}

impl TextEncoding {
    /// The name that a person knows the encoding by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Cp932 => "Shift_JIS (CP932)",
            Self::Iso2022Jp => "ISO-2022-JP",
        }
    }
}

/// Why an outside file was not read as a table.
///
/// The display text is for logs; what a person reads comes from the message catalogue by
/// [`Explain::message_key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TabularError {
    /// The file has no bytes.
    #[error("the file is empty")]
    EmptyFile,
    /// The file is readable and holds no value.
    #[error("the file holds no value")]
    NoRows,
    /// The file is larger than [`super::Limits::file_bytes`].
    #[error("the file has {actual_bytes} bytes, more than {limit_bytes}")]
    FileTooLarge {
        /// Size of the file.
        actual_bytes: u64,
        /// The bound.
        limit_bytes: u64,
    },
    /// The unpacked parts of the workbook exceed [`super::Limits::unpacked_bytes`]: a zip bomb,
    /// or a workbook with large pictures.
    #[error("the workbook unpacks to more than {limit_bytes} bytes")]
    UnpacksTooLarge {
        /// The bound.
        limit_bytes: u64,
    },
    /// The workbook archive has more parts than [`super::Limits::archive_parts`].
    #[error("the workbook archive has more than {limit} parts")]
    TooManyParts {
        /// The bound.
        limit: usize,
    },
    /// A value stands below row [`super::Limits::rows`].
    #[error("sheet \"{sheet}\" has a value below row {limit}")]
    TooManyRows {
        /// Name of the sheet.
        sheet: String,
        /// The bound.
        limit: u32,
    },
    /// A value stands right of column [`super::Limits::columns`].
    #[error("{position} lies beyond {limit} columns")]
    TooManyColumns {
        /// The first cell outside.
        position: Position,
        /// The bound.
        limit: u32,
    },
    /// A cell is longer than [`super::Limits::cell_characters`].
    #[error("{position} holds more than {limit} characters")]
    CellTooLong {
        /// The cell.
        position: Position,
        /// The bound.
        limit: usize,
    },
    /// All cells together hold more text than [`super::Limits::text_bytes`].
    #[error("the cells hold more than {limit_bytes} bytes of text")]
    TooMuchText {
        /// The bound.
        limit_bytes: u64,
    },
    /// The workbook is protected by a password for opening.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// The file is something else than a workbook or a delimited text.
    #[error("the file is not a table but {kind:?}")]
    NotATable {
        /// What it is.
        kind: FileKind,
    },
    /// The workbook is cut off or its parts contradict each other.
    #[error("the workbook is damaged: {detail}")]
    Damaged {
        /// What the reader ran into, for logs.
        detail: String,
    },
    /// The text has bytes that its encoding does not allow.
    #[error("the text is not {} at byte {byte} (line {line})", encoding.name())]
    MisEncoded {
        /// The encoding that got furthest.
        encoding: TextEncoding,
        /// Offset of the first bad byte, from 0.
        byte: u64,
        /// Line in the file, from 1.
        line: u64,
    },
    /// A quotation mark is opened and never closed.
    #[error("the quotation mark opened in line {line} (row {row}) is not closed")]
    UnterminatedQuote {
        /// Row number as a spreadsheet program would show it, from 1.
        row: u32,
        /// Line in the file, from 1.
        line: u64,
    },
}

impl Explain for TabularError {
    fn message_key(&self) -> &'static str {
        match self {
            Self::EmptyFile => "tabular-empty-file",
            Self::NoRows => "tabular-no-rows",
            Self::FileTooLarge { .. } => "tabular-file-too-large",
            Self::UnpacksTooLarge { .. } => "tabular-unpacks-too-large",
            Self::TooManyParts { .. } => "tabular-too-many-parts",
            Self::TooManyRows { .. } => "tabular-too-many-rows",
            Self::TooManyColumns { .. } => "tabular-too-many-columns",
            Self::CellTooLong { .. } => "tabular-cell-too-long",
            Self::TooMuchText { .. } => "tabular-too-much-text",
            Self::Encrypted => "tabular-encrypted",
            Self::NotATable { kind } => kind.message_key(),
            Self::Damaged { .. } => "tabular-damaged",
            Self::MisEncoded { .. } => "tabular-misencoded",
            Self::UnterminatedQuote { .. } => "tabular-unterminated-quote",
        }
    }

    fn message_arguments(&self) -> Vec<(&'static str, String)> {
        let at = |position: &Position| {
            vec![
                ("sheet", position.sheet.clone()),
                ("row", position.row.to_string()),
                ("column", position.column.clone()),
            ]
        };
        match self {
            Self::EmptyFile
            | Self::NoRows
            | Self::Encrypted
            | Self::NotATable { .. }
            | Self::Damaged { .. } => Vec::new(),
            Self::FileTooLarge {
                actual_bytes,
                limit_bytes,
            } => {
                vec![
                    ("actual", mebibytes(*actual_bytes)),
                    ("limit", mebibytes(*limit_bytes)),
                ]
            }
            Self::UnpacksTooLarge { limit_bytes } | Self::TooMuchText { limit_bytes } => {
                vec![("limit", mebibytes(*limit_bytes))]
            }
            Self::TooManyParts { limit } => vec![("limit", limit.to_string())],
            Self::TooManyRows { sheet, limit } => {
                vec![("sheet", sheet.clone()), ("limit", limit.to_string())]
            }
            Self::TooManyColumns { position, limit } => {
                let mut arguments = at(position);
                arguments.push(("limit", limit.to_string()));
                arguments
            }
            Self::CellTooLong { position, limit } => {
                let mut arguments = at(position);
                arguments.push(("limit", limit.to_string()));
                arguments
            }
            Self::MisEncoded {
                encoding,
                byte,
                line,
            } => vec![
                ("encoding", encoding.name().to_owned()),
                ("byte", byte.to_string()),
                ("line", line.to_string()),
            ],
            Self::UnterminatedQuote { row, line } => {
                vec![("row", row.to_string()), ("line", line.to_string())]
            }
        }
    }
}

/// Megabytes with at most one decimal, for a person.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}
