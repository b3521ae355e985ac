//! The engine under known and under random routes, people and acts.

use proptest::prelude::*;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::time::{Instant, parse_date};
use yagura_packs::{
    Condition, FieldKind, FormField, Library, RequestForm, RouteStep, Seat, StepAct, StepMode,
    Text, check_form,
};

use super::engine::{Around, escalate, is_granted, may_recall, unanswerable, waits_for};
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

// --- random routes, people and acts ---

fn random_form() -> impl Strategy<Value = RequestForm> {
    let step = (
        proptest::sample::subsequence(Seat::ALL.to_vec(), 1..4),
        any::<bool>(),
        0_u8..4,
        proptest::option::of(proptest::collection::vec(0_usize..6, 0..3)),
        1_u16..10,
    );
    proptest::collection::vec(step, 1..6).prop_map(|steps| {
        let yes_no = |id: &str| FormField {
            id: id.to_owned(),
            label: Text::new(id, id),
            help: Text::default(),
            kind: FieldKind::YesNo,
            choices: Vec::new(),
            required: false,
            required_when: Vec::new(),
            shown_when: Vec::new(),
            subject: false,
        };
        let last = steps.len();
        let mut route: Vec<RouteStep> = steps
            .into_iter()
            .enumerate()
            .map(|(at, (seats, any, condition, after, due_days))| RouteStep {
                id: format!("s{at}"),
                title: Text::default(),
                seats,
                mode: if any { StepMode::Any } else { StepMode::All },
                act: StepAct::Decide,
                when: if at == 0 || condition > 1 {
                    Vec::new()
                } else {
                    vec![Condition {
                        field: if condition == 0 { "a" } else { "b" }.to_owned(),
                        is: vec!["yes".to_owned()],
                    }]
                },
                after: after.map(|after| {
                    let earlier = after.into_iter().filter(|other| *other < at);
                    earlier.map(|other| format!("s{other}")).collect()
                }),
                due_days,
                escalate: true,
            })
            .collect();
        route.push(RouteStep {
            id: "do".to_owned(),
            title: Text::default(),
            seats: vec![Seat::SystemOperator],
            mode: StepMode::All,
            act: StepAct::CarryOut,
            when: Vec::new(),
            after: Some((0..last).map(|at| format!("s{at}")).collect()),
            due_days: 3,
            escalate: false,
        });
        RequestForm {
            summary: Text::new("x", "x"),
            order: 0,
            after_filing: Text::default(),
            fields: vec![yes_no("a"), yes_no("b")],
            route,
            outcomes: Vec::new(),
        }
    })
}

/// People 0 to 7 with random seats; 6 and 7 stay, so that there is always somebody else.
fn random_people() -> impl Strategy<Value = People> {
    (
        proptest::collection::vec((0_usize..9, 0_u128..8), 0..14),
        proptest::collection::vec((0_usize..9, 0_u128..8), 0..4),
        proptest::collection::vec((0_u128..8, 0_u128..8), 0..4),
        proptest::collection::btree_set(0_u128..6, 0..6),
    )
        .prop_map(|(holders, deputies, delegations, present)| {
            let mut people = People::default();
            for (seat, who) in holders {
                people
                    .holders
                    .entry(Seat::ALL[seat])
                    .or_default()
                    .insert(person(who));
            }
            for (seat, who) in deputies {
                people
                    .deputies
                    .entry(Seat::ALL[seat])
                    .or_default()
                    .insert(person(who));
            }
            people.delegations = delegations
                .into_iter()
                .map(|(from, to)| (person(from), person(to)))
                .collect();
            people.present = present.into_iter().map(person).collect();
            for (seat, who) in [(Seat::Director, 6), (Seat::SafetyManager, 7)] {
                people.holders.entry(seat).or_default().insert(person(who));
                people.present.insert(person(who));
            }
            people
        })
}

