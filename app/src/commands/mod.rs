//! The commands of the command line, a file each.

pub mod demo;
pub mod serve;
