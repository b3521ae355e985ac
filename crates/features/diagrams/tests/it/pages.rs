//! Pages, files, paper and API.

use axum::http::{Method, StatusCode};
use quick_xml::events::Event;
use serde_json::json;
use yagura_inventory::model::{Asset, Connection, DeviceClass, Mechanism, System};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;

use crate::support::worlds;

const PAGES: [&str; 3] = ["/diagrams/systems", "/diagrams/network", "/diagrams/impact"];

/// The texts of an XML file, which must be well-formed.
fn texts_of(xml: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(xml).unwrap();
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    let mut depth = 0_i32;
    let mut word = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
                depth += 1;
            }
            Event::Text(part) => word.push_str(&part),
            Event::GeneralRef(part) => word.push_str(match &*part {
                "lt" => "<",
                "gt" => ">",
                "amp" => "&",
                "quot" => "\"",
                _ => "an entity that XML does not know",
            }),
            Event::End(_) => {
                depth -= 1;
                found.push(std::mem::take(&mut word));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert!(
        text.chars().all(|c| !c.is_control() || c == '\n'),
        "no character that XML refuses"
    );
    assert!(!found.iter().any(|text| text.contains("an entity that XML")));
    found
}

#[tokio::test]
async fn an_empty_register_says_what_to_fill_in() {
    for world in worlds().await {
        for path in PAGES {
            let (status, page) = world.app.get(world.director, path).await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                page.contains("まだ") && page.contains("/inventory/"),
                "{page}"
            );
            assert!(!page.contains("<svg class=\"diagram\""));
        }
        let (status, kind, body) = world.file(world.director, "/diagrams/systems.pdf").await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
        assert!(body.starts_with(b"%PDF"));
        let (_, _, svg) = world.file(world.director, "/diagrams/network.svg").await;
        texts_of(&svg);
    }
}

#[tokio::test]
async fn a_diagram_is_drawn_with_links_marks_and_the_same_facts_as_tables() {
    for world in worlds().await {
        let small = world.furnish().await;
        let (status, page) = world.app.get(world.director, "/diagrams/systems").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains(&format!(
                "<a href=\"/inventory/systems/{}\"><title>",
                small.chart
            )),
            "{page}"
        );
        assert!(page.contains(&format!("href=\"/inventory/connections/{}\"", small.line)));
        assert!(page.contains("電子カルテ &lt;&amp;&quot;") && !page.contains("電子カルテ <&"));
        assert!(page.contains("許可期限切れ") && page.contains("stroke-dasharray"));
        assert!(page.contains("今年度未確認 5 件"), "{page}");
        assert!(
            !page.contains(" style=\""),
            "the policy lets no style attribute pass"
        );
        let (drawing, tables) = page.split_once("id=\"diagram-tables\"").unwrap();
        for name in [
            "電子カルテ遠隔保守",
            "架空メディカル",
            "基幹スイッチ",
            "認証基盤",
        ] {
            assert!(drawing.contains(name) && tables.contains(name), "{name}");
        }
        let (_, page) = world.app.get(world.director, "/diagrams/network").await;
        assert!(
            page.contains("10.0.0.11") && page.contains("電子カルテ系"),
            "{page}"
        );
        assert!(page.contains(&format!("href=\"/inventory/assets/{}\"", small.server)));

        let before = world.audited().await;
        let (status, kind, svg) = world.file(world.director, "/diagrams/systems.svg").await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/svg+xml"));
        let texts = texts_of(&svg).join("\n");
        assert!(
            texts.contains("電子カルテ <&\"'>") && texts.contains("架空総合病院"),
            "{texts}"
        );
        assert!(texts.contains("Yagura 作成"), "{texts}");
        assert!(
            !String::from_utf8(svg).unwrap().contains("href"),
            "a file leads nowhere"
        );
        let (status, kind, pdf) = world.file(world.director, "/diagrams/network.pdf").await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pdf"));
        assert!(pdf.starts_with(b"%PDF"));
        assert_eq!(
            world.audited().await,
            before + 2,
            "who took it away is on record"
        );
    }
}

