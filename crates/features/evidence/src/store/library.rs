//! The library: all pieces of an organisation, filtered and paged by key.

use yagura_kernel::id::{EvidenceId, SheetId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, format_iso};
use yagura_store::{ComposedSql, Database, Params, StoreError, Value, escape_like, params, row};

use super::NO_END;
use crate::model::{EXPIRING_DAYS, EvidenceKind, PIECE_COLUMNS, Piece};

/// Which pieces are wanted, by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// All that were not withdrawn.
    #[default]
    Active,
    /// Those that count today.
    Current,
    /// Those of them that end within [`EXPIRING_DAYS`].
    Expiring,
    /// Those whose last day is past.
    Expired,
    /// Those that stand behind no item.
    Unlinked,
    /// Those that were withdrawn.
    Withdrawn,
}

impl State {
    /// Every state, in the order of the tabs.
    pub const ALL: [Self; 6] = [
        Self::Active,
        Self::Current,
        Self::Expiring,
        Self::Expired,
        Self::Unlinked,
        Self::Withdrawn,
    ];

    /// The code used in addresses, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Current => "current",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Unlinked => "unlinked",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// In which order pieces are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// What ended or ends first comes first; what has no end comes last.
    #[default]
    Urgency,
    /// What was added last comes first.
    Newest,
}

/// Which pieces are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// By state.
    pub state: State,
    /// By kind.
    pub kind: Option<EvidenceKind>,
    /// By words in title or file name.
    pub words: String,
    /// Linked to this sheet.
    pub sheet: Option<SheetId>,
    /// Linked to this item of it.
    pub item: Option<String>,
    /// In which order.
    pub order: Order,
}

/// The place after which a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    expires_key: String,
    id: EvidenceId,
}

impl Cursor {
    /// The place of a piece.
    #[must_use]
    pub fn at(piece: &Piece) -> Self {
        Self {
            expires_key: super::expires_key(piece.expires_on),
            id: piece.id,
        }
    }

    /// Reads what [`Display`](std::fmt::Display) wrote; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (expires_key, id) = text.split_once('_')?;
        yagura_kernel::time::parse_date(expires_key)
            .ok()
            .or_else(|| {
                // The stand-in for 'no end' lies past the years that dates may have.
                (expires_key == NO_END).then_some(Date::MAX)
            })?;
        Some(Self {
            expires_key: expires_key.to_owned(),
            id: id.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}_{}", self.expires_key, self.id)
    }
}

/// A page of the library.
#[derive(Debug, Clone)]
pub struct Page {
    /// The pieces.
    pub pieces: Vec<Piece>,
    /// How many there are under the filter.
    pub total: i64,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

struct Condition {
    sql: String,
    params: Params,
}

impl Condition {
    fn and(&mut self, sql: &str, values: Vec<Value>) {
        self.sql.push_str(" AND ");
        let mut number = self.params.len();
        for piece in sql.split_inclusive('?') {
            match piece.strip_suffix('?') {
                Some(before) => {
                    number += 1;
                    self.sql.push_str(before);
                    self.sql.push_str(&format!("${number}"));
                }
                None => self.sql.push_str(piece),
            }
        }
        self.params.extend(values);
        debug_assert_eq!(number, self.params.len());
    }
}

fn horizon(today: Date) -> Date {
    today.saturating_add(time::Duration::days(EXPIRING_DAYS))
}

fn condition(proof: &Authorized<actions::ReadEvidence>, filter: &Filter, today: Date) -> Condition {
    let mut condition = Condition {
        sql: "e.organization_id = $1".to_owned(),
        params: params![proof.organization()],
    };
    let mut and = |sql: &str, values: Vec<Value>| condition.and(sql, values);
    match filter.state {
        State::Withdrawn => and("e.withdrawn_at IS NOT NULL", vec![]),
        _ => and("e.withdrawn_at IS NULL", vec![]),
    }
    match filter.state {
        State::Active | State::Withdrawn => {}
        State::Current => and("e.expires_key >= ?", params![format_iso(today)]),
        State::Expiring => and(
            "e.expires_key >= ? AND e.expires_key <= ?",
            params![format_iso(today), format_iso(horizon(today))],
        ),
        State::Expired => and("e.expires_key < ?", params![format_iso(today)]),
        State::Unlinked => and(
            "NOT EXISTS (SELECT 1 FROM evidence_links l WHERE l.evidence_id = e.id)",
            vec![],
        ),
    }
    if let Some(kind) = filter.kind {
        and("e.kind = ?", params![kind.code()]);
    }
    let words = normalise_for_search(&filter.words);
    if !words.is_empty() {
        and(
            "e.search_key LIKE ? ESCAPE '!'",
            params![format!("%{}%", escape_like(&words))],
        );
    }
    if let Some(sheet) = filter.sheet {
        match &filter.item {
            Some(item) => and(
                "EXISTS (SELECT 1 FROM evidence_links l
                         WHERE l.evidence_id = e.id AND l.sheet_id = ? AND l.item = ?)",
                params![sheet, item],
            ),
            None => and(
                "EXISTS (SELECT 1 FROM evidence_links l
                         WHERE l.evidence_id = e.id AND l.sheet_id = ?)",
                params![sheet],
            ),
        }
    }
    condition
}

