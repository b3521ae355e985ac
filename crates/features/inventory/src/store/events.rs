//! The history of the register.

use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::time::Instant;
use yagura_store::{ComposedSql, Database, StoreError, params, row};

use super::Read;

row! {
    /// Something that was done in a register.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Event {
        /// Its id; newer ones are greater.
        pub id: Uuid,
        /// The record.
        pub record_id: Uuid,
        /// Its part, by code.
        pub kind: String,
        /// Its name at that time.
        pub name: String,
        /// When.
        pub at: Instant,
        /// The name of the one who did it.
        pub by_name: Option<String>,
        /// `added`, `changed`, `confirmed`, `removed`, `services_accepted` or `vendor_said`.
        pub event: String,
        /// Of a change: each field with what stood there and what stands there now.
        pub detail: Json,
    }
}

/// What was done in a register, or with one record of it, the newest first, from before an event.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn events(
    database: &Database,
    proof: &Read,
    record: Option<Uuid>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let condition = if record.is_some() {
        "AND v.record_id = $4"
    } else {
        ""
    };
    let sql = format!(
        "SELECT v.id AS id, v.record_id AS record_id, v.kind AS kind, v.name AS name, v.at AS at,
                p.name AS by_name, v.event AS event, v.detail AS detail
         FROM inventory_events v LEFT JOIN people p ON p.id = v.by_person
         WHERE v.organization_id = $1 AND v.id < $2 {condition} ORDER BY v.id DESC LIMIT $3"
    );
    let mut values = params![
        proof.organization(),
        before.unwrap_or_else(Uuid::max),
        limit
    ];
    if let Some(record) = record {
        values.push(record.into());
    }
    database.rows(ComposedSql(sql), values).await
}
