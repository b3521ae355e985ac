//! What is measured, a file for each.

pub(crate) mod answers;
pub(crate) mod country;
pub(crate) mod document;
pub(crate) mod import;
pub(crate) mod pages;
pub(crate) mod start;
