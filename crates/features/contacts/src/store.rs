//! The tables of the contact chart: entries, what happened to them, confirmations.

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{Database, Migration, StoreError, Transaction, params, row};

use crate::model::{Category, Chart, Confirmation, Entry, Gap, MOST_ENTRIES, NewEntry};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "contacts_0001_chart",
    sql: "
    CREATE TABLE contact_charts (
        organization_id {uuid} PRIMARY KEY REFERENCES organizations (id),
        revision BIGINT NOT NULL
    );
    CREATE TABLE contact_entries (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        category TEXT NOT NULL,
        rank BIGINT NOT NULL,
        position BIGINT NOT NULL,
        deputy_of {uuid},
        role TEXT NOT NULL,
        name TEXT NOT NULL,
        department TEXT NOT NULL,
        duty TEXT NOT NULL,
        day_phone TEXT NOT NULL,
        night_phone TEXT NOT NULL,
        email TEXT NOT NULL,
        note TEXT NOT NULL,
        pack_key TEXT,
        unverified BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    );
    CREATE INDEX contact_entries_by_place
        ON contact_entries (organization_id, rank, position, id);
    CREATE TABLE contact_events (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        entry_id {uuid},
        at BIGINT NOT NULL,
        by_person {uuid},
        event TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX contact_events_by_organization ON contact_events (organization_id, id);
    CREATE TABLE contact_confirmations (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        fiscal_year BIGINT NOT NULL,
        confirmed_at BIGINT NOT NULL,
        confirmed_by {uuid},
        chart_revision BIGINT NOT NULL,
        chart TEXT NOT NULL
    );
    CREATE INDEX contact_confirmations_by_organization
        ON contact_confirmations (organization_id, id)
    ",
}];

/// Why something could not be done with a chart.
#[derive(Debug, thiserror::Error)]
pub enum ContactsError {
    /// The chart has no such entry.
    #[error("the chart has no such entry")]
    NotFound,
    /// The chart is full.
    #[error("the chart holds {MOST_ENTRIES} entries already")]
    Full,
    /// A deputy stands in for a person inside who is nobody's deputy.
    #[error("nobody can stand in for this entry")]
    Deputy,
    /// A chart that lacks a number cannot be confirmed.
    #[error("the chart lacks numbers: {0:?}")]
    Gaps(Vec<Gap>),
    /// The store failed, or somebody else changed the chart meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ContactsError> for yagura_web::WebError {
    fn from(error: ContactsError) -> Self {
        match error {
            ContactsError::NotFound => Self::NotFound,
            ContactsError::Full => Self::invalid("contacts-error-full"),
            ContactsError::Deputy => Self::invalid("contacts-error-deputy"),
            ContactsError::Gaps(_) => Self::invalid("contacts-error-gaps"),
            ContactsError::Store(error) => error.into(),
        }
    }
}

row! {
    /// An entry of the chart's history.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct HistoryEntry {
        /// When.
        pub at: Instant,
        /// The name of the one who did it.
        pub by_name: Option<String>,
        /// `added`, `changed`, `moved`, `removed` or `confirmed`.
        pub event: String,
        /// The entry's name, and what changed.
        pub detail: Json,
    }
}

type Edit = Authorized<actions::EditContacts>;

fn person_of(proof: &Edit) -> Option<PersonId> {
    match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    }
}

fn rank(category: Category) -> i64 {
    Category::ALL
        .iter()
        .position(|other| *other == category)
        .map_or(i64::MAX, |rank| rank as i64)
}

const ENTRIES: &str =
    "SELECT * FROM contact_entries WHERE organization_id = $1 ORDER BY rank, position, id";

row! {
    struct ConfirmationRow {
        fiscal_year: i64,
        confirmed_at: Instant,
        confirmed_by: Option<PersonId>,
        by_name: Option<String>,
        chart_revision: i64,
    }
}

const CONFIRMATION: &str = "SELECT c.fiscal_year AS fiscal_year, c.confirmed_at AS confirmed_at,
        c.confirmed_by AS confirmed_by, p.name AS by_name, c.chart_revision AS chart_revision
     FROM contact_confirmations c LEFT JOIN people p ON p.id = c.confirmed_by
     WHERE c.organization_id = $1 ORDER BY c.id DESC LIMIT 1";

row! {
    struct RevisionRow { revision: i64 }
}

const REVISION: &str = "SELECT revision FROM contact_charts WHERE organization_id = $1";

