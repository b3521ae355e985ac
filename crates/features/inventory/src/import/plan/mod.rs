//! What the files would do to the register.

mod after;
mod devices;
mod questions;
mod surroundings;

use std::collections::{BTreeMap, HashMap};

use discovery::model::{
    Device, Field, Incomplete, Network, Presence, Problem as FileProblem, Report, Service,
    SourceKind, Subject,
};
use discovery::reconcile::{
    self, Answers, BaselineService, ChangeKind, Coverage, Scope, Settings, Source,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::bridge::{self, Identity, SoftwareGroup, SoftwareLine, Unusable};
use super::read::map_columns;
use super::sheet::{SheetPlan, SheetTable, plan_sheets};
use super::{Decisions, FileContent, SourceFile};
use crate::model::Asset;

pub(crate) use after::{after, recognised, record_of};
pub use questions::{Notice, Question};
use surroundings::moment;
pub use surroundings::{Known, Names, Surroundings};
pub(crate) use surroundings::{key_of_device, registered};

/// One field of a record that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The register's field.
    pub field: &'static str,
    /// What it does.
    pub kind: ChangeKind,
    /// What stands there.
    pub before: Json,
    /// What would stand there.
    pub after: Json,
    /// The sources that say so.
    pub sources: Vec<String>,
    /// What other sources of the same weight say instead.
    pub disputed: Vec<String>,
}

/// A value that has no place in the register as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The fact.
    pub field: Field,
    /// The value as written.
    pub value: String,
}

impl From<Unusable> for SetAside {
    fn from(unusable: Unusable) -> Self {
        Self {
            field: unusable.field,
            value: unusable.value,
        }
    }
}

/// What is learned of a device that stands in the register, or will.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// By what it is recognised from now on.
    pub identity: Identity,
    /// Its software by who lists it; lists of others stay as they are.
    pub software: BTreeMap<SoftwareGroup, Vec<SoftwareLine>>,
    /// The services that listen, where a source looked.
    pub services: Option<Vec<Service>>,
    /// When it was last there, in microseconds; none where no source saw it.
    pub seen_at: Option<i64>,
    /// The sources.
    pub sources: Vec<String>,
}

/// A device that stands in no row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewAsset {
    /// By what it is recognised: the strongest of its keys.
    pub key: String,
    /// The record that would be added.
    pub asset: Asset,
    /// Whether a person left it out.
    pub is_left_out: bool,
    /// Whether a question about it was answered so: then the answer decides, not the list.
    pub is_answered: bool,
    /// What has no place in the register.
    pub set_aside: Vec<SetAside>,
    /// What is learned beside the record.
    pub duty: Duty,
    /// What was seen, for who decides later.
    #[serde(skip)]
    pub device: Device,
}

/// A row of the register that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetChange {
    /// The record.
    pub id: Uuid,
    /// Its revision as the plan was made.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// What would change.
    pub lines: Vec<Line>,
    /// What it would say afterwards, as decided.
    #[serde(skip)]
    pub after: Asset,
    /// Whether a person left it out.
    pub is_left_out: bool,
    /// What has no place in the register.
    pub set_aside: Vec<SetAside>,
    /// Services that listen and are not in the baseline.
    pub unexpected_services: Vec<Service>,
    /// Services of the baseline that did not listen.
    pub missing_services: Vec<BaselineService>,
    /// Whether the register says that it is not in use.
    pub is_back: bool,
    /// Whether changes of what it is recognised by wait for a question.
    pub keys_wait: bool,
    /// What is learned beside the record.
    pub duty: Duty,
}

/// A product of a bill of materials: a person says on which device it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Product {
    /// The key by which decisions name it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The file.
    pub source: String,
    /// Who lists it.
    pub group: SoftwareGroup,
    /// Its parts, the product itself included.
    pub software: Vec<SoftwareLine>,
    /// The device that a person chose.
    pub asset: Option<Uuid>,
}

/// A row that was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The record.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The sources that should have shown it.
    pub missing_in: Vec<String>,
    /// Days since it was last seen, where that is too long ago.
    pub days: Option<i64>,
}

