//! How entries end or go on: taken away, returned, certified, seen.

use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::IdGenerator;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_store::{ComposedSql, Engine, StoreError, Transaction, Value, params, placeholders};

use super::read::SELECT;
use super::write::{ASKED_TOGETHER, Act, EVENT_COLUMNS, hold};
use super::{EntryId, LedgerError, Writes};
use crate::model::{Content, End, Entry, Ledger, State, person_key};

/// Somebody, as they are known by number and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whom {
    /// 職員番号; may be empty.
    pub staff_number: String,
    /// Name; may be empty where there is a number.
    pub name: String,
}

/// Ends an entry: taken away, returned, erased, disposed of, lost, over, written by mistake. One that
/// ended in the same way already is left, so that a form sent twice is harmless.
///
/// `revision` is what was read; `None` where the caller acts on the entry whatever it says.
///
/// # Errors
/// [`LedgerError::CannotEnd`] where an entry of that ledger does not end so, or ended otherwise;
/// [`StoreError::Conflict`] where somebody changed it since `revision`.
pub async fn end<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    id: EntryId,
    revision: Option<i64>,
    end: &End,
    now: Instant,
) -> Result<Entry, LedgerError> {
    let act = Act::of(proof, ids, now);
    let entry = hold(tx, act.organization, id).await?;
    if entry
        .end
        .as_ref()
        .is_some_and(|was| was.ending == end.ending)
    {
        return Ok(entry);
    }
    if !entry.is_open() || !entry.content.ledger().endings().contains(&end.ending) {
        return Err(LedgerError::CannotEnd);
    }
    if revision.is_some_and(|revision| revision != entry.revision) {
        return Err(StoreError::Conflict.into());
    }
    tx.execute_later(
        "UPDATE ledger_entries SET state = $1, ending = $2, ended_on = $3, end_confirmed_by = $4,
            end_note = $5, ended_at = $6, ended_by = $7, revision = revision + 1, updated_at = $6
         WHERE id = $8",
        params![
            end.ending.state().code(),
            end.ending.code(),
            end.on,
            &end.confirmed_by,
            &end.note,
            now,
            act.by,
            id
        ],
    )
    .await?;
    // A superior need not judge what is gone.
    tx.execute_later(
        "UPDATE ledger_campaign_rows SET settled_at = $1
         WHERE entry_id = $2 AND settled_at IS NULL",
        params![now, id],
    )
    .await?;
    let detail = json!({ "ending": end.ending.code(), "on": end.on.to_string(),
        "confirmed_by": end.confirmed_by, "note": end.note });
    act.remember(tx, id, &entry.content, "ended", &detail)
        .await?;
    Ok(entry)
}

/// Says that a permission is to be taken away: a task of the system desk until [`end`] says that it
/// was. An empty reason means that its last day is over.
///
/// # Errors
/// [`LedgerError::CannotEnd`] where it is no permission or ended.
pub async fn take_away<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    id: EntryId,
    reason: &str,
    now: Instant,
) -> Result<(), LedgerError> {
    let act = Act::of(proof, ids, now);
    let entry = hold(tx, act.organization, id).await?;
    if entry.content.ledger() != Ledger::Permissions || !entry.is_open() {
        return Err(LedgerError::CannotEnd);
    }
    if entry.state == State::ToEnd {
        return Ok(());
    }
    mark_to_end(tx, &act, &entry, reason).await
}

async fn mark_to_end(
    tx: &mut Transaction,
    act: &Act<'_>,
    entry: &Entry,
    reason: &str,
) -> Result<(), LedgerError> {
    tx.execute_later(
        "UPDATE ledger_entries SET state = 'to_end', to_end_reason = $1,
            revision = revision + 1, updated_at = $2
         WHERE id = $3",
        params![reason, act.now, entry.id],
    )
    .await?;
    let detail = json!({ "reason": reason });
    Ok(act
        .remember(tx, entry.id, &entry.content, "to_end", &detail)
        .await?)
}

