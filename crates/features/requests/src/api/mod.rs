//! The JSON API: forms, filing, reading, deciding, lists.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_packs::Seat;
use yagura_web::api::{JsonBody, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::ui::forms::FormState;
use yagura_web::{Access, Context, Routes, WebError};

use crate::model::{Act, Refusal, Standing, Verdict, check_answers};
use crate::operations::{self, me};
use crate::pages::fields::{fault_words, offered, read_answers};
use crate::store::{self, Filter, Place};
use crate::words;
use shapes::{
    DecisionBody, FilingBody, RequestDetail, RequestFormOffer, RequestPage, RequestSeat,
    RequestStep, RequestSummary, RequestWordsBody, detail, page_of,
};

mod shapes;

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    let file_it = Access::Action(Action::FileRequests);
    let decide_it = Access::Action(Action::DecideRequests);
    let read = Access::Action(Action::ReadRequests);
    Routes::new()
        .get("/api/v1/requests/forms", file_it, forms)
        .get("/api/v1/requests", file_it, own)
        .post("/api/v1/requests", file_it, file)
        .get("/api/v1/requests/all", read, all)
        .get("/api/v1/requests/worklist", decide_it, worklist)
        .get("/api/v1/requests/{request}", file_it, one)
        .post("/api/v1/requests/{request}/decision", decide_it, decision)
        .post("/api/v1/requests/{request}/answer", file_it, answer)
        .post("/api/v1/requests/{request}/withdrawal", file_it, withdrawal)
}

#[derive(OpenApi)]
#[openapi(
    paths(forms, own, file, all, worklist, one, decision, answer, withdrawal),
    components(schemas(
        RequestFormOffer, RequestSummary, RequestPage, RequestDetail, RequestStep, RequestSeat,
        FilingBody, DecisionBody, RequestWordsBody, Problem
    )),
    tags((name = "requests", description = "The one-stop desk (ワンストップ窓口): requests and their decisions"))
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Which requests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllQuery {
    /// Only one form's, by key.
    form: Option<String>,
    /// Only those that stand there: waiting, returned, carrying-out, granted, rejected, withdrawn,
    /// recorded.
    standing: Option<String>,
    /// Only those of a fiscal year, by the year in which it began.
    year: Option<i64>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// The forms that can be filed today.
#[utoipa::path(
    get, path = "/api/v1/requests/forms", tag = "requests",
    responses(
        (status = 200, body = Vec<RequestFormOffer>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn forms(context: Context) -> Result<Json<Vec<RequestFormOffer>>, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let library = context.app.packs();
    let organization = proof.organization();
    let offered =
        store::forms_in_force(context.database(), &library, organization, context.today).await?;
    let t = context.t();
    let forms = offered
        .into_iter()
        .map(|form| RequestFormOffer {
            title: words::text(t, &form.stored.title).to_owned(),
            form: serde_json::to_value(&form.stored.form).unwrap_or_default(),
            version: form.number,
            key: form.key,
        })
        .collect();
    Ok(Json(forms))
}

fn cursor(text: Option<&str>) -> Result<Option<Uuid>, WebError> {
    text.map(|text| {
        yagura_kernel::id::parse_uuid(text)
            .map_err(|_| WebError::invalid_with("error-query", &[("reason", "cursor".to_owned())]))
    })
    .transpose()
}

/// One's own requests, newest first.
#[utoipa::path(
    get, path = "/api/v1/requests", tag = "requests", params(PageQuery),
    responses(
        (status = 200, body = RequestPage),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "None of yours", body = Problem),
    )
)]
async fn own(
    context: Context,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<RequestPage>, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let me = me(&context)?;
    let before = cursor(query.cursor.as_deref())?;
    let limit = query.limit();
    let found = store::own(context.database(), &proof, me, before, limit + 1).await?;
    Ok(Json(page_of(found, limit)))
}

/// File a request.
#[utoipa::path(
    post, path = "/api/v1/requests", tag = "requests", request_body = FilingBody,
    responses(
        (status = 201, body = RequestDetail),
        (status = 400, description = "Not the JSON that is expected, or nobody could decide", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such form", body = Problem),
        (status = 409, description = "The idempotency key is in use", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "An answer is missing or wrong", body = Problem),
    )
)]
async fn file(
    context: Context,
    JsonBody(body): JsonBody<FilingBody>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let library = context.app.packs();
    let organization = proof.organization();
    let form = store::in_force(
        context.database(),
        &library,
        organization,
        &body.form,
        context.today,
    )
    .await?;
    let t = context.t();
    let spec = &form.stored.form;
    let unknown: Vec<(String, String)> = body
        .answers
        .keys()
        .filter(|field| spec.field(field).is_none())
        .map(|field| (field.clone(), t.t("requests-field-unknown").to_owned()))
        .collect();
    let pairs = body
        .answers
        .iter()
        .flat_map(|(field, given)| given.iter().map(move |one| (field.clone(), one.clone())));
    let mut state = FormState::from_pairs(pairs);
    let systems = offered(&context, &proof).await?.systems;
    let answers = read_answers(t, spec, &mut state, &systems);
    let mut errors = unknown;
    for error in state.errors() {
        let field = error.field.clone().unwrap_or_default();
        errors.push((field, error.message.clone()));
    }
    for (field, fault) in check_answers(spec, &answers, context.today) {
        if let Some(found) = spec.field(&field)
            && !errors.iter().any(|(known, _)| *known == field)
        {
            errors.push((field, fault_words(t, found, fault)));
        }
    }
    if !errors.is_empty() {
        return Err(WebError::Fields(errors));
    }
    let request = operations::file(&context, &proof, &form, &answers, None).await?;
    let detail = detail_of(&context, request.id).await?;
    Ok((StatusCode::CREATED, Json(detail)).into_response())
}

