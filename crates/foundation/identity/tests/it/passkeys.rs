use yagura_identity::passkeys::testing::Authenticator;
use yagura_identity::sessions::{SessionLevel, SignInMethod, SignedIn};
use yagura_identity::{FactorOutcome, IdentityError, SignInOutcome, passkeys};
use yagura_store::params;

use crate::support::{House, PUBLIC_URL, houses, visitor};

const MANAGER: &str = "manager@region.example.jp";

/// Registers a passkey as the manager's first second factor.
async fn register(house: &House, number: u8) -> (Authenticator, SignedIn) {
    let mut device = Authenticator::new(number, PUBLIC_URL);
    let session = house.session(MANAGER).await;
    let begun = house
        .identity
        .begin_passkey_registration(&session)
        .await
        .unwrap();
    let answer = device.create(&begun.options);
    let enrolled = house
        .identity
        .finish_passkey_registration(&session, &begun.token, &answer, "  花子の\u{7}携帯 ")
        .await
        .unwrap();
    assert_eq!(enrolled.recovery_codes.unwrap().len(), 10);
    let session = house.find(&enrolled.session).await.unwrap();
    (device, session)
}

#[tokio::test]
async fn a_passkey_is_registered_and_passes_as_second_factor() {
    for house in houses().await {
        let member = house.region().await;
        let (mut device, session) = register(&house, 1).await;
        assert_eq!(
            (session.level, session.second_factor),
            (SessionLevel::Full, true)
        );
        let listed = passkeys::list(&house.database, member.account)
            .await
            .unwrap();
        assert_eq!((listed.len(), listed[0].name.as_str()), (1, "花子の携帯"));
        assert_eq!(listed[0].last_used_at, None);

        let session = house.session(MANAGER).await;
        assert_eq!(session.level, SessionLevel::AwaitingSecondFactor);
        let begun = house.identity.begin_passkey(&session).await.unwrap();
        let answer = device.get(&begun.options);
        let outcome = house
            .identity
            .pass_passkey(&session, &begun.token, &answer)
            .await
            .unwrap();
        let FactorOutcome::Passed {
            session: opened, ..
        } = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!(house.find(&opened).await.unwrap().next_step(), None);
        let listed = passkeys::list(&house.database, member.account)
            .await
            .unwrap();
        assert!(listed[0].last_used_at.is_some());
    }
}

#[tokio::test]
async fn an_answer_is_good_once_and_for_its_session_only() {
    for house in houses().await {
        house.region().await;
        let (mut device, _) = register(&house, 1).await;
        let (one, two) = (house.session(MANAGER).await, house.session(MANAGER).await);
        let begun = house.identity.begin_passkey(&one).await.unwrap();
        let answer = device.get(&begun.options);
        let stolen = house
            .identity
            .pass_passkey(&two, &begun.token, &answer)
            .await
            .unwrap();
        assert!(matches!(stolen, FactorOutcome::Refused { .. }));
        let used_up = house
            .identity
            .pass_passkey(&one, &begun.token, &answer)
            .await
            .unwrap();
        assert!(
            matches!(used_up, FactorOutcome::Refused { .. }),
            "the theft used it up"
        );

        let begun = house.identity.begin_passkey(&one).await.unwrap();
        let answer = device.get(&begun.options);
        house.clock.advance_seconds(5 * 60);
        let late = house
            .identity
            .pass_passkey(&one, &begun.token, &answer)
            .await
            .unwrap();
        assert!(matches!(late, FactorOutcome::Refused { .. }));
    }
}

#[tokio::test]
async fn forged_answers_are_refused() {
    for house in houses().await {
        house.region().await;
        let (mut device, _) = register(&house, 1).await;
        let session = house.session(MANAGER).await;
        let mut stranger = Authenticator::new(1, PUBLIC_URL);
        for case in [
            "other origin",
            "other key",
            "not verified",
            "counter set back",
            "junk",
        ] {
            let begun = house.identity.begin_passkey(&session).await.unwrap();
            let answer = match case {
                "other origin" => {
                    device.origin = "https://yagura.example.com".to_owned();
                    device.get(&begun.options)
                }
                "other key" => stranger.get(&begun.options),
                "not verified" => {
                    device.origin = PUBLIC_URL.to_owned();
                    device.verifies_user = false;
                    device.get(&begun.options)
                }
                "counter set back" => {
                    // A copy of the key: the original was used more often.
                    device.verifies_user = true;
                    device.counter = 50;
                    let answer = device.get(&begun.options);
                    let outcome = house
                        .identity
                        .pass_passkey(&session, &begun.token, &answer)
                        .await
                        .unwrap();
                    assert!(
                        matches!(outcome, FactorOutcome::Passed { .. }),
                        "{outcome:?}"
                    );
                    device.counter = 10;
                    let session = house.session(MANAGER).await;
                    let begun = house.identity.begin_passkey(&session).await.unwrap();
                    let answer = device.get(&begun.options);
                    let outcome = house
                        .identity
                        .pass_passkey(&session, &begun.token, &answer)
                        .await
                        .unwrap();
                    assert!(matches!(outcome, FactorOutcome::Refused { .. }), "{case}");
                    continue;
                }
                _ => "{\"id\":\"x\"}".to_owned(),
            };
            let outcome = house
                .identity
                .pass_passkey(&session, &begun.token, &answer)
                .await
                .unwrap();
            assert!(matches!(outcome, FactorOutcome::Refused { .. }), "{case}");
        }
    }
}

