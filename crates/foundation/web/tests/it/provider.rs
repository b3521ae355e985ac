//! Signing in with an institution's account, through the pages, against a provider that
//! misbehaves where it is asked to.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::json;
use yagura_identity::accounts::{self, AccountAuthority, AccountStatus, NewAccount};
use yagura_identity::invitations::{self, Authority, NewInvitation, Purpose};
use yagura_identity::oidc::testing::{CLIENT_ID, CLIENT_SECRET, FakeProvider, Mischief};
use yagura_identity::oidc::{ProviderForm, ProviderId};
use yagura_identity::{Login, SecretToken};
use yagura_kernel::id::AccountId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Actor, Authorized, Principal, Resource, Standing, actions, authorize};
use yagura_kernel::time::Clock as _;
use yagura_store::directory::Organization;
use yagura_web::testing::{TestApp, TestPerson, apps};

use crate::support::{Answer, open};

const DIRECTOR: &str = "director@clinic.example.jp";
const COOKIE: &str = "yagura_provider";
const SESSION: &str = "yagura_session";

struct Scene {
    app: TestApp,
    clinic: Organization,
    director: TestPerson,
    account: AccountId,
    provider: FakeProvider,
    id: ProviderId,
}

async fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for app in apps(Vec::new).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空内科医院", None)
            .await;
        let director = app.person(&clinic, Role::Director).await;
        let provider = FakeProvider::start(app.clock.now().as_seconds()).await;
        let account = account(&app, director, DIRECTOR).await;
        let issuer = provider.issuer();
        let mut scene = Scene {
            app,
            clinic,
            director,
            account,
            provider,
            id: ProviderId::from(yagura_kernel::id::Uuid::nil()),
        };
        scene.id = scene.save(form(issuer)).await;
        scenes.push(scene);
    }
    scenes
}

