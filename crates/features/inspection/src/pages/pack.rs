//! What an inspector asks for, on one page.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, Actor, actions, scope};
use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Column, Table, TableRow, Tone};
use yagura_web::ui::forms;
use yagura_web::{Context, WebError};

use super::links;
use crate::assemble::{self, Pack, Sheet};
use crate::render;

#[derive(Debug, Deserialize)]
pub(crate) struct Year {
    year: Option<i32>,
}

/// The year that is asked for. The holder of a link reads the year that it was given out for, and
/// no other.
async fn year_of(
    context: &Context,
    organization: OrganizationId,
    query: &Year,
) -> Result<FiscalYear, WebError> {
    let asked = query
        .year
        .map(|year| FiscalYear::new(year).map_err(|_| WebError::NotFound))
        .transpose()?;
    match links::of_visitor(context, organization).await? {
        Some(link) if asked.is_none_or(|year| year == link.year) => Ok(link.year),
        Some(_) => Err(WebError::NotFound),
        None => Ok(asked.unwrap_or_else(|| context.app.fiscal_year())),
    }
}

/// The pack of the organisation one acts for, or of one's link.
pub(crate) async fn own(
    context: Context,
    QueryOf(query): QueryOf<Year>,
) -> Result<Response, WebError> {
    let organization = context.organization.id;
    show(context, organization, query).await
}

/// The pack of an institution that shares it.
pub(crate) async fn of(
    context: Context,
    PathOf(organization): PathOf<OrganizationId>,
    QueryOf(query): QueryOf<Year>,
) -> Result<Response, WebError> {
    show(context, organization, query).await
}

async fn show(
    context: Context,
    organization: OrganizationId,
    query: Year,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::PrintPack>(organization)
        .await?;
    let year = year_of(&context, organization, &query).await?;
    let pack = assemble::read(&context, organization, year).await?;
    context
        .audit_read(
            &proof,
            "inspection_pack",
            organization,
            serde_json::json!({ "year": year }),
        )
        .await?;
    let t = context.t();
    let mut frame = context.frame(
        t.t_args("inspection-title", args![("year", t.fiscal_year(year))])
            .into_owned(),
    );
    frame.lede = Some(html! { (pack.organization.name) "　" (t.t("inspection-lede")) });
    let base = format!("/inspection/of/{organization}");
    let zip = format!("{base}/pack.zip?year={}", year.year());
    let may_share = scope(&context.principal, Action::ShareInspectionLink)
        .own
        .is_some()
        && organization == context.organization.id;
    frame.actions = Some(html! {
        (forms::link_button(&zip, t.t("inspection-zip"), true))
        @if may_share { " " (forms::link_button("/inspection/links", t.t("inspection-links"), false)) }
    });
    let body = html! {
        @if let Some(note) = open_note(&context, &pack) { (note) }
        section.card {
            (components::data_table(&Table::new(
                t.t("inspection-contents"),
                vec![
                    Column::text(t.t("inspection-what")),
                    Column::text(t.t("inspection-state")),
                    Column::text(t.t("inspection-get")),
                ],
                rows(&context, &pack, &base),
            )))
        }
        @if context.principal.actor != Actor::InspectionLink {
            p.small { (t.t("inspection-code-words")) " " a href="/printed" { (t.t("inspection-code-look")) } }
        }
    };
    context.respond(frame, body).await
}

/// What an inspector will ask about first, in words.
pub(crate) fn open_points(context: &Context, pack: &Pack) -> Vec<String> {
    let t = context.t();
    let Some(sheet) = &pack.institution else {
        return vec![t.t("inspection-no-sheet").to_owned()];
    };
    let counts = sheet.content.header.counts;
    let unanswered = pack
        .vendors
        .iter()
        .filter(|(_, sheet)| sheet.is_none())
        .count();
    let mut points = Vec::new();
    for (state, key) in [
        (CellState::Contradiction, "inspection-open-contradictions"),
        (CellState::Unanswered, "inspection-open-unanswered"),
        (CellState::No, "inspection-open-no"),
    ] {
        let number = counts.get(state);
        if number > 0 {
            points.push(t.t_args(key, args![("count", number)]).into_owned());
        }
    }
    if unanswered > 0 {
        points.push(
            t.t_args("inspection-open-vendors", args![("count", unanswered)])
                .into_owned(),
        );
    }
    points
}

