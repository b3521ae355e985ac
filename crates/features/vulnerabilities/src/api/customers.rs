//! For vendors: what customers ask, the answers, and documents that answer many questions at once.

use axum::Json;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{Instant, format_iso, parse_date};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use super::unreadable;
use crate::model::request::{Answer, RequestState, Status};
use crate::model::state::Justification;
use crate::model::vex;
use crate::operations::requests::{self as acts, require_vendor};
use crate::store::requests::work::{self, WorkFilter, WorkItem};
use crate::words;

/// A customer's question about a vulnerability on a device that one's vendor maintains.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerQuestion {
    /// Its id.
    id: Uuid,
    /// The customer.
    customer: Uuid,
    /// Its name.
    customer_name: String,
    /// The device's name.
    asset_name: String,
    /// Until when the device is supported.
    #[schema(value_type = Option<String>, format = Date)]
    support_until: Option<String>,
    /// CVE-… or JVNDB-….
    vulnerability: String,
    /// The products that carry it, as CPE names.
    products: Vec<String>,
    /// asked, answered or taken.
    state: RequestState,
    /// Until when an answer is asked for.
    #[schema(value_type = String, format = Date)]
    due_on: String,
    /// What is asked, in words.
    message: String,
    /// What was answered.
    answer: Option<VendorAnswer>,
    /// When it was answered.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Instant>,
    /// To be sent with an answer; where something changed meanwhile, that answers 409.
    revision: i64,
}

/// What a vendor answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VendorAnswer {
    /// How it stands.
    status: Status,
    /// Why it does not apply.
    justification: Option<Justification>,
    /// In words.
    statement: String,
    /// The version in which it is corrected.
    fixed_version: String,
    /// When the vendor means to correct it.
    #[schema(value_type = Option<String>, format = Date)]
    planned_on: Option<String>,
}

impl From<Answer> for VendorAnswer {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            justification: answer.justification,
            statement: answer.statement,
            fixed_version: answer.fixed_version,
            planned_on: answer.planned_on.map(format_iso),
        }
    }
}

impl From<WorkItem> for CustomerQuestion {
    fn from(item: WorkItem) -> Self {
        Self {
            id: item.id,
            customer: item.organization_id.uuid(),
            support_until: item.support_until.map(format_iso),
            vulnerability: item.identifier().to_string(),
            products: item.product.split(' ').map(str::to_owned).collect(),
            state: item.state(),
            due_on: format_iso(item.due_on),
            answer: item.answer().map(VendorAnswer::from),
            answered_at: item.answered_at,
            revision: item.revision,
            customer_name: item.customer,
            asset_name: item.asset_name,
            message: item.message,
        }
    }
}

/// Which questions are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct QuestionQuery {
    /// Of this customer.
    customer: Option<Uuid>,
    /// About this vulnerability: CVE-… or JVNDB-….
    vulnerability: Option<String>,
    /// About products with this in their CPE name.
    product: Option<String>,
    /// In this state.
    state: Option<RequestState>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// List what the customers of one's vendor ask about vulnerabilities.
#[utoipa::path(get, path = "/api/v1/customers/vulnerabilities", tag = "vulnerabilities",
    params(QuestionQuery), responses(
    (status = 200, body = Page<CustomerQuestion>),
    (status = 400, description = "A parameter cannot be read", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not of a vendor", body = Problem),
))]
pub(super) async fn list(
    context: Context,
    QueryOf(query): QueryOf<QuestionQuery>,
) -> Result<Json<Page<CustomerQuestion>>, WebError> {
    require_vendor(&context, Action::ReadCustomerVulnerabilities)?;
    let limit = PageQuery {
        cursor: None,
        limit: query.limit,
    }
    .limit();
    let after = match &query.cursor {
        Some(cursor) => {
            Some(yagura_kernel::id::parse_uuid(cursor).map_err(|_| unreadable("cursor", cursor))?)
        }
        None => None,
    };
    let vulnerability: Option<VulnerabilityId> = match &query.vulnerability {
        Some(id) => Some(id.parse().map_err(|_| unreadable("vulnerability", id))?),
        None => None,
    };
    let filter = WorkFilter {
        customer: query.customer.map(Into::into),
        vulnerability,
        product: query.product,
        state: query.state,
    };
    let mut found = work::items(
        context.database(),
        &context.principal,
        &filter,
        after,
        limit + 1,
        context.today,
    )
    .await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    Ok(Json(Page {
        items: found.into_iter().map(CustomerQuestion::from).collect(),
        next,
    }))
}

