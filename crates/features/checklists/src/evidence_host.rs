//! What the evidence library needs to know of sheets.

use async_trait::async_trait;
use yagura_evidence::{EvidenceHost, HostItem, HostSheet};
use yagura_kernel::id::{OrganizationId, SheetId, SystemIds};
use yagura_kernel::time::{Date, Instant};
use yagura_packs::Library;
use yagura_store::{Database, StoreError, Transaction};
use yagura_web::Translator;

use crate::pages::{Family, item_path};
use crate::store::{evidence_changed, institution_sheets};

/// The sheets that evidence stands behind. The program hands it to `yagura_evidence::Evidence`.
#[derive(Debug, Clone, Copy, Default)]
pub struct EvidenceSheets;

#[async_trait]
impl EvidenceHost for EvidenceSheets {
    async fn sheets(
        &self,
        database: &Database,
        packs: &Library,
        organization: OrganizationId,
        t: &Translator,
    ) -> Result<Vec<HostSheet>, StoreError> {
        institution_sheets(database, organization)
            .await?
            .into_iter()
            .map(|header| {
                let pack = header.pack(packs)?;
                let label = t.fiscal_year(header.year);
                let items = pack
                    .items()
                    .map(|item| HostItem {
                        key: item.key.clone(),
                        number: item.printed_id.clone(),
                        label: item.text.in_language(t.lang().code()).to_owned(),
                        path: item_path(Family::Institution, header.id, &item.key),
                    })
                    .collect();
                Ok(HostSheet {
                    sheet: header.id,
                    label,
                    items,
                    is_offered: true,
                })
            })
            .collect()
    }

    async fn evidence_changed(
        &self,
        tx: &mut Transaction,
        _: OrganizationId,
        sheets: &[SheetId],
        _: Date,
        now: Instant,
    ) -> Result<(), StoreError> {
        // The ids are those of jobs; nothing depends on their coming from one generator.
        evidence_changed(tx, &SystemIds::new(), sheets, now).await?;
        Ok(())
    }
}
