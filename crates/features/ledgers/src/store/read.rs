//! Reading entries.

use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::Authorized;
use yagura_kernel::time::{Date, Duration, Instant};
use yagura_store::{ComposedSql, Database, FromRow, Params, Row, StoreError, Value, params, row};

use super::{EntryId, LedgerError, Reads, like, wrong};
use crate::model::{Content, End, Ending, Entry, Ledger, SOON_DAYS, Source, State, YEAR_DAYS};

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let ledger: String = row.get("ledger")?;
        let ledger = Ledger::from_code(&ledger).ok_or_else(|| wrong("ledger", ledger))?;
        let content: String = row.get("content")?;
        let state: String = row.get("state")?;
        let ending: Option<String> = row.get("ending")?;
        let ended_on: Option<Date> = row.get("ended_on")?;
        let end = match (ending.as_deref().and_then(Ending::from_code), ended_on) {
            (Some(ending), Some(on)) => Some(End {
                ending,
                on,
                confirmed_by: row.get("end_confirmed_by")?,
                note: row.get("end_note")?,
            }),
            _ => None,
        };
        let source: String = row.get("source")?;
        let request: Option<Uuid> = row.get("request_id")?;
        let source = match (source.as_str(), request) {
            ("request", Some(id)) => Source::Request {
                id,
                number: row.get("request_number")?,
            },
            ("import", _) => Source::Import,
            _ => Source::ByHand,
        };
        Ok(Self {
            id: row.get("id")?,
            organization: row.get("organization_id")?,
            content: Content::of_json(ledger, &content)?,
            state: State::from_code(&state).ok_or_else(|| wrong("state", state))?,
            to_end_reason: row.get("to_end_reason")?,
            end,
            ended_at: row.get("ended_at")?,
            ended_by_name: row.get("ended_by_name")?,
            source,
            opened_at: row.get("opened_at")?,
            opened_by_name: row.get("opened_by_name")?,
            certified_at: row.get("certified_at")?,
            certified_by_name: row.get("certified_by_name")?,
            revision: row.get("revision")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

pub(super) const SELECT: &str = "SELECT e.*, o.name AS opened_by_name, d.name AS ended_by_name,
        c.name AS certified_by_name
     FROM ledger_entries e
     LEFT JOIN people o ON o.id = e.opened_by
     LEFT JOIN people d ON d.id = e.ended_by
     LEFT JOIN people c ON c.id = e.certified_by";

/// Which entries are meant by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Due {
    /// Those that run, also past their last day.
    #[default]
    Open,
    /// Those past their last day, and permissions that are to be taken away.
    Overdue,
    /// Those whose last day is near.
    Soon,
    /// Permissions that are to be taken away.
    ToEnd,
    /// Permissions that a superior wants to be changed.
    ChangeWanted,
    /// Media that nobody saw within a year.
    NotSeen,
    /// Those that ended.
    Ended,
    /// All but what was written by mistake.
    All,
}

impl Due {
    /// Every choice.
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Overdue,
        Self::Soon,
        Self::ToEnd,
        Self::ChangeWanted,
        Self::NotSeen,
        Self::Ended,
        Self::All,
    ];

    /// The code used in addresses and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Soon => "soon",
            Self::ToEnd => "to_end",
            Self::ChangeWanted => "change_wanted",
            Self::NotSeen => "not_seen",
            Self::Ended => "ended",
            Self::All => "all",
        }
    }

    /// The choice with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// The first day on which a medium must have been seen so that it was seen within a year.
pub(super) fn last_seen(today: Date) -> Date {
    today.saturating_sub(Duration::days(YEAR_DAYS))
}

/// Which entries are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose words hold this.
    pub search: Option<String>,
    /// How they stand.
    pub due: Due,
    /// Of this department.
    pub department: Option<String>,
    /// Of this system of the register.
    pub system: Option<Uuid>,
    /// Only those that give administrator rights.
    pub privileged: bool,
    /// Only those for which nothing shows who permitted them.
    pub without_grant: bool,
}

impl Filter {
    fn conditions(&self, today: Date, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut with = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            with(" AND e.search_key LIKE ? ESCAPE '!'", like(word).into());
        }
        if let Some(department) = &self.department {
            with(" AND e.department = ?", department.into());
        }
        if let Some(system) = self.system {
            with(" AND e.system_id = ?", system.into());
        }
        match self.due {
            Due::Overdue => with(
                " AND (e.state = 'to_end' OR (e.state = 'open' AND e.ends_on < ?))",
                today.into(),
            ),
            Due::Soon => {
                with(" AND e.state = 'open' AND e.ends_on >= ?", today.into());
                let last = today.saturating_add(Duration::days(SOON_DAYS));
                with(" AND e.ends_on <= ?", last.into());
            }
            Due::NotSeen => with(
                " AND e.ledger = 'media' AND e.state = 'open'
                  AND (e.seen_on IS NULL OR e.seen_on < ?)",
                last_seen(today).into(),
            ),
            Due::Open | Due::ToEnd | Due::ChangeWanted | Due::Ended | Due::All => {}
        }
        sql.push_str(match self.due {
            Due::Open => " AND e.state IN ('open', 'to_end')",
            Due::ToEnd => " AND e.state = 'to_end'",
            Due::ChangeWanted => {
                " AND EXISTS (SELECT 1 FROM ledger_campaign_rows r WHERE r.entry_id = e.id
                    AND r.verdict = 'change' AND r.settled_at IS NULL)"
            }
            Due::Ended => " AND e.state = 'ended'",
            Due::All => " AND e.state <> 'struck'",
            Due::Overdue | Due::Soon | Due::NotSeen => "",
        });
        if self.privileged {
            sql.push_str(" AND e.privileged = 1");
        }
        if self.without_grant {
            sql.push_str(" AND e.permitted = 0");
        }
        sql
    }
}

