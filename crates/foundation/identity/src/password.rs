//! Passwords: which ones are accepted, and how they are kept.
//!
//! Length and an estimate of the guesses decide, not kinds of characters (NIST SP 800-63B §5.1.1,
//! JIPDEC/総務省 guidance of the same sense). Kept as argon2id (RFC 9106).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{Argon2, Params, PasswordHash as PhcHash, PasswordHasher as _, PasswordVerifier as _};
use serde::Serialize;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use yagura_kernel::id::IdGenerator;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Match, Score};

use crate::login::Login;

/// The fewest characters of a password (issue 2, "Sign-in").
pub const SHORTEST: usize = 13;
/// The most characters of a password: enough for any sentence.
pub const LONGEST: usize = 256;

/// A password that uses expected words must have this many characters of its own beside them:
/// the estimator counts three words in a row as many guesses, even if everybody expects them.
const FEWEST_OWN_CHARACTERS: usize = 6;
/// How many passwords are hashed at the same time: each takes 19 MiB and a processor.
const HASHES_AT_ONCE: usize = 2;
/// How many may wait for their turn before newcomers are told to come back.
const LONGEST_QUEUE: usize = 100;
/// Memory of a hash in KiB, passes over it and lanes (OWASP's smallest recommended argon2id).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Words that everybody expects here, whoever the person is.
const EXPECTED_WORDS: &[&str] = &[
    "yagura",
    "やぐら",
    "櫓",
    "hospital",
    "clinic",
    "byouin",
    "byoin",
    "iryou",
    "iryo",
    "yakkyoku",
    "shika",
    "kusuri",
    "病院",
    "医院",
    "診療所",
    "クリニック",
    "歯科",
    "薬局",
    "医療",
    "パスワード",
    "ぱすわーど",
    "pasuwado",
    "pasuwaado",
];

/// Why a password cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum PasswordProblem {
    /// It has too few characters.
    #[error("{have} characters, at least {need} are needed")]
    TooShort {
        /// How many it has.
        have: usize,
        /// How many it needs.
        need: usize,
    },
    /// It has too many characters.
    #[error("more than {most} characters")]
    TooLong {
        /// The most there may be.
        most: usize,
    },
    /// It contains the login or the part of it before the `@`.
    #[error("contains the login")]
    ContainsLogin,
    /// It would be found in too few tries.
    #[error("easy to guess: {}", reason.code())]
    Guessable {
        /// What makes it so.
        reason: GuessableReason,
    },
}

impl PasswordProblem {
    /// The tail of its key in the message catalogue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::ContainsLogin => "contains_login",
            Self::Guessable { .. } => "guessable",
        }
    }
}

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuessableReason {
    /// It is among the passwords that everybody uses.
    Common,
    /// It is made of the name, the login, the organisation or a word of the trade.
    Personal,
    /// Keys that lie side by side.
    Keyboard,
    /// The same thing again and again.
    Repeats,
    /// A run such as abcd or 6543.
    Sequence,
    /// A date or a year.
    Date,
    /// A word or a name from the dictionary.
    Word,
    /// Several of these, none of which stands out.
    Mixture,
}

impl GuessableReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Common,
        Self::Personal,
        Self::Keyboard,
        Self::Repeats,
        Self::Sequence,
        Self::Date,
        Self::Word,
        Self::Mixture,
    ];

    /// The tail of its key in the message catalogue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Personal => "personal",
            Self::Keyboard => "keyboard",
            Self::Repeats => "repeats",
            Self::Sequence => "sequence",
            Self::Date => "date",
            Self::Word => "word",
            Self::Mixture => "mixture",
        }
    }
}

/// What an attacker would try first against this person.
#[derive(Debug, Clone, Default)]
pub struct PasswordContext {
    /// The login.
    pub login: Option<Login>,
    /// The name, its reading, the organisations' names.
    pub words: Vec<String>,
}

/// A password that was accepted, in the form in which it is hashed.
#[derive(Clone)]
pub struct AcceptedPassword(Zeroizing<String>);

impl std::fmt::Debug for AcceptedPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AcceptedPassword(…)")
    }
}

/// An argon2id hash in the PHC string format, as the database keeps it.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

/// The same password typed on another keyboard or with a Japanese input method: NFKC.
/// `None` where it is longer than any password may be.
fn normalise(typed: &str) -> Option<Zeroizing<String>> {
    if typed.chars().take(LONGEST + 1).count() > LONGEST {
        return None;
    }
    let text: Zeroizing<String> = Zeroizing::new(typed.nfkc().collect());
    (text.chars().count() <= LONGEST).then_some(text)
}

