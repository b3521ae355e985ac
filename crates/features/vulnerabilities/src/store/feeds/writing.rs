//! Writing what records of feeds say.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vulnmatch::model::{Condition, Source};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, Params, StoreError, Transaction, Value, params, placeholders, row,
};

use super::super::VulnerabilityError;
use super::vulnerability::{COLUMNS, Vulnerability};
use super::{Manage, count_up};
use crate::model::{body, weight};

/// How many addresses are kept of a vulnerability.
pub(super) const MOST_LINKS: usize = 20;

/// A CVSS score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// In tenths.
    pub tenths: i64,
    /// The version of CVSS.
    pub version: String,
    /// The vector.
    pub vector: String,
}

/// What KEV says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exploited {
    /// It is known to be exploited.
    Known {
        /// Since this day on the list.
        added: Option<Date>,
        /// Agencies must act by then.
        due: Option<Date>,
        /// Used for ransomware.
        ransomware: bool,
        /// What is to be done.
        action: String,
    },
    /// It is on the list no more.
    NoMore,
}

/// What one record of a feed says of one vulnerability. What it does not say stays as it was.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patch {
    /// The vulnerability's number.
    pub id: i64,
    /// Titles and descriptions.
    pub title_ja: Option<String>,
    /// See there.
    pub title_en: Option<String>,
    /// A title that counts only where no other is known.
    pub name: Option<String>,
    /// See there.
    pub description_ja: Option<String>,
    /// See there.
    pub description_en: Option<String>,
    /// The score.
    pub score: Option<Score>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// When the record was last changed. An older record than the stored one says nothing.
    pub modified_at: Option<Instant>,
    /// Whether it was withdrawn.
    pub rejected: Option<bool>,
    /// JVN's number.
    pub jvn: Option<String>,
    /// Addresses.
    pub links: Vec<String>,
    /// Known exploitation.
    pub kev: Option<Exploited>,
    /// EPSS and its percentile.
    pub epss: Option<(f64, f64)>,
    /// What it says about products, by source and document. No conditions: nothing any more.
    pub statements: Vec<(Source, String, Vec<Condition>)>,
}

row! {
    struct StatementRow {
        vulnerability_id: i64, source: i64, document: String, modified_at: Option<Instant>,
        digest: String,
    }
}

/// What a batch changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Vulnerabilities of which something was changed.
    pub vulnerabilities: usize,
    /// Statements about products that were changed.
    pub statements: usize,
}

struct NewStatement {
    key: (i64, i64, String),
    modified_at: Option<Instant>,
    digest: String,
    body: Vec<u8>,
}

/// Packs the conditions of patches, outside of any transaction: it costs more than the writing.
fn packed(patches: &[Patch]) -> Result<Vec<NewStatement>, body::BodyError> {
    let mut packed = Vec::new();
    for patch in patches {
        for (source, document, conditions) in &patch.statements {
            let body = body::pack(conditions)?;
            packed.push(NewStatement {
                key: (patch.id, i64::from(*source as u8), document.clone()),
                modified_at: patch.modified_at,
                digest: HEXLOWER.encode(&Sha256::digest(&body)),
                body,
            });
        }
    }
    Ok(packed)
}

