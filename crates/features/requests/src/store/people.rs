//! The people of an institution on a day, as the route engine asks for them.

use std::collections::{BTreeMap, HashMap};

use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::time::Date;
use yagura_packs::Seat;
use yagura_store::{Database, StoreError, directory};

use super::settings;
use crate::model::People;

/// The people with their names and addresses.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Who may decide what.
    pub people: People,
    /// Names of everybody who has a role today, also of those who may not sign in.
    pub names: BTreeMap<PersonId, String>,
    /// Their mail addresses.
    pub emails: HashMap<PersonId, String>,
    /// Their roles.
    pub roles: BTreeMap<PersonId, Vec<Role>>,
    /// The departments.
    pub departments: Vec<String>,
}

/// Reads the people of an institution.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn snapshot(
    database: &Database,
    organization: OrganizationId,
    today: Date,
) -> Result<Snapshot, StoreError> {
    let mut found = Snapshot::default();
    let held = directory::assignments_of_organization(database, organization, today).await?;
    for one in held {
        let person = one.assignment.person;
        let role = one.assignment.role;
        if let Some(seat) = Seat::ALL.into_iter().find(|seat| seat.role() == role) {
            let holders = found.people.holders.entry(seat).or_default();
            holders.insert(person);
        }
        found.people.present.insert(person);
        found.roles.entry(person).or_default().push(role);
        if let Some(email) = one.email {
            found.emails.insert(person, email);
        }
        found.names.insert(person, one.name);
    }
    for person in yagura_identity::accounts::shut_out(database, organization, today).await? {
        found.people.present.remove(&person);
    }
    for (seat, person) in settings::deputies(database, organization).await? {
        found
            .people
            .deputies
            .entry(seat)
            .or_default()
            .insert(person);
    }
    for (department, head) in heads(database, organization).await? {
        if let Some(head) = head {
            let known = found.people.heads.entry(department.clone()).or_default();
            known.insert(head);
        }
        found.departments.push(department);
    }
    found.people.delegations = settings::delegations_of(database, organization, today)
        .await?
        .into_iter()
        .filter(|one| one.first_day <= today && today <= one.last_day)
        .map(|one| (one.from_person, one.to_person))
        .collect();
    Ok(found)
}

/// The departments with their heads: who answers for a department's records in the register, where
/// the desk has set nobody else.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn heads(
    database: &Database,
    organization: OrganizationId,
) -> Result<BTreeMap<String, Option<PersonId>>, StoreError> {
    let mut heads: BTreeMap<String, Option<PersonId>> =
        yagura_inventory::departments_at_the_desk(database, organization)
            .await?
            .into_iter()
            .collect();
    for department in settings::departments(database, organization).await? {
        let head = heads.entry(department.name).or_default();
        *head = department.head_id.or(*head);
    }
    Ok(heads)
}