/// Judges a password that somebody chose. Takes some milliseconds.
///
/// # Errors
/// Every [`PasswordProblem`] at once.
pub fn judge(
    typed: &str,
    context: &PasswordContext,
) -> Result<AcceptedPassword, Vec<PasswordProblem>> {
    let Some(text) = normalise(typed) else {
        return Err(vec![PasswordProblem::TooLong { most: LONGEST }]);
    };
    let mut problems = Vec::new();
    let have = text.chars().count();
    if have < SHORTEST {
        problems.push(PasswordProblem::TooShort {
            have,
            need: SHORTEST,
        });
    }
    if context
        .login
        .as_ref()
        .is_some_and(|login| contains_login(&text, login))
    {
        problems.push(PasswordProblem::ContainsLogin);
    }
    let words = expected_words(context);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(&text, &words);
    let expected = expected_characters(&estimate, &words);
    let guessable = estimate.score() < Score::Three
        || (expected > 0 && have.saturating_sub(expected) < FEWEST_OWN_CHARACTERS);
    if have > 0 && guessable {
        problems.push(PasswordProblem::Guessable {
            reason: reason_of(&estimate, expected),
        });
    }
    if problems.is_empty() {
        Ok(AcceptedPassword(text))
    } else {
        Err(problems)
    }
}

fn contains_login(password: &str, login: &Login) -> bool {
    let lower = password.to_lowercase();
    let local = login.local_part();
    lower.contains(login.as_str()) || (local.len() >= 4 && lower.contains(local))
}

fn expected_words(context: &PasswordContext) -> Vec<String> {
    let mut words: Vec<String> = EXPECTED_WORDS
        .iter()
        .map(|word| (*word).to_owned())
        .collect();
    let mut add = |text: &str| {
        let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
        for part in std::iter::once(text.as_str()).chain(text.split(|c: char| !c.is_alphanumeric()))
        {
            if part.chars().count() >= 2 && !words.iter().any(|word| word == part) {
                words.push(part.to_owned());
            }
        }
    };
    if let Some(login) = &context.login {
        add(login.as_str());
    }
    context.words.iter().for_each(|word| add(word));
    words
}

/// How many characters of a password belong to words that an attacker would try first.
fn expected_characters(estimate: &Entropy, words: &[&str]) -> usize {
    let is_expected = |found: &&Match| match &found.pattern {
        MatchPattern::Dictionary(pattern) => words.contains(&pattern.matched_word.as_str()),
        _ => false,
    };
    let expected = estimate.sequence().iter().filter(is_expected);
    expected.map(|found| found.token.chars().count()).sum()
}

fn reason_of(estimate: &Entropy, expected_characters: usize) -> GuessableReason {
    if expected_characters > 0 {
        return GuessableReason::Personal;
    }
    match estimate
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning)
    {
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => GuessableReason::Common,
        Some(
            Warning::StraightRowsOfKeysAreEasyToGuess
            | Warning::ShortKeyboardPatternsAreEasyToGuess,
        ) => GuessableReason::Keyboard,
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess
            | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => GuessableReason::Repeats,
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => GuessableReason::Sequence,
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            GuessableReason::Date
        }
        Some(
            Warning::AWordByItselfIsEasyToGuess
            | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => GuessableReason::Word,
        None => GuessableReason::Mixture,
    }
}

/// Too many sign-ins are waiting; the person should come back in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be checked")]
pub struct Busy;

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the right one.
    pub correct: bool,
    /// Whether the hash was made with other parameters than new ones are, and should be renewed.
    pub outdated: bool,
}

/// Hashes and checks passwords, a few at a time.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    parameters: Params,
    dummy: Arc<str>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::with_parameters(MEMORY_KIB, PASSES, LANES)
    }
}

struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// With parameters of one's own: memory in KiB, passes, lanes. Parameters that argon2 does
    /// not allow become its defaults.
    #[must_use]
    pub fn with_parameters(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        let parameters = Params::new(memory_kib, passes, lanes, Some(32)).unwrap_or_default();
        // A hash that no password has. Checking against it takes as long as against a real one.
        let dummy = format!(
            "$argon2id$v=19$m={},t={},p={}$eWFndXJhIGR1bW15IHNhbHQ$\
             bm9ib2R5J3MgcGFzc3dvcmQgaGFzIHRoaXMgaGFzaC4",
            parameters.m_cost(),
            parameters.t_cost(),
            parameters.p_cost()
        );
        Self {
            turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            waiting: Arc::default(),
            parameters,
            dummy: dummy.into(),
        }
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let waiting = Waiting(Arc::clone(&self.waiting));
        if waiting.0.fetch_add(1, Ordering::Relaxed) >= LONGEST_QUEUE {
            return Err(Busy);
        }
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Busy)?;
        drop(waiting);
        // The permit goes into the thread: a request that goes away does not give up the turn
        // before its hash is done.
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(|_| Busy)
    }

    /// Judges and hashes a password that somebody chose.
    ///
    /// # Errors
    /// [`Busy`]; inside, every [`PasswordProblem`].
    pub async fn accept(
        &self,
        typed: &str,
        context: PasswordContext,
        ids: &dyn IdGenerator,
    ) -> Result<Result<PasswordHash, Vec<PasswordProblem>>, Busy> {
        let typed = Zeroizing::new(typed.to_owned());
        let mut salt = [0; 16];
        ids.fill_secret(&mut salt);
        let parameters = self.parameters.clone();
        self.in_turn(move || {
            let password = judge(&typed, &context)?;
            // Fails only for lack of memory; the person is asked for another password then,
            // which is wrong but harmless and cannot be told apart by them.
            hash(&parameters, &password, &salt).map_err(|_| Vec::new())
        })
        .await
        .and_then(|outcome| match outcome {
            Err(problems) if problems.is_empty() => Err(Busy),
            other => Ok(other),
        })
    }

    /// Hashes a password again with the parameters of today, after it was found correct.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn renew(&self, typed: &str, ids: &dyn IdGenerator) -> Result<PasswordHash, Busy> {
        let Some(text) = normalise(typed) else {
            return Err(Busy);
        };
        let mut salt = [0; 16];
        ids.fill_secret(&mut salt);
        let parameters = self.parameters.clone();
        self.in_turn(move || hash(&parameters, &AcceptedPassword(text), &salt).map_err(|_| Busy))
            .await?
    }

    /// Checks a password against a stored hash; where there is none, against a dummy, so that the
    /// time tells nothing about whether there is an account.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn verify(&self, typed: &str, stored: Option<String>) -> Result<Verdict, Busy> {
        let typed = normalise(typed).unwrap_or_default();
        let known = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.dummy.to_string());
        let today = self.parameters.clone();
        self.in_turn(move || {
            let Ok(parsed) = PhcHash::new(&hash) else {
                return Verdict {
                    correct: false,
                    outdated: false,
                };
            };
            let matches = Argon2::default()
                .verify_password(typed.as_bytes(), &parsed)
                .is_ok();
            let outdated = Params::try_from(&parsed).map_or(true, |used| {
                (used.m_cost(), used.t_cost(), used.p_cost())
                    != (today.m_cost(), today.t_cost(), today.p_cost())
            });
            Verdict {
                correct: matches && known,
                outdated,
            }
        })
        .await
    }
}

