//! The editor: one plain form with a part for each question, step and ledger.

use maud::{Markup, html};
use yagura_packs::{FieldKind, FormFault, FormField, LedgerCode, RequestForm, RouteStep, Seat};
use yagura_web::i18n::args;
use yagura_web::ui::components::{card, details};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, InputKind, Width, button, button_row, checkbox,
    checkbox_group, fieldset, form as html_form, hidden, select, text_field, textarea,
};
use yagura_web::{Context, Translator};

use super::conditions::conditions;
use super::faults::add_faults;
use crate::editing::state_of;
use crate::store::StoredForm;
use crate::words;

pub(super) fn ledger(t: &Translator, ledger: LedgerCode) -> &str {
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

/// The editor of a form.
pub(super) fn form(
    context: &Context,
    action: &str,
    stored: &StoredForm,
    revision: i64,
    faults: &[FormFault],
) -> Markup {
    let t = context.t();
    let mut state = state_of(stored);
    add_faults(t, &mut state, stored, faults);
    let spec = &stored.form;
    html_form(
        t,
        &Form::post(action).with_id("editor"),
        html! {
            (hidden("revision", &revision.to_string()))
            (card(t.t("requests-form-head"), html! {
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
                    (question(t, &state, spec, at, field))
                }
                p id="field-add-field" { (button(&Button::secondary(t.t("requests-form-add-field")).sending("change", "add-f"))) }
            }))
            (card(t.t("requests-form-route"), html! {
                @for (at, step) in spec.route.iter().enumerate() {
                    (route_step(t, &state, spec, at, step))
                }
                p id="field-add-step" { (button(&Button::secondary(t.t("requests-form-add-step")).sending("change", "add-s"))) }
            }))
            (card(t.t("requests-form-ledgers"), ledgers(t, &state, spec)))
            (button_row(&Button::primary(t.t("requests-form-save")), &[
                button(&Button::secondary(t.t("requests-form-keep")).sending("change", "keep")),
            ]))
            p.small { (t.t("requests-form-keep-means")) }
        },
    )
}

fn question(
    t: &Translator,
    state: &FormState,
    spec: &RequestForm,
    at: usize,
    field: &FormField,
) -> Markup {
    let name = |part: &str| format!("f{at}-{part}");
    let part = format!("f{at}");
    let kinds: Vec<Choice<'_>> = FieldKind::ALL
        .into_iter()
        .map(|one| Choice::new(one.code(), kind(t, one)))
        .collect();
    let legend = t.t_args("requests-form-question", args![("number", at + 1)]);
    let required = [
        Choice::new("", t.t("requests-form-optional")),
        Choice::new("always", t.t("requests-form-always-required")),
    ];
    html! {
        div id={ "part-" (part) } {
            (fieldset(&legend, html! {
                (text_field(t, state, &Field::new(&name("label-ja"), t.t("requests-form-label")).required()))
                (select(t, state, &Field::new(&name("kind"), t.t("requests-form-kind")), &kinds))
                @if field.kind.has_choices() {
                    (textarea(t, state, &Field::new(&name("choices"), t.t("requests-form-choices")).hint(t.t("requests-form-choices-hint")).rows(4)))
                } @else {
                    (hidden(&name("choices"), state.value(&name("choices"))))
                }
                (select(t, state, &Field::new(&name("required"), t.t("requests-form-required")), &required))
                (conditions(t, state, spec, (&name("needed"), &part, &field.required_when),
                    (t.t("requests-form-needed"), t.t("requests-form-no-condition"))))
                (conditions(t, state, spec, (&name("shown"), &part, &field.shown_when),
                    (t.t("requests-form-shown"), t.t("requests-form-always"))))
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
) -> Markup {
    let name = |part: &str| format!("s{at}-{part}");
    let part = format!("s{at}");
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
    let begins = [
        Choice::new("previous", t.t("requests-form-after-previous")),
        Choice::new("at-once", t.t("requests-form-after-nothing")),
        Choice::new("steps", t.t("requests-form-after-chosen")),
    ];
    let others: Vec<Choice<'_>> = spec
        .route
        .iter()
        .filter(|other| other.id != step.id)
        .map(|other| Choice::new(&other.id, words::text(t, &other.title)))
        .chain(
            // A step that is not there any more stays to be seen until it is mended.
            step.after
                .iter()
                .flatten()
                .filter(|id| spec.step(id).is_none() || **id == step.id)
                .map(|id| Choice::new(id, id)),
        )
        .collect();
    let legend = t.t_args("requests-form-step", args![("number", at + 1)]);
    html! {
        div id={ "part-" (part) } {
            (fieldset(&legend, html! {
                (text_field(t, state, &Field::new(&name("title-ja"), t.t("requests-form-step-title")).required()))
                (checkbox_group(t, state, &Field::new(&name("seats"), t.t("requests-form-seats")), &seats))
                (select(t, state, &Field::new(&name("mode"), t.t("requests-form-mode")), &modes))
                (select(t, state, &Field::new(&name("act"), t.t("requests-form-act")), &acts))
                (conditions(t, state, spec, (&name("when"), &part, &step.when),
                    (t.t("requests-form-step-when"), t.t("requests-form-always"))))
                (select(t, state, &Field::new(&name("begin"), t.t("requests-form-step-after")), &begins))
                @if !others.is_empty() {
                    (checkbox_group(t, state, &Field::new(&name("after"), t.t("requests-form-after-which")), &others))
                }
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

fn ledgers(t: &Translator, state: &FormState, spec: &RequestForm) -> Markup {
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
            @let part = format!("o{at}");
            div id={ "part-" (part) } {
                (fieldset(ledger(t, outcome.ledger), html! {
                        (hidden(&format!("o{at}-ledger"), outcome.ledger.code()))
                    (conditions(t, state, spec, (&format!("o{at}-when"), &part, &outcome.when),
                        (t.t("requests-form-enters-when"), t.t("requests-form-always"))))
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
