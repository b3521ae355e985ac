//! The packs embedded in the binary.

use std::sync::LazyLock;

use crate::library::Library;
use crate::model::{GuidanceBook, Pack};

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"), "/../../../packs/", $name
        )))),*]
    };
}

/// Explanations by topic.
const GUIDANCE: &[(&str, &str)] = embedded!["guidance/institution.toml", "guidance/vendor.toml"];

/// One file per edition and sheet.
const PACKS: &[(&str, &str)] = embedded![
    "checklists/mhlw-checklist-r05-institution.toml",
    "checklists/mhlw-checklist-r05-vendor.toml",
    "checklists/mhlw-checklist-r06-institution.toml",
    "checklists/mhlw-checklist-r06-vendor.toml",
    "checklists/mhlw-checklist-r07-institution.toml",
    "checklists/mhlw-checklist-r07-vendor.toml",
    "checklists/mhlw-checklist-r08-institution.toml",
    "checklists/mhlw-checklist-r08-vendor.toml",
    "self-checks/mhlw-principles9-2023.toml",
    "contacts/national-contacts-2026.toml",
    "forms/permission.toml",
    "forms/data-export.toml",
    "forms/purchase.toml",
    "forms/demo-loan.toml",
    "forms/remote-session.toml",
    "forms/external-line.toml",
    "forms/exception.toml",
    "forms/joining.toml",
    "forms/moving.toml",
    "forms/leaving.toml",
];

static BUILTIN: LazyLock<Library> = LazyLock::new(|| {
    let mut unreadable = Vec::new();
    let mut guidance = GuidanceBook::default();
    for (name, text) in GUIDANCE {
        match toml::from_str::<GuidanceBook>(text) {
            Ok(book) => guidance.extend(book),
            Err(error) => unreadable.push(format!("{name}: {error}")),
        }
    }
    let packs: Vec<Pack> = PACKS
        .iter()
        .filter_map(|(name, text)| match toml::from_str(text) {
            Ok(pack) => Some(pack),
            Err(error) => {
                unreadable.push(format!("{name}: {error}"));
                None
            }
        })
        .collect();
    Library::assemble(packs, guidance, unreadable)
});

impl Library {
    /// The packs that ship with this program, read on first use and shared from then on.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Name and text of every embedded pack file, for `packs list` and for whoever wants to start
    /// from one.
    pub fn builtin_files() -> impl Iterator<Item = (&'static str, &'static str)> {
        PACKS.iter().chain(GUIDANCE).copied()
    }
}
