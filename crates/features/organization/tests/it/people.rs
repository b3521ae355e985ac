use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::time::parse_date;
use yagura_store::params;

use crate::support::{link_in, worlds};

#[tokio::test]
async fn a_manager_invites_somebody_who_registers_and_is_listed() {
    for world in worlds().await {
        let form = [
            ("email", "taro@example.jp"),
            ("role", "system_operator"),
            ("until", "R9.3.31"),
        ];
        let (status, page) = world
            .app
            .post(world.director, "/people/invite", &form)
            .await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let link = link_in(&page);
        let mails = world.mails().await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].0, "taro@example.jp");
        assert!(
            mails[0].1.contains(&link) && mails[0].1.contains("架空クリニック"),
            "{}",
            mails[0].1
        );

        let (_, list) = world.app.get(world.director, "/people").await;
        assert!(
            list.contains("返事を待っている招待") && list.contains("taro@example.jp"),
            "{list}"
        );
        let (_, seen) = world.app.get(world.manager, "/people").await;
        assert!(!seen.contains(&link), "the link is shown once");

        let (status, _) = world.accept(&link, "架空太郎", "taro@example.jp").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, list) = world.app.get(world.director, "/people").await;
        assert!(list.contains("架空太郎") && !list.contains("返事を待っている招待"));
        assert!(
            list.contains("2027-03-31") || list.contains("3月31日"),
            "{list}"
        );
        let roles = world.roles().await;
        assert!(roles.contains(&("架空太郎".to_owned(), "system_operator".to_owned())));
        let (status, _) = world.accept(&link, "別の人", "taro@example.jp").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "a link works once");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_said_and_kept() {
    for world in worlds().await {
        for (form, words) in [
            (
                [("email", "taro"), ("role", "staff"), ("until", "")],
                "メールアドレスの形",
            ),
            (
                [("email", "taro_1"), ("role", "staff"), ("until", "")],
                "メールアドレスの形",
            ),
            (
                [("email", ""), ("role", "staff"), ("until", "")],
                "メールアドレス",
            ),
            (
                [
                    ("email", "a@example.jp"),
                    ("role", "regional_manager"),
                    ("until", ""),
                ],
                "役割を選んで",
            ),
            (
                [
                    ("email", "a@example.jp"),
                    ("role", "administrator"),
                    ("until", ""),
                ],
                "役割を選んで",
            ),
            (
                [
                    ("email", "a@example.jp"),
                    ("role", "staff"),
                    ("until", "2026-11-20"),
                ],
                "今日以降",
            ),
            (
                [
                    ("email", "a@example.jp"),
                    ("role", "staff"),
                    ("until", "いつか"),
                ],
                "終了日",
            ),
        ] {
            let (status, page) = world
                .app
                .post(world.director, "/people/invite", &form)
                .await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                page.contains("error-summary") && page.contains(words),
                "{form:?}: {page}"
            );
            assert!(page.contains(form[0].1), "what was typed stays");
            let json = json!({ "email": form[0].1, "role": form[1].1, "until": form[2].1 });
            let path = "/api/v1/people/invitations";
            if form[2].1.is_empty() {
                continue;
            }
            let (status, answer) = world.api(world.director, Method::POST, path, json).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        }
        assert!(world.mails().await.is_empty());
    }
}

