//! What feeds say: written in batches, each in one transaction that leaves it whole.
//!
//! Every change of what is said about a vulnerability carries the number of its generation, so that
//! an index that was built before, and findings that were made before, are known to be old.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vulnmatch::model::{Condition, Source, Statement, VulnerabilityId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{
    ComposedSql, Database, Params, Snapshot, StoreError, Transaction, Value, params, placeholders,
    row,
};

use super::VulnerabilityError;
use crate::model::{Feed, body, weight};

/// The proof with which feeds are written.
pub type Manage = Authorized<actions::ManageFeeds>;

row! {
    /// How a feed stands.
    #[derive(Debug, Clone, PartialEq)]
    pub struct FeedRow {
        /// The feed, by code.
        pub feed: String,
        /// When it was last tried.
        pub attempted_at: Option<Instant>,
        /// When it was last loaded to its end.
        pub succeeded_at: Option<Instant>,
        /// The day that its content says of itself.
        pub as_of: Option<Instant>,
        /// How many records the last loading read.
        pub records: i64,
        /// How many of them were set aside.
        pub set_aside: i64,
        /// The first of those, with their places.
        pub examples: serde_json::Value,
        /// Why the last try failed; nothing where it did not.
        pub error: Option<String>,
        /// Where the fetching goes on after a break.
        pub resume: Option<String>,
    }
}

/// How the feeds stand that were ever tried.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn states(
    database: &Database,
    _proof: &Authorized<actions::ReadFeeds>,
) -> Result<Vec<FeedRow>, StoreError> {
    database
        .rows("SELECT * FROM vuln_feeds ORDER BY feed", params![])
        .await
}

/// What became of a try to load a feed.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The day that the content says of itself.
    pub as_of: Option<Instant>,
    /// How many records were read.
    pub records: i64,
    /// How many were set aside.
    pub set_aside: i64,
    /// The first of those.
    pub examples: serde_json::Value,
    /// Why it failed.
    pub error: Option<String>,
}

/// Notes what became of a try. What was loaded before a failure stands.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn note_outcome(
    tx: &mut Transaction,
    _proof: &Manage,
    feed: Feed,
    outcome: &Outcome,
    now: Instant,
) -> Result<(), StoreError> {
    let succeeded = outcome.error.is_none().then_some(now);
    let none = serde_json::json!([]);
    let examples = if outcome.examples.is_array() {
        &outcome.examples
    } else {
        &none
    };
    tx.execute(
        "INSERT INTO vuln_feeds (feed, attempted_at, succeeded_at, as_of, records, set_aside,
            examples, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (feed) DO UPDATE SET attempted_at = excluded.attempted_at,
            succeeded_at = COALESCE(excluded.succeeded_at, vuln_feeds.succeeded_at),
            as_of = CASE WHEN excluded.as_of IS NULL OR excluded.as_of < vuln_feeds.as_of
                         THEN vuln_feeds.as_of ELSE excluded.as_of END,
            records = excluded.records, set_aside = excluded.set_aside,
            examples = excluded.examples, error = excluded.error",
        params![
            feed.code(),
            now,
            succeeded,
            outcome.as_of,
            outcome.records,
            outcome.set_aside,
            examples,
            outcome.error.clone()
        ],
    )
    .await?;
    Ok(())
}

/// Notes where fetching goes on, together with what was fetched so far.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn note_resume(
    tx: &mut Transaction,
    _proof: &Manage,
    feed: Feed,
    resume: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO vuln_feeds (feed, records, set_aside, examples, resume)
         VALUES ($1, 0, 0, '[]', $2)
         ON CONFLICT (feed) DO UPDATE SET resume = excluded.resume",
        params![feed.code(), resume],
    )
    .await?;
    Ok(())
}

/// How far a feed was fetched.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn resume(
    database: &Database,
    _proof: &Manage,
    feed: Feed,
) -> Result<(Option<String>, Option<Instant>), StoreError> {
    row! { struct ResumeRow { resume: Option<String>, as_of: Option<Instant> } }
    let row: Option<ResumeRow> = database
        .optional(
            "SELECT resume, as_of FROM vuln_feeds WHERE feed = $1",
            params![feed.code()],
        )
        .await?;
    Ok(row.map_or((None, None), |row| (row.resume, row.as_of)))
}

row! {
    struct CounterRow { value: i64 }
}

