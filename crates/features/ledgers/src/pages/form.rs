//! The form of an entry, made from the list of its fields.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{compare_two, description_list};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, checkbox, date_field, error_summary, form,
    hidden, select, text_field, textarea,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{Offered, authorize, crumbs, ledger_of, offered, path_of};
use crate::model::{Content, Entry, FieldProblem, FieldSpec, Input, Ledger, Problem, text_of};
use crate::{operations, store, words};

fn state_of(entry: &Entry) -> FormState {
    let values = entry.content.fields_of();
    let mut pairs = vec![("revision", entry.revision.to_string())];
    for field in entry.content.ledger().fields() {
        let text = text_of(values.get(field.key).unwrap_or(&Json::Null));
        if !text.is_empty() {
            pairs.push((field.key, text));
        }
    }
    FormState::from_pairs(pairs)
}

/// Reads a form; what is wrong is put beside its field.
fn read_form(context: &Context, ledger: Ledger, state: &mut FormState) -> Option<Content> {
    match Content::of_typed(ledger, |key| state.value(key).to_owned()) {
        Ok(content) => Some(content),
        Err(problems) => {
            for problem in &problems {
                state.add_error(problem.field, words::problem(context.t(), ledger, problem));
            }
            None
        }
    }
}

fn input(
    context: &Context,
    ledger: Ledger,
    state: &FormState,
    spec: &FieldSpec,
    offered: &Offered,
) -> Markup {
    let t = context.t();
    let mut field = Field::new(spec.key, words::label(t, ledger, spec.key));
    if spec.required {
        field = field.required();
    }
    if let Some(hint) = words::hint(t, spec.key) {
        field = field.hint(hint);
    }
    let choose = |options: &[(String, String)]| {
        let mut choices = vec![Choice::new("", t.t("ledgers-choose-none"))];
        choices.extend(options.iter().map(|(id, name)| Choice::new(id, name)));
        select(t, state, &field, &choices)
    };
    match spec.input {
        Input::Line { longest } => text_field(t, state, &field.clone().longest(longest)),
        Input::Text { longest } => textarea(t, state, &field.clone().longest(longest)),
        Input::Choice(choices) => {
            let codes = choices.codes();
            let choices: Vec<Choice<'_>> = codes
                .into_iter()
                .map(|code| Choice::new(code, words::choice(t, choices, code)))
                .collect();
            select(t, state, &field, &choices)
        }
        Input::Date => date_field(t, state, &field),
        Input::Tick => checkbox(t, state, &field),
        Input::System => choose(&offered.systems),
        Input::Person => choose(&offered.people),
        Input::Medium if offered.media.is_empty() => html! {},
        Input::Medium => choose(&offered.media),
    }
}

async fn show(
    context: &Context,
    ledger: Ledger,
    state: &FormState,
    entry: Option<&Entry>,
    above: Markup,
    status: StatusCode,
) -> Result<Response, WebError> {
    let t = context.t();
    let offered = offered(context).await?;
    let title = t.t(if entry.is_some() {
        "ledgers-edit"
    } else {
        "ledgers-add"
    });
    let mut frame = context.frame(title);
    frame.breadcrumbs = crumbs(context, Some(ledger));
    let path = path_of(ledger);
    let (action, back) = match entry {
        Some(entry) => (
            format!("{path}/{}/edit", entry.id),
            format!("{path}/{}", entry.id),
        ),
        None => (path.clone(), path),
    };
    let draft = match entry {
        Some(entry) => format!("ledger-{}", entry.id),
        None => format!("ledger-new-{}", ledger.code()),
    };
    let body = html! {
        (error_summary(t, state))
        (above)
        @for spec in ledger.fields() { (input(context, ledger, state, spec, &offered)) }
        (hidden("revision", state.value("revision")))
        (button_row(&Button::primary(t.t("ledgers-save")), &[
            html! { a href=(back) { (t.t("ledgers-cancel")) } },
        ]))
    };
    let page = form(t, &Form::post(&action).keep_draft(&draft), body);
    let mut response = context.respond(frame, page).await?;
    *response.status_mut() = status;
    Ok(response)
}

