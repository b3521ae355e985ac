//! Japanese eras (元号). When an era began comes from ICU4X's Japanese calendar (CLDR data), so
//! that a new era arrives with a new version of that crate; only the names are here.

use super::DateError;
use ::time::{Date, Month};
use icu_calendar::cal::Japanese;
use serde::{Deserialize, Serialize};

/// An era since the Gregorian calendar came into force in Japan (1873-01-01, 明治6年,
/// 明治5年太政官布告第337号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Era {
    /// 明治, until 1912-07-29.
    Meiji,
    /// 大正, from 1912-07-30.
    Taisho,
    /// 昭和, from 1926-12-25.
    Showa,
    /// 平成, from 1989-01-08.
    Heisei,
    /// 令和, from 2019-05-01.
    Reiwa,
}

impl Era {
    /// Every era, oldest first.
    pub const ALL: [Self; 5] = [
        Self::Meiji,
        Self::Taisho,
        Self::Showa,
        Self::Heisei,
        Self::Reiwa,
    ];

    /// The name in kanji: 令和.
    pub const fn name_ja(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// The letter of the short form: R for 令和 (as in R8.11.21).
    pub const fn letter(self) -> char {
        match self {
            Self::Meiji => 'M',
            Self::Taisho => 'T',
            Self::Showa => 'S',
            Self::Heisei => 'H',
            Self::Reiwa => 'R',
        }
    }

    /// CLDR's code of the era.
    const fn code(self) -> &'static str {
        match self {
            Self::Meiji => "meiji",
            Self::Taisho => "taisho",
            Self::Showa => "showa",
            Self::Heisei => "heisei",
            Self::Reiwa => "reiwa",
        }
    }

    /// The Gregorian year of `year` of this era, whether or not the era lasted that long.
    pub(super) fn western_year(self, year: u16) -> Result<i32, DateError> {
        // Any month and day does: the calendar counts on past the era's end.
        icu_calendar::Date::try_new_japanese_with_calendar(
            self.code(),
            i32::from(year),
            12,
            31,
            Japanese::new(),
        )
        .map(|date| date.era_year().extended_year)
        .map_err(|_| DateError::YearOutOfRange {
            year: i32::from(year),
        })
    }
}

/// A year counted in an era: 令和8年.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EraYear {
    /// The era.
    pub era: Era,
    /// The year in it, from 1 (元年).
    pub year: u16,
}

impl EraYear {
    /// The era and year in force on `date`. `None` before 1873, when Japan had a lunisolar
    /// calendar, and in an era younger than this program: such dates are written in the western
    /// year.
    pub fn of(date: Date) -> Option<Self> {
        let converted =
            icu_calendar::Date::try_new_iso(date.year(), u8::from(date.month()), date.day())
                .ok()?
                .to_calendar(Japanese::new())
                .era_year();
        let era = Era::ALL
            .into_iter()
            .find(|era| converted.era == era.code())?;
        Some(Self {
            era,
            year: u16::try_from(converted.year).ok()?,
        })
    }

    /// 「令和8年」, and 「令和元年」 for the first.
    pub fn label_ja(self) -> String {
        match self.year {
            1 => format!("{}元年", self.era.name_ja()),
            year => format!("{}{year}年", self.era.name_ja()),
        }
    }

    /// "R8".
    pub fn label_short(self) -> String {
        format!("{}{}", self.era.letter(), self.year)
    }
}

/// The era in force on the given day of a year, for rules about whole years.
pub(super) fn era_on(year: i32, month: Month, day: u8) -> Option<EraYear> {
    Date::from_calendar_date(year, month, day)
        .ok()
        .and_then(EraYear::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(year: i32, month: u8, day: u8) -> Option<String> {
        era_on(year, Month::try_from(month).unwrap(), day).map(EraYear::label_ja)
    }

    #[test]
    fn eras_change_on_the_legal_day() {
        // 登極令, 元号法 and the era ordinances (政令) of 1989 and 2019.
        for (date, expected) in [
            ((1873, 1, 1), "明治6年"),
            ((1912, 7, 29), "明治45年"),
            ((1912, 7, 30), "大正元年"),
            ((1926, 12, 24), "大正15年"),
            ((1926, 12, 25), "昭和元年"),
            ((1989, 1, 7), "昭和64年"),
            ((1989, 1, 8), "平成元年"),
            ((2019, 4, 30), "平成31年"),
            ((2019, 5, 1), "令和元年"),
            ((2026, 11, 21), "令和8年"),
        ] {
            let (year, month, day) = date;
            assert_eq!(
                label(year, month, day).as_deref(),
                Some(expected),
                "{date:?}"
            );
        }
        assert_eq!(label(1872, 12, 31), None);
    }

    #[test]
    fn an_era_year_is_counted_on_past_the_eras_end() {
        assert_eq!(Era::Heisei.western_year(40), Ok(2028));
        assert_eq!(Era::Reiwa.western_year(1), Ok(2019));
        assert!(Era::Reiwa.western_year(u16::MAX).is_err());
    }
}
