//! The institution's side of questions to vendors: what of them the list and a finding show, and
//! the acts.

use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, card, date, date_time, description_list, note, tag};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button, button_row, date_field, form, hidden, link_button,
    text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::list::{ListQuery, chosen, query_of};
use super::{LIST, authorize, may};
use crate::model::Justification;
use crate::model::request::{Answer, RequestState};
use crate::operations::requests::{self as acts, Chosen};
use crate::store::findings::Finding;
use crate::store::requests::{Question, Request, RequestSums};
use crate::words;

/// How the question to the vendor stands, beside the state in a table.
pub(super) fn mark(t: &Translator, finding: &Finding) -> Markup {
    html! {
        @if let Some(state) = finding.request() {
            @let (tone, word) = words::request_state(t, state);
            br; (tag(tone, word))
        }
    }
}

/// What a vendor says, in words.
pub(super) fn answer(t: &Translator, answer: &Answer) -> Markup {
    let (tone, word) = words::status(t, answer.status);
    let justification = answer
        .justification
        .map(|one| words::justification(t, one).to_owned());
    html! {
        (tag(tone, word)) " "
        @if let Some(justification) = justification { (justification) " " }
        (words::answer_text(t, answer))
    }
}

/// The fields of a question.
fn question_fields(t: &Translator, state: &FormState) -> Markup {
    html! {
        (date_field(t, state, &Field::new("answer_by", t.t("vulnerabilities-field-answer-by"))
            .hint(t.t("vulnerabilities-answer-by-hint"))))
        (text_field(t, state, &Field::new("message", t.t("vulnerabilities-field-message")).longest(500)))
    }
}

/// The card of a finding.
pub(super) fn finding_card(
    context: &Context,
    finding: &Finding,
    request: Option<&Request>,
) -> Markup {
    let t = context.t();
    let here = format!("/vulnerabilities/findings/{}", finding.id);
    // What a former vendor was asked is in the history.
    let request = request.filter(|request| Some(request.vendor_id) == finding.vendor_id);
    let state = request.map(Request::state);
    let may_act = may(context, Action::AssessVulnerabilities);
    let mut entries = vec![(
        t.t("vulnerabilities-field-vendor"),
        html! {
            @match &finding.vendor_name {
                Some(name) => (name),
                None => (t.t("vulnerabilities-vendor-none")),
            }
        },
    )];
    if let Some(request) = request {
        let (tone, word) = words::request_state(t, request.state());
        entries.push((
            t.t("vulnerabilities-field-request"),
            html! {
                (tag(tone, word)) " " (date_time(t, request.asked_at))
                @if !request.message.is_empty() { br; (request.message) }
            },
        ));
        if request.state() == RequestState::Asked {
            entries.push((
                t.t("vulnerabilities-field-answer-by"),
                date(t, request.due_on),
            ));
        }
    }
    let given = request.and_then(Request::answer);
    if let (Some(given), Some(request)) = (&given, request) {
        entries.push((
            t.t("vulnerabilities-field-answer"),
            html! {
                (answer(t, given))
                @if let Some(at) = request.answered_at { br; span.small { (date_time(t, at)) } }
            },
        ));
    }
    let waits = state == Some(RequestState::Answered) && finding.state().is_open();
    let can_take = given
        .as_ref()
        .is_some_and(|given| given.decision(String::new()).is_some());
    let can_ask = finding.vendor_id.is_some()
        && finding.state().is_open()
        && state != Some(RequestState::Asked);
    card(
        t.t("vulnerabilities-vendor-title"),
        html! {
            (description_list(&entries))
            @if finding.vendor_id.is_none() {
                p.small {
                    (t.t("vulnerabilities-vendor-none-why")) " "
                    a href={ "/inventory/assets/" (finding.asset_id) } { (finding.asset_name) }
                }
            }
            @if may_act && waits && can_take {
                (form(t, &Form::post(&format!("{here}/take-over")), html! {
                    p { (t.t("vulnerabilities-take-why")) }
                    (button_row(&Button::primary(t.t("vulnerabilities-take")), &[]))
                }))
            } @else if may_act && waits {
                (note(t, Tone::Caution, html! { (t.t("vulnerabilities-take-choose")) }))
            }
            @if may_act && can_ask {
                (form(t, &Form::post(&format!("{here}/ask")), html! {
                    @let state = FormState::empty().with_id_prefix("ask-");
                    (question_fields(t, &state))
                    (button_row(&Button::secondary(t.t(if state_is_new(request) {
                        "vulnerabilities-ask"
                    } else {
                        "vulnerabilities-ask-again"
                    })), &[]))
                }))
            }
        },
    )
}

