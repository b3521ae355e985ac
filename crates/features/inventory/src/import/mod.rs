//! Filling the register from what stands already: scans, directories, leases, bills of materials,
//! tables.
//!
//! [`read_file`] reads a file into what its source says, [`plan`] holds everything against the
//! register and says what would happen, and the store does it in one transaction. Between the
//! second and the third a person looks at a preview and may leave things out. Nothing is ever
//! removed: what a source no longer shows is named and stays.

mod bridge;
mod plan;
mod read;
pub mod sheet;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use discovery::columns::Mapping;
use discovery::model::{Report, SourceKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use bridge::has_place;
pub use bridge::{Identity, SoftwareGroup, SoftwareLine, group_of};
pub use plan::{
    AssetChange, Counts, Duty, Known, Line, Names, NewAsset, Notice, Plan, Product, Question,
    Stranger, Surroundings, Unseen, plan,
};
pub(crate) use plan::{after, recognised, record_of, registered};
pub use read::{FileError, Remembered, read_file};
pub use sheet::{SheetKind, SheetMapping, SheetTable};
pub(crate) use words::{
    change_kind, doubt, explain, field as field_word, problem, remark, sheet_remark, source_kind,
};

/// The largest file, in bytes.
pub const LARGEST_FILE: u64 = 20 << 20;
/// How many files may be sent together.
pub const MOST_FILES: usize = 20;
/// How many characters of a table's cell are kept.
pub(crate) const LONGEST_CELL: usize = 2_000;

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The name of the file, with the sheet where there are several.
    pub name: String,
    /// What stands in it.
    pub content: FileContent,
}

/// What stands in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileContent {
    /// A tool's output.
    Report(Box<Report>),
    /// A table of devices whose columns a person may assign anew.
    Table(SourceTable),
    /// A table of systems or external connections.
    Sheet(SheetTable),
}

/// A table with what its columns mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceTable {
    /// The row with the headings, as a spreadsheet program counts.
    pub header_row: u64,
    /// The headings.
    pub headings: Vec<String>,
    /// The rows below with their numbers.
    pub rows: Vec<(u64, Vec<String>)>,
    /// What the columns mean.
    pub mapping: Mapping,
    /// Whether a person of this institution assigned them before.
    pub is_remembered: bool,
}

impl SourceFile {
    /// What kind of source it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match &self.content {
            FileContent::Report(report) => report.source,
            FileContent::Table(_) | FileContent::Sheet(_) => SourceKind::Table,
        }
    }

    /// The table, where it is one.
    #[must_use]
    pub fn table(&self) -> Option<&SourceTable> {
        match &self.content {
            FileContent::Table(table) => Some(table),
            FileContent::Report(_) | FileContent::Sheet(_) => None,
        }
    }

    /// The table of systems or connections, where it is one.
    #[must_use]
    pub fn sheet(&self) -> Option<&SheetTable> {
        match &self.content {
            FileContent::Sheet(sheet) => Some(sheet),
            FileContent::Report(_) | FileContent::Table(_) => None,
        }
    }
}

/// What a person answered where the keys do not decide whether a device stands in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is this row.
    Same(Uuid),
    /// It stands in no row yet and is added.
    New,
    /// It stays out of the register.
    LeaveOut,
}

impl Answer {
    /// The answer as the comparison takes it.
    fn as_row(&self) -> discovery::reconcile::Answer {
        match self {
            Self::Same(id) => discovery::reconcile::Answer::Row(id.to_string()),
            Self::New | Self::LeaveOut => discovery::reconcile::Answer::NoRow,
        }
    }
}

/// What a person decided on a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decisions {
    /// New devices are added to the register.
    pub add: bool,
    /// Empty fields are filled and further addresses noted.
    pub fill: bool,
    /// What a source says otherwise replaces what the register says.
    pub replace: bool,
    /// The tables are complete: what they lack is named as not seen.
    pub is_complete: bool,
    /// Rows that stay as they are: `new:` with the key of a device, or the id of a record.
    pub left_out: BTreeSet<String>,
    /// To which device the parts of a bill of materials belong, by the product's key.
    pub belongs: BTreeMap<String, Uuid>,
    /// Answers to questions, by the key of the device in question.
    pub answers: BTreeMap<String, Answer>,
}

impl Default for Decisions {
    fn default() -> Self {
        Self {
            add: true,
            fill: true,
            replace: true,
            is_complete: false,
            left_out: BTreeSet::new(),
            belongs: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }
}
