//! What the sources say, in one form: statements that name a vulnerability, and conditions on the
//! products of an asset under which it is affected.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cpe::Name;
use crate::versions::Scheme;

/// The identifier of a vulnerability: `CVE-2021-44228`, or `JVNDB-2022-000001` where JVN gives no
/// CVE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VulnerabilityId(u64);

/// The text is no identifier of a vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no identifier such as CVE-2021-44228 or JVNDB-2022-000001")]
pub struct NotAnId {
    /// What was read, cut to 40 characters.
    pub text: String,
}

const NUMBER_BITS: u32 = 40;
const YEAR_BITS: u32 = 16;

impl VulnerabilityId {
    /// The identifier as a number that keeps the order of year and number.
    #[must_use]
    pub const fn code(self) -> u64 {
        self.0
    }

    /// The identifier of a code.
    #[must_use]
    pub const fn from_code(code: u64) -> Self {
        Self(code)
    }
}

impl std::str::FromStr for VulnerabilityId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let error = || NotAnId {
            text: text.chars().take(40).collect(),
        };
        let (kind, rest) = match text.trim().split_once('-') {
            Some((kind, rest)) if kind.eq_ignore_ascii_case("CVE") => (0u64, rest),
            Some((kind, rest)) if kind.eq_ignore_ascii_case("JVNDB") => (1, rest),
            _ => return Err(error()),
        };
        let (year, number) = rest.split_once('-').ok_or_else(error)?;
        let digits = |text: &str, most: usize| {
            !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if year.len() != 4 || !digits(year, 4) || !digits(number, 12) || number.len() < 4 {
            return Err(error());
        }
        let year: u64 = year.parse().map_err(|_| error())?;
        let number: u64 = number.parse().map_err(|_| error())?;
        Ok(Self(
            (kind << (NUMBER_BITS + YEAR_BITS)) | (year << NUMBER_BITS) | number,
        ))
    }
}

impl fmt::Display for VulnerabilityId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0 & ((1 << NUMBER_BITS) - 1);
        let year = (self.0 >> NUMBER_BITS) & ((1 << YEAR_BITS) - 1);
        if self.0 >> (NUMBER_BITS + YEAR_BITS) == 0 {
            write!(formatter, "CVE-{year:04}-{number:04}")
        } else {
            write!(formatter, "JVNDB-{year:04}-{number:06}")
        }
    }
}

impl Serialize for VulnerabilityId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VulnerabilityId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum Source {
    /// Configurations of NVD.
    Nvd = 0,
    /// The public-domain overrides for what NVD did not analyse. They replace NVD's configurations
    /// of the same CVE, since they exist where those are wrong or lacking.
    Overrides = 1,
    /// The `affected` blocks of the CVE record, from its CNA.
    CveRecord = 2,
    /// The `affected` blocks that an authorized data publisher (CISA) added to the CVE record.
    CveRecordPublisher = 3,
    /// JVN iPedia.
    Jvn = 4,
    /// A CSAF advisory.
    Csaf = 5,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 6] = [
        Self::Nvd,
        Self::Overrides,
        Self::CveRecord,
        Self::CveRecordPublisher,
        Self::Jvn,
        Self::Csaf,
    ];

    /// The source of a number that an index holds.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// How far a finding may be trusted. The order is from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Confidence {
    /// The product is named; whether the version is affected could not be told.
    ProductOnly = 0,
    /// The version was compared, and something remains open; the reason says what.
    Rough = 1,
    /// Product, version and whatever else the source names agree.
    Exact = 2,
}

impl Confidence {
    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::ProductOnly,
            1 => Self::Rough,
            _ => Self::Exact,
        }
    }
}

/// Why a criterion covers a name, and why with no more confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The source names this version.
    VersionNamed,
    /// The version lies in the range.
    InRange,
    /// The source says every version, or names none.
    EveryVersion,
    /// The source names the product without any version.
    NoVersionNamed,
    /// The version of the asset is not known.
    AssetVersionUnknown,
    /// The version fits; the source names an update and that of the asset is not known.
    AssetUpdateUnknown,
    /// The source names an edition, language or platform, and that of the asset is not known.
    EnvironmentUnknown,
    /// The range ends with the version of which the asset has a patch level.
    PatchLevelOfBound,
    /// The range fits; the source names another update beside it, which is taken as a part of its end.
    UpdateBesideRange,
    /// The version has a word whose order is a guess.
    WordInVersion,
    /// The two versions have no order.
    CannotCompare,
    /// The source's words about versions could not be read, or name the product in words only.
    SourceUnclear,
    /// The platform is named by its family: any Windows, any Linux.
    PlatformFamily,
}

impl Reason {
    /// Whether nothing could be compared, because the versions have no order among each other: a
    /// finding that says no more than that the source names the product. A screen leaves these out
    /// of what has to be done, and shows them where everything is shown.
    #[must_use]
    pub const fn is_incomparable(self) -> bool {
        matches!(self, Self::CannotCompare)
    }
}

/// One end of a range of versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bound {
    /// The version, as the source writes it.
    pub version: String,
    /// Whether that version itself belongs to the range.
    pub inclusive: bool,
}

impl Bound {
    /// A bound that belongs to the range.
    #[must_use]
    pub fn including(version: &str) -> Self {
        Self {
            version: version.trim().to_owned(),
            inclusive: true,
        }
    }

