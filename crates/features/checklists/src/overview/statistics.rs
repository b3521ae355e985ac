//! Sums over the members of an overseer, made by a job and read as they stand.
//!
//! They hold raw sums; who shows them suppresses groups of fewer than five. Only members that
//! share answers are counted by row: a region that sees their cells one by one could otherwise
//! subtract and learn what the others answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::SizeGroup;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::proof::{CellCounts, CellState, decode_cells};
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_packs::Library;
use yagura_store::{Database, FromRow, Row, StoreError, params, row};

use super::columns::Alignment;

/// The kind of job that makes the sums.
pub const REGION_STATISTICS: &str = "region-statistics";

/// How many rows are read at a time.
const ROWS_AT_A_TIME: i64 = 5_000;
/// For each so many members, the sums of a region rest one second before they are made again.
const MEMBERS_A_SECOND: i64 = 400;

/// Sums over the members of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupStatistics {
    /// The group.
    pub size_group: SizeGroup,
    /// How many members it has.
    pub members: i64,
    /// How many opened their sheet.
    pub opened: i64,
    /// How many completed the first round.
    pub round1_done: i64,
    /// In which month (`2026-11`) how many completed it.
    pub round1_done_by_month: Vec<(String, i64)>,
    /// How many share their answers and have a sheet; only they are counted in what follows,
    /// except in `answered_percent`.
    pub sharing_answers: i64,
    /// For each column, how many are in which state.
    pub items: Vec<CellCounts>,
    /// How many have contradictions.
    pub with_contradictions: i64,
    /// How many had a target date in the past on the day of the computation.
    pub overdue: i64,
    /// All members by answered rows in percent of those to be answered: 101 numbers, for 0 to 100.
    pub answered_percent: Vec<i64>,
    /// Members by verified and documented rows in percent: 101 numbers.
    pub proven_percent: Vec<i64>,
}

impl GroupStatistics {
    fn empty(size_group: SizeGroup, columns: usize) -> Self {
        Self {
            size_group,
            members: 0,
            opened: 0,
            round1_done: 0,
            round1_done_by_month: Vec::new(),
            sharing_answers: 0,
            items: vec![CellCounts::default(); columns],
            with_contradictions: 0,
            overdue: 0,
            answered_percent: vec![0; 101],
            proven_percent: vec![0; 101],
        }
    }

    fn add(&mut self, member: &MemberRow, cells: &[CellState], today: Date) {
        self.members += 1;
        if member.opened_at.is_some() {
            self.opened += 1;
        }
        if let Some(done) = member.round1_done_at {
            self.round1_done += 1;
            let day = done.jst_date();
            let month = format!("{:04}-{:02}", day.year(), u8::from(day.month()));
            match self
                .round1_done_by_month
                .iter_mut()
                .find(|(known, _)| *known == month)
            {
                Some((_, number)) => *number += 1,
                None => self.round1_done_by_month.push((month, 1)),
            }
        }
        // Without any system nothing has to be answered, and everything is.
        let answered = if member.applicable == 0 && member.round1_done_at.is_some() {
            100
        } else {
            percent(member.answered, member.applicable)
        };
        bump(&mut self.answered_percent, answered);
        if member.sheet_id.is_none() || member.sharing < SharingLevel::Answers.rank() {
            return;
        }
        self.sharing_answers += 1;
        for (column, cell) in self.items.iter_mut().zip(cells) {
            column.add(*cell, 1);
        }
        let counts = CellCounts::of(cells);
        if counts.contradiction > 0 {
            self.with_contradictions += 1;
        }
        if member.next_target.is_some_and(|target| target < today) {
            self.overdue += 1;
        }
        if counts.applicable() > 0 {
            let proven = counts.verified + counts.documented;
            bump(
                &mut self.proven_percent,
                percent(proven, counts.applicable()),
            );
        }
    }
}

