//! Integration tests of the rule packs, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test and its helpers fail by panicking"
)]

mod builtin;
mod corpus;
mod desk;
mod exchange;
mod form;
mod messages;
mod refusals;

use yagura_packs::import::{FormRow, FormTable};
use yagura_packs::{Library, Pack};

const CHECKLISTS: [&str; 8] = [
    "mhlw-checklist-r05-institution",
    "mhlw-checklist-r05-vendor",
    "mhlw-checklist-r06-institution",
    "mhlw-checklist-r06-vendor",
    "mhlw-checklist-r07-institution",
    "mhlw-checklist-r07-vendor",
    "mhlw-checklist-r08-institution",
    "mhlw-checklist-r08-vendor",
];

fn pack(id: &str) -> &'static Pack {
    Library::builtin().get(id).unwrap()
}

/// A table from text: lines are rows, tabs divide cells.
fn table(text: &str) -> FormTable {
    let rows = text
        .lines()
        .zip(1_u32..)
        .map(|(line, number)| FormRow {
            number,
            cells: line.split('\t').map(str::to_owned).collect(),
        })
        .collect();
    FormTable {
        sheet: "様式".to_owned(),
        rows,
    }
}

fn corpus_file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("fuzz/corpus")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
