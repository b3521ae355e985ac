//! The roll.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yagura_checklists::overview::{self, Cursor, MemberSheet};
use yagura_kernel::id::{OrganizationId, Uuid};
use yagura_kernel::policy::actions;
use yagura_kernel::time::format_iso;
use yagura_store::StoreError;
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Context, WebError, server};

use super::Standing;
use crate::import::{RollMember, problem_text};
use crate::listing::{MemberQuery, cursor_from_text, cursor_text};
use crate::model::member::{Field, MemberDraft, Problem as FieldFault};
use crate::operations::{self, AddFault};
use crate::pages::form::read_draft;
use crate::pages::id_from;
use crate::store::members;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// hospital, clinic, dental_clinic or pharmacy.
    kind: &'static str,
    /// Permitted beds.
    beds: Option<i64>,
    /// The group in which it is compared.
    size_group: Option<&'static str>,
    /// Code of the institution.
    code: Option<String>,
    /// Postal code, as 760-0017.
    postal_code: Option<String>,
    /// Address.
    address: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// Where reminders go.
    email: Option<String>,
    /// Its representative.
    representative: Option<String>,
    /// Region code.
    region_code: Option<String>,
    /// The region's own number of the member.
    member_number: Option<String>,
    /// The region's own remark.
    remark: Option<String>,
    /// Since when it is a member.
    #[schema(format = Date)]
    joined_on: String,
    /// To be sent with a change; when somebody else changed it meanwhile, that answers 409.
    version: i64,
    /// How it stands this year.
    standing: Option<Standing>,
}

impl Member {
    fn of(record: RollMember, sheet: Option<&MemberSheet>, context: &Context) -> Self {
        let draft = record.draft;
        Self {
            id: record.id.uuid(),
            kind: draft.kind.code(),
            size_group: draft.size_group().map(|group| group.code()),
            name: draft.name,
            beds: draft.beds,
            code: draft.code,
            postal_code: draft.postal_code,
            address: draft.address,
            phone: draft.phone,
            email: draft.email,
            representative: draft.representative,
            region_code: draft.region_code,
            member_number: draft.member_number,
            remark: draft.remark,
            joined_on: format_iso(record.joined_on),
            version: record.version,
            standing: sheet.map(|sheet| Standing::of(sheet, context.today)),
        }
    }
}

/// The fields of a new member.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberFields {
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
    /// hospital, clinic, dental_clinic or pharmacy.
    kind: String,
    /// Permitted beds.
    beds: Option<i64>,
    /// Code of the institution.
    code: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// Address.
    address: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// Where reminders go.
    email: Option<String>,
    /// Its representative.
    representative: Option<String>,
    /// Region code.
    region_code: Option<String>,
    /// The region's own number of the member.
    member_number: Option<String>,
    /// The region's own remark.
    remark: Option<String>,
    /// Since when it is a member: 2026-11-21, 令和8年11月21日 or R8.11.21; today where it is not
    /// given.
    joined_on: Option<String>,
}

/// What changes of a member. Fields that are absent stay; null removes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChanges {
    /// The version that was read.
    version: i64,
    /// Since when the new values hold; today where it is not given.
    valid_from: Option<String>,
    /// Its name.
    name: Option<String>,
    /// hospital, clinic, dental_clinic or pharmacy.
    kind: Option<String>,
    /// Permitted beds.
    #[serde(default, deserialize_with = "present")]
    beds: Option<Option<i64>>,
    /// Code of the institution.
    #[serde(default, deserialize_with = "present")]
    code: Option<Option<String>>,
    /// Postal code.
    #[serde(default, deserialize_with = "present")]
    postal_code: Option<Option<String>>,
    /// Address.
    #[serde(default, deserialize_with = "present")]
    address: Option<Option<String>>,
    /// Telephone.
    #[serde(default, deserialize_with = "present")]
    phone: Option<Option<String>>,
    /// Where reminders go.
    #[serde(default, deserialize_with = "present")]
    email: Option<Option<String>>,
    /// Its representative.
    #[serde(default, deserialize_with = "present")]
    representative: Option<Option<String>>,
    /// Region code.
    #[serde(default, deserialize_with = "present")]
    region_code: Option<Option<String>>,
    /// The region's own number of the member.
    #[serde(default, deserialize_with = "present")]
    member_number: Option<Option<String>>,
    /// The region's own remark.
    #[serde(default, deserialize_with = "present")]
    remark: Option<Option<String>>,
}

