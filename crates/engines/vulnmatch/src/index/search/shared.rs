//! Companions of earlier searches.

use crate::applicability::Alternatives;

/// Companions of earlier searches. The alternatives of one lie all over the file, and estates ask
/// for the same products again and again.
#[derive(Debug, Default)]
pub(super) struct Shared {
    slots: Vec<Option<(u64, u32, u32, Alternatives)>>,
}

impl Shared {
    /// How many are kept: some megabytes.
    const SLOTS: u32 = 1 << 13;

    /// The alternatives of a run that begins with this leaf of an index.
    pub(super) fn get(
        &mut self,
        index: u64,
        leaf: u32,
        count: u32,
        write: impl FnOnce() -> Alternatives,
    ) -> Alternatives {
        if self.slots.is_empty() {
            self.slots.resize(Self::SLOTS as usize, None);
        }
        let place = leaf.wrapping_mul(0x9e37_79b1) >> (32 - Self::SLOTS.trailing_zeros());
        let Some(slot) = self.slots.get_mut(place as usize) else {
            return write();
        };
        match slot {
            Some((whose, first, of, known)) if (*whose, *first, *of) == (index, leaf, count) => {
                known.clone()
            }
            _ => {
                let new = write();
                *slot = Some((index, leaf, count, new.clone()));
                new
            }
        }
    }
}
