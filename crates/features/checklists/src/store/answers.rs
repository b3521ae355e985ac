//! Saving answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yagura_kernel::id::{IdGenerator, PersonId, SheetId};
use yagura_kernel::proof::{CellCounts, CellState, encode_cells};
use yagura_kernel::time::{Date, Instant};
use yagura_packs::{Library, Pack};
use yagura_store::{Database, StoreError, Transaction, params};

use super::rows::{
    ANSWERS, ANSWERS_WITH_NAMES, SheetContent, SheetHeader, StoredAnswer, bare, by_key, wrong,
};
use super::{Author, Source, WriteProof, evidenced, history, probes};
use crate::model::{
    Answer, AnswerInput, AnswerProblem, ChangeSource, Outcomes, Round, Terms, applicability,
    check_answer, judge_sheet, keep_measured, next_target, round1_is_done,
};
use crate::overview;

/// What somebody wants a row to say.
#[derive(Debug, Clone)]
pub struct AnswerChange {
    /// The row.
    pub item_key: String,
    /// The version that they had before their eyes; 0 for an untouched row.
    pub expected_version: i64,
    /// What was entered.
    pub input: AnswerInput,
    /// By which way.
    pub source: ChangeSource,
}

/// A row that somebody else has changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The row.
    pub item_key: String,
    /// What it says now, and who says so.
    pub theirs: StoredAnswer,
}

/// What is wrong with the entry for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemProblem {
    /// The row.
    pub item_key: String,
    /// What is wrong.
    pub problem: AnswerProblem,
}

/// Why answers were not saved. Nothing of a save with several rows is kept then.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The rules of the sheet do not allow it.
    #[error("{} entries are against the rules of the sheet", .0.len())]
    Refused(Vec<ItemProblem>),
    /// Somebody else was first.
    #[error("{} rows were changed by somebody else meanwhile", .0.len())]
    Conflict(Vec<Conflict>),
    /// The store failed, or there is no such sheet for the proof.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A row that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedItem {
    /// The row.
    pub item_key: String,
    /// Its new version; the old one where nothing changed.
    pub version: i64,
    /// What it said before.
    pub before: Answer,
    /// What it says now.
    pub after: Answer,
    /// The state in which it now is.
    pub state: CellState,
    /// Whether anything changed.
    pub changed: bool,
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The sheet as it now is.
    pub header: SheetHeader,
    /// The rows, in the order in which they were given.
    pub items: Vec<SavedItem>,
}

impl Saved {
    /// Whether anything changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.items.iter().any(|item| item.changed)
    }

    /// What the audit log keeps: rows and versions. What was answered stands in the history.
    #[must_use]
    pub fn audit_detail(&self) -> serde_json::Value {
        let items: serde_json::Map<String, serde_json::Value> = self
            .items
            .iter()
            .filter(|item| item.changed)
            .map(|item| (item.item_key.clone(), item.version.into()))
            .collect();
        serde_json::json!({ "items": items })
    }
}

/// Everything on which the cells of a sheet depend.
pub(super) struct Base {
    pub(super) header: SheetHeader,
    pub(super) pack: Arc<Pack>,
    pub(super) answers: BTreeMap<String, StoredAnswer>,
    pub(super) evidenced: BTreeSet<String>,
    pub(super) outcomes: Outcomes,
}

impl Base {
    pub(super) async fn read(
        source: &mut Source<'_>,
        packs: &Library,
        proof: WriteProof<'_>,
        sheet: SheetId,
        now: Instant,
    ) -> Result<Self, StoreError> {
        let header: SheetHeader = source
            .one("SELECT * FROM sheets WHERE id = $1", params![sheet])
            .await?;
        let pack = header.pack(packs)?;
        let answers = by_key(source.rows(ANSWERS, params![sheet]).await?);
        Self::complete(
            source,
            proof,
            SheetContent {
                header,
                pack,
                answers,
            },
            now,
        )
        .await
    }

