//! What devices are.

use axum::http::StatusCode;
use yagura_inventory::model::Asset;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_vulnerabilities::Filter;

use crate::support::{World, feed, nvd, worlds};

fn link(page: &str, text: &str) -> String {
    let place = page
        .find(text)
        .unwrap_or_else(|| panic!("{text} is not on {page}"));
    let href = page[..place].rsplit("href=\"").next().unwrap();
    href.split('"').next().unwrap().to_owned()
}

async fn with_unknown(world: &World) -> String {
    let asset = Asset {
        name: "画像サーバ".to_owned(),
        manufacturer: "架空工業".to_owned(),
        model: "画像管理 X-100".to_owned(),
        os_version: "2.1".to_owned(),
        ..Asset::default()
    };
    world.add(&asset).await;
    world.round().await;
    let (status, page) = world
        .app
        .get(world.operator, "/vulnerabilities/products")
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("製品が不明"), "{page}");
    link(&page, "架空工業 画像管理 X-100")
}

#[tokio::test]
async fn a_person_confirms_once_and_the_dictionary_remembers() {
    for world in worlds().await {
        let cpe = "cpe:2.3:a:kakuu:pacs:*:*:*:*:*:*:*:*";
        world
            .load(
                "nvd.json",
                &feed(&[nvd(
                    "CVE-2026-0001",
                    cpe,
                    "3.0",
                    7.5,
                    "2026-11-10T00:00:00.000",
                )]),
            )
            .await;
        let form = with_unknown(&world).await;
        let wrong = [("other", "画像管理")];
        let (status, page) = world.app.post(world.operator, &form, &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("CPE 名として読めません"), "{page}");
        let nothing = world.app.post(world.operator, &form, &[]).await;
        assert_eq!(nothing.0, StatusCode::UNPROCESSABLE_ENTITY);
        let right = [("other", "cpe:2.3:a:kakuu:pacs")];
        assert_eq!(
            world.app.post(world.staff, &form, &right).await.0,
            StatusCode::FORBIDDEN
        );
        let (status, _) = world.app.post(world.operator, &form, &right).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        while world.app.run_jobs().await > 0 {}
        assert_eq!(world.ids(&Filter::default()).await, ["CVE-2026-0001"]);
        let (_, page) = world.app.get(world.operator, &form).await;
        assert!(
            page.contains("cpe:2.3:a:kakuu:pacs") && page.contains("確かめました"),
            "{page}"
        );
        // Taken back, it counts no more.
        let (status, _) = world
            .app
            .post(world.operator, &form, &[("act", "forget")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        while world.app.run_jobs().await > 0 {}
        let open = Filter {
            open: Some(true),
            ..Filter::default()
        };
        assert!(world.ids(&open).await.is_empty());
    }
}

#[tokio::test]
async fn the_shared_dictionary_is_the_administrators_and_a_suggestion_to_others() {
    for world in worlds().await {
        let form = with_unknown(&world).await;
        let right = [("other", "cpe:2.3:a:kakuu:pacs")];
        world.app.post(world.operator, &form, &right).await;
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "別のクリニック", None)
            .await;
        let asset = Asset {
            name: "画像".to_owned(),
            model: "架空工業 画像管理Ｘ－１００".to_owned(),
            ..Asset::default()
        };
        world.add_for(other.id, &asset).await;
        world.round().await;
        let stranger = world.app.person(&other, Role::Director).await;
        assert_eq!(
            world.app.get(stranger, &form).await.0,
            StatusCode::NOT_FOUND
        );
        let dictionary = "/vulnerabilities/dictionary";
        assert_eq!(
            world.app.get(world.director, dictionary).await.0,
            StatusCode::FORBIDDEN
        );
        let operator = world
            .app
            .organization(OrganizationKind::Prefecture, "運用者", None)
            .await;
        let administrator = world.app.person(&operator, Role::Administrator).await;
        let (status, page) = world.app.get(administrator, dictionary).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("cpe:2.3:a:kakuu:pacs"), "{page}");
        assert!(
            !page.contains("架空総合病院"),
            "who confirmed it is not told"
        );
        let share = [
            ("text", "架空工業 画像管理 X-100"),
            ("cpes", "cpe:2.3:a:kakuu:pacs"),
            ("act", "share"),
        ];
        assert_eq!(
            world.app.post(administrator, dictionary, &share).await.0,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            world.app.post(stranger, dictionary, &share).await.0,
            StatusCode::FORBIDDEN
        );
        world.round().await;
        let (_, page) = world.app.get(stranger, "/vulnerabilities/products").await;
        assert!(page.contains("共通の辞書"), "{page}");
        let theirs = link(&page, "架空工業 画像管理");
        let (_, page) = world.app.get(stranger, &theirs).await;
        assert!(page.contains("共通の辞書"), "{page}");
    }
}
