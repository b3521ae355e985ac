//! Recertification through the API.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::actions;
use yagura_kernel::time::format_iso;
use yagura_web::api::{JsonBody, Page, PageQuery, Problem, QueryOf};
use yagura_web::{Context, WebError};

use super::reason_of;
use crate::model::{AskedAs, Permission, Verdict};
use crate::operations::{self, Said};
use crate::pages::recertification::Answering;
use crate::store::{self, RowFilter};

/// A recertification that is under way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recertification {
    /// Its id.
    id: Uuid,
    /// Until when everybody should have answered.
    #[schema(format = Date)]
    due_on: String,
    /// How many permissions it asks about.
    permissions: i64,
    /// Of them, those that are dealt with.
    decided: i64,
}

/// Until when a recertification runs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecertificationBody {
    /// The last day; from today on, at most a year away.
    #[schema(format = Date)]
    due_on: String,
}

async fn running(context: &Context) -> Result<Option<store::Campaign>, WebError> {
    Ok(store::current_campaign(context.database(), context.organization.id).await?)
}

fn written_campaign(campaign: &store::Campaign) -> Recertification {
    Recertification {
        id: campaign.id,
        due_on: format_iso(campaign.due_on),
        permissions: campaign.permissions,
        decided: campaign.decided,
    }
}

