//! Advisories in CSAF 2.0: one document, or one a line.

use std::io::Read;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::json::{self, Records};
use super::{FeedError, Limits, Report};
use crate::affected::slug;
use crate::cpe::{Attribute, Name, Value};
use crate::model::{Bound, Condition, Confidence, Criterion, Range, Source, Statement};
use crate::names::Dictionary;
use crate::packages::{self, JudgedBy, Package};
use crate::prose;
use crate::versions::says_nothing;

/// An advisory.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Its identifier at its publisher.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// What it says about products, by CVE.
    pub statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Raw {
    document: Document,
    #[serde(default)]
    product_tree: Tree,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    title: String,
    #[serde(default)]
    publisher: Publisher,
    #[serde(default)]
    tracking: Tracking,
}

#[derive(Deserialize, Default)]
struct Publisher {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize, Default)]
struct Tracking {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize, Default)]
struct Tree {
    #[serde(default)]
    branches: Vec<Branch>,
    #[serde(default)]
    full_product_names: Vec<Full>,
    #[serde(default)]
    relationships: Vec<Relationship>,
    #[serde(default)]
    product_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    category: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    branches: Vec<Branch>,
    product: Option<Full>,
}

#[derive(Deserialize)]
struct Full {
    product_id: String,
    #[serde(default)]
    product_identification_helper: Helper,
}

#[derive(Deserialize, Default)]
struct Helper {
    cpe: Option<String>,
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Relationship {
    product_reference: String,
    relates_to_product_reference: String,
    full_product_name: Full,
}

#[derive(Deserialize)]
struct Group {
    group_id: String,
    #[serde(default)]
    product_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    cve: Option<String>,
    #[serde(default)]
    product_status: FxHashMap<String, Vec<String>>,
}

/// Reads advisories.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn read(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Advisory),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let records = json::records(reader, Records::Sequence, limits, &mut |bytes, place| {
        match serde_json::from_slice::<Raw>(bytes) {
            Ok(raw) => each(advisory(raw)),
            Err(error) => report.aside(limits, place, None, error.to_string()),
        }
        Ok(())
    })?;
    report.records = records;
    Ok(report)
}

/// A product of the tree; with another, when it matters only together with that.
#[derive(Clone, Default)]
struct Known {
    criteria: Vec<Criterion>,
    with: Option<Vec<Criterion>>,
    /// Of a package of a distribution that is called fixed: the versions below it.
    below: Vec<Criterion>,
}

fn advisory(raw: Raw) -> Advisory {
    let mut products: FxHashMap<String, Known> = FxHashMap::default();
    for branch in &raw.product_tree.branches {
        walk(branch, &mut Vec::new(), &mut products, 0);
    }
    for full in &raw.product_tree.full_product_names {
        products.insert(full.product_id.clone(), known(&[], full));
    }
    for relationship in &raw.product_tree.relationships {
        let of = |id: &str| products.get(id).cloned().unwrap_or_default();
        let own = of(&relationship.product_reference);
        // The release of a distribution's package is in its name; what it is a component of is a
        // repository, which no inventory lists.
        let joined = if own.below.is_empty() {
            Known {
                with: Some(of(&relationship.relates_to_product_reference).criteria),
                ..own
            }
        } else {
            own
        };
        products.insert(relationship.full_product_name.product_id.clone(), joined);
    }
    let groups: FxHashMap<&str, &Vec<String>> = raw
        .product_tree
        .product_groups
        .iter()
        .map(|group| (group.group_id.as_str(), &group.product_ids))
        .collect();
    let mut statements = Vec::new();
    for vulnerability in &raw.vulnerabilities {
        let Some(id) = vulnerability
            .cve
            .as_deref()
            .and_then(|cve| cve.parse().ok())
        else {
            continue;
        };
        let of_states = |states: &'static [&'static str]| {
            states
                .iter()
                .filter_map(|state| vulnerability.product_status.get(*state))
                .flatten()
                .flat_map(|id| match groups.get(id.as_str()) {
                    Some(members) => members.iter().collect(),
                    None => vec![id],
                })
                .filter_map(|id| products.get(id))
        };
        let mut plain: Vec<Criterion> = Vec::new();
        for criterion in of_states(&["fixed", "first_fixed"]).flat_map(|known| &known.below) {
            if !plain.contains(criterion) {
                plain.push(criterion.clone());
            }
        }
        let mut configurations = Vec::new();
        for known in of_states(&["known_affected", "first_affected", "last_affected"]) {
            match &known.with {
                None => plain.extend(known.criteria.iter().cloned()),
                Some(with) => {
                    let beside = with.iter().cloned().map(|criterion| Criterion {
                        vulnerable: false,
                        ..criterion
                    });
                    configurations.push(Condition::all(vec![
                        Condition::any(known.criteria.iter().cloned()),
                        Condition::any(beside),
                    ]));
                }
            }
        }
        if !plain.is_empty() {
            configurations.push(Condition::any(plain));
        }
        if !configurations.is_empty() {
            statements.push(Statement {
                id,
                source: Source::Csaf,
                configurations,
            });
        }
    }
    Advisory {
        id: raw.document.tracking.id,
        title: raw.document.title,
        publisher: raw.document.publisher.name,
        statements,
    }
}

