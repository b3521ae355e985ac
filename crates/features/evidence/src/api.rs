//! The JSON API: everything that the pages do.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use yagura_kernel::id::{EvidenceId, OrganizationId, SheetId, Uuid};
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::text::clean_multi_line;
use yagura_kernel::time::{Instant, format_iso};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Access, Context, Routes, WebError, server};

use crate::forms::{self, names};
use crate::host::EvidenceHost;
use crate::model::{ItemRef, LONGEST_REASON, NewPiece, NewVersion, Piece, Version};
use crate::pages::{Host, Read, authorize, deliver};
use crate::store::{self, Cursor, Filter, Order, State};
use crate::upload::{self, FileFault, Received};
use crate::{EvidenceKind, operations};

/// The addresses of the API.
pub(crate) fn routes(host: &Arc<dyn EvidenceHost>) -> Routes {
    let host = Extension(Host(Arc::clone(host)));
    let read = Access::Action(Action::ReadEvidence);
    let manage = Access::Action(Action::ManageEvidence);
    let streamed = DefaultBodyLimit::disable();
    Routes::new()
        .get("/api/v1/evidence", read, list)
        .post(
            "/api/v1/evidence",
            manage,
            add.layer(host.clone()).layer(streamed),
        )
        .get("/api/v1/evidence/{evidence}", read, one)
        .put(
            "/api/v1/evidence/{evidence}",
            manage,
            replace_details.layer(host.clone()),
        )
        .get("/api/v1/evidence/{evidence}/versions", read, versions)
        .post(
            "/api/v1/evidence/{evidence}/versions",
            manage,
            add_version.layer(host.clone()).layer(streamed),
        )
        .get(
            "/api/v1/evidence/{evidence}/file",
            Access::Action(Action::DownloadEvidence),
            file,
        )
        .put(
            "/api/v1/evidence/{evidence}/links",
            manage,
            attach.layer(host.clone()),
        )
        .delete(
            "/api/v1/evidence/{evidence}/links",
            manage,
            detach.layer(host.clone()),
        )
        .put(
            "/api/v1/evidence/{evidence}/withdrawal",
            manage,
            withdraw.layer(host.clone()),
        )
        .delete(
            "/api/v1/evidence/{evidence}/withdrawal",
            manage,
            restore.layer(host),
        )
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list, add, one, replace_details, versions, add_version, file, attach, detach, withdraw,
        restore
    ),
    components(schemas(EvidenceEntry, EvidenceVersion, EvidenceDetails, WithdrawalEntry, LinkBody,
        WithdrawalBody, EvidenceUpload, EvidenceVersionUpload, Problem)),
    tags((name = "evidence", description = "Files that stand behind answers"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A piece of evidence in its newest version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(crate) struct EvidenceEntry {
    /// Its id.
    id: Uuid,
    /// The organisation that it belongs to.
    organization: Uuid,
    /// What people call it.
    title: String,
    /// document, contract, photo, screenshot, certificate, log or other.
    kind: &'static str,
    /// current, expiring (within 30 days), expired or withdrawn.
    state: &'static str,
    /// The name of the file.
    file_name: String,
    /// The MIME type, judged by the content.
    media_type: &'static str,
    /// In bytes.
    size: i64,
    /// SHA-256 of the content, hexadecimal.
    sha256: String,
    /// The day of issue, ISO 8601.
    #[schema(format = Date)]
    issued_on: Option<String>,
    /// The last day on which it counts; null for no end.
    #[schema(format = Date)]
    expires_on: Option<String>,
    /// What else a reader must know.
    note: Option<String>,
    /// The number of this version, from 1.
    version: i64,
    /// When this version was added.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    added_at: Instant,
    /// Who added it.
    added_by: Option<String>,
    /// The items behind which it stands, as `sheet:item`.
    items: Vec<String>,
    /// Set where it was withdrawn.
    withdrawal: Option<WithdrawalEntry>,
    /// To be sent with a change; when somebody else changed it meanwhile, that answers 409.
    revision: i64,
}

/// That and why a piece was withdrawn.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WithdrawalEntry {
    /// When.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Why.
    reason: String,
}

impl EvidenceEntry {
    fn of(piece: Piece, items: &[ItemRef], context: &Context) -> Self {
        let state = piece.currency(context.today).code();
        Self {
            id: piece.id.uuid(),
            organization: piece.organization.uuid(),
            title: piece.title,
            kind: piece.kind.code(),
            state,
            file_name: piece.file_name,
            media_type: piece.media_type.mime(),
            size: piece.size,
            sha256: piece.hash,
            issued_on: piece.issued_on.map(format_iso),
            expires_on: piece.expires_on.map(format_iso),
            note: piece.note,
            version: piece.number,
            added_at: piece.uploaded_at,
            added_by: piece.uploaded_by_name,
            items: items.iter().map(ToString::to_string).collect(),
            withdrawal: piece.withdrawn.map(|withdrawn| WithdrawalEntry {
                at: withdrawn.at,
                reason: withdrawn.reason,
            }),
            revision: piece.revision,
        }
    }
}

/// A version of a piece.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceVersion {
    /// From 1.
    version: i64,
    /// The name of the file.
    file_name: String,
    /// The MIME type, judged by the content.
    media_type: &'static str,
    /// In bytes.
    size: i64,
    /// SHA-256 of the content, hexadecimal.
    sha256: String,
    /// The day of issue.
    #[schema(format = Date)]
    issued_on: Option<String>,
    /// The last day on which it counted.
    #[schema(format = Date)]
    expires_on: Option<String>,
    /// When it was added.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    added_at: Instant,
    /// Who added it.
    added_by: Option<String>,
}

