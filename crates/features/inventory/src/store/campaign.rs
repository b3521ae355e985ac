//! The yearly confirmation: until when, who answers for which department, and how far it is.

use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{ComposedSql, Database, StoreError, Transaction, params, row};

use super::{Edit, InventoryError, Read, person_of};
use crate::model::{Asset, Connection, RecordKind, System};

row! {
    /// The confirmation of a fiscal year.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Campaign {
        /// Until when everything should be confirmed.
        pub(crate) due_on: Date,
        /// When it began.
        pub(crate) started_at: Instant,
        /// Who began it.
        pub(crate) by_name: Option<String>,
    }
}

/// The confirmation of a fiscal year, where somebody began it.
pub(crate) async fn campaign(
    database: &Database,
    proof: &Read,
    year: FiscalYear,
) -> Result<Option<Campaign>, StoreError> {
    database
        .optional(
            "SELECT c.due_on AS due_on, c.started_at AS started_at, p.name AS by_name
             FROM inventory_campaigns c LEFT JOIN people p ON p.id = c.started_by
             WHERE c.organization_id = $1 AND c.fiscal_year = $2",
            params![proof.organization(), year.year()],
        )
        .await
}

/// Begins the confirmation of a fiscal year, or sets another last day.
pub(crate) async fn start_campaign(
    tx: &mut Transaction,
    proof: &Edit,
    year: FiscalYear,
    due_on: Date,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO inventory_campaigns (organization_id, fiscal_year, due_on, started_at,
            started_by, reminded_at)
         VALUES ($1, $2, $3, $4, $5, $4)
         ON CONFLICT (organization_id, fiscal_year) DO UPDATE SET due_on = excluded.due_on",
        params![
            proof.organization(),
            year.year(),
            due_on,
            now,
            person_of(proof)
        ],
    )
    .await?;
    Ok(())
}

row! {
    /// How far one department is.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct DepartmentState {
        /// The department; empty for records without one.
        pub(crate) department: String,
        /// Its records.
        pub(crate) records: i64,
        /// Of them, those that were confirmed in the fiscal year.
        pub(crate) confirmed: i64,
        /// Who answers for it.
        pub(crate) person: Option<PersonId>,
        /// Their name.
        pub(crate) person_name: Option<String>,
    }
}

impl DepartmentState {
    /// How many are still to be confirmed.
    pub(crate) const fn open(&self) -> i64 {
        self.records - self.confirmed
    }
}

const DEPARTMENTS: &str = "SELECT g.department AS department, g.records AS records,
        g.confirmed AS confirmed, d.person_id AS person, p.name AS person_name
     FROM (
        SELECT department, count(*) AS records,
            count(CASE WHEN confirmed_year = $2 THEN 1 END) AS confirmed
        FROM inventory_records
        WHERE organization_id = $1 AND removed_at IS NULL AND gone = 0
        GROUP BY department
     ) g
     LEFT JOIN inventory_departments d
        ON d.organization_id = $1 AND d.department = g.department
     LEFT JOIN people p ON p.id = d.person_id
     ORDER BY CASE WHEN g.department = '' THEN 1 ELSE 0 END, g.department LIMIT 1000";

/// How far each department is.
pub(crate) async fn department_states(
    database: &Database,
    organization: OrganizationId,
    year: FiscalYear,
) -> Result<Vec<DepartmentState>, StoreError> {
    let values = params![organization, year.year()];
    database.rows(DEPARTMENTS, values).await
}

/// Says who answers for a department, or that nobody does.
pub(crate) async fn set_responsible(
    tx: &mut Transaction,
    proof: &Edit,
    department: &str,
    person: Option<PersonId>,
) -> Result<(), StoreError> {
    let organization = proof.organization();
    match person {
        Some(person) => {
            tx.execute(
                "INSERT INTO inventory_departments (organization_id, department, person_id)
                 VALUES ($1, $2, $3)
                 ON CONFLICT (organization_id, department) DO UPDATE
                 SET person_id = excluded.person_id",
                params![organization, department, person],
            )
            .await?;
        }
        None => {
            tx.execute(
                "DELETE FROM inventory_departments WHERE organization_id = $1 AND department = $2",
                params![organization, department],
            )
            .await?;
        }
    }
    Ok(())
}

row! {
    /// A record that is still to be confirmed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct OpenRecord {
        /// Its id.
        pub(crate) id: Uuid,
        /// Its part, by code.
        pub(crate) kind: String,
        /// Its name.
        pub(crate) name: String,
        /// By what it is sorted.
        pub(crate) sort_key: String,
        /// Its revision.
        pub(crate) revision: i64,
        /// What it says, as JSON.
        pub(crate) content: String,
    }
}

