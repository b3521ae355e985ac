//! What institutions ask of the vendors who maintain their devices: the institution's side here,
//! the vendor's in [`work`], the vendor's documents in [`uploads`].

pub(crate) mod telling;
pub(crate) mod uploads;
pub(crate) mod work;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, Value, params, placeholders, row,
};

use super::person_of;
use crate::model::request::{Answer, RequestState, Status};
use crate::model::state::Justification;

type Assess = Authorized<actions::AssessVulnerabilities>;
type Read = Authorized<actions::ReadVulnerabilities>;

/// How many ids stand in a statement.
pub(crate) const PART: usize = 400;
/// How many days a vendor has at least where nobody says a day.
pub const LEAST_DAYS: i64 = 7;

/// That a vendor supplies the institution of a request on a day; the day is `?`.
pub(crate) fn supplies(vendor: &str, institution: &str, day: usize) -> String {
    format!(
        "EXISTS (SELECT 1 FROM relations r WHERE r.kind = 'supplies' AND r.from_id = {vendor}
            AND r.to_id = {institution} AND r.valid_from <= ${day}
            AND (r.valid_until IS NULL OR r.valid_until >= ${day}))"
    )
}

row! {
    /// What was asked of a vendor about a finding, and what it answered.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Request {
        /// Its id.
        pub id: Uuid,
        /// The finding.
        pub finding_id: Uuid,
        /// Who is asked.
        pub vendor_id: OrganizationId,
        /// Their name.
        pub vendor_name: String,
        /// How it stands, by code.
        pub state: String,
        /// Until when an answer is asked for.
        pub due_on: Date,
        /// What is asked, in words.
        pub message: String,
        /// When it was asked.
        pub asked_at: Instant,
        /// What the vendor says, by code.
        pub status: Option<String>,
        /// Why it does not apply, by code.
        pub justification: Option<String>,
        /// In words.
        pub statement: String,
        /// The version in which it is corrected.
        pub fixed_version: String,
        /// When the vendor means to correct it.
        pub planned_on: Option<Date>,
        /// When it answered.
        pub answered_at: Option<Instant>,
        /// Counts changes.
        pub revision: i64,
    }
}

impl Request {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> RequestState {
        RequestState::from_code(&self.state).unwrap_or(RequestState::Asked)
    }

    /// What the vendor says, where it has answered.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        Some(Answer {
            status: Status::from_code(self.status.as_deref()?)?,
            justification: self
                .justification
                .as_deref()
                .and_then(Justification::from_code),
            statement: self.statement.clone(),
            fixed_version: self.fixed_version.clone(),
            planned_on: self.planned_on,
        })
    }
}

const REQUEST: &str = "SELECT q.id AS id, q.finding_id AS finding_id, q.vendor_id AS vendor_id,
        o.name AS vendor_name, q.state AS state, q.due_on AS due_on, q.message AS message,
        q.asked_at AS asked_at, q.status AS status, q.justification AS justification,
        q.statement AS statement, q.fixed_version AS fixed_version, q.planned_on AS planned_on,
        q.answered_at AS answered_at, q.revision AS revision
     FROM vuln_requests q JOIN organizations o ON o.id = q.vendor_id";

/// What was asked about a finding.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_finding(
    database: &Database,
    proof: &Read,
    finding: Uuid,
) -> Result<Option<Request>, StoreError> {
    database
        .optional(
            ComposedSql(format!(
                "{REQUEST} WHERE q.finding_id = $1 AND q.organization_id = $2"
            )),
            params![finding, proof.organization()],
        )
        .await
}

row! {
    /// How an institution's requests stand.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct RequestSums {
        /// Open findings on devices that a vendor on record maintains, of which it was not asked.
        pub unasked: i64,
        /// Open findings of which a vendor was asked and has not answered.
        pub asked: i64,
        /// Open findings of which a vendor answered and nobody took the answer over.
        pub answered: i64,
    }
}

/// How an institution's requests stand on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn sums(
    database: &Database,
    proof: &Read,
    today: Date,
) -> Result<RequestSums, StoreError> {
    let supplied = supplies("a.vendor_id", "f.organization_id", 2);
    let sql = format!(
        "SELECT count(CASE WHEN q.id IS NULL AND a.vendor_id IS NOT NULL AND {supplied} THEN 1 END)
                    AS unasked,
                count(CASE WHEN q.state = 'asked' THEN 1 END) AS asked,
                count(CASE WHEN q.state = 'answered' THEN 1 END) AS answered
         FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         LEFT JOIN vuln_requests q ON q.finding_id = f.id AND q.vendor_id = a.vendor_id
         WHERE f.organization_id = $1 AND f.is_open = 1"
    );
    database
        .one(ComposedSql(sql), params![proof.organization(), today])
        .await
}

