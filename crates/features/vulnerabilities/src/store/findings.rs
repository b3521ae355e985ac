//! Findings: reading them, and what people decide of them.

use serde_json::{Value as Json, json};
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{ActionType, Authorized, actions};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, Value, params, placeholders, row,
};

use super::feeds::{Vulnerability, id_of, key};
use super::{VulnerabilityError, person_of};
use crate::model::state::Decision;
use crate::model::{Exposure, Severity, State};

type Read = Authorized<actions::ReadVulnerabilities>;

row! {
    /// A vulnerability on a device, as lists show it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Finding {
        /// Its id.
        pub id: Uuid,
        /// Whose.
        pub organization_id: OrganizationId,
        /// The device in the register.
        pub asset_id: Uuid,
        /// Its name.
        pub asset_name: String,
        /// Its department.
        pub department: String,
        /// How it is reached from outside, by number.
        pub exposure: i64,
        /// Until when its maker supports it.
        pub support_until: Option<Date>,
        /// The vulnerability's number.
        pub vulnerability_id: i64,
        /// Its titles.
        pub title_ja: Option<String>,
        /// See there.
        pub title_en: Option<String>,
        /// The beginning of what it is, in English.
        pub description_en: Option<String>,
        /// CVSS in tenths.
        pub cvss_tenths: Option<i64>,
        /// EPSS.
        pub epss: Option<f64>,
        /// Since when it is known to be exploited.
        pub kev_added: Option<Date>,
        /// Used for ransomware.
        pub kev_ransomware: bool,
        /// When it was published.
        pub published_at: Option<Instant>,
        /// How it stands, by code.
        pub state: String,
        /// Why it does not apply, by code.
        pub justification: Option<String>,
        /// The reason or remedy in words.
        pub note: String,
        /// Until when it is accepted.
        pub accepted_until: Option<Date>,
        /// Who decided.
        pub decided_by_name: Option<String>,
        /// When.
        pub decided_at: Option<Instant>,
        /// The source it rests on, by number.
        pub source: i64,
        /// How far the source may be trusted, by number.
        pub confidence: i64,
        /// Why no further, by code.
        pub reason: String,
        /// Whether something named would have to be present besides.
        pub conditional: bool,
        /// How sure the product is, from 0 to 100.
        pub certainty: i64,
        /// Carriers, companions, sources.
        pub detail: Json,
        /// Its place in the order.
        pub urgency: i64,
        /// Until when it is to be dealt with.
        pub due_on: Date,
        /// When it was found.
        pub found_at: Instant,
        /// Counts changes.
        pub revision: i64,
    }
}

impl Finding {
    /// The vulnerability.
    #[must_use]
    pub fn identifier(&self) -> VulnerabilityId {
        id_of(self.vulnerability_id)
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        State::from_code(&self.state).unwrap_or(State::New)
    }

    /// How grave it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        Severity::of_tenths(self.cvss_tenths)
    }

    /// How the device is reached.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        Exposure::of_rank(self.exposure)
    }

    /// Whether it should have been dealt with before a day.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.state().is_open() && self.due_on < today
    }
}

const SELECT: &str = "SELECT f.id AS id, f.organization_id AS organization_id,
        f.asset_id AS asset_id, a.name AS asset_name, a.department AS department,
        a.exposure AS exposure, a.support_until AS support_until,
        f.vulnerability_id AS vulnerability_id, v.title_ja AS title_ja, v.title_en AS title_en,
        v.description_en AS description_en, v.cvss_tenths AS cvss_tenths, v.epss AS epss,
        v.kev_added AS kev_added, COALESCE(v.kev_ransomware, 0) AS kev_ransomware,
        v.published_at AS published_at, f.state AS state, f.justification AS justification,
        f.note AS note, f.accepted_until AS accepted_until, p.name AS decided_by_name,
        f.decided_at AS decided_at, f.source AS source, f.confidence AS confidence,
        f.reason AS reason, f.conditional AS conditional, f.certainty AS certainty,
        f.detail AS detail, f.urgency AS urgency, f.due_on AS due_on, f.found_at AS found_at,
        f.revision AS revision
     FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
     LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id
     LEFT JOIN people p ON p.id = f.decided_by";

/// Which findings are meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only those of which something is still to be done, or only those of which nothing is.
    pub open: Option<bool>,
    /// In this state.
    pub state: Option<State>,
    /// Only those known to be exploited.
    pub exploited: bool,
    /// Only those on end devices of external connections.
    pub exposed: bool,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// To be dealt with before this day.
    pub due_before: Option<Date>,
    /// On this device.
    pub asset: Option<Uuid>,
    /// Of this vulnerability.
    pub vulnerability: Option<VulnerabilityId>,
    /// Of this department.
    pub department: Option<String>,
    /// Whose device, vulnerability or title has these words.
    pub search: Option<String>,
}

