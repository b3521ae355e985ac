//! The feature's part of the API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi;
use uuid::Uuid;
use yagura_kernel::id::{InvitationId, OrganizationId};
use yagura_kernel::policy::actions;
use yagura_kernel::time::parse_date;
use yagura_web::api::{JsonBody, Page, PathOf, Problem};
use yagura_web::i18n::args;
use yagura_web::{Context, WebError, server};

use crate::assemble;
use crate::pages::{links, printed};

#[derive(OpenApi)]
#[openapi(paths(contents, links, create_link, take_back, printed))]
struct Document;

pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A document of the pack.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PackDocument {
    /// What to put after `/inspection/of/{organization}/` to get it.
    name: String,
    /// The vendor whose sheet it is.
    vendor: Option<Uuid>,
    /// Answered rows, for sheets.
    answered: Option<i64>,
    /// Rows to be answered, for sheets.
    applicable: Option<i64>,
}

/// The documents of an institution's inspection pack of this fiscal year
#[utoipa::path(get, path = "/api/v1/inspection/{organization}", tag = "inspection",
    params(("organization" = Uuid, Path, description = "The institution")), responses(
    (status = 200, description = "The documents", body = Page<PackDocument>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn contents(
    context: Context,
    PathOf(organization): PathOf<OrganizationId>,
) -> Result<Json<Page<PackDocument>>, WebError> {
    context
        .authorize::<actions::PrintPack>(organization)
        .await?;
    let year = match links::of_visitor(&context, organization).await? {
        Some(link) => link.year,
        None => context.app.fiscal_year(),
    };
    let pack = assemble::read(&context, organization, year).await?;
    let entry = |name: &str, vendor: Option<Uuid>, sheet: Option<&assemble::Sheet>| {
        let progress = sheet.map(|sheet| sheet.content.header.progress());
        PackDocument {
            name: name.to_owned(),
            vendor,
            answered: progress.map(|(answered, _)| answered),
            applicable: progress.map(|(_, applicable)| applicable),
        }
    };
    let mut items = vec![entry("cover.pdf", None, None)];
    if let Some(sheet) = &pack.institution {
        items.push(entry("sheet.pdf", None, Some(sheet)));
        items.push(entry("sheet.xlsx", None, Some(sheet)));
    }
    for (vendor, sheet) in &pack.vendors {
        if sheet.is_some() {
            for ending in ["pdf", "xlsx"] {
                let name = format!("vendor-{}.{ending}", vendor.id);
                items.push(entry(&name, Some(vendor.id.uuid()), sheet.as_ref()));
            }
        }
    }
    for name in [
        "evidence.pdf",
        "evidence.xlsx",
        "history.pdf",
        "history.xlsx",
        "contacts.pdf",
        "pack.zip",
    ] {
        items.push(entry(name, None, None));
    }
    Ok(Json(Page { items, next: None }))
}

/// A link to the pack.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct InspectionLink {
    id: Uuid,
    /// The link itself; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// RFC 3339, UTC.
    expires_at: String,
    /// How often it was opened.
    opens: i64,
    /// Whether it still works.
    works: bool,
}

/// The links that were given out
#[utoipa::path(get, path = "/api/v1/inspection-links", tag = "inspection", responses(
    (status = 200, description = "The links", body = Page<InspectionLink>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn links(context: Context) -> Result<Json<Page<InspectionLink>>, WebError> {
    let proof = context
        .authorize_own::<actions::ShareInspectionLink>()
        .await?;
    let items = links::given_out(&context, &proof)
        .await?
        .into_iter()
        .map(|link| InspectionLink {
            id: link.id.uuid(),
            link: None,
            expires_at: link.expires_at.to_rfc3339(),
            opens: link.opens,
            works: link.check(context.now).is_ok(),
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Until when a link works.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct NewInspectionLink {
    /// Last day, at most 60 days ahead.
    #[schema(format = Date, example = "2026-12-01")]
    last_day: String,
}

/// Gives out an expiring link to one's inspection pack
#[utoipa::path(post, path = "/api/v1/inspection-links", tag = "inspection",
    request_body = NewInspectionLink, responses(
    (status = 201, description = "The link", body = InspectionLink),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_link(
    context: Context,
    JsonBody(new): JsonBody<NewInspectionLink>,
) -> Result<(StatusCode, Json<InspectionLink>), WebError> {
    let proof = context
        .authorize_own::<actions::ShareInspectionLink>()
        .await?;
    let day = parse_date(&new.last_day)
        .ok()
        .filter(|day| links::is_allowed(context.today, *day))
        .ok_or_else(|| {
            let words = context.t().t_args(
                "inspection-link-last-day-wrong",
                args![("days", links::LONGEST_DAYS)],
            );
            WebError::Fields(vec![("last_day".to_owned(), words.into_owned())])
        })?;
    let (link, url) = links::give_out(&context, &proof, day).await?;
    let made = InspectionLink {
        id: link.id.uuid(),
        link: Some(url),
        expires_at: link.expires_at.to_rfc3339(),
        opens: 0,
        works: true,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Takes a link back
#[utoipa::path(delete, path = "/api/v1/inspection-links/{invitation}", tag = "inspection",
    params(("invitation" = Uuid, Path, description = "The link")), responses(
    (status = 204, description = "It works no more"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_back(
    context: Context,
    PathOf(link): PathOf<InvitationId>,
) -> Result<Response, WebError> {
    links::take_back(&context, link).await?;
    Ok(server::no_content())
}

/// A sheet as it was printed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PrintedSheet {
    /// The code at the foot of the paper.
    code: String,
    /// When this state was first printed: RFC 3339, UTC.
    printed_at: String,
    /// Whose sheet it is.
    organization: Uuid,
    /// Everything that stood on the paper.
    #[schema(value_type = Object)]
    document: serde_json::Value,
}

/// The very state that a printed sheet shows, by the code at its foot
#[utoipa::path(get, path = "/api/v1/printed/{code}", tag = "inspection",
    params(("code" = String, Path, description = "The code, as it is typed", example = "K7Q4-P2M9")),
    responses(
    (status = 200, description = "The state", body = PrintedSheet),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn printed(
    context: Context,
    PathOf(code): PathOf<String>,
) -> Result<Json<PrintedSheet>, WebError> {
    let (printed, _) = printed::state(&context, &code).await?;
    Ok(Json(PrintedSheet {
        code: printed.code,
        printed_at: printed.printed_at.to_rfc3339(),
        organization: printed.organization_id.uuid(),
        document: printed.document,
    }))
}
