//! Every pack at hand, found by id, by year and sheet, or through lineage.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use thiserror::Error;
use time::Date;
use yagura_kernel::time::FiscalYear;

use crate::diff::{Change, changes};
use crate::model::{GuidanceBook, Item, ItemRef, Pack, PackKind, PackVersion, Sheet};

/// The packs that ship with the program together with those imported later. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// By id, versions ascending; never an empty list.
    packs: BTreeMap<String, Vec<Arc<Pack>>>,
    guidance: Arc<GuidanceBook>,
    unreadable: Vec<String>,
}

/// Why a pack cannot join a library.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LibraryError {
    /// A pack with this id and version is there already and says something else. Raise the
    /// version of the new one.
    #[error("pack {id} version {version} exists with other content; raise its version")]
    Conflict {
        /// Id of the pack.
        id: String,
        /// Version that is taken.
        version: PackVersion,
    },
}

impl LibraryError {
    /// The key in the message catalogue ([`crate::MESSAGES_JA`], [`crate::MESSAGES_EN`]); its
    /// arguments are `id` and `version`.
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "pack-library-conflict",
        }
    }
}

impl Library {
    pub(crate) fn assemble(
        packs: impl IntoIterator<Item = Pack>,
        guidance: GuidanceBook,
        unreadable: Vec<String>,
    ) -> Self {
        let mut library = Self {
            packs: BTreeMap::new(),
            guidance: Arc::new(guidance),
            unreadable,
        };
        for pack in packs {
            if let Err(conflict) = library.insert(pack) {
                library.unreadable.push(conflict.to_string());
            }
        }
        library
    }

    /// This library with further packs. One with a known id and a higher version takes the place
    /// of the older in every look-up except [`Self::version`].
    ///
    /// # Errors
    /// A different pack has the same id and version. The same pack again is no error.
    pub fn with(&self, packs: impl IntoIterator<Item = Pack>) -> Result<Self, LibraryError> {
        let mut library = self.clone();
        for pack in packs {
            library.insert(pack)?;
        }
        Ok(library)
    }

    fn insert(&mut self, mut pack: Pack) -> Result<(), LibraryError> {
        pack.resolve_guidance(&self.guidance);
        let versions = self.packs.entry(pack.id.clone()).or_default();
        match versions.binary_search_by_key(&pack.version, |known| known.version) {
            Ok(at) => match versions.get(at) {
                Some(known) if **known == pack => Ok(()),
                _ => Err(LibraryError::Conflict {
                    id: pack.id,
                    version: pack.version,
                }),
            },
            Err(at) => {
                versions.insert(at, Arc::new(pack));
                Ok(())
            }
        }
    }

    /// Built-in packs that could not be read; always empty in a tested build, shown by
    /// `yagura doctor`.
    #[must_use]
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// Guidance by topic.
    #[must_use]
    pub fn guidance(&self) -> &GuidanceBook {
        &self.guidance
    }

    /// The newest version of every pack, by id.
    pub fn packs(&self) -> impl Iterator<Item = &Arc<Pack>> {
        self.packs.values().filter_map(|versions| versions.last())
    }

