use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_identity::{SecretToken, SignInOutcome, sessions};

use super::{From, factor, lead_on, words};
use crate::api::QueryOf;
use crate::app::App;
use crate::authentication::{LINK_COOKIE, SESSION_COOKIE, cookie, set_cookie};
use crate::context::{PublicContext, add_cookie, see_other};
use crate::error::WebError;
use crate::submitted::{SubmittedForm, inner_path};
use crate::ui::forms::{self, Button, Ceremony, Field, Form, FormState, InputKind, PasskeyForm};

#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// The form.
pub(super) async fn page(context: PublicContext, QueryOf(query): QueryOf<Back>) -> Response {
    let back = inner_path(&query.back);
    if context.app.config().demo {
        return see_other(&format!(
            "/demo?back={}",
            crate::address::encoded_path(back)
        ));
    }
    let state = FormState::empty().with("back", back);
    context.page(context.t().t("sign-in-title"), body(&context, &state))
}

fn body(context: &PublicContext, state: &FormState) -> Markup {
    let t = context.t();
    let back = state.value("back");
    html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/sign-in"), html! {
                (forms::hidden("back", back))
                (forms::text_field(t, state, &Field::new("login", t.t("sign-in-login"))
                    .required().autocomplete("username webauthn")))
                (forms::text_field(t, state, &Field::new("password", t.t("sign-in-password"))
                    .kind(InputKind::Password).required().autocomplete("current-password")))
                (forms::button_row(&Button::primary(t.t("sign-in-enter")), &[]))
            }))
            (passkey(context, back))
            p {
                a href={ "/sign-in/provider?back=" (crate::address::encoded_path(back)) } {
                    (t.t("provider-enter"))
                }
            }
            p { a href="/sign-in/forgotten" { (t.t("sign-in-forgotten")) } }
        }
    }
}

/// The button that signs in by a passkey, without a login or a password.
fn passkey(context: &PublicContext, back: &str) -> Markup {
    let t = context.t();
    let Some(host) = context.app.identity().passkey_host() else {
        return html! {};
    };
    let form = PasskeyForm {
        ceremony: Ceremony::SignIn,
        options: "/sign-in/passkey/options",
        action: "/sign-in/passkey",
        host,
        autofill: true,
    };
    forms::passkey_form(
        t,
        &form,
        html! {
            (forms::hidden("back", back))
            (forms::button(&Button::secondary(t.t("sign-in-passkey"))))
        },
    )
}

/// What the browser needs to look for a passkey.
pub(super) async fn passkey_options(context: PublicContext) -> Result<Response, WebError> {
    let begun = context.app.identity().begin_passkey_sign_in().await?;
    Ok(factor::ceremony(begun))
}

/// Signs in by the passkey that the browser found.
pub(super) async fn by_passkey(
    context: PublicContext,
    From(visitor): From,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let back = inner_path(form.value("back")).to_owned();
    let t = context.t();
    let outcome = match SecretToken::parse(form.value("ceremony")) {
        Some(ceremony) => {
            let identity = context.app.identity();
            identity
                .finish_passkey_sign_in(&ceremony, form.value("credential"), &visitor)
                .await?
        }
        None => SignInOutcome::Refused { retry_after: None },
    };
    if let Some(response) = lead_on(&context.app, &outcome, &back) {
        return Ok(response);
    }
    let retry_after = match outcome {
        SignInOutcome::Refused { retry_after } => retry_after,
        _ => None,
    };
    form.add_form_error(words::refused(t, retry_after, "sign-in-passkey-refused"));
    form.set("back", back);
    let mut response = context.page(t.t("sign-in-title"), body(&context, &form));
    *response.status_mut() = axum::http::StatusCode::UNAUTHORIZED;
    Ok(response)
}

/// Signs in.
pub(super) async fn submit(
    context: PublicContext,
    From(visitor): From,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let outcome = context
        .app
        .identity()
        .sign_in(form.value("login"), form.value("password"), &visitor)
        .await?;
    let back = inner_path(form.value("back")).to_owned();
    if let Some(response) = lead_on(&context.app, &outcome, &back) {
        return Ok(response);
    }
    let t = context.t();
    let retry_after = match outcome {
        SignInOutcome::Refused { retry_after } => retry_after,
        _ => None,
    };
    form.add_form_error(words::refused(t, retry_after, "sign-in-refused"));
    let mut response = context.page(t.t("sign-in-title"), body(&context, &form));
    *response.status_mut() = axum::http::StatusCode::UNAUTHORIZED;
    Ok(response)
}

/// Signs out. Works whatever state the session is in.
pub(super) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    if let Some(value) = cookie(&headers, SESSION_COOKIE)
        && let Some(session) = app.identity().session(value).await?
    {
        let mut tx = app.database().begin().await?;
        sessions::sign_out(&mut tx, app.identity().act(&session), &session).await?;
        tx.commit().await?;
    }
    let mut response = see_other("/sign-in");
    let secure = app.config().is_https();
    for name in [SESSION_COOKIE, LINK_COOKIE] {
        add_cookie(&mut response, &set_cookie(name, "", Some(0), secure));
    }
    Ok(response)
}
