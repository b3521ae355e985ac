//! The register at a glance.

use axum::response::Response;
use maud::html;
use yagura_kernel::policy::Action;
use yagura_kernel::time::FiscalYear;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Column, Table, TableRow, data_table, date_time, empty_state};
use yagura_web::ui::components::{Span, StatTile, Tone, note, row, stat_tile};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError};

use super::{may, path_of, read_proof};
use crate::model::RecordKind;
use crate::{store, words};

/// How many events the page shows.
const EVENTS: i64 = 20;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let t = context.t();
    let year = FiscalYear::of(context.today);
    let sums = store::sums(context.database(), &proof, year).await?;
    let events = store::events(context.database(), &proof, None, None, EVENTS).await?;
    let mut frame = context.frame(t.t("inventory-title"));
    frame.lede = Some(html! { (t.t("inventory-lede")) });
    let tiles = RecordKind::ALL.map(|kind| {
        let sum = sums.iter().find(|sum| sum.kind == kind.code());
        let (records, confirmed) = sum.map_or((0, 0), |sum| (sum.records, sum.confirmed));
        let confirmed_words = t.t_args(
            "inventory-confirmed-of",
            args![("confirmed", confirmed), ("records", records)],
        );
        let tile = stat_tile(&StatTile {
            label: words::part(t, kind),
            value: &records.to_string(),
            unit: t.t("inventory-unit"),
            detail: &confirmed_words,
            tone: Tone::Neutral,
            link: Some((path_of(kind), t.t("inventory-open"))),
        });
        (Span::Four, tile)
    });
    let strangers = store::unexcused_strangers(context.database(), &proof).await?;
    let vendor_words = store::words_at(context.database(), &proof, year).await?;
    let last = store::last_applied(context.database(), &proof).await?;
    let may_edit = may(&context, Action::EditInventory);
    if may_edit {
        frame.actions = Some(html! {
            (link_button(crate::campaign::PATH, t.t("inventory-campaign-title"), false)) " "
            (link_button("/inventory/import", t.t("inventory-import-title"), false))
            (link_button("/inventory/duplicates", t.t("inventory-duplicates"), false))
        });
    }
    let is_empty = sums.iter().all(|sum| sum.records == 0);
    let columns = vec![
        Column::text(t.t("inventory-event-at")),
        Column::text(t.t("inventory-event-what")),
        Column::text(t.t("inventory-event-record")),
        Column::text(t.t("inventory-event-by")),
    ];
    let rows = events
        .iter()
        .map(|event| {
            let kind = RecordKind::from_code(&event.kind).unwrap_or(RecordKind::System);
            let href = format!("{}/{}", path_of(kind), event.record_id);
            TableRow::new(vec![
                date_time(t, event.at),
                html! { (super::record::event_word(t, &event.event)) },
                html! { a href=(href) { (event.name) } },
                html! { (event.by_name.as_deref().unwrap_or_default()) },
            ])
        })
        .collect();
    let body = html! {
        (row(&tiles))
        @if strangers > 0 {
            (note(t, Tone::Caution, html! {
                (t.t_args("inventory-strangers-some", args![("count", strangers)])) " "
                a href="/inventory/strangers" { (t.t("inventory-strangers-look")) }
            }))
        }
        (super::vendor_words::contradictions(&context, &vendor_words))
        @if let Some(last) = &last {
            @if let Some(at) = last.finished_at {
                p.small {
                    (t.t_args("inventory-import-last", args![
                        ("date", t.date(at.jst_date())),
                        ("files", last.file_names.join("、"))
                    ]))
                }
            }
        }
        @if is_empty {
            section.card {
                (empty_state(t.t("inventory-empty"), html! { (t.t("inventory-empty-why")) }))
                @if may(&context, Action::EditInventory) {
                    p { (link_button("/inventory/systems/new", t.t("inventory-add-system"), true)) }
                }
            }
        }
        @if !events.is_empty() {
            section.card {
                h2 { (t.t("inventory-history")) }
                (data_table(&Table::new(t.t("inventory-history"), columns, rows).without_row_headers()))
            }
        }
    };
    context.respond(frame, body).await
}
