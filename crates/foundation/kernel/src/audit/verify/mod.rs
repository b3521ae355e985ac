//! Holds a stored log against itself and against its signed checkpoints.

mod report;
#[cfg(test)]
mod tests;

pub use self::report::{Finding, VerifyReport};

use super::{AuditEntry, Checkpoint, Frontier, NodeHash, SignedCheckpoint, VerifyingKey};
use crate::id::AuditEntryId;
use crate::time::Instant;
use std::collections::HashMap;
use std::iter::Peekable;

/// More findings than this are only counted: after the first few a person knows enough.
const MOST_FINDINGS: usize = 1_000;

/// One position of the stored log. Either part may have been lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The position, from 0.
    pub position: u64,
    /// The stored leaf hash. Kept in a table apart from the entries, it shows exactly which entry
    /// was moved or replaced; kept in the same row it is moved along, and only the range between
    /// two checkpoints can be told.
    pub leaf: Option<NodeHash>,
    /// The entry.
    pub entry: Option<AuditEntry>,
}

/// Verifies a log of which all entries are at hand. See [`LogVerifier`] for one that is streamed.
pub fn verify_log<'a>(
    entries: impl IntoIterator<Item = StoredEntry>,
    notes: impl IntoIterator<Item = &'a str>,
    keys: &[VerifyingKey],
) -> VerifyReport {
    let mut verifier = LogVerifier::new(notes, keys);
    for entry in entries {
        verifier.push(&entry);
    }
    verifier.finish()
}

/// Which side of an entry and its stored hash a checkpoint showed to be the changed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Entry,
    Leaf,
}

/// An entry whose hash is not the stored one.
#[derive(Debug)]
struct Suspect {
    position: u64,
    id: AuditEntryId,
    stored: NodeHash,
    recomputed: NodeHash,
    fault: Fault,
}

/// Takes the log entry by entry, in order of position, with memory for the checkpoints and the
/// findings only.
///
/// Two trees are grown: from the stored hashes, and from hashes recomputed from the entries. At
/// the size of each checkpoint the signed root tells which of them is the log that was signed.
#[derive(Debug)]
pub struct LogVerifier {
    checkpoints: Peekable<std::vec::IntoIter<Checkpoint>>,
    stored: Frontier,
    recomputed: Frontier,
    next_position: u64,
    /// False once a hash is lost or a root does not fit: later roots then tell nothing.
    roots_comparable: bool,
    fitting: usize,
    proven: u64,
    latest: Option<Instant>,
    backwards_at: Option<u64>,
    suspects: Vec<Suspect>,
    undecided: usize,
    findings: Vec<Finding>,
    more: usize,
}

