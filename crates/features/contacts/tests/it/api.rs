//! The API does what the pages do, with problems for answers.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::worlds;

#[tokio::test]
async fn a_chart_lives_through_the_api() {
    for world in worlds().await {
        let whom = Some(world.director);
        let mut ids = Vec::new();
        for (category, name) in [
            ("inside", "甲"),
            ("inside", "乙"),
            ("maintenance", "丙"),
            ("police", "丁"),
            ("mhlw", "戊"),
        ] {
            let body = json!({ "category": category, "name": name, "day_phone": "000-000-0000" });
            let (status, entry) = world
                .app
                .api(whom, Method::POST, "/api/v1/contacts/entries", Some(body))
                .await;
            assert_eq!(status, StatusCode::CREATED, "{entry}");
            ids.push(entry["id"].as_str().unwrap().to_owned());
        }
        let path = format!("/api/v1/contacts/entries/{}", ids[0]);
        let body = json!({ "category": "inside", "name": "甲", "night_phone": "090-0000-0000", "revision": 1 });
        let (status, entry) = world
            .app
            .api(whom, Method::PUT, &path, Some(body.clone()))
            .await;
        assert_eq!((status, &entry["revision"]), (StatusCode::OK, &json!(2)));
        let mut late = body;
        late["name"] = json!("遅れた変更");
        let (status, _) = world.app.api(whom, Method::PUT, &path, Some(late)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let up = format!("/api/v1/contacts/entries/{}/move", ids[1]);
        let (_, chart) = world
            .app
            .api(whom, Method::POST, &up, Some(json!({ "up": true })))
            .await;
        assert_eq!(chart["entries"][0]["name"], "乙");
        assert_eq!(chart["gaps"], json!([]));
        let confirmation = "/api/v1/contacts/confirmation";
        let body = json!({ "revision": chart["revision"] });
        let (status, chart) = world
            .app
            .api(whom, Method::POST, confirmation, Some(body))
            .await;
        assert_eq!(
            (status, &chart["confirmed_this_year"]),
            (StatusCode::OK, &json!(true))
        );
        assert_eq!(chart["confirmation"]["fiscal_year"], 2026);
        let gone = format!("/api/v1/contacts/entries/{}?revision=1", ids[2]);
        assert_eq!(
            world.app.api(whom, Method::DELETE, &gone, None).await.0,
            StatusCode::NO_CONTENT
        );
        let (_, chart) = world
            .app
            .api(whom, Method::GET, "/api/v1/contacts", None)
            .await;
        assert_eq!(
            (&chart["gaps"], &chart["changed_since"]),
            (&json!(["maintenance"]), &json!(1))
        );
        let body = json!({ "revision": chart["revision"] });
        let (status, _) = world
            .app
            .api(whom, Method::POST, confirmation, Some(body))
            .await;
        assert_eq!(
            status,
            StatusCode::BAD_REQUEST,
            "it lacks the vendor's number"
        );
        let (_, history) = world
            .app
            .api(whom, Method::GET, "/api/v1/contacts/history", None)
            .await;
        assert_eq!(history[0]["event"], "removed");
        let (_, calls) = world
            .app
            .api(Some(world.staff), Method::GET, "/api/v1/emergency", None)
            .await;
        assert_eq!(calls[0]["whom"], "乙");
    }
}

#[tokio::test]
async fn wrong_bodies_are_problems() {
    for world in worlds().await {
        let whom = Some(world.director);
        let path = "/api/v1/contacts/entries";
        for (body, expected) in [
            (
                json!({ "category": "moon", "name": "x" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "category": "police", "name": "" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "category": "police", "name": "x", "day_phone": "none" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "category": "police", "name": "x", "surprise": 1 }),
                StatusCode::BAD_REQUEST,
            ),
            (json!({ "name": "x" }), StatusCode::BAD_REQUEST),
            (json!([1]), StatusCode::BAD_REQUEST),
        ] {
            let (status, problem) = world.app.api(whom, Method::POST, path, Some(body)).await;
            assert_eq!(status, expected, "{problem}");
            assert_eq!(problem["status"], expected.as_u16());
        }
        let (status, _) = world
            .app
            .api(
                Some(world.staff),
                Method::POST,
                path,
                Some(json!({ "category": "police", "name": "x" })),
            )
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = world
            .app
            .api(None, Method::GET, "/api/v1/contacts", None)
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let unknown = format!("{path}/019aa3f0-0000-7000-8000-000000000001?revision=1");
        assert_eq!(
            world.app.api(whom, Method::DELETE, &unknown, None).await.0,
            StatusCode::NOT_FOUND
        );
    }
}
