//! Compiling statements into an index.

use std::borrow::Cow;
use std::collections::hash_map::Entry as MapEntry;
use std::io::{self, Write};
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::file::{HEADER, MAGIC, SECTIONS, Section, VERSION, hash};
use super::{NONE, bits};
use crate::cpe::{Attribute, Name, Value};
use crate::model::{
    Condition, Confidence, Criterion, Operator, Source, Statement, VulnerabilityId,
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

/// Product, class, entry, the positions of both ends, and a key of the class.
type Compiled<'a> = (u32, &'a [u8], Entry, u32, u32, u32);

#[derive(Clone, Copy)]
struct Product {
    name: u32,
    scheme: Scheme,
    next: u32,
}

/// Collects statements and compiles them.
///
/// A later statement of the same source about the same vulnerability replaces the earlier one, and
/// one of [`Source::Overrides`] silences [`Source::Nvd`] on the same vulnerability.
#[derive(Default)]
pub struct Builder {
    strings: Vec<u8>,
    spans: Vec<(u32, u32)>,
    interned: FxHashMap<Box<str>, u32>,
    products: Vec<Product>,
    product_names: FxHashMap<(u32, Scheme), u32>,
    /// Every name that was seen, by its text as the feed writes it.
    names: FxHashMap<Box<str>, Option<Filed>>,
    keys: FxHashMap<(u32, Box<[u8]>), u32>,
    key_list: Vec<(u32, Box<[u8]>, bool)>,
    bounds: FxHashMap<(u32, Box<str>), u32>,
    exact: Vec<(u32, Entry)>,
    ranged: Vec<Ranged>,
    always: Vec<(u32, Entry)>,
    wild: Vec<(u32, Entry)>,
    statements: Vec<Meta>,
    seen: FxHashMap<(VulnerabilityId, Source), u32>,
    trees: Vec<u8>,
    leaves: Vec<u32>,
    touched: Vec<(u32, u32)>,
    rests: Vec<u32>,
    rest_numbers: FxHashMap<u32, u32>,
    set_aside: u64,
}

struct Meta {
    id: VulnerabilityId,
    source: Source,
    tree: u32,
    leaves: u32,
    live: bool,
}

/// A criterion as a feed writes it, before it is read.
#[derive(Debug, Clone)]
pub(crate) struct RawCriterion<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) start: Option<(Cow<'a, str>, bool)>,
    pub(crate) end: Option<(Cow<'a, str>, bool)>,
    pub(crate) vulnerable: bool,
}

/// A condition of raw criteria.
#[derive(Debug, Clone)]
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

    fn text(&self) -> String {
        match self {
            Self::Raw(raw) => raw
                .read()
                .map_or_else(|| raw.name.to_string(), |criterion| criterion.to_string()),
            Self::Read(criterion) => criterion.to_string(),
        }
    }
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
enum Tree<'a> {
    Leaf(Leaf<'a>),
    Joined(Operator, bool, Vec<Tree<'a>>),
}

impl<'a> From<&'a RawCondition<'a>> for Tree<'a> {
    fn from(raw: &'a RawCondition<'a>) -> Self {
        match raw {
            RawCondition::Criterion(raw) => Self::Leaf(Leaf::Raw(raw)),
            RawCondition::Joined(operator, negate, parts) => {
                Self::Joined(*operator, *negate, parts.iter().map(Into::into).collect())
            }
        }
    }
}

impl<'a> From<&'a Condition> for Tree<'a> {
    fn from(condition: &'a Condition) -> Self {
        match condition {
            Condition::Criterion(criterion) => Self::Leaf(Leaf::Read(criterion)),
            Condition::Joined {
                operator,
                negate,
                conditions,
            } => Self::Joined(
                *operator,
                *negate,
                conditions.iter().map(Into::into).collect(),
            ),
        }
    }
}

impl Tree<'_> {
    /// Whether one covered leaf is enough: nothing but OR, or AND of one.
    fn is_simple(&self, depth: usize) -> bool {
        match self {
            Self::Leaf(_) => true,
            Self::Joined(_, true, _) => false,
            Self::Joined(operator, false, parts) => {
                depth < crate::applicability::DEEPEST
                    && (*operator == Operator::Or || parts.len() == 1)
                    && parts.iter().all(|part| part.is_simple(depth + 1))
            }
        }
    }
}

