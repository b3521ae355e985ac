//! The commands of the command line, a file each.

pub mod audit;
pub mod backup;
pub mod collect;
pub mod credentials;
pub mod demo;
pub mod doctor;
pub mod failure;
pub mod feeds;
pub mod members;
pub mod packs;
pub mod serve;
pub mod terminal;
