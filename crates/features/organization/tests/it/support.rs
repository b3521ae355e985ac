//! A clinic and a prefecture with their people, and an operator with an administrator.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use yagura_kernel::id::{AssignmentId, OrganizationId, RelationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::Date;
use yagura_organization::OrganizationPages;
use yagura_store::directory::{self, NewAssignment, Organization};
use yagura_store::{StoreError, Transaction, params, row};
use yagura_web::testing::{TestApp, TestPerson, apps, text};
use yagura_web::{App, Feature, Records};

/// A name that tries everything at once.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\"'&県";

/// Counts how often it was told that an organisation changed, and that its people did.
#[derive(Default)]
pub(crate) struct Told(AtomicUsize, AtomicUsize);

impl Told {
    pub(crate) fn times(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn of_people(&self) -> usize {
        self.1.swap(0, Ordering::SeqCst)
    }
}

struct Listener(Arc<Told>);

#[async_trait]
impl Feature for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    async fn organization_changed(
        &self,
        _: &App,
        _: &mut Transaction,
        _: OrganizationId,
    ) -> Result<(), StoreError> {
        self.0.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn records_changed(
        &self,
        _: &App,
        _: &mut Transaction,
        _: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        assert_eq!(records, Records::People);
        self.0.1.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) told: Arc<Told>,
    pub(crate) clinic: Organization,
    pub(crate) director: TestPerson,
    pub(crate) manager: TestPerson,
    pub(crate) staff: TestPerson,
    pub(crate) regional_manager: TestPerson,
    pub(crate) sharing: RelationId,
    pub(crate) administrator: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let told = Arc::new(Told::default());
    let features = || {
        vec![
            Arc::new(OrganizationPages) as Arc<dyn Feature>,
            Arc::new(Listener(Arc::clone(&told))),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        worlds.push(World::new(app, Arc::clone(&told)).await);
    }
    worlds
}

impl World {
    async fn new(app: TestApp, told: Arc<Told>) -> Self {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空クリニック", None)
            .await;
        let prefecture = app
            .organization(OrganizationKind::Prefecture, EVIL, None)
            .await;
        let operator = app
            .organization(OrganizationKind::Operator, "架空運用室", None)
            .await;
        let oversees = RelationKind::Oversees;
        let sharing = app
            .relate(oversees, prefecture.id, clinic.id, SharingLevel::Status)
            .await;
        Self {
            director: app.person(&clinic, Role::Director).await,
            manager: app.person(&clinic, Role::SafetyManager).await,
            staff: app.person(&clinic, Role::Staff).await,
            regional_manager: app.person(&prefecture, Role::RegionalManager).await,
            administrator: app.person(&operator, Role::Administrator).await,
            app,
            told,
            clinic,
            sharing,
        }
    }

    pub(crate) async fn api(
        &self,
        whom: TestPerson,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        self.app.api(Some(whom), method, path, Some(body)).await
    }

    /// The role that somebody holds in the organisation they act for.
    pub(crate) async fn assignment(&self, whom: TestPerson) -> AssignmentId {
        let held = directory::assignments_of(self.app.app.database(), whom.person, self.today());
        let held = held.await.unwrap();
        held.iter()
            .find(|held| held.organization == whom.organization)
            .unwrap()
            .id
    }

    pub(crate) fn today(&self) -> Date {
        self.app.app.today()
    }

    /// Gives somebody another role where they are.
    pub(crate) async fn assign(&self, whom: TestPerson, role: Role, until: Option<Date>) {
        let mut tx = self.app.app.database().begin().await.unwrap();
        let assignment = NewAssignment {
            id: AssignmentId::new(self.app.app.ids()),
            person: whom.person,
            organization: whom.organization,
            role,
            validity: Validity {
                from: self.today(),
                until,
            },
        };
        directory::assign(&mut tx, assignment).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How many audit entries of this action about this kind of thing there are.
    pub(crate) async fn audited(&self, action: &str, kind: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM audit_entries
                   WHERE action = $1 AND resource_kind = $2 AND outcome = 'done'";
        self.app
            .app
            .database()
            .count(sql, params![action, kind])
            .await
            .unwrap()
    }

    /// The mails that wait to be sent: address, then text.
    pub(crate) async fn mails(&self) -> Vec<(String, String)> {
        row! { struct Waiting { payload: serde_json::Value } }
        let rows: Vec<Waiting> = self
            .app
            .app
            .database()
            .rows(
                "SELECT payload FROM jobs WHERE kind = 'mail.send' ORDER BY id",
                params![],
            )
            .await
            .unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        rows.iter()
            .map(|row| (text(&row.payload["to"]), text(&row.payload["body"])))
            .collect()
    }

    /// What an invitation's form answers, submitted by a stranger.
    pub(crate) async fn accept(&self, url: &str, name: &str, login: &str) -> (StatusCode, String) {
        let path = url.split_once("/invitations/").unwrap().1;
        let body = format!(
            "name={name}&login={}&password=purple+otter+umbrella+seven",
            login.replace('@', "%40")
        );
        let request = Request::post(format!("/invitations/{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        text(self.app.send(None, request).await).await
    }

    /// Who holds which role in the clinic today, by the API.
    pub(crate) async fn roles(&self) -> Vec<(String, String)> {
        let (status, answer) = self
            .api(self.director, Method::GET, "/api/v1/people", json!({}))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (text(&one["name"]), text(&one["role"])))
            .collect()
    }
}

/// The link that a page or an answer shows.
pub(crate) fn link_in(text: &str) -> String {
    let start = text.find("http://127.0.0.1:8080/invitations/").unwrap();
    text[start..]
        .chars()
        .take_while(|character| !matches!(character, '<' | '"' | ' ' | '\n'))
        .collect()
}
