//! An installation with a few fictional people, on each engine.

use std::sync::Arc;

use yagura_identity::accounts::{self, NewAccount};
use yagura_identity::password::{PasswordContext, Passwords};
use yagura_identity::sessions::{OpenedSession, SignedIn};
use yagura_identity::{Act, Identity, Login, MIGRATIONS, Settings, SignInOutcome, Visitor};
use yagura_kernel::id::{
    AccountId, AssignmentId, IdGenerator, OrganizationId, PersonId, SeededIds,
};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::policy::{ActionType, Authorized, Resource, Standing, authorize};
use yagura_kernel::time::{Clock, FixedClock};
use yagura_store::directory::{self, NewAssignment, NewOrganization, NewPerson};
use yagura_store::testing::{self, TestDatabase};
use yagura_store::{Database, params, row};

pub(crate) const PASSWORD: &str = "purple otter umbrella";
pub(crate) const PUBLIC_URL: &str = "https://yagura.example.jp";
pub(crate) const KEY: [u8; 32] = [42; 32];

/// One installation.
pub(crate) struct House {
    pub(crate) identity: Identity,
    pub(crate) database: Database,
    pub(crate) clock: FixedClock,
    ids: Arc<SeededIds>,
    _database: TestDatabase,
}

/// A member of an organisation.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) person: PersonId,
    pub(crate) account: AccountId,
    pub(crate) organization: OrganizationId,
}

/// An empty installation on each engine.
pub(crate) async fn houses() -> Vec<House> {
    testing::databases(&[MIGRATIONS])
        .await
        .into_iter()
        .map(House::new)
        .collect()
}

impl House {
    fn new(test: TestDatabase) -> Self {
        let clock = testing::clock();
        let ids = Arc::new(SeededIds::new(7, clock.clone()));
        let mut settings = Settings::new(PUBLIC_URL);
        settings.allow_http_provider_on_loopback = true;
        let identity = Identity::new(
            test.database.clone(),
            Arc::new(clock.clone()),
            ids.clone(),
            &KEY,
            settings,
        )
        .with_passwords(Passwords::with_parameters(64, 1, 1));
        Self {
            identity,
            database: test.database.clone(),
            clock,
            ids,
            _database: test,
        }
    }

    pub(crate) fn act(&self) -> Act<'_> {
        self.identity.act_of_program()
    }

    pub(crate) async fn organization(&self, kind: OrganizationKind, name: &str) -> OrganizationId {
        let id = OrganizationId::new(&*self.ids);
        let mut tx = self.database.begin().await.unwrap();
        let new = NewOrganization {
            id,
            kind,
            name: name.to_owned(),
            code: None,
            region_code: None,
            permitted_beds: None,
            address: None,
            phone: None,
            email: None,
        };
        directory::insert(&mut tx, new, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn give_role(
        &self,
        person: PersonId,
        organization: OrganizationId,
        role: Role,
    ) {
        let mut tx = self.database.begin().await.unwrap();
        let assignment = NewAssignment {
            id: AssignmentId::new(&*self.ids),
            person,
            organization,
            role,
            validity: Validity {
                from: self.clock.today(),
                until: None,
            },
        };
        directory::assign(&mut tx, assignment).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A person with an account whose password is [`PASSWORD`].
    pub(crate) async fn member(
        &self,
        organization: OrganizationId,
        role: Role,
        login: &str,
    ) -> Member {
        let person = PersonId::new(&*self.ids);
        let password = Passwords::with_parameters(64, 1, 1)
            .accept(
                PASSWORD,
                PasswordContext::default(),
                &*self.ids as &dyn IdGenerator,
            )
            .await
            .unwrap()
            .unwrap();
        let mut tx = self.database.begin().await.unwrap();
        let new = NewPerson {
            id: person,
            name: "見本 花子".to_owned(),
            name_kana: Some("みほん はなこ".to_owned()),
            email: None,
            phone: None,
        };
        directory::insert_person(&mut tx, new, self.clock.now())
            .await
            .unwrap();
        let account = accounts::create(
            &mut tx,
            self.act(),
            NewAccount {
                person,
                login: Login::parse(login).unwrap(),
                login_verified: true,
                password: Some(password),
            },
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        self.give_role(person, organization, role).await;
        Member {
            person,
            account,
            organization,
        }
    }

    /// A clinic with a director whose login is `director@clinic.example.jp`.
    pub(crate) async fn clinic(&self) -> Member {
        let clinic = self
            .organization(OrganizationKind::Clinic, "見本内科医院")
            .await;
        self.member(clinic, Role::Director, "director@clinic.example.jp")
            .await
    }

    /// A region with a manager whose login is `manager@region.example.jp`.
    pub(crate) async fn region(&self) -> Member {
        let region = self
            .organization(OrganizationKind::Network, "見本地域連携網")
            .await;
        self.member(region, Role::RegionalManager, "manager@region.example.jp")
            .await
    }

    pub(crate) async fn sign_in(&self, login: &str, password: &str) -> SignInOutcome {
        self.identity
            .sign_in(login, password, &visitor("192.0.2.1"))
            .await
            .unwrap()
    }

    /// Signs in with [`PASSWORD`] and returns the session, however far it goes.
    pub(crate) async fn session(&self, login: &str) -> SignedIn {
        let outcome = self.sign_in(login, PASSWORD).await;
        self.find(outcome.session().unwrap()).await.unwrap()
    }

    pub(crate) async fn find(&self, session: &OpenedSession) -> Option<SignedIn> {
        self.identity
            .session(&session.token.reveal())
            .await
            .unwrap()
    }

    /// How many audit entries with this action there are.
    pub(crate) async fn recorded(&self, action: &str) -> i64 {
        self.database
            .count(
                "SELECT count(*) AS n FROM audit_entries WHERE action = $1",
                params![action],
            )
            .await
            .unwrap()
    }

    /// Everything that the database holds of a column, as text, to look for leaked secrets.
    pub(crate) async fn audit_details(&self) -> String {
        row! { struct Detail { detail: String } }
        let rows: Vec<Detail> = self
            .database
            .rows("SELECT detail FROM audit_entries", params![])
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| row.detail)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

pub(crate) fn visitor(address: &str) -> Visitor {
    Visitor::new(Some(address.parse().unwrap()), "Example Browser 1.0")
}

/// The proof that a signed-in person may do something in their own organisation.
pub(crate) fn proof<A: ActionType>(session: &SignedIn) -> Authorized<A> {
    let principal = Arc::new(session.principal().unwrap());
    let resource = Resource {
        organization: principal.organization,
        standing: Standing::Own,
    };
    authorize::<A>(&principal, &resource).unwrap()
}
