//! What vendors say of their external connections to a customer. A word stands until the vendor says
//! another, the institution settles it, or what it was about changes.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{ActionType, Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{
    ComposedSql, Database, FromRow, Params, Row, StoreError, Transaction, Value, params,
    placeholders, row,
};

use super::records::SELECT;
use super::{Edit, InventoryError, person_of, wrong};
use crate::model::{Connection, Content, Record, VENDOR_FACTS, Word};

/// A vendor's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VendorWord {
    /// Its id.
    pub(crate) id: Uuid,
    /// The customer.
    pub(crate) organization: OrganizationId,
    /// The vendor.
    pub(crate) vendor: OrganizationId,
    /// The vendor's name.
    pub(crate) vendor_name: String,
    /// The connection, where it is about one of the register.
    pub(crate) connection: Option<Uuid>,
    /// What it says.
    pub(crate) word: Word,
    /// What is otherwise, in the vendor's words.
    pub(crate) text: String,
    /// When it was said.
    pub(crate) said_at: Instant,
    /// Who of the vendor said it.
    pub(crate) by_name: Option<String>,
}

impl FromRow for VendorWord {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let word: String = row.get("word")?;
        Ok(Self {
            id: row.get("id")?,
            organization: row.get("organization_id")?,
            vendor: row.get("vendor_id")?,
            vendor_name: row.get("vendor_name")?,
            connection: row.get("connection_id")?,
            word: Word::from_code(&word)
                .ok_or_else(|| wrong("word", format!("unknown code {word}")))?,
            text: row.get("text")?,
            said_at: row.get("said_at")?,
            by_name: row.get("by_name")?,
        })
    }
}

const WORDS: &str = "SELECT w.id AS id, w.organization_id AS organization_id,
        w.vendor_id AS vendor_id, v.name AS vendor_name, w.connection_id AS connection_id,
        w.word AS word, w.text AS text, w.said_at AS said_at, p.name AS by_name
     FROM inventory_vendor_words w
     JOIN organizations v ON v.id = w.vendor_id
     LEFT JOIN people p ON p.id = w.said_by
     WHERE w.settled_at IS NULL";

/// The words that stand at an institution in a fiscal year.
pub(crate) async fn words_at<A: ActionType>(
    database: &Database,
    proof: &Authorized<A>,
    year: FiscalYear,
) -> Result<Vec<VendorWord>, StoreError> {
    let sql = format!("{WORDS} AND w.organization_id = $1 AND w.fiscal_year = $2 ORDER BY w.id");
    let values = params![proof.organization(), year.year()];
    database.rows(ComposedSql(sql), values).await
}

/// What a vendor says of its connections to some customers in a fiscal year, where it stands.
pub(crate) async fn words_of_vendor(
    database: &Database,
    vendor: OrganizationId,
    customers: &[OrganizationId],
    year: FiscalYear,
) -> Result<Vec<VendorWord>, StoreError> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![vendor, year.year()];
    values.extend(customers.iter().map(|id| Value::from(*id)));
    let sql = format!(
        "{WORDS} AND w.vendor_id = $1 AND w.fiscal_year = $2 AND w.organization_id IN ({})
         ORDER BY w.id",
        placeholders(3, customers.len())
    );
    database.rows(ComposedSql(sql), values).await
}

/// The connections of a vendor to some customers.
pub(crate) async fn connections_of_vendor(
    database: &Database,
    vendor: OrganizationId,
    customers: &[OrganizationId],
) -> Result<Vec<Record<Connection>>, StoreError> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![vendor];
    values.extend(customers.iter().map(|id| Value::from(*id)));
    let sql = format!(
        "{SELECT} WHERE r.vendor_id = $1 AND r.kind = 'connection' AND r.removed_at IS NULL
           AND r.gone = 0 AND r.organization_id IN ({})
         ORDER BY r.sort_key, r.id",
        placeholders(2, customers.len())
    );
    database.rows(ComposedSql(sql), values).await
}

row! {
    /// A customer in the vendor's worklist.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct CustomerRow {
        /// The customer.
        pub(crate) id: OrganizationId,
        /// Its name.
        pub(crate) name: String,
        /// By what it is sorted.
        pub(crate) search_key: String,
        /// How many of the vendor's connections its register names.
        pub(crate) connections: i64,
        /// How many of them stand as right.
        pub(crate) confirmed: i64,
        /// Of how many the vendor has said how they are, right or wrong.
        pub(crate) answered: i64,
        /// How many words of the vendor contradict the register.
        pub(crate) contradictions: i64,
        /// Whether the vendor said that there is none.
        pub(crate) denied: i64,
    }
}

impl CustomerRow {
    /// Whether the vendor has said of everything how it is.
    pub(crate) const fn is_done(&self) -> bool {
        if self.connections == 0 {
            self.denied > 0 || self.contradictions > 0
        } else {
            self.answered >= self.connections
        }
    }
}

