//! Programs of devices: which of them are held against the feeds, and big lists.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use uuid::Uuid;
use yagura_inventory::model::Asset;
use yagura_store::params;
use yagura_vulnerabilities::Filter;
use yagura_vulnerabilities::model::products::STATED;

use crate::support::{World, feed, nvd, worlds};

struct Program {
    name: String,
    version: String,
    purl: &'static str,
    cpe: String,
}

fn program(name: &str, version: &str, purl: &'static str, cpe: &str) -> Program {
    Program {
        name: name.to_owned(),
        version: version.to_owned(),
        purl,
        cpe: cpe.to_owned(),
    }
}

/// Lists programs, as an import of the register does.
async fn list(world: &World, of: &[(Uuid, Vec<Program>)]) {
    let app = &world.app.app;
    let mut tx = app.database().begin_long().await.unwrap();
    let rows: Vec<_> = of
        .iter()
        .flat_map(|(asset, programs)| {
            programs.iter().map(|program| {
                params![
                    app.ids().id(),
                    world.hospital.id,
                    *asset,
                    "sbom",
                    &program.name,
                    &program.version,
                    "",
                    program.purl,
                    &program.cpe,
                    app.now()
                ]
            })
        })
        .collect();
    let columns = [
        "id",
        "organization_id",
        "asset_id",
        "source",
        "name",
        "version",
        "vendor",
        "purl",
        "cpe",
        "listed_at",
    ];
    tx.insert_many("inventory_software", &columns, rows)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn named(name: &str) -> Asset {
    Asset {
        name: name.to_owned(),
        ..Asset::default()
    }
}

#[tokio::test]
async fn programs_join_the_matching_and_packages_of_distributions_do_not() {
    for world in worlds().await {
        let at = "2026-11-10T00:00:00.000";
        let viewer = "cpe:2.3:a:kakuu:viewer:*:*:*:*:*:*:*:*";
        let openssl = "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*";
        let records = [
            nvd("CVE-2026-0001", viewer, "2.0", 7.5, at),
            nvd("CVE-2026-0002", openssl, "3.1", 9.8, at),
        ];
        world.load("nvd.json", &feed(&records)).await;
        let terminal = world.add(&named("読影端末")).await;
        let server = world.add(&named("連携サーバ")).await;
        let stated = "cpe:2.3:a:kakuu:viewer:1.4:*:*:*:*:*:*:*";
        let packaged = "cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*";
        let purl = "pkg:deb/debian/openssl@3.0.11-1~deb12u2?distro=debian-12";
        list(
            &world,
            &[
                (
                    terminal,
                    vec![
                        program("架空ビューア 1.4 (x64)", "1.4", "", stated),
                        program("未知の道具", "9", "", ""),
                        program("更新プログラム (KB5034441)", "", "", ""),
                    ],
                ),
                (
                    server,
                    vec![
                        program("openssl", "3.0.11-1~deb12u2", purl, packaged),
                        program("未知の道具", "10", "", ""),
                    ],
                ),
            ],
        )
        .await;
        world.round().await;
        let found = world.found(&Filter::default()).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].asset_id, terminal);
        assert_eq!(found[0].identifier().to_string(), "CVE-2026-0001");
        assert_eq!(found[0].certainty, STATED);
        let products = "/vulnerabilities/products";
        let (status, page) = world.app.get(world.operator, products).await;
        assert_eq!(status, StatusCode::OK);
        for there in [
            "架空ビューア",
            "部品表に記載",
            "未知の道具",
            "パッケージが 1 件",
        ] {
            assert!(page.contains(there), "{there} is not on {page}");
        }
        assert!(!page.contains("KB5034441"));
        let only = "/vulnerabilities/products?kind=software&state=unknown";
        let (_, page) = world.app.get(world.operator, only).await;
        assert!(
            page.contains("未知の道具") && !page.contains("架空ビューア"),
            "{page}"
        );
        let only = "/vulnerabilities/products?q=%E3%83%93%E3%83%A5%E3%83%BC%E3%82%A2";
        let (_, page) = world.app.get(world.operator, only).await;
        assert!(
            page.contains("架空ビューア") && !page.contains("未知の道具"),
            "{page}"
        );
        // A person says what the unknown one is: it is one text on both devices.
        let confirmed = nvd(
            "CVE-2026-0003",
            "cpe:2.3:a:kakuu:tool:*:*:*:*:*:*:*:*",
            "10",
            5.0,
            at,
        );
        world.load("more.json", &feed(&[confirmed])).await;
        let (_, page) = world.app.get(world.operator, products).await;
        let place = page.find("未知の道具").unwrap();
        let href = page[..place].rsplit("href=\"").next().unwrap();
        let href = href.split('"').next().unwrap().to_owned();
        let form = [("other", "cpe:2.3:a:kakuu:tool")];
        assert_eq!(world.app.post(world.operator, &href, &form).await.0, 303);
        while world.app.run_jobs().await > 0 {}
        let now = world.ids(&Filter::default()).await;
        assert_eq!(now.len(), 2, "only version 9 is below 10: {now:?}");
    }
}

