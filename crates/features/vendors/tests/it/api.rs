//! The API.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::worlds;

#[tokio::test]
async fn the_api_does_what_the_pages_do() {
    for world in worlds().await {
        let app = &world.app;
        let invitations = "/api/v1/vendors/invitations";
        let invite = async |whom, body: Value| {
            app.api(Some(whom), Method::POST, invitations, Some(body))
                .await
        };
        let (status, made) = invite(
            world.director,
            json!({ "vendor": world.vendor.id, "email": "a@example.jp" }),
        )
        .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let link = made["link"].as_str().unwrap();
        assert!(link.contains("/invitations/") && made["expires_at"].is_string());
        for (body, expected) in [
            (
                json!({ "email": "a@example.jp" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "name": "x", "vendor": world.vendor.id, "email": "a@example.jp" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "name": "x", "email": "nowhere" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "name": "架空レセコン 株式会社", "email": "a@example.jp" }),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                json!({ "vendor": world.clinic.id, "email": "a@example.jp" }),
                StatusCode::NOT_FOUND,
            ),
            (json!({ "vendor": "x" }), StatusCode::BAD_REQUEST),
        ] {
            let (status, answer) = invite(world.director, body.clone()).await;
            assert_eq!(status, expected, "{body}: {answer}");
        }
        let (status, _) =
            invite(world.staff, json!({ "name": "x", "email": "a@example.jp" })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);

        world.supply(&world.vendor, &world.clinic).await;
        world.supply(&world.other_vendor, &world.clinic).await;
        let sheet = world
            .answer(world.manager, world.clinic.id, &[("1-1", "")])
            .await;
        let get = async |whom, path: &str| app.api(Some(whom), Method::GET, path, None).await;
        let (status, list) = get(world.director, "/api/v1/vendors").await;
        assert_eq!(status, StatusCode::OK);
        let vendors = list["items"].as_array().unwrap();
        assert_eq!(vendors.len(), 2);
        assert_eq!(
            vendors[0]["state"], "not_begun",
            "who has not answered comes first"
        );
        assert_eq!(vendors[1]["state"], "in_work");
        assert_eq!(vendors[1]["answered"], 1);
        assert!(sheet.ends_with(vendors[1]["sheet"].as_str().unwrap()));
        let (status, list) = get(world.manager, "/api/v1/customers?state=in_work").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(list["items"][0]["name"], world.clinic.name.as_str());
        for wrong in ["state=x", "cursor=x"] {
            let (status, _) = get(world.manager, &format!("/api/v1/customers?{wrong}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        let (status, _) = get(world.manager, "/api/v1/vendors").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}
