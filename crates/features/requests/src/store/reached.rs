//! Who was told of what: those for whom open requests wait, reminders by day, and in which language
//! people read.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::time::Date;
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{Request, text_of};

row! {
    struct InstitutionRow { organization_id: OrganizationId }
}

/// The institutions with open requests, after one of them.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn institutions_with_open(
    database: &Database,
    after: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<OrganizationId>, StoreError> {
    let after = after.map_or_else(Uuid::nil, |id| id.uuid());
    let rows: Vec<InstitutionRow> = database
        .rows(
            "SELECT o.id AS organization_id FROM organizations o
             WHERE o.id > $1 AND EXISTS (SELECT 1 FROM requests r
                 WHERE r.organization_id = o.id AND r.closed_at IS NULL)
             ORDER BY o.id LIMIT $2",
            params![after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

/// The open requests of an institution, after one of them.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn open_of(
    database: &Database,
    organization: OrganizationId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Request>, StoreError> {
    database
        .rows(
            "SELECT * FROM requests
             WHERE organization_id = $1 AND closed_at IS NULL AND id > $2 ORDER BY id LIMIT $3",
            params![organization, after, limit],
        )
        .await
}

/// Those for whom a request waits, as they are told now. Whether it is still as it was read: whoever
/// acted on it meanwhile has told them.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn set_told(
    tx: &mut Transaction,
    request: &Request,
    told: &BTreeSet<PersonId>,
) -> Result<Reached, StoreError> {
    let touched = tx
        .execute(
            "UPDATE requests SET told = $1 WHERE id = $2 AND revision = $3 AND told = $4",
            params![
                text_of(told)?,
                request.id,
                request.revision,
                text_of(&request.told)?
            ],
        )
        .await?;
    Ok(if touched == 1 {
        Reached::Now
    } else {
        Reached::Otherwise
    })
}

/// Whether people are told by this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// They are.
    Now,
    /// Somebody else did so at this moment.
    Otherwise,
}

/// Notes that somebody is reminded on a day; whether it is the first time on that day.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn is_first_reminder(
    tx: &mut Transaction,
    organization: OrganizationId,
    person: PersonId,
    day: Date,
) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "INSERT INTO request_reminders (organization_id, person_id, day) VALUES ($1, $2, $3)
             ON CONFLICT (organization_id, person_id, day) DO NOTHING",
            params![organization, person, day],
        )
        .await?;
    Ok(touched == 1)
}

/// Forgets on which days before one people were reminded.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn forget_reminders(tx: &mut Transaction, before: Date) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM request_reminders WHERE day < $1",
        params![before],
    )
    .await?;
    Ok(())
}

/// Notes in which language somebody acts at the desk: their mails are written in it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn remember_language(
    tx: &mut Transaction,
    organization: OrganizationId,
    person: PersonId,
    language: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO request_readers (organization_id, person_id, language) VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, person_id) DO UPDATE SET language = excluded.language
         WHERE request_readers.language <> excluded.language",
        params![organization, person, language],
    )
    .await?;
    Ok(())
}

row! {
    struct ReaderRow { person_id: PersonId, language: String }
}

/// In which languages the people of an institution read, by code, as far as it is known.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn languages(
    database: &Database,
    organization: OrganizationId,
) -> Result<HashMap<PersonId, String>, StoreError> {
    let rows: Vec<ReaderRow> = database
        .rows(
            "SELECT person_id, language FROM request_readers WHERE organization_id = $1
             ORDER BY person_id LIMIT 100000",
            params![organization],
        )
        .await?;
    let pairs = rows.into_iter().map(|row| (row.person_id, row.language));
    Ok(pairs.collect())
}
