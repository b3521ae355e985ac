//! API tokens through the API: listing and taking back. Making one needs a fresh sign-in in a
//! browser, so that a leaked token cannot beget others.

use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::OpenApi;
use uuid::Uuid;
use yagura_identity::Act;
use yagura_identity::tokens::{self, TokenId, TokenListing};
use yagura_kernel::id::AccountId;
use yagura_kernel::policy::{Action, Actor, actions};
use yagura_kernel::time::Instant;

use super::organization_tokens;
use crate::api::{Page, PathOf, Problem};
use crate::context::Context;
use crate::error::WebError;

#[derive(OpenApi)]
#[openapi(paths(tokens, revoke, tokens_of_organization, revoke_of_organization))]
struct Document;

/// The description of these addresses.
pub(in crate::sign_in) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// An API token, without its secret text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Token {
    id: Uuid,
    /// What its owner calls it.
    name: String,
    /// Its first characters.
    prefix: String,
    /// What it may be used for: codes of actions.
    scopes: Vec<&'static str>,
    /// RFC 3339, UTC.
    created_at: String,
    /// RFC 3339, UTC.
    expires_at: String,
    /// RFC 3339, UTC, to the minute.
    last_used_at: Option<String>,
    /// RFC 3339, UTC.
    revoked_at: Option<String>,
    /// The name of whose it is; only in the list of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
}

impl Token {
    fn of(token: TokenListing, owner: Option<String>) -> Self {
        Self {
            id: token.id.uuid(),
            name: token.name,
            prefix: token.prefix,
            scopes: token.scopes.into_iter().map(Action::code).collect(),
            created_at: token.created_at.to_rfc3339(),
            expires_at: token.expires_at.to_rfc3339(),
            last_used_at: token.last_used_at.map(Instant::to_rfc3339),
            revoked_at: token.revoked_at.map(Instant::to_rfc3339),
            owner,
        }
    }
}

fn own_account(context: &Context) -> Result<AccountId, WebError> {
    match context.principal.actor {
        Actor::Person { account, .. } => Ok(account),
        Actor::InspectionLink | Actor::System => Err(WebError::NotFound),
    }
}

/// One's own API tokens in the organisation one acts for, newest first
#[utoipa::path(get, path = "/api/v1/tokens", tag = "account", responses(
    (status = 200, description = "The tokens, those that ended among them", body = Page<Token>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tokens(context: Context) -> Result<Json<Page<Token>>, WebError> {
    let proof = context.authorize_own::<actions::ManageTokens>().await?;
    let account = own_account(&context)?;
    let items = tokens::list(context.database(), account, proof.organization())
        .await?
        .into_iter()
        .map(|token| Token::of(token, None))
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Takes back an API token of one's own
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "account",
    params(("token" = Uuid, Path, description = "The token")), responses(
    (status = 204, description = "It works no more"),
    (status = 404, description = "One has no such living token", body = Problem, content_type = "application/problem+json"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revoke(
    context: Context,
    PathOf(token): PathOf<TokenId>,
) -> Result<StatusCode, WebError> {
    context.authorize_own::<actions::ManageTokens>().await?;
    let account = own_account(&context)?;
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    tokens::revoke(&mut tx, act, account, token).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The API tokens of everybody in one's organisation, newest first
#[utoipa::path(get, path = "/api/v1/organization-tokens", tag = "account", responses(
    (status = 200, description = "The tokens with their owners, those that ended among them", body = Page<Token>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tokens_of_organization(
    context: Context,
) -> Result<Json<Page<Token>>, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let items = tokens::of_organization(context.database(), &proof)
        .await?
        .into_iter()
        .map(|owned| Token::of(owned.token, Some(owned.owner)))
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Takes back anybody's API token of one's organisation
#[utoipa::path(delete, path = "/api/v1/organization-tokens/{token}", tag = "account",
    params(("token" = Uuid, Path, description = "The token")), responses(
    (status = 204, description = "It works no more"),
    (status = 404, description = "The organisation has no such living token", body = Problem, content_type = "application/problem+json"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revoke_of_organization(
    context: Context,
    PathOf(token): PathOf<TokenId>,
) -> Result<StatusCode, WebError> {
    organization_tokens::take_back(&context, token).await?;
    Ok(StatusCode::NO_CONTENT)
}
