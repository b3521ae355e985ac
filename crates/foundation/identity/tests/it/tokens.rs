use yagura_identity::IdentityError;
use yagura_identity::sessions::SignedIn;
use yagura_identity::tokens::{self, NewToken};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::Clock as _;
use yagura_store::params;

use crate::support::{House, houses, proof};

const DIRECTOR: &str = "director@clinic.example.jp";

async fn create(
    house: &House,
    session: &SignedIn,
    scopes: &[Action],
    days: i64,
) -> Result<(tokens::TokenId, tokens::TokenText), IdentityError> {
    let manage = proof::<actions::ManageTokens>(session);
    let new = NewToken {
        name: "電子カルテ連携",
        scopes,
        expires_at: house.clock.now().plus_days(days),
    };
    let mut tx = house.database.begin().await.unwrap();
    let made = tokens::create(&mut tx, house.identity.act(session), &manage, session, new).await?;
    tx.commit().await.unwrap();
    Ok(made)
}

#[tokio::test]
async fn a_token_acts_for_its_owner_within_its_scopes() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let scopes = [Action::ReadStatus, Action::ReadSheet, Action::ManagePacks];
        let (id, text) = create(&house, &session, &scopes, 90).await.unwrap();
        let bearer = house.identity.token(text.reveal()).await.unwrap().unwrap();
        assert_eq!((bearer.token, bearer.account), (id, director.account));
        assert_eq!(bearer.principal.organization, director.organization);
        assert_eq!(bearer.principal.roles, [Role::Director]);
        let held = bearer.principal.token_actions.clone().unwrap();
        assert_eq!(
            held,
            [Action::ReadStatus, Action::ReadSheet],
            "no role gives ManagePacks"
        );
        assert!(bearer.touch_due);
        tokens::touch(&house.database, id, house.clock.now())
            .await
            .unwrap();
        assert!(
            !house
                .identity
                .token(text.reveal())
                .await
                .unwrap()
                .unwrap()
                .touch_due
        );

        let listed = tokens::list(&house.database, director.account, director.organization)
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        assert!(text.reveal().starts_with(&listed[0].prefix) && listed[0].prefix.len() == 10);
        assert!(listed[0].last_used_at.is_some());
        for wrong in [
            "",
            "ygr_",
            &text.reveal().to_uppercase(),
            &format!("{}x", text.reveal()),
        ] {
            assert!(house.identity.token(wrong).await.unwrap().is_none());
        }
        assert!(!house.audit_details().await.contains(text.reveal()));
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time_its_revocation_or_its_owners_account() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let scopes = [Action::ReadStatus];
        let alive = async |text: &tokens::TokenText| {
            house.identity.token(text.reveal()).await.unwrap().is_some()
        };
        let (_, short) = create(&house, &session, &scopes, 1).await.unwrap();
        let (revoked, text) = create(&house, &session, &scopes, 90).await.unwrap();
        let (managed, other) = create(&house, &session, &scopes, 90).await.unwrap();
        let act = house.identity.act(&session);
        let mut tx = house.database.begin().await.unwrap();
        tokens::revoke(&mut tx, act, director.account, revoked)
            .await
            .unwrap();
        assert!(
            tokens::revoke(&mut tx, act, director.account, revoked)
                .await
                .is_err()
        );
        tx.commit().await.unwrap();
        assert!(!alive(&text).await && alive(&other).await && alive(&short).await);
        house.clock.advance_days(1);
        assert!(!alive(&short).await && alive(&other).await);
        let manage = proof::<actions::ManagePeople>(&session);
        let all = tokens::of_organization(&house.database, &manage)
            .await
            .unwrap();
        let living = all
            .iter()
            .filter(|owned| owned.token.is_alive(house.clock.now()))
            .count();
        assert_eq!((all.len(), living), (3, 1));
        assert!(all.iter().all(|owned| owned.owner == "見本 花子"));

        let mut tx = house.database.begin().await.unwrap();
        tx.execute("UPDATE accounts SET status = 'locked'", params![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!alive(&other).await);
        let mut tx = house.database.begin().await.unwrap();
        tx.execute("UPDATE accounts SET status = 'active'", params![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(alive(&other).await);
        let mut tx = house.database.begin().await.unwrap();
        tokens::revoke_of_organization(&mut tx, act, &manage, managed)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!alive(&other).await);
        assert_eq!(house.recorded("token.revoked").await, 2);
    }
}

#[tokio::test]
async fn a_token_loses_what_its_owner_loses() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let (_, text) = create(&house, &session, &[Action::AnswerSheet], 90)
            .await
            .unwrap();
        let mut tx = house.database.begin().await.unwrap();
        tx.execute(
            "UPDATE assignments SET role = 'staff' WHERE person_id = $1",
            params![director.person],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let bearer = house.identity.token(text.reveal()).await.unwrap().unwrap();
        assert_eq!(bearer.principal.roles, [Role::Staff]);
    }
}

#[tokio::test]
async fn tokens_are_not_made_lightly() {
    for house in houses().await {
        house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let none = create(&house, &session, &[Action::ManagePacks], 1).await;
        assert!(matches!(none, Err(IdentityError::NoScope)));
        let long = create(&house, &session, &[Action::ReadStatus], 367).await;
        assert!(matches!(
            long,
            Err(IdentityError::LifetimeTooLong { days: 366 })
        ));
        house.clock.advance_seconds(15 * 60);
        let stale = create(&house, &session, &[Action::ReadStatus], 1).await;
        assert!(matches!(stale, Err(IdentityError::ReauthenticationNeeded)));
    }
}
