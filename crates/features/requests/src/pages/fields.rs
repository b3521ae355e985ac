//! The fields of a form: shown, and what was typed read into answers.

use std::collections::BTreeSet;

use maud::{Markup, html};
use uuid::Uuid;
use yagura_inventory::Named;
use yagura_kernel::time::{format_iso, parse_date};
use yagura_packs::{Condition, FieldKind, FormField, LONGEST_ANSWER, RequestForm};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, note};
use yagura_web::ui::forms::{
    Choice, Field, FileRules, FormState, RadioStyle, Width, checkbox_group, date_error, date_field,
    file_field, radio_group, select, text_field, textarea,
};
use yagura_web::{Context, Translator, WebError};

use super::DESK;
use crate::model::answers::{AnswerFault, LONGEST_LINE, is_required};
use crate::model::{Answers, asked, check_answers};
use crate::store::{self, File, KeptFile};
use crate::words;

/// What can be chosen from in fields that the institution fills.
pub(crate) struct Offered {
    pub(crate) systems: Vec<Named>,
    pub(crate) departments: Vec<String>,
}

pub(crate) async fn offered(context: &Context, proof: &File) -> Result<Offered, WebError> {
    let database = context.database();
    let organization = proof.organization();
    Ok(Offered {
        systems: yagura_inventory::systems_at_the_desk(database, proof).await?,
        departments: store::snapshot(database, organization, context.today)
            .await?
            .departments,
    })
}

pub(crate) fn fault_words(t: &Translator, field: &FormField, fault: AnswerFault) -> String {
    let label = words::text(t, &field.label);
    let longest = match fault {
        AnswerFault::TooLong { longest } => longest,
        _ => 0,
    };
    let key = fault.message_key();
    t.t_args(key, args![("label", label), ("longest", longest)])
        .into_owned()
}

/// What was typed as answers: days in ISO, systems with their id.
pub(crate) fn read_answers(
    t: &Translator,
    form: &RequestForm,
    state: &mut FormState,
    systems: &[Named],
) -> Answers {
    let mut answers = Answers::default();
    for field in &form.fields {
        let typed: Vec<String> = state
            .values(&field.id)
            .iter()
            .map(|value| value.trim().replace("\r\n", "\n"))
            .filter(|value| !value.is_empty())
            .collect();
        match field.kind {
            FieldKind::Date => match typed.first().map(|day| parse_date(day)) {
                Some(Ok(day)) => answers.set(&field.id, [format_iso(day)]),
                Some(Err(error)) => {
                    let message = date_error(t, words::text(t, &field.label), &error);
                    state.add_error(field.id.clone(), message);
                }
                None => {}
            },
            FieldKind::System => {
                let Some(first) = typed.first() else { continue };
                let known = systems
                    .iter()
                    .find(|system| system.id.to_string() == *first);
                let other = state
                    .value(&format!("{}-other", field.id))
                    .trim()
                    .to_owned();
                match known {
                    Some(system) => {
                        answers.set(&field.id, [system.name.clone(), system.id.to_string()]);
                    }
                    None if first == "other" => answers.set(&field.id, [other]),
                    None => answers.set(&field.id, [first.clone()]),
                }
            }
            FieldKind::Department => {
                let Some(first) = typed.first() else { continue };
                let other = state
                    .value(&format!("{}-other", field.id))
                    .trim()
                    .to_owned();
                let name = if first == "other" {
                    other
                } else {
                    first.clone()
                };
                answers.set(&field.id, [name]);
            }
            FieldKind::File => {}
            _ => answers.set(&field.id, typed),
        }
    }
    answers
}

