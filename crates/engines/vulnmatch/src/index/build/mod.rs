//! Compiling statements into an index.

mod compile;
mod filing;
mod pieces;
mod sections;
mod texts;
mod tree;

use std::io;

use rustc_hash::FxHashMap;

use self::texts::Texts;
pub(crate) use self::tree::Leaf;
pub(crate) use self::tree::{Kind, Plain, RawCondition, RawCriterion, Tree};
use super::{NONE, marks};
use crate::model::{Condition, Source, Statement, VulnerabilityId};
use crate::versions::Scheme;

/// Why an index could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is more than the format can count.
    #[error("the index would have more {what} than {limit}; build it from fewer sources")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many fit.
        limit: u64,
    },
    /// The file could not be written.
    #[error("the index could not be written: {0}")]
    Write(#[from] io::Error),
}

#[derive(Clone, Copy)]
struct Entry {
    statement: u32,
    word: u32,
    rest: u32,
}

impl Entry {
    fn bytes(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        let (places, _) = bytes.as_chunks_mut::<4>();
        for (place, number) in places
            .iter_mut()
            .zip([self.statement, self.word, self.rest])
        {
            *place = number.to_le_bytes();
        }
        bytes
    }
}

/// Where a name is filed.
#[derive(Clone, Copy)]
struct Filed {
    product: u32,
    /// The key of version and update, and that of the version alone when it differs.
    key: u32,
    bare: u32,
    /// The bits of an entry that the name decides.
    word: u32,
    /// The text of the criterion when more than the version must be compared.
    rest: u32,
}

struct Ranged {
    product: u32,
    start: u32,
    end: u32,
    start_inclusive: bool,
    entry: Entry,
}

/// A criterion with wildcards where a product is looked for, by its texts.
struct Wild {
    name: u32,
    start: u32,
    end: u32,
    scheme: u32,
    entry: Entry,
}

/// Product, class, entry, the positions of both ends, and a key of the class.
type Compiled<'a> = (u32, &'a [u8], Entry, u32, u32, u32);

#[derive(Clone, Copy)]
struct Product {
    name: u32,
    scheme: Scheme,
    next: u32,
    /// Whether it is the first of those with its name.
    first: bool,
}

/// A name that was seen.
#[derive(Clone, Copy)]
struct Seen {
    /// `None`: it cannot be read, or names no product.
    filed: Option<Filed>,
    /// The text of a criterion that has this name and no range; [`NONE`] until it is needed.
    text: u32,
    /// The name that came next when it was seen last. Feeds list the same versions in the same order
    /// again and again, and what lies side by side in memory is found faster than by its hash.
    next: u32,
}

/// Collects statements and compiles them.
///
/// A later statement of the same source about the same vulnerability replaces the earlier one, and
/// one of [`Source::Overrides`] silences [`Source::Nvd`] on the same vulnerability.
#[derive(Default)]
pub struct Builder {
    texts: Texts,
    products: Vec<Product>,
    last_product: u32,
    /// The first product with a name.
    first_of_name: FxHashMap<u32, u32>,
    /// Every name that was seen, as the feed writes it.
    names: Texts,
    seen_names: Vec<Seen>,
    /// The name that came last.
    last_name: u32,
    /// Keys, in groups by product; and which of them are guessed.
    keys: Texts,
    guessed: Vec<bool>,
    /// Bounds as the feed writes them, in groups by product; and their keys.
    bounds: Texts,
    bound_keys: Vec<u32>,
    exact: Vec<(u32, Entry)>,
    ranged: Vec<Ranged>,
    always: Vec<(u32, Entry)>,
    wild: Vec<Wild>,
    statements: Vec<Meta>,
    seen: FxHashMap<(VulnerabilityId, Source), u32>,
    trees: Vec<u8>,
    leaves: Vec<u32>,
    /// Statement and product, in the order of statements.
    touched: Vec<(u32, u32)>,
    rests: Vec<u32>,
    rest_numbers: FxHashMap<u32, u32>,
    set_aside: u64,
    line: String,
    for_delta: bool,
}

struct Meta {
    id: VulnerabilityId,
    source: Source,
    tree: u32,
    leaves: u32,
    live: bool,
    marks: u32,
}

impl Builder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty builder of a delta to be put over another index ([`Layered`](super::Layered)), which
    /// keeps note of what is withdrawn.
    #[must_use]
    pub fn for_delta() -> Self {
        Self {
            for_delta: true,
            ..Self::default()
        }
    }

    /// How many statements it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements
            .iter()
            .filter(|meta| meta.live && meta.marks & marks::WITHDRAWN == 0)
            .count()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many criteria were set aside because their names could not be read.
    #[must_use]
    pub const fn set_aside(&self) -> u64 {
        self.set_aside
    }

    /// Adds a statement.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooLarge`].
    pub fn add(&mut self, statement: &Statement) -> Result<(), BuildError> {
        self.add_trees::<&Condition>(
            statement.id,
            statement.source,
            statement.configurations.iter(),
        )
    }

    pub(crate) fn add_raw<'a, T: Tree<'a>>(
        &mut self,
        id: VulnerabilityId,
        source: Source,
        configurations: T::Parts,
    ) -> Result<(), BuildError> {
        self.add_trees::<T>(id, source, configurations)
    }

    /// Removes what a source said about a vulnerability: it was rejected or withdrawn.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooLarge`], in a delta only.
    pub fn withdraw(&mut self, id: VulnerabilityId, source: Source) -> Result<(), BuildError> {
        self.forget(id, source);
        if self.for_delta {
            self.add_trees::<&Condition>(id, source, [].iter())?;
            if let Some(meta) = self.statements.last_mut() {
                meta.marks = marks::WITHDRAWN;
            }
        }
        Ok(())
    }

    fn forget(&mut self, id: VulnerabilityId, source: Source) {
        if let Some(number) = self.seen.remove(&(id, source))
            && let Some(meta) = self.statements.get_mut(number as usize)
        {
            meta.live = false;
        }
    }
}

/// The text by which products are found.
pub(super) fn product_name(part: &str, vendor: &str, product: &str) -> String {
    let mut name = String::with_capacity(part.len() + vendor.len() + product.len() + 2);
    name.push_str(part);
    name.push('\u{1f}');
    name.push_str(vendor);
    name.push('\u{1f}');
    name.push_str(product);
    name
}

/// Whether a text is that of a product, as [`product_name`] writes it.
fn is_product(text: &[u8], part: &str, vendor: &str, product: &str) -> bool {
    text.strip_prefix(part.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"\x1f"))
        .and_then(|rest| rest.strip_prefix(vendor.as_bytes()))
        .and_then(|rest| rest.strip_prefix(b"\x1f"))
        == Some(product.as_bytes())
}

fn count(what: &'static str, number: usize) -> Result<u32, BuildError> {
    u32::try_from(number)
        .ok()
        .filter(|number| *number < NONE)
        .ok_or(BuildError::TooLarge {
            what,
            limit: u64::from(NONE - 1),
        })
}
