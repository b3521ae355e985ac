//! What vendors say of their external connections, for them and for the institution; and the yearly
//! confirmation.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, FiscalYear, Instant, parse_date};
use yagura_web::api::{JsonBody, Page, PageQuery, PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use crate::model::{VENDOR_FACTS, Word};
use crate::operations;
use crate::pages::customers::{self, CustomerConnectionsQuery};
use crate::store::{self, CustomerRow, VendorWord};

/// A customer with the state of the vendor's external connections.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerConnections {
    /// The customer.
    #[schema(value_type = Uuid)]
    id: OrganizationId,
    /// Its name.
    name: String,
    /// How many of the vendor's connections its register names.
    connections: i64,
    /// How many of them the vendor confirmed this fiscal year.
    confirmed: i64,
    /// How many words of the vendor contradict the register and were not dealt with.
    contradictions: i64,
    /// Whether the vendor said that it has no connection.
    says_none: bool,
    /// Whether the vendor has said of everything how it is.
    done: bool,
}

impl From<CustomerRow> for CustomerConnections {
    fn from(row: CustomerRow) -> Self {
        Self {
            done: row.is_done(),
            id: row.id,
            name: row.name,
            connections: row.connections,
            confirmed: row.confirmed,
            contradictions: row.contradictions,
            says_none: row.denied > 0,
        }
    }
}

/// List the customers of the vendor one acts for, with the state of its external connections.
#[utoipa::path(
    get, path = "/api/v1/customers/connections", tag = "inventory",
    params(CustomerConnectionsQuery, PageQuery),
    responses(
        (status = 200, body = Page<CustomerConnections>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not of a vendor", body = Problem),
    )
)]
pub(super) async fn customers(
    context: Context,
    QueryOf(query): QueryOf<CustomerConnectionsQuery>,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<Page<CustomerConnections>>, WebError> {
    customers::require_vendor(&context)?;
    let filter = query.filter()?;
    let after = page.cursor.as_deref();
    let (rows, next) = customers::part(&context, &filter, after, page.limit()).await?;
    let items = rows.into_iter().map(CustomerConnections::from).collect();
    Ok(Json(Page { items, next }))
}

/// A word of a vendor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionWord {
    /// Its id.
    id: Uuid,
    /// The vendor.
    #[schema(value_type = Uuid)]
    vendor: OrganizationId,
    /// The vendor's name.
    vendor_name: String,
    /// The connection, where it is about one of the register.
    connection: Option<Uuid>,
    /// right, wrong, none or another.
    word: Word,
    /// What is otherwise.
    text: String,
    /// When it was said.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    said_at: Instant,
    /// Who said it.
    by: Option<String>,
}

impl From<VendorWord> for ConnectionWord {
    fn from(word: VendorWord) -> Self {
        Self {
            id: word.id,
            vendor: word.vendor,
            vendor_name: word.vendor_name,
            connection: word.connection,
            word: word.word,
            text: word.text,
            said_at: word.said_at,
            by: word.by_name,
        }
    }
}

/// An external connection as its vendor sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerConnection {
    /// Its id.
    id: Uuid,
    /// To be sent with the word.
    revision: i64,
    /// What the customer's register says.
    #[schema(value_type = Object)]
    facts: Value,
}

/// The external connections of a vendor to one customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionsOfCustomer {
    /// The connections of the customer's register.
    connections: Vec<CustomerConnection>,
    /// What the vendor said of them this fiscal year, as far as it stands.
    words: Vec<ConnectionWord>,
}

/// Get one's external connections to a customer, and what one said of them.
#[utoipa::path(
    get, path = "/api/v1/customers/{organization}/connections", tag = "inventory",
    params(("organization" = Uuid, Path, description = "The customer")),
    responses(
        (status = 200, body = ConnectionsOfCustomer),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such customer", body = Problem),
    )
)]
pub(super) async fn customer(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
) -> Result<Json<ConnectionsOfCustomer>, WebError> {
    context
        .authorize::<actions::ReadCustomerConnections>(customer)
        .await?;
    let (database, vendor) = (context.database(), context.organization.id);
    let year = FiscalYear::of(context.today);
    let connections = store::connections_of_vendor(database, vendor, &[customer]).await?;
    let words = store::words_of_vendor(database, vendor, &[customer], year).await?;
    Ok(Json(ConnectionsOfCustomer {
        connections: connections
            .into_iter()
            .map(|record| {
                use crate::model::Content as _;
                let mut facts = record.content.fields_of();
                facts.retain(|key, _| VENDOR_FACTS.contains(&key.as_str()));
                CustomerConnection {
                    id: record.id,
                    revision: record.revision,
                    facts: Value::Object(facts),
                }
            })
            .collect(),
        words: words.into_iter().map(ConnectionWord::from).collect(),
    }))
}

