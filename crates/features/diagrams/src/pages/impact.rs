//! What stops if this stops, and what it rests on.

use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_inventory::model::{Level, RecordKind};
use yagura_inventory::owner;
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, empty_state, filter_bar, note, tag,
};
use yagura_web::ui::forms::{Field, FormState, link_button, text_field};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, Translator, WebError};

use super::{crumbs, proof, views};
use crate::load::{apart, register};
use crate::model::{Hit, Impact, Impacts, Target, Thing};
use crate::words;

/// How many single points of failure the page lists.
const POINTS: usize = 100;
/// How many hits a page lists.
const HITS: usize = 500;

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The address of what stops with a record.
fn href(target: &Target) -> String {
    let part = match target.kind {
        RecordKind::System => "systems",
        RecordKind::Connection => "connections",
        RecordKind::Asset => "assets",
    };
    format!("/diagrams/impact/{part}/{}", target.id)
}

/// What the page is asked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct OverviewQuery {
    q: String,
}

/// How many names a search shows.
const FOUND: usize = 50;

/// A field in which a name is looked for, and what was found.
fn search(t: &Translator, impacts: &Impacts, asked: &str) -> Markup {
    let state = FormState::empty().with("q", asked);
    let field = Field::new("q", t.t("diagrams-search")).longest(100);
    let found = if asked.trim().is_empty() {
        Vec::new()
    } else {
        impacts.find(asked, FOUND)
    };
    let path = "/diagrams/impact";
    let clear = (!asked.is_empty()).then_some(path);
    html! {
        (filter_bar(t, path, text_field(t, &state, &field), clear))
        @if !asked.trim().is_empty() {
            section.card aria-label=(t.t("diagrams-found")) {
                h2 { (t.t("diagrams-found")) }
                @if found.is_empty() {
                    p { (t.t("diagrams-found-none")) }
                } @else {
                    ul {
                        @for thing in &found {
                            li {
                                a href=(href(&thing.target)) { (thing.name) }
                                " (" (words::record_kind(t, thing.target.kind)) ")"
                            }
                        }
                    }
                    @if found.len() == FOUND { p.small { (t.t("diagrams-found-more")) } }
                }
            }
        }
    }
}

pub(super) async fn overview(
    context: Context,
    QueryOf(query): QueryOf<OverviewQuery>,
) -> Result<Response, WebError> {
    let proof = proof(&context).await?;
    let register = register(&context, &proof).await?;
    let (impacts, points) = apart(move || {
        let impacts = Impacts::of(&register);
        let points = impacts.single_points(POINTS);
        (impacts, points)
    })
    .await?;
    let t = context.t();
    let mut frame = context.frame(t.t("diagrams-impact"));
    frame.breadcrumbs = crumbs(&context);
    frame.lede = Some(html! { (t.t("diagrams-impact-lede")) });
    let columns = vec![
        Column::text(t.t("diagrams-column-name")),
        Column::text(t.t("diagrams-column-kind")),
        Column::number(t.t("diagrams-column-important")),
        Column::number(t.t("diagrams-column-systems")),
        Column::number(t.t("diagrams-column-others")),
    ];
    let rows: Vec<TableRow> = points
        .points
        .iter()
        .filter_map(|point| Some((point, impacts.thing(point.thing)?)))
        .map(|(point, thing)| {
            TableRow::new(vec![
                html! { a href=(href(&thing.target)) { (thing.name) } },
                html! { (words::record_kind(t, thing.target.kind)) },
                html! { (point.important) },
                html! { (point.systems) },
                html! { (point.others) },
            ])
        })
        .collect();
    let body = html! {
        (views(&context, "/diagrams/impact"))
        (search(t, &impacts, &query.q))
        section.card aria-label=(t.t("diagrams-points")) {
            @if rows.is_empty() {
                (empty_state(t.t("diagrams-points-none"), html! { (t.t("diagrams-points-none-why")) }))
                p { (link_button("/inventory/systems", t.t("diagrams-points-none-button"), false)) }
            } @else {
                h2 { (t.t("diagrams-points")) }
                p { (t.t("diagrams-points-why")) }
                (data_table(&Table::new(t.t("diagrams-points"), columns, rows)))
                @if points.further > 0 {
                    p.small { (t.t_args("diagrams-points-further", args![("count", number(points.further))])) }
                }
                @if points.not_counted > 0 {
                    p.small { (t.t_args("diagrams-points-not-counted", args![("count", number(points.not_counted))])) }
                }
            }
        }
        p.small { (t.t("diagrams-impact-rules")) }
    };
    context.respond(frame, body).await
}

/// What a record is, after the policy allowed to read it.
pub(crate) async fn target_of(
    context: &Context,
    kind: RecordKind,
    id: Uuid,
) -> Result<(Target, Impacts), WebError> {
    let (organization, found) = owner(context.database(), id).await?;
    let proof = context
        .authorize::<actions::ReadInventory>(organization)
        .await?;
    if found != kind {
        return Err(WebError::NotFound);
    }
    let register = register(context, &proof).await?;
    let impacts = apart(move || Impacts::of(&register)).await?;
    Ok((Target { kind, id }, impacts))
}

