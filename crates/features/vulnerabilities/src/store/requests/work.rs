//! The vendor's side: what its customers of today ask, about devices that it maintains today.
//! Nothing else of a customer is reached from here.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{Action, Authorized, Principal, actions, scope};
use yagura_kernel::time::{Date, Instant, format_iso, parse_date};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, Value, escape_like, params,
    placeholders, row,
};

use super::super::feeds::{id_of, key};
use super::super::{VulnerabilityError, person_of};
use super::{EVENT_COLUMNS, PART, event, supplies};
use crate::model::request::{Answer, RequestState, Status};
use crate::model::state::Justification;

/// The right to answer a customer.
pub(crate) type AnswerProof = Authorized<actions::AnswerCustomerVulnerabilities>;

/// Which of the customers' questions are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkFilter {
    /// Of this customer.
    pub customer: Option<OrganizationId>,
    /// About this vulnerability.
    pub vulnerability: Option<VulnerabilityId>,
    /// About products with this in their CPE name.
    pub product: Option<String>,
    /// In this state.
    pub state: Option<RequestState>,
}

/// What a vendor sees: `$1` is the vendor, `$2` the day.
fn visible() -> String {
    format!(
        "FROM vuln_requests q JOIN vuln_findings f ON f.id = q.finding_id
         JOIN vuln_assets a ON a.asset_id = f.asset_id
         JOIN organizations o ON o.id = q.organization_id
         LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id
         WHERE q.vendor_id = $1 AND a.vendor_id = $1 AND a.present = 1
           AND (f.is_open = 1 OR q.state <> 'asked') AND {}",
        supplies("$1", "q.organization_id", 2)
    )
}

fn vendor_of(principal: &Principal) -> Option<OrganizationId> {
    scope(principal, Action::ReadCustomerVulnerabilities).customers
}

impl WorkFilter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut with = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(customer) = self.customer {
            with(" AND q.organization_id = ?", customer.into());
        }
        if let Some(id) = self.vulnerability {
            with(" AND f.vulnerability_id = ?", key(id).into());
        }
        if let Some(product) = &self.product {
            let pattern = format!("%{}%", escape_like(&product.to_lowercase()));
            with(" AND f.product LIKE ? ESCAPE '!'", pattern.into());
        }
        if let Some(state) = self.state {
            with(" AND q.state = ?", state.code().into());
        }
        sql
    }
}

row! {
    /// A vulnerability in a product of a version, over all customers who ask.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WorkGroup {
        /// 0 where somebody waits for an answer, else 1.
        pub rank: i64,
        /// Until when the first of them asks for an answer.
        pub due_on: Date,
        /// The vulnerability's number.
        pub vulnerability_id: i64,
        /// The CPE names that carry it.
        pub product: String,
        /// Its titles.
        pub title_ja: Option<String>,
        /// See there.
        pub title_en: Option<String>,
        /// CVSS in tenths.
        pub cvss_tenths: Option<i64>,
        /// Since when it is known to be exploited.
        pub kev_added: Option<Date>,
        /// How many customers ask.
        pub customers: i64,
        /// About how many devices.
        pub devices: i64,
        /// How many of them wait for an answer.
        pub waiting: i64,
    }
}

impl WorkGroup {
    /// The vulnerability.
    #[must_use]
    pub fn identifier(&self) -> VulnerabilityId {
        id_of(self.vulnerability_id)
    }

    /// The place after this one.
    #[must_use]
    pub fn cursor(&self) -> WorkCursor {
        WorkCursor {
            rank: self.rank,
            due_on: self.due_on,
            vulnerability_id: self.vulnerability_id,
            product: self.product.clone(),
        }
    }
}

/// The place after which the worklist goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkCursor {
    rank: i64,
    due_on: Date,
    vulnerability_id: i64,
    product: String,
}

impl std::fmt::Display for WorkCursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}_{}_{}_{}",
            self.rank,
            format_iso(self.due_on),
            self.vulnerability_id,
            self.product
        )
    }
}

impl std::str::FromStr for WorkCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(4, '_');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            rank: part()?.parse().map_err(|_| ())?,
            due_on: parse_date(part()?).map_err(|_| ())?,
            vulnerability_id: part()?.parse().map_err(|_| ())?,
            product: part()?.to_owned(),
        })
    }
}

