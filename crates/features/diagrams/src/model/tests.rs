use proptest::prelude::*;
use yagura_inventory::model::{Asset, AssetState, DeviceClass, Level, RecordKind, System};

use super::samples::{empty, hospital, id, record};
use super::*;

fn node<'a>(graph: &'a Graph, name: &str) -> (usize, &'a Node) {
    let mut found = graph.nodes.iter().enumerate();
    found
        .find(|(_, node)| node.name == name)
        .unwrap_or_else(|| panic!("{name} is not drawn"))
}

fn place<'a>(graph: &'a Graph, name: &str) -> &'a Place {
    let (index, _) = node(graph, name);
    let mut bands = graph.bands.iter();
    &bands
        .find(|band| band.nodes.contains(&index))
        .unwrap()
        .place
}

fn is_linked(graph: &Graph, from: &str, to: &str, kind: LinkKind) -> bool {
    let (from, to) = (node(graph, from).0, node(graph, to).0);
    let mut links = graph.links.iter();
    links.any(|link| (link.from, link.to, link.kind) == (from, to, kind))
}

fn marks(graph: &Graph, name: &str) -> Vec<Mark> {
    node(graph, name)
        .1
        .marks
        .iter()
        .map(|(mark, _)| *mark)
        .collect()
}

#[test]
fn systems_stand_in_the_zone_of_their_servers_with_lines_marks_and_needs() {
    let graph = systems(&hospital());
    assert!(
        matches!(place(&graph, "電子カルテシステム"), Place::Zone { name, .. } if name == "電子カルテ系")
    );
    assert!(
        matches!(place(&graph, "グループウェア"), Place::Zone { rank: 0, .. }),
        "DMZ comes first"
    );
    assert_eq!(*place(&graph, "臨床検査システム"), Place::NoZone);
    assert_eq!(*place(&graph, "電子カルテ遠隔保守"), Place::Internet);
    assert_eq!(*place(&graph, "オンライン資格確認"), Place::Closed);
    assert_eq!(
        *place(&graph, "検査結果の受信"),
        Place::Internet,
        "unknown is taken for open"
    );
    assert_eq!(*place(&graph, "保守用VPN装置"), Place::Boundary);
    let order: Vec<&Place> = graph.bands.iter().map(|band| &band.place).collect();
    assert!(order.is_sorted());

    assert!(is_linked(
        &graph,
        "架空メディカル",
        "電子カルテ遠隔保守",
        LinkKind::External
    ));
    assert!(is_linked(
        &graph,
        "電子カルテ遠隔保守",
        "保守用VPN装置",
        LinkKind::External
    ));
    assert!(is_linked(
        &graph,
        "保守用VPN装置",
        "電子カルテシステム",
        LinkKind::Serves
    ));
    assert!(
        is_linked(
            &graph,
            "検査結果の受信",
            "臨床検査システム",
            LinkKind::Serves
        ),
        "without an end device"
    );
    assert!(is_linked(
        &graph,
        "臨床検査システム",
        "電子カルテシステム",
        LinkKind::Needs
    ));

    assert_eq!(marks(&graph, "電子カルテシステム"), []);
    assert_eq!(
        marks(&graph, "医用画像管理システム(PACS)"),
        [Mark::Unconfirmed, Mark::SupportOver]
    );
    assert_eq!(
        marks(&graph, "PACS遠隔保守"),
        [Mark::Unconfirmed, Mark::PermissionOver]
    );
    assert_eq!(marks(&graph, "保守用VPN装置"), [Mark::SupportOver]);
    assert_eq!(
        marks(&graph, "配布ルータ RT-9"),
        [Mark::EndDeviceNotInRegister]
    );
    let NodeKind::System {
        members, others, ..
    } = &node(&graph, "電子カルテシステム").1.kind
    else {
        panic!("it is a system");
    };
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["カルテAPサーバ", "カルテDBサーバ"]);
    assert_eq!(others[&DeviceClass::Terminal], 24);
    let solid = graph
        .links
        .iter()
        .filter(|link| link.kind == LinkKind::External && !link.is_unconfirmed);
    assert_eq!(
        solid.count(),
        4,
        "two confirmed lines, each from its vendor and to its end"
    );
}

