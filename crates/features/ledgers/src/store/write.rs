//! Writing and changing entries: each act counts up the entry's revision and is kept in its history.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{ActionType, Authorized};
use yagura_kernel::time::Instant;
use yagura_store::{
    ComposedSql, Engine, Params, StoreError, Transaction, Value, params, placeholders, row,
};

use super::read::SELECT;
use super::{EntryId, LedgerError, Writes, person_of};
use crate::model::{Content, Entry, Ledger, MOST_ENTRIES, Source, State, changes, person_key};

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The entry's revision afterwards.
    pub revision: i64,
    /// What changed, by field; empty where nothing did.
    pub changed: Map<String, Json>,
}

/// Who does something, where and when.
pub(super) struct Act<'a> {
    pub(super) ids: &'a dyn IdGenerator,
    pub(super) organization: OrganizationId,
    pub(super) by: Option<PersonId>,
    pub(super) now: Instant,
}

impl<'a> Act<'a> {
    pub(super) fn of<A: ActionType>(
        proof: &Authorized<A>,
        ids: &'a dyn IdGenerator,
        now: Instant,
    ) -> Self {
        Self {
            ids,
            organization: proof.organization(),
            by: person_of(proof),
            now,
        }
    }

    pub(super) fn event(
        &self,
        entry: EntryId,
        content: &Content,
        event: &str,
        detail: &Json,
    ) -> Params {
        params![
            self.ids.id(),
            self.organization,
            entry,
            content.ledger().code(),
            content.name(),
            self.now,
            self.by,
            event,
            detail
        ]
    }

    pub(super) async fn remember(
        &self,
        tx: &mut Transaction,
        entry: EntryId,
        content: &Content,
        event: &str,
        detail: &Json,
    ) -> Result<(), StoreError> {
        let row = self.event(entry, content, event, detail);
        tx.insert_later("ledger_events", EVENT_COLUMNS, vec![row])
            .await
    }
}

pub(super) const EVENT_COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "entry_id",
    "ledger",
    "name",
    "at",
    "by_person",
    "event",
    "detail",
];

const ENTRY_COLUMNS: &[&str] = &[
    "id",
    "organization_id",
    "ledger",
    "name",
    "sort_key",
    "search_key",
    "person_key",
    "staff_key",
    "department",
    "system_id",
    "system_name",
    "account",
    "medium_id",
    "privileged",
    "permitted",
    "starts_on",
    "ends_on",
    "seen_on",
    "content",
    "state",
    "to_end_reason",
    "end_confirmed_by",
    "end_note",
    "source",
    "request_id",
    "request_number",
    "opened_at",
    "opened_by",
    "revision",
    "updated_at",
];

fn entry_row(act: &Act<'_>, id: EntryId, content: &Content, source: &Source) -> Params {
    let (request, number) = match source {
        Source::Request { id, number } => (Some(*id), number.as_str()),
        Source::ByHand | Source::Import => (None, ""),
    };
    params![
        id,
        act.organization,
        content.ledger().code(),
        content.name(),
        content.sort_key(),
        content.search_text(),
        person_key(content.person()),
        person_key(content.staff_number()),
        content.department(),
        content.system(),
        content.system_name(),
        content.account(),
        content.medium(),
        content.is_privileged(),
        content.is_permitted_by_paper() || matches!(source, Source::Request { .. }),
        content.starts_on(),
        content.until(),
        content.seen_on(),
        &Json::Object(content.fields_of()),
        State::Open.code(),
        "",
        "",
        "",
        source.code(),
        request,
        number,
        act.now,
        act.by,
        1_i64,
        act.now
    ]
}

row! {
    struct IdRow { id: Uuid }
}

/// How many ids one statement asks for.
pub(super) const ASKED_TOGETHER: usize = 500;

