//! Whether a form can be used: pure, with typed reasons and the place of each.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Condition, FieldKind, FormField, FormOutcome, LONGEST_DUE_DAYS, LedgerCode, MOST_FIELDS,
    MOST_SEATS, MOST_STEPS, RequestForm, RouteStep, Seat, StepAct,
};

/// Where in a form something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FormPlace {
    /// The form as a whole.
    Form,
    /// The field at this place, from 0.
    Field(usize),
    /// The step at this place, from 0.
    Step(usize),
    /// The outcome at this place, from 0.
    Outcome(usize),
}

/// Something that is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    /// Where.
    pub place: FormPlace,
    /// What.
    pub kind: FormFaultKind,
}

/// What can be wrong with a form. The display text is for logs; people read the words of
/// [`Self::message_key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormFaultKind {
    /// Nothing is asked.
    #[error("the form asks nothing")]
    NoFields,
    /// There is no step.
    #[error("the route has no step")]
    NoSteps,
    /// No step decides in every case; all only carry out, or are left out in some case.
    #[error("no step of the route decides in every case")]
    NothingDecides,
    /// There are too many of something.
    #[error("more than {most} are not taken")]
    TooMany {
        /// The bound.
        most: usize,
    },
    /// An id is not made of lower-case letters, digits and hyphens.
    #[error("the id \"{0}\" may have only lower-case letters, digits and hyphens")]
    BadId(String),
    /// Two things have one id.
    #[error("the id \"{0}\" occurs twice")]
    DuplicateId(String),
    /// A name is missing.
    #[error("the name is missing")]
    MissingName,
    /// A choice has nothing to choose from.
    #[error("there is nothing to choose from")]
    NoChoices,
    /// A condition names a field that is not there.
    #[error("a condition names the field \"{0}\", which is not there")]
    UnknownField(String),
    /// A condition names an answer that the field cannot have.
    #[error("the field \"{field}\" cannot be answered \"{answer}\"")]
    UnknownAnswer {
        /// The field.
        field: String,
        /// The answer.
        answer: String,
    },
    /// Whether the field is asked depends on itself, round about.
    #[error("whether \"{0}\" is asked depends on itself")]
    ConditionCycle(String),
    /// A step has nobody who decides.
    #[error("the step has no approver")]
    NoApprover,
    /// One seat occurs twice in a step.
    #[error("a seat occurs twice in the step")]
    SeatTwice,
    /// A step comes after one that is not there.
    #[error("the step comes after \"{0}\", which is not there")]
    UnknownStep(String),
    /// A step comes after itself, round about.
    #[error("the route loops at \"{0}\"")]
    RouteLoop(String),
    /// The time is nothing or too long.
    #[error("the days must be 1 to {LONGEST_DUE_DAYS}")]
    BadDays,
    /// What is carried out comes before a step that decides.
    #[error("the step carries out before \"{0}\" decides")]
    CarriedOutTooEarly(String),
    /// Nobody in the institution sits there, and nobody is there to whom it could fall.
    #[error("nobody holds the seat {0:?} and there is no one to whom it falls")]
    EmptySeat(Seat),
    /// The ledger has no such field.
    #[error("the ledger has no field \"{0}\"")]
    UnknownLedgerField(String),
    /// A field of the ledger is filled twice.
    #[error("the ledger's field \"{0}\" is filled twice")]
    LedgerFieldTwice(String),
    /// The ledger needs a field that is not filled by an answer that is always there.
    #[error("the ledger needs \"{0}\" from a required field")]
    MissingLedgerField(String),
    /// An end or beginning is filled by something that is no day.
    #[error("the field \"{0}\" is no date")]
    NotADate(String),
}

