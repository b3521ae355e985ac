use std::time::Duration;

use yagura_store::testing::databases;
use yagura_store::{Database, Engine, StoreError, Transaction, params};

use crate::support::{NOTES, insert_note, notes, now, write_note};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_parallel_writes_exactly_the_committed_ones_are_there() {
    for test in databases(&[NOTES]).await {
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let database = test.database.clone();
                tokio::spawn(async move {
                    let mut tx = database.begin().await.unwrap();
                    insert_note(&mut tx, number).await.unwrap();
                    if number % 5 == 0 {
                        tokio::task::yield_now().await;
                    }
                    if number % 3 == 0 {
                        drop(tx);
                    } else {
                        tx.commit().await.unwrap();
                        // What was acknowledged is seen at once.
                        let seen = database
                            .count(
                                "SELECT count(*) AS n FROM notes WHERE number = $1",
                                params![number],
                            )
                            .await
                            .unwrap();
                        assert_eq!(seen, 1, "note {number}");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let expected: Vec<i64> = (0..200).filter(|number| number % 3 != 0).collect();
        assert_eq!(notes(&test.database).await, expected, "{}", test.url);
        write_note(&test.database, 1_000).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_that_go_away_at_any_point_leave_nothing_half_done() {
    for test in databases(&[NOTES]).await {
        let mut tasks = Vec::new();
        for number in 0..300_i64 {
            let database = test.database.clone();
            let writing = async move {
                let mut tx = database.begin().await?;
                insert_note(&mut tx, number).await?;
                insert_note(&mut tx, 10_000 + number).await?;
                tx.commit().await
            };
            tasks.push(tokio::spawn(async move {
                // From "before it begins" to "after it is acknowledged".
                let patience = Duration::from_micros((number as u64 * 37) % 8_000);
                match tokio::time::timeout(patience, writing).await {
                    Ok(outcome) => {
                        outcome.unwrap();
                        Some(number)
                    }
                    Err(_) => None,
                }
            }));
        }
        let mut acknowledged = Vec::new();
        for task in tasks {
            acknowledged.extend(task.await.unwrap());
        }
        // The writer works on after all that.
        write_note(&test.database, 99_999).await.unwrap();
        let there = notes(&test.database).await;
        for number in acknowledged {
            assert!(there.contains(&number), "{number} was acknowledged");
        }
        for number in 0..300 {
            let halves = [number, 10_000 + number].map(|it| there.contains(&it));
            assert_eq!(halves[0], halves[1], "{number} is there by half");
        }
        assert!(there.contains(&99_999));
    }
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_whole_or_absent_and_harms_no_other() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        insert_note(&mut tx, 1).await.unwrap();
        let mut commit = Box::pin(tx.commit());
        // Begun, and dropped before its answer came.
        let waited = tokio::time::timeout(Duration::ZERO, &mut commit).await;
        drop(commit);
        write_note(&test.database, 2).await.unwrap();
        let there = notes(&test.database).await;
        assert!(there.contains(&2));
        if waited.is_ok() {
            assert!(there.contains(&1));
        }
        // Not even begun: the transaction is dropped.
        let mut tx = test.database.begin().await.unwrap();
        insert_note(&mut tx, 3).await.unwrap();
        drop(tx.commit());
        write_note(&test.database, 4).await.unwrap();
        let there = notes(&test.database).await;
        assert!(there.contains(&4) && !there.contains(&3), "{there:?}");
    }
}

#[tokio::test]
async fn what_is_not_committed_is_seen_inside_only() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        insert_note(&mut tx, 7).await.unwrap();
        assert_eq!(
            tx.count("SELECT count(*) AS n FROM notes", params![])
                .await
                .unwrap(),
            1
        );
        assert!(notes(&test.database).await.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(notes(&test.database).await, [7]);
    }
}

#[tokio::test]
async fn after_a_failed_statement_nothing_of_the_transaction_can_be_committed() {
    for test in databases(&[NOTES]).await {
        write_note(&test.database, 1).await.unwrap();
        let mut tx = test.database.begin().await.unwrap();
        insert_note(&mut tx, 2).await.unwrap();
        assert!(matches!(
            insert_note(&mut tx, 1).await,
            Err(StoreError::Duplicate(_))
        ));
        assert!(matches!(
            insert_note(&mut tx, 3).await,
            Err(StoreError::NotCommitted(_))
        ));
        let read = tx.count("SELECT count(*) AS n FROM notes", params![]).await;
        assert!(matches!(read, Err(StoreError::NotCommitted(_))));
        assert!(matches!(
            tx.commit().await,
            Err(StoreError::NotCommitted(_))
        ));
        assert_eq!(notes(&test.database).await, [1]);
        write_note(&test.database, 2).await.unwrap();
    }
}

async fn insert_note_later(tx: &mut Transaction, number: i64) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO notes (number, text) VALUES ($1, $2)",
        params![number, "costs $1 and isn't $2"],
    )
    .await
}

#[tokio::test]
async fn what_is_left_for_later_keeps_its_order_and_its_values() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        insert_note_later(&mut tx, 1).await.unwrap();
        insert_note_later(&mut tx, 2).await.unwrap();
        let touched = tx
            .execute(
                "UPDATE notes SET number = $2 WHERE number = $1",
                params![2, 20],
            )
            .await
            .unwrap();
        assert_eq!(touched, 1, "of this statement alone");
        insert_note_later(&mut tx, 3).await.unwrap();
        let many = (100..102).map(|number| params![number, "one of many"]);
        let inserted = tx.insert_many("notes", &["number", "text"], many).await;
        assert_eq!(inserted.unwrap(), 2);
        let rows = vec![params![4, "with 5"], params![5, "with 4"]];
        tx.insert_later("notes", &["number", "text"], rows)
            .await
            .unwrap();
        let text = "SELECT count(*) AS n FROM notes WHERE text = 'costs $1 and isn''t $2'";
        assert_eq!(tx.count(text, params![]).await.unwrap(), 3);
        tx.execute_later("DELETE FROM notes WHERE number = $1", params![100])
            .await
            .unwrap();
        assert!(notes(&test.database).await.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(notes(&test.database).await, [1, 3, 4, 5, 20, 101]);
    }
}

