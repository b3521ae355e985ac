//! Conditions composed without scripts: a row names a question and the answers of which one has to be
//! given, every row has to hold, and one more row is always there to be filled in.

use maud::{Markup, html};
use yagura_packs::{Condition, FieldKind, FormField, RequestForm};
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::forms::{
    Button, Choice, Field, FormState, button, checkbox_group, hidden, select, textarea,
};

use crate::editing::{MOST_CONDITIONS, condition_name, is_picked};
use crate::pages::fields::condition_words;
use crate::words;

/// The conditions at a place of the editor. `never` says what holds where there is none.
pub(super) fn conditions(
    t: &Translator,
    state: &FormState,
    form: &RequestForm,
    (place, part, present): (&str, &str, &[Condition]),
    (label, never): (&str, &str),
) -> Markup {
    let summary = if present.is_empty() {
        format!("{label}: {never}")
    } else {
        format!("{label}: {}", condition_words(t, form, present))
    };
    // Answers are still to be chosen, or something is wrong: then it stands open.
    let open = (0..present.len()).any(|at| {
        let asks = |part| state.error(&condition_name(place, at, part)).is_some();
        let unset = present.get(at).is_some_and(|condition| {
            condition.is.is_empty()
                && form
                    .field(&condition.field)
                    .is_some_and(|field| is_picked(field.kind))
        });
        asks("field") || unset
    });
    let change = format!("answers-{part}");
    html! {
        details.more open[open] {
            summary { (summary) }
            div.more-body {
                p.small { (t.t("requests-form-conditions-all")) }
                @for at in 0..(present.len() + 1).min(MOST_CONDITIONS) {
                    (row(t, state, form, place, at, present.get(at)))
                }
                (button(&Button::secondary(t.t("requests-form-show-answers")).sending("change", &change)))
            }
        }
    }
}

fn row(
    t: &Translator,
    state: &FormState,
    form: &RequestForm,
    place: &str,
    at: usize,
    present: Option<&Condition>,
) -> Markup {
    let field_name = condition_name(place, at, "field");
    let number = t.t_args("requests-form-condition", args![("number", at + 1)]);
    let mut choices = vec![Choice::new("", t.t("requests-form-no-condition"))];
    choices.extend(
        form.fields
            .iter()
            .map(|field| Choice::new(&field.id, words::text(t, &field.label))),
    );
    // A question that is not there any more stays to be seen until it is mended.
    let gone = present.filter(|condition| form.field(&condition.field).is_none());
    if let Some(gone) = gone {
        choices.push(Choice::new(&gone.field, &gone.field));
    }
    let asked = present.and_then(|condition| form.field(&condition.field));
    html! {
        (select(t, state, &Field::new(&field_name, &number), &choices))
        @if let Some(condition) = present {
            (hidden(&condition_name(place, at, "of"), &condition.field))
        }
        @if let Some(field) = asked { (answers(t, state, place, at, field)) }
    }
}

/// The answers of which one has to be given: boxes where they are known, else lines.
fn answers(t: &Translator, state: &FormState, place: &str, at: usize, field: &FormField) -> Markup {
    let label = t.t_args(
        "requests-form-condition-answers",
        args![("label", words::text(t, &field.label))],
    );
    let (is, lines) = (
        condition_name(place, at, "is"),
        condition_name(place, at, "lines"),
    );
    match field.kind {
        FieldKind::YesNo => {
            let both = [
                Choice::new("yes", t.t("requests-yes")),
                Choice::new("no", t.t("requests-no")),
            ];
            checkbox_group(t, state, &Field::new(&is, &label), &both)
        }
        FieldKind::Choice | FieldKind::MultiChoice => {
            let mut choices: Vec<Choice<'_>> = field
                .choices
                .iter()
                .map(|choice| Choice::new(&choice.value, words::text(t, &choice.label)))
                .collect();
            // An answer that is no choice any more stays to be seen until it is mended.
            let known = |answer: &&String| field.choices.iter().any(|c| c.value == **answer);
            let gone = state.values(&is).iter().filter(|answer| !known(answer));
            choices.extend(gone.map(|answer| Choice::new(answer, answer)));
            checkbox_group(t, state, &Field::new(&is, &label), &choices)
        }
        FieldKind::File => html! { p.small { (t.t("requests-form-condition-file")) } },
        _ => {
            let field = Field::new(&lines, &label)
                .hint(t.t("requests-form-condition-lines"))
                .rows(2);
            textarea(t, state, &field)
        }
    }
}
