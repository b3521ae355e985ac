//! Recertification: who is asked about which permissions, what they said, and how far it is.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, Engine, FromRow, Params, Row as DatabaseRow, StoreError, Transaction,
    params, row,
};

use super::write::{Act, hold};
use super::{LedgerError, Reads, certify, person_of, take_away, wrong};
use crate::model::{AskedAs, Colleague, Content, Ledger, Permission, Reviewers, State, Verdict};

row! {
    /// A recertification.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Campaign {
        /// Its id.
        pub(crate) id: Uuid,
        /// To whom it belongs.
        pub(crate) organization_id: OrganizationId,
        /// Until when everybody should have answered.
        pub(crate) due_on: Date,
        /// When it began.
        pub(crate) started_at: Instant,
        /// Who began it.
        pub(crate) by_name: Option<String>,
        /// When it was closed.
        pub(crate) closed_at: Option<Instant>,
        /// How many permissions it asks about.
        pub(crate) permissions: i64,
        /// Of them, those of which somebody said something, and those that are gone.
        pub(crate) decided: i64,
        /// Of them, those that are to be taken away.
        pub(crate) taken_away: i64,
    }
}

const CAMPAIGNS: &str = "SELECT c.id AS id, c.organization_id AS organization_id,
        c.due_on AS due_on, c.started_at AS started_at, p.name AS by_name,
        c.closed_at AS closed_at,
        (SELECT count(*) FROM ledger_campaign_rows r WHERE r.campaign_id = c.id) AS permissions,
        (SELECT count(*) FROM ledger_campaign_rows r WHERE r.campaign_id = c.id
            AND (r.verdict IS NOT NULL OR r.settled_at IS NOT NULL)) AS decided,
        (SELECT count(*) FROM ledger_campaign_rows r WHERE r.campaign_id = c.id
            AND r.verdict = 'take_away') AS taken_away
     FROM ledger_campaigns c LEFT JOIN people p ON p.id = c.started_by";

/// The recertification that is under way.
pub(crate) async fn current_campaign(
    database: &Database,
    organization: OrganizationId,
) -> Result<Option<Campaign>, StoreError> {
    let sql = format!("{CAMPAIGNS} WHERE c.organization_id = $1 AND c.closed_at IS NULL");
    database
        .optional(ComposedSql(sql), params![organization])
        .await
}

/// The last recertifications, newest first.
pub(crate) async fn last_campaigns<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    limit: i64,
) -> Result<Vec<Campaign>, StoreError> {
    let sql = format!("{CAMPAIGNS} WHERE c.organization_id = $1 ORDER BY c.id DESC LIMIT $2");
    database
        .rows(ComposedSql(sql), params![proof.organization(), limit])
        .await
}

row! {
    struct OwnerRow { organization_id: OrganizationId }
}

/// To whom a recertification belongs, before anything is authorised.
pub(crate) async fn campaign_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, LedgerError> {
    let sql = "SELECT organization_id FROM ledger_campaigns WHERE id = $1";
    let found: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    Ok(found.ok_or(LedgerError::NotFound)?.organization_id)
}

row! {
    struct HolderRow { person_id: PersonId, name: String, role: String }
}

/// Those who have roles in an institution on a day.
pub(crate) async fn colleagues(
    tx: &mut Transaction,
    organization: OrganizationId,
    today: Date,
) -> Result<Vec<Colleague>, StoreError> {
    let rows: Vec<HolderRow> = tx
        .rows(
            "SELECT a.person_id AS person_id, p.name AS name, a.role AS role
             FROM assignments a JOIN people p ON p.id = a.person_id
             WHERE a.organization_id = $1 AND a.valid_from <= $2
               AND (a.valid_until IS NULL OR a.valid_until >= $2)
             ORDER BY a.person_id",
            params![organization, today],
        )
        .await?;
    let mut found: Vec<Colleague> = Vec::new();
    for row in rows {
        let role = Role::from_code(&row.role).ok_or_else(|| wrong("role", &row.role))?;
        match found.last_mut().filter(|last| last.person == row.person_id) {
            Some(last) => last.roles.push(role),
            None => found.push(Colleague {
                person: row.person_id,
                name: row.name,
                roles: vec![role],
            }),
        }
    }
    Ok(found)
}

