//! Known routes, step by step.

use yagura_kernel::id::PersonId;
use yagura_packs::Seat;

use super::super::engine::{escalate, may_recall, waits_for};
use super::super::*;
use super::*;

#[test]
fn desks_look_side_by_side_and_the_chain_goes_up() {
    let mut walk = Walk::start("form-data-export", people(HOSPITAL), EXPORT);
    assert_eq!(walk.open(), ["head"]);
    assert_eq!(
        walk.grant(3, "head", Seat::DepartmentHead),
        Err(Refusal::NotWaiting),
        "the chain is not skipped"
    );
    assert_eq!(
        walk.grant(99, "head", Seat::DepartmentHead),
        Err(Refusal::Own)
    );
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.open(), ["records", "system"]);
    walk.grant(4, "system", Seat::SystemOperator).unwrap();
    assert_eq!(walk.open(), ["records"]);
    walk.grant(8, "records", Seat::ClinicalRecordsDesk).unwrap();
    walk.grant(2, "safety", Seat::SafetyManager).unwrap();
    walk.grant(3, "director", Seat::Director).unwrap();
    assert_eq!(walk.course.standing, Standing::CarryingOut);
    assert!(walk.events.contains(&Event::Granted));
    assert_eq!(
        walk.act(
            99,
            Act::Withdraw {
                note: String::new()
            }
        ),
        Err(Refusal::Granted)
    );
    assert_eq!(
        walk.grant(8, "hand-out", Seat::ClinicalRecordsDesk),
        Err(Refusal::WrongVerdict)
    );
    let done = Act::Decide {
        step: "hand-out".into(),
        seat: Seat::ClinicalRecordsDesk,
        verdict: Verdict::Done,
        note: String::new(),
    };
    walk.act(8, done).unwrap();
    assert_eq!(walk.course.standing, Standing::Granted);
    assert_eq!(walk.events.last(), Some(&Event::Finished));
}

#[test]
fn conditions_leave_steps_out() {
    let given = [("personal", "no"), ("method", "paper"), ("outside", "yes")];
    let mut walk = Walk::start("form-data-export", people(HOSPITAL), &given);
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.open(), ["safety"], "neither records nor system desk");
    walk.grant(2, "safety", Seat::SafetyManager).unwrap();
    assert_eq!(walk.course.standing, Standing::CarryingOut, "no director");
    // Which ledger it enters follows the same answers.
    let ledgers = |given: &[(&str, &str)]| {
        let given = answers(given);
        outcomes(&walk.form, &given)
            .map(|o| o.ledger.code())
            .collect::<Vec<_>>()
    };
    assert_eq!(ledgers(&given), ["data-exports"]);
    assert_eq!(ledgers(EXPORT), ["data-exports", "media"]);
}

#[test]
fn one_person_on_several_seats_decides_once_and_it_is_seen() {
    let clinic = people(&[(Seat::Director, 3), (Seat::SafetyManager, 3)]);
    let form = shipped("form-exception");
    let given = answers(&[("personal", "no")]);
    let planned = plan(&form, &clinic, person(99), &given);
    let merged: Vec<_> = planned.iter().map(|step| step.together_with).collect();
    assert_eq!(merged, [None, None, None, Some(0), Some(3)]);
    let mut walk = Walk::start("form-exception", clinic, &[("personal", "no")]);
    walk.grant(3, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.course.standing, Standing::Granted);
    let head = walk.course.step("head").unwrap().seats[0]
        .decision
        .clone()
        .unwrap();
    assert_eq!(
        head.capacity,
        Capacity::Fallback {
            seat: Seat::SafetyManager
        },
        "the empty desk fell to the safety manager"
    );
    for step in ["safety", "director"] {
        let decision = walk.course.step(step).unwrap().seats[0]
            .decision
            .clone()
            .unwrap();
        let with = Some(("head".to_owned(), Seat::DepartmentHead));
        assert_eq!((decision.by, decision.together_with), (person(3), with));
    }
}

