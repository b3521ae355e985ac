use yagura_store::migration::migrate;
use yagura_store::testing::{databases, empty_databases};
use yagura_store::{Database, Migration, StoreError, params};

use crate::support::{NOTES, notes, now, write_note};

const SECOND: Migration = Migration {
    name: "test_0002_colour",
    sql: "ALTER TABLE notes ADD COLUMN colour TEXT;
          UPDATE notes SET colour = 'red; or blue' WHERE number > 1;
          CREATE INDEX notes_by_colour ON notes (colour)",
};

#[tokio::test]
async fn steps_run_once_in_order_and_keep_the_data() {
    for test in empty_databases().await {
        let database = &test.database;
        assert_eq!(migrate(database, &[NOTES], now()).await.unwrap(), 1);
        write_note(database, 1).await.unwrap();
        write_note(database, 2).await.unwrap();
        assert_eq!(migrate(database, &[NOTES], now()).await.unwrap(), 0);
        let both = [NOTES[0], SECOND];
        assert_eq!(migrate(database, &[&both], now()).await.unwrap(), 1);
        assert_eq!(notes(database).await, [1, 2]);
        let red = "SELECT count(*) AS n FROM notes WHERE colour = 'red; or blue'";
        assert_eq!(database.count(red, params![]).await.unwrap(), 1);
        // A list that was added later may come before those that have run.
        let early = [Migration {
            name: "early",
            sql: "CREATE TABLE early (n BIGINT)",
        }];
        assert_eq!(migrate(database, &[&early, &both], now()).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_altered_step_and_a_newer_database_are_refused() {
    for test in databases(&[NOTES]).await {
        let altered = [Migration {
            name: NOTES[0].name,
            sql: "CREATE TABLE notes (number BIGINT PRIMARY KEY)",
        }];
        let mut lists = yagura_store::MIGRATIONS.to_vec();
        lists.push(&altered);
        let refused = migrate(&test.database, &lists, now()).await;
        assert!(
            matches!(&refused, Err(StoreError::AlteredMigration(name)) if name == NOTES[0].name)
        );
        let refused = migrate(&test.database, yagura_store::MIGRATIONS, now()).await;
        assert!(matches!(&refused, Err(StoreError::NewerDatabase(name)) if name == NOTES[0].name));
        write_note(&test.database, 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_schema_as_it_was() {
    for test in empty_databases().await {
        let broken = [
            NOTES[0],
            SECOND,
            Migration {
                name: "broken",
                sql: "CREATE TABLE more (n BIGINT); INSERT INTO none VALUES (1)",
            },
        ];
        assert!(migrate(&test.database, &[&broken], now()).await.is_err());
        assert_eq!(
            migrate(&test.database, &[&broken[..2]], now())
                .await
                .unwrap(),
            2
        );
        write_note(&test.database, 1).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_processes_that_start_at_once_one_migrates() {
    for test in empty_databases().await {
        let other = Database::open(&test.url.parse().unwrap()).await.unwrap();
        let mut lists = yagura_store::MIGRATIONS.to_vec();
        lists.push(NOTES);
        let steps: usize = lists.iter().map(|list| list.len()).sum();
        let (first, second) = tokio::join!(
            migrate(&test.database, &lists, now()),
            migrate(&other, &lists, now())
        );
        let mut run = [first.unwrap(), second.unwrap()];
        run.sort_unstable();
        assert_eq!(run, [0, steps], "{}", test.url);
        write_note(&other, 1).await.unwrap();
        other.close().await;
    }
}