#[tokio::test]
async fn big_lists_are_refreshed_and_paged() {
    const DEVICES: usize = 200;
    const PROGRAMS: usize = 300;
    const DISTINCT: usize = 3_000;
    for world in worlds().await {
        let at = "2026-11-10T00:00:00.000";
        let cpe = "cpe:2.3:a:kakuu:program7:*:*:*:*:*:*:*:*";
        let record = nvd("CVE-2026-0001", cpe, "2.0", 7.5, at);
        world.load("nvd.json", &feed(&[record])).await;
        let mut lists = Vec::new();
        for device in 0..DEVICES {
            let id = world.add(&named(&format!("端末{device}"))).await;
            let programs = (0..PROGRAMS)
                .map(|place| {
                    let number = (device * PROGRAMS + place) % DISTINCT;
                    // One in a hundred is stated by CPE.
                    let cpe = if number % 100 == 7 {
                        format!("cpe:2.3:a:kakuu:program{number}:1.0")
                    } else {
                        String::new()
                    };
                    program(&format!("架空プログラム第{number}号"), "1.0", "", &cpe)
                })
                .collect();
            lists.push((id, programs));
        }
        list(&world, &lists).await;
        let begun = Instant::now();
        world.round().await;
        let first = begun.elapsed();
        // Each distinct program stands on a tenth of the devices.
        let found = world.found(&Filter::default()).await;
        assert_eq!(found.len(), DEVICES / 10, "one program of three thousand");
        let begun = Instant::now();
        world.round().await;
        let again = begun.elapsed();
        eprintln!("{DEVICES} devices with {PROGRAMS} programs: {first:?}, unchanged {again:?}");
        // 60,000 rows: a statement for each would take longer on any machine that builds this.
        assert!(first < Duration::from_secs(60), "{first:?}");
        assert!(again < Duration::from_secs(5), "{again:?}");
        let mut path = "/vulnerabilities/products?kind=software".to_owned();
        let mut seen = 0;
        for _ in 0..3 {
            let begun = Instant::now();
            let (status, page) = world.app.get(world.operator, &path).await;
            assert_eq!(status, StatusCode::OK);
            assert!(begun.elapsed() < Duration::from_secs(5));
            assert!(page.len() < 200_000, "{} bytes", page.len());
            seen += page.matches("架空プログラム第").count();
            let next = page.split("rel=\"next\"").next().unwrap();
            let next = next.rsplit("href=\"").next().unwrap();
            path = next.split('"').next().unwrap().replace("&amp;", "&");
        }
        assert!(seen >= 150, "three pages show {seen}");
        // The list does not ask to confirm thousands of programs.
        let (_, page) = world.app.get(world.operator, "/vulnerabilities").await;
        assert!(!page.contains("製品がまだ確かめられていない名前"), "{page}");
    }
}
