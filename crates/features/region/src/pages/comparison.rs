//! The comparison: how do groups of like institutions stand? For an institution: where do we stand
//! among institutions like ours?

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_checklists::overview::{self, ItemColumn};
use yagura_kernel::policy::actions;
use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;
use yagura_store::directory;
use yagura_web::api::QueryOf;
use yagura_web::i18n::Translator;
use yagura_web::ui::charts::{Bar, horizontal_bars, state_bar};
use yagura_web::ui::components::{
    Column, Span, Tab, Table, TableRow, Tone, card, data_table, details, empty_state, note, row,
    state_word, tabs,
};
use yagura_web::ui::forms::{link_button, print_button};
use yagura_web::{Context, WebError, args};

use super::{download, imprinted, of_region, paths, years};
use crate::export;
use crate::figures::{self, OwnPosition, Place};
use crate::model::comparison::{Compared, Group, Proof};
use crate::model::distribution::Quartiles;
use crate::store::exports::Format;
use crate::words;
use yagura_web::address;

/// What is compared.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ComparisonQuery {
    year: Option<String>,
    group: Option<String>,
}

impl ComparisonQuery {
    fn year(&self, context: &Context) -> Result<FiscalYear, WebError> {
        let query = crate::listing::MemberQuery {
            year: self.year.clone(),
            ..crate::listing::MemberQuery::default()
        };
        query.year(context.app.fiscal_year())
    }
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<ComparisonQuery>,
) -> Result<Response, WebError> {
    if context.organization.kind.is_regional() {
        region_page(&context, &query).await
    } else {
        own_page(&context, &query).await
    }
}

/// Tabs of the years.
pub(super) fn year_tabs(context: &Context, path: &str, current: FiscalYear) -> Markup {
    let t = context.t();
    let all: Vec<(String, String, bool)> = years(context)
        .into_iter()
        .map(|year| {
            let href = address(path, [("year", year.to_string().as_str())]);
            (words::year(t, year), href, year == current)
        })
        .collect();
    let entries: Vec<Tab<'_>> = all
        .iter()
        .map(|(label, href, current)| Tab {
            label,
            href,
            count: None,
            current: *current,
        })
        .collect();
    tabs(t.t("region-filter-year"), &entries)
}

async fn region_page(context: &Context, query: &ComparisonQuery) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadComparison>().await?;
    let t = context.t();
    let year = query.year(context)?;
    let statistics = overview::region_statistics(
        context.database(),
        &proof,
        context.organization.id,
        year,
        context.now,
    )
    .await?;
    let packs = context.app.packs();
    let columns = overview::columns(&packs, year);
    let computed_at = statistics.as_ref().map(|statistics| statistics.computed_at);
    let body = match &statistics {
        None => empty_state(
            t.t("region-comparison-empty"),
            html! { (t.t("region-statistics-pending")) },
        ),
        Some(statistics) => {
            let groups = figures::comparison(statistics);
            let chosen = query
                .group
                .as_deref()
                .and_then(Group::from_code)
                .and_then(|group| groups.iter().find(|compared| compared.group == group))
                .or_else(|| groups.iter().find(|compared| compared.proof.is_some()));
            html! {
                (card(t.t("region-comparison-groups"), html! {
                    (group_table(t, &groups))
                    p.small { (t.t("region-comparison-rule")) }
                }))
                (row(&[
                    (Span::Six, card(t.t("region-comparison-answered"),
                        answered_chart(t, &groups))),
                    (Span::Six, card(t.t("region-comparison-proven"), proven_chart(t, &groups))),
                ]))
                (card(t.t("region-comparison-items"), html! {
                    (group_tabs(t, &groups, chosen, year))
                    @match chosen.and_then(|compared| Some((compared, compared.proof.as_ref()?))) {
                        Some((compared, proof)) => (items(t, &columns, compared, proof)),
                        None => (note(t, Tone::Info, html! { (t.t("region-suppressed")) })),
                    }
                }))
            }
        }
    };
    let mut frame = context.frame(t.t("region-comparison-title"));
    frame.lede = Some(html! {
        (words::year(t, year))
        @if let Some(at) = computed_at {
            "　" (t.t_args("region-as-of", args![("when", t.date_time(at))]))
        }
    });
    frame.actions = Some(html! {
        (print_button(t))
        @if computed_at.is_some() {
            (link_button(
                &address("/region/comparison.xlsx", [("year", year.to_string().as_str())]),
                t.t("region-save-xlsx"),
                false,
            ))
        }
        (link_button(paths::TREND, t.t("region-trend-title"), false))
    });
    let body = html! { (year_tabs(context, paths::COMPARISON, year)) (body) };
    context.respond(frame, body).await
}

