//! The route engine: what becomes of a request when somebody does something. Pure; who may decide is
//! asked of [`People`], the day of the caller.

mod plan;
mod recall;

use yagura_kernel::id::PersonId;
use yagura_kernel::time::{Date, Instant};
use yagura_packs::{
    FormOutcome, LONGEST_ANSWER, RequestForm, RouteStep, Seat, StepAct, StepMode, all_hold,
};

use crate::model::answers::Answers;
use crate::model::course::{
    Capacity, Course, Decision, Question, SeatState, Standing, StepProgress, StepState, Verdict,
};
use crate::model::people::{Decider, Desk, People};

pub use plan::{Planned, plan};
pub use recall::may_recall;

/// What somebody does to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Decides at a seat, or says that it was carried out.
    Decide {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// What.
        verdict: Verdict,
        /// The reason (for a rejection) or a remark.
        note: String,
    },
    /// Returns it with a question.
    Ask {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// The question.
        text: String,
    },
    /// Answers the question; only the requester.
    Answer {
        /// The answer.
        text: String,
    },
    /// Withdraws it; only the requester.
    Withdraw {
        /// Why.
        note: String,
    },
    /// Takes back a decision of one's own.
    Recall {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
    },
}

/// Why something cannot be done to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is over.
    #[error("the request is closed")]
    Closed,
    /// Nobody decides on their own request.
    #[error("nobody decides on their own request")]
    Own,
    /// It does not wait for this person there.
    #[error("the request does not wait for this person")]
    NotWaiting,
    /// Only the requester may do this.
    #[error("only the requester may do this")]
    NotRequester,
    /// It waits for the requester's answer.
    #[error("the request waits for an answer")]
    Returned,
    /// There is no question to answer.
    #[error("there is no question")]
    NoQuestion,
    /// A rejection, a question and an answer need words.
    #[error("words are missing")]
    NoWords,
    /// The words are too long.
    #[error("the words are too long")]
    TooLong,
    /// What was granted cannot be withdrawn.
    #[error("it was granted already")]
    Granted,
    /// The decision cannot be taken back: the next has decided, or it is somebody else's.
    #[error("the decision cannot be taken back")]
    CannotRecall,
    /// What is carried out is neither granted nor rejected, and what is decided is not carried out.
    #[error("this step is not decided in this way")]
    WrongVerdict,
    /// There is nobody in the institution who could decide.
    #[error("nobody in the institution may decide on this request")]
    Nobody,
}

impl Refusal {
    /// The key in the message catalogue.
    #[must_use]
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Closed => "requests-refusal-closed",
            Self::Own => "requests-refusal-own",
            Self::NotWaiting => "requests-refusal-not-waiting",
            Self::NotRequester => "requests-refusal-not-requester",
            Self::Returned => "requests-refusal-returned",
            Self::NoQuestion => "requests-refusal-no-question",
            Self::NoWords => "requests-refusal-no-words",
            Self::TooLong => "requests-refusal-too-long",
            Self::Granted => "requests-refusal-granted",
            Self::CannotRecall => "requests-refusal-cannot-recall",
            Self::WrongVerdict => "requests-refusal-wrong-verdict",
            Self::Nobody => "requests-refusal-nobody",
        }
    }
}

/// Something that happened on the way, for the timeline and the notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A decision was made; the second kind follows from the first.
    Decided {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// The decision.
        decision: Decision,
    },
    /// It was returned.
    Asked(Question),
    /// The requester answered.
    Answered(String),
    /// The requester withdrew it.
    Withdrawn(String),
    /// A decision was taken back.
    Recalled {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
    },
    /// A step is overdue, and the next in the chain may decide too.
    Escalated {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// Who may decide too.
        to: Seat,
    },
    /// It is granted: every step that decides is over.
    Granted,
    /// Everything is carried out.
    Finished,
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The request afterwards.
    pub course: Course,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// What the engine looks at besides the request.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The form under which it was filed.
    pub form: &'a RequestForm,
    /// The people of today.
    pub people: &'a People,
    /// Now.
    pub now: Instant,
}

impl Around<'_> {
    fn today(&self) -> Date {
        self.now.jst_date()
    }

    fn due(&self, step: &RouteStep) -> Date {
        let days = time::Duration::days(i64::from(step.due_days));
        self.today().saturating_add(days)
    }
}

