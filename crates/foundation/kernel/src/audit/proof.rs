//! Proofs that an entry is in the log and that a later state of the log continues an earlier one
//! (RFC 6962 §2.1.1 and §2.1.2).
//!
//! Which nodes a proof consists of, and its verification, come from `ct-merkle`. The hashes of
//! those nodes are computed in one pass over the stored leaf hashes, with O(log n) memory, so that
//! a database can stream them.

use super::{AuditEntry, Frontier, NodeHash};
use ct_merkle::digest::Output;
use ct_merkle::{RootHash, indices_for_consistency_proof, indices_for_inclusion_proof};
use serde::{Deserialize, Serialize};
use sha2_for_merkle::Sha256;
use std::ops::Range;

/// Beyond this, numbers of nodes no longer fit 64 bits; no log will ever be so long.
const LARGEST_TREE: u64 = 1 << 62;

/// Why a proof cannot be made or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry's position is not in a log of that size.
    #[error("position {index} is not in a log of {size} entries")]
    OutOfRange {
        /// The position asked for, from 0.
        index: u64,
        /// The number of entries.
        size: u64,
    },
    /// The earlier log is longer than the later one, or longer than any log can be.
    #[error("a log of {old_size} entries cannot have grown to {new_size}")]
    WrongOrder {
        /// The size of the earlier log.
        old_size: u64,
        /// The size of the later log.
        new_size: u64,
    },
    /// The leaf hashes given are not as many as the log has entries.
    #[error("the proof needs {expected} leaf hashes, but there are {found}")]
    LeafCount {
        /// The size of the log.
        expected: u64,
        /// How many hashes were given.
        found: u64,
    },
    /// The proof has not the form that a proof between these sizes has.
    #[error("the proof does not have the form that its sizes demand")]
    Malformed,
    /// The proof leads to another root.
    #[error("the proof does not lead to the given root")]
    Mismatch,
}

/// Shows that an entry is at a position of a log of a certain size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The entry's position, from 0.
    pub index: u64,
    /// The size of the log that the root belongs to.
    pub size: u64,
    /// The hashes beside the way from the leaf to the root, lowest first.
    pub path: Vec<NodeHash>,
}

impl InclusionProof {
    /// Holds the proof against `root`, the root of the log at [`Self::size`].
    pub fn verify(&self, entry: &AuditEntry, root: &NodeHash) -> Result<(), ProofError> {
        check_inclusion_range(self.size, self.index)?;
        let proof = ct_merkle::InclusionProof::<Sha256>::try_from_bytes(concatenated(&self.path))
            .map_err(|_| ProofError::Malformed)?;
        reference_root(root, self.size)
            .verify_inclusion(&entry.encode(), self.index, &proof)
            .map_err(|error| match error {
                ct_merkle::InclusionVerifError::IncorrectHash => ProofError::Mismatch,
                _ => ProofError::Malformed,
            })
    }
}

/// Shows that a log of `new_size` entries begins with the log of `old_size` entries unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// The size of the earlier log.
    pub old_size: u64,
    /// The size of the later log.
    pub new_size: u64,
    /// The hashes of the proof in the order of RFC 6962 §2.1.2.
    pub path: Vec<NodeHash>,
}

impl ConsistencyProof {
    /// Holds the proof against the roots of both logs.
    pub fn verify(&self, old_root: &NodeHash, new_root: &NodeHash) -> Result<(), ProofError> {
        check_consistency_range(self.old_size, self.new_size)?;
        if self.old_size == 0 {
            // RFC 6962 defines no proof from the empty log: every log continues it.
            return match (self.path.is_empty(), *old_root == NodeHash::of_empty_tree()) {
                (false, _) => Err(ProofError::Malformed),
                (true, false) => Err(ProofError::Mismatch),
                (true, true) => Ok(()),
            };
        }
        let proof = ct_merkle::ConsistencyProof::<Sha256>::try_from_bytes(concatenated(&self.path))
            .map_err(|_| ProofError::Malformed)?;
        reference_root(new_root, self.new_size)
            .verify_consistency(&reference_root(old_root, self.old_size), &proof)
            .map_err(|error| match error {
                ct_merkle::ConsistencyVerifError::VerificationFailure => ProofError::Mismatch,
                _ => ProofError::Malformed,
            })
    }
}

/// Makes an [`InclusionProof`]: [`push`](Self::push) every stored leaf hash in order of position.
#[derive(Debug, Clone)]
pub struct InclusionProver {
    index: u64,
    nodes: WantedNodes,
}

impl InclusionProver {
    /// For the entry at `index` of a log of `size` entries.
    pub fn new(size: u64, index: u64) -> Result<Self, ProofError> {
        check_inclusion_range(size, index)?;
        let nodes = WantedNodes::new(size, &indices_for_inclusion_proof(size, index));
        Ok(Self { index, nodes })
    }

