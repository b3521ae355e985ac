//! Pages and API, with files good and bad.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_packs::{Body as PackBody, Library, Pack, PackVersion, export};
use yagura_rulepacks::{RulePacks, load};
use yagura_web::testing::{TestApp, TestPerson, apps, text};

const R8: &str = "mhlw-checklist-r08-institution";

const FORM: &str = "令和8年度 サイバーセキュリティ対策チェックリスト 医療機関・薬局確認用\n\
    チェック項目,確認結果(はい・いいえ),備考\n\
    1 体制構築,,\n\
    (1) 医療情報システム安全管理責任者を設置している。,はい・いいえ,\n";

async fn all() -> Vec<TestApp> {
    apps(|| vec![Arc::new(RulePacks)]).await
}

struct People {
    administrator: TestPerson,
    director: TestPerson,
}

async fn people(test: &TestApp) -> People {
    let clinic = test
        .organization(OrganizationKind::Clinic, "架空クリニック", None)
        .await;
    People {
        administrator: test.person(&clinic, Role::Administrator).await,
        director: test.person(&clinic, Role::Director).await,
    }
}

fn changed(change: impl Fn(&mut Pack)) -> String {
    let mut pack = Pack::clone(Library::builtin().get(R8).unwrap());
    change(&mut pack);
    export::toml(&pack).unwrap()
}

fn newer() -> String {
    changed(|pack| {
        pack.version = PackVersion {
            major: pack.version.major + 1,
            minor: 0,
            patch: 0,
        };
        if let PackBody::Checklist(list) = &mut pack.body {
            list.sections[0].blocks[0].items[0]
                .text
                .ja
                .push_str("<b>新</b>");
        }
    })
}

