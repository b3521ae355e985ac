//! How what this crate has to say reaches a person: a message key and its arguments, with the
//! texts in Japanese and English as Fluent resources that the web crate adds to its catalogue.

use crate::error::LinkProblem;
use crate::events::Event;
use crate::login::LoginProblem;
use crate::oidc::OidcProblem;
use crate::password::GuessableReason;
use crate::sessions::SignInMethod;

/// The Japanese messages, a Fluent resource.
pub const MESSAGES_JA: &str = include_str!("../locales/ja.ftl");

/// The English messages, a Fluent resource.
pub const MESSAGES_EN: &str = include_str!("../locales/en.ftl");

/// Codes of storage are written with `_` and `.`, keys of messages with hyphens.
fn hyphened(code: &str) -> String {
    code.replace(['_', '.'], "-")
}

impl GuessableReason {
    /// The key of its message.
    #[must_use]
    pub fn message_key(self) -> String {
        format!("identity-password-{}", hyphened(self.code()))
    }
}

impl LoginProblem {
    /// The key of its message.
    #[must_use]
    pub fn message_key(self) -> String {
        format!("identity-login-{}", hyphened(self.code()))
    }

    /// The arguments of its message.
    #[must_use]
    pub fn message_arguments(self) -> Vec<(&'static str, usize)> {
        match self {
            Self::TooLong { most } => vec![("most", most)],
            Self::TooShort { need } => vec![("need", need)],
            _ => Vec::new(),
        }
    }
}

impl LinkProblem {
    /// The key of its message.
    #[must_use]
    pub fn message_key(self) -> String {
        format!("identity-link-{}", hyphened(self.code()))
    }
}

impl OidcProblem {
    /// The key of its message.
    #[must_use]
    pub fn message_key(&self) -> String {
        format!("identity-provider-{}", hyphened(self.code()))
    }
}

impl SignInMethod {
    /// The key of its message.
    #[must_use]
    pub fn message_key(self) -> String {
        format!("identity-method-{}", hyphened(self.code()))
    }
}

impl Event {
    /// The key of its message.
    #[must_use]
    pub fn message_key(self) -> String {
        format!("identity-event-{}", hyphened(self.code()))
    }

    /// The event of an audit entry, if it is one of this crate's.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(resource: &str) -> BTreeSet<&str> {
        resource
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
            .collect()
    }

    #[test]
    fn everything_is_said_in_both_languages_and_nothing_else_is() {
        let mut needed = BTreeSet::new();
        needed.extend(GuessableReason::ALL.map(GuessableReason::message_key));
        needed.extend(SignInMethod::ALL.map(SignInMethod::message_key));
        needed.extend(Event::ALL.iter().map(|event| event.message_key()));
        let logins = [
            LoginProblem::Empty,
            LoginProblem::TooLong { most: 1 },
            LoginProblem::TooShort { need: 1 },
            LoginProblem::NotAnAddress,
            LoginProblem::NotAUserId,
            LoginProblem::Taken,
            LoginProblem::NotTheInvitedAddress,
        ];
        needed.extend(logins.map(LoginProblem::message_key));
        let links = [
            LinkProblem::Unknown,
            LinkProblem::Expired,
            LinkProblem::Used,
            LinkProblem::Revoked,
            LinkProblem::OtherPurpose,
        ];
        needed.extend(links.map(LinkProblem::message_key));
        let providers = [
            OidcProblem::Unknown,
            OidcProblem::Configuration,
            OidcProblem::Unreachable(String::new()),
            OidcProblem::Answer(String::new()),
            OidcProblem::NoAddress,
        ];
        needed.extend(providers.iter().map(OidcProblem::message_key));
        for resource in [MESSAGES_JA, MESSAGES_EN] {
            assert_eq!(keys(resource), needed.iter().map(String::as_str).collect());
        }
        for problem in logins {
            for resource in [MESSAGES_JA, MESSAGES_EN] {
                let start = format!("{} = ", problem.message_key());
                let line = resource
                    .lines()
                    .find(|line| line.starts_with(&start))
                    .unwrap();
                let given = problem.message_arguments();
                assert_eq!(line.matches("{ $").count(), given.len(), "{line}");
                assert!(
                    given
                        .iter()
                        .all(|(name, _)| line.contains(&format!("${name} }}")))
                );
            }
        }
    }
}
