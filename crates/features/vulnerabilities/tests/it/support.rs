//! A service with a hospital, its people and its register.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use uuid::Uuid;
use yagura_inventory::Inventory;
use yagura_inventory::model::{Asset, Connection, Content, Mechanism};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, actions, authorize,
};
use yagura_store::directory::Organization;
use yagura_store::{StoreError, Transaction, jobs, params};
use yagura_vulnerabilities::import::{Importer, Loaded};
use yagura_vulnerabilities::{Filter, Finding, Manage, Vulnerabilities, refresh};
use yagura_web::testing::{TestApp, TestPerson, apps};
use yagura_web::{App, Feature, Records};

pub(crate) const NVD: &[u8] = include_bytes!("../data/nvd-extract.json");
pub(crate) const KEV: &[u8] = include_bytes!("../data/kev-extract.json");
/// In KEV and in NVD, FortiOS 6.0.0 to 6.0.4 and older.
pub(crate) const EXPLOITED: &str = "CVE-2018-13379";

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) folder: tempfile::TempDir,
    /// Whose findings changed, since somebody took the list; all worlds share it.
    pub(crate) told: Arc<Mutex<Vec<OrganizationId>>>,
    pub(crate) hospital: Organization,
    pub(crate) director: TestPerson,
    pub(crate) operator: TestPerson,
    pub(crate) head: TestPerson,
    pub(crate) staff: TestPerson,
}

/// Another feature, which is told of whose findings changed.
struct Listener(Arc<Mutex<Vec<OrganizationId>>>);

#[async_trait]
impl Feature for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    async fn records_changed(
        &self,
        _: &App,
        _: &mut Transaction,
        organization: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        if records == Records::Vulnerabilities {
            self.0.lock().unwrap().push(organization);
        }
        Ok(())
    }
}

pub(crate) async fn worlds() -> Vec<World> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let features = || {
        vec![
            Arc::new(Inventory) as Arc<dyn Feature>,
            Arc::new(Vulnerabilities::default()),
            Arc::new(Listener(Arc::clone(&told))),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let hospital = app
            .organization(OrganizationKind::Hospital, "架空総合病院", Some(300))
            .await;
        worlds.push(World {
            director: app.person(&hospital, Role::Director).await,
            operator: app.person(&hospital, Role::SystemOperator).await,
            head: app.person(&hospital, Role::DepartmentHead).await,
            staff: app.person(&hospital, Role::Staff).await,
            folder: tempfile::tempdir().unwrap(),
            told: Arc::clone(&told),
            hospital,
            app,
        });
    }
    worlds
}

/// The program's own proof.
pub(crate) fn proof<A: ActionType>(organization: OrganizationId) -> Authorized<A> {
    let principal = Principal {
        actor: Actor::System,
        organization,
        organization_kind: OrganizationKind::Hospital,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    };
    let resource = Resource {
        organization,
        standing: Standing::Own,
    };
    authorize::<A>(&Arc::new(principal), &resource).unwrap()
}

pub(crate) fn manage() -> Manage {
    proof(Uuid::nil().into())
}

pub(crate) fn epss(lines: &[(&str, f64)]) -> Vec<u8> {
    let mut text = "#model_version:v2025.03.14,score_date:2026-11-20T12:55:00Z\n\
                    cve,epss,percentile\n"
        .to_owned();
    for (id, share) in lines {
        text.push_str(&format!("{id},{share},{share}\n"));
    }
    text.into_bytes()
}

/// A feed of NVD with one record on one product below a version.
pub(crate) fn nvd(id: &str, cpe: &str, below: &str, score: f64, modified: &str) -> Json {
    json!({ "cve": {
        "id": id, "vulnStatus": "Analyzed", "published": "2026-11-10T00:00:00.000",
        "lastModified": modified,
        "descriptions": [{ "lang": "en", "value": format!("A fictional flaw {id}.") }],
        "metrics": { "cvssMetricV31": [{ "type": "Primary", "cvssData": {
            "version": "3.1", "vectorString": "CVSS:3.1/AV:N", "baseScore": score } }] },
        "references": [
            { "url": "https://example.invalid/third" },
            { "url": "https://example.invalid/maker", "tags": ["Vendor Advisory"] },
        ],
        "configurations": [{ "nodes": [{ "operator": "OR", "negate": false, "cpeMatch": [
            { "vulnerable": true, "criteria": cpe, "versionEndExcluding": below },
        ] }] }],
    } })
}

