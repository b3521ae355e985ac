//! Who changed what, when, from what to what, and by which way.

use serde_json::Value as Json;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId, SheetId, Uuid};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params};

use super::sheets::owner_of;
use super::{Author, ReadProof};
use crate::model::{Answer, ChangeSource, HeaderValues, SheetSubject};

/// Proof that a history may be read.
#[derive(Debug, Clone, Copy)]
pub enum HistoryProof<'a> {
    /// Of an institution's sheet and the sheets of its vendors.
    Institution(&'a Authorized<actions::ReadHistory>),
    /// Of a vendor's sheet that one may read; remarks and names are left out where the institution
    /// does not share them.
    Vendor(&'a Authorized<actions::ReadVendorSheet>),
}

impl<'a> From<&'a Authorized<actions::ReadHistory>> for HistoryProof<'a> {
    fn from(proof: &'a Authorized<actions::ReadHistory>) -> Self {
        Self::Institution(proof)
    }
}

impl HistoryProof<'_> {
    fn covers(&self, owner: OrganizationId, subject: SheetSubject) -> bool {
        match self {
            Self::Institution(proof) => proof.organization() == owner,
            Self::Vendor(proof) => ReadProof::Vendor(proof).covers(owner, subject),
        }
    }

    fn sees_detail(&self) -> bool {
        match self {
            // The policy gives this permission only to those with whom everything is shared.
            Self::Institution(_) => true,
            Self::Vendor(proof) => ReadProof::Vendor(proof).sees_detail(),
        }
    }
}

/// What a change was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeOf {
    /// A row.
    Item {
        /// Its key.
        key: String,
        /// What it said.
        before: Answer,
        /// What it said afterwards.
        after: Answer,
    },
    /// The head of the sheet.
    Header {
        /// What stood there.
        before: HeaderValues,
        /// What stood there afterwards.
        after: HeaderValues,
    },
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id; newer ones are greater.
    pub id: Uuid,
    /// When.
    pub at: Instant,
    /// Who, where it was a person.
    pub by: Option<PersonId>,
    /// Their name.
    pub by_name: Option<String>,
    /// The organisation that they acted for.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What changed.
    pub of: ChangeOf,
    /// By which way.
    pub source: ChangeSource,
}

impl FromRow for Change {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let key: String = row.get("item_key")?;
        let before: Json = row.get("before")?;
        let after: Json = row.get("after")?;
        let source: Json = row.get("source")?;
        let of = if key.is_empty() {
            ChangeOf::Header {
                before: serde_json::from_value(before)?,
                after: serde_json::from_value(after)?,
            }
        } else {
            ChangeOf::Item {
                key,
                before: serde_json::from_value(before)?,
                after: serde_json::from_value(after)?,
            }
        };
        Ok(Self {
            id: row.get("id")?,
            at: row.get("changed_at")?,
            by: row.get("changed_by")?,
            by_name: row.get("by_name")?,
            organization: row.get("organization_id")?,
            organization_name: row.get("organization_name")?,
            of,
            source: serde_json::from_value(source)?,
        })
    }
}

/// The changes of a sheet, or of one row of it, newest first.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such sheet or the proof does not cover it.
pub async fn history(
    database: &Database,
    proof: HistoryProof<'_>,
    sheet: SheetId,
    item: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let owner = owner_of(database, sheet).await?;
    if !proof.covers(owner.organization, owner.subject) {
        return Err(StoreError::NotFound);
    }
    let before = before.unwrap_or_else(Uuid::max);
    let mut changes: Vec<Change> = match item {
        Some(item) => {
            database
                .rows(
                    "SELECT h.*, p.name AS by_name, o.name AS organization_name
                     FROM answer_history h
                     JOIN organizations o ON o.id = h.organization_id
                     LEFT JOIN people p ON p.id = h.changed_by
                     WHERE h.sheet_id = $1 AND h.item_key = $2 AND h.id < $3
                     ORDER BY h.id DESC LIMIT $4",
                    params![sheet, item, before, limit],
                )
                .await?
        }
        None => {
            database
                .rows(
                    "SELECT h.*, p.name AS by_name, o.name AS organization_name
                     FROM answer_history h
                     JOIN organizations o ON o.id = h.organization_id
                     LEFT JOIN people p ON p.id = h.changed_by
                     WHERE h.sheet_id = $1 AND h.id < $2
                     ORDER BY h.id DESC LIMIT $3",
                    params![sheet, before, limit],
                )
                .await?
        }
    };
    if !proof.sees_detail() {
        changes.iter_mut().for_each(Change::hide_detail);
    }
    Ok(changes)
}

impl Change {
    /// Takes away what only those may see with whom everything is shared.
    fn hide_detail(&mut self) {
        self.by = None;
        self.by_name = None;
        if let ChangeOf::Item { before, after, .. } = &mut self.of {
            before.remark.clear();
            after.remark.clear();
        }
    }
}

/// An entry to be written; an empty key stands for the head of the sheet.
pub(super) struct Entry<'a> {
    pub(super) item_key: &'a str,
    pub(super) before: Json,
    pub(super) after: Json,
    pub(super) source: &'a ChangeSource,
}

pub(super) const COLUMNS: &[&str] = &[
    "id",
    "sheet_id",
    "item_key",
    "changed_at",
    "changed_by",
    "organization_id",
    "before",
    "after",
    "source",
];

pub(super) async fn append<'a>(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    sheet: SheetId,
    author: Author,
    entries: impl IntoIterator<Item = Entry<'a>>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for entry in entries {
        rows.push(params![
            ids.id(),
            sheet,
            entry.item_key,
            now,
            author.person,
            author.organization,
            &entry.before,
            &entry.after,
            &serde_json::to_value(entry.source)?
        ]);
    }
    tx.insert_later("answer_history", COLUMNS, rows).await
}
