//! The region's statistics as comparisons, tiles, trends and an institution's own place.

use serde::Serialize;
use yagura_checklists::overview::{self, GroupStatistics, MemberSheet, RegionStatistics};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::SizeGroup;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::proof::CellCounts;
use yagura_kernel::time::{FiscalYear, Instant};
use yagura_packs::Library;
use yagura_store::{Database, StoreError};

use crate::model::comparison::{Band, Compared, Figures, Group, Quarter, Share, compare, quarter};
use crate::model::distribution::{Distribution, Quartiles};

/// The figures of a size group from its stored sums.
#[must_use]
pub fn figures(sums: &GroupStatistics) -> Figures {
    Figures {
        members: sums.members,
        opened: sums.opened,
        round1_done: sums.round1_done,
        sharing: sums.sharing_answers,
        with_contradictions: sums.with_contradictions,
        items: sums.items.clone(),
        answered: Distribution::from_buckets(&sums.answered_percent),
        proven: Distribution::from_buckets(&sums.proven_percent),
    }
}

/// The comparison of all groups, without what may not be shown.
#[must_use]
pub fn comparison(statistics: &RegionStatistics) -> Vec<Compared> {
    let sizes: Vec<(SizeGroup, Figures)> = statistics
        .groups
        .iter()
        .map(|sums| (sums.size_group, figures(sums)))
        .collect();
    compare(&sizes)
}

/// The figures above the matrix, about all members. The region sees every one of them in the
/// matrix below, so nothing is left out here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// How many members there are.
    pub members: i64,
    /// How many have finished the first round.
    pub round1_done: i64,
    /// How many of them this month.
    pub round1_done_this_month: i64,
    /// How many have never opened the checklist.
    pub never_opened: i64,
    /// How many have a contradiction.
    pub with_contradictions: i64,
    /// How many have a target date that has passed.
    pub overdue: i64,
    /// The states of all items of those who share them.
    pub states: CellCounts,
    /// The item with the most contradictions, and how many.
    pub most_contradicted: Option<(usize, i64)>,
    /// When the figures were made.
    pub computed_at: Instant,
}

/// Makes the figures above the matrix.
#[must_use]
pub fn overview_of(statistics: &RegionStatistics, now: Instant) -> Overview {
    let day = now.jst_date();
    let month = format!("{:04}-{:02}", day.year(), u8::from(day.month()));
    let sum = |of: fn(&GroupStatistics) -> i64| statistics.groups.iter().map(of).sum::<i64>();
    let all = statistics
        .groups
        .iter()
        .fold(Figures::default(), |all, sums| all.plus(&figures(sums)));
    let most_contradicted = all
        .items
        .iter()
        .enumerate()
        .map(|(item, counts)| (item, counts.contradiction))
        .filter(|(_, number)| *number > 0)
        .max_by_key(|(item, number)| (*number, std::cmp::Reverse(*item)));
    Overview {
        members: all.members,
        round1_done: all.round1_done,
        round1_done_this_month: statistics
            .groups
            .iter()
            .flat_map(|sums| &sums.round1_done_by_month)
            .filter(|(when, _)| *when == month)
            .map(|(_, number)| number)
            .sum(),
        never_opened: all.members - all.opened,
        with_contradictions: all.with_contradictions,
        overdue: sum(|sums| sums.overdue),
        states: all.states(),
        most_contradicted,
        computed_at: statistics.computed_at,
    }
}

/// What of all yes answers is measured, documented and only declared, in whole per cent that add
/// up to 100; `None` where there is no yes answer.
#[must_use]
pub fn proof_shares(states: &CellCounts) -> Option<[i64; 3]> {
    let parts = [states.verified, states.documented, states.declared];
    let whole: i64 = parts.iter().sum();
    (whole > 0).then(|| {
        let [verified, documented, _] = parts.map(|part| Share { part, whole }.percent());
        let documented = documented.min(100 - verified);
        [verified, documented, 100 - verified - documented]
    })
}

/// One year of a trend.
#[derive(Debug, Clone)]
pub struct TrendYear {
    /// The fiscal year.
    pub year: FiscalYear,
    /// When its figures were made.
    pub computed_at: Instant,
    /// Its comparison.
    pub groups: Vec<Compared>,
}