/// To which organisation an entry belongs, before anything is authorised.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such entry.
pub async fn owner(database: &Database, id: Uuid) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM contact_entries WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

fn assemble(
    entries: Vec<Entry>,
    confirmation: Option<ConfirmationRow>,
    revision: Option<RevisionRow>,
) -> Result<Chart, StoreError> {
    let revision = revision.map_or(0, |row| row.revision);
    let changed_since = confirmation
        .as_ref()
        .map_or(revision, |row| (revision - row.chart_revision).max(0));
    let confirmation = confirmation
        .map(|row| {
            let year = i32::try_from(row.fiscal_year)
                .ok()
                .and_then(|y| FiscalYear::new(y).ok());
            Ok::<_, StoreError>(Confirmation {
                fiscal_year: year.ok_or_else(|| StoreError::Column {
                    column: "fiscal_year".to_owned(),
                    reason: row.fiscal_year.to_string(),
                })?,
                at: row.confirmed_at,
                by: row.confirmed_by,
                by_name: row.by_name,
            })
        })
        .transpose()?;
    Ok(Chart {
        entries,
        confirmation,
        changed_since,
        revision,
    })
}

/// The chart of an organisation.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn chart(
    database: &Database,
    proof: &Authorized<actions::ReadContacts>,
) -> Result<Chart, StoreError> {
    chart_of(database, proof.organization()).await
}

/// The chart of an organisation, for the probe.
pub(crate) async fn chart_of(
    database: &Database,
    organization: OrganizationId,
) -> Result<Chart, StoreError> {
    assemble(
        database.rows(ENTRIES, params![organization]).await?,
        database
            .optional(CONFIRMATION, params![organization])
            .await?,
        database.optional(REVISION, params![organization]).await?,
    )
}

async fn chart_within(
    tx: &mut Transaction,
    organization: OrganizationId,
) -> Result<Chart, StoreError> {
    let entries = tx.rows(ENTRIES, params![organization]).await?;
    let confirmation = tx.optional(CONFIRMATION, params![organization]).await?;
    let revision = tx.optional(REVISION, params![organization]).await?;
    assemble(entries, confirmation, revision)
}

/// What happened to a chart, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn history(
    database: &Database,
    proof: &Authorized<actions::ReadContacts>,
    limit: i64,
) -> Result<Vec<HistoryEntry>, StoreError> {
    database
        .rows(
            "SELECT v.at AS at, p.name AS by_name, v.event AS event, v.detail AS detail
             FROM contact_events v LEFT JOIN people p ON p.id = v.by_person
             WHERE v.organization_id = $1 ORDER BY v.id DESC LIMIT $2",
            params![proof.organization(), limit],
        )
        .await
}

/// Counts a change of the chart; it also makes writers of one chart wait for each other.
async fn touch(tx: &mut Transaction, organization: OrganizationId) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO contact_charts (organization_id, revision) VALUES ($1, 1)
         ON CONFLICT (organization_id) DO UPDATE SET revision = contact_charts.revision + 1",
        params![organization],
    )
    .await?;
    Ok(())
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    proof: &'a Edit,
    ids: &'a dyn IdGenerator,
    now: Instant,
}

async fn remember(
    tx: &mut Transaction,
    writer: Writer<'_>,
    entry: Option<Uuid>,
    event: &str,
    detail: &Json,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO contact_events (id, organization_id, entry_id, at, by_person, event, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            writer.ids.id(),
            writer.proof.organization(),
            entry,
            writer.now,
            person_of(writer.proof),
            event,
            detail
        ],
    )
    .await?;
    Ok(())
}

/// Somebody can be stood in for who is inside, is nobody's deputy and is not the entry itself.
fn check_deputy(chart: &Chart, entry: &NewEntry) -> Result<(), ContactsError> {
    let Some(principal) = entry.deputy_of else {
        return Ok(());
    };
    let fits = entry.category == Category::Inside
        && principal != entry.id
        && chart
            .entry(principal)
            .is_some_and(|other| other.category == Category::Inside && other.deputy_of.is_none())
        && chart.deputies_of(entry.id).next().is_none();
    if fits {
        Ok(())
    } else {
        Err(ContactsError::Deputy)
    }
}

fn place_at_end(chart: &Chart, category: Category) -> i64 {
    let places = chart
        .entries
        .iter()
        .filter(|other| other.category == category);
    places.map(|other| other.position).max().unwrap_or(0) + 1
}