/// Files a request: its course from the first step on.
///
/// # Errors
/// [`Refusal::Nobody`] where a step would wait for nobody.
pub fn start(around: Around<'_>, filer: PersonId, answers: &Answers) -> Result<Happened, Refusal> {
    let answers = answers.kept(around.form);
    let department = answers.department(around.form);
    let steps = around
        .form
        .route
        .iter()
        .map(|step| StepState {
            step: step.id.clone(),
            progress: if all_hold(&step.when, |field| answers.of(field)) {
                StepProgress::Later
            } else {
                StepProgress::Skipped
            },
            seats: step
                .seats
                .iter()
                .map(|seat| {
                    let desk = Desk::of(*seat, department);
                    SeatState {
                        seat: *seat,
                        department: desk.department,
                        decision: None,
                        escalated: Vec::new(),
                    }
                })
                .collect(),
        })
        .collect();
    let mut course = Course {
        filer,
        standing: Standing::Waiting,
        steps,
        question: None,
    };
    for step in course.steps.iter().filter(|step| !step.is_over()) {
        let nobody = |seat: &SeatState| around.people.deciders(&seat.desk(), filer).is_empty();
        if step.seats.iter().any(nobody) {
            return Err(Refusal::Nobody);
        }
    }
    let mut events = Vec::new();
    advance(around, &mut course, &mut events, None);
    Ok(Happened { course, events })
}

/// As what somebody may decide at an open seat.
#[must_use]
pub fn capacity_at(
    people: &People,
    filer: PersonId,
    seat: &SeatState,
    who: PersonId,
) -> Option<Capacity> {
    if who == filer {
        return None;
    }
    people.capacity(&seat.desk(), filer, who).or_else(|| {
        seat.escalated.iter().find_map(|above| {
            people
                .capacity(&Desk::of(*above, None), filer, who)
                .map(|_| Capacity::Escalated { seat: *above })
        })
    })
}

/// Everybody for whom a seat waits.
#[must_use]
pub fn waits_for(people: &People, filer: PersonId, seat: &SeatState) -> Vec<Decider> {
    let mut found = people.deciders(&seat.desk(), filer);
    for above in &seat.escalated {
        for other in people.deciders(&Desk::of(*above, None), filer) {
            if !found.iter().any(|known| known.person == other.person) {
                found.push(Decider {
                    person: other.person,
                    capacity: Capacity::Escalated { seat: *above },
                });
            }
        }
    }
    found
}

/// Does something to a request.
///
/// # Errors
/// The [`Refusal`]; then nothing changed.
pub fn apply(
    around: Around<'_>,
    course: &Course,
    who: PersonId,
    act: &Act,
) -> Result<Happened, Refusal> {
    if course.standing.is_closed() {
        return Err(Refusal::Closed);
    }
    let mut next = course.clone();
    let mut events = Vec::new();
    match act {
        Act::Decide {
            step,
            seat,
            verdict,
            note,
        } => decide(
            around,
            &mut next,
            &mut events,
            (step, *seat),
            who,
            (*verdict, words(note, *verdict == Verdict::Rejected)?),
        )?,
        Act::Ask { step, seat, text } => {
            let text = words(text, true)?;
            open_seat(around, &next, step, *seat, who)?;
            let question = Question {
                step: step.clone(),
                seat: *seat,
                by: who,
                at: around.now,
                text,
            };
            next.question = Some(question.clone());
            next.standing = Standing::Returned;
            events.push(Event::Asked(question));
        }
        Act::Answer { text } => {
            let text = words(text, true)?;
            if who != next.filer {
                return Err(Refusal::NotRequester);
            }
            let Some(question) = next.question.take() else {
                return Err(Refusal::NoQuestion);
            };
            resume(around, &mut next, &question.step);
            events.push(Event::Answered(text));
        }
        Act::Withdraw { note } => {
            let note = words(note, false)?;
            if who != next.filer {
                return Err(Refusal::NotRequester);
            }
            if is_granted(around.form, &next) {
                return Err(Refusal::Granted);
            }
            next.standing = Standing::Withdrawn;
            next.question = None;
            events.push(Event::Withdrawn(note));
        }
        Act::Recall { step, seat } => {
            recall::recall(around, &mut next, step, *seat, who)?;
            events.push(Event::Recalled {
                step: step.clone(),
                seat: *seat,
            });
        }
    }
    Ok(Happened {
        course: next,
        events,
    })
}

fn words(text: &str, needed: bool) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() && needed {
        return Err(Refusal::NoWords);
    }
    if text.chars().count() > LONGEST_ANSWER {
        return Err(Refusal::TooLong);
    }
    Ok(text.to_owned())
}

/// Whether every step that decides is over.
#[must_use]
pub fn is_granted(form: &RequestForm, course: &Course) -> bool {
    !matches!(course.standing, Standing::Rejected | Standing::Withdrawn)
        && form
            .route
            .iter()
            .zip(&course.steps)
            .filter(|(step, _)| step.act == StepAct::Decide)
            .all(|(_, state)| state.is_over())
}

