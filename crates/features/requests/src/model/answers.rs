//! What was answered, and whether it will do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use yagura_kernel::time::{Date, parse_date};
use yagura_packs::{FieldKind, FormField, LONGEST_ANSWER, RequestForm, all_hold};

/// The longest answer of one line, in characters.
pub const LONGEST_LINE: usize = 200;

/// Answers by field. A choice of several has several; a file has the id of each; a system has its
/// name and, where it is in the register, its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Vec<String>>);

impl Answers {
    /// The answers to a field.
    #[must_use]
    pub fn of(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// The first answer to a field; empty where there is none.
    #[must_use]
    pub fn first(&self, field: &str) -> &str {
        self.of(field).first().map_or("", String::as_str)
    }

    /// Sets the answers to a field; blank ones are left out.
    pub fn set(&mut self, field: &str, answers: impl IntoIterator<Item = String>) {
        let given: Vec<String> = answers
            .into_iter()
            .filter(|answer| !answer.trim().is_empty())
            .collect();
        if given.is_empty() {
            self.0.remove(field);
        } else {
            self.0.insert(field.to_owned(), given);
        }
    }

    /// Only what is asked: an answer to a question that is not asked does not count.
    #[must_use]
    pub fn kept(&self, form: &RequestForm) -> Self {
        let asked = asked(form, self);
        Self(
            self.0
                .iter()
                .filter(|(field, _)| asked.contains(field.as_str()))
                .map(|(field, answers)| (field.clone(), answers.clone()))
                .collect(),
        )
    }

    /// What of it fits another version of the form, and the fields whose answers do not.
    #[must_use]
    pub fn fitted(&self, form: &RequestForm) -> (Self, Vec<String>) {
        let mut fits = self.kept(form);
        let mut dropped = Vec::new();
        for field in &form.fields {
            let fault = fault_of(field, fits.of(&field.id));
            if matches!(
                fault,
                Some(AnswerFault::NotAChoice | AnswerFault::NotADay | AnswerFault::TooMany)
            ) {
                fits.set(&field.id, []);
                dropped.push(field.id.clone());
            }
        }
        (fits, dropped)
    }

    /// The first department that was named.
    #[must_use]
    pub fn department(&self, form: &RequestForm) -> Option<&str> {
        let mut fields = form.fields.iter();
        let field = fields.find(|field| field.kind == FieldKind::Department)?;
        Some(self.first(&field.id)).filter(|name| !name.is_empty())
    }
}

/// Why an answer will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// It is missing.
    Missing,
    /// It is longer than is taken.
    TooLong {
        /// The bound in characters.
        longest: usize,
    },
    /// It is none of the choices.
    NotAChoice,
    /// It is no day.
    NotADay,
    /// The end lies before the beginning.
    EndBeforeBeginning,
    /// The end is over already.
    Past,
    /// There are more than are taken.
    TooMany,
}

impl AnswerFault {
    /// The key in the message catalogue.
    #[must_use]
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Missing => "requests-fault-missing",
            Self::TooLong { .. } => "requests-fault-too-long",
            Self::NotAChoice => "requests-fault-not-a-choice",
            Self::NotADay => "requests-fault-not-a-day",
            Self::EndBeforeBeginning => "requests-fault-end-before-beginning",
            Self::Past => "requests-fault-past",
            Self::TooMany => "requests-fault-too-many",
        }
    }
}

/// The fields that are asked, given the answers so far.
#[must_use]
pub fn asked<'f>(form: &'f RequestForm, answers: &Answers) -> BTreeSet<&'f str> {
    // A field that depends on one that is not asked is not asked. The form has no cycle, so as many
    // rounds as there are fields settle it.
    let mut asked: BTreeSet<&str> = form.fields.iter().map(|f| f.id.as_str()).collect();
    for _ in 0..=form.fields.len() {
        let given = |field: &str| -> &[String] {
            if asked.contains(field) {
                answers.of(field)
            } else {
                &[]
            }
        };
        let next: BTreeSet<&str> = form
            .fields
            .iter()
            .filter(|field| all_hold(&field.shown_when, given))
            .map(|field| field.id.as_str())
            .collect();
        if next == asked {
            break;
        }
        asked = next;
    }
    asked
}