/// Adds an entry at the end of its part.
///
/// # Errors
/// [`ContactsError::Full`], [`ContactsError::Deputy`], or the store's.
pub async fn add(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    entry: &NewEntry,
    now: Instant,
) -> Result<(), ContactsError> {
    let organization = proof.organization();
    touch(tx, organization).await?;
    let chart = chart_within(tx, organization).await?;
    if chart.entries.len() >= MOST_ENTRIES {
        return Err(ContactsError::Full);
    }
    check_deputy(&chart, entry)?;
    let position = place_at_end(&chart, entry.category);
    tx.execute(
        "INSERT INTO contact_entries (id, organization_id, category, rank, position, deputy_of,
            role, name, department, duty, day_phone, night_phone, email, note, pack_key,
            unverified, revision, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1, $17)",
        params![
            entry.id,
            organization,
            entry.category.code(),
            rank(entry.category),
            position,
            entry.deputy_of,
            &entry.role,
            &entry.name,
            &entry.department,
            &entry.duty,
            &entry.day_phone,
            &entry.night_phone,
            &entry.email,
            &entry.note,
            entry.pack_key.as_deref(),
            entry.unverified,
            now
        ],
    )
    .await?;
    let detail = json!({ "name": entry.name, "category": entry.category.code() });
    let writer = Writer { proof, ids, now };
    Ok(remember(tx, writer, Some(entry.id), "added", &detail).await?)
}

/// Changes an entry. Returns what changed, as in the history; nothing is written where nothing
/// changed.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the entry since `revision`.
pub async fn change(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    revision: i64,
    new: &NewEntry,
    now: Instant,
) -> Result<Json, ContactsError> {
    let organization = proof.organization();
    touch(tx, organization).await?;
    let chart = chart_within(tx, organization).await?;
    let entry = chart.entry(new.id).ok_or(ContactsError::NotFound)?;
    let old = NewEntry::from(entry);
    let position = if old.category == new.category {
        entry.position
    } else {
        place_at_end(&chart, new.category)
    };
    check_deputy(&chart, new)?;
    let changes = changes(&old, new);
    if changes.is_empty() {
        return Ok(Json::Object(changes));
    }
    if chart.deputies_of(new.id).next().is_some() && new.category != Category::Inside {
        return Err(ContactsError::Deputy);
    }
    let touched = tx
        .execute(
            "UPDATE contact_entries SET category = $1, rank = $2, deputy_of = $3, role = $4,
                name = $5, department = $6, duty = $7, day_phone = $8, night_phone = $9,
                email = $10, note = $11, unverified = $12, revision = revision + 1,
                updated_at = $13, position = $17
             WHERE id = $14 AND organization_id = $15 AND revision = $16",
            params![
                new.category.code(),
                rank(new.category),
                new.deputy_of,
                &new.role,
                &new.name,
                &new.department,
                &new.duty,
                &new.day_phone,
                &new.night_phone,
                &new.email,
                &new.note,
                new.unverified,
                now,
                new.id,
                organization,
                revision,
                position
            ],
        )
        .await?;
    if touched != 1 {
        return Err(StoreError::Conflict.into());
    }
    let detail = json!({ "name": new.name, "changes": changes });
    let writer = Writer { proof, ids, now };
    remember(tx, writer, Some(new.id), "changed", &detail).await?;
    Ok(Json::Object(changes))
}

fn changes(old: &NewEntry, new: &NewEntry) -> serde_json::Map<String, Json> {
    let mut changes = serde_json::Map::new();
    let mut compare = |field: &str, old: Json, new: Json| {
        if old != new {
            changes.insert(field.to_owned(), json!({ "old": old, "new": new }));
        }
    };
    compare(
        "category",
        json!(old.category.code()),
        json!(new.category.code()),
    );
    compare("deputy_of", json!(old.deputy_of), json!(new.deputy_of));
    compare("role", json!(old.role), json!(new.role));
    compare("name", json!(old.name), json!(new.name));
    compare("department", json!(old.department), json!(new.department));
    compare("duty", json!(old.duty), json!(new.duty));
    compare("day_phone", json!(old.day_phone), json!(new.day_phone));
    compare(
        "night_phone",
        json!(old.night_phone),
        json!(new.night_phone),
    );
    compare("email", json!(old.email), json!(new.email));
    compare("note", json!(old.note), json!(new.note));
    compare("unverified", json!(old.unverified), json!(new.unverified));
    changes
}

