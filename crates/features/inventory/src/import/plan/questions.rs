//! What the keys do not decide: a person is asked, and answers on the preview.

use std::collections::{BTreeMap, BTreeSet};

use discovery::reconcile::{Ambiguity, Diff, Doubt, SeenDevice};
use serde::Serialize;
use uuid::Uuid;
use yagura_kernel::text::normalise_for_search;

use super::devices::ByName;
use super::{Making, key_of_device};
use crate::import::Answer;

/// A device of which the keys do not say whether it stands in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// By what decisions name the device.
    pub key: String,
    /// The device, as people would call it.
    pub device: String,
    /// What it is: maker, model, system.
    pub what: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// The files that show it.
    pub sources: Vec<String>,
    /// Why the keys do not decide.
    pub reasons: Vec<Doubt>,
    /// The keys in question.
    pub keys: Vec<String>,
    /// The rows that it may be.
    pub assets: Vec<(Uuid, String)>,
    /// What a person answered.
    pub answer: Option<Answer>,
    /// By what the device is known among those that stay out of the register.
    #[serde(skip)]
    pub known_as: String,
}

/// A key that several devices bear though they are certainly several: worth mending at its source,
/// and nothing waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Why it is told.
    pub reason: Doubt,
    /// The devices, as people would call them.
    pub devices: Vec<String>,
    /// The keys.
    pub keys: Vec<String>,
}

/// What was gathered of one device that is asked about.
#[derive(Default)]
struct Gathered {
    reasons: BTreeSet<Doubt>,
    keys: BTreeSet<String>,
    assets: BTreeSet<Uuid>,
}

impl Making<'_> {
    /// One question for each device, and what is only worth telling.
    pub(super) fn questions(&self, diff: &Diff, by_name: &ByName) -> (Vec<Question>, Vec<Notice>) {
        let asked_about: BTreeSet<usize> = diff
            .undecided
            .iter()
            .chain(&diff.decided)
            .copied()
            .collect();
        let mut gathered: BTreeMap<usize, Gathered> = BTreeMap::new();
        let mut notices: BTreeSet<&Ambiguity> = BTreeSet::new();
        for doubt in diff.ambiguous.iter().chain(&diff.asked) {
            let devices = doubt.devices.iter();
            let mut waiting = devices.filter(|at| asked_about.contains(at)).peekable();
            if waiting.peek().is_none() {
                notices.insert(doubt);
            }
            for at in waiting {
                let one = gathered.entry(*at).or_default();
                one.reasons.insert(doubt.reason);
                one.keys
                    .extend(doubt.keys.iter().map(|key| key.value.clone()));
                let rows = doubt.assets.iter().filter_map(|id| self.by_id.get(id));
                one.assets.extend(rows.map(|known| known.id));
            }
        }
        for (at, rows) in &by_name.several {
            let one = gathered.entry(*at).or_default();
            one.reasons.insert(Doubt::SeveralRows);
            one.assets.extend(rows);
        }
        for at in &diff.decided {
            // A name alone asked: its rows are those of that name.
            if let (false, Some(seen)) = (gathered.contains_key(at), diff.devices.get(*at)) {
                let one = gathered.entry(*at).or_default();
                one.reasons.insert(Doubt::SeveralRows);
                if let Some(name) = self.name_in_a_list(seen) {
                    let rows = self.around.register.iter();
                    let rows = rows.filter(|known| normalise_for_search(&known.asset.name) == name);
                    one.assets.extend(rows.map(|known| known.id));
                }
            }
        }
        let questions = gathered
            .into_iter()
            .filter_map(|(at, gathered)| Some(self.question(diff.devices.get(at)?, gathered)))
            .collect();
        let notices = notices
            .into_iter()
            .map(|doubt| Notice {
                reason: doubt.reason,
                devices: doubt
                    .devices
                    .iter()
                    .filter_map(|at| Some(diff.devices.get(*at)?.device.label()))
                    .collect(),
                keys: doubt.keys.iter().map(|key| key.value.clone()).collect(),
            })
            .collect();
        (questions, notices)
    }

    fn question(&self, seen: &SeenDevice, gathered: Gathered) -> Question {
        let device = &seen.device;
        let key = seen.reference();
        let answer = self.decisions.answers.get(&key).cloned();
        let mut assets = gathered.assets;
        if let Some(Answer::Same(chosen)) = answer {
            assets.insert(chosen);
        }
        let what: Vec<&str> = [&device.manufacturer, &device.model]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .chain(device.os.as_ref().and_then(|os| os.name.as_deref()))
            .collect();
        let sources: BTreeSet<&str> = seen
            .sources
            .iter()
            .map(|source| source.label.as_str())
            .collect();
        Question {
            device: device.label(),
            what: what.join(" "),
            addresses: device
                .addresses
                .iter()
                .map(|address| address.ip.to_string())
                .chain(device.macs.iter().map(ToString::to_string))
                .collect(),
            sources: sources.into_iter().map(str::to_owned).collect(),
            reasons: gathered.reasons.into_iter().collect(),
            keys: gathered.keys.into_iter().collect(),
            assets: assets
                .into_iter()
                .filter_map(|id| self.by_id.get(&id.to_string()))
                .map(|known| (known.id, known.asset.name.clone()))
                .collect(),
            known_as: key_of_device(device),
            answer: answer.filter(|answer| match answer {
                Answer::Same(id) => self.by_id.contains_key(&id.to_string()),
                Answer::New | Answer::LeaveOut => true,
            }),
            key,
        }
    }
}
