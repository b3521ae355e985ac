//! The JSON API: everything that the pages do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_web::api::{JsonBody, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Access, Context, Routes, WebError, server};

use crate::forms::{self, names};
use crate::model::{Chart, Entry, NewEntry};
use crate::pages::authorize;
use crate::store::{self, HistoryEntry};
use crate::{emergency, operations};

/// How many events of the history are given.
const EVENTS: i64 = 500;

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    let read = Access::Action(Action::ReadContacts);
    let edit = Access::Action(Action::EditContacts);
    Routes::new()
        .get("/api/v1/contacts", read, chart)
        .get("/api/v1/contacts/history", read, history)
        .post("/api/v1/contacts/entries", edit, add)
        .put("/api/v1/contacts/entries/{entry}", edit, change)
        .delete("/api/v1/contacts/entries/{entry}", edit, remove)
        .post("/api/v1/contacts/entries/{entry}/move", edit, shift)
        .post("/api/v1/contacts/confirmation", edit, confirm)
        .get("/api/v1/emergency", read, calls)
}

#[derive(OpenApi)]
#[openapi(
    paths(chart, history, add, change, remove, shift, confirm, calls),
    components(schemas(
        ContactChart, ContactEntry, ContactConfirmation, ContactEntryBody, MoveBody,
        ConfirmationBody, ContactEvent, EmergencyContact, Problem
    )),
    tags((name = "contacts", description = "The contact chart (連絡体制図) and whom to call"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A contact chart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactChart {
    /// Its entries in the order of calling.
    entries: Vec<ContactEntry>,
    /// What it lacks before it can be confirmed: inside, maintenance, police, mhlw.
    gaps: Vec<&'static str>,
    /// The last confirmation.
    confirmation: Option<ContactConfirmation>,
    /// Whether it was confirmed in this fiscal year.
    confirmed_this_year: bool,
    /// How many changes were made since the last confirmation.
    changed_since: i64,
    /// To be sent with a confirmation.
    revision: i64,
}

/// That somebody made sure that the numbers are right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactConfirmation {
    /// The fiscal year, by the year in which it began.
    fiscal_year: i32,
    /// When.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who.
    by: Option<String>,
}

/// Whom to call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactEntry {
    /// Its id.
    id: Uuid,
    /// inside, maintenance, police, mhlw, ppc, local-government, partners, support, insurer, other.
    category: &'static str,
    /// For whom this person stands in.
    deputy_of: Option<Uuid>,
    /// The person inside, or the office outside.
    name: String,
    /// Inside: the role. Outside: the system that it maintains.
    role: String,
    /// Inside: the department. Outside: the person in charge.
    department: String,
    /// Inside: what this person decides. Outside: when to call.
    duty: String,
    /// The number by day.
    day_phone: String,
    /// The number by night and on holidays.
    night_phone: String,
    /// The mail address.
    email: String,
    /// Contract number, opening hours.
    note: String,
    /// The office of the national list from which it was taken.
    national_key: Option<String>,
    /// Whether the number was confirmed with the office.
    verified: bool,
    /// To be sent with a change; when somebody else changed it meanwhile, that answers 409.
    revision: i64,
    /// When it was last changed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

impl From<&Entry> for ContactEntry {
    fn from(entry: &Entry) -> Self {
        let own = entry.clone();
        Self {
            id: own.id,
            category: own.category.code(),
            deputy_of: own.deputy_of,
            name: own.name,
            role: own.role,
            department: own.department,
            duty: own.duty,
            day_phone: own.day_phone,
            night_phone: own.night_phone,
            email: own.email,
            note: own.note,
            national_key: own.pack_key,
            verified: !own.unverified,
            revision: own.revision,
            updated_at: own.updated_at,
        }
    }
}

/// An entry as it is to be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactEntryBody {
    /// inside, maintenance, police, mhlw, ppc, local-government, partners, support, insurer, other.
    category: String,
    /// The person inside, or the office outside.
    #[schema(max_length = 100)]
    name: String,
    /// For whom this person stands in.
    #[serde(default)]
    deputy_of: Option<Uuid>,
    /// Inside: the role. Outside: the system that it maintains.
    #[serde(default)]
    role: String,
    /// Inside: the department. Outside: the person in charge.
    #[serde(default)]
    department: String,
    /// Inside: what this person decides. Outside: when to call.
    #[serde(default)]
    duty: String,
    /// The number by day.
    #[serde(default)]
    #[schema(max_length = 60)]
    day_phone: String,
    /// The number by night and on holidays.
    #[serde(default)]
    #[schema(max_length = 60)]
    night_phone: String,
    /// The mail address.
    #[serde(default)]
    email: String,
    /// Contract number, opening hours.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
    /// The office of the national list from which it is taken.
    #[serde(default)]
    national_key: Option<String>,
    /// Whether the number was confirmed with the office.
    #[serde(default)]
    verified: bool,
    /// The revision that was read; only for a change.
    #[serde(default)]
    revision: Option<i64>,
}

