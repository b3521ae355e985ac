//! The relations of NISTIR 7696 §6: of two values by table 6-2, of two names by their values.

use super::{Attribute, Name, Value};

/// How the value of a source relates to the value of a target (NISTIR 7696 table 6-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// They are the same.
    Equal,
    /// The source holds the target and more.
    Superset,
    /// The target holds the source and more.
    Subset,
    /// Nothing fits both.
    Disjoint,
    /// The table leaves it open: the target has wildcards.
    Undefined,
}

/// How two names relate (NISTIR 7696 §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameRelation {
    /// All attributes are equal.
    Equal,
    /// Every attribute of the source is equal to or a superset of the target's.
    Superset,
    /// Every attribute of the source is equal to or a subset of the target's.
    Subset,
    /// At least one attribute is disjoint.
    Disjoint,
    /// Some attributes are supersets and others subsets: the names overlap, and neither holds the
    /// other. Also when table 6-2 leaves an attribute undefined.
    Overlap,
}

impl Value {
    /// How this value, as the source, relates to another, the target (NISTIR 7696 table 6-2).
    #[must_use]
    pub fn relation(&self, target: &Self) -> Relation {
        match (self, target) {
            (Self::Text(_), Self::Text(target)) if target.has_wildcard() => {
                if self == &Self::Text(target.clone()) {
                    // A name matches itself; the table has no row for it.
                    Relation::Equal
                } else {
                    Relation::Undefined
                }
            }
            (_, Self::Text(target)) if target.has_wildcard() => Relation::Undefined,
            (Self::Any, Self::Any) | (Self::Na, Self::Na) => Relation::Equal,
            (Self::Any, _) => Relation::Superset,
            (_, Self::Any) => Relation::Subset,
            (Self::Na, Self::Text(_)) | (Self::Text(_), Self::Na) => Relation::Disjoint,
            (Self::Text(source), Self::Text(target)) => {
                if source.has_wildcard() {
                    if source.matches(target.literal()) {
                        Relation::Superset
                    } else {
                        Relation::Disjoint
                    }
                } else if source.literal() == target.literal() {
                    Relation::Equal
                } else {
                    Relation::Disjoint
                }
            }
        }
    }
}

pub(super) fn names(source: &Name, target: &Name) -> NameRelation {
    let (mut superset, mut subset, mut undefined) = (false, false, false);
    for attribute in Attribute::ALL {
        match source.get(attribute).relation(target.get(attribute)) {
            Relation::Equal => {}
            Relation::Superset => superset = true,
            Relation::Subset => subset = true,
            Relation::Undefined => undefined = true,
            Relation::Disjoint => return NameRelation::Disjoint,
        }
    }
    match (undefined, superset, subset) {
        (false, false, false) => NameRelation::Equal,
        (false, true, false) => NameRelation::Superset,
        (false, false, true) => NameRelation::Subset,
        _ => NameRelation::Overlap,
    }
}
