//! What changed from one edition of a sheet to another, found through item lineage.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Item, Pack, Wording};

/// One difference. A row can have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of difference.
    pub kind: ChangeKind,
    /// Keys in the older edition; empty for a new row.
    pub old: Vec<String>,
    /// Keys in the newer edition; empty for a removed row.
    pub new: Vec<String>,
    /// Whether the wording of every row concerned is verified. An uncertain change may turn out
    /// to be none, and the absence of a change between unverified rows proves nothing.
    pub certain: bool,
}

/// The kinds of difference between two editions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// No row of the older edition leads here.
    New,
    /// The wording differs.
    Reworded,
    /// Several older rows became one.
    Merged,
    /// One older row became several.
    Split,
    /// It was a reference row and must now be answered はい.
    BecameRequired,
    /// It is asked about another class of devices.
    DeviceClassChanged,
    /// No row of the newer edition continues it.
    Removed,
}

impl ChangeKind {
    /// The kebab-case name for files, the API and the message catalogue.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reworded => "reworded",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::BecameRequired => "became-required",
            Self::DeviceClassChanged => "device-class-changed",
            Self::Removed => "removed",
        }
    }

    /// The key in the message catalogue ([`crate::MESSAGES_JA`], [`crate::MESSAGES_EN`]).
    #[must_use]
    pub fn message_key(self) -> &'static str {
        match self {
            Self::New => "pack-change-new",
            Self::Reworded => "pack-change-reworded",
            Self::Merged => "pack-change-merged",
            Self::Split => "pack-change-split",
            Self::BecameRequired => "pack-change-became-required",
            Self::DeviceClassChanged => "pack-change-device-class",
            Self::Removed => "pack-change-removed",
        }
    }
}

/// Differences from `old` to `new`; `origins` gives the keys in `old` that a row of `new`
/// descends from. New rows come in the order of the newer form, removed ones last.
pub(crate) fn changes(
    old: &Pack,
    new: &Pack,
    origins: impl Fn(&Item) -> Vec<String>,
) -> Vec<Change> {
    let mut found = Vec::new();
    let mut continued: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in new.items() {
        let old_items: Vec<&Item> = origins(item)
            .iter()
            .filter_map(|key| old.item(key))
            .collect();
        let old_keys: Vec<String> = old_items.iter().map(|old| old.key.clone()).collect();
        for key in &old_keys {
            continued
                .entry(key.clone())
                .or_default()
                .push(item.key.clone());
        }
        let certain = item.wording == Wording::Verified
            && old_items.iter().all(|old| old.wording == Wording::Verified);
        let mut push = |kind| {
            found.push(Change {
                kind,
                old: old_keys.clone(),
                new: vec![item.key.clone()],
                certain,
            });
        };
        if old_items.is_empty() {
            push(ChangeKind::New);
            continue;
        }
        if old_items.len() > 1 {
            push(ChangeKind::Merged);
        }
        let wording = comparable(&item.text.ja);
        if old_items
            .iter()
            .any(|old| comparable(&old.text.ja) != wording)
        {
            push(ChangeKind::Reworded);
        }
        if item.required && old_items.iter().any(|old| !old.required) {
            push(ChangeKind::BecameRequired);
        }
        let classes: BTreeSet<_> = old_items.iter().map(|old| old.device_class).collect();
        if classes != BTreeSet::from([item.device_class]) {
            push(ChangeKind::DeviceClassChanged);
        }
    }
    let certain_old = |key: &str| {
        old.item(key)
            .is_some_and(|item| item.wording == Wording::Verified)
    };
    for (old_key, new_keys) in &continued {
        if new_keys.len() > 1 {
            found.push(Change {
                kind: ChangeKind::Split,
                old: vec![old_key.clone()],
                new: new_keys.clone(),
                certain: certain_old(old_key)
                    && new_keys.iter().all(|key| {
                        new.item(key)
                            .is_some_and(|item| item.wording == Wording::Verified)
                    }),
            });
        }
    }
    for item in old
        .items()
        .filter(|item| !continued.contains_key(&item.key))
    {
        found.push(Change {
            kind: ChangeKind::Removed,
            old: vec![item.key.clone()],
            new: Vec::new(),
            certain: certain_old(&item.key),
        });
    }
    found
}

/// A wording without what does not count as a change: white space and the width of characters.
pub(crate) fn comparable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(half_width)
        .collect()
}

/// The ASCII character of a full-width one; circled digits and kana stay as they are.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}