pub(crate) fn feed(records: &[Json]) -> Vec<u8> {
    json!({ "format": "NVD_CVE", "version": "2.0", "vulnerabilities": records })
        .to_string()
        .into_bytes()
}

impl World {
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).unwrap();
        }
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) async fn import(&self, path: &Path) -> Vec<Loaded> {
        let manage = manage();
        let mut loaded = Vec::new();
        Importer::new(&self.app.app, &manage)
            .load(path, &[], &mut |one| loaded.push(one.clone()))
            .await
            .unwrap();
        loaded
    }

    pub(crate) async fn load(&self, name: &str, content: &[u8]) -> Loaded {
        let path = self.file(name, content);
        self.import(&path).await.remove(0)
    }

    pub(crate) async fn add<C: Content>(&self, content: &C) -> Uuid {
        self.add_for(self.hospital.id, content).await
    }

    pub(crate) async fn add_for<C: Content>(&self, whose: OrganizationId, content: &C) -> Uuid {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof::<actions::EditInventory>(whose);
        let id = yagura_inventory::add(&mut tx, &edit, app.ids(), content, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn change(&self, id: Uuid, revision: i64, content: &Asset) {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof::<actions::EditInventory>(self.hospital.id);
        yagura_inventory::change(&mut tx, &edit, app.ids(), id, revision, content, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Goes round, as the clock does every ten minutes, and does all that follows.
    pub(crate) async fn round(&self) {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let round = jobs::NewJob::now(refresh::ROUND, json!({}), app.now());
        jobs::enqueue(&mut tx, app.ids(), round, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        while self.app.run_jobs().await > 0 {}
        let failed: i64 = app
            .database()
            .count(
                "SELECT count(*) AS n FROM jobs WHERE last_error IS NOT NULL",
                params![],
            )
            .await
            .unwrap();
        if failed > 0 {
            let rows = app
                .database()
                .raw_rows(
                    "SELECT last_error FROM jobs WHERE last_error IS NOT NULL",
                    params![],
                )
                .await
                .unwrap();
            let reasons: Vec<String> = rows
                .iter()
                .map(|row| row.get("last_error").unwrap())
                .collect();
            panic!("jobs failed: {reasons:?}");
        }
    }

    pub(crate) async fn found(&self, filter: &Filter) -> Vec<Finding> {
        self.found_for(self.hospital.id, filter).await
    }

    pub(crate) async fn found_for(&self, whose: OrganizationId, filter: &Filter) -> Vec<Finding> {
        let read = proof::<actions::ReadVulnerabilities>(whose);
        yagura_vulnerabilities::list(self.app.app.database(), &read, filter, None, 500)
            .await
            .unwrap()
    }

    pub(crate) async fn ids(&self, filter: &Filter) -> Vec<String> {
        let found = self.found(filter).await;
        found
            .iter()
            .map(|one| one.identifier().to_string())
            .collect()
    }

    /// An appliance with this firmware at the end of a VPN.
    pub(crate) async fn gateway(&self, version: &str) -> (Uuid, Asset) {
        let asset = gateway(version);
        let id = self.add(&asset).await;
        let connection = Connection {
            name: "遠隔保守".to_owned(),
            mechanism: Mechanism::SslVpn,
            end_device_asset: Some(id),
            ..Connection::default()
        };
        self.add(&connection).await;
        (id, asset)
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        let yagura_web::MailRoute::Folder(folder) = &self.app.app.config().mail else {
            return Vec::new();
        };
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        entries
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect()
    }
}

pub(crate) fn gateway(version: &str) -> Asset {
    Asset {
        name: "外来VPN装置".to_owned(),
        manufacturer: "Fortinet".to_owned(),
        model: "FortiGate 60F".to_owned(),
        os_version: version.to_owned(),
        ..Asset::default()
    }
}
