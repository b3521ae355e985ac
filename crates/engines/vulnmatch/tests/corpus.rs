//! Product lines that hospitals run, each with the CVE that must and must not be found. The lists
//! are made by an oracle of their own (corpus/make-products.py) from public-domain records of NVD,
//! and by hand (corpus/by-hand.jsonl) where versions are written in vendors' own ways.
#![cfg(test)]

use std::path::Path;

use serde::Deserialize;
use vulnmatch::applicability::Outcome;
use vulnmatch::cpe::Name;
use vulnmatch::feeds::{self, Limits, nvd};
use vulnmatch::index::{Builder, Index, Scratch};
use vulnmatch::model::Confidence;
use vulnmatch::names;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    asset: Vec<Name>,
    /// Name and version of a Windows, as a register has them.
    windows: Option<(String, String)>,
    /// Whether the other names of what was renamed count.
    #[serde(default)]
    renamed: bool,
    #[serde(default)]
    must: Vec<String>,
    #[serde(default)]
    must_not: Vec<String>,
    #[serde(default, rename = "if")]
    conditional: Vec<String>,
}

#[test]
fn what_must_and_must_not_be_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut builder = Builder::new();
    let extract = feeds::open(&folder.join("nvd-extract.json.gz")).unwrap();
    let report = nvd::compile(extract, &Limits::default(), &mut builder).unwrap();
    assert_eq!(report.set_aside, 0);
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let mut scratch = Scratch::default();
    let (mut lines, mut must, mut must_not, mut conditional) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for file in ["products.jsonl", "by-hand.jsonl"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        for text in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut line: Line =
                serde_json::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            lines += 1;
            if let Some((text, version)) = &line.windows {
                line.asset
                    .extend(names::windows(text, Some(version)).unwrap());
            }
            if line.renamed {
                let others = line.asset.iter().flat_map(names::also_known);
                let others: Vec<Name> = others.map(|other| other.name).collect();
                line.asset.extend(others);
            }
            let found = index.findings(&line.asset, &mut scratch);
            let find = |id: &String| found.iter().find(|finding| finding.id.to_string() == *id);
            for id in &line.must {
                must += 1;
                if !find(id).is_some_and(|f| {
                    f.outcome == Outcome::Affected && f.confidence > Confidence::ProductOnly
                }) {
                    wrong.push(format!("{id} must be found: {text}: {:?}", find(id)));
                }
            }
            for id in &line.must_not {
                must_not += 1;
                if let Some(found) = find(id) {
                    wrong.push(format!("{id} must not be found: {text}: {found:?}"));
                }
            }
            for id in &line.conditional {
                conditional += 1;
                if !find(id).is_some_and(|f| matches!(f.outcome, Outcome::AffectedIf(_))) {
                    wrong.push(format!("{id} must be conditional: {text}: {:?}", find(id)));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        lines >= 200 && must >= 300 && must_not >= 300 && conditional >= 20,
        "{lines} lines, {must} must, {must_not} must not, {conditional} conditional"
    );
}
