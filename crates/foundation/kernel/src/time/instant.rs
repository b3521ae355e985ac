//! [`Instant`]: a point in time in microseconds.

use ::time::format_description::well_known::Rfc3339;
use ::time::{Date, OffsetDateTime, UtcOffset};
use serde::{Deserialize, Serialize};
use std::fmt;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const JST_OFFSET_HOURS: i8 = 9;
const JST_OFFSET_SECONDS: i64 = JST_OFFSET_HOURS as i64 * 3_600;

/// A point in time: microseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted.
///
/// The database stores the same integer. Arithmetic saturates at the ends of the range
/// (some 292,000 years), because a duration typed by a person must never bring the program down.
/// In JSON of the API use `#[serde(with = "yagura_kernel::time::rfc3339")]`; serde's default here
/// is the plain integer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Instant(i64);

/// The text is not an RFC 3339 date-time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{given}” is not an RFC 3339 date-time such as 2026-11-21T09:05:00+09:00")]
pub struct InstantError {
    /// The text as it came, cut to a length that fits a message.
    pub given: String,
}

impl Instant {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Midnight in Japan at the start of `date`.
    pub fn start_of_jst_day(date: Date) -> Self {
        Self::from_jst(date, 0, 0)
    }

    /// The given wall-clock time in Japan. Hours and minutes past the end of the day run on into
    /// the next one (25:30 is 1:30 of the next day).
    pub fn from_jst(date: Date, hour: u8, minute: u8) -> Self {
        let midnight_utc = date.midnight().assume_utc().unix_timestamp();
        Self::from_seconds(
            midnight_utc - JST_OFFSET_SECONDS + i64::from(hour) * 3_600 + i64::from(minute) * 60,
        )
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// This instant moved by `seconds` (negative: into the past).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(
            self.0
                .saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)),
        )
    }

    /// This instant moved by `days` of 24 hours, which is the same wall-clock time in Japan.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(SECONDS_PER_DAY))
    }

    /// Whole seconds from `earlier` to this instant, rounded towards the past; negative when
    /// `earlier` is the later one.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0
            .saturating_sub(earlier.0)
            .div_euclid(MICROS_PER_SECOND)
    }

    /// The civil date in Japan.
    pub fn jst_date(self) -> Date {
        self.to_jst().date()
    }

    /// Date and time in Japan (+09:00). Instants outside the years -9999 to 9999 become the
    /// nearest end of that range.
    pub fn to_jst(self) -> OffsetDateTime {
        let utc = self.to_utc();
        match UtcOffset::from_hms(JST_OFFSET_HOURS, 0, 0) {
            Ok(jst) => utc.checked_to_offset(jst).unwrap_or(utc),
            Err(_) => utc,
        }
    }

    /// Date and time in UTC, limited to the years -9999 to 9999 like [`Self::to_jst`].
    pub fn to_utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).unwrap_or({
            if self.0 < 0 {
                Date::MIN.midnight().assume_utc()
            } else {
                Date::MAX.midnight().assume_utc()
            }
        })
    }

    /// RFC 3339 in UTC, as the API shows it: `2026-11-21T00:05:00Z`, with a fraction only when it
    /// is not zero. Years that RFC 3339 cannot write (before 0 or after 9999) are limited to it.
    pub fn to_rfc3339(self) -> String {
        let earliest = Self::from_seconds(-62_167_219_200);
        self.max(earliest)
            .to_utc()
            .format(&Rfc3339)
            .unwrap_or_default()
    }

    /// Reads RFC 3339 with any offset; fractions finer than a microsecond are cut.
    pub fn parse_rfc3339(text: &str) -> Result<Self, InstantError> {
        OffsetDateTime::parse(text.trim(), &Rfc3339)
            .ok()
            .and_then(|moment| i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok())
            .map(Self)
            .ok_or_else(|| InstantError {
                given: text.chars().take(60).collect(),
            })
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// For `#[serde(with = "yagura_kernel::time::rfc3339")]`: an [`Instant`] as an RFC 3339 string.
pub mod rfc3339 {
    use super::Instant;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    /// Writes the instant as an RFC 3339 string in UTC.
    pub fn serialize<S: Serializer>(instant: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    /// Reads an RFC 3339 string.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Instant::parse_rfc3339(&text).map_err(D::Error::custom)
    }

    /// The same for `Option<Instant>`: `#[serde(with = "yagura_kernel::time::rfc3339::option")]`.
    pub mod option {
        use super::Instant;
        use serde::{Deserialize, Deserializer, Serializer, de::Error};

        /// Writes the instant as an RFC 3339 string in UTC, or null.
        pub fn serialize<S: Serializer>(
            instant: &Option<Instant>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match instant {
                Some(instant) => serializer.collect_str(instant),
                None => serializer.serialize_none(),
            }
        }

        /// Reads an RFC 3339 string or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Instant>, D::Error> {
            Option::<String>::deserialize(deserializer)?
                .map(|text| Instant::parse_rfc3339(&text).map_err(D::Error::custom))
                .transpose()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::Month;

    fn november(day: u8) -> Date {
        Date::from_calendar_date(2026, Month::November, day).unwrap()
    }

    #[test]
    fn the_day_changes_at_midnight_in_japan() {
        let before = Instant::parse_rfc3339("2026-11-20T14:59:59.999999Z").unwrap();
        let after = Instant::parse_rfc3339("2026-11-20T15:00:00Z").unwrap();
        assert_eq!(before.jst_date(), november(20));
        assert_eq!(after.jst_date(), november(21));
        assert_eq!(Instant::start_of_jst_day(november(21)), after);
        assert_eq!(Instant::from_jst(november(20), 24, 0), after);
    }

    #[test]
    fn seconds_are_counted_towards_the_past() {
        let start = Instant::from_micros(1_000_000);
        assert_eq!(Instant::from_micros(2_999_999).seconds_since(start), 1);
        assert_eq!(Instant::from_micros(999_999).seconds_since(start), -1);
        assert_eq!(Instant::from_micros(-1).as_seconds(), -1);
        assert_eq!(start.plus_days(1).seconds_since(start), 86_400);
        assert_eq!(start.plus_seconds(-1), Instant::from_micros(0));
    }

    #[test]
    fn extremes_saturate_instead_of_failing() {
        for extreme in [
            Instant::from_micros(i64::MIN),
            Instant::from_micros(i64::MAX),
        ] {
            let _ = (extreme.to_jst(), extreme.jst_date());
            assert!(!extreme.to_rfc3339().is_empty(), "{extreme:?}");
            let _ = extreme.seconds_since(Instant::from_micros(i64::MAX));
        }
        assert_eq!(Instant::from_seconds(i64::MAX).as_micros(), i64::MAX);
        assert_eq!(
            Instant::from_seconds(1).plus_days(i64::MAX).as_micros(),
            i64::MAX
        );
        assert_eq!(
            Instant::from_seconds(-2).plus_days(i64::MIN).as_micros(),
            i64::MIN
        );
    }

    #[test]
    fn rfc_3339_is_written_in_utc_and_read_with_any_offset() {
        let instant = Instant::parse_rfc3339(" 2026-11-21T09:05:00+09:00 ").unwrap();
        assert_eq!(instant.to_rfc3339(), "2026-11-21T00:05:00Z");
        assert_eq!(
            instant.to_jst().to_string(),
            "2026-11-21 9:05:00.0 +09:00:00"
        );
        let fine = Instant::parse_rfc3339("2026-11-21T00:05:00.1234569Z").unwrap();
        assert_eq!(fine.to_string(), "2026-11-21T00:05:00.123456Z");
        assert_eq!(Instant::parse_rfc3339(&fine.to_string()).unwrap(), fine);
        for refused in [
            "",
            "2026-11-21",
            "2026-13-21T00:00:00Z",
            "yesterday",
            "2026-11-21T25:00:00Z",
        ] {
            assert_eq!(Instant::parse_rfc3339(refused).unwrap_err().given, refused);
        }
    }

    #[test]
    fn json_is_an_integer_by_default_and_text_on_request() {
        #[derive(Serialize, Deserialize)]
        struct Shown {
            #[serde(with = "super::rfc3339")]
            at: Instant,
            #[serde(with = "super::rfc3339::option")]
            until: Option<Instant>,
        }
        let at = Instant::from_micros(1_500_000);
        assert_eq!(serde_json::to_string(&at).unwrap(), "1500000");
        assert_eq!(serde_json::from_str::<Instant>("1500000").unwrap(), at);
        let json = serde_json::to_string(&Shown { at, until: None }).unwrap();
        assert_eq!(json, r#"{"at":"1970-01-01T00:00:01.5Z","until":null}"#);
        assert_eq!(serde_json::from_str::<Shown>(&json).unwrap().at, at);
        assert!(serde_json::from_str::<Shown>(r#"{"at":"soon","until":null}"#).is_err());
    }
}
