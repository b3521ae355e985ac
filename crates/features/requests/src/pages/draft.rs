//! The last look before filing: what was answered and who will decide.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_packs::{FieldKind, StepAct};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, card, description_list, note, tag};
use yagura_web::ui::forms::{Button, Form, button, button_row, form, hidden, link_button};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError, see_other};

use super::fields::{answered, gaps};
use super::fill::{newer, of_draft};
use super::{DESK, crumbs, with_status};
use crate::model::{Capacity, check_answers, plan};
use crate::operations::{self, me};
use crate::store::{self, FormVersion, Snapshot};
use crate::words;

/// The draft with its way.
pub(super) async fn page(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    match show(&context, id, html! {}).await {
        Err(error) => filed(&context, id).await?.ok_or(error),
        shown => shown,
    }
}

/// Where a draft was filed already, the way to what it became: whoever sends it twice loses nothing.
async fn filed(context: &Context, draft: Uuid) -> Result<Option<Response>, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let me = me(context)?;
    let mut tx = context.database().begin().await?;
    let became = store::request_of_draft(&mut tx, &proof, me, draft).await?;
    tx.commit().await?;
    Ok(became.map(|id| see_other(&format!("{DESK}/{id}"))))
}

async fn show(context: &Context, id: Uuid, above: Markup) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let me = me(context)?;
    let (draft, version, files) = of_draft(context, &proof, id).await?;
    let snapshot = store::snapshot(context.database(), proof.organization(), context.today).await?;
    let newer = newer(context, &version).await?;
    let t = context.t();
    let spec = &version.stored.form;
    let complete = check_answers(spec, &draft.answers, context.today).is_empty();
    let kept = draft.answers.kept(spec);
    let entries: Vec<(&str, Markup)> = answered(spec, &draft.answers)
        .map(|field| {
            let given = words::answer(t, field, kept.of(&field.id), &files, None);
            (words::text(t, &field.label), given)
        })
        .collect();
    let base = format!("{DESK}/drafts/{id}");
    let file = format!("{base}/file");
    let mut frame = context.frame(words::text(t, &version.stored.title));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (t.t("requests-screen-confirm")) });
    let body = html! {
        (above)
        (gaps(context, id, spec, &draft.answers))
        @if newer.is_some() {
            (note(t, Tone::Caution, html! { (t.t("requests-form-changed")) }))
        }
        @if complete {
            (form(t, &Form::post(&file), html! {
                (hidden("revision", &draft.revision.to_string()))
                @if newer.is_some() {
                    (button_row(
                        &Button::primary(t.t("requests-move-to-new")).sending("version", "new"),
                        &[button(&Button::secondary(t.t("requests-file-under-old")).sending("version", "old"))],
                    ))
                } @else {
                    (button_row(&Button::primary(t.t("requests-file")), &[]))
                }
            }))
        }
        p {
            (link_button(&format!("{base}/edit"), t.t("requests-correct"), !complete))
        }
        (card(t.t("requests-answers"), description_list(&entries)))
        (card(t.t("requests-way"), way(context, &version, &snapshot, me, &draft.answers)))
        (form(t, &Form::post(&format!("{base}/discard")), html! {
            (hidden("revision", &draft.revision.to_string()))
            (button(&Button::quiet(t.t("requests-discard"))))
        }))
    };
    context.respond(frame, body).await
}