/// Tells null from absent.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// The last day of a membership.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastDay {
    /// The last day on which the institution is a member; not in the future.
    last_day: String,
}

/// The members, most urgent first.
#[utoipa::path(
    get, path = "/api/v1/members", tag = "region",
    params(MemberQuery, PageQuery),
    responses((status = 200, body = Page<Member>), (status = 400, body = Problem))
)]
pub(crate) async fn list(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<Member>>, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let (rows, next) = rows(&context, &proof, &query, &page).await?;
    let ids: Vec<OrganizationId> = rows.iter().map(|row| row.member).collect();
    let mut records = members::some(context.database(), &proof, &ids, context.today).await?;
    let items = rows
        .iter()
        .filter_map(|row| {
            Some(Member::of(
                records.remove(&row.member)?,
                Some(row),
                &context,
            ))
        })
        .collect();
    Ok(Json(Page { items, next }))
}

/// A page of rows under a filter, with the cursor of the next.
pub(crate) async fn rows(
    context: &Context,
    proof: &yagura_kernel::policy::Authorized<actions::ReadMembers>,
    query: &MemberQuery,
    page: &PageQuery,
) -> Result<(Vec<MemberSheet>, Option<String>), WebError> {
    let year = query.year(context.app.fiscal_year())?;
    let filter = query.filter(context.today)?;
    let after = match &page.cursor {
        Some(cursor) => {
            Some(cursor_from_text(cursor).ok_or_else(|| WebError::invalid("region-error-filter"))?)
        }
        None => None,
    };
    let packs = context.app.packs();
    let limit = page.limit();
    let mut rows = overview::member_sheets(
        context.database(),
        &packs,
        proof,
        year,
        &filter,
        after,
        limit + 1,
    )
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| cursor_text(&Cursor::after(last)));
    Ok((rows, next))
}

/// Adds a member. An institution that the installation knows by its code joins the roll.
#[utoipa::path(
    post, path = "/api/v1/members", tag = "region",
    request_body = MemberFields,
    responses(
        (status = 201, body = Member),
        (status = 409, body = Problem, description = "It is a member already"),
        (status = 422, body = Problem)
    )
)]
pub(crate) async fn add(
    context: Context,
    JsonBody(fields): JsonBody<MemberFields>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let beds = fields.beds.map(|beds| beds.to_string());
    let state = state([
        (Field::Name, Some(fields.name)),
        (Field::Kind, Some(fields.kind)),
        (Field::Beds, beds),
        (Field::Code, fields.code),
        (Field::PostalCode, fields.postal_code),
        (Field::Address, fields.address),
        (Field::Phone, fields.phone),
        (Field::Email, fields.email),
        (Field::Representative, fields.representative),
        (Field::RegionCode, fields.region_code),
        (Field::MemberNumber, fields.member_number),
        (Field::Remark, fields.remark),
        (Field::JoinedOn, fields.joined_on),
    ]);
    let draft = draft_of(&context, state)?;
    let id = match operations::add_member(&context, &proof, draft).await {
        Ok((id, _)) => id,
        Err(AddFault::IsMember) => return Err(WebError::Conflict),
        Err(AddFault::CodeTaken) => return Err(code_taken(&context)),
        Err(AddFault::Web(error)) => return Err(error),
    };
    let member = member(&context, id).await?;
    Ok((StatusCode::CREATED, Json(member)).into_response())
}

fn code_taken(context: &Context) -> WebError {
    let text = problem_text(context.t(), Field::Code, &FieldFault::CodeTaken);
    WebError::Fields(vec![(Field::Code.code().to_owned(), text)])
}

fn state(fields: impl IntoIterator<Item = (Field, Option<String>)>) -> FormState {
    FormState::from_pairs(
        fields
            .into_iter()
            .filter_map(|(field, value)| Some((field.code(), value?))),
    )
}

/// What a form holds against each field, as the answer of an API request.
pub(crate) fn fields_error(state: &FormState) -> WebError {
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

fn draft_of(context: &Context, mut state: FormState) -> Result<MemberDraft, WebError> {
    let draft = read_draft(context.t(), &mut state, context.today);
    draft.ok_or_else(|| fields_error(&state))
}

async fn member(context: &Context, id: OrganizationId) -> Result<Member, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let record = members::one(context.database(), &proof, id, context.today).await?;
    let packs = context.app.packs();
    let year = context.app.fiscal_year();
    let sheet = overview::member_sheet(context.database(), &packs, &proof, year, id).await?;
    Ok(Member::of(record, sheet.as_ref(), context))
}

