//! The trend: does it get better from year to year?

use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::proof::{CellCounts, CellState};
use yagura_web::i18n::Translator;
use yagura_web::ui::charts::{Series, state_bar, trend_line};
use yagura_web::ui::components::{
    Column, Span, Table, TableRow, card, data_table, empty_state, row, state_word,
};
use yagura_web::ui::forms::{link_button, print_button};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, WebError, args};

use super::{download, imprinted, of_region, paths};
use crate::export;
use crate::figures::{self, TrendYear};
use crate::model::comparison::{Compared, Group, KINDS, Share};
use crate::store::exports::Format;
use crate::words;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = of_region(&context).await?;
    let t = context.t();
    let trend = figures::trend(
        context.database(),
        &proof,
        context.organization.id,
        context.now,
    )
    .await?;
    let labels: Vec<String> = trend.iter().map(|year| words::year(t, year.year)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let body = html! {
        @if trend.len() < 2 {
            (empty_state(t.t("region-trend-empty"), html! { (t.t("region-trend-empty-why")) }))
        }
        @if !trend.is_empty() {
            (row(&[
                (Span::Six, card(t.t("region-trend-done"), trend_line(
                    t, t.t("region-trend-done"), "%", 100.0, &labels,
                    &series(t, &trend, |compared| {
                        Some(percent(compared.progress.as_ref()?.round1_done))
                    }),
                ))),
                (Span::Six, card(t.t("region-trend-proven"), trend_line(
                    t, t.t("region-trend-proven"), "%", 100.0, &labels,
                    &series(t, &trend, |compared| {
                        Some(compared.proof.as_ref()?.proven?.median)
                    }),
                ))),
            ]))
            (card(t.t("region-trend-states"), html! {
                @for year in &trend {
                    @if let Some(states) = states_of(year) {
                        h3 { (words::year(t, year.year)) }
                        (state_bar(t, &words::year(t, year.year), &states))
                    }
                }
                (state_table(t, &trend))
            }))
            (card(t.t("region-trend-by-group"), group_table(t, &trend, &labels)))
            p.small { (t.t("region-comparison-rule")) }
        }
    };
    let mut frame = context.frame(t.t("region-trend-title"));
    frame.breadcrumbs = vec![Crumb::new(
        t.t("region-comparison-title"),
        paths::COMPARISON,
    )];
    frame.lede = Some(html! {
        (t.t_args("region-trend-lede", args![
            ("count", i64::try_from(trend.len()).unwrap_or_default())
        ]))
    });
    frame.actions = Some(html! {
        (print_button(t))
        @if !trend.is_empty() {
            (link_button("/region/trend.xlsx", t.t("region-save-xlsx"), false))
        }
    });
    context.respond(frame, body).await
}

pub(super) async fn workbook(context: Context) -> Result<Response, WebError> {
    let proof = of_region(&context).await?;
    let trend = figures::trend(
        context.database(),
        &proof,
        context.organization.id,
        context.now,
    )
    .await?;
    let made = imprinted(&context);
    let bytes = context
        .app
        .make_document(move || export::trend_workbook(&made, &trend))
        .await?;
    let year = context.app.fiscal_year();
    let name = export::file_name("trend", year, context.today, Format::Xlsx);
    Ok(download(bytes, Format::Xlsx, &name))
}

fn percent(share: Share) -> f64 {
    f64::from(i32::try_from(share.percent()).unwrap_or_default())
}

fn compared(year: &TrendYear, group: Group) -> Option<&Compared> {
    year.groups.iter().find(|compared| compared.group == group)
}

/// A line for each kind that has any figure; four lines are as many as can be told apart.
fn series<'t>(
    t: &'t Translator,
    trend: &[TrendYear],
    of: impl Fn(&Compared) -> Option<f64>,
) -> Vec<Series<'t>> {
    KINDS
        .into_iter()
        .map(Group::Kind)
        .map(|group| Series {
            name: words::group(t, group),
            values: trend
                .iter()
                .map(|year| compared(year, group).and_then(&of))
                .collect(),
        })
        .filter(|line| line.values.iter().any(Option::is_some))
        .collect()
}

fn states_of(year: &TrendYear) -> Option<CellCounts> {
    let proof = compared(year, Group::All)?.proof.as_ref()?;
    let mut sum = CellCounts::default();
    for counts in &proof.items {
        for state in CellState::ALL {
            sum.add(state, counts.get(state));
        }
    }
    Some(sum)
}

fn state_table(t: &Translator, trend: &[TrendYear]) -> Markup {
    let mut columns = vec![Column::text(t.t("region-filter-year"))];
    columns.extend(CellState::ALL.map(|state| Column::number(state_word(t, state))));
    let rows = trend
        .iter()
        .map(|year| {
            let states = states_of(year);
            let whole: i64 = states.map_or(0, |states| {
                CellState::ALL.into_iter().map(|s| states.get(s)).sum()
            });
            let mut cells = vec![html! { (words::year(t, year.year)) }];
            cells.extend(CellState::ALL.map(|state| match states {
                Some(states) => {
                    html! { (Share { part: states.get(state), whole }.percent()) "%" }
                }
                None => html! { (t.t("region-suppressed-short")) },
            }));
            TableRow::new(cells)
        })
        .collect();
    data_table(&Table::new(t.t("region-trend-states"), columns, rows))
}

/// First round finished, by group and year.
fn group_table(t: &Translator, trend: &[TrendYear], labels: &[&str]) -> Markup {
    let mut columns = vec![Column::text(t.t("region-column-group"))];
    columns.extend(labels.iter().map(|label| Column::number(label)));
    let rows = Group::all()
        .into_iter()
        .filter(|group| {
            trend
                .iter()
                .any(|year| compared(year, *group).is_some_and(|c| c.members > 0))
        })
        .map(|group| {
            let mut cells = vec![html! { (words::group(t, group)) }];
            cells.extend(trend.iter().map(|year| {
                match compared(year, group).filter(|compared| compared.members > 0) {
                    None => html! { "–" },
                    Some(compared) => match &compared.progress {
                        Some(progress) => html! { (progress.round1_done.percent()) "%" },
                        None => html! { (t.t("region-suppressed-short")) },
                    },
                }
            }));
            TableRow::new(cells)
        })
        .collect();
    data_table(&Table::new(t.t("region-trend-by-group"), columns, rows))
}
