use serde_json::json;
use yagura_identity::invitations::{self, Authority, NewInvitation, Purpose};
use yagura_identity::oidc::testing::{CLIENT_ID, CLIENT_SECRET, FakeProvider, Mischief};
use yagura_identity::oidc::{
    self, OidcProblem, ProviderCallback, ProviderForm, ProviderId, ProviderOutcome,
};
use yagura_identity::sessions::{self, SignInMethod};
use yagura_identity::{FormProblem, IdentityError, Login, LoginProblem, SignInOutcome};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::Clock as _;
use yagura_store::params;

use crate::support::{House, Member, houses, proof, visitor};

struct Scene {
    house: House,
    director: Member,
    provider: FakeProvider,
    id: ProviderId,
}

fn form(issuer: String) -> ProviderForm {
    ProviderForm {
        id: None,
        name: "見本内科医院の認証".to_owned(),
        issuer,
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned().into()),
        allowed_domains: vec!["@Clinic.example.jp".to_owned()],
        trusts_second_factor: false,
        enabled: true,
    }
}

async fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for house in houses().await {
        let director = house.clinic().await;
        let provider = FakeProvider::start(house.clock.now().as_seconds()).await;
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let mut tx = house.database.begin().await.unwrap();
        let act = house.identity.act(&session);
        let id = house
            .identity
            .save_provider(&mut tx, act, &manage, form(provider.issuer()))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        scenes.push(Scene {
            house,
            director,
            provider,
            id,
        });
    }
    scenes
}

impl Scene {
    fn vouch_for(&self, subject: &str, email: &str) {
        self.provider.vouch_for(json!({
            "sub": subject, "email": email, "email_verified": true, "name": "見本 太郎",
        }));
    }

    async fn sign_in(&self) -> Result<ProviderOutcome, IdentityError> {
        self.sign_in_with(None).await
    }

    async fn sign_in_with(
        &self,
        invitation: Option<&yagura_identity::SecretToken>,
    ) -> Result<ProviderOutcome, IdentityError> {
        let identity = &self.house.identity;
        let redirect = identity.begin_provider_sign_in(self.id, invitation).await?;
        let (state, code) = self.provider.visit(&redirect.url);
        let callback = ProviderCallback {
            state: &state,
            code: &code,
            issuer: None,
            browser_secret: &redirect.browser_secret.reveal(),
        };
        identity
            .finish_provider_sign_in(callback, &visitor("192.0.2.1"))
            .await
    }

    async fn signed_in(&self) -> Option<sessions::SignedIn> {
        match self.sign_in().await.unwrap() {
            ProviderOutcome::SignIn(outcome) => match outcome.session() {
                Some(opened) => self.house.find(opened).await,
                None => None,
            },
            ProviderOutcome::Accepted(..) => panic!("no invitation"),
        }
    }
}

#[tokio::test]
async fn a_verified_address_links_an_existing_account_and_the_subject_finds_it_later() {
    for scene in scenes().await {
        scene.vouch_for("subject-1", "Director@clinic.example.jp");
        let session = scene.signed_in().await.unwrap();
        assert_eq!(session.account, scene.director.account);
        assert_eq!(session.method, SignInMethod::IdentityProvider);
        assert_eq!(session.confined_to, Some(scene.director.organization));
        assert_eq!(
            session.roles,
            [Role::Director],
            "roles come from here, not from the provider"
        );
        assert_eq!(scene.house.recorded("identity_provider.linked").await, 1);
        // The address changes at the provider; the person stays the same.
        scene.vouch_for("subject-1", "married@clinic.example.jp");
        assert_eq!(
            scene.signed_in().await.unwrap().account,
            scene.director.account
        );
        assert_eq!(scene.house.recorded("identity_provider.linked").await, 1);
    }
}

