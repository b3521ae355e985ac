//! The form editor's part without pages: a form as the fields of a page, and back. Everything that a
//! form can say survives the way there and back.

use yagura_packs::{
    Condition, FieldChoice, FieldKind, FormField, FormOutcome, LedgerCode, MOST_FIELDS, MOST_STEPS,
    OutcomeField, RequestForm, RouteStep, Seat, StepAct, StepMode, Text,
};
use yagura_web::ui::forms::FormState;

use crate::store::StoredForm;

/// Conditions as one text: `personal=yes;method=usb|disc`; a field alone means that it was answered.
pub(crate) fn conditions_text(conditions: &[Condition]) -> String {
    conditions
        .iter()
        .map(|condition| {
            if condition.is.is_empty() {
                condition.field.clone()
            } else {
                format!("{}={}", condition.field, condition.is.join("|"))
            }
        })
        .collect::<Vec<_>>()
        .join(";")
}

/// The conditions of a text.
pub(crate) fn conditions_of(text: &str) -> Vec<Condition> {
    text.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('=') {
            Some((field, answers)) => Condition {
                field: field.trim().to_owned(),
                is: answers
                    .split('|')
                    .map(|answer| answer.trim().to_owned())
                    .filter(|answer| !answer.is_empty())
                    .collect(),
            },
            None => Condition {
                field: part.to_owned(),
                is: Vec::new(),
            },
        })
        .collect()
}

