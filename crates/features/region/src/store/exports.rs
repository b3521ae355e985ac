//! Exports that take long and are made by a job.

use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params};

/// How long a finished export can be fetched.
pub const VALID_SECONDS: i64 = 3 * 24 * 3_600;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A workbook.
    Xlsx,
    /// A document.
    Pdf,
}

impl Format {
    /// The ending of the file, also used in storage and in addresses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
        }
    }

    /// The format with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Xlsx, Self::Pdf]
            .into_iter()
            .find(|format| format.code() == code)
    }

    /// The type of the content.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
        }
    }
}

/// An export.
#[derive(Debug, Clone)]
pub struct Export {
    /// Its id.
    pub id: Uuid,
    /// Whose members.
    pub overseer: OrganizationId,
    /// When it was asked for.
    pub created_at: Instant,
    /// Until when it can be fetched.
    pub expires_at: Instant,
    /// Its form.
    pub format: Format,
    /// Of which year.
    pub fiscal_year: FiscalYear,
    /// The filter, as the query of the matrix page.
    pub filter: String,
    /// The language of what the program itself says in it.
    pub lang: String,
    /// The job that makes it.
    pub job: Option<Uuid>,
    /// The name of the finished file.
    pub file_name: Option<String>,
    /// Where the finished file lies.
    pub blob: Option<String>,
    /// How many members it is about.
    pub members: i64,
}

impl FromRow for Export {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let wrong = |column: &str| StoreError::Column {
            column: column.to_owned(),
            reason: "unknown".to_owned(),
        };
        let format: String = row.get("format")?;
        let year: i32 = row.get("fiscal_year")?;
        Ok(Self {
            id: row.get("id")?,
            overseer: row.get("overseer_id")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            format: Format::from_code(&format).ok_or_else(|| wrong("format"))?,
            fiscal_year: FiscalYear::new(year).map_err(|_| wrong("fiscal_year"))?,
            filter: row.get("filter")?,
            lang: row.get("lang")?,
            job: row.get("job_id")?,
            file_name: row.get("file_name")?,
            blob: row.get("blob")?,
            members: row.get("members")?,
        })
    }
}

/// An export that is asked for.
#[derive(Debug, Clone)]
pub struct NewExport {
    /// Its id.
    pub id: Uuid,
    /// Its form.
    pub format: Format,
    /// Of which year.
    pub fiscal_year: FiscalYear,
    /// The filter, as the query of the matrix page.
    pub filter: String,
    /// The language.
    pub lang: &'static str,
    /// The job that makes it.
    pub job: Uuid,
    /// How many members it is about.
    pub members: i64,
}

/// Records an export that a job then makes.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert(
    tx: &mut Transaction,
    proof: &Authorized<actions::ReadMembers>,
    export: &NewExport,
    now: Instant,
) -> Result<(), StoreError> {
    let by = match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    };
    tx.execute(
        "INSERT INTO region_exports (id, overseer_id, created_by, created_at, expires_at, format,
            fiscal_year, filter, lang, job_id, state, members)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'making', $11)",
        params![
            export.id,
            proof.organization(),
            by,
            now,
            now.plus_seconds(VALID_SECONDS),
            export.format.code(),
            export.fiscal_year.year(),
            &export.filter,
            export.lang,
            export.job,
            export.members
        ],
    )
    .await?;
    Ok(())
}

/// An export by its id, for the job that makes it.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn to_make(database: &Database, id: Uuid) -> Result<Export, StoreError> {
    database
        .one("SELECT * FROM region_exports WHERE id = $1", params![id])
        .await
}

/// An export of the region that can still be fetched or is being made.
///
/// # Errors
/// [`StoreError::NotFound`] where the region has none with this id, or it is too old.
pub async fn get(
    database: &Database,
    proof: &Authorized<actions::ReadMembers>,
    id: Uuid,
    now: Instant,
) -> Result<Export, StoreError> {
    database
        .one(
            "SELECT * FROM region_exports WHERE id = $1 AND overseer_id = $2 AND expires_at > $3",
            params![id, proof.organization(), now],
        )
        .await
}

/// Notes that an export is finished.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn finish(
    tx: &mut Transaction,
    id: Uuid,
    file_name: &str,
    blob: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE region_exports SET state = 'made', file_name = $1, blob = $2 WHERE id = $3",
        params![file_name, blob, id],
    )
    .await?;
    Ok(())
}

/// Forgets exports that are too old; their files go with the next cleaning of files that nothing
/// refers to. The program itself calls it.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn expire(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM region_exports WHERE expires_at <= $1",
        params![now],
    )
    .await
}
