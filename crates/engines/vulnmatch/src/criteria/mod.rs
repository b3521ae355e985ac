//! Whether a criterion covers a product of an asset.
//!
//! The relation of names (NISTIR 7696) decides part, vendor, product and environment; versions are
//! compared by their order. Where the standard and the feeds leave a question open, these are our
//! decisions, each pinned by a test in this file:
//!
//! 1. A name without vendor or product covers nothing and is covered by nothing. A wildcard vendor
//!    of a criterion fits, a wildcard vendor of an asset does not.
//! 2. An asset whose version is not known is covered by any criterion of its product, as
//!    [`Confidence::ProductOnly`].
//! 3. A criterion with the version NA (`-`) does not cover an asset with a version: NVD writes it
//!    for "no version known", and taking it for every version raises findings on each new release
//!    for ever. Two exceptions: what a vulnerable product runs on, where `-` means the platform
//!    whatever its version; and Windows, where NVD until 2022 wrote `-` for the product and let the
//!    month's patches unsaid ([`Confidence::ProductOnly`]).
//! 4. A criterion for every version (`*` without range) covers, but [`Confidence::Rough`]: the
//!    source names none.
//! 5. Version and update are one: `9.1R17` is `9.1` with update `r17`. A criterion that names a
//!    version and any update covers each update of it; one that names an update covers an asset
//!    without update roughly; one with update NA covers no asset that has an update.
//! 6. A range that includes `7.9` covers `7.9p1` roughly: the bound does not speak of patch levels.
//!    So a range to `9.1` also touches `9.1R12` of a VPN, roughly, even where the same record lists
//!    the releases up to R11 one by one: there a rough finding too many is better than one too few.
//! 7. Versions without an order among each other (a release and a build of Windows, two trains of
//!    IOS) give [`Confidence::ProductOnly`], never a guess and never silence.
//! 8. An environment that the criterion names and the asset does not gives [`Confidence::Rough`].
//! 9. A platform named by its family (`microsoft:windows`, `linux:linux_kernel` without version) is
//!    met by every Windows and every Linux distribution.
//! 10. An update that a criterion names beside a range belongs to the end of the range: `*:beta_1` up
//!     to 3.4 means up to 3.4 beta 1. By the letter of NISTIR 7696 another update is disjoint, and 3.3
//!     rc1 would not be covered. It is [`Confidence::Rough`] with a reason of its own, and never beyond
//!     the version and update of the end.
//! 11. A program for an operating system (`target_sw` is `windows`, `android`, …) whose name leaves
//!     that open runs on what its asset has: where the asset names such a system it decides, for or
//!     against; where it names none the program is affected *if* it runs on that system. What is no
//!     operating system there (`wordpress`, `node.js`) stays decision 8.

mod systems;

pub(crate) use systems::{Runs, Systems};

use crate::cpe::{Attribute, Name, Relation, Value};
use crate::model::{Confidence, Criterion, Range, Reason};
use crate::versions::{Key, Scheme, says_nothing};

/// How a criterion covers a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// How far it may be trusted.
    pub confidence: Confidence,
    /// Why.
    pub reason: Reason,
}

impl Coverage {
    const fn new(confidence: Confidence, reason: Reason) -> Self {
        Self { confidence, reason }
    }

    pub(crate) fn limited(self, at_most: Confidence, reason: Reason) -> Self {
        if at_most < self.confidence {
            Self::new(at_most, reason)
        } else {
            self
        }
    }
}

/// What is known of an asset's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// Nothing.
    Nothing,
    /// The product has no versions.
    Na,
    /// This.
    Version(&'a str),
}

pub(crate) fn known_version(name: &Name) -> Known<'_> {
    match name.get(Attribute::Version) {
        Value::Na => Known::Na,
        Value::Any => Known::Nothing,
        value => match value.literal() {
            Some(text) if !says_nothing(text) => Known::Version(text),
            _ => Known::Nothing,
        },
    }
}

