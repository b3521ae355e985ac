use std::collections::{BTreeSet, HashMap};

use yagura_kernel::id::{AssignmentId, OrganizationId, PersonId};
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::time::{Date, Instant};

use crate::{
    ComposedSql, Database, FromRow, Row, StoreError, Transaction, Value, params, placeholders, row,
};

row! {
    /// A person.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Person {
        /// Their id.
        pub id: PersonId,
        /// Name as written.
        pub name: String,
        /// Reading in kana.
        pub name_kana: Option<String>,
        /// E-mail address.
        pub email: Option<String>,
        /// Telephone.
        pub phone: Option<String>,
    }
}

/// A person to be recorded.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Their id.
    pub id: PersonId,
    /// Name as written.
    pub name: String,
    /// Reading in kana.
    pub name_kana: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// A role that a person holds in an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// Who.
    pub person: PersonId,
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// When.
    pub validity: Validity,
}

impl FromRow for Assignment {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let role: String = row.get("role")?;
        Ok(Self {
            id: row.get("id")?,
            person: row.get("person_id")?,
            organization: row.get("organization_id")?,
            role: Role::from_code(&role).ok_or_else(|| StoreError::Column {
                column: "role".to_owned(),
                reason: format!("unknown role {role}"),
            })?,
            validity: Validity {
                from: row.get("valid_from")?,
                until: row.get("valid_until")?,
            },
        })
    }
}

/// An assignment with the person's name and address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentWithPerson {
    /// The assignment.
    pub assignment: Assignment,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: Option<String>,
}

impl FromRow for AssignmentWithPerson {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            assignment: Assignment::from_row(row)?,
            name: row.get("name")?,
            email: row.get("email")?,
        })
    }
}

/// An assignment to be recorded.
#[derive(Debug, Clone)]
pub struct NewAssignment {
    /// Its id.
    pub id: AssignmentId,
    /// Who.
    pub person: PersonId,
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// When.
    pub validity: Validity,
}

/// Records a person.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert_person(
    tx: &mut Transaction,
    person: NewPerson,
    now: Instant,
) -> Result<(), StoreError> {
    insert_people(tx, [person], now).await
}

/// Records many people.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert_people(
    tx: &mut Transaction,
    people: impl IntoIterator<Item = NewPerson>,
    now: Instant,
) -> Result<(), StoreError> {
    let rows = people.into_iter().map(|person| {
        params![
            person.id,
            person.name,
            person.name_kana,
            person.email,
            person.phone,
            now
        ]
    });
    tx.insert_many(
        "people",
        &["id", "name", "name_kana", "email", "phone", "created_at"],
        rows,
    )
    .await?;
    Ok(())
}

/// A person by their id.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn person(database: &Database, id: PersonId) -> Result<Person, StoreError> {
    database
        .one("SELECT * FROM people WHERE id = $1", params![id])
        .await
}

row! {
    struct NameRow { id: PersonId, name: String }
}

/// The names of several people; those that are not on record are left out.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn names_of(
    database: &Database,
    people: impl IntoIterator<Item = PersonId>,
) -> Result<HashMap<PersonId, String>, StoreError> {
    let wanted: Vec<PersonId> = people
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut names = HashMap::with_capacity(wanted.len());
    for part in wanted.chunks(1_000) {
        let rows: Vec<NameRow> = database
            .rows(
                ComposedSql(format!(
                    "SELECT id, name FROM people WHERE id IN ({})",
                    placeholders(1, part.len())
                )),
                part.iter().map(|person| Value::from(*person)).collect(),
            )
            .await?;
        names.extend(rows.into_iter().map(|row| (row.id, row.name)));
    }
    Ok(names)
}

/// Gives a person a role.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn assign(tx: &mut Transaction, assignment: NewAssignment) -> Result<(), StoreError> {
    insert_assignments(tx, [assignment]).await
}

/// Gives many people roles.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert_assignments(
    tx: &mut Transaction,
    assignments: impl IntoIterator<Item = NewAssignment>,
) -> Result<(), StoreError> {
    let rows = assignments.into_iter().map(|assignment| {
        params![
            assignment.id,
            assignment.person,
            assignment.organization,
            assignment.role.code(),
            assignment.validity.from,
            assignment.validity.until
        ]
    });
    tx.insert_many(
        "assignments",
        &[
            "id",
            "person_id",
            "organization_id",
            "role",
            "valid_from",
            "valid_until",
        ],
        rows,
    )
    .await?;
    Ok(())
}

/// Ends an assignment of an organisation on a day. One that ended earlier stays as it is.
///
/// # Errors
/// [`StoreError::NotFound`] where the organisation has no such assignment.
pub async fn end_assignment(
    tx: &mut Transaction,
    organization: OrganizationId,
    id: AssignmentId,
    last_day: Date,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE assignments SET valid_until =
                CASE WHEN valid_until < $1 THEN valid_until ELSE $1 END
             WHERE id = $2 AND organization_id = $3",
            params![last_day, id, organization],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// The assignments that a person holds on a day, in every organisation.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn assignments_of(
    database: &Database,
    person: PersonId,
    today: Date,
) -> Result<Vec<Assignment>, StoreError> {
    database
        .rows(
            "SELECT * FROM assignments WHERE person_id = $1
               AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)
             ORDER BY organization_id, role",
            params![person, today],
        )
        .await
}

/// The assignments in an organisation on a day, with the people's names.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn assignments_of_organization(
    database: &Database,
    organization: OrganizationId,
    today: Date,
) -> Result<Vec<AssignmentWithPerson>, StoreError> {
    database
        .rows(
            "SELECT a.id AS id, a.person_id AS person_id, a.organization_id AS organization_id,
                    a.role AS role, a.valid_from AS valid_from, a.valid_until AS valid_until,
                    p.name AS name, p.email AS email
             FROM assignments a JOIN people p ON p.id = a.person_id
             WHERE a.organization_id = $1
               AND a.valid_from <= $2 AND (a.valid_until IS NULL OR a.valid_until >= $2)
             ORDER BY p.name, a.role",
            params![organization, today],
        )
        .await
}

/// Who holds a role in an organisation on a day.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn holders(
    database: &Database,
    organization: OrganizationId,
    role: Role,
    today: Date,
) -> Result<Vec<AssignmentWithPerson>, StoreError> {
    let all = assignments_of_organization(database, organization, today).await?;
    Ok(all
        .into_iter()
        .filter(|holder| holder.assignment.role == role)
        .collect())
}
