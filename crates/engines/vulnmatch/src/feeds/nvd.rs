//! The NVD feed and API, JSON 2.0.

use std::borrow::Cow;
use std::io::Read;

use serde::Deserialize;

use super::json::{self, Records, Sought};
use super::usual::{Configurations, Part, Parts};
use super::{FeedError, Limits, Place, Report};
use crate::index::{Builder, RawCondition, RawCriterion};
use crate::model::{Condition, Operator, Source, Statement, VulnerabilityId};

/// A record of NVD with what an institution shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Which vulnerability.
    pub id: VulnerabilityId,
    /// How far NVD's analysis is, as NVD says: `Analyzed`, `Deferred`, `Rejected`, ….
    pub status: String,
    /// When it was published, as NVD writes it (UTC without zone).
    pub published: String,
    /// When it was last changed.
    pub modified: String,
    /// The English description.
    pub description: String,
    /// Scores, in the order of the feed.
    pub scores: Vec<Score>,
    /// What NVD says about products. `None` for a rejected record.
    pub statement: Option<Statement>,
}

/// A CVSS score.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Version of CVSS: `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: String,
    /// From 0 to 10.
    pub base: f64,
    /// The vector.
    pub vector: String,
    /// Whether the score is NVD's own rather than the CNA's.
    pub primary: bool,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    cve: Cve<'a>,
}

/// Only what the index needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cve<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    vuln_status: Cow<'a, str>,
    #[serde(borrow, default)]
    configurations: Vec<Configuration<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Configuration<'a> {
    #[serde(default)]
    operator: Joint,
    #[serde(default)]
    negate: bool,
    #[serde(borrow, default)]
    nodes: Vec<Node<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node<'a> {
    #[serde(default)]
    operator: Joint,
    #[serde(default)]
    negate: bool,
    #[serde(borrow, default)]
    cpe_match: Vec<Match<'a>>,
    #[serde(borrow, default)]
    children: Vec<Node<'a>>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Joint {
    And,
    #[default]
    Or,
}

