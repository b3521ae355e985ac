//! The order of versions.
//!
//! Every vendor counts in its own way, so the order is chosen by vendor and product
//! ([`Scheme::of_product`]) or, for CVE 5 records, by their `versionType` ([`Scheme::of_type`]).
//! A scheme turns a version into a [`Key`]: bytes whose order is the order of the versions. Keys of
//! different *classes* — a Windows build and a year, two trains of Cisco IOS, a date and a dotted
//! number — have no order, and the answer is [`None`] rather than a guess.
//!
//! ```
//! use std::cmp::Ordering;
//! use vulnmatch::versions::Scheme;
//! let scheme = Scheme::of_product("paloaltonetworks", "pan-os");
//! assert_eq!(scheme.compare("10.1.14-h11", "10.1.14"), Some(Ordering::Greater));
//! assert_eq!(scheme.compare("9.5", "9.5.0"), Some(Ordering::Equal));
//! let windows = Scheme::of_product("microsoft", "windows_10");
//! assert_eq!(windows.compare("21H2", "10.0.19044.1288"), None);
//! ```

mod cisco;
mod key;
mod loose;
mod packages;
mod vendors;

use std::cmp::Ordering;

pub use key::Key;

/// The longest version that is ordered, in bytes; longer ones are only equal or not.
pub const LONGEST_VERSION: usize = 256;

/// How the versions of a product are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Scheme {
    /// Numbers and words as most people write them: `1.0.2k`, `2.0-beta9`, `9.1:r17`, `6.9.0-4`.
    Loose = 0,
    /// As [`Scheme::Loose`], but `b` before a number is a build, not a beta: Huawei, D-Link.
    Builds = 1,
    /// semver.org 2.0, with as many numbers as are given.
    Semver = 2,
    /// rpmvercmp, with epoch and release.
    Rpm = 3,
    /// Debian policy §5.6.12.
    Deb = 4,
    /// Maven's ComparableVersion.
    Maven = 5,
    /// Python's PEP 440.
    Python = 6,
    /// Java: `1.8.0_202`, `8u202`, `1.8.0` with `update_202`, `11.0.2`.
    Java = 7,
    /// Cisco IOS, IOS XE 3 and NX-OS: `15.0(3)EW`; trains have no order among each other.
    CiscoTrain = 8,
    /// Cisco ASA, ISE, UCM and others: `8.1(2)` is `8.1.2`.
    CiscoDotted = 9,
    /// FortiOS and its kin: `7.0.0,build0066 (GA)` is `7.0.0`, `4.0 MR3 patch 11` is `4.3.11`.
    Fortinet = 10,
    /// Junos: `12.3R12-S13`, `15.1X49-D90`.
    Junos = 11,
    /// OpenSSL: letters are patch releases, `-fips` is a build of the same.
    OpenSsl = 12,
    /// Microsoft: builds `10.0.20348.2762`, releases `21H2`, years `2016 SP2`.
    Microsoft = 13,
    /// NetScaler: `13.1-51.15`, `NS13.1: Build 51.15.nc`.
    NetScaler = 14,
    /// SonicWall: `6.5.4.7-83n`; the letters at the end name the platform.
    SonicWall = 15,
    /// VMware: `7.0 U2a`, `7.0` with `update_2a`; build numbers left out.
    Vmware = 16,
    /// Oracle database: `19c` is `19`, `11.2.0.4`.
    Oracle = 17,
    /// Pulse and Ivanti Connect Secure: `9.1R17.1`, `9.1` with `r17.1`, `22.7R2.5 (build 3431)`.
    Ivanti = 18,
    /// OpenSSH portable: `7.9p1` is `7.9`.
    OpenSsh = 19,
    /// No order at all: commits.
    Unordered = 20,
}

impl Scheme {
    /// All schemes.
    pub const ALL: [Self; 21] = [
        Self::Loose,
        Self::Builds,
        Self::Semver,
        Self::Rpm,
        Self::Deb,
        Self::Maven,
        Self::Python,
        Self::Java,
        Self::CiscoTrain,
        Self::CiscoDotted,
        Self::Fortinet,
        Self::Junos,
        Self::OpenSsl,
        Self::Microsoft,
        Self::NetScaler,
        Self::SonicWall,
        Self::Vmware,
        Self::Oracle,
        Self::Ivanti,
        Self::OpenSsh,
        Self::Unordered,
    ];

