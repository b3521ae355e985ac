//! Taking a decision back, while the next has not decided.

use yagura_kernel::id::PersonId;
use yagura_packs::{RequestForm, Seat};

use super::{Around, Refusal, is_granted};
use crate::model::course::{Course, Standing, StepProgress, Verdict};

/// Whether somebody could take back a decision.
#[must_use]
pub fn may_recall(
    form: &RequestForm,
    course: &Course,
    step: &str,
    seat: Seat,
    who: PersonId,
) -> bool {
    recallable(form, course, step, seat, who).is_some()
}

/// The places that a recall clears: the decision and those that followed from it.
fn recallable(
    form: &RequestForm,
    course: &Course,
    step: &str,
    seat: Seat,
    who: PersonId,
) -> Option<Vec<(usize, usize)>> {
    if course.standing != Standing::Waiting || is_granted(form, course) {
        return None;
    }
    let (at, place, decision) = course.steps.iter().enumerate().find_map(|(at, state)| {
        if state.step != step {
            return None;
        }
        state.seats.iter().enumerate().find_map(|(place, state)| {
            let decision = state.decision.as_ref()?;
            (state.seat == seat).then_some((at, place, decision))
        })
    })?;
    let was_recorded = decision.verdict == Verdict::Recorded;
    if decision.by != who || decision.together_with.is_some() || was_recorded {
        return None;
    }
    let mut cleared = vec![(at, place)];
    for (at, state) in course.steps.iter().enumerate() {
        for (place, other) in state.seats.iter().enumerate() {
            let follows = other.decision.as_ref().is_some_and(|other| {
                other
                    .together_with
                    .as_ref()
                    .is_some_and(|(s, x)| s == step && *x == seat)
            });
            if follows {
                cleared.push((at, place));
            }
        }
    }
    // What was recorded afterwards, because nobody else was there, is recorded anew.
    let decided: Vec<usize> = cleared.iter().map(|(at, _)| *at).collect();
    for (at, state) in course.steps.iter().enumerate() {
        if !decided.iter().any(|before| comes_after(form, at, *before)) {
            continue;
        }
        for (place, other) in state.seats.iter().enumerate() {
            let recorded = other.decision.as_ref();
            if recorded.is_some_and(|other| other.verdict == Verdict::Recorded) {
                cleared.push((at, place));
            }
        }
    }
    // Nobody else may have decided in a step that began because of it.
    let steps: Vec<usize> = cleared.iter().map(|(at, _)| *at).collect();
    for (at, state) in course.steps.iter().enumerate() {
        let later = steps.iter().any(|step| comes_after(form, at, *step));
        let others = state
            .seats
            .iter()
            .enumerate()
            .any(|(place, seat)| seat.decision.is_some() && !cleared.contains(&(at, place)));
        if later && others {
            return None;
        }
    }
    Some(cleared)
}

/// Whether a step comes somewhere after another.
fn comes_after(form: &RequestForm, step: usize, other: usize) -> bool {
    let mut waiting = vec![step];
    let mut seen = vec![false; form.route.len()];
    while let Some(at) = waiting.pop() {
        for id in form.before(at) {
            let Some(before) = form.route.iter().position(|step| step.id == id) else {
                continue;
            };
            if before == other {
                return true;
            }
            if let Some(seen) = seen.get_mut(before)
                && !std::mem::replace(seen, true)
            {
                waiting.push(before);
            }
        }
    }
    false
}

pub(super) fn recall(
    around: Around<'_>,
    course: &mut Course,
    step: &str,
    seat: Seat,
    who: PersonId,
) -> Result<(), Refusal> {
    let cleared = recallable(around.form, course, step, seat, who).ok_or(Refusal::CannotRecall)?;
    for (at, place) in &cleared {
        if let Some(state) = course
            .steps
            .get_mut(*at)
            .and_then(|s| s.seats.get_mut(*place))
        {
            state.decision = None;
        }
    }
    for (at, spec) in around.form.route.iter().enumerate() {
        let reopened = cleared.iter().any(|(cleared, _)| *cleared == at)
            && !cleared
                .iter()
                .any(|(other, _)| comes_after(around.form, at, *other));
        let later = cleared
            .iter()
            .any(|(cleared, _)| comes_after(around.form, at, *cleared));
        let Some(state) = course.steps.get_mut(at) else {
            continue;
        };
        if state.progress == StepProgress::Skipped {
            continue;
        }
        if later {
            state.progress = StepProgress::Later;
            for seat in &mut state.seats {
                seat.escalated.clear();
            }
        } else if reopened {
            state.progress = StepProgress::Open {
                since: around.now,
                due: around.due(spec),
            };
        }
    }
    Ok(())
}