const fn state_is_new(request: Option<&Request>) -> bool {
    request.is_none()
}

/// The part of the form under the list for what was chosen.
pub(super) fn bulk(t: &Translator, state: &FormState) -> Markup {
    html! {
        p { (t.t("vulnerabilities-ask-why")) }
        (question_fields(t, state))
        (button_row(&Button::secondary(t.t("vulnerabilities-ask-chosen")).to("/vulnerabilities/ask"), &[
            button(&Button::secondary(t.t("vulnerabilities-take-chosen")).to("/vulnerabilities/take-over")),
        ]))
    }
}

/// How questions stand, with what can be done for all that the filter finds.
pub(super) fn overview(
    context: &Context,
    query: &ListQuery,
    sums: &RequestSums,
    by_itself: bool,
) -> Markup {
    let t = context.t();
    let filter = html! {
        @for (name, value) in query.pairs("") { (hidden(&format!("_{name}"), value)) }
        (hidden("scope", "all"))
    };
    let counted = |key: &str, count: i64| t.t_args(key, args![("count", count)]).into_owned();
    let may_act = may(context, Action::AssessVulnerabilities);
    let is_any = sums.unasked + sums.asked + sums.answered > 0;
    html! {
        @if is_any || by_itself {
            (card(t.t("vulnerabilities-vendor-title"), html! {
                ul {
                    li { a href="/vulnerabilities?vendor=unasked" { (counted("vulnerabilities-vendor-unasked", sums.unasked)) } }
                    li { a href="/vulnerabilities?vendor=asked" { (counted("vulnerabilities-vendor-asked", sums.asked)) } }
                    li { a href="/vulnerabilities?vendor=answered" { (counted("vulnerabilities-vendor-answered", sums.answered)) } }
                }
                @if may_act {
                    @if sums.unasked > 0 {
                        (form(t, &Form::post("/vulnerabilities/ask"), html! {
                            (filter)
                            (button_row(&Button::secondary(t.t("vulnerabilities-ask-all")), &[]))
                        }))
                    }
                    @if sums.answered > 0 {
                        (form(t, &Form::post("/vulnerabilities/take-over"), html! {
                            (filter)
                            (button_row(&Button::secondary(t.t("vulnerabilities-take-all")), &[
                                link_button("/vulnerabilities?vendor=answered", t.t("vulnerabilities-vendor-see-answers"), false),
                            ]))
                        }))
                    }
                    (form(t, &Form::post("/vulnerabilities/ask-by-itself"), html! {
                        (hidden("on", if by_itself { "no" } else { "yes" }))
                        p.small { (t.t(if by_itself { "vulnerabilities-by-itself-on" } else { "vulnerabilities-by-itself-off" })) }
                        (button_row(&Button::quiet(t.t(if by_itself {
                            "vulnerabilities-by-itself-stop"
                        } else {
                            "vulnerabilities-by-itself-start"
                        })), &[]))
                    }))
                }
            }))
        }
    }
}

