//! The way that a request would take, before it is filed.

use yagura_kernel::id::PersonId;
use yagura_packs::{RequestForm, Seat, StepAct, all_hold};

use super::waits_for;
use crate::model::answers::Answers;
use crate::model::course::SeatState;
use crate::model::people::{Decider, Desk, People};

/// A step as it is foreseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The place of the step in the form.
    pub step: usize,
    /// Whether its conditions do not hold.
    pub skipped: bool,
    /// Its seats with those who may decide there.
    pub seats: Vec<(Seat, Vec<Decider>)>,
    /// The step before with which it is decided in one, because it is the same person.
    pub together_with: Option<usize>,
}

/// The way that a request would take, before it is filed.
#[must_use]
pub fn plan(
    form: &RequestForm,
    people: &People,
    filer: PersonId,
    answers: &Answers,
) -> Vec<Planned> {
    let answers = answers.kept(form);
    let department = answers.department(form);
    let mut planned: Vec<Planned> = Vec::new();
    for (at, step) in form.route.iter().enumerate() {
        let skipped = !all_hold(&step.when, |field| answers.of(field));
        let seats: Vec<(Seat, Vec<Decider>)> = step
            .seats
            .iter()
            .map(|seat| {
                let desk = Desk::of(*seat, department);
                let state = SeatState {
                    seat: *seat,
                    department: desk.department,
                    decision: None,
                    escalated: Vec::new(),
                };
                (*seat, waits_for(people, filer, &state))
            })
            .collect();
        let only = |seats: &[(Seat, Vec<Decider>)]| match seats {
            [(_, deciders)] => match deciders.as_slice() {
                [one] => Some(one.person),
                _ => None,
            },
            _ => None,
        };
        let together_with = (!skipped && step.act == StepAct::Decide)
            .then(|| {
                planned
                    .iter()
                    .rev()
                    .find(|before| !before.skipped)
                    .filter(|before| {
                        form.route
                            .get(before.step)
                            .is_some_and(|s| s.act == StepAct::Decide)
                            && only(&before.seats).is_some_and(|who| who != filer)
                            && only(&before.seats) == only(&seats)
                    })
            })
            .flatten()
            .map(|before| before.step);
        planned.push(Planned {
            step: at,
            skipped,
            seats,
            together_with,
        });
    }
    planned
}
