//! Full disks, lost connections, other processes.

use std::time::Duration;

use tokio::sync::oneshot;
use yagura_store::testing::{databases, empty_postgres, empty_sqlite};
use yagura_store::{ComposedSql, Database, Engine, StoreError, params};

use crate::support::{NOTES, insert_note, notes, now, write_note};

yagura_store::row! {
    struct Pages { page_count: i64 }
}

/// Lets the file of the writer's connection grow by so many pages only, as a full disk would.
async fn limit_pages(tx: &mut yagura_store::Transaction, more: i64) {
    let now: Pages = tx.one("PRAGMA page_count", params![]).await.unwrap();
    let sql = format!("PRAGMA max_page_count = {}", now.page_count + more);
    tx.raw_rows(ComposedSql(sql), params![]).await.unwrap();
}

async fn sqlite() -> yagura_store::testing::TestDatabase {
    let test = empty_sqlite().await;
    yagura_store::migration::migrate(&test.database, &[NOTES], now())
        .await
        .unwrap();
    test
}

const BIG: usize = 200_000;

/// A statement that finds the disk full makes SQLite roll back the whole outer transaction, with
/// everything that others had released in it and were waiting for. They must be told.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn others_in_the_same_flush_as_a_full_disk_are_told_the_truth() {
    for round in 0..20 {
        let test = sqlite().await;
        write_note(&test.database, 1).await.unwrap();
        let mut first = test.database.begin().await.unwrap();
        limit_pages(&mut first, 10).await;
        insert_note(&mut first, 2).await.unwrap();
        // These wait for the writer while `first` holds it, so that one flush is for all.
        let mut waiting = Vec::new();
        for number in 10..20_i64 {
            let database = test.database.clone();
            let (ready, is_ready) = oneshot::channel();
            waiting.push((
                number,
                tokio::spawn(async move {
                    ready.send(()).unwrap();
                    let mut tx = database.begin().await?;
                    insert_note(&mut tx, number).await?;
                    if number == 15 {
                        let filling = tx
                            .execute(
                                "INSERT INTO notes (number, text) VALUES ($1, $2)",
                                params![1_000 + number, "x".repeat(BIG)],
                            )
                            .await;
                        assert!(matches!(filling, Err(StoreError::DiskFull)), "{filling:?}");
                        // Outside of any transaction now; must not be written on its own.
                        assert!(insert_note(&mut tx, 2_000).await.is_err());
                    }
                    tx.commit().await
                }),
            ));
            is_ready.await.unwrap();
        }
        let outcome = first.commit().await;
        let mut told = vec![(2, outcome)];
        for (number, task) in waiting {
            told.push((number, task.await.unwrap()));
        }
        let there = notes(&test.database).await;
        for (number, outcome) in &told {
            assert_eq!(
                outcome.is_ok(),
                there.contains(number),
                "round {round}, {number}: {told:?}"
            );
        }
        assert!(
            told.iter()
                .any(|(number, outcome)| *number == 15 && outcome.is_err())
        );
        assert!(
            !there.contains(&2_000) && !there.contains(&1_015),
            "{there:?}"
        );
        // And the writer works on.
        write_note(&test.database, 50).await.unwrap();
    }
}

/// Directly: the savepoint of one is released, the next one's statement rolls everything back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_released_transaction_is_not_acknowledged_when_the_next_one_loses_it() {
    let test = sqlite().await;
    let mut lost = 0;
    for round in 0..50_i64 {
        let mut first = test.database.begin().await.unwrap();
        limit_pages(&mut first, 5).await;
        insert_note(&mut first, round).await.unwrap();
        let database = test.database.clone();
        let second = tokio::spawn(async move {
            let mut tx = database.begin().await.unwrap();
            tx.execute(
                "INSERT INTO notes (number, text) VALUES ($1, $2)",
                params![10_000 + round, "x".repeat(BIG)],
            )
            .await
        });
        tokio::time::sleep(Duration::from_millis(2)).await;
        let outcome = first.commit().await;
        assert!(matches!(second.await.unwrap(), Err(StoreError::DiskFull)));
        let there = notes(&test.database).await.contains(&round);
        assert_eq!(outcome.is_ok(), there, "round {round}: {outcome:?}");
        if let Err(error) = outcome {
            assert!(
                matches!(error, StoreError::NotCommitted(_) | StoreError::DiskFull),
                "{error}"
            );
            lost += 1;
        }
    }
    assert!(lost > 0, "the fault that this test is about did not occur");
}

#[tokio::test]
async fn a_full_disk_is_named_and_reading_goes_on() {
    let test = sqlite().await;
    write_note(&test.database, 1).await.unwrap();
    let mut tx = test.database.begin().await.unwrap();
    limit_pages(&mut tx, 3).await;
    tx.commit().await.unwrap();
    let mut tx = test.database.begin().await.unwrap();
    let filling = tx
        .execute(
            "INSERT INTO notes (number, text) VALUES (2, $1)",
            params!["x".repeat(BIG)],
        )
        .await;
    assert!(matches!(filling, Err(StoreError::DiskFull)), "{filling:?}");
    drop(tx);
    assert_eq!(notes(&test.database).await, [1]);
    write_note(&test.database, 3).await.unwrap();
}