/// Whether the institution's vendors are asked without anybody doing it.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn asks_by_itself(database: &Database, proof: &Read) -> Result<bool, StoreError> {
    let number = database
        .count(
            "SELECT count(*) AS n FROM vuln_organizations
             WHERE organization_id = $1 AND asks_by_itself = 1",
            params![proof.organization()],
        )
        .await?;
    Ok(number > 0)
}

/// Says whether the institution's vendors are asked without anybody doing it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn set_asks_by_itself(
    tx: &mut Transaction,
    proof: &Assess,
    on: bool,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO vuln_organizations (organization_id, names_generation, asks_by_itself)
         VALUES ($1, 0, $2)
         ON CONFLICT (organization_id) DO UPDATE SET asks_by_itself = excluded.asks_by_itself",
        params![proof.organization(), on],
    )
    .await?;
    Ok(())
}

/// Institutions whose vendors are asked without anybody doing it, with something to ask.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn asking_organizations(
    database: &Database,
    today: Date,
    after: OrganizationId,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    row! { struct OrganizationRow { organization_id: OrganizationId } }
    let supplied = supplies("a.vendor_id", "f.organization_id", 2);
    let sql = format!(
        "SELECT w.organization_id AS organization_id FROM vuln_organizations w
         WHERE w.asks_by_itself = 1 AND w.organization_id > $1
           AND EXISTS (SELECT 1 FROM vuln_findings f
                JOIN vuln_assets a ON a.asset_id = f.asset_id
                LEFT JOIN vuln_requests q ON q.finding_id = f.id AND q.vendor_id = a.vendor_id
                WHERE f.organization_id = w.organization_id AND f.is_open = 1 AND q.id IS NULL
                  AND a.vendor_id IS NOT NULL AND {supplied})
         ORDER BY w.organization_id LIMIT $3"
    );
    let rows: Vec<OrganizationRow> = database
        .rows(ComposedSql(sql), params![after, today, limit])
        .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

/// Open findings of an institution of which the vendor was not asked, from after one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn unasked(
    database: &Database,
    proof: &Assess,
    today: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let supplied = supplies("a.vendor_id", "f.organization_id", 2);
    let sql = format!(
        "SELECT f.id AS id FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         LEFT JOIN vuln_requests q ON q.finding_id = f.id AND q.vendor_id = a.vendor_id
         WHERE f.organization_id = $1 AND f.is_open = 1 AND q.id IS NULL
           AND a.vendor_id IS NOT NULL AND {supplied} AND f.id > $3 ORDER BY f.id LIMIT $4"
    );
    row! { struct IdRow { id: Uuid } }
    let rows: Vec<IdRow> = database
        .rows(
            ComposedSql(sql),
            params![proof.organization(), today, after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What is asked, and until when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    /// Until when; the day of each finding where none is given, or a week where that is nearer.
    pub due_on: Option<Date>,
    /// In words.
    pub message: String,
}

row! {
    struct AskRow {
        id: Uuid, state: String, due_on: Date, vendor_id: OrganizationId, vendor_name: String,
        request_id: Option<Uuid>, request_state: Option<String>, same_vendor: bool,
    }
}

/// Asks the vendors who maintain the devices of findings. What is not open, has no vendor who
/// supplies the institution on this day, or waits for an answer already is left as it is. How many
/// were asked.
///
/// A new finding is under investigation where a person asks; where the program does, nobody has
/// looked at it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn ask(
    tx: &mut Transaction,
    proof: &Assess,
    ids: &dyn IdGenerator,
    findings: &[Uuid],
    question: &Question,
    now: Instant,
) -> Result<Vec<Uuid>, StoreError> {
    let today = now.jst_date();
    let person = person_of(proof);
    let mut asked = Vec::new();
    for part in findings.chunks(PART) {
        let supplied = supplies("a.vendor_id", "f.organization_id", 2);
        let lock = match tx.engine() {
            yagura_store::Engine::Sqlite => "",
            yagura_store::Engine::Postgres => " FOR UPDATE OF f",
        };
        let sql = format!(
            "SELECT f.id AS id, f.state AS state, f.due_on AS due_on, a.vendor_id AS vendor_id,
                    o.name AS vendor_name, q.id AS request_id, q.state AS request_state,
                    CAST(CASE WHEN q.vendor_id = a.vendor_id THEN 1 ELSE 0 END AS BIGINT)
                        AS same_vendor
             FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
             JOIN organizations o ON o.id = a.vendor_id
             LEFT JOIN vuln_requests q ON q.finding_id = f.id
             WHERE f.organization_id = $1 AND f.is_open = 1 AND {supplied} AND f.id IN ({})
             ORDER BY f.id{lock}",
            placeholders(3, part.len())
        );
        let mut values = params![proof.organization(), today];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let rows: Vec<AskRow> = tx.rows(ComposedSql(sql), values).await?;
        let mut new_rows: Vec<Params> = Vec::new();
        let mut events: Vec<Params> = Vec::new();
        let mut investigated: Vec<Uuid> = Vec::new();
        for row in rows {
            if row.same_vendor && row.request_state.as_deref() == Some(RequestState::Asked.code()) {
                continue;
            }
            let soonest = today.saturating_add(time::Duration::days(LEAST_DAYS));
            let due = question.due_on.unwrap_or(row.due_on.max(soonest));
            match row.request_id {
                None => new_rows.push(params![
                    ids.id(),
                    row.id,
                    proof.organization(),
                    row.vendor_id,
                    RequestState::Asked.code(),
                    due,
                    &question.message,
                    now,
                    person,
                    0i64,
                    "",
                    "",
                    0i64,
                    1i64
                ]),
                Some(request) => {
                    tx.execute_later(
                        "UPDATE vuln_requests SET vendor_id = $2, state = 'asked', due_on = $3,
                            message = $4, asked_at = $5, asked_by = $6, told = 0, status = NULL,
                            justification = NULL, statement = '', fixed_version = '',
                            planned_on = NULL, answered_at = NULL, answered_by = NULL,
                            revision = revision + 1
                         WHERE id = $1",
                        params![request, row.vendor_id, due, &question.message, now, person],
                    )
                    .await?;
                }
            }
            let mut detail = json!({
                "vendor": row.vendor_name, "due": format_iso(due), "note": question.message,
            });
            if person.is_some()
                && row.state == "new"
                && let Some(detail) = detail.as_object_mut()
            {
                investigated.push(row.id);
                detail.insert("from".to_owned(), json!("new"));
                detail.insert("to".to_owned(), json!("investigating"));
            }
            events.push(event(ids, row.id, person, "asked", &detail, now));
            asked.push(row.id);
        }
        tx.insert_many("vuln_requests", &COLUMNS, new_rows).await?;
        tx.insert_many("vuln_finding_events", &EVENT_COLUMNS, events)
            .await?;
        if !investigated.is_empty() {
            let sql = format!(
                "UPDATE vuln_findings SET state = 'investigating', decided_by = $1,
                    decided_at = $2, revision = revision + 1
                 WHERE id IN ({})",
                placeholders(3, investigated.len())
            );
            let mut values = params![person, now];
            values.extend(investigated.into_iter().map(Value::from));
            tx.execute(ComposedSql(sql), values).await?;
        }
    }
    Ok(asked)
}

