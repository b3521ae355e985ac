//! Reading the rows: the matrix, the list of those who have not answered, one member.

use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::proof::{CellCounts, CellState, decode_cells};
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_packs::Library;
use yagura_store::{
    ComposedSql, Database, FromRow, Params, Row, StoreError, Value, escape_like, params,
    placeholders,
};

use super::columns::Alignment;

/// A member as an overseer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSheet {
    /// Who sees it.
    pub overseer: OrganizationId,
    /// The institution.
    pub member: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// The group in which it is compared.
    pub size_group: SizeGroup,
    /// 許可病床数.
    pub permitted_beds: Option<i64>,
    /// Region code.
    pub region_code: Option<String>,
    /// How much it shares.
    pub sharing: SharingLevel,
    /// Its sheet, where it opened one.
    pub sheet: Option<SheetId>,
    /// The state of every column; `None` where it shares no answers or has no sheet.
    pub cells: Option<Vec<CellState>>,
    /// How many rows are in which state; `None` where it shares no answers or has no sheet.
    pub counts: Option<CellCounts>,
    /// How many rows are answered.
    pub answered: i64,
    /// How many rows have to be answered; 0 where no sheet was opened.
    pub applicable: i64,
    /// When the first round was complete.
    pub round1_done_at: Option<Instant>,
    /// When the sheet was opened.
    pub opened_at: Option<Instant>,
    /// The earliest target date of a row that still is いいえ, where answers are shared.
    pub next_target: Option<Date>,
    /// The most urgent sorts first.
    pub urgency: i64,
}

/// A row with what is needed to put its cells in order.
struct Raw {
    sheet: MemberSheet,
    pack_id: Option<String>,
    pack_version: Option<String>,
}

impl FromRow for Raw {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let wrong = |column: &str, value: &str| StoreError::Column {
            column: column.to_owned(),
            reason: format!("unknown: {value}"),
        };
        let kind: String = row.get("kind")?;
        let group: String = row.get("size_group")?;
        let sharing = SharingLevel::from_rank(row.get("sharing")?);
        let sheet: Option<SheetId> = row.get("sheet_id")?;
        let cells: String = row.get("cells")?;
        let sees_answers = sheet.is_some() && sharing >= SharingLevel::Answers;
        let counts = CellCounts {
            verified: row.get("verified")?,
            documented: row.get("documented")?,
            declared: row.get("declared")?,
            no: row.get("no_count")?,
            contradiction: row.get("contradiction")?,
            unanswered: row.get("unanswered")?,
            not_applicable: row.get("not_applicable")?,
        };
        Ok(Self {
            sheet: MemberSheet {
                overseer: row.get("overseer_id")?,
                member: row.get("member_id")?,
                name: row.get("name")?,
                kind: OrganizationKind::from_code(&kind).ok_or_else(|| wrong("kind", &kind))?,
                size_group: SizeGroup::from_code(&group)
                    .ok_or_else(|| wrong("size_group", &group))?,
                permitted_beds: row.get("permitted_beds")?,
                region_code: row.get("region_code")?,
                sharing,
                sheet,
                cells: sees_answers.then(|| decode_cells(&cells)),
                counts: sees_answers.then_some(counts),
                answered: row.get("answered")?,
                applicable: row.get("applicable")?,
                round1_done_at: row.get("round1_done_at")?,
                opened_at: row.get("opened_at")?,
                next_target: row.get("next_target")?,
                urgency: row.get("urgency")?,
            },
            pack_id: row.get("pack_id")?,
            pack_version: row.get("pack_version")?,
        })
    }
}

fn aligned(rows: Vec<Raw>, packs: &Library, year: FiscalYear) -> Vec<MemberSheet> {
    let mut alignment = Alignment::of(packs, year);
    rows.into_iter()
        .map(|raw| {
            let mut sheet = raw.sheet;
            if let (Some(cells), Some(id), Some(version)) =
                (sheet.cells.take(), raw.pack_id, raw.pack_version)
            {
                sheet.cells = Some(alignment.align(&id, &version, cells));
            }
            sheet
        })
        .collect()
}

/// How far a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// It never opened its sheet.
    NotOpened,
    /// It opened the sheet and the first round is not complete.
    Incomplete,
    /// The first round is complete.
    Done,
    /// It has contradictions (only where it shares answers).
    Contradictions,
    /// A target date has passed (only where it shares answers).
    Overdue,
}

impl Progress {
    /// Every value.
    pub const ALL: [Self; 5] = [
        Self::NotOpened,
        Self::Incomplete,
        Self::Done,
        Self::Contradictions,
        Self::Overdue,
    ];

