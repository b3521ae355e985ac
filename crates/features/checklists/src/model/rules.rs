//! The rules for filling in a sheet. Each problem says which field it is about, what is wrong and,
//! through its message, how to mend it.
//!
//! Sources: the cell set of the form (確認結果 1回目 → 目標日 → 2回目 → 備考) and its instructions,
//! as the packs carry them.

use yagura_kernel::text::{TextError, clean_multi_line};
use yagura_kernel::time::{Date, FiscalYear};
use yagura_packs::SheetRules;

use super::judge::Applicability;
use super::{Answer, AnswerInput, HeaderInput, HeaderValues, Round, YesNo};

/// The longest remark in characters.
pub const LONGEST_REMARK: usize = 2_000;

/// What dates and rounds are held against.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The fiscal year of the sheet.
    pub year: FiscalYear,
    /// The rules of the edition.
    pub rules: &'a SheetRules,
    /// The day of the entry, in Japan.
    pub today: Date,
}

/// Which date a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOf {
    /// First confirmation.
    First,
    /// Second confirmation.
    Second,
    /// Gate row.
    Gate,
    /// Contract with a vendor.
    VendorContract,
    /// 確認日 of the sheet.
    Confirmation,
}

impl DateOf {
    /// The field's name in forms and in the API.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::First => "first_on",
            Self::Second => "second_on",
            Self::Gate => "gate_on",
            Self::VendorContract => "vendor_contract_on",
            Self::Confirmation => "confirmed_on",
        }
    }
}

/// Why an answer cannot stand on the sheet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerProblem {
    /// The edition has no such row.
    #[error("the sheet has no row {key}")]
    UnknownItem {
        /// What was asked for.
        key: String,
    },
    /// The institution runs no medical information system: no row needs an answer.
    #[error("the gate row is いいえ")]
    GateIsNo,
    /// The row needs no entry without a contract with a vendor.
    #[error("the row does not apply without a vendor contract")]
    NoVendorContract,
    /// An answer without the day on which it was confirmed.
    #[error("{0:?} has an answer and no date")]
    DateMissing(DateOf),
    /// A date without an answer.
    #[error("{0:?} has a date and no answer")]
    AnswerMissing(DateOf),
    /// A confirmation cannot lie ahead.
    #[error("{of:?} lies after {today}")]
    InFuture {
        /// Which date.
        of: DateOf,
        /// Today.
        today: Date,
    },
    /// A confirmation of this sheet cannot lie before its fiscal year.
    #[error("{of:?} lies before {first}")]
    BeforeYear {
        /// Which date.
        of: DateOf,
        /// First day of the fiscal year.
        first: Date,
    },
    /// The form of this edition has one round only.
    #[error("the edition has no second round")]
    NoSecondRound,
    /// A second confirmation needs a first.
    #[error("second round without a first")]
    SecondWithoutFirst,
    /// The second confirmation lies before the first.
    #[error("the second round lies before the first of {first}")]
    SecondBeforeFirst {
        /// Day of the first confirmation.
        first: Date,
    },
    /// A target date stands only beside an いいえ.
    #[error("target date without いいえ")]
    TargetWithoutNo,
    /// The target date lies outside the fiscal year.
    #[error("target date outside {first} to {last}")]
    TargetOutsideYear {
        /// First day allowed.
        first: Date,
        /// Last day allowed.
        last: Date,
    },
    /// The target date lies before the answer it is meant to mend.
    #[error("target date before the answer of {answered}")]
    TargetBeforeAnswer {
        /// Day of the いいえ.
        answered: Date,
    },
    /// The remark is too long.
    #[error("remark of {length} characters")]
    RemarkTooLong {
        /// Its length in characters.
        length: usize,
    },
}

