use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{EVIL, worlds};

#[tokio::test]
async fn the_institution_decides_how_much_each_overseer_sees() {
    for world in worlds().await {
        let (status, page) = world.app.get(world.director, "/sharing").await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("<script>alert"), "names are escaped");
        assert!(page.contains("&lt;script&gt;"), "{page}");
        let set = format!("/sharing/{}", world.sharing);
        world.told.times();
        for level in ["answers", "evidence", "detail", "status"] {
            let (status, to) = world
                .app
                .post(world.manager, &set, &[("level", level)])
                .await;
            assert_eq!(
                (status, to.as_str()),
                (StatusCode::SEE_OTHER, "/sharing"),
                "{level}"
            );
            let (_, seen) = world
                .api(world.director, Method::GET, "/api/v1/sharing", json!({}))
                .await;
            assert_eq!(seen["items"][0]["level"], level);
            assert_eq!(seen["items"][0]["name"], EVIL);
            assert_eq!(world.told.times(), 1, "what is derived from it follows");
        }
        assert_eq!(world.audited("sharing.manage", "relation").await, 4);
    }
}

#[tokio::test]
async fn nobody_else_decides_it() {
    for world in worlds().await {
        let set = format!("/sharing/{}", world.sharing);
        let api = format!("/api/v1/sharing/{}", world.sharing);
        let level = json!({ "level": "detail" });
        for (whom, expected) in [
            (world.staff, StatusCode::FORBIDDEN),
            (world.regional_manager, StatusCode::FORBIDDEN),
            (world.administrator, StatusCode::FORBIDDEN),
        ] {
            let (status, _) = world.app.post(whom, &set, &[("level", "detail")]).await;
            assert_eq!(status, expected);
            let (status, _) = world.api(whom, Method::PUT, &api, level.clone()).await;
            assert_eq!(status, expected);
        }
        // Another institution's director may decide, but only of their own overseers.
        let other = world
            .app
            .organization(
                yagura_kernel::organization::OrganizationKind::Clinic,
                "よその医院",
                None,
            )
            .await;
        let director = world
            .app
            .person(&other, yagura_kernel::person::Role::Director)
            .await;
        let (status, _) = world.app.post(director, &set, &[("level", "detail")]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, page) = world.app.get(director, "/sharing").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("共有先はありません"), "{page}");
        let (_, seen) = world
            .api(world.director, Method::GET, "/api/v1/sharing", json!({}))
            .await;
        assert_eq!(seen["items"][0]["level"], "status", "unchanged");
    }
}

#[tokio::test]
async fn what_is_no_level_is_refused() {
    for world in worlds().await {
        let set = format!("/sharing/{}", world.sharing);
        for level in ["", "everything", "DETAIL"] {
            let (status, page) = world
                .app
                .post(world.director, &set, &[("level", level)])
                .await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{level}");
            assert!(page.contains("共有の範囲を選んでください"), "{page}");
        }
        let nothing = "/sharing/00000000-0000-7000-8000-000000000001";
        let (status, _) = world
            .app
            .post(world.director, nothing, &[("level", "status")])
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
