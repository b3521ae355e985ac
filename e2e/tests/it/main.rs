//! The main job of every person in a real Chromium; see `e2e/run`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod journeys;
