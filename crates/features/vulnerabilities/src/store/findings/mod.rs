//! Findings: reading them here; what people decide of them, how an institution stands, and of what
//! nobody was told, in the modules below.

mod decisions;
mod sums;
mod untold;

use serde_json::Value as Json;
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{ActionType, Authorized, actions};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, Instant};
use yagura_store::{ComposedSql, Database, Params, StoreError, Value, escape_like, params, row};

use super::VulnerabilityError;
use super::feeds::{Vulnerability, id_of, key};
use crate::model::request::RequestState;
use crate::model::{Exposure, Severity, State};

pub(crate) use decisions::AtRevision;
pub(crate) use decisions::lapse;
pub use decisions::{Right, decide};
pub(crate) use sums::{InTime, departments, in_time};
pub use sums::{Sums, sums};
pub(crate) use untold::{Untold, tell, untold_organizations};

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
        /// Who maintains the device, or else its system.
        pub vendor_id: Option<OrganizationId>,
        /// Their name.
        pub vendor_name: Option<String>,
        /// How the question to them stands, by code, where they were asked.
        pub request: Option<String>,
    }
}

impl Finding {
    /// How the question to the vendor stands.
    #[must_use]
    pub fn request(&self) -> Option<RequestState> {
        RequestState::from_code(self.request.as_deref()?)
    }

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
        f.revision AS revision, a.vendor_id AS vendor_id, w.name AS vendor_name,
        q.state AS request
     FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
     LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id
     LEFT JOIN people p ON p.id = f.decided_by
     LEFT JOIN organizations w ON w.id = a.vendor_id
     LEFT JOIN vuln_requests q ON q.finding_id = f.id AND q.vendor_id = a.vendor_id";

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
    /// How the question to the vendor stands.
    pub vendor: Option<Vendor>,
}

/// How the question to the vendor who maintains the device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// There is a vendor, and it was not asked.
    Unasked,
    /// It was asked, and this came of it.
    Asked(RequestState),
}

impl Vendor {
    /// Every one, in the order of pages.
    pub const ALL: [Self; 4] = [
        Self::Unasked,
        Self::Asked(RequestState::Asked),
        Self::Asked(RequestState::Answered),
        Self::Asked(RequestState::Taken),
    ];

    /// The code in addresses and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Asked(state) => state.code(),
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
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
            let escaped = escape_like(word);
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
        match self.vendor {
            None => {}
            Some(Vendor::Unasked) => {
                sql.push_str(" AND a.vendor_id IS NOT NULL AND q.id IS NULL");
            }
            Some(Vendor::Asked(state)) => {
                values.push(state.code().into());
                sql.push_str(&format!(" AND q.state = ${}", values.len()));
            }
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
         LEFT JOIN vuln_requests q ON q.finding_id = f.id AND q.vendor_id = a.vendor_id
         WHERE f.organization_id = $1{conditions}"
    );
    database.count(ComposedSql(sql), values).await
}

/// The ids of the findings that a filter finds, from after one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn ids(
    database: &Database,
    proof: &Read,
    filter: &Filter,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    row! { struct IdRow { id: Uuid } }
    let mut values = params![proof.organization()];
    let conditions = filter.conditions(&mut values);
    values.extend(params![after, limit]);
    let sql = format!(
        "SELECT f.id AS id FROM vuln_findings f JOIN vuln_assets a ON a.asset_id = f.asset_id
         LEFT JOIN vulnerabilities v ON v.id = f.vulnerability_id
         LEFT JOIN vuln_requests q ON q.finding_id = f.id AND q.vendor_id = a.vendor_id
         WHERE f.organization_id = $1{conditions} AND f.id > ${} ORDER BY f.id LIMIT ${}",
        values.len() - 1,
        values.len()
    );
    let rows: Vec<IdRow> = database.rows(ComposedSql(sql), values).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
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
        /// `decided`, `ended`, `returned`, `lapsed`, `asked`, `answered`.
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
