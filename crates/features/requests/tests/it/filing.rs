//! Filing: three screens, drafts, files, a form that changed meanwhile.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::parse_date;
use yagura_requests::store::{self, Publication};
use yagura_web::testing::text;

use crate::support::{exception, export, proof, worlds};

/// The exception's answers as a form of a page.
const FIELDS: &[(&str, &str)] = &[
    ("rule", "USBメモリの禁止<i>&</i>"),
    ("person", "架空 花子"),
    ("department", "内科"),
    ("reason", "装置が古い"),
    ("compensation", "専用の1本に限る"),
    ("personal", "no"),
    ("from", "令和8年12月1日"),
    ("until", "R9.3.31"),
];

#[tokio::test]
async fn a_request_is_filed_in_three_screens() {
    for world in worlds().await {
        let app = &world.app;
        let (status, desk) = app.get(world.staff, "/requests").await;
        assert_eq!(status, StatusCode::OK);
        for form in ["利用権限の申請", "規程の例外の申請", "退職の届け出"] {
            assert!(desk.contains(form), "{form}");
        }
        let (status, fill) = app.get(world.staff, "/requests/new/form-exception").await;
        assert_eq!(status, StatusCode::OK);
        assert!(fill.contains("代わりの対策") && fill.contains("必須"));
        let (status, to) = app
            .post(world.staff, "/requests/new/form-exception", FIELDS)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (_, confirm) = app.get(world.staff, &to).await;
        assert!(confirm.contains("申請する") && confirm.contains("架空 department_head"));
        assert!(!confirm.contains("<i>&"), "what was typed is escaped");
        let (status, filed) = app.post(world.staff, &format!("{to}/file"), &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{filed}");
        let (_, page) = app.get(world.staff, &filed).await;
        assert!(page.contains("2026-0001"), "{page}");
        assert!(
            page.contains("令和9年3月31日"),
            "dates are read in any writing"
        );
        // Filed once: sending it again leads to it.
        let (status, again) = app.post(world.staff, &format!("{to}/file"), &[]).await;
        assert_eq!((status, again), (StatusCode::SEE_OTHER, filed));
        assert_eq!(world.count("SELECT count(*) AS n FROM requests").await, 1);
        assert_eq!(
            world
                .count("SELECT count(*) AS n FROM request_drafts")
                .await,
            0
        );
        // Those for whom it waits are told.
        let told =
            "SELECT count(*) AS n FROM notifications WHERE message = 'requests-notice-waiting'";
        assert_eq!(world.count(told).await, 1);
    }
}

#[tokio::test]
async fn what_is_missing_is_said_beside_its_field_and_nothing_is_lost() {
    for world in worlds().await {
        let app = &world.app;
        let fields: Vec<_> = FIELDS
            .iter()
            .filter(|(name, _)| *name != "until")
            .copied()
            .collect();
        let path = "/requests/new/form-exception";
        let (status, page) = app.post(world.staff, path, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("「いつまで」に答えてください"), "{page}");
        assert!(page.contains("装置が古い"), "what was typed stays");
        // A draft may have gaps, and is not filed with them.
        let mut draft = fields.clone();
        draft.push(("_then", "draft"));
        let (status, to) = app.post(world.staff, path, &draft).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/requests"));
        let (_, desk) = app.get(world.staff, "/requests").await;
        let at = desk.find("/requests/drafts/").unwrap();
        let draft: String = desk[at..].chars().take_while(|c| *c != '"').collect();
        let (status, _) = app.post(world.staff, &format!("{draft}/file"), &[]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        // It is nobody else's.
        let (status, _) = app.get(world.other_staff, &draft).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = app
            .post(world.staff, &format!("{draft}/discard"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn files_go_with_the_request_and_only_to_those_who_see_it() {
    for world in worlds().await {
        let app = &world.app;
        let boundary = "GRENZE";
        let body_with = |name: &str, content: &str| {
            let mut body = String::new();
            for (field, values) in export().as_object().unwrap() {
                for value in values.as_array().unwrap() {
                    let value = value.as_str().unwrap();
                    body.push_str(&format!(
                        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                    ));
                }
            }
            body.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file-attachment\"; filename=\"{name}\"\r\n\r\n{content}\r\n--{boundary}--\r\n"
            ));
            Request::builder()
                .method(Method::POST)
                .uri("/requests/new/form-data-export")
                .header(
                    header::CONTENT_TYPE,
                    format!("multipart/form-data; boundary={boundary}"),
                )
                .body(Body::from(body))
                .unwrap()
        };
        let refused = app
            .send(Some(world.staff), body_with("a.exe", "MZ\u{1}\u{2}"))
            .await;
        let (status, page) = text(refused).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("この種類のファイルは受け取れません"));
        assert!(page.contains("href=\"#field-file-attachment\""), "{page}");
        let taken = app
            .send(
                Some(world.staff),
                body_with("審査結果.txt", "承認 第12号\n"),
            )
            .await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER, "{}", app.engine);
        let to = taken.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned();
        let (_, filed) = app.post(world.staff, &format!("{to}/file"), &[]).await;
        let (_, page) = app.get(world.staff, &filed).await;
        assert!(page.contains("審査結果.txt"));
        let at = page.find(&format!("{filed}/files/")).unwrap();
        let file: String = page[at..].chars().take_while(|c| *c != '"').collect();
        let (status, content) = app.get(world.head, &file).await;
        assert_eq!(
            (status, content.as_str()),
            (StatusCode::OK, "承認 第12号\n")
        );
        for nobody in [world.other_staff, world.stranger] {
            assert_eq!(app.get(nobody, &file).await.0, StatusCode::NOT_FOUND);
            assert_eq!(app.get(nobody, &filed).await.0, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test]
async fn a_form_that_changed_while_it_was_filled_in_is_said() {
    for world in worlds().await {
        let app = &world.app;
        let path = "/requests/new/form-exception";
        let (_, draft) = app.post(world.staff, path, FIELDS).await;
        // Meanwhile the institution puts another version into force.
        let edit = proof::<actions::EditRequestForms>(world.director, Role::Director);
        let file = proof::<actions::FileRequests>(world.director, Role::Director);
        let database = app.app.database();
        let library = app.app.packs();
        let mut form = store::version(database, &library, &file, "form-exception", 0)
            .await
            .unwrap();
        form.form.fields[0].label.ja = "変えた質問".to_owned();
        let mut tx = database.begin().await.unwrap();
        let today = parse_date("2026-11-21").unwrap();
        let (ids, now) = (app.app.ids(), app.app.now());
        let what = Publication::Form(&form);
        store::publish(&mut tx, &edit, ids, "form-exception", what, today, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (_, page) = app.get(world.staff, &draft).await;
        assert!(page.contains("申請書が新しくなりました"), "{page}");
        let to = format!("{draft}/file");
        let (status, _) = app.post(world.staff, &to, &[]).await;
        assert_eq!(status, StatusCode::CONFLICT, "one has to choose");
        let (status, again) = app.post(world.staff, &to, &[("version", "new")]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = app.get(world.staff, &again).await;
        assert!(page.contains("変えた質問") && page.contains("装置が古い"));
        let (status, _) = app.post(world.staff, &to, &[]).await;
        assert_eq!(
            status,
            StatusCode::SEE_OTHER,
            "it is of the version in force"
        );
        // Under the old version, where that is chosen; what is filed keeps its form.
        let (_, second) = app.post(world.staff, path, FIELDS).await;
        let mut tx = database.begin().await.unwrap();
        form.form.fields[0].label.ja = "もう一度変えた質問".to_owned();
        let what = Publication::Form(&form);
        store::publish(&mut tx, &edit, ids, "form-exception", what, today, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let to = format!("{second}/file");
        let (_, filed) = app.post(world.staff, &to, &[("version", "old")]).await;
        let (_, page) = app.get(world.staff, &filed).await;
        assert!(page.contains("変えた質問") && !page.contains("もう一度変えた質問"));
    }
}

#[tokio::test]
async fn numbers_run_by_fiscal_year() {
    for world in worlds().await {
        let first = world.file(world.staff, "form-exception", exception()).await;
        let second = world.file(world.staff, "form-exception", exception()).await;
        assert_eq!(first["number"], "2026-0001");
        assert_eq!(second["number"], "2026-0002");
        world.app.clock.set(yagura_kernel::time::Instant::from_jst(
            parse_date("2027-04-01").unwrap(),
            9,
            0,
        ));
        let mut next = exception();
        next["from"] = serde_json::json!(["2027-04-02"]);
        next["until"] = serde_json::json!(["2028-03-31"]);
        let third = world.file(world.staff, "form-exception", next).await;
        assert_eq!(third["number"], "2027-0001");
    }
}
