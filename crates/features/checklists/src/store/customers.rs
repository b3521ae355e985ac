//! The worklist of a vendor: its present customers with the state of each one's sheet, paged by
//! key, and what the home page says of them.

use yagura_kernel::id::{OrganizationId, SheetId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, Principal, scope};
use yagura_kernel::proof::CellCounts;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_store::{
    ComposedSql, Database, FromRow, Params, Row, StoreError, Value, escape_like, params, row,
};

use super::rows::wrong;

/// How far a vendor is with a customer's sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CustomerState {
    /// Something is answered, but not the whole first round.
    InWork,
    /// Nothing is answered.
    NotBegun,
    /// The first round is complete.
    Done,
}

impl CustomerState {
    /// Every value, in the order of the worklist.
    pub const ALL: [Self; 3] = [Self::InWork, Self::NotBegun, Self::Done];

    /// The word in addresses and in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InWork => "in_work",
            Self::NotBegun => "not_begun",
            Self::Done => "done",
        }
    }

    /// The value of a word, if it is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    const fn rank(self) -> i64 {
        match self {
            Self::InWork => 0,
            Self::NotBegun => 1,
            Self::Done => 2,
        }
    }

    fn of_rank(rank: i64) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|state| state.rank() == rank)
            .ok_or_else(|| wrong("rank", rank))
    }
}

/// A customer of the vendor with the state of its sheet of the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSheet {
    /// The customer.
    pub customer: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// The sheet for it, where it was opened.
    pub sheet: Option<SheetId>,
    /// How far it is.
    pub state: CustomerState,
    /// How many rows are in which state; zeros where no sheet was opened.
    pub counts: CellCounts,
    /// When anything on the sheet last changed.
    pub changed_at: Option<Instant>,
    urgency: i64,
    search_key: String,
}

impl FromRow for CustomerSheet {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            customer: row.get("id")?,
            name: row.get("name")?,
            kind: OrganizationKind::from_code(&kind)
                .ok_or_else(|| wrong("kind", format!("unknown kind {kind}")))?,
            sheet: row.get("sheet_id")?,
            state: CustomerState::of_rank(row.get("rank")?)?,
            counts: CellCounts {
                verified: row.get("verified")?,
                documented: row.get("documented")?,
                declared: row.get("declared")?,
                no: row.get("no_count")?,
                contradiction: row.get("contradiction")?,
                unanswered: row.get("unanswered")?,
                not_applicable: row.get("not_applicable")?,
            },
            changed_at: row.get("changed_at")?,
            urgency: row.get("urgency")?,
            search_key: row.get("search_key")?,
        })
    }
}

/// Which customers are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Whose name holds this; width, kana and case do not matter.
    pub search: Option<String>,
    /// This far.
    pub state: Option<CustomerState>,
}

/// The place after which the worklist goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerCursor {
    rank: i64,
    urgency: i64,
    customer: OrganizationId,
    search_key: String,
}

impl CustomerCursor {
    /// The place after a row.
    #[must_use]
    pub fn after(row: &CustomerSheet) -> Self {
        Self {
            rank: row.state.rank(),
            urgency: row.urgency,
            customer: row.customer,
            search_key: row.search_key.clone(),
        }
    }

    /// The cursor as a word for addresses and the API: no name is in it but the folded one.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{}.{}.{}.{}",
            self.rank, self.urgency, self.customer, self.search_key
        )
    }

    /// Reads what [`Self::to_text`] wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        Some(Self {
            rank: parts.next()?.parse().ok()?,
            urgency: parts.next()?.parse().ok()?,
            customer: OrganizationId::from(parts.next()?.parse::<Uuid>().ok()?),
            search_key: parts.next()?.to_owned(),
        })
    }
}

/// How many customers are how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomerCounts {
    /// Nothing is answered.
    pub not_begun: i64,
    /// Something is answered.
    pub in_work: i64,
    /// The first round is complete.
    pub done: i64,
}

impl CustomerCounts {
    /// How many there are in all.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.not_begun + self.in_work + self.done
    }

    /// How many are this far; all of them where no state is given.
    #[must_use]
    pub const fn of(&self, state: Option<CustomerState>) -> i64 {
        match state {
            None => self.total(),
            Some(CustomerState::NotBegun) => self.not_begun,
            Some(CustomerState::InWork) => self.in_work,
            Some(CustomerState::Done) => self.done,
        }
    }
}

/// $1 the vendor, $2 the year, $3 today.
const WORK: &str = "WITH work AS (
    SELECT o.id AS id, o.name AS name, o.kind AS kind, o.search_key AS search_key,
           s.id AS sheet_id, s.changed_at AS changed_at,
           COALESCE(s.urgency, 0) AS urgency,
           COALESCE(s.verified, 0) AS verified, COALESCE(s.documented, 0) AS documented,
           COALESCE(s.declared, 0) AS declared, COALESCE(s.no_count, 0) AS no_count,
           COALESCE(s.contradiction, 0) AS contradiction,
           COALESCE(s.unanswered, 0) AS unanswered,
           COALESCE(s.not_applicable, 0) AS not_applicable,
           CAST(CASE
               WHEN s.round1_done_at IS NOT NULL THEN 2
               WHEN COALESCE(s.verified + s.documented + s.declared + s.no_count
                             + s.contradiction, 0) > 0 THEN 0
               ELSE 1 END AS BIGINT) AS rank
    FROM organizations o
    LEFT JOIN sheets s ON s.vendor_id = $1 AND s.fiscal_year = $2 AND s.owner_id = o.id
                      AND s.kind = 'vendor'
    WHERE o.id IN (SELECT r.to_id FROM relations r
                   WHERE r.kind = 'supplies' AND r.from_id = $1 AND r.valid_from <= $3
                     AND (r.valid_until IS NULL OR r.valid_until >= $3))
)";