impl Filter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut with = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(open) = self.open {
            with(" AND f.is_open = ?", open.into());
        }
        if let Some(state) = self.state {
            with(" AND f.state = ?", state.code().into());
        }
        if let Some(asset) = self.asset {
            with(" AND f.asset_id = ?", asset.into());
        }
        if let Some(id) = self.vulnerability {
            with(" AND f.vulnerability_id = ?", key(id).into());
        }
        if let Some(department) = &self.department {
            with(" AND a.department = ?", department.into());
        }
        if let Some(day) = self.due_before {
            with(" AND f.due_on < ?", day.into());
        }
        match self.severity.map(Severity::tenths) {
            Some(Some((from, below))) => {
                with(" AND v.cvss_tenths >= ?", from.into());
                with(" AND v.cvss_tenths < ?", below.into());
            }
            Some(None) => sql.push_str(" AND v.cvss_tenths IS NULL"),
            None => {}
        }
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            let one: Option<VulnerabilityId> = word.parse().ok();
            values.push(one.map_or(-1, key).into());
            let id = values.len();
            let escaped: String = word
                .chars()
                .flat_map(|c| {
                    let special = matches!(c, '%' | '_' | '!');
                    special.then_some('!').into_iter().chain([c])
                })
                .collect();
            let folded = normalise_for_search(&escaped);
            values.push(format!("%{escaped}%").into());
            let exact = values.len();
            values.push(format!("%{folded}%").into());
            let loose = values.len();
            sql.push_str(&format!(
                " AND (f.vulnerability_id = ${id} OR a.name LIKE ${exact} ESCAPE '!'
                   OR v.title_ja LIKE ${exact} ESCAPE '!'
                   OR lower(a.name) LIKE ${loose} ESCAPE '!'
                   OR lower(v.title_en) LIKE ${loose} ESCAPE '!'
                   OR lower(v.title_ja) LIKE ${loose} ESCAPE '!')"
            ));
        }
        if self.exploited {
            sql.push_str(" AND v.kev_added IS NOT NULL");
        }
        if self.exposed {
            sql.push_str(" AND a.exposure > 0");
        }
        sql
    }
}

/// The place after which a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    urgency: i64,
    id: Uuid,
}

