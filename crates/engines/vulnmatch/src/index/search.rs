//! Searching an index: every finding for the products of one asset.

use std::cmp::Ordering;

use super::build::product_name;
use super::file::{Index, Product, Section, StatementRow, numbers};
use super::layers::Shown;
use super::{NONE, bits, tags};
use crate::applicability::{
    Alternatives, Carriers, Companion, DEEPEST, Finding, Outcome, Truth, companion,
};
use crate::cpe::{Attribute, Name, Relation, Value};
use crate::criteria::{
    Coverage, End, Known, beside_range, environment, family, known_version, no_version,
};
use crate::model::{Confidence, Operator, Reason, Source};
use crate::versions::Key;

/// Memory that searches use again.
#[derive(Debug, Default)]
pub struct Scratch {
    hits: Vec<Hit>,
    platform: Vec<Lookup>,
    rows: Vec<Option<StatementRow>>,
    shared: Shared,
}

/// Companions of earlier searches. The alternatives of one lie all over the file, and estates ask
/// for the same products again and again.
#[derive(Debug, Default)]
struct Shared {
    slots: Vec<Option<(u64, u32, u32, Alternatives)>>,
}

impl Shared {
    /// How many are kept: some megabytes.
    const SLOTS: u32 = 1 << 13;

    /// The alternatives of a run that begins with this leaf of an index.
    fn get(
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

/// A criterion that covers a product of the asset.
#[derive(Debug, Clone, Copy)]
struct Hit {
    statement: u32,
    word: u32,
    carrier: u32,
    coverage: Coverage,
}

/// A product of the asset, resolved in the index.
#[derive(Debug)]
struct Lookup {
    carrier: u32,
    product: Product,
    by_family: bool,
    version: Version,
}

/// The asset's version, resolved among the versions of the product.
#[derive(Debug)]
enum Version {
    Nothing,
    Na,
    At {
        key: Key,
        /// Position among the keys of the product: odd at a key, even between two.
        position: u32,
        /// The key of version and update, of the version alone, and of the version without patch
        /// levels, where the index has them.
        whole: u32,
        bare: u32,
        bases: Vec<u32>,
        /// How the asset names its update.
        update: Update,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Update {
    Any,
    Na,
    Named,
}

impl Index {
    /// Every finding for the products of one asset, in the order of the statements.
    ///
    /// # Examples
    ///
    /// See [`Builder`](super::Builder) and the crate's documentation.
    #[must_use]
    pub fn findings(&self, asset: &[Name], scratch: &mut Scratch) -> Vec<Finding> {
        let names: Vec<&Name> = asset.iter().collect();
        let mut findings = Vec::new();
        self.visit(&names, scratch, &mut |finding| findings.push(finding));
        findings
    }

    /// As [`Index::findings`], handing out one after the other.
    pub fn visit(&self, asset: &[&Name], scratch: &mut Scratch, each: &mut dyn FnMut(Finding)) {
        self.visit_shown(asset, scratch, None, each);
    }

    /// As [`Index::visit`], where statements are shown otherwise than the index says by itself.
    pub(super) fn visit_shown(
        &self,
        asset: &[&Name],
        scratch: &mut Scratch,
        shown: Option<&Shown>,
        each: &mut dyn FnMut(Finding),
    ) {
        let Scratch {
            hits,
            platform,
            rows,
            shared,
        } = scratch;
        hits.clear();
        platform.clear();
        for (carrier, name) in (0u32..).zip(asset) {
            self.lookups(carrier, name, platform);
            self.wild_hits(carrier, name, hits);
        }
        for lookup in &*platform {
            if let Some(name) = asset.get(lookup.carrier as usize) {
                self.vulnerable(lookup, name, hits);
            }
        }
        // Every list is in the order of statements: this sort merges such runs, others would not.
        hits.sort_by_key(|hit| hit.statement);
        // The rows of the statements lie all over the file. Read in one go, the processor waits for
        // many of them at once; read beside the work on each finding, for one after the other.
        rows.clear();
        let mut before = NONE;
        for hit in &*hits {
            if hit.statement != before || rows.is_empty() {
                rows.push(self.statement(hit.statement));
                before = hit.statement;
            }
        }
        let mut rest = hits.as_slice();
        for row in rows.iter() {
            let Some(first) = rest.first() else { break };
            // Most groups are of one.
            let end = rest
                .iter()
                .position(|hit| hit.statement != first.statement)
                .unwrap_or(rest.len());
            let (group, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after;
            if let Some(row) = row
                && let Some(finding) = self.finding(group, row, asset, platform, shown, shared)
            {
                each(finding);
            }
        }
    }

    fn lookups(&self, carrier: u32, name: &Name, found: &mut Vec<Lookup>) {
        let (Some(vendor), Some(product)) = (
            name.literal(Attribute::Vendor),
            name.literal(Attribute::Product),
        ) else {
            return;
        };
        let parts: &[&str] = match name.get(Attribute::Part) {
            Value::Any => &["a", "o", "h"],
            value => match value.literal() {
                Some("a") => &["a"],
                Some("o") => &["o"],
                Some("h") => &["h"],
                _ => &[],
            },
        };
        for part in parts {
            self.lookup(
                carrier,
                name,
                &product_name(part, vendor, product),
                false,
                found,
            );
            if let Some((vendor, product)) = family(vendor, product) {
                self.lookup(
                    carrier,
                    name,
                    &product_name(part, vendor, product),
                    true,
                    found,
                );
            }
        }
    }

    fn lookup(
        &self,
        carrier: u32,
        name: &Name,
        product: &str,
        by_family: bool,
        found: &mut Vec<Lookup>,
    ) {
        let mut next = self.find_product(product);
        // A damaged file could make the chain a ring.
        for _ in 0..crate::versions::Scheme::ALL.len() {
            let Some(product) = next.and_then(|number| self.product(number)) else {
                return;
            };
            let version = if by_family {
                Version::Nothing
            } else {
                self.version(name, &product)
            };
            next = (product.next != NONE).then_some(product.next);
            found.push(Lookup {
                carrier,
                product,
                by_family,
                version,
            });
        }
    }

    fn version(&self, name: &Name, product: &Product) -> Version {
        let version = match known_version(name) {
            Known::Nothing => return Version::Nothing,
            Known::Na => return Version::Na,
            Known::Version(version) => version,
        };
        let scheme = product.scheme;
        let bare = scheme.key(version, None);
        let (key, update) = match name.get(Attribute::Update) {
            Value::Any => (bare.clone(), Update::Any),
            Value::Na => (bare.clone(), Update::Na),
            Value::Text(text) if text.has_wildcard() => (bare.clone(), Update::Named),
            Value::Text(text) => (scheme.key(version, Some(text.literal())), Update::Named),
        };
        let (position, whole) = self.position(product, key.bytes());
        let bare = if update == Update::Named {
            self.position(product, bare.bytes()).1
        } else {
            whole
        };
        let bases = key
            .bases()
            .map(|base| self.position(product, &base).1)
            .filter(|place| *place != NONE)
            .collect();
        Version::At {
            key,
            position,
            whole,
            bare,
            bases,
            update,
        }
    }

    /// Where a key stands among the keys of a product, and its number if it is one of them.
    fn position(&self, product: &Product, key: &[u8]) -> (u32, u32) {
        let (mut low, mut high) = (0, product.key_count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(product.keys.saturating_add(middle)).cmp(key) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => {
                    return (
                        middle.saturating_mul(2).saturating_add(1),
                        product.keys.saturating_add(middle),
                    );
                }
                Ordering::Greater => high = middle,
            }
        }
        (low.saturating_mul(2), NONE)
    }

    fn vulnerable(&self, lookup: &Lookup, name: &Name, hits: &mut Vec<Hit>) {
        if lookup.by_family {
            return;
        }
        self.lists(lookup, true, &mut |list| {
            if let (
                Kind::Range,
                Version::At {
                    position, bases, ..
                },
            ) = (list.kind, &lookup.version)
            {
                return self.in_ranges(list, *position, bases.is_empty(), lookup, name, hits);
            }
            for row in list.rows.chunks_exact(list.width * 4) {
                self.hit(list, row, lookup, name, hits);
            }
        });
    }

    /// The ranges of a list that a version is in. A product may have thousands, of which few are.
    fn in_ranges(
        &self,
        list: &List<'_>,
        position: u32,
        within_only: bool,
        lookup: &Lookup,
        name: &Name,
        hits: &mut Vec<Hit>,
    ) {
        for row in list.rows.as_chunks::<20>().0 {
            let [low, high, _, word, _] = numbers::<5>(row);
            let beyond = position > high && (within_only || word & bits::END_INCLUSIVE == 0);
            if low <= position && !beyond {
                self.hit(list, row, lookup, name, hits);
            }
        }
    }

    #[inline]
    fn hit(&self, list: &List<'_>, row: &[u8], lookup: &Lookup, name: &Name, hits: &mut Vec<Hit>) {
        // Most criteria name one version and nothing else.
        if list.kind == Kind::Whole
            && let Version::At { .. } = lookup.version
            && let Some(entry) = row.as_chunks::<12>().0.first()
            && let [statement, word, NONE] = numbers::<3>(entry)
            && word & (bits::UPDATE | bits::AT_MOST) == bits::AT_MOST_EXACT
        {
            hits.push(Hit {
                statement,
                word,
                carrier: lookup.carrier,
                coverage: Coverage {
                    confidence: Confidence::Exact,
                    reason: Reason::VersionNamed,
                },
            });
            return;
        }
        if let Some((statement, word, coverage)) = self.row_covers(list, row, lookup, name) {
            hits.push(Hit {
                statement,
                word,
                carrier: lookup.carrier,
                coverage,
            });
        }
    }

    /// The lists in which criteria that may cover the product stand.
    fn lists<'a>(&'a self, lookup: &Lookup, vulnerable: bool, each: &mut dyn FnMut(&List<'a>)) {
        let product = &lookup.product;
        let pick = |begin, middle, end| {
            if vulnerable {
                (begin, middle)
            } else {
                (middle, end)
            }
        };
        let mut hand = |section, width, (from, to): (u32, u32), kind| {
            if from < to {
                each(&List {
                    rows: self.rows(section, width, from, to),
                    width,
                    kind,
                });
            }
        };
        let [begin, middle, end] = product.always;
        hand(Section::Always, 3, pick(begin, middle, end), Kind::Always);
        if lookup.by_family {
            // Only a family named as a whole is met by its members.
            return;
        }
        let [begin, middle, end] = product.unordered;
        hand(
            Section::Unordered,
            3,
            pick(begin, middle, end),
            Kind::Unordered,
        );
        let mut postings = |number: u32, kind| {
            if let (Some([.., begin, middle]), Some([_, _, end, _])) = (
                self.row::<4>(Section::Keys, number),
                self.row::<4>(Section::Keys, number.saturating_add(1)),
            ) {
                hand(Section::Postings, 3, pick(begin, middle, end), kind);
            }
        };
        match &lookup.version {
            Version::Na => {}
            Version::Nothing => {
                for number in product.keys..product.keys.saturating_add(product.key_count) {
                    postings(number, Kind::AnyKey);
                }
            }
            Version::At {
                whole,
                bare,
                bases,
                update,
                ..
            } => {
                if *whole != NONE {
                    postings(*whole, Kind::Whole);
                }
                if *update == Update::Named && *bare != NONE && bare != whole {
                    postings(*bare, Kind::Bare);
                }
                if product.scheme.has_patch_levels() {
                    for base in bases.iter().filter(|base| *base != bare && *base != whole) {
                        postings(*base, Kind::Bare);
                    }
                }
            }
        }
        let (from, to) = product.groups;
        for group in from..to {
            let Some([member, begin, middle, end]) = self.row::<4>(Section::Groups, group) else {
                return;
            };
            let kind = match &lookup.version {
                Version::Nothing | Version::Na => Kind::Unknown,
                Version::At { key, .. }
                    if key.is_ordered() && key.class() == Key::class_of(self.key(member)) =>
                {
                    Kind::Range
                }
                Version::At { .. } => Kind::Unordered,
            };
            hand(Section::Ranges, 5, pick(begin, middle, end), kind);
        }
    }

    /// Whether the criterion of a row covers the product of a lookup.
    #[inline]
    fn row_covers(
        &self,
        list: &List<'_>,
        row: &[u8],
        lookup: &Lookup,
        name: &Name,
    ) -> Option<(u32, u32, Coverage)> {
        let [low, high, ..] = numbers::<2>(row);
        let entry = row.get(row.len().checked_sub(12)?..)?;
        let [statement, word, rest] = numbers::<3>(entry);
        let coverage = |confidence, reason| Coverage { confidence, reason };
        let found = match (list.kind, &lookup.version) {
            (
                Kind::Range,
                Version::At {
                    key,
                    position,
                    bases,
                    ..
                },
            ) => {
                if low > *position {
                    return None;
                }
                let guessed = key.is_guessed() || word & bits::GUESSED != 0;
                if *position <= high {
                    if guessed {
                        coverage(Confidence::Rough, Reason::WordInVersion)
                    } else {
                        coverage(Confidence::Exact, Reason::InRange)
                    }
                } else if word & bits::END_INCLUSIVE != 0
                    && bases.iter().any(|base| {
                        base.saturating_sub(lookup.product.keys)
                            .saturating_mul(2)
                            .saturating_add(1)
                            == high
                    })
                {
                    coverage(Confidence::Rough, Reason::PatchLevelOfBound)
                } else {
                    return None;
                }
            }
            (Kind::Range | Kind::Unknown | Kind::AnyKey, _) => {
                if word & bits::UPDATE == bits::UPDATE_CHILD {
                    return None;
                }
                coverage(Confidence::ProductOnly, Reason::AssetVersionUnknown)
            }
            (Kind::Unordered, Version::At { .. }) => {
                coverage(Confidence::ProductOnly, Reason::CannotCompare)
            }
            (Kind::Unordered, _) => coverage(Confidence::ProductOnly, Reason::AssetVersionUnknown),
            (Kind::Whole, Version::At { update, .. }) => match (word & bits::UPDATE, update) {
                (bits::UPDATE_NA, Update::Any) | (bits::UPDATE_CHILD, Update::Any) => {
                    coverage(Confidence::Rough, Reason::AssetUpdateUnknown)
                }
                (bits::UPDATE_NA, Update::Named) | (bits::UPDATE_CHILD, _) => return None,
                _ => coverage(Confidence::Exact, Reason::VersionNamed),
            },
            (Kind::Bare, _) => {
                // Only what speaks of every update of the version.
                if word & bits::UPDATE != 0 {
                    return None;
                }
                coverage(Confidence::Exact, Reason::VersionNamed)
            }
            (Kind::Whole, _) => return None,
            (Kind::Always, _) => self.always(word, rest, name)?,
        };
        let mut found = found;
        if rest != NONE {
            let criterion = self.environment(rest)?;
            // A version that is named, or none, is compared together with its update.
            if matches!(list.kind, Kind::Range | Kind::Unordered | Kind::Unknown)
                || list.kind == Kind::Always
            {
                let fits = match criterion
                    .get(Attribute::Update)
                    .relation(name.get(Attribute::Update))
                {
                    Relation::Disjoint => {
                        let (Kind::Range, Version::At { bare, .. }) = (list.kind, &lookup.version)
                        else {
                            return None;
                        };
                        if high == u32::MAX {
                            return None;
                        }
                        let inclusive = word & bits::END_INCLUSIVE != 0;
                        // The gap below a key, or the key.
                        let of_key = (high / 2).saturating_add(lookup.product.keys);
                        let end = End {
                            inclusive,
                            at_it: *bare != NONE && *bare == of_key,
                        };
                        found = beside_range(criterion, end, found, name, lookup.product.scheme)?;
                        Confidence::Exact
                    }
                    Relation::Equal | Relation::Superset => Confidence::Exact,
                    Relation::Subset | Relation::Undefined => Confidence::Rough,
                };
                found = found.limited(fits, Reason::AssetUpdateUnknown);
            }
            found = found.limited(environment(criterion, name)?, Reason::EnvironmentUnknown);
        }
        let at_most = Confidence::from_code(
            u8::try_from((word & bits::AT_MOST) >> bits::AT_MOST_SHIFT).unwrap_or_default(),
        );
        Some((
            statement,
            word,
            found.limited(at_most, Reason::SourceUnclear),
        ))
    }

    /// A criterion that names no version, NA, or a pattern.
    fn always(&self, word: u32, rest: u32, name: &Name) -> Option<Coverage> {
        let known = known_version(name);
        if word & bits::VERSION_NA != 0 {
            return no_version(word & bits::VULNERABLE != 0, name, known);
        }
        if word & bits::VERSION_PATTERN != 0 {
            let criterion = self.environment(rest)?;
            return match (criterion.get(Attribute::Version), known) {
                (_, Known::Nothing) => Some(Coverage {
                    confidence: Confidence::ProductOnly,
                    reason: Reason::AssetVersionUnknown,
                }),
                (Value::Text(text), Known::Version(version)) if text.matches(version) => {
                    Some(Coverage {
                        confidence: Confidence::Exact,
                        reason: Reason::VersionNamed,
                    })
                }
                _ => None,
            };
        }
        Some(Coverage {
            confidence: Confidence::Rough,
            reason: Reason::EveryVersion,
        })
    }

    /// Vulnerable criteria with wildcards in vendor or product.
    fn wild_hits(&self, carrier: u32, name: &Name, hits: &mut Vec<Hit>) {
        for wild in self.wild().iter().filter(|wild| wild.criterion.vulnerable) {
            if let Some(coverage) = wild.criterion.covers(name) {
                hits.push(Hit {
                    statement: wild.statement,
                    word: wild.word,
                    carrier,
                    coverage,
                });
            }
        }
    }

    fn finding(
        &self,
        group: &[Hit],
        row: &StatementRow,
        asset: &[&Name],
        platform: &[Lookup],
        shown: Option<&Shown>,
        shared: &mut Shared,
    ) -> Option<Finding> {
        let first = group.first()?;
        let is_shown = match shown {
            Some(shown) => shown.shows(first.statement, row.silenced),
            None => !row.silenced,
        };
        if !is_shown {
            return None;
        }
        let source = Source::from_code(row.source)?;
        if group.len() == 1 && first.word & bits::SIMPLE != 0 {
            return Some(Finding {
                id: row.id,
                source,
                outcome: Outcome::Affected,
                confidence: first.coverage.confidence,
                reason: first.coverage.reason,
                carriers: Carriers::one(first.carrier),
            });
        }
        let verdict = if first.word & bits::SIMPLE != 0 {
            let mut carriers: Vec<u32> = Vec::with_capacity(1);
            let mut best = first.coverage;
            for hit in group {
                if hit.coverage.confidence > best.confidence {
                    best = hit.coverage;
                }
                carriers.push(hit.carrier);
            }
            carriers.sort_unstable();
            carriers.dedup();
            (best, carriers, Vec::new())
        } else {
            let [.., tree, _, _] = self.row::<6>(Section::Statements, first.statement)?;
            let [.., end, _, _] =
                self.row::<6>(Section::Statements, first.statement.saturating_add(1))?;
            let bytes = self
                .section(Section::Trees)
                .get(tree as usize..end as usize)?;
            let met = self.platform_hits(first.statement, asset, platform);
            Self::statement_tree(bytes, group, &met)?
        };
        let (coverage, carriers, groups) = verdict;
        let outcome = if groups.is_empty() {
            Outcome::Affected
        } else {
            let [.., leaves, _] = self.row::<6>(Section::Statements, first.statement)?;
            let companions = groups
                .iter()
                .map(|group| self.companion(group, leaves, asset, shared));
            Outcome::AffectedIf(companions.collect())
        };
        Some(Finding {
            id: row.id,
            source,
            outcome,
            confidence: coverage.confidence,
            reason: coverage.reason,
            carriers: carriers.into(),
        })
    }

    /// The leaves of a statement that are not themselves vulnerable and that the asset meets.
    fn platform_hits(&self, statement: u32, asset: &[&Name], platform: &[Lookup]) -> Vec<Hit> {
        let mut met = Vec::new();
        for lookup in platform {
            let Some(name) = asset.get(lookup.carrier as usize) else {
                continue;
            };
            self.lists(lookup, false, &mut |list| {
                let width = list.width * 4;
                let count = list.rows.len() / width;
                let statement_of = |row: usize| {
                    list.rows
                        .get(row * width + width - 12..)
                        .map_or(NONE, |bytes| numbers::<1>(bytes)[0])
                };
                let (mut low, mut high) = (0, count);
                while low < high {
                    let middle = low + (high - low) / 2;
                    if statement_of(middle) < statement {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                for row in list
                    .rows
                    .get(low * width..)
                    .unwrap_or_default()
                    .chunks_exact(width)
                {
                    let entry = numbers::<3>(row.get(width - 12..).unwrap_or_default());
                    let [of, word, _] = entry;
                    if of != statement {
                        break;
                    }
                    let found = if lookup.by_family {
                        // Only a family named as a whole is met by its members.
                        let whole = word & bits::VERSION_PATTERN == 0;
                        whole.then_some((
                            of,
                            word,
                            Coverage {
                                confidence: Confidence::Exact,
                                reason: Reason::PlatformFamily,
                            },
                        ))
                    } else {
                        self.row_covers(list, row, lookup, name)
                    };
                    if let Some((statement, word, coverage)) = found {
                        met.push(Hit {
                            statement,
                            word,
                            carrier: lookup.carrier,
                            coverage,
                        });
                    }
                }
            });
        }
        for wild in self.wild() {
            if wild.statement != statement || wild.criterion.vulnerable {
                continue;
            }
            for (carrier, name) in (0u32..).zip(asset) {
                if let Some(coverage) = wild.criterion.covers(name) {
                    met.push(Hit {
                        statement,
                        word: wild.word,
                        carrier,
                        coverage,
                    });
                }
            }
        }
        met.sort_unstable_by_key(|hit| hit.word & bits::LEAF);
        met
    }

    /// A group of leaves of a statement whose leaves begin at `leaves`, as a companion.
    fn companion(
        &self,
        group: &[Run],
        leaves: u32,
        asset: &[&Name],
        shared: &mut Shared,
    ) -> Companion {
        let alternatives = group.iter().map(|run| run.count as usize).sum();
        let first = group.first().map_or(0, |run| run.part);
        let common = match first {
            _ if group.iter().any(|run| run.part != first) => None,
            tags::PART_O => Some(b'o'),
            tags::PART_H => Some(b'h'),
            _ => None,
        };
        let write = || {
            let texts = group
                .iter()
                .flat_map(|run| run.first..run.first.saturating_add(run.count))
                .map(|leaf| {
                    self.row::<2>(Section::Leaves, leaves.saturating_add(leaf))
                        .map(|[begin, length]| self.text(begin, length))
                        .unwrap_or_default()
                });
            Alternatives::of(texts)
        };
        let any_of = match group {
            [run] => shared.get(
                self.identity(),
                leaves.saturating_add(run.first),
                run.count,
                write,
            ),
            _ => write(),
        };
        companion(alternatives, common, any_of, asset)
    }

    /// Judges the condition of a whole statement.
    ///
    /// Its parts of which no leaf is met and nothing is negated are stepped over: they could only name
    /// what the asset would need to have, and a finding needs a product that carries it. A statement
    /// may have hundreds, one for each appliance.
    fn statement_tree(bytes: &[u8], hits: &[Hit], met: &[Hit]) -> Option<Verdict> {
        let (root, mut bytes) = Joint::read(bytes)?;
        let mut parts = Vec::new();
        let mut only: Option<&[u8]> = None;
        for _ in 0..root.parts {
            if let Some((joint, body)) = Joint::read(bytes)
                && joint.tag & tags::NEGATION == 0
            {
                let after = body.get(joint.bytes..)?;
                if !joint.has_any(hits) && !joint.has_any(met) {
                    bytes = after;
                    continue;
                }
                if parts.is_empty() && only.is_none() {
                    only = Some(bytes);
                    bytes = after;
                    continue;
                }
            }
            if let Some(mut first) = only.take() {
                part(&mut first, hits, met, 1, &mut parts)?;
            }
            part(&mut bytes, hits, met, 1, &mut parts)?;
        }
        let negate = root.tag & tags::NEGATE != 0;
        if let Some(mut only) = only {
            if !negate && let Some(flat) = flat(only, hits, met) {
                return flat;
            }
            if !negate && let Some(any) = any(only, hits) {
                return any;
            }
            part(&mut only, hits, met, 1, &mut parts)?;
        }
        Truth::join(root.operator, negate, parts).verdict()
    }
}

/// Coverage, carriers, and the groups of which one is lacking each.
type Verdict = (Coverage, Vec<u32>, Vec<Vec<Run>>);

/// As [`part`] and what follows from it, for the usual form: all of several parts, each of which is
/// any of some leaves. `None` when it is of another form.
fn flat(bytes: &[u8], hits: &[Hit], met: &[Hit]) -> Option<Option<Verdict>> {
    let (whole, mut bytes) = Joint::read(bytes)?;
    if whole.operator != Operator::And || whole.tag & tags::NEGATION != 0 || whole.parts == 0 {
        return None;
    }
    let mut weakest: Option<Coverage> = None;
    let mut carriers: Vec<u32> = Vec::new();
    let mut groups: Vec<Vec<Run>> = Vec::new();
    for _ in 0..whole.parts {
        let runs = match Joint::read(bytes) {
            Some((joint, body)) => {
                if joint.operator != Operator::Or || joint.parts == 0 {
                    return None;
                }
                bytes = body;
                joint.parts
            }
            None => 1,
        };
        let before = carriers.len();
        let mut best: Option<(Coverage, bool)> = None;
        let begin = bytes;
        for _ in 0..runs {
            let (run, after) = Run::read(bytes)?;
            bytes = after;
            let among = if run.vulnerable { hits } else { met };
            for leaf in run.met(among) {
                let coverage = best_of_leaf(among, leaf)?;
                let better = best.is_none_or(|(best, carries)| {
                    (run.vulnerable && !carries)
                        || (run.vulnerable == carries && coverage.confidence > best.confidence)
                });
                let carries = run.vulnerable || best.is_some_and(|(_, carries)| carries);
                if better {
                    best = Some((coverage, carries));
                } else if let Some(best) = &mut best {
                    best.1 = carries;
                }
                if run.vulnerable {
                    let of_leaf = among.iter().filter(|hit| hit.word & bits::LEAF == leaf);
                    carriers.extend(of_leaf.map(|hit| hit.carrier));
                }
            }
        }
        match best {
            Some((coverage, _)) => {
                if weakest.is_none_or(|weakest| coverage.confidence < weakest.confidence) {
                    weakest = Some(coverage);
                }
            }
            None => {
                carriers.truncate(before);
                let mut group = Vec::with_capacity(runs as usize);
                let mut bytes = begin;
                for _ in 0..runs {
                    let (run, after) = Run::read(bytes)?;
                    bytes = after;
                    group.push(run);
                }
                groups.push(group);
            }
        }
    }
    if carriers.is_empty() {
        return Some(None);
    }
    carriers.sort_unstable();
    carriers.dedup();
    Some(weakest.map(|coverage| (coverage, carriers, groups)))
}

/// As [`part`] and what follows from it, of a condition that has nothing but OR. `None` when it has
/// another form.
fn any(bytes: &[u8], hits: &[Hit]) -> Option<Option<Verdict>> {
    let (whole, body) = Joint::read(bytes)?;
    let mut inner = body.get(..whole.bytes)?;
    if whole.operator != Operator::Or || whole.tag & tags::NEGATION != 0 {
        return None;
    }
    while !inner.is_empty() {
        inner = match Joint::read(inner) {
            Some((joint, body)) if joint.operator == Operator::Or => body,
            Some(_) => return None,
            None => Run::read(inner)?.1,
        };
    }
    let mut best: Option<(&Hit, u32)> = None;
    let mut carriers: Vec<u32> = Vec::new();
    for hit in hits {
        let leaf = hit.word & bits::LEAF;
        let within = leaf
            .checked_sub(whole.first_leaf)
            .is_some_and(|place| place < whole.leaves);
        if !within {
            continue;
        }
        carriers.push(hit.carrier);
        // The first leaf of those that say the most.
        let better = best.is_none_or(|(best, of)| {
            let (new, old) = (hit.coverage.confidence, best.coverage.confidence);
            new > old || new == old && leaf < of
        });
        if better {
            best = Some((hit, leaf));
        }
    }
    carriers.sort_unstable();
    carriers.dedup();
    Some(best.map(|(hit, _)| (hit.coverage, carriers, Vec::new())))
}

/// The head of a joint.
struct Joint {
    tag: u8,
    operator: Operator,
    parts: u32,
    /// How many bytes the parts take.
    bytes: usize,
    first_leaf: u32,
    leaves: u32,
}

impl Joint {
    /// The joint that stands next, and what follows its head.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (tag, rest) = bytes.split_first()?;
        let operator = match tag & 0x0f {
            tags::OR => Operator::Or,
            tags::AND => Operator::And,
            _ => return None,
        };
        let (head, body) = rest.split_first_chunk::<16>()?;
        let [parts, bytes, first_leaf, leaves] = numbers::<4>(head);
        // Each part has at least nine bytes, so a damaged file cannot make this count for ever.
        if parts as usize > body.len() / 9 {
            return None;
        }
        let joint = Self {
            tag: *tag,
            operator,
            parts,
            bytes: bytes as usize,
            first_leaf,
            leaves,
        };
        Some((joint, body))
    }

    fn has_any(&self, hits: &[Hit]) -> bool {
        hits.iter().any(|hit| {
            (hit.word & bits::LEAF)
                .checked_sub(self.first_leaf)
                .is_some_and(|place| place < self.leaves)
        })
    }
}

/// Judges the condition that stands next, and puts what comes of it to `parts`: of a run the leaves
/// that are met, or the run as one that is not; of a joint the whole.
fn part(
    bytes: &mut &[u8],
    hits: &[Hit],
    met: &[Hit],
    depth: usize,
    parts: &mut Vec<Truth<Run>>,
) -> Option<()> {
    if let Some((run, rest)) = Run::read(bytes) {
        *bytes = rest;
        run.judge(hits, met, parts);
        return Some(());
    }
    let (joint, body) = Joint::read(bytes)?;
    *bytes = body;
    if depth > DEEPEST + 1 {
        return None;
    }
    let mut inner = Vec::new();
    for _ in 0..joint.parts {
        part(bytes, hits, met, depth + 1, &mut inner)?;
    }
    let negate = joint.tag & tags::NEGATE != 0;
    parts.push(Truth::join(joint.operator, negate, inner));
    Some(())
}

/// Leaves of a statement that stand side by side and are alike.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u32,
    count: u32,
    vulnerable: bool,
    /// The part that all have, as the index writes it.
    part: u32,
}

impl Run {
    /// The run that stands next, and what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&tags::RUN, rest) = bytes.split_first()? else {
            return None;
        };
        let (head, after) = rest.split_first_chunk::<8>()?;
        let [count, word] = numbers::<2>(head);
        let run = Self {
            first: word & bits::LEAF,
            count,
            vulnerable: word & bits::VULNERABLE != 0,
            part: word & (tags::PART_O | tags::PART_H),
        };
        Some((run, after))
    }

    /// Its leaves that are met, in their order.
    fn met(self, among: &[Hit]) -> impl Iterator<Item = u32> + '_ {
        let mut above = self.first;
        std::iter::from_fn(move || {
            let leaf = among
                .iter()
                .map(|hit| hit.word & bits::LEAF)
                .filter(|leaf| *leaf >= above && *leaf - self.first < self.count)
                .min()?;
            above = leaf.saturating_add(1);
            Some(leaf)
        })
    }

    /// Puts its leaves that are met to `parts`, or itself when none is.
    fn judge(self, hits: &[Hit], met: &[Hit], parts: &mut Vec<Truth<Self>>) {
        let among = if self.vulnerable { hits } else { met };
        let before = parts.len();
        for leaf in self.met(among) {
            parts.push(Truth::leaf(of_leaf(among, leaf), self.vulnerable, self));
        }
        if parts.len() == before {
            parts.push(Truth::Lacking {
                coverage: None,
                carriers: Vec::new(),
                groups: vec![vec![self]],
            });
        }
    }
}

/// The best coverage of a leaf, the first of equals.
fn best_of_leaf(hits: &[Hit], leaf: u32) -> Option<Coverage> {
    let mut best: Option<Coverage> = None;
    for hit in hits.iter().filter(|hit| hit.word & bits::LEAF == leaf) {
        if best.is_none_or(|best| hit.coverage.confidence > best.confidence) {
            best = Some(hit.coverage);
        }
    }
    best
}

/// The best coverage of a leaf, and all products that it covers.
fn of_leaf(hits: &[Hit], leaf: u32) -> Option<(Coverage, Vec<u32>)> {
    let of_leaf = hits.iter().filter(|hit| hit.word & bits::LEAF == leaf);
    let carriers = of_leaf.map(|hit| hit.carrier).collect();
    Some((best_of_leaf(hits, leaf)?, carriers))
}

/// A stretch of rows that end with an entry.
struct List<'a> {
    rows: &'a [u8],
    width: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Criteria that name no version, NA or a pattern.
    Always,
    /// Ranges without an order for this version.
    Unordered,
    /// Ranges that a version which is not known may be in.
    Unknown,
    /// Versions, one of which a version that is not known may be.
    AnyKey,
    /// Ranges that have an order with this version.
    Range,
    /// Criteria that name this version with its update.
    Whole,
    /// Criteria that name this version and any update.
    Bare,
}
