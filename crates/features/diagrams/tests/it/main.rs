//! Diagrams on every database of this machine: pages, files, paper, API.

#![expect(
    clippy::unwrap_used,
    reason = "tests stop where something is not as it must be"
)]

mod pages;
mod support;
