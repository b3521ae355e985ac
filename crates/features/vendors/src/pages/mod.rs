//! Pages of the feature.

pub(crate) mod drafts;
pub(crate) mod institution;
pub(crate) mod vendor;
