//! The products of many assets, each distinct set of products held once.

use rustc_hash::{FxHashMap, FxHashSet};

use super::build::product_name;
use super::file::Index;
use super::search::Scratch;
use crate::applicability::Finding;
use crate::cpe::{Attribute, Name, Value};
use crate::criteria::{Coverage, family};
use crate::model::{Criterion, Statement};

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

    /// The sets that have a product of these, named as [`Index::products_of`] names them. What has
    /// to be matched again when the statements about them change.
    #[must_use]
    pub fn sets_with(&self, products: &[(String, String, String)]) -> Vec<SetId> {
        let mut found = Vec::new();
        for (part, vendor, product) in products {
            let key = product_name(part, vendor, product);
            let names = [&self.by_product, &self.by_family]
                .into_iter()
                .filter_map(|map| map.get(key.as_str()))
                .flatten();
            for name in names {
                if let Some(sets) = self.sets_of_name.get(*name as usize) {
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

    /// The findings of a set.
    #[must_use]
    pub fn findings(&self, set: SetId, index: &Index, scratch: &mut Scratch) -> Vec<Finding> {
        let names: Vec<&Name> = self.names(set).collect();
        let mut findings = Vec::new();
        index.visit(&names, scratch, &mut |finding| findings.push(finding));
        findings
    }

    /// Every set that a new statement touches.
    #[must_use]
    pub fn touched_by(&self, statement: &Statement) -> Vec<Touched> {
        let criteria: Vec<&Criterion> = statement
            .configurations
            .iter()
            .flat_map(crate::model::Condition::criteria)
            .collect();
        // What covers what, each pair judged once.
        let mut covered: FxHashMap<(*const Criterion, u32), Coverage> = FxHashMap::default();
        let mut carrying: FxHashSet<u32> = FxHashSet::default();
        for criterion in &criteria {
            for name in self.names_for(criterion) {
                if let Some(asset) = self.names.get(name as usize)
                    && let Some(coverage) = criterion.covers(asset)
                {
                    covered.insert((std::ptr::from_ref(*criterion), name), coverage);
                    if criterion.vulnerable {
                        carrying.insert(name);
                    }
                }
            }
        }
        let mut candidates: Vec<u32> = carrying
            .iter()
            .filter_map(|name| self.sets_of_name.get(*name as usize))
            .flatten()
            .copied()
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        let number_of: FxHashMap<*const Name, u32> = covered
            .keys()
            .filter_map(|(_, name)| {
                Some((std::ptr::from_ref(self.names.get(*name as usize)?), *name))
            })
            .collect();
        candidates
            .into_iter()
            .map(SetId)
            .filter(|set| self.is_used(*set))
            .filter_map(|set| {
                let names: Vec<&Name> = self.names(set).collect();
                let finding = statement.judge_by(&names, &mut |criterion, name| {
                    let name = number_of.get(&std::ptr::from_ref(name))?;
                    covered
                        .get(&(std::ptr::from_ref(criterion), *name))
                        .copied()
                })?;
                Some(Touched { set, finding })
            })
            .collect()
    }

    fn names_for(&self, criterion: &Criterion) -> Vec<u32> {
        let literal = |attribute| criterion.name.literal(attribute);
        match (
            literal(Attribute::Part),
            literal(Attribute::Vendor),
            literal(Attribute::Product),
        ) {
            (Some(part), Some(vendor), Some(product)) => {
                let key = product_name(part, vendor, product);
                let own = self.by_product.get(key.as_str());
                let kin = self.by_family.get(key.as_str());
                own.into_iter().chain(kin).flatten().copied().collect()
            }
            _ if *criterion.name.get(Attribute::Vendor) == Value::Any => Vec::new(),
            _ => (0..number(self.names.len())).collect(),
        }
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
