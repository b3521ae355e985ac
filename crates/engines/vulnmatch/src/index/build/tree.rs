//! Conditions, as the index holds them.

use std::borrow::Cow;

use super::{BuildError, Builder, Meta, count};
use crate::cpe::Name;
use crate::index::{bits, tags};
use crate::model::{Bound, Condition, Criterion, Operator, Range, Source, VulnerabilityId};

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

fn bound<'a>(bound: Option<&'a (Cow<'_, str>, bool)>) -> Option<(&'a [u8], bool)> {
    bound.map(|(text, inclusive)| (text.as_bytes(), *inclusive))
}

impl RawCriterion<'_> {
    fn plain(&self) -> Plain<'_> {
        Plain {
            name: self.name.as_bytes(),
            start: bound(self.start.as_ref()),
            end: bound(self.end.as_ref()),
            vulnerable: self.vulnerable,
        }
    }

    pub(crate) fn read(&self) -> Option<Criterion> {
        let bound = |bound: &Option<(Cow<'_, str>, bool)>| {
            bound.as_ref().map(|(version, inclusive)| Bound {
                version: version.trim().to_owned(),
                inclusive: *inclusive,
            })
        };
        Some(Criterion {
            vulnerable: self.vulnerable,
            ..Criterion::vulnerable(
                Name::parse_lenient(&self.name).ok()?,
                Range {
                    start: bound(&self.start),
                    end: bound(&self.end),
                },
            )
        })
    }
}

/// A criterion as a feed writes it, wherever its texts are held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plain<'a> {
    /// The name; it may be none.
    pub(crate) name: &'a [u8],
    /// The bounds, and whether they belong to the range.
    pub(crate) start: Option<(&'a [u8], bool)>,
    pub(crate) end: Option<(&'a [u8], bool)>,
    pub(crate) vulnerable: bool,
}

fn text((text, inclusive): (&[u8], bool)) -> Option<(&str, bool)> {
    Some((std::str::from_utf8(text).ok()?, inclusive))
}

/// What the builder needs of a criterion, raw or read.
pub(crate) enum Leaf<'a> {
    Raw(Plain<'a>),
    Read(&'a Criterion),
}

impl<'a> Leaf<'a> {
    pub(crate) fn vulnerable(&self) -> bool {
        match self {
            Self::Raw(raw) => raw.vulnerable,
            Self::Read(criterion) => criterion.vulnerable,
        }
    }

    pub(crate) fn start(&self) -> Option<(&'a str, bool)> {
        match self {
            Self::Raw(raw) => raw.start.and_then(text),
            Self::Read(criterion) => criterion.range.start.as_ref().map(Bound::pair),
        }
    }

    pub(crate) fn end(&self) -> Option<(&'a str, bool)> {
        match self {
            Self::Raw(raw) => raw.end.and_then(text),
            Self::Read(criterion) => criterion.range.end.as_ref().map(Bound::pair),
        }
    }
}

/// A condition, raw or read, or where one is held.
pub(crate) trait Tree<'a>: Copy {
    /// The conditions that it joins.
    type Parts: Iterator<Item = Self> + Clone;

    /// What it is: one criterion, or several conditions.
    fn kind(self) -> Kind<'a, Self>;

    /// Whether one covered leaf is enough: nothing but OR, or AND of one.
    fn is_simple(self, depth: usize) -> bool {
        match self.kind() {
            Kind::Leaf(_) => true,
            Kind::Joined(_, true, _) => false,
            Kind::Joined(operator, false, mut parts) => {
                depth < crate::applicability::DEEPEST
                    && (operator == Operator::Or || parts.clone().take(2).count() == 1)
                    && parts.all(|part| part.is_simple(depth + 1))
            }
        }
    }
}

pub(crate) enum Kind<'a, T: Tree<'a>> {
    Leaf(Leaf<'a>),
    Joined(Operator, bool, T::Parts),
}

impl<'a, 'b: 'a> Tree<'a> for &'a RawCondition<'b> {
    type Parts = std::slice::Iter<'a, RawCondition<'b>>;

    fn kind(self) -> Kind<'a, Self> {
        match self {
            RawCondition::Criterion(raw) => Kind::Leaf(Leaf::Raw(raw.plain())),
            RawCondition::Joined(operator, negate, parts) => {
                Kind::Joined(*operator, *negate, parts.iter())
            }
        }
    }
}

impl<'a> Tree<'a> for &'a Condition {
    type Parts = std::slice::Iter<'a, Condition>;

    fn kind(self) -> Kind<'a, Self> {
        match self {
            Condition::Criterion(criterion) => Kind::Leaf(Leaf::Read(criterion)),
            Condition::Joined {
                operator,
                negate,
                conditions,
            } => Kind::Joined(*operator, *negate, conditions.iter()),
        }
    }
}

