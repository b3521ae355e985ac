//! Progressive delay after failed tries, per account and per address, in the database so that
//! every process of an installation counts together.
//!
//! The first failures cost nothing. Then each further one blocks for twice as long as the one
//! before it, up to a quarter of an hour, and while nothing fails they are forgotten one by one.
//! Nothing blocks the whole installation. Logins that do not exist are counted like those that do.
//!
//! A try at an account is counted *before* the password is checked and taken back when it was
//! right: a hundred tries sent together so count as a hundred, not as one.

use yagura_kernel::time::Instant;
use yagura_store::{StoreError, Transaction, params, row};

/// The longest that anything is blocked.
const LONGEST_BLOCK_SECONDS: i64 = 15 * 60;
const FIRST_BLOCK_SECONDS: i64 = 30;
/// More failures than this are not counted, so that a block is forgotten within hours.
const MOST_FAILURES: i64 = 64;

/// How many failures are free, and how fast they are forgotten.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    kind: &'static str,
    /// This failure is the first that blocks.
    free: i64,
    forget_one_after_seconds: i64,
}

/// Passwords for one login.
pub(crate) const LOGIN: Limit = Limit {
    kind: "login",
    free: 5,
    forget_one_after_seconds: 600,
};
/// Passwords from one address. A whole hospital may stand behind one, hence far more than for a
/// login.
pub(crate) const ADDRESS: Limit = Limit {
    kind: "address",
    free: 30,
    forget_one_after_seconds: 60,
};
/// Second factors of one account.
pub(crate) const FACTOR: Limit = Limit {
    kind: "factor",
    free: 5,
    forget_one_after_seconds: 600,
};
/// Reset links for one login: the mailbox is not to be flooded.
pub(crate) const RESET: Limit = Limit {
    kind: "reset",
    free: 3,
    forget_one_after_seconds: 1_200,
};

/// Reset links asked for from one address, whomever they are for. A whole hospital may stand
/// behind one.
pub(crate) const RESET_ADDRESS: Limit = Limit {
    kind: "reset_address",
    free: 20,
    forget_one_after_seconds: 120,
};

row! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Count { failures: i64, last_failure_at: Instant, blocked_until: Instant }
}

impl Count {
    /// Seconds to wait, rounded up.
    fn wait(&self, now: Instant) -> Option<i64> {
        let micros = self
            .blocked_until
            .as_micros()
            .saturating_sub(now.as_micros());
        (micros > 0).then(|| micros.saturating_add(999_999) / 1_000_000)
    }

    fn remembered(&self, limit: Limit, now: Instant) -> i64 {
        let forgotten =
            now.seconds_since(self.last_failure_at).max(0) / limit.forget_one_after_seconds;
        (self.failures - forgotten).max(0)
    }

    fn after_failure(&self, limit: Limit, now: Instant) -> Self {
        let failures = (self.remembered(limit, now) + 1).min(MOST_FAILURES);
        let blocked_until = if failures < limit.free {
            now
        } else {
            let doublings = u32::try_from(failures - limit.free)
                .unwrap_or(u32::MAX)
                .min(10);
            now.plus_seconds((FIRST_BLOCK_SECONDS << doublings).min(LONGEST_BLOCK_SECONDS))
        };
        Self {
            failures,
            last_failure_at: now,
            blocked_until,
        }
    }
}

/// What came of asking for a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Try {
    /// It may be made. Should it fail, this is how long the next one must wait.
    Granted { wait_if_it_fails: Option<i64> },
    /// Not before so many seconds.
    Blocked { wait: i64 },
}

/// The count, with its row locked until the end of the transaction.
async fn lock(
    tx: &mut Transaction,
    limit: Limit,
    subject: &[u8],
    now: Instant,
) -> Result<Count, StoreError> {
    tx.one(
        "INSERT INTO sign_in_attempts (kind, subject, failures, last_failure_at, blocked_until)
         VALUES ($1, $2, 0, $3, 0)
         ON CONFLICT (kind, subject) DO UPDATE SET subject = excluded.subject
         RETURNING failures, last_failure_at, blocked_until",
        params![limit.kind, subject, now],
    )
    .await
}

