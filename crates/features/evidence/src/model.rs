//! Pieces of evidence and the rules of their dates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yagura_kernel::id::{EvidenceId, OrganizationId, PersonId, SheetId};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{FromRow, Row, StoreError};

use crate::media::MediaType;

/// How many days before its last day a piece counts as expiring, and the first reminder is sent.
pub const EXPIRING_DAYS: i64 = 30;
/// The longest title in characters.
pub const LONGEST_TITLE: usize = 200;
/// The longest note in characters.
pub const LONGEST_NOTE: usize = 2_000;
/// The longest reason for a withdrawal in characters.
pub const LONGEST_REASON: usize = 500;
/// The longest key of a checklist item in characters.
pub const LONGEST_ITEM: usize = 200;

/// How many years after today a last day may lie.
pub const LONGEST_VALIDITY_YEARS: i32 = 30;

/// What kind of thing a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// 文書: rules, minutes, ledgers, diagrams.
    Document,
    /// 写真.
    Photo,
    /// 契約書.
    Contract,
    /// 証明書, 修了証, 開示書.
    Certificate,
    /// 画面の写し.
    Screenshot,
    /// ログ, 設定の書き出し.
    Log,
    /// その他.
    Other,
}

impl EvidenceKind {
    /// Every kind, in the order in which forms offer them.
    pub const ALL: [Self; 7] = [
        Self::Document,
        Self::Contract,
        Self::Photo,
        Self::Screenshot,
        Self::Certificate,
        Self::Log,
        Self::Other,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Photo => "photo",
            Self::Contract => "contract",
            Self::Certificate => "certificate",
            Self::Screenshot => "screenshot",
            Self::Log => "log",
            Self::Other => "other",
        }
    }

    /// The kind with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// An item of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemRef {
    /// The sheet.
    pub sheet: SheetId,
    /// The item's key within it.
    pub item: String,
}

impl ItemRef {
    /// An item of a sheet.
    pub fn new(sheet: SheetId, item: impl Into<String>) -> Self {
        Self {
            sheet,
            item: item.into(),
        }
    }

    /// Reads `{sheet}:{item}`, the form in which pages and the API name an item.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sheet, item) = text.split_once(':')?;
        let fits = !item.is_empty()
            && item.chars().count() <= LONGEST_ITEM
            && !item.chars().any(char::is_control);
        match sheet.parse() {
            Ok(sheet) if fits => Some(Self::new(sheet, item)),
            _ => None,
        }
    }
}

impl std::fmt::Display for ItemRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.sheet, self.item)
    }
}

/// Whether a piece counts on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    /// It counts, for longer than [`EXPIRING_DAYS`] or without an end.
    Current,
    /// It counts, for so many more days; 0 on its last day.
    Expiring {
        /// Days left.
        days: i64,
    },
    /// Its last day is so many days past.
    Expired {
        /// Days since its last day.
        days: i64,
    },
    /// Somebody withdrew it.
    Withdrawn,
}

impl Currency {
    /// Whether a piece in this state documents an answer.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Current | Self::Expiring { .. })
    }

    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Expiring { .. } => "expiring",
            Self::Expired { .. } => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Whether a piece that holds up to and including `expires_on` counts on a day.
#[must_use]
pub fn currency(expires_on: Option<Date>, withdrawn: bool, today: Date) -> Currency {
    if withdrawn {
        return Currency::Withdrawn;
    }
    match expires_on.map(|last| days_from(today, last)) {
        Some(days) if days < 0 => Currency::Expired { days: -days },
        Some(days) if days <= EXPIRING_DAYS => Currency::Expiring { days },
        _ => Currency::Current,
    }
}

/// Days from one date to a later one; negative when it is earlier.
#[must_use]
pub fn days_from(from: Date, to: Date) -> i64 {
    i64::from(to.to_julian_day()) - i64::from(from.to_julian_day())
}

/// The reminders of an expiry, the most urgent last. Stored as the days before the last day.
const STAGES: [i64; 4] = [30, 7, 1, EXPIRED_STAGE];
/// The stage of the first day on which a piece no longer counts.
const EXPIRED_STAGE: i64 = -1;
/// The stored value of a piece about which nobody was reminded.
pub(crate) const NEVER_REMINDED: i64 = 1_000;

