//! The packs that ship: what the facts say about each edition.

use std::collections::BTreeSet;

use yagura_kernel::time::{FiscalYear, parse_date};
use yagura_packs::{
    ChangeKind, DeviceClass, Library, NotApplicable, PackKind, Severity, Sheet, TargetDateProblem,
    Wording, verify, verify_within,
};

use crate::{CHECKLISTS, pack};

fn year(year: i32) -> FiscalYear {
    FiscalYear::new(year).unwrap()
}

#[test]
fn every_pack_is_there_and_sound() {
    let library = Library::builtin();
    assert_eq!(library.unreadable(), &[] as &[String]);
    let ids: BTreeSet<&str> = library.packs().map(|pack| pack.id.as_str()).collect();
    let mut expected: BTreeSet<&str> = CHECKLISTS.into();
    expected.extend(["mhlw-principles9-2023", "national-contacts-2026"]);
    expected.extend(crate::desk::FORMS);
    assert_eq!(ids, expected);
    for pack in library.packs() {
        let bad: Vec<String> = verify_within(pack, library)
            .into_iter()
            .filter(|finding| finding.severity > Severity::Info)
            .map(|finding| format!("{}: {finding}", pack.id))
            .collect();
        assert_eq!(bad, [""; 0]);
    }
    assert_eq!(Library::builtin_files().count(), ids.len() + 2);
}

#[test]
fn rows_are_counted_as_the_facts_say() {
    let r5 = pack("mhlw-checklist-r05-institution");
    assert_eq!(r5.items().filter(|item| item.required).count(), 10);
    assert_eq!(r5.items().filter(|item| !item.required).count(), 8);
    assert_eq!(pack("mhlw-checklist-r05-vendor").items().count(), 8);
    let r6 = pack("mhlw-checklist-r06-institution");
    assert_eq!(per_section(r6), [1, 14, 3]);
    assert!(r6.items().all(|item| item.required));
    for id in [
        "mhlw-checklist-r07-institution",
        "mhlw-checklist-r08-institution",
    ] {
        let ids: BTreeSet<&str> = pack(id)
            .items()
            .map(|item| item.printed_id.as_str())
            .collect();
        assert_eq!(ids.len(), 18, "{id}");
        assert_eq!(
            per_section(pack(id)),
            [1, 14, 3, 1],
            "{id}: 2-⑫ is printed twice"
        );
    }
}

fn per_section(pack: &yagura_packs::Pack) -> Vec<usize> {
    let sections = &pack.checklist().unwrap().sections;
    sections
        .iter()
        .map(|section| section.items().count())
        .collect()
}

#[test]
fn one_printed_id_stands_under_several_classes() {
    let r5 = pack("mhlw-checklist-r05-institution");
    let classes: Vec<DeviceClass> = r5
        .items()
        .filter(|item| item.printed_id == "2(7)")
        .map(|item| item.device_class)
        .collect();
    assert_eq!(
        classes,
        [
            DeviceClass::Server,
            DeviceClass::Terminal,
            DeviceClass::Network
        ]
    );
    let item = pack("mhlw-checklist-r07-institution")
        .item("2-12-terminal")
        .unwrap();
    assert_eq!((item.printed_id.as_str(), item.row_mark()), ("2-⑫", "⑫"));
    assert_eq!(r5.item("2-7-network").unwrap().row_mark(), "(7)");
}

#[test]
fn only_what_was_read_counts_as_verified() {
    let unverified = |id: &str| -> Vec<String> {
        pack(id)
            .items()
            .filter(|item| item.wording == Wording::Unverified)
            .map(|item| item.printed_id.clone())
            .collect()
    };
    assert_eq!(unverified("mhlw-checklist-r05-institution"), [""; 0]);
    assert_eq!(unverified("mhlw-checklist-r05-vendor"), [""; 0]);
    assert_eq!(
        unverified("mhlw-checklist-r07-institution"),
        ["2-④", "2-⑤", "2-⑨", "2-⑩", "2-⑪", "3-①", "3-③", "4-①"]
    );
    for id in [
        "mhlw-checklist-r06-vendor",
        "mhlw-checklist-r07-vendor",
        "mhlw-checklist-r08-institution",
        "mhlw-checklist-r08-vendor",
    ] {
        assert_eq!(
            pack(id).unverified_items(),
            pack(id).items().count(),
            "{id}"
        );
        assert!(!pack(id).notes.is_empty(), "{id} says what is established");
    }
}

