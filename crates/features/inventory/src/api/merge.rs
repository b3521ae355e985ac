//! Rows that may be one device, and making one of two.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_web::api::{JsonBody, Page, PathOf, Problem};
use yagura_web::{Context, WebError};

use super::{InventoryRecord, cleaned, get};
use crate::merging;
use crate::model::{Asset, Record};
use crate::pages::authorize;
use crate::store::{self, AsRead};

/// A key that two rows bear.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventorySharedKey {
    /// What sort of key it is, such as `serial`, `mac` or `fqdn`.
    #[schema(value_type = String)]
    kind: discovery::reconcile::KeyKind,
    /// Its value in comparable form.
    value: String,
}

/// Two rows that may be one device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventoryDuplicate {
    /// The older row.
    asset: Uuid,
    /// Its name.
    name: String,
    /// The newer row.
    other: Uuid,
    /// Its name.
    other_name: String,
    /// The keys that both bear, the surest first.
    keys: Vec<InventorySharedKey>,
    /// Whether a stronger key speaks against it.
    is_contradicted: bool,
}

/// List pairs of devices that may be one, by what hardly stands on two: serial number, MAC address,
/// name with domain. At most 500, the surest first.
#[utoipa::path(
    get, path = "/api/v1/inventory/duplicates", tag = "inventory",
    responses(
        (status = 200, body = Page<InventoryDuplicate>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn duplicates(
    context: Context,
) -> Result<Json<Page<InventoryDuplicate>>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let pairs = merging::pairs(&context, &proof).await?;
    let items = pairs
        .into_iter()
        .take(500)
        .map(|pair| InventoryDuplicate {
            asset: pair.kept.0,
            name: pair.kept.1,
            other: pair.gone.0,
            other_name: pair.gone.1,
            keys: pair
                .keys
                .into_iter()
                .map(|key| InventorySharedKey {
                    kind: key.kind,
                    value: key.value,
                })
                .collect(),
            is_contradicted: pair.is_contradicted,
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Which rows become one, and what it says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventoryMerge {
    /// The revision of the row that stays, as it was read.
    revision: i64,
    /// The row that goes.
    other: Uuid,
    /// The revision of the row that goes, as it was read.
    other_revision: i64,
    /// What the row says from now on; without it, what the pages would propose.
    content: Option<Asset>,
}

/// Make one row of two: what refers to the other refers to this one, what was learned of it stays,
/// and both keep their history.
#[utoipa::path(
    post, path = "/api/v1/inventory/assets/{asset}/merge", tag = "inventory",
    params(("asset" = Uuid, Path, description = "The row that stays")),
    request_body = InventoryMerge,
    responses(
        (status = 200, body = InventoryRecord<Asset>),
        (status = 400, description = "Not the JSON that is expected, or it is the same row", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such row", body = Problem),
        (status = 409, description = "Somebody else changed one of them meanwhile", body = Problem),
        (status = 422, description = "Fields to be mended", body = Problem),
    )
)]
pub(super) async fn merge(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<InventoryMerge>,
) -> Result<Json<InventoryRecord<Asset>>, WebError> {
    let proof = authorize::<Asset, actions::EditInventory>(&context, id).await?;
    let read = authorize::<Asset, actions::ReadInventory>(&context, id).await?;
    let content = match body.content {
        Some(content) => cleaned(&context, &content)?,
        None => {
            let kept: Record<Asset> = store::get(context.database(), &read, id).await?;
            let gone: Record<Asset> = store::get(context.database(), &read, body.other).await?;
            merging::merged(&kept, &gone, |_| String::new())
                .map_err(|problems| super::fields(&context, &problems))?
        }
    };
    let kept = AsRead {
        id,
        revision: body.revision,
    };
    let gone = AsRead {
        id: body.other,
        revision: body.other_revision,
    };
    merging::merge(&context, &proof, (kept, gone), &content).await?;
    get(&context, id).await.map(Json)
}

/// Of which row it is said whether it is the same device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventoryApart {
    /// The other row.
    other: Uuid,
    /// Whether they are two devices; false takes it back.
    are_two: bool,
}

/// Remember that two rows are two devices, so that they are no longer listed as possible
/// duplicates, or forget it.
#[utoipa::path(
    put, path = "/api/v1/inventory/assets/{asset}/apart", tag = "inventory",
    params(("asset" = Uuid, Path, description = "One of the rows")),
    request_body = InventoryApart,
    responses(
        (status = 204, description = "It is remembered"),
        (status = 400, description = "Not the JSON that is expected, or it is the same row", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such device", body = Problem),
    )
)]
pub(super) async fn apart(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<InventoryApart>,
) -> Result<StatusCode, WebError> {
    let proof = authorize::<Asset, actions::EditInventory>(&context, id).await?;
    merging::tell_apart(&context, &proof, (id, body.other), body.are_two).await?;
    Ok(StatusCode::NO_CONTENT)
}
