//! What a verdict says of items 2-⑦ and 2-⑧ (`docs/decisions/0017-passwords-are-judged-where-they-lie.md`).

use credentialcheck::{Fault, Verdict};
use yagura_kernel::probe::Outcome;

/// For how many days a verdict counts.
pub const VALID_DAYS: i64 = 90;

/// What a verdict says of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// Whether the item holds.
    pub outcome: Outcome,
    /// The message, whose argument `count` is the number below.
    pub message: &'static str,
    /// How many entries it rests on.
    pub count: u32,
}

/// The first of the rules that finds an entry.
fn first(verdict: &Verdict, rules: &[(Fault, Outcome, &'static str)]) -> Option<Judgement> {
    rules.iter().find_map(|(fault, outcome, message)| {
        let count = verdict.count(*fault);
        (count > 0).then_some(Judgement {
            outcome: *outcome,
            message,
            count,
        })
    })
}

fn or_good(verdict: &Verdict, found: Option<Judgement>, message: &'static str) -> Judgement {
    let count = verdict.entries();
    match found {
        _ if count == 0 => Judgement {
            outcome: Outcome::Unknown,
            message: "credentials-probe-empty",
            count,
        },
        Some(found) => found,
        None => Judgement {
            outcome: Outcome::Satisfied,
            message,
            count,
        },
    }
}

/// 2-⑦: at least 8 characters that mix letters, digits and symbols, no default. Shorter than 13 and
/// long unchanged, or easy to guess, leaves it open: whether two factors are used is not in the
/// file, and the demand for regular change is gone from guideline 7.0.
#[must_use]
pub fn strong(verdict: &Verdict) -> Judgement {
    let bad = Outcome::Violated;
    let found = first(
        verdict,
        &[
            (Fault::Empty, bad, "credentials-probe-none-set"),
            (Fault::FactoryDefault, bad, "credentials-probe-default"),
            (Fault::Under8, bad, "credentials-probe-short"),
            (Fault::NoLetters, bad, "credentials-probe-kinds"),
            (Fault::NoDigits, bad, "credentials-probe-kinds"),
            (Fault::NoSymbols, bad, "credentials-probe-kinds"),
            (
                Fault::Guessable,
                Outcome::Unknown,
                "credentials-probe-guessable",
            ),
        ],
    );
    let unchanged = || {
        let both = [Fault::Under13, Fault::Unchanged];
        let count = verdict
            .findings
            .iter()
            .filter(|one| both.iter().all(|fault| one.faults.contains(fault)))
            .count();
        (count > 0).then_some(Judgement {
            outcome: Outcome::Unknown,
            message: "credentials-probe-unchanged",
            count: u32::try_from(count).unwrap_or(u32::MAX),
        })
    };
    or_good(
        verdict,
        found.or_else(unchanged),
        "credentials-probe-strong",
    )
}

/// 2-⑧: no password twice, and no factory default, which everybody has. Passwords that are alike
/// leave it open.
#[must_use]
pub fn reused(verdict: &Verdict) -> Judgement {
    let found = first(
        verdict,
        &[
            (Fault::Reused, Outcome::Violated, "credentials-probe-reused"),
            (
                Fault::FactoryDefault,
                Outcome::Violated,
                "credentials-probe-default",
            ),
            (
                Fault::Similar,
                Outcome::Unknown,
                "credentials-probe-similar",
            ),
        ],
    );
    or_good(verdict, found, "credentials-probe-unique")
}

#[cfg(test)]
mod tests {
    use credentialcheck::{Entry, Opened, Options, check};
    use time::OffsetDateTime;

    use super::*;

    fn verdict(passwords: &[&str]) -> Verdict {
        let now = OffsetDateTime::from_unix_timestamp(1_795_260_000).unwrap();
        let entries = passwords.iter().zip(1..).map(|(password, number)| Entry {
            number,
            title: format!("機器{number}"),
            user: "operator".into(),
            password: (*password).into(),
            unchanged_since: OffsetDateTime::from_unix_timestamp(1_700_000_000).ok(),
            ..Entry::default()
        });
        let opened = Opened {
            entries: entries.collect(),
            file_sha256: "0".repeat(64),
            ..Opened::default()
        };
        check(&opened, &Options::at(now))
    }

    #[test]
    fn passwords_decide_as_the_items_say() {
        use Outcome::{Satisfied, Unknown, Violated};
        let good = ["Kx9!rw-2Lp.Qm7", "vT4#nQ8_zzR1-pW"];
        for (passwords, is_strong, is_unique) in [
            (&good[..], Satisfied, Satisfied),
            (&[], Unknown, Unknown),
            (&["Kx9!rw-2Lp.Qm7", "Kx9!rw-2Lp.Qm7"], Satisfied, Violated),
            (&["operator"], Violated, Violated),
            (&["k#9"], Violated, Satisfied),
            (&["KxArw-pLp.QmS"], Violated, Satisfied),
            (&["Kx9!rw-2"], Unknown, Satisfied),
            (&["Kx9!rw-2Lp.Qm7", "Kx9!rw-2Lp.Qm8"], Satisfied, Unknown),
            (&["Kx9!rw-2Lp.Qm7", ""], Violated, Satisfied),
        ] {
            let verdict = verdict(passwords);
            let found = (strong(&verdict).outcome, reused(&verdict).outcome);
            assert_eq!(found, (is_strong, is_unique), "{passwords:?}");
        }
    }
}