#[test]
fn lineage_leads_back_to_the_first_form() {
    let library = Library::builtin();
    let names = |pack: &str, key: &str| -> Vec<String> {
        library
            .predecessors_of(pack, key)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        names("mhlw-checklist-r07-institution", "2-6"),
        [
            "mhlw-checklist-r06-institution/2-7-server",
            "mhlw-checklist-r06-institution/2-7-terminal",
            "mhlw-checklist-r06-institution/2-7-network",
        ]
    );
    let ancestors = library.ancestors_of("mhlw-checklist-r08-institution", "2-6");
    assert_eq!(
        ancestors.len(),
        7,
        "one in 令和7, three in 令和6, three in 令和5"
    );
    assert!(
        ancestors
            .iter()
            .all(|reference| library.item(reference).is_some())
    );
    assert_eq!(names("mhlw-checklist-r07-institution", "2-7"), [""; 0]);
    let successors = library.successors_of("mhlw-checklist-r06-institution", "2-8-network");
    assert_eq!(successors.len(), 1);
    assert_eq!(successors[0].key, "2-13-network");
    for id in CHECKLISTS.iter().filter(|id| !id.contains("r05")) {
        let older = library.previous_edition(pack(id)).unwrap();
        assert_eq!(
            older.fiscal_year.unwrap().next(),
            pack(id).fiscal_year.unwrap()
        );
        assert_eq!(older.sheet(), pack(id).sheet());
    }
}

#[test]
fn differences_between_editions_are_found() {
    let library = Library::builtin();
    let of = |old: &str, new: &str, kind: ChangeKind| -> Vec<String> {
        library
            .diff(old, new)
            .into_iter()
            .filter(|change| change.kind == kind)
            .flat_map(|change| {
                if change.new.is_empty() {
                    change.old
                } else {
                    change.new
                }
            })
            .collect()
    };
    let (r5, r6, r7, r8) = (
        "mhlw-checklist-r05-institution",
        "mhlw-checklist-r06-institution",
        "mhlw-checklist-r07-institution",
        "mhlw-checklist-r08-institution",
    );
    assert_eq!(of(r5, r6, ChangeKind::BecameRequired).len(), 8);
    assert_eq!(of(r5, r6, ChangeKind::Reworded), ["3-3"]);
    assert_eq!(of(r5, r6, ChangeKind::New), [""; 0]);
    assert_eq!(
        of(r6, r7, ChangeKind::New),
        ["2-7", "2-8", "2-9", "2-10", "4-1"]
    );
    assert_eq!(of(r6, r7, ChangeKind::Merged), ["2-4", "2-5", "2-6"]);
    assert_eq!(of(r6, r7, ChangeKind::Reworded), ["2-2", "2-4", "2-5"]);
    assert_eq!(of(r6, r7, ChangeKind::Removed), [""; 0]);
    assert_eq!(library.diff(r7, r8), []);
    // Across two years, and backwards: what is gone.
    assert_eq!(
        of(r5, r7, ChangeKind::New),
        ["2-7", "2-8", "2-9", "2-10", "4-1"]
    );
    assert!(of(r5, r7, ChangeKind::Merged).contains(&"2-6".to_owned()));
    assert_eq!(of(r7, r5, ChangeKind::Removed).len(), 19);
    let certain: Vec<bool> = library
        .diff(r6, r7)
        .iter()
        .filter(|change| change.kind == ChangeKind::New)
        .map(|change| change.certain)
        .collect();
    assert_eq!(certain, [true, true, false, false, false]);
}

