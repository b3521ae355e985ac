//! The products of an asset, resolved in an index.

use std::cmp::Ordering;

use super::NONE;
use crate::cpe::{Attribute, Name, Value};
use crate::criteria::{Known, Systems, family, known_version};
use crate::index::build::product_name;
use crate::index::file::{Index, Product};
use crate::versions::Key;

/// A product of the asset, resolved in the index.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) carrier: u32,
    pub(super) product: Product,
    pub(super) by_family: bool,
    pub(super) version: Version,
    /// The operating systems of the asset.
    pub(super) systems: Systems,
}

/// The asset's version, resolved among the versions of the product.
#[derive(Debug)]
pub(super) enum Version {
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
pub(super) enum Update {
    Any,
    Na,
    Named,
}

impl Index {
    pub(super) fn lookups(
        &self,
        carrier: u32,
        name: &Name,
        systems: Systems,
        found: &mut Vec<Lookup>,
    ) {
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
                (false, systems),
                found,
            );
            if let Some((vendor, product)) = family(vendor, product) {
                self.lookup(
                    carrier,
                    name,
                    &product_name(part, vendor, product),
                    (true, systems),
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
        (by_family, systems): (bool, Systems),
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
                systems,
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
}
