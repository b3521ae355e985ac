//! Statements that SQLite's thread gets in one go.
//!
//! Every statement on SQLite is handed to a thread and its answer awaited, which costs two context
//! switches while everybody else waits for the writer. What nobody asks the answer of goes along
//! with the next statement instead.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Either, Executor as _, SqlSafeStr as _, SqlStr};

use futures_util::TryStreamExt as _;

use crate::value::sqlite_arguments;
use crate::{Params, StoreError};

/// Statements in the order in which they are to run, with their parameters. They number their
/// placeholders (`$1`), each from one.
#[derive(Default)]
pub(super) struct Batch {
    sql: String,
    params: Params,
    /// Whether the same statements will come again.
    keep_plan: bool,
}

/// What the last statement of a batch answered.
pub(super) struct Answer {
    pub(super) rows: Vec<SqliteRow>,
    pub(super) touched: u64,
}

impl Batch {
    pub(super) const fn new() -> Self {
        Self {
            sql: String::new(),
            params: Vec::new(),
            keep_plan: true,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// Whether any of the statements has parameters.
    pub(super) const fn has_params(&self) -> bool {
        !self.params.is_empty()
    }

    pub(super) fn add(&mut self, sql: &str, params: Params, keep_plan: bool) {
        if !self.sql.is_empty() {
            self.sql.push_str("; ");
        }
        append_numbered_from(&mut self.sql, sql, self.params.len());
        self.params.extend(params);
        self.keep_plan &= keep_plan;
    }

    /// The same statements after another one without parameters.
    pub(super) fn after(self, first: &str) -> Self {
        let sql = if self.sql.is_empty() {
            first.to_owned()
        } else {
            format!("{first}; {}", self.sql)
        };
        Self { sql, ..self }
    }

    /// Runs the statements one after the other; the first that fails ends it.
    pub(super) async fn run(self, connection: &mut SqliteConnection) -> Result<Answer, StoreError> {
        let sql = AssertSqlSafe(self.sql).into_sql_str();
        Ok(run(connection, sql, self.params, self.keep_plan).await?)
    }
}

/// Runs one text of one or several statements.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    sql: SqlStr,
    params: Params,
    keep_plan: bool,
) -> Result<Answer, sqlx::Error> {
    let query = sqlx::query_with(sql, sqlite_arguments(params)?).persistent(keep_plan);
    let mut steps = connection.fetch_many(query);
    let mut answer = Answer {
        rows: Vec::new(),
        touched: 0,
    };
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Left(done) => answer.touched = done.rows_affected(),
            Either::Right(row) => answer.rows.push(row),
        }
    }
    Ok(answer)
}

/// Appends a statement with its placeholders counted on by `by`. What stands in quotes is left.
fn append_numbered_from(text: &mut String, sql: &str, by: usize) {
    if by == 0 {
        text.push_str(sql);
        return;
    }
    for (place, part) in sql.split('\'').enumerate() {
        if place > 0 {
            text.push('\'');
        }
        let is_quoted = place % 2 == 1;
        let mut pieces = part.split('$');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = piece.split_at(digits);
            text.push('$');
            match number.parse::<usize>() {
                Ok(number) if !is_quoted => text.push_str(&(number + by).to_string()),
                _ => text.push_str(number),
            }
            text.push_str(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[test]
    fn placeholders_of_later_statements_are_counted_on() {
        let mut batch = Batch::new();
        assert!(batch.is_empty());
        batch.add(
            "UPDATE a SET b = $2 WHERE c = $1",
            params![1_i64, 2_i64],
            true,
        );
        batch.add(
            "INSERT INTO d VALUES ($1, '$1 it''s $2', $10)",
            params![3_i64],
            true,
        );
        batch.add("RELEASE work", params![], true);
        assert_eq!(
            batch.sql,
            "UPDATE a SET b = $2 WHERE c = $1; INSERT INTO d VALUES ($3, '$1 it''s $2', $12); \
             RELEASE work"
        );
        assert_eq!(batch.params, params![1_i64, 2_i64, 3_i64]);
        assert!(batch.keep_plan && batch.has_params());
        let batch = batch.after("SAVEPOINT work");
        assert!(batch.sql.starts_with("SAVEPOINT work; UPDATE a"));
        assert_eq!(Batch::new().after("SAVEPOINT work").sql, "SAVEPOINT work");
    }

    #[test]
    fn a_plan_is_kept_only_where_all_of_them_come_again() {
        let mut batch = Batch::new();
        batch.add("SELECT 1", params![], true);
        batch.add("SELECT 2", params![], false);
        batch.add("SELECT 3", params![], true);
        assert!(!batch.keep_plan);
    }
}
