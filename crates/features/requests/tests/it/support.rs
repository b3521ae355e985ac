//! A hospital with everybody who decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_requests::Requests;
use yagura_store::directory::Organization;
use yagura_store::{Migration, StoreError, Transaction, params};
use yagura_web::i18n::Source;
use yagura_web::testing::{TestApp, TestPerson, apps};
use yagura_web::{App, Feature, Records};

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) told: Arc<Told>,
    pub(crate) hospital: Organization,
    pub(crate) staff: TestPerson,
    pub(crate) other_staff: TestPerson,
    pub(crate) head: TestPerson,
    pub(crate) safety: TestPerson,
    pub(crate) director: TestPerson,
    pub(crate) system: TestPerson,
    pub(crate) records: TestPerson,
    pub(crate) stranger: TestPerson,
}

/// The ledgers' tables, and how often other features were told that they changed.
#[derive(Default)]
pub(crate) struct Told(AtomicUsize);

impl Told {
    /// How often since the last time.
    pub(crate) fn times(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

struct Listener(Arc<Told>);

/// The words of what is wrong with a form, which another feature brings.
const PACKS: &[Source<'static>] = &[
    Source::ja("packs/ja.ftl", yagura_packs::MESSAGES_JA),
    Source::en("packs/en.ftl", yagura_packs::MESSAGES_EN),
];

#[async_trait]
impl Feature for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    fn migrations(&self) -> &'static [Migration] {
        yagura_ledgers::MIGRATIONS
    }

