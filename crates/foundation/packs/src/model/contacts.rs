//! Dated national contacts for the emergency sheet.

use serde::{Deserialize, Serialize};

use super::{PartialDate, Text, Wording};

/// Whom to call, in the order of the emergency sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactList {
    /// The contacts in calling order.
    pub contacts: Vec<Contact>,
}

/// One office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Unique in the pack.
    pub key: String,
    /// Place in the calling order; equal numbers may be called in any order.
    pub order: u8,
    /// Name of the office.
    pub name: Text,
    /// When to turn to it.
    pub when: Text,
    /// What to know before calling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Text>,
    /// Numbers; empty where each institution or prefecture has its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// Page of the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the institution fills in its own office and number here (local police, vendor).
    #[serde(default)]
    pub filled_by_institution: bool,
    /// Whether name, numbers and addresses are known to be right on [`Contact::checked`].
    #[serde(default)]
    pub verification: Wording,
    /// As of when the entry is known.
    pub checked: PartialDate,
    /// Where it is from, and what about it is open.
    pub source: Text,
}

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// As dialled in Japan, digits and hyphens.
    pub number: String,
    /// Hours or purpose.
    pub label: Text,
    /// Whether it was confirmed to answer as of the contact's date.
    #[serde(default)]
    pub verification: Wording,
}
