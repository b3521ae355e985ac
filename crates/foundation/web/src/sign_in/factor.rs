use axum::response::Response;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use yagura_identity::sessions::NextStep;
use yagura_identity::{Enrolled, FactorOutcome, TotpEnrolment};

use super::{AnySession, with_session};
use crate::api::QueryOf;
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

/// Asks for the second factor.
pub(super) async fn pass_page(
    context: PublicContext,
    AnySession(session): AnySession,
    QueryOf(query): QueryOf<Back>,
) -> Response {
    match session.next_step() {
        None => see_other(inner_path(&query.back)),
        Some(NextStep::EnrolSecondFactor) => see_other("/account/second-factor"),
        Some(NextStep::PassSecondFactor) => {
            let state = FormState::empty().with("back", inner_path(&query.back));
            context.page(
                context.t().t("sign-in-factor-title"),
                pass_body(&context, &state),
            )
        }
    }
}

fn pass_body(context: &PublicContext, state: &FormState) -> Markup {
    let t = context.t();
    html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/sign-in/second-factor"), html! {
                (forms::hidden("back", state.value("back")))
                (forms::text_field(t, state, &Field::new("code", t.t("sign-in-factor-code"))
                    .kind(InputKind::OneTimeCode).required().autocomplete("one-time-code")
                    .hint(t.t("sign-in-factor-hint"))))
                (forms::button_row(&Button::primary(t.t("sign-in-factor-enter")), &[]))
            }))
        }
    }
}

/// Six digits, with or without blanks; recovery codes are longer and have letters.
fn is_code_of_the_app(typed: &str) -> bool {
    let digits: Vec<char> = typed
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    digits.len() == 6 && digits.iter().all(|character| character.is_numeric())
}

/// Takes a code of the app or a recovery code: the two cannot be mistaken for each other.
pub(super) async fn pass(
    context: PublicContext,
    AnySession(session): AnySession,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let code = form.value("code").trim().to_owned();
    let identity = context.app.identity();
    let outcome = if is_code_of_the_app(&code) {
        identity.pass_totp(&session, &code).await?
    } else {
        identity.pass_recovery_code(&session, &code).await?
    };
    let t = context.t();
    match outcome {
        FactorOutcome::Passed { session, .. } => Ok(with_session(
            &context.app,
            &session,
            inner_path(form.value("back")),
        )),
        FactorOutcome::Refused { retry_after } => {
            let words = match retry_after {
                Some(seconds) => t
                    .t_args("sign-in-refused-wait", args![("seconds", seconds)])
                    .into_owned(),
                None => t.t("sign-in-factor-wrong").to_owned(),
            };
            form.add_error("code", words);
            Ok(context.page(t.t("sign-in-factor-title"), pass_body(&context, &form)))
        }
    }
}

/// Shows how to set up an authenticator app.
pub(super) async fn enrol_page(
    context: PublicContext,
    AnySession(session): AnySession,
) -> Result<Response, WebError> {
    if session.next_step() == Some(NextStep::PassSecondFactor) {
        return Ok(see_other("/sign-in/second-factor"));
    }
    let enrolment = context
        .app
        .identity()
        .begin_totp_enrolment(&session)
        .await?;
    let body = enrol_body(&context, &enrolment, &FormState::empty());
    Ok(context.page(context.t().t("sign-in-enrol-title"), body))
}

fn enrol_body(context: &PublicContext, enrolment: &TotpEnrolment, state: &FormState) -> Markup {
    let t = context.t();
    html! {
        section.card {
            p { (t.t("sign-in-enrol-why")) }
            ol.steps {
                li { (t.t("sign-in-enrol-step-app")) }
                li {
                    (t.t("sign-in-enrol-step-scan"))
                    div.qr role="img" aria-label=(t.t("sign-in-enrol-qr")) {
                        (PreEscaped(enrolment.qr_svg.as_str()))
                    }
                    p.small { (t.t("sign-in-enrol-by-hand")) " " code { (enrolment.secret.as_str()) } }
                }
                li { (t.t("sign-in-enrol-step-code")) }
            }
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/account/second-factor"), html! {
                (forms::text_field(t, state, &Field::new("code", t.t("sign-in-enrol-code"))
                    .kind(InputKind::OneTimeCode).required().autocomplete("one-time-code")))
                (forms::button_row(&Button::primary(t.t("sign-in-enrol-enter")), &[]))
            }))
        }
    }
}

/// Takes the first code and shows the recovery codes, once.
pub(super) async fn enrol(
    context: PublicContext,
    AnySession(session): AnySession,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let t = context.t();
    let identity = context.app.identity();
    match identity
        .confirm_totp_enrolment(&session, form.value("code"))
        .await?
    {
        Some(enrolled) => Ok(codes_page(&context, &enrolled)),
        None => {
            form.add_error("code", t.t("sign-in-factor-wrong"));
            let enrolment = identity.begin_totp_enrolment(&session).await?;
            Ok(context.page(
                t.t("sign-in-enrol-title"),
                enrol_body(&context, &enrolment, &form),
            ))
        }
    }
}

fn codes_page(context: &PublicContext, enrolled: &Enrolled) -> Response {
    let t = context.t();
    let body = html! {
        section.card {
            @match &enrolled.recovery_codes {
                Some(codes) => {
                    p { (t.t("sign-in-codes-why")) }
                    ul.codes { @for code in codes { li { code { (code.reveal()) } } } }
                    p { (t.t("sign-in-codes-keep")) }
                }
                None => p { (t.t("sign-in-enrol-done")) },
            }
            (forms::link_button("/", t.t("sign-in-codes-on"), true))
        }
    };
    let mut response = context.page(t.t("sign-in-codes-title"), body);
    let cookies = with_session(&context.app, &enrolled.session, "/");
    for value in cookies.headers().get_all(axum::http::header::SET_COOKIE) {
        if let Ok(cookie) = value.to_str() {
            add_cookie(&mut response, cookie);
        }
    }
    response
}
