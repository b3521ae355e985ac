//! The engine beside another tool, on the same products and the same feeds.
//!
//! `peer names <data> <count>` draws names from the feeds, `peer compare <data> <names> <theirs>`
//! matches them and lists every kind of difference to the other tool's findings (name, tab, CVE);
//! `cve_bin_tool.py` beside this file writes those.
#![expect(clippy::print_stdout, reason = "it prints what it compared")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vulnmatch::applicability::{Finding, Outcome};
use vulnmatch::cpe::{Attribute, Name, Relation, Value};
use vulnmatch::feeds::{self, Limits, nvd};
use vulnmatch::index::{Builder, Index, Scratch};
use vulnmatch::model::{Condition, Confidence, Criterion, Reason, Statement};
use vulnmatch::versions::Scheme;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["names", data, count] => names(Path::new(data), count.parse()?),
        ["compare", data, names, theirs] => {
            compare(Path::new(data), Path::new(names), Path::new(theirs))
        }
        _ => Err("usage: peer names <data> <count> | peer compare <data> <names> <theirs>".into()),
    }
}

fn feed_files(data: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("nvd20"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().contains("nvdcve-2.0-20"))
        .collect();
    files.sort();
    Ok(files)
}

fn statements(data: &Path, each: &mut dyn FnMut(Statement)) -> Result<(), Box<dyn Error>> {
    for file in feed_files(data)? {
        nvd::read(feeds::open(&file)?, &Limits::default(), &mut |record| {
            if let Some(statement) = record.statement {
                each(statement);
            }
        })?;
    }
    Ok(())
}

/// Distinct names with a version that the feeds call vulnerable, drawn with a fixed seed. An update
/// that the feeds leave open or call NA is left open, as an inventory would.
fn names(data: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let mut all = BTreeSet::new();
    statements(data, &mut |statement| {
        for condition in &statement.configurations {
            for criterion in condition.criteria() {
                if criterion.vulnerable && criterion.name.literal(Attribute::Version).is_some() {
                    let mut name = criterion.name.clone();
                    if name.literal(Attribute::Update).is_none() {
                        name.set(Attribute::Update, Value::Any);
                    }
                    all.insert(name);
                }
            }
        }
    })?;
    let mut all: Vec<Name> = all.into_iter().collect();
    let mut state = 20_261_122u64;
    for _ in 0..count.min(all.len()) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33)? % all.len();
        println!("{}", all.swap_remove(place));
    }
    Ok(())
}

/// CPU time of the process.
fn cpu() -> Duration {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or(Duration::ZERO, Duration::from_nanos)
}

/// How many, and the first of them.
#[derive(Default)]
struct Kind {
    count: usize,
    example: String,
}

#[derive(Default)]
struct Kinds(BTreeMap<(&'static str, &'static str), Kind>);

impl Kinds {
    fn add(&mut self, side: &'static str, kind: &'static str, example: impl FnOnce() -> String) {
        let kind = self.0.entry((side, kind)).or_default();
        if kind.count == 0 {
            kind.example = example();
        }
        kind.count += 1;
    }
}

