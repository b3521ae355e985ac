use accountmatch::changes::changes;
use accountmatch::matching::{Basis, Decision, Directory, Owner, Rule};
use accountmatch::model::Account;

use super::{day, staff};

const STAFF: &str = "職員番号,氏名,フリガナ,所属,退職日,旧姓,メール\n\
    0001,鈴木 花子,スズキ ハナコ,外来,,佐藤,hanako@example.jp\n\
    0002,髙橋 太郎,タカハシ タロウ,医事課,,,\n\
    0003,田中 一郎,タナカ イチロウ,放射線科,,,\n\
    0004,田中 一郎,タナカ イチロウ,薬剤部,,,\n\
    0005,大野 純一,オオノ ジュンイチ,外来,,,\n";

fn account(id: &str) -> Account {
    Account {
        id: id.to_owned(),
        ..Account::default()
    }
}

fn named(id: &str, name: &str) -> Account {
    Account {
        name: Some(name.to_owned()),
        ..account(id)
    }
}

fn candidates(owner: &Owner) -> &[accountmatch::matching::Candidate] {
    match owner {
        Owner::Open { candidates } => candidates,
        other => panic!("{other:?}"),
    }
}

#[test]
fn identifiers_decide_and_say_when_names_differ() {
    let list = staff(STAFF);
    let directory = Directory::of(&list.staff);
    let mut by_number = named("suzuki", "鈴木 花子");
    by_number.staff_number = Some("1".to_owned());
    let owner = directory.owner(&by_number, None, &[]);
    assert_eq!(
        owner,
        Owner::Staff {
            staff: 0,
            basis: Basis::StaffNumber,
            names_differ: false
        },
        "a spreadsheet dropped the zeros"
    );
    let mut former = named("x", "佐藤 花子");
    former.staff_number = Some("0001".to_owned());
    assert!(matches!(
        directory.owner(&former, None, &[]),
        Owner::Staff {
            names_differ: false,
            ..
        }
    ));
    let mut other = named("x", "山田 次郎");
    other.staff_number = Some("0001".to_owned());
    assert!(matches!(
        directory.owner(&other, None, &[]),
        Owner::Staff {
            names_differ: true,
            ..
        }
    ));
    let mut by_mail = account("x");
    by_mail.mail = Some("Hanako@Example.jp".to_owned());
    assert!(matches!(
        directory.owner(&by_mail, None, &[]),
        Owner::Staff {
            staff: 0,
            basis: Basis::Mail,
            ..
        }
    ));
    // A user name that is a number: only with a name that agrees.
    assert!(matches!(
        directory.owner(&named("0003", "田中一郎"), None, &[]),
        Owner::Staff {
            staff: 2,
            basis: Basis::IdIsStaffNumber,
            ..
        }
    ));
    let owner = directory.owner(&named("0003", "別人 某"), None, &[]);
    assert_eq!(candidates(&owner)[0].rules, [Rule::StaffNumber]);
}

#[test]
fn names_only_propose_and_namesakes_are_never_told_apart() {
    let list = staff(STAFF);
    let directory = Directory::of(&list.staff);
    let owner = directory.owner(&named("t1", "田中 一郎"), None, &[]);
    let found = candidates(&owner);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|candidate| candidate.has_namesakes));
    assert_eq!(found[0].score, found[1].score);
    // The department orders them, a person still decides.
    let mut with_department = named("t1", "田中 一郎");
    with_department.department = Some("薬剤部".to_owned());
    let owner = directory.owner(&with_department, None, &[]);
    assert_eq!(candidates(&owner)[0].staff, 3);
    for (id, name, staff) in [
        ("x", "高橋太郎", 1),
        ("x", "佐藤 花子", 0),
        ("x", "SUZUKI Hanako", 0),
        ("suzuki.h", "", 0),
        ("h-suzuki2", "", 0),
        ("ohno.j", "", 4),
        ("j.oono", "", 4),
    ] {
        let account = if name.is_empty() {
            account(id)
        } else {
            named(id, name)
        };
        let owner = directory.owner(&account, None, &[]);
        assert_eq!(
            candidates(&owner).first().map(|found| found.staff),
            Some(staff),
            "{id} {name}"
        );
    }
    let owner = directory.owner(&named("kensa01", "検査室"), None, &[]);
    assert!(candidates(&owner).is_empty());
}

#[test]
fn what_a_person_decided_holds_and_what_was_refused_is_not_proposed_again() {
    let list = staff(STAFF);
    let directory = Directory::of(&list.staff);
    let account = named("t1", "田中 一郎");
    let decision = Decision::Person("n:0004".to_owned());
    assert!(matches!(
        directory.owner(&account, Some(&decision), &[]),
        Owner::Staff {
            staff: 3,
            basis: Basis::Confirmed,
            ..
        }
    ));
    let gone = Decision::Person("n:9999".to_owned());
    assert!(matches!(
        directory.owner(&account, Some(&gone), &[]),
        Owner::Gone { .. }
    ));
    let refused = ["n:0004".to_owned()];
    let owner = directory.owner(&account, None, &refused);
    assert_eq!(candidates(&owner).len(), 1);
    assert_eq!(candidates(&owner)[0].staff, 2);
    let shared = Decision::Shared(Some("n:0001".to_owned()));
    assert!(matches!(
        directory.owner(&account, Some(&shared), &[]),
        Owner::NotPersonal { owner: Some(0), .. }
    ));
}

#[test]
fn a_number_of_two_people_identifies_neither() {
    let list = staff("職員番号,氏名\n1,鈴木 花子\n1,田中 一郎\n");
    let directory = Directory::of(&list.staff);
    let mut account = account("x");
    account.staff_number = Some("1".to_owned());
    let owner = directory.owner(&account, None, &[]);
    assert_eq!(candidates(&owner).len(), 2);
}

#[test]
fn joiners_movers_and_leavers_come_out_of_two_lists() {
    let before = staff(
        "職員番号,氏名,所属,退職日\n1,鈴木 花子,外来,\n2,田中 一郎,病棟,\n3,佐藤 次郎,外来,\n4,山本 五郎,薬局,2026/3/31\n6,伊藤 六,薬局,\n",
    );
    let after = staff(
        "職員番号,氏名,所属,退職日\n1,鈴木 花子,病棟,\n2,田中 一郎,病棟,2026/10/31\n4,山本 五郎,薬局,\n5,新田 七,外来,\n7,伊藤 六,薬局,\n",
    );
    let found = changes(&before.staff, &after.staff, day("2026-11-22"));
    assert_eq!(found.moved.len(), 1);
    assert_eq!(found.moved[0].fields, ["department"]);
    assert_eq!(found.left.len(), 3);
    assert_eq!(found.left[0].on, Some(day("2026-10-31")));
    assert_eq!(found.left[1].on, None);
    assert_eq!(found.joined.len(), 2);
    assert_eq!(found.perhaps_same.len(), 1, "a new number, or a namesake");
    assert!(!found.suspicious);
    // Employed before on the day of the comparison: 4 had left and is back.
    assert_eq!(found.returned.len(), 1);
    let many = staff(&(0..30).fold("職員番号,氏名\n".to_owned(), |text, n| {
        format!("{text}{n},人{n}\n")
    }));
    let few = staff("職員番号,氏名\n1,人1\n2,人2\n");
    assert!(changes(&many.staff, &few.staff, day("2026-11-22")).suspicious);
}