/// Which customers a vendor's worklist shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomerFilter {
    /// Part of the name.
    pub(crate) search: Option<String>,
    /// Only those where something is still to be said.
    pub(crate) open: bool,
}

/// The SQL over a vendor's customers of today: `$1` is the vendor, `$2` the day, `$3` the year.
const CUSTOMERS: &str = "SELECT * FROM (
     SELECT o.id AS id, o.name AS name, o.search_key AS search_key,
        (SELECT count(*) FROM inventory_records r
         WHERE r.organization_id = o.id AND r.vendor_id = $1 AND r.kind = 'connection'
           AND r.removed_at IS NULL AND r.gone = 0) AS connections,
        (SELECT count(*) FROM inventory_vendor_words w
         JOIN inventory_records r ON r.id = w.connection_id
         WHERE w.organization_id = o.id AND w.vendor_id = $1 AND w.fiscal_year = $3
           AND w.settled_at IS NULL AND w.word = 'right' AND r.removed_at IS NULL AND r.gone = 0
           AND r.vendor_id = $1) AS confirmed,
        (SELECT count(*) FROM inventory_vendor_words w
         JOIN inventory_records r ON r.id = w.connection_id
         WHERE w.organization_id = o.id AND w.vendor_id = $1 AND w.fiscal_year = $3
           AND w.settled_at IS NULL AND w.word IN ('right', 'wrong') AND r.removed_at IS NULL
           AND r.gone = 0 AND r.vendor_id = $1) AS answered,
        (SELECT count(*) FROM inventory_vendor_words w
         WHERE w.organization_id = o.id AND w.vendor_id = $1 AND w.fiscal_year = $3
           AND w.settled_at IS NULL AND w.word IN ('wrong', 'another')) AS contradictions,
        (SELECT count(*) FROM inventory_vendor_words w
         WHERE w.organization_id = o.id AND w.vendor_id = $1 AND w.fiscal_year = $3
           AND w.settled_at IS NULL AND w.word = 'none') AS denied
     FROM relations s JOIN organizations o ON o.id = s.to_id
     WHERE s.kind = 'supplies' AND s.from_id = $1 AND s.valid_from <= $2
       AND (s.valid_until IS NULL OR s.valid_until >= $2)) c";

fn customer_conditions(filter: &CustomerFilter, values: &mut Params) -> String {
    let mut sql = String::from(" WHERE 1 = 1");
    if let Some(search) = &filter.search {
        values.push(super::like(search).into());
        sql.push_str(&format!(
            " AND c.search_key LIKE ${} ESCAPE '!'",
            values.len()
        ));
    }
    if filter.open {
        sql.push_str(
            " AND ((c.connections = 0 AND c.denied = 0 AND c.contradictions = 0)
               OR (c.connections > 0 AND c.answered < c.connections))",
        );
    }
    sql
}

/// A vendor's customers with the state of its connections, by name, from after a place.
pub(crate) async fn customers(
    database: &Database,
    vendor: OrganizationId,
    year: FiscalYear,
    today: Date,
    filter: &CustomerFilter,
    after: Option<&(String, OrganizationId)>,
    limit: i64,
) -> Result<Vec<CustomerRow>, StoreError> {
    let mut values = params![vendor, today, year.year()];
    let mut conditions = customer_conditions(filter, &mut values);
    if let Some((key, id)) = after {
        values.extend(params![key, *id]);
        let place = values.len();
        conditions.push_str(&format!(
            " AND (c.search_key, c.id) > (${}, ${place})",
            place - 1
        ));
    }
    values.push(limit.into());
    let sql = format!(
        "{CUSTOMERS}{conditions} ORDER BY c.search_key, c.id LIMIT ${}",
        values.len()
    );
    database.rows(ComposedSql(sql), values).await
}

/// How many customers a filter finds.
pub(crate) async fn count_customers(
    database: &Database,
    vendor: OrganizationId,
    year: FiscalYear,
    today: Date,
    filter: &CustomerFilter,
) -> Result<i64, StoreError> {
    let mut values = params![vendor, today, year.year()];
    let conditions = customer_conditions(filter, &mut values);
    let sql = format!("SELECT count(*) AS n FROM ({CUSTOMERS}{conditions}) found");
    database.count(ComposedSql(sql), values).await
}

/// The longest text of a vendor, in characters.
pub(crate) const LONGEST_TEXT: usize = 1_000;

/// What a vendor says.
#[derive(Debug, Clone)]
pub struct Said {
    /// The connection, where it is about one of the register, with the revision that was shown.
    pub connection: Option<(Uuid, i64)>,
    /// What it says.
    pub word: Word,
    /// What is otherwise.
    pub text: String,
}

