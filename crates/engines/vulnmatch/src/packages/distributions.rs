//! Packages of distributions: who built them, for which release, and the names by which only that
//! distribution's own advisories speak of them.

use super::{Package, Purl};
use crate::cpe::{Attribute, Name, Value};
use crate::versions::says_nothing;

/// How a distribution packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// dpkg: Debian, Ubuntu and their kin.
    Deb,
    /// RPM: Red Hat, SUSE, Fedora, Amazon and their kin.
    Rpm,
    /// Alpine, Wolfi.
    Apk,
    /// Others that patch what they pack: Arch, Gentoo, OpenWrt.
    Other,
}

impl Format {
    /// The type of its package URLs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Rpm => "rpm",
            Self::Apk => "apk",
            Self::Other => "other",
        }
    }
}

/// Whose package it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Distribution {
    /// How it packs.
    pub format: Format,
    /// The distribution: `debian`, `redhat`, …; empty where that could not be told.
    pub vendor: String,
    /// The release for which it was built: `el8`, `11`, …; nothing where that could not be told.
    pub release: Option<String>,
}

/// Writings of distributions, and their name here.
const VENDORS: &[(&[&str], &str)] = &[
    (&["debian"], "debian"),
    (&["ubuntu", "canonical"], "ubuntu"),
    (&["redhat", "red hat", "rhel", "red hat, inc."], "redhat"),
    (&["centos", "centos stream"], "centos"),
    (&["rocky", "rockylinux", "rocky linux"], "rocky"),
    (&["almalinux", "alma linux"], "almalinux"),
    (
        &["miraclelinux", "miracle linux", "cybertrust japan"],
        "miraclelinux",
    ),
    (&["oraclelinux", "ol", "oracle linux"], "oraclelinux"),
    (
        &[
            "amzn",
            "amazon",
            "amazonlinux",
            "amazon linux",
            "amazon.com, inc.",
        ],
        "amazon",
    ),
    (&["fedora", "fedora project", "fedoraproject"], "fedora"),
    (
        &[
            "suse",
            "sles",
            "sled",
            "suse llc",
            "suse llc <https://www.suse.com/>",
        ],
        "suse",
    ),
    (&["opensuse", "opensuse leap"], "opensuse"),
    (&["alpine", "alpinelinux", "alpine linux"], "alpine"),
    (&["wolfi", "chainguard"], "wolfi"),
    (&["openeuler"], "openeuler"),
    (&["photon", "mariner", "azurelinux"], "microsoft-or-vmware"),
];

/// The distribution of a writing.
pub(crate) fn vendor_of(text: &str) -> Option<&'static str> {
    let text = text.trim().to_lowercase();
    VENDORS
        .iter()
        .find(|(writings, _)| writings.contains(&&*text))
        .map(|(_, vendor)| *vendor)
}

/// The distribution of an operating system's CPE name.
fn vendor_of_system(system: &Name) -> Option<&'static str> {
    let product = system.literal(Attribute::Product)?;
    Some(match (system.literal(Attribute::Vendor)?, product) {
        ("debian", _) => "debian",
        ("canonical", _) => "ubuntu",
        ("redhat", _) => "redhat",
        ("centos", _) => "centos",
        ("rocky" | "resf", _) => "rocky",
        ("almalinux", _) => "almalinux",
        ("miraclelinux" | "cybertrust", _) => "miraclelinux",
        ("oracle", "linux") => "oraclelinux",
        ("amazon", product) if product.contains("linux") => "amazon",
        ("fedoraproject", "fedora") => "fedora",
        ("suse", _) => "suse",
        ("opensuse", _) => "opensuse",
        ("alpinelinux", _) => "alpine",
        ("openeuler", _) => "openeuler",
        _ => return None,
    })
}