fn percent(part: i64, whole: i64) -> usize {
    if whole <= 0 {
        return 0;
    }
    usize::try_from((part * 100 / whole).clamp(0, 100)).unwrap_or(0)
}

fn bump(buckets: &mut [i64], bucket: usize) {
    if let Some(number) = buckets.get_mut(bucket) {
        *number += 1;
    }
}

/// Sums over the members of an overseer in a fiscal year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionStatistics {
    /// The fiscal year.
    pub year: FiscalYear,
    /// When they were made.
    pub computed_at: Instant,
    /// One entry for each group that has members, largest first.
    pub groups: Vec<GroupStatistics>,
}

row! {
    struct MemberRow {
        member_id: OrganizationId,
        size_group: String,
        sharing: i64,
        sheet_id: Option<yagura_kernel::id::SheetId>,
        pack_id: Option<String>,
        pack_version: Option<String>,
        cells: String,
        answered: i64,
        applicable: i64,
        next_target: Option<Date>,
        opened_at: Option<Instant>,
        round1_done_at: Option<Instant>,
    }
}

/// Makes the sums of an overseer again. Reads in parts and writes one row for each group.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn refresh_statistics(
    database: &Database,
    packs: &Library,
    overseer: OrganizationId,
    year: FiscalYear,
    now: Instant,
) -> Result<i64, StoreError> {
    let today = now.jst_date();
    let mut alignment = Alignment::of(packs, year);
    let columns = alignment.columns();
    let mut groups: BTreeMap<usize, GroupStatistics> = BTreeMap::new();
    let mut members = 0;
    let mut after = OrganizationId::from(yagura_kernel::id::Uuid::nil());
    loop {
        let rows: Vec<MemberRow> = database
            .rows(
                "SELECT member_id, size_group, sharing, sheet_id, pack_id, pack_version, cells,
                        answered, applicable, next_target, opened_at, round1_done_at
                 FROM overseen_sheets
                 WHERE overseer_id = $1 AND fiscal_year = $2 AND member_id > $3
                 ORDER BY member_id LIMIT $4",
                params![overseer, year.year(), after, ROWS_AT_A_TIME],
            )
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.member_id;
        for member in &rows {
            members += 1;
            let Some(group) = SizeGroup::from_code(&member.size_group) else {
                continue;
            };
            let place = SizeGroup::ALL
                .iter()
                .position(|own| *own == group)
                .unwrap_or_default();
            let cells = match (&member.pack_id, &member.pack_version) {
                (Some(id), Some(version)) if !member.cells.is_empty() => {
                    alignment.align(id, version, decode_cells(&member.cells))
                }
                _ => Vec::new(),
            };
            groups
                .entry(place)
                .or_insert_with(|| GroupStatistics::empty(group, columns))
                .add(member, &cells, today);
        }
    }
    let mut tx = database.begin().await?;
    tx.execute(
        "DELETE FROM region_statistics WHERE overseer_id = $1 AND fiscal_year = $2",
        params![overseer, year.year()],
    )
    .await?;
    let mut rows = Vec::new();
    for group in groups.values_mut() {
        group.round1_done_by_month.sort();
        let figures = serde_json::to_value(&*group)?;
        rows.push(params![
            overseer,
            year.year(),
            group.size_group.code(),
            &figures,
            now
        ]);
    }
    tx.insert_many(
        "region_statistics",
        &[
            "overseer_id",
            "fiscal_year",
            "size_group",
            "figures",
            "computed_at",
        ],
        rows,
    )
    .await?;
    tx.commit().await?;
    Ok(members)
}

struct FiguresRow {
    figures: GroupStatistics,
    computed_at: Instant,
}

impl FromRow for FiguresRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let figures: serde_json::Value = row.get("figures")?;
        Ok(Self {
            figures: serde_json::from_value(figures)?,
            computed_at: row.get("computed_at")?,
        })
    }
}