impl Builder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many statements it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.iter().filter(|meta| meta.live).count()
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
        let trees: Vec<Tree<'_>> = statement.configurations.iter().map(Into::into).collect();
        self.add_trees(statement.id, statement.source, &trees)
    }

    pub(crate) fn add_raw(
        &mut self,
        id: VulnerabilityId,
        source: Source,
        configurations: &[RawCondition<'_>],
    ) -> Result<(), BuildError> {
        let trees: Vec<Tree<'_>> = configurations.iter().map(Into::into).collect();
        self.add_trees(id, source, &trees)
    }

    /// Removes what a source said about a vulnerability: it was rejected or withdrawn.
    pub fn withdraw(&mut self, id: VulnerabilityId, source: Source) {
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
        trees: &[Tree<'_>],
    ) -> Result<(), BuildError> {
        self.withdraw(id, source);
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
        });
        let mut touched = FxHashSet::default();
        let simple = trees.iter().all(|tree| tree.is_simple(0));
        if simple {
            for tree in trees {
                self.simple(tree, number, &mut touched)?;
            }
        } else {
            let length = count("conditions", trees.len())?;
            self.joint(Operator::Or, false, length);
            for tree in trees {
                self.tree(tree, number, first_leaf, &mut touched, 1)?;
            }
        }
        self.touched
            .extend(touched.into_iter().map(|product| (number, product)));
        Ok(())
    }

    fn simple(
        &mut self,
        tree: &Tree<'_>,
        statement: u32,
        touched: &mut FxHashSet<u32>,
    ) -> Result<(), BuildError> {
        match tree {
            // What only stands beside a vulnerable product makes no finding.
            Tree::Leaf(leaf) if !leaf.vulnerable() => Ok(()),
            Tree::Leaf(leaf) => {
                let word = bits::SIMPLE | bits::VULNERABLE;
                self.file(leaf, statement, word, touched)
            }
            Tree::Joined(_, _, parts) => parts
                .iter()
                .try_for_each(|part| self.simple(part, statement, touched)),
        }
    }

    fn joint(&mut self, operator: Operator, negate: bool, parts: u32) {
        let tag = match operator {
            Operator::Or => 2,
            Operator::And => 3,
        };
        self.trees.push(tag | if negate { 0x10 } else { 0 });
        self.trees.extend(parts.to_le_bytes());
    }

    fn tree(
        &mut self,
        tree: &Tree<'_>,
        statement: u32,
        first_leaf: u32,
        touched: &mut FxHashSet<u32>,
        depth: usize,
    ) -> Result<(), BuildError> {
        match tree {
            Tree::Joined(..) if depth > crate::applicability::DEEPEST => {
                self.joint(Operator::Or, false, 0);
                Ok(())
            }
            Tree::Joined(operator, negate, parts) => {
                let length = count("conditions", parts.len())?;
                self.joint(*operator, *negate, length);
                parts
                    .iter()
                    .try_for_each(|part| self.tree(part, statement, first_leaf, touched, depth + 1))
            }
            Tree::Leaf(leaf) => {
                let number = count("leaves", self.leaves.len())? - first_leaf;
                if number > bits::LEAF {
                    return Err(BuildError::TooLarge {
                        what: "criteria in one statement",
                        limit: u64::from(bits::LEAF),
                    });
                }
                let text = self.intern(&leaf.text())?;
                self.leaves.push(text);
                let vulnerable = if leaf.vulnerable() {
                    bits::VULNERABLE
                } else {
                    0
                };
                self.trees.push(1);
                self.trees.extend((number | vulnerable).to_le_bytes());
                self.file(leaf, statement, number | vulnerable, touched)
            }
        }
    }

    /// Files one criterion where a search for its product finds it.
    fn file(
        &mut self,
        leaf: &Leaf<'_>,
        statement: u32,
        word: u32,
        touched: &mut FxHashSet<u32>,
    ) -> Result<(), BuildError> {
        let (filed, at_most) = match leaf {
            Leaf::Raw(raw) => (self.raw_name(&raw.name)?, Confidence::Exact),
            Leaf::Read(criterion) => (
                self.name(&criterion.name, criterion.scheme)?,
                criterion.at_most,
            ),
        };
        let Some(filed) = filed else {
            self.set_aside += 1;
            return Ok(());
        };
        let word = word | filed.word | ((at_most as u32) << bits::AT_MOST_SHIFT);
        let entry = Entry {
            statement,
            word,
            rest: filed.rest,
        };
        let (start, end) = match leaf {
            Leaf::Raw(raw) => (
                raw.start.as_ref().map(|(v, i)| (&**v, *i)),
                raw.end.as_ref().map(|(v, i)| (&**v, *i)),
            ),
            Leaf::Read(criterion) => {
                let bound = |bound: &'_ Option<crate::model::Bound>| {
                    bound.as_ref().map(|b| (b.version.clone(), b.inclusive))
                };
                let (start, end) = (bound(&criterion.range.start), bound(&criterion.range.end));
                return self.file_entry(
                    filed,
                    start.as_ref().map(|(v, i)| (&**v, *i)),
                    end.as_ref().map(|(v, i)| (&**v, *i)),
                    entry,
                    leaf,
                    touched,
                );
            }
        };
        self.file_entry(filed, start, end, entry, leaf, touched)
    }

    fn file_entry(
        &mut self,
        filed: Filed,
        start: Option<(&str, bool)>,
        end: Option<(&str, bool)>,
        mut entry: Entry,
        leaf: &Leaf<'_>,
        touched: &mut FxHashSet<u32>,
    ) -> Result<(), BuildError> {
        if filed.product == NONE {
            let text = self.intern(&leaf.text())?;
            self.wild.push((text, entry));
            return Ok(());
        }
        touched.insert(filed.product);
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
        let guessed = [start_key, end_key].iter().any(|key| {
            self.key_list
                .get(*key as usize)
                .is_some_and(|(_, _, guessed)| *guessed)
        });
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
        if let Some(key) = self.bounds.get(&(product, Box::from(version))) {
            return Ok(*key);
        }
        let scheme = self
            .products
            .get(product as usize)
            .map_or(Scheme::Loose, |product| product.scheme);
        let key = self.key(product, &scheme.key(version, None))?;
        self.bounds.insert((product, Box::from(version)), key);
        Ok(key)
    }

    fn key(&mut self, product: u32, key: &Key) -> Result<u32, BuildError> {
        let number = count("versions", self.key_list.len())?;
        let bytes: Box<[u8]> = Box::from(key.bytes());
        Ok(match self.keys.entry((product, bytes)) {
            MapEntry::Occupied(found) => *found.get(),
            MapEntry::Vacant(vacant) => {
                let bytes = vacant.key().1.clone();
                vacant.insert(number);
                self.key_list.push((product, bytes, key.is_guessed()));
                number
            }
        })
    }

    fn raw_name(&mut self, text: &str) -> Result<Option<Filed>, BuildError> {
        if let Some(filed) = self.names.get(text) {
            return Ok(*filed);
        }
        let filed = match Name::parse_lenient(text) {
            Ok(name) => self.name(&name, None)?,
            Err(_) => None,
        };
        self.names.insert(Box::from(text), filed);
        Ok(filed)
    }

    fn name(&mut self, name: &Name, scheme: Option<Scheme>) -> Result<Option<Filed>, BuildError> {
        let literal = |attribute| name.literal(attribute);
        let text = |attribute| matches!(name.get(attribute), Value::Text(_));
        if !text(Attribute::Vendor) || !text(Attribute::Product) {
            return Ok(None);
        }
        let environment = Attribute::ENVIRONMENT
            .iter()
            .any(|attribute| *name.get(*attribute) != Value::Any);
        let mut filed = Filed {
            product: NONE,
            key: NONE,
            bare: NONE,
            word: 0,
            rest: NONE,
        };
        let (Some(part), Some(vendor), Some(product)) = (
            literal(Attribute::Part),
            literal(Attribute::Vendor),
            literal(Attribute::Product),
        ) else {
            return Ok(Some(filed));
        };
        let scheme = scheme.unwrap_or_else(|| Scheme::of_product(vendor, product));
        filed.product = self.product(part, vendor, product, scheme)?;
        let pattern =
            |attribute| matches!(name.get(attribute), Value::Text(text) if text.has_wildcard());
        let odd = pattern(Attribute::Version) || pattern(Attribute::Update);
        let version = literal(Attribute::Version).filter(|_| !odd);
        match (name.get(Attribute::Version), version) {
            (_, Some(version)) => {
                let bare = scheme.key(version, None);
                match name.get(Attribute::Update) {
                    Value::Text(update) => {
                        let whole = scheme.key(version, Some(update.literal()));
                        filed.key = self.key(filed.product, &whole)?;
                        filed.bare = self.key(filed.product, &bare)?;
                        filed.word |= bits::UPDATE_NAMED;
                    }
                    Value::Na => {
                        filed.key = self.key(filed.product, &bare)?;
                        filed.word |= bits::UPDATE_NA;
                    }
                    Value::Any => filed.key = self.key(filed.product, &bare)?,
                }
            }
            (Value::Na, _) => filed.word |= bits::VERSION_NA,
            (Value::Text(_), _) => filed.word |= bits::VERSION_PATTERN,
            (Value::Any, _) => {}
        }
        // An update beside no version is compared by name.
        let update_alone = filed.key == NONE && *name.get(Attribute::Update) != Value::Any;
        if environment || odd || update_alone {
            let text = self.intern(&name.to_string())?;
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
        let name = self.intern(&product_name(part, vendor, product))?;
        if let Some(number) = self.product_names.get(&(name, scheme)) {
            return Ok(*number);
        }
        let number = count("products", self.products.len())?;
        let mut next = NONE;
        for scheme in Scheme::ALL {
            if let Some(other) = self.product_names.get(&(name, scheme))
                && let Some(other) = self.products.get_mut(*other as usize)
            {
                // The new one is put behind any one of its kin.
                next = other.next;
                other.next = number;
                break;
            }
        }
        self.products.push(Product { name, scheme, next });
        self.product_names.insert((name, scheme), number);
        Ok(number)
    }

    fn intern(&mut self, text: &str) -> Result<u32, BuildError> {
        if let Some(number) = self.interned.get(text) {
            return Ok(*number);
        }
        let number = count("texts", self.spans.len())?;
        let begin = count("bytes of texts", self.strings.len())?;
        self.strings.extend_from_slice(text.as_bytes());
        self.spans
            .push((begin, count("bytes of texts", text.len())?));
        self.interned.insert(Box::from(text), number);
        Ok(number)
    }

    /// Compiles everything into the bytes of an index.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooLarge`].
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        self.drop_replaced();
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
        let mut order: Vec<u32> = (0..count("versions", self.key_list.len())?).collect();
        order.sort_unstable_by(|a, b| {
            let key = |n: &u32| self.key_list.get(*n as usize).map(|(p, k, _)| (*p, &**k));
            key(a).cmp(&key(b))
        });
        let mut places = vec![0u32; order.len()];
        let mut firsts = vec![(0u32, 0u32); self.products.len()];
        for (place, number) in (0u32..).zip(&order) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = place;
            }
            let product = self.key_list.get(*number as usize).map_or(0, |key| key.0);
            if let Some((first, length)) = firsts.get_mut(product as usize) {
                if *length == 0 {
                    *first = place;
                }
                *length += 1;
            }
        }
        let place_of = |key: u32| places.get(key as usize).copied().unwrap_or(NONE);
        let key_of = |place: u32| {
            order
                .get(place as usize)
                .and_then(|number| self.key_list.get(*number as usize))
                .map_or(&[][..], |(_, bytes, _)| &**bytes)
        };

        // Postings of keys: the vulnerable first, each in the order of statements.
        let mut exact: Vec<(u32, Entry)> = self
            .exact
            .iter()
            .filter_map(|(key, entry)| Some((place_of(*key), live(entry)?)))
            .collect();
        exact.sort_unstable_by_key(|(place, entry)| (*place, order_of(entry)));
        let mut at = 0;
        for place in 0..order.len() {
            let bytes = key_of(count("versions", place)?);
            let begin = sections_len(&sections, Section::KeyBytes)?;
            push(
                &mut sections,
                Section::Keys,
                &[
                    begin,
                    count("bytes of versions", bytes.len())?,
                    count("entries", at)?,
                ],
            );
            bytes_of(&mut sections, Section::KeyBytes).extend_from_slice(bytes);
            let start = at;
            while let Some((_, entry)) = exact.get(at).filter(|(p, _)| *p as usize == place) {
                push_entry(&mut sections, Section::Postings, entry);
                at += 1;
            }
            let vulnerable = exact
                .get(start..at)
                .unwrap_or_default()
                .partition_point(|(_, entry)| entry.word & bits::VULNERABLE != 0);
            push(
                &mut sections,
                Section::Keys,
                &[count("entries", start + vulnerable)?],
            );
        }
        let begin = sections_len(&sections, Section::KeyBytes)?;
        push(
            &mut sections,
            Section::Keys,
            &[begin, 0, count("entries", at)?, count("entries", at)?],
        );

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
        ranges.sort_by(|a, b| (a.0, a.1, order_of(&a.2)).cmp(&(b.0, b.1, order_of(&b.2))));
        unordered.sort_by_key(|(product, entry)| (*product, order_of(entry)));
        let mut always: Vec<(u32, Entry)> = self
            .always
            .iter()
            .filter_map(|(product, entry)| Some((*product, live(entry)?)))
            .collect();
        always.sort_by_key(|(product, entry)| (*product, order_of(entry)));

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
            let (begin, length) = self
                .spans
                .get(product.name as usize)
                .copied()
                .unwrap_or_default();
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
        for (text, entry) in &self.wild {
            if let Some(entry) = live(entry) {
                let (begin, length) = self.span(*text);
                push(&mut sections, Section::Wild, &[begin, length]);
                push_entry(&mut sections, Section::Wild, &entry);
            }
        }
        for text in &self.rests {
            let (begin, length) = self.span(*text);
            push(&mut sections, Section::Environments, &[begin, length]);
        }
        *bytes_of(&mut sections, Section::Strings) = std::mem::take(&mut self.strings);
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

    fn span(&self, text: u32) -> (u32, u32) {
        self.spans.get(text as usize).copied().unwrap_or_default()
    }

    fn drop_replaced(&mut self) {
        let replaced: Vec<VulnerabilityId> = self
            .seen
            .keys()
            .filter(|(_, source)| *source == Source::Overrides)
            .map(|(id, _)| *id)
            .collect();
        for id in replaced {
            self.withdraw(id, Source::Nvd);
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
            let (begin, length) = self.span(product.name);
            let name = self
                .strings
                .get(begin as usize..(begin + length) as usize)
                .unwrap_or_default();
            // Only the first of its kin has a slot; the others hang behind it.
            let first = Scheme::ALL
                .iter()
                .filter_map(|scheme| self.product_names.get(&(product.name, *scheme)))
                .min();
            if first != Some(&(number - 1)) {
                continue;
            }
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
        &mut self,
        sections: &mut Sections,
        renumbered: &[u32],
    ) -> Result<(), BuildError> {
        self.touched.sort_unstable();
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
                let (begin, length) = self.span(*text);
                push(sections, Section::Leaves, &[begin, length]);
            }
            let code = meta.id.code();
            push(
                sections,
                Section::Statements,
                &[
                    (code & 0xffff_ffff) as u32,
                    (code >> 32) as u32,
                    meta.source as u32,
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

/// The vulnerable before the others, then by statement and leaf.
fn order_of(entry: &Entry) -> (bool, u32, u32) {
    (
        entry.word & bits::VULNERABLE == 0,
        entry.statement,
        entry.word & bits::LEAF,
    )
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
