//! The index and the judgement of each statement by itself give the same answers.
#![cfg(test)]

use std::path::PathBuf;

use vulnmatch::applicability::{Finding, Outcome};
use vulnmatch::cpe::{Attribute, Name, Value};
use vulnmatch::feeds::{self, Limits, nvd};
use vulnmatch::index::{Builder, Estate, Index, Scratch};
use vulnmatch::model::Statement;

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
}

/// The committed extract, or whole feeds named by `VULNMATCH_FEEDS` (files parted by commas).
fn statements() -> Vec<Statement> {
    let files: Vec<PathBuf> = match std::env::var("VULNMATCH_FEEDS") {
        Ok(list) => list.split(',').map(PathBuf::from).collect(),
        Err(_) => {
            vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/nvd-extract.json.gz")]
        }
    };
    let mut statements = Vec::new();
    for file in files {
        let report = nvd::read(
            feeds::open(&file).unwrap(),
            &Limits::default(),
            &mut |record| statements.extend(record.statement),
        )
        .unwrap();
        assert_eq!(report.set_aside, 0, "{:?}", report.examples);
    }
    assert!(statements.len() > 1000, "{}", statements.len());
    statements
}

/// Names as the criteria have them, and altered ones: without version or update, with another
/// version, with version and update in one.
fn names(statements: &[Statement], random: &mut Random, number: usize) -> Vec<Name> {
    let mut names = Vec::new();
    while names.len() < number {
        let statement = &statements[random.below(statements.len())];
        if statement.configurations.is_empty() {
            continue;
        }
        let condition = &statement.configurations[random.below(statement.configurations.len())];
        let criteria = condition.criteria();
        if criteria.is_empty() {
            continue;
        }
        let criterion = criteria[random.below(criteria.len())];
        let mut name = criterion.name.clone();
        if let Some(bound) = criterion
            .range
            .end
            .as_ref()
            .or(criterion.range.start.as_ref())
        {
            name.set(Attribute::Version, Value::text(&bound.version));
        }
        let version = name.literal(Attribute::Version).map(str::to_owned);
        if random.below(3) == 0 {
            name.set(Attribute::TargetSw, Value::Any);
        }
        match (random.below(9), version) {
            (0, _) => name.set(Attribute::Version, Value::Any),
            (1, _) => name.set(Attribute::Version, Value::Na),
            (2, _) => name.set(Attribute::Update, Value::Any),
            (3, _) => name.set(Attribute::Update, Value::Na),
            (4, Some(version)) => {
                name.set(Attribute::Version, Value::text(&format!("{version}.0")))
            }
            (5, Some(version)) => {
                name.set(Attribute::Version, Value::text(&format!("{version}-2")))
            }
            (6, Some(version)) => {
                if let Some(update) = name.literal(Attribute::Update).map(str::to_owned) {
                    name.set(
                        Attribute::Version,
                        Value::text(&format!("{version}:{update}")),
                    );
                    name.set(Attribute::Update, Value::Any);
                }
            }
            _ => {}
        }
        names.push(name);
    }
    names
}

/// The names of an asset: now and then with its operating system, which decides what `target_sw`
/// leaves open.
fn asset(statements: &[Statement], random: &mut Random, number: usize) -> Vec<Name> {
    let mut names = names(statements, random, number);
    let system = [
        Some("cpe:2.3:o:microsoft:windows_10_22h2:10.0.19045.1"),
        Some("cpe:2.3:o:canonical:ubuntu_linux:22.04"),
        Some("cpe:2.3:o:google:android:13.0"),
        Some("cpe:2.3:o:dell:bios:1.2"),
        None,
        None,
    ][random.below(6)];
    names.extend(system.map(|text| Name::parse_lenient(text).unwrap()));
    names
}

fn said(findings: &[Finding]) -> Vec<String> {
    let mut said: Vec<String> = findings
        .iter()
        .map(|finding| {
            let needs = match &finding.outcome {
                Outcome::Affected => String::new(),
                Outcome::AffectedIf(companions) => format!("{companions:?}"),
            };
            format!(
                "{} {:?} {:?} {:?} {needs}",
                finding.id, finding.source, finding.confidence, finding.carriers
            )
        })
        .collect();
    said.sort();
    said
}