impl ContactEntryBody {
    fn state(&self) -> FormState {
        let mut state = FormState::empty()
            .with(names::CATEGORY, &self.category)
            .with(names::NAME, &self.name)
            .with(
                names::DEPUTY_OF,
                self.deputy_of.map(|id| id.to_string()).unwrap_or_default(),
            )
            .with(names::ROLE, &self.role)
            .with(names::DEPARTMENT, &self.department)
            .with(names::DUTY, &self.duty)
            .with(names::DAY_PHONE, &self.day_phone)
            .with(names::NIGHT_PHONE, &self.night_phone)
            .with(names::EMAIL, &self.email)
            .with(names::NOTE, &self.note)
            .with(
                names::PACK_KEY,
                self.national_key.clone().unwrap_or_default(),
            );
        if self.verified {
            state.set(names::VERIFIED, "yes");
        }
        state
    }
}

/// Which way an entry is moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    /// Before its neighbour, or behind it.
    up: bool,
}

/// Which state of the chart is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmationBody {
    /// The revision of the chart that was read.
    revision: i64,
}

/// Something that happened to a chart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactEvent {
    /// When.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who did it.
    by: Option<String>,
    /// added, changed, moved, removed or confirmed.
    event: String,
    /// The entry's name, and what changed.
    detail: serde_json::Value,
}

impl From<HistoryEntry> for ContactEvent {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            at: entry.at,
            by: entry.by_name,
            event: entry.event,
            detail: entry.detail,
        }
    }
}

/// Somebody to call in an emergency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmergencyContact {
    /// The part of the chart.
    category: &'static str,
    /// The person or office.
    whom: String,
    /// Their role.
    role: String,
    /// When to call, or what they decide.
    when: String,
    /// What to know before calling.
    advice: String,
    /// The number by day.
    day_phone: String,
    /// The number by night and on holidays.
    night_phone: String,
    /// Whether the number was confirmed.
    verified: bool,
}

/// Whose chart is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChartQuery {
    /// The organisation; one's own where it is not given.
    #[param(value_type = Option<Uuid>)]
    organization: Option<OrganizationId>,
}

fn written(chart: &Chart, context: &Context) -> ContactChart {
    ContactChart {
        entries: chart.entries.iter().map(ContactEntry::from).collect(),
        gaps: chart.gaps().into_iter().map(|gap| gap.code()).collect(),
        confirmation: chart
            .confirmation
            .as_ref()
            .map(|confirmation| ContactConfirmation {
                fiscal_year: confirmation.fiscal_year.year(),
                at: confirmation.at,
                by: confirmation.by_name.clone(),
            }),
        confirmed_this_year: chart.confirmed_in(FiscalYear::of(context.today)),
        changed_since: chart.changed_since,
        revision: chart.revision,
    }
}

/// Read the contact chart.
#[utoipa::path(
    get, path = "/api/v1/contacts", tag = "contacts", params(ChartQuery),
    responses(
        (status = 200, body = ContactChart),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such organisation, or none of yours", body = Problem),
    )
)]
async fn chart(
    context: Context,
    QueryOf(query): QueryOf<ChartQuery>,
) -> Result<Json<ContactChart>, WebError> {
    let organization = query.organization.unwrap_or(context.organization.id);
    let proof = context
        .authorize::<actions::ReadContacts>(organization)
        .await?;
    if organization != context.organization.id {
        let detail = serde_json::json!({});
        context
            .audit_read(&proof, "contact_chart", organization, detail)
            .await?;
    }
    let chart = store::chart(context.database(), &proof).await?;
    Ok(Json(written(&chart, &context)))
}

