//! The tables of verdicts and of the keys that signed them.

use credentialcheck::Verdict;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId, PersonId};
use yagura_kernel::policy::{Actor, Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{
    Database, FromRow, Migration, Row, StoreError, Transaction, Value, params, placeholders, row,
};

/// How many verdicts a key may have while nobody has compared its fingerprint.
pub(crate) const MOST_WAITING: i64 = 10;
/// How many keys an institution may have.
pub(crate) const MOST_KEYS: i64 = 200;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "credentials_0001_verdicts",
    sql: "
    CREATE TABLE credential_keys (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        public_key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        first_seen_at BIGINT NOT NULL,
        trusted_at BIGINT,
        trusted_by {uuid},
        revoked_at BIGINT,
        UNIQUE (organization_id, public_key)
    );
    CREATE TABLE credential_verdicts (
        id {uuid} PRIMARY KEY,
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        key_id {uuid} NOT NULL REFERENCES credential_keys (id),
        sha256 TEXT NOT NULL,
        checked_at BIGINT NOT NULL,
        uploaded_at BIGINT NOT NULL,
        uploaded_by {uuid},
        content TEXT NOT NULL,
        signed TEXT NOT NULL,
        evidence_id {uuid},
        UNIQUE (organization_id, sha256)
    );
    CREATE INDEX credential_verdicts_by_organization
        ON credential_verdicts (organization_id, checked_at);
    CREATE INDEX credential_verdicts_by_key ON credential_verdicts (key_id);
    CREATE TABLE credential_files (
        verdict_id {uuid} NOT NULL REFERENCES credential_verdicts (id),
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        place BIGINT NOT NULL,
        label TEXT NOT NULL,
        PRIMARY KEY (verdict_id, place)
    );
    CREATE INDEX credential_files_by_label ON credential_files (organization_id, label);
    CREATE TABLE credential_retired (
        organization_id {uuid} NOT NULL REFERENCES organizations (id),
        label TEXT NOT NULL,
        retired_at BIGINT NOT NULL,
        retired_by {uuid},
        PRIMARY KEY (organization_id, label)
    );
    ",
}];

type Read = Authorized<actions::ReadEvidence>;
type Manage = Authorized<actions::ManageEvidence>;

row! {
    /// A key that signs verdicts.
    pub(crate) struct KeyRow {
        pub(crate) id: Uuid,
        pub(crate) fingerprint: String,
        pub(crate) first_seen_at: Instant,
        pub(crate) trusted_at: Option<Instant>,
        pub(crate) trusted_by_name: Option<String>,
        pub(crate) revoked_at: Option<Instant>,
        pub(crate) verdicts: i64,
    }
}

impl KeyRow {
    /// Whether its verdicts count.
    pub(crate) const fn is_trusted(&self) -> bool {
        self.trusted_at.is_some() && self.revoked_at.is_none()
    }

    /// Whether a person has yet to compare its fingerprint.
    pub(crate) const fn is_waiting(&self) -> bool {
        self.trusted_at.is_none() && self.revoked_at.is_none()
    }
}

/// A verdict that was uploaded.
#[derive(Debug, Clone)]
pub(crate) struct VerdictRow {
    pub(crate) id: Uuid,
    pub(crate) key: Uuid,
    pub(crate) fingerprint: String,
    pub(crate) is_trusted: bool,
    pub(crate) checked_at: Instant,
    pub(crate) uploaded_at: Instant,
    pub(crate) uploaded_by: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) evidence: Option<Uuid>,
}

impl FromRow for VerdictRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let content: String = row.get("content")?;
        let trusted: i64 = row.get("is_trusted")?;
        Ok(Self {
            id: row.get("id")?,
            key: row.get("key_id")?,
            fingerprint: row.get("fingerprint")?,
            is_trusted: trusted == 1,
            checked_at: row.get("checked_at")?,
            uploaded_at: row.get("uploaded_at")?,
            uploaded_by: row.get("uploaded_by_name")?,
            verdict: serde_json::from_str(&content)?,
            evidence: row.get("evidence_id")?,
        })
    }
}

