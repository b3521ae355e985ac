//! Dates and moments in the writings of the systems that export them.

use std::sync::LazyLock;

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use unicode_normalization::UnicodeNormalization;

use crate::model::Moment;

/// Which of two small numbers before a year is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    MonthFirst,
    DayFirst,
}

/// Beginnings of the Japanese eras: letters and the year before the first.
static ERAS: &[(&[&str], i32)] = &[
    (&["令和", "r"], 2018),
    (&["平成", "h"], 1988),
    (&["昭和", "s"], 1925),
    (&["大正", "t"], 1911),
    (&["明治", "m"], 1867),
];

/// The order of a column: a number beyond twelve in first place can only be a day.
pub(crate) fn order<'a>(values: impl Iterator<Item = &'a str>) -> Order {
    for value in values {
        let numbers = numbers(value);
        if let [first, second, year, ..] = numbers.as_slice()
            && *year >= 1900
            && *first > 12
            && *second <= 12
        {
            return Order::DayFirst;
        }
    }
    Order::MonthFirst
}

fn numbers(text: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut current: Option<u32> = None;
    for letter in text.chars().chain([' ']) {
        if let Some(digit) = letter.to_digit(10) {
            current = Some(
                current
                    .unwrap_or(0)
                    .saturating_mul(10)
                    .saturating_add(digit),
            );
        } else if let Some(number) = current.take() {
            numbers.push(number);
            if numbers.len() > 8 {
                break;
            }
        }
    }
    numbers
}

/// A date: `2026/11/21`, `20261121`, `令和8年11月21日`, `R8.11.21`, `11/21/2026`, `21.11.2026`.
pub(crate) fn date(text: &str, order: Order) -> Option<Date> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    for (letters, before) in ERAS {
        for era in *letters {
            if let Some(rest) = folded.strip_prefix(era) {
                let rest = rest.trim_start().replacen("元", "1", 1);
                if let [year, month, day, ..] = numbers(&rest).as_slice() {
                    return calendar(before + i32::try_from(*year).ok()?, *month, *day);
                }
            }
        }
    }
    match numbers(&folded).as_slice() {
        [packed] if (19_000_101..=29_991_231).contains(packed) => calendar(
            i32::try_from(packed / 10_000).ok()?,
            packed / 100 % 100,
            packed % 100,
        ),
        [year, month, day, ..] if *year >= 1900 => {
            calendar(i32::try_from(*year).ok()?, *month, *day)
        }
        [first, second, year, ..] if *year >= 1900 => {
            let year = i32::try_from(*year).ok()?;
            if order == Order::DayFirst || *first > 12 {
                calendar(year, *second, *first)
            } else {
                calendar(year, *first, *second)
            }
        }
        _ => None,
    }
}

fn calendar(year: i32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    (1868..=9000).contains(&year).then_some(())?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

/// A moment: RFC 3339, generalised time of directories, and dates with a time as Windows writes
/// them in Japanese and English. Without offset it is taken at `local`.
pub(crate) fn moment(text: &str, local: UtcOffset, order: Order) -> Option<OffsetDateTime> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
    {
        return within(moment);
    }
    if let Some(moment) = generalised(text) {
        return Some(moment);
    }
    let date = date(text, order)?;
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    // The numbers of the time come after those of the date, unless both are packed.
    let skip = if numbers(&folded).first().is_some_and(|n| *n > 10_000) {
        1
    } else {
        3
    };
    let parts = numbers(&folded);
    let at = |index: usize| parts.get(skip + index).copied().unwrap_or(0);
    let (mut hour, minute, second) = (at(0), at(1), at(2).min(59));
    if (folded.contains("pm") || folded.contains("午後")) && hour < 12 {
        hour += 12;
    } else if (folded.contains("am") || folded.contains("午前")) && hour == 12 {
        hour = 0;
    }
    let time = Time::from_hms(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        u8::try_from(second).ok()?,
    )
    .ok()?;
    let utc = folded.ends_with('z') || folded.ends_with("utc") || folded.ends_with("gmt");
    let offset = if utc { UtcOffset::UTC } else { local };
    within(PrimitiveDateTime::new(date, time).assume_offset(offset))
}

/// The earliest and latest years of the calendar have no room for another offset.
fn within(moment: OffsetDateTime) -> Option<OffsetDateTime> {
    (1868..=9000)
        .contains(&moment.year())
        .then(|| moment.to_offset(UtcOffset::UTC))
}

