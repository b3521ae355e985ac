//! Who stands in at which seat, who answers for which department, who handed over to whom.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::time::{Date, Instant};
use yagura_packs::Seat;
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{Decide, Edit};

row! {
    /// A department with its head (現場責任者).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Department {
        /// Its name.
        pub name: String,
        /// Its head.
        pub head_id: Option<PersonId>,
    }
}

row! {
    /// That somebody's decisions are made by another for a time.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Delegation {
        /// Its id.
        pub id: Uuid,
        /// Whose.
        pub from_person: PersonId,
        /// By whom.
        pub to_person: PersonId,
        /// First day.
        pub first_day: Date,
        /// Last day.
        pub last_day: Date,
    }
}

row! {
    /// Who stands in at a seat.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DeputyRow {
        /// The seat, by code.
        pub seat: String,
        /// Who.
        pub person_id: PersonId,
    }
}

/// The departments that were set.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn departments(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<Department>, StoreError> {
    database
        .rows(
            "SELECT name, head_id FROM request_departments
             WHERE organization_id = $1 ORDER BY name LIMIT 1000",
            params![organization],
        )
        .await
}

/// Sets the head of a department, or takes the department away where `keep` is false.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn set_department(
    tx: &mut Transaction,
    proof: &Edit,
    name: &str,
    head: Option<PersonId>,
    keep: bool,
) -> Result<(), StoreError> {
    if keep {
        tx.execute(
            "INSERT INTO request_departments (organization_id, name, head_id)
             VALUES ($1, $2, $3)
             ON CONFLICT (organization_id, name) DO UPDATE SET head_id = excluded.head_id",
            params![proof.organization(), name, head],
        )
        .await?;
    } else {
        tx.execute(
            "DELETE FROM request_departments WHERE organization_id = $1 AND name = $2",
            params![proof.organization(), name],
        )
        .await?;
    }
    Ok(())
}

/// Who stands in at the seats.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn deputies(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<(Seat, PersonId)>, StoreError> {
    let rows: Vec<DeputyRow> = database
        .rows(
            "SELECT seat, person_id FROM request_deputies
             WHERE organization_id = $1 ORDER BY seat, person_id LIMIT 1000",
            params![organization],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((Seat::from_code(&row.seat)?, row.person_id)))
        .collect())
}

/// Says who stands in at a seat.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn set_deputies(
    tx: &mut Transaction,
    proof: &Edit,
    seat: Seat,
    people: &[PersonId],
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM request_deputies WHERE organization_id = $1 AND seat = $2",
        params![proof.organization(), seat.code()],
    )
    .await?;
    let rows = people
        .iter()
        .map(|person| params![proof.organization(), seat.code(), *person]);
    let columns = ["organization_id", "seat", "person_id"];
    tx.insert_many("request_deputies", &columns, rows).await?;
    Ok(())
}

/// Delegations that hold on a day or later.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn delegations_of(
    database: &Database,
    organization: OrganizationId,
    day: Date,
) -> Result<Vec<Delegation>, StoreError> {
    database
        .rows(
            "SELECT id, from_person, to_person, first_day, last_day FROM request_delegations
             WHERE organization_id = $1 AND last_day >= $2 ORDER BY first_day, id LIMIT 1000",
            params![organization, day],
        )
        .await
}

/// Hands one's decisions over to somebody from a day to a day.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn delegate(
    tx: &mut Transaction,
    proof: &Decide,
    ids: &dyn IdGenerator,
    (from, to): (PersonId, PersonId),
    (first, last): (Date, Date),
    now: Instant,
) -> Result<Uuid, StoreError> {
    let id = ids.id();
    tx.execute(
        "INSERT INTO request_delegations (id, organization_id, from_person, to_person, first_day,
             last_day, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, proof.organization(), from, to, first, last, now],
    )
    .await?;
    Ok(id)
}

/// Ends a delegation of one's own: from today on it does not hold.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not one's own.
pub async fn end_delegation(
    tx: &mut Transaction,
    proof: &Decide,
    id: Uuid,
    from: PersonId,
    today: Date,
) -> Result<(), StoreError> {
    let yesterday = today.previous_day().unwrap_or(today);
    let touched = tx
        .execute(
            "UPDATE request_delegations SET last_day = $1
             WHERE id = $2 AND organization_id = $3 AND from_person = $4 AND last_day > $1",
            params![yesterday, id, proof.organization(), from],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}
