//! Broken, huge and hostile documents.

use yagura_packs::import::{
    ImportError, ImportOptions, ImportPlace, ImportProblem, Limits, document,
};

use crate::corpus_file;

fn refuse(bytes: &[u8]) -> ImportError {
    document(bytes, &ImportOptions::default(), &Limits::default()).unwrap_err()
}

fn refuse_file(name: &str) -> ImportError {
    refuse(&corpus_file(&format!("document/{name}")))
}

#[test]
fn alias_bombs_meet_the_bound_before_memory() {
    let limits = Limits::default();
    assert_eq!(
        refuse_file("alias-bomb.yaml").problem,
        ImportProblem::TooManyValues {
            limit: limits.values
        }
    );
    assert_eq!(
        refuse_file("alias-text-bomb.yaml").problem,
        ImportProblem::TooMuchText {
            limit_bytes: limits.text_bytes
        }
    );
}

#[test]
fn deep_nesting_is_refused_in_every_syntax() {
    let limit = Limits::default().depth;
    for name in [
        "deep-flow.yaml",
        "deep-flow-hidden.yaml",
        "deep-block.yaml",
        "deep.json",
    ] {
        assert_eq!(
            refuse_file(name).problem,
            ImportProblem::TooDeep { limit },
            "{name}"
        );
    }
    for name in ["deep-array.toml", "long-key.toml"] {
        assert!(
            matches!(refuse_file(name).problem, ImportProblem::Syntax { .. }),
            "{name}"
        );
    }
    let directives = refuse_file("many-directives.yaml");
    assert!(matches!(directives.problem, ImportProblem::Syntax { .. }));
    assert_eq!(directives.place, ImportPlace::Line { line: 5, column: 1 });
}

#[test]
fn errors_say_where() {
    let place = |text: &str| refuse(text.as_bytes()).place;
    assert_eq!(
        place("format = 1\nid = = 2\n"),
        ImportPlace::Line { line: 2, column: 6 }
    );
    assert_eq!(
        place("{\n \"catalog\": }"),
        ImportPlace::Line {
            line: 2,
            column: 13
        }
    );
    assert!(matches!(
        place("format: 1\nid: [a\n"),
        ImportPlace::Line { .. }
    ));
    let json = refuse(b"{\"catalog\": {\"metadata\": {\"title\": []}, \"controls\": [{\"id\": \"a\", \"title\": \"b\"}]}}");
    assert_eq!(
        json.place,
        ImportPlace::Pointer("/catalog/metadata/title".into())
    );
    let missing = refuse(b"{\"catalog\": {\"groups\": []}}");
    assert_eq!(missing.place, ImportPlace::Pointer("/catalog".into()));
    assert_eq!(
        missing.problem,
        ImportProblem::Missing { field: "metadata" }
    );
    let native = String::from_utf8(corpus_file("document/native.toml")).unwrap();
    let unknown = refuse(
        native
            .replace("since = 2026", "colour = \"red\"")
            .as_bytes(),
    );
    assert!(
        matches!(&unknown.problem, ImportProblem::Shape { detail } if detail.contains("colour"))
    );
    assert!(
        matches!(unknown.place, ImportPlace::Line { line: 35, .. }),
        "{unknown}"
    );
    let cp932 = refuse_file("not-utf8.toml");
    assert_eq!(cp932.problem, ImportProblem::NotUtf8);
    assert_eq!(
        cp932.place,
        ImportPlace::Line {
            line: 1,
            column: 10
        }
    );
}

#[test]
fn unsound_content_is_no_pack() {
    let native = String::from_utf8(corpus_file("document/native.toml")).unwrap();
    for (from, to) in [
        ("valid_to = \"2027-03-31\"", "valid_to = \"2020-03-31\""),
        (
            "id = \"sample-checklist-institution\"",
            "id = \"../../etc/passwd\"",
        ),
        ("key = \"1-1\"", "key = \"a b\""),
        ("fiscal_year = 2026\n", ""),
    ] {
        assert!(native.contains(from));
        let error = refuse(native.replace(from, to).as_bytes());
        assert!(
            matches!(error.problem, ImportProblem::Unsound { .. }),
            "{to}: {error}"
        );
    }
    for (from, to) in [
        ("format = 1", "format = 2"),
        ("fiscal_year = 2026", "fiscal_year = 99999"),
        ("valid_from = \"2026-06-01\"", "valid_from = \"2026-02-31\""),
        ("version = \"1.0.0\"", "version = \"one\""),
        ("since = 2026", "since = -1"),
    ] {
        let error = refuse(native.replace(from, to).as_bytes());
        assert!(
            matches!(error.problem, ImportProblem::Shape { .. }),
            "{to}: {error}"
        );
    }
}

#[test]
fn strangers_are_turned_away() {
    for text in [
        "",
        "   \n# only a comment\n",
        "hello\n",
        "- a\n- b\n",
        "42",
        "PK\u{3}\u{4}",
    ] {
        let error = refuse(text.as_bytes());
        assert!(
            matches!(
                error.problem,
                ImportProblem::UnknownFormat | ImportProblem::Syntax { .. }
            ),
            "{text:?}: {error}"
        );
    }
    // A tag is a word to us, never an instruction.
    assert!(matches!(
        refuse_file("tag.yaml").problem,
        ImportProblem::Missing { .. }
    ));
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    let large = document(&[b'a'; 11], &ImportOptions::default(), &limits).unwrap_err();
    assert_eq!(
        large.problem,
        ImportProblem::TooLarge {
            actual_bytes: 11,
            limit_bytes: 10
        }
    );
}

#[test]
fn a_cycle_of_parents_ends() {
    let bytes = corpus_file("document/cycle.yaml");
    let imported = document(&bytes, &ImportOptions::default(), &Limits::default()).unwrap();
    assert_eq!(imported.pack.items().count(), 3);
}

#[test]
fn large_documents_are_judged_in_time() {
    let limits = Limits::default();
    // An eighth of the bound: enough that anything worse than linear shows, and a debug build
    // gets through.
    let large = limits.bytes / 8;
    let block: String =
        std::iter::repeat_n("- - - - - - - - - - - - - - - - a\n", large / 34).collect();
    let scalars: String = std::iter::repeat_n("k: v\n", large / 5).collect();
    let flow: String = std::iter::repeat_n("- {a: [b, c], d: {e: f}}\n", large / 25).collect();
    let anchors: String = (0..large / 16).map(|at| format!("- &a{at} x\n")).collect();
    let lines = "\n".repeat(large);
    let quotes = format!("a: \"{}", "\\x41 ".repeat(large / 5));
    let tables: String = (0..large / 14).map(|at| format!("[a.b{at}]\n")).collect();
    let equals = "=".repeat(large);
    let json = format!("{{\"a\":[{}1]}}", "[1],".repeat(large / 4));
    for (name, text) in [
        ("block", block),
        ("scalars", scalars),
        ("flow", flow),
        ("anchors", anchors),
        ("lines", lines),
        ("quotes", quotes),
        ("tables", tables),
        ("equals", equals),
        ("json", json),
    ] {
        let start = std::time::Instant::now();
        refuse(text.as_bytes());
        let took = start.elapsed();
        assert!(took.as_secs() < 20, "{name} took {took:?}");
    }
}