/// `20261122103000.0Z`, `20261122103000Z` (RFC 4517).
fn generalised(text: &str) -> Option<OffsetDateTime> {
    let digits = text.get(..14)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !text.ends_with('Z') {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let date = calendar(
        i32::try_from(number(0, 4)?).ok()?,
        number(4, 6)?,
        number(6, 8)?,
    )?;
    let time = Time::from_hms(
        u8::try_from(number(8, 10)?).ok()?,
        u8::try_from(number(10, 12)?).ok()?,
        u8::try_from(number(12, 14)?).ok()?,
    )
    .ok()?;
    within(PrimitiveDateTime::new(date, time).assume_utc())
}

/// Units of 100 ns since 1601, as Windows counts. Nought and the largest number are "never".
pub(crate) fn filetime(text: &str) -> Option<Moment> {
    let ticks: i64 = text.trim().parse().ok()?;
    if ticks <= 0 || ticks == i64::MAX {
        return Some(Moment::Never);
    }
    let seconds = ticks / 10_000_000 - 11_644_473_600;
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    within(moment).map(Moment::At)
}

/// Days since 1970, as `shadow` counts.
pub(crate) fn epoch_days(days: i64) -> Option<OffsetDateTime> {
    static EPOCH: LazyLock<OffsetDateTime> = LazyLock::new(|| OffsetDateTime::UNIX_EPOCH);
    within(EPOCH.checked_add(Duration::seconds(days.checked_mul(86_400)?))?)
}

/// A moment of an export; the words that mean "never" in both languages.
pub(crate) fn told(text: &str, local: UtcOffset, order: Order) -> Option<Moment> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Moment::NotKnown);
    }
    if text.len() >= 17 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return filetime(text);
    }
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let never = [
        "never",
        "なし",
        "無し",
        "無期限",
        "期限なし",
        "未使用",
        "未ログイン",
        "ログインなし",
        "-",
        "none",
        "n/a",
        "0",
        "(never)",
        "**never logged in**",
    ];
    if never.contains(&folded.as_str()) {
        return Some(Moment::Never);
    }
    let at = moment(text, local, order)?;
    // .NET writes the first of January of year 1 or 1601 for "never"; those have no date here.
    Some(Moment::At(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jst() -> UtcOffset {
        crate::Options::default().local_offset
    }

    #[test]
    fn moments_are_read_in_the_writings_of_both_languages() {
        for text in [
            "2026-11-21T10:30:00Z",
            "2026-11-21T19:30:00+09:00",
            "20261121103000.0Z",
            "2026/11/21 19:30:00",
            "2026/11/21 午後 7:30:00",
            "11/21/2026 7:30:00 PM",
            "21/11/2026 19:30:00",
            "令和8年11月21日 19:30",
            "R8.11.21 19:30",
        ] {
            let read = moment(text, jst(), Order::MonthFirst).map(OffsetDateTime::unix_timestamp);
            assert_eq!(read, Some(1_795_257_000), "{text}");
        }
        for text in ["", "x", "13/45/2026", "2026/02/30", "99999999999999/1/1"] {
            assert_eq!(moment(text, jst(), Order::MonthFirst), None, "{text}");
        }
    }

    #[test]
    fn dates_of_personnel_are_read() {
        let expected = Date::from_calendar_date(2026, Month::March, 31).ok();
        for text in [
            "2026/3/31",
            "2026-03-31",
            "20260331",
            "2026年3月31日",
            "令和8年3月31日",
            "R8.3.31",
            "R8/3/31",
            "2026/03/31",
            "3/31/2026",
        ] {
            assert_eq!(date(text, Order::MonthFirst), expected, "{text}");
        }
        assert_eq!(
            date("平成元年4月1日", Order::MonthFirst),
            Date::from_calendar_date(1989, Month::April, 1).ok()
        );
    }

    #[test]
    fn a_column_with_a_day_beyond_twelve_has_days_first() {
        let column = ["03/04/2026", "21/11/2026"];
        assert_eq!(order(column.into_iter()), Order::DayFirst);
        assert_eq!(
            date("03/04/2026", order(column.into_iter())),
            Date::from_calendar_date(2026, Month::April, 3).ok()
        );
    }

    #[test]
    fn windows_counts_from_1601() {
        assert_eq!(filetime("0"), Some(Moment::Never));
        assert_eq!(filetime("9223372036854775807"), Some(Moment::Never));
        let at = filetime("134396874000000000").and_then(Moment::at);
        assert_eq!(at.map(OffsetDateTime::unix_timestamp), Some(1_795_213_800));
        assert_eq!(filetime("x"), None);
    }
}
