//! JVN iPedia: details (VULDEF 3.2), overviews (JVNRSS) and the list of products, from the feeds or
//! from the MyJVN API.

use std::io::Read;

use super::xml::{Happening, document};
use super::{FeedError, Limits, Place, Report};
use crate::affected::slug;
use crate::cpe::{Attribute, Name, Value};
use crate::model::{Condition, Confidence, Criterion, Range, Source, Statement, VulnerabilityId};
use crate::prose;

/// A detail of JVN.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    /// `JVNDB-2022-000001`.
    pub id: String,
    /// The CVE that it is about.
    pub cves: Vec<VulnerabilityId>,
    /// The Japanese title.
    pub title: String,
    /// The Japanese overview.
    pub overview: String,
    /// The products.
    pub affected: Vec<Product>,
    /// When it was published and last changed, as JVN writes it.
    pub published: String,
    /// When it was last changed.
    pub modified: String,
    /// It was deleted, is not settled, or is out of support, by JVN's own mark.
    pub withdrawn: bool,
}

/// A product in a detail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Product {
    /// Who makes it, in words.
    pub vendor: String,
    /// What it is, in words.
    pub name: String,
    /// Its CPE name without version, where JVN has one.
    pub cpe: Option<String>,
    /// The versions in words; perhaps none.
    pub versions: Vec<String>,
}

impl Product {
    /// The criteria. Versions that cannot be read, or none, give the product alone
    /// ([`Confidence::ProductOnly`]); versions that can are [`Confidence::Rough`] at most, since
    /// they were read from prose.
    #[must_use]
    pub fn criteria(&self) -> Vec<Criterion> {
        let names = match self.cpe.as_deref().map(Name::parse_lenient) {
            Some(Ok(name)) => vec![name],
            _ if self.vendor.is_ascii() && self.name.is_ascii() && !self.name.is_empty() => {
                ['a', 'o', 'h']
                    .into_iter()
                    .map(|part| Name::product(part, &slug(&self.vendor), &slug(&self.name)))
                    .collect()
            }
            _ => return Vec::new(),
        };
        let mut ranges: Vec<(Range, Confidence)> = Vec::new();
        for text in self.versions.iter().filter(|text| !text.trim().is_empty()) {
            match prose::versions(text) {
                Ok(found) => {
                    ranges.extend(found.into_iter().map(|range| (range, Confidence::Rough)))
                }
                Err(_) => ranges.push((Range::default(), Confidence::ProductOnly)),
            }
        }
        if ranges.is_empty() {
            ranges.push((Range::default(), Confidence::ProductOnly));
        }
        let mut criteria = Vec::new();
        for name in names {
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
        criteria
    }
}

impl Detail {
    /// What it says about products: one statement for each CVE, or one for the JVNDB identifier
    /// where it names none.
    #[must_use]
    pub fn statements(&self) -> Vec<Statement> {
        if self.withdrawn {
            return Vec::new();
        }
        let criteria: Vec<Criterion> = self.affected.iter().flat_map(Product::criteria).collect();
        let own: Vec<VulnerabilityId> = self.id.parse().into_iter().collect();
        let ids = if self.cves.is_empty() {
            &own
        } else {
            &self.cves
        };
        ids.iter()
            .map(|id| Statement {
                id: *id,
                source: Source::Jvn,
                configurations: vec![Condition::any(criteria.iter().cloned())],
            })
            .collect()
    }
}

fn is_withdrawn(text: &str) -> bool {
    [
        "** 削除 **",
        "** 未確定 **",
        "** サポート外 **",
        "** REJECT **",
    ]
    .iter()
    .any(|mark| text.contains(mark))
}

/// Reads details: `VULDEF-Document` of a feed or of `getVulnDetailInfo`.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn details(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Detail),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let mut path: Vec<String> = Vec::new();
    let mut detail: Option<(Detail, u64)> = None;
    let mut product = Product::default();
    let mut related: Option<String> = None;
    document(reader, limits, &mut |happening, offset| match happening {
        Happening::Begin(name, attributes) => {
            match name {
                "Vulinfo" => detail = Some((Detail::default(), offset)),
                "AffectedItem" => product = Product::default(),
                "RelatedItem" => {
                    related = attributes
                        .iter()
                        .find(|(key, _)| key == "type")
                        .map(|(_, value)| value.clone());
                }
                _ => {}
            }
            path.push(name.to_owned());
        }
        Happening::End(name, text) => {
            path.pop();
            let parent = path.last().map(String::as_str).unwrap_or_default();
            let Some((current, begin)) = &mut detail else {
                return;
            };
            match (parent, name) {
                ("Vulinfo", "VulinfoID") => current.id = text.to_owned(),
                ("VulinfoData", "Title") => current.title = text.to_owned(),
                ("VulinfoDescription", "Overview") => current.overview = text.to_owned(),
                ("VulinfoData", "DatePublic") => current.published = text.to_owned(),
                ("VulinfoData", "DateLastUpdated") => current.modified = text.to_owned(),
                ("AffectedItem", "Name") => product.vendor = text.to_owned(),
                ("AffectedItem", "ProductName") => product.name = text.to_owned(),
                ("AffectedItem", "Cpe") => product.cpe = Some(text.to_owned()),
                ("AffectedItem", "VersionNumber") => product.versions.push(text.to_owned()),
                (_, "AffectedItem") => current.affected.push(std::mem::take(&mut product)),
                ("RelatedItem", "VulinfoID") if related.as_deref() == Some("advisory") => {
                    if let Ok(id) = text.parse::<VulnerabilityId>()
                        && text.trim().to_ascii_uppercase().starts_with("CVE-")
                        && !current.cves.contains(&id)
                    {
                        current.cves.push(id);
                    }
                }
                (_, "Vulinfo") => {
                    report.records += 1;
                    current.withdrawn =
                        is_withdrawn(&current.title) || is_withdrawn(&current.overview);
                    let place = Place {
                        record: report.records,
                        offset: *begin,
                    };
                    let found = std::mem::take(current);
                    detail = None;
                    if found.id.parse::<VulnerabilityId>().is_err() {
                        let reason = format!("{:?} is no identifier of JVN", found.id);
                        report.aside(limits, place, None, reason);
                    } else {
                        each(found);
                    }
                }
                _ => {}
            }
        }
    })?;
    Ok(report)
}

