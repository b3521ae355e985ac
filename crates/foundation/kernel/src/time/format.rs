//! Dates and times as people in Japan, and English readers, write them.

use super::{EraYear, Instant};
use ::time::{Date, Weekday};

/// `2026-11-21`, the form of storage and of the API.
pub fn format_iso(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

/// 「令和8年11月21日」; 「令和元年5月1日」 in a first year; the western year before 1873.
pub fn format_japanese(date: Date) -> String {
    let month_day = format_japanese_month_day(date);
    match EraYear::of(date) {
        Some(year) => format!("{}{month_day}", year.label_ja()),
        None => format!("{}年{month_day}", date.year()),
    }
}

/// 「令和8年11月21日(土)」.
pub fn format_japanese_weekday(date: Date) -> String {
    format!("{}({})", format_japanese(date), weekday_ja(date.weekday()))
}

/// `R8.11.21`, for narrow columns.
pub fn format_japanese_short(date: Date) -> String {
    let year = match EraYear::of(date) {
        Some(year) => year.label_short(),
        None => date.year().to_string(),
    };
    format!("{year}.{}.{}", u8::from(date.month()), date.day())
}

/// 「11月21日」, where the year is plain from the context.
pub fn format_japanese_month_day(date: Date) -> String {
    format!("{}月{}日", u8::from(date.month()), date.day())
}

/// 「令和8年11月21日(土) 9:05」, in Japan's time, 24 hours.
pub fn format_japanese_moment(instant: Instant) -> String {
    format!(
        "{} {}",
        format_japanese_weekday(instant.jst_date()),
        format_time_of_day(instant)
    )
}

/// `9:05`, in Japan's time, 24 hours, without a leading zero.
pub fn format_time_of_day(instant: Instant) -> String {
    let jst = instant.to_jst();
    format!("{}:{:02}", jst.hour(), jst.minute())
}

/// `21 November 2026`.
pub fn format_english(date: Date) -> String {
    format!("{} {} {}", date.day(), date.month(), date.year())
}

/// `Sat 21 November 2026`.
pub fn format_english_weekday(date: Date) -> String {
    let weekday = date.weekday().to_string();
    format!(
        "{} {}",
        weekday.get(..3).unwrap_or(&weekday),
        format_english(date)
    )
}

/// `Sat 21 November 2026, 9:05 JST`.
pub fn format_english_moment(instant: Instant) -> String {
    format!(
        "{}, {} JST",
        format_english_weekday(instant.jst_date()),
        format_time_of_day(instant)
    )
}

/// The weekday in one kanji: 土.
pub const fn weekday_ja(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::Month;

    fn date(year: i32, month: Month, day: u8) -> Date {
        Date::from_calendar_date(year, month, day).unwrap()
    }

    #[test]
    fn each_form_is_as_documents_write_it() {
        let saturday = date(2026, Month::November, 21);
        assert_eq!(format_iso(saturday), "2026-11-21");
        assert_eq!(format_japanese(saturday), "令和8年11月21日");
        assert_eq!(format_japanese_weekday(saturday), "令和8年11月21日(土)");
        assert_eq!(format_japanese_short(saturday), "R8.11.21");
        assert_eq!(format_japanese_month_day(saturday), "11月21日");
        assert_eq!(format_english(saturday), "21 November 2026");
        assert_eq!(format_english_weekday(saturday), "Sat 21 November 2026");
        let moment = Instant::from_jst(saturday, 9, 5);
        assert_eq!(format_japanese_moment(moment), "令和8年11月21日(土) 9:05");
        assert_eq!(
            format_english_moment(moment),
            "Sat 21 November 2026, 9:05 JST"
        );
        assert_eq!(
            format_time_of_day(Instant::from_jst(saturday, 0, 0)),
            "0:00"
        );
    }

    #[test]
    fn first_years_and_dates_before_the_calendar() {
        assert_eq!(format_japanese(date(2019, Month::May, 1)), "令和元年5月1日");
        assert_eq!(format_japanese_short(date(2019, Month::May, 1)), "R1.5.1");
        assert_eq!(
            format_japanese(date(2019, Month::April, 30)),
            "平成31年4月30日"
        );
        assert_eq!(format_japanese(date(1870, Month::May, 1)), "1870年5月1日");
        assert_eq!(format_japanese_short(date(1870, Month::May, 1)), "1870.5.1");
        assert_eq!(format_iso(date(987, Month::May, 1)), "0987-05-01");
    }
}
