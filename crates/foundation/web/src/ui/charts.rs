//! Charts as SVG in the page: readable without colour, with words for screen readers and the
//! figures as text.

use std::fmt::Write as _;

use maud::{Markup, html};
use yagura_kernel::proof::{CellCounts, CellState};

use super::components::{
    Column, Table, TableRow, data_table, details, state_class, state_legend, state_word,
};
use crate::i18n::Translator;

/// A bar of states whose parts add up to the whole, with the number of each below it.
#[must_use]
pub fn state_bar(t: &Translator, title: &str, counts: &CellCounts) -> Markup {
    let mut words = String::from(title);
    for state in CellState::ALL {
        let number = counts.get(state);
        if number > 0 {
            // Writing to a string cannot fail.
            let _ = write!(words, " {} {number}", state_word(t, state));
        }
    }
    html! {
        figure.chart {
            svg.stacked viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label=(words) {
                rect.bar-ground x="0" y="0" width="1000" height="24" {}
                @for (state, from, to) in segments(counts) {
                    rect.(state_class(state)) x=(from) y="0" width=(to - from) height="24" {}
                }
            }
            (state_legend(t, Some(counts)))
        }
    }
}

/// Each part that is not empty, with where it begins and ends on a bar of 1000 units. What is 対象外
/// is no part of the whole.
fn segments(counts: &CellCounts) -> Vec<(CellState, i64, i64)> {
    let total = counts.applicable();
    let mut before = 0;
    let mut parts = Vec::new();
    for state in CellState::ALL
        .into_iter()
        .filter(|state| *state != CellState::NotApplicable)
    {
        let after = before + counts.get(state);
        if after > before {
            parts.push((state, before * 1000 / total, after * 1000 / total));
        }
        before = after;
    }
    parts
}

/// One bar of [`horizontal_bars`].
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    /// What it stands for.
    pub label: &'a str,
    /// Its value.
    pub value: f64,
    /// What the value is to be read against, as text: 「中央値 6」.
    pub detail: &'a str,
    /// Sets it apart: the reader's own bar among others.
    pub own: bool,
}

/// Bars under each other, as a table with the figures in it. `whole` is the length of a full bar;
/// the largest value where it is `None`.
#[must_use]
pub fn horizontal_bars(
    t: &Translator,
    title: &str,
    unit: &str,
    whole: Option<f64>,
    bars: &[Bar<'_>],
) -> Markup {
    let largest = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max);
    let whole = whole.unwrap_or(largest);
    let has_details = bars.iter().any(|bar| !bar.detail.is_empty());
    html! {
        table.bars role="table" {
            caption { (title) }
            thead.unseen role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { (t.t("chart-what")) }
                    th scope="col" role="columnheader" { (t.t("chart-bar")) }
                    th scope="col" role="columnheader" { (t.t("chart-value")) }
                    @if has_details { th scope="col" role="columnheader" { (t.t("chart-against")) } }
                }
            }
            tbody role="rowgroup" {
                @for bar in bars {
                    tr class=[bar.own.then_some("own")] role="row" {
                        th scope="row" role="rowheader" { (bar.label) }
                        td role="cell" aria-hidden="true" {
                            svg.bar viewBox="0 0 1000 16" preserveAspectRatio="none" {
                                rect.bar-ground x="0" y="0" width="1000" height="16" {}
                                rect.bar-done x="0" y="0" height="16"
                                    width=(rounded(share(bar.value, whole) * 1000.0)) {}
                            }
                        }
                        td.number role="cell" { b { (figure(bar.value)) } (unit) }
                        @if has_details { td.bar-detail role="cell" { (bar.detail) } }
                    }
                }
            }
        }
    }
}

