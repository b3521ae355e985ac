use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::RegisterAsset;
use super::index::{Key, KeyKind, Keys};

/// Two rows of a register that may be one device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duplicate {
    /// The keys that both bear, strongest first.
    pub keys: Vec<Key>,
    /// The ids of the rows, in order.
    pub rows: [String; 2],
    /// Whether a stronger key speaks against it: hardware with one number on two devices, or a
    /// name given anew.
    pub is_contradicted: bool,
}

/// A key on more rows than this is no key: a placeholder that nobody knows yet.
const MOST_ROWS: usize = 20;

/// The pairs of rows that share a key of the hardware, the institution's number or a name, the
/// surest first. Addresses say nothing: they are lent.
#[must_use]
pub fn duplicates(register: &[RegisterAsset]) -> Vec<Duplicate> {
    let keys: Vec<Keys> = register
        .iter()
        .map(|asset| Keys::of(&asset.device))
        .collect();
    let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (row, keys) in keys.iter().enumerate() {
        let usable = keys.indexed().into_iter();
        for key in usable.filter(|key| key.kind.is_usable()) {
            by_key.entry(key).or_default().push(row);
        }
    }
    let mut pairs: BTreeMap<(usize, usize), BTreeSet<Key>> = BTreeMap::new();
    for (key, rows) in by_key {
        if rows.len() > MOST_ROWS {
            continue;
        }
        for (at, one) in rows.iter().enumerate() {
            for other in rows.iter().skip(at + 1) {
                let (Some(a), Some(b)) = (keys.get(*one), keys.get(*other)) else {
                    continue;
                };
                let kind = match key.kind {
                    KeyKind::Serial => a.serial_kind(b),
                    KeyKind::Hostname => a.hostname_kind(b),
                    kind => Some(kind),
                };
                if let Some(kind) = kind {
                    let value = key.value.clone();
                    let shared = pairs.entry((*one, *other)).or_default();
                    shared.insert(Key { kind, value });
                }
            }
        }
    }
    let mut found: Vec<Duplicate> = pairs
        .into_iter()
        .filter_map(|((one, other), shared)| {
            let (a, b) = (keys.get(one)?, keys.get(other)?);
            let strongest = shared.iter().map(|key| key.kind).min()?;
            let mut rows = [
                register.get(one)?.id.clone(),
                register.get(other)?.id.clone(),
            ];
            rows.sort();
            Some(Duplicate {
                keys: shared.into_iter().collect(),
                rows,
                is_contradicted: a.is_overruled(strongest, b),
            })
        })
        .collect();
    let rank = |one: &Duplicate| {
        let strongest = one.keys.first().map(|key| key.kind);
        (one.is_contradicted, strongest, one.rows.clone())
    };
    found.sort_by_cached_key(rank);
    found
}