/// Writes a batch. What says nothing new is not written; two writers of batches wait for each
/// other. Call [`super::matches`]' job afterwards.
///
/// # Errors
/// [`VulnerabilityError`].
pub(crate) async fn write(
    tx: &mut Transaction,
    _proof: &Manage,
    patches: &[Patch],
) -> Result<Written, VulnerabilityError> {
    if patches.is_empty() {
        return Ok(Written::default());
    }
    let statements = packed(patches)?;
    let generation = count_up(tx, "generation").await?;
    let ids: Vec<i64> = {
        let mut ids: Vec<i64> = patches.iter().map(|patch| patch.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let mut known: BTreeMap<i64, Vulnerability> = BTreeMap::new();
    let mut said: HashMap<(i64, i64, String), (Option<Instant>, String)> = HashMap::new();
    for part in ids.chunks(400) {
        let values: Params = part.iter().map(|id| Value::from(*id)).collect();
        let list = placeholders(1, part.len());
        let sql = format!("SELECT * FROM vulnerabilities WHERE id IN ({list})");
        let rows: Vec<Vulnerability> = tx.rows(ComposedSql(sql), values.clone()).await?;
        known.extend(rows.into_iter().map(|row| (row.id, row)));
        if !statements.is_empty() {
            let sql = format!(
                "SELECT vulnerability_id, source, document, modified_at, digest
                 FROM vuln_statements WHERE vulnerability_id IN ({list})"
            );
            let rows: Vec<StatementRow> = tx.rows(ComposedSql(sql), values).await?;
            said.extend(rows.into_iter().map(|row| {
                (
                    (row.vulnerability_id, row.source, row.document),
                    (row.modified_at, row.digest),
                )
            }));
        }
    }
    // A record older than what is stored of the same source says nothing.
    let mut newest: BTreeMap<(i64, i64, String), NewStatement> = BTreeMap::new();
    let mut old: std::collections::HashSet<i64> = std::collections::HashSet::new();
    for statement in statements {
        let stored = said.get(&statement.key);
        if stored.is_some_and(|(modified, _)| *modified > statement.modified_at) {
            old.insert(statement.key.0);
            continue;
        }
        newest.insert(statement.key.clone(), statement);
    }
    let changed: Vec<NewStatement> = newest
        .into_values()
        .filter(|statement| {
            said.get(&statement.key)
                .is_none_or(|(_, digest)| *digest != statement.digest)
        })
        .collect();
    let before = known.clone();
    for patch in patches {
        let entry = known
            .entry(patch.id)
            .or_insert_with(|| Vulnerability::empty(patch.id));
        let was_exploited = entry.kev_added;
        let (was_rejected, was_published) = (entry.rejected, entry.published_at);
        let severity = entry.severity();
        if !old.contains(&patch.id) || patch.statements.is_empty() {
            entry.take(patch);
        }
        let weighs = weight(entry.kev_added.is_some(), entry.epss, entry.cvss_tenths);
        let weighed_anew = weighs != entry.weight
            || was_exploited != entry.kev_added
            || was_published != entry.published_at
            || severity != entry.severity();
        entry.weight = weighs;
        if weighed_anew {
            entry.weighed_in = generation;
        }
        // What is withdrawn touches nothing any more; what is exploited is a finding sooner.
        if was_rejected != entry.rejected || was_exploited.is_some() != entry.kev_added.is_some() {
            entry.changed_in = generation;
        }
    }
    for statement in &changed {
        if let Some(entry) = known.get_mut(&statement.key.0) {
            entry.changed_in = generation;
        }
    }
    let rows: Vec<&Vulnerability> = known
        .values()
        .filter(|row| before.get(&row.id) != Some(*row))
        .collect();
    let written = Written {
        vulnerabilities: rows.len(),
        statements: changed.len(),
    };
    let stored: Vec<i64> = rows
        .iter()
        .filter(|row| before.contains_key(&row.id))
        .map(|row| row.id)
        .collect();
    for part in stored.chunks(400) {
        let list = placeholders(1, part.len());
        let sql = format!("DELETE FROM vulnerabilities WHERE id IN ({list})");
        let values = part.iter().map(|id| Value::from(*id)).collect();
        tx.execute(ComposedSql(sql), values).await?;
    }
    let values: Vec<Params> = rows.iter().map(|row| row.values()).collect();
    tx.insert_many("vulnerabilities", &COLUMNS, values).await?;
    for statement in changed {
        let (id, source, document) = statement.key;
        tx.execute_later(
            "INSERT INTO vuln_statements (vulnerability_id, source, document, modified_at, digest,
                body)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (vulnerability_id, source, document) DO UPDATE SET
                modified_at = excluded.modified_at, digest = excluded.digest,
                body = excluded.body",
            params![
                id,
                source,
                document,
                statement.modified_at,
                statement.digest,
                statement.body
            ],
        )
        .await?;
    }
    Ok(written)
}

/// Every vulnerability that stands as known to be exploited.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn exploited(
    database: &Database,
    _proof: &Manage,
) -> Result<Vec<i64>, StoreError> {
    row! { struct IdRow { id: i64 } }
    let rows: Vec<IdRow> = database
        .rows(
            "SELECT id FROM vulnerabilities WHERE kev_added IS NOT NULL ORDER BY id",
            params![],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
