//! Rules on verdicts: how they are signed and read, and what they prove.

mod judge;
mod signed;

pub use judge::{Counted, Judgement, VALID_DAYS, reused, strong};
pub(crate) use signed::checked_at;
pub use signed::{KEY_NAME, LARGEST, ReadError, SignedVerdict, fingerprint, read};
