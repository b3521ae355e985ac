//! A drawing on sheets of A3.

use yagura_documents::forms::{
    DiagramDocument, DiagramLine, DiagramRectangle, DiagramSheet, DiagramStroke, DiagramText,
    Imprint,
};
use yagura_kernel::time::Date;

use super::{
    BAND_EDGE, Colour, FAINT, FOLD, GROUND, PAPER, Sample, Stroke, bar, broken, edge, has_arrow,
    head, ink, is_folded, legend, wire,
};
use crate::layout::{Drawing, Measure, Point, Rect, Run, Style};
use crate::model::Graph;
use crate::words::Written;

/// What stands in the title block.
pub(crate) struct Paper {
    pub(crate) imprint: Imprint,
    pub(crate) institution: String,
    pub(crate) as_of: Date,
    pub(crate) facts: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// What stands at the edge of a sheet whose drawing goes on, and of one that goes on from
    /// another.
    pub(crate) goes_on: String,
    pub(crate) goes_on_from: String,
}

/// The least size of text on paper, in points.
const LEAST: f64 = 6.0;
/// The legend at the foot of each sheet, in points.
const FOOT: f64 = 20.0;
/// Where a sheet says that the drawing goes on, in points.
const MARGIN: f64 = 12.0;

/// How large a unit of the layout is on paper, in points.
fn scale_of(drawing: &Drawing) -> f64 {
    let least = LEAST / Style::Detail.size();
    let across = DiagramSheet::WIDTH / (drawing.width + 4.0);
    let down = (DiagramSheet::HEIGHT - FOOT - 2.0 * MARGIN) / (drawing.height + 4.0);
    // Whole on one sheet where it stays readable, never larger than is good to read.
    if across.min(down) >= least {
        across.min(down).min(0.9)
    } else {
        across.clamp(least, 0.75)
    }
}

/// The parts of the drawing, one a sheet: from where to where.
fn parts(drawing: &Drawing, room: f64) -> Vec<(f64, f64)> {
    let mut parts = Vec::new();
    let mut from = 0.0;
    let mut last = 0.0;
    for cut in drawing.cuts.iter().copied().chain([drawing.height]) {
        if cut - from > room && last > from {
            parts.push((from, last));
            from = last;
        }
        last = cut;
    }
    parts.push((from, drawing.height));
    parts
}

struct Sheet {
    scale: f64,
    from: f64,
    to: f64,
    top: f64,
    sheet: DiagramSheet,
}

impl Sheet {
    fn stroke(&self, stroke: &Stroke) -> DiagramStroke {
        DiagramStroke {
            thickness: stroke.thickness * self.scale,
            colour: stroke.colour,
            dash: stroke
                .dash
                .iter()
                .map(|length| length * self.scale)
                .collect(),
        }
    }

    fn at(&self, point: Point) -> [f64; 2] {
        let y = point.y.clamp(self.from, self.to);
        [
            (point.x + 2.0) * self.scale,
            (y - self.from).mul_add(self.scale, self.top),
        ]
    }

    fn rectangle(
        &self,
        rect: Rect,
        fill: Option<Colour>,
        stroke: Option<&Stroke>,
    ) -> DiagramRectangle {
        let [x, y] = self.at(Point {
            x: rect.x,
            y: rect.y,
        });
        let [_, bottom] = self.at(Point {
            x: rect.x,
            y: rect.bottom(),
        });
        DiagramRectangle {
            x,
            y,
            width: rect.width * self.scale,
            height: bottom - y,
            fill,
            stroke: stroke.map(|stroke| self.stroke(stroke)),
        }
    }

    fn text(&self, run: &Run) -> DiagramText {
        let [x, y] = self.at(run.at);
        DiagramText {
            x,
            y,
            size: run.style.size() * self.scale,
            is_bold: run.style.is_bold(),
            colour: ink(run.style),
            text: run.text.clone(),
        }
    }

    /// The parts of a line that stand on the sheet; it runs along the axes only.
    fn lines(&mut self, points: &[Point], stroke: &Stroke) {
        let on = |y: f64| y >= self.from && y <= self.to;
        let mut part: Vec<[f64; 2]> = Vec::new();
        let mut found = Vec::new();
        for pair in points.windows(2) {
            let [a, b] = pair else { continue };
            let is_seen = a.y.max(b.y) >= self.from && a.y.min(b.y) <= self.to;
            if is_seen {
                if part.is_empty() {
                    part.push(self.at(*a));
                }
                part.push(self.at(*b));
            }
            if !is_seen || !on(b.y) {
                found.push(std::mem::take(&mut part));
            }
        }
        found.push(part);
        for points in found.into_iter().filter(|part| part.len() > 1) {
            let stroke = self.stroke(stroke);
            self.sheet.lines.push(DiagramLine {
                points,
                stroke,
                is_filled: false,
            });
        }
    }

    /// The head of an arrow, where the line ends on the sheet.
    fn arrow(&mut self, points: &[Point], stroke: &Stroke) {
        let is_here = |tip: &&Point| tip.y >= self.from && tip.y <= self.to;
        if points.last().filter(is_here).is_some()
            && let Some(corners) = head(points)
        {
            let stroke = self.stroke(stroke);
            let points = corners.map(|corner| self.at(corner)).to_vec();
            self.sheet.lines.push(DiagramLine {
                points,
                stroke,
                is_filled: true,
            });
        }
    }

    fn note(&mut self, y: f64, words: &str) {
        self.sheet.texts.push(DiagramText {
            x: 2.0,
            y,
            size: 7.0,
            is_bold: true,
            colour: FAINT,
            text: words.to_owned(),
        });
    }
}

