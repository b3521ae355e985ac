use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use yagura_web::testing::text;

use super::support::{CHART, STAFF, worlds};

#[tokio::test]
async fn a_program_sends_an_export_and_reads_what_is_wrong() {
    for world in worlds().await {
        world.take("/accounts/staff", "名簿.csv", STAFF).await;
        let source = world.source(None).await;
        let request = Request::builder()
            .method("POST")
            .uri(format!(
                "/api/v1/accounts/sources/{source}/imports?file_name=a.csv"
            ))
            .header("content-type", "application/octet-stream")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(CHART))
            .unwrap();
        let (status, answer) = text(world.app.send(Some(world.operator), request).await).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let import = answer["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/accounts/imports/{import}/confirmation");
        let whom = Some(world.operator);
        let (status, _) = world.app.api(whom, Method::POST, &path, None).await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = world.app.api(whom, Method::POST, &path, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "once");
        world.app.run_jobs().await;
        let (status, page) = world
            .app
            .api(whom, Method::GET, "/api/v1/accounts/findings", None)
            .await;
        assert_eq!(status, StatusCode::OK);
        let first = &page["items"][0];
        assert_eq!(first["kind"], "leaver");
        assert_eq!(first["account"], "takahashi");
        let id = first["id"].as_str().unwrap();
        let path = format!("/api/v1/accounts/findings/{id}/task");
        let body = json!({ "due_on": "2026-12-01", "revision": first["revision"] });
        let (status, written) = world
            .app
            .api(whom, Method::POST, &path, Some(body.clone()))
            .await;
        assert_eq!(status, StatusCode::OK, "{written}");
        assert_eq!(written["state"], "task");
        let (status, _) = world.app.api(whom, Method::POST, &path, Some(body)).await;
        assert_eq!(status, StatusCode::CONFLICT, "of an older state");
        let (status, _) = world
            .app
            .api(
                Some(world.stranger),
                Method::GET,
                &format!("/api/v1/accounts/findings/{id}"),
                None,
            )
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let account = world.account("zz9").await;
        let path = format!("/api/v1/accounts/of/{account}/decision");
        let body = json!({ "decision": "service", "staff_number": "0001" });
        let (status, _) = world.app.api(whom, Method::POST, &path, Some(body)).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        world.app.run_jobs().await;
        assert_eq!(world.one("zz9", "nobody").await.state, "settled");
    }
}
