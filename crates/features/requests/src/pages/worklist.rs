//! What waits for the reader, most urgent first.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use yagura_kernel::policy::actions;
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, data_table, date_short, due, empty_state,
};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError, address};

use super::{DELEGATIONS, DESK, WORKLIST, crumbs};
use crate::operations::me;
use crate::store::{self, Place};
use crate::words;

/// How many a page shows.
const PAGE: usize = 50;

/// After which place the list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: String,
}

/// The worklist.
pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<After>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::DecideRequests>().await?;
    let me = me(&context)?;
    let database = context.database();
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let after = Place::parse(&query.after);
    let people = &snapshot.people;
    let (waiting, next) = store::worklist(database, &proof, people, me, after, PAGE).await?;
    let (total, _) = store::count_waiting(database, &proof, people, me).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("requests-worklist"));
    frame.breadcrumbs = crumbs(&context);
    frame.actions = Some(link_button(DELEGATIONS, t.t("requests-delegations"), false));
    let rows = waiting
        .iter()
        .map(|one| {
            TableRow::new(vec![
                html! { a href={ (DESK) "/" (one.id) } { (one.label) " " (words::text(t, &one.form)) } },
                html! { (one.subject) },
                html! { (one.filer_name) br; span.small { (one.department) } },
                html! { (date_short(t, one.filed_at.jst_date())) },
                html! { @if let Some(day) = one.due { (due(t, day, context.today)) } },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-what")),
        Column::text(t.t("requests-subject")),
        Column::text(t.t("requests-filer")),
        Column::text(t.t("requests-filed-on")),
        Column::text(t.t("requests-due")),
    ];
    let body = html! {
        @if waiting.is_empty() {
            (empty_state(t.t("requests-worklist-none"), html! {
                p { (t.t("requests-worklist-none-do")) }
                (link_button(DESK, t.t("requests-desk"), false))
            }))
        } @else {
            p { (t.t_args("requests-worklist-count", args![("count", total)])) }
            (data_table(&Table::new(t.t("requests-worklist"), columns, rows)))
            nav.pages aria-label=(t.t("list-pages")) {
                @if after.is_some() { a href=(WORKLIST) rel="prev" { (t.t("requests-to-first")) } }
                @if let Some(next) = next {
                    a href=(address(WORKLIST, [("after", next.text().as_str())])) rel="next" { (t.t("list-next")) }
                }
            }
        }
    };
    context.respond(frame, body).await
}