/// The legend at the foot of a sheet.
fn key(sheet: &mut DiagramSheet, graph: &Graph, written: &Written, measure: &dyn Measure) {
    const SIZE: f64 = 6.6;
    let y = DiagramSheet::HEIGHT - FOOT + 6.0;
    let mut x = 0.0;
    for ((sample, _), words) in legend(graph.diagram).into_iter().zip(&written.legend) {
        let half = |stroke: &Stroke| DiagramStroke {
            thickness: stroke.thickness * 0.6,
            colour: stroke.colour,
            dash: stroke.dash.iter().map(|length| length * 0.6).collect(),
        };
        match sample {
            Sample::Box(stroke) => sheet.boxes.push(DiagramRectangle {
                x,
                y,
                width: 20.0,
                height: 9.0,
                fill: Some(PAPER),
                stroke: Some(half(&stroke)),
            }),
            Sample::Wire(stroke, has_arrow) => {
                let (from, to) = ([x, y + 4.5], [x + 21.0, y + 4.5]);
                sheet.lines.push(DiagramLine {
                    points: vec![from, to],
                    stroke: half(&stroke),
                    is_filled: false,
                });
                if has_arrow {
                    let [tip_x, tip_y] = to;
                    sheet.lines.push(DiagramLine {
                        points: vec![to, [tip_x - 4.5, tip_y - 2.2], [tip_x - 4.5, tip_y + 2.2]],
                        stroke: half(&stroke),
                        is_filled: true,
                    });
                }
            }
        }
        sheet.texts.push(DiagramText {
            x: x + 25.0,
            y: y + 7.0,
            size: SIZE,
            is_bold: false,
            colour: FAINT,
            text: words.clone(),
        });
        x += measure.width(words, false).mul_add(SIZE, 37.0);
    }
}

/// The drawing as a document: on one sheet where it stays readable, else on several that end
/// between rows.
pub(crate) fn document(
    graph: &Graph,
    drawing: &Drawing,
    written: &Written,
    paper: Paper,
    measure: &dyn Measure,
) -> DiagramDocument {
    let scale = scale_of(drawing);
    let room = (DiagramSheet::HEIGHT - FOOT - 2.0 * MARGIN) / scale;
    let parts = parts(drawing, room);
    let number = parts.len();
    let broken = broken(graph, drawing);
    let band_edge = Stroke {
        thickness: 1.0,
        colour: BAND_EDGE,
        dash: &[],
    };
    let sheets = parts.into_iter().enumerate().map(|(index, (from, to))| {
        let mut sheet = Sheet {
            scale,
            from,
            to,
            top: if index > 0 { MARGIN } else { 2.0 },
            sheet: DiagramSheet::default(),
        };
        let is_on = |rect: &Rect| rect.bottom() > from + 0.5 && rect.y < to - 0.5;
        for frame in drawing.frames.iter().filter(|frame| is_on(&frame.rect)) {
            let rect = sheet.rectangle(frame.rect, Some(GROUND), Some(&band_edge));
            sheet.sheet.rectangles.push(rect);
            // The name again on each sheet on which the band goes on.
            let lift = (from - frame.rect.y).max(0.0);
            for run in &frame.runs {
                let at = Point {
                    x: run.at.x,
                    y: run.at.y + lift,
                };
                if at.y < to {
                    let text = sheet.text(&Run { at, ..run.clone() });
                    sheet.sheet.texts.push(text);
                }
            }
        }
        for (stroke, ends) in &broken {
            sheet.lines(ends, stroke);
        }
        for one in &drawing.wires {
            if let Some(link) = graph.links.get(one.link) {
                let stroke = wire(link.kind, link.is_unconfirmed);
                if stroke.dash.is_empty() {
                    sheet.lines(&one.points, &stroke);
                }
                if has_arrow(link.kind) {
                    sheet.arrow(&one.points, &stroke);
                }
            }
        }
        for placed in drawing.boxes.iter().filter(|placed| is_on(&placed.rect)) {
            let Some(node) = graph.nodes.get(placed.node) else {
                continue;
            };
            let edge = edge(node);
            if is_folded(node) {
                let behind = Rect {
                    x: placed.rect.x + FOLD,
                    y: placed.rect.y + FOLD,
                    ..placed.rect
                };
                let behind = sheet.rectangle(behind, Some(PAPER), Some(&edge));
                sheet.sheet.boxes.push(behind);
            }
            let rect = sheet.rectangle(placed.rect, Some(PAPER), Some(&edge));
            let side = Rect {
                width: 5.0,
                ..placed.rect
            };
            let side = sheet.rectangle(side, Some(bar(node)), None);
            sheet.sheet.boxes.extend([rect, side]);
            let texts: Vec<DiagramText> = placed.runs.iter().map(|run| sheet.text(run)).collect();
            sheet.sheet.texts.extend(texts);
        }
        if index > 0 {
            sheet.note(8.0, &paper.goes_on_from);
        }
        if index + 1 < number {
            let bottom = (to - from).mul_add(scale, sheet.top) + 9.0;
            sheet.note(bottom, &paper.goes_on);
        }
        key(&mut sheet.sheet, graph, written, measure);
        sheet.sheet
    });
    DiagramDocument {
        title: written.title.clone(),
        institution_name: paper.institution,
        as_of: paper.as_of,
        facts: paper.facts,
        notes: paper.notes,
        sheets: sheets.collect(),
        imprint: paper.imprint,
    }
}
