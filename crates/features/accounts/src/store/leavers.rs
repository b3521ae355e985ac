//! Leavers of whose permissions a person must say whether they are theirs.

use accountmatch::model::Staff;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, StoreError, Transaction, Value, params, placeholders, row,
};

use super::{AccountsError, CHUNK, Edit, Read, person_of};
use crate::ledger::WhyOpen;

row! {
    /// A leaver with open permissions of their name.
    #[derive(Debug, Clone)]
    pub(crate) struct LeaverRow {
        pub(crate) id: Uuid,
        pub(crate) staff_key: String,
        pub(crate) name: String,
        pub(crate) number: String,
        pub(crate) department: String,
        pub(crate) left_on: Option<Date>,
        /// `namesake` or `numbers`.
        pub(crate) reason: String,
        pub(crate) found_at: Instant,
    }
}

const SELECT: &str = "SELECT id, staff_key, name, number, department, left_on, reason, found_at
     FROM accounts_leavers";

/// Keeps leavers about whom a person is to be asked, and settles what was asked of those who are
/// back.
pub(crate) async fn keep_leavers(
    tx: &mut Transaction,
    organization: OrganizationId,
    ids: &dyn IdGenerator,
    open: &[(&Staff, WhyOpen)],
    staying: &[&Staff],
    today: Date,
    now: Instant,
) -> Result<(), StoreError> {
    row! { struct Known { id: Uuid, staff_key: String } }
    let known: Vec<Known> = tx
        .rows(
            "SELECT id, staff_key FROM accounts_leavers
             WHERE organization_id = $1 AND settled_at IS NULL",
            params![organization],
        )
        .await?;
    let here: std::collections::HashSet<&str> =
        staying.iter().map(|person| person.key.as_str()).collect();
    let back: Vec<Uuid> = known
        .iter()
        .filter(|row| here.contains(row.staff_key.as_str()))
        .map(|row| row.id)
        .collect();
    for chunk in back.chunks(CHUNK) {
        let mut values = params![now];
        values.extend(chunk.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "UPDATE accounts_leavers SET settled_at = $1 WHERE id IN ({})",
            placeholders(2, chunk.len())
        );
        tx.execute(ComposedSql(sql), values).await?;
    }
    let rows: Vec<_> = open
        .iter()
        .filter(|(person, _)| known.iter().all(|row| row.staff_key != person.key))
        .map(|(person, why)| {
            params![
                ids.id(),
                organization,
                &person.key,
                &person.name,
                person.number.clone().unwrap_or_default(),
                person.department.clone().unwrap_or_default(),
                person.left_on(today),
                why.code(),
                now,
                ""
            ]
        })
        .collect();
    tx.insert_many(
        "accounts_leavers",
        &[
            "id",
            "organization_id",
            "staff_key",
            "name",
            "number",
            "department",
            "left_on",
            "reason",
            "found_at",
            "note",
        ],
        rows,
    )
    .await?;
    Ok(())
}

/// Those about whom a person is asked, the oldest question first, from after one.
pub(crate) async fn leavers(
    database: &Database,
    proof: &Read,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<LeaverRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE organization_id = $1 AND settled_at IS NULL AND id > $2
         ORDER BY id LIMIT $3"
    );
    let after = after.unwrap_or_else(Uuid::nil);
    database
        .rows(
            ComposedSql(sql),
            params![proof.organization(), after, limit],
        )
        .await
}

/// How many they are.
pub(crate) async fn count_leavers(
    database: &Database,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) AS n FROM accounts_leavers
               WHERE organization_id = $1 AND settled_at IS NULL";
    database.count(sql, params![organization]).await
}

/// One about whom a person is asked.
pub(crate) async fn leaver(
    database: &Database,
    organization: OrganizationId,
    id: Uuid,
) -> Result<LeaverRow, AccountsError> {
    let sql = format!("{SELECT} WHERE organization_id = $1 AND id = $2 AND settled_at IS NULL");
    let found = database
        .optional(ComposedSql(sql), params![organization, id])
        .await?;
    found.ok_or(AccountsError::LeaverSettled)
}

/// Whose institution's they are, before anything is authorised.
pub(crate) async fn leaver_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM accounts_leavers WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

/// Notes that a person has looked.
pub(crate) async fn settle_leaver(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    note: &str,
    now: Instant,
) -> Result<(), AccountsError> {
    let touched = tx
        .execute(
            "UPDATE accounts_leavers SET settled_at = $1, settled_by = $2, note = $3
             WHERE id = $4 AND organization_id = $5 AND settled_at IS NULL",
            params![now, person_of(proof), note, id, proof.organization()],
        )
        .await?;
    if touched == 0 {
        return Err(AccountsError::LeaverSettled);
    }
    Ok(())
}
