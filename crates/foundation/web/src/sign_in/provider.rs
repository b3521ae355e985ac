//! Signing in with an institution's own account (OpenID Connect): choosing the institution, going
//! to its provider and coming back.
//!
//! The way to the provider is a link and never a form: the content policy lets forms lead to this
//! server only, and browsers hold redirects to that as well.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_identity::invitations::{Invitation, Purpose};
use yagura_identity::oidc::{
    self, CALLBACK_PATH, OfferedProvider, OidcProblem, ProviderCallback, ProviderId,
    ProviderOutcome,
};
use yagura_identity::{FormProblem, IdentityError, LoginProblem, SecretToken, SignInOutcome};

use super::{From, lead_on};
use crate::api::{PathOf, QueryOf};
use crate::authentication::{cookie, set_cookie_at};
use crate::context::{PublicContext, add_cookie, see_other};
use crate::error::WebError;
use crate::i18n::args;
use crate::submitted::inner_path;
use crate::ui::components;
use crate::ui::forms::{self, Button, Field, Form, FormState};

/// What ties the way back to the browser that left, and where it goes afterwards.
const COOKIE: &str = "yagura_provider";
/// As long as identity keeps what was begun.
const COOKIE_SECONDS: i64 = 15 * 60;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choosing {
    domain: String,
    back: String,
}

/// Asks for the institution, and shows the links to its provider.
pub(super) async fn choose(
    context: PublicContext,
    QueryOf(query): QueryOf<Choosing>,
) -> Result<Response, WebError> {
    let t = context.t();
    let database = context.app.database();
    let back = inner_path(&query.back);
    let mut state = FormState::empty()
        .with("domain", query.domain.clone())
        .with("back", back);
    let mut offered = Vec::new();
    if !query.domain.trim().is_empty() {
        offered = oidc::for_domain(database, &query.domain).await?;
        if offered.is_empty() {
            let key = match oidc::read_domain(&query.domain) {
                Some(_) => "provider-domain-unknown",
                None => "provider-domain-wrong",
            };
            state.add_error("domain", t.t(key));
        }
    }
    // Where there is one provider in all, nobody needs to choose.
    if query.domain.trim().is_empty() {
        offered.extend(oidc::only_one(database).await?);
    }
    let find = t.t("provider-find");
    let button = if offered.is_empty() {
        Button::primary(find)
    } else {
        Button::secondary(find)
    };
    let body = html! {
        @if !offered.is_empty() { (offers(&context, &offered, back)) }
        section.card {
            (forms::error_summary(t, &state))
            (forms::form(t, &Form::get("/sign-in/provider"), html! {
                (forms::hidden("back", back))
                (forms::text_field(t, &state, &Field::new("domain", t.t("provider-domain"))
                    .required().longest(254).autocomplete("email").hint(t.t("provider-domain-hint"))))
                (forms::button_row(&button, &[]))
            }))
            p.small { a href={ "/sign-in?back=" (crate::address::encoded_path(back)) } { (t.t("provider-with-password")) } }
        }
    };
    Ok(context.page(t.t("provider-title"), body))
}

fn offers(context: &PublicContext, offered: &[OfferedProvider], back: &str) -> Markup {
    let t = context.t();
    html! {
        section.card {
            h2 { (t.t("provider-offers")) }
            p { (t.t("provider-offers-why")) }
            ul role="list" {
                @for provider in offered {
                    @let href = format!("/sign-in/provider/{}?back={}", provider.id, crate::address::encoded_path(back));
                    li {
                        p { (provider.organization) }
                        p { (forms::link_button(&href, &t.t_args("provider-go", args![("name", provider.name.as_str())]), true)) }
                    }
                }
            }
        }
    }
}