    /// Adds to a sheet that was read what else its cells depend on.
    async fn complete(
        source: &mut Source<'_>,
        proof: WriteProof<'_>,
        content: SheetContent,
        now: Instant,
    ) -> Result<Self, StoreError> {
        let SheetContent {
            header,
            pack,
            answers,
        } = content;
        proof.require(header.owner, header.subject)?;
        let evidenced = evidenced(source, proof, header.id, header.judged_on(now)).await?;
        let outcomes = probes::deciding_outcomes(source, &header, now).await?;
        Ok(Self {
            header,
            pack,
            answers,
            evidenced,
            outcomes,
        })
    }

    /// The summary of the sheet with these answers.
    pub(super) fn summarise(
        &self,
        values: crate::model::HeaderValues,
        answers: &BTreeMap<&str, &Answer>,
        now: Instant,
    ) -> Result<SheetHeader, StoreError> {
        let checklist = self
            .pack
            .checklist()
            .ok_or_else(|| wrong("pack_id", "not a checklist"))?;
        let mut cells = judge_sheet(checklist, &values, answers, &self.evidenced, &self.outcomes);
        if self.header.is_of_past_year(now) {
            keep_measured(&self.header.cells, &mut cells);
        }
        let counts = CellCounts::of(&cells);
        let done = round1_is_done(checklist, &values, &counts);
        Ok(SheetHeader {
            values,
            next_target: next_target(checklist, &values, answers),
            round1_done_at: done.then(|| self.header.round1_done_at.unwrap_or(now)),
            cells,
            counts,
            ..self.header.clone()
        })
    }
}

/// Writes the summary of a sheet and moves it on by one revision. Returns whether the sheet still
/// was at `base`'s revision; if not, nothing was written.
pub(super) async fn write_summary(
    tx: &mut Transaction,
    header: &mut SheetHeader,
    now: Instant,
) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "UPDATE sheets SET revision = revision + 1, cells = $1, verified = $2, documented = $3,
                declared = $4, no_count = $5, contradiction = $6, unanswered = $7,
                not_applicable = $8, urgency = $9, next_target = $10, round1_done_at = $11,
                changed_at = $12
             WHERE id = $13 AND revision = $14",
            params![
                encode_cells(&header.cells),
                header.counts.verified,
                header.counts.documented,
                header.counts.declared,
                header.counts.no,
                header.counts.contradiction,
                header.counts.unanswered,
                header.counts.not_applicable,
                header.counts.urgency(),
                header.next_target,
                header.round1_done_at,
                now,
                header.id,
                header.revision
            ],
        )
        .await?;
    if touched == 1 {
        header.revision += 1;
        header.changed_at = now;
    }
    Ok(touched == 1)
}

/// Takes a sheet, so that nobody else changes it until the transaction ends.
pub(super) async fn hold(tx: &mut Transaction, sheet: SheetId) -> Result<(), StoreError> {
    // On SQLite the transaction is the only writer anyway.
    if tx.engine() == yagura_store::Engine::Postgres {
        tx.execute(
            "SELECT id FROM sheets WHERE id = $1 FOR UPDATE",
            params![sheet],
        )
        .await?;
    }
    Ok(())
}

struct PlannedAnswer {
    place: usize,
    version: i64,
    before: Answer,
    after: Answer,
    first_by: Option<PersonId>,
    second_by: Option<PersonId>,
}

struct Plan {
    header: SheetHeader,
    items: Vec<SavedItem>,
    writes: Vec<PlannedAnswer>,
}

