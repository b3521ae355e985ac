//! Conditions over the products of an asset, and the three outcomes.
//!
//! A condition is judged over the whole set of products of one asset: the appliance, its firmware
//! and what runs on it. *AND* is never flattened to *OR*: a flaw of a firmware that exists only on
//! some appliances does not touch the others, and a flaw that needs two products together is, when
//! only one is there, [`Outcome::AffectedIf`] the other is present.

use std::fmt;
use std::sync::Arc;

use crate::cpe::Name;
use crate::criteria::{Coverage, Systems};
use crate::model::{
    Condition, Confidence, Criterion, Operator, Reason, Source, Statement, VulnerabilityId,
};

/// How deep conditions may be nested; deeper ones are not met.
pub const DEEPEST: usize = 32;
/// How many alternatives of a companion are named; [`Companion::more`] counts the rest.
pub const MOST_ALTERNATIVES: usize = 8;

/// Something that an asset would have to have besides to be affected.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Companion {
    /// Any one of these, as criteria.
    pub any_of: Alternatives,
    /// How many further alternatives there are.
    pub more: usize,
    /// Whether all alternatives are operating systems (or all hardware) and the asset names another
    /// operating system (or other hardware): the companion is then probably absent, not unlisted.
    pub asset_has_another: bool,
}

/// What a statement means for an asset. An asset that is not affected has no finding.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "companions")]
pub enum Outcome {
    /// The asset is affected.
    Affected,
    /// The asset is affected if it has each of these besides.
    AffectedIf(Vec<Companion>),
}

/// A vulnerability that touches an asset.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Which vulnerability.
    pub id: VulnerabilityId,
    /// Who says so.
    pub source: Source,
    /// Whether it needs something besides.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How far the finding may be trusted.
    pub confidence: Confidence,
    /// Why no further, or why at all.
    pub reason: Reason,
    /// Which of the asset's products carry it, by their place in the asset.
    pub carriers: Carriers,
}

/// Places of products in an asset, in order. Nearly always it is one, which needs no memory of its
/// own; a search hands out thousands.
#[derive(Clone, PartialEq, Eq)]
pub struct Carriers(Places);

#[derive(Clone, PartialEq, Eq)]
enum Places {
    One([u32; 1]),
    Many(Vec<u32>),
}

impl Carriers {
    /// One product.
    #[must_use]
    pub const fn one(place: u32) -> Self {
        Self(Places::One([place]))
    }

    pub(crate) fn of(places: &[u32]) -> Self {
        match places {
            [place] => Self::one(*place),
            _ => Self(Places::Many(places.to_vec())),
        }
    }
}

impl From<Vec<u32>> for Carriers {
    fn from(places: Vec<u32>) -> Self {
        match places.as_slice() {
            [place] => Self::one(*place),
            _ => Self(Places::Many(places)),
        }
    }
}

impl std::ops::Deref for Carriers {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match &self.0 {
            Places::One(place) => place,
            Places::Many(places) => places,
        }
    }
}

impl<'a> IntoIterator for &'a Carriers {
    type Item = &'a u32;
    type IntoIter = std::slice::Iter<'a, u32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Carriers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

impl serde::Serialize for Carriers {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// Criteria as texts, at most [`MOST_ALTERNATIVES`]. Findings of many assets share them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Alternatives(Arc<Texts>);

/// Texts in one piece.
#[derive(PartialEq, Eq, Default)]
struct Texts {
    text: String,
    ends: [u32; MOST_ALTERNATIVES],
    count: u8,
}

impl Alternatives {
    /// The first of the texts, without those that follow their like.
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut kept = [""; MOST_ALTERNATIVES];
        let mut count = 0;
        let mut length = 0;
        let mut before = None;
        for text in texts.take(MOST_ALTERNATIVES) {
            if before != Some(text)
                && let Some(place) = kept.get_mut(count)
            {
                *place = text;
                count += 1;
                length += text.len();
            }
            before = Some(text);
        }
        let mut alternatives = Texts {
            text: String::with_capacity(length),
            ends: [0; MOST_ALTERNATIVES],
            count: u8::try_from(count).unwrap_or(u8::MAX),
        };
        for (text, end) in kept.iter().take(count).zip(&mut alternatives.ends) {
            alternatives.text.push_str(text);
            *end = u32::try_from(alternatives.text.len()).unwrap_or(u32::MAX);
        }
        Self(Arc::new(alternatives))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.0.count)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.count == 0
    }