/// Keeps what a vendor says; an earlier word about the same stands no more.
///
/// # Errors
/// [`InventoryError::NotFound`] where the connection is none of this vendor's at this customer;
/// [`StoreError::Conflict`] where somebody changed it since it was shown.
pub async fn say(
    tx: &mut Transaction,
    proof: &Authorized<actions::ConfirmCustomerConnections>,
    ids: &dyn IdGenerator,
    said: &Said,
    now: Instant,
) -> Result<(), InventoryError> {
    let (customer, vendor) = (proof.organization(), proof.principal().organization);
    let year = FiscalYear::at(now);
    let mut facts = Map::new();
    if let Some((id, revision)) = said.connection {
        if tx.engine() == yagura_store::Engine::Postgres {
            let sql = "SELECT id FROM inventory_records WHERE id = $1 FOR UPDATE";
            tx.execute(sql, params![id]).await?;
        }
        let sql = format!(
            "{SELECT} WHERE r.id = $1 AND r.organization_id = $2 AND r.vendor_id = $3
               AND r.kind = 'connection' AND r.removed_at IS NULL"
        );
        let values = params![id, customer, vendor];
        let record: Option<Record<Connection>> = tx.optional(ComposedSql(sql), values).await?;
        let record = record.ok_or(InventoryError::NotFound)?;
        if record.revision != revision {
            return Err(StoreError::Conflict.into());
        }
        facts = record.content.fields_of();
        facts.retain(|key, _| VENDOR_FACTS.contains(&key.as_str()));
        tx.execute(
            "UPDATE inventory_vendor_words SET settled_at = $1
             WHERE connection_id = $2 AND settled_at IS NULL",
            params![now, id],
        )
        .await?;
        let detail = json!({ "word": said.word.code(), "text": said.text });
        super::write::Act::of(proof, ids, now)
            .remember(tx, id, &record.content, "vendor_said", &detail)
            .await?;
    } else {
        // That there is none and that there is another exclude each other; several others do not.
        let ended: &[Word] = match said.word {
            Word::None => &[Word::None, Word::Another],
            _ => &[Word::None],
        };
        for word in ended {
            tx.execute(
                "UPDATE inventory_vendor_words SET settled_at = $1
                 WHERE organization_id = $2 AND vendor_id = $3 AND fiscal_year = $4
                   AND connection_id IS NULL AND word = $5 AND settled_at IS NULL",
                params![now, customer, vendor, year.year(), word.code()],
            )
            .await?;
        }
    }
    tx.execute(
        "INSERT INTO inventory_vendor_words (id, organization_id, vendor_id, connection_id,
            fiscal_year, word, text, facts, said_at, said_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            ids.id(),
            customer,
            vendor,
            said.connection.map(|(id, _)| id),
            year.year(),
            said.word.code(),
            &said.text,
            &Json::Object(facts),
            now,
            person_of(proof)
        ],
    )
    .await?;
    Ok(())
}

/// The institution has dealt with what a vendor said.
///
/// # Errors
/// [`InventoryError::NotFound`] where no such word stands.
pub(crate) async fn settle(
    tx: &mut Transaction,
    proof: &Edit,
    word: Uuid,
    now: Instant,
) -> Result<(), InventoryError> {
    let touched = tx
        .execute(
            "UPDATE inventory_vendor_words SET settled_at = $1, settled_by = $2
             WHERE id = $3 AND organization_id = $4 AND settled_at IS NULL
               AND word IN ('wrong', 'another')",
            params![now, person_of(proof), word, proof.organization()],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(InventoryError::NotFound)
    }
}

/// To which customer a word belongs, before anything is authorised.
///
/// # Errors
/// [`InventoryError::NotFound`] where there is none.
pub(crate) async fn word_owner(
    database: &Database,
    word: Uuid,
) -> Result<OrganizationId, InventoryError> {
    row! { struct OwnerRow { organization_id: OrganizationId } }
    let sql = "SELECT organization_id FROM inventory_vendor_words WHERE id = $1";
    let row: Option<OwnerRow> = database.optional(sql, params![word]).await?;
    Ok(row.ok_or(InventoryError::NotFound)?.organization_id)
}

/// What was said of a connection stands no more, where what the vendor answers for changed.
pub(super) async fn unsay(
    tx: &mut Transaction,
    connection: Uuid,
    changed: &Map<String, Json>,
    now: Instant,
) -> Result<(), StoreError> {
    let concerns = |key: &String| VENDOR_FACTS.contains(&key.as_str()) || key == "vendor";
    if changed.keys().any(concerns) {
        tx.execute_later(
            "UPDATE inventory_vendor_words SET settled_at = $1
             WHERE connection_id = $2 AND settled_at IS NULL",
            params![now, connection],
        )
        .await?;
    }
    Ok(())
}
