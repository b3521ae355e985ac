//! The feeds: what they are called, what they are told apart by, and when one is too old.

use serde::{Deserialize, Serialize};
use yagura_kernel::time::Instant;

/// A source of what is known of vulnerabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// NVD, JSON 2.0.
    Nvd,
    /// Configurations for what NVD did not analyse.
    Overrides,
    /// CVE records 5.
    Cve,
    /// JVN iPedia: details (VULDEF) and overviews (JVNRSS).
    Jvn,
    /// JVN's list of products.
    JvnProducts,
    /// CISA's catalogue of what is known to be exploited.
    Kev,
    /// EPSS.
    Epss,
    /// Advisories in CSAF 2.0.
    Csaf,
}

impl Feed {
    /// Every feed, in the order of pages.
    pub const ALL: [Self; 8] = [
        Self::Nvd,
        Self::Kev,
        Self::Jvn,
        Self::Epss,
        Self::Cve,
        Self::Overrides,
        Self::Csaf,
        Self::JvnProducts,
    ];

    /// The code in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nvd => "nvd",
            Self::Overrides => "overrides",
            Self::Cve => "cve",
            Self::Jvn => "jvn",
            Self::JvnProducts => "jvn_products",
            Self::Kev => "kev",
            Self::Epss => "epss",
            Self::Csaf => "csaf",
        }
    }

    /// The feed with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.code() == code)
    }

    /// After how many days without news the feed is old. What is published every day is old
    /// within a few days; what people collect by hand within a month or a quarter.
    #[must_use]
    pub const fn stale_after_days(self) -> i64 {
        match self {
            Self::Nvd | Self::Kev | Self::Epss => 3,
            Self::Jvn | Self::Cve => 7,
            Self::Overrides | Self::Csaf => 31,
            Self::JvnProducts => 92,
        }
    }

    /// Whether an installation should have it: without it findings are missing or badly ordered.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::Nvd | Self::Kev | Self::Jvn | Self::Epss)
    }
}

/// How a feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// It was never loaded.
    Never,
    /// It is fresh.
    Fresh,
    /// Its content is older than it should be.
    Stale,
}

/// Judges a feed. What counts is the older of its last loading and of the day that its content
/// says of itself: an old file that was loaded this morning is old.
#[must_use]
pub fn age(feed: Feed, loaded: Option<Instant>, as_of: Option<Instant>, now: Instant) -> Age {
    let Some(loaded) = loaded else {
        return Age::Never;
    };
    let oldest = as_of.map_or(loaded, |as_of| as_of.min(loaded));
    if oldest.plus_days(feed.stale_after_days()) < now {
        Age::Stale
    } else {
        Age::Fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_file_loaded_today_is_old() {
        let now = Instant::from_seconds(1_800_000_000);
        let ago = |days: i64| Some(now.plus_days(-days));
        for (feed, loaded, as_of, expected) in [
            (Feed::Kev, None, None, Age::Never),
            (Feed::Kev, ago(1), None, Age::Fresh),
            (Feed::Kev, ago(3), ago(3), Age::Fresh),
            (Feed::Kev, ago(4), None, Age::Stale),
            (Feed::Kev, ago(0), ago(300), Age::Stale),
            (Feed::Csaf, ago(20), ago(30), Age::Fresh),
        ] {
            assert_eq!(age(feed, loaded, as_of, now), expected, "{feed:?}");
        }
    }

    #[test]
    fn codes_go_there_and_back() {
        for feed in Feed::ALL {
            assert_eq!(Feed::from_code(feed.code()), Some(feed));
        }
    }
}
