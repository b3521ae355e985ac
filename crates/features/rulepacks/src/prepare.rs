//! A pack that was read, held against the library: what it takes over from the edition that it
//! continues or replaces, what is wrong with it, and what would change.

use yagura_packs::import::{Adoption, adopt};
use yagura_packs::{
    Body, Change, ChangeKind, Finding, Library, Pack, PackVersion, Severity, Wording, verify_within,
};

use crate::read::ReadFile;

/// How a pack stands to what the library holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is no edition with its id.
    New,
    /// It takes the place of this older version of the same edition.
    Replaces(PackVersion),
    /// The library holds the very same.
    Same,
    /// The library holds another content under the same version.
    Conflict,
    /// The library holds this newer version.
    Older(PackVersion),
}

impl Standing {
    /// The code for the API and for message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replaces(_) => "replaces",
            Self::Same => "same",
            Self::Conflict => "conflict",
            Self::Older(_) => "older",
        }
    }
}

/// The edition that a pack was held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: PackVersion,
    /// Whether it is the same edition, whose rows keep their keys, or the one before.
    pub same_edition: bool,
}

/// What importing a pack would do.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The pack as it would be stored.
    pub pack: Pack,
    /// How it stands to the library.
    pub standing: Standing,
    /// What it was held against.
    pub base: Option<Base>,
    /// What it took over from there; only where its own format says no lineage.
    pub adoption: Option<Adoption>,
    /// What is wrong with it or remarkable, worst first.
    pub findings: Vec<Finding>,
    /// What changes against the base.
    pub changes: Vec<Change>,
}

impl Prepared {
    /// Whether it may be stored.
    #[must_use]
    pub fn can_be_taken(&self) -> bool {
        matches!(self.standing, Standing::New | Standing::Replaces(_)) && self.errors() == 0
    }

    /// How many findings forbid its use.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .count()
    }
}

/// Holds a pack against the library.
#[must_use]
pub fn prepare(read: &ReadFile, library: &Library) -> Prepared {
    let mut pack = read.pack.clone();
    pack.resolve_guidance(library.guidance());
    let base = base_of(&pack, read.native, library);
    let is_known = library
        .version(&pack.id, pack.version)
        .is_some_and(|known| known.fingerprint() == pack.fingerprint());
    let adoption = match &base {
        Some((base, _)) if !read.native && !is_known => Some(adopt(&mut pack, base)),
        _ => None,
    };
    pack.resolve_guidance(library.guidance());
    let standing = standing(&pack, library);
    let changes = match &base {
        Some((base, true)) => replaced(base, &pack),
        Some((base, false)) => library
            .with([pack.clone()])
            .map(|with| with.diff(&base.id, &pack.id))
            .unwrap_or_default(),
        None => Vec::new(),
    };
    let findings = verify_within(&pack, library);
    Prepared {
        standing,
        base: base.map(|(base, same_edition)| Base {
            id: base.id.clone(),
            version: base.version,
            same_edition,
        }),
        adoption,
        findings,
        changes,
        pack,
    }
}

/// The edition that a pack replaces (`true`), or else the one that it continues.
fn base_of(pack: &Pack, native: bool, library: &Library) -> Option<(std::sync::Arc<Pack>, bool)> {
    if let Some(same) = library
        .get(&pack.id)
        .filter(|known| known.kind() == pack.kind())
    {
        return Some((std::sync::Arc::clone(same), true));
    }
    if native {
        return library
            .previous_edition(pack)
            .map(|older| (std::sync::Arc::clone(older), false));
    }
    let year = pack.fiscal_year?;
    let older = library.checklist_for(year.previous(), pack.sheet()?)?;
    Some((std::sync::Arc::clone(older), false))
}

/// How a pack stands to the library now.
#[must_use]
fn standing(pack: &Pack, library: &Library) -> Standing {
    if let Some(known) = library.version(&pack.id, pack.version) {
        return if known.fingerprint() == pack.fingerprint() {
            Standing::Same
        } else {
            Standing::Conflict
        };
    }
    match library.get(&pack.id) {
        None => Standing::New,
        Some(newest) if newest.version > pack.version => Standing::Older(newest.version),
        Some(newest) => Standing::Replaces(newest.version),
    }
}

