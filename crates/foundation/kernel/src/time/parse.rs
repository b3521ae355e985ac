//! Reading dates as people and their spreadsheets write them.

use super::era::{Era, EraYear};
use super::{FiscalYear, format_japanese};
use ::time::{Date, Month};
use unicode_normalization::UnicodeNormalization;

/// The first year that [`parse_date`] and [`FiscalYear`] accept (明治元年).
pub const FIRST_YEAR: i32 = 1868;
/// The last year that [`parse_date`] and [`FiscalYear`] accept.
pub const LAST_YEAR: i32 = 2200;

const LONGEST_SHOWN: usize = 40;
const LONGEST_READ: usize = 200;

/// What is wrong with a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Nothing was given.
    #[error("no date was given")]
    Empty,
    /// The text is not in any of the accepted forms.
    #[error("“{given}” is not a date such as 2026-11-21, 令和8年11月21日 or R8.11.21")]
    Unreadable {
        /// The text, cut to a length that fits a message.
        given: String,
    },
    /// A year of one or two digits without an era could be several years.
    #[error("the year “{given}” is ambiguous: write four digits or the era")]
    AmbiguousYear {
        /// The year as written.
        given: String,
    },
    /// An era's first year is 1 or 元, there is no year 0.
    #[error("{} has no year 0; its first year is 1 (元年)", era.name_ja())]
    EraYearZero {
        /// The era as written.
        era: Era,
    },
    /// The era had ended, or had not begun, on that day.
    #[error("{}{year}年 does not cover that day; it is {}", era.name_ja(), format_japanese(*date))]
    WrongEra {
        /// The era as written.
        era: Era,
        /// The year in it as written.
        year: u16,
        /// The day that was probably meant; formatting it shows the right era.
        date: Date,
    },
    /// The era had ended before that fiscal year.
    #[error("there is no {}{year}年度; it is {}", era.name_ja(), fiscal.label_ja())]
    WrongEraOfFiscalYear {
        /// The era as written.
        era: Era,
        /// The year in it as written.
        year: u16,
        /// The fiscal year that was probably meant.
        fiscal: FiscalYear,
    },
    /// The month is not 1 to 12.
    #[error("there is no month {month}")]
    NoSuchMonth {
        /// The month as written.
        month: u16,
    },
    /// The month has no such day in that year.
    #[error("there is no day {day} in month {month} of {year}; the last day is {last_day}")]
    NoSuchDay {
        /// The western year.
        year: i32,
        /// The month, 1 to 12.
        month: u8,
        /// The day as written.
        day: u16,
        /// The last day of that month.
        last_day: u8,
    },
    /// The year is before [`FIRST_YEAR`] or after [`LAST_YEAR`], which is taken for a slip.
    #[error("the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")]
    YearOutOfRange {
        /// The western year.
        year: i32,
    },
}

impl DateError {
    pub(super) fn unreadable(text: &str) -> Self {
        Self::Unreadable {
            given: text.trim().chars().take(LONGEST_SHOWN).collect(),
        }
    }
}

/// Reads a civil date.
///
/// Accepted: `2026-11-21`, `2026/11/21`, `2026.11.21`, `20261121`, `2026年11月21日`,
/// `令和8年11月21日`, `令和元年5月1日`, `R8.11.21`, `r8/11/21`, `令8.11.21`; full-width characters;
/// blanks around and beside the parts; a weekday in brackets behind, which is not checked.
/// Refused, with the reason: days that do not exist, years outside 1868 to 2200, two-digit
/// western years, and an era on a day on which it was not in force.
pub fn parse_date(text: &str) -> Result<Date, DateError> {
    if text.len() > LONGEST_READ {
        return Err(DateError::unreadable(text));
    }
    let plain = plain(text);
    if plain.is_empty() {
        return Err(DateError::Empty);
    }
    let unreadable = || DateError::unreadable(text);
    let body = without_weekday(&plain).ok_or_else(unreadable)?;
    let (era, rest) = match era_prefix(body) {
        Some((era, rest)) => (Some(era), rest),
        None => (None, body),
    };
    let [year, month, day] = parts(rest, era.is_some()).ok_or_else(unreadable)?;
    let number = |part: &str| digits(part).ok_or_else(unreadable);
    let (month, day) = (number(month)?, number(day)?);
    match era {
        None => {
            let western = number(year)?;
            if year.len() < 3 {
                return Err(DateError::AmbiguousYear {
                    given: year.to_owned(),
                });
            }
            civil_date(western.into(), month, day)
        }
        Some(era) => {
            let year = if year == "元" { 1 } else { number(year)? };
            if year == 0 {
                return Err(DateError::EraYearZero { era });
            }
            let date = civil_date(era.western_year(year)?, month, day)?;
            if EraYear::of(date) == Some(EraYear { era, year }) {
                Ok(date)
            } else {
                Err(DateError::WrongEra { era, year, date })
            }
        }
    }
}

