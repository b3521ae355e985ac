//! The JSON API: findings with their remedies, sources, exports sent by other programs.

mod imports;
mod leavers;

use accountmatch::matching::Decision;
use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{Instant, format_iso, parse_date};
use yagura_web::api::{JsonBody, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Access, Context, Routes, WebError};

use crate::reading;
use crate::store::{self, Cursor, FindingFilter, FindingRow, SourceRow, Task};
use crate::{operations, words};

const READ: Access = Access::Action(Action::ReadAccounts);
const EDIT: Access = Access::Action(Action::EditAccounts);
const ACCEPT: Access = Access::Action(Action::AcceptAccounts);
/// The longest page.
const MOST: i64 = 200;

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    const IMPORT: &str = "/api/v1/accounts/imports/{account_import}";
    let limit = usize::try_from(reading::LARGEST_FILE).unwrap_or(usize::MAX);
    Routes::new()
        .get("/api/v1/accounts/findings", READ, findings)
        .get("/api/v1/accounts/findings/{account_finding}", READ, finding)
        .post(
            "/api/v1/accounts/findings/{account_finding}/task",
            EDIT,
            task,
        )
        .post(
            "/api/v1/accounts/findings/{account_finding}/acceptance",
            ACCEPT,
            accept,
        )
        .get("/api/v1/accounts/sources", READ, sources)
        .post(
            "/api/v1/accounts/sources/{account_source}/imports",
            EDIT,
            imports::upload.layer(DefaultBodyLimit::max(limit)),
        )
        .post(
            "/api/v1/accounts/staff/imports",
            EDIT,
            imports::upload_staff.layer(DefaultBodyLimit::max(limit)),
        )
        .get(IMPORT, EDIT, imports::one)
        .delete(IMPORT, EDIT, imports::cancel)
        .put(
            "/api/v1/accounts/imports/{account_import}/columns",
            EDIT,
            imports::columns,
        )
        .post(
            "/api/v1/accounts/imports/{account_import}/confirmation",
            EDIT,
            imports::confirm,
        )
        .get("/api/v1/accounts/leavers", READ, leavers::list)
        .post(
            "/api/v1/accounts/leavers/{account_leaver}/settlement",
            EDIT,
            leavers::settle,
        )
        .post("/api/v1/accounts/of/{account}/decision", EDIT, decide)
}