/// The links by which an invitation to join an institution is accepted with its own account;
/// nothing where it has none.
pub(super) async fn ways_to_join(
    context: &PublicContext,
    invitation: &Invitation,
    token: &str,
) -> Result<Markup, WebError> {
    let (Purpose::Join { .. }, Some(organization)) = (&invitation.purpose, invitation.organization)
    else {
        return Ok(html! {});
    };
    let providers = oidc::of_organization(context.app.database(), organization).await?;
    let t = context.t();
    Ok(html! {
        @for provider in providers.iter().filter(|provider| provider.enabled) {
            p {
                a href={ "/sign-in/provider/" (provider.id) "?invitation=" (token) } {
                    (t.t_args("provider-join", args![("name", provider.name.as_str())]))
                }
            }
        }
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Leaving {
    back: String,
    invitation: Option<String>,
}

/// Sends the browser to a provider.
pub(super) async fn begin(
    context: PublicContext,
    PathOf(provider): PathOf<ProviderId>,
    QueryOf(query): QueryOf<Leaving>,
) -> Result<Response, WebError> {
    let invitation = match query.invitation.as_deref() {
        Some(text) => Some(SecretToken::parse(text).ok_or(WebError::invalid("sign-in-link-void"))?),
        None => None,
    };
    let identity = context.app.identity();
    match identity
        .begin_provider_sign_in(provider, invitation.as_ref())
        .await
    {
        Ok(redirect) => {
            let mut response = see_other(&redirect.url);
            let back = BASE64URL_NOPAD.encode(inner_path(&query.back).as_bytes());
            let value = format!("{}.{back}", redirect.browser_secret.reveal());
            remember(&context, &mut response, &value, COOKIE_SECONDS);
            Ok(response)
        }
        Err(error) => failed(&context, error),
    }
}

fn remember(context: &PublicContext, response: &mut Response, value: &str, seconds: i64) {
    let secure = context.app.config().is_https();
    let cookie = set_cookie_at(COOKIE, value, CALLBACK_PATH, Some(seconds), secure);
    add_cookie(response, &cookie);
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Returning {
    state: String,
    code: String,
    iss: Option<String>,
    error: Option<String>,
}

/// Takes the browser that comes back from a provider.
pub(super) async fn callback(
    context: PublicContext,
    headers: HeaderMap,
    From(visitor): From,
    QueryOf(query): QueryOf<Returning>,
) -> Result<Response, WebError> {
    let kept = cookie(&headers, COOKIE).unwrap_or_default();
    let (secret, back) = kept.split_once('.').unwrap_or((kept, ""));
    let back = BASE64URL_NOPAD
        .decode(back.as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    let back = inner_path(&back).to_owned();
    let mut response = arrive(&context, &query, secret, &back, &visitor).await?;
    remember(&context, &mut response, "", 0);
    Ok(response)
}

async fn arrive(
    context: &PublicContext,
    query: &Returning,
    secret: &str,
    back: &str,
    visitor: &yagura_identity::Visitor,
) -> Result<Response, WebError> {
    // OpenID Connect Core 1.0 §3.1.2.6: the provider itself says that it did not go well.
    if let Some(error) = &query.error {
        let cancelled = matches!(
            error.as_str(),
            "access_denied" | "login_required" | "interaction_required" | "consent_required"
        );
        let key = if cancelled {
            "provider-cancelled"
        } else {
            tracing::info!(
                error = %error.chars().take(60).collect::<String>(),
                "an identity provider refused a sign-in"
            );
            "provider-refused"
        };
        return Ok(sorry(context, StatusCode::UNAUTHORIZED, context.t().t(key)));
    }
    let callback = ProviderCallback {
        state: &query.state,
        code: &query.code,
        issuer: query.iss.as_deref(),
        browser_secret: secret,
    };
    let identity = context.app.identity();
    let outcome = match identity.finish_provider_sign_in(callback, visitor).await {
        Ok(ProviderOutcome::SignIn(outcome) | ProviderOutcome::Accepted(_, outcome)) => outcome,
        Err(error) => return failed(context, error),
    };
    if let Some(response) = lead_on(&context.app, &outcome, back) {
        return Ok(response);
    }
    let t = context.t();
    let words = match outcome {
        SignInOutcome::Refused {
            retry_after: Some(seconds),
        } => t
            .t_args("sign-in-refused-wait", args![("seconds", seconds)])
            .into_owned(),
        // The same for somebody unknown, somebody who left and a locked account.
        _ => t.t("provider-not-registered").to_owned(),
    };
    Ok(sorry(context, StatusCode::UNAUTHORIZED, &words))
}

/// What went wrong, and the ways on.
fn sorry(context: &PublicContext, status: StatusCode, words: &str) -> Response {
    let t = context.t();
    let body = html! {
        section.card {
            (components::note(t, components::Tone::Late, html! { p { (words) } }))
            div.buttons {
                (forms::link_button("/sign-in/provider", t.t("provider-again"), true))
                (forms::link_button("/sign-in", t.t("provider-with-password"), false))
            }
        }
    };
    let mut response = context.page(t.t("provider-failed-title"), body);
    *response.status_mut() = status;
    response
}

fn failed(context: &PublicContext, error: IdentityError) -> Result<Response, WebError> {
    let t = context.t();
    match error {
        IdentityError::Oidc(problem) => {
            tracing::warn!(%problem, "signing in at an identity provider failed");
            let status = match problem {
                OidcProblem::Unknown => StatusCode::NOT_FOUND,
                OidcProblem::Unreachable(_) | OidcProblem::Answer(_) => StatusCode::BAD_GATEWAY,
                OidcProblem::Configuration | OidcProblem::NoAddress => StatusCode::BAD_REQUEST,
            };
            let key = problem.message_key();
            Ok(sorry(context, status, t.t(&key)))
        }
        IdentityError::CeremonyOver => Ok(sorry(
            context,
            StatusCode::BAD_REQUEST,
            t.t("provider-state-over"),
        )),
        IdentityError::Link(problem) => {
            let key = problem.message_key();
            Ok(sorry(context, StatusCode::BAD_REQUEST, t.t(&key)))
        }
        IdentityError::Form(problems) => {
            let other = FormProblem::Login(LoginProblem::NotTheInvitedAddress);
            let key = if problems.contains(&other) {
                "provider-other-address"
            } else {
                "provider-cannot-register"
            };
            Ok(sorry(context, StatusCode::BAD_REQUEST, t.t(key)))
        }
        other => Err(other.into()),
    }
}
