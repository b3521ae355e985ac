//! The form of a record, made from the list of its fields.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Map, Value as Json};
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{compare_two, description_list, details};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, checkbox, checkbox_group, date_field,
    error_summary, form, hidden, select, text_field, textarea,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{MOST_CHOICES, Part, authorize, crumbs, read_proof};
use crate::model::{Content, FieldProblem, FieldSpec, Input, Record, RecordKind, read, text_of};
use crate::store::{self, Named};
use crate::{operations, words};

/// What the form offers for fields that refer to something.
struct Offered {
    systems: Vec<Named>,
    assets: Vec<Named>,
    vendors: Vec<(Uuid, String)>,
}

async fn offered<C: Content>(context: &Context) -> Result<Offered, WebError> {
    let proof = read_proof(context).await?;
    let asks = |wanted: fn(&Input) -> bool| C::FIELDS.iter().any(|field| wanted(&field.input));
    let database = context.database();
    Ok(Offered {
        systems: if asks(|input| matches!(input, Input::System | Input::Systems { .. })) {
            store::named(database, &proof, RecordKind::System, MOST_CHOICES).await?
        } else {
            Vec::new()
        },
        assets: if asks(|input| matches!(input, Input::Asset)) {
            store::named(database, &proof, RecordKind::Asset, MOST_CHOICES).await?
        } else {
            Vec::new()
        },
        vendors: super::vendors(context).await?,
    })
}

fn state_of<C: Content>(content: &C, revision: i64) -> FormState {
    let values: Map<String, Json> = content.fields_of();
    let mut pairs = vec![("revision", revision.to_string())];
    for field in C::FIELDS {
        let text = text_of(values.get(field.key).unwrap_or(&Json::Null));
        match field.input {
            Input::Systems { .. } => {
                pairs.extend(text.lines().map(|id| (field.key, id.to_owned())));
            }
            _ if !text.is_empty() => pairs.push((field.key, text)),
            _ => {}
        }
    }
    FormState::from_pairs(pairs)
}

/// What stands in a field; boxes that were ticked one a line.
fn typed<C: Content>(state: &FormState, key: &str) -> String {
    let field = C::FIELDS.iter().find(|field| field.key == key);
    match field.map(|field| field.input) {
        Some(Input::Systems { .. }) => state.values(key).join("\n"),
        _ => state.value(key).to_owned(),
    }
}

/// Reads a form; what is wrong is put beside its field.
fn read_form<C: Content>(context: &Context, state: &mut FormState) -> Option<C> {
    let found = read(C::FIELDS, |key| typed::<C>(state, key)).and_then(C::from_fields);
    match found {
        Ok(content) => Some(content),
        Err(problems) => {
            for problem in &problems {
                state.add_error(problem.field, words::problem(context.t(), problem));
            }
            None
        }
    }
}

fn input(context: &Context, state: &FormState, spec: &FieldSpec, offered: &Offered) -> Markup {
    let t = context.t();
    let label = words::label(t, spec.key);
    let mut field = Field::new(spec.key, label);
    if spec.required {
        field = field.required();
    }
    if let Some(hint) = words::hint(t, spec.key) {
        field = field.hint(hint);
    }
    let none = Choice::new("", t.t("inventory-choose-none"));
    let choose = |options: &[(String, &str)]| {
        let mut choices = vec![none.clone()];
        choices.extend(options.iter().map(|(id, name)| Choice::new(id, name)));
        select(t, state, &field, &choices)
    };
    match spec.input {
        Input::Line { longest } => text_field(t, state, &field.longest(longest)),
        Input::Text { longest } => textarea(t, state, &field.longest(longest)),
        Input::Lines { .. } => textarea(t, state, &field.rows(2)),
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
        Input::System => choose(&options(&offered.systems)),
        Input::Systems { .. } => several(
            t,
            state,
            (spec.key, label, &field),
            &options(&offered.systems),
        ),
        Input::Asset => choose(&options(&offered.assets)),
        Input::Vendor if offered.vendors.is_empty() => html! {},
        Input::Vendor => {
            let vendors = offered.vendors.iter();
            let vendors: Vec<(String, &str)> = vendors
                .map(|(id, name)| (id.to_string(), name.as_str()))
                .collect();
            choose(&vendors)
        }
    }
}

