//! The corpus of every fuzz target, and altered forms of it, through the properties that the fuzz
//! targets hold: nothing from outside panics, hangs or breaks a promise.

#[path = "../../../fuzz/properties.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets use them from outside")]
mod properties;

use std::path::Path;
use std::time::{Duration, Instant};

type Property = fn(&[u8]);

const TARGETS: &[(&str, Property)] = &[
    ("words", properties::words),
    ("checkpoint", properties::checkpoint),
    ("request", properties::request),
    ("evidence", properties::evidence),
    ("roll", properties::roll),
    ("backup", properties::backup),
    ("vex", properties::vex),
];
/// How many altered forms of each file are tried.
const ALTERED: usize = 12;
/// How long one file may take, built without optimisation and beside other tests.
const LONGEST: Duration = Duration::from_secs(60);

/// A small repeatable generator; its quality does not matter.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn altered(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        match self.below(4) {
            0 => bytes.truncate(self.below(seed.len())),
            1 if !bytes.is_empty() => {
                for _ in 0..=self.below(8) {
                    let place = self.below(bytes.len());
                    bytes[place] ^= u8::try_from(1 + self.below(255)).unwrap();
                }
            }
            2 => {
                let (from, to) = (self.below(seed.len()), self.below(seed.len()));
                let part = seed.get(from.min(to)..from.max(to)).unwrap_or_default();
                bytes.splice(from..from, part.iter().copied());
            }
            _ => {
                let cut = self.below(other.len());
                bytes.truncate(self.below(seed.len()));
                bytes.extend_from_slice(other.get(cut..).unwrap_or_default());
            }
        }
        bytes
    }
}

#[test]
fn every_corpus_file_and_its_altered_forms_keep_the_promises() {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../fuzz/corpus");
    let mut random = Random(11);
    let mut tried = 0;
    for (name, property) in TARGETS {
        let mut files: Vec<_> = std::fs::read_dir(root.join(name))
            .unwrap_or_else(|error| panic!("the corpus of {name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let contents: Vec<Vec<u8>> = files
            .iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect();
        assert!(contents.len() >= 3, "the corpus of {name} is too small");
        for (file, content) in files.iter().zip(&contents) {
            let begun = Instant::now();
            property(content);
            for _ in 0..ALTERED {
                let other = &contents[random.below(contents.len())];
                let bytes = random.altered(content, other);
                property(&bytes);
                tried += 1;
            }
            assert!(
                begun.elapsed() < LONGEST,
                "{} takes too long",
                file.display()
            );
        }
    }
    eprintln!("{tried} altered files tried");
}

/// A target without its corpus, or a corpus without its target, would go unnoticed.
#[test]
fn every_target_has_its_corpus() {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let mut folders: Vec<String> = std::fs::read_dir(root.join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut targets: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    targets.sort();
    assert_eq!(folders, targets);
    for target in targets {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
    }
}

/// Nothing else reads the manifest of the fuzz targets, so that a slip in it stays unseen.
#[test]
fn the_fuzz_manifest_can_be_read_and_names_every_target() {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("..");
    let text = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let named: std::collections::BTreeSet<std::path::PathBuf> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| root.join("fuzz").join(target["path"].as_str().unwrap()))
        .map(|path| path.canonicalize().unwrap())
        .collect();
    let mut folders = vec![root.join("fuzz/fuzz_targets")];
    for group in ["engines", "foundation", "features"] {
        for member in std::fs::read_dir(root.join("crates").join(group)).unwrap() {
            folders.push(member.unwrap().path().join("fuzz/fuzz_targets"));
        }
    }
    let mut there = std::collections::BTreeSet::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for target in std::fs::read_dir(folder).unwrap() {
            there.insert(target.unwrap().path().canonicalize().unwrap());
        }
    }
    assert!(there.len() >= 23, "{there:?}");
    assert_eq!(named, there);
}
