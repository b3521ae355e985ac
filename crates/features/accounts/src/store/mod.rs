//! The tables: staff, sources, accounts, imports, findings.

mod accounts;
mod findings;
mod imports;
mod leavers;
mod sources;
mod staff;

use accountmatch::findings::FindingKind;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{ActionType, Actor, Authorized, actions};
use yagura_store::{Database, Migration, StoreError, Transaction, params, row};

use crate::model::Rules;

pub(crate) use accounts::{
    AccountFilter, AccountRow, OwnerRow, account, account_owner, accounts_of, administrators,
    count_accounts, count_proposals, count_unconfirmed, decide, decisions, list_accounts,
    owners_of, perhaps_of_leavers, proposals, replace_accounts, write_owners,
};
pub(crate) use findings::{
    Cursor, Event, FindingFilter, FindingRow, Judged, Sum, Task, accept, by_place, count_findings,
    events, finding, finding_of, finding_owner, judge, list_findings, running, set_task, sums,
};
pub(crate) use imports::{
    Import, NewImport, cancel_import, claim_import, expire_imports, import, import_owner, imports,
    insert_import, set_mapping,
};
pub(crate) use leavers::{
    LeaverRow, count_leavers, keep_leavers, leaver, leaver_owner, leavers, settle_leaver,
};
pub(crate) use sources::{
    NewSource, SourceRow, add_source, change_source, imported, password_of, remove_source, source,
    source_owner, sources, sources_of,
};
pub(crate) use staff::{
    PersonRow, StaffFilter, count_staff, list_staff, person, replace_staff, staff_of, staff_state,
};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "accounts_0001",
    sql: "
    CREATE TABLE accounts_settings (
        organization_id {uuid} PRIMARY KEY REFERENCES organizations (id),
        dormant_days BIGINT NOT NULL,
        password_days BIGINT NOT NULL,
        list_days BIGINT NOT NULL,
        staff_mapping TEXT,
        staff_at BIGINT
    );
    CREATE TABLE accounts_staff (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        number TEXT NOT NULL,
        department TEXT NOT NULL,
        sort_key TEXT NOT NULL,
        search_key TEXT NOT NULL,
        content TEXT NOT NULL,
        left_on TEXT,
        missing_since TEXT,
        UNIQUE (organization_id, key)
    );
    CREATE INDEX accounts_staff_by_name ON accounts_staff (organization_id, sort_key, id);
    CREATE TABLE accounts_sources (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        system_id {uuid} REFERENCES inventory_records (id),
        settings TEXT NOT NULL,
        password {blob},
        lockout BIGINT,
        untold TEXT NOT NULL,
        accounts BIGINT NOT NULL,
        import_id {uuid},
        imported_at BIGINT,
        last_error TEXT,
        revision BIGINT NOT NULL,
        removed_at BIGINT
    );
    CREATE INDEX accounts_sources_by_organization ON accounts_sources (organization_id, id);
    CREATE TABLE accounts_found (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        source_id {uuid} NOT NULL REFERENCES accounts_sources (id),
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        search_key TEXT NOT NULL,
        content TEXT NOT NULL,
        enabled BIGINT,
        privileged BIGINT,
        UNIQUE (source_id, key)
    );
    CREATE INDEX accounts_found_by_organization ON accounts_found (organization_id, id);
    CREATE TABLE accounts_owners (
        account_id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        source_id {uuid} NOT NULL,
        state TEXT NOT NULL,
        staff_key TEXT NOT NULL,
        owner_name TEXT NOT NULL,
        detail TEXT NOT NULL,
        score BIGINT NOT NULL
    );
    CREATE INDEX accounts_owners_by_state
        ON accounts_owners (organization_id, state, score DESC, account_id);
    CREATE TABLE accounts_decisions (
        source_id {uuid} NOT NULL REFERENCES accounts_sources (id),
        account_key TEXT NOT NULL,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        decision TEXT,
        refused TEXT NOT NULL,
        decided_by {uuid},
        decided_at BIGINT NOT NULL,
        PRIMARY KEY (source_id, account_key)
    );
    CREATE INDEX accounts_decisions_by_organization ON accounts_decisions (organization_id);
    CREATE TABLE accounts_imports (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        source_id {uuid} REFERENCES accounts_sources (id),
        created_by {uuid},
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        file_names TEXT NOT NULL,
        files TEXT NOT NULL,
        mapping TEXT,
        counts TEXT NOT NULL,
        finished_at BIGINT,
        finished_by {uuid}
    );
    CREATE INDEX accounts_imports_by_organization ON accounts_imports (organization_id, id);
    CREATE INDEX accounts_imports_waiting ON accounts_imports (expires_at) WHERE state = 'pending';
    CREATE TABLE accounts_findings (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        source_id {uuid} NOT NULL REFERENCES accounts_sources (id),
        account_key TEXT NOT NULL,
        account_name TEXT NOT NULL,
        kind TEXT NOT NULL,
        gravity BIGINT NOT NULL,
        urgency BIGINT NOT NULL,
        state TEXT NOT NULL,
        grounds TEXT NOT NULL,
        owner_key TEXT NOT NULL,
        owner_name TEXT NOT NULL,
        stable_id TEXT,
        import_id {uuid},
        due_on TEXT,
        asked_by {uuid},
        note TEXT NOT NULL,
        accepted_until TEXT,
        proof TEXT,
        found_at BIGINT NOT NULL,
        ended_at BIGINT,
        revision BIGINT NOT NULL,
        UNIQUE (source_id, account_key, kind)
    );
    CREATE INDEX accounts_findings_by_urgency
        ON accounts_findings (organization_id, state, urgency DESC, id);
    CREATE INDEX accounts_findings_to_do
        ON accounts_findings (organization_id, urgency DESC, id) WHERE state IN ('open', 'task');
    CREATE TABLE accounts_events (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        finding_id {uuid} NOT NULL,
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX accounts_events_by_finding ON accounts_events (finding_id, id);
    CREATE TABLE accounts_leavers (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        staff_key TEXT NOT NULL,
        name TEXT NOT NULL,
        number TEXT NOT NULL,
        department TEXT NOT NULL,
        left_on TEXT,
        reason TEXT NOT NULL,
        found_at BIGINT NOT NULL,
        settled_at BIGINT,
        settled_by {uuid},
        note TEXT NOT NULL
    );
    CREATE INDEX accounts_leavers_open
        ON accounts_leavers (organization_id, id) WHERE settled_at IS NULL;
    ",
}];

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// The system is none of this institution's.
    #[error("the system is none of this institution's")]
    System,
    /// Somebody settled the question of a leaver's permissions already.
    #[error("the question of this leaver's permissions is settled")]
    LeaverSettled,
    /// The import no longer waits.
    #[error("the import no longer waits")]
    ImportGone,
    /// The export stops in the middle; an account that is missing in it would look removed.
    #[error("the file stops in the middle")]
    CutOff,
    /// As many sources as an institution may keep.
    #[error("there are as many sources as an institution may keep")]
    Full,
    /// The store failed, or somebody else changed the record meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountsError> for yagura_web::WebError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::NotFound => Self::NotFound,
            AccountsError::System => Self::invalid("accounts-error-system"),
            AccountsError::LeaverSettled => Self::invalid("accounts-error-leaver-settled"),
            AccountsError::ImportGone => Self::invalid("accounts-error-import-gone"),
            AccountsError::CutOff => Self::invalid("accounts-error-cut-off"),
            AccountsError::Full => Self::invalid("accounts-error-full"),
            AccountsError::Store(error) => error.into(),
        }
    }
}

