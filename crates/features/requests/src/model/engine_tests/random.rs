//! Random routes, people and acts: nothing hangs, and nobody decides their own.

use proptest::prelude::*;
use yagura_packs::{
    Condition, FieldKind, FormField, RequestForm, RouteStep, Seat, StepAct, StepMode, Text,
    check_form,
};

use super::super::engine::{escalate, is_granted, waits_for};
use super::super::*;
use super::*;

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