/// The place of an open seat at which somebody may decide, and as what.
fn open_seat(
    around: Around<'_>,
    course: &Course,
    step: &str,
    seat: Seat,
    who: PersonId,
) -> Result<(usize, usize, Capacity), Refusal> {
    if who == course.filer {
        return Err(Refusal::Own);
    }
    if course.standing == Standing::Returned {
        return Err(Refusal::Returned);
    }
    let at = course
        .steps
        .iter()
        .position(|state| state.step == step && state.is_open())
        .ok_or(Refusal::NotWaiting)?;
    let state = course.steps.get(at).ok_or(Refusal::NotWaiting)?;
    let place = state
        .seats
        .iter()
        .position(|state| state.seat == seat && state.decision.is_none())
        .ok_or(Refusal::NotWaiting)?;
    let seat = state.seats.get(place).ok_or(Refusal::NotWaiting)?;
    let capacity =
        capacity_at(around.people, course.filer, seat, who).ok_or(Refusal::NotWaiting)?;
    Ok((at, place, capacity))
}

fn decide(
    around: Around<'_>,
    course: &mut Course,
    events: &mut Vec<Event>,
    (step, seat): (&str, Seat),
    who: PersonId,
    (verdict, note): (Verdict, String),
) -> Result<(), Refusal> {
    let (at, place, capacity) = open_seat(around, course, step, seat, who)?;
    let act = around.form.step(step).map(|step| step.act);
    let fits = match act {
        Some(StepAct::Decide) => verdict != Verdict::Done,
        Some(StepAct::CarryOut) => verdict == Verdict::Done,
        None => false,
    };
    if !fits {
        return Err(Refusal::WrongVerdict);
    }
    let decision = Decision {
        by: who,
        capacity,
        verdict,
        at: around.now,
        note,
        together_with: None,
    };
    put(course, events, at, place, decision);
    if verdict == Verdict::Rejected {
        course.standing = Standing::Rejected;
        return Ok(());
    }
    let first = (verdict == Verdict::Granted).then(|| (who, step.to_owned(), seat));
    advance(around, course, events, first);
    Ok(())
}

fn put(course: &mut Course, events: &mut Vec<Event>, at: usize, place: usize, decision: Decision) {
    let Some(state) = course.steps.get_mut(at) else {
        return;
    };
    let step = state.step.clone();
    if let Some(seat) = state.seats.get_mut(place) {
        seat.decision = Some(decision.clone());
        events.push(Event::Decided {
            step,
            seat: seat.seat,
            decision,
        });
    }
}

/// Closes steps that are decided, begins those whose turn it is, and lets the decision of one person
/// count at every seat in succession at which the same person decides.
fn advance(
    around: Around<'_>,
    course: &mut Course,
    events: &mut Vec<Event>,
    first: Option<(PersonId, String, Seat)>,
) {
    let was_granted = course.standing == Standing::CarryingOut;
    // Each round closes or begins a step, or decides a seat; there are finitely many.
    loop {
        let mut moved = false;
        for at in 0..course.steps.len() {
            moved |= close(around, course, at);
            moved |= begin(around, course, at);
        }
        if let Some((who, step, seat)) = &first {
            moved |= together(around, course, events, (*who, step, *seat));
        }
        if !moved {
            break;
        }
    }
    let everything = course.steps.iter().all(StepState::is_over);
    if is_granted(around.form, course) && !was_granted {
        events.push(Event::Granted);
        course.standing = Standing::CarryingOut;
    }
    if everything {
        if course
            .steps
            .iter()
            .zip(&around.form.route)
            .any(|(state, step)| {
                step.act == StepAct::CarryOut && state.progress != StepProgress::Skipped
            })
        {
            events.push(Event::Finished);
        }
        course.standing = Standing::Granted;
    }
}

fn close(around: Around<'_>, course: &mut Course, at: usize) -> bool {
    let Some((state, step)) = course.steps.get_mut(at).zip(around.form.route.get(at)) else {
        return false;
    };
    let decided = |seat: &SeatState| {
        seat.decision
            .as_ref()
            .is_some_and(|decision| decision.verdict != Verdict::Rejected)
    };
    let done = match step.mode {
        StepMode::All => state.seats.iter().all(decided),
        StepMode::Any => state.seats.iter().any(decided),
    };
    if state.is_open() && done {
        state.progress = StepProgress::Over { at: around.now };
        return true;
    }
    false
}

