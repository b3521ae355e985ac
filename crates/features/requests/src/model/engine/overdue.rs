//! What the clock and the leaving of people do to a request.

use yagura_packs::Seat;

use super::Around;
use super::act::{Event, Happened};
use super::advance::resume;
use crate::model::course::{Course, Standing, StepProgress};

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

/// Goes on at the step that asked where the requester left and so nobody can answer: whoever asked
/// decides on what is known.
#[must_use]
pub fn unanswerable(around: Around<'_>, course: &Course) -> Option<Happened> {
    let question = course.question.as_ref()?;
    if course.standing != Standing::Returned || around.people.present.contains(&course.filer) {
        return None;
    }
    let (step, seat): (String, Seat) = (question.step.clone(), question.seat);
    let mut next = course.clone();
    next.question = None;
    resume(around, &mut next, &step);
    Some(Happened {
        course: next,
        events: vec![Event::Unanswered { step, seat }],
    })
}
