//! The tables of the ledgers. What an entry says is kept whole, as its fields; what lists filter and
//! sort by, and what other features ask for, stands beside it in columns. All ledgers share one
//! table: they have one life (opened, ended, with a history), one list and one search.

mod asked;
mod campaign;
mod daily;
mod endings;
mod events;
mod imports;
mod measure;
mod read;
mod write;

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{ActionType, Actor, Authorized, actions};
use yagura_store::{Migration, StoreError};

pub use asked::{
    ExceptionInForce, Grant, GrantFilter, exceptions_in_force, medium_named, open_entries_of,
    permissions_in_force,
};
pub(crate) use campaign::{
    Campaign, Progress, Reassignment, Row as CampaignRow, RowFilter, RowPlace, campaign_owner,
    close_campaign, colleagues, current_campaign, decide_row, due_campaigns, last_campaigns,
    open_changes, open_departments, open_rows_of, progress, progress_within, reassign, row_of,
    rows, start_campaign, was_reminded,
};
pub(crate) use daily::{
    Told, expire_permissions, institutions_with_ended, overdue_untold, was_told,
};
pub(crate) use endings::seen;
pub use endings::{Whom, certify, end, end_permissions_of, take_away};
pub use events::{Event, events};
pub(crate) use imports::{
    Pending, claim_import, expire_imports, finish_import, import_owner, insert_import, pending,
    remember_mapping, remembered_mapping, set_mapping,
};
pub(crate) use measure::{MediaState, PermissionState, media_state, permission_state};
pub use read::{Cursor, Due, Filter, count, departments, get, list, owner};
pub(crate) use read::{Sum, media, privileged, sums};
pub use write::{Written, change, open, open_many};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "ledgers_0001_entries",
    sql: "
    CREATE TABLE ledger_entries (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        ledger TEXT NOT NULL,
        name TEXT NOT NULL,
        sort_key TEXT NOT NULL,
        search_key TEXT NOT NULL,
        person_key TEXT NOT NULL,
        staff_key TEXT NOT NULL,
        department TEXT NOT NULL,
        system_id {uuid},
        system_name TEXT NOT NULL,
        account TEXT NOT NULL,
        medium_id {uuid} REFERENCES ledger_entries (id),
        privileged BIGINT NOT NULL,
        permitted BIGINT NOT NULL,
        starts_on TEXT,
        ends_on TEXT,
        seen_on TEXT,
        content TEXT NOT NULL,
        state TEXT NOT NULL,
        to_end_reason TEXT NOT NULL,
        ending TEXT,
        ended_on TEXT,
        end_confirmed_by TEXT NOT NULL,
        end_note TEXT NOT NULL,
        ended_at BIGINT,
        ended_by {uuid},
        source TEXT NOT NULL,
        request_id {uuid},
        request_number TEXT NOT NULL,
        opened_at BIGINT NOT NULL,
        opened_by {uuid},
        certified_at BIGINT,
        certified_by {uuid},
        told_at BIGINT,
        revision BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    );
    CREATE INDEX ledger_entries_by_key
        ON ledger_entries (organization_id, ledger, sort_key, id);
    CREATE INDEX ledger_entries_open
        ON ledger_entries (organization_id, ledger, sort_key, id) WHERE state IN ('open', 'to_end');
    CREATE INDEX ledger_entries_by_end ON ledger_entries (ends_on) WHERE state = 'open';
    CREATE INDEX ledger_entries_by_person ON ledger_entries (organization_id, person_key);
    CREATE INDEX ledger_entries_by_staff ON ledger_entries (organization_id, staff_key);
    CREATE INDEX ledger_entries_by_request ON ledger_entries (request_id);
    CREATE TABLE ledger_events (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        entry_id {uuid} NOT NULL REFERENCES ledger_entries (id),
        ledger TEXT NOT NULL,
        name TEXT NOT NULL,
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX ledger_events_by_organization ON ledger_events (organization_id, id);
    CREATE INDEX ledger_events_by_entry ON ledger_events (entry_id, id);
    CREATE TABLE ledger_campaigns (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        due_on TEXT NOT NULL,
        started_at BIGINT NOT NULL,
        started_by {uuid},
        reminded_at BIGINT NOT NULL,
        closed_at BIGINT,
        closed_by {uuid}
    );
    CREATE UNIQUE INDEX ledger_campaigns_running
        ON ledger_campaigns (organization_id) WHERE closed_at IS NULL;
    CREATE INDEX ledger_campaigns_by_organization ON ledger_campaigns (organization_id, id);
    CREATE TABLE ledger_campaign_rows (
        campaign_id {uuid} NOT NULL REFERENCES ledger_campaigns (id),
        entry_id {uuid} NOT NULL REFERENCES ledger_entries (id),
        reviewer_id {uuid} REFERENCES people (id),
        asked_as TEXT NOT NULL,
        verdict TEXT,
        note TEXT NOT NULL,
        decided_at BIGINT,
        decided_by {uuid},
        settled_at BIGINT,
        PRIMARY KEY (campaign_id, entry_id)
    );
    CREATE INDEX ledger_campaign_rows_by_reviewer
        ON ledger_campaign_rows (campaign_id, reviewer_id);
    CREATE INDEX ledger_campaign_rows_by_entry ON ledger_campaign_rows (entry_id);
    CREATE TABLE ledger_imports (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        ledger TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by {uuid},
        expires_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        file_name TEXT NOT NULL,
        table_rows TEXT NOT NULL,
        mapping TEXT NOT NULL,
        added BIGINT NOT NULL,
        finished_at BIGINT
    );
    CREATE INDEX ledger_imports_waiting ON ledger_imports (expires_at) WHERE state = 'pending';
    CREATE TABLE ledger_mappings (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        ledger TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        mapping TEXT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (organization_id, ledger, fingerprint)
    );
    ",
}];