impl From<Joint> for Operator {
    fn from(joint: Joint) -> Self {
        match joint {
            Joint::And => Self::And,
            Joint::Or => Self::Or,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match<'a> {
    #[serde(default)]
    vulnerable: bool,
    #[serde(borrow)]
    criteria: Cow<'a, str>,
    #[serde(borrow, default)]
    version_start_including: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version_start_excluding: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version_end_including: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version_end_excluding: Option<Cow<'a, str>>,
}

impl<'a> From<Match<'a>> for RawCondition<'a> {
    fn from(found: Match<'a>) -> Self {
        let bound = |including: Option<Cow<'a, str>>, excluding: Option<Cow<'a, str>>| {
            let says = |text: &Cow<'_, str>| !text.trim().is_empty();
            including
                .filter(says)
                .map(|version| (unescaped(version), true))
                .or_else(|| {
                    let version = excluding.filter(says)?;
                    Some((unescaped(version), false))
                })
        };
        Self::Criterion(RawCriterion {
            name: found.criteria,
            start: bound(found.version_start_including, found.version_start_excluding),
            end: bound(found.version_end_including, found.version_end_excluding),
            vulnerable: found.vulnerable,
        })
    }
}

/// Some bounds are escaped as names are: `8.0\(5\)` is `8.0(5)`.
fn unescaped(version: Cow<'_, str>) -> Cow<'_, str> {
    if version.contains('\\') {
        Cow::Owned(version.replace('\\', ""))
    } else {
        version
    }
}

impl<'a> From<Node<'a>> for RawCondition<'a> {
    fn from(node: Node<'a>) -> Self {
        let mut parts: Vec<Self> = node.cpe_match.into_iter().map(Into::into).collect();
        parts.extend(node.children.into_iter().map(Into::into));
        Self::Joined(node.operator.into(), node.negate, parts)
    }
}

pub(super) fn configurations(found: Vec<Configuration<'_>>) -> Vec<RawCondition<'_>> {
    found
        .into_iter()
        .map(|configuration| {
            // A node without criteria says nothing; it must not keep an AND from being met.
            let nodes = configuration
                .nodes
                .into_iter()
                .filter(|node| !node.cpe_match.is_empty() || !node.children.is_empty())
                .map(Into::into)
                .collect();
            RawCondition::Joined(configuration.operator.into(), configuration.negate, nodes)
        })
        .collect()
}

/// What raw conditions say, read. Criteria whose names are no names are left out and named.
pub(super) fn read_conditions(raw: &[RawCondition<'_>], bad: &mut Vec<String>) -> Vec<Condition> {
    raw.iter()
        .filter_map(|condition| match condition {
            RawCondition::Criterion(criterion) => match criterion.read() {
                Some(criterion) => Some(Condition::Criterion(criterion)),
                None => {
                    bad.push(criterion.name.chars().take(120).collect());
                    None
                }
            },
            RawCondition::Joined(operator, negate, parts) => Some(Condition::Joined {
                operator: *operator,
                negate: *negate,
                conditions: read_conditions(parts, bad),
            }),
        })
        .collect()
}

/// Puts a feed into an index: the fast way, which reads of each record no more than that needs. A
/// record is set aside when its identifier, its status or its configurations cannot be understood or
/// its brackets do not fit; what else is wrong with it, [`read`] finds.
///
/// # Errors
///
/// [`FeedError`]; what was read before stands.
pub fn compile(
    reader: impl Read,
    limits: &Limits,
    builder: &mut Builder,
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let records = json::found(
        reader,
        Records::ArrayNamed("vulnerabilities"),
        limits,
        Configurations::default(),
        &mut |found, configurations_read| {
            let (bytes, place) = (found.bytes, found.place);
            match wanted(found, configurations_read) {
                Some((id, Said::Rejected)) => return Ok(builder.withdraw(id, Source::Nvd)?),
                Some((id, Said::Nothing)) => {
                    let none = [].iter();
                    return Ok(builder.add_raw::<&RawCondition<'_>>(id, Source::Nvd, none)?);
                }
                Some((id, Said::Usual(parts))) => {
                    return Ok(builder.add_raw::<Part<'_>>(id, Source::Nvd, parts)?);
                }
                Some((id, Said::Other(raw))) => {
                    return Ok(builder.add_raw::<&RawCondition<'_>>(
                        id,
                        Source::Nvd,
                        raw.iter(),
                    )?);
                }
                None => {}
            }
            match serde_json::from_slice::<Item<'_>>(bytes) {
                Ok(Item { cve }) => match cve.id.parse() {
                    Ok(id) if is_rejected(&cve.vuln_status) => {
                        builder.withdraw(id, Source::Nvd)?;
                    }
                    Ok(id) => {
                        let raw = configurations(cve.configurations);
                        builder.add_raw::<&RawCondition<'_>>(id, Source::Nvd, raw.iter())?;
                    }
                    Err(error) => report.aside(
                        limits,
                        place,
                        Some(cve.id.chars().take(40).collect()),
                        error.to_string(),
                    ),
                },
                Err(error) => report.aside(limits, place, id_in(bytes), error.to_string()),
            }
            Ok(())
        },
    )?;
    report.records = records;
    Ok(report)
}

/// What a record says of products.
enum Said<'a> {
    Rejected,
    Nothing,
    Usual(Parts<'a>),
    Other(Vec<RawCondition<'a>>),
}

/// What the index needs of a record, when nothing about it is out of the ordinary.
fn wanted<'a>(
    found: &json::Found<'a>,
    read: &'a mut Configurations,
) -> Option<(VulnerabilityId, Said<'a>)> {
    if !found.fits {
        return None;
    }
    let text = |name| match found.inner("cve", name) {
        Sought::Once(value, _) => serde_json::from_slice::<&str>(value).ok(),
        Sought::Absent | Sought::Repeated => None,
    };
    let id = text("id")?.parse().ok()?;
    let rejected = match found.inner("cve", "vulnStatus") {
        Sought::Absent => false,
        _ => is_rejected(text("vulnStatus")?),
    };
    let said = match found.inner("cve", "configurations") {
        Sought::Repeated => return None,
        Sought::Absent => Said::Nothing,
        Sought::Once(value, at) => {
            // Not read yet when its end was not in memory yet.
            if read.of(found.bytes, value, at).is_none() {
                read.read(found.bytes, at);
            }
            match read.of(found.bytes, value, at) {
                Some(parts) => Said::Usual(parts),
                None => Said::Other(configurations(serde_json::from_slice(value).ok()?)),
            }
        }
    };
    Some((id, if rejected { Said::Rejected } else { said }))
}

fn is_rejected(status: &str) -> bool {
    status.eq_ignore_ascii_case("rejected")
}

/// Reads a feed with what an institution shows of each record.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn read(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Record),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let records = json::records(
        reader,
        Records::ArrayNamed("vulnerabilities"),
        limits,
        &mut |bytes, place| {
            record(bytes, place, limits, &mut report, each);
            Ok(())
        },
    )?;
    report.records = records;
    Ok(report)
}

fn record(
    bytes: &[u8],
    place: Place,
    limits: &Limits,
    report: &mut Report,
    each: &mut dyn FnMut(Record),
) {
    let parsed = serde_json::from_slice::<Item<'_>>(bytes)
        .and_then(|item| Ok((item.cve, serde_json::from_slice::<DetailItem>(bytes)?.cve)));
    let (cve, detail) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            report.aside(limits, place, id_in(bytes), error.to_string());
            return;
        }
    };
    let id: VulnerabilityId = match cve.id.parse() {
        Ok(id) => id,
        Err(error) => {
            report.aside(limits, place, None, error.to_string());
            return;
        }
    };
    let rejected = is_rejected(&cve.vuln_status);
    let mut bad = Vec::new();
    let status = cve.vuln_status.clone().into_owned();
    let conditions = read_conditions(&configurations(cve.configurations), &mut bad);
    for name in bad {
        report.aside(
            limits,
            place,
            Some(id.to_string()),
            format!("the criterion {name:?} is no CPE name and was left out"),
        );
    }
    each(Record {
        id,
        status,
        published: detail.published,
        modified: detail.last_modified,
        description: detail
            .descriptions
            .into_iter()
            .find(|description| description.lang == "en")
            .map(|description| description.value)
            .unwrap_or_default(),
        scores: detail.metrics.scores(),
        statement: (!rejected).then_some(Statement {
            id,
            source: Source::Nvd,
            configurations: conditions,
        }),
    });
}

