//! A service with a clinic and its people.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_inventory::model::System;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, actions, authorize,
};
use yagura_kernel::probe::{Measurement, Subject};
use yagura_kernel::time::{Date, parse_date};
use yagura_ledgers::model::{Content, Entry, Permission, Source};
use yagura_ledgers::{LedgerError, Ledgers};
use yagura_store::directory::Organization;
use yagura_web::Feature;
use yagura_web::i18n::Source as Words;
use yagura_web::testing::{TestApp, TestPerson, apps};

/// The words of the reader of tables, which another feature brings in the program.
struct TableWords;

impl Feature for TableWords {
    fn name(&self) -> &'static str {
        "table-words"
    }

    fn messages(&self) -> &'static [Words<'static>] {
        const {
            &[
                Words::ja("documents/ja.ftl", yagura_documents::messages::MESSAGES_JA),
                Words::en("documents/en.ftl", yagura_documents::messages::MESSAGES_EN),
            ]
        }
    }
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) clinic: Organization,
    pub(crate) director: TestPerson,
    pub(crate) head: TestPerson,
    pub(crate) staff: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let features = || {
        let host = Arc::new(yagura_inventory::EvidenceRecords);
        vec![
            Arc::new(yagura_evidence::Evidence::new(host)) as Arc<dyn Feature>,
            Arc::new(yagura_inventory::Inventory),
            Arc::new(Ledgers::default()),
            Arc::new(TableWords),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空クリニック", None)
            .await;
        let director = app.person(&clinic, Role::Director).await;
        let head = app.person(&clinic, Role::DepartmentHead).await;
        let staff = app.person(&clinic, Role::Staff).await;
        worlds.push(World {
            app,
            clinic,
            director,
            head,
            staff,
        });
    }
    worlds
}

/// A proof for an organisation's own director.
pub(crate) fn proof<A: ActionType>(whom: TestPerson) -> Authorized<A> {
    let principal = Principal {
        actor: Actor::Person {
            person: whom.person,
            account: whom.person.uuid().into(),
        },
        organization: whom.organization,
        organization_kind: OrganizationKind::Clinic,
        roles: vec![Role::Director],
        second_factor: true,
        token_actions: None,
    };
    let resource = Resource {
        organization: whom.organization,
        standing: Standing::Own,
    };
    authorize::<A>(&Arc::new(principal), &resource).unwrap()
}

pub(crate) fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

/// A permission on a system that is not in the register, until further notice.
pub(crate) fn permission(name: &str) -> Permission {
    Permission {
        name: name.to_owned(),
        system_name: "電子カルテ".to_owned(),
        open_ended_reason: "常勤のため".to_owned(),
        permitted_by: "院長".to_owned(),
        ..Permission::default()
    }
}

impl World {
    pub(crate) fn days_from_now(&self, days: i64) -> Date {
        self.app.app.now().plus_days(days).jst_date()
    }

    pub(crate) async fn try_open(&self, content: impl Into<Content>) -> Result<Uuid, LedgerError> {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let keep = proof::<actions::KeepLedgers>(self.director);
        let (ids, now) = (app.ids(), app.now());
        let content = content.into();
        let id = yagura_ledgers::open(&mut tx, &keep, ids, content, &Source::ByHand, now).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    pub(crate) async fn open(&self, content: impl Into<Content>) -> Uuid {
        self.try_open(content).await.unwrap()
    }

    pub(crate) async fn get(&self, id: Uuid) -> Entry {
        let read = proof::<actions::ReadLedgers>(self.director);
        yagura_ledgers::get(self.app.app.database(), &read, id)
            .await
            .unwrap()
    }

    pub(crate) async fn system(&self, name: &str) -> Uuid {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof::<actions::EditInventory>(self.director);
        let system = System {
            name: name.to_owned(),
            ..System::default()
        };
        let id = yagura_inventory::add(&mut tx, &edit, app.ids(), &system, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A record of the register that a department answers for.
    pub(crate) async fn department(&self, name: &str) {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof::<actions::EditInventory>(self.director);
        let system = System {
            name: format!("{name}の部門システム"),
            department: name.to_owned(),
            ..System::default()
        };
        yagura_inventory::add(&mut tx, &edit, app.ids(), &system, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn events(&self, id: Uuid) -> Vec<String> {
        let read = proof::<actions::ReadLedgers>(self.director);
        let database = self.app.app.database();
        let events = yagura_ledgers::events(database, &read, Some(id), None, 100)
            .await
            .unwrap();
        events.into_iter().rev().map(|event| event.event).collect()
    }

    pub(crate) async fn measured(&self, id: &str) -> Measurement {
        let app = &self.app.app;
        let probe = app.probes().iter().find(|probe| probe.id() == id).unwrap();
        let subject = Subject {
            organization: self.clinic.id,
            today: app.today(),
            now: app.now(),
        };
        probe.measure(subject).await.unwrap()
    }

    pub(crate) async fn api(
        &self,
        whom: TestPerson,
        method: Method,
        path: &str,
        body: Json,
    ) -> (StatusCode, Json) {
        let body = (body != json!(null)).then_some(body);
        self.app.api(Some(whom), method, path, body).await
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let database = self.app.app.database();
        database.count(sql, yagura_store::params![]).await.unwrap()
    }

    /// Lets a scheduled job run once.
    pub(crate) async fn run(&self, job: &'static str) {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let new = yagura_store::jobs::NewJob::now(job, json!({}), app.now());
        app.enqueue(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        self.app.run_jobs().await;
    }
}