#[tokio::test]
async fn a_provider_vouches_only_for_the_people_of_its_institution() {
    for scene in scenes().await {
        let house = &scene.house;
        let region = house.region().await;
        house
            .member(
                region.organization,
                Role::RegionalStaff,
                "elsewhere@clinic.example.jp",
            )
            .await;
        let refused = [
            // (subject, address): of another domain, of nobody, of another institution
            ("s-1", "manager@region.example.jp"),
            ("s-2", "nobody@clinic.example.jp"),
            ("s-3", "elsewhere@clinic.example.jp"),
        ];
        for (subject, email) in refused {
            scene.vouch_for(subject, email);
            assert!(scene.signed_in().await.is_none(), "{email}");
        }
        // Not verified, or not said to be.
        for verified in [json!(false), json!(null)] {
            scene.provider.vouch_for(json!({
                "sub": "s-4", "email": "director@clinic.example.jp", "email_verified": verified,
            }));
            assert!(scene.signed_in().await.is_none());
        }
        // A login that looks like an address but that nobody has shown to be theirs.
        let mut tx = house.database.begin().await.unwrap();
        tx.execute("UPDATE accounts SET login_verified = 0", params![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        scene.vouch_for("s-5", "director@clinic.example.jp");
        assert!(scene.signed_in().await.is_none());
        assert_eq!(house.recorded("sign_in.refused").await, 6);
        assert_eq!(
            house.recorded("account.created").await,
            3,
            "none was made on the way"
        );
    }
}

#[tokio::test]
async fn whoever_left_the_institution_is_refused_though_linked() {
    for scene in scenes().await {
        scene.vouch_for("subject-1", "director@clinic.example.jp");
        assert!(scene.signed_in().await.is_some());
        let other = scene
            .house
            .organization(OrganizationKind::Clinic, "別の医院")
            .await;
        scene
            .house
            .give_role(scene.director.person, other, Role::Staff)
            .await;
        let mut tx = scene.house.database.begin().await.unwrap();
        tx.execute(
            "DELETE FROM assignments WHERE organization_id = $1",
            params![scene.director.organization],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert!(scene.signed_in().await.is_none());
    }
}

#[tokio::test]
async fn a_session_from_a_provider_stays_in_its_institution() {
    for scene in scenes().await {
        let house = &scene.house;
        let vendor = house
            .organization(OrganizationKind::Vendor, "見本システム")
            .await;
        scene.vouch_for("subject-1", "director@clinic.example.jp");
        scene.signed_in().await.unwrap();
        house
            .give_role(scene.director.person, vendor, Role::VendorManager)
            .await;
        let redirected = scene.sign_in().await.unwrap();
        let ProviderOutcome::SignIn(SignInOutcome::SignedIn(opened)) = redirected else {
            panic!("{redirected:?}")
        };
        let session = house.find(&opened).await.unwrap();
        // The institution's provider must not be a way to the vendor's other customers: neither
        // by acting for it, nor by setting up a factor for the whole account.
        let choices = sessions::choices(&house.database, &session, house.clock.now())
            .await
            .unwrap();
        assert_eq!(choices.len(), 1);
        let act = house.identity.act(&session);
        let mut tx = house.database.begin().await.unwrap();
        let refused = sessions::choose_organization(&mut tx, act, &session, vendor).await;
        assert!(matches!(refused, Err(IdentityError::NoAssignment)));
        drop(tx);
        let refused = house.identity.begin_totp_enrolment(&session).await;
        assert!(
            matches!(refused, Err(IdentityError::Confined)),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn the_providers_word_on_a_second_factor_counts_only_where_it_is_trusted() {
    for scene in scenes().await {
        let house = &scene.house;
        house
            .member(
                scene.director.organization,
                Role::Staff,
                "staff@clinic.example.jp",
            )
            .await;
        let vouch = || {
            scene.provider.vouch_for(json!({
                "sub": "subject-1", "email": "staff@clinic.example.jp", "email_verified": true,
                "amr": ["pwd", "otp"],
            }));
        };
        vouch();
        assert!(!scene.signed_in().await.unwrap().second_factor);
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let mut tx = house.database.begin().await.unwrap();
        let changed = ProviderForm {
            id: Some(scene.id),
            client_secret: None,
            trusts_second_factor: true,
            ..form(scene.provider.issuer())
        };
        let act = house.identity.act(&session);
        house
            .identity
            .save_provider(&mut tx, act, &manage, changed)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(
            scene.signed_in().await.unwrap().second_factor,
            "the secret was kept, too"
        );
        scene
            .provider
            .vouch_for(json!({ "sub": "subject-1", "amr": ["pwd"] }));
        assert!(!scene.signed_in().await.unwrap().second_factor);
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_through_the_provider() {
    for scene in scenes().await {
        let house = &scene.house;
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let invite = async |addressee: &str| {
            let mut tx = house.database.begin().await.unwrap();
            let new = NewInvitation {
                purpose: Purpose::Join {
                    role: Role::Staff,
                    until: None,
                },
                organization: Some(scene.director.organization),
                addressee: Some(Login::parse(addressee).unwrap()),
                expires_at: None,
            };
            let act = house.identity.act(&session);
            let link = invitations::invite(&mut tx, act, Authority::People(&manage), new)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            link.token
        };
        let token = invite("taro@clinic.example.jp").await;
        scene.vouch_for("subject-2", "another@clinic.example.jp");
        let Err(IdentityError::Form(problems)) = scene.sign_in_with(Some(&token)).await else {
            panic!("somebody else's invitation")
        };
        assert_eq!(
            problems,
            [FormProblem::Login(LoginProblem::NotTheInvitedAddress)]
        );

        scene.vouch_for("subject-3", "taro@clinic.example.jp");
        let outcome = scene.sign_in_with(Some(&token)).await.unwrap();
        let ProviderOutcome::Accepted(accepted, SignInOutcome::SignedIn(opened)) = outcome else {
            panic!("{outcome:?}")
        };
        let joined = house.find(&opened).await.unwrap();
        assert_eq!(
            (joined.account, joined.roles.as_slice()),
            (accepted.account, &[Role::Staff][..])
        );
        assert_eq!(
            (joined.name.as_str(), joined.has_password),
            ("見本 太郎", false)
        );
        assert!(matches!(
            scene.sign_in_with(Some(&token)).await,
            Err(IdentityError::Link(yagura_identity::LinkProblem::Used))
        ));
        assert_eq!(scene.signed_in().await.unwrap().account, accepted.account);
        // Without a password there is nothing to guess.
        assert!(
            house
                .sign_in("taro@clinic.example.jp", "")
                .await
                .session()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_callback_works_once_in_the_browser_where_it_began_and_in_time() {
    for scene in scenes().await {
        let identity = &scene.house.identity;
        scene.vouch_for("subject-1", "director@clinic.example.jp");
        let visitor = visitor("192.0.2.1");
        let begin = async || {
            let redirect = identity
                .begin_provider_sign_in(scene.id, None)
                .await
                .unwrap();
            let (state, code) = scene.provider.visit(&redirect.url);
            (state, code, redirect.browser_secret.reveal())
        };
        let finish = async |state: &str, code: &str, secret: &str, issuer: Option<&str>| {
            let callback = ProviderCallback {
                state,
                code,
                issuer,
                browser_secret: secret,
            };
            identity.finish_provider_sign_in(callback, &visitor).await
        };
        let over = |result: Result<ProviderOutcome, IdentityError>| {
            assert!(
                matches!(result, Err(IdentityError::CeremonyOver)),
                "{result:?}"
            );
        };
        // A link prepared by an attacker and opened in the victim's browser.
        let (state, code, secret) = begin().await;
        let (_, _, victims) = begin().await;
        over(finish(&state, &code, &victims, None).await);
        over(finish(&state, &code, &secret, None).await);
        over(finish("", "", "", None).await);

        let (state, code, secret) = begin().await;
        scene.house.clock.advance_seconds(15 * 60);
        over(finish(&state, &code, &secret, None).await);

        let (state, code, secret) = begin().await;
        let mixed = finish(&state, &code, &secret, Some("https://idp.example.com")).await;
        assert!(
            matches!(mixed, Err(IdentityError::Oidc(OidcProblem::Answer(_)))),
            "{mixed:?}"
        );
        assert_eq!(
            scene.provider.exchanged(),
            0,
            "none of these codes went to the provider"
        );
    }
}

#[tokio::test]
async fn a_provider_that_misbehaves_signs_nobody_in() {
    for scene in scenes().await {
        scene.vouch_for("subject-1", "director@clinic.example.jp");
        assert!(scene.signed_in().await.is_some());
        let identity = &scene.house.identity;
        for mischief in [
            Mischief::OtherNonce,
            Mischief::OtherAudience,
            Mischief::OtherIssuerInToken,
            Mischief::OtherIssuerInDiscovery,
            Mischief::Expired,
            Mischief::FromTheFuture,
            Mischief::BadSignature,
            Mischief::Unsigned,
            Mischief::SignedWithClientSecret,
            Mischief::HugeAnswer,
            Mischief::Redirect,
            Mischief::NoIdToken,
            Mischief::Garbage,
            Mischief::PlainHttpElsewhere,
        ] {
            scene.provider.misbehave(Mischief::None);
            let redirect = identity
                .begin_provider_sign_in(scene.id, None)
                .await
                .unwrap();
            let (state, code) = scene.provider.visit(&redirect.url);
            scene.provider.misbehave(mischief);
            let callback = ProviderCallback {
                state: &state,
                code: &code,
                issuer: None,
                browser_secret: &redirect.browser_secret.reveal(),
            };
            let result = identity
                .finish_provider_sign_in(callback, &visitor("192.0.2.1"))
                .await;
            let Err(IdentityError::Oidc(problem)) = result else {
                panic!("{mischief:?}: {result:?}")
            };
            let text = problem.to_string();
            assert!(
                !text.contains("secret") || text.contains("client secret"),
                "{text}"
            );
            if mischief == Mischief::PlainHttpElsewhere {
                assert!(
                    matches!(problem, OidcProblem::Unreachable(_)),
                    "{problem:?}"
                );
            }
        }
        assert_eq!(
            scene.house.recorded("sign_in.succeeded").await,
            2,
            "director and the first"
        );
    }
}

#[tokio::test]
async fn strangers_do_not_make_the_program_ask_the_provider_each_time() {
    for scene in scenes().await {
        let begin = async || {
            scene
                .house
                .identity
                .begin_provider_sign_in(scene.id, None)
                .await
        };
        for _ in 0..5 {
            begin().await.unwrap();
        }
        assert_eq!(scene.provider.described(), 1);
        scene.house.clock.advance_seconds(5 * 60);
        begin().await.unwrap();
        assert_eq!(scene.provider.described(), 2);
    }
}

#[tokio::test]
async fn providers_are_configured_by_those_who_manage_the_people() {
    for scene in scenes().await {
        let house = &scene.house;
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let act = house.identity.act(&session);
        let mut tx = house.database.begin().await.unwrap();
        for issuer in ["http://idp.example.jp", "ftp://idp.example.jp", "idp", ""] {
            let refused = house
                .identity
                .save_provider(&mut tx, act, &manage, form(issuer.into()))
                .await;
            assert!(matches!(
                refused,
                Err(IdentityError::Oidc(OidcProblem::Configuration))
            ));
        }
        tx.commit().await.unwrap();
        let listed = oidc::of_organization(&house.database, scene.director.organization)
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].allowed_domains, ["clinic.example.jp"]);
        assert!(listed[0].has_secret && oidc::offered(&house.database).await.unwrap() == listed);

        // Another institution can neither change nor remove it.
        let clinic = house
            .organization(OrganizationKind::Clinic, "別の医院")
            .await;
        house
            .member(clinic, Role::Director, "director@other.example.jp")
            .await;
        let other = house.session("director@other.example.jp").await;
        let foreign = proof::<actions::ManagePeople>(&other);
        let mut tx = house.database.begin().await.unwrap();
        let changed = ProviderForm {
            id: Some(scene.id),
            ..form(scene.provider.issuer())
        };
        assert!(
            house
                .identity
                .save_provider(&mut tx, act, &foreign, changed)
                .await
                .is_err()
        );
        assert!(
            oidc::remove(&mut tx, act, &foreign, scene.id)
                .await
                .is_err()
        );
        drop(tx);

        scene.vouch_for("subject-1", "director@clinic.example.jp");
        assert!(scene.signed_in().await.is_some());
        let mut tx = house.database.begin().await.unwrap();
        oidc::remove(&mut tx, act, &manage, scene.id).await.unwrap();
        tx.commit().await.unwrap();
        let gone = house.identity.begin_provider_sign_in(scene.id, None).await;
        assert!(matches!(
            gone,
            Err(IdentityError::Oidc(OidcProblem::Unknown))
        ));
    }
}

#[test]
fn signing_in_at_a_provider_can_be_awaited_by_a_server() {
    fn is_send<T: Send>(_: T) {}
    fn check(identity: &yagura_identity::Identity, id: ProviderId) {
        is_send(identity.begin_provider_sign_in(id, None));
    }
    fn check_finish(identity: &yagura_identity::Identity, callback: ProviderCallback<'_>) {
        let visitor = visitor("192.0.2.1");
        is_send(identity.finish_provider_sign_in(callback, &visitor));
    }
    let _ = (check, check_finish);
}

#[tokio::test]
async fn a_domain_leads_to_the_providers_that_are_in_use_for_it() {
    for scene in scenes().await {
        let house = &scene.house;
        let found = async |typed: &str| oidc::for_domain(&house.database, typed).await.unwrap();
        for typed in [
            "clinic.example.jp",
            "@CLINIC.example.jp",
            "anybody@clinic.example.jp",
        ] {
            let offered = found(typed).await;
            assert_eq!(offered.len(), 1, "{typed}");
            assert_eq!(offered[0].id, scene.id);
            assert_eq!(offered[0].organization, "見本内科医院");
        }
        for typed in [
            "",
            "example.jp",
            "linic.example.jp",
            "%",
            "_linic.example.jp",
            "\"",
            "!",
        ] {
            assert!(found(typed).await.is_empty(), "{typed}");
        }
        let only = oidc::only_one(&house.database).await.unwrap();
        assert_eq!(only.map(|one| one.id), Some(scene.id));

        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let act = house.identity.act(&session);
        let save = async |form: ProviderForm| {
            let mut tx = house.database.begin().await.unwrap();
            let saved = house
                .identity
                .save_provider(&mut tx, act, &manage, form)
                .await;
            tx.commit().await.unwrap();
            saved.unwrap()
        };
        save(form(scene.provider.issuer())).await;
        assert_eq!(found("clinic.example.jp").await.len(), 2);
        assert_eq!(oidc::only_one(&house.database).await.unwrap(), None);
        save(ProviderForm {
            id: Some(scene.id),
            enabled: false,
            ..form(scene.provider.issuer())
        })
        .await;
        assert_eq!(found("clinic.example.jp").await.len(), 1, "switched off");
    }
}

#[tokio::test]
async fn a_trial_says_whether_people_could_sign_in() {
    for scene in scenes().await {
        let house = &scene.house;
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let trial = house
            .identity
            .try_provider(&manage, scene.id)
            .await
            .unwrap();
        assert!(trial.sign_in_page.starts_with(&scene.provider.issuer()));
        assert_eq!(trial.keys, 1);
        assert_eq!(
            house.identity.provider_callback_url(),
            format!("{}/sign-in/provider/callback", crate::support::PUBLIC_URL)
        );
        for mischief in [
            Mischief::OtherIssuerInDiscovery,
            Mischief::HugeAnswer,
            Mischief::Redirect,
            Mischief::Garbage,
            Mischief::PlainHttpElsewhere,
        ] {
            scene.provider.misbehave(mischief);
            let refused = house.identity.try_provider(&manage, scene.id).await;
            assert!(
                matches!(refused, Err(IdentityError::Oidc(_))),
                "{mischief:?}: {refused:?}"
            );
        }
        let region = house.region().await;
        let other = house.session("manager@region.example.jp").await;
        assert_eq!(
            other.organization.map(|own| own.id),
            Some(region.organization)
        );
    }
}

#[tokio::test]
async fn another_issuer_does_not_inherit_whom_the_old_one_knew() {
    for scene in scenes().await {
        let house = &scene.house;
        scene.vouch_for("1", "director@clinic.example.jp");
        assert!(scene.signed_in().await.is_some());
        let session = house.session("director@clinic.example.jp").await;
        let manage = proof::<actions::ManagePeople>(&session);
        let act = house.identity.act(&session);
        let other = FakeProvider::start(house.clock.now().as_seconds()).await;
        let change = async |issuer: String| {
            let mut tx = house.database.begin().await.unwrap();
            let changed = ProviderForm {
                id: Some(scene.id),
                ..form(issuer)
            };
            let saved = house
                .identity
                .save_provider(&mut tx, act, &manage, changed)
                .await;
            saved.unwrap();
            tx.commit().await.unwrap();
        };
        let links = async || {
            house
                .database
                .count(
                    "SELECT count(*) AS n FROM identity_provider_links",
                    params![],
                )
                .await
                .unwrap()
        };
        change(scene.provider.issuer()).await;
        assert_eq!(links().await, 1, "the same issuer keeps them");
        change(other.issuer()).await;
        assert_eq!(links().await, 0);
    }
}
