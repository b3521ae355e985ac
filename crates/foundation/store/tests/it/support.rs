//! What several tests need.

use std::sync::Arc;

use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Actor, Principal};
use yagura_kernel::time::{Clock, Date, Instant, parse_date};
use yagura_store::directory::{self, NewOrganization};
use yagura_store::testing::clock;
use yagura_store::{Database, Migration};

/// A table to write to.
pub(crate) const NOTES: &[Migration] = &[Migration {
    name: "test_0001_notes",
    sql: "CREATE TABLE notes (number BIGINT PRIMARY KEY, text TEXT NOT NULL)",
}];

pub(crate) fn now() -> Instant {
    clock().now()
}

pub(crate) fn date(text: &str) -> Date {
    parse_date(text).unwrap()
}

pub(crate) async fn write_note(
    database: &Database,
    number: i64,
) -> Result<(), yagura_store::StoreError> {
    let mut tx = database.begin().await?;
    insert_note(&mut tx, number).await?;
    tx.commit().await
}

pub(crate) async fn insert_note(
    tx: &mut yagura_store::Transaction,
    number: i64,
) -> Result<(), yagura_store::StoreError> {
    tx.execute(
        "INSERT INTO notes (number, text) VALUES ($1, $2)",
        yagura_store::params![number, format!("note {number}")],
    )
    .await
    .map(|_| ())
}

yagura_store::row! {
    struct Number { number: i64 }
}

pub(crate) async fn notes(database: &Database) -> Vec<i64> {
    let rows: Vec<Number> = database
        .rows(
            "SELECT number FROM notes ORDER BY number",
            yagura_store::params![],
        )
        .await
        .unwrap();
    rows.into_iter().map(|row| row.number).collect()
}

pub(crate) fn new_organization(
    ids: &dyn IdGenerator,
    kind: OrganizationKind,
    name: &str,
) -> NewOrganization {
    NewOrganization {
        id: OrganizationId::new(ids),
        kind,
        name: name.to_owned(),
        code: None,
        region_code: None,
        permitted_beds: (kind == OrganizationKind::Hospital).then_some(120),
        address: None,
        phone: None,
        email: None,
    }
}

pub(crate) async fn organization(
    database: &Database,
    ids: &dyn IdGenerator,
    kind: OrganizationKind,
    name: &str,
) -> OrganizationId {
    let new = new_organization(ids, kind, name);
    let id = new.id;
    let mut tx = database.begin().await.unwrap();
    directory::insert(&mut tx, new, now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Somebody who acts for an organisation.
pub(crate) fn principal(organization: OrganizationId, kind: OrganizationKind) -> Arc<Principal> {
    Arc::new(Principal {
        actor: Actor::System,
        organization,
        organization_kind: kind,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    })
}
