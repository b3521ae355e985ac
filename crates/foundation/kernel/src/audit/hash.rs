//! Hashes of the Merkle tree.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2_for_merkle::{Digest, Sha256};
use std::fmt;

/// The SHA-256 hash of a leaf or of an inner node of the tree. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeHash([u8; 32]);

impl NodeHash {
    /// Takes over a hash that was computed before.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Takes over a stored hash; `None` unless it has 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes, as the database stores them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The root of a tree without leaves: the hash of nothing (RFC 6962 §2.1).
    pub fn of_empty_tree() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The hash of a leaf: SHA-256(0x00 ‖ data) (RFC 6962 §2.1).
    pub fn of_leaf(data: &[u8]) -> Self {
        Self(
            Sha256::new_with_prefix([0x00])
                .chain_update(data)
                .finalize()
                .into(),
        )
    }

    /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
    pub fn of_children(left: &Self, right: &Self) -> Self {
        Self(
            Sha256::new_with_prefix([0x01])
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }
}

impl fmt::Display for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeHash({self})")
    }
}

impl Serialize for NodeHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or_else(|| D::Error::custom("a hash is 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_written_as_hexadecimal_digits() {
        let empty = NodeHash::of_empty_tree();
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(empty.to_string(), text);
        let json = serde_json::to_string(&empty).unwrap();
        assert_eq!(serde_json::from_str::<NodeHash>(&json).unwrap(), empty);
        assert!(serde_json::from_str::<NodeHash>("\"e3b0\"").is_err());
        assert_eq!(NodeHash::from_slice(&[0; 31]), None);
    }

    #[test]
    fn a_leaf_cannot_pass_for_an_inner_node() {
        let (left, right) = (NodeHash::of_leaf(b"a"), NodeHash::of_leaf(b"b"));
        let joined = [left.0, right.0].concat();
        assert_ne!(
            NodeHash::of_children(&left, &right),
            NodeHash::of_leaf(&joined)
        );
        assert_ne!(
            NodeHash::of_children(&left, &right),
            NodeHash::of_children(&right, &left)
        );
    }
}