fn walk<'a>(
    branch: &'a Branch,
    path: &mut Vec<(&'a str, &'a str)>,
    products: &mut FxHashMap<String, Known>,
    depth: usize,
) {
    if depth > crate::applicability::DEEPEST {
        return;
    }
    path.push((&branch.category, &branch.name));
    if let Some(full) = &branch.product {
        products.insert(full.product_id.clone(), known(path, full));
    }
    for branch in &branch.branches {
        walk(branch, path, products, depth + 1);
    }
    path.pop();
}

/// A product by its CPE name, or by the words of its branches: those are [`Confidence::Rough`] at
/// most, and [`Confidence::ProductOnly`] where the versions cannot be read.
fn known(path: &[(&str, &str)], full: &Full) -> Known {
    let named = |category: &str| {
        path.iter()
            .rev()
            .find(|(found, _)| *found == category)
            .map(|(_, name)| slug(name))
            .filter(|name| !says_nothing(name))
    };
    let helper = &full.product_identification_helper;
    if let Some(known) = helper.purl.as_deref().and_then(packaged) {
        return known;
    }
    let by_cpe = helper
        .cpe
        .as_deref()
        .and_then(|text| Name::parse_lenient(text).ok());
    let (names, at_most): (Vec<Name>, _) = match (by_cpe, named("vendor"), named("product_name")) {
        (Some(name), _, _) => (vec![name], Confidence::Exact),
        (None, Some(vendor), Some(product)) => (
            ['a', 'o', 'h']
                .into_iter()
                .map(|part| Name::product(part, &vendor, &product))
                .collect(),
            Confidence::Rough,
        ),
        _ => return Known::default(),
    };
    let version = path
        .iter()
        .rev()
        .find(|(category, _)| category.starts_with("product_version"))
        .map(|(_, name)| *name);
    let ranges = match version.map(prose::versions) {
        Some(Ok(ranges)) => ranges.into_iter().map(|range| (range, at_most)).collect(),
        Some(Err(_)) => vec![(Range::default(), Confidence::ProductOnly)],
        None => vec![(Range::default(), at_most)],
    };
    let mut criteria = Vec::new();
    for name in &names {
        for (range, at_most) in &ranges {
            let (mut name, mut range) = (name.clone(), range.clone());
            if let (Some(start), Some(end)) = (&range.start, &range.end)
                && start == end
            {
                name.set(Attribute::Version, Value::text(&start.version));
                range = Range::default();
            }
            criteria.push(Criterion {
                at_most: *at_most,
                ..Criterion::vulnerable(name, range)
            });
        }
    }
    Known {
        criteria,
        ..Known::default()
    }
}

/// A package of a distribution, by its package URL. That one version is fixed does not say since
/// when it was not: [`Confidence::Rough`].
fn packaged(purl: &str) -> Option<Known> {
    let package = Package {
        purl: Some(purl),
        ..Package::default()
    };
    let judged = packages::judged(&package, &Dictionary::new());
    let JudgedBy::Distribution(_) = judged.by else {
        return None;
    };
    let name = judged.products.into_iter().next()?.name;
    let version = name.literal(Attribute::Version).map(str::to_owned);
    let mut any = name.clone();
    any.set(Attribute::Version, Value::Any);
    let below = version.map(|version| Criterion {
        at_most: Confidence::Rough,
        ..Criterion::vulnerable(
            any,
            Range {
                start: None,
                end: Some(Bound::excluding(&version)),
            },
        )
    });
    Some(Known {
        criteria: vec![Criterion::vulnerable(name, Range::default())],
        with: None,
        below: below.into_iter().collect(),
    })
}
