//! The ways of the links, through gutters and channels only.

use std::collections::BTreeMap;

use super::{CHANNEL_LANES, Cell, GUTTER_LANES, LANE, Point, hub_of};
use crate::model::{Graph, LinkKind};

/// Links that share their lanes: of one kind and state, meeting in one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct NetKey {
    hub: usize,
    kind: LinkKind,
    is_unconfirmed: bool,
}

/// Where a span begins and ends, both of it.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
}

impl Span {
    const fn at(place: usize) -> Self {
        Self {
            from: place,
            to: place,
        }
    }

    fn over(self, place: usize) -> Self {
        Self {
            from: self.from.min(place),
            to: self.to.max(place),
        }
    }
}

fn widen(spans: &mut BTreeMap<(usize, usize), Span>, at: usize, net: usize, place: usize) {
    spans
        .entry((at, net))
        .and_modify(|span| *span = span.over(place))
        .or_insert(Span::at(place));
}

/// Which way a link goes.
#[derive(Debug, Clone, Copy)]
struct Way {
    net: usize,
    /// The upper node, and the lower one; of one row both leave at their tops.
    upper: usize,
    lower: usize,
    /// The channel into which the upper node leaves.
    first: usize,
    /// The channel from which the lower node is reached.
    last: usize,
    /// The gutter between the two, where they are two.
    gutter: Option<usize>,
    leaves_at_top: bool,
}

/// The lanes of everything that goes through one channel or gutter.
#[derive(Debug, Clone, Default)]
struct Lanes {
    of_net: BTreeMap<(usize, usize), usize>,
    numbers: BTreeMap<usize, usize>,
    is_crowded: bool,
}

impl Lanes {
    /// Gives each span a lane of its own beside those that it overlaps.
    fn of(spans: &BTreeMap<(usize, usize), Span>, most: usize) -> Self {
        let mut found = Self::default();
        let mut by_place: BTreeMap<usize, Vec<(usize, Span)>> = BTreeMap::new();
        for ((at, net), span) in spans {
            by_place.entry(*at).or_default().push((*net, *span));
        }
        for (at, mut nets) in by_place {
            nets.sort_by_key(|(net, span)| (span.from, span.to, *net));
            let mut ends: Vec<usize> = Vec::new();
            for (net, span) in nets {
                let free = ends.iter().position(|end| *end < span.from);
                let lane = match free {
                    Some(lane) => lane,
                    None => {
                        ends.push(0);
                        ends.len() - 1
                    }
                };
                if let Some(end) = ends.get_mut(lane) {
                    *end = span.to;
                }
                found.is_crowded |= lane >= most;
                found.of_net.insert((at, net), lane % most);
            }
            found.numbers.insert(at, ends.len().min(most));
        }
        found
    }

    fn lane(&self, at: usize, net: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most some dozens")]
        let lane = self.of_net.get(&(at, net)).copied().unwrap_or(0) as f64;
        (lane + 1.0) * LANE
    }

    fn number(&self, at: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most some dozens")]
        let number = self.numbers.get(&at).copied().unwrap_or(0) as f64;
        number
    }
}

/// The ways of all links, before anything has a place.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    ways: Vec<Way>,
    channels: Lanes,
    gutters: Lanes,
    /// Which of how many slots a net has at a column in a channel.
    slots: BTreeMap<(usize, usize, usize), (usize, usize)>,
}

/// Where everything stands.
pub(super) struct Places<'a> {
    pub(super) cells: &'a [Cell],
    pub(super) lefts: &'a [f64],
    pub(super) gutters: &'a [f64],
    pub(super) channels: &'a [f64],
    pub(super) edges: &'a [(f64, f64)],
}

/// The gutter for a net's trunk: near its hub, where there is room.
fn gutter_for(occupied: &[Vec<usize>], rows: Span, column: usize) -> usize {
    let load = |gutter: &Vec<usize>| {
        let rows = gutter.get(rows.from..=rows.to).unwrap_or_default();
        rows.iter().copied().max().unwrap_or(0)
    };
    occupied
        .iter()
        .enumerate()
        .map(|(gutter, rows)| {
            let load = load(rows);
            let distance = (2 * gutter).abs_diff(2 * column + 1);
            (load >= GUTTER_LANES, 2 * distance + load, gutter)
        })
        .min()
        .map_or(0, |(_, _, gutter)| gutter)
}