async fn record(context: &Context, id: Uuid) -> Result<Json<CustomerQuestion>, WebError> {
    let found = work::items_by(
        context.database(),
        &context.principal,
        &[id],
        &[],
        context.today,
    )
    .await?;
    let item = found.into_iter().next().ok_or(WebError::NotFound)?;
    Ok(Json(item.into()))
}

/// Read what a customer asks.
#[utoipa::path(get, path = "/api/v1/customers/vulnerabilities/{vendor_request}",
    tag = "vulnerabilities",
    params(("vendor_request" = Uuid, Path, description = "The question")), responses(
    (status = 200, body = CustomerQuestion),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such question", body = Problem),
))]
pub(super) async fn get(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<CustomerQuestion>, WebError> {
    let customer = work::customer_of(context.database(), id).await?;
    context
        .authorize::<actions::ReadCustomerVulnerabilities>(customer)
        .await?;
    record(&context, id).await
}

/// What is answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VulnerabilityAnswerBody)]
pub(crate) struct AnswerBody {
    /// How it stands.
    status: Status,
    /// Why it does not apply; with not_affected this or a statement is needed.
    #[serde(default)]
    justification: Option<Justification>,
    /// In words; with affected this, a version or a day is needed.
    #[serde(default)]
    statement: String,
    /// The version in which it is corrected.
    #[serde(default)]
    fixed_version: String,
    /// When it is to be corrected on the device.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    planned_on: Option<String>,
    /// The revision that was read.
    revision: i64,
}

/// Answer what a customer asks. The customer decides what it makes of the answer.
#[utoipa::path(post, path = "/api/v1/customers/vulnerabilities/{vendor_request}/answer",
    tag = "vulnerabilities",
    params(("vendor_request" = Uuid, Path, description = "The question")),
    request_body = AnswerBody, responses(
    (status = 200, body = CustomerQuestion),
    (status = 400, description = "Not the JSON that is expected", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such question", body = Problem),
    (status = 409, description = "Something changed meanwhile", body = Problem),
    (status = 422, description = "Fields to be mended", body = Problem),
))]
pub(super) async fn answer(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<AnswerBody>,
) -> Result<Json<CustomerQuestion>, WebError> {
    let customer = work::customer_of(context.database(), id).await?;
    context
        .authorize::<actions::AnswerCustomerVulnerabilities>(customer)
        .await?;
    let planned_on = match body.planned_on.as_deref() {
        None => None,
        Some(day) => Some(parse_date(day).map_err(|_| {
            let words = context
                .t()
                .t("vulnerabilities-error-answer-action")
                .to_owned();
            WebError::Fields(vec![("/planned_on".to_owned(), words)])
        })?),
    };
    let answer = Answer {
        status: body.status,
        justification: body.justification,
        statement: body.statement,
        fixed_version: body.fixed_version,
        planned_on,
    };
    let answer = answer.checked().map_err(|problem| {
        let words = words::answer_problem(context.t(), problem).to_owned();
        WebError::Fields(vec![(format!("/{}", problem.field()), words)])
    })?;
    acts::answer(&context, vec![(id, Some(body.revision))], &answer).await?;
    record(&context, id).await
}

/// What is done with a document.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct DocumentQuery {
    /// Whether the answers are given; otherwise it is only told what they would be.
    apply: bool,
    /// Whether earlier answers that differ are replaced.
    replace: bool,
}

