//! What feeds say: written in batches, each in one transaction that leaves it whole.
//!
//! Every change of what is said about a vulnerability carries the number of its generation, so that
//! an index that was built before, and findings that were made before, are known to be old. How each
//! feed stands and the counters are here; the rest is below by subject.

mod products;
mod said;
mod vulnerability;
mod writing;

use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, StoreError, Transaction, params, row};

use crate::model::Feed;

pub(crate) use products::{Listed, listed, write_products};
pub(crate) use said::{
    ALL_SAID, EVERYTHING_SAID, Joining, Said, generation_in, snapshot, statements_of,
};
pub use vulnerability::{Vulnerability, id_of, key};
pub(crate) use writing::{Exploited, Score, exploited, write};
pub use writing::{Patch, Written};

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
