//! The tables of the register. What a record says is kept whole, as its fields; what lists filter
//! and sort by stands beside it in columns.

mod events;
mod records;
mod write;

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_store::{Migration, StoreError};

pub use events::{Event, events};
pub use records::{Cursor, Filter, Named, count, departments, get, list, named, owner};
pub(crate) use records::{Sum, names_of, names_of_all, sums};
pub use write::{Written, add, change, confirm, remove};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "inventory_0001_records",
    sql: "
    CREATE TABLE inventory_records (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        sort_key TEXT NOT NULL,
        search_key TEXT NOT NULL,
        class TEXT NOT NULL,
        department TEXT NOT NULL,
        system_id {uuid} REFERENCES inventory_records (id),
        asset_id {uuid} REFERENCES inventory_records (id),
        vendor_id {uuid} REFERENCES organizations (id),
        gone BIGINT NOT NULL,
        content TEXT NOT NULL,
        revision BIGINT NOT NULL,
        confirmed_year BIGINT,
        confirmed_at BIGINT,
        confirmed_by {uuid},
        updated_at BIGINT NOT NULL,
        removed_at BIGINT
    );
    CREATE INDEX inventory_records_by_name
        ON inventory_records (organization_id, kind, sort_key, id) WHERE removed_at IS NULL;
    CREATE INDEX inventory_records_by_system ON inventory_records (system_id);
    CREATE INDEX inventory_records_by_asset ON inventory_records (asset_id);
    CREATE INDEX inventory_records_by_vendor ON inventory_records (vendor_id, kind);
    CREATE TABLE inventory_events (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        record_id {uuid} NOT NULL REFERENCES inventory_records (id),
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX inventory_events_by_organization ON inventory_events (organization_id, id);
    CREATE INDEX inventory_events_by_record ON inventory_events (record_id, id);
    ",
}];

/// Why something could not be done in the register.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// There are as many records as an institution may keep.
    #[error("the register is full")]
    Full,
    /// A record that is referred to is none of this institution's.
    #[error("{0} is no record of this institution")]
    Reference(&'static str),
    /// Other records refer to it.
    #[error("{0} records refer to it")]
    Referred(i64),
    /// The store failed, or somebody else changed the record meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InventoryError> for yagura_web::WebError {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::NotFound => Self::NotFound,
            InventoryError::Full => Self::invalid("inventory-error-full"),
            InventoryError::Reference(_) => Self::invalid("inventory-error-reference"),
            InventoryError::Referred(number) => {
                Self::invalid_with("inventory-error-referred", &[("count", number.to_string())])
            }
            InventoryError::Store(error) => error.into(),
        }
    }
}

type Edit = Authorized<actions::EditInventory>;
type Read = Authorized<actions::ReadInventory>;

fn person_of<A: yagura_kernel::policy::ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
    match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    }
}

fn wrong(column: &str, reason: impl ToString) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        reason: reason.to_string(),
    }
}

type RecordId = Uuid;
