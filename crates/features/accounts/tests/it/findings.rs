use axum::http::StatusCode;
use yagura_kernel::policy::actions;
use yagura_kernel::time::format_iso;
use yagura_ledgers::model::{Content, Permission, Source};
use yagura_store::params;

use super::support::{CHART, STAFF, World, proof, worlds};

async fn filled(world: &World) -> uuid::Uuid {
    let system = world.system("電子カルテ").await;
    let source = world.source(Some(system)).await;
    world.take("/accounts/staff", "名簿.csv", STAFF).await;
    world.chart(source, CHART).await;
    source
}

async fn grant(world: &World, number: &str, privileged: bool, account: &str) -> uuid::Uuid {
    let app = &world.app.app;
    let mut tx = app.database().begin().await.unwrap();
    let edit = proof::<actions::EditAccounts>(world.director);
    let permission = Permission {
        name: "架空".to_owned(),
        staff_number: number.to_owned(),
        system_name: "電子カルテ".to_owned(),
        account: account.to_owned(),
        privileged,
        until: app.today().next_day(),
        ..Permission::default()
    };
    let content = Content::Permission(permission);
    let id = yagura_ledgers::open(
        &mut tx,
        &edit,
        app.ids(),
        content,
        &Source::ByHand,
        app.now(),
    )
    .await
    .unwrap();
    let organization = world.clinic.id;
    app.records_changed(&mut tx, organization, yagura_web::Records::Ledgers)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.app.run_jobs().await;
    id
}