/// The comparisons of every year that has figures, oldest first.
///
/// # Errors
/// [`StoreError::NotFound`] where the overseer is none of the reader's.
pub async fn trend(
    database: &Database,
    proof: &Authorized<actions::ReadComparison>,
    overseer: OrganizationId,
    now: Instant,
) -> Result<Vec<TrendYear>, StoreError> {
    let mut years = overview::statistics_years(database, proof, overseer, now).await?;
    years.sort_unstable();
    let mut trend = Vec::with_capacity(years.len());
    for year in years {
        let found = overview::region_statistics(database, proof, overseer, year, now).await?;
        if let Some(statistics) = found {
            let computed_at = statistics.computed_at;
            trend.push(TrendYear {
                year,
                computed_at,
                groups: comparison(&statistics),
            });
        }
    }
    Ok(trend)
}

/// An institution's own place among the members of one overseer.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnPosition {
    /// Among whose members.
    pub overseer: OrganizationId,
    /// The group: the narrowest that may be shown.
    pub group: Group,
    /// How many members the group has.
    pub members: i64,
    /// Its own share of answered items.
    pub answered: Option<Place>,
    /// Its own share of items with documents or measurements; absent where it does not share its
    /// answers, because then it is not among those that are compared.
    pub proven: Option<Place>,
    /// For each item, the share of the group that answered はい, as a band.
    pub items: Vec<Band>,
}

/// A place among others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    /// One's own percentage.
    pub own: i64,
    /// The group's.
    pub quartiles: Quartiles,
    /// The quarter in which one stands.
    pub quarter: Quarter,
}

impl Place {
    fn of(own: i64, quartiles: Option<Quartiles>) -> Option<Self> {
        quartiles.map(|quartiles| Self {
            own,
            quartiles,
            quarter: quarter(own, &quartiles),
        })
    }
}

/// Where the institution of the proof stands among the members of each of its overseers. Overseers
/// whose figures are not made yet, or of whose groups none may be shown, are left out.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn own_position(
    database: &Database,
    packs: &Library,
    proof: &Authorized<actions::ReadComparison>,
    year: FiscalYear,
    now: Instant,
) -> Result<Vec<OwnPosition>, StoreError> {
    let mut positions = Vec::new();
    for row in overview::own_rows(database, packs, proof, year).await? {
        let found =
            match overview::region_statistics(database, proof, row.overseer, year, now).await {
                // The relation has ended; its row goes with the next run of the daily job.
                Err(StoreError::NotFound) => None,
                other => other?,
            };
        if let Some(statistics) = found {
            positions.extend(position(&row, &comparison(&statistics)));
        }
    }
    Ok(positions)
}

/// The place of one row in a comparison.
fn position(row: &MemberSheet, groups: &[Compared]) -> Option<OwnPosition> {
    let mut wanted = Some(Group::narrowest(row.size_group));
    let group = loop {
        let candidate = wanted?;
        let found = groups.iter().find(|compared| compared.group == candidate);
        if let Some(found) = found
            && (found.progress.is_some() || found.proof.is_some())
        {
            break found;
        }
        wanted = candidate.parent();
    };
    let answered = match row.applicable {
        0 if row.round1_done_at.is_some() => 100,
        whole => Share {
            part: row.answered,
            whole,
        }
        .percent(),
    };
    let answered = group
        .progress
        .as_ref()
        .and_then(|progress| Place::of(answered, progress.answered));
    let proven = group
        .proof
        .as_ref()
        .zip(row.counts)
        .and_then(|(proof, counts)| {
            let part = counts.verified + counts.documented;
            Place::of(
                Share {
                    part,
                    whole: counts.applicable(),
                }
                .percent(),
                proof.proven,
            )
        });
    let items = group
        .proof
        .as_ref()
        .map(|proof| proof.items.iter().map(yes_band).collect());
    Some(OwnPosition {
        overseer: row.overseer,
        group: group.group,
        members: group.members,
        answered,
        proven,
        items: items.unwrap_or_default(),
    })
}

