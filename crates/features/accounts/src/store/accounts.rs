//! Accounts as last exported, whose they are, and what people decided of them.

use std::collections::HashMap;

use accountmatch::matching::Decision;
use accountmatch::model::Account;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::Instant;
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, params, placeholders, row,
};

use super::{AccountsError, CHUNK, Edit, Read, like, person_of};

row! {
    /// An account with whose it is.
    #[derive(Debug, Clone)]
    pub(crate) struct AccountRow {
        pub(crate) id: Uuid,
        pub(crate) source_id: Uuid,
        pub(crate) source_name: String,
        pub(crate) key: String,
        pub(crate) name: String,
        pub(crate) content: String,
        pub(crate) enabled: Option<bool>,
        pub(crate) privileged: Option<bool>,
        pub(crate) state: Option<String>,
        pub(crate) staff_key: Option<String>,
        pub(crate) owner_name: Option<String>,
        pub(crate) detail: Option<String>,
        pub(crate) score: Option<i64>,
    }
}

impl AccountRow {
    /// What the source says of it.
    pub(crate) fn account(&self) -> Account {
        serde_json::from_str(&self.content).unwrap_or_default()
    }
}

const SELECT: &str = "SELECT a.id AS id, a.source_id AS source_id, s.name AS source_name,
        a.key AS key, a.name AS name, a.content AS content, a.enabled AS enabled,
        a.privileged AS privileged, o.state AS state, o.staff_key AS staff_key,
        o.owner_name AS owner_name, o.detail AS detail, o.score AS score
     FROM accounts_found a JOIN accounts_sources s ON s.id = a.source_id
     LEFT JOIN accounts_owners o ON o.account_id = a.id";

/// Which accounts are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountFilter {
    pub(crate) search: Option<String>,
    pub(crate) source: Option<Uuid>,
    /// State of the owner.
    pub(crate) owner: Option<String>,
    pub(crate) privileged: bool,
    pub(crate) usable: bool,
    /// Of this member of the staff.
    pub(crate) staff: Option<String>,
}

impl AccountFilter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            values.push(like(word).into());
            sql.push_str(&format!(
                " AND a.search_key LIKE ${} ESCAPE '!'",
                values.len()
            ));
        }
        if let Some(source) = self.source {
            values.push(source.into());
            sql.push_str(&format!(" AND a.source_id = ${}", values.len()));
        }
        if let Some(owner) = &self.owner {
            values.push(owner.into());
            sql.push_str(&format!(" AND o.state = ${}", values.len()));
        }
        if let Some(staff) = &self.staff {
            values.push(staff.into());
            sql.push_str(&format!(" AND o.staff_key = ${}", values.len()));
        }
        if self.privileged {
            sql.push_str(" AND a.privileged = 1");
        }
        if self.usable {
            sql.push_str(" AND (a.enabled IS NULL OR a.enabled = 1)");
        }
        sql
    }
}

