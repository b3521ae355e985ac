//! Taking lists over through the API: send, look, assign columns, confirm.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::text::safe_file_name;
use yagura_web::api::{JsonBody, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::import::{self, Mapping, PlannedRow};
use crate::model::{Content, Ledger};
use crate::pages::imports::{keep_proof, read};
use crate::pages::ledger_of;
use crate::store::{self, Pending};
use crate::{operations, words};

/// How many rows of each kind a preview holds.
const SHOWN: usize = 100;

/// What a list is called.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct LedgerUploadQuery {
    /// The file's name, by whose ending its kind is told.
    file_name: String,
}

/// A list that was sent, with what taking it over would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerImport {
    /// Its id.
    id: Uuid,
    /// The ledger.
    ledger: Ledger,
    /// The file's name.
    file_name: String,
    /// pending, applied or cancelled.
    state: String,
    /// Its columns with what they mean, as they stand in the file.
    columns: Vec<LedgerImportColumn>,
    /// How many entries it would add.
    new: i64,
    /// How many of its rows stand in the ledger already.
    known: i64,
    /// How many of its rows cannot be taken over.
    wrong: i64,
    /// How many were taken over.
    added: i64,
    /// The first hundred entries that it would add.
    entries: Vec<LedgerImportEntry>,
    /// The first hundred rows that cannot be taken over.
    problems: Vec<LedgerImportProblem>,
    /// To be sent with the confirmation, so that nothing else is taken over than what was read here.
    seen: String,
}

/// A column of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerImportColumn {
    /// Its heading.
    heading: String,
    /// The field of the ledger that it is; null where it is left out.
    field: Option<String>,
}

/// An entry that a row would become.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerImportEntry {
    /// The row, as a spreadsheet program counts.
    row: u32,
    /// What the entry would say.
    content: Content,
}

/// Why a row cannot be taken over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerImportProblem {
    /// The row, as a spreadsheet program counts.
    row: u32,
    /// What is wrong and how to mend it.
    problems: Vec<String>,
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn written(
    context: &Context,
    proof: &super::Keep,
    pending: Pending,
) -> Result<LedgerImport, WebError> {
    // What was taken over or dropped is forgotten; there is nothing to look at.
    let plan: Vec<PlannedRow> = if pending.state == "pending" {
        operations::planned(context, proof, &pending).await?
    } else {
        Vec::new()
    };
    let t = context.t();
    let known = plan.iter().filter(|row| row.is_known).count();
    let wrong = plan.iter().filter(|row| row.result.is_err()).count();
    let seen = import::fingerprint(&plan);
    let total = plan.len();
    let problems = plan
        .iter()
        .filter_map(|row| Some((row.number, row.result.as_ref().err()?)))
        .take(SHOWN)
        .map(|(row, problems)| LedgerImportProblem {
            row,
            problems: problems
                .iter()
                .map(|problem| words::problem(t, pending.ledger, problem))
                .collect(),
        })
        .collect();
    let entries = plan
        .into_iter()
        .filter(|row| !row.is_known)
        .filter_map(|row| {
            let content = row.result.ok()?;
            Some(LedgerImportEntry {
                row: row.number,
                content,
            })
        })
        .take(SHOWN)
        .collect();
    let head = pending.table.head.into_iter();
    Ok(LedgerImport {
        id: pending.id,
        ledger: pending.ledger,
        file_name: pending.file_name,
        state: pending.state,
        columns: head
            .zip(pending.mapping)
            .map(|(heading, field)| LedgerImportColumn { heading, field })
            .collect(),
        new: number(total - known - wrong),
        known: number(known),
        wrong: number(wrong),
        added: pending.added,
        entries,
        problems,
        seen,
    })
}

