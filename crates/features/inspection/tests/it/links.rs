//! The link by which an inspector reads without an account.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{World, worlds};

/// Gives out a link and opens it: its path, the cookie.
async fn visit(world: &World, last_day: &str) -> (String, String) {
    let (status, page) = world
        .app
        .post(world.director, "/inspection/links", &[("until", last_day)])
        .await;
    assert_eq!(status, StatusCode::OK, "{}", world.app.engine);
    assert!(page.contains("/invitations/"), "{page}");
    let from = page.find("/invitations/").unwrap();
    let link: String = page[from..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_'))
        .collect();
    let opened = world.by_cookie(&link, None).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    assert_eq!(opened.header(header::LOCATION), "/inspection");
    let cookies: Vec<&str> = opened
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap().split(';').next().unwrap())
        .filter(|cookie| !cookie.ends_with('='))
        .collect();
    (link, cookies.join("; "))
}

#[tokio::test]
async fn the_holder_reads_one_pack_of_one_year_and_changes_nothing() {
    for world in worlds().await {
        let (_, cookie) = visit(&world, "2026-12-01").await;
        let page = world.by_cookie("/inspection", Some(&cookie)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.page());
        assert!(page.page().contains("みどり坂内科"));
        assert!(
            !page.page().contains("/inspection/links"),
            "{}",
            page.page()
        );
        for name in [
            "cover.pdf",
            "sheet.pdf",
            "sheet.xlsx",
            "history.pdf",
            "pack.zip",
        ] {
            let path = format!("{}/{name}", world.base());
            let file = world.by_cookie(&path, Some(&cookie)).await;
            assert_eq!(file.status, StatusCode::OK, "{name}");
            if name == "cover.pdf"
                && let Some(paper) = file.paper()
            {
                assert!(paper.contains("リンクによる閲覧者"), "{paper}");
                assert!(paper.contains("令和8年12月1日"), "{paper}");
            }
        }
        let api = format!("/api/v1/inspection/{}", world.clinic.id);
        assert_eq!(
            world.by_cookie(&api, Some(&cookie)).await.status,
            StatusCode::OK
        );
        // Not another year, not another institution, not other pages.
        for (path, expected) in [
            (format!("{}?year=2025", world.base()), StatusCode::NOT_FOUND),
            (
                format!("{}/sheet.pdf?year=2025", world.base()),
                StatusCode::NOT_FOUND,
            ),
            (
                format!("/inspection/of/{}", world.stranger.organization),
                StatusCode::NOT_FOUND,
            ),
            ("/inspection/links".to_owned(), StatusCode::FORBIDDEN),
            ("/vendors/invite".to_owned(), StatusCode::FORBIDDEN),
        ] {
            let answer = world.by_cookie(&path, Some(&cookie)).await;
            assert_eq!(answer.status, expected, "{path}");
        }
        for (path, body) in [
            ("/inspection/links".to_owned(), "until=2026-12-01"),
            (format!("/checklists/{}/items/1-1", world.sheet), "first=no"),
            (format!("/checklists/{}/gate", world.sheet), "gate=no"),
            ("/vendors/invite".to_owned(), "name=x&email=a%40example.jp"),
        ] {
            let status = world.post_by_cookie(&path, &cookie, body).await;
            assert!(status.is_client_error(), "{path}: {status}");
        }
        let remark = world.file(world.director, "sheet.pdf").await.paper();
        assert!(remark.is_none_or(|paper| paper.contains("責任者を任命した")));
    }
}

#[tokio::test]
async fn opening_it_again_is_counted_and_every_reading_is_in_the_log() {
    for world in worlds().await {
        let (link, cookie) = visit(&world, "2026-12-01").await;
        for _ in 0..2 {
            let again = world.by_cookie(&link, None).await;
            assert_eq!(again.status, StatusCode::SEE_OTHER, "it opens again");
        }
        let path = format!("{}/sheet.pdf", world.base());
        world.by_cookie(&path, Some(&cookie)).await;
        let (_, list) = world
            .app
            .api(
                Some(world.director),
                Method::GET,
                "/api/v1/inspection-links",
                None,
            )
            .await;
        assert_eq!(list["items"][0]["opens"], 3, "{list}");
        assert_eq!(list["items"][0]["works"], true);
        assert!(
            list["items"][0].get("link").is_none(),
            "it is shown once only"
        );
        assert_eq!(world.audited("inspection_document", "sheet.pdf").await, 1);
    }
}

#[tokio::test]
async fn an_expired_or_revoked_link_opens_nothing_also_for_who_opened_it_before() {
    for world in worlds().await {
        let (link, cookie) = visit(&world, "2026-11-22").await;
        let (second, second_cookie) = visit(&world, "2026-12-01").await;
        let (_, page) = world.app.get(world.director, "/inspection/links").await;
        let revoke = page
            .match_indices("/inspection/links/")
            .map(|(place, _)| page[place..].split('"').next().unwrap().to_owned())
            .find(|path| path.ends_with("/revoke"))
            .unwrap();
        let (status, _) = world.app.post(world.staff, &revoke, &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = world.app.post(world.stranger, &revoke, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        // The newest link stands first.
        let (status, _) = world.app.post(world.director, &revoke, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let over = world.by_cookie(&second, None).await;
        assert_eq!(over.status, StatusCode::BAD_REQUEST);
        assert!(over.page().contains("取り消"), "{}", over.page());
        let file = format!("{}/sheet.pdf", world.base());
        let refused = world.by_cookie(&file, Some(&second_cookie)).await;
        assert!(!refused.content.starts_with(b"%PDF"), "{}", refused.status);
        // The other works through its last day.
        assert_eq!(
            world.by_cookie(&file, Some(&cookie)).await.status,
            StatusCode::OK
        );
        world.app.clock.advance_days(1);
        assert_eq!(
            world.by_cookie(&file, Some(&cookie)).await.status,
            StatusCode::OK,
            "on the last day"
        );
        world.app.clock.advance_days(1);
        let refused = world.by_cookie(&file, Some(&cookie)).await;
        assert!(!refused.content.starts_with(b"%PDF"), "{}", refused.status);
        let over = world.by_cookie(&link, None).await;
        assert_eq!(over.status, StatusCode::BAD_REQUEST);
        assert!(over.page().contains("期限"), "{}", over.page());
    }
}

#[tokio::test]
async fn a_link_has_a_last_day_within_sixty_days() {
    for world in worlds().await {
        for wrong in ["", "2026-11-20", "2027-02-01", "いつか"] {
            let (status, page) = world
                .app
                .post(world.director, "/inspection/links", &[("until", wrong)])
                .await;
            assert_eq!(status, StatusCode::OK);
            assert!(!page.contains("/invitations/"), "{wrong}");
            assert!(page.contains("aria-invalid"), "{wrong}: {page}");
            let body = json!({ "last_day": wrong });
            let (status, _) = world
                .app
                .api(
                    Some(world.director),
                    Method::POST,
                    "/api/v1/inspection-links",
                    Some(body),
                )
                .await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let (status, page) = world
            .app
            .post(
                world.director,
                "/inspection/links",
                &[("until", "令和8年12月1日")],
            )
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("/invitations/"));
    }
}