    fn messages(&self) -> &'static [Source<'static>] {
        PACKS
    }

    async fn records_changed(
        &self,
        _: &App,
        _: &mut Transaction,
        _: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        assert!(matches!(records, Records::Ledgers | Records::People));
        if records == Records::Ledgers {
            self.0.0.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}

pub(crate) async fn worlds() -> Vec<World> {
    let told = Arc::new(Told::default());
    let features = || {
        vec![
            Arc::new(Requests) as Arc<dyn Feature>,
            Arc::new(yagura_inventory::Inventory),
            Arc::new(Listener(Arc::clone(&told))),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let hospital = app
            .organization(OrganizationKind::Hospital, "架空病院", Some(200))
            .await;
        let elsewhere = app
            .organization(OrganizationKind::Hospital, "架空第二病院", Some(100))
            .await;
        let sit = async |role| app.person(&hospital, role).await;
        worlds.push(World {
            staff: sit(Role::Staff).await,
            other_staff: sit(Role::Staff).await,
            head: sit(Role::DepartmentHead).await,
            safety: sit(Role::SafetyManager).await,
            director: sit(Role::Director).await,
            system: sit(Role::SystemOperator).await,
            records: sit(Role::ClinicalRecordsDesk).await,
            stranger: app.person(&elsewhere, Role::Director).await,
            hospital,
            told: Arc::clone(&told),
            app,
        });
    }
    worlds
}

/// A proof for somebody's own institution.
pub(crate) fn proof<A: ActionType>(whom: TestPerson, role: Role) -> Authorized<A> {
    let principal = Principal {
        actor: Actor::Person {
            person: whom.person,
            account: whom.person.uuid().into(),
        },
        organization: whom.organization,
        organization_kind: OrganizationKind::Hospital,
        roles: vec![role],
        second_factor: true,
        token_actions: None,
    };
    let resource = Resource {
        organization: whom.organization,
        standing: Standing::Own,
    };
    authorize::<A>(&Arc::new(principal), &resource).unwrap()
}

/// Answers to the form of an export of clinical data.
pub(crate) fn export() -> Value {
    json!({
        "person": ["架空 花子"], "department": ["内科"], "information": ["糖尿病の患者 100人"],
        "purpose": ["conference"], "personal": ["yes"], "anonymized": ["氏名を除く"],
        "method": ["usb"], "terminal": ["内科 3番"], "medium-owner": ["hospital"],
        "medium": ["USB-001"], "encryption": ["yes"], "recipient": ["学会"],
        "outside": ["yes"], "from": ["2026-12-01"], "until": ["2026-12-31"], "end": ["erase"]
    })
}

/// Answers to the form of an exception.
pub(crate) fn exception() -> Value {
    json!({
        "rule": ["USBメモリの禁止"], "person": ["架空 花子"], "department": ["内科"],
        "reason": ["装置が古い"], "compensation": ["専用の1本に限る"], "personal": ["no"],
        "from": ["2026-12-01"], "until": ["2027-03-31"]
    })
}

impl World {
    /// Files a request by the API and returns what it says.
    pub(crate) async fn file(&self, whom: TestPerson, form: &str, answers: Value) -> Value {
        let body = json!({ "form": form, "answers": answers });
        let path = "/api/v1/requests";
        let (status, filed) = self
            .app
            .api(Some(whom), Method::POST, path, Some(body))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{filed}");
        filed
    }

    /// Reads a request.
    pub(crate) async fn read(&self, whom: TestPerson, id: &Value) -> (StatusCode, Value) {
        let path = format!("/api/v1/requests/{}", id.as_str().unwrap());
        self.app.api(Some(whom), Method::GET, &path, None).await
    }

    /// Decides at a seat, at the revision that stands.
    pub(crate) async fn decide(
        &self,
        whom: TestPerson,
        id: &Value,
        step: &str,
        seat: &str,
        verdict: &str,
    ) -> (StatusCode, Value) {
        let sql = "SELECT revision AS n FROM requests WHERE id = $1";
        let uuid: uuid::Uuid = id.as_str().unwrap().parse().unwrap();
        let database = self.app.app.database();
        let revision = database.count(sql, params![uuid]).await.unwrap();
        let body = json!({ "step": step, "seat": seat, "verdict": verdict,
                           "note": "確認しました", "revision": revision });
        let path = format!("/api/v1/requests/{}/decision", id.as_str().unwrap());
        self.app
            .api(Some(whom), Method::POST, &path, Some(body))
            .await
    }

    /// The same where it must succeed.
    pub(crate) async fn granted(
        &self,
        whom: TestPerson,
        id: &Value,
        step: &str,
        seat: &str,
    ) -> Value {
        let (status, now) = self.decide(whom, id, step, seat, "granted").await;
        assert_eq!(status, StatusCode::OK, "{} {now}", self.app.engine);
        now
    }

    /// How many rows a query counts.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.app.app.database().count(sql, params![]).await.unwrap()
    }

    /// How many wait for somebody.
    pub(crate) async fn waiting(&self, whom: TestPerson) -> usize {
        let path = "/api/v1/requests/worklist";
        let (status, list) = self.app.api(Some(whom), Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK);
        list["items"].as_array().unwrap().len()
    }

    /// How many mails of the queue say this to somebody.
    pub(crate) async fn mails(&self, to: &str, words: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM jobs WHERE kind = 'mail.send'
                   AND payload LIKE $1 AND payload LIKE $2";
        let values = params![format!("%\"{to}@example.jp\"%"), format!("%{words}%")];
        let database = self.app.app.database();
        database.count(sql, values).await.unwrap()
    }

    /// Says to the features that an institution's people changed, as the people's pages do.
    pub(crate) async fn people_changed(&self) {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        app.records_changed(&mut tx, self.hospital.id, Records::People)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
    }

    /// Gives somebody an account that may not be used.
    pub(crate) async fn shut_out(&self, whom: TestPerson) {
        let mut tx = self.app.app.database().begin().await.unwrap();
        let sql = "INSERT INTO accounts (id, person_id, login, login_verified, status, created_at)
                   VALUES ($1, $2, $3, 1, 'locked', 1)";
        let login = format!("{}@example.jp", whom.person);
        let id = self.app.app.ids().id();
        tx.execute(sql, params![id, whom.person, login])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Ends every role of somebody, as of yesterday.
    pub(crate) async fn leaves(&self, whom: TestPerson) {
        let mut tx = self.app.app.database().begin().await.unwrap();
        let sql = "UPDATE assignments SET valid_until = '2026-11-20' WHERE person_id = $1";
        tx.execute(sql, params![whom.person]).await.unwrap();
        tx.commit().await.unwrap();
    }
}
