//! One entry: what it says, how it stands, how it ends, what happened to it.

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value as Json;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::format_iso;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date, date_time, description_list, note, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button_row, date_field, form, hidden, link_button,
    select, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::list::cell;
use super::{authorize, crumbs, may, offered, path_of};
use crate::export::Names;
use crate::model::{End, Ending, Entry, Ledger, State};
use crate::store::{self, Event};
use crate::{operations, words};

/// How many events an entry shows.
const EVENTS: i64 = 50;
/// The longest note on an end, in characters.
pub(crate) const LONGEST_NOTE: usize = 300;

pub(super) async fn page(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
) -> Result<Response, WebError> {
    let (ledger, proof) = authorize::<actions::ReadLedgers>(&context, &code, id).await?;
    let (database, t) = (context.database(), context.t());
    let entry = store::get(database, &proof, id).await?;
    let events = store::events(database, &proof, Some(id), None, EVENTS).await?;
    let names = offered(&context).await?.names();
    let here = format!("{}/{id}", path_of(ledger));
    let may_keep = entry.is_open() && may(&context, Action::KeepLedgers);
    let mut frame = context.frame(entry.content.name());
    frame.breadcrumbs = crumbs(&context, Some(ledger));
    frame.actions =
        may_keep.then(|| link_button(&format!("{here}/edit"), t.t("ledgers-edit"), false));
    let body = html! {
        (standing(&context, &entry))
        (card(t.t("ledgers-what-it-says"), says(t, ledger, &entry, &names)))
        @if may_keep { (ends(&context, ledger, &entry, &here)) }
        (history(t, ledger, &events, &names))
    };
    context.respond(frame, body).await
}

fn standing(context: &Context, entry: &Entry) -> Markup {
    let t = context.t();
    let (tone, word) = words::standing(t, entry.standing(context.today));
    html! {
        section.card {
            p { (tag(tone, word)) }
            @if entry.state == State::ToEnd {
                (note(t, Tone::Caution, html! {
                    @if entry.to_end_reason.is_empty() { (t.t("ledgers-to-end-expired")) }
                    @else { (t.t_args("ledgers-to-end-why", args![("reason", entry.to_end_reason.as_str())])) }
                }))
            }
            @if entry.is_open() && !entry.is_permitted() {
                (note(t, Tone::Caution, html! { (t.t("ledgers-without-grant-why")) }))
            }
            @if let Some(end) = &entry.end {
                p {
                    (words::ending(t, end.ending)) " " (date(t, end.on))
                    @if !end.confirmed_by.is_empty() { " " (end.confirmed_by) }
                    @else if let Some(name) = &entry.ended_by_name { " " (name) }
                }
                @if !end.note.is_empty() { p { (end.note) } }
            }
            @if let Some(at) = entry.certified_at {
                p.small { (t.t_args("ledgers-certified", args![
                    ("date", t.date(at.jst_date())),
                    ("name", entry.certified_by_name.as_deref().unwrap_or_default())
                ])) }
            }
        }
    }
}

fn says(t: &Translator, ledger: Ledger, entry: &Entry, names: &Names) -> Markup {
    let nothing = || html! { span.muted { (t.t("ledgers-nothing")) } };
    let values = entry.content.fields_of();
    let mut entries: Vec<(&str, Markup)> = ledger
        .fields()
        .iter()
        .map(|field| {
            let value = values.get(field.key).unwrap_or(&Json::Null);
            let is_empty = match value {
                Json::Null => true,
                Json::String(text) => text.is_empty(),
                other => other.as_bool() == Some(false),
            };
            let shown = if is_empty {
                nothing()
            } else {
                cell(t, ledger, field.key, value, names)
            };
            (words::label(t, ledger, field.key), shown)
        })
        .collect();
    entries.push((
        t.t("ledgers-column-source"),
        html! { (words::source(t, &entry.source)) },
    ));
    description_list(&entries)
}

/// The forms by which an entry ends: the usual one open, the others below.
fn ends(context: &Context, ledger: Ledger, entry: &Entry, here: &str) -> Markup {
    let t = context.t();
    let revision = entry.revision.to_string();
    let state = FormState::empty()
        .with_id_prefix("end")
        .with("on", format_iso(context.today));
    let choices: Vec<Choice<'_>> = ledger
        .endings()
        .iter()
        .map(|ending| Choice::new(ending.code(), words::ending(t, *ending)))
        .collect();
    html! {
        (card(t.t("ledgers-end"), html! {
            p { (t.t("ledgers-end-why")) }
            (form(t, &Form::post(&format!("{here}/end")), html! {
                (hidden("revision", &revision))
                (select(t, &state, &Field::new("ending", t.t("ledgers-end-how")).required(), &choices))
                (date_field(t, &state, &Field::new("on", t.t("ledgers-end-on")).required()))
                (text_field(t, &state, &Field::new("confirmed_by", t.t("ledgers-end-confirmed-by"))
                    .hint(t.t("ledgers-end-confirmed-by-hint")).longest(100)))
                (text_field(t, &state, &Field::new("note", t.t("ledgers-end-note"))
                    .hint(t.t("ledgers-end-note-hint")).longest(LONGEST_NOTE)))
                (button_row(&Button::primary(t.t("ledgers-end-save")), &[]))
            }))
        }))
        @if ledger == Ledger::Permissions && entry.state == State::Open {
            (card(t.t("ledgers-take-away"), html! {
                p { (t.t("ledgers-take-away-why")) }
                (form(t, &Form::post(&format!("{here}/take-away")), html! {
                    (text_field(t, &FormState::empty().with_id_prefix("take"),
                        &Field::new("reason", t.t("ledgers-take-away-reason")).required().longest(LONGEST_NOTE)))
                    (button_row(&Button::secondary(t.t("ledgers-take-away-save")), &[]))
                }))
            }))
        }
    }
}

