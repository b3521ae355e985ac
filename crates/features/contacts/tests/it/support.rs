//! A service with a clinic and its people.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use uuid::Uuid;
use yagura_contacts::{Category, Chart, Contacts, ContactsError, NewEntry};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_store::directory::Organization;
use yagura_store::{StoreError, Transaction};
use yagura_web::testing::{TestApp, TestPerson, apps};
use yagura_web::{App, Feature, Records};

/// Counts how often it was told.
#[derive(Default)]
pub(crate) struct Told(AtomicUsize);

impl Told {
    /// How often since the last time.
    pub(crate) fn times(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

/// Another feature, which is told of changes.
struct Listener(Arc<Told>);

#[async_trait]
impl Feature for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    async fn records_changed(
        &self,
        _: &App,
        _: &mut Transaction,
        _: OrganizationId,
        records: Records,
    ) -> Result<(), StoreError> {
        assert_eq!(records, Records::Contacts);
        self.0.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) told: Arc<Told>,
    pub(crate) clinic: Organization,
    pub(crate) director: TestPerson,
    pub(crate) staff: TestPerson,
}

pub(crate) async fn worlds() -> Vec<World> {
    let told = Arc::new(Told::default());
    let features = || {
        vec![
            Arc::new(Contacts) as Arc<dyn Feature>,
            Arc::new(Listener(Arc::clone(&told))),
        ]
    };
    let mut worlds = Vec::new();
    for app in apps(features).await {
        let clinic = app
            .organization(OrganizationKind::Clinic, "架空クリニック", None)
            .await;
        let director = app.person(&clinic, Role::Director).await;
        let staff = app.person(&clinic, Role::Staff).await;
        worlds.push(World {
            app,
            told: Arc::clone(&told),
            clinic,
            director,
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

impl World {
    pub(crate) async fn chart(&self) -> Chart {
        let read = proof(self.director);
        yagura_contacts::chart(self.app.app.database(), &read)
            .await
            .unwrap()
    }

    pub(crate) async fn try_add(&self, entry: NewEntry) -> Result<Uuid, ContactsError> {
        let app = &self.app.app;
        let entry = NewEntry {
            id: app.ids().id(),
            ..entry
        };
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(self.director);
        yagura_contacts::add(&mut tx, &edit, app.ids(), &entry, app.now()).await?;
        tx.commit().await.unwrap();
        Ok(entry.id)
    }

    pub(crate) async fn add(&self, category: Category, name: &str, phone: &str) -> Uuid {
        let entry = NewEntry {
            category,
            name: name.to_owned(),
            day_phone: phone.to_owned(),
            ..NewEntry::default()
        };
        self.try_add(entry).await.unwrap()
    }

    /// Names everybody whom a chart needs.
    pub(crate) async fn fill(&self) {
        self.add(Category::Inside, "架空 花子", "内線 10").await;
        self.add(
            Category::Maintenance,
            "架空メディカルシステム",
            "000-000-0001",
        )
        .await;
        self.add(Category::Police, "架空警察署", "000-000-0110")
            .await;
        self.add(Category::Mhlw, "架空の担当窓口", "000-000-0003")
            .await;
    }

    pub(crate) async fn confirm(&self, revision: i64) -> Result<(), ContactsError> {
        let app = &self.app.app;
        let mut tx = app.database().begin().await.unwrap();
        let edit = proof(self.director);
        let (today, now) = (app.today(), app.now());
        yagura_contacts::confirm(&mut tx, &edit, app.ids(), revision, today, now).await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    pub(crate) async fn audited(&self, action: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM audit_entries WHERE action = $1 OR outcome = $1";
        self.app
            .app
            .database()
            .count(sql, yagura_store::params![action])
            .await
            .unwrap()
    }
}
