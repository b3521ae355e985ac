//! What was done with the records of one's organisation.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_store::{audit, directory};
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{self, Column, Table, TableRow};
use yagura_web::{Context, WebError};

const ON_A_PAGE: usize = 100;

#[derive(Debug, Deserialize)]
pub(crate) struct Before {
    before: Option<Uuid>,
}

/// The entries, newest first.
pub(crate) async fn list(
    context: Context,
    QueryOf(query): QueryOf<Before>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadAuditLog>().await?;
    let limit = i64::try_from(ON_A_PAGE + 1).unwrap_or(101);
    let entries = audit::of_organization(
        context.database(),
        proof.organization(),
        query.before,
        limit,
    )
    .await?;
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
                html! { (who.map_or(entry.actor.code(), String::as_str)) },
                html! { code { (entry.action) } },
                html! { (entry.resource_kind) " " (entry.resource_id.as_deref().unwrap_or("")) },
                html! { (entry.outcome.code()) },
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
    let mut frame = context.frame(t.t("organization-audit-title"));
    frame.lede = Some(html! { (t.t("organization-audit-lede")) });
    let body = html! {
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
                    p { a href={ "/audit-log?before=" (id) } { (t.t("organization-audit-older")) } }
                }
            }
        }
    };
    context.respond(frame, body).await
}
