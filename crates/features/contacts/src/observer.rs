//! Who wants to know that a chart changed.

use async_trait::async_trait;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::{Date, Instant};
use yagura_store::{StoreError, Transaction};

/// Is told in the transaction of every change and confirmation of a chart. The checklists implement
/// it, to measure `contact-chart-confirmed` again; the program hands it over when it puts the
/// features together.
#[async_trait]
pub trait ChartObserver: Send + Sync {
    /// A chart was changed or confirmed.
    ///
    /// # Errors
    /// [`StoreError`] where the database refuses; then the change is undone.
    async fn chart_changed(
        &self,
        tx: &mut Transaction,
        organization: OrganizationId,
        today: Date,
        now: Instant,
    ) -> Result<(), StoreError>;
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

#[async_trait]
impl ChartObserver for NoObserver {
    async fn chart_changed(
        &self,
        _: &mut Transaction,
        _: OrganizationId,
        _: Date,
        _: Instant,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