#[tokio::test]
async fn an_invitation_is_taken_back() {
    for world in worlds().await {
        let invite = json!({ "email": "taro@example.jp", "role": "staff" });
        let path = "/api/v1/people/invitations";
        let made = async || {
            let (status, made) = world
                .api(world.director, Method::POST, path, invite.clone())
                .await;
            assert_eq!(status, StatusCode::CREATED, "{made}");
            let text = |name: &str| made[name].as_str().unwrap().to_owned();
            (text("id"), text("link"))
        };
        let (first, link) = made().await;
        let revoke = format!("/people/invitations/{first}/revoke");
        let (status, to) = world.app.post(world.manager, &revoke, &[]).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/people"));
        let (status, page) = world.accept(&link, "架空太郎", "taro@example.jp").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
        let (status, _) = world.app.post(world.manager, &revoke, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "once");

        let (second, _) = made().await;
        let foreign = world.regional_manager;
        let address = format!("{path}/{second}");
        let (status, _) = world
            .api(foreign, Method::DELETE, &address, json!({}))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another organisation's");
        let (status, _) = world
            .api(world.staff, Method::DELETE, &address, json!({}))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (_, open) = world
            .api(world.director, Method::GET, path, json!({}))
            .await;
        assert_eq!(open["items"].as_array().unwrap().len(), 1);
        assert_eq!(open["items"][0]["email"], "taro@example.jp");
        assert!(open["items"][0]["link"].is_null(), "the link is shown once");
        let (status, _) = world
            .api(world.director, Method::DELETE, &address, json!({}))
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_role_ends_at_once_and_with_it_what_it_allowed() {
    for world in worlds().await {
        let (status, _) = world.app.get(world.manager, "/people").await;
        assert_eq!(status, StatusCode::OK);
        let end = format!(
            "/people/assignments/{}/end",
            world.assignment(world.manager).await
        );
        let (status, to) = world.app.post(world.director, &end, &[]).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/people"));
        let (status, _) = world.app.get(world.manager, "/people").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(world.told.of_people(), 1, "other features were told");
        let (status, _) = world.app.post(world.director, &end, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "it ended already");
        assert_eq!(world.told.of_people(), 0);
        assert_eq!(world.audited("people.manage", "assignment").await, 1);

        let staff = world.assignment(world.staff).await;
        let path = format!("/api/v1/people/assignments/{staff}/end");
        let (status, _) = world
            .api(world.regional_manager, Method::POST, &path, json!({}))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another organisation's");
        let (status, _) = world
            .api(world.director, Method::POST, &path, json!({}))
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(world.roles().await.len(), 1);
        assert_eq!(world.told.of_people(), 1);
    }
}

#[tokio::test]
async fn nobody_ends_a_role_of_their_own() {
    for world in worlds().await {
        let own = world.assignment(world.director).await;
        world
            .assign(world.director, Role::PlanningManager, None)
            .await;
        let (status, page) = world
            .app
            .post(
                world.director,
                &format!("/people/assignments/{own}/end"),
                &[],
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("自分の役割は終えられません"), "{page}");
        assert_eq!(world.roles().await.len(), 4);
        let (_, list) = world.app.get(world.director, "/people").await;
        assert!(
            !list.contains(&format!("/people/assignments/{own}/end")),
            "not offered"
        );
        let (_, list) = world.app.get(world.staff, "/people").await;
        assert!(!list.contains("/people/assignments/"));
    }
}

#[tokio::test]
async fn of_two_managers_who_end_each_other_one_stays() {
    for world in worlds().await {
        let end = async |whom, of| {
            let path = format!("/people/assignments/{}/end", world.assignment(of).await);
            world.app.post(whom, &path, &[]).await.0
        };
        let (one, other) = tokio::join!(
            end(world.director, world.manager),
            end(world.manager, world.director)
        );
        let done = [one, other]
            .iter()
            .filter(|status| **status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(done, 1, "{one} {other}");
        let left = world
            .app
            .app
            .database()
            .count(
                "SELECT count(*) AS n FROM assignments
                 WHERE organization_id = $1 AND role IN ('director', 'safety_manager')
                   AND valid_until IS NULL",
                params![world.clinic.id],
            )
            .await
            .unwrap();
        assert_eq!(left, 1, "the last manager stays");
    }
}

#[tokio::test]
async fn the_last_manager_cannot_be_removed_by_somebody_whose_own_role_just_ended() {
    for world in worlds().await {
        // The manager's role ends today; the director holds the only one that goes on tomorrow.
        world
            .assign(world.staff, Role::SafetyManager, Some(world.today()))
            .await;
        world.app.clock.advance_seconds(24 * 60 * 60);
        let (status, _) = world
            .app
            .post(
                world.staff,
                "/people/invite",
                &[("email", "a@example.jp"), ("role", "staff")],
            )
            .await;
        assert_eq!(
            status,
            StatusCode::FORBIDDEN,
            "a role ends with its last day"
        );
    }
}

#[tokio::test]
async fn each_kind_of_organisation_gives_out_its_own_roles() {
    for world in worlds().await {
        let (_, page) = world.app.get(world.director, "/people/invite").await;
        assert!(page.contains("value=\"director\"") && !page.contains("value=\"inspector\""));
        let (_, page) = world
            .app
            .get(world.regional_manager, "/people/invite")
            .await;
        assert!(page.contains("value=\"inspector\"") && !page.contains("value=\"director\""));
        let vendor = world
            .app
            .organization(OrganizationKind::Vendor, "架空システムズ", None)
            .await;
        let vendor_staff = world.app.person(&vendor, Role::VendorStaff).await;
        let (status, _) = world.app.get(vendor_staff, "/people").await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = world.app.get(vendor_staff, "/people/invite").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let form = [("email", "a@example.jp"), ("role", "staff")];
        let (status, _) = world.app.post(world.staff, "/people/invite", &form).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let until = parse_date("2027-03-31").unwrap();
        world
            .assign(world.staff, Role::DepartmentHead, Some(until))
            .await;
        let (status, list) = world.app.get(world.staff, "/people").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            !list.contains("/people/invite"),
            "nothing is shown that one may not open"
        );
    }
}
