//! The JSON API: verdicts, and the keys that signed them.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_evidence::EvidenceHost;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::Instant;
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Access, Context, Routes, WebError};

use crate::model::{Counted, LARGEST, SignedVerdict, VALID_DAYS, reused, strong};
use crate::operations;
use crate::pages::Host;
use crate::store::{self, KeyRow, VerdictRow};

/// The addresses of the API.
pub(crate) fn routes(host: &Arc<dyn EvidenceHost>) -> Routes {
    let host = Extension(Host(Arc::clone(host)));
    let read = Access::Action(Action::ReadEvidence);
    let manage = Access::Action(Action::ManageEvidence);
    Routes::new()
        .get("/api/v1/credentials/verdicts", read, list)
        .post(
            "/api/v1/credentials/verdicts",
            manage,
            upload
                .layer(host.clone())
                .layer(DefaultBodyLimit::max(LARGEST)),
        )
        .get("/api/v1/credentials/verdicts/{verdict}", read, one)
        .get("/api/v1/credentials/files", read, files)
        .post("/api/v1/credentials/files/retirement", manage, retire)
        .get("/api/v1/credentials/keys", read, keys)
        .put(
            "/api/v1/credentials/keys/{key}/trust",
            manage,
            trust.layer(host),
        )
        .delete("/api/v1/credentials/keys/{key}/trust", manage, revoke)
}

