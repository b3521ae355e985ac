//! An institution and its vendors.

use axum::http::StatusCode;

use crate::support::{EVIL, addresses_on, link_on, worlds};

#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_said_beside_its_field() {
    for world in worlds().await {
        let app = &world.app;
        let vendor = world.vendor.id.to_string();
        let clinic = world.clinic.id.to_string();
        let cases: [(&[(&str, &str)], &str); 6] = [
            (
                &[("name", ""), ("email", "a@example.jp")],
                "を入力してください",
            ),
            (
                &[("name", "新会社"), ("email", "宛先")],
                "メールアドレスの形になっていません",
            ),
            (
                &[("name", "新会社"), ("email", "userid")],
                "メールアドレスの形になっていません",
            ),
            (
                &[("name", "架空ﾚｾｺﾝ 株式会社"), ("email", "a@example.jp")],
                "「架空レセコン株式会社」は登録済みです",
            ),
            (
                &[("vendor", "nonsense"), ("email", "a@example.jp")],
                "選んだ事業者が見つかりません",
            ),
            (
                &[("vendor", &clinic), ("email", "a@example.jp")],
                "選んだ事業者が見つかりません",
            ),
        ];
        for (fields, words) in cases {
            let (status, page) = app.post(world.director, "/vendors/invite", fields).await;
            assert_eq!(status, StatusCode::OK, "{fields:?}");
            assert!(page.contains(words), "{words}: {page}");
            assert!(!page.contains("/invitations/"), "{fields:?}");
        }
        assert!(world.mails().await.is_empty());
        let fields = [("vendor", vendor.as_str()), ("email", "a@example.jp")];
        let (status, page) = app.post(world.director, "/vendors/invite", &fields).await;
        assert_eq!(status, StatusCode::OK);
        link_on(&page);
        for (whom, expected) in [
            (world.staff, StatusCode::FORBIDDEN),
            (world.manager, StatusCode::FORBIDDEN),
        ] {
            let (status, _) = app.post(whom, "/vendors/invite", &fields).await;
            assert_eq!(status, expected);
        }
        let (_, page) = app.get(world.staff, "/vendors").await;
        assert!(!page.contains("/revoke") && !page.contains("/vendors/invite"));
    }
}

#[tokio::test]
async fn an_empty_list_says_what_to_do_and_names_are_shown_as_text() {
    for world in worlds().await {
        let app = &world.app;
        let (_, page) = app.get(world.director, "/vendors").await;
        assert!(page.contains(&world.words("vendors-empty")));
        let fields = [("name", EVIL), ("email", "a@example.jp")];
        let (_, page) = app.post(world.director, "/vendors/invite", &fields).await;
        let path = link_on(&page);
        let (_, page) = world.get_by(&path, None).await;
        assert!(
            !page.contains(EVIL) && page.contains("&lt;script&gt;"),
            "{page}"
        );
        let (_, page) = app.get(world.director, "/vendors").await;
        assert!(!page.contains(EVIL) && page.contains("&lt;script&gt;"));
        // It can be taken back, once, and not by another institution.
        let revoke = addresses_on(&page, "/vendors/invitations/").remove(0);
        let (status, _) = app.post(world.hospital_director, &revoke, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = app.post(world.director, &revoke, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, _) = app.post(world.director, &revoke, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, page) = world.get_by(&path, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("取り消"), "{page}");
    }
}
