//! The catalogue of vulnerabilities that are known to be exploited (CISA KEV).

use std::io::Read;

use serde::Deserialize;

use super::json::{self, Records};
use super::nvd::id_in;
use super::{FeedError, Limits, Report};
use crate::model::VulnerabilityId;

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Which vulnerability.
    #[serde(rename = "cveID")]
    pub id: VulnerabilityId,
    /// Who makes the product, in words.
    #[serde(default)]
    pub vendor_project: String,
    /// The product, in words.
    #[serde(default)]
    pub product: String,
    /// What it is called.
    #[serde(default)]
    pub vulnerability_name: String,
    /// The day it was added, `YYYY-MM-DD`.
    #[serde(default)]
    pub date_added: String,
    /// The day until which agencies must act, `YYYY-MM-DD`.
    #[serde(default)]
    pub due_date: String,
    /// What to do.
    #[serde(default)]
    pub required_action: String,
    /// `Known` or `Unknown`.
    #[serde(default)]
    pub known_ransomware_campaign_use: String,
}

impl Entry {
    /// Whether it is known to be used for ransomware.
    #[must_use]
    pub fn is_used_for_ransomware(&self) -> bool {
        self.known_ransomware_campaign_use == "Known"
    }
}

/// Reads the catalogue.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn read(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Entry),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let records = json::records(
        reader,
        Records::ArrayNamed("vulnerabilities"),
        limits,
        &mut |bytes, place| {
            match serde_json::from_slice(bytes) {
                Ok(entry) => each(entry),
                Err(error) => report.aside(limits, place, id_in(bytes), error.to_string()),
            }
            Ok(())
        },
    )?;
    report.records = records;
    Ok(report)
}
