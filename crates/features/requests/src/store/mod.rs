//! The tables of the desk: forms, requests with their way, drafts, files, and who sits where.

mod drafts;
mod files;
mod forms;
mod lists;
mod people;
mod reached;
mod requests;
mod settings;

use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{ActionType, Actor, Authorized, actions};
use yagura_store::{Migration, StoreError};

pub use drafts::{Draft, draft, drafts_of, forget_draft, save_draft};
pub use files::{
    KeptFile, MOST_FILES, adopt_files, file, files_of_draft, files_of_request, forget_file,
    forget_files_of_draft, keep_file,
};
pub use forms::{
    FormVersion, Publication, SavedForm, StoredForm, edit_of, form_of, forms_in_force, in_force,
    keep_form, publish, save_edit, version, versions,
};
pub use lists::{
    Cursor, Filter, Listed, Place, WaitingRow, count_listed, count_waiting, list, own, returned_of,
    worklist,
};
pub use people::{Snapshot, heads, snapshot};
pub use reached::{
    Reached, forget_reminders, institutions_with_open, is_first_reminder, languages, open_of,
    remember_language, set_told,
};
pub(crate) use requests::of_system;
pub use requests::{
    EventRow, Filing, NewEvent, Request, Saving, WaitRow, events_of, file_request, label, overdue,
    owner, record_event, request, request_of_draft, save_course,
};
pub use settings::{
    Delegation, Department, delegate, delegations_of, departments, deputies, end_delegation,
    set_department, set_deputies,
};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "requests_0001_desk",
    sql: "
    CREATE TABLE request_form_texts (
        fingerprint TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        content TEXT NOT NULL
    );
    CREATE TABLE request_forms (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        form_key TEXT NOT NULL,
        number BIGINT NOT NULL,
        state TEXT NOT NULL,
        fingerprint TEXT,
        content TEXT,
        in_force_from TEXT,
        revision BIGINT NOT NULL,
        saved_at BIGINT NOT NULL,
        saved_by {uuid}
    );
    CREATE UNIQUE INDEX request_forms_by_number
        ON request_forms (organization_id, form_key, number);
    CREATE TABLE requests (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        fiscal_year BIGINT NOT NULL,
        number BIGINT NOT NULL,
        form_key TEXT NOT NULL,
        form_number BIGINT NOT NULL,
        fingerprint TEXT NOT NULL,
        filer_id {uuid} NOT NULL,
        department TEXT NOT NULL,
        subject TEXT NOT NULL,
        standing TEXT NOT NULL,
        due_on TEXT,
        answers TEXT NOT NULL,
        course TEXT NOT NULL,
        told TEXT NOT NULL,
        draft_id {uuid},
        revision BIGINT NOT NULL,
        filed_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        closed_at BIGINT
    );
    CREATE UNIQUE INDEX requests_by_number ON requests (organization_id, fiscal_year, number);
    CREATE INDEX requests_by_filer ON requests (organization_id, filer_id, id);
    CREATE INDEX requests_by_standing ON requests (organization_id, standing, id);
    CREATE INDEX requests_by_organization ON requests (organization_id, id);
    CREATE INDEX requests_open ON requests (organization_id, id) WHERE closed_at IS NULL;
    CREATE UNIQUE INDEX requests_by_draft ON requests (draft_id) WHERE draft_id IS NOT NULL;
    CREATE TABLE request_waits (
        request_id {uuid} NOT NULL REFERENCES requests (id),
        step TEXT NOT NULL,
        seat TEXT NOT NULL,
        desk TEXT NOT NULL,
        organization_id {uuid} NOT NULL,
        filer_id {uuid} NOT NULL,
        due_on TEXT NOT NULL,
        PRIMARY KEY (request_id, step, seat, desk)
    );
    CREATE INDEX request_waits_by_desk
        ON request_waits (organization_id, desk, due_on, request_id, filer_id);
    CREATE INDEX request_waits_by_due ON request_waits (due_on, organization_id);
    CREATE TABLE request_events (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL,
        request_id {uuid} NOT NULL REFERENCES requests (id),
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        step TEXT,
        seat TEXT,
        detail TEXT NOT NULL
    );
    CREATE INDEX request_events_by_request ON request_events (request_id, id);
    CREATE TABLE request_numbers (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        fiscal_year BIGINT NOT NULL,
        last BIGINT NOT NULL,
        PRIMARY KEY (organization_id, fiscal_year)
    );
    CREATE TABLE request_drafts (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        person_id {uuid} NOT NULL,
        form_key TEXT NOT NULL,
        form_number BIGINT NOT NULL,
        fingerprint TEXT NOT NULL,
        answers TEXT NOT NULL,
        revision BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    );
    CREATE INDEX request_drafts_by_person ON request_drafts (organization_id, person_id, id);
    CREATE TABLE request_files (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        draft_id {uuid},
        request_id {uuid},
        field TEXT NOT NULL,
        file_name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        hash TEXT NOT NULL,
        size BIGINT NOT NULL,
        added_at BIGINT NOT NULL,
        added_by {uuid} NOT NULL
    );
    CREATE INDEX request_files_by_draft ON request_files (draft_id);
    CREATE INDEX request_files_by_request ON request_files (request_id);
    CREATE TABLE request_deputies (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        seat TEXT NOT NULL,
        person_id {uuid} NOT NULL,
        PRIMARY KEY (organization_id, seat, person_id)
    );
    CREATE TABLE request_departments (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        name TEXT NOT NULL,
        head_id {uuid},
        PRIMARY KEY (organization_id, name)
    );
    CREATE TABLE request_delegations (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        from_person {uuid} NOT NULL,
        to_person {uuid} NOT NULL,
        first_day TEXT NOT NULL,
        last_day TEXT NOT NULL,
        made_at BIGINT NOT NULL
    );
    CREATE INDEX request_delegations_by_organization
        ON request_delegations (organization_id, last_day);
    CREATE TABLE request_reminders (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        person_id {uuid} NOT NULL,
        day TEXT NOT NULL,
        PRIMARY KEY (organization_id, person_id, day)
    );
    CREATE TABLE request_readers (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        person_id {uuid} NOT NULL,
        language TEXT NOT NULL,
        PRIMARY KEY (organization_id, person_id)
    )
    ",
}];

/// The proof that one may file.
pub type File = Authorized<actions::FileRequests>;
/// The proof that one may decide.
pub type Decide = Authorized<actions::DecideRequests>;
/// The proof that one may read every request.
pub type ReadAll = Authorized<actions::ReadRequests>;
/// The proof that one may change forms and seats.
pub type Edit = Authorized<actions::EditRequestForms>;

/// Who was authorised, where it is a person.
pub(crate) fn person_of<A: ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
    match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    }
}

/// A stored JSON text as its type.
pub(crate) fn parsed<T: serde::de::DeserializeOwned>(
    column: &str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Column {
        column: column.to_owned(),
        reason: error.to_string(),
    })
}

/// A value as the JSON text that is stored.
pub(crate) fn text_of<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Column {
        column: "json".to_owned(),
        reason: error.to_string(),
    })
}

/// Whether a record belongs to the organisation of a proof.
pub(crate) fn must_be_of(
    organization: OrganizationId,
    wanted: OrganizationId,
) -> Result<(), StoreError> {
    if organization == wanted {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}