fn plan(
    base: &Base,
    changes: &[AnswerChange],
    author: Author,
    today: Date,
    now: Instant,
) -> Result<Plan, SaveError> {
    let checklist = base
        .pack
        .checklist()
        .ok_or_else(|| wrong("pack_id", "not a checklist"))?;
    let terms = Terms {
        year: base.header.year,
        rules: &checklist.rules,
        today,
    };
    let mut problems = Vec::new();
    let mut conflicts = Vec::new();
    let mut writes = Vec::new();
    let mut items = Vec::with_capacity(changes.len());
    let mut next = base.answers.clone();
    for (place, change) in changes.iter().enumerate() {
        let item_key = change.item_key.clone();
        let mut refuse = |problem| {
            problems.push(ItemProblem {
                item_key: change.item_key.clone(),
                problem,
            });
        };
        let Some(item) = checklist.item(&change.item_key) else {
            refuse(AnswerProblem::UnknownItem { key: item_key });
            continue;
        };
        let stored = next
            .get(&item.key)
            .cloned()
            .unwrap_or_else(|| StoredAnswer::untouched(&item.key));
        let input = change.input.clone().without_stale_target(&stored.answer);
        let applies = applicability(item, &base.header.values);
        let after = match check_answer(&input, applies, terms) {
            Ok(after) => after,
            Err(found) => {
                found.into_iter().for_each(refuse);
                continue;
            }
        };
        let before = stored.answer.clone();
        let changed = after != before;
        // Who sends the same form twice has not been overtaken by himself.
        if changed && stored.version != change.expected_version {
            conflicts.push(Conflict {
                item_key,
                theirs: stored,
            });
            continue;
        }
        let version = if changed {
            stored.version + 1
        } else {
            stored.version
        };
        if changed {
            let by = |old: Option<Round>, new: Option<Round>, old_by| match new {
                None => None,
                _ if old == new => old_by,
                Some(_) => author.person,
            };
            writes.push(PlannedAnswer {
                place,
                version,
                before: before.clone(),
                after: after.clone(),
                first_by: by(before.first, after.first, stored.first_by),
                second_by: by(before.second, after.second, stored.second_by),
            });
            next.insert(
                item.key.clone(),
                StoredAnswer {
                    version,
                    answer: after.clone(),
                    ..stored
                },
            );
        }
        items.push(SavedItem {
            item_key,
            version,
            before,
            after,
            state: CellState::Unanswered,
            changed,
        });
    }
    if !problems.is_empty() {
        return Err(SaveError::Refused(problems));
    }
    if !conflicts.is_empty() {
        return Err(SaveError::Conflict(conflicts));
    }
    let header = base.summarise(base.header.values, &bare(&next), now)?;
    for item in &mut items {
        let place = base.pack.items().position(|own| own.key == item.item_key);
        if let Some(state) = place.and_then(|place| header.cells.get(place)) {
            item.state = *state;
        }
    }
    Ok(Plan {
        header,
        items,
        writes,
    })
}

/// Saves the answers of one or several rows: all of them or none.
///
/// Returns the open transaction, in which the caller audits what was done and which the caller
/// commits. Saving what already stands changes nothing and is no error, whatever version is
/// expected, so that a form sent twice is harmless.
///
/// # Errors
/// [`SaveError`].
pub async fn save_answers(
    database: &Database,
    packs: &Library,
    ids: &dyn IdGenerator,
    proof: WriteProof<'_>,
    sheet: SheetId,
    changes: &[AnswerChange],
    now: Instant,
) -> Result<(Transaction, Saved), SaveError> {
    let base = Base::read(&mut Source::Database(database), packs, proof, sheet, now).await?;
    save_on(database, packs, ids, proof, base, changes, now).await
}

/// [`save_answers`] on a sheet that the caller has just read, with every remark on it. Should it
/// have changed since, it is read again.
///
/// # Errors
/// [`SaveError`].
pub async fn save_answers_on(
    database: &Database,
    packs: &Library,
    ids: &dyn IdGenerator,
    proof: WriteProof<'_>,
    content: &SheetContent,
    changes: &[AnswerChange],
    now: Instant,
) -> Result<(Transaction, Saved), SaveError> {
    let source = &mut Source::Database(database);
    let base = Base::complete(source, proof, content.clone(), now).await?;
    save_on(database, packs, ids, proof, base, changes, now).await
}

