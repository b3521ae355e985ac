//! Of what vendors and institutions were not yet told.

use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Date;
use yagura_store::{ComposedSql, Database, StoreError, Transaction, params, row};

use super::supplies;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Vendors, of what they are asked.
    Vendors,
    /// Institutions, of what was answered.
    Institutions,
}

impl Whom {
    const fn column(self) -> &'static str {
        match self {
            Self::Vendors => "q.vendor_id",
            Self::Institutions => "q.organization_id",
        }
    }

    /// What they were not told, on the day `$1`.
    fn untold(self) -> String {
        let from = "FROM vuln_requests q JOIN vuln_findings f ON f.id = q.finding_id
             JOIN vuln_assets a ON a.asset_id = f.asset_id AND a.vendor_id = q.vendor_id";
        match self {
            Self::Vendors => format!(
                "{from} WHERE q.told = 0 AND q.state = 'asked' AND f.is_open = 1 AND {}",
                supplies("q.vendor_id", "q.organization_id", 1)
            ),
            Self::Institutions => format!(
                "{from} WHERE q.told_back = 0 AND q.state = 'answered' AND CAST($1 AS TEXT) <> ''"
            ),
        }
    }
}

/// Those who were not told, in the order of their ids.
pub(crate) async fn waiting(
    database: &Database,
    whom: Whom,
    today: Date,
    after: OrganizationId,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    row! { struct OrganizationRow { organization_id: OrganizationId } }
    let column = whom.column();
    let sql = format!(
        "SELECT DISTINCT {column} AS organization_id {} AND {column} > $2
         ORDER BY {column} LIMIT $3",
        whom.untold()
    );
    let rows: Vec<OrganizationRow> = database
        .rows(ComposedSql(sql), params![today, after, limit])
        .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

row! {
    /// One line of the word: a vulnerability and on how many devices.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Line {
        pub(crate) other: String,
        pub(crate) vulnerability_id: i64,
        pub(crate) devices: i64,
    }
}

/// What one of them was not told, the most devices first, and how many devices that are in all;
/// afterwards they were told.
pub(crate) async fn tell(
    tx: &mut Transaction,
    whom: Whom,
    organization: OrganizationId,
    today: Date,
    limit: i64,
) -> Result<(Vec<Line>, i64), StoreError> {
    let column = whom.column();
    let untold = whom.untold();
    let (other, told) = match whom {
        Whom::Vendors => ("q.organization_id", "told = 1"),
        Whom::Institutions => ("q.vendor_id", "told_back = 1"),
    };
    let sql = format!(
        "SELECT min(g.name) AS other, g.vulnerability_id AS vulnerability_id,
                count(*) AS devices
         FROM (SELECT (SELECT o.name FROM organizations o WHERE o.id = {other}) AS name,
                      {other} AS other_id, f.vulnerability_id AS vulnerability_id
               {untold} AND {column} = $2) g
         GROUP BY g.other_id, g.vulnerability_id
         ORDER BY count(*) DESC, g.vulnerability_id, min(g.name) LIMIT $3"
    );
    let lines: Vec<Line> = tx
        .rows(ComposedSql(sql), params![today, organization, limit])
        .await?;
    let number = tx
        .count(
            ComposedSql(format!("SELECT count(*) AS n {untold} AND {column} = $2")),
            params![today, organization],
        )
        .await?;
    let sql = format!(
        "UPDATE vuln_requests SET {told}
         WHERE id IN (SELECT q.id {untold} AND {column} = $2)"
    );
    tx.execute(ComposedSql(sql), params![today, organization])
        .await?;
    Ok((lines, number))
}
