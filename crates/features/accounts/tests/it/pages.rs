use axum::http::StatusCode;
use yagura_store::params;

use super::support::{CHART, STAFF, worlds};

#[tokio::test]
async fn every_page_answers_empty_and_filled_and_strangers_see_nothing() {
    for world in worlds().await {
        let plain = [
            "/accounts",
            "/accounts/matches",
            "/accounts/list",
            "/accounts/administrators",
            "/accounts/staff",
            "/accounts/sources",
            "/accounts/sources/new",
        ];
        for path in plain {
            let (status, page) = world.app.get(world.operator, path).await;
            assert_eq!(status, StatusCode::OK, "{path} {page}");
            let (status, _) = world.app.get(world.staff, path).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
        let source = world.source(None).await;
        world.take("/accounts/staff", "名簿.csv", STAFF).await;
        world.chart(source, CHART).await;
        let account = world.account("zz9").await;
        let finding = world.one("zz9", "nobody").await.id;
        let records = [
            format!("/accounts/sources/{source}"),
            format!("/accounts/sources/{source}/edit"),
            format!("/accounts/of/{account}"),
            format!("/accounts/findings/{finding}"),
        ];
        for path in plain
            .iter()
            .map(|path| (*path).to_owned())
            .chain(records.clone())
        {
            let (status, page) = world.app.get(world.operator, &path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(
                !page.contains("accounts-"),
                "a word is missing on {path}: {page}"
            );
        }
        for path in records {
            let (status, _) = world.app.get(world.stranger, &path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        let (_, page) = world.app.get(world.operator, "/accounts").await;
        for word in [
            "takahashi",
            "退職者のアカウント",
            "zz9",
            "許可のない管理者権限",
        ] {
            assert!(page.contains(word), "{word}");
        }
        // The gravest first.
        let at = |word: &str| page.find(&format!(">{word}</a>")).unwrap();
        assert!(at("takahashi") < at("tanaka.i"));
        let (_, page) = world.app.get(world.operator, "/accounts?kind=leaver").await;
        assert!(page.contains("takahashi") && !page.contains(">zz9<"));
        let (_, page) = world
            .app
            .get(world.operator, "/accounts/administrators")
            .await;
        assert!(page.contains("zz9") && !page.contains(">suzuki<"));
        for path in [
            "/accounts.xlsx",
            "/accounts/list.xlsx",
            "/accounts/administrators.xlsx",
            "/accounts.csv",
        ] {
            let request = axum::http::Request::builder()
                .uri(path)
                .body(axum::body::Body::empty())
                .unwrap();
            let response = world.app.send(Some(world.operator), request).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
        }
    }
}

#[tokio::test]
async fn a_missing_column_is_asked_for_and_remembered() {
    for world in worlds().await {
        let source = world.source(None).await;
        let path = format!("/accounts/sources/{source}/import");
        let odd = "ログオン,なまえ,とまった\nsuzuki,鈴木 花子,\n";
        let (status, place, _) = world.upload(&path, "odd.csv", odd.as_bytes()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.operator, &place).await;
        assert!(
            page.contains("odd.csv") && page.contains("利用者ID") && page.contains("ログオン"),
            "{page}"
        );
        assert!(
            !page.contains(&format!("{place}/confirm")),
            "nothing can be taken over yet"
        );
        let fields = [
            ("column-0", "id"),
            ("column-1", "name"),
            ("column-2", "disabled"),
        ];
        let (status, _) = world
            .app
            .post(world.operator, &format!("{place}/columns"), &fields)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.operator, &place).await;
        assert!(page.contains(&format!("{place}/confirm")), "{page}");
        let (status, _) = world
            .app
            .post(world.operator, &format!("{place}/confirm"), &[])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        // The next one of this form asks nothing.
        world.chart(source, odd).await;
        let database = world.app.app.database();
        let sql = "SELECT count(*) AS n FROM accounts_found WHERE enabled = 1";
        assert_eq!(database.count(sql, params![]).await.unwrap(), 1);
        // Files are forgotten once they are taken over.
        let sql = "SELECT count(*) AS n FROM accounts_imports WHERE files <> '[]'";
        assert_eq!(database.count(sql, params![]).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_file_that_stops_in_the_middle_is_not_taken_over() {
    for world in worlds().await {
        let source = world.source(None).await;
        let path = format!("/accounts/sources/{source}/import");
        let cut = "dn: CN=a,DC=x\nobjectClass: user\nsAMAccountName: a\nuserAccountContr";
        let (status, place, _) = world.upload(&path, "ad.ldf", cut.as_bytes()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, _) = world
            .app
            .post(world.operator, &format!("{place}/confirm"), &[])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let sql = "SELECT count(*) AS n FROM accounts_found";
        assert_eq!(
            world
                .app
                .app
                .database()
                .count(sql, params![])
                .await
                .unwrap(),
            0
        );
        let (status, _, page) = world.upload(&path, "a.bin", b"\x00\x01\x02").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let (status, _, _) = world.upload(&path, "empty.csv", b"").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

/// Every row of a list over all its pages, by what stands in the links to them.
async fn walked(world: &super::support::World, path: &str, mark: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(here) = next {
        let (status, page) = world.app.get(world.operator, &here).await;
        assert_eq!(status, StatusCode::OK, "{here}");
        let rows = page.split(mark).skip(1);
        let names = rows.filter_map(|rest| rest.split('"').next());
        let names: Vec<String> = names.map(str::to_owned).collect();
        assert!(names.len() <= 60, "a page is bounded: {here}");
        seen.extend(names);
        next = page.split_once("rel=\"next\"").map(|(before, _)| {
            let href = before.rsplit("href=\"").next().unwrap();
            href.split('"').next().unwrap().replace("&amp;", "&")
        });
    }
    seen
}

#[tokio::test]
async fn long_lists_are_paged_and_no_row_is_lost() {
    for world in worlds().await {
        let mut staff = "職員番号,氏名\n".to_owned();
        let mut chart = "利用者ID,利用者氏名,職員番号,停止フラグ,管理者区分\n".to_owned();
        for n in 0..130 {
            staff.push_str(&format!("{n:04},架空 {n:03}\n"));
            let admin = if n % 2 == 0 { "管理者" } else { "一般" };
            chart.push_str(&format!("u{n:03},架空 {n:03},{n:04},,{admin}\n"));
        }
        world.take("/accounts/staff", "名簿.csv", &staff).await;
        let source = world.source(None).await;
        world.chart(source, &chart).await;
        for (path, mark, count) in [
            ("/accounts/list", "href=\"/accounts/of/", 130),
            ("/accounts/administrators", "href=\"/accounts/of/", 65),
            ("/accounts", "href=\"/accounts/findings/", 65),
        ] {
            let mut seen = walked(&world, path, mark).await;
            assert_eq!(seen.len(), count, "{path}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), count, "{path}: none twice");
        }
    }
}