    /// The scheme of a code that [`Scheme::code`] gave.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The number by which an index names the scheme.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The scheme of a product, by the vendor and product of its CPE name (lower case).
    #[must_use]
    pub fn of_product(vendor: &str, product: &str) -> Self {
        match (vendor, product) {
            // Packages of distributions, as `packages` names them.
            (vendor, _) if vendor.starts_with("pkg:") => match vendor.split('/').next() {
                Some("pkg:rpm") => Self::Rpm,
                Some("pkg:deb") => Self::Deb,
                _ => Self::Loose,
            },
            ("cisco", "ios" | "nx-os" | "catos") => Self::CiscoTrain,
            ("cisco", product) if product.starts_with("ios_xe") => Self::CiscoTrain,
            ("cisco", _) => Self::CiscoDotted,
            ("fortinet", _) => Self::Fortinet,
            ("juniper", product) if product.starts_with("junos") => Self::Junos,
            ("microsoft", _) => Self::Microsoft,
            ("openssl" | "openssl_project", _) => Self::OpenSsl,
            ("openbsd", "openssh") => Self::OpenSsh,
            (
                "oracle" | "sun",
                "jre" | "jdk" | "java_se" | "java" | "sdk" | "openjdk" | "graalvm",
            ) => Self::Java,
            ("oracle", product) if product.contains("database") => Self::Oracle,
            ("vmware", _) => Self::Vmware,
            ("sonicwall", _) => Self::SonicWall,
            ("ivanti" | "pulsesecure", _) | ("juniper", "pulse_connect_secure") => Self::Ivanti,
            ("citrix", product)
                if product.contains("netscaler")
                    || product.contains("application_delivery")
                    || product.contains("gateway") =>
            {
                Self::NetScaler
            }
            ("netscaler", _) => Self::NetScaler,
            ("huawei" | "dlink" | "d-link" | "trendnet" | "zyxel" | "tp-link", _) => Self::Builds,
            _ => Self::Loose,
        }
    }

    /// The scheme of a `versionType` of CVE 5 for a product. Where the product has a scheme of its
    /// own, that is better than `semver` and `custom`, which are often said and seldom meant.
    #[must_use]
    pub fn of_type(version_type: Option<&str>, vendor: &str, product: &str) -> Self {
        let own = Self::of_product(vendor, product);
        match version_type.map(str::to_ascii_lowercase).as_deref() {
            Some("git") => Self::Unordered,
            Some("rpm") => Self::Rpm,
            Some("deb" | "dpkg") => Self::Deb,
            Some("maven") => Self::Maven,
            Some("python" | "pypi" | "pep440") => Self::Python,
            Some("semver") if own == Self::Loose => Self::Semver,
            _ => own,
        }
    }

    /// The key of a version with its update, as CPE names part them; an update of `-` or nothing
    /// is none.
    #[must_use]
    pub fn key(self, version: &str, update: Option<&str>) -> Key {
        let update = update.filter(|update| !matches!(*update, "" | "-" | "*"));
        let length = version.len() + update.map_or(0, str::len);
        let readable = version.bytes().any(|byte| byte.is_ascii_digit());
        if length > LONGEST_VERSION || !readable && update.is_none() {
            return Key::opaque(version, update);
        }
        let mut text = version.trim().to_lowercase();
        if let Some(update) = update {
            text.push(':');
            text.push_str(&update.trim().to_lowercase());
        }
        let key = match self {
            Self::Loose => loose::key(&text, loose::Words::Usual),
            Self::Builds => loose::key(&text, loose::Words::Builds),
            Self::Maven => loose::key(&text, loose::Words::Maven),
            Self::Semver => packages::semver(&text),
            Self::Rpm => packages::rpm(&text),
            Self::Deb => packages::deb(&text),
            Self::Python => packages::python(&text),
            Self::Java => vendors::java(&text),
            Self::CiscoTrain => cisco::train(&text),
            Self::CiscoDotted => loose::key(&text, loose::Words::Usual),
            Self::Fortinet => vendors::fortinet(&text),
            Self::Junos => vendors::junos(&text),
            Self::OpenSsl => vendors::openssl(&text),
            Self::Microsoft => vendors::microsoft(&text),
            Self::NetScaler => vendors::netscaler(&text),
            Self::SonicWall => vendors::sonicwall(&text),
            Self::Vmware => vendors::vmware(&text),
            Self::Oracle => vendors::oracle(&text),
            Self::Ivanti => vendors::ivanti(&text),
            Self::OpenSsh => vendors::openssh(&text),
            Self::Unordered => None,
        };
        key.unwrap_or_else(|| Key::opaque(version, update))
    }

    /// The order of two versions; `None` when they have none.
    #[must_use]
    pub fn compare(self, one: &str, other: &str) -> Option<Ordering> {
        self.key(one, None).compare(&self.key(other, None))
    }

    /// Whether patch levels are a part of the version's writing, so that a statement about `9.1`
    /// speaks of all its patch levels.
    #[must_use]
    pub const fn has_patch_levels(self) -> bool {
        matches!(
            self,
            Self::Java | Self::Ivanti | Self::Junos | Self::Fortinet | Self::Vmware
        )
    }
}

/// Whether a text says nothing about a version: empty, `?`, `-`, `*`, `n/a`, `unknown`, ….
#[must_use]
pub fn says_nothing(version: &str) -> bool {
    let text = version.trim();
    !text.chars().any(char::is_alphanumeric)
        || matches!(
            text.to_lowercase().as_str(),
            "n/a"
                | "na"
                | "unknown"
                | "unspecified"
                | "none"
                | "not specified"
                | "不明"
                | "なし"
                | "未定"
                | "未確認"
                | "nothing"
                | "null"
                | "various"
        )
}

#[cfg(test)]
mod tests;