impl Cursor {
    /// The place after a finding.
    #[must_use]
    pub const fn after(finding: &Finding) -> Self {
        Self {
            urgency: finding.urgency,
            id: finding.id,
        }
    }
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

/// The findings of an institution, the most urgent first, from after a place.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    proof: &Read,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Finding>, StoreError> {
    let mut values = params![proof.organization()];
    let mut conditions = filter.conditions(&mut values);
    if let Some(cursor) = after {
        values.extend(params![cursor.urgency, cursor.id]);
        let place = values.len();
        // The most urgent first, the oldest of them first.
        conditions.push_str(&format!(
            " AND (f.urgency < ${0} OR (f.urgency = ${0} AND f.id > ${place}))",
            place - 1
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

/// How many findings a filter finds.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count(database: &Database, proof: &Read, filter: &Filter) -> Result<i64, StoreError> {
    let mut values = params![proof.organization()];
    let conditions = filter.conditions(&mut values);
    let sql = format!(
        "SELECT count(*) AS n FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id
         WHERE f.organization_id = $1{conditions}"
    );
    database.count(ComposedSql(sql), values).await
}

/// To which institution a finding belongs, before anything is authorised.
///
/// # Errors
/// [`VulnerabilityError::NotFound`].
pub async fn owner(database: &Database, id: Uuid) -> Result<OrganizationId, VulnerabilityError> {
    row! { struct OwnerRow { organization_id: OrganizationId } }
    let row: Option<OwnerRow> = database
        .optional(
            "SELECT organization_id FROM vuln_findings WHERE id = $1",
            params![id],
        )
        .await?;
    row.map(|row| row.organization_id)
        .ok_or(VulnerabilityError::NotFound)
}

/// A finding.
///
/// # Errors
/// [`VulnerabilityError::NotFound`].
pub async fn get(
    database: &Database,
    proof: &Read,
    id: Uuid,
) -> Result<Finding, VulnerabilityError> {
    let sql = format!("{SELECT} WHERE f.id = $1 AND f.organization_id = $2");
    let found: Option<Finding> = database
        .optional(ComposedSql(sql), params![id, proof.organization()])
        .await?;
    found.ok_or(VulnerabilityError::NotFound)
}

/// What is known of a vulnerability, for whoever may read how the feeds stand.
///
/// # Errors
/// [`VulnerabilityError::NotFound`] where no feed has it.
pub async fn vulnerability<A: ActionType>(
    database: &Database,
    _proof: &Authorized<A>,
    id: VulnerabilityId,
) -> Result<Vulnerability, VulnerabilityError> {
    let found: Option<Vulnerability> = database
        .optional(
            "SELECT * FROM vulnerabilities WHERE id = $1",
            params![key(id)],
        )
        .await?;
    found.ok_or(VulnerabilityError::NotFound)
}

row! {
    /// Something that happened to a finding.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Event {
        /// Its id; newer ones are greater.
        pub id: Uuid,
        /// When.
        pub at: Instant,
        /// Who did it; nobody where the program did.
        pub by_name: Option<String>,
        /// `decided`, `ended`, `returned`, `lapsed`.
        pub event: String,
        /// The state before and after, the reason.
        pub detail: Json,
    }
}

/// What happened to a finding, the newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn events(
    database: &Database,
    proof: &Read,
    finding: Uuid,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    database
        .rows(
            "SELECT e.id AS id, e.at AS at, p.name AS by_name, e.event AS event,
                    e.detail AS detail
             FROM vuln_finding_events e JOIN vuln_findings f ON f.id = e.finding_id
             LEFT JOIN people p ON p.id = e.by_person
             WHERE e.finding_id = $1 AND f.organization_id = $2 ORDER BY e.id DESC LIMIT $3",
            params![finding, proof.organization(), limit],
        )
        .await
}

/// The right to decide: to accept a risk takes more than to judge a finding.
#[derive(Debug)]
pub enum Right<'a> {
    /// To judge.
    Assess(&'a Authorized<actions::AssessVulnerabilities>),
    /// To accept.
    Accept(&'a Authorized<actions::AcceptVulnerabilities>),
}

impl Right<'_> {
    pub(crate) fn organization(&self) -> OrganizationId {
        match self {
            Self::Assess(proof) => proof.organization(),
            Self::Accept(proof) => proof.organization(),
        }
    }

    fn person(&self) -> Option<PersonId> {
        match self {
            Self::Assess(proof) => person_of(proof),
            Self::Accept(proof) => person_of(proof),
        }
    }

    fn allows(&self, state: State) -> bool {
        matches!(
            (self, state),
            (Self::Accept(_), State::Accepted)
                | (
                    Self::Assess(_),
                    State::Investigating | State::Affected | State::NotAffected | State::Fixed
                )
        )
    }
}

row! {
    struct StateRow { id: Uuid, state: String, revision: i64, asset_id: Uuid,
        vulnerability_id: i64 }
}

/// Decides on findings: each with the revision that was read, or any where none is given. A
/// decision that says the same twice is written once.
///
/// # Errors
/// [`VulnerabilityError::NotFound`] where one is none of the institution's;
/// [`StoreError::Conflict`] where somebody else changed one since.
pub async fn decide(
    tx: &mut Transaction,
    right: &Right<'_>,
    ids: &dyn IdGenerator,
    findings: &[(Uuid, Option<i64>)],
    decision: &Decision,
    now: Instant,
) -> Result<usize, VulnerabilityError> {
    if !right.allows(decision.state) {
        return Err(VulnerabilityError::NotFound);
    }
    let mut done = 0;
    for part in findings.chunks(400) {
        let lock = match tx.engine() {
            yagura_store::Engine::Sqlite => "",
            yagura_store::Engine::Postgres => " FOR UPDATE",
        };
        let sql = format!(
            "SELECT id, state, revision, asset_id, vulnerability_id FROM vuln_findings
             WHERE organization_id = $1 AND id IN ({}) ORDER BY id{lock}",
            placeholders(2, part.len())
        );
        let mut values = params![right.organization()];
        values.extend(part.iter().map(|(id, _)| Value::from(*id)));
        let rows: Vec<StateRow> = tx.rows(ComposedSql(sql), values).await?;
        for (id, revision) in part {
            let row = rows
                .iter()
                .find(|row| row.id == *id)
                .ok_or(VulnerabilityError::NotFound)?;
            if revision.is_some_and(|revision| revision != row.revision) {
                return Err(StoreError::Conflict.into());
            }
            tx.execute_later(
                "UPDATE vuln_findings SET state = $2, is_open = $3, justification = $4, note = $5,
                    accepted_until = $6, decided_by = $7, decided_at = $8,
                    told = CASE WHEN EXISTS (SELECT 1 FROM vulnerabilities v
                                             WHERE v.id = vuln_findings.vulnerability_id
                                               AND v.kev_added IS NOT NULL)
                                THEN 2 ELSE 1 END,
                    revision = revision + 1
                 WHERE id = $1",
                params![
                    *id,
                    decision.state.code(),
                    decision.state.is_open(),
                    decision.justification.map(|one| one.code()),
                    &decision.note,
                    decision.accepted_until,
                    right.person(),
                    now
                ],
            )
            .await?;
            let detail = json!({
                "from": row.state, "to": decision.state.code(), "note": decision.note,
                "justification": decision.justification.map(|one| one.code()),
                "accepted_until": decision.accepted_until.map(yagura_kernel::time::format_iso),
            });
            remember(tx, ids, *id, right.person(), "decided", &detail, now).await?;
            done += 1;
        }
    }
    Ok(done)
}

async fn remember(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    finding: Uuid,
    by: Option<PersonId>,
    event: &str,
    detail: &Json,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO vuln_finding_events (id, finding_id, at, by_person, event, detail)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![ids.id(), finding, now, by, event, detail],
    )
    .await
}