/// A counter of the feature: `generation` of what feeds say, `matched` up to which generation
/// findings were made, `names` of what is known of products.
pub(crate) async fn counter(database: &Database, name: &str) -> Result<i64, StoreError> {
    let row: CounterRow = database
        .one(
            "SELECT value FROM vuln_counters WHERE name = $1",
            params![name],
        )
        .await?;
    Ok(row.value)
}

/// Counts up, and keeps every other writer of the same from going on until the transaction ends.
pub(crate) async fn count_up(tx: &mut Transaction, name: &str) -> Result<i64, StoreError> {
    let row: CounterRow = tx
        .one(
            "UPDATE vuln_counters SET value = value + 1 WHERE name = $1 RETURNING value",
            params![name],
        )
        .await?;
    Ok(row.value)
}

/// Raises a counter to a value that it may have passed meanwhile.
pub(crate) async fn raise_to(
    tx: &mut Transaction,
    name: &str,
    value: i64,
) -> Result<(), StoreError> {
    tx.execute_later(
        "UPDATE vuln_counters SET value = $2 WHERE name = $1 AND value < $2",
        params![name, value],
    )
    .await
}

row! {
    /// What is known of a vulnerability, from all feeds together.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct Vulnerability {
        /// Its number: see [`VulnerabilityId::code`].
        pub id: i64,
        /// The Japanese title.
        pub title_ja: Option<String>,
        /// The English title.
        pub title_en: Option<String>,
        /// What it is, in Japanese.
        pub description_ja: Option<String>,
        /// What it is, in English.
        pub description_en: Option<String>,
        /// CVSS base score in tenths.
        pub cvss_tenths: Option<i64>,
        /// The version of CVSS.
        pub cvss_version: Option<String>,
        /// The vector.
        pub cvss_vector: Option<String>,
        /// When it was published.
        pub published_at: Option<Instant>,
        /// When a feed last changed it.
        pub modified_at: Option<Instant>,
        /// It was withdrawn.
        pub rejected: bool,
        /// JVN's number.
        pub jvn: Option<String>,
        /// Addresses where more is said, a list of texts.
        pub links: serde_json::Value,
        /// The day on which it was entered as known to be exploited.
        pub kev_added: Option<Date>,
        /// The day by which agencies of the United States must act.
        pub kev_due: Option<Date>,
        /// It is used for ransomware.
        pub kev_ransomware: bool,
        /// What CISA says is to be done.
        pub kev_action: Option<String>,
        /// The probability of exploitation within 30 days.
        pub epss: Option<f64>,
        /// The share of vulnerabilities with at most this probability.
        pub epss_percentile: Option<f64>,
        /// What it adds to the urgency of its findings.
        pub weight: i64,
        /// In which generation what it says about products last changed.
        pub changed_in: i64,
        /// In which generation its weight or days last changed.
        pub weighed_in: i64,
    }
}

/// The number in storage of an identifier.
#[must_use]
pub fn key(id: VulnerabilityId) -> i64 {
    i64::try_from(id.code()).unwrap_or_default()
}

/// The identifier of a number in storage.
#[must_use]
pub fn id_of(key: i64) -> VulnerabilityId {
    VulnerabilityId::from_code(u64::try_from(key).unwrap_or_default())
}

impl Vulnerability {
    fn empty(id: i64) -> Self {
        Self {
            id,
            title_ja: None,
            title_en: None,
            description_ja: None,
            description_en: None,
            cvss_tenths: None,
            cvss_version: None,
            cvss_vector: None,
            published_at: None,
            modified_at: None,
            rejected: false,
            jvn: None,
            links: serde_json::json!([]),
            kev_added: None,
            kev_due: None,
            kev_ransomware: false,
            kev_action: None,
            epss: None,
            epss_percentile: None,
            weight: 0,
            changed_in: 0,
            weighed_in: 0,
        }
    }

    /// Its identifier.
    #[must_use]
    pub fn identifier(&self) -> VulnerabilityId {
        id_of(self.id)
    }

    /// How grave it is.
    #[must_use]
    pub const fn severity(&self) -> crate::model::Severity {
        crate::model::Severity::of_tenths(self.cvss_tenths)
    }

