//! Who changed what, when, from what to what, and by which way.

use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::id::SheetId;
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::ui::components::{Column, Table, TableRow, data_table, date_time, empty_state};
use yagura_web::{Context, WebError, percent_encoded};

use super::desk::{Desk, Family, ReadGrant};
use super::{ListQuery, words};
use crate::model::HeaderValues;
use crate::store::{Change, ChangeOf, HistoryProof, history};

const ON_A_PAGE: i64 = 50;

/// The history of a sheet or of one of its rows.
pub(super) async fn page(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Response, WebError> {
    let desk = Desk::open(&context, family, id).await?;
    let item = query.item.as_deref().filter(|item| !item.is_empty());
    let read = async |proof: HistoryProof<'_>| {
        history(
            context.database(),
            proof,
            id,
            item,
            query.before,
            ON_A_PAGE + 1,
        )
        .await
    };
    let mut changes = match &desk.grant {
        ReadGrant::Vendor(proof) => read(HistoryProof::Vendor(proof)).await?,
        _ => {
            let owner = desk.header().owner;
            let proof = context.authorize::<actions::ReadHistory>(owner).await?;
            read(HistoryProof::Institution(&proof)).await?
        }
    };
    let t = context.t();
    let size = usize::try_from(ON_A_PAGE).unwrap_or(50);
    let has_more = changes.len() > size;
    changes.truncate(size);
    let row = item.and_then(|key| desk.content.pack.item(key));
    let mut frame = context.frame(t.t("checklist-history-title"));
    frame.breadcrumbs = desk.crumbs(t);
    frame.lede = Some(html! {
        (desk.title(t))
        @if let Some(row) = row { "　" (row.printed_id) " " (row.text.in_language(t.lang().code())) }
    });
    let of_item = item
        .map(|item| format!("item={}", percent_encoded(item)))
        .unwrap_or_default();
    let next = changes
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{}/history?{of_item}&before={}", desk.path(), last.id));
    let body = html! {
        @if item.is_some() {
            p { a href={ (desk.path()) "/history" } { (t.t("checklist-history-whole")) } }
        }
        @if changes.is_empty() {
            (empty_state(t.t("checklist-history-empty"), html! { (t.t("checklist-history-empty-why")) }))
        } @else {
            (data_table(&Table::new(
                t.t("checklist-history-title"),
                vec![
                    Column::text(t.t("checklist-column-when")),
                    Column::text(t.t("checklist-column-who")),
                    Column::text(t.t("checklist-column-item")),
                    Column::text(t.t("checklist-column-before-change")),
                    Column::text(t.t("checklist-column-after-change")),
                    Column::text(t.t("checklist-column-source")),
                ],
                changes.iter().map(|change| entry(&context, &desk, change)).collect(),
            ).without_row_headers().sticky()))
            @if let Some(next) = &next {
                nav.pages aria-label=(t.t("list-pages")) {
                    a href=(next) rel="next" { (t.t("checklist-history-older")) }
                }
            }
        }
    };
    context.respond(frame, body).await
}

fn entry(context: &Context, desk: &Desk, change: &Change) -> TableRow {
    let t = context.t();
    let of_other = change.organization != desk.organization.id;
    let (what, before, after) = match &change.of {
        ChangeOf::Item { key, before, after } => {
            let item = desk.content.pack.item(key);
            let side = |answer: &crate::model::Answer| {
                html! {
                    div {
                        @if answer.is_empty() { (words::none(t)) } @else { (words::answer_line(t, answer)) }
                        @if !answer.remark.is_empty() { br; span.small { (words::lines(&answer.remark)) } }
                    }
                }
            };
            (
                html! {
                    div { @match item {
                        Some(item) => { a href=(desk.item_path(key)) { (item.printed_id) } " " (item.short_label.in_language(t.lang().code())) }
                        None => { (key) }
                    } }
                },
                side(before),
                side(after),
            )
        }
        ChangeOf::Header { before, after } => (
            html! { (t.t("checklist-head")) },
            head(context, before),
            head(context, after),
        ),
    };
    TableRow::new(vec![
        date_time(t, change.at),
        html! {
            div {
                @match &change.by_name {
                    Some(name) => { (name) }
                    None => { (t.t("checklist-by-program")) }
                }
                @if of_other { br; span.small { (change.organization_name) } }
            }
        },
        what,
        before,
        after,
        html! { (words::source(t, &change.source)) },
    ])
}

fn head(context: &Context, values: &HeaderValues) -> Markup {
    let t = context.t();
    let mut lines: Vec<String> = Vec::new();
    let mut say = |label: &str, value: String| lines.push(format!("{label}: {value}"));
    if let Some(gate) = values.gate {
        say(t.t("checklist-gate"), words::round(t, Some(gate)));
    }
    if let Some(contract) = values.vendor_contract {
        say(
            t.t("checklist-vendor-contract"),
            words::round(t, Some(contract)),
        );
    }
    if let Some(day) = values.confirmed_on {
        say(t.t("checklist-confirmed-on"), t.date(day));
    }
    if lines.is_empty() {
        words::none(t)
    } else {
        html! { div { (words::lines(&lines.join("\n"))) } }
    }
}