fn compare(data: &Path, names: &Path, theirs: &Path) -> Result<(), Box<dyn Error>> {
    let begun = cpu();
    let mut builder = Builder::new();
    for file in feed_files(data)? {
        nvd::compile(feeds::open(&file)?, &Limits::default(), &mut builder)?;
    }
    let index = Index::from_bytes(builder.finish()?)?;
    println!("our index: {:.2} s CPU", (cpu() - begun).as_secs_f64());

    let texts: Vec<String> = std::fs::read_to_string(names)?
        .lines()
        .map(str::to_owned)
        .collect();
    let mut scratch = Scratch::default();
    let mut best = Duration::MAX;
    let mut ours: BTreeMap<(String, String), Finding> = BTreeMap::new();
    for _ in 0..5 {
        let mut found: Vec<(&str, Finding)> = Vec::new();
        let begun = cpu();
        for text in &texts {
            let name = Name::parse_lenient(text)?;
            index.visit(&[&name], &mut scratch, &mut |finding| {
                found.push((text, finding))
            });
        }
        best = best.min(cpu() - begun);
        ours = found
            .into_iter()
            .map(|(text, finding)| ((text.to_owned(), finding.id.to_string()), finding))
            .collect();
    }
    let affected = ours
        .values()
        .filter(|f| f.outcome == Outcome::Affected)
        .count();
    println!(
        "ours: {} products, {affected} affected and {} affected if: {:.1} µs CPU each",
        texts.len(),
        ours.len() - affected,
        best.as_secs_f64() * 1e6 / texts.len() as f64,
    );

    let mut by_them: BTreeSet<(String, String)> = BTreeSet::new();
    for line in std::fs::read_to_string(theirs)?.lines() {
        if let Some((name, cve)) = line.split_once('\t') {
            by_them.insert((name.to_owned(), cve.to_owned()));
        }
    }
    let wanted: BTreeSet<&str> = by_them
        .iter()
        .chain(ours.keys())
        .map(|(_, cve)| cve.as_str())
        .collect();
    let mut said: HashMap<String, Statement> = HashMap::new();
    statements(data, &mut |statement| {
        let id = statement.id.to_string();
        if wanted.contains(id.as_str()) {
            said.insert(id, statement);
        }
    })?;

    let mut kinds = Kinds::default();
    for (key, finding) in &ours {
        let both = by_them.contains(key);
        let example = || format!("{} · {}", key.0, key.1);
        match (&finding.outcome, both) {
            (Outcome::Affected, true) => kinds.add("both", "affected", example),
            (Outcome::AffectedIf(_), true) => kinds.add(
                "they more",
                if finding.reason == Reason::EnvironmentUnknown {
                    "the environment is open (target_sw of an operating system, or AND besides): we say affected if"
                } else {
                    "a companion (AND) is absent: we say affected if"
                },
                example,
            ),
            (Outcome::AffectedIf(_), false) => {
                kinds.add("not compared", "we say affected if, they nothing", example);
            }
            (Outcome::Affected, false) => {
                let name = Name::parse_lenient(&key.0)?;
                let kind = said.get(&key.1).map_or("no statement", |statement| {
                    why_we(statement, &name, finding)
                });
                kinds.add("we more", kind, example);
            }
        }
    }
    for key in by_them.iter().filter(|key| !ours.contains_key(*key)) {
        let name = Name::parse_lenient(&key.0)?;
        let kind = said
            .get(&key.1)
            .map_or("the record has no statement", |statement| {
                why_they(statement, &name)
            });
        kinds.add("they more", kind, || format!("{} · {}", key.0, key.1));
    }
    println!("theirs: {} findings", by_them.len());
    println!("\n| side | kind | count | example |\n|---|---|---|---|");
    for ((side, kind), found) in &kinds.0 {
        println!(
            "| {side} | {kind} | {} | `{}` |",
            found.count, found.example
        );
    }
    Ok(())
}

/// The vulnerable criteria of a product, whatever its part.
fn of_product<'a>(statement: &'a Statement, name: &Name) -> Vec<&'a Criterion> {
    statement
        .configurations
        .iter()
        .flat_map(Condition::criteria)
        .filter(|criterion| {
            criterion.vulnerable
                && criterion.name.get(Attribute::Vendor) == name.get(Attribute::Vendor)
                && criterion.name.get(Attribute::Product) == name.get(Attribute::Product)
        })
        .collect()
}

fn scheme(name: &Name) -> Scheme {
    Scheme::of_product(
        name.literal(Attribute::Vendor).unwrap_or_default(),
        name.literal(Attribute::Product).unwrap_or_default(),
    )
}

