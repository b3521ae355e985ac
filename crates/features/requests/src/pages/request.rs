//! One request: what was asked for, its whole way, and what the reader can do to it.

use axum::body::Body;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use maud::{Markup, html};
use serde_json::json;
use uuid::Uuid;
use yagura_documents::pdf::render_pdf;
use yagura_evidence::MediaType;
use yagura_packs::{RouteStep, Seat, StepAct};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Tone, card, date, date_time, description_list, details, due, note, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button, button_row, error_summary, form, hidden, link_button,
    textarea,
};
use yagura_web::{Context, WebError, attachment as disposition};

use super::fields::answered;
use super::{DESK, crumbs, with_status};
use crate::documents;
use crate::model::engine::{capacity_at, is_granted, may_recall, waits_for};
use crate::model::{Capacity, Decision, Standing, StepProgress, StepState, Verdict};
use crate::operations::{self, Opened, RESOURCE};
use crate::store::{self, EventRow, KeptFile};
use crate::words;

/// The request.
pub(super) async fn page(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    show(&context, &opened, &FormState::empty(), StatusCode::OK).await
}

/// The same with what was typed and what is wrong with it.
pub(super) async fn show(
    context: &Context,
    opened: &Opened,
    state: &FormState,
    status: StatusCode,
) -> Result<Response, WebError> {
    let t = context.t();
    let request = &opened.request;
    let database = context.database();
    let files = store::files_of_request(database, &opened.proof, request.id).await?;
    let events = store::events_of(database, &opened.proof, request.id).await?;
    let spec = &opened.stored.form;
    let base = format!("{DESK}/{}", request.id);
    let title = format!(
        "{} {}",
        request.label(),
        words::text(t, &opened.stored.title)
    );
    let mut frame = context.frame(title);
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (words::standing_tag(t, &request.course)) " " (request.subject) });
    frame.actions = Some(link_button(
        &format!("{base}/request.pdf"),
        t.t("requests-print"),
        false,
    ));
    let entries: Vec<(&str, Markup)> = answered(spec, &request.answers)
        .map(|field| {
            let given = request.answers.of(&field.id);
            let shown = words::answer(t, field, given, &files, Some(&base));
            (words::text(t, &field.label), shown)
        })
        .collect();
    let left = !opened.snapshot.people.present.contains(&request.filer);
    let body = html! {
        (error_summary(t, &of_card(state)))
        @if request.course.is_only_recorded() {
            (note(t, Tone::Caution, html! { (t.t("requests-only-recorded")) }))
        } @else if request.course.is_partly_recorded() {
            (note(t, Tone::Caution, html! { (t.t("requests-partly-recorded")) }))
        }
        @if left && !request.course.standing.is_closed() {
            (note(t, Tone::Caution, html! { (t.t("requests-filer-left")) }))
        }
        @if request.filer == opened.me && request.course.standing == Standing::Waiting
            && !spec.after_filing.is_empty() {
            (note(t, Tone::Info, html! { (words::text(t, &spec.after_filing)) }))
        }
        (for_requester(context, opened, state))
        (card(t.t("requests-answers"), html! {
            (description_list(&[
                (t.t("requests-filer"), html! { (words::name(t, &opened.snapshot, request.filer)) }),
                (t.t("requests-filed-on"), date_time(t, request.filed_at)),
            ]))
            (description_list(&entries))
        }))
        // What is to be decided is read first.
        (for_decider(context, opened, state))
        (card(t.t("requests-way"), way(context, opened)))
        (details(t.t("requests-timeline"), timeline(context, opened, &events)))
    };
    Ok(with_status(context.respond(frame, body).await?, status))
}

/// The card in which something was typed: its fields have ids of their own, and errors lead to them.
fn card_of(state: &FormState) -> Option<String> {
    let (step, seat) = (state.value("step"), state.value("seat"));
    (!step.is_empty()).then(|| format!("{step}-{seat}"))
}

/// What was typed, with the ids of its card.
fn of_card(state: &FormState) -> FormState {
    match card_of(state) {
        Some(card) => state.clone().with_id_prefix(card),
        None => state.clone(),
    }
}

/// What the requester can do: answer, withdraw, begin anew.
fn for_requester(context: &Context, opened: &Opened, state: &FormState) -> Markup {
    let t = context.t();
    let request = &opened.request;
    if request.filer != opened.me {
        return html! {};
    }
    let base = format!("{DESK}/{}", request.id);
    let revision = request.revision.to_string();
    let may_withdraw =
        !request.course.standing.is_closed() && !is_granted(&opened.stored.form, &request.course);
    html! {
        @if let Some(question) = &request.course.question {
            (card(t.t("requests-question"), html! {
                p { (words::name(t, &opened.snapshot, question.by)) " (" (words::seat(t, question.seat)) ") " (date_time(t, question.at)) }
                p { b { (words::lines(&question.text)) } }
                (form(t, &Form::post(&format!("{base}/answer")), html! {
                    (hidden("revision", &revision))
                    (textarea(t, state, &Field::new("answer", t.t("requests-your-answer")).required().rows(3)))
                    (button_row(&Button::primary(t.t("requests-send-answer")), &[]))
                }))
            }))
        }
        @if may_withdraw {
            (details(t.t("requests-withdraw"), html! {
                p { (t.t("requests-withdraw-means")) }
                (form(t, &Form::post(&format!("{base}/withdraw")), html! {
                    (hidden("revision", &revision))
                    (textarea(t, state, &Field::new("withdrawal", t.t("requests-withdraw-why")).rows(2)))
                    (button(&Button::danger(t.t("requests-withdraw"))))
                }))
            }))
        }
        @if request.course.standing.is_closed() {
            (form(t, &Form::post(&format!("{base}/copy")), html! {
                (button(&Button::secondary(t.t("requests-copy"))))
            }))
        }
    }
}

