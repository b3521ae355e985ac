use totp_rs::{Builder, Secret};
use yagura_identity::accounts::{self, AccountAuthority};
use yagura_identity::sessions::{NextStep, SessionLevel, SignedIn};
use yagura_identity::{FactorOutcome, IdentityError, SignInOutcome, TotpEnrolment};
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::Clock as _;
use yagura_store::params;

use crate::support::{House, PASSWORD, houses, proof};

const MANAGER: &str = "manager@region.example.jp";

fn code_at(enrolment: &TotpEnrolment, seconds: i64) -> String {
    let secret = enrolment.secret.replace(' ', "");
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(&secret).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(seconds).unwrap()).to_string()
}

fn code(house: &House, enrolment: &TotpEnrolment) -> String {
    code_at(enrolment, house.clock.now().as_seconds())
}

/// Signs the manager in for the first time and sets up an app. Half a minute passes, so that the
/// next code is a new one.
async fn enrol(house: &House) -> (TotpEnrolment, Vec<String>) {
    let session = house.session(MANAGER).await;
    let enrolment = house.identity.begin_totp_enrolment(&session).await.unwrap();
    let enrolled = house
        .identity
        .confirm_totp_enrolment(&session, &code(house, &enrolment))
        .await
        .unwrap()
        .unwrap();
    house.clock.advance_seconds(30);
    let codes = enrolled.recovery_codes.unwrap();
    (
        enrolment,
        codes.iter().map(|code| code.reveal().to_owned()).collect(),
    )
}

async fn passed(house: &House, outcome: FactorOutcome) -> SignedIn {
    match outcome {
        FactorOutcome::Passed { session, .. } => house.find(&session).await.unwrap(),
        FactorOutcome::Refused { .. } => panic!("refused"),
    }
}

