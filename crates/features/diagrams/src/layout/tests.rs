use proptest::prelude::*;

use super::*;
use crate::model::samples::hospital;
use crate::model::{Band, Diagram, Link, Mark, Node, NodeKind, Place, network, systems};

struct Square;

impl Measure for Square {
    fn width(&self, text: &str, _: bool) -> f64 {
        text.chars()
            .map(|c| if c.is_ascii() { 0.55 } else { 1.0 })
            .sum()
    }
}

fn graph_of(bands: &[usize], links: &[(usize, usize, usize)]) -> Graph {
    let total: usize = bands.iter().sum();
    let mut next = 0;
    let bands = bands
        .iter()
        .enumerate()
        .filter(|(_, number)| **number > 0)
        .map(|(index, number)| {
            let nodes = (next..next + number).collect();
            next += number;
            let place = Place::Zone {
                rank: 1,
                key: format!("{index:03}"),
                name: format!("区分{index}"),
            };
            Band { place, nodes }
        })
        .collect();
    let nodes = (0..total)
        .map(|number| Node {
            key: number.to_string(),
            name: format!("機器 {number}"),
            kind: NodeKind::Vendor,
            target: None,
            marks: vec![(Mark::Unconfirmed, 1)],
        })
        .collect();
    let mut links: Vec<Link> = links
        .iter()
        .filter(|_| total > 0)
        .map(|(from, to, kind)| Link {
            from: from % total,
            to: to % total,
            kind: LinkKind::ALL[kind % LinkKind::ALL.len()],
            is_unconfirmed: kind % 2 == 0,
        })
        .filter(|link| link.from != link.to)
        .collect();
    links.sort_unstable();
    links.dedup();
    Graph {
        diagram: Diagram::Network,
        bands,
        nodes,
        links,
        notes: Vec::new(),
    }
}

fn lines_of(graph: &Graph) -> Vec<Vec<Line>> {
    let line = |style, text: String, most| Line { text, style, most };
    graph
        .nodes
        .iter()
        .map(|node| {
            vec![
                line(Style::Name, node.name.clone(), 3),
                line(Style::Detail, "サーバ・10.0.0.1".repeat(node.key.len()), 2),
            ]
        })
        .collect()
}

fn laid_out(graph: &Graph, columns: usize) -> Drawing {
    let bands: Vec<String> = graph
        .bands
        .iter()
        .map(|_| "電子カルテ系".to_owned())
        .collect();
    lay_out(graph, &lines_of(graph), &bands, Room { columns }, &Square)
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() - 0.01
        && b.x < a.right() - 0.01
        && a.y < b.bottom() - 0.01
        && b.y < a.bottom() - 0.01
}

/// What must hold of every drawing.
fn check(graph: &Graph, drawing: &Drawing) {
    assert_eq!(
        drawing.boxes.len(),
        graph.nodes.len(),
        "every node is drawn"
    );
    assert_eq!(
        drawing.wires.len(),
        graph.links.len(),
        "every link is drawn"
    );
    for (index, placed) in drawing.boxes.iter().enumerate() {
        let rect = &placed.rect;
        assert!(rect.x >= 0.0 && rect.right() <= drawing.width + 0.01);
        assert!(rect.y >= 0.0 && rect.bottom() <= drawing.height + 0.01);
        for other in &drawing.boxes[index + 1..] {
            assert!(!overlap(rect, &other.rect), "{placed:?} and {other:?}");
        }
        for run in &placed.runs {
            assert!(
                run.at.x >= rect.x && run.at.x + run.width <= rect.right(),
                "{run:?}"
            );
            assert!(
                run.at.y - run.style.size() >= rect.y && run.at.y <= rect.bottom(),
                "{run:?}"
            );
        }
        let band = graph
            .bands
            .iter()
            .position(|band| band.nodes.contains(&placed.node))
            .unwrap();
        let frame = drawing
            .frames
            .iter()
            .find(|frame| frame.band == band)
            .unwrap();
        assert!(frame.rect.y <= rect.y && rect.bottom() <= frame.rect.bottom());
        for cut in &drawing.cuts {
            assert!(
                *cut <= rect.y || *cut >= rect.bottom(),
                "no sheet ends in a box"
            );
        }
    }
    for (index, frame) in drawing.frames.iter().enumerate() {
        for other in &drawing.frames[index + 1..] {
            assert!(!overlap(&frame.rect, &other.rect));
        }
        for run in &frame.runs {
            assert!(run.at.y <= frame.rect.bottom() && run.at.x + run.width <= LABELS);
        }
    }
    let rect_of = |node: usize| {
        drawing
            .boxes
            .iter()
            .find(|placed| placed.node == node)
            .unwrap()
            .rect
    };
    for wire in &drawing.wires {
        let link = graph.links[wire.link];
        let ends = [
            (link.from, wire.points[0]),
            (link.to, *wire.points.last().unwrap()),
        ];
        for (node, point) in ends {
            let rect = rect_of(node);
            let at_edge = (point.y - rect.y).abs() < 0.01 || (point.y - rect.bottom()).abs() < 0.01;
            assert!(
                at_edge && point.x > rect.x && point.x < rect.right(),
                "{wire:?}"
            );
        }
        for pair in wire.points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            assert!(
                (a.x - b.x).abs() < 0.01 || (a.y - b.y).abs() < 0.01,
                "along the axes"
            );
            let way = Rect {
                x: a.x.min(b.x),
                y: a.y.min(b.y),
                width: (a.x - b.x).abs(),
                height: (a.y - b.y).abs(),
            };
            for placed in &drawing.boxes {
                let inner = Rect {
                    x: placed.rect.x + 0.02,
                    y: placed.rect.y + 0.02,
                    width: placed.rect.width - 0.04,
                    height: placed.rect.height - 0.04,
                };
                let crosses = way.x < inner.right()
                    && inner.x < way.right()
                    && way.y < inner.bottom()
                    && inner.y < way.bottom();
                assert!(!crosses, "{wire:?} runs through {placed:?}");
            }
        }
    }
}

