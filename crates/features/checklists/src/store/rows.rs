//! Sheets and answers as they are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use yagura_kernel::id::{OrganizationId, PersonId, SheetId, Uuid};
use yagura_kernel::proof::{CellCounts, CellState, decode_cells};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_packs::{Checklist, Library, Pack, PackVersion};
use yagura_store::{FromRow, Row, StoreError};

use crate::model::{Answer, HeaderValues, Round, SheetSubject, YesNo};

/// A sheet without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetHeader {
    /// Its id.
    pub id: SheetId,
    /// The institution that it is about; of a vendor's sheet too.
    pub owner: OrganizationId,
    /// Its fiscal year.
    pub year: FiscalYear,
    /// Which sheet of the form it is.
    pub subject: SheetSubject,
    /// The edition by which it is filled in.
    pub pack_id: String,
    /// The version of the edition.
    pub pack_version: PackVersion,
    /// What stands at its head.
    pub values: HeaderValues,
    /// Counts changes of the head, so that the second of two writers is told.
    pub header_version: i64,
    /// Counts changes of anything on the sheet.
    pub revision: i64,
    /// The state of every row, in the order of the form.
    pub cells: Vec<CellState>,
    /// How many rows are in which state.
    pub counts: CellCounts,
    /// The earliest target date of a row that still is いいえ.
    pub next_target: Option<Date>,
    /// When it was opened.
    pub opened_at: Instant,
    /// When something on it last changed.
    pub changed_at: Instant,
    /// When the first round was complete; `None` while it is not.
    pub round1_done_at: Option<Instant>,
}

pub(super) fn wrong(column: &str, reason: impl ToString) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        reason: reason.to_string(),
    }
}

pub(super) fn year_of(row: &Row, column: &str) -> Result<FiscalYear, StoreError> {
    let year: i32 = row.get(column)?;
    FiscalYear::new(year).map_err(|error| wrong(column, error))
}

pub(super) fn round_of(row: &Row, answer: &str, on: &str) -> Result<Option<Round>, StoreError> {
    let answer: Option<bool> = row.get(answer)?;
    let on: Option<Date> = row.get(on)?;
    Ok(answer.zip(on).map(|(yes, on)| Round {
        answer: YesNo::of(yes),
        on,
    }))
}

impl FromRow for SheetHeader {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let version: String = row.get("pack_version")?;
        let cells: String = row.get("cells")?;
        let vendor: Uuid = row.get("vendor_id")?;
        Ok(Self {
            id: row.get("id")?,
            owner: row.get("owner_id")?,
            year: year_of(row, "fiscal_year")?,
            subject: SheetSubject::of_column(vendor),
            pack_id: row.get("pack_id")?,
            pack_version: version
                .parse()
                .map_err(|error: String| wrong("pack_version", error))?,
            values: HeaderValues {
                gate: round_of(row, "gate", "gate_on")?,
                vendor_contract: round_of(row, "vendor_contract", "vendor_contract_on")?,
                confirmed_on: row.get("confirmed_on")?,
            },
            header_version: row.get("header_version")?,
            revision: row.get("revision")?,
            cells: decode_cells(&cells),
            counts: CellCounts {
                verified: row.get("verified")?,
                documented: row.get("documented")?,
                declared: row.get("declared")?,
                no: row.get("no_count")?,
                contradiction: row.get("contradiction")?,
                unanswered: row.get("unanswered")?,
                not_applicable: row.get("not_applicable")?,
            },
            next_target: row.get("next_target")?,
            opened_at: row.get("opened_at")?,
            changed_at: row.get("changed_at")?,
            round1_done_at: row.get("round1_done_at")?,
        })
    }
}

impl SheetHeader {
    /// The edition that the sheet is bound to. Where that very version is not at hand any more, the
    /// newest of the same edition.
    ///
    /// # Errors
    /// [`StoreError::Column`] where the library has no such checklist at all.
    pub fn pack(&self, packs: &Library) -> Result<Arc<Pack>, StoreError> {
        packs
            .version(&self.pack_id, self.pack_version)
            .or_else(|| packs.get(&self.pack_id))
            .filter(|pack| pack.checklist().is_some())
            .cloned()
            .ok_or_else(|| wrong("pack_id", format!("no checklist {}", self.pack_id)))
    }

    /// How the sheet stands in words of progress: answered rows and rows to be answered.
    #[must_use]
    pub const fn progress(&self) -> (i64, i64) {
        (self.counts.answered(), self.counts.applicable())
    }

    /// The day on which its evidence is judged: today, and for a fiscal year that is over its last
    /// day, so that a file that runs out later takes nothing away from what stood then.
    #[must_use]
    pub fn judged_on(&self, now: Instant) -> Date {
        now.jst_date().min(self.year.end())
    }