const WINDOWS: &str = "cpe:2.3:o:microsoft:windows:*:*:*:*:*:*:*:*";

#[test]
fn the_index_answers_as_the_trees_do() {
    let statements = statements();
    let mut builder = Builder::new();
    for statement in &statements {
        builder.add(statement).unwrap();
    }
    let index = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let mut random = Random(5);
    let mut scratch = Scratch::default();
    let (mut found, mut conditional, mut of_system) = (0, 0, 0);
    for round in 0..150 {
        let count = 1 + random.below(5);
        let mut asset = asset(&statements, &mut random, count);
        if round % 3 == 0 {
            // All of one configuration, so that AND is met.
            let statement = &statements[random.below(statements.len())];
            let all = statement.configurations.iter().flat_map(|c| c.criteria());
            asset.extend(all.take(6).map(|criterion| criterion.name.clone()));
        }
        let by_index = index.findings(&asset, &mut scratch);
        let by_trees: Vec<Finding> = statements
            .iter()
            .filter_map(|statement| statement.judge(&asset))
            .collect();
        let texts: Vec<String> = asset.iter().map(Name::to_string).collect();
        let (index_said, trees_said) = (said(&by_index), said(&by_trees));
        for line in &index_said {
            assert!(
                trees_said.contains(line),
                "only the index says {line} of {texts:#?}"
            );
        }
        for line in &trees_said {
            assert!(
                index_said.contains(line),
                "only the trees say {line} of {texts:#?}"
            );
        }
        found += by_index.len();
        of_system += by_index
            .iter()
            .filter(|finding| match &finding.outcome {
                Outcome::AffectedIf(companions) => companions
                    .iter()
                    .any(|companion| companion.any_of == [WINDOWS]),
                Outcome::Affected => false,
            })
            .count();
        conditional += by_index
            .iter()
            .filter(|finding| finding.outcome != Outcome::Affected)
            .count();
    }
    assert!(found > 1000, "{found} findings prove little");
    assert!(
        conditional > 50,
        "{conditional} conditional findings prove little"
    );
    assert!(of_system >= 5, "{of_system} for Windows prove little");
}

#[test]
fn the_estate_answers_as_the_trees_do() {
    let statements = statements();
    let mut random = Random(9);
    let mut estate = Estate::new();
    for number in 0..120 {
        let count = 1 + random.below(5);
        estate.put(number, &asset(&statements, &mut random, count));
    }
    let mut found = 0;
    for _ in 0..400 {
        let statement = &statements[random.below(statements.len())];
        let touched = estate.touched_by(statement);
        for set in estate.sets() {
            let names: Vec<Name> = estate.names(set).cloned().collect();
            let by_estate = touched.iter().find(|touched| touched.set == set);
            let by_tree = statement.judge(&names);
            assert_eq!(
                said(by_estate.map(|t| t.finding.clone()).as_slice()),
                said(by_tree.as_slice()),
                "{statement:?} on {names:?}"
            );
            found += usize::from(by_tree.is_some());
        }
    }
    assert!(found > 20, "{found} findings prove little");
}

#[test]
fn what_changed_is_matched_again_and_nothing_else() {
    let statements = statements();
    let mut random = Random(21);
    let mut estate = Estate::new();
    for asset in 0..200 {
        estate.put(asset, &names(&statements, &mut random, 2));
    }
    let day: Vec<&Statement> = (0..40)
        .map(|_| &statements[random.below(statements.len())])
        .collect();
    let mut builder = Builder::new();
    for statement in &day {
        builder.add(statement).unwrap();
    }
    let delta = Index::from_bytes(builder.finish().unwrap()).unwrap();
    let again = estate.sets_with(&delta.products_of(&|_| true));
    let mut scratch = Scratch::default();
    let all = estate.sets().count();
    assert!(again.len() < all, "everything was matched again");
    for set in estate.sets() {
        let touched = !estate.findings(set, &delta, &mut scratch).is_empty();
        assert!(
            !touched || again.contains(&set),
            "a touched set was left out"
        );
    }
}
