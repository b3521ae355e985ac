//! Files that are broken, or made to break: each is told with the place, and nothing is
//! half-written.

use axum::http::StatusCode;

use crate::imports::fixture;
use crate::support::{World, worlds};

/// What was sent is refused with these words, and neither register nor imports know of it.
async fn refused(world: &World, name: &str, bytes: &[u8], words: &str) {
    let (status, page) = world.upload(&[(name, bytes)]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    let told = page.contains(name) && page.contains(words);
    assert!(told, "{name}: {}", excerpt(&page, name));
    assert!(world.assets().await.is_empty(), "{name}");
    let kept = world
        .app
        .app
        .database()
        .count("SELECT count(*) AS n FROM inventory_imports", Vec::new())
        .await
        .unwrap();
    assert_eq!(kept, 0, "{name}");
}

fn excerpt<'p>(page: &'p str, mark: &str) -> &'p str {
    let at = page.find(mark).unwrap_or_default();
    let end = (at + 600).min(page.len());
    page.get(at..end).unwrap_or(page)
}

/// What was sent is read as far as it goes, and the preview says these words.
async fn told(world: &World, name: &str, bytes: &[u8], words: &[&str]) -> String {
    let (preview, page) = world.preview(&[(name, bytes)]).await;
    let (_, problems) = world
        .app
        .get(world.director, &format!("{preview}?show=problems"))
        .await;
    for word in words {
        assert!(
            page.contains(word) || problems.contains(word),
            "{name}, {word}: {problems}"
        );
    }
    assert!(
        world.assets().await.is_empty(),
        "{name}: nothing is written before"
    );
    preview
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_what_to_do() {
    for world in worlds().await {
        let gzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xAB, 0x56];
        refused(&world, "results.log.gz", &gzip, "展開してから").await;
        refused(
            &world,
            "half.zip",
            b"PK\x03\x04\x14\0\0\0",
            "圧縮ファイルです",
        )
        .await;
        refused(&world, "page.pdf", b"%PDF-1.7\n", "PDF").await;
        refused(
            &world,
            "half.json",
            b"{\"bomFormat\":\"Cyc",
            "もう一度書き出してください",
        )
        .await;
        refused(
            &world,
            "version.json",
            br#"{"bomFormat":"CycloneDX","specVersion":"9.9","components":[]}"#,
            "9.9",
        )
        .await;
    }
}

#[tokio::test]
async fn entities_are_never_expanded() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE nmaprun [<!ENTITY a \"aaaaaaaaaa\">\
         <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>\
         <nmaprun scanner=\"nmap\"><host><status state=\"up\"/>\
         <address addr=\"192.0.2.7\" addrtype=\"ipv4\"/>\
         <hostnames><hostname name=\"&c;\"/></hostnames></host></nmaprun>";
    let outside = "<?xml version=\"1.0\"?><!DOCTYPE nmaprun [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
         <nmaprun scanner=\"nmap\"><host><status state=\"up\"/>\
         <address addr=\"192.0.2.7\" addrtype=\"ipv4\"/>\
         <hostnames><hostname name=\"&x;\"/></hostnames></host></nmaprun>";
    for world in worlds().await {
        for (name, text) in [("bomb.xml", bomb), ("outside.xml", outside)] {
            let (status, page) = world.upload(&[(name, text.as_bytes())]).await;
            assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
            if status == StatusCode::SEE_OTHER {
                let path = format!("{page}?show=problems");
                let (_, page) = world.app.get(world.director, &path).await;
                assert!(page.contains("XML実体"), "{name}: {page}");
                assert!(!page.contains("root:") && !page.contains("aaaaaaaaaaaaaaaaaaaa"));
            } else {
                assert!(page.contains(name), "{page}");
            }
        }
        assert!(world.assets().await.is_empty());
    }
}

#[tokio::test]
async fn what_is_cut_off_is_read_as_far_as_it_goes_and_said() {
    for world in worlds().await {
        let aborted = fixture("nmap-aborted.xml");
        told(&world, "aborted.xml", &aborted, &["途中で"]).await;
        let whole = fixture("nmap.xml");
        let half = whole.get(..whole.len() / 2).unwrap();
        told(&world, "half.xml", half, &["途中で"]).await;
        let leases = fixture("dhcpd.leases");
        let half = leases.get(..leases.len() - 20).unwrap();
        told(&world, "half.leases", half, &["途中で"]).await;
    }
}

#[tokio::test]
async fn a_bill_of_materials_with_a_circle_ends() {
    let circle = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":
        {"type":"application","name":"架空ビューア","version":"2.0","bom-ref":"a"}},
        "components":[{"type":"library","name":"x","version":"?","bom-ref":"b"},
        {"type":"library","name":"y","version":"-","bom-ref":"c"}],
        "dependencies":[{"ref":"a","dependsOn":["b"]},{"ref":"b","dependsOn":["c"]},
        {"ref":"c","dependsOn":["a","b"]}]}"#;
    for world in worlds().await {
        let (_, page) = world.preview(&[("circle.json", circle.as_bytes())]).await;
        assert!(page.contains("架空ビューア"), "{page}");
    }
}

#[tokio::test]
async fn a_long_single_line_is_refused_with_its_reason() {
    // Nothing of it reaches a database: one is enough.
    for world in worlds().await.into_iter().take(1) {
        let line = vec![b'a'; 20 << 20];
        refused(&world, "long.txt", &line, "文字を超えています").await;
        let mut json = b"{\"bomFormat\":\"CycloneDX\",\"x\":\"".to_vec();
        json.resize((20 << 20) - 10, b'a');
        let (status, page) = world
            .upload(&[("more.txt", &vec![b'a'; (20 << 20) + 1])])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("20 MB まで"),
            "{}",
            excerpt(&page, "more.txt")
        );
        // Of a known kind and cut off: read as far as it goes.
        told(&world, "long.json", &json, &["途中で"]).await;
    }
}

#[tokio::test]
async fn versions_of_any_kind_are_kept_or_named_with_their_cell() {
    let long = "9".repeat(10_000);
    let table = format!(
        "ホスト名,OS,OSバージョン,サポート期限\npc1,FictOS,?,?\npc2,FictOS,-,-\n\
         pc3,FictOS,{long},2027-03-31\npc4,FictOS,*,\npc5,FictOS,\"7.0.0,build0066 (GA)\",令和9年3月31日\n\
         pc6,FictOS,v6R2m1,\n"
    );
    for world in worlds().await {
        let (preview, page) = world.preview(&[("versions.csv", table.as_bytes())]).await;
        assert!(page.contains("pc3"), "{page}");
        world.confirm(&preview, &page).await;
        let assets = world.assets().await;
        assert_eq!(assets.len(), 6);
        let version = |host: &str| {
            let one = assets.iter().find(|one| one.content.hostname == host);
            one.unwrap().content.os_version.clone()
        };
        assert_eq!(version("pc5"), "7.0.0,build0066 (GA)");
        assert_eq!(version("pc6"), "v6R2m1");
        assert!(version("pc3").chars().count() <= 100);
        assert!(assets.iter().all(|one| one.content.os == "FictOS"));
    }
}
