//! Imports of a roll.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yagura_documents::messages::Explain as _;
use yagura_kernel::id::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::time::Instant;
use yagura_web::api::{Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError, server};

use crate::import::{Counts, ImportError, Issue, Remark, issue_text};
use crate::operations::{self, Confirmed};
use crate::pages::id_from;
use crate::store::imports::{self, Import, State};

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberImport {
    /// Its id.
    id: Uuid,
    /// pending, applied, cancelled or expired.
    state: &'static str,
    /// The name of the file.
    file_name: String,
    /// When the file was sent.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// Until when it can be confirmed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: Instant,
    /// What it would do, or did.
    counts: Counts,
    /// What is to be mended or looked at; only while it waits, at most a thousand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<ImportIssue>,
}

/// A remark on a cell.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportIssue {
    /// error or notice.
    severity: &'static str,
    /// The sheet.
    sheet: String,
    /// The row.
    row: u32,
    /// Letters of the column.
    column: Option<String>,
    /// The field.
    field: &'static str,
    /// What it is and how to mend it.
    message: String,
}

impl ImportIssue {
    fn of(context: &Context, issue: &Issue) -> Self {
        Self {
            severity: match issue.remark {
                Remark::Error(_) => "error",
                Remark::Notice(_) => "notice",
            },
            sheet: issue.sheet.clone(),
            row: issue.row,
            column: issue.column.clone(),
            field: issue.field.code(),
            message: issue_text(context.t(), issue),
        }
    }
}

impl MemberImport {
    fn of(import: Import, issues: Vec<ImportIssue>, now: Instant) -> Self {
        let state = match import.state {
            State::Pending if import.expires_at <= now => State::Expired,
            state => state,
        };
        Self {
            id: import.id,
            state: state.code(),
            file_name: import.file_name,
            created_at: import.created_at,
            expires_at: import.expires_at,
            counts: import.counts,
            issues,
        }
    }
}

/// The name of the file that is sent.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// The name of the file, for the list of imports.
    file_name: Option<String>,
}

/// The imports, newest first.
#[utoipa::path(
    get, path = "/api/v1/imports", tag = "region",
    params(PageQuery),
    responses((status = 200, body = Page<MemberImport>))
)]
pub(crate) async fn list(
    context: Context,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<MemberImport>>, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let before = match &page.cursor {
        Some(cursor) => Some(
            yagura_kernel::id::parse_uuid(cursor)
                .map_err(|_| WebError::invalid("region-error-filter"))?,
        ),
        None => None,
    };
    let limit = page.limit();
    let mut all = imports::list(context.database(), &proof, before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = all.len() > limit;
    all.truncate(limit);
    let next = all
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    let items = all
        .into_iter()
        .map(|import| MemberImport::of(import, Vec::new(), context.now))
        .collect();
    Ok(Json(Page { items, next }))
}

/// Reads a file and keeps it until it is confirmed. Nothing of the roll changes.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "region",
    params(UploadQuery),
    request_body(
        content = Vec<u8>, content_type = "application/octet-stream",
        description = "A workbook (xlsx, xlsm) or CSV of up to 20 MB"
    ),
    responses((status = 201, body = MemberImport), (status = 400, body = Problem))
)]
pub(crate) async fn upload(
    context: Context,
    QueryOf(query): QueryOf<UploadQuery>,
    bytes: Bytes,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let name = query.file_name.unwrap_or_default();
    let id = operations::start_import(&context, &proof, bytes, &name)
        .await?
        .map_err(said)?;
    let entry = entry(&context, id).await?;
    Ok((StatusCode::CREATED, Json(entry)).into_response())
}

fn said(error: ImportError) -> WebError {
    match error {
        ImportError::Store(error) => error.into(),
        error => WebError::invalid_with(error.message_key(), &error.message_arguments()),
    }
}

async fn entry(context: &Context, id: Uuid) -> Result<MemberImport, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let import = imports::get(context.database(), &proof, id).await?;
    let issues = match imports::parsed(context.database(), &proof, id).await? {
        Some(parsed) => {
            let (plan, _) =
                operations::preview(context.database(), &proof, &parsed, context).await?;
            let all = parsed.issues.and(&plan.issues);
            all.kept
                .iter()
                .map(|issue| ImportIssue::of(context, issue))
                .collect()
        }
        None => Vec::new(),
    };
    Ok(MemberImport::of(import, issues, context.now))
}

/// One import with what is to be mended.
#[utoipa::path(
    get, path = "/api/v1/imports/{import}", tag = "region",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 200, body = MemberImport), (status = 404, body = Problem))
)]
pub(crate) async fn one(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<MemberImport>, WebError> {
    let _proof = context.authorize_own::<actions::ManageMembers>().await?;
    Ok(Json(entry(&context, id_from(&id)?).await?))
}

/// Takes an import over in one transaction. Asked twice, it is done once.
#[utoipa::path(
    post, path = "/api/v1/imports/{import}/confirm", tag = "region",
    params(("import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, body = MemberImport),
        (status = 400, body = Problem, description = "There are errors"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It was dropped or is too old, or the roll \
            changed since the preview, which was made anew")
    )
)]
pub(crate) async fn confirm(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<MemberImport>, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let id: Uuid = id_from(&id)?;
    match operations::confirm_import(&context, &proof, id)
        .await
        .map_err(said)?
    {
        Confirmed::Done(_) => Ok(Json(entry(&context, id).await?)),
        Confirmed::Gone | Confirmed::LookAgain => Err(WebError::Conflict),
    }
}

/// Drops an import that waits.
#[utoipa::path(
    delete, path = "/api/v1/imports/{import}", tag = "region",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(crate) async fn cancel(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    operations::cancel_import(&context, &proof, id_from(&id)?).await?;
    Ok(server::no_content())
}
