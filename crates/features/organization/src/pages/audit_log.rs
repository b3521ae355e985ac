//! What was done with the records of one's organisation.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_identity::Event;
use yagura_kernel::audit::{AuditActor, AuditOutcome};
use yagura_kernel::policy::actions;
use yagura_store::audit::{self, LoggedEntry};
use yagura_store::directory;
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{self, Column, Table, TableRow, Tone};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, Translator, WebError};

const ON_A_PAGE: usize = 100;
/// One more than is shown says whether there are older ones.
const FETCHED: i64 = 101;

#[derive(Debug, Deserialize)]
pub(crate) struct Before {
    before: Option<Uuid>,
}

/// Who it was, where it was no person.
fn actor_words<'t>(t: &'t Translator, actor: &'t AuditActor) -> &'t str {
    let key = format!(
        "organization-audit-actor-{}",
        actor.code().replace('_', "-")
    );
    t.find(&key).unwrap_or(actor.code())
}

/// What was done: the action that was asked for, or an event of signing in.
fn action_words(t: &Translator, code: &str) -> String {
    if let Some(event) = Event::from_code(code) {
        let key = event.message_key();
        return t.t(&key).to_owned();
    }
    let key = format!("scope-{}", code.replace(['.', '_'], "-"));
    t.find(&key).unwrap_or(code).to_owned()
}

fn kind_words(t: &Translator, kind: &str) -> String {
    let key = format!("organization-audit-kind-{}", kind.replace('_', "-"));
    t.find(&key).unwrap_or(kind).to_owned()
}

fn outcome_tag(t: &Translator, outcome: AuditOutcome) -> Markup {
    match outcome {
        AuditOutcome::Done => components::tag(Tone::Neutral, t.t("organization-audit-done")),
        AuditOutcome::Denied => components::tag(Tone::Caution, t.t("organization-audit-denied")),
        AuditOutcome::Failed => components::tag(Tone::Late, t.t("organization-audit-failed")),
        AuditOutcome::Begun => components::tag(Tone::Neutral, t.t("organization-audit-begun")),
    }
}

/// The entries about one's organisation, newest first.
pub(crate) async fn list(
    context: Context,
    QueryOf(query): QueryOf<Before>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadAuditLog>().await?;
    let entries = audit::of_organization(
        context.database(),
        proof.organization(),
        query.before,
        FETCHED,
    )
    .await?;
    let t = context.t();
    let mut frame = context.frame(t.t("organization-audit-title"));
    frame.lede = Some(html! { (t.t("organization-audit-lede")) });
    let body = table(&context, &entries, "/audit-log").await?;
    context.respond(frame, body).await
}

/// The entries of the whole installation, newest first, for those who run it.
pub(crate) async fn of_installation(
    context: Context,
    QueryOf(query): QueryOf<Before>,
) -> Result<Response, WebError> {
    context
        .authorize_installation::<actions::ReadAuditLog>()
        .await?;
    let entries = audit::of_installation(context.database(), query.before, FETCHED).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("organization-audit-installation-title"));
    frame.breadcrumbs = vec![Crumb::new(
        t.t("organization-installation-title"),
        "/installation",
    )];
    frame.lede = Some(html! { (t.t("organization-audit-installation-lede")) });
    let body = table(&context, &entries, "/installation/audit-log").await?;
    context.respond(frame, body).await
}

/// A page of entries with the way to older ones.
async fn table(context: &Context, entries: &[LoggedEntry], here: &str) -> Result<Markup, WebError> {
    let people = directory::names_of(
        context.database(),
        entries
            .iter()
            .filter_map(|logged| logged.entry.as_ref()?.actor.person()),
    )
    .await?;
    let t = context.t();
    let rows = entries
        .iter()
        .take(ON_A_PAGE)
        .filter_map(|logged| logged.entry.as_ref())
        .map(|entry| {
            let who = entry.actor.person().and_then(|person| people.get(&person));
            TableRow::new(vec![
                components::date_time(t, entry.at),
                html! { (who.map_or_else(|| actor_words(t, &entry.actor), String::as_str)) },
                html! {
                    div { (action_words(t, &entry.action)) br; code.small { (entry.action) } }
                },
                html! {
                    div {
                        (kind_words(t, &entry.resource_kind))
                        @if let Some(id) = &entry.resource_id { br; code.small { (id) } }
                    }
                },
                outcome_tag(t, entry.outcome),
            ])
        })
        .collect();
    let next = entries
        .get(ON_A_PAGE.saturating_sub(1))
        .filter(|_| entries.len() > ON_A_PAGE)
        .and_then(|logged| logged.entry.as_ref())
        .map(|entry| entry.id);
    let columns = vec![
        Column::text(t.t("organization-audit-at")),
        Column::text(t.t("organization-audit-who")),
        Column::text(t.t("organization-audit-action")),
        Column::text(t.t("organization-audit-what")),
        Column::text(t.t("organization-audit-outcome")),
    ];
    Ok(html! {
        section.card {
            @if entries.is_empty() {
                (components::empty_state(t.t("organization-audit-empty"), html! {
                    (t.t("organization-audit-empty-why"))
                }))
            } @else {
                (components::data_table(
                    &Table::new(t.t("organization-audit-title"), columns, rows).without_row_headers()
                ))
                @if let Some(id) = next {
                    p { a href={ (here) "?before=" (id) } { (t.t("organization-audit-older")) } }
                }
            }
        }
    })
}
