//! Filling the register through the API: a scanner's nightly job sends its file, and looks at or
//! takes over what it would do.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::time::Instant;
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::import::{self, Answer, Counts, Decisions};
use crate::operations::{self, ImportRefused};
use crate::store::{self, Import, ImportState, InventoryError};

/// An import of the register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventoryImport {
    /// Its id.
    id: Uuid,
    /// pending, applied, cancelled or expired.
    state: &'static str,
    /// The names of the files.
    file_names: Vec<String>,
    /// When the files were sent.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// Until when it can be confirmed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: Instant,
    /// What it would do, or did.
    counts: Counts,
    /// What it would do in full, while it waits: new devices, changes, questions and what was not
    /// seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    plan: Option<serde_json::Value>,
    /// To be sent with the confirmation, so that nothing else is done than what stands here.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

impl InventoryImport {
    fn of(import: Import, now: Instant) -> Self {
        let state = match import.state {
            ImportState::Pending if import.expires_at <= now => ImportState::Expired,
            state => state,
        };
        Self {
            id: import.id,
            state: state.code(),
            file_names: import.file_names,
            created_at: import.created_at,
            expires_at: import.expires_at,
            counts: import.counts,
            plan: None,
            fingerprint: None,
        }
    }
}

/// The name of the file that is sent.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportUploadQuery {
    /// The name of the file.
    file_name: Option<String>,
}

/// List the imports, newest first.
#[utoipa::path(
    get, path = "/api/v1/inventory/imports", tag = "inventory", params(PageQuery),
    responses(
        (status = 200, body = Page<InventoryImport>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn list(
    context: Context,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<InventoryImport>>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let before = super::before(&page)?;
    let limit = page.limit();
    let mut found = store::imports(context.database(), &proof, before, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    let items = found
        .into_iter()
        .map(|import| InventoryImport::of(import, context.now))
        .collect();
    Ok(Json(Page { items, next }))
}

/// Send a file of any kind that is read: a table, nmap, CycloneDX, SPDX, osquery, systeminfo, DHCP
/// leases, ARP tables, LDIF, `yagura collect`. Nothing is written to the register yet.
#[utoipa::path(
    post, path = "/api/v1/inventory/imports", tag = "inventory", params(ImportUploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = InventoryImport),
        (status = 400, description = "The file cannot be read, with the reason", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The file is too large", body = Problem),
    )
)]
pub(super) async fn upload(
    context: Context,
    QueryOf(query): QueryOf<ImportUploadQuery>,
    bytes: Bytes,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let name = query.file_name.unwrap_or_default();
    match operations::start_import(&context, &proof, vec![(name, bytes)]).await? {
        Ok(id) => {
            let import = one(context, PathOf(id)).await?;
            Ok((StatusCode::CREATED, import).into_response())
        }
        Err((_, error)) => Err(WebError::invalid_with(
            "inventory-import-refused",
            &[("reason", import::explain(context.t(), &error))],
        )),
    }
}

/// Read an import; while it waits, with everything that it would do.
#[utoipa::path(
    get, path = "/api/v1/inventory/imports/{inventory_import}", tag = "inventory",
    params(("inventory_import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, body = InventoryImport),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import", body = Problem),
    )
)]
pub(super) async fn one(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<InventoryImport>, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::ReadInventory>(owner).await?;
    let import = store::import(context.database(), &proof, id).await?;
    let decisions = import.decisions.clone();
    let mut shown = InventoryImport::of(import, context.now);
    match store::files_of(context.database(), &proof, id, context.now).await {
        Ok(files) => {
            let (plan, _) = operations::preview(&context, owner, files, decisions).await?;
            shown.counts = plan.counts();
            shown.fingerprint = Some(plan.fingerprint());
            shown.plan = serde_json::to_value(&plan).ok();
        }
        Err(InventoryError::ImportGone) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Json(shown))
}

