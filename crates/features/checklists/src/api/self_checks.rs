//! The self-check of the nine principles.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{format_iso, parse_date};
use yagura_web::api::{JsonBody, Page, Problem};
use yagura_web::ui::forms::date_error;
use yagura_web::{Context, WebError};

use crate::model::SelfCheckInput;
use crate::pages::words;
use crate::store::{SelfCheckEntry, StoredSelfCheck, own_self_checks, store_self_check};

const SHOWN: i64 = 500;

/// A self-check to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelfCheckBody {
    /// Key of the audience as whom it is answered.
    audience: String,
    /// Day of the check, in this fiscal year and not ahead.
    #[schema(format = Date)]
    on: String,
    /// Keys of the boxes that are ticked.
    #[serde(default)]
    ticked: Vec<String>,
}

/// A self-check that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SelfCheckKept {
    /// The pack.
    pack: String,
    /// As whom it was answered.
    audience: String,
    /// Day of the check.
    #[schema(format = Date)]
    on: String,
    /// The boxes that were ticked.
    ticked: Vec<String>,
    /// How many boxes there were.
    boxes: i64,
}

impl From<StoredSelfCheck> for SelfCheckKept {
    fn from(stored: StoredSelfCheck) -> Self {
        Self {
            pack: stored.pack_id,
            audience: stored.audience,
            on: format_iso(stored.on),
            ticked: stored.ticked.into_iter().collect(),
            boxes: stored.boxes,
        }
    }
}

/// One's own self-checks, newest first.
#[utoipa::path(
    get, path = "/api/v1/self-checks", tag = "self-checks",
    responses(
        (status = 200, description = "The self-checks", body = Page<SelfCheckKept>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
    )
)]
pub(crate) async fn list(context: Context) -> Result<Json<Page<SelfCheckKept>>, WebError> {
    let proof = context.authorize_own::<actions::AnswerSelfCheck>().await?;
    let items = match context.person() {
        None => Vec::new(),
        Some(person) => own_self_checks(context.database(), &proof, person, SHOWN)
            .await?
            .into_iter()
            .map(SelfCheckKept::from)
            .collect(),
    };
    Ok(Json(Page { items, next: None }))
}

/// Keeps a self-check; a second one of the same day takes the place of the first.
#[utoipa::path(
    post, path = "/api/v1/self-checks", tag = "self-checks", request_body = SelfCheckBody,
    responses(
        (status = 200, description = "It is kept", body = Page<SelfCheckKept>),
        (status = 400, description = "The request cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "The role does not allow it", body = Problem),
        (status = 404, description = "No self-check applies today", body = Problem),
        (status = 422, description = "It does not fit the pack or the day", body = Problem),
    )
)]
pub(crate) async fn add(
    context: Context,
    JsonBody(body): JsonBody<SelfCheckBody>,
) -> Result<Json<Page<SelfCheckKept>>, WebError> {
    let proof = context.authorize_own::<actions::AnswerSelfCheck>().await?;
    let t = context.t();
    let on = parse_date(&body.on)
        .map_err(|error| WebError::Fields(vec![("on".to_owned(), date_error(t, "on", &error))]))?;
    let packs = context.app.packs();
    let (pack, check) = packs
        .self_checks_on(context.today)
        .into_iter()
        .find_map(|pack| Some((pack, pack.self_check()?)))
        .ok_or(WebError::NotFound)?;
    let input = SelfCheckInput {
        audience: body.audience,
        on,
        ticked: body.ticked,
    };
    let mut tx = context.database().begin().await?;
    store_self_check(
        &mut tx,
        context.app.ids(),
        &proof,
        pack,
        check,
        &input,
        context.now,
    )
    .await
    .map_err(|error| match error {
        SelfCheckEntry::Refused(problem) => WebError::Fields(vec![(
            problem.field().to_owned(),
            words::self_check_problem(t, &problem),
        )]),
        SelfCheckEntry::NoPerson => WebError::NotFound,
        SelfCheckEntry::Store(error) => error.into(),
    })?;
    let detail = serde_json::json!({ "audience": &input.audience, "on": format_iso(on) });
    context
        .audit(&mut tx, &proof, "self_check", &pack.id, detail)
        .await?;
    tx.commit().await?;
    list(context).await
}
