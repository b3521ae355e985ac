//! The audit log: entries are added in the transaction of what they tell of, and soon afterwards
//! given their place in a Merkle tree by the sequencer, which signs a checkpoint.
//!
//! Several processes may add entries at once; only one sequences, so that places have no gaps.
//! The leaf hashes stand in a table apart from the entries: who alters, moves or removes an entry
//! without them is told from them, entry by entry, and who alters them too from the checkpoints.

use std::time::Duration;

use uuid::Uuid;
use yagura_kernel::audit::{
    AuditActor, AuditEntry, AuditOutcome, Detail, Frontier, LogVerifier, NodeHash, SigningKey,
    StoredEntry, VerifyReport, VerifyingKey,
};
use yagura_kernel::id::{AuditEntryId, OrganizationId};
use yagura_kernel::time::{Clock, Instant};

use crate::{
    ComposedSql, Database, Engine, FromRow, Migration, Row, Snapshot, StoreError, Transaction,
    params, placeholders, row,
};

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "audit_0001_entries_and_checkpoints",
    sql: "
    CREATE TABLE audit_entries (
        id {uuid} PRIMARY KEY,
        position BIGINT,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        person_id {uuid},
        account_id {uuid},
        link_id {uuid},
        acting_organization_id {uuid},
        action TEXT NOT NULL,
        resource_kind TEXT NOT NULL,
        resource_id TEXT,
        organization_id {uuid},
        outcome TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE UNIQUE INDEX audit_entries_by_position ON audit_entries (position);
    CREATE INDEX audit_entries_unsequenced ON audit_entries (id) WHERE position IS NULL;
    CREATE INDEX audit_entries_by_organization ON audit_entries (organization_id, id);
    CREATE TABLE audit_leaves (
        position BIGINT PRIMARY KEY,
        leaf {blob} NOT NULL
    );
    CREATE TABLE audit_checkpoints (
        size BIGINT PRIMARY KEY,
        note TEXT NOT NULL,
        signed_at BIGINT NOT NULL
    );
    CREATE TABLE audit_frontier (
        id BIGINT PRIMARY KEY,
        frontier {blob} NOT NULL
    );
    ",
}];

/// PostgreSQL's advisory lock under which one process sequences.
const ADVISORY_LOCK: i64 = 0x7961_6775_7262;
/// How many entries are sequenced in one go; on SQLite nobody else writes meanwhile.
const SEQUENCED_AT_ONCE: i64 = 500;
/// How many rows are read in one go to be verified.
const READ_AT_ONCE: i64 = 2_000;
/// How often the sequencer looks for new entries.
const PAUSE: Duration = Duration::from_secs(1);

const COLUMNS: &[&str] = &[
    "id",
    "at",
    "actor",
    "person_id",
    "account_id",
    "link_id",
    "acting_organization_id",
    "action",
    "resource_kind",
    "resource_id",
    "organization_id",
    "outcome",
    "detail",
];

/// Adds an entry in the transaction of what it tells of.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn append(tx: &mut Transaction, entry: &AuditEntry) -> Result<(), StoreError> {
    tx.insert_later("audit_entries", COLUMNS, vec![values(entry)])
        .await
}

fn values(entry: &AuditEntry) -> crate::Params {
    params![
        entry.id.uuid(),
        entry.at,
        entry.actor.code(),
        entry.actor.person(),
        entry.actor.account(),
        entry.actor.link(),
        entry.acting_organization,
        &entry.action,
        &entry.resource_kind,
        entry.resource_id.clone(),
        entry.organization,
        entry.outcome.code(),
        entry.detail.as_json()
    ]
}

/// An entry as it is stored, with its place where it has one.
#[derive(Debug, Clone)]
pub struct LoggedEntry {
    /// The identifier of its row.
    pub id: Uuid,
    /// Its place in the log; `None` until it is sequenced.
    pub position: Option<i64>,
    /// The entry; `None` where the row no longer holds one.
    pub entry: Option<AuditEntry>,
}