row! {
    struct PermissionRow { id: Uuid, content: String }
}

/// Begins a recertification of every permission that is in force; `departments` says who answers for
/// each.
///
/// # Errors
/// [`LedgerError::CampaignRuns`], [`LedgerError::NothingToCertify`], or the store's.
pub(crate) async fn start_campaign(
    tx: &mut Transaction,
    proof: &Authorized<actions::KeepLedgers>,
    ids: &dyn IdGenerator,
    departments: Vec<(String, Option<PersonId>)>,
    due_on: Date,
    now: Instant,
) -> Result<Uuid, LedgerError> {
    let organization = proof.organization();
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT id FROM organizations WHERE id = $1 FOR UPDATE";
        tx.execute(sql, params![organization]).await?;
    }
    let running = tx
        .count(
            "SELECT count(*) AS n FROM ledger_campaigns
             WHERE organization_id = $1 AND closed_at IS NULL",
            params![organization],
        )
        .await?;
    if running > 0 {
        return Err(LedgerError::CampaignRuns);
    }
    let people = colleagues(tx, organization, now.jst_date()).await?;
    let reviewers = Reviewers::new(people, departments);
    let permissions: Vec<PermissionRow> = tx
        .rows(
            "SELECT id, content FROM ledger_entries
             WHERE organization_id = $1 AND ledger = 'permissions' AND state = 'open'
             ORDER BY id",
            params![organization],
        )
        .await?;
    if permissions.is_empty() {
        return Err(LedgerError::NothingToCertify);
    }
    let campaign = ids.id();
    tx.execute(
        "INSERT INTO ledger_campaigns (id, organization_id, due_on, started_at, started_by,
            reminded_at)
         VALUES ($1, $2, $3, $4, $5, $4)",
        params![campaign, organization, due_on, now, person_of(proof)],
    )
    .await?;
    let mut rows: Vec<Params> = Vec::with_capacity(permissions.len());
    for row in permissions {
        let content =
            Content::of_json(Ledger::Permissions, &row.content).map_err(StoreError::from)?;
        let asked = reviewers.of(&content);
        rows.push(params![
            campaign,
            row.id,
            asked.person,
            asked.asked_as.code(),
            ""
        ]);
    }
    let columns = ["campaign_id", "entry_id", "reviewer_id", "asked_as", "note"];
    tx.insert_many("ledger_campaign_rows", &columns, rows)
        .await?;
    Ok(campaign)
}

/// Closes a recertification; what nobody said stays unsaid.
pub(crate) async fn close_campaign(
    tx: &mut Transaction,
    organization: OrganizationId,
    campaign: Uuid,
    by: Option<PersonId>,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE ledger_campaigns SET closed_at = $1, closed_by = $2
         WHERE id = $3 AND organization_id = $4 AND closed_at IS NULL",
        params![now, by, campaign, organization],
    )
    .await?;
    Ok(())
}

row! {
    /// How far one person is with what they are asked about for one reason.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Progress {
        /// Who is asked; nobody where no superior answers.
        pub(crate) reviewer: Option<PersonId>,
        /// Their name.
        pub(crate) reviewer_name: Option<String>,
        /// Why they are asked, by code.
        pub(crate) asked_as: String,
        /// The permissions about which they are asked.
        pub(crate) permissions: i64,
        /// Of them, those of which they said something, and those that are gone.
        pub(crate) decided: i64,
    }
}

impl Progress {
    /// How many wait for a word.
    pub(crate) const fn open(&self) -> i64 {
        self.permissions - self.decided
    }
}