    fn take(&mut self, patch: &Patch) {
        fn put<T: Clone>(place: &mut Option<T>, value: &Option<T>) {
            if value.is_some() {
                place.clone_from(value);
            }
        }
        put(&mut self.title_ja, &patch.title_ja);
        put(&mut self.title_en, &patch.title_en);
        if self.title_en.is_none() {
            self.title_en.clone_from(&patch.name);
        }
        put(&mut self.description_ja, &patch.description_ja);
        put(&mut self.description_en, &patch.description_en);
        if let Some(score) = &patch.score {
            self.cvss_tenths = Some(score.tenths);
            self.cvss_version = Some(score.version.clone());
            self.cvss_vector = Some(score.vector.clone());
        }
        if let Some(published) = patch.published_at {
            // The earliest: from then on somebody could know of it.
            self.published_at = Some(
                self.published_at
                    .map_or(published, |known| known.min(published)),
            );
        }
        if patch.modified_at > self.modified_at {
            self.modified_at = patch.modified_at;
        }
        if let Some(rejected) = patch.rejected {
            self.rejected = rejected;
        }
        put(&mut self.jvn, &patch.jvn);
        if !patch.links.is_empty() {
            let mut known: Vec<String> =
                serde_json::from_value(self.links.clone()).unwrap_or_default();
            for link in &patch.links {
                if known.len() < MOST_LINKS && !known.contains(link) {
                    known.push(link.clone());
                }
            }
            self.links = serde_json::json!(known);
        }
        match &patch.kev {
            Some(Exploited::Known {
                added,
                due,
                ransomware,
                action,
            }) => {
                self.kev_added = *added;
                self.kev_due = *due;
                self.kev_ransomware = *ransomware;
                self.kev_action = Some(action.clone());
            }
            Some(Exploited::NoMore) => {
                self.kev_added = None;
                self.kev_due = None;
                self.kev_ransomware = false;
                self.kev_action = None;
            }
            None => {}
        }
        if let Some((epss, percentile)) = patch.epss {
            self.epss = Some(epss);
            self.epss_percentile = Some(percentile);
        }
    }

    fn values(&self) -> Params {
        params![
            self.id,
            self.title_ja.clone(),
            self.title_en.clone(),
            self.description_ja.clone(),
            self.description_en.clone(),
            self.cvss_tenths,
            self.cvss_version.clone(),
            self.cvss_vector.clone(),
            self.published_at,
            self.modified_at,
            self.rejected,
            self.jvn.clone(),
            &self.links,
            self.kev_added,
            self.kev_due,
            self.kev_ransomware,
            self.kev_action.clone(),
            self.epss,
            self.epss_percentile,
            self.weight,
            self.changed_in,
            self.weighed_in
        ]
    }
}

const COLUMNS: [&str; 22] = [
    "id",
    "title_ja",
    "title_en",
    "description_ja",
    "description_en",
    "cvss_tenths",
    "cvss_version",
    "cvss_vector",
    "published_at",
    "modified_at",
    "rejected",
    "jvn",
    "links",
    "kev_added",
    "kev_due",
    "kev_ransomware",
    "kev_action",
    "epss",
    "epss_percentile",
    "weight",
    "changed_in",
    "weighed_in",
];

/// How many addresses are kept of a vulnerability.
const MOST_LINKS: usize = 20;

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

/// Entries of a list of products: maker, product, CPE name.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn write_products(
    tx: &mut Transaction,
    _proof: &Manage,
    products: &[(String, String, String)],
) -> Result<(), StoreError> {
    if products.is_empty() {
        return Ok(());
    }
    count_up(tx, "names").await?;
    for (vendor, product, cpe) in products {
        tx.execute_later(
            "INSERT INTO vuln_listed_products (vendor, product, cpe) VALUES ($1, $2, $3)
             ON CONFLICT (vendor, product, cpe) DO NOTHING",
            params![vendor, product, cpe],
        )
        .await?;
    }
    Ok(())
}

row! {
    /// An entry of a list of products.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Listed {
        /// Who makes it.
        pub vendor: String,
        /// What it is.
        pub product: String,
        /// Its CPE name.
        pub cpe: String,
    }
}

/// The lists of products.
pub(crate) async fn listed(database: &Database) -> Result<Vec<Listed>, StoreError> {
    database
        .rows(
            "SELECT vendor, product, cpe FROM vuln_listed_products ORDER BY vendor, product, cpe",
            params![],
        )
        .await
}

