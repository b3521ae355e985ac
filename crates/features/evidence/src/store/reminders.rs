//! What the daily job looks for: pieces whose last day comes near or has passed.

use yagura_kernel::id::{EvidenceId, OrganizationId};
use yagura_kernel::time::Date;
use yagura_store::{Database, StoreError, Transaction, params, row};

use crate::model::EXPIRING_DAYS;

/// The last day on which a piece may end that is looked at.
fn horizon(today: Date) -> Date {
    today.saturating_add(time::Duration::days(EXPIRING_DAYS))
}

/// Organisations with pieces whose last day is near or has just passed, in order of id.
pub(crate) async fn due_organizations(
    database: &Database,
    after: OrganizationId,
    today: Date,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    row! { struct OrganizationRow { organization_id: OrganizationId } }
    let rows: Vec<OrganizationRow> = database
        .rows(
            "SELECT DISTINCT organization_id FROM evidence
             WHERE lapsed = 0 AND expires_on <= $1 AND withdrawn_at IS NULL
               AND organization_id > $2
             ORDER BY organization_id LIMIT $3",
            params![horizon(today), after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

row! {
    /// A piece of which somebody may have to be reminded.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Due {
        pub(crate) id: EvidenceId,
        pub(crate) title: String,
        pub(crate) expires_on: Date,
        pub(crate) reminded: i64,
        pub(crate) number: i64,
    }
}

/// The pieces of an organisation whose last day is near or has just passed, the first to end first.
pub(crate) async fn due_pieces(
    database: &Database,
    organization: OrganizationId,
    today: Date,
) -> Result<Vec<Due>, StoreError> {
    database
        .rows(
            "SELECT id, title, expires_on, reminded, number FROM evidence
             WHERE organization_id = $1 AND lapsed = 0 AND expires_on <= $2
               AND withdrawn_at IS NULL
             ORDER BY expires_on, id",
            params![organization, horizon(today)],
        )
        .await
}

/// Notes up to which stage was reminded; says whether this call did, and not another process
/// before it.
pub(crate) async fn mark_reminded(
    tx: &mut Transaction,
    due: &Due,
    stage: i64,
) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "UPDATE evidence SET reminded = $1 WHERE id = $2 AND number = $3 AND reminded = $4",
            params![stage, due.id, due.number, due.reminded],
        )
        .await?;
    Ok(touched == 1)
}

row! {
    /// A piece that counts no more, which its sheets do not know yet.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Lapsed {
        pub(crate) id: EvidenceId,
        pub(crate) organization_id: OrganizationId,
    }
}

/// Pieces whose last day is past and whose sheets do not know it yet.
pub(crate) async fn lapsed_pieces(
    database: &Database,
    today: Date,
    limit: i64,
) -> Result<Vec<Lapsed>, StoreError> {
    database
        .rows(
            "SELECT id, organization_id FROM evidence
             WHERE expires_on < $1 AND lapsed = 0
             ORDER BY organization_id, id LIMIT $2",
            params![today, limit],
        )
        .await
}

/// Notes that the sheets of a piece know that it counts no more.
pub(crate) async fn mark_lapsed(tx: &mut Transaction, id: EvidenceId) -> Result<(), StoreError> {
    tx.execute("UPDATE evidence SET lapsed = 1 WHERE id = $1", params![id])
        .await?;
    Ok(())
}
