//! The JSON API: everything that the pages do.

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{FiscalYear, Instant, format_iso};
use yagura_packs::Pack;
use yagura_web::api::{PathOf, Problem, QueryOf};
use yagura_web::{Access, Context, Routes, WebError, server};

use crate::operations::{self, Confirmed, Withdrawal};
use crate::pages::import::{id_from, sheet_of};
use crate::pages::{Format, exported};
use crate::prepare::{Prepared, counts};
use crate::read::{LARGEST_FILE, ReadFile, ReadOptions};
use crate::store::{self, Import};
use crate::words::{change_text, finding_text, remark_text};

pub(crate) fn routes() -> Routes {
    let read = Access::Installation(Action::ReadPacks);
    let manage = Access::Installation(Action::ManagePacks);
    let limit = usize::try_from(LARGEST_FILE).unwrap_or(usize::MAX);
    Routes::new()
        .get("/api/v1/packs", read, list)
        .post(
            "/api/v1/packs/imports",
            manage,
            upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get("/api/v1/packs/imports/{import}", manage, import)
        .delete("/api/v1/packs/imports/{import}", manage, cancel)
        .post("/api/v1/packs/imports/{import}/confirm", manage, confirm)
        .get("/api/v1/packs/{pack}", read, one)
        .delete("/api/v1/packs/{pack}", manage, withdraw)
        .get("/api/v1/packs/{pack}/export", read, export)
}

#[derive(OpenApi)]
#[openapi(
    paths(list, one, export, upload, import, cancel, confirm, withdraw),
    components(schemas(
        PackSummary, PackList, PackDetails, PackImport, PackRemark, PackChange, Format, Problem
    )),
    tags((name = "packs", description = "Rule packs: checklists, self-checks, contacts"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A pack in brief.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackSummary {
    /// Its id.
    id: String,
    /// Version of its data.
    version: String,
    /// checklist, self-check or contacts.
    kind: &'static str,
    /// institution, vendor or general, for checklists.
    sheet: Option<&'static str>,
    /// The year in which its fiscal year began.
    fiscal_year: Option<i32>,
    /// Its name in Japanese.
    title_ja: String,
    /// Its name in English.
    title_en: String,
    /// First day on which it applies.
    #[schema(format = Date)]
    valid_from: String,
    /// Last day on which it applies.
    #[schema(format = Date)]
    valid_to: Option<String>,
    /// How many rows, boxes or offices it has.
    rows: usize,
    /// Of how many the wording is unverified.
    unverified: usize,
    /// builtin or imported.
    origin: &'static str,
    /// SHA-256 of its content.
    fingerprint: String,
}

impl PackSummary {
    fn of(pack: &Pack, imported: &[store::ImportedPack]) -> Self {
        let (rows, unverified) = counts(pack);
        let version = pack.version.to_string();
        let is_imported = imported
            .iter()
            .any(|import| import.pack_id == pack.id && import.version == version);
        Self {
            id: pack.id.clone(),
            version,
            kind: pack.kind().as_str(),
            sheet: pack.sheet().map(yagura_packs::Sheet::as_str),
            fiscal_year: pack.fiscal_year.map(FiscalYear::year),
            title_ja: pack.title.ja.clone(),
            title_en: pack.title.en.clone(),
            valid_from: format_iso(pack.valid_from),
            valid_to: pack.valid_to.map(format_iso),
            rows,
            unverified,
            origin: if is_imported { "imported" } else { "builtin" },
            fingerprint: pack.fingerprint(),
        }
    }
}

/// Every pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackList {
    /// The newest version of each.
    items: Vec<PackSummary>,
}

/// A pack with its content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackDetails {
    /// In brief.
    #[serde(flatten)]
    summary: PackSummary,
    /// The content in the form of a pack file, which an import takes again.
    #[schema(value_type = Object)]
    content: serde_json::Value,
}

/// The packs in use.
#[utoipa::path(
    get, path = "/api/v1/packs", tag = "packs",
    responses((status = 200, body = PackList))
)]
async fn list(context: Context) -> Result<Json<PackList>, WebError> {
    let proof = context
        .authorize_installation::<actions::ReadPacks>()
        .await?;
    let imported = store::imported(context.database(), &proof).await?;
    let items = context
        .app
        .packs()
        .packs()
        .map(|pack| PackSummary::of(pack, &imported))
        .collect();
    Ok(Json(PackList { items }))
}

