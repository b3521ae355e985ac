use std::collections::HashMap;

use accountmatch::findings::{
    Estate, Finding, FindingKind, Gravity, Ground, Newer, Proof, Reconciliation, Settings, Source,
    reconcile, with_vanished,
};
use accountmatch::matching::Decision;
use accountmatch::model::{Account, Aspect, Exception, Grant, Moment, Staff};
use time::Duration;

use super::{day, now, staff};

fn account(id: &str) -> Account {
    Account {
        id: id.to_owned(),
        enabled: Some(true),
        ..Account::default()
    }
}

fn numbered(id: &str, number: &str) -> Account {
    Account {
        staff_number: Some(number.to_owned()),
        ..account(id)
    }
}

#[derive(Default)]
struct World {
    staff: Vec<Staff>,
    accounts: Vec<Account>,
    lockout: Option<bool>,
    functions: Option<std::collections::BTreeMap<String, String>>,
    decisions: HashMap<String, HashMap<String, Decision>>,
    grants: Vec<Grant>,
    exceptions: Vec<Exception>,
}

impl World {
    fn run(&self) -> Reconciliation {
        let source = Source {
            id: "chart",
            accounts: &self.accounts,
            lockout: self.lockout,
            functions: self.functions.clone(),
        };
        reconcile(
            &Estate {
                staff: &self.staff,
                sources: &[source],
                decisions: &self.decisions,
                refused: &HashMap::new(),
                grants: &self.grants,
                exceptions: &self.exceptions,
            },
            &Settings::at(now(), day("2026-11-22")),
        )
    }

    fn kinds(&self) -> Vec<FindingKind> {
        self.run()
            .findings
            .iter()
            .map(|finding| finding.kind)
            .collect()
    }

    fn decide(&mut self, account: &str, decision: Decision) {
        self.decisions
            .entry("chart".to_owned())
            .or_default()
            .insert(account.to_owned(), decision);
    }
}

fn people() -> Vec<Staff> {
    staff("職員番号,氏名,フリガナ,退職日\n1,鈴木 花子,スズキ ハナコ,\n2,田中 一郎,タナカ イチロウ,2026/3/31\n3,佐藤 次郎,サトウ ジロウ,2026/11/22\n").staff
}

fn only(findings: &[Finding]) -> &Finding {
    assert_eq!(findings.len(), 1, "{findings:?}");
    &findings[0]
}

#[test]
fn the_account_of_a_leaver_is_found_from_the_day_after() {
    let mut world = World {
        staff: people(),
        accounts: vec![
            numbered("suzuki", "1"),
            numbered("tanaka", "2"),
            numbered("sato", "3"),
        ],
        ..World::default()
    };
    world.accounts[1].last_sign_in = Moment::At(now() - Duration::days(2));
    let result = world.run();
    let finding = only(&result.findings);
    assert_eq!(finding.kind, FindingKind::Leaver);
    assert_eq!(finding.account, "tanaka");
    assert_eq!(finding.gravity, Gravity::Critical);
    assert!(
        matches!(&finding.grounds[0], Ground::LeftOn { on, .. } if *on == Some(day("2026-03-31")))
    );
    assert!(
        matches!(finding.grounds[1], Ground::LastSignIn { days: 2, .. }),
        "it was used after the last day"
    );
    world.accounts[1].enabled = Some(false);
    assert!(world.kinds().is_empty());
    // Not saying is not "stopped".
    world.accounts[1].enabled = None;
    let result = world.run();
    assert!(
        only(&result.findings)
            .grounds
            .contains(&Ground::EnabledNotKnown)
    );
    assert!(
        result
            .untold
            .iter()
            .any(|untold| untold.aspect == Aspect::Enabled && untold.accounts == 1)
    );
}

#[test]
fn one_who_is_missing_in_the_newer_list_has_left() {
    let list = people();
    let vanished = [(list[0].clone(), day("2026-11-20"))];
    let all = with_vanished(&list[1..], &vanished);
    let world = World {
        staff: all,
        accounts: vec![numbered("suzuki", "1")],
        ..World::default()
    };
    assert_eq!(world.kinds(), [FindingKind::Leaver]);
}

#[test]
fn nobodys_account_waits_for_a_person_or_is_to_go() {
    let mut world = World {
        staff: people(),
        accounts: vec![account("zz9"), account("suzuki.h")],
        ..World::default()
    };
    let result = world.run();
    assert_eq!(result.findings[0].account, "zz9");
    assert_eq!(result.findings[0].gravity, Gravity::High);
    assert_eq!(result.findings[0].grounds, [Ground::NobodyFits]);
    assert_eq!(
        result.findings[1].grounds,
        [Ground::Unconfirmed { candidates: 1 }]
    );
    world.decide("suzuki.h", Decision::Person("n:1".to_owned()));
    world.decide("zz9", Decision::Service(Some("n:1".to_owned())));
    assert!(world.kinds().is_empty());
    world.decide("zz9", Decision::Service(Some("n:2".to_owned())));
    assert_eq!(
        world.kinds(),
        [FindingKind::Nobody],
        "the one who answered has left"
    );
    world.decide("zz9", Decision::Shared(Some("n:1".to_owned())));
    assert_eq!(world.kinds(), [FindingKind::Shared]);
}

