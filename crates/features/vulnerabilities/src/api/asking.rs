//! For institutions: asking the vendor of a device, and taking its answer over.

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::time::parse_date;
use yagura_web::api::{JsonBody, PathOf, Problem};
use yagura_web::{Context, WebError};

use super::{FindingRecord, record};
use crate::operations::requests::{self as acts, Chosen};
use crate::pages::authorize;
use crate::store::requests::Question;

/// What is asked of the vendor.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct QuestionBody {
    /// Until when; the finding's own day where none is given, in a week at the soonest.
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<String>,
    /// In words.
    message: String,
}

/// Ask the vendor who maintains the device whether it is affected. Nothing happens where no vendor
/// is on record, or where it was asked already.
#[utoipa::path(post, path = "/api/v1/vulnerabilities/findings/{finding}/question",
    tag = "vulnerabilities", params(("finding" = Uuid, Path, description = "The finding")),
    request_body = QuestionBody, responses(
    (status = 200, body = FindingRecord),
    (status = 400, description = "Not the JSON that is expected", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
    (status = 422, description = "Fields to be mended", body = Problem),
))]
pub(super) async fn ask(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<QuestionBody>,
) -> Result<Json<FindingRecord>, WebError> {
    let proof = authorize::<actions::AssessVulnerabilities>(&context, id).await?;
    let wrong_day = || {
        let words = context.t().t("vulnerabilities-error-answer-by").to_owned();
        WebError::Fields(vec![("/due_on".to_owned(), words)])
    };
    let due_on = match body.due_on.as_deref() {
        None => None,
        Some(day) => Some(parse_date(day).map_err(|_| wrong_day())?),
    };
    if due_on.is_some_and(|day| day < context.today) {
        return Err(wrong_day());
    }
    let question = Question {
        due_on,
        message: body.message.trim().chars().take(500).collect(),
    };
    acts::ask(&context, &proof, Chosen::Some(vec![id]), &question).await?;
    record(&context, id).await
}

/// Take the vendor's answer over: the finding gets the state that it proposes.
#[utoipa::path(post, path = "/api/v1/vulnerabilities/findings/{finding}/answer-taken",
    tag = "vulnerabilities", params(("finding" = Uuid, Path, description = "The finding")),
    responses(
    (status = 200, body = FindingRecord),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
))]
pub(super) async fn take(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<FindingRecord>, WebError> {
    let proof = authorize::<actions::AssessVulnerabilities>(&context, id).await?;
    acts::take_over(&context, &proof, Chosen::Some(vec![id])).await?;
    record(&context, id).await
}
