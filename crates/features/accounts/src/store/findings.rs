//! Findings with their state.

use std::collections::HashMap;

use accountmatch::findings::{FindingKind, Ground};
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_store::{
    ComposedSql, Database, Engine, Params, StoreError, Transaction, params, placeholders, row,
};

use super::{AccountsError, CHUNK, Edit, Read, kind_of, person_of};
use crate::model::FindingState;

row! {
    /// A finding.
    #[derive(Debug, Clone)]
    pub(crate) struct FindingRow {
        pub(crate) id: Uuid,
        pub(crate) organization_id: OrganizationId,
        pub(crate) source_id: Uuid,
        pub(crate) source_name: String,
        pub(crate) account_id: Option<Uuid>,
        pub(crate) account_key: String,
        pub(crate) account_name: String,
        pub(crate) kind: String,
        pub(crate) gravity: i64,
        pub(crate) urgency: i64,
        pub(crate) state: String,
        pub(crate) grounds: String,
        pub(crate) owner_key: String,
        pub(crate) owner_name: String,
        pub(crate) stable_id: Option<String>,
        pub(crate) import_id: Option<Uuid>,
        pub(crate) due_on: Option<Date>,
        pub(crate) asked_by: Option<PersonId>,
        pub(crate) note: String,
        pub(crate) accepted_until: Option<Date>,
        pub(crate) proof: Option<String>,
        pub(crate) found_at: Instant,
        pub(crate) ended_at: Option<Instant>,
        pub(crate) revision: i64,
    }
}

impl FindingRow {
    pub(crate) fn state(&self) -> FindingState {
        FindingState::from_code(&self.state)
    }

    pub(crate) fn kind(&self) -> Result<FindingKind, StoreError> {
        kind_of(&self.kind)
    }

    pub(crate) fn grounds(&self) -> Vec<Ground> {
        serde_json::from_str(&self.grounds).unwrap_or_default()
    }
}

const SELECT: &str = "SELECT f.id AS id, f.organization_id AS organization_id,
        f.source_id AS source_id, s.name AS source_name, a.id AS account_id,
        f.account_key AS account_key, f.account_name AS account_name, f.kind AS kind,
        f.gravity AS gravity, f.urgency AS urgency, f.state AS state, f.grounds AS grounds,
        f.owner_key AS owner_key, f.owner_name AS owner_name, f.stable_id AS stable_id,
        f.import_id AS import_id, f.due_on AS due_on, f.asked_by AS asked_by, f.note AS note,
        f.accepted_until AS accepted_until, f.proof AS proof, f.found_at AS found_at,
        f.ended_at AS ended_at, f.revision AS revision
     FROM accounts_findings f JOIN accounts_sources s ON s.id = f.source_id
     LEFT JOIN accounts_found a ON a.source_id = f.source_id AND a.key = f.account_key";

/// Which findings are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct FindingFilter {
    pub(crate) kind: Option<String>,
    pub(crate) source: Option<Uuid>,
    /// A state, or `running` for all that run, `to_do` for those that are neither accepted nor
    /// ended.
    pub(crate) state: String,
}

impl FindingFilter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        if let Some(kind) = &self.kind {
            values.push(kind.into());
            sql.push_str(&format!(" AND f.kind = ${}", values.len()));
        }
        if let Some(source) = self.source {
            values.push(source.into());
            sql.push_str(&format!(" AND f.source_id = ${}", values.len()));
        }
        match self.state.as_str() {
            "all" => {}
            "running" => sql.push_str(" AND f.state IN ('open', 'task', 'accepted')"),
            "" | "to_do" => sql.push_str(" AND f.state IN ('open', 'task')"),
            state => {
                values.push(state.into());
                sql.push_str(&format!(" AND f.state = ${}", values.len()));
            }
        }
        sql
    }
}

/// The place after which a worklist goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) urgency: i64,
    pub(crate) id: Uuid,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}_{}", self.urgency, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (urgency, id) = text.split_once('_').ok_or(())?;
        Ok(Self {
            urgency: urgency.parse().map_err(|_| ())?,
            id: yagura_kernel::id::parse_uuid(id).map_err(|_| ())?,
        })
    }
}

