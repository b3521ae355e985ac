//! Tables of systems and external connections: the stock-take sheet (棚卸し票) as people fill it
//! in, lists of their own, and what the register itself exports.
//!
//! A row is a system or medical device with at most one external connection, or a connection of its
//! own. What stands in the register is recognised by name and vendor.

mod cells;
mod columns;
mod connections;
mod drafts;
mod plan;
mod reading;

use serde::{Deserialize, Serialize};

use crate::model::{Connection, System};

pub(crate) use columns::{codes, heading_of};
pub(super) use columns::{recognise, telling};
pub(super) use plan::plan_sheets;
pub use plan::{KnownRecord, RecordChange, Remark, SheetPlan};

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// Systems and medical devices, each with its external connection.
    StockTake,
    /// External connections.
    Connections,
}

/// A table of systems or connections with what its columns mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetTable {
    /// What the rows are.
    pub kind: SheetKind,
    /// The row with the headings, as a spreadsheet program counts.
    pub header_row: u64,
    /// The headings.
    pub headings: Vec<String>,
    /// The rows below with their numbers.
    pub rows: Vec<(u64, Vec<String>)>,
    /// What the columns mean, by code; see [`codes`]. None for a column that is not used.
    pub columns: Vec<Option<String>>,
    /// Whether a person of this institution assigned them before.
    pub is_remembered: bool,
}

/// What columns of systems or connections were assigned to, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetMapping {
    /// What the rows are.
    pub kind: SheetKind,
    /// Fingerprint of the headings; see [`discovery::columns::fingerprint`].
    pub fingerprint: String,
    /// What the columns mean.
    pub columns: Vec<Option<String>>,
}

impl SheetTable {
    /// What is remembered of the columns.
    #[must_use]
    pub fn mapping(&self) -> SheetMapping {
        SheetMapping {
            kind: self.kind,
            fingerprint: discovery::columns::fingerprint(&self.headings),
            columns: self.columns.clone(),
        }
    }
}

/// The records that tables of systems and connections are held against.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// The systems of the register.
    pub systems: Vec<KnownRecord<System>>,
    /// Its connections.
    pub connections: Vec<KnownRecord<Connection>>,
}
