//! What one feature tells another without depending on it.

use std::sync::Arc;

use async_trait::async_trait;
use yagura_checklists::jobs::measure_probes;
use yagura_contacts::ChartObserver;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{StoreError, Transaction, jobs};

/// A changed contact chart has its probe measured again.
pub(crate) struct MeasureAfterChart(pub(crate) Arc<dyn IdGenerator>);

#[async_trait]
impl ChartObserver for MeasureAfterChart {
    async fn chart_changed(
        &self,
        tx: &mut Transaction,
        organization: OrganizationId,
        _today: Date,
        now: Instant,
    ) -> Result<(), StoreError> {
        let job = measure_probes(organization, now);
        jobs::enqueue(tx, self.0.as_ref(), job, now)
            .await
            .map(|_| ())
    }
}