impl AnswerProblem {
    /// The field that it is about, as forms and the API name it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownItem { .. } | Self::GateIsNo | Self::NoVendorContract => "item",
            Self::DateMissing(of) | Self::InFuture { of, .. } | Self::BeforeYear { of, .. } => {
                of.field()
            }
            Self::AnswerMissing(DateOf::Second)
            | Self::NoSecondRound
            | Self::SecondWithoutFirst => "second",
            Self::AnswerMissing(_) => "first",
            Self::SecondBeforeFirst { .. } => "second_on",
            Self::TargetWithoutNo
            | Self::TargetOutsideYear { .. }
            | Self::TargetBeforeAnswer { .. } => "target",
            Self::RemarkTooLong { .. } => "remark",
        }
    }
}

fn confirmation_date(of: DateOf, on: Date, terms: Terms<'_>) -> Option<AnswerProblem> {
    let first = terms.year.start();
    if on > terms.today {
        Some(AnswerProblem::InFuture {
            of,
            today: terms.today,
        })
    } else if on < first {
        Some(AnswerProblem::BeforeYear { of, first })
    } else {
        None
    }
}

fn round(
    of: DateOf,
    answer: Option<YesNo>,
    on: Option<Date>,
    terms: Terms<'_>,
    problems: &mut Vec<AnswerProblem>,
) -> Option<Round> {
    match (answer, on) {
        (None, None) => None,
        (Some(_), None) => {
            problems.push(AnswerProblem::DateMissing(of));
            None
        }
        (None, Some(_)) => {
            problems.push(AnswerProblem::AnswerMissing(of));
            None
        }
        (Some(answer), Some(on)) => {
            problems.extend(confirmation_date(of, on, terms));
            Some(Round { answer, on })
        }
    }
}

/// Holds an entry against the rules of the sheet.
///
/// # Errors
/// Everything that is wrong with it, in the order of the form's cells.
pub fn check_answer(
    input: &AnswerInput,
    applies: Applicability,
    terms: Terms<'_>,
) -> Result<Answer, Vec<AnswerProblem>> {
    match applies {
        Applicability::Applies => {}
        Applicability::GateIsNo => return Err(vec![AnswerProblem::GateIsNo]),
        Applicability::NoVendorContract => return Err(vec![AnswerProblem::NoVendorContract]),
    }
    let mut problems = Vec::new();
    let first = round(
        DateOf::First,
        input.first,
        input.first_on,
        terms,
        &mut problems,
    );
    let has_second = input.second.is_some() || input.second_on.is_some();
    let second = if has_second && terms.rules.rounds < 2 {
        problems.push(AnswerProblem::NoSecondRound);
        None
    } else {
        round(
            DateOf::Second,
            input.second,
            input.second_on,
            terms,
            &mut problems,
        )
    };
    if has_second && terms.rules.rounds >= 2 && input.first.is_none() {
        problems.push(AnswerProblem::SecondWithoutFirst);
    }
    if let (Some(first), Some(second)) = (first, second)
        && second.on < first.on
    {
        problems.push(AnswerProblem::SecondBeforeFirst { first: first.on });
    }
    if let Some(target) = input.target {
        problems.extend(target_problem(target, input, first, second, terms));
    }
    let remark = match clean_multi_line(&input.remark, LONGEST_REMARK) {
        Ok(remark) => remark,
        Err(TextError::TooLong { length, .. }) => {
            problems.push(AnswerProblem::RemarkTooLong { length });
            String::new()
        }
    };
    if problems.is_empty() {
        Ok(Answer {
            first,
            target: input.target,
            second,
            remark,
        })
    } else {
        Err(problems)
    }
}

fn target_problem(
    target: Date,
    input: &AnswerInput,
    first: Option<Round>,
    second: Option<Round>,
    terms: Terms<'_>,
) -> Option<AnswerProblem> {
    let no = [input.first, input.second].contains(&Some(YesNo::No));
    if terms.rules.target_date_only_for_no && !no {
        return Some(AnswerProblem::TargetWithoutNo);
    }
    if terms.rules.target_date_in_fiscal_year && !terms.year.contains(target) {
        let (first, last) = (terms.year.start(), terms.year.end());
        return Some(AnswerProblem::TargetOutsideYear { first, last });
    }
    let refused = [first, second]
        .into_iter()
        .flatten()
        .find(|round| round.answer == YesNo::No)?;
    (target < refused.on).then_some(AnswerProblem::TargetBeforeAnswer {
        answered: refused.on,
    })
}

