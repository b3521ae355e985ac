//! The Japanese fiscal year (年度), April to March.

use super::Instant;
use super::era::{Era, EraYear, era_on};
use super::parse::{self, DateError, FIRST_YEAR, LAST_YEAR};
use ::time::{Date, Month};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A fiscal year from 1 April to 31 March (財政法第11条), named by the year in which it begins.
///
/// Always between 1868 and 2200, which the constructors ensure; in JSON and in the database it is
/// the western year as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct FiscalYear(i32);

impl FiscalYear {
    /// The fiscal year that begins in April of the western `year`.
    pub const fn new(year: i32) -> Result<Self, DateError> {
        if year < FIRST_YEAR || year > LAST_YEAR {
            return Err(DateError::YearOutOfRange { year });
        }
        Ok(Self(year))
    }

    /// The fiscal year that contains `date` (for dates outside 1868 to 2200 the nearest).
    pub fn of(date: Date) -> Self {
        let year = if date.month() < Month::April {
            date.year() - 1
        } else {
            date.year()
        };
        Self(year.clamp(FIRST_YEAR, LAST_YEAR))
    }

    /// The fiscal year in Japan at `instant`.
    pub fn at(instant: Instant) -> Self {
        Self::of(instant.jst_date())
    }

    /// The western year in which it begins.
    pub const fn year(self) -> i32 {
        self.0
    }

    /// 1 April.
    pub fn start(self) -> Date {
        Date::from_calendar_date(self.0, Month::April, 1).unwrap_or(Date::MIN)
    }

    /// 31 March of the following year.
    pub fn end(self) -> Date {
        Date::from_calendar_date(self.0 + 1, Month::March, 31).unwrap_or(Date::MAX)
    }

    /// Whether `date` lies in it, both ends included.
    pub fn contains(self, date: Date) -> bool {
        (self.start()..=self.end()).contains(&date)
    }

    /// The fiscal year before (the first one stays itself).
    #[must_use]
    pub fn previous(self) -> Self {
        Self((self.0 - 1).max(FIRST_YEAR))
    }

    /// The fiscal year after (the last one stays itself).
    #[must_use]
    pub fn next(self) -> Self {
        Self((self.0 + 1).min(LAST_YEAR))
    }

    /// 「令和8年度」.
    ///
    /// A year in which the era changed is named by the era in force on 1 May: the fiscal year that
    /// began on 2019-04-01 is 「令和元年度」 as a whole, as the ministries agreed for their budgets
    /// (新元号への円滑な移行に向けた関係省庁連絡会議, 2019-04-01) and as later documents call it.
    pub fn label_ja(self) -> String {
        match era_on(self.0, Month::May, 1) {
            Some(named) => format!("{}度", named.label_ja()),
            None => format!("{}年度", self.0),
        }
    }

    /// "FY2026".
    pub fn label_en(self) -> String {
        format!("FY{}", self.0)
    }

    /// Reads 「令和8年度」, 「令和8」, "R8", "2026", "FY2026", 「2026年度」; full-width characters
    /// and blanks do not matter. A year with a change of era may be named by either era
    /// (平成31年度 and 令和元年度 are both FY2019).
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let plain = parse::plain(text);
        if plain.is_empty() {
            return Err(DateError::Empty);
        }
        let unreadable = || DateError::unreadable(text);
        let named = plain.strip_suffix('度').unwrap_or(&plain);
        let named = named.strip_suffix('年').unwrap_or(named);
        let (era, rest) = match parse::era_prefix(named) {
            Some((era, rest)) => (Some(era), rest),
            None => (None, named.strip_prefix("FY").unwrap_or(named)),
        };
        match era {
            None if rest.len() == 4 => {
                Self::new(parse::digits(rest).ok_or_else(unreadable)?.into())
            }
            None if rest.len() <= 2 && parse::digits(rest).is_some() => {
                Err(DateError::AmbiguousYear {
                    given: rest.to_owned(),
                })
            }
            None => Err(unreadable()),
            Some(era) => {
                let year = if rest == "元" {
                    1
                } else {
                    parse::digits(rest).ok_or_else(unreadable)?
                };
                Self::in_era(era, year)
            }
        }
    }

    fn in_era(era: Era, year: u16) -> Result<Self, DateError> {
        if year == 0 {
            return Err(DateError::EraYearZero { era });
        }
        let western = era.western_year(year)?;
        let fiscal = Self::new(western)?;
        let given = Some(EraYear { era, year });
        let in_force = [(Month::April, 1), (Month::December, 31)]
            .into_iter()
            .any(|(month, day)| era_on(western, month, day) == given);
        if in_force {
            Ok(fiscal)
        } else {
            Err(DateError::WrongEraOfFiscalYear { era, year, fiscal })
        }
    }
}

impl TryFrom<i32> for FiscalYear {
    type Error = DateError;

    fn try_from(year: i32) -> Result<Self, DateError> {
        Self::new(year)
    }
}

