//! The fictional region in a real database, and the files that it shares.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod region;
mod samples;