const SELECT: &str = "SELECT v.id AS id, v.key_id AS key_id, k.fingerprint AS fingerprint,
    CASE WHEN k.trusted_at IS NOT NULL AND k.revoked_at IS NULL THEN 1 ELSE 0 END AS is_trusted,
    v.checked_at AS checked_at, v.uploaded_at AS uploaded_at, p.name AS uploaded_by_name,
    v.content AS content, v.evidence_id AS evidence_id
    FROM credential_verdicts v JOIN credential_keys k ON k.id = v.key_id
    LEFT JOIN people p ON p.id = v.uploaded_by";

const KEYS: &str = "SELECT k.id AS id, k.fingerprint AS fingerprint,
    k.first_seen_at AS first_seen_at, k.trusted_at AS trusted_at, p.name AS trusted_by_name,
    k.revoked_at AS revoked_at,
    (SELECT count(*) FROM credential_verdicts v WHERE v.key_id = k.id) AS verdicts
    FROM credential_keys k LEFT JOIN people p ON p.id = k.trusted_by
    WHERE k.organization_id = $1 ORDER BY k.first_seen_at DESC, k.id DESC";

fn person_of<A: yagura_kernel::policy::ActionType>(proof: &Authorized<A>) -> Option<PersonId> {
    match &proof.principal().actor {
        Actor::Person { person, .. } => Some(*person),
        _ => None,
    }
}

/// The keys of an institution, newest first.
pub(crate) async fn keys(database: &Database, proof: &Read) -> Result<Vec<KeyRow>, StoreError> {
    database.rows(KEYS, params![proof.organization()]).await
}

/// Verdicts, newest first, before a place where one is given.
pub(crate) async fn verdicts(
    database: &Database,
    proof: &Read,
    before: Option<(Instant, Uuid)>,
    limit: i64,
) -> Result<Vec<VerdictRow>, StoreError> {
    let (at, id) = before.unwrap_or((Instant::from_micros(i64::MAX), Uuid::max()));
    let sql = format!(
        "{SELECT} WHERE v.organization_id = $1 AND (v.checked_at, v.id) < ($2, $3)
         ORDER BY v.checked_at DESC, v.id DESC LIMIT $4"
    );
    database
        .rows(
            yagura_store::ComposedSql(sql),
            params![proof.organization(), at, id, limit],
        )
        .await
}

/// One verdict.
pub(crate) async fn verdict(
    database: &Database,
    proof: &Read,
    id: Uuid,
) -> Result<Option<VerdictRow>, StoreError> {
    let sql = format!("{SELECT} WHERE v.organization_id = $1 AND v.id = $2");
    database
        .optional(
            yagura_store::ComposedSql(sql),
            params![proof.organization(), id],
        )
        .await
}

row! { struct OwnerRow { organization_id: OrganizationId } }

/// Whose verdict it is.
pub(crate) async fn verdict_owner(
    database: &Database,
    id: Uuid,
) -> Result<Option<OrganizationId>, StoreError> {
    let sql = "SELECT organization_id FROM credential_verdicts WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    Ok(row.map(|row| row.organization_id))
}

/// Whose key it is.
pub(crate) async fn key_owner(
    database: &Database,
    id: Uuid,
) -> Result<Option<OrganizationId>, StoreError> {
    let sql = "SELECT organization_id FROM credential_keys WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![id]).await?;
    Ok(row.map(|row| row.organization_id))
}

/// What counts of a file: its part of the newest verdict on it.
#[derive(Debug, Clone)]
pub(crate) struct CountingFile {
    pub(crate) label: String,
    /// Its place among the files of the verdict.
    pub(crate) place: usize,
    /// The verdict's place among those given with it.
    pub(crate) verdict: usize,
}

/// What counts today: the verdicts, and of which files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counting {
    pub(crate) verdicts: Vec<VerdictRow>,
    pub(crate) files: Vec<CountingFile>,
}

