//! Many sheets at once, for the demonstration and for measurements of growth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId, SheetId};
use yagura_kernel::proof::{CellCounts, CellState, encode_cells};
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_packs::Pack;
use yagura_store::{StoreError, Transaction, params};

use super::history;
use super::rows::wrong;
use super::sheets::item_keys;
use crate::model::{
    Answer, ChangeSource, HeaderValues, Outcomes, SheetSubject, judge_sheet, next_target,
    round1_is_done,
};

/// The answer to one row, to be written as it is.
#[derive(Debug, Clone)]
pub struct BulkAnswer {
    /// The row.
    pub item_key: String,
    /// What stands in its cells.
    pub answer: Answer,
    /// Who entered it.
    pub by: Option<PersonId>,
    /// When.
    pub at: Instant,
    /// By which way.
    pub source: ChangeSource,
}

/// A sheet to be written as it is.
#[derive(Debug, Clone)]
pub struct BulkSheet {
    /// Its id.
    pub id: SheetId,
    /// The institution.
    pub owner: OrganizationId,
    /// The fiscal year.
    pub year: FiscalYear,
    /// Which sheet of the form.
    pub subject: SheetSubject,
    /// The edition.
    pub pack: Arc<Pack>,
    /// What stands at its head.
    pub values: HeaderValues,
    /// When it was opened.
    pub opened_at: Instant,
    /// Who opened it.
    pub opened_by: Option<PersonId>,
    /// Its answers.
    pub answers: Vec<BulkAnswer>,
    /// The cells, where they are not to be worked out from the answers: for measurements of growth
    /// that need no answers behind them.
    pub cells: Option<Vec<CellState>>,
}

/// How many sheets are written together.
const SHEETS_IN_A_BATCH: usize = 500;

const SHEET_COLUMNS: &[&str] = &[
    "id",
    "owner_id",
    "fiscal_year",
    "kind",
    "vendor_id",
    "pack_id",
    "pack_version",
    "item_keys",
    "gate",
    "gate_on",
    "vendor_contract",
    "vendor_contract_on",
    "confirmed_on",
    "header_version",
    "revision",
    "cells",
    "verified",
    "documented",
    "declared",
    "no_count",
    "contradiction",
    "unanswered",
    "not_applicable",
    "urgency",
    "next_target",
    "opened_at",
    "opened_by",
    "changed_at",
    "round1_done_at",
];

const ANSWER_COLUMNS: &[&str] = &[
    "sheet_id",
    "item_key",
    "version",
    "first_answer",
    "first_on",
    "first_by",
    "target_on",
    "second_answer",
    "second_on",
    "second_by",
    "remark",
    "changed_at",
    "changed_by",
];

/// Writes sheets with their answers and a history entry for each answer. Neither the rules nor
/// anybody's permission is asked: only for what the program itself made. Evidence, measurements
/// and projections are not looked at: afterwards call [`super::recompute_sheets`] and
/// [`crate::overview::rebuild_overseer`].
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert_sheets(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    sheets: impl IntoIterator<Item = BulkSheet>,
) -> Result<u64, StoreError> {
    let mut written = 0;
    let mut sheets = sheets.into_iter();
    loop {
        let batch: Vec<BulkSheet> = sheets.by_ref().take(SHEETS_IN_A_BATCH).collect();
        if batch.is_empty() {
            return Ok(written);
        }
        let mut sheet_rows = Vec::with_capacity(batch.len());
        let mut answer_rows = Vec::new();
        let mut history_rows = Vec::new();
        for sheet in &batch {
            sheet_rows.push(sheet_row(sheet)?);
            for bulk in &sheet.answers {
                let answer = &bulk.answer;
                answer_rows.push(params![
                    sheet.id,
                    &bulk.item_key,
                    1_i64,
                    answer.first.map(|round| round.answer.is_yes()),
                    answer.first.map(|round| round.on),
                    answer.first.and(bulk.by),
                    answer.target,
                    answer.second.map(|round| round.answer.is_yes()),
                    answer.second.map(|round| round.on),
                    answer.second.and(bulk.by),
                    &answer.remark,
                    bulk.at,
                    bulk.by
                ]);
                history_rows.push(params![
                    ids.id(),
                    sheet.id,
                    &bulk.item_key,
                    bulk.at,
                    bulk.by,
                    sheet.subject.vendor().unwrap_or(sheet.owner),
                    "{}",
                    &serde_json::to_value(answer)?,
                    &serde_json::to_value(&bulk.source)?
                ]);
            }
        }
        written += tx.insert_many("sheets", SHEET_COLUMNS, sheet_rows).await?;
        tx.insert_many("answers", ANSWER_COLUMNS, answer_rows)
            .await?;
        tx.insert_many("answer_history", history::COLUMNS, history_rows)
            .await?;
    }
}

fn sheet_row(sheet: &BulkSheet) -> Result<yagura_store::Params, StoreError> {
    let checklist = sheet
        .pack
        .checklist()
        .ok_or_else(|| wrong("pack_id", "not a checklist"))?;
    let answers: BTreeMap<&str, &Answer> = sheet
        .answers
        .iter()
        .map(|bulk| (bulk.item_key.as_str(), &bulk.answer))
        .collect();
    let cells = sheet.cells.clone().unwrap_or_else(|| {
        judge_sheet(
            checklist,
            &sheet.values,
            &answers,
            &BTreeSet::new(),
            &Outcomes::new(),
        )
    });
    let counts = CellCounts::of(&cells);
    let changed_at = sheet
        .answers
        .iter()
        .map(|bulk| bulk.at)
        .max()
        .unwrap_or(sheet.opened_at);
    // A row with a second round was entered for the first time before that.
    let first_round = sheet
        .answers
        .iter()
        .filter(|bulk| bulk.answer.second.is_none());
    let first_round_ended = first_round.map(|bulk| bulk.at).max().unwrap_or(changed_at);
    let done = round1_is_done(checklist, &sheet.values, &counts).then_some(first_round_ended);
    // A revision above 0 says that something was entered, so that opening does not move the sheet
    // to another edition.
    let touched = !sheet.answers.is_empty() || sheet.cells.is_some();
    Ok(params![
        sheet.id,
        sheet.owner,
        sheet.year.year(),
        sheet.subject.code(),
        sheet.subject.vendor_column(),
        &sheet.pack.id,
        sheet.pack.version.to_string(),
        item_keys(&sheet.pack),
        sheet.values.gate.map(|round| round.answer.is_yes()),
        sheet.values.gate.map(|round| round.on),
        sheet
            .values
            .vendor_contract
            .map(|round| round.answer.is_yes()),
        sheet.values.vendor_contract.map(|round| round.on),
        sheet.values.confirmed_on,
        0_i64,
        i64::from(touched || sheet.values != HeaderValues::default()),
        encode_cells(&cells),
        counts.verified,
        counts.documented,
        counts.declared,
        counts.no,
        counts.contradiction,
        counts.unanswered,
        counts.not_applicable,
        counts.urgency(),
        next_target(checklist, &sheet.values, &answers),
        sheet.opened_at,
        sheet.opened_by,
        changed_at,
        done
    ])
}
