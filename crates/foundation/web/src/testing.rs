//! The whole service in a test, without a socket: features, a database of each engine, a clock
//! and ids that the test sets, and people who are signed in by a header.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use uuid::Uuid;
use yagura_identity::Identity;
use yagura_identity::password::Passwords;
use yagura_kernel::id::{
    AccountId, AssignmentId, IdGenerator, OrganizationId, PersonId, RelationId, SeededIds,
};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::policy::{Actor, Principal};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::{FixedClock, parse_date};
use yagura_packs::Library;
use yagura_store::blobs::{BlobKey, BlobStore};
use yagura_store::directory::{
    self, NewAssignment, NewOrganization, NewPerson, NewRelation, Organization,
};
use yagura_store::testing::{self, TestDatabase};
use yagura_store::{Migration, StoreError, jobs};

use crate::app::{App, AppParts, MailRoute, WebConfig};
use crate::authentication::{Authenticated, Authenticator, Means};
use crate::feature::Feature;
use crate::proxies::TrustedProxies;
use crate::sign_in::SessionAuthenticator;

/// Under which address the service of a test believes to be reached.
pub const PUBLIC_URL: &str = "http://localhost:8080";
const PERSON_HEADER: &str = "x-test-person";

/// Signs in whom a header names: `person;organization`.
struct HeaderAuthenticator;

#[async_trait]
impl Authenticator for HeaderAuthenticator {
    async fn authenticate(
        &self,
        app: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Authenticated>, StoreError> {
        let Some((person, organization)) = headers
            .get(PERSON_HEADER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(';'))
            .and_then(|(person, organization)| {
                Some((person.parse::<PersonId>().ok()?, organization.parse().ok()?))
            })
        else {
            // Without the header people are signed in as they are in earnest.
            return SessionAuthenticator.authenticate(app, headers).await;
        };
        let organization = directory::get(app.database(), organization).await?;
        let roles = directory::assignments_of(app.database(), person, app.today())
            .await?
            .into_iter()
            .filter(|assignment| assignment.organization == organization.id)
            .map(|assignment| assignment.role)
            .collect();
        Ok(Some(Authenticated {
            principal: Arc::new(Principal {
                actor: Actor::Person {
                    person,
                    account: AccountId::from(person.uuid()),
                },
                organization: organization.id,
                organization_kind: organization.kind,
                roles,
                second_factor: true,
                token_actions: None,
            }),
            person_name: directory::person(app.database(), person).await?.name,
            organization,
            organizations: 1,
            means: Means::Session(Uuid::nil()),
            lang: None,
            must_enrol_second_factor: false,
            must_pass_second_factor: false,
        }))
    }
}

/// A person in a test, with the organisation they act for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestPerson {
    /// The person.
    pub person: PersonId,
    /// The organisation.
    pub organization: OrganizationId,
}

/// The whole service in a test.
pub struct TestApp {
    /// What every request can reach.
    pub app: App,
    /// The clock; it stands at 令和8年11月21日 9:00 in Japan.
    pub clock: FixedClock,
    /// The database's engine in words, for messages of failed tests.
    pub engine: String,
    service: axum::Router,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

/// The service with these features, once for each database engine.
///
/// # Panics
/// Where it cannot be put together: then the test cannot be run.
pub async fn apps(features: impl Fn() -> Vec<Arc<dyn Feature>>) -> Vec<TestApp> {
    apps_configured(features, |_| {}).await
}

/// The same with other settings than the usual ones.
///
/// # Panics
/// Where it cannot be put together: then the test cannot be run.
#[expect(clippy::expect_used, reason = "tests")]
pub async fn apps_configured(
    features: impl Fn() -> Vec<Arc<dyn Feature>>,
    configure: impl Fn(&mut WebConfig),
) -> Vec<TestApp> {
    let migrations: Vec<&'static [Migration]> = [yagura_identity::MIGRATIONS, crate::MIGRATIONS]
        .into_iter()
        .chain(features().iter().map(|feature| feature.migrations()))
        .collect();
    let mut apps = Vec::new();
    for database in testing::databases(&migrations).await {
        let clock = testing::clock();
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(7, clock.clone()));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let blobs = BlobStore::in_folder(
            &folder.path().join("files"),
            BlobKey::new([7; 32]),
            Arc::clone(&ids),
        )
        .expect("a folder for files");
        let mut settings = yagura_identity::Settings::new(PUBLIC_URL);
        settings.allow_http_provider_on_loopback = true;
        let mut config = WebConfig {
            public_url: None,
            local_url: "http://127.0.0.1:8080".to_owned(),
            demo: false,
            upload_limit: 5_000_000,
            mail: MailRoute::Folder(folder.path().join("mail")),
            work_folder: folder.path().join("work"),
            trusted_proxies: TrustedProxies::default(),
        };
        configure(&mut config);
        let identity = Identity::new(
            database.database.clone(),
            Arc::new(clock.clone()),
            Arc::clone(&ids),
            &[9; 32],
            settings,
        )
        .with_passwords(Passwords::with_parameters(64, 1, 1));
        let app = App::new(AppParts {
            config,
            database: database.database.clone(),
            blobs,
            clock: Arc::new(clock.clone()),
            ids,
            packs: Library::builtin().clone(),
            identity,
            authenticator: Arc::new(HeaderAuthenticator),
            features: features(),
            catalogue: crate::catalogue(&features()).expect("the words are in order"),
        });
        apps.push(TestApp {
            service: crate::server::service(&app),
            engine: format!("{:?}", database.database.engine()),
            app,
            clock,
            _database: database,
            _folder: folder,
        });
    }
    apps
}

