//! What is done to a request: decided, asked, answered, withdrawn, taken back, begun anew.

use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;
use yagura_packs::{FieldKind, Seat};
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::ui::forms::FormState;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError, see_other};

use super::request::show;
use super::{DESK, WORKLIST};
use crate::model::{Act, Refusal, Verdict};
use crate::operations::{self, Opened};
use crate::store::{self, Request};

/// Shows what came of an act: the page again with what is wrong, or with what somebody else did.
async fn after(
    context: &Context,
    opened: Opened,
    state: FormState,
    field: &str,
    done: Result<Request, WebError>,
    to: &str,
    message: &'static str,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut state = state;
    match done {
        Ok(request) => Ok(context.redirect(
            to,
            FlashMessage::done(message).with("number", request.label()),
        )),
        Err(WebError::Invalid { key, .. }) => {
            let words = t.find(key).unwrap_or_default().to_owned();
            // What is wrong with what was typed stands at its field; the rest is the whole's.
            let at_field = [Refusal::NoWords, Refusal::TooLong, Refusal::WrongVerdict];
            if at_field.iter().any(|refusal| refusal.message_key() == key) {
                state.add_error(field, words);
            } else {
                state.add_form_error(words);
            }
            show(context, &opened, &state, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) if is_conflict(&error) => {
            let again = operations::open(context, opened.request.id).await?;
            state.add_form_error(t.t("requests-changed-meanwhile"));
            show(context, &again, &state, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error),
    }
}

fn is_conflict(error: &WebError) -> bool {
    match error {
        WebError::Conflict => true,
        WebError::Store(error) => matches!(**error, StoreError::Conflict),
        _ => false,
    }
}

fn revision(state: &FormState) -> Option<i64> {
    state.value("revision").parse().ok()
}

/// The step and seat that a form names.
fn place(state: &FormState) -> Option<(String, Seat)> {
    let seat = Seat::from_code(state.value("seat"))?;
    Some((state.value("step").to_owned(), seat))
}

/// The page with what cannot be done, said at its field.
async fn wrong(
    context: &Context,
    opened: &Opened,
    mut state: FormState,
    refusal: Refusal,
) -> Result<Response, WebError> {
    let words = context.t().find(refusal.message_key()).unwrap_or_default();
    state.add_error("note", words);
    show(context, opened, &state, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// Decides, or returns it with a question.
pub(super) async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    let verdict = match state.value("verdict") {
        "granted" => Some(Verdict::Granted),
        "rejected" => Some(Verdict::Rejected),
        "done" => Some(Verdict::Done),
        "recorded" => Some(Verdict::Recorded),
        "ask" => None,
        _ => return wrong(&context, &opened, state, Refusal::WrongVerdict).await,
    };
    let Some((step, seat)) = place(&state) else {
        return wrong(&context, &opened, state, Refusal::NotWaiting).await;
    };
    let words = state.value("note").to_owned();
    let act = match verdict {
        Some(verdict) => Act::Decide {
            step,
            seat,
            verdict,
            note: words,
        },
        None => Act::Ask {
            step,
            seat,
            text: words,
        },
    };
    let done = operations::decide_request(&context, &opened, revision(&state), &act).await;
    let message = match verdict {
        Some(Verdict::Granted) => "requests-was-granted",
        Some(Verdict::Rejected) => "requests-was-rejected",
        Some(Verdict::Done) => "requests-was-done",
        Some(Verdict::Recorded) => "requests-was-recorded",
        None => "requests-was-asked",
    };
    after(&context, opened, state, "note", done, WORKLIST, message).await
}

/// Takes a decision back.
pub(super) async fn recall(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    let (step, seat) = place(&state).ok_or(Refusal::CannotRecall)?;
    let act = Act::Recall { step, seat };
    let done = operations::decide_request(&context, &opened, revision(&state), &act).await;
    let to = format!("{DESK}/{id}");
    after(
        &context,
        opened,
        state,
        "note",
        done,
        &to,
        "requests-was-recalled",
    )
    .await
}

/// Answers the question.
pub(super) async fn answer(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    let act = Act::Answer {
        text: state.value("answer").to_owned(),
    };
    let done = operations::of_requester(&context, &opened, revision(&state), &act).await;
    let to = format!("{DESK}/{id}");
    after(
        &context,
        opened,
        state,
        "answer",
        done,
        &to,
        "requests-was-answered",
    )
    .await
}

/// Withdraws it.
pub(super) async fn withdraw(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    let act = Act::Withdraw {
        note: state.value("withdrawal").to_owned(),
    };
    let done = operations::of_requester(&context, &opened, revision(&state), &act).await;
    let to = format!("{DESK}/{id}");
    after(
        &context,
        opened,
        state,
        "withdrawal",
        done,
        &to,
        "requests-was-withdrawn",
    )
    .await
}

/// Begins a draft with the same answers, in the form that is in force.
pub(super) async fn copy(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(_): SubmittedForm,
) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    if opened.request.filer != opened.me {
        return Err(Refusal::NotRequester.into());
    }
    let library = context.app.packs();
    let form = store::in_force(
        context.database(),
        &library,
        opened.request.organization,
        &opened.request.form_key,
        context.today,
    )
    .await?;
    // Files stay with the request that they were filed with.
    let (mut answers, _) = opened.request.answers.fitted(&form.stored.form);
    for field in &form.stored.form.fields {
        if field.kind == FieldKind::File {
            answers.set(&field.id, []);
        }
    }
    let mut tx = context.database().begin().await?;
    let draft = store::save_draft(
        &mut tx,
        &opened.proof,
        context.app.ids(),
        opened.me,
        None,
        &form,
        &answers,
        context.now,
    )
    .await?;
    tx.commit().await?;
    Ok(see_other(&format!("{DESK}/drafts/{draft}/edit")))
}