/// The family by which criteria name the platform of a product.
pub(crate) fn family(vendor: &str, product: &str) -> Option<(&'static str, &'static str)> {
    match (vendor, product) {
        ("microsoft", product) if product.starts_with("windows_") => Some(("microsoft", "windows")),
        (
            "redhat" | "canonical" | "debian" | "suse" | "opensuse" | "fedoraproject" | "centos"
            | "rocky" | "almalinux" | "miraclelinux" | "amazon",
            product,
        ) if product.contains("linux")
            || matches!(
                product,
                "fedora" | "centos" | "leap" | "rocky" | "almalinux"
            ) =>
        {
            Some(("linux", "linux_kernel"))
        }
        ("oracle", "linux") => Some(("linux", "linux_kernel")),
        ("apple", "macos" | "mac_os_x") => Some(("apple", "mac_os")),
        _ => None,
    }
}

impl Criterion {
    /// The scheme by which this criterion orders versions of a product.
    pub(crate) fn scheme_for(&self, vendor: &str, product: &str) -> Scheme {
        self.scheme
            .unwrap_or_else(|| Scheme::of_product(vendor, product))
    }

    /// Whether the criterion covers a product of an asset, and how surely, as far as the product by
    /// itself tells ([`Statement::judge`](crate::model::Statement::judge) looks at all of them).
    #[must_use]
    pub fn covers(&self, asset: &Name) -> Option<Coverage> {
        self.covers_among(asset, Systems::NONE)
            .map(|(coverage, _)| coverage)
    }

    /// As [`Criterion::covers`], on an asset that has these systems; with those of which it would have
    /// to have one.
    pub(crate) fn covers_among(
        &self,
        asset: &Name,
        systems: Systems,
    ) -> Option<(Coverage, Systems)> {
        let vendor = asset.literal(Attribute::Vendor)?;
        let product = asset.literal(Attribute::Product)?;
        let fits = |attribute: Attribute, literal: &str| match self.name.get(attribute) {
            Value::Text(text) => text.matches(literal),
            Value::Any | Value::Na => false,
        };
        if self
            .name
            .get(Attribute::Part)
            .relation(asset.get(Attribute::Part))
            == Relation::Disjoint
        {
            return None;
        }
        let by_family = !(fits(Attribute::Vendor, vendor) && fits(Attribute::Product, product));
        if by_family {
            let (vendor, product) = family(vendor, product)?;
            let named = self.name.literal(Attribute::Vendor) == Some(vendor)
                && self.name.literal(Attribute::Product) == Some(product);
            let whole = matches!(self.name.get(Attribute::Version), Value::Any | Value::Na);
            if self.vulnerable || !named || !whole || !self.range.is_open() {
                return None;
            }
            let coverage = Coverage::new(Confidence::Exact, Reason::PlatformFamily);
            return Some((
                coverage.limited(self.at_most, Reason::SourceUnclear),
                Systems::NONE,
            ));
        }
        let (environment, lacking) = environment(&self.name, asset, systems)?;
        let scheme = self.scheme_for(vendor, product);
        let version = version(self, asset, scheme)?;
        let coverage = version
            .limited(environment, Reason::EnvironmentUnknown)
            .limited(self.at_most, Reason::SourceUnclear);
        Some((coverage, lacking))
    }
}

/// The attributes after the update, on an asset that has these systems; with those of which it would
/// have to have one. `None` when one is disjoint.
pub(crate) fn environment(
    criterion: &Name,
    asset: &Name,
    systems: Systems,
) -> Option<(Confidence, Systems)> {
    let mut confidence = Confidence::Exact;
    let mut lacking = Systems::NONE;
    for attribute in Attribute::ENVIRONMENT {
        if attribute == Attribute::TargetSw {
            match systems.run(criterion, asset) {
                Runs::ByName => {}
                Runs::There => continue,
                Runs::Elsewhere => return None,
                Runs::If(wanted) => lacking = wanted,
            }
        }
        confidence = confidence.min(attribute_fits(criterion, asset, attribute)?);
    }
    Some((confidence, lacking))
}

fn attribute_fits(criterion: &Name, asset: &Name, attribute: Attribute) -> Option<Confidence> {
    match criterion.get(attribute).relation(asset.get(attribute)) {
        Relation::Disjoint => None,
        Relation::Equal | Relation::Superset => Some(Confidence::Exact),
        Relation::Subset | Relation::Undefined => Some(Confidence::Rough),
    }
}