fn groups_sql(filter: &WorkFilter, values: &mut Params) -> String {
    format!(
        "SELECT CAST(CASE WHEN count(CASE WHEN q.state = 'asked' THEN 1 END) > 0 THEN 0 ELSE 1 END
                    AS BIGINT) AS rank,
                min(q.due_on) AS due_on, f.vulnerability_id AS vulnerability_id,
                f.product AS product, min(v.title_ja) AS title_ja, min(v.title_en) AS title_en,
                min(v.cvss_tenths) AS cvss_tenths, min(v.kev_added) AS kev_added,
                count(DISTINCT q.organization_id) AS customers, count(*) AS devices,
                count(CASE WHEN q.state = 'asked' THEN 1 END) AS waiting
         {}{} GROUP BY f.vulnerability_id, f.product",
        visible(),
        filter.conditions(values)
    )
}

/// The vendor's worklist: what waits first, and of it what is due first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn groups(
    database: &Database,
    principal: &Principal,
    filter: &WorkFilter,
    after: Option<&WorkCursor>,
    limit: i64,
    today: Date,
) -> Result<Vec<WorkGroup>, StoreError> {
    let Some(vendor) = vendor_of(principal) else {
        return Ok(Vec::new());
    };
    let mut values = params![vendor, today];
    let inner = groups_sql(filter, &mut values);
    let mut place = String::new();
    if let Some(after) = after {
        let first = values.len() + 1;
        place = format!(
            " WHERE (g.rank, g.due_on, g.vulnerability_id, g.product) > (${first}, ${}, ${}, ${})",
            first + 1,
            first + 2,
            first + 3
        );
        values.extend(params![
            after.rank,
            after.due_on,
            after.vulnerability_id,
            &after.product
        ]);
    }
    values.push(limit.into());
    let sql = format!(
        "SELECT * FROM ({inner}) g{place}
         ORDER BY g.rank, g.due_on, g.vulnerability_id, g.product LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

row! {
    /// How much work a vendor has.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct WorkSums {
        /// Vulnerabilities in a product of a version.
        pub groups: i64,
        /// Devices of which somebody waits for an answer.
        pub waiting: i64,
        /// Customers who wait.
        pub customers: i64,
    }
}

/// How much work a vendor has, as far as a filter finds it.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn sums(
    database: &Database,
    principal: &Principal,
    filter: &WorkFilter,
    today: Date,
) -> Result<WorkSums, StoreError> {
    let Some(vendor) = vendor_of(principal) else {
        return Ok(WorkSums::default());
    };
    let mut values = params![vendor, today];
    let conditions = filter.conditions(&mut values);
    let visible = visible();
    let sql = format!(
        "SELECT (SELECT count(*) FROM
                    (SELECT 1 AS one {visible}{conditions}
                     GROUP BY f.vulnerability_id, f.product) g) AS groups,
                count(CASE WHEN q.state = 'asked' THEN 1 END) AS waiting,
                count(DISTINCT CASE WHEN q.state = 'asked' THEN q.organization_id END)
                    AS customers
         {visible}{conditions}"
    );
    database.one(ComposedSql(sql), values).await
}

row! {
    /// A customer's question about a device.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WorkItem {
        /// The request.
        pub id: Uuid,
        /// The customer.
        pub organization_id: OrganizationId,
        /// Its name.
        pub customer: String,
        /// The finding of the customer.
        pub finding_id: Uuid,
        /// The device's name.
        pub asset_name: String,
        /// Until when the device is supported.
        pub support_until: Option<Date>,
        /// The vulnerability's number.
        pub vulnerability_id: i64,
        /// The CPE names that carry it.
        pub product: String,
        /// How it stands, by code.
        pub state: String,
        /// Until when an answer is asked for.
        pub due_on: Date,
        /// What is asked, in words.
        pub message: String,
        /// What was answered, by code.
        pub status: Option<String>,
        /// See [`super::Request`].
        pub justification: Option<String>,
        /// See there.
        pub statement: String,
        /// See there.
        pub fixed_version: String,
        /// See there.
        pub planned_on: Option<Date>,
        /// See there.
        pub answered_at: Option<Instant>,
        /// Counts changes.
        pub revision: i64,
        /// What the texts of the device came to; for documents, never shown.
        pub texts: Json,
    }
}

