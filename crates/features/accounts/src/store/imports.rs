//! Files that wait for their confirmation.

use accountmatch::columns::Mapping;
use base64::Engine as _;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Instant;
use yagura_store::{ComposedSql, Database, FromRow, Row, StoreError, Transaction, params, row};

use super::{AccountsError, Edit, Read, person_of};
use crate::model::Counts;
use crate::reading::SourceFile;

/// How long a preview can be confirmed, in seconds.
const VALID_SECONDS: i64 = 7 * 24 * 3_600;

/// An import.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) id: Uuid,
    /// The source; none for a staff list.
    pub(crate) source: Option<Uuid>,
    pub(crate) created_at: Instant,
    pub(crate) expires_at: Instant,
    pub(crate) by_name: Option<String>,
    /// `pending`, `applied`, `cancelled` or `expired`.
    pub(crate) state: String,
    pub(crate) file_names: Vec<String>,
    pub(crate) files: Vec<SourceFile>,
    pub(crate) mapping: Option<Mapping>,
    pub(crate) counts: Counts,
}

const COLUMNS: &str = "i.id AS id, i.source_id AS source_id, i.created_at AS created_at,
        i.expires_at AS expires_at, p.name AS by_name, i.state AS state,
        i.file_names AS file_names, i.mapping AS mapping, i.counts AS counts";
const FROM: &str = "FROM accounts_imports i LEFT JOIN people p ON p.id = i.created_by";

impl FromRow for Import {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let names: String = row.get("file_names")?;
        let files: String = row.get("files")?;
        let mapping: Option<String> = row.get("mapping")?;
        let counts: String = row.get("counts")?;
        let files: Vec<(String, String)> = serde_json::from_str(&files)?;
        let files = files
            .into_iter()
            .map(|(name, encoded)| {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(encoded)
                    .map_err(|error| super::wrong("files", error))?;
                Ok(SourceFile { name, bytes })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Self {
            id: row.get("id")?,
            source: row.get("source_id")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            by_name: row.get("by_name")?,
            state: row.get("state")?,
            file_names: serde_json::from_str(&names)?,
            files,
            mapping: mapping
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
            counts: serde_json::from_str(&counts)?,
        })
    }
}

/// What an import is of and with.
pub(crate) struct NewImport<'a> {
    pub(crate) id: Uuid,
    pub(crate) source: Option<Uuid>,
    pub(crate) files: &'a [SourceFile],
    pub(crate) mapping: Option<&'a Mapping>,
    pub(crate) counts: &'a Counts,
}

/// Keeps files until their import is confirmed, dropped or a week old.
pub(crate) async fn insert_import(
    tx: &mut Transaction,
    proof: &Edit,
    new: &NewImport<'_>,
    now: Instant,
) -> Result<(), StoreError> {
    let names: Vec<&str> = new.files.iter().map(|file| file.name.as_str()).collect();
    let files: Vec<(&str, String)> = new
        .files
        .iter()
        .map(|file| {
            let encoded = base64::engine::general_purpose::STANDARD.encode(&file.bytes);
            (file.name.as_str(), encoded)
        })
        .collect();
    tx.execute(
        "INSERT INTO accounts_imports (id, organization_id, source_id, created_by, created_at,
            expires_at, state, file_names, files, mapping, counts)
         VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10)",
        params![
            new.id,
            proof.organization(),
            new.source,
            person_of(proof),
            now,
            now.plus_seconds(VALID_SECONDS),
            serde_json::to_string(&names)?,
            serde_json::to_string(&files)?,
            new.mapping.map(serde_json::to_string).transpose()?,
            serde_json::to_string(new.counts)?
        ],
    )
    .await?;
    Ok(())
}

/// The newest imports, of a source or of staff lists; without their files.
pub(crate) async fn imports(
    database: &Database,
    proof: &Read,
    source: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let mut values = params![proof.organization(), limit];
    let condition = match source {
        Some(source) => {
            values.push(source.into());
            "i.source_id = $3"
        }
        None => "i.source_id IS NULL",
    };
    let sql = format!(
        "SELECT {COLUMNS}, '[]' AS files {FROM} WHERE i.organization_id = $1 AND {condition}
         ORDER BY i.id DESC LIMIT $2"
    );
    database.rows(ComposedSql(sql), values).await
}

/// An import with its files.
pub(crate) async fn import(
    database: &Database,
    organization: OrganizationId,
    id: Uuid,
) -> Result<Import, AccountsError> {
    let sql = format!(
        "SELECT {COLUMNS}, i.files AS files {FROM} WHERE i.organization_id = $1 AND i.id = $2"
    );
    let found = database
        .optional(ComposedSql(sql), params![organization, id])
        .await?;
    found.ok_or(AccountsError::NotFound)
}

/// Whose it is, before anything is authorised.
pub(crate) async fn import_owner(
    database: &Database,
    id: Uuid,
) -> Result<OrganizationId, StoreError> {
    row! { struct Owner { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM accounts_imports WHERE id = $1";
    let owner: Owner = database.one(sql, params![id]).await?;
    Ok(owner.organization_id)
}

/// Says what the columns of a waiting import mean.
pub(crate) async fn set_mapping(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    mapping: &Mapping,
) -> Result<(), AccountsError> {
    let touched = tx
        .execute(
            "UPDATE accounts_imports SET mapping = $1
             WHERE id = $2 AND organization_id = $3 AND state = 'pending'",
            params![
                serde_json::to_string(mapping).map_err(StoreError::from)?,
                id,
                proof.organization()
            ],
        )
        .await?;
    if touched == 0 {
        return Err(AccountsError::ImportGone);
    }
    Ok(())
}

/// Takes the right to carry an import out; its files are forgotten with it.
pub(crate) async fn claim_import(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    counts: &Counts,
    now: Instant,
) -> Result<(), AccountsError> {
    let touched = tx
        .execute(
            "UPDATE accounts_imports SET state = 'applied', files = '[]', counts = $1,
                finished_at = $2, finished_by = $3
             WHERE id = $4 AND organization_id = $5 AND state = 'pending' AND expires_at > $2",
            params![
                serde_json::to_string(counts).map_err(StoreError::from)?,
                now,
                person_of(proof),
                id,
                proof.organization()
            ],
        )
        .await?;
    if touched == 0 {
        return Err(AccountsError::ImportGone);
    }
    Ok(())
}

/// Drops an import.
pub(crate) async fn cancel_import(
    tx: &mut Transaction,
    proof: &Edit,
    id: Uuid,
    now: Instant,
) -> Result<(), AccountsError> {
    let touched = tx
        .execute(
            "UPDATE accounts_imports SET state = 'cancelled', files = '[]', finished_at = $1,
                finished_by = $2
             WHERE id = $3 AND organization_id = $4 AND state = 'pending'",
            params![now, person_of(proof), id, proof.organization()],
        )
        .await?;
    if touched == 0 {
        return Err(AccountsError::ImportGone);
    }
    Ok(())
}

/// Forgets the files of imports that nobody confirmed in time.
pub(crate) async fn expire_imports(tx: &mut Transaction, now: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE accounts_imports SET state = 'expired', files = '[]', finished_at = $1
         WHERE state = 'pending' AND expires_at <= $1",
        params![now],
    )
    .await?;
    Ok(())
}
