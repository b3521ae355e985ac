//! Message files and source hold together.

use std::path::Path;

use yagura_web::i18n::check::{Finding, check, read_tree};

#[test]
fn every_message_exists_in_both_languages_and_is_used() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut messages, sources) = read_tree(own).unwrap();
    let (web, _) = read_tree(&own.join("../../foundation/web")).unwrap();
    messages.extend(web);
    let findings: Vec<String> = check(&messages, &sources)
        .into_iter()
        .filter(|finding| match finding {
            Finding::Unused { key, .. } | Finding::Untranslated { key, .. } => {
                key.starts_with("inspection-")
            }
            _ => true,
        })
        .map(|finding| finding.to_string())
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
