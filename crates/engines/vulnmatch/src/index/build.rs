//! Compiling statements into an index.

use std::borrow::Cow;
use std::collections::hash_map::Entry as MapEntry;
use std::fmt::Write as _;
use std::hash::Hasher;
use std::io::{self, Write as _};
use std::path::Path;

use rustc_hash::{FxHashMap, FxHasher};

use super::file::{HEADER, MAGIC, SECTIONS, Section, VERSION, hash};
use super::{NONE, bits, marks, tags};
use crate::cpe::{Attribute, Name, Value};
use crate::model::{
    Bound, Condition, Confidence, Criterion, Operator, Source, Statement, VulnerabilityId,
};
use crate::versions::{Key, Scheme};

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

/// Texts, each held once in its group, one behind the other: far fewer allocations and less memory
/// than a map of boxes.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    held: Vec<Held>,
    /// The last one held with a hash; those before hang behind it.
    last: FxHashMap<u64, u32>,
}

#[derive(Clone, Copy)]
struct Held {
    group: u32,
    begin: u32,
    length: u32,
    next: u32,
}

impl Texts {
    fn len(&self) -> usize {
        self.held.len()
    }

    fn get(&self, number: u32) -> &[u8] {
        self.held
            .get(number as usize)
            .and_then(|held| {
                let begin = held.begin as usize;
                self.bytes.get(begin..begin + held.length as usize)
            })
            .unwrap_or_default()
    }

    fn group(&self, number: u32) -> u32 {
        self.held.get(number as usize).map_or(0, |held| held.group)
    }

    /// Where the text stands, and how long it is.
    fn span(&self, number: u32) -> (u32, u32) {
        self.held
            .get(number as usize)
            .map(|held| (held.begin, held.length))
            .unwrap_or_default()
    }

    /// The number of a text, and whether it is new.
    fn put(&mut self, group: u32, text: &[u8]) -> Result<(u32, bool), BuildError> {
        let mut hasher = FxHasher::default();
        hasher.write_u32(group);
        hasher.write(text);
        let new = count("texts", self.held.len())?;
        let (before, next) = match self.last.entry(hasher.finish()) {
            MapEntry::Occupied(found) => (Some(*found.get()), Some(found)),
            MapEntry::Vacant(vacant) => {
                vacant.insert(new);
                (None, None)
            }
        };
        let mut place = before;
        while let Some(held) = place.and_then(|place| self.held.get(place as usize)) {
            let begin = held.begin as usize;
            if held.group == group
                && self.bytes.get(begin..begin + held.length as usize) == Some(text)
            {
                return Ok((place.unwrap_or_default(), false));
            }
            place = (held.next != NONE).then_some(held.next);
        }
        if let Some(mut found) = next {
            found.insert(new);
        }
        let begin = count("bytes of texts", self.bytes.len())?;
        self.bytes.extend_from_slice(text);
        self.held.push(Held {
            group,
            begin,
            length: count("bytes of texts", text.len())?,
            next: before.unwrap_or(NONE),
        });
        Ok((new, true))
    }
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

/// A criterion as a feed writes it, before it is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawCriterion<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) start: Option<(Cow<'a, str>, bool)>,
    pub(crate) end: Option<(Cow<'a, str>, bool)>,
    pub(crate) vulnerable: bool,
}

/// A condition of raw criteria.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RawCondition<'a> {
    Criterion(RawCriterion<'a>),
    Joined(Operator, bool, Vec<RawCondition<'a>>),
}

/// What the builder needs of a criterion, raw or read.
enum Leaf<'a> {
    Raw(&'a RawCriterion<'a>),
    Read(&'a Criterion),
}

impl Leaf<'_> {
    fn vulnerable(&self) -> bool {
        match self {
            Self::Raw(raw) => raw.vulnerable,
            Self::Read(criterion) => criterion.vulnerable,
        }
    }

    fn start(&self) -> Option<(&str, bool)> {
        match self {
            Self::Raw(raw) => raw
                .start
                .as_ref()
                .map(|(text, inclusive)| (&**text, *inclusive)),
            Self::Read(criterion) => criterion.range.start.as_ref().map(Bound::pair),
        }
    }

    fn end(&self) -> Option<(&str, bool)> {
        match self {
            Self::Raw(raw) => raw
                .end
                .as_ref()
                .map(|(text, inclusive)| (&**text, *inclusive)),
            Self::Read(criterion) => criterion.range.end.as_ref().map(Bound::pair),
        }
    }
}

fn trimmed((version, inclusive): (&str, bool)) -> (&str, bool) {
    (version.trim(), inclusive)
}

impl RawCriterion<'_> {
    pub(crate) fn read(&self) -> Option<Criterion> {
        let bound = |bound: &Option<(Cow<'_, str>, bool)>| {
            bound
                .as_ref()
                .map(|(version, inclusive)| crate::model::Bound {
                    version: version.trim().to_owned(),
                    inclusive: *inclusive,
                })
        };
        Some(Criterion {
            vulnerable: self.vulnerable,
            ..Criterion::vulnerable(
                Name::parse_lenient(&self.name).ok()?,
                crate::model::Range {
                    start: bound(&self.start),
                    end: bound(&self.end),
                },
            )
        })
    }
}