fn quartile_words(t: &Translator, quartiles: Option<Quartiles>) -> Markup {
    html! {
        @match quartiles {
            Some(quartiles) => {
                b { (words::percent(quartiles.median)) }
                " " span.small {
                    (t.t_args("region-quartile-range", args![
                        ("lower", words::percent(quartiles.lower)),
                        ("upper", words::percent(quartiles.upper))
                    ]))
                }
            }
            None => "–",
        }
    }
}

fn group_table(t: &Translator, groups: &[Compared]) -> Markup {
    let hidden = || html! { span.small { (t.t("region-suppressed-short")) } };
    let rows = groups
        .iter()
        .filter(|compared| compared.members > 0)
        .map(|compared| {
            let progress = compared.progress.as_ref();
            let proof = compared.proof.as_ref();
            TableRow::new(vec![
                html! { (words::group(t, compared.group)) },
                html! { (words::number(t, compared.members)) },
                progress.map_or_else(hidden, |progress| {
                    html! { (progress.round1_done.percent()) "%" }
                }),
                progress.map_or_else(hidden, |progress| quartile_words(t, progress.answered)),
                proof.map_or_else(hidden, |proof| quartile_words(t, proof.proven)),
                proof.map_or_else(hidden, |proof| {
                    html! { (proof.with_contradictions.percent()) "%" }
                }),
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("region-comparison-groups"),
        vec![
            Column::text(t.t("region-column-group")),
            Column::number(t.t("region-column-members")),
            Column::number(t.t("region-column-round1")),
            Column::number(t.t("region-column-answered-median")),
            Column::number(t.t("region-column-proven-median")),
            Column::number(t.t("region-column-contradicted")),
        ],
        rows,
    ))
}

fn bars(
    t: &Translator,
    title: &str,
    groups: &[Compared],
    of: impl Fn(&Compared) -> Option<Quartiles>,
) -> Markup {
    let entries: Vec<(&str, Quartiles, String)> = groups
        .iter()
        .filter_map(|compared| {
            let quartiles = of(compared)?;
            let detail = t.t_args(
                "region-quartile-range",
                args![
                    ("lower", words::percent(quartiles.lower)),
                    ("upper", words::percent(quartiles.upper))
                ],
            );
            Some((
                words::group(t, compared.group),
                quartiles,
                detail.into_owned(),
            ))
        })
        .collect();
    if entries.is_empty() {
        return html! { p { (t.t("region-suppressed")) } };
    }
    let bars: Vec<Bar<'_>> = entries
        .iter()
        .map(|(label, quartiles, detail)| Bar {
            label,
            value: quartiles.median,
            detail,
            own: false,
        })
        .collect();
    horizontal_bars(t, title, "%", Some(100.0), &bars)
}

fn answered_chart(t: &Translator, groups: &[Compared]) -> Markup {
    bars(t, t.t("region-chart-answered"), groups, |compared| {
        compared
            .progress
            .as_ref()
            .and_then(|progress| progress.answered)
    })
}

fn proven_chart(t: &Translator, groups: &[Compared]) -> Markup {
    bars(t, t.t("region-chart-proven"), groups, |compared| {
        compared.proof.as_ref().and_then(|proof| proof.proven)
    })
}

fn group_tabs(
    t: &Translator,
    groups: &[Compared],
    chosen: Option<&Compared>,
    year: FiscalYear,
) -> Markup {
    let year = year.to_string();
    let all: Vec<(&str, String, bool)> = groups
        .iter()
        .filter(|compared| compared.proof.is_some())
        .map(|compared| {
            let code = compared.group.code();
            let href = address(
                paths::COMPARISON,
                [("year", year.as_str()), ("group", &code)],
            );
            let current = chosen.is_some_and(|chosen| chosen.group == compared.group);
            (words::group(t, compared.group), href, current)
        })
        .collect();
    let entries: Vec<Tab<'_>> = all
        .iter()
        .map(|(label, href, current)| Tab {
            label,
            href,
            count: None,
            current: *current,
        })
        .collect();
    tabs(t.t("region-column-group"), &entries)
}

/// Each item of a group as a bar of states, and the same as a table.
fn items(t: &Translator, columns: &[ItemColumn], compared: &Compared, proof: &Proof) -> Markup {
    let lang = t.lang().code();
    let mut table_columns = vec![Column::text(t.t("region-column-item"))];
    table_columns.extend(CellState::ALL.map(|state| Column::number(state_word(t, state))));
    let rows = columns
        .iter()
        .zip(&proof.items)
        .map(|(column, counts)| {
            let mut cells = vec![html! {
                (column.printed_id) " " (column.short_label.in_language(lang))
            }];
            cells.extend(CellState::ALL.map(|state| {
                let share = crate::model::comparison::Share {
                    part: counts.get(state),
                    whole: proof.members,
                };
                html! { (share.percent()) "%" }
            }));
            TableRow::new(cells)
        })
        .collect();
    let title = t.t_args(
        "region-comparison-of",
        args![
            ("group", words::group(t, compared.group)),
            ("count", proof.members)
        ],
    );
    html! {
        p { (title) }
        @for (column, counts) in columns.iter().zip(&proof.items) {
            @let label = column.short_label.in_language(lang);
            h3 { (column.printed_id) " " (label) }
            (state_bar(t, label, counts))
        }
        (details(t.t("chart-as-table"),
            data_table(&Table::new(&title, table_columns, rows).sticky())))
    }
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<ComparisonQuery>,
) -> Result<Response, WebError> {
    let proof = of_region(&context).await?;
    let year = query.year(&context)?;
    let statistics = overview::region_statistics(
        context.database(),
        &proof,
        context.organization.id,
        year,
        context.now,
    )
    .await?
    .ok_or(WebError::invalid("region-comparison-empty"))?;
    let packs = context.app.packs();
    let columns = overview::columns(&packs, year);
    let made = imprinted(&context);
    let bytes = context
        .app
        .make_document(move || export::comparison_workbook(&made, &columns, &statistics))
        .await?;
    let name = export::file_name("comparison", year, context.today, Format::Xlsx);
    Ok(download(bytes, Format::Xlsx, &name))
}

/// An institution's own place, for each body that has it as a member.
async fn own_page(context: &Context, query: &ComparisonQuery) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadComparison>().await?;
    let t = context.t();
    let year = query.year(context)?;
    let packs = context.app.packs();
    let positions =
        figures::own_position(context.database(), &packs, &proof, year, context.now).await?;
    let columns = overview::columns(&packs, year);
    let mut cards = Vec::new();
    for position in &positions {
        let overseer = directory::get(context.database(), position.overseer).await?;
        let title = t.t_args(
            "region-own-among",
            args![("overseer", overseer.name.as_str())],
        );
        let own = context.organization.id;
        debug_assert_eq!(proof.organization(), own);
        cards.push(card(&title, own_card(t, &columns, position)));
    }
    let body = html! {
        (year_tabs(context, paths::COMPARISON, year))
        @if cards.is_empty() {
            (empty_state(t.t("region-own-none"), html! { (t.t("region-own-none-why")) }))
        } @else {
            @for card in &cards { (card) }
            p.small { (t.t("region-own-rule")) }
        }
    };
    let mut frame = context.frame(t.t("region-own-title"));
    frame.lede = Some(html! { (words::year(t, year)) });
    frame.actions = Some(print_button(t));
    context.respond(frame, body).await
}

fn own_card(t: &Translator, columns: &[ItemColumn], position: &OwnPosition) -> Markup {
    let lang = t.lang().code();
    let group = words::group(t, position.group);
    html! {
        p { (t.t_args("region-comparison-of",
            args![("group", group), ("count", position.members)])) }
        @if let Some(place) = &position.answered {
            (place_chart(t, t.t("region-chart-answered"), group, place))
        }
        @match &position.proven {
            Some(place) => (place_chart(t, t.t("region-chart-proven"), group, place)),
            None => p { (t.t("region-own-not-sharing")) },
        }
        @if !position.items.is_empty() {
            (details(t.t("region-own-items"), data_table(&Table::new(
                t.t("region-own-items"),
                vec![
                    Column::text(t.t("region-column-item")),
                    Column::number(t.t("region-own-yes")),
                ],
                columns
                    .iter()
                    .zip(&position.items)
                    .map(|(column, band)| TableRow::new(vec![
                        html! { (column.printed_id) " " (column.short_label.in_language(lang)) },
                        html! { (words::band(t, *band)) },
                    ]))
                    .collect(),
            ))))
        }
    }
}

/// One's own figure beside the group's quartiles.
pub(crate) fn place_chart(t: &Translator, title: &str, group: &str, place: &Place) -> Markup {
    let own = f64::from(i32::try_from(place.own).unwrap_or_default());
    let range = t.t_args(
        "region-quartile-range",
        args![
            ("lower", words::percent(place.quartiles.lower)),
            ("upper", words::percent(place.quartiles.upper))
        ],
    );
    let bars = [
        Bar {
            label: t.t("region-own-bar"),
            value: own,
            detail: words::quarter(t, place.quarter),
            own: true,
        },
        Bar {
            label: group,
            value: place.quartiles.median,
            detail: &range,
            own: false,
        },
    ];
    horizontal_bars(t, title, "%", Some(100.0), &bars)
}
