//! Which published vulnerabilities (CVE) affect which assets.
#![forbid(unsafe_op_in_unsafe_fn)]

pub mod cpe;
pub mod versions;
