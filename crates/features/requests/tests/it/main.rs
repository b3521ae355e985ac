//! Integration tests of the one-stop desk, on both engines, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test and its helpers fail by panicking"
)]

mod alone;
mod api;
mod bounds;
mod deciding;
mod filing;
mod forms;
mod jobs;
mod leaving;
mod lists;
mod support;
