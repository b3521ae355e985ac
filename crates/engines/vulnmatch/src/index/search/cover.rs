//! Which criteria cover a product that was looked up.

use super::lookup::{Lookup, Update, Version};
use super::{Hit, NONE, bits};
use crate::cpe::{Attribute, Name, Relation, Value};
use crate::criteria::{
    Coverage, End, Known, Systems, beside_range, environment, known_version, no_version,
};
use crate::index::file::{Index, Section, numbers};
use crate::model::{Confidence, Reason};
use crate::versions::Key;

/// A stretch of rows that end with an entry.
pub(super) struct List<'a> {
    pub(super) rows: &'a [u8],
    pub(super) width: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

impl Index {
    pub(super) fn vulnerable(&self, lookup: &Lookup, name: &Name, hits: &mut Vec<Hit>) {
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
                lacking: Systems::NONE,
            });
            return;
        }
        hits.extend(self.row_covers(list, row, lookup, name));
    }

    /// The lists in which criteria that may cover the product stand.
    pub(super) fn lists<'a>(
        &'a self,
        lookup: &Lookup,
        vulnerable: bool,
        each: &mut dyn FnMut(&List<'a>),
    ) {
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
    pub(super) fn row_covers(
        &self,
        list: &List<'_>,
        row: &[u8],
        lookup: &Lookup,
        name: &Name,
    ) -> Option<Hit> {
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
        let mut lacking = Systems::NONE;
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
            let (fits, systems) = environment(criterion, name, lookup.systems)?;
            found = found.limited(fits, Reason::EnvironmentUnknown);
            lacking = systems;
        }
        let at_most = Confidence::from_code(
            u8::try_from((word & bits::AT_MOST) >> bits::AT_MOST_SHIFT).unwrap_or_default(),
        );
        Some(Hit {
            statement,
            word,
            carrier: lookup.carrier,
            coverage: found.limited(at_most, Reason::SourceUnclear),
            lacking,
        })
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
    pub(super) fn wild_hits(
        &self,
        carrier: u32,
        name: &Name,
        systems: Systems,
        hits: &mut Vec<Hit>,
    ) {
        for wild in self.wild().iter().filter(|wild| wild.criterion.vulnerable) {
            if let Some((coverage, lacking)) = wild.criterion.covers_among(name, systems) {
                hits.push(Hit {
                    statement: wild.statement,
                    word: wild.word,
                    carrier,
                    coverage,
                    lacking,
                });
            }
        }
    }
}