async fn set(
    tx: &mut Transaction,
    limit: Limit,
    subject: &[u8],
    count: Count,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sign_in_attempts SET failures = $1, last_failure_at = $2, blocked_until = $3
         WHERE kind = $4 AND subject = $5",
        params![
            count.failures,
            count.last_failure_at,
            count.blocked_until,
            limit.kind,
            subject
        ],
    )
    .await?;
    Ok(())
}

/// Asks for a try and counts it as failed until [`clear`] says otherwise.
pub(crate) async fn reserve(
    tx: &mut Transaction,
    limit: Limit,
    subject: &[u8],
    now: Instant,
) -> Result<Try, StoreError> {
    let count = lock(tx, limit, subject, now).await?;
    if let Some(wait) = count.wait(now) {
        return Ok(Try::Blocked { wait });
    }
    let failed = count.after_failure(limit, now);
    set(tx, limit, subject, failed).await?;
    Ok(Try::Granted {
        wait_if_it_fails: failed.wait(now),
    })
}

/// How long something is blocked, without counting.
pub(crate) async fn blocked(
    tx: &mut Transaction,
    limit: Limit,
    subject: &[u8],
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let count: Option<Count> = tx
        .optional(
            "SELECT failures, last_failure_at, blocked_until FROM sign_in_attempts
             WHERE kind = $1 AND subject = $2",
            params![limit.kind, subject],
        )
        .await?;
    Ok(count.and_then(|count| count.wait(now)))
}

/// Counts a failure and returns how long the next try must wait.
pub(crate) async fn count_failure(
    tx: &mut Transaction,
    limit: Limit,
    subject: &[u8],
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let failed = lock(tx, limit, subject, now)
        .await?
        .after_failure(limit, now);
    set(tx, limit, subject, failed).await?;
    Ok(failed.wait(now))
}

/// Forgets every failure, because a try was right.
pub(crate) async fn clear(
    tx: &mut Transaction,
    limit: Limit,
    subject: &[u8],
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM sign_in_attempts WHERE kind = $1 AND subject = $2",
        params![limit.kind, subject],
    )
    .await?;
    Ok(())
}

/// Removes counts that no longer matter.
pub(crate) async fn purge(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM sign_in_attempts WHERE last_failure_at < $1",
        params![now.plus_days(-2)],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(1_800_000_000 + seconds)
    }

    const NEW: Count = Count {
        failures: 0,
        last_failure_at: Instant::from_micros(0),
        blocked_until: Instant::from_micros(0),
    };

    #[test]
    fn the_fifth_failure_blocks_and_each_further_one_twice_as_long() {
        let mut count = NEW;
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..12 {
            count = count.after_failure(LOGIN, now);
            waits.push(count.wait(now).unwrap_or(0));
            now = now.plus_seconds(count.wait(now).unwrap_or(1));
        }
        // At the end one is forgotten while each block lasts, so it stays there.
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let count = Count {
            failures: 5,
            last_failure_at: at(0),
            blocked_until: at(30),
        };
        assert_eq!(count.wait(at(29)), Some(1));
        assert_eq!(
            count.wait(Instant::from_micros(at(29).as_micros() + 1)),
            Some(1)
        );
        assert_eq!(count.wait(at(30)), None);
        assert_eq!(count.remembered(LOGIN, at(599)), 5);
        assert_eq!(count.remembered(LOGIN, at(600)), 4);
        assert_eq!(count.remembered(LOGIN, at(6_000)), 0);
        assert_eq!(
            count.remembered(LOGIN, at(-6_000)),
            5,
            "a clock set back forgets nothing"
        );
    }

    #[test]
    fn however_many_fail_a_day_later_all_is_forgotten() {
        let mut count = NEW;
        for _ in 0..10_000 {
            count = count.after_failure(LOGIN, at(0));
        }
        assert_eq!(count.wait(at(0)), Some(900));
        assert_eq!(count.remembered(LOGIN, at(86_400)), 0);
    }
}
