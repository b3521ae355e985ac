//! Every corpus file of the fuzz targets, and deterministic mutations of it, through every parser:
//! an answer or a refusal, never a panic, and in time.

use std::time::{Duration, Instant};

use yagura_packs::Library;
use yagura_packs::export::{ciso_library, oscal_catalog, toml};
use yagura_packs::import::{ImportOptions, Limits, adopt, document, form};

use crate::{pack, table};

/// Small files are mutated often, the packs themselves a few times, bombs not at all.
const SMALL: usize = 6_000;
const MUTATIONS_OF_SMALL: usize = 40;
const MUTATIONS_OF_PACKS: usize = 3;
/// Tests run unoptimised and beside others.
const LONGEST: Duration = Duration::from_secs(20);

/// A small generator of our own: the same numbers on every machine (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

fn mutate(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    const BITS: [&[u8]; 12] = [
        b"[",
        b"{",
        b"\"",
        b"'",
        b"*a0",
        b"&a",
        b"\0",
        b"\n---\n",
        b": ",
        b"\xFF",
        b"999999999999",
        "①".as_bytes(),
    ];
    let mut mutated = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(mutated.len());
        match numbers.below(6) {
            0 if !mutated.is_empty() => mutated[at] ^= 1 << numbers.below(8),
            1 => mutated.truncate(at),
            2 => {
                let end = (at + numbers.below(200)).min(mutated.len());
                let piece = mutated[at..end].to_vec();
                let to = numbers.below(mutated.len());
                mutated.splice(to..to, piece);
            }
            3 => {
                let end = (at + numbers.below(50)).min(mutated.len());
                mutated.drain(at..end);
            }
            4 => {
                let piece = BITS[numbers.below(BITS.len())].repeat(1 + numbers.below(60));
                mutated.splice(at..at, piece);
            }
            _ => {
                let other = numbers.below(mutated.len());
                if !mutated.is_empty() {
                    mutated.swap(at, other);
                }
            }
        }
    }
    mutated
}

/// Everything that can be done with an outside file. What it gives must go out again.
fn exercise(bytes: &[u8]) {
    let (options, limits) = (ImportOptions::default(), Limits::default());
    let text = String::from_utf8_lossy(bytes);
    let results = [
        document(bytes, &options, &limits),
        form(&table(&text), &options, &limits),
    ];
    for result in results {
        match result {
            Ok(mut imported) => {
                let _ = Library::builtin().with([imported.pack.clone()]);
                adopt(&mut imported.pack, pack("mhlw-checklist-r08-institution"));
                let _ = toml(&imported.pack);
                let _ = oscal_catalog(&imported.pack, yagura_kernel::time::Instant::from_micros(0));
                let _ = ciso_library(&imported.pack);
                let _ = imported.pack.fingerprint();
            }
            Err(error) => {
                assert!(!error.message_key().is_empty());
                assert!(error.to_string().len() < 5_000, "messages stay short");
            }
        }
    }
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let root =
        std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("fuzz/corpus");
    let mut files = Vec::new();
    for folder in ["document", "form"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    for (name, text) in Library::builtin_files() {
        files.push((name.to_owned(), text.as_bytes().to_vec()));
    }
    files.sort();
    files
}

#[test]
fn every_corpus_file_and_its_mutations_are_answered_in_time() {
    let files = corpus();
    assert!(files.len() > 30, "the corpus is there");
    let mut numbers = Numbers(2026);
    let mut run = 0;
    for (name, bytes) in &files {
        let mut inputs = vec![bytes.clone()];
        let is_bomb = bytes.len() > SMALL && name.contains("corpus");
        let mutations = match bytes.len() {
            _ if is_bomb => 0,
            length if length <= SMALL => MUTATIONS_OF_SMALL,
            _ => MUTATIONS_OF_PACKS,
        };
        inputs.extend((0..mutations).map(|_| mutate(bytes, &mut numbers)));
        for (number, input) in inputs.iter().enumerate() {
            let start = Instant::now();
            exercise(input);
            let took = start.elapsed();
            assert!(took < LONGEST, "{name}, mutation {number}, took {took:?}");
            run += 1;
        }
    }
    assert!(run > 600, "{run} inputs");
}