#[test]
fn the_sample_hospital_is_laid_out() {
    for graph in [systems(&hospital()), network(&hospital())] {
        for columns in [1, 3, 5, 7] {
            let drawing = laid_out(&graph, columns);
            check(&graph, &drawing);
            assert!(drawing.width <= Room { columns }.widest() + 0.01);
            assert_eq!(drawing, laid_out(&graph, columns), "the same each time");
        }
    }
}

#[test]
fn nothing_at_all_is_laid_out() {
    let graph = graph_of(&[], &[]);
    let drawing = laid_out(&graph, 5);
    check(&graph, &drawing);
}

#[test]
fn a_thousand_links_into_one_switch_stay_a_bus() {
    let links: Vec<_> = (1..1_000).map(|from| (from, 0, 3)).collect();
    let graph = graph_of(&[1, 999], &links);
    let drawing = laid_out(&graph, 7);
    assert!(!drawing.is_crowded);
    assert!(
        drawing.width < 7.0 * BOX + LABELS + 8.0 * 60.0,
        "{}",
        drawing.width
    );
    assert_eq!(drawing.wires.len(), 999);
}

#[test]
fn lanes_of_different_nets_do_not_lie_on_each_other_while_there_is_room() {
    let links: Vec<_> = (0..12).map(|n| (n, 59 - 2 * n, 1)).collect();
    let graph = graph_of(&[20, 20, 20], &links);
    let drawing = laid_out(&graph, 5);
    check(&graph, &drawing);
    assert!(!drawing.is_crowded);
    let mut upright: Vec<(usize, f64, f64, f64)> = Vec::new();
    for wire in &drawing.wires {
        for pair in wire.points.windows(2) {
            if (pair[0].x - pair[1].x).abs() < 0.01 {
                let (a, b) = (pair[0].y.min(pair[1].y), pair[0].y.max(pair[1].y));
                for (other, x, from, to) in &upright {
                    let lies_on = (x - pair[0].x).abs() < 0.5 && a < to - 0.01 && *from < b - 0.01;
                    assert!(*other == wire.link || !lies_on, "{wire:?}");
                }
                upright.push((wire.link, pair[0].x, a, b));
            }
        }
    }
}

#[test]
fn a_text_is_broken_where_japanese_allows_it_and_cut_with_an_ellipsis() {
    let fitted = |text: &str, width, most| fit(text, Style::Detail, width, most, &Square);
    let square = Style::Detail.size();
    assert_eq!(
        fitted("電子カルテ。", square * 5.0, 3),
        ["電子カル", "テ。"],
        "no line begins with 。"
    );
    assert_eq!(
        fitted("検査「心電図」", square * 3.0, 3),
        ["検査", "「心電", "図」"]
    );
    assert_eq!(
        fitted("あいうえおかきくけこ", square * 4.0, 2),
        ["あいうえ", "おかき…"]
    );
    let long = "x".repeat(100);
    let lines = fitted(&long, square * 10.0, 3);
    assert_eq!(lines.len(), 3);
    assert!(lines[2].ends_with('…'));
    assert!(fitted("", 50.0, 2).is_empty());
    assert!(fitted("   ", 50.0, 2).is_empty());
    for line in fitted("VPN装置 FortiGate-60F 7.0.14 (サーバ室)", square * 8.0, 9) {
        assert!(
            Square.width(&line, false) * square <= square * 8.0,
            "{line}"
        );
    }
    assert_eq!(
        fitted("龍", 1.0, 1),
        ["龍"],
        "narrower than any character: it stands"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn no_box_overlaps_and_no_link_runs_through_one(
        bands in proptest::collection::vec(0_usize..18, 0..7),
        links in proptest::collection::vec((0_usize..200, 0_usize..200, 0_usize..5), 0..120),
        columns in 1_usize..9,
    ) {
        let graph = graph_of(&bands, &links);
        let drawing = laid_out(&graph, columns);
        check(&graph, &drawing);
        let widest = Room { columns }.widest();
        prop_assert!(drawing.width <= widest + 0.01);
        prop_assert_eq!(&drawing, &laid_out(&graph, columns));
    }

    #[test]
    fn whatever_is_written_fits(text in "\\PC{0,200}", width in 20.0_f64..300.0, most in 1_usize..5) {
        let lines = fit(&text, Style::Name, width, most, &Square);
        prop_assert!(lines.len() <= most);
        for line in lines {
            let measured = Square.width(&line, true) * Style::Name.size();
            prop_assert!(measured <= width || line.chars().count() <= 2, "{}", line);
        }
    }
}
