use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::invitations::{self, Invitation, InvitedVendor, NewcomerForm, Purpose};
use yagura_identity::setup::SetUpForm;
use yagura_identity::{IdentityError, SecretToken};
use yagura_store::directory;

use super::{From, lead_on, next_page, words};
use crate::api::PathOf;
use crate::authentication::{LINK_COOKIE, SESSION_COOKIE, cookie, set_cookie};
use crate::context::{PublicContext, add_cookie, see_other};
use crate::error::WebError;
use crate::flash::{self, FlashMessage};
use crate::i18n::args;
use crate::submitted::SubmittedForm;
use crate::ui::components;
use crate::ui::forms::{self, Button, Field, Form, FormState, InputKind};

fn parse(token: &str) -> Result<SecretToken, WebError> {
    SecretToken::parse(token).ok_or(WebError::invalid("sign-in-link-void"))
}

/// What an invitation is for, and the form by which a newcomer accepts it.
pub(super) async fn page(
    context: PublicContext,
    headers: HeaderMap,
    PathOf(text): PathOf<String>,
) -> Result<Response, WebError> {
    let token = parse(&text)?;
    let invitation = invitations::look(context.app.database(), &token, context.now).await?;
    match &invitation.purpose {
        Purpose::SetUp => return Ok(see_other(&format!("/set-up/{text}"))),
        Purpose::InspectionPack { .. } => return open_pack(&context, &token, &text).await,
        Purpose::PasswordReset { .. } => {
            let body = reset_body(&context, &text, &FormState::empty());
            return Ok(context.page(context.t().t("reset-title"), body));
        }
        Purpose::Join { .. } | Purpose::Vendor { .. } => {}
    }
    let state = FormState::empty().with("login", invitation.addressee.clone().unwrap_or_default());
    show(&context, &headers, &text, &invitation, &state).await
}

/// Puts the link into a cookie, so that the pages of the pack know it, and counts the visit.
async fn open_pack(
    context: &PublicContext,
    token: &SecretToken,
    text: &str,
) -> Result<Response, WebError> {
    let app = &context.app;
    let visit = invitations::inspection_visit(app.database(), token, context.now).await?;
    let mut tx = app.database().begin().await?;
    invitations::count_inspection_visit(&mut tx, app.identity().act_of_stranger(), &visit).await?;
    tx.commit().await?;
    let mut response = see_other("/inspection");
    let secure = app.config().is_https();
    add_cookie(
        &mut response,
        &set_cookie(SESSION_COOKIE, "", Some(0), secure),
    );
    add_cookie(&mut response, &set_cookie(LINK_COOKIE, text, None, secure));
    Ok(response)
}

async fn show(
    context: &PublicContext,
    headers: &HeaderMap,
    text: &str,
    invitation: &Invitation,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let app = &context.app;
    let organization = match invitation.organization {
        Some(id) => directory::get(app.database(), id).await?.name,
        None => String::new(),
    };
    let signed_in = match cookie(headers, SESSION_COOKIE) {
        Some(value) => app.identity().session(value).await?,
        None => None,
    };
    let action = format!("/invitations/{text}");
    let purpose = match &invitation.purpose {
        Purpose::Vendor { vendor, .. } => {
            let vendor = match vendor {
                InvitedVendor::Known(id) => directory::get(app.database(), *id).await?.name,
                InvitedVendor::New(name) => name.clone(),
            };
            t.t_args(
                "invitation-vendor",
                args![
                    ("organization", organization.as_str()),
                    ("vendor", vendor.as_str())
                ],
            )
            .into_owned()
        }
        Purpose::Join { role, .. } => t
            .t_args(
                "invitation-join",
                args![
                    ("organization", organization.as_str()),
                    ("role", components::role(t, *role))
                ],
            )
            .into_owned(),
        _ => String::new(),
    };
    let body = html! {
        section.card {
            p { (purpose) }
            @if let Some(session) = &signed_in {
                (forms::form(t, &Form::post(&action), html! {
                    (forms::hidden("as", "signed-in"))
                    p { (t.t_args("invitation-signed-in", args![("name", session.name.as_str())])) }
                    (forms::button_row(&Button::primary(t.t("invitation-accept")), &[]))
                }))
            } @else {
                (forms::error_summary(t, state))
                (forms::form(t, &Form::post(&action), html! {
                    (forms::text_field(t, state, &Field::new("name", t.t("invitation-name"))
                        .required().autocomplete("name")))
                    (forms::text_field(t, state, &Field::new("login", t.t("invitation-login"))
                        .required().autocomplete("username").hint(t.t("invitation-login-hint"))))
                    (password_field(context, state))
                    (forms::button_row(&Button::primary(t.t("invitation-register")), &[]))
                }))
                (super::provider::ways_to_join(context, invitation, text).await?)
                p.small {
                    a href={ "/sign-in?back=" (crate::address::encoded_path(&action)) } { (t.t("invitation-have-account")) }
                }
            }
        }
    };
    Ok(context.page(t.t("invitation-title"), body))
}

fn password_field(context: &PublicContext, state: &FormState) -> Markup {
    let t = context.t();
    forms::text_field(
        t,
        state,
        &Field::new("password", t.t("sign-in-password-new"))
            .kind(InputKind::NewPassword)
            .required()
            .autocomplete("new-password")
            .hint(t.t("sign-in-password-hint")),
    )
}