/// Send a list (xlsx, CSV). Nothing is written into the ledger yet.
#[utoipa::path(
    post, path = "/api/v1/ledgers/{ledger}/imports", tag = "ledgers",
    params(("ledger" = Ledger, Path, description = "The ledger"), LedgerUploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = LedgerImport),
        (status = 400, description = "The file cannot be read, with the reason", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such ledger", body = Problem),
        (status = 413, description = "The file is too large", body = Problem),
    )
)]
pub(super) async fn upload(
    context: Context,
    PathOf(code): PathOf<String>,
    QueryOf(query): QueryOf<LedgerUploadQuery>,
    bytes: Bytes,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let ledger = ledger_of(&code)?;
    let name = safe_file_name(&query.file_name);
    let table = read(context.t(), name.clone(), bytes.to_vec())
        .await
        .map_err(|why| WebError::invalid_with("ledgers-import-refused", &[("why", why)]))?;
    let id = operations::start_import(&context, &proof, ledger, name, table).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    let import = written(&context, &proof, pending).await?;
    Ok((StatusCode::CREATED, Json(import)).into_response())
}

/// Read what taking a list over would do now.
#[utoipa::path(
    get, path = "/api/v1/ledger-imports/{ledger_import}", tag = "ledgers",
    params(("ledger_import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, body = LedgerImport),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import, or none of yours", body = Problem),
    )
)]
pub(super) async fn one(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<LedgerImport>, WebError> {
    let proof = keep_proof(&context, id).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    Ok(Json(written(&context, &proof, pending).await?))
}

/// What the columns of a list mean.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerColumnsBody {
    /// For each column of the file, in its order, the field that it is; null to leave it out.
    #[schema(max_items = 100)]
    fields: Vec<Option<String>>,
}

/// Say what the columns of a list mean. It is remembered for the next with the same headings.
#[utoipa::path(
    put, path = "/api/v1/ledger-imports/{ledger_import}/columns", tag = "ledgers",
    params(("ledger_import" = Uuid, Path, description = "The import")),
    request_body = LedgerColumnsBody,
    responses(
        (status = 200, body = LedgerImport),
        (status = 400, description = "Not one field or null for each column, no such field, or one twice; or it no longer waits", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import, or none of yours", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
pub(super) async fn columns(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<LedgerColumnsBody>,
) -> Result<Json<LedgerImport>, WebError> {
    let proof = keep_proof(&context, id).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    let mapping: Mapping = body.fields;
    if mapping.len() != pending.table.head.len() {
        return Err(WebError::invalid("ledgers-import-columns-wrong"));
    }
    for (place, field) in mapping.iter().enumerate() {
        let Some(key) = field else { continue };
        if !import::assignable(pending.ledger).any(|field| field.key == key) {
            return Err(WebError::invalid("ledgers-import-columns-wrong"));
        }
        if mapping.iter().take(place).any(|other| other == field) {
            return Err(WebError::invalid("ledgers-import-twice"));
        }
    }
    operations::assign(&context, &proof, &pending, &mapping).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    Ok(Json(written(&context, &proof, pending).await?))
}

/// What somebody looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerConfirmationBody {
    /// As it was read.
    seen: String,
}

/// What was taken over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerImported {
    /// How many entries were added.
    added: i64,
}

/// Take a list over: all of it that can be, in one step. Sent twice it does so once.
#[utoipa::path(
    post, path = "/api/v1/ledger-imports/{ledger_import}/confirmation", tag = "ledgers",
    params(("ledger_import" = Uuid, Path, description = "The import")),
    request_body = LedgerConfirmationBody,
    responses(
        (status = 200, body = LedgerImported),
        (status = 400, description = "It would do something else now than what was read, or no longer waits", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import, or none of yours", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<LedgerConfirmationBody>,
) -> Result<Json<LedgerImported>, WebError> {
    let proof = keep_proof(&context, id).await?;
    let added = operations::confirm_import(&context, &proof, id, &body.seen).await?;
    Ok(Json(LedgerImported { added }))
}

/// Drop a list that waits.
#[utoipa::path(
    delete, path = "/api/v1/ledger-imports/{ledger_import}", tag = "ledgers",
    params(("ledger_import" = Uuid, Path, description = "The import")),
    responses(
        (status = 204, description = "It is dropped"),
        (status = 400, description = "It no longer waits", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such import, or none of yours", body = Problem),
    )
)]
pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, WebError> {
    let proof = keep_proof(&context, id).await?;
    operations::cancel_import(&context, &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
