//! Sources of accounts.

use accountmatch::model::Aspect;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Instant;
use yagura_store::{ComposedSql, Database, FromRow, Row, StoreError, Transaction, params, row};

use super::{AccountsError, Edit, Read, wrong};
use crate::model::{SourceKind, SourceSettings};

/// As many sources as an institution may keep.
const MOST: i64 = 500;

/// A source.
#[derive(Debug, Clone)]
pub(crate) struct SourceRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: SourceKind,
    pub(crate) system: Option<Uuid>,
    pub(crate) system_name: Option<String>,
    pub(crate) settings: SourceSettings,
    pub(crate) has_password: bool,
    pub(crate) lockout: Option<bool>,
    pub(crate) untold: Vec<Aspect>,
    pub(crate) accounts: i64,
    pub(crate) import: Option<Uuid>,
    pub(crate) imported_at: Option<Instant>,
    pub(crate) last_error: Option<String>,
    pub(crate) revision: i64,
}

impl FromRow for SourceRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kind: String = row.get("kind")?;
        let settings: String = row.get("settings")?;
        let untold: String = row.get("untold")?;
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            kind: SourceKind::from_code(&kind).ok_or_else(|| wrong("kind", kind))?,
            system: row.get("system_id")?,
            system_name: row.get("system_name")?,
            settings: serde_json::from_str(&settings)?,
            has_password: row.get("has_password")?,
            lockout: row.get("lockout")?,
            untold: serde_json::from_str(&untold)?,
            accounts: row.get("accounts")?,
            import: row.get("import_id")?,
            imported_at: row.get("imported_at")?,
            last_error: row.get("last_error")?,
            revision: row.get("revision")?,
        })
    }
}

const SELECT: &str = "SELECT s.id AS id, s.name AS name,
        s.kind AS kind, s.system_id AS system_id, r.name AS system_name, s.settings AS settings,
        CASE WHEN s.password IS NULL THEN 0 ELSE 1 END AS has_password, s.lockout AS lockout,
        s.untold AS untold, s.accounts AS accounts, s.import_id AS import_id,
        s.imported_at AS imported_at, s.last_error AS last_error, s.revision AS revision
     FROM accounts_sources s LEFT JOIN inventory_records r ON r.id = s.system_id";

/// The sources of an institution.
pub(crate) async fn sources(
    database: &Database,
    proof: &Read,
) -> Result<Vec<SourceRow>, StoreError> {
    sources_of(database, proof.organization()).await
}

/// The same, for jobs and probes.
pub(crate) async fn sources_of(
    database: &Database,
    organization: OrganizationId,
) -> Result<Vec<SourceRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE s.organization_id = $1 AND s.removed_at IS NULL ORDER BY s.name, s.id"
    );
    database.rows(ComposedSql(sql), params![organization]).await
}

/// One of them.
pub(crate) async fn source(
    database: &Database,
    organization: OrganizationId,
    id: Uuid,
) -> Result<SourceRow, AccountsError> {
    let sql =
        format!("{SELECT} WHERE s.organization_id = $1 AND s.id = $2 AND s.removed_at IS NULL");
    let found = database
        .optional(ComposedSql(sql), params![organization, id])
        .await?;
    found.ok_or(AccountsError::NotFound)
}

/// Whose it is, before anything is authorised.
pub(crate) async fn source_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM accounts_sources WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

/// What is written of a source.
#[derive(Debug, Clone)]
pub(crate) struct NewSource {
    pub(crate) name: String,
    pub(crate) kind: SourceKind,
    pub(crate) system: Option<Uuid>,
    pub(crate) settings: SourceSettings,
    /// Sealed; none leaves what is there.
    pub(crate) password: Option<Vec<u8>>,
}

async fn check_system(
    tx: &mut Transaction,
    organization: OrganizationId,
    system: Option<Uuid>,
) -> Result<(), AccountsError> {
    let Some(system) = system else {
        return Ok(());
    };
    let sql = "SELECT count(*) AS n FROM inventory_records
               WHERE id = $1 AND organization_id = $2 AND kind = 'system' AND removed_at IS NULL";
    if tx.count(sql, params![system, organization]).await? == 1 {
        Ok(())
    } else {
        Err(AccountsError::System)
    }
}

