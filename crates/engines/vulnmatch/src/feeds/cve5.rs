//! CVE records, JSON 5.0 and 5.1: one record, an array, or one a line.

use std::io::Read;

use serde::Deserialize;
use serde_json::Value;

use super::json::{self, Records};
use super::nvd::{Configuration, Score, configurations, id_in, read_conditions};
use super::{FeedError, Limits, Report};
use crate::affected::Affected;
use crate::model::{Condition, Source, Statement, VulnerabilityId};

/// A CVE record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Which vulnerability.
    pub id: VulnerabilityId,
    /// Whether it was rejected.
    pub rejected: bool,
    /// The title, where one was given.
    pub title: Option<String>,
    /// When it was last changed, as the record writes it.
    pub modified: Option<String>,
    /// What the CNA and the publishers say about products.
    pub statements: Vec<Statement>,
    /// CVSS scores, those of the CNA first ([`Score::primary`] is false: none of them is NVD's). What
    /// there is where NVD did not analyse.
    pub scores: Vec<Score>,
    /// How CISA judges it, where it did.
    pub ssvc: Option<Ssvc>,
    /// Since when CISA's publisher lists it as known to be exploited: a date such as `2022-03-03`.
    pub exploited_since: Option<String>,
}

/// A judgement by Stakeholder-Specific Vulnerability Categorization, in the words of the record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ssvc {
    /// `none`, `poc` or `active`.
    pub exploitation: Option<String>,
    /// `yes` or `no`.
    pub automatable: Option<String>,
    /// `partial` or `total`.
    pub technical_impact: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw<'a> {
    cve_metadata: Metadata,
    #[serde(borrow)]
    containers: Containers<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cve_id: String,
    #[serde(default)]
    state: String,
    date_updated: Option<String>,
}

#[derive(Deserialize)]
struct Containers<'a> {
    #[serde(borrow, default)]
    cna: Container<'a>,
    #[serde(borrow, default)]
    adp: Vec<Container<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    title: Option<String>,
    #[serde(default)]
    affected: Vec<Affected>,
    #[serde(borrow, default)]
    cpe_applicability: Vec<Configuration<'a>>,
    // What is odd about a score must not cost the record.
    #[serde(default)]
    metrics: Vec<Value>,
}

/// The scores among metrics, in the order of the record.
fn scores(metrics: &[Value]) -> impl Iterator<Item = Score> + '_ {
    let kinds = ["cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0"];
    metrics.iter().flat_map(move |metric| {
        kinds.into_iter().filter_map(move |kind| {
            let data = metric.get(kind)?;
            let text = |name| data.get(name).and_then(Value::as_str).unwrap_or_default();
            let base = data.get("baseScore").and_then(Value::as_f64)?;
            (0.0..=10.0).contains(&base).then(|| Score {
                version: text("version").to_owned(),
                base,
                vector: text("vectorString").to_owned(),
                primary: false,
            })
        })
    })
}

/// The content of the metric of another type.
fn other<'a>(metrics: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    metrics.iter().filter_map(move |metric| {
        let other = metric.get("other")?;
        (other.get("type").and_then(Value::as_str) == Some(kind))
            .then(|| other.get("content"))
            .flatten()
    })
}

fn ssvc(content: &Value) -> Ssvc {
    let option = |name: &str| {
        content
            .get("options")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find_map(|option| option.get(name).and_then(Value::as_str))
            .map(str::to_lowercase)
    };
    Ssvc {
        exploitation: option("Exploitation"),
        automatable: option("Automatable"),
        technical_impact: option("Technical Impact"),
    }
}

