use proptest::prelude::*;

use super::*;
use crate::cpe::Name;
use crate::model::{Condition, Criterion, Range, Source, Statement};

fn name(text: &str) -> Name {
    Name::parse_lenient(text).unwrap()
}

fn statement(id: &str, source: Source, criterion: &str) -> Statement {
    Statement {
        id: id.parse().unwrap(),
        source,
        configurations: vec![Condition::any([Criterion::vulnerable(
            name(criterion),
            Range::default(),
        )])],
    }
}

fn small() -> Vec<u8> {
    let mut builder = Builder::new();
    for number in 1..20 {
        let text = format!("cpe:2.3:a:v:p{}:1.{number}", number % 3);
        let id = format!("CVE-2024-{number:04}");
        builder.add(&statement(&id, Source::Nvd, &text)).unwrap();
    }
    let tree = Statement {
        id: "CVE-2024-1000".parse().unwrap(),
        source: Source::Nvd,
        configurations: vec![Condition::all(vec![
            Condition::Criterion(Criterion::vulnerable(
                name("cpe:2.3:a:v:p1:1.1"),
                Range::default(),
            )),
            Condition::Criterion(Criterion::platform(name("cpe:2.3:o:v:os:-"))),
        ])],
    };
    builder.add(&tree).unwrap();
    builder.finish().unwrap()
}

#[test]
fn a_later_statement_replaces_the_earlier() {
    let mut builder = Builder::new();
    builder
        .add(&statement("CVE-2024-0001", Source::Nvd, "cpe:2.3:a:v:p:1"))
        .unwrap();
    builder
        .add(&statement("CVE-2024-0001", Source::Nvd, "cpe:2.3:a:v:p:2"))
        .unwrap();
    builder
        .add(&statement("CVE-2024-0001", Source::Jvn, "cpe:2.3:a:v:p:3"))
        .unwrap();
    builder
        .add(&statement("CVE-2024-0002", Source::Nvd, "cpe:2.3:a:v:p:1"))
        .unwrap();
    builder
        .withdraw("CVE-2024-0002".parse().unwrap(), Source::Nvd)
        .unwrap();
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let sources = |text: &str| -> Vec<Source> {
        let found = index.findings(&[name(text)], &mut Scratch::default());
        found.iter().map(|finding| finding.source).collect()
    };
    assert_eq!(sources("cpe:2.3:a:v:p:1"), []);
    assert_eq!(sources("cpe:2.3:a:v:p:2"), [Source::Nvd]);
    assert_eq!(sources("cpe:2.3:a:v:p:3"), [Source::Jvn]);
    assert_eq!(index.summary().statements, 2);
}

#[test]
fn a_file_is_written_and_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let mut builder = Builder::new();
    builder
        .add(&statement("CVE-2024-0001", Source::Nvd, "cpe:2.3:a:v:p:1"))
        .unwrap();
    builder.write(&path).unwrap();
    let index = Index::open(&path).unwrap();
    assert_eq!(
        index
            .findings(&[name("cpe:2.3:a:v:p:1")], &mut Scratch::default())
            .len(),
        1
    );
    assert!(matches!(
        Index::open(&folder.path().join("none")),
        Err(IndexError::Read { .. })
    ));
    std::fs::write(&path, b"short").unwrap();
    assert!(matches!(Index::open(&path), Err(IndexError::NotAnIndex)));
}

#[test]
fn damaged_files_are_refused() {
    let good = small();
    assert!(Index::from_bytes(good.clone()).is_ok());
    for cut in [0, 7, 23, 24, 100, good.len() - 1] {
        assert!(Index::from_bytes(good[..cut].to_vec()).is_err(), "{cut}");
    }
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    assert!(matches!(
        Index::from_bytes(flipped),
        Err(IndexError::Checksum)
    ));
    let mut newer = good.clone();
    newer[8] = 9;
    assert!(matches!(
        Index::from_bytes(newer),
        Err(IndexError::Version { found: 9 })
    ));
}

