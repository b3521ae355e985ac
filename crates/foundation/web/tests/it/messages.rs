//! Holds the message files and the source of the whole workspace together.

use std::path::Path;

use yagura_web::i18n::check::{check, read_tree};

#[test]
fn every_message_is_said_in_both_languages_and_used() {
    let workspace = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../..");
    let (mut messages, mut sources) = (Vec::new(), Vec::new());
    for folder in ["app", "crates"] {
        let (more_messages, more_sources) = read_tree(&workspace.join(folder)).unwrap();
        messages.extend(more_messages);
        sources.extend(more_sources);
    }
    assert!(
        messages.len() >= 4 && sources.len() >= 20,
        "the tree was not found"
    );
    let findings: Vec<String> = check(&messages, &sources)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}