#[test]
fn a_question_comes_back_to_the_step_that_asked() {
    let mut walk = Walk::start("form-data-export", people(HOSPITAL), EXPORT);
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
    let ask = |text: &str| Act::Ask {
        step: "records".into(),
        seat: Seat::ClinicalRecordsDesk,
        text: text.into(),
    };
    assert_eq!(walk.act(8, ask(" ")), Err(Refusal::NoWords));
    walk.act(8, ask("対象の期間は?")).unwrap();
    assert_eq!(walk.course.standing, Standing::Returned);
    assert_eq!(
        walk.grant(4, "system", Seat::SystemOperator),
        Err(Refusal::Returned)
    );
    let answer = Act::Answer {
        text: "4月から6月です".into(),
    };
    assert_eq!(walk.act(4, answer.clone()), Err(Refusal::NotRequester));
    walk.at = now().plus_days(5);
    walk.act(99, answer.clone()).unwrap();
    assert_eq!(walk.open(), ["records", "system"]);
    let due = walk.course.due().unwrap();
    assert!(due >= walk.at.jst_date() || walk.open().len() == 2, "{due}");
    assert_eq!(walk.act(99, answer), Err(Refusal::NoQuestion));
    walk.grant(8, "records", Seat::ClinicalRecordsDesk).unwrap();
}

#[test]
fn a_decision_is_taken_back_until_the_next_decides() {
    let mut walk = Walk::start("form-data-export", people(HOSPITAL), EXPORT);
    let recall = |step: &str, seat| Act::Recall {
        step: step.into(),
        seat,
    };
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(
        walk.act(2, recall("head", Seat::DepartmentHead)),
        Err(Refusal::CannotRecall),
        "it is another's"
    );
    walk.act(1, recall("head", Seat::DepartmentHead)).unwrap();
    assert_eq!(walk.open(), ["head"]);
    walk.grant(1, "head", Seat::DepartmentHead).unwrap();
    walk.grant(4, "system", Seat::SystemOperator).unwrap();
    assert!(!may_recall(
        &walk.form,
        &walk.course,
        "head",
        Seat::DepartmentHead,
        person(1)
    ));
    walk.act(4, recall("system", Seat::SystemOperator)).unwrap();
    assert_eq!(walk.open(), ["records", "system"]);
    walk.act(1, recall("head", Seat::DepartmentHead)).unwrap();
    assert_eq!(walk.open(), ["head"]);
}

#[test]
fn what_is_overdue_goes_up_the_chain_and_stays_with_its_seat() {
    let mut walk = Walk::start("form-data-export", people(HOSPITAL), EXPORT);
    let around = |walk: &Walk, days| {
        let around = Around {
            form: &walk.form,
            people: &walk.people,
            now: now().plus_days(days),
        };
        escalate(around, &walk.course)
    };
    assert_eq!(around(&walk, 3), None, "it is due on the third day");
    let happened = around(&walk, 4).unwrap();
    walk.course = happened.course;
    assert!(matches!(
        happened.events[..],
        [Event::Escalated {
            to: Seat::SafetyManager,
            ..
        }]
    ));
    assert_eq!(around(&walk, 5), None, "once a period");
    let waits = |walk: &Walk| -> Vec<PersonId> {
        let (_, seat, _) = walk.course.open_seats().next().unwrap();
        let deciders = waits_for(&walk.people, person(99), seat);
        deciders.into_iter().map(|d| d.person).collect()
    };
    assert_eq!(waits(&walk), [person(1), person(2)]);
    walk.course = around(&walk, 7).unwrap().course;
    assert_eq!(waits(&walk), [person(1), person(2), person(3)]);
    assert_eq!(around(&walk, 90), None, "nobody is above the director");
    walk.grant(3, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.open(), ["records", "system"]);
}

#[test]
fn an_approver_who_left_leaves_nothing_hanging() {
    let mut walk = Walk::start("form-exception", people(HOSPITAL), &[("personal", "no")]);
    walk.people.present.remove(&person(1));
    walk.grant(2, "head", Seat::DepartmentHead).unwrap();
    assert_eq!(walk.open(), ["director"], "the safety manager decided both");
}