fn same_text(criterion: &Criterion, name: &Name) -> bool {
    criterion.range.is_open()
        && criterion.name.get(Attribute::Version) == name.get(Attribute::Version)
}

/// Why only they find it.
fn why_they(statement: &Statement, name: &Name) -> &'static str {
    let all = of_product(statement, name);
    if all.is_empty() {
        return "no vulnerable criterion names the product";
    }
    let disjoint = |criterion: &&Criterion, attribute| {
        criterion.name.get(attribute).relation(name.get(attribute)) == Relation::Disjoint
    };
    let same_part: Vec<&Criterion> = all
        .iter()
        .copied()
        .filter(|criterion| !disjoint(criterion, Attribute::Part))
        .collect();
    if same_part.is_empty() {
        return "another part (a, o, h), which they do not compare";
    }
    let here: Vec<&Criterion> = same_part
        .iter()
        .copied()
        .filter(|criterion| {
            !Attribute::ENVIRONMENT
                .iter()
                .any(|attribute| disjoint(criterion, *attribute))
        })
        .collect();
    let texts = |criteria: &[&Criterion]| criteria.iter().any(|c| same_text(c, name));
    if texts(&same_part) && !texts(&here) {
        return "another edition, language or platform, which they do not compare";
    }
    if texts(&here) {
        return "another update (criterion and asset name different ones), which they do not compare";
    }
    let ranged = |criteria: &[&Criterion]| criteria.iter().any(|c| !c.range.is_open());
    if ranged(&same_part) && !ranged(&here) {
        return "another edition, language or platform beside a range, which they do not compare";
    }
    if ranged(&here) {
        if here
            .iter()
            .any(|criterion| !criterion.range.is_open() && disjoint(criterion, Attribute::Update))
        {
            return "another update beside a range, which they do not compare";
        }
        let update = name.literal(Attribute::Update).is_some();
        return if update {
            "order of versions, the asset's update counted by us and not by them"
        } else {
            "order of versions"
        };
    }
    if here
        .iter()
        .any(|criterion| *criterion.name.get(Attribute::Version) == Value::Any)
    {
        return "every version (*) of another update, which they do not compare";
    }
    if !here.is_empty() {
        return "another version whose texts they take for equal";
    }
    "another edition, language or platform beside another version"
}

/// Why only we find it.
fn why_we(statement: &Statement, name: &Name, finding: &Finding) -> &'static str {
    let all = of_product(statement, name);
    match (finding.confidence, finding.reason) {
        (_, Reason::CannotCompare) => return "versions without an order: we say product only",
        (_, Reason::PatchLevelOfBound) => {
            return "patch level of the last version of a range: we say rough";
        }
        (_, Reason::NoVersionNamed) => {
            return "the criterion has no version (NA), Windows: product only";
        }
        _ => {}
    }
    let version = name.literal(Attribute::Version).unwrap_or_default();
    let covering: Vec<&&Criterion> = all.iter().filter(|c| c.covers(name).is_some()).collect();
    if covering.is_empty() {
        return "a wildcard in vendor or product";
    }
    if covering.iter().any(|criterion| same_text(criterion, name)) {
        return "the same version is named, and they do not find it";
    }
    let named = covering.iter().any(|criterion| {
        criterion.range.is_open()
            && criterion
                .name
                .literal(Attribute::Version)
                .is_some_and(|other| {
                    scheme(name).compare(version, other) == Some(std::cmp::Ordering::Equal)
                })
    });
    if named {
        return "the same version written otherwise (9.5 and 9.5.0)";
    }
    if covering.iter().any(|criterion| criterion.range.is_open()) {
        return if finding.reason == Reason::EveryVersion {
            "every version is named (*) without a range"
        } else {
            "version and update are one for us (9.1R17 is 9.1 with update r17)"
        };
    }
    match finding.confidence {
        Confidence::Exact => "order of versions",
        Confidence::Rough | Confidence::ProductOnly => "order of versions, which we call rough",
    }
}