const PROGRESS: &str =
    "SELECT g.reviewer AS reviewer, p.name AS reviewer_name, g.asked_as AS asked_as,
                    g.permissions AS permissions, g.decided AS decided
             FROM (
                SELECT r.reviewer_id AS reviewer, r.asked_as AS asked_as, count(*) AS permissions,
                    count(CASE WHEN r.verdict IS NOT NULL OR r.settled_at IS NOT NULL
                        THEN 1 END) AS decided
                FROM ledger_campaign_rows r JOIN ledger_campaigns c ON c.id = r.campaign_id
                WHERE r.campaign_id = $1 AND c.organization_id = $2
                GROUP BY r.reviewer_id, r.asked_as
             ) g LEFT JOIN people p ON p.id = g.reviewer
             ORDER BY CASE WHEN g.reviewer IS NULL THEN 1 ELSE 0 END, p.name, g.reviewer, g.asked_as
             LIMIT 5000";

/// How far each superior is.
pub(crate) async fn progress(
    database: &Database,
    organization: OrganizationId,
    campaign: Uuid,
) -> Result<Vec<Progress>, StoreError> {
    let values = params![campaign, organization];
    database.rows(PROGRESS, values).await
}

/// The same within a transaction.
pub(crate) async fn progress_within(
    tx: &mut Transaction,
    organization: OrganizationId,
    campaign: Uuid,
) -> Result<Vec<Progress>, StoreError> {
    tx.rows(PROGRESS, params![campaign, organization]).await
}

/// How many rows of the running recertification wait for a person: their own, and those without a
/// superior where `with_general`.
pub(crate) async fn open_rows_of(
    database: &Database,
    organization: OrganizationId,
    person: PersonId,
    with_general: bool,
) -> Result<i64, StoreError> {
    database
        .count(
            "SELECT count(*) AS n FROM ledger_campaign_rows r
             JOIN ledger_campaigns c ON c.id = r.campaign_id
             WHERE c.organization_id = $1 AND c.closed_at IS NULL AND r.verdict IS NULL
               AND r.settled_at IS NULL
               AND (r.reviewer_id = $2 OR ($3 = 1 AND r.reviewer_id IS NULL))",
            params![organization, person, i64::from(with_general)],
        )
        .await
}

/// How many permissions superiors wanted to be changed, which nobody did yet.
pub(crate) async fn open_changes(
    database: &Database,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    database
        .count(
            "SELECT count(*) AS n FROM ledger_campaign_rows r
             JOIN ledger_entries e ON e.id = r.entry_id
             WHERE e.organization_id = $1 AND r.verdict = 'change' AND r.settled_at IS NULL",
            params![organization],
        )
        .await
}

row! {
    struct DepartmentRow { department: String }
}

/// The departments of the permissions that wait for a word.
pub(crate) async fn open_departments(
    database: &Database,
    organization: OrganizationId,
    campaign: Uuid,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<DepartmentRow> = database
        .rows(
            "SELECT DISTINCT e.department AS department FROM ledger_campaign_rows r
             JOIN ledger_entries e ON e.id = r.entry_id
             WHERE r.campaign_id = $1 AND e.organization_id = $2 AND r.verdict IS NULL
               AND r.settled_at IS NULL AND e.department <> ''
             ORDER BY e.department LIMIT 500",
            params![campaign, organization],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.department).collect())
}

/// Which rows somebody else is to answer.
#[derive(Debug, Clone)]
pub(crate) struct Reassignment {
    /// Those of this person; `None`: those of nobody in particular.
    pub(crate) from: Option<PersonId>,
    /// Only those of this department.
    pub(crate) department: Option<String>,
    /// Who is asked from now on.
    pub(crate) to: PersonId,
    /// Their name, so that they are not asked about themselves.
    pub(crate) to_name: String,
}

/// Lets somebody else answer what waits for a word, but not for their own permissions; gives how many
/// those are.
pub(crate) async fn reassign(
    tx: &mut Transaction,
    proof: &Authorized<actions::KeepLedgers>,
    campaign: Uuid,
    what: &Reassignment,
) -> Result<i64, StoreError> {
    let mut values = params![
        what.to,
        campaign,
        proof.organization(),
        crate::model::person_key(&what.to_name)
    ];
    let mut conditions = String::new();
    match what.from {
        Some(person) => {
            values.push(person.into());
            conditions.push_str(&format!(" AND reviewer_id = ${}", values.len()));
        }
        None => conditions.push_str(" AND reviewer_id IS NULL"),
    }
    let mut of_department = String::new();
    if let Some(department) = &what.department {
        values.push(department.into());
        of_department = format!(" AND e.department = ${}", values.len());
    }
    let sql = format!(
        "UPDATE ledger_campaign_rows SET reviewer_id = $1, asked_as = 'reassigned'
         WHERE campaign_id = $2 AND verdict IS NULL AND settled_at IS NULL{conditions}
           AND EXISTS (SELECT 1 FROM ledger_campaigns c WHERE c.id = $2
                AND c.organization_id = $3 AND c.closed_at IS NULL)
           AND entry_id IN (SELECT e.id FROM ledger_entries e
                WHERE e.organization_id = $3 AND e.person_key <> $4{of_department})"
    );
    let touched = tx.execute(ComposedSql(sql), values).await?;
    Ok(i64::try_from(touched).unwrap_or(i64::MAX))
}