/// What those can do for whom it waits: on one screen, seat by seat.
fn for_decider(context: &Context, opened: &Opened, state: &FormState) -> Markup {
    let t = context.t();
    let request = &opened.request;
    let course = &request.course;
    let me = opened.me;
    let seats: Vec<(&StepState, Seat, &RouteStep)> = course
        .open_seats()
        .filter(|(_, seat, _)| {
            capacity_at(&opened.snapshot.people, course.filer, seat, me).is_some()
        })
        .filter_map(|(step, seat, _)| {
            let spec = opened.stored.form.step(&step.step)?;
            Some((step, seat.seat, spec))
        })
        .collect();
    let recallable: Vec<(&StepState, Seat)> = course
        .steps
        .iter()
        .flat_map(|step| step.seats.iter().map(move |seat| (step, seat.seat)))
        .filter(|(step, seat)| may_recall(&opened.stored.form, course, &step.step, *seat, me))
        .collect();
    html! {
        @for (step, seat, spec) in &seats {
            (decision_card(context, opened, state, step, *seat, spec))
        }
        @if seats.is_empty() && course.standing == Standing::Returned && request.filer != me {
            (note(t, Tone::Info, html! { (t.t("requests-waits-for-answer")) }))
        }
        @for (step, seat) in &recallable {
            (details(t.t("requests-recall"), html! {
                p { (t.t("requests-recall-means")) }
                (form(t, &Form::post(&format!("{DESK}/{}/recall", request.id)), html! {
                    (hidden("revision", &request.revision.to_string()))
                    (hidden("step", &step.step))
                    (hidden("seat", seat.code()))
                    (button(&Button::secondary(t.t("requests-recall"))))
                }))
            }))
        }
    }
}

fn decision_card(
    context: &Context,
    opened: &Opened,
    state: &FormState,
    step: &StepState,
    seat: Seat,
    spec: &RouteStep,
) -> Markup {
    let t = context.t();
    let request = &opened.request;
    let carries = spec.act == StepAct::CarryOut;
    let title = t.t_args(
        "requests-your-decision",
        args![
            ("step", words::text(t, &spec.title)),
            ("seat", words::seat(t, seat))
        ],
    );
    let own = format!("{}-{}", spec.id, seat.code());
    // What was typed belongs to one card; the others are as they were.
    let state = if card_of(state).as_ref() == Some(&own) {
        of_card(state)
    } else {
        FormState::empty().with_id_prefix(own)
    };
    let place = step.seats.iter().find(|other| other.seat == seat);
    let capacity = place
        .and_then(|place| capacity_at(&opened.snapshot.people, request.filer, place, opened.me));
    let is_alone = capacity == Some(Capacity::Alone);
    let as_what = capacity.and_then(|capacity| words::capacity(t, &opened.snapshot, capacity));
    card(
        &title,
        html! {
            @if let Some(as_what) = as_what { p { b { (as_what) } } }
            @if let StepProgress::Open { due: day, .. } = step.progress {
                p { (t.t("requests-due")) " " (date(t, day)) " " (due(t, day, context.today)) }
            }
            (form(t, &Form::post(&format!("{DESK}/{}/decide", request.id)), html! {
                (hidden("revision", &request.revision.to_string()))
                (hidden("step", &step.step))
                (hidden("seat", seat.code()))
                (textarea(t, &state, &Field::new("note", t.t("requests-note")).hint(t.t("requests-note-hint")).rows(2)))
                @if is_alone && !carries {
                    p { (t.t("requests-record-means")) }
                    (button_row(&Button::primary(t.t("requests-record")).sending("verdict", "recorded"), &[]))
                } @else if is_alone {
                    (button_row(&Button::primary(t.t("requests-done")).sending("verdict", "done"), &[]))
                } @else if carries {
                    (button_row(&Button::primary(t.t("requests-done")).sending("verdict", "done"), &[
                        button(&Button::secondary(t.t("requests-ask")).sending("verdict", "ask")),
                    ]))
                } @else {
                    (button_row(&Button::primary(t.t("requests-grant")).sending("verdict", "granted"), &[
                        button(&Button::secondary(t.t("requests-ask")).sending("verdict", "ask")),
                        button(&Button::danger(t.t("requests-reject")).sending("verdict", "rejected")),
                    ]))
                }
            }))
        },
    )
}

