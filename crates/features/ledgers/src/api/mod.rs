//! The JSON API: what the pages do with entries and recertification.

mod imports;
mod media;
mod recertification;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_kernel::text::clean_single_line;
use yagura_kernel::time::{Date, Instant, format_iso};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Access, Context, Routes, WebError};

use crate::departments::Departments;
use crate::model::{
    AskedAs, Content, Ending, Entry, FieldProblem, Known, Ledger, Standing, Verdict, text_of,
};
use crate::operations;
use crate::pages::imports::LARGEST_UPLOAD;
use crate::pages::recertification::Answering;
use crate::pages::{authorize, ledger_of};
use crate::store::{self, Cursor, Due, Filter};
use crate::words;
use recertification::{
    Recertification, RecertificationBody, RecertificationDecision, RecertificationDecisions,
    RecertificationReassigned, RecertificationReassignment, RecertificationReminded,
    RecertificationResult, RecertificationRow,
};

type Keep = Authorized<actions::KeepLedgers>;

const READ: Access = Access::Action(Action::ReadLedgers);
const KEEP: Access = Access::Action(Action::KeepLedgers);

/// The addresses of the API.
pub(crate) fn routes(departments: &Arc<dyn Departments>) -> Routes {
    let answering = Extension(Answering(Arc::clone(departments)));
    let limit = usize::try_from(LARGEST_UPLOAD).unwrap_or(usize::MAX);
    const IMPORT: &str = "/api/v1/ledger-imports/{ledger_import}";
    const ENTRY: &str = "/api/v1/ledgers/{ledger}/{ledger_entry}";
    Routes::new()
        .get("/api/v1/ledgers/{ledger}", READ, list)
        .post("/api/v1/ledgers/{ledger}", KEEP, add)
        .get(ENTRY, READ, entry)
        .put(ENTRY, KEEP, change)
        .post("/api/v1/ledgers/{ledger}/{ledger_entry}/end", KEEP, end)
        .post(
            "/api/v1/ledgers/{ledger}/{ledger_entry}/take-away",
            KEEP,
            take_away,
        )
        .get("/api/v1/recertification", READ, recertification::campaign)
        .post(
            "/api/v1/recertification",
            KEEP,
            recertification::start.layer(answering),
        )
        .post(
            "/api/v1/recertification/reassignment",
            KEEP,
            recertification::reassign,
        )
        .post(
            "/api/v1/recertification/reminder",
            KEEP,
            recertification::remind,
        )
        .post("/api/v1/ledgers/media/seen", KEEP, media::seen)
        .post(
            "/api/v1/ledgers/{ledger}/imports",
            KEEP,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .get(IMPORT, KEEP, imports::one)
        .delete(IMPORT, KEEP, imports::cancel)
        .put(
            "/api/v1/ledger-imports/{ledger_import}/columns",
            KEEP,
            imports::columns,
        )
        .post(
            "/api/v1/ledger-imports/{ledger_import}/confirmation",
            KEEP,
            imports::confirm,
        )
        .get("/api/v1/recertification/rows", READ, recertification::rows)
        .post(
            "/api/v1/recertification/rows",
            Access::Action(Action::RecertifyPermissions),
            recertification::decide,
        )
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list, add, entry, change, end, take_away, recertification::campaign,
        recertification::start, recertification::rows, recertification::decide,
        recertification::reassign, recertification::remind, media::seen, imports::upload,
        imports::one, imports::columns, imports::confirm, imports::cancel
    ),
    components(schemas(
        LedgerEntry, LedgerEntryBody, LedgerEndBody, LedgerTakeAwayBody, Recertification,
        RecertificationBody, RecertificationRow, RecertificationDecisions, RecertificationDecision,
        RecertificationResult, RecertificationReassignment, RecertificationReassigned,
        RecertificationReminded, media::MediaSeenBody, media::MediaSeen, imports::LedgerImport,
        imports::LedgerImportColumn, imports::LedgerImportEntry, imports::LedgerImportProblem,
        imports::LedgerColumnsBody, imports::LedgerConfirmationBody, imports::LedgerImported,
        AskedAs, Content, Ledger, Standing, Ending, Verdict, Known, Problem
    )),
    tags((name = "ledgers", description = "The ledgers (管理簿) and the recertification of permissions"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// An entry of a ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// Its id.
    id: Uuid,
    /// Its ledger.
    ledger: Ledger,
    /// What it says.
    content: Content,
    /// How it stands today.
    standing: Standing,
    /// Why a permission is to be taken away.
    to_end_reason: String,
    /// How it ended.
    ending: Option<Ending>,
    /// On which day it ended.
    ended_on: Option<String>,
    /// Who made sure of the end.
    end_confirmed_by: String,
    /// What shows the end.
    end_note: String,
    /// request, by_hand or import.
    source: &'static str,
    /// When the superior last certified the permission.
    #[schema(value_type = Option<String>, format = DateTime)]
    certified_at: Option<String>,
    /// To be sent with a change; when somebody else changed it meanwhile, that answers 409.
    revision: i64,
    /// When it was last changed.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

impl LedgerEntry {
    fn of(entry: Entry, today: Date) -> Self {
        let standing = entry.standing(today);
        let end = entry.end;
        Self {
            id: entry.id,
            ledger: entry.content.ledger(),
            standing,
            to_end_reason: entry.to_end_reason,
            ending: end.as_ref().map(|end| end.ending),
            ended_on: end.as_ref().map(|end| format_iso(end.on)),
            end_confirmed_by: end
                .as_ref()
                .map(|end| end.confirmed_by.clone())
                .unwrap_or_default(),
            end_note: end.map(|end| end.note).unwrap_or_default(),
            source: entry.source.code(),
            certified_at: entry.certified_at.map(|at| at.to_string()),
            revision: entry.revision,
            updated_at: entry.updated_at,
            content: entry.content,
        }
    }
}

/// An entry as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerEntryBody {
    /// What it says; fields that are left out are empty.
    #[schema(value_type = Content)]
    content: Map<String, JsonValue>,
    /// The revision that was read; only for a change.
    #[serde(default)]
    revision: Option<i64>,
}

/// How an entry ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerEndBody {
    /// How.
    ending: Ending,
    /// On which day; not after today.
    #[schema(format = Date)]
    on: String,
    /// Who made sure of it, where it is another.
    #[serde(default)]
    #[schema(max_length = 100)]
    confirmed_by: String,
    /// What shows it.
    #[serde(default)]
    #[schema(max_length = 300)]
    note: String,
    /// The revision that was read.
    revision: i64,
}

/// Why a permission is to be taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerTakeAwayBody {
    /// Why.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
}

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerQuery {
    /// Words that it holds.
    q: Option<String>,
    /// open (also where it is not given), overdue, soon, to_end, change_wanted, not_seen, ended or all.
    due: Option<String>,
    /// Of this department.
    department: Option<String>,
    /// Of this system of the register.
    system: Option<Uuid>,
}

