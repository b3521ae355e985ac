//! The history of the ledgers.

use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::policy::Authorized;
use yagura_kernel::time::Instant;
use yagura_store::{ComposedSql, Database, StoreError, params, row};

use super::Reads;

row! {
    /// Something that was done in a ledger.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Event {
        /// Its id; newer ones are greater.
        pub id: Uuid,
        /// The entry.
        pub entry_id: Uuid,
        /// Its ledger, by code.
        pub ledger: String,
        /// Its name at that time.
        pub name: String,
        /// When.
        pub at: Instant,
        /// The name of the one who did it; nobody where the program did.
        pub by_name: Option<String>,
        /// `opened`, `changed`, `to_end`, `ended`, `certified` or `change_wanted`.
        pub event: String,
        /// Of a change: each field with what stood there and what stands there now.
        pub detail: Json,
    }
}

/// What was done in the ledgers of an institution, or with one entry, the newest first, from before
/// an event.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn events<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    entry: Option<Uuid>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let condition = if entry.is_some() {
        "AND v.entry_id = $4"
    } else {
        ""
    };
    let sql = format!(
        "SELECT v.id AS id, v.entry_id AS entry_id, v.ledger AS ledger, v.name AS name, v.at AS at,
                p.name AS by_name, v.event AS event, v.detail AS detail
         FROM ledger_events v LEFT JOIN people p ON p.id = v.by_person
         WHERE v.organization_id = $1 AND v.id < $2 {condition} ORDER BY v.id DESC LIMIT $3"
    );
    let mut values = params![
        proof.organization(),
        before.unwrap_or_else(Uuid::max),
        limit
    ];
    if let Some(entry) = entry {
        values.push(entry.into());
    }
    database.rows(ComposedSql(sql), values).await
}
