//! Files that go with a request, in the store of files, first with its draft.

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::time::Instant;
use yagura_store::blobs::StoredBlob;
use yagura_store::{
    ComposedSql, Database, StoreError, Transaction, Value, blobs, params, placeholders, row,
};

use super::File;

/// The most files of a request.
pub const MOST_FILES: usize = 10;

row! {
    /// A file.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct KeptFile {
        /// Its id.
        pub id: Uuid,
        /// The field to which it is an answer.
        pub field: String,
        /// Its name.
        pub file_name: String,
        /// Its media type, by code of the evidence's list.
        pub media_type: String,
        /// SHA-256 of its content.
        pub hash: String,
        /// Its size in bytes.
        pub size: i64,
    }
}

/// Keeps a file with a draft.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn keep_file(
    tx: &mut Transaction,
    proof: &File,
    person: PersonId,
    draft: Uuid,
    file: (Uuid, &str, &str, &str),
    blob: &StoredBlob,
    now: Instant,
) -> Result<(), StoreError> {
    let (id, field, name, media_type) = file;
    blobs::record(tx, blob, now).await?;
    tx.execute(
        "INSERT INTO request_files (id, organization_id, draft_id, field, file_name, media_type,
             hash, size, added_at, added_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            proof.organization(),
            draft,
            field,
            name,
            media_type,
            &blob.hash,
            i64::try_from(blob.size).unwrap_or(i64::MAX),
            now,
            person
        ],
    )
    .await?;
    Ok(())
}

const COLUMNS: &str = "SELECT id, field, file_name, media_type, hash, size FROM request_files";

/// The files of a draft.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn files_of_draft(
    database: &Database,
    proof: &File,
    draft: Uuid,
) -> Result<Vec<KeptFile>, StoreError> {
    let sql = format!("{COLUMNS} WHERE draft_id = $1 AND organization_id = $2 ORDER BY id");
    database
        .rows(ComposedSql(sql), params![draft, proof.organization()])
        .await
}

/// The files of a request.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn files_of_request(
    database: &Database,
    proof: &File,
    request: Uuid,
) -> Result<Vec<KeptFile>, StoreError> {
    let sql = format!("{COLUMNS} WHERE request_id = $1 AND organization_id = $2 ORDER BY id");
    database
        .rows(ComposedSql(sql), params![request, proof.organization()])
        .await
}

/// One file of a request.
///
/// # Errors
/// [`StoreError::NotFound`] where the request has no such file.
pub async fn file(
    database: &Database,
    proof: &File,
    request: Uuid,
    id: Uuid,
) -> Result<KeptFile, StoreError> {
    let sql = format!("{COLUMNS} WHERE request_id = $1 AND organization_id = $2 AND id = $3");
    database
        .one(ComposedSql(sql), params![request, proof.organization(), id])
        .await
}

/// Takes a file from a draft.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn forget_file(
    tx: &mut Transaction,
    proof: &File,
    draft: Uuid,
    id: Uuid,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM request_files WHERE id = $1 AND draft_id = $2 AND organization_id = $3",
        params![id, draft, proof.organization()],
    )
    .await?;
    Ok(())
}

/// Takes the files of a draft that answer none of these fields: a file to a question that is not asked
/// goes nowhere.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn forget_files_of_draft(
    tx: &mut Transaction,
    proof: &File,
    draft: Uuid,
    fields: &[&str],
) -> Result<(), StoreError> {
    let mut values = params![draft, proof.organization()];
    values.extend(fields.iter().map(|field| Value::from(*field)));
    let others = if fields.is_empty() {
        String::new()
    } else {
        format!(" AND field NOT IN ({})", placeholders(3, fields.len()))
    };
    let sql =
        format!("DELETE FROM request_files WHERE draft_id = $1 AND organization_id = $2{others}");
    tx.execute(ComposedSql(sql), values).await?;
    Ok(())
}

/// Gives the files of a draft to the request that it became.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn adopt_files(
    tx: &mut Transaction,
    proof: &File,
    draft: Uuid,
    request: Uuid,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE request_files SET request_id = $1, draft_id = NULL
         WHERE draft_id = $2 AND organization_id = $3",
        params![request, draft, proof.organization()],
    )
    .await?;
    Ok(())
}
