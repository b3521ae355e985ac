//! Dates in packs: exact civil dates, and dates of which only the month or year is known.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Date, Month};

/// A date of publication as exactly as it is known: `2025-05-16`, `2026-06` or `2023`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartialDate {
    /// Calendar year.
    pub year: i32,
    /// Month 1 to 12 where known.
    pub month: Option<u8>,
    /// Day where known; only together with the month.
    pub day: Option<u8>,
}

impl PartialDate {
    /// The first day the date can mean.
    #[must_use]
    pub fn earliest(self) -> Option<Date> {
        let month = Month::try_from(self.month.unwrap_or(1)).ok()?;
        Date::from_calendar_date(self.year, month, self.day.unwrap_or(1)).ok()
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self {
            year: date.year(),
            month: Some(date.month().into()),
            day: Some(date.day()),
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
            if let Some(day) = self.day {
                write!(f, "-{day:02}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for PartialDate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a date; write 2026-06-29, 2026-06 or 2026");
        let mut parts = text.split('-');
        let year = parts
            .next()
            .filter(|part| part.len() == 4)
            .ok_or_else(wrong)?;
        let number = |part: &str| {
            (part.len() == 2)
                .then(|| part.parse::<u8>().ok())
                .flatten()
                .ok_or_else(wrong)
        };
        let date = Self {
            year: year.parse().map_err(|_| wrong())?,
            month: parts.next().map(number).transpose()?,
            day: parts.next().map(number).transpose()?,
        };
        if parts.next().is_some() || date.year < 0 || date.earliest().is_none() {
            return Err(wrong());
        }
        Ok(date)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

pub(crate) fn parse_iso(text: &str) -> Option<Date> {
    let partial: PartialDate = text.parse().ok()?;
    partial.day?;
    partial.earliest()
}

/// serde for an exact date written `2026-06-29`.
pub(crate) mod iso {
    use super::{Date, PartialDate, parse_iso};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&PartialDate::from(*date))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        let text = String::deserialize(from)?;
        parse_iso(&text)
            .ok_or_else(|| D::Error::custom(format!("\"{text}\" is not a date such as 2026-06-29")))
    }
}

/// serde for an exact date that may be missing.
pub(crate) mod iso_option {
    use super::{Date, iso, parse_iso};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        date: &Option<Date>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => iso::serialize(date, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else {
            return Ok(None);
        };
        parse_iso(&text)
            .map(Some)
            .ok_or_else(|| D::Error::custom(format!("\"{text}\" is not a date such as 2026-06-29")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_dates_read_and_write_the_same() {
        for text in ["2025-05-16", "2026-06", "2023"] {
            assert_eq!(text.parse::<PartialDate>().unwrap().to_string(), text);
        }
        for text in [
            "2026-13",
            "2026-02-30",
            "26-06",
            "2026-6",
            "",
            "2026-06-29-1",
            "-001",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
        assert!(parse_iso("2026-06").is_none());
    }
}
