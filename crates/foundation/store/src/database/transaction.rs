use futures_util::future::BoxFuture;
use sqlx::SqlSafeStr;

use super::postgres::PostgresTransaction;
use super::sqlite_writer::SqliteTransaction;
use super::{Engine, placeholders};
use crate::{ComposedSql, FromRow, Params, Row, StoreError, Value};

/// Variables in one statement; SQLite's limit is 32,766 and PostgreSQL's 65,535.
const VARIABLES_IN_A_STATEMENT: usize = 30_000;
/// Variables in one statement that goes along with others.
const VARIABLES_LATER: usize = 1_000;
/// Rows in one statement: more of them gain nothing.
const ROWS_IN_A_STATEMENT: usize = 500;

pub(super) enum TransactionInner {
    Sqlite(SqliteTransaction),
    Postgres(PostgresTransaction),
}

/// What is known of a statement.
#[derive(Clone, Copy)]
pub(super) struct Statement {
    /// Whether the same statement will come again.
    pub(super) keep_plan: bool,
    /// Whether its placeholders are numbered, so that it can go together with others.
    pub(super) is_numbered: bool,
}

impl Statement {
    const USUAL: Self = Self {
        keep_plan: true,
        is_numbered: true,
    };
}

/// A write under way. Dropped without [`Self::commit`], nothing of it remains.
///
/// On both engines the first statement that fails, or that is given up before its answer came,
/// ends the transaction: further statements and the commit are refused. PostgreSQL does so
/// itself; SQLite would go on, after a full disk even outside of the transaction.
pub struct Transaction {
    inner: TransactionInner,
    /// False while a statement is under way, and for ever where it did not succeed.
    sound: bool,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Transaction({:?})", self.engine())
    }
}

impl Transaction {
    pub(super) const fn new(inner: TransactionInner) -> Self {
        Self { inner, sound: true }
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.inner {
            TransactionInner::Sqlite(_) => Engine::Sqlite,
            TransactionInner::Postgres(_) => Engine::Postgres,
        }
    }

    fn must_be_sound(&self) -> Result<(), StoreError> {
        if self.sound {
            Ok(())
        } else {
            Err(StoreError::NotCommitted(
                "an earlier statement did not succeed".to_owned(),
            ))
        }
    }