impl FormFaultKind {
    /// The key in the message catalogue.
    #[must_use]
    pub const fn message_key(&self) -> &'static str {
        match self {
            Self::NoFields => "form-fault-no-fields",
            Self::NoSteps => "form-fault-no-steps",
            Self::NothingDecides => "form-fault-nothing-decides",
            Self::TooMany { .. } => "form-fault-too-many",
            Self::BadId(_) => "form-fault-bad-id",
            Self::DuplicateId(_) => "form-fault-duplicate-id",
            Self::MissingName => "form-fault-missing-name",
            Self::NoChoices => "form-fault-no-choices",
            Self::UnknownField(_) => "form-fault-unknown-field",
            Self::UnknownAnswer { .. } => "form-fault-unknown-answer",
            Self::ConditionCycle(_) => "form-fault-condition-cycle",
            Self::NoApprover => "form-fault-no-approver",
            Self::SeatTwice => "form-fault-seat-twice",
            Self::UnknownStep(_) => "form-fault-unknown-step",
            Self::RouteLoop(_) => "form-fault-route-loop",
            Self::BadDays => "form-fault-bad-days",
            Self::CarriedOutTooEarly(_) => "form-fault-carried-out-too-early",
            Self::EmptySeat(_) => "form-fault-empty-seat",
            Self::UnknownLedgerField(_) => "form-fault-unknown-ledger-field",
            Self::LedgerFieldTwice(_) => "form-fault-ledger-field-twice",
            Self::MissingLedgerField(_) => "form-fault-missing-ledger-field",
            Self::NotADate(_) => "form-fault-not-a-date",
        }
    }

    /// The value of the message's argument `value`, and of `answer` where there is one.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooMany { most } => vec![("value", most.to_string())],
            Self::BadId(value)
            | Self::DuplicateId(value)
            | Self::UnknownField(value)
            | Self::ConditionCycle(value)
            | Self::UnknownStep(value)
            | Self::RouteLoop(value)
            | Self::CarriedOutTooEarly(value)
            | Self::UnknownLedgerField(value)
            | Self::LedgerFieldTwice(value)
            | Self::MissingLedgerField(value)
            | Self::NotADate(value) => vec![("value", value.clone())],
            Self::UnknownAnswer { field, answer } => {
                vec![("value", field.clone()), ("answer", answer.clone())]
            }
            Self::EmptySeat(seat) => vec![("value", seat.code().to_owned())],
            Self::BadDays => vec![("value", LONGEST_DUE_DAYS.to_string())],
            _ => Vec::new(),
        }
    }
}

/// Everything that keeps a form from being used, whatever the institution, in the order of the form.
#[must_use]
pub fn check_form(form: &RequestForm) -> Vec<FormFault> {
    let mut check = Check {
        form,
        faults: Vec::new(),
    };
    check.whole();
    check.fields();
    check.route();
    for (place, outcome) in form.outcomes.iter().enumerate() {
        check.outcome(place, outcome);
    }
    check.faults
}

/// The seats of a form's route at which nobody may decide in an institution, and from which a
/// request could fall to nobody. `held` says whether somebody sits there.
#[must_use]
pub fn check_seats(form: &RequestForm, held: impl Fn(Seat) -> bool) -> Vec<FormFault> {
    let mut faults = Vec::new();
    for (place, step) in form.route.iter().enumerate() {
        for seat in &step.seats {
            if !held(*seat) && !seat.fallback().iter().any(|other| held(*other)) {
                faults.push(FormFault {
                    place: FormPlace::Step(place),
                    kind: FormFaultKind::EmptySeat(*seat),
                });
            }
        }
    }
    faults
}

struct Check<'a> {
    form: &'a RequestForm,
    faults: Vec<FormFault>,
}