fn open_note(context: &Context, pack: &Pack) -> Option<Markup> {
    let t = context.t();
    let points = open_points(context, pack);
    if pack.institution.is_none() {
        let body = html! { @for point in &points { (point) } };
        return Some(components::note(t, Tone::Danger, body));
    }
    (!points.is_empty()).then(|| {
        components::note(
            t,
            Tone::Caution,
            html! {
                (t.t("inspection-open")) ul { @for point in &points { li { (point) } } }
            },
        )
    })
}

fn state(context: &Context, sheet: Option<&Sheet>) -> Markup {
    let t = context.t();
    match sheet {
        None => components::tag(Tone::Late, t.t("inspection-not-answered")),
        Some(sheet) => {
            let (answered, applicable) = sheet.content.header.progress();
            html! { (t.t_args("inspection-progress", args![("answered", answered), ("applicable", applicable)])) }
        }
    }
}

fn rows(context: &Context, pack: &Pack, base: &str) -> Vec<TableRow> {
    let t = context.t();
    let year = pack.year.year();
    let link = |name: &str, label: &str| {
        html! { a href={ (base) "/" (name) "?year=" (year) } { (label) } }
    };
    let both = |stem: &str, is_there: bool| {
        html! {
            @if is_there {
                (link(&format!("{stem}.pdf"), "PDF")) "　" (link(&format!("{stem}.xlsx"), "xlsx"))
            } @else { "—" }
        }
    };
    let mut rows = vec![
        TableRow::new(vec![
            html! { (t.t("inspection-file-cover")) },
            html! { "—" },
            link("cover.pdf", "PDF"),
        ]),
        TableRow::new(vec![
            html! { (t.t("inspection-file-sheet")) },
            state(context, pack.institution.as_ref()),
            both("sheet", pack.institution.is_some()),
        ]),
    ];
    for (vendor, sheet) in &pack.vendors {
        rows.push(TableRow::new(vec![
            html! { (t.t("inspection-file-vendor")) br; (vendor.name) },
            state(context, sheet.as_ref()),
            both(&format!("vendor-{}", vendor.id), sheet.is_some()),
        ]));
    }
    let pieces = pack.distinct_pieces().len();
    rows.push(TableRow::new(vec![
        html! { (t.t("inspection-file-evidence")) },
        html! { (t.t_args("inspection-pieces", args![("count", pieces)])) },
        both("evidence", true),
    ]));
    rows.push(TableRow::new(vec![
        html! { (t.t("inspection-file-history")) },
        html! { "—" },
        both("history", true),
    ]));
    rows.push(TableRow::new(vec![
        html! { (t.t("inspection-file-contacts")) },
        html! { "—" },
        link("contacts.pdf", "PDF"),
    ]));
    rows
}

/// One document of the pack.
pub(crate) async fn document(
    context: Context,
    PathOf((organization, name)): PathOf<(OrganizationId, String)>,
    QueryOf(query): QueryOf<Year>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::PrintPack>(organization)
        .await?;
    let year = year_of(&context, organization, &query).await?;
    let pack = assemble::read(&context, organization, year).await?;
    let file = render::document(&context, &proof, &pack, &name).await?;
    context
        .audit_read(
            &proof,
            "inspection_document",
            organization,
            serde_json::json!({ "name": name }),
        )
        .await?;
    Ok((
        [
            (CONTENT_TYPE, file.media_type.to_owned()),
            (CONTENT_DISPOSITION, yagura_web::attachment(&file.name)),
        ],
        file.content,
    )
        .into_response())
}
