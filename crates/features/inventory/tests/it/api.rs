//! The API does what the pages do, with problems for answers.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::worlds;

#[tokio::test]
async fn a_device_lives_through_the_api() {
    for world in worlds().await {
        let all = "/api/v1/inventory/assets";
        let body = json!({ "content": {
            "name": " VPN装置 ", "class": "network_device", "ip_addresses": ["１９２.0.2.1"],
            "mac_addresses": ["00-1A-2B-3C-4D-5E"], "support_until": "令和9年3月31日"
        } });
        let (status, made) = world.api(world.director, Method::POST, all, body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["content"]["name"], "VPN装置");
        assert_eq!(made["content"]["ip_addresses"], json!(["192.0.2.1"]));
        assert_eq!(
            made["content"]["mac_addresses"],
            json!(["00:1a:2b:3c:4d:5e"])
        );
        assert_eq!(made["content"]["support_until"], "2027-03-31");
        let one = format!("{all}/{}", made["id"].as_str().unwrap());
        let mut content = made["content"].clone();
        content["state"] = json!("spare");
        let change = json!({ "content": content, "revision": 1 });
        let (status, changed) = world
            .api(world.director, Method::PUT, &one, change.clone())
            .await;
        assert_eq!((status, &changed["revision"]), (StatusCode::OK, &json!(2)));
        let mut late = change;
        late["content"]["note"] = json!("遅れた変更");
        let (status, _) = world.api(world.director, Method::PUT, &one, late).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let confirmation = format!("{one}/confirmation");
        let (status, confirmed) = world
            .api(
                world.head,
                Method::POST,
                &confirmation,
                json!({ "revision": 2 }),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{confirmed}");
        assert_eq!(confirmed["confirmed_this_year"], true);
        let (_, listed) = world.api(world.head, Method::GET, all, json!(null)).await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let gone = format!("{one}?revision=2");
        let (status, _) = world
            .api(world.director, Method::DELETE, &gone, json!(null))
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, listed) = world.api(world.head, Method::GET, all, json!(null)).await;
        assert_eq!(listed["items"], json!([]));
        let history = "/api/v1/inventory/history?limit=2";
        let (_, first) = world
            .api(world.head, Method::GET, history, json!(null))
            .await;
        let next = format!("{history}&cursor={}", first["next"].as_str().unwrap());
        let (_, second) = world.api(world.head, Method::GET, &next, json!(null)).await;
        let what: Vec<_> = [first, second]
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap().clone())
            .map(|event| event["event"].clone())
            .collect();
        assert_eq!(
            json!(what),
            json!(["removed", "confirmed", "changed", "added"])
        );
        assert_eq!(world.audited("inventory.edit").await, 3);
        assert_eq!(world.audited("inventory.confirm").await, 1);
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_field_by_field_and_nothing_is_kept() {
    for world in worlds().await {
        let all = "/api/v1/inventory/connections";
        let body = json!({ "content": {
            "name": "", "approved_on": "2026-04-01", "valid_until": "2026-03-31"
        } });
        let (status, told) = world.api(world.director, Method::POST, all, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert_eq!(told["errors"][0]["field"], "/content/name");
        let body = json!({ "content": {
            "name": "遠隔保守", "approved_on": "2026-04-01", "valid_until": "2026-03-31"
        } });
        let (status, told) = world.api(world.director, Method::POST, all, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told["errors"][0]["field"], "/content/valid_until");
        let body = json!({ "content": { "name": "遠隔保守",
            "system": "00000000-0000-7000-8000-000000000001" } });
        let (status, told) = world.api(world.director, Method::POST, all, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert_eq!(told["errors"][0]["field"], "/content/system");
        for wrong in [
            json!({ "content": { "name": "x", "mechanism": "magic" } }),
            json!({ "content": { "name": "x", "colour": "red" } }),
            json!({ "name": "x" }),
        ] {
            let (status, _) = world.api(world.director, Method::POST, all, wrong).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
        }
        let (_, listed) = world
            .api(world.director, Method::GET, all, json!(null))
            .await;
        assert_eq!(listed["items"], json!([]));
        let (status, _) = world.api(world.staff, Method::GET, all, json!(null)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}