/// Stored answers as the fields show them.
pub(crate) fn state_of(form: &RequestForm, answers: &Answers) -> FormState {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for field in &form.fields {
        match field.kind {
            FieldKind::System => match answers.of(&field.id) {
                [_, id] => pairs.push((field.id.clone(), id.clone())),
                [name, ..] => {
                    pairs.push((field.id.clone(), "other".to_owned()));
                    pairs.push((format!("{}-other", field.id), name.clone()));
                }
                [] => {}
            },
            FieldKind::Department => {
                let name = answers.first(&field.id).to_owned();
                pairs.push((format!("{}-other", field.id), name.clone()));
                pairs.push((field.id.clone(), name));
            }
            FieldKind::File => {}
            _ => pairs.extend(
                answers
                    .of(&field.id)
                    .iter()
                    .map(|value| (field.id.clone(), value.clone())),
            ),
        }
    }
    FormState::from_pairs(pairs)
}

/// When a field is asked, in words: 「個人情報が含まれますか」が「はい」のとき.
pub(crate) fn condition_words(
    t: &Translator,
    form: &RequestForm,
    conditions: &[Condition],
) -> String {
    let parts: Vec<String> = conditions
        .iter()
        .map(|condition| {
            let field = form.field(&condition.field);
            let label = field.map_or(condition.field.as_str(), |f| words::text(t, &f.label));
            if condition.is.is_empty() {
                return t
                    .t_args("requests-when-answered", args![("label", label)])
                    .into_owned();
            }
            let answers: Vec<String> = condition
                .is
                .iter()
                .map(|value| match field {
                    Some(field) if field.kind == FieldKind::YesNo => {
                        let yes = value == "yes";
                        t.t(if yes { "requests-yes" } else { "requests-no" })
                            .to_owned()
                    }
                    Some(field) => crate::model::entry::text_of(
                        field,
                        std::slice::from_ref(value),
                        t.lang().code(),
                    ),
                    None => value.clone(),
                })
                .collect();
            let words = args![("label", label), ("answers", answers.join(" / "))];
            t.t_args("requests-when-is", words).into_owned()
        })
        .collect();
    parts.join(t.t("requests-and"))
}

/// The fields of a form.
pub(crate) fn fields(
    context: &Context,
    form: &RequestForm,
    state: &FormState,
    choices: &Offered,
    files: &[KeptFile],
) -> Markup {
    html! {
        @for field in &form.fields { (one(context, form, field, state, choices, files)) }
    }
}

fn one(
    context: &Context,
    form: &RequestForm,
    field: &FormField,
    state: &FormState,
    choices: &Offered,
    files: &[KeptFile],
) -> Markup {
    let t = context.t();
    let label = words::text(t, &field.label);
    let hint = html! {
        @if !field.shown_when.is_empty() {
            (t.t_args("requests-only-when", args![("when", condition_words(t, form, &field.shown_when))])) " "
        } @else if !field.required && !field.required_when.is_empty() {
            (t.t_args("requests-required-when", args![("when", condition_words(t, form, &field.required_when))])) " "
        }
        (words::text(t, &field.help))
    };
    let mut shown = Field::new(&field.id, label);
    if !hint.0.trim().is_empty() {
        shown = shown.hint_markup(hint);
    }
    if field.required && field.shown_when.is_empty() {
        shown = shown.required();
    }
    match field.kind {
        FieldKind::Text => text_field(t, state, &shown.longest(LONGEST_LINE)),
        FieldKind::Person => {
            text_field(t, state, &shown.longest(LONGEST_LINE).width(Width::Medium))
        }
        FieldKind::LongText => textarea(t, state, &shown.longest(LONGEST_ANSWER).rows(3)),
        FieldKind::Date => date_field(t, state, &shown),
        FieldKind::YesNo => {
            let both = [
                Choice::new("yes", t.t("requests-yes")),
                Choice::new("no", t.t("requests-no")),
            ];
            radio_group(t, state, &shown, &both, RadioStyle::Big)
        }
        FieldKind::Choice | FieldKind::MultiChoice => {
            let offered: Vec<Choice<'_>> = field
                .choices
                .iter()
                .map(|choice| Choice::new(&choice.value, words::text(t, &choice.label)))
                .collect();
            if field.kind == FieldKind::MultiChoice {
                checkbox_group(t, state, &shown, &offered)
            } else if offered.len() > 6 {
                select(t, state, &shown, &with_blank(t, offered))
            } else {
                radio_group(t, state, &shown, &offered, RadioStyle::List)
            }
        }
        FieldKind::System => {
            let ids: Vec<(String, &str)> = choices
                .systems
                .iter()
                .map(|system| (system.id.to_string(), system.name.as_str()))
                .collect();
            let offered = ids.iter().map(|(id, name)| Choice::new(id, name)).collect();
            list_or_other(t, state, &field.id, &shown, offered)
        }
        FieldKind::Department => {
            let known = choices.departments.iter();
            let offered = known.map(|name| Choice::new(name, name)).collect();
            list_or_other(t, state, &field.id, &shown, offered)
        }
        FieldKind::File => {
            let name = format!("file-{}", field.id);
            let mut own = Field::new(&name, label);
            if field.required && field.shown_when.is_empty() {
                own = own.required();
            }
            let rules = FileRules {
                accept: ".pdf,.docx,.xlsx,.pptx,.txt,.csv,image/*",
                accepted_words: t.t("requests-file-kinds"),
                largest: context.app.config().upload_limit,
                multiple: false,
            };
            html! {
                @for file in files.iter().filter(|file| file.field == field.id) {
                    p {
                        (file.file_name) " "
                        label.row-box {
                            input type="checkbox" name="_drop-file" value=(file.id);
                            " " (t.t("requests-drop-file"))
                        }
                    }
                }
                (file_field(t, state, &own, &rules))
            }
        }
    }
}

