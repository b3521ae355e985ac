//! A base index and a small one of what changed since, as one.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::estate::Matcher;
use super::file::Index;
use super::search::Scratch;
use crate::applicability::Finding;
use crate::cpe::Name;
use crate::model::{Source, VulnerabilityId};

/// A base index with a delta over it, which answers as an index built of both would.
///
/// What the delta says about a vulnerability by a source replaces what the base says by the same
/// source; what it withdraws ([`Builder::for_delta`](super::Builder::for_delta)) is gone. One of
/// [`Source::Overrides`] silences [`Source::Nvd`] across both, and no longer does once withdrawn. A
/// day's changes are so put over a base that is built again only now and then.
///
/// ```
/// use std::sync::Arc;
/// use vulnmatch::cpe::Name;
/// use vulnmatch::index::{Builder, Index, Layered, Scratch};
/// use vulnmatch::model::{Condition, Criterion, Range, Source, Statement};
/// let statement = |version: &str| -> Result<Statement, vulnmatch::model::NotAnId> {
///     let name = Name::product('a', "v", "p").with_version(version);
///     Ok(Statement {
///         id: "CVE-2024-0001".parse()?,
///         source: Source::Nvd,
///         configurations: vec![Condition::Criterion(Criterion::vulnerable(name, Range::default()))],
///     })
/// };
/// let mut base = Builder::new();
/// base.add(&statement("1")?)?;
/// let mut delta = Builder::for_delta();
/// delta.add(&statement("2")?)?;
/// let layered = Layered::new(
///     Arc::new(Index::from_bytes(base.finish()?)?),
///     Index::from_bytes(delta.finish()?)?,
/// );
/// let asset = |version| [Name::product('a', "v", "p").with_version(version)];
/// assert!(layered.findings(&asset("1"), &mut Scratch::default()).is_empty());
/// assert_eq!(layered.findings(&asset("2"), &mut Scratch::default()).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Layered {
    base: Arc<Index>,
    delta: Index,
    of_base: Shown,
    of_delta: Shown,
}

/// Which statements of an index are shown otherwise than the index says by itself.
#[derive(Debug, Default)]
pub(super) struct Shown {
    hidden: FxHashSet<u32>,
    shown: FxHashSet<u32>,
}

impl Shown {
    /// Whether a statement is shown that is silenced in its own index, or not.
    pub(super) fn shows(&self, statement: u32, silenced: bool) -> bool {
        if silenced {
            self.shown.contains(&statement)
        } else {
            !self.hidden.contains(&statement)
        }
    }
}

impl Layered {
    /// Puts a delta over a base. Takes a look at every statement of both, some milliseconds.
    #[must_use]
    pub fn new(base: Arc<Index>, delta: Index) -> Self {
        let mut changed: FxHashMap<(VulnerabilityId, u8), (u32, bool)> = FxHashMap::default();
        let mut ids: FxHashSet<VulnerabilityId> = FxHashSet::default();
        for (number, row) in delta.statement_rows() {
            ids.insert(row.id);
            changed.insert((row.id, row.source), (number, row.withdrawn));
        }
        let overrides = Source::Overrides as u8;
        let nvd = Source::Nvd as u8;
        let mut of_base = Shown::default();
        let mut of_delta = Shown::default();
        // What NVD says in the base of the vulnerabilities that the delta speaks of.
        let mut base_nvd: Vec<(VulnerabilityId, u32, bool)> = Vec::new();
        let mut base_overrides: FxHashSet<VulnerabilityId> = FxHashSet::default();
        for (number, row) in base.statement_rows() {
            if !ids.contains(&row.id) {
                continue;
            }
            if changed.contains_key(&(row.id, row.source)) {
                of_base.hidden.insert(number);
            } else if row.source == nvd {
                base_nvd.push((row.id, number, row.silenced));
            } else if row.source == overrides {
                base_overrides.insert(row.id);
            }
        }
        let overridden = |id: VulnerabilityId| match changed.get(&(id, overrides)) {
            Some((_, withdrawn)) => !withdrawn,
            None => base_overrides.contains(&id),
        };
        for (id, number, silenced) in base_nvd {
            match (silenced, overridden(id)) {
                (false, true) => of_base.hidden.insert(number),
                (true, false) => of_base.shown.insert(number),
                _ => continue,
            };
        }
        for ((id, source), (number, _)) in &changed {
            if *source == nvd && overridden(*id) {
                of_delta.hidden.insert(*number);
            }
        }
        Self {
            base,
            delta,
            of_base,
            of_delta,
        }
    }

    /// The base.
    #[must_use]
    pub fn base(&self) -> &Arc<Index> {
        &self.base
    }

    /// What changed since.
    #[must_use]
    pub const fn delta(&self) -> &Index {
        &self.delta
    }

    /// As [`Index::findings`]: first those of the base, then those of the delta.
    #[must_use]
    pub fn findings(&self, asset: &[Name], scratch: &mut Scratch) -> Vec<Finding> {
        let names: Vec<&Name> = asset.iter().collect();
        let mut findings = Vec::new();
        self.visit(&names, scratch, &mut |finding| findings.push(finding));
        findings
    }

    /// As [`Layered::findings`], handing out one after the other.
    pub fn visit(&self, asset: &[&Name], scratch: &mut Scratch, each: &mut dyn FnMut(Finding)) {
        self.base
            .visit_shown(asset, scratch, Some(&self.of_base), each);
        self.delta
            .visit_shown(asset, scratch, Some(&self.of_delta), each);
    }

    /// The products whose findings the delta may have changed, as [`Index::products_of`] names them:
    /// those that its statements name, and those that the statements of the base named which they
    /// replace, withdraw, silence or let speak again.
    #[must_use]
    pub fn changed_products(&self) -> Vec<Name> {
        let ids: FxHashSet<VulnerabilityId> =
            self.delta.statement_rows().map(|(_, row)| row.id).collect();
        let mut products = self.delta.products_of(&|_| true);
        products.extend(self.base.products_of(&|id| ids.contains(&id)));
        products.sort();
        products.dedup();
        products
    }
}

impl Matcher for Layered {
    fn visit(&self, asset: &[&Name], scratch: &mut Scratch, each: &mut dyn FnMut(Finding)) {
        Self::visit(self, asset, scratch, each);
    }
}