/// Step by step: who decided as what, for whom it waits, what was left out or shortened.
fn way(context: &Context, opened: &Opened) -> Markup {
    let t = context.t();
    let course = &opened.request.course;
    html! {
        ol {
            @for (step, spec) in course.steps.iter().zip(&opened.stored.form.route) {
                li {
                    b { (words::text(t, &spec.title)) } " "
                    @match step.progress {
                        StepProgress::Skipped => (tag(Tone::Neutral, t.t("requests-skipped"))),
                        StepProgress::Later => (tag(Tone::Neutral, t.t("requests-later"))),
                        StepProgress::Over { .. } => (tag(Tone::Success, t.t("requests-over"))),
                        StepProgress::Open { due: day, .. } if !course.standing.is_closed() => {
                            (tag(Tone::Info, t.t("requests-open"))) " " (due(t, day, context.today))
                        }
                        StepProgress::Open { .. } => {}
                    }
                    @if step.progress != StepProgress::Skipped {
                        @for seat in &step.seats {
                            br; (words::seat(t, seat.seat)) ": "
                            @match &seat.decision {
                                Some(decision) => (decided(context, opened, decision)),
                                None if step.is_open() && !course.standing.is_closed() => {
                                    @let deciders = waits_for(&opened.snapshot.people, course.filer, seat);
                                    @if deciders.is_empty() { (t.t("requests-nobody")) }
                                    @for (at, decider) in deciders.iter().take(5).enumerate() {
                                        @if at > 0 { "、" }
                                        (words::name(t, &opened.snapshot, decider.person))
                                        @if let Some(what) = words::capacity(t, &opened.snapshot, decider.capacity) {
                                            " (" (what) ")"
                                        }
                                    }
                                }
                                None => "―",
                            }
                        }
                    }
                }
            }
        }
    }
}

fn decided(context: &Context, opened: &Opened, decision: &Decision) -> Markup {
    let t = context.t();
    if decision.verdict == Verdict::Recorded {
        // Nobody decided, so nobody is named.
        return html! {
            b { (words::verdict(t, decision.verdict)) } " " (date_time(t, decision.at))
            @if !decision.note.is_empty() { br; (words::lines(&decision.note)) }
        };
    }
    html! {
        (words::name(t, &opened.snapshot, decision.by))
        @if let Some(what) = words::capacity(t, &opened.snapshot, decision.capacity) { " (" (what) ")" }
        " " b { (words::verdict(t, decision.verdict)) } " " (date_time(t, decision.at))
        @if let Some((_, first)) = &decision.together_with {
            br; b { (t.t_args("requests-together", args![("seat", words::seat(t, *first))])) }
        }
        @if !decision.note.is_empty() { br; (words::lines(&decision.note)) }
    }
}

fn timeline(context: &Context, opened: &Opened, events: &[EventRow]) -> Markup {
    let t = context.t();
    html! {
        ol {
            @for event in events {
                li {
                    (date_time(t, event.at)) " "
                    (documents::event_by(t, event)) " "
                    b { (documents::event_words(t, &opened.stored, event)) }
                    @if let Some(text) = event.text_of("text").or_else(|| event.text_of("note")).filter(|text| !text.is_empty()) {
                        br; (words::lines(text))
                    }
                }
            }
        }
    }
}

/// The paper of a request with its decisions.
pub(super) async fn pdf(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    let database = context.database();
    let files = store::files_of_request(database, &opened.proof, id).await?;
    let events = store::events_of(database, &opened.proof, id).await?;
    let document = documents::paper(&context, &opened, &files, &events);
    let name = format!("{}.pdf", opened.request.label());
    context
        .audit_read(&opened.proof, RESOURCE, id, json!({ "printed": true }))
        .await?;
    let bytes = context
        .app
        .make_document(move || render_pdf(&document))
        .await?;
    Ok(file_response("application/pdf", &name, bytes))
}

/// A file that is made, to be saved.
pub(super) fn file_response(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, disposition(name)),
    ];
    (headers, bytes).into_response()
}

/// A file that goes with a request, to be saved.
pub(super) async fn attachment(
    context: Context,
    PathOf((id, file)): PathOf<(Uuid, Uuid)>,
) -> Result<Response, WebError> {
    let opened = operations::open(&context, id).await?;
    let kept: KeptFile = store::file(context.database(), &opened.proof, id, file).await?;
    let detail = json!({ "file": kept.hash, "name": kept.file_name });
    context
        .audit_read(&opened.proof, RESOURCE, id, detail)
        .await?;
    let content = context.app.blobs().open(&kept.hash).await?;
    let mut response = Response::new(Body::from_stream(content.boxed()));
    let mime = MediaType::from_code(&kept.media_type)
        .map_or("application/octet-stream", |kind| kind.mime());
    for (name, value) in [
        (CONTENT_TYPE, mime.to_owned()),
        (CONTENT_LENGTH, kept.size.to_string()),
        (CONTENT_DISPOSITION, disposition(&kept.file_name)),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
