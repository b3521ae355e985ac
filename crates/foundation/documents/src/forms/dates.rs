//! Dates in JSON as `2026-11-21`: `#[serde(with = "…")]`. The `time` crate's own form depends on
//! which of its features some other crate switches on.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use time::{Date, Month};

pub(crate) fn parse(text: &str) -> Option<Date> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

pub(super) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&yagura_kernel::time::format_iso(*date))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom("not a date such as 2026-11-21"))
}

pub(super) mod option {
    use super::{Date, Deserialize, Deserializer, Error, Serializer, parse};

    pub(in crate::forms) fn serialize<S: Serializer>(
        date: &Option<Date>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => super::serialize(date, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::forms) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Date>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| {
                parse(&text).ok_or_else(|| D::Error::custom("not a date such as 2026-11-21"))
            })
            .transpose()
    }
}

/// A day of the samples; `month` and `day` outside the calendar give the first of January.
pub(super) fn sample_day(year: i32, month: u8, day: u8) -> Date {
    Month::try_from(month)
        .ok()
        .and_then(|month| Date::from_calendar_date(year, month, day).ok())
        .unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_iso_form_is_a_date() {
        assert_eq!(parse("2026-11-21"), Some(sample_day(2026, 11, 21)));
        for text in [
            "2026-11-31",
            "2026-1-1",
            "令和8年1月1日",
            "",
            "2026-11-21T00:00",
            "あ26-11-21",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
