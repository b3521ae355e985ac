//! A drawing as SVG and on paper: one set of looks for both.

mod paper;
mod svg;

#[cfg(test)]
mod tests;

use crate::layout::Style;
use crate::model::{LinkKind, Mark, Node, NodeKind};

pub(crate) use paper::{Paper, document};
pub(crate) use svg::{Title, file, inline};

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

const INK: Colour = [26, 26, 26];
const FAINT: Colour = [89, 89, 89];
const EDGE: Colour = [77, 77, 77];
const PAPER: Colour = [255, 255, 255];
const GROUND: Colour = [246, 247, 249];
const BAND_EDGE: Colour = [179, 179, 179];
const LATE: Colour = [139, 50, 0];
const DANGER: Colour = [169, 0, 0];
const BLUE: Colour = [0, 23, 193];
const GREEN: Colour = [17, 90, 54];
const BROWN: Colour = [139, 50, 0];
const VIOLET: Colour = [81, 9, 173];

/// A colour as SVG writes it.
fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The colour of a text.
const fn ink(style: Style) -> Colour {
    match style {
        Style::Name | Style::Band => INK,
        Style::Detail => FAINT,
        Style::Mark => LATE,
        Style::Alarm => DANGER,
    }
}

/// How a line is drawn, in the units of the layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) thickness: f64,
    pub(crate) colour: Colour,
    pub(crate) dash: &'static [f64],
}

/// How a link is drawn: each kind by its own shape, so that it is told apart without colour.
pub(crate) const fn wire(kind: LinkKind, is_unconfirmed: bool) -> Stroke {
    let (thickness, colour, dash): (f64, Colour, &[f64]) = match (kind, is_unconfirmed) {
        (LinkKind::External, false) => (2.4, BLUE, &[]),
        (LinkKind::External, true) => (2.4, BLUE, &[9.0, 4.0]),
        (LinkKind::Serves, _) => (1.4, BLUE, &[]),
        (LinkKind::Needs, _) => (1.4, BROWN, &[2.0, 3.0]),
        (LinkKind::Uplink, _) => (1.4, INK, &[]),
        (LinkKind::Host, _) => (1.4, GREEN, &[9.0, 3.0, 2.0, 3.0]),
    };
    Stroke {
        thickness,
        colour,
        dash,
    }
}

/// Whether a link has an arrow where it ends.
pub(crate) const fn has_arrow(kind: LinkKind) -> bool {
    matches!(kind, LinkKind::Needs | LinkKind::Host)
}

/// The edge of a box: broken where it is not confirmed.
pub(crate) fn edge(node: &Node) -> Stroke {
    let is_bad = node.marks.iter().any(|(mark, _)| mark.is_bad());
    let is_folded = matches!(node.kind, NodeKind::Device { fold: Some(_), .. });
    Stroke {
        thickness: if is_bad { 2.4 } else { 1.2 },
        colour: if is_bad { DANGER } else { EDGE },
        dash: if node.has(Mark::Unconfirmed) && !is_folded {
            &[6.0, 3.0]
        } else {
            &[]
        },
    }
}

/// The bar at the left of a box: its colour tells what the first word in it says.
pub(crate) const fn bar(node: &Node) -> Colour {
    use yagura_inventory::model::DeviceClass;
    match &node.kind {
        NodeKind::Vendor => EDGE,
        NodeKind::Connection { .. } => BLUE,
        NodeKind::EndDevice { .. } => LATE,
        NodeKind::System { .. } => GREEN,
        NodeKind::Device { class, .. } => match class {
            DeviceClass::NetworkDevice => BLUE,
            DeviceClass::Server => GREEN,
            DeviceClass::MedicalDevice => VIOLET,
            DeviceClass::Terminal | DeviceClass::Other => EDGE,
        },
    }
}

/// Devices drawn as one stand on a second box, set off by so much.
pub(crate) const FOLD: f64 = 3.0;

pub(crate) fn is_folded(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Device { fold: Some(_), .. })
}

