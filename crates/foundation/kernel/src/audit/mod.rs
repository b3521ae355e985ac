//! The pure part of the tamper-evident audit log.
//!
//! Every entry has one unambiguous byte encoding ([`AuditEntry::encode`]). Its hash is a leaf of
//! a Merkle tree as in RFC 6962 §2.1 (RFC 9162 §2.1 is the same tree). From time to time the
//! root is signed as a *checkpoint* (C2SP tlog-checkpoint, a C2SP signed note by Ed25519), with a
//! key that is not in the database. Whoever alters, removes, inserts or reorders an entry that a
//! checkpoint covers changes the root and is found by [`verify_log`].
//!
//! What it does not show: a database that was put back, with its checkpoints, to an earlier state.
//! For that somebody else must hold a later checkpoint; the verifier takes checkpoints from
//! outside just like the stored ones.
//!
//! * [`Frontier`]: all that appending needs, O(log n) hashes, kept in the database between
//!   restarts.
//! * [`InclusionProof`], [`ConsistencyProof`]: made from the stored leaf hashes in one pass,
//!   verified by the crate `ct-merkle`.
//! * [`SigningKey`], [`VerifyingKey`], [`Checkpoint`], [`SignedCheckpoint`].
//! * [`LogVerifier`], [`verify_log`].

mod checkpoint;
mod entry;
#[cfg(test)]
mod fixtures;
mod frontier;
mod hash;
mod proof;
mod verify;

pub use self::checkpoint::{
    Checkpoint, NoteError, SignedCheckpoint, SigningKey, VerifyingKey, open_note,
};
pub use self::entry::{AuditActor, AuditEntry, AuditOutcome, Detail};
pub use self::frontier::{Frontier, FrontierError};
pub use self::hash::NodeHash;
pub use self::proof::{
    ConsistencyProof, ConsistencyProver, InclusionProof, InclusionProver, ProofError,
};
pub use self::verify::{Finding, LogVerifier, StoredEntry, VerifyReport, verify_log};