/// An empty form.
pub(super) async fn new_form(
    context: Context,
    PathOf(code): PathOf<String>,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::KeepLedgers>().await?;
    let ledger = ledger_of(&code)?;
    let state = FormState::empty();
    show(&context, ledger, &state, None, html! {}, StatusCode::OK).await
}

/// A reference that cannot be taken, told beside its field.
fn beside_field(context: &Context, ledger: Ledger, state: &mut FormState, field: &'static str) {
    let problem = FieldProblem {
        field,
        problem: Problem::NotAnId,
    };
    state.add_error(field, words::problem(context.t(), ledger, &problem));
}

const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// Writes an entry.
pub(super) async fn create(
    context: Context,
    PathOf(code): PathOf<String>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let ledger = ledger_of(&code)?;
    let Some(content) = read_form(&context, ledger, &mut state) else {
        return show(&context, ledger, &state, None, html! {}, REFUSED).await;
    };
    let name = content.name().to_owned();
    match operations::add(&context, &proof, content).await {
        Ok(id) => {
            let message = FlashMessage::done("ledgers-saved").with("name", name);
            Ok(context.redirect(&format!("{}/{id}", path_of(ledger)), message))
        }
        Err(operations::ActError::Reference(field)) => {
            beside_field(&context, ledger, &mut state, field);
            show(&context, ledger, &state, None, html! {}, REFUSED).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn own_entry(context: &Context, code: &str, id: Uuid) -> Result<(Ledger, Entry), WebError> {
    let (ledger, read) = authorize::<actions::ReadLedgers>(context, code, id).await?;
    let entry = store::get(context.database(), &read, id).await?;
    Ok((ledger, entry))
}

/// The form of an entry.
pub(super) async fn edit_form(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
) -> Result<Response, WebError> {
    authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let (ledger, entry) = own_entry(&context, &code, id).await?;
    if !entry.is_open() {
        return Err(WebError::invalid("ledgers-error-cannot-end"));
    }
    let state = state_of(&entry);
    let ok = StatusCode::OK;
    show(&context, ledger, &state, Some(&entry), html! {}, ok).await
}

fn summary(context: &Context, content: &Content) -> Markup {
    let t = context.t();
    let ledger = content.ledger();
    let values = content.fields_of();
    let entries: Vec<(&str, Markup)> = ledger
        .fields()
        .iter()
        .filter(|field| !field.input.is_reference())
        .filter_map(|field| {
            let value = words::value(t, field, values.get(field.key).unwrap_or(&Json::Null));
            let label = words::label(t, ledger, field.key);
            (!value.is_empty()).then(|| (label, html! { (value) }))
        })
        .collect();
    description_list(&entries)
}

/// Changes an entry. Who comes second is told, and shown both.
pub(super) async fn save(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (_, proof) = authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let (ledger, entry) = own_entry(&context, &code, id).await?;
    let Some(content) = read_form(&context, ledger, &mut state) else {
        return show(&context, ledger, &state, Some(&entry), html! {}, REFUSED).await;
    };
    let revision = state.value("revision").parse().unwrap_or(-1);
    match operations::change(&context, &proof, id, revision, content.clone()).await {
        Ok(_) => {
            let message = FlashMessage::done("ledgers-saved").with("name", content.name());
            Ok(context.redirect(&format!("{}/{id}", path_of(ledger)), message))
        }
        Err(operations::ActError::Reference(field)) => {
            beside_field(&context, ledger, &mut state, field);
            show(&context, ledger, &state, Some(&entry), html! {}, REFUSED).await
        }
        Err(operations::ActError::Web(WebError::Store(error)))
            if matches!(*error, StoreError::Conflict) =>
        {
            let t = context.t();
            let (_, entry) = own_entry(&context, &code, id).await?;
            state.set("revision", entry.revision.to_string());
            let name = entry.content.name();
            let words = t.t_args("ledgers-error-changed", args![("name", name)]);
            state.add_form_error(words.into_owned());
            let above = compare_two(
                (t.t("ledgers-theirs"), summary(&context, &entry.content)),
                (t.t("ledgers-yours"), summary(&context, &content)),
            );
            let conflict = StatusCode::CONFLICT;
            show(&context, ledger, &state, Some(&entry), above, conflict).await
        }
        Err(error) => Err(error.into()),
    }
}