impl From<FiscalYear> for i32 {
    fn from(fiscal: FiscalYear) -> Self {
        fiscal.0
    }
}

/// The western year in which it begins, as in addresses and file names.
impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FiscalYear {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn it_runs_from_april_to_march() {
        let reiwa_8 = FiscalYear::new(2026).unwrap();
        assert_eq!(FiscalYear::of(day("2026-03-31")), reiwa_8.previous());
        assert_eq!(FiscalYear::of(day("2026-04-01")), reiwa_8);
        assert_eq!(FiscalYear::of(day("2027-03-31")), reiwa_8);
        assert_eq!(FiscalYear::of(day("2027-04-01")), reiwa_8.next());
        assert_eq!(
            (reiwa_8.start(), reiwa_8.end()),
            (day("2026-04-01"), day("2027-03-31"))
        );
        assert!(reiwa_8.contains(reiwa_8.start()) && reiwa_8.contains(reiwa_8.end()));
        assert!(!reiwa_8.contains(day("2026-03-31")) && !reiwa_8.contains(day("2027-04-01")));
    }

    #[test]
    fn the_change_happens_at_midnight_in_japan() {
        let last_second = Instant::parse_rfc3339("2026-03-31T14:59:59Z").unwrap();
        assert_eq!(FiscalYear::at(last_second).year(), 2025);
        assert_eq!(FiscalYear::at(last_second.plus_seconds(1)).year(), 2026);
    }

    #[test]
    fn names_follow_the_era_on_the_first_of_may() {
        for (year, label) in [
            (2026, "令和8年度"),
            (2020, "令和2年度"),
            (2019, "令和元年度"),
            (2018, "平成30年度"),
            (1989, "平成元年度"),
            (1988, "昭和63年度"),
            (1926, "大正15年度"),
            (1870, "1870年度"),
        ] {
            assert_eq!(FiscalYear::new(year).unwrap().label_ja(), label);
        }
        assert_eq!(FiscalYear::new(2026).unwrap().label_en(), "FY2026");
    }

    #[test]
    fn it_reads_every_usual_way_of_writing() {
        for text in [
            "R8",
            "r8",
            "2026",
            "令和8年度",
            "令和８年度",
            " 令和 8 年度 ",
            "令和8",
            "FY2026",
            "ｆｙ２０２６",
            "2026年度",
            "㋿8年度",
        ] {
            assert_eq!(
                FiscalYear::parse(text).map(FiscalYear::year),
                Ok(2026),
                "{text}"
            );
        }
        for text in ["令和元年度", "令和1年度", "平成31年度", "H31"] {
            assert_eq!(
                FiscalYear::parse(text).map(FiscalYear::year),
                Ok(2019),
                "{text}"
            );
        }
        assert_eq!(
            FiscalYear::parse("昭和元年度").map(FiscalYear::year),
            Ok(1926)
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        let fiscal = FiscalYear::new(2020).unwrap();
        assert_eq!(
            FiscalYear::parse("平成32年度"),
            Err(DateError::WrongEraOfFiscalYear {
                era: Era::Heisei,
                year: 32,
                fiscal
            })
        );
        // 昭和64年 lasted seven days in January, which belong to FY1988.
        assert!(matches!(
            FiscalYear::parse("昭和64年度"),
            Err(DateError::WrongEraOfFiscalYear {
                fiscal: FiscalYear(1989),
                ..
            })
        ));
        assert_eq!(
            FiscalYear::parse("令和0年度"),
            Err(DateError::EraYearZero { era: Era::Reiwa })
        );
        assert_eq!(FiscalYear::parse(" "), Err(DateError::Empty));
        assert_eq!(
            FiscalYear::parse("26"),
            Err(DateError::AmbiguousYear { given: "26".into() })
        );
        assert_eq!(
            FiscalYear::parse("2201"),
            Err(DateError::YearOutOfRange { year: 2201 })
        );
        assert!(matches!(
            FiscalYear::parse("来年度"),
            Err(DateError::Unreadable { .. })
        ));
        assert!(matches!(
            FiscalYear::parse("R8.11.21"),
            Err(DateError::Unreadable { .. })
        ));
    }

    #[test]
    fn json_is_the_western_year() {
        let fiscal = FiscalYear::new(2026).unwrap();
        assert_eq!(serde_json::to_string(&fiscal).unwrap(), "2026");
        assert_eq!(serde_json::from_str::<FiscalYear>("2026").unwrap(), fiscal);
        assert!(serde_json::from_str::<FiscalYear>("99999").is_err());
    }

    #[test]
    fn the_ends_of_the_range_hold() {
        assert_eq!(FiscalYear::of(Date::MIN).year(), FIRST_YEAR);
        assert_eq!(FiscalYear::of(Date::MAX).next().year(), LAST_YEAR);
        assert_eq!(
            FiscalYear::new(FIRST_YEAR).unwrap().previous().year(),
            FIRST_YEAR
        );
    }
}