/// What is referred to is the institution's own; the names of systems are noted in the contents.
async fn check_references(
    tx: &mut Transaction,
    organization: OrganizationId,
    contents: &mut [Content],
    before: Option<&Content>,
) -> Result<(), LedgerError> {
    // What was written when the system stood in the register stays true when it does not any more.
    let was = before.and_then(Content::system);
    let distinct = |ids: Vec<Uuid>| {
        let mut ids = ids;
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let systems = contents.iter().filter_map(Content::system);
    let systems = distinct(systems.collect());
    let mut known = Vec::new();
    for part in systems.chunks(ASKED_TOGETHER) {
        known.extend(yagura_inventory::kept_systems(tx, organization, part).await?);
    }
    for content in contents.iter_mut() {
        let Some(system) = content.system() else {
            continue;
        };
        match known.iter().find(|named| named.id == system) {
            Some(named) => content.set_system_name(&named.name),
            None if was == Some(system) => {
                content.set_system_name(before.map(Content::system_name).unwrap_or_default());
            }
            None => return Err(LedgerError::Reference("system")),
        }
    }
    let superiors = contents.iter().filter_map(Content::superior);
    let superiors = distinct(superiors.map(PersonId::uuid).collect());
    let sql = "SELECT DISTINCT person_id AS id FROM assignments
         WHERE organization_id = $1 AND person_id IN";
    all_there(tx, organization, sql, &superiors, "superior").await?;
    let media = distinct(contents.iter().filter_map(Content::medium).collect());
    let sql = "SELECT id FROM ledger_entries
         WHERE organization_id = $1 AND ledger = 'media' AND id IN";
    all_there(tx, organization, sql, &media, "medium").await
}

async fn all_there(
    tx: &mut Transaction,
    organization: OrganizationId,
    sql: &str,
    ids: &[Uuid],
    field: &'static str,
) -> Result<(), LedgerError> {
    for part in ids.chunks(ASKED_TOGETHER) {
        let mut values = params![organization];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let sql = format!("{sql} ({})", placeholders(2, part.len()));
        let found: Vec<IdRow> = tx.rows(ComposedSql(sql), values).await?;
        if part.iter().any(|id| found.iter().all(|row| row.id != *id)) {
            return Err(LedgerError::Reference(field));
        }
    }
    Ok(())
}

async fn check_room(
    tx: &mut Transaction,
    organization: OrganizationId,
    ledger: Ledger,
    more: usize,
) -> Result<(), LedgerError> {
    let kept = tx
        .count(
            "SELECT count(*) AS n FROM ledger_entries WHERE organization_id = $1 AND ledger = $2",
            params![organization, ledger.code()],
        )
        .await?;
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    if kept.saturating_add(more) > MOST_ENTRIES {
        return Err(LedgerError::Full);
    }
    Ok(())
}

/// Writes an entry, in the caller's transaction. The caller says [`yagura_web::App::records_changed`]
/// with `Records::Ledgers` once, and puts its own act into the audit log.
///
/// A [`Content`] is checked where it is read ([`Content::of_typed`], [`Content::from_fields`]); what
/// is built otherwise must be free of [`Content::contradictions`].
///
/// # Errors
/// [`LedgerError::Full`], [`LedgerError::Reference`], or the store's.
pub async fn open<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    content: Content,
    source: &Source,
    now: Instant,
) -> Result<EntryId, LedgerError> {
    let opened = open_many(tx, proof, ids, vec![content], source, now).await?;
    opened.first().copied().ok_or(LedgerError::NotFound)
}

/// Writes many entries of one ledger, in few statements; the ids come in their order.
///
/// # Errors
/// As [`open`].
pub async fn open_many<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    mut contents: Vec<Content>,
    source: &Source,
    now: Instant,
) -> Result<Vec<EntryId>, LedgerError> {
    let Some(ledger) = contents.first().map(Content::ledger) else {
        return Ok(Vec::new());
    };
    let act = Act::of(proof, ids, now);
    check_room(tx, act.organization, ledger, contents.len()).await?;
    check_references(tx, act.organization, &mut contents, None).await?;
    let opened: Vec<EntryId> = contents.iter().map(|_| ids.id()).collect();
    let detail = match source {
        Source::Request { id, number } => {
            json!({ "source": source.code(), "request": id, "number": number })
        }
        Source::ByHand | Source::Import => json!({ "source": source.code() }),
    };
    let both = || opened.iter().zip(&contents);
    let rows: Vec<Params> = both()
        .map(|(id, content)| entry_row(&act, *id, content, source))
        .collect();
    let events: Vec<Params> = both()
        .map(|(id, content)| act.event(*id, content, "opened", &detail))
        .collect();
    tx.insert_later("ledger_entries", ENTRY_COLUMNS, rows)
        .await?;
    tx.insert_later("ledger_events", EVENT_COLUMNS, events)
        .await?;
    Ok(opened)
}

