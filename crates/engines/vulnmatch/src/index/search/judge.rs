//! Conditions of whole statements, judged by the leaves that are met.

use super::{Hit, bits, tags};
use crate::applicability::{DEEPEST, Truth};
use crate::criteria::Coverage;
use crate::index::file::{Index, numbers};
use crate::model::Operator;

impl Index {
    /// Judges the condition of a whole statement.
    ///
    /// Its parts of which no leaf is met and nothing is negated are stepped over: they could only name
    /// what the asset would need to have, and a finding needs a product that carries it. A statement
    /// may have hundreds, one for each appliance.
    pub(super) fn statement_tree(
        bytes: &[u8],
        hits: &[Hit],
        met: &[Hit],
        verdict: &mut Verdict,
        of_part: &mut Verdict,
    ) -> Option<()> {
        let (root, mut bytes) = Joint::read(bytes)?;
        if let Some(is_found) = usual(&root, bytes, hits, met, verdict, of_part) {
            return is_found.then_some(());
        }
        let mut parts = Vec::new();
        for _ in 0..root.parts {
            if let Some((joint, body)) = Joint::read(bytes)
                && joint.tag & tags::NEGATION == 0
                && !joint.has_any(hits)
                && !joint.has_any(met)
            {
                bytes = body.get(joint.bytes..)?;
                continue;
            }
            part(&mut bytes, hits, met, 1, &mut parts)?;
        }
        let negate = root.tag & tags::NEGATE != 0;
        let (coverage, carriers, groups) = Truth::join(root.operator, negate, parts).verdict()?;
        verdict.clear();
        verdict.coverage = Some(coverage);
        verdict.carriers.extend(carriers);
        for group in groups {
            verdict.runs.extend(group);
            verdict.ends.push(verdict.runs.len());
        }
        Some(())
    }
}

/// Coverage, carriers, and the groups of which one is lacking each.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) coverage: Option<Coverage>,
    pub(super) carriers: Vec<u32>,
    /// The groups one behind the other, and where each ends.
    runs: Vec<Run>,
    pub(super) ends: Vec<usize>,
}

impl Verdict {
    pub(super) fn clear(&mut self) {
        self.coverage = None;
        self.carriers.clear();
        self.runs.clear();
        self.ends.clear();
    }

    /// Another coverage takes the place of one that says less.
    pub(super) fn better(&mut self, coverage: Coverage) {
        if self
            .coverage
            .is_none_or(|known| coverage.confidence > known.confidence)
        {
            self.coverage = Some(coverage);
        }
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &[Run]> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let group = self.runs.get(begin..*end).unwrap_or_default();
            begin = *end;
            group
        })
    }
}

/// What became of a condition.
enum Became {
    /// It is of another form than looked for.
    Other,
    /// It is not met, and no product of the asset carries it.
    Unmet,
    /// It is met, and no product of the asset carries it.
    MetBeside,
    /// A product carries it; what is lacking is in the verdict.
    Carried,
}

/// The condition of a whole statement, when it is of the usual form: any of several conditions, each
/// of which [`flat`] or [`any`] judges. The answer is whether there is a finding. What is decided
/// here, [`Truth`] decides likewise.
fn usual(
    root: &Joint,
    mut bytes: &[u8],
    hits: &[Hit],
    met: &[Hit],
    verdict: &mut Verdict,
    of_part: &mut Verdict,
) -> Option<bool> {
    if root.operator != Operator::Or || root.tag & tags::NEGATION != 0 {
        return None;
    }
    verdict.clear();
    let (mut is_met, mut is_found) = (false, false);
    for _ in 0..root.parts {
        let (joint, body) = Joint::read(bytes)?;
        bytes = body.get(joint.bytes..)?;
        if !joint.has_any(hits) && !joint.has_any(met) {
            continue;
        }
        of_part.clear();
        let became = match flat(&joint, body, hits, met, of_part)? {
            Became::Other => any(&joint, body, hits, of_part)?,
            became => became,
        };
        match became {
            Became::Other | Became::MetBeside => return None,
            Became::Unmet => {}
            Became::Carried if !of_part.ends.is_empty() => {
                // Of what is lacking something, that which lacks the least.
                if !is_met && (!is_found || of_part.ends.len() < verdict.ends.len()) {
                    std::mem::swap(verdict, of_part);
                    is_found = true;
                }
            }
            Became::Carried if !is_met => {
                std::mem::swap(verdict, of_part);
                (is_met, is_found) = (true, true);
            }
            Became::Carried => {
                verdict.better(of_part.coverage?);
                verdict.carriers.extend_from_slice(&of_part.carriers);
            }
        }
    }
    Some(is_found)
}

