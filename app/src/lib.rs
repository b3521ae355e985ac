//! Yagura (櫓): the watchtower of a region's hospitals and clinics. This crate is the command line
//! and the composition; everything else is in the crates below. It is a library so that the tests
//! of the whole program walk the very features that the binary serves.

pub mod commands;
pub mod config;
pub mod installation;
pub mod keys;