/// A pack with every row.
#[utoipa::path(
    get, path = "/api/v1/packs/{pack}", tag = "packs",
    params(("pack" = String, Path, description = "The id of the pack")),
    responses((status = 200, body = PackDetails), (status = 404, body = Problem))
)]
async fn one(context: Context, PathOf(id): PathOf<String>) -> Result<Json<PackDetails>, WebError> {
    let proof = context
        .authorize_installation::<actions::ReadPacks>()
        .await?;
    let library = context.app.packs();
    let pack = library.get(&id).ok_or(WebError::NotFound)?;
    let imported = store::imported(context.database(), &proof).await?;
    let content =
        serde_json::to_value(&**pack).map_err(|error| WebError::Internal(error.to_string()))?;
    Ok(Json(PackDetails {
        summary: PackSummary::of(pack, &imported),
        content,
    }))
}

/// In which format.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// toml, oscal or ciso.
    format: Format,
}

/// A pack as a file.
#[utoipa::path(
    get, path = "/api/v1/packs/{pack}/export", tag = "packs",
    params(("pack" = String, Path, description = "The id of the pack"), ExportQuery),
    responses(
        (status = 200, description = "The file", content(
            (String = "application/toml"), (Object = "application/json"),
            (Object = "application/yaml")
        )),
        (status = 400, body = Problem, description = "The format holds only checklists"),
        (status = 404, body = Problem)
    )
)]
async fn export(
    context: Context,
    PathOf(id): PathOf<String>,
    QueryOf(query): QueryOf<ExportQuery>,
) -> Result<Response, WebError> {
    let _proof = context
        .authorize_installation::<actions::ReadPacks>()
        .await?;
    let library = context.app.packs();
    let pack = library.get(&id).ok_or(WebError::NotFound)?;
    exported(&context, pack, query.format)
}

/// What is said of the file that is sent.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// The name of the file; its ending tells a CSV from other texts.
    file_name: Option<String>,
    /// The year in which the fiscal year began, where the file does not say it.
    #[param(minimum = 2000, maximum = 2100)]
    fiscal_year: Option<i32>,
    /// institution, vendor or general, where the file does not say it.
    sheet: Option<String>,
    /// Whether this is stated to be the official file, so that its wordings count as verified.
    official: Option<bool>,
}

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackImport {
    /// Its id.
    id: Uuid,
    /// waiting, applied, cancelled or expired.
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
    /// The pack that it would become; only while it waits.
    pack: Option<PackSummary>,
    /// new, replaces, same, conflict or older; only while it waits.
    standing: Option<&'static str>,
    /// Whether it can be confirmed.
    can_be_taken: bool,
    /// What was left out or guessed, and what is wrong or remarkable.
    remarks: Vec<PackRemark>,
    /// What changes against the edition that it replaces or continues.
    changes: Vec<PackChange>,
}

/// Something to look at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackRemark {
    /// error, warning or info.
    severity: &'static str,
    /// Where in the pack; absent for remarks on the file, which name their place in words.
    place: Option<String>,
    /// What, and how to mend it.
    message: String,
}

/// A change between two editions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackChange {
    /// new, reworded, merged, split, became-required, device-class-changed or removed.
    kind: &'static str,
    /// Keys of the rows before.
    old: Vec<String>,
    /// Keys of the rows after.
    new: Vec<String>,
    /// Whether the wordings of all of them are verified.
    certain: bool,
    /// In words.
    message: String,
}

impl PackImport {
    fn of(context: &Context, import: &Import, waiting: Option<(&ReadFile, &Prepared)>) -> Self {
        let t = context.t();
        let mut remarks = Vec::new();
        let mut changes = Vec::new();
        if let Some((file, prepared)) = waiting {
            remarks.extend(file.remarks.iter().map(|remark| PackRemark {
                severity: "info",
                place: None,
                message: remark_text(t, remark),
            }));
            remarks.extend(prepared.findings.iter().map(|finding| PackRemark {
                severity: finding.severity.as_str(),
                place: Some(finding.place.to_string()),
                message: finding_text(t, finding),
            }));
            changes.extend(prepared.changes.iter().map(|change| PackChange {
                kind: change.kind.as_str(),
                old: change.old.clone(),
                new: change.new.clone(),
                certain: change.certain,
                message: change_text(t, change),
            }));
        }
        Self {
            id: import.id,
            state: import.state.code(),
            file_name: import.file_name.clone(),
            created_at: import.created_at,
            expires_at: import.expires_at,
            pack: waiting.map(|(_, prepared)| PackSummary {
                origin: "imported",
                ..PackSummary::of(&prepared.pack, &[])
            }),
            standing: waiting.map(|(_, prepared)| prepared.standing.code()),
            can_be_taken: waiting.is_some_and(|(_, prepared)| prepared.can_be_taken()),
            remarks,
            changes,
        }
    }
}