pub(super) async fn system(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    page(context, RecordKind::System, id).await
}

pub(super) async fn connection(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    page(context, RecordKind::Connection, id).await
}

pub(super) async fn asset(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    page(context, RecordKind::Asset, id).await
}

async fn page(context: Context, kind: RecordKind, id: Uuid) -> Result<Response, WebError> {
    let (target, impacts) = target_of(&context, kind, id).await?;
    let t = context.t();
    let Some(impact) = impacts.impact(target) else {
        let mut frame = context.frame(t.t("diagrams-impact"));
        frame.breadcrumbs = crumbs(&context);
        let body = html! {
            (empty_state(t.t("diagrams-impact-not-in-use"), html! { (t.t("diagrams-impact-not-in-use-why")) }))
            p { a href=(target.href()) { (t.t("diagrams-to-record")) } }
        };
        return context.respond(frame, body).await;
    };
    let name = impacts
        .thing(impact.start)
        .map_or("", |thing| thing.name.as_str());
    let title = t.t_args("diagrams-impact-of", args![("name", name)]);
    let mut frame = context.frame(title);
    frame.breadcrumbs = crumbs(&context);
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("diagrams-impact"), "/diagrams/impact"));
    frame.actions = Some(html! { (link_button(&target.href(), t.t("diagrams-to-record"), false)) });
    let body = html! {
        (sum(t, &impacts, &impact))
        (card(t.t("diagrams-stops"), list(t, &impacts, &impact.stops, true)))
        (card(t.t("diagrams-rests-on"), list(t, &impacts, &impact.rests_on, false)))
        p.small { (t.t("diagrams-impact-rules")) }
    };
    context.respond(frame, body).await
}

fn sum(t: &Translator, impacts: &Impacts, impact: &Impact) -> Markup {
    let things: Vec<&Thing> = impact
        .stops
        .iter()
        .filter_map(|hit| impacts.thing(hit.thing))
        .collect();
    let of = |kind| {
        things
            .iter()
            .filter(|thing| thing.target.kind == kind)
            .count()
    };
    let important = things
        .iter()
        .filter(|thing| thing.target.kind == RecordKind::System && thing.importance == Level::High)
        .count();
    if things.is_empty() {
        return note(t, Tone::Info, html! { (t.t("diagrams-stops-nothing")) });
    }
    let words = t.t_args(
        "diagrams-stops-sum",
        args![
            ("systems", number(of(RecordKind::System))),
            ("important", number(important)),
            ("connections", number(of(RecordKind::Connection))),
            ("assets", number(of(RecordKind::Asset)))
        ],
    );
    let tone = if important > 0 {
        Tone::Danger
    } else {
        Tone::Caution
    };
    note(
        t,
        tone,
        html! {
            (words)
            @if !impact.departments.is_empty() {
                br;
                (t.t_args("diagrams-stops-departments", args![("names", impact.departments.join("、"))]))
            }
        },
    )
}

/// Hits as a table, nearest first, each with the reason of its step.
fn list(t: &Translator, impacts: &Impacts, hits: &[Hit], stops: bool) -> Markup {
    if hits.is_empty() {
        let key = if stops {
            "diagrams-stops-nothing"
        } else {
            "diagrams-rests-on-nothing"
        };
        return html! { p { (t.t(key)) } };
    }
    let columns = vec![
        Column::text(t.t("diagrams-column-name")),
        Column::number(t.t("diagrams-column-distance")),
        Column::text(t.t("diagrams-column-kind")),
        Column::text(t.t("diagrams-column-reason")),
        Column::text(t.t("diagrams-column-importance")),
        Column::text(t.t("diagrams-column-department")),
    ];
    let rows = hits
        .iter()
        .take(HITS)
        .filter_map(|hit| Some((hit, impacts.thing(hit.thing)?, impacts.thing(hit.via)?)))
        .map(|(hit, thing, via)| {
            TableRow::new(vec![
                html! { a href=(href(&thing.target)) { (thing.name) } },
                html! { (hit.distance) },
                html! { (words::record_kind(t, thing.target.kind)) },
                html! {
                    (t.t_args(if stops { "diagrams-because" } else { "diagrams-because-for" }, args![
                        ("name", via.name.as_str()),
                        ("reason", words::reason(t, hit.reason))
                    ]))
                },
                html! {
                    @if thing.importance == Level::High {
                        (tag(Tone::Danger, words::level(t, thing.importance)))
                    } @else {
                        (words::level(t, thing.importance))
                    }
                },
                html! { (thing.department) },
            ])
        })
        .collect();
    let caption = t.t(if stops {
        "diagrams-stops"
    } else {
        "diagrams-rests-on"
    });
    html! {
        (data_table(&Table::new(caption, columns, rows)))
        @if hits.len() > HITS {
            p.small { (t.t_args("diagrams-hits-further", args![("count", number(hits.len() - HITS))])) }
        }
    }
}
