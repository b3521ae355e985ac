//! The ledgers at a glance, and the holders of administrator rights by system.

use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::policy::Action;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date, empty_state, tag,
};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, Translator, WebError};

use super::{crumbs, may, path_of, read_proof};
use crate::model::{Content, Entry, Ledger};
use crate::{campaign, store, words};

/// How many holders of administrator rights the page shows.
const PRIVILEGED: i64 = 2_000;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (database, t) = (context.database(), context.t());
    let sums = store::sums(database, &proof, context.today).await?;
    let rows = Ledger::ALL
        .iter()
        .map(|ledger| {
            let sum = sums.iter().find(|sum| sum.ledger == ledger.code());
            let number = |get: fn(&store::Sum) -> i64| sum.map_or(0, get);
            let path = path_of(*ledger);
            let overdue = number(|sum| sum.overdue);
            TableRow::new(vec![
                html! {
                    a href=(path) { (words::ledger(t, *ledger)) }
                    p.small { (words::lede(t, *ledger)) }
                },
                html! { (number(|sum| sum.open)) },
                html! {
                    @if overdue > 0 {
                        a href={ (path) "?due=overdue" } {
                            (tag(Tone::Late, &overdue.to_string()))
                        }
                    } @else { "0" }
                },
                html! { (number(|sum| sum.soon)) },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-column-ledger")),
        Column::number(t.t("ledgers-column-open")),
        Column::number(t.t("ledgers-column-overdue")),
        Column::number(t.t("ledgers-column-soon")),
    ];
    let running = store::current_campaign(database, proof.organization()).await?;
    let mut frame = context.frame(t.t("ledgers-title"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.breadcrumbs.pop();
    frame.lede = Some(html! { (t.t("ledgers-lede")) });
    let body = html! {
        section.card aria-label=(t.t("ledgers-title")) {
            (data_table(&Table::new(t.t("ledgers-title"), columns, rows)))
        }
        (card(t.t("ledgers-privileged"), html! {
            p { (t.t("ledgers-privileged-lede")) }
            (link_button("/ledgers/privileged", t.t("ledgers-privileged-open"), false))
        }))
        (card(t.t("ledgers-recertification"), html! {
            p { (t.t("ledgers-recertification-lede")) }
            @if let Some(running) = &running {
                p { (t.t("ledgers-recertification-due")) ": " (date(t, running.due_on)) }
            }
            (link_button(campaign::PATH, t.t("ledgers-recertification-open"), false))
        }))
    };
    context.respond(frame, body).await
}

/// Who holds administrator rights on which system, and by which permission.
pub(super) async fn privileged(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let t = context.t();
    let entries = store::privileged(context.database(), &proof, PRIVILEGED).await?;
    let mut frame = context.frame(t.t("ledgers-privileged"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("ledgers-privileged-lede")) });
    let body = html! {
        section.card aria-label=(t.t("ledgers-privileged")) {
            @if entries.is_empty() {
                (empty_state(t.t("ledgers-privileged-none"), html! {
                    (t.t("ledgers-privileged-none-why"))
                    @if may(&context, Action::KeepLedgers) {
                        " " a href="/ledgers/permissions/new" { (t.t("ledgers-add")) }
                    }
                }))
            } @else { (table(&context, t, &entries)) }
        }
    };
    context.respond(frame, body).await
}

fn table(context: &Context, t: &Translator, entries: &[Entry]) -> Markup {
    let label = |field| words::label(t, Ledger::Permissions, field);
    let rows = entries
        .iter()
        .filter_map(|entry| {
            let Content::Permission(said) = &entry.content else {
                return None;
            };
            let (tone, word) = words::standing(t, entry.standing(context.today));
            let href = format!("{}/{}", path_of(Ledger::Permissions), entry.id);
            Some(TableRow::new(vec![
                html! { (said.system_name) },
                html! { a href=(href) { (said.name) } },
                html! { (said.department) },
                html! { (said.account) },
                html! { @match said.until {
                    Some(until) => (date(t, until)),
                    None => (t.t("ledgers-open-ended")),
                } },
                html! {
                    (tag(tone, word))
                    @if !entry.is_permitted() {
                        " " (tag(Tone::Danger, t.t("ledgers-without-grant")))
                    }
                },
            ]))
        })
        .collect();
    let columns = vec![
        Column::text(label("system_name")),
        Column::text(label("name")),
        Column::text(label("department")),
        Column::text(label("account")),
        Column::text(label("until")),
        Column::text(t.t("ledgers-column-standing")),
    ];
    data_table(&Table::new(t.t("ledgers-privileged"), columns, rows).sticky())
}
