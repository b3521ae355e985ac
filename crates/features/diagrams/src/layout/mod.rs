//! Where everything stands: a layered layout made for zones.
//!
//! Boxes of one width stand in columns that run through the whole drawing, in rows that belong to
//! one band each. Between columns are gutters and between rows channels, in which no box ever
//! stands; links run in nothing else, so none runs through a box. Links that meet in one node share
//! a lane, as a bus does; lanes of others do not overlap, as long as there is room for them.
//!
//! Pure and deterministic; lengths are in units of which a screen shows one as one CSS pixel.

mod route;
mod text;

use crate::model::{Graph, LinkKind};

pub use text::{Measure, Style, fit};

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Its left.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Its right.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Its bottom.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// A line of text that fits where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Where its baseline begins.
    pub at: Point,
    /// How it is set.
    pub style: Style,
    /// Its width as measured.
    pub width: f64,
    /// The text.
    pub text: String,
}

/// What is written in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// How it is set.
    pub style: Style,
    /// On how many lines at most; what does not fit ends with an ellipsis.
    pub most: usize,
}

/// A node with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The index of the node.
    pub node: usize,
    /// Where.
    pub rect: Rect,
    /// What is written in it.
    pub runs: Vec<Run>,
}

/// A band, or the part of it that stands on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The index of the band.
    pub band: usize,
    /// Where.
    pub rect: Rect,
    /// Its name, at its left.
    pub runs: Vec<Run>,
}

/// A link with the way that it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Wire {
    /// The index of the link.
    pub link: usize,
    /// Its corners, from one node to the other.
    pub points: Vec<Point>,
}

/// A diagram with where everything stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// The bands.
    pub frames: Vec<Frame>,
    /// The nodes.
    pub boxes: Vec<Placed>,
    /// The links.
    pub wires: Vec<Wire>,
    /// Where a sheet may end: heights at which no box and no line of text stands.
    pub cuts: Vec<f64>,
    /// Whether lines of different links share a lane somewhere because there was no more room.
    pub is_crowded: bool,
}

/// How wide a box is.
pub const BOX: f64 = 196.0;
/// Between the edge of a box and its text.
const INSET: f64 = 8.0;
/// Between a box's text and its left edge, where the kind's bar stands.
const BAR: f64 = 5.0;
/// How wide the column of the bands' names is.
const LABELS: f64 = 112.0;
/// Between lanes.
const LANE: f64 = 6.0;
/// The least width of a gutter.
const GUTTER: f64 = 24.0;
/// The least height of a channel.
const CHANNEL: f64 = 14.0;
/// Between bands.
const BETWEEN: f64 = 10.0;
/// How many lanes a gutter holds.
const GUTTER_LANES: usize = 14;
/// How many lanes a channel holds.
const CHANNEL_LANES: usize = 40;

/// How the drawing may be laid out.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// How many boxes stand side by side at most.
    pub columns: usize,
}

impl Room {
    /// For a screen.
    pub const SCREEN: Self = Self { columns: 5 };
    /// For a sheet of A3.
    pub const A3: Self = Self { columns: 6 };

    /// The greatest width that a drawing in this room can have.
    #[must_use]
    pub fn widest(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a handful of columns and lanes")]
        let (columns, lanes) = (self.columns as f64, GUTTER_LANES as f64);
        LABELS + columns * BOX + (columns + 1.0) * gutter_width(lanes)
    }
}

fn gutter_width(lanes: f64) -> f64 {
    if lanes < 1.0 {
        GUTTER
    } else {
        (lanes + 1.0).mul_add(LANE, 4.0).max(GUTTER)
    }
}

fn channel_height(lanes: f64) -> f64 {
    if lanes < 1.0 {
        CHANNEL
    } else {
        (lanes + 1.0).mul_add(LANE, 2.0).max(CHANNEL)
    }
}

/// Where a node stands in the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    row: usize,
    column: usize,
}

/// A row of boxes.
#[derive(Debug, Clone)]
struct Row {
    band: usize,
    nodes: Vec<usize>,
}

