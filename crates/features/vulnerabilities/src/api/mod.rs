//! The JSON API: findings and what is decided of them here, vulnerabilities, feeds and the region in
//! [`known`], questions to vendors in [`asking`], the vendors' side in [`customers`].

mod asking;
mod customers;
mod known;

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{Date, Instant, format_iso, parse_date};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Access, Context, Routes, WebError};

use crate::model::request::RequestState;
use crate::model::state::{Decision, Justification};
use crate::model::{Severity, State};
use crate::pages::authorize;
use crate::store::findings::{self, Cursor, Filter, Finding, Right, Vendor};
use crate::{export, operations, words};

const READ: Access = Access::Action(Action::ReadVulnerabilities);
const ASSESS: Access = Access::Action(Action::AssessVulnerabilities);
const ACCEPT: Access = Access::Action(Action::AcceptVulnerabilities);
const READ_FEEDS: Access = Access::Installation(Action::ReadFeeds);
const MEMBERS: Access = Access::Action(Action::ReadMembers);

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/vulnerabilities/findings", READ, list)
        .get("/api/v1/vulnerabilities/findings/{finding}", READ, get)
        .post(
            "/api/v1/vulnerabilities/findings/{finding}/decision",
            ASSESS,
            decide,
        )
        .post(
            "/api/v1/vulnerabilities/findings/{finding}/acceptance",
            ACCEPT,
            accept,
        )
        .get("/api/v1/vulnerabilities/openvex", READ, openvex)
        .get(
            "/api/v1/vulnerabilities/of/{vulnerability}",
            READ,
            known::vulnerability,
        )
        .get(
            "/api/v1/vulnerabilities/feeds",
            READ_FEEDS,
            known::feed_states,
        )
        .get("/api/v1/region/vulnerabilities", MEMBERS, known::who_has)
        .post(
            "/api/v1/vulnerabilities/findings/{finding}/question",
            ASSESS,
            asking::ask,
        )
        .post(
            "/api/v1/vulnerabilities/findings/{finding}/answer-taken",
            ASSESS,
            asking::take,
        )
        .get(
            "/api/v1/customers/vulnerabilities",
            Access::SignedIn,
            customers::list,
        )
        .get(
            "/api/v1/customers/vulnerabilities/{vendor_request}",
            Access::Action(Action::ReadCustomerVulnerabilities),
            customers::get,
        )
        .post(
            "/api/v1/customers/vulnerabilities/{vendor_request}/answer",
            Access::Action(Action::AnswerCustomerVulnerabilities),
            customers::answer,
        )
        .post(
            "/api/v1/customers/vulnerability-documents",
            Access::SignedIn,
            customers::document.layer(DefaultBodyLimit::max(crate::model::vex::LARGEST)),
        )
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list, get, decide, accept, openvex, known::vulnerability, known::feed_states,
        known::who_has, asking::ask, asking::take, customers::list, customers::get,
        customers::answer, customers::document
    ),
    components(schemas(Problem)),
    tags((name = "vulnerabilities", description = "Published vulnerabilities on the institution's devices"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A vulnerability on a device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingRecord {
    /// Its id.
    id: Uuid,
    /// The device in the register.
    asset: Uuid,
    /// Its name.
    asset_name: String,
    /// The vulnerability: CVE-… or JVNDB-….
    vulnerability: String,
    /// Its title.
    title: String,
    /// How it stands.
    state: State,
    /// Why it does not apply.
    justification: Option<Justification>,
    /// The reason or remedy.
    note: String,
    /// Until when it is accepted.
    #[schema(value_type = Option<String>, format = Date)]
    accepted_until: Option<String>,
    /// Who decided.
    decided_by: Option<String>,
    /// low, medium, high, critical or unknown.
    severity: &'static str,
    /// The CVSS base score.
    cvss: Option<f64>,
    /// The probability of exploitation within 30 days.
    epss: Option<f64>,
    /// Whether it is known to be exploited.
    exploited: bool,
    /// Whether it is used for ransomware.
    ransomware: bool,
    /// inside, line or internet: how the device is reached.
    exposure: &'static str,
    /// The feed on which it rests.
    source: &'static str,
    /// product_only, rough or exact.
    confidence: &'static str,
    /// Why no further.
    reason: String,
    /// From 0 to 100: how sure it is that the device has the product.
    certainty: i64,
    /// Whether something named would have to be present besides.
    conditional: bool,
    /// The products that carry it, as CPE names.
    products: Vec<String>,
    /// Until when it is to be dealt with.
    #[schema(value_type = String, format = Date)]
    due_on: String,
    /// Until when the device is supported.
    #[schema(value_type = Option<String>, format = Date)]
    support_until: Option<String>,
    /// When it was found.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    found_at: Instant,
    /// The vendor who maintains the device, or else its system.
    vendor: Option<Uuid>,
    /// Its name.
    vendor_name: Option<String>,
    /// How the question to it stands; absent where it was not asked.
    question: Option<RequestState>,
    /// To be sent with a decision; where somebody else decided meanwhile, that answers 409.
    revision: i64,
}

const fn source_code(source: i64) -> &'static str {
    match source {
        0 => "nvd",
        1 => "overrides",
        2 => "cve_record",
        3 => "cve_record_publisher",
        4 => "jvn",
        _ => "csaf",
    }
}

const fn confidence_code(confidence: i64) -> &'static str {
    match confidence {
        2 => "exact",
        1 => "rough",
        _ => "product_only",
    }
}