/// Why something at the head of a sheet cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// One of the dates or answers; see [`AnswerProblem`].
    #[error(transparent)]
    Entry(#[from] AnswerProblem),
    /// The sheet of this edition has no gate row.
    #[error("the edition has no gate row")]
    NoGateRow,
    /// The form of this edition has no 確認日.
    #[error("the edition has no confirmation date")]
    NoConfirmationDate,
}

impl HeaderProblem {
    /// The field that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Entry(AnswerProblem::AnswerMissing(DateOf::Gate)) | Self::NoGateRow => "gate",
            Self::Entry(AnswerProblem::AnswerMissing(DateOf::VendorContract)) => "vendor_contract",
            Self::Entry(problem) => problem.field(),
            Self::NoConfirmationDate => "confirmed_on",
        }
    }
}

/// Holds what was entered for the head of a sheet against the rules.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check_header(
    input: &HeaderInput,
    has_gate: bool,
    terms: Terms<'_>,
) -> Result<HeaderValues, Vec<HeaderProblem>> {
    let mut entries = Vec::new();
    let gate = round(DateOf::Gate, input.gate, input.gate_on, terms, &mut entries);
    let vendor_contract = round(
        DateOf::VendorContract,
        input.vendor_contract,
        input.vendor_contract_on,
        terms,
        &mut entries,
    );
    if let Some(on) = input.confirmed_on {
        entries.extend(confirmation_date(DateOf::Confirmation, on, terms));
    }
    let mut problems: Vec<HeaderProblem> = entries.into_iter().map(HeaderProblem::from).collect();
    if !has_gate && (input.gate.is_some() || input.gate_on.is_some()) {
        problems.push(HeaderProblem::NoGateRow);
    }
    if !terms.rules.confirmation_date && input.confirmed_on.is_some() {
        problems.push(HeaderProblem::NoConfirmationDate);
    }
    if problems.is_empty() {
        Ok(HeaderValues {
            gate,
            vendor_contract,
            confirmed_on: input.confirmed_on,
        })
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn day(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    const RULES: SheetRules = SheetRules {
        rounds: 2,
        target_date_only_for_no: true,
        target_date_in_fiscal_year: true,
        confirmation_date: true,
    };

    fn terms() -> Terms<'static> {
        let today = day("2026-11-21");
        Terms {
            year: FiscalYear::of(today),
            rules: &RULES,
            today,
        }
    }

    fn input(first: YesNo, on: &str) -> AnswerInput {
        AnswerInput {
            first: Some(first),
            first_on: Some(day(on)),
            ..AnswerInput::default()
        }
    }

    fn check(input: &AnswerInput) -> Result<Answer, Vec<AnswerProblem>> {
        check_answer(input, Applicability::Applies, terms())
    }

    fn problems(input: &AnswerInput) -> Vec<AnswerProblem> {
        check(input).unwrap_err()
    }

    #[test]
    fn a_full_row_of_the_form_is_accepted() {
        let full = AnswerInput {
            target: Some(day("2026-12-20")),
            second: Some(YesNo::Yes),
            second_on: Some(day("2026-11-21")),
            remark: "  契約書 第8条\r\n二行目  ".to_owned(),
            ..input(YesNo::No, "2026-06-12")
        };
        let answer = check(&full).unwrap();
        assert_eq!(answer.target, Some(day("2026-12-20")));
        assert_eq!(answer.remark, "  契約書 第8条\n二行目");
        assert_eq!(check(&AnswerInput::default()).unwrap(), Answer::default());
    }

    #[test]
    fn both_ends_of_the_allowed_days_are_allowed() {
        assert!(check(&input(YesNo::Yes, "2026-04-01")).is_ok());
        assert!(check(&input(YesNo::Yes, "2026-11-21")).is_ok());
        let mut no = input(YesNo::No, "2026-04-01");
        for target in ["2026-04-01", "2027-03-31"] {
            no.target = Some(day(target));
            assert!(check(&no).is_ok(), "{target}");
        }
    }

    #[test]
    fn confirmations_lie_neither_ahead_nor_before_the_year() {
        assert_eq!(
            problems(&input(YesNo::Yes, "2026-11-22")),
            [AnswerProblem::InFuture {
                of: DateOf::First,
                today: day("2026-11-21")
            }]
        );
        assert_eq!(
            problems(&input(YesNo::Yes, "2026-03-31")),
            [AnswerProblem::BeforeYear {
                of: DateOf::First,
                first: day("2026-04-01")
            }]
        );
        let mut second = input(YesNo::No, "2026-06-01");
        second.second = Some(YesNo::Yes);
        second.second_on = Some(day("2026-11-22"));
        assert_eq!(
            problems(&second).first().map(AnswerProblem::field),
            Some("second_on")
        );
    }

    #[test]
    fn an_answer_needs_its_date_and_a_date_its_answer() {
        let mut half = input(YesNo::Yes, "2026-06-01");
        half.first_on = None;
        assert_eq!(problems(&half), [AnswerProblem::DateMissing(DateOf::First)]);
        half.first = None;
        half.first_on = Some(day("2026-06-01"));
        assert_eq!(
            problems(&half),
            [AnswerProblem::AnswerMissing(DateOf::First)]
        );
        assert_eq!(
            problems(&half).first().map(AnswerProblem::field),
            Some("first")
        );
        let mut second = input(YesNo::Yes, "2026-06-01");
        second.second = Some(YesNo::Yes);
        assert_eq!(
            problems(&second),
            [AnswerProblem::DateMissing(DateOf::Second)]
        );
    }

    #[test]
    fn a_second_round_needs_a_first_and_does_not_precede_it() {
        let alone = AnswerInput {
            second: Some(YesNo::Yes),
            second_on: Some(day("2026-06-01")),
            ..AnswerInput::default()
        };
        assert_eq!(problems(&alone), [AnswerProblem::SecondWithoutFirst]);
        let mut reversed = input(YesNo::No, "2026-06-02");
        reversed.second = Some(YesNo::Yes);
        reversed.second_on = Some(day("2026-06-01"));
        assert_eq!(
            problems(&reversed),
            [AnswerProblem::SecondBeforeFirst {
                first: day("2026-06-02")
            }]
        );
        reversed.second_on = Some(day("2026-06-02"));
        assert!(check(&reversed).is_ok(), "the same day will do");
        let one_round = SheetRules { rounds: 1, ..RULES };
        let terms = Terms {
            rules: &one_round,
            ..terms()
        };
        assert_eq!(
            check_answer(&reversed, Applicability::Applies, terms),
            Err(vec![AnswerProblem::NoSecondRound])
        );
    }

    #[test]
    fn a_target_stands_beside_a_no_inside_the_year_and_not_before_it() {
        let mut yes = input(YesNo::Yes, "2026-06-01");
        yes.target = Some(day("2026-12-01"));
        assert_eq!(problems(&yes), [AnswerProblem::TargetWithoutNo]);
        let blank = AnswerInput {
            target: yes.target,
            ..AnswerInput::default()
        };
        assert_eq!(problems(&blank), [AnswerProblem::TargetWithoutNo]);
        let mut no = input(YesNo::No, "2026-06-01");
        for outside in ["2026-03-31", "2027-04-01"] {
            no.target = Some(day(outside));
            assert_eq!(
                problems(&no),
                [AnswerProblem::TargetOutsideYear {
                    first: day("2026-04-01"),
                    last: day("2027-03-31")
                }]
            );
        }
        no.target = Some(day("2026-05-31"));
        assert_eq!(
            problems(&no),
            [AnswerProblem::TargetBeforeAnswer {
                answered: day("2026-06-01")
            }]
        );
        let later_no = AnswerInput {
            second: Some(YesNo::No),
            second_on: Some(day("2026-10-01")),
            target: Some(day("2026-12-01")),
            ..input(YesNo::Yes, "2026-06-01")
        };
        assert!(
            check(&later_no).is_ok(),
            "the second round turned to いいえ"
        );
    }

    #[test]
    fn remarks_are_cleaned_and_bounded() {
        let mut long = input(YesNo::Yes, "2026-06-01");
        long.remark = "字".repeat(LONGEST_REMARK);
        assert!(check(&long).is_ok());
        long.remark.push('字');
        assert_eq!(
            problems(&long),
            [AnswerProblem::RemarkTooLong { length: 2_001 }]
        );
        let mut odd = input(YesNo::Yes, "2026-06-01");
        odd.remark = "a\u{0}b\u{202e}c<script>".to_owned();
        assert_eq!(
            check(&odd).unwrap().remark,
            "abc<script>",
            "HTML stays text"
        );
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let bad = AnswerInput {
            first: Some(YesNo::Yes),
            first_on: Some(day("2027-01-01")),
            target: Some(day("2026-12-01")),
            second: Some(YesNo::Yes),
            second_on: Some(day("2020-01-01")),
            remark: "x".repeat(2_001),
        };
        let fields: Vec<&str> = problems(&bad).iter().map(AnswerProblem::field).collect();
        assert_eq!(
            fields,
            ["first_on", "second_on", "second_on", "target", "remark"]
        );
    }

    #[test]
    fn a_row_that_does_not_apply_takes_no_answer() {
        let yes = input(YesNo::Yes, "2026-06-01");
        assert_eq!(
            check_answer(&yes, Applicability::GateIsNo, terms()),
            Err(vec![AnswerProblem::GateIsNo])
        );
        assert_eq!(
            check_answer(&yes, Applicability::NoVendorContract, terms()),
            Err(vec![AnswerProblem::NoVendorContract])
        );
    }

    #[test]
    fn last_years_sheet_is_held_against_its_own_year() {
        let terms = Terms {
            year: terms().year.previous(),
            ..terms()
        };
        let late = input(YesNo::Yes, "2026-03-31");
        assert!(check_answer(&late, Applicability::Applies, terms).is_ok());
    }

    #[test]
    fn the_head_follows_the_same_rules_of_dates() {
        let good = HeaderInput {
            gate: Some(YesNo::Yes),
            gate_on: Some(day("2026-06-01")),
            vendor_contract: Some(YesNo::No),
            vendor_contract_on: Some(day("2026-06-01")),
            confirmed_on: Some(day("2026-11-21")),
        };
        assert_eq!(
            check_header(&good, true, terms()).map(|v| HeaderInput::from(&v)),
            Ok(good)
        );
        let fields = |input: &HeaderInput, has_gate| -> Vec<&'static str> {
            check_header(input, has_gate, terms())
                .unwrap_err()
                .iter()
                .map(HeaderProblem::field)
                .collect()
        };
        assert_eq!(fields(&good, false), ["gate"]);
        let bad = HeaderInput {
            gate: Some(YesNo::Yes),
            gate_on: None,
            vendor_contract: None,
            vendor_contract_on: Some(day("2026-06-01")),
            confirmed_on: Some(day("2026-11-22")),
        };
        assert_eq!(
            fields(&bad, true),
            ["gate_on", "vendor_contract", "confirmed_on"]
        );
        let old_form = SheetRules {
            confirmation_date: false,
            ..RULES
        };
        let terms = Terms {
            rules: &old_form,
            ..terms()
        };
        assert_eq!(
            check_header(&good, true, terms),
            Err(vec![HeaderProblem::NoConfirmationDate])
        );
    }
}