impl From<Version> for EvidenceVersion {
    fn from(version: Version) -> Self {
        Self {
            version: version.number,
            file_name: version.file_name,
            media_type: version.media_type.mime(),
            size: version.size,
            sha256: version.hash,
            issued_on: version.issued_on.map(format_iso),
            expires_on: version.expires_on.map(format_iso),
            added_at: version.uploaded_at,
            added_by: version.uploaded_by_name,
        }
    }
}

/// What is said about a piece.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceDetails {
    /// What people call it.
    #[schema(max_length = 200)]
    title: String,
    /// document, contract, photo, screenshot, certificate, log or other.
    kind: String,
    /// The day of issue: 2026-11-21, 令和8年11月21日 or R8.11.21.
    issued_on: Option<String>,
    /// The last day on which it counts, in the same writings.
    expires_on: Option<String>,
    /// What else a reader must know.
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// The revision that was read.
    revision: i64,
}

/// Items of sheets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// Each as `sheet:item`.
    #[schema(max_items = 500)]
    items: Vec<String>,
}

/// Why a piece is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawalBody {
    /// Why.
    #[schema(max_length = 500)]
    reason: String,
    /// The revision that was read.
    revision: i64,
}

/// A file with what is said about it.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form; the parts are read as they come"
)]
pub(crate) struct EvidenceUpload {
    /// PDF, PNG, JPEG, WebP, HEIC, text, CSV, docx, xlsx or pptx without macros.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What people call it; the file's name where it is empty.
    title: Option<String>,
    /// document, contract, photo, screenshot, certificate, log or other.
    kind: String,
    /// The day of issue.
    issued_on: Option<String>,
    /// The last day on which it counts.
    expires_on: Option<String>,
    /// What else a reader must know.
    note: Option<String>,
    /// An item as `sheet:item`; may come several times.
    item: Option<Vec<String>>,
}

/// A file in place of the one before.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form; the parts are read as they come"
)]
pub(crate) struct EvidenceVersionUpload {
    /// As for a new piece.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The day of issue.
    issued_on: Option<String>,
    /// The last day on which it counts.
    expires_on: Option<String>,
    /// The revision that was read.
    revision: i64,
}

/// Which pieces are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// The organisation; one's own where it is not given.
    #[param(value_type = Option<Uuid>)]
    organization: Option<OrganizationId>,
    /// active (default), current, expiring, expired, unlinked or withdrawn.
    state: Option<String>,
    /// document, contract, photo, screenshot, certificate, log or other.
    kind: Option<String>,
    /// Words in title or file name.
    q: Option<String>,
    /// Behind an item of this sheet.
    #[param(value_type = Option<Uuid>)]
    sheet: Option<SheetId>,
    /// Behind this item of the sheet.
    item: Option<String>,
    /// urgency (default: the first to end first) or newest.
    order: Option<String>,
}

fn unknown(context: &Context, field: &str) -> WebError {
    WebError::Fields(vec![(
        field.to_owned(),
        context.t().t("evidence-error-unknown-value").to_owned(),
    )])
}

