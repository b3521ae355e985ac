//! What is sent twice, too long, of the wrong kind, or by the wrong person.

use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::parse_date;
use yagura_packs::FieldKind;
use yagura_requests::store::{self, Publication};

use crate::support::{World, exception, proof, worlds};

const FIELDS: &[(&str, &str)] = &[
    ("rule", "USBメモリの禁止"),
    ("person", "架空 花子"),
    ("department", "内科"),
    ("reason", "装置が古い"),
    ("compensation", "専用の1本に限る"),
    ("personal", "no"),
    ("from", "2026-12-01"),
    ("until", "2027-03-31"),
];

/// Puts another version of the form into force: a question gone, one of another kind, one new.
async fn change_the_form(world: &World) {
    let app = &world.app;
    let edit = proof::<actions::EditRequestForms>(world.director, Role::Director);
    let file = proof::<actions::FileRequests>(world.director, Role::Director);
    let (database, library) = (app.app.database(), app.app.packs());
    let mut form = store::version(database, &library, &file, "form-exception", 0)
        .await
        .unwrap();
    form.form.fields.retain(|field| field.id != "system");
    for step in &mut form.form.route {
        step.when.retain(|condition| condition.field != "system");
    }
    for outcome in &mut form.form.outcomes {
        outcome.fields.retain(|pair| pair.from != "system");
    }
    for field in &mut form.form.fields {
        if field.id == "compensation" {
            field.kind = FieldKind::Date;
        }
    }
    let mut fresh = form.form.fields[0].clone();
    fresh.id = "patients".to_owned();
    fresh.label.ja = "影響する患者の数".to_owned();
    fresh.subject = false;
    form.form.fields.push(fresh);
    let mut tx = database.begin().await.unwrap();
    let today = parse_date("2026-11-21").unwrap();
    let what = Publication::Form(&form);
    let (ids, now) = (app.app.ids(), app.app.now());
    store::publish(&mut tx, &edit, ids, "form-exception", what, today, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_form_changed_while_the_page_was_open_says_so_and_keeps_what_fits() {
    for world in worlds().await {
        let app = &world.app;
        let path = "/requests/new/form-exception";
        let (_, page) = app.get(world.staff, path).await;
        let at = page.find("name=\"_form\" value=\"").unwrap() + 20;
        let seen: String = page[at..].chars().take_while(|c| *c != '"').collect();
        let mut fields = FIELDS.to_vec();
        fields.push(("_form", seen.as_str()));
        change_the_form(&world).await;
        let (status, to) = app.post(world.staff, path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{} {to}", app.engine);
        let (_, page) = app.get(world.staff, &to).await;
        assert!(page.contains("影響する患者の数"), "it is the new form");
        assert!(page.contains("装置が古い"), "what fits is kept");
        assert!(
            !page.contains("専用の1本に限る"),
            "what does not fit is not"
        );
        assert_eq!(world.count("SELECT count(*) AS n FROM requests").await, 0);
        // Begun under the old form and moved: the page says which answers are to be given again.
        let mut old = FIELDS.to_vec();
        old.push(("_then", "draft"));
        app.post(world.staff, path, &old).await;
        let sql = "SELECT count(*) AS n FROM request_drafts";
        assert_eq!(world.count(sql).await, 2);
    }
}

#[tokio::test]
async fn a_draft_moved_to_a_changed_form_says_what_is_to_be_answered_again() {
    for world in worlds().await {
        let app = &world.app;
        let path = "/requests/new/form-exception";
        let (_, draft) = app.post(world.staff, path, FIELDS).await;
        change_the_form(&world).await;
        let (_, edit) = app.get(world.staff, &format!("{draft}/edit")).await;
        assert!(edit.contains("この画面は前の様式です"), "{edit}");
        let to = format!("{draft}/file");
        let (status, moved) = app.post(world.staff, &to, &[("version", "new")]).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{}", app.engine);
        let (_, page) = app.get(world.staff, &moved).await;
        assert!(page.contains("影響する患者の数") && page.contains("装置が古い"));
        assert!(!page.contains("専用の1本に限る"));
        let (_, confirm) = app.get(world.staff, &draft).await;
        assert!(
            confirm.contains("/edit#field-compensation"),
            "what is missing leads to its field: {confirm}"
        );
    }
}

#[tokio::test]
async fn sent_twice_it_is_filed_once_and_both_lead_to_it() {
    for world in worlds().await {
        let app = &world.app;
        let path = "/requests/new/form-exception";
        let (_, draft) = app.post(world.staff, path, FIELDS).await;
        let to = format!("{draft}/file");
        let fields = [("revision", "1")];
        let both = tokio::join!(
            app.post(world.staff, &to, &fields),
            app.post(world.staff, &to, &fields),
        );
        let third = app.post(world.staff, &to, &fields).await;
        let looked = app.get(world.staff, &draft).await;
        for (status, place) in [&both.0, &both.1, &third] {
            assert_eq!(*status, StatusCode::SEE_OTHER, "{} {place}", app.engine);
            assert_eq!(*place, third.1);
        }
        assert_eq!(looked.0, StatusCode::SEE_OTHER);
        assert_eq!(world.count("SELECT count(*) AS n FROM requests").await, 1);
        // It is nobody else's way to it.
        for other in [world.other_staff, world.safety, world.stranger] {
            assert_eq!(app.get(other, &draft).await.0, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test]
async fn ten_thousand_characters_are_refused_at_their_field() {
    for world in worlds().await {
        let app = &world.app;
        let long = "長".repeat(10_000);
        let mut fields = FIELDS.to_vec();
        fields.retain(|(name, _)| *name != "reason");
        fields.push(("reason", long.as_str()));
        let path = "/requests/new/form-exception";
        let (status, page) = app.post(world.staff, path, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{}", app.engine);
        assert!(page.contains("href=\"#field-reason\"") && page.contains("4,000字まで"));
        assert!(page.contains(&long), "what was typed stays");
        // The same for a remark, at the card in which it was typed.
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let path = format!("/requests/{}/decide", filed["id"].as_str().unwrap());
        let fields = [
            ("step", "head"),
            ("seat", "department-head"),
            ("verdict", "granted"),
            ("revision", "1"),
            ("note", long.as_str()),
        ];
        let (status, page) = app.post(world.head, &path, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let id = "head-department-head-note";
        assert!(page.contains(&format!("href=\"#{id}\"")));
        assert!(page.contains(&format!("id=\"{id}\"")));
        assert!(page.contains(&long));
    }
}

#[tokio::test]
async fn nobody_else_acts_on_a_request() {
    for world in worlds().await {
        let app = &world.app;
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let path = format!("/requests/{}", filed["id"].as_str().unwrap());
        let fields = [
            ("step", "head"),
            ("seat", "department-head"),
            ("verdict", "granted"),
            ("note", "x"),
            ("answer", "x"),
        ];
        for other in [world.other_staff, world.stranger] {
            for act in ["decide", "recall", "answer", "withdraw", "copy"] {
                let (status, _) = app.post(other, &format!("{path}/{act}"), &fields).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{act}");
            }
            for part in ["", "/request.pdf"] {
                let (status, _) = app.get(other, &format!("{path}{part}")).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{part}");
            }
            for act in ["decision", "answer", "withdrawal"] {
                let body = json!({ "step": "head", "seat": "department-head",
                                   "verdict": "granted", "revision": 1 });
                let body = if act == "decision" {
                    body
                } else {
                    json!({ "text": "x", "revision": 1 })
                };
                let path = format!("/api/v1{path}/{act}");
                let (status, _) = app.api(Some(other), Method::POST, &path, Some(body)).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{act}");
            }
        }
        // Those who may read every request see it; that does not make them decide it.
        let (status, _) = app.get(world.safety, &path).await;
        assert_eq!(status, StatusCode::OK);
        let early = world
            .decide(
                world.safety,
                &filed["id"],
                "head",
                "department-head",
                "granted",
            )
            .await;
        assert_eq!(early.0, StatusCode::BAD_REQUEST);
        assert_eq!(
            world
                .count("SELECT count(*) AS n FROM request_events WHERE event <> 'filed'")
                .await,
            0
        );
    }
}

#[tokio::test]
async fn delegations_that_run_in_a_circle_or_to_the_requester_hang_nothing() {
    for world in worlds().await {
        let app = &world.app;
        let hand_over = async |from, to: yagura_web::testing::TestPerson| {
            let to = to.person.to_string();
            let fields = [
                ("to", to.as_str()),
                ("first", "2026-11-21"),
                ("last", "2026-11-23"),
            ];
            let (status, _) = app.post(from, "/requests/delegations", &fields).await;
            assert_eq!(status, StatusCode::SEE_OTHER);
        };
        hand_over(world.head, world.safety).await;
        hand_over(world.safety, world.head).await;
        hand_over(world.head, world.staff).await;
        let filed = world.file(world.staff, "form-exception", exception()).await;
        assert_eq!(world.waiting(world.head).await, 1);
        assert_eq!(world.waiting(world.safety).await, 1);
        assert_eq!(world.waiting(world.staff).await, 0, "not the own request");
        let own = world
            .decide(
                world.staff,
                &filed["id"],
                "head",
                "department-head",
                "granted",
            )
            .await;
        assert_eq!(own.0, StatusCode::BAD_REQUEST);
        // They are over: everybody is back at their own seat.
        app.clock.advance_days(3);
        assert_eq!(world.waiting(world.safety).await, 0);
        assert_eq!(world.waiting(world.head).await, 1);
        let (_, page) = app.get(world.head, "/requests/delegations").await;
        assert!(page.contains("委任はありません"), "{page}");
    }
}

#[tokio::test]
async fn a_question_may_have_the_name_of_anything_on_the_page() {
    for world in worlds().await {
        let app = &world.app;
        let edit = proof::<actions::EditRequestForms>(world.director, Role::Director);
        let file = proof::<actions::FileRequests>(world.director, Role::Director);
        let (database, library) = (app.app.database(), app.app.packs());
        let mut form = store::version(database, &library, &file, "form-exception", 0)
            .await
            .unwrap();
        for id in ["revision", "then", "form", "newer"] {
            let mut field = form.form.fields[0].clone();
            field.id = id.to_owned();
            field.label.ja = format!("質問 {id}");
            field.subject = false;
            form.form.fields.push(field);
        }
        let mut tx = database.begin().await.unwrap();
        let today = parse_date("2026-11-21").unwrap();
        let what = Publication::Form(&form);
        let (ids, now) = (app.app.ids(), app.app.now());
        store::publish(&mut tx, &edit, ids, "form-exception", what, today, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut fields = FIELDS.to_vec();
        for id in ["revision", "then", "form", "newer"] {
            fields.push((id, "draft"));
        }
        let path = "/requests/new/form-exception";
        let (status, draft) = app.post(world.staff, path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{} {draft}", app.engine);
        let (status, again) = app
            .post(world.staff, &format!("{draft}/edit"), &fields)
            .await;
        assert_eq!((status, again), (StatusCode::SEE_OTHER, draft.clone()));
        let (_, filed) = app.post(world.staff, &format!("{draft}/file"), &[]).await;
        let (_, page) = app.get(world.staff, &filed).await;
        assert_eq!(page.matches("<dd>draft</dd>").count(), 4, "{page}");
    }
}