/// The identifier of a record that could not be read, as far as it can be found.
pub(super) fn id_in(bytes: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(bytes, b"\"CVE-")?;
    let text = bytes.get(at + 1..(at + 30).min(bytes.len()))?;
    let end = memchr::memchr(b'"', text)?;
    std::str::from_utf8(text.get(..end)?)
        .ok()
        .map(str::to_owned)
}

#[derive(Deserialize)]
struct DetailItem {
    cve: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default)]
    published: String,
    #[serde(default)]
    last_modified: String,
    #[serde(default)]
    descriptions: Vec<Description>,
    #[serde(default)]
    metrics: Metrics,
}

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    #[serde(default, rename = "cvssMetricV40")]
    v40: Vec<Metric>,
    #[serde(default, rename = "cvssMetricV31")]
    v31: Vec<Metric>,
    #[serde(default, rename = "cvssMetricV30")]
    v30: Vec<Metric>,
    #[serde(default, rename = "cvssMetricV2")]
    v2: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    #[serde(default, rename = "type")]
    kind: String,
    cvss_data: Option<CvssData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CvssData {
    #[serde(default)]
    version: String,
    // A record without a score is a record all the same.
    base_score: Option<f64>,
    #[serde(default)]
    vector_string: String,
}

impl Metrics {
    fn scores(self) -> Vec<Score> {
        [self.v40, self.v31, self.v30, self.v2]
            .into_iter()
            .flatten()
            .filter_map(|metric| {
                let data = metric.cvss_data?;
                Some(Score {
                    version: data.version,
                    base: data.base_score?,
                    vector: data.vector_string,
                    primary: metric.kind == "Primary",
                })
            })
            .collect()
    }
}