/// Choices as lines: `usb | USBメモリ | USB stick`.
fn choices_text(choices: &[FieldChoice]) -> String {
    choices
        .iter()
        .map(|choice| {
            format!(
                "{} | {} | {}",
                choice.value, choice.label.ja, choice.label.en
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The choices of lines. A line with a name alone gets a value of its own.
fn choices_of(text: &str) -> Vec<FieldChoice> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(MOST_FIELDS + 1)
        .enumerate()
        .map(|(at, line)| {
            let mut parts = line.split('|').map(str::trim);
            let first = parts.next().unwrap_or_default();
            match parts.next() {
                Some(ja) => FieldChoice {
                    value: first.to_owned(),
                    label: Text::new(ja, parts.next().unwrap_or_default()),
                },
                None => FieldChoice {
                    value: format!("choice-{}", at + 1),
                    label: Text::new(first, ""),
                },
            }
        })
        .collect()
}

/// After which steps one begins: empty for the one before it, `-` for at once, else ids.
fn after_text(after: Option<&[String]>) -> String {
    match after {
        None => String::new(),
        Some([]) => "-".to_owned(),
        Some(steps) => steps.join(","),
    }
}

fn after_of(text: &str) -> Option<Vec<String>> {
    match text.trim() {
        "" => None,
        "-" => Some(Vec::new()),
        ids => Some(ids.split(',').map(|id| id.trim().to_owned()).collect()),
    }
}

/// A form as the fields of the editor's page.
pub(crate) fn state_of(stored: &StoredForm) -> FormState {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut add = |name: String, value: &str| pairs.push((name, value.to_owned()));
    let form = &stored.form;
    add("title-ja".into(), &stored.title.ja);
    add("title-en".into(), &stored.title.en);
    add("summary-ja".into(), &form.summary.ja);
    add("summary-en".into(), &form.summary.en);
    add("after-ja".into(), &form.after_filing.ja);
    add("after-en".into(), &form.after_filing.en);
    add("order".into(), &form.order.to_string());
    for (at, field) in form.fields.iter().enumerate() {
        let name = |part: &str| format!("f{at}-{part}");
        add(name("id"), &field.id);
        add(name("label-ja"), &field.label.ja);
        add(name("label-en"), &field.label.en);
        add(name("help-ja"), &field.help.ja);
        add(name("help-en"), &field.help.en);
        add(name("kind"), field.kind.code());
        add(name("choices"), &choices_text(&field.choices));
        add(name("shown"), &conditions_text(&field.shown_when));
        let required = if field.required {
            "always".to_owned()
        } else {
            conditions_text(&field.required_when)
        };
        add(name("required"), &required);
        if field.subject {
            add(name("subject"), "yes");
        }
    }
    for (at, step) in form.route.iter().enumerate() {
        let name = |part: &str| format!("s{at}-{part}");
        add(name("id"), &step.id);
        add(name("title-ja"), &step.title.ja);
        add(name("title-en"), &step.title.en);
        for seat in &step.seats {
            add(name("seats"), seat.code());
        }
        add(
            name("mode"),
            if step.mode == StepMode::Any {
                "any"
            } else {
                "all"
            },
        );
        let carries = step.act == StepAct::CarryOut;
        add(name("act"), if carries { "carry-out" } else { "decide" });
        add(name("when"), &conditions_text(&step.when));
        add(name("after"), &after_text(step.after.as_deref()));
        add(name("days"), &step.due_days.to_string());
        if step.escalate {
            add(name("escalate"), "yes");
        }
    }
    for (at, outcome) in form.outcomes.iter().enumerate() {
        let name = |part: &str| format!("o{at}-{part}");
        add(name("ledger"), outcome.ledger.code());
        add(name("when"), &conditions_text(&outcome.when));
        for pair in &outcome.fields {
            add(name(&format!("map-{}", pair.to)), &pair.from);
        }
    }
    FormState::from_pairs(pairs)
}

/// The form of the editor's page, as it stands there: what is wrong with it is said by its check.
pub(crate) fn form_of(state: &FormState) -> StoredForm {
    let text = |name: &str| {
        let value = |tail: &str| state.value(&format!("{name}-{tail}")).trim().to_owned();
        Text::new(value("ja"), value("en"))
    };
    let mut fields = Vec::new();
    for at in 0..=MOST_FIELDS {
        let name = |part: &str| format!("f{at}-{part}");
        let Some(kind) = FieldKind::from_code(state.value(&name("kind"))) else {
            break;
        };
        let required = state.value(&name("required"));
        fields.push(FormField {
            id: state.value(&name("id")).trim().to_owned(),
            label: text(&name("label")),
            help: text(&name("help")),
            kind,
            choices: if kind.has_choices() {
                choices_of(state.value(&name("choices")))
            } else {
                Vec::new()
            },
            required: required == "always",
            required_when: if required == "always" {
                Vec::new()
            } else {
                conditions_of(required)
            },
            shown_when: conditions_of(state.value(&name("shown"))),
            subject: state.is_chosen(&name("subject"), "yes"),
        });
    }
    let mut route = Vec::new();
    for at in 0..=MOST_STEPS {
        let name = |part: &str| format!("s{at}-{part}");
        let act = match state.value(&name("act")) {
            "decide" => StepAct::Decide,
            "carry-out" => StepAct::CarryOut,
            _ => break,
        };
        let seats = state.values(&name("seats"));
        route.push(RouteStep {
            id: state.value(&name("id")).trim().to_owned(),
            title: text(&name("title")),
            seats: seats
                .iter()
                .filter_map(|code| Seat::from_code(code))
                .collect(),
            mode: if state.value(&name("mode")) == "any" {
                StepMode::Any
            } else {
                StepMode::All
            },
            act,
            when: conditions_of(state.value(&name("when"))),
            after: after_of(state.value(&name("after"))),
            due_days: state.value(&name("days")).trim().parse().unwrap_or(0),
            escalate: state.is_chosen(&name("escalate"), "yes"),
        });
    }
    let mut outcomes = Vec::new();
    for at in 0..=LedgerCode::ALL.len() {
        let name = |part: &str| format!("o{at}-{part}");
        let Some(ledger) = LedgerCode::from_code(state.value(&name("ledger"))) else {
            break;
        };
        let pairs = ledger.fields().iter().filter_map(|to| {
            let from = state.value(&name(&format!("map-{to}"))).trim();
            (!from.is_empty()).then(|| OutcomeField {
                to: (*to).to_owned(),
                from: from.to_owned(),
            })
        });
        outcomes.push(FormOutcome {
            ledger,
            when: conditions_of(state.value(&name("when"))),
            fields: pairs.collect(),
        });
    }
    StoredForm {
        title: text("title"),
        form: RequestForm {
            summary: text("summary"),
            order: state.value("order").trim().parse().unwrap_or(500),
            after_filing: text("after"),
            fields,
            route,
            outcomes,
        },
    }
}

/// A change of the list of fields, steps or outcomes: `add-f`, `up-f3`, `down-s1`, `remove-o0`.
pub(crate) fn rearranged(mut stored: StoredForm, change: &str) -> StoredForm {
    let form = &mut stored.form;
    match change {
        "add-f" if form.fields.len() < MOST_FIELDS => {
            let id = fresh("field", form.fields.iter().map(|field| field.id.as_str()));
            form.fields.push(FormField {
                id,
                label: Text::default(),
                help: Text::default(),
                kind: FieldKind::Text,
                choices: Vec::new(),
                required: false,
                required_when: Vec::new(),
                shown_when: Vec::new(),
                subject: false,
            });
        }
        "add-s" if form.route.len() < MOST_STEPS => {
            let id = fresh("step", form.route.iter().map(|step| step.id.as_str()));
            form.route.push(RouteStep {
                id,
                title: Text::default(),
                seats: Vec::new(),
                mode: StepMode::All,
                act: StepAct::Decide,
                when: Vec::new(),
                after: None,
                due_days: 7,
                escalate: true,
            });
        }
        _ => {}
    }
    if let Some(code) = change.strip_prefix("add-o-")
        && let Some(ledger) = LedgerCode::from_code(code)
        && !form.outcomes.iter().any(|outcome| outcome.ledger == ledger)
    {
        form.outcomes.push(FormOutcome {
            ledger,
            when: Vec::new(),
            fields: Vec::new(),
        });
    }
    let Some((what, place)) = change.split_once('-') else {
        return stored;
    };
    let mut letters = place.chars();
    let (list, at) = (letters.next(), letters.as_str().parse::<usize>());
    let Ok(at) = at else {
        return stored;
    };
    match list {
        Some('f') => shift(&mut form.fields, what, at),
        Some('s') => shift(&mut form.route, what, at),
        Some('o') => shift(&mut form.outcomes, what, at),
        _ => {}
    }
    stored
}

fn shift<T>(list: &mut Vec<T>, what: &str, at: usize) {
    match what {
        "up" if at > 0 && at < list.len() => list.swap(at - 1, at),
        "down" if at.saturating_add(1) < list.len() => list.swap(at, at + 1),
        "remove" if at < list.len() => {
            list.remove(at);
        }
        _ => {}
    }
}

/// An id that is not in use: `field-1`, `field-2`.
fn fresh<'a>(stem: &str, used: impl Iterator<Item = &'a str>) -> String {
    let used: Vec<&str> = used.collect();
    (1..=MOST_FIELDS * 2)
        .map(|number| format!("{stem}-{number}"))
        .find(|id| !used.contains(&id.as_str()))
        .unwrap_or_else(|| stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_packs::{Library, check_form};

    fn shipped() -> Vec<StoredForm> {
        let day = yagura_kernel::time::parse_date("2026-11-22").unwrap();
        Library::builtin()
            .forms_on(day)
            .into_iter()
            .map(|pack| StoredForm {
                title: pack.title.clone(),
                form: pack.form().unwrap().clone(),
            })
            .collect()
    }

    #[test]
    fn every_shipped_form_survives_the_editor() {
        let forms = shipped();
        assert_eq!(forms.len(), 10);
        for mut stored in forms {
            // The editor lists a ledger's fields in the ledger's order.
            for outcome in &mut stored.form.outcomes {
                let order = outcome.ledger.fields();
                let place = |to: &str| order.iter().position(|known| *known == to);
                outcome.fields.sort_by_key(|pair| place(&pair.to));
            }
            assert_eq!(form_of(&state_of(&stored)), stored, "{}", stored.title.ja);
        }
    }

    #[test]
    fn rows_are_added_moved_and_taken_away() {
        let stored = shipped().remove(0);
        let first = stored.form.fields[0].id.clone();
        let moved = rearranged(stored.clone(), "down-f0");
        assert_eq!(moved.form.fields[1].id, first);
        assert_eq!(rearranged(moved, "up-f1"), stored);
        let more = rearranged(stored.clone(), "add-f");
        assert_eq!(more.form.fields.last().unwrap().id, "field-1");
        let more = rearranged(more, "add-f");
        assert_eq!(more.form.fields.last().unwrap().id, "field-2");
        let fewer = rearranged(stored.clone(), "remove-s0");
        assert_eq!(fewer.form.route.len() + 1, stored.form.route.len());
        for nothing in [
            "up-f0",
            "down-f99",
            "remove-s99",
            "remove-x1",
            "",
            "up-",
            "add-o-nowhere",
        ] {
            assert_eq!(rearranged(stored.clone(), nothing), stored, "{nothing}");
        }
        let outcome = rearranged(stored, "add-o-media");
        assert!(
            !check_form(&outcome.form).is_empty(),
            "the ledger needs fields"
        );
    }
}