/// What was done, in a word.
fn event_word<'t>(t: &'t Translator, event: &str) -> &'t str {
    t.t(match event {
        "opened" => "ledgers-event-opened",
        "changed" => "ledgers-event-changed",
        "to_end" => "ledgers-event-to-end",
        "certified" => "ledgers-event-certified",
        "change_wanted" => "ledgers-event-change-wanted",
        _ => "ledgers-event-ended",
    })
}

fn history(t: &Translator, ledger: Ledger, events: &[Event], names: &Names) -> Markup {
    let text = |detail: &Json, key: &str| {
        let found = detail.get(key).and_then(Json::as_str);
        found.unwrap_or_default().to_owned()
    };
    let rows = events
        .iter()
        .map(|event| {
            TableRow::new(vec![
                date_time(t, event.at),
                html! { (event.by_name.as_deref().unwrap_or(t.t("ledgers-by-program"))) },
                html! {
                    (event_word(t, &event.event))
                    @if event.event == "changed" { (changes(t, ledger, &event.detail, names)) }
                    @else if event.event == "ended" {
                        @if let Some(ending) = Ending::from_code(&text(&event.detail, "ending")) {
                            ": " (words::ending(t, ending))
                        }
                        " " (text(&event.detail, "note"))
                    } @else {
                        " " (text(&event.detail, "reason")) (text(&event.detail, "note"))
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-event-at")),
        Column::text(t.t("ledgers-event-by")),
        Column::text(t.t("ledgers-event-what")),
    ];
    card(
        t.t("ledgers-history"),
        data_table(&Table::new(t.t("ledgers-history"), columns, rows).without_row_headers()),
    )
}

fn changes(t: &Translator, ledger: Ledger, detail: &Json, names: &Names) -> Markup {
    let word = |field: &crate::model::FieldSpec, value: &Json| {
        let text = if field.input.is_reference() {
            let id = value.as_str().unwrap_or_default();
            names.get(id).cloned().unwrap_or_else(|| id.to_owned())
        } else {
            words::value(t, field, value)
        };
        if text.is_empty() {
            t.t("ledgers-nothing").to_owned()
        } else {
            text
        }
    };
    html! {
        ul.small {
            @for field in ledger.fields() {
                @if let Some([before, after]) = detail.get(field.key).and_then(Json::as_array).map(Vec::as_slice) {
                    li { (t.t_args("ledgers-change", args![
                        ("label", words::label(t, ledger, field.key)),
                        ("before", word(field, before)),
                        ("after", word(field, after))
                    ])) }
                }
            }
        }
    }
}

/// Reads how an entry ended.
pub(crate) fn read_end(context: &Context, state: &mut FormState) -> Result<End, WebError> {
    let t = context.t();
    let ending = Ending::from_code(state.value("ending"));
    let ending = ending.ok_or_else(|| WebError::invalid("ledgers-error-cannot-end"))?;
    let on = state.read_required_date(t, "on", t.t("ledgers-end-on"));
    let confirmed_by = state.read_text(t, "confirmed_by", t.t("ledgers-end-confirmed-by"), 100);
    let note = state.read_text(t, "note", t.t("ledgers-end-note"), LONGEST_NOTE);
    let errors = state.errors().iter().map(|error| {
        let field = error.field.clone().unwrap_or_default();
        (field, error.message.clone())
    });
    let errors: Vec<(String, String)> = errors.collect();
    match on {
        Some(on) if errors.is_empty() && on <= context.today => Ok(End {
            ending,
            on,
            confirmed_by,
            note,
        }),
        Some(_) if errors.is_empty() => Err(WebError::invalid("ledgers-error-end-in-future")),
        _ => Err(WebError::Fields(errors)),
    }
}

/// Ends an entry.
pub(super) async fn end(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (ledger, proof) = authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let end = read_end(&context, &mut state)?;
    let revision = state.value("revision").parse().unwrap_or(-1);
    let entry = operations::end(&context, &proof, id, revision, &end).await?;
    let message = FlashMessage::done("ledgers-ended-done").with("name", entry.content.name());
    Ok(context.redirect(&path_of(ledger), message))
}

/// Says that a permission is to be taken away.
pub(super) async fn take_away(
    context: Context,
    PathOf((code, id)): PathOf<(String, Uuid)>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (ledger, proof) = authorize::<actions::KeepLedgers>(&context, &code, id).await?;
    let t = context.t();
    let label = t.t("ledgers-take-away-reason");
    let reason = state.read_text(t, "reason", label, LONGEST_NOTE);
    if reason.is_empty() || state.has_errors() {
        return Err(WebError::invalid("ledgers-error-reason"));
    }
    operations::take_away(&context, &proof, id, &reason).await?;
    let message = FlashMessage::done("ledgers-take-away-done");
    Ok(context.redirect(&format!("{}/{id}", path_of(ledger)), message))
}