/// A condition, raw or read.
trait Tree: Sized {
    /// What it is: one criterion, or several conditions.
    fn kind(&self) -> Kind<'_, Self>;

    /// Whether one covered leaf is enough: nothing but OR, or AND of one.
    fn is_simple(&self, depth: usize) -> bool {
        match self.kind() {
            Kind::Leaf(_) => true,
            Kind::Joined(_, true, _) => false,
            Kind::Joined(operator, false, parts) => {
                depth < crate::applicability::DEEPEST
                    && (operator == Operator::Or || parts.len() == 1)
                    && parts.iter().all(|part| part.is_simple(depth + 1))
            }
        }
    }
}

enum Kind<'a, T> {
    Leaf(Leaf<'a>),
    Joined(Operator, bool, &'a [T]),
}

impl Tree for RawCondition<'_> {
    fn kind(&self) -> Kind<'_, Self> {
        match self {
            Self::Criterion(raw) => Kind::Leaf(Leaf::Raw(raw)),
            Self::Joined(operator, negate, parts) => Kind::Joined(*operator, *negate, parts),
        }
    }
}

impl Tree for Condition {
    fn kind(&self) -> Kind<'_, Self> {
        match self {
            Self::Criterion(criterion) => Kind::Leaf(Leaf::Read(criterion)),
            Self::Joined {
                operator,
                negate,
                conditions,
            } => Kind::Joined(*operator, *negate, conditions),
        }
    }
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
        self.add_trees(statement.id, statement.source, &statement.configurations)
    }

    pub(crate) fn add_raw(
        &mut self,
        id: VulnerabilityId,
        source: Source,
        configurations: &[RawCondition<'_>],
    ) -> Result<(), BuildError> {
        self.add_trees(id, source, configurations)
    }

    /// Removes what a source said about a vulnerability: it was rejected or withdrawn.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooLarge`], in a delta only.
    pub fn withdraw(&mut self, id: VulnerabilityId, source: Source) -> Result<(), BuildError> {
        self.forget(id, source);
        if self.for_delta {
            self.add_trees(id, source, &[] as &[RawCondition<'_>])?;
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

    fn add_trees(
        &mut self,
        id: VulnerabilityId,
        source: Source,
        trees: &[impl Tree],
    ) -> Result<(), BuildError> {
        self.forget(id, source);
        let number = count("statements", self.statements.len())?;
        let tree = count("bytes of conditions", self.trees.len())?;
        let first_leaf = count("leaves", self.leaves.len())?;
        self.seen.insert((id, source), number);
        self.statements.push(Meta {
            id,
            source,
            tree,
            leaves: first_leaf,
            live: true,
            marks: 0,
        });
        let before = self.touched.len();
        let simple = trees.iter().all(|tree| tree.is_simple(0));
        if simple {
            for tree in trees {
                self.simple(tree, number)?;
            }
        } else {
            self.joined(Operator::Or, false, trees, number, first_leaf, 0)?;
        }
        let mut touched = self.touched.split_off(before);
        touched.sort_unstable();
        touched.dedup();
        self.touched.append(&mut touched);
        Ok(())
    }

    fn simple(&mut self, tree: &impl Tree, statement: u32) -> Result<(), BuildError> {
        match tree.kind() {
            // What only stands beside a vulnerable product makes no finding.
            Kind::Leaf(leaf) if !leaf.vulnerable() => Ok(()),
            Kind::Leaf(leaf) => {
                let (filed, name) = self.filed(&leaf)?;
                let word = bits::SIMPLE | bits::VULNERABLE;
                self.file(&leaf, filed, name, statement, word)
            }
            Kind::Joined(_, _, parts) => parts
                .iter()
                .try_for_each(|part| self.simple(part, statement)),
        }
    }

    /// Writes a condition of several. Leaves of an OR that stand side by side and are alike are one
    /// part, a run, so that a search need not look at each. Whether anything in it is negated is the
    /// answer.
    fn joined(
        &mut self,
        operator: Operator,
        negate: bool,
        parts: &[impl Tree],
        statement: u32,
        first_leaf: u32,
        depth: usize,
    ) -> Result<bool, BuildError> {
        let tag = match operator {
            Operator::Or => tags::OR,
            Operator::And => tags::AND,
        };
        let place = self.trees.len();
        self.trees.push(tag);
        self.trees.extend([0; 16]);
        let body = self.trees.len();
        let leaves = self.leaves.len();
        let mut negation = negate;
        let mut number = 0u32;
        let mut rest = parts;
        while let Some((first, after)) = rest.split_first() {
            number += 1;
            let Kind::Leaf(leaf) = first.kind() else {
                rest = after;
                negation |= self.tree(first, statement, first_leaf, depth + 1)?;
                continue;
            };
            let vulnerable = leaf.vulnerable();
            let alike = match operator {
                Operator::And => 1,
                Operator::Or => rest
                    .iter()
                    .take_while(
                        |part| matches!(part.kind(), Kind::Leaf(leaf) if leaf.vulnerable() == vulnerable),
                    )
                    .count(),
            };
            let (run, after) = rest.split_at_checked(alike).unwrap_or((rest, &[]));
            rest = after;
            self.run(run, vulnerable, statement, first_leaf)?;
        }
        let header = [
            number,
            count("bytes of conditions", self.trees.len() - body)?,
            count("leaves", leaves)? - first_leaf,
            count("leaves", self.leaves.len() - leaves)?,
        ];
        if let Some((tag, numbers)) = self
            .trees
            .get_mut(place..body)
            .and_then(<[u8]>::split_first_mut)
        {
            *tag |= if negate { tags::NEGATE } else { 0 };
            *tag |= if negation { tags::NEGATION } else { 0 };
            for (place, number) in numbers.chunks_exact_mut(4).zip(header) {
                place.copy_from_slice(&number.to_le_bytes());
            }
        }
        Ok(negation)
    }

    /// Leaves that are alike: tag, how many, number of the first with its bits.
    fn run(
        &mut self,
        leaves: &[impl Tree],
        vulnerable: bool,
        statement: u32,
        first_leaf: u32,
    ) -> Result<(), BuildError> {
        let first = count("leaves", self.leaves.len())? - first_leaf;
        let vulnerable = if vulnerable { bits::VULNERABLE } else { 0 };
        let mut parts: Option<u32> = None;
        for (number, tree) in (first..).zip(leaves) {
            let Kind::Leaf(leaf) = tree.kind() else {
                continue;
            };
            if number > bits::LEAF {
                return Err(BuildError::TooLarge {
                    what: "criteria in one statement",
                    limit: u64::from(bits::LEAF),
                });
            }
            let (filed, name) = self.filed(&leaf)?;
            let text = self.leaf_text(&leaf, name)?;
            let part = match self.texts.get(text).get("cpe:2.3:".len()) {
                Some(b'o') => tags::PART_O,
                Some(b'h') => tags::PART_H,
                _ => 0,
            };
            parts = Some(parts.map_or(part, |parts| if parts == part { part } else { 0 }));
            self.leaves.push(text);
            self.file(&leaf, filed, name, statement, number | vulnerable)?;
        }
        self.trees.push(tags::RUN);
        self.trees
            .extend(count("leaves", leaves.len())?.to_le_bytes());
        self.trees
            .extend((first | vulnerable | parts.unwrap_or(0)).to_le_bytes());
        Ok(())
    }

    fn tree(
        &mut self,
        tree: &impl Tree,
        statement: u32,
        first_leaf: u32,
        depth: usize,
    ) -> Result<bool, BuildError> {
        match tree.kind() {
            Kind::Joined(_, _, parts) if depth > crate::applicability::DEEPEST => {
                let none = parts.get(..0).unwrap_or_default();
                self.joined(Operator::Or, false, none, statement, first_leaf, depth)
            }
            Kind::Joined(operator, negate, parts) => {
                self.joined(operator, negate, parts, statement, first_leaf, depth)
            }
            Kind::Leaf(leaf) => {
                let leaves = std::slice::from_ref(tree);
                self.run(leaves, leaf.vulnerable(), statement, first_leaf)?;
                Ok(false)
            }
        }
    }

    /// Where the name of a leaf is filed, and the number of the name as the feed writes it.
    fn filed(&mut self, leaf: &Leaf<'_>) -> Result<(Option<Filed>, u32), BuildError> {
        match leaf {
            Leaf::Raw(raw) => self.raw_name(&raw.name),
            Leaf::Read(criterion) => {
                let name = &criterion.name;
                let filed = self.name(
                    &Pieces::of(name),
                    |line| write!(line, "{name}"),
                    criterion.scheme,
                )?;
                Ok((filed, NONE))
            }
        }
    }

    /// The text of a leaf's name; of one that cannot be read, what stands there.
    fn name_text(&mut self, leaf: &Leaf<'_>, name: u32) -> Result<u32, BuildError> {
        let raw = match leaf {
            Leaf::Raw(raw) => raw,
            Leaf::Read(criterion) => {
                return self.written(|line| write!(line, "{}", criterion.name));
            }
        };
        if let Some(seen) = self.seen_names.get(name as usize)
            && seen.text != NONE
        {
            return Ok(seen.text);
        }
        let read = match Pieces::plain(&raw.name) {
            Some(_) => None,
            None => Name::parse_lenient(&raw.name).ok(),
        };
        let text = match read {
            Some(name) => self.written(|line| write!(line, "{name}"))?,
            None => self.texts.put(0, raw.name.as_bytes())?.0,
        };
        if let Some(seen) = self.seen_names.get_mut(name as usize) {
            seen.text = text;
        }
        Ok(text)
    }

    /// The text of a leaf's criterion: its name and its range.
    fn leaf_text(&mut self, leaf: &Leaf<'_>, name: u32) -> Result<u32, BuildError> {
        let name = self.name_text(leaf, name)?;
        let (start, end) = (leaf.start().map(trimmed), leaf.end().map(trimmed));
        if start.is_none() && end.is_none() {
            return Ok(name);
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.push_str(std::str::from_utf8(self.texts.get(name)).unwrap_or_default());
        // Writing into a text cannot fail.
        let _ = crate::model::write_bounds(&mut line, start, end);
        let put = self.texts.put(0, line.as_bytes());
        self.line = line;
        Ok(put?.0)
    }

    /// Holds what is written into a line that is used again.
    fn written(
        &mut self,
        write: impl FnOnce(&mut String) -> std::fmt::Result,
    ) -> Result<u32, BuildError> {
        self.line.clear();
        // Writing into a text cannot fail.
        let _ = write(&mut self.line);
        Ok(self.texts.put(0, self.line.as_bytes())?.0)
    }

    /// Files one criterion where a search for its product finds it.
    fn file(
        &mut self,
        leaf: &Leaf<'_>,
        filed: Option<Filed>,
        name: u32,
        statement: u32,
        word: u32,
    ) -> Result<(), BuildError> {
        let at_most = match leaf {
            Leaf::Raw(_) => Confidence::Exact,
            Leaf::Read(criterion) => criterion.at_most,
        };
        let Some(filed) = filed else {
            self.set_aside += 1;
            return Ok(());
        };
        let mut entry = Entry {
            statement,
            word: word | filed.word | ((at_most as u32) << bits::AT_MOST_SHIFT),
            rest: filed.rest,
        };
        if filed.product == NONE {
            let (start, end) = (leaf.start(), leaf.end());
            if start.is_some_and(|(_, inclusive)| inclusive) {
                entry.word |= bits::START_INCLUSIVE;
            }
            if end.is_some_and(|(_, inclusive)| inclusive) {
                entry.word |= bits::END_INCLUSIVE;
            }
            let mut held = |bound: Option<(&str, bool)>| match bound {
                Some((version, _)) => Ok(self.texts.put(0, version.trim().as_bytes())?.0),
                None => Ok::<_, BuildError>(NONE),
            };
            let (start, end) = (held(start)?, held(end)?);
            let name = self.name_text(leaf, name)?;
            let scheme = match leaf {
                Leaf::Raw(_) => None,
                Leaf::Read(criterion) => criterion.scheme,
            };
            self.wild.push(Wild {
                name,
                start,
                end,
                scheme: scheme.map_or(NONE, |scheme| u32::from(scheme.code())),
                entry,
            });
            return Ok(());
        }
        if self.touched.last() != Some(&(statement, filed.product)) {
            self.touched.push((statement, filed.product));
        }
        let (start, end) = (leaf.start(), leaf.end());
        if start.is_none() && end.is_none() {
            if filed.key == NONE {
                self.always.push((filed.product, entry));
            } else {
                self.exact.push((filed.key, entry));
                if filed.bare != NONE {
                    entry.word |= bits::UPDATE_CHILD;
                    self.exact.push((filed.bare, entry));
                }
            }
            return Ok(());
        }
        // The version of the name does not count where there is a range.
        entry.word &= !(bits::UPDATE | bits::VERSION_NA | bits::VERSION_PATTERN);
        let mut key = |bound: Option<(&str, bool)>| match bound {
            Some((version, _)) => self.bound(filed.product, version),
            None => Ok(NONE),
        };
        let (start_key, end_key) = (key(start)?, key(end)?);
        let guessed = [start_key, end_key]
            .iter()
            .any(|key| self.guessed.get(*key as usize) == Some(&true));
        if guessed {
            entry.word |= bits::GUESSED;
        }
        if end.is_some_and(|(_, inclusive)| inclusive) {
            entry.word |= bits::END_INCLUSIVE;
        }
        self.ranged.push(Ranged {
            product: filed.product,
            start: start_key,
            end: end_key,
            start_inclusive: start.is_some_and(|(_, inclusive)| inclusive),
            entry,
        });
        Ok(())
    }

    fn bound(&mut self, product: u32, version: &str) -> Result<u32, BuildError> {
        let version = version.trim();
        let (number, new) = self.bounds.put(product, version.as_bytes())?;
        if !new {
            return Ok(self
                .bound_keys
                .get(number as usize)
                .copied()
                .unwrap_or(NONE));
        }
        let scheme = self
            .products
            .get(product as usize)
            .map_or(Scheme::Loose, |product| product.scheme);
        let key = self.key(product, &scheme.key(version, None))?;
        self.bound_keys.push(key);
        Ok(key)
    }

    fn key(&mut self, product: u32, key: &Key) -> Result<u32, BuildError> {
        let (number, new) = self.keys.put(product, key.bytes())?;
        if new {
            self.guessed.push(key.is_guessed());
        }
        Ok(number)
    }

    fn raw_name(&mut self, text: &str) -> Result<(Option<Filed>, u32), BuildError> {
        let expected = self
            .seen_names
            .get(self.last_name as usize)
            .map_or(NONE, |seen| seen.next);
        if expected != NONE && self.names.get(expected) == text.as_bytes() {
            self.last_name = expected;
            let seen = self.seen_names.get(expected as usize);
            return Ok((seen.and_then(|seen| seen.filed), expected));
        }
        let (number, new) = self.names.put(0, text.as_bytes())?;
        if let Some(before) = self.seen_names.get_mut(self.last_name as usize) {
            before.next = number;
        }
        self.last_name = number;
        if !new {
            let seen = self.seen_names.get(number as usize);
            return Ok((seen.and_then(|seen| seen.filed), number));
        }
        let filed = match Pieces::plain(text) {
            Some(pieces) => self.name(
                &pieces,
                |line| {
                    line.push_str(text);
                    Ok(())
                },
                None,
            )?,
            None => match Name::parse_lenient(text) {
                Ok(name) => self.name(&Pieces::of(&name), |line| write!(line, "{name}"), None)?,
                Err(_) => None,
            },
        };
        self.seen_names.push(Seen {
            filed,
            text: NONE,
            next: NONE,
        });
        Ok((filed, number))
    }

    fn name(
        &mut self,
        name: &Pieces<'_>,
        text: impl FnOnce(&mut String) -> std::fmt::Result,
        scheme: Option<Scheme>,
    ) -> Result<Option<Filed>, BuildError> {
        let is_text = |attribute| matches!(name.get(attribute), Piece::Literal(_) | Piece::Pattern);
        if !is_text(Attribute::Vendor) || !is_text(Attribute::Product) {
            return Ok(None);
        }
        let environment = Attribute::ENVIRONMENT
            .iter()
            .any(|attribute| name.get(*attribute) != Piece::Any);
        let mut filed = Filed {
            product: NONE,
            key: NONE,
            bare: NONE,
            word: 0,
            rest: NONE,
        };
        let (Piece::Literal(part), Piece::Literal(vendor), Piece::Literal(product)) = (
            name.get(Attribute::Part),
            name.get(Attribute::Vendor),
            name.get(Attribute::Product),
        ) else {
            return Ok(Some(filed));
        };
        let scheme = scheme.unwrap_or_else(|| Scheme::of_product(vendor, product));
        filed.product = self.product(part, vendor, product, scheme)?;
        let (version, update) = (name.get(Attribute::Version), name.get(Attribute::Update));
        let odd = version == Piece::Pattern || update == Piece::Pattern;
        match version {
            Piece::Literal(version) if !odd => {
                let bare = scheme.key(version, None);
                match update {
                    Piece::Literal(update) => {
                        let whole = scheme.key(version, Some(update));
                        filed.key = self.key(filed.product, &whole)?;
                        filed.bare = self.key(filed.product, &bare)?;
                        filed.word |= bits::UPDATE_NAMED;
                    }
                    Piece::Na => {
                        filed.key = self.key(filed.product, &bare)?;
                        filed.word |= bits::UPDATE_NA;
                    }
                    Piece::Any | Piece::Pattern => {
                        filed.key = self.key(filed.product, &bare)?;
                    }
                }
            }
            Piece::Na => filed.word |= bits::VERSION_NA,
            Piece::Literal(_) | Piece::Pattern => filed.word |= bits::VERSION_PATTERN,
            Piece::Any => {}
        }
        // An update beside no version is compared by name.
        let update_alone = filed.key == NONE && update != Piece::Any;
        if environment || odd || update_alone {
            let text = self.written(text)?;
            filed.rest = match self.rest_numbers.get(&text) {
                Some(number) => *number,
                None => {
                    let number = count("environments", self.rests.len())?;
                    self.rests.push(text);
                    self.rest_numbers.insert(text, number);
                    number
                }
            };
        }
        Ok(Some(filed))
    }

    fn product(
        &mut self,
        part: &str,
        vendor: &str,
        product: &str,
        scheme: Scheme,
    ) -> Result<u32, BuildError> {
        // Most names have the product of the one before.
        if let Some(last) = self.products.get(self.last_product as usize)
            && last.scheme == scheme
            && is_product(self.texts.get(last.name), part, vendor, product)
        {
            return Ok(self.last_product);
        }
        let number = self.find_product(part, vendor, product, scheme)?;
        self.last_product = number;
        Ok(number)
    }

    fn find_product(
        &mut self,
        part: &str,
        vendor: &str,
        product: &str,
        scheme: Scheme,
    ) -> Result<u32, BuildError> {
        let name = self.written(|line| write!(line, "{part}\u{1f}{vendor}\u{1f}{product}"))?;
        let new = count("products", self.products.len())?;
        let first = *self.first_of_name.entry(name).or_insert(new);
        let mut place = first;
        while let Some(product) = self.products.get_mut(place as usize) {
            if product.scheme == scheme {
                return Ok(place);
            }
            if product.next == NONE {
                product.next = new;
                break;
            }
            place = product.next;
        }
        self.products.push(Product {
            name,
            scheme,
            next: NONE,
            first: first == new,
        });
        Ok(new)
    }

    /// Compiles everything into the bytes of an index.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooLarge`].
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        self.silence_replaced();
        let renumbered = self.renumber();
        let live = |entry: &Entry| {
            let number = *renumbered.get(entry.statement as usize)?;
            (number != NONE).then_some(Entry {
                statement: number,
                ..*entry
            })
        };
        let mut sections = Sections::default();

        // Keys in the order of product and bytes; positions are places in it.
        let numbers: Vec<u32> = (0..count("versions", self.keys.len())?).collect();
        let (starts, mut order) = gathered(&numbers, self.products.len(), |number| {
            self.keys.group(*number) as usize
        });
        let mut firsts = vec![(0u32, 0u32); self.products.len()];
        for (first, pair) in firsts.iter_mut().zip(starts.windows(2)) {
            if let [begin, end] = *pair {
                *first = (count("versions", begin)?, count("versions", end - begin)?);
                if let Some(keys) = order.get_mut(begin..end) {
                    keys.sort_unstable_by(|a, b| self.keys.get(*a).cmp(self.keys.get(*b)));
                }
            }
        }
        let mut places = vec![0u32; order.len()];
        for (place, number) in (0u32..).zip(&order) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = place;
            }
        }
        let place_of = |key: u32| places.get(key as usize).copied().unwrap_or(NONE);
        let key_of = |place: u32| {
            order
                .get(place as usize)
                .map_or(&[][..], |number| self.keys.get(*number))
        };

        // Postings of keys: the vulnerable first, each in the order of statements and leaves, which
        // is the order in which they were filed.
        let exact: Vec<(u32, Entry)> = self
            .exact
            .iter()
            .filter_map(|(key, entry)| Some((place_of(*key), live(entry)?)))
            .collect();
        let (starts, exact) = gathered(&exact, order.len() * 2, |(place, entry)| {
            *place as usize * 2 + not_vulnerable(entry)
        });
        bytes_of(&mut sections, Section::Postings).reserve(exact.len() * 12);
        for (_, entry) in &exact {
            push_entry(&mut sections, Section::Postings, entry);
        }
        for (place, halves) in (0u32..).zip(starts.chunks(2)) {
            let begin = sections_len(&sections, Section::KeyBytes)?;
            let bytes = key_of(place);
            let at = halves.first().copied().unwrap_or(exact.len());
            let middle = halves.get(1).copied().unwrap_or(exact.len());
            push(
                &mut sections,
                Section::Keys,
                &[
                    begin,
                    count("bytes of versions", bytes.len())?,
                    count("entries", at)?,
                    count("entries", middle)?,
                ],
            );
            bytes_of(&mut sections, Section::KeyBytes).extend_from_slice(bytes);
        }

        // Ranges by product, class and vulnerability.
        let mut unordered: Vec<(u32, Entry)> = Vec::new();
        let mut ranges: Vec<Compiled<'_>> = Vec::new();
        for ranged in &self.ranged {
            let Some(entry) = live(&ranged.entry) else {
                continue;
            };
            let (first, _) = firsts
                .get(ranged.product as usize)
                .copied()
                .unwrap_or_default();
            let class = |key: u32| (key != NONE).then(|| Key::class_of(key_of(place_of(key))));
            let (start_class, end_class) = (class(ranged.start), class(ranged.end));
            let one = start_class.or(end_class).unwrap_or_default();
            if one.first() == Some(&0xff) || end_class.is_some_and(|class| class != one) {
                unordered.push((ranged.product, entry));
                continue;
            }
            let position = |key: u32| (place_of(key) - first) * 2 + 1;
            let low = match ranged.start {
                NONE => 0,
                key if ranged.start_inclusive => position(key),
                key => position(key) + 1,
            };
            let high = match ranged.end {
                NONE => NONE,
                key if entry.word & bits::END_INCLUSIVE != 0 => position(key),
                key => position(key) - 1,
            };
            let member = place_of(if ranged.start == NONE {
                ranged.end
            } else {
                ranged.start
            });
            ranges.push((ranged.product, one, entry, low, high, member));
        }
        let products = self.products.len();
        let (starts, mut ranges) = gathered(&ranges, products, |range| range.0 as usize);
        for pair in starts.windows(2) {
            if let [begin, end] = *pair
                && let Some(of_product) = ranges.get_mut(begin..end)
            {
                of_product.sort_by_key(|range| (range.1, not_vulnerable(&range.2)));
            }
        }
        let by_product = |all: &[(u32, Entry)]| {
            let slot =
                |(product, entry): &(u32, Entry)| *product as usize * 2 + not_vulnerable(entry);
            gathered(all, products * 2, slot).1
        };
        let unordered = by_product(&unordered);
        let always: Vec<(u32, Entry)> = self
            .always
            .iter()
            .filter_map(|(product, entry)| Some((*product, live(entry)?)))
            .collect();
        let always = by_product(&always);

        let (mut r, mut u, mut a) = (0, 0, 0);
        for (number, product) in (0u32..).zip(&self.products) {
            let (keys, key_count) = firsts.get(number as usize).copied().unwrap_or_default();
            let groups = sections_len(&sections, Section::Groups)? / 16;
            while let Some((_, class, .., member)) = ranges.get(r).filter(|range| range.0 == number)
            {
                let (class, member) = (*class, *member);
                let begin = r;
                while let Some((_, _, entry, low, high, _)) = ranges
                    .get(r)
                    .filter(|range| range.0 == number && range.1 == class)
                {
                    push(&mut sections, Section::Ranges, &[*low, *high]);
                    push_entry(&mut sections, Section::Ranges, entry);
                    r += 1;
                }
                let vulnerable = ranges
                    .get(begin..r)
                    .unwrap_or_default()
                    .partition_point(|range| range.2.word & bits::VULNERABLE != 0);
                push(
                    &mut sections,
                    Section::Groups,
                    &[
                        member,
                        count("ranges", begin)?,
                        count("ranges", begin + vulnerable)?,
                        count("ranges", r)?,
                    ],
                );
            }
            let group_end = sections_len(&sections, Section::Groups)? / 16;
            let mut list = |section, all: &[(u32, Entry)], at: &mut usize| {
                let begin = *at;
                while let Some((_, entry)) = all.get(*at).filter(|(p, _)| *p == number) {
                    push_entry(&mut sections, section, entry);
                    *at += 1;
                }
                let vulnerable = all
                    .get(begin..*at)
                    .unwrap_or_default()
                    .partition_point(|(_, entry)| entry.word & bits::VULNERABLE != 0);
                Ok::<_, BuildError>([
                    count("entries", begin)?,
                    count("entries", begin + vulnerable)?,
                    count("entries", *at)?,
                ])
            };
            let unordered_list = list(Section::Unordered, &unordered, &mut u)?;
            let always_list = list(Section::Always, &always, &mut a)?;
            let (begin, length) = self.texts.span(product.name);
            push(
                &mut sections,
                Section::Products,
                &[
                    begin,
                    length,
                    u32::from(product.scheme.code()),
                    product.next,
                    keys,
                    key_count,
                    groups,
                    group_end,
                ],
            );
            push(&mut sections, Section::Products, &unordered_list);
            push(&mut sections, Section::Products, &always_list);
        }

        self.write_slots(&mut sections)?;
        self.write_statements(&mut sections, &renumbered)?;
        for wild in &self.wild {
            let Some(entry) = live(&wild.entry) else {
                continue;
            };
            for text in [wild.name, wild.start, wild.end] {
                let (begin, length) = match text {
                    NONE => (NONE, 0),
                    text => self.texts.span(text),
                };
                push(&mut sections, Section::Wild, &[begin, length]);
            }
            push(&mut sections, Section::Wild, &[wild.scheme]);
            push_entry(&mut sections, Section::Wild, &entry);
        }
        for text in &self.rests {
            let (begin, length) = self.texts.span(*text);
            push(&mut sections, Section::Environments, &[begin, length]);
        }
        *bytes_of(&mut sections, Section::Strings) = std::mem::take(&mut self.texts.bytes);
        assemble(&sections)
    }

    /// Writes the index to a file beside, and puts it in place when it is whole.
    ///
    /// # Errors
    ///
    /// [`BuildError`].
    pub fn write(self, path: &Path) -> Result<u64, BuildError> {
        let bytes = self.finish()?;
        let beside = path.with_extension("part");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        Ok(bytes.len() as u64)
    }

    /// They stay in the index, since a delta may let them speak again.
    fn silence_replaced(&mut self) {
        let speaks = |number: u32| {
            self.statements
                .get(number as usize)
                .is_some_and(|meta| meta.marks & marks::WITHDRAWN == 0)
        };
        let replaced: Vec<u32> = self
            .seen
            .iter()
            .filter(|((_, source), number)| *source == Source::Overrides && speaks(**number))
            .filter_map(|((id, _), _)| self.seen.get(&(*id, Source::Nvd)).copied())
            .collect();
        for number in replaced {
            if let Some(meta) = self.statements.get_mut(number as usize) {
                meta.marks |= marks::SILENCED;
            }
        }
    }

    fn renumber(&self) -> Vec<u32> {
        let mut next = 0;
        self.statements
            .iter()
            .map(|meta| {
                if meta.live {
                    next += 1;
                    next - 1
                } else {
                    NONE
                }
            })
            .collect()
    }

    fn write_slots(&self, sections: &mut Sections) -> Result<(), BuildError> {
        let size = (self.products.len() * 2).next_power_of_two().max(2);
        let mut slots = vec![0u32; size];
        for (number, product) in (1u32..).zip(&self.products) {
            // The others with its name hang behind it.
            if !product.first {
                continue;
            }
            let name = self.texts.get(product.name);
            let mut place = hash(name) as usize & (size - 1);
            while slots.get(place).is_some_and(|slot| *slot != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(slot) = slots.get_mut(place) {
                *slot = number;
            }
        }
        count("products", size)?;
        push(sections, Section::Slots, &slots);
        Ok(())
    }

    fn write_statements(
        &self,
        sections: &mut Sections,
        renumbered: &[u32],
    ) -> Result<(), BuildError> {
        let mut at = 0;
        for (number, meta) in (0u32..).zip(&self.statements) {
            let begin = count(
                "products",
                sections_len(sections, Section::Touched)? as usize / 4,
            )?;
            let live = renumbered.get(number as usize).is_some_and(|n| *n != NONE);
            while let Some((_, product)) = self.touched.get(at).filter(|(n, _)| *n == number) {
                if live {
                    push(sections, Section::Touched, &[*product]);
                }
                at += 1;
            }
            if !live {
                continue;
            }
            let next = self.statements.get(number as usize + 1);
            let tree_end = next.map_or(self.trees.len(), |meta| meta.tree as usize);
            let tree = self
                .trees
                .get(meta.tree as usize..tree_end)
                .unwrap_or_default();
            let tree_begin = sections_len(sections, Section::Trees)?;
            bytes_of(sections, Section::Trees).extend_from_slice(tree);
            let leaf_end = next.map_or(self.leaves.len(), |meta| meta.leaves as usize);
            let leaf_begin = sections_len(sections, Section::Leaves)? / 8;
            for text in self
                .leaves
                .get(meta.leaves as usize..leaf_end)
                .unwrap_or_default()
            {
                let (begin, length) = self.texts.span(*text);
                push(sections, Section::Leaves, &[begin, length]);
            }
            let code = meta.id.code();
            push(
                sections,
                Section::Statements,
                &[
                    (code & 0xffff_ffff) as u32,
                    (code >> 32) as u32,
                    meta.source as u32 | meta.marks,
                    tree_begin,
                    leaf_begin,
                    begin,
                ],
            );
        }
        let ends = [
            0,
            0,
            0,
            sections_len(sections, Section::Trees)?,
            sections_len(sections, Section::Leaves)? / 8,
            sections_len(sections, Section::Touched)? / 4,
        ];
        push(sections, Section::Statements, &ends);
        Ok(())
    }
}

/// The vulnerable stand before the others.
fn not_vulnerable(entry: &Entry) -> usize {
    usize::from(entry.word & bits::VULNERABLE == 0)
}

/// The items by slot, those of one slot in the order in which they come, and where each slot begins
/// (and the last one ends).
fn gathered<T: Copy>(
    items: &[T],
    slots: usize,
    slot: impl Fn(&T) -> usize,
) -> (Vec<usize>, Vec<T>) {
    let mut starts = vec![0usize; slots + 1];
    for item in items {
        if let Some(count) = starts.get_mut(slot(item) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut gathered = items.to_vec();
    for item in items {
        if let Some(place) = next.get_mut(slot(item)) {
            if let Some(target) = gathered.get_mut(*place) {
                *target = *item;
            }
            *place += 1;
        }
    }
    (starts, gathered)
}

/// One attribute of a name, as far as filing needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Any,
    Na,
    Literal(&'a str),
    Pattern,
}

/// The attributes of a name.
struct Pieces<'a>([Piece<'a>; Attribute::ALL.len()]);

impl<'a> Pieces<'a> {
    fn get(&self, attribute: Attribute) -> Piece<'a> {
        self.0
            .get(attribute as usize)
            .copied()
            .unwrap_or(Piece::Any)
    }

    fn of(name: &'a Name) -> Self {
        Self(Attribute::ALL.map(|attribute| match name.get(attribute) {
            Value::Any => Piece::Any,
            Value::Na => Piece::Na,
            Value::Text(text) if text.has_wildcard() => Piece::Pattern,
            Value::Text(text) => Piece::Literal(text.literal()),
        }))
    }

    /// The attributes of a formatted string that has all eleven and nothing in them that is escaped
    /// or in capitals, which it therefore already is when it is written again.
    fn plain(text: &'a str) -> Option<Self> {
        let mut pieces = [Piece::Any; Attribute::ALL.len()];
        let mut rest = Some(text.strip_prefix("cpe:2.3:")?);
        for piece in &mut pieces {
            let body = rest?;
            let plain = body.bytes().take_while(|byte| crate::cpe::is_plain(*byte));
            let (component, after) = match body.as_bytes() {
                [b'*', ..] => body.split_at_checked(1)?,
                _ => body.split_at_checked(plain.count())?,
            };
            *piece = match component {
                "" => return None,
                "*" => Piece::Any,
                "-" => Piece::Na,
                component => Piece::Literal(component),
            };
            rest = match after {
                "" => None,
                after => Some(after.strip_prefix(':')?),
            };
        }
        let whole = rest.is_none()
            && matches!(
                pieces.first(),
                Some(Piece::Any | Piece::Na | Piece::Literal("a" | "o" | "h"))
            );
        whole.then_some(Self(pieces))
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

/// The sections while they are written.
#[derive(Default)]
struct Sections {
    parts: [Vec<u8>; SECTIONS],
    /// Stands in for a section that the array has no place for; there is none.
    beyond: Vec<u8>,
}

fn bytes_of(sections: &mut Sections, section: Section) -> &mut Vec<u8> {
    sections
        .parts
        .get_mut(section as usize)
        .unwrap_or(&mut sections.beyond)
}

fn sections_len(sections: &Sections, section: Section) -> Result<u32, BuildError> {
    count(
        "bytes",
        sections.parts.get(section as usize).map_or(0, Vec::len),
    )
}

fn push(sections: &mut Sections, section: Section, numbers: &[u32]) {
    let bytes = bytes_of(sections, section);
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
}

fn push_entry(sections: &mut Sections, section: Section, entry: &Entry) {
    push(
        sections,
        section,
        &[entry.statement, entry.word, entry.rest],
    );
}

/// Header, table of sections, sections.
fn assemble(sections: &Sections) -> Result<Vec<u8>, BuildError> {
    let table = HEADER + SECTIONS * 16;
    let length = table + sections.parts.iter().map(Vec::len).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
    let mut offset = table as u64;
    for section in &sections.parts {
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
        offset += section.len() as u64;
    }
    for section in &sections.parts {
        bytes.extend_from_slice(section);
    }
    let sum = crc32fast::hash(bytes.get(HEADER..).unwrap_or_default());
    if let Some(place) = bytes.get_mut(12..16) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
    Ok(bytes)
}