    /// The newest version of a pack.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Pack>> {
        self.packs.get(id)?.last()
    }

    /// One version of a pack, also an outdated one.
    #[must_use]
    pub fn version(&self, id: &str, version: PackVersion) -> Option<&Arc<Pack>> {
        self.packs
            .get(id)?
            .iter()
            .find(|pack| pack.version == version)
    }

    /// The newest versions of all packs of a kind, latest validity first.
    #[must_use]
    pub fn of_kind(&self, kind: PackKind) -> Vec<&Arc<Pack>> {
        let mut found: Vec<_> = self.packs().filter(|pack| pack.kind() == kind).collect();
        found.sort_by_key(|pack| std::cmp::Reverse(pack.valid_from));
        found
    }

    /// The sheet of a fiscal year. Where several packs claim it, the one valid latest wins.
    #[must_use]
    pub fn checklist(&self, fiscal_year: FiscalYear, sheet: Sheet) -> Option<&Arc<Pack>> {
        self.of_kind(PackKind::Checklist)
            .into_iter()
            .find(|pack| pack.fiscal_year == Some(fiscal_year) && pack.sheet() == Some(sheet))
    }

    /// The sheet to work on: that of the fiscal year, or the newest before it where the year's
    /// form is not out yet.
    #[must_use]
    pub fn checklist_for(&self, fiscal_year: FiscalYear, sheet: Sheet) -> Option<&Arc<Pack>> {
        self.of_kind(PackKind::Checklist)
            .into_iter()
            .filter(|pack| pack.sheet() == Some(sheet))
            .filter(|pack| pack.fiscal_year.is_some_and(|year| year <= fiscal_year))
            .max_by_key(|pack| pack.fiscal_year)
    }

    /// Fiscal years for which there is a sheet, ascending.
    #[must_use]
    pub fn fiscal_years(&self, sheet: Sheet) -> Vec<FiscalYear> {
        let years: BTreeSet<FiscalYear> = self
            .packs()
            .filter(|pack| pack.sheet() == Some(sheet))
            .filter_map(|pack| pack.fiscal_year)
            .collect();
        years.into_iter().collect()
    }

    /// The self-checks that apply on a day.
    #[must_use]
    pub fn self_checks_on(&self, day: Date) -> Vec<&Arc<Pack>> {
        let mut found = self.of_kind(PackKind::SelfCheck);
        found.retain(|pack| pack.is_valid_on(day));
        found
    }

    /// The national contacts that apply on a day: the latest such list.
    #[must_use]
    pub fn contacts_on(&self, day: Date) -> Option<&Arc<Pack>> {
        self.of_kind(PackKind::Contacts)
            .into_iter()
            .find(|pack| pack.is_valid_on(day))
    }

    /// The forms of the one-stop desk that apply on a day, in the order of the desk.
    #[must_use]
    pub fn forms_on(&self, day: Date) -> Vec<&Arc<Pack>> {
        let mut found = self.of_kind(PackKind::Form);
        found.retain(|pack| pack.is_valid_on(day));
        found.sort_by_key(|pack| (pack.form().map_or(0, |form| form.order), pack.id.clone()));
        found
    }

    /// A row by reference.
    #[must_use]
    pub fn item(&self, reference: &ItemRef) -> Option<&Item> {
        self.get(&reference.pack)?.item(&reference.key)
    }

    /// The rows of the edition before that a row continues; empty for a new row or one unknown.
    #[must_use]
    pub fn predecessors_of(&self, pack: &str, key: &str) -> Vec<ItemRef> {
        self.get(pack)
            .and_then(|pack| pack.item(key))
            .map(|item| item.predecessors.clone())
            .unwrap_or_default()
    }

    /// Every row a row descends from, nearest editions first, without repetition.
    #[must_use]
    pub fn ancestors_of(&self, pack: &str, key: &str) -> Vec<ItemRef> {
        let mut found: Vec<ItemRef> = Vec::new();
        let mut waiting: VecDeque<ItemRef> = self.predecessors_of(pack, key).into();
        while let Some(next) = waiting.pop_front() {
            let is_start = next.pack == pack && next.key == key;
            if !is_start && !found.contains(&next) {
                waiting.extend(self.predecessors_of(&next.pack, &next.key));
                found.push(next);
            }
        }
        found
    }

    /// The rows of newer editions that name a row as predecessor.
    #[must_use]
    pub fn successors_of(&self, pack: &str, key: &str) -> Vec<ItemRef> {
        self.packs()
            .flat_map(|newer| newer.items().map(move |item| (newer, item)))
            .filter(|(_, item)| {
                item.predecessors
                    .iter()
                    .any(|old| old.pack == pack && old.key == key)
            })
            .map(|(newer, item)| ItemRef {
                pack: newer.id.clone(),
                key: item.key.clone(),
            })
            .collect()
    }

    /// The edition that a sheet continues: the one its lineage names, else the same sheet of the
    /// newest earlier year.
    #[must_use]
    pub fn previous_edition(&self, pack: &Pack) -> Option<&Arc<Pack>> {
        let named = pack.items().flat_map(|item| &item.predecessors).next();
        if let Some(named) = named.and_then(|reference| self.get(&reference.pack)) {
            return Some(named);
        }
        let year = pack.fiscal_year?;
        self.checklist_for(year.previous(), pack.sheet()?)
            .filter(|older| older.id != pack.id)
    }

    /// What changed from one edition to a later one, also across several years. Nothing where one
    /// of the two is not a checklist that the library has.
    #[must_use]
    pub fn diff(&self, old: &str, new: &str) -> Vec<Change> {
        let (Some(old), Some(new)) = (self.get(old), self.get(new)) else {
            return Vec::new();
        };
        changes(old, new, |item| {
            self.ancestors_of(&new.id, &item.key)
                .into_iter()
                .filter(|reference| reference.pack == old.id)
                .map(|reference| reference.key)
                .collect()
        })
    }
}
