//! Who may have a pack.

use axum::http::{Method, StatusCode};

use crate::support::worlds;

#[tokio::test]
async fn others_get_nothing_and_a_colleague_without_the_role_is_told() {
    for world in worlds().await {
        let api = format!("/api/v1/inspection/{}", world.clinic.id);
        for (whom, name) in [
            (world.stranger, "stranger"),
            (world.vendor_manager, "vendor"),
            (
                world.overseer,
                "an overseer with whom only answers are shared",
            ),
        ] {
            for document in [
                "",
                "/cover.pdf",
                "/sheet.pdf",
                "/evidence.xlsx",
                "/pack.zip",
            ] {
                let path = format!("{}{document}", world.base());
                let (status, page) = world.app.get(whom, &path).await;
                assert!(
                    matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
                    "{name} {document}: {status}"
                );
                assert!(!page.contains("責任者を任命した"), "{name} {document}");
            }
            let (status, _) = world.app.api(Some(whom), Method::GET, &api, None).await;
            assert!(status.is_client_error(), "{name}: {status}");
        }
        let (status, _) = world.app.api(None, Method::GET, &api, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (status, list) = world
            .app
            .api(Some(world.director), Method::GET, &api, None)
            .await;
        assert_eq!(status, StatusCode::OK);
        let names: Vec<&str> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap())
            .collect();
        assert!(
            names.contains(&"pack.zip") && names.contains(&"sheet.xlsx"),
            "{names:?}"
        );
        for name in names {
            let file = world.file(world.director, name).await;
            assert_eq!(file.status, StatusCode::OK, "{name}");
        }
        assert_eq!(world.audited("inspection_document", "stranger").await, 0);
    }
}
