//! One finding: what it rests on, what to do, what happened.

use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::format_iso;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, description_list, due, note,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, date_field, error_summary, form, hidden, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{crumbs, may, unprocessable, worklist};
use crate::store::{self, FindingRow, Task};
use crate::{operations, words};

const EVENTS: i64 = 50;

/// The finding, where one may read it.
async fn read(context: &Context, id: Uuid) -> Result<(store::Read, FindingRow), WebError> {
    let owner = store::finding_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::ReadAccounts>(owner).await?;
    let finding = store::finding(context.database(), &proof, id).await?;
    Ok((proof, finding))
}

pub(super) async fn page(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    show(&context, id, FormState::empty(), false).await
}

async fn show(
    context: &Context,
    id: Uuid,
    state: FormState,
    accepting: bool,
) -> Result<Response, WebError> {
    let (proof, finding) = read(context, id).await?;
    let t = context.t();
    let database = context.database();
    let account = match finding.account_id {
        Some(account) => Some(store::account(database, proof.organization(), account).await?),
        None => None,
    };
    let events = store::events(database, &proof, id, EVENTS).await?;
    let name = worklist::account_label(t, &finding);
    let mut frame = context.frame(format!("{} — {name}", words::kind(t, &finding.kind)));
    frame.breadcrumbs = crumbs(context, None);
    frame.lede = Some(html! { (words::advice(t, &finding.kind)) });
    let faulty = state.has_errors();
    let here = format!("/accounts/findings/{id}");
    // A day is proposed, so that one press is enough.
    let days = if finding.gravity == 4 { 7 } else { 30 };
    let proposed = context.now.plus_days(days).jst_date();
    let plain = FormState::empty().with("due_on", format_iso(proposed));
    let state = if faulty { state } else { plain.clone() };
    let (tasking, accepting) = if accepting {
        (&plain, &state)
    } else {
        (&state, &plain)
    };
    let runs = finding.state().is_running();
    let body = html! {
        (error_summary(t, &state))
        (card(t.t("accounts-finding"), facts(context, &finding)))
        @if let Some(row) = &account {
            @let facts: Vec<(&str, Markup)> = words::facts(t, &row.account()).into_iter()
                .filter_map(|(key, value)| Some((t.find(key)?, value))).collect();
            (card(t.t("accounts-account"), html! {
                (description_list(&facts))
                p { a href={ "/accounts/of/" (row.id) } { (t.t("accounts-whose")) } }
            }))
        }
        @if runs && may(context, Action::EditAccounts) {
            (card(t.t("accounts-task"), html! {
                p { (t.t("accounts-task-why")) }
                (form(t, &Form::post(&format!("{here}/task")), html! {
                    (hidden("revision", &finding.revision.to_string()))
                    (date_field(t, tasking, &Field::new("due_on", t.t("accounts-task-due")).required()))
                    (text_field(t, tasking, &Field::new("note", t.t("accounts-task-note")).longest(500)))
                    (button_row(&Button::primary(t.t("accounts-task-button")), &[]))
                }))
            }))
        }
        @if runs && may(context, Action::AcceptAccounts) {
            (card(t.t("accounts-accept"), html! {
                p { (t.t("accounts-accept-why")) }
                (form(t, &Form::post(&format!("{here}/accept")), html! {
                    (hidden("revision", &finding.revision.to_string()))
                    @let state = accepting.clone().with_id_prefix("accept-");
                    (date_field(t, &state, &Field::new("until", t.t("accounts-accept-until")).required()))
                    (text_field(t, &state, &Field::new("reason", t.t("accounts-accept-reason")).required().longest(1_000)))
                    (button_row(&Button::secondary(t.t("accounts-accept-button")), &[]))
                }))
            }))
        }
        @if !events.is_empty() { (history(context, &events)) }
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        unprocessable(response)
    } else {
        response
    })
}

