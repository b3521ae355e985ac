//! What is wrong with a form of identities, in the reader's language.

use yagura_identity::FormProblem;
use yagura_identity::password::PasswordProblem;

use crate::i18n::{Translator, args};
use crate::ui::forms::FormState;

/// Puts every problem beside its field.
pub(super) fn explain(t: &Translator, state: &mut FormState, problems: &[FormProblem]) {
    for problem in problems {
        let (field, words) = match problem {
            FormProblem::Name => ("name", t.t("sign-in-problem-name").to_owned()),
            FormProblem::OrganizationName => {
                ("operator", t.t("sign-in-problem-organization").to_owned())
            }
            FormProblem::Login(_) => ("login", t.t("sign-in-problem-login").to_owned()),
            FormProblem::Password(problem) => ("password", password(t, problem)),
        };
        state.add_error(field, words);
    }
}

/// Why something secret was refused: it was wrong, or too many were.
pub(super) fn refused(t: &Translator, retry_after: Option<i64>, wrong: &'static str) -> String {
    match retry_after {
        Some(seconds) => t
            .t_args("sign-in-refused-wait", args![("seconds", seconds)])
            .into_owned(),
        None => t.t(wrong).to_owned(),
    }
}

fn password(t: &Translator, problem: &PasswordProblem) -> String {
    match problem {
        PasswordProblem::TooShort { have, need } => t
            .t_args(
                "sign-in-password-too-short",
                args![("have", *have), ("need", *need)],
            )
            .into_owned(),
        PasswordProblem::TooLong { most } => t
            .t_args("sign-in-password-too-long", args![("most", *most)])
            .into_owned(),
        PasswordProblem::ContainsLogin => t.t("sign-in-password-contains-login").to_owned(),
        PasswordProblem::Guessable { .. } => t.t("sign-in-password-guessable").to_owned(),
    }
}