/// What the version itself says of its maker: format, vendor where it is plain, release.
fn marks(version: &str) -> Option<Distribution> {
    let version = version.to_lowercase();
    let after = |mark: &str| {
        let (_, rest) = version.split_once(mark)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    let of = |format, vendor: &str, release: Option<String>| {
        Some(Distribution {
            format,
            vendor: vendor.to_owned(),
            release,
        })
    };
    if let Some(release) = after("+deb").or_else(|| after("~deb")) {
        return of(Format::Deb, "debian", Some(release));
    }
    if version.contains("ubuntu") {
        return of(Format::Deb, "ubuntu", None);
    }
    if let Some(release) = after(".amzn") {
        return of(Format::Rpm, "amazon", Some(release));
    }
    if let Some(release) = after(".fc") {
        return of(Format::Rpm, "fedora", Some(release));
    }
    // Red Hat and those who build it again write the same.
    if let Some(release) = after(".el").or_else(|| after(".rhel")) {
        return of(Format::Rpm, "", Some(format!("el{release}")));
    }
    None
}

/// The release as this crate names it, from `rhel-8.6`, `debian-11`, `ubuntu-22.04`, `8.6`.
pub(crate) fn release_of(vendor: &str, text: &str) -> Option<String> {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let begin = text.find(|c: char| c.is_ascii_digit())?;
    let number: String = text
        .get(begin..)?
        .chars()
        .take_while(|c| digits(*c))
        .collect();
    let number = number.trim_matches('.');
    let major = number.split('.').next().filter(|major| !major.is_empty())?;
    Some(match vendor {
        "redhat" | "centos" | "rocky" | "almalinux" | "miraclelinux" | "oraclelinux" => {
            format!("el{major}")
        }
        "ubuntu" | "alpine" => number.split('.').take(2).collect::<Vec<_>>().join("."),
        _ => major.to_owned(),
    })
}

/// Whose package it is, of a package URL of a distribution's type.
pub(super) fn of_purl(format: Format, purl: &Purl, package: &Package<'_>) -> Distribution {
    let by_version = purl.version.as_deref().and_then(marks);
    let system = package.system.filter(|_| format != Format::Other);
    let vendor = vendor_of(&purl.namespace)
        .or_else(|| {
            purl.qualifier("distro")
                .and_then(|distro| vendor_of(distro.split('-').next()?))
        })
        .map(str::to_owned)
        .or_else(|| {
            by_version
                .as_ref()
                .map(|marks| marks.vendor.clone())
                .filter(|vendor| !vendor.is_empty())
        })
        .or_else(|| system.and_then(vendor_of_system).map(str::to_owned))
        .or_else(|| package.vendor.and_then(vendor_of).map(str::to_owned))
        .unwrap_or_default();
    let release = purl
        .qualifier("distro")
        .and_then(|distro| release_of(&vendor, distro))
        .or_else(|| by_version.and_then(|marks| marks.release))
        .or_else(|| release_of_system(&vendor, system));
    Distribution {
        format,
        vendor,
        release,
    }
}

fn release_of_system(vendor: &str, system: Option<&Name>) -> Option<String> {
    let system = system?;
    if vendor_of_system(system)? != vendor {
        return None;
    }
    release_of(vendor, system.literal(Attribute::Version)?)
}

/// Whose package it is, without a package URL: by the marks of its version, or because the asset
/// runs a Linux distribution and a program of it has no other origin.
pub(super) fn of_package(package: &Package<'_>) -> Option<Distribution> {
    let by_version = package.version.and_then(marks);
    let by_system = package.system.and_then(vendor_of_system);
    let packager = package.vendor.and_then(vendor_of);
    // What looks into a Linux host from inside reports what the package manager knows.
    let from_inside = matches!(
        package.source,
        "collect" | "dpkg" | "deb_packages" | "rpm_packages" | "apk_packages"
    );
    if by_version.is_none() && by_system.is_none() && !from_inside {
        return None;
    }
    let vendor = by_version
        .as_ref()
        .map(|marks| &*marks.vendor)
        .filter(|vendor| !vendor.is_empty())
        .or(packager)
        .or(by_system)
        .unwrap_or_default();
    let format = by_version
        .as_ref()
        .map(|marks| marks.format)
        .unwrap_or(match vendor {
            "debian" | "ubuntu" => Format::Deb,
            "alpine" | "wolfi" => Format::Apk,
            "" => Format::Other,
            _ => Format::Rpm,
        });
    Some(Distribution {
        format,
        release: by_version
            .as_ref()
            .and_then(|marks| marks.release.clone())
            .or_else(|| release_of_system(vendor, package.system)),
        vendor: vendor.to_owned(),
    })
}

/// The name by which the advisories of a distribution speak of a package. No feed of upstream
/// products has such a vendor, so that nothing else can speak of it.
///
/// ```
/// use vulnmatch::packages::{Distribution, Format, distribution_name};
/// let rhel = Distribution { format: Format::Rpm, vendor: "redhat".to_owned(), release: Some("el8".to_owned()) };
/// let name = distribution_name(&rhel, "openssl").with_version("1:1.1.1k-7.el8_6");
/// assert_eq!(name.to_string(), r"cpe:2.3:a:pkg\:rpm\/redhat:openssl:1\:1.1.1k-7.el8_6:*:*:*:*:el8:*:*");
/// ```
#[must_use]
pub fn distribution_name(distribution: &Distribution, package: &str) -> Name {
    let vendor = format!("pkg:{}/{}", distribution.format.code(), distribution.vendor);
    let mut name = Name::product('a', &vendor, package);
    if let Some(release) = &distribution.release {
        name.set(Attribute::TargetSw, Value::text(release));
    }
    name
}

/// The package of a distribution as a name with its version; nothing when the distribution is not
/// known, since then nobody could speak of it.
pub(super) fn product(
    distribution: &Distribution,
    package: &str,
    version: Option<&str>,
) -> Option<Name> {
    if distribution.vendor.is_empty() || package.is_empty() {
        return None;
    }
    let name = distribution_name(distribution, package);
    Some(match version.filter(|version| !says_nothing(version)) {
        Some(version) => name.with_version(version),
        None => name,
    })
}