impl Check<'_> {
    fn add(&mut self, place: FormPlace, kind: FormFaultKind) {
        self.faults.push(FormFault { place, kind });
    }

    fn whole(&mut self) {
        let form = self.form;
        if form.summary.is_empty() {
            self.add(FormPlace::Form, FormFaultKind::MissingName);
        }
        if form.fields.is_empty() {
            self.add(FormPlace::Form, FormFaultKind::NoFields);
        }
        if form.route.is_empty() {
            self.add(FormPlace::Form, FormFaultKind::NoSteps);
        } else if form
            .route
            .iter()
            .all(|step| step.act == StepAct::CarryOut || !step.when.is_empty())
        {
            self.add(FormPlace::Form, FormFaultKind::NothingDecides);
        }
        for (number, most) in [
            (form.fields.len(), MOST_FIELDS),
            (form.route.len(), MOST_STEPS),
            (form.outcomes.len(), LedgerCode::ALL.len()),
        ] {
            if number > most {
                self.add(FormPlace::Form, FormFaultKind::TooMany { most });
            }
        }
    }

    fn ids<'i>(&mut self, ids: impl Iterator<Item = &'i str>, place: impl Fn(usize) -> FormPlace) {
        let mut seen = BTreeSet::new();
        for (at, id) in ids.enumerate() {
            if !is_id(id) {
                self.add(place(at), FormFaultKind::BadId(id.to_owned()));
            }
            if !seen.insert(id) {
                self.add(place(at), FormFaultKind::DuplicateId(id.to_owned()));
            }
        }
    }

    fn fields(&mut self) {
        let form = self.form;
        self.ids(form.fields.iter().map(|f| f.id.as_str()), FormPlace::Field);
        for (at, field) in form.fields.iter().enumerate() {
            let place = FormPlace::Field(at);
            if field.label.is_empty() {
                self.add(place.clone(), FormFaultKind::MissingName);
            }
            if field.kind.has_choices() {
                self.choices(&place, field);
            }
            for condition in field.shown_when.iter().chain(&field.required_when) {
                self.condition(&place, condition);
            }
        }
        // Whether a field is asked may depend on fields that are themselves asked conditionally,
        // but never on itself.
        let edges: BTreeMap<&str, Vec<&str>> = form
            .fields
            .iter()
            .map(|field| {
                let of = field.shown_when.iter().map(|c| c.field.as_str());
                (field.id.as_str(), of.collect())
            })
            .collect();
        for (at, field) in form.fields.iter().enumerate() {
            if reaches_itself(&edges, &field.id) {
                let kind = FormFaultKind::ConditionCycle(field.id.clone());
                self.add(FormPlace::Field(at), kind);
            }
        }
    }

    fn choices(&mut self, place: &FormPlace, field: &FormField) {
        if field.choices.is_empty() {
            self.add(place.clone(), FormFaultKind::NoChoices);
        }
        if field.choices.len() > MOST_FIELDS {
            let most = MOST_FIELDS;
            self.add(place.clone(), FormFaultKind::TooMany { most });
        }
        self.ids(field.choices.iter().map(|c| c.value.as_str()), |_| {
            place.clone()
        });
        if field.choices.iter().any(|choice| choice.label.is_empty()) {
            self.add(place.clone(), FormFaultKind::MissingName);
        }
    }

    fn condition(&mut self, place: &FormPlace, condition: &Condition) {
        let Some(field) = self.form.field(&condition.field) else {
            let unknown = FormFaultKind::UnknownField(condition.field.clone());
            self.add(place.clone(), unknown);
            return;
        };
        for answer in &condition.is {
            let possible = match field.kind {
                FieldKind::YesNo => matches!(answer.as_str(), "yes" | "no"),
                FieldKind::Choice | FieldKind::MultiChoice => {
                    field.choices.iter().any(|choice| choice.value == *answer)
                }
                FieldKind::File => false,
                _ => true,
            };
            if !possible {
                let kind = FormFaultKind::UnknownAnswer {
                    field: field.id.clone(),
                    answer: answer.clone(),
                };
                self.add(place.clone(), kind);
            }
        }
    }

    fn route(&mut self) {
        let form = self.form;
        self.ids(form.route.iter().map(|s| s.id.as_str()), FormPlace::Step);
        for (at, step) in form.route.iter().enumerate() {
            self.step(at, step);
        }
        let edges: BTreeMap<&str, Vec<&str>> = form
            .route
            .iter()
            .enumerate()
            .map(|(at, step)| (step.id.as_str(), form.before(at)))
            .collect();
        for (at, step) in form.route.iter().enumerate() {
            if reaches_itself(&edges, &step.id) {
                self.add(
                    FormPlace::Step(at),
                    FormFaultKind::RouteLoop(step.id.clone()),
                );
            }
        }
        // Nothing is carried out before everything is decided.
        for (at, step) in form.route.iter().enumerate() {
            if step.act != StepAct::CarryOut {
                continue;
            }
            let before = reachable(&edges, &step.id);
            let late = form
                .route
                .iter()
                .find(|other| other.act == StepAct::Decide && !before.contains(other.id.as_str()));
            if let Some(late) = late {
                let kind = FormFaultKind::CarriedOutTooEarly(late.id.clone());
                self.add(FormPlace::Step(at), kind);
            }
        }
    }

    fn step(&mut self, at: usize, step: &RouteStep) {
        let place = FormPlace::Step(at);
        if step.seats.is_empty() {
            self.add(place.clone(), FormFaultKind::NoApprover);
        }
        if step.seats.len() > MOST_SEATS {
            let most = MOST_SEATS;
            self.add(place.clone(), FormFaultKind::TooMany { most });
        }
        let distinct: BTreeSet<_> = step.seats.iter().collect();
        if distinct.len() < step.seats.len() {
            self.add(place.clone(), FormFaultKind::SeatTwice);
        }
        if !(1..=LONGEST_DUE_DAYS).contains(&step.due_days) {
            self.add(place.clone(), FormFaultKind::BadDays);
        }
        for condition in &step.when {
            self.condition(&place, condition);
        }
        for before in step.after.iter().flatten() {
            if self.form.step(before).is_none() {
                let unknown = FormFaultKind::UnknownStep(before.clone());
                self.add(place.clone(), unknown);
            }
        }
    }

    fn outcome(&mut self, at: usize, outcome: &FormOutcome) {
        let place = FormPlace::Outcome(at);
        for condition in &outcome.when {
            self.condition(&place, condition);
        }
        let mut filled = BTreeSet::new();
        for pair in &outcome.fields {
            if !outcome.ledger.fields().contains(&pair.to.as_str()) {
                let unknown = FormFaultKind::UnknownLedgerField(pair.to.clone());
                self.add(place.clone(), unknown);
            }
            if !filled.insert(pair.to.as_str()) {
                let twice = FormFaultKind::LedgerFieldTwice(pair.to.clone());
                self.add(place.clone(), twice);
            }
            match self.form.field(&pair.from) {
                None => {
                    let unknown = FormFaultKind::UnknownField(pair.from.clone());
                    self.add(place.clone(), unknown);
                }
                Some(field) => {
                    let is_day = matches!(pair.to.as_str(), "from" | "until");
                    if is_day && field.kind != FieldKind::Date {
                        let wrong = FormFaultKind::NotADate(field.id.clone());
                        self.add(place.clone(), wrong);
                    }
                }
            }
        }
        for needed in outcome.ledger.needs() {
            let given = outcome.fields.iter().any(|pair| {
                pair.to == *needed
                    && self
                        .form
                        .field(&pair.from)
                        .is_some_and(|field| always_answered(field, &outcome.when))
            });
            if !given {
                let missing = FormFaultKind::MissingLedgerField((*needed).to_owned());
                self.add(place.clone(), missing);
            }
        }
    }
}

/// Whether a field has an answer whenever these conditions hold.
fn always_answered(field: &FormField, when: &[Condition]) -> bool {
    let given = |condition: &Condition| {
        when.iter().any(|other| {
            other.field == condition.field
                && (condition.is.is_empty()
                    || (!other.is.is_empty()
                        && other.is.iter().all(|answer| condition.is.contains(answer))))
        })
    };
    let asked = field.shown_when.iter().all(given);
    let needed = field.required
        || (!field.required_when.is_empty() && field.required_when.iter().all(given));
    asked && needed
}

fn reachable<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&str> = edges.get(from).cloned().unwrap_or_default();
    while let Some(next) = waiting.pop() {
        if seen.insert(next) {
            waiting.extend(edges.get(next).into_iter().flatten());
        }
    }
    seen
}

fn reaches_itself(edges: &BTreeMap<&str, Vec<&str>>, id: &str) -> bool {
    reachable(edges, id).contains(id)
}

/// Ids go into names of fields on pages and into references.
fn is_id(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
}
