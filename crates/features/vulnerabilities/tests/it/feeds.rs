//! Loading feeds.

use std::io::Write as _;

use serde_json::json;
use yagura_kernel::audit::SigningKey;
use yagura_kernel::policy::actions;
use yagura_vulnerabilities::import::{ImportError, Importer};
use yagura_vulnerabilities::model::Feed;
use yagura_vulnerabilities::{FeedRow, Vulnerability, bundle, states, vulnerability};

use crate::support::{EXPLOITED, KEV, NVD, World, epss, feed, manage, nvd, proof, worlds};

async fn known(world: &World, id: &str) -> Vulnerability {
    let read = proof::<actions::ReadVulnerabilities>(world.hospital.id);
    vulnerability(world.app.app.database(), &read, id.parse().unwrap())
        .await
        .unwrap()
}

async fn state(world: &World, feed: Feed) -> FeedRow {
    let read = proof::<actions::ReadFeeds>(world.hospital.id);
    let rows = states(world.app.app.database(), &read).await.unwrap();
    rows.into_iter()
        .find(|row| row.feed == feed.code())
        .unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const JVN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VULDEF-Document version="3.2" xmlns="http://jvn.jp/vuldef/"><Vulinfo><VulinfoID>JVNDB-2019-000001</VulinfoID>
<VulinfoData><Title>架空製品における経路探索の脆弱性</Title><VulinfoDescription><Overview>架空の説明です。</Overview></VulinfoDescription>
<Affected><AffectedItem><Name>フォーティネット</Name><ProductName>FortiOS</ProductName><Cpe version="2.2">cpe:/o:fortinet:fortios</Cpe><VersionNumber>6.0.5 未満</VersionNumber></AffectedItem></Affected>
<Related><RelatedItem type="advisory"><Name>CVE</Name><VulinfoID>CVE-2018-13379</VulinfoID></RelatedItem></Related>
<DatePublic>2019-06-01T00:00:00+09:00</DatePublic><DateLastUpdated>2019-06-10T00:00:00+09:00</DateLastUpdated></VulinfoData></Vulinfo></VULDEF-Document>"#;

#[tokio::test]
async fn a_folder_is_loaded_as_it_comes_and_a_second_time_says_nothing_new() {
    for world in worlds().await {
        world.file("in/a/nvd.json.gz", &gzip(NVD));
        world.file("in/b.json", KEV);
        world.file("in/jvn.rdf", JVN.as_bytes());
        world.file("in/epss.csv.gz", &gzip(&epss(&[(EXPLOITED, 0.97)])));
        world.file("in/readme.txt", "これは情報源ではありません".as_bytes());
        world.file("in/.hidden", KEV);
        let folder = world.folder.path().join("in");
        let loaded = world.import(&folder).await;
        let feeds: Vec<Option<Feed>> = loaded.iter().map(|one| one.feed).collect();
        assert_eq!(
            feeds,
            [
                Some(Feed::Nvd),
                Some(Feed::Kev),
                Some(Feed::Epss),
                Some(Feed::Jvn),
                None
            ],
            "{loaded:?}"
        );
        assert!(
            loaded
                .iter()
                .all(|one| one.error.is_none() && one.set_aside == 0)
        );
        let row = known(&world, EXPLOITED).await;
        assert_eq!(
            row.title_ja.as_deref(),
            Some("架空製品における経路探索の脆弱性")
        );
        assert!(row.title_en.unwrap().contains("Path Traversal"));
        assert_eq!(row.cvss_tenths, Some(98));
        assert_eq!(row.epss, Some(0.97));
        assert_eq!(row.kev_added.unwrap().to_string(), "2021-11-03");
        assert!(row.kev_ransomware);
        assert_eq!(row.jvn.as_deref(), Some("JVNDB-2019-000001"));
        assert_eq!(
            row.published_at.unwrap().to_rfc3339(),
            "2019-05-31T15:00:00Z",
            "the earliest counts"
        );
        let links: Vec<String> = serde_json::from_value(row.links).unwrap();
        assert!(links[0].contains("fortiguard.com"), "{links:?}");
        let again = world.import(&folder).await;
        assert!(again.iter().all(|one| one.changed == 0), "{again:?}");
        let nvd = state(&world, Feed::Nvd).await;
        assert_eq!((nvd.records, nvd.set_aside, nvd.error), (2, 0, None));
        assert!(nvd.succeeded_at.is_some() && nvd.as_of < nvd.succeeded_at);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_with_its_place_and_stops_nothing() {
    for world in worlds().await {
        let cpe = "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*";
        let records = [
            nvd("CVE-2026-0001", cpe, "2.0", 7.5, "2026-11-10T00:00:00.000"),
            json!({ "cve": { "id": 12 } }),
            json!({ "cve": { "id": "CVE-2026-XXXX" } }),
            nvd("CVE-2026-0002", cpe, "3.0", 5.0, "2026-11-10T00:00:00.000"),
        ];
        let loaded = world.load("nvd.json", &feed(&records)).await;
        assert_eq!((loaded.records, loaded.set_aside), (4, 2), "{loaded:?}");
        let places: Vec<u64> = loaded.examples.iter().map(|one| one.record).collect();
        assert_eq!(places, [2, 3]);
        assert!(loaded.examples.iter().all(|one| one.offset > 100));
        known(&world, "CVE-2026-0002").await;
        let row = state(&world, Feed::Nvd).await;
        assert_eq!(row.set_aside, 2);
        assert_eq!(row.examples.as_array().unwrap().len(), 2);

        // A stream that breaks off: what was read before stands, the state says it.
        let whole = gzip(&feed(&[nvd(
            "CVE-2026-0003",
            cpe,
            "3.0",
            5.0,
            "2026-11-11T00:00:00.000",
        )]));
        let cut = world.load("cut.json.gz", &whole[..whole.len() - 9]).await;
        assert!(cut.error.is_some(), "{cut:?}");
        let row = state(&world, Feed::Nvd).await;
        assert!(row.error.is_some() && row.succeeded_at.is_some());
        world.load("cut.json.gz", &whole).await;
        assert_eq!(state(&world, Feed::Nvd).await.error, None);
        known(&world, "CVE-2026-0003").await;
    }
}

#[tokio::test]
async fn an_older_record_does_not_take_the_place_of_a_newer() {
    for world in worlds().await {
        let cpe = "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*";
        let one = |score, at| feed(&[nvd("CVE-2026-0001", cpe, "2.0", score, at)]);
        world
            .load("a.json", &one(9.0, "2026-11-10T00:00:00.000"))
            .await;
        world
            .load("b.json", &one(5.0, "2026-11-01T00:00:00.000"))
            .await;
        assert_eq!(known(&world, "CVE-2026-0001").await.cvss_tenths, Some(90));
        world
            .load("c.json", &one(4.0, "2026-11-12T00:00:00.000"))
            .await;
        assert_eq!(known(&world, "CVE-2026-0001").await.cvss_tenths, Some(40));
    }
}

#[tokio::test]
async fn what_the_catalogue_has_no_more_is_exploited_no_more() {
    for world in worlds().await {
        world.load("kev.json", KEV).await;
        assert!(known(&world, "CVE-2017-0144").await.kev_added.is_some());
        let mut catalogue: serde_json::Value = serde_json::from_slice(KEV).unwrap();
        catalogue["vulnerabilities"]
            .as_array_mut()
            .unwrap()
            .retain(|entry| entry["cveID"] != "CVE-2017-0144");
        world
            .load("kev.json", catalogue.to_string().as_bytes())
            .await;
        assert_eq!(known(&world, "CVE-2017-0144").await.kev_added, None);
        assert!(known(&world, EXPLOITED).await.kev_added.is_some());
        // An entry that cannot be read is not one that is gone.
        let entry = &mut catalogue["vulnerabilities"].as_array_mut().unwrap()[0];
        entry["cveID"] = json!("CVE-????");
        world
            .load("kev.json", catalogue.to_string().as_bytes())
            .await;
        assert!(known(&world, EXPLOITED).await.kev_added.is_some());
    }
}

#[tokio::test]
async fn a_bundle_is_loaded_elsewhere_when_its_key_is_trusted_and_nothing_was_altered() {
    let mut worlds = worlds().await.into_iter();
    let world = worlds.next().unwrap();
    world.load("nvd.json", NVD).await;
    world.load("kev.json", KEV).await;
    world.load("jvn.rdf", JVN.as_bytes()).await;
    let key = SigningKey::from_seed("yagura-audit", &[3; 32]).unwrap();
    let read = proof::<actions::ReadFeeds>(world.hospital.id);
    let rows = states(world.app.app.database(), &read).await.unwrap();
    let out = world.folder.path().join("bundle.yagura");
    let manifest = bundle::make(&world.app.app, &manage(), &rows, &key, &out)
        .await
        .unwrap();
    assert_eq!(manifest.feeds.len(), 3);
    assert!(manifest.parts.iter().all(|part| part.sha256.len() == 64));
    let altered = world.folder.path().join("altered.yagura");
    {
        // The same archive with one byte of one part changed and written anew.
        let mut archive = zip::ZipArchive::new(std::fs::File::open(&out).unwrap()).unwrap();
        let mut new = zip::ZipWriter::new(std::fs::File::create(&altered).unwrap());
        for place in 0..archive.len() {
            let mut entry = archive.by_index(place).unwrap();
            let name = entry.name().unwrap().into_owned();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            if name == "vulnerabilities.jsonl" {
                let text = String::from_utf8(bytes)
                    .unwrap()
                    .replace("Fortinet", "Fortinot");
                bytes = text.into_bytes();
            }
            new.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            new.write_all(&bytes).unwrap();
        }
        new.finish().unwrap();
    }
    for other in crate::support::worlds().await {
        let manage = manage();
        let importer = Importer::new(&other.app.app, &manage);
        let trusted = [key.verifying_key()];
        let stranger = SigningKey::from_seed("yagura-audit", &[4; 32]).unwrap();
        for (path, keys) in [
            (&out, &[][..]),
            (&out, &[stranger.verifying_key()][..]),
            (&altered, &trusted[..]),
        ] {
            let outcome = importer.load(path, keys, &mut |_| {}).await;
            assert!(
                matches!(outcome, Err(ImportError::Refused { .. })),
                "{outcome:?}"
            );
        }
        let read = proof::<actions::ReadVulnerabilities>(other.hospital.id);
        let absent =
            vulnerability(other.app.app.database(), &read, EXPLOITED.parse().unwrap()).await;
        assert!(absent.is_err(), "nothing of a refused bundle is there");
        let mut loaded = Vec::new();
        importer
            .load(&out, &trusted, &mut |one| loaded.push(one.clone()))
            .await
            .unwrap();
        assert_eq!(loaded.len(), 3);
        let (here, there) = (
            known(&world, EXPLOITED).await,
            known(&other, EXPLOITED).await,
        );
        assert_eq!(here.title_ja, there.title_ja);
        assert_eq!(here.weight, there.weight);
        assert_eq!(here.kev_added, there.kev_added);
        let (id, _) = other.gateway("6.0.3").await;
        other.round().await;
        let found = other
            .found(&yagura_vulnerabilities::Filter::default())
            .await;
        assert!(found.iter().any(|one| one.asset_id == id));
        // Pinned once, it needs no naming.
        bundle::pin(&other.app.app, &manage, &key.verifying_key())
            .await
            .unwrap();
        bundle::pin(&other.app.app, &manage, &key.verifying_key())
            .await
            .unwrap();
        assert_eq!(bundle::pinned(&other.app.app).await.unwrap(), trusted);
    }
}
