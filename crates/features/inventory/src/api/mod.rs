//! The JSON API: everything that the pages do.

mod imports;
mod merge;
mod words;

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Access, Context, Routes, WebError};

use crate::model::{Asset, Connection, Content, FieldProblem, Record, System, read, text_of};
use crate::operations::{self, ActError};
use crate::pages::authorize;
use crate::store::{self, Cursor, Event, Filter};
pub(crate) use words::last_day;

use crate::words as wording;

const READ: Access = Access::Action(Action::ReadInventory);
const EDIT: Access = Access::Action(Action::EditInventory);
const CONFIRM: Access = Access::Action(Action::ConfirmInventory);

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    let limit = usize::try_from(crate::import::LARGEST_FILE).unwrap_or(usize::MAX);
    Routes::new()
        .get("/api/v1/inventory/systems", READ, list_systems)
        .post("/api/v1/inventory/systems", EDIT, add_system)
        .get("/api/v1/inventory/systems/{system}", READ, get_system)
        .put("/api/v1/inventory/systems/{system}", EDIT, change_system)
        .delete("/api/v1/inventory/systems/{system}", EDIT, remove_system)
        .post(
            "/api/v1/inventory/systems/{system}/confirmation",
            CONFIRM,
            confirm_system,
        )
        .get("/api/v1/inventory/connections", READ, list_connections)
        .post("/api/v1/inventory/connections", EDIT, add_connection)
        .get(
            "/api/v1/inventory/connections/{connection}",
            READ,
            get_connection,
        )
        .put(
            "/api/v1/inventory/connections/{connection}",
            EDIT,
            change_connection,
        )
        .delete(
            "/api/v1/inventory/connections/{connection}",
            EDIT,
            remove_connection,
        )
        .post(
            "/api/v1/inventory/connections/{connection}/confirmation",
            CONFIRM,
            confirm_connection,
        )
        .get("/api/v1/inventory/assets", READ, list_assets)
        .post("/api/v1/inventory/assets", EDIT, add_asset)
        .get("/api/v1/inventory/assets/{asset}", READ, get_asset)
        .put("/api/v1/inventory/assets/{asset}", EDIT, change_asset)
        .delete("/api/v1/inventory/assets/{asset}", EDIT, remove_asset)
        .post(
            "/api/v1/inventory/assets/{asset}/confirmation",
            CONFIRM,
            confirm_asset,
        )
        .get(
            "/api/v1/customers/connections",
            Access::SignedIn,
            words::customers,
        )
        .get(
            "/api/v1/customers/{organization}/connections",
            Access::Action(Action::ReadCustomerConnections),
            words::customer,
        )
        .post(
            "/api/v1/customers/{organization}/connections",
            Access::Action(Action::ConfirmCustomerConnections),
            words::say,
        )
        .get("/api/v1/inventory/vendor-words", READ, words::words)
        .post(
            "/api/v1/inventory/vendor-words/{vendor_word}/settlement",
            EDIT,
            words::settle,
        )
        .get("/api/v1/inventory/confirmation", READ, words::confirmation)
        .put("/api/v1/inventory/confirmation", EDIT, words::start)
        .get("/api/v1/inventory/history", READ, history)
        .get("/api/v1/inventory/duplicates", READ, merge::duplicates)
        .post("/api/v1/inventory/assets/{asset}/merge", EDIT, merge::merge)
        .put("/api/v1/inventory/assets/{asset}/apart", EDIT, merge::apart)
        .get("/api/v1/inventory/imports", READ, imports::list)
        .post(
            "/api/v1/inventory/imports",
            EDIT,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get(
            "/api/v1/inventory/imports/{inventory_import}",
            READ,
            imports::one,
        )
        .delete(
            "/api/v1/inventory/imports/{inventory_import}",
            EDIT,
            imports::cancel,
        )
        .post(
            "/api/v1/inventory/imports/{inventory_import}/confirmation",
            EDIT,
            imports::confirm,
        )
        .post(
            "/api/v1/inventory/imports/{inventory_import}/decisions",
            EDIT,
            imports::decide,
        )
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list_systems, add_system, get_system, change_system, remove_system, confirm_system,
        list_connections, add_connection, get_connection, change_connection, remove_connection,
        confirm_connection, list_assets, add_asset, get_asset, change_asset, remove_asset,
        confirm_asset, history, imports::list, imports::upload, imports::one, imports::cancel,
        imports::confirm, imports::decide, merge::duplicates, merge::merge, merge::apart, words::customers, words::customer, words::say, words::words,
        words::settle, words::confirmation, words::start
    ),
    components(schemas(Problem)),
    tags((name = "inventory", description = "The register: systems, external connections, devices"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A record of the register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventoryRecord<C> {
    /// Its id.
    id: Uuid,
    /// What it says.
    content: C,
    /// Whether it was confirmed in this fiscal year.
    confirmed_this_year: bool,
    /// When it was last confirmed.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Instant>,
    /// By whom.
    confirmed_by: Option<String>,
    /// To be sent with a change; where somebody else changed it meanwhile, that answers 409.
    revision: i64,
    /// When it was last changed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
    /// Whether it was taken out of the register.
    removed: bool,
}

impl<C: Content> InventoryRecord<C> {
    fn of(record: Record<C>, year: FiscalYear) -> Self {
        Self {
            id: record.id,
            confirmed_this_year: record.is_confirmed_in(year),
            confirmed_at: record.confirmed.as_ref().map(|confirmed| confirmed.at),
            confirmed_by: record.confirmed.and_then(|confirmed| confirmed.by_name),
            revision: record.revision,
            updated_at: record.updated_at,
            removed: record.removed_at.is_some(),
            content: record.content,
        }
    }
}

/// A record as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventoryBody<C> {
    /// What it is to say; what is left out is empty.
    content: C,
    /// The revision that was read; only for a change.
    #[serde(default)]
    revision: Option<i64>,
}

/// Which state of a record is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventoryRevision {
    /// The revision that was read.
    revision: i64,
}

