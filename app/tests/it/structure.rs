//! Holds the arrows of the house: app → features → foundation → nothing, and no cycle anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    /// Libraries worth publishing: they know nothing of Yagura.
    Engine,
    Foundation,
    Feature,
    /// The fictional region: it fills the features as a user would.
    Demonstration,
    App,
    /// Benchmarks and the browser: they may use everything and nobody uses them.
    Outside,
}

impl Floor {
    fn may_use(self, other: Self) -> bool {
        match self {
            Self::Engine => false,
            Self::Foundation => other == Self::Foundation,
            Self::Feature => matches!(other, Self::Engine | Self::Foundation | Self::Feature),
            Self::Demonstration => matches!(other, Self::Foundation | Self::Feature),
            Self::App => !matches!(other, Self::App | Self::Outside),
            Self::Outside => other != Self::Outside,
        }
    }
}

struct House {
    floors: BTreeMap<String, Floor>,
    /// What each crate's shipped code uses of ours.
    arrows: BTreeMap<String, BTreeSet<String>>,
}

fn root() -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .parent()
        .unwrap()
        .to_owned()
}

fn manifest(folder: &Path) -> toml::Table {
    let path = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    text.parse()
        .unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn name_of(manifest: &toml::Table) -> String {
    manifest["package"]["name"].as_str().unwrap().to_owned()
}

fn ours(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    let Some(dependencies) = manifest.get(table).and_then(toml::Value::as_table) else {
        return BTreeSet::new();
    };
    let workspace = self::manifest(&root());
    let shared = workspace["workspace"]["dependencies"].as_table().unwrap();
    let has_path = |dependency: &toml::Value| dependency.get("path").is_some();
    dependencies
        .iter()
        .filter(|(name, stated)| has_path(stated) || shared.get(*name).is_some_and(has_path))
        .map(|(name, _)| name.clone())
        .collect()
}

fn house() -> House {
    let root = root();
    let mut folders = vec![
        (root.join("app"), Floor::App),
        (root.join("crates/demonstration"), Floor::Demonstration),
        (root.join("benches"), Floor::Outside),
        (root.join("e2e"), Floor::Outside),
    ];
    for (parent, floor) in [
        ("crates/engines", Floor::Engine),
        ("crates/foundation", Floor::Foundation),
        ("crates/features", Floor::Feature),
    ] {
        for entry in std::fs::read_dir(root.join(parent)).unwrap() {
            let path = entry.unwrap().path();
            if path.join("Cargo.toml").exists() {
                folders.push((path, floor));
            }
        }
    }
    let mut house = House {
        floors: BTreeMap::new(),
        arrows: BTreeMap::new(),
    };
    for (folder, floor) in folders {
        let manifest = manifest(&folder);
        let name = name_of(&manifest);
        let mut arrows = ours(&manifest, "dependencies");
        arrows.extend(ours(&manifest, "build-dependencies"));
        house.floors.insert(name.clone(), floor);
        house.arrows.insert(name, arrows);
    }
    house
}

/// A path from a crate back to itself, if there is one.
fn cycle(arrows: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        at: &str,
        arrows: &BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|name| name == at) {
            let mut found = path[start..].to_vec();
            found.push(at.to_owned());
            return Some(found);
        }
        if done.contains(at) {
            return None;
        }
        path.push(at.to_owned());
        for next in arrows.get(at).into_iter().flatten() {
            if let Some(found) = visit(next, arrows, path, done) {
                return Some(found);
            }
        }
        path.pop();
        done.insert(at.to_owned());
        None
    }
    let mut done = BTreeSet::new();
    arrows
        .keys()
        .find_map(|name| visit(name, arrows, &mut Vec::new(), &mut done))
}

#[test]
fn arrows_point_down() {
    let house = house();
    assert!(
        house.floors.len() > 12,
        "the house was not read: {:?}",
        house.floors
    );
    for (name, arrows) in &house.arrows {
        for other in arrows {
            let floor = house.floors[name];
            let below = *house
                .floors
                .get(other)
                .unwrap_or_else(|| panic!("{name} uses {other}, which no folder holds"));
            assert!(
                floor.may_use(below),
                "{name} ({floor:?}) must not use {other} ({below:?})"
            );
        }
    }
}

#[test]
fn the_kernel_stands_on_nothing_of_ours_and_knows_neither_http_nor_sql() {
    let manifest = manifest(&root().join("crates/foundation/kernel"));
    assert_eq!(ours(&manifest, "dependencies"), BTreeSet::new());
    let dependencies = manifest["dependencies"].as_table().unwrap();
    for foreign in [
        "axum",
        "tower",
        "tower-http",
        "hyper",
        "sqlx",
        "maud",
        "tokio",
        "reqwest",
    ] {
        assert!(
            !dependencies.contains_key(foreign),
            "the kernel uses {foreign}"
        );
    }
}

#[test]
fn documents_know_no_database_and_packs_no_page() {
    let house = house();
    assert!(!house.arrows["yagura-documents"].contains("yagura-store"));
    assert!(!house.arrows["yagura-packs"].contains("yagura-web"));
}

#[test]
fn no_cycle() {
    assert_eq!(cycle(&house().arrows), None);
}

#[test]
fn a_cycle_would_be_found() {
    let arrow = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let arrows = BTreeMap::from([arrow("a", "b"), arrow("b", "c"), arrow("c", "a")]);
    assert_eq!(cycle(&arrows).unwrap(), ["a", "b", "c", "a"]);
}

/// Only the store's crates and each feature's `store` name tables: SQL elsewhere would go round the
/// proof of the policy.
#[test]
fn pages_and_apis_hold_no_sql() {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&root().join("crates/features"), &mut files);
    let mut looked_at = 0;
    for file in files {
        let shown = file.display().to_string();
        let is_surface = shown.contains("/src/pages") || shown.contains("/src/api");
        if !is_surface {
            continue;
        }
        looked_at += 1;
        let text = std::fs::read_to_string(&file).unwrap();
        for sql in ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"] {
            let hit = text
                .lines()
                .find(|line| line.contains(sql) && !line.trim_start().starts_with("//"));
            assert!(hit.is_none(), "{shown} holds SQL: {hit:?}");
        }
    }
    assert!(looked_at > 20, "only {looked_at} files were looked at");
}