/// The share of はい of an item, as a band; those for whom it does not apply are left out.
fn yes_band(counts: &CellCounts) -> Band {
    let yes = counts.verified + counts.documented + counts.declared + counts.contradiction;
    Share {
        part: yes,
        whole: counts.applicable(),
    }
    .as_band()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::Uuid;
    use yagura_kernel::organization::OrganizationKind;
    use yagura_kernel::proof::CellState;
    use yagura_kernel::relation::SharingLevel;

    fn sums(size_group: SizeGroup, members: i64) -> GroupStatistics {
        let mut item = CellCounts::default();
        item.add(CellState::Verified, members);
        let mut buckets = vec![0; 101];
        buckets[50] = members;
        GroupStatistics {
            size_group,
            members,
            opened: members,
            round1_done: members / 2,
            round1_done_by_month: vec![("2026-11".into(), 1), ("2026-10".into(), 2)],
            sharing_answers: members,
            items: vec![item],
            with_contradictions: 0,
            overdue: 0,
            answered_percent: buckets.clone(),
            proven_percent: buckets,
        }
    }

    fn statistics(groups: Vec<GroupStatistics>) -> RegionStatistics {
        RegionStatistics {
            year: FiscalYear::new(2026).unwrap(),
            computed_at: Instant::from_seconds(0),
            groups,
        }
    }

    fn row(size_group: SizeGroup, kind: OrganizationKind, answered: i64) -> MemberSheet {
        MemberSheet {
            overseer: OrganizationId::from(Uuid::from_u128(1)),
            member: OrganizationId::from(Uuid::from_u128(2)),
            name: "甲".into(),
            kind,
            size_group,
            permitted_beds: None,
            region_code: None,
            sharing: SharingLevel::Answers,
            sheet: None,
            cells: None,
            counts: None,
            answered,
            applicable: 19,
            round1_done_at: None,
            opened_at: None,
            next_target: None,
            urgency: 0,
        }
    }

    #[test]
    fn a_small_group_is_compared_with_the_wider_one() {
        let groups = comparison(&statistics(vec![
            sums(SizeGroup::HospitalLarge, 2),
            sums(SizeGroup::HospitalMedium, 9),
            sums(SizeGroup::HospitalSmall, 9),
        ]));
        let own = row(SizeGroup::HospitalLarge, OrganizationKind::Hospital, 19);
        let place = position(&own, &groups).unwrap();
        assert_eq!(place.group, Group::Kind(OrganizationKind::Hospital));
        assert_eq!(place.answered.unwrap().quarter, Quarter::Highest);
        assert_eq!(place.proven, None, "it shares no cells here");
        assert_eq!(
            place.items,
            [Band::NearlyAll],
            "that all have it is not said"
        );
    }

    #[test]
    fn without_any_group_there_is_no_place() {
        let groups = comparison(&statistics(vec![sums(SizeGroup::Pharmacy, 4)]));
        assert_eq!(
            position(
                &row(SizeGroup::Pharmacy, OrganizationKind::Pharmacy, 1),
                &groups
            ),
            None
        );
    }

    #[test]
    fn the_tiles_count_this_month_and_name_the_worst_item() {
        let mut one = sums(SizeGroup::Pharmacy, 4);
        one.items.push(CellCounts {
            contradiction: 3,
            ..CellCounts::default()
        });
        one.opened = 3;
        let now = Instant::from_jst(yagura_kernel::time::parse_date("2026-11-21").unwrap(), 9, 0);
        let overview = overview_of(&statistics(vec![one, sums(SizeGroup::Dental, 6)]), now);
        assert_eq!((overview.members, overview.never_opened), (10, 1));
        assert_eq!(overview.round1_done_this_month, 2);
        assert_eq!(overview.most_contradicted, Some((1, 3)));
    }

    #[test]
    fn shares_of_proof_add_up() {
        let counts = |verified, documented, declared| CellCounts {
            verified,
            documented,
            declared,
            ..CellCounts::default()
        };
        assert_eq!(proof_shares(&counts(1, 1, 1)), Some([33, 33, 34]));
        assert_eq!(proof_shares(&counts(1, 1, 0)), Some([50, 50, 0]));
        assert_eq!(proof_shares(&counts(0, 0, 0)), None);
        for verified in 0..7 {
            for documented in 0..7 {
                if let Some(shares) = proof_shares(&counts(verified, documented, 3)) {
                    assert_eq!(shares.iter().sum::<i64>(), 100);
                    assert!(shares.iter().all(|share| *share >= 0));
                }
            }
        }
    }
}
