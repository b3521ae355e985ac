//! How well an answer is proven, and what one cell of a matrix says.
//!
//! An answer is *declared* (someone said so), *documented* (a file with a date of expiry stands
//! behind it) or *verified* (a probe measured it and the measurement is fresh). A declared「はい」
//! that a probe contradicts is a *contradiction* and tops every worklist.

use serde::{Deserialize, Serialize};

use crate::probe::Outcome;

/// The state of one checklist item as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// 実証: a probe measured it, freshly.
    Verified,
    /// 書類: current evidence is on file.
    Documented,
    /// 申告: someone said so.
    Declared,
    /// いいえ.
    No,
    /// 食い違い:「はい」that a probe contradicts.
    Contradiction,
    /// 未回答.
    Unanswered,
    /// 対象外.
    NotApplicable,
}

impl CellState {
    /// Every state, best proven first.
    pub const ALL: [Self; 7] = [
        Self::Verified,
        Self::Documented,
        Self::Declared,
        Self::No,
        Self::Contradiction,
        Self::Unanswered,
        Self::NotApplicable,
    ];

    /// The word used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Documented => "documented",
            Self::Declared => "declared",
            Self::No => "no",
            Self::Contradiction => "contradiction",
            Self::Unanswered => "unanswered",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// One ASCII letter, so that a whole sheet is stored as a short string.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Verified => 'v',
            Self::Documented => 'd',
            Self::Declared => 's',
            Self::No => 'x',
            Self::Contradiction => 'c',
            Self::Unanswered => 'e',
            Self::NotApplicable => 'n',
        }
    }

    /// The state of a letter; `None` for an unknown one.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.letter() == letter)
    }
}

/// The answer that counts for an item: the second round where there is one, else the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectiveAnswer {
    /// Nothing was answered.
    None,
    /// はい.
    Yes,
    /// いいえ.
    No,
    /// 対象外 by the rules of the sheet or by its gate row.
    NotApplicable,
}

/// Judges one item from its answer, its current evidence and its fresh probe outcomes.
///
/// `has_current_evidence` counts only evidence that has not expired and was not withdrawn.
/// `outcomes` are the outcomes of the probes that *decide* the item and are still fresh;
/// a probe that only supports the item is not passed.
#[must_use]
pub fn judge(
    answer: EffectiveAnswer,
    has_current_evidence: bool,
    outcomes: impl IntoIterator<Item = Outcome>,
) -> CellState {
    match answer {
        EffectiveAnswer::None => CellState::Unanswered,
        EffectiveAnswer::No => CellState::No,
        EffectiveAnswer::NotApplicable => CellState::NotApplicable,
        EffectiveAnswer::Yes => {
            let mut measured = false;
            for outcome in outcomes {
                match outcome {
                    Outcome::Violated => return CellState::Contradiction,
                    Outcome::Satisfied => measured = true,
                    Outcome::Unknown => {}
                }
            }
            match (measured, has_current_evidence) {
                (true, _) => CellState::Verified,
                (false, true) => CellState::Documented,
                (false, false) => CellState::Declared,
            }
        }
    }
}

/// A whole sheet as one letter per item, in the order of the pack.
#[must_use]
pub fn encode_cells(cells: &[CellState]) -> String {
    cells.iter().map(|cell| cell.letter()).collect()
}

/// The cells of a stored sheet; letters of a newer program read as unanswered.
#[must_use]
pub fn decode_cells(text: &str) -> Vec<CellState> {
    text.chars()
        .map(|letter| CellState::from_letter(letter).unwrap_or(CellState::Unanswered))
        .collect()
}

/// How many items of a sheet are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellCounts {
    /// 実証.
    pub verified: i64,
    /// 書類.
    pub documented: i64,
    /// 申告.
    pub declared: i64,
    /// いいえ.
    pub no: i64,
    /// 食い違い.
    pub contradiction: i64,
    /// 未回答.
    pub unanswered: i64,
    /// 対象外.
    pub not_applicable: i64,
}

