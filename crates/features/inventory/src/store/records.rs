//! Reading records.

use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_store::{
    ComposedSql, Database, FromRow, Params, Row, StoreError, Transaction, Value, params,
    placeholders, row,
};

use super::{InventoryError, Read, RecordId, wrong};
use crate::model::{Confirmation, Content, Record, RecordKind};

impl<C: Content> FromRow for Record<C> {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let content: String = row.get("content")?;
        let year: Option<i32> = row.get("confirmed_year")?;
        let at: Option<Instant> = row.get("confirmed_at")?;
        let by: Option<PersonId> = row.get("confirmed_by")?;
        let by_name: Option<String> = row.get("confirmed_by_name")?;
        let confirmed = match (year, at) {
            (Some(year), Some(at)) => Some(Confirmation {
                year: FiscalYear::new(year).map_err(|error| wrong("confirmed_year", error))?,
                at,
                by,
                by_name,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.get("id")?,
            organization: row.get("organization_id")?,
            content: serde_json::from_str(&content)?,
            confirmed,
            revision: row.get("revision")?,
            updated_at: row.get("updated_at")?,
            removed_at: row.get("removed_at")?,
        })
    }
}

pub(super) const SELECT: &str = "SELECT r.*, p.name AS confirmed_by_name FROM inventory_records r
     LEFT JOIN people p ON p.id = r.confirmed_by";

/// Which records are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose words hold this.
    pub search: Option<String>,
    /// Of this class, as [`Content::class`] gives it.
    pub class: Option<String>,
    /// Of this department.
    pub department: Option<String>,
    /// Of this system.
    pub system: Option<Uuid>,
    /// Also what is gone.
    pub with_gone: bool,
    /// Confirmed in this fiscal year, or not.
    pub confirmed: Option<(FiscalYear, bool)>,
}

impl Filter {
    fn conditions(&self, values: &mut Params) -> String {
        let mut sql = String::new();
        let mut with = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(search) = &self.search {
            for word in search.split_whitespace() {
                let pattern = super::like(word);
                with(" AND r.search_key LIKE ? ESCAPE '!'", pattern.into());
            }
        }
        if let Some(class) = &self.class {
            with(" AND r.class = ?", class.into());
        }
        if let Some(department) = &self.department {
            with(" AND r.department = ?", department.into());
        }
        if let Some(system) = self.system {
            with(" AND r.system_id = ?", system.into());
        }
        match self.confirmed {
            Some((year, true)) => with(" AND r.confirmed_year = ?", year.year().into()),
            Some((year, false)) => with(
                " AND (r.confirmed_year IS NULL OR r.confirmed_year <> ?)",
                year.year().into(),
            ),
            None => {}
        }
        if !self.with_gone {
            sql.push_str(" AND r.gone = 0");
        }
        sql
    }
}

/// The place after which a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    sort_key: String,
    id: Uuid,
}

impl Cursor {
    /// The place after a record.
    #[must_use]
    pub fn after<C: Content>(record: &Record<C>) -> Self {
        Self {
            sort_key: normalise_for_search(record.content.name()),
            id: record.id,
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}_{}", self.id, self.sort_key)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (id, sort_key) = text.split_once('_').ok_or(())?;
        Ok(Self {
            sort_key: sort_key.to_owned(),
            id: yagura_kernel::id::parse_uuid(id).map_err(|_| ())?,
        })
    }
}

const OF_KIND: &str = "r.organization_id = $1 AND r.kind = $2 AND r.removed_at IS NULL";

/// The records of one part of a register by name, from after a place.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list<C: Content>(
    database: &Database,
    proof: &Read,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Record<C>>, StoreError> {
    let mut values = params![proof.organization(), C::KIND.code()];
    let mut conditions = filter.conditions(&mut values);
    if let Some(cursor) = after {
        values.extend(params![&cursor.sort_key, cursor.id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (r.sort_key, r.id) > (${}, ${place})",
            place - 1
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "{SELECT} WHERE {OF_KIND}{conditions} ORDER BY r.sort_key, r.id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many records a filter finds.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn count(
    database: &Database,
    proof: &Read,
    kind: RecordKind,
    filter: &Filter,
) -> Result<i64, StoreError> {
    let mut values = params![proof.organization(), kind.code()];
    let conditions = filter.conditions(&mut values);
    let sql = format!("SELECT count(*) AS n FROM inventory_records r WHERE {OF_KIND}{conditions}");
    database.count(ComposedSql(sql), values).await
}

/// A record, also one that is no longer kept.
///
/// # Errors
/// [`InventoryError::NotFound`] where the institution has no such record of this part.
pub async fn get<C: Content>(
    database: &Database,
    proof: &Read,
    id: RecordId,
) -> Result<Record<C>, InventoryError> {
    let sql = format!("{SELECT} WHERE r.id = $1 AND r.organization_id = $2 AND r.kind = $3");
    let values = params![id, proof.organization(), C::KIND.code()];
    let found: Option<Record<C>> = database.optional(ComposedSql(sql), values).await?;
    found.ok_or(InventoryError::NotFound)
}

row! {
    struct OwnerRow { organization_id: OrganizationId, kind: String }
}

/// To which organisation a record belongs and of which part it is, before anything is authorised.
///
/// # Errors
/// [`InventoryError::NotFound`] where there is none.
pub async fn owner(
    database: &Database,
    id: RecordId,
) -> Result<(OrganizationId, RecordKind), InventoryError> {
    let sql = "SELECT organization_id, kind FROM inventory_records WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    let row = row.ok_or(InventoryError::NotFound)?;
    let kind = RecordKind::from_code(&row.kind)
        .ok_or_else(|| wrong("kind", format!("unknown code {}", row.kind)))?;
    Ok((row.organization_id, kind))
}

row! {
    /// A record by its name, for choices and links.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Named {
        /// Its id.
        pub id: Uuid,
        /// Its name.
        pub name: String,
    }
}

/// The names of all records of one part, for choices.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn named(
    database: &Database,
    proof: &Read,
    kind: RecordKind,
    limit: i64,
) -> Result<Vec<Named>, StoreError> {
    database
        .rows(
            "SELECT id, name FROM inventory_records
             WHERE organization_id = $1 AND kind = $2 AND removed_at IS NULL AND gone = 0
             ORDER BY sort_key, id LIMIT $3",
            params![proof.organization(), kind.code(), limit],
        )
        .await
}

row! {
    struct DepartmentRow { department: String }
}

/// The departments that answer for records, for filters and confirmation.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn departments(database: &Database, proof: &Read) -> Result<Vec<String>, StoreError> {
    let rows: Vec<DepartmentRow> = database
        .rows(
            "SELECT DISTINCT department FROM inventory_records
             WHERE organization_id = $1 AND removed_at IS NULL AND department <> ''
             ORDER BY department LIMIT 500",
            params![proof.organization()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.department).collect())
}

