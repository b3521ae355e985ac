//! Answers for one customer, offered for another.

use axum::http::{Method, StatusCode};
use yagura_store::params;

use crate::support::{World, addresses_on, worlds};

async fn answers(world: &World, sheet: &str) -> serde_json::Value {
    let (status, sheet) = world
        .app
        .api(
            Some(world.manager),
            Method::GET,
            &format!("/api/v1{sheet}"),
            None,
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{sheet}");
    sheet
}

async fn sheets(world: &World) -> i64 {
    world
        .app
        .app
        .database()
        .count("SELECT count(*) AS n FROM sheets", params![])
        .await
        .unwrap()
}

#[tokio::test]
async fn answers_of_another_customer_are_offered_and_only_the_chosen_are_taken() {
    for world in worlds().await {
        let app = &world.app;
        world.supply(&world.vendor, &world.clinic).await;
        world.supply(&world.vendor, &world.hospital).await;
        let source = world
            .answer(
                world.manager,
                world.hospital.id,
                &[("1-1", "責任者は架空 太郎"), ("2-2", "台帳あり")],
            )
            .await;
        let before = sheets(&world).await;
        let path = format!("/customers/{}/drafts", world.clinic.id);
        let (status, page) = app.get(world.manager, &path).await;
        assert_eq!(status, StatusCode::OK, "{}", app.engine);
        assert!(page.contains("責任者は架空 太郎") && page.contains("台帳あり"));
        assert!(page.contains("value=\"1-1\"") && !page.contains("checked"));
        assert_eq!(sheets(&world).await, before, "looking writes nothing");

        // Nothing chosen: nothing happens.
        let from = world.hospital.id.to_string();
        let (status, to) = app.post(world.manager, &path, &[("from", &from)]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(to.starts_with(&path), "{to}");
        assert_eq!(sheets(&world).await, before);

        let fields = [("from", from.as_str()), ("item", "1-1")];
        let (status, sheet) = app.post(world.manager, &path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(sheet.starts_with("/vendor-sheets/"), "{sheet}");
        let taken = answers(&world, &sheet).await.to_string();
        assert!(taken.contains("責任者は架空 太郎"), "{taken}");
        assert!(!taken.contains("台帳あり"), "only what was chosen");
        assert!(taken.contains("2026-11-21"), "as confirmed today");
        let (_, history) = app
            .api(
                Some(world.manager),
                Method::GET,
                &format!("/api/v1{sheet}/history"),
                None,
            )
            .await;
        assert!(history.to_string().contains("draft"), "{history}");

        // What is answered is not offered again; choosing it all the same changes nothing.
        let (_, page) = app.get(world.manager, &path).await;
        assert!(!page.contains("value=\"1-1\"") && page.contains("value=\"2-2\""));
        world
            .answer_row(world.manager, &sheet, "1-1", 1, "直した備考")
            .await;
        let version = |sheet: &serde_json::Value| sheet.to_string();
        let standing = version(&answers(&world, &sheet).await);
        let fields = [("from", from.as_str()), ("item", "1-1"), ("item", "2-2")];
        app.post(world.manager, &path, &fields).await;
        assert_eq!(version(&answers(&world, &sheet).await), standing);
        // The source is as it was.
        assert!(
            answers(&world, &source)
                .await
                .to_string()
                .contains("台帳あり")
        );
    }
}

#[tokio::test]
async fn nobody_gets_the_answers_of_another_vendor_or_of_a_stranger() {
    for world in worlds().await {
        let app = &world.app;
        world.supply(&world.vendor, &world.clinic).await;
        world.supply(&world.other_vendor, &world.clinic).await;
        world.supply(&world.other_vendor, &world.hospital).await;
        world
            .answer(
                world.other_manager,
                world.hospital.id,
                &[("1-1", "他社の秘密")],
            )
            .await;
        world
            .answer(
                world.other_manager,
                world.clinic.id,
                &[("1-1", "他社の秘密")],
            )
            .await;
        let path = format!("/customers/{}/drafts", world.clinic.id);
        for from in ["", &format!("?from={}", world.hospital.id)] {
            let (_, page) = app.get(world.manager, &format!("{path}{from}")).await;
            assert!(!page.contains("他社の秘密"));
        }
        let from = world.hospital.id.to_string();
        let fields = [("from", from.as_str()), ("item", "1-1")];
        let (status, _) = app.post(world.manager, &path, &fields).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = app.get(world.director, &path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "not the institution itself");
        // Without any other answers the page says what to do.
        let (status, page) = app.get(world.manager, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&world.words("vendors-drafts-empty")));
        let (_, page) = app.get(world.manager, "/customers").await;
        assert!(
            addresses_on(&page, "/customers/")
                .iter()
                .all(|to| !to.ends_with("/drafts"))
        );
    }
}
