//! Those who sit at several seats, hand over, leave, or are alone.

use yagura_packs::Seat;

use super::super::engine::{may_recall, unanswerable, waits_for};
use super::super::*;
use super::*;

#[test]
fn a_delegation_goes_one_step_and_never_back_to_who_asks() {
    // The head hands over to the safety manager, who hands over to the head: neither loops.
    let mut around_two = people(HOSPITAL);
    around_two.delegations = vec![(person(1), person(2)), (person(2), person(1))];
    let mut walk = Walk::start("form-exception", around_two, &[("personal", "no")]);
    walk.grant(2, "head", Seat::DepartmentHead).unwrap();
    let made: Vec<_> = walk.course.decisions().map(|made| made.by).collect();
    assert_eq!(
        made,
        [person(2), person(2)],
        "the own seat is decided in one"
    );
    assert_eq!(walk.open(), ["director"]);
    // Handed over to the requester it stays with who handed it over.
    let mut to_filer = people(HOSPITAL);
    to_filer.delegations = vec![(person(1), person(99))];
    let mut walk = Walk::start("form-exception", to_filer, &[("personal", "no")]);
    assert_eq!(
        walk.grant(99, "head", Seat::DepartmentHead),
        Err(Refusal::Own)
    );
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
    // What was handed on is not handed on further.
    let mut chain = people(HOSPITAL);
    chain.delegations = vec![(person(1), person(4)), (person(4), person(5))];
    let mut walk = Walk::start("form-exception", chain, &[("personal", "no")]);
    assert_eq!(
        walk.grant(5, "head", Seat::DepartmentHead),
        Err(Refusal::NotWaiting)
    );
    walk.grant(4, "head", Seat::DepartmentHead).unwrap();
}

#[test]
fn who_sits_at_two_steps_of_the_own_request_decides_neither() {
    let mut both = people(HOSPITAL);
    for seat in [Seat::DepartmentHead, Seat::SafetyManager] {
        both.holders.insert(seat, [person(99)].into());
    }
    let mut walk = Walk::start("form-exception", both, &[("personal", "no")]);
    for (step, seat) in [
        ("head", Seat::DepartmentHead),
        ("safety", Seat::SafetyManager),
    ] {
        assert_eq!(walk.grant(99, step, seat), Err(Refusal::Own));
    }
    // Both fall to the director, who decides them and the own seat in one.
    walk.grant(3, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.course.standing, Standing::Granted);
    assert!(walk.course.decisions().all(|made| made.by == person(3)));
}

const CLINIC_OF_ONE: &[(Seat, u128)] = &[(Seat::Director, 99), (Seat::SafetyManager, 99)];

#[test]
fn who_is_alone_files_on_record_only() {
    let walk = Walk::start(
        "form-exception",
        people(CLINIC_OF_ONE),
        &[("personal", "no")],
    );
    assert_eq!(walk.course.standing, Standing::Recorded);
    let made: Vec<_> = walk.course.decisions().cloned().collect();
    assert_eq!(made.len(), 3, "head, safety manager and director");
    assert!(
        made.iter()
            .all(|made| { (made.verdict, made.capacity) == (Verdict::Recorded, Capacity::Alone) })
    );
    assert!(walk.events.contains(&Event::Recorded));
    assert!(!walk.events.contains(&Event::Granted));
    let foreseen = plan(
        &walk.form,
        &walk.people,
        person(99),
        &answers(&[("personal", "no")]),
    );
    for step in foreseen.iter().filter(|step| !step.skipped) {
        assert!(step.seats.iter().all(|(_, deciders)| {
            deciders.len() == 1 && deciders[0].capacity == Capacity::Alone
        }));
    }
    // What is carried out is done by hand, and is never granted by who asked.
    let mut walk = Walk::start("form-permission", people(CLINIC_OF_ONE), &[]);
    assert_eq!(walk.course.standing, Standing::CarryingOut);
    assert!(walk.course.is_only_recorded());
    assert_eq!(
        walk.grant(99, "grant", Seat::SystemOperator),
        Err(Refusal::WrongVerdict)
    );
    let done = |verdict| Act::Decide {
        step: "grant".into(),
        seat: Seat::SystemOperator,
        verdict,
        note: String::new(),
    };
    walk.act(99, done(Verdict::Done)).unwrap();
    assert_eq!(walk.course.standing, Standing::Recorded);
}