    /// The texts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut begin = 0;
        self.0.ends.iter().take(self.len()).map(move |end| {
            let text = self.0.text.get(begin..*end as usize).unwrap_or_default();
            begin = *end as usize;
            text
        })
    }
}

impl fmt::Debug for Alternatives {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl serde::Serialize for Alternatives {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<const N: usize> PartialEq<[&str; N]> for Alternatives {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

/// What is met of a part of a condition. Shared by the judgement of whole statements and by that of
/// the index, so that both decide alike.
pub(crate) enum Truth<L> {
    Met {
        coverage: Option<Coverage>,
        carriers: Vec<u32>,
    },
    /// Not met; would be if each of the groups had one of its members.
    Lacking {
        coverage: Option<Coverage>,
        carriers: Vec<u32>,
        groups: Vec<Vec<L>>,
    },
    Never,
}

/// Coverage, carriers and the groups that are lacking.
type Partly<L> = (Option<Coverage>, Vec<u32>, Vec<Vec<L>>);

impl<L> Truth<L> {
    pub(crate) fn leaf(hit: Option<(Coverage, Vec<u32>)>, vulnerable: bool, leaf: L) -> Self {
        match hit {
            Some((coverage, carriers)) => Self::Met {
                coverage: Some(coverage),
                carriers: if vulnerable { carriers } else { Vec::new() },
            },
            None => Self::Lacking {
                coverage: None,
                carriers: Vec::new(),
                groups: vec![vec![leaf]],
            },
        }
    }

    pub(crate) fn join(operator: Operator, negate: bool, parts: Vec<Self>) -> Self {
        let joined = match operator {
            Operator::Or => Self::or(parts),
            Operator::And => Self::and(parts),
        };
        match joined {
            whole if !negate => whole,
            Self::Met { .. } => Self::Never,
            // What the asset does not list is taken as absent here.
            Self::Lacking { .. } | Self::Never => Self::Met {
                coverage: None,
                carriers: Vec::new(),
            },
        }
    }

    fn or(parts: Vec<Self>) -> Self {
        let mut met: Option<(Option<Coverage>, Vec<u32>)> = None;
        let mut partly: Option<Partly<L>> = None;
        let mut alternatives = Vec::new();
        let mut lacking = false;
        for part in parts {
            match part {
                Self::Met { coverage, carriers } => match &mut met {
                    None => met = Some((coverage, carriers)),
                    Some((best, all)) => {
                        // A leg that carries says more than one that only stands beside.
                        if (!carriers.is_empty() && all.is_empty())
                            || (carriers.is_empty() == all.is_empty()
                                && coverage.map(|c| c.confidence) > best.map(|c| c.confidence))
                        {
                            *best = coverage;
                        }
                        all.extend(carriers);
                    }
                },
                Self::Lacking {
                    coverage,
                    carriers,
                    groups,
                } => {
                    lacking = true;
                    if carriers.is_empty() {
                        alternatives.extend(groups.into_iter().flatten());
                    } else if partly
                        .as_ref()
                        .is_none_or(|(_, _, fewest)| groups.len() < fewest.len())
                    {
                        partly = Some((coverage, carriers, groups));
                    }
                }
                Self::Never => {}
            }
        }
        match (met, partly) {
            (Some((coverage, carriers)), _) => Self::Met { coverage, carriers },
            (None, Some((coverage, carriers, groups))) => Self::Lacking {
                coverage,
                carriers,
                groups,
            },
            (None, None) if lacking => Self::Lacking {
                coverage: None,
                carriers: Vec::new(),
                groups: vec![alternatives],
            },
            (None, None) => Self::Never,
        }
    }