#[tokio::test]
async fn a_registration_is_bound_to_its_session_and_used_up_by_a_failure() {
    for house in houses().await {
        house.region().await;
        let session = house.session(MANAGER).await;
        let mut device = Authenticator::new(1, PUBLIC_URL);
        let begun = house
            .identity
            .begin_passkey_registration(&session)
            .await
            .unwrap();
        let answer = device.create(&begun.options);
        let finish = |session: SignedIn, token, answer: String| {
            let identity = house.identity.clone();
            async move {
                identity
                    .finish_passkey_registration(&session, &token, &answer, "x")
                    .await
            }
        };
        let other = house.session(MANAGER).await;
        let foreign = finish(other, begun.token.clone(), answer.clone()).await;
        assert!(
            matches!(foreign, Err(IdentityError::CeremonyOver)),
            "{foreign:?}"
        );
        let begun = house
            .identity
            .begin_passkey_registration(&session)
            .await
            .unwrap();
        let stale = finish(session.clone(), begun.token.clone(), answer).await;
        assert!(
            matches!(stale, Err(IdentityError::Passkey(_))),
            "another challenge: {stale:?}"
        );
        let answer = device.create(&begun.options);
        let again = finish(session, begun.token, answer).await;
        assert!(
            matches!(again, Err(IdentityError::CeremonyOver)),
            "{again:?}"
        );
    }
}

#[tokio::test]
async fn a_passkey_alone_signs_in_completely_without_a_login() {
    for house in houses().await {
        let member = house.region().await;
        let (mut device, _) = register(&house, 1).await;
        let visitor = visitor("192.0.2.7");
        let begun = house.identity.begin_passkey_sign_in().await.unwrap();
        let answer = device.get(&begun.options);
        let sign_in = || {
            house
                .identity
                .finish_passkey_sign_in(&begun.token, &answer, &visitor)
        };
        let outcome = sign_in().await.unwrap();
        let SignInOutcome::SignedIn(opened) = &outcome else {
            panic!("{outcome:?}")
        };
        let session = house.find(opened).await.unwrap();
        assert_eq!(
            (session.account, session.method),
            (member.account, SignInMethod::Passkey)
        );
        assert!(session.second_factor && session.next_step().is_none());
        assert!(sign_in().await.unwrap().session().is_none(), "used up");

        // The account of another person named in the answer does not open it.
        let director = house.clinic().await;
        let begun = house.identity.begin_passkey_sign_in().await.unwrap();
        let answer = device.get(&begun.options).replace(
            &data_encoding::BASE64URL_NOPAD.encode(member.account.uuid().as_bytes()),
            &data_encoding::BASE64URL_NOPAD.encode(director.account.uuid().as_bytes()),
        );
        let outcome = house
            .identity
            .finish_passkey_sign_in(&begun.token, &answer, &visitor)
            .await
            .unwrap();
        assert!(outcome.session().is_none());

        // Nor does a locked account.
        let mut tx = house.database.begin().await.unwrap();
        tx.execute("UPDATE accounts SET status = 'locked'", params![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let begun = house.identity.begin_passkey_sign_in().await.unwrap();
        let answer = device.get(&begun.options);
        let outcome = house
            .identity
            .finish_passkey_sign_in(&begun.token, &answer, &visitor)
            .await
            .unwrap();
        assert!(outcome.session().is_none());
    }
}

#[tokio::test]
async fn one_of_two_passkeys_can_be_removed_and_the_last_cannot() {
    for house in houses().await {
        let member = house.region().await;
        let (_, session) = register(&house, 1).await;
        let mut second = Authenticator::new(2, PUBLIC_URL);
        let begun = house
            .identity
            .begin_passkey_registration(&session)
            .await
            .unwrap();
        assert_eq!(
            begun.options["publicKey"]["excludeCredentials"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        let answer = second.create(&begun.options);
        let enrolled = house
            .identity
            .finish_passkey_registration(&session, &begun.token, &answer, "二台目")
            .await
            .unwrap();
        assert!(enrolled.recovery_codes.is_none(), "there are some already");
        let session = house.find(&enrolled.session).await.unwrap();
        let listed = passkeys::list(&house.database, member.account)
            .await
            .unwrap();
        house
            .identity
            .remove_passkey(&session, listed[0].id)
            .await
            .unwrap();
        let last = house.identity.remove_passkey(&session, listed[1].id).await;
        assert!(
            matches!(last, Err(IdentityError::LastSecondFactor)),
            "{last:?}"
        );
        assert_eq!(
            passkeys::list(&house.database, member.account)
                .await
                .unwrap()
                .len(),
            1
        );
    }
}
