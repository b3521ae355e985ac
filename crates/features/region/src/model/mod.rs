//! Types and rules of the region's work. Pure: no database, no HTTP, no clock.

pub mod comparison;
pub mod distribution;
pub mod member;
pub mod reminder;