/// A device that stays out of the register for now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stranger {
    /// By what it is recognised.
    pub key: String,
    /// As people would call it.
    pub label: String,
    /// What was seen.
    pub device: Device,
    /// When it was last there, in microseconds; none where it is only listed.
    pub seen_at: Option<i64>,
    /// The sources.
    pub sources: Vec<String>,
}

/// What an import would do, or did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = InventoryImportCounts)]
pub struct Counts {
    /// Devices that are added.
    pub new: usize,
    /// Records that change.
    pub changed: usize,
    /// Records that were seen and stay as they are.
    pub unchanged: usize,
    /// Devices that stand in no row and stay out.
    pub left_out: usize,
    /// Devices that nothing would recognise again.
    pub unidentified: usize,
    /// Questions that the keys do not decide and nobody answered.
    pub questions: usize,
    /// Rows that were not seen.
    pub unseen: usize,
    /// Devices with services that are not in their baseline.
    pub unexpected_services: usize,
    /// Places in the files that were set aside.
    pub problems: usize,
    /// Devices that were seen and stand in the register, before the import.
    pub registered: usize,
    /// All devices that were seen.
    pub observed: usize,
    /// Systems and connections that are added.
    pub records_new: usize,
    /// Systems and connections that change.
    pub records_changed: usize,
    /// Systems and connections that stay as they are.
    pub records_unchanged: usize,
}

/// What the files would do to the register.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Devices that stand in no row.
    pub new: Vec<NewAsset>,
    /// Rows that were seen.
    pub seen: Vec<AssetChange>,
    /// Products of bills of materials.
    pub products: Vec<Product>,
    /// What a person must decide, or did.
    pub questions: Vec<Question>,
    /// What a person should know of keys that several devices bear.
    pub notices: Vec<Notice>,
    /// Systems and external connections that tables name.
    pub sheets: SheetPlan,
    /// Rows that were not seen.
    pub unseen: Vec<Unseen>,
    /// How many devices nothing would recognise again: telephones of visitors, mostly.
    pub unidentified: usize,
    /// How much of what was seen stands in the register.
    #[serde(skip)]
    pub coverage: Coverage,
    /// What was set aside, by file.
    #[serde(skip)]
    pub problems: Vec<(String, FileProblem)>,
    /// Problems beyond those.
    pub further_problems: usize,
    /// Files that stop in the middle, or whose scan was broken off.
    #[serde(skip)]
    pub incomplete: Vec<(String, Incomplete)>,
}

impl Plan {
    /// The numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let new = self.new.iter().filter(|new| !new.is_left_out).count();
        let changed = self.seen.iter().filter(|seen| seen.changes()).count();
        let records = self.sheets.counts();
        let unexpected = |seen: &&AssetChange| !seen.unexpected_services.is_empty();
        Counts {
            new,
            changed,
            unchanged: self.seen.len() - changed,
            left_out: self.new.len() - new,
            unidentified: self.unidentified,
            questions: self
                .questions
                .iter()
                .filter(|one| one.answer.is_none())
                .count(),
            unseen: self.unseen.len(),
            unexpected_services: self.seen.iter().filter(unexpected).count(),
            problems: self.problems.len() + self.further_problems,
            registered: self.coverage.registered,
            observed: self.coverage.observed,
            records_new: records.0,
            records_changed: records.1,
            records_unchanged: records.2,
        }
    }

    /// A text that differs where anything differs that a person saw on the preview.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let seen = serde_json::to_vec(self).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&Sha256::digest(seen))
    }

    /// The devices that stay out of the register.
    #[must_use]
    pub fn strangers(&self) -> Vec<Stranger> {
        self.new
            .iter()
            .filter(|new| new.is_left_out)
            .map(|new| Stranger {
                key: new.key.clone(),
                label: new.asset.name.clone(),
                device: new.device.clone(),
                seen_at: new.duty.seen_at,
                sources: new.duty.sources.clone(),
            })
            .collect()
    }
}

impl AssetChange {
    /// Whether the record would change.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.is_left_out && !self.lines.is_empty()
    }
}

/// Of what a report claims to be complete.
fn scope_of(report: &Report, is_complete: bool) -> Scope {
    if !report.complete {
        return Scope::Nothing;
    }
    let networks: Vec<Network> = report.examined_networks.clone();
    match report.source {
        SourceKind::Table if is_complete => Scope::Everything,
        SourceKind::Nmap if !networks.is_empty() => Scope::Networks(networks),
        _ => Scope::Nothing,
    }
}

