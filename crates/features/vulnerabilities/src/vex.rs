//! What a vendor's document would do: which questions it would answer, which statements touch none
//! and why, which contradict an earlier answer or one another.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use vulnmatch::cpe::Name;
use vulnmatch::model::VulnerabilityId;

use crate::model::products::Resolved;
use crate::model::request::{Answer, RequestState};
use crate::model::vex::{Document, VexStatement};
use crate::store::findings::AtRevision;
use crate::store::requests::work::WorkItem;

/// Why a statement answers nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// No customer asks about this vulnerability.
    NotAsked,
    /// Customers ask about it in other products: these, as CPE names.
    OtherProduct(Vec<String>),
}

/// What becomes of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// The place of the question among those that were looked at.
    pub item: usize,
    /// The place of the statement in the document.
    pub statement: usize,
}

/// What a document would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// Questions that it would answer.
    pub answers: Vec<Planned>,
    /// Questions whose earlier answer it would change.
    pub contradicting: Vec<Planned>,
    /// Questions that were answered with the same already.
    pub same: usize,
    /// Questions of which the document says two different things; they are left as they are.
    pub disputed: Vec<Planned>,
    /// Statements that touch no question, with the reason.
    pub unmatched: Vec<(usize, Why)>,
}

/// The vulnerabilities of which a document speaks.
pub(crate) fn vulnerabilities(document: &Document) -> Vec<VulnerabilityId> {
    let mut found: Vec<VulnerabilityId> = document
        .statements
        .iter()
        .map(|statement| statement.vulnerability)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The products under which a question stands, as CPE names.
fn carriers(item: &WorkItem) -> Vec<Name> {
    item.product
        .split(' ')
        .filter_map(|text| Name::parse_lenient(text).ok())
        .collect()
}

impl Plan {
    /// Holds a document against the questions about its vulnerabilities.
    pub(crate) fn of(document: &Document, items: &[WorkItem]) -> Self {
        let mut by_vulnerability: HashMap<VulnerabilityId, Vec<usize>> = HashMap::new();
        let mut known: Vec<(Vec<Name>, Vec<Resolved>)> = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            by_vulnerability
                .entry(item.identifier())
                .or_default()
                .push(place);
            let texts = serde_json::from_value(item.texts.clone()).unwrap_or_default();
            known.push((carriers(item), texts));
        }
        let mut plan = Self::default();
        let mut said: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, statement) in document.statements.iter().enumerate() {
            let asked = by_vulnerability.get(&statement.vulnerability);
            let Some(asked) = asked else {
                plan.unmatched.push((number, Why::NotAsked));
                continue;
            };
            let mut touches = false;
            for place in asked {
                let fits = known
                    .get(*place)
                    .is_some_and(|(names, texts)| statement.product.is_one_of(names, texts));
                if fits {
                    touches = true;
                    said.entry(*place).or_default().push(number);
                }
            }
            if !touches {
                let mut others: Vec<String> = asked
                    .iter()
                    .filter_map(|place| items.get(*place))
                    .map(|item| item.product.clone())
                    .collect();
                others.sort();
                others.dedup();
                others.truncate(3);
                plan.unmatched.push((number, Why::OtherProduct(others)));
            }
        }
        for (item, statements) in said {
            plan.put(document, items, item, &statements);
        }
        plan
    }

    fn put(&mut self, document: &Document, items: &[WorkItem], item: usize, said: &[usize]) {
        let answer_of = |number: usize| {
            document
                .statements
                .get(number)
                .map(|statement: &VexStatement| &statement.answer)
        };
        let (Some(first), Some(question)) = (said.first().copied(), items.get(item)) else {
            return;
        };
        let planned = Planned {
            item,
            statement: first,
        };
        let Some(answer) = answer_of(first) else {
            return;
        };
        let agrees = |number: &usize| {
            answer_of(*number).is_some_and(|other| {
                other.status == answer.status && other.justification == answer.justification
            })
        };
        if !said.iter().all(agrees) {
            self.disputed.push(planned);
        } else if question.state() == RequestState::Asked {
            self.answers.push(planned);
        } else if question.answer().as_ref() == Some(answer) {
            self.same += 1;
        } else {
            self.contradicting.push(planned);
        }
    }

    /// What is done where the vendor says so: the answers, and those that replace earlier ones where
    /// it says that too. Questions with the same answer are together.
    pub(crate) fn acts(
        &self,
        document: &Document,
        items: &[WorkItem],
        replace: bool,
    ) -> Vec<(Answer, AtRevision)> {
        let replaced = self.contradicting.iter().filter(|_| replace);
        let mut by_statement: BTreeMap<usize, AtRevision> = BTreeMap::new();
        for planned in self.answers.iter().chain(replaced) {
            if let Some(item) = items.get(planned.item) {
                by_statement
                    .entry(planned.statement)
                    .or_default()
                    .push((item.id, Some(item.revision)));
            }
        }
        by_statement
            .into_iter()
            .filter_map(|(number, requests)| {
                let statement = document.statements.get(number)?;
                Some((statement.answer.clone(), requests))
            })
            .collect()
    }

    /// By which it is seen whether a plan is still the one that somebody looked at.
    pub(crate) fn fingerprint(&self, items: &[WorkItem]) -> String {
        let mut digest = Sha256::new();
        for (mark, list) in [(b'a', &self.answers), (b'c', &self.contradicting)] {
            for planned in list {
                let Some(item) = items.get(planned.item) else {
                    continue;
                };
                digest.update([mark]);
                digest.update(item.id.as_bytes());
                digest.update(item.revision.to_be_bytes());
                digest.update(planned.statement.to_be_bytes());
            }
        }
        HEXLOWER.encode(&digest.finalize())
    }
}
