//! Which published vulnerabilities (CVE) affect which assets.
#![forbid(unsafe_op_in_unsafe_fn)]

pub mod applicability;
pub mod cpe;
pub mod criteria;
pub mod feeds;
pub mod index;
pub mod model;
pub mod versions;
