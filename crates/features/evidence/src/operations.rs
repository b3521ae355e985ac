//! Acts on evidence, each in one transaction with its audit entry and with word to the sheets. The
//! pages and the API do the same through these.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{EvidenceId, SheetId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::Transaction;
use yagura_store::blobs::StoredBlob;
use yagura_web::{Context, Records, WebError};

use crate::host::EvidenceHost;
use crate::model::{Details, ItemRef, NewPiece, NewVersion};
use crate::store;

type Manage = Authorized<actions::ManageEvidence>;

/// The kind under which the audit log names pieces.
pub(crate) const RESOURCE: &str = "evidence";

fn sheets_of(items: &[ItemRef]) -> Vec<SheetId> {
    let mut sheets: Vec<SheetId> = items.iter().map(|at| at.sheet).collect();
    sheets.sort_unstable();
    sheets.dedup();
    sheets
}

async fn tell(
    context: &Context,
    host: &dyn EvidenceHost,
    tx: &mut Transaction,
    proof: &Manage,
    sheets: &[SheetId],
) -> Result<(), WebError> {
    if !sheets.is_empty() {
        let organization = proof.organization();
        host.evidence_changed(tx, organization, sheets, context.today, context.now)
            .await?;
        context
            .app
            .records_changed(tx, organization, Records::Evidence)
            .await?;
    }
    Ok(())
}

async fn tell_sheets_of(
    context: &Context,
    host: &dyn EvidenceHost,
    tx: &mut Transaction,
    proof: &Manage,
    id: EvidenceId,
) -> Result<(), WebError> {
    let sheets = store::sheets_within(tx, id).await?;
    tell(context, host, tx, proof, &sheets).await
}

/// Records a piece whose file was stored, and links it.
pub(crate) async fn create(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    new: NewPiece,
    blob: &StoredBlob,
    items: &[ItemRef],
    kept: Option<Uuid>,
) -> Result<EvidenceId, WebError> {
    let ids = context.app.ids();
    let mut tx = context.database().begin().await?;
    let detail = json!({ "title": new.title, "hash": blob.hash, "size": blob.size,
                         "media_type": new.media_type.code(), "items": texts(items) });
    let id = store::insert(&mut tx, proof, ids, new, blob, context.now).await?;
    store::attach(&mut tx, proof, ids, id, items, context.now).await?;
    if let Some(kept) = kept {
        store::forget_upload(&mut tx, kept).await?;
    }
    tell(context, host, &mut tx, proof, &sheets_of(items)).await?;
    context.audit(&mut tx, proof, RESOURCE, id, detail).await?;
    tx.commit().await?;
    Ok(id)
}

fn texts(items: &[ItemRef]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// Adds a version whose file was stored.
#[expect(clippy::too_many_arguments, reason = "each is a part of one act")]
pub(crate) async fn add_version(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    id: EvidenceId,
    revision: i64,
    new: NewVersion,
    blob: &StoredBlob,
    kept: Option<Uuid>,
) -> Result<i64, WebError> {
    let mut tx = context.database().begin().await?;
    let media_type = new.media_type.code();
    let ids = context.app.ids();
    let number =
        store::add_version(&mut tx, proof, ids, id, revision, new, blob, context.now).await?;
    if let Some(kept) = kept {
        store::forget_upload(&mut tx, kept).await?;
    }
    tell_sheets_of(context, host, &mut tx, proof, id).await?;
    let detail = json!({ "version": number, "hash": blob.hash, "size": blob.size,
                         "media_type": media_type });
    context.audit(&mut tx, proof, RESOURCE, id, detail).await?;
    tx.commit().await?;
    Ok(number)
}

/// Corrects what is said about a piece. Returns whether anything changed.
pub(crate) async fn change(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    id: EvidenceId,
    revision: i64,
    new: &Details,
) -> Result<bool, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let changes = store::change(&mut tx, proof, ids, id, revision, new, context.now).await?;
    let changed = changes
        .as_object()
        .is_some_and(|changes| !changes.is_empty());
    if changed {
        tell_sheets_of(context, host, &mut tx, proof, id).await?;
        context
            .audit(&mut tx, proof, RESOURCE, id, json!({ "changes": changes }))
            .await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Links a piece to items. Returns how many links were new.
pub(crate) async fn attach(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    id: EvidenceId,
    items: &[ItemRef],
) -> Result<u64, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let new = store::attach(&mut tx, proof, ids, id, items, context.now).await?;
    if new > 0 {
        tell(context, host, &mut tx, proof, &sheets_of(items)).await?;
        let detail = json!({ "attached": texts(items) });
        context.audit(&mut tx, proof, RESOURCE, id, detail).await?;
    }
    tx.commit().await?;
    Ok(new)
}

/// Takes a link away. Returns whether there was one.
pub(crate) async fn detach(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    id: EvidenceId,
    at: &ItemRef,
) -> Result<bool, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let removed = store::detach(&mut tx, proof, ids, id, at, context.now).await?;
    if removed {
        tell(context, host, &mut tx, proof, &[at.sheet]).await?;
        let detail = json!({ "detached": at.to_string() });
        context.audit(&mut tx, proof, RESOURCE, id, detail).await?;
    }
    tx.commit().await?;
    Ok(removed)
}

/// Withdraws a piece.
pub(crate) async fn withdraw(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    id: EvidenceId,
    revision: i64,
    reason: &str,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::withdraw(&mut tx, proof, ids, id, revision, reason, context.now).await?;
    tell_sheets_of(context, host, &mut tx, proof, id).await?;
    context
        .audit(&mut tx, proof, RESOURCE, id, json!({ "withdrawn": reason }))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Undoes a withdrawal. Returns whether there was one.
pub(crate) async fn restore(
    context: &Context,
    host: &dyn EvidenceHost,
    proof: &Manage,
    id: EvidenceId,
    revision: i64,
) -> Result<bool, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let restored = store::restore(&mut tx, proof, ids, id, revision, context.now).await?;
    if restored {
        tell_sheets_of(context, host, &mut tx, proof, id).await?;
        context
            .audit(&mut tx, proof, RESOURCE, id, json!({ "restored": true }))
            .await?;
    }
    tx.commit().await?;
    Ok(restored)
}