/// NFKC, capital letters, one kind of dash, no blanks except between two digits (where leaving
/// them out would join two numbers into one).
pub(super) fn plain(text: &str) -> String {
    let folded: Vec<char> = text
        .trim()
        .nfkc()
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' => '-',
            c if c.is_whitespace() => ' ',
            c => c.to_ascii_uppercase(),
        })
        .collect();
    let mut plain = String::with_capacity(folded.len());
    let mut blank_before = false;
    for c in folded {
        if c == ' ' {
            blank_before = true;
            continue;
        }
        if blank_before && c.is_ascii_digit() && plain.ends_with(|last: char| last.is_ascii_digit())
        {
            plain.push(' ');
        }
        blank_before = false;
        plain.push(c);
    }
    plain
}

/// The era at the start (令和, 令, R) and what follows it.
pub(super) fn era_prefix(text: &str) -> Option<(Era, &str)> {
    Era::ALL.into_iter().find_map(|era| {
        let name = era.name_ja();
        let first_kanji = name.chars().next()?;
        text.strip_prefix(name)
            .or_else(|| text.strip_prefix(first_kanji))
            .or_else(|| text.strip_prefix(era.letter()))
            .map(|rest| (era, rest))
    })
}

/// One to four ASCII digits as a number.
pub(super) fn digits(text: &str) -> Option<u16> {
    let plausible = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plausible { text.parse().ok() } else { None }
}

/// Cuts 「(土)」, 「(土曜日)」, 「(土・祝)」, "(SAT)" off the end. `None` when the brackets hold
/// something else.
fn without_weekday(plain: &str) -> Option<&str> {
    let Some(inside) = plain.strip_suffix(')') else {
        return Some(plain);
    };
    let (body, inside) = inside.rsplit_once('(')?;
    let is_weekday = match inside.chars().next()? {
        '月' | '火' | '水' | '木' | '金' | '土' | '日' | '祝' => {
            inside.chars().count() <= 4
        }
        _ => ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
            .iter()
            .any(|name| inside.starts_with(name)),
    };
    is_weekday.then_some(body)
}

/// Year, month and day as written, with one kind of separator throughout.
fn parts(text: &str, after_era: bool) -> Option<[&str; 3]> {
    if let Some(without_day_sign) = text.strip_suffix('日') {
        let (year, month_day) = without_day_sign.split_once('年')?;
        let (month, day) = month_day.split_once('月')?;
        return Some([year, month, day]);
    }
    if !after_era && text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some([text.get(..4)?, text.get(4..6)?, text.get(6..)?]);
    }
    let separator = text.chars().find(|c| ['-', '/', '.'].contains(c))?;
    let mut split = text.split(separator);
    let found = [split.next()?, split.next()?, split.next()?];
    split.next().is_none().then_some(found)
}

