//! Fetching from sources, which here all stand on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;
use yagura_kernel::policy::actions;
use yagura_vulnerabilities::import::Importer;
use yagura_vulnerabilities::model::Feed;
use yagura_vulnerabilities::sync::{Fetcher, Sources};
use yagura_vulnerabilities::vulnerability;

use crate::support::{EXPLOITED, KEV, epss, manage, nvd, proof, worlds};

#[derive(Default)]
struct Asked {
    number: AtomicUsize,
    /// After so many answers the source fails for good.
    fails_after: AtomicUsize,
    queries: std::sync::Mutex<Vec<String>>,
}

/// Three pages of one record each, as far as `startIndex` tells, busy at the first request.
async fn pages(
    State(asked): State<Arc<Asked>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> axum::response::Response {
    let number = asked.number.fetch_add(1, Ordering::SeqCst);
    let query = query.unwrap_or_default();
    asked.queries.lock().unwrap().push(query.clone());
    assert_eq!(headers["apikey"], "secret");
    if number == 0 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if number >= asked.fails_after.load(Ordering::SeqCst) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let start: u64 = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("startIndex="))
        .unwrap()
        .parse()
        .unwrap();
    let total = if query.contains("lastModStartDate") {
        0
    } else {
        4_001
    };
    let id = format!("CVE-2026-{:04}", 1_000 + start / 2_000);
    let cpe = "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*";
    let record = nvd(&id, cpe, "2.0", 7.5, "2026-11-10T00:00:00.000");
    let records = if total == 0 { Vec::new() } else { vec![record] };
    axum::Json(json!({
        "resultsPerPage": 2_000, "startIndex": start, "totalResults": total,
        "format": "NVD_CVE", "vulnerabilities": records,
    }))
    .into_response()
}

const OVERVIEWS: &str = r#"<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:sec="http://jvn.jp/rss/mod_sec/3.0/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:status="http://jvndb.jvn.jp/myjvn/Status"><item><title>架空の題名</title><link>x</link><description>説明</description><sec:identifier>JVNDB-2026-000001</sec:identifier><sec:references source="CVE" id="CVE-2026-1000">x</sec:references><dcterms:modified>2026-11-20T10:00:00+09:00</dcterms:modified></item><status:Status retCd="0" totalRes="1" totalResRet="1" firstRes="1"/></rdf:RDF>"#;
const DETAIL: &str = r#"<?xml version="1.0"?><VULDEF-Document version="3.2" xmlns="http://jvn.jp/vuldef/"><Vulinfo><VulinfoID>JVNDB-2026-000001</VulinfoID><VulinfoData><Title>架空の題名</Title><VulinfoDescription><Overview>架空の説明</Overview></VulinfoDescription><Related><RelatedItem type="advisory"><VulinfoID>CVE-2026-1000</VulinfoID></RelatedItem></Related></VulinfoData></Vulinfo></VULDEF-Document>"#;

async fn myjvn(RawQuery(query): RawQuery) -> &'static str {
    if query.unwrap_or_default().contains("getVulnDetailInfo") {
        DETAIL
    } else {
        OVERVIEWS
    }
}

async fn served(asked: Arc<Asked>) -> Sources {
    let router = Router::new()
        .route("/nvd", get(pages))
        .route("/kev", get(|| async { KEV }))
        .route("/epss", get(|| async { epss(&[(EXPLOITED, 0.9)]) }))
        .route("/jvn", get(myjvn))
        .with_state(asked);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let of = |path: &str| format!("http://{address}/{path}");
    Sources {
        nvd: of("nvd"),
        nvd_key: Some("secret".to_owned()),
        kev: of("kev"),
        epss: of("epss"),
        jvn: of("jvn"),
        back_off: Duration::from_millis(1),
        pause: Duration::from_millis(1),
    }
}

#[tokio::test]
async fn nvd_is_fetched_page_by_page_and_goes_on_where_it_broke() {
    for world in worlds().await {
        let asked = Arc::new(Asked::default());
        // The busy answer, two pages, then nothing any more.
        asked.fails_after.store(3, Ordering::SeqCst);
        let sources = served(Arc::clone(&asked)).await;
        let manage = manage();
        let importer = Importer::new(&world.app.app, &manage);
        let fetcher = Fetcher::new(&importer, &sources).unwrap();
        let broken = fetcher.feed(Feed::Nvd).await.unwrap();
        assert!(broken.error.unwrap().contains("400"));
        let read = proof::<actions::ReadVulnerabilities>(world.hospital.id);
        let database = world.app.app.database();
        let known = async |id: &str| {
            vulnerability(database, &read, id.parse().unwrap())
                .await
                .is_ok()
        };
        assert!(known("CVE-2026-1001").await && !known("CVE-2026-1002").await);
        asked.fails_after.store(usize::MAX, Ordering::SeqCst);
        let whole = fetcher.feed(Feed::Nvd).await.unwrap();
        assert_eq!(
            (whole.records, whole.error),
            (1, None),
            "only the page that was missing"
        );
        assert!(known("CVE-2026-1002").await);
        let again = fetcher.feed(Feed::Nvd).await.unwrap();
        assert_eq!((again.records, again.error), (0, None));
        let queries = asked.queries.lock().unwrap().clone();
        assert!(
            queries
                .last()
                .unwrap()
                .contains("lastModStartDate=2026-11-21T"),
            "{queries:?}"
        );
    }
}

#[tokio::test]
async fn the_other_feeds() {
    for world in worlds().await {
        let sources = served(Arc::default()).await;
        let manage = manage();
        let importer = Importer::new(&world.app.app, &manage);
        let fetcher = Fetcher::new(&importer, &sources).unwrap();
        for feed in [Feed::Kev, Feed::Epss, Feed::Jvn] {
            let loaded = fetcher.feed(feed).await.unwrap();
            assert_eq!(loaded.error, None, "{feed:?}");
            assert!(loaded.records > 0, "{feed:?}");
        }
        let read = proof::<actions::ReadVulnerabilities>(world.hospital.id);
        let database = world.app.app.database();
        let row = vulnerability(database, &read, EXPLOITED.parse().unwrap())
            .await
            .unwrap();
        assert_eq!(row.epss, Some(0.9));
        let row = vulnerability(database, &read, "CVE-2026-1000".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(row.description_ja.as_deref(), Some("架空の説明"));
        // Nobody is there.
        let nobody = Sources {
            kev: "http://127.0.0.1:9/x".to_owned(),
            ..sources
        };
        let fetcher = Fetcher::new(&importer, &nobody).unwrap();
        let loaded = fetcher.feed(Feed::Kev).await.unwrap();
        assert!(loaded.error.is_some());
    }
}