/// A page of the worklist, the gravest first.
pub(crate) async fn list_findings(
    database: &Database,
    proof: &Read,
    filter: &FindingFilter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<FindingRow>, StoreError> {
    let mut values = params![proof.organization()];
    let mut conditions = filter.conditions(&mut values);
    if let Some(after) = after {
        values.extend(params![after.urgency, after.id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (f.urgency < ${0} OR (f.urgency = ${0} AND f.id > ${1}))",
            place - 1,
            place
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "{SELECT} WHERE f.organization_id = $1{conditions}
         ORDER BY f.urgency DESC, f.id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many they are.
pub(crate) async fn count_findings(
    database: &Database,
    proof: &Read,
    filter: &FindingFilter,
) -> Result<i64, StoreError> {
    let mut values = params![proof.organization()];
    let conditions = filter.conditions(&mut values);
    let sql = format!(
        "SELECT count(*) AS n FROM accounts_findings f WHERE f.organization_id = $1{conditions}"
    );
    database.count(ComposedSql(sql), values).await
}

row! {
    /// How many findings of a kind run.
    #[derive(Debug, Clone)]
    pub(crate) struct Sum {
        pub(crate) kind: String,
        pub(crate) state: String,
        pub(crate) n: i64,
        pub(crate) late: i64,
    }
}

/// How many findings run, by kind and state; those past their day.
pub(crate) async fn sums(
    database: &Database,
    organization: OrganizationId,
    today: Date,
) -> Result<Vec<Sum>, StoreError> {
    database
        .rows(
            "SELECT kind, state, count(*) AS n,
                    count(CASE WHEN due_on < $2 THEN 1 END) AS late
             FROM accounts_findings
             WHERE organization_id = $1 AND state IN ('open', 'task', 'accepted')
             GROUP BY kind, state",
            params![organization, format_iso(today)],
        )
        .await
}

/// One finding.
pub(crate) async fn finding(
    database: &Database,
    proof: &Read,
    id: Uuid,
) -> Result<FindingRow, AccountsError> {
    let sql = format!("{SELECT} WHERE f.organization_id = $1 AND f.id = $2");
    let found = database
        .optional(ComposedSql(sql), params![proof.organization(), id])
        .await?;
    found.ok_or(AccountsError::NotFound)
}

/// The findings of an account that run.
pub(crate) async fn finding_of(
    database: &Database,
    proof: &Read,
    source: Uuid,
    account: &str,
) -> Result<Vec<FindingRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE f.organization_id = $1 AND f.source_id = $2 AND f.account_key = $3
           AND f.state IN ('open', 'task', 'accepted') ORDER BY f.urgency DESC, f.id"
    );
    database
        .rows(
            ComposedSql(sql),
            params![proof.organization(), source, account],
        )
        .await
}

/// Whose it is, before anything is authorised.
pub(crate) async fn finding_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM accounts_findings WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

/// Every finding of an institution that ran or ends now, by source, account and kind.
pub(crate) async fn running(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<FindingRow>, StoreError> {
    let sql = format!("{SELECT} WHERE f.organization_id = $1");
    database.rows(ComposedSql(sql), params![organization]).await
}

/// What came out of a reconciliation for one finding.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) row: FindingRow,
    /// What happened, with its detail; none where only the grounds are newer.
    pub(crate) event: Option<(&'static str, Json)>,
}

/// Writes what changed, in few statements. What somebody changed since it was read is left as it is;
/// the answer says whether there was such a one, and everything is to be judged again.
pub(crate) async fn judge(
    tx: &mut Transaction,
    organization: OrganizationId,
    ids: &dyn IdGenerator,
    judged: &[Judged],
    now: Instant,
) -> Result<bool, StoreError> {
    row! { struct Held { id: Uuid, revision: i64 } }
    let lock = match tx.engine() {
        Engine::Postgres => " FOR UPDATE",
        Engine::Sqlite => "",
    };
    let mut revisions: HashMap<Uuid, i64> = HashMap::new();
    let all: Vec<Uuid> = judged.iter().map(|judged| judged.row.id).collect();
    for chunk in all.chunks(CHUNK) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        let sql = format!(
            "SELECT id, revision FROM accounts_findings WHERE id IN ({}){lock}",
            placeholders(1, chunk.len())
        );
        let held: Vec<Held> = tx.rows(ComposedSql(sql), values).await?;
        revisions.extend(held.into_iter().map(|row| (row.id, row.revision)));
    }
    let (judged, later): (Vec<&Judged>, Vec<&Judged>) = judged.iter().partition(|judged| {
        revisions
            .get(&judged.row.id)
            .is_none_or(|revision| *revision == judged.row.revision)
    });
    let changed: Vec<Uuid> = judged.iter().map(|judged| judged.row.id).collect();
    for chunk in changed.chunks(CHUNK) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        let sql = format!(
            "DELETE FROM accounts_findings WHERE id IN ({})",
            placeholders(1, chunk.len())
        );
        tx.execute(ComposedSql(sql), values).await?;
    }
    let rows = judged.iter().map(|judged| {
        let row = &judged.row;
        params![
            row.id,
            organization,
            row.source_id,
            &row.account_key,
            &row.account_name,
            &row.kind,
            row.gravity,
            row.urgency,
            &row.state,
            &row.grounds,
            &row.owner_key,
            &row.owner_name,
            row.stable_id.clone(),
            row.import_id,
            row.due_on,
            row.asked_by,
            &row.note,
            row.accepted_until,
            row.proof.clone(),
            row.found_at,
            row.ended_at,
            row.revision + 1
        ]
    });
    tx.insert_many(
        "accounts_findings",
        &[
            "id",
            "organization_id",
            "source_id",
            "account_key",
            "account_name",
            "kind",
            "gravity",
            "urgency",
            "state",
            "grounds",
            "owner_key",
            "owner_name",
            "stable_id",
            "import_id",
            "due_on",
            "asked_by",
            "note",
            "accepted_until",
            "proof",
            "found_at",
            "ended_at",
            "revision",
        ],
        rows,
    )
    .await?;
    let events = judged.iter().filter_map(|judged| {
        let (event, detail) = judged.event.as_ref()?;
        Some(params![
            ids.id(),
            organization,
            judged.row.id,
            now,
            None::<Uuid>,
            *event,
            detail
        ])
    });
    tx.insert_many("accounts_events", EVENT_COLUMNS, events)
        .await?;
    Ok(!later.is_empty())
}

const EVENT_COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "finding_id",
    "at",
    "by_person",
    "event",
    "detail",
];

row! {
    /// Something that happened to a finding.
    #[derive(Debug, Clone)]
    pub(crate) struct Event {
        pub(crate) at: Instant,
        pub(crate) by_name: Option<String>,
        pub(crate) event: String,
        pub(crate) detail: Json,
    }
}

/// What happened to a finding, the newest first.
pub(crate) async fn events(
    database: &Database,
    proof: &Read,
    finding: Uuid,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    database
        .rows(
            "SELECT e.at AS at, p.name AS by_name, e.event AS event, e.detail AS detail
             FROM accounts_events e LEFT JOIN people p ON p.id = e.by_person
             WHERE e.organization_id = $1 AND e.finding_id = $2 ORDER BY e.id DESC LIMIT $3",
            params![proof.organization(), finding, limit],
        )
        .await
}

async fn remember(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    (organization, finding, by): (OrganizationId, Uuid, Option<PersonId>),
    event: &str,
    detail: &Json,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO accounts_events (id, organization_id, finding_id, at, by_person, event, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![ids.id(), organization, finding, now, by, event, detail],
    )
    .await?;
    Ok(())
}

/// What the system desk is told.
pub(crate) struct Task<'a> {
    pub(crate) due_on: Date,
    pub(crate) note: &'a str,
}

