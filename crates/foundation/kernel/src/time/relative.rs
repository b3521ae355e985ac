//! How far a date or a moment is from now, as data that the message catalogue puts into words.

use super::Instant;
use ::time::Date;

/// A distance in the unit that a person would use. Counts are at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relative {
    /// Less than a minute ago.
    JustNow,
    /// 1 to 59 minutes ago.
    MinutesAgo(u32),
    /// 1 or more hours ago, on the same day.
    HoursAgo(u32),
    /// The same day.
    Today,
    /// 1 to 59 days ago.
    DaysAgo(u32),
    /// 1 to 59 days from now.
    DaysAhead(u32),
    /// 2 to 23 months ago.
    MonthsAgo(u32),
    /// 2 to 23 months from now.
    MonthsAhead(u32),
    /// 2 or more years ago.
    YearsAgo(u32),
    /// 2 or more years from now.
    YearsAhead(u32),
}

impl Relative {
    /// How far `date` is from `today`, in whole days, then months, then years.
    pub fn of_date(date: Date, today: Date) -> Self {
        let days = i64::from(date.to_julian_day()) - i64::from(today.to_julian_day());
        let (distance, months) = (u32::try_from(days.unsigned_abs()).unwrap_or(u32::MAX), {
            let (early, late) = if days < 0 {
                (date, today)
            } else {
                (today, date)
            };
            whole_months(early, late)
        });
        match (days.signum(), distance, months) {
            (0, ..) => Self::Today,
            (1, 0..60, _) => Self::DaysAhead(distance),
            (1, _, 0..24) => Self::MonthsAhead(months.max(1)),
            (1, ..) => Self::YearsAhead(months / 12),
            (_, 0..60, _) => Self::DaysAgo(distance),
            (_, _, 0..24) => Self::MonthsAgo(months.max(1)),
            _ => Self::YearsAgo(months / 12),
        }
    }

    /// How far `moment` is from `now`: minutes and hours within the same day in Japan, otherwise
    /// as [`Self::of_date`]. A moment later today is [`Self::Today`].
    pub fn of_moment(moment: Instant, now: Instant) -> Self {
        let (day, today) = (moment.jst_date(), now.jst_date());
        let seconds = now.seconds_since(moment);
        match u32::try_from(seconds) {
            Ok(0..60) => Self::JustNow,
            Ok(seconds) if day == today && seconds < 3_600 => Self::MinutesAgo(seconds / 60),
            Ok(seconds) if day == today => Self::HoursAgo(seconds / 3_600),
            _ => Self::of_date(day, today),
        }
    }
}

fn whole_months(early: Date, late: Date) -> u32 {
    let months = (late.year() - early.year()) * 12 + i32::from(u8::from(late.month()))
        - i32::from(u8::from(early.month()))
        - i32::from(late.day() < early.day());
    u32::try_from(months).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    #[test]
    fn dates_are_told_in_days_then_months_then_years() {
        let today = parse_date("2026-11-21").unwrap();
        for (date, expected) in [
            ("2026-11-21", Relative::Today),
            ("2026-11-22", Relative::DaysAhead(1)),
            ("2026-11-20", Relative::DaysAgo(1)),
            ("2027-01-19", Relative::DaysAhead(59)),
            ("2027-01-21", Relative::MonthsAhead(2)),
            ("2026-09-21", Relative::MonthsAgo(2)),
            ("2028-11-20", Relative::MonthsAhead(23)),
            ("2028-11-21", Relative::YearsAhead(2)),
            ("2023-11-22", Relative::YearsAgo(2)),
            ("2023-11-21", Relative::YearsAgo(3)),
        ] {
            assert_eq!(
                Relative::of_date(parse_date(date).unwrap(), today),
                expected,
                "{date}"
            );
        }
        assert!(matches!(
            Relative::of_date(Date::MAX, Date::MIN),
            Relative::YearsAhead(_)
        ));
    }

    #[test]
    fn moments_of_today_are_told_in_minutes_and_hours() {
        let now = Instant::from_jst(parse_date("2026-11-21").unwrap(), 9, 30);
        for (seconds, expected) in [
            (0, Relative::JustNow),
            (59, Relative::JustNow),
            (60, Relative::MinutesAgo(1)),
            (3_599, Relative::MinutesAgo(59)),
            (3_600, Relative::HoursAgo(1)),
            (9 * 3_600 + 1_800, Relative::HoursAgo(9)),
            (9 * 3_600 + 1_801, Relative::DaysAgo(1)),
            (-3_600, Relative::Today),
            (-86_400, Relative::DaysAhead(1)),
        ] {
            assert_eq!(
                Relative::of_moment(now.plus_seconds(-seconds), now),
                expected,
                "{seconds}"
            );
        }
    }
}
