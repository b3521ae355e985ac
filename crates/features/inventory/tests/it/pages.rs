//! The pages.

use axum::http::StatusCode;
use yagura_inventory::Filter;
use yagura_inventory::model::{Asset, System};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;

use crate::support::{asset, system, worlds};

#[tokio::test]
async fn a_system_is_registered_changed_confirmed_and_taken_out() {
    for world in worlds().await {
        let app = &world.app;
        let (status, page) = app.get(world.director, "/inventory").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("台帳はまだ空です"), "{page}");
        let (status, page) = app.get(world.director, "/inventory/systems/new").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("所管部署"));
        let wrong = [
            ("name", ""),
            ("support_until", "いつか"),
            ("department", "外来"),
        ];
        let (status, page) = app.post(world.director, "/inventory/systems", &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("外来"), "what was typed stays: {page}");
        let right = [
            ("name", "電子カルテ"),
            ("department", "外来"),
            ("patch", "behind"),
        ];
        let (status, to) = app.post(world.director, "/inventory/systems", &right).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (status, page) = app.get(world.director, &to).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("最新でない") && page.contains("今年度はまだ確認していません"));
        let (_, list) = app.get(world.director, "/inventory/systems?q=カルテ").await;
        assert!(list.contains("電子カルテ"), "{list}");
        let (_, list) = app.get(world.director, "/inventory/systems?q=ない").await;
        assert!(list.contains("見つかりませんでした"), "{list}");

        let edit = format!("{to}/edit");
        let (_, form) = app.get(world.director, &edit).await;
        assert!(form.contains("value=\"電子カルテ\""), "{form}");
        let changed = [
            ("name", "電子カルテ"),
            ("department", "医事課"),
            ("revision", "1"),
        ];
        let (status, _) = app.post(world.director, &edit, &changed).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let late = [
            ("name", "電子カルテ"),
            ("department", "病棟"),
            ("revision", "1"),
        ];
        let (status, page) = app.post(world.director, &edit, &late).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(
            page.contains("医事課") && page.contains("病棟"),
            "both are shown"
        );

        let confirm = format!("{to}/confirm");
        let (status, _) = app.post(world.head, &confirm, &[("revision", "1")]).await;
        assert_eq!(status, StatusCode::CONFLICT, "it was changed since");
        let (status, _) = app.post(world.head, &confirm, &[("revision", "2")]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = app.get(world.head, &to).await;
        assert!(page.contains("さんが確認しました"), "{page}");
        assert!(
            !page.contains(&format!("{to}/edit")),
            "a head of department only confirms"
        );
        let remove = format!("{to}/remove");
        let (status, back) = app
            .post(world.director, &remove, &[("revision", "2")])
            .await;
        assert_eq!(
            (status, back.as_str()),
            (StatusCode::SEE_OTHER, "/inventory/systems")
        );
        assert!(world.names::<System>(&Filter::default()).await.is_empty());
        let (status, page) = app.get(world.director, &to).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("台帳から外しました"), "{page}");
        assert_eq!(
            app.get(world.director, &edit).await.0,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn what_a_system_needs_is_ticked_in_its_form_and_linked_from_its_page() {
    for world in worlds().await {
        let app = &world.app;
        let needed = world.add(&system("認証基盤")).await;
        for number in 0..11 {
            world.add(&system(&format!("部門 {number}"))).await;
        }
        let id = world.add(&system("電子カルテ")).await;
        let edit = format!("/inventory/systems/{id}/edit");
        let (_, form) = app.get(world.director, &edit).await;
        assert!(form.contains("(0 件を選択中)"), "{form}");
        assert!(!form.contains(&format!("value=\"{id}\"")), "not itself");
        let (one, unknown) = (needed.to_string(), uuid::Uuid::nil().to_string());
        let wrong = [
            ("name", "電子カルテ"),
            ("depends_on", &one),
            ("depends_on", &unknown),
        ];
        let (status, page) = app
            .post(
                world.director,
                &edit,
                &[&wrong[..], &[("revision", "1")]].concat(),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("動作に必要な他のシステムが台帳にありません"),
            "{page}"
        );
        assert!(page.contains("(2 件を選択中)"), "what was ticked stays");
        let right = [
            ("name", "電子カルテ"),
            ("depends_on", &one),
            ("revision", "1"),
        ];
        let (status, to) = app.post(world.director, &edit, &right).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = app.get(world.director, &to).await;
        assert!(
            page.contains(&format!("href=\"/inventory/systems/{needed}\">認証基盤")),
            "{page}"
        );
    }
}

#[tokio::test]
async fn others_do_not_see_it_and_staff_do_not_either() {
    for world in worlds().await {
        let id = world.add(&system("電子カルテ")).await;
        let path = format!("/inventory/systems/{id}");
        assert_eq!(
            world.app.get(world.staff, &path).await.0,
            StatusCode::FORBIDDEN
        );
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "別の施設", None)
            .await;
        let stranger = world.app.person(&other, Role::Director).await;
        assert_eq!(
            world.app.get(stranger, &path).await.0,
            StatusCode::NOT_FOUND
        );
        let of_another_part = format!("/inventory/assets/{id}");
        let (status, _) = world.app.get(world.director, &of_another_part).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = world
            .app
            .post(world.head, &format!("{path}/edit"), &[("name", "x")])
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_register_is_saved_as_a_workbook_without_formulas() {
    for world in worlds().await {
        let hostile = Asset {
            note: "=HYPERLINK(\"http://example.jp\")".to_owned(),
            ..asset("=1+1")
        };
        world.add(&hostile).await;
        let request = axum::http::Request::get("/inventory/assets.xlsx")
            .body(axum::body::Body::empty())
            .unwrap();
        let response = world.app.send(Some(world.director), request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = http_body_util::BodyExt::collect(response.into_body())
            .await
            .unwrap()
            .to_bytes();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut sheet = String::new();
        let mut file = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
        std::io::Read::read_to_string(&mut file, &mut sheet).unwrap();
        assert!(!sheet.contains("<f>"), "{sheet}");
    }
}

#[tokio::test]
async fn fifty_stand_on_a_page_and_the_next_is_a_link() {
    for world in worlds().await {
        for number in 0..53 {
            world.add(&asset(&format!("端末 {number:03}"))).await;
        }
        let (_, page) = world.app.get(world.director, "/inventory/assets").await;
        assert_eq!(page.matches(">端末 ").count(), 50);
        let href = page.split("rel=\"next\"").next().unwrap();
        let href = href
            .rsplit("href=\"")
            .next()
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let (status, next) = world
            .app
            .get(world.director, &href.replace("&amp;", "&"))
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(next.matches(">端末 ").count(), 3, "{next}");
    }
}
