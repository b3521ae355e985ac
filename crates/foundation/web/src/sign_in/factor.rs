use axum::Json;
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use yagura_identity::recovery_codes::RecoveryCode;
use yagura_identity::sessions::{NextStep, SignedIn};
use yagura_identity::{
    FactorOutcome, IdentityError, PasskeyCeremony, SecretToken, TotpEnrolment, passkeys,
};

use super::account::{keep_cookies, registration};
use super::{AnySession, with_session, words};
use crate::api::QueryOf;
use crate::app::App;
use crate::context::{PublicContext, see_other};
use crate::error::WebError;
use crate::flash::{self, FlashMessage};
use crate::i18n::Translator;
use crate::submitted::{SubmittedForm, inner_path};
use crate::ui::components;
use crate::ui::forms::{self, Button, Ceremony, Field, Form, FormState, InputKind, PasskeyForm};

/// Where second factors are managed.
const FACTORS: &str = "/account/factors";

#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// What the browser needs for its part of a ceremony.
pub(super) fn ceremony(begun: PasskeyCeremony) -> Response {
    let mut answer = begun.options;
    if let Some(members) = answer.as_object_mut() {
        let token = begun.token.reveal().to_string();
        members.insert("ceremony".to_owned(), token.into());
    }
    Json(answer).into_response()
}

/// The button that shows a passkey as second factor.
pub(super) fn passkey_form(t: &Translator, app: &App, back: &str, primary: bool) -> Markup {
    let Some(host) = app.identity().passkey_host() else {
        return html! {};
    };
    let form = PasskeyForm {
        ceremony: Ceremony::SignIn,
        options: "/sign-in/second-factor/passkey/options",
        action: "/sign-in/second-factor/passkey",
        host,
        autofill: false,
    };
    let label = t.t("sign-in-factor-passkey");
    let button = if primary {
        Button::primary(label)
    } else {
        Button::secondary(label)
    };
    forms::passkey_form(
        t,
        &form,
        html! { (forms::hidden("back", back)) (forms::button(&button)) },
    )
}

/// Asks for the second factor.
pub(super) async fn pass_page(
    context: PublicContext,
    AnySession(session): AnySession,
    QueryOf(query): QueryOf<Back>,
) -> Result<Response, WebError> {
    match session.next_step() {
        None => Ok(see_other(inner_path(&query.back))),
        Some(NextStep::EnrolSecondFactor) => Ok(see_other("/account/second-factor")),
        Some(NextStep::PassSecondFactor) => {
            let state = FormState::empty().with("back", inner_path(&query.back));
            show_pass(&context, &session, &state).await
        }
    }
}

async fn show_pass(
    context: &PublicContext,
    session: &SignedIn,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let known = passkeys::list(context.app.database(), session.account).await?;
    let back = state.value("back");
    let body = html! {
        section.card {
            (forms::error_summary(t, state))
            @if !known.is_empty() { (passkey_form(t, &context.app, back, false)) }
            (forms::form(t, &Form::post("/sign-in/second-factor"), html! {
                (forms::hidden("back", back))
                (forms::text_field(t, state, &Field::new("code", t.t("sign-in-factor-code"))
                    .kind(InputKind::OneTimeCode).required().autocomplete("one-time-code")
                    .hint(t.t("sign-in-factor-hint"))))
                (forms::button_row(&Button::primary(t.t("sign-in-factor-enter")), &[]))
            }))
        }
    };
    Ok(context.page(t.t("sign-in-factor-title"), body))
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
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let code = form.value("code").trim().to_owned();
    let identity = context.app.identity();
    let outcome = if is_code_of_the_app(&code) {
        identity.pass_totp(&session, &code).await?
    } else {
        identity.pass_recovery_code(&session, &code).await?
    };
    passed(&context, &session, form, outcome, Some("code")).await
}

/// What the browser needs to show a passkey of the account.
pub(super) async fn passkey_options(
    context: PublicContext,
    AnySession(session): AnySession,
) -> Result<Response, WebError> {
    let begun = context.app.identity().begin_passkey(&session).await?;
    Ok(ceremony(begun))
}

/// Takes the passkey that the browser showed.
pub(super) async fn pass_passkey(
    context: PublicContext,
    AnySession(session): AnySession,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let outcome = match SecretToken::parse(form.value("ceremony")) {
        Some(ceremony) => {
            let identity = context.app.identity();
            identity
                .pass_passkey(&session, &ceremony, form.value("credential"))
                .await?
        }
        None => FactorOutcome::Refused { retry_after: None },
    };
    passed(&context, &session, form, outcome, None).await
}

