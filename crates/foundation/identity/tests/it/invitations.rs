use yagura_identity::invitations::{
    self, Accepter, Authority, InvitedVendor, NewInvitation, NewLink, NewcomerForm, Purpose,
};
use yagura_identity::sessions::SignedIn;
use yagura_identity::{
    FormProblem, IdentityError, LinkProblem, Login, LoginProblem, PasswordResetLink, ResetRequest,
    SecretToken, SignInOutcome,
};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, Decision, Resource, Standing, actions, decide};
use yagura_kernel::time::{Clock as _, FiscalYear};
use yagura_store::params;

use crate::support::{House, PASSWORD, houses, proof, visitor};

const DIRECTOR: &str = "director@clinic.example.jp";

async fn reset_link(house: &House, typed: &str) -> Option<PasswordResetLink> {
    let login = Login::parse(typed).unwrap();
    house.identity.password_reset_link(&login).await.unwrap()
}

async fn count_reset(house: &House, login: &str, from: &str) -> ResetRequest {
    let login = Login::parse(login).unwrap();
    let mut tx = house.database.begin().await.unwrap();
    let answer = house
        .identity
        .count_password_reset(&mut tx, &login, &visitor(from))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    answer
}

fn join(organization: OrganizationId, role: Role, addressee: Option<&str>) -> NewInvitation {
    NewInvitation {
        purpose: Purpose::Join { role, until: None },
        organization: Some(organization),
        addressee: addressee.map(|login| Login::parse(login).unwrap()),
        expires_at: None,
    }
}

async fn invite(
    house: &House,
    session: &SignedIn,
    authority: Authority<'_>,
    new: NewInvitation,
) -> Result<NewLink, IdentityError> {
    let mut tx = house.database.begin().await.unwrap();
    let link = invitations::invite(&mut tx, house.identity.act(session), authority, new).await?;
    tx.commit().await.unwrap();
    Ok(link)
}

async fn newcomer(
    house: &House,
    token: &SecretToken,
    login: &str,
) -> Result<(invitations::Accepted, SignInOutcome), IdentityError> {
    let invitation = invitations::look(&house.database, token, house.clock.now()).await?;
    let form = NewcomerForm {
        name: "見本 三郎",
        name_kana: None,
        login,
    };
    let addressee = invitation.addressee.as_deref();
    let newcomer = house
        .identity
        .newcomer(addressee, &[], form, PASSWORD)
        .await?;
    house
        .identity
        .accept_as_newcomer(token, newcomer, &visitor("192.0.2.5"))
        .await
}