/// Reads a question; what is wrong stands beside the fields.
fn question_of(context: &Context, state: &mut FormState) -> Option<Question> {
    let t = context.t();
    let due_on = state.read_date(t, "answer_by", t.t("vulnerabilities-field-answer-by"));
    if due_on.is_some_and(|day| day < context.today) {
        state.add_error("answer_by", t.t("vulnerabilities-error-answer-by"));
    }
    let message = state.read_text(t, "message", t.t("vulnerabilities-field-message"), 500);
    (!state.has_errors()).then_some(Question { due_on, message })
}

/// Which findings a form under the list means; nothing: none was chosen.
fn meant(context: &Context, state: &FormState, query: &ListQuery) -> Option<Chosen> {
    if state.value("scope") == "all" {
        return Some(Chosen::Filtered(query.filter(context)));
    }
    let ids: Vec<Uuid> = chosen(state).into_iter().map(|(id, _)| id).collect();
    (!ids.is_empty()).then_some(Chosen::Some(ids))
}

fn asked(count: usize) -> FlashMessage {
    if count == 0 {
        FlashMessage::done("vulnerabilities-asked-none")
    } else {
        FlashMessage::done("vulnerabilities-asked").with("count", count)
    }
}

fn taken(done: acts::Taken) -> FlashMessage {
    let key = match (done.taken, done.left) {
        (0, 0) => "vulnerabilities-taken-none",
        (_, 0) => "vulnerabilities-taken",
        _ => "vulnerabilities-taken-left",
    };
    FlashMessage::done(key)
        .with("count", done.taken)
        .with("left", done.left)
}

pub(super) async fn ask(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::AssessVulnerabilities>()
        .await?;
    let query = query_of(&state);
    let Some(meant) = meant(&context, &state, &query) else {
        state.add_form_error(context.t().t("vulnerabilities-error-none-chosen"));
        return super::list::show(&context, &query, state).await;
    };
    let Some(question) = question_of(&context, &mut state) else {
        return super::list::show(&context, &query, state).await;
    };
    let count = acts::ask(&context, &proof, meant, &question).await?;
    Ok(context.redirect(&query.link(LIST, None), asked(count)))
}

pub(super) async fn take_over(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::AssessVulnerabilities>()
        .await?;
    let query = query_of(&state);
    let Some(meant) = meant(&context, &state, &query) else {
        state.add_form_error(context.t().t("vulnerabilities-error-none-chosen"));
        return super::list::show(&context, &query, state).await;
    };
    let done = acts::take_over(&context, &proof, meant).await?;
    Ok(context.redirect(&query.link(LIST, None), taken(done)))
}

pub(super) async fn by_itself(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_own::<actions::AssessVulnerabilities>()
        .await?;
    let on = state.value("on") == "yes";
    acts::set_asks_by_itself(&context, &proof, on).await?;
    let key = if on {
        "vulnerabilities-by-itself-started"
    } else {
        "vulnerabilities-by-itself-stopped"
    };
    Ok(context.redirect(LIST, FlashMessage::done(key)))
}

pub(super) async fn ask_one(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::AssessVulnerabilities>(&context, id).await?;
    let here = format!("/vulnerabilities/findings/{id}");
    let Some(question) = question_of(&context, &mut state) else {
        let first = state.errors().first().map(|error| error.message.clone());
        return super::finding::show_with(&context, id, first).await;
    };
    let count = acts::ask(&context, &proof, Chosen::Some(vec![id]), &question).await?;
    Ok(context.redirect(&here, asked(count)))
}

pub(super) async fn take_one(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::AssessVulnerabilities>(&context, id).await?;
    let done = acts::take_over(&context, &proof, Chosen::Some(vec![id])).await?;
    Ok(context.redirect(&format!("/vulnerabilities/findings/{id}"), taken(done)))
}

/// The justifications as choices, for the vendor's form.
pub(super) fn justifications(t: &Translator) -> Vec<(&'static str, &str)> {
    Justification::ALL
        .map(|one| (one.code(), words::justification(t, one)))
        .to_vec()
}