#[test]
fn a_year_finds_its_sheet() {
    let library = Library::builtin();
    let id = |pack: Option<&std::sync::Arc<yagura_packs::Pack>>| pack.map(|p| p.id.clone());
    assert_eq!(
        id(library.checklist(year(2026), Sheet::Institution)).as_deref(),
        Some("mhlw-checklist-r08-institution")
    );
    assert_eq!(id(library.checklist(year(2027), Sheet::Vendor)), None);
    assert_eq!(
        id(library.checklist_for(year(2027), Sheet::Vendor)).as_deref(),
        Some("mhlw-checklist-r08-vendor")
    );
    assert_eq!(id(library.checklist_for(year(2022), Sheet::Vendor)), None);
    assert_eq!(
        library.fiscal_years(Sheet::Institution),
        [2023, 2024, 2025, 2026].map(year)
    );
    let today = parse_date("2026-11-21").unwrap();
    assert_eq!(library.self_checks_on(today).len(), 1);
    assert_eq!(
        library.contacts_on(today).unwrap().kind(),
        PackKind::Contacts
    );
}

#[test]
fn the_form_excuses_who_has_no_vendor() {
    for (id, keys) in [
        ("mhlw-checklist-r05-institution", ["2-2", "2-3"]),
        ("mhlw-checklist-r08-institution", ["2-2", "2-3"]),
    ] {
        let excused: Vec<&str> = pack(id)
            .items()
            .filter(|item| item.not_applicable_when == Some(NotApplicable::NoVendorContract))
            .map(|item| item.key.as_str())
            .collect();
        assert_eq!(excused, keys);
    }
    assert!(
        pack("mhlw-checklist-r08-vendor")
            .items()
            .all(|i| i.not_applicable_when.is_none())
    );
}

#[test]
fn target_dates_stand_beside_no_and_inside_the_year() {
    let r8 = pack("mhlw-checklist-r08-institution");
    let day = |text: &str| parse_date(text).unwrap();
    assert_eq!(r8.check_target_date(day("2027-03-31"), true), Ok(()));
    assert_eq!(r8.check_target_date(day("2026-04-01"), true), Ok(()));
    assert_eq!(
        r8.check_target_date(day("2026-12-01"), false),
        Err(TargetDateProblem::AnswerIsNotNo)
    );
    assert!(matches!(
        r8.check_target_date(day("2027-04-01"), true),
        Err(TargetDateProblem::OutsideFiscalYear { .. })
    ));
}

#[test]
fn counterparts_point_at_each_other() {
    let library = Library::builtin();
    for id in CHECKLISTS {
        for item in pack(id).items() {
            let Some(counterpart) = &item.counterpart else {
                continue;
            };
            let other = library.item(counterpart).unwrap();
            let back = other.counterpart.as_ref().unwrap();
            assert_eq!((back.pack.as_str(), &back.key), (id, &item.key));
        }
    }
    let r8 = pack("mhlw-checklist-r08-institution");
    assert!(r8.item("2-6").unwrap().counterpart.is_some());
    assert!(
        r8.item("2-1").unwrap().counterpart.is_none(),
        "the ledger is the institution's"
    );
}

#[test]
fn guidance_is_written_for_every_row_and_shared_between_years() {
    for id in CHECKLISTS {
        for item in pack(id).items() {
            let guidance = item
                .guidance()
                .unwrap_or_else(|| panic!("{id}/{}", item.key));
            assert!(guidance.evidence.len() >= 3, "{id}/{}", item.key);
            assert!(guidance.inspector.len() >= 2, "{id}/{}", item.key);
        }
    }
    let of = |id: &str| pack(id).item("2-1").unwrap().guidance().unwrap();
    assert!(std::sync::Arc::ptr_eq(
        of("mhlw-checklist-r07-institution"),
        of("mhlw-checklist-r08-institution")
    ));
}

