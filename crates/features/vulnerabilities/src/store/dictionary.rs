//! The dictionaries: what an institution, and what the administrator for all, confirmed that a
//! text of the register means.

use std::collections::HashMap;

use uuid::Uuid;
use vulnmatch::cpe::Name;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};

use super::{feeds, person_of};
use crate::model::products::text_key;

type Assess = Authorized<actions::AssessVulnerabilities>;
type Read = Authorized<actions::ReadVulnerabilities>;

row! {
    /// An entry of a dictionary.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Entry {
        /// Its id.
        pub id: Uuid,
        /// The text's key.
        pub text_key: String,
        /// The text.
        pub text: String,
        /// The CPE names; none where it is no product that feeds know.
        pub cpes: serde_json::Value,
        /// When it was decided.
        pub decided_at: Instant,
        /// The name of who decided it.
        pub by_name: Option<String>,
    }
}

impl Entry {
    /// The names.
    #[must_use]
    pub(crate) fn names(&self) -> Vec<Name> {
        let texts: Vec<String> = serde_json::from_value(self.cpes.clone()).unwrap_or_default();
        texts
            .iter()
            .filter_map(|text| Name::parse_lenient(text).ok())
            .collect()
    }
}

const SELECT: &str = "SELECT d.id AS id, d.text_key AS text_key, d.text AS text, d.cpes AS cpes,
        d.decided_at AS decided_at, p.name AS by_name
     FROM vuln_dictionary d LEFT JOIN people p ON p.id = d.decided_by";

fn by_key(entries: Vec<Entry>) -> HashMap<String, Vec<Name>> {
    entries
        .into_iter()
        .map(|entry| {
            let names = entry.names();
            (entry.text_key, names)
        })
        .collect()
}

/// The institution's dictionary and that of the installation, by key.
pub(crate) async fn known(
    database: &Database,
    organization: OrganizationId,
) -> Result<(HashMap<String, Vec<Name>>, HashMap<String, Vec<Name>>), StoreError> {
    let own = database
        .rows(
            yagura_store::ComposedSql(format!("{SELECT} WHERE d.organization_id = $1")),
            params![organization],
        )
        .await?;
    let shared = database
        .rows(
            yagura_store::ComposedSql(format!("{SELECT} WHERE d.organization_id IS NULL")),
            params![],
        )
        .await?;
    Ok((by_key(own), by_key(shared)))
}

/// What the institution, and what the installation's dictionary, say of a text.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn entries_of(
    database: &Database,
    proof: &Read,
    key: &str,
) -> Result<(Option<Entry>, Option<Entry>), StoreError> {
    let own = database
        .optional(
            yagura_store::ComposedSql(format!(
                "{SELECT} WHERE d.organization_id = $1 AND d.text_key = $2"
            )),
            params![proof.organization(), key],
        )
        .await?;
    let shared = database
        .optional(
            yagura_store::ComposedSql(format!(
                "{SELECT} WHERE d.organization_id IS NULL AND d.text_key = $1"
            )),
            params![key],
        )
        .await?;
    Ok((own, shared))
}

/// Remembers for the institution what a text means.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn decide(
    tx: &mut Transaction,
    proof: &Assess,
    ids: &dyn IdGenerator,
    text: &str,
    cpes: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO vuln_dictionary (id, organization_id, text_key, text, cpes, decided_at,
            decided_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (organization_id, text_key) WHERE organization_id IS NOT NULL
         DO UPDATE SET text = excluded.text, cpes = excluded.cpes,
            decided_at = excluded.decided_at, decided_by = excluded.decided_by",
        params![
            ids.id(),
            proof.organization(),
            text_key(text),
            text,
            &serde_json::json!(cpes),
            now,
            person_of(proof)
        ],
    )
    .await?;
    Ok(())
}

/// Forgets what the institution said of a text: guesses and the shared dictionary count again.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn forget(
    tx: &mut Transaction,
    proof: &Assess,
    text: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM vuln_dictionary WHERE organization_id = $1 AND text_key = $2",
        params![proof.organization(), text_key(text)],
    )
    .await?;
    Ok(())
}

row! {
    /// What institutions agree on, for the installation's dictionary.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Proposal {
        /// One of the entries.
        pub text_key: String,
        /// The text.
        pub text: String,
        /// The names.
        pub cpes: serde_json::Value,
        /// How many institutions say so.
        pub institutions: i64,
        /// Whether the installation's dictionary says so already.
        pub shared: i64,
    }
}

/// What institutions confirmed, with how many of them say the same, by text. Which institutions
/// they are is not told.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub(crate) async fn proposals(
    database: &Database,
    _proof: &Authorized<actions::ManageFeeds>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Proposal>, StoreError> {
    database
        .rows(
            "SELECT d.text_key AS text_key, min(d.text) AS text, d.cpes AS cpes,
                    count(d.organization_id) AS institutions,
                    count(CASE WHEN d.organization_id IS NULL THEN 1 END) AS shared
             FROM vuln_dictionary d WHERE d.text_key > $1
             GROUP BY d.text_key, d.cpes ORDER BY d.text_key, d.cpes LIMIT $2",
            params![after.unwrap_or_default(), limit],
        )
        .await
}

/// Enters a text into the installation's dictionary, or takes it out where there are no names to
/// be remembered.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub(crate) async fn share(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManageFeeds>,
    ids: &dyn IdGenerator,
    text: &str,
    cpes: Option<&[String]>,
    now: Instant,
) -> Result<(), StoreError> {
    feeds::count_up(tx, "names").await?;
    let key = text_key(text);
    let Some(cpes) = cpes else {
        tx.execute(
            "DELETE FROM vuln_dictionary WHERE organization_id IS NULL AND text_key = $1",
            params![key],
        )
        .await?;
        return Ok(());
    };
    tx.execute(
        "INSERT INTO vuln_dictionary (id, text_key, text, cpes, decided_at, decided_by)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (text_key) WHERE organization_id IS NULL
         DO UPDATE SET text = excluded.text, cpes = excluded.cpes,
            decided_at = excluded.decided_at, decided_by = excluded.decided_by",
        params![
            ids.id(),
            key,
            text,
            &serde_json::json!(cpes),
            now,
            person_of(proof)
        ],
    )
    .await?;
    Ok(())
}
