use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{World, worlds};

async fn act(world: &World, times: usize) {
    let set = format!("/sharing/{}", world.sharing);
    for _ in 0..times {
        world.app.clock.advance_seconds(1);
        let (status, _) = world
            .app
            .post(world.manager, &set, &[("level", "answers")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn the_log_says_in_words_who_did_what() {
    for world in worlds().await {
        let (_, empty) = world.app.get(world.director, "/audit-log").await;
        assert!(empty.contains("記録はまだありません"), "{empty}");
        act(&world, 1).await;
        let (status, _) = world.app.post(world.staff, "/people/invite", &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, page) = world.app.get(world.director, "/audit-log").await;
        assert_eq!(status, StatusCode::OK);
        for words in [
            "架空 safety_manager",
            "共有の範囲を決める",
            "共有先",
            "行った",
            "架空 staff",
            "断った",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}

#[tokio::test]
async fn the_log_is_paged_and_each_entry_stands_once() {
    for world in worlds().await {
        act(&world, 103).await;
        let (_, first) = world.app.get(world.director, "/audit-log").await;
        assert_eq!(first.matches("sharing.manage").count(), 100);
        let start = first.find("/audit-log?before=").unwrap();
        let older: String = first[start..]
            .chars()
            .take_while(|character| *character != '"')
            .collect();
        let (_, second) = world.app.get(world.director, &older).await;
        assert_eq!(second.matches("sharing.manage").count(), 3);
        assert!(!second.contains("/audit-log?before="));

        let mut seen = std::collections::BTreeSet::new();
        let mut path = "/api/v1/audit-log?limit=40".to_owned();
        loop {
            let (status, page) = world
                .api(world.director, Method::GET, &path, json!({}))
                .await;
            assert_eq!(status, StatusCode::OK, "{page}");
            for item in page["items"].as_array().unwrap() {
                assert!(seen.insert(item["id"].as_str().unwrap().to_owned()));
            }
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/api/v1/audit-log?limit=40&cursor={next}");
        }
        assert_eq!(seen.len(), 103);
        let wrong = "/api/v1/audit-log?cursor=nonsense";
        let (status, _) = world
            .api(world.director, Method::GET, wrong, json!({}))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn each_organisation_reads_its_own_log_and_only_its_heads_do() {
    for world in worlds().await {
        act(&world, 1).await;
        let (status, page) = world.app.get(world.regional_manager, "/audit-log").await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("架空 safety_manager"), "{page}");
        let (status, _) = world.app.get(world.staff, "/audit-log").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        // Administrators see nothing of institutions; their own organisation keeps no such log.
        let (status, _) = world.app.get(world.administrator, "/audit-log").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn those_who_run_the_installation_read_the_whole_log_and_nobody_else_does() {
    for world in worlds().await {
        act(&world, 1).await;
        let whole = "/installation/audit-log";
        let (status, page) = world.app.get(world.administrator, whole).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("sharing.manage"), "{page}");
        for whom in [world.director, world.regional_manager] {
            let (status, _) = world.app.get(whom, whole).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
    }
}