/// Which state of a record is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RevisionQuery {
    /// The revision that was read.
    revision: i64,
}

/// Which records are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct RecordQuery {
    /// Whose words hold this.
    search: Option<String>,
    /// Of this class: the kind of a system, the mechanism of a connection, the class of a device.
    class: Option<String>,
    /// Of this department.
    department: Option<String>,
    /// Of this system.
    system: Option<Uuid>,
    /// Also devices that are disposed of.
    with_gone: bool,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// Something that happened to the register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventoryEvent {
    /// Its id.
    id: Uuid,
    /// The record.
    record: Uuid,
    /// system, connection or asset.
    kind: String,
    /// Its name at that time.
    name: String,
    /// When.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who did it.
    by: Option<String>,
    /// added, changed, confirmed, removed, services_accepted, merged or merged_into.
    event: String,
    /// Of a change: each field with what stood there and what stands there now.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

impl From<Event> for InventoryEvent {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            record: event.record_id,
            kind: event.kind,
            name: event.name,
            at: event.at,
            by: event.by_name,
            event: event.event,
            detail: event.detail,
        }
    }
}

async fn list<C: Content>(
    context: &Context,
    query: RecordQuery,
) -> Result<Page<InventoryRecord<C>>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let limit = PageQuery {
        cursor: None,
        limit: query.limit,
    }
    .limit();
    let unreadable = |cursor: &str| {
        WebError::invalid_with("error-query", &[("reason", format!("cursor={cursor}"))])
    };
    let after: Option<Cursor> = match &query.cursor {
        Some(cursor) => Some(cursor.parse().map_err(|()| unreadable(cursor))?),
        None => None,
    };
    let filter = Filter {
        search: query.search,
        class: query.class,
        department: query.department,
        system: query.system,
        with_gone: query.with_gone,
        confirmed: None,
    };
    let mut records: Vec<Record<C>> = store::list(
        context.database(),
        &proof,
        &filter,
        after.as_ref(),
        limit + 1,
    )
    .await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = records.len() > most;
    records.truncate(most);
    let next = records
        .last()
        .filter(|_| has_more)
        .map(|last| Cursor::after(last).to_string());
    let year = FiscalYear::of(context.today);
    Ok(Page {
        items: records
            .into_iter()
            .map(|record| InventoryRecord::of(record, year))
            .collect(),
        next,
    })
}

async fn get<C: Content>(context: &Context, id: Uuid) -> Result<InventoryRecord<C>, WebError> {
    let proof = authorize::<C, actions::ReadInventory>(context, id).await?;
    let record = store::get(context.database(), &proof, id).await?;
    Ok(InventoryRecord::of(record, FiscalYear::of(context.today)))
}

fn fields(context: &Context, problems: &[FieldProblem]) -> WebError {
    let told = problems.iter().map(|problem| {
        let pointer = format!("/content/{}", problem.field);
        (pointer, wording::problem(context.t(), problem))
    });
    WebError::Fields(told.collect())
}

