//! One sheet: reading, answering, history, drafts.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use yagura_kernel::id::{SheetId, Uuid};
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, FiscalYear, parse_date};
use yagura_web::api::{JsonBody, Page, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::date_error;
use yagura_web::{Context, WebError};

use super::entries::{
    AnswerBody, ChangeEntry, ConflictProblem, DraftEntry, HeadBody, ItemDetail, ItemEntry,
    MeasurementEntry, OpenBody, SavedEntry, SheetEntry, SheetState,
};
use crate::drafts::{offers, open_offers};
use crate::model::{AnswerInput, ChangeSource, HeaderInput, HeaderValues, SheetSubject};
use crate::pages::{Desk, Family, ReadGrant, WriteGrant, open_error, words};
use crate::store::{
    AnswerChange, HeaderError, HistoryProof, SaveError, history, measurements, open_sheet,
    save_answers, save_header,
};

/// Opens the checklist of a fiscal year; one that is open already is returned.
#[utoipa::path(
    post, path = "/api/v1/sheets", tag = "sheets", request_body = OpenBody,
    responses(
        (status = 200, description = "The sheet", body = SheetState),
        (status = 400, description = "There is no form for the year, or it has not begun", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
    )
)]
pub(crate) async fn open(
    context: Context,
    JsonBody(body): JsonBody<OpenBody>,
) -> Result<Json<SheetState>, WebError> {
    let proof = context.authorize_own::<actions::AnswerSheet>().await?;
    let year = FiscalYear::new(body.fiscal_year).map_err(|_| {
        WebError::invalid_with(
            "checklist-error-year",
            &[("year", body.fiscal_year.to_string())],
        )
    })?;
    let packs = context.app.packs();
    let mut tx = context.database().begin().await?;
    let header = open_sheet(
        &mut tx,
        (&proof).into(),
        &packs,
        context.app.ids(),
        year,
        SheetSubject::Institution,
        context.now,
    )
    .await
    .map_err(open_error)?;
    let detail = serde_json::json!({ "opened": year.year() });
    context
        .audit(&mut tx, &proof, "sheet", header.id, detail)
        .await?;
    let job = crate::jobs::measure_probes(proof.organization(), context.now);
    context.app.enqueue(&mut tx, job).await?;
    tx.commit().await?;
    Ok(Json(SheetState::of_header(
        &header,
        context.organization.name.clone(),
    )))
}

/// A checklist with its rows and answers.
#[utoipa::path(
    get, path = "/api/v1/sheets/{sheet}", tag = "sheets",
    params(("sheet" = Uuid, Path, description = "The sheet")),
    responses(
        (status = 200, description = "The sheet", body = SheetEntry),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it, or the institution does not share it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
    )
)]
pub(crate) async fn one(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
) -> Result<Json<SheetEntry>, WebError> {
    read(Family::Institution, &context, sheet).await
}

pub(super) async fn read(
    family: Family,
    context: &Context,
    sheet: SheetId,
) -> Result<Json<SheetEntry>, WebError> {
    let desk = Desk::open(context, family, sheet).await?;
    Ok(Json(SheetEntry::of(
        &desk.content,
        desk.organization.name.clone(),
    )))
}

/// A row with its answer, explanation and measurements.
#[utoipa::path(
    get, path = "/api/v1/sheets/{sheet}/items/{item}", tag = "sheets",
    params(
        ("sheet" = Uuid, Path, description = "The sheet"),
        ("item" = String, Path, description = "Key of the row"),
    ),
    responses(
        (status = 200, description = "The row", body = ItemDetail),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such row", body = Problem),
    )
)]
pub(crate) async fn item(
    context: Context,
    PathOf((sheet, item)): PathOf<(SheetId, String)>,
) -> Result<Response, WebError> {
    read_item(Family::Institution, &context, sheet, &item).await
}