fn hash(
    parameters: &Params,
    password: &AcceptedPassword,
    salt: &[u8; 16],
) -> Result<PasswordHash, argon2::password_hash::Error> {
    let phc = Argon2::from(parameters).hash_password_with_salt(password.0.as_bytes(), salt)?;
    Ok(PasswordHash(phc.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::SeededIds;
    use yagura_kernel::time::{FixedClock, Instant};

    fn context() -> PasswordContext {
        PasswordContext {
            login: Some(Login::parse("sakurai@aoba-clinic.example.jp").unwrap()),
            words: vec![
                "桜井 花子".into(),
                "Aoba Clinic".into(),
                "あおば内科クリニック".into(),
            ],
        }
    }

    fn problems(typed: &str) -> Vec<PasswordProblem> {
        judge(typed, &context()).err().unwrap_or_default()
    }

    #[test]
    fn length_counts_and_kinds_of_characters_do_not() {
        for fine in [
            "purple otter umbrella",
            "asagao yuugata bendai",
            "夕立のあとに虹が二本見えた",
            "たぬきうどん三杯と冷たい麦茶",
            "kQ8xw2mVtz0PbL",
        ] {
            assert_eq!(problems(fine), [], "{fine}");
        }
        assert_eq!(
            problems("kQ8xw2mVtz0P")[0],
            PasswordProblem::TooShort { have: 12, need: 13 }
        );
        assert_eq!(
            problems(&"あ".repeat(257)),
            [PasswordProblem::TooLong { most: 256 }]
        );
        // Each of these letters becomes eighteen under NFKC.
        assert_eq!(
            problems(&"ﷺ".repeat(200)),
            [PasswordProblem::TooLong { most: 256 }]
        );
        assert_eq!(
            problems("")[0],
            PasswordProblem::TooShort { have: 0, need: 13 }
        );
    }

    #[test]
    fn what_is_easy_to_guess_says_why() {
        let cases = [
            ("passwordpassword", GuessableReason::Repeats),
            ("aaaaaaaaaaaaaaaaa", GuessableReason::Repeats),
            ("abcdefghijklmnop", GuessableReason::Sequence),
            ("qwertyuiopasdfghjkl", GuessableReason::Common),
            ("あおば内科クリニック2026", GuessableReason::Personal),
            ("yaguraclinic1", GuessableReason::Personal),
        ];
        for (typed, reason) in cases {
            assert!(
                problems(typed).contains(&PasswordProblem::Guessable { reason }),
                "{typed}: {:?}",
                problems(typed)
            );
        }
        assert!(problems("sakurai wanders far").contains(&PasswordProblem::ContainsLogin));
        assert!(problems("SAKURAI wanders far").contains(&PasswordProblem::ContainsLogin));
        assert_eq!(
            judge("sakurai wanders far", &PasswordContext::default()).err(),
            None
        );
    }

    #[tokio::test]
    async fn a_password_is_recognised_however_it_is_typed_and_no_other_is() {
        let ids = SeededIds::new(1, FixedClock::at(Instant::from_seconds(1)));
        let passwords = Passwords::with_parameters(64, 1, 1);
        let hash = passwords
            .accept("purple otter 123", context(), &ids)
            .await
            .unwrap()
            .unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(!format!("{hash:?}").contains("argon2"));
        let stored = || Some(hash.as_str().to_owned());
        let right = Verdict {
            correct: true,
            outdated: false,
        };
        assert_eq!(
            passwords
                .verify("purple otter 123", stored())
                .await
                .unwrap(),
            right
        );
        assert_eq!(
            passwords
                .verify("ｐｕｒｐｌｅ otter １２３", stored())
                .await
                .unwrap(),
            right
        );
        assert!(
            !passwords
                .verify("purple otter 124", stored())
                .await
                .unwrap()
                .correct
        );
        assert!(!passwords.verify("", stored()).await.unwrap().correct);
        assert!(
            !passwords
                .verify(&"a".repeat(1_000), stored())
                .await
                .unwrap()
                .correct
        );
        assert!(
            !passwords
                .verify("purple otter 123", Some("junk".into()))
                .await
                .unwrap()
                .correct
        );
        let stronger = Passwords::with_parameters(128, 1, 1);
        let verdict = stronger.verify("purple otter 123", stored()).await.unwrap();
        assert_eq!(
            verdict,
            Verdict {
                correct: true,
                outdated: true
            }
        );
        let renewed = stronger.renew("purple otter 123", &ids).await.unwrap();
        let verdict = stronger
            .verify("purple otter 123", Some(renewed.as_str().into()))
            .await;
        assert_eq!(verdict.unwrap(), right);
    }

    #[tokio::test]
    async fn an_unknown_account_costs_a_whole_hash_and_is_never_right() {
        let passwords = Passwords::default();
        assert!(PhcHash::new(&passwords.dummy).is_ok_and(|dummy| dummy.hash.is_some()));
        let begun = std::time::Instant::now();
        let verdict = passwords.verify("purple otter 123", None).await.unwrap();
        assert_eq!(
            verdict,
            Verdict {
                correct: false,
                outdated: false
            }
        );
        assert!(
            begun.elapsed().as_micros() > 2_000,
            "the dummy is hashed with real parameters"
        );
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_back() {
        let passwords = Passwords::with_parameters(64, 1, 1);
        let turns = Arc::clone(&passwords.turns)
            .acquire_many_owned(2)
            .await
            .unwrap();
        let waiting: Vec<_> = (0..LONGEST_QUEUE)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify("x", None).await })
            })
            .collect();
        while passwords.waiting.load(Ordering::Relaxed) < LONGEST_QUEUE {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.verify("x", None).await, Err(Busy));
        drop(turns);
        for one in waiting {
            assert!(one.await.unwrap().is_ok());
        }
        assert_eq!(passwords.waiting.load(Ordering::Relaxed), 0);
    }
}
