//! Taking a roll of members over from a workbook or CSV.
//!
//! [`parse`] reads the file and judges every cell by itself, [`plan`] holds the rows against the
//! roll and says what would happen, [`apply`] does it in the caller's one transaction. Between
//! the second and the third a person looks at a preview. Nothing is taken over while there is an
//! error, and members that the file does not name stay on the roll.
//!
//! Rows are matched by code first, then by folded name and kind. An empty cell leaves the value
//! that is on record. An institution that this installation knows already only *joins*: the roll
//! gains the membership, its records stay as they are.

mod apply;
mod headings;
mod parse;
mod plan;
mod template;
mod words;

use serde::{Deserialize, Serialize};
use yagura_documents::messages::Explain;
use yagura_documents::tabular::TabularError;
use yagura_kernel::id::OrganizationId;
use yagura_store::StoreError;

pub(crate) use apply::tell_joined;
pub use apply::{Outcome, Running, apply, apply_file, read_roll};
pub use headings::field_of_heading;
pub use parse::parse;
pub use plan::{Known, Plan, Roll, RollMember, plan};
pub use template::template;
pub use words::{explain, field_label, issue_text, problem_text};

use crate::model::member::{Field, MemberDraft, Notice, Problem};

/// The most rows of one file.
pub const MOST_ROWS: usize = 50_000;

/// The most remarks that are kept of one file; further ones are only counted.
pub const MOST_ISSUES: usize = 1_000;

/// Where the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows are read from the file.
    Reading,
    /// Members are written.
    Writing,
}

/// Told how far the work is: stage, parts done, parts in all.
pub type ProgressCallback<'a> = dyn FnMut(Stage, usize, usize) + Send + 'a;

/// What was read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsed {
    /// The sheets that held members.
    pub sheets: Vec<SheetRead>,
    /// The rows without an error of their own.
    pub rows: Vec<ParsedRow>,
    /// What is wrong and what should be looked at, in the order of the file.
    pub issues: Issues,
}

/// A sheet that held members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRead {
    /// Its name.
    pub name: String,
    /// The row with the headings.
    pub header_row: u32,
    /// Columns that were recognised.
    pub columns: Vec<ColumnRead>,
    /// Columns that were not: letters and heading.
    pub ignored: Vec<(String, String)>,
}

/// A column that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnRead {
    /// Its letters.
    pub letters: String,
    /// Its heading as it stands in the file.
    pub heading: String,
    /// What it holds.
    pub field: Field,
}

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedRow {
    /// Index of its sheet in [`Parsed::sheets`].
    pub sheet: usize,
    /// Its row number.
    pub row: u32,
    /// What it says.
    pub member: MemberDraft,
}

/// A remark on a place in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The sheet.
    pub sheet: String,
    /// The row.
    pub row: u32,
    /// Letters of the column, where it concerns one.
    pub column: Option<String>,
    /// The field.
    pub field: Field,
    /// What it is.
    pub remark: Remark,
}

/// An error or something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// It has to be mended before anything is taken over.
    Error(Problem),
    /// It is taken over as it is.
    Notice(Notice),
}

/// Remarks, with their numbers where there are too many to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issues {
    /// The first [`MOST_ISSUES`], errors and notices as they came.
    pub kept: Vec<Issue>,
    /// How many errors there are.
    pub errors: usize,
    /// How many notices there are.
    pub notices: usize,
}

impl Issues {
    /// Adds a remark.
    pub fn add(&mut self, issue: Issue) {
        let is_error = matches!(issue.remark, Remark::Error(_));
        match is_error {
            true => self.errors += 1,
            false => self.notices += 1,
        }
        if self.kept.len() < MOST_ISSUES {
            self.kept.push(issue);
        } else if is_error
            && let Some(place) = self
                .kept
                .iter()
                .rposition(|kept| matches!(kept.remark, Remark::Notice(_)))
        {
            // An error outranks a notice: it has to be mended.
            self.kept.remove(place);
            self.kept.push(issue);
        }
    }

