//! Searching an index: every finding for the products of one asset.

mod cover;
mod judge;
mod lookup;
mod shared;

use self::judge::{Run, Verdict};
use self::lookup::Lookup;
use self::shared::Shared;
use super::NONE;
use super::file::{Index, Section, StatementRow, numbers};
use super::layers::Shown;
use super::{bits, tags};
use crate::applicability::{Alternatives, Carriers, Companion, Finding, Needs, Outcome, companion};
use crate::cpe::Name;
use crate::criteria::{Coverage, Systems};
use crate::model::{Confidence, Reason, Source};

/// Memory that searches use again.
#[derive(Debug, Default)]
pub struct Scratch {
    hits: Vec<Hit>,
    platform: Vec<Lookup>,
    rows: Vec<Option<StatementRow>>,
    judging: Judging,
}

/// Memory for the judgement of one statement after the other.
#[derive(Debug, Default)]
struct Judging {
    /// The leaves that are met beside the vulnerable ones.
    met: Vec<Hit>,
    /// The operating systems of the asset.
    systems: Systems,
    verdict: Verdict,
    of_part: Verdict,
    shared: Shared,
}

/// A criterion that covers a product of the asset.
#[derive(Debug, Clone, Copy)]
struct Hit {
    statement: u32,
    word: u32,
    carrier: u32,
    coverage: Coverage,
    /// Of these systems the asset would have to have one.
    lacking: Systems,
}

impl Index {
    /// Every finding for the products of one asset, in the order of the statements.
    ///
    /// # Examples
    ///
    /// See [`Builder`](super::Builder) and the crate's documentation.
    #[must_use]
    pub fn findings(&self, asset: &[Name], scratch: &mut Scratch) -> Vec<Finding> {
        let names: Vec<&Name> = asset.iter().collect();
        let mut findings = Vec::new();
        self.visit(&names, scratch, &mut |finding| findings.push(finding));
        findings
    }

    /// As [`Index::findings`], handing out one after the other.
    pub fn visit(&self, asset: &[&Name], scratch: &mut Scratch, each: &mut dyn FnMut(Finding)) {
        self.visit_shown(asset, scratch, None, each);
    }