/// The place after which the list of open records goes on: part, sort key and id.
pub(crate) type OpenPlace = (String, String, Uuid);

/// The records of a department (all where none is named) that nobody confirmed in a fiscal year.
pub(crate) async fn open_records(
    database: &Database,
    proof: &Read,
    year: FiscalYear,
    department: Option<&str>,
    after: Option<&OpenPlace>,
    limit: i64,
) -> Result<Vec<OpenRecord>, StoreError> {
    let mut values = params![proof.organization(), year.year()];
    let mut conditions = String::new();
    if let Some(department) = department {
        values.push(department.into());
        conditions.push_str(&format!(" AND department = ${}", values.len()));
    }
    if let Some((kind, key, id)) = after {
        values.extend(params![kind, key, *id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (kind, sort_key, id) > (${}, ${}, ${place})",
            place - 2,
            place - 1
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "SELECT id, kind, name, sort_key, revision, content FROM inventory_records
         WHERE organization_id = $1 AND removed_at IS NULL AND gone = 0
           AND (confirmed_year IS NULL OR confirmed_year <> $2){conditions}
         ORDER BY kind, sort_key, id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// Confirms several records of one institution. A record that somebody changed since it was read is
/// left, and counted.
///
/// # Errors
/// [`InventoryError`].
pub(crate) async fn confirm_many(
    tx: &mut Transaction,
    proof: &Authorized<actions::ConfirmInventory>,
    ids: &dyn IdGenerator,
    chosen: &[(RecordKind, Uuid, i64)],
    now: Instant,
) -> Result<(usize, usize), InventoryError> {
    let (mut confirmed, mut left) = (0, 0);
    for (kind, id, revision) in chosen {
        let done = match kind {
            RecordKind::System => {
                super::confirm::<System>(tx, proof, ids, *id, *revision, now).await
            }
            RecordKind::Connection => {
                super::confirm::<Connection>(tx, proof, ids, *id, *revision, now).await
            }
            RecordKind::Asset => super::confirm::<Asset>(tx, proof, ids, *id, *revision, now).await,
        };
        match done {
            Ok(()) => confirmed += 1,
            Err(InventoryError::Store(StoreError::Conflict) | InventoryError::NotFound) => {
                left += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((confirmed, left))
}

row! {
    /// A confirmation of which people should be reminded.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct DueCampaign {
        /// The institution.
        pub(crate) organization_id: OrganizationId,
        /// Until when everything should be confirmed.
        pub(crate) due_on: Date,
    }
}

/// Confirmations of a fiscal year that end by a day and of which nobody was reminded since.
pub(crate) async fn due_campaigns(
    database: &Database,
    year: FiscalYear,
    by: Date,
    reminded_before: Instant,
) -> Result<Vec<DueCampaign>, StoreError> {
    database
        .rows(
            "SELECT organization_id, due_on FROM inventory_campaigns
             WHERE fiscal_year = $1 AND due_on <= $2
               AND (reminded_at IS NULL OR reminded_at < $3)
             ORDER BY organization_id LIMIT 1000",
            params![year.year(), by, reminded_before],
        )
        .await
}

/// Notes that people were reminded.
pub(crate) async fn campaign_reminded(
    tx: &mut Transaction,
    organization: OrganizationId,
    year: FiscalYear,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE inventory_campaigns SET reminded_at = $1
         WHERE organization_id = $2 AND fiscal_year = $3",
        params![now, organization, year.year()],
    )
    .await?;
    Ok(())
}

row! {
    struct DeskDepartment { department: String, person_id: Option<PersonId> }
}

/// The departments of an institution's records with who answers for each: the desk of requests finds
/// the head of a department by it.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn departments_at_the_desk(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<(String, Option<PersonId>)>, StoreError> {
    let rows: Vec<DeskDepartment> = database
        .rows(
            "SELECT g.department AS department, d.person_id AS person_id
             FROM (SELECT DISTINCT department FROM inventory_records
                   WHERE organization_id = $1 AND removed_at IS NULL AND department <> '') g
             LEFT JOIN inventory_departments d
                ON d.organization_id = $1 AND d.department = g.department
             ORDER BY g.department LIMIT 500",
            params![organization],
        )
        .await?;
    let pairs = rows.into_iter().map(|row| (row.department, row.person_id));
    Ok(pairs.collect())
}
