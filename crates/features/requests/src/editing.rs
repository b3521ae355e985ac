//! The form editor's part without pages: a form as the fields of a page, and back. Everything that a
//! form can say survives the way there and back.

use yagura_packs::{
    Condition, FieldChoice, FieldKind, FormField, FormOutcome, LedgerCode, MOST_FIELDS, MOST_STEPS,
    OutcomeField, RequestForm, RouteStep, Seat, StepAct, StepMode, Text,
};
use yagura_web::ui::forms::FormState;

use crate::store::StoredForm;

/// How many conditions a place of the editor takes.
pub(crate) const MOST_CONDITIONS: usize = 30;

/// The names of the fields of a condition at a place of the editor, such as the first of `f0-shown`.
pub(crate) fn condition_name(place: &str, at: usize, part: &str) -> String {
    format!("{place}-c{at}-{part}")
}

/// Conditions as fields of the editor's page.
fn put_conditions(place: &str, conditions: &[Condition], add: &mut impl FnMut(String, &str)) {
    for (at, condition) in conditions.iter().enumerate() {
        let name = |part| condition_name(place, at, part);
        add(name("field"), &condition.field);
        add(name("of"), &condition.field);
        for answer in &condition.is {
            add(name("is"), answer);
        }
        add(name("lines"), &condition.is.join("\n"));
    }
}

/// The conditions of a place of the editor: each names a question, and the answers of which one has to
/// be given; none means that it has to be answered at all. Where another question was chosen than the
/// answers are of, they are left out. What is picked from boxes and what is typed as lines are two ways
/// to say the same; a question has one of them.
fn conditions_at(state: &FormState, place: &str, fields: &[FormField]) -> Vec<Condition> {
    (0..=MOST_CONDITIONS)
        .filter_map(|at| {
            let name = |part| condition_name(place, at, part);
            let field = state.value(&name("field")).trim();
            if field.is_empty() {
                return None;
            }
            let picked = fields
                .iter()
                .find(|known| known.id == field)
                .is_some_and(|known| is_picked(known.kind));
            let is: Vec<String> = if state.value(&name("of")) != field {
                Vec::new()
            } else if picked {
                state.values(&name("is")).to_vec()
            } else {
                let lines = state.value(&name("lines")).lines();
                lines.map(|line| line.trim().to_owned()).collect()
            };
            Some(Condition {
                field: field.to_owned(),
                is: is.into_iter().filter(|answer| !answer.is_empty()).collect(),
            })
        })
        .collect()
}

/// Whether the answers to a kind of question are picked from boxes.
pub(crate) const fn is_picked(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::YesNo | FieldKind::Choice | FieldKind::MultiChoice
    )
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

/// After which steps one begins: the one before it, none (at once), or these.
fn after_code(after: Option<&[String]>) -> &'static str {
    match after {
        None => "previous",
        Some([]) => "at-once",
        Some(_) => "steps",
    }
}

fn after_of(code: &str, steps: &[String]) -> Option<Vec<String>> {
    match code {
        "at-once" => Some(Vec::new()),
        "steps" if !steps.is_empty() => Some(steps.to_vec()),
        _ => None,
    }
}

/// A form as the fields of the editor's page.
pub(crate) fn state_of(stored: &StoredForm) -> FormState {
    FormState::from_pairs(pairs_of(stored))
}

fn pairs_of(stored: &StoredForm) -> Vec<(String, String)> {
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
        put_conditions(&name("shown"), &field.shown_when, &mut add);
        put_conditions(&name("needed"), &field.required_when, &mut add);
        add(name("required"), if field.required { "always" } else { "" });
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
        put_conditions(&name("when"), &step.when, &mut add);
        add(name("begin"), after_code(step.after.as_deref()));
        for before in step.after.iter().flatten() {
            add(name("after"), before);
        }
        add(name("days"), &step.due_days.to_string());
        if step.escalate {
            add(name("escalate"), "yes");
        }
    }
    for (at, outcome) in form.outcomes.iter().enumerate() {
        let name = |part: &str| format!("o{at}-{part}");
        add(name("ledger"), outcome.ledger.code());
        put_conditions(&name("when"), &outcome.when, &mut add);
        for pair in &outcome.fields {
            add(name(&format!("map-{}", pair.to)), &pair.from);
        }
    }
    pairs
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
            required_when: Vec::new(),
            shown_when: Vec::new(),
            subject: state.is_chosen(&name("subject"), "yes"),
        });
    }
    // Conditions may ask any question, also a later one.
    let known = fields.clone();
    for (at, field) in fields.iter_mut().enumerate() {
        let of = |part: &str| conditions_at(state, &format!("f{at}-{part}"), &known);
        field.shown_when = of("shown");
        if !field.required {
            field.required_when = of("needed");
        }
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
            when: conditions_at(state, &name("when"), &fields),
            after: after_of(state.value(&name("begin")), state.values(&name("after"))),
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
            when: conditions_at(state, &name("when"), &fields),
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
    fn several_conditions_with_several_answers_are_composed() {
        let mut pairs = pairs_of(&shipped().remove(1));
        pairs.retain(|(name, _)| !name.starts_with("s1-when"));
        let mut set = |at, part, values: &[&str]| {
            let name = condition_name("s1-when", at, part);
            pairs.extend(
                values
                    .iter()
                    .map(|value| (name.clone(), (*value).to_owned())),
            );
        };
        // Any of two answers, and another question besides; the first was a condition on another
        // question, whose answers are left out.
        set(0, "field", &["method"]);
        set(0, "of", &["personal"]);
        set(0, "is", &["yes"]);
        set(1, "field", &["purpose"]);
        set(1, "of", &["purpose"]);
        set(1, "is", &["research", "other"]);
        set(2, "field", &[""]);
        set(3, "field", &["recipient"]);
        set(3, "of", &["recipient"]);
        set(3, "lines", &["学会\n\n 大学 "]);
        let when = |field: &str, is: &[&str]| Condition {
            field: field.to_owned(),
            is: is.iter().map(|answer| (*answer).to_owned()).collect(),
        };
        let expected = [
            when("method", &[]),
            when("purpose", &["research", "other"]),
            when("recipient", &["学会", "大学"]),
        ];
        let stored = form_of(&FormState::from_pairs(pairs));
        assert_eq!(stored.form.route[1].when, expected);
        assert_eq!(form_of(&state_of(&stored)), stored);
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
