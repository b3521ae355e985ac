use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_identity::{SignInOutcome, sessions};

use super::{From, lead_on};
use crate::api::QueryOf;
use crate::app::App;
use crate::authentication::{LINK_COOKIE, SESSION_COOKIE, cookie, set_cookie};
use crate::context::{PublicContext, add_cookie, see_other};
use crate::error::WebError;
use crate::i18n::args;
use crate::submitted::{SubmittedForm, inner_path};
use crate::ui::forms::{self, Button, Field, Form, FormState, InputKind};

#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// The form.
pub(super) async fn page(context: PublicContext, QueryOf(query): QueryOf<Back>) -> Response {
    let back = inner_path(&query.back);
    if context.app.config().demo {
        return see_other(&format!("/demo?back={}", crate::pages::encoded(back)));
    }
    let state = FormState::empty().with("back", back);
    context.page(context.t().t("sign-in-title"), body(&context, &state))
}

fn body(context: &PublicContext, state: &FormState) -> Markup {
    let t = context.t();
    html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/sign-in"), html! {
                (forms::hidden("back", state.value("back")))
                (forms::text_field(t, state, &Field::new("login", t.t("sign-in-login"))
                    .required().autocomplete("username")))
                (forms::text_field(t, state, &Field::new("password", t.t("sign-in-password"))
                    .kind(InputKind::Password).required().autocomplete("current-password")))
                (forms::button_row(&Button::primary(t.t("sign-in-enter")), &[]))
            }))
            p.small { (t.t("sign-in-help")) }
        }
    }
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
    let words = match outcome {
        SignInOutcome::Refused {
            retry_after: Some(seconds),
        } => t
            .t_args("sign-in-refused-wait", args![("seconds", seconds)])
            .into_owned(),
        _ => t.t("sign-in-refused").to_owned(),
    };
    form.add_form_error(words);
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