fn grant(privileged: bool, functions: &[&str], until: Option<&str>) -> Grant {
    Grant {
        id: "g1".to_owned(),
        staff: Some("n:1".to_owned()),
        source: "chart".to_owned(),
        privileged,
        functions: functions.iter().map(|text| (*text).to_owned()).collect(),
        until: until.map(day),
        ..Grant::default()
    }
}

#[test]
fn rights_are_held_against_grants() {
    let mut admin = numbered("suzuki", "1");
    admin.privileged_by = vec!["Domain Admins".to_owned()];
    admin.groups = vec!["処方".to_owned(), "マスタ".to_owned()];
    admin.groups_known = true;
    let mut world = World {
        staff: people(),
        accounts: vec![admin],
        ..World::default()
    };
    assert_eq!(world.kinds(), [FindingKind::AdministratorWithoutGrant]);
    world.grants = vec![grant(false, &[], None)];
    assert_eq!(world.kinds(), [FindingKind::AdministratorWithoutGrant]);
    world.grants = vec![grant(true, &[], None)];
    assert!(world.kinds().is_empty());
    world.grants = vec![grant(true, &[], Some("2026-11-22"))];
    assert!(world.kinds().is_empty(), "the last day still holds");
    world.grants = vec![grant(true, &[], Some("2026-11-21"))];
    assert_eq!(
        world.kinds(),
        [FindingKind::AdministratorWithoutGrant, FindingKind::PastEnd]
    );
    world.grants = vec![grant(true, &["処方"], None)];
    assert!(
        world.kinds().is_empty(),
        "groups are not compared unless said"
    );
    world.functions = Some(std::collections::BTreeMap::new());
    let result = world.run();
    assert_eq!(
        only(&result.findings).grounds,
        [Ground::NotGranted {
            functions: vec!["マスタ".to_owned()]
        }]
    );
    world.exceptions = vec![Exception {
        id: "e1".to_owned(),
        source: "chart".to_owned(),
        account: "Suzuki".to_owned(),
        kind: FindingKind::BeyondGrant,
        until: day("2026-11-22"),
    }];
    assert_eq!(only(&world.run().findings).excepted.as_deref(), Some("e1"));
    world.exceptions[0].until = day("2026-11-21");
    assert_eq!(
        only(&world.run().findings).excepted,
        None,
        "an exception ends"
    );
}

#[test]
fn habits_are_found_only_where_the_source_tells() {
    let mut world = World {
        staff: people(),
        accounts: vec![numbered("suzuki", "1")],
        ..World::default()
    };
    let result = world.run();
    assert!(result.findings.is_empty());
    for aspect in [
        Aspect::LastSignIn,
        Aspect::PasswordSet,
        Aspect::Lockout,
        Aspect::Privileges,
    ] {
        assert!(result.untold.iter().any(|untold| untold.aspect == aspect));
    }
    world.accounts[0].last_sign_in = Moment::At(now() - Duration::days(90));
    assert_eq!(world.kinds(), [FindingKind::Dormant]);
    world.accounts[0].last_sign_in = Moment::At(now() - Duration::days(89));
    assert!(world.kinds().is_empty());
    // A new account may wait.
    world.accounts[0].last_sign_in = Moment::Never;
    world.accounts[0].created = Moment::At(now() - Duration::days(10));
    assert!(world.kinds().is_empty());
    world.accounts[0].created = Moment::At(now() - Duration::days(200));
    assert_eq!(world.kinds(), [FindingKind::Dormant]);
    world.accounts[0].last_sign_in = Moment::At(now());
    world.accounts[0].password_set = Moment::At(now() - Duration::days(200));
    world.accounts[0].password_never_expires = Some(true);
    world.lockout = Some(false);
    assert_eq!(
        world.kinds(),
        [
            FindingKind::LockoutOff,
            FindingKind::PasswordNeverChanged,
            FindingKind::PasswordNeverExpires
        ]
    );
    world.accounts[0].expires = Moment::At(now() - Duration::days(1));
    assert_eq!(
        world.kinds(),
        [FindingKind::LockoutOff],
        "an account past its end opens nothing"
    );
}

#[test]
fn only_a_newer_export_proves_a_remedy() {
    let stays = account("stays");
    let mut stopped = account("stopped");
    stopped.enabled = Some(false);
    let mut renamed = account("new-name");
    renamed.stable_id = Some("guid".to_owned());
    let accounts = [stays, stopped, renamed];
    let newer = Newer::of(&accounts, None, false, now());
    let proof =
        |account: &str, id: Option<&str>, kind, found| newer.proof(account, id, kind, found);
    assert_eq!(
        proof("gone", None, FindingKind::Leaver, false),
        Proof::Removed
    );
    assert_eq!(
        proof("stopped", None, FindingKind::Leaver, false),
        Proof::Disabled
    );
    assert_eq!(
        proof("stays", None, FindingKind::Leaver, false),
        Proof::Mended
    );
    assert_eq!(
        proof("stays", None, FindingKind::Leaver, true),
        Proof::StillThere
    );
    assert_eq!(
        proof("old-name", Some("guid"), FindingKind::Leaver, false),
        Proof::Renamed
    );
    assert_eq!(
        proof("stays", None, FindingKind::Dormant, false),
        Proof::NotProven,
        "the newer export has no sign-ins"
    );
    let cut = Newer::of(&accounts, None, true, now());
    assert_eq!(
        cut.proof("gone", None, FindingKind::Leaver, false),
        Proof::NotProven
    );
    assert!(!Proof::Renamed.is_remedied() && Proof::Disabled.is_remedied());
}
