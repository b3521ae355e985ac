use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;
use yagura_kernel::audit::{AuditActor, AuditEntry, AuditOutcome, Finding, SigningKey};
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::organization::OrganizationKind;
use yagura_store::audit::{self, LogReport};
use yagura_store::testing::{TestDatabase, clock, databases, ids};
use yagura_store::{ComposedSql, Database, params};

use crate::support::{now, organization};

fn key() -> SigningKey {
    SigningKey::from_seed("yagura.example/audit", &[5; 32]).unwrap()
}

fn entry(ids: &dyn IdGenerator, organization: Option<OrganizationId>, number: i64) -> AuditEntry {
    let person = PersonId::new(ids);
    AuditEntry {
        id: ids.id().into(),
        at: now().plus_seconds(number),
        actor: match number % 4 {
            0 => AuditActor::System,
            1 => AuditActor::Stranger,
            2 => AuditActor::InspectionLink {
                link: Some(ids.id()),
            },
            _ => AuditActor::Person {
                person,
                account: ids.id().into(),
            },
        },
        acting_organization: organization,
        action: "sheet.answer".to_owned(),
        resource_kind: "sheet".to_owned(),
        resource_id: (number % 2 == 0).then(|| number.to_string()),
        organization,
        outcome: AuditOutcome::Done,
        detail: json!({"item": "1-①", "from": null, "to": "はい", "share": 0.25}).into(),
    }
}