/// What is decided of an import that waits; what is left out stays as it was.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct InventoryImportDecisions {
    /// New devices are added to the register.
    add: Option<bool>,
    /// Empty fields are filled and further addresses noted.
    fill: Option<bool>,
    /// What a source says otherwise replaces what the register says.
    replace: Option<bool>,
    /// The tables are complete: what they lack is named as not seen.
    is_complete: Option<bool>,
    /// Rows that stay as they are, all of them: `new:` with the key of a device, or the id of a
    /// record.
    left_out: Option<BTreeSet<String>>,
    /// On which device a product of a bill of materials runs, by the product's key; null for none.
    #[schema(value_type = Object)]
    belongs: BTreeMap<String, Option<Uuid>>,
    /// Answers to questions, by the key of the question: `{"same": id}`, `"new"`, `"leave_out"`,
    /// or null to take one back.
    #[schema(value_type = Object)]
    answers: BTreeMap<String, Option<Answer>>,
}

impl InventoryImportDecisions {
    fn put_into(self, decisions: &mut Decisions) {
        let flags = [
            (self.add, &mut decisions.add),
            (self.fill, &mut decisions.fill),
            (self.replace, &mut decisions.replace),
            (self.is_complete, &mut decisions.is_complete),
        ];
        for (wanted, flag) in flags {
            *flag = wanted.unwrap_or(*flag);
        }
        if let Some(left_out) = self.left_out {
            decisions.left_out = left_out;
        }
        for (product, asset) in self.belongs {
            match asset {
                Some(asset) => decisions.belongs.insert(product, asset),
                None => decisions.belongs.remove(&product),
            };
        }
        for (question, answer) in self.answers {
            match answer {
                Some(answer) => decisions.answers.insert(question, answer),
                None => decisions.answers.remove(&question),
            };
        }
    }
}

/// Decide what an import that waits does, and answer its questions. Nothing is written to the
/// register yet.
#[utoipa::path(
    post, path = "/api/v1/inventory/imports/{inventory_import}/decisions", tag = "inventory",
    params(("inventory_import" = Uuid, Path, description = "The import")),
    request_body = InventoryImportDecisions,
    responses(
        (status = 200, body = InventoryImport),
        (status = 400, description = "Not the JSON that is expected, or the import no longer waits", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import", body = Problem),
    )
)]
pub(super) async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<InventoryImportDecisions>,
) -> Result<Json<InventoryImport>, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    let read = context.authorize::<actions::ReadInventory>(owner).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    let mut decisions = store::import(context.database(), &read, id)
        .await?
        .decisions;
    body.put_into(&mut decisions);
    operations::decide(&context, &proof, id, &decisions).await?;
    one(context, PathOf(id)).await
}

/// What is taken over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct InventoryImportConfirmation {
    /// The fingerprint that was read; without it whatever the import would do now is done.
    fingerprint: Option<String>,
}

/// Take an import over. Sent twice, it is done once.
#[utoipa::path(
    post, path = "/api/v1/inventory/imports/{inventory_import}/confirmation", tag = "inventory",
    params(("inventory_import" = Uuid, Path, description = "The import")),
    request_body = InventoryImportConfirmation,
    responses(
        (status = 200, body = InventoryImport),
        (status = 400, description = "Not the JSON that is expected, the import no longer waits, or the register is full", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import", body = Problem),
        (status = 409, description = "It would do something else than what the fingerprint names", body = Problem),
    )
)]
pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<InventoryImportConfirmation>,
) -> Result<Json<InventoryImport>, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    let seen = body.fingerprint.as_deref();
    match operations::confirm_import(&context, &proof, id, seen).await {
        Ok(_) => one(context, PathOf(id)).await,
        Err(ImportRefused::LookAgain) => Err(yagura_store::StoreError::Conflict.into()),
        Err(ImportRefused::Web(error)) => Err(error),
    }
}

/// Drop an import that waits.
#[utoipa::path(
    delete, path = "/api/v1/inventory/imports/{inventory_import}", tag = "inventory",
    params(("inventory_import" = Uuid, Path, description = "The import")),
    responses(
        (status = 204),
        (status = 400, description = "It no longer waits", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import", body = Problem),
    )
)]
pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    let read = context.authorize::<actions::ReadInventory>(owner).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    store::import(context.database(), &read, id).await?;
    operations::cancel_import(&context, &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
