//! Where the present moment comes from.

use super::Instant;
use ::time::Date;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the present moment. Rules that depend on time take one, so that tests can set it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;

    /// Today's date in Japan.
    fn today(&self) -> Date {
        self.now().jst_date()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Instant {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Instant {
        (**self).now()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn now(&self) -> Instant {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
        };
        Instant::from_micros(micros)
    }
}

/// A clock that stands still until it is moved. Clones share the same hands.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that shows `instant`.
    pub fn at(instant: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(instant.as_micros())))
    }

    /// A clock that shows nine in the morning in Japan on `date`.
    pub fn on(date: Date) -> Self {
        Self::at(Instant::from_jst(date, 9, 0))
    }

    /// Sets the hands, forwards or backwards.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.as_micros(), Ordering::SeqCst);
    }

    /// Moves the hands by `seconds` (negative: back).
    pub fn advance_seconds(&self, seconds: i64) {
        self.change(|now| now.plus_seconds(seconds));
    }

    /// Moves the hands by whole days (negative: back).
    pub fn advance_days(&self, days: i64) {
        self.change(|now| now.plus_days(days));
    }

    fn change(&self, step: impl Fn(Instant) -> Instant) {
        self.0.update(Ordering::SeqCst, Ordering::SeqCst, |micros| {
            step(Instant::from_micros(micros)).as_micros()
        });
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = FixedClock::at(Instant::from_seconds(100));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        assert_eq!(shared.now(), clock.now());
        clock.advance_seconds(5);
        assert_eq!(shared.now(), Instant::from_seconds(105));
        clock.advance_days(-1);
        assert_eq!(shared.now(), Instant::from_seconds(105 - 86_400));
        clock.set(Instant::from_seconds(0));
        assert_eq!(shared.today().to_string(), "1970-01-01");
    }

    #[test]
    fn the_system_clock_is_past_the_day_this_was_written() {
        assert!(SystemClock.now() > Instant::from_seconds(1_700_000_000));
    }
}
