//! Leavers of whose permissions a person must say whether they are theirs.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::text::clean_single_line;
use yagura_kernel::time::{Instant, format_iso};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::operations;
use crate::pages::leavers::{questions, theirs};
use crate::store;

/// A leaver, with the permissions of their name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenLeaver {
    /// The question's id.
    id: Uuid,
    /// The name.
    name: String,
    /// The staff number; empty where the list has none.
    staff_number: String,
    /// The department.
    department: String,
    /// The last day, where it is known.
    #[schema(value_type = Option<String>, format = Date)]
    left_on: Option<String>,
    /// namesake (somebody of that name works here) or numbers (permissions of that name carry several).
    reason: String,
    /// Staff numbers of those of that name who work here; empty for one without.
    namesakes: Vec<String>,
    /// The permissions of that name that run, by the ids of their entries.
    permissions: Vec<Uuid>,
    /// When it was found.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    found_at: Instant,
}

/// List leavers of whose permissions a person must say whether they are theirs.
#[utoipa::path(get, path = "/api/v1/accounts/leavers", tag = "accounts", params(PageQuery), responses(
    (status = 200, body = Page<OpenLeaver>),
    (status = 400, description = "A parameter cannot be read", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
pub(super) async fn list(
    context: Context,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<OpenLeaver>>, WebError> {
    let proof = context.authorize_own::<actions::ReadAccounts>().await?;
    let after = match page.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            yagura_kernel::id::parse_uuid(text)
                .map_err(|_| WebError::invalid("accounts-error-text"))?,
        ),
    };
    let limit = page.limit();
    let mut rows = store::leavers(context.database(), &proof, after, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    let items = questions(&context, &proof, rows)
        .await?
        .into_iter()
        .map(|question| OpenLeaver {
            id: question.leaver.id,
            name: question.leaver.name,
            staff_number: question.leaver.number,
            department: question.leaver.department,
            left_on: question.leaver.left_on.map(format_iso),
            reason: question.leaver.reason,
            namesakes: question
                .namesakes
                .into_iter()
                .map(|person| person.number.unwrap_or_default())
                .collect(),
            permissions: question.permissions.iter().map(|grant| grant.id).collect(),
            found_at: question.leaver.found_at,
        })
        .collect();
    Ok(Json(Page { items, next }))
}

/// What somebody found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeaverSettlement {
    /// The permissions that are the leaver's; they are to be taken away.
    permissions: Vec<Uuid>,
    /// How that was made sure.
    #[schema(min_length = 1, max_length = 300)]
    note: String,
}

/// Say which permissions are a leaver's.
#[utoipa::path(post, path = "/api/v1/accounts/leavers/{account_leaver}/settlement", tag = "accounts",
    params(("account_leaver" = Uuid, Path, description = "The question")),
    request_body = LeaverSettlement, responses(
    (status = 204, description = "It is settled"),
    (status = 400, description = "Settled already, a permission of another name, or no note", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such question", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
))]
pub(super) async fn settle(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<LeaverSettlement>,
) -> Result<StatusCode, WebError> {
    let owner = store::leaver_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let read = context.authorize::<actions::ReadAccounts>(owner).await?;
    let note = clean_single_line(&body.note, 300)
        .ok()
        .filter(|note| !note.is_empty())
        .ok_or_else(|| WebError::invalid("accounts-error-leaver-note"))?;
    let leaver = store::leaver(context.database(), owner, id).await?;
    let questions = questions(&context, &read, vec![leaver]).await?;
    let question = questions.first().ok_or(WebError::NotFound)?;
    let mut chosen = body.permissions;
    chosen.sort_unstable();
    chosen.dedup();
    let chosen = theirs(question, &chosen)?;
    operations::settle_leaver(&context, &proof, id, &chosen, &note).await?;
    Ok(StatusCode::NO_CONTENT)
}
