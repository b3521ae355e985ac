//! The name by which somebody signs in.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

/// The longest e-mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const LONGEST: usize = 254;
const SHORTEST_USER_ID: usize = 3;
const LONGEST_USER_ID: usize = 64;

/// An e-mail address or a user id, normalised: NFKC, lower case, no blanks around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Login(String);

/// Why a text cannot be a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum LoginProblem {
    /// Nothing was typed.
    #[error("no e-mail address or user id was given")]
    Empty,
    /// It has more characters than an e-mail address may have.
    #[error("longer than {most} characters")]
    TooLong {
        /// The most characters there may be.
        most: usize,
    },
    /// A user id of fewer characters than needed.
    #[error("a user id has at least {need} characters")]
    TooShort {
        /// The fewest characters there may be.
        need: usize,
    },
    /// It holds `@` but is no e-mail address.
    #[error("not an e-mail address")]
    NotAnAddress,
    /// A user id holds something else than letters a to z, digits, `.`, `_` and `-`.
    #[error("a user id holds only letters a to z, digits, dot, underscore and hyphen")]
    NotAUserId,
    /// It cannot be used; choose another one.
    #[error("this login cannot be used")]
    Taken,
    /// The invitation went to another e-mail address.
    #[error("the invitation went to another e-mail address")]
    NotTheInvitedAddress,
}

impl LoginProblem {
    /// The tail of its key in the message catalogue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::TooShort { .. } => "too_short",
            Self::NotAnAddress => "not_an_address",
            Self::NotAUserId => "not_a_user_id",
            Self::Taken => "taken",
            Self::NotTheInvitedAddress => "not_the_invited_address",
        }
    }
}

/// What people type, made comparable: full-width letters become plain ones, capitals small ones.
/// Cut to a length that no real login reaches, so that a stranger cannot make the program work.
#[must_use]
pub(crate) fn normalise(typed: &str) -> String {
    typed
        .trim()
        .chars()
        .take(4 * LONGEST)
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|character| !character.is_control())
        .take(2 * LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

impl Login {
    /// Reads a login that somebody chose.
    ///
    /// # Errors
    /// [`LoginProblem`] saying what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, LoginProblem> {
        let text = normalise(typed);
        if text.is_empty() {
            return Err(LoginProblem::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(LoginProblem::TooLong { most: LONGEST });
        }
        if text.contains('@') {
            if is_address(&text) {
                Ok(Self(text))
            } else {
                Err(LoginProblem::NotAnAddress)
            }
        } else if !text.chars().all(is_user_id_character) {
            Err(LoginProblem::NotAUserId)
        } else if text.len() > LONGEST_USER_ID {
            Err(LoginProblem::TooLong {
                most: LONGEST_USER_ID,
            })
        } else if text.len() < SHORTEST_USER_ID {
            Err(LoginProblem::TooShort {
                need: SHORTEST_USER_ID,
            })
        } else {
            Ok(Self(text))
        }
    }

    /// The login as stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an e-mail address.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.0.contains('@')
    }

    /// What stands before the `@`, or the whole user id.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or(&self.0)
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, domain)| domain)
    }
}

impl std::fmt::Display for Login {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

const fn is_user_id_character(character: char) -> bool {
    character.is_ascii_lowercase()
        || character.is_ascii_digit()
        || matches!(character, '.' | '_' | '-')
}

/// Addresses as people have them: ASCII only, so that no look-alike letter passes for another.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let local_is_fine = !local.is_empty()
        && local.len() <= 64
        && local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&byte));
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    local_is_fine && domain.contains('.') && domain.split('.').all(label_is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_login_however_they_type_it() {
        for typed in [
            "Hanako@Example.JP",
            "  hanako@example.jp ",
            "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
            "hanako@example.jp\u{0}",
        ] {
            assert_eq!(
                Login::parse(typed).unwrap().as_str(),
                "hanako@example.jp",
                "{typed}"
            );
        }
        let login = Login::parse("hanako@example.jp").unwrap();
        assert_eq!(
            (login.local_part(), login.domain()),
            ("hanako", Some("example.jp"))
        );
        let login = Login::parse("Ｈａｎａｋｏ_01").unwrap();
        assert_eq!(
            (login.as_str(), login.is_address(), login.domain()),
            ("hanako_01", false, None)
        );
    }

    #[test]
    fn what_is_no_login_says_why() {
        let cases = [
            ("", LoginProblem::Empty),
            (" \u{3000}", LoginProblem::Empty),
            ("ab", LoginProblem::TooShort { need: 3 }),
            ("花子", LoginProblem::NotAUserId),
            ("hana ko", LoginProblem::NotAUserId),
            ("a@b", LoginProblem::NotAnAddress),
            ("a@@example.jp", LoginProblem::NotAnAddress),
            ("@example.jp", LoginProblem::NotAnAddress),
            ("a@-example.jp", LoginProblem::NotAnAddress),
            ("a b@example.jp", LoginProblem::NotAnAddress),
            ("а@example.jp", LoginProblem::NotAnAddress), // a Cyrillic letter
            ("<b>@example.jp", LoginProblem::NotAnAddress),
        ];
        for (typed, problem) in cases {
            assert_eq!(Login::parse(typed), Err(problem), "{typed:?}");
        }
        assert_eq!(
            Login::parse(&"a".repeat(65)),
            Err(LoginProblem::TooLong { most: 64 })
        );
        let long = format!("{}@example.jp", "a".repeat(300));
        assert_eq!(
            Login::parse(&long),
            Err(LoginProblem::TooLong { most: 254 })
        );
        assert!(normalise(&"ﷺ".repeat(100_000)).chars().count() <= 508);
    }
}
