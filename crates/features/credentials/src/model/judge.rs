//! What a verdict says of items 2-⑦ and 2-⑧ (`docs/decisions/0017-passwords-are-judged-where-they-lie.md`).

use credentialcheck::verdict::Finding;
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

/// What is judged: a verdict, or of each file the part of the newest verdict on it.
#[derive(Debug, Clone, Default)]
pub struct Counted<'v> {
    entries: u32,
    findings: Vec<&'v Finding>,
    /// Whether all of it was checked at once, so that a password in two files was seen.
    is_together: bool,
}

impl<'v> Counted<'v> {
    /// A whole verdict.
    #[must_use]
    pub fn whole(verdict: &'v Verdict) -> Self {
        Self {
            entries: verdict.entries(),
            findings: verdict.findings.iter().collect(),
            is_together: true,
        }
    }

    /// Parts of verdicts, each by the place of its file. `is_together` where all are of one verdict.
    pub fn parts(parts: impl IntoIterator<Item = (&'v Verdict, usize)>, is_together: bool) -> Self {
        let mut counted = Self {
            is_together,
            ..Self::default()
        };
        for (verdict, place) in parts {
            let entries = verdict.files.get(place).map_or(0, |file| file.entries);
            counted.entries = counted.entries.saturating_add(entries);
            counted.findings.extend(verdict.findings_of(place));
        }
        counted
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> u32 {
        self.entries
    }

    fn having(&self, faults: &[Fault]) -> u32 {
        let having = self
            .findings
            .iter()
            .filter(|finding| faults.iter().all(|fault| finding.faults.contains(fault)));
        u32::try_from(having.count()).unwrap_or(u32::MAX)
    }
}

/// The first of the rules that finds an entry.
fn first(counted: &Counted<'_>, rules: &[(Fault, Outcome, &'static str)]) -> Option<Judgement> {
    rules.iter().find_map(|(fault, outcome, message)| {
        let count = counted.having(&[*fault]);
        (count > 0).then_some(Judgement {
            outcome: *outcome,
            message,
            count,
        })
    })
}

fn or_good(counted: &Counted<'_>, found: Option<Judgement>, message: &'static str) -> Judgement {
    let count = counted.entries();
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
pub fn strong(counted: &Counted<'_>) -> Judgement {
    let bad = Outcome::Violated;
    let found = first(
        counted,
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
        let count = counted.having(&[Fault::Under13, Fault::Unchanged]);
        (count > 0).then_some(Judgement {
            outcome: Outcome::Unknown,
            message: "credentials-probe-unchanged",
            count,
        })
    };
    or_good(
        counted,
        found.or_else(unchanged),
        "credentials-probe-strong",
    )
}

/// 2-⑧: no password twice, and no factory default, which everybody has. Passwords that are alike
/// leave it open, and so do files that were checked one by one.
#[must_use]
pub fn reused(counted: &Counted<'_>) -> Judgement {
    let found = first(
        counted,
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
    // A password that stands in two files is seen only where both are checked at once.
    let apart = || {
        (!counted.is_together).then_some(Judgement {
            outcome: Outcome::Unknown,
            message: "credentials-probe-apart",
            count: counted.entries(),
        })
    };
    or_good(counted, found.or_else(apart), "credentials-probe-unique")
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
            let counted = Counted::whole(&verdict);
            let found = (strong(&counted).outcome, reused(&counted).outcome);
            assert_eq!(found, (is_strong, is_unique), "{passwords:?}");
        }
    }

    #[test]
    fn files_that_were_checked_one_by_one_prove_nothing_of_each_other() {
        let one = verdict(&["Kx9!rw-2Lp.Qm7"]);
        let other = verdict(&["vT4#nQ8_zzR1-pW"]);
        let both = || [(&one, 0), (&other, 0)];
        let apart = Counted::parts(both(), false);
        assert_eq!(apart.entries(), 2);
        assert_eq!(strong(&apart).outcome, Outcome::Satisfied);
        assert_eq!(reused(&apart).outcome, Outcome::Unknown);
        assert_eq!(reused(&apart).message, "credentials-probe-apart");
        let together = Counted::parts(both(), true);
        assert_eq!(reused(&together).outcome, Outcome::Satisfied);
        let bad = verdict(&["operator"]);
        let mixed = Counted::parts([(&one, 0), (&bad, 0)], false);
        assert_eq!(reused(&mixed).outcome, Outcome::Violated);
        assert_eq!(reused(&Counted::default()).outcome, Outcome::Unknown);
    }
}