/// Leads on, or shows the form again with what was wrong: beside `field`, or above the form.
async fn passed(
    context: &PublicContext,
    session: &SignedIn,
    mut form: FormState,
    outcome: FactorOutcome,
    field: Option<&'static str>,
) -> Result<Response, WebError> {
    let back = inner_path(form.value("back")).to_owned();
    match outcome {
        FactorOutcome::Passed {
            session,
            recovery_codes_left,
        } => {
            let mut response = with_session(&context.app, &session, &back);
            if let Some(left) = recovery_codes_left {
                let message = FlashMessage::done("sign-in-codes-left").with("left", left);
                flash::set(&mut response, &message, context.app.config().is_https());
            }
            Ok(response)
        }
        FactorOutcome::Refused { retry_after } => {
            let t = context.t();
            match field {
                Some(field) => {
                    let words = words::refused(t, retry_after, "sign-in-factor-wrong");
                    form.add_error(field, words);
                }
                None => {
                    let words = words::refused(t, retry_after, "sign-in-passkey-refused");
                    form.add_form_error(words);
                }
            }
            form.set("back", back);
            show_pass(context, session, &form).await
        }
    }
}

/// Shows how to set up an authenticator app, and offers a passkey to those who have nothing yet.
pub(super) async fn enrol_page(
    context: PublicContext,
    AnySession(session): AnySession,
) -> Result<Response, WebError> {
    if session.next_step() == Some(NextStep::PassSecondFactor) {
        return Ok(see_other("/sign-in/second-factor"));
    }
    let begun = context.app.identity().begin_totp_enrolment(&session).await;
    let enrolment = match begun {
        Ok(enrolment) => enrolment,
        Err(IdentityError::ReauthenticationNeeded) => {
            return Ok(see_other("/account/confirm?back=/account/second-factor"));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(show_enrol(
        &context,
        &session,
        &enrolment,
        &FormState::empty(),
    ))
}

fn show_enrol(
    context: &PublicContext,
    session: &SignedIn,
    enrolment: &TotpEnrolment,
    state: &FormState,
) -> Response {
    let t = context.t();
    let must = session.next_step().is_some();
    let body = html! {
        @if must {
            section.card {
                p { (t.t("sign-in-enrol-why")) }
            }
            section.card {
                h2 { (t.t("account-passkeys-title")) }
                (registration(t, &context.app, t.t("sign-in-enrol-either")))
            }
        }
        section.card {
            @if must { h2 { (t.t("account-app-title")) } }
            ol.steps role="list" {
                li { (t.t("sign-in-enrol-step-app")) }
                li {
                    (t.t("sign-in-enrol-step-scan"))
                    div { div.qr role="img" aria-label=(t.t("sign-in-enrol-qr")) {
                        (PreEscaped(enrolment.qr_svg.as_str()))
                    } }
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
            @if !must { p.small { a href=(FACTORS) { (t.t("account-factors-back")) } } }
        }
    };
    context.page(t.t("sign-in-enrol-title"), body)
}

/// Takes the first code and shows the recovery codes, once.
pub(super) async fn enrol(
    context: PublicContext,
    AnySession(session): AnySession,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let t = context.t();
    let identity = context.app.identity();
    let confirmed = identity
        .confirm_totp_enrolment(&session, form.value("code"))
        .await;
    match confirmed {
        Ok(Some(enrolled)) => {
            let on = if session.next_step().is_some() {
                "/"
            } else {
                FACTORS
            };
            let mut onward = with_session(&context.app, &enrolled.session, on);
            if let Some(codes) = &enrolled.recovery_codes {
                let mut response = codes_page(&context, &session, codes, on);
                keep_cookies(&mut response, &onward);
                return Ok(response);
            }
            let message = FlashMessage::done("sign-in-enrol-done");
            flash::set(&mut onward, &message, context.app.config().is_https());
            Ok(onward)
        }
        Ok(None) => {
            form.add_error("code", t.t("sign-in-factor-wrong"));
            let enrolment = identity.begin_totp_enrolment(&session).await?;
            Ok(show_enrol(&context, &session, &enrolment, &form))
        }
        Err(IdentityError::ReauthenticationNeeded) => {
            Ok(see_other("/account/confirm?back=/account/second-factor"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The recovery codes, with the way on.
pub(super) fn codes_card(t: &Translator, login: &str, codes: &[RecoveryCode], on: &str) -> Markup {
    html! {
        section.card {
            p { (t.t("sign-in-codes-why")) }
            p { b { "Yagura" } "　" (login) }
            ul.codes role="list" { @for code in codes { li { code { (code.reveal()) } } } }
            (components::note(t, components::Tone::Caution, html! { p { (t.t("sign-in-codes-keep")) } }))
            div.buttons {
                (forms::link_button(on, t.t("sign-in-codes-on"), true))
                (forms::print_button(t))
            }
        }
    }
}

/// The page that shows recovery codes, once.
pub(super) fn codes_page(
    context: &PublicContext,
    session: &SignedIn,
    codes: &[RecoveryCode],
    on: &str,
) -> Response {
    let t = context.t();
    let body = codes_card(t, &session.login, codes, on);
    context.page(t.t("sign-in-codes-title"), body)
}