/// The reminder that a person needs no more who sets this last day today, because they see it: the
/// most urgent stage that is reached already.
pub(crate) fn stage_reached(expires_on: Option<Date>, today: Date) -> i64 {
    let left = expires_on.map(|last| days_from(today, last));
    let reached = |left| STAGES.into_iter().rev().find(|stage| left <= *stage);
    left.and_then(reached).unwrap_or(NEVER_REMINDED)
}

/// The reminder that is due for a piece of which people were reminded up to a stage: the most
/// urgent one, so that days on which the program did not run are made up for by one word.
pub(crate) fn due_stage(expires_on: Date, reminded: i64, today: Date) -> Option<i64> {
    let stage = stage_reached(Some(expires_on), today);
    (stage < reminded).then_some(stage)
}

/// What is wrong with the dates of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatesError {
    /// It was issued after its last day.
    #[error("the last day is before the day of issue")]
    ExpiresBeforeIssue,
    /// Its last day is further away than anything is valid, which is taken for a slip.
    #[error("the last day is more than {LONGEST_VALIDITY_YEARS} years away")]
    TooFar,
    /// It is said to have been issued after today.
    #[error("the day of issue is in the future")]
    IssuedInFuture,
}

/// Checks the dates of a piece against each other and today.
///
/// # Errors
/// [`DatesError`] naming the first thing that is wrong.
pub fn check_dates(
    issued_on: Option<Date>,
    expires_on: Option<Date>,
    today: Date,
) -> Result<(), DatesError> {
    if issued_on.is_some_and(|issued| issued > today) {
        return Err(DatesError::IssuedInFuture);
    }
    match (issued_on, expires_on) {
        (Some(issued), Some(last)) if last < issued => Err(DatesError::ExpiresBeforeIssue),
        (_, Some(last)) if last.year() > today.year() + LONGEST_VALIDITY_YEARS => {
            Err(DatesError::TooFar)
        }
        _ => Ok(()),
    }
}

/// That and why a piece was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Option<PersonId>,
    /// Why.
    pub reason: String,
}

/// A piece of evidence in its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its id; the same for all versions.
    pub id: EvidenceId,
    /// To whom it belongs.
    pub organization: OrganizationId,
    /// What people call it.
    pub title: String,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// The name of the file, safe to save anywhere.
    pub file_name: String,
    /// What the content is.
    pub media_type: MediaType,
    /// In bytes.
    pub size: i64,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub hash: String,
    /// The day on which it was issued or taken.
    pub issued_on: Option<Date>,
    /// The last day on which it counts; `None` for no end.
    pub expires_on: Option<Date>,
    /// What else a reader must know.
    pub note: Option<String>,
    /// The number of this version, from 1.
    pub number: i64,
    /// When this version was added.
    pub uploaded_at: Instant,
    /// By whom.
    pub uploaded_by: Option<PersonId>,
    /// Their name.
    pub uploaded_by_name: Option<String>,
    /// Set where it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
    /// To how many items it is linked.
    pub links: i64,
    /// Counts changes, so that the second of two writers is told.
    pub revision: i64,
}

impl Piece {
    /// Whether it counts on a day.
    #[must_use]
    pub fn currency(&self, today: Date) -> Currency {
        currency(self.expires_on, self.withdrawn.is_some(), today)
    }

    /// The address of its page.
    #[must_use]
    pub fn page(&self) -> String {
        format!("/evidence/{}", self.id)
    }

    /// The address of its file, to save.
    #[must_use]
    pub fn download(&self) -> String {
        format!("/evidence/{}/file", self.id)
    }

    /// The address at which it is shown without leaving the program.
    #[must_use]
    pub fn preview(&self) -> String {
        format!("/evidence/{}/preview", self.id)
    }
}

/// The columns of a [`Piece`], of `evidence e` and the uploader `people p`.
pub(crate) const PIECE_COLUMNS: &str = "e.id AS id, e.organization_id AS organization_id,
    e.title AS title, e.kind AS kind, e.file_name AS file_name, e.media_type AS media_type,
    e.size AS size, e.hash AS hash, e.issued_on AS issued_on, e.expires_on AS expires_on,
    e.note AS note, e.number AS number, e.uploaded_at AS uploaded_at,
    e.uploaded_by AS uploaded_by, p.name AS uploaded_by_name, e.withdrawn_at AS withdrawn_at,
    e.withdrawn_by AS withdrawn_by, e.withdrawn_reason AS withdrawn_reason,
    e.revision AS revision,
    (SELECT count(*) FROM evidence_links n WHERE n.evidence_id = e.id) AS links";