/// What changes where one version of an edition takes the place of another: rows are the same
/// where their keys are.
fn replaced(old: &Pack, new: &Pack) -> Vec<Change> {
    let mut found = Vec::new();
    for item in new.items() {
        let Some(before) = old.item(&item.key) else {
            found.push(Change {
                kind: ChangeKind::New,
                old: Vec::new(),
                new: vec![item.key.clone()],
                certain: item.wording == Wording::Verified,
            });
            continue;
        };
        let certain = item.wording == Wording::Verified && before.wording == Wording::Verified;
        let mut push = |kind| {
            found.push(Change {
                kind,
                old: vec![before.key.clone()],
                new: vec![item.key.clone()],
                certain,
            });
        };
        if without_space(&item.text.ja) != without_space(&before.text.ja) {
            push(ChangeKind::Reworded);
        }
        if item.required && !before.required {
            push(ChangeKind::BecameRequired);
        }
        if item.device_class != before.device_class {
            push(ChangeKind::DeviceClassChanged);
        }
    }
    for item in old.items().filter(|item| new.item(&item.key).is_none()) {
        found.push(Change {
            kind: ChangeKind::Removed,
            old: vec![item.key.clone()],
            new: Vec::new(),
            certain: item.wording == Wording::Verified,
        });
    }
    found
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// How many rows, boxes or offices a pack has, and of how many the wording is unverified.
#[must_use]
pub fn counts(pack: &Pack) -> (usize, usize) {
    let unverified = |wordings: Vec<Wording>| {
        let open = wordings
            .iter()
            .filter(|wording| **wording == Wording::Unverified)
            .count();
        (wordings.len(), open)
    };
    match &pack.body {
        Body::Checklist(list) => unverified(list.items().map(|item| item.wording).collect()),
        Body::SelfCheck(check) => unverified(
            check
                .principles()
                .flat_map(|principle| principle.checks.iter().map(|check| check.wording))
                .collect(),
        ),
        Body::Contacts(list) => unverified(
            list.contacts
                .iter()
                .map(|contact| contact.verification)
                .collect(),
        ),
        // A form has no official wording that could be unverified.
        Body::Form(form) => (form.fields.len(), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadOptions, read};
    use yagura_packs::export;

    const R7: &str = "mhlw-checklist-r07-institution";

    fn native(change: impl Fn(&mut Pack)) -> ReadFile {
        let mut pack = Pack::clone(Library::builtin().get(R7).unwrap());
        change(&mut pack);
        let text = export::toml(&pack).unwrap();
        read(text.as_bytes(), "r7.toml", &ReadOptions::default()).unwrap()
    }

    #[test]
    fn the_same_again_is_nothing_new_and_another_content_needs_another_version() {
        let library = Library::builtin();
        let same = prepare(&native(|_| {}), library);
        assert_eq!(same.standing, Standing::Same);
        assert!(!same.can_be_taken());
        let conflict = prepare(&native(|pack| pack.title.ja.push('改')), library);
        assert_eq!(conflict.standing, Standing::Conflict);
        let newer = prepare(&native(|pack| pack.version.major += 1), library);
        assert!(matches!(newer.standing, Standing::Replaces(_)));
        assert!(newer.can_be_taken(), "{:?}", newer.findings);
        let older = prepare(
            &native(|pack| pack.version = PackVersion::default()),
            library,
        );
        assert!(matches!(older.standing, Standing::Older(_)));
    }

    #[test]
    fn a_lost_row_and_a_new_wording_are_told() {
        let file = native(|pack| {
            pack.version.major += 1;
            let Body::Checklist(list) = &mut pack.body else {
                return;
            };
            let block = &mut list.sections[0].blocks[0];
            block.items[0].text.ja.push_str("(改)");
            let last = list.sections.last_mut().unwrap();
            last.blocks.last_mut().unwrap().items.pop();
        });
        let prepared = prepare(&file, Library::builtin());
        let kinds: Vec<ChangeKind> = prepared.changes.iter().map(|change| change.kind).collect();
        assert!(kinds.contains(&ChangeKind::Reworded), "{kinds:?}");
        assert!(kinds.contains(&ChangeKind::Removed), "{kinds:?}");
    }

    #[test]
    fn a_form_takes_over_the_keys_of_the_edition_that_it_replaces() {
        let form = "令和8年度 サイバーセキュリティ対策チェックリスト 医療機関・薬局確認用\n\
            チェック項目,確認結果(はい・いいえ),備考\n\
            1 体制構築,,\n\
            (1) 医療情報システム安全管理責任者を設置している。,はい・いいえ,\n";
        let file = read(form.as_bytes(), "r8.csv", &ReadOptions::default()).unwrap();
        let prepared = prepare(&file, Library::builtin());
        let base = prepared.base.clone().unwrap();
        assert!(base.same_edition, "{base:?}");
        assert!(
            matches!(prepared.standing, Standing::Replaces(_)),
            "{:?}",
            prepared.standing
        );
        let adoption = prepared.adoption.unwrap();
        assert_eq!(adoption.matched.len(), 1, "{adoption:?}");
        assert!(
            prepared
                .changes
                .iter()
                .any(|change| change.kind == ChangeKind::Removed)
        );
    }
}
