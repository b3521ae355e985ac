//! Documents of a vendor that wait for its word.

use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::super::VulnerabilityError;

row! {
    /// A document of a vendor.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Upload {
        /// Its id.
        pub id: Uuid,
        /// When it was sent.
        pub created_at: Instant,
        /// What its file was called.
        pub file_name: String,
        /// The document.
        pub content: String,
        /// When its answers were given.
        pub applied_at: Option<Instant>,
        /// To how many questions.
        pub answered: i64,
    }
}

/// Keeps a document until the vendor has looked at what it would do. The caller has shown that
/// it acts for the vendor.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn keep(
    tx: &mut Transaction,
    vendor: OrganizationId,
    upload: &Upload,
    by: Option<yagura_kernel::id::PersonId>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO vuln_vex_uploads (id, vendor_id, created_at, created_by, file_name, content,
            answered)
         VALUES ($1, $2, $3, $4, $5, $6, 0)",
        params![
            upload.id,
            vendor,
            upload.created_at,
            by,
            &upload.file_name,
            &upload.content
        ],
    )
    .await?;
    Ok(())
}

/// A document of a vendor.
///
/// # Errors
/// [`VulnerabilityError::NotFound`].
pub(crate) async fn get(
    database: &Database,
    vendor: OrganizationId,
    id: Uuid,
) -> Result<Upload, VulnerabilityError> {
    let found: Option<Upload> = database
        .optional(
            "SELECT id, created_at, file_name, content, applied_at, answered
             FROM vuln_vex_uploads WHERE id = $1 AND vendor_id = $2",
            params![id, vendor],
        )
        .await?;
    found.ok_or(VulnerabilityError::NotFound)
}

/// Notes that a document's answers were given; what it said stands in the history from now on.
///
/// # Errors
/// [`StoreError::Conflict`] where they were given already.
pub(crate) async fn applied(
    tx: &mut Transaction,
    id: Uuid,
    answered: usize,
    now: Instant,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE vuln_vex_uploads SET applied_at = $2, answered = $3, content = ''
             WHERE id = $1 AND applied_at IS NULL",
            params![id, now, i64::try_from(answered).unwrap_or(i64::MAX)],
        )
        .await?;
    if touched == 0 {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

/// Forgets documents that nobody confirmed within a day.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn forget(tx: &mut Transaction, now: Instant) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM vuln_vex_uploads WHERE created_at < $1 AND applied_at IS NULL",
        params![now.plus_days(-1)],
    )
    .await?;
    Ok(())
}