    /// Whether its fiscal year is over. Measurements of today say nothing about it.
    #[must_use]
    pub fn is_of_past_year(&self, now: Instant) -> bool {
        self.year.end() < now.jst_date()
    }

    /// Whether a target date has passed without the row having become はい.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.next_target.is_some_and(|target| target < today)
    }
}

/// The answer to one row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The row.
    pub item_key: String,
    /// Counts changes of the row, so that the second of two writers is told.
    pub version: i64,
    /// What stands in its cells.
    pub answer: Answer,
    /// Who made the first confirmation.
    pub first_by: Option<PersonId>,
    /// Who made the second.
    pub second_by: Option<PersonId>,
    /// Who last changed anything of it.
    pub changed_by: Option<PersonId>,
    /// When that was.
    pub changed_at: Instant,
    /// Their names, where they were asked for and may be shown.
    pub names: AnswerNames,
}

/// The names behind a stored answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerNames {
    /// Who made the first confirmation.
    pub first: Option<String>,
    /// Who made the second.
    pub second: Option<String>,
    /// Who last changed anything.
    pub changed: Option<String>,
}

impl StoredAnswer {
    /// A row that nobody has touched.
    #[must_use]
    pub fn untouched(item_key: &str) -> Self {
        Self {
            item_key: item_key.to_owned(),
            version: 0,
            answer: Answer::default(),
            first_by: None,
            second_by: None,
            changed_by: None,
            changed_at: Instant::from_micros(0),
            names: AnswerNames::default(),
        }
    }

    /// The same without what only those may see with whom everything is shared.
    pub(super) fn without_detail(mut self) -> Self {
        self.answer.remark.clear();
        self.names = AnswerNames::default();
        self.first_by = None;
        self.second_by = None;
        self.changed_by = None;
        self
    }
}

impl FromRow for StoredAnswer {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            item_key: row.get("item_key")?,
            version: row.get("version")?,
            answer: Answer {
                first: round_of(row, "first_answer", "first_on")?,
                target: row.get("target_on")?,
                second: round_of(row, "second_answer", "second_on")?,
                remark: row.get("remark")?,
            },
            first_by: row.get("first_by")?,
            second_by: row.get("second_by")?,
            changed_by: row.get("changed_by")?,
            changed_at: row.get("changed_at")?,
            names: AnswerNames {
                first: row.get("first_name")?,
                second: row.get("second_name")?,
                changed: row.get("changed_name")?,
            },
        })
    }
}

/// The answers of a sheet, without names.
pub(super) const ANSWERS: &str = "
    SELECT a.*, NULL AS first_name, NULL AS second_name, NULL AS changed_name
    FROM answers a WHERE a.sheet_id = $1";

/// The answers of a sheet with the names of those who gave them.
pub(super) const ANSWERS_WITH_NAMES: &str = "
    SELECT a.*, f.name AS first_name, s.name AS second_name, c.name AS changed_name
    FROM answers a
    LEFT JOIN people f ON f.id = a.first_by
    LEFT JOIN people s ON s.id = a.second_by
    LEFT JOIN people c ON c.id = a.changed_by
    WHERE a.sheet_id = $1";

/// A sheet with its edition and its answers.
#[derive(Debug, Clone)]
pub struct SheetContent {
    /// The sheet.
    pub header: SheetHeader,
    /// The edition by which it is filled in.
    pub pack: Arc<Pack>,
    /// The answers by the key of their row; rows that nobody touched are absent.
    pub answers: BTreeMap<String, StoredAnswer>,
}

impl SheetContent {
    /// The checklist of the edition.
    ///
    /// # Errors
    /// [`StoreError::Column`] where the edition is none; [`SheetHeader::pack`] sees to that.
    pub fn checklist(&self) -> Result<&Checklist, StoreError> {
        self.pack
            .checklist()
            .ok_or_else(|| wrong("pack_id", "not a checklist"))
    }

    /// The answers alone, for the rules.
    #[must_use]
    pub fn bare_answers(&self) -> BTreeMap<&str, &Answer> {
        bare(&self.answers)
    }

    /// The state of a row.
    #[must_use]
    pub fn state(&self, item_key: &str) -> CellState {
        self.pack
            .items()
            .position(|item| item.key == item_key)
            .and_then(|place| self.header.cells.get(place))
            .copied()
            .unwrap_or(CellState::Unanswered)
    }
}

pub(super) fn bare(answers: &BTreeMap<String, StoredAnswer>) -> BTreeMap<&str, &Answer> {
    answers
        .iter()
        .map(|(key, stored)| (key.as_str(), &stored.answer))
        .collect()
}

pub(super) fn by_key(rows: Vec<StoredAnswer>) -> BTreeMap<String, StoredAnswer> {
    rows.into_iter()
        .map(|row| (row.item_key.clone(), row))
        .collect()
}
