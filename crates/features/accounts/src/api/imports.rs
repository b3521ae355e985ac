//! Staff lists and exports sent by other programs: send, look, say what columns mean, confirm.

use std::collections::BTreeMap;

use accountmatch::columns::Mapping;
use axum::Json;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_web::api::{JsonBody, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::model::Counts;
use crate::pages::imports::read;
use crate::preview::{Preview, look};
use crate::reading::{self, SourceFile};
use crate::store::{self, Import};
use crate::{operations, words};

/// How many names of a kind an answer holds.
const SHOWN: usize = 200;

/// What a file is called.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct UploadQuery {
    /// The file's name, for messages.
    file_name: String,
}

/// A list that was sent, with what taking it over would change now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountsImport {
    /// Its id.
    id: Uuid,
    /// The source; null for a staff list.
    source: Option<Uuid>,
    /// pending, applied, cancelled or expired.
    state: String,
    /// The files' names.
    files: Vec<String>,
    /// Whether it can be taken over as it is.
    can_be_confirmed: bool,
    /// Why it cannot be read, and how to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// Whether the file stops in the middle; then nothing is taken over.
    cut_off: bool,
    /// Whether so much would vanish that it may not be the whole list.
    suspicious: bool,
    /// People or accounts in it.
    records: i64,
    /// Joined and returned staff, or new accounts.
    new: i64,
    /// Moved and renamed staff, or changed accounts.
    changed: i64,
    /// Staff who left, or accounts that vanished.
    gone: i64,
    /// Without change.
    unchanged: i64,
    /// Names by what changes: of staff joined, returned, moved, renamed, left, perhaps_same; of accounts
    /// new, stopped, gone. At most 200 of each.
    changes: BTreeMap<String, Vec<String>>,
    /// What was set aside, with its place.
    problems: Vec<ImportProblem>,
    /// What the columns mean: heading to field; fields are listed in `fields`.
    columns: BTreeMap<String, String>,
    /// The headings of the file that can be given a meaning.
    headings: Vec<String>,
    /// The fields that a heading can mean.
    fields: Vec<&'static str>,
}

/// Something that was set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportProblem {
    /// Sheet, row and column.
    place: String,
    /// What is wrong and how to mend it.
    problem: String,
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn first(names: Vec<String>) -> Vec<String> {
    names.into_iter().take(SHOWN).collect()
}

async fn written(context: &Context, import: Import) -> Result<AccountsImport, WebError> {
    let t = context.t();
    let is_staff = import.source.is_none();
    let is_over = import.state == "pending" && import.expires_at <= context.now;
    let state = if is_over { "expired" } else { &import.state };
    let mut answer = AccountsImport {
        id: import.id,
        source: import.source,
        state: state.to_owned(),
        files: import.file_names.clone(),
        can_be_confirmed: false,
        refused: None,
        cut_off: false,
        suspicious: false,
        records: 0,
        new: 0,
        changed: 0,
        gone: 0,
        unchanged: 0,
        changes: BTreeMap::new(),
        problems: Vec::new(),
        columns: BTreeMap::new(),
        headings: Vec::new(),
        fields: reading::meanings(is_staff),
    };
    let mut counted = import.counts.clone();
    if answer.state == "pending" {
        let source = match import.source {
            Some(source) => {
                let organization = context.organization.id;
                Some(store::source(context.database(), organization, source).await?)
            }
            None => None,
        };
        let (headings, suggested) = reading::headings(&import.files, is_staff);
        answer.headings = headings.into_iter().map(|(heading, _)| heading).collect();
        let mapping = import.mapping.clone().unwrap_or(suggested);
        answer.columns = mapping.0.into_iter().collect();
        let looked = look(context, &import, source.as_ref()).await?;
        answer.cut_off = looked.cut_off;
        answer.problems = looked
            .problems
            .iter()
            .map(|problem| {
                let (place, problem) = words::problem(t, problem);
                ImportProblem { place, problem }
            })
            .collect();
        match looked.preview {
            Preview::Refused(error) => answer.refused = Some(reading::explain(t, &error)),
            Preview::Staff {
                people,
                counts,
                changes,
                suspicious,
            } => {
                (answer.records, answer.suspicious) = (number(people), suspicious);
                counted = counts;
                answer.changes = changes
                    .into_iter()
                    .map(|(key, names)| {
                        let key = match key.trim_start_matches("accounts-change-") {
                            "perhaps" => "perhaps_same",
                            key => key,
                        };
                        (key.to_owned(), first(names))
                    })
                    .collect();
            }
            Preview::Accounts { accounts, plan, .. } => {
                (answer.records, answer.suspicious) = (number(accounts), plan.suspicious);
                counted = plan.counts;
                let named = [
                    ("new", plan.new),
                    ("stopped", plan.stopped),
                    ("gone", plan.gone),
                ];
                let named = named.into_iter();
                answer.changes = named
                    .map(|(key, names)| (key.to_owned(), first(names)))
                    .collect();
            }
        }
        answer.can_be_confirmed = answer.refused.is_none() && !answer.cut_off;
    }
    let Counts {
        new,
        changed,
        gone,
        same,
        ..
    } = counted;
    answer.new = number(new);
    answer.changed = number(changed);
    answer.gone = number(gone);
    answer.unchanged = number(same);
    Ok(answer)
}

fn unread(context: &Context, error: &accountmatch::ReadError) -> WebError {
    let why = reading::explain(context.t(), error);
    WebError::invalid_with("accounts-error-file", &[("why", why)])
}