/// What every step of a plan needs.
struct Making<'p> {
    around: &'p Surroundings,
    decisions: &'p Decisions,
    /// The kinds of the files, by name.
    kinds: HashMap<&'p str, SourceKind>,
    /// The rows of the register, by id as text.
    by_id: HashMap<String, &'p Known>,
}

/// Holds files against the register.
///
/// Rows of the register have ids of their own, so that the comparison cannot fail for them.
#[must_use]
pub fn plan(files: &[SourceFile], around: &Surroundings, decisions: &Decisions) -> Plan {
    let reports: Vec<(&str, std::borrow::Cow<'_, Report>)> = files
        .iter()
        .filter_map(|file| {
            let report = match &file.content {
                FileContent::Report(report) => std::borrow::Cow::Borrowed(report.as_ref()),
                FileContent::Table(table) => std::borrow::Cow::Owned(map_columns(table)),
                FileContent::Sheet(_) => return None,
            };
            Some((file.name.as_str(), report))
        })
        .collect();
    let sources: Vec<Source<'_>> = reports
        .iter()
        .map(|(name, report)| Source {
            label: (*name).to_owned(),
            report,
            scope: scope_of(report, decisions.is_complete),
        })
        .collect();
    let register = registered(around);
    let settings = Settings {
        not_seen_for: time::Duration::days(around.seen_days),
        ..Settings::at(moment(around.now))
    };
    let answers: Answers = decisions
        .answers
        .iter()
        .map(|(device, answer)| (device.clone(), answer.as_row()))
        .collect();
    let diff = reconcile::reconcile_answered(&register, &sources, &settings, &answers);
    let diff = diff.unwrap_or_default();
    let making = Making {
        around,
        decisions,
        kinds: reports
            .iter()
            .map(|(name, report)| (*name, report.source))
            .collect(),
        by_id: around
            .register
            .iter()
            .map(|known| (known.id.to_string(), known))
            .collect(),
    };
    let mut new = making.new_assets(&diff);
    let mut seen = making.seen_assets(&diff);
    let by_name = making.by_name(&diff, (&mut new, &mut seen));
    let (questions, notices) = making.questions(&diff, &by_name);
    let tables: Vec<(&str, &SheetTable)> = files
        .iter()
        .filter_map(|file| Some((file.name.as_str(), file.sheet()?)))
        .collect();
    let mut sheets = plan_sheets(&tables, around, decisions);
    let mut found = Plan {
        problems: std::mem::take(&mut sheets.problems),
        sheets,
        new,
        seen,
        products: products(&reports, decisions, &making.by_id),
        questions,
        notices,
        unseen: making.unseen(&diff, &by_name),
        unidentified: diff.unidentified.len() - by_name.named,
        coverage: diff.coverage,
        further_problems: 0,
        incomplete: Vec::new(),
    };
    for (name, report) in &reports {
        let problems = report.problems.iter();
        found
            .problems
            .extend(problems.map(|problem| ((*name).to_owned(), problem.clone())));
        found.further_problems += report.further_problems;
        if let Some(why) = report.incomplete {
            found.incomplete.push(((*name).to_owned(), why));
        }
    }
    found
}

fn products(
    reports: &[(&str, std::borrow::Cow<'_, Report>)],
    decisions: &Decisions,
    by_id: &HashMap<String, &Known>,
) -> Vec<Product> {
    let mut found = Vec::new();
    for (name, report) in reports {
        let products = report.observations.iter();
        for observation in products.filter(|one| one.subject == Subject::Product) {
            if observation.presence == Presence::Inactive {
                continue;
            }
            let key = format!("{name} {}", observation.place);
            let chosen = decisions.belongs.get(&key);
            found.push(Product {
                name: observation.device.label(),
                source: (*name).to_owned(),
                group: super::group_of(report.source),
                software: bridge::software_of(&observation.device),
                asset: chosen
                    .filter(|id| by_id.contains_key(&id.to_string()))
                    .copied(),
                key,
            });
        }
    }
    found
}
