//! When every system must take two factors, and how one stands towards that day.

use yagura_kernel::time::Date;

use super::{System, TwoFactor};

/// 令和9年4月1日, the day of guideline 7.0 for terminals and servers. Known from secondary sources
/// only, as is the relief: where it is difficult, a vendor that can do it at the next renewal.
pub const TWO_FACTOR_BY: (i32, u8, u8) = (2027, 4, 1);

/// How a system stands towards [`TWO_FACTOR_BY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoFactorStanding {
    /// Nobody has said, or a plan has no date.
    Unknown,
    /// In place, or nobody signs in.
    Ready,
    /// Planned by the day.
    Planned,
    /// Planned, but after the day.
    Late,
    /// It was planned for a day that has passed.
    Passed,
    /// Not planned.
    NotPlanned,
}

impl TwoFactorStanding {
    /// The standing of a system on a day.
    #[must_use]
    pub fn of(system: &System, today: Date) -> Self {
        match (system.two_factor, system.two_factor_on) {
            (TwoFactor::InPlace | TwoFactor::NotApplicable, _) => Self::Ready,
            (TwoFactor::NotPlanned, _) => Self::NotPlanned,
            (TwoFactor::Planned, Some(on)) if on < today => Self::Passed,
            (TwoFactor::Planned, Some(on)) if is_in_time(on) => Self::Planned,
            (TwoFactor::Planned, Some(_)) => Self::Late,
            (TwoFactor::Planned, None) | (TwoFactor::Unknown, _) => Self::Unknown,
        }
    }
}

/// The day itself, where the calendar has it.
#[must_use]
pub fn two_factor_by() -> Option<Date> {
    let (year, month, day) = TWO_FACTOR_BY;
    yagura_kernel::time::parse_date(&format!("{year:04}-{month:02}-{day:02}")).ok()
}

fn is_in_time(on: Date) -> bool {
    two_factor_by().is_none_or(|day| on <= day)
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::parse_date;

    use super::*;

    #[test]
    fn a_plan_counts_until_its_day_has_passed() {
        let standing = |two_factor, on: Option<&str>, today: &str| {
            let system = System {
                two_factor,
                two_factor_on: on.map(|day| parse_date(day).unwrap()),
                ..System::default()
            };
            TwoFactorStanding::of(&system, parse_date(today).unwrap())
        };
        use TwoFactorStanding as Standing;
        for (two_factor, on, today, expected) in [
            (TwoFactor::Unknown, None, "2026-11-22", Standing::Unknown),
            (
                TwoFactor::Unknown,
                Some("2027-01-01"),
                "2026-11-22",
                Standing::Unknown,
            ),
            (
                TwoFactor::InPlace,
                Some("2020-01-01"),
                "2026-11-22",
                Standing::Ready,
            ),
            (
                TwoFactor::NotApplicable,
                None,
                "2030-01-01",
                Standing::Ready,
            ),
            (
                TwoFactor::NotPlanned,
                None,
                "2026-11-22",
                Standing::NotPlanned,
            ),
            (TwoFactor::Planned, None, "2026-11-22", Standing::Unknown),
            (
                TwoFactor::Planned,
                Some("2026-11-22"),
                "2026-11-22",
                Standing::Planned,
            ),
            (
                TwoFactor::Planned,
                Some("2026-11-21"),
                "2026-11-22",
                Standing::Passed,
            ),
            (
                TwoFactor::Planned,
                Some("2027-04-01"),
                "2026-11-22",
                Standing::Planned,
            ),
            (
                TwoFactor::Planned,
                Some("2027-04-02"),
                "2026-11-22",
                Standing::Late,
            ),
            (
                TwoFactor::Planned,
                Some("2027-04-02"),
                "2027-05-01",
                Standing::Passed,
            ),
        ] {
            assert_eq!(
                standing(two_factor, on, today),
                expected,
                "{two_factor:?} {on:?} {today}"
            );
        }
        assert_eq!(two_factor_by(), parse_date("令和9年4月1日").ok());
    }
}
