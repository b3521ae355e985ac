//! The pages and the API through the whole service.

use axum::http::{Method, StatusCode};
use serde_json::json;
use yagura_documents::tabular::{Limits, read_tables};

use crate::service::{EVIL, World, cells};

const PAGES: [&str; 10] = [
    "/members",
    "/members?state=contradictions&kind=hospital&q=%E3%81%BF%E3%81%AA%E3%81%A8",
    "/region/matrix",
    "/region/matrix?view=text",
    "/region/matrix?item=1&cell=no&state=",
    "/region/call-list",
    "/region/call-list?state=incomplete",
    "/region/comparison",
    "/region/trend",
    "/",
];

#[tokio::test]
async fn every_page_of_the_region_answers_each_overseer() {
    for world in World::all().await {
        for path in PAGES {
            for whom in [world.manager, world.staff, world.inspector] {
                world.page(whom, path).await;
            }
        }
        for path in ["/members/new", "/members/import"] {
            world.page(world.manager, path).await;
            for whom in [world.staff, world.inspector] {
                assert_eq!(
                    world.app.get(whom, path).await.0,
                    StatusCode::FORBIDDEN,
                    "{path}"
                );
            }
        }
        for path in ["/region/reminders", "/region/reminders/new"] {
            world.page(world.staff, path).await;
            assert_eq!(
                world.app.get(world.inspector, path).await.0,
                StatusCode::FORBIDDEN
            );
        }
    }
}