pub(super) async fn read_item(
    family: Family,
    context: &Context,
    sheet: SheetId,
    key: &str,
) -> Result<Response, WebError> {
    let desk = Desk::open(context, family, sheet).await?;
    let item = desk.content.pack.item(key).ok_or(WebError::NotFound)?;
    let measured = match &desk.grant {
        ReadGrant::Institution(proof) => measurements(context.database(), proof).await?,
        ReadGrant::Vendor(_) => Vec::new(),
    };
    let entry = ItemDetail {
        item: ItemEntry::of(&desk.content, item),
        change_note: item.change_note.as_ref().map(Into::into),
        wording_source: (&item.wording_source).into(),
        guidance: item.guidance().map(|guidance| (&**guidance).into()),
        measurements: measured
            .into_iter()
            .filter(|measured| item.all_probes().any(|probe| probe == measured.probe))
            .map(|measured| MeasurementEntry::of(measured, item, context.now))
            .collect(),
    };
    let version = desk
        .content
        .answers
        .get(key)
        .map_or(0, |stored| stored.version);
    Ok(with_version(Json(entry).into_response(), version))
}

fn with_version(mut response: Response, version: i64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version that a request expects: from its body, or from `If-Match`.
fn expected_version(headers: &HeaderMap, body: Option<i64>) -> Result<i64, WebError> {
    let from_header = headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().trim_matches('"').parse().ok());
    body.or(from_header)
        .ok_or_else(|| WebError::invalid("checklist-error-version"))
}

fn date_of(
    context: &Context,
    field: &str,
    text: Option<&str>,
    problems: &mut Vec<(String, String)>,
) -> Option<Date> {
    let text = text?;
    match parse_date(text) {
        Ok(date) => Some(date),
        Err(error) => {
            problems.push((field.to_owned(), date_error(context.t(), field, &error)));
            None
        }
    }
}

fn conflict(problem: &ConflictProblem) -> Response {
    let mut response = (StatusCode::CONFLICT, Json(problem)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json; charset=utf-8"),
    );
    response
}

/// Saves the answer of a row.
///
/// The whole answer is replaced. Where somebody else changed the row meanwhile, nothing is saved
/// and the answer says what stands now.
#[utoipa::path(
    put, path = "/api/v1/sheets/{sheet}/items/{item}/answer", tag = "sheets",
    params(
        ("sheet" = Uuid, Path, description = "The sheet"),
        ("item" = String, Path, description = "Key of the row"),
        ("If-Match" = Option<String>, Header, description = "Version of the row, in place of `version` in the body"),
    ),
    request_body = AnswerBody,
    responses(
        (status = 200, description = "It stands", body = SavedEntry),
        (status = 400, description = "The request cannot be read, or names no version", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
        (status = 409, description = "Somebody else was first", body = ConflictProblem),
        (status = 422, description = "The rules of the sheet do not allow it", body = Problem),
    )
)]
pub(crate) async fn put_answer(
    context: Context,
    PathOf((sheet, item)): PathOf<(SheetId, String)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<AnswerBody>,
) -> Result<Response, WebError> {
    write_answer(Family::Institution, &context, sheet, item, &headers, body).await
}

