//! Every refusal and finding has a text in both languages that asks only for what is given.

use std::collections::{BTreeMap, BTreeSet};

use yagura_packs::import::{ImportOptions, Limits, document, form};
use yagura_packs::{FindingKind, Library, MESSAGES_EN, MESSAGES_JA, verify_within};

use crate::{corpus_file, table};

/// Keys with the arguments that their text names.
fn messages(resource: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    resource
        .lines()
        .filter(|line| !line.starts_with(['#', ' ']))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, text)| {
            let arguments = text
                .split("{ $")
                .skip(1)
                .filter_map(|rest| rest.split(" }").next());
            (key, arguments.collect())
        })
        .collect()
}

fn assert_told(key: &str, given: &[(&'static str, String)]) {
    let given: BTreeSet<&str> = given.iter().map(|(name, _)| *name).collect();
    for resource in [MESSAGES_JA, MESSAGES_EN] {
        let messages = messages(resource);
        let wanted = messages
            .get(key)
            .unwrap_or_else(|| panic!("{key} has no text"));
        assert!(
            wanted.is_subset(&given),
            "{key} wants {wanted:?}, is given {given:?}"
        );
    }
}

#[test]
fn both_languages_say_the_same() {
    assert_eq!(messages(MESSAGES_JA), messages(MESSAGES_EN));
    assert!(messages(MESSAGES_JA).len() > 50);
}

#[test]
fn refusals_and_notices_are_told() {
    let limits = Limits::default();
    let mut seen = BTreeSet::new();
    for folder in ["document", "form"] {
        let root = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
            .join("fuzz/corpus")
            .join(folder);
        for entry in std::fs::read_dir(root).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let bytes = corpus_file(&format!("{folder}/{name}"));
            let text = String::from_utf8_lossy(&bytes);
            let options = ImportOptions::default();
            for result in [
                document(&bytes, &options, &limits),
                form(&table(&text), &options, &limits),
            ] {
                match result {
                    Ok(imported) => {
                        for notice in imported.notices {
                            assert_told(
                                notice.kind.message_key(),
                                &notice.kind.message_arguments(),
                            );
                        }
                    }
                    Err(error) => {
                        seen.insert(error.message_key());
                        assert_told(error.message_key(), &error.message_arguments());
                        assert_told(error.place.message_key(), &error.place.message_arguments());
                    }
                }
            }
        }
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

#[test]
fn findings_are_told() {
    let item = "a/b".parse::<yagura_packs::ItemRef>().unwrap();
    for kind in [
        FindingKind::BadId("x".into()),
        FindingKind::DuplicateKey("x".into()),
        FindingKind::DuplicateRow("x".into()),
        FindingKind::Empty,
        FindingKind::MissingText,
        FindingKind::MissingTranslation("en"),
        FindingKind::ValidityReversed,
        FindingKind::ValidityOutsideFiscalYear,
        FindingKind::MissingFiscalYear,
        FindingKind::SinceAfterFiscalYear,
        FindingKind::SinceContradictsLineage,
        FindingKind::LineageToSelf(item.clone()),
        FindingKind::BrokenLineage(item.clone()),
        FindingKind::BrokenCounterpart(item),
        FindingKind::UnknownProbe("x".into()),
        FindingKind::UnknownTopic("x".into()),
        FindingKind::MissingGuidance,
        FindingKind::ThinGuidance,
        FindingKind::UnverifiedWording {
            unverified: 1,
            total: 2,
        },
        FindingKind::BadPhone("x".into()),
        FindingKind::BadUrl("x".into()),
    ] {
        assert_told(kind.message_key(), &kind.message_arguments());
    }
    for pack in Library::builtin().packs() {
        for finding in verify_within(pack, Library::builtin()) {
            assert_told(
                finding.kind.message_key(),
                &finding.kind.message_arguments(),
            );
        }
    }
}