/// Adds a source under an id that its password is sealed for.
pub(crate) async fn add_source(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    new: &NewSource,
) -> Result<(), AccountsError> {
    let organization = proof.organization();
    let sql = "SELECT count(*) AS n FROM accounts_sources
               WHERE organization_id = $1 AND removed_at IS NULL";
    if tx.count(sql, params![organization]).await? >= MOST {
        return Err(AccountsError::Full);
    }
    check_system(tx, organization, new.system).await?;
    let settings = serde_json::to_string(&new.settings).map_err(StoreError::from)?;
    tx.execute(
        "INSERT INTO accounts_sources (id, organization_id, name, kind, system_id, settings,
            password, untold, accounts, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '[]', 0, 1)",
        params![
            id,
            organization,
            &new.name,
            new.kind.code(),
            new.system,
            settings,
            new.password.clone()
        ],
    )
    .await?;
    Ok(())
}

/// Changes a source.
pub(crate) async fn change_source(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    revision: i64,
    new: &NewSource,
) -> Result<(), AccountsError> {
    check_system(tx, proof.organization(), new.system).await?;
    let settings = serde_json::to_string(&new.settings).map_err(StoreError::from)?;
    let touched = tx
        .execute(
            "UPDATE accounts_sources SET name = $1, kind = $2, system_id = $3, settings = $4,
                password = COALESCE($5, password), revision = revision + 1
             WHERE id = $6 AND organization_id = $7 AND revision = $8 AND removed_at IS NULL",
            params![
                &new.name,
                new.kind.code(),
                new.system,
                settings,
                new.password.clone(),
                id,
                proof.organization(),
                revision
            ],
        )
        .await?;
    if touched == 0 {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

/// Takes a source out with its accounts; what was found in it is settled by the caller's job.
pub(crate) async fn remove_source(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    now: Instant,
) -> Result<(), AccountsError> {
    let organization = proof.organization();
    let touched = tx
        .execute(
            "UPDATE accounts_sources SET removed_at = $1, password = NULL
             WHERE id = $2 AND organization_id = $3 AND removed_at IS NULL",
            params![now, id, organization],
        )
        .await?;
    if touched == 0 {
        return Err(AccountsError::NotFound);
    }
    for sql in [
        "DELETE FROM accounts_owners WHERE source_id = $1 AND organization_id = $2",
        "DELETE FROM accounts_found WHERE source_id = $1 AND organization_id = $2",
        "DELETE FROM accounts_decisions WHERE source_id = $1 AND organization_id = $2",
    ] {
        tx.execute(sql, params![id, organization]).await?;
    }
    tx.execute(
        "UPDATE accounts_findings SET state = 'settled', ended_at = $1, revision = revision + 1
         WHERE source_id = $2 AND organization_id = $3 AND state IN ('open', 'task', 'accepted')",
        params![now, id, organization],
    )
    .await?;
    Ok(())
}

/// Notes on a source what its newest export says.
pub(crate) async fn imported(
    tx: &mut Transaction,
    source: Uuid,
    import: Uuid,
    (accounts, lockout): (i64, Option<bool>),
    untold: &[Aspect],
    settings: &SourceSettings,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE accounts_sources SET import_id = $1, imported_at = $2, accounts = $3, lockout = $4,
            untold = $5, settings = $6, last_error = NULL, revision = revision + 1 WHERE id = $7",
        params![
            import,
            now,
            accounts,
            lockout,
            serde_json::to_string(untold)?,
            serde_json::to_string(settings)?,
            source
        ],
    )
    .await?;
    Ok(())
}

/// The sealed password of a source.
pub(crate) async fn password_of(
    database: &Database,
    source: Uuid,
) -> Result<Option<Vec<u8>>, StoreError> {
    row! { struct Sealed { password: Option<Vec<u8>> } }
    let sql = "SELECT password FROM accounts_sources WHERE id = $1";
    let row: Option<Sealed> = database.optional(sql, params![source]).await?;
    Ok(row.and_then(|row| row.password))
}
