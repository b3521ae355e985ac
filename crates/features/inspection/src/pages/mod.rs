//! Pages of the feature.

pub(crate) mod links;
pub(crate) mod pack;
pub(crate) mod printed;
