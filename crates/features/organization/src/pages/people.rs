//! Who works with the program in one's organisation, and as what.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::invitations::{Invitation, Purpose};
use yagura_identity::login::Login;
use yagura_kernel::id::{AssignmentId, InvitationId};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, actions, scope};
use yagura_store::directory::{self, AssignmentWithPerson};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow};
use yagura_web::ui::forms::{self, Button, Choice, Field, Form, FormState, InputKind};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use crate::model::roles_on_offer;
use crate::operations;

const HERE: &str = "/people";

/// The list.
pub(crate) async fn list(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadPeople>().await?;
    let people = directory::assignments_of_organization(
        context.database(),
        proof.organization(),
        context.today,
    )
    .await?;
    let may_manage = scope(&context.principal, Action::ManagePeople)
        .own
        .is_some();
    let t = context.t();
    let mut frame = context.frame(t.t("organization-people-title"));
    frame.lede = Some(html! {
        (t.t_args("organization-people-lede", args![("count", people.len())]))
    });
    if may_manage {
        frame.actions = Some(forms::link_button(
            "/people/invite",
            t.t("organization-invite"),
            true,
        ));
    }
    let invited = if may_manage {
        operations::open_invitations(&context, proof.organization()).await?
    } else {
        Vec::new()
    };
    let rows = people
        .iter()
        .map(|holder| row(&context, holder, may_manage))
        .collect();
    let columns = vec![
        Column::text(t.t("organization-people-name")),
        Column::text(t.t("organization-people-role")),
        Column::text(t.t("organization-people-email")),
        Column::text(t.t("organization-people-since")),
        Column::text(t.t("organization-people-until")),
        Column::action(t.t("organization-people-act")),
    ];
    let body = html! {
        section.card {
            @if people.is_empty() {
                (components::empty_state(t.t("organization-people-empty"), html! {
                    (t.t("organization-people-empty-why"))
                }))
            } @else {
                (components::data_table(&Table::new(t.t("organization-people-title"), columns, rows)))
            }
        }
        @if !invited.is_empty() { (invitations_card(&context, &invited)) }
        @if may_manage {
            p { a href="/account/organization-tokens" { (t.t("organization-people-tokens")) } }
        }
    };
    context.respond(frame, body).await
}

fn invitations_card(context: &Context, invited: &[Invitation]) -> Markup {
    let t = context.t();
    let rows = invited
        .iter()
        .map(|invitation| {
            let action = format!("/people/invitations/{}/revoke", invitation.id);
            TableRow::new(vec![
                html! { (invitation.addressee.as_deref().unwrap_or("—")) },
                html! {
                    @if let Purpose::Join { role, .. } = &invitation.purpose {
                        (components::role(t, *role))
                    }
                },
                components::date_time(t, invitation.expires_at),
                html! {
                    form method="post" action=(action) {
                        (forms::button(&Button::quiet(t.t("organization-invitation-revoke"))
                            .confirm(t.t("organization-invitation-revoke-confirm"))))
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("organization-people-email")),
        Column::text(t.t("organization-people-role")),
        Column::text(t.t("organization-invitation-expires")),
        Column::action(t.t("organization-people-act")),
    ];
    let title = t.t("organization-invitations-title");
    components::card(
        title,
        html! {
            p { (t.t("organization-invitations-why")) }
            (components::data_table(&Table::new(title, columns, rows)))
        },
    )
}

fn row(context: &Context, holder: &AssignmentWithPerson, may_manage: bool) -> TableRow {
    let t = context.t();
    let assignment = &holder.assignment;
    let action = format!("/people/assignments/{}/end", assignment.id);
    let own = context.person() == Some(assignment.person);
    TableRow::new(vec![
        html! {
            @if may_manage { a href=(super::accounts::path(assignment.id)) { (holder.name) } }
            @else { (holder.name) }
        },
        html! { (components::role(t, assignment.role)) },
        html! { (holder.email.as_deref().unwrap_or("—")) },
        components::date_short(t, assignment.validity.from),
        html! {
            @match assignment.validity.until {
                Some(until) => (components::date_short(t, until)),
                None => "—",
            }
        },
        html! {
            @if may_manage && !own {
                form method="post" action=(action) {
                    (forms::button(&Button::quiet(t.t("organization-people-end"))
                        .confirm(t.t("organization-people-end-confirm"))))
                }
            }
        },
    ])
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(
        context.t().t("organization-people-title"),
        "/people",
    )]
}

fn invite_body(context: &Context, state: &FormState) -> Markup {
    let t = context.t();
    let roles = roles_on_offer(context.organization.kind);
    let choices: Vec<Choice<'_>> = roles
        .iter()
        .map(|role| Choice::new(role.code(), components::role(t, *role)))
        .collect();
    html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/people/invite").keep_draft("invite"), html! {
                (forms::text_field(t, state, &Field::new("email", t.t("organization-invite-email"))
                    .kind(InputKind::Email).required().hint(t.t("organization-invite-email-hint"))))
                (forms::select(t, state, &Field::new("role", t.t("organization-invite-role")).required(), &choices))
                (forms::date_field(t, state, &Field::new("until", t.t("organization-invite-until"))
                    .hint(t.t("organization-invite-until-hint"))))
                (forms::button_row(&Button::primary(t.t("organization-invite-send")), &[]))
            }))
        }
    }
}

