//! A region with people, for tests.

use std::sync::Arc;

use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_kernel::time::{Clock, Date, Instant};
use yagura_region::import::Running;
use yagura_store::directory::{self, NewOrganization};
use yagura_store::testing::{TestDatabase, clock, databases, ids};
use yagura_store::{Database, Migration};

/// A database of each engine with the tables of the region.
pub(crate) async fn all() -> Vec<TestDatabase> {
    let lists: Vec<&[Migration]> = vec![
        yagura_checklists::store::MIGRATIONS,
        yagura_region::store::MIGRATIONS,
    ];
    databases(&lists).await
}

pub(crate) struct Region {
    pub(crate) id: OrganizationId,
    pub(crate) kind: OrganizationKind,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) now: Instant,
}

pub(crate) fn organization(
    id: OrganizationId,
    kind: OrganizationKind,
    name: &str,
    code: Option<&str>,
) -> NewOrganization {
    NewOrganization {
        id,
        kind,
        name: name.to_owned(),
        code: code.map(str::to_owned),
        region_code: None,
        permitted_beds: (kind == OrganizationKind::Hospital).then_some(100),
        address: None,
        phone: None,
        email: None,
    }
}

impl Region {
    /// A body of this kind, recorded.
    pub(crate) async fn new(database: &Database, kind: OrganizationKind) -> Self {
        Self::with(database, kind, ids()).await
    }

    /// Another body beside this one.
    pub(crate) async fn beside(&self, database: &Database, kind: OrganizationKind) -> Self {
        Self::with(database, kind, Arc::clone(&self.ids)).await
    }

    async fn with(database: &Database, kind: OrganizationKind, ids: Arc<dyn IdGenerator>) -> Self {
        let now = clock().now();
        let id = OrganizationId::new(&ids);
        let mut tx = database.begin().await.unwrap();
        directory::insert(&mut tx, organization(id, kind, "架空協議会", None), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self { id, kind, ids, now }
    }

    pub(crate) fn today(&self) -> Date {
        self.now.jst_date()
    }

    pub(crate) fn running(&self) -> Running<'_> {
        Running {
            ids: &self.ids,
            now: self.now,
            overseer_name: "架空協議会",
        }
    }

    /// The program's own proof for an action on the region's records.
    pub(crate) fn may<A: ActionType>(&self) -> Authorized<A> {
        let principal = Arc::new(Principal {
            actor: Actor::System,
            organization: self.id,
            organization_kind: self.kind,
            roles: Vec::new(),
            second_factor: true,
            token_actions: None,
        });
        let resource = Resource {
            organization: self.id,
            standing: Standing::Own,
        };
        authorize(&principal, &resource).unwrap()
    }
}
