//! Acts on the register, each in one transaction with its audit entry. The pages and the API do the
//! same through these.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::{Context, WebError};

use crate::model::Content;
use crate::store::{self, InventoryError, Written};

/// Why an act could not be done.
#[derive(Debug)]
pub(crate) enum ActError {
    /// The field refers to something that is none of this institution's.
    Reference(&'static str),
    /// Anything else.
    Web(WebError),
}

impl From<InventoryError> for ActError {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::Reference(field) => Self::Reference(field),
            error => Self::Web(error.into()),
        }
    }
}

impl From<yagura_store::StoreError> for ActError {
    fn from(error: yagura_store::StoreError) -> Self {
        Self::Web(error.into())
    }
}

impl From<ActError> for WebError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Reference(field) => InventoryError::Reference(field).into(),
            ActError::Web(error) => error,
        }
    }
}

type Edit = Authorized<actions::EditInventory>;

fn resource<C: Content>() -> &'static str {
    match C::KIND {
        crate::model::RecordKind::System => "inventory_system",
        crate::model::RecordKind::Connection => "inventory_connection",
        crate::model::RecordKind::Asset => "inventory_asset",
    }
}

/// Adds a record.
pub(crate) async fn add<C: Content>(
    context: &Context,
    proof: &Edit,
    content: &C,
) -> Result<Uuid, ActError> {
    let mut tx = context.database().begin().await?;
    let id = store::add(&mut tx, proof, context.app.ids(), content, context.now).await?;
    let detail = json!({ "act": "add" });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a record.
pub(crate) async fn change<C: Content>(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    revision: i64,
    content: &C,
) -> Result<Written, ActError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let written = store::change(&mut tx, proof, ids, id, revision, content, context.now).await?;
    if written.changed.is_empty() {
        return Ok(written);
    }
    // The log names fields; what stood in them is in the register's own history.
    let fields: Vec<&String> = written.changed.keys().collect();
    let detail = json!({ "act": "change", "fields": fields });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    tx.commit().await?;
    Ok(written)
}

/// Takes a record out.
pub(crate) async fn remove<C: Content>(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    revision: i64,
) -> Result<C, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let content: C = store::remove(&mut tx, proof, ids, id, revision, context.now).await?;
    let detail = json!({ "act": "remove" });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    tx.commit().await?;
    Ok(content)
}

/// Confirms a record for the present fiscal year.
pub(crate) async fn confirm<C: Content>(
    context: &Context,
    proof: &Authorized<actions::ConfirmInventory>,
    id: Uuid,
    revision: i64,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::confirm::<C>(&mut tx, proof, ids, id, revision, context.now).await?;
    let detail = json!({ "act": "confirm", "revision": revision });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    Ok(tx.commit().await?)
}
