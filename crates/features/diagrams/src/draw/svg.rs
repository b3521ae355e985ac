//! A drawing as SVG: presentation attributes only, so that it looks the same in the page, under
//! its strict policy, and as a file of its own.

use maud::{Markup, PreEscaped, html};

use super::{
    BAND_EDGE, FOLD, GROUND, INK, PAPER, Sample, Stroke, bar, broken, edge, has_arrow, head, hex,
    ink, is_folded, legend, wire,
};
use crate::layout::{Drawing, Measure, Point, Rect, Run, Style};
use crate::model::Graph;
use crate::words::Written;

/// What stands above a drawing that is a file of its own.
pub(crate) struct Title {
    /// What it is and whose.
    pub(crate) title: String,
    /// The facts of the title block.
    pub(crate) facts: Vec<String>,
    /// What the drawing does not show one by one.
    pub(crate) notes: Vec<String>,
}

const FACES: &str = "'BIZ UDPGothic','BIZ UDPゴシック','Noto Sans CJK JP','Noto Sans JP',\
    'Hiragino Sans','Yu Gothic UI',Meiryo,sans-serif";

/// A length, short.
fn n(length: f64) -> String {
    let text = format!("{length:.1}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn dashes(stroke: &Stroke) -> Option<String> {
    (!stroke.dash.is_empty()).then(|| {
        let lengths: Vec<String> = stroke.dash.iter().map(|length| n(*length)).collect();
        lengths.join(" ")
    })
}

fn rectangle(rect: Rect, fill: Option<super::Colour>, stroke: Option<&Stroke>) -> Markup {
    html! {
        rect x=(n(rect.x)) y=(n(rect.y)) width=(n(rect.width)) height=(n(rect.height))
            fill=(fill.map_or_else(|| "none".to_owned(), hex))
            stroke=[stroke.map(|stroke| hex(stroke.colour))]
            stroke-width=[stroke.map(|stroke| n(stroke.thickness))]
            stroke-dasharray=[stroke.and_then(dashes)] {}
    }
}

fn line(points: &[Point], stroke: &Stroke, has_arrow: bool) -> Markup {
    let corners: Vec<String> = points
        .iter()
        .map(|point| format!("{},{}", n(point.x), n(point.y)))
        .collect();
    html! {
        polyline points=(corners.join(" ")) fill="none" stroke=(hex(stroke.colour))
            stroke-width=(n(stroke.thickness)) stroke-dasharray=[dashes(stroke)]
            stroke-linejoin="round" {}
        @if has_arrow { (arrow(points, stroke)) }
    }
}

fn arrow(points: &[Point], stroke: &Stroke) -> Markup {
    html! {
        @if let Some(corners) = head(points) {
            polygon fill=(hex(stroke.colour)) points=(
                corners.map(|point| format!("{},{}", n(point.x), n(point.y))).join(" ")
            ) {}
        }
    }
}

/// A text as wide as it was measured, whatever typeface there is.
fn text(run: &Run) -> Markup {
    html! {
        text x=(n(run.at.x)) y=(n(run.at.y)) font-size=(n(run.style.size()))
            font-weight=[run.style.is_bold().then_some("bold")] fill=(hex(ink(run.style)))
            textLength=(n(run.width)) lengthAdjust="spacingAndGlyphs" { (run.text) }
    }
}

fn shapes(graph: &Graph, drawing: &Drawing, written: &Written, has_links: bool) -> Markup {
    let band_edge = Stroke {
        thickness: 1.0,
        colour: BAND_EDGE,
        dash: &[],
    };
    html! {
        @for frame in &drawing.frames {
            (rectangle(frame.rect, Some(GROUND), Some(&band_edge)))
        }
        g aria-hidden="true" {
            @for (stroke, ends) in &broken(graph, drawing) { (line(ends, stroke, false)) }
            @for one in &drawing.wires {
                @if let Some(link) = graph.links.get(one.link) {
                    @let stroke = wire(link.kind, link.is_unconfirmed);
                    @if stroke.dash.is_empty() { (line(&one.points, &stroke, false)) }
                    @if has_arrow(link.kind) { (arrow(&one.points, &stroke)) }
                }
            }
        }
        @for (frame, band) in drawing.frames.iter().map(|frame| (frame, frame.band)) {
            g role="group" aria-label=[written.bands.get(band)] {
                @for run in &frame.runs { (text(run)) }
                @let nodes = graph.bands.get(band).map_or(&[][..], |band| band.nodes.as_slice());
                @for placed in drawing.boxes.iter().filter(|placed| nodes.contains(&placed.node)) {
                    @if let Some(node) = graph.nodes.get(placed.node) {
                        @let shape = html! {
                            title { (written.tips.get(placed.node).map_or("", String::as_str)) }
                            @if is_folded(node) {
                                @let behind = Rect {
                                    x: placed.rect.x + FOLD, y: placed.rect.y + FOLD, ..placed.rect
                                };
                                (rectangle(behind, Some(PAPER), Some(&edge(node))))
                            }
                            (rectangle(placed.rect, Some(PAPER), Some(&edge(node))))
                            (rectangle(Rect { width: 5.0, ..placed.rect }, Some(bar(node)), None))
                            @for run in &placed.runs { (text(run)) }
                        };
                        @match node.target.as_ref().filter(|_| has_links) {
                            Some(target) => a href=(target.href()) { (shape) },
                            None => g { (shape) },
                        }
                    }
                }
            }
        }
    }
}

/// How high the legend is.
const LEGEND: f64 = 26.0;

/// The legend on as many lines as it takes, and how high it is.
fn key(
    graph: &Graph,
    written: &Written,
    width: f64,
    top: f64,
    measure: &dyn Measure,
) -> (Markup, f64) {
    let mut x = 0.0;
    let mut y = top;
    let mut parts = Vec::new();
    for ((sample, _), words) in legend(graph.diagram).into_iter().zip(&written.legend) {
        let measured = measure.width(words, false) * Style::Detail.size();
        if x > 0.0 && x + 52.0 + measured > width {
            x = 0.0;
            y += LEGEND;
        }
        let shape = match sample {
            Sample::Box(stroke) => rectangle(
                Rect {
                    x: x + 2.0,
                    y: y + 6.0,
                    width: 32.0,
                    height: 14.0,
                },
                Some(PAPER),
                Some(&stroke),
            ),
            Sample::Wire(stroke, has_arrow) => {
                let at = |x| Point { x, y: y + 13.0 };
                line(&[at(x + 2.0), at(x + 36.0)], &stroke, has_arrow)
            }
        };
        let run = Run {
            at: Point {
                x: x + 42.0,
                y: y + 17.0,
            },
            style: Style::Detail,
            width: measured,
            text: words.clone(),
        };
        parts.push(html! { (shape) (text(&run)) });
        x += 62.0 + measured;
    }
    (html! { @for part in &parts { (part) } }, y + LEGEND - top)
}

/// The drawing for a page: each node is a link to its record.
pub(crate) fn inline(
    graph: &Graph,
    drawing: &Drawing,
    written: &Written,
    measure: &dyn Measure,
) -> Markup {
    let (key, height) = key(graph, written, drawing.width, drawing.height + 8.0, measure);
    let (width, height) = (drawing.width + 4.0, drawing.height + height + 12.0);
    html! {
        svg.diagram xmlns="http://www.w3.org/2000/svg" viewBox={ "-2 -2 " (n(width)) " " (n(height)) }
            width=(n(width)) height=(n(height)) role="group"
            aria-labelledby="diagram-title" aria-describedby="diagram-description"
            font-family=(FACES) {
            title id="diagram-title" { (written.title) }
            desc id="diagram-description" { (written.description) }
            (shapes(graph, drawing, written, true))
            (key)
        }
    }
}

/// The drawing as a file: with a title block and without links, which would lead nowhere.
pub(crate) fn file(
    graph: &Graph,
    drawing: &Drawing,
    written: &Written,
    title: &Title,
    measure: &dyn Measure,
) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a handful of notes")]
    let notes = title.notes.len() as f64;
    let head = 16.0_f64.mul_add(notes, 50.0);
    let width = drawing.width.max(760.0);
    let (key, legend) = key(graph, written, width, drawing.height + 8.0, measure);
    let height = drawing.height + legend + head + 12.0;
    let heading = |y: f64, size: f64, is_bold: bool, words: &str| {
        let measured = measure.width(words, is_bold) * size;
        html! {
            text x="0" y=(n(y)) font-size=(n(size)) font-weight=[is_bold.then_some("bold")]
                fill=(hex(INK)) textLength=(n(measured.min(width))) lengthAdjust="spacingAndGlyphs" {
                (words)
            }
        }
    };
    let svg = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        svg xmlns="http://www.w3.org/2000/svg"
            viewBox={ "-8 " (n(-head - 8.0)) " " (n(width + 16.0)) " " (n(height + 16.0)) }
            width=(n(width + 16.0)) height=(n(height + 16.0)) role="img"
            aria-labelledby="title description" font-family=(FACES) {
            title id="title" { (title.title) }
            desc id="description" { (written.description) }
            rect x="-8" y=(n(-head - 8.0)) width=(n(width + 16.0)) height=(n(height + 16.0))
                fill=(hex(PAPER)) {}
            (heading(22.0 - head, 18.0, true, &title.title))
            (heading(40.0 - head, 11.0, false, &title.facts.join("　")))
            @for (note, line) in title.notes.iter().zip(1_u8..) {
                (heading(16.0_f64.mul_add(f64::from(line), 40.0 - head), 11.0, false, note))
            }
            (shapes(graph, drawing, written, false))
            (key)
        }
    };
    svg.into_string()
}
