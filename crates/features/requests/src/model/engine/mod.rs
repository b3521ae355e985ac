//! The route engine: what becomes of a request when somebody does something. Pure; who may decide is
//! asked of [`People`], the day of the caller.

mod act;
mod advance;
mod overdue;
mod plan;
mod recall;

use yagura_kernel::id::PersonId;
use yagura_kernel::time::{Date, Instant};
use yagura_packs::{FormOutcome, RequestForm, RouteStep, StepAct, all_hold};

use crate::model::answers::Answers;
use crate::model::course::{Capacity, Course, SeatState, Standing, StepProgress, StepState};
use crate::model::people::{Decider, Desk, People};

pub use act::{Act, Event, Happened, Refusal, apply};
pub use overdue::{escalate, unanswerable};
pub use plan::{Planned, plan};
pub use recall::may_recall;

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
/// [`Refusal::Nobody`] where a step would wait for nobody. Where it would wait for nobody but the
/// requester it is recorded so.
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
        let nobody = |seat: &SeatState| waits_for(around.people, filer, seat).is_empty();
        if step.seats.iter().any(nobody) {
            return Err(Refusal::Nobody);
        }
    }
    let mut events = Vec::new();
    advance::advance(around, &mut course, &mut events, None);
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
    waits_for(people, filer, seat)
        .into_iter()
        .find(|decider| decider.person == who)
        .map(|decider| decider.capacity)
}

/// Everybody for whom a seat waits: nobody's own, except where nobody else is there at all.
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
    if found.is_empty() && people.is_alone(&seat.desk(), filer) {
        found.push(Decider {
            person: filer,
            capacity: Capacity::Alone,
        });
    }
    found
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
