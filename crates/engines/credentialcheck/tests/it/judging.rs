//! The judgement of a safe as an institution keeps it.

use credentialcheck::verdict::{SharedKind, VerdictError};
use credentialcheck::{DeviceClass, Fault, LengthClass, Options, Verdict, check};
use keepass::db::fields;
use time::OffsetDateTime;

use crate::files::{add, group, opened, safe};

/// The moment at which the writer dates entries.
fn now() -> OffsetDateTime {
    let now = keepass::db::Times::now().and_utc().timestamp();
    OffsetDateTime::from_unix_timestamp(now).unwrap()
}

fn options() -> Options {
    Options::at(now())
}

const STRONG: &str = "Kx9!rw-2Lp.Qm7";
const SECRETS: [&str; 9] = [
    STRONG,
    "Yagura2024",
    "yagura2025!",
    "kango",
    "calvin",
    "同じパスワード2026!x",
    "tR4!wzPQ0xy#V",
    "nodigits-nodigits",
    "recycled-secret-1",
];

fn institution() -> keepass::Database {
    let mut database = safe();
    let mut root = database.root_mut();
    let mut servers = group(&mut root, "サーバ室");
    add(&mut servers, "電子カルテ", "administrator", STRONG);
    add(&mut servers, "部門1", "administrator", "Yagura2024");
    add(&mut servers, "部門2", "administrator", "yagura2025!");
    add(&mut servers, "iDRAC", "root", "calvin");
    let mut network = group(&mut root, "ネットワーク");
    add(&mut network, "FortiGate", "admin", "同じパスワード2026!x");
    add(
        &mut network,
        "Cisco Catalyst",
        "admin",
        "同じパスワード2026!x",
    );
    add(&mut network, "無線AP", "admin", "");
    let mut terminals = group(&mut root, "受付端末");
    add(&mut terminals, "受付1", "user", "kango");
    add(&mut terminals, "受付2", "user", "nodigits-nodigits");
    let mut others = group(&mut root, "その他");
    add(&mut others, "ホームページ", "site", "tR4!wzPQ0xy#V");
    add(&mut others, "ホームページ", "site", "tR4!wzPQ0xy#V");
    add(&mut others, "覚え書き", "", "");
    let mut bin = group(&mut root, "ごみ箱");
    add(&mut bin, "古い", "x", "recycled-secret-1");
    let bin = bin.id().uuid();
    let mut templates = group(&mut root, "ひな形");
    add(&mut templates, "サーバの様式", "x", "y");
    let templates = templates.id().uuid();
    database.meta.recyclebin_uuid = Some(bin);
    database.meta.recyclebin_enabled = Some(true);
    database.meta.entry_templates_group = Some(templates);
    database
}

fn faults(verdict: &Verdict, title: &str) -> Vec<Fault> {
    let found = verdict
        .findings
        .iter()
        .find(|finding| finding.title.as_deref() == Some(title));
    found.map_or_else(Vec::new, |finding| finding.faults.iter().copied().collect())
}

#[test]
fn an_institution_is_judged_by_class() {
    let verdict = check(&opened(&institution()), &options());
    assert!(faults(&verdict, "電子カルテ").is_empty());
    assert!(faults(&verdict, "部門1").contains(&Fault::Similar));
    assert!(faults(&verdict, "部門1").contains(&Fault::Under13));
    assert!(faults(&verdict, "部門1").contains(&Fault::NoSymbols));
    assert!(faults(&verdict, "iDRAC").contains(&Fault::FactoryDefault));
    assert!(faults(&verdict, "iDRAC").contains(&Fault::Under8));
    let shared = faults(&verdict, "FortiGate");
    assert_eq!(shared, [Fault::Reused, Fault::ReusedAcrossVendors]);
    assert_eq!(faults(&verdict, "無線AP"), [Fault::Empty]);
    assert!(faults(&verdict, "受付1").contains(&Fault::NoDigits));
    assert_eq!(faults(&verdict, "受付2"), [Fault::NoDigits]);
    assert!(faults(&verdict, "受付1").contains(&Fault::Guessable));
    assert!(
        faults(&verdict, "ホームページ").is_empty(),
        "the same account twice"
    );
    let classes: Vec<_> = verdict
        .classes
        .iter()
        .map(|one| (one.class, one.entries, one.faultless))
        .collect();
    assert_eq!(
        classes,
        [
            (DeviceClass::Server, 4, 1),
            (DeviceClass::Network, 3, 0),
            (DeviceClass::Terminal, 2, 0),
            (DeviceClass::Other, 2, 2),
        ]
    );
    let ignored = verdict.ignored();
    assert_eq!(
        (
            ignored.recycled,
            ignored.templates,
            ignored.notes,
            ignored.references
        ),
        (1, 1, 1, 0)
    );
    assert_eq!(verdict.count(Fault::Reused), 2);
    let kinds: Vec<_> = verdict.shared.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [SharedKind::Reused, SharedKind::Similar]);
    assert_eq!(verdict.shared[1].members, [2, 3]);
}

#[test]
fn nothing_that_leaves_holds_a_password() {
    let opened = opened(&institution());
    for titles in [true, false] {
        let verdict = check(
            &opened,
            &Options {
                titles,
                ..options()
            },
        );
        let text = serde_json::to_string(&verdict).unwrap();
        let shown = format!("{opened:?} {verdict:?} {text}");
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{secret}");
            let digest =
                data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(secret));
            assert!(!shown.contains(&digest), "{secret}");
        }
        assert_eq!(
            text.contains("電子カルテ") || text.contains("iDRAC"),
            titles
        );
        assert_eq!(text.contains("サーバ室"), titles);
    }
}