/// The head of an arrow at the end of a line: its tip and its two other corners.
pub(crate) fn head(points: &[crate::layout::Point]) -> Option<[crate::layout::Point; 3]> {
    use crate::layout::Point;
    let [.., before, tip] = points else {
        return None;
    };
    let (dx, dy) = (tip.x - before.x, tip.y - before.y);
    let length = dx.hypot(dy);
    if length < 0.1 {
        return None;
    }
    let (dx, dy) = (dx / length, dy / length);
    let corner = |side: f64| Point {
        x: tip.x - 7.0 * dx - side * 3.5 * dy,
        y: tip.y - 7.0 * dy + side * 3.5 * dx,
    };
    Some([*tip, corner(1.0), corner(-1.0)])
}

/// The broken lines of a drawing as straight parts, each place once: links that share a lane would
/// else fill each other's gaps and look whole.
pub(crate) fn broken(
    graph: &crate::model::Graph,
    drawing: &crate::layout::Drawing,
) -> Vec<(Stroke, [crate::layout::Point; 2])> {
    use crate::layout::Point;
    type Spans = Vec<(f64, f64)>;
    let mut found: std::collections::BTreeMap<(LinkKind, bool, bool, i64), Spans> =
        std::collections::BTreeMap::new();
    for one in &drawing.wires {
        let Some(link) = graph.links.get(one.link) else {
            continue;
        };
        if wire(link.kind, link.is_unconfirmed).dash.is_empty() {
            continue;
        }
        for pair in one.points.windows(2) {
            let [a, b] = pair else { continue };
            let is_upright = (a.x - b.x).abs() < 0.01;
            let (at, from, to) = if is_upright {
                (a.x, a.y.min(b.y), a.y.max(b.y))
            } else {
                (a.y, a.x.min(b.x), a.x.max(b.x))
            };
            #[expect(clippy::cast_possible_truncation, reason = "a place on the drawing")]
            let at = (at * 100.0).round() as i64;
            let key = (link.kind, link.is_unconfirmed, is_upright, at);
            found.entry(key).or_default().push((from, to));
        }
    }
    let mut parts = Vec::new();
    for ((kind, is_unconfirmed, is_upright, at), mut spans) in found {
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut merged: Spans = Vec::new();
        for (from, to) in spans {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a place on the drawing")]
        let at = at as f64 / 100.0;
        for (from, to) in merged {
            let point = |along: f64| {
                if is_upright {
                    Point { x: at, y: along }
                } else {
                    Point { x: along, y: at }
                }
            };
            parts.push((wire(kind, is_unconfirmed), [point(from), point(to)]));
        }
    }
    parts
}

/// Lines of the legend: what is drawn, and what it means.
pub(crate) enum Sample {
    /// A link.
    Wire(Stroke, bool),
    /// A box with such an edge.
    Box(Stroke),
}

/// What the legend explains, with the key of its words.
pub(crate) fn legend(diagram: crate::model::Diagram) -> Vec<(Sample, &'static str)> {
    use crate::model::Diagram;
    let plain = Stroke {
        thickness: 1.2,
        colour: EDGE,
        dash: &[],
    };
    let link = |kind, is_unconfirmed| Sample::Wire(wire(kind, is_unconfirmed), has_arrow(kind));
    let mut entries = vec![
        (
            Sample::Box(Stroke {
                dash: &[6.0, 3.0],
                ..plain
            }),
            "diagrams-legend-unconfirmed",
        ),
        (
            Sample::Box(Stroke {
                thickness: 2.4,
                colour: DANGER,
                ..plain
            }),
            "diagrams-legend-over",
        ),
        (link(LinkKind::External, false), "diagrams-legend-external"),
        (
            link(LinkKind::External, true),
            "diagrams-legend-external-unconfirmed",
        ),
    ];
    match diagram {
        Diagram::Systems => entries.extend([
            (link(LinkKind::Serves, false), "diagrams-legend-serves"),
            (link(LinkKind::Needs, false), "diagrams-legend-needs"),
        ]),
        Diagram::Network => entries.extend([
            (link(LinkKind::Uplink, false), "diagrams-legend-uplink"),
            (link(LinkKind::Host, false), "diagrams-legend-host"),
        ]),
    }
    entries
}