#[tokio::test]
async fn what_is_wrong_is_found_and_only_a_newer_export_proves_the_remedy() {
    for world in worlds().await {
        let source = filled(&world).await;
        let found: Vec<(String, String)> = world
            .findings()
            .await
            .into_iter()
            .map(|found| (found.account_key, found.kind))
            .collect();
        for expected in [
            ("takahashi", "leaver"),
            ("takahashi", "dormant"),
            ("tanaka.i", "nobody"),
            ("zz9", "administrator_without_grant"),
            ("zz9", "nobody"),
        ] {
            let expected = (expected.0.to_owned(), expected.1.to_owned());
            assert!(found.contains(&expected), "{expected:?} in {found:?}");
        }
        assert!(
            !found.iter().any(|(account, _)| account == "suzuki"),
            "{found:?}"
        );
        // The desk is asked: it is a to-do of its people, and stays while nothing proves it.
        let leaver = world.one("takahashi", "leaver").await;
        let due = format_iso(world.app.app.today());
        let (status, page) = world
            .app
            .post(
                world.director,
                &format!("/accounts/findings/{}/task", leaver.id),
                &[("revision", &leaver.revision.to_string()), ("due_on", &due)],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        assert_eq!(world.one("takahashi", "leaver").await.state, "task");
        world.chart(source, CHART).await;
        assert_eq!(world.one("takahashi", "leaver").await.state, "task");
        // Stopped in a newer export.
        let stopped = CHART.replace("takahashi,高橋 太郎,0002,,", "takahashi,高橋 太郎,0002,1,");
        let preview = world.chart(source, &stopped).await;
        assert!(
            preview.contains("takahashi"),
            "the preview names what was stopped"
        );
        let leaver = world.one("takahashi", "leaver").await;
        assert_eq!(
            (leaver.state.as_str(), leaver.proof.as_deref()),
            ("remedied", Some("disabled"))
        );
        // And back again.
        world.chart(source, CHART).await;
        assert_eq!(world.one("takahashi", "leaver").await.state, "open");
        let gone = CHART
            .lines()
            .filter(|line| !line.starts_with("takahashi"))
            .fold(String::new(), |text, line| text + line + "\n");
        world.chart(source, &gone).await;
        let leaver = world.one("takahashi", "leaver").await;
        assert_eq!(leaver.proof.as_deref(), Some("removed"));
    }
}

#[tokio::test]
async fn namesakes_wait_for_a_person_and_what_one_said_holds() {
    for world in worlds().await {
        let source = filled(&world).await;
        let account = world.account("tanaka.i").await;
        let here = format!("/accounts/of/{account}/decide");
        let (status, page) = world
            .app
            .post(
                world.operator,
                &here,
                &[("decision", "person"), ("person", "田中 一郎")],
            )
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "two are called so: {page}"
        );
        let (status, _) = world
            .app
            .post(
                world.operator,
                &here,
                &[("decision", "person"), ("person", "0004")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        world.app.run_jobs().await;
        let nobody = world.one("tanaka.i", "nobody").await;
        assert_eq!((nobody.state.as_str(), nobody.proof), ("settled", None));
        // The next export does not ask again.
        world.chart(source, CHART).await;
        assert_eq!(world.one("tanaka.i", "nobody").await.state, "settled");
        let (_, page) = world.app.get(world.operator, "/accounts/matches").await;
        assert!(!page.contains("tanaka.i"));
        // A list that no longer names the person makes it a leaver's account.
        let without = STAFF
            .lines()
            .filter(|line| !line.starts_with("0004"))
            .fold(String::new(), |text, line| text + line + "\n");
        world.take("/accounts/staff", "名簿.csv", &without).await;
        assert_eq!(world.one("tanaka.i", "leaver").await.state, "open");
    }
}

#[tokio::test]
async fn the_ledger_covers_administrators_and_hears_of_leavers() {
    for world in worlds().await {
        filled(&world).await;
        assert_eq!(
            world.one("zz9", "administrator_without_grant").await.state,
            "open"
        );
        grant(&world, "", true, "zz9").await;
        assert_eq!(
            world.one("zz9", "administrator_without_grant").await.state,
            "settled"
        );
        // Somebody with a permission leaves: it is to be taken away.
        let permission = grant(&world, "0003", false, "").await;
        let left = STAFF.replace(
            "0003,田中 一郎,タナカ イチロウ,放射線科,",
            "0003,田中 一郎,タナカ イチロウ,放射線科,2026/10/31",
        );
        world.take("/accounts/staff", "名簿.csv", &left).await;
        let sql = "SELECT count(*) AS n FROM ledger_entries WHERE id = $1 AND state = 'to_end'";
        let database = world.app.app.database();
        assert_eq!(database.count(sql, params![permission]).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_exception_has_an_end_and_stands_in_the_ledger() {
    for world in worlds().await {
        filled(&world).await;
        let found = world.one("zz9", "administrator_without_grant").await;
        let path = format!("/accounts/findings/{}/accept", found.id);
        let revision = found.revision.to_string();
        let (status, _) = world
            .app
            .post(
                world.director,
                &path,
                &[("revision", &revision), ("reason", "保守のため")],
            )
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "without an end there is none"
        );
        let until = format_iso(world.app.app.today());
        let fields = [
            ("revision", revision.as_str()),
            ("reason", "保守のため"),
            ("until", until.as_str()),
        ];
        let (status, _) = world.app.post(world.operator, &path, &fields).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "only who decides may accept");
        let (status, page) = world.app.post(world.director, &path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        let database = world.app.app.database();
        let sql = "SELECT count(*) AS n FROM ledger_entries WHERE ledger = 'exceptions'";
        assert_eq!(database.count(sql, params![]).await.unwrap(), 1);
        world.app.run_jobs().await;
        assert_eq!(
            world.one("zz9", "administrator_without_grant").await.state,
            "accepted"
        );
        world.app.clock.advance_days(2);
        let mut tx = database.begin().await.unwrap();
        let organization = world.clinic.id;
        world
            .app
            .app
            .records_changed(&mut tx, organization, yagura_web::Records::Ledgers)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world.app.run_jobs().await;
        assert_eq!(
            world.one("zz9", "administrator_without_grant").await.state,
            "open"
        );
    }
}
