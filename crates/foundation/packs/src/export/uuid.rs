//! Names as UUIDs, for formats that want one on everything.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// A UUID that is always the same for the same name: the layout of version 5 (RFC 9562), which is
/// one of the two that OSCAL takes, over SHA-256.
pub(super) fn uuid_of(name: &str) -> String {
    let mut bytes: Vec<u8> = Sha256::digest(name.as_bytes())
        .iter()
        .copied()
        .take(16)
        .collect();
    if let Some(version) = bytes.get_mut(6) {
        *version = (*version & 0x0F) | 0x50;
    }
    if let Some(variant) = bytes.get_mut(8) {
        *variant = (*variant & 0x3F) | 0x80;
    }
    let hex = HEXLOWER.encode(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_stable_uuids_of_version_5() {
        let uuid = uuid_of("mhlw-checklist-r07-institution");
        assert_eq!(uuid, uuid_of("mhlw-checklist-r07-institution"));
        assert_ne!(uuid, uuid_of("mhlw-checklist-r07-vendor"));
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'5');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
    }
}