/// The place after which a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    sort_key: String,
    id: Uuid,
}

impl Cursor {
    /// The place after an entry.
    #[must_use]
    pub fn after(entry: &Entry) -> Self {
        Self {
            sort_key: entry.content.sort_key(),
            id: entry.id,
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}_{}", self.id, self.sort_key)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (id, sort_key) = text.split_once('_').ok_or(())?;
        Ok(Self {
            sort_key: sort_key.to_owned(),
            id: yagura_kernel::id::parse_uuid(id).map_err(|_| ())?,
        })
    }
}

const OF_LEDGER: &str = "e.organization_id = $1 AND e.ledger = $2";

/// The entries of one ledger from after a place: permissions and media by name, the others by
/// their last day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    ledger: Ledger,
    filter: &Filter,
    today: Date,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let mut values = params![proof.organization(), ledger.code()];
    let mut conditions = filter.conditions(today, &mut values);
    if let Some(cursor) = after {
        values.extend(params![&cursor.sort_key, cursor.id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (e.sort_key, e.id) > (${}, ${place})",
            place - 1
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "{SELECT} WHERE {OF_LEDGER}{conditions} ORDER BY e.sort_key, e.id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many entries a filter finds.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    ledger: Ledger,
    filter: &Filter,
    today: Date,
) -> Result<i64, StoreError> {
    let mut values = params![proof.organization(), ledger.code()];
    let conditions = filter.conditions(today, &mut values);
    let sql = format!("SELECT count(*) AS n FROM ledger_entries e WHERE {OF_LEDGER}{conditions}");
    database.count(ComposedSql(sql), values).await
}

/// An entry, also one that ended.
///
/// # Errors
/// [`LedgerError::NotFound`] where the institution has no such entry.
pub async fn get<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    id: EntryId,
) -> Result<Entry, LedgerError> {
    let sql = format!("{SELECT} WHERE e.id = $1 AND e.organization_id = $2");
    let values = params![id, proof.organization()];
    let found: Option<Entry> = database.optional(ComposedSql(sql), values).await?;
    found.ok_or(LedgerError::NotFound)
}

row! {
    struct OwnerRow { organization_id: OrganizationId, ledger: String }
}

/// To which organisation an entry belongs and of which ledger it is, before anything is authorised.
///
/// # Errors
/// [`LedgerError::NotFound`] where there is none.
pub async fn owner(
    database: &Database,
    id: EntryId,
) -> Result<(OrganizationId, Ledger), LedgerError> {
    let sql = "SELECT organization_id, ledger FROM ledger_entries WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    let row = row.ok_or(LedgerError::NotFound)?;
    let ledger = Ledger::from_code(&row.ledger).ok_or_else(|| wrong("ledger", row.ledger))?;
    Ok((row.organization_id, ledger))
}

row! {
    struct DepartmentRow { department: String }
}

/// The departments named in one ledger, for filters.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn departments<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    ledger: Ledger,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<DepartmentRow> = database
        .rows(
            "SELECT DISTINCT department FROM ledger_entries
             WHERE organization_id = $1 AND ledger = $2 AND department <> ''
             ORDER BY department LIMIT 500",
            params![proof.organization(), ledger.code()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.department).collect())
}

row! {
    /// How one ledger stands.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Sum {
        /// The ledger, by code.
        pub(crate) ledger: String,
        /// Entries that run or are to end.
        pub(crate) open: i64,
        /// Of them, those past their last day and those that are to be taken away.
        pub(crate) overdue: i64,
        /// Of them, those whose last day is near.
        pub(crate) soon: i64,
    }
}

/// How each ledger stands; one without open entries is left out.
pub(crate) async fn sums<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    today: Date,
) -> Result<Vec<Sum>, StoreError> {
    let last = today.saturating_add(Duration::days(SOON_DAYS));
    database
        .rows(
            "SELECT ledger, count(*) AS open,
                count(CASE WHEN state = 'to_end' OR ends_on < $2 THEN 1 END) AS overdue,
                count(CASE WHEN state = 'open' AND ends_on >= $2 AND ends_on <= $3 THEN 1 END)
                    AS soon
             FROM ledger_entries
             WHERE organization_id = $1 AND state IN ('open', 'to_end')
             GROUP BY ledger ORDER BY ledger",
            params![proof.organization(), today, last],
        )
        .await
}

row! {
    /// A medium by its label, for choices and links.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct NamedMedium {
        /// Its id.
        pub(crate) id: Uuid,
        /// Its label.
        pub(crate) name: String,
    }
}

/// The media of an institution that are in use, for choices.
pub(crate) async fn media<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    limit: i64,
) -> Result<Vec<NamedMedium>, StoreError> {
    database
        .rows(
            "SELECT id, name FROM ledger_entries
             WHERE organization_id = $1 AND ledger = 'media' AND state = 'open'
             ORDER BY sort_key, id LIMIT $2",
            params![proof.organization(), limit],
        )
        .await
}

/// The permissions in force that give administrator rights, by system and name.
pub(crate) async fn privileged<A: Reads>(
    database: &Database,
    proof: &Authorized<A>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE e.organization_id = $1 AND e.ledger = 'permissions' AND e.privileged = 1
           AND e.state IN ('open', 'to_end')
         ORDER BY e.system_name, e.sort_key, e.id LIMIT $2"
    );
    database
        .rows(ComposedSql(sql), params![proof.organization(), limit])
        .await
}

/// The moment of the last certification that still counts.
pub(super) fn certified_since(now: Instant) -> Instant {
    now.plus_days(-YEAR_DAYS)
}
