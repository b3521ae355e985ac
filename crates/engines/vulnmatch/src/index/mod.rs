//! A compiled index: every statement of every source in one file, which is mapped into memory.
//!
//! [`Builder`] takes [`Statement`](crate::model::Statement)s and writes the file; [`Index`] opens
//! it in milliseconds and answers, for the set of products of one asset, every finding
//! ([`Index::findings`]). [`Layered`] puts a day's changes over it. [`Estate`] holds the products of many assets and answers which of them
//! one new vulnerability touches. A file that is cut, altered or hostile is refused or answers
//! less, and never does anything else.

mod build;
mod estate;
mod file;
mod layers;
mod search;

pub use build::{BuildError, Builder};
pub(crate) use build::{Kind, Leaf, Plain, RawCondition, RawCriterion, Tree};
pub use estate::{Estate, Matcher, SetId, Touched};
pub use file::{Index, IndexError, Summary};
pub use layers::Layered;
pub use search::Scratch;

/// The bits of the second word of an entry.
pub(crate) mod bits {
    /// The number of the leaf in its statement.
    pub(crate) const LEAF: u32 = (1 << 22) - 1;
    /// The statement has no AND and no negation: one covered leaf is enough.
    pub(crate) const SIMPLE: u32 = 1 << 22;
    /// The leaf is itself vulnerable.
    pub(crate) const VULNERABLE: u32 = 1 << 23;
    /// Where the update stands: none named, NA, named, or named and filed under the bare version.
    pub(crate) const UPDATE: u32 = 3 << 24;
    pub(crate) const UPDATE_NA: u32 = 1 << 24;
    pub(crate) const UPDATE_NAMED: u32 = 2 << 24;
    pub(crate) const UPDATE_CHILD: u32 = 3 << 24;
    /// The most confidence that the source allows.
    pub(crate) const AT_MOST: u32 = 3 << 26;
    pub(crate) const AT_MOST_SHIFT: u32 = 26;
    pub(crate) const AT_MOST_EXACT: u32 = 2 << AT_MOST_SHIFT;
    /// A bound of the range has a word whose order is a guess.
    pub(crate) const GUESSED: u32 = 1 << 28;
    /// Of a criterion with wildcards in vendor or product: the start of the range belongs to it.
    pub(crate) const START_INCLUSIVE: u32 = GUESSED;
    /// The end of the range belongs to it.
    pub(crate) const END_INCLUSIVE: u32 = 1 << 29;
    /// The version of the criterion is NA.
    pub(crate) const VERSION_NA: u32 = 1 << 30;
    /// The version of the criterion has wildcards: see the criterion's text.
    pub(crate) const VERSION_PATTERN: u32 = 1 << 31;
}

/// How conditions are written: a tag, a number, and what belongs to them.
///
/// Behind the number of parts of a joint stand how many bytes the parts take, the number of its first
/// leaf and how many leaves it has, so that a search may step over it.
pub(crate) mod tags {
    /// At least one of that many parts, which follow.
    pub(crate) const OR: u8 = 2;
    /// All of that many parts.
    pub(crate) const AND: u8 = 3;
    /// Any one of that many leaves; the number of the first follows, with its bits.
    pub(crate) const RUN: u8 = 4;
    /// The opposite of a joint is meant.
    pub(crate) const NEGATE: u8 = 0x10;
    /// The opposite of the joint or of one within it is meant.
    pub(crate) const NEGATION: u8 = 0x20;
    /// All leaves of a run are operating systems.
    pub(crate) const PART_O: u32 = 1 << 24;
    /// All leaves of a run are hardware.
    pub(crate) const PART_H: u32 = 2 << 24;
}

/// What stands beside the source of a statement.
pub(crate) mod marks {
    /// The source.
    pub(crate) const SOURCE: u32 = 0xff;
    /// Nothing is said any more; of a delta.
    pub(crate) const WITHDRAWN: u32 = 1 << 8;
    /// Another source of the same index speaks instead.
    pub(crate) const SILENCED: u32 = 1 << 9;
}

/// A number that stands for "none".
pub(crate) const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests;