    fn and(parts: Vec<Self>) -> Self {
        if parts.is_empty() {
            return Self::Never;
        }
        let mut weakest: Option<Coverage> = None;
        let mut all = Vec::new();
        let mut unmet = Vec::new();
        let mut weaken = |coverage: Option<Coverage>| {
            if let Some(coverage) = coverage
                && weakest.is_none_or(|weakest| coverage.confidence < weakest.confidence)
            {
                weakest = Some(coverage);
            }
        };
        for part in parts {
            match part {
                Self::Met { coverage, carriers } => {
                    weaken(coverage);
                    all.extend(carriers);
                }
                Self::Lacking {
                    coverage,
                    carriers,
                    groups,
                } => {
                    weaken(coverage);
                    all.extend(carriers);
                    unmet.extend(groups);
                }
                Self::Never => return Self::Never,
            }
        }
        if unmet.is_empty() {
            Self::Met {
                coverage: weakest,
                carriers: all,
            }
        } else {
            Self::Lacking {
                coverage: weakest,
                carriers: all,
                groups: unmet,
            }
        }
    }

    /// What the whole means: the coverage, the carriers, and the groups that are lacking.
    pub(crate) fn verdict(self) -> Option<(Coverage, Vec<u32>, Vec<Vec<L>>)> {
        let (coverage, mut carriers, groups) = match self {
            Self::Met { coverage, carriers } => (coverage, carriers, Vec::new()),
            Self::Lacking {
                coverage,
                carriers,
                groups,
            } => (coverage, carriers, groups),
            Self::Never => return None,
        };
        if carriers.is_empty() {
            return None;
        }
        carriers.sort_unstable();
        carriers.dedup();
        Some((coverage?, carriers, groups))
    }
}

/// Tells how a criterion covers a name, and of which systems the asset would have to have one.
pub(crate) type Covers<'c, 'a> =
    dyn FnMut(&'a Criterion, &Name) -> Option<(Coverage, Systems)> + 'c;

/// Which operating systems the vulnerable products of a statement need that the asset does not name.
/// It needs one of them when no vulnerable criterion covers without.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    systems: Systems,
    covered_without: bool,
}

impl Needs {
    /// A vulnerable criterion covers a product on any of these systems.
    pub(crate) const fn hit(&mut self, lacking: Systems) {
        if lacking.is_none() {
            self.covered_without = true;
        }
        self.systems = self.systems.and(lacking);
    }