#[expect(clippy::expect_used, reason = "tests")]
impl TestApp {
    /// Records an organisation.
    pub async fn organization(
        &self,
        kind: OrganizationKind,
        name: &str,
        beds: Option<i64>,
    ) -> Organization {
        let id = OrganizationId::from(self.app.ids().id());
        let mut tx = self.app.database().begin().await.expect("a transaction");
        let new = NewOrganization {
            id,
            kind,
            name: name.to_owned(),
            code: None,
            region_code: None,
            permitted_beds: beds,
            address: None,
            phone: None,
            email: None,
        };
        directory::insert(&mut tx, new, self.app.now())
            .await
            .expect("it is recorded");
        tx.commit().await.expect("it is committed");
        directory::get(self.app.database(), id)
            .await
            .expect("it is there")
    }

    /// Records a relation from the beginning of the fiscal year.
    pub async fn relate(
        &self,
        kind: RelationKind,
        from: OrganizationId,
        to: OrganizationId,
        sharing: SharingLevel,
    ) -> RelationId {
        let id = RelationId::from(self.app.ids().id());
        let valid_from = parse_date("2026-04-01").expect("a date");
        let mut tx = self.app.database().begin().await.expect("a transaction");
        let new = NewRelation {
            id,
            kind,
            from,
            to,
            sharing,
            valid_from,
            valid_until: None,
            note: None,
        };
        directory::relate(&mut tx, new, self.app.today())
            .await
            .expect("it is recorded");
        tx.commit().await.expect("it is committed");
        id
    }

    /// Records a person with a role.
    pub async fn person(&self, organization: &Organization, role: Role) -> TestPerson {
        let person = PersonId::from(self.app.ids().id());
        let mut tx = self.app.database().begin().await.expect("a transaction");
        let new = NewPerson {
            id: person,
            name: format!("架空 {}", role.code()),
            name_kana: None,
            email: Some(format!("{}@example.jp", role.code())),
            phone: None,
        };
        directory::insert_person(&mut tx, new, self.app.now())
            .await
            .expect("they are recorded");
        let assignment = NewAssignment {
            id: AssignmentId::from(self.app.ids().id()),
            person,
            organization: organization.id,
            role,
            validity: Validity {
                from: parse_date("2026-04-01").expect("a date"),
                until: None,
            },
        };
        directory::assign(&mut tx, assignment)
            .await
            .expect("the role is recorded");
        tx.commit().await.expect("it is committed");
        TestPerson {
            person,
            organization: organization.id,
        }
    }

    /// Sends a request.
    pub async fn send(&self, whom: Option<TestPerson>, mut request: Request<Body>) -> Response {
        if let Some(TestPerson {
            person,
            organization,
        }) = whom
        {
            let value = HeaderValue::from_str(&format!("{person};{organization}"));
            request
                .headers_mut()
                .insert(PERSON_HEADER, value.expect("a header"));
        }
        self.service
            .clone()
            .oneshot(request)
            .await
            .expect("the service answers")
    }

    /// Opens a page.
    pub async fn get(&self, whom: TestPerson, path: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .uri(path)
            .body(Body::empty())
            .expect("a request");
        text(self.send(Some(whom), request).await).await
    }

    /// Submits a form.
    pub async fn post(
        &self,
        whom: TestPerson,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(&crate::address::encoded_path(name));
            body.push('=');
            body.push_str(&crate::address::encoded_path(value));
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        let response = self.send(Some(whom), request).await;
        let to = response.headers().get(header::LOCATION).cloned();
        let (status, page) = text(response).await;
        match to {
            Some(to) => (status, to.to_str().unwrap_or_default().to_owned()),
            None => (status, page),
        }
    }

    /// Sends JSON to the API and reads the answer.
    pub async fn api(
        &self,
        whom: Option<TestPerson>,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> (StatusCode, serde_json::Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .expect("a request");
        let (status, text) = text(self.send(whom, request).await).await;
        (
            status,
            serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)),
        )
    }

    /// Runs every job that is due.
    pub async fn run_jobs(&self) -> usize {
        let mut handlers = crate::jobs(&self.app);
        for feature in self.app.features() {
            handlers.extend(feature.jobs(&self.app));
        }
        let runner = jobs::Runner::new(
            self.app.database().clone(),
            self.app.clock(),
            handlers,
            self.app.wake(),
        );
        runner.run_due().await.expect("the queue answers")
    }
}

/// The status and body of an answer.
#[expect(clippy::expect_used, reason = "tests")]
pub async fn text(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}