/// What a vendor says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SayBody {
    /// The connection, where it is about one of the register: for right and wrong.
    #[serde(default)]
    connection: Option<Uuid>,
    /// The revision of that connection that was read.
    #[serde(default)]
    revision: Option<i64>,
    /// right, wrong, none or another.
    word: String,
    /// What is otherwise: for wrong and another.
    #[serde(default)]
    text: String,
}

/// Say, as the vendor, whether an external connection is as the customer's register says, that there
/// is none, or that there is another.
#[utoipa::path(
    post, path = "/api/v1/customers/{organization}/connections", tag = "inventory",
    params(("organization" = Uuid, Path, description = "The customer")),
    request_body = SayBody,
    responses(
        (status = 204, description = "Recorded"),
        (status = 400, description = "Something is absent", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such customer or connection", body = Problem),
        (status = 409, description = "Somebody changed the connection", body = Problem),
    )
)]
pub(super) async fn say(
    context: Context,
    PathOf(customer): PathOf<OrganizationId>,
    JsonBody(body): JsonBody<SayBody>,
) -> Result<StatusCode, WebError> {
    let proof = context
        .authorize::<actions::ConfirmCustomerConnections>(customer)
        .await?;
    let connection = body.connection.map(|id| (id, body.revision.unwrap_or(-1)));
    let said = customers::read_said(context.t(), connection, &body.word, &body.text)?;
    operations::say(&context, &proof, &said).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what vendors said this fiscal year of the institution's external connections, as far as it
/// stands.
#[utoipa::path(
    get, path = "/api/v1/inventory/vendor-words", tag = "inventory",
    responses(
        (status = 200, body = Vec<ConnectionWord>),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn words(context: Context) -> Result<Json<Vec<ConnectionWord>>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let year = FiscalYear::of(context.today);
    let found = store::words_at(context.database(), &proof, year).await?;
    Ok(Json(found.into_iter().map(ConnectionWord::from).collect()))
}

/// Note that the institution dealt with what a vendor said.
#[utoipa::path(
    post, path = "/api/v1/inventory/vendor-words/{vendor_word}/settlement", tag = "inventory",
    params(("vendor_word" = Uuid, Path, description = "The vendor's word")),
    responses(
        (status = 204, description = "Noted"),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such word stands", body = Problem),
    )
)]
pub(super) async fn settle(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, WebError> {
    let owner = store::word_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    operations::settle(&context, &proof, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How far a department is with the yearly confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DepartmentProgress {
    /// The department; empty for records without one.
    department: String,
    /// Its records.
    records: i64,
    /// Of them, those that were confirmed this fiscal year.
    confirmed: i64,
    /// Who answers for it.
    responsible: Option<String>,
}

/// The yearly confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InventoryConfirmation {
    /// The fiscal year.
    fiscal_year: i32,
    /// Until when everything should be confirmed; none where nobody began it.
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<String>,
    /// How far each department is.
    departments: Vec<DepartmentProgress>,
}

/// Get how far the yearly confirmation is.
#[utoipa::path(
    get, path = "/api/v1/inventory/confirmation", tag = "inventory",
    responses(
        (status = 200, body = InventoryConfirmation),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn confirmation(
    context: Context,
) -> Result<Json<InventoryConfirmation>, WebError> {
    let proof = context.authorize_own::<actions::ReadInventory>().await?;
    let year = FiscalYear::of(context.today);
    let campaign = store::campaign(context.database(), &proof, year).await?;
    let states = store::department_states(context.database(), proof.organization(), year).await?;
    Ok(Json(InventoryConfirmation {
        fiscal_year: year.year(),
        due_on: campaign.map(|campaign| yagura_kernel::time::format_iso(campaign.due_on)),
        departments: states
            .into_iter()
            .map(|state| DepartmentProgress {
                department: state.department,
                records: state.records,
                confirmed: state.confirmed,
                responsible: state.person_name,
            })
            .collect(),
    }))
}

/// Until when everything should be confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InventoryConfirmationBody)]
pub(crate) struct ConfirmationBody {
    /// The last day.
    #[schema(format = Date)]
    due_on: String,
}

/// A last day between today and the end of the fiscal year.
pub(crate) fn last_day(text: &str, today: Date) -> Result<Date, WebError> {
    parse_date(text)
        .ok()
        .filter(|due| *due >= today && FiscalYear::of(*due) == FiscalYear::of(today))
        .ok_or_else(|| WebError::invalid("inventory-campaign-error-due"))
}

/// Begin the yearly confirmation, or set another last day.
#[utoipa::path(
    put, path = "/api/v1/inventory/confirmation", tag = "inventory",
    request_body = ConfirmationBody,
    responses(
        (status = 204, description = "Recorded"),
        (status = 400, description = "No day of this fiscal year from today on", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem),
    )
)]
pub(super) async fn start(
    context: Context,
    JsonBody(body): JsonBody<ConfirmationBody>,
) -> Result<StatusCode, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let due = last_day(&body.due_on, context.today)?;
    operations::start_campaign(&context, &proof, due).await?;
    Ok(StatusCode::NO_CONTENT)
}
