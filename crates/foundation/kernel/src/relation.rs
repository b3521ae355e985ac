//! Dated relations between organisations. They form a graph: an institution has several
//! overseers (prefecture, city, network, association), and a vendor serves many institutions.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::id::OrganizationId;

/// What one organisation is to another, read from `from` to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// `from` (prefecture, city, association) oversees `to`.
    Oversees,
    /// `from` (institution) is a member of `to` (network, association).
    MemberOf,
    /// `from` (vendor) supplies `to` (institution).
    Supplies,
    /// `from` (department) is a part of `to`.
    PartOf,
}

impl RelationKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Oversees, Self::MemberOf, Self::Supplies, Self::PartOf];

    /// The code used in storage and in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Oversees => "oversees",
            Self::MemberOf => "member_of",
            Self::Supplies => "supplies",
            Self::PartOf => "part_of",
        }
    }

    /// The kind with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// How much an institution lets an overseer see. Each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharingLevel {
    /// Whether the checklist was answered, nothing of the answers.
    Status,
    /// The answer and proof level of every item.
    Answers,
    /// Also the list of evidence: titles and dates.
    Evidence,
    /// Also the files, remarks and history.
    Detail,
}

impl SharingLevel {
    /// Every level, least first.
    pub const ALL: [Self; 4] = [Self::Status, Self::Answers, Self::Evidence, Self::Detail];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Answers => "answers",
            Self::Evidence => "evidence",
            Self::Detail => "detail",
        }
    }

    /// The level with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// The level as a number for storage and comparison in SQL: 0 for status up to 3 for detail.
    #[must_use]
    pub const fn rank(self) -> i64 {
        self as i64
    }

    /// The level with this rank; unknown ranks fall back to the least.
    #[must_use]
    pub const fn from_rank(rank: i64) -> Self {
        match rank {
            1 => Self::Answers,
            2 => Self::Evidence,
            3 => Self::Detail,
            _ => Self::Status,
        }
    }
}

/// Why a relation cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelationError {
    /// An organisation would stand above itself.
    #[error("the relation would put {0} above itself")]
    Cycle(OrganizationId),
    /// The last day lies before the first.
    #[error("the relation ends before it begins")]
    EndsBeforeItBegins,
}

/// Whether adding `upper → lower` to relations of the same hierarchy (`oversees`, `part_of`) would
/// close a cycle. `edges` are the existing pairs, upper organisation first.
///
/// # Errors
/// [`RelationError::Cycle`] names the organisation that would come to stand above itself.
pub fn refuse_cycle(
    edges: &[(OrganizationId, OrganizationId)],
    upper: OrganizationId,
    lower: OrganizationId,
) -> Result<(), RelationError> {
    let mut below: HashMap<OrganizationId, Vec<OrganizationId>> = HashMap::new();
    for (above, under) in edges {
        below.entry(*above).or_default().push(*under);
    }
    let mut seen = HashSet::new();
    let mut open = vec![lower];
    while let Some(next) = open.pop() {
        if next == upper {
            return Err(RelationError::Cycle(upper));
        }
        if seen.insert(next)
            && let Some(children) = below.get(&next)
        {
            open.extend(children);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn organization(n: u128) -> OrganizationId {
        OrganizationId::from(Uuid::from_u128(n))
    }

    #[test]
    fn sharing_levels_are_ordered_and_round_trip() {
        assert!(SharingLevel::Status < SharingLevel::Detail);
        for level in SharingLevel::ALL {
            assert_eq!(SharingLevel::from_code(level.code()), Some(level));
            assert_eq!(SharingLevel::from_rank(level.rank()), level);
        }
    }

    #[test]
    fn a_cycle_of_any_length_is_refused() {
        let edges = [
            (organization(1), organization(2)),
            (organization(2), organization(3)),
        ];
        assert_eq!(
            refuse_cycle(&edges, organization(3), organization(1)),
            Err(RelationError::Cycle(organization(3)))
        );
        assert_eq!(
            refuse_cycle(&edges, organization(1), organization(1)),
            Err(RelationError::Cycle(organization(1)))
        );
        assert_eq!(
            refuse_cycle(&edges, organization(1), organization(3)),
            Ok(())
        );
    }
}
