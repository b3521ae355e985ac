//! Out and in again: our own format, OSCAL, CISO Assistant libraries.

use serde_json::Value;
use yagura_kernel::time::Instant;
use yagura_packs::export::{ExportError, ciso_library, oscal_catalog, toml};
use yagura_packs::import::{ImportOptions, Imported, Limits, NoticeKind, document};
use yagura_packs::{GuidanceField, Item, Library, PackKind, Sheet, Text, Wording};

use crate::{CHECKLISTS, corpus_file, pack};

fn read(bytes: &[u8]) -> Imported {
    document(bytes, &ImportOptions::default(), &Limits::default()).unwrap()
}

fn at() -> Instant {
    Instant::parse_rfc3339("2026-11-21T09:00:00+09:00").unwrap()
}

#[test]
fn our_own_format_loses_nothing() {
    for original in Library::builtin().packs() {
        let mut again = read(toml(original).unwrap().as_bytes()).pack;
        again.resolve_guidance(Library::builtin().guidance());
        assert_eq!(&again, original.as_ref());
        let json = serde_json::to_vec(original.as_ref()).unwrap();
        let mut again = read(&json).pack;
        again.resolve_guidance(Library::builtin().guidance());
        assert_eq!(&again, original.as_ref());
    }
}

#[test]
fn oscal_loses_nothing() {
    for id in CHECKLISTS {
        let catalog = oscal_catalog(pack(id), at()).unwrap();
        let again = read(&serde_json::to_vec(&catalog).unwrap());
        assert_eq!(&again.pack, pack(id));
        assert_eq!(again.notices, []);
        assert_eq!(oscal_catalog(&again.pack, at()).unwrap(), catalog);
    }
}

#[test]
fn oscal_keeps_to_its_rules() {
    fn token(text: &str) -> bool {
        let mut letters = text.chars();
        letters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_')
            && letters.all(|c| c.is_alphanumeric() || ".-_".contains(c))
    }
    fn walk(value: &Value, ids: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if let Value::Array(list) = member {
                        assert!(!list.is_empty(), "{name} is an empty list");
                    }
                    if let ("id" | "name" | "class" | "rel", Some(text)) =
                        (name.as_str(), member.as_str())
                    {
                        assert!(token(text), "{name} {text:?} is no token");
                    }
                    if name == "id" {
                        ids.push(member.as_str().unwrap().to_owned());
                    }
                    if let ("value", Some(text)) = (name.as_str(), member.as_str()) {
                        assert!(!text.is_empty() && text.trim() == text && !text.contains('\n'));
                    }
                    walk(member, ids);
                }
            }
            Value::Array(list) => list.iter().for_each(|element| walk(element, ids)),
            _ => {}
        }
    }
    for id in CHECKLISTS {
        let catalog = oscal_catalog(pack(id), at()).unwrap();
        let mut ids = Vec::new();
        walk(&catalog, &mut ids);
        let total = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), total, "{id}: ids are unique");
        assert_eq!(catalog["catalog"]["metadata"]["oscal-version"], "1.1.3");
        assert_eq!(
            catalog["catalog"]["metadata"]["last-modified"],
            "2026-11-21T00:00:00Z"
        );
    }
    let not = oscal_catalog(pack("national-contacts-2026"), at());
    assert_eq!(not, Err(ExportError::NotAChecklist(PackKind::Contacts)));
}

#[test]
fn a_foreign_oscal_catalog_becomes_a_checklist() {
    let imported = read(&corpus_file("document/oscal-foreign.json"));
    let pack = &imported.pack;
    let sections = &pack.checklist().unwrap().sections;
    let titles: Vec<&str> = sections
        .iter()
        .map(|section| section.title.in_language("en"))
        .collect();
    assert_eq!(titles, ["Items", "Access control"]);
    let rows: Vec<(&str, &str)> = pack
        .items()
        .map(|item| (item.key.as_str(), item.printed_id.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("top-1", "top-1"),
            ("ac-1", "AC-1"),
            ("ac-1-1", "AC-1(1)"),
            ("ac-9", "ac-9")
        ]
    );
    let first = pack.item("ac-1").unwrap();
    assert_eq!(
        first.text.en,
        "The organization:\na. lists its accounts every {{ insert: param, p-1 }}; and\nb. removes those not needed."
    );
    assert_eq!(
        first.guidance().unwrap().meaning.en,
        "Vendors' accounts count too."
    );
    assert_eq!(first.wording, Wording::Unverified);
    let last = pack.item("ac-9").unwrap();
    assert_eq!(last.text, Text::new("遠隔保守の接続元を限る", ""));
    assert_eq!(
        sections[1].blocks[1].heading.as_ref().unwrap().en,
        "Remote access"
    );
    assert_eq!(pack.version.to_string(), "2.1.0");
    assert_eq!(pack.sheet(), Some(Sheet::General));
    let kinds: Vec<&NoticeKind> = imported.notices.iter().map(|notice| &notice.kind).collect();
    assert!(kinds.contains(&&NoticeKind::GuessedLanguage));
    assert!(kinds.contains(&&NoticeKind::NotCarried("params", 1)));
}

