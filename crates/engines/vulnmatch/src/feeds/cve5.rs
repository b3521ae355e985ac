//! CVE records, JSON 5.0 and 5.1: one record, an array, or one a line.

use std::io::Read;

use serde::Deserialize;

use super::json::{self, Records};
use super::nvd::{Configuration, configurations, id_in, read_conditions};
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
    }
}