/// Read how far the recertification is.
#[utoipa::path(
    get, path = "/api/v1/recertification", tag = "ledgers",
    responses(
        (status = 200, description = "null where none is under way", body = Option<Recertification>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn campaign(context: Context) -> Result<Json<Option<Recertification>>, WebError> {
    context.authorize_own::<actions::ReadLedgers>().await?;
    let campaign = running(&context).await?;
    Ok(Json(campaign.as_ref().map(written_campaign)))
}

/// Begin a recertification of every permission in force; those who are asked are told.
#[utoipa::path(
    post, path = "/api/v1/recertification", tag = "ledgers",
    request_body = RecertificationBody,
    responses(
        (status = 201, body = Recertification),
        (status = 400, description = "Not a last day, one is under way, or no permission is in force", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
pub(super) async fn start(
    context: Context,
    Extension(answering): Extension<Answering>,
    JsonBody(body): JsonBody<RecertificationBody>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let due = crate::pages::recertification::last_day(&body.due_on, context.today)?;
    operations::start_campaign(&context, answering.0.as_ref(), &proof, due).await?;
    let campaign = running(&context).await?.ok_or(WebError::NotFound)?;
    Ok((StatusCode::CREATED, Json(written_campaign(&campaign))).into_response())
}

/// A permission about which somebody is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecertificationRow {
    /// The permission.
    entry: Uuid,
    /// What it says.
    content: Permission,
    /// To be sent with the decision.
    revision: i64,
    /// Who is asked; nobody where no superior answers.
    #[schema(value_type = Option<Uuid>)]
    reviewer: Option<PersonId>,
    /// Why they are asked, or why nobody in particular is.
    asked_as: AskedAs,
    /// What was said.
    verdict: Option<Verdict>,
    /// Why, or what is to be changed.
    note: String,
    /// Who said it.
    by: Option<String>,
}

/// Read the permissions of the recertification that is under way, by name; none where there is none.
#[utoipa::path(
    get, path = "/api/v1/recertification/rows", tag = "ledgers", params(PageQuery),
    responses(
        (status = 200, body = Page<RecertificationRow>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn rows(
    context: Context,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<RecertificationRow>>, WebError> {
    let proof = context.authorize_own::<actions::ReadLedgers>().await?;
    let wrong = || WebError::invalid("ledgers-error-filter");
    let place = match page.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => {
            let (id, key) = text.split_once('_').ok_or_else(wrong)?;
            let id = yagura_kernel::id::parse_uuid(id).map_err(|_| wrong())?;
            Some((key.to_owned(), id))
        }
    };
    let Some(campaign) = running(&context).await? else {
        let items = Vec::new();
        return Ok(Json(Page { items, next: None }));
    };
    let (filter, limit) = (RowFilter::default(), page.limit());
    let database = context.database();
    let mut found = store::rows(
        database,
        &proof,
        campaign.id,
        &filter,
        place.as_ref(),
        limit + 1,
    )
    .await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{}_{}", last.entry, last.sort_key));
    let items = found.into_iter().map(|row| RecertificationRow {
        entry: row.entry,
        content: row.said,
        revision: row.revision,
        reviewer: row.reviewer,
        asked_as: row.asked_as,
        verdict: row.verdict,
        note: row.note,
        by: row.by_name,
    });
    let items = items.collect();
    Ok(Json(Page { items, next }))
}

/// What somebody says of permissions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecertificationDecisions {
    /// At most 500.
    #[schema(max_items = 500)]
    decisions: Vec<RecertificationDecision>,
}

/// What somebody says of one permission.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecertificationDecision {
    /// The permission.
    entry: Uuid,
    /// The revision that was read.
    revision: i64,
    /// What is said.
    verdict: Verdict,
    /// Why, or what is to be changed; compulsory unless the permission is still needed.
    #[serde(default)]
    #[schema(max_length = 300)]
    note: String,
}

/// What was written down.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecertificationResult {
    /// How many were written down.
    decided: i64,
    /// How many were left, because somebody changed or answered them meanwhile.
    left: i64,
}

/// Say of permissions whether they are still needed.
#[utoipa::path(
    post, path = "/api/v1/recertification/rows", tag = "ledgers",
    request_body = RecertificationDecisions,
    responses(
        (status = 200, body = RecertificationResult),
        (status = 400, description = "Nothing is said, or a reason is missing", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "None is under way, or one is not asked about that permission", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
pub(super) async fn decide(
    context: Context,
    JsonBody(body): JsonBody<RecertificationDecisions>,
) -> Result<Json<RecertificationResult>, WebError> {
    let proof = context
        .authorize_own::<actions::RecertifyPermissions>()
        .await?;
    if body.decisions.is_empty() || body.decisions.len() > 500 {
        return Err(WebError::invalid("ledgers-error-none-judged"));
    }
    let mut said = Vec::with_capacity(body.decisions.len());
    for one in body.decisions {
        let note = match one.verdict {
            Verdict::Needed => String::new(),
            Verdict::TakeAway | Verdict::Change => reason_of(&one.note)?,
        };
        said.push(Said {
            entry: one.entry,
            revision: one.revision,
            verdict: one.verdict,
            note,
        });
    }
    let campaign = running(&context).await?.ok_or(WebError::NotFound)?;
    let (decided, left) = operations::decide(&context, &proof, campaign.id, &said).await?;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Json(RecertificationResult {
        decided: number(decided),
        left: number(left),
    }))
}

/// Who answers in whose place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecertificationReassignment {
    /// Whose rows; null for those of nobody in particular.
    #[schema(value_type = Option<Uuid>)]
    from: Option<PersonId>,
    /// Only those of this department.
    #[serde(default)]
    department: Option<String>,
    /// Who answers; must have a role that lets them.
    #[schema(value_type = Uuid)]
    to: PersonId,
}

/// What was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecertificationReassigned {
    /// How many permissions; their own are left.
    permissions: i64,
}

async fn under_way(context: &Context) -> Result<store::Campaign, WebError> {
    let campaign = running(context).await?;
    campaign.ok_or_else(|| WebError::invalid("ledgers-error-campaign"))
}

/// Let somebody else answer what waits for a word. They are told.
#[utoipa::path(
    post, path = "/api/v1/recertification/reassignment", tag = "ledgers",
    request_body = RecertificationReassignment,
    responses(
        (status = 200, body = RecertificationReassigned),
        (status = 400, description = "None is under way, nothing waits there, or the person cannot answer", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
pub(super) async fn reassign(
    context: Context,
    JsonBody(body): JsonBody<RecertificationReassignment>,
) -> Result<Json<RecertificationReassigned>, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let campaign = under_way(&context).await?;
    let department = body.department.filter(|name| !name.is_empty());
    let (from, to) = (body.from, body.to);
    let permissions =
        operations::reassign(&context, &proof, &campaign, from, department, to).await?;
    Ok(Json(RecertificationReassigned { permissions }))
}

/// Who was told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecertificationReminded {
    /// How many people.
    people: i64,
}

/// Remind everybody with something to answer now.
#[utoipa::path(
    post, path = "/api/v1/recertification/reminder", tag = "ledgers",
    responses(
        (status = 200, body = RecertificationReminded),
        (status = 400, description = "None is under way", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn remind(context: Context) -> Result<Json<RecertificationReminded>, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let campaign = under_way(&context).await?;
    let told = operations::remind(&context, &proof, &campaign).await?;
    let people = i64::try_from(told).unwrap_or(i64::MAX);
    Ok(Json(RecertificationReminded { people }))
}
