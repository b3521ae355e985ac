//! The JSON API: what is refused, and that a key makes it once.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{exception, worlds};

#[tokio::test]
async fn the_api_says_field_by_field_what_is_wrong() {
    for world in worlds().await {
        let app = &world.app;
        let (status, forms) = app
            .api(
                Some(world.staff),
                Method::GET,
                "/api/v1/requests/forms",
                None,
            )
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(forms.as_array().unwrap().len(), 10);
        let mut wrong = exception();
        wrong["until"] = json!(["2026-01-01"]);
        wrong["personal"] = json!(["maybe"]);
        wrong["colour"] = json!(["red"]);
        wrong.as_object_mut().unwrap().remove("reason");
        let body = json!({ "form": "form-exception", "answers": wrong });
        let (status, problem) = app
            .api(
                Some(world.staff),
                Method::POST,
                "/api/v1/requests",
                Some(body),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let mut fields: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        fields.sort_unstable();
        assert_eq!(fields, ["colour", "personal", "reason", "until"]);
        let body = json!({ "form": "nowhere", "answers": {} });
        let (status, _) = app
            .api(
                Some(world.staff),
                Method::POST,
                "/api/v1/requests",
                Some(body),
            )
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        for path in [
            "/api/v1/requests?cursor=x",
            "/api/v1/requests/worklist?cursor=x",
            "/api/v1/requests/all?standing=x",
        ] {
            let (status, _) = app.api(Some(world.safety), Method::GET, path, None).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        }
        assert_eq!(world.count("SELECT count(*) AS n FROM requests").await, 0);
    }
}
