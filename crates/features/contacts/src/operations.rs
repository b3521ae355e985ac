//! Acts on a chart, each in one transaction with its audit entry and with word to the other features. The
//! pages and the API do the same through these.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::Transaction;
use yagura_web::{Context, Records, WebError};

use crate::model::NewEntry;
use crate::store;

type Edit = Authorized<actions::EditContacts>;

async fn tell(context: &Context, tx: &mut Transaction, proof: &Edit) -> Result<(), WebError> {
    let organization = proof.organization();
    Ok(context
        .app
        .records_changed(tx, organization, Records::Contacts)
        .await?)
}

/// Adds an entry.
pub(crate) async fn add(context: &Context, proof: &Edit, entry: &NewEntry) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::add(&mut tx, proof, context.app.ids(), entry, context.now).await?;
    tell(context, &mut tx, proof).await?;
    let detail = json!({ "added": entry.category.code() });
    context
        .audit(&mut tx, proof, "contact_entry", entry.id, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Changes an entry.
pub(crate) async fn change(
    context: &Context,
    proof: &Edit,
    revision: i64,
    entry: &NewEntry,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let changes = store::change(
        &mut tx,
        proof,
        context.app.ids(),
        revision,
        entry,
        context.now,
    )
    .await?;
    let fields: Vec<&String> = changes
        .as_object()
        .map(|map| map.keys().collect())
        .unwrap_or_default();
    if fields.is_empty() {
        // Dropped, so that an unchanged chart does not count as changed.
        return Ok(());
    }
    tell(context, &mut tx, proof).await?;
    // The log names fields only: numbers of people are kept where they can be removed.
    let detail = json!({ "changed": fields });
    context
        .audit(&mut tx, proof, "contact_entry", entry.id, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Takes an entry out.
pub(crate) async fn remove(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    revision: i64,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::remove(&mut tx, proof, context.app.ids(), id, revision, context.now).await?;
    tell(context, &mut tx, proof).await?;
    context
        .audit(
            &mut tx,
            proof,
            "contact_entry",
            id,
            json!({ "removed": true }),
        )
        .await?;
    Ok(tx.commit().await?)
}

/// Moves an entry by one place. Returns whether there was room.
pub(crate) async fn shift(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    up: bool,
) -> Result<bool, WebError> {
    let mut tx = context.database().begin().await?;
    let moved = store::shift(&mut tx, proof, context.app.ids(), id, up, context.now).await?;
    if moved {
        tell(context, &mut tx, proof).await?;
        context
            .audit(
                &mut tx,
                proof,
                "contact_entry",
                id,
                json!({ "moved_up": up }),
            )
            .await?;
        tx.commit().await?;
    }
    Ok(moved)
}

/// Confirms the chart.
pub(crate) async fn confirm(
    context: &Context,
    proof: &Edit,
    seen_revision: i64,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::confirm(
        &mut tx,
        proof,
        ids,
        seen_revision,
        context.today,
        context.now,
    )
    .await?;
    tell(context, &mut tx, proof).await?;
    let organization = proof.organization();
    let detail = json!({ "confirmed": seen_revision });
    context
        .audit(&mut tx, proof, "contact_chart", organization, detail)
        .await?;
    Ok(tx.commit().await?)
}