fn facts(context: &Context, finding: &FindingRow) -> Markup {
    let t = context.t();
    let grounds = finding.grounds();
    let mut entries = vec![
        (
            t.t("accounts-field-account"),
            html! { code { (worklist::account_label(t, finding)) } " " (finding.account_name) },
        ),
        (
            t.t("accounts-field-source"),
            html! { a href={ "/accounts/sources/" (finding.source_id) } { (finding.source_name) } },
        ),
        (
            t.t("accounts-field-gravity"),
            words::gravity_tag(t, finding.gravity),
        ),
        (
            t.t("accounts-field-grounds"),
            html! { ul { @for ground in &grounds { li { (words::ground(t, ground)) } } } },
        ),
        (
            t.t("accounts-field-state"),
            words::state_tag(t, &finding.state),
        ),
    ];
    if !finding.owner_name.is_empty() {
        let owner = html! { (finding.owner_name) };
        entries.push((t.t("accounts-field-owner"), owner));
    }
    if let Some(day) = finding.due_on {
        entries.push((t.t("accounts-task-due"), due(t, day, context.today)));
    }
    if let Some(until) = finding.accepted_until {
        let words = t.t_args("accounts-until", args![("date", t.date(until))]);
        entries.push((t.t("accounts-accept-until"), html! { (words) }));
    }
    if !finding.note.is_empty() {
        entries.push((t.t("accounts-task-note"), html! { (finding.note) }));
    }
    html! {
        (description_list(&entries))
        @if let Some(proof) = &finding.proof {
            (note(t, Tone::Success, html! { p { (words::proof(t, proof)) } }))
        }
    }
}

fn history(context: &Context, events: &[store::Event]) -> Markup {
    let t = context.t();
    let rows = events
        .iter()
        .map(|event| {
            let noted = event.detail.get("note").and_then(serde_json::Value::as_str);
            TableRow::new(vec![
                date_time(t, event.at),
                html! { (event.by_name.as_deref().unwrap_or(t.t("accounts-by-program"))) },
                html! { (words::event(t, &event.event)) " " (noted.unwrap_or_default()) },
            ])
        })
        .collect();
    card(
        t.t("accounts-history"),
        data_table(&Table::new(
            t.t("accounts-history"),
            vec![
                Column::text(t.t("accounts-event-at")),
                Column::text(t.t("accounts-event-by")),
                Column::text(t.t("accounts-event")),
            ],
            rows,
        )),
    )
}

fn revision(state: &FormState) -> Result<i64, WebError> {
    let text = state.value("revision");
    text.parse()
        .map_err(|_| WebError::invalid("error-not-a-form"))
}

pub(super) async fn task(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let owner = store::finding_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let (_, finding) = read(&context, id).await?;
    let t = context.t();
    let due_on = state.read_required_date(t, "due_on", t.t("accounts-task-due"));
    let note = state.read_text(t, "note", t.t("accounts-task-note"), 500);
    let Some(due_on) = due_on.filter(|_| !state.has_errors()) else {
        return show(&context, id, state, false).await;
    };
    let task = Task {
        due_on,
        note: &note,
    };
    operations::set_task(&context, &proof, &finding, revision(&state)?, &task).await?;
    let here = format!("/accounts/findings/{id}");
    Ok(context.redirect(&here, FlashMessage::done("accounts-task-done")))
}

pub(super) async fn accept(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let owner = store::finding_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::AcceptAccounts>(owner).await?;
    let (_, finding) = read(&context, id).await?;
    let t = context.t();
    let until = state.read_required_date(t, "until", t.t("accounts-accept-until"));
    if until.is_some_and(|until| until < context.today) {
        state.add_error("until", t.t("accounts-accept-past"));
    }
    let reason = state.read_required(t, "reason", t.t("accounts-accept-reason"), 1_000);
    let (Some(until), Some(reason)) = (until, reason) else {
        return show(&context, id, state, true).await;
    };
    if state.has_errors() {
        return show(&context, id, state, true).await;
    }
    operations::accept(
        &context,
        &proof,
        &finding,
        revision(&state)?,
        until,
        &reason,
    )
    .await?;
    let here = format!("/accounts/findings/{id}");
    Ok(context.redirect(&here, FlashMessage::done("accounts-accept-done")))
}
