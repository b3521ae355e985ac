//! What an imported sheet takes over from an edition that the library has.
//!
//! An official workbook says the rows and nothing else. Keys (under which answers are stored),
//! lineage, explanations, probes, short labels and translations come from the row of a known
//! edition that it corresponds to.

use std::collections::BTreeSet;

use crate::diff::comparable;
use crate::model::{Body, Checklist, FormText, Item, ItemRef, Pack, PackVersion, Text};

/// What [`adopt`] did, for a person to look through before the pack is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adoption {
    /// Imported key and the base's key it corresponds to.
    pub matched: Vec<(String, String)>,
    /// Keys, in the imported pack, of matched rows whose wording differs; their English is left
    /// empty because it would translate the old wording.
    pub reworded: Vec<String>,
    /// Keys of imported rows that correspond to none.
    pub unmatched: Vec<String>,
    /// Keys of the base's rows that no imported row corresponds to.
    pub dropped: Vec<String>,
}

/// How many comparisons of texts are worth their time.
const COMPARISONS: usize = 20_000;
const COMPARED_CHARACTERS: usize = 400;
const ANY_PLACE_LIKENESS: f64 = 0.7;
const SAME_PLACE_LIKENESS: f64 = 0.22;

/// Fills an imported sheet from `base`: the same edition, which it then replaces (same keys and
/// lineage, higher version), or the edition before, whose rows become its predecessors.
///
/// Packs that are not checklists are left alone.
pub fn adopt(imported: &mut Pack, base: &Pack) -> Adoption {
    let same_edition = imported.fiscal_year == base.fiscal_year;
    let Some(base_list) = base.checklist() else {
        return Adoption::default();
    };
    let Body::Checklist(list) = &mut imported.body else {
        return Adoption::default();
    };
    let pairs = pairs(list, base_list);
    let base_keys: BTreeSet<&str> = base_list.items().map(|item| item.key.as_str()).collect();
    let mut report = Adoption::default();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (item, pair) in items_mut(list).zip(&pairs) {
        let Some(old) = pair.and_then(|at| base_list.items().nth(at)) else {
            // A new row must not answer under the key that means another row of this edition.
            if same_edition && base_keys.contains(item.key.as_str()) {
                item.key.push_str("-new");
            }
            report.unmatched.push(item.key.clone());
            continue;
        };
        report.matched.push((item.key.clone(), old.key.clone()));
        taken.insert(old.key.clone());
        fill(item, old, base, same_edition);
        if comparable(&item.text.ja) == comparable(&old.text.ja) {
            fill_text(&mut item.text, &old.text);
        } else {
            report.reworded.push(item.key.clone());
        }
    }
    report.dropped = base_list
        .items()
        .filter(|item| !taken.contains(&item.key))
        .map(|item| item.key.clone())
        .collect();
    fill_form(list, base_list);
    if imported.id == base.id && imported.version <= base.version {
        imported.version = PackVersion {
            major: base.version.major.saturating_add(1),
            minor: 0,
            patch: 0,
        };
    }
    report
}

fn items_mut(list: &mut Checklist) -> impl Iterator<Item = &mut Item> {
    list.sections
        .iter_mut()
        .flat_map(|section| &mut section.blocks)
        .flat_map(|block| &mut block.items)
}

/// For each imported row the index of the base's row it corresponds to. The same wording first,
/// then a very similar one, then a row at the same place that is still about the same.
fn pairs(list: &Checklist, base: &Checklist) -> Vec<Option<usize>> {
    let new: Vec<(&Item, String)> = list
        .items()
        .map(|item| (item, comparable(&item.text.ja)))
        .collect();
    let old: Vec<(&Item, String)> = base
        .items()
        .map(|item| (item, comparable(&item.text.ja)))
        .collect();
    let mut pairs = vec![None; new.len()];
    let mut free = vec![true; old.len()];
    if new.len().saturating_mul(old.len()) > COMPARISONS {
        return pairs;
    }
    let same_place =
        |a: &Item, b: &Item| a.printed_id == b.printed_id && a.device_class == b.device_class;
    type Rule<'r> = &'r dyn Fn(&(&Item, String), &(&Item, String)) -> bool;
    let rules: [Rule<'_>; 3] = [
        &|a, b| a.1 == b.1 && a.0.device_class == b.0.device_class,
        &|a, b| likeness(&a.1, &b.1) >= ANY_PLACE_LIKENESS,
        &|a, b| same_place(a.0, b.0) && likeness(&a.1, &b.1) >= SAME_PLACE_LIKENESS,
    ];
    for rule in rules {
        for (row, pair) in new
            .iter()
            .zip(&mut pairs)
            .filter(|(_, pair)| pair.is_none())
        {
            let found = old
                .iter()
                .zip(&free)
                .position(|(candidate, free)| *free && rule(row, candidate));
            if let Some(slot) = found.and_then(|at| free.get_mut(at)) {
                *slot = false;
                *pair = found;
            }
        }
    }
    pairs
}