/// What a document does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentReport {
    /// Who wrote it, as it says itself.
    author: String,
    /// How many statements it has.
    statements: usize,
    /// Questions that it answers.
    answers: Vec<Uuid>,
    /// Questions answered otherwise before; they are left unless they are to be replaced.
    contradicting: Vec<Uuid>,
    /// Questions about which the document contradicts itself; they are left.
    disputed: Vec<Uuid>,
    /// How many questions have this answer already.
    same: usize,
    /// Statements that touch no question, at most 1,000.
    unmatched: Vec<Unmatched>,
    /// How many they are in all.
    unmatched_in_all: usize,
    /// What could not be read, at most some hundred.
    faults: Vec<DocumentFault>,
    /// How many they are in all.
    set_aside: usize,
    /// How many questions were answered; absent where nothing was to be done.
    answered: Option<usize>,
}

/// A statement that touches no question.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unmatched {
    /// Where it stands, as a JSON pointer.
    place: String,
    /// The vulnerability.
    vulnerability: String,
    /// The product as it is named.
    product: String,
    /// not_asked or other_product.
    why: &'static str,
}

/// A statement that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentFault {
    /// Where it stands, as a JSON pointer.
    place: String,
    /// vulnerability, status, product, incomplete or deep.
    #[schema(value_type = String)]
    fault: vex::Fault,
}

const MOST_UNMATCHED: usize = 1_000;

/// Send a document in OpenVEX 0.2.0 or CSAF 2.0 (VEX) that answers what customers ask.
#[utoipa::path(post, path = "/api/v1/customers/vulnerability-documents", tag = "vulnerabilities",
    params(DocumentQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = DocumentReport),
    (status = 400, description = "The document cannot be read, with the place", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not of a vendor", body = Problem),
    (status = 409, description = "Something changed meanwhile", body = Problem),
    (status = 413, description = "The document is too large", body = Problem),
))]
pub(super) async fn document(
    context: Context,
    QueryOf(query): QueryOf<DocumentQuery>,
    bytes: Bytes,
) -> Result<Json<DocumentReport>, WebError> {
    require_vendor(&context, Action::AnswerCustomerVulnerabilities)?;
    let document = vex::read(&bytes).map_err(|error| {
        let reason = words::vex_error(context.t(), &error);
        WebError::invalid_with("vulnerabilities-vex-refused", &[("reason", reason)])
    })?;
    let (plan, items) = acts::plan(&context, &document).await?;
    let answered = if query.apply {
        let planned = (&plan, items.as_slice());
        Some(acts::apply_document(&context, &document, planned, query.replace, None).await?)
    } else {
        None
    };
    let ids = |list: &[crate::vex::Planned]| -> Vec<Uuid> {
        list.iter()
            .filter_map(|planned| items.get(planned.item).map(|item| item.id))
            .collect()
    };
    let unmatched = plan
        .unmatched
        .iter()
        .take(MOST_UNMATCHED)
        .filter_map(|(number, why)| {
            let statement = document.statements.get(*number)?;
            Some(Unmatched {
                place: statement.place.clone(),
                vulnerability: statement.vulnerability.to_string(),
                product: statement.product.label(),
                why: match why {
                    crate::vex::Why::NotAsked => "not_asked",
                    crate::vex::Why::OtherProduct(_) => "other_product",
                },
            })
        })
        .collect();
    Ok(Json(DocumentReport {
        statements: document.statements.len(),
        answers: ids(&plan.answers),
        contradicting: ids(&plan.contradicting),
        disputed: ids(&plan.disputed),
        same: plan.same,
        unmatched,
        unmatched_in_all: plan.unmatched.len(),
        faults: document
            .faults
            .iter()
            .map(|(place, fault)| DocumentFault {
                place: place.clone(),
                fault: *fault,
            })
            .collect(),
        set_aside: document.set_aside,
        author: document.author,
        answered,
    }))
}
