//! Of which findings nobody was told.

use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Date;
use yagura_store::{ComposedSql, Database, StoreError, Transaction, params, row};

row! {
    /// A finding of which nobody was told.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Untold {
        pub(crate) id: Uuid,
        pub(crate) asset_name: String,
        pub(crate) vulnerability_id: i64,
        pub(crate) title_ja: Option<String>,
        pub(crate) title_en: Option<String>,
        pub(crate) due_on: Date,
    }
}

/// Institutions with findings of which nobody was told, in the order of their ids.
pub(crate) async fn untold_organizations(
    database: &Database,
    urgent: bool,
    after: OrganizationId,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    row! { struct OrganizationRow { organization_id: OrganizationId } }
    let sql = if urgent {
        "SELECT DISTINCT f.organization_id AS organization_id
         FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         JOIN vulnerabilities v ON v.id = f.vulnerability_id
         WHERE f.told < 2 AND f.is_open = 1 AND v.kev_added IS NOT NULL AND a.exposure > 0
           AND f.organization_id > $1 ORDER BY f.organization_id LIMIT $2"
    } else {
        "SELECT DISTINCT organization_id FROM vuln_findings
         WHERE told = 0 AND is_open = 1 AND organization_id > $1
         ORDER BY organization_id LIMIT $2"
    };
    let rows: Vec<OrganizationRow> = database.rows(sql, params![after, limit]).await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

/// Findings of an institution of which nobody was told, the most urgent first, and how many there
/// are; they are told afterwards: 1 in the digest, 2 at once. What was in a digest and becomes known
/// to be exploited is told again, and then never more.
pub(crate) async fn tell(
    tx: &mut Transaction,
    organization: OrganizationId,
    urgent: bool,
    limit: i64,
) -> Result<(Vec<Untold>, i64), StoreError> {
    let which = if urgent {
        "f.organization_id = $1 AND f.told < 2 AND f.is_open = 1
         AND v.kev_added IS NOT NULL AND a.exposure > 0"
    } else {
        "f.organization_id = $1 AND f.told = 0 AND f.is_open = 1"
    };
    let from = "FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id";
    let sql = format!(
        "SELECT f.id AS id, a.name AS asset_name, f.vulnerability_id AS vulnerability_id,
                v.title_ja AS title_ja, v.title_en AS title_en, f.due_on AS due_on
         {from} WHERE {which} ORDER BY f.urgency DESC, f.id LIMIT $2"
    );
    let found: Vec<Untold> = tx
        .rows(ComposedSql(sql), params![organization, limit])
        .await?;
    let number = tx
        .count(
            ComposedSql(format!("SELECT count(*) AS n {from} WHERE {which}")),
            params![organization],
        )
        .await?;
    let sql = format!(
        "UPDATE vuln_findings SET told = {} WHERE id IN (SELECT f.id {from} WHERE {which})",
        if urgent { 2 } else { 1 }
    );
    tx.execute(ComposedSql(sql), params![organization]).await?;
    Ok((found, number))
}
