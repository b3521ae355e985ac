//! Audit: pending.
/// The tables.
pub const MIGRATIONS: &[crate::Migration] = &[];