fn parameters(principal: &Principal, year: FiscalYear, now: Instant) -> Option<Params> {
    let vendor = scope(principal, Action::ReadVendorSheet).customers?;
    Some(params![vendor, year.year(), now.jst_date()])
}

fn conditions(filter: &CustomerFilter, values: &mut Params) -> String {
    let mut sql = String::new();
    if let Some(search) = &filter.search {
        let escaped = escape_like(&normalise_for_search(search));
        values.push(format!("%{escaped}%").into());
        sql.push_str(&format!(
            " AND search_key LIKE ${} ESCAPE '!'",
            values.len()
        ));
    }
    if let Some(state) = filter.state {
        values.push(Value::from(state.rank()));
        sql.push_str(&format!(" AND rank = ${}", values.len()));
    }
    sql
}

/// A page of the worklist of the vendor one acts for: unfinished work first, the most urgent first
/// among it, then by name. One statement; nothing for who may not read the sheets.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn customer_sheets(
    database: &Database,
    principal: &Principal,
    year: FiscalYear,
    filter: &CustomerFilter,
    after: Option<&CustomerCursor>,
    limit: i64,
    now: Instant,
) -> Result<Vec<CustomerSheet>, StoreError> {
    let Some(mut values) = parameters(principal, year, now) else {
        return Ok(Vec::new());
    };
    let mut sql = format!(
        "{WORK} SELECT * FROM work WHERE 1 = 1{}",
        conditions(filter, &mut values)
    );
    if let Some(after) = after {
        let first = values.len() + 1;
        sql.push_str(&format!(
            " AND (rank, -urgency, search_key, id) > (${first}, ${}, ${}, ${})",
            first + 1,
            first + 2,
            first + 3
        ));
        values.extend(params![
            after.rank,
            after.urgency.saturating_neg(),
            &after.search_key,
            after.customer
        ]);
    }
    values.push(Value::from(limit));
    sql.push_str(&format!(
        " ORDER BY rank, urgency DESC, search_key, id LIMIT ${}",
        values.len()
    ));
    database.rows(ComposedSql(sql), values).await
}

row! {
    struct RankCount { rank: i64, n: i64 }
}

/// How many customers of the vendor one acts for are how far. One statement.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn customer_counts(
    database: &Database,
    principal: &Principal,
    year: FiscalYear,
    search: Option<&str>,
    now: Instant,
) -> Result<CustomerCounts, StoreError> {
    let mut counts = CustomerCounts::default();
    let Some(mut values) = parameters(principal, year, now) else {
        return Ok(counts);
    };
    let filter = CustomerFilter {
        search: search.map(str::to_owned),
        state: None,
    };
    let sql = format!(
        "{WORK} SELECT rank, count(*) AS n FROM work WHERE 1 = 1{} GROUP BY rank",
        conditions(&filter, &mut values)
    );
    let rows: Vec<RankCount> = database.rows(ComposedSql(sql), values).await?;
    for row in rows {
        match CustomerState::of_rank(row.rank)? {
            CustomerState::NotBegun => counts.not_begun += row.n,
            CustomerState::InWork => counts.in_work += row.n,
            CustomerState::Done => counts.done += row.n,
        }
    }
    Ok(counts)
}

/// Customers on whose sheets something is answered, the fullest first: whose answers can be
/// offered for `customer`.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn draft_sources(
    database: &Database,
    principal: &Principal,
    year: FiscalYear,
    customer: OrganizationId,
    limit: i64,
    now: Instant,
) -> Result<Vec<CustomerSheet>, StoreError> {
    let Some(mut values) = parameters(principal, year, now) else {
        return Ok(Vec::new());
    };
    values.extend(params![customer, limit]);
    let sql = format!(
        "{WORK} SELECT * FROM work
         WHERE id <> $4 AND verified + documented + declared + no_count + contradiction > 0
         ORDER BY verified + documented + declared + no_count + contradiction DESC,
                  search_key, id
         LIMIT $5"
    );
    database.rows(ComposedSql(sql), values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_address() {
        let cursor = CustomerCursor {
            rank: 1,
            urgency: -3,
            customer: OrganizationId::from(Uuid::from_u128(7)),
            search_key: "みどり.坂".to_owned(),
        };
        assert_eq!(
            CustomerCursor::from_text(&cursor.to_text()),
            Some(cursor.clone())
        );
        for wrong in ["", "1", "1.2", "1.2.x.y", "a.2.x.y"] {
            assert_eq!(CustomerCursor::from_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn states_have_words() {
        for state in CustomerState::ALL {
            assert_eq!(CustomerState::from_code(state.code()), Some(state));
            assert_eq!(CustomerState::of_rank(state.rank()).ok(), Some(state));
        }
        assert_eq!(CustomerState::from_code("all"), None);
    }
}