    /// A bound that does not.
    #[must_use]
    pub fn excluding(version: &str) -> Self {
        Self {
            version: version.trim().to_owned(),
            inclusive: false,
        }
    }

    pub(crate) fn pair(&self) -> (&str, bool) {
        (&self.version, self.inclusive)
    }
}

/// Versions from one to another; both ends may be open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Range {
    /// Where it begins; from the first version on when absent.
    pub start: Option<Bound>,
    /// Where it ends; without end when absent.
    pub end: Option<Bound>,
}

impl Range {
    /// Whether both ends are open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.start.is_none() && self.end.is_none()
    }
}

/// One condition: the asset has this product in these versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Criterion {
    /// The product, its version where one is named, and where it runs.
    pub name: Name,
    /// The versions, where a range is named; then the version of the name does not count.
    pub range: Range,
    /// Whether the product is itself vulnerable, or only what the vulnerable one runs on or with.
    pub vulnerable: bool,
    /// How the versions are ordered, where the source says it; otherwise by vendor and product.
    pub scheme: Option<Scheme>,
    /// The most confidence that the source's own words allow.
    pub at_most: Confidence,
}

impl Criterion {
    /// A vulnerable product, as exact as its name.
    #[must_use]
    pub fn vulnerable(name: Name, range: Range) -> Self {
        Self {
            name,
            range,
            vulnerable: true,
            scheme: None,
            at_most: Confidence::Exact,
        }
    }

    /// What the vulnerable product runs on or with.
    #[must_use]
    pub fn platform(name: Name) -> Self {
        Self {
            vulnerable: false,
            ..Self::vulnerable(name, Range::default())
        }
    }
}

impl fmt::Display for Criterion {
    /// The name, and the range in mathematical writing where there is one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.name)?;
        let (start, end) = (&self.range.start, &self.range.end);
        write_bounds(
            formatter,
            start.as_ref().map(Bound::pair),
            end.as_ref().map(Bound::pair),
        )
    }
}

/// The bounds in mathematical writing behind a space; nothing when there are none.
pub(crate) fn write_bounds(
    out: &mut dyn fmt::Write,
    start: Option<(&str, bool)>,
    end: Option<(&str, bool)>,
) -> fmt::Result {
    if start.is_some() || end.is_some() {
        out.write_str(" ")?;
    }
    if let Some((version, inclusive)) = start {
        let sign = if inclusive { ">=" } else { ">" };
        write!(out, "{sign}{version}")?;
    }
    if let Some((version, inclusive)) = end {
        let sign = if inclusive { "<=" } else { "<" };
        let comma = if start.is_some() { "," } else { "" };
        write!(out, "{comma}{sign}{version}")?;
    }
    Ok(())
}

/// How the parts of a condition are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// All of them.
    And,
    /// At least one.
    Or,
}

/// A condition on the products of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all conditions are criteria; a box each would cost more than it saves"
)]
pub enum Condition {
    /// One product.
    Criterion(Criterion),
    /// Several conditions.
    Joined {
        /// How they are joined.
        operator: Operator,
        /// Whether the opposite is meant.
        negate: bool,
        /// The conditions.
        conditions: Vec<Condition>,
    },
}

impl Condition {
    /// At least one of these criteria.
    #[must_use]
    pub fn any(criteria: impl IntoIterator<Item = Criterion>) -> Self {
        Self::Joined {
            operator: Operator::Or,
            negate: false,
            conditions: criteria.into_iter().map(Self::Criterion).collect(),
        }
    }

    /// All of these conditions.
    #[must_use]
    pub fn all(conditions: Vec<Self>) -> Self {
        Self::Joined {
            operator: Operator::And,
            negate: false,
            conditions,
        }
    }

    /// Every criterion in it, in order.
    pub fn criteria(&self) -> Vec<&Criterion> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(condition) = waiting.pop() {
            match condition {
                Self::Criterion(criterion) => found.push(criterion),
                Self::Joined { conditions, .. } => waiting.extend(conditions.iter().rev()),
            }
        }
        found
    }
}

/// What one source says about one vulnerability: an asset is affected when one of the
/// configurations holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Which vulnerability.
    pub id: VulnerabilityId,
    /// Who says it.
    pub source: Source,
    /// The conditions. None at all: the source names nothing that is affected.
    pub configurations: Vec<Condition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_writing_and_order() {
        for text in [
            "CVE-1999-0001",
            "CVE-2021-44228",
            "CVE-2024-1000000",
            "JVNDB-2022-000001",
        ] {
            assert_eq!(text.parse::<VulnerabilityId>().unwrap().to_string(), text);
        }
        let id = |text: &str| text.parse::<VulnerabilityId>();
        assert!(id("CVE-2021-44228").unwrap() < id("CVE-2022-0001").unwrap());
        assert_eq!(id("cve-2021-44228"), id(" CVE-2021-44228 "));
        for text in [
            "",
            "CVE-",
            "CVE-2021",
            "CVE-2021-1",
            "CVE-21-0001",
            "CVE-2021-12345678901234",
            "GHSA-2021-0001",
            "CVE-2021-00a1",
        ] {
            assert!(id(text).is_err(), "{text}");
        }
    }
}
