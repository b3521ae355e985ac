//! The corpus of every fuzz target, and altered forms of it, through the properties that the fuzz
//! targets hold.
#![cfg(test)]

#[path = "../fuzz/properties.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets use them from outside")]
mod properties;

use std::path::Path;
use std::time::{Duration, Instant};

use vulnmatch::cpe::Name;
use vulnmatch::index::Builder;
use vulnmatch::model::{Condition, Criterion, Range, Source, Statement};

type Property = fn(&[u8]);

const TARGETS: &[(&str, Property)] = &[
    ("vuln_names", properties::vuln_names),
    ("packages", properties::packages),
    ("vuln_feeds", properties::vuln_feeds),
    ("vuln_index", properties::vuln_index),
];
/// How many altered forms of each file are tried; `VULNMATCH_ALTERED` tries more.
const ALTERED: usize = 60;
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

    fn altered(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        match self.below(3) {
            0 => bytes.truncate(self.below(seed.len())),
            1 if !bytes.is_empty() => {
                for _ in 0..=self.below(8) {
                    let place = self.below(bytes.len());
                    bytes[place] ^= u8::try_from(1 + self.below(255)).unwrap();
                }
            }
            _ => {
                let (from, to) = (self.below(seed.len()), self.below(seed.len()));
                let part = seed.get(from.min(to)..from.max(to)).unwrap_or_default();
                bytes.splice(from..from, part.iter().copied());
            }
        }
        bytes
    }
}

/// A real index, so that the altered ones reach what lies behind the header.
fn an_index() -> Vec<u8> {
    let name = |text: &str| Name::parse_lenient(text).unwrap();
    let mut builder = Builder::new();
    for number in 1..30 {
        builder
            .add(&Statement {
                id: format!("CVE-2024-{number:04}").parse().unwrap(),
                source: Source::Nvd,
                configurations: vec![Condition::all(vec![
                    Condition::Criterion(Criterion::vulnerable(
                        name(&format!("cpe:2.3:a:v:p:1.{}", number % 4)),
                        Range::default(),
                    )),
                    Condition::Criterion(Criterion::platform(name("cpe:2.3:o:v:os:-"))),
                ])],
            })
            .unwrap();
    }
    builder.finish().unwrap()
}

#[test]
fn every_corpus_file_and_its_altered_forms_keep_the_promises() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let more = std::env::var("VULNMATCH_ALTERED")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut random = Random(11);
    for (name, property) in TARGETS {
        let mut contents: Vec<(String, Vec<u8>)> = std::fs::read_dir(root.join(name))
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                (path.display().to_string(), std::fs::read(path).unwrap())
            })
            .collect();
        contents.sort();
        assert!(contents.len() >= 3, "the corpus of {name} is too small");
        if *name == "vuln_index" {
            contents.push(("an index".to_owned(), an_index()));
        }
        for (file, content) in &contents {
            let begun = Instant::now();
            property(content);
            for _ in 0..more.unwrap_or(ALTERED) {
                property(&random.altered(content));
            }
            assert!(
                more.is_some() || begun.elapsed() < LONGEST,
                "{file} takes too long"
            );
        }
    }
}
