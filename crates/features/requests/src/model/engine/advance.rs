//! Going on: closing what is decided, beginning what comes next, and shortening the way where one
//! person sits at several seats or nobody else is there.

use yagura_kernel::id::PersonId;
use yagura_packs::{RequestForm, Seat, StepAct, StepMode};

use super::act::Event;
use super::{Around, capacity_at, is_granted, waits_for};
use crate::model::course::{
    Capacity, Course, Decision, SeatState, Standing, StepProgress, StepState, Verdict,
};

pub(super) fn put(
    course: &mut Course,
    events: &mut Vec<Event>,
    at: usize,
    place: usize,
    decision: Decision,
) {
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
pub(super) fn advance(
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
        moved |= record_alone(around, course, events);
        if !moved {
            break;
        }
    }
    let everything = course.steps.iter().all(StepState::is_over);
    if is_granted(around.form, course) && !was_granted {
        events.push(if course.is_only_recorded() {
            Event::Recorded
        } else {
            Event::Granted
        });
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
        course.standing = if course.is_only_recorded() {
            Standing::Recorded
        } else {
            Standing::Granted
        };
    }
}

/// Records, at the open seats that decide, that nobody but the requester could decide there. Where
/// one seat of a step is enough and somebody else sits at one of them, they decide.
fn record_alone(around: Around<'_>, course: &mut Course, events: &mut Vec<Event>) -> bool {
    let filer = course.filer;
    let others = |seat: &SeatState| {
        waits_for(around.people, filer, seat)
            .iter()
            .any(|decider| decider.capacity != Capacity::Alone)
    };
    let alone =
        |seat: &SeatState| capacity_at(around.people, filer, seat, filer) == Some(Capacity::Alone);
    let mut found = Vec::new();
    for (at, (state, spec)) in course.steps.iter().zip(&around.form.route).enumerate() {
        let open = state.is_open() && spec.act == StepAct::Decide;
        if !open || (spec.mode == StepMode::Any && state.seats.iter().any(others)) {
            continue;
        }
        for (place, seat) in state.seats.iter().enumerate() {
            if seat.decision.is_none() && alone(seat) {
                found.push((at, place));
            }
        }
    }
    for (at, place) in &found {
        let decision = Decision {
            by: filer,
            capacity: Capacity::Alone,
            verdict: Verdict::Recorded,
            at: around.now,
            note: String::new(),
            together_with: None,
        };
        put(course, events, *at, *place, decision);
    }
    !found.is_empty()
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
pub(super) fn resume(around: Around<'_>, course: &mut Course, step: &str) {
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