async fn account(app: &TestApp, whom: TestPerson, login: &str) -> AccountId {
    let mut tx = app.app.database().begin().await.unwrap();
    let new = NewAccount {
        person: whom.person,
        login: Login::parse(login).unwrap(),
        login_verified: true,
        password: None,
    };
    let act = app.app.identity().act_of_program();
    let id = accounts::create(&mut tx, act, new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn form(issuer: String) -> ProviderForm {
    ProviderForm {
        id: None,
        name: "職員アカウント".to_owned(),
        issuer,
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned().into()),
        allowed_domains: vec!["clinic.example.jp".to_owned()],
        trusts_second_factor: false,
        enabled: true,
    }
}

impl Scene {
    fn manage(&self) -> Authorized<actions::ManagePeople> {
        let principal = Principal {
            actor: Actor::Person {
                person: self.director.person,
                account: self.account,
            },
            organization: self.clinic.id,
            organization_kind: OrganizationKind::Clinic,
            roles: vec![Role::Director],
            second_factor: true,
            token_actions: None,
        };
        let resource = Resource {
            organization: self.clinic.id,
            standing: Standing::Own,
        };
        authorize(&Arc::new(principal), &resource).unwrap()
    }

    async fn save(&self, form: ProviderForm) -> ProviderId {
        let identity = self.app.app.identity();
        let mut tx = self.app.app.database().begin().await.unwrap();
        let act = identity.act_of_program();
        let manage = self.manage();
        let id = identity
            .save_provider(&mut tx, act, &manage, form)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    fn vouch_for(&self, subject: &str, email: &str) {
        self.provider.vouch_for(json!({
            "sub": subject, "email": email, "email_verified": true, "name": "架空 太郎",
        }));
    }

    fn begin_path(&self) -> String {
        format!("/sign-in/provider/{}?back=/people", self.id)
    }

    /// Goes to the provider and comes back: the path of the way back, and the cookie.
    async fn travel(&self, begin: &str) -> (String, String) {
        let leaving = open(&self.app, begin, None).await;
        assert_eq!(leaving.status, StatusCode::SEE_OTHER, "{}", leaving.body);
        let (state, code) = self.provider.visit(leaving.location());
        let path = format!("/sign-in/provider/callback?state={state}&code={code}");
        (path, leaving.cookie(COOKIE).unwrap().to_owned())
    }

    async fn sign_in(&self) -> Answer {
        let (path, cookie) = self.travel(&self.begin_path()).await;
        open(&self.app, &path, Some(&cookie)).await
    }

    /// A regional body.
    async fn region(&self) -> yagura_kernel::id::OrganizationId {
        let kind = OrganizationKind::Prefecture;
        self.app.organization(kind, "架空県", None).await.id
    }

    /// Who holds the session that an answer gave out.
    async fn session(&self, answer: &Answer) -> Option<yagura_identity::sessions::SignedIn> {
        let cookie = answer.cookie(SESSION)?;
        let (_, token) = cookie.split_once('=').unwrap();
        self.app.app.identity().session(token).await.unwrap()
    }

    async fn sessions(&self) -> i64 {
        self.app
            .app
            .database()
            .count(
                "SELECT count(*) AS n FROM sessions",
                yagura_store::params![],
            )
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn somebody_signs_in_by_the_domain_of_their_institution() {
    for scene in scenes().await {
        let app = &scene.app;
        let entry = open(app, "/sign-in?back=/people", None).await;
        assert!(
            entry.body.contains("/sign-in/provider?back=/people"),
            "{}",
            entry.body
        );

        let href = scene.begin_path();
        for typed in [
            "clinic.example.jp",
            "%40clinic.example.jp",
            "taro%40CLINIC.example.jp",
        ] {
            let path = format!("/sign-in/provider?domain={typed}&back=/people");
            let found = open(app, &path, None).await;
            assert_eq!(found.status, StatusCode::OK);
            assert!(found.body.contains(&href), "{typed}: {}", found.body);
            assert!(found.body.contains("架空内科医院"), "whose provider it is");
            // Forms may lead to this server only, so the way out must be a link.
            assert!(!found.body.contains(&format!("action=\"{href}")));
        }

        scene.vouch_for("subject-1", DIRECTOR);
        let leaving = open(app, &href, None).await;
        let line = leaving.cookie_line(COOKIE).unwrap();
        assert!(line.contains("Path=/sign-in/provider/callback"), "{line}");
        assert!(
            line.contains("HttpOnly") && line.contains("SameSite=Lax"),
            "{line}"
        );
        assert!(leaving.location().starts_with(&scene.provider.issuer()));

        let answer = scene.sign_in().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.location(), "/people");
        assert!(
            answer.cookie_line(COOKIE).unwrap().contains("Max-Age=0"),
            "used up"
        );
        let session = scene.session(&answer).await.unwrap();
        assert_eq!(session.account, scene.account);
        assert_eq!(session.confined_to, Some(scene.clinic.id));
    }
}

impl Scene {
    /// Gives the director another role.
    async fn assign(&self, organization: yagura_kernel::id::OrganizationId, role: Role) {
        let mut tx = self.app.app.database().begin().await.unwrap();
        let also = yagura_store::directory::NewAssignment {
            id: yagura_kernel::id::AssignmentId::new(self.app.app.ids()),
            person: self.director.person,
            organization,
            role,
            validity: yagura_kernel::person::Validity {
                from: self.app.app.today(),
                until: None,
            },
        };
        yagura_store::directory::assign(&mut tx, also)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_role_elsewhere_asks_nothing_of_a_session_that_does_not_reach_it() {
    for scene in scenes().await {
        let region = scene.region().await;
        scene.assign(region, Role::RegionalManager).await;
        scene.vouch_for("subject-1", DIRECTOR);
        let answer = scene.sign_in().await;
        assert_eq!(answer.location(), "/people", "{}", answer.body);
        let cookie = answer.cookie(SESSION).unwrap();
        let factors = open(&scene.app, "/account/second-factor", Some(cookie)).await;
        assert!(
            factors.body.contains("パスワードでサインインし直して"),
            "the clinic's provider cannot set up what opens the region: {}",
            factors.body
        );
    }
}

#[tokio::test]
async fn a_strict_role_where_the_provider_is_leads_to_setting_up_a_factor() {
    for scene in scenes().await {
        // Which roles are strict is the policy's to say; the organisation's kind does not matter here.
        scene.assign(scene.clinic.id, Role::RegionalManager).await;
        scene.vouch_for("subject-1", DIRECTOR);
        let answer = scene.sign_in().await;
        assert_eq!(answer.location(), "/account/second-factor");
        let cookie = answer.cookie(SESSION).unwrap();
        let next = open(&scene.app, answer.location(), Some(cookie)).await;
        assert_eq!(next.status, StatusCode::OK, "{}", next.body);
    }
}

#[tokio::test]
async fn whether_an_account_exists_is_told_nobody() {
    for scene in scenes().await {
        let page = async |typed: &str| {
            let path = format!("/sign-in/provider?domain={typed}");
            let answer = open(&scene.app, &path, None).await;
            // The page and its link to the other language repeat what was typed.
            let said = answer
                .body
                .replace(typed, "")
                .replace(&typed.replace('@', "%40"), "")
                .replace(&typed.replace('@', "%2540"), "");
            (answer.status, said)
        };
        let known = page("director@clinic.example.jp").await;
        assert_eq!(known, page("nobody@clinic.example.jp").await);
        let unknown = page("somewhere.example.jp").await;
        assert!(unknown.1.contains("登録されていません"), "{}", unknown.1);
        assert!(
            page("nonsense")
                .await
                .1
                .contains("ドメインの形になっていません")
        );

        // Unknown, left and locked are answered alike once the provider has vouched for somebody.
        scene.vouch_for("subject-2", "nobody@clinic.example.jp");
        let nobody = scene.sign_in().await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
        assert!(
            nobody
                .body
                .contains("Yagura の利用者として登録されていません"),
            "{}",
            nobody.body
        );
        scene.vouch_for("subject-1", DIRECTOR);
        assert!(scene.session(&scene.sign_in().await).await.is_some());
        let mut tx = scene.app.app.database().begin().await.unwrap();
        accounts::set_status(
            &mut tx,
            scene.app.app.identity().act_of_program(),
            AccountAuthority::Organization(&scene.manage()),
            scene.account,
            AccountStatus::Locked,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let locked = scene.sign_in().await;
        assert_eq!(locked.status, nobody.status);
        // The link to the other language repeats the address, with its state and code.
        let said = |answer: &Answer| answer.body.split("</main>").next().unwrap().to_owned();
        assert_eq!(said(&locked), said(&nobody));
    }
}

#[tokio::test]
async fn the_way_back_works_once_and_in_the_browser_that_left() {
    for scene in scenes().await {
        scene.vouch_for("subject-1", DIRECTOR);
        let refused = async |path: &str, cookie: Option<&str>| {
            let answer = open(&scene.app, path, cookie).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
            assert!(
                answer.body.contains("はじめからやり直してください"),
                "{}",
                answer.body
            );
            assert!(answer.body.contains("/sign-in/provider"), "the way on");
            assert!(answer.cookie(SESSION).is_none());
        };
        let (path, cookie) = scene.travel(&scene.begin_path()).await;
        refused(&path, None).await;
        let (path, cookie_of_another) = scene.travel(&scene.begin_path()).await;
        let _ = cookie;
        let stranger = format!(
            "{COOKIE}={}",
            SecretToken::new(scene.app.app.ids()).reveal()
        );
        refused(&path, Some(&stranger)).await;
        refused(&path, Some(&cookie_of_another)).await;

        let (path, cookie) = scene.travel(&scene.begin_path()).await;
        let first = open(&scene.app, &path, Some(&cookie)).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER);
        refused(&path, Some(&cookie)).await;

        let (path, cookie) = scene.travel(&scene.begin_path()).await;
        scene.app.clock.advance_seconds(16 * 60);
        refused(&path, Some(&cookie)).await;
        refused("/sign-in/provider/callback", None).await;
        refused(
            "/sign-in/provider/callback?state=x&code=y",
            Some("yagura_provider=%00.%00"),
        )
        .await;
        assert_eq!(scene.sessions().await, 1);
    }
}

#[tokio::test]
async fn every_failure_of_a_provider_has_its_words() {
    for scene in scenes().await {
        scene.vouch_for("subject-1", DIRECTOR);
        let callback = async |query: &str| {
            let path = format!("/sign-in/provider/callback?{query}");
            open(&scene.app, &path, None).await
        };
        let cancelled = callback("error=access_denied&state=x").await;
        assert_eq!(cancelled.status, StatusCode::UNAUTHORIZED);
        assert!(
            cancelled.body.contains("取り消されたか"),
            "{}",
            cancelled.body
        );
        let refused = callback("error=%3Cscript%3Ealert(1)%3C/script%3E").await;
        assert!(
            refused.body.contains("受け付けませんでした"),
            "{}",
            refused.body
        );
        assert!(!refused.body.contains("<script>alert"));

        for mischief in [
            Mischief::OtherNonce,
            Mischief::OtherAudience,
            Mischief::Expired,
            Mischief::BadSignature,
            Mischief::Unsigned,
            Mischief::HugeAnswer,
            Mischief::Redirect,
            Mischief::Garbage,
        ] {
            scene.provider.misbehave(Mischief::None);
            let (path, cookie) = scene.travel(&scene.begin_path()).await;
            scene.provider.misbehave(mischief);
            let answer = open(&scene.app, &path, Some(&cookie)).await;
            assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{mischief:?}");
            // An answer that was broken off because it is too large counts as none.
            let words = match mischief {
                Mischief::HugeAnswer => "応答がありません",
                _ => "応答を受け入れられませんでした",
            };
            assert!(answer.body.contains(words), "{mischief:?}: {}", answer.body);
            assert!(
                !answer.body.contains("secret"),
                "nothing of the answer is shown"
            );
        }
        let nobody = open(
            &scene.app,
            "/sign-in/provider/00000000-0000-7000-8000-000000000001",
            None,
        )
        .await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        assert!(
            nobody.body.contains("登録されていないか"),
            "{}",
            nobody.body
        );

        let silent = scene.save(form("http://127.0.0.1:1".to_owned())).await;
        let answer = open(&scene.app, &format!("/sign-in/provider/{silent}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert!(answer.body.contains("応答がありません"), "{}", answer.body);
        assert!(
            !answer.body.contains("127.0.0.1"),
            "nothing of the network is told"
        );

        scene.provider.misbehave(Mischief::None);
        scene
            .save(ProviderForm {
                id: Some(scene.id),
                enabled: false,
                ..form(scene.provider.issuer())
            })
            .await;
        let off = open(&scene.app, &scene.begin_path(), None).await;
        assert_eq!(off.status, StatusCode::NOT_FOUND);
        assert_eq!(scene.sessions().await, 0);
    }
}

#[tokio::test]
async fn the_way_back_leads_nowhere_else() {
    for scene in scenes().await {
        scene.vouch_for("subject-1", DIRECTOR);
        for evil in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
            let begin = format!("/sign-in/provider/{}?back={evil}", scene.id);
            let (path, cookie) = scene.travel(&begin).await;
            let answer = open(&scene.app, &path, Some(&cookie)).await;
            assert_eq!(answer.location(), "/", "{evil}");
        }
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_with_the_institutions_account() {
    for scene in scenes().await {
        let app = &scene.app.app;
        let invite = async |email: &str| {
            let mut tx = app.database().begin().await.unwrap();
            let new = NewInvitation {
                purpose: Purpose::Join {
                    role: Role::Staff,
                    until: None,
                },
                organization: Some(scene.clinic.id),
                addressee: Some(Login::parse(email).unwrap()),
                expires_at: None,
            };
            let act = app.identity().act_of_program();
            let link = invitations::invite(&mut tx, act, Authority::Program, new);
            let token = link.await.unwrap().token.reveal();
            tx.commit().await.unwrap();
            token
        };
        let token = invite("taro@clinic.example.jp").await;
        let begin = format!("/sign-in/provider/{}?invitation={token}", scene.id);
        let page = open(&scene.app, &format!("/invitations/{token}"), None).await;
        assert!(page.body.contains(&begin), "{}", page.body);
        scene.vouch_for("subject-3", "hanako@clinic.example.jp");
        let (path, cookie) = scene.travel(&begin).await;
        let other = open(&scene.app, &path, Some(&cookie)).await;
        assert_eq!(other.status, StatusCode::BAD_REQUEST);
        assert!(other.body.contains("別のメールアドレス"), "{}", other.body);

        scene.vouch_for("subject-3", "taro@clinic.example.jp");
        let (path, cookie) = scene.travel(&begin).await;
        let joined = open(&scene.app, &path, Some(&cookie)).await;
        assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
        let session = scene.session(&joined).await.unwrap();
        assert_eq!(session.roles, [Role::Staff]);
        assert_eq!(session.name, "架空 太郎");

        let used = open(&scene.app, &begin, None).await;
        assert_eq!(used.status, StatusCode::BAD_REQUEST);
        assert!(used.body.contains("すでに使われています"), "{}", used.body);
    }
}