    /// Every row of a query, as it came.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails; then the transaction is over.
    pub async fn raw_rows(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<Vec<Row>, StoreError> {
        self.must_be_sound()?;
        self.sound = false;
        let rows = match &mut self.inner {
            TransactionInner::Sqlite(tx) => {
                let answer = tx.run(sql.into_sql_str(), params, Statement::USUAL).await?;
                answer.rows.into_iter().map(Row::Sqlite).collect()
            }
            TransactionInner::Postgres(tx) => tx.rows(sql.into_sql_str(), params).await?,
        };
        self.sound = true;
        Ok(rows)
    }

    super::typed_queries!(&mut);

    /// Runs a statement and returns how many rows it touched.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails; then the transaction is over.
    pub async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<u64, StoreError> {
        self.run(sql, params, Statement::USUAL).await
    }

    /// Runs a statement that gives no rows and of which nothing is asked but that it succeeds. On
    /// SQLite it goes together with the next statement or the commit, and those fail where it does;
    /// what this transaction reads afterwards sees it.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails; then the transaction is over.
    pub async fn execute_later(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
    ) -> Result<(), StoreError> {
        self.run_later(sql, params, true).await
    }

    async fn run_later(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
        keep_plan: bool,
    ) -> Result<(), StoreError> {
        self.must_be_sound()?;
        if let TransactionInner::Sqlite(tx) = &mut self.inner {
            tx.later(sql.into_sql_str().as_str(), params, keep_plan);
            return Ok(());
        }
        let statement = Statement {
            keep_plan,
            ..Statement::USUAL
        };
        self.run(sql, params, statement).await.map(|_| ())
    }

    async fn run(
        &mut self,
        sql: impl SqlSafeStr + Send,
        params: Params,
        statement: Statement,
    ) -> Result<u64, StoreError> {
        self.must_be_sound()?;
        self.sound = false;
        let touched = match &mut self.inner {
            TransactionInner::Sqlite(tx) => {
                tx.run(sql.into_sql_str(), params, statement).await?.touched
            }
            TransactionInner::Postgres(tx) => {
                let sql = sql.into_sql_str();
                tx.execute(sql, params, statement.keep_plan).await?
            }
        };
        self.sound = true;
        Ok(touched)
    }

    /// Inserts many rows in as few statements as the engines allow. The table and columns are
    /// names of the program, never of a person.
    ///
    /// # Errors
    /// [`StoreError`] where a statement fails; then the transaction is over.
    ///
    /// The rows are taken before the first statement runs, and the future does not hold the
    /// iterator: handlers that await it stay `Send` whatever closure the rows come from.
    pub fn insert_many<'t>(
        &'t mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: impl IntoIterator<Item = Params>,
    ) -> BoxFuture<'t, Result<u64, StoreError>> {
        let head = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
        let number = columns.len();
        let rows: Vec<Params> = rows.into_iter().collect();
        Box::pin(async move {
            let mut insert = self.insert(head, number);
            for row in rows {
                insert.add(row).await?;
            }
            insert.finish().await
        })
    }

    /// Inserts a few rows as [`Self::execute_later`] does.
    ///
    /// # Errors
    /// [`StoreError`] where the statement fails; then the transaction is over.
    pub async fn insert_later(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: Vec<Params>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        if rows.len() * columns.len() > VARIABLES_LATER {
            return self.insert_many(table, columns, rows).await.map(|_| ());
        }
        let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
        let keep_plan = rows.len() == 1;
        for row in 0..rows.len() {
            let values = placeholders(row * columns.len() + 1, columns.len());
            let comma = if row == 0 { "" } else { ", " };
            sql.push_str(&format!("{comma}({values})"));
        }
        let values = rows.into_iter().flatten().collect();
        self.run_later(ComposedSql(sql), values, keep_plan).await
    }

    /// An insertion that gathers rows; `head` ends with `VALUES`.
    pub(crate) fn insert(&mut self, head: String, columns: usize) -> Insertion<'_> {
        let rows_in_a_statement = VARIABLES_IN_A_STATEMENT / columns.max(1);
        Insertion {
            transaction: self,
            head,
            columns,
            rows_in_a_statement: rows_in_a_statement.clamp(1, ROWS_IN_A_STATEMENT),
            values: Vec::new(),
            pending: 0,
            inserted: 0,
        }
    }

    /// Makes the write durable. When this returns, a `kill -9` or a power cut cannot undo it.
    ///
    /// # Errors
    /// [`StoreError::NotCommitted`] or [`StoreError::DiskFull`] where it could not be made
    /// durable; then nothing of it remains. [`StoreError::Unreachable`] where the line to
    /// PostgreSQL broke during the commit: then it is not known whether it was made.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.must_be_sound()?;
        match self.inner {
            TransactionInner::Sqlite(tx) => tx.commit().await,
            TransactionInner::Postgres(tx) => tx.commit().await,
        }
    }
}

/// Rows on their way into a table.
pub(crate) struct Insertion<'t> {
    transaction: &'t mut Transaction,
    head: String,
    columns: usize,
    rows_in_a_statement: usize,
    values: Vec<Value>,
    pending: usize,
    inserted: u64,
}

impl Insertion<'_> {
    pub(crate) async fn add(&mut self, row: Params) -> Result<(), StoreError> {
        if row.len() != self.columns {
            return Err(StoreError::Column {
                column: self.head.clone(),
                reason: format!("{} values for {} columns", row.len(), self.columns),
            });
        }
        self.values.extend(row);
        self.pending += 1;
        if self.pending == self.rows_in_a_statement {
            self.send().await?;
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<u64, StoreError> {
        self.send().await?;
        Ok(self.inserted)
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.pending);
        if rows == 0 {
            return Ok(());
        }
        let mut sql = String::with_capacity(self.head.len() + rows * (self.columns * 7 + 4));
        sql.push_str(&self.head);
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            match self.transaction.engine() {
                // SQLite searches the list of named placeholders for each of them anew.
                Engine::Sqlite => sql.push_str(&vec!["?"; self.columns].join(",")),
                Engine::Postgres => {
                    sql.push_str(&placeholders(row * self.columns + 1, self.columns));
                }
            }
            sql.push(')');
        }
        let values = std::mem::take(&mut self.values);
        // PostgreSQL takes longer to parse a full statement than to insert its rows; SQLite parses
        // quickly and would keep megabytes of program for it.
        let is_full = rows == self.rows_in_a_statement;
        let is_numbered = self.transaction.engine() == Engine::Postgres;
        let statement = Statement {
            keep_plan: rows == 1 || (is_full && is_numbered),
            is_numbered,
        };
        let inserted = self.transaction.run(ComposedSql(sql), values, statement);
        self.inserted += inserted.await?;
        Ok(())
    }
}