/// Whether a field must be answered, given the answers.
#[must_use]
pub fn is_required(field: &FormField, answers: &Answers) -> bool {
    field.required
        || (!field.required_when.is_empty() && all_hold(&field.required_when, |id| answers.of(id)))
}

/// What keeps the answers from being filed on a day, field by field.
#[must_use]
pub fn check_answers(
    form: &RequestForm,
    answers: &Answers,
    today: Date,
) -> Vec<(String, AnswerFault)> {
    let kept = answers.kept(form);
    let asked = asked(form, answers);
    let mut faults = Vec::new();
    for field in form.fields.iter().filter(|f| asked.contains(f.id.as_str())) {
        let given = kept.of(&field.id);
        if given.is_empty() {
            if is_required(field, &kept) {
                faults.push((field.id.clone(), AnswerFault::Missing));
            }
            continue;
        }
        if let Some(fault) = fault_of(field, given) {
            faults.push((field.id.clone(), fault));
        }
    }
    let day = |id: &str| parse_date(kept.first(id)).ok();
    for outcome in &form.outcomes {
        let from_of = |to: &str| outcome.fields.iter().find(|pair| pair.to == to);
        let Some(until) = from_of("until") else {
            continue;
        };
        let Some(end) = day(&until.from) else {
            continue;
        };
        let begins = from_of("from").and_then(|from| day(&from.from));
        let fault = if begins.is_some_and(|begins| end < begins) {
            AnswerFault::EndBeforeBeginning
        } else if end < today {
            AnswerFault::Past
        } else {
            continue;
        };
        let fault = (until.from.clone(), fault);
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

fn fault_of(field: &FormField, given: &[String]) -> Option<AnswerFault> {
    let longest = match field.kind {
        FieldKind::LongText => LONGEST_ANSWER,
        _ => LONGEST_LINE,
    };
    if given.iter().any(|answer| answer.chars().count() > longest) {
        return Some(AnswerFault::TooLong { longest });
    }
    let most = match field.kind {
        FieldKind::MultiChoice => field.choices.len(),
        FieldKind::File => 5,
        FieldKind::System => 2,
        _ => 1,
    };
    if given.len() > most {
        return Some(AnswerFault::TooMany);
    }
    let known = |answer: &String| field.choices.iter().any(|choice| choice.value == *answer);
    match field.kind {
        FieldKind::YesNo if !given.iter().all(|a| matches!(a.as_str(), "yes" | "no")) => {
            Some(AnswerFault::NotAChoice)
        }
        FieldKind::Choice | FieldKind::MultiChoice if !given.iter().all(known) => {
            Some(AnswerFault::NotAChoice)
        }
        FieldKind::Date if given.iter().any(|day| parse_date(day).is_err()) => {
            Some(AnswerFault::NotADay)
        }
        _ => None,
    }
}

/// By what a request is told from others in lists: the answer to the field that the form marks, else
/// to its first.
#[must_use]
pub fn subject_of(form: &RequestForm, answers: &Answers) -> String {
    let marked = form.fields.iter().find(|field| field.subject);
    let field = marked.or_else(|| form.fields.first());
    let text = field
        .map(|field| answers.first(&field.id))
        .unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_packs::Library;

    fn form(id: &str) -> RequestForm {
        Library::builtin().get(id).unwrap().form().unwrap().clone()
    }

    fn answers(pairs: &[(&str, &[&str])]) -> Answers {
        let mut answers = Answers::default();
        for (field, given) in pairs {
            answers.set(field, given.iter().map(|text| (*text).to_owned()));
        }
        answers
    }

    const EXCEPTION: &[(&str, &[&str])] = &[
        ("rule", &["USBメモリの禁止"]),
        ("person", &["架空 花子"]),
        ("department", &["放射線科"]),
        ("reason", &["装置が古い"]),
        ("compensation", &["専用のUSBだけを使う"]),
        ("personal", &["no"]),
        ("from", &["2026-12-01"]),
        ("until", &["2027-03-31"]),
    ];

    #[test]
    fn an_exception_needs_reason_and_end() {
        let form = form("form-exception");
        let today = parse_date("2026-11-22").unwrap();
        let good = answers(EXCEPTION);
        assert_eq!(check_answers(&form, &good, today), []);
        assert_eq!(subject_of(&form, &good), "USBメモリの禁止");
        for (field, given, fault) in [
            ("reason", "", AnswerFault::Missing),
            ("until", "", AnswerFault::Missing),
            ("until", "2026-11-30", AnswerFault::EndBeforeBeginning),
            ("until", "いつか", AnswerFault::NotADay),
            ("personal", "maybe", AnswerFault::NotAChoice),
        ] {
            let mut wrong = good.clone();
            wrong.set(field, [given.to_owned()]);
            let faults = check_answers(&form, &wrong, today);
            assert_eq!(faults, [(field.to_owned(), fault)]);
        }
        let mut past = good.clone();
        past.set("from", ["2026-10-01".to_owned()]);
        past.set("until", ["2026-11-21".to_owned()]);
        let faults = check_answers(&form, &past, today);
        assert_eq!(faults, [("until".to_owned(), AnswerFault::Past)]);
        let mut long = good;
        long.set("rule", ["規".repeat(LONGEST_LINE + 1)]);
        assert!(matches!(
            check_answers(&form, &long, today)[..],
            [(_, AnswerFault::TooLong { .. })]
        ));
    }

    #[test]
    fn what_is_not_asked_neither_counts_nor_is_needed() {
        let form = form("form-data-export");
        let mut given = answers(&[("method", &["usb"]), ("medium", &["USB-001"])]);
        assert!(asked(&form, &given).contains("medium-owner"));
        assert_eq!(given.kept(&form).first("medium"), "USB-001");
        given.set("method", ["paper".to_owned()]);
        assert!(!asked(&form, &given).contains("medium-owner"));
        assert_eq!(given.kept(&form).first("medium"), "");
        let faults = check_answers(&form, &given, parse_date("2026-11-22").unwrap());
        assert!(faults.iter().all(|(field, _)| field != "medium-owner"));
        assert!(faults.iter().any(|(field, _)| field == "information"));
    }

    #[test]
    fn answers_go_over_to_a_changed_form_as_far_as_they_fit() {
        let mut form = form("form-exception");
        let given = answers(EXCEPTION);
        assert_eq!(given.fitted(&form), (given.clone(), Vec::new()));
        // One question is gone, one was made another kind, and one lost the choice.
        form.fields.retain(|field| field.id != "compensation");
        for field in &mut form.fields {
            match field.id.as_str() {
                "rule" => field.kind = FieldKind::Date,
                "personal" => field.kind = FieldKind::Choice,
                _ => {}
            }
        }
        let (fits, dropped) = given.fitted(&form);
        assert_eq!(dropped, ["rule", "personal"]);
        for gone in ["rule", "personal", "compensation"] {
            assert_eq!(fits.first(gone), "", "{gone}");
        }
        assert_eq!(fits.first("reason"), "装置が古い");
    }

    #[test]
    fn a_question_behind_one_that_is_not_asked_is_not_asked() {
        let mut form = form("form-data-export");
        let medium = form
            .fields
            .iter_mut()
            .find(|f| f.id == "encryption")
            .unwrap();
        medium.shown_when = vec![yagura_packs::Condition {
            field: "medium-owner".to_owned(),
            is: vec!["private".to_owned()],
        }];
        let mut given = answers(&[("method", &["usb"]), ("medium-owner", &["private"])]);
        assert!(asked(&form, &given).contains("encryption"));
        given.set("method", ["paper".to_owned()]);
        assert!(!asked(&form, &given).contains("encryption"));
    }
}