/// The way that the request would take, with what is shortened.
fn way(
    context: &Context,
    version: &FormVersion,
    snapshot: &Snapshot,
    me: yagura_kernel::id::PersonId,
    answers: &crate::model::Answers,
) -> Markup {
    let t = context.t();
    let spec = &version.stored.form;
    let planned = plan(spec, &snapshot.people, me, answers);
    html! {
        ol {
            @for one in planned.iter().filter(|one| !one.skipped) {
                @if let Some(step) = spec.route.get(one.step) {
                    li {
                        b { (words::text(t, &step.title)) } " " (tag(Tone::Neutral, words::act(t, step.act)))
                        @for (seat, deciders) in &one.seats {
                            br; (words::seat(t, *seat)) ": "
                            @if deciders.is_empty() { (t.t("requests-nobody")) }
                            @if step.act == StepAct::Decide && deciders.iter().any(|one| one.capacity == Capacity::Alone) {
                                b { (t.t("requests-verdict-recorded")) }
                            } @else {
                            @for (at, decider) in deciders.iter().take(4).enumerate() {
                                @if at > 0 { "、" }
                                (words::name(t, snapshot, decider.person))
                                @if let Some(as_what) = words::capacity(t, snapshot, decider.capacity) {
                                    " (" (as_what) ")"
                                }
                            }
                            }
                        }
                        @if one.together_with.is_some() {
                            br; b { (t.t("requests-together-planned")) }
                        }
                        br; span.small { (t.t_args("requests-within-days", args![("days", step.due_days)])) }
                    }
                }
            }
        }
    }
}

/// Files it. Where the form was changed meanwhile, the requester chooses the version.
pub(super) async fn file(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let me = me(&context)?;
    let (draft, version, files) = match of_draft(&context, &proof, id).await {
        Ok(found) => found,
        Err(error) => return filed(&context, id).await?.ok_or(error),
    };
    let t = context.t();
    let revision = state.value("revision").parse().unwrap_or(draft.revision);
    if let Some(newer) = newer(&context, &version).await? {
        match state.value("version") {
            "old" => {}
            "new" => {
                let mut tx = context.database().begin().await?;
                let (ids, known) = (context.app.ids(), Some((id, revision)));
                let spec = &newer.stored.form;
                let (answers, dropped) = draft.answers.fitted(spec);
                let gone = files.iter().filter(|file| {
                    let field = spec.field(&file.field);
                    field.is_none_or(|field| field.kind != FieldKind::File)
                });
                for file in gone {
                    store::forget_file(&mut tx, &proof, id, file.id).await?;
                }
                store::save_draft(
                    &mut tx,
                    &proof,
                    ids,
                    me,
                    known,
                    &newer,
                    &answers,
                    context.now,
                )
                .await?;
                tx.commit().await?;
                let moved = if dropped.is_empty() {
                    FlashMessage::done("requests-moved-to-new")
                } else {
                    let labels = dropped.iter().filter_map(|field| spec.field(field));
                    let labels = labels.map(|field| words::text(t, &field.label));
                    FlashMessage::failed("requests-moved-to-new-dropped")
                        .with("fields", labels.collect::<Vec<_>>().join("、"))
                };
                return Ok(context.redirect(&format!("{DESK}/drafts/{id}/edit"), moved));
            }
            _ => {
                let response = show(&context, id, html! {}).await?;
                return Ok(with_status(response, StatusCode::CONFLICT));
            }
        }
    }
    if !check_answers(&version.stored.form, &draft.answers, context.today).is_empty() {
        let response = show(&context, id, html! {}).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let from = Some((id, revision));
    match operations::file(&context, &proof, &version, &draft.answers, from).await {
        Ok(request) => Ok(context.redirect(
            &format!("{DESK}/{}", request.id),
            FlashMessage::done("requests-filed").with("number", request.label()),
        )),
        Err(WebError::Invalid { key, .. }) => {
            let why = note(t, Tone::Danger, html! { (t.find(key).unwrap_or_default()) });
            let response = show(&context, id, why).await?;
            Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY))
        }
        // Sent twice at once: the other was first.
        Err(error) => filed(&context, id).await?.ok_or(error),
    }
}

/// Throws it away.
pub(super) async fn discard(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let me = me(&context)?;
    let (draft, _, files) = of_draft(&context, &proof, id).await?;
    let revision = state.value("revision").parse().unwrap_or(draft.revision);
    let mut tx = context.database().begin().await?;
    for file in files {
        store::forget_file(&mut tx, &proof, id, file.id).await?;
    }
    store::forget_draft(&mut tx, &proof, me, id, revision).await?;
    tx.commit().await?;
    Ok(context.redirect(DESK, FlashMessage::done("requests-discarded")))
}