/// Read what happened to the contact chart, newest first.
#[utoipa::path(
    get, path = "/api/v1/contacts/history", tag = "contacts",
    responses(
        (status = 200, body = Vec<ContactEvent>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn history(context: Context) -> Result<Json<Vec<ContactEvent>>, WebError> {
    let proof = context.authorize_own::<actions::ReadContacts>().await?;
    let events = store::history(context.database(), &proof, EVENTS).await?;
    Ok(Json(events.into_iter().map(ContactEvent::from).collect()))
}

async fn own_chart(context: &Context) -> Result<Chart, WebError> {
    let read = context.authorize_own::<actions::ReadContacts>().await?;
    Ok(store::chart(context.database(), &read).await?)
}

fn read_entry(
    context: &Context,
    body: &ContactEntryBody,
    id: Uuid,
    chart: &Chart,
) -> Result<NewEntry, WebError> {
    let mut state = body.state();
    forms::read(context.t(), &mut state, id, chart).ok_or_else(|| {
        let errors = state.errors().iter();
        WebError::Fields(
            errors
                .map(|error| {
                    (
                        error.field.clone().unwrap_or_default(),
                        error.message.clone(),
                    )
                })
                .collect(),
        )
    })
}

async fn written_entry(context: &Context, id: Uuid) -> Result<ContactEntry, WebError> {
    let chart = own_chart(context).await?;
    chart
        .entry(id)
        .map(ContactEntry::from)
        .ok_or(WebError::NotFound)
}

/// Add an entry to the contact chart.
#[utoipa::path(
    post, path = "/api/v1/contacts/entries", tag = "contacts", request_body = ContactEntryBody,
    responses(
        (status = 201, body = ContactEntry),
        (status = 400, description = "Not the JSON that is expected, or the chart is full", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
async fn add(
    context: Context,
    JsonBody(body): JsonBody<ContactEntryBody>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditContacts>().await?;
    let chart = own_chart(&context).await?;
    let entry = read_entry(&context, &body, context.app.ids().id(), &chart)?;
    operations::add(&context, &proof, &entry).await?;
    Ok((
        StatusCode::CREATED,
        Json(written_entry(&context, entry.id).await?),
    )
        .into_response())
}

/// Change an entry of the contact chart.
#[utoipa::path(
    put, path = "/api/v1/contacts/entries/{entry}", tag = "contacts",
    params(("entry" = Uuid, Path, description = "The entry")),
    request_body = ContactEntryBody,
    responses(
        (status = 200, body = ContactEntry),
        (status = 400, description = "Not the JSON that is expected", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such entry, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
async fn change(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<ContactEntryBody>,
) -> Result<Json<ContactEntry>, WebError> {
    let proof = authorize::<actions::EditContacts>(&context, id).await?;
    let chart = own_chart(&context).await?;
    let entry = read_entry(&context, &body, id, &chart)?;
    let revision = body.revision.unwrap_or(-1);
    operations::change(&context, &proof, revision, &entry).await?;
    Ok(Json(written_entry(&context, id).await?))
}

/// Which state of an entry is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RevisionQuery {
    /// The revision that was read.
    revision: i64,
}

/// Take an entry out of the contact chart.
#[utoipa::path(
    delete, path = "/api/v1/contacts/entries/{entry}", tag = "contacts",
    params(("entry" = Uuid, Path, description = "The entry"), RevisionQuery),
    responses(
        (status = 204, description = "It is taken out"),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such entry, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
    )
)]
async fn remove(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    QueryOf(query): QueryOf<RevisionQuery>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::EditContacts>(&context, id).await?;
    operations::remove(&context, &proof, id, query.revision).await?;
    Ok(server::no_content())
}

/// Move an entry by one place within its part.
#[utoipa::path(
    post, path = "/api/v1/contacts/entries/{entry}/move", tag = "contacts",
    params(("entry" = Uuid, Path, description = "The entry")),
    request_body = MoveBody,
    responses(
        (status = 200, body = ContactChart),
        (status = 400, description = "Not the JSON that is expected", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such entry, or none of yours", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
async fn shift(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<MoveBody>,
) -> Result<Json<ContactChart>, WebError> {
    let proof = authorize::<actions::EditContacts>(&context, id).await?;
    operations::shift(&context, &proof, id, body.up).await?;
    let chart = own_chart(&context).await?;
    Ok(Json(written(&chart, &context)))
}

/// Confirm that the numbers of the contact chart are right, for this fiscal year.
#[utoipa::path(
    post, path = "/api/v1/contacts/confirmation", tag = "contacts",
    request_body = ConfirmationBody,
    responses(
        (status = 200, body = ContactChart),
        (status = 400, description = "Not the JSON that is expected, or the chart lacks numbers", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 409, description = "The chart was changed since it was read", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
async fn confirm(
    context: Context,
    JsonBody(body): JsonBody<ConfirmationBody>,
) -> Result<Json<ContactChart>, WebError> {
    let proof = context.authorize_own::<actions::EditContacts>().await?;
    operations::confirm(&context, &proof, body.revision).await?;
    let chart = own_chart(&context).await?;
    Ok(Json(written(&chart, &context)))
}

/// Read whom to call in an emergency, in order.
#[utoipa::path(
    get, path = "/api/v1/emergency", tag = "contacts",
    responses(
        (status = 200, body = Vec<EmergencyContact>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn calls(context: Context) -> Result<Json<Vec<EmergencyContact>>, WebError> {
    let chart = own_chart(&context).await?;
    let packs = context.app.packs();
    let calls = emergency::calls(context.t(), Some(&chart), &packs, context.today);
    Ok(Json(
        calls
            .into_iter()
            .map(|call| EmergencyContact {
                category: call.category.code(),
                whom: call.whom,
                role: call.role,
                when: call.when,
                advice: call.advice,
                day_phone: call.day_phone,
                night_phone: call.night_phone,
                verified: !call.unverified,
            })
            .collect(),
    ))
}