#[tokio::test]
async fn others_see_nothing_of_the_roll() {
    for world in World::all().await {
        let member = format!("/members/{}", world.clinic.id);
        for path in PAGES
            .iter()
            .filter(|path| **path != "/" && !path.contains("comparison"))
        {
            for whom in [world.director, world.vendor] {
                let (status, _) = world.app.get(whom, path).await;
                let hidden = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status);
                assert!(hidden, "{path}: {status}");
            }
        }
        for whom in [world.director, world.vendor] {
            assert_eq!(world.app.get(whom, &member).await.0, StatusCode::FORBIDDEN);
        }
        let own = world.page(world.director, "/region/comparison").await;
        assert!(!own.contains("架空さくら医院"));
        assert_eq!(
            world.app.get(world.vendor, "/region/comparison").await.0,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn who_is_no_member_is_not_found() {
    for world in World::all().await {
        let id = world.stranger.id;
        for path in [
            format!("/members/{id}"),
            format!("/members/{id}/edit"),
            format!("/members/{id}/end"),
            format!("/api/v1/members/{id}"),
            "/members/not-an-id".to_owned(),
            format!("/members/import/{id}"),
            format!("/region/exports/{id}"),
            format!("/region/reminders/{id}"),
        ] {
            let (status, page) = world.app.get(world.manager, &path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert!(!page.contains("よその医院"));
        }
        for (path, fields) in [
            (
                format!("/members/{id}/edit"),
                vec![("name", "x"), ("kind", "clinic")],
            ),
            (
                format!("/members/{id}/end"),
                vec![("last_day", "2026-11-20")],
            ),
            (format!("/members/import/{id}/confirm"), vec![]),
            (format!("/members/import/{id}/cancel"), vec![]),
        ] {
            let (status, _) = world.app.post(world.manager, &path, &fields).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[tokio::test]
async fn the_matrix_shows_what_is_shared_and_no_more() {
    for world in World::all().await {
        let page = world.page(world.staff, "/region/matrix").await;
        assert!(page.contains("会員 3 施設の状況"), "{page}");
        assert!(page.contains("回答状況のみ共有"));
        assert!(page.contains("1-①"));
        let contradictions = page.matches(r#"state-contradiction" role="img""#).count();
        assert_eq!(contradictions, 1, "that of the clinic is not shared");
        let (hospital, clinic) = (page.find("架空みなと病院"), page.find("架空さくら医院"));
        assert!(hospital < clinic, "the contradiction comes first");
        let words = world.page(world.staff, "/region/matrix?view=text").await;
        assert!(words.contains("<b>食い違い</b>: 1-①."), "{words}");
        let (_, api) = world
            .app
            .api(Some(world.staff), Method::GET, "/api/v1/matrix", None)
            .await;
        assert_eq!(api["columns"].as_array().unwrap().len(), 19);
        assert_eq!(api["items"][0]["cells"][0], "contradiction");
        let clinic = api["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == "架空さくら医院")
            .unwrap();
        assert!(clinic["cells"].is_null() && clinic["standing"]["contradictions"].is_null());
        assert_eq!(clinic["standing"]["answered"], 19);
    }
}

#[tokio::test]
async fn files_hold_what_the_pages_show() {
    for world in World::all().await {
        for path in [
            "/region/matrix.xlsx",
            "/members/roll.xlsx",
            "/region/call-list.xlsx",
            "/region/comparison.xlsx",
            "/region/trend.xlsx",
            "/region/reminders.xlsx",
        ] {
            let bytes = world.file(world.staff, path).await;
            let tables = read_tables(&bytes, "a", &Limits::default()).unwrap();
            assert!(!tables.is_empty(), "{path}");
        }
        let bytes = world.file(world.staff, "/region/matrix.xlsx").await;
        let tables = read_tables(&bytes, "a", &Limits::default()).unwrap();
        let all: Vec<&str> = tables[0]
            .rows
            .iter()
            .flat_map(|row| row.cells.iter().map(|cell| cell.text.as_str()))
            .collect();
        assert!(all.contains(&"食い違い") && all.contains(&"回答状況のみ共有"));
        assert!(all.contains(&EVIL), "text stays text in a file");
        // The roll can be imported as it was saved.
        let roll = world.file(world.staff, "/members/roll.xlsx").await;
        let (status, to) = world.upload(world.manager, &roll).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let preview = world.page(world.manager, &to).await;
        assert!(
            preview.contains("名簿とファイルの内容は同じです"),
            "{preview}"
        );
        let pdf = world.file(world.staff, "/region/matrix.pdf").await;
        assert!(pdf.starts_with(b"%PDF-"));
        let (status, to) = world
            .app
            .post(
                world.staff,
                "/region/exports",
                &[("format", "xlsx"), ("filter", "{\"kind\":\"hospital\"}")],
            )
            .await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, "/region/matrix.xlsx?kind=hospital")
        );
    }
}

#[tokio::test]
async fn a_large_export_is_a_job_that_can_be_fetched() {
    for world in World::all().await {
        let mut file = String::from("名称,種別\n");
        for number in 0..1_010 {
            file.push_str(&format!("架空薬局{number},薬局\n"));
        }
        let (_, to) = world.upload(world.manager, file.as_bytes()).await;
        let (status, _) = world
            .app
            .post(world.manager, &format!("{to}/confirm"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, _) = world.app.get(world.staff, "/region/matrix.xlsx").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let fields = [("format", "xlsx"), ("filter", "{}")];
        let (status, to) = world
            .app
            .post(world.staff, "/region/exports", &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let making = world.page(world.staff, &to).await;
        assert!(making.contains("作成中"));
        let (status, _) = world.app.get(world.staff, &format!("{to}/file")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "not ready");
        world.app.run_jobs().await;
        world.page(world.staff, &to).await;
        let bytes = world.file(world.staff, &format!("{to}/file")).await;
        let tables = read_tables(&bytes, "a", &Limits::default()).unwrap();
        assert!(tables[0].rows.len() > 1_010);
        world.app.clock.advance_days(4);
        assert_eq!(
            world.app.get(world.staff, &to).await.0,
            StatusCode::NOT_FOUND,
            "too old"
        );
    }
}

#[tokio::test]
async fn a_file_is_read_looked_at_and_taken_over_once() {
    for world in World::all().await {
        let template = world
            .file(world.manager, "/members/import/template.xlsx")
            .await;
        let (status, page) = world.upload(world.manager, &template).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("見出しの下に会員の行がありません"), "{page}");

        let bad = "名称,種別,許可病床数\n<script>alert(1)</script>,病院,5\n甲,謎,\n";
        let (status, to) = world.upload(world.manager, bad.as_bytes()).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let preview = world.page(world.manager, &to).await;
        assert!(preview.contains("直すところが 2 件"), "{preview}");
        assert!(preview.contains("「謎」は種別として読めません"));
        world
            .file(world.manager, &format!("{to}/issues.xlsx"))
            .await;
        let (status, said) = world
            .app
            .post(world.manager, &format!("{to}/confirm"), &[])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
        let (status, _) = world
            .app
            .post(world.manager, &format!("{to}/cancel"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);

        let good = format!("名称,種別,代表者\n\"{}\",診療所,<b>\n", "新しい<i>医院");
        let (_, to) = world.upload(world.manager, good.as_bytes()).await;
        for show in [
            "new",
            "changed",
            "unchanged",
            "errors",
            "notices",
            "not_in_file",
        ] {
            world
                .page(world.manager, &format!("{to}?show={show}&page=9"))
                .await;
        }
        let preview = world.page(world.manager, &to).await;
        assert!(preview.contains("新しい&lt;i&gt;医院"));
        assert!(
            preview.contains("ファイルにない 3 施設はそのまま残ります"),
            "{preview}"
        );
        for _ in 0..2 {
            let (status, to) = world
                .app
                .post(world.manager, &format!("{to}/confirm"), &[])
                .await;
            assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/members"));
        }
        let (_, found) = world
            .app
            .api(
                Some(world.staff),
                Method::GET,
                "/api/v1/members?limit=2",
                None,
            )
            .await;
        assert_eq!(found["items"].as_array().unwrap().len(), 2);
        let next = found["next"].as_str().unwrap();
        let rest = format!("/api/v1/members?limit=2&cursor={next}");
        let (_, rest) = world
            .app
            .api(Some(world.staff), Method::GET, &rest, None)
            .await;
        assert_eq!(
            rest["items"].as_array().unwrap().len(),
            2,
            "taken over once: 3 + 1"
        );
        assert!(rest.get("next").is_none());
        let home = world.page(world.manager, "/").await;
        assert!(
            !home.contains("名簿の取り込みを確認する"),
            "nothing waits any more"
        );
    }
}

#[tokio::test]
async fn a_member_is_added_changed_and_taken_off() {
    for world in World::all().await {
        let bad = [
            ("name", ""),
            ("kind", "hospital"),
            ("beds", "3"),
            ("email", "x"),
        ];
        let (status, page) = world.app.post(world.manager, "/members/new", &bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("病院の許可病床数は20床から") && page.contains(r#"value="3""#));

        let good = [
            ("name", "新病院"),
            ("kind", "hospital"),
            ("beds", "２０"),
            ("code", "37-1"),
        ];
        let (status, member) = world.app.post(world.manager, "/members/new", &good).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{member}");
        let (status, _) = world.app.post(world.manager, "/members/new", &good).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "it is a member already"
        );
        let page = world.page(world.staff, &member).await;
        assert!(page.contains("新病院") && page.contains("20床"));

        let mut change = good.to_vec();
        change[2] = ("beds", "250");
        change.extend([
            ("version", "1"),
            ("valid_from", "令和8年10月1日"),
            ("remark", "<i>メモ"),
        ]);
        let edit = format!("{member}/edit");
        let (status, said) = world.app.post(world.manager, &edit, &change).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
        let page = world.page(world.staff, &member).await;
        assert!(page.contains("令和8年10月1日") && page.contains("250"));
        assert!(page.contains("&lt;i&gt;メモ"));

        // A second writer with the old version is shown both.
        change[0] = ("name", "私の病院");
        let (status, page) = world.app.post(world.manager, &edit, &change).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("ほかの人が保存しました") && page.contains("私の病院"));
        assert!(
            page.contains(r#"name="version" value="2""#),
            "saving again takes one's own"
        );

        let end = format!("{member}/end");
        for day in ["2026-11-22", "2026-01-01", "昨日"] {
            let (status, _) = world
                .app
                .post(world.manager, &end, &[("last_day", day)])
                .await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        }
        let (status, _) = world
            .app
            .post(world.manager, &end, &[("last_day", "2026-11-21")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        world.app.clock.advance_days(1);
        assert_eq!(
            world.app.get(world.staff, &member).await.0,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn the_api_keeps_the_roll() {
    for world in World::all().await {
        let api = async |method, path: &str, body| {
            world.app.api(Some(world.manager), method, path, body).await
        };
        let (status, problem) = api(
            Method::POST,
            "/api/v1/members",
            Some(json!({ "name": "甲", "kind": "x" })),
        )
        .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["field"], "kind");
        let new = json!({ "name": "甲医院", "kind": "clinic", "beds": 5, "phone": "087-811-0000" });
        let (status, member) = api(Method::POST, "/api/v1/members", Some(new)).await;
        assert_eq!(status, StatusCode::CREATED, "{member}");
        assert_eq!(member["size_group"], "clinic_with_beds");
        let path = format!("/api/v1/members/{}", member["id"].as_str().unwrap());
        let change = json!({ "version": 1, "phone": null, "name": "乙医院" });
        let (status, changed) = api(Method::PATCH, &path, Some(change.clone())).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert!(changed["phone"].is_null() && changed["beds"] == 5);
        let (status, _) = api(Method::PATCH, &path, Some(change)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (status, _) = api(
            Method::POST,
            &format!("{path}/end"),
            Some(json!({ "last_day": "2026-11-30" })),
        )
        .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        for (method, path) in [
            (Method::GET, "/api/v1/members?kind=vendor"),
            (Method::GET, "/api/v1/members?cursor=x"),
            (Method::GET, "/api/v1/matrix?item=x"),
            (Method::GET, "/api/v1/statistics?year=abc"),
            (Method::GET, "/api/v1/imports?cursor=x"),
            (Method::GET, "/api/v1/reminders?cursor=x"),
        ] {
            let (status, _) = api(method, path, None).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        }
        let (status, import) = {
            let request = axum::http::Request::builder()
                .method(Method::POST)
                .uri("/api/v1/imports?file_name=a.csv")
                .body(axum::body::Body::from("名称,種別\n丙薬局,薬局\n"))
                .unwrap();
            let (status, text) =
                yagura_web::testing::text(world.app.send(Some(world.manager), request).await).await;
            (
                status,
                serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            )
        };
        assert_eq!(
            (status, &import["counts"]["new"]),
            (StatusCode::CREATED, &json!(1))
        );
        let path = format!("/api/v1/imports/{}/confirm", import["id"].as_str().unwrap());
        for _ in 0..2 {
            let (status, done) = api(Method::POST, &path, None).await;
            assert_eq!(
                (status, &done["state"]),
                (StatusCode::OK, &json!("applied")),
                "{done}"
            );
        }
        let (_, members) = api(Method::GET, "/api/v1/members", None).await;
        assert_eq!(members["items"].as_array().unwrap().len(), 5);
    }
}

#[tokio::test]
async fn the_home_page_says_who_needs_help() {
    for world in World::all().await {
        let home = world.page(world.staff, "/").await;
        assert!(home.contains("1 施設の食い違いを確かめる"), "{home}");
        assert!(home.contains("まだ開いていない 1 施設に電話をかける"));
        assert!(home.contains("会員 3 施設"));
    }
}

#[tokio::test]
async fn institutions_see_their_own_place_where_the_group_is_large_enough() {
    for world in World::all().await {
        let own = world.page(world.director, "/region/comparison").await;
        assert!(own.contains("比べられる集計がありません"), "{own}");
        for number in 0..5 {
            let hospital = world
                .app
                .organization(
                    yagura_kernel::organization::OrganizationKind::Hospital,
                    &format!("比較病院{number}"),
                    Some(100),
                )
                .await;
            world
                .app
                .relate(
                    yagura_kernel::relation::RelationKind::Oversees,
                    world.region.id,
                    hospital.id,
                    yagura_kernel::relation::SharingLevel::Answers,
                )
                .await;
            world.sheet(hospital.id, cells("dddd")).await;
        }
        world.refresh().await;
        let own = world.page(world.director, "/region/comparison").await;
        assert!(own.contains("架空県の会員の中で"), "{own}");
        assert!(own.contains("下位4分の1") && own.contains("6 施設"));
        assert!(own.contains("9割以上") && !own.contains("比較病院"));
        let home = world.page(world.director, "/").await;
        assert!(home.contains("架空県の会員の中で"));
        let (_, api) = world
            .app
            .api(
                Some(world.director),
                Method::GET,
                "/api/v1/statistics",
                None,
            )
            .await;
        assert_eq!(api["groups"].as_array().unwrap().len(), 0);
        assert_eq!(api["own"][0]["group"], "size-hospital_small");
        let region = world.page(world.staff, "/region/comparison").await;
        assert!(
            region.contains("非表示"),
            "one clinic and one pharmacy are not shown"
        );
    }
}
