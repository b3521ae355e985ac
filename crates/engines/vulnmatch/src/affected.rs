//! The `affected` blocks of CVE 5 records, as criteria.

use serde::Deserialize;

use crate::cpe::{Attribute, Name, Value};
use crate::model::{Bound, Confidence, Criterion, Range};
use crate::packages::{self, Distribution, Format, distribution_name};
use crate::prose;
use crate::versions::{Scheme, says_nothing};

/// One product of a CVE 5 record.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Affected {
    /// Who makes it, as the CNA writes it.
    pub vendor: Option<String>,
    /// What it is, as the CNA writes it.
    pub product: Option<String>,
    /// Its name in a package collection.
    pub package_name: Option<String>,
    /// CPE names of it.
    #[serde(default)]
    pub cpes: Vec<String>,
    /// The state of versions that are not named.
    pub default_status: Option<Status>,
    /// The versions.
    #[serde(default)]
    pub versions: Vec<VersionStatus>,
}

/// Whether a version is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Affected,
    /// It is not.
    Unaffected,
    /// Nobody said.
    #[serde(other)]
    Unknown,
}

/// A version or range of versions with its state.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionStatus {
    /// The version, or where the range begins.
    #[serde(default)]
    pub version: String,
    /// The state.
    pub status: Status,
    /// How versions are ordered.
    pub version_type: Option<String>,
    /// Where the range ends, itself not in it.
    pub less_than: Option<String>,
    /// Where the range ends, itself in it; `*` is without end.
    pub less_than_or_equal: Option<String>,
    /// Where within the range the state changes.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// A change of state within a range.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// From which version on.
    pub at: String,
    /// The new state.
    pub status: Status,
}

/// Ranges with one state, or why they could not be read.
struct Spans {
    ranges: Vec<Range>,
    clear: bool,
}

/// A vendor or product in words, as CPE names are mostly made of it.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.trim().to_lowercase().chars() {
        match character {
            ' ' | '\u{a0}' | '\u{202f}' | '\t' => slug.push('_'),
            '™' | '®' | '©' | ',' => {}
            _ => slug.push(character),
        }
    }
    slug
}

impl Affected {
    /// The criteria: one for each version or range that is affected and each name of the product.
    ///
    /// A product that has CPE names is as exact as they are; one that is only named in words is
    /// [`Confidence::Rough`] at most. Where the versions cannot be read, or the state of versions
    /// that are not named is left open, [`Confidence::ProductOnly`].
    #[must_use]
    pub fn criteria(&self) -> Vec<Criterion> {
        let (names, at_most) = self.names();
        if names.is_empty() {
            return Vec::new();
        }
        let mut criteria = Vec::new();
        for name in names {
            let (Some(vendor), Some(product)) = (
                name.literal(Attribute::Vendor),
                name.literal(Attribute::Product),
            ) else {
                continue;
            };
            let kind = self.versions.iter().find_map(|v| v.version_type.as_deref());
            let own = Scheme::of_product(vendor, product);
            let scheme = Scheme::of_type(kind.filter(|kind| *kind != "git"), vendor, product);
            for (range, clear) in self.ranges(scheme) {
                let mut name = name.clone();
                let mut range = range;
                if let (Some(start), Some(end)) = (&range.start, &range.end)
                    && start == end
                {
                    name.set(Attribute::Version, Value::text(&start.version));
                    range = Range::default();
                }
                criteria.push(Criterion {
                    name,
                    range,
                    vulnerable: true,
                    scheme: (scheme != own).then_some(scheme),
                    at_most: if clear {
                        at_most
                    } else {
                        Confidence::ProductOnly
                    },
                });
            }
        }
        criteria
    }

