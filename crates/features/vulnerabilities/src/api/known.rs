//! What is known of vulnerabilities, how the feeds stand, and who of a region has it.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Instant, format_iso};
use yagura_web::api::{PathOf, Problem, QueryOf};
use yagura_web::{Context, WebError};

use super::{score, unreadable};
use crate::model::Feed;
use crate::model::feed::age;
use crate::store::feeds::{self, Vulnerability};
use crate::store::findings;
use crate::store::region::{self, Question};

/// What is known of a vulnerability.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VulnerabilityRecord {
    /// CVE-… or JVNDB-….
    id: String,
    /// The number of JVN iPedia.
    jvn: Option<String>,
    /// Titles and descriptions, as far as the feeds give them.
    title_ja: Option<String>,
    /// See there.
    title_en: Option<String>,
    /// See there.
    description_ja: Option<String>,
    /// See there.
    description_en: Option<String>,
    /// low, medium, high, critical or unknown.
    severity: &'static str,
    /// The CVSS base score.
    cvss: Option<f64>,
    /// Its vector.
    cvss_vector: Option<String>,
    /// The probability of exploitation within 30 days.
    epss: Option<f64>,
    /// Since when it is known to be exploited.
    #[schema(value_type = Option<String>, format = Date)]
    exploited_since: Option<String>,
    /// Whether it is used for ransomware.
    ransomware: bool,
    /// Whether it was withdrawn.
    rejected: bool,
    /// When it was published.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Instant>,
    /// Where more is said.
    links: Vec<String>,
}

impl From<Vulnerability> for VulnerabilityRecord {
    fn from(row: Vulnerability) -> Self {
        Self {
            id: row.identifier().to_string(),
            severity: row.severity().code(),
            cvss: score(row.cvss_tenths),
            links: serde_json::from_value(row.links).unwrap_or_default(),
            jvn: row.jvn,
            title_ja: row.title_ja,
            title_en: row.title_en,
            description_ja: row.description_ja,
            description_en: row.description_en,
            cvss_vector: row.cvss_vector,
            epss: row.epss,
            exploited_since: row.kev_added.map(format_iso),
            ransomware: row.kev_ransomware,
            rejected: row.rejected,
            published_at: row.published_at,
        }
    }
}

/// Read what is known of a vulnerability.
#[utoipa::path(get, path = "/api/v1/vulnerabilities/of/{vulnerability}", tag = "vulnerabilities",
    params(("vulnerability" = String, Path, description = "CVE-… or JVNDB-…")), responses(
    (status = 200, body = VulnerabilityRecord),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
    (status = 404, description = "No feed has it", body = Problem),
))]
pub(super) async fn vulnerability(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Json<VulnerabilityRecord>, WebError> {
    let proof = context
        .authorize_own::<actions::ReadVulnerabilities>()
        .await?;
    let id: VulnerabilityId = id.parse().map_err(|_| WebError::NotFound)?;
    let row = findings::vulnerability(context.database(), &proof, id).await?;
    Ok(Json(row.into()))
}

/// How a feed stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedState {
    /// nvd, kev, jvn, epss, cve, overrides, csaf or jvn_products.
    feed: &'static str,
    /// never, fresh or stale.
    #[schema(value_type = String)]
    age: crate::model::feed::Age,
    /// When it was last loaded to its end.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    loaded_at: Option<Instant>,
    /// The day that its content says of itself.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Instant>,
    /// How many records the last loading read.
    records: i64,
    /// How many of them were set aside.
    set_aside: i64,
    /// Whether the last try failed.
    failed: bool,
}

/// How the feeds of the installation stand.
#[utoipa::path(get, path = "/api/v1/vulnerabilities/feeds", tag = "vulnerabilities", responses(
    (status = 200, body = Vec<FeedState>),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
pub(super) async fn feed_states(context: Context) -> Result<Json<Vec<FeedState>>, WebError> {
    let proof = context
        .authorize_installation::<actions::ReadFeeds>()
        .await?;
    let rows = feeds::states(context.database(), &proof).await?;
    let states = Feed::ALL.map(|feed| {
        let row = rows.iter().find(|row| row.feed == feed.code());
        let loaded_at = row.and_then(|row| row.succeeded_at);
        let as_of = row.and_then(|row| row.as_of);
        FeedState {
            feed: feed.code(),
            age: age(feed, loaded_at, as_of, context.now),
            loaded_at,
            as_of,
            records: row.map_or(0, |row| row.records),
            set_aside: row.map_or(0, |row| row.set_aside),
            failed: row.is_some_and(|row| row.error.is_some()),
        }
    });
    Ok(Json(states.into()))
}

/// What is asked of a region's members.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhoQuery {
    /// CVE-…, JVNDB-… or `maker:product` as CPE names have it.
    #[serde(default)]
    q: String,
}

/// Who has it, as far as members share it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhoHas {
    /// Members that share their detail and have it, at most 500.
    members: Vec<MemberHas>,
    /// How many they are in all.
    named: i64,
    /// How many members have it that do not share their detail; absent where they are 1 to 4, or
    /// where fewer than five do not share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unnamed: Option<i64>,
    /// All members, and those that share their detail.
    overseen: i64,
    /// See there.
    sharing: i64,
}

/// A member that has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberHas {
    /// The member.
    id: Uuid,
    /// Its name.
    name: String,
    /// On how many devices.
    devices: i64,
    /// On how many of them something is still to be done.
    open: i64,
    /// On how many end devices of external connections something is still to be done.
    outside: i64,
    /// How many of the devices are supported no more.
    unsupported: i64,
}

/// Which members of one's region have a vulnerability or a product.
#[utoipa::path(get, path = "/api/v1/region/vulnerabilities", tag = "vulnerabilities",
    params(WhoQuery), responses(
    (status = 200, body = WhoHas),
    (status = 400, description = "Neither a number nor a product", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "Not allowed", body = Problem),
))]
pub(super) async fn who_has(
    context: Context,
    QueryOf(query): QueryOf<WhoQuery>,
) -> Result<Json<WhoHas>, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let question: Question =
        crate::pages::question_of(&query.q).ok_or_else(|| unreadable("q", &query.q))?;
    let (database, today) = (context.database(), context.today);
    let numbers = region::numbers(database, &proof, &question, today).await?;
    let found = region::touched(database, &proof, &question, today, None, 500).await?;
    let detail = serde_json::json!({ "question": query.q, "members": found.len() });
    context
        .audit_read(
            &proof,
            "vulnerability_finding",
            context.organization.id,
            detail,
        )
        .await?;
    Ok(Json(WhoHas {
        members: found
            .into_iter()
            .map(|member| MemberHas {
                id: member.organization_id.uuid(),
                name: member.name,
                devices: member.devices,
                open: member.open,
                outside: member.outside,
                unsupported: member.unsupported,
            })
            .collect(),
        named: numbers.named,
        unnamed: numbers.unnamed,
        overseen: numbers.overseen,
        sharing: numbers.sharing,
    }))
}