impl ListQuery {
    fn filter(&self, context: &Context) -> Result<Filter, WebError> {
        let state = match &self.state {
            Some(code) => State::from_code(code).ok_or_else(|| unknown(context, "state"))?,
            None => State::default(),
        };
        let kind = match &self.kind {
            Some(code) => {
                Some(EvidenceKind::from_code(code).ok_or_else(|| unknown(context, "kind"))?)
            }
            None => None,
        };
        let order = match self.order.as_deref() {
            None | Some("urgency") => Order::Urgency,
            Some("newest") => Order::Newest,
            Some(_) => return Err(unknown(context, "order")),
        };
        if self.item.is_some() && self.sheet.is_none() {
            return Err(unknown(context, "sheet"));
        }
        let words = self.q.clone().unwrap_or_default();
        Ok(Filter {
            state,
            kind,
            words,
            sheet: self.sheet,
            item: self.item.clone(),
            order,
        })
    }
}

/// List pieces of evidence.
#[utoipa::path(
    get, path = "/api/v1/evidence", tag = "evidence", params(ListQuery, PageQuery),
    responses(
        (status = 200, body = Page<EvidenceEntry>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such organisation, or none of yours", body = Problem),
        (status = 422, description = "A parameter has an unknown value", body = Problem),
    )
)]
async fn list(
    context: Context,
    QueryOf(query): QueryOf<ListQuery>,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<EvidenceEntry>>, WebError> {
    let organization = query.organization.unwrap_or(context.organization.id);
    let proof = context
        .authorize::<actions::ReadEvidence>(organization)
        .await?;
    let filter = query.filter(&context)?;
    let after = match &page.cursor {
        Some(text) => Some(Cursor::parse(text).ok_or_else(|| unknown(&context, "cursor"))?),
        None => None,
    };
    let limit = usize::try_from(page.limit()).unwrap_or(100);
    let database = context.database();
    let found = store::library(
        database,
        &proof,
        &filter,
        after.as_ref(),
        limit,
        context.today,
    )
    .await?;
    let ids: Vec<EvidenceId> = found.pieces.iter().map(|piece| piece.id).collect();
    let links = store::links_of(database, &proof, &ids).await?;
    if proof.organization() != context.organization.id {
        let detail = serde_json::json!({});
        context
            .audit_read(&proof, "evidence_list", proof.organization(), detail)
            .await?;
    }
    let items = found
        .pieces
        .into_iter()
        .map(|piece| {
            let items = links.get(&piece.id).map_or(&[][..], Vec::as_slice);
            EvidenceEntry::of(piece, items, &context)
        })
        .collect();
    Ok(Json(Page {
        items,
        next: found.next.map(|cursor| cursor.to_string()),
    }))
}

async fn entry(context: &Context, proof: &Read, id: EvidenceId) -> Result<EvidenceEntry, WebError> {
    let piece = store::piece(context.database(), proof, id).await?;
    let items = store::linked_items(context.database(), proof, id).await?;
    Ok(EvidenceEntry::of(piece, &items, context))
}

/// Read a piece of evidence.
#[utoipa::path(
    get, path = "/api/v1/evidence/{evidence}", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece")),
    responses(
        (status = 200, body = EvidenceEntry),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
    )
)]
async fn one(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
) -> Result<Json<EvidenceEntry>, WebError> {
    let proof = authorize::<actions::ReadEvidence>(&context, id).await?;
    Ok(Json(entry(&context, &proof, id).await?))
}

fn fields(state: &FormState) -> WebError {
    WebError::Fields(
        state
            .errors()
            .iter()
            .map(|error| {
                (
                    error.field.clone().unwrap_or_default(),
                    error.message.clone(),
                )
            })
            .collect(),
    )
}

fn file_or_error(
    context: &Context,
    received: &mut Received,
) -> Result<store::PendingUpload, WebError> {
    match received.file.take() {
        Some(Ok(upload)) => Ok(upload),
        Some(Err(FileFault::TooLarge { limit })) => Err(WebError::TooLarge { limit }),
        Some(Err(FileFault::DiskFull)) => Err(yagura_store::StoreError::DiskFull.into()),
        Some(Err(fault @ FileFault::Refused(_))) => Err(WebError::Fields(vec![(
            upload::FILE.to_owned(),
            forms::file_fault(context.t(), &fault),
        )])),
        None => Err(WebError::Fields(vec![(
            upload::FILE.to_owned(),
            context.t().t("evidence-error-no-file").to_owned(),
        )])),
    }
}

