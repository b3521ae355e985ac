use axum::response::Response;
use maud::html;
use yagura_identity::{IdentityError, PasswordCheck, sessions};
use yagura_kernel::id::{OrganizationId, SessionId};

use super::{AnySession, words};
use crate::api::PathOf;
use crate::context::{Context, see_other};
use crate::error::WebError;
use crate::flash::FlashMessage;
use crate::i18n::args;
use crate::submitted::SubmittedForm;
use crate::ui::components::{self, Column, Table, TableRow};
use crate::ui::forms::{self, Button, Field, Form, FormState, InputKind};

/// One's own sign-in: password, second factor, sessions.
pub(super) async fn page(
    context: Context,
    AnySession(session): AnySession,
) -> Result<Response, WebError> {
    show(&context, &session, &FormState::empty()).await
}

async fn show(
    context: &Context,
    session: &sessions::SignedIn,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let open = sessions::list(context.database(), session.account, context.now).await?;
    let rows = open
        .iter()
        .map(|one| {
            let action = format!("/account/sessions/{}/end", one.id);
            TableRow::new(vec![
                html! {
                    (one.user_agent)
                    @if one.id == session.session { " " (components::tag(components::Tone::Info, t.t("account-this-session"))) }
                },
                components::date_time(t, one.created_at),
                components::date_time(t, one.last_seen_at),
                html! {
                    @if one.id != session.session {
                        form method="post" action=(action) {
                            (forms::button(&Button::quiet(t.t("account-end-session"))))
                        }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("account-session-browser")),
        Column::text(t.t("account-session-since")),
        Column::text(t.t("account-session-seen")),
        Column::action(t.t("account-end-session")),
    ];
    let factor = if session.has_second_factor {
        "account-factor-set"
    } else {
        "account-factor-none"
    };
    let body = html! {
        (components::card(t.t("account-factor-title"), html! {
            p { (t.t(factor)) }
            @if !session.has_second_factor {
                (forms::link_button("/account/second-factor", t.t("account-factor-set-up"), false))
            }
        }))
        (components::card(t.t("account-sessions-title"), components::data_table(
            &Table::new(t.t("account-sessions-title"), columns, rows)
        )))
        @if session.has_password {
            (components::card(t.t("account-password-title"), html! {
                (forms::error_summary(t, state))
                (forms::form(t, &Form::post("/account/password"), html! {
                    (forms::text_field(t, state, &Field::new("old", t.t("account-password-old"))
                        .kind(InputKind::Password).required().autocomplete("current-password")))
                    (forms::text_field(t, state, &Field::new("password", t.t("account-password-new"))
                        .kind(InputKind::NewPassword).required().autocomplete("new-password")
                        .hint(t.t("sign-in-password-hint"))))
                    (forms::button_row(&Button::primary(t.t("account-password-change")), &[]))
                }))
            }))
        }
    };
    context.page(t.t("account-title"), body).await
}

/// Changes the password and ends the other sessions.
pub(super) async fn change_password(
    context: Context,
    AnySession(session): AnySession,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let t = context.t();
    let changed = context
        .app
        .identity()
        .change_password(&session, form.value("old"), form.value("password"))
        .await;
    match changed {
        Ok(PasswordCheck::Done) => {
            return Ok(context.redirect("/account", FlashMessage::done("account-password-changed")));
        }
        Ok(PasswordCheck::Refused {
            retry_after: Some(seconds),
        }) => {
            let words = t.t_args("sign-in-refused-wait", args![("seconds", seconds)]);
            form.add_error("old", words.into_owned());
        }
        Ok(PasswordCheck::Refused { retry_after: None }) => {
            form.add_error("old", t.t("account-password-wrong"));
        }
        Err(IdentityError::Form(problems)) => words::explain(t, &mut form, &problems),
        Err(error) => return Err(error.into()),
    }
    show(&context, &session, &form).await
}

/// Ends another session of one's own.
pub(super) async fn end_session(
    context: Context,
    AnySession(session): AnySession,
    PathOf(other): PathOf<SessionId>,
) -> Result<Response, WebError> {
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(&session);
    let found = sessions::revoke(&mut tx, act, session.account, other).await?;
    tx.commit().await?;
    if !found {
        return Err(WebError::NotFound);
    }
    Ok(context.redirect("/account", FlashMessage::done("account-session-ended")))
}

/// The organisations that one may act for.
pub(super) async fn organizations(
    context: Context,
    AnySession(session): AnySession,
) -> Result<Response, WebError> {
    let t = context.t();
    let choices = sessions::choices(context.database(), &session, context.now).await?;
    let body = html! {
        section.card {
            ul role="list" {
                @for choice in &choices {
                    li {
                        form.inline method="post" action="/account/organizations" {
                            (forms::hidden("organization", &choice.organization.to_string()))
                            b { (choice.name) } " "
                            @for role in &choice.roles { (components::role(t, *role)) " " }
                            @if choice.organization == context.organization.id {
                                (components::tag(components::Tone::Info, t.t("account-acting-now")))
                            } @else {
                                (forms::button(&Button::secondary(t.t("account-act-for"))))
                            }
                        }
                    }
                }
            }
        }
    };
    context.page(t.t("account-organizations-title"), body).await
}

/// Acts for another organisation from now on.
pub(super) async fn choose_organization(
    context: Context,
    AnySession(session): AnySession,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let organization: OrganizationId = form
        .value("organization")
        .parse()
        .map_err(|_| WebError::NotFound)?;
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(&session);
    sessions::choose_organization(&mut tx, act, &session, organization).await?;
    tx.commit().await?;
    Ok(see_other("/"))
}