proptest! {
    /// A file whose checksum was made to fit answers something or nothing, and does no harm.
    #[test]
    fn hostile_files_do_no_harm(changes in proptest::collection::vec((24usize..4000, any::<u8>()), 1..12)) {
        let mut bytes = small();
        let length = bytes.len();
        for (place, byte) in changes {
            bytes[24 + place % (length - 24)] = byte;
        }
        let sum = crc32fast::hash(&bytes[24..]);
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
        if let Ok(index) = Index::from_bytes(bytes) {
            let asset = [name("cpe:2.3:a:v:p1:1.1"), name("cpe:2.3:a:v:p2"), name("cpe:2.3:o:v:os:1")];
            let _ = index.findings(&asset, &mut Scratch::default());
            let _ = index.products_of(&|_| true);
            let _ = index.summary();
        }
    }
}

/// What is done to an index: a source says that these products are affected, or takes it back.
fn changes() -> impl Strategy<Value = Vec<(u32, Source, Option<Vec<&'static str>>)>> {
    let source = prop_oneof![
        Just(Source::Nvd),
        Just(Source::Overrides),
        Just(Source::Jvn)
    ];
    let criteria = proptest::collection::vec(proptest::sample::select(NAMES), 0..3);
    proptest::collection::vec((1u32..6, source, proptest::option::of(criteria)), 0..12)
}

const NAMES: &[&str] = &[
    "cpe:2.3:a:v:p:1",
    "cpe:2.3:a:v:p:2",
    "cpe:2.3:a:v:p:*",
    "cpe:2.3:a:v:q*:1",
    "cpe:2.3:o:v:os:-",
];

fn apply(builder: &mut Builder, changes: &[(u32, Source, Option<Vec<&str>>)]) {
    for (number, source, said) in changes {
        let id = format!("CVE-2024-{number:04}").parse().unwrap();
        match said {
            None => builder.withdraw(id, *source).unwrap(),
            Some(criteria) => {
                let leaves = criteria.iter().map(|text| {
                    Condition::Criterion(Criterion::vulnerable(name(text), Range::default()))
                });
                let all = leaves.collect();
                let configurations = vec![if number % 2 == 0 {
                    Condition::all(all)
                } else {
                    Condition::Joined {
                        operator: crate::model::Operator::Or,
                        negate: false,
                        conditions: all,
                    }
                }];
                builder
                    .add(&Statement {
                        id,
                        source: *source,
                        configurations,
                    })
                    .unwrap();
            }
        }
    }
}

proptest! {
    /// A delta over a base answers as an index of both does, and what it changes is named.
    #[test]
    fn layers_are_as_a_whole(base in changes(), delta in changes()) {
        let built = |mut builder: Builder, all: &[&[_]]| {
            all.iter().for_each(|changes| apply(&mut builder, changes));
            Index::from_bytes(builder.finish().unwrap()).unwrap()
        };
        let before = built(Builder::new(), &[&base]);
        let whole = built(Builder::new(), &[&base, &delta]);
        let layered = Layered::new(
            std::sync::Arc::new(built(Builder::new(), &[&base])),
            built(Builder::for_delta(), &[&delta]),
        );
        let mut estate = Estate::new();
        let assets: [&[&str]; 6] = [
            &["cpe:2.3:a:v:p:1"],
            &["cpe:2.3:a:v:p:2", "cpe:2.3:o:v:os:3"],
            &["cpe:2.3:a:v:qq:1"],
            &["cpe:2.3:a:v:p:1", "cpe:2.3:a:v:q:1"],
            &["cpe:2.3:o:v:os:3"],
            &["cpe:2.3:a:w:other:1"],
        ];
        for (number, texts) in (0u64..).zip(assets) {
            let names: Vec<Name> = texts.iter().map(|text| name(text)).collect();
            estate.put(number, &names);
        }
        let again = estate.sets_with(&layered.changed_products());
        let mut scratch = Scratch::default();
        for set in estate.sets() {
            let mut said = |index: &dyn Fn(&mut Scratch) -> Vec<crate::applicability::Finding>| {
                let mut said: Vec<String> =
                    index(&mut scratch).iter().map(|finding| format!("{finding:?}")).collect();
                said.sort();
                said
            };
            let by_layers = said(&|scratch| estate.findings(set, &layered, scratch));
            let by_whole = said(&|scratch| estate.findings(set, &whole, scratch));
            let by_before = said(&|scratch| estate.findings(set, &before, scratch));
            prop_assert_eq!(&by_layers, &by_whole);
            prop_assert!(by_before == by_whole || again.contains(&set), "{} was left out", set_text(&estate, set));
        }
    }
}

