//! How people sign in, and helping those who cannot.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_identity::accounts::AccountListing;
use yagura_kernel::id::AssignmentId;
use yagura_kernel::policy::actions;
use yagura_web::api::{JsonBody, Page, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use super::people::GivenInvitation;
use crate::accounts::{self, AccountAct};

/// How somebody signs in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Account {
    id: Uuid,
    person: Uuid,
    login: String,
    /// `active`, `locked` or `disabled`.
    status: &'static str,
    has_password: bool,
    has_authenticator_app: bool,
    passkeys: i64,
    /// RFC 3339, UTC; absent before the first time.
    last_sign_in_at: Option<String>,
}

impl From<&AccountListing> for Account {
    fn from(account: &AccountListing) -> Self {
        Self {
            id: account.id.uuid(),
            person: account.person.uuid(),
            login: account.login.clone(),
            status: account.status.code(),
            has_password: account.has_password,
            has_authenticator_app: account.has_totp,
            passkeys: account.passkeys,
            last_sign_in_at: account.last_sign_in_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// What is to be done.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct Act {
    act: AccountAct,
}

/// How somebody of one's organisation signs in
#[utoipa::path(get, path = "/api/v1/people/assignments/{assignment}/account", tag = "organization",
    params(("assignment" = Uuid, Path, description = "The role that somebody holds")), responses(
    (status = 200, description = "Their account, or null until they register", body = Option<Account>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
) -> Result<Json<Option<Account>>, WebError> {
    let colleague = accounts::colleague(&context, assignment).await?;
    Ok(Json(colleague.account.as_ref().map(Account::from)))
}

/// Ends the sessions of somebody of one's organisation, removes their lost second factors, locks or
/// unlocks their account
#[utoipa::path(post, path = "/api/v1/people/assignments/{assignment}/account", tag = "organization",
    params(("assignment" = Uuid, Path, description = "The role that somebody holds")),
    request_body = Act, responses(
    (status = 204, description = "It is done, and they are told by mail"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn act(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
    JsonBody(wanted): JsonBody<Act>,
) -> Result<StatusCode, WebError> {
    let helped = accounts::colleague(&context, assignment).await?.helped()?;
    accounts::act(&context, &helped, wanted.act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link by which somebody of one's organisation sets a new password
#[utoipa::path(post, path = "/api/v1/people/assignments/{assignment}/password-link", tag = "organization",
    params(("assignment" = Uuid, Path, description = "The role that somebody holds")), responses(
    (status = 201, description = "The link", body = GivenInvitation),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn password_link(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
) -> Result<(StatusCode, Json<GivenInvitation>), WebError> {
    let helped = accounts::colleague(&context, assignment).await?.helped()?;
    let link = accounts::password_link(&context, &helped).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}

/// Whose account is looked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct Sought {
    /// The e-mail address or user name by which they sign in, exactly.
    login: String,
}

/// Whose account it is, and what is to be done.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct ActOnLogin {
    #[schema(min_length = 1, max_length = 254)]
    login: String,
    act: AccountAct,
}

/// Whose account it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct Whose {
    #[schema(min_length = 1, max_length = 254)]
    login: String,
}

async fn helped(context: &Context, login: &str) -> Result<accounts::Helped, WebError> {
    accounts::by_login(context, login)
        .await?
        .ok_or(WebError::invalid("organization-accounts-unknown"))
}

/// The account that signs in with a login, or none
#[utoipa::path(get, path = "/api/v1/installation/accounts", tag = "installation", params(Sought), responses(
    (status = 200, description = "At most one account", body = Page<Account>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search(
    context: Context,
    QueryOf(sought): QueryOf<Sought>,
) -> Result<Json<Page<Account>>, WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let found = accounts::by_login(&context, &sought.login).await?;
    let items = found.iter().map(|found| (&found.account).into()).collect();
    Ok(Json(Page { items, next: None }))
}

/// Ends somebody's sessions, removes their lost second factors, locks or unlocks their account
#[utoipa::path(post, path = "/api/v1/installation/accounts", tag = "installation",
    request_body = ActOnLogin, responses(
    (status = 204, description = "It is done, and they are told by mail"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn act_on_login(
    context: Context,
    JsonBody(wanted): JsonBody<ActOnLogin>,
) -> Result<StatusCode, WebError> {
    let helped = helped(&context, &wanted.login).await?;
    accounts::act(&context, &helped, wanted.act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link by which somebody sets a new password
#[utoipa::path(post, path = "/api/v1/installation/accounts/password-link", tag = "installation",
    request_body = Whose, responses(
    (status = 201, description = "The link", body = GivenInvitation),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn password_link_of_login(
    context: Context,
    JsonBody(whose): JsonBody<Whose>,
) -> Result<(StatusCode, Json<GivenInvitation>), WebError> {
    let helped = helped(&context, &whose.login).await?;
    let link = accounts::password_link(&context, &helped).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}
