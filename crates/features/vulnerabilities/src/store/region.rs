//! Who of a region's members has a vulnerability, as far as they share it.

use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::time::Date;
use yagura_store::{ComposedSql, Database, StoreError, escape_like, params, row};

use super::feeds::key;

type Members = Authorized<actions::ReadMembers>;

/// The fewest members of whom a number is told where their names are not shared.
pub const SMALLEST_GROUP: i64 = 5;

row! {
    /// A member with devices that a vulnerability touches, which shares its detail.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Touched {
        /// The member.
        pub organization_id: OrganizationId,
        /// Its name.
        pub name: String,
        /// On how many devices.
        pub devices: i64,
        /// On how many of them something is still to be done.
        pub open: i64,
        /// On how many end devices of external connections something is still to be done.
        pub outside: i64,
        /// How many of the devices are supported no more.
        pub unsupported: i64,
    }
}

/// Of which findings is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Of a vulnerability.
    Vulnerability(vulnmatch::model::VulnerabilityId),
    /// Of a product, by maker and name as CPE has them, whatever the vulnerability; the devices
    /// that have it.
    Product(String),
}

fn from(question: &Question) -> (&'static str, yagura_store::Value) {
    match question {
        Question::Vulnerability(id) => (
            "vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
             JOIN relations r ON r.to_id = f.organization_id
             WHERE f.vulnerability_id = $3 AND f.state <> 'not_affected'",
            key(*id).into(),
        ),
        // The text `:maker:product:` stands in the set's list of names.
        Question::Product(product) => (
            "vuln_sets s JOIN vuln_assets a ON a.set_id = s.id
             JOIN relations r ON r.to_id = a.organization_id
             LEFT JOIN vuln_findings f ON 1 = 0
             WHERE s.cpes LIKE $3 ESCAPE '!'",
            format!("%:{}:%", escape_like(product)).into(),
        ),
    }
}

const OVERSEEN: &str = "r.kind = 'oversees' AND r.from_id = $1
     AND r.valid_from <= $2 AND (r.valid_until IS NULL OR r.valid_until >= $2)";

/// The members that share their detail and have what is asked for, those with the most devices at
/// stake first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn touched(
    database: &Database,
    proof: &Members,
    question: &Question,
    today: Date,
    after: Option<(i64, OrganizationId)>,
    limit: i64,
) -> Result<Vec<Touched>, StoreError> {
    let (from, value) = from(question);
    let mut values = params![proof.organization(), today];
    values.push(value);
    values.extend(params![SharingLevel::Detail.rank(), limit]);
    let mut having = String::new();
    if let Some((devices, organization)) = after {
        values.extend(params![-devices, organization]);
        having = " HAVING (-count(DISTINCT t.asset_id), o.id) > ($6, $7)".to_owned();
    }
    let sql = format!(
        "SELECT o.id AS organization_id, o.name AS name,
                count(DISTINCT t.asset_id) AS devices,
                count(DISTINCT CASE WHEN t.is_open = 1 THEN t.asset_id END) AS open,
                count(DISTINCT CASE WHEN t.is_open = 1 AND t.exposure > 0 THEN t.asset_id END)
                    AS outside,
                count(DISTINCT CASE WHEN t.support_until < $2 THEN t.asset_id END)
                    AS unsupported
         FROM (SELECT a.asset_id AS asset_id, a.organization_id AS organization_id,
                      a.exposure AS exposure, a.support_until AS support_until,
                      f.is_open AS is_open
               FROM {from} AND {OVERSEEN} AND r.sharing = $4) t
         JOIN organizations o ON o.id = t.organization_id
         GROUP BY o.id, o.name{having}
         ORDER BY -count(DISTINCT t.asset_id), o.id LIMIT $5"
    );
    database.rows(ComposedSql(sql), values).await
}

row! {
    struct NumberRow { members: i64, others: i64, overseen: i64, sharing: i64 }
}