#[test]
fn the_network_shows_zones_wires_and_folds_what_is_alike() {
    let graph = network(&hospital());
    assert_eq!(*place(&graph, "基幹スイッチ"), Place::Boundary);
    assert!(is_linked(
        &graph,
        "放射線科フロアスイッチ",
        "基幹スイッチ",
        LinkKind::Uplink
    ));
    assert!(is_linked(
        &graph,
        "カルテDBサーバ",
        "仮想化基盤 1号機",
        LinkKind::Host
    ));
    let folded: Vec<&Node> = graph
        .nodes
        .iter()
        .filter(|node| matches!(node.kind, NodeKind::Device { fold: Some(_), .. }))
        .collect();
    assert_eq!(folded.len(), 1);
    let NodeKind::Device {
        fold: Some(fold),
        model,
        has_more_addresses,
        ..
    } = &folded[0].kind
    else {
        panic!("it is folded");
    };
    assert_eq!(
        (fold.devices, fold.models, model.as_str()),
        (24, 1, "架空電機 PC-10")
    );
    assert!(has_more_addresses);
    assert_eq!(folded[0].marks, [(Mark::Unconfirmed, 5)]);
    assert!(graph.notes.contains(&Note::Folded {
        devices: 24,
        boxes: 1
    }));
    node(&graph, "事務端末 0");
}

/// How many devices the drawing of the network stands for.
fn devices_drawn(graph: &Graph) -> usize {
    graph
        .nodes
        .iter()
        .map(|node| match &node.kind {
            NodeKind::Device { fold, .. } => fold.as_ref().map_or(1, |fold| fold.devices),
            _ => 0,
        })
        .sum()
}

#[test]
fn nothing_vanishes_however_much_there_is() {
    let mut register = empty();
    for number in 0..5_000_u128 {
        let class = DeviceClass::ALL[(number % 5) as usize];
        register.assets.push(record(
            1_000 + number,
            number % 3 == 0,
            Asset {
                name: format!("機器 {number}"),
                class,
                model: format!("型番 {}", number % 97),
                zone: format!("区分 {}", number % 7),
                uplink: (number % 2 == 0).then(|| id(1_000 + number % 40)),
                state: if number % 100 == 99 {
                    AssetState::Spare
                } else {
                    AssetState::InUse
                },
                ..Asset::default()
            },
        ));
    }
    let graph = network(&register);
    assert_eq!(devices_drawn(&graph), 4_950);
    assert!(graph.notes.contains(&Note::Spares(50)));
    assert!(
        graph.nodes.len() < 7 * 5 * 25 + 40,
        "{} boxes",
        graph.nodes.len()
    );
    let system = systems(&register);
    assert!(system.notes.contains(&Note::WithoutSystem(4_950)));
}

fn hits(impacts: &Impacts, found: &[Hit]) -> Vec<(String, usize, Reason)> {
    found
        .iter()
        .map(|hit| {
            (
                impacts.thing(hit.thing).unwrap().name.clone(),
                hit.distance,
                hit.reason,
            )
        })
        .collect()
}

fn impact_of(impacts: &Impacts, kind: RecordKind, number: u128) -> Impact {
    impacts
        .impact(Target {
            kind,
            id: id(number),
        })
        .unwrap()
}