row! {
    struct LapsedRow { id: Uuid }
}

/// Findings whose acceptance is over are open again.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn lapse(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    today: Date,
    now: Instant,
    limit: i64,
) -> Result<usize, StoreError> {
    let rows: Vec<LapsedRow> = tx
        .rows(
            "SELECT id FROM vuln_findings
             WHERE accepted_until IS NOT NULL AND accepted_until < $1 ORDER BY id LIMIT $2",
            params![today, limit],
        )
        .await?;
    for row in &rows {
        tx.execute_later(
            "UPDATE vuln_findings SET state = 'affected', is_open = 1, accepted_until = NULL,
                told = 0, revision = revision + 1
             WHERE id = $1",
            params![row.id],
        )
        .await?;
        let detail = json!({ "from": "accepted", "to": "affected" });
        remember(tx, ids, row.id, None, "lapsed", &detail, now).await?;
    }
    Ok(rows.len())
}

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
                    count(CASE WHEN a.set_id IS NOT NULL AND a.undecided = 0 THEN 1 END) AS judged
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

row! {
    /// A finding of which nobody was told.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Untold {
        pub(crate) id: Uuid,
        pub(crate) asset_name: String,
        pub(crate) vulnerability_id: i64,
        pub(crate) title_ja: Option<String>,
        pub(crate) title_en: Option<String>,
        pub(crate) due_on: Date,
    }
}

/// Institutions with findings of which nobody was told, in the order of their ids.
pub(crate) async fn untold_organizations(
    database: &Database,
    urgent: bool,
    after: OrganizationId,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    row! { struct OrganizationRow { organization_id: OrganizationId } }
    let sql = if urgent {
        "SELECT DISTINCT f.organization_id AS organization_id
         FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         JOIN vulnerabilities v ON v.id = f.vulnerability_id
         WHERE f.told < 2 AND f.is_open = 1 AND v.kev_added IS NOT NULL AND a.exposure > 0
           AND f.organization_id > $1 ORDER BY f.organization_id LIMIT $2"
    } else {
        "SELECT DISTINCT organization_id FROM vuln_findings
         WHERE told = 0 AND is_open = 1 AND organization_id > $1
         ORDER BY organization_id LIMIT $2"
    };
    let rows: Vec<OrganizationRow> = database.rows(sql, params![after, limit]).await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

/// Findings of an institution of which nobody was told, the most urgent first, and how many there
/// are; they are told afterwards: 1 in the digest, 2 at once. What was in a digest and becomes known
/// to be exploited is told again, and then never more.
pub(crate) async fn tell(
    tx: &mut Transaction,
    organization: OrganizationId,
    urgent: bool,
    limit: i64,
) -> Result<(Vec<Untold>, i64), StoreError> {
    let which = if urgent {
        "f.organization_id = $1 AND f.told < 2 AND f.is_open = 1
         AND v.kev_added IS NOT NULL AND a.exposure > 0"
    } else {
        "f.organization_id = $1 AND f.told = 0 AND f.is_open = 1"
    };
    let from = "FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id";
    let sql = format!(
        "SELECT f.id AS id, a.name AS asset_name, f.vulnerability_id AS vulnerability_id,
                v.title_ja AS title_ja, v.title_en AS title_en, f.due_on AS due_on
         {from} WHERE {which} ORDER BY f.urgency DESC, f.id LIMIT $2"
    );
    let found: Vec<Untold> = tx
        .rows(ComposedSql(sql), params![organization, limit])
        .await?;
    let number = tx
        .count(
            ComposedSql(format!("SELECT count(*) AS n {from} WHERE {which}")),
            params![organization],
        )
        .await?;
    let sql = format!(
        "UPDATE vuln_findings SET told = {} WHERE id IN (SELECT f.id {from} WHERE {which})",
        if urgent { 2 } else { 1 }
    );
    tx.execute(ComposedSql(sql), params![organization]).await?;
    Ok((found, number))
}
