//! The rules: how urgent a vulnerability is, until when it is to be dealt with, in which states a
//! finding may be, and what of the register names a product.

pub mod body;
pub mod feed;
pub mod products;
pub mod request;
pub mod state;
pub mod vex;

use serde::Serialize;
use yagura_kernel::time::Date;

pub use feed::Feed;
pub use state::{Justification, State};

/// How grave a vulnerability is, by its CVSS base score (CVSS 3.1 §5, the same in 4.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// No source gives a score.
    Unknown,
    /// 緊急でない: below 4.
    Low,
    /// 警告: 4 to below 7.
    Medium,
    /// 重要: 7 to below 9.
    High,
    /// 緊急: 9 and above.
    Critical,
}

impl Severity {
    /// Every severity, the gravest first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Unknown,
    ];

    /// The severity of a score in tenths.
    #[must_use]
    pub const fn of_tenths(tenths: Option<i64>) -> Self {
        match tenths {
            None => Self::Unknown,
            Some(..40) => Self::Low,
            Some(40..70) => Self::Medium,
            Some(70..90) => Self::High,
            Some(_) => Self::Critical,
        }
    }

    /// The code used in addresses and in the API, and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// The scores of this severity in tenths, as a range: from, and below.
    #[must_use]
    pub const fn tenths(self) -> Option<(i64, i64)> {
        match self {
            Self::Unknown => None,
            Self::Low => Some((0, 40)),
            Self::Medium => Some((40, 70)),
            Self::High => Some((70, 90)),
            Self::Critical => Some((90, 1000)),
        }
    }

    /// Within how many days after its publication a vulnerability of this severity is to be dealt
    /// with. See [`due_on`].
    #[must_use]
    pub const fn days(self) -> i64 {
        match self {
            Self::Critical => 14,
            Self::High => 30,
            Self::Medium | Self::Unknown => 90,
            Self::Low => 180,
        }
    }
}

/// Within how many days after it became known to be exploited a vulnerability is to be dealt with.
pub const EXPLOITED_DAYS: i64 = 7;

/// Until when a finding is to be dealt with.
///
/// The clock runs from the publication, because the gap between publication and remedy is what is
/// attacked: 14 days for critical, 30 for high, 90 for medium and unknown, 180 for low severity. A
/// vulnerability that is known to be exploited is to be dealt with 7 days after that became known,
/// or 7 days after its publication where that is later; a longer time by severity does not count
/// then. Where no source gives a day of publication, the clock runs from the day of the finding.
#[must_use]
pub fn due_on(
    severity: Severity,
    published: Option<Date>,
    exploited_since: Option<Date>,
    found: Date,
) -> Date {
    let plus = |day: Date, days: i64| day.saturating_add(time::Duration::days(days));
    let published = published.unwrap_or(found);
    let usual = plus(published, severity.days());
    match exploited_since {
        None => usual,
        Some(since) => usual.min(plus(since.max(published), EXPLOITED_DAYS)),
    }
}

/// How a device is reached from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// It is the end device of no external connection.
    Inside,
    /// It is the end device of one, on a closed line.
    Line,
    /// It is the end device of one that can be reached from the Internet: VPN, remote desktop.
    Internet,
}

impl Exposure {
    /// Every one, the least first.
    pub const ALL: [Self; 3] = [Self::Inside, Self::Line, Self::Internet];

    /// The number in storage and in the order.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Inside => 0,
            Self::Line => 1,
            Self::Internet => 2,
        }
    }

    /// The one with this number.
    #[must_use]
    pub fn of_rank(rank: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|one| one.rank() == rank)
            .unwrap_or(Self::Inside)
    }

    /// The code in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Line => "line",
            Self::Internet => "internet",
        }
    }
}