pub(crate) type Read = Authorized<actions::ReadAccounts>;
pub(crate) type Edit = Authorized<actions::EditAccounts>;

/// Rows that one statement names.
const CHUNK: usize = 400;

pub(crate) fn person_of<A: ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
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
    let escaped: String = yagura_kernel::text::normalise_for_search(text)
        .chars()
        .flat_map(|letter| {
            let is_special = matches!(letter, '%' | '_' | '!');
            is_special.then_some('!').into_iter().chain([letter])
        })
        .collect();
    format!("%{escaped}%")
}

fn kind_of(code: &str) -> Result<FindingKind, StoreError> {
    FindingKind::from_code(code).ok_or_else(|| wrong("kind", code))
}

row! {
    struct RulesRow { dormant_days: i64, password_days: i64, list_days: i64 }
}

/// What an institution has set, or what holds where it has set nothing.
pub(crate) async fn rules(
    database: &Database,
    organization: OrganizationId,
) -> Result<Rules, StoreError> {
    let sql = "SELECT dormant_days, password_days, list_days FROM accounts_settings
               WHERE organization_id = $1";
    let row: Option<RulesRow> = database.optional(sql, params![organization]).await?;
    Ok(row.map_or_else(Rules::default, |row| Rules {
        dormant_days: row.dormant_days,
        password_days: row.password_days,
        list_days: row.list_days,
    }))
}

/// Sets it.
pub(crate) async fn set_rules(
    tx: &mut Transaction,
    proof: &Edit,
    rules: Rules,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO accounts_settings (organization_id, dormant_days, password_days, list_days)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id) DO UPDATE SET dormant_days = $2, password_days = $3,
            list_days = $4",
        params![
            proof.organization(),
            rules.dormant_days,
            rules.password_days,
            rules.list_days
        ],
    )
    .await?;
    Ok(())
}

row! {
    struct OrganizationRow { organization_id: OrganizationId }
}

/// Institutions that have accounts on record, for the nightly round.
pub(crate) async fn institutions(database: &Database) -> Result<Vec<OrganizationId>, StoreError> {
    let sql = "SELECT DISTINCT organization_id FROM accounts_sources WHERE removed_at IS NULL";
    let rows: Vec<OrganizationRow> = database.rows(sql, params![]).await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}