/// Why something could not be done in a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no such entry.
    #[error("there is no such entry")]
    NotFound,
    /// There are as many entries as a ledger may keep.
    #[error("the ledger is full")]
    Full,
    /// What a field refers to is none of this institution's.
    #[error("{0} refers to nothing of this institution")]
    Reference(&'static str),
    /// The entry ended already, or in no way in which one of this ledger can.
    #[error("the entry cannot end like that, or ended already")]
    CannotEnd,
    /// Several people with the name have permissions; only the staff number tells them apart.
    #[error("several people are called so; their staff numbers tell them apart")]
    Ambiguous,
    /// A recertification is under way.
    #[error("a recertification is under way")]
    CampaignRuns,
    /// There is nothing to recertify.
    #[error("no permission is in force")]
    NothingToCertify,
    /// The import no longer waits.
    #[error("the import no longer waits")]
    ImportGone,
    /// What would be imported is not what was looked at.
    #[error("the preview would say something else now")]
    LookAgain,
    /// The store failed, or somebody else changed the entry meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LedgerError> for yagura_web::WebError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NotFound => Self::NotFound,
            LedgerError::Full => Self::invalid("ledgers-error-full"),
            LedgerError::Reference(_) => Self::invalid("ledgers-error-reference"),
            LedgerError::CannotEnd => Self::invalid("ledgers-error-cannot-end"),
            LedgerError::Ambiguous => Self::invalid("ledgers-error-ambiguous"),
            LedgerError::CampaignRuns => Self::invalid("ledgers-error-campaign-runs"),
            LedgerError::NothingToCertify => Self::invalid("ledgers-error-nothing-to-certify"),
            LedgerError::ImportGone => Self::invalid("ledgers-import-gone"),
            LedgerError::LookAgain => Self::invalid("ledgers-import-look-again"),
            LedgerError::Store(error) => error.into(),
        }
    }
}

/// An action whose proof lets one write into the ledgers: keeping them, deciding a request that
/// fills them, accepting or mending a finding on an account, and recertifying.
pub trait Writes: ActionType {}

impl Writes for actions::KeepLedgers {}
impl Writes for actions::DecideRequests {}
impl Writes for actions::EditAccounts {}
impl Writes for actions::AcceptAccounts {}
impl Writes for actions::RecertifyPermissions {}

/// An action whose proof lets one read the ledgers as a whole.
pub trait Reads: ActionType {}

impl Reads for actions::ReadLedgers {}
impl Reads for actions::KeepLedgers {}
impl Reads for actions::ReadRequests {}
impl Reads for actions::ReadAccounts {}

type EntryId = Uuid;

fn person_of<A: ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
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
        .flat_map(|c| {
            let is_special = matches!(c, '%' | '_' | '!');
            is_special.then_some('!').into_iter().chain([c])
        })
        .collect();
    format!("%{escaped}%")
}