impl FromRow for Piece {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let withdrawn_at: Option<Instant> = row.get("withdrawn_at")?;
        let withdrawn = match withdrawn_at {
            Some(at) => Some(Withdrawal {
                at,
                by: row.get("withdrawn_by")?,
                reason: row
                    .get::<Option<String>>("withdrawn_reason")?
                    .unwrap_or_default(),
            }),
            None => None,
        };
        Ok(Self {
            id: row.get("id")?,
            organization: row.get("organization_id")?,
            title: row.get("title")?,
            kind: kind_of(row)?,
            file_name: row.get("file_name")?,
            media_type: media_type_of(row)?,
            size: row.get("size")?,
            hash: row.get("hash")?,
            issued_on: row.get("issued_on")?,
            expires_on: row.get("expires_on")?,
            note: row.get("note")?,
            number: row.get("number")?,
            uploaded_at: row.get("uploaded_at")?,
            uploaded_by: row.get("uploaded_by")?,
            uploaded_by_name: row.get("uploaded_by_name")?,
            withdrawn,
            links: row.get("links")?,
            revision: row.get("revision")?,
        })
    }
}

fn kind_of(row: &Row) -> Result<EvidenceKind, StoreError> {
    let code: String = row.get("kind")?;
    EvidenceKind::from_code(&code).ok_or_else(|| unknown("kind", &code))
}

fn media_type_of(row: &Row) -> Result<MediaType, StoreError> {
    let code: String = row.get("media_type")?;
    MediaType::from_code(&code).ok_or_else(|| unknown("media_type", &code))
}

fn unknown(column: &str, code: &str) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        reason: format!("unknown code {code}"),
    }
}

/// One version of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub number: i64,
    /// The name of the file.
    pub file_name: String,
    /// What the content is.
    pub media_type: MediaType,
    /// In bytes.
    pub size: i64,
    /// SHA-256 of the content.
    pub hash: String,
    /// The day on which it was issued or taken.
    pub issued_on: Option<Date>,
    /// The last day on which it counted.
    pub expires_on: Option<Date>,
    /// When it was added.
    pub uploaded_at: Instant,
    /// The name of the one who added it.
    pub uploaded_by_name: Option<String>,
}

impl FromRow for Version {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.get("number")?,
            file_name: row.get("file_name")?,
            media_type: media_type_of(row)?,
            size: row.get("size")?,
            hash: row.get("hash")?,
            issued_on: row.get("issued_on")?,
            expires_on: row.get("expires_on")?,
            uploaded_at: row.get("uploaded_at")?,
            uploaded_by_name: row.get("uploaded_by_name")?,
        })
    }
}

/// A piece behind an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedPiece {
    /// The item's key within its sheet.
    pub item: String,
    /// When it was linked.
    pub linked_at: Instant,
    /// The piece.
    pub piece: Piece,
}

impl FromRow for LinkedPiece {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            item: row.get("item")?,
            linked_at: row.get("linked_at")?,
            piece: Piece::from_row(row)?,
        })
    }
}

/// How many pieces stand behind an item. Withdrawn ones are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// Those that count today.
    pub current: i64,
    /// Those of them that end within [`EXPIRING_DAYS`].
    pub expiring: i64,
    /// Those whose last day is past.
    pub expired: i64,
}

/// The counts of a sheet by item key; items without evidence are absent.
pub type SheetCounts = BTreeMap<String, ItemCounts>;

/// A piece to be recorded.
#[derive(Debug, Clone)]
pub struct NewPiece {
    /// Its id.
    pub id: EvidenceId,
    /// What people call it.
    pub title: String,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// The name of the file; made safe when it is recorded.
    pub file_name: String,
    /// What the content is.
    pub media_type: MediaType,
    /// The day on which it was issued or taken.
    pub issued_on: Option<Date>,
    /// The last day on which it counts.
    pub expires_on: Option<Date>,
    /// What else a reader must know.
    pub note: Option<String>,
}

/// A further version of a piece.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The name of the file; made safe when it is recorded.
    pub file_name: String,
    /// What the content is.
    pub media_type: MediaType,
    /// The day on which it was issued or taken.
    pub issued_on: Option<Date>,
    /// The last day on which it counts.
    pub expires_on: Option<Date>,
}

/// What of a piece can be corrected without a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// What people call it.
    pub title: String,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// The day on which it was issued or taken.
    pub issued_on: Option<Date>,
    /// The last day on which it counts.
    pub expires_on: Option<Date>,
    /// What else a reader must know.
    pub note: Option<String>,
}