/// The form for an invitation.
pub(crate) async fn invite_form(context: Context) -> Result<Response, WebError> {
    context.authorize_own::<actions::ManagePeople>().await?;
    let mut frame = context.frame(context.t().t("organization-invite"));
    frame.breadcrumbs = crumbs(&context);
    context
        .respond(frame, invite_body(&context, &FormState::empty()))
        .await
}

/// Sends an invitation.
pub(crate) async fn invite(
    context: Context,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::ManagePeople>().await?;
    let t = context.t();
    let email = form.read_required(t, "email", t.t("organization-invite-email"), 254);
    let login = email
        .as_deref()
        .and_then(|email| Login::parse(email).ok())
        .filter(Login::is_address);
    if email.is_some() && login.is_none() {
        form.add_error("email", t.t("organization-invite-email-wrong"));
    }
    let role =
        Role::from_code(form.value("role")).filter(|role| role.fits(context.organization.kind));
    if role.is_none() {
        form.add_error("role", t.t("organization-invite-role-missing"));
    }
    let until = form.read_date(t, "until", t.t("organization-invite-until"));
    if until.is_some_and(|until| until < context.today) {
        form.add_error("until", t.t("organization-invite-until-past"));
    }
    let (Some(login), Some(role), false) = (login, role, form.has_errors()) else {
        let mut frame = context.frame(t.t("organization-invite"));
        frame.breadcrumbs = crumbs(&context);
        return context.respond(frame, invite_body(&context, &form)).await;
    };
    let url = operations::invite(&context, &login, role, until).await?.url;
    let mut frame = context.frame(t.t("organization-invite-done"));
    frame.breadcrumbs = crumbs(&context);
    let body = html! {
        section.card {
            p { (t.t_args("organization-invite-done-words", args![("email", login.as_str())])) }
            p { (t.t("organization-invite-link-words")) }
            p { code.link-to-copy { (url) } " " (forms::copy_button(t, &url)) }
            p { a href="/people" { (t.t("organization-invite-back")) } }
        }
    };
    context.respond(frame, body).await
}

/// Ends somebody's role today.
pub(crate) async fn end(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
) -> Result<Response, WebError> {
    let name = operations::end_role(&context, assignment).await?;
    Ok(context.redirect(
        HERE,
        FlashMessage::done("organization-people-ended").with("name", name),
    ))
}

/// Takes an invitation back.
pub(crate) async fn revoke(
    context: Context,
    PathOf(invitation): PathOf<InvitationId>,
) -> Result<Response, WebError> {
    operations::revoke_invitation(&context, invitation).await?;
    Ok(context.redirect(HERE, FlashMessage::done("organization-invitation-revoked")))
}