#[tokio::test]
async fn what_fails_later_undoes_its_own_transaction_and_no_other() {
    for test in databases(&[NOTES]).await {
        write_note(&test.database, 1).await.unwrap();
        for then_reads in [false, true] {
            let mut tx = test.database.begin().await.unwrap();
            insert_note(&mut tx, 2).await.unwrap();
            let mut outcome = insert_note_later(&mut tx, 1).await;
            if outcome.is_ok() && then_reads {
                let sql = "SELECT count(*) AS n FROM notes";
                outcome = tx.count(sql, params![]).await.map(|_| ());
            }
            if outcome.is_ok() {
                outcome = tx.commit().await;
            } else {
                assert!(tx.commit().await.is_err());
            }
            assert!(
                matches!(outcome, Err(StoreError::Duplicate(_))),
                "{outcome:?}"
            );
            assert_eq!(notes(&test.database).await, [1]);
        }
        // In one flush with others, of which none is harmed.
        let writing = (10..30).map(|number| {
            let database = test.database.clone();
            tokio::spawn(async move {
                let mut tx = database.begin().await?;
                insert_note_later(&mut tx, number).await?;
                if number % 2 == 0 {
                    insert_note_later(&mut tx, 1).await?;
                }
                tx.commit().await
            })
        });
        for (task, number) in writing.collect::<Vec<_>>().into_iter().zip(10..) {
            assert_eq!(task.await.unwrap().is_ok(), number % 2 != 0, "{number}");
        }
        let expected: Vec<i64> = std::iter::once(1).chain((11..30).step_by(2)).collect();
        assert_eq!(notes(&test.database).await, expected);
    }
}

#[tokio::test]
async fn what_is_left_for_later_goes_with_a_transaction_that_is_dropped() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        insert_note_later(&mut tx, 1).await.unwrap();
        drop(tx);
        let tx = test.database.begin().await.unwrap();
        tx.commit().await.unwrap();
        write_note(&test.database, 2).await.unwrap();
        assert_eq!(notes(&test.database).await, [2]);
    }
}

#[tokio::test]
async fn a_statement_that_was_given_up_ends_its_transaction() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        insert_note(&mut tx, 1).await.unwrap();
        let mut given_up = false;
        {
            let mut statement = Box::pin(insert_note(&mut tx, 2));
            let polled = std::future::poll_fn(|context| {
                std::task::Poll::Ready(statement.as_mut().poll(context).is_ready())
            });
            given_up |= !polled.await;
        }
        if given_up {
            let outcome = tx.commit().await;
            assert!(matches!(outcome, Err(StoreError::NotCommitted(_))));
        } else {
            // The answer was there at once.
            drop(tx);
        }
        assert!(notes(&test.database).await.is_empty());
        write_note(&test.database, 2).await.unwrap();
    }
}