pub(super) async fn write_answer(
    family: Family,
    context: &Context,
    sheet: SheetId,
    item: String,
    headers: &HeaderMap,
    body: AnswerBody,
) -> Result<Response, WebError> {
    let grant = WriteGrant::ask(context, family, sheet).await?;
    let mut problems = Vec::new();
    let target = date_of(context, "target", body.target.as_deref(), &mut problems);
    if !problems.is_empty() {
        return Err(WebError::Fields(problems));
    }
    let source = match body.draft_of {
        Some(source) => draft_source(context, family, sheet, &item, source.into()).await?,
        None => ChangeSource::Api,
    };
    let change = AnswerChange {
        expected_version: expected_version(headers, body.version)?,
        item_key: item,
        input: AnswerInput {
            first: body.first.map(|round| round.answer),
            first_on: body.first.map(|round| round.on),
            target,
            second: body.second.map(|round| round.answer),
            second_on: body.second.map(|round| round.on),
            remark: body.remark,
        },
        source,
    };
    let packs = context.app.packs();
    let saved = save_answers(
        context.database(),
        &packs,
        context.app.ids(),
        grant.proof(),
        sheet,
        std::slice::from_ref(&change),
        context.now,
    )
    .await;
    let t = context.t();
    match saved {
        Ok((mut tx, saved)) => {
            if saved.changed() {
                grant
                    .audit(context, &mut tx, sheet, saved.audit_detail())
                    .await?;
            }
            tx.commit().await?;
            let entry: SavedEntry = saved
                .items
                .into_iter()
                .next()
                .ok_or(WebError::NotFound)?
                .into();
            let version = entry.version;
            Ok(with_version(Json(entry).into_response(), version))
        }
        Err(SaveError::Refused(problems)) => Err(WebError::Fields(
            problems
                .iter()
                .map(|problem| {
                    let field = problem.problem.field().to_owned();
                    (field, words::answer_problem(t, &problem.problem))
                })
                .collect(),
        )),
        Err(SaveError::Conflict(conflicts)) => {
            let theirs = conflicts
                .into_iter()
                .next()
                .ok_or(WebError::Conflict)?
                .theirs;
            let title = t.t("checklist-error-conflict").to_owned();
            Ok(conflict(&ConflictProblem::of_answer(title, &theirs)))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// Where a draft comes from, so that the history can say so: only what the sheet really offers.
async fn draft_source(
    context: &Context,
    family: Family,
    sheet: SheetId,
    item: &str,
    source: SheetId,
) -> Result<ChangeSource, WebError> {
    let desk = Desk::open(context, family, sheet).await?;
    let before = desk
        .before(context)
        .await?
        .filter(|before| before.header.id == source);
    let Some(before) = before else {
        return Err(WebError::invalid("checklist-error-draft"));
    };
    let packs = context.app.packs();
    let found = offers(&packs, &desk.content, &before)
        .into_iter()
        .find(|offer| offer.proposal.item_key == item)
        .ok_or_else(|| WebError::invalid("checklist-error-draft"))?;
    Ok(ChangeSource::Draft {
        sheet: source,
        year: before.header.year.year(),
        items: found
            .proposal
            .origins
            .into_iter()
            .map(|origin| origin.item_key)
            .collect(),
    })
}

/// Saves the head of a sheet: gate row, contract with vendors, confirmation date.
#[utoipa::path(
    put, path = "/api/v1/sheets/{sheet}/head", tag = "sheets",
    params(
        ("sheet" = Uuid, Path, description = "The sheet"),
        ("If-Match" = Option<String>, Header, description = "Version of the head, in place of `version` in the body"),
    ),
    request_body = HeadBody,
    responses(
        (status = 200, description = "It stands", body = SheetState),
        (status = 400, description = "The request cannot be read, or names no version", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
        (status = 409, description = "Somebody else was first", body = ConflictProblem),
        (status = 422, description = "The rules of the sheet do not allow it", body = Problem),
    )
)]
pub(crate) async fn put_head(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<HeadBody>,
) -> Result<Response, WebError> {
    let grant = WriteGrant::ask(&context, Family::Institution, sheet).await?;
    let mut problems = Vec::new();
    let confirmed_on = date_of(
        &context,
        "confirmed_on",
        body.confirmed_on.as_deref(),
        &mut problems,
    );
    if !problems.is_empty() {
        return Err(WebError::Fields(problems));
    }
    let values = HeaderValues {
        gate: body.gate,
        vendor_contract: body.vendor_contract,
        confirmed_on,
    };
    let packs = context.app.packs();
    let saved = save_header(
        context.database(),
        &packs,
        context.app.ids(),
        grant.proof(),
        sheet,
        expected_version(&headers, body.version)?,
        &HeaderInput::from(&values),
        &ChangeSource::Api,
        context.now,
    )
    .await;
    let t = context.t();
    match saved {
        Ok((mut tx, saved)) => {
            if saved.changed {
                let detail = serde_json::json!({ "head": saved.header.header_version });
                grant.audit(&context, &mut tx, sheet, detail).await?;
            }
            tx.commit().await?;
            let version = saved.header.header_version;
            let name = context.organization.name.clone();
            let state = SheetState::of_header(&saved.header, name);
            Ok(with_version(Json(state).into_response(), version))
        }
        Err(HeaderError::Refused(problems)) => Err(WebError::Fields(
            problems
                .iter()
                .map(|problem| {
                    (
                        problem.field().to_owned(),
                        words::header_problem(t, problem),
                    )
                })
                .collect(),
        )),
        Err(HeaderError::Conflict(theirs)) => Ok(conflict(&ConflictProblem {
            kind: "https://yagura.invalid/problems/error-conflict",
            title: t.t("checklist-error-conflict").to_owned(),
            status: 409,
            version: theirs.version,
            current: serde_json::to_value(theirs.values).unwrap_or_default(),
            changed_by: None,
        })),
        Err(HeaderError::Store(error)) => Err(error.into()),
    }
}

/// Which part of a history.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// Only of this row.
    item: Option<String>,
    /// The `next` of the page before.
    cursor: Option<Uuid>,
    /// How many at most: 1 to 500, 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// Who changed what, newest first.
#[utoipa::path(
    get, path = "/api/v1/sheets/{sheet}/history", tag = "sheets",
    params(("sheet" = Uuid, Path, description = "The sheet"), HistoryQuery),
    responses(
        (status = 200, description = "A part of the history", body = Page<ChangeEntry>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it, or the institution does not share it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
    )
)]
pub(crate) async fn changes(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
    QueryOf(query): QueryOf<HistoryQuery>,
) -> Result<Json<Page<ChangeEntry>>, WebError> {
    read_history(Family::Institution, &context, sheet, &query).await
}

pub(super) async fn read_history(
    family: Family,
    context: &Context,
    sheet: SheetId,
    query: &HistoryQuery,
) -> Result<Json<Page<ChangeEntry>>, WebError> {
    let (owner, grant) = ReadGrant::ask(context, family, sheet).await?;
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let read = async |proof: HistoryProof<'_>| {
        history(
            context.database(),
            proof,
            sheet,
            query.item.as_deref(),
            query.cursor,
            limit,
        )
        .await
    };
    let found = match &grant {
        ReadGrant::Vendor(proof) => read(HistoryProof::Vendor(proof)).await?,
        _ => {
            let proof = context
                .authorize::<actions::ReadHistory>(owner.organization)
                .await?;
            let found = read(HistoryProof::Institution(&proof)).await?;
            let detail = serde_json::json!({ "history": true });
            grant.audit_read(context, sheet, detail).await?;
            found
        }
    };
    let is_full = i64::try_from(found.len()).unwrap_or(0) == limit;
    let next = found
        .last()
        .filter(|_| is_full)
        .map(|last| last.id.to_string());
    let items = found
        .into_iter()
        .map(ChangeEntry::of)
        .collect::<Result<_, _>>()
        .map_err(|error| WebError::Internal(error.to_string()))?;
    Ok(Json(Page { items, next }))
}

/// What the sheet of the year before offers to rows that have no answer yet.
#[utoipa::path(
    get, path = "/api/v1/sheets/{sheet}/drafts", tag = "sheets",
    params(("sheet" = Uuid, Path, description = "The sheet")),
    responses(
        (status = 200, description = "The drafts", body = Page<DraftEntry>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "There is no such sheet", body = Problem),
    )
)]
pub(crate) async fn drafts(
    context: Context,
    PathOf(sheet): PathOf<SheetId>,
) -> Result<Json<Page<DraftEntry>>, WebError> {
    read_drafts(Family::Institution, &context, sheet).await
}

pub(super) async fn read_drafts(
    family: Family,
    context: &Context,
    sheet: SheetId,
) -> Result<Json<Page<DraftEntry>>, WebError> {
    let (_, desk) = Desk::open_to_write(context, family, sheet).await?;
    let items = match desk.before(context).await? {
        None => Vec::new(),
        Some(before) => {
            let packs = context.app.packs();
            let all = offers(&packs, &desk.content, &before);
            open_offers(&all, &desk.content)
                .map(|offer| DraftEntry::of(offer, before.header.id.uuid()))
                .collect()
        }
    };
    Ok(Json(Page { items, next: None }))
}