/// Reads records.
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
    let mut line =
        |bytes: &[u8], place, report: &mut Report| match serde_json::from_slice::<Raw<'_>>(bytes) {
            Ok(raw) => match raw.cve_metadata.cve_id.parse() {
                Ok(id) => each(record(id, raw)),
                Err(error) => report.aside(limits, place, None, error.to_string()),
            },
            Err(error) => report.aside(limits, place, id_in(bytes), error.to_string()),
        };
    let records = json::records(reader, Records::Sequence, limits, &mut |bytes, place| {
        if bytes.starts_with(b"[") {
            // An array of records that is itself within the limit of a record.
            json::records(
                bytes,
                Records::ArrayNamed(""),
                limits,
                &mut |bytes, place| {
                    line(bytes, place, &mut report);
                    Ok(())
                },
            )?;
        } else {
            line(bytes, place, &mut report);
        }
        Ok(())
    })?;
    report.records = records;
    Ok(report)
}

fn record(id: VulnerabilityId, raw: Raw<'_>) -> Record {
    let rejected = raw.cve_metadata.state.eq_ignore_ascii_case("REJECTED");
    let title = raw.containers.cna.title.clone();
    let mut statements = Vec::new();
    let containers = || std::iter::once(&raw.containers.cna).chain(&raw.containers.adp);
    let scores = containers().flat_map(|c| scores(&c.metrics)).collect();
    let found = containers().find_map(|c| other(&c.metrics, "ssvc").next());
    let ssvc = found.map(ssvc);
    let exploited_since = containers()
        .flat_map(|c| other(&c.metrics, "kev"))
        .find_map(|content| content.get("dateAdded").and_then(Value::as_str))
        .map(str::to_owned);
    if !rejected {
        let publishers = raw
            .containers
            .adp
            .into_iter()
            .map(|c| (Source::CveRecordPublisher, c));
        let all = std::iter::once((Source::CveRecord, raw.containers.cna)).chain(publishers);
        for (source, container) in all {
            let criteria: Vec<_> = container
                .affected
                .iter()
                .flat_map(Affected::criteria)
                .collect();
            let mut conditions: Vec<Condition> = read_conditions(
                &configurations(container.cpe_applicability),
                &mut Vec::new(),
            );
            if !criteria.is_empty() {
                conditions.push(Condition::any(criteria));
            }
            if conditions.is_empty() {
                continue;
            }
            match statements
                .iter_mut()
                .find(|s: &&mut Statement| s.source == source)
            {
                Some(statement) => statement.configurations.extend(conditions),
                None => statements.push(Statement {
                    id,
                    source,
                    configurations: conditions,
                }),
            }
        }
    }
    Record {
        id,
        rejected,
        title,
        modified: raw.cve_metadata.date_updated,
        statements,
        scores,
        ssvc,
        exploited_since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_judgements_of_publishers() {
        let text = br#"{"cveMetadata":{"cveId":"CVE-2011-0611","state":"PUBLISHED"},"containers":{
          "cna":{"metrics":[{"cvssV4_0":{"version":"4.0","baseScore":9.3,"vectorString":"CVSS:4.0/AV:N"}},{"cvssV3_1":{"baseScore":"high"}},7]},
          "adp":[{"metrics":[{"cvssV3_1":{"version":"3.1","baseScore":8.8,"vectorString":"CVSS:3.1/AV:N"}},
            {"other":{"type":"ssvc","content":{"options":[{"Exploitation":"active"},{"Automatable":"no"},{"Technical Impact":"total"}]}}},
            {"other":{"type":"kev","content":{"dateAdded":"2022-03-03"}}}]}]}}"#;
        let mut found = Vec::new();
        let report = read(text.as_slice(), &Limits::default(), &mut |record| {
            found.push(record)
        });
        assert_eq!(report.unwrap().set_aside, 0);
        let record = &found[0];
        let scores: Vec<_> = record
            .scores
            .iter()
            .map(|s| (&*s.version, s.base, s.primary))
            .collect();
        assert_eq!(scores, [("4.0", 9.3, false), ("3.1", 8.8, false)]);
        let ssvc = record.ssvc.as_ref().unwrap();
        assert_eq!(ssvc.exploitation.as_deref(), Some("active"));
        assert_eq!(ssvc.automatable.as_deref(), Some("no"));
        assert_eq!(ssvc.technical_impact.as_deref(), Some("total"));
        assert_eq!(record.exploited_since.as_deref(), Some("2022-03-03"));
    }
}