/// Add a piece of evidence.
#[utoipa::path(
    post, path = "/api/v1/evidence", tag = "evidence",
    request_body(content = EvidenceUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = EvidenceEntry),
        (status = 400, description = "Not a form, or it broke off", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The file is too large", body = Problem),
        (status = 422, description = "The file is refused, or a field is wrong", body = Problem),
        (status = 507, description = "The disk is full", body = Problem),
    )
)]
async fn add(
    context: Context,
    Extension(host): Extension<Host>,
    request: Request,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    let mut received = upload::receive(&context.app, request).await?;
    let upload = file_or_error(&context, &mut received)?;
    let sheets = host.sheets(&context, &proof).await?;
    let mut state = received.state;
    let items = forms::read_items(context.t(), &mut state, &sheets);
    let name = Some(upload.file_name.as_str());
    let Some(details) = forms::read_details(context.t(), &mut state, name, context.today) else {
        return Err(fields(&state));
    };
    let new = NewPiece {
        id: EvidenceId::new(context.app.ids()),
        title: details.title,
        kind: details.kind,
        file_name: upload.file_name,
        media_type: upload.media_type,
        issued_on: details.issued_on,
        expires_on: details.expires_on,
        note: details.note,
    };
    let id =
        operations::create(&context, &*host.0, &proof, new, &upload.blob, &items, None).await?;
    let read = context.authorize_own::<actions::ReadEvidence>().await?;
    Ok((StatusCode::CREATED, Json(entry(&context, &read, id).await?)).into_response())
}

/// Correct what is said about a piece.
#[utoipa::path(
    put, path = "/api/v1/evidence/{evidence}", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece")),
    request_body = EvidenceDetails,
    responses(
        (status = 200, body = EvidenceEntry),
        (status = 400, description = "Not the JSON that is expected", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
async fn replace_details(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    JsonBody(body): JsonBody<EvidenceDetails>,
) -> Result<Json<EvidenceEntry>, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let mut state = FormState::empty()
        .with(names::TITLE, body.title)
        .with(names::KIND, body.kind)
        .with(names::ISSUED_ON, body.issued_on.unwrap_or_default())
        .with(names::EXPIRES_ON, body.expires_on.unwrap_or_default())
        .with(names::NOTE, body.note.unwrap_or_default());
    let Some(new) = forms::read_details(context.t(), &mut state, None, context.today) else {
        return Err(fields(&state));
    };
    operations::change(&context, &*host.0, &proof, id, body.revision, &new).await?;
    let read = authorize::<actions::ReadEvidence>(&context, id).await?;
    Ok(Json(entry(&context, &read, id).await?))
}

/// List the versions of a piece, newest first.
#[utoipa::path(
    get, path = "/api/v1/evidence/{evidence}/versions", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece")),
    responses(
        (status = 200, body = Vec<EvidenceVersion>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
    )
)]
async fn versions(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
) -> Result<Json<Vec<EvidenceVersion>>, WebError> {
    let proof = authorize::<actions::ReadEvidence>(&context, id).await?;
    let versions = store::versions(context.database(), &proof, id).await?;
    Ok(Json(
        versions.into_iter().map(EvidenceVersion::from).collect(),
    ))
}

/// Add a version of a piece; its links stay.
#[utoipa::path(
    post, path = "/api/v1/evidence/{evidence}/versions", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece")),
    request_body(content = EvidenceVersionUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = EvidenceEntry),
        (status = 400, description = "Not a form, or it broke off", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        (status = 413, description = "The file is too large", body = Problem),
        (status = 422, description = "The file is refused, or a field is wrong", body = Problem),
        (status = 507, description = "The disk is full", body = Problem),
    )
)]
async fn add_version(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    request: Request,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let mut received = upload::receive(&context.app, request).await?;
    let upload = file_or_error(&context, &mut received)?;
    let mut state = received.state;
    let (issued_on, expires_on) = forms::read_dates(context.t(), &mut state, context.today);
    let Ok(revision) = state.value(names::REVISION).parse::<i64>() else {
        return Err(unknown(&context, names::REVISION));
    };
    if state.has_errors() {
        return Err(fields(&state));
    }
    let new = NewVersion {
        file_name: upload.file_name,
        media_type: upload.media_type,
        issued_on,
        expires_on,
    };
    operations::add_version(
        &context,
        &*host.0,
        &proof,
        id,
        revision,
        new,
        &upload.blob,
        None,
    )
    .await?;
    let read = authorize::<actions::ReadEvidence>(&context, id).await?;
    Ok((StatusCode::CREATED, Json(entry(&context, &read, id).await?)).into_response())
}