#[derive(OpenApi)]
#[openapi(
    paths(
        findings, finding, task, accept, sources, imports::upload, imports::upload_staff,
        imports::one, imports::columns, imports::confirm, imports::cancel, leavers::list,
        leavers::settle, decide
    ),
    components(schemas(Problem)),
    tags((name = "accounts", description = "Accounts against people: sources, findings, remedies"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Something wrong with an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountFinding {
    /// Its id.
    id: Uuid,
    /// leaver, administrator_without_grant, nobody, past_end, no_password, beyond_grant, shared,
    /// lockout_off, dormant, password_never_changed or password_never_expires.
    kind: String,
    /// low, medium, high or critical.
    gravity: &'static str,
    /// open, task, accepted, remedied or settled.
    state: String,
    /// The user name; empty where it concerns the source as a whole.
    account: String,
    /// The name that the system shows.
    account_name: String,
    /// The source.
    source: Uuid,
    /// Its name.
    source_name: String,
    /// Whose the account is, by name.
    owner: String,
    /// What it rests on, in words.
    grounds: Vec<String>,
    /// Until when the system desk should mend it.
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<String>,
    /// Until when it is accepted.
    #[schema(value_type = Option<String>, format = Date)]
    accepted_until: Option<String>,
    /// What a newer export proved: removed, disabled, mended.
    proof: Option<String>,
    /// When it was found.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    found_at: Instant,
    /// To be sent with a change; when somebody else changed it meanwhile, that answers 409.
    revision: i64,
}

fn written(context: &Context, row: FindingRow) -> AccountFinding {
    let t = context.t();
    AccountFinding {
        id: row.id,
        gravity: crate::model::gravity_code(row.gravity),
        grounds: row
            .grounds()
            .iter()
            .map(|ground| words::ground(t, ground))
            .collect(),
        due_on: row.due_on.map(format_iso),
        accepted_until: row.accepted_until.map(format_iso),
        kind: row.kind,
        state: row.state,
        account: row.account_key,
        account_name: row.account_name,
        source: row.source_id,
        source_name: row.source_name,
        owner: row.owner_name,
        proof: row.proof,
        found_at: row.found_at,
        revision: row.revision,
    }
}

/// Which findings are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct FindingsQuery {
    /// Of this kind.
    kind: String,
    /// Of this source.
    source: String,
    /// to_do (open and task; so without one), a state, running or all.
    state: String,
    /// The cursor of the page before.
    after: String,
}

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingsPage {
    /// The findings, the gravest first.
    items: Vec<AccountFinding>,
    /// Sent as `after` for the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List what is wrong with accounts, the gravest first.
#[utoipa::path(get, path = "/api/v1/accounts/findings", tag = "accounts",
    params(FindingsQuery), responses(
    (status = 200, body = FindingsPage),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn findings(
    context: Context,
    QueryOf(query): QueryOf<FindingsQuery>,
) -> Result<Json<FindingsPage>, WebError> {
    let proof = context.authorize_own::<actions::ReadAccounts>().await?;
    let filter = FindingFilter {
        kind: Some(query.kind).filter(|kind| !kind.is_empty()),
        source: yagura_kernel::id::parse_uuid(&query.source).ok(),
        state: query.state,
    };
    let after: Option<Cursor> = query.after.parse().ok();
    let mut rows =
        store::list_findings(context.database(), &proof, &filter, after, MOST + 1).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| has_more).map(|last| {
        let cursor = Cursor {
            urgency: last.urgency,
            id: last.id,
        };
        cursor.to_string()
    });
    let detail = serde_json::json!({ "findings": rows.len() });
    context
        .audit_read(&proof, "accounts_finding", context.organization.id, detail)
        .await?;
    Ok(Json(FindingsPage {
        items: rows.into_iter().map(|row| written(&context, row)).collect(),
        next,
    }))
}

async fn read(context: &Context, id: Uuid) -> Result<FindingRow, WebError> {
    let owner = store::finding_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::ReadAccounts>(owner).await?;
    Ok(store::finding(context.database(), &proof, id).await?)
}

/// Read a finding.
#[utoipa::path(get, path = "/api/v1/accounts/findings/{account_finding}", tag = "accounts",
    params(("account_finding" = Uuid, Path, description = "The finding")), responses(
    (status = 200, body = AccountFinding),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
))]
async fn finding(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<AccountFinding>, WebError> {
    let row = read(&context, id).await?;
    Ok(Json(written(&context, row)))
}

/// What the system desk should do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskBody {
    /// Until when.
    #[schema(value_type = String, format = Date)]
    due_on: String,
    /// A word to the desk.
    #[serde(default)]
    note: String,
    /// As read.
    revision: i64,
}

/// The text of a field through the same rules as the form's.
fn checked(
    context: &Context,
    name: &str,
    label: &str,
    text: &str,
    longest: usize,
) -> Result<String, WebError> {
    let mut state = FormState::empty().with(name, text);
    let clean = state.read_text(context.t(), name, label, longest);
    if state.has_errors() {
        return Err(WebError::invalid("accounts-error-text"));
    }
    Ok(clean)
}

fn day(text: &str) -> Result<yagura_kernel::time::Date, WebError> {
    parse_date(text).map_err(|_| WebError::invalid("accounts-error-date"))
}

/// Tell the system desk to mend it.
#[utoipa::path(post, path = "/api/v1/accounts/findings/{account_finding}/task", tag = "accounts",
    params(("account_finding" = Uuid, Path, description = "The finding")),
    request_body = TaskBody, responses(
    (status = 200, body = AccountFinding),
    (status = 400, description = "Not the JSON that is expected", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
    (status = 409, description = "It was changed since it was read", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
))]
async fn task(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<TaskBody>,
) -> Result<Json<AccountFinding>, WebError> {
    let owner = store::finding_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let row = read(&context, id).await?;
    let note = checked(&context, "note", "note", &body.note, 500)?;
    let task = Task {
        due_on: day(&body.due_on)?,
        note: &note,
    };
    operations::set_task(&context, &proof, &row, body.revision, &task).await?;
    let row = read(&context, id).await?;
    Ok(Json(written(&context, row)))
}