fn score(tenths: Option<i64>) -> Option<f64> {
    tenths
        .and_then(|tenths| i32::try_from(tenths).ok())
        .map(|tenths| f64::from(tenths) / 10.0)
}

impl FindingRecord {
    fn of(context: &Context, finding: Finding) -> Self {
        let products = finding
            .detail
            .get("carriers")
            .and_then(|carriers| serde_json::from_value(carriers.clone()).ok())
            .unwrap_or_default();
        Self {
            id: finding.id,
            asset: finding.asset_id,
            vulnerability: finding.identifier().to_string(),
            title: words::title_of(context.t(), &finding),
            state: finding.state(),
            justification: finding
                .justification
                .as_deref()
                .and_then(Justification::from_code),
            accepted_until: finding.accepted_until.map(format_iso),
            decided_by: finding.decided_by_name.clone(),
            severity: finding.severity().code(),
            cvss: score(finding.cvss_tenths),
            epss: finding.epss,
            exploited: finding.kev_added.is_some(),
            ransomware: finding.kev_ransomware,
            exposure: finding.exposure().code(),
            source: source_code(finding.source),
            confidence: confidence_code(finding.confidence),
            certainty: finding.certainty,
            conditional: finding.conditional,
            products,
            due_on: format_iso(finding.due_on),
            support_until: finding.support_until.map(format_iso),
            found_at: finding.found_at,
            revision: finding.revision,
            vendor: finding.vendor_id.map(|vendor| vendor.uuid()),
            question: finding.request(),
            vendor_name: finding.vendor_name,
            asset_name: finding.asset_name,
            note: finding.note,
            reason: finding.reason,
        }
    }
}

/// Which findings are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct FindingQuery {
    /// Only those of which something is still to be done (true), or nothing is (false).
    open: Option<bool>,
    /// In this state.
    state: Option<State>,
    /// Of this severity: low, medium, high, critical, unknown.
    severity: Option<String>,
    /// Only those known to be exploited.
    exploited: bool,
    /// Only those on end devices of external connections.
    exposed: bool,
    /// Of this vulnerability.
    vulnerability: Option<String>,
    /// On this device.
    asset: Option<Uuid>,
    /// To be dealt with before this day.
    #[param(value_type = Option<String>, format = Date)]
    due_before: Option<String>,
    /// How the question to the vendor stands: unasked, asked, answered, taken.
    vendor: Option<String>,
    /// Whose device, vulnerability or title has these words.
    search: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

fn unreadable(name: &str, value: &str) -> WebError {
    WebError::invalid_with("error-query", &[("reason", format!("{name}={value}"))])
}

impl FindingQuery {
    fn filter(&self) -> Result<Filter, WebError> {
        let severity = match &self.severity {
            None => None,
            Some(code) => {
                Some(Severity::from_code(code).ok_or_else(|| unreadable("severity", code))?)
            }
        };
        let vulnerability: Option<VulnerabilityId> = match &self.vulnerability {
            None => None,
            Some(id) => Some(id.parse().map_err(|_| unreadable("vulnerability", id))?),
        };
        let vendor = match &self.vendor {
            None => None,
            Some(code) => Some(Vendor::from_code(code).ok_or_else(|| unreadable("vendor", code))?),
        };
        let due_before: Option<Date> = match &self.due_before {
            None => None,
            Some(day) => Some(parse_date(day).map_err(|_| unreadable("due_before", day))?),
        };
        Ok(Filter {
            open: self.open,
            state: self.state,
            exploited: self.exploited,
            exposed: self.exposed,
            severity,
            due_before,
            asset: self.asset,
            vulnerability,
            department: None,
            search: self.search.clone(),
            vendor,
        })
    }
}

