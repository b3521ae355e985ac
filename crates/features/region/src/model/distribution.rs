//! Medians and quartiles of percentages that are kept as counts.
//!
//! The statistics of a group keep, for every whole percentage from 0 to 100, how many members
//! have it. From that the quartiles follow without a list of members.

use serde::Serialize;

/// How many members have each whole percentage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution([i64; 101]);

impl Default for Distribution {
    fn default() -> Self {
        Self([0; 101])
    }
}

/// The three quartiles of a group, in per cent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quartiles {
    /// A quarter of the members have less.
    pub lower: f64,
    /// Half of the members have less.
    pub median: f64,
    /// A quarter of the members have more.
    pub upper: f64,
}

impl Distribution {
    /// From stored counts: buckets 0 to 100. Missing buckets are empty, further ones are ignored,
    /// negative ones count as empty.
    #[must_use]
    pub fn from_buckets(buckets: &[i64]) -> Self {
        let mut counts = [0; 101];
        for (slot, bucket) in counts.iter_mut().zip(buckets) {
            *slot = (*bucket).max(0);
        }
        Self(counts)
    }

    /// From single percentages; values outside 0 to 100 count as the nearest end.
    #[must_use]
    pub fn of(percentages: impl IntoIterator<Item = i64>) -> Self {
        let mut all = Self::default();
        for percentage in percentages {
            let bucket = usize::try_from(percentage.clamp(0, 100)).unwrap_or_default();
            if let Some(slot) = all.0.get_mut(bucket) {
                *slot += 1;
            }
        }
        all
    }

    /// The members of both.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (slot, more) in self.0.iter_mut().zip(other.0) {
            *slot += more;
        }
        self
    }

    /// How many members there are.
    #[must_use]
    pub fn members(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The quartiles, by linear interpolation between the two nearest members (the definition of
    /// spreadsheet programs' QUARTILE.INC); `None` for an empty group.
    #[must_use]
    pub fn quartiles(&self) -> Option<Quartiles> {
        let last = self.members().checked_sub(1).filter(|last| *last >= 0)?;
        Some(Quartiles {
            lower: self.at_quarter(last, 1),
            median: self.at_quarter(last, 2),
            upper: self.at_quarter(last, 3),
        })
    }

    fn at_quarter(&self, last: i64, quarters: i64) -> f64 {
        let place = last * quarters;
        let below = self.ranked(place / 4);
        let above = self.ranked(place / 4 + i64::from(place % 4 != 0));
        let step = [0.0, 0.25, 0.5, 0.75];
        let part = usize::try_from(place % 4)
            .ok()
            .and_then(|rest| step.get(rest).copied());
        below + (above - below) * part.unwrap_or_default()
    }

    /// The percentage of the member at a rank, counted from 0 and from the lowest.
    fn ranked(&self, rank: i64) -> f64 {
        let mut passed = 0;
        let mut percentage = 0.0;
        for count in self.0 {
            passed += count;
            if passed > rank {
                return percentage;
            }
            percentage += 1.0;
        }
        100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_those_of_a_spreadsheet() {
        let quartiles = Distribution::of([10, 20, 30, 40, 50]).quartiles().unwrap();
        assert_eq!(
            quartiles,
            Quartiles {
                lower: 20.0,
                median: 30.0,
                upper: 40.0
            }
        );
        let quartiles = Distribution::of([10, 20, 30, 41]).quartiles().unwrap();
        assert_eq!(
            quartiles,
            Quartiles {
                lower: 17.5,
                median: 25.0,
                upper: 32.75
            }
        );
    }

    #[test]
    fn order_does_not_matter_and_ends_are_kept() {
        assert_eq!(
            Distribution::of([100, 0, 50]),
            Distribution::of([50, 100, 0])
        );
        let all_full = Distribution::of([100; 7]).quartiles().unwrap();
        assert_eq!(
            all_full,
            Quartiles {
                lower: 100.0,
                median: 100.0,
                upper: 100.0
            }
        );
        assert_eq!(Distribution::of([-3, 250]), Distribution::of([0, 100]));
    }

    #[test]
    fn an_empty_group_has_none() {
        assert_eq!(Distribution::default().quartiles(), None);
        assert_eq!(Distribution::from_buckets(&[-1, 0]).quartiles(), None);
    }

    #[test]
    fn groups_add_up() {
        let both = Distribution::of([10, 20]).plus(&Distribution::of([30]));
        assert_eq!(both, Distribution::of([10, 20, 30]));
        assert_eq!(both.members(), 3);
    }
}