/// The content as the form would have read it: cleaned, within its limits.
fn cleaned<C: Content>(context: &Context, content: &C) -> Result<C, WebError> {
    let values = content.fields_of();
    read(C::FIELDS, |key| {
        values.get(key).map(text_of).unwrap_or_default()
    })
    .and_then(C::from_fields)
    .map_err(|problems| fields(context, &problems))
}

fn refused(context: &Context, error: ActError) -> WebError {
    match error {
        ActError::Reference(field) => {
            let problem = crate::model::Problem::NotAnId;
            fields(context, &[FieldProblem { field, problem }])
        }
        ActError::Web(error) => error,
    }
}

async fn add<C: Content>(context: &Context, body: InventoryBody<C>) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let content = cleaned(context, &body.content)?;
    let added = operations::add(context, &proof, &content).await;
    let id = added.map_err(|error| refused(context, error))?;
    let record = get::<C>(context, id).await?;
    Ok((StatusCode::CREATED, Json(record)).into_response())
}

async fn change<C: Content>(
    context: &Context,
    id: Uuid,
    body: InventoryBody<C>,
) -> Result<InventoryRecord<C>, WebError> {
    let proof = authorize::<C, actions::EditInventory>(context, id).await?;
    let content = cleaned(context, &body.content)?;
    let revision = body.revision.ok_or_else(|| {
        let words = context.t().t("inventory-error-revision").to_owned();
        WebError::Fields(vec![("/revision".to_owned(), words)])
    })?;
    let changed = operations::change(context, &proof, id, revision, &content).await;
    changed.map_err(|error| refused(context, error))?;
    get(context, id).await
}

async fn remove<C: Content>(
    context: &Context,
    id: Uuid,
    revision: i64,
) -> Result<StatusCode, WebError> {
    let proof = authorize::<C, actions::EditInventory>(context, id).await?;
    operations::remove::<C>(context, &proof, id, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn confirm<C: Content>(
    context: &Context,
    id: Uuid,
    revision: i64,
) -> Result<InventoryRecord<C>, WebError> {
    let proof = authorize::<C, actions::ConfirmInventory>(context, id).await?;
    operations::confirm::<C>(context, &proof, id, revision).await?;
    get(context, id).await
}

macro_rules! part {
    ($part:ty, $all:literal, $one:literal, $confirmation:literal, $parameter:literal, $what:literal,
     $list:ident $add:ident $get:ident $change:ident $remove:ident $confirm:ident) => {
        #[doc = concat!("List the ", $what, "s of one's institution by name.")]
        #[utoipa::path(get, path = $all, tag = "inventory", params(RecordQuery), responses(
            (status = 200, body = Page<InventoryRecord<$part>>),
            (status = 400, description = "A parameter cannot be read", body = Problem),
            (status = 401, description = "Not signed in", body = Problem),
            (status = 403, description = "Not allowed", body = Problem),
        ))]
        async fn $list(
            context: Context,
            QueryOf(query): QueryOf<RecordQuery>,
        ) -> Result<Json<Page<InventoryRecord<$part>>>, WebError> {
            list(&context, query).await.map(Json)
        }

        #[doc = concat!("Add a ", $what, ".")]
        #[utoipa::path(post, path = $all, tag = "inventory", request_body = InventoryBody<$part>,
            responses(
            (status = 201, body = InventoryRecord<$part>),
            (status = 400, description = "Not the JSON that is expected, or the register is full", body = Problem),
            (status = 401, description = "Not signed in", body = Problem),
            (status = 403, description = "Not allowed", body = Problem),
            (status = 422, description = "Fields to be mended", body = Problem),
        ))]
        async fn $add(
            context: Context,
            JsonBody(body): JsonBody<InventoryBody<$part>>,
        ) -> Result<Response, WebError> {
            add(&context, body).await
        }

        #[doc = concat!("Read a ", $what, ", also one that was taken out.")]
        #[utoipa::path(get, path = $one, tag = "inventory",
            params(($parameter = Uuid, Path, description = "The record")), responses(
            (status = 200, body = InventoryRecord<$part>),
            (status = 401, description = "Not signed in", body = Problem),
            (status = 403, description = "Not allowed", body = Problem),
            (status = 404, description = "No such record", body = Problem),
        ))]
        async fn $get(
            context: Context,
            PathOf(id): PathOf<Uuid>,
        ) -> Result<Json<InventoryRecord<$part>>, WebError> {
            get(&context, id).await.map(Json)
        }

        #[doc = concat!("Change a ", $what, ": the whole content is replaced.")]
        #[utoipa::path(put, path = $one, tag = "inventory", request_body = InventoryBody<$part>,
            params(($parameter = Uuid, Path, description = "The record")), responses(
            (status = 200, body = InventoryRecord<$part>),
            (status = 400, description = "Not the JSON that is expected", body = Problem),
            (status = 401, description = "Not signed in", body = Problem),
            (status = 403, description = "Not allowed", body = Problem),
            (status = 404, description = "No such record", body = Problem),
            (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
            (status = 422, description = "Fields to be mended", body = Problem),
        ))]
        async fn $change(
            context: Context,
            PathOf(id): PathOf<Uuid>,
            JsonBody(body): JsonBody<InventoryBody<$part>>,
        ) -> Result<Json<InventoryRecord<$part>>, WebError> {
            change(&context, id, body).await.map(Json)
        }

        #[doc = concat!("Take a ", $what, " out of the register; its history stays.")]
        #[utoipa::path(delete, path = $one, tag = "inventory",
            params(($parameter = Uuid, Path, description = "The record"), RevisionQuery), responses(
            (status = 204),
            (status = 400, description = "A parameter cannot be read, or other records refer to it", body = Problem),
            (status = 401, description = "Not signed in", body = Problem),
            (status = 403, description = "Not allowed", body = Problem),
            (status = 404, description = "No such record", body = Problem),
            (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        ))]
        async fn $remove(
            context: Context,
            PathOf(id): PathOf<Uuid>,
            QueryOf(query): QueryOf<RevisionQuery>,
        ) -> Result<StatusCode, WebError> {
            remove::<$part>(&context, id, query.revision).await
        }

        #[doc = concat!("Confirm for this fiscal year that a ", $what, " is true as it stands.")]
        #[utoipa::path(post, path = $confirmation, tag = "inventory",
            params(($parameter = Uuid, Path, description = "The record")),
            request_body = InventoryRevision, responses(
            (status = 200, body = InventoryRecord<$part>),
            (status = 400, description = "Not the JSON that is expected", body = Problem),
            (status = 401, description = "Not signed in", body = Problem),
            (status = 403, description = "Not allowed", body = Problem),
            (status = 404, description = "No such record", body = Problem),
            (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        ))]
        async fn $confirm(
            context: Context,
            PathOf(id): PathOf<Uuid>,
            JsonBody(body): JsonBody<InventoryRevision>,
        ) -> Result<Json<InventoryRecord<$part>>, WebError> {
            confirm(&context, id, body.revision).await.map(Json)
        }
    };
}

