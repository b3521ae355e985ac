//! Signing in: password, second factor, invitation, set-up, and picking a person in the
//! demonstration.

mod account;
mod authenticator;
mod demonstration;
mod entry;
mod factor;
mod forgotten;
mod invitation;
mod provider;
mod words;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::response::Response;
use std::net::SocketAddr;
use yagura_identity::sessions::{NextStep, OpenedSession, SignedIn};
use yagura_identity::{IdentityError, LinkProblem, SignInOutcome, Visitor};
use yagura_store::StoreError;

pub use authenticator::SessionAuthenticator;
pub use demonstration::{PERSONAS, Persona};
pub(crate) use forgotten::ResetHandler;

use crate::app::App;
use crate::authentication::{SESSION_COOKIE, cookie, set_cookie};
use crate::context::{add_cookie, see_other};
use crate::error::WebError;
use crate::routes::{Access, Routes};

/// The addresses.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/sign-in", Access::Public, entry::page)
        .post("/sign-in", Access::Public, entry::submit)
        .post("/sign-out", Access::Public, entry::sign_out)
        .get("/sign-in/second-factor", Access::Public, factor::pass_page)
        .post("/sign-in/second-factor", Access::Public, factor::pass)
        .get("/account/second-factor", Access::Public, factor::enrol_page)
        .post("/account/second-factor", Access::Public, factor::enrol)
        .get("/sign-in/forgotten", Access::Public, forgotten::page)
        .post("/sign-in/forgotten", Access::Public, forgotten::ask)
        .post(
            "/sign-in/passkey/options",
            Access::Public,
            entry::passkey_options,
        )
        .post("/sign-in/passkey", Access::Public, entry::by_passkey)
        .post(
            "/sign-in/second-factor/passkey/options",
            Access::Public,
            factor::passkey_options,
        )
        .post(
            "/sign-in/second-factor/passkey",
            Access::Public,
            factor::pass_passkey,
        )
        .merge(account::routes())
        .get("/sign-in/provider", Access::Public, provider::choose)
        .get(
            "/sign-in/provider/callback",
            Access::Public,
            provider::callback,
        )
        .get(
            "/sign-in/provider/{provider}",
            Access::Public,
            provider::begin,
        )
        .get("/invitations/{token}", Access::Public, invitation::page)
        .post("/invitations/{token}", Access::Public, invitation::accept)
        .get("/set-up/{token}", Access::Public, invitation::set_up_page)
        .post("/set-up/{token}", Access::Public, invitation::set_up)
        .get("/demo", Access::Public, demonstration::page)
        .post("/demo", Access::Public, demonstration::pick)
}

/// The description of the addresses of the API among them.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    account::document()
}

/// The browser from which a request comes.
pub(crate) struct From(pub(crate) Visitor);

impl FromRequestParts<App> for From {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, WebError> {
        let address = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(Self(Visitor::new(address, agent)))
    }
}

/// The session of a request, also one that still has to pass its second factor.
pub(crate) struct AnySession(pub(crate) SignedIn);

impl FromRequestParts<App> for AnySession {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let cookie = cookie(&parts.headers, SESSION_COOKIE).ok_or(WebError::NotSignedIn)?;
        app.identity()
            .session(cookie)
            .await?
            .map(Self)
            .ok_or(WebError::NotSignedIn)
    }
}

/// To a page, with the session's cookie.
fn with_session(app: &App, session: &OpenedSession, to: &str) -> Response {
    let mut response = see_other(to);
    let seconds = session.expires_at.seconds_since(app.now()).max(1);
    let secure = app.config().is_https();
    add_cookie(
        &mut response,
        &set_cookie(
            SESSION_COOKIE,
            &session.token.reveal(),
            Some(seconds),
            secure,
        ),
    );
    response
}

/// Where a sign-in leads: on, or to the second factor first. `None` where it was refused.
fn lead_on(app: &App, outcome: &SignInOutcome, back: &str) -> Option<Response> {
    match outcome {
        SignInOutcome::SignedIn(session) => Some(with_session(app, session, back)),
        SignInOutcome::NeedsSecondFactor(session) => {
            let to = format!(
                "/sign-in/second-factor?back={}",
                crate::address::encoded_path(back)
            );
            Some(with_session(app, session, &to))
        }
        SignInOutcome::MustEnrolSecondFactor(session) => {
            Some(with_session(app, session, "/account/second-factor"))
        }
        SignInOutcome::Refused { .. } => None,
    }
}

/// Where a session has to go before anything else.
fn next_page(step: NextStep) -> &'static str {
    match step {
        NextStep::PassSecondFactor => "/sign-in/second-factor",
        NextStep::EnrolSecondFactor => "/account/second-factor",
    }
}

impl std::convert::From<IdentityError> for WebError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => error.into(),
            IdentityError::Link(problem) => Self::invalid(match problem {
                LinkProblem::Unknown => "identity-link-unknown",
                LinkProblem::Expired => "identity-link-expired",
                LinkProblem::Used => "identity-link-used",
                LinkProblem::Revoked => "identity-link-revoked",
                LinkProblem::OtherPurpose => "identity-link-other-purpose",
            }),
            IdentityError::CeremonyOver => Self::invalid("sign-in-begin-again"),
            IdentityError::SecondFactorNeeded => Self::SecondFactor { enrol: false },
            IdentityError::ReauthenticationNeeded => Self::invalid("sign-in-again-first"),
            IdentityError::LastSecondFactor => Self::invalid("sign-in-last-factor"),
            IdentityError::NotAllowed | IdentityError::NoAssignment => Self::NotFound,
            IdentityError::Confined => Self::invalid("account-factor-confined"),
            IdentityError::RoleDoesNotFit => Self::invalid("sign-in-role-does-not-fit"),
            IdentityError::VendorHasPeople => Self::invalid("sign-in-vendor-has-people"),
            IdentityError::AlreadySetUp => Self::invalid("sign-in-already-set-up"),
            IdentityError::PasskeysUnavailable => Self::invalid("account-passkeys-unavailable"),
            IdentityError::Passkey(_) => Self::invalid("sign-in-passkey-refused"),
            IdentityError::Busy(_) => Self::TooMany { seconds: 5 },
            other => Self::from(StoreError::Blob(other.to_string())),
        }
    }
}
