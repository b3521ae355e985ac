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
    builder.withdraw("CVE-2024-0002".parse().unwrap(), Source::Nvd);
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