fn begin(around: Around<'_>, course: &mut Course, at: usize) -> bool {
    let ready = course
        .steps
        .get(at)
        .is_some_and(|step| step.progress == StepProgress::Later)
        && is_turn(around.form, course, at);
    match course.steps.get_mut(at).zip(around.form.route.get(at)) {
        Some((state, step)) if ready => {
            state.progress = StepProgress::Open {
                since: around.now,
                due: around.due(step),
            };
            true
        }
        _ => false,
    }
}

/// Whether everything before a step is over. A step that is left out hands on what it waited for.
fn is_turn(form: &RequestForm, course: &Course, at: usize) -> bool {
    let mut waiting: Vec<usize> = vec![at];
    let mut seen = vec![false; form.route.len()];
    while let Some(step) = waiting.pop() {
        for id in form.before(step) {
            let Some(before) = form.route.iter().position(|step| step.id == id) else {
                continue;
            };
            if seen.get(before).copied().unwrap_or(true) {
                continue;
            }
            if let Some(seen) = seen.get_mut(before) {
                *seen = true;
            }
            match course.steps.get(before).map(|state| state.progress) {
                Some(StepProgress::Over { .. }) | None => {}
                Some(StepProgress::Skipped) => waiting.push(before),
                Some(StepProgress::Later | StepProgress::Open { .. }) => return false,
            }
        }
    }
    true
}

/// Lets a grant count at the open seats at which the same person decides.
fn together(
    around: Around<'_>,
    course: &mut Course,
    events: &mut Vec<Event>,
    (who, step, seat): (PersonId, &str, Seat),
) -> bool {
    let mut found = Vec::new();
    for (at, state) in course.steps.iter().enumerate() {
        let decides = around
            .form
            .route
            .get(at)
            .is_some_and(|s| s.act == StepAct::Decide);
        if !state.is_open() || !decides {
            continue;
        }
        for (place, other) in state.seats.iter().enumerate() {
            if other.decision.is_none()
                && let Some(capacity) = capacity_at(around.people, course.filer, other, who)
            {
                found.push((at, place, capacity));
            }
        }
    }
    for (at, place, capacity) in &found {
        let decision = Decision {
            by: who,
            capacity: *capacity,
            verdict: Verdict::Granted,
            at: around.now,
            note: String::new(),
            together_with: Some((step.to_owned(), seat)),
        };
        put(course, events, *at, *place, decision);
    }
    !found.is_empty()
}

/// Goes on at the step that asked, with new time for it.
fn resume(around: Around<'_>, course: &mut Course, step: &str) {
    course.standing = if is_granted(around.form, course) {
        Standing::CarryingOut
    } else {
        Standing::Waiting
    };
    for (state, spec) in course.steps.iter_mut().zip(&around.form.route) {
        if let StepProgress::Open { since, due } = state.progress {
            let later = if state.step == step {
                around.due(spec)
            } else {
                due
            };
            state.progress = StepProgress::Open {
                since,
                due: due.max(later),
            };
        }
    }
}

/// Lets the next in the chain decide where a step is overdue: once at its due date, and again, one
/// further, each time as many days have passed once more.
#[must_use]
pub fn escalate(around: Around<'_>, course: &Course) -> Option<Happened> {
    if !matches!(course.standing, Standing::Waiting | Standing::CarryingOut) {
        return None;
    }
    let today = around.today();
    let mut next = course.clone();
    let mut events = Vec::new();
    for (state, spec) in next.steps.iter_mut().zip(&around.form.route) {
        let StepProgress::Open { due, .. } = state.progress else {
            continue;
        };
        if !spec.escalate {
            continue;
        }
        for seat in state
            .seats
            .iter_mut()
            .filter(|seat| seat.decision.is_none())
        {
            let times = i64::try_from(seat.escalated.len()).unwrap_or(i64::MAX);
            let more = time::Duration::days(i64::from(spec.due_days).saturating_mul(times));
            let last = seat.escalated.last().copied().unwrap_or(seat.seat);
            if today <= due.saturating_add(more) {
                continue;
            }
            if let Some(above) = last.above() {
                seat.escalated.push(above);
                events.push(Event::Escalated {
                    step: state.step.clone(),
                    seat: seat.seat,
                    to: above,
                });
            }
        }
    }
    (!events.is_empty()).then_some(Happened {
        course: next,
        events,
    })
}

/// Which ledgers a granted request enters.
pub fn outcomes<'f>(
    form: &'f RequestForm,
    answers: &Answers,
) -> impl Iterator<Item = &'f FormOutcome> {
    let answers = answers.kept(form);
    form.outcomes
        .iter()
        .filter(move |outcome| all_hold(&outcome.when, |field| answers.of(field)))
}
