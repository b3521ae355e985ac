//! What pages, API and command line do alike.

use serde_json::json;
use uuid::Uuid;
use yagura_checklists::store::PackUses;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_packs::{Library, PackVersion};
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

/// What asking to withdraw an imported pack led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawal {
    /// It is withdrawn. What ships with the program, or an older import, counts again.
    Done,
    /// This version was not imported: it ships with the program, or there is none.
    NotImported,
    /// Sheets or self-checks stand on this version; they would lose their questions.
    InUse(PackUses),
    /// Another imported pack builds on it and could not be used without it.
    Needed {
        /// Which one.
        by: String,
    },
}

impl Withdrawal {
    /// The key of what a person is told.
    #[must_use]
    pub const fn message_key(&self) -> &'static str {
        match self {
            Self::Done => "rulepacks-withdraw-done",
            Self::NotImported => "rulepacks-withdraw-not-imported",
            Self::InUse(_) => "rulepacks-withdraw-in-use",
            Self::Needed { .. } => "rulepacks-withdraw-needed",
        }
    }

    /// The arguments of the message.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Done | Self::NotImported => Vec::new(),
            Self::InUse(uses) => vec![
                ("sheets", uses.sheets.to_string()),
                ("checks", uses.self_checks.to_string()),
            ],
            Self::Needed { by } => vec![("by", by.clone())],
        }
    }
}

/// Withdraws an imported version of a pack, for pages, API and command line. Refused where anything
/// was filled in by it. The caller writes the audit entry into the same transaction, begun by
/// [`Database::begin_long`], and commits it where the answer is [`Withdrawal::Done`]; a running
/// server of the same installation follows within seconds ([`crate::follow`]).
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn withdraw(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManagePacks>,
    pack: &str,
    version: PackVersion,
) -> Result<Withdrawal, StoreError> {
    let contents = store::contents_locked(tx).await?;
    let is_meant =
        |stored: &store::Content| stored.pack_id == pack && stored.version == version.to_string();
    if !contents.iter().any(is_meant) {
        return Ok(Withdrawal::NotImported);
    }
    let uses = yagura_checklists::store::pack_uses(tx, pack, version).await?;
    if !uses.is_none() {
        return Ok(Withdrawal::InUse(uses));
    }
    let before = load::assemble(contents.clone());
    let rest = contents.into_iter().filter(|stored| !is_meant(stored));
    let after = load::assemble(rest.collect());
    let is_new = |fault: &&load::LoadFault| !before.faults.contains(fault);
    if let Some(fault) = after.faults.iter().find(is_new) {
        return Ok(Withdrawal::Needed {
            by: format!("{} {}", fault.pack, fault.version),
        });
    }
    store::remove(tx, proof, pack, version).await?;
    Ok(Withdrawal::Done)
}

/// Withdraws a pack for somebody at a browser or program: the newest version, where none is named.
pub(crate) async fn withdraw_for(
    context: &Context,
    proof: &Authorized<actions::ManagePacks>,
    pack: &str,
    version: Option<&str>,
) -> Result<Withdrawal, WebError> {
    let version = match version {
        Some(text) => text.parse().ok(),
        None => context.app.packs().get(pack).map(|pack| pack.version),
    };
    let Some(version) = version else {
        return Ok(Withdrawal::NotImported);
    };
    let mut tx = context.database().begin_long().await?;
    let answer = withdraw(&mut tx, proof, pack, version).await?;
    if answer == Withdrawal::Done {
        let detail = json!({ "act": "withdraw", "version": version.to_string() });
        context.audit(&mut tx, proof, "pack", pack, detail).await?;
        tx.commit().await?;
        load::refresh(&context.app).await?;
    }
    Ok(answer)
}
