//! The whole program under test: one binary, a module for each subject.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod command_line;
mod durability;
mod role_walk;
mod structure;