/// Boxes to tick; a long list stands folded, so that the rest of the form stays in sight.
fn several(
    t: &Translator,
    state: &FormState,
    (key, label, field): (&str, &str, &Field<'_>),
    options: &[(String, &str)],
) -> Markup {
    let choices: Vec<Choice<'_>> = options
        .iter()
        .map(|(id, name)| Choice::new(id, name))
        .collect();
    let chosen = state.values(key).len();
    let group = checkbox_group(t, state, field, &choices);
    if choices.is_empty() {
        html! {}
    } else if choices.len() <= FEW {
        group
    } else {
        let summary = t.t_args(
            "inventory-choose-several",
            args![("label", label), ("count", chosen)],
        );
        details(&summary, group)
    }
}

/// How many boxes a form shows without folding them.
const FEW: usize = 10;

fn options(named: &[Named]) -> Vec<(String, &str)> {
    named
        .iter()
        .map(|named| (named.id.to_string(), named.name.as_str()))
        .collect()
}

async fn show<C: Part>(
    context: &Context,
    state: &FormState,
    record: Option<&Record<C>>,
    above: Markup,
    status: StatusCode,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut offered = offered::<C>(context).await?;
    if let Some(record) = record {
        offered.systems.retain(|named| named.id != record.id);
        offered.assets.retain(|named| named.id != record.id);
    }
    let title = match (record.is_some(), C::KIND) {
        (true, _) => t.t("inventory-edit"),
        (false, RecordKind::System) => t.t("inventory-add-system"),
        (false, RecordKind::Connection) => t.t("inventory-add-connection"),
        (false, RecordKind::Asset) => t.t("inventory-add-asset"),
    };
    let mut frame = context.frame(title);
    frame.breadcrumbs = crumbs(context, Some(C::KIND));
    let (action, back) = match record {
        Some(record) => {
            let here = format!("{}/{}", C::PATH, record.id);
            (format!("{here}/edit"), here)
        }
        None => (C::PATH.to_owned(), C::PATH.to_owned()),
    };
    let draft = match record {
        Some(record) => format!("inventory-{}", record.id),
        None => format!("inventory-new-{}", C::KIND.code()),
    };
    let body = html! {
        (error_summary(t, state))
        (above)
        @for spec in C::FIELDS { (input(context, state, spec, &offered)) }
        (hidden("revision", state.value("revision")))
        (button_row(&Button::primary(t.t("inventory-save")), &[
            html! { a href=(back) { (t.t("inventory-cancel")) } },
        ]))
    };
    let page = form(t, &Form::post(&action).keep_draft(&draft), body);
    let mut response = context.respond(frame, page).await?;
    *response.status_mut() = status;
    Ok(response)
}

/// An empty form; `system` in the address fills in to what the record belongs.
pub(super) async fn new_form<C: Part>(
    context: Context,
    yagura_web::api::QueryOf(query): yagura_web::api::QueryOf<NewQuery>,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::EditInventory>().await?;
    let mut state = FormState::empty();
    if !query.system.is_empty() {
        state.set("system", query.system);
    }
    show::<C>(&context, &state, None, html! {}, StatusCode::OK).await
}

/// With what the form begins.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct NewQuery {
    system: String,
}

/// A reference that cannot be taken, told beside its field.
fn beside_field(context: &Context, state: &mut FormState, field: &'static str) {
    let problem = FieldProblem {
        field,
        problem: crate::model::Problem::NotAnId,
    };
    state.add_error(field, words::problem(context.t(), &problem));
}

/// Adds a record.
pub(super) async fn create<C: Part>(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(content) = read_form::<C>(&context, &mut state) else {
        return show::<C>(&context, &state, None, html! {}, refused).await;
    };
    match operations::add(&context, &proof, &content).await {
        Ok(id) => {
            let message = FlashMessage::done("inventory-saved").with("name", content.name());
            Ok(context.redirect(&format!("{}/{id}", C::PATH), message))
        }
        Err(operations::ActError::Reference(field)) => {
            beside_field(&context, &mut state, field);
            show::<C>(&context, &state, None, html! {}, refused).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn own_record<C: Content>(context: &Context, id: Uuid) -> Result<Record<C>, WebError> {
    let read = authorize::<C, actions::ReadInventory>(context, id).await?;
    let record: Record<C> = store::get(context.database(), &read, id).await?;
    if record.removed_at.is_some() {
        return Err(WebError::NotFound);
    }
    Ok(record)
}

/// The form of a record.
pub(super) async fn edit_form<C: Part>(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    authorize::<C, actions::EditInventory>(&context, id).await?;
    let record: Record<C> = own_record(&context, id).await?;
    let state = state_of(&record.content, record.revision);
    show(&context, &state, Some(&record), html! {}, StatusCode::OK).await
}

fn summary<C: Content>(context: &Context, content: &C) -> Markup {
    let t = context.t();
    let values = content.fields_of();
    let entries: Vec<(&str, Markup)> = C::FIELDS
        .iter()
        .filter_map(|field| {
            let value = words::value(t, field, values.get(field.key).unwrap_or(&Json::Null));
            let is_reference = field.input.is_reference();
            (!value.is_empty() && !is_reference)
                .then(|| (words::label(t, field.key), html! { (value) }))
        })
        .collect();
    description_list(&entries)
}

/// Changes a record. Who comes second is told, and shown both.
pub(super) async fn save<C: Part>(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<C, actions::EditInventory>(&context, id).await?;
    let record: Record<C> = own_record(&context, id).await?;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(content) = read_form::<C>(&context, &mut state) else {
        return show(&context, &state, Some(&record), html! {}, refused).await;
    };
    let revision = state.value("revision").parse().unwrap_or(-1);
    match operations::change(&context, &proof, id, revision, &content).await {
        Ok(_) => {
            let message = FlashMessage::done("inventory-saved").with("name", content.name());
            Ok(context.redirect(&format!("{}/{id}", C::PATH), message))
        }
        Err(operations::ActError::Reference(field)) => {
            beside_field(&context, &mut state, field);
            show(&context, &state, Some(&record), html! {}, refused).await
        }
        Err(operations::ActError::Web(WebError::Store(error)))
            if matches!(*error, StoreError::Conflict) =>
        {
            let t = context.t();
            let record: Record<C> = own_record(&context, id).await?;
            state.set("revision", record.revision.to_string());
            let words = t.t_args(
                "inventory-error-changed",
                args![("name", record.content.name())],
            );
            state.add_form_error(words.into_owned());
            let above = compare_two(
                (t.t("inventory-theirs"), summary(&context, &record.content)),
                (t.t("inventory-yours"), summary(&context, &content)),
            );
            show(&context, &state, Some(&record), above, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}
