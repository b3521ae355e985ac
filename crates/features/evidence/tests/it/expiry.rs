//! The daily job.

use axum::http::StatusCode;
use yagura_evidence::expiry::JOB;
use yagura_kernel::person::Role;
use yagura_store::jobs::NewJob;
use yagura_store::params;

use crate::support::{PDF, World, worlds};

async fn run(world: &World) {
    let app = &world.app.app;
    let mut tx = app.database().begin().await.unwrap();
    app.enqueue(&mut tx, NewJob::now(JOB, serde_json::json!({}), app.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.app.run_jobs().await;
    let failed = "SELECT count(*) AS n FROM jobs WHERE last_error IS NOT NULL";
    assert_eq!(app.database().count(failed, params![]).await.unwrap(), 0);
}

async fn notices(world: &World) -> i64 {
    let sql = "SELECT count(*) AS n FROM notifications";
    world
        .app
        .app
        .database()
        .count(sql, params![])
        .await
        .unwrap()
}

fn mails(world: &World) -> usize {
    let folder = world
        .app
        .app
        .config()
        .work_folder
        .parent()
        .unwrap()
        .join("mail");
    std::fs::read_dir(folder).map_or(0, |entries| entries.flatten().count())
}

#[tokio::test]
async fn people_are_reminded_once_at_each_stage_and_sheets_are_told_when_it_is_over() {
    for world in worlds().await {
        let id = world.piece("保守契約書", Some("2026-12-31")).await;
        world.attach(id, &[world.at("2-6")]).await;
        world.piece("期限なし", None).await;
        let mut expected = 0;
        for (days, reminded) in [
            (0, false),
            (10, true),
            (1, false),
            (22, true),
            (6, true),
            (1, false),
            (1, true),
            (5, false),
        ] {
            world.app.clock.advance_days(days);
            world.sheets.told();
            run(&world).await;
            expected += i64::from(reminded);
            let today = world.app.app.today();
            assert_eq!(notices(&world).await, expected, "on {today}");
            run(&world).await;
            assert_eq!(notices(&world).await, expected, "not twice on {today}");
        }
        assert_eq!(mails(&world), usize::try_from(expected).unwrap());
        let link = "SELECT count(*) AS n FROM notifications WHERE link = $1";
        let count = world
            .app
            .app
            .database()
            .count(link, params![format!("/evidence/{id}")])
            .await;
        assert_eq!(count.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_sheet_is_told_on_the_first_day_without() {
    for world in worlds().await {
        let id = world.piece("保守契約書", Some("2026-11-22")).await;
        world.attach(id, &[world.at("2-6"), world.at("2-1")]).await;
        let mut told = Vec::new();
        for _ in 0..4 {
            world.sheets.told();
            run(&world).await;
            told.push(world.sheets.told().len());
            world.app.clock.advance_days(1);
        }
        assert_eq!(
            told,
            [0, 0, 1, 0],
            "22 November is the last day, 23 the first without"
        );
    }
}

#[tokio::test]
async fn many_pieces_make_one_notice_for_each_who_can_act() {
    for world in worlds().await {
        for number in 0..25 {
            world
                .piece(&format!("契約{number}"), Some("2026-12-31"))
                .await;
        }
        let manager = world.app.person(&world.clinic, Role::SafetyManager).await;
        world.app.clock.advance_days(20);
        run(&world).await;
        assert_eq!(notices(&world).await, 1);
        let (status, page) = world.app.get(manager, "/notices").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("25件の証拠"), "{page}");
        assert_eq!(
            mails(&world),
            1,
            "the safety manager is told, not everybody"
        );
    }
}

#[tokio::test]
async fn a_renewed_piece_is_reminded_of_anew_and_a_withdrawn_one_never() {
    for world in worlds().await {
        let id = world.piece("契約", Some("2026-12-31")).await;
        let gone = world.piece("取り下げ", Some("2026-12-31")).await;
        let why = [("reason", "誤り"), ("revision", "1")];
        world
            .app
            .post(world.director, &format!("/evidence/{gone}/withdraw"), &why)
            .await;
        world.app.clock.advance_days(20);
        run(&world).await;
        assert_eq!(notices(&world).await, 1);
        let fields = [("expires_on", "2027-12-31"), ("revision", "1")];
        let path = format!("/evidence/{id}/version");
        let (status, to) = world
            .upload(world.director, &path, &fields, Some(("a.pdf", PDF)))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        world.app.clock.advance_days(40);
        run(&world).await;
        assert_eq!(notices(&world).await, 1, "the new one is far from its end");
        world.app.clock.advance_days(330);
        run(&world).await;
        assert_eq!(notices(&world).await, 2);
    }
}

#[tokio::test]
async fn files_whose_forms_were_given_up_are_forgotten() {
    for world in worlds().await {
        let fields = [("kind", "none of these")];
        let (status, _) = world
            .upload(world.director, "/evidence", &fields, Some(("a.pdf", PDF)))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let kept = "SELECT count(*) AS n FROM evidence_uploads";
        let database = world.app.app.database();
        run(&world).await;
        assert_eq!(database.count(kept, params![]).await.unwrap(), 1);
        world.app.clock.advance_days(3);
        run(&world).await;
        assert_eq!(database.count(kept, params![]).await.unwrap(), 0);
    }
}
