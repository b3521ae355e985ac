use yagura_identity::sessions::{self, SessionLevel};
use yagura_identity::{IdentityError, SecretToken};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::time::Clock as _;
use yagura_store::params;

use crate::support::{PASSWORD, houses};

const DIRECTOR: &str = "director@clinic.example.jp";

#[tokio::test]
async fn a_session_ends_after_half_a_day_without_a_visit_and_after_a_day_at_the_latest() {
    for house in houses().await {
        house.clinic().await;
        let idle = house.sign_in(DIRECTOR, PASSWORD).await;
        let idle = idle.session().unwrap();
        house.clock.advance_seconds(12 * 3_600 - 1);
        assert!(house.find(idle).await.is_some());
        house.clock.advance_seconds(1);
        assert!(house.find(idle).await.is_none());

        let used = house.sign_in(DIRECTOR, PASSWORD).await;
        let used = used.session().unwrap();
        for _ in 0..23 {
            house.clock.advance_seconds(3_600);
            let session = house.find(used).await.unwrap();
            assert!(session.touch_due);
            sessions::touch(&house.database, session.session, house.clock.now())
                .await
                .unwrap();
            assert!(
                !house.find(used).await.unwrap().touch_due,
                "at most once a minute"
            );
        }
        house.clock.advance_seconds(3_599);
        assert!(house.find(used).await.is_some());
        house.clock.advance_seconds(1);
        assert!(house.find(used).await.is_none());
        assert_eq!(house.identity.purge().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn a_strict_role_is_signed_out_after_an_hour_and_half_signed_in_sooner() {
    for house in houses().await {
        let region = house.region().await;
        let half = house.sign_in("manager@region.example.jp", PASSWORD).await;
        let half = half.session().unwrap();
        assert_eq!(
            house.find(half).await.unwrap().level,
            SessionLevel::MustEnrol
        );
        house.clock.advance_seconds(30 * 60);
        assert!(house.find(half).await.is_none());

        let mut tx = house.database.begin().await.unwrap();
        yagura_store::settings::set(&mut tx, yagura_store::settings::DEMONSTRATION, "1")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let visitor = crate::support::visitor("2001:db8::1");
        let full = house
            .identity
            .sign_in_to_demonstration(region.account, &visitor)
            .await
            .unwrap();
        house.clock.advance_seconds(3_599);
        assert!(house.find(&full).await.is_some());
        house.clock.advance_seconds(1);
        assert!(house.find(&full).await.is_none());
    }
}

#[tokio::test]
async fn only_the_real_token_finds_a_session_and_the_database_does_not_hold_it() {
    yagura_store::row! { struct Stored { token_hash: Vec<u8> } }
    for house in houses().await {
        house.clinic().await;
        let outcome = house.sign_in(DIRECTOR, PASSWORD).await;
        let token = outcome.session().unwrap().token.reveal();
        let stored: Stored = house
            .database
            .one("SELECT token_hash FROM sessions", params![])
            .await
            .unwrap();
        assert_eq!(
            stored.token_hash,
            SecretToken::parse(&token).unwrap().hash()
        );
        let as_token = data_encoding::BASE64URL_NOPAD.encode(&stored.token_hash);
        let other = token.chars().rev().collect::<String>();
        for wrong in ["", "x", &as_token, &other, &token[1..], "' OR 1=1 --"] {
            assert!(
                house.identity.session(wrong).await.unwrap().is_none(),
                "{wrong}"
            );
        }
        assert!(house.identity.session(&token).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_one_by_one_or_all() {
    for house in houses().await {
        let director = house.clinic().await;
        let other = house.region().await;
        let first = house.sign_in(DIRECTOR, PASSWORD).await;
        house.clock.advance_seconds(10);
        let second = house.session(DIRECTOR).await;
        house.clock.advance_seconds(10);
        house.session(DIRECTOR).await;
        let now = house.clock.now();
        let listed = sessions::list(&house.database, director.account, now)
            .await
            .unwrap();
        assert_eq!(listed.len(), 3);
        assert!(listed.is_sorted_by(|one, next| one.last_seen_at >= next.last_seen_at));
        assert_eq!(listed[0].user_agent, "Example Browser 1.0");
        assert_eq!(listed[0].address_family, "ipv4");
        assert_eq!(listed[0].organization_name.as_deref(), Some("見本内科医院"));

        let act = house.identity.act(&second);
        let first_id = first.session().unwrap().id;
        let mut tx = house.database.begin().await.unwrap();
        let foreign = sessions::revoke(&mut tx, act, other.account, first_id)
            .await
            .unwrap();
        assert!(!foreign, "a session of another account is not found");
        assert!(
            sessions::revoke(&mut tx, act, director.account, first_id)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert!(house.find(first.session().unwrap()).await.is_none());

        let mut tx = house.database.begin().await.unwrap();
        let ended =
            sessions::revoke_all(&mut tx, act, director.account, Some(second.session)).await;
        assert_eq!(ended.unwrap(), 1);
        tx.commit().await.unwrap();
        let listed = sessions::list(&house.database, director.account, now)
            .await
            .unwrap();
        assert_eq!(
            listed.iter().map(|one| one.id).collect::<Vec<_>>(),
            [second.session]
        );

        let mut tx = house.database.begin().await.unwrap();
        sessions::sign_out(&mut tx, act, &second).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            sessions::list(&house.database, director.account, now)
                .await
                .unwrap(),
            []
        );
        assert_eq!(house.recorded("session.ended").await, 1);
        assert_eq!(house.recorded("session.revoked").await, 2);
    }
}

#[tokio::test]
async fn one_acts_only_for_organisations_in_which_one_holds_a_role_today() {
    for house in houses().await {
        let director = house.clinic().await;
        let hospital = house
            .organization(OrganizationKind::Hospital, "見本病院")
            .await;
        let foreign = house
            .organization(OrganizationKind::Hospital, "別の病院")
            .await;
        house
            .give_role(director.person, hospital, Role::SafetyManager)
            .await;
        house
            .give_role(director.person, hospital, Role::Staff)
            .await;
        let session = house.session(DIRECTOR).await;
        let choices = sessions::choices(&house.database, &session, house.clock.now())
            .await
            .unwrap();
        assert_eq!(choices.len(), 2);
        assert_eq!(session.organizations, 2, "two roles in one count once");
        let chosen = choices
            .iter()
            .find(|choice| choice.organization == hospital)
            .unwrap();
        assert_eq!(chosen.roles, [Role::SafetyManager, Role::Staff]);

        let act = house.identity.act(&session);
        let mut tx = house.database.begin().await.unwrap();
        let refused = sessions::choose_organization(&mut tx, act, &session, foreign).await;
        assert!(matches!(refused, Err(IdentityError::NoAssignment)));
        sessions::choose_organization(&mut tx, act, &session, hospital)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let opened = house.session(DIRECTOR).await;
        assert_eq!(
            opened.organization.unwrap().id,
            hospital,
            "remembered at the next sign-in"
        );
        assert_eq!(opened.roles, [Role::SafetyManager, Role::Staff]);

        // A role that ended yesterday counts no more, in a session that is open.
        let mut tx = house.database.begin().await.unwrap();
        tx.execute(
            "UPDATE assignments SET valid_from = '2020-01-01', valid_until = '2026-11-20'
             WHERE organization_id = $1",
            params![hospital],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let outcome = house.sign_in(DIRECTOR, PASSWORD).await;
        let now = house.find(outcome.session().unwrap()).await.unwrap();
        assert_eq!(now.organization.unwrap().id, director.organization);
        assert_eq!((now.roles, now.organizations), (vec![Role::Director], 1));
    }
}

#[tokio::test]
async fn a_strict_role_given_meanwhile_asks_for_a_second_factor_at_once() {
    for house in houses().await {
        let director = house.clinic().await;
        let outcome = house.sign_in(DIRECTOR, PASSWORD).await;
        let vendor = house
            .organization(OrganizationKind::Vendor, "見本システム")
            .await;
        house
            .give_role(director.person, vendor, Role::VendorStaff)
            .await;
        let session = house.find(outcome.session().unwrap()).await.unwrap();
        assert_eq!(session.next_step(), None, "not while acting for the clinic");
        let mut tx = house.database.begin().await.unwrap();
        let act = house.identity.act(&session);
        sessions::choose_organization(&mut tx, act, &session, vendor)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let session = house.find(outcome.session().unwrap()).await.unwrap();
        assert_eq!(
            session.next_step(),
            Some(sessions::NextStep::EnrolSecondFactor)
        );
        assert!(
            !session.principal().unwrap().second_factor,
            "and the policy denies until then"
        );
    }
}
