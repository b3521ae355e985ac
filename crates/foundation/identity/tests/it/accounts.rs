use yagura_identity::accounts::{self, AccountStatus, NewAccount};
use yagura_identity::password::{PasswordContext, Passwords};
use yagura_identity::{FormProblem, IdentityError, Login, LoginProblem, SignInOutcome};
use yagura_kernel::id::{PersonId, SeededIds};
use yagura_kernel::person::Role;
use yagura_kernel::time::Clock as _;
use yagura_store::directory::{self, NewPerson};
use yagura_store::testing;

use crate::support::{PASSWORD, houses};

#[tokio::test]
async fn a_login_and_a_person_have_one_account() {
    for house in houses().await {
        let member = house.clinic().await;
        let other = house.region().await;
        for (person, login) in [
            (member.person, "second@clinic.example.jp"),
            (other.person, "director@clinic.example.jp"),
        ] {
            let mut tx = house.database.begin().await.unwrap();
            let new = NewAccount {
                person,
                login: Login::parse(login).unwrap(),
                login_verified: false,
                password: None,
            };
            let refused = accounts::create(&mut tx, house.act(), new).await;
            let Err(IdentityError::Form(problems)) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(problems, [FormProblem::Login(LoginProblem::Taken)]);
        }
    }
}

#[tokio::test]
async fn accounts_are_listed_by_organisation() {
    for house in houses().await {
        let director = house.clinic().await;
        house
            .member(
                director.organization,
                Role::Staff,
                "a-staff@clinic.example.jp",
            )
            .await;
        house.region().await;
        let today = house.clock.today();
        let listed = accounts::of_organization(&house.database, director.organization, today)
            .await
            .unwrap();
        let logins: Vec<&str> = listed
            .iter()
            .map(|account| account.login.as_str())
            .collect();
        assert_eq!(
            logins,
            ["a-staff@clinic.example.jp", "director@clinic.example.jp"]
        );
        assert!(
            listed
                .iter()
                .all(|account| account.status == AccountStatus::Active)
        );
        let found = accounts::of_person(&house.database, director.person)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.id, found.passkeys, found.has_totp),
            (director.account, 0, false)
        );
    }
}

#[tokio::test]
async fn the_demonstration_makes_accounts_by_the_hundred() {
    for house in houses().await {
        let ids = SeededIds::new(99, house.clock.clone());
        let hash = Passwords::with_parameters(64, 1, 1)
            .accept(PASSWORD, PasswordContext::default(), &ids)
            .await
            .unwrap()
            .unwrap();
        let people: Vec<PersonId> = (0..700).map(|_| PersonId::new(&ids)).collect();
        let mut tx = house.database.begin().await.unwrap();
        let rows = people.iter().enumerate().map(|(number, id)| NewPerson {
            id: *id,
            name: format!("見本 {number}"),
            name_kana: None,
            email: None,
            phone: None,
        });
        directory::insert_people(&mut tx, rows, testing::clock().now())
            .await
            .unwrap();
        let logins = people
            .iter()
            .enumerate()
            .map(|(number, id)| (*id, Login::parse(&format!("demo{number}")).unwrap()));
        let made = accounts::insert_demonstration(&mut tx, house.act(), &hash, logins)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(made.len(), 700);
        let outcome = house.sign_in("demo699", PASSWORD).await;
        assert!(matches!(outcome, SignInOutcome::SignedIn(_)));
    }
}