fn fields_error(context: &Context, ledger: Ledger, problems: &[FieldProblem]) -> WebError {
    let told = problems.iter().map(|problem| {
        let words = words::problem(context.t(), ledger, problem);
        (problem.field.to_owned(), words)
    });
    WebError::Fields(told.collect())
}

/// Reads a content as a form would send it, so that both are judged alike.
fn read_content(
    context: &Context,
    ledger: Ledger,
    body: &Map<String, JsonValue>,
) -> Result<Content, WebError> {
    let is_field = |key: &String| ledger.fields().iter().any(|field| field.key == key);
    if let Some(unknown) = body.keys().find(|key| !is_field(key)) {
        let reason = format!("unknown field `{unknown}`");
        return Err(WebError::invalid_with("error-json", &[("reason", reason)]));
    }
    let is_readable = |value: &JsonValue| {
        matches!(
            value,
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::String(_)
        )
    };
    if let Some((key, _)) = body.iter().find(|(_, value)| !is_readable(value)) {
        let reason = format!("`{key}` is neither text nor true or false");
        return Err(WebError::invalid_with("error-json", &[("reason", reason)]));
    }
    Content::of_typed(ledger, |key| body.get(key).map(text_of).unwrap_or_default())
        .map_err(|problems| fields_error(context, ledger, &problems))
}

async fn written(context: &Context, id: Uuid) -> Result<LedgerEntry, WebError> {
    let proof = context.authorize_own::<actions::ReadLedgers>().await?;
    let entry = store::get(context.database(), &proof, id).await?;
    Ok(LedgerEntry::of(entry, context.today))
}

/// List the entries of a ledger: permissions and media by name, the others by their last day.
#[utoipa::path(
    get, path = "/api/v1/ledgers/{ledger}", tag = "ledgers",
    params(
        ("ledger" = Ledger, Path, description = "The ledger"), LedgerQuery, PageQuery
    ),
    responses(
        (status = 200, body = Page<LedgerEntry>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such ledger", body = Problem),
    )
)]
async fn list(
    context: Context,
    PathOf(code): PathOf<String>,
    QueryOf(query): QueryOf<LedgerQuery>,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<LedgerEntry>>, WebError> {
    let proof = context.authorize_own::<actions::ReadLedgers>().await?;
    let ledger = ledger_of(&code)?;
    let wrong = || WebError::invalid("ledgers-error-filter");
    let due = match query.due.as_deref() {
        None | Some("") => Due::Open,
        Some(code) => Due::from_code(code).ok_or_else(wrong)?,
    };
    let after: Option<Cursor> = match page.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(text.parse().map_err(|()| wrong())?),
    };
    let filter = Filter {
        search: query.q,
        due,
        department: query.department,
        system: query.system,
        ..Filter::default()
    };
    let (database, today, limit) = (context.database(), context.today, page.limit());
    let mut entries = store::list(
        database,
        &proof,
        ledger,
        &filter,
        today,
        after.as_ref(),
        limit + 1,
    )
    .await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = entries.len() > most;
    entries.truncate(most);
    let next = entries
        .last()
        .filter(|_| has_more)
        .map(|last| Cursor::after(last).to_string());
    let items = entries.into_iter();
    let items = items.map(|entry| LedgerEntry::of(entry, today)).collect();
    Ok(Json(Page { items, next }))
}