    pub(crate) fn companion(self, asset: &[&Name]) -> Option<Companion> {
        let needs_one = !self.covered_without && !self.systems.is_none();
        needs_one.then(|| self.systems.companion(asset))
    }
}

/// A group as a companion: how many alternatives it has, of which part (`o` or `h`) all of them are
/// if of one, and their texts as far as they are shown.
pub(crate) fn companion(
    alternatives: usize,
    common: Option<u8>,
    any_of: Alternatives,
    asset: &[&Name],
) -> Companion {
    let part = |name: &&Name| {
        name.literal(crate::cpe::Attribute::Part)
            .and_then(|text| text.bytes().next())
    };
    Companion {
        more: alternatives.saturating_sub(MOST_ALTERNATIVES),
        any_of,
        asset_has_another: common.is_some() && asset.iter().any(|name| part(name) == common),
    }
}

/// The group of a statement's own criteria as a companion.
fn companion_of(group: &[&Criterion], asset: &[&Name]) -> Companion {
    let part = |criterion: &&Criterion| {
        criterion
            .name
            .literal(crate::cpe::Attribute::Part)
            .and_then(|text| text.bytes().next())
    };
    let common = group.first().and_then(part).filter(|first| {
        matches!(first, b'o' | b'h') && group.iter().all(|c| part(c) == Some(*first))
    });
    let texts: Vec<String> = group
        .iter()
        .take(MOST_ALTERNATIVES)
        .map(|criterion| criterion.to_string())
        .collect();
    companion(
        group.len(),
        common,
        Alternatives::of(texts.iter().map(String::as_str)),
        asset,
    )
}

impl Statement {
    /// Judges the statement over all products of an asset: the definition that the index follows.
    ///
    /// ```
    /// use vulnmatch::applicability::Outcome;
    /// use vulnmatch::cpe::Name;
    /// use vulnmatch::model::{Condition, Criterion, Range, Source, Statement};
    /// let name = |text| Name::parse_lenient(text).expect("a name");
    /// let firmware = Criterion::vulnerable(name("cpe:2.3:o:v:firmware:1.0"), Range::default());
    /// let device = Criterion::platform(name("cpe:2.3:h:v:device:-"));
    /// let statement = Statement {
    ///     id: "CVE-2024-0001".parse()?,
    ///     source: Source::Nvd,
    ///     configurations: vec![Condition::all(vec![
    ///         Condition::Criterion(firmware),
    ///         Condition::Criterion(device),
    ///     ])],
    /// };
    /// let both = [name("cpe:2.3:o:v:firmware:1.0"), name("cpe:2.3:h:v:device:-")];
    /// assert_eq!(statement.judge(&both).map(|f| f.outcome), Some(Outcome::Affected));
    /// let Some(Outcome::AffectedIf(companions)) = statement.judge(&both[..1]).map(|f| f.outcome)
    /// else { panic!() };
    /// assert_eq!(companions[0].any_of, ["cpe:2.3:h:v:device:-:*:*:*:*:*:*:*"]);
    /// assert_eq!(statement.judge(&both[1..]), None);
    /// # Ok::<(), vulnmatch::model::NotAnId>(())
    /// ```
    #[must_use]
    pub fn judge(&self, asset: &[Name]) -> Option<Finding> {
        let names: Vec<&Name> = asset.iter().collect();
        let systems = Systems::of(&names);
        self.judge_by(&names, &mut |criterion, name| {
            criterion.covers_among(name, systems)
        })
    }

    /// As [`Statement::judge`], with what covers told by the caller, who may know it already.
    pub(crate) fn judge_by<'a>(
        &'a self,
        names: &[&Name],
        covers: &mut Covers<'_, 'a>,
    ) -> Option<Finding> {
        let mut needs = Needs::default();
        let mut noted = |criterion: &'a Criterion, name: &Name| {
            let found = covers(criterion, name);
            if let Some((_, lacking)) = found
                && criterion.vulnerable
            {
                needs.hit(lacking);
            }
            found
        };
        let parts = self
            .configurations
            .iter()
            .map(|condition| judge(condition, names, &mut noted, 0))
            .collect();
        let (coverage, carriers, groups) = Truth::or(parts).verdict()?;
        let mut companions: Vec<Companion> = groups
            .iter()
            .map(|group| companion_of(group, names))
            .collect();
        companions.extend(needs.companion(names));
        Some(Finding {
            id: self.id,
            source: self.source,
            outcome: if companions.is_empty() {
                Outcome::Affected
            } else {
                Outcome::AffectedIf(companions)
            },
            confidence: coverage.confidence,
            reason: coverage.reason,
            carriers: carriers.into(),
        })
    }
}

fn judge<'a>(
    condition: &'a Condition,
    asset: &[&Name],
    covers: &mut Covers<'_, 'a>,
    depth: usize,
) -> Truth<&'a Criterion> {
    match condition {
        _ if depth > DEEPEST => Truth::Never,
        Condition::Criterion(criterion) => Truth::leaf(
            hit(criterion, asset, covers),
            criterion.vulnerable,
            criterion,
        ),
        Condition::Joined {
            operator,
            negate,
            conditions,
        } => Truth::join(
            *operator,
            *negate,
            conditions
                .iter()
                .map(|condition| judge(condition, asset, covers, depth + 1))
                .collect(),
        ),
    }
}

