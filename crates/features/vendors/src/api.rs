//! The feature's part of the API.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi;
use uuid::Uuid;
use yagura_checklists::store::CustomerState;
use yagura_identity::Login;
use yagura_identity::invitations::InvitedVendor;
use yagura_kernel::policy::actions;
use yagura_kernel::proof::CellCounts;
use yagura_web::api::{JsonBody, Page, PageQuery, Problem, QueryOf};
use yagura_web::{Context, WebError, args};

use crate::pages::vendor::CustomerQuery;
use crate::pages::{self, institution};

#[derive(OpenApi)]
#[openapi(paths(vendors, invite, customers))]
struct Document;

pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A vendor or customer with the state of the vendor sheet of this fiscal year.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Partner {
    organization: Uuid,
    name: String,
    /// The sheet, where it was opened.
    sheet: Option<Uuid>,
    /// not_begun, in_work or done.
    state: &'static str,
    /// Answered rows.
    answered: i64,
    /// Rows to be answered.
    applicable: i64,
    /// Rows answered いいえ.
    no: i64,
    /// Whether the first round is complete.
    complete: bool,
}

impl Partner {
    fn new(
        (organization, name): (Uuid, &str),
        sheet: Option<Uuid>,
        state: CustomerState,
        counts: CellCounts,
    ) -> Self {
        Self {
            organization,
            name: name.to_owned(),
            sheet,
            state: state.code(),
            answered: counts.answered(),
            applicable: counts.applicable(),
            no: counts.no,
            complete: state == CustomerState::Done,
        }
    }
}

/// The vendors of one's institution, those that have not answered first
#[utoipa::path(get, path = "/api/v1/vendors", tag = "vendors", responses(
    (status = 200, description = "The vendors", body = Page<Partner>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn vendors(context: Context) -> Result<Json<Page<Partner>>, WebError> {
    let proof = context.authorize_own::<actions::ReadVendors>().await?;
    let sheets_proof = context.authorize_own::<actions::ReadVendorSheet>().await?;
    let items = institution::work(&context, proof.organization(), &sheets_proof)
        .await?
        .iter()
        .map(|vendor| {
            let sheet = vendor.sheet.as_ref();
            Partner::new(
                (vendor.organization.id.uuid(), &vendor.organization.name),
                sheet.map(|sheet| sheet.id.uuid()),
                vendor.state(),
                sheet.map(|sheet| sheet.counts).unwrap_or_default(),
            )
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Whom to invite: a vendor on record, or a new one by name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct NewVendorInvitation {
    /// A vendor on record.
    vendor: Option<Uuid>,
    /// The name of a new vendor.
    name: Option<String>,
    /// Where the link is sent.
    email: String,
}

/// The link that was made; it is sent by mail and shown only here.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct InvitationLink {
    id: Uuid,
    link: String,
    /// RFC 3339, UTC.
    expires_at: String,
}

/// Invites a vendor by a one-time link
#[utoipa::path(post, path = "/api/v1/vendors/invitations", tag = "vendors",
    request_body = NewVendorInvitation, responses(
    (status = 201, description = "The link", body = InvitationLink),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn invite(
    context: Context,
    JsonBody(new): JsonBody<NewVendorInvitation>,
) -> Result<(StatusCode, Json<InvitationLink>), WebError> {
    let proof = context.authorize_own::<actions::ManageVendors>().await?;
    let t = context.t();
    let address = Login::parse(&new.email)
        .ok()
        .filter(Login::is_address)
        .ok_or_else(|| field("email", t.t("vendors-invite-email-wrong")))?;
    let name = new
        .name
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    let vendor = match (new.vendor, name) {
        (Some(id), None) => InvitedVendor::Known(id.into()),
        (None, Some(name)) if name.chars().count() <= 200 => InvitedVendor::New(name),
        _ => return Err(field("name", t.t("vendors-invite-one-of"))),
    };
    if let InvitedVendor::New(name) = &vendor
        && let Some(other) = institution::namesake(&context, name).await?
    {
        let words = t.t_args("vendors-invite-namesake", args![("name", other.name)]);
        return Err(field("name", &words));
    }
    let mut tx = context.database().begin().await?;
    let (link, url) = pages::institution::send(&context, &mut tx, &proof, vendor, address).await?;
    tx.commit().await?;
    let made = InvitationLink {
        id: link.id.uuid(),
        link: url,
        expires_at: link.expires_at.to_rfc3339(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

fn field(name: &str, words: &str) -> WebError {
    WebError::Fields(vec![(name.to_owned(), words.to_owned())])
}

/// The customers of the vendor one acts for, unfinished work first
#[utoipa::path(get, path = "/api/v1/customers", tag = "vendors",
    params(PageQuery, CustomerQuery), responses(
    (status = 200, description = "The customers", body = Page<Partner>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn customers(
    context: Context,
    QueryOf(page): QueryOf<PageQuery>,
    QueryOf(query): QueryOf<CustomerQuery>,
) -> Result<Json<Page<Partner>>, WebError> {
    pages::vendor::require_vendor(&context)?;
    let filter = query.filter()?;
    let after = pages::vendor::cursor(page.cursor.as_deref())?;
    let (rows, next) =
        pages::vendor::customers(&context, &filter, after.as_ref(), page.limit()).await?;
    let items = rows
        .iter()
        .map(|row| {
            Partner::new(
                (row.customer.uuid(), &row.name),
                row.sheet.map(|sheet| sheet.uuid()),
                row.state,
                row.counts,
            )
        })
        .collect();
    Ok(Json(Page { items, next }))
}