/// Why it is accepted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountAcceptanceBody)]
pub(crate) struct AcceptanceBody {
    /// The last day.
    #[schema(value_type = String, format = Date)]
    until: String,
    /// Why.
    reason: String,
    /// As read.
    revision: i64,
}

/// Accept it until a day: an entry of the ledger of exceptions.
#[utoipa::path(post, path = "/api/v1/accounts/findings/{account_finding}/acceptance", tag = "accounts",
    params(("account_finding" = Uuid, Path, description = "The finding")),
    request_body = AcceptanceBody, responses(
    (status = 200, body = AccountFinding),
    (status = 400, description = "Not the JSON that is expected, no reason, or a day that is over", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such finding", body = Problem),
    (status = 409, description = "It was changed since it was read", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
))]
async fn accept(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<AcceptanceBody>,
) -> Result<Json<AccountFinding>, WebError> {
    let owner = store::finding_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::AcceptAccounts>(owner).await?;
    let row = read(&context, id).await?;
    let until = day(&body.until)?;
    let reason = checked(&context, "reason", "reason", &body.reason, 1_000)?;
    if until < context.today {
        return Err(WebError::invalid("accounts-error-date"));
    }
    if reason.is_empty() {
        return Err(WebError::invalid("accounts-error-text"));
    }
    operations::accept(&context, &proof, &row, body.revision, until, &reason).await?;
    let row = read(&context, id).await?;
    Ok(Json(written(&context, row)))
}

/// Where accounts come from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountSource {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// any, directory_table, ldif, directory, table, windows_local or linux.
    kind: &'static str,
    /// The system of the register.
    system: Option<Uuid>,
    /// How many accounts its last export had.
    accounts: i64,
    /// When the last export was taken over.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    imported_at: Option<Instant>,
    /// What it does not tell: enabled, last_sign_in, password_set, password_never_expires, lockout,
    /// groups, privileges.
    untold: Vec<&'static str>,
    /// Why its directory was not read last time.
    last_error: Option<String>,
}

impl From<SourceRow> for AccountSource {
    fn from(row: SourceRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind.code(),
            system: row.system,
            accounts: row.accounts,
            imported_at: row.imported_at,
            untold: row.untold.iter().map(|aspect| aspect.code()).collect(),
            last_error: row.last_error,
        }
    }
}

/// List where accounts come from.
#[utoipa::path(get, path = "/api/v1/accounts/sources", tag = "accounts", responses(
    (status = 200, body = Vec<AccountSource>),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
async fn sources(context: Context) -> Result<Json<Vec<AccountSource>>, WebError> {
    let proof = context.authorize_own::<actions::ReadAccounts>().await?;
    let rows = store::sources(context.database(), &proof).await?;
    Ok(Json(rows.into_iter().map(Into::into).collect()))
}

/// Whose an account is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountDecisionBody)]
pub(crate) struct DecisionBody {
    /// person, shared, service or nobody.
    decision: String,
    /// The staff number of the person, or of who answers for a shared or service account.
    #[serde(default)]
    staff_number: String,
}

/// Say whose an account is.
#[utoipa::path(post, path = "/api/v1/accounts/of/{account}/decision", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account")),
    request_body = DecisionBody, responses(
    (status = 204, description = "It is kept"),
    (status = 400, description = "Not the JSON that is expected, or nobody has the number", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such account", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
))]
async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<StatusCode, WebError> {
    let owner = store::account_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let row = store::account(context.database(), owner, id).await?;
    let number = body.staff_number.trim().to_lowercase();
    let key = if number.is_empty() {
        None
    } else {
        let key = format!("n:{number}");
        let found = store::person(context.database(), owner, &key).await?;
        Some(
            found
                .ok_or_else(|| WebError::invalid("accounts-decide-unknown"))?
                .key,
        )
    };
    let decision = match (body.decision.as_str(), key) {
        ("person", Some(key)) => Decision::Person(key),
        ("person", None) => return Err(WebError::invalid("accounts-decide-unknown")),
        ("shared", key) => Decision::Shared(key),
        ("service", key) => Decision::Service(key),
        ("nobody", _) => Decision::Nobody,
        _ => return Err(WebError::invalid("accounts-error-decision")),
    };
    operations::decide(&context, &proof, &row, Some(&decision), &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
