//! Texts, held once.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::{BuildError, count};

/// Texts, each held once in its group, one behind the other: far fewer allocations and less memory
/// than a map of boxes.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) bytes: Vec<u8>,
    held: Vec<Held>,
    /// Where a text is found by its hash: the place that the hash tells, or one of those behind it.
    /// Half of them are free at least. They say where the text stands, so that a search in memory
    /// that the processor does not have at hand waits twice and not more often.
    slots: Vec<Slot>,
    /// Whether there is more than the group 0.
    grouped: bool,
}

#[derive(Clone, Copy)]
struct Held {
    group: u32,
    begin: u32,
    length: u32,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    /// From 1; 0 is a free one.
    number: u32,
    begin: u32,
    length: u32,
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn get(&self, number: u32) -> &[u8] {
        self.held
            .get(number as usize)
            .map(|held| self.text(held.begin, held.length))
            .unwrap_or_default()
    }

    fn text(&self, begin: u32, length: u32) -> &[u8] {
        let begin = begin as usize;
        self.bytes
            .get(begin..begin + length as usize)
            .unwrap_or_default()
    }

    pub(super) fn group(&self, number: u32) -> u32 {
        self.held.get(number as usize).map_or(0, |held| held.group)
    }

    /// Where the text stands, and how long it is.
    pub(super) fn span(&self, number: u32) -> (u32, u32) {
        self.held
            .get(number as usize)
            .map(|held| (held.begin, held.length))
            .unwrap_or_default()
    }

    /// The number of a text, and whether it is new.
    pub(super) fn put(&mut self, group: u32, text: &[u8]) -> Result<(u32, bool), BuildError> {
        if self.held.len() * 2 >= self.slots.len() {
            self.grow();
        }
        self.grouped |= group != 0;
        let hash = hash(group, text);
        let length = count("bytes of texts", text.len())?;
        let mut place = place(hash, self.slots.len());
        while let Some(slot) = self.slots.get(place) {
            if slot.number == 0 {
                break;
            }
            if slot.hash == hash && slot.length == length {
                let number = slot.number - 1;
                let same = self.text(slot.begin, length) == text;
                if same && (!self.grouped || self.group(number) == group) {
                    return Ok((number, false));
                }
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
        let new = count("texts", self.held.len())?;
        let begin = count("bytes of texts", self.bytes.len())?;
        if let Some(free) = self.slots.get_mut(place) {
            *free = Slot {
                hash,
                number: new + 1,
                begin,
                length,
            };
        }
        self.bytes.extend_from_slice(text);
        self.held.push(Held {
            group,
            begin,
            length,
        });
        Ok((new, true))
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        let mut grown = vec![Slot::default(); size];
        for slot in self.slots.iter().filter(|slot| slot.number != 0) {
            let mut place = place(slot.hash, size);
            while grown.get(place).is_some_and(|slot| slot.number != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(free) = grown.get_mut(place) {
                *free = *slot;
            }
        }
        self.slots = grown;
    }
}

/// The hash of a text in a group.
fn hash(group: u32, text: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write_u32(group);
    hasher.write(text);
    let sum = hasher.finish();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "its upper half and its lower half"
    )]
    let hash = (sum >> 32) as u32 ^ sum as u32;
    hash
}

/// The first place to look at, of as many as a power of two.
const fn place(hash: u32, size: usize) -> usize {
    ((hash as u64 * size as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_once_in_its_group() -> Result<(), BuildError> {
        let mut texts = Texts::default();
        for round in 0..2 {
            for number in 0..1000u32 {
                let (group, text) = (number % 3, (number / 3).to_string());
                let put = texts.put(group, text.as_bytes())?;
                assert_eq!(put, (number, round == 0));
                assert_eq!(texts.get(number), text.as_bytes());
                assert_eq!(texts.group(number), group);
            }
        }
        assert_eq!(texts.put(0, b"")?, (1000, true));
        assert_eq!(texts.put(0, b"")?, (1000, false));
        assert_eq!(texts.len(), 1001);
        assert_eq!(texts.get(5000), b"");
        Ok(())
    }
}