impl FromRow for LoggedEntry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        // A row that somebody altered must not keep the rest from being verified.
        Ok(Self {
            id: row.get("id")?,
            position: row.get("position")?,
            entry: read_entry(row).ok().flatten(),
        })
    }
}

fn read_entry(row: &Row) -> Result<Option<AuditEntry>, StoreError> {
    let actor: String = row.get("actor")?;
    let outcome: String = row.get("outcome")?;
    let parts = AuditActor::from_parts(
        &actor,
        row.get("person_id")?,
        row.get("account_id")?,
        row.get("link_id")?,
    );
    let (Some(actor), Some(outcome)) = (parts, AuditOutcome::from_code(&outcome)) else {
        return Ok(None);
    };
    let id: Uuid = row.get("id")?;
    let detail: serde_json::Value = row.get("detail")?;
    Ok(Some(AuditEntry {
        id: AuditEntryId::from(id),
        at: row.get("at")?,
        actor,
        acting_organization: row.get("acting_organization_id")?,
        action: row.get("action")?,
        resource_kind: row.get("resource_kind")?,
        resource_id: row.get("resource_id")?,
        organization: row.get("organization_id")?,
        outcome,
        detail: Detail::from(detail),
    }))
}

row! {
    struct FrontierRow { frontier: Vec<u8> }
}

async fn frontier(tx: &mut Transaction) -> Result<Frontier, StoreError> {
    let row: Option<FrontierRow> = tx
        .optional(
            "SELECT frontier FROM audit_frontier WHERE id = 1",
            params![],
        )
        .await?;
    match row {
        None => Ok(Frontier::new()),
        Some(row) => Frontier::from_bytes(&row.frontier).map_err(|error| StoreError::Column {
            column: "frontier".to_owned(),
            reason: error.to_string(),
        }),
    }
}

/// Gives every entry without a place its place, and signs a checkpoint over the whole log.
/// Returns how many were placed.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn sequence(
    database: &Database,
    key: &SigningKey,
    now: Instant,
) -> Result<u64, StoreError> {
    let mut placed = 0;
    let mut after = Uuid::nil();
    loop {
        let waiting: Option<()> = database
            .optional(
                "SELECT id FROM audit_entries WHERE position IS NULL AND id > $1 LIMIT 1",
                params![after],
            )
            .await?;
        if waiting.is_none() {
            return Ok(placed);
        }
        let (last, number) = sequence_batch(database, key, after, now).await?;
        placed += number;
        match last {
            Some(last) => after = last,
            // Another process was faster.
            None => return Ok(placed),
        }
    }
}

/// Returns the last of the entries that were looked at, and how many got a place.
async fn sequence_batch(
    database: &Database,
    key: &SigningKey,
    after: Uuid,
    now: Instant,
) -> Result<(Option<Uuid>, u64), StoreError> {
    let mut tx = database.begin().await?;
    if tx.engine() == Engine::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock($1)", params![ADVISORY_LOCK])
            .await?;
    }
    let mut state = frontier(&mut tx).await?;
    let waiting: Vec<LoggedEntry> = tx
        .rows(
            "SELECT * FROM audit_entries WHERE position IS NULL AND id > $1 ORDER BY id LIMIT $2",
            params![after, SEQUENCED_AT_ONCE],
        )
        .await?;
    let last = waiting.last().map(|logged| logged.id);
    let mut places = Vec::new();
    let mut leaves = Vec::new();
    for logged in &waiting {
        let Some(entry) = &logged.entry else {
            // It stays without a place, which verification reports, and must not hold up the rest.
            tracing::error!(entry = %logged.id, "an entry of the audit log cannot be read");
            continue;
        };
        let leaf = entry.leaf_hash();
        let position = i64::try_from(state.append(leaf)).unwrap_or(i64::MAX);
        places.extend(params![position, logged.id]);
        leaves.push(params![position, leaf.as_bytes().to_vec()]);
    }
    let number = leaves.len();
    if number == 0 {
        return Ok((last, 0));
    }
    let rows: Vec<String> = (0..number)
        .map(|row| format!("({})", placeholders(2 * row + 1, 2)))
        .collect();
    tx.execute(
        ComposedSql(format!(
            "WITH places (place, entry) AS (VALUES {})
             UPDATE audit_entries SET position = places.place
             FROM places WHERE audit_entries.id = places.entry",
            rows.join(", ")
        )),
        places,
    )
    .await?;
    tx.insert_many("audit_leaves", &["position", "leaf"], leaves)
        .await?;
    let size = i64::try_from(state.size()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO audit_checkpoints (size, note, signed_at) VALUES ($1, $2, $3)",
        params![size, key.sign(&state).note(), now],
    )
    .await?;
    tx.execute(
        "INSERT INTO audit_frontier (id, frontier) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET frontier = excluded.frontier",
        params![state.to_bytes()],
    )
    .await?;
    tx.commit().await?;
    Ok((last, number as u64))
}

