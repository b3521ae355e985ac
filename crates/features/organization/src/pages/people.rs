//! Who works with the program in one's organisation, and as what.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::Act;
use yagura_identity::invitations::{self, Authority, NewInvitation, Purpose};
use yagura_identity::login::Login;
use yagura_kernel::id::AssignmentId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, actions, scope};
use yagura_store::directory::{self, AssignmentWithPerson};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::mail::Mail;
use yagura_web::ui::components::{self, Column, Table, TableRow};
use yagura_web::ui::forms::{self, Button, Choice, Field, Form, FormState, InputKind};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use crate::model::roles_on_offer;

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
    };
    context.respond(frame, body).await
}

fn row(context: &Context, holder: &AssignmentWithPerson, may_manage: bool) -> TableRow {
    let t = context.t();
    let assignment = &holder.assignment;
    let action = format!("/people/assignments/{}/end", assignment.id);
    let own = context.person() == Some(assignment.person);
    TableRow::new(vec![
        html! { (holder.name) },
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
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let t = context.t();
    let email = form.read_required(t, "email", t.t("organization-invite-email"), 254);
    let login = email.as_deref().and_then(|email| Login::parse(email).ok());
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
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let mut tx = context.database().begin().await?;
    let new = NewInvitation {
        purpose: Purpose::Join { role, until },
        organization: Some(proof.organization()),
        addressee: Some(login.clone()),
        expires_at: None,
    };
    let link = invitations::invite(&mut tx, act, Authority::People(&proof), new)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))?;
    let url = context
        .app
        .config()
        .link(&format!("/invitations/{}", link.token.reveal()));
    let mail = Mail {
        to: login.as_str().to_owned(),
        subject: t
            .t_args(
                "organization-invite-mail-subject",
                args![("organization", context.organization.name.as_str())],
            )
            .into_owned(),
        body: t
            .t_args(
                "organization-invite-mail-body",
                args![
                    ("organization", context.organization.name.as_str()),
                    ("person", context.person_name.as_str()),
                    ("role", components::role(t, role)),
                    ("until", t.date_time(link.expires_at)),
                    ("link", url.as_str())
                ],
            )
            .into_owned(),
    };
    context.app.enqueue(&mut tx, mail.job(&context.app)).await?;
    tx.commit().await?;
    let mut frame = context.frame(t.t("organization-invite-done"));
    frame.breadcrumbs = crumbs(&context);
    let body = html! {
        section.card {
            p { (t.t_args("organization-invite-done-words", args![("email", login.as_str())])) }
            p { (t.t("organization-invite-link-words")) }
            p { code.link-to-copy { (url) } }
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
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let own = directory::assignments_of_organization(
        context.database(),
        proof.organization(),
        context.today,
    )
    .await?;
    let held = own
        .iter()
        .find(|holder| holder.assignment.id == assignment)
        .ok_or(WebError::NotFound)?;
    if context.person() == Some(held.assignment.person) {
        return Err(WebError::invalid("organization-people-own-role"));
    }
    // A role that ends holds through its last day; the day before today ends it at once.
    let yesterday = context.today.previous_day().unwrap_or(context.today);
    let mut tx = context.database().begin().await?;
    directory::end_assignment(&mut tx, proof.organization(), assignment, yesterday).await?;
    context
        .audit(
            &mut tx,
            &proof,
            "assignment",
            assignment,
            serde_json::json!({
                "ended": true, "role": held.assignment.role.code(),
            }),
        )
        .await?;
    tx.commit().await?;
    Ok(context.redirect(
        "/people",
        FlashMessage::done("organization-people-ended").with("name", &held.name),
    ))
}