fn set_text(estate: &Estate, set: SetId) -> String {
    estate
        .names(set)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn products_with_wildcards_are_matched_again() {
    let mut builder = Builder::new();
    for (id, text) in [
        ("CVE-2024-0001", "cpe:2.3:a:v:p*:1"),
        ("CVE-2024-0002", "cpe:2.3:a:v:exact:1"),
    ] {
        builder.add(&statement(id, Source::Nvd, text)).unwrap();
    }
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let first = |id: crate::model::VulnerabilityId| id.to_string() == "CVE-2024-0001";
    let products = index.products_of(&first);
    let texts: Vec<String> = products.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["cpe:2.3:a:v:p*:*:*:*:*:*:*:*:*"]);
    let mut estate = Estate::new();
    let set = estate.put(1, &[name("cpe:2.3:a:v:php:1")]);
    estate.put(2, &[name("cpe:2.3:a:v:exact:1")]);
    assert_eq!(estate.sets_with(&products), [set]);
    assert_eq!(index.products_of(&|_| true).len(), 2);
}

#[test]
fn a_range_beside_wildcards_counts() {
    let range = Range {
        start: Some(crate::model::Bound::including("2.0")),
        end: Some(crate::model::Bound::excluding("3.0")),
    };
    let statement = Statement {
        id: "CVE-2024-0001".parse().unwrap(),
        source: Source::Nvd,
        configurations: vec![Condition::any([Criterion::vulnerable(
            name("cpe:2.3:a:v:p*"),
            range,
        )])],
    };
    let mut builder = Builder::new();
    builder.add(&statement).unwrap();
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    for version in ["1.9", "2.0", "2.9", "3.0"] {
        let asset = [name("cpe:2.3:a:v:php").with_version(version)];
        let found = index.findings(&asset, &mut Scratch::default());
        let judged = statement.judge(&asset);
        assert_eq!(found.first(), judged.as_ref(), "{version}");
        assert_eq!(judged.is_some(), version.starts_with('2'), "{version}");
    }
}

/// What an asset of these products has of a program for the systems of these criteria.
fn of_program(criteria: &[&str], asset: &[&str]) -> String {
    let statement = Statement {
        id: "CVE-2024-0001".parse().unwrap(),
        source: Source::Nvd,
        configurations: vec![Condition::any(
            criteria
                .iter()
                .map(|text| Criterion::vulnerable(name(text), Range::default())),
        )],
    };
    let asset: Vec<Name> = asset.iter().map(|text| name(text)).collect();
    let mut builder = Builder::new();
    builder.add(&statement).unwrap();
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let found = index.findings(&asset, &mut Scratch::default());
    let judged: Vec<_> = statement.judge(&asset).into_iter().collect();
    assert_eq!(found, judged, "{criteria:?} {asset:?}");
    let mut estate = Estate::new();
    estate.put(1, &asset);
    let touched = estate.touched_by(&statement);
    assert_eq!(touched.len(), found.len());
    match found.first() {
        None => "no".to_owned(),
        Some(finding) => match &finding.outcome {
            crate::applicability::Outcome::Affected => format!("{:?}", finding.confidence),
            crate::applicability::Outcome::AffectedIf(companions) => {
                let groups = companions.iter().map(|companion| {
                    let of = |text: &str| text.split(':').nth(4).unwrap_or_default().to_owned();
                    let texts: Vec<String> = companion.any_of.iter().map(of).collect();
                    let another = if companion.asset_has_another {
                        ", has another"
                    } else {
                        ""
                    };
                    format!("{}{another}", texts.join("|"))
                });
                format!("if {}", groups.collect::<Vec<_>>().join(" and "))
            }
        },
    }
}