impl CellCounts {
    /// Counts the cells of one sheet.
    #[must_use]
    pub fn of(cells: &[CellState]) -> Self {
        let mut counts = Self::default();
        for cell in cells {
            counts.add(*cell, 1);
        }
        counts
    }

    /// Adds `number` items of a state.
    pub const fn add(&mut self, state: CellState, number: i64) {
        match state {
            CellState::Verified => self.verified += number,
            CellState::Documented => self.documented += number,
            CellState::Declared => self.declared += number,
            CellState::No => self.no += number,
            CellState::Contradiction => self.contradiction += number,
            CellState::Unanswered => self.unanswered += number,
            CellState::NotApplicable => self.not_applicable += number,
        }
    }

    /// The number in one state.
    #[must_use]
    pub const fn get(&self, state: CellState) -> i64 {
        match state {
            CellState::Verified => self.verified,
            CellState::Documented => self.documented,
            CellState::Declared => self.declared,
            CellState::No => self.no,
            CellState::Contradiction => self.contradiction,
            CellState::Unanswered => self.unanswered,
            CellState::NotApplicable => self.not_applicable,
        }
    }

    /// Items that have to be answered: all but 対象外.
    #[must_use]
    pub const fn applicable(&self) -> i64 {
        self.answered() + self.unanswered
    }

    /// Items that were answered はい or いいえ.
    #[must_use]
    pub const fn answered(&self) -> i64 {
        self.verified + self.documented + self.declared + self.no + self.contradiction
    }

    /// A number by which the most urgent sheet sorts first: contradictions, then unanswered items,
    /// then いいえ, then what was only declared.
    #[must_use]
    pub const fn urgency(&self) -> i64 {
        self.contradiction * 1_000_000 + self.unanswered * 10_000 + self.no * 100 + self.declared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_rises_with_its_proof_and_falls_with_a_contradiction() {
        let yes = EffectiveAnswer::Yes;
        assert_eq!(judge(yes, false, []), CellState::Declared);
        assert_eq!(judge(yes, true, []), CellState::Documented);
        assert_eq!(judge(yes, false, [Outcome::Satisfied]), CellState::Verified);
        assert_eq!(judge(yes, true, [Outcome::Unknown]), CellState::Documented);
        assert_eq!(
            judge(yes, true, [Outcome::Satisfied, Outcome::Violated]),
            CellState::Contradiction
        );
    }

    #[test]
    fn only_a_yes_can_be_contradicted() {
        assert_eq!(
            judge(EffectiveAnswer::No, true, [Outcome::Violated]),
            CellState::No
        );
        assert_eq!(
            judge(EffectiveAnswer::None, true, [Outcome::Violated]),
            CellState::Unanswered
        );
        assert_eq!(
            judge(EffectiveAnswer::NotApplicable, false, [Outcome::Violated]),
            CellState::NotApplicable
        );
    }

    #[test]
    fn cells_round_trip_and_count() {
        let text = encode_cells(&CellState::ALL);
        assert_eq!(text, "vdsxcen");
        assert_eq!(decode_cells(&text), CellState::ALL);
        assert_eq!(decode_cells("?"), [CellState::Unanswered]);
        let counts = CellCounts::of(&CellState::ALL);
        assert_eq!(counts.answered(), 5);
        assert_eq!(counts.applicable(), 6);
        for state in CellState::ALL {
            assert_eq!(counts.get(state), 1);
        }
    }

    #[test]
    fn one_contradiction_outranks_any_number_of_blanks() {
        let contradicted = CellCounts {
            contradiction: 1,
            ..CellCounts::default()
        };
        let blank = CellCounts {
            unanswered: 30,
            no: 30,
            declared: 30,
            ..CellCounts::default()
        };
        assert!(contradicted.urgency() > blank.urgency());
    }
}
