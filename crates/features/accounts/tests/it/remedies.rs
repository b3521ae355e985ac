//! Every kind of finding: what is wrong is found, the desk is told in one step, and the next export
//! proves that it was mended.

use axum::http::StatusCode;
use yagura_kernel::policy::actions;
use yagura_kernel::time::format_iso;
use yagura_ledgers::model::{Content, Permission, Source};

use super::support::{STAFF, World, proof, worlds};

const HEAD: &str = "利用者ID,利用者氏名,職員番号,停止フラグ,最終ログイン日時,登録日,パスワード変更日,\
    パスワード無期限,権限,管理者区分,種別,ロックアウト\n";

/// What is wrong with an account: its row as found, its row as mended, the finding, the proof.
const CASES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "takahashi",
        "takahashi,高橋 太郎,0002,,2026/3/30,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "",
        "leaver",
        "removed",
    ),
    (
        "zz9",
        "zz9,検証,,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "zz9,検証,,1,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "nobody",
        "disabled",
    ),
    (
        "old1",
        "old1,鈴木 花子,0001,,2026/3/1,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "old1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "dormant",
        "mended",
    ),
    (
        "ward1",
        "ward1,病棟共用,,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,共有,はい",
        "",
        "shared",
        "removed",
    ),
    (
        "adm1",
        "adm1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,管理者,個人,はい",
        "adm1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "administrator_without_grant",
        "mended",
    ),
    (
        "bey1",
        "bey1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照;処方,一般,個人,はい",
        "bey1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "beyond_grant",
        "mended",
    ),
    (
        "past1",
        "past1,田中 一郎,0003,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "past1,田中 一郎,0003,1,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "past_end",
        "disabled",
    ),
    (
        "never1",
        "never1,鈴木 花子,0001,,2026/11/20,2020/4/1,2020/4/1,いいえ,参照,一般,個人,はい",
        "never1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/20,いいえ,参照,一般,個人,はい",
        "password_never_changed",
        "mended",
    ),
    (
        "noexp1",
        "noexp1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,はい,参照,一般,個人,はい",
        "noexp1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "password_never_expires",
        "mended",
    ),
    (
        "lock1",
        "lock1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,いいえ",
        "lock1,鈴木 花子,0001,,2026/11/20,2020/4/1,2026/11/1,いいえ,参照,一般,個人,はい",
        "lockout_off",
        "mended",
    ),
];

async fn permit(world: &World, number: &str, function: &str, days: i64) {
    let app = &world.app.app;
    let mut tx = app.database().begin().await.unwrap();
    let edit = proof::<actions::EditAccounts>(world.director);
    let permission = Permission {
        name: "架空".to_owned(),
        staff_number: number.to_owned(),
        system_name: "電子カルテ".to_owned(),
        function: function.to_owned(),
        until: Some(app.now().plus_days(days).jst_date()),
        ..Permission::default()
    };
    let (ids, now) = (app.ids(), app.now());
    let content = Content::Permission(permission);
    yagura_ledgers::open(&mut tx, &edit, ids, content, &Source::ByHand, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn each_kind_is_told_in_one_step_and_the_next_export_proves_the_remedy() {
    for world in worlds().await {
        permit(&world, "0001", "参照", 300).await;
        permit(&world, "0003", "参照", -1).await;
        world.take("/accounts/staff", "名簿.csv", STAFF).await;
        let source = world.source(None).await;
        let fields = [
            ("name", "電子カルテ"),
            ("kind", "any"),
            ("compare_groups", "yes"),
            ("revision", "1"),
        ];
        let edit = format!("/accounts/sources/{source}/edit");
        let (status, page) = world.app.post(world.operator, &edit, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let export = |rows: &mut dyn Iterator<Item = &'static str>| {
            let rows = rows.filter(|row| !row.is_empty());
            rows.fold(HEAD.to_owned(), |text, row| text + row + "\n")
        };
        let wrong = export(&mut CASES.iter().map(|case| case.1));
        world.chart(source, &wrong).await;
        let due = format_iso(world.app.app.now().plus_days(7).jst_date());
        for (account, _, _, kind, _) in CASES {
            let found = world.one(account, kind).await;
            assert_eq!(found.state, "open", "{account}");
            let here = format!("/accounts/findings/{}", found.id);
            let (status, page) = world.app.get(world.director, &here).await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains(&format!("{here}/task")), "{page}");
            assert!(page.contains(&format!("{here}/accept")), "{page}");
            let revision = found.revision.to_string();
            let fields = [("revision", revision.as_str()), ("due_on", due.as_str())];
            let (status, page) = world
                .app
                .post(world.director, &format!("{here}/task"), &fields)
                .await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        }
        // The same again proves nothing.
        world.chart(source, &wrong).await;
        for (account, _, _, kind, _) in CASES {
            assert_eq!(world.one(account, kind).await.state, "task", "{account}");
        }
        world
            .chart(source, &export(&mut CASES.iter().map(|case| case.2)))
            .await;
        for (account, _, _, kind, shown) in CASES {
            let found = world.one(account, kind).await;
            let said = (found.state.as_str(), found.proof.as_deref());
            assert_eq!(said, ("remedied", Some(*shown)), "{account} {kind}");
        }
        // Those who asked are told once.
        let (_, page) = world
            .app
            .get(world.director, "/accounts?state=remedied")
            .await;
        assert!(page.contains("bey1") && page.contains("lock1"), "{page}");
        let sql = "SELECT count(*) AS n FROM notifications
                   WHERE message = 'accounts-notice-remedied'";
        let database = world.app.app.database();
        let told = database.count(sql, yagura_store::params![]).await.unwrap();
        assert_eq!(told, 1);
    }
}
