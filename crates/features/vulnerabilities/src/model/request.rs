//! What an institution asks of the vendor who maintains a device, and what the vendor answers.
//!
//! An answer is a proposal: the institution takes it over or not. A vendor's word alone closes
//! nothing (decision 0011).

use serde::{Deserialize, Serialize};
use yagura_kernel::time::Date;

use super::state::{Decision, Justification, State};

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// 依頼中: the vendor has not answered.
    Asked,
    /// 回答あり: the institution has not yet said what it makes of the answer.
    Answered,
    /// 反映済み: the institution took the answer over.
    Taken,
}

impl RequestState {
    /// Every state, in the order of pages.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Answered, Self::Taken];

    /// The code in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::Taken => "taken",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What a vendor says of a vulnerability in its product: the statuses of OpenVEX 0.2 and of the VEX
/// profile of CSAF 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 非該当.
    NotAffected,
    /// 該当: something is to be done.
    Affected,
    /// 対応済み.
    Fixed,
    /// 確認中.
    UnderInvestigation,
}

impl Status {
    /// Every status, in the order of pages.
    pub const ALL: [Self; 4] = [
        Self::UnderInvestigation,
        Self::Affected,
        Self::NotAffected,
        Self::Fixed,
    ];

    /// The code of OpenVEX, in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }

    /// The status with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The state that a finding gets where the answer is taken over.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::NotAffected => State::NotAffected,
            Self::Affected => State::Affected,
            Self::Fixed => State::Fixed,
            Self::UnderInvestigation => State::Investigating,
        }
    }
}

/// The most characters of an answer's text.
pub const LONGEST_STATEMENT: usize = 1_000;
/// The most characters of a version.
pub const LONGEST_VERSION: usize = 100;

/// What a vendor answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// How it stands.
    pub status: Status,
    /// Why it does not apply, where it does not.
    pub justification: Option<Justification>,
    /// In words: what is to be done, why it does not apply.
    pub statement: String,
    /// The version in which it is corrected.
    pub fixed_version: String,
    /// When the vendor means to have it corrected on the device.
    pub planned_on: Option<Date>,
}

/// What is missing in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerProblem {
    /// 「非該当」 with neither a justification nor words.
    Justification,
    /// 「該当」 without what is to be done: words, a version or a day.
    Action,
}

impl AnswerProblem {
    /// The field in which it is.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Justification => "justification",
            Self::Action => "statement",
        }
    }
}

fn cut(text: &str, longest: usize) -> String {
    text.trim().chars().take(longest).collect()
}

impl Answer {
    /// Checks it, and drops what does not belong to its status. OpenVEX asks the same: a reason
    /// where a product is not affected, an action where it is.
    ///
    /// # Errors
    /// [`AnswerProblem`].
    pub fn checked(self) -> Result<Self, AnswerProblem> {
        let mut answer = Self {
            statement: cut(&self.statement, LONGEST_STATEMENT),
            fixed_version: cut(&self.fixed_version, LONGEST_VERSION),
            ..self
        };
        match answer.status {
            Status::NotAffected => {
                if answer.justification.is_none() && answer.statement.is_empty() {
                    return Err(AnswerProblem::Justification);
                }
                answer.fixed_version.clear();
                answer.planned_on = None;
            }
            Status::Affected => {
                let says_nothing = answer.statement.is_empty()
                    && answer.fixed_version.is_empty()
                    && answer.planned_on.is_none();
                if says_nothing {
                    return Err(AnswerProblem::Action);
                }
            }
            Status::Fixed => answer.planned_on = None,
            Status::UnderInvestigation => {}
        }
        if answer.status != Status::NotAffected {
            answer.justification = None;
        }
        Ok(answer)
    }

    /// What the institution decides where it takes the answer over, with a note in its words.
    /// Nothing: the answer says 「非該当」 in words only, and somebody must choose the reason.
    #[must_use]
    pub fn decision(&self, note: String) -> Option<Decision> {
        if self.status == Status::NotAffected && self.justification.is_none() {
            return None;
        }
        Some(Decision {
            state: self.status.state(),
            justification: self.justification,
            accepted_until: None,
            note: cut(&note, LONGEST_STATEMENT),
        })
    }
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::parse_date;

    use super::*;

    fn answer(status: Status) -> Answer {
        Answer {
            status,
            justification: None,
            statement: String::new(),
            fixed_version: String::new(),
            planned_on: None,
        }
    }

    #[test]
    fn an_answer_says_what_its_status_needs() {
        let day = parse_date("2026-12-01").ok();
        let check = |answer: Answer| answer.checked().map(|one| one.status);
        assert_eq!(
            check(answer(Status::NotAffected)),
            Err(AnswerProblem::Justification)
        );
        assert_eq!(check(answer(Status::Affected)), Err(AnswerProblem::Action));
        for fine in [answer(Status::Fixed), answer(Status::UnderInvestigation)] {
            assert_eq!(check(fine.clone()), Ok(fine.status));
        }
        let planned = Answer {
            planned_on: day,
            justification: Some(Justification::ComponentNotPresent),
            ..answer(Status::Affected)
        };
        let clean = planned.checked().unwrap();
        assert_eq!((clean.justification, clean.planned_on), (None, day));
        let long = Answer {
            statement: "あ".repeat(5_000),
            fixed_version: " 1.0 ".to_owned(),
            ..answer(Status::NotAffected)
        };
        let clean = long.checked().unwrap();
        assert_eq!(clean.statement.chars().count(), LONGEST_STATEMENT);
        assert!(clean.fixed_version.is_empty());
    }

    #[test]
    fn words_alone_are_no_justification_that_could_be_taken_over() {
        let words = Answer {
            statement: "使っていない".to_owned(),
            ..answer(Status::NotAffected)
        };
        assert_eq!(words.decision(String::new()), None);
        let justified = Answer {
            justification: Some(Justification::ComponentNotPresent),
            ..words
        };
        let decision = justified.decision("n".to_owned()).unwrap();
        assert_eq!(decision.state, State::NotAffected);
        assert_eq!(
            answer(Status::UnderInvestigation)
                .decision(String::new())
                .unwrap()
                .state,
            State::Investigating
        );
    }
}
