//! The worklist and the ledger: paged by key, filtered, as workbook and paper.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{World, exception, worlds};

async fn many(world: &World, number: usize) {
    for at in 0..number {
        let mut answers = exception();
        answers["rule"] = json!([format!("規程 {at}")]);
        world.file(world.staff, "form-exception", answers).await;
    }
}

#[tokio::test]
async fn every_waiting_request_is_on_one_page_of_the_worklist() {
    for world in worlds().await {
        many(&world, 7).await;
        let mut seen: Vec<String> = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/requests/worklist?limit=3{cursor}");
            let (status, page) = world
                .app
                .api(Some(world.head), Method::GET, &path, None)
                .await;
            assert_eq!(status, StatusCode::OK, "{page}");
            for item in page["items"].as_array().unwrap() {
                seen.push(item["number"].as_str().unwrap().to_owned());
            }
            let Some(next) = page["next"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        seen.sort();
        let expected: Vec<String> = (1..=7).map(|n| format!("2026-{n:04}")).collect();
        assert_eq!(seen, expected, "{}", world.app.engine);
        let (_, page) = world.app.get(world.head, "/requests/worklist").await;
        assert!(page.contains("7件。期限の近い順です。"));
        let (_, home) = world.app.get(world.head, "/").await;
        assert!(home.contains("申請を決裁する"));
        let (_, nothing) = world.app.get(world.records, "/requests/worklist").await;
        assert!(nothing.contains("決裁を待つ申請はありません"));
    }
}

#[tokio::test]
async fn the_ledger_is_for_those_who_may_read_it() {
    for world in worlds().await {
        many(&world, 3).await;
        let app = &world.app;
        for nobody in [world.staff, world.head] {
            assert_eq!(
                app.get(nobody, "/requests/all").await.0,
                StatusCode::FORBIDDEN
            );
        }
        let (status, page) = app.get(world.safety, "/requests/all").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("2026-0003") && page.contains("規程 2"));
        let (_, none) = app
            .get(world.safety, "/requests/all?standing=granted")
            .await;
        assert!(none.contains("当てはまる申請はありません"));
        let all = async |query: &str| -> Value {
            let path = format!("/api/v1/requests/all{query}");
            app.api(Some(world.safety), Method::GET, &path, None)
                .await
                .1
        };
        let first = all("?limit=2").await;
        assert_eq!(first["items"].as_array().unwrap().len(), 2);
        let next = first["next"].as_str().unwrap();
        let second = all(&format!("?limit=2&cursor={next}")).await;
        assert_eq!(second["items"][0]["number"], "2026-0001");
        assert!(second["next"].is_null());
        // Another institution sees nothing of it.
        let (_, elsewhere) = app.get(world.stranger, "/requests/all").await;
        assert!(!elsewhere.contains("規程 2"));
        let file = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = app.send(Some(world.safety), request).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            response.into_body().collect().await.unwrap().to_bytes()
        };
        assert!(file("/requests/all.xlsx").await.starts_with(b"PK"));
        assert!(file("/requests/all.pdf").await.starts_with(b"%PDF"));
        let id = first["items"][0]["id"].as_str().unwrap();
        let paper = file(&format!("/requests/{id}/request.pdf")).await;
        assert!(paper.starts_with(b"%PDF"));
        let printed = "SELECT count(*) AS n FROM audit_entries
                       WHERE resource_kind = 'request' AND detail LIKE '%\"printed\":true%'";
        assert_eq!(world.count(printed).await, 1);
    }
}
