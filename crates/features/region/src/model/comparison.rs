//! Which figures of groups may be shown, and what a comparison says.
//!
//! # The rule
//!
//! A figure is shown only where it stands for **at least [`SMALLEST_GROUP`] members**. That also
//! has to hold for what somebody can work out by subtracting: where hospitals as a whole and all
//! but one size of hospital are shown, the last size follows. The groups form a tree (all members
//! → kinds → sizes), so everything that subtraction can reveal is made of *remainders*: the
//! members of a shown group that are in none of the shown groups directly below it. Therefore:
//!
//! 1. a group with fewer than [`SMALLEST_GROUP`] members is not shown;
//! 2. as long as some shown group has a remainder of 1 to [`SMALLEST_GROUP`]` − 1` members, the
//!    smallest shown group below it is not shown either, which makes the remainder larger.
//!
//! In a tree the remainders are disjoint and every combination of shown figures is a sum of
//! remainders, so afterwards nothing about fewer than five members can be derived from one
//! comparison. Figures of items stand for the members that share their answers, figures of
//! progress for all members; the rule is applied to each of the two with its own numbers.
//!
//! Institutions, which compare themselves with others, see shares of a group below
//! [`BAND_PERCENT`] or above 100 − [`BAND_PERCENT`] only as a band ([`Share::as_band`]):
//! 「全員が」 and 「誰も」 would say something about each single member.
//!
//! What the rule does not cover: two comparisons of different days, between which one member
//! joined, differ by that member.

use serde::{Deserialize, Serialize};
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::proof::CellCounts;

use super::distribution::{Distribution, Quartiles};

/// The fewest members for which a figure is shown (DESIGN §3: groups of at least five).
pub const SMALLEST_GROUP: i64 = 5;

/// Shares nearer than this to 0 % or 100 % are shown to institutions as a band.
pub const BAND_PERCENT: i64 = 10;

/// A group of members that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "group", content = "of")]
pub enum Group {
    /// All members.
    All,
    /// Members of one kind.
    Kind(OrganizationKind),
    /// Members of one kind and size.
    Size(SizeGroup),
}

/// The kinds that can be members, in the order of lists.
pub const KINDS: [OrganizationKind; 4] = [
    OrganizationKind::Hospital,
    OrganizationKind::Clinic,
    OrganizationKind::DentalClinic,
    OrganizationKind::Pharmacy,
];

impl Group {
    /// Every group, each after the one that it is a part of.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut groups = vec![Self::All];
        for kind in KINDS {
            groups.push(Self::Kind(kind));
            groups.extend(
                SizeGroup::ALL
                    .into_iter()
                    .filter(|size| kind_of(*size) == kind)
                    .map(Self::Size)
                    .filter(|group| group.has_siblings()),
            );
        }
        groups
    }

    /// The group that this one is a part of.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::All => None,
            Self::Kind(_) => Some(Self::All),
            Self::Size(size) => Some(Self::Kind(kind_of(size))),
        }
    }

    /// Whether the kind is divided by size at all; dental clinics and pharmacies are not.
    const fn has_siblings(self) -> bool {
        matches!(
            self,
            Self::Size(
                SizeGroup::HospitalLarge
                    | SizeGroup::HospitalMedium
                    | SizeGroup::HospitalSmall
                    | SizeGroup::ClinicWithBeds
                    | SizeGroup::ClinicWithoutBeds
            )
        )
    }

    /// Whether members of this size belong to the group.
    #[must_use]
    pub fn holds(self, size: SizeGroup) -> bool {
        match self {
            Self::All => true,
            Self::Kind(kind) => kind_of(size) == kind,
            Self::Size(own) => own == size,
        }
    }

    /// The narrowest group in which a member of this size is compared.
    #[must_use]
    pub fn narrowest(size: SizeGroup) -> Self {
        let own = Self::Size(size);
        if own.has_siblings() {
            own
        } else {
            Self::Kind(kind_of(size))
        }
    }

    /// Code for addresses, the API and message keys: `all`, `kind-hospital`, `size-dental`.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Kind(kind) => format!("kind-{}", kind.code()),
            Self::Size(size) => format!("size-{}", size.code()),
        }
    }

    /// The group with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().into_iter().find(|group| group.code() == code)
    }
}

