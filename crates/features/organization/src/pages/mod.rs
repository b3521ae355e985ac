//! Pages of the feature.

pub(crate) mod accounts;
pub(crate) mod audit_log;
pub(crate) mod installation;
pub(crate) mod people;
pub(crate) mod providers;
pub(crate) mod sharing;