/// How many members have what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Members that share their detail and have it.
    pub named: i64,
    /// Members that do not share their detail and have it; nothing where they are 1 to 4.
    pub unnamed: Option<i64>,
    /// All members.
    pub overseen: i64,
    /// Those of them that share their detail.
    pub sharing: i64,
}

/// Whether a number of members whose names are not shared may be told: none at all, or a group of
/// [`SMALLEST_GROUP`] or more. And not all of fewer than that.
#[must_use]
pub(crate) const fn tellable(unnamed: i64, group: i64) -> Option<i64> {
    // Of a small group even a zero says something of each member.
    if group < SMALLEST_GROUP {
        return None;
    }
    if unnamed == 0 || unnamed >= SMALLEST_GROUP {
        Some(unnamed)
    } else {
        None
    }
}

/// How many members have what is asked for.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn numbers(
    database: &Database,
    proof: &Members,
    question: &Question,
    today: Date,
) -> Result<Numbers, StoreError> {
    let (from, value) = from(question);
    let mut values = params![proof.organization(), today];
    values.push(value);
    values.push(SharingLevel::Detail.rank().into());
    let sql = format!(
        "SELECT count(DISTINCT CASE WHEN t.sharing = $4 THEN t.organization_id END) AS members,
                count(DISTINCT CASE WHEN t.sharing <> $4 THEN t.organization_id END) AS others,
                (SELECT count(DISTINCT r.to_id) FROM relations r WHERE {OVERSEEN}) AS overseen,
                (SELECT count(DISTINCT r.to_id) FROM relations r
                 WHERE {OVERSEEN} AND r.sharing = $4) AS sharing
         FROM (SELECT a.organization_id AS organization_id, r.sharing AS sharing
               FROM {from} AND {OVERSEEN}) t"
    );
    let row: NumberRow = database.one(ComposedSql(sql), values).await?;
    Ok(Numbers {
        named: row.members,
        unnamed: tellable(row.others, row.overseen - row.sharing),
        overseen: row.overseen,
        sharing: row.sharing,
    })
}

row! {
    /// A vulnerability that is on the region's mind: known to be exploited, and there.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Present {
        /// Its number.
        pub id: i64,
        /// Its titles.
        pub title_ja: Option<String>,
        /// See there.
        pub title_en: Option<String>,
        /// Since when it is known to be exploited.
        pub kev_added: Option<Date>,
        /// How many members that share their detail have it open.
        pub members: i64,
    }
}

/// Exploited vulnerabilities that members which share their detail still have open.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn present(
    database: &Database,
    proof: &Members,
    today: Date,
    limit: i64,
) -> Result<Vec<Present>, StoreError> {
    let sql = format!(
        "SELECT v.id AS id, v.title_ja AS title_ja, v.title_en AS title_en,
                v.kev_added AS kev_added, count(DISTINCT f.organization_id) AS members
         FROM vulnerabilities v JOIN vuln_findings f ON f.vulnerability_id = v.id
         JOIN relations r ON r.to_id = f.organization_id
         WHERE v.kev_added IS NOT NULL AND f.is_open = 1 AND r.sharing = $3 AND {OVERSEEN}
         GROUP BY v.id, v.title_ja, v.title_en, v.kev_added
         ORDER BY count(DISTINCT f.organization_id) DESC, v.kev_added DESC, v.id LIMIT $4"
    );
    let values = params![
        proof.organization(),
        today,
        SharingLevel::Detail.rank(),
        limit
    ];
    database.rows(ComposedSql(sql), values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_fewer_than_five_are_not_told() {
        for (unnamed, group, told) in [
            (0, 10, Some(0)),
            (1, 10, None),
            (4, 10, None),
            (5, 10, Some(5)),
            (10, 10, Some(10)),
            (0, 4, None),
            (4, 4, None),
            (0, 0, None),
        ] {
            assert_eq!(tellable(unnamed, group), told, "{unnamed} of {group}");
        }
    }
}