    /// The word in addresses, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOpened => "not_opened",
            Self::Incomplete => "incomplete",
            Self::Done => "done",
            Self::Contradictions => "contradictions",
            Self::Overdue => "overdue",
        }
    }

    /// The value of a word, if it is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|progress| progress.code() == code)
    }
}

/// Which members are meant.
#[derive(Debug, Clone)]
pub struct MemberFilter {
    /// Of this kind.
    pub kind: Option<OrganizationKind>,
    /// Of this group.
    pub size_group: Option<SizeGroup>,
    /// Of this region.
    pub region_code: Option<String>,
    /// Whose name holds this; begins with it, where there are more than some 5,000 members.
    pub search: Option<String>,
    /// This far.
    pub progress: Option<Progress>,
    /// With this column in this state. Columns of a sheet on an older edition are not found.
    pub item: Option<(usize, CellState)>,
    /// Only these.
    pub members: Option<Vec<OrganizationId>>,
    /// The day against which target dates are held.
    pub today: Date,
}

impl MemberFilter {
    /// All members.
    #[must_use]
    pub const fn all(today: Date) -> Self {
        Self {
            kind: None,
            size_group: None,
            region_code: None,
            search: None,
            progress: None,
            item: None,
            members: None,
            today,
        }
    }

    fn conditions(&self, few: bool, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut with = |text: &str, value: Value, sql: &mut String| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some(kind) = self.kind {
            with(" AND kind = ?", kind.code().into(), &mut sql);
        }
        if let Some(group) = self.size_group {
            with(" AND size_group = ?", group.code().into(), &mut sql);
        }
        if let Some(region) = &self.region_code {
            with(" AND region_code = ?", region.into(), &mut sql);
        }
        if let Some(search) = &self.search {
            let key = normalise_for_search(search);
            if few {
                let escaped = escape_like(&key);
                with(
                    " AND search_key LIKE ? ESCAPE '!'",
                    format!("%{escaped}%").into(),
                    &mut sql,
                );
            } else {
                let end = format!("{key}\u{10ffff}");
                with(" AND search_key >= ?", key.into(), &mut sql);
                with(" AND search_key < ?", end.into(), &mut sql);
            }
        }
        match self.progress {
            None => {}
            Some(Progress::NotOpened) => sql.push_str(" AND opened_at IS NULL"),
            Some(Progress::Incomplete) => {
                sql.push_str(" AND opened_at IS NOT NULL AND round1_done_at IS NULL");
            }
            Some(Progress::Done) => sql.push_str(" AND round1_done_at IS NOT NULL"),
            Some(Progress::Contradictions) => sql.push_str(" AND contradiction > 0"),
            Some(Progress::Overdue) => {
                with(" AND next_target < ?", self.today.into(), &mut sql);
            }
        }
        if let Some((column, state)) = self.item {
            let place = i64::try_from(column).unwrap_or(i64::MAX).saturating_add(1);
            with(
                " AND substr(cells, CAST(? AS INTEGER), 1) = ",
                place.into(),
                &mut sql,
            );
            with("?", state.letter().to_string().into(), &mut sql);
        }
        if let Some(members) = &self.members {
            if members.is_empty() {
                sql.push_str(" AND 1 = 0");
            } else {
                let list = placeholders(values.len() + 1, members.len());
                values.extend(members.iter().map(|member| Value::from(*member)));
                sql.push_str(&format!(" AND member_id IN ({list})"));
            }
        }
        sql
    }
}

/// The place after which a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Urgency of the last row.
    pub urgency: i64,
    /// Its member.
    pub member: OrganizationId,
}

impl Cursor {
    /// The place after a row.
    #[must_use]
    pub const fn after(row: &MemberSheet) -> Self {
        Self {
            urgency: row.urgency,
            member: row.member,
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}_{}", self.urgency, self.member)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (urgency, member) = text.split_once('_').ok_or(())?;
        Ok(Self {
            urgency: urgency.parse().map_err(|_| ())?,
            member: member.parse().map_err(|_| ())?,
        })
    }
}

/// Up to how many members a name is searched for in its middle.
const FEW: i64 = 5_000;

async fn few_members(
    database: &Database,
    overseer: OrganizationId,
    year: FiscalYear,
) -> Result<bool, StoreError> {
    let members = database
        .count(
            "SELECT count(*) AS n FROM (SELECT 1 FROM overseen_sheets
             WHERE overseer_id = $1 AND fiscal_year = $2 LIMIT $3) some_rows",
            params![overseer, year.year(), FEW + 1],
        )
        .await?;
    Ok(members <= FEW)
}

