//! What a verification says.

use crate::audit::NoteError;
use crate::id::AuditEntryId;
use serde::Serialize;

/// Something that is not as it was when it was signed or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Finding {
    /// The entry no longer has the hash under which it entered the log.
    #[error("entry {position} ({id}) was altered")]
    EntryAltered {
        /// Its position.
        position: u64,
        /// The entry that stands there now.
        id: AuditEntryId,
    },
    /// The entry stands at another position than the one at which it entered the log.
    #[error("entry {position} ({id}) was moved; it belongs at position {belongs_at}")]
    EntryMoved {
        /// Where it stands now.
        position: u64,
        /// Where it belongs.
        belongs_at: u64,
        /// The entry.
        id: AuditEntryId,
    },
    /// The entry was put between others that are still there.
    #[error("entry {position} ({id}) was inserted")]
    EntryInserted {
        /// Where it stands.
        position: u64,
        /// The entry.
        id: AuditEntryId,
    },
    /// Entries are gone.
    #[error("the entries from {position} up to, not including, {until} are missing")]
    EntryMissing {
        /// The first position without its entry.
        position: u64,
        /// The first position after the gap.
        until: u64,
    },
    /// The stored hash of an entry was altered; the entry itself is as it was signed.
    #[error("the stored hash of entry {position} was altered; the entry is as it was signed")]
    LeafAltered {
        /// Its position.
        position: u64,
    },
    /// The stored hash of an entry is gone.
    #[error("the stored hash of entry {position} is missing")]
    LeafMissing {
        /// Its position.
        position: u64,
    },
    /// Two entries have one position, or the positions go backwards.
    #[error("position {position} occurs again")]
    PositionRepeated {
        /// The position.
        position: u64,
    },
    /// The log up to `size` is not the one that was signed, and the change came after the last
    /// checkpoint that fits: something between was altered together with its stored hash, or
    /// reordered, or removed.
    #[error(
        "the log up to {size} is not the one that was signed; something from entry {position} on was changed"
    )]
    RootMismatch {
        /// The first position that may be changed.
        position: u64,
        /// The size of the checkpoint that does not fit.
        size: u64,
        /// The first entry in that range that claims to be older than the one before it, which is
        /// what reordering leaves behind. A hint, no proof.
        backwards_at: Option<u64>,
    },
    /// A checkpoint was signed for more entries than there are: they were cut off at the end, or
    /// somewhere after the last checkpoint that fits and the rest closed up.
    #[error(
        "{size} entries were signed, but only {found} are there; something from entry {position} on is missing"
    )]
    Truncated {
        /// The first position that may be changed.
        position: u64,
        /// How many entries there are.
        found: u64,
        /// How many were signed.
        size: u64,
    },
    /// A checkpoint is unreadable or not signed by a known key.
    #[error("checkpoint {number} is not valid: {error}")]
    CheckpointInvalid {
        /// Which of the given checkpoints, from 0.
        number: usize,
        /// What is wrong with it.
        error: NoteError,
    },
}

impl Finding {
    /// The position in the log that it is about; none for a damaged checkpoint.
    pub const fn position(&self) -> Option<u64> {
        match self {
            Self::EntryAltered { position, .. }
            | Self::EntryMoved { position, .. }
            | Self::EntryInserted { position, .. }
            | Self::EntryMissing { position, .. }
            | Self::LeafAltered { position }
            | Self::LeafMissing { position }
            | Self::PositionRepeated { position }
            | Self::RootMismatch { position, .. }
            | Self::Truncated { position, .. } => Some(*position),
            Self::CheckpointInvalid { .. } => None,
        }
    }

    /// The code, which is also the tail of the message key.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EntryAltered { .. } => "entry_altered",
            Self::EntryMoved { .. } => "entry_moved",
            Self::EntryInserted { .. } => "entry_inserted",
            Self::EntryMissing { .. } => "entry_missing",
            Self::LeafAltered { .. } => "leaf_altered",
            Self::LeafMissing { .. } => "leaf_missing",
            Self::PositionRepeated { .. } => "position_repeated",
            Self::RootMismatch { .. } => "root_mismatch",
            Self::Truncated { .. } => "truncated",
            Self::CheckpointInvalid { .. } => "checkpoint_invalid",
        }
    }
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// How many entries the log has, counted by position.
    pub entries: u64,
    /// How many valid checkpoints the log was held against and fits.
    pub checkpoints: usize,
    /// Up to which size the log is proven by a signed checkpoint. Later entries fit their stored
    /// hashes only.
    pub proven: u64,
    /// What is wrong, by position.
    pub findings: Vec<Finding>,
    /// How many further findings are not listed.
    pub more: usize,
}

impl VerifyReport {
    /// Whether nothing was found.
    pub const fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    /// The finding with the lowest position.
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }
}