impl From<&Piece> for Details {
    fn from(piece: &Piece) -> Self {
        Self {
            title: piece.title.clone(),
            kind: piece.kind,
            issued_on: piece.issued_on,
            expires_on: piece.expires_on,
            note: piece.note.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn a_piece_counts_up_to_and_including_its_last_day() {
        let today = day("2026-11-21");
        let of = |last| currency(Some(day(last)), false, today);
        assert_eq!(of("2026-11-20"), Currency::Expired { days: 1 });
        assert_eq!(of("2026-11-21"), Currency::Expiring { days: 0 });
        assert_eq!(of("2026-12-21"), Currency::Expiring { days: 30 });
        assert_eq!(of("2026-12-22"), Currency::Current);
        assert_eq!(currency(None, false, today), Currency::Current);
        assert_eq!(currency(None, true, today), Currency::Withdrawn);
        assert!(of("2026-11-21").counts() && !of("2026-11-20").counts());
        assert!(!Currency::Withdrawn.counts());
    }

    #[test]
    fn each_reminder_is_sent_once_and_missed_days_are_made_up_by_the_most_urgent() {
        let last = day("2026-12-21");
        let due = |reminded, today| due_stage(last, reminded, day(today));
        assert_eq!(due(NEVER_REMINDED, "2026-11-20"), None);
        assert_eq!(due(NEVER_REMINDED, "2026-11-21"), Some(30));
        assert_eq!(due(30, "2026-11-22"), None);
        assert_eq!(due(30, "2026-12-14"), Some(7));
        assert_eq!(due(7, "2026-12-20"), Some(1));
        assert_eq!(due(1, "2026-12-21"), None);
        assert_eq!(due(1, "2026-12-22"), Some(EXPIRED_STAGE));
        assert_eq!(due(NEVER_REMINDED, "2027-05-01"), Some(EXPIRED_STAGE));
        assert_eq!(due(EXPIRED_STAGE, "2027-05-01"), None);
    }

    #[test]
    fn whoever_sets_a_near_last_day_is_not_reminded_of_what_they_see() {
        let last = day("2026-11-26");
        let reached = stage_reached(Some(last), day("2026-11-21"));
        assert_eq!(reached, 7, "five days are left");
        assert_eq!(due_stage(last, reached, day("2026-11-22")), None);
        assert_eq!(due_stage(last, reached, day("2026-11-25")), Some(1));
        assert_eq!(stage_reached(Some(last), day("2026-11-30")), EXPIRED_STAGE);
        assert_eq!(stage_reached(None, day("2026-11-30")), NEVER_REMINDED);
    }

    #[test]
    fn dates_are_held_against_each_other_and_today() {
        let today = day("R8.11.21");
        let check = |issued: &str, last: &str| {
            check_dates(parse_date(issued).ok(), parse_date(last).ok(), today)
        };
        assert_eq!(check("", ""), Ok(()));
        assert_eq!(check("R8.11.21", "R8.11.21"), Ok(()));
        assert_eq!(check("R8.11.22", ""), Err(DatesError::IssuedInFuture));
        assert_eq!(
            check("R8.4.2", "R8.4.1"),
            Err(DatesError::ExpiresBeforeIssue)
        );
        assert_eq!(
            check("R6.4.2", "R7.4.1"),
            Ok(()),
            "expired evidence can still be filed"
        );
        assert_eq!(check("", "2056-12-31"), Ok(()));
        assert_eq!(
            check("", "2096-11-21"),
            Err(DatesError::TooFar),
            "a slip in the year is caught"
        );
    }

    #[test]
    fn items_are_named_by_sheet_and_key() {
        let text = "019aa3f0-0000-7000-8000-000000000001:2-6:server";
        let at = ItemRef::parse(text).unwrap();
        assert_eq!(at.item, "2-6:server");
        assert_eq!(at.to_string(), text);
        let sheet = "019aa3f0-0000-7000-8000-000000000001";
        for refused in [
            "",
            ":",
            sheet,
            &format!("{sheet}:"),
            "x:1",
            &format!("{sheet}:a\nb"),
        ] {
            assert_eq!(ItemRef::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn kinds_round_trip() {
        for kind in EvidenceKind::ALL {
            assert_eq!(EvidenceKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(EvidenceKind::from_code("executable"), None);
    }
}