/// Of each file the newest verdict of a trusted key, but of no file that somebody said to be used no
/// more since; by label.
pub(crate) async fn counting(database: &Database, proof: &Read) -> Result<Counting, StoreError> {
    row! { struct Newest { verdict_id: Uuid, place: i64, label: String } }
    let newest: Vec<Newest> = database
        .rows(
            "SELECT verdict_id, place, label FROM (
                SELECT f.verdict_id AS verdict_id, f.place AS place, f.label AS label,
                    row_number() OVER (
                        PARTITION BY f.label ORDER BY v.checked_at DESC, v.id DESC) AS newest
                FROM credential_files f
                JOIN credential_verdicts v ON v.id = f.verdict_id
                JOIN credential_keys k ON k.id = v.key_id
                LEFT JOIN credential_retired r
                    ON r.organization_id = f.organization_id AND r.label = f.label
                WHERE f.organization_id = $1 AND k.trusted_at IS NOT NULL
                  AND k.revoked_at IS NULL
                  AND (r.retired_at IS NULL OR v.checked_at > r.retired_at)
             ) n WHERE newest = 1 ORDER BY label LIMIT 500",
            params![proof.organization()],
        )
        .await?;
    let mut ids: Vec<Uuid> = newest.iter().map(|row| row.verdict_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Counting::default());
    }
    let mut values = params![proof.organization()];
    values.extend(ids.iter().map(|id| Value::from(*id)));
    let sql = format!(
        "{SELECT} WHERE v.organization_id = $1 AND v.id IN ({}) ORDER BY v.id",
        placeholders(2, ids.len())
    );
    let verdicts: Vec<VerdictRow> = database
        .rows(yagura_store::ComposedSql(sql), values)
        .await?;
    let files = newest
        .into_iter()
        .filter_map(|row| {
            Some(CountingFile {
                verdict: verdicts.iter().position(|one| one.id == row.verdict_id)?,
                place: usize::try_from(row.place).ok()?,
                label: row.label,
            })
        })
        .collect();
    Ok(Counting { verdicts, files })
}

/// Says that a file is used no more: what was found in it up to now counts no more. Whether there is
/// a verdict on it.
pub(crate) async fn retire(
    tx: &mut Transaction,
    proof: &Manage,
    label: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let organization = proof.organization();
    let known = tx
        .count(
            "SELECT count(*) AS n FROM credential_files WHERE organization_id = $1 AND label = $2",
            params![organization, label],
        )
        .await?;
    if known == 0 {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO credential_retired (organization_id, label, retired_at, retired_by)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, label) DO UPDATE
         SET retired_at = excluded.retired_at, retired_by = excluded.retired_by",
        params![organization, label, now, person_of(proof)],
    )
    .await?;
    Ok(true)
}

row! { struct KeyState { id: Uuid, trusted_at: Option<Instant>, revoked_at: Option<Instant> } }

/// What became of a key when one of its verdicts came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyTrust {
    /// A person has compared it.
    Trusted,
    /// Nobody has yet.
    Waiting,
    /// A person has said that it counts no more.
    Revoked,
    /// There are more keys, or more verdicts of a key that nobody compared, than are kept.
    TooMany,
}

/// The key of a verdict, noted where it is new.
pub(crate) async fn key_of(
    tx: &mut Transaction,
    proof: &Manage,
    ids: &dyn IdGenerator,
    public_key: &str,
    fingerprint: &str,
    now: Instant,
) -> Result<(Uuid, KeyTrust), StoreError> {
    let organization = proof.organization();
    tx.execute(
        "INSERT INTO credential_keys (id, organization_id, public_key, fingerprint, first_seen_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, public_key) DO NOTHING",
        params![ids.id(), organization, public_key, fingerprint, now],
    )
    .await?;
    let key: KeyState = tx
        .one(
            "SELECT id, trusted_at, revoked_at FROM credential_keys
             WHERE organization_id = $1 AND public_key = $2",
            params![organization, public_key],
        )
        .await?;
    if key.revoked_at.is_some() {
        return Ok((key.id, KeyTrust::Revoked));
    }
    if key.trusted_at.is_some() {
        return Ok((key.id, KeyTrust::Trusted));
    }
    let waiting = tx
        .count(
            "SELECT count(*) AS n FROM credential_verdicts WHERE key_id = $1",
            params![key.id],
        )
        .await?;
    let keys = tx
        .count(
            "SELECT count(*) AS n FROM credential_keys WHERE organization_id = $1",
            params![organization],
        )
        .await?;
    let trust = if waiting >= MOST_WAITING || keys > MOST_KEYS {
        KeyTrust::TooMany
    } else {
        KeyTrust::Waiting
    };
    Ok((key.id, trust))
}