async fn entry(context: &Context, id: Uuid) -> Result<PackImport, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let import = store::import(context.database(), &proof, id, context.now).await?;
    Ok(match &import.file {
        Some(file) => {
            let prepared = operations::prepare_aside(file.clone(), context.app.packs()).await?;
            PackImport::of(context, &import, Some((file, &prepared)))
        }
        None => PackImport::of(context, &import, None),
    })
}

/// Reads a file and keeps it until it is confirmed. The packs in use do not change.
#[utoipa::path(
    post, path = "/api/v1/packs/imports", tag = "packs",
    params(UploadQuery),
    request_body(
        content = Vec<u8>, content_type = "application/octet-stream",
        description = "TOML, YAML or JSON of our own, an OSCAL catalog (JSON), a CISO Assistant \
            library (YAML), or a workbook (xlsx) or CSV that looks like the official form"
    ),
    responses((status = 201, body = PackImport), (status = 422, body = Problem))
)]
async fn upload(
    context: Context,
    QueryOf(query): QueryOf<UploadQuery>,
    bytes: Bytes,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let sheet = match query.sheet.as_deref() {
        None => None,
        Some(word) => {
            let choose = || {
                let t = context.t();
                WebError::Fields(vec![(
                    "sheet".to_owned(),
                    t.t("rulepacks-import-sheet-words").to_owned(),
                )])
            };
            Some(sheet_of(word).ok_or_else(choose)?)
        }
    };
    let fiscal_year = match query.fiscal_year {
        None => None,
        Some(year) => Some(
            Some(year)
                .filter(|year| (2000..=2100).contains(year))
                .and_then(|year| FiscalYear::new(year).ok())
                .ok_or_else(|| {
                    let t = context.t();
                    WebError::Fields(vec![(
                        "fiscal_year".to_owned(),
                        t.t("rulepacks-import-year-words").to_owned(),
                    )])
                })?,
        ),
    };
    let options = ReadOptions {
        fiscal_year,
        sheet,
        official: query.official.unwrap_or(false),
    };
    let name = query.file_name.unwrap_or_default();
    let read = operations::read_aside(bytes, name, options)
        .await?
        .map_err(|error| {
            let message = remark_text(context.t(), &error.said());
            WebError::Fields(vec![("file".to_owned(), message)])
        })?;
    let id = operations::start(&context, &proof, read).await?;
    Ok((StatusCode::CREATED, Json(entry(&context, id).await?)).into_response())
}

/// An import with what it would do.
#[utoipa::path(
    get, path = "/api/v1/packs/imports/{import}", tag = "packs",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 200, body = PackImport), (status = 404, body = Problem))
)]
async fn import(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<PackImport>, WebError> {
    let _proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    Ok(Json(entry(&context, id_from(&id)?).await?))
}

/// Takes an import over in one transaction. Asked twice, it is done once.
#[utoipa::path(
    post, path = "/api/v1/packs/imports/{import}/confirm", tag = "packs",
    params(("import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, body = PackImport),
        (status = 400, body = Problem, description = "It has errors, or its version is taken"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It was dropped or is too old, or the packs \
            changed since the preview, which was made anew")
    )
)]
async fn confirm(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<PackImport>, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let id = id_from(&id)?;
    match operations::confirm(&context, &proof, id).await? {
        Confirmed::Done { .. } => Ok(Json(entry(&context, id).await?)),
        Confirmed::Gone | Confirmed::LookAgain => Err(WebError::Conflict),
        Confirmed::Refused => Err(WebError::invalid("rulepacks-flash-refused")),
    }
}

/// Drops an import that waits.
#[utoipa::path(
    delete, path = "/api/v1/packs/imports/{import}", tag = "packs",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 204), (status = 404, body = Problem))
)]
async fn cancel(context: Context, PathOf(id): PathOf<String>) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    operations::cancel(&context, &proof, id_from(&id)?).await?;
    Ok(server::no_content())
}

/// Which version.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionQuery {
    /// The version; the newest where it is not given.
    version: Option<String>,
}

/// Withdraws an imported version of a pack that nothing was filled in by.
#[utoipa::path(
    delete, path = "/api/v1/packs/{pack}", tag = "packs",
    params(("pack" = String, Path, description = "The id of the pack"), VersionQuery),
    responses(
        (status = 204, description = "It is withdrawn"),
        (status = 400, body = Problem, description = "It was not imported, something was filled \
            in by it, or another imported pack builds on it"),
        (status = 403, body = Problem, description = "Not an administrator")
    )
)]
async fn withdraw(
    context: Context,
    PathOf(id): PathOf<String>,
    QueryOf(query): QueryOf<VersionQuery>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    match operations::withdraw_for(&context, &proof, &id, query.version.as_deref()).await? {
        Withdrawal::Done => Ok(server::no_content()),
        refused => Err(WebError::invalid_with(
            refused.message_key(),
            &refused.message_arguments(),
        )),
    }
}