/// Whether the sums of an overseer may be seen: by itself and by those it oversees.
async fn require(
    database: &Database,
    proof: &Authorized<actions::ReadComparison>,
    overseer: OrganizationId,
    now: Instant,
) -> Result<(), StoreError> {
    if overseer == proof.organization() {
        return Ok(());
    }
    let overseers =
        yagura_store::directory::overseers_of(database, proof.organization(), now.jst_date())
            .await?;
    if overseers.iter().any(|known| known.organization == overseer) {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// The sums of an overseer in a fiscal year, as last made; `None` where they never were.
///
/// # Errors
/// [`StoreError::NotFound`] where the proof is neither the overseer's nor that of one it oversees.
pub async fn region_statistics(
    database: &Database,
    proof: &Authorized<actions::ReadComparison>,
    overseer: OrganizationId,
    year: FiscalYear,
    now: Instant,
) -> Result<Option<RegionStatistics>, StoreError> {
    require(database, proof, overseer, now).await?;
    let rows: Vec<FiguresRow> = database
        .rows(
            "SELECT figures, computed_at FROM region_statistics
             WHERE overseer_id = $1 AND fiscal_year = $2",
            params![overseer, year.year()],
        )
        .await?;
    let Some(computed_at) = rows.iter().map(|row| row.computed_at).max() else {
        return Ok(None);
    };
    let mut groups: Vec<GroupStatistics> = rows.into_iter().map(|row| row.figures).collect();
    groups.sort_by_key(|group| {
        SizeGroup::ALL
            .iter()
            .position(|own| *own == group.size_group)
    });
    Ok(Some(RegionStatistics {
        year,
        computed_at,
        groups,
    }))
}

row! {
    struct YearRow { fiscal_year: i32 }
}

/// The fiscal years for which an overseer has sums, newest first.
///
/// # Errors
/// As [`region_statistics`].
pub async fn statistics_years(
    database: &Database,
    proof: &Authorized<actions::ReadComparison>,
    overseer: OrganizationId,
    now: Instant,
) -> Result<Vec<FiscalYear>, StoreError> {
    require(database, proof, overseer, now).await?;
    let rows: Vec<YearRow> = database
        .rows(
            "SELECT DISTINCT fiscal_year FROM region_statistics WHERE overseer_id = $1
             ORDER BY fiscal_year DESC",
            params![overseer],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| FiscalYear::new(row.fiscal_year).ok())
        .collect())
}

row! {
    struct StaleRow { overseer_id: OrganizationId, members: i64, changed_at: Instant, computed_at: Option<Instant> }
}

/// The overseers whose rows of a fiscal year changed since their sums were made, and whether any of
/// them has to wait because it is large and was summed up a moment ago.
pub(crate) async fn stale_overseers(
    database: &Database,
    year: FiscalYear,
    now: Instant,
) -> Result<(Vec<OrganizationId>, bool), StoreError> {
    let rows: Vec<StaleRow> = database
        .rows(
            "SELECT o.overseer_id, o.members, o.changed_at, s.computed_at
             FROM (SELECT overseer_id, count(*) AS members, max(changed_at) AS changed_at
                   FROM overseen_sheets WHERE fiscal_year = $1 GROUP BY overseer_id) o
             LEFT JOIN (SELECT overseer_id, max(computed_at) AS computed_at
                        FROM region_statistics WHERE fiscal_year = $1 GROUP BY overseer_id) s
               ON s.overseer_id = o.overseer_id
             ORDER BY o.overseer_id",
            params![year.year()],
        )
        .await?;
    let mut stale = Vec::new();
    let mut must_wait = false;
    for row in rows {
        match row.computed_at {
            Some(computed) if computed > row.changed_at => {}
            Some(computed) if now.seconds_since(computed) < row.members / MEMBERS_A_SECOND => {
                must_wait = true;
            }
            _ => stale.push(row.overseer_id),
        }
    }
    Ok((stale, must_wait))
}