/// A permission about which somebody is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The permission.
    pub(crate) entry: Uuid,
    /// What it says.
    pub(crate) said: Permission,
    /// By what it is sorted.
    pub(crate) sort_key: String,
    /// Its revision.
    pub(crate) revision: i64,
    /// Who is asked.
    pub(crate) reviewer: Option<PersonId>,
    /// Their name.
    pub(crate) reviewer_name: Option<String>,
    /// Why they are asked.
    pub(crate) asked_as: AskedAs,
    /// What was said.
    pub(crate) verdict: Option<Verdict>,
    /// Why, or what is to be changed.
    pub(crate) note: String,
    /// Who said it.
    pub(crate) by_name: Option<String>,
    /// When it was dealt with.
    pub(crate) settled_at: Option<Instant>,
}

impl FromRow for Row {
    fn from_row(row: &DatabaseRow) -> Result<Self, StoreError> {
        let content: String = row.get("content")?;
        let verdict: Option<String> = row.get("verdict")?;
        let asked_as: String = row.get("asked_as")?;
        Ok(Self {
            entry: row.get("entry")?,
            said: serde_json::from_str(&content)?,
            sort_key: row.get("sort_key")?,
            revision: row.get("revision")?,
            reviewer: row.get("reviewer")?,
            reviewer_name: row.get("reviewer_name")?,
            asked_as: AskedAs::from_code(&asked_as).ok_or_else(|| wrong("asked_as", &asked_as))?,
            verdict: verdict.as_deref().and_then(Verdict::from_code),
            note: row.get("note")?,
            by_name: row.get("by_name")?,
            settled_at: row.get("settled_at")?,
        })
    }
}

const ROWS: &str = "SELECT r.entry_id AS entry, e.content AS content, e.sort_key AS sort_key,
        e.revision AS revision, r.reviewer_id AS reviewer, v.name AS reviewer_name,
        r.asked_as AS asked_as, r.verdict AS verdict, r.note AS note, d.name AS by_name, r.settled_at AS settled_at
     FROM ledger_campaign_rows r
     JOIN ledger_campaigns c ON c.id = r.campaign_id
     JOIN ledger_entries e ON e.id = r.entry_id
     LEFT JOIN people v ON v.id = r.reviewer_id
     LEFT JOIN people d ON d.id = r.decided_by";

/// Which rows are meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowFilter {
    /// Of this superior; `Some(None)`: of nobody.
    pub(crate) reviewer: Option<Option<PersonId>>,
    /// Only those that wait.
    pub(crate) open: bool,
}

/// The place after which rows go on: sort key and id.
pub(crate) type RowPlace = (String, Uuid);

