//! Forms of the one-stop desk: the shipped ones, and what is refused.

use std::collections::BTreeSet;

use yagura_kernel::time::parse_date;
use yagura_packs::{
    Condition, FieldKind, FormFaultKind, FormPlace, LedgerCode, Library, MESSAGES_EN, MESSAGES_JA,
    OutcomeField, RequestForm, Seat, StepAct, Text, check_form, check_seats,
};

pub(crate) const FORMS: [&str; 10] = [
    "form-permission",
    "form-data-export",
    "form-purchase",
    "form-demo-loan",
    "form-remote-session",
    "form-external-line",
    "form-exception",
    "form-joining",
    "form-moving",
    "form-leaving",
];

fn form(id: &str) -> RequestForm {
    let pack = Library::builtin().get(id).unwrap();
    pack.form().unwrap().clone()
}

fn kinds(form: &RequestForm) -> Vec<FormFaultKind> {
    check_form(form).into_iter().map(|f| f.kind).collect()
}

#[test]
fn the_desk_offers_its_forms_in_order() {
    let on = |day| {
        let day = parse_date(day).unwrap();
        let forms = Library::builtin().forms_on(day);
        forms.into_iter().map(|p| p.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(on("2026-11-22"), FORMS);
    assert_eq!(on("2026-03-31"), [""; 0]);
}

#[test]
fn the_seeds_questions_are_asked() {
    let asks = |id: &str, fields: &[&str]| {
        let form = form(id);
        for field in fields {
            assert!(form.field(field).is_some(), "{id} does not ask {field}");
        }
    };
    asks(
        "form-permission",
        &[
            "person",
            "department",
            "superior",
            "profession",
            "duty",
            "functions",
            "until",
        ],
    );
    asks(
        "form-data-export",
        &[
            "person",
            "information",
            "purpose",
            "personal",
            "method",
            "terminal",
            "medium-owner",
            "end",
        ],
    );
    asks(
        "form-purchase",
        &[
            "maintenance",
            "external",
            "disclosure",
            "split-hardware",
            "split-software",
            "split-data",
        ],
    );
    asks(
        "form-demo-loan",
        &[
            "person",
            "connects",
            "maintenance",
            "external",
            "owner",
            "from",
            "until",
            "return-check",
        ],
    );
    asks(
        "form-external-line",
        &[
            "use",
            "mode",
            "line",
            "protection",
            "device",
            "safeguards",
            "patches",
        ],
    );
    asks(
        "form-remote-session",
        &["system", "vendor", "worker", "work", "connection", "on"],
    );
    asks(
        "form-joining",
        &["person", "department", "superior", "from"],
    );
    asks("form-moving", &["old-department", "remove", "from"]);
    asks(
        "form-leaving",
        &["last-day", "accounts", "shared", "returns"],
    );
    for field in ["reason", "until"] {
        assert!(form("form-exception").field(field).unwrap().required);
    }
    // Personal information brings the clinical records desk in, a connection the system desk.
    let export = form("form-data-export");
    let records = export.step("records").unwrap();
    assert_eq!(records.seats, [Seat::ClinicalRecordsDesk]);
    assert_eq!(records.when[0].field, "personal");
}

#[test]
fn a_form_names_the_lecture_and_no_page_that_does_not_hold_it() {
    for id in FORMS {
        let pack = Library::builtin().get(id).unwrap();
        assert!(pack.source.title.ja.contains("令和5年度第2回"), "{id}");
        assert_eq!(pack.source.date.to_string(), "2024-02-09", "{id}");
        assert_eq!(pack.source.url, "", "{id}: no page is established");
        let note = &pack.source.retrieved_note.ja;
        assert!(note.contains("公開ページは確認できていません"), "{id}");
        // Only a form may be without a page: any other pack gets a warning.
        let silent = yagura_packs::verify(pack);
        let place = |finding: &yagura_packs::Finding| finding.place.to_string();
        assert!(!silent.iter().any(|f| place(f).contains("source/url")));
    }
}

#[test]
fn what_cannot_be_used_is_refused_with_its_place() {
    let good = form("form-permission");
    assert_eq!(check_form(&good), []);
    let with = |change: &dyn Fn(&mut RequestForm)| {
        let mut form = good.clone();
        change(&mut form);
        check_form(&form)
    };
    let only = |change: &dyn Fn(&mut RequestForm), place: FormPlace, kind: FormFaultKind| {
        let faults = with(change);
        assert!(
            faults.iter().any(|f| f.place == place && f.kind == kind),
            "{kind:?} at {place:?} is not in {faults:?}"
        );
    };
    only(
        &|f| f.fields.clear(),
        FormPlace::Form,
        FormFaultKind::NoFields,
    );
    only(
        &|f| f.route.clear(),
        FormPlace::Form,
        FormFaultKind::NoSteps,
    );
    only(
        &|f| f.route.iter_mut().for_each(|s| s.act = StepAct::CarryOut),
        FormPlace::Form,
        FormFaultKind::NothingDecides,
    );
    only(
        &|f| f.fields[1].id = "person".into(),
        FormPlace::Field(1),
        FormFaultKind::DuplicateId("person".into()),
    );
    only(
        &|f| f.fields[1].id = "所属".into(),
        FormPlace::Field(1),
        FormFaultKind::BadId("所属".into()),
    );
    only(
        &|f| f.fields[0].label = Text::default(),
        FormPlace::Field(0),
        FormFaultKind::MissingName,
    );
    only(
        &|f| f.fields[3].choices.clear(),
        FormPlace::Field(3),
        FormFaultKind::NoChoices,
    );
    let when = |field: &str, is: &[&str]| Condition {
        field: field.into(),
        is: is.iter().map(|s| (*s).into()).collect(),
    };
    only(
        &|f| f.fields[0].shown_when = vec![when("nowhere", &["yes"])],
        FormPlace::Field(0),
        FormFaultKind::UnknownField("nowhere".into()),
    );
    only(
        &|f| f.fields[0].shown_when = vec![when("profession", &["king"])],
        FormPlace::Field(0),
        FormFaultKind::UnknownAnswer {
            field: "profession".into(),
            answer: "king".into(),
        },
    );
    only(
        &|f| {
            f.fields[0].shown_when = vec![when("department", &[])];
            f.fields[1].shown_when = vec![when("superior", &[])];
            f.fields[2].shown_when = vec![when("person", &[])];
        },
        FormPlace::Field(1),
        FormFaultKind::ConditionCycle("department".into()),
    );
    only(
        &|f| f.route[0].seats.clear(),
        FormPlace::Step(0),
        FormFaultKind::NoApprover,
    );
    only(
        &|f| f.route[0].seats = vec![Seat::Director, Seat::Director],
        FormPlace::Step(0),
        FormFaultKind::SeatTwice,
    );
    only(
        &|f| f.route[0].after = Some(vec!["nowhere".into()]),
        FormPlace::Step(0),
        FormFaultKind::UnknownStep("nowhere".into()),
    );
    only(
        &|f| f.route[0].after = Some(vec!["safety".into()]),
        FormPlace::Step(0),
        FormFaultKind::RouteLoop("head".into()),
    );
    only(
        &|f| f.route[1].after = Some(vec!["records".into()]),
        FormPlace::Step(1),
        FormFaultKind::RouteLoop("records".into()),
    );
    only(
        &|f| f.route[0].due_days = 0,
        FormPlace::Step(0),
        FormFaultKind::BadDays,
    );
    only(
        &|f| f.route[0].act = StepAct::CarryOut,
        FormPlace::Step(0),
        FormFaultKind::CarriedOutTooEarly("records".into()),
    );
    only(
        &|f| {
            f.outcomes[0].fields.push(OutcomeField {
                to: "colour".into(),
                from: "person".into(),
            });
        },
        FormPlace::Outcome(0),
        FormFaultKind::UnknownLedgerField("colour".into()),
    );
    only(
        &|f| f.outcomes[0].fields[0].from = "nowhere".into(),
        FormPlace::Outcome(0),
        FormFaultKind::UnknownField("nowhere".into()),
    );
    only(
        &|f| {
            f.fields
                .iter_mut()
                .filter(|x| x.id == "until")
                .for_each(|x| x.required = false)
        },
        FormPlace::Outcome(0),
        FormFaultKind::MissingLedgerField("until".into()),
    );
    only(
        &|f| {
            f.fields
                .iter_mut()
                .filter(|x| x.id == "until")
                .for_each(|x| x.kind = FieldKind::Text)
        },
        FormPlace::Outcome(0),
        FormFaultKind::NotADate("until".into()),
    );
    // A field that is always asked where the outcome applies will do.
    let export = form("form-data-export");
    assert_eq!(check_form(&export), []);
    let media = export
        .outcomes
        .iter()
        .position(|o| o.ledger == LedgerCode::Media);
    let mut always = export.clone();
    always.outcomes[media.unwrap()].when.clear();
    assert_eq!(
        kinds(&always),
        [FormFaultKind::MissingLedgerField("medium".into())]
    );
}

#[test]
fn an_empty_seat_is_refused_unless_it_falls_to_somebody() {
    let form = form("form-purchase");
    assert_eq!(check_seats(&form, |_| true), []);
    assert_eq!(check_seats(&form, |seat| seat == Seat::Director), []);
    let faults = check_seats(&form, |seat| seat == Seat::ProcurementDesk);
    let seats: BTreeSet<_> = faults.iter().map(|fault| &fault.place).collect();
    assert_eq!(seats.len(), form.route.len(), "{faults:?}");
}

#[test]
fn every_fault_is_told_in_both_languages() {
    let text = String::from("x");
    for kind in [
        FormFaultKind::NoFields,
        FormFaultKind::NoSteps,
        FormFaultKind::NothingDecides,
        FormFaultKind::TooMany { most: 1 },
        FormFaultKind::BadId(text.clone()),
        FormFaultKind::DuplicateId(text.clone()),
        FormFaultKind::MissingName,
        FormFaultKind::NoChoices,
        FormFaultKind::UnknownField(text.clone()),
        FormFaultKind::UnknownAnswer {
            field: text.clone(),
            answer: text.clone(),
        },
        FormFaultKind::ConditionCycle(text.clone()),
        FormFaultKind::NoApprover,
        FormFaultKind::SeatTwice,
        FormFaultKind::UnknownStep(text.clone()),
        FormFaultKind::RouteLoop(text.clone()),
        FormFaultKind::BadDays,
        FormFaultKind::CarriedOutTooEarly(text.clone()),
        FormFaultKind::EmptySeat(Seat::Director),
        FormFaultKind::UnknownLedgerField(text.clone()),
        FormFaultKind::LedgerFieldTwice(text.clone()),
        FormFaultKind::MissingLedgerField(text.clone()),
        FormFaultKind::NotADate(text),
    ] {
        let key = kind.message_key();
        for resource in [MESSAGES_JA, MESSAGES_EN] {
            let line = resource
                .lines()
                .find(|l| l.starts_with(&format!("{key} = ")));
            let line = line.unwrap_or_else(|| panic!("{key} has no text"));
            for (name, _) in kind.message_arguments() {
                assert!(line.contains(&format!("{{ ${name} }}")), "{line}");
            }
        }
    }
}

#[test]
fn a_form_survives_json() {
    for id in FORMS {
        let form = form(id);
        let json = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<RequestForm>(&json).unwrap(), form);
    }
}