fn civil_date(year: i32, month: u16, day: u16) -> Result<Date, DateError> {
    if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
        return Err(DateError::YearOutOfRange { year });
    }
    let month = u8::try_from(month)
        .ok()
        .and_then(|number| Month::try_from(number).ok())
        .ok_or(DateError::NoSuchMonth { month })?;
    u8::try_from(day)
        .ok()
        .and_then(|day| Date::from_calendar_date(year, month, day).ok())
        .ok_or(DateError::NoSuchDay {
            year,
            month: month.into(),
            day,
            last_day: month.length(year),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{format_iso, format_japanese_short, format_japanese_weekday};
    use proptest::prelude::*;

    fn iso(text: &str) -> Result<String, DateError> {
        parse_date(text).map(format_iso)
    }

    #[test]
    fn every_usual_way_of_writing_is_read() {
        for text in [
            "2026-11-21",
            "2026/11/21",
            "2026.11.21",
            "20261121",
            "2026年11月21日",
            "令和8年11月21日",
            "R8.11.21",
            "r8/11/21",
            "R8-11-21",
            "R08.11.21",
            "令8.11.21",
            "２０２６－１１－２１",
            "２０２６／１１／２１",
            "２０２６１１２１",
            "令和８年１１月２１日",
            "Ｒ８．１１．２１",
            "ｒ８/11/２１",
            "㋿8年11月21日",
            "  2026-11-21\t",
            "　令和8年11月21日　",
            "令和 8年 11月 21日",
            "2026 / 11 / 21",
            "2026ー11ー21",
            "2026−11−21",
            "2026–11–21",
            "令和8年11月21日(土)",
            "令和8年11月21日（土）",
            "2026-11-21 (土曜日)",
            "2026/11/21(Sat)",
            "令和8年11月21日(日)",
        ] {
            assert_eq!(iso(text).as_deref(), Ok("2026-11-21"), "{text}");
        }
        for (text, expected) in [
            ("令和元年5月1日", "2019-05-01"),
            ("令和1年5月1日", "2019-05-01"),
            ("R元.5.1", "2019-05-01"),
            ("H31.4.30", "2019-04-30"),
            ("㍻31年4月30日", "2019-04-30"),
            ("S64.1.7", "1989-01-07"),
            ("平成元年1月8日", "1989-01-08"),
            ("大正15年12月24日", "1926-12-24"),
            ("M45/7/29", "1912-07-29"),
            ("2024-02-29", "2024-02-29"),
            ("1868-01-01", "1868-01-01"),
            ("2200-12-31", "2200-12-31"),
            ("2026-1-5", "2026-01-05"),
        ] {
            assert_eq!(iso(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_ended_era_is_refused_with_the_right_one() {
        for (text, right) in [
            ("平成40年1月5日", "令和10年1月5日"),
            ("H31.5.1", "令和元年5月1日"),
            ("令和元年4月30日", "平成31年4月30日"),
            ("昭和64年1月8日", "平成元年1月8日"),
            ("昭和元年12月24日", "大正15年12月24日"),
            ("明治3年1月1日", "1870年1月1日"),
        ] {
            let error = parse_date(text).unwrap_err();
            let DateError::WrongEra { date, .. } = error else {
                panic!("{text}: {error:?}");
            };
            assert_eq!(format_japanese(date), right, "{text}");
            assert!(error.to_string().contains(right), "{error}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        let no_day = |year, month, day, last_day| {
            Err(DateError::NoSuchDay {
                year,
                month,
                day,
                last_day,
            })
        };
        assert_eq!(iso("令和8年2月30日"), no_day(2026, 2, 30, 28));
        assert_eq!(iso("2023-02-29"), no_day(2023, 2, 29, 28));
        assert_eq!(iso("2024-02-30"), no_day(2024, 2, 30, 29));
        assert_eq!(iso("2026-04-31"), no_day(2026, 4, 31, 30));
        assert_eq!(iso("2026-04-00"), no_day(2026, 4, 0, 30));
        assert_eq!(iso("2026-04-999"), no_day(2026, 4, 999, 30));
        assert_eq!(iso("20261301"), Err(DateError::NoSuchMonth { month: 13 }));
        assert_eq!(iso("2026-0-1"), Err(DateError::NoSuchMonth { month: 0 }));
        assert_eq!(
            iso("令和0年1月1日"),
            Err(DateError::EraYearZero { era: Era::Reiwa })
        );
    }

    #[test]
    fn implausible_or_ambiguous_years_are_refused() {
        for (text, year) in [
            ("1867-12-31", 1867),
            ("2201-01-01", 2201),
            ("令和999年1月1日", 3017),
            ("0001-01-01", 1),
            ("202-11-21", 202),
        ] {
            assert_eq!(iso(text), Err(DateError::YearOutOfRange { year }), "{text}");
        }
        assert_eq!(
            iso("26/11/21"),
            Err(DateError::AmbiguousYear { given: "26".into() })
        );
        assert_eq!(
            iso("8年11月21日"),
            Err(DateError::AmbiguousYear { given: "8".into() })
        );
    }

    #[test]
    fn everything_else_is_unreadable() {
        for text in [
            "あした",
            "2026",
            "2026-11",
            "2026-11-21-3",
            "2026-11/21",
            "2026 11 21",
            "11/21",
            "2026-11-21T00:00:00Z",
            "R8",
            "慶応3年1月1日",
            "令和年1月1日",
            "2026年11月21",
            "令和8年11月21日(案)",
            "2026-11-21)",
            "2026-1１a-21",
            "+2026-1-1",
            "2026-11-2 1",
            "-2026-11-21",
            "2026-११-21",
            "元年1月1日",
            "R元元.1.1",
            "2026..21",
        ] {
            assert!(
                matches!(iso(text), Err(DateError::Unreadable { .. })),
                "{text}: {:?}",
                iso(text)
            );
        }
        assert_eq!(iso(""), Err(DateError::Empty));
        assert_eq!(iso(" \u{3000}"), Err(DateError::Empty));
        let long = "9".repeat(100_000);
        assert!(iso(&long).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn every_day_of_the_range_survives_writing_and_reading() {
        let mut date = Date::from_calendar_date(FIRST_YEAR, Month::January, 1).unwrap();
        let last = Date::from_calendar_date(LAST_YEAR, Month::December, 31).unwrap();
        while date < last {
            for written in [
                format_iso(date),
                format_japanese(date),
                format_japanese_weekday(date),
                format_japanese_short(date),
            ] {
                assert_eq!(parse_date(&written), Ok(date), "{written}");
            }
            date = date.saturating_add(::time::Duration::days(7));
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down(
            text in "[0-9０-９MTSHRr元令和平成昭年月日度()（）土/.\\- \u{3000}]{0,24}|.{0,24}",
        ) {
            let date = parse_date(&text);
            prop_assert!(date.is_ok_and(|date| (FIRST_YEAR..=LAST_YEAR).contains(&date.year()))
                || !parse_date(&text).unwrap_err().to_string().is_empty());
            if let Ok(fiscal) = FiscalYear::parse(&text) {
                prop_assert_eq!(FiscalYear::parse(&fiscal.label_ja()), Ok(fiscal));
            }
        }
    }
}