/// A COMMIT that fails (here: a deferred constraint) takes everybody in the flush with it, and
/// everybody is told.
#[tokio::test]
async fn a_commit_that_fails_is_told_and_leaves_the_writer_usable() {
    let test = sqlite().await;
    let mut tx = test.database.begin().await.unwrap();
    tx.execute(
        "CREATE TABLE parts (note BIGINT REFERENCES notes (number) DEFERRABLE INITIALLY DEFERRED)",
        params![],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.database.begin().await.unwrap();
    tx.execute("INSERT INTO parts (note) VALUES (77)", params![])
        .await
        .unwrap();
    insert_note(&mut tx, 1).await.unwrap();
    let outcome = tx.commit().await;
    assert!(
        matches!(outcome, Err(StoreError::NotCommitted(_))),
        "{outcome:?}"
    );
    assert!(notes(&test.database).await.is_empty());
    write_note(&test.database, 2).await.unwrap();
    assert_eq!(notes(&test.database).await, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_write_one_file_in_turn() {
    let test = sqlite().await;
    // A second `Database` of the same file is what another process has.
    let other = Database::open(&test.url.parse().unwrap()).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..100_i64 {
        let database = if number % 2 == 0 {
            test.database.clone()
        } else {
            other.clone()
        };
        tasks.push(tokio::spawn(
            async move { write_note(&database, number).await },
        ));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(notes(&other).await.len(), 100);
    // Nobody keeps the file locked when nothing is under way.
    let mut held = test.database.begin().await.unwrap();
    insert_note(&mut held, 200).await.unwrap();
    drop(held);
    tokio::time::timeout(Duration::from_secs(5), write_note(&other, 201))
        .await
        .unwrap()
        .unwrap();
    other.close().await;
}

#[tokio::test]
async fn a_missing_folder_and_a_server_that_is_not_there_are_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let absent = format!("sqlite:{}", folder.path().join("none/yagura.db").display());
    let opened = Database::open(&absent.parse().unwrap()).await;
    assert!(
        matches!(opened, Err(StoreError::Unreachable(_))),
        "{opened:?}"
    );
    let nobody = "postgres://nobody@127.0.0.1:1/none".parse().unwrap();
    let opened = Database::open(&nobody).await;
    assert!(
        matches!(opened, Err(StoreError::Unreachable(_))),
        "{opened:?}"
    );
}

async fn end_all_connections(test: &yagura_store::testing::TestDatabase) {
    let mut killer = test.database.begin().await.unwrap();
    // Its own connection goes last, and so the statement ends with an error.
    let _ = killer
        .raw_rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() ORDER BY pid = pg_backend_pid()",
            params![],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_unreachable_and_the_next_works() {
    let Some(test) = empty_postgres().await else {
        return;
    };
    yagura_store::migration::migrate(&test.database, &[NOTES], now())
        .await
        .unwrap();
    write_note(&test.database, 1).await.unwrap();
    let mut open = test.database.begin().await.unwrap();
    insert_note(&mut open, 2).await.unwrap();
    end_all_connections(&test).await;
    let lost = insert_note(&mut open, 3).await;
    assert!(matches!(lost, Err(StoreError::Unreachable(_))), "{lost:?}");
    assert!(open.commit().await.is_err());
    // Reads and writes find new connections by themselves.
    assert_eq!(notes(&test.database).await, [1]);
    write_note(&test.database, 4).await.unwrap();
    for _ in 0..3 {
        end_all_connections(&test).await;
        assert!(notes(&test.database).await.contains(&4));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_commits_durably_whatever_the_servers_default() {
    let Some(test) = empty_postgres().await else {
        return;
    };
    yagura_store::row! { struct Setting { value: String } }
    let mut tx = test.database.begin().await.unwrap();
    tx.execute(
        ComposedSql(format!(
            "ALTER DATABASE {} SET synchronous_commit = off",
            test.url.rsplit('/').next().unwrap()
        )),
        params![],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let again = Database::open(&test.url.parse().unwrap()).await.unwrap();
    for (name, expected) in [("synchronous_commit", "on"), ("statement_timeout", "1min")] {
        let shown: Setting = again
            .one("SELECT current_setting($1) AS value", params![name])
            .await
            .unwrap();
        assert_eq!(shown.value, expected, "{name}");
    }
    let mut long = again.begin_long().await.unwrap();
    let limit: Setting = long
        .one(
            "SELECT current_setting('statement_timeout') AS value",
            params![],
        )
        .await
        .unwrap();
    assert_eq!(limit.value, "0");
    drop(long);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_stand_in_each_others_way_are_not_both_held_up() {
    let Some(test) = empty_postgres().await else {
        return;
    };
    yagura_store::migration::migrate(&test.database, &[NOTES], now())
        .await
        .unwrap();
    write_note(&test.database, 1).await.unwrap();
    write_note(&test.database, 2).await.unwrap();
    let update = "UPDATE notes SET text = 'x' WHERE number = $1";
    let mut one = test.database.begin().await.unwrap();
    let mut two = test.database.begin().await.unwrap();
    one.execute(update, params![1_i64]).await.unwrap();
    two.execute(update, params![2_i64]).await.unwrap();
    let (first, second) = tokio::join!(
        one.execute(update, params![2_i64]),
        two.execute(update, params![1_i64])
    );
    let outcomes = [first, second];
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::NotCommitted(_))))
        .count();
    assert_eq!(refused, 1, "{outcomes:?}");
}

#[tokio::test]
async fn readers_of_sqlite_cannot_write() {
    for test in databases(&[NOTES]).await {
        if test.database.engine() == Engine::Sqlite {
            let refused = test
                .database
                .raw_rows(
                    "INSERT INTO notes (number, text) VALUES (1, 'x')",
                    params![],
                )
                .await;
            assert!(refused.is_err());
        }
    }
}
