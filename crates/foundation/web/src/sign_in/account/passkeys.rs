//! Passkeys: registering, naming, removing. The browser's part needs scripts; without them the
//! forms stay hidden and an authenticator app does the same.

use axum::Json;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use yagura_identity::passkeys::PasskeyId;
use yagura_identity::sessions::NextStep;
use yagura_identity::{Factors, IdentityError, SecretToken};

use super::{Own, factors};
use crate::api::PathOf;
use crate::app::App;
use crate::context::{PublicContext, add_cookie};
use crate::error::WebError;
use crate::flash::{self, FlashMessage};
use crate::i18n::{Translator, args};
use crate::sign_in::{AnySession, factor, with_session};
use crate::submitted::SubmittedForm;
use crate::ui::components::{self, Column, Table, TableRow};
use crate::ui::forms::{self, Button, Ceremony, Field, FormState, PasskeyForm};

const LONGEST_NAME: usize = 60;

/// The passkeys of an account, and the form for another.
pub(super) fn card(own: &Own, factors: &Factors, may_remove: bool) -> Markup {
    let t = own.context.t();
    let columns = vec![
        Column::text(t.t("account-passkey-name")),
        Column::text(t.t("account-passkey-since")),
        Column::text(t.t("account-passkey-used")),
        Column::action(t.t("account-passkey-remove")),
    ];
    let rows = factors
        .passkeys
        .iter()
        .map(|passkey| {
            let action = format!("/account/passkeys/{}/remove", passkey.id);
            TableRow::new(vec![
                html! {
                    @if passkey.name.is_empty() { (t.t("account-passkey-nameless")) }
                    @else { (passkey.name) }
                },
                components::date_time(t, passkey.created_at),
                html! {
                    @match passkey.last_used_at {
                        Some(used) => (components::relative_time(t, used, own.context.now)),
                        None => (t.t("account-never-used")),
                    }
                },
                html! {
                    @if may_remove {
                        form method="post" action=(action)
                            data-confirm=(t.t("account-passkey-remove-confirm")) {
                            (forms::button(&Button::quiet(t.t("account-passkey-remove"))))
                        }
                    }
                },
            ])
        })
        .collect();
    components::card(
        t.t("account-passkeys-title"),
        html! {
            p.small { (components::term(t, "passkey")) "　" (t.t("account-passkeys-words")) }
            @if factors.passkeys.is_empty() {
                p { (t.t("account-passkeys-none")) }
            } @else {
                (components::data_table(&Table::new(t.t("account-passkeys-title"), columns, rows)))
                @if !may_remove { p.small { (t.t("account-factor-last")) } }
            }
            (registration(t, &own.context.app, t.t("account-passkey-new")))
        },
    )
}

/// The form that registers a passkey on this device. `words` stand above its fields, where it is
/// shown.
pub(in crate::sign_in) fn registration(t: &Translator, app: &App, words: &str) -> Markup {
    let Some(host) = app.identity().passkey_host() else {
        return html! { p.small { (t.t("account-passkeys-unavailable")) } };
    };
    let form = PasskeyForm {
        ceremony: Ceremony::Register,
        options: "/account/passkeys/options",
        action: "/account/passkeys",
        host,
        autofill: false,
    };
    let state = FormState::empty().with_id_prefix("passkey");
    html! {
        (forms::passkey_form(t, &form, html! {
            p { (words) }
            (forms::text_field(t, &state, &Field::new("name", t.t("account-passkey-new-name"))
                .longest(LONGEST_NAME).hint(t.t("account-passkey-name-hint"))))
            (forms::button(&Button::secondary(t.t("account-passkey-register"))))
        }))
        p.small hidden data-passkey-elsewhere {
            (t.t_args("account-passkeys-elsewhere", args![("host", host)]))
        }
        noscript { p.small { (t.t("account-passkeys-scripts")) } }
    }
}

/// What the browser needs to make a passkey.
pub(super) async fn options(
    context: PublicContext,
    AnySession(session): AnySession,
) -> Result<Response, WebError> {
    let begun = context
        .app
        .identity()
        .begin_passkey_registration(&session)
        .await;
    let back = if session.next_step().is_some() {
        "/account/second-factor"
    } else {
        factors::HERE
    };
    match begun {
        Ok(begun) => Ok(factor::ceremony(begun)),
        Err(IdentityError::ReauthenticationNeeded) => {
            let to = format!(
                "/account/confirm?back={}",
                crate::address::encoded_path(back)
            );
            Ok(Json(serde_json::json!({ "location": to })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Keeps the passkey that the browser made.
pub(super) async fn register(
    context: PublicContext,
    AnySession(session): AnySession,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    if session.next_step() == Some(NextStep::PassSecondFactor) {
        return Err(WebError::SecondFactor { enrol: false });
    }
    let ceremony = SecretToken::parse(form.value("ceremony"))
        .ok_or(WebError::invalid("sign-in-begin-again"))?;
    let enrolled = context
        .app
        .identity()
        .finish_passkey_registration(
            &session,
            &ceremony,
            form.value("credential"),
            form.value("name"),
        )
        .await;
    let enrolled = match enrolled {
        Ok(enrolled) => enrolled,
        Err(IdentityError::ReauthenticationNeeded) => {
            return Ok(super::confirm_first(factors::HERE));
        }
        Err(error) => return Err(error.into()),
    };
    let full = session.next_step().is_none();
    let on = if full { factors::HERE } else { "/" };
    if let Some(codes) = &enrolled.recovery_codes {
        let mut response = factor::codes_page(&context, &session, codes, on);
        keep_cookies(
            &mut response,
            &with_session(&context.app, &enrolled.session, on),
        );
        return Ok(response);
    }
    let mut response = with_session(&context.app, &enrolled.session, on);
    flash::set(
        &mut response,
        &FlashMessage::done("account-passkey-registered"),
        context.app.config().is_https(),
    );
    Ok(response)
}

/// Gives an answer the cookies of another.
pub(in crate::sign_in) fn keep_cookies(response: &mut Response, from: &Response) {
    for value in from.headers().get_all(axum::http::header::SET_COOKIE) {
        if let Ok(cookie) = value.to_str() {
            add_cookie(response, cookie);
        }
    }
}

/// Removes a passkey.
pub(super) async fn remove(
    own: Own,
    PathOf(passkey): PathOf<PasskeyId>,
) -> Result<Response, WebError> {
    let identity = own.context.app.identity();
    let removed = identity.remove_passkey(&own.session, passkey).await;
    factors::answer(&own, removed, "account-passkey-removed")
}