/// A verdict that is to be kept.
pub(crate) struct NewVerdict<'v> {
    pub(crate) id: Uuid,
    pub(crate) key: Uuid,
    pub(crate) sha256: &'v str,
    pub(crate) checked_at: Instant,
    pub(crate) content: &'v str,
    pub(crate) signed: &'v str,
    /// The labels of its files, in their order.
    pub(crate) files: Vec<&'v str>,
}

/// Keeps a verdict. Whether it is new.
pub(crate) async fn insert(
    tx: &mut Transaction,
    proof: &Manage,
    new: &NewVerdict<'_>,
    now: Instant,
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "INSERT INTO credential_verdicts (id, organization_id, key_id, sha256, checked_at,
                uploaded_at, uploaded_by, content, signed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (organization_id, sha256) DO NOTHING",
            params![
                new.id,
                proof.organization(),
                new.key,
                new.sha256,
                new.checked_at,
                now,
                person_of(proof),
                new.content,
                new.signed
            ],
        )
        .await?;
    if added > 0 {
        let files = new.files.iter().zip(0_i64..);
        let rows = files.map(|(label, place)| params![new.id, proof.organization(), place, *label]);
        let columns = ["verdict_id", "organization_id", "place", "label"];
        tx.insert_many("credential_files", &columns, rows).await?;
    }
    Ok(added > 0)
}

row! { struct IdRow { id: Uuid } }

/// The verdict that has this content already.
pub(crate) async fn known(
    tx: &mut Transaction,
    proof: &Manage,
    sha256: &str,
) -> Result<Option<Uuid>, StoreError> {
    let row: Option<IdRow> = tx
        .optional(
            "SELECT id FROM credential_verdicts WHERE organization_id = $1 AND sha256 = $2",
            params![proof.organization(), sha256],
        )
        .await?;
    Ok(row.map(|row| row.id))
}

row! {
    /// A verdict that is no piece of evidence yet.
    pub(crate) struct Unfiled {
        pub(crate) id: Uuid,
        pub(crate) checked_at: Instant,
        pub(crate) signed: String,
    }
}

/// The verdicts of a key that are no pieces of evidence yet.
pub(crate) async fn unfiled(
    database: &Database,
    proof: &Manage,
    key: Uuid,
) -> Result<Vec<Unfiled>, StoreError> {
    database
        .rows(
            "SELECT id, checked_at, signed FROM credential_verdicts
             WHERE organization_id = $1 AND key_id = $2 AND evidence_id IS NULL
             ORDER BY checked_at, id",
            params![proof.organization(), key],
        )
        .await
}

/// Says which piece of evidence a verdict is.
pub(crate) async fn filed(
    tx: &mut Transaction,
    proof: &Manage,
    id: Uuid,
    evidence: Uuid,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE credential_verdicts SET evidence_id = $1
         WHERE id = $2 AND organization_id = $3 AND evidence_id IS NULL",
        params![evidence, id, proof.organization()],
    )
    .await?;
    Ok(())
}

/// A person has compared a key. Whether it was not trusted before.
pub(crate) async fn trust(
    tx: &mut Transaction,
    proof: &Manage,
    id: Uuid,
    now: Instant,
) -> Result<bool, StoreError> {
    let changed = tx
        .execute(
            "UPDATE credential_keys SET trusted_at = $1, trusted_by = $2, revoked_at = NULL
             WHERE id = $3 AND organization_id = $4
               AND (trusted_at IS NULL OR revoked_at IS NOT NULL)",
            params![now, person_of(proof), id, proof.organization()],
        )
        .await?;
    Ok(changed > 0)
}

/// A key counts no more. Whether it did before.
pub(crate) async fn revoke(
    tx: &mut Transaction,
    proof: &Manage,
    id: Uuid,
    now: Instant,
) -> Result<bool, StoreError> {
    let changed = tx
        .execute(
            "UPDATE credential_keys SET revoked_at = $1
             WHERE id = $2 AND organization_id = $3 AND revoked_at IS NULL",
            params![now, id, proof.organization()],
        )
        .await?;
    Ok(changed > 0)
}
