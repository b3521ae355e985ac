//! The properties that the fuzz targets hold, on a corpus and on damaged forms of it.

#[path = "../../fuzz/properties.rs"]
#[allow(unreachable_pub)]
mod properties;

use accountmatch::problem::ReadError;
use accountmatch::readers::{File, read_accounts, read_staff};
use accountmatch::{Limits, Options};
use proptest::prelude::*;

use super::options;

/// The corpus: `fuzz/corpus`, and what the other tests read.
fn corpus() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 8, "the corpus is there");
    files
        .into_iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn all(bytes: &[u8]) {
    properties::accounts(bytes);
    properties::staff(bytes);
    properties::reconciled(bytes);
    properties::words(bytes);
}

#[test]
fn the_corpus_and_damaged_forms_of_it_hold() {
    for file in corpus() {
        all(&file);
        for part in 1..8 {
            all(file.get(..file.len() * part / 8).unwrap());
        }
        for step in [3, 7, 31] {
            let mut damaged = file.clone();
            for position in (step..damaged.len()).step_by(step * 17) {
                if let Some(byte) = damaged.get_mut(position) {
                    *byte = byte.wrapping_add(u8::try_from(step).unwrap());
                }
            }
            all(&damaged);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_hold(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        all(&bytes);
    }

    #[test]
    fn any_names_hold(text in "\\PC{0,30}") {
        properties::words(text.as_bytes());
    }

    #[test]
    fn any_rows_hold(rows in proptest::collection::vec("[一-龠ぁ-んa-z0-9, :/]{0,24}", 1..12)) {
        let text = format!("職員番号,氏名,退職日,利用者ID\n{}", rows.join("\n"));
        all(text.as_bytes());
        all(format!("{text}\u{c}{text}").as_bytes());
    }
}

#[test]
fn bounds_are_held() {
    let small = Options {
        limits: Limits {
            records: 3,
            bytes: 10_000,
            ..Limits::default()
        },
        ..options()
    };
    let rows = "職員番号,氏名\n".to_owned()
        + &(0..40).fold(String::new(), |text, n| format!("{text}{n},人{n}\n"));
    let files = [File {
        name: "a.csv",
        bytes: rows.as_bytes(),
    }];
    assert_eq!(
        read_staff(&files, None, &small),
        Err(ReadError::TooMany { limit: 3 })
    );
    let long = "x".repeat(20_000);
    let files = [File {
        name: "a.csv",
        bytes: long.as_bytes(),
    }];
    assert_eq!(
        read_accounts(&files, None, None, &small),
        Err(ReadError::TooLarge { limit: 10_000 })
    );
    let nothing = [File {
        name: "a",
        bytes: b"",
    }];
    assert_eq!(
        read_accounts(&nothing, None, None, &small),
        Err(ReadError::Empty)
    );
}