/// Accepts an invitation, or sets a new password.
pub(super) async fn accept(
    context: PublicContext,
    headers: HeaderMap,
    From(visitor): From,
    PathOf(text): PathOf<String>,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let token = parse(&text)?;
    let app = &context.app;
    let identity = app.identity();
    let invitation = invitations::look(app.database(), &token, context.now).await?;
    if matches!(invitation.purpose, Purpose::PasswordReset { .. }) {
        return match identity
            .reset_password(&token, form.value("password"))
            .await
        {
            Ok(()) => {
                let mut response = see_other("/sign-in");
                let message = FlashMessage::done("reset-done");
                flash::set(&mut response, &message, app.config().is_https());
                Ok(response)
            }
            Err(IdentityError::Form(problems)) => {
                words::explain(context.t(), &mut form, &problems);
                let body = reset_body(&context, &text, &form);
                Ok(context.page(context.t().t("reset-title"), body))
            }
            Err(error) => Err(error.into()),
        };
    }
    if form.value("as") == "signed-in" {
        let value = cookie(&headers, SESSION_COOKIE).ok_or(WebError::NotSignedIn)?;
        let session = identity
            .session(value)
            .await?
            .ok_or(WebError::NotSignedIn)?;
        if let Some(step) = session.next_step() {
            return Ok(see_other(next_page(step)));
        }
        let vendor = session
            .organization
            .as_ref()
            .filter(|organization| {
                organization.kind == yagura_kernel::organization::OrganizationKind::Vendor
            })
            .map(|organization| organization.id);
        let accepted = identity.accept_signed_in(&token, &session, vendor).await;
        accepted.map_err(|error| match error {
            // That the link is for somebody else may be said to who holds it.
            IdentityError::NoAssignment => WebError::invalid("invitation-not-yours"),
            error => error.into(),
        })?;
        // A vendor finds its new customer; whoever joined an organisation chooses it.
        let is_for_vendor = matches!(invitation.purpose, Purpose::Vendor { .. });
        return Ok(see_other(if is_for_vendor && vendor.is_some() {
            "/customers"
        } else {
            "/account/organizations"
        }));
    }
    let mut expected = Vec::new();
    if let Some(id) = invitation.organization {
        expected.push(directory::get(app.database(), id).await?.name);
    }
    let newcomer = NewcomerForm {
        name: form.value("name"),
        name_kana: None,
        login: form.value("login"),
    };
    let checked = identity
        .newcomer(
            invitation.addressee.as_deref(),
            &expected,
            newcomer,
            form.value("password"),
        )
        .await;
    match checked {
        Ok(newcomer) => {
            let (_, outcome) = identity
                .accept_as_newcomer(&token, newcomer, &visitor)
                .await?;
            Ok(lead_on(app, &outcome, "/").unwrap_or_else(|| see_other("/sign-in")))
        }
        Err(IdentityError::Form(problems)) => {
            words::explain(context.t(), &mut form, &problems);
            show(&context, &headers, &text, &invitation, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

fn reset_body(context: &PublicContext, text: &str, state: &FormState) -> Markup {
    let t = context.t();
    html! {
        section.card {
            p { (t.t("reset-lede")) }
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post(&format!("/invitations/{text}")), html! {
                (password_field(context, state))
                (forms::button_row(&Button::primary(t.t("reset-save")), &[]))
            }))
        }
    }
}

/// The form by which the first administrator is made.
pub(super) async fn set_up_page(
    context: PublicContext,
    PathOf(text): PathOf<String>,
) -> Result<Response, WebError> {
    let token = parse(&text)?;
    let invitation = invitations::look(context.app.database(), &token, context.now).await?;
    if invitation.purpose != Purpose::SetUp {
        return Err(WebError::invalid("sign-in-link-void"));
    }
    let body = set_up_body(&context, &text, &FormState::empty());
    Ok(context.page(context.t().t("set-up-title"), body))
}

fn set_up_body(context: &PublicContext, text: &str, state: &FormState) -> Markup {
    let t = context.t();
    html! {
        section.card {
            p { (t.t("set-up-lede")) }
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post(&format!("/set-up/{text}")), html! {
                (forms::text_field(t, state, &Field::new("operator", t.t("set-up-operator"))
                    .required().hint(t.t("set-up-operator-hint"))))
                (forms::text_field(t, state, &Field::new("name", t.t("invitation-name"))
                    .required().autocomplete("name")))
                (forms::text_field(t, state, &Field::new("login", t.t("invitation-login"))
                    .required().autocomplete("username").hint(t.t("invitation-login-hint"))))
                (password_field(context, state))
                (forms::button_row(&Button::primary(t.t("set-up-create")), &[]))
            }))
        }
    }
}

/// Makes the first administrator; the second factor comes next.
pub(super) async fn set_up(
    context: PublicContext,
    From(visitor): From,
    PathOf(text): PathOf<String>,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let token = parse(&text)?;
    let administrator = NewcomerForm {
        name: form.value("name"),
        name_kana: None,
        login: form.value("login"),
    };
    let filled = SetUpForm {
        operator: form.value("operator"),
        administrator,
        password: form.value("password"),
    };
    match context
        .app
        .identity()
        .set_up(&token, filled, &visitor)
        .await
    {
        Ok(made) => {
            Ok(lead_on(&context.app, &made.outcome, "/").unwrap_or_else(|| see_other("/sign-in")))
        }
        Err(IdentityError::Form(problems)) => {
            words::explain(context.t(), &mut form, &problems);
            let body = set_up_body(&context, &text, &form);
            Ok(context.page(context.t().t("set-up-title"), body))
        }
        Err(error) => Err(error.into()),
    }
}