/// An entry as it stands, so that nobody else changes it until the transaction ends.
pub(super) async fn hold(
    tx: &mut Transaction,
    organization: OrganizationId,
    id: EntryId,
) -> Result<Entry, LedgerError> {
    if tx.engine() == Engine::Postgres {
        tx.execute(
            "SELECT id FROM ledger_entries WHERE id = $1 FOR UPDATE",
            params![id],
        )
        .await?;
    }
    let sql = format!("{SELECT} WHERE e.id = $1 AND e.organization_id = $2");
    let found: Option<Entry> = tx
        .optional(ComposedSql(sql), params![id, organization])
        .await?;
    found.ok_or(LedgerError::NotFound)
}

/// Changes an entry that has not ended. Nothing is written where nothing changes, whatever revision
/// is expected, so that a form sent twice is harmless.
///
/// A permission that was to be taken away because its last day was over runs again where it is given
/// a later one.
///
/// # Errors
/// [`StoreError::Conflict`] where somebody changed the entry since `revision`;
/// [`LedgerError::CannotEnd`] where it ended; [`LedgerError::Reference`].
pub async fn change<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    id: EntryId,
    revision: i64,
    content: Content,
    now: Instant,
) -> Result<Written, LedgerError> {
    let act = Act::of(proof, ids, now);
    let entry = hold(tx, act.organization, id).await?;
    if entry.content.ledger() != content.ledger() {
        return Err(LedgerError::NotFound);
    }
    let mut contents = [content];
    check_references(tx, act.organization, &mut contents, Some(&entry.content)).await?;
    let [content] = contents;
    let changed = changes(&entry.content, &content);
    if changed.is_empty() {
        return Ok(Written {
            revision: entry.revision,
            changed,
        });
    }
    if entry.revision != revision {
        return Err(StoreError::Conflict.into());
    }
    if !entry.is_open() {
        return Err(LedgerError::CannotEnd);
    }
    let runs_again = entry.state == State::ToEnd
        && entry.to_end_reason.is_empty()
        && content.until().is_none_or(|until| until >= now.jst_date());
    let state = if runs_again { State::Open } else { entry.state };
    tx.execute_later(
        "UPDATE ledger_entries SET name = $1, sort_key = $2, search_key = $3, person_key = $4,
            staff_key = $5, department = $6, system_id = $7, system_name = $8, account = $9,
            medium_id = $10, privileged = $11, permitted = $12, starts_on = $13, ends_on = $14,
            content = $15, state = $16, revision = revision + 1, updated_at = $17,
            told_at = CASE WHEN ends_on = $14 THEN told_at ELSE NULL END, seen_on = $18
         WHERE id = $19",
        params![
            content.name(),
            content.sort_key(),
            content.search_text(),
            person_key(content.person()),
            person_key(content.staff_number()),
            content.department(),
            content.system(),
            content.system_name(),
            content.account(),
            content.medium(),
            content.is_privileged(),
            content.is_permitted_by_paper() || matches!(entry.source, Source::Request { .. }),
            content.starts_on(),
            content.until(),
            &Json::Object(content.fields_of()),
            state.code(),
            now,
            content.seen_on(),
            id
        ],
    )
    .await?;
    // What a superior wanted changed is changed: their word now counts for what stands here.
    tx.execute_later(
        "UPDATE ledger_entries SET certified_at = (
                SELECT max(decided_at) FROM ledger_campaign_rows
                WHERE entry_id = $1 AND verdict = 'change' AND settled_at IS NULL)
         WHERE id = $1 AND EXISTS (
                SELECT 1 FROM ledger_campaign_rows
                WHERE entry_id = $1 AND verdict = 'change' AND settled_at IS NULL)",
        params![id],
    )
    .await?;
    tx.execute_later(
        "UPDATE ledger_campaign_rows SET settled_at = $1
         WHERE entry_id = $2 AND verdict = 'change' AND settled_at IS NULL",
        params![now, id],
    )
    .await?;
    let detail = Json::Object(changed.clone());
    act.remember(tx, id, &content, "changed", &detail).await?;
    Ok(Written {
        revision: revision + 1,
        changed,
    })
}
