//! Imports that wait for their confirmation.

use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

use crate::import::{Counts, Parsed};

/// How long a preview can be confirmed.
pub const VALID_SECONDS: i64 = 24 * 3_600;

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Pending,
    /// It was taken over.
    Applied,
    /// Somebody dropped it.
    Cancelled,
    /// Nobody confirmed it in time.
    Expired,
}

impl State {
    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Applied => "applied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    fn from_code(code: &str) -> Self {
        match code {
            "pending" => Self::Pending,
            "applied" => Self::Applied,
            "cancelled" => Self::Cancelled,
            _ => Self::Expired,
        }
    }
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id.
    pub id: Uuid,
    /// Who sent the file.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// Until when it can be confirmed.
    pub expires_at: Instant,
    /// What became of it.
    pub state: State,
    /// The name of the file.
    pub file_name: String,
    /// What the preview said that it would do.
    pub fingerprint: String,
    /// The numbers of the preview, or of what was done.
    pub counts: Counts,
    /// When it was confirmed or dropped.
    pub finished_at: Option<Instant>,
}

impl FromRow for Import {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let state: String = row.get("state")?;
        let counts: String = row.get("counts")?;
        Ok(Self {
            id: row.get("id")?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            state: State::from_code(&state),
            file_name: row.get("file_name")?,
            fingerprint: row.get("fingerprint")?,
            counts: serde_json::from_str(&counts)?,
            finished_at: row.get("finished_at")?,
        })
    }
}

const COLUMNS: &str = "id, created_by, created_at, expires_at, state, file_name, fingerprint, \
                       counts, finished_at";

/// A preview to be kept.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    /// Its id.
    pub id: Uuid,
    /// The name of the file.
    pub file_name: &'a str,
    /// What was read.
    pub parsed: &'a Parsed,
    /// What it would do.
    pub fingerprint: &'a str,
    /// The numbers.
    pub counts: Counts,
}

/// Keeps a preview until it is confirmed, dropped or a day old.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn insert(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    import: &NewImport<'_>,
    now: Instant,
) -> Result<(), StoreError> {
    let by = match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    };
    tx.execute(
        "INSERT INTO member_imports (id, overseer_id, created_by, created_at, expires_at, state,
                                     file_name, payload, fingerprint, counts)
         VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9)",
        params![
            import.id,
            proof.organization(),
            by,
            now,
            now.plus_seconds(VALID_SECONDS),
            import.file_name,
            serde_json::to_string(import.parsed)?,
            import.fingerprint,
            serde_json::to_string(&import.counts)?
        ],
    )
    .await?;
    Ok(())
}

/// The newest imports of a region, before a given one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    proof: &Authorized<actions::ManageMembers>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM member_imports WHERE overseer_id = $1 AND id < $2
         ORDER BY id DESC LIMIT $3"
    );
    let values = params![
        proof.organization(),
        before.unwrap_or_else(Uuid::max),
        limit
    ];
    database.rows(yagura_store::ComposedSql(sql), values).await
}

/// An import of the region.
///
/// # Errors
/// [`StoreError::NotFound`] where the region has none with this id.
pub async fn get(
    database: &Database,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
) -> Result<Import, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM member_imports WHERE overseer_id = $1 AND id = $2");
    database
        .one(
            yagura_store::ComposedSql(sql),
            params![proof.organization(), id],
        )
        .await
}

row! {
    struct Payload { payload: String }
}

/// What was read from the file; `None` where the import no longer waits.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn parsed(
    database: &Database,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
) -> Result<Option<Parsed>, StoreError> {
    let row: Option<Payload> = database
        .optional(
            "SELECT payload FROM member_imports
             WHERE overseer_id = $1 AND id = $2 AND state = 'pending'",
            params![proof.organization(), id],
        )
        .await?;
    row.map(|row| Ok(serde_json::from_str(&row.payload)?))
        .transpose()
}

/// What confirming an import found.
#[derive(Debug)]
pub enum Claim {
    /// It waits and is now this transaction's.
    Yours {
        /// What was read from the file.
        parsed: Box<Parsed>,
        /// What the preview said.
        fingerprint: String,
    },
    /// It was taken over before; here are its numbers. A form that was sent twice comes here.
    Done(Counts),
    /// It was dropped or is too old.
    Gone,
}

/// Takes an import for this transaction: only one can.
///
/// # Errors
/// [`StoreError::NotFound`] where the region has none with this id.
pub async fn claim(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
    now: Instant,
) -> Result<Claim, StoreError> {
    let touched = tx
        .execute(
            "UPDATE member_imports SET state = 'applied', finished_at = $1
             WHERE id = $2 AND overseer_id = $3 AND state = 'pending' AND expires_at > $1",
            params![now, id, proof.organization()],
        )
        .await?;
    row! { struct Claimed { state: String, payload: String, fingerprint: String, counts: String } }
    let row: Claimed = tx
        .one(
            "SELECT state, payload, fingerprint, counts FROM member_imports
             WHERE id = $1 AND overseer_id = $2",
            params![id, proof.organization()],
        )
        .await?;
    Ok(match (touched, State::from_code(&row.state)) {
        (1, _) => Claim::Yours {
            parsed: Box::new(serde_json::from_str(&row.payload)?),
            fingerprint: row.fingerprint,
        },
        (_, State::Applied) => Claim::Done(serde_json::from_str(&row.counts)?),
        _ => Claim::Gone,
    })
}

/// Notes what a claimed import did; the rows of the file are no longer kept.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn finish(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
    counts: Counts,
) -> Result<(), StoreError> {
    let by = match proof.principal().actor {
        Actor::Person { person, .. } => Some(person),
        Actor::InspectionLink | Actor::System => None,
    };
    tx.execute(
        "UPDATE member_imports SET payload = '', counts = $1, finished_by = $2
         WHERE id = $3 AND overseer_id = $4",
        params![
            serde_json::to_string(&counts)?,
            by,
            id,
            proof.organization()
        ],
    )
    .await?;
    Ok(())
}

/// Notes that the preview has to be looked at again, because the roll changed.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn set_preview(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
    fingerprint: &str,
    counts: Counts,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member_imports SET fingerprint = $1, counts = $2
         WHERE id = $3 AND overseer_id = $4 AND state = 'pending'",
        params![
            fingerprint,
            serde_json::to_string(&counts)?,
            id,
            proof.organization()
        ],
    )
    .await?;
    Ok(())
}

/// Drops a waiting import; one that no longer waits stays as it is.
///
/// # Errors
/// [`StoreError::NotFound`] where the region has none with this id that waits.
pub async fn cancel(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageMembers>,
    id: Uuid,
    now: Instant,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE member_imports SET state = 'cancelled', payload = '', finished_at = $1
             WHERE id = $2 AND overseer_id = $3 AND state = 'pending'",
            params![now, id, proof.organization()],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// Marks imports that nobody confirmed in time and forgets their rows. The program itself calls
/// it. Returns how many there were.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn expire(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE member_imports SET state = 'expired', payload = '', finished_at = $1
         WHERE state = 'pending' AND expires_at <= $1",
        params![now],
    )
    .await
}
