//! Chance from the seed, and days that lie where they can lie.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use yagura_kernel::time::{Date, Duration, FiscalYear};
use yagura_packs::Pack;

/// Chance from the seed.
#[derive(Debug)]
pub(crate) struct Random(StdRng);

impl Random {
    /// Chance of its own for a stage, so that a change of one stage leaves the others as they are.
    pub(crate) fn of_stage(stage: u64) -> Self {
        Self(StdRng::seed_from_u64(crate::SEED * 1_000 + stage))
    }

    /// A number from 0 up to but without `end`.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.0.random_range(0..end.max(1))
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, of_hundred: i64) -> bool {
        self.below(100) < of_hundred
    }
}

/// So many days after a day, or before it.
pub(crate) fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(Duration::days(days))
}

/// The days of a fiscal year on which something can have happened: from the day on which the
/// edition of the form was there, to the last day of the year or yesterday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    first: Date,
    last: Date,
}

impl Window {
    /// `None` where the year has not had a whole day yet.
    pub(crate) fn of(year: FiscalYear, pack: Option<&Pack>, today: Date) -> Option<Self> {
        let last = today.previous_day()?.min(year.end());
        let published = pack.map_or(year.start(), |pack| pack.valid_from);
        let first = if published > last {
            year.start()
        } else {
            published.max(year.start())
        };
        (first <= last).then_some(Self { first, last })
    }

    fn days(self) -> i64 {
        (self.last - self.first).whole_days()
    }

    /// The day at so many thousandths of the way.
    pub(crate) fn at(self, thousandths: i64) -> Date {
        days_after(
            self.first,
            self.days() * thousandths.clamp(0, 1_000) / 1_000,
        )
    }

    /// Some day: most answer in the first months after the notice.
    pub(crate) fn some_day(self, random: &mut Random) -> Date {
        let thousandths = if random.chance(65) {
            random.below(450)
        } else {
            random.below(1_001)
        };
        self.at(thousandths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn nothing_happened_on_a_day_that_is_still_to_come() {
        let year = FiscalYear::new(2026).unwrap();
        assert_eq!(Window::of(year, None, day("2026-04-01")), None);
        let window = Window::of(year, None, day("2026-04-02")).unwrap();
        assert_eq!(
            (window.at(0), window.at(1_000)),
            (year.start(), year.start())
        );
        let window = Window::of(year, None, day("2026-11-21")).unwrap();
        assert_eq!(window.at(1_000), day("2026-11-20"));
        let mut random = Random::of_stage(0);
        for _ in 0..1_000 {
            let some = window.some_day(&mut random);
            assert!(some >= year.start() && some < day("2026-11-21"), "{some}");
        }
        let past = Window::of(year.previous(), None, day("2026-11-21")).unwrap();
        assert_eq!(past.at(1_000), year.previous().end());
    }

    #[test]
    fn nobody_answers_a_form_before_it_was_published() {
        let library = yagura_packs::Library::builtin();
        let pack = library.get("mhlw-checklist-r08-institution").unwrap();
        let year = FiscalYear::new(2026).unwrap();
        let window = Window::of(year, Some(pack), day("2026-11-21")).unwrap();
        assert_eq!(window.at(0), pack.valid_from);
        let early = Window::of(year, Some(pack), day("2026-05-01")).unwrap();
        assert_eq!(
            early.at(0),
            year.start(),
            "a demonstration in April shows something too"
        );
    }
}