fn version(criterion: &Criterion, asset: &Name, scheme: Scheme) -> Option<Coverage> {
    let known = known_version(asset);
    if !criterion.range.is_open() {
        let coverage = range(&criterion.range, known, asset, scheme)?;
        let Some(update) = attribute_fits(&criterion.name, asset, Attribute::Update) else {
            let end = criterion.range.end.as_ref()?;
            let Known::Version(version) = known else {
                return None;
            };
            let at_end = scheme.key(version, None) == scheme.key(&end.version, None);
            let end = End {
                inclusive: end.inclusive,
                at_it: at_end,
            };
            return beside_range(&criterion.name, end, coverage, asset, scheme);
        };
        return Some(coverage.limited(update, Reason::AssetUpdateUnknown));
    }
    match (criterion.name.get(Attribute::Version), known) {
        (Value::Any, _) => {
            let update = attribute_fits(&criterion.name, asset, Attribute::Update)?;
            Some(
                Coverage::new(Confidence::Rough, Reason::EveryVersion)
                    .limited(update, Reason::AssetUpdateUnknown),
            )
        }
        (Value::Na, known) => {
            let update = attribute_fits(&criterion.name, asset, Attribute::Update)?;
            let coverage = no_version(criterion.vulnerable, &criterion.name, known)?;
            Some(coverage.limited(update, Reason::AssetUpdateUnknown))
        }
        (Value::Text(_), Known::Nothing) => Some(Coverage::new(
            Confidence::ProductOnly,
            Reason::AssetVersionUnknown,
        )),
        (Value::Text(_), Known::Na) => None,
        (Value::Text(text), Known::Version(version)) => {
            let plain = !text.has_wildcard()
                && match criterion.name.get(Attribute::Update) {
                    Value::Text(update) => !update.has_wildcard(),
                    Value::Any | Value::Na => true,
                };
            if plain {
                return named(&criterion.name, text.literal(), version, asset, scheme);
            }
            if !text.matches(version) {
                return None;
            }
            let update = attribute_fits(&criterion.name, asset, Attribute::Update)?;
            Some(
                Coverage::new(Confidence::Exact, Reason::VersionNamed)
                    .limited(update, Reason::AssetUpdateUnknown),
            )
        }
    }
}

/// A criterion whose version is NA.
pub(crate) fn no_version(vulnerable: bool, criterion: &Name, known: Known<'_>) -> Option<Coverage> {
    match known {
        Known::Na => Some(Coverage::new(Confidence::Exact, Reason::VersionNamed)),
        Known::Nothing if !vulnerable => {
            Some(Coverage::new(Confidence::Exact, Reason::NoVersionNamed))
        }
        Known::Nothing => Some(Coverage::new(
            Confidence::ProductOnly,
            Reason::AssetVersionUnknown,
        )),
        Known::Version(_) if !vulnerable => {
            Some(Coverage::new(Confidence::Exact, Reason::NoVersionNamed))
        }
        Known::Version(_)
            if criterion.literal(Attribute::Vendor) == Some("microsoft")
                && criterion
                    .literal(Attribute::Product)
                    .is_some_and(|product| product.starts_with("windows")) =>
        {
            Some(Coverage::new(
                Confidence::ProductOnly,
                Reason::NoVersionNamed,
            ))
        }
        Known::Version(_) => None,
    }
}