    /// The distribution that speaks here of one of its packages and not of a product: Red Hat names
    /// the release as the product and its CPE, and the package's own version. Taken by the letter,
    /// every host of that release would be affected, whatever is installed on it.
    fn packaged(&self) -> Option<(Distribution, &str)> {
        let package = self.package_name.as_deref()?.trim();
        let vendor = packages::vendor_of(self.vendor.as_deref()?)?;
        let of_type = |wanted: &[&str]| {
            self.versions.iter().any(|version| {
                version
                    .version_type
                    .as_deref()
                    .is_some_and(|kind| wanted.contains(&kind))
            })
        };
        let mut systems = self
            .cpes
            .iter()
            .filter_map(|text| Name::parse_lenient(text).ok());
        let format = if of_type(&["rpm"]) {
            Format::Rpm
        } else if of_type(&["deb", "dpkg"]) {
            Format::Deb
        } else if systems.any(|name| name.literal(Attribute::Part) == Some("o")) {
            match vendor {
                "debian" | "ubuntu" => Format::Deb,
                "alpine" | "wolfi" => Format::Apk,
                _ => Format::Rpm,
            }
        } else {
            return None;
        };
        if says_nothing(package) {
            return None;
        }
        let product = self.product.as_deref().unwrap_or_default();
        // `cpe:/a:redhat:x:7.6::el8` counts the product itself; the release stands in its edition.
        let by_edition = self.cpes.iter().find_map(|text| {
            let edition = text.rsplit(':').find(|part| part.starts_with("el"))?;
            packages::release_of(vendor, edition)
        });
        let by_product = || {
            let words = product.to_lowercase();
            let (_, number) = words
                .split_once("enterprise linux ")
                .or_else(|| words.split_once("rhel "))
                .or_else(|| words.split_once("rhel-"))?;
            packages::release_of(vendor, number)
        };
        let release = by_edition.or_else(by_product).or_else(|| {
            let system = self
                .cpes
                .iter()
                .filter_map(|text| Name::parse_lenient(text).ok())
                .find(|name| name.literal(Attribute::Part) == Some("o"))?;
            packages::release_of(vendor, system.literal(Attribute::Version)?)
        });
        // Streams with longer support have fixes under numbers of their own, below those of the
        // release: they say nothing about who follows the release.
        let apart = [
            "extended update",
            "update support",
            "telecommunications",
            "update services",
        ]
        .iter()
        .any(|words| product.to_lowercase().contains(words));
        let release = if apart { Some(slug(product)) } else { release };
        let distribution = Distribution {
            format,
            vendor: vendor.to_owned(),
            release,
        };
        Some((distribution, package))
    }

    fn names(&self) -> (Vec<Name>, Confidence) {
        if let Some((distribution, package)) = self.packaged() {
            return (
                vec![distribution_name(&distribution, package)],
                Confidence::Exact,
            );
        }
        let mut names: Vec<Name> = self
            .cpes
            .iter()
            .filter_map(|text| Name::parse_lenient(text).ok())
            .map(|mut name| {
                name.set(Attribute::Version, Value::Any);
                name.set(Attribute::Update, Value::Any);
                name
            })
            .collect();
        names.sort();
        names.dedup();
        if !names.is_empty() {
            return (names, Confidence::Exact);
        }
        let says =
            |text: &Option<String>| text.as_deref().map(slug).filter(|text| !says_nothing(text));
        let product = says(&self.product).or_else(|| says(&self.package_name));
        match (says(&self.vendor), product) {
            (Some(vendor), Some(product)) => (
                ['a', 'o', 'h']
                    .into_iter()
                    .map(|part| Name::product(part, &vendor, &product))
                    .collect(),
                Confidence::Rough,
            ),
            _ => (Vec::new(), Confidence::Rough),
        }
    }

    /// What is affected, and whether the source says so clearly.
    fn ranges(&self, scheme: Scheme) -> Vec<(Range, bool)> {
        // Commits have no order that an inventory could use; the kernel names releases besides.
        let git = |version: &&VersionStatus| version.version_type.as_deref() != Some("git");
        let named: Vec<&VersionStatus> = self.versions.iter().filter(git).collect();
        let only_git = named.is_empty() && !self.versions.is_empty();
        let spans = |status: Status| {
            let mut all = Spans {
                ranges: Vec::new(),
                clear: true,
            };
            for version in &named {
                let one = version.spans(status);
                all.clear &= one.clear;
                all.ranges.extend(one.ranges);
            }
            all
        };
        let affected = spans(Status::Affected);
        let unaffected = spans(Status::Unaffected);
        match self.default_status.unwrap_or(Status::Unknown) {
            _ if only_git => vec![(Range::default(), false)],
            Status::Affected if unaffected.ranges.is_empty() => {
                vec![(Range::default(), unaffected.clear)]
            }
            Status::Affected => match complement(&unaffected.ranges, scheme) {
                Some(ranges) => ranges
                    .into_iter()
                    .map(|range| (range, unaffected.clear))
                    .collect(),
                None => vec![(Range::default(), false)],
            },
            // Only fixed versions are named and nothing is said of the others: what lies outside is
            // possibly affected, what is named is not.
            Status::Unknown if affected.ranges.is_empty() && !unaffected.ranges.is_empty() => {
                complement(&unaffected.ranges, scheme)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|range| (range, false))
                    .collect()
            }
            _ => {
                let open = affected.ranges.is_empty() && !affected.clear;
                if open {
                    return vec![(Range::default(), false)];
                }
                affected
                    .ranges
                    .into_iter()
                    .map(|range| (range, affected.clear))
                    .collect()
            }
        }
    }
}

