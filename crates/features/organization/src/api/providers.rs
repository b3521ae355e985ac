//! The institution's own account for signing in.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_identity::oidc::{self, ProviderId};
use yagura_kernel::policy::actions;
use yagura_web::api::{JsonBody, Page, PathOf, Problem};
use yagura_web::{Context, WebError};

use super::Made;
use crate::model::ProviderFields;
use crate::operations::{self, NotSaved};

/// An identity provider (OpenID Connect). Its client secret is never given out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct IdentityProvider {
    id: Uuid,
    /// What the sign-in page calls it.
    name: String,
    /// Its issuer URL.
    issuer: String,
    client_id: String,
    /// Whether a client secret is kept.
    has_secret: bool,
    /// The e-mail domains of the institution's people.
    allowed_domains: Vec<String>,
    /// Whether its word is taken that a second factor was passed.
    trusts_second_factor: bool,
    /// Whether people may sign in by it.
    enabled: bool,
}

/// The identity providers of one's organisation
#[utoipa::path(get, path = "/api/v1/identity-providers", tag = "organization", responses(
    (status = 200, description = "The identity providers", body = Page<IdentityProvider>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(context: Context) -> Result<Json<Page<IdentityProvider>>, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let items = oidc::of_organization(context.database(), proof.organization())
        .await?
        .into_iter()
        .map(|provider| IdentityProvider {
            id: provider.id.uuid(),
            name: provider.name,
            issuer: provider.issuer,
            client_id: provider.client_id,
            has_secret: provider.has_secret,
            allowed_domains: provider.allowed_domains,
            trusts_second_factor: provider.trusts_second_factor,
            enabled: provider.enabled,
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// An identity provider to be kept.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct NewIdentityProvider {
    /// What the sign-in page calls it: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Its issuer URL, https.
    #[schema(min_length = 1, max_length = 500)]
    issuer: String,
    #[schema(min_length = 1, max_length = 255)]
    client_id: String,
    /// A new client secret; absent keeps the one there is.
    #[schema(min_length = 1, max_length = 1000)]
    client_secret: Option<String>,
    /// The e-mail domains of the institution's people, such as `hospital.example.jp`: 1 to 20.
    #[schema(min_items = 1, max_items = 20)]
    allowed_domains: Vec<String>,
    /// Whether its word is taken that a second factor was passed.
    #[serde(default)]
    trusts_second_factor: bool,
    /// Whether people may sign in by it.
    enabled: bool,
}

impl From<NewIdentityProvider> for ProviderFields {
    fn from(new: NewIdentityProvider) -> Self {
        Self {
            name: new.name,
            issuer: new.issuer,
            client_id: new.client_id,
            client_secret: new.client_secret,
            domains: new.allowed_domains,
            trusts_second_factor: new.trusts_second_factor,
            enabled: new.enabled,
        }
    }
}

async fn keep(
    context: &Context,
    id: Option<ProviderId>,
    new: NewIdentityProvider,
) -> Result<ProviderId, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    match operations::save_provider(context, &proof, id, new.into()).await {
        Ok(id) => Ok(id),
        Err(NotSaved::Fields(wrong)) => Err(WebError::Fields(
            wrong
                .into_iter()
                .map(|(field, key)| (field.to_owned(), context.t().t(key).to_owned()))
                .collect(),
        )),
        Err(NotSaved::Web(error)) => Err(error),
    }
}

/// Adds an identity provider
#[utoipa::path(post, path = "/api/v1/identity-providers", tag = "organization",
    request_body = NewIdentityProvider, responses(
    (status = 201, description = "It is kept", body = Made),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create(
    context: Context,
    JsonBody(new): JsonBody<NewIdentityProvider>,
) -> Result<(StatusCode, Json<Made>), WebError> {
    let id = keep(&context, None, new).await?.uuid();
    Ok((StatusCode::CREATED, Json(Made { id })))
}

/// Changes an identity provider
#[utoipa::path(put, path = "/api/v1/identity-providers/{provider}", tag = "organization",
    params(("provider" = Uuid, Path, description = "The identity provider")),
    request_body = NewIdentityProvider, responses(
    (status = 204, description = "It is changed"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
    JsonBody(new): JsonBody<NewIdentityProvider>,
) -> Result<StatusCode, WebError> {
    keep(&context, Some(id), new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an identity provider
///
/// Accounts remain; whoever has no password needs a reset link.
#[utoipa::path(delete, path = "/api/v1/identity-providers/{provider}", tag = "organization",
    params(("provider" = Uuid, Path, description = "The identity provider")), responses(
    (status = 204, description = "It is removed"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
) -> Result<StatusCode, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    operations::remove_provider(&context, &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came of trying an identity provider.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrialOutcome {
    /// Whether people could sign in by it.
    works: bool,
    /// What stands in the way, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// The page to which people are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_page: Option<String>,
}

/// Tries an identity provider
///
/// Asks it to describe itself (OpenID Connect Discovery) and looks whether people could sign in.
#[utoipa::path(post, path = "/api/v1/identity-providers/{provider}/trial", tag = "organization",
    params(("provider" = Uuid, Path, description = "The identity provider")), responses(
    (status = 200, description = "What came of it", body = TrialOutcome),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn trial(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
) -> Result<Json<TrialOutcome>, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let outcome = operations::try_provider(&context, &proof, id).await?;
    Ok(Json(match outcome {
        Ok(trial) => TrialOutcome {
            works: true,
            problem: None,
            sign_in_page: Some(trial.sign_in_page),
        },
        Err(problem) => TrialOutcome {
            works: false,
            problem: Some(operations::trial_words(context.t(), &problem).to_owned()),
            sign_in_page: None,
        },
    }))
}