    /// Takes the next leaf hash; those past the size are ignored.
    pub fn push(&mut self, leaf: NodeHash) {
        self.nodes.push(leaf);
    }

    /// The proof, once all leaf hashes were given.
    pub fn finish(self) -> Result<InclusionProof, ProofError> {
        let size = self.nodes.size;
        Ok(InclusionProof {
            index: self.index,
            size,
            path: self.nodes.finish()?,
        })
    }
}

/// Makes a [`ConsistencyProof`]: [`push`](Self::push) every stored leaf hash in order of position.
#[derive(Debug, Clone)]
pub struct ConsistencyProver {
    old_size: u64,
    nodes: WantedNodes,
}

impl ConsistencyProver {
    /// From the log of `old_size` entries to the log of `new_size` entries.
    pub fn new(old_size: u64, new_size: u64) -> Result<Self, ProofError> {
        check_consistency_range(old_size, new_size)?;
        let indices = match old_size {
            0 => Vec::new(),
            _ => indices_for_consistency_proof(old_size, new_size - old_size),
        };
        Ok(Self {
            old_size,
            nodes: WantedNodes::new(new_size, &indices),
        })
    }

    /// Takes the next leaf hash; those past the new size are ignored.
    pub fn push(&mut self, leaf: NodeHash) {
        self.nodes.push(leaf);
    }

    /// The proof, once all leaf hashes were given.
    pub fn finish(self) -> Result<ConsistencyProof, ProofError> {
        let new_size = self.nodes.size;
        Ok(ConsistencyProof {
            old_size: self.old_size,
            new_size,
            path: self.nodes.finish()?,
        })
    }
}

/// The nodes of a proof, each with the leaves below it. They never overlap.
#[derive(Debug, Clone)]
struct WantedNodes {
    size: u64,
    pushed: u64,
    nodes: Vec<(Range<u64>, Frontier)>,
}

impl WantedNodes {
    /// `indices` number the nodes from left to right, leaves and inner nodes in turn, as
    /// `ct-merkle` does (RFC 9420 Appendix C): the trailing ones of a number are its height.
    fn new(size: u64, indices: &[u64]) -> Self {
        let leaves_below = |index: &u64| {
            let height = index.trailing_ones();
            let first = (index >> (height + 1)) << height;
            first..(first + (1 << height)).min(size)
        };
        let nodes = indices
            .iter()
            .map(|index| (leaves_below(index), Frontier::new()))
            .collect();
        Self {
            size,
            pushed: 0,
            nodes,
        }
    }

    fn push(&mut self, leaf: NodeHash) {
        let position = self.pushed;
        if let Some((_, below)) = self
            .nodes
            .iter_mut()
            .find(|(range, _)| range.contains(&position))
        {
            below.append(leaf);
        }
        self.pushed = self.size.min(position + 1);
    }

    fn finish(self) -> Result<Vec<NodeHash>, ProofError> {
        if self.pushed != self.size {
            return Err(ProofError::LeafCount {
                expected: self.size,
                found: self.pushed,
            });
        }
        Ok(self
            .nodes
            .into_iter()
            .map(|(_, below)| below.root())
            .collect())
    }
}

fn check_inclusion_range(size: u64, index: u64) -> Result<(), ProofError> {
    if index < size && size <= LARGEST_TREE {
        Ok(())
    } else {
        Err(ProofError::OutOfRange { index, size })
    }
}

fn check_consistency_range(old_size: u64, new_size: u64) -> Result<(), ProofError> {
    if old_size <= new_size && new_size <= LARGEST_TREE {
        Ok(())
    } else {
        Err(ProofError::WrongOrder { old_size, new_size })
    }
}

fn reference_root(root: &NodeHash, size: u64) -> RootHash<Sha256> {
    RootHash::new(Output::<Sha256>::from(*root.as_bytes()), size)
}