#[tokio::test]
async fn what_stops_is_told_from_each_side() {
    for world in worlds().await {
        let small = world.furnish().await;
        let path = format!("/diagrams/impact/assets/{}", small.switch);
        let (status, page) = world.app.get(world.director, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("システム 2 件(うち重要 2 件)、外部接続 1 件、機器 1 台"),
            "{page}"
        );
        assert!(page.contains("医療情報部") && page.contains("診療部"));
        let path = format!("/diagrams/impact/systems/{}", small.chart);
        let (_, page) = world.app.get(world.director, &path).await;
        assert!(
            page.contains("一緒に止まるものはありません") && page.contains("基幹スイッチ"),
            "{page}"
        );
        let path = format!("/diagrams/impact/connections/{}", small.line);
        let (status, page) = world.app.get(world.director, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("外部との接点機器である"), "{page}");
        let (_, page) = world.app.get(world.director, "/diagrams/impact").await;
        let (switch, server) = (
            page.find("基幹スイッチ").unwrap(),
            page.find("ADサーバ").unwrap(),
        );
        assert!(switch < server, "that with which most stops comes first");

        let (_, page) = world
            .app
            .get(world.director, "/diagrams/impact?q=遠隔")
            .await;
        assert!(
            page.contains(&format!(
                "href=\"/diagrams/impact/connections/{}\"",
                small.line
            )),
            "{page}"
        );
        let (_, page) = world
            .app
            .get(world.director, "/diagrams/impact?q=ない")
            .await;
        assert!(page.contains("台帳にありません"), "{page}");

        let api = format!("/api/v1/diagrams/impact/assets/{}", small.switch);
        let (status, told) = world
            .app
            .api(Some(world.director), Method::GET, &api, None)
            .await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let steps: Vec<_> = told["stops"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| {
                (
                    hit["thing"]["name"].as_str().unwrap(),
                    hit["distance"].as_i64().unwrap(),
                    hit["reason"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            steps,
            [
                ("電子カルテ遠隔保守", 1, "end_device"),
                ("ADサーバ", 1, "uplink"),
                ("認証基盤", 2, "server"),
                ("電子カルテ <&\"'>", 3, "depends_on"),
            ]
        );
        assert_eq!(told["departments"], json!(["医療情報部", "診療部"]));
        let all = "/api/v1/diagrams/impact";
        let (_, told) = world
            .app
            .api(Some(world.director), Method::GET, all, None)
            .await;
        assert_eq!(
            told["points"][0]["thing"]["record"]["id"],
            small.switch.to_string()
        );
        assert_eq!(told["points"][0]["important_systems"], 2);
        let directory = format!("/api/v1/diagrams/impact/systems/{}", small.directory);
        let (_, told) = world
            .app
            .api(Some(world.director), Method::GET, &directory, None)
            .await;
        assert_eq!(told["rests_on"][0]["thing"]["name"], "ADサーバ");
    }
}

#[tokio::test]
async fn the_graph_is_to_be_had_as_json() {
    for world in worlds().await {
        let small = world.furnish().await;
        let path = "/api/v1/diagrams/systems";
        let (status, graph) = world
            .app
            .api(Some(world.director), Method::GET, path, None)
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(graph["unconfirmed"], 5);
        let nodes = graph["nodes"].as_array().unwrap();
        let line = nodes
            .iter()
            .find(|node| node["kind"] == "connection")
            .unwrap();
        assert_eq!(
            line["record"],
            json!({ "kind": "connection", "id": small.line })
        );
        assert_eq!(line["place"], "internet");
        assert_eq!(
            line["marks"],
            json!([{ "mark": "unconfirmed", "count": 1 }, { "mark": "permission_over", "count": 1 }])
        );
        let links = graph["links"].as_array().unwrap();
        let needs = links.iter().find(|link| link["kind"] == "needs").unwrap();
        assert_eq!(needs["from"], format!("system:{}", small.chart));
        assert_eq!(needs["to"], format!("system:{}", small.directory));
        assert!(
            links
                .iter()
                .any(|link| link["kind"] == "external" && link["unconfirmed"] == true)
        );
        let path = "/api/v1/diagrams/network";
        let (_, graph) = world
            .app
            .api(Some(world.director), Method::GET, path, None)
            .await;
        assert!(
            graph["links"]
                .as_array()
                .unwrap()
                .iter()
                .any(|link| link["kind"] == "uplink")
        );
    }
}

#[tokio::test]
async fn others_do_not_see_it_and_staff_do_not_either() {
    for world in worlds().await {
        let small = world.furnish().await;
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "別の施設", None)
            .await;
        let stranger = world.app.person(&other, Role::Director).await;
        for path in PAGES {
            assert_eq!(
                world.app.get(world.staff, path).await.0,
                StatusCode::FORBIDDEN
            );
            let (_, theirs) = world.app.get(stranger, path).await;
            assert!(!theirs.contains("基幹スイッチ"));
        }
        let of_one = [
            format!("/diagrams/impact/systems/{}", small.chart),
            format!("/diagrams/impact/connections/{}", small.line),
            format!("/diagrams/impact/assets/{}", small.switch),
        ];
        for path in &of_one {
            assert_eq!(
                world.app.get(world.staff, path).await.0,
                StatusCode::FORBIDDEN
            );
            assert_eq!(world.app.get(stranger, path).await.0, StatusCode::NOT_FOUND);
        }
        let swapped = format!("/diagrams/impact/systems/{}", small.switch);
        assert_eq!(
            world.app.get(world.director, &swapped).await.0,
            StatusCode::NOT_FOUND
        );
        let _ = &world.hospital;
    }
}

#[tokio::test]
async fn the_worst_names_and_three_hundred_and_ninety_two_systems_are_drawn() {
    for world in worlds().await {
        let hostile = [
            "x".repeat(100),
            "龍".repeat(100),
            "שלום עולם مرحبا".to_owned(),
            "a\u{202E}b\u{7}c\u{1b}[31m".to_owned(),
            "]]><script>alert(1)</script>&amp;&#x0;".to_owned(),
            "\u{FFFD}\u{10FFFF}👩‍⚕️".to_owned(),
            "#import \"x\" $x^2$ *b* _i_".to_owned(),
        ];
        let systems: Vec<System> = (0..392)
            .map(|number| System {
                name: hostile
                    .get(number)
                    .cloned()
                    .unwrap_or_else(|| format!("部門システム {number}")),
                department: format!("部署 {}", number % 23),
                vendor_name: hostile[number % hostile.len()].clone(),
                ..System::default()
            })
            .collect();
        let ids = world.add_all(&systems).await;
        let assets: Vec<Asset> = (0..400)
            .map(|number| Asset {
                name: hostile[number % hostile.len()].clone(),
                class: DeviceClass::ALL[number % 5],
                zone: hostile[number % 3].clone(),
                system: Some(ids[number % 392]),
                ..Asset::default()
            })
            .collect();
        world.add_all(&assets).await;
        let lines: Vec<Connection> = hostile
            .iter()
            .map(|name| Connection {
                name: name.clone(),
                vendor_name: name.clone(),
                end_device: name.clone(),
                mechanism: Mechanism::Ipsec,
                system: Some(ids[0]),
                ..Connection::default()
            })
            .collect();
        world.add_all(&lines).await;
        for diagram in ["systems", "network"] {
            let path = format!("/diagrams/{diagram}");
            let (status, page) = world.app.get(world.director, &path).await;
            assert_eq!(status, StatusCode::OK);
            assert!(!page.contains("<script>alert"), "escaped");
            assert!(!page.contains('\u{202E}') && !page.contains('\u{1b}'));
            let (status, _, svg) = world.file(world.director, &format!("{path}.svg")).await;
            assert_eq!(status, StatusCode::OK);
            let texts = texts_of(&svg);
            let full = "x".repeat(100);
            assert!(
                texts.iter().any(|text| text.contains(&full)),
                "the full name is in a title"
            );
            let (status, _, pdf) = world.file(world.director, &format!("{path}.pdf")).await;
            assert_eq!(status, StatusCode::OK);
            assert!(pdf.starts_with(b"%PDF"));
        }
        let (_, page) = world.app.get(world.director, "/diagrams/systems").await;
        assert_eq!(
            page.matches("<a href=\"/inventory/systems/").count() / 2,
            392,
            "drawn and in the table"
        );
    }
}
