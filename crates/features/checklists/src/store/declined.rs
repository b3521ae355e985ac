//! Drafts that somebody looked at and did not want.

use std::collections::BTreeSet;

use yagura_kernel::id::SheetId;
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::sheets::owner_of;
use super::{Author, ReadProof, WriteProof};

row! {
    struct KeyRow { item_key: String }
}

/// The rows of a sheet whose drafts somebody did not want.
///
/// # Errors
/// [`StoreError::NotFound`] where the proof does not cover the sheet.
pub async fn declined_drafts(
    database: &Database,
    proof: ReadProof<'_>,
    sheet: SheetId,
) -> Result<BTreeSet<String>, StoreError> {
    let owner = owner_of(database, sheet).await?;
    proof.require(owner.organization, owner.subject)?;
    let rows: Vec<KeyRow> = database
        .rows(
            "SELECT item_key FROM declined_drafts WHERE sheet_id = $1",
            params![sheet],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.item_key).collect())
}

/// Notes that somebody looked at the drafts of these rows and did not want them; they can still be
/// taken over later.
///
/// # Errors
/// [`StoreError::NotFound`] where the proof does not cover the sheet.
pub async fn decline_drafts(
    database: &Database,
    tx: &mut Transaction,
    proof: WriteProof<'_>,
    sheet: SheetId,
    items: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    let owner = owner_of(database, sheet).await?;
    proof.require(owner.organization, owner.subject)?;
    let author = Author::of(proof.principal());
    for item in items {
        tx.execute(
            "INSERT INTO declined_drafts (sheet_id, item_key, declined_at, declined_by)
             VALUES ($1, $2, $3, $4) ON CONFLICT (sheet_id, item_key) DO NOTHING",
            params![sheet, item, now, author.person],
        )
        .await?;
    }
    Ok(())
}
