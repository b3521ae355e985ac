//! Reminders from the form to the mail.

use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_store::notifications;
use yagura_web::MailRoute;

use crate::service::{EVIL, World, cells};

fn mails(world: &World) -> Vec<String> {
    let MailRoute::Folder(folder) = &world.app.app.config().mail else {
        unreachable!()
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before)
        .unwrap()
        .1
        .split_once(after)
        .unwrap()
        .0
}

const FORM: [(&str, &str); 5] = [
    ("audience", "incomplete"),
    ("pause", "7"),
    ("deadline", "令和8年12月5日"),
    ("subject", "{年度}のお願い"),
    ("body", "{施設名} 様\n{状況}\n{締切}まで {リンク}\n{差出人}"),
];

#[tokio::test]
async fn a_reminder_goes_out_once_and_says_what_came_of_it() {
    for world in World::all().await {
        let address = format!("/api/v1/members/{}", world.pharmacy.id);
        let body = json!({ "version": 1, "email": "info@example.jp" });
        let (status, said) = world
            .app
            .api(Some(world.manager), Method::PATCH, &address, Some(body))
            .await;
        assert_eq!(status, StatusCode::OK, "{said}");

        let preview = "/region/reminders/preview";
        let (status, page) = world.app.post(world.staff, preview, &FORM).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(!page.contains("<script>alert"));
        assert!(
            page.contains("2 施設に送ります"),
            "the hospital has a blank, the pharmacy all: {page}"
        );
        assert!(page.contains("令和8年度のお願い"));
        let id = between(&page, r#"name="id" value=""#, "\"").to_owned();

        let mut form = FORM.to_vec();
        form.extend([("id", id.as_str()), ("expected", "2")]);
        for _ in 0..2 {
            let (status, to) = world
                .app
                .post(world.staff, "/region/reminders", &form)
                .await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            assert_eq!(to, format!("/region/reminders/{id}"));
        }
        let page = world
            .page(world.staff, &format!("/region/reminders/{id}"))
            .await;
        assert!(page.contains("送信しています"));
        world.app.run_jobs().await;
        let sent = mails(&world);
        assert_eq!(sent.len(), 2, "{sent:?}");
        let page = world
            .page(world.staff, &format!("/region/reminders/{id}"))
            .await;
        assert!(page.contains("2 施設に送信(うちメール 2)"), "{page}");
        assert!(page.contains("変化なし") && page.contains("info@example.jp"));

        let unread = notifications::unread(
            world.app.app.database(),
            world.hospital.id,
            world.director.person,
        )
        .await
        .unwrap();
        assert_eq!(unread, 1, "and a notice in the program");
        let notices = world.page(world.director, "/notices").await;
        assert!(
            notices.contains("架空県から: 令和8年度のお願い"),
            "{notices}"
        );

        // Within the pause nobody is reminded again.
        let (_, page) = world.app.post(world.staff, preview, &FORM).await;
        assert!(page.contains("0 施設に送ります") && page.contains("2 施設が当てはまりますが"));
        let mut again = form.clone();
        let other = world.app.app.ids().id().to_string();
        again[5] = ("id", other.as_str());
        world
            .app
            .post(world.staff, "/region/reminders", &again)
            .await;
        world.app.run_jobs().await;
        assert_eq!(mails(&world).len(), 2);

        // The pharmacy answers; the hospital does not.
        world.app.clock.advance_days(1);
        world.sheet(world.pharmacy.id, cells("dd")).await;
        world.refresh().await;
        let path = format!("/api/v1/reminders/{id}/recipients");
        let (_, recipients) = world
            .app
            .api(Some(world.staff), Method::GET, &path, None)
            .await;
        let outcome = |name: &str| {
            let all = recipients["items"].as_array().unwrap();
            all.iter().find(|entry| entry["name"] == name).unwrap()["since"].clone()
        };
        assert_eq!(
            (outcome(EVIL), outcome("架空みなと病院")),
            (json!("finished"), json!("nothing"))
        );
        world
            .file(
                world.staff,
                &format!("/region/reminders/{id}/recipients.xlsx"),
            )
            .await;
        let member = world
            .page(world.staff, &format!("/members/{}", world.pharmacy.id))
            .await;
        assert!(member.contains("{年度}のお願い"));
    }
}

#[tokio::test]
async fn only_the_chosen_ones_and_only_members_get_it() {
    for world in World::all().await {
        let (clinic, stranger) = (world.clinic.id.to_string(), world.stranger.id.to_string());
        let chosen = [
            ("member", clinic.as_str()),
            ("member", stranger.as_str()),
            ("year", "2026"),
        ];
        let (status, page) = world
            .app
            .post(world.staff, "/region/reminders/new", &chosen)
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("架空さくら医院") && !page.contains("よその医院"),
            "{page}"
        );
        let order = json!({
            "audience": "selected", "members": [clinic, stranger],
            "subject": "お願い", "body": "{施設名}",
        });
        let (status, sent) = world
            .app
            .api(
                Some(world.staff),
                Method::POST,
                "/api/v1/reminders",
                Some(order),
            )
            .await;
        assert_eq!(
            (status, &sent["expected"]),
            (StatusCode::ACCEPTED, &json!(1)),
            "{sent}"
        );
        world.app.run_jobs().await;
        let path = format!("/api/v1/reminders/{}", sent["id"].as_str().unwrap());
        let (_, sent) = world
            .app
            .api(Some(world.staff), Method::GET, &path, None)
            .await;
        assert_eq!(
            (&sent["sent"], &sent["mailed"]),
            (&json!(1), &json!(0)),
            "no address: {sent}"
        );
        assert!(mails(&world).is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_beside_its_field() {
    for world in World::all().await {
        let bad = [
            ("audience", "everybody"),
            ("pause", "1"),
            ("deadline", "2026-01-01"),
            ("subject", "件名\r\nBcc: x@example.jp"),
            ("body", "{施設}様"),
        ];
        let (status, page) = world
            .app
            .post(world.staff, "/region/reminders/preview", &bad)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in [
            "期限は今日以降",
            "置き換えられない言葉があります: 施設",
            "3〜90",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let order = json!({ "audience": "selected", "members": [], "subject": "", "body": "x" });
        let (status, problem) = world
            .app
            .api(
                Some(world.staff),
                Method::POST,
                "/api/v1/reminders",
                Some(order),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");
        // A line break in a subject is no further header.
        let order = json!({ "audience": "not_opened", "subject": "お願い\r\nBcc: x@example.jp", "body": "x" });
        let (status, sent) = world
            .app
            .api(
                Some(world.staff),
                Method::POST,
                "/api/v1/reminders",
                Some(order),
            )
            .await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(sent["subject"], "お願い Bcc: x@example.jp");
        let (status, _) = world
            .app
            .api(
                Some(world.inspector),
                Method::POST,
                "/api/v1/reminders",
                Some(json!({ "audience": "not_opened", "subject": "a", "body": "b" })),
            )
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}
