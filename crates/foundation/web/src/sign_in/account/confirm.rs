//! Showing once more who one is, before something that a browser left open must not do.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_identity::{Factors, PasswordCheck};

use super::{Own, crumbs, login_for_keepers};
use crate::api::QueryOf;
use crate::context::see_other;
use crate::error::WebError;
use crate::flash::FlashMessage;
use crate::sign_in::{factor, words};
use crate::submitted::{SubmittedForm, inner_path};
use crate::ui::components;
use crate::ui::forms::{self, Button, Field, Form, FormState, InputKind};

#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// Asks for the password, a passkey or a code: whatever the account has.
pub(super) async fn page(own: Own, QueryOf(query): QueryOf<Back>) -> Result<Response, WebError> {
    let back = inner_path(&query.back);
    if own.session.is_fresh(own.context.now) {
        return Ok(see_other(back));
    }
    show(&own, &FormState::empty().with("back", back)).await
}

async fn show(own: &Own, state: &FormState) -> Result<Response, WebError> {
    let Own { context, session } = own;
    let factors = context.app.identity().factors(session).await?;
    let mut frame = context.frame(context.t().t("account-confirm-title"));
    frame.breadcrumbs = crumbs(context, &[]);
    frame.lede = Some(html! { (context.t().t("account-confirm-why")) });
    context.respond(frame, body(own, &factors, state)).await
}

fn body(own: &Own, factors: &Factors, state: &FormState) -> Markup {
    let Own { context, session } = own;
    let t = context.t();
    let back = state.value("back");
    let nothing = !session.has_password && factors.count() == 0;
    html! {
        @if session.has_password {
            (components::card(t.t("account-confirm-password"), html! {
                (forms::error_summary(t, state))
                (forms::form(t, &Form::post("/account/confirm"), html! {
                    (forms::hidden("back", back))
                    (login_for_keepers(session))
                    (forms::text_field(t, state, &Field::new("password", t.t("account-password-old"))
                        .kind(InputKind::Password).required().autocomplete("current-password")))
                    (forms::button_row(&Button::primary(t.t("account-confirm-do")), &[]))
                }))
            }))
        }
        @if !factors.passkeys.is_empty() {
            (factor::passkey_form(t, &context.app, back, !session.has_password))
        }
        @if factors.totp_since.is_some() {
            (components::card(t.t("account-confirm-code"), html! {
                (forms::form(t, &Form::post("/sign-in/second-factor"), html! {
                    (forms::hidden("back", back))
                    (forms::text_field(t, &FormState::empty().with_id_prefix("app"),
                        &Field::new("code", t.t("sign-in-factor-code"))
                            .kind(InputKind::OneTimeCode).required().autocomplete("one-time-code")))
                    (forms::button(&Button::secondary(t.t("account-confirm-do"))))
                }))
            }))
        }
        @if nothing {
            (components::card(t.t("account-confirm-again"), html! {
                p { (t.t("sign-in-again-first")) }
                (forms::form(t, &Form::post("/sign-out"), html! {
                    (forms::button_row(&Button::primary(t.t("account-confirm-sign-out")), &[]))
                }))
            }))
        }
    }
}

/// Takes the password.
pub(super) async fn by_password(
    own: Own,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let Own { context, session } = &own;
    let checked = context
        .app
        .identity()
        .confirm_password(session, form.value("password"))
        .await?;
    match checked {
        PasswordCheck::Done => Ok(context.redirect(
            inner_path(form.value("back")),
            FlashMessage::done("account-confirmed"),
        )),
        PasswordCheck::Refused { retry_after } => {
            let t = context.t();
            let words = words::refused(t, retry_after, "account-password-wrong");
            form.add_error("password", words);
            let back = inner_path(form.value("back")).to_owned();
            form.set("back", back);
            show(&own, &form).await
        }
    }
}
