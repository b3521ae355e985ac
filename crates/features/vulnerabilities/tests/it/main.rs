//! Feeds, products, findings and the region's view, on every database of this machine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests stop where something is not as it must be"
)]

mod api;
mod feeds;
mod findings;
mod pages;
mod products;
mod region;
mod software;
mod support;
mod sync;
mod vendors;
