//! The products of many assets, each distinct set of products held once.

use rustc_hash::FxHashMap;

use super::build::{Builder, product_name};
use super::file::Index;
use super::search::Scratch;
use crate::applicability::Finding;
use crate::cpe::{Attribute, Name, Relation, Value};
use crate::criteria::{Systems, family};
use crate::model::{Condition, Criterion, Statement};

/// A distinct set of products in an [`Estate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetId(u32);

/// Sets of assets that a statement touches.
#[derive(Debug, Clone)]
pub struct Touched {
    /// The set.
    pub set: SetId,
    /// What the statement means for each asset with this set; carriers are places in
    /// [`Estate::names`].
    pub finding: Finding,
}

/// The products of many assets.
///
/// A region's assets repeat the same products. Each distinct set is matched once, and its findings
/// are those of every asset that has it.
///
/// ```
/// use vulnmatch::cpe::Name;
/// use vulnmatch::index::Estate;
/// let mut estate = Estate::new();
/// let name = Name::parse_lenient("cpe:2.3:o:fortinet:fortios:7.0.5")?;
/// let one = estate.put(1, std::slice::from_ref(&name));
/// let other = estate.put(2, &[name]);
/// assert_eq!(one, other);
/// assert_eq!(estate.assets(one).collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), vulnmatch::cpe::CpeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Estate {
    names: Vec<Name>,
    name_numbers: FxHashMap<Name, u32>,
    /// Names of a product, by the text by which products are found.
    by_product: FxHashMap<Box<str>, Vec<u32>>,
    by_family: FxHashMap<Box<str>, Vec<u32>>,
    sets: Vec<Set>,
    set_numbers: FxHashMap<Box<[u32]>, u32>,
    sets_of_name: Vec<Vec<u32>>,
    set_of_asset: FxHashMap<u64, u32>,
}

#[derive(Debug)]
struct Set {
    names: Box<[u32]>,
    assets: Vec<u64>,
}

impl Estate {
    /// No assets yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the products of an asset; the order and repetitions do not count.
    pub fn put(&mut self, asset: u64, products: &[Name]) -> SetId {
        let mut numbers: Vec<u32> = products.iter().map(|name| self.name(name)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let set = match self.set_numbers.get(numbers.as_slice()) {
            Some(set) => *set,
            None => {
                let set = number(self.sets.len());
                for name in &numbers {
                    if let Some(sets) = self.sets_of_name.get_mut(*name as usize) {
                        sets.push(set);
                    }
                }
                let names: Box<[u32]> = numbers.into();
                self.set_numbers.insert(names.clone(), set);
                self.sets.push(Set {
                    names,
                    assets: Vec::new(),
                });
                set
            }
        };
        if self.set_of_asset.get(&asset) != Some(&set) {
            self.remove(asset);
            self.set_of_asset.insert(asset, set);
            if let Some(set) = self.sets.get_mut(set as usize) {
                set.assets.push(asset);
            }
        }
        SetId(set)
    }

    /// Forgets an asset.
    pub fn remove(&mut self, asset: u64) {
        if let Some(set) = self.set_of_asset.remove(&asset)
            && let Some(set) = self.sets.get_mut(set as usize)
        {
            set.assets.retain(|other| *other != asset);
        }
    }

    fn name(&mut self, name: &Name) -> u32 {
        if let Some(known) = self.name_numbers.get(name) {
            return *known;
        }
        let new = number(self.names.len());
        self.names.push(name.clone());
        self.sets_of_name.push(Vec::new());
        self.name_numbers.insert(name.clone(), new);
        if let (Some(vendor), Some(product)) = (
            name.literal(Attribute::Vendor),
            name.literal(Attribute::Product),
        ) {
            let parts: &[&str] = match name.literal(Attribute::Part) {
                Some("a") => &["a"],
                Some("o") => &["o"],
                Some("h") => &["h"],
                _ => &["a", "o", "h"],
            };
            for part in parts {
                let own = product_name(part, vendor, product);
                self.by_product.entry(own.into()).or_default().push(new);
                if let Some((vendor, product)) = family(vendor, product) {
                    let family = product_name(part, vendor, product);
                    self.by_family.entry(family.into()).or_default().push(new);
                }
            }
        }
        new
    }

    /// How many assets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set_of_asset.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set_of_asset.is_empty()
    }

