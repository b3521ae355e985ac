//! Keys: bytes whose order is the order of versions.

use std::cmp::Ordering;

/// Ends a key. Tokens below it make a version older than the one without them, tokens above newer.
pub(super) const END: u8 = 0x20;
/// The class of versions that have no order.
const OPAQUE: u8 = 0xff;

/// The kinds of tokens in their order.
pub(super) mod rank {
    pub(in super::super) const TILDE: u8 = 0x0f;
    pub(in super::super) const DEVELOPMENT: u8 = 0x10;
    pub(in super::super) const ALPHA: u8 = 0x11;
    pub(in super::super) const BETA: u8 = 0x12;
    pub(in super::super) const MILESTONE: u8 = 0x13;
    pub(in super::super) const PREVIEW: u8 = 0x14;
    pub(in super::super) const CANDIDATE: u8 = 0x15;
    pub(in super::super) const SNAPSHOT: u8 = 0x16;
    pub(in super::super) const CARET: u8 = 0x21;
    pub(in super::super) const LETTERS: u8 = 0x30;
    pub(in super::super) const UPDATE: u8 = 0x38;
    pub(in super::super) const PATCH: u8 = 0x39;
    pub(in super::super) const HOTFIX: u8 = 0x3a;
    pub(in super::super) const SERVICE_PACK: u8 = 0x3b;
    pub(in super::super) const SERVICE_RELEASE: u8 = 0x3c;
    pub(in super::super) const REVISION: u8 = 0x3d;
    pub(in super::super) const BUILD: u8 = 0x3e;
    pub(in super::super) const DASH_NUMBER: u8 = 0x40;
    pub(in super::super) const NUMBER: u8 = 0x50;
}

/// A version made comparable. Equal keys are equal versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The class, a zero byte, the tokens, [`END`].
    bytes: Vec<u8>,
    /// Where in `bytes` patch levels begin.
    cuts: Vec<u16>,
    guessed: bool,
}

impl Key {
    /// The bytes; their order is the order of versions of the same class.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The class of a key's bytes.
    #[must_use]
    pub fn class_of(bytes: &[u8]) -> &[u8] {
        let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
        bytes.get(..end).unwrap_or_default()
    }

    /// The class: only keys of the same class have an order.
    #[must_use]
    pub fn class(&self) -> &[u8] {
        Self::class_of(&self.bytes)
    }

    /// Whether the version can be ordered at all.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.bytes.first() != Some(&OPAQUE)
    }

    /// Whether the version has a word that the scheme does not know, so that its order beside
    /// versions with the same numbers is a guess.
    #[must_use]
    pub const fn is_guessed(&self) -> bool {
        self.guessed
    }

    /// The order of two keys; `None` when they have none.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let ordered = self.is_ordered() && self.class() == other.class();
        let equal = self.bytes == other.bytes;
        (ordered || equal).then(|| self.bytes.cmp(&other.bytes))
    }

    /// The keys of the same version without its patch levels, from the longest to the shortest:
    /// of `5.2-5967-5` those of `5.2-5967` and `5.2`.
    pub fn bases(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.cuts.iter().rev().filter_map(|cut| {
            let mut base = self.bytes.get(..usize::from(*cut))?.to_vec();
            base.push(END);
            Some(base)
        })
    }

    /// Whether this version is the base at some patch level of it.
    #[must_use]
    pub fn is_patch_level_of(&self, base: &Self) -> bool {
        self.bases().any(|bytes| bytes == base.bytes)
    }

    /// A version without order: equal only to the same text.
    pub(super) fn opaque(version: &str, update: Option<&str>) -> Self {
        let mut bytes = vec![OPAQUE, 0];
        bytes.extend(version.trim().to_lowercase().into_bytes());
        if let Some(update) = update {
            bytes.push(0);
            bytes.extend(update.trim().to_lowercase().into_bytes());
        }
        if bytes.len() > super::LONGEST_VERSION {
            // Only equality counts; two long texts are told apart by their beginning and a sum.
            let sum = crc32fast::hash(&bytes);
            bytes.truncate(super::LONGEST_VERSION);
            bytes.extend(sum.to_be_bytes());
        }
        Self {
            bytes,
            cuts: Vec::new(),
            guessed: false,
        }
    }
}

/// Writes a key token by token.
pub(super) struct Writer {
    bytes: Vec<u8>,
    cuts: Vec<u16>,
    guessed: bool,
    /// How many bytes at the end are zeros that count only if a number follows.
    zeros: usize,
}

impl Writer {
    pub(super) fn new(class: &str) -> Self {
        let mut bytes = Vec::with_capacity(class.len() + 24);
        bytes.extend(class.bytes().filter(|byte| *byte != 0));
        bytes.push(0);
        Self {
            bytes,
            cuts: Vec::new(),
            guessed: false,
            zeros: 0,
        }
    }

    /// A dotted number. `None` when it is too large to be one.
    pub(super) fn number(&mut self, digits: &str) -> Option<()> {
        self.ranked_number(rank::NUMBER, digits)
    }

    /// A number behind a dash: a patch level of what stands before.
    pub(super) fn dash_number(&mut self, digits: &str) -> Option<()> {
        self.trim();
        self.cut();
        self.ranked_number(rank::DASH_NUMBER, digits)
    }

    fn ranked_number(&mut self, rank: u8, digits: &str) -> Option<()> {
        let digits = digits.trim_start_matches('0');
        let begin = self.bytes.len();
        self.bytes.push(rank);
        if digits.is_empty() {
            self.bytes.push(0);
            if rank == rank::NUMBER {
                self.zeros += 2;
            } else {
                self.zeros = 0;
            }
            return Some(());
        }
        let Ok(number) = digits.parse::<u64>() else {
            self.bytes.truncate(begin);
            return None;
        };
        let bytes = number.to_be_bytes();
        let leading = (number.leading_zeros() / 8) as usize;
        let significant = bytes.get(leading..).unwrap_or_default();
        self.bytes
            .push(u8::try_from(significant.len()).unwrap_or(8));
        self.bytes.extend_from_slice(significant);
        self.zeros = 0;
        Some(())
    }

    /// A word of a kind; a number may follow.
    pub(super) fn word(&mut self, rank: u8) {
        self.trim();
        if rank >= rank::UPDATE {
            self.cut();
        }
        self.bytes.push(rank);
    }

    /// Letters that have an order of their own: `k` of `1.0.2k`.
    pub(super) fn letters(&mut self, word: &str) {
        self.trim();
        self.bytes.push(rank::LETTERS);
        self.bytes.extend(word.bytes().filter(|byte| *byte != 0));
        self.bytes.push(0);
    }

    /// A bare byte, for schemes with tokens of their own.
    pub(super) fn raw(&mut self, byte: u8) {
        self.zeros = 0;
        self.bytes.push(byte);
    }

    pub(super) fn guess(&mut self) {
        self.guessed = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.last() == Some(&0)
            && memchr::memchr(0, &self.bytes) == Some(self.bytes.len() - 1)
    }

    /// Trailing zeros do not count: `9.5.0` is `9.5`.
    fn trim(&mut self) {
        let kept = self.bytes.len() - self.zeros;
        self.bytes.truncate(kept);
        self.zeros = 0;
    }

    fn cut(&mut self) {
        if let Ok(place) = u16::try_from(self.bytes.len()) {
            self.cuts.push(place);
        }
    }

    pub(super) fn finish(mut self) -> Key {
        self.trim();
        self.bytes.push(END);
        Key {
            bytes: self.bytes,
            cuts: self.cuts,
            guessed: self.guessed,
        }
    }
}