/// The names of some records, for links.
pub(crate) async fn names_of(
    database: &Database,
    organization: OrganizationId,
    ids: &[Uuid],
) -> Result<Vec<Named>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![organization];
    values.extend(ids.iter().map(|id| Value::from(*id)));
    let sql = format!(
        "SELECT id, name FROM inventory_records WHERE organization_id = $1 AND id IN ({})",
        placeholders(2, ids.len())
    );
    database.rows(ComposedSql(sql), values).await
}

row! {
    /// How many records of one part there are, and how many of them were confirmed this year.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Sum {
        /// The part, by code.
        pub(crate) kind: String,
        /// How many are in use.
        pub(crate) records: i64,
        /// How many of them were confirmed in the fiscal year.
        pub(crate) confirmed: i64,
    }
}

/// How many records there are in each part, without what is gone.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn sums(
    database: &Database,
    proof: &Read,
    year: FiscalYear,
) -> Result<Vec<Sum>, StoreError> {
    database
        .rows(
            "SELECT kind, count(*) AS records,
                    count(CASE WHEN confirmed_year = $2 THEN 1 END) AS confirmed
             FROM inventory_records
             WHERE organization_id = $1 AND removed_at IS NULL AND gone = 0
             GROUP BY kind ORDER BY kind",
            params![proof.organization(), year.year()],
        )
        .await
}

/// The names of every system and device, for files that say to what each record belongs.
pub(crate) async fn names_of_all(
    database: &Database,
    proof: &Read,
) -> Result<Vec<Named>, StoreError> {
    database
        .rows(
            "SELECT id, name FROM inventory_records
             WHERE organization_id = $1 AND kind <> 'connection'",
            params![proof.organization()],
        )
        .await
}

/// The names of every system that is kept, oldest first: of two with one name the older counts.
pub(crate) async fn systems(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<Named>, StoreError> {
    database
        .rows(
            "SELECT id, name FROM inventory_records
             WHERE organization_id = $1 AND kind = 'system' AND removed_at IS NULL ORDER BY id",
            params![organization],
        )
        .await
}

row! {
    struct AttachableRow { id: Uuid, name: String, kind: String }
}

/// The systems and external connections of a register, to which files may be attached.
pub(crate) async fn attachable(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<(RecordKind, Named)>, StoreError> {
    let rows: Vec<AttachableRow> = database
        .rows(
            "SELECT id, name, kind FROM inventory_records
             WHERE organization_id = $1 AND kind <> 'asset' AND removed_at IS NULL
             ORDER BY kind, sort_key, id",
            params![organization],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let kind = RecordKind::from_code(&row.kind)?;
            let (id, name) = (row.id, row.name);
            Some((kind, Named { id, name }))
        })
        .collect())
}

/// Those of some systems that an institution keeps, within a transaction: for features whose
/// records name systems of the register.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn kept_systems(
    tx: &mut Transaction,
    organization: OrganizationId,
    ids: &[Uuid],
) -> Result<Vec<Named>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![organization];
    values.extend(ids.iter().map(|id| Value::from(*id)));
    let sql = format!(
        "SELECT id, name FROM inventory_records
         WHERE organization_id = $1 AND kind = 'system' AND removed_at IS NULL AND id IN ({})",
        placeholders(2, ids.len())
    );
    tx.rows(ComposedSql(sql), values).await
}

/// The names of the systems in the register, for somebody who files a request: they choose one of
/// them, and read nothing else of it.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn systems_at_the_desk(
    database: &Database,
    proof: &Authorized<actions::FileRequests>,
) -> Result<Vec<Named>, StoreError> {
    database
        .rows(
            "SELECT id, name FROM inventory_records
             WHERE organization_id = $1 AND kind = $2 AND removed_at IS NULL AND gone = 0
             ORDER BY sort_key, id LIMIT 1000",
            params![proof.organization(), RecordKind::System.code()],
        )
        .await
}