async fn begin(
    context: &Context,
    proof: &store::Edit,
    source: Option<&store::SourceRow>,
    file_name: &str,
    bytes: &Bytes,
) -> Result<(StatusCode, Json<AccountsImport>), WebError> {
    let files = vec![SourceFile {
        name: yagura_kernel::text::safe_file_name(file_name),
        bytes: bytes.to_vec(),
    }];
    match operations::start_import(context, proof, source, files).await? {
        Ok(id) => {
            let import = store::import(context.database(), proof.organization(), id).await?;
            Ok((StatusCode::CREATED, Json(written(context, import).await?)))
        }
        Err(error) => Err(unread(context, &error)),
    }
}

/// Send an export of a source. It waits until it is confirmed.
#[utoipa::path(post, path = "/api/v1/accounts/sources/{account_source}/imports", tag = "accounts",
    params(("account_source" = Uuid, Path, description = "The source"), UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, body = AccountsImport),
    (status = 400, description = "Nothing of the file can be used", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such source", body = Problem),
    (status = 413, description = "The file is too large", body = Problem),
))]
pub(super) async fn upload(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    QueryOf(query): QueryOf<UploadQuery>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<AccountsImport>), WebError> {
    let owner = store::source_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let source = store::source(context.database(), owner, id).await?;
    begin(&context, &proof, Some(&source), &query.file_name, &bytes).await
}

/// Send a staff list (CSV, xlsx, LDIF). It waits until it is confirmed.
#[utoipa::path(post, path = "/api/v1/accounts/staff/imports", tag = "accounts", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, body = AccountsImport),
    (status = 400, description = "Nothing of the file can be used", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 413, description = "The file is too large", body = Problem),
))]
pub(super) async fn upload_staff(
    context: Context,
    QueryOf(query): QueryOf<UploadQuery>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<AccountsImport>), WebError> {
    let proof = context.authorize_own::<actions::EditAccounts>().await?;
    begin(&context, &proof, None, &query.file_name, &bytes).await
}

/// Read what taking a list over would change now.
#[utoipa::path(get, path = "/api/v1/accounts/imports/{account_import}", tag = "accounts",
    params(("account_import" = Uuid, Path, description = "The import")), responses(
    (status = 200, body = AccountsImport),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such import", body = Problem),
))]
pub(super) async fn one(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<AccountsImport>, WebError> {
    let (_, import) = read(&context, id).await?;
    Ok(Json(written(&context, import).await?))
}

/// What columns mean.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountsColumnsBody {
    /// Heading of the file to field. A heading that is left out means nothing.
    columns: BTreeMap<String, String>,
}

/// Say what the columns of a list mean. It is remembered once the list is taken over.
#[utoipa::path(put, path = "/api/v1/accounts/imports/{account_import}/columns", tag = "accounts",
    params(("account_import" = Uuid, Path, description = "The import")),
    request_body = AccountsColumnsBody, responses(
    (status = 200, body = AccountsImport),
    (status = 400, description = "No such heading or field, one field twice, or it no longer waits", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such import", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
))]
pub(super) async fn columns(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<AccountsColumnsBody>,
) -> Result<Json<AccountsImport>, WebError> {
    let (proof, import) = read(&context, id).await?;
    let is_staff = import.source.is_none();
    let (headings, _) = reading::headings(&import.files, is_staff);
    let known = reading::meanings(is_staff);
    let mut mapping = Mapping::default();
    for (heading, field) in body.columns {
        let is_heading = headings.iter().any(|(one, _)| *one == heading);
        let is_taken = mapping.0.values().any(|taken| *taken == field);
        if !is_heading || is_taken || !known.contains(&field.as_str()) {
            return Err(WebError::invalid("accounts-error-columns"));
        }
        mapping.0.insert(heading, field);
    }
    operations::set_columns(&context, &proof, id, &mapping).await?;
    let (_, import) = read(&context, id).await?;
    Ok(Json(written(&context, import).await?))
}

/// What was taken over, and what it meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountsImported {
    /// Staff who left; null for accounts.
    left: Option<i64>,
    /// Permissions that are to be taken away for it; null for accounts.
    permissions_to_end: Option<i64>,
    /// Leavers of whose permissions a person must say whether they are theirs; null for accounts.
    leavers_to_check: Option<i64>,
}

/// Take a list over.
#[utoipa::path(post, path = "/api/v1/accounts/imports/{account_import}/confirmation", tag = "accounts",
    params(("account_import" = Uuid, Path, description = "The import")), responses(
    (status = 200, body = AccountsImported),
    (status = 400, description = "It no longer waits, stops in the middle, or cannot be read", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such import", body = Problem),
))]
pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<AccountsImported>, WebError> {
    let (proof, import) = read(&context, id).await?;
    if import.state != "pending" {
        return Err(store::AccountsError::ImportGone.into());
    }
    match operations::confirm(&context, &proof, &import).await? {
        Ok(taken) => Ok(Json(AccountsImported {
            left: taken.as_ref().map(|taken| number(taken.left)),
            permissions_to_end: taken.as_ref().map(|taken| number(taken.ended)),
            leavers_to_check: taken.as_ref().map(|taken| number(taken.open.len())),
        })),
        Err(error) => Err(unread(&context, &error)),
    }
}

/// Drop a list that waits.
#[utoipa::path(delete, path = "/api/v1/accounts/imports/{account_import}", tag = "accounts",
    params(("account_import" = Uuid, Path, description = "The import")), responses(
    (status = 204, description = "It is dropped"),
    (status = 400, description = "It no longer waits", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No such import", body = Problem),
))]
pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, WebError> {
    let (proof, _) = read(&context, id).await?;
    operations::cancel(&context, &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
