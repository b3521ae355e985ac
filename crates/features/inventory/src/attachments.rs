//! Files on systems and external connections (システム構成図・設置端末一覧, field 11 of the
//! stock-take; proof that the source is restricted): pieces of the evidence library that stand
//! behind a record.

use async_trait::async_trait;
use uuid::Uuid;
use yagura_evidence::{EvidenceHost, HostItem, HostSheet, ItemRef};
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::time::{Date, Instant};
use yagura_packs::Library;
use yagura_store::{Database, StoreError, Transaction};
use yagura_web::Translator;

use crate::model::{Connection, Content, System};
use crate::pages::Part;
use crate::store;

/// The sheet that stands for an institution's register.
fn sheet_of(organization: OrganizationId) -> SheetId {
    organization.uuid().into()
}

/// A record as that behind which pieces stand.
pub(crate) fn item_of(organization: OrganizationId, record: Uuid) -> ItemRef {
    ItemRef::new(sheet_of(organization), record.to_string())
}

/// Which of an institution's records have current evidence, by id.
pub(crate) async fn evidenced<A: yagura_kernel::policy::ActionType>(
    database: &Database,
    proof: &yagura_kernel::policy::Authorized<A>,
    today: Date,
) -> Result<std::collections::BTreeSet<Uuid>, StoreError> {
    let sheet = sheet_of(proof.organization());
    let counts = yagura_evidence::counts(database, proof, sheet, today).await?;
    Ok(counts
        .into_iter()
        .filter(|(_, counts)| counts.current > 0)
        .filter_map(|(item, _)| yagura_kernel::id::parse_uuid(&item).ok())
        .collect())
}

/// The register as that behind which evidence stands. The program hands it to
/// `yagura_evidence::Evidence`.
#[derive(Debug, Clone, Copy, Default)]
pub struct EvidenceRecords;

#[async_trait]
impl EvidenceHost for EvidenceRecords {
    async fn sheets(
        &self,
        database: &Database,
        _: &Library,
        organization: OrganizationId,
        t: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError> {
        let records = store::attachable(database, organization).await?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let items = records
            .into_iter()
            .map(|(kind, named)| {
                let (path, part) = if kind == System::KIND {
                    (System::PATH, t.t("inventory-systems"))
                } else {
                    (Connection::PATH, t.t("inventory-connections"))
                };
                HostItem {
                    key: named.id.to_string(),
                    number: named.name,
                    label: part.to_owned(),
                    path: format!("{path}/{}", named.id),
                }
            })
            .collect();
        Ok(vec![HostSheet {
            sheet: sheet_of(organization),
            label: t.t("inventory-title").to_owned(),
            items,
            is_offered: false,
        }])
    }

    async fn evidence_changed(
        &self,
        _: &mut Transaction,
        _: OrganizationId,
        _: &[SheetId],
        _: Date,
        _: Instant,
    ) -> Result<(), StoreError> {
        // Nothing is kept of it here: probes look when they are measured.
        Ok(())
    }
}
