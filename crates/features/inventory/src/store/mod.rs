//! The tables of the register. What a record says is kept whole, as its fields; what lists filter
//! and sort by stands beside it in columns.

mod campaign;
mod events;
mod imports;
mod known;
mod measure;
mod merge;
mod records;
mod sheets;
mod words;
mod write;

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_store::{Migration, StoreError, escape_like};

pub use campaign::departments_at_the_desk;
pub(crate) use campaign::{
    DepartmentState, OpenPlace, OpenRecord, campaign, campaign_reminded, confirm_many,
    department_states, due_campaigns, open_records, set_responsible, start_campaign,
};
pub use events::{Event, events};
pub(crate) use imports::{
    Claim, cancel_import, claim_import, decide, expire_imports, files_of, finish_import,
    import_owner, insert_import, last_applied, remember_mapping, remember_sheet,
    remembered_mappings, replace_files,
};
pub use imports::{Import, ImportState, import, imports};
pub(crate) use known::{
    Reader, Sighting, accept_services, apply, excuse, forget_strangers, known, note_strangers,
    register_stranger, sighting, stranger, stranger_owner, strangers, unexcused_strangers,
};
pub use known::{Software, software, software_of_assets};
pub use measure::{Completeness, SEEN_DAYS, Services, completeness, services};
pub(crate) use measure::{SEEN_DAYS_RANGE, seen_days, set_seen_days};
pub(crate) use merge::{AsRead, merge, tell_apart, told_apart};
pub use records::{
    Cursor, Filter, Named, count, departments, get, kept_systems, list, named, owner,
    systems_at_the_desk,
};
pub(crate) use records::{Sum, attachable, names_of, names_of_all, sums, systems};
pub(crate) use sheets::{apply_sheets, records_for_sheets};
pub(crate) use words::{
    CustomerFilter, CustomerRow, LONGEST_TEXT, VendorWord, connections_of_vendor, count_customers,
    customers, settle, word_owner, words_at, words_of_vendor,
};
pub use words::{Said, say};
pub use write::{Written, add, add_many, change, confirm, remove};

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
}, Migration {
    name: "inventory_0002_discovery",
    sql: "
    CREATE TABLE inventory_imports (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        created_by {uuid},
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        file_names TEXT NOT NULL,
        files TEXT NOT NULL,
        decisions TEXT NOT NULL,
        counts TEXT NOT NULL,
        finished_at BIGINT,
        finished_by {uuid}
    );
    CREATE INDEX inventory_imports_by_organization ON inventory_imports (organization_id, id);
    CREATE INDEX inventory_imports_waiting ON inventory_imports (expires_at) WHERE state = 'pending';
    CREATE TABLE inventory_mappings (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        fingerprint TEXT NOT NULL,
        mapping TEXT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (organization_id, fingerprint)
    );
    CREATE TABLE inventory_sightings (
        asset_id {uuid} PRIMARY KEY REFERENCES inventory_records (id),
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        identity TEXT NOT NULL,
        last_seen_at BIGINT,
        seen_by TEXT NOT NULL,
        services TEXT,
        services_at BIGINT,
        baseline TEXT,
        unexpected BIGINT NOT NULL
    );
    CREATE INDEX inventory_sightings_by_organization ON inventory_sightings (organization_id);
    CREATE TABLE inventory_software (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        asset_id {uuid} NOT NULL REFERENCES inventory_records (id),
        source TEXT NOT NULL,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        vendor TEXT NOT NULL,
        purl TEXT NOT NULL,
        cpe TEXT NOT NULL,
        listed_at BIGINT NOT NULL
    );
    CREATE INDEX inventory_software_by_asset ON inventory_software (asset_id, source);
    CREATE INDEX inventory_software_by_organization ON inventory_software (organization_id);
    CREATE TABLE inventory_strangers (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        key TEXT NOT NULL,
        label TEXT NOT NULL,
        device TEXT NOT NULL,
        sources TEXT NOT NULL,
        first_seen_at BIGINT NOT NULL,
        last_seen_at BIGINT NOT NULL,
        excused TEXT,
        excused_by {uuid},
        excused_at BIGINT,
        UNIQUE (organization_id, key)
    );
    ",
}, Migration {
    name: "inventory_0003_references",
    sql: "
    CREATE TABLE inventory_references (
        record_id {uuid} NOT NULL REFERENCES inventory_records (id),
        field TEXT NOT NULL,
        target_id {uuid} NOT NULL REFERENCES inventory_records (id),
        PRIMARY KEY (record_id, field, target_id)
    );
    CREATE INDEX inventory_references_by_target ON inventory_references (target_id);
    INSERT INTO inventory_references (record_id, field, target_id)
        SELECT id, 'system', system_id FROM inventory_records
        WHERE system_id IS NOT NULL AND removed_at IS NULL;
    INSERT INTO inventory_references (record_id, field, target_id)
        SELECT id, 'end_device_asset', asset_id FROM inventory_records
        WHERE asset_id IS NOT NULL AND removed_at IS NULL;
    ",
}, Migration {
    name: "inventory_0004_confirmation",
    sql: "
    CREATE TABLE inventory_settings (
        organization_id {uuid} PRIMARY KEY REFERENCES organizations (id),
        seen_days BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    );
    CREATE TABLE inventory_vendor_words (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        vendor_id {uuid} NOT NULL REFERENCES organizations (id),
        connection_id {uuid} REFERENCES inventory_records (id),
        fiscal_year BIGINT NOT NULL,
        word TEXT NOT NULL,
        text TEXT NOT NULL,
        facts TEXT NOT NULL,
        said_at BIGINT NOT NULL,
        said_by {uuid},
        settled_at BIGINT,
        settled_by {uuid}
    );
    CREATE INDEX inventory_vendor_words_by_organization
        ON inventory_vendor_words (organization_id, fiscal_year);
    CREATE INDEX inventory_vendor_words_by_vendor
        ON inventory_vendor_words (vendor_id, fiscal_year);
    CREATE TABLE inventory_campaigns (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        fiscal_year BIGINT NOT NULL,
        due_on TEXT NOT NULL,
        started_at BIGINT NOT NULL,
        started_by {uuid},
        reminded_at BIGINT,
        PRIMARY KEY (organization_id, fiscal_year)
    );
    CREATE TABLE inventory_departments (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        department TEXT NOT NULL,
        person_id {uuid} NOT NULL REFERENCES people (id),
        PRIMARY KEY (organization_id, department)
    );
    ",
}, Migration {
    name: "inventory_0005_told_apart",
    sql: "
    CREATE TABLE inventory_told_apart (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        one_id {uuid} NOT NULL REFERENCES inventory_records (id),
        other_id {uuid} NOT NULL REFERENCES inventory_records (id),
        told_by {uuid},
        told_at BIGINT NOT NULL,
        PRIMARY KEY (one_id, other_id)
    );
    CREATE INDEX inventory_told_apart_by_organization
        ON inventory_told_apart (organization_id);
    ",
}, Migration {
    // There was a question with yes and no. No said nothing of a plan, which is what is asked now.
    name: "inventory_0006_two_factor",
    sql: r#"
    UPDATE inventory_records SET content = REPLACE(REPLACE(content,
            '"two_factor":"yes"', '"two_factor":"in_place"'),
            '"two_factor":"no"', '"two_factor":"unknown","two_factor_note":"未実装(予定は未確認)"')
        WHERE kind = 'system';
    "#,
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
    /// A record cannot become one with itself.
    #[error("it is the same record")]
    Same,
    /// The import no longer waits.
    #[error("the import no longer waits")]
    ImportGone,
    /// The register changed since the preview was looked at.
    #[error("the register changed since the preview")]
    LookAgain,
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
            InventoryError::Same => Self::invalid("inventory-merge-same"),
            InventoryError::ImportGone => Self::invalid("inventory-import-gone"),
            InventoryError::LookAgain => Self::invalid("inventory-import-look-again"),
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

/// The pattern of `LIKE … ESCAPE '!'` that finds a text anywhere in a search key.
fn like(text: &str) -> String {
    let escaped = escape_like(&yagura_kernel::text::normalise_for_search(text));
    format!("%{escaped}%")
}

type RecordId = Uuid;
