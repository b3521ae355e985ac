//! How an institution stands.

use yagura_kernel::time::Date;
use yagura_store::{Database, StoreError, params, row};

use super::Read;

row! {
    /// How an institution stands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Sums {
        /// Open findings.
        pub open: i64,
        /// Of them those known to be exploited.
        pub exploited: i64,
        /// Of those the ones on end devices of external connections.
        pub exploited_outside: i64,
        /// Open findings that should have been dealt with.
        pub overdue: i64,
        /// Findings that nobody has looked at.
        pub unseen: i64,
    }
}

/// How an institution stands on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn sums(database: &Database, proof: &Read, today: Date) -> Result<Sums, StoreError> {
    database
        .one(
            "SELECT count(*) AS open,
                    count(CASE WHEN v.kev_added IS NOT NULL THEN 1 END) AS exploited,
                    count(CASE WHEN v.kev_added IS NOT NULL AND a.exposure > 0 THEN 1 END)
                        AS exploited_outside,
                    count(CASE WHEN f.due_on < $2 THEN 1 END) AS overdue,
                    count(CASE WHEN f.state = 'new' THEN 1 END) AS unseen
             FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
             LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id
             WHERE f.organization_id = $1 AND f.is_open = 1",
            params![proof.organization(), today],
        )
        .await
}

row! {
    /// What the probe looks at.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct InTime {
        /// Open findings that should have been dealt with.
        pub(crate) overdue: i64,
        /// Devices in the register.
        pub(crate) devices: i64,
        /// Of them those whose product and version are known.
        pub(crate) judged: i64,
        /// Devices in use.
        pub(crate) in_use: i64,
        /// Of them those of which the register says how their corrections stand.
        pub(crate) patched: i64,
    }
}

/// How an institution keeps its time, on a day.
pub(crate) async fn in_time(
    database: &Database,
    proof: &Read,
    today: Date,
) -> Result<InTime, StoreError> {
    database
        .one(
            "SELECT (SELECT count(*) FROM vuln_findings f
                     WHERE f.organization_id = $1 AND f.is_open = 1 AND f.due_on < $2) AS overdue,
                    count(*) AS devices,
                    count(CASE WHEN a.identified = 1 AND a.undecided = 0 THEN 1 END) AS judged,
                    count(CASE WHEN a.in_use = 1 THEN 1 END) AS in_use,
                    count(CASE WHEN a.in_use = 1 AND a.patch_known = 1 THEN 1 END) AS patched
             FROM vuln_assets a WHERE a.organization_id = $1 AND a.present = 1",
            params![proof.organization(), today],
        )
        .await
}

row! {
    struct DepartmentRow { department: String }
}

/// The departments that have findings, for filters.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn departments(
    database: &Database,
    proof: &Read,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<DepartmentRow> = database
        .rows(
            "SELECT DISTINCT department FROM vuln_assets
             WHERE organization_id = $1 AND department <> '' ORDER BY department LIMIT 500",
            params![proof.organization()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.department).collect())
}