impl LogVerifier {
    /// `notes` are signed checkpoints in any order, also from outside the database; `keys` are
    /// the public keys that the log has had.
    pub fn new<'a>(notes: impl IntoIterator<Item = &'a str>, keys: &[VerifyingKey]) -> Self {
        let mut checkpoints = Vec::new();
        let mut findings = Vec::new();
        for (number, note) in notes.into_iter().enumerate() {
            match SignedCheckpoint::open(note, keys) {
                Ok(signed) => checkpoints.push(signed.checkpoint().clone()),
                Err(error) => findings.push(Finding::CheckpointInvalid { number, error }),
            }
        }
        Self::with_checkpoints(checkpoints, findings)
    }

    fn with_checkpoints(mut checkpoints: Vec<Checkpoint>, findings: Vec<Finding>) -> Self {
        checkpoints.sort_by_key(|checkpoint| checkpoint.size);
        let mut verifier = Self {
            checkpoints: checkpoints.into_iter().peekable(),
            stored: Frontier::new(),
            recomputed: Frontier::new(),
            next_position: 0,
            roots_comparable: true,
            fitting: 0,
            proven: 0,
            latest: None,
            backwards_at: None,
            suspects: Vec::new(),
            undecided: 0,
            findings,
            more: 0,
        };
        verifier.compare_roots();
        verifier
    }

    /// Takes the next position of the log.
    pub fn push(&mut self, stored: &StoredEntry) {
        let position = stored.position;
        if position < self.next_position {
            self.find(Finding::PositionRepeated { position });
            return;
        }
        if position > self.next_position {
            self.find(Finding::EntryMissing {
                position: self.next_position,
                until: position,
            });
            self.roots_comparable = false;
        }
        let entry = stored.entry.as_ref();
        if let Some(entry) = entry {
            if self.latest.is_some_and(|latest| entry.at < latest) {
                self.backwards_at.get_or_insert(position);
            }
            self.latest = Some(entry.at);
        }
        match (stored.leaf, entry.map(AuditEntry::leaf_hash)) {
            (Some(leaf), Some(recomputed)) => {
                if let Some(entry) = entry.filter(|_| leaf != recomputed) {
                    self.suspect(Suspect {
                        position,
                        id: entry.id,
                        stored: leaf,
                        recomputed,
                        fault: Fault::Entry,
                    });
                }
                self.append(leaf, recomputed);
            }
            (Some(leaf), None) => {
                self.find(Finding::EntryMissing {
                    position,
                    until: position.saturating_add(1),
                });
                self.append(leaf, leaf);
            }
            (None, Some(recomputed)) => {
                self.find(Finding::LeafMissing { position });
                self.append(recomputed, recomputed);
            }
            (None, None) => {
                self.find(Finding::EntryMissing {
                    position,
                    until: position.saturating_add(1),
                });
                self.roots_comparable = false;
            }
        }
        self.next_position = position.saturating_add(1);
        self.compare_roots();
    }

    /// The report, once every entry was given.
    pub fn finish(mut self) -> VerifyReport {
        if let Some(missing) = self.checkpoints.max_by_key(|checkpoint| checkpoint.size)
            && missing.size > self.next_position
        {
            self.findings.push(Finding::Truncated {
                position: self.proven,
                found: self.next_position,
                size: missing.size,
            });
        }
        explain(&self.suspects, &mut self.findings);
        self.findings
            .sort_by_key(|finding| finding.position().unwrap_or(u64::MAX));
        let unlisted = self.findings.len().saturating_sub(MOST_FINDINGS);
        self.findings.truncate(MOST_FINDINGS);
        VerifyReport {
            entries: self.next_position,
            checkpoints: self.fitting,
            proven: self.proven,
            findings: self.findings,
            more: self.more + unlisted,
        }
    }

    fn append(&mut self, stored: NodeHash, recomputed: NodeHash) {
        self.stored.append(stored);
        self.recomputed.append(recomputed);
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    fn suspect(&mut self, suspect: Suspect) {
        if self.suspects.len() < MOST_FINDINGS {
            self.suspects.push(suspect);
        } else {
            self.more += 1;
        }
    }

    fn compare_roots(&mut self) {
        let size = self.next_position;
        let mut fits = false;
        let mut differs = false;
        while let Some(checkpoint) = self.checkpoints.next_if(|next| next.size <= size) {
            if !self.roots_comparable || checkpoint.size < size {
                continue;
            }
            if checkpoint.root == self.stored.root() {
                self.recomputed = self.stored.clone();
            } else if checkpoint.root == self.recomputed.root() {
                self.stored = self.recomputed.clone();
                for suspect in self.suspects.iter_mut().skip(self.undecided) {
                    suspect.fault = Fault::Leaf;
                }
            } else {
                differs = true;
                continue;
            }
            fits = true;
            self.fitting += 1;
        }
        if differs {
            let (position, backwards_at) = (self.proven, self.backwards_at);
            self.find(Finding::RootMismatch {
                position,
                size,
                backwards_at,
            });
            self.roots_comparable = fits;
        }
        if fits {
            self.proven = size;
            self.backwards_at = None;
            self.undecided = self.suspects.len();
        }
    }
}

/// Tells altered entries from moved, inserted and removed ones: a moved entry's hash is stored at
/// another position, and a removed entry's stored hash belongs to no entry any more.
fn explain(suspects: &[Suspect], findings: &mut Vec<Finding>) {
    let (leaves, entries): (Vec<_>, Vec<_>) = suspects
        .iter()
        .partition(|suspect| suspect.fault == Fault::Leaf);
    findings.extend(leaves.iter().map(|leaf| Finding::LeafAltered {
        position: leaf.position,
    }));
    let place: HashMap<_, _> = entries.iter().map(|it| (it.stored, it.position)).collect();
    let present: HashMap<_, _> = entries
        .iter()
        .map(|it| (it.recomputed, it.position))
        .collect();
    for suspect in entries {
        let (position, id) = (suspect.position, suspect.id);
        let own_entry_present = present.contains_key(&suspect.stored);
        match place.get(&suspect.recomputed) {
            Some(&belongs_at) => {
                if !own_entry_present {
                    findings.push(Finding::EntryMissing {
                        position,
                        until: position + 1,
                    });
                }
                findings.push(Finding::EntryMoved {
                    position,
                    belongs_at,
                    id,
                });
            }
            None if own_entry_present => findings.push(Finding::EntryInserted { position, id }),
            None => findings.push(Finding::EntryAltered { position, id }),
        }
    }
}