/// An entry of JVNRSS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// `JVNDB-2022-000001`.
    pub id: String,
    /// The CVE that it is about.
    pub cves: Vec<VulnerabilityId>,
    /// The Japanese title.
    pub title: String,
    /// The Japanese description.
    pub description: String,
    /// The page.
    pub link: String,
    /// The products by their CPE names without versions.
    pub cpes: Vec<String>,
    /// The highest CVSS score, with its version.
    pub score: Option<(String, String)>,
    /// When it was last changed, as JVN writes it.
    pub modified: String,
    /// It was deleted, is not settled, or is out of support, by JVN's own mark.
    pub withdrawn: bool,
}

/// Reads overviews: a JVNRSS feed or `getVulnOverviewList`.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn overviews(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Overview),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let mut current: Option<(Overview, u64)> = None;
    document(reader, limits, &mut |happening, offset| match happening {
        Happening::Begin("item", _) => current = Some((Overview::default(), offset)),
        Happening::Begin(name, attributes) => {
            let Some((overview, _)) = &mut current else {
                return;
            };
            let attribute = |wanted: &str| {
                attributes
                    .iter()
                    .find(|(key, _)| key == wanted)
                    .map(|(_, value)| value.clone())
            };
            match name {
                "references" if attribute("source").as_deref() == Some("CVE") => {
                    let id = attribute("id").and_then(|id| id.parse().ok());
                    overview
                        .cves
                        .extend(id.filter(|id| !overview.cves.contains(id)));
                }
                "cvss" => {
                    if let (Some(version), Some(score)) = (attribute("version"), attribute("score"))
                        && overview
                            .score
                            .as_ref()
                            .is_none_or(|(known, _)| *known < version)
                    {
                        overview.score = Some((version, score));
                    }
                }
                _ => {}
            }
        }
        Happening::End(name, text) => {
            let Some((overview, begin)) = &mut current else {
                return;
            };
            match name {
                "title" => overview.title = text.to_owned(),
                "link" => overview.link = text.to_owned(),
                "description" => overview.description = text.to_owned(),
                "identifier" => overview.id = text.to_owned(),
                "cpe" => overview.cpes.push(text.to_owned()),
                "modified" => overview.modified = text.to_owned(),
                "item" => {
                    report.records += 1;
                    overview.withdrawn =
                        is_withdrawn(&overview.title) || is_withdrawn(&overview.description);
                    let place = Place {
                        record: report.records,
                        offset: *begin,
                    };
                    let found = std::mem::take(overview);
                    current = None;
                    if found.id.parse::<VulnerabilityId>().is_err() {
                        let reason = format!("{:?} is no identifier of JVN", found.id);
                        report.aside(limits, place, None, reason);
                    } else {
                        each(found);
                    }
                }
                _ => {}
            }
        }
    })?;
    Ok(report)
}

/// A product in JVN's list, which maps Japanese names to CPE names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Who makes it, in Japanese where JVN has it.
    pub vendor: String,
    /// What it is.
    pub product: String,
    /// Its CPE name.
    pub cpe: Name,
}

/// Reads the list of products: `myjvn_product_*.rdf` or `getProductList`.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn products(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Listed),
) -> Result<Report, FeedError> {
    let mut report = Report::default();
    let mut vendor = String::new();
    document(reader, limits, &mut |happening, offset| {
        let Happening::Begin(name, attributes) = happening else {
            return;
        };
        let attribute = |wanted: &str| {
            attributes
                .iter()
                .find(|(key, _)| key == wanted)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        match name {
            "Vendor" => vendor = attribute("vname"),
            "Product" => {
                report.records += 1;
                match Name::parse_lenient(&attribute("cpe")) {
                    Ok(cpe) => each(Listed {
                        vendor: vendor.clone(),
                        product: attribute("pname"),
                        cpe,
                    }),
                    Err(error) => {
                        let place = Place {
                            record: report.records,
                            offset,
                        };
                        report.aside(limits, place, Some(attribute("pid")), error.to_string());
                    }
                }
            }
            _ => {}
        }
    })?;
    Ok(report)
}