impl WorkItem {
    /// The vulnerability.
    #[must_use]
    pub fn identifier(&self) -> VulnerabilityId {
        id_of(self.vulnerability_id)
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> RequestState {
        RequestState::from_code(&self.state).unwrap_or(RequestState::Asked)
    }

    /// What was answered.
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

const ITEM: &str = "SELECT q.id AS id, q.organization_id AS organization_id, o.name AS customer,
        q.finding_id AS finding_id, a.name AS asset_name, a.support_until AS support_until,
        f.vulnerability_id AS vulnerability_id, f.product AS product, q.state AS state,
        q.due_on AS due_on, q.message AS message, q.status AS status,
        q.justification AS justification, q.statement AS statement,
        q.fixed_version AS fixed_version, q.planned_on AS planned_on,
        q.answered_at AS answered_at, q.revision AS revision, a.texts AS texts";

/// The questions that a filter finds, by id, from after one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn items(
    database: &Database,
    principal: &Principal,
    filter: &WorkFilter,
    after: Option<Uuid>,
    limit: i64,
    today: Date,
) -> Result<Vec<WorkItem>, StoreError> {
    let Some(vendor) = vendor_of(principal) else {
        return Ok(Vec::new());
    };
    let mut values = params![vendor, today];
    let conditions = filter.conditions(&mut values);
    values.extend(params![after.unwrap_or_default(), limit]);
    let sql = format!(
        "{ITEM} {}{conditions} AND q.id > ${} ORDER BY q.id LIMIT ${}",
        visible(),
        values.len() - 1,
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// The questions about a vulnerability in exactly this product, those that wait first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn items_of_group(
    database: &Database,
    principal: &Principal,
    vulnerability: VulnerabilityId,
    product: &str,
    limit: i64,
    today: Date,
) -> Result<Vec<WorkItem>, StoreError> {
    let Some(vendor) = vendor_of(principal) else {
        return Ok(Vec::new());
    };
    let values = params![vendor, today, key(vulnerability), product, limit];
    let sql = format!(
        "{ITEM} {} AND f.vulnerability_id = $3 AND f.product = $4
         ORDER BY CASE WHEN q.state = 'asked' THEN 0 ELSE 1 END, q.due_on, q.id LIMIT $5",
        visible()
    );
    database.rows(ComposedSql(sql), values).await
}

/// Some questions by their ids, and those about some vulnerabilities.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn items_by(
    database: &Database,
    principal: &Principal,
    requests: &[Uuid],
    vulnerabilities: &[VulnerabilityId],
    today: Date,
) -> Result<Vec<WorkItem>, StoreError> {
    let Some(vendor) = vendor_of(principal) else {
        return Ok(Vec::new());
    };
    let requests = requests.chunks(PART).map(|part| {
        let values: Params = part.iter().map(|id| Value::from(*id)).collect();
        ("q.id", values)
    });
    let vulnerabilities = vulnerabilities.chunks(PART).map(|part| {
        let values: Params = part.iter().map(|id| Value::from(key(*id))).collect();
        ("f.vulnerability_id", values)
    });
    let mut found: HashMap<Uuid, WorkItem> = HashMap::new();
    for (column, some) in requests.chain(vulnerabilities) {
        let sql = format!(
            "{ITEM} {} AND {column} IN ({}) ORDER BY q.id LIMIT {MOST_ITEMS}",
            visible(),
            placeholders(3, some.len())
        );
        let mut values = params![vendor, today];
        values.extend(some);
        let rows: Vec<WorkItem> = database.rows(ComposedSql(sql), values).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let mut found: Vec<WorkItem> = found.into_values().collect();
    found.sort_by_key(|item| item.id);
    Ok(found)
}

/// The most questions that are looked at together.
const MOST_ITEMS: i64 = 50_000;

row! {
    /// A customer that asks.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Customer {
        /// Its id.
        pub id: OrganizationId,
        /// Its name.
        pub name: String,
    }
}

/// The customers who ask, for the filter.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn customers(
    database: &Database,
    principal: &Principal,
    today: Date,
) -> Result<Vec<Customer>, StoreError> {
    let Some(vendor) = vendor_of(principal) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT DISTINCT o.id AS id, o.name AS name {} ORDER BY o.name, o.id LIMIT 500",
        visible()
    );
    database
        .rows(ComposedSql(sql), params![vendor, today])
        .await
}

