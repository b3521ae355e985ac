//! From answers, evidence and measurements to the state of every row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use yagura_kernel::probe::Outcome;
use yagura_kernel::proof::{CellCounts, CellState, EffectiveAnswer, judge};
use yagura_kernel::time::Date;
use yagura_packs::{Checklist, Item, NotApplicable};

use super::{Answer, HeaderValues, YesNo};

/// Whether a row needs an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicability {
    /// It does.
    Applies,
    /// No: there is no medical information system (gate row いいえ).
    GateIsNo,
    /// No: there is no contract with any vendor.
    NoVendorContract,
}

/// Whether a row needs an answer, by what stands at the head of the sheet.
#[must_use]
pub fn applicability(item: &Item, header: &HeaderValues) -> Applicability {
    let is_no = |round: Option<super::Round>| round.is_some_and(|r| r.answer == YesNo::No);
    if is_no(header.gate) {
        return Applicability::GateIsNo;
    }
    match item.not_applicable_when {
        Some(NotApplicable::NoVendorContract) if is_no(header.vendor_contract) => {
            Applicability::NoVendorContract
        }
        _ => Applicability::Applies,
    }
}

/// What the deciding probes found, by probe; only measurements that are still fresh.
pub type Outcomes = HashMap<String, Outcome>;

/// The state of every row, in the order of the form.
///
/// `evidenced` are the keys of rows behind which current evidence stands.
#[must_use]
pub fn judge_sheet(
    checklist: &Checklist,
    header: &HeaderValues,
    answers: &BTreeMap<&str, &Answer>,
    evidenced: &BTreeSet<String>,
    outcomes: &Outcomes,
) -> Vec<CellState> {
    checklist
        .items()
        .map(|item| {
            let answer = if applicability(item, header) == Applicability::Applies {
                answers
                    .get(item.key.as_str())
                    .map_or(EffectiveAnswer::None, |a| a.effective())
            } else {
                EffectiveAnswer::NotApplicable
            };
            let measured = item
                .probes
                .iter()
                .filter_map(|probe| outcomes.get(probe))
                .copied();
            judge(answer, evidenced.contains(&item.key), measured)
        })
        .collect()
}

/// Keeps in a sheet of a fiscal year that is over what was measured then: a row whose「はい」 still
/// stands stays 実証 or 食い違い as it was left.
pub fn keep_measured(before: &[CellState], cells: &mut [CellState]) {
    for (cell, before) in cells.iter_mut().zip(before) {
        let was_measured = matches!(before, CellState::Verified | CellState::Contradiction);
        if was_measured && matches!(cell, CellState::Declared | CellState::Documented) {
            *cell = *before;
        }
    }
}

/// The earliest target date of a row that applies and still is いいえ.
#[must_use]
pub fn next_target(
    checklist: &Checklist,
    header: &HeaderValues,
    answers: &BTreeMap<&str, &Answer>,
) -> Option<Date> {
    checklist
        .items()
        .filter(|item| applicability(item, header) == Applicability::Applies)
        .filter_map(|item| answers.get(item.key.as_str())?.open_target())
        .min()
}