/// The members of an overseer with their sheets of a fiscal year, the most urgent first, from after
/// a place.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn member_sheets(
    database: &Database,
    packs: &Library,
    proof: &Authorized<actions::ReadMembers>,
    year: FiscalYear,
    filter: &MemberFilter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<MemberSheet>, StoreError> {
    let overseer = proof.organization();
    let few = filter.search.is_some() && few_members(database, overseer, year).await?;
    let mut values: Params = params![overseer, year.year()];
    let mut sql =
        String::from("SELECT * FROM overseen_sheets WHERE overseer_id = $1 AND fiscal_year = $2");
    sql.push_str(&filter.conditions(few, &mut values));
    if let Some(cursor) = after {
        let place = values.len() + 1;
        values.extend(params![cursor.urgency, cursor.member]);
        // The first condition lets both engines begin at the right place of the index.
        sql.push_str(&format!(
            " AND urgency <= ${place} AND (urgency < ${place} OR member_id > ${})",
            place + 1
        ));
    }
    values.push(Value::from(limit));
    sql.push_str(&format!(
        " ORDER BY urgency DESC, member_id LIMIT ${}",
        values.len()
    ));
    let rows: Vec<Raw> = database.rows(ComposedSql(sql), values).await?;
    Ok(aligned(rows, packs, year))
}

/// How many members a filter finds; no more than `cap` are counted.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count_member_sheets(
    database: &Database,
    proof: &Authorized<actions::ReadMembers>,
    year: FiscalYear,
    filter: &MemberFilter,
    cap: i64,
) -> Result<i64, StoreError> {
    let overseer = proof.organization();
    let few = filter.search.is_some() && few_members(database, overseer, year).await?;
    let mut values: Params = params![overseer, year.year()];
    let conditions = filter.conditions(few, &mut values);
    values.push(Value::from(cap));
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 FROM overseen_sheets
         WHERE overseer_id = $1 AND fiscal_year = $2{conditions} LIMIT ${}) found",
        values.len()
    );
    database.count(ComposedSql(sql), values).await
}

/// One member; `None` where it is not one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn member_sheet(
    database: &Database,
    packs: &Library,
    proof: &Authorized<actions::ReadMembers>,
    year: FiscalYear,
    member: OrganizationId,
) -> Result<Option<MemberSheet>, StoreError> {
    let rows: Vec<Raw> = database
        .rows(
            "SELECT * FROM overseen_sheets
             WHERE overseer_id = $1 AND fiscal_year = $2 AND member_id = $3",
            params![proof.organization(), year.year(), member],
        )
        .await?;
    Ok(aligned(rows, packs, year).pop())
}

/// How an institution itself stands in the eyes of each of its overseers.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn own_rows(
    database: &Database,
    packs: &Library,
    proof: &Authorized<actions::ReadComparison>,
    year: FiscalYear,
) -> Result<Vec<MemberSheet>, StoreError> {
    let rows: Vec<Raw> = database
        .rows(
            "SELECT * FROM overseen_sheets WHERE member_id = $1 AND fiscal_year = $2
             ORDER BY overseer_id",
            params![proof.organization(), year.year()],
        )
        .await?;
    Ok(aligned(rows, packs, year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_refuse_rubbish() {
        let cursor = Cursor {
            urgency: 999_999,
            member: OrganizationId::from(yagura_kernel::id::Uuid::from_u128(7)),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for rubbish in [
            "",
            "_",
            "1_",
            "x_019aa3f0-0000-7000-8000-000000000001",
            "1;DROP",
        ] {
            assert!(rubbish.parse::<Cursor>().is_err(), "{rubbish}");
        }
    }

    #[test]
    fn what_is_typed_never_becomes_sql() {
        let today = yagura_kernel::time::parse_date("2026-11-21").unwrap();
        let filter = MemberFilter {
            search: Some("'; DROP TABLE sheets; --%_".to_owned()),
            region_code: Some("37' OR '1'='1".to_owned()),
            ..MemberFilter::all(today)
        };
        let mut values = Params::new();
        let sql = filter.conditions(true, &mut values);
        assert!(!sql.contains("DROP") && !sql.contains("37"), "{sql}");
        assert_eq!(values.len(), 2);
    }

    #[test]
    fn words_of_progress_are_found_again() {
        for progress in Progress::ALL {
            assert_eq!(Progress::from_code(progress.code()), Some(progress));
        }
    }
}