fn concatenated(path: &[NodeHash]) -> Vec<u8> {
    path.iter()
        .flat_map(|hash| hash.as_bytes())
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixtures::entry;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    fn entries(count: u64) -> Vec<AuditEntry> {
        (0..count).map(entry).collect()
    }

    fn frontier(entries: &[AuditEntry]) -> Frontier {
        let mut frontier = Frontier::new();
        for entry in entries {
            frontier.append(entry.leaf_hash());
        }
        frontier
    }

    fn inclusion(entries: &[AuditEntry], index: u64) -> InclusionProof {
        let mut prover = InclusionProver::new(entries.len() as u64, index).unwrap();
        entries
            .iter()
            .for_each(|entry| prover.push(entry.leaf_hash()));
        prover.finish().unwrap()
    }

    fn consistency(entries: &[AuditEntry], old_size: u64) -> ConsistencyProof {
        let mut prover = ConsistencyProver::new(old_size, entries.len() as u64).unwrap();
        entries
            .iter()
            .for_each(|entry| prover.push(entry.leaf_hash()));
        prover.finish().unwrap()
    }

    #[test]
    fn proofs_are_those_of_the_reference_tree() {
        for size in 1..70 {
            let entries = entries(size);
            let mut reference = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            entries
                .iter()
                .for_each(|entry| reference.push(entry.encode()));
            for index in 0..size {
                let expected = reference.prove_inclusion(index as usize);
                let path = inclusion(&entries, index).path;
                assert_eq!(
                    concatenated(&path),
                    expected.as_bytes(),
                    "{index} of {size}"
                );
            }
            for old_size in 1..=size {
                let expected = reference.prove_consistency((size - old_size) as usize);
                let path = consistency(&entries, old_size).path;
                assert_eq!(
                    concatenated(&path),
                    expected.as_bytes(),
                    "{old_size} to {size}"
                );
            }
        }
    }

    #[test]
    fn every_entry_is_proven_and_no_other_is() {
        for size in [1, 2, 3, 7, 8, 9, 33, 64, 100] {
            let entries = entries(size);
            let root = frontier(&entries).root();
            for (index, entry) in (0..).zip(&entries) {
                let proof = inclusion(&entries, index);
                assert_eq!(proof.verify(entry, &root), Ok(()));
                let other = crate::audit::fixtures::entry(size + 1);
                assert_eq!(proof.verify(&other, &root), Err(ProofError::Mismatch));
                let mut altered = entry.clone();
                altered.action.push('x');
                assert_eq!(proof.verify(&altered, &root), Err(ProofError::Mismatch));
                let elsewhere = InclusionProof {
                    index: (index + 1) % size,
                    ..proof.clone()
                };
                assert_eq!(elsewhere.verify(entry, &root).is_ok(), size == 1);
                let mut longer = proof;
                longer.path.push(root);
                assert_eq!(longer.verify(entry, &root), Err(ProofError::Malformed));
            }
        }
    }

    #[test]
    fn a_log_that_only_grew_is_consistent_and_a_changed_one_is_not() {
        for size in [1, 2, 3, 7, 8, 9, 33, 64] {
            let grown = entries(size);
            let new_root = frontier(&grown).root();
            for old_size in 0..=size {
                let old_root = frontier(&grown[..old_size as usize]).root();
                let proof = consistency(&grown, old_size);
                assert_eq!(
                    proof.verify(&old_root, &new_root),
                    Ok(()),
                    "{old_size} to {size}"
                );
                if old_size == 0 {
                    assert_eq!(
                        proof.verify(&new_root, &new_root),
                        Err(ProofError::Mismatch)
                    );
                    continue;
                }
                let mut changed = grown.clone();
                changed[old_size as usize - 1].action.push('x');
                let changed_root = frontier(&changed).root();
                assert!(proof.verify(&old_root, &changed_root).is_err());
                assert!(
                    consistency(&changed, old_size)
                        .verify(&old_root, &changed_root)
                        .is_err()
                );
            }
        }
    }

    #[test]
    fn impossible_proofs_are_refused() {
        assert_eq!(
            InclusionProver::new(3, 3).unwrap_err(),
            ProofError::OutOfRange { index: 3, size: 3 }
        );
        assert!(InclusionProver::new(0, 0).is_err());
        assert!(InclusionProver::new(u64::MAX, 5).is_err());
        assert!(ConsistencyProver::new(4, 3).is_err());
        assert!(ConsistencyProver::new(1, u64::MAX).is_err());
        let mut prover = InclusionProver::new(3, 1).unwrap();
        prover.push(NodeHash::of_leaf(b"only one"));
        assert_eq!(
            prover.finish(),
            Err(ProofError::LeafCount {
                expected: 3,
                found: 1
            })
        );
        let root = NodeHash::of_leaf(b"root");
        for (index, size) in [(0, 0), (5, 5), (u64::MAX, u64::MAX), (0, u64::MAX)] {
            let proof = InclusionProof {
                index,
                size,
                path: vec![root],
            };
            assert_eq!(
                proof.verify(&entry(0), &root),
                Err(ProofError::OutOfRange { index, size })
            );
        }
        for (old_size, new_size) in [(1, 0), (1, u64::MAX), (u64::MAX, u64::MAX)] {
            let proof = ConsistencyProof {
                old_size,
                new_size,
                path: vec![root],
            };
            assert_eq!(
                proof.verify(&root, &root),
                Err(ProofError::WrongOrder { old_size, new_size })
            );
        }
    }
}