/// A version as the beginning of everything: `0`, `unspecified`, `*`, ….
fn is_beginning(version: &str) -> bool {
    says_nothing(version)
        || matches!(
            version.trim().trim_start_matches(['>', '=', ' ']),
            "0" | "0.0" | "0.0.0" | "" | "previous versions" | "all" | "all versions"
        )
}

impl VersionStatus {
    /// The ranges in which the state holds.
    fn spans(&self, wanted: Status) -> Spans {
        let stripped = |text: &str| {
            text.trim()
                .trim_start_matches(['<', '>', '=', ' '])
                .to_owned()
        };
        let end = match (&self.less_than, &self.less_than_or_equal) {
            (Some(end), _) | (None, Some(end)) if end.trim() == "*" => Some(None),
            (Some(end), _) => Some(Some(Bound {
                version: stripped(end),
                inclusive: false,
            })),
            (None, Some(end)) => Some(Some(Bound {
                version: stripped(end),
                inclusive: true,
            })),
            (None, None) => None,
        };
        let Some(end) = end else {
            return self.without_end(wanted);
        };
        let unclear = Spans {
            ranges: vec![Range::default()],
            clear: false,
        };
        if let Some(end) = &end
            && !end.version.bytes().any(|byte| byte.is_ascii_digit())
        {
            // `publication`, `<`: nobody knows.
            return if self.status == wanted {
                unclear
            } else {
                Spans {
                    ranges: Vec::new(),
                    clear: true,
                }
            };
        }
        let start =
            (!is_beginning(&self.version)).then(|| Bound::including(&stripped(&self.version)));
        let mut ranges = Vec::new();
        let mut state = self.status;
        let mut from = start;
        for change in &self.changes {
            if state == wanted {
                ranges.push(Range {
                    start: from.clone(),
                    end: Some(Bound::excluding(&change.at)),
                });
            }
            state = change.status;
            from = Some(Bound::including(&change.at));
        }
        if state == wanted {
            ranges.push(Range { start: from, end });
        }
        Spans {
            ranges,
            clear: true,
        }
    }

    fn without_end(&self, wanted: Status) -> Spans {
        if self.status != wanted {
            return Spans {
                ranges: Vec::new(),
                clear: true,
            };
        }
        let text = self.version.trim();
        if says_nothing(text) && text != "*" {
            return Spans {
                ranges: vec![Range::default()],
                clear: false,
            };
        }
        if matches!(text, "*" | "all" | "All" | "All versions" | "all versions") {
            return Spans {
                ranges: vec![Range::default()],
                clear: true,
            };
        }
        let plain = !text.contains([' ', '<', '>', '=', ',', '|', '*']) && text.is_ascii();
        if plain {
            let bound = Bound::including(text);
            return Spans {
                ranges: vec![Range {
                    start: Some(bound.clone()),
                    end: Some(bound),
                }],
                clear: true,
            };
        }
        match prose::versions(text) {
            Ok(ranges) => Spans {
                ranges,
                clear: true,
            },
            Err(_) => Spans {
                ranges: vec![Range::default()],
                clear: false,
            },
        }
    }
}