part!(
    System,
    "/api/v1/inventory/systems",
    "/api/v1/inventory/systems/{system}",
    "/api/v1/inventory/systems/{system}/confirmation",
    "system",
    "system",
    list_systems add_system get_system change_system remove_system confirm_system
);

part!(
    Connection,
    "/api/v1/inventory/connections",
    "/api/v1/inventory/connections/{connection}",
    "/api/v1/inventory/connections/{connection}/confirmation",
    "connection",
    "connection",
    list_connections add_connection get_connection change_connection remove_connection
    confirm_connection
);

part!(
    Asset,
    "/api/v1/inventory/assets",
    "/api/v1/inventory/assets/{asset}",
    "/api/v1/inventory/assets/{asset}/confirmation",
    "asset",
    "device",
    list_assets add_asset get_asset change_asset remove_asset confirm_asset
);

/// Read what happened to the register, newest first.
#[utoipa::path(
    get, path = "/api/v1/inventory/history", tag = "inventory", params(PageQuery),
    responses(
        (status = 200, body = Page<InventoryEvent>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn history(
    context: Context,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<InventoryEvent>>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let before = before(&query)?;
    let limit = query.limit();
    let mut events = store::events(context.database(), &proof, None, before, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = events.len() > most;
    events.truncate(most);
    let next = events
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    Ok(Json(Page {
        items: events.into_iter().map(InventoryEvent::from).collect(),
        next,
    }))
}

/// The id before which a list goes on.
fn before(query: &PageQuery) -> Result<Option<Uuid>, WebError> {
    let Some(cursor) = &query.cursor else {
        return Ok(None);
    };
    let id = yagura_kernel::id::parse_uuid(cursor).map_err(|_| {
        WebError::invalid_with("error-query", &[("reason", format!("cursor={cursor}"))])
    })?;
    Ok(Some(id))
}
