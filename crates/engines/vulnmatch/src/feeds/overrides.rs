//! Configurations for CVE that NVD did not analyse, one JSON a line: `{"_annotation": {"cve_id": …},
//! "cve": {"configurations": […]}}`.

use std::io::Read;

use serde::Deserialize;

use super::json::{self, Records};
use super::nvd::{Configuration, configurations, id_in, read_conditions};
use super::{FeedError, Limits, Report};
use crate::model::{Source, Statement};

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "_annotation")]
    annotation: Annotation,
    #[serde(borrow)]
    cve: Cve<'a>,
}

#[derive(Deserialize)]
struct Annotation {
    cve_id: String,
}

#[derive(Deserialize)]
struct Cve<'a> {
    #[serde(borrow, default)]
    configurations: Vec<Configuration<'a>>,
}

/// Reads overrides.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn read(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Statement),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let records = json::records(reader, Records::Sequence, limits, &mut |bytes, place| {
        match serde_json::from_slice::<Line<'_>>(bytes) {
            Ok(line) => match line.annotation.cve_id.parse() {
                Ok(id) => {
                    let mut bad = Vec::new();
                    let conditions =
                        read_conditions(&configurations(line.cve.configurations), &mut bad);
                    for name in bad {
                        let reason =
                            format!("the criterion {name:?} is no CPE name and was left out");
                        report.aside(limits, place, Some(line.annotation.cve_id.clone()), reason);
                    }
                    each(Statement {
                        id,
                        source: Source::Overrides,
                        configurations: conditions,
                    });
                }
                Err(error) => report.aside(limits, place, None, error.to_string()),
            },
            Err(error) => report.aside(limits, place, id_in(bytes), error.to_string()),
        }
        Ok(())
    })?;
    report.records = records;
    Ok(report)
}