/// The kind that a size belongs to.
#[must_use]
pub const fn kind_of(size: SizeGroup) -> OrganizationKind {
    match size {
        SizeGroup::HospitalLarge | SizeGroup::HospitalMedium | SizeGroup::HospitalSmall => {
            OrganizationKind::Hospital
        }
        SizeGroup::ClinicWithBeds | SizeGroup::ClinicWithoutBeds => OrganizationKind::Clinic,
        SizeGroup::Dental => OrganizationKind::DentalClinic,
        SizeGroup::Pharmacy => OrganizationKind::Pharmacy,
    }
}

/// Which of the groups may be shown, by the rule of this module. `members` are the numbers of
/// members in the order of `groups`; a group without members is shown, because there is nobody
/// whom its figures could be about.
#[must_use]
pub fn shown(groups: &[Group], members: &[i64]) -> Vec<bool> {
    let number = |place: usize| members.get(place).copied().unwrap_or_default();
    let mut shown: Vec<bool> = (0..groups.len())
        .map(|place| number(place) == 0 || number(place) >= SMALLEST_GROUP)
        .collect();
    loop {
        let mut hidden = None;
        for (place, group) in groups.iter().enumerate() {
            if !is(&shown, place) || number(place) == 0 {
                continue;
            }
            let below = shown_below(groups, &shown, *group);
            let covered: i64 = below.iter().map(|part| number(*part)).sum();
            let remainder = number(place) - covered;
            if (1..SMALLEST_GROUP).contains(&remainder) {
                hidden = below
                    .into_iter()
                    .filter(|part| number(*part) > 0)
                    .min_by_key(|part| number(*part));
            }
            if hidden.is_some() {
                break;
            }
        }
        match hidden.and_then(|place| shown.get_mut(place)) {
            Some(slot) => *slot = false,
            None => return shown,
        }
    }
}

fn is(shown: &[bool], place: usize) -> bool {
    shown.get(place).copied().unwrap_or_default()
}

/// The shown groups below a group with no other shown group between.
fn shown_below(groups: &[Group], shown: &[bool], upper: Group) -> Vec<usize> {
    let nearest_shown_above = |group: Group| {
        let mut above = group.parent();
        while let Some(candidate) = above {
            let place = groups.iter().position(|other| *other == candidate);
            if place.is_some_and(|place| is(shown, place)) {
                break;
            }
            above = candidate.parent();
        }
        above
    };
    groups
        .iter()
        .enumerate()
        .filter(|(place, group)| is(shown, *place) && nearest_shown_above(**group) == Some(upper))
        .map(|(place, _)| place)
        .collect()
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub part: i64,
    /// Of how many.
    pub whole: i64,
}

/// A share as institutions see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "band", content = "percent")]
pub enum Band {
    /// At most [`BAND_PERCENT`] per cent, perhaps nobody.
    Few,
    /// Whole per cent in between.
    Percent(i64),
    /// At least 100 − [`BAND_PERCENT`] per cent, perhaps everybody.
    NearlyAll,
}

impl Share {
    /// Whole per cent, rounded half up; 0 of nothing.
    #[must_use]
    pub const fn percent(self) -> i64 {
        if self.whole <= 0 {
            0
        } else {
            (self.part * 200 + self.whole) / (self.whole * 2)
        }
    }

    /// The share without its extremes.
    #[must_use]
    pub const fn as_band(self) -> Band {
        match self.percent() {
            percent if percent <= BAND_PERCENT => Band::Few,
            percent if percent >= 100 - BAND_PERCENT => Band::NearlyAll,
            percent => Band::Percent(percent),
        }
    }
}

/// The figures of one group, or the sum of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many members there are.
    pub members: i64,
    /// How many have ever opened the checklist of the year.
    pub opened: i64,
    /// How many have finished the first round.
    pub round1_done: i64,
    /// How many share their answers and have a checklist; the rest of the figures is about them.
    pub sharing: i64,
    /// How many of those have a contradiction.
    pub with_contradictions: i64,
    /// States of each item, in the order of the pack.
    pub items: Vec<CellCounts>,
    /// Share of answered items per member, over all members.
    pub answered: Distribution,
    /// Share of items with documents or measurements per member.
    pub proven: Distribution,
}