/// One member.
#[utoipa::path(
    get, path = "/api/v1/members/{member}", tag = "region",
    params(("member" = Uuid, Path, description = "The member")),
    responses((status = 200, body = Member), (status = 404, body = Problem))
)]
pub(crate) async fn one(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<Member>, WebError> {
    let _proof = context.authorize_own::<actions::ReadMembers>().await?;
    let id: OrganizationId = id_from(&id)?;
    let member = member(&context, id).await?;
    let status = context.authorize::<actions::ReadStatus>(id).await?;
    context
        .audit_read(&status, "member", id, serde_json::json!({ "form": "json" }))
        .await?;
    Ok(Json(member))
}

/// Changes a member.
#[utoipa::path(
    patch, path = "/api/v1/members/{member}", tag = "region",
    params(("member" = Uuid, Path, description = "The member")),
    request_body = MemberChanges,
    responses(
        (status = 200, body = Member),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Somebody else changed it meanwhile"),
        (status = 422, body = Problem)
    )
)]
pub(crate) async fn change(
    context: Context,
    PathOf(id): PathOf<String>,
    JsonBody(changes): JsonBody<MemberChanges>,
) -> Result<Json<Member>, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let id: OrganizationId = id_from(&id)?;
    let current = members::one(context.database(), &read, id, context.today).await?;
    if current.version != changes.version {
        return Err(WebError::Conflict);
    }
    let kept = |field: Field, change: Option<Option<String>>| {
        (field, change.unwrap_or_else(|| current.draft.text(field)))
    };
    let beds = changes.beds.map(|beds| beds.map(|beds| beds.to_string()));
    let mut state = state([
        kept(Field::Name, changes.name.map(Some)),
        kept(Field::Kind, changes.kind.map(Some)),
        kept(Field::Beds, beds),
        kept(Field::Code, changes.code),
        kept(Field::PostalCode, changes.postal_code),
        kept(Field::Address, changes.address),
        kept(Field::Phone, changes.phone),
        kept(Field::Email, changes.email),
        kept(Field::Representative, changes.representative),
        kept(Field::RegionCode, changes.region_code),
        kept(Field::MemberNumber, changes.member_number),
        kept(Field::Remark, changes.remark),
        kept(Field::JoinedOn, None),
    ]);
    state.set(
        "valid_from",
        changes
            .valid_from
            .unwrap_or_else(|| format_iso(context.today)),
    );
    let label = context.t().t("region-form-valid-from");
    let valid_from = state.read_required_date(context.t(), "valid_from", label);
    if let Some(day) = valid_from.filter(|day| *day > context.today) {
        let problem = FieldFault::DateInFuture {
            given: format_iso(day),
        };
        state.add_error(
            "valid_from",
            problem_text(context.t(), Field::JoinedOn, &problem),
        );
    }
    let Some(valid_from) = valid_from.filter(|_| !state.has_errors()) else {
        return Err(fields_error(&state));
    };
    let next = draft_of(&context, state)?;
    match operations::change_member(&context, &proof, current, next, valid_from).await {
        Ok(()) => Ok(Json(member(&context, id).await?)),
        Err(StoreError::Duplicate(_)) => Err(code_taken(&context)),
        Err(error) => Err(error.into()),
    }
}

/// Ends a membership.
#[utoipa::path(
    post, path = "/api/v1/members/{member}/end", tag = "region",
    params(("member" = Uuid, Path, description = "The member")),
    request_body = LastDay,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn end(
    context: Context,
    PathOf(id): PathOf<String>,
    JsonBody(body): JsonBody<LastDay>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let id: OrganizationId = id_from(&id)?;
    let current = members::one(context.database(), &read, id, context.today).await?;
    let t = context.t();
    let mut state = FormState::from_pairs([("last_day", body.last_day)]);
    let last_day = state.read_required_date(t, "last_day", t.t("region-end-last-day"));
    if last_day.is_some_and(|day| day > context.today) {
        state.add_error("last_day", t.t("region-end-not-future"));
    }
    if last_day.is_some_and(|day| day < current.joined_on) {
        let joined = yagura_web::args![("joined", t.date(current.joined_on))];
        state.add_error("last_day", t.t_args("region-end-before-joined", joined));
    }
    let Some(last_day) = last_day.filter(|_| !state.has_errors()) else {
        return Err(fields_error(&state));
    };
    operations::end_membership(&context, &proof, id, last_day).await?;
    Ok(server::no_content())
}
