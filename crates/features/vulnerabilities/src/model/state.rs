//! The states of a finding and what may become of what.

use serde::{Deserialize, Serialize};

/// How a finding stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 新着: nobody has looked at it.
    New,
    /// 確認中: somebody finds out whether it applies.
    Investigating,
    /// 該当: it applies and is not yet remedied.
    Affected,
    /// 非該当: it does not apply, with a reason.
    NotAffected,
    /// 対応済み: it was remedied.
    Fixed,
    /// 受容: it stays until a day, which a named person answers for.
    Accepted,
}

impl State {
    /// Every state, in the order of pages.
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Investigating,
        Self::Affected,
        Self::NotAffected,
        Self::Fixed,
        Self::Accepted,
    ];

    /// The code in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Investigating => "investigating",
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::Accepted => "accepted",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether something is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Investigating | Self::Affected)
    }

    /// The status in OpenVEX 0.2. A vulnerability that is accepted is there all the same.
    #[must_use]
    pub const fn openvex(self) -> &'static str {
        match self {
            Self::New | Self::Investigating => "under_investigation",
            Self::Affected | Self::Accepted => "affected",
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
        }
    }
}

/// Why a vulnerability does not apply: the justifications of OpenVEX 0.2.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// The component is not in the product.
    ComponentNotPresent,
    /// The vulnerable code is not in the component.
    VulnerableCodeNotPresent,
    /// The vulnerable code is never executed.
    VulnerableCodeNotInExecutePath,
    /// An attacker cannot reach the vulnerable code.
    VulnerableCodeCannotBeControlledByAdversary,
    /// Protections are built in.
    InlineMitigationsAlreadyExist,
}

impl Justification {
    /// Every justification.
    pub const ALL: [Self; 5] = [
        Self::ComponentNotPresent,
        Self::VulnerableCodeNotPresent,
        Self::VulnerableCodeNotInExecutePath,
        Self::VulnerableCodeCannotBeControlledByAdversary,
        Self::InlineMitigationsAlreadyExist,
    ];

    /// The code of OpenVEX.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ComponentNotPresent => "component_not_present",
            Self::VulnerableCodeNotPresent => "vulnerable_code_not_present",
            Self::VulnerableCodeNotInExecutePath => "vulnerable_code_not_in_execute_path",
            Self::VulnerableCodeCannotBeControlledByAdversary => {
                "vulnerable_code_cannot_be_controlled_by_adversary"
            }
            Self::InlineMitigationsAlreadyExist => "inline_mitigations_already_exist",
        }
    }

    /// The justification with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// The most days for which a vulnerability may be accepted; then somebody looks at it again.
pub const MOST_ACCEPTED_DAYS: i64 = 366;

/// What somebody decides of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state that it gets.
    pub state: State,
    /// Why it does not apply, where it does not.
    pub justification: Option<Justification>,
    /// Until when it is accepted, where it is.
    pub accepted_until: Option<yagura_kernel::time::Date>,
    /// In words: the reason, the remedy.
    pub note: String,
}

/// What is missing in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionProblem {
    /// Nobody can make a finding new again.
    NotNew,
    /// 「非該当」 without a justification.
    Justification,
    /// 「受容」 without a last day.
    Until,
    /// The last day is past, or too far away.
    UntilOutside,
    /// 「受容」 without a reason.
    Reason,
}

impl DecisionProblem {
    /// The field in which it is.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::NotNew => "state",
            Self::Justification => "justification",
            Self::Until | Self::UntilOutside => "accepted_until",
            Self::Reason => "note",
        }
    }
}

impl Decision {
    /// Checks it, and drops what does not belong to its state.
    ///
    /// # Errors
    /// [`DecisionProblem`].
    pub fn checked(mut self, today: yagura_kernel::time::Date) -> Result<Self, DecisionProblem> {
        match self.state {
            State::New => return Err(DecisionProblem::NotNew),
            State::NotAffected if self.justification.is_none() => {
                return Err(DecisionProblem::Justification);
            }
            State::Accepted => {
                let until = self.accepted_until.ok_or(DecisionProblem::Until)?;
                let last = today.saturating_add(time::Duration::days(MOST_ACCEPTED_DAYS));
                if until < today || until > last {
                    return Err(DecisionProblem::UntilOutside);
                }
                if self.note.trim().is_empty() {
                    return Err(DecisionProblem::Reason);
                }
            }
            _ => {}
        }
        if self.state != State::NotAffected {
            self.justification = None;
        }
        if self.state != State::Accepted {
            self.accepted_until = None;
        }
        self.note = self.note.trim().to_owned();
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::parse_date;

    use super::*;

    fn decision(state: State) -> Decision {
        Decision {
            state,
            justification: None,
            accepted_until: None,
            note: String::new(),
        }
    }

    #[test]
    fn a_decision_says_what_its_state_needs() {
        let today = parse_date("2026-11-21").unwrap();
        let day = |text| Some(parse_date(text).unwrap());
        let check = |decision: Decision| decision.checked(today).map(|d| d.state);
        assert_eq!(check(decision(State::New)), Err(DecisionProblem::NotNew));
        assert_eq!(check(decision(State::Affected)), Ok(State::Affected));
        assert_eq!(
            check(decision(State::NotAffected)),
            Err(DecisionProblem::Justification)
        );
        let accepted = |until, note: &str| Decision {
            accepted_until: until,
            note: note.to_owned(),
            ..decision(State::Accepted)
        };
        for (until, note, expected) in [
            (None, "x", Err(DecisionProblem::Until)),
            (day("2026-11-20"), "x", Err(DecisionProblem::UntilOutside)),
            (day("2027-11-23"), "x", Err(DecisionProblem::UntilOutside)),
            (day("2026-12-31"), "  ", Err(DecisionProblem::Reason)),
            (day("2026-12-31"), "年度末に更新", Ok(State::Accepted)),
            (day("2026-11-21"), "x", Ok(State::Accepted)),
        ] {
            assert_eq!(check(accepted(until, note)), expected);
        }
        let odd = Decision {
            justification: Some(Justification::ComponentNotPresent),
            accepted_until: day("2026-12-31"),
            note: " 直した ".to_owned(),
            ..decision(State::Fixed)
        };
        let clean = odd.checked(today).unwrap();
        assert_eq!((clean.justification, clean.accepted_until), (None, None));
        assert_eq!(clean.note, "直した");
    }
}
