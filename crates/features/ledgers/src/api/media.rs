//! The stock-take of media through the API.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_web::api::{JsonBody, Problem};
use yagura_web::{Context, WebError};

use crate::operations;
use crate::pages::media::seen_on;

/// Which media were seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MediaSeenBody {
    /// The media; at most 500.
    #[schema(min_items = 1, max_items = 500)]
    entries: Vec<Uuid>,
    /// On which day; not after today, at most a year back.
    #[schema(format = Date)]
    on: String,
}

/// What was noted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MediaSeen {
    /// How many were noted; those that ended or were seen later already are left.
    noted: i64,
}

/// Note that media were seen, as the yearly stock-take asks.
#[utoipa::path(
    post, path = "/api/v1/ledgers/media/seen", tag = "ledgers",
    request_body = MediaSeenBody,
    responses(
        (status = 200, body = MediaSeen),
        (status = 400, description = "No medium, too many, or not a day within the last year", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
pub(super) async fn seen(
    context: Context,
    JsonBody(body): JsonBody<MediaSeenBody>,
) -> Result<Json<MediaSeen>, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    if body.entries.is_empty() || body.entries.len() > 500 {
        return Err(WebError::invalid("ledgers-error-none-seen"));
    }
    let on = seen_on(&body.on, context.today)?;
    let noted = operations::seen(&context, &proof, &body.entries, on).await?;
    let noted = i64::try_from(noted).unwrap_or(i64::MAX);
    Ok(Json(MediaSeen { noted }))
}