fn with_blank<'a>(t: &'a Translator, mut offered: Vec<Choice<'a>>) -> Vec<Choice<'a>> {
    offered.insert(0, Choice::new("", t.t("requests-please-choose")));
    offered
}

/// A list of what is on record, with room for what is not; only the room where nothing is on record.
fn list_or_other(
    t: &Translator,
    state: &FormState,
    id: &str,
    field: &Field<'_>,
    offered: Vec<Choice<'_>>,
) -> Markup {
    if offered.is_empty() {
        return text_field(t, state, &field.clone().longest(LONGEST_LINE));
    }
    let mut offered = with_blank(t, offered);
    offered.push(Choice::new("other", t.t("requests-other")));
    let other = format!("{id}-other");
    html! {
        (select(t, state, field, &offered))
        (text_field(t, state, &Field::new(&other, t.t("requests-other-name")).longest(LONGEST_LINE)))
    }
}

/// The name of the input that takes a field's answer: errors lead there.
pub(super) fn input_of(field: &FormField) -> String {
    match field.kind {
        FieldKind::File => format!("file-{}", field.id),
        _ => field.id.clone(),
    }
}

/// What is missing or wrong in a draft, for its page; each leads to its field.
pub(super) fn gaps(
    context: &Context,
    draft: Uuid,
    form: &RequestForm,
    answers: &Answers,
) -> Markup {
    let t = context.t();
    let state = FormState::empty();
    let faults = check_answers(form, answers, context.today);
    html! {
        @if !faults.is_empty() {
            (note(t, Tone::Caution, html! {
                (t.t("requests-draft-gaps"))
                ul {
                    @for (id, fault) in &faults {
                        @if let Some(field) = form.field(id) {
                            li {
                                a href={ (DESK) "/drafts/" (draft) "/edit#" (state.field_id(&input_of(field))) } {
                                    (fault_words(t, field, *fault))
                                }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// The fields that are asked with their answers, for reading.
pub(super) fn answered<'f>(
    form: &'f RequestForm,
    answers: &Answers,
) -> impl Iterator<Item = &'f FormField> {
    let asked: BTreeSet<String> = asked(form, answers)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let kept = answers.kept(form);
    form.fields.iter().filter(move |field| {
        asked.contains(&field.id) && (!kept.of(&field.id).is_empty() || is_required(field, &kept))
    })
}