#[tokio::test]
async fn a_long_transaction_holds_up_nobody_who_was_before_it() {
    for test in databases(&[NOTES]).await {
        let mut others = Vec::new();
        for number in 0..20 {
            let database = test.database.clone();
            others.push(tokio::spawn(
                async move { write_note(&database, number).await },
            ));
        }
        tokio::task::yield_now().await;
        let mut long = test.database.begin_long().await.unwrap();
        insert_note(&mut long, 100).await.unwrap();
        if test.database.engine() == Engine::Sqlite {
            // Whoever had ended before it took the writer is acknowledged while it is under way.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let durable = notes(&test.database).await.len();
            let acknowledged = others.iter().filter(|task| task.is_finished()).count();
            assert_eq!(durable, acknowledged);
        }
        long.commit().await.unwrap();
        for task in others {
            task.await.unwrap().unwrap();
        }
        assert_eq!(notes(&test.database).await.len(), 21);
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_the_database_is_opened_again() {
    for test in databases(&[NOTES]).await {
        write_note(&test.database, 5).await.unwrap();
        let mut left = test.database.begin().await.unwrap();
        insert_note(&mut left, 6).await.unwrap();
        drop(left);
        test.database.close().await;
        assert!(matches!(
            write_note(&test.database, 7).await,
            Err(StoreError::Unreachable(_))
        ));
        let again = Database::open(&test.url.parse().unwrap()).await.unwrap();
        assert_eq!(notes(&again).await, [5]);
        again.close().await;
    }
}

#[tokio::test]
async fn a_snapshot_does_not_see_what_came_later_and_keeps_nobody_from_writing() {
    for test in databases(&[NOTES]).await {
        write_note(&test.database, 1).await.unwrap();
        let mut snapshot = test.database.snapshot().await.unwrap();
        write_note(&test.database, 2).await.unwrap();
        let count = "SELECT count(*) AS n FROM notes";
        assert_eq!(snapshot.count(count, params![]).await.unwrap(), 1);
        let refused = snapshot
            .raw_rows(
                "INSERT INTO notes (number, text) VALUES (9, 'x')",
                params![],
            )
            .await;
        assert!(refused.is_err());
        drop(snapshot);
        let mut later = test.database.snapshot().await.unwrap();
        assert_eq!(later.count(count, params![]).await.unwrap(), 2);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let test = yagura_store::testing::empty_sqlite().await;
    yagura_store::migration::migrate(&test.database, &[NOTES], now())
        .await
        .unwrap();
    write_note(&test.database, 1).await.unwrap();
    let path = std::path::PathBuf::from(test.url.strip_prefix("sqlite:").unwrap());
    for suffix in ["", "-wal"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        let mode = std::fs::metadata(&name).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name:?}");
    }
}

/// Prints how long a write takes; run by hand with `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a test"]
async fn how_long_twenty_parallel_writers_wait() {
    for test in databases(&[NOTES]).await {
        let begin = std::time::Instant::now();
        let tasks: Vec<_> = (0..20_i64)
            .map(|writer| {
                let database = test.database.clone();
                tokio::spawn(async move {
                    let mut took = Vec::new();
                    for number in 0..100 {
                        let begin = std::time::Instant::now();
                        write_note(&database, writer * 1_000 + number)
                            .await
                            .unwrap();
                        took.push(begin.elapsed());
                    }
                    took
                })
            })
            .collect();
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await.unwrap());
        }
        took.sort();
        println!(
            "{:?}: 2000 writes by 20 in {:?}; median {:?}, p95 {:?}, longest {:?}",
            test.database.engine(),
            begin.elapsed(),
            took[took.len() / 2],
            took[took.len() * 95 / 100],
            took.last().unwrap()
        );
        let begin = std::time::Instant::now();
        for number in 0..100 {
            write_note(&test.database, 100_000 + number).await.unwrap();
        }
        println!(
            "{:?}: 100 writes one by one in {:?}",
            test.database.engine(),
            begin.elapsed()
        );
    }
}