/// List the findings of one's institution, the most urgent first.
#[utoipa::path(get, path = "/api/v1/vulnerabilities/findings", tag = "vulnerabilities",
    params(FindingQuery), responses(
    (status = 200, body = Page<FindingRecord>),
    (status = 400, description = "A parameter cannot be read", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn list(
    context: Context,
    QueryOf(query): QueryOf<FindingQuery>,
) -> Result<Json<Page<FindingRecord>>, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let limit = PageQuery {
        cursor: None,
        limit: query.limit,
    }
    .limit();
    let after: Option<Cursor> = match &query.cursor {
        Some(cursor) => Some(cursor.parse().map_err(|()| unreadable("cursor", cursor))?),
        None => None,
    };
    let filter = query.filter()?;
    let mut found = findings::list(context.database(), &proof, &filter, after, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| Cursor::after(last).to_string());
    Ok(Json(Page {
        items: found
            .into_iter()
            .map(|finding| FindingRecord::of(&context, finding))
            .collect(),
        next,
    }))
}

async fn record(context: &Context, id: Uuid) -> Result<Json<FindingRecord>, WebError> {
    let proof = authorize::<actions::ReadVulnerabilities>(context, id).await?;
    let finding = findings::get(context.database(), &proof, id).await?;
    Ok(Json(FindingRecord::of(context, finding)))
}

/// Read a finding.
#[utoipa::path(get, path = "/api/v1/vulnerabilities/findings/{finding}", tag = "vulnerabilities",
    params(("finding" = Uuid, Path, description = "The finding")), responses(
    (status = 200, body = FindingRecord),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
))]
async fn get(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Json<FindingRecord>, WebError> {
    record(&context, id).await
}

/// What is decided of a finding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// investigating, affected, not_affected or fixed.
    state: State,
    /// Why it does not apply; needed with not_affected.
    #[serde(default)]
    justification: Option<Justification>,
    /// The reason or remedy.
    #[serde(default)]
    note: String,
    /// The revision that was read.
    revision: i64,
}

/// That a vulnerability may stay for a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptanceBody {
    /// Until when, at most a year from now.
    #[schema(value_type = String, format = Date)]
    accepted_until: String,
    /// Why.
    note: String,
    /// The revision that was read.
    revision: i64,
}

fn checked(context: &Context, decision: Decision) -> Result<Decision, WebError> {
    let note: String = decision.note.chars().take(1_000).collect();
    Decision { note, ..decision }
        .checked(context.today)
        .map_err(|problem| {
            let words = words::decision_problem(context.t(), problem).to_owned();
            WebError::Fields(vec![(format!("/{}", problem.field()), words)])
        })
}

/// Decide how a vulnerability stands on a device.
#[utoipa::path(post, path = "/api/v1/vulnerabilities/findings/{finding}/decision",
    tag = "vulnerabilities", params(("finding" = Uuid, Path, description = "The finding")),
    request_body = DecisionBody, responses(
    (status = 200, body = FindingRecord),
    (status = 400, description = "Not the JSON that is expected", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
    (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
    (status = 422, description = "Fields to be mended", body = Problem),
))]
async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<FindingRecord>, WebError> {
    let proof = authorize::<actions::AssessVulnerabilities>(&context, id).await?;
    if body.state == State::Accepted {
        // To accept takes another right, and says until when.
        let words = context.t().t("vulnerabilities-error-state").to_owned();
        return Err(WebError::Fields(vec![("/state".to_owned(), words)]));
    }
    let decision = Decision {
        state: body.state,
        justification: body.justification,
        accepted_until: None,
        note: body.note,
    };
    let decision = checked(&context, decision)?;
    let chosen = [(id, Some(body.revision))];
    operations::decide(&context, &Right::Assess(&proof), &chosen, &decision).await?;
    record(&context, id).await
}

/// Accept that a vulnerability stays on a device until a day.
#[utoipa::path(post, path = "/api/v1/vulnerabilities/findings/{finding}/acceptance",
    tag = "vulnerabilities", params(("finding" = Uuid, Path, description = "The finding")),
    request_body = AcceptanceBody, responses(
    (status = 200, body = FindingRecord),
    (status = 400, description = "Not the JSON that is expected", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
    (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
    (status = 422, description = "Fields to be mended", body = Problem),
))]
async fn accept(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<AcceptanceBody>,
) -> Result<Json<FindingRecord>, WebError> {
    let proof = authorize::<actions::AcceptVulnerabilities>(&context, id).await?;
    let decision = Decision {
        state: State::Accepted,
        justification: None,
        accepted_until: parse_date(&body.accepted_until).ok(),
        note: body.note,
    };
    let decision = checked(&context, decision)?;
    let chosen = [(id, Some(body.revision))];
    operations::decide(&context, &Right::Accept(&proof), &chosen, &decision).await?;
    record(&context, id).await
}

/// How many findings the document holds.
const MOST_IN_DOCUMENT: i64 = 5_000;

/// The findings of one's institution as a document in OpenVEX 0.2.
#[utoipa::path(get, path = "/api/v1/vulnerabilities/openvex", tag = "vulnerabilities",
    params(FindingQuery), responses(
    (status = 200, body = Object, content_type = "application/json"),
    (status = 400, description = "A parameter cannot be read", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn openvex(
    context: Context,
    QueryOf(query): QueryOf<FindingQuery>,
) -> Result<Json<serde_json::Value>, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let filter = query.filter()?;
    let found = findings::list(context.database(), &proof, &filter, None, MOST_IN_DOCUMENT).await?;
    let detail = serde_json::json!({ "form": "openvex", "findings": found.len() });
    context
        .audit_read(
            &proof,
            "vulnerability_finding",
            context.organization.id,
            detail,
        )
        .await?;
    Ok(Json(export::openvex(&context, &found)))
}
