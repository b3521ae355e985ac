//! Appending to a Merkle tree without holding the tree.

use super::NodeHash;

/// The right edge of an append-only Merkle tree: its size and the roots of the perfect subtrees
/// that it consists of, largest first. One hash for every set bit of the size.
///
/// This is ours because `ct-merkle` (0.3), which the proofs are verified with, can append only to
/// a tree whose every leaf and node is in memory; a log that grows for years and that several
/// processes append to cannot be held so. The tests hold both against each other for every size
/// from 0 to 600.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<NodeHash>,
}

/// The stored state of a [`Frontier`] is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored state of the audit log's tree is damaged: {bytes} bytes do not fit its size")]
pub struct FrontierError {
    /// The length of the stored state.
    pub bytes: usize,
}

impl Frontier {
    /// The frontier of a log without entries.
    pub const fn new() -> Self {
        Self {
            size: 0,
            subtrees: Vec::new(),
        }
    }

    /// The number of leaves, which is also the position of the next one.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and returns its position, counted from 0.
    pub fn append(&mut self, leaf: NodeHash) -> u64 {
        let position = self.size;
        let mut node = leaf;
        for _ in 0..position.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = NodeHash::of_children(&left, &node);
            }
        }
        self.subtrees.push(node);
        self.size += 1;
        position
    }

    /// The root of the tree (RFC 6962 §2.1: MTH).
    pub fn root(&self) -> NodeHash {
        self.subtrees
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| NodeHash::of_children(&left, &right))
            .unwrap_or_else(NodeHash::of_empty_tree)
    }

    /// The state for the database: the size in 8 bytes, big-endian, then the subtree hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for subtree in &self.subtrees {
            bytes.extend_from_slice(subtree.as_bytes());
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let damaged = FrontierError { bytes: bytes.len() };
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(damaged)?;
        let size = u64::from_be_bytes(*size);
        let subtrees: Vec<NodeHash> = hashes
            .chunks(32)
            .map(NodeHash::from_slice)
            .collect::<Option<_>>()
            .ok_or(damaged)?;
        if u32::try_from(subtrees.len()) != Ok(size.count_ones()) {
            return Err(damaged);
        }
        Ok(Self { size, subtrees })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2_for_merkle::Sha256;

    #[test]
    fn it_agrees_with_the_reference_tree_at_every_size() {
        let mut reference = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut frontier = Frontier::new();
        for number in 0..=600_u32 {
            let root = reference.root();
            assert_eq!(
                frontier.root().as_bytes()[..],
                root.as_bytes()[..],
                "{number} leaves"
            );
            assert_eq!(frontier.size(), u64::from(number));
            let reread = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
            assert_eq!(reread, frontier);
            let leaf = number.to_be_bytes().repeat(number as usize % 7);
            assert_eq!(frontier.append(NodeHash::of_leaf(&leaf)), u64::from(number));
            reference.push(leaf);
        }
    }

    #[test]
    fn a_damaged_state_is_refused() {
        let mut frontier = Frontier::new();
        for number in 0..5_u8 {
            frontier.append(NodeHash::of_leaf(&[number]));
        }
        let bytes = frontier.to_bytes();
        assert_eq!(bytes.len(), 8 + 2 * 32, "5 leaves are subtrees of 4 and 1");
        for length in 0..bytes.len() {
            assert_eq!(
                Frontier::from_bytes(&bytes[..length]),
                Err(FrontierError { bytes: length })
            );
        }
        let mut other_size = bytes;
        other_size[7] = 7;
        assert!(Frontier::from_bytes(&other_size).is_err());
    }
}
