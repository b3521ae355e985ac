//! What sources say about products, read again.

use vulnmatch::model::{Source, Statement};
use yagura_kernel::time::Instant;
use yagura_store::{ComposedSql, Database, Snapshot, StoreError, Value, params, placeholders, row};

use super::super::VulnerabilityError;
use super::{CounterRow, id_of};
use crate::model::body;

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
