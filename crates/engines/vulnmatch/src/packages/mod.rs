//! Installed software as products: from package URLs, CPE names, and what installers write.
//!
//! Who may judge a package decides everything. A library of a language or a program of Windows is
//! what its maker published, and the ranges of upstream records speak of it. A package of a Linux
//! distribution is not: 「openssl 1:1.1.1k-7.el8_6」 has the fixes of years that upstream published
//! under higher numbers, so that an upstream range would call thousands of mended packages
//! affected. Such a package gets a name that only statements of its own distribution use
//! ([`distribution_name`]): those of CVE records and CSAF advisories that name the package by its
//! collection ([`crate::affected`], [`crate::feeds::csaf`]).
//!
//! ```
//! use vulnmatch::names::Dictionary;
//! use vulnmatch::packages::{JudgedBy, Package, judged};
//! let dictionary = Dictionary::new();
//! let library = Package { purl: Some("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"), ..Package::default() };
//! let found = judged(&library, &dictionary);
//! assert!(matches!(found.by, JudgedBy::Upstream));
//! assert_eq!(found.products[0].name.to_string(), "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*");
//! let package = Package { purl: Some("pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u5"), ..Package::default() };
//! let found = judged(&package, &dictionary);
//! let JudgedBy::Distribution(debian) = found.by else { panic!() };
//! assert_eq!((&*debian.vendor, debian.release.as_deref()), ("debian", Some("11")));
//! ```

mod distributions;
mod languages;
mod programs;
mod purl;

pub use distributions::{Distribution, Format, distribution_name};
pub(crate) use distributions::{release_of, vendor_of};
pub use languages::Ecosystem;
pub use purl::{LONGEST_PURL, Purl, PurlError};

use crate::cpe::{Attribute, Name, Value};
use crate::model::Confidence;
use crate::names::Dictionary;
use crate::versions::says_nothing;

/// The longest name, version or vendor of a package that is read, in bytes.
pub const LONGEST_TEXT: usize = 1024;

/// One installed software, as an inventory has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Package<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its version, as written.
    pub version: Option<&'a str>,
    /// Its maker, or who packed it.
    pub vendor: Option<&'a str>,
    /// Where the line comes from: the code of a source of the crate `discovery` (`collect`,
    /// `cyclonedx`, `osquery_tables`), or empty. `collect` reports what a Linux host's package
    /// manager knows.
    pub source: &'a str,
    /// Its CPE name in either form.
    pub cpe: Option<&'a str>,
    /// Its package URL.
    pub purl: Option<&'a str>,
    /// The operating system of the asset, where it is known.
    pub system: Option<&'a Name>,
}

/// Whose statements decide whether a package is affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgedBy {
    /// Those about the product as its maker published it.
    Upstream,
    /// Only those of the distribution that built the package, which carries fixes back into old
    /// versions. Without such a statement nothing is known: not affected, and not safe either.
    Distribution(Distribution),
    /// Nobody's: a container, a file, something that no feed names.
    Nobody,
}

/// Why a product is one that the package may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ground {
    /// A person confirmed the text.
    Confirmed,
    /// The package brings its CPE name.
    Named,
    /// The package is of a distribution, and this is its name there.
    Packaged,
    /// A table of this crate has it.
    Alias,
    /// A list of products has the name.
    Listed,
    /// Made of the package's own name, as NVD names most libraries; it may be that nothing is
    /// called so.
    Similar,
}

/// A product that a package is, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its name with the version.
    pub name: Name,
    /// The most confidence that a finding on it may have: the caller limits findings to it.
    pub at_most: Confidence,
    /// How well it fits, from 1 to 100, as [`crate::names::Candidate::score`].
    pub score: u8,
    /// Why.
    pub ground: Ground,
}

/// What a package is, and who may judge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Whose statements count.
    pub by: JudgedBy,
    /// The products, the surest first; none when nothing is known by that name.
    pub products: Vec<Product>,
}

impl Judged {
    fn nobody() -> Self {
        Self {
            by: JudgedBy::Nobody,
            products: Vec::new(),
        }
    }

    fn distribution(distribution: Distribution, name: &str, version: Option<&str>) -> Self {
        let products = distributions::product(&distribution, name, version)
            .map(|name| Product {
                name,
                at_most: Confidence::Exact,
                score: 100,
                ground: Ground::Packaged,
            })
            .into_iter()
            .collect();
        Self {
            by: JudgedBy::Distribution(distribution),
            products,
        }
    }
}