    /// Every set that some asset has.
    pub fn sets(&self) -> impl Iterator<Item = SetId> + '_ {
        (0u32..)
            .zip(&self.sets)
            .filter(|(_, set)| !set.assets.is_empty())
            .map(|(number, _)| SetId(number))
    }

    /// The products of a set.
    pub fn names(&self, set: SetId) -> impl Iterator<Item = &Name> + '_ {
        self.sets
            .get(set.0 as usize)
            .into_iter()
            .flat_map(|set| set.names.iter())
            .filter_map(|name| self.names.get(*name as usize))
    }

    /// The assets that have a set.
    pub fn assets(&self, set: SetId) -> impl Iterator<Item = u64> + '_ {
        self.sets
            .get(set.0 as usize)
            .into_iter()
            .flat_map(|set| set.assets.iter().copied())
    }

    /// The sets that have a product of these, named as [`Index::products_of`] names them: what has to
    /// be matched again when the statements about them change. Besides the products themselves these
    /// are the members of a family that is named, and whatever wildcards match.
    #[must_use]
    pub fn sets_with(&self, products: &[Name]) -> Vec<SetId> {
        let mut found = Vec::new();
        for product in products {
            for name in self.names_like(product) {
                if let Some(sets) = self.sets_of_name.get(name as usize) {
                    found.extend_from_slice(sets);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
            .into_iter()
            .map(SetId)
            .filter(|set| self.is_used(*set))
            .collect()
    }

    fn is_used(&self, set: SetId) -> bool {
        self.sets
            .get(set.0 as usize)
            .is_some_and(|set| !set.assets.is_empty())
    }

    /// The findings of a set, by an [`Index`] or by [`Layered`](super::Layered) ones.
    #[must_use]
    pub fn findings(
        &self,
        set: SetId,
        index: &impl Matcher,
        scratch: &mut Scratch,
    ) -> Vec<Finding> {
        let names: Vec<&Name> = self.names(set).collect();
        let mut findings = Vec::new();
        index.visit(&names, scratch, &mut |finding| findings.push(finding));
        findings
    }

    /// Every set that a new statement touches.
    #[must_use]
    pub fn touched_by(&self, statement: &Statement) -> Vec<Touched> {
        // The names that the statement may speak of; true: of one that is vulnerable.
        let mut relevant: FxHashMap<u32, bool> = FxHashMap::default();
        let mut before: Option<(&Criterion, bool)> = None;
        for criterion in statement
            .configurations
            .iter()
            .flat_map(Condition::criteria)
        {
            let same = before.is_some_and(|(other, vulnerable)| {
                vulnerable == criterion.vulnerable && names_alike(&other.name, &criterion.name)
            });
            if !same {
                for name in self.names_like(&criterion.name) {
                    *relevant.entry(name).or_default() |= criterion.vulnerable;
                }
            }
            before = Some((criterion, criterion.vulnerable));
        }
        if relevant.values().all(|vulnerable| !vulnerable) {
            return Vec::new();
        }
        let one = One::new(statement);
        let mut scratch = Scratch::default();
        let mut candidates: Vec<u32> = Vec::new();
        for (number, _) in relevant.iter().filter(|(_, vulnerable)| **vulnerable) {
            if let (Some(name), Some(sets)) = (
                self.names.get(*number as usize),
                self.sets_of_name.get(*number as usize),
            ) && one.judge(&[name], &mut scratch).is_some()
            {
                candidates.extend_from_slice(sets);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        // What is found depends on the relevant products of a set, on its operating systems and on
        // whether it has others or hardware; many sets share these.
        let mut known: FxHashMap<Shared, Option<Finding>> = FxHashMap::default();
        let mut touched = Vec::new();
        for set in candidates.into_iter().map(SetId) {
            let Some(held) = self.sets.get(set.0 as usize) else {
                continue;
            };
            if held.assets.is_empty() {
                continue;
            }
            let numbers: Vec<u32> = held
                .names
                .iter()
                .filter(|name| relevant.contains_key(*name))
                .copied()
                .collect();
            let has = |part: &str| {
                self.names(set)
                    .any(|name| name.literal(Attribute::Part) == Some(part))
            };
            let names: Vec<&Name> = self.names(set).collect();
            let finding = known
                .entry((numbers, Systems::of(&names), has("o"), has("h")))
                .or_insert_with(|| {
                    let mut finding = one.judge(&names, &mut scratch)?;
                    // Carriers by their place among the relevant, which all these sets share.
                    let places = places(&held.names, &relevant);
                    let among: Vec<u32> = finding
                        .carriers
                        .iter()
                        .filter_map(|carrier| {
                            places.iter().position(|place| place == carrier).map(number)
                        })
                        .collect();
                    finding.carriers = among.into();
                    Some(finding)
                });
            if let Some(mut finding) = finding.clone() {
                let places = places(&held.names, &relevant);
                let own: Vec<u32> = finding
                    .carriers
                    .iter()
                    .map(|carrier| places.get(*carrier as usize).copied().unwrap_or(*carrier))
                    .collect();
                finding.carriers = own.into();
                touched.push(Touched { set, finding });
            }
        }
        touched
    }

    /// The names of which a name's part, vendor and product may speak: its product, the members of
    /// the family that it is, and whatever its wildcards match.
    fn names_like(&self, wanted: &Name) -> Vec<u32> {
        let literal = |attribute| wanted.literal(attribute);
        if let (Some(part), Some(vendor), Some(product)) = (
            literal(Attribute::Part),
            literal(Attribute::Vendor),
            literal(Attribute::Product),
        ) {
            let key = product_name(part, vendor, product);
            let own = self.by_product.get(key.as_str());
            let kin = self.by_family.get(key.as_str());
            return own.into_iter().chain(kin).flatten().copied().collect();
        }
        let matches =
            |name: &Name, attribute| match (wanted.get(attribute), name.literal(attribute)) {
                (Value::Text(pattern), Some(literal)) => pattern.matches(literal),
                _ => false,
            };
        let part = wanted.get(Attribute::Part);
        (0u32..)
            .zip(&self.names)
            .filter(|(_, name)| {
                part.relation(name.get(Attribute::Part)) != Relation::Disjoint
                    && matches(name, Attribute::Vendor)
                    && matches(name, Attribute::Product)
            })
            .map(|(number, _)| number)
            .collect()
    }
}

/// What finds vulnerabilities for the products of an asset.
pub trait Matcher {
    /// Hands out every finding, as [`Index::visit`] does.
    fn visit(&self, asset: &[&Name], scratch: &mut Scratch, each: &mut dyn FnMut(Finding));
}

impl Matcher for Index {
    fn visit(&self, asset: &[&Name], scratch: &mut Scratch, each: &mut dyn FnMut(Finding)) {
        Self::visit(self, asset, scratch, each);
    }
}

/// What findings of a statement depend on: the relevant names of a set, its operating systems, and
/// whether it has any and whether hardware.
type Shared = (Vec<u32>, Systems, bool, bool);

/// One statement, compiled where it can be: it may have thousands of criteria.
enum One<'a> {
    Compiled(Box<Index>),
    Tree(&'a Statement),
}

impl<'a> One<'a> {
    fn new(statement: &'a Statement) -> Self {
        let mut builder = Builder::new();
        builder
            .add(statement)
            .ok()
            .and_then(|()| Index::from_bytes(builder.finish().ok()?).ok())
            .map_or(Self::Tree(statement), |index| {
                Self::Compiled(Box::new(index))
            })
    }

    fn judge(&self, names: &[&Name], scratch: &mut Scratch) -> Option<Finding> {
        match self {
            Self::Compiled(index) => {
                let mut found = None;
                index.visit(names, scratch, &mut |finding| found = Some(finding));
                found
            }
            Self::Tree(statement) => {
                let systems = Systems::of(names);
                statement.judge_by(names, &mut |criterion, name| {
                    criterion.covers_among(name, systems)
                })
            }
        }
    }
}

fn names_alike(one: &Name, other: &Name) -> bool {
    [Attribute::Product, Attribute::Vendor, Attribute::Part]
        .iter()
        .all(|attribute| one.get(*attribute) == other.get(*attribute))
}

/// The places of the relevant names in a set.
fn places(names: &[u32], relevant: &FxHashMap<u32, bool>) -> Vec<u32> {
    (0u32..)
        .zip(names)
        .filter(|(_, name)| relevant.contains_key(name))
        .map(|(place, _)| place)
        .collect()
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