async fn append(database: &Database, ids: &dyn IdGenerator, numbers: std::ops::Range<i64>) {
    let mut tx = database.begin().await.unwrap();
    for number in numbers {
        audit::append(&mut tx, &entry(ids, None, number))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn verify(database: &Database, held: Option<&str>) -> LogReport {
    audit::verify(database, &[key().verifying_key()], held, |_| {})
        .await
        .unwrap()
}

async fn change(database: &Database, sql: &str) {
    let mut tx = database.begin().await.unwrap();
    for statement in sql.split(';') {
        tx.execute(ComposedSql(statement.to_owned()), params![])
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

/// Logs of twelve entries in three checkpoints.
async fn logs() -> Vec<TestDatabase> {
    let all = databases(&[]).await;
    for test in &all {
        let ids = ids();
        for start in [0, 4, 8] {
            append(&test.database, &ids, start..start + 4).await;
            assert_eq!(
                audit::sequence(&test.database, &key(), now())
                    .await
                    .unwrap(),
                4
            );
        }
    }
    all
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_intact_and_proven() {
    for test in logs().await {
        let db = &test.database;
        let mut said = Vec::new();
        let keys = [key().verifying_key()];
        let report = audit::verify(db, &keys, None, |done| said.push(done));
        let report = report.await.unwrap();
        assert!(report.is_intact(), "{report:?}");
        assert_eq!(
            (
                report.log.entries,
                report.log.proven,
                report.log.checkpoints
            ),
            (12, 12, 3)
        );
        assert_eq!(said, [12]);
        assert_eq!(audit::size(db).await.unwrap(), 12);
        assert_eq!(audit::sequence(db, &key(), now()).await.unwrap(), 0);
        // Entries that wait are told, and are no finding.
        append(db, &ids_after(), 100..103).await;
        let report = verify(db, None).await;
        assert!(report.is_intact());
        assert_eq!(
            (report.log.entries, report.unsequenced, report.unreadable),
            (12, 3, 0)
        );
        // An unknown key proves nothing.
        let other = SigningKey::from_seed("yagura.example/audit", &[6; 32]).unwrap();
        let report = audit::verify(db, &[other.verifying_key()], None, |_| {})
            .await
            .unwrap();
        assert!(!report.is_intact());
        assert_eq!(report.log.proven, 0);
    }
}

/// Ids that come after those of `ids()`.
fn ids_after() -> impl IdGenerator {
    let clock = clock();
    clock.advance_seconds(1_000);
    yagura_kernel::id::SeededIds::new(9, clock)
}

#[tokio::test]
async fn an_altered_entry_is_named() {
    for (column, value) in [
        ("detail", "'{\"to\":\"いいえ\"}'"),
        ("action", "'sheet.read'"),
        ("outcome", "'denied'"),
        ("at", "at + 1"),
        ("resource_id", "'other'"),
    ] {
        for test in logs().await {
            let sql = format!("UPDATE audit_entries SET {column} = {value} WHERE position = 5");
            change(&test.database, &sql).await;
            let report = verify(&test.database, None).await;
            assert!(!report.is_intact(), "{column}");
            let found = &report.log.findings;
            assert_eq!(found.len(), 1, "{column}: {found:?}");
            assert!(
                matches!(found[0], Finding::EntryAltered { position: 5, .. }),
                "{found:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_entry_that_can_no_longer_be_read_is_missing() {
    for test in logs().await {
        change(
            &test.database,
            "UPDATE audit_entries SET actor = 'nobody' WHERE position = 6",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert_eq!(
            report.log.findings,
            [Finding::EntryMissing {
                position: 6,
                until: 7
            }]
        );
    }
}

#[tokio::test]
async fn removed_and_moved_entries_are_named() {
    for test in logs().await {
        change(
            &test.database,
            "DELETE FROM audit_entries WHERE position = 3",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert_eq!(
            report.log.findings,
            [Finding::EntryMissing {
                position: 3,
                until: 4
            }]
        );
    }
    for test in logs().await {
        change(
            &test.database,
            "UPDATE audit_entries SET position = 99 WHERE position = 2;
             UPDATE audit_entries SET position = 2 WHERE position = 7;
             UPDATE audit_entries SET position = 7 WHERE position = 99",
        )
        .await;
        let report = verify(&test.database, None).await;
        let moved: Vec<_> = report
            .log
            .findings
            .iter()
            .map(|finding| match finding {
                Finding::EntryMoved {
                    position,
                    belongs_at,
                    ..
                } => (*position, *belongs_at),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(moved, [(2, 7), (7, 2)]);
    }
    // Taken out of the order altogether.
    for test in logs().await {
        change(
            &test.database,
            "UPDATE audit_entries SET position = -4 WHERE position = 4",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert_eq!(
            report.log.findings,
            [Finding::EntryMissing {
                position: 4,
                until: 5
            }]
        );
        assert_eq!(report.unreadable, 1);
    }
    for test in logs().await {
        change(
            &test.database,
            "UPDATE audit_entries SET position = NULL WHERE position = 4",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert_eq!(
            report.log.findings,
            [Finding::EntryMissing {
                position: 4,
                until: 5
            }]
        );
        assert_eq!(report.unsequenced, 1);
    }
}

#[tokio::test]
async fn who_alters_the_hashes_too_is_found_by_the_checkpoints() {
    for test in logs().await {
        // Both the entry and its hash are gone, and the rest closed up.
        change(
            &test.database,
            "DELETE FROM audit_entries WHERE position = 11; DELETE FROM audit_leaves WHERE position = 11",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert!(
            matches!(
                report.log.findings[..],
                [Finding::Truncated {
                    found: 11,
                    size: 12,
                    ..
                }]
            ),
            "{report:?}"
        );
    }
    for test in logs().await {
        change(
            &test.database,
            "DELETE FROM audit_entries WHERE position = 5; DELETE FROM audit_leaves WHERE position = 5",
        )
        .await;
        assert!(!verify(&test.database, None).await.is_intact());
    }
    for test in logs().await {
        change(
            &test.database,
            "DELETE FROM audit_leaves WHERE position = 5",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert_eq!(report.log.findings, [Finding::LeafMissing { position: 5 }]);
    }
    for test in logs().await {
        change(
            &test.database,
            "UPDATE audit_leaves SET leaf = (SELECT leaf FROM audit_leaves WHERE position = 1)
             WHERE position = 5",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert_eq!(report.log.findings, [Finding::LeafAltered { position: 5 }]);
    }
    for test in logs().await {
        change(
            &test.database,
            "UPDATE audit_checkpoints SET note = 'signed' WHERE size = 8",
        )
        .await;
        let report = verify(&test.database, None).await;
        assert!(matches!(
            report.log.findings[..],
            [Finding::CheckpointInvalid { number: 1, .. }]
        ));
    }
}

#[tokio::test]
async fn a_checkpoint_held_elsewhere_finds_a_log_that_was_put_back() {
    for test in logs().await {
        let db = &test.database;
        let held = audit::latest_checkpoint(db).await.unwrap().unwrap();
        assert!(verify(db, Some(&held)).await.is_intact());
        // Everything since the second checkpoint, the checkpoint included, as if it had not been.
        change(
            db,
            "DELETE FROM audit_entries WHERE position >= 8; DELETE FROM audit_leaves WHERE position >= 8;
             DELETE FROM audit_checkpoints WHERE size = 12",
        )
        .await;
        assert!(
            verify(db, None).await.is_intact(),
            "by itself it cannot be seen"
        );
        let report = verify(db, Some(&held)).await;
        assert!(matches!(
            report.log.findings[..],
            [Finding::Truncated {
                found: 8,
                size: 12,
                ..
            }]
        ));
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_holds_up_no_other() {
    for test in databases(&[]).await {
        let ids = ids();
        append(&test.database, &ids, 0..3).await;
        change(
            &test.database,
            "UPDATE audit_entries SET outcome = 'x' WHERE id = (SELECT min_id FROM
                (SELECT id AS min_id FROM audit_entries ORDER BY id LIMIT 1) AS first)",
        )
        .await;
        assert_eq!(
            audit::sequence(&test.database, &key(), now())
                .await
                .unwrap(),
            2
        );
        assert_eq!(
            audit::sequence(&test.database, &key(), now())
                .await
                .unwrap(),
            0
        );
        let report = verify(&test.database, None).await;
        assert_eq!(
            (report.log.entries, report.unsequenced, report.unreadable),
            (2, 1, 1)
        );
        assert!(report.log.is_intact() && !report.is_intact());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_append_and_sequence_at_once() {
    for test in databases(&[]).await {
        let other = Database::open(&test.url.parse().unwrap()).await.unwrap();
        let ids: Arc<dyn IdGenerator> = ids();
        let mut tasks = Vec::new();
        for part in 0..8_i64 {
            let database = if part % 2 == 0 {
                test.database.clone()
            } else {
                other.clone()
            };
            let ids = Arc::clone(&ids);
            tasks.push(tokio::spawn(async move {
                let mut placed = 0;
                for step in 0..10 {
                    let start = part * 1_000 + step * 10;
                    append(&database, &ids, start..start + 10).await;
                    if part >= 4 {
                        placed += audit::sequence(&database, &key(), now()).await.unwrap();
                    }
                }
                placed
            }));
        }
        let mut placed = 0;
        for task in tasks {
            placed += task.await.unwrap();
        }
        placed += audit::sequence(&test.database, &key(), now())
            .await
            .unwrap();
        assert_eq!(placed, 800);
        let report = verify(&test.database, None).await;
        assert!(report.is_intact(), "{report:?}");
        assert_eq!(
            (report.log.entries, report.log.proven, report.unsequenced),
            (800, 800, 0)
        );
        other.close().await;
    }
}

#[tokio::test]
async fn many_entries_are_sequenced_in_batches_and_verified_in_pages() {
    for test in databases(&[]).await {
        let ids = ids();
        append(&test.database, &ids, 0..4_321).await;
        assert_eq!(
            audit::sequence(&test.database, &key(), now())
                .await
                .unwrap(),
            4_321
        );
        let mut said = Vec::new();
        let keys = [key().verifying_key()];
        let report = audit::verify(&test.database, &keys, None, |done| said.push(done));
        let report = report.await.unwrap();
        assert!(report.is_intact());
        assert_eq!(report.log.entries, 4_321);
        assert_eq!(said, [2_000, 4_000, 4_321]);
    }
}

#[tokio::test]
async fn the_sequencer_works_until_it_is_stopped_and_leaves_nothing_behind() {
    for test in databases(&[]).await {
        let ids = ids();
        append(&test.database, &ids, 0..3).await;
        let (database, stop) = (test.database.clone(), Arc::new(Notify::new()));
        let stopped = Arc::clone(&stop);
        let running = tokio::spawn(async move {
            audit::run_sequencer_until(&database, &key(), &clock(), stopped.notified()).await;
        });
        for _ in 0..100 {
            if verify(&test.database, None).await.log.entries == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(verify(&test.database, None).await.log.entries, 3);
        append(&test.database, &ids, 3..5).await;
        stop.notify_one();
        running.await.unwrap();
        assert_eq!(verify(&test.database, None).await.log.entries, 5);
    }
}

#[tokio::test]
async fn entries_of_an_organization_are_read_newest_first() {
    for test in databases(&[]).await {
        let (db, ids) = (&test.database, ids());
        let clinic = organization(db, &ids, OrganizationKind::Clinic, "架空診療所").await;
        let written: Vec<_> = (0..5)
            .map(|number| entry(&ids, Some(clinic), number))
            .collect();
        let mut tx = db.begin().await.unwrap();
        for entry in &written {
            audit::append(&mut tx, entry).await.unwrap();
        }
        audit::append(&mut tx, &entry(&ids, None, 9)).await.unwrap();
        tx.commit().await.unwrap();
        let read = audit::of_organization(db, clinic, None, 3).await.unwrap();
        let entries: Vec<_> = read
            .iter()
            .map(|logged| logged.entry.clone().unwrap())
            .collect();
        let newest: Vec<_> = written.iter().rev().take(3).cloned().collect();
        assert_eq!(entries, newest, "an entry comes back as it was written");
        assert!(read.iter().all(|logged| logged.position.is_none()));
        let before: Uuid = read[2].id;
        assert_eq!(
            audit::of_organization(db, clinic, Some(before), 9)
                .await
                .unwrap()
                .len(),
            2
        );
    }
}