/// Download the file of a piece.
#[utoipa::path(
    get, path = "/api/v1/evidence/{evidence}/file", tag = "evidence",
    params(
        ("evidence" = Uuid, Path, description = "The piece"),
        ("version" = Option<i64>, Query, description = "The newest where it is not given"),
    ),
    responses(
        (status = 200, description = "The file under its own type: a PDF, picture, text or Office document", content_type = "*/*"),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece or version, or none of yours", body = Problem),
    )
)]
async fn file(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
    QueryOf(query): QueryOf<crate::pages::VersionQuery>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::DownloadEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let number = query.version.unwrap_or(piece.number);
    let version = store::version(context.database(), &proof, id, number).await?;
    let detail =
        serde_json::json!({ "version": version.number, "hash": version.hash, "how": "api" });
    context
        .audit_read(&proof, operations::RESOURCE, id, detail)
        .await?;
    deliver(&context.app, &version, crate::pages::Delivery::Saved).await
}

async fn items_of(
    context: &Context,
    host: &Host,
    proof: &yagura_kernel::policy::Authorized<actions::ManageEvidence>,
    body: LinkBody,
) -> Result<Vec<ItemRef>, WebError> {
    let sheets = host.sheets(context, proof).await?;
    let pairs = body.items.into_iter().map(|item| (names::ITEM, item));
    let mut state = FormState::from_pairs(pairs);
    let items = forms::read_items(context.t(), &mut state, &sheets);
    if state.has_errors() {
        Err(fields(&state))
    } else {
        Ok(items)
    }
}

/// Put a piece behind items; links that stand stay.
#[utoipa::path(
    put, path = "/api/v1/evidence/{evidence}/links", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece")),
    request_body = LinkBody,
    responses(
        (status = 200, body = EvidenceEntry),
        (status = 400, description = "Not the JSON that is expected, or the piece was withdrawn", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "The organisation has no such item", body = Problem),
    )
)]
async fn attach(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<Json<EvidenceEntry>, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let items = items_of(&context, &host, &proof, body).await?;
    operations::attach(&context, &*host.0, &proof, id, &items).await?;
    let read = authorize::<actions::ReadEvidence>(&context, id).await?;
    Ok(Json(entry(&context, &read, id).await?))
}

/// Which link is taken away.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// The item as `sheet:item`.
    item: String,
}

/// Take a piece away from an item.
#[utoipa::path(
    delete, path = "/api/v1/evidence/{evidence}/links", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece"), LinkQuery),
    responses(
        (status = 204, description = "It stands there no more"),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
        (status = 422, description = "Not of the form sheet:item", body = Problem),
    )
)]
async fn detach(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    QueryOf(query): QueryOf<LinkQuery>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let at = ItemRef::parse(&query.item).ok_or_else(|| unknown(&context, names::ITEM))?;
    operations::detach(&context, &*host.0, &proof, id, &at).await?;
    Ok(server::no_content())
}

/// Withdraw a piece; it stays on record.
#[utoipa::path(
    put, path = "/api/v1/evidence/{evidence}/withdrawal", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece")),
    request_body = WithdrawalBody,
    responses(
        (status = 200, body = EvidenceEntry),
        (status = 400, description = "Not the JSON that is expected, or it was withdrawn before", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "The reason is missing or too long", body = Problem),
    )
)]
async fn withdraw(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    JsonBody(body): JsonBody<WithdrawalBody>,
) -> Result<Json<EvidenceEntry>, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let t = context.t();
    let mut state = FormState::empty().with(names::REASON, body.reason);
    let typed = state.read_required(t, names::REASON, t.t("evidence-reason"), LONGEST_REASON);
    let reason = typed.and_then(|reason| clean_multi_line(&reason, LONGEST_REASON).ok());
    let Some(reason) = reason.filter(|_| !state.has_errors()) else {
        return Err(fields(&state));
    };
    operations::withdraw(&context, &*host.0, &proof, id, body.revision, &reason).await?;
    let read = authorize::<actions::ReadEvidence>(&context, id).await?;
    Ok(Json(entry(&context, &read, id).await?))
}

/// Which state of a piece is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RevisionQuery {
    /// The revision that was read.
    revision: i64,
}

/// Undo a withdrawal.
#[utoipa::path(
    delete, path = "/api/v1/evidence/{evidence}/withdrawal", tag = "evidence",
    params(("evidence" = Uuid, Path, description = "The piece"), RevisionQuery),
    responses(
        (status = 204, description = "It counts again"),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such piece, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
    )
)]
async fn restore(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    QueryOf(query): QueryOf<RevisionQuery>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    operations::restore(&context, &*host.0, &proof, id, query.revision).await?;
    Ok(server::no_content())
}
