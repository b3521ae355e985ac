//! Inviting people and ending their roles.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_identity::invitations::Purpose;
use yagura_identity::login::Login;
use yagura_kernel::id::{AssignmentId, InvitationId};
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{format_iso, parse_date};
use yagura_web::api::{JsonBody, Page, PathOf, Problem};
use yagura_web::{Context, WebError};

use crate::operations::{self, Invited};

/// An invitation that was given out just now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct GivenInvitation {
    id: Uuid,
    /// The link, shown this once. It was mailed as well where somebody was invited to one's own
    /// organisation.
    link: String,
    /// Until when it works, RFC 3339.
    expires_at: String,
}

impl From<Invited> for GivenInvitation {
    fn from(invited: Invited) -> Self {
        Self {
            id: invited.id.uuid(),
            link: invited.url,
            expires_at: invited.expires_at.to_rfc3339(),
        }
    }
}

/// Somebody to be invited.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct NewPerson {
    #[schema(min_length = 3, max_length = 254)]
    email: String,
    /// As what, such as `safety_manager`.
    role: String,
    /// Last day of the role, ISO 8601; absent for no end.
    until: Option<String>,
}

/// Invites somebody to one's organisation
#[utoipa::path(post, path = "/api/v1/people/invitations", tag = "organization",
    request_body = NewPerson, responses(
    (status = 201, description = "The invitation is on its way", body = GivenInvitation),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn invite(
    context: Context,
    JsonBody(new): JsonBody<NewPerson>,
) -> Result<(StatusCode, Json<GivenInvitation>), WebError> {
    context.authorize_own::<actions::ManagePeople>().await?;
    let t = context.t();
    let mut wrong = Vec::new();
    let mut note = |field: &str, key: &str| wrong.push((field.to_owned(), t.t(key).to_owned()));
    let login = Login::parse(&new.email).ok().filter(Login::is_address);
    if login.is_none() {
        note("email", "organization-invite-email-wrong");
    }
    let role = Role::from_code(&new.role).filter(|role| role.fits(context.organization.kind));
    if role.is_none() {
        note("role", "organization-invite-role-missing");
    }
    let until = match new.until.as_deref().map(parse_date) {
        None => None,
        Some(Ok(until)) if until >= context.today => Some(until),
        Some(_) => {
            note("until", "organization-invite-until-past");
            None
        }
    };
    let (Some(login), Some(role), true) = (login, role, wrong.is_empty()) else {
        return Err(WebError::Fields(wrong));
    };
    let invited = operations::invite(&context, &login, role, until).await?;
    Ok((StatusCode::CREATED, Json(invited.into())))
}

/// An invitation that still works.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OpenInvitation {
    id: Uuid,
    email: Option<String>,
    role: Option<&'static str>,
    /// Last day of the role, ISO 8601.
    until: Option<String>,
    /// Until when the link works, RFC 3339.
    expires_at: String,
}

/// The invitations to one's organisation that still work
#[utoipa::path(get, path = "/api/v1/people/invitations", tag = "organization", responses(
    (status = 200, description = "The invitations", body = Page<OpenInvitation>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn invitations(context: Context) -> Result<Json<Page<OpenInvitation>>, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let items = operations::open_invitations(&context, proof.organization())
        .await?
        .into_iter()
        .map(|invitation| {
            let (role, until) = match invitation.purpose {
                Purpose::Join { role, until } => (Some(role.code()), until),
                _ => (None, None),
            };
            OpenInvitation {
                id: invitation.id.uuid(),
                email: invitation.addressee,
                role,
                until: until.map(format_iso),
                expires_at: invitation.expires_at.to_rfc3339(),
            }
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Takes an invitation back
#[utoipa::path(delete, path = "/api/v1/people/invitations/{invitation}", tag = "organization",
    params(("invitation" = Uuid, Path, description = "The invitation")), responses(
    (status = 204, description = "Its link works no longer"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn revoke(
    context: Context,
    PathOf(invitation): PathOf<InvitationId>,
) -> Result<StatusCode, WebError> {
    operations::revoke_invitation(&context, invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends somebody's role today
#[utoipa::path(post, path = "/api/v1/people/assignments/{assignment}/end", tag = "organization",
    params(("assignment" = Uuid, Path, description = "The role that somebody holds")), responses(
    (status = 204, description = "It ended"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
) -> Result<StatusCode, WebError> {
    operations::end_role(&context, assignment).await?;
    Ok(StatusCode::NO_CONTENT)
}