/// As [`part`] and what follows from it, for the usual form: all of several parts, each of which is
/// any of some leaves. `None` of a damaged file.
fn flat(
    whole: &Joint,
    mut bytes: &[u8],
    hits: &[Hit],
    met: &[Hit],
    verdict: &mut Verdict,
) -> Option<Became> {
    if whole.operator != Operator::And || whole.tag & tags::NEGATION != 0 || whole.parts == 0 {
        return Some(Became::Other);
    }
    let Verdict {
        coverage: weakest,
        carriers,
        runs: lacking,
        ends,
    } = verdict;
    for _ in 0..whole.parts {
        let runs = match Joint::read(bytes) {
            Some((joint, body)) => {
                if joint.operator != Operator::Or || joint.parts == 0 {
                    return Some(Became::Other);
                }
                bytes = body;
                joint.parts
            }
            None => 1,
        };
        let before = carriers.len();
        let mut best: Option<(Coverage, bool)> = None;
        let first = lacking.len();
        for _ in 0..runs {
            let Some((run, after)) = Run::read(bytes) else {
                return Some(Became::Other);
            };
            bytes = after;
            lacking.push(run);
            let among = if run.vulnerable { hits } else { met };
            for leaf in run.met(among) {
                let coverage = best_of_leaf(among, leaf)?;
                let better = best.is_none_or(|(best, carries)| {
                    (run.vulnerable && !carries)
                        || (run.vulnerable == carries && coverage.confidence > best.confidence)
                });
                let carries = run.vulnerable || best.is_some_and(|(_, carries)| carries);
                if better {
                    best = Some((coverage, carries));
                } else if let Some(best) = &mut best {
                    best.1 = carries;
                }
                if run.vulnerable {
                    let of_leaf = among.iter().filter(|hit| hit.word & bits::LEAF == leaf);
                    carriers.extend(of_leaf.map(|hit| hit.carrier));
                }
            }
        }
        match best {
            Some((coverage, _)) => {
                lacking.truncate(first);
                if weakest.is_none_or(|weakest| coverage.confidence < weakest.confidence) {
                    *weakest = Some(coverage);
                }
            }
            None => {
                carriers.truncate(before);
                ends.push(lacking.len());
            }
        }
    }
    Some(match (carriers.is_empty(), ends.is_empty()) {
        (true, true) => Became::MetBeside,
        (true, false) => Became::Unmet,
        (false, _) => Became::Carried,
    })
}

/// As [`part`] and what follows from it, of a condition that has nothing but OR. `None` of a
/// damaged file.
fn any(whole: &Joint, body: &[u8], hits: &[Hit], verdict: &mut Verdict) -> Option<Became> {
    let mut inner = body.get(..whole.bytes)?;
    if whole.operator != Operator::Or || whole.tag & tags::NEGATION != 0 {
        return Some(Became::Other);
    }
    while !inner.is_empty() {
        inner = match Joint::read(inner) {
            Some((joint, body)) if joint.operator == Operator::Or => body,
            Some(_) => return Some(Became::Other),
            None => Run::read(inner)?.1,
        };
    }
    verdict.clear();
    let mut best: Option<(&Hit, u32)> = None;
    for hit in hits {
        let leaf = hit.word & bits::LEAF;
        let within = leaf
            .checked_sub(whole.first_leaf)
            .is_some_and(|place| place < whole.leaves);
        if !within {
            continue;
        }
        verdict.carriers.push(hit.carrier);
        // The first leaf of those that say the most.
        let better = best.is_none_or(|(best, of)| {
            let (new, old) = (hit.coverage.confidence, best.coverage.confidence);
            new > old || new == old && leaf < of
        });
        if better {
            best = Some((hit, leaf));
        }
    }
    verdict.coverage = best.map(|(hit, _)| hit.coverage);
    Some(match best {
        Some(_) => Became::Carried,
        // What stands beside may be met.
        None => Became::Other,
    })
}

/// The head of a joint.
struct Joint {
    tag: u8,
    operator: Operator,
    parts: u32,
    /// How many bytes the parts take.
    bytes: usize,
    first_leaf: u32,
    leaves: u32,
}

