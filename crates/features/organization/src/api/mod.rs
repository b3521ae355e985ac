//! The feature's part of the API.

pub(crate) mod accounts;
pub(crate) mod installation;
pub(crate) mod people;
pub(crate) mod providers;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi;
use uuid::Uuid;
use yagura_kernel::id::RelationId;
use yagura_kernel::policy::actions;
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::time::format_iso;
use yagura_store::audit::{self, LoggedEntry};
use yagura_store::directory;
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::pages;

#[derive(OpenApi)]
#[openapi(paths(
    roles,
    people::invitations,
    people::invite,
    people::revoke,
    people::end,
    sharing,
    set_sharing,
    audit_log,
    providers::list,
    providers::create,
    providers::change,
    providers::remove,
    providers::trial,
    accounts::show,
    accounts::act,
    accounts::password_link,
    installation::overview,
    installation::create,
    accounts::search,
    accounts::act_on_login,
    accounts::password_link_of_login,
    audit_log_of_installation
))]
struct Document;

/// A record that was just made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Made {
    id: Uuid,
}

pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A role that a person holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PersonWithRole {
    assignment: Uuid,
    person: Uuid,
    name: String,
    email: Option<String>,
    role: &'static str,
    /// First day, ISO 8601.
    from: String,
    /// Last day, ISO 8601.
    until: Option<String>,
}

/// People and roles of one's organisation
#[utoipa::path(get, path = "/api/v1/people", tag = "organization", responses(
    (status = 200, description = "The people", body = Page<PersonWithRole>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn roles(context: Context) -> Result<Json<Page<PersonWithRole>>, WebError> {
    let proof = context.authorize_own::<actions::ReadPeople>().await?;
    let people = directory::assignments_of_organization(
        context.database(),
        proof.organization(),
        context.today,
    )
    .await?;
    let items = people
        .into_iter()
        .map(|holder| PersonWithRole {
            assignment: holder.assignment.id.uuid(),
            person: holder.assignment.person.uuid(),
            name: holder.name,
            email: holder.email,
            role: holder.assignment.role.code(),
            from: format_iso(holder.assignment.validity.from),
            until: holder.assignment.validity.until.map(format_iso),
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// How much an overseer may see.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Sharing {
    relation: Uuid,
    organization: Uuid,
    name: String,
    /// `status`, `answers`, `evidence` or `detail`.
    level: &'static str,
}

/// How much each overseer may see of one's institution
#[utoipa::path(get, path = "/api/v1/sharing", tag = "organization", responses(
    (status = 200, description = "The overseers", body = Page<Sharing>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sharing(context: Context) -> Result<Json<Page<Sharing>>, WebError> {
    let proof = context.authorize_own::<actions::ManageSharing>().await?;
    let overseers =
        directory::overseers_of(context.database(), proof.organization(), context.today).await?;
    let items = overseers
        .into_iter()
        .map(|overseer| Sharing {
            relation: overseer.relation.uuid(),
            organization: overseer.organization.uuid(),
            name: overseer.name,
            level: overseer.sharing.code(),
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// A new level.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct NewLevel {
    /// `status`, `answers`, `evidence` or `detail`.
    level: String,
}

/// Sets how much an overseer may see
#[utoipa::path(put, path = "/api/v1/sharing/{relation}", tag = "organization",
    params(("relation" = Uuid, Path, description = "The relation")),
    request_body = NewLevel, responses(
    (status = 204, description = "It is set"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_sharing(
    context: Context,
    PathOf(relation): PathOf<RelationId>,
    JsonBody(new): JsonBody<NewLevel>,
) -> Result<axum::http::StatusCode, WebError> {
    let level = SharingLevel::from_code(&new.level)
        .ok_or(WebError::invalid("organization-sharing-level-missing"))?;
    pages::sharing::change(&context, relation, level).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// An entry of the audit log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LogEntry {
    id: Uuid,
    /// RFC 3339, UTC.
    at: String,
    actor: &'static str,
    person: Option<Uuid>,
    action: String,
    resource_kind: String,
    resource: Option<String>,
    outcome: &'static str,
    detail: serde_json::Value,
    /// Its place in the Merkle tree; absent until it is sequenced.
    position: Option<i64>,
}

/// What was done with the records of one's organisation, newest first
#[utoipa::path(get, path = "/api/v1/audit-log", tag = "organization", params(PageQuery), responses(
    (status = 200, description = "The entries", body = Page<LogEntry>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn audit_log(
    context: Context,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<LogEntry>>, WebError> {
    let proof = context.authorize_own::<actions::ReadAuditLog>().await?;
    let (before, limit) = (before(&query)?, query.limit());
    let entries =
        audit::of_organization(context.database(), proof.organization(), before, limit).await?;
    Ok(log_page(entries, limit))
}

/// What was done in the whole installation, newest first
#[utoipa::path(get, path = "/api/v1/installation/audit-log", tag = "installation", params(PageQuery), responses(
    (status = 200, description = "The entries", body = Page<LogEntry>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn audit_log_of_installation(
    context: Context,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<LogEntry>>, WebError> {
    context
        .authorize_installation::<actions::ReadAuditLog>()
        .await?;
    let (before, limit) = (before(&query)?, query.limit());
    let entries = audit::of_installation(context.database(), before, limit).await?;
    Ok(log_page(entries, limit))
}

/// The entry before which a page begins.
fn before(query: &PageQuery) -> Result<Option<Uuid>, WebError> {
    query
        .cursor
        .as_ref()
        .map(|cursor| {
            cursor
                .parse()
                .map_err(|_| WebError::invalid("organization-cursor-wrong"))
        })
        .transpose()
}

fn log_page(entries: Vec<LoggedEntry>, limit: i64) -> Json<Page<LogEntry>> {
    let full = i64::try_from(entries.len()).unwrap_or(0) == limit;
    let items: Vec<LogEntry> = entries
        .into_iter()
        .filter_map(|logged| {
            let entry = logged.entry?;
            Some(LogEntry {
                id: entry.id.uuid(),
                at: entry.at.to_rfc3339(),
                actor: entry.actor.code(),
                person: entry.actor.person().map(|person| person.uuid()),
                action: entry.action,
                resource_kind: entry.resource_kind,
                resource: entry.resource_id,
                outcome: entry.outcome.code(),
                detail: entry.detail.into(),
                position: logged.position,
            })
        })
        .collect();
    let next = if full {
        items.last().map(|entry| entry.id.to_string())
    } else {
        None
    };
    Json(Page { items, next })
}