#[test]
fn the_system_of_the_asset_decides_where_a_program_runs() {
    const PROGRAM: &str = "cpe:2.3:a:v:p:1";
    const WINDOWS: &str = "cpe:2.3:o:microsoft:windows_server_2019:10.0.17763.1";
    const UBUNTU: &str = "cpe:2.3:o:canonical:ubuntu_linux:22.04";
    const MAC: &str = "cpe:2.3:o:apple:macos:14.1";
    const BIOS: &str = "cpe:2.3:o:dell:bios:1.2";
    let on = |word: &str| format!("cpe:2.3:a:v:p:1:*:*:*:*:{word}:*:*");
    let one = |word: &str, asset: &[&str]| of_program(&[&on(word)], asset);

    assert_eq!(one("windows", &[PROGRAM, WINDOWS]), "Exact");
    assert_eq!(one("windows", &[PROGRAM, UBUNTU]), "no");
    assert_eq!(one("windows", &[PROGRAM]), "if windows");
    // Firmware is no system that decides, and may be all that is listed.
    assert_eq!(one("windows", &[PROGRAM, BIOS]), "if windows, has another");
    assert_eq!(one("windows", &[PROGRAM, BIOS, WINDOWS]), "Exact");
    // A host and its guests: one of them is enough.
    assert_eq!(one("windows", &[PROGRAM, UBUNTU, WINDOWS]), "Exact");
    assert_eq!(one("linux", &[PROGRAM, UBUNTU]), "Exact");
    assert_eq!(one("linux", &[PROGRAM, MAC]), "no");
    assert_eq!(one("mac_os_x", &[PROGRAM, MAC]), "Exact");
    assert_eq!(one("android", &[PROGRAM, UBUNTU]), "no");
    assert_eq!(one("unix", &[PROGRAM, UBUNTU]), "Exact");
    assert_eq!(one("unix", &[PROGRAM, WINDOWS]), "no");
    // A program is not another system's because a library of that name is for Windows.
    assert_eq!(
        one("windows", &["cpe:2.3:a:v:p:1:*:*:*:*:linux", WINDOWS]),
        "no"
    );
    assert_eq!(
        one("windows", &["cpe:2.3:a:v:p:1:*:*:*:*:windows"]),
        "Exact"
    );

    // What is no operating system, or only one edition of it, stays as it was.
    for word in [
        "wordpress",
        "node.js",
        "jenkins",
        "python",
        "ios",
        "windows_server_2008",
    ] {
        for asset in [&[PROGRAM][..], &[PROGRAM, WINDOWS], &[PROGRAM, UBUNTU]] {
            assert_eq!(one(word, asset), "Rough", "{word}");
        }
    }

    // Several systems are alternatives; a criterion that speaks of none needs none.
    let (windows, mac) = (on("windows"), on("macos"));
    assert_eq!(
        of_program(&[&windows, &mac], &[PROGRAM]),
        "if windows|macos"
    );
    assert_eq!(of_program(&[&windows, &mac], &[PROGRAM, MAC]), "Exact");
    assert_eq!(of_program(&[&windows, &mac], &[PROGRAM, UBUNTU]), "no");
    assert_eq!(of_program(&[&windows, PROGRAM], &[PROGRAM]), "Exact");
}
