//! The whole program under test: one binary, a module for each subject.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod command_line;
mod corpus;
mod durability;
mod faults;
mod role_walk;
mod running;
mod structure;