#[test]
fn a_password_is_as_old_as_its_oldest_equal_version() {
    let mut database = safe();
    let now = now();
    let day = |ago: u64| {
        let now = keepass::db::Times::now();
        now.checked_sub_days(chrono::Days::new(ago)).unwrap()
    };
    let mut root = database.root_mut();
    root.add_entry().edit(|entry| {
        entry.set_unprotected(fields::TITLE, "PC");
        entry.set_unprotected(fields::USERNAME, "u");
        entry.set_protected(fields::PASSWORD, "old-password-1");
        entry.times.last_modification = Some(day(900));
    });
    let id = database.root().entries().next().unwrap().id();
    let change = |database: &mut keepass::Database, password: Option<&str>, ago: u64| {
        let mut entry = database.entry_mut(id).unwrap();
        let before: keepass::db::Entry = (*entry.as_ref()).clone();
        entry.history.get_or_insert_default().add_entry(before);
        if let Some(password) = password {
            entry.set_protected(fields::PASSWORD, password);
        } else {
            entry.set_unprotected(fields::NOTES, "a note");
        }
        entry.times.last_modification = Some(day(ago));
    };
    change(&mut database, Some(STRONG), 400);
    change(&mut database, None, 3);
    let verdict = check(&opened(&database), &Options { now, ..options() });
    assert_eq!(faults(&verdict, "PC"), [Fault::Unchanged]);
    assert_eq!(verdict.findings[0].unchanged_days, Some(400));
    assert_eq!(verdict.findings[0].length, LengthClass::From13);
    change(&mut database, Some("another-Strong!41-x"), 2);
    let verdict = check(&opened(&database), &Options { now, ..options() });
    assert!(verdict.findings.is_empty());
}

#[test]
fn what_was_edited_does_not_agree_with_itself() {
    let verdict = check(&opened(&institution()), &options());
    let text = serde_json::to_string(&verdict).unwrap();
    assert_eq!(Verdict::read(text.as_bytes()), Ok(verdict.clone()));
    for (from, to) in [
        ("\"reused\":2", "\"reused\":1"),
        ("\"factory_default\",", ""),
        ("\"entries\":4", "\"entries\":5"),
        ("\"with_titles\":true", "\"with_titles\":false"),
        ("\"<8\"", "\"13+\""),
        ("\"members\":[2,3]", "\"members\":[1,3]"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from}");
        let refused = Verdict::read(edited.as_bytes()).unwrap_err();
        assert!(
            matches!(refused, VerdictError::Inconsistent(_)),
            "{from}: {refused}"
        );
    }
    let newer = text.replace("credential-verdict/1", "credential-verdict/2");
    assert_eq!(Verdict::read(newer.as_bytes()), Err(VerdictError::Form));
    assert_eq!(Verdict::read(b"{}"), Err(VerdictError::Form));
}

#[test]
fn ten_thousand_entries_are_grouped_without_comparing_all_with_all() {
    let passwords: Vec<String> = (0..10_000)
        .map(|n| format!("{:x}-{:x}", n * 7_919_u64 * 104_729, n * 15_485_863))
        .collect();
    let passwords: Vec<&str> = passwords.iter().map(String::as_str).collect();
    let started = std::time::Instant::now();
    let families = credentialcheck::similar::families(&passwords);
    assert!(families.len() < 5_000);
    // Without optimisation; comparing all with all would take many minutes.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn several_files_are_judged_together_and_told_apart() {
    let with = |entries: &[(&str, &str)]| {
        let mut database = safe();
        for (title, password) in entries {
            add(&mut database.root_mut(), title, "admin", password);
        }
        opened(&database)
    };
    let servers = with(&[("サーバ1", STRONG), ("サーバ2", "tR4!wzPQ0xy#V")]);
    let network = with(&[("ルータ", "同じパスワード2026!x"), ("スイッチ", STRONG)]);
    let alone = check(&servers, &options());
    assert_eq!(alone.count(Fault::Reused), 0);
    let safes = [
        credentialcheck::Safe {
            label: "servers",
            opened: &servers,
        },
        credentialcheck::Safe {
            label: "network",
            opened: &network,
        },
    ];
    let verdict = credentialcheck::check_all(&safes, &options());
    assert_eq!(verdict.count(Fault::Reused), 2, "over both files");
    assert_eq!(verdict.shared[0].members.len(), 2);
    let labels: Vec<&str> = verdict
        .files
        .iter()
        .map(|file| file.label.as_str())
        .collect();
    assert_eq!(labels, ["servers", "network"]);
    assert_eq!(verdict.file_of(2), Some((0, 2)));
    assert_eq!(verdict.file_of(3), Some((1, 1)));
    assert_eq!(verdict.file_of(5), None);
    for place in 0..2 {
        let reused = verdict
            .findings_of(place)
            .filter(|finding| finding.faults.contains(&Fault::Reused));
        assert_eq!(reused.count(), 1);
    }
    let text = serde_json::to_vec(&verdict).unwrap();
    assert_eq!(Verdict::read(&text).as_ref(), Ok(&verdict));
    for edited in [
        {
            let mut one = verdict.clone();
            one.files[1].label = "servers".to_owned();
            one
        },
        {
            let mut one = verdict.clone();
            one.files[1].entries = 1;
            one
        },
        {
            let mut one = verdict.clone();
            one.files[0].label = " ".to_owned();
            one
        },
        {
            let mut one = verdict.clone();
            one.files.clear();
            one
        },
    ] {
        let text = serde_json::to_vec(&edited).unwrap();
        assert_eq!(
            Verdict::read(&text),
            Err(VerdictError::Inconsistent("files"))
        );
    }
}
