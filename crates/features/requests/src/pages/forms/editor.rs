//! The editor: one plain form with a part for each question, step and ledger.

use maud::{Markup, html};
use yagura_packs::{
    Condition, FieldKind, FormFault, FormField, FormPlace, LedgerCode, RequestForm, RouteStep, Seat,
};
use yagura_web::i18n::args;
use yagura_web::ui::components::{card, details};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, InputKind, Width, button, button_row, checkbox,
    checkbox_group, fieldset, form as html_form, hidden, select, text_field, textarea,
};
use yagura_web::{Context, Translator};

use crate::editing::{conditions_text, state_of};
use crate::pages::fields::condition_words;
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

fn anchor(place: &FormPlace) -> String {
    match place {
        FormPlace::Form => "editor".to_owned(),
        FormPlace::Field(at) => format!("part-f{at}"),
        FormPlace::Step(at) => format!("part-s{at}"),
        FormPlace::Outcome(at) => format!("part-o{at}"),
    }
}

/// A fault that leads to its place.
pub(super) fn fault_link(t: &Translator, stored: &StoredForm, fault: &FormFault) -> Markup {
    let name = match fault.place {
        FormPlace::Form => String::new(),
        FormPlace::Field(at) => stored
            .form
            .fields
            .get(at)
            .map(|field| words::text(t, &field.label).to_owned())
            .unwrap_or_default(),
        FormPlace::Step(at) => stored
            .form
            .route
            .get(at)
            .map(|step| words::text(t, &step.title).to_owned())
            .unwrap_or_default(),
        FormPlace::Outcome(at) => stored
            .form
            .outcomes
            .get(at)
            .map(|outcome| ledger(t, outcome.ledger).to_owned())
            .unwrap_or_default(),
    };
    html! {
        a href={ "#" (anchor(&fault.place)) } {
            @if !name.is_empty() { (name) ": " }
            (fault_words(t, fault))
        }
    }
}

fn ledger(t: &Translator, ledger: LedgerCode) -> &str {
    t.find(match ledger {
        LedgerCode::Permissions => "requests-ledger-permissions",
        LedgerCode::DataExports => "requests-ledger-data-exports",
        LedgerCode::Loans => "requests-ledger-loans",
        LedgerCode::Media => "requests-ledger-media",
        LedgerCode::Exceptions => "requests-ledger-exceptions",
        LedgerCode::Privileged => "requests-ledger-privileged",
        LedgerCode::PermissionsEnd => "requests-ledger-permissions-end",
    })
    .unwrap_or_default()
}

fn kind(t: &Translator, kind: FieldKind) -> &str {
    t.find(match kind {
        FieldKind::Text => "requests-kind-text",
        FieldKind::LongText => "requests-kind-long-text",
        FieldKind::Date => "requests-kind-date",
        FieldKind::YesNo => "requests-kind-yes-no",
        FieldKind::Choice => "requests-kind-choice",
        FieldKind::MultiChoice => "requests-kind-multi-choice",
        FieldKind::Person => "requests-kind-person",
        FieldKind::Department => "requests-kind-department",
        FieldKind::System => "requests-kind-system",
        FieldKind::File => "requests-kind-file",
    })
    .unwrap_or_default()
}

/// Every condition on one answer that the form allows, as value and words, with the present one.
fn conditions(t: &Translator, form: &RequestForm, present: &[Condition]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |conditions: Vec<Condition>| {
        let value = conditions_text(&conditions);
        if !found.iter().any(|(known, _)| *known == value) {
            found.push((value, condition_words(t, form, &conditions)));
        }
    };
    if !present.is_empty() {
        add(present.to_vec());
    }
    for field in &form.fields {
        let answers: Vec<String> = match field.kind {
            FieldKind::YesNo => vec!["yes".to_owned(), "no".to_owned()],
            FieldKind::Choice | FieldKind::MultiChoice => field
                .choices
                .iter()
                .map(|choice| choice.value.clone())
                .collect(),
            FieldKind::System | FieldKind::File => vec![String::new()],
            _ => Vec::new(),
        };
        for answer in answers {
            add(vec![Condition {
                field: field.id.clone(),
                is: Some(answer)
                    .filter(|answer| !answer.is_empty())
                    .into_iter()
                    .collect(),
            }]);
        }
    }
    found
}

fn condition_select(
    t: &Translator,
    state: &FormState,
    form: &RequestForm,
    name: &str,
    label: &str,
    present: &[Condition],
    first: &[(&str, &str)],
) -> Markup {
    let known = conditions(t, form, present);
    let mut choices: Vec<Choice<'_>> = first
        .iter()
        .map(|(value, label)| Choice::new(value, label))
        .collect();
    choices.extend(known.iter().map(|(value, words)| Choice::new(value, words)));
    select(t, state, &Field::new(name, label), &choices)
}

/// The buttons that move a part or take it away.
fn moves(t: &Translator, place: &str) -> Markup {
    let up = format!("up-{place}");
    let down = format!("down-{place}");
    let remove = format!("remove-{place}");
    html! {
        div.buttons {
            (button(&Button::quiet(t.t("requests-up")).sending("change", &up))) " "
            (button(&Button::quiet(t.t("requests-down")).sending("change", &down))) " "
            (button(&Button::quiet(t.t("requests-remove")).sending("change", &remove)))
        }
    }
}