/// Whether the first round is complete: the gate row is answered, and so is every row that
/// applies. This is what the inspector looks for first.
#[must_use]
pub fn round1_is_done(checklist: &Checklist, header: &HeaderValues, counts: &CellCounts) -> bool {
    (checklist.gate.is_none() || header.gate.is_some()) && counts.unanswered == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Round;
    use yagura_kernel::time::parse_date;
    use yagura_packs::{Library, Pack};

    fn pack() -> &'static Pack {
        Library::builtin()
            .get("mhlw-checklist-r08-institution")
            .unwrap()
    }

    fn round(answer: YesNo) -> Option<Round> {
        Some(Round {
            answer,
            on: parse_date("2026-06-01").unwrap(),
        })
    }

    fn cells(
        header: HeaderValues,
        answers: &[(&str, Answer)],
        evidenced: &[&str],
        outcomes: &[(&str, Outcome)],
    ) -> Vec<(String, CellState)> {
        let checklist = pack().checklist().unwrap();
        let answers = answers.iter().map(|(key, answer)| (*key, answer)).collect();
        let evidenced = evidenced.iter().map(|key| (*key).to_owned()).collect();
        let outcomes = outcomes
            .iter()
            .map(|(probe, o)| ((*probe).to_owned(), *o))
            .collect();
        let cells = judge_sheet(checklist, &header, &answers, &evidenced, &outcomes);
        checklist
            .items()
            .map(|item| item.key.clone())
            .zip(cells)
            .collect()
    }

    fn state(cells: &[(String, CellState)], key: &str) -> CellState {
        cells.iter().find(|(own, _)| own == key).unwrap().1
    }

    #[test]
    fn only_rows_about_vendors_fall_away_without_a_contract() {
        let header = HeaderValues {
            vendor_contract: round(YesNo::No),
            ..HeaderValues::default()
        };
        let found = cells(header, &[], &[], &[]);
        let away: Vec<&str> = found
            .iter()
            .filter(|(_, state)| *state == CellState::NotApplicable)
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(away, ["2-2", "2-3"]);
    }

    #[test]
    fn without_any_system_nothing_is_asked() {
        let header = HeaderValues {
            gate: round(YesNo::No),
            ..HeaderValues::default()
        };
        let yes = Answer::first(YesNo::Yes, parse_date("2026-06-01").unwrap());
        let found = cells(header, &[("1-1", yes)], &[], &[]);
        assert!(
            found
                .iter()
                .all(|(_, state)| *state == CellState::NotApplicable)
        );
        let counts = CellCounts::of(&found.iter().map(|(_, s)| *s).collect::<Vec<_>>());
        assert!(round1_is_done(
            pack().checklist().unwrap(),
            &header,
            &counts
        ));
    }

    #[test]
    fn a_probe_decides_only_where_the_pack_lets_it() {
        let on = parse_date("2026-06-01").unwrap();
        let yes = || Answer::first(YesNo::Yes, on);
        let answers = [
            ("1-1", yes()),
            ("2-10", yes()),
            ("3-1", yes()),
            ("2-1", yes()),
        ];
        let found = cells(
            HeaderValues::default(),
            &answers,
            &["2-1"],
            &[
                ("safety-manager-appointed", Outcome::Violated),
                ("account-two-factor", Outcome::Violated),
                ("contact-chart-confirmed", Outcome::Satisfied),
            ],
        );
        assert_eq!(state(&found, "1-1"), CellState::Contradiction);
        assert_eq!(
            state(&found, "2-10"),
            CellState::Declared,
            "that probe only supports"
        );
        assert_eq!(state(&found, "3-1"), CellState::Verified);
        assert_eq!(state(&found, "2-1"), CellState::Documented);
        assert_eq!(state(&found, "2-2"), CellState::Unanswered);
    }

    #[test]
    fn the_first_round_is_done_with_the_gate_and_every_row() {
        let checklist = pack().checklist().unwrap();
        let done = CellCounts {
            declared: 19,
            ..CellCounts::default()
        };
        assert!(
            !round1_is_done(checklist, &HeaderValues::default(), &done),
            "no gate answer"
        );
        let header = HeaderValues {
            gate: round(YesNo::Yes),
            ..HeaderValues::default()
        };
        assert!(round1_is_done(checklist, &header, &done));
        let open = CellCounts {
            unanswered: 1,
            ..done
        };
        assert!(!round1_is_done(checklist, &header, &open));
    }

    #[test]
    fn the_next_target_is_the_earliest_of_what_still_is_no() {
        let checklist = pack().checklist().unwrap();
        let on = parse_date("2026-06-01").unwrap();
        let target = |text: &str| Answer {
            target: Some(parse_date(text).unwrap()),
            ..Answer::first(YesNo::No, on)
        };
        let reached = Answer {
            second: round(YesNo::Yes),
            ..target("2026-07-01")
        };
        let (early, late) = (target("2026-09-01"), target("2026-12-01"));
        let vendor = target("2026-08-01");
        let answers = BTreeMap::from([
            ("2-1", &reached),
            ("2-4", &late),
            ("2-5", &early),
            ("2-2", &vendor),
        ]);
        let header = HeaderValues {
            vendor_contract: round(YesNo::No),
            ..HeaderValues::default()
        };
        assert_eq!(
            next_target(checklist, &header, &answers),
            parse_date("2026-09-01").ok()
        );
    }
}