/// How alike two wordings are by their pairs of characters: 0 to 1 (Dice's coefficient). Pairs of
/// hiragana are left out: they are endings such as 「している」, which rows share whatever they say.
fn likeness(a: &str, b: &str) -> f64 {
    let pairs_of = |text: &str| -> BTreeSet<(char, char)> {
        let letters: Vec<char> = text.chars().take(COMPARED_CHARACTERS).collect();
        letters
            .windows(2)
            .filter_map(|w| Some((*w.first()?, *w.last()?)))
            .filter(|(a, b)| !(is_ending(*a) && is_ending(*b)))
            .collect()
    };
    let (a, b) = (pairs_of(a), pairs_of(b));
    let total = a.len() + b.len();
    if total == 0 {
        return 0.0;
    }
    let shared = u32::try_from(a.intersection(&b).count()).unwrap_or(u32::MAX);
    f64::from(shared) * 2.0 / f64::from(u32::try_from(total).unwrap_or(u32::MAX))
}

fn is_ending(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{309F}' | '。' | '、')
}

fn fill(item: &mut Item, old: &Item, base: &Pack, same_edition: bool) {
    if same_edition {
        item.key.clone_from(&old.key);
        item.predecessors.clone_from(&old.predecessors);
        item.change_note.clone_from(&old.change_note);
        item.counterpart.clone_from(&old.counterpart);
    } else {
        item.predecessors = vec![ItemRef {
            pack: base.id.clone(),
            key: old.key.clone(),
        }];
    }
    item.since = old.since;
    item.short_label.clone_from(&old.short_label);
    item.probes.clone_from(&old.probes);
    item.supporting_probes.clone_from(&old.supporting_probes);
    item.guidance.clone_from(&old.guidance);
    if item.not_applicable_when.is_none() {
        item.not_applicable_when = old.not_applicable_when;
    }
}

fn fill_text(text: &mut Text, from: &Text) {
    if text.en.is_empty() {
        text.en.clone_from(&from.en);
    }
}

fn fill_form_text(text: &mut FormText, from: &FormText) {
    if text.en.is_empty() && comparable(&text.ja) == comparable(&from.ja) {
        text.en.clone_from(&from.en);
    }
}

fn fill_form(list: &mut Checklist, base: &Checklist) {
    fill_form_text(&mut list.sheet_title, &base.sheet_title);
    for (text, from) in [
        (&mut list.goal, &base.goal),
        (&mut list.inspection_note, &base.inspection_note),
    ] {
        if let (Some(text), Some(from)) = (text, from) {
            fill_form_text(text, from);
        }
    }
    for text in &mut list.instructions {
        for from in &base.instructions {
            fill_form_text(text, from);
        }
    }
    match (&mut list.gate, &base.gate) {
        (Some(gate), Some(from)) => {
            fill_form_text(&mut gate.heading, &from.heading);
            fill_form_text(&mut gate.text, &from.text);
            fill_form_text(&mut gate.when_no, &from.when_no);
        }
        (gate @ None, Some(from)) => *gate = Some(from.clone()),
        (_, None) => {}
    }
    for section in &mut list.sections {
        if let Some(from) = base
            .sections
            .iter()
            .find(|old| old.number == section.number)
        {
            // A form whose sections have no title gets them from the known edition.
            if section.title.ja == section.number {
                section.title.clone_from(&from.title);
            }
            if comparable(&section.title.ja) == comparable(&from.title.ja) {
                fill_text(&mut section.title, &from.title);
            }
            for heading in section
                .blocks
                .iter_mut()
                .filter_map(|block| block.heading.as_mut())
            {
                let known = from
                    .blocks
                    .iter()
                    .filter_map(|block| block.heading.as_ref());
                for old in known {
                    if comparable(&heading.ja) == comparable(&old.ja) {
                        fill_text(heading, old);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    #[test]
    fn rows_on_different_subjects_are_not_alike() {
        let texts: BTreeSet<String> = [
            "mhlw-checklist-r07-institution",
            "mhlw-checklist-r07-vendor",
        ]
        .iter()
        .filter_map(|id| Library::builtin().get(id))
        .flat_map(|pack| pack.items().map(|item| comparable(&item.text.ja)))
        .collect();
        let counterparts = ["リモートメンテナンス", "開示書", "責任者を設置"];
        let texts: Vec<&String> = texts.iter().collect();
        let mut most: (f64, &str, &str) = (0.0, "", "");
        for (at, a) in texts.iter().enumerate() {
            for b in &texts[at + 1..] {
                let same_subject = |word: &&str| a.contains(*word) && b.contains(*word);
                if !counterparts.iter().any(same_subject) && likeness(a, b) > most.0 {
                    most = (likeness(a, b), a, b);
                }
            }
        }
        assert!(most.0 < SAME_PLACE_LIKENESS, "{most:?}");
    }
}
