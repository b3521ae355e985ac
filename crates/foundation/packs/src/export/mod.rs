//! Packs for the outside: our own TOML, OSCAL catalogs and assessment results, and the YAML
//! library format that CISO Assistant users share.

mod assessment;
mod ciso;
pub(crate) mod oscal;
mod uuid;

use thiserror::Error;

pub use assessment::{
    Answer, AnswerRecord, Assessment, EvidenceRecord, ProofLevel, assessment_results,
};
pub use ciso::ciso_library;
pub use oscal::oscal_catalog;

use crate::model::{Pack, PackKind};

/// Why a pack cannot be written in a format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// The format holds only checklists.
    #[error("a pack of kind {} cannot be written in this format", .0.as_str())]
    NotAChecklist(PackKind),
    /// The writer failed, which is a fault of the program.
    #[error("the pack could not be written: {0}")]
    Writer(String),
}

impl ExportError {
    /// The key in the message catalogue.
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::NotAChecklist(_) => "pack-export-not-a-checklist",
            Self::Writer(_) => "pack-export-failed",
        }
    }
}

/// The pack in our own format, as files under `/packs` are written. Guidance by topic stays a
/// topic's name, so the reader needs the same guidance.
///
/// # Errors
/// The writer failed.
pub fn toml(pack: &Pack) -> Result<String, ExportError> {
    toml::to_string_pretty(pack).map_err(|error| ExportError::Writer(error.to_string()))
}