fn own_faults(t: &Translator, faults: &[FormFault], place: &FormPlace) -> Markup {
    html! {
        @for fault in faults.iter().filter(|fault| fault.place == *place) {
            p.error { (fault_words(t, fault)) }
        }
    }
}

/// The editor of a form.
pub(super) fn form(
    context: &Context,
    action: &str,
    stored: &StoredForm,
    revision: i64,
    faults: &[FormFault],
) -> Markup {
    let t = context.t();
    let state = state_of(stored);
    let spec = &stored.form;
    html_form(
        t,
        &Form::post(action).with_id("editor"),
        html! {
            (hidden("revision", &revision.to_string()))
            (card(t.t("requests-form-head"), html! {
                (own_faults(t, faults, &FormPlace::Form))
                (text_field(t, &state, &Field::new("title-ja", t.t("requests-form-title")).required()))
                (textarea(t, &state, &Field::new("summary-ja", t.t("requests-form-summary")).required().rows(2)))
                (textarea(t, &state, &Field::new("after-ja", t.t("requests-form-after")).rows(2)))
                (text_field(t, &state, &Field::new("order", t.t("requests-form-order")).kind(InputKind::Number).width(Width::Short)))
                (details(t.t("requests-form-english"), html! {
                    (text_field(t, &state, &Field::new("title-en", t.t("requests-form-title-en"))))
                    (text_field(t, &state, &Field::new("summary-en", t.t("requests-form-summary-en"))))
                    (text_field(t, &state, &Field::new("after-en", t.t("requests-form-after-en"))))
                }))
            }))
            (card(t.t("requests-form-questions"), html! {
                @for (at, field) in spec.fields.iter().enumerate() {
                    (question(t, &state, spec, at, field, faults))
                }
                p id="add-field" { (button(&Button::secondary(t.t("requests-form-add-field")).sending("change", "add-f"))) }
            }))
            (card(t.t("requests-form-route"), html! {
                @for (at, step) in spec.route.iter().enumerate() {
                    (route_step(t, &state, spec, at, step, faults))
                }
                p id="add-step" { (button(&Button::secondary(t.t("requests-form-add-step")).sending("change", "add-s"))) }
            }))
            (card(t.t("requests-form-ledgers"), ledgers(t, &state, spec, faults)))
            (button_row(&Button::primary(t.t("requests-save")), &[]))
        },
    )
}

fn question(
    t: &Translator,
    state: &FormState,
    spec: &RequestForm,
    at: usize,
    field: &FormField,
    faults: &[FormFault],
) -> Markup {
    let name = |part: &str| format!("f{at}-{part}");
    let place = FormPlace::Field(at);
    let kinds: Vec<Choice<'_>> = FieldKind::ALL
        .into_iter()
        .map(|one| Choice::new(one.code(), kind(t, one)))
        .collect();
    let legend = t.t_args("requests-form-question", args![("number", at + 1)]);
    let required_present: &[Condition] = &field.required_when;
    html! {
        div id=(anchor(&place)) {
            (fieldset(&legend, html! {
                (own_faults(t, faults, &place))
                (text_field(t, state, &Field::new(&name("label-ja"), t.t("requests-form-label")).required()))
                (select(t, state, &Field::new(&name("kind"), t.t("requests-form-kind")), &kinds))
                @if field.kind.has_choices() {
                    (textarea(t, state, &Field::new(&name("choices"), t.t("requests-form-choices")).hint(t.t("requests-form-choices-hint")).rows(4)))
                } @else {
                    (hidden(&name("choices"), state.value(&name("choices"))))
                }
                (condition_select(t, state, spec, &name("required"), t.t("requests-form-required"), required_present,
                    &[("", t.t("requests-form-optional")), ("always", t.t("requests-form-always-required"))]))
                (condition_select(t, state, spec, &name("shown"), t.t("requests-form-shown"), &field.shown_when,
                    &[("", t.t("requests-form-always"))]))
                (details(t.t("requests-form-more"), html! {
                    (text_field(t, state, &Field::new(&name("help-ja"), t.t("requests-form-help"))))
                    (text_field(t, state, &Field::new(&name("label-en"), t.t("requests-form-label-en"))))
                    (text_field(t, state, &Field::new(&name("help-en"), t.t("requests-form-help-en"))))
                    (text_field(t, state, &Field::new(&name("id"), t.t("requests-form-id")).hint(t.t("requests-form-id-hint"))))
                    (checkbox(t, state, &Field::new(&name("subject"), t.t("requests-form-subject"))))
                }))
                (moves(t, &format!("f{at}")))
            }))
        }
    }
}