/// A page of accounts, in the order of their ids.
pub(crate) async fn list_accounts(
    database: &Database,
    proof: &Read,
    filter: &AccountFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<AccountRow>, StoreError> {
    let mut values = params![proof.organization(), after.unwrap_or_else(Uuid::nil)];
    let conditions = filter.conditions(&mut values);
    values.push(limit.into());
    let sql = format!(
        "{SELECT} WHERE a.organization_id = $1 AND a.id > $2{conditions} ORDER BY a.id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many they are.
pub(crate) async fn count_accounts(
    database: &Database,
    proof: &Read,
    filter: &AccountFilter,
) -> Result<i64, StoreError> {
    let mut values = params![proof.organization()];
    let conditions = filter.conditions(&mut values);
    let sql = format!(
        "SELECT count(*) AS n FROM accounts_found a
         LEFT JOIN accounts_owners o ON o.account_id = a.id
         WHERE a.organization_id = $1{conditions}"
    );
    database.count(ComposedSql(sql), values).await
}

/// Those with administrator rights by source and user name, from after an account.
pub(crate) async fn administrators(
    database: &Database,
    proof: &Read,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<AccountRow>, StoreError> {
    let mut values = params![proof.organization(), limit];
    let place = match after {
        Some(after) => {
            values.push(after.into());
            " AND (s.name, a.key, a.id) > (SELECT t.name, b.key, b.id FROM accounts_found b
                JOIN accounts_sources t ON t.id = b.source_id
                WHERE b.id = $3 AND b.organization_id = $1)"
        }
        None => "",
    };
    let sql = format!(
        "{SELECT} WHERE a.organization_id = $1 AND a.privileged = 1{place}
         ORDER BY s.name, a.key, a.id LIMIT $2"
    );
    database.rows(ComposedSql(sql), values).await
}

/// Accounts of which a person must say whose they are, those that fit best first.
pub(crate) async fn proposals(
    database: &Database,
    proof: &Read,
    source: Option<Uuid>,
    before: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<AccountRow>, StoreError> {
    let (score, id) = before.unwrap_or((i64::MAX, Uuid::nil()));
    let mut values = params![proof.organization(), score, id];
    let mut of_source = String::new();
    if let Some(source) = source {
        values.push(source.into());
        of_source = format!(" AND o.source_id = ${}", values.len());
    }
    values.push(limit.into());
    let sql = format!(
        "{SELECT} WHERE o.organization_id = $1 AND o.state = 'open'
           AND (a.enabled IS NULL OR a.enabled = 1)
           AND (o.score < $2 OR (o.score = $2 AND o.account_id > $3)){of_source}
         ORDER BY o.score DESC, o.account_id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many they are.
pub(crate) async fn count_proposals(
    database: &Database,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) AS n FROM accounts_owners o
               JOIN accounts_found a ON a.id = o.account_id
               WHERE o.organization_id = $1 AND o.state = 'open'
                 AND (a.enabled IS NULL OR a.enabled = 1)";
    database.count(sql, params![organization]).await
}

/// How many running findings "of nobody" only wait for a person to say whose the account is.
pub(crate) async fn count_unconfirmed(
    database: &Database,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) AS n FROM accounts_findings f
               JOIN accounts_found a ON a.source_id = f.source_id AND a.key = f.account_key
               JOIN accounts_owners o ON o.account_id = a.id
               WHERE f.organization_id = $1 AND f.kind = 'nobody' AND f.state IN ('open', 'task')
                 AND o.state = 'open' AND o.score > 0";
    database.count(sql, params![organization]).await
}

/// Accounts of which names alone say that they may be those of somebody who has left, those that fit
/// best first.
pub(crate) async fn perhaps_of_leavers(
    database: &Database,
    proof: &Read,
    limit: i64,
) -> Result<Vec<AccountRow>, StoreError> {
    // The detail of an open account lists its candidates, each with the day on which they left.
    let sql = format!(
        "{SELECT} WHERE o.organization_id = $1 AND o.state = 'open' AND o.score > 0
           AND (a.enabled IS NULL OR a.enabled = 1) AND o.detail LIKE '%\"left\":\"%'
         ORDER BY o.score DESC, o.account_id LIMIT $2"
    );
    database
        .rows(ComposedSql(sql), params![proof.organization(), limit])
        .await
}

/// One account.
pub(crate) async fn account(
    database: &Database,
    organization: OrganizationId,
    id: Uuid,
) -> Result<AccountRow, AccountsError> {
    let sql = format!("{SELECT} WHERE a.organization_id = $1 AND a.id = $2");
    let found = database
        .optional(ComposedSql(sql), params![organization, id])
        .await?;
    found.ok_or(AccountsError::NotFound)
}

/// Whose institution's it is, before anything is authorised.
pub(crate) async fn account_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM accounts_found WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

/// The accounts of an institution by source, with their ids.
pub(crate) async fn accounts_of(
    database: &Database,
    organization: OrganizationId,
    source: Uuid,
) -> Result<Vec<(Uuid, Account)>, StoreError> {
    row! { struct Found { id: Uuid, content: String } }
    let sql = "SELECT id, content FROM accounts_found
               WHERE organization_id = $1 AND source_id = $2 ORDER BY id";
    let rows: Vec<Found> = database.rows(sql, params![organization, source]).await?;
    rows.into_iter()
        .map(|row| Ok((row.id, serde_json::from_str(&row.content)?)))
        .collect()
}

async fn delete_chunks(
    tx: &mut Transaction,
    table: &'static str,
    column: &'static str,
    ids: &[Uuid],
) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        let sql = format!(
            "DELETE FROM {table} WHERE {column} IN ({})",
            placeholders(1, chunk.len())
        );
        tx.execute(ComposedSql(sql), values).await?;
    }
    Ok(())
}

/// Takes an export over: what it says of each account, and none that it does not name.
pub(crate) async fn replace_accounts(
    tx: &mut Transaction,
    organization: OrganizationId,
    source: Uuid,
    ids: &dyn IdGenerator,
    accounts: &[Account],
) -> Result<(), StoreError> {
    row! { struct Known { id: Uuid, key: String, content: String } }
    let sql = "SELECT id, key, content FROM accounts_found
               WHERE organization_id = $1 AND source_id = $2";
    let known: Vec<Known> = tx.rows(sql, params![organization, source]).await?;
    let mut by_key: HashMap<String, (Uuid, String)> = known
        .into_iter()
        .map(|row| (row.key, (row.id, row.content)))
        .collect();
    let mut rows = Vec::new();
    let mut changed = Vec::new();
    for account in accounts {
        let key = account.key();
        let content = serde_json::to_string(account)?;
        let id = match by_key.remove(&key) {
            Some((_, was)) if was == content => continue,
            Some((id, _)) => {
                changed.push(id);
                id
            }
            None => ids.id(),
        };
        let name = account.name.clone().unwrap_or_default();
        let search = format!(
            "{} {name} {} {}",
            account.id,
            account.staff_number.as_deref().unwrap_or_default(),
            account.department.as_deref().unwrap_or_default()
        );
        rows.push(params![
            id,
            organization,
            source,
            key,
            name,
            normalise_for_search(&search),
            content,
            account.enabled,
            account.privileged()
        ]);
    }
    let gone: Vec<Uuid> = by_key.into_values().map(|(id, _)| id).collect();
    delete_chunks(tx, "accounts_owners", "account_id", &gone).await?;
    delete_chunks(tx, "accounts_found", "id", &gone).await?;
    delete_chunks(tx, "accounts_found", "id", &changed).await?;
    tx.insert_many(
        "accounts_found",
        &[
            "id",
            "organization_id",
            "source_id",
            "key",
            "name",
            "search_key",
            "content",
            "enabled",
            "privileged",
        ],
        rows,
    )
    .await?;
    Ok(())
}

row! {
    /// Whose an account is, as stored.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct OwnerRow {
        pub(crate) account_id: Uuid,
        /// `staff`, `gone`, `shared`, `service`, `nobody` or `open`.
        pub(crate) state: String,
        pub(crate) staff_key: String,
        pub(crate) owner_name: String,
        pub(crate) detail: String,
        pub(crate) score: i64,
    }
}

/// Whose the accounts of a source are, as last written.
pub(crate) async fn owners_of(
    database: &Database,
    organization: OrganizationId,
    source: Uuid,
) -> Result<HashMap<Uuid, OwnerRow>, StoreError> {
    let sql = "SELECT account_id, state, staff_key, owner_name, detail, score
               FROM accounts_owners WHERE organization_id = $1 AND source_id = $2";
    let rows: Vec<OwnerRow> = database.rows(sql, params![organization, source]).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

/// Writes those that changed.
pub(crate) async fn write_owners(
    tx: &mut Transaction,
    organization: OrganizationId,
    source: Uuid,
    owners: Vec<OwnerRow>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = owners.iter().map(|owner| owner.account_id).collect();
    delete_chunks(tx, "accounts_owners", "account_id", &ids).await?;
    let rows = owners.into_iter().map(|owner| {
        params![
            owner.account_id,
            organization,
            source,
            owner.state,
            owner.staff_key,
            owner.owner_name,
            owner.detail,
            owner.score
        ]
    });
    tx.insert_many(
        "accounts_owners",
        &[
            "account_id",
            "organization_id",
            "source_id",
            "state",
            "staff_key",
            "owner_name",
            "detail",
            "score",
        ],
        rows,
    )
    .await?;
    Ok(())
}

/// What was decided of an account, and who was said no to.
pub(crate) type Decided = (Option<Decision>, Vec<String>);

/// What people decided: by source, then by account.
pub(crate) async fn decisions(
    database: &Database,
    organization: OrganizationId,
) -> Result<HashMap<String, HashMap<String, Decided>>, StoreError> {
    row! {
        struct Row { source_id: Uuid, account_key: String, decision: Option<String>, refused: String }
    }
    let sql = "SELECT source_id, account_key, decision, refused FROM accounts_decisions
               WHERE organization_id = $1";
    let rows: Vec<Row> = database.rows(sql, params![organization]).await?;
    let mut found: HashMap<String, HashMap<String, Decided>> = HashMap::new();
    for row in rows {
        let decision = row
            .decision
            .map(|text| serde_json::from_str(&text))
            .transpose()?;
        let refused = serde_json::from_str(&row.refused)?;
        found
            .entry(row.source_id.to_string())
            .or_default()
            .insert(row.account_key, (decision, refused));
    }
    Ok(found)
}

/// Keeps what a person decided of an account; without a decision the candidates that were shown are
/// refused and somebody else is looked for.
pub(crate) async fn decide(
    tx: &mut Transaction,
    proof: &Edit,
    account: &AccountRow,
    decision: Option<&Decision>,
    refused: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    let decision = decision.map(serde_json::to_string).transpose()?;
    row! { struct Was { refused: String } }
    let was: Option<Was> = tx
        .optional(
            "SELECT refused FROM accounts_decisions WHERE source_id = $1 AND account_key = $2",
            params![account.source_id, &account.key],
        )
        .await?;
    let mut all: Vec<String> = match was {
        Some(was) => serde_json::from_str(&was.refused)?,
        None => Vec::new(),
    };
    all.extend(refused.iter().cloned());
    all.sort();
    all.dedup();
    tx.execute(
        "INSERT INTO accounts_decisions (source_id, account_key, organization_id, decision, refused,
            decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (source_id, account_key) DO UPDATE SET decision = $4, refused = $5,
            decided_by = $6, decided_at = $7",
        params![
            account.source_id,
            &account.key,
            proof.organization(),
            decision,
            serde_json::to_string(&all)?,
            person_of(proof),
            now
        ],
    )
    .await?;
    Ok(())
}