const COLUMNS: [&str; 14] = [
    "id",
    "finding_id",
    "organization_id",
    "vendor_id",
    "state",
    "due_on",
    "message",
    "asked_at",
    "asked_by",
    "told",
    "statement",
    "fixed_version",
    "told_back",
    "revision",
];

pub(crate) const EVENT_COLUMNS: [&str; 6] =
    ["id", "finding_id", "at", "by_person", "event", "detail"];

/// A row of the history of a finding.
pub(crate) fn event(
    ids: &dyn IdGenerator,
    finding: Uuid,
    by: Option<PersonId>,
    event: &str,
    detail: &Json,
    now: Instant,
) -> Params {
    params![ids.id(), finding, now, by, event, detail]
}

/// The answers to some findings of an institution that nobody took over yet.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn answers(
    tx: &mut Transaction,
    proof: &Assess,
    findings: &[Uuid],
) -> Result<Vec<Request>, StoreError> {
    let mut found = Vec::new();
    for part in findings.chunks(PART) {
        let sql = format!(
            "{REQUEST} JOIN vuln_findings f ON f.id = q.finding_id
             JOIN vuln_assets a ON a.asset_id = f.asset_id
             WHERE q.organization_id = $1 AND q.state = 'answered' AND a.vendor_id = q.vendor_id
               AND q.finding_id IN ({}) ORDER BY q.id",
            placeholders(2, part.len())
        );
        let mut values = params![proof.organization()];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let rows: Vec<Request> = tx.rows(ComposedSql(sql), values).await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Notes that answers were taken over.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn taken(
    tx: &mut Transaction,
    proof: &Assess,
    requests: &[Uuid],
) -> Result<(), StoreError> {
    for part in requests.chunks(PART) {
        let sql = format!(
            "UPDATE vuln_requests SET state = 'taken', told_back = 1, revision = revision + 1
             WHERE organization_id = $1 AND id IN ({})",
            placeholders(2, part.len())
        );
        let mut values = params![proof.organization()];
        values.extend(part.iter().map(|id| Value::from(*id)));
        tx.execute(ComposedSql(sql), values).await?;
    }
    Ok(())
}
