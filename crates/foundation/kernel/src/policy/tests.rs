use super::*;
use crate::id::{AccountId, OrganizationId, PersonId};
use std::fmt::Write as _;
use uuid::Uuid;

const STANDINGS: [Standing; 8] = [
    Standing::Own,
    Standing::Overseen(SharingLevel::Status),
    Standing::Overseen(SharingLevel::Answers),
    Standing::Overseen(SharingLevel::Evidence),
    Standing::Overseen(SharingLevel::Detail),
    Standing::Supplied,
    Standing::Installation,
    Standing::Foreign,
];

fn organization() -> OrganizationId {
    OrganizationId::from(Uuid::from_u128(7))
}

fn principal(roles: &[Role], second_factor: bool) -> Principal {
    Principal {
        actor: Actor::Person {
            person: PersonId::from(Uuid::from_u128(1)),
            account: AccountId::from(Uuid::from_u128(2)),
        },
        organization: organization(),
        organization_kind: OrganizationKind::Hospital,
        roles: roles.to_vec(),
        second_factor,
        token_actions: None,
    }
}

fn allowed(principal: &Principal, action: Action, standing: Standing) -> bool {
    let resource = Resource {
        organization: organization(),
        standing,
    };
    decide(principal, action, &resource) == Decision::Allow
}

/// The whole table: one line for each action and standing, one letter for each role.
fn matrix() -> String {
    let mut text = String::from(
        "Who may do what, and how the organisations must stand to each other.\n\
         Everything not listed is denied. Roles marked * need a second factor.\n\n",
    );
    for action in Action::ALL {
        let _ = writeln!(text, "{}", action.code());
        for standing in STANDINGS {
            let roles: Vec<String> = Role::ALL
                .into_iter()
                .filter(|role| allowed(&principal(&[*role], true), *action, standing))
                .map(|role| {
                    let mark = if role.needs_second_factor() { "*" } else { "" };
                    format!("{}{mark}", role.code())
                })
                .collect();
            if !roles.is_empty() {
                let name = match standing {
                    Standing::Own => "own".to_owned(),
                    Standing::Overseen(level) => format!("overseen, shares {}", level.code()),
                    Standing::Supplied => "customer".to_owned(),
                    Standing::Installation => "installation".to_owned(),
                    Standing::Foreign => "foreign".to_owned(),
                };
                let _ = writeln!(text, "  {name}: {}", roles.join(", "));
            }
        }
    }
    text
}

#[test]
fn the_matrix_is_the_golden_file() {
    // Asked for when it runs: a kept build folder may hold this test as another clone built it.
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let path = format!("{folder}/src/policy/matrix.golden.txt");
    let now = matrix();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        now, golden,
        "run with UPDATE_GOLDEN=1 and read the difference before you commit it"
    );
}

#[test]
fn a_foreign_organisation_gets_nothing_whatever_the_role() {
    for role in Role::ALL {
        for action in Action::ALL {
            assert!(!allowed(
                &principal(&[role], true),
                *action,
                Standing::Foreign
            ));
        }
    }
}

#[test]
fn roles_over_several_institutions_are_nothing_without_a_second_factor() {
    for role in Role::ALL
        .into_iter()
        .filter(|role| role.needs_second_factor())
    {
        for action in Action::ALL {
            for standing in STANDINGS {
                assert!(!allowed(&principal(&[role], false), *action, standing));
            }
        }
    }
    let vendor = principal(&[Role::VendorStaff], false);
    let resource = Resource {
        organization: organization(),
        standing: Standing::Supplied,
    };
    assert_eq!(
        decide(&vendor, Action::AnswerVendorSheet, &resource),
        Decision::Deny(Denial::SecondFactor)
    );
}

#[test]
fn each_sharing_level_includes_the_ones_before_it() {
    for role in Role::ALL {
        for action in Action::ALL {
            let mut before = false;
            for level in SharingLevel::ALL {
                let now = allowed(
                    &principal(&[role], true),
                    *action,
                    Standing::Overseen(level),
                );
                assert!(now || !before, "{} loses {}", role.code(), action.code());
                before = now;
            }
        }
    }
}

#[test]
fn nobody_outside_the_institution_writes_its_records() {
    let writes = [
        Action::AnswerSheet,
        Action::ManageEvidence,
        Action::ManageVendors,
        Action::EditContacts,
        Action::ManageSharing,
        Action::ShareInspectionLink,
    ];
    for role in Role::ALL {
        for action in writes {
            for standing in STANDINGS
                .into_iter()
                .filter(|standing| *standing != Standing::Own)
            {
                assert!(!allowed(&principal(&[role], true), action, standing));
            }
        }
    }
}

#[test]
fn an_inspection_link_reads_one_institution_and_writes_nothing() {
    let mut link = principal(&[], false);
    link.actor = Actor::InspectionLink;
    assert!(allowed(&link, Action::PrintPack, Standing::Own));
    assert!(!allowed(&link, Action::AnswerSheet, Standing::Own));
    assert!(!allowed(&link, Action::ReadPeople, Standing::Own));
    for standing in STANDINGS
        .into_iter()
        .filter(|standing| *standing != Standing::Own)
    {
        assert!(!allowed(&link, Action::ReadSheet, standing));
    }
}

#[test]
fn a_token_is_limited_to_its_scopes_and_never_widens_a_role() {
    let mut token = principal(&[Role::Staff], true);
    token.token_actions = Some(vec![Action::AnswerSheet, Action::ReadStatus]);
    assert!(allowed(&token, Action::ReadStatus, Standing::Own));
    assert!(
        !allowed(&token, Action::ReadContacts, Standing::Own),
        "not among the scopes"
    );
    assert!(
        !allowed(&token, Action::AnswerSheet, Standing::Own),
        "not allowed to the role"
    );
}

#[test]
fn the_scope_of_lists_follows_the_same_table() {
    let region = principal(&[Role::RegionalStaff], true);
    let scope_of = scope(&region, Action::ReadSheet);
    assert_eq!(
        scope_of.overseen,
        Some((organization(), SharingLevel::Answers))
    );
    assert_eq!((scope_of.own, scope_of.customers), (None, None));
    let vendor = principal(&[Role::VendorStaff], true);
    assert_eq!(
        scope(&vendor, Action::ReadVendorSheet).customers,
        Some(organization())
    );
    let staff = principal(&[Role::Staff], false);
    assert_eq!(scope(&staff, Action::ReadSheet), Scope::default());
}