fn link_problem<T: std::fmt::Debug>(result: Result<T, IdentityError>) -> LinkProblem {
    match result {
        Err(IdentityError::Link(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_colleague_joins_by_a_link_that_works_once() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManagePeople>(&session);
        let authority = Authority::People(&manage);
        let new = join(
            director.organization,
            Role::SystemOperator,
            Some("saburo@example.jp"),
        );
        let link = invite(&house, &session, authority, new).await.unwrap();

        let Err(IdentityError::Form(problems)) =
            newcomer(&house, &link.token, "someone@example.jp").await
        else {
            panic!("another address")
        };
        assert_eq!(
            problems,
            [FormProblem::Login(LoginProblem::NotTheInvitedAddress)]
        );
        let (accepted, outcome) = newcomer(&house, &link.token, "saburo@example.jp")
            .await
            .unwrap();
        assert!(accepted.is_new && accepted.organization == director.organization);
        let joined = house.find(outcome.session().unwrap()).await.unwrap();
        assert_eq!(joined.roles, [Role::SystemOperator]);
        assert_eq!(joined.organization.unwrap().id, director.organization);
        assert_eq!(
            link_problem(newcomer(&house, &link.token, "saburo@example.jp").await),
            LinkProblem::Used
        );
        assert!(
            house
                .sign_in("saburo@example.jp", PASSWORD)
                .await
                .session()
                .is_some()
        );
        assert_eq!(house.recorded("invitation.used").await, 1);
        assert_eq!(house.recorded("assignment.given").await, 1);
        let listed = invitations::of_organization(&house.database, director.organization)
            .await
            .unwrap();
        assert!(listed[0].used_at.is_some() && listed[0].created_by == Some(director.account));
    }
}

#[tokio::test]
async fn two_browsers_that_use_one_link_together_make_one_account() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManagePeople>(&session);
        let new = join(director.organization, Role::Staff, None);
        let link = invite(&house, &session, Authority::People(&manage), new)
            .await
            .unwrap();
        let tasks: Vec<_> = (0..6)
            .map(|number| {
                let (identity, token) = (house.identity.clone(), link.token.clone());
                tokio::spawn(async move {
                    let login = format!("newcomer{number}");
                    let form = NewcomerForm {
                        name: "見本",
                        name_kana: None,
                        login: &login,
                    };
                    let newcomer = identity.newcomer(None, &[], form, PASSWORD).await.unwrap();
                    identity
                        .accept_as_newcomer(&token, newcomer, &visitor("192.0.2.5"))
                        .await
                })
            })
            .collect();
        let mut accepted = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => accepted += 1,
                Err(IdentityError::Link(LinkProblem::Used)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(accepted, 1);
        assert_eq!(
            house.recorded("account.created").await,
            2,
            "the director and one newcomer"
        );
    }
}

#[tokio::test]
async fn links_expire_are_revoked_and_are_not_guessed() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManagePeople>(&session);
        let authority = Authority::People(&manage);
        let new = || join(director.organization, Role::Staff, None);
        let expired = invite(&house, &session, authority, new()).await.unwrap();
        house.clock.advance_days(14);
        assert_eq!(
            link_problem(newcomer(&house, &expired.token, "abc").await),
            LinkProblem::Expired
        );

        let link = invite(&house, &session, authority, new()).await.unwrap();
        let other = house.region().await;
        let act = house.identity.act(&session);
        let mut tx = house.database.begin().await.unwrap();
        let foreign = other.organization;
        assert!(
            invitations::revoke(&mut tx, act, authority, foreign, link.id)
                .await
                .is_err()
        );
        let own = director.organization;
        invitations::revoke(&mut tx, act, authority, own, link.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            link_problem(newcomer(&house, &link.token, "abc").await),
            LinkProblem::Revoked
        );
        let guess = SecretToken::parse(&"A".repeat(43)).unwrap();
        assert_eq!(
            link_problem(newcomer(&house, &guess, "abc").await),
            LinkProblem::Unknown
        );
        let mut tx = house.database.begin().await.unwrap();
        assert_eq!(
            link_problem(invitations::redeem(&mut tx, act, &expired.token).await),
            LinkProblem::Expired
        );
        let long = NewInvitation {
            expires_at: Some(house.clock.now().plus_days(61)),
            ..new()
        };
        let refused = invitations::invite(&mut tx, act, authority, long).await;
        assert!(matches!(
            refused,
            Err(IdentityError::LifetimeTooLong { days: 60 })
        ));
    }
}

#[tokio::test]
async fn nobody_gives_out_links_beyond_their_authority() {
    for house in houses().await {
        let director = house.clinic().await;
        let region = house.region().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManagePeople>(&session);
        let people = Authority::People(&manage);
        let not_allowed = |result: Result<NewLink, IdentityError>| {
            assert!(
                matches!(result, Err(IdentityError::NotAllowed)),
                "{result:?}"
            );
        };
        let foreign = join(region.organization, Role::RegionalManager, None);
        not_allowed(invite(&house, &session, people, foreign).await);
        let pack = NewInvitation {
            purpose: Purpose::InspectionPack {
                fiscal_year: FiscalYear::new(2026).unwrap(),
            },
            organization: Some(director.organization),
            addressee: None,
            expires_at: None,
        };
        not_allowed(invite(&house, &session, people, pack).await);
        let set_up = NewInvitation {
            purpose: Purpose::SetUp,
            organization: None,
            addressee: None,
            expires_at: None,
        };
        not_allowed(invite(&house, &session, Authority::Program, set_up).await);
        let reset = NewInvitation {
            purpose: Purpose::PasswordReset {
                account: region.account,
            },
            organization: None,
            addressee: None,
            expires_at: None,
        };
        not_allowed(invite(&house, &session, people, reset).await);
        let unfit = join(director.organization, Role::Administrator, None);
        let result = invite(&house, &session, people, unfit).await;
        assert!(matches!(result, Err(IdentityError::RoleDoesNotFit)));
    }
}

