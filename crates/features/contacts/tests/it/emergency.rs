//! The emergency page: for everybody, with or without a session, chart or database.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use yagura_contacts::Category;
use yagura_web::testing::text;

use crate::support::worlds;

#[tokio::test]
async fn everybody_of_the_institution_sees_whom_to_call() {
    for world in worlds().await {
        world.fill().await;
        world
            .add(Category::Inside, "夜間 <責任者>", "090-0000-0000")
            .await;
        let before = world.audited("denied").await;
        for whom in [world.director, world.staff] {
            let (status, page) = world.app.get(whom, "/emergency").await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains("tel:09000000000") && page.contains("夜間 &lt;責任者&gt;"));
            let place = |word: &str| page.find(word).unwrap_or_else(|| panic!("{word}"));
            assert!(place("架空メディカルシステム") < place("架空警察署"));
            assert!(place("架空警察署") < place("架空の担当窓口"));
            assert!(place("バックアップ機器につながる線") < place("外部につながる線"));
            assert!(place("外部につながる線") < place("部門と部門の間の線"));
            assert!(
                page.contains("184"),
                "the ministry rejects withheld numbers"
            );
            assert!(page.contains("/emergency.pdf"));
        }
        assert_eq!(world.audited("denied").await, before);
        let (status, pdf) = world.app.get(world.staff, "/emergency.pdf").await;
        assert_eq!(status, StatusCode::OK);
        assert!(pdf.starts_with("%PDF"));
    }
}

#[tokio::test]
async fn it_answers_without_a_session_and_without_a_chart() {
    for world in worlds().await {
        world.fill().await;
        let request = Request::builder()
            .uri("/emergency")
            .body(Body::empty())
            .unwrap();
        let (status, page) = text(world.app.send(None, request).await).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("電源は切らない") && page.contains("03-6812-7837"));
        assert!(
            page.contains("番号は未確認"),
            "a number that nobody confirmed is marked"
        );
        assert!(
            !page.contains("架空メディカルシステム"),
            "strangers do not see the chart"
        );
        let other = world
            .app
            .organization(
                yagura_kernel::organization::OrganizationKind::Prefecture,
                "架空県",
                None,
            )
            .await;
        let region = world
            .app
            .person(&other, yagura_kernel::person::Role::RegionalStaff)
            .await;
        let (status, page) = world.app.get(region, "/emergency").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("03-6812-7837"));
    }
}

#[tokio::test]
async fn it_answers_when_the_database_does_not() {
    for world in worlds().await {
        world.fill().await;
        world.app.app.database().close().await;
        let begun = std::time::Instant::now();
        let (status, page) = world.app.get(world.director, "/emergency").await;
        assert_eq!(status, StatusCode::OK, "{}", world.app.engine);
        assert!(page.contains("電源は切らない") && page.contains("保守会社"));
        assert!(begun.elapsed() < std::time::Duration::from_secs(8));
    }
}
