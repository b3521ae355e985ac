//! Drafts: what somebody began to fill in. A draft keeps the form's version with which it was begun.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, PersonId};
use yagura_kernel::time::Instant;
use yagura_store::{Database, Row, StoreError, Transaction, params};

use super::{File, FormVersion, parsed, text_of};
use crate::model::Answers;

/// A request that is being filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub person: PersonId,
    /// The form's key.
    pub form_key: String,
    /// The form's version in the institution.
    pub form_number: i64,
    /// The form's fingerprint.
    pub fingerprint: String,
    /// What was answered so far.
    pub answers: Answers,
    /// To be sent with a change.
    pub revision: i64,
    /// When it was last saved.
    pub updated_at: Instant,
}

impl yagura_store::FromRow for Draft {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            person: row.get("person_id")?,
            form_key: row.get("form_key")?,
            form_number: row.get("form_number")?,
            fingerprint: row.get("fingerprint")?,
            answers: parsed("answers", &row.get::<String>("answers")?)?,
            revision: row.get("revision")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// One's own draft.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not one's own.
pub async fn draft(
    database: &Database,
    proof: &File,
    person: PersonId,
    id: Uuid,
) -> Result<Draft, StoreError> {
    database
        .one(
            "SELECT * FROM request_drafts
             WHERE id = $1 AND organization_id = $2 AND person_id = $3",
            params![id, proof.organization(), person],
        )
        .await
}

/// One's own drafts, newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn drafts_of(
    database: &Database,
    proof: &File,
    person: PersonId,
) -> Result<Vec<Draft>, StoreError> {
    database
        .rows(
            "SELECT * FROM request_drafts WHERE organization_id = $1 AND person_id = $2
             ORDER BY id DESC LIMIT 50",
            params![proof.organization(), person],
        )
        .await
}

/// Saves a draft: a new one where `known` is `None`.
///
/// # Errors
/// [`StoreError::Conflict`] where it was saved elsewhere meanwhile.
#[expect(clippy::too_many_arguments, reason = "each is a part of one act")]
pub async fn save_draft(
    tx: &mut Transaction,
    proof: &File,
    ids: &dyn IdGenerator,
    person: PersonId,
    known: Option<(Uuid, i64)>,
    form: &FormVersion,
    answers: &Answers,
    now: Instant,
) -> Result<Uuid, StoreError> {
    let fingerprint = super::keep_form(tx, &form.stored).await?;
    let answers = text_of(answers)?;
    let Some((id, revision)) = known else {
        let id = ids.id();
        tx.execute(
            "INSERT INTO request_drafts (id, organization_id, person_id, form_key, form_number,
                 fingerprint, answers, revision, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
            params![
                id,
                proof.organization(),
                person,
                &form.key,
                form.number,
                fingerprint,
                answers,
                now
            ],
        )
        .await?;
        return Ok(id);
    };
    let touched = tx
        .execute(
            "UPDATE request_drafts SET form_number = $1, fingerprint = $2, answers = $3,
                 revision = revision + 1, updated_at = $4
             WHERE id = $5 AND organization_id = $6 AND person_id = $7 AND revision = $8",
            params![
                form.number,
                fingerprint,
                answers,
                now,
                id,
                proof.organization(),
                person,
                revision
            ],
        )
        .await?;
    if touched == 1 {
        Ok(id)
    } else {
        Err(StoreError::Conflict)
    }
}

/// Takes a draft away, as it was read: so that it is filed once.
///
/// # Errors
/// [`StoreError::Conflict`] where it is gone or was saved meanwhile.
pub async fn forget_draft(
    tx: &mut Transaction,
    proof: &File,
    person: PersonId,
    id: Uuid,
    revision: i64,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "DELETE FROM request_drafts
             WHERE id = $1 AND organization_id = $2 AND person_id = $3 AND revision = $4",
            params![id, proof.organization(), person, revision],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}
