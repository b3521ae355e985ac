//! What pages, API and command line do alike.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_packs::Library;
use yagura_store::{Database, StoreError, Transaction};
use yagura_web::{Context, WebError};

use crate::load;
use crate::prepare::{Prepared, prepare};
use crate::read::{ReadError, ReadFile, ReadOptions, read};
use crate::store::{self, State};

/// Reads a file on a thread of its own.
pub(crate) async fn read_aside(
    bytes: bytes::Bytes,
    name: String,
    options: ReadOptions,
) -> Result<Result<ReadFile, ReadError>, WebError> {
    tokio::task::spawn_blocking(move || read(&bytes, &name, &options))
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}

/// Holds a file against a library on a thread of its own: comparing wordings takes time.
pub(crate) async fn prepare_aside(
    file: ReadFile,
    library: std::sync::Arc<Library>,
) -> Result<Prepared, WebError> {
    tokio::task::spawn_blocking(move || prepare(&file, &library))
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}

/// Keeps a file that was read as an import that waits, and returns its id.
pub(crate) async fn start(
    context: &Context,
    proof: &Authorized<actions::ManagePacks>,
    file: ReadFile,
) -> Result<Uuid, WebError> {
    let prepared = prepare_aside(file.clone(), context.app.packs()).await?;
    let id = context.app.ids().id();
    let mut tx = context.database().begin().await?;
    store::keep(&mut tx, proof, id, &file, &prepared.pack, context.now).await?;
    let detail = json!({ "act": "preview", "pack": prepared.pack.id, "sha256": file.sha256 });
    context
        .audit(&mut tx, proof, "pack_import", id, detail)
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// What confirming led to.
#[derive(Debug)]
pub(crate) enum Confirmed {
    /// The pack is in use, now or since before.
    Done {
        /// The id of the pack.
        pack: String,
    },
    /// It was dropped or is too old.
    Gone,
    /// The packs changed since the preview, so that it would do something else.
    LookAgain,
    /// It has errors, or its version is taken.
    Refused,
}

/// Takes an import over in one transaction, then gives the new library to the program.
pub(crate) async fn confirm(
    context: &Context,
    proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
) -> Result<Confirmed, WebError> {
    let mut tx = context.database().begin_long().await?;
    let library = load::assemble(store::contents_locked(&mut tx).await?).library;
    let import = store::import_locked(&mut tx, proof, id, context.now).await?;
    let file = match (import.state, import.file) {
        (State::Applied, _) => {
            return Ok(Confirmed::Done {
                pack: import.pack_id,
            });
        }
        (State::Waiting, Some(file)) => file,
        _ => return Ok(Confirmed::Gone),
    };
    let prepared = prepare_aside(file.clone(), std::sync::Arc::new(library)).await?;
    if prepared.pack.fingerprint() != import.shown {
        store::show_again(&mut tx, proof, id, &prepared.pack).await?;
        tx.commit().await?;
        load::refresh(&context.app).await?;
        return Ok(Confirmed::LookAgain);
    }
    if !prepared.can_be_taken() {
        return Ok(Confirmed::Refused);
    }
    let record = context.app.ids().id();
    let names = (file.file_name.as_str(), file.sha256.as_str());
    store::insert(&mut tx, proof, record, &prepared.pack, names, context.now).await?;
    store::finish(&mut tx, proof, id, State::Applied, context.now).await?;
    context
        .audit(
            &mut tx,
            proof,
            "pack",
            &prepared.pack.id,
            detail_of(&prepared, &file),
        )
        .await?;
    tx.commit().await?;
    load::refresh(&context.app).await?;
    Ok(Confirmed::Done {
        pack: prepared.pack.id,
    })
}

/// What the audit log keeps of an import.
#[must_use]
pub fn detail_of(prepared: &Prepared, file: &ReadFile) -> serde_json::Value {
    json!({
        "act": "import",
        "version": prepared.pack.version.to_string(),
        "file": file.file_name,
        "sha256": file.sha256,
        "changes": prepared.changes.len(),
    })
}

/// Drops an import that waits.
pub(crate) async fn cancel(
    context: &Context,
    proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::finish(&mut tx, proof, id, State::Cancelled, context.now).await?;
    context
        .audit(
            &mut tx,
            proof,
            "pack_import",
            id,
            json!({ "act": "cancel" }),
        )
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a file over in one go, for the command line. Nothing is written where it cannot be taken,
/// or where `dry_run` says so. The caller's `audit` writes the entry into the same transaction.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn take(
    database: &Database,
    proof: &Authorized<actions::ManagePacks>,
    id: Uuid,
    file: &ReadFile,
    dry_run: bool,
    now: Instant,
    audit: impl AsyncFnOnce(&mut Transaction, &Prepared) -> Result<(), StoreError>,
) -> Result<Prepared, StoreError> {
    let mut tx = database.begin_long().await?;
    let library = load::assemble(store::contents_locked(&mut tx).await?).library;
    let prepared = prepare(file, &library);
    if !dry_run && prepared.can_be_taken() {
        let names = (file.file_name.as_str(), file.sha256.as_str());
        store::insert(&mut tx, proof, id, &prepared.pack, names, now).await?;
        audit(&mut tx, &prepared).await?;
        tx.commit().await?;
    }
    Ok(prepared)
}
