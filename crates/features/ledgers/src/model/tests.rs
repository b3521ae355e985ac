use std::collections::BTreeSet;

use yagura_kernel::time::parse_date;

use super::*;

fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

#[test]
fn the_fields_of_the_form_are_those_of_the_entry() {
    for ledger in Ledger::ALL {
        let specified: Vec<&str> = ledger.fields().iter().map(|field| field.key).collect();
        let unique: BTreeSet<&str> = specified.iter().copied().collect();
        assert_eq!(unique.len(), specified.len(), "a key stands twice");
        let fields = Content::empty(*ledger).fields_of();
        let serialised: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(serialised, unique, "{ledger:?}");
        assert_eq!(Content::empty(*ledger).ledger(), *ledger);
        let text = serde_json::to_string(&fields).unwrap();
        assert_eq!(
            Content::of_json(*ledger, &text).unwrap(),
            Content::empty(*ledger)
        );
    }
}

fn typed(ledger: Ledger, pairs: &[(&str, &str)]) -> Result<Content, Vec<FieldProblem>> {
    Content::of_typed(ledger, |key| {
        let pair = pairs.iter().find(|(name, _)| *name == key);
        pair.map(|(_, value)| (*value).to_owned())
            .unwrap_or_default()
    })
}

fn fields_wrong(result: Result<Content, Vec<FieldProblem>>) -> Vec<&'static str> {
    let problems = result.unwrap_err();
    problems.iter().map(|problem| problem.field).collect()
}

#[test]
fn a_permission_names_its_system_and_its_last_day_or_why_there_is_none() {
    let ledger = Ledger::Permissions;
    let wrong = fields_wrong(typed(ledger, &[("name", "架空 花子")]));
    assert_eq!(wrong, ["system", "until"]);
    let whole = [
        ("name", "架空 花子"),
        ("system_name", "電子カルテ"),
        ("open_ended_reason", "常勤のため"),
    ];
    assert!(typed(ledger, &whole).is_ok());
    let backwards = [
        ("name", "架空 花子"),
        ("system_name", "電子カルテ"),
        ("from", "2026-04-01"),
        ("until", "2026-03-31"),
    ];
    assert_eq!(fields_wrong(typed(ledger, &backwards)), ["until"]);
}

#[test]
fn an_exception_has_a_reason_and_a_last_day() {
    let wrong = fields_wrong(typed(Ledger::Exceptions, &[("name", "USB使用禁止")]));
    assert_eq!(wrong, ["reason", "until"]);
    let wrong = fields_wrong(typed(Ledger::Exports, &[]));
    assert_eq!(wrong, ["name", "person", "purpose", "until"]);
    let wrong = fields_wrong(typed(Ledger::Loans, &[]));
    assert_eq!(wrong, ["name", "lender", "until"]);
    assert_eq!(fields_wrong(typed(Ledger::Media, &[])), ["name"]);
}

#[test]
fn the_last_day_still_counts() {
    let today = day("2026-11-22");
    let of = |state, until: &str| Standing::of(state, Some(day(until)), today);
    assert_eq!(of(State::Open, "2026-11-21"), Standing::Overdue);
    assert_eq!(of(State::Open, "2026-11-22"), Standing::EndsSoon);
    assert_eq!(of(State::Open, "2026-12-22"), Standing::EndsSoon);
    assert_eq!(of(State::Open, "2026-12-23"), Standing::Running);
    assert_eq!(Standing::of(State::Open, None, today), Standing::Running);
    assert_eq!(of(State::ToEnd, "2027-01-01"), Standing::ToEnd);
    assert_eq!(of(State::Ended, "2026-01-01"), Standing::Ended);
    assert_eq!(of(State::Struck, "2026-01-01"), Standing::Struck);
}

#[test]
fn only_what_changed_is_said() {
    let old: Content = Medium {
        name: "USB-01".to_owned(),
        ..Medium::default()
    }
    .into();
    let new: Content = Medium {
        name: "USB-01".to_owned(),
        encrypted: Known::Yes,
        ..Medium::default()
    }
    .into();
    let said = changes(&old, &new);
    assert_eq!(said.len(), 1);
    assert_eq!(said["encrypted"], serde_json::json!(["unknown", "yes"]));
    assert!(changes(&old, &old).is_empty());
}

#[test]
fn two_writings_of_a_name_are_one() {
    assert_eq!(person_key("架空　花子"), person_key("架空花子"));
    assert_eq!(person_key("ﾔﾏﾀﾞ ﾀﾛｳ"), person_key("ヤマダタロウ"));
    assert_ne!(person_key("架空花子"), person_key("架空華子"));
}

#[test]
fn what_must_come_back_is_sorted_by_its_last_day() {
    let export = |until: &str| {
        let said = Export {
            name: "検査結果".to_owned(),
            until: Some(day(until)),
            ..Export::default()
        };
        Content::from(said).sort_key()
    };
    assert!(export("2026-11-01") < export("2026-12-01"));
}
