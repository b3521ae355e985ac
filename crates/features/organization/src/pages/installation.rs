//! The installation, for its administrators: how it is, and its first organisations.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::login::Login;
use yagura_kernel::organization::{OrganizationKind, beds_fit_kind};
use yagura_kernel::policy::actions;
use yagura_store::{Engine, audit, directory, jobs};
use yagura_web::i18n::args;
use yagura_web::ui::components;
use yagura_web::ui::forms::{self, Button, Choice, Field, Form, FormState, InputKind};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, SubmittedForm, WebError};

use crate::operations::{self, First, first_role};

/// How it is.
pub(crate) async fn overview(context: Context) -> Result<Response, WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let database = context.database();
    let organizations = directory::count(database).await?;
    let (waiting, failed) = jobs::backlog(database, context.now).await?;
    let entries = audit::size(database).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("organization-installation-title"));
    frame.actions = Some(forms::link_button(
        "/installation/organizations/new",
        t.t("organization-installation-new"),
        true,
    ));
    let list = components::description_list(&[
        (
            t.t("organization-installation-version"),
            html! { (env!("CARGO_PKG_VERSION")) },
        ),
        (
            t.t("organization-installation-engine"),
            html! {
                @match database.engine() {
                    Engine::Sqlite => "SQLite",
                    Engine::Postgres => "PostgreSQL",
                }
            },
        ),
        (
            t.t("organization-installation-organizations"),
            html! { (organizations) },
        ),
        (
            t.t("organization-installation-jobs-waiting"),
            html! { (waiting) },
        ),
        (
            t.t("organization-installation-jobs-failed"),
            html! { (failed) },
        ),
        (t.t("organization-installation-audit"), html! { (entries) }),
    ]);
    let body = html! {
        section.card {
            (list)
            p.small { (t.t("organization-installation-doctor")) }
            p { a href="/installation/audit-log" { (t.t("organization-audit-installation-title")) } }
            p { a href="/installation/accounts" { (t.t("organization-accounts-title")) } }
        }
    };
    context.respond(frame, body).await
}

fn new_body(context: &Context, state: &FormState) -> Markup {
    let t = context.t();
    let choices: Vec<Choice<'_>> = OrganizationKind::ALL
        .into_iter()
        .filter(|kind| first_role(*kind).is_some())
        .map(|kind| Choice::new(kind.code(), components::organization_kind(t, kind)))
        .collect();
    html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post("/installation/organizations/new").keep_draft("organization"), html! {
                (forms::select(t, state, &Field::new("kind", t.t("organization-new-kind")).required(), &choices))
                (forms::text_field(t, state, &Field::new("name", t.t("organization-new-name")).required()))
                (forms::text_field(t, state, &Field::new("beds", t.t("organization-new-beds"))
                    .kind(InputKind::Number).hint(t.t("organization-new-beds-hint"))))
                (forms::text_field(t, state, &Field::new("email", t.t("organization-new-email"))
                    .kind(InputKind::Email).required().hint(t.t("organization-new-email-hint"))))
                (forms::button_row(&Button::primary(t.t("organization-new-create")), &[]))
            }))
        }
    }
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(
        context.t().t("organization-installation-title"),
        "/installation",
    )]
}

/// The form for an organisation.
pub(crate) async fn new_form(context: Context) -> Result<Response, WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let mut frame = context.frame(context.t().t("organization-installation-new"));
    frame.breadcrumbs = crumbs(&context);
    context
        .respond(frame, new_body(&context, &FormState::empty()))
        .await
}

/// Records an organisation and invites its first person.
pub(crate) async fn create(
    context: Context,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let t = context.t();
    let kind =
        OrganizationKind::from_code(form.value("kind")).filter(|kind| first_role(*kind).is_some());
    if kind.is_none() {
        form.add_error("kind", t.t("organization-new-kind-missing"));
    }
    let name = form.read_required(t, "name", t.t("organization-new-name"), 200);
    let beds = form.read_number(t, "beds", t.t("organization-new-beds"), 0..=5_000);
    if let Some(kind) = kind
        && !form.has_errors()
        && !beds_fit_kind(kind, beds)
    {
        form.add_error("beds", t.t("organization-new-beds-wrong"));
    }
    let email = form.read_required(t, "email", t.t("organization-new-email"), 254);
    let login = email
        .as_deref()
        .and_then(|email| Login::parse(email).ok())
        .filter(Login::is_address);
    if email.is_some() && login.is_none() {
        form.add_error("email", t.t("organization-invite-email-wrong"));
    }
    let (Some(kind), Some(name), Some(login), false) = (kind, name, login, form.has_errors())
    else {
        let mut frame = context.frame(t.t("organization-installation-new"));
        frame.breadcrumbs = crumbs(&context);
        return context.respond(frame, new_body(&context, &form)).await;
    };
    let first = First {
        kind,
        name: name.clone(),
        beds,
        login,
    };
    let (_, invited) = operations::create_organization(&context, first).await?;
    let mut frame = context.frame(t.t("organization-new-done"));
    frame.breadcrumbs = crumbs(&context);
    let body = html! {
        section.card {
            p { (t.t_args("organization-new-done-words", args![("name", name.as_str())])) }
            p { code.link-to-copy { (invited.url) } " " (forms::copy_button(t, &invited.url)) }
        }
    };
    context.respond(frame, body).await
}