/// Every request of the institution, newest first.
#[utoipa::path(
    get, path = "/api/v1/requests/all", tag = "requests", params(AllQuery),
    responses(
        (status = 200, body = RequestPage),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
async fn all(
    context: Context,
    QueryOf(query): QueryOf<AllQuery>,
) -> Result<Json<RequestPage>, WebError> {
    let proof = context.authorize_own::<actions::ReadRequests>().await?;
    let standing = match query.standing.as_deref() {
        None => None,
        Some(code) => Some(Standing::from_code(code).ok_or_else(|| {
            WebError::invalid_with("error-query", &[("reason", "standing".to_owned())])
        })?),
    };
    let filter = Filter {
        form: query.form,
        standing,
        year: query.year,
        department: None,
    };
    let before = cursor(query.cursor.as_deref())?;
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let found = store::list(context.database(), &proof, &filter, before, limit + 1).await?;
    Ok(Json(page_of(found, limit)))
}

/// What waits for oneself, most urgent first.
#[utoipa::path(
    get, path = "/api/v1/requests/worklist", tag = "requests", params(PageQuery),
    responses(
        (status = 200, body = RequestPage),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "None of yours", body = Problem),
    )
)]
async fn worklist(
    context: Context,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<RequestPage>, WebError> {
    let proof = context.authorize_own::<actions::DecideRequests>().await?;
    let me = me(&context)?;
    let database = context.database();
    let after = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(Place::parse(text).ok_or_else(|| {
            WebError::invalid_with("error-query", &[("reason", "cursor".to_owned())])
        })?),
    };
    let limit = usize::try_from(query.limit()).unwrap_or(100);
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let people = &snapshot.people;
    let (found, next) = store::worklist(database, &proof, people, me, after, limit).await?;
    Ok(Json(RequestPage {
        items: found.into_iter().map(RequestSummary::from).collect(),
        next: next.map(|place| place.text()),
    }))
}

async fn detail_of(context: &Context, id: Uuid) -> Result<RequestDetail, WebError> {
    let opened = operations::open(context, id).await?;
    Ok(detail(context, &opened))
}

/// A request with its way.
#[utoipa::path(
    get, path = "/api/v1/requests/{request}", tag = "requests",
    params(("request" = Uuid, Path, description = "The request")),
    responses(
        (status = 200, body = RequestDetail),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such request, or none that you may see", body = Problem),
    )
)]
async fn one(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Json<RequestDetail>, WebError> {
    Ok(Json(detail_of(&context, id).await?))
}

/// Decide on a request, return it with a question, or take a decision back.
#[utoipa::path(
    post, path = "/api/v1/requests/{request}/decision", tag = "requests",
    params(("request" = Uuid, Path, description = "The request")),
    request_body = DecisionBody,
    responses(
        (status = 200, body = RequestDetail),
        (status = 400, description = "It does not wait for you there, or words are missing", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such request, or none that you may see", body = Problem),
        (status = 409, description = "Something happened to it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "The idempotency key was used for another request", body = Problem),
    )
)]
async fn decision(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<RequestDetail>, WebError> {
    let opened = operations::open(&context, id).await?;
    let seat = Seat::from_code(&body.seat).ok_or(Refusal::NotWaiting)?;
    let step = body.step;
    let decide = |verdict| Act::Decide {
        step: step.clone(),
        seat,
        verdict,
        note: body.note.clone(),
    };
    let act = match body.verdict.as_str() {
        "granted" => decide(Verdict::Granted),
        "rejected" => decide(Verdict::Rejected),
        "done" => decide(Verdict::Done),
        "recorded" => decide(Verdict::Recorded),
        "ask" => Act::Ask {
            step,
            seat,
            text: body.note,
        },
        "recall" => Act::Recall { step, seat },
        _ => return Err(Refusal::WrongVerdict.into()),
    };
    operations::decide_request(&context, &opened, Some(body.revision), &act).await?;
    Ok(Json(detail_of(&context, id).await?))
}

/// Answer the question with which a request was returned.
#[utoipa::path(
    post, path = "/api/v1/requests/{request}/answer", tag = "requests",
    params(("request" = Uuid, Path, description = "The request")),
    request_body = RequestWordsBody,
    responses(
        (status = 200, body = RequestDetail),
        (status = 400, description = "There is no question, or it is not yours", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such request, or none that you may see", body = Problem),
        (status = 409, description = "Something happened to it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "The idempotency key was used for another request", body = Problem),
    )
)]
async fn answer(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<RequestWordsBody>,
) -> Result<Json<RequestDetail>, WebError> {
    let opened = operations::open(&context, id).await?;
    let act = Act::Answer { text: body.text };
    operations::of_requester(&context, &opened, Some(body.revision), &act).await?;
    Ok(Json(detail_of(&context, id).await?))
}

/// Withdraw a request of one's own.
#[utoipa::path(
    post, path = "/api/v1/requests/{request}/withdrawal", tag = "requests",
    params(("request" = Uuid, Path, description = "The request")),
    request_body = RequestWordsBody,
    responses(
        (status = 200, body = RequestDetail),
        (status = 400, description = "It was granted or closed already, or it is not yours", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such request, or none that you may see", body = Problem),
        (status = 409, description = "Something happened to it meanwhile", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 422, description = "The idempotency key was used for another request", body = Problem),
    )
)]
async fn withdrawal(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<RequestWordsBody>,
) -> Result<Json<RequestDetail>, WebError> {
    let opened = operations::open(&context, id).await?;
    let act = Act::Withdraw { note: body.text };
    operations::of_requester(&context, &opened, Some(body.revision), &act).await?;
    Ok(Json(detail_of(&context, id).await?))
}
