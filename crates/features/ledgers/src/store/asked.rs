//! What other features ask: who was given which permission, which exceptions hold, what somebody
//! still has.

use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::Authorized;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::Date;
use yagura_store::{
    ComposedSql, Database, FromRow, Params, Row, StoreError, Transaction, params, row,
};

use super::read::SELECT;
use super::{Reads, Writes, wrong};
use crate::model::{Entry, Exception, Permission, State, person_key};

/// Which permissions are asked for.
#[derive(Debug, Clone, Default)]
pub struct GrantFilter {
    /// Of this system of the register.
    pub system: Option<Uuid>,
    /// From after this id; the answer is ordered by id.
    pub after: Option<Uuid>,
    /// At most so many; `None` for all.
    pub limit: Option<i64>,
}

/// A permission that was given and not yet taken away, with what accounts are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The entry.
    pub id: Uuid,
    /// Whom, by name.
    pub name: String,
    /// 職員番号; empty where it is not known.
    pub staff_number: String,
    /// 所属.
    pub department: String,
    /// The system of the register.
    pub system: Option<Uuid>,
    /// What the system is called.
    pub system_name: String,
    /// Which function or right.
    pub function: String,
    /// The id of the account; empty where it is not known.
    pub account: String,
    /// Whether it gives administrator rights.
    pub privileged: bool,
    /// From when.
    pub from: Option<Date>,
    /// Until when, the last day included.
    pub until: Option<Date>,
    /// [`State::Open`] or [`State::ToEnd`].
    pub state: State,
    /// The request that granted it.
    pub request: Option<Uuid>,
    /// Whether a request or a paper shows who permitted it.
    pub permitted: bool,
}

impl Grant {
    /// Whether the account may be used on a day: what is to be taken away, ended or has not begun
    /// may not.
    #[must_use]
    pub fn is_in_force(&self, today: Date) -> bool {
        self.state == State::Open
            && self.from.is_none_or(|from| from <= today)
            && self.until.is_none_or(|until| until >= today)
    }
}

impl FromRow for Grant {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let content: String = row.get("content")?;
        let said: Permission = serde_json::from_str(&content)?;
        let state: String = row.get("state")?;
        Ok(Self {
            id: row.get("id")?,
            name: said.name,
            staff_number: said.staff_number,
            department: said.department,
            system: said.system,
            system_name: said.system_name,
            function: said.function,
            account: said.account,
            privileged: said.privileged,
            from: said.from,
            until: said.until,
            state: State::from_code(&state).ok_or_else(|| wrong("state", state))?,
            request: row.get("request_id")?,
            permitted: row.get::<i64>("permitted")? != 0,
        })
    }
}

fn page(filter: &GrantFilter, organization: OrganizationId) -> (String, Params) {
    let mut values = params![organization, filter.after.unwrap_or_else(Uuid::nil)];
    let mut sql = String::new();
    if let Some(system) = filter.system {
        values.push(system.into());
        sql.push_str(&format!(" AND system_id = ${}", values.len()));
    }
    sql.push_str(" ORDER BY id");
    if let Some(limit) = filter.limit {
        values.push(limit.into());
        sql.push_str(&format!(" LIMIT ${}", values.len()));
    }
    (sql, values)
}

/// The permissions that were given and not yet taken away, also those that are to be (see
/// [`Grant::is_in_force`]), by id, in one query.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn permissions_in_force<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    filter: &GrantFilter,
) -> Result<Vec<Grant>, StoreError> {
    let (rest, values) = page(filter, proof.organization());
    let sql = format!(
        "SELECT id, content, state, request_id, permitted FROM ledger_entries
         WHERE organization_id = $1 AND id > $2 AND ledger = 'permissions'
           AND state IN ('open', 'to_end'){rest}"
    );
    database.rows(ComposedSql(sql), values).await
}

/// An exception that holds on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct ExceptionInForce {
    /// The entry.
    pub id: Uuid,
    /// What it says: the rule, for whom or what, until when.
    pub said: Exception,
    /// The request that granted it.
    pub request: Option<Uuid>,
}

impl FromRow for ExceptionInForce {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let content: String = row.get("content")?;
        Ok(Self {
            id: row.get("id")?,
            said: serde_json::from_str(&content)?,
            request: row.get("request_id")?,
        })
    }
}

/// The exceptions that hold on a day, by id, in one query.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn exceptions_in_force<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    today: Date,
) -> Result<Vec<ExceptionInForce>, StoreError> {
    database
        .rows(
            "SELECT id, content, request_id FROM ledger_entries
             WHERE organization_id = $1 AND ledger = 'exceptions' AND state = 'open'
               AND (starts_on IS NULL OR starts_on <= $2) AND ends_on >= $2
             ORDER BY id",
            params![proof.organization(), today],
        )
        .await
}

/// The medium in use that is called so, however its name is written; the first where several are.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn medium_named<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    name: &str,
) -> Result<Option<Uuid>, StoreError> {
    row! { struct Named { id: Uuid } }
    let sql = "SELECT id FROM ledger_entries
               WHERE organization_id = $1 AND ledger = 'media' AND sort_key = $2
                 AND state = 'open'
               ORDER BY id LIMIT 1";
    let values = params![proof.organization(), normalise_for_search(name)];
    let found: Option<Named> = tx.optional(sql, values).await?;
    Ok(found.map(|named| named.id))
}

/// Everything that somebody still has: permissions, exports, loans, media. By staff number where
/// one is given, and by name what carries no number.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn open_entries_of<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    whom: &super::Whom,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE e.organization_id = $1 AND e.state IN ('open', 'to_end')
           AND (($2 <> '' AND e.staff_key = $2)
             OR (e.person_key = $3 AND $3 <> '' AND ($2 = '' OR e.staff_key = '')))
         ORDER BY e.ledger, e.sort_key, e.id LIMIT $4"
    );
    let values = params![
        proof.organization(),
        person_key(&whom.staff_number),
        person_key(&whom.name),
        limit
    ];
    database.rows(ComposedSql(sql), values).await
}