#[test]
fn what_stops_with_the_hypervisor_is_told_step_by_step() {
    let impacts = Impacts::of(&hospital());
    let impact = impact_of(&impacts, RecordKind::Asset, 105);
    let stops = hits(&impacts, &impact.stops);
    let told = |name: &str| {
        stops
            .iter()
            .find(|(found, ..)| found == name)
            .map(|(_, distance, reason)| (*distance, *reason))
    };
    assert_eq!(told("ADサーバ"), Some((1, Reason::Host)));
    assert_eq!(
        told("認証基盤(Active Directory)"),
        Some((2, Reason::Server))
    );
    assert_eq!(
        told("電子カルテシステム"),
        Some((2, Reason::Server)),
        "the nearest way counts"
    );
    assert_eq!(
        told("医用画像管理システム(PACS)"),
        Some((3, Reason::DependsOn)),
        "not its server, but the directory"
    );
    assert_eq!(told("全身用X線CT装置"), Some((4, Reason::DependsOn)));
    assert_eq!(told("病棟端末 01"), None, "a terminal is not carried by it");
    assert_eq!(told("基幹スイッチ"), None);
    assert!(stops.is_sorted_by_key(|(_, distance, _)| *distance));
    assert_eq!(
        impact.departments,
        ["医事課", "医療情報部", "放射線科", "検査科"]
            .map(str::to_owned)
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    let reverse = hits(
        &impacts,
        &impact_of(&impacts, RecordKind::System, 5).rests_on,
    );
    let told = |name: &str| {
        reverse
            .iter()
            .find(|(found, ..)| found == name)
            .map(|(_, distance, _)| *distance)
    };
    assert_eq!(told("CT撮影装置"), Some(1));
    assert_eq!(told("仮想化基盤 1号機"), Some(4));
}

#[test]
fn a_maintenance_line_stops_nothing_and_the_line_to_the_outside_does() {
    let impacts = Impacts::of(&hospital());
    assert!(
        impact_of(&impacts, RecordKind::Connection, 401)
            .stops
            .is_empty()
    );
    let other = hits(
        &impacts,
        &impact_of(&impacts, RecordKind::Connection, 403).stops,
    );
    assert_eq!(other[0], ("医事会計システム".to_owned(), 1, Reason::Line));
    let vpn = hits(&impacts, &impact_of(&impacts, RecordKind::Asset, 101).stops);
    let names: Vec<&str> = vpn.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["PACS遠隔保守", "電子カルテ遠隔保守"]);
}

#[test]
fn the_single_points_are_those_with_which_most_important_systems_stop() {
    let impacts = Impacts::of(&hospital());
    let found = impacts.single_points(3);
    let first = impacts.thing(found.points[0].thing).unwrap();
    assert_eq!(first.name, "基幹スイッチ");
    for point in &found.points {
        let target = impacts.thing(point.thing).unwrap().target;
        let impact = impacts.impact(target).unwrap();
        let systems: Vec<&Thing> = impact
            .stops
            .iter()
            .map(|hit| impacts.thing(hit.thing).unwrap())
            .filter(|thing| thing.target.kind == RecordKind::System)
            .collect();
        assert_eq!(point.systems, systems.len());
        assert_eq!(point.others, impact.stops.len() - systems.len());
        let important = systems
            .iter()
            .filter(|thing| thing.importance == Level::High);
        assert_eq!(point.important, important.count());
    }
    assert!(found.further > 0 && found.not_counted == 0);
}

#[test]
fn loops_end() {
    let mut register = empty();
    for number in 1..=3_u128 {
        register.systems.push(record(
            number,
            true,
            System {
                name: format!("系 {number}"),
                depends_on: vec![id(number % 3 + 1)],
                ..System::default()
            },
        ));
        register.assets.push(record(
            100 + number,
            true,
            Asset {
                name: format!("機器 {number}"),
                uplink: Some(id(100 + number % 3 + 1)),
                host: Some(id(100 + number % 3 + 1)),
                ..Asset::default()
            },
        ));
    }
    let impacts = Impacts::of(&register);
    for number in 1..=3 {
        let impact = impact_of(&impacts, RecordKind::System, number);
        assert_eq!(
            (impact.stops.len(), impact.rests_on.len()),
            (2, 2),
            "not itself"
        );
    }
    assert_eq!(impacts.single_points(10).points.len(), 6);
    assert_eq!(systems(&register).links.len(), 3);
    assert_eq!(network(&register).links.len(), 6);
}

