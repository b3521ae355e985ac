//! Cells read into the fields of a record.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use discovery::model::{Problem as FileProblem, Reason};
use discovery::reconcile::ChangeKind;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::Decisions;
use super::super::plan::{Line, Names};
use super::cells::{self, Said};
use super::drafts::{Cell, Draft};
use super::plan::{Remark, fold};
use crate::model::{Content, FieldSpec, Input, Problem, read, text_of};

/// What reading cells into records needs.
pub(super) struct Reading<'p> {
    pub(super) names: &'p Names,
    pub(super) assets: HashMap<String, Option<Uuid>>,
    pub(super) decisions: &'p Decisions,
}

/// A value of a field as the register keeps it, with how people read it.
struct Value {
    json: Json,
    shown: Json,
}

impl Reading<'_> {
    /// What a cell says for a field; nothing where it says nothing or nothing that can be taken.
    fn value(
        &self,
        spec: &FieldSpec,
        cell: &Cell,
        remarks: &mut BTreeSet<Remark>,
    ) -> Result<Option<Value>, Reason> {
        let text = cell.text.as_str();
        let reference = |id: Option<Uuid>| {
            let id = id?;
            Some(Value {
                json: Json::from(id.to_string()),
                shown: Json::from(text),
            })
        };
        let typed = match spec.input {
            Input::Choice(choices) => match cells::choice(choices, text) {
                Said::Nothing | Said::Code("unknown") => return Ok(None),
                Said::Code(code) => code,
                Said::Unreadable => return Err(malformed(spec, text)),
            },
            Input::Vendor => {
                let vendor = self.names.vendor(text).map(|id| id.uuid());
                if vendor.is_none() {
                    remarks.insert(Remark::NoVendor(text.to_owned()));
                }
                return Ok(reference(vendor));
            }
            Input::System => {
                let system = self.names.system(text);
                if system.is_none() {
                    remarks.insert(Remark::NoSystem(text.to_owned()));
                }
                return Ok(reference(system));
            }
            Input::Asset => {
                let asset = self.assets.get(&fold(text)).copied().flatten();
                if asset.is_none() {
                    remarks.insert(Remark::NoAsset(text.to_owned()));
                }
                return Ok(reference(asset));
            }
            Input::Date if cells::choice(crate::model::Choices::Known, text) == Said::Nothing => {
                return Ok(None);
            }
            _ => text,
        };
        let read = read(std::slice::from_ref(spec), |_| typed.to_owned());
        let mut fields = read.map_err(|problems| {
            match problems.into_iter().next().map(|problem| problem.problem) {
                Some(Problem::TooLong { limit }) => Reason::TooLong {
                    what: spec.key.to_owned(),
                    limit,
                },
                _ => malformed(spec, text),
            }
        })?;
        let json = fields.remove(spec.key).unwrap_or_default();
        Ok(Some(Value {
            shown: json.clone(),
            json,
        }))
    }

    /// A record after what a table says was taken over, with what differs.
    pub(super) fn record<C: Content>(
        &self,
        base: Option<&C>,
        draft: &mut Draft,
        problems: &mut Vec<(String, FileProblem)>,
    ) -> (C, Vec<Line>) {
        let mut fields: Map<String, Json> = base.cloned().unwrap_or_default().fields_of();
        let mut lines = Vec::new();
        let sources: BTreeSet<String> = draft.places.iter().map(|(file, _)| file.clone()).collect();
        let mut places: BTreeMap<&str, Cell> = BTreeMap::new();
        for spec in C::FIELDS {
            let Some(cell) = draft.cells.get(spec.key) else {
                continue;
            };
            let value = match self.value(spec, cell, &mut draft.remarks) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(reason) => {
                    let place = cell.place.clone();
                    problems.push((cell.file.clone(), FileProblem { place, reason }));
                    continue;
                }
            };
            let before = fields.get(spec.key).cloned().unwrap_or_default();
            let is_name = spec.key == "name" || spec.key == "vendor_name";
            let is_same = is_name && fold(&text_of(&before)) == fold(&text_of(&value.json));
            if before == value.json || is_same {
                continue;
            }
            let is_empty = match (spec.input, &before) {
                (Input::Choice(_), Json::String(code)) => code == "unknown",
                (_, before) => text_of(before).is_empty(),
            };
            let (kind, is_wanted) = match (is_empty, base) {
                (true, _) => (ChangeKind::Fill, self.decisions.fill),
                (false, None) => (ChangeKind::Replace, true),
                (false, Some(_)) => (ChangeKind::Replace, self.decisions.replace),
            };
            if base.is_some() && !is_wanted {
                continue;
            }
            let reads_as = |json: &Json| match spec.input {
                Input::Vendor | Input::System | Input::Asset => self.named(json),
                _ => json.clone(),
            };
            lines.push(Line {
                field: spec.key,
                kind,
                before: match base {
                    Some(_) => reads_as(&before),
                    None => Json::Null,
                },
                after: value.shown,
                sources: sources.iter().cloned().collect(),
                disputed: Vec::new(),
            });
            places.insert(spec.key, cell.clone());
            fields.insert(spec.key.to_owned(), value.json);
        }
        loop {
            match C::from_fields(fields.clone()) {
                Ok(content) => return (content, lines),
                Err(found) => {
                    let mut dropped = 0;
                    for problem in found {
                        let Some(cell) = places.remove(problem.field) else {
                            continue;
                        };
                        dropped += 1;
                        let reason = malformed_of(problem.field, &cell.text);
                        let place = cell.place.clone();
                        problems.push((cell.file, FileProblem { place, reason }));
                        lines.retain(|line| line.field != problem.field);
                        let old = base.map(C::fields_of).unwrap_or_default();
                        let old = old.get(problem.field).cloned().unwrap_or_default();
                        fields.insert(problem.field.to_owned(), old);
                    }
                    if dropped == 0 {
                        return (base.cloned().unwrap_or_default(), Vec::new());
                    }
                }
            }
        }
    }

    /// The name of what an id refers to, for people.
    pub(super) fn named(&self, json: &Json) -> Json {
        let name = json
            .as_str()
            .and_then(|id| yagura_kernel::id::parse_uuid(id).ok())
            .and_then(|id: Uuid| {
                let vendor = self.names.vendor_name(id.into());
                self.names.system_name(id).or(vendor)
            });
        name.map_or_else(|| json.clone(), Json::from)
    }
}

fn malformed(spec: &FieldSpec, text: &str) -> Reason {
    malformed_of(spec.key, text)
}

fn malformed_of(what: &str, text: &str) -> Reason {
    Reason::Malformed {
        what: what.to_owned(),
        value: text.chars().take(100).collect(),
    }
}
