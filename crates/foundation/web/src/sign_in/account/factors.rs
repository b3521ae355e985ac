//! The second factors of one's own account: what is set up, and what can be changed.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::{Factors, IdentityError};

use super::{Own, Part, confirm_first, confirm_note, crumbs, passkeys, tabs};
use crate::error::WebError;
use crate::flash::FlashMessage;
use crate::i18n::args;
use crate::ui::components::{self, Tone};
use crate::ui::forms::{self, Button, Form};

pub(super) const HERE: &str = "/account/factors";
/// From how many recovery codes on new ones are advised.
const FEW_CODES: i64 = 3;

/// What is set up.
pub(super) async fn page(own: Own) -> Result<Response, WebError> {
    let Own { context, session } = &own;
    let t = context.t();
    let factors = context.app.identity().factors(session).await?;
    let may_remove = factors.count() > 1 || !factors.compulsory;
    let lede = match (factors.count(), factors.compulsory) {
        (0, _) => t.t("account-factor-none"),
        (_, true) => t.t("account-factors-compulsory"),
        (_, false) => t.t("account-factors-voluntary"),
    };
    let body = html! {
        (tabs(&own, Part::Factors).await?)
        (confirm_note(&own, HERE))
        (app_card(&own, &factors, may_remove))
        (passkeys::card(&own, &factors, may_remove))
        @if factors.count() > 0 { (codes_card(&own, &factors)) }
    };
    let mut frame = context.frame(t.t("account-factors-title"));
    frame.breadcrumbs = crumbs(context, &[]);
    frame.lede = Some(html! { (lede) });
    context.respond(frame, body).await
}

fn app_card(own: &Own, factors: &Factors, may_remove: bool) -> Markup {
    let t = own.context.t();
    components::card(
        t.t("account-app-title"),
        html! {
            @match factors.totp_since {
                None => {
                    p { (t.t("account-app-none")) }
                    (forms::link_button("/account/second-factor", t.t("account-app-set-up"), factors.count() == 0))
                }
                Some(since) => {
                    p { (t.t("account-app-since")) " " (components::date_time(t, since)) }
                    div.buttons {
                        (forms::link_button("/account/second-factor", t.t("account-app-replace"), false))
                        @if may_remove {
                            form method="post" action="/account/factors/app/remove"
                                data-confirm=(t.t("account-app-remove-confirm")) {
                                (forms::button(&Button::danger(t.t("account-app-remove"))))
                            }
                        }
                    }
                    @if !may_remove { p.small { (t.t("account-factor-last")) } }
                }
            }
        },
    )
}

fn codes_card(own: &Own, factors: &Factors) -> Markup {
    let t = own.context.t();
    let left = factors.recovery_codes_left;
    components::card(
        t.t("sign-in-codes-title"),
        html! {
            p { (t.t_args("account-codes-left", args![("left", left)])) }
            @if left <= FEW_CODES {
                (components::note(t, Tone::Caution, html! { p { (t.t("account-codes-few")) } }))
            }
            (forms::form(t, &Form::post("/account/factors/codes")
                .confirm(t.t("account-codes-renew-confirm")), html! {
                p.small { (t.t("account-codes-renew-hint")) }
                (forms::button(&Button::secondary(t.t("account-codes-renew"))))
            }))
        },
    )
}

/// What came of a change, as the page that follows.
pub(super) fn answer(
    own: &Own,
    changed: Result<(), IdentityError>,
    done: &'static str,
) -> Result<Response, WebError> {
    match changed {
        Ok(()) => Ok(own.context.redirect(HERE, FlashMessage::done(done))),
        Err(IdentityError::LastSecondFactor) => Ok(own
            .context
            .redirect(HERE, FlashMessage::failed("sign-in-last-factor"))),
        Err(IdentityError::ReauthenticationNeeded) => Ok(confirm_first(HERE)),
        Err(error) => Err(error.into()),
    }
}

/// Removes the authenticator app.
pub(super) async fn remove_app(own: Own) -> Result<Response, WebError> {
    let removed = own.context.app.identity().remove_totp(&own.session).await;
    answer(&own, removed, "account-app-removed")
}

/// Makes new recovery codes and shows them, once.
pub(super) async fn renew_codes(own: Own) -> Result<Response, WebError> {
    let Own { context, session } = &own;
    let codes = match context.app.identity().renew_recovery_codes(session).await {
        Ok(codes) => codes,
        Err(IdentityError::ReauthenticationNeeded) => return Ok(confirm_first(HERE)),
        Err(error) => return Err(error.into()),
    };
    let t = context.t();
    let mut frame = context.frame(t.t("sign-in-codes-title"));
    frame.breadcrumbs = crumbs(context, &[(t.t("account-factors-title"), HERE)]);
    frame.actions = Some(forms::print_button(t));
    let body = html! {
        (crate::sign_in::factor::codes_card(t, &session.login, &codes, HERE))
    };
    context.respond(frame, body).await
}