#[test]
fn a_ciso_assistant_library_becomes_a_checklist() {
    let imported = read(&corpus_file("document/ciso-library.yaml"));
    let pack = &imported.pack;
    assert_eq!(pack.id, "fictional-network-rules");
    assert_eq!(pack.version.to_string(), "3.0.0");
    assert_eq!(pack.title.ja, "架空ネットワークの接続基準");
    assert_eq!(pack.source.date.to_string(), "2026-05-20");
    let sections = &pack.checklist().unwrap().sections;
    assert_eq!(sections.len(), 2);
    assert_eq!(sections[0].title, Text::new("接続", "Connections"));
    assert_eq!(sections[0].blocks[0].heading.as_ref().unwrap().en, "VPN");
    assert_eq!(sections[0].blocks[1].heading, None);
    let item = pack.item("a-1-1").unwrap();
    assert_eq!(item.printed_id, "A.1.1");
    assert_eq!(
        item.text.ja,
        "VPN装置は、製造者が保守している版で動いている。"
    );
    assert_eq!(item.short_label, Text::new("更新", "Updates"));
    let guidance = item.guidance().unwrap();
    assert_eq!(
        guidance.meaning.en,
        "Look at the maker's end-of-support list."
    );
    assert_eq!(
        guidance.evidence[1],
        Text::new("製造者の保守期限のページ", "Maker's support page")
    );
    assert_eq!(
        pack.item("b").unwrap().text.en,
        "A person answers for the connection."
    );
    assert!(
        imported
            .notices
            .iter()
            .any(|n| n.kind == NoticeKind::NotCarried("questions", 1))
    );
}

#[test]
fn our_ciso_assistant_library_reads_back() {
    for id in CHECKLISTS {
        let yaml = ciso_library(pack(id)).unwrap();
        let again = read(yaml.as_bytes()).pack;
        let rows = |pack: &yagura_packs::Pack| -> Vec<(String, String, Text, Text)> {
            let row = |item: &Item| {
                (
                    item.key.clone(),
                    item.printed_id.clone(),
                    item.text.clone(),
                    item.short_label.clone(),
                )
            };
            pack.items().map(row).collect()
        };
        assert_eq!(rows(&again), rows(pack(id)), "{id}");
        let titles = |pack: &yagura_packs::Pack| -> Vec<(String, Text)> {
            let sections = &pack.checklist().unwrap().sections;
            sections
                .iter()
                .map(|s| (s.number.clone(), s.title.clone()))
                .collect()
        };
        assert_eq!(titles(&again), titles(pack(id)), "{id}");
        assert_eq!(
            again.items().next().unwrap().guidance().unwrap().evidence,
            pack(id)
                .items()
                .next()
                .unwrap()
                .guidance()
                .unwrap()
                .evidence
        );
    }
    let r8 = ciso_library(pack("mhlw-checklist-r08-institution")).unwrap();
    assert!(r8.contains("[文言未確認]") && r8.contains("[wording unverified]"));
    assert!(r8.contains("compute_result: non_compliant"));
}

#[test]
fn imported_packs_join_the_library() {
    let native = read(&corpus_file("document/native.toml")).pack;
    let with_mark = read(&corpus_file("document/bom.toml")).pack;
    assert_eq!(native, with_mark);
    let library = Library::builtin().with([native]).unwrap();
    let item = library
        .get("sample-checklist-institution")
        .unwrap()
        .item("1-1")
        .unwrap()
        .clone();
    assert!(
        matches!(item.guidance, Some(GuidanceField::Resolved(..))),
        "topics are resolved"
    );
    let yaml = read(&corpus_file("document/native.yaml")).pack;
    assert_eq!(yaml.kind(), PackKind::SelfCheck);
    assert_eq!(yaml.source.title, yaml.title, "anchors are followed");
    let json = read(&corpus_file("document/native.json")).pack;
    assert_eq!(json.kind(), PackKind::Contacts);
    assert_eq!(json.valid_to, None);
}