async fn save_on(
    database: &Database,
    packs: &Library,
    ids: &dyn IdGenerator,
    proof: WriteProof<'_>,
    base: Base,
    changes: &[AnswerChange],
    now: Instant,
) -> Result<(Transaction, Saved), SaveError> {
    let author = Author::of(proof.principal());
    let today = now.jst_date();
    let sheet = base.header.id;
    let planned = match plan(&base, changes, author, today, now) {
        Ok(planned) => planned,
        Err(error) => return Err(with_names(database, sheet, error).await),
    };
    let mut tx = database.begin().await?;
    if let Some(saved) = apply(&mut tx, ids, author, changes, planned, now).await? {
        return Ok((tx, saved));
    }
    // Somebody saved on this sheet meanwhile. Once more, and now nobody else can.
    hold(&mut tx, sheet).await?;
    let base = Base::read(&mut Source::Transaction(&mut tx), packs, proof, sheet, now).await?;
    let planned = match plan(&base, changes, author, today, now) {
        Ok(planned) => planned,
        Err(SaveError::Conflict(mut conflicts)) => {
            name(
                &mut conflicts,
                tx.rows(ANSWERS_WITH_NAMES, params![sheet]).await?,
            );
            return Err(SaveError::Conflict(conflicts));
        }
        Err(error) => return Err(error),
    };
    match apply(&mut tx, ids, author, changes, planned, now).await? {
        Some(saved) => Ok((tx, saved)),
        None => Err(StoreError::Conflict.into()),
    }
}

/// Adds to conflicts the names of those who were first.
async fn with_names(database: &Database, sheet: SheetId, error: SaveError) -> SaveError {
    let SaveError::Conflict(mut conflicts) = error else {
        return error;
    };
    match database.rows(ANSWERS_WITH_NAMES, params![sheet]).await {
        Ok(rows) => {
            name(&mut conflicts, rows);
            SaveError::Conflict(conflicts)
        }
        Err(error) => error.into(),
    }
}

fn name(conflicts: &mut [Conflict], rows: Vec<StoredAnswer>) {
    let mut rows = by_key(rows);
    for conflict in conflicts {
        if let Some(row) = rows.remove(&conflict.item_key) {
            conflict.theirs = row;
        }
    }
}

async fn apply(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    author: Author,
    changes: &[AnswerChange],
    plan: Plan,
    now: Instant,
) -> Result<Option<Saved>, StoreError> {
    let Plan {
        mut header,
        items,
        writes,
    } = plan;
    if writes.is_empty() {
        return Ok(Some(Saved { header, items }));
    }
    if !write_summary(tx, &mut header, now).await? {
        return Ok(None);
    }
    for write in &writes {
        let Some(change) = changes.get(write.place) else {
            continue;
        };
        write_answer(tx, header.id, change, write, author, now).await?;
    }
    let entries = writes.iter().filter_map(|write| {
        let change = changes.get(write.place)?;
        Some(history::Entry {
            item_key: &change.item_key,
            before: serde_json::to_value(&write.before).ok()?,
            after: serde_json::to_value(&write.after).ok()?,
            source: &change.source,
        })
    });
    history::append(tx, ids, header.id, author, entries, now).await?;
    overview::project(tx, ids, &header, now).await?;
    Ok(Some(Saved { header, items }))
}

async fn write_answer(
    tx: &mut Transaction,
    sheet: SheetId,
    change: &AnswerChange,
    write: &PlannedAnswer,
    author: Author,
    now: Instant,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "INSERT INTO answers (sheet_id, item_key, version, first_answer, first_on, first_by,
                target_on, second_answer, second_on, second_by, remark, changed_at, changed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (sheet_id, item_key) DO UPDATE SET version = excluded.version,
                first_answer = excluded.first_answer, first_on = excluded.first_on,
                first_by = excluded.first_by, target_on = excluded.target_on,
                second_answer = excluded.second_answer, second_on = excluded.second_on,
                second_by = excluded.second_by, remark = excluded.remark,
                changed_at = excluded.changed_at, changed_by = excluded.changed_by
             WHERE answers.version = excluded.version - 1",
            params![
                sheet,
                &change.item_key,
                write.version,
                write.after.first.map(|round| round.answer.is_yes()),
                write.after.first.map(|round| round.on),
                write.first_by,
                write.after.target,
                write.after.second.map(|round| round.answer.is_yes()),
                write.after.second.map(|round| round.on),
                write.second_by,
                &write.after.remark,
                now,
                author.person
            ],
        )
        .await?;
    // The revision of the sheet guards every row; this would be a fault of the program.
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}
