//! How long the job takes with the database, at the size of a large hospital. Not a test of every
//! day: `cargo test --release -p yagura-accounts --test it -- --ignored --nocapture figures`.

use std::fmt::Write as _;
use std::time::Instant;

use axum::http::StatusCode;
use yagura_kernel::policy::actions;
use yagura_ledgers::model::{Content, Permission, Source};
use yagura_store::params;

use super::support::{World, proof, worlds};

const STAFF: usize = 8_000;
const ACCOUNTS: usize = 20_000;
const SOURCES: usize = 12;
const GRANTS: usize = 4_000;
const FAMILIES: [&str; 10] = [
    "鈴木", "髙橋", "田中", "渡邉", "伊藤", "山﨑", "中村", "小林", "加藤", "吉田",
];
const GIVEN: [&str; 8] = ["花子", "一郎", "純一", "千恵子", "翔", "美咲", "健", "陽子"];

fn name(person: usize) -> String {
    let family = FAMILIES[person % FAMILIES.len()];
    let given = GIVEN[(person / FAMILIES.len()) % GIVEN.len()];
    format!("{family} {given}{}", person / 80)
}

/// Every twentieth has left.
fn staff() -> String {
    let mut text = "職員番号,氏名,所属,入職日,退職日\n".to_owned();
    for person in 0..STAFF {
        let left = if person % 20 == 7 { "2026/3/31" } else { "" };
        writeln!(
            text,
            "{person:05},{},第{}病棟,2020/4/1,{left}",
            name(person),
            person % 40
        )
        .unwrap();
    }
    text
}

/// Two thirds with the staff number, the others by name only.
fn export(source: usize) -> String {
    let mut text =
        "利用者ID,利用者氏名,職員番号,停止フラグ,最終ログイン日時,管理者区分\n".to_owned();
    for n in 0..ACCOUNTS / SOURCES + 1 {
        let person = (n * 7 + source * 131) % STAFF;
        let number = if n % 3 == 0 {
            String::new()
        } else {
            format!("{person:05}")
        };
        let admin = if n % 97 == 0 { "管理者" } else { "一般" };
        let stopped = if n % 11 == 0 { "1" } else { "" };
        let month = 1 + n % 11;
        writeln!(
            text,
            "u{source}-{n},{},{number},{stopped},2026/{month}/1 9:00,{admin}",
            name(person)
        )
        .unwrap();
    }
    text
}

/// Takes a file over without letting the job run.
async fn taken(world: &World, path: &str, content: &str) {
    let (status, place, page) = world.upload(path, "a.csv", content.as_bytes()).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let confirm = format!("{place}/confirm");
    let (status, page) = world.app.post(world.operator, &confirm, &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
}

#[tokio::test]
#[ignore = "a measurement, to be run in release"]
async fn figures_of_the_job_with_the_database() {
    for world in worlds().await {
        let app = &world.app.app;
        let database = app.database();
        println!("{:?}", database.engine());
        let mut tx = database.begin_long().await.unwrap();
        let edit = proof::<actions::EditAccounts>(world.director);
        let contents = (0..GRANTS).map(|person| {
            Content::Permission(Permission {
                name: name(person),
                staff_number: format!("{person:05}"),
                system_name: "電子カルテ".to_owned(),
                privileged: person % 50 == 0,
                open_ended_reason: "常勤".to_owned(),
                ..Permission::default()
            })
        });
        let (ids, now) = (app.ids(), app.now());
        let contents = contents.collect();
        yagura_ledgers::open_many(&mut tx, &edit, ids, contents, &Source::ByHand, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let begun = Instant::now();
        taken(&world, "/accounts/staff", &staff()).await;
        println!("staff list of {STAFF} taken over: {:?}", begun.elapsed());
        let begun = Instant::now();
        for source in 0..SOURCES {
            let id = world.source(None).await;
            let path = format!("/accounts/sources/{id}/import");
            taken(&world, &path, &export(source)).await;
        }
        println!("{SOURCES} exports taken over: {:?}", begun.elapsed());
        let count = async |sql: &'static str| database.count(sql, params![]).await.unwrap();
        let begun = Instant::now();
        world.app.run_jobs().await;
        println!(
            "first run: {:?}, {} accounts, {} findings",
            begun.elapsed(),
            count("SELECT count(*) AS n FROM accounts_found").await,
            count("SELECT count(*) AS n FROM accounts_findings").await
        );
        for run in 0..5 {
            let mut tx = database.begin().await.unwrap();
            let records = yagura_web::Records::Ledgers;
            app.records_changed(&mut tx, world.clinic.id, records)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let begun = Instant::now();
            world.app.run_jobs().await;
            println!("run {run} without a change: {:?}", begun.elapsed());
        }
        for path in [
            "/accounts",
            "/accounts/list",
            "/accounts/staff",
            "/accounts/matches",
            "/accounts/leavers",
            "/accounts/sources",
        ] {
            let begun = Instant::now();
            let (status, _) = world.app.get(world.operator, path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            println!("{path}: {:?}", begun.elapsed());
        }
    }
}
