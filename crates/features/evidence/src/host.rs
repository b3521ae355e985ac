//! What evidence must know of the sheets that it stands behind, without depending on them.

use std::sync::Arc;

use async_trait::async_trait;
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::time::{Date, Instant};
use yagura_packs::Library;
use yagura_store::{Database, StoreError, Transaction};
use yagura_web::Translator;

use crate::model::ItemRef;

/// An item that a piece can stand behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostItem {
    /// Its key within the sheet.
    pub key: String,
    /// Its printed number: 2-⑥.
    pub number: String,
    /// Its wording, or the beginning of it.
    pub label: String,
    /// The address of its page.
    pub path: String,
}

/// A sheet whose items pieces can stand behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSheet {
    /// The sheet.
    pub sheet: SheetId,
    /// Its name: 令和8年度チェックリスト.
    pub label: String,
    /// Its items in their order.
    pub items: Vec<HostItem>,
    /// Whether forms offer its items for choice. Where there may be very many, pieces are attached
    /// on the page of the item instead, and forms show only those that are chosen already.
    pub is_offered: bool,
}

/// Several hosts as one: each knows its own sheets, and passes over those that it does not know.
pub struct Hosts(pub Vec<Arc<dyn EvidenceHost>>);

#[async_trait]
impl EvidenceHost for Hosts {
    async fn sheets(
        &self,
        database: &Database,
        packs: &Library,
        organization: OrganizationId,
        t: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError> {
        let mut found = Vec::new();
        for host in &self.0 {
            let sheets = host.sheets(database, packs, organization, t).await?;
            found.extend(sheets);
        }
        Ok(found)
    }

    async fn evidence_changed(
        &self,
        tx: &mut Transaction,
        organization: OrganizationId,
        sheets: &[SheetId],
        today: Date,
        now: Instant,
    ) -> Result<(), StoreError> {
        for host in &self.0 {
            host.evidence_changed(tx, organization, sheets, today, now)
                .await?;
        }
        Ok(())
    }
}

/// The sheets that evidence stands behind. The checklists implement it; the program hands it over
/// when it puts the features together.
#[async_trait]
pub trait EvidenceHost: Send + Sync {
    /// The sheets of an organisation, newest first.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    async fn sheets(
        &self,
        database: &Database,
        packs: &Library,
        organization: OrganizationId,
        t: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError>;

    /// Called in the transaction of each change of evidence and on the day after a piece's last
    /// day: the proof levels of these sheets may be others now. Sheets that the host does not know
    /// are passed over.
    ///
    /// # Errors
    /// [`StoreError`] where the database refuses; then the change is undone.
    async fn evidence_changed(
        &self,
        tx: &mut Transaction,
        organization: OrganizationId,
        sheets: &[SheetId],
        today: Date,
        now: Instant,
    ) -> Result<(), StoreError>;
}

/// No sheets at all: the library alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSheets;

#[async_trait]
impl EvidenceHost for NoSheets {
    async fn sheets(
        &self,
        _: &Database,
        _: &Library,
        _: OrganizationId,
        _: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError> {
        Ok(Vec::new())
    }

    async fn evidence_changed(
        &self,
        _: &mut Transaction,
        _: OrganizationId,
        _: &[SheetId],
        _: Date,
        _: Instant,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

/// An item by its reference, with its sheet.
pub(crate) fn find_item<'s>(
    sheets: &'s [HostSheet],
    at: &ItemRef,
) -> Option<(&'s HostSheet, &'s HostItem)> {
    let sheet = sheets.iter().find(|sheet| sheet.sheet == at.sheet)?;
    let item = sheet.items.iter().find(|item| item.key == at.item)?;
    Some((sheet, item))
}
