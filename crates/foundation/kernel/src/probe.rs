//! Probes: automatic checks that features offer to the checklists.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::id::OrganizationId;
use crate::time::{Date, Instant};

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What the item asks for was measured.
    Satisfied,
    /// The opposite was measured.
    Violated,
    /// Nothing could be measured.
    Unknown,
}

impl Outcome {
    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Violated => "violated",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of a code; unknown codes read as [`Outcome::Unknown`].
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "satisfied" => Self::Satisfied,
            "violated" => Self::Violated,
            _ => Self::Unknown,
        }
    }
}

/// A fact that a probe reports, as a message key with arguments, so that it can be worded in both
/// languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Message key.
    pub message: String,
    /// Arguments of the message, by name.
    pub arguments: Vec<(String, String)>,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was found.
    pub outcome: Outcome,
    /// What it looked at and what it saw.
    pub finding: Finding,
    /// How many things of the estate were covered.
    pub covered: i64,
    /// How many there are.
    pub total: i64,
    /// When it was measured.
    pub measured_at: Instant,
    /// Until when the measurement holds; afterwards it counts as unknown.
    pub valid_until: Instant,
}

/// The estate that is to be measured.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The institution.
    pub organization: OrganizationId,
    /// The day of the measurement, in Japan.
    pub today: Date,
    /// The moment of the measurement.
    pub now: Instant,
}

/// Why a probe could not run.
#[derive(Debug, thiserror::Error)]
#[error("probe {probe} could not run: {reason}")]
pub struct ProbeError {
    /// The probe's id.
    pub probe: &'static str,
    /// What went wrong, for the log.
    pub reason: String,
}

/// How a probe bears on the items that name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It decides: satisfied proves the answer, violated contradicts it.
    Decides,
    /// It is shown beside the answer and decides nothing, because it measures only a part.
    Supports,
}

/// An automatic check. Measuring must not change anything.
#[async_trait]
pub trait Probe: Send + Sync {
    /// The id by which packs name it, e.g. `contact-chart-confirmed`.
    fn id(&self) -> &'static str;

    /// How it bears on the items that name it.
    fn weight(&self) -> Weight;

    /// Measures one institution.
    ///
    /// # Errors
    /// Where the measurement could not be made; the program then counts the outcome as unknown.
    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError>;
}