/// Of which institution a request is, before anything is authorised.
///
/// # Errors
/// [`VulnerabilityError::NotFound`].
pub(crate) async fn customer_of(
    database: &Database,
    request: Uuid,
) -> Result<OrganizationId, VulnerabilityError> {
    row! { struct OwnerRow { organization_id: OrganizationId } }
    let row: Option<OwnerRow> = database
        .optional(
            "SELECT organization_id FROM vuln_requests WHERE id = $1",
            params![request],
        )
        .await?;
    row.map(|row| row.organization_id)
        .ok_or(VulnerabilityError::NotFound)
}

row! {
    struct AnsweredRow {
        id: Uuid, finding_id: Uuid, revision: i64, vendor_name: String,
    }
}

/// Answers questions of one customer: each with the revision that was read, or any where none is
/// given. The finding stays as it is: an answer is a proposal.
///
/// # Errors
/// [`VulnerabilityError::NotFound`] where one is none of this vendor and customer, or of a device
/// that the vendor maintains no more; [`StoreError::Conflict`] where one was changed since.
pub(crate) async fn answer(
    tx: &mut Transaction,
    proof: &AnswerProof,
    ids: &dyn IdGenerator,
    requests: &[(Uuid, Option<i64>)],
    answer: &Answer,
    now: Instant,
) -> Result<usize, VulnerabilityError> {
    let vendor = proof.principal().organization;
    let person = person_of(proof);
    let mut done = 0;
    for part in requests.chunks(PART) {
        let lock = match tx.engine() {
            yagura_store::Engine::Sqlite => "",
            yagura_store::Engine::Postgres => " FOR UPDATE OF q",
        };
        let sql = format!(
            "SELECT q.id AS id, q.finding_id AS finding_id, q.revision AS revision,
                    w.name AS vendor_name
             FROM vuln_requests q JOIN vuln_findings f ON f.id = q.finding_id
             JOIN vuln_assets a ON a.asset_id = f.asset_id
             JOIN organizations w ON w.id = q.vendor_id
             WHERE q.organization_id = $1 AND q.vendor_id = $2 AND a.vendor_id = $2
               AND a.present = 1 AND q.id IN ({}) ORDER BY q.id{lock}",
            placeholders(3, part.len())
        );
        let mut values = params![proof.organization(), vendor];
        values.extend(part.iter().map(|(id, _)| Value::from(*id)));
        let rows: Vec<AnsweredRow> = tx.rows(ComposedSql(sql), values).await?;
        let known: HashMap<Uuid, &AnsweredRow> = rows.iter().map(|row| (row.id, row)).collect();
        let mut events: Vec<Params> = Vec::new();
        for (id, revision) in part {
            let row = known.get(id).ok_or(VulnerabilityError::NotFound)?;
            if revision.is_some_and(|revision| revision != row.revision) {
                return Err(StoreError::Conflict.into());
            }
            let detail = json!({
                "vendor": row.vendor_name, "status": answer.status.code(),
                "justification": answer.justification.map(Justification::code),
                "note": answer.statement, "fixed_version": answer.fixed_version,
                "planned_on": answer.planned_on.map(format_iso),
            });
            events.push(event(ids, row.finding_id, person, "answered", &detail, now));
        }
        let sql = format!(
            "UPDATE vuln_requests SET state = 'answered', status = $1, justification = $2,
                statement = $3, fixed_version = $4, planned_on = $5, answered_at = $6,
                answered_by = $7, told_back = 0, revision = revision + 1
             WHERE id IN ({})",
            placeholders(8, part.len())
        );
        let mut values = params![
            answer.status.code(),
            answer.justification.map(Justification::code),
            &answer.statement,
            &answer.fixed_version,
            answer.planned_on,
            now,
            person
        ];
        values.extend(part.iter().map(|(id, _)| Value::from(*id)));
        tx.execute(ComposedSql(sql), values).await?;
        tx.insert_many("vuln_finding_events", &EVENT_COLUMNS, events)
            .await?;
        done += part.len();
    }
    Ok(done)
}
