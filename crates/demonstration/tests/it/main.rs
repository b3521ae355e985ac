//! The fictional region in a real database, and the files that it shares.

mod region;
mod samples;