/// What a vulnerability adds to the urgency of its findings: known to be exploited before all,
/// then (after the device's exposure) EPSS in per mille, then CVSS in tenths.
#[must_use]
pub fn weight(exploited: bool, epss: Option<f64>, tenths: Option<i64>) -> i64 {
    let per_mille = epss.map_or(0.0, |epss| (epss.clamp(0.0, 1.0) * 1000.0).round());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is between 0 and 1000 by the line above"
    )]
    let per_mille = per_mille as i64;
    i64::from(exploited) * 100_000_000_000 + per_mille * 100_000 + tenths.unwrap_or(0) * 100
}

/// What a device adds to the urgency of its findings: its exposure after the known exploitation,
/// and the importance of the system, from 0 to 3, after everything else.
#[must_use]
pub const fn asset_weight(exposure: Exposure, importance: i64) -> i64 {
    exposure.rank() * 10_000_000_000 + importance
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::parse_date;

    use super::*;

    #[test]
    fn the_clock_runs_from_publication_and_is_shortest_where_it_is_exploited() {
        let day = |text| parse_date(text).unwrap();
        let found = day("2026-11-21");
        for (severity, published, exploited, due) in [
            (Severity::Critical, Some("2026-11-01"), None, "2026-11-15"),
            (Severity::High, Some("2026-11-01"), None, "2026-12-01"),
            (Severity::Medium, Some("2026-11-01"), None, "2027-01-30"),
            (Severity::Low, Some("2026-01-01"), None, "2026-06-30"),
            (Severity::Unknown, None, None, "2027-02-19"),
            // Exploited months after its publication: a week from then.
            (
                Severity::Low,
                Some("2026-06-01"),
                Some("2026-11-20"),
                "2026-11-27",
            ),
            // Exploited before it was published.
            (
                Severity::High,
                Some("2026-11-10"),
                Some("2026-11-01"),
                "2026-11-17",
            ),
            // Never later than by severity alone.
            (
                Severity::Critical,
                Some("2026-01-01"),
                Some("2026-11-20"),
                "2026-01-15",
            ),
        ] {
            assert_eq!(
                due_on(severity, published.map(day), exploited.map(day), found),
                day(due),
                "{severity:?} {published:?} {exploited:?}"
            );
        }
    }

    #[test]
    fn the_order_is_exploited_outside_epss_cvss_importance() {
        let urgency = |exploited, exposure, epss, tenths, importance| {
            weight(exploited, Some(epss), Some(tenths)) + asset_weight(exposure, importance)
        };
        let falling = [
            urgency(true, Exposure::Internet, 0.0, 0, 0),
            urgency(true, Exposure::Line, 1.0, 100, 3),
            urgency(true, Exposure::Inside, 1.0, 100, 3),
            urgency(false, Exposure::Internet, 0.0, 0, 0),
            urgency(false, Exposure::Line, 1.0, 100, 3),
            urgency(false, Exposure::Inside, 1.0, 100, 3),
            urgency(false, Exposure::Inside, 0.999, 100, 3),
            urgency(false, Exposure::Inside, 0.001, 0, 0),
            urgency(false, Exposure::Inside, 0.0, 100, 3),
            urgency(false, Exposure::Inside, 0.0, 100, 2),
            urgency(false, Exposure::Inside, 0.0, 99, 3),
        ];
        assert!(falling.is_sorted_by(|one, next| one > next), "{falling:?}");
    }

    #[test]
    fn severities_are_those_of_cvss() {
        for (tenths, severity) in [
            (None, Severity::Unknown),
            (Some(0), Severity::Low),
            (Some(39), Severity::Low),
            (Some(40), Severity::Medium),
            (Some(70), Severity::High),
            (Some(90), Severity::Critical),
            (Some(100), Severity::Critical),
        ] {
            assert_eq!(Severity::of_tenths(tenths), severity);
            if let (Some(tenths), Some((from, below))) = (tenths, severity.tenths()) {
                assert!((from..below).contains(&tenths));
            }
        }
    }
}
