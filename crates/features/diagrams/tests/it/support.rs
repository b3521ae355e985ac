//! A service with a hospital that has a register.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use uuid::Uuid;
use yagura_diagrams::Diagrams;
use yagura_inventory::Inventory;
use yagura_inventory::model::{Asset, Connection, Content, DeviceClass, Level, Mechanism, System};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_store::directory::Organization;
use yagura_web::Feature;
use yagura_web::testing::{TestApp, TestPerson, apps};

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) hospital: Organization,
    pub(crate) director: TestPerson,
    pub(crate) staff: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let features = || {
        vec![
            Arc::new(Inventory) as Arc<dyn Feature>,
            Arc::new(Diagrams) as Arc<dyn Feature>,
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let hospital = app
            .organization(OrganizationKind::Hospital, "架空総合病院", None)
            .await;
        let director = app.person(&hospital, Role::Director).await;
        let staff = app.person(&hospital, Role::Staff).await;
        worlds.push(World {
            app,
            hospital,
            director,
            staff,
        });
    }
    worlds
}

fn proof<A: ActionType>(whom: TestPerson) -> Authorized<A> {
    let principal = Principal {
        actor: Actor::Person {
            person: whom.person,
            account: whom.person.uuid().into(),
        },
        organization: whom.organization,
        organization_kind: OrganizationKind::Hospital,
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

impl World {
    pub(crate) async fn add_all<C: Content>(&self, contents: &[C]) -> Vec<Uuid> {
        let app = &self.app.app;
        let mut tx = app.database().begin_long().await.unwrap();
        let edit = proof(self.director);
        let mut ids = Vec::new();
        for content in contents {
            let added = yagura_inventory::add(&mut tx, &edit, app.ids(), content, app.now()).await;
            ids.push(added.unwrap());
        }
        tx.commit().await.unwrap();
        ids
    }

    pub(crate) async fn add<C: Content>(&self, content: &C) -> Uuid {
        let added = self.add_all(std::slice::from_ref(content)).await;
        *added.first().unwrap()
    }

    /// A body, its status and its type.
    pub(crate) async fn file(&self, whom: TestPerson, path: &str) -> (StatusCode, String, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = self.app.send(Some(whom), request).await;
        let status = response.status();
        let kind = response.headers().get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let body = http_body_util::BodyExt::collect(response.into_body()).await;
        (status, kind, body.unwrap().to_bytes().to_vec())
    }

    pub(crate) async fn audited(&self) -> i64 {
        let sql = "SELECT count(*) AS n FROM audit_entries WHERE action = 'inventory.read'";
        let database = self.app.app.database();
        database.count(sql, yagura_store::params![]).await.unwrap()
    }

    /// A small register: directory ← chart ← CT, a host, a switch, a maintenance line.
    pub(crate) async fn furnish(&self) -> Small {
        let directory = self
            .add(&System {
                name: "認証基盤".to_owned(),
                department: "医療情報部".to_owned(),
                availability: Level::High,
                ..System::default()
            })
            .await;
        let chart = self
            .add(&System {
                name: "電子カルテ <&\"'>".to_owned(),
                department: "診療部".to_owned(),
                availability: Level::High,
                depends_on: vec![directory],
                ..System::default()
            })
            .await;
        let switch = self
            .add(&Asset {
                name: "基幹スイッチ".to_owned(),
                class: DeviceClass::NetworkDevice,
                ip_addresses: vec!["10.0.0.1".to_owned()],
                ..Asset::default()
            })
            .await;
        let server = self
            .add(&Asset {
                name: "ADサーバ".to_owned(),
                class: DeviceClass::Server,
                zone: "電子カルテ系".to_owned(),
                system: Some(directory),
                uplink: Some(switch),
                ip_addresses: vec!["10.0.0.11".to_owned()],
                ..Asset::default()
            })
            .await;
        let line = self
            .add(&Connection {
                name: "電子カルテ遠隔保守".to_owned(),
                vendor_name: "架空メディカル".to_owned(),
                system: Some(chart),
                mechanism: Mechanism::Ipsec,
                end_device_asset: Some(switch),
                valid_until: yagura_kernel::time::parse_date("2020-03-31").ok(),
                ..Connection::default()
            })
            .await;
        Small {
            directory,
            chart,
            switch,
            server,
            line,
        }
    }
}

pub(crate) struct Small {
    pub(crate) directory: Uuid,
    pub(crate) chart: Uuid,
    pub(crate) switch: Uuid,
    pub(crate) server: Uuid,
    pub(crate) line: Uuid,
}
