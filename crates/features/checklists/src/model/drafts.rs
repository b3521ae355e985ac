//! Drafts: what an earlier sheet said, offered to a row of a newer one through item lineage.
//!
//! Nothing is taken over by itself. A proposal is shown with where it comes from and what changed
//! in the wording; a person who has seen it confirms it, and the history says so.

use std::collections::BTreeMap;

use yagura_kernel::proof::EffectiveAnswer;
use yagura_packs::{ChangeKind, Library, Pack};

use super::{Answer, YesNo};

/// A row of the earlier sheet from which a proposal comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOrigin {
    /// Its key in the earlier edition.
    pub item_key: String,
    /// Its id as printed.
    pub printed_id: String,
    /// What it said.
    pub answer: Answer,
}

/// What is proposed for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftProposal {
    /// The row.
    pub item_key: String,
    /// Where it comes from; several where rows were merged.
    pub origins: Vec<DraftOrigin>,
    /// はい only where every origin was はい in the end.
    pub answer: YesNo,
    /// The remarks of the origins, one under the other.
    pub remark: String,
    /// How the row differs from its origins: reworded, merged, asked of other devices.
    pub changes: Vec<ChangeKind>,
    /// Whether the wording of all rows concerned is verified; otherwise the absence of a change
    /// proves nothing.
    pub certain: bool,
}

/// Proposals for the rows of `target` from the answers of an earlier sheet that was filled in by
/// the edition `source`, or by the same edition for another customer. Rows whose origins were not
/// all answered are left out: half an answer is none.
#[must_use]
pub fn proposals(
    library: &Library,
    target: &Pack,
    source: &Pack,
    answers: &BTreeMap<&str, &Answer>,
) -> Vec<DraftProposal> {
    let changes = if target.id == source.id {
        Vec::new()
    } else {
        library.diff(&source.id, &target.id)
    };
    target
        .items()
        .filter_map(|item| {
            let keys: Vec<String> = if target.id == source.id {
                vec![item.key.clone()]
            } else {
                let mut keys = Vec::new();
                for reference in library.ancestors_of(&target.id, &item.key) {
                    if reference.pack == source.id {
                        keys.push(reference.key);
                    }
                }
                keys
            };
            let mut origins = Vec::with_capacity(keys.len());
            for key in keys {
                let answer = *answers.get(key.as_str())?;
                if answer.effective() == EffectiveAnswer::None {
                    return None;
                }
                let printed_id = source.item(&key)?.printed_id.clone();
                origins.push(DraftOrigin {
                    item_key: key,
                    printed_id,
                    answer: answer.clone(),
                });
            }
            if origins.is_empty() {
                return None;
            }
            let all_yes = origins
                .iter()
                .all(|origin| origin.answer.effective() == EffectiveAnswer::Yes);
            let mut remarks: Vec<&str> = Vec::new();
            for origin in &origins {
                let remark = origin.answer.remark.as_str();
                if !remark.is_empty() && !remarks.contains(&remark) {
                    remarks.push(remark);
                }
            }
            let own = || {
                changes
                    .iter()
                    .filter(|change| change.new.contains(&item.key))
            };
            Some(DraftProposal {
                item_key: item.key.clone(),
                answer: YesNo::of(all_yes),
                remark: remarks.join("\n"),
                changes: own().map(|change| change.kind).collect(),
                certain: own().all(|change| change.certain),
                origins,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Round;
    use yagura_kernel::time::parse_date;

    fn yes(remark: &str) -> Answer {
        let on = parse_date("2025-06-01").unwrap();
        Answer {
            remark: remark.to_owned(),
            ..Answer::first(YesNo::Yes, on)
        }
    }

    fn no() -> Answer {
        Answer::first(YesNo::No, parse_date("2025-06-01").unwrap())
    }

    fn offer(target: &str, source: &str, answers: &[(&str, Answer)]) -> Vec<DraftProposal> {
        let library = Library::builtin();
        let answers = answers.iter().map(|(key, answer)| (*key, answer)).collect();
        proposals(
            library,
            library.get(target).unwrap(),
            library.get(source).unwrap(),
            &answers,
        )
    }

    #[test]
    fn a_row_is_offered_what_its_predecessor_said() {
        let offers = offer(
            "mhlw-checklist-r08-institution",
            "mhlw-checklist-r07-institution",
            &[("2-1", yes("台帳は事務長が管理")), ("2-7", no())],
        );
        let keys: Vec<&str> = offers.iter().map(|offer| offer.item_key.as_str()).collect();
        assert_eq!(keys, ["2-1", "2-7"]);
        assert_eq!(offers[0].remark, "台帳は事務長が管理");
        assert_eq!(offers[1].answer, YesNo::No);
    }

    #[test]
    fn merged_rows_need_every_predecessor_and_a_single_no_makes_no() {
        let (new, old) = (
            "mhlw-checklist-r07-institution",
            "mhlw-checklist-r06-institution",
        );
        let server = ("2-4-server", yes("同じ"));
        assert_eq!(
            offer(new, old, std::slice::from_ref(&server)),
            [],
            "half an answer is none"
        );
        let both = [server.clone(), ("2-4-terminal", yes("同じ"))];
        let offers = offer(new, old, &both);
        assert_eq!(offers[0].answer, YesNo::Yes);
        assert_eq!(offers[0].remark, "同じ", "said once");
        assert!(offers[0].changes.contains(&ChangeKind::Merged));
        let offers = offer(new, old, &[server, ("2-4-terminal", no())]);
        assert_eq!(offers[0].answer, YesNo::No);
        assert_eq!(offers[0].origins.len(), 2);
    }

    #[test]
    fn the_second_round_of_last_year_counts() {
        let mut mended = no();
        mended.second = Some(Round {
            answer: YesNo::Yes,
            on: parse_date("2025-12-01").unwrap(),
        });
        let offers = offer(
            "mhlw-checklist-r08-institution",
            "mhlw-checklist-r07-institution",
            &[("3-3", mended)],
        );
        assert_eq!(offers[0].answer, YesNo::Yes);
    }

    #[test]
    fn lineage_reaches_over_several_years_and_new_rows_get_nothing() {
        let offers = offer(
            "mhlw-checklist-r08-institution",
            "mhlw-checklist-r06-institution",
            &[("1-1", yes("")), ("3-3", yes(""))],
        );
        let keys: Vec<&str> = offers.iter().map(|offer| offer.item_key.as_str()).collect();
        assert_eq!(keys, ["1-1", "3-3"]);
    }

    #[test]
    fn another_customers_sheet_of_the_same_edition_maps_row_to_row() {
        let pack = "mhlw-checklist-r08-vendor";
        let offers = offer(pack, pack, &[("2-3", yes("MDS 送付済み"))]);
        assert_eq!(offers.len(), 1);
        assert_eq!(offers[0].changes, []);
        assert!(offers[0].certain);
    }

    #[test]
    fn a_remark_without_an_answer_offers_nothing() {
        let blank = Answer {
            remark: "検討中".to_owned(),
            ..Answer::default()
        };
        let pack = "mhlw-checklist-r08-vendor";
        assert_eq!(offer(pack, pack, &[("2-3", blank)]), []);
    }
}
