//! Dates, times and distances in a reader's language. Storage and the API write ISO 8601; these
//! are for people. 和暦 in Japanese, 24 hours and Japan's time in both languages.

use yagura_kernel::time::{self, Date, Instant, Relative};

use super::{Lang, Translator, args};

/// 令和8年11月21日(土), Sat 21 November 2026.
#[must_use]
pub fn long(lang: Lang, date: Date) -> String {
    match lang {
        Lang::Ja => time::format_japanese_weekday(date),
        Lang::En => time::format_english_weekday(date),
    }
}

/// 令和8年11月21日, 21 November 2026: where the weekday does not matter, as in a contract.
#[must_use]
pub fn plain(lang: Lang, date: Date) -> String {
    match lang {
        Lang::Ja => time::format_japanese(date),
        Lang::En => time::format_english(date),
    }
}

/// 11月21日, 21 Nov: in tables of one year.
#[must_use]
pub fn short(lang: Lang, date: Date) -> String {
    match lang {
        Lang::Ja => time::format_japanese_month_day(date),
        Lang::En => {
            let month = date.month().to_string();
            format!("{} {}", date.day(), month.get(..3).unwrap_or(&month))
        }
    }
}

/// 令和8年11月21日(土) 9:05, Sat 21 November 2026, 9:05 JST.
#[must_use]
pub fn date_time(lang: Lang, instant: Instant) -> String {
    match lang {
        Lang::Ja => time::format_japanese_moment(instant),
        Lang::En => time::format_english_moment(instant),
    }
}

/// A distance in words: 3日前, in 2 months, 今日.
#[must_use]
pub fn relative(t: &Translator, distance: Relative) -> String {
    let (key, count) = match distance {
        Relative::JustNow => return t.t("time-just-now").to_owned(),
        Relative::Today => return t.t("time-today").to_owned(),
        Relative::MinutesAgo(count) => ("time-minutes-ago", count),
        Relative::HoursAgo(count) => ("time-hours-ago", count),
        Relative::DaysAgo(count) => ("time-days-ago", count),
        Relative::DaysAhead(count) => ("time-days-ahead", count),
        Relative::MonthsAgo(count) => ("time-months-ago", count),
        Relative::MonthsAhead(count) => ("time-months-ahead", count),
        Relative::YearsAgo(count) => ("time-years-ago", count),
        Relative::YearsAhead(count) => ("time-years-ahead", count),
    };
    t.t_args(key, args![("count", count)]).into_owned()
}
