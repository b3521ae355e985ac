//! A self-check by role, such as the leaflet サイバーセキュリティ9の心得.

use serde::{Deserialize, Serialize};

use super::{Text, Wording};

/// Principles with check boxes, grouped by who ticks them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfCheck {
    /// Keys of the seasons in which a campaign is usual (`year-end`, `golden-week`, `obon`).
    #[serde(default)]
    pub seasons: Vec<String>,
    /// The groups of people, in printed order.
    pub audiences: Vec<Audience>,
}

impl SelfCheck {
    /// Every principle in printed order.
    pub fn principles(&self) -> impl Iterator<Item = &Principle> {
        self.audiences
            .iter()
            .flat_map(|audience| &audience.principles)
    }
}

/// People who share principles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Unique in the pack.
    pub key: String,
    /// Who they are, as printed.
    pub title: Text,
    /// Their principles.
    pub principles: Vec<Principle>,
}

/// One numbered principle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principle {
    /// Unique in the pack.
    pub key: String,
    /// Printed number.
    pub number: u8,
    /// Printed heading.
    pub heading: Text,
    /// Yagura's explanation, including where newer rules differ from the leaflet.
    pub explanation: Text,
    /// The boxes.
    pub checks: Vec<Check>,
}

/// One box to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Unique in the pack.
    pub key: String,
    /// What is ticked.
    pub text: Text,
    /// Whether the wording is the leaflet's.
    #[serde(default)]
    pub wording: Wording,
    /// Where the wording is from.
    pub wording_source: Text,
}