/// A page of the library.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn library(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: usize,
    today: Date,
) -> Result<Page, StoreError> {
    let mut condition = condition(proof, filter, today);
    let total = database
        .count(
            ComposedSql(format!(
                "SELECT count(*) AS n FROM evidence e WHERE {}",
                condition.sql
            )),
            condition.params.clone(),
        )
        .await?;
    if let Some(after) = after {
        match filter.order {
            Order::Urgency => condition.and(
                "(e.expires_key > ? OR (e.expires_key = ? AND e.id > ?))",
                params![&after.expires_key, &after.expires_key, after.id],
            ),
            Order::Newest => condition.and("e.id < ?", params![after.id]),
        }
    }
    let order = match filter.order {
        Order::Urgency => "e.expires_key, e.id",
        Order::Newest => "e.id DESC",
    };
    let mut pieces: Vec<Piece> = database
        .rows(
            ComposedSql(format!(
                "SELECT {PIECE_COLUMNS} FROM evidence e LEFT JOIN people p ON p.id = e.uploaded_by
                 WHERE {} ORDER BY {order} LIMIT {}",
                condition.sql,
                limit + 1
            )),
            condition.params,
        )
        .await?;
    let more = pieces.len() > limit;
    pieces.truncate(limit);
    let next = pieces.last().filter(|_| more).map(Cursor::at);
    Ok(Page {
        pieces,
        total,
        next,
    })
}

/// How many pieces are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LibraryCounts {
    /// All that were not withdrawn.
    pub active: i64,
    /// Those whose last day is past.
    pub expired: i64,
    /// Those that end within [`EXPIRING_DAYS`].
    pub expiring: i64,
    /// Those that stand behind no item.
    pub unlinked: i64,
    /// Those that were withdrawn.
    pub withdrawn: i64,
    /// Expired ones that stand behind an item.
    pub expired_linked: i64,
    /// Ending ones that stand behind an item.
    pub expiring_linked: i64,
}

impl LibraryCounts {
    /// The number in one state.
    #[must_use]
    pub const fn get(&self, state: State) -> i64 {
        match state {
            State::Active => self.active,
            State::Current => self.active - self.expired,
            State::Expiring => self.expiring,
            State::Expired => self.expired,
            State::Unlinked => self.unlinked,
            State::Withdrawn => self.withdrawn,
        }
    }
}

/// How many pieces are in which state, in one query.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn library_counts(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    today: Date,
) -> Result<LibraryCounts, StoreError> {
    row! {
        struct CountsRow {
            expires_key: String,
            withdrawn: bool,
            linked: bool,
        }
    }
    // Summed here and not by the database: `sum` of a BIGINT is NUMERIC on PostgreSQL.
    let rows: Vec<CountsRow> = database
        .rows(
            "SELECT e.expires_key AS expires_key,
                    CAST(CASE WHEN e.withdrawn_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS withdrawn,
                    CAST(CASE WHEN EXISTS (SELECT 1 FROM evidence_links l
                                           WHERE l.evidence_id = e.id) THEN 1 ELSE 0 END
                         AS BIGINT) AS linked
             FROM evidence e WHERE e.organization_id = $1",
            params![proof.organization()],
        )
        .await?;
    let (day, last) = (format_iso(today), format_iso(horizon(today)));
    let mut counts = LibraryCounts::default();
    for row in rows {
        if row.withdrawn {
            counts.withdrawn += 1;
            continue;
        }
        counts.active += 1;
        let linked = i64::from(row.linked);
        counts.unlinked += 1 - linked;
        if row.expires_key < day {
            counts.expired += 1;
            counts.expired_linked += linked;
        } else if row.expires_key <= last {
            counts.expiring += 1;
            counts.expiring_linked += linked;
        }
    }
    Ok(counts)
}

/// Pieces that may be offered for linking: not withdrawn, the newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn attachable(
    database: &Database,
    proof: &Authorized<actions::ReadEvidence>,
    words: &str,
    limit: usize,
    today: Date,
) -> Result<Vec<Piece>, StoreError> {
    let filter = Filter {
        state: State::Current,
        words: words.to_owned(),
        order: Order::Newest,
        ..Filter::default()
    };
    Ok(library(database, proof, &filter, None, limit, today)
        .await?
        .pieces)
}