    /// As [`Index::visit`], where statements are shown otherwise than the index says by itself.
    pub(super) fn visit_shown(
        &self,
        asset: &[&Name],
        scratch: &mut Scratch,
        shown: Option<&Shown>,
        each: &mut dyn FnMut(Finding),
    ) {
        let Scratch {
            hits,
            platform,
            rows,
            judging,
        } = scratch;
        hits.clear();
        platform.clear();
        let systems = Systems::of(asset);
        judging.systems = systems;
        for (carrier, name) in (0u32..).zip(asset) {
            self.lookups(carrier, name, systems, platform);
            self.wild_hits(carrier, name, systems, hits);
        }
        for lookup in &*platform {
            if let Some(name) = asset.get(lookup.carrier as usize) {
                self.vulnerable(lookup, name, hits);
            }
        }
        // Every list is in the order of statements: this sort merges such runs, others would not.
        hits.sort_by_key(|hit| hit.statement);
        // The rows of the statements lie all over the file. Read in one go, the processor waits for
        // many of them at once; read beside the work on each finding, for one after the other.
        rows.clear();
        let mut before = NONE;
        for hit in &*hits {
            if hit.statement != before || rows.is_empty() {
                rows.push(self.statement(hit.statement));
                before = hit.statement;
            }
        }
        let mut rest = hits.as_slice();
        for row in rows.iter() {
            let Some(first) = rest.first() else { break };
            // Most groups are of one.
            let end = rest
                .iter()
                .position(|hit| hit.statement != first.statement)
                .unwrap_or(rest.len());
            let (group, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after;
            if let Some(row) = row
                && let Some(finding) = self.finding(group, row, asset, platform, shown, judging)
            {
                each(finding);
            }
        }
    }

    fn finding(
        &self,
        group: &[Hit],
        row: &StatementRow,
        asset: &[&Name],
        platform: &[Lookup],
        shown: Option<&Shown>,
        judging: &mut Judging,
    ) -> Option<Finding> {
        let first = group.first()?;
        let is_shown = match shown {
            Some(shown) => shown.shows(first.statement, row.silenced),
            None => !row.silenced,
        };
        if !is_shown {
            return None;
        }
        let source = Source::from_code(row.source)?;
        if group.len() == 1 && first.word & bits::SIMPLE != 0 && first.lacking.is_none() {
            return Some(Finding {
                id: row.id,
                source,
                outcome: Outcome::Affected,
                confidence: first.coverage.confidence,
                reason: first.coverage.reason,
                carriers: Carriers::one(first.carrier),
            });
        }
        let Judging {
            met,
            systems,
            verdict,
            of_part,
            shared,
        } = judging;
        verdict.clear();
        let mut outcome = Outcome::Affected;
        if first.word & bits::SIMPLE != 0 {
            verdict.coverage = Some(first.coverage);
            for hit in group {
                verdict.better(hit.coverage);
                verdict.carriers.push(hit.carrier);
            }
        } else {
            let [.., tree, leaves, _] = self.row::<6>(Section::Statements, first.statement)?;
            let [.., end, _, _] =
                self.row::<6>(Section::Statements, first.statement.saturating_add(1))?;
            let bytes = self
                .section(Section::Trees)
                .get(tree as usize..end as usize)?;
            self.platform_hits(first.statement, asset, platform, *systems, met);
            Self::statement_tree(bytes, group, met, verdict, of_part)?;
            if !verdict.ends.is_empty() {
                let mut companions = Vec::with_capacity(verdict.ends.len());
                for group in verdict.groups() {
                    companions.push(self.companion(group, leaves, asset, shared));
                }
                outcome = Outcome::AffectedIf(companions);
            }
        }
        let mut needs = Needs::default();
        for hit in group {
            needs.hit(hit.lacking);
        }
        if let Some(companion) = needs.companion(asset) {
            match &mut outcome {
                Outcome::Affected => outcome = Outcome::AffectedIf(vec![companion]),
                Outcome::AffectedIf(companions) => companions.push(companion),
            }
        }
        verdict.carriers.sort_unstable();
        verdict.carriers.dedup();
        let coverage = verdict.coverage?;
        Some(Finding {
            id: row.id,
            source,
            outcome,
            confidence: coverage.confidence,
            reason: coverage.reason,
            carriers: Carriers::of(&verdict.carriers),
        })
    }

    /// The leaves of a statement that are not themselves vulnerable and that the asset meets.
    fn platform_hits(
        &self,
        statement: u32,
        asset: &[&Name],
        platform: &[Lookup],
        systems: Systems,
        met: &mut Vec<Hit>,
    ) {
        met.clear();
        for lookup in platform {
            let Some(name) = asset.get(lookup.carrier as usize) else {
                continue;
            };
            self.lists(lookup, false, &mut |list| {
                let width = list.width * 4;
                let count = list.rows.len() / width;
                let statement_of = |row: usize| {
                    list.rows
                        .get(row * width + width - 12..)
                        .map_or(NONE, |bytes| numbers::<1>(bytes)[0])
                };
                let (mut low, mut high) = (0, count);
                while low < high {
                    let middle = low + (high - low) / 2;
                    if statement_of(middle) < statement {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                for row in list
                    .rows
                    .get(low * width..)
                    .unwrap_or_default()
                    .chunks_exact(width)
                {
                    let entry = numbers::<3>(row.get(width - 12..).unwrap_or_default());
                    let [of, word, _] = entry;
                    if of != statement {
                        break;
                    }
                    let found = if lookup.by_family {
                        // Only a family named as a whole is met by its members.
                        let whole = word & bits::VERSION_PATTERN == 0;
                        whole.then_some(Hit {
                            statement: of,
                            word,
                            carrier: lookup.carrier,
                            coverage: Coverage {
                                confidence: Confidence::Exact,
                                reason: Reason::PlatformFamily,
                            },
                            lacking: Systems::NONE,
                        })
                    } else {
                        self.row_covers(list, row, lookup, name)
                    };
                    met.extend(found);
                }
            });
        }
        for wild in self.wild() {
            if wild.statement != statement || wild.criterion.vulnerable {
                continue;
            }
            for (carrier, name) in (0u32..).zip(asset) {
                if let Some((coverage, lacking)) = wild.criterion.covers_among(name, systems) {
                    met.push(Hit {
                        statement,
                        word: wild.word,
                        carrier,
                        coverage,
                        lacking,
                    });
                }
            }
        }
        met.sort_unstable_by_key(|hit| hit.word & bits::LEAF);
    }

    /// A group of leaves of a statement whose leaves begin at `leaves`, as a companion.
    fn companion(
        &self,
        group: &[Run],
        leaves: u32,
        asset: &[&Name],
        shared: &mut Shared,
    ) -> Companion {
        let alternatives = group.iter().map(|run| run.count as usize).sum();
        let first = group.first().map_or(0, |run| run.part);
        let common = match first {
            _ if group.iter().any(|run| run.part != first) => None,
            tags::PART_O => Some(b'o'),
            tags::PART_H => Some(b'h'),
            _ => None,
        };
        let write = || {
            let texts = group
                .iter()
                .flat_map(|run| run.first..run.first.saturating_add(run.count))
                .map(|leaf| {
                    self.row::<2>(Section::Leaves, leaves.saturating_add(leaf))
                        .map(|[begin, length]| self.text(begin, length))
                        .unwrap_or_default()
                });
            Alternatives::of(texts)
        };
        let any_of = match group {
            [run] => shared.get(
                self.identity(),
                leaves.saturating_add(run.first),
                run.count,
                write,
            ),
            _ => write(),
        };
        companion(alternatives, common, any_of, asset)
    }
}