/// What a package is, and whose statements about it count.
///
/// A pure function: the same package and dictionary always give the same answer. In this order the
/// package URL decides, then the marks of distributions in version and system, then the CPE name
/// that the package brings, then its name. A CPE name beside a package URL of a distribution does
/// not count: tools make it up from the package's name, and upstream ranges would flood. A package
/// URL that cannot be read counts as none.
#[must_use]
pub fn judged(package: &Package<'_>, dictionary: &Dictionary) -> Judged {
    let mut judged = judged_as_written(package, dictionary);
    // What a package is called may hold anything: control characters, which no name of a product
    // has, or a backslash, which is an escape when the name is read again. A name must come back as
    // the same when it is stored, and no real product has either.
    judged.products.retain_mut(|product| {
        let Ok(name) = Name::parse_lenient(&product.name.to_string()) else {
            return false;
        };
        product.name = name;
        let says = |attribute| product.name.literal(attribute).is_some();
        says(Attribute::Vendor) && says(Attribute::Product)
    });
    judged
}

fn judged_as_written(package: &Package<'_>, dictionary: &Dictionary) -> Judged {
    let texts = [Some(package.name), package.version, package.vendor];
    if texts
        .into_iter()
        .flatten()
        .any(|text| text.len() > LONGEST_TEXT)
    {
        return Judged::nobody();
    }
    if let Some(purl) = package.purl.and_then(|text| Purl::parse(text).ok()) {
        let version = purl.version.as_deref().or(package.version);
        let format = match &*purl.kind {
            "deb" => Some(Format::Deb),
            "rpm" => Some(Format::Rpm),
            "apk" => Some(Format::Apk),
            "alpm" | "ebuild" | "opkg" | "ipk" | "pacman" | "xbps" | "nix" => Some(Format::Other),
            _ => None,
        };
        if let Some(format) = format {
            let distribution = distributions::of_purl(format, &purl, package);
            let epoch = purl.qualifier("epoch").filter(|epoch| *epoch != "0");
            let version = match (version, epoch) {
                (Some(version), Some(epoch)) if !version.contains(':') => {
                    Some(format!("{epoch}:{version}"))
                }
                (version, _) => version.map(str::to_owned),
            };
            let mut judged = Judged::distribution(distribution, &purl.name, version.as_deref());
            // Most advisories speak of the source package: of `openssl`, not of `openssl-libs`.
            if let (Some(source), JudgedBy::Distribution(distribution)) =
                (source_package(&purl), &judged.by)
                && source != purl.name
            {
                let of_source =
                    Judged::distribution(distribution.clone(), &source, version.as_deref());
                judged.products.extend(of_source.products);
            }
            return judged;
        }
        if let Some(ecosystem) = Ecosystem::of_type(&purl.kind) {
            let mut products = brought(package);
            for product in languages::products(ecosystem, &purl, version) {
                if !products.iter().any(|known| known.name == product.name) {
                    products.push(product);
                }
            }
            return Judged {
                by: JudgedBy::Upstream,
                products,
            };
        }
        if matches!(
            &*purl.kind,
            "docker" | "oci" | "swid" | "mlmodel" | "huggingface" | "qpkg"
        ) {
            return match brought(package) {
                products if products.is_empty() => Judged::nobody(),
                products => Judged {
                    by: JudgedBy::Upstream,
                    products,
                },
            };
        }
        // `generic`, `github`, `conan`, `bitnami`, …: what the name says.
        return upstream(
            &Package {
                name: if package.name.is_empty() {
                    &purl.name
                } else {
                    package.name
                },
                version,
                ..*package
            },
            dictionary,
        );
    }
    if let Some(distribution) = distributions::of_package(package) {
        return Judged::distribution(distribution, package.name.trim(), package.version);
    }
    upstream(package, dictionary)
}

/// The source package of a distribution's package, where its URL names it: `upstream=openssl@1.1`,
/// `upstream=openssl-1.1.1k-7.el8_6.src.rpm`.
fn source_package(purl: &Purl) -> Option<String> {
    let upstream = purl.qualifier("upstream")?;
    let name = match upstream.strip_suffix(".src.rpm") {
        Some(file) => file.rsplitn(3, '-').nth(2)?,
        None => upstream.split('@').next()?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

/// The product that a package names itself.
fn brought(package: &Package<'_>) -> Vec<Product> {
    let Some(mut name) = package.cpe.and_then(|text| Name::parse_lenient(text).ok()) else {
        return Vec::new();
    };
    if name.literal(Attribute::Vendor).is_none() || name.literal(Attribute::Product).is_none() {
        return Vec::new();
    }
    if *name.get(Attribute::Version) == Value::Any
        && let Some(version) = package.version.filter(|version| !says_nothing(version))
    {
        name = name.with_version(version);
    }
    vec![Product {
        name,
        at_most: Confidence::Exact,
        score: 95,
        ground: Ground::Named,
    }]
}

fn upstream(package: &Package<'_>, dictionary: &Dictionary) -> Judged {
    let mut products = brought(package);
    if products.is_empty() {
        products = programs::products(package, dictionary);
    }
    if products.is_empty() {
        return Judged::nobody();
    }
    Judged {
        by: JudgedBy::Upstream,
        products,
    }
}

#[cfg(test)]
mod tests;
