//! The self-check of the nine principles (サイバーセキュリティ9の心得): who ticks which boxes.

use std::collections::BTreeSet;

use yagura_kernel::person::Role;
use yagura_kernel::time::{Date, FiscalYear};
use yagura_packs::SelfCheck;

/// The audience of the leaflet that a role belongs to: those who manage, those who run the
/// systems, and everybody who works with them. An audience is one of the pack's; where the pack
/// has other keys, the first, second and third stand for these three.
#[must_use]
pub fn audience_for(roles: &[Role], check: &SelfCheck) -> Option<usize> {
    let place = if roles
        .iter()
        .any(|role| matches!(role, Role::Director | Role::SafetyManager))
    {
        0
    } else if roles
        .iter()
        .any(|role| matches!(role, Role::PlanningManager | Role::SystemOperator))
    {
        1
    } else {
        2
    };
    let last = check.audiences.len().checked_sub(1)?;
    Some(place.min(last))
}

/// What a person ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheckInput {
    /// Key of the audience.
    pub audience: String,
    /// Day of the check.
    pub on: Date,
    /// Keys of the boxes that were ticked.
    pub ticked: Vec<String>,
}

/// Why a self-check cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelfCheckProblem {
    /// The pack has no such audience.
    #[error("no audience {0}")]
    UnknownAudience(String),
    /// The audience has no such box.
    #[error("no box {0}")]
    UnknownBox(String),
    /// The day lies ahead.
    #[error("the day lies after {today}")]
    InFuture {
        /// Today.
        today: Date,
    },
    /// The day lies before this fiscal year.
    #[error("the day lies before {first}")]
    BeforeYear {
        /// First day allowed.
        first: Date,
    },
}

impl SelfCheckProblem {
    /// The field that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownAudience(_) => "audience",
            Self::UnknownBox(_) => "ticked",
            Self::InFuture { .. } | Self::BeforeYear { .. } => "on",
        }
    }
}

/// Holds a self-check against its pack and returns the keys of the boxes, each once, and how many
/// boxes the audience has.
///
/// # Errors
/// The first [`SelfCheckProblem`].
pub fn check_self_check(
    input: &SelfCheckInput,
    check: &SelfCheck,
    today: Date,
) -> Result<(BTreeSet<String>, usize), SelfCheckProblem> {
    let audience = check
        .audiences
        .iter()
        .find(|audience| audience.key == input.audience)
        .ok_or_else(|| SelfCheckProblem::UnknownAudience(input.audience.clone()))?;
    let boxes: BTreeSet<&str> = audience
        .principles
        .iter()
        .flat_map(|principle| &principle.checks)
        .map(|check| check.key.as_str())
        .collect();
    if let Some(unknown) = input
        .ticked
        .iter()
        .find(|key| !boxes.contains(key.as_str()))
    {
        return Err(SelfCheckProblem::UnknownBox(unknown.clone()));
    }
    if input.on > today {
        return Err(SelfCheckProblem::InFuture { today });
    }
    let first = FiscalYear::of(today).start();
    if input.on < first {
        return Err(SelfCheckProblem::BeforeYear { first });
    }
    Ok((input.ticked.iter().cloned().collect(), boxes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;
    use yagura_packs::Library;

    fn check() -> &'static SelfCheck {
        let today = parse_date("2026-11-21").unwrap();
        Library::builtin()
            .self_checks_on(today)
            .first()
            .unwrap()
            .self_check()
            .unwrap()
    }

    #[test]
    fn each_role_has_its_audience() {
        assert_eq!(audience_for(&[Role::Staff], check()), Some(2));
        assert_eq!(
            audience_for(&[Role::Staff, Role::SystemOperator], check()),
            Some(1)
        );
        assert_eq!(
            audience_for(&[Role::Director, Role::SystemOperator], check()),
            Some(0)
        );
        let none = SelfCheck {
            seasons: Vec::new(),
            audiences: Vec::new(),
        };
        assert_eq!(audience_for(&[Role::Staff], &none), None);
    }

    #[test]
    fn boxes_and_days_are_held_against_the_pack() {
        let today = parse_date("2026-11-21").unwrap();
        let audience = &check().audiences[0];
        let key = audience.principles[0].checks[0].key.clone();
        let good = SelfCheckInput {
            audience: audience.key.clone(),
            on: today,
            ticked: vec![key.clone(), key],
        };
        let (ticked, boxes) = check_self_check(&good, check(), today).unwrap();
        assert_eq!(ticked.len(), 1);
        assert!(boxes >= 3);
        let problem = |change: &dyn Fn(&mut SelfCheckInput)| {
            let mut input = good.clone();
            change(&mut input);
            check_self_check(&input, check(), today)
                .unwrap_err()
                .field()
        };
        assert_eq!(
            problem(&|input| input.audience = "nobody".to_owned()),
            "audience"
        );
        assert_eq!(
            problem(&|input| input.ticked.push("<b>".to_owned())),
            "ticked"
        );
        assert_eq!(problem(&|input| input.on = today.next_day().unwrap()), "on");
        assert_eq!(
            problem(&|input| input.on = parse_date("2026-03-31").unwrap()),
            "on"
        );
    }
}
