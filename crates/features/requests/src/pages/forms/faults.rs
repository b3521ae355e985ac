//! What is wrong with a form, in words and at its field.

use maud::{Markup, html};
use yagura_packs::{Condition, FormFault, FormFaultKind, FormPlace, Seat};
use yagura_web::Translator;
use yagura_web::ui::forms::FormState;

use super::editor::ledger;
use crate::editing::condition_name;
use crate::store::StoredForm;
use crate::words;

/// A fault in words.
fn fault_words(t: &Translator, fault: &FormFault) -> String {
    let finding = yagura_kernel::probe::Finding {
        message: fault.kind.message_key().to_owned(),
        arguments: fault
            .kind
            .message_arguments()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), seat_words(t, value)))
            .collect(),
    };
    t.finding(&finding)
}

/// A seat's code as its name; anything else as it is.
fn seat_words(t: &Translator, value: String) -> String {
    match Seat::from_code(&value) {
        Some(seat) => words::seat(t, seat).to_owned(),
        None => value,
    }
}

/// The faults as errors of the editor's fields.
pub(super) fn add_faults(
    t: &Translator,
    state: &mut FormState,
    stored: &StoredForm,
    faults: &[FormFault],
) {
    for fault in faults {
        let words = named(t, stored, fault);
        state.add_error(field_of(stored, fault), words);
    }
}

/// The faults as a list that leads to the fields.
pub(super) fn fault_list(t: &Translator, stored: &StoredForm, faults: &[FormFault]) -> Markup {
    let ids = FormState::empty();
    html! {
        ul {
            @for fault in faults {
                li { a href={ "#" (ids.field_id(&field_of(stored, fault))) } { (named(t, stored, fault)) } }
            }
        }
    }
}

/// A fault with the name of what it is about.
fn named(t: &Translator, stored: &StoredForm, fault: &FormFault) -> String {
    let form = &stored.form;
    let name = match fault.place {
        FormPlace::Form => None,
        FormPlace::Field(at) => form.fields.get(at).map(|f| words::text(t, &f.label)),
        FormPlace::Step(at) => form.route.get(at).map(|s| words::text(t, &s.title)),
        FormPlace::Outcome(at) => form.outcomes.get(at).map(|o| ledger(t, o.ledger)),
    };
    let words = fault_words(t, fault);
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name}: {words}"),
        None => words,
    }
}

/// The name of the editor's field at which a fault is mended.
fn field_of(stored: &StoredForm, fault: &FormFault) -> String {
    match fault.place {
        FormPlace::Form => of_form(stored, &fault.kind),
        FormPlace::Field(at) => of_field(stored, at, &fault.kind),
        FormPlace::Step(at) => of_step(stored, at, &fault.kind),
        FormPlace::Outcome(at) => of_outcome(stored, at, &fault.kind),
    }
}

fn of_form(stored: &StoredForm, kind: &FormFaultKind) -> String {
    match kind {
        FormFaultKind::MissingName if stored.title.is_empty() => "title-ja",
        FormFaultKind::MissingName => "summary-ja",
        FormFaultKind::NoSteps => "add-step",
        FormFaultKind::NothingDecides => "s0-act",
        _ => "add-field",
    }
    .to_owned()
}

fn of_field(stored: &StoredForm, at: usize, kind: &FormFaultKind) -> String {
    let name = |part: &str| format!("f{at}-{part}");
    let Some(field) = stored.form.fields.get(at) else {
        return "add-field".to_owned();
    };
    match kind {
        FormFaultKind::BadId(id) | FormFaultKind::DuplicateId(id) if *id == field.id => name("id"),
        FormFaultKind::MissingName if field.label.is_empty() => name("label-ja"),
        FormFaultKind::ConditionCycle(_) => condition_name(&name("shown"), 0, "field"),
        kind => of_condition(&name("shown"), &field.shown_when, kind)
            .or_else(|| of_condition(&name("needed"), &field.required_when, kind))
            .unwrap_or_else(|| name("choices")),
    }
}

fn of_step(stored: &StoredForm, at: usize, kind: &FormFaultKind) -> String {
    let name = |part: &str| format!("s{at}-{part}");
    let when = stored.form.route.get(at).map(|step| step.when.as_slice());
    match kind {
        FormFaultKind::BadId(_) | FormFaultKind::DuplicateId(_) => name("id"),
        FormFaultKind::BadDays => name("days"),
        FormFaultKind::UnknownStep(_)
        | FormFaultKind::RouteLoop(_)
        | FormFaultKind::CarriedOutTooEarly(_) => name("begin"),
        kind => of_condition(&name("when"), when.unwrap_or_default(), kind)
            .unwrap_or_else(|| name("seats")),
    }
}

fn of_outcome(stored: &StoredForm, at: usize, kind: &FormFaultKind) -> String {
    let name = |part: &str| format!("o{at}-{part}");
    let Some(outcome) = stored.form.outcomes.get(at) else {
        return "add-field".to_owned();
    };
    let filled_from = |from: &str| outcome.fields.iter().find(|pair| pair.from == from);
    match kind {
        FormFaultKind::MissingLedgerField(to)
        | FormFaultKind::UnknownLedgerField(to)
        | FormFaultKind::LedgerFieldTwice(to) => name(&format!("map-{to}")),
        FormFaultKind::UnknownField(from) | FormFaultKind::NotADate(from)
            if filled_from(from).is_some() =>
        {
            let to = filled_from(from).map_or("", |pair| pair.to.as_str());
            name(&format!("map-{to}"))
        }
        kind => of_condition(&name("when"), &outcome.when, kind)
            .unwrap_or_else(|| condition_name(&name("when"), 0, "field")),
    }
}

/// The condition that a fault is about, where it is one of these.
fn of_condition(place: &str, conditions: &[Condition], kind: &FormFaultKind) -> Option<String> {
    let (field, part) = match kind {
        FormFaultKind::UnknownField(field) => (field, "field"),
        FormFaultKind::UnknownAnswer { field, .. } => (field, "is"),
        _ => return None,
    };
    let at = conditions.iter().position(|one| one.field == *field)?;
    Some(condition_name(place, at, part))
}
