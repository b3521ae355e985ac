//! Queries of the region's work; the only files that name tables.
//!
//! The rows of the matrix and the raw statistics belong to `yagura_checklists::overview`; what is
//! kept here are the region's own notes on members, pending imports, reminders and exports.

pub mod exports;
pub mod imports;
pub mod members;
pub mod reminders;

use yagura_store::{ComposedSql, Database, FromRow, Migration, Params, StoreError, Transaction};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "region_0001_roll_imports_reminders_exports",
    sql: "
    CREATE TABLE member_entries (
        overseer_id {uuid} NOT NULL REFERENCES organizations (id),
        member_id {uuid} NOT NULL REFERENCES organizations (id),
        postal_code TEXT,
        representative TEXT,
        member_number TEXT,
        remark TEXT,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (overseer_id, member_id)
    );
    CREATE INDEX member_entries_by_member ON member_entries (member_id);
    CREATE TABLE member_imports (
        id {uuid} PRIMARY KEY,
        overseer_id {uuid} NOT NULL REFERENCES organizations (id),
        created_by {uuid},
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        file_name TEXT NOT NULL,
        payload TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        counts TEXT NOT NULL,
        finished_at BIGINT,
        finished_by {uuid}
    );
    CREATE INDEX member_imports_by_overseer ON member_imports (overseer_id, id);
    CREATE INDEX member_imports_by_state ON member_imports (state, expires_at);
    CREATE TABLE reminders (
        id {uuid} PRIMARY KEY,
        overseer_id {uuid} NOT NULL REFERENCES organizations (id),
        created_by {uuid},
        created_at BIGINT NOT NULL,
        fiscal_year BIGINT NOT NULL,
        audience TEXT NOT NULL,
        choice TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        deadline TEXT,
        pause_days BIGINT NOT NULL,
        expected BIGINT NOT NULL,
        state TEXT NOT NULL,
        sent BIGINT NOT NULL,
        mailed BIGINT NOT NULL,
        finished_at BIGINT
    );
    CREATE INDEX reminders_by_overseer ON reminders (overseer_id, id);
    CREATE TABLE reminder_recipients (
        reminder_id {uuid} NOT NULL REFERENCES reminders (id),
        overseer_id {uuid} NOT NULL,
        member_id {uuid} NOT NULL REFERENCES organizations (id),
        member_name TEXT NOT NULL,
        sent_on TEXT NOT NULL,
        sent_at BIGINT NOT NULL,
        delivery TEXT NOT NULL,
        address TEXT,
        answered BIGINT NOT NULL,
        PRIMARY KEY (reminder_id, member_id)
    );
    CREATE UNIQUE INDEX reminder_recipients_by_day
        ON reminder_recipients (overseer_id, member_id, sent_on);
    CREATE TABLE region_exports (
        id {uuid} PRIMARY KEY,
        overseer_id {uuid} NOT NULL REFERENCES organizations (id),
        created_by {uuid},
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        format TEXT NOT NULL,
        fiscal_year BIGINT NOT NULL,
        filter TEXT NOT NULL,
        lang TEXT NOT NULL,
        job_id {uuid},
        state TEXT NOT NULL,
        file_name TEXT,
        blob TEXT,
        members BIGINT NOT NULL
    );
    CREATE INDEX region_exports_by_overseer ON region_exports (overseer_id, id);
    ",
}];

/// Reads either beside writes or inside one, so that a preview and the act that follows it run
/// the same statements.
#[derive(Debug)]
pub enum Reader<'a> {
    /// Beside.
    Database(&'a Database),
    /// Inside.
    Transaction(&'a mut Transaction),
}

impl Reader<'_> {
    async fn rows<T: FromRow>(
        &mut self,
        sql: impl Into<String>,
        params: Params,
    ) -> Result<Vec<T>, StoreError> {
        let sql = ComposedSql(sql.into());
        match self {
            Self::Database(database) => database.rows(sql, params).await,
            Self::Transaction(tx) => tx.rows(sql, params).await,
        }
    }
}