#[derive(OpenApi)]
#[openapi(
    paths(list, upload, one, files, retire, keys, trust, revoke),
    components(schemas(CredentialFile, CredentialRetirement, CredentialVerdict, CredentialKey, SignedVerdict, Problem)),
    tags((name = "credentials", description = "Verdicts on the passwords of devices"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A verdict that was uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialVerdict {
    /// Its id.
    id: Uuid,
    /// When the file of passwords was checked.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    checked_at: Instant,
    /// When the verdict was uploaded.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    uploaded_at: Instant,
    /// The key that signed it.
    key: Uuid,
    /// Whether it counts: whether a person has compared the key's fingerprint.
    counts: bool,
    /// What it says of item 2-⑦: satisfied, violated or unknown.
    strong: &'static str,
    /// What it says of item 2-⑧: satisfied, violated or unknown.
    not_reused: &'static str,
    /// The piece of evidence as which it is kept.
    evidence: Option<Uuid>,
    /// The verdict as it was signed: counts by class, findings, entries that share a password.
    #[schema(value_type = Object)]
    verdict: serde_json::Value,
}

impl CredentialVerdict {
    fn of(row: &VerdictRow) -> Self {
        Self {
            id: row.id,
            checked_at: row.checked_at,
            uploaded_at: row.uploaded_at,
            key: row.key,
            counts: row.is_trusted,
            strong: strong(&Counted::whole(&row.verdict)).outcome.code(),
            not_reused: reused(&Counted::whole(&row.verdict)).outcome.code(),
            evidence: row.evidence,
            verdict: serde_json::to_value(&row.verdict).unwrap_or_default(),
        }
    }
}

/// A key that signs verdicts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialKey {
    /// Its id.
    id: Uuid,
    /// Its fingerprint, to be compared with that on the machine that checks.
    fingerprint: String,
    /// trusted, waiting or revoked.
    state: &'static str,
    /// When its first verdict came.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Instant,
    /// How many verdicts it signed.
    verdicts: i64,
}

impl CredentialKey {
    fn of(row: KeyRow) -> Self {
        let state = if row.is_trusted() {
            "trusted"
        } else if row.is_waiting() {
            "waiting"
        } else {
            "revoked"
        };
        Self {
            id: row.id,
            fingerprint: row.fingerprint,
            state,
            first_seen_at: row.first_seen_at,
            verdicts: row.verdicts,
        }
    }
}

fn cursor(text: &str) -> Option<(Instant, Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((
        Instant::from_micros(at.parse().ok()?),
        yagura_kernel::id::parse_uuid(id).ok()?,
    ))
}

/// List the verdicts, those of the newest checks first.
#[utoipa::path(
    get, path = "/api/v1/credentials/verdicts", tag = "credentials", params(PageQuery),
    responses(
        (status = 200, body = Page<CredentialVerdict>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn list(
    context: Context,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<CredentialVerdict>>, WebError> {
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    let before = match query.cursor.as_deref() {
        Some(text) => {
            Some(cursor(text).ok_or_else(|| WebError::invalid("credentials-error-cursor"))?)
        }
        None => None,
    };
    let most = query.limit();
    let limit = usize::try_from(most).unwrap_or(1);
    let rows = store::verdicts(context.database(), &proof, before, most + 1).await?;
    let next = rows
        .get(limit.saturating_sub(1))
        .filter(|_| rows.len() > limit)
        .map(|row| format!("{}_{}", row.checked_at.as_micros(), row.id));
    let items = rows.iter().take(limit).map(CredentialVerdict::of).collect();
    Ok(Json(Page { items, next }))
}

/// Upload a signed verdict as `yagura credentials check` wrote it. One that is there already stays
/// as it is.
#[utoipa::path(
    post, path = "/api/v1/credentials/verdicts", tag = "credentials",
    request_body(content = SignedVerdict, content_type = "application/json"),
    responses(
        (status = 201, body = CredentialVerdict),
        (status = 400, description = "No verdict, altered, or dated in the future", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The file is too large", body = Problem),
    )
)]
async fn upload(
    context: Context,
    Extension(host): Extension<Host>,
    bytes: Bytes,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    match operations::upload(&context, host.0.as_ref(), &proof, &bytes).await? {
        Ok(uploaded) => {
            let one = one(context, PathOf(uploaded.id)).await?;
            Ok((StatusCode::CREATED, one).into_response())
        }
        Err(refused) => Err(WebError::invalid(refused.key())),
    }
}

/// Read a verdict.
#[utoipa::path(
    get, path = "/api/v1/credentials/verdicts/{verdict}", tag = "credentials",
    params(("verdict" = Uuid, Path, description = "The verdict")),
    responses(
        (status = 200, body = CredentialVerdict),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such verdict", body = Problem),
    )
)]
async fn one(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<CredentialVerdict>, WebError> {
    let owner = store::verdict_owner(context.database(), id)
        .await?
        .ok_or(WebError::NotFound)?;
    let proof = context.authorize::<actions::ReadEvidence>(owner).await?;
    let row = store::verdict(context.database(), &proof, id)
        .await?
        .ok_or(WebError::NotFound)?;
    Ok(Json(CredentialVerdict::of(&row)))
}

/// A file of passwords with the verdict on it that counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialFile {
    /// By what the file is known.
    label: String,
    /// The newest verdict of a trusted key on it.
    verdict: Uuid,
    /// When the file was checked.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    checked_at: Instant,
    /// Whether that is recent enough to prove something.
    is_recent: bool,
    /// How many entries it has.
    entries: u32,
    /// How many of them have something wrong.
    faulty: u32,
}

/// List the files of passwords with the verdict on each that counts.
#[utoipa::path(
    get, path = "/api/v1/credentials/files", tag = "credentials",
    responses(
        (status = 200, body = Vec<CredentialFile>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn files(context: Context) -> Result<Json<Vec<CredentialFile>>, WebError> {
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    let counting = store::counting(context.database(), &proof).await?;
    let files = counting.files.iter().filter_map(|file| {
        let row = counting.verdicts.get(file.verdict)?;
        let faulty = row.verdict.findings_of(file.place).count();
        Some(CredentialFile {
            label: file.label.clone(),
            verdict: row.id,
            checked_at: row.checked_at,
            is_recent: row.checked_at.plus_days(VALID_DAYS) >= context.now,
            entries: row.verdict.files.get(file.place)?.entries,
            faulty: u32::try_from(faulty).unwrap_or(u32::MAX),
        })
    });
    Ok(Json(files.collect()))
}

/// Which file is used no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialRetirement {
    /// By what the file is known.
    label: String,
}

/// Say that a file of passwords is used no more: verdicts on it from before count no more.
#[utoipa::path(
    post, path = "/api/v1/credentials/files/retirement", tag = "credentials",
    request_body = CredentialRetirement,
    responses(
        (status = 204, description = "It counts no more"),
        (status = 400, description = "No verdict is on such a file", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
async fn retire(
    context: Context,
    JsonBody(body): JsonBody<CredentialRetirement>,
) -> Result<StatusCode, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    operations::retire(&context, &proof, &body.label).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the keys that signed verdicts, newest first.
#[utoipa::path(
    get, path = "/api/v1/credentials/keys", tag = "credentials",
    responses(
        (status = 200, body = Vec<CredentialKey>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn keys(context: Context) -> Result<Json<Vec<CredentialKey>>, WebError> {
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    let keys = store::keys(context.database(), &proof).await?;
    Ok(Json(keys.into_iter().map(CredentialKey::of).collect()))
}

async fn manage_key(context: &Context, id: Uuid) -> Result<operations::Manage, WebError> {
    let owner = store::key_owner(context.database(), id)
        .await?
        .ok_or(WebError::NotFound)?;
    context.authorize::<actions::ManageEvidence>(owner).await
}

/// Say that a person has compared the key's fingerprint: its verdicts count.
#[utoipa::path(
    put, path = "/api/v1/credentials/keys/{key}/trust", tag = "credentials",
    params(("key" = Uuid, Path, description = "The key")),
    responses(
        (status = 204, description = "It is trusted"),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such key", body = Problem),
    )
)]
async fn trust(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, WebError> {
    let proof = manage_key(&context, id).await?;
    operations::trust(&context, host.0.as_ref(), &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say that a key counts no more: its verdicts prove nothing from now on.
#[utoipa::path(
    delete, path = "/api/v1/credentials/keys/{key}/trust", tag = "credentials",
    params(("key" = Uuid, Path, description = "The key")),
    responses(
        (status = 204, description = "It is trusted no more"),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such key", body = Problem),
    )
)]
async fn revoke(context: Context, PathOf(id): PathOf<Uuid>) -> Result<StatusCode, WebError> {
    let proof = manage_key(&context, id).await?;
    operations::revoke(&context, &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