/// Lays a diagram out. `lines` says what is written in each node, `bands` what each band is called.
#[must_use]
pub fn lay_out(
    graph: &Graph,
    lines: &[Vec<Line>],
    bands: &[String],
    room: Room,
    measure: &dyn Measure,
) -> Drawing {
    let widest = graph.bands.iter().map(|band| band.nodes.len()).max();
    let columns = widest.unwrap_or(0).clamp(1, room.columns.max(1));
    let mut rows: Vec<Row> = Vec::new();
    let mut cells = vec![Cell { row: 0, column: 0 }; graph.nodes.len()];
    for (index, band) in graph.bands.iter().enumerate() {
        for chunk in band.nodes.chunks(columns) {
            for (column, node) in chunk.iter().enumerate() {
                if let Some(cell) = cells.get_mut(*node) {
                    *cell = Cell {
                        row: rows.len(),
                        column,
                    };
                }
            }
            rows.push(Row {
                band: index,
                nodes: chunk.to_vec(),
            });
        }
    }
    let routes = route::plan(graph, &cells, rows.len(), columns);

    let mut x = LABELS;
    let mut gutters = Vec::with_capacity(columns + 1);
    let mut lefts = Vec::with_capacity(columns);
    for gutter in 0..=columns {
        gutters.push(x);
        x += gutter_width(routes.gutter_lanes(gutter));
        if gutter < columns {
            lefts.push(x);
            x += BOX;
        }
    }
    let width = x;

    let mut boxes = Vec::with_capacity(graph.nodes.len());
    let mut frames: Vec<Frame> = Vec::new();
    let mut channels = Vec::with_capacity(rows.len() + 1);
    let mut edges: Vec<(f64, f64)> = Vec::with_capacity(rows.len());
    let mut cuts = Vec::new();
    let mut y = 0.0;
    for (number, row) in rows.iter().enumerate() {
        let is_first = frames.last().is_none_or(|frame| frame.band != row.band);
        if is_first && number > 0 {
            y += BETWEEN;
            cuts.push(y - BETWEEN / 2.0);
        } else if number > 0 {
            cuts.push(y);
        }
        let top = y;
        channels.push(y);
        y += channel_height(routes.channel_lanes(number));
        let written: Vec<(usize, text::SetLines)> = row
            .nodes
            .iter()
            .map(|node| {
                let lines = lines.get(*node).map_or(&[][..], Vec::as_slice);
                (*node, text::set(lines, BOX - 2.0 * INSET - BAR, measure))
            })
            .collect();
        let height = written
            .iter()
            .map(|(_, lines)| lines.iter().map(|(style, ..)| style.leading()).sum::<f64>())
            .fold(20.0_f64, f64::max)
            + 2.0 * INSET;
        for (node, lines) in written {
            let column = cells.get(node).map_or(0, |cell| cell.column);
            let left = lefts.get(column).copied().unwrap_or(LABELS);
            let rect = Rect {
                x: left,
                y,
                width: BOX,
                height,
            };
            let runs = runs(lines, left + INSET + BAR, y + INSET);
            boxes.push(Placed { node, rect, runs });
        }
        edges.push((y, y + height));
        y += height;
        let below = y + CHANNEL / 2.0;
        if is_first {
            let name = bands.get(row.band).map_or("", String::as_str);
            let line = Line {
                text: name.to_owned(),
                style: Style::Band,
                most: 5,
            };
            let lines = text::set(&[line], LABELS - 2.0 * INSET, measure);
            let needed = lines.iter().map(|(style, ..)| style.leading()).sum::<f64>() + 2.0 * INSET;
            let runs = runs(lines, INSET, top + INSET);
            frames.push(Frame {
                band: row.band,
                rect: Rect {
                    x: 0.0,
                    y: top,
                    width,
                    height: (below - top).max(needed),
                },
                runs,
            });
        } else if let Some(frame) = frames.last_mut() {
            frame.rect.height = frame.rect.height.max(below - frame.rect.y);
        }
        y = frames.last().map_or(below, |frame| {
            let is_last = rows
                .get(number + 1)
                .is_none_or(|next| next.band != row.band);
            if is_last { frame.rect.bottom() } else { below }
        });
    }
    let places = route::Places {
        cells: &cells,
        lefts: &lefts,
        gutters: &gutters,
        channels: &channels,
        edges: &edges,
    };
    let wires = routes.wires(graph, &places);
    Drawing {
        width,
        height: y,
        frames,
        boxes,
        wires,
        cuts,
        is_crowded: routes.is_crowded(),
    }
}

fn runs(lines: text::SetLines, x: f64, top: f64) -> Vec<Run> {
    let mut y = top;
    lines
        .into_iter()
        .map(|(style, width, text)| {
            let baseline = style.leading().mul_add(0.5, style.size().mul_add(0.36, y));
            y += style.leading();
            Run {
                at: Point { x, y: baseline },
                style,
                width,
                text,
            }
        })
        .collect()
}

/// Links of one kind that meet in one node: they share their lanes.
fn hub_of(from: usize, to: usize, kind: LinkKind, graph: &Graph) -> usize {
    match kind {
        // The lines of a vendor leave it as one; those that end in a device arrive as one.
        LinkKind::External => {
            let is_vendor = graph
                .nodes
                .get(from)
                .is_some_and(|node| matches!(node.kind, crate::model::NodeKind::Vendor));
            if is_vendor { from } else { to }
        }
        LinkKind::Serves => from,
        LinkKind::Needs | LinkKind::Uplink | LinkKind::Host => to,
    }
}

#[cfg(test)]
mod tests;