#[tokio::test]
async fn somebody_who_is_signed_in_joins_a_second_organisation() {
    for house in houses().await {
        let director = house.clinic().await;
        let hospital = house
            .organization(OrganizationKind::Hospital, "見本病院")
            .await;
        house
            .member(hospital, Role::Director, "director@hospital.example.jp")
            .await;
        let inviter = house.session("director@hospital.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&inviter);
        let new = join(hospital, Role::SafetyManager, Some(DIRECTOR));
        let link = invite(&house, &inviter, Authority::People(&manage), new)
            .await
            .unwrap();
        let session = house.session(DIRECTOR).await;
        let accepted = house
            .identity
            .accept_signed_in(&link.token, &session, None)
            .await
            .unwrap();
        assert!(!accepted.is_new && accepted.account == director.account);
        let choices =
            yagura_identity::sessions::choices(&house.database, &session, house.clock.now());
        assert_eq!(choices.await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_new_vendor_is_recorded_related_and_must_set_up_a_second_factor() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManageVendors>(&session);
        let authority = Authority::Vendors(&manage);
        let vendor = |vendor| NewInvitation {
            purpose: Purpose::Vendor {
                vendor,
                sheet: None,
            },
            organization: Some(director.organization),
            addressee: None,
            expires_at: None,
        };
        let nameless = vendor(InvitedVendor::New("  ".into()));
        let refused = invite(&house, &session, authority, nameless).await;
        let Err(IdentityError::Form(problems)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(problems, [FormProblem::OrganizationName]);

        let new = vendor(InvitedVendor::New("見本システム株式会社".into()));
        let link = invite(&house, &session, authority, new.clone())
            .await
            .unwrap();
        let (accepted, outcome) = newcomer(&house, &link.token, "vendor").await.unwrap();
        assert!(
            matches!(outcome, SignInOutcome::MustEnrolSecondFactor(_)),
            "{outcome:?}"
        );
        assert_ne!(accepted.organization, director.organization);
        let today = house.clock.today();
        let suppliers =
            yagura_store::directory::suppliers_of(&house.database, director.organization, today)
                .await
                .unwrap();
        assert_eq!(suppliers.len(), 1);
        assert_eq!(suppliers[0].1.name, "見本システム株式会社");

        // A second customer cannot send a newcomer of its own into that vendor.
        let clinic = house
            .organization(OrganizationKind::Clinic, "別の医院")
            .await;
        house
            .member(clinic, Role::Director, "director@other.example.jp")
            .await;
        let other = house.session("director@other.example.jp").await;
        let manage = proof::<actions::ManageVendors>(&other);
        let known = NewInvitation {
            organization: Some(clinic),
            ..vendor(InvitedVendor::Known(accepted.organization))
        };
        let link = invite(&house, &other, Authority::Vendors(&manage), known)
            .await
            .unwrap();
        let refused = newcomer(&house, &link.token, "intruder").await;
        assert!(
            matches!(refused, Err(IdentityError::VendorHasPeople)),
            "{refused:?}"
        );
        // Nor can somebody accept for a vendor that is not theirs.
        let refused = house
            .identity
            .accept_signed_in(&link.token, &session, None)
            .await;
        assert!(matches!(refused, Err(IdentityError::NoAssignment)));
        let vendor_id = accepted.organization;
        let refused = house
            .identity
            .accept_signed_in(&link.token, &session, Some(vendor_id))
            .await;
        assert!(matches!(refused, Err(IdentityError::NoAssignment)));
        // The vendor's own person can, once their second factor is passed.
        let half = house.session("vendor").await;
        let refused = house
            .identity
            .accept_signed_in(&link.token, &half, Some(vendor_id))
            .await;
        assert!(matches!(refused, Err(IdentityError::SecondFactorNeeded)));
        let mut tx = house.database.begin().await.unwrap();
        let demonstration = yagura_store::settings::DEMONSTRATION;
        yagura_store::settings::set(&mut tx, demonstration, "1")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let opened = house
            .identity
            .sign_in_to_demonstration(accepted.account, &visitor("192.0.2.5"))
            .await
            .unwrap();
        let full = house.find(&opened).await.unwrap();
        let second = house
            .identity
            .accept_signed_in(&link.token, &full, Some(vendor_id))
            .await
            .unwrap();
        assert_eq!(second.organization, vendor_id);
        let customers = yagura_store::directory::customers_of(&house.database, vendor_id, today)
            .await
            .unwrap();
        assert_eq!(customers.len(), 2);
        // Accepting again for the same customer adds no second relation.
        let link = invite(&house, &session, authority, new).await.unwrap();
        house
            .identity
            .accept_signed_in(&link.token, &full, Some(vendor_id))
            .await
            .unwrap();
        let customers = yagura_store::directory::customers_of(&house.database, vendor_id, today)
            .await
            .unwrap();
        assert_eq!(customers.len(), 2);
    }
}

#[tokio::test]
async fn what_a_feature_adds_is_undone_with_the_acceptance() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManagePeople>(&session);
        let new = join(director.organization, Role::Staff, None);
        let link = invite(&house, &session, Authority::People(&manage), new)
            .await
            .unwrap();
        let form = NewcomerForm {
            name: "見本",
            name_kana: None,
            login: "newcomer",
        };
        let newcomer_ = house
            .identity
            .newcomer(None, &[], form, PASSWORD)
            .await
            .unwrap();
        let mut tx = house.database.begin().await.unwrap();
        let act = house.identity.act_of_stranger();
        let accepter = Accepter::Newcomer(newcomer_);
        invitations::accept(&mut tx, act, &link.token, accepter)
            .await
            .unwrap();
        drop(tx);
        assert!(
            house
                .sign_in("newcomer", PASSWORD)
                .await
                .session()
                .is_none()
        );
        assert!(
            newcomer(&house, &link.token, "newcomer").await.is_ok(),
            "the link still works"
        );
    }
}

#[tokio::test]
async fn a_region_brings_in_the_first_person_of_a_member_and_no_further() {
    for house in houses().await {
        let region = house.region().await;
        let member = house
            .organization(OrganizationKind::Clinic, "会員医院")
            .await;
        let stranger = house
            .organization(OrganizationKind::Clinic, "非会員医院")
            .await;
        let mut tx = house.database.begin().await.unwrap();
        let demonstration = yagura_store::settings::DEMONSTRATION;
        yagura_store::settings::set(&mut tx, demonstration, "1")
            .await
            .unwrap();
        let relation = yagura_store::directory::NewRelation {
            id: yagura_kernel::id::Uuid::from_u128(77).into(),
            kind: yagura_kernel::relation::RelationKind::MemberOf,
            from: member,
            to: region.organization,
            sharing: yagura_kernel::relation::SharingLevel::Status,
            valid_from: house.clock.today(),
            valid_until: None,
            note: None,
        };
        yagura_store::directory::relate(&mut tx, relation, house.clock.today())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let opened = house
            .identity
            .sign_in_to_demonstration(region.account, &visitor("192.0.2.5"))
            .await
            .unwrap();
        let session = house.find(&opened).await.unwrap();
        let manage = proof::<actions::ManageMembers>(&session);
        let authority = Authority::Members(&manage);
        let not_allowed = |result: Result<NewLink, IdentityError>| {
            assert!(
                matches!(result, Err(IdentityError::NotAllowed)),
                "{result:?}"
            );
        };
        not_allowed(
            invite(
                &house,
                &session,
                authority,
                join(stranger, Role::Director, None),
            )
            .await,
        );
        not_allowed(invite(&house, &session, authority, join(member, Role::Staff, None)).await);
        let director = join(member, Role::Director, None);
        let link = invite(&house, &session, authority, director.clone())
            .await
            .unwrap();
        newcomer(&house, &link.token, "director").await.unwrap();
        not_allowed(invite(&house, &session, authority, director).await);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_link_to_the_address() {
    for house in houses().await {
        house.clinic().await;
        let old = house.sign_in(DIRECTOR, PASSWORD).await;
        let identity = &house.identity;
        for nobody in ["nobody@clinic.example.jp", "director"] {
            assert!(reset_link(&house, nobody).await.is_none());
        }
        let older = reset_link(&house, DIRECTOR).await.unwrap();
        let link = reset_link(&house, " Director@clinic.example.jp")
            .await
            .unwrap();
        assert_eq!(link.address, DIRECTOR);
        for _ in 0..5 {
            house.sign_in(DIRECTOR, "wrong").await;
        }
        let new = "asagao yuugata bendai";
        let weak = identity
            .reset_password(&link.token, "aaaaaaaaaaaaaaaaaaaa")
            .await;
        assert!(matches!(weak, Err(IdentityError::Form(_))));
        identity.reset_password(&link.token, new).await.unwrap();
        assert_eq!(
            link_problem(identity.reset_password(&link.token, new).await),
            LinkProblem::Used
        );
        assert_eq!(
            link_problem(identity.reset_password(&older.token, PASSWORD).await),
            LinkProblem::Revoked,
            "an older link to the same account does not outlive the newer one's use"
        );
        assert!(
            house.find(old.session().unwrap()).await.is_none(),
            "old sessions are over"
        );
        assert!(
            house.sign_in(DIRECTOR, new).await.session().is_some(),
            "and the block is lifted"
        );

        let link = reset_link(&house, DIRECTOR).await.unwrap();
        house.clock.advance_seconds(3_600);
        let late = identity.reset_password(&link.token, PASSWORD).await;
        assert_eq!(link_problem(late), LinkProblem::Expired);
    }
}

#[tokio::test]
async fn a_password_changed_meanwhile_voids_the_links_that_would_change_it() {
    for house in houses().await {
        house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let link = reset_link(&house, DIRECTOR).await.unwrap();
        house
            .identity
            .change_password(&session, PASSWORD, "asagao yuugata bendai")
            .await
            .unwrap();
        let reset = house.identity.reset_password(&link.token, PASSWORD).await;
        assert_eq!(link_problem(reset), LinkProblem::Revoked);
    }
}

#[tokio::test]
async fn nobody_gets_a_reset_link_for_a_locked_account_or_one_without_a_password() {
    for house in houses().await {
        house.clinic().await;
        for (state, sent) in [
            ("UPDATE accounts SET status = 'locked'", false),
            ("UPDATE accounts SET status = 'active'", true),
            // Its institution's identity provider vouches for it, and with it a second factor.
            ("UPDATE accounts SET password_hash = NULL", false),
        ] {
            let mut tx = house.database.begin().await.unwrap();
            tx.execute(state, params![]).await.unwrap();
            tx.commit().await.unwrap();
            let link = reset_link(&house, DIRECTOR).await;
            assert_eq!(link.is_some(), sent, "{state}");
        }
    }
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_with_reset_links() {
    for house in houses().await {
        house.clinic().await;
        // Logins that do not exist are counted like those that do.
        for login in [DIRECTOR, "nobody@clinic.example.jp"] {
            let mut granted = 0;
            for number in 0..50 {
                let from = format!("192.0.2.{number}");
                match count_reset(&house, login, &from).await {
                    ResetRequest::Granted => granted += 1,
                    other => assert_eq!(other, ResetRequest::Flooding),
                }
            }
            assert_eq!(granted, 3, "{login}");
        }
    }
}

#[tokio::test]
async fn one_address_cannot_ask_for_the_links_of_everybody() {
    for house in houses().await {
        house.clinic().await;
        let mut answers = Vec::new();
        for number in 0..25 {
            let login = format!("person{number}@clinic.example.jp");
            answers.push(count_reset(&house, &login, "192.0.2.9").await);
        }
        assert!(
            answers[..20]
                .iter()
                .all(|one| *one == ResetRequest::Granted)
        );
        assert!(
            answers[20..]
                .iter()
                .all(|one| *one == ResetRequest::TooMany { wait: 30 }),
            "{answers:?}"
        );
        let elsewhere = count_reset(&house, "person@clinic.example.jp", "192.0.2.10").await;
        assert_eq!(elsewhere, ResetRequest::Granted);
        house.clock.advance_seconds(31);
        let later = count_reset(&house, "person@clinic.example.jp", "192.0.2.9").await;
        assert_eq!(later, ResetRequest::Granted);
    }
}

#[tokio::test]
async fn an_inspector_opens_a_pack_as_often_as_they_like_until_it_is_revoked() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let share = proof::<actions::ShareInspectionLink>(&session);
        let authority = Authority::Inspection(&share);
        let fiscal_year = FiscalYear::new(2026).unwrap();
        let new = NewInvitation {
            purpose: Purpose::InspectionPack { fiscal_year },
            organization: Some(director.organization),
            addressee: None,
            expires_at: None,
        };
        let link = invite(&house, &session, authority, new).await.unwrap();
        let visit = async || {
            invitations::inspection_visit(&house.database, &link.token, house.clock.now()).await
        };
        for _ in 0..3 {
            let visit = visit().await.unwrap();
            let mut tx = house.database.begin().await.unwrap();
            let act = house.identity.act_of_stranger();
            invitations::count_inspection_visit(&mut tx, act, &visit)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let visitor = visit().await.unwrap();
        assert_eq!(
            (visitor.organization, visitor.fiscal_year),
            (director.organization, fiscal_year)
        );
        let own = Resource {
            organization: director.organization,
            standing: Standing::Own,
        };
        let may = |action| decide(&visitor.principal(), action, &own) == Decision::Allow;
        assert!(may(Action::PrintPack) && !may(Action::AnswerSheet));
        let listed = invitations::of_organization(&house.database, director.organization)
            .await
            .unwrap();
        assert_eq!(listed[0].opens, 3);
        assert_eq!(house.recorded("inspection_link.opened").await, 3);
        // It is no invitation: it cannot be used up or make an account.
        let act = house.identity.act_of_stranger();
        let mut tx = house.database.begin().await.unwrap();
        let redeemed = invitations::redeem(&mut tx, act, &link.token).await;
        assert_eq!(link_problem(redeemed), LinkProblem::OtherPurpose);
        drop(tx);
        let mut tx = house.database.begin().await.unwrap();
        let own = director.organization;
        invitations::revoke(&mut tx, act, authority, own, link.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(link_problem(visit().await), LinkProblem::Revoked);
    }
}

#[tokio::test]
async fn a_link_for_one_thing_is_no_link_for_another() {
    for house in houses().await {
        let director = house.clinic().await;
        let session = house.session(DIRECTOR).await;
        let manage = proof::<actions::ManagePeople>(&session);
        let new = join(director.organization, Role::Staff, None);
        let link = invite(&house, &session, Authority::People(&manage), new)
            .await
            .unwrap();
        let reset = house.identity.reset_password(&link.token, PASSWORD).await;
        assert_eq!(link_problem(reset), LinkProblem::OtherPurpose);
        let now = house.clock.now();
        let visit = invitations::inspection_visit(&house.database, &link.token, now).await;
        assert_eq!(link_problem(visit), LinkProblem::OtherPurpose);
        let reset = reset_link(&house, DIRECTOR).await.unwrap();
        let form = NewcomerForm {
            name: "見本",
            name_kana: None,
            login: "newcomer",
        };
        let newcomer = house
            .identity
            .newcomer(None, &[], form, PASSWORD)
            .await
            .unwrap();
        let accepted = house
            .identity
            .accept_as_newcomer(&reset.token, newcomer, &visitor("192.0.2.5"))
            .await;
        assert_eq!(link_problem(accepted), LinkProblem::OtherPurpose);
        // And trying has not used it up.
        house
            .identity
            .reset_password(&reset.token, "asagao yuugata bendai")
            .await
            .unwrap();
        let rows = house
            .database
            .count(
                "SELECT count(*) AS n FROM invitations WHERE used_at IS NULL",
                params![],
            )
            .await;
        assert_eq!(rows.unwrap(), 1);
    }
}