#[tokio::test]
async fn a_role_over_several_institutions_must_set_up_a_second_factor() {
    for house in houses().await {
        house.region().await;
        let outcome = house.sign_in(MANAGER, PASSWORD).await;
        let SignInOutcome::MustEnrolSecondFactor(opened) = &outcome else {
            panic!("{outcome:?}")
        };
        let session = house.find(opened).await.unwrap();
        assert_eq!(session.next_step(), Some(NextStep::EnrolSecondFactor));
        assert_eq!(session.principal(), None);
        assert_eq!(house.recorded("sign_in.succeeded").await, 0);

        let enrolment = house.identity.begin_totp_enrolment(&session).await.unwrap();
        let again = house.identity.begin_totp_enrolment(&session).await.unwrap();
        assert_eq!(
            enrolment.url, again.url,
            "a page loaded twice shows one secret"
        );
        let wrong = house
            .identity
            .confirm_totp_enrolment(&session, "000000")
            .await
            .unwrap();
        assert!(wrong.is_none());
        let enrolled = house
            .identity
            .confirm_totp_enrolment(&session, &code(&house, &enrolment))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(enrolled.recovery_codes.unwrap().len(), 10);
        assert!(
            house.find(opened).await.is_none(),
            "the token of before is void"
        );
        let session = house.find(&enrolled.session).await.unwrap();
        assert_eq!(
            (session.level, session.next_step()),
            (SessionLevel::Full, None)
        );
        assert!(session.second_factor && session.principal().unwrap().second_factor);
        assert_eq!(house.recorded("sign_in.succeeded").await, 1);
        assert_eq!(house.recorded("second_factor.enrolled").await, 1);
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_the_session_changes_its_token() {
    for house in houses().await {
        house.region().await;
        let (enrolment, _) = enrol(&house).await;
        let outcome = house.sign_in(MANAGER, PASSWORD).await;
        let SignInOutcome::NeedsSecondFactor(opened) = &outcome else {
            panic!("{outcome:?}")
        };
        let session = house.find(opened).await.unwrap();
        assert_eq!(session.next_step(), Some(NextStep::PassSecondFactor));
        let code = code(&house, &enrolment);
        let outcome = house.identity.pass_totp(&session, &code).await.unwrap();
        let full = passed(&house, outcome).await;
        assert_eq!((full.next_step(), full.second_factor), (None, true));
        assert!(house.find(opened).await.is_none());

        // Overheard and sent again in another session, at once and half a minute later.
        let thief = house.session(MANAGER).await;
        for _ in 0..2 {
            let replayed = house.identity.pass_totp(&thief, &code).await.unwrap();
            assert!(matches!(replayed, FactorOutcome::Refused { .. }));
            house.clock.advance_seconds(30);
        }
        assert_eq!(house.recorded("second_factor.refused").await, 2);
    }
}

#[tokio::test]
async fn one_code_brought_by_two_browsers_together_passes_one() {
    for house in houses().await {
        house.region().await;
        let (enrolment, codes) = enrol(&house).await;
        for secret in [code(&house, &enrolment), codes[0].clone()] {
            let mut tasks = Vec::new();
            for _ in 0..4 {
                let session = house.session(MANAGER).await;
                let identity = house.identity.clone();
                let secret = secret.clone();
                tasks.push(tokio::spawn(async move {
                    if secret.contains('-') {
                        identity
                            .pass_recovery_code(&session, &secret)
                            .await
                            .unwrap()
                    } else {
                        identity.pass_totp(&session, &secret).await.unwrap()
                    }
                }));
            }
            let mut count = 0;
            for task in tasks {
                count += usize::from(matches!(task.await.unwrap(), FactorOutcome::Passed { .. }));
            }
            assert_eq!(count, 1);
            house.clock.advance_seconds(3_600);
        }
    }
}

#[tokio::test]
async fn guessing_codes_is_blocked_for_the_account() {
    for house in houses().await {
        house.region().await;
        let (enrolment, _) = enrol(&house).await;
        let session = house.session(MANAGER).await;
        let mut waits = Vec::new();
        for guess in ["1", "2", "3", "4", "5"] {
            match house.identity.pass_totp(&session, guess).await.unwrap() {
                FactorOutcome::Refused { retry_after } => waits.push(retry_after),
                FactorOutcome::Passed { .. } => panic!("passed"),
            }
        }
        assert_eq!(waits, [None, None, None, None, Some(30)]);
        // Another session of the same account is blocked too, also with the right code.
        let other = house.session(MANAGER).await;
        let right = code(&house, &enrolment);
        let outcome = house.identity.pass_totp(&other, &right).await.unwrap();
        assert!(matches!(
            outcome,
            FactorOutcome::Refused {
                retry_after: Some(30)
            }
        ));
        house.clock.advance_seconds(30);
        let right = code(&house, &enrolment);
        passed(
            &house,
            house.identity.pass_totp(&other, &right).await.unwrap(),
        )
        .await;
    }
}

#[tokio::test]
async fn recovery_codes_work_once_each_and_are_counted() {
    for house in houses().await {
        let member = house.region().await;
        let (_, codes) = enrol(&house).await;
        let typed = codes[0].to_lowercase().replace('-', " ");
        let session = house.session(MANAGER).await;
        let outcome = house
            .identity
            .pass_recovery_code(&session, &typed)
            .await
            .unwrap();
        let FactorOutcome::Passed {
            recovery_codes_left,
            ..
        } = outcome
        else {
            panic!()
        };
        assert_eq!(recovery_codes_left, Some(9));
        let session = house.session(MANAGER).await;
        let outcome = house
            .identity
            .pass_recovery_code(&session, &codes[0])
            .await
            .unwrap();
        assert!(matches!(outcome, FactorOutcome::Refused { .. }));
        let outcome = house
            .identity
            .pass_recovery_code(&session, &codes[1])
            .await
            .unwrap();
        let full = passed(&house, outcome).await;
        let renewed = house.identity.renew_recovery_codes(&full).await.unwrap();
        assert_eq!(renewed.len(), 10);
        let left = yagura_identity::recovery_codes::left(&house.database, member.account).await;
        assert_eq!(left.unwrap(), 10);
        let session = house.session(MANAGER).await;
        let outcome = house
            .identity
            .pass_recovery_code(&session, &codes[2])
            .await
            .unwrap();
        assert!(
            matches!(outcome, FactorOutcome::Refused { .. }),
            "withdrawn by the renewal"
        );
    }
}

#[tokio::test]
async fn a_half_signed_in_session_cannot_set_up_a_factor_of_its_own() {
    for house in houses().await {
        house.region().await;
        let (enrolment, _) = enrol(&house).await;
        let thief = house.session(MANAGER).await;
        assert_eq!(thief.level, SessionLevel::AwaitingSecondFactor);
        let needed = |result: Result<(), IdentityError>| {
            assert!(
                matches!(result, Err(IdentityError::SecondFactorNeeded)),
                "{result:?}"
            );
        };
        let identity = &house.identity;
        needed(identity.begin_totp_enrolment(&thief).await.map(drop));
        needed(identity.begin_passkey_registration(&thief).await.map(drop));
        needed(identity.remove_totp(&thief).await);
        needed(identity.renew_recovery_codes(&thief).await.map(drop));
        needed(
            identity
                .change_password(&thief, PASSWORD, "asagao yuugata bendai")
                .await
                .map(drop),
        );
        // A session from before the factor was set up is no way around it either.
        let outcome = identity
            .pass_totp(&thief, &code(&house, &enrolment))
            .await
            .unwrap();
        let full = passed(&house, outcome).await;
        let old = SignedIn {
            second_factor: false,
            ..full
        };
        needed(identity.begin_totp_enrolment(&old).await.map(drop));
    }
}

#[tokio::test]
async fn two_half_signed_in_sessions_cannot_both_set_up_a_factor() {
    for house in houses().await {
        house.region().await;
        let (one, two) = (house.session(MANAGER).await, house.session(MANAGER).await);
        let enrolment = house.identity.begin_totp_enrolment(&one).await.unwrap();
        let right = code(&house, &enrolment);
        house
            .identity
            .confirm_totp_enrolment(&one, &right)
            .await
            .unwrap()
            .unwrap();
        let late = house.identity.begin_totp_enrolment(&two).await;
        assert!(matches!(late, Err(IdentityError::SecondFactorNeeded)));
    }
}

#[tokio::test]
async fn changing_factors_needs_a_fresh_sign_in() {
    for house in houses().await {
        house.clinic().await;
        let login = "director@clinic.example.jp";
        let session = house.session(login).await;
        house.clock.advance_seconds(15 * 60);
        let stale = house.identity.begin_totp_enrolment(&session).await;
        assert!(matches!(stale, Err(IdentityError::ReauthenticationNeeded)));
        house
            .identity
            .confirm_password(&session, PASSWORD)
            .await
            .unwrap();
        let opened = house.sign_in(login, PASSWORD).await;
        let fresh = house.find(opened.session().unwrap()).await.unwrap();
        let enrolment = house.identity.begin_totp_enrolment(&fresh).await.unwrap();
        let right = code(&house, &enrolment);
        let enrolled = house
            .identity
            .confirm_totp_enrolment(&fresh, &right)
            .await
            .unwrap()
            .unwrap();
        // Set up of one's own will: it is asked for from now on, and the other session is over.
        assert_eq!(house.recorded("session.revoked").await, 1);
        let next = house.sign_in(login, PASSWORD).await;
        assert!(matches!(next, SignInOutcome::NeedsSecondFactor(_)));
        // And it can be removed again, because no role needs it.
        let full = house.find(&enrolled.session).await.unwrap();
        let factors = house.identity.factors(&full).await.unwrap();
        assert_eq!(factors.totp_since, Some(house.clock.now()));
        assert_eq!((factors.count(), factors.recovery_codes_left), (1, 10));
        assert!(!factors.compulsory);
        house.identity.remove_totp(&full).await.unwrap();
        let none = house.identity.factors(&full).await.unwrap();
        assert_eq!((none.count(), none.recovery_codes_left), (0, 0));
        assert!(matches!(
            house.sign_in(login, PASSWORD).await,
            SignInOutcome::SignedIn(_)
        ));
    }
}

#[tokio::test]
async fn the_last_factor_stays_where_a_role_needs_one() {
    for house in houses().await {
        house.region().await;
        let (enrolment, _) = enrol(&house).await;
        let session = house.session(MANAGER).await;
        let outcome = house
            .identity
            .pass_totp(&session, &code(&house, &enrolment))
            .await
            .unwrap();
        let full = passed(&house, outcome).await;
        assert!(house.identity.factors(&full).await.unwrap().compulsory);
        let refused = house.identity.remove_totp(&full).await;
        assert!(matches!(refused, Err(IdentityError::LastSecondFactor)));
        house.clock.advance_seconds(30);
        let session = house.session(MANAGER).await;
        let outcome = house
            .identity
            .pass_totp(&session, &code(&house, &enrolment))
            .await
            .unwrap();
        passed(&house, outcome).await;
    }
}

#[tokio::test]
async fn the_secret_is_unreadable_in_the_database_and_bound_to_its_account() {
    for house in houses().await {
        let manager = house.region().await;
        let (enrolment, _) = enrol(&house).await;
        let director = house.clinic().await;
        let mut tx = house.database.begin().await.unwrap();
        let secret = Secret::try_from_base32(enrolment.secret.replace(' ', "")).unwrap();
        yagura_store::row! { struct Sealed { sealed: Vec<u8> } }
        let stored: Sealed = tx
            .one(
                "SELECT sealed FROM totp_secrets WHERE account_id = $1",
                params![manager.account],
            )
            .await
            .unwrap();
        assert!(
            !stored
                .sealed
                .windows(20)
                .any(|window| window == secret.as_bytes())
        );
        // Copied to another account by somebody who can write to the database.
        tx.execute(
            "INSERT INTO totp_secrets (account_id, sealed, confirmed_at, last_step)
             SELECT $1, sealed, confirmed_at, last_step FROM totp_secrets WHERE account_id = $2",
            params![director.account, manager.account],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let session = house.session("director@clinic.example.jp").await;
        let stolen = house
            .identity
            .pass_totp(&session, &code(&house, &enrolment))
            .await;
        assert!(matches!(stolen, Err(IdentityError::Sealed(_))));
    }
}

#[tokio::test]
async fn whoever_lost_every_factor_starts_anew_when_those_in_charge_say_so() {
    for house in houses().await {
        let manager = house.region().await;
        enrol(&house).await;
        let region = manager.organization;
        let colleague = house
            .member(region, Role::RegionalManager, "second@region.example.jp")
            .await;
        let mut tx = house.database.begin().await.unwrap();
        let name = yagura_store::settings::DEMONSTRATION;
        yagura_store::settings::set(&mut tx, name, "1")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let visitor = crate::support::visitor("192.0.2.1");
        let opened = house
            .identity
            .sign_in_to_demonstration(colleague.account, &visitor)
            .await
            .unwrap();
        let session = house.find(&opened).await.unwrap();
        let manage = proof::<actions::ManagePeople>(&session);
        let authority = AccountAuthority::Organization(&manage);
        let act = house.identity.act(&session);

        let half = house.sign_in(MANAGER, PASSWORD).await;
        let mut tx = house.database.begin().await.unwrap();
        let ended = accounts::end_sessions(&mut tx, act, authority, manager.account).await;
        assert_eq!(
            ended.unwrap(),
            2,
            "the one that set up the app and the half signed-in one"
        );
        tx.commit().await.unwrap();
        assert!(house.find(half.session().unwrap()).await.is_none());

        let mut tx = house.database.begin().await.unwrap();
        accounts::reset_second_factor(&mut tx, act, authority, manager.account)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let outcome = house.sign_in(MANAGER, PASSWORD).await;
        assert!(
            matches!(outcome, SignInOutcome::MustEnrolSecondFactor(_)),
            "{outcome:?}"
        );
        let left = yagura_identity::recovery_codes::left(&house.database, manager.account).await;
        assert_eq!(left.unwrap(), 0);
    }
}
