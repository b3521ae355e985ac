//! The API.

use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::{EXPLOITED, KEV, NVD, worlds};

#[tokio::test]
async fn findings_are_read_and_decided() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.load("kev.json", KEV).await;
        world.gateway("6.0.3").await;
        world.round().await;
        let get = async |path: &str| {
            world
                .app
                .api(Some(world.operator), Method::GET, path, None)
                .await
        };
        let (status, page) = get("/api/v1/vulnerabilities/findings?exploited=true&limit=1").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let one = &page["items"][0];
        assert_eq!(one["vulnerability"], EXPLOITED);
        assert_eq!(one["exposure"], "internet");
        assert_eq!(one["confidence"], "exact");
        assert_eq!(one["cvss"], 9.8);
        let path = format!(
            "/api/v1/vulnerabilities/findings/{}",
            one["id"].as_str().unwrap()
        );
        assert_eq!(get(&path).await.1["due_on"], one["due_on"]);
        let post = async |path: String, body: Json| {
            world
                .app
                .api(Some(world.operator), Method::POST, &path, Some(body))
                .await
        };
        let body = json!({ "state": "accepted", "revision": 1 });
        let (status, problem) = post(format!("{path}/decision"), body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let body =
            json!({ "state": "affected", "note": "更新を依頼", "revision": one["revision"] });
        let (status, done) = post(format!("{path}/decision"), body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["state"], "affected");
        assert_eq!(
            post(format!("{path}/decision"), body).await.0,
            StatusCode::CONFLICT
        );
        let body = json!({ "accepted_until": "2026-12-01", "note": "x", "revision": 2 });
        assert_eq!(
            post(format!("{path}/acceptance"), body).await.0,
            StatusCode::FORBIDDEN
        );
        let (status, feeds) = get("/api/v1/vulnerabilities/feeds").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(feeds.as_array().unwrap().len(), 8);
        let (_, known) = get(&format!("/api/v1/vulnerabilities/of/{EXPLOITED}")).await;
        assert_eq!(known["exploited_since"], "2021-11-03");
        for bad in ["severity=x", "cursor=x", "vulnerability=x", "due_before=x"] {
            let path = format!("/api/v1/vulnerabilities/findings?{bad}");
            assert_eq!(get(&path).await.0, StatusCode::BAD_REQUEST, "{bad}");
        }
    }
}

#[tokio::test]
async fn a_change_of_the_register_asks_for_what_follows_in_its_transaction() {
    for world in worlds().await {
        let waiting = async || -> i64 {
            world
                .app
                .app
                .database()
                .count(
                    "SELECT count(*) AS n FROM jobs WHERE kind = 'vulnerabilities-refresh'",
                    yagura_store::params![],
                )
                .await
                .unwrap()
        };
        assert_eq!(waiting().await, 0);
        for number in 0..3 {
            let body = json!({ "content": { "name": format!("端末{number}") } });
            let path = "/api/v1/inventory/assets";
            let (status, answer) = world
                .app
                .api(Some(world.director), Method::POST, path, Some(body))
                .await;
            assert_eq!(status, StatusCode::CREATED, "{answer}");
        }
        assert_eq!(
            waiting().await,
            1,
            "once for changes that follow each other"
        );
    }
}
