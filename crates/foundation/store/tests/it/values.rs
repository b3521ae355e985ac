use uuid::Uuid;
use yagura_kernel::time::Instant;
use yagura_store::testing::databases;
use yagura_store::{Migration, Params, StoreError, Value, params, row};

use crate::support::{NOTES, date, notes, now};

const KINDS: &[Migration] = &[Migration {
    name: "test_0001_kinds",
    sql: "CREATE TABLE kinds (
        position BIGINT PRIMARY KEY, whole BIGINT, words TEXT, id {uuid}, bytes {blob},
        fraction DOUBLE PRECISION)",
}];

row! {
    #[derive(Debug, PartialEq)]
    struct Kinds {
        whole: Option<i64>, words: Option<String>, id: Option<Uuid>, bytes: Option<Vec<u8>>,
        fraction: Option<f64>,
    }
}

const INSERT: &str = "INSERT INTO kinds (position, whole, words, id, bytes, fraction)
    VALUES ($1, $2, $3, $4, $5, $6)";

#[tokio::test]
async fn every_kind_of_value_and_its_null_comes_back() {
    for test in databases(&[KINDS]).await {
        let full = Kinds {
            whole: Some(i64::MIN),
            words: Some("氷見 ' \" ; -- 🏥 $1 ?".to_owned()),
            id: Some(Uuid::from_u128(7)),
            bytes: Some(vec![0, 1, 255, 0]),
            fraction: Some(-0.1),
        };
        let empty = Kinds {
            whole: None,
            words: None,
            id: None,
            bytes: None,
            fraction: None,
        };
        let least = Kinds {
            whole: Some(0),
            words: Some(String::new()),
            id: Some(Uuid::nil()),
            bytes: Some(Vec::new()),
            fraction: Some(0.0),
        };
        let mut tx = test.database.begin().await.unwrap();
        for (position, row) in [&full, &empty, &least].into_iter().enumerate() {
            tx.execute(
                INSERT,
                params![
                    position as i64,
                    row.whole,
                    row.words.clone(),
                    row.id,
                    row.bytes.clone(),
                    row.fraction
                ],
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let back: Vec<Kinds> = test
            .database
            .rows("SELECT * FROM kinds ORDER BY position", params![])
            .await
            .unwrap();
        assert_eq!(back, [full, empty, least], "{}", test.url);
    }
}

#[tokio::test]
async fn a_null_parameter_compares_with_nothing_on_both() {
    for test in databases(&[KINDS]).await {
        let mut tx = test.database.begin().await.unwrap();
        tx.execute(
            INSERT,
            vec![
                Value::Integer(Some(1)),
                Value::Integer(None),
                Value::Text(None),
                Value::Uuid(None),
                Value::Bytes(None),
                Value::Real(None),
            ],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let nothing: Option<String> = None;
        let same = test
            .database
            .count(
                "SELECT count(*) AS n FROM kinds WHERE words = $1",
                params![nothing.clone()],
            )
            .await
            .unwrap();
        assert_eq!(same, 0);
        let filter = "SELECT count(*) AS n FROM kinds WHERE $1 IS NULL OR words = $1";
        assert_eq!(
            test.database.count(filter, params![nothing]).await.unwrap(),
            1
        );
        assert_eq!(test.database.count(filter, params!["x"]).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn text_loses_its_nul_on_both_engines_alike() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        tx.execute(
            "INSERT INTO notes (number, text) VALUES (1, $1)",
            params!["a\0b"],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        row! { struct Text { text: String } }
        let back: Text = test
            .database
            .one("SELECT text FROM notes WHERE number = 1", params![])
            .await
            .unwrap();
        assert_eq!(back.text, "ab");
    }
}

#[tokio::test]
async fn what_a_column_does_not_hold_is_named() {
    row! { #[derive(Debug)] struct Wrong { text: i64 } }
    row! { #[derive(Debug)] struct Absent { nothing: String } }
    row! { #[derive(Debug)] struct Missing { whole: i64 } }
    for test in databases(&[NOTES, KINDS]).await {
        let mut tx = test.database.begin().await.unwrap();
        tx.execute(
            "INSERT INTO notes (number, text) VALUES (1, 'x')",
            params![],
        )
        .await
        .unwrap();
        tx.execute("INSERT INTO kinds (position) VALUES (1)", params![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let select = "SELECT * FROM notes";
        let wrong = test
            .database
            .one::<Wrong>(select, params![])
            .await
            .unwrap_err();
        assert!(
            matches!(&wrong, StoreError::Column { column, .. } if column == "text"),
            "{wrong}"
        );
        let absent = test
            .database
            .one::<Absent>(select, params![])
            .await
            .unwrap_err();
        assert!(matches!(&absent, StoreError::Column { column, .. } if column == "nothing"));
        let null = test
            .database
            .one::<Missing>("SELECT * FROM kinds", params![])
            .await;
        assert!(matches!(&null, Err(StoreError::Column { column, .. }) if column == "whole"));
        let none = test
            .database
            .one::<Wrong>("SELECT * FROM notes WHERE number = 9", params![]);
        assert!(matches!(none.await, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn dates_instants_booleans_and_literals_are_read_alike() {
    row! {
        #[derive(Debug)]
        struct Read {
            day: yagura_kernel::time::Date, at: Instant, yes: bool, small: u32, one: i64, any_row: bool,
        }
    }
    for test in databases(&[]).await {
        let read: Read = test
            .database
            .one(
                "SELECT $1 AS day, $2 AS at, $3 AS yes, $4 AS small, 1 AS one,
                        EXISTS (SELECT 1 FROM migrations) AS any_row",
                params![date("2026-04-01"), now(), true, 7_u32],
            )
            .await
            .unwrap();
        assert_eq!(
            (read.day, read.at, read.small),
            (date("2026-04-01"), now(), 7)
        );
        assert!(read.yes && read.any_row);
        assert_eq!(read.one, 1);
    }
}

#[tokio::test]
async fn many_rows_and_many_variables_are_inserted() {
    for test in databases(&[NOTES, KINDS]).await {
        let mut tx = test.database.begin().await.unwrap();
        let rows = (0..1_203_i64).map(|number| params![number, format!("note {number}")]);
        let inserted = tx
            .insert_many("notes", &["number", "text"], rows)
            .await
            .unwrap();
        assert_eq!(inserted, 1_203);
        // 6 columns × 6,000 rows: more variables than a statement of either engine takes.
        let wide = (0..6_000_i64).map(|position| -> Params {
            params![
                position,
                position,
                position.to_string(),
                Uuid::from_u128(position as u128),
                vec![1_u8],
                0.5
            ]
        });
        let columns = ["position", "whole", "words", "id", "bytes", "fraction"];
        assert_eq!(
            tx.insert_many("kinds", &columns, wide).await.unwrap(),
            6_000
        );
        assert_eq!(
            tx.insert_many("notes", &["number", "text"], [])
                .await
                .unwrap(),
            0
        );
        tx.commit().await.unwrap();
        assert_eq!(notes(&test.database).await, (0..1_203).collect::<Vec<_>>());
        let whole = test
            .database
            .count(
                "SELECT count(*) AS n FROM kinds WHERE words = '5999'",
                params![],
            )
            .await
            .unwrap();
        assert_eq!(whole, 1);
        let mut tx = test.database.begin().await.unwrap();
        let uneven = tx
            .insert_many("notes", &["number", "text"], [params![9_999_i64]])
            .await;
        assert!(matches!(uneven, Err(StoreError::Column { .. })));
    }
}

#[tokio::test]
async fn text_is_ordered_by_its_bytes_on_both() {
    for test in databases(&[NOTES]).await {
        let mut tx = test.database.begin().await.unwrap();
        let words = ["b", "A", "あ", "a", "B", "病", "ア", "-", "_"];
        let rows = words
            .iter()
            .enumerate()
            .map(|(at, word)| params![at as i64, *word]);
        tx.insert_many("notes", &["number", "text"], rows)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        row! { struct Text { text: String } }
        let ordered: Vec<Text> = test
            .database
            .rows("SELECT text FROM notes ORDER BY text", params![])
            .await
            .unwrap();
        let ordered: Vec<_> = ordered.into_iter().map(|row| row.text).collect();
        let mut expected: Vec<_> = words.to_vec();
        expected.sort_unstable();
        assert_eq!(ordered, expected);
    }
}
