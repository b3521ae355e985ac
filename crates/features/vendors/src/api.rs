//! The feature's part of the API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi;
use uuid::Uuid;
use yagura_checklists::store::CustomerState;
use yagura_identity::Login;
use yagura_identity::invitations::{InvitedVendor, Purpose};
use yagura_kernel::id::{InvitationId, OrganizationId, RelationId};
use yagura_kernel::policy::actions;
use yagura_kernel::proof::CellCounts;
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError, args, server};

use crate::pages::drafts::Taken;
use crate::pages::vendor::CustomerQuery;
use crate::pages::{self, institution};

#[derive(OpenApi)]
#[openapi(paths(
    vendors,
    end,
    invite,
    invitations,
    take_back,
    customers,
    open,
    drafts,
    take
))]
struct Document;

pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A vendor or customer with the state of the vendor sheet of this fiscal year.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Partner {
    organization: Uuid,
    /// The contract on record, of a vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<Uuid>,
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
            contract: None,
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
            Partner {
                contract: Some(vendor.relation.id.uuid()),
                ..Partner::new(
                    (vendor.organization.id.uuid(), &vendor.organization.name),
                    sheet.map(|sheet| sheet.id.uuid()),
                    vendor.state(),
                    sheet.map(|sheet| sheet.counts).unwrap_or_default(),
                )
            }
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

/// Records that the contract with a vendor ended yesterday. Earlier answers are kept
#[utoipa::path(delete, path = "/api/v1/vendors/{relation}", tag = "vendors",
    params(("relation" = Uuid, Path, description = "The contract")), responses(
    (status = 204, description = "It is recorded"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end(
    context: Context,
    PathOf(relation): PathOf<RelationId>,
) -> Result<Response, WebError> {
    institution::end_contract(&context, relation).await?;
    Ok(server::no_content())
}

/// An invitation that waits to be accepted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WaitingInvitation {
    id: Uuid,
    /// A vendor on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<Uuid>,
    /// The name of a new vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where the link was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// RFC 3339, UTC.
    expires_at: String,
}

/// The invitations of vendors that wait to be accepted
#[utoipa::path(get, path = "/api/v1/vendors/invitations", tag = "vendors", responses(
    (status = 200, description = "The invitations", body = Page<WaitingInvitation>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn invitations(
    context: Context,
) -> Result<Json<Page<WaitingInvitation>>, WebError> {
    let proof = context.authorize_own::<actions::ManageVendors>().await?;
    let items = institution::waiting(&context, &proof)
        .await?
        .into_iter()
        .map(|invitation| {
            let (vendor, name) = match invitation.purpose {
                Purpose::Vendor {
                    vendor: InvitedVendor::Known(id),
                    ..
                } => (Some(id.uuid()), None),
                Purpose::Vendor {
                    vendor: InvitedVendor::New(name),
                    ..
                } => (None, Some(name)),
                _ => (None, None),
            };
            WaitingInvitation {
                id: invitation.id.uuid(),
                vendor,
                name,
                email: invitation.addressee,
                expires_at: invitation.expires_at.to_rfc3339(),
            }
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Takes an invitation back
#[utoipa::path(delete, path = "/api/v1/vendors/invitations/{invitation}", tag = "vendors",
    params(("invitation" = Uuid, Path, description = "The invitation")), responses(
    (status = 204, description = "Its link works no more"),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_back(
    context: Context,
    PathOf(invitation): PathOf<InvitationId>,
) -> Result<Response, WebError> {
    institution::take_back(&context, invitation).await?;
    Ok(server::no_content())
}

/// The sheet for a customer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CustomerSheetId {
    /// What to put into `/api/v1/vendor-sheets/{sheet}`.
    sheet: Uuid,
}

/// Opens this year's sheet for a customer; the one that stands where there is one
#[utoipa::path(post, path = "/api/v1/customers/{organization}/sheet", tag = "vendors",
    params(("organization" = Uuid, Path, description = "The customer")), responses(
    (status = 200, description = "The sheet", body = CustomerSheetId),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn open(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
) -> Result<Json<CustomerSheetId>, WebError> {
    let header = pages::vendor::sheet_for(&context, customer).await?;
    Ok(Json(CustomerSheetId {
        sheet: header.id.uuid(),
    }))
}

/// Whose answers are offered.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DraftSource {
    /// The other customer.
    from: Uuid,
}

/// An answer for another customer, offered for this one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OfferedAnswer {
    /// Key of the row.
    item: String,
    /// yes or no.
    answer: &'static str,
    remark: String,
}

/// What the answers for another customer offer for rows that are not answered yet
#[utoipa::path(get, path = "/api/v1/customers/{organization}/drafts", tag = "vendors",
    params(("organization" = Uuid, Path, description = "The customer"), DraftSource), responses(
    (status = 200, description = "The offers", body = Page<OfferedAnswer>),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn drafts(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    source: Result<QueryOf<DraftSource>, WebError>,
) -> Result<Json<Page<OfferedAnswer>>, WebError> {
    // Who may not know of the customer is not told what is wrong with the request.
    context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let QueryOf(source) = source?;
    let items = pages::drafts::offered(&context, customer, source.from.into())
        .await?
        .into_iter()
        .map(|offer| OfferedAnswer {
            item: offer.item_key,
            answer: offer.answer.code(),
            remark: offer.remark,
        })
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// What is taken over.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChosenDrafts {
    /// The other customer.
    from: Uuid,
    /// Keys of rows that somebody has looked at and chosen.
    #[schema(max_items = 200)]
    items: Vec<String>,
}

/// How much was taken over.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TakenDrafts {
    /// The sheet on which they stand.
    sheet: Uuid,
    /// How many rows.
    taken: usize,
}

/// Takes over chosen answers for another customer, as confirmed today; all of them or none
#[utoipa::path(post, path = "/api/v1/customers/{organization}/drafts", tag = "vendors",
    params(("organization" = Uuid, Path, description = "The customer")),
    request_body = ChosenDrafts, responses(
    (status = 200, description = "They stand", body = TakenDrafts),
    (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    chosen: Result<JsonBody<ChosenDrafts>, WebError>,
) -> Result<Json<TakenDrafts>, WebError> {
    context
        .authorize::<actions::AnswerVendorSheet>(customer)
        .await?;
    let JsonBody(chosen) = chosen?;
    match pages::drafts::take_over(&context, customer, chosen.from.into(), &chosen.items).await? {
        Taken::Saved(sheet, taken) => Ok(Json(TakenDrafts {
            sheet: sheet.uuid(),
            taken,
        })),
        Taken::Nothing => Err(field("items", context.t().t("vendors-drafts-none"))),
        Taken::Answered(_) => Err(WebError::Conflict),
        Taken::Refused(_) => Err(WebError::invalid("vendors-drafts-refused")),
    }
}
