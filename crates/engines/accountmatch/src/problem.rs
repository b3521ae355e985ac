//! What was set aside, and why a file cannot be used.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where something stands in its source.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Sheet of a workbook, file of a bundle, or distinguished name of an entry.
    pub sheet: Option<String>,
    /// Row of a table or line of a text, from 1 as a spreadsheet program or editor counts.
    pub row: Option<u64>,
    /// Heading of the column, or name of the attribute.
    pub field: Option<String>,
}

impl Place {
    /// A row of a sheet.
    #[must_use]
    pub fn row(sheet: &str, row: u64) -> Self {
        Self {
            sheet: (!sheet.is_empty()).then(|| sheet.to_owned()),
            row: Some(row),
            field: None,
        }
    }

    /// The same row, this column.
    #[must_use]
    pub fn field(&self, field: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..self.clone()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            let separator = if std::mem::take(&mut first) { "" } else { ", " };
            write!(f, "{separator}{text}")
        };
        if let Some(sheet) = &self.sheet {
            part(f, format_args!("\"{sheet}\""))?;
        }
        if let Some(row) = self.row {
            part(f, format_args!("row {row}"))?;
        }
        if let Some(field) = &self.field {
            part(f, format_args!("column \"{field}\""))?;
        }
        if first { f.write_str("file") } else { Ok(()) }
    }
}

/// Something that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What and how to mend it.
    pub reason: Reason,
}

/// Why something was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A value does not have its form; the value counts as not known.
    #[error("{what} \"{value}\" is malformed; correct it in the source or leave it empty")]
    Malformed {
        /// What the value should be.
        what: String,
        /// The value, shortened.
        value: String,
    },
    /// Something that a record needs is not there; the record was left out.
    #[error("{what} is missing; the record was left out")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// A text is longer than the bound and was left out.
    #[error("{what} has more than {limit} characters and was left out")]
    TooLong {
        /// What the text is.
        what: String,
        /// The bound in characters.
        limit: usize,
    },
    /// More values than the bound; the rest was left out.
    #[error("more than {limit} values of {what}; the rest was left out")]
    TooMany {
        /// What there are too many of.
        what: String,
        /// The bound.
        limit: usize,
    },
    /// The same record stands twice; the last counts.
    #[error("{what} \"{value}\" stands more than once; the last counts")]
    Duplicate {
        /// What stands twice.
        what: String,
        /// The value.
        value: String,
    },
    /// One staff number stands for people of different names; neither is matched by it.
    #[error("staff number \"{number}\" stands for {names}; correct it in the personnel system")]
    NumberShared {
        /// The number.
        number: String,
        /// The names.
        names: String,
    },
    /// A leaving date that lies before the joining date.
    #[error("left on {left} before joining on {joined}; the leaving date was kept")]
    EndsBeforeStart {
        /// The joining date.
        joined: String,
        /// The leaving date.
        left: String,
    },
    /// PowerShell wrote the type of a list in place of the list.
    #[error(
        "holds the name of a type in place of values; export it with \
         @{{n='{field}';e={{$_.{field} -join ';'}}}}"
    )]
    TypeName {
        /// The property.
        field: String,
    },
    /// The file stops here in the middle.
    #[error("the file stops here in the middle; export it again")]
    CutOff,
    /// A text holds characters that its encoding does not have.
    #[error("holds bytes that are no text in {encoding}; shown as \u{FFFD}")]
    Undecodable {
        /// The encoding that was tried.
        encoding: String,
    },
}

/// Why a file cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ReadError {
    /// Nothing in it.
    #[error("the file is empty; export it again")]
    Empty,
    /// Larger than the bound.
    #[error("the file has more than {limit} bytes; export fewer columns or divide it by unit")]
    TooLarge {
        /// The bound in bytes.
        limit: u64,
    },
    /// More records than the bound.
    #[error("more than {limit} records; divide the export by unit")]
    TooMany {
        /// The bound.
        limit: usize,
    },
    /// The reading took longer than the bound.
    #[error("reading took longer than {seconds} s and was stopped; divide the export by unit")]
    TooSlow {
        /// The bound in seconds.
        seconds: u64,
    },
    /// A column without which nothing can be read.
    #[error(
        "sheet \"{sheet}\" has no column for {column} (usual headings: {usual}); it has: {seen}. \
         Export the column too, or say which of these it is"
    )]
    MissingColumn {
        /// The sheet, or the file.
        sheet: String,
        /// Code of the field ([`crate::columns::StaffField::code`], [`crate::columns::AccountField::code`]).
        column: String,
        /// Headings that are understood without being told.
        usual: String,
        /// The headings that are there.
        seen: String,
    },
    /// No kind that this library knows.
    #[error(
        "the kind of the file is not known: neither LDIF, a table with headings, the output of \
         net user, nor passwd and group files"
    )]
    Unknown,
    /// Not the kind that it was said to be.
    #[error("this is no {expected}; {hint}")]
    NotThisKind {
        /// What it was taken for.
        expected: String,
        /// How to make such a file.
        hint: String,
    },
    /// Protected with a password.
    #[error("the workbook is protected with a password; save it without one")]
    Encrypted,
    /// Cannot be read from here on.
    #[error("the file is damaged ({detail}); export it again")]
    Damaged {
        /// What the parser says.
        detail: String,
    },
    /// Headings, and nothing below them.
    #[error("the list holds no rows; was the right file exported?")]
    NoRecords,
}