/// Decides every link's way.
pub(super) fn plan(graph: &Graph, cells: &[Cell], rows: usize, columns: usize) -> Routes {
    let mut nets: BTreeMap<NetKey, Vec<usize>> = BTreeMap::new();
    for (index, link) in graph.links.iter().enumerate() {
        let key = NetKey {
            hub: hub_of(link.from, link.to, link.kind, graph),
            kind: link.kind,
            is_unconfirmed: link.is_unconfirmed,
        };
        nets.entry(key).or_default().push(index);
    }
    let cell = |node: usize| {
        cells
            .get(node)
            .copied()
            .unwrap_or(Cell { row: 0, column: 0 })
    };
    let mut ways: BTreeMap<usize, Way> = BTreeMap::new();
    let mut channel_spans: BTreeMap<(usize, usize), Span> = BTreeMap::new();
    let mut gutter_spans: BTreeMap<(usize, usize), Span> = BTreeMap::new();
    let mut slots: BTreeMap<(usize, usize, usize), (usize, usize)> = BTreeMap::new();
    let mut occupied = vec![vec![0_usize; rows + 1]; columns + 1];
    for (net, (key, links)) in nets.iter().enumerate() {
        let mut own: Vec<(usize, Way)> = links
            .iter()
            .filter_map(|index| Some((*index, graph.links.get(*index)?)))
            .map(|(index, link)| {
                let (a, b) = (cell(link.from), cell(link.to));
                let (upper, lower) = if a.row <= b.row {
                    (link.from, link.to)
                } else {
                    (link.to, link.from)
                };
                let leaves_at_top = a.row == b.row;
                let last = a.row.max(b.row);
                let way = Way {
                    net,
                    upper,
                    lower,
                    first: if leaves_at_top {
                        last
                    } else {
                        a.row.min(b.row) + 1
                    },
                    last,
                    gutter: None,
                    leaves_at_top,
                };
                (index, way)
            })
            .collect();
        let far = own.iter().filter(|(_, way)| way.first != way.last);
        let reach = far.fold(None, |reach: Option<Span>, (_, way)| {
            let reach = reach.unwrap_or(Span::at(way.first));
            Some(reach.over(way.first).over(way.last))
        });
        let trunk = reach.map(|reach| {
            let gutter = gutter_for(&occupied, reach, cell(key.hub).column);
            if let Some(rows) = occupied.get_mut(gutter) {
                let rows = rows.get_mut(reach.from..=reach.to).unwrap_or_default();
                rows.iter_mut().for_each(|load| *load += 1);
            }
            gutter
        });
        for (_, way) in &mut own {
            let mut attach = |channel: usize, column: usize| {
                widen(&mut channel_spans, channel, net, 2 * column + 1);
                slots.entry((channel, column, net)).or_default();
            };
            attach(way.first, cell(way.upper).column);
            attach(way.last, cell(way.lower).column);
            if way.first != way.last
                && let Some(gutter) = trunk
            {
                way.gutter = Some(gutter);
                widen(&mut channel_spans, way.first, net, 2 * gutter);
                widen(&mut channel_spans, way.last, net, 2 * gutter);
                widen(&mut gutter_spans, gutter, net, way.first);
                widen(&mut gutter_spans, gutter, net, way.last);
            }
        }
        ways.extend(own);
    }
    let mut numbers: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for ((channel, column, _), (slot, _)) in &mut slots {
        let number = numbers.entry((*channel, *column)).or_default();
        *slot = *number;
        *number += 1;
    }
    for ((channel, column, _), (_, of)) in &mut slots {
        *of = numbers.get(&(*channel, *column)).copied().unwrap_or(1);
    }
    Routes {
        ways: ways.into_values().collect(),
        channels: Lanes::of(&channel_spans, CHANNEL_LANES),
        gutters: Lanes::of(&gutter_spans, GUTTER_LANES),
        slots,
    }
}

impl Routes {
    pub(super) fn gutter_lanes(&self, gutter: usize) -> f64 {
        self.gutters.number(gutter)
    }

    pub(super) fn channel_lanes(&self, channel: usize) -> f64 {
        self.channels.number(channel)
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.channels.is_crowded || self.gutters.is_crowded
    }

    /// The corners of every link's way, from the one node to the other.
    pub(super) fn wires(&self, graph: &Graph, places: &Places<'_>) -> Vec<super::Wire> {
        // The ways are in the order of the links: each link has exactly one.
        self.ways
            .iter()
            .enumerate()
            .filter_map(|(link, way)| {
                let mut points = self.points(way, places)?;
                if graph.links.get(link)?.from != way.upper {
                    points.reverse();
                }
                Some(super::Wire { link, points })
            })
            .collect()
    }

    fn points(&self, way: &Way, places: &Places<'_>) -> Option<Vec<Point>> {
        let port = |node: usize, channel: usize| {
            let cell = places.cells.get(node)?;
            let left = places.lefts.get(cell.column)?;
            let (slot, of) = self.slots.get(&(channel, cell.column, way.net))?;
            #[expect(clippy::cast_precision_loss, reason = "as many as links at a node")]
            let share = (*slot as f64 + 1.0) / (*of as f64 + 1.0);
            Some((left + share * super::BOX, cell.row))
        };
        let lane = |channel: usize| {
            Some(places.channels.get(channel)? + self.channels.lane(channel, way.net))
        };
        let (upper_x, upper_row) = port(way.upper, way.first)?;
        let (lower_x, lower_row) = port(way.lower, way.last)?;
        let upper_edge = places.edges.get(upper_row)?;
        let upper_y = if way.leaves_at_top {
            upper_edge.0
        } else {
            upper_edge.1
        };
        let lower_y = places.edges.get(lower_row)?.0;
        let (first_y, last_y) = (lane(way.first)?, lane(way.last)?);
        let at = |x: f64, y: f64| Point { x, y };
        let mut points = vec![at(upper_x, upper_y), at(upper_x, first_y)];
        if let Some(gutter) = way.gutter {
            let x = places.gutters.get(gutter)? + self.gutters.lane(gutter, way.net) + 2.0;
            points.extend([at(x, first_y), at(x, last_y)]);
        }
        points.extend([at(lower_x, last_y), at(lower_x, lower_y)]);
        points.dedup();
        Some(points)
    }
}