/// The best coverage among the products, and all that are covered.
fn hit<'a>(
    criterion: &'a Criterion,
    asset: &[&Name],
    covers: &mut Covers<'_, 'a>,
) -> Option<(Coverage, Vec<u32>)> {
    let mut best: Option<Coverage> = None;
    let mut carriers = Vec::new();
    for (place, name) in (0u32..).zip(asset) {
        if let Some((coverage, _)) = covers(criterion, name) {
            if best.is_none_or(|best| coverage.confidence > best.confidence) {
                best = Some(coverage);
            }
            carriers.push(place);
        }
    }
    best.map(|coverage| (coverage, carriers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Range;

    fn name(text: &str) -> Name {
        Name::parse_lenient(text).unwrap()
    }

    fn vulnerable(text: &str) -> Condition {
        Condition::Criterion(Criterion::vulnerable(name(text), Range::default()))
    }

    fn platform(text: &str) -> Condition {
        Condition::Criterion(Criterion::platform(name(text)))
    }

    fn joined(operator: Operator, negate: bool, conditions: Vec<Condition>) -> Condition {
        Condition::Joined {
            operator,
            negate,
            conditions,
        }
    }

    fn outcome(configurations: Vec<Condition>, asset: &[&str]) -> String {
        let statement = Statement {
            id: "CVE-2024-0001".parse().unwrap(),
            source: Source::Nvd,
            configurations,
        };
        let asset: Vec<Name> = asset.iter().map(|text| name(text)).collect();
        match statement.judge(&asset) {
            None => "not affected".to_owned(),
            Some(finding) => {
                let carriers = finding.carriers;
                match finding.outcome {
                    Outcome::Affected => format!("affected by {carriers:?}"),
                    Outcome::AffectedIf(companions) => {
                        let all: Vec<String> = companions
                            .iter()
                            .map(|companion| {
                                let names: Vec<&str> = companion
                                    .any_of
                                    .iter()
                                    .map(|text| text.split(':').nth(4).unwrap())
                                    .collect();
                                let another = if companion.asset_has_another { "!" } else { "" };
                                format!("{}{another}", names.join("|"))
                            })
                            .collect();
                        format!("affected by {carriers:?} if {}", all.join(" and "))
                    }
                }
            }
        }
    }

    #[test]
    fn running_on() {
        let tree = || {
            vec![Condition::all(vec![
                joined(Operator::Or, false, vec![vulnerable("cpe:2.3:o:v:fw:1")]),
                joined(
                    Operator::Or,
                    false,
                    vec![
                        platform("cpe:2.3:h:v:box1:-"),
                        platform("cpe:2.3:h:v:box2:-"),
                    ],
                ),
            ])]
        };
        let outcome = |asset: &[&str]| outcome(tree(), asset);
        assert_eq!(
            outcome(&["cpe:2.3:o:v:fw:1", "cpe:2.3:h:v:box2:-"]),
            "affected by [0]"
        );
        assert_eq!(
            outcome(&["cpe:2.3:h:v:box1:-", "cpe:2.3:o:v:fw:1"]),
            "affected by [1]"
        );
        assert_eq!(
            outcome(&["cpe:2.3:o:v:fw:1"]),
            "affected by [0] if box1|box2"
        );
        assert_eq!(
            outcome(&["cpe:2.3:o:v:fw:1", "cpe:2.3:h:v:box3:-"]),
            "affected by [0] if box1|box2!"
        );
        assert_eq!(outcome(&["cpe:2.3:h:v:box1:-"]), "not affected");
        assert_eq!(
            outcome(&["cpe:2.3:o:v:fw:2", "cpe:2.3:h:v:box1:-"]),
            "not affected"
        );
        assert_eq!(outcome(&[]), "not affected");
    }

    #[test]
    fn two_vulnerable_legs() {
        let tree = || {
            vec![Condition::all(vec![
                vulnerable("cpe:2.3:a:v:one:1"),
                vulnerable("cpe:2.3:a:v:two:1"),
            ])]
        };
        assert_eq!(
            outcome(tree(), &["cpe:2.3:a:v:one:1", "cpe:2.3:a:v:two:1"]),
            "affected by [0, 1]"
        );
        assert_eq!(
            outcome(tree(), &["cpe:2.3:a:v:two:1"]),
            "affected by [0] if one"
        );
    }

    #[test]
    fn nesting_and_several_configurations() {
        let inner = joined(
            Operator::And,
            false,
            vec![
                vulnerable("cpe:2.3:a:v:one:1"),
                platform("cpe:2.3:a:v:lib:1"),
            ],
        );
        let tree = || {
            vec![
                joined(
                    Operator::And,
                    false,
                    vec![
                        joined(
                            Operator::Or,
                            false,
                            vec![inner.clone(), vulnerable("cpe:2.3:a:v:two:1")],
                        ),
                        platform("cpe:2.3:o:v:os:-"),
                    ],
                ),
                joined(Operator::Or, false, vec![vulnerable("cpe:2.3:a:v:three:1")]),
            ]
        };
        let outcome = |asset: &[&str]| outcome(tree(), asset);
        assert_eq!(
            outcome(&["cpe:2.3:a:v:one:1"]),
            "affected by [0] if lib and os"
        );
        assert_eq!(
            outcome(&["cpe:2.3:a:v:one:1", "cpe:2.3:o:v:os:-"]),
            "affected by [0] if lib"
        );
        assert_eq!(
            outcome(&["cpe:2.3:a:v:two:1", "cpe:2.3:o:v:os:-"]),
            "affected by [0]"
        );
        assert_eq!(outcome(&["cpe:2.3:a:v:three:1"]), "affected by [0]");
        assert_eq!(
            outcome(&["cpe:2.3:a:v:one:1", "cpe:2.3:a:v:three:1"]),
            "affected by [1]"
        );
    }

    #[test]
    fn negation() {
        let tree = || {
            vec![Condition::all(vec![
                vulnerable("cpe:2.3:a:v:one:1"),
                joined(Operator::Or, true, vec![platform("cpe:2.3:a:v:shield:-")]),
            ])]
        };
        assert_eq!(outcome(tree(), &["cpe:2.3:a:v:one:1"]), "affected by [0]");
        assert_eq!(
            outcome(tree(), &["cpe:2.3:a:v:one:1", "cpe:2.3:a:v:shield:-"]),
            "not affected"
        );
        // Everything but one product is no reason to call all assets affected.
        let all_but = vec![joined(
            Operator::Or,
            true,
            vec![vulnerable("cpe:2.3:a:v:one:1")],
        )];
        assert_eq!(outcome(all_but, &["cpe:2.3:a:v:two:1"]), "not affected");
    }

    #[test]
    fn odd_trees() {
        assert_eq!(outcome(vec![], &["cpe:2.3:a:v:one:1"]), "not affected");
        let empty = joined(Operator::Or, false, vec![]);
        assert_eq!(
            outcome(vec![empty.clone()], &["cpe:2.3:a:v:one:1"]),
            "not affected"
        );
        let with_empty = joined(
            Operator::And,
            false,
            vec![vulnerable("cpe:2.3:a:v:one:1"), empty],
        );
        assert_eq!(
            outcome(vec![with_empty], &["cpe:2.3:a:v:one:1"]),
            "not affected"
        );
        let only_platform = joined(Operator::Or, false, vec![platform("cpe:2.3:a:v:one:1")]);
        assert_eq!(
            outcome(vec![only_platform], &["cpe:2.3:a:v:one:1"]),
            "not affected"
        );
        let mut deep = vulnerable("cpe:2.3:a:v:one:1");
        for _ in 0..100 {
            deep = joined(Operator::Or, false, vec![deep]);
        }
        assert_eq!(outcome(vec![deep], &["cpe:2.3:a:v:one:1"]), "not affected");
    }

    #[test]
    fn the_weakest_leg_of_and_decides_the_confidence() {
        let statement = Statement {
            id: "CVE-2024-0001".parse().unwrap(),
            source: Source::Nvd,
            configurations: vec![Condition::all(vec![
                vulnerable("cpe:2.3:a:v:one:1"),
                platform("cpe:2.3:o:v:os:1"),
            ])],
        };
        let asset = [name("cpe:2.3:a:v:one:1"), name("cpe:2.3:o:v:os")];
        let finding = statement.judge(&asset).unwrap();
        assert_eq!(finding.confidence, Confidence::ProductOnly);
        assert_eq!(finding.reason, Reason::AssetVersionUnknown);
    }
}