async fn upload(
    test: &TestApp,
    whom: TestPerson,
    name: &str,
    bytes: &[u8],
    fields: &[(&str, &str)],
) -> (StatusCode, String) {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend_from_slice(
            format!("--X\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    body.extend_from_slice(
        format!(
            "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--X--\r\n");
    let request = Request::builder()
        .method(Method::POST)
        .uri("/packs/import")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
        .body(Body::from(body))
        .unwrap();
    let response = test.send(Some(whom), request).await;
    let to = response.headers().get(header::LOCATION).cloned();
    let (status, page) = text(response).await;
    match to {
        Some(to) => (status, to.to_str().unwrap().to_owned()),
        None => (status, page),
    }
}

#[tokio::test]
async fn everybody_of_the_installation_reads_and_only_administrators_import() {
    for test in all().await {
        let People {
            administrator,
            director,
        } = people(&test).await;
        let (status, page) = test.get(director, "/packs").await;
        assert_eq!(status, StatusCode::OK, "{}", test.engine);
        assert!(page.contains(R8) && page.contains("未照合"));
        assert!(!page.contains("/packs/import"));
        for pack in Library::builtin().packs() {
            let (status, page) = test.get(director, &format!("/packs/{}", pack.id)).await;
            assert_eq!(status, StatusCode::OK, "{}", pack.id);
            assert!(page.contains(&pack.title.ja), "{}", pack.id);
        }
        let (status, page) = test.get(director, &format!("/packs/{R8}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("引き継ぐ項目") && page.contains("検査で聞かれること"));
        assert_eq!(
            test.get(director, "/packs/none").await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            test.get(director, "/packs/import").await.0,
            StatusCode::FORBIDDEN
        );
        let (status, _) = upload(&test, director, "a.toml", newer().as_bytes(), &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(
            test.get(administrator, "/packs/import").await.0,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn an_import_is_a_preview_and_then_in_use_also_after_a_restart() {
    for test in all().await {
        let People {
            administrator,
            director,
        } = people(&test).await;
        let before = test.app.packs().get(R8).unwrap().version;
        let (status, here) = upload(
            &test,
            administrator,
            "../令和8 <b>.toml",
            newer().as_bytes(),
            &[],
        )
        .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{here}");
        let (_, page) = test.get(administrator, &here).await;
        assert!(page.contains("文言が変わりました"), "{page}");
        assert!(!page.contains("<b>新</b>"));
        assert!(page.contains("/confirm"));
        assert_eq!(test.app.packs().get(R8).unwrap().version, before);

        let confirm = format!("{here}/confirm");
        assert_eq!(
            test.post(director, &confirm, &[]).await.0,
            StatusCode::FORBIDDEN
        );
        let (status, to) = test.post(administrator, &confirm, &[]).await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, &*format!("/packs/{R8}"))
        );
        let now = test.app.packs().get(R8).unwrap().version;
        assert_eq!(now.major, before.major + 1);
        // Sent twice, done once.
        assert_eq!(
            test.post(administrator, &confirm, &[]).await.1,
            format!("/packs/{R8}")
        );
        let loaded = load(test.app.database()).await.unwrap();
        assert_eq!(loaded.number, 1);
        assert!(loaded.faults.is_empty(), "{:?}", loaded.faults);
        assert_eq!(loaded.library.get(R8).unwrap().version, now);
        assert!(loaded.library.version(R8, before).is_some());
        let (_, page) = test.get(administrator, "/packs").await;
        assert!(
            page.contains("取り込み") && page.contains("架空 administrator"),
            "{page}"
        );

        // The same file again is nothing new.
        let (_, here) = upload(&test, administrator, "a.toml", newer().as_bytes(), &[]).await;
        let (_, page) = test.get(administrator, &here).await;
        assert!(page.contains("同じ内容がすでに登録"), "{page}");
        assert!(!page.contains("/confirm"));
        let (_, to) = test
            .post(administrator, &format!("{here}/confirm"), &[])
            .await;
        assert_eq!(to, here);
        let (_, to) = test
            .post(administrator, &format!("{here}/cancel"), &[])
            .await;
        assert_eq!(to, "/packs/import");
    }
}

#[tokio::test]
async fn a_form_continues_the_known_edition_and_two_previews_do_not_both_win() {
    for test in all().await {
        let People { administrator, .. } = people(&test).await;
        let official = [("official", "yes"), ("fiscal_year", ""), ("sheet", "")];
        let (status, first) =
            upload(&test, administrator, "r8.csv", FORM.as_bytes(), &official).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{first}");
        let other = FORM.replace("設置している", "定めている");
        let (_, second) =
            upload(&test, administrator, "r8b.csv", other.as_bytes(), &official).await;
        let (_, page) = test.get(administrator, &first).await;
        assert!(
            page.contains("なくなる行") && page.contains("照合済み"),
            "{page}"
        );
        let (_, to) = test
            .post(administrator, &format!("{first}/confirm"), &[])
            .await;
        assert_eq!(to, format!("/packs/{R8}"));
        let key = &Library::builtin()
            .get(R8)
            .unwrap()
            .items()
            .next()
            .unwrap()
            .key;
        assert!(test.app.packs().get(R8).unwrap().item(key).is_some());
        // What the second preview showed is no longer what it would do.
        let (_, to) = test
            .post(administrator, &format!("{second}/confirm"), &[])
            .await;
        assert_eq!(to, second);
        let (_, to) = test
            .post(administrator, &format!("{second}/confirm"), &[])
            .await;
        assert_eq!(to, format!("/packs/{R8}"), "after looking again");
    }
}

#[tokio::test]
async fn bad_files_are_refused_with_a_remedy_and_nothing_stays() {
    for test in all().await {
        let People { administrator, .. } = people(&test).await;
        let bomb = format!("a: &a [{}]\n{}", "x,".repeat(500), "b: [*a, *a]\n");
        let deep = format!("{{\"catalog\":{}1{}}}", "[".repeat(500), "]".repeat(500));
        let broken = changed(|pack| pack.id = "Bad Id".to_owned());
        for (name, bytes, says) in [
            ("a.toml", b"".as_slice(), "ファイルの中身がありません"),
            ("a.toml", b"id = [", "書き方に誤りがあります"),
            ("a.yaml", b"\x93\xFA\x96\x7B\x8C\xEA: 1", "UTF-8"),
            ("a.yaml", bomb.as_bytes(), "form-error"),
            ("a.json", deep.as_bytes(), "入れ子"),
            ("a.toml", broken.as_bytes(), "Bad Id"),
            ("a.pdf", b"%PDF-1.7", "PDF からは表を読み取れません"),
            ("a.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ".xls"),
            ("a.xlsx", b"PK\x03\x04broken", "圧縮ファイルです"),
            ("a.csv", "氏名,電話\n架空,1\n".as_bytes(), "年度"),
        ] {
            let (status, page) = upload(&test, administrator, name, bytes, &[]).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            let says = if says == "form-error" {
                "error-summary"
            } else {
                says
            };
            assert!(page.contains(says), "{name} should say {says}");
        }
        let huge = vec![b'#'; 11 << 20];
        let (status, _) = upload(&test, administrator, "a.toml", &huge, &[]).await;
        assert!(
            matches!(
                status,
                StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
            ),
            "{status}"
        );
        assert_eq!(load(test.app.database()).await.unwrap().number, 0);
        let missing = test.get(administrator, "/packs/import/not-an-id").await;
        assert_eq!(missing.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_import_waits_one_day() {
    for test in all().await {
        let People { administrator, .. } = people(&test).await;
        let (_, here) = upload(&test, administrator, "a.toml", newer().as_bytes(), &[]).await;
        test.clock.set(test.app.now().plus_seconds(25 * 3_600));
        let (_, to) = test
            .post(administrator, &format!("{here}/confirm"), &[])
            .await;
        assert_eq!(to, "/packs/import");
        let (_, page) = test.get(administrator, &here).await;
        assert!(page.contains("期限が過ぎた"), "{page}");
    }
}

#[tokio::test]
async fn the_api_does_what_the_pages_do() {
    for test in all().await {
        let People {
            administrator,
            director,
        } = people(&test).await;
        let get = |path: String| {
            let test = &test;
            async move { test.api(Some(director), Method::GET, &path, None).await }
        };
        let (status, list) = get("/api/v1/packs".to_owned()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            list["items"].as_array().unwrap().len(),
            Library::builtin().packs().count()
        );
        let (status, pack) = get(format!("/api/v1/packs/{R8}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(pack["origin"], "builtin");
        let again: Pack = serde_json::from_value(pack["content"].clone()).unwrap();
        assert_eq!(again.fingerprint(), pack["fingerprint"].as_str().unwrap());
        for (format, has) in [
            ("toml", "format = 1"),
            ("oscal", "\"catalog\""),
            ("ciso", "urn:"),
        ] {
            let path = format!("/api/v1/packs/{R8}/export?format={format}");
            let (status, file) = test.get(director, &path).await;
            assert_eq!(status, StatusCode::OK, "{format}");
            assert!(file.contains(has), "{format}");
        }
        let (status, problem) =
            get("/api/v1/packs/national-contacts-2026/export?format=oscal".to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");

        let post = |path: String, body: String| {
            let test = &test;
            async move {
                let request = Request::builder()
                    .method(Method::POST)
                    .uri(path)
                    .header(header::CONTENT_TYPE, "application/octet-stream")
                    .body(Body::from(body))
                    .unwrap();
                let (status, text) = text(test.send(Some(administrator), request).await).await;
                (
                    status,
                    serde_json::from_str::<serde_json::Value>(&text).unwrap(),
                )
            }
        };
        let (status, problem) = post("/api/v1/packs/imports?sheet=x".to_owned(), newer()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let (status, problem) = post("/api/v1/packs/imports".to_owned(), "id = [".to_owned()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(
            problem["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("行目"),
            "{problem}"
        );
        let (status, import) =
            post("/api/v1/packs/imports?file_name=a.toml".to_owned(), newer()).await;
        assert_eq!(status, StatusCode::CREATED, "{import}");
        assert_eq!(import["standing"], "replaces");
        assert_eq!(import["changes"][0]["kind"], "reworded");
        let id = import["id"].as_str().unwrap();
        let (status, done) =
            post(format!("/api/v1/packs/imports/{id}/confirm"), String::new()).await;
        assert_eq!(
            (status, &done["state"]),
            (StatusCode::OK, &"applied".into()),
            "{done}"
        );
        let (_, pack) = get(format!("/api/v1/packs/{R8}")).await;
        assert_eq!(pack["origin"], "imported");
        let path = format!("/api/v1/packs/imports/{id}");
        let (status, _) = test
            .api(Some(administrator), Method::DELETE, &path, None)
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_workbook_with_both_sheets_gives_the_one_that_is_asked_for() {
    use yagura_documents::Language;
    use yagura_documents::spreadsheet::{Cell, Column, Sheet, Workbook};
    let mut book = Workbook::new("様式", Language::Japanese);
    for (name, title, row) in [
        (
            "医療機関",
            "令和8年度 チェックリスト 医療機関・薬局確認用",
            "責任者を設置している。",
        ),
        (
            "事業者",
            "令和8年度 チェックリスト 事業者確認用",
            "管理者を設置している。",
        ),
    ] {
        let columns = [
            Column::new("番号", 8.0),
            Column::new("項目", 60.0),
            Column::new("確認", 20.0),
        ];
        let mut sheet = Sheet::new(name, columns);
        for cells in [
            [title, "", ""],
            ["", "チェック項目", "確認結果(はい・いいえ)"],
            ["1", "体制構築", ""],
            ["(1)", row, "はい・いいえ"],
        ] {
            sheet.row(cells.map(Cell::text));
        }
        book.push(sheet);
    }
    let bytes = book.to_bytes().unwrap();
    for test in all().await {
        let People { administrator, .. } = people(&test).await;
        let (status, here) = upload(
            &test,
            administrator,
            "form.xlsx",
            &bytes,
            &[("sheet", "vendor")],
        )
        .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{here}");
        let (_, page) = test.get(administrator, &here).await;
        assert!(page.contains("mhlw-checklist-r08-vendor"), "{page}");
        assert!(page.contains("管理者を設置している"));
        assert!(page.contains("シート「医療機関」"), "{page}");
    }
}
