//! A service with a clinic and its people.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_inventory::model::{Asset, Connection, Content, Record, System};
use yagura_inventory::{Filter, Inventory, InventoryError, Written};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_store::directory::Organization;
use yagura_web::i18n::Source;
use yagura_web::testing::{TestApp, TestPerson, apps};
use yagura_web::{Context, Feature, VendorStanding, WebError};

/// The words of the reader of tables, which another feature brings in the program.
struct TableWords;

#[async_trait::async_trait]
impl Feature for TableWords {
    fn name(&self) -> &'static str {
        "table-words"
    }

    /// As the feature of vendors does it, without its sheets.
    async fn vendor_standings(&self, context: &Context) -> Result<Vec<VendorStanding>, WebError> {
        let own = context.organization.id;
        let found = yagura_store::directory::suppliers_of(context.database(), own, context.today);
        let standing = |(_, vendor): (_, Organization)| VendorStanding {
            vendor: vendor.id,
            words: "回答中 3 / 5 項目".to_owned(),
            href: Some("/vendor-sheets/1".to_owned()),
        };
        Ok(found.await?.into_iter().map(standing).collect())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        const {
            &[
                Source::ja("documents/ja.ftl", yagura_documents::messages::MESSAGES_JA),
                Source::en("documents/en.ftl", yagura_documents::messages::MESSAGES_EN),
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
            Arc::new(Inventory),
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

pub(crate) fn system(name: &str) -> System {
    System {
        name: name.to_owned(),
        ..System::default()
    }
}

pub(crate) fn asset(name: &str) -> Asset {
    Asset {
        name: name.to_owned(),
        ..Asset::default()
    }
}

pub(crate) fn connection(name: &str) -> Connection {
    Connection {
        name: name.to_owned(),
        ..Connection::default()
    }
}

impl World {
    pub(crate) async fn try_add<C: Content>(&self, content: &C) -> Result<Uuid, InventoryError> {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(self.director);
        let id = yagura_inventory::add(&mut tx, &edit, app.ids(), content, app.now()).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    pub(crate) async fn add<C: Content>(&self, content: &C) -> Uuid {
        self.try_add(content).await.unwrap()
    }

    pub(crate) async fn change<C: Content>(
        &self,
        id: Uuid,
        revision: i64,
        content: &C,
    ) -> Result<Written, InventoryError> {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(self.director);
        let (ids, now) = (app.ids(), app.now());
        let written =
            yagura_inventory::change(&mut tx, &edit, ids, id, revision, content, now).await?;
        tx.commit().await.unwrap();
        Ok(written)
    }

    pub(crate) async fn remove<C: Content>(
        &self,
        id: Uuid,
        revision: i64,
    ) -> Result<C, InventoryError> {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(self.director);
        let (ids, now) = (app.ids(), app.now());
        let content = yagura_inventory::remove(&mut tx, &edit, ids, id, revision, now).await?;
        tx.commit().await.unwrap();
        Ok(content)
    }

    pub(crate) async fn get<C: Content>(&self, id: Uuid) -> Record<C> {
        let read = proof(self.director);
        yagura_inventory::get(self.app.app.database(), &read, id)
            .await
            .unwrap()
    }

    pub(crate) async fn names<C: Content>(&self, filter: &Filter) -> Vec<String> {
        let read = proof(self.director);
        let records: Vec<Record<C>> =
            yagura_inventory::list(self.app.app.database(), &read, filter, None, 100)
                .await
                .unwrap();
        records
            .into_iter()
            .map(|record| record.content.name().to_owned())
            .collect()
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

    pub(crate) async fn audited(&self, action: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM audit_entries WHERE action = $1";
        self.app
            .app
            .database()
            .count(sql, yagura_store::params![action])
            .await
            .unwrap()
    }
}