/// What lies outside the ranges; `None` when their bounds have no order.
fn complement(ranges: &[Range], scheme: Scheme) -> Option<Vec<Range>> {
    let mut sorted: Vec<&Range> = ranges.iter().collect();
    let key = |bound: &Bound| scheme.key(&bound.version, None);
    let bounds: Vec<_> = ranges
        .iter()
        .flat_map(|range| range.start.iter().chain(&range.end))
        .map(key)
        .collect();
    for pair in bounds.windows(2) {
        if let [one, other] = pair {
            one.compare(other)?;
        }
    }
    sorted.sort_by(|a, b| {
        let start = |range: &Range| range.start.as_ref().map(|b| key(b).bytes().to_vec());
        start(a).cmp(&start(b))
    });
    let mut gaps = Vec::new();
    let mut from: Option<Option<Bound>> = Some(None);
    for range in sorted {
        let Some(begin) = &from else { break };
        if let Some(start) = &range.start {
            let end = Bound {
                version: start.version.clone(),
                inclusive: !start.inclusive,
            };
            let empty = begin.as_ref().is_some_and(|begin| {
                let order = key(begin).compare(&key(&end));
                order == Some(std::cmp::Ordering::Greater)
                    || (order == Some(std::cmp::Ordering::Equal)
                        && !(begin.inclusive && end.inclusive))
            });
            if !empty {
                gaps.push(Range {
                    start: begin.clone(),
                    end: Some(end),
                });
            }
        }
        let next = range.end.as_ref().map(|end| Bound {
            version: end.version.clone(),
            inclusive: !end.inclusive,
        });
        from = match (from.flatten(), next) {
            (_, None) => None,
            (Some(now), Some(next))
                if key(&now).compare(&key(&next)) == Some(std::cmp::Ordering::Greater) =>
            {
                Some(Some(now))
            }
            (_, Some(next)) => Some(Some(next)),
        };
    }
    if let Some(from) = from {
        gaps.push(Range {
            start: from,
            end: None,
        });
    }
    Some(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a block says, on versions of its product.
    fn on(block: &str, version: &str) -> Option<Confidence> {
        let affected: Affected = serde_json::from_str(block).unwrap();
        let asset = Name::product('a', "v", "p").with_version(version);
        affected
            .criteria()
            .iter()
            .filter_map(|criterion| criterion.covers(&asset))
            .map(|coverage| coverage.confidence)
            .max()
    }

    #[test]
    fn a_distribution_speaks_of_its_packages_and_not_of_every_host() {
        use Confidence::{Exact, Rough};
        let block = r#"{"vendor":"Red Hat","product":"Red Hat Enterprise Linux 8","packageName":"openssl",
            "versions":[{"version":"1:1.1.1k-12.el8_9","lessThan":"*","versionType":"rpm","status":"unaffected"}],
            "defaultStatus":"affected","cpes":["cpe:/o:redhat:enterprise_linux:8::baseos"]}"#;
        let affected: Affected = serde_json::from_str(block).unwrap();
        let criteria = affected.criteria();
        let on = |asset: &Name| {
            criteria
                .iter()
                .filter_map(|criterion| criterion.covers(asset))
                .map(|coverage| coverage.confidence)
                .max()
        };
        let package = |release: Option<&str>, version: &str| {
            let distribution = Distribution {
                format: Format::Rpm,
                vendor: "redhat".to_owned(),
                release: release.map(str::to_owned),
            };
            distribution_name(&distribution, "openssl").with_version(version)
        };
        assert_eq!(on(&package(Some("el8"), "1:1.1.1k-7.el8_6")), Some(Exact));
        assert_eq!(on(&package(Some("el8"), "1:1.1.1k-12.el8_9")), None);
        assert_eq!(on(&package(Some("el9"), "1:1.1.1k-7.el9")), None);
        assert_eq!(on(&package(None, "1:1.1.1k-7.el8_6")), Some(Rough));
        // The host itself, and what upstream calls by the same name, are not spoken of.
        assert_eq!(
            on(&Name::product('o', "redhat", "enterprise_linux").with_version("8.6")),
            None
        );
        assert_eq!(
            on(&Name::product('a', "redhat", "openssl").with_version("1.0")),
            None
        );
    }

    #[test]
    fn blocks() {
        use Confidence::{Exact, ProductOnly, Rough};
        let cpe = r#""cpes":["cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*"]"#;
        for (block, version, expected) in [
            (
                r#""defaultStatus":"unaffected","versions":[{"version":"1.0","status":"affected","lessThan":"2.0","versionType":"semver"}]"#,
                "1.5",
                Some(Exact),
            ),
            (
                r#""defaultStatus":"unaffected","versions":[{"version":"1.0","status":"affected","lessThan":"2.0","versionType":"semver"}]"#,
                "2.0",
                None,
            ),
            (
                r#""versions":[{"version":"0","status":"affected","lessThanOrEqual":"*","versionType":"custom"}]"#,
                "99",
                Some(Rough),
            ),
            (
                r#""versions":[{"version":"1.4","status":"affected"}]"#,
                "1.4.0",
                Some(Exact),
            ),
            (
                r#""versions":[{"version":"1.4","status":"affected"}]"#,
                "1.5",
                None,
            ),
            (
                r#""versions":[{"version":"< 1.4","status":"affected"}]"#,
                "1.3",
                Some(Exact),
            ),
            (
                r#""versions":[{"version":">= 1.0.0-beta2","lessThanOrEqual":"<= 4.4.11","status":"affected"}]"#,
                "4.4.11",
                Some(Exact),
            ),
            (
                r#""versions":[{"version":"n/a","status":"affected"}]"#,
                "1.4",
                Some(ProductOnly),
            ),
            (
                r#""versions":[{"version":"3.0 and prior","status":"affected"}]"#,
                "3.0.1",
                None,
            ),
            (
                r#""versions":[{"version":"10.0.0","lessThan":"publication","status":"affected"}]"#,
                "10.1",
                Some(ProductOnly),
            ),
            // changes: affected until a fix in each branch.
            (
                r#""versions":[{"version":"9.0","status":"affected","lessThan":"9.0.10","changes":[{"at":"9.0.9-h1","status":"unaffected"}],"versionType":"custom"}]"#,
                "9.0.9",
                Some(Exact),
            ),
            (
                r#""versions":[{"version":"9.0","status":"affected","lessThan":"9.0.10","changes":[{"at":"9.0.9-h1","status":"unaffected"}],"versionType":"custom"}]"#,
                "9.0.9-h1",
                None,
            ),
            // default affected: what is named unaffected is cut out.
            (
                r#""defaultStatus":"affected","versions":[{"version":"5.4.1","status":"unaffected","lessThan":"5.5"},{"version":"6.0","status":"unaffected","lessThanOrEqual":"*"}]"#,
                "5.4.2",
                None,
            ),
            (
                r#""defaultStatus":"affected","versions":[{"version":"5.4.1","status":"unaffected","lessThan":"5.5"},{"version":"6.0","status":"unaffected","lessThanOrEqual":"*"}]"#,
                "5.5",
                Some(Exact),
            ),
            (
                r#""defaultStatus":"affected","versions":[{"version":"5.4.1","status":"unaffected","lessThan":"5.5"},{"version":"6.0","status":"unaffected","lessThanOrEqual":"*"}]"#,
                "6.1",
                None,
            ),
            (
                r#""defaultStatus":"affected","versions":[{"version":"5.4.1","status":"unaffected","lessThan":"5.5"},{"version":"6.0","status":"unaffected","lessThanOrEqual":"*"}]"#,
                "1.0",
                Some(Exact),
            ),
            // vulnix #67: only the fixed versions are named, the default is absent.
            (
                r#""versions":[{"version":"153","status":"unaffected","lessThanOrEqual":"*"}]"#,
                "154",
                None,
            ),
            (
                r#""versions":[{"version":"153","status":"unaffected","lessThanOrEqual":"*"}]"#,
                "152",
                Some(ProductOnly),
            ),
            (r#""defaultStatus":"unaffected","versions":[]"#, "1", None),
            (
                r#""defaultStatus":"affected","versions":[]"#,
                "1",
                Some(Rough),
            ),
            // Commits.
            (
                r#""versions":[{"version":"611e12ea0f12","status":"affected","lessThan":"12b0606000d0","versionType":"git"}]"#,
                "5.4",
                Some(ProductOnly),
            ),
            (
                r#""versions":[{"version":"611e12ea0f12","status":"affected","lessThan":"12b0606000d0","versionType":"git"},{"version":"5.4","status":"affected","lessThan":"5.9"}]"#,
                "6.0",
                None,
            ),
        ] {
            assert_eq!(
                on(&format!("{{{cpe},{block}}}"), version),
                expected,
                "{block} on {version}"
            );
        }
        // Named in words only.
        let words =
            r#"{"vendor":"V","product":"P","versions":[{"version":"1.4","status":"affected"}]}"#;
        assert_eq!(on(words, "1.4"), Some(Rough));
        let nobody = r#"{"vendor":"n/a","product":"n/a","versions":[{"version":"n/a","status":"affected"}]}"#;
        assert_eq!(on(nobody, "1.4"), None);
    }
}
