//! Conditions on answers: when a field is asked, when a step is taken.

use serde::{Deserialize, Serialize};

/// That a field was answered in a certain way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The field.
    pub field: String,
    /// One of these answers. Empty means that it was answered at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<String>,
}

impl Condition {
    /// Whether it holds, where `answers` gives what was chosen or typed in a field.
    pub fn holds<'a>(&self, answers: impl Fn(&str) -> &'a [String]) -> bool {
        let given = answers(&self.field);
        if self.is.is_empty() {
            given.iter().any(|answer| !answer.trim().is_empty())
        } else {
            given.iter().any(|answer| self.is.contains(answer))
        }
    }
}

/// Whether every condition holds; true where there is none.
pub fn all_hold<'a>(conditions: &[Condition], answers: impl Fn(&str) -> &'a [String]) -> bool {
    conditions.iter().all(|condition| condition.holds(&answers))
}
