//! What the daily round asks and writes.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{LedgerError, take_away};

row! {
    struct OrganizationRow { organization_id: OrganizationId }
}

/// Institutions that have entries past their last day of which nobody was told, by id.
pub(crate) async fn institutions_with_ended(
    database: &Database,
    today: Date,
    after: OrganizationId,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<OrganizationRow> = database
        .rows(
            "SELECT DISTINCT organization_id FROM ledger_entries
             WHERE state = 'open' AND ends_on < $1 AND told_at IS NULL AND organization_id > $2
             ORDER BY organization_id LIMIT $3",
            params![today, after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

row! {
    /// An entry of which people are to be told.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Told {
        /// The entry.
        pub(crate) id: Uuid,
        /// Its ledger, by code.
        pub(crate) ledger: String,
    }
}

/// The entries past their last day of which nobody was told.
pub(crate) async fn overdue_untold(
    tx: &mut Transaction,
    organization: OrganizationId,
    today: Date,
    limit: i64,
) -> Result<Vec<Told>, StoreError> {
    tx.rows(
        "SELECT id, ledger FROM ledger_entries
         WHERE organization_id = $1 AND state = 'open' AND ends_on < $2 AND told_at IS NULL
         ORDER BY id LIMIT $3",
        params![organization, today, limit],
    )
    .await
}

/// Permissions whose last day is over are to be taken away.
pub(crate) async fn expire_permissions(
    tx: &mut Transaction,
    proof: &Authorized<actions::KeepLedgers>,
    ids: &dyn IdGenerator,
    ended: &[Told],
    now: Instant,
) -> Result<(), LedgerError> {
    for entry in ended.iter().filter(|one| one.ledger == "permissions") {
        take_away(tx, proof, ids, entry.id, "", now).await?;
    }
    Ok(())
}

/// Notes that people were told of some entries.
pub(crate) async fn was_told(
    tx: &mut Transaction,
    entries: &[Told],
    now: Instant,
) -> Result<(), StoreError> {
    for entry in entries {
        tx.execute_later(
            "UPDATE ledger_entries SET told_at = $1 WHERE id = $2",
            params![now, entry.id],
        )
        .await?;
    }
    Ok(())
}