fn any_register() -> impl Strategy<Value = Register> {
    let reference = || proptest::option::of(0_u128..60);
    let systems = proptest::collection::vec(
        (".{0,12}", proptest::collection::vec(0_u128..20, 0..4)),
        0..20,
    );
    let assets = proptest::collection::vec(
        (
            (".{0,12}", 0_usize..5, 0_usize..4),
            (reference(), reference(), reference()),
            0_usize..3,
        ),
        0..60,
    );
    let lines = proptest::collection::vec((".{0,12}", reference(), reference(), 0_usize..9), 0..12);
    (systems, assets, lines).prop_map(|(systems, assets, lines)| {
        let mut register = empty();
        for (number, (name, needs)) in systems.into_iter().enumerate() {
            register.systems.push(record(
                1 + number as u128,
                number % 2 == 0,
                System {
                    name,
                    depends_on: needs.into_iter().map(|needed| id(1 + needed)).collect(),
                    ..System::default()
                },
            ));
        }
        for (number, ((name, class, zone), (uplink, host, system), state)) in
            assets.into_iter().enumerate()
        {
            register.assets.push(record(
                100 + number as u128,
                number % 3 == 0,
                Asset {
                    name,
                    class: DeviceClass::ALL[class],
                    zone: ["", "DMZ", "電子カルテ系", "情報系"][zone].to_owned(),
                    uplink: uplink.map(|to| id(100 + to)),
                    host: host.map(|to| id(100 + to)),
                    system: system.map(|to| id(1 + to)),
                    state: AssetState::ALL[state % 2],
                    ..Asset::default()
                },
            ));
        }
        for (number, (name, system, end, mechanism)) in lines.into_iter().enumerate() {
            use yagura_inventory::model::{Connection, Mechanism};
            register.connections.push(record(
                500 + number as u128,
                number % 2 == 0,
                Connection {
                    vendor_name: name.clone(),
                    end_device: name.clone(),
                    name,
                    system: system.map(|to| id(1 + to)),
                    end_device_asset: end.map(|to| id(100 + to)),
                    mechanism: Mechanism::ALL[mechanism],
                    ..Connection::default()
                },
            ));
        }
        register
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn any_register_is_drawn_whole_and_followed_to_an_end(register in any_register()) {
        let in_use = register.in_use().count();
        let graph = network(&register);
        prop_assert_eq!(devices_drawn(&graph), in_use);
        prop_assert_eq!(&graph, &network(&register));
        let drawn = systems(&register);
        let of_kind = |code: &str| drawn.nodes.iter().filter(|node| node.kind.code() == code).count();
        prop_assert_eq!(of_kind("system"), register.systems.len());
        prop_assert_eq!(of_kind("connection"), register.connections.len());
        for graph in [&graph, &drawn] {
            let keys: std::collections::BTreeSet<&str> = graph.nodes.iter().map(|node| node.key.as_str()).collect();
            prop_assert_eq!(keys.len(), graph.nodes.len(), "keys tell nodes apart");
            let placed: usize = graph.bands.iter().map(|band| band.nodes.len()).sum();
            prop_assert_eq!(placed, graph.nodes.len());
            prop_assert!(graph.links.iter().all(|link| link.from < graph.nodes.len() && link.to < graph.nodes.len() && link.from != link.to));
        }
        let impacts = Impacts::of(&register);
        let points = impacts.single_points(1_000);
        prop_assert_eq!(points.not_counted, 0);
        for point in points.points {
            let target = impacts.thing(point.thing).unwrap().target;
            let impact = impacts.impact(target).unwrap();
            prop_assert_eq!(impact.stops.len(), point.systems + point.others);
            prop_assert!(impact.stops.iter().all(|hit| hit.thing != impact.start));
            for hit in &impact.stops {
                let back = impacts.impact(impacts.thing(hit.thing).unwrap().target).unwrap();
                let found = back.rests_on.iter().find(|one| one.thing == impact.start);
                prop_assert_eq!(found.map(|one| one.distance), Some(hit.distance), "there and back");
            }
        }
    }
}