/// Takes an entry out of the chart; its deputies become stations of their own. The history keeps
/// what stood there.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the entry since `revision`.
pub async fn remove(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    id: Uuid,
    revision: i64,
    now: Instant,
) -> Result<(), ContactsError> {
    let organization = proof.organization();
    touch(tx, organization).await?;
    let chart = chart_within(tx, organization).await?;
    let entry = chart.entry(id).ok_or(ContactsError::NotFound)?;
    let removed = tx
        .execute(
            "DELETE FROM contact_entries
             WHERE id = $1 AND organization_id = $2 AND revision = $3",
            params![id, organization, revision],
        )
        .await?;
    if removed != 1 {
        return Err(StoreError::Conflict.into());
    }
    tx.execute(
        "UPDATE contact_entries SET deputy_of = NULL WHERE organization_id = $1 AND deputy_of = $2",
        params![organization, id],
    )
    .await?;
    let detail = json!({ "name": entry.name, "category": entry.category.code(),
                         "entry": snapshot(entry) });
    let writer = Writer { proof, ids, now };
    Ok(remember(tx, writer, Some(id), "removed", &detail).await?)
}

/// Moves an entry before or behind its neighbour of the same part (among deputies: of the same
/// person). Returns whether there was room.
///
/// # Errors
/// [`ContactsError::NotFound`] where the chart has no such entry.
pub async fn shift(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    id: Uuid,
    up: bool,
    now: Instant,
) -> Result<bool, ContactsError> {
    let organization = proof.organization();
    touch(tx, organization).await?;
    let chart = chart_within(tx, organization).await?;
    let entry = chart.entry(id).ok_or(ContactsError::NotFound)?;
    let peers: Vec<&Entry> = chart
        .entries
        .iter()
        .filter(|other| other.category == entry.category && other.deputy_of == entry.deputy_of)
        .collect();
    let place = peers.iter().position(|other| other.id == id).unwrap_or(0);
    let neighbour = if up {
        place.checked_sub(1)
    } else {
        place.checked_add(1)
    };
    let Some(neighbour) = neighbour.and_then(|place| peers.get(place)) else {
        return Ok(false);
    };
    for (moved, position) in [
        (entry.id, neighbour.position),
        (neighbour.id, entry.position),
    ] {
        tx.execute(
            "UPDATE contact_entries SET position = $1 WHERE id = $2 AND organization_id = $3",
            params![position, moved, organization],
        )
        .await?;
    }
    let detail = json!({ "name": entry.name, "up": up });
    let writer = Writer { proof, ids, now };
    remember(tx, writer, Some(id), "moved", &detail).await?;
    Ok(true)
}

fn snapshot(entry: &Entry) -> Json {
    json!({
        "category": entry.category.code(), "role": entry.role, "name": entry.name,
        "department": entry.department, "duty": entry.duty, "day_phone": entry.day_phone,
        "night_phone": entry.night_phone, "email": entry.email, "note": entry.note,
        "deputy_of": entry.deputy_of, "unverified": entry.unverified,
    })
}

/// Records that somebody made sure that the numbers are right, with the chart as it was.
///
/// # Errors
/// [`ContactsError::Gaps`] where it lacks numbers, [`StoreError::Conflict`] where it was changed
/// since it was shown.
pub async fn confirm(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    seen_revision: i64,
    today: Date,
    now: Instant,
) -> Result<(), ContactsError> {
    let organization = proof.organization();
    let chart = chart_within(tx, organization).await?;
    let gaps = chart.gaps();
    if !gaps.is_empty() {
        return Err(ContactsError::Gaps(gaps));
    }
    // The row is touched without a change, so that a change that runs beside this waits.
    let same = tx
        .execute(
            "UPDATE contact_charts SET revision = revision
             WHERE organization_id = $1 AND revision = $2",
            params![organization, seen_revision],
        )
        .await?;
    if same != 1 {
        return Err(StoreError::Conflict.into());
    }
    let entries: Vec<Json> = chart.entries.iter().map(snapshot).collect();
    tx.execute(
        "INSERT INTO contact_confirmations (id, organization_id, fiscal_year, confirmed_at,
            confirmed_by, chart_revision, chart)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            ids.id(),
            organization,
            FiscalYear::of(today).year(),
            now,
            person_of(proof),
            seen_revision,
            &Json::Array(entries)
        ],
    )
    .await?;
    let detail = json!({ "entries": chart.entries.len() });
    let writer = Writer { proof, ids, now };
    Ok(remember(tx, writer, None, "confirmed", &detail).await?)
}