/// Says of every permission of a leaver that it is to be taken away, and gives the entries of which
/// that is so, also those of which it was so before.
///
/// Where a number is given, what carries that number is meant, and what carries the name and no
/// number, as long as the name stands for no other number. By the name alone nothing is done where it
/// stands for several numbers.
///
/// # Errors
/// [`LedgerError::Ambiguous`] where several people are called so.
pub async fn end_permissions_of<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    whom: &Whom,
    reason: &str,
    now: Instant,
) -> Result<Vec<EntryId>, LedgerError> {
    let act = Act::of(proof, ids, now);
    let number = person_key(&whom.staff_number);
    let name = person_key(&whom.name);
    let held = match tx.engine() {
        Engine::Postgres => " FOR UPDATE OF e",
        Engine::Sqlite => "",
    };
    let sql = format!(
        "{SELECT} WHERE e.organization_id = $1 AND e.ledger = 'permissions'
           AND e.state IN ('open', 'to_end')
           AND (($2 <> '' AND e.staff_key = $2)
             OR ($3 <> '' AND e.person_key = $3 AND ($2 = '' OR e.staff_key = ''
               AND NOT EXISTS (SELECT 1 FROM ledger_entries o
                 WHERE o.organization_id = $1 AND o.ledger = 'permissions'
                   AND o.state IN ('open', 'to_end') AND o.person_key = $3
                   AND o.staff_key <> '' AND o.staff_key <> $2))))
         ORDER BY e.id{held}"
    );
    let values = params![act.organization, &number, &name];
    let entries: Vec<Entry> = tx.rows(ComposedSql(sql), values).await?;
    let mut numbers: Vec<String> = entries
        .iter()
        .map(|entry| person_key(entry.content.staff_number()))
        .filter(|number| !number.is_empty())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() > 1 {
        return Err(LedgerError::Ambiguous);
    }
    for entry in entries.iter().filter(|entry| entry.state == State::Open) {
        mark_to_end(tx, &act, entry, reason).await?;
    }
    Ok(entries.into_iter().map(|entry| entry.id).collect())
}

/// Notes that the superior said that a permission is still needed.
///
/// # Errors
/// [`LedgerError::CannotEnd`] where it is none in force; [`StoreError::Conflict`] where somebody
/// changed it since `revision`: what they read is not what would be certified.
pub async fn certify<A: Writes>(
    tx: &mut Transaction,
    proof: &Authorized<A>,
    ids: &dyn IdGenerator,
    id: EntryId,
    revision: i64,
    now: Instant,
) -> Result<(), LedgerError> {
    let act = Act::of(proof, ids, now);
    let entry = hold(tx, act.organization, id).await?;
    if entry.content.ledger() != Ledger::Permissions || entry.state != State::Open {
        return Err(LedgerError::CannotEnd);
    }
    if entry.revision != revision {
        return Err(StoreError::Conflict.into());
    }
    tx.execute_later(
        "UPDATE ledger_entries SET certified_at = $1, certified_by = $2 WHERE id = $3",
        params![now, act.by, id],
    )
    .await?;
    let detail = json!({ "revision": revision });
    act.remember(tx, id, &entry.content, "certified", &detail)
        .await?;
    Ok(())
}

/// Notes of media that somebody made sure on a day that they are there. One that is not in use any
/// more, or was seen on a later day, is left; gives how many were noted.
pub(crate) async fn seen(
    tx: &mut Transaction,
    proof: &Authorized<actions::KeepLedgers>,
    ids: &dyn IdGenerator,
    media: &[Uuid],
    on: Date,
    now: Instant,
) -> Result<usize, LedgerError> {
    let act = Act::of(proof, ids, now);
    let held = match tx.engine() {
        Engine::Postgres => " FOR UPDATE OF e",
        Engine::Sqlite => "",
    };
    let mut noted = 0;
    for part in media.chunks(ASKED_TOGETHER) {
        let mut values = params![act.organization];
        values.extend(part.iter().map(|id| Value::from(*id)));
        let sql = format!(
            "{SELECT} WHERE e.organization_id = $1 AND e.ledger = 'media' AND e.state = 'open'
               AND e.id IN ({}) ORDER BY e.id{held}",
            placeholders(2, part.len())
        );
        let entries: Vec<Entry> = tx.rows(ComposedSql(sql), values).await?;
        let mut events = Vec::new();
        for entry in &entries {
            let Content::Medium(medium) = &entry.content else {
                continue;
            };
            if medium.seen_on.is_some_and(|was| was >= on) {
                continue;
            }
            let mut medium = medium.clone();
            let was = medium.seen_on.replace(on);
            let content = Content::from(medium);
            tx.execute_later(
                "UPDATE ledger_entries SET content = $1, seen_on = $2, revision = revision + 1,
                    updated_at = $3
                 WHERE id = $4",
                params![&Json::Object(content.fields_of()), on, now, entry.id],
            )
            .await?;
            let detail = json!({ "seen_on": [was.map(format_iso), format_iso(on)] });
            events.push(act.event(entry.id, &content, "changed", &detail));
            noted += 1;
        }
        tx.insert_later("ledger_events", EVENT_COLUMNS, events)
            .await?;
    }
    Ok(noted)
}
