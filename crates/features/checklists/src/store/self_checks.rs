//! Self-checks of the nine principles, by person, audience and day.

use std::collections::BTreeSet;

use yagura_kernel::id::{IdGenerator, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_packs::{Pack, SelfCheck};
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

use crate::model::{SelfCheckInput, SelfCheckProblem, check_self_check};

/// Why a self-check was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SelfCheckEntry {
    /// It does not fit its pack or its day.
    #[error(transparent)]
    Refused(#[from] SelfCheckProblem),
    /// Nobody is there to answer: a link or the program itself.
    #[error("a self-check is answered by a person")]
    NoPerson,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A self-check that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSelfCheck {
    /// Which pack.
    pub pack_id: String,
    /// As whom.
    pub audience: String,
    /// On which day.
    pub on: Date,
    /// The boxes that were ticked.
    pub ticked: BTreeSet<String>,
    /// How many boxes there were.
    pub boxes: i64,
}

impl FromRow for StoredSelfCheck {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let ticked: serde_json::Value = row.get("ticked")?;
        Ok(Self {
            pack_id: row.get("pack_id")?,
            audience: row.get("audience")?,
            on: row.get("checked_on")?,
            ticked: serde_json::from_value(ticked)?,
            boxes: row.get("boxes")?,
        })
    }
}

/// Keeps a self-check of a person; a second one of the same day takes the place of the first.
///
/// # Errors
/// [`SelfCheckEntry`].
pub async fn store_self_check(
    tx: &mut Transaction,
    ids: &dyn IdGenerator,
    proof: &Authorized<actions::AnswerSelfCheck>,
    pack: &Pack,
    check: &SelfCheck,
    input: &SelfCheckInput,
    now: Instant,
) -> Result<(), SelfCheckEntry> {
    let person = super::Author::of(proof.principal())
        .person
        .ok_or(SelfCheckEntry::NoPerson)?;
    let (ticked, boxes) = check_self_check(input, check, now.jst_date())?;
    let boxes = i64::try_from(boxes).unwrap_or(i64::MAX);
    let ticked_count = i64::try_from(ticked.len()).unwrap_or(i64::MAX);
    let ticked = serde_json::to_value(ticked).map_err(StoreError::from)?;
    tx.execute(
        "INSERT INTO self_checks (id, organization_id, person_id, pack_id, pack_version, audience,
            checked_on, ticked, ticked_count, boxes, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (organization_id, person_id, pack_id, audience, checked_on) DO UPDATE SET
            pack_version = excluded.pack_version, ticked = excluded.ticked,
            ticked_count = excluded.ticked_count, boxes = excluded.boxes,
            recorded_at = excluded.recorded_at",
        params![
            ids.id(),
            proof.organization(),
            person,
            &pack.id,
            pack.version.to_string(),
            &input.audience,
            input.on,
            &ticked,
            ticked_count,
            boxes,
            now
        ],
    )
    .await?;
    Ok(())
}

/// The self-checks that a person made at an institution, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn own_self_checks(
    database: &Database,
    proof: &Authorized<actions::AnswerSelfCheck>,
    person: PersonId,
    limit: i64,
) -> Result<Vec<StoredSelfCheck>, StoreError> {
    database
        .rows(
            "SELECT * FROM self_checks WHERE organization_id = $1 AND person_id = $2
             ORDER BY checked_on DESC, recorded_at DESC LIMIT $3",
            params![proof.organization(), person, limit],
        )
        .await
}

row! {
    /// How far the people of an institution are with the self-check in a fiscal year.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct AudienceProgress {
        /// As whom they answered.
        pub audience: String,
        /// How many people answered at least once.
        pub people: i64,
        /// How many boxes were ticked in all answers.
        pub ticked: i64,
        /// How many boxes there were in all answers.
        pub boxes: i64,
        /// The day of the newest answer.
        pub newest: Option<Date>,
    }
}

/// How far the people of an institution are with the self-check in a fiscal year: numbers only,
/// never who ticked what.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn self_check_progress(
    database: &Database,
    proof: &Authorized<actions::ReadSheet>,
    pack_id: &str,
    year: FiscalYear,
) -> Result<Vec<AudienceProgress>, StoreError> {
    database
        .rows(
            "SELECT audience, count(DISTINCT person_id) AS people,
                    CAST(sum(ticked_count) AS BIGINT) AS ticked,
                    CAST(sum(boxes) AS BIGINT) AS boxes, max(checked_on) AS newest
             FROM self_checks
             WHERE organization_id = $1 AND pack_id = $2 AND checked_on >= $3 AND checked_on <= $4
             GROUP BY audience ORDER BY audience",
            params![proof.organization(), pack_id, year.start(), year.end()],
        )
        .await
}