/// Write an entry into a ledger.
#[utoipa::path(
    post, path = "/api/v1/ledgers/{ledger}", tag = "ledgers",
    params(("ledger" = Ledger, Path, description = "The ledger")),
    request_body = LedgerEntryBody,
    responses(
        (status = 201, body = LedgerEntry),
        (status = 400, description = "Not the JSON that is expected, or the ledger is full", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such ledger", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
async fn add(
    context: Context,
    PathOf(code): PathOf<String>,
    JsonBody(body): JsonBody<LedgerEntryBody>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let ledger = ledger_of(&code)?;
    let content = read_content(&context, ledger, &body.content)?;
    let id = operations::add(&context, &proof, content).await?;
    Ok((StatusCode::CREATED, Json(written(&context, id).await?)).into_response())
}

/// Read an entry.
#[utoipa::path(
    get, path = "/api/v1/ledgers/{ledger}/{ledger_entry}", tag = "ledgers",
    params(
        ("ledger" = Ledger, Path, description = "The ledger"),
        ("ledger_entry" = Uuid, Path, description = "The entry")
    ),
    responses(
        (status = 200, body = LedgerEntry),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such entry, or none of yours", body = Problem),
    )
)]
async fn entry(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
) -> Result<Json<LedgerEntry>, WebError> {
    let (_, proof) = authorize::<actions::ReadLedgers>(&context, &code, id).await?;
    let entry = store::get(context.database(), &proof, id).await?;
    Ok(Json(LedgerEntry::of(entry, context.today)))
}

/// Change an entry.
#[utoipa::path(
    put, path = "/api/v1/ledgers/{ledger}/{ledger_entry}", tag = "ledgers",
    params(
        ("ledger" = Ledger, Path, description = "The ledger"),
        ("ledger_entry" = Uuid, Path, description = "The entry")
    ),
    request_body = LedgerEntryBody,
    responses(
        (status = 200, body = LedgerEntry),
        (status = 400, description = "Not the JSON that is expected, or the entry ended", body = Problem),
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
    PathOf((code, id)): PathOf<(String, Uuid)>,
    JsonBody(body): JsonBody<LedgerEntryBody>,
) -> Result<Json<LedgerEntry>, WebError> {
    let (ledger, proof) = authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let content = read_content(&context, ledger, &body.content)?;
    let revision = body.revision.unwrap_or(-1);
    operations::change(&context, &proof, id, revision, content).await?;
    Ok(Json(written(&context, id).await?))
}

/// Say that an entry ended: taken away, returned, erased, lost, disposed of, over, or written by
/// mistake.
#[utoipa::path(
    post, path = "/api/v1/ledgers/{ledger}/{ledger_entry}/end", tag = "ledgers",
    params(
        ("ledger" = Ledger, Path, description = "The ledger"),
        ("ledger_entry" = Uuid, Path, description = "The entry")
    ),
    request_body = LedgerEndBody,
    responses(
        (status = 200, body = LedgerEntry),
        (status = 400, description = "It cannot end so, or ended already, or the day is to come", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such entry, or none of yours", body = Problem),
        (status = 409, description = "Somebody else changed it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "A field is wrong", body = Problem),
    )
)]
async fn end(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
    JsonBody(body): JsonBody<LedgerEndBody>,
) -> Result<Json<LedgerEntry>, WebError> {
    let (_, proof) = authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let mut state = FormState::empty()
        .with("ending", body.ending.code())
        .with("on", body.on)
        .with("confirmed_by", body.confirmed_by)
        .with("note", body.note);
    let end = crate::pages::read_end(&context, &mut state)?;
    operations::end(&context, &proof, id, body.revision, &end).await?;
    Ok(Json(written(&context, id).await?))
}

/// Say that a permission is to be taken away on the system.
#[utoipa::path(
    post, path = "/api/v1/ledgers/{ledger}/{ledger_entry}/take-away", tag = "ledgers",
    params(
        ("ledger" = Ledger, Path, description = "The ledger"),
        ("ledger_entry" = Uuid, Path, description = "The entry")
    ),
    request_body = LedgerTakeAwayBody,
    responses(
        (status = 200, body = LedgerEntry),
        (status = 400, description = "No reason, no permission, or it ended already", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such entry, or none of yours", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
    )
)]
async fn take_away(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
    JsonBody(body): JsonBody<LedgerTakeAwayBody>,
) -> Result<Json<LedgerEntry>, WebError> {
    let (_, proof) = authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let reason = reason_of(&body.reason)?;
    operations::take_away(&context, &proof, id, &reason).await?;
    Ok(Json(written(&context, id).await?))
}

fn reason_of(text: &str) -> Result<String, WebError> {
    clean_single_line(text, crate::pages::LONGEST_NOTE)
        .ok()
        .filter(|reason| !reason.is_empty())
        .ok_or_else(|| WebError::invalid("ledgers-error-reason"))
}