/// Tells the system desk to mend it.
pub(crate) async fn set_task(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    (finding, revision): (Uuid, i64),
    task: &Task<'_>,
    now: Instant,
) -> Result<(), AccountsError> {
    let by = person_of(proof);
    let touched = tx
        .execute(
            "UPDATE accounts_findings SET state = 'task', due_on = $1, asked_by = $2, note = $3,
                accepted_until = NULL, revision = revision + 1
             WHERE id = $4 AND organization_id = $5 AND revision = $6
               AND state IN ('open', 'task', 'accepted')",
            params![
                task.due_on,
                by,
                task.note,
                finding,
                proof.organization(),
                revision
            ],
        )
        .await?;
    if touched == 0 {
        return Err(StoreError::Conflict.into());
    }
    let detail = json!({ "due_on": format_iso(task.due_on), "note": task.note });
    let of = (proof.organization(), finding, by);
    Ok(remember(tx, ids, of, "task", &detail, now).await?)
}

/// Accepts it until a day.
pub(crate) async fn accept(
    tx: &mut Transaction,
    proof: &Authorized<actions::AcceptAccounts>,
    ids: &dyn IdGenerator,
    (finding, revision): (Uuid, i64),
    until: Date,
    reason: &str,
    now: Instant,
) -> Result<(), AccountsError> {
    let touched = tx
        .execute(
            "UPDATE accounts_findings SET state = 'accepted', accepted_until = $1, note = $2,
                revision = revision + 1
             WHERE id = $3 AND organization_id = $4 AND revision = $5
               AND state IN ('open', 'task', 'accepted')",
            params![until, reason, finding, proof.organization(), revision],
        )
        .await?;
    if touched == 0 {
        return Err(StoreError::Conflict.into());
    }
    let detail = json!({ "until": format_iso(until), "note": reason });
    let of = (proof.organization(), finding, person_of(proof));
    Ok(remember(tx, ids, of, "accepted", &detail, now).await?)
}

/// Findings by source, account and kind.
pub(crate) fn by_place(rows: Vec<FindingRow>) -> HashMap<(Uuid, String, String), FindingRow> {
    rows.into_iter()
        .map(|row| {
            (
                (row.source_id, row.account_key.clone(), row.kind.clone()),
                row,
            )
        })
        .collect()
}