impl Joint {
    /// The joint that stands next, and what follows its head.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (tag, rest) = bytes.split_first()?;
        let operator = match tag & 0x0f {
            tags::OR => Operator::Or,
            tags::AND => Operator::And,
            _ => return None,
        };
        let (head, body) = rest.split_first_chunk::<16>()?;
        let [parts, bytes, first_leaf, leaves] = numbers::<4>(head);
        // Each part has at least nine bytes, so a damaged file cannot make this count for ever.
        if parts as usize > body.len() / 9 {
            return None;
        }
        let joint = Self {
            tag: *tag,
            operator,
            parts,
            bytes: bytes as usize,
            first_leaf,
            leaves,
        };
        Some((joint, body))
    }

    fn has_any(&self, hits: &[Hit]) -> bool {
        hits.iter().any(|hit| {
            (hit.word & bits::LEAF)
                .checked_sub(self.first_leaf)
                .is_some_and(|place| place < self.leaves)
        })
    }
}

/// Judges the condition that stands next, and puts what comes of it to `parts`: of a run the leaves
/// that are met, or the run as one that is not; of a joint the whole.
fn part(
    bytes: &mut &[u8],
    hits: &[Hit],
    met: &[Hit],
    depth: usize,
    parts: &mut Vec<Truth<Run>>,
) -> Option<()> {
    if let Some((run, rest)) = Run::read(bytes) {
        *bytes = rest;
        run.judge(hits, met, parts);
        return Some(());
    }
    let (joint, body) = Joint::read(bytes)?;
    *bytes = body;
    if depth > DEEPEST + 1 {
        return None;
    }
    let mut inner = Vec::new();
    for _ in 0..joint.parts {
        part(bytes, hits, met, depth + 1, &mut inner)?;
    }
    let negate = joint.tag & tags::NEGATE != 0;
    parts.push(Truth::join(joint.operator, negate, inner));
    Some(())
}

/// Leaves of a statement that stand side by side and are alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) count: u32,
    vulnerable: bool,
    /// The part that all have, as the index writes it.
    pub(super) part: u32,
}

impl Run {
    /// The run that stands next, and what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&tags::RUN, rest) = bytes.split_first()? else {
            return None;
        };
        let (head, after) = rest.split_first_chunk::<8>()?;
        let [count, word] = numbers::<2>(head);
        let run = Self {
            first: word & bits::LEAF,
            count,
            vulnerable: word & bits::VULNERABLE != 0,
            part: word & (tags::PART_O | tags::PART_H),
        };
        Some((run, after))
    }

    /// Its leaves that are met, in their order.
    fn met(self, among: &[Hit]) -> impl Iterator<Item = u32> + '_ {
        let mut above = self.first;
        std::iter::from_fn(move || {
            let leaf = among
                .iter()
                .map(|hit| hit.word & bits::LEAF)
                .filter(|leaf| *leaf >= above && *leaf - self.first < self.count)
                .min()?;
            above = leaf.saturating_add(1);
            Some(leaf)
        })
    }

    /// Puts its leaves that are met to `parts`, or itself when none is.
    fn judge(self, hits: &[Hit], met: &[Hit], parts: &mut Vec<Truth<Self>>) {
        let among = if self.vulnerable { hits } else { met };
        let before = parts.len();
        for leaf in self.met(among) {
            parts.push(Truth::leaf(of_leaf(among, leaf), self.vulnerable, self));
        }
        if parts.len() == before {
            parts.push(Truth::Lacking {
                coverage: None,
                carriers: Vec::new(),
                groups: vec![vec![self]],
            });
        }
    }
}

/// The best coverage of a leaf, the first of equals.
fn best_of_leaf(hits: &[Hit], leaf: u32) -> Option<Coverage> {
    let mut best: Option<Coverage> = None;
    for hit in hits.iter().filter(|hit| hit.word & bits::LEAF == leaf) {
        if best.is_none_or(|best| hit.coverage.confidence > best.confidence) {
            best = Some(hit.coverage);
        }
    }
    best
}

/// The best coverage of a leaf, and all products that it covers.
fn of_leaf(hits: &[Hit], leaf: u32) -> Option<(Coverage, Vec<u32>)> {
    let of_leaf = hits.iter().filter(|hit| hit.word & bits::LEAF == leaf);
    let carriers = of_leaf.map(|hit| hit.carrier).collect();
    Some((best_of_leaf(hits, leaf)?, carriers))
}