fn check(form: &RequestForm, people: &People, course: &Course) {
    for (state, spec) in course.steps.iter().zip(&form.route) {
        for seat in &state.seats {
            if let Some(decision) = &seat.decision {
                assert!(
                    decision.by != course.filer
                        || (decision.capacity == Capacity::Alone
                            && matches!(decision.verdict, Verdict::Recorded | Verdict::Done)),
                    "decided on their own request"
                );
                assert!(
                    !matches!(state.progress, StepProgress::Later | StepProgress::Skipped),
                    "decided before its turn"
                );
            }
        }
        if matches!(state.progress, StepProgress::Over { .. }) {
            let mut decided = state.seats.iter().map(|seat| seat.decision.is_some());
            assert!(match spec.mode {
                StepMode::All => decided.all(|done| done),
                StepMode::Any => decided.any(|done| done),
            });
        }
    }
    match course.standing {
        Standing::Returned => assert!(course.question.is_some()),
        Standing::Waiting | Standing::CarryingOut => {
            assert!(
                course.open_seats().next().is_some(),
                "it waits nowhere: {course:?}"
            );
            for (_, seat, _) in course.open_seats() {
                let deciders = waits_for(people, course.filer, seat);
                assert!(!deciders.is_empty(), "it waits for nobody: {seat:?}");
                assert!(deciders.iter().all(|d| d.person != course.filer));
            }
        }
        Standing::Granted => assert!(is_granted(form, course) && !course.is_only_recorded()),
        Standing::Recorded => assert!(is_granted(form, course) && course.is_only_recorded()),
        Standing::Rejected | Standing::Withdrawn => {}
    }
    assert_eq!(
        matches!(
            course.standing,
            Standing::CarryingOut | Standing::Granted | Standing::Recorded
        ),
        is_granted(form, course) && course.standing != Standing::Returned,
        "{:?}",
        course.standing
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_request_ends_and_never_hangs(
        form in random_form(),
        worlds in proptest::collection::vec(random_people(), 1..5),
        filer in 0_u128..8,
        given in (any::<bool>(), any::<bool>()),
        acts in proptest::collection::vec((0_u8..12, 0_u128..8, any::<proptest::sample::Index>()), 0..40),
    ) {
        prop_assert_eq!(check_form(&form), []);
        let word = |yes| if yes { "yes" } else { "no" };
        let given = answers(&[("a", word(given.0)), ("b", word(given.1))]);
        let filer = person(filer);
        let mut at = now();
        let mut people = &worlds[0];
        let around = |people, now| Around { form: &form, people, now };
        let mut course = start(around(people, at), filer, &given).unwrap().course;
        check(&form, people, &course);
        for (what, who, index) in acts {
            let places: Vec<(String, Seat)> = course
                .steps
                .iter()
                .flat_map(|step| step.seats.iter().map(|seat| (step.step.clone(), seat.seat)))
                .collect();
            let (step, seat) = places[index.index(places.len())].clone();
            let text = String::from("言葉");
            let act = match what {
                0..=3 => Act::Decide { step, seat, verdict: Verdict::Granted, note: text },
                4 => Act::Decide { step, seat, verdict: Verdict::Done, note: text },
                5 => Act::Decide { step, seat, verdict: Verdict::Rejected, note: text },
                6 => Act::Ask { step, seat, text },
                7 => Act::Answer { text },
                8 => Act::Recall { step, seat },
                9 if index.index(9) == 0 => Act::Withdraw { note: text },
                10 => {
                    people = &worlds[index.index(worlds.len())];
                    check(&form, people, &course);
                    continue;
                }
                _ => {
                    at = at.plus_days(4);
                    if let Some(happened) = escalate(around(people, at), &course) {
                        course = happened.course;
                        check(&form, people, &course);
                    }
                    continue;
                }
            };
            let before = course.clone();
            match apply(around(people, at), &course, person(who), &act) {
                Ok(happened) => {
                    prop_assert!(!happened.events.is_empty());
                    course = happened.course;
                }
                Err(_) => prop_assert_eq!(&before, &course),
            }
            check(&form, people, &course);
        }
        // Whatever happened, it ends when everybody does their part.
        let seats: usize = form.route.iter().map(|step| step.seats.len()).sum();
        for _ in 0..=seats + 1 {
            if course.standing.is_closed() {
                break;
            }
            let (who, act) = if course.standing == Standing::Returned {
                (filer, Act::Answer { text: "はい".to_owned() })
            } else {
                let (step, seat, _) = course.open_seats().next().unwrap();
                let decider = waits_for(people, filer, seat).remove(0);
                let carries = form.step(&step.step).unwrap().act == StepAct::CarryOut;
                let verdict = if carries { Verdict::Done } else { Verdict::Granted };
                (decider.person, Act::Decide {
                    step: step.step.clone(),
                    seat: seat.seat,
                    verdict,
                    note: String::new(),
                })
            };
            course = apply(around(people, at), &course, who, &act).unwrap().course;
            check(&form, people, &course);
        }
        prop_assert!(course.standing.is_closed(), "{:?}", course);
    }

    #[test]
    fn nothing_is_only_recorded_where_anybody_else_sits_anywhere(
        form in random_form(),
        holders in proptest::collection::vec((0_usize..9, 0_u128..3), 0..6),
        deputies in proptest::collection::vec((0_usize..9, 0_u128..3), 0..2),
        present in proptest::collection::btree_set(0_u128..3, 1..4),
        filer in 0_u128..3,
    ) {
        let mut people = People::default();
        for (seat, who) in holders {
            people.holders.entry(Seat::ALL[seat]).or_default().insert(person(who));
        }
        for (seat, who) in deputies {
            people.deputies.entry(Seat::ALL[seat]).or_default().insert(person(who));
        }
        people.present = present.into_iter().map(person).collect();
        let filer = person(filer);
        let others = people
            .holders
            .values()
            .chain(people.deputies.values())
            .flatten()
            .any(|who| *who != filer && people.present.contains(who));
        let around = Around { form: &form, people: &people, now: now() };
        let given = answers(&[("a", "yes"), ("b", "yes")]);
        match start(around, filer, &given) {
            Ok(happened) if others => {
                prop_assert!(!happened.course.is_partly_recorded());
                check(&form, &people, &happened.course);
            }
            Ok(happened) => {
                prop_assert!(happened.course.is_only_recorded());
                check_alone(&happened.course);
            }
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::Nobody);
                prop_assert!(!others);
            }
        }
    }
}

/// Where nobody else is there, nothing is granted, and what is left is carried out by who asked.
fn check_alone(course: &Course) {
    assert!(
        course
            .decisions()
            .all(|made| made.verdict == Verdict::Recorded)
    );
    assert_eq!(course.standing, Standing::CarryingOut);
}
