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

#[tokio::test]
async fn invitations_contracts_sheets_and_drafts_are_reached_without_a_page() {
    for world in worlds().await {
        let app = &world.app;
        let invitations = "/api/v1/vendors/invitations";
        let body = json!({ "name": "新設システム", "email": "a@example.jp" });
        app.api(Some(world.director), Method::POST, invitations, Some(body))
            .await;
        let (status, list) = app
            .api(Some(world.director), Method::GET, invitations, None)
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(list["items"][0]["name"], "新設システム", "{list}");
        let one = format!("{invitations}/{}", list["items"][0]["id"].as_str().unwrap());
        let delete =
            async |whom, path: &str| app.api(Some(whom), Method::DELETE, path, None).await.0;
        assert_eq!(
            delete(world.hospital_director, &one).await,
            StatusCode::NOT_FOUND
        );
        assert_eq!(delete(world.director, &one).await, StatusCode::NO_CONTENT);
        let (_, list) = app
            .api(Some(world.director), Method::GET, invitations, None)
            .await;
        assert_eq!(list["items"].as_array().unwrap().len(), 0);

        world.supply(&world.vendor, &world.clinic).await;
        world.supply(&world.vendor, &world.hospital).await;
        world
            .answer(
                world.manager,
                world.hospital.id,
                &[("1-1", "備考"), ("2-2", "")],
            )
            .await;
        let customer = format!("/api/v1/customers/{}", world.clinic.id);
        let open = format!("{customer}/sheet");
        let (status, opened) = app
            .api(Some(world.manager), Method::POST, &open, None)
            .await;
        assert_eq!(status, StatusCode::OK, "{opened}");
        let drafts = format!("{customer}/drafts");
        let from = format!("{drafts}?from={}", world.hospital.id);
        let (status, offers) = app.api(Some(world.manager), Method::GET, &from, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(offers["items"].as_array().unwrap().len(), 2, "{offers}");
        let take = async |items: Value| {
            let body = json!({ "from": world.hospital.id, "items": items });
            app.api(Some(world.manager), Method::POST, &drafts, Some(body))
                .await
        };
        let (status, _) = take(json!([])).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, taken) = take(json!(["1-1"])).await;
        assert_eq!(status, StatusCode::OK, "{taken}");
        assert_eq!(taken, json!({ "sheet": opened["sheet"], "taken": 1 }));
        let sheet = format!("/vendor-sheets/{}", opened["sheet"].as_str().unwrap());
        world
            .answer_row(world.manager, &sheet, "1-1", 1, "直した備考")
            .await;
        let (status, _) = take(json!(["1-1", "2-2"])).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (_, offers) = app.api(Some(world.manager), Method::GET, &from, None).await;
        assert_eq!(offers["items"][0]["item"], "2-2");

        let (_, list) = app
            .api(Some(world.director), Method::GET, "/api/v1/vendors", None)
            .await;
        let contract = list["items"][0]["contract"].as_str().unwrap();
        let one = format!("/api/v1/vendors/{contract}");
        assert_eq!(delete(world.staff, &one).await, StatusCode::FORBIDDEN);
        assert_eq!(delete(world.director, &one).await, StatusCode::NO_CONTENT);
        assert_eq!(delete(world.director, &one).await, StatusCode::NOT_FOUND);
    }
}