impl Figures {
    /// The figures of both.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.members += other.members;
        self.opened += other.opened;
        self.round1_done += other.round1_done;
        self.sharing += other.sharing;
        self.with_contradictions += other.with_contradictions;
        if self.items.len() < other.items.len() {
            self.items.resize(other.items.len(), CellCounts::default());
        }
        for (own, more) in self.items.iter_mut().zip(&other.items) {
            *own = sum(*own, *more);
        }
        self.answered = self.answered.plus(&other.answered);
        self.proven = self.proven.plus(&other.proven);
        self
    }

    /// The states of all items together.
    #[must_use]
    pub fn states(&self) -> CellCounts {
        self.items.iter().copied().fold(CellCounts::default(), sum)
    }
}

fn sum(mut one: CellCounts, other: CellCounts) -> CellCounts {
    for state in yagura_kernel::proof::CellState::ALL {
        one.add(state, other.get(state));
    }
    one
}

/// One group of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Which group.
    pub group: Group,
    /// How many members it has. Always shown: the size of a group says nothing about its answers.
    pub members: i64,
    /// Progress, where the rule lets it be shown.
    pub progress: Option<Progress>,
    /// States of items, where the rule lets them be shown.
    pub proof: Option<Proof>,
}

/// How far the members of a group are.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Those who have finished the first round.
    pub round1_done: Share,
    /// Those who have ever opened the checklist.
    pub opened: Share,
    /// Answered items per member, in per cent.
    pub answered: Option<Quartiles>,
}

/// How well the answers of a group are proven.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// How many members the figures stand for.
    pub members: i64,
    /// Members with a contradiction.
    pub with_contradictions: Share,
    /// States of each item, in the order of the pack.
    pub items: Vec<CellCounts>,
    /// Items with documents or measurements per member, in per cent.
    pub proven: Option<Quartiles>,
}

/// Makes the comparison of all groups from the figures of each size, leaving out what may not be
/// shown.
#[must_use]
pub fn compare(sizes: &[(SizeGroup, Figures)]) -> Vec<Compared> {
    let groups = Group::all();
    let figures: Vec<Figures> = groups
        .iter()
        .map(|group| {
            sizes
                .iter()
                .filter(|(size, _)| group.holds(*size))
                .fold(Figures::default(), |all, (_, part)| all.plus(part))
        })
        .collect();
    let numbers = |of: fn(&Figures) -> i64| figures.iter().map(of).collect::<Vec<i64>>();
    let progress_shown = shown(&groups, &numbers(|figures| figures.members));
    let proof_shown = shown(&groups, &numbers(|figures| figures.sharing));
    groups
        .iter()
        .zip(&figures)
        .enumerate()
        .map(|(place, (group, figures))| Compared {
            group: *group,
            members: figures.members,
            progress: (is(&progress_shown, place) && figures.members > 0).then(|| Progress {
                round1_done: Share {
                    part: figures.round1_done,
                    whole: figures.members,
                },
                opened: Share {
                    part: figures.opened,
                    whole: figures.members,
                },
                answered: figures.answered.quartiles(),
            }),
            proof: (is(&proof_shown, place) && figures.sharing > 0).then(|| Proof {
                members: figures.sharing,
                with_contradictions: Share {
                    part: figures.with_contradictions,
                    whole: figures.sharing,
                },
                items: figures.items.clone(),
                proven: figures.proven.quartiles(),
            }),
        })
        .collect()
}

/// In which quarter of its group a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quarter {
    /// Among the highest quarter.
    Highest,
    /// Above the median.
    AboveMedian,
    /// Below the median.
    BelowMedian,
    /// Among the lowest quarter.
    Lowest,
}

