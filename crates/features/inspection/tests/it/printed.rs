//! The code at the foot of a paper leads to the very state that was printed.

use axum::http::{Method, StatusCode};
use yagura_store::{params, row};

use crate::support::{World, worlds};

row! {
    struct Code { code: String }
}

async fn codes(world: &World) -> Vec<String> {
    let rows: Vec<Code> = world
        .app
        .app
        .database()
        .rows(
            "SELECT code FROM printed_states ORDER BY printed_at, code",
            params![],
        )
        .await
        .unwrap();
    rows.into_iter().map(|row| row.code).collect()
}

#[tokio::test]
async fn a_printed_state_stays_when_the_sheet_changes() {
    for world in worlds().await {
        let file = world.file(world.director, "sheet.pdf").await;
        assert_eq!(file.status, StatusCode::OK);
        let first = codes(&world).await;
        assert_eq!(first.len(), 1, "{}", world.app.engine);
        if let Some(paper) = file.paper() {
            assert!(paper.contains(&first[0]), "{} is not in {paper}", first[0]);
        }
        // The same state printed again, also as xlsx, has the same code.
        world.file(world.director, "sheet.xlsx").await;
        world.file(world.director, "sheet.pdf").await;
        assert_eq!(codes(&world).await, first);

        world.app.clock.advance_seconds(60);
        world.answer("1-1", 1, "no", "後から変えた備考").await;
        let path = format!("/printed/{}", first[0]);
        let (status, page) = world.app.get(world.director, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("責任者を任命した") && !page.contains("後から変えた備考"));
        // Typed as people type it.
        let typed = first[0].to_lowercase().replace('-', "%20");
        let (status, to) = world
            .app
            .get(world.director, &format!("/printed?code={typed}"))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");

        let api = format!("/api/v1/printed/{}", first[0]);
        let (status, state) = world
            .app
            .api(Some(world.director), Method::GET, &api, None)
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(state["code"], first[0].as_str());
        assert!(state.to_string().contains("責任者を任命した"), "{state}");

        world.file(world.director, "sheet.pdf").await;
        let both = codes(&world).await;
        assert_eq!(both.len(), 2, "another state, another code");
        let (_, page) = world
            .app
            .get(world.director, &format!("/printed/{}", both[1]))
            .await;
        assert!(page.contains("後から変えた備考"));
        assert_eq!(world.audited("printed_state", "").await, 3);
    }
}

#[tokio::test]
async fn a_code_opens_nothing_to_strangers_and_nonsense_is_told() {
    for world in worlds().await {
        world.file(world.director, "sheet.pdf").await;
        let code = codes(&world).await.remove(0);
        let path = format!("/printed/{code}");
        for whom in [world.stranger, world.overseer, world.vendor_manager] {
            let (status, page) = world.app.get(whom, &path).await;
            assert!(
                matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
                "{status}"
            );
            assert!(!page.contains("責任者を任命した"));
        }
        for nonsense in ["/printed/AAAA-AAAA", "/printed/x"] {
            let (status, _) = world.app.get(world.director, nonsense).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{nonsense}");
        }
        let (status, page) = world.app.get(world.director, "/printed?code=abc").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("照合コードは8文字です"), "{page}");
    }
}