row! {
    /// What one document of a source says, packed.
    #[derive(Debug, Clone)]
    pub struct Said {
        /// The vulnerability's number.
        pub vulnerability_id: i64,
        /// The source's number.
        pub source: i64,
        /// The document.
        pub document: String,
        /// When it was last changed.
        pub modified_at: Option<Instant>,
        /// The packed conditions.
        pub body: Vec<u8>,
    }
}

/// Joins what several documents of one source say into one statement each, in the order of the
/// rows. Those of rejected vulnerabilities must not be among them.
pub(crate) struct Joining {
    current: Option<Statement>,
}

impl Joining {
    pub(crate) const fn new() -> Self {
        Self { current: None }
    }

    /// Takes a row; gives the statement before it where that is complete.
    pub(crate) fn take(&mut self, said: &Said) -> Result<Option<Statement>, VulnerabilityError> {
        let conditions = body::unpack(&said.body)?;
        let Some(source) = u8::try_from(said.source).ok().and_then(Source::from_code) else {
            return Ok(None);
        };
        let id = id_of(said.vulnerability_id);
        if let Some(current) = &mut self.current
            && current.id == id
            && current.source == source
        {
            current.configurations.extend(conditions);
            return Ok(None);
        }
        Ok(self.current.replace(Statement {
            id,
            source,
            configurations: conditions,
        }))
    }

    /// The last statement.
    pub(crate) fn finish(self) -> Option<Statement> {
        self.current
    }
}

/// Every statement of vulnerabilities that are not withdrawn, in the order of vulnerability and
/// source, for the index.
pub(crate) const ALL_SAID: &str =
    "SELECT s.vulnerability_id AS vulnerability_id, s.source AS source,
        s.document AS document, s.modified_at AS modified_at, s.body AS body
     FROM vuln_statements s JOIN vulnerabilities v ON v.id = s.vulnerability_id
     WHERE v.rejected = 0 ORDER BY s.vulnerability_id, s.source, s.document";

/// Every statement, also those of withdrawn vulnerabilities, for a bundle.
pub(crate) const EVERYTHING_SAID: &str =
    "SELECT vulnerability_id, source, document, modified_at, body
     FROM vuln_statements ORDER BY vulnerability_id, source, document";

/// What is said of some vulnerabilities that are not withdrawn.
pub(crate) async fn statements_of(
    database: &Database,
    ids: &[i64],
) -> Result<Vec<Statement>, VulnerabilityError> {
    let mut statements = Vec::new();
    for part in ids.chunks(400) {
        let sql = format!(
            "SELECT s.vulnerability_id AS vulnerability_id, s.source AS source,
                    s.document AS document, s.modified_at AS modified_at, s.body AS body
             FROM vuln_statements s JOIN vulnerabilities v ON v.id = s.vulnerability_id
             WHERE v.rejected = 0 AND s.vulnerability_id IN ({})
             ORDER BY s.vulnerability_id, s.source, s.document",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|id| Value::from(*id)).collect();
        let rows: Vec<Said> = database.rows(ComposedSql(sql), values).await?;
        let mut joining = Joining::new();
        for row in &rows {
            statements.extend(joining.take(row)?);
        }
        statements.extend(joining.finish());
    }
    Ok(statements)
}

/// A view of the database for long reading.
pub(crate) async fn snapshot(database: &Database) -> Result<Snapshot, StoreError> {
    database.snapshot().await
}

/// The generation that a view of the database shows.
pub(crate) async fn generation_in(snapshot: &mut Snapshot) -> Result<i64, StoreError> {
    let row: CounterRow = snapshot
        .one(
            "SELECT value FROM vuln_counters WHERE name = 'generation'",
            params![],
        )
        .await?;
    Ok(row.value)
}

/// Takes the right to match for some time; false where another process has it.
pub(crate) async fn take_turn(
    database: &Database,
    now: Instant,
    until: Instant,
) -> Result<bool, StoreError> {
    let mut tx = database.begin().await?;
    let touched = tx
        .execute(
            "UPDATE vuln_counters SET value = $2 WHERE name = 'busy' AND value < $1",
            params![now, until],
        )
        .await?;
    tx.commit().await?;
    Ok(touched == 1)
}

/// Gives the right back, or keeps it longer.
pub(crate) async fn end_turn(database: &Database, until: Instant) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    tx.execute(
        "UPDATE vuln_counters SET value = $1 WHERE name = 'busy'",
        params![until],
    )
    .await?;
    tx.commit().await
}