/// Where a percentage stands among quartiles. Who is level with a quartile gets the better word.
#[must_use]
pub fn quarter(percent: i64, quartiles: &Quartiles) -> Quarter {
    // Percentages are at most 100, which a float holds exactly.
    let percent = f64::from(i32::try_from(percent.clamp(0, 100)).unwrap_or_default());
    if percent >= quartiles.upper {
        Quarter::Highest
    } else if percent >= quartiles.median {
        Quarter::AboveMedian
    } else if percent >= quartiles.lower {
        Quarter::BelowMedian
    } else {
        Quarter::Lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::proof::CellState;

    fn sizes(members: [i64; 7]) -> Vec<(SizeGroup, Figures)> {
        SizeGroup::ALL
            .into_iter()
            .zip(members)
            .map(|(size, members)| {
                let figures = Figures {
                    members,
                    sharing: members,
                    ..Figures::default()
                };
                (size, figures)
            })
            .collect()
    }

    fn shown_codes(members: [i64; 7]) -> Vec<String> {
        compare(&sizes(members))
            .into_iter()
            .filter(|compared| compared.progress.is_some())
            .map(|compared| compared.group.code())
            .collect()
    }

    /// Everything that subtraction can derive: the remainders of the shown groups.
    fn remainders(members: [i64; 7]) -> Vec<i64> {
        let groups = Group::all();
        let sizes = sizes(members);
        let numbers: Vec<i64> = groups
            .iter()
            .map(|group| {
                sizes
                    .iter()
                    .filter(|(size, _)| group.holds(*size))
                    .map(|(_, f)| f.members)
                    .sum()
            })
            .collect();
        let shown = shown(&groups, &numbers);
        let mut derived = Vec::new();
        for (place, group) in groups.iter().enumerate() {
            if shown[place] {
                let below = shown_below(&groups, &shown, *group);
                derived.push(numbers[place] - below.iter().map(|b| numbers[*b]).sum::<i64>());
            }
        }
        derived
    }

    #[test]
    fn the_groups_are_a_tree_without_needless_leaves() {
        let groups = Group::all();
        assert_eq!(groups.len(), 1 + 4 + 5);
        for group in &groups {
            assert_eq!(Group::from_code(&group.code()), Some(*group));
            if let Some(parent) = group.parent() {
                assert!(groups.contains(&parent));
            }
        }
        assert_eq!(
            Group::narrowest(SizeGroup::Dental),
            Group::Kind(OrganizationKind::DentalClinic)
        );
        assert_eq!(
            Group::narrowest(SizeGroup::HospitalSmall),
            Group::Size(SizeGroup::HospitalSmall)
        );
    }

    #[test]
    fn large_groups_are_all_shown() {
        assert_eq!(shown_codes([10, 20, 30, 40, 50, 60, 70]).len(), 10);
    }

    #[test]
    fn a_group_of_four_is_not_shown_and_cannot_be_subtracted() {
        // Four large hospitals: showing 病院, 中 and 小 would give the four away.
        let codes = shown_codes([4, 20, 30, 40, 50, 60, 70]);
        assert!(!codes.contains(&"size-hospital_large".to_owned()));
        assert!(
            !codes.contains(&"size-hospital_medium".to_owned()),
            "the smallest other goes too"
        );
        assert!(codes.contains(&"size-hospital_small".to_owned()));
        assert!(codes.contains(&"kind-hospital".to_owned()));
    }

    #[test]
    fn two_small_groups_that_together_are_too_few_take_a_third_along() {
        let codes = shown_codes([1, 2, 30, 40, 50, 60, 70]);
        assert!(codes.contains(&"kind-hospital".to_owned()));
        assert!(
            !codes.contains(&"size-hospital_small".to_owned()),
            "33 − 30 would be three"
        );
        let codes = shown_codes([2, 3, 30, 40, 50, 60, 70]);
        assert!(
            codes.contains(&"size-hospital_small".to_owned()),
            "five remain together"
        );
    }

    #[test]
    fn a_small_kind_takes_another_kind_along_but_not_the_total() {
        let codes = shown_codes([10, 10, 10, 10, 10, 3, 70]);
        assert!(codes.contains(&"all".to_owned()));
        assert!(!codes.contains(&"kind-dental_clinic".to_owned()));
        assert!(
            !codes.contains(&"kind-clinic".to_owned()),
            "the smallest other kind"
        );
        assert_eq!(
            codes
                .iter()
                .filter(|code| code.starts_with("size-clinic"))
                .count(),
            1,
            "both sizes of clinic would give the kind and so the three dental clinics away"
        );
    }

    #[test]
    fn fewer_than_five_members_show_nothing() {
        assert_eq!(shown_codes([0, 0, 0, 1, 1, 1, 1]), Vec::<String>::new());
        assert_eq!(shown_codes([0; 7]), Vec::<String>::new());
    }

    #[test]
    fn nothing_about_one_to_four_members_can_be_derived_in_any_region() {
        let numbers = [0, 1, 3, 4, 5, 6, 9];
        let mut checked = 0_u32;
        for code in 0..7_usize.pow(7) {
            // One in 49 of the combinations, spread evenly, keeps the test short.
            if code % 49 != code / 49 % 49 {
                continue;
            }
            let mut rest = code;
            let members = [(); 7].map(|()| {
                let number = numbers[rest % 7];
                rest /= 7;
                number
            });
            for remainder in remainders(members) {
                assert!(
                    !(1..SMALLEST_GROUP).contains(&remainder),
                    "{members:?}: {remainder}"
                );
            }
            checked += 1;
        }
        assert!(checked > 15_000);
    }

    #[test]
    fn shown_figures_are_those_of_the_group() {
        let mut parts = sizes([6, 0, 0, 0, 0, 0, 9]);
        parts[0].1.round1_done = 3;
        parts[0].1.with_contradictions = 2;
        let mut item = CellCounts::default();
        item.add(CellState::Verified, 4);
        item.add(CellState::No, 2);
        parts[0].1.items = vec![item];
        parts[0].1.answered = Distribution::of([0, 20, 40, 60, 80, 100]);
        let compared = compare(&parts);
        let all = &compared[0];
        assert_eq!((all.group, all.members), (Group::All, 15));
        assert_eq!(
            all.progress.as_ref().unwrap().round1_done,
            Share { part: 3, whole: 15 }
        );
        let hospitals = compared
            .iter()
            .find(|c| c.group.code() == "kind-hospital")
            .unwrap();
        let proof = hospitals.proof.as_ref().unwrap();
        assert_eq!(proof.with_contradictions, Share { part: 2, whole: 6 });
        assert_eq!(proof.items, [item]);
        let answered = hospitals.progress.as_ref().unwrap().answered.unwrap();
        assert_eq!(answered.median, 50.0);
    }

    #[test]
    fn progress_and_proof_are_suppressed_by_their_own_numbers() {
        let mut parts = sizes([10, 10, 10, 0, 0, 0, 0]);
        parts[0].1.sharing = 4;
        let compared = compare(&parts);
        let large = compared
            .iter()
            .find(|c| c.group.code() == "size-hospital_large")
            .unwrap();
        assert!(large.progress.is_some());
        assert!(large.proof.is_none());
        let hidden_proofs = compared
            .iter()
            .filter(|c| c.group.code().starts_with("size-hospital") && c.proof.is_none());
        assert_eq!(hidden_proofs.count(), 2);
    }

    #[test]
    fn shares_are_rounded_and_their_extremes_are_bands() {
        let share = |part, whole| Share { part, whole };
        assert_eq!(share(1, 3).percent(), 33);
        assert_eq!(share(2, 3).percent(), 67);
        assert_eq!(share(1, 200).percent(), 1, "half up");
        assert_eq!(share(0, 0).percent(), 0);
        assert_eq!(share(0, 8).as_band(), Band::Few);
        assert_eq!(share(8, 8).as_band(), Band::NearlyAll);
        assert_eq!(share(4, 8).as_band(), Band::Percent(50));
    }

    #[test]
    fn quarters_follow_the_quartiles() {
        let quartiles = Quartiles {
            lower: 20.0,
            median: 50.0,
            upper: 80.0,
        };
        let quarters = [100, 80, 79, 50, 49, 20, 19].map(|percent| quarter(percent, &quartiles));
        assert_eq!(
            quarters,
            [
                Quarter::Highest,
                Quarter::Highest,
                Quarter::AboveMedian,
                Quarter::AboveMedian,
                Quarter::BelowMedian,
                Quarter::BelowMedian,
                Quarter::Lowest
            ]
        );
    }
}