fn share(value: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (value / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

fn rounded(value: f64) -> String {
    format!("{value:.1}")
}

/// A figure without needless decimals.
fn figure(value: f64) -> String {
    if value.fract().abs() < 0.05 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// A line of a [`trend_line`].
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// Its name, written at its end.
    pub name: &'a str,
    /// One value per label; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

/// Geometry of [`trend_line`] in the units of its view box.
mod frame {
    pub(super) const WIDTH: f64 = 420.0;
    pub(super) const HEIGHT: f64 = 190.0;
    pub(super) const LEFT: f64 = 36.0;
    pub(super) const RIGHT: f64 = 330.0;
    pub(super) const TOP: f64 = 10.0;
    pub(super) const BOTTOM: f64 = 164.0;
    pub(super) const LABEL_HEIGHT: f64 = 14.0;
}

/// Lines over time from zero to `whole`, each with its own dashes, marks and name at its end; the
/// figures follow as a table that opens. `title` is for those who do not see the drawing; the heading
/// above it says it to the others.
#[must_use]
pub fn trend_line(
    t: &Translator,
    title: &str,
    unit: &str,
    whole: f64,
    labels: &[&str],
    series: &[Series<'_>],
) -> Markup {
    let x = |place: usize| {
        let steps = labels.len().saturating_sub(1).max(1);
        frame::LEFT + (frame::RIGHT - frame::LEFT) * as_f64(place) / as_f64(steps)
    };
    let y = |value: f64| frame::BOTTOM - (frame::BOTTOM - frame::TOP) * share(value, whole);
    let names = end_labels(series, y);
    html! {
        figure.chart {
            svg.trend viewBox={ "0 0 " (frame::WIDTH) " " (frame::HEIGHT) } role="img"
                aria-label=(summary(title, unit, labels, series)) {
                @for quarter in 0..=4_u8 {
                    @let value = whole * f64::from(quarter) / 4.0;
                    line.grid x1=(frame::LEFT) x2=(frame::RIGHT) y1=(rounded(y(value))) y2=(rounded(y(value))) {}
                    text.axis x=(frame::LEFT - 6.0) y=(rounded(y(value) + 3.0)) text-anchor="end" {
                        (figure(value))
                    }
                }
                @for (place, label) in labels.iter().enumerate() {
                    text.axis x=(rounded(x(place))) y=(frame::BOTTOM + 18.0) text-anchor="middle" { (label) }
                }
                @for (number, line) in series.iter().enumerate() {
                    g.{ "series-" (number % 4 + 1) } {
                        @for points in runs(line, x, y) { polyline.line points=(points) {} }
                        @for (place, value) in line.values.iter().enumerate() {
                            @if let Some(value) = value {
                                (mark(number, x(place), y(*value)))
                            }
                        }
                        @if let Some(Some(height)) = names.get(number) {
                            text.series-name x=(frame::RIGHT + 9.0) y=(rounded(height + 3.0)) {
                                (line.name)
                            }
                        }
                    }
                }
            }
            (details(t.t("chart-as-table"), trend_table(title, unit, labels, series)))
        }
    }
}

/// The heights at which the names stand, moved apart where lines end close to each other.
fn end_labels(series: &[Series<'_>], y: impl Fn(f64) -> f64) -> Vec<Option<f64>> {
    let mut ends: Vec<(usize, f64)> = series
        .iter()
        .enumerate()
        .filter_map(|(number, line)| {
            Some((
                number,
                y(line.values.iter().rev().flatten().next().copied()?),
            ))
        })
        .collect();
    ends.sort_by(|left, right| left.1.total_cmp(&right.1));
    let mut lowest = f64::NEG_INFINITY;
    for (_, height) in &mut ends {
        *height = height.max(lowest + frame::LABEL_HEIGHT);
        lowest = *height;
    }
    // Below the frame stand the years: names that were moved that far go up again.
    let mut highest = frame::BOTTOM + frame::LABEL_HEIGHT;
    for (_, height) in ends.iter_mut().rev() {
        *height = height.min(highest - frame::LABEL_HEIGHT);
        highest = *height;
    }
    let mut heights = vec![None; series.len()];
    for (number, height) in ends {
        if let Some(slot) = heights.get_mut(number) {
            *slot = Some(height);
        }
    }
    heights
}

/// The unbroken runs of a line as lists of points.
fn runs(line: &Series<'_>, x: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) -> Vec<String> {
    let mut runs = vec![String::new()];
    for (place, value) in line.values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => {
                // Writing to a string cannot fail.
                let _ = write!(run, "{:.1},{:.1} ", x(place), y(*value));
            }
            _ => runs.push(String::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn mark(series: usize, x: f64, y: f64) -> Markup {
    html! {
        @match series % 4 {
            0 => { circle.mark cx=(rounded(x)) cy=(rounded(y)) r="3.8" {} }
            1 => { rect.mark x=(rounded(x - 2.9)) y=(rounded(y - 2.9)) width="5.8" height="5.8" {} }
            2 => { path.mark d={ "M" (rounded(x)) " " (rounded(y - 4.0)) "l4 6.9h-8z" } {} }
            _ => { path.mark d={ "M" (rounded(x)) " " (rounded(y - 4.2)) "l4.2 4.2-4.2 4.2-4.2-4.2z" } {} }
        }
    }
}

fn summary(title: &str, unit: &str, labels: &[&str], series: &[Series<'_>]) -> String {
    let mut words = String::from(title);
    for line in series {
        let mut known = line
            .values
            .iter()
            .zip(labels)
            .filter_map(|(value, label)| Some(((*value)?, label)));
        let first = known.next();
        let last = known.next_back().or(first);
        if let (Some((first, from)), Some((last, to))) = (first, last) {
            // Writing to a string cannot fail.
            let _ = write!(
                words,
                ". {}: {from} {}{unit} → {to} {}{unit}",
                line.name,
                figure(first),
                figure(last)
            );
        }
    }
    words
}

fn trend_table(title: &str, unit: &str, labels: &[&str], series: &[Series<'_>]) -> Markup {
    let mut columns = vec![Column::text("")];
    columns.extend(labels.iter().map(|label| Column::number(label)));
    let rows = series.iter().map(|line| {
        let mut cells = vec![html! { (line.name) }];
        cells.extend(line.values.iter().map(|value| match value {
            Some(value) => html! { (figure(*value)) (unit) },
            None => html! { "–" },
        }));
        TableRow::new(cells)
    });
    let rows = rows.collect();
    data_table(&Table::new(title, columns, rows))
}

/// A small index as a number for drawing.
fn as_f64(index: usize) -> f64 {
    u32::try_from(index).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::testing::translator;

    #[test]
    fn the_parts_of_a_bar_fill_it_exactly() {
        let t = translator(Lang::Ja);
        let counts = CellCounts {
            verified: 9,
            documented: 4,
            declared: 2,
            no: 3,
            unanswered: 1,
            not_applicable: 2,
            ..CellCounts::default()
        };
        let html = state_bar(&t, "チェックリスト", &counts).into_string();
        assert!(
            html.contains(
                r#"aria-label="チェックリスト 実証 9 書類 4 申告 2 いいえ 3 未回答 1 対象外 2""#
            ),
            "{html}"
        );
        let widths: i64 = html
            .split("<rect class=\"state-")
            .skip(1)
            .map(|part| {
                let width = part
                    .split("width=\"")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap();
                width.parse::<i64>().unwrap()
            })
            .sum();
        assert_eq!(widths, 1000);
    }

    #[test]
    fn an_empty_sheet_draws_an_empty_bar() {
        let t = translator(Lang::Ja);
        let html = state_bar(&t, "x", &CellCounts::default()).into_string();
        assert!(!html.contains("state-verified"));
    }

    #[test]
    fn bars_carry_their_figures_as_text() {
        let t = translator(Lang::Ja);
        let bars = [
            Bar {
                label: "無床",
                value: 46.0,
                detail: "中央値 40",
                own: true,
            },
            Bar {
                label: "病院",
                value: 250.0,
                detail: "",
                own: false,
            },
        ];
        let html = horizontal_bars(&t, "実証", "%", Some(100.0), &bars).into_string();
        assert!(
            html.contains(r#"width="460.0""#) && html.contains("<b>46</b>%"),
            "{html}"
        );
        assert!(
            html.contains(r#"height="16" width="1000.0""#),
            "a value over the whole is cut"
        );
    }

    #[test]
    fn a_trend_with_a_gap_is_two_lines_and_says_its_ends() {
        let t = translator(Lang::Ja);
        let series = [Series {
            name: "実証",
            values: vec![Some(10.0), None, Some(30.0), Some(45.5)],
        }];
        let labels = ["令和5", "令和6", "令和7", "令和8"];
        let html = trend_line(&t, "推移", "%", 100.0, &labels, &series).into_string();
        assert_eq!(html.matches("<polyline").count(), 2);
        assert!(html.contains("実証: 令和5 10% → 令和8 45.5%"), "{html}");
        assert_eq!(html.matches("<circle").count(), 3);
    }

    #[test]
    fn names_of_lines_that_end_together_do_not_overlap() {
        let line = |value| Series {
            name: "x",
            values: vec![Some(value)],
        };
        let heights = end_labels(&[line(50.0), line(50.5), line(49.5)], |value| 100.0 - value);
        let mut heights: Vec<f64> = heights.into_iter().flatten().collect();
        heights.sort_by(f64::total_cmp);
        assert!(
            heights
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= frame::LABEL_HEIGHT)
        );
    }
}
