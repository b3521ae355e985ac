use yagura_identity::accounts::{self, AccountAuthority, AccountStatus};
use yagura_identity::sessions::SessionLevel;
use yagura_identity::{FormProblem, IdentityError, PasswordCheck, SignInOutcome};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_store::{params, row};

use crate::support::{PASSWORD, houses, proof, visitor};

fn retry_after(outcome: &SignInOutcome) -> Option<i64> {
    match outcome {
        SignInOutcome::Refused { retry_after } => *retry_after,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_director_signs_in_and_acts_for_their_clinic() {
    for house in houses().await {
        let member = house.clinic().await;
        let outcome = house
            .sign_in(" Director@Clinic.example.jp ", PASSWORD)
            .await;
        let SignInOutcome::SignedIn(opened) = &outcome else {
            panic!("{outcome:?}")
        };
        let session = house.find(opened).await.unwrap();
        assert_eq!(
            (session.account, session.person),
            (member.account, member.person)
        );
        assert_eq!(
            session.organization.as_ref().unwrap().id,
            member.organization
        );
        assert_eq!(session.roles, [Role::Director]);
        assert_eq!(session.next_step(), None);
        assert!(!session.second_factor && session.has_password);
        assert_eq!(
            session.principal().unwrap().organization_kind,
            OrganizationKind::Clinic
        );
        assert_eq!(house.recorded("sign_in.succeeded").await, 1);
        let listing = accounts::get(&house.database, member.account)
            .await
            .unwrap();
        assert!(listing.last_sign_in_at.is_some() && listing.has_password && !listing.has_totp);
    }
}

#[tokio::test]
async fn nothing_distinguishes_an_unknown_login_from_a_wrong_password() {
    for house in houses().await {
        house.clinic().await;
        let disabled = house.region().await;
        let mut tx = house.database.begin().await.unwrap();
        tx.execute(
            "UPDATE accounts SET status = 'disabled' WHERE id = $1",
            params![disabled.account],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let mut answers = Vec::new();
        for (number, (login, password)) in [
            ("director@clinic.example.jp", "wrong"),
            ("nobody@clinic.example.jp", PASSWORD),
            ("no login at all", ""),
            ("manager@region.example.jp", PASSWORD), // disabled, and the password is right
        ]
        .into_iter()
        .enumerate()
        {
            let mut waits = Vec::new();
            for _ in 0..7 {
                let outcome = house
                    .identity
                    .sign_in(login, password, &visitor(&format!("192.0.2.{number}")))
                    .await
                    .unwrap();
                waits.push(retry_after(&outcome));
            }
            answers.push(waits);
        }
        assert_eq!(
            answers[0],
            [None, None, None, None, Some(30), Some(30), Some(30)],
            "the fifth failure blocks, what comes while blocked does not count"
        );
        assert!(
            answers.iter().all(|waits| *waits == answers[0]),
            "{answers:?}"
        );
        assert_eq!(
            house.recorded("sign_in.refused").await,
            20,
            "four logins, five tries each"
        );
    }
}

#[tokio::test]
async fn a_block_ends_and_the_right_password_forgets_it() {
    for house in houses().await {
        house.clinic().await;
        let login = "director@clinic.example.jp";
        for _ in 0..5 {
            house.sign_in(login, "wrong").await;
        }
        assert_eq!(
            retry_after(&house.sign_in(login, PASSWORD).await),
            Some(30),
            "even if right"
        );
        house.clock.advance_seconds(29);
        assert_eq!(retry_after(&house.sign_in(login, PASSWORD).await), Some(1));
        house.clock.advance_seconds(1);
        assert_eq!(
            retry_after(&house.sign_in(login, "wrong").await),
            Some(60),
            "twice as long"
        );
        house.clock.advance_seconds(60);
        assert!(house.sign_in(login, PASSWORD).await.session().is_some());
        for _ in 0..4 {
            assert_eq!(retry_after(&house.sign_in(login, "wrong").await), None);
        }
    }
}

#[tokio::test]
async fn a_block_concerns_one_login_or_one_address_and_never_everybody() {
    for house in houses().await {
        house.clinic().await;
        for number in 0..30 {
            let login = format!("guess{number}@clinic.example.jp");
            let outcome = house
                .identity
                .sign_in(&login, "wrong", &visitor("198.51.100.9"))
                .await
                .unwrap();
            let expected = (number == 29).then_some(30);
            assert_eq!(retry_after(&outcome), expected, "{number}");
        }
        let login = "director@clinic.example.jp";
        let blocked = house
            .identity
            .sign_in(login, PASSWORD, &visitor("198.51.100.9"))
            .await
            .unwrap();
        assert_eq!(retry_after(&blocked), Some(30));
        let elsewhere = house
            .identity
            .sign_in(login, PASSWORD, &visitor("198.51.100.10"))
            .await
            .unwrap();
        assert!(elsewhere.session().is_some());
    }
}

#[tokio::test]
async fn many_tries_sent_together_count_as_many() {
    for house in houses().await {
        house.clinic().await;
        let tries: Vec<_> = (0..20)
            .map(|_| {
                let identity = house.identity.clone();
                tokio::spawn(async move {
                    identity
                        .sign_in("director@clinic.example.jp", "wrong", &visitor("192.0.2.1"))
                        .await
                        .unwrap()
                })
            })
            .collect();
        for one in tries {
            assert!(one.await.unwrap().session().is_none());
        }
        assert_eq!(
            house.recorded("sign_in.refused").await,
            5,
            "the others were not tried at all"
        );
    }
}

#[tokio::test]
async fn a_hash_of_old_parameters_is_renewed_at_the_next_sign_in() {
    row! { struct Stored { password_hash: String } }
    for house in houses().await {
        let member = house.clinic().await;
        let stronger = yagura_identity::password::Passwords::with_parameters(128, 1, 1);
        let identity = house.identity.clone().with_passwords(stronger);
        let visitor = visitor("192.0.2.1");
        for expected in ["m=64,", "m=128,", "m=128,"] {
            let stored: Stored = house
                .database
                .one(
                    "SELECT password_hash FROM accounts WHERE id = $1",
                    params![member.account],
                )
                .await
                .unwrap();
            assert!(
                stored.password_hash.contains(expected),
                "{}",
                stored.password_hash
            );
            let outcome = identity
                .sign_in("director@clinic.example.jp", PASSWORD, &visitor)
                .await
                .unwrap();
            assert!(outcome.session().is_some());
        }
    }
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_ends_other_sessions() {
    for house in houses().await {
        house.clinic().await;
        let login = "director@clinic.example.jp";
        let other = house.sign_in(login, PASSWORD).await;
        let session = house.session(login).await;
        let new = "夕立のあとに虹が二本見えた";

        let weak = house
            .identity
            .change_password(&session, PASSWORD, "見本内科医院")
            .await;
        let Err(IdentityError::Form(problems)) = weak else {
            panic!("{weak:?}")
        };
        assert!(problems.len() >= 2, "too short and guessable: {problems:?}");
        assert!(
            problems
                .iter()
                .all(|problem| matches!(problem, FormProblem::Password(_)))
        );
        let wrong = house
            .identity
            .change_password(&session, "wrong", new)
            .await
            .unwrap();
        assert_eq!(wrong, PasswordCheck::Refused { retry_after: None });
        assert!(house.find(other.session().unwrap()).await.is_some());

        let right = house
            .identity
            .change_password(&session, PASSWORD, new)
            .await
            .unwrap();
        assert_eq!(right, PasswordCheck::Done);
        assert!(house.find(other.session().unwrap()).await.is_none());
        assert!(house.sign_in(login, PASSWORD).await.session().is_none());
        assert!(house.sign_in(login, new).await.session().is_some());
        assert_eq!(house.recorded("password.changed").await, 1);
    }
}

#[tokio::test]
async fn guessing_the_old_password_in_a_stolen_session_is_blocked_too() {
    for house in houses().await {
        house.clinic().await;
        let session = house.session("director@clinic.example.jp").await;
        for _ in 0..5 {
            house
                .identity
                .confirm_password(&session, "wrong")
                .await
                .unwrap();
        }
        let blocked = house
            .identity
            .confirm_password(&session, PASSWORD)
            .await
            .unwrap();
        assert_eq!(
            blocked,
            PasswordCheck::Refused {
                retry_after: Some(30)
            }
        );
    }
}

#[tokio::test]
async fn locking_an_account_ends_its_sessions_and_reaches_only_ones_own_people() {
    for house in houses().await {
        let director = house.clinic().await;
        let staff = house
            .member(
                director.organization,
                Role::Staff,
                "staff@clinic.example.jp",
            )
            .await;
        let foreign = house.region().await;
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let authority = AccountAuthority::Organization(&manage);
        let open = house.sign_in("staff@clinic.example.jp", PASSWORD).await;
        let act = house.identity.act(&session);

        let mut tx = house.database.begin().await.unwrap();
        accounts::set_status(
            &mut tx,
            act,
            authority,
            staff.account,
            AccountStatus::Locked,
        )
        .await
        .unwrap();
        let refused = accounts::set_status(
            &mut tx,
            act,
            authority,
            foreign.account,
            AccountStatus::Locked,
        )
        .await;
        assert!(matches!(refused, Err(IdentityError::NotAllowed)));
        tx.commit().await.unwrap();
        assert!(house.find(open.session().unwrap()).await.is_none());
        assert!(
            house
                .sign_in("staff@clinic.example.jp", PASSWORD)
                .await
                .session()
                .is_none()
        );

        // Somebody who also works elsewhere is not in one director's hand.
        house
            .give_role(staff.person, foreign.organization, Role::RegionalStaff)
            .await;
        let mut tx = house.database.begin().await.unwrap();
        let refused = accounts::reset_second_factor(&mut tx, act, authority, staff.account).await;
        assert!(matches!(refused, Err(IdentityError::NotAllowed)));
    }
}

#[tokio::test]
async fn who_holds_no_role_anywhere_gets_a_session_that_may_do_nothing() {
    for house in houses().await {
        let member = house.clinic().await;
        let mut tx = house.database.begin().await.unwrap();
        tx.execute(
            "DELETE FROM assignments WHERE person_id = $1",
            params![member.person],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let session = house.session("director@clinic.example.jp").await;
        assert_eq!(
            (session.organization.clone(), session.level),
            (None, SessionLevel::Full)
        );
        assert_eq!(session.principal(), None);
    }
}

#[tokio::test]
async fn only_a_demonstration_lets_visitors_pick_a_person() {
    for house in houses().await {
        let member = house.region().await;
        let visitor = visitor("192.0.2.1");
        let refused = house
            .identity
            .sign_in_to_demonstration(member.account, &visitor)
            .await;
        assert!(matches!(refused, Err(IdentityError::NotAllowed)));
        let mut tx = house.database.begin().await.unwrap();
        let name = yagura_store::settings::DEMONSTRATION;
        yagura_store::settings::set(&mut tx, name, "1")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let opened = house
            .identity
            .sign_in_to_demonstration(member.account, &visitor)
            .await
            .unwrap();
        assert_eq!(house.find(&opened).await.unwrap().next_step(), None);
    }
}

#[tokio::test]
async fn the_audit_log_holds_no_password_and_no_token() {
    for house in houses().await {
        house.clinic().await;
        house.sign_in(PASSWORD, "director@clinic.example.jp").await; // fields swapped
        let opened = house.sign_in("director@clinic.example.jp", PASSWORD).await;
        let token = opened.session().unwrap().token.reveal();
        let details = house.audit_details().await;
        assert!(
            !details.contains("otter") && !details.contains(&token),
            "{details}"
        );
        assert!(!format!("{opened:?}").contains(&token));
    }
}