    /// The remarks of both.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        for issue in &others.kept {
            self.add(issue.clone());
        }
        self.errors += others.errors.saturating_sub(of_kind(&others.kept, true));
        self.notices += others.notices.saturating_sub(of_kind(&others.kept, false));
        self
    }
}

fn of_kind(issues: &[Issue], errors: bool) -> usize {
    issues
        .iter()
        .filter(|issue| matches!(issue.remark, Remark::Error(_)) == errors)
        .count()
}

/// Numbers of a preview or of an outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    /// New institutions.
    pub new: usize,
    /// Institutions that the installation knows and that join the roll.
    pub joining: usize,
    /// Members of which something changes.
    pub changed: usize,
    /// Members that stay as they are.
    pub unchanged: usize,
    /// Members of the roll that the file does not name; they stay.
    pub not_in_file: usize,
    /// Errors.
    pub errors: usize,
    /// Notices.
    pub notices: usize,
}

/// Why a file was not read or not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is no table.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// No sheet has a row with the heading of the name and another known one.
    #[error("no row of headings was found")]
    NoHeadings {
        /// The sheets that were looked at.
        sheets: String,
    },
    /// A column that every member needs is absent.
    #[error("sheet {sheet} has no column for {field:?}")]
    MissingColumn {
        /// The sheet.
        sheet: String,
        /// The row of headings.
        row: u32,
        /// The field.
        field: Field,
    },
    /// There are headings and no member below them.
    #[error("there are headings and no rows")]
    NoMembers,
    /// There are more rows than are taken at once.
    #[error("there are more than {limit} rows")]
    TooManyMembers {
        /// The most rows.
        limit: usize,
    },
    /// There are errors; nothing is taken over.
    #[error("the file has {errors} errors")]
    HasErrors {
        /// How many.
        errors: usize,
    },
    /// The roll changed since the preview, so that the file would now do something else.
    #[error("the roll changed since the preview")]
    RollChanged,
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explain for ImportError {
    fn message_key(&self) -> &'static str {
        match self {
            Self::Table(error) => error.message_key(),
            Self::NoHeadings { .. } => "region-import-no-headings",
            Self::MissingColumn { .. } => "region-import-missing-column",
            Self::NoMembers => "region-import-no-members",
            Self::TooManyMembers { .. } => "region-import-too-many",
            Self::HasErrors { .. } => "region-import-has-errors",
            Self::RollChanged => "region-import-roll-changed",
            Self::Store(StoreError::Duplicate(_)) => "region-import-roll-changed",
            Self::Store(StoreError::DiskFull) => "error-disk-full",
            Self::Store(StoreError::Unreachable(_)) => "error-unavailable",
            Self::Store(_) => "error-internal",
        }
    }

    fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Table(error) => error.message_arguments(),
            Self::NoHeadings { sheets } => vec![("sheets", sheets.clone())],
            Self::MissingColumn { sheet, row, .. } => {
                vec![("sheet", sheet.clone()), ("row", row.to_string())]
            }
            Self::TooManyMembers { limit } => vec![("limit", limit.to_string())],
            Self::HasErrors { errors } => vec![("errors", errors.to_string())],
            Self::NoMembers | Self::RollChanged | Self::Store(_) => Vec::new(),
        }
    }
}

/// What happens to one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// A new institution.
    New,
    /// A known institution joins.
    Join {
        /// Which.
        organization: OrganizationId,
    },
    /// A member changes.
    Change {
        /// Which.
        member: OrganizationId,
        /// What.
        changes: Vec<Change>,
    },
    /// A member stays as it is.
    Unchanged {
        /// Which.
        member: OrganizationId,
    },
    /// The row has an error.
    Refused,
}

/// One change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: Field,
    /// The value on record.
    pub from: Option<String>,
    /// The value of the file.
    pub to: String,
}
