//! The sheets that vendors fill in for institutions.

use axum::Json;
use axum::http::HeaderMap;
use axum::response::Response;
use yagura_kernel::id::SheetId;
use yagura_web::api::{JsonBody, Page, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use super::entries::{
    AnswerBody, ChangeEntry, ConflictProblem, DraftEntry, ItemDetail, SavedEntry, SheetEntry,
};
use super::sheets::{HistoryQuery, read, read_drafts, read_history, read_item, write_answer};
use crate::pages::Family;

/// A vendor's sheet with its rows and answers.
#[utoipa::path(
    get, path = "/api/v1/vendor-sheets/{sheet}", tag = "vendor sheets",
    params(("sheet" = yagura_kernel::id::Uuid, Path, description = "The sheet")),
    responses(
        (status = 200, description = "The sheet", body = SheetEntry),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it, or the institution does not share it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
    )
)]
pub(crate) async fn one(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
) -> Result<Json<SheetEntry>, WebError> {
    read(Family::Vendor, &context, sheet).await
}

/// A row of a vendor's sheet.
#[utoipa::path(
    get, path = "/api/v1/vendor-sheets/{sheet}/items/{item}", tag = "vendor sheets",
    params(
        ("sheet" = yagura_kernel::id::Uuid, Path, description = "The sheet"),
        ("item" = String, Path, description = "Key of the row"),
    ),
    responses(
        (status = 200, description = "The row", body = ItemDetail),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such row", body = Problem),
    )
)]
pub(crate) async fn item(
    context: Context,
    PathOf((sheet, item)): PathOf<(SheetId, String)>,
) -> Result<Response, WebError> {
    read_item(Family::Vendor, &context, sheet, &item).await
}

/// Saves the answer of a row of one's own sheet for a customer.
#[utoipa::path(
    put, path = "/api/v1/vendor-sheets/{sheet}/items/{item}/answer", tag = "vendor sheets",
    params(
        ("sheet" = yagura_kernel::id::Uuid, Path, description = "The sheet"),
        ("item" = String, Path, description = "Key of the row"),
        ("If-Match" = Option<String>, Header, description = "Version of the row, in place of `version` in the body"),
    ),
    request_body = AnswerBody,
    responses(
        (status = 200, description = "It stands", body = SavedEntry),
        (status = 400, description = "The request cannot be read, or names no version", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
        (status = 409, description = "Somebody else was first", body = ConflictProblem),
        (status = 422, description = "The rules of the sheet do not allow it", body = Problem),
    )
)]
pub(crate) async fn put_answer(
    context: Context,
    PathOf((sheet, item)): PathOf<(SheetId, String)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<AnswerBody>,
) -> Result<Response, WebError> {
    write_answer(Family::Vendor, &context, sheet, item, &headers, body).await
}

/// Who changed what on a vendor's sheet, newest first.
#[utoipa::path(
    get, path = "/api/v1/vendor-sheets/{sheet}/history", tag = "vendor sheets",
    params(("sheet" = yagura_kernel::id::Uuid, Path, description = "The sheet"), HistoryQuery),
    responses(
        (status = 200, description = "A part of the history", body = Page<ChangeEntry>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it, or the institution does not share it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
    )
)]
pub(crate) async fn changes(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
    QueryOf(query): QueryOf<HistoryQuery>,
) -> Result<Json<Page<ChangeEntry>>, WebError> {
    read_history(Family::Vendor, &context, sheet, &query).await
}

/// What last year's sheet of the same vendor for the same customer offers.
#[utoipa::path(
    get, path = "/api/v1/vendor-sheets/{sheet}/drafts", tag = "vendor sheets",
    params(("sheet" = yagura_kernel::id::Uuid, Path, description = "The sheet")),
    responses(
        (status = 200, description = "The drafts", body = Page<DraftEntry>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
    )
)]
pub(crate) async fn drafts(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
) -> Result<Json<Page<DraftEntry>>, WebError> {
    read_drafts(Family::Vendor, &context, sheet).await
}