/// The rows of a recertification by name, from after a place.
pub(crate) async fn rows<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    campaign: Uuid,
    filter: &RowFilter,
    after: Option<&RowPlace>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let mut values = params![campaign, proof.organization()];
    let mut conditions = String::new();
    match filter.reviewer {
        Some(Some(person)) => {
            values.push(person.into());
            conditions.push_str(&format!(" AND r.reviewer_id = ${}", values.len()));
        }
        Some(None) => conditions.push_str(" AND r.reviewer_id IS NULL"),
        None => {}
    }
    if filter.open {
        conditions.push_str(" AND r.verdict IS NULL AND r.settled_at IS NULL");
    }
    if let Some((key, id)) = after {
        values.extend(params![key, *id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (e.sort_key, e.id) > (${}, ${place})",
            place - 1
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "{ROWS} WHERE r.campaign_id = $1 AND c.organization_id = $2{conditions}
         ORDER BY e.sort_key, e.id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// One row, within a transaction, so that nobody else answers it meanwhile.
pub(crate) async fn row_of(
    tx: &mut Transaction,
    organization: OrganizationId,
    campaign: Uuid,
    entry: Uuid,
) -> Result<Row, LedgerError> {
    if tx.engine() == Engine::Postgres {
        tx.execute(
            "SELECT entry_id FROM ledger_campaign_rows
             WHERE campaign_id = $1 AND entry_id = $2 FOR UPDATE",
            params![campaign, entry],
        )
        .await?;
    }
    let sql = format!(
        "{ROWS} WHERE r.campaign_id = $1 AND c.organization_id = $2 AND r.entry_id = $3
           AND c.closed_at IS NULL"
    );
    let values = params![campaign, organization, entry];
    let found: Option<Row> = tx.optional(ComposedSql(sql), values).await?;
    found.ok_or(LedgerError::NotFound)
}

/// Writes down what a superior says of a permission. One that was answered or is gone is left:
/// `false`.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the permission since `revision`.
pub(crate) async fn decide_row(
    tx: &mut Transaction,
    proof: &Authorized<actions::RecertifyPermissions>,
    ids: &dyn IdGenerator,
    campaign: Uuid,
    (entry, revision): (Uuid, i64),
    (verdict, note): (Verdict, &str),
    now: Instant,
) -> Result<bool, LedgerError> {
    let act = Act::of(proof, ids, now);
    let row = row_of(tx, act.organization, campaign, entry).await?;
    if row.verdict.is_some() || row.settled_at.is_some() {
        return Ok(false);
    }
    match verdict {
        Verdict::Needed => certify(tx, proof, ids, entry, revision, now).await?,
        Verdict::TakeAway | Verdict::Change => {
            let standing = hold(tx, act.organization, entry).await?;
            if standing.revision != revision {
                return Err(StoreError::Conflict.into());
            }
            if verdict == Verdict::TakeAway {
                take_away(tx, proof, ids, entry, note, now).await?;
            } else if standing.state == State::Open {
                let detail = serde_json::json!({ "note": note });
                act.remember(tx, entry, &standing.content, "change_wanted", &detail)
                    .await?;
            }
        }
    }
    tx.execute(
        "UPDATE ledger_campaign_rows SET verdict = $1, note = $2, decided_at = $3, decided_by = $4
         WHERE campaign_id = $5 AND entry_id = $6",
        params![verdict.code(), note, now, act.by, campaign, entry],
    )
    .await?;
    Ok(true)
}

row! {
    /// A recertification of which people should be reminded.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct DueCampaign {
        /// Its id.
        pub(crate) id: Uuid,
        /// The institution.
        pub(crate) organization_id: OrganizationId,
        /// Until when everybody should have answered.
        pub(crate) due_on: Date,
        /// How many permissions wait for a word.
        pub(crate) open: i64,
    }
}

/// Recertifications under way of which nobody was reminded since, with how much is open.
pub(crate) async fn due_campaigns(
    database: &Database,
    reminded_before: Instant,
) -> Result<Vec<DueCampaign>, StoreError> {
    database
        .rows(
            "SELECT c.id AS id, c.organization_id AS organization_id, c.due_on AS due_on,
                (SELECT count(*) FROM ledger_campaign_rows r WHERE r.campaign_id = c.id
                    AND r.verdict IS NULL AND r.settled_at IS NULL) AS open
             FROM ledger_campaigns c
             WHERE c.closed_at IS NULL AND c.reminded_at < $1
             ORDER BY c.id LIMIT 200",
            params![reminded_before],
        )
        .await
}

/// Notes that people were reminded.
pub(crate) async fn was_reminded(
    tx: &mut Transaction,
    campaign: Uuid,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE ledger_campaigns SET reminded_at = $1 WHERE id = $2",
        params![now, campaign],
    )
    .await?;
    Ok(())
}