impl Builder {
    pub(super) fn add_trees<'a, T: Tree<'a>>(
        &mut self,
        id: VulnerabilityId,
        source: Source,
        trees: T::Parts,
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
        let simple = trees.clone().all(|tree| tree.is_simple(0));
        if simple {
            for tree in trees {
                self.simple(tree, number)?;
            }
        } else {
            self.joined::<T>(Operator::Or, false, trees, number, first_leaf, 0)?;
        }
        let mut touched = self.touched.split_off(before);
        touched.sort_unstable();
        touched.dedup();
        self.touched.append(&mut touched);
        Ok(())
    }

    fn simple<'a, T: Tree<'a>>(&mut self, tree: T, statement: u32) -> Result<(), BuildError> {
        match tree.kind() {
            // What only stands beside a vulnerable product makes no finding.
            Kind::Leaf(leaf) if !leaf.vulnerable() => Ok(()),
            Kind::Leaf(leaf) => {
                let (filed, name) = self.filed(&leaf)?;
                let word = bits::SIMPLE | bits::VULNERABLE;
                self.file(&leaf, filed, name, statement, word)
            }
            Kind::Joined(_, _, mut parts) => {
                parts.try_for_each(|part| self.simple(part, statement))
            }
        }
    }

    /// Writes a condition of several. Leaves of an OR that stand side by side and are alike are one
    /// part, a run, so that a search need not look at each. Whether anything in it is negated is the
    /// answer.
    fn joined<'a, T: Tree<'a>>(
        &mut self,
        operator: Operator,
        negate: bool,
        parts: T::Parts,
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
        loop {
            let mut after = rest.clone();
            let Some(first) = after.next() else { break };
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
                    .clone()
                    .take_while(
                        |part| matches!(part.kind(), Kind::Leaf(leaf) if leaf.vulnerable() == vulnerable),
                    )
                    .count(),
            };
            self.run(
                rest.clone().take(alike),
                alike,
                vulnerable,
                statement,
                first_leaf,
            )?;
            rest.nth(alike.saturating_sub(1));
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
    fn run<'a, T: Tree<'a>>(
        &mut self,
        leaves: impl Iterator<Item = T>,
        number_of: usize,
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
        self.trees.extend(count("leaves", number_of)?.to_le_bytes());
        self.trees
            .extend((first | vulnerable | parts.unwrap_or(0)).to_le_bytes());
        Ok(())
    }

    fn tree<'a, T: Tree<'a>>(
        &mut self,
        tree: T,
        statement: u32,
        first_leaf: u32,
        depth: usize,
    ) -> Result<bool, BuildError> {
        match tree.kind() {
            Kind::Joined(operator, negate, mut parts) => {
                let (mut operator, mut negate) = (operator, negate);
                if depth > crate::applicability::DEEPEST {
                    // Nothing is said by what is nested too deep.
                    (operator, negate) = (Operator::Or, false);
                    parts.by_ref().for_each(drop);
                }
                self.joined::<T>(operator, negate, parts, statement, first_leaf, depth)
            }
            Kind::Leaf(leaf) => {
                let leaves = std::iter::once(tree);
                self.run(leaves, 1, leaf.vulnerable(), statement, first_leaf)?;
                Ok(false)
            }
        }
    }
}
