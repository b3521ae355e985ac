//! What can be observed about a pack.

use std::fmt;

use thiserror::Error;

use crate::model::{FormFaultKind, ItemRef};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The pack works but something is missing.
    Warning,
    /// The pack must not be used.
    Error,
}

impl Severity {
    /// The word for output: `info`, `warning`, `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where in a pack, as a path of names: `sections/2/items/2-7-server/text`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One observation about a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub kind: FindingKind,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: {}",
            self.severity.as_str(),
            self.place,
            self.kind
        )
    }
}

/// What can be observed. The display text is for logs and tests; a person reads the message
/// catalogue's text for [`FindingKind::message_key`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FindingKind {
    /// The id is not made of lower-case letters, digits and hyphens.
    #[error("the id \"{0}\" may have only lower-case letters, digits and hyphens")]
    BadId(String),
    /// Two things share a key.
    #[error("the key \"{0}\" occurs twice")]
    DuplicateKey(String),
    /// Two rows share printed id and device class.
    #[error("the row {0} occurs twice for the same class of devices")]
    DuplicateRow(String),
    /// There is nothing to answer.
    #[error("there are no items")]
    Empty,
    /// A text has neither language.
    #[error("the text is missing")]
    MissingText,
    /// A text lacks one language.
    #[error("the text in language {0} is missing")]
    MissingTranslation(&'static str),
    /// `valid_to` is before `valid_from`.
    #[error("the last day of validity is before the first")]
    ValidityReversed,
    /// The validity does not touch the fiscal year.
    #[error("the validity lies outside the fiscal year")]
    ValidityOutsideFiscalYear,
    /// A checklist of the ministry's form has no fiscal year.
    #[error("the fiscal year is missing")]
    MissingFiscalYear,
    /// The row says it entered the form after the year of this form.
    #[error("\"since\" is later than the fiscal year")]
    SinceAfterFiscalYear,
    /// A row first seen this year names predecessors, or an older one names none.
    #[error("\"since\" and the predecessors contradict each other")]
    SinceContradictsLineage,
    /// A row names a row of its own pack as predecessor.
    #[error("the predecessor {0} is in the same pack")]
    LineageToSelf(ItemRef),
    /// A row names a predecessor that does not exist.
    #[error("the predecessor {0} does not exist")]
    BrokenLineage(ItemRef),
    /// A row names a counterpart that does not exist.
    #[error("the counterpart {0} does not exist")]
    BrokenCounterpart(ItemRef),
    /// The program offers no such probe.
    #[error("the probe \"{0}\" is not known to this program")]
    UnknownProbe(String),
    /// No guidance has this topic.
    #[error("there is no guidance on the topic \"{0}\"")]
    UnknownTopic(String),
    /// The row has no guidance.
    #[error("there is no guidance")]
    MissingGuidance,
    /// Guidance without evidence or questions.
    #[error("the guidance names no evidence or no inspector's question")]
    ThinGuidance,
    /// Some wordings are unverified.
    #[error("{unverified} of {total} wordings are unverified")]
    UnverifiedWording {
        /// Rows, boxes or contacts whose wording is unverified.
        unverified: usize,
        /// All of them.
        total: usize,
    },
    /// A telephone number is not digits and hyphens.
    #[error("\"{0}\" is not a telephone number of digits and hyphens")]
    BadPhone(String),
    /// An address does not begin with https://.
    #[error("\"{0}\" is not an https address")]
    BadUrl(String),
    /// A form cannot be used.
    #[error(transparent)]
    Form(FormFaultKind),
}

impl FindingKind {
    /// The key in the message catalogue ([`crate::MESSAGES_JA`], [`crate::MESSAGES_EN`]).
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::BadId(_) => "pack-bad-id",
            Self::DuplicateKey(_) => "pack-duplicate-key",
            Self::DuplicateRow(_) => "pack-duplicate-row",
            Self::Empty => "pack-empty",
            Self::MissingText => "pack-missing-text",
            Self::MissingTranslation(_) => "pack-missing-translation",
            Self::ValidityReversed => "pack-validity-reversed",
            Self::ValidityOutsideFiscalYear => "pack-validity-outside-fiscal-year",
            Self::MissingFiscalYear => "pack-missing-fiscal-year",
            Self::SinceAfterFiscalYear => "pack-since-after-fiscal-year",
            Self::SinceContradictsLineage => "pack-since-contradicts-lineage",
            Self::LineageToSelf(_) => "pack-lineage-to-self",
            Self::BrokenLineage(_) => "pack-broken-lineage",
            Self::BrokenCounterpart(_) => "pack-broken-counterpart",
            Self::UnknownProbe(_) => "pack-unknown-probe",
            Self::UnknownTopic(_) => "pack-unknown-topic",
            Self::MissingGuidance => "pack-missing-guidance",
            Self::ThinGuidance => "pack-thin-guidance",
            Self::UnverifiedWording { .. } => "pack-unverified-wording",
            Self::BadPhone(_) => "pack-bad-phone",
            Self::BadUrl(_) => "pack-bad-url",
            Self::Form(kind) => kind.message_key(),
        }
    }

    /// The message's arguments, ready to be shown.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::BadId(text)
            | Self::DuplicateKey(text)
            | Self::DuplicateRow(text)
            | Self::UnknownProbe(text)
            | Self::UnknownTopic(text)
            | Self::BadPhone(text)
            | Self::BadUrl(text) => vec![("value", text.clone())],
            Self::MissingTranslation(language) => vec![("language", (*language).to_owned())],
            Self::LineageToSelf(item)
            | Self::BrokenLineage(item)
            | Self::BrokenCounterpart(item) => {
                vec![("value", item.to_string())]
            }
            Self::UnverifiedWording { unverified, total } => {
                vec![
                    ("unverified", unverified.to_string()),
                    ("total", total.to_string()),
                ]
            }
            Self::Form(kind) => kind.message_arguments(),
            Self::Empty
            | Self::MissingText
            | Self::ValidityReversed
            | Self::ValidityOutsideFiscalYear
            | Self::MissingFiscalYear
            | Self::SinceAfterFiscalYear
            | Self::SinceContradictsLineage
            | Self::MissingGuidance
            | Self::ThinGuidance => Vec::new(),
        }
    }
}
