use yagura_identity::invitations::NewcomerForm;
use yagura_identity::setup::{self, SetUpForm};
use yagura_identity::{FormProblem, IdentityError, LinkProblem, SecretToken, SignInOutcome};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;

use crate::support::{House, PASSWORD, houses, visitor};

const FORM: SetUpForm<'_> = SetUpForm {
    operator: "見本運用センター",
    administrator: NewcomerForm {
        name: "見本 次郎",
        name_kana: None,
        login: "jiro",
    },
    password: PASSWORD,
};

async fn begin(house: &House) -> SecretToken {
    let mut tx = house.database.begin().await.unwrap();
    let link = setup::begin(&mut tx, house.act()).await.unwrap();
    tx.commit().await.unwrap();
    link.token
}

#[tokio::test]
async fn the_first_administrator_is_made_once_by_the_link_of_the_last_start() {
    for house in houses().await {
        assert!(setup::is_needed(&house.database).await.unwrap());
        let earlier = begin(&house).await;
        let token = begin(&house).await;
        let visitor = visitor("192.0.2.1");
        let set_up = |token, form| house.identity.set_up(token, form, &visitor);
        let revoked = set_up(&earlier, FORM).await;
        assert!(
            matches!(revoked, Err(IdentityError::Link(LinkProblem::Revoked))),
            "{revoked:?}"
        );

        let empty = SetUpForm {
            operator: " ",
            administrator: NewcomerForm {
                name: "",
                name_kana: None,
                login: "",
            },
            password: "short",
        };
        let Err(IdentityError::Form(problems)) = set_up(&token, empty).await else {
            panic!()
        };
        assert!(problems.contains(&FormProblem::Name), "{problems:?}");
        assert!(problems.contains(&FormProblem::OrganizationName));
        assert!(
            problems
                .iter()
                .any(|problem| matches!(problem, FormProblem::Login(_)))
        );
        assert!(
            problems
                .iter()
                .any(|problem| matches!(problem, FormProblem::Password(_)))
        );

        let made = set_up(&token, FORM).await.unwrap();
        let SignInOutcome::MustEnrolSecondFactor(opened) = &made.outcome else {
            panic!("{:?}", made.outcome)
        };
        let session = house.find(opened).await.unwrap();
        assert_eq!(session.roles, [Role::Administrator]);
        assert_eq!(
            session.organization.unwrap().kind,
            OrganizationKind::Operator
        );
        assert!(!setup::is_needed(&house.database).await.unwrap());
        let again = set_up(&token, FORM).await;
        assert!(matches!(again, Err(IdentityError::Link(LinkProblem::Used))));
        let mut tx = house.database.begin().await.unwrap();
        let refused = setup::begin(&mut tx, house.act()).await;
        assert!(matches!(refused, Err(IdentityError::AlreadySetUp)));
        assert_eq!(house.recorded("setup.finished").await, 1);
    }
}

#[tokio::test]
async fn the_link_expires() {
    for house in houses().await {
        let token = begin(&house).await;
        house.clock.advance_days(7);
        let late = house
            .identity
            .set_up(&token, FORM, &visitor("192.0.2.1"))
            .await;
        assert!(matches!(
            late,
            Err(IdentityError::Link(LinkProblem::Expired))
        ));
        assert!(setup::is_needed(&house.database).await.unwrap());
    }
}