/// Gives new entries their places every second until `stop` is ready, and once more then. Where
/// the database does not answer, it says so in the log and goes on trying.
pub async fn run_sequencer_until(
    database: &Database,
    key: &SigningKey,
    clock: &dyn Clock,
    stop: impl Future<Output = ()>,
) {
    tokio::pin!(stop);
    let mut stopping = false;
    loop {
        if let Err(error) = sequence(database, key, clock.now()).await {
            tracing::error!(%error, "entries of the audit log could not be given their places");
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = &mut stop => stopping = true,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

row! {
    struct NoteRow { note: String }
}

/// The newest checkpoint, a signed note to be kept elsewhere: only who holds one can later show
/// that the whole database was not put back to an earlier state. `None` where nothing is signed.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn latest_checkpoint(database: &Database) -> Result<Option<String>, StoreError> {
    let row: Option<NoteRow> = database
        .optional(
            "SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1",
            params![],
        )
        .await?;
    Ok(row.map(|row| row.note))
}

/// What verifying the log found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LogReport {
    /// The log itself.
    #[serde(flatten)]
    pub log: VerifyReport,
    /// Entries that have no place yet, which nothing protects; a moment later they should have.
    pub unsequenced: u64,
    /// Entries that cannot be read, and so will never get one, or whose place is impossible.
    pub unreadable: u64,
}

impl LogReport {
    /// Whether nothing is wrong. Entries that only wait for their place are not wrong.
    #[must_use]
    pub const fn is_intact(&self) -> bool {
        self.log.is_intact() && self.unreadable == 0
    }
}

row! {
    struct LeafRow { position: i64, leaf: Vec<u8> }
}

/// Verifies the whole log, as it stands now, against its checkpoints: nothing was altered, removed
/// or put elsewhere. `held_elsewhere` is a checkpoint that was kept outside the database, as
/// [`latest_checkpoint`] gave it; with it also a log that was cut or put back as a whole is found.
/// `progress` is told how many entries are done. Memory does not grow with the log.
///
/// # Errors
/// [`StoreError`] where the database does not answer; what is wrong in the log is in the report.
pub async fn verify(
    database: &Database,
    keys: &[VerifyingKey],
    held_elsewhere: Option<&str>,
    mut progress: impl FnMut(u64),
) -> Result<LogReport, StoreError> {
    let mut snapshot = database.snapshot().await?;
    let notes: Vec<NoteRow> = snapshot
        .rows(
            "SELECT note FROM audit_checkpoints ORDER BY size",
            params![],
        )
        .await?;
    let notes = notes
        .iter()
        .map(|row| row.note.as_str())
        .chain(held_elsewhere);
    let mut verifier = LogVerifier::new(notes, keys);
    let mut entries = Vec::new().into_iter().peekable();
    let mut leaves = Vec::new().into_iter().peekable();
    let (mut after_entry, mut after_leaf) = ((-1, Uuid::max()), -1);
    let mut done = 0;
    loop {
        if entries.peek().is_none() {
            entries = next_entries(&mut snapshot, &mut after_entry)
                .await?
                .into_iter()
                .peekable();
        }
        if leaves.peek().is_none() {
            leaves = next_leaves(&mut snapshot, &mut after_leaf)
                .await?
                .into_iter()
                .peekable();
        }
        let entry_at = entries
            .peek()
            .and_then(|entry: &LoggedEntry| entry.position);
        let leaf_at = leaves.peek().map(|leaf: &LeafRow| leaf.position);
        let Some(position) = entry_at.into_iter().chain(leaf_at).min() else {
            break;
        };
        let entry = entries.next_if(|entry| entry.position == Some(position));
        let leaf = leaves.next_if(|leaf| leaf.position == position);
        verifier.push(&StoredEntry {
            position: u64::try_from(position).unwrap_or_default(),
            leaf: leaf.and_then(|leaf| NodeHash::from_slice(&leaf.leaf)),
            entry: entry.and_then(|entry| entry.entry),
        });
        done += 1;
        if done % READ_AT_ONCE as u64 == 0 {
            progress(done);
        }
    }
    progress(done);
    let (unsequenced, unreadable) = count_unsequenced(&mut snapshot).await?;
    Ok(LogReport {
        log: verifier.finish(),
        unsequenced,
        unreadable,
    })
}

async fn next_entries(
    snapshot: &mut Snapshot,
    after: &mut (i64, Uuid),
) -> Result<Vec<LoggedEntry>, StoreError> {
    // Who drops the unique index can give one place twice; so the id goes with it.
    let entries: Vec<LoggedEntry> = snapshot
        .rows(
            "SELECT * FROM audit_entries WHERE position IS NOT NULL AND (position, id) > ($1, $2)
             ORDER BY position, id LIMIT $3",
            params![after.0, after.1, READ_AT_ONCE],
        )
        .await?;
    if let Some(last) = entries.last() {
        *after = (last.position.unwrap_or(i64::MAX), last.id);
    }
    Ok(entries)
}

async fn next_leaves(snapshot: &mut Snapshot, after: &mut i64) -> Result<Vec<LeafRow>, StoreError> {
    let leaves: Vec<LeafRow> = snapshot
        .rows(
            "SELECT position, leaf FROM audit_leaves WHERE position > $1
             ORDER BY position LIMIT $2",
            params![*after, READ_AT_ONCE],
        )
        .await?;
    if let Some(last) = leaves.last() {
        *after = last.position;
    }
    Ok(leaves)
}

async fn count_unsequenced(snapshot: &mut Snapshot) -> Result<(u64, u64), StoreError> {
    let astray = snapshot
        .count(
            "SELECT count(*) AS n FROM audit_entries WHERE position < 0",
            params![],
        )
        .await?;
    let (mut unsequenced, mut unreadable) = (0, u64::try_from(astray).unwrap_or_default());
    let mut after = Uuid::nil();
    loop {
        let waiting: Vec<LoggedEntry> = snapshot
            .rows(
                "SELECT * FROM audit_entries WHERE position IS NULL AND id > $1
                 ORDER BY id LIMIT $2",
                params![after, READ_AT_ONCE],
            )
            .await?;
        let Some(last) = waiting.last() else {
            return Ok((unsequenced, unreadable));
        };
        after = last.id;
        unsequenced += waiting.len() as u64;
        unreadable += waiting
            .iter()
            .filter(|logged| logged.entry.is_none())
            .count() as u64;
    }
}

/// How many entries there are.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn size(database: &Database) -> Result<i64, StoreError> {
    database
        .count("SELECT count(*) AS n FROM audit_entries", params![])
        .await
}

/// The newest entries of the whole installation, before a given one; also those that concern no
/// organisation, such as strangers' attempts to sign in.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_installation(
    database: &Database,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<LoggedEntry>, StoreError> {
    database
        .rows(
            "SELECT * FROM audit_entries WHERE id < $1 ORDER BY id DESC LIMIT $2",
            params![before.unwrap_or_else(Uuid::max), limit],
        )
        .await
}

/// The newest entries that concern an organisation, before a given one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_organization(
    database: &Database,
    organization: OrganizationId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<LoggedEntry>, StoreError> {
    database
        .rows(
            "SELECT * FROM audit_entries WHERE organization_id = $1 AND id < $2
             ORDER BY id DESC LIMIT $3",
            params![organization, before.unwrap_or_else(Uuid::max), limit],
        )
        .await
}