/// A criterion that names a version and perhaps an update.
fn named(
    criterion: &Name,
    criterion_version: &str,
    version: &str,
    asset: &Name,
    scheme: Scheme,
) -> Option<Coverage> {
    let exact = Some(Coverage::new(Confidence::Exact, Reason::VersionNamed));
    let rough = Some(Coverage::new(Confidence::Rough, Reason::AssetUpdateUnknown));
    let asset_update = asset.get(Attribute::Update);
    let bare = scheme.key(version, None);
    let whole = match asset_update.literal() {
        Some(update) => scheme.key(version, Some(update)),
        None => bare.clone(),
    };
    let wanted = scheme.key(criterion_version, None);
    match criterion.get(Attribute::Update) {
        Value::Any if whole == wanted || bare == wanted => exact,
        Value::Any if scheme.has_patch_levels() && whole.is_patch_level_of(&wanted) => exact,
        Value::Na if bare == wanted => match asset_update {
            Value::Na => exact,
            Value::Any => rough,
            Value::Text(_) => None,
        },
        Value::Text(update) => {
            if whole == scheme.key(criterion_version, Some(update.literal())) {
                exact
            } else if bare == wanted && *asset_update == Value::Any {
                rough
            } else {
                None
            }
        }
        Value::Any | Value::Na => None,
    }
}

fn range(range: &Range, known: Known<'_>, asset: &Name, scheme: Scheme) -> Option<Coverage> {
    let Known::Version(version) = known else {
        return Some(Coverage::new(
            Confidence::ProductOnly,
            Reason::AssetVersionUnknown,
        ));
    };
    let key = scheme.key(version, asset.literal(Attribute::Update));
    let bound = |bound: &Option<crate::model::Bound>| {
        bound
            .as_ref()
            .map(|bound| (scheme.key(&bound.version, None), bound.inclusive))
    };
    let (start, end) = (bound(&range.start), bound(&range.end));
    in_range(&key, start.as_ref(), end.as_ref())
}

/// The end of a range, as far as an update beside it asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) inclusive: bool,
    /// Whether the asset's version, without its update, is that of the end.
    pub(crate) at_it: bool,
}

/// A range beside which the criterion names an update that is not the asset's: `*:beta_1` up to 3.4
/// on 3.4 beta, or on 3.3 rc1. See decision 10.
pub(crate) fn beside_range(
    criterion: &Name,
    end: End,
    coverage: Coverage,
    asset: &Name,
    scheme: Scheme,
) -> Option<Coverage> {
    if !matches!(coverage.reason, Reason::InRange | Reason::WordInVersion) {
        return None;
    }
    let wanted = criterion.literal(Attribute::Update)?;
    let own = match asset.get(Attribute::Update) {
        Value::Na => None,
        value => Some(value.literal()?),
    };
    if end.at_it {
        let Known::Version(version) = known_version(asset) else {
            return None;
        };
        let order = scheme
            .key(version, own)
            .compare(&scheme.key(version, Some(wanted)))?;
        let within = order.is_lt() || end.inclusive && order.is_eq();
        if !within {
            return None;
        }
    }
    Some(Coverage::new(Confidence::Rough, Reason::UpdateBesideRange))
}

/// Whether a version lies between two bounds.
pub(crate) fn in_range(
    key: &Key,
    start: Option<&(Key, bool)>,
    end: Option<&(Key, bool)>,
) -> Option<Coverage> {
    use std::cmp::Ordering::{Greater, Less};
    let same_class = |bound: &(Key, bool)| {
        key.is_ordered() && bound.0.is_ordered() && bound.0.class() == key.class()
    };
    if !start.into_iter().chain(end).all(same_class) {
        return Some(Coverage::new(
            Confidence::ProductOnly,
            Reason::CannotCompare,
        ));
    }
    let guessed = key.is_guessed() || start.into_iter().chain(end).any(|b| b.0.is_guessed());
    if let Some((start, inclusive)) = start {
        match key.bytes().cmp(start.bytes()) {
            Less => return None,
            std::cmp::Ordering::Equal if !inclusive => return None,
            _ => {}
        }
    }
    if let Some((end, inclusive)) = end {
        match key.bytes().cmp(end.bytes()) {
            Greater if *inclusive && key.is_patch_level_of(end) => {
                return Some(Coverage::new(Confidence::Rough, Reason::PatchLevelOfBound));
            }
            Greater => return None,
            std::cmp::Ordering::Equal if !inclusive => return None,
            _ => {}
        }
    }
    Some(if guessed {
        Coverage::new(Confidence::Rough, Reason::WordInVersion)
    } else {
        Coverage::new(Confidence::Exact, Reason::InRange)
    })
}

#[cfg(test)]
mod tests;
