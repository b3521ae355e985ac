//! The engine under known and under random routes, people and acts.

mod alone;
mod known;
mod random;

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::time::{Instant, parse_date};
use yagura_packs::{Library, RequestForm, Seat};

use super::engine::Around;
use super::*;

fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

fn now() -> Instant {
    Instant::from_jst(parse_date("2026-11-22").unwrap(), 9, 0)
}

fn shipped(id: &str) -> RequestForm {
    Library::builtin().get(id).unwrap().form().unwrap().clone()
}

/// Seat by seat, who sits there.
fn people(seats: &[(Seat, u128)]) -> People {
    let mut people = People::default();
    for (seat, number) in seats {
        people
            .holders
            .entry(*seat)
            .or_default()
            .insert(person(*number));
        people.present.insert(person(*number));
    }
    people.present.insert(person(99));
    people
}

const HOSPITAL: &[(Seat, u128)] = &[
    (Seat::DepartmentHead, 1),
    (Seat::SafetyManager, 2),
    (Seat::Director, 3),
    (Seat::SystemOperator, 4),
    (Seat::PersonnelDesk, 5),
    (Seat::ProcurementDesk, 6),
    (Seat::ContractDesk, 7),
    (Seat::ClinicalRecordsDesk, 8),
];

fn answers(pairs: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::default();
    for (field, given) in pairs {
        answers.set(field, given.split('|').map(str::to_owned));
    }
    answers
}

struct Walk {
    form: RequestForm,
    people: People,
    course: Course,
    at: Instant,
    events: Vec<Event>,
}

impl Walk {
    fn start(form: &str, people: People, given: &[(&str, &str)]) -> Self {
        let form = shipped(form);
        let around = Around {
            form: &form,
            people: &people,
            now: now(),
        };
        let happened = start(around, person(99), &answers(given)).unwrap();
        Self {
            course: happened.course,
            events: happened.events,
            form,
            people,
            at: now(),
        }
    }

    fn act(&mut self, who: u128, act: Act) -> Result<(), Refusal> {
        let around = Around {
            form: &self.form,
            people: &self.people,
            now: self.at,
        };
        let happened = apply(around, &self.course, person(who), &act)?;
        self.course = happened.course;
        self.events = happened.events;
        Ok(())
    }

    fn grant(&mut self, who: u128, step: &str, seat: Seat) -> Result<(), Refusal> {
        self.act(
            who,
            Act::Decide {
                step: step.into(),
                seat,
                verdict: Verdict::Granted,
                note: String::new(),
            },
        )
    }

    fn open(&self) -> Vec<&str> {
        self.course
            .open_seats()
            .map(|(step, _, _)| step.step.as_str())
            .collect()
    }
}

const EXPORT: &[(&str, &str)] = &[
    ("personal", "yes"),
    ("method", "usb"),
    ("outside", "yes"),
    ("department", "内科"),
];