fn route_step(
    t: &Translator,
    state: &FormState,
    spec: &RequestForm,
    at: usize,
    step: &RouteStep,
    faults: &[FormFault],
) -> Markup {
    let name = |part: &str| format!("s{at}-{part}");
    let place = FormPlace::Step(at);
    let seats: Vec<Choice<'_>> = Seat::ALL
        .into_iter()
        .map(|seat| Choice::new(seat.code(), words::seat(t, seat)))
        .collect();
    let modes = [
        Choice::new("all", t.t("requests-form-mode-all")),
        Choice::new("any", t.t("requests-form-mode-any")),
    ];
    let acts = [
        Choice::new("decide", t.t("requests-act-decide")),
        Choice::new("carry-out", t.t("requests-act-carry-out")),
    ];
    let present = state.value(&name("after")).to_owned();
    let mut after: Vec<(String, String)> = vec![
        (
            String::new(),
            t.t("requests-form-after-previous").to_owned(),
        ),
        (
            "-".to_owned(),
            t.t("requests-form-after-nothing").to_owned(),
        ),
    ];
    let step_words = |id: &str| {
        let found = spec.step(id);
        found.map_or(id.to_owned(), |step| words::text(t, &step.title).to_owned())
    };
    if present.contains(',') {
        let names: Vec<String> = present.split(',').map(step_words).collect();
        let words = args![("steps", names.join("、"))];
        let label = t.t_args("requests-form-after-steps", words).into_owned();
        after.push((present.clone(), label));
    }
    for other in spec.route.iter().filter(|other| other.id != step.id) {
        let words = args![("steps", step_words(&other.id))];
        let label = t.t_args("requests-form-after-steps", words).into_owned();
        after.push((other.id.clone(), label));
    }
    let after_choices: Vec<Choice<'_>> = after
        .iter()
        .map(|(value, label)| Choice::new(value, label))
        .collect();
    let legend = t.t_args("requests-form-step", args![("number", at + 1)]);
    html! {
        div id=(anchor(&place)) {
            (fieldset(&legend, html! {
                (own_faults(t, faults, &place))
                (text_field(t, state, &Field::new(&name("title-ja"), t.t("requests-form-step-title")).required()))
                (checkbox_group(t, state, &Field::new(&name("seats"), t.t("requests-form-seats")), &seats))
                (select(t, state, &Field::new(&name("mode"), t.t("requests-form-mode")), &modes))
                (select(t, state, &Field::new(&name("act"), t.t("requests-form-act")), &acts))
                (condition_select(t, state, spec, &name("when"), t.t("requests-form-step-when"), &step.when,
                    &[("", t.t("requests-form-always"))]))
                (select(t, state, &Field::new(&name("after"), t.t("requests-form-step-after")), &after_choices))
                (text_field(t, state, &Field::new(&name("days"), t.t("requests-form-days")).kind(InputKind::Number).width(Width::Short).suffix(t.t("requests-days"))))
                (checkbox(t, state, &Field::new(&name("escalate"), t.t("requests-form-escalate"))))
                (details(t.t("requests-form-more"), html! {
                    (text_field(t, state, &Field::new(&name("title-en"), t.t("requests-form-label-en"))))
                    (text_field(t, state, &Field::new(&name("id"), t.t("requests-form-id")).hint(t.t("requests-form-id-hint"))))
                }))
                (moves(t, &format!("s{at}")))
            }))
        }
    }
}

fn ledgers(t: &Translator, state: &FormState, spec: &RequestForm, faults: &[FormFault]) -> Markup {
    let sources: Vec<(&str, &str)> = spec
        .fields
        .iter()
        .map(|field| (field.id.as_str(), words::text(t, &field.label)))
        .collect();
    let mut choices = vec![Choice::new("", t.t("requests-form-not-filled"))];
    choices.extend(sources.iter().map(|(id, label)| Choice::new(id, label)));
    let missing: Vec<LedgerCode> = LedgerCode::ALL
        .into_iter()
        .filter(|code| !spec.outcomes.iter().any(|outcome| outcome.ledger == *code))
        .collect();
    html! {
        p { (t.t("requests-form-ledgers-why")) }
        @for (at, outcome) in spec.outcomes.iter().enumerate() {
            @let place = FormPlace::Outcome(at);
            div id=(anchor(&place)) {
                (fieldset(ledger(t, outcome.ledger), html! {
                    (own_faults(t, faults, &place))
                    (hidden(&format!("o{at}-ledger"), outcome.ledger.code()))
                    (condition_select(t, state, spec, &format!("o{at}-when"), t.t("requests-form-enters-when"), &outcome.when,
                        &[("", t.t("requests-form-always"))]))
                    @for to in outcome.ledger.fields() {
                        (select(t, state, &Field::new(&format!("o{at}-map-{to}"), &ledger_field(t, to)), &choices))
                    }
                    (moves(t, &format!("o{at}")))
                }))
            }
        }
        @for code in missing {
            @let change = format!("add-o-{}", code.code());
            p { (button(&Button::quiet(&t.t_args("requests-form-add-ledger", args![("ledger", ledger(t, code))])).sending("change", &change))) }
        }
    }
}

fn ledger_field(t: &Translator, field: &str) -> String {
    let key = format!("requests-ledger-field-{field}");
    t.find(&key).unwrap_or(field).to_owned()
}