#[test]
fn a_second_person_has_to_decide_as_soon_as_there_is_one() {
    let mut two = people(CLINIC_OF_ONE);
    two.holders.insert(Seat::PersonnelDesk, [person(5)].into());
    two.present.insert(person(5));
    let mut walk = Walk::start("form-exception", two, &[("personal", "no")]);
    assert_eq!(walk.open(), ["head"]);
    assert_eq!(
        walk.grant(99, "head", Seat::DepartmentHead),
        Err(Refusal::Own)
    );
    walk.grant(5, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.course.standing, Standing::Granted);
    let fell = Capacity::Fallback {
        seat: Seat::PersonnelDesk,
    };
    assert!(walk.course.decisions().all(|made| made.capacity == fell));
}

#[test]
fn who_is_left_alone_with_an_open_request_records_it_and_grants_nothing() {
    let mut two = people(CLINIC_OF_ONE);
    two.holders.insert(Seat::DepartmentHead, [person(1)].into());
    two.present.insert(person(1));
    let mut walk = Walk::start("form-exception", two, &[("personal", "no")]);
    walk.people.present.remove(&person(1));
    let (_, seat, _) = walk.course.open_seats().next().unwrap();
    let deciders = waits_for(&walk.people, person(99), seat);
    assert_eq!(deciders[0].capacity, Capacity::Alone);
    let act = |verdict| Act::Decide {
        step: "head".into(),
        seat: Seat::DepartmentHead,
        verdict,
        note: "記録のため".into(),
    };
    for never in [Verdict::Granted, Verdict::Rejected, Verdict::Done] {
        assert_eq!(walk.act(99, act(never)), Err(Refusal::WrongVerdict));
    }
    let ask = Act::Ask {
        step: "head".into(),
        seat: Seat::DepartmentHead,
        text: "自分に".into(),
    };
    assert_eq!(walk.act(99, ask), Err(Refusal::Own));
    walk.act(99, act(Verdict::Recorded)).unwrap();
    assert_eq!(walk.course.standing, Standing::Recorded);
    assert!(!may_recall(
        &walk.form,
        &walk.course,
        "head",
        Seat::DepartmentHead,
        person(99)
    ));
    // Nobody who is not alone may use it to get round a decision.
    let mut walk = Walk::start("form-exception", people(HOSPITAL), &[("personal", "no")]);
    assert_eq!(
        walk.act(1, act(Verdict::Recorded)),
        Err(Refusal::WrongVerdict)
    );
    assert_eq!(walk.act(99, act(Verdict::Recorded)), Err(Refusal::Own));
}

#[test]
fn an_employee_without_any_approver_cannot_file() {
    let form = shipped("form-exception");
    let around = Around {
        form: &form,
        people: &people(&[]),
        now: now(),
    };
    let filed = start(around, person(99), &answers(&[("personal", "no")]));
    assert_eq!(filed.map(|_| ()), Err(Refusal::Nobody));
}

#[test]
fn a_question_to_somebody_who_left_goes_back_to_who_asked() {
    let mut walk = Walk::start("form-exception", people(HOSPITAL), &[("personal", "no")]);
    let ask = Act::Ask {
        step: "head".into(),
        seat: Seat::DepartmentHead,
        text: "どの装置ですか".into(),
    };
    walk.act(1, ask).unwrap();
    let around = |walk: &Walk| {
        let around = Around {
            form: &walk.form,
            people: &walk.people,
            now: now().plus_days(2),
        };
        unanswerable(around, &walk.course)
    };
    assert_eq!(around(&walk), None, "the requester is there");
    walk.people.present.remove(&person(99));
    let happened = around(&walk).unwrap();
    assert_eq!(happened.course.standing, Standing::Waiting);
    assert_eq!(happened.course.question, None);
    assert!(matches!(happened.events[..], [Event::Unanswered { .. }]));
    walk.course = happened.course;
    assert_eq!(around(&walk), None, "once");
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
}