#[test]
fn nine_principles_stand_three_by_three() {
    let self_check = pack("mhlw-principles9-2023").self_check().unwrap();
    let counts: Vec<usize> = self_check
        .audiences
        .iter()
        .map(|a| a.principles.len())
        .collect();
    assert_eq!(counts, [3, 3, 3]);
    let numbers: Vec<u8> = self_check
        .principles()
        .map(|principle| principle.number)
        .collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<u8>>());
}

#[test]
fn no_telephone_number_passes_for_confirmed() {
    let contacts = pack("national-contacts-2026").contacts().unwrap();
    let phones: Vec<_> = contacts
        .contacts
        .iter()
        .flat_map(|contact| &contact.phones)
        .collect();
    assert!(!phones.is_empty());
    assert!(
        phones
            .iter()
            .all(|phone| phone.verification == Wording::Unverified)
    );
    let orders: Vec<u8> = contacts
        .contacts
        .iter()
        .map(|contact| contact.order)
        .collect();
    assert!(orders.is_sorted());
}

#[test]
fn a_corrected_edition_takes_the_place_of_the_old_one() {
    let library = Library::builtin();
    let mut newer = pack("mhlw-checklist-r08-vendor").clone();
    newer.title.ja.push('改');
    let conflict = library.with([newer.clone()]).unwrap_err();
    assert_eq!(conflict.message_key(), "pack-library-conflict");
    let old_version = newer.version;
    newer.version = "1.0.1".parse().unwrap();
    let joined = library.with([newer.clone()]).unwrap();
    assert_eq!(joined.get(&newer.id).unwrap().version, newer.version);
    assert_eq!(
        joined.version(&newer.id, old_version).unwrap().title,
        library.get(&newer.id).unwrap().title
    );
    assert_eq!(joined.packs().count(), library.packs().count());
    assert!(
        joined.with([newer.clone()]).is_ok(),
        "the same pack again is no conflict"
    );
    assert_ne!(
        newer.fingerprint(),
        library.get(&newer.id).unwrap().fingerprint()
    );
}

#[test]
fn faults_of_a_pack_are_found_with_their_place() {
    use yagura_packs::{Body, FindingKind, ItemRef};
    let mut bad = pack("mhlw-checklist-r08-institution").clone();
    bad.id = "Bad Id".into();
    bad.valid_to = Some(parse_date("2026-01-01").unwrap());
    let Body::Checklist(list) = &mut bad.body else {
        panic!()
    };
    let items = &mut list.sections[1].blocks[0].items;
    items[1].key = "2-1".into();
    items[2].text.en.clear();
    items[3].predecessors = vec![ItemRef {
        pack: "no-such-pack".into(),
        key: "1".into(),
    }];
    items[4].supporting_probes = vec!["inventory-coverage".into()];
    items[5].short_label = yagura_packs::Text::default();
    let findings = verify_within(&bad, Library::builtin());
    let has = |kind: &dyn Fn(&FindingKind) -> bool, place: &str| {
        assert!(
            findings
                .iter()
                .any(|f| kind(&f.kind) && f.place.0.contains(place)),
            "{place}: {findings:#?}"
        );
    };
    has(&|k| matches!(k, FindingKind::BadId(_)), "id");
    has(&|k| matches!(k, FindingKind::ValidityReversed), "valid_to");
    has(
        &|k| matches!(k, FindingKind::DuplicateKey(key) if key == "2-1"),
        "items",
    );
    has(
        &|k| matches!(k, FindingKind::MissingTranslation("en")),
        "items/2-3/text",
    );
    has(&|k| matches!(k, FindingKind::BrokenLineage(_)), "2-4");
    has(&|k| matches!(k, FindingKind::UnknownProbe(_)), "2-5");
    has(
        &|k| matches!(k, FindingKind::MissingText),
        "2-6/short_label",
    );
    assert!(findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
    assert!(
        !verify(&bad)
            .iter()
            .any(|f| matches!(f.kind, FindingKind::BrokenLineage(_)))
    );
}
