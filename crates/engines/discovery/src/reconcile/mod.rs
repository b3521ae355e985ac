//! Several reports against a register.
//!
//! First the observations of all reports become one set of devices: two observations are one
//! device if a key says so and nothing stronger speaks against it. Then each device is looked up
//! in the register by its keys, strongest first:
//!
//! | key | decides |
//! |---|---|
//! | system UUID, serial number with maker, installation id, management number, universal hardware address | alone |
//! | serial number where a maker is missing, name with domain, host name, address set by hand | alone, but only as *probable*, and not against hardware addresses that differ |
//! | address of unknown or lent assignment, made-up hardware address, host name that two devices bear | never alone; two different ones together make a match *tentative*, if row or device has no better key |
//!
//! Placeholders ("To be filled by O.E.M.", `localhost`, all-zero UUIDs, addresses of virtual
//! routers) are no keys at all ([`crate::model::keys`]).
//!
//! What the keys do not decide is handed to a person as an [`Ambiguity`]: two rows that claim one
//! device, one key on two devices, keys that contradict one another. The order of reports,
//! observations and rows changes nothing.

mod apply;
mod changes;
mod duplicates;
mod index;
mod matching;
mod merge;
mod services;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::model::{Device, Field, Network, Place, Protocol, Report, Service, SourceKind};

pub use apply::apply;
pub use changes::{Authority, authority};
pub use duplicates::{Duplicate, duplicates};
pub use index::{Key, KeyKind};

/// A row of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterAsset {
    /// The register's own id of the row; must be unique.
    pub id: String,
    /// What the register holds of the device: keys and comparable fields.
    pub device: Device,
    /// Whether the device should be there. A spare or disposed one is matched but never vanished.
    pub in_use: bool,
    /// When it was last seen, as far as the register knows.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen: Option<OffsetDateTime>,
    /// Services that it may offer; none if nobody set a baseline.
    pub baseline: Option<Vec<BaselineService>>,
}

/// A service that an asset may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BaselineService {
    /// Transport protocol.
    pub protocol: Protocol,
    /// Port.
    pub port: u16,
}

/// A report with what the caller knows of it.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// Name by which results refer to it, for example the file's name; should be unique.
    pub label: String,
    /// What the file says.
    pub report: &'a Report,
    /// Of what the source claims to be complete. Nothing vanishes otherwise.
    pub scope: Scope,
}

/// Of what a source claims to be complete.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Of nothing: what it does not show may be there all the same.
    #[default]
    Nothing,
    /// Of the whole register.
    Everything,
    /// Of devices with an address in these networks.
    Networks(Vec<Network>),
    /// Of devices with a name below this domain.
    Domain(String),
    /// Of rows whose field has this value, for example those of one department.
    Field(Field, String),
}

/// What a comparison takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The moment of the comparison.
    pub as_of: OffsetDateTime,
    /// A row that nobody has seen for so long is named as not seen.
    pub not_seen_for: Duration,
    /// Two sources that saw the same address within this time saw the same device, unless
    /// their keys say otherwise.
    pub same_address_within: Duration,
    /// Guesses at an operating system below this accuracy (per cent) propose nothing.
    pub least_accuracy: u8,
}

impl Settings {
    /// 90 days, 12 hours and 90 per cent.
    #[must_use]
    pub fn at(as_of: OffsetDateTime) -> Self {
        Self {
            as_of,
            not_seen_for: Duration::days(90),
            same_address_within: Duration::hours(12),
            least_accuracy: 90,
        }
    }
}

/// What a person says of a device where the keys leave it open, or err.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is the row with this id.
    Row(String),
    /// It stands in no row.
    NoRow,
}

/// Answers by [`SeenDevice::reference`].
pub type Answers = BTreeMap<String, Answer>;

/// The difference between register and reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// What was seen, each device once, in an order of its own; the other lists refer to it by
    /// index.
    pub devices: Vec<SeenDevice>,
    /// Rows that were seen.
    pub matched: Vec<Match>,
    /// Devices that stand in no row and would be recognised again.
    pub new: Vec<usize>,
    /// Devices that stand in no row and carry no key by which they would be recognised again
    /// (a made-up hardware address, a lent address): telephones of visitors, mostly.
    pub unidentified: Vec<usize>,
    /// What a person must decide.
    pub ambiguous: Vec<Ambiguity>,
    /// What a person would have to decide had they answered nothing.
    pub asked: Vec<Ambiguity>,
    /// Devices of which it is not decided whether they stand in the register.
    pub undecided: Vec<usize>,
    /// Devices of which a person decided it.
    pub decided: Vec<usize>,
    /// Rows that were not seen.
    pub vanished: Vec<Vanished>,
    /// How much of what was seen stands in the register.
    pub coverage: Coverage,
}

/// A device as all sources together saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenDevice {
    /// Everything that is known of it; where sources disagree, the one with most authority on
    /// the field, then the latest.
    pub device: Device,
    /// Where it stands in the sources.
    pub sources: Vec<SourceRef>,
    /// The keys that made several observations one device.
    pub joined_by: Vec<Key>,
    /// When it was last there.
    #[serde(with = "time::serde::rfc3339::option")]
    pub seen_at: Option<OffsetDateTime>,
    /// Whether a source saw it, rather than only listing it.
    pub is_seen: bool,
    /// Whether every source lists it as switched off, expired or released.
    pub is_inactive: bool,
    /// Which source said what, by field: the base of proposed changes.
    pub claims: BTreeMap<Field, Vec<Claim>>,
    /// Port ranges that a source looked at on this device.
    pub examined_ports: Vec<crate::model::PortRange>,
}

impl SeenDevice {
    /// By what answers name the device: the first of its places. It stays the same as long as
    /// the files do.
    #[must_use]
    pub fn reference(&self) -> String {
        let first = self.sources.first();
        first.map_or_else(String::new, |source| {
            format!("{} {}", source.label, source.place)
        })
    }
}

/// What one source says of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// How much the source's word counts.
    pub authority: Authority,
    /// When it saw.
    #[serde(with = "time::serde::rfc3339::option")]
    pub seen_at: Option<OffsetDateTime>,
    /// Its label.
    pub source: String,
    /// What it says, as written.
    pub values: Vec<String>,
    /// Whether the source sees the device from inside, and so knows all values of the field.
    pub is_whole: bool,
}

/// Where a device stands in a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceRef {
    /// Label of the source.
    pub label: String,
    /// Its kind.
    pub kind: SourceKind,
    /// Place in it.
    pub place: Place,
}

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// Two poor keys agree.
    Tentative,
    /// A name, or an address set by hand.
    Probable,
    /// A key of the hardware or of the institution.
    Certain,
    /// A person said so.
    Decided,
}

/// A row that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Id of the row.
    pub asset: String,
    /// The devices that are it; more than one where the row itself names the hardware addresses
    /// of several.
    pub devices: Vec<usize>,
    /// The keys that say so, strongest first.
    pub by: Vec<Key>,
    /// How sure.
    pub sureness: Sureness,
    /// What the sources say otherwise than the row.
    pub changes: Vec<Change>,
    /// Services that listen and are not in the baseline; empty without baseline.
    pub unexpected_services: Vec<Service>,
    /// Services of the baseline that were looked for and did not listen.
    pub missing_services: Vec<BaselineService>,
    /// Whether the row has a baseline and a source spoke about services.
    pub services_compared: bool,
    /// When it was last there; the later of register and sources.
    #[serde(with = "time::serde::rfc3339::option")]
    pub seen_at: Option<OffsetDateTime>,
    /// Whether proposed changes to keys were left out, because an [`Ambiguity`] names the row:
    /// they would decide the question unseen.
    pub keys_wait: bool,
    /// Whether the row says that the device is not in use.
    pub is_back: bool,
}

/// What a change does to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The row had nothing.
    Fill,
    /// Values are added to those of the row.
    Add,
    /// The value is another.
    Replace,
}

/// A proposed change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: Field,
    /// What it does.
    pub kind: ChangeKind,
    /// Values of the row, as written.
    pub old: Vec<String>,
    /// Values after the change.
    pub new: Vec<String>,
    /// Sources that say so.
    pub sources: Vec<String>,
    /// What other sources of the same authority say instead.
    pub disputed_by: Vec<Claim>,
}

/// Something that the keys do not decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ambiguity {
    /// Why.
    pub reason: Doubt,
    /// The keys in question.
    pub keys: Vec<Key>,
    /// Devices that take part.
    pub devices: Vec<usize>,
    /// Rows that take part.
    pub assets: Vec<String>,
}

/// Why the keys do not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Several rows claim one device: a duplicate in the register, or the same asset imported
    /// under two names.
    SeveralRows,
    /// Several devices claim one row.
    SeveralDevices,
    /// One key on several devices that other keys tell apart.
    KeyOnSeveralDevices,
    /// A key fits the row and a stronger one, or the hardware addresses, speak against it:
    /// replaced hardware, or a name given anew.
    KeysDisagree,
    /// Only one poor key fits the row.
    OnlyPoorKey,
}

/// A row that was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanished {
    /// Id of the row.
    pub asset: String,
    /// Sources that are complete for it and do not show it.
    pub missing_in: Vec<String>,
    /// Whole days since it was last seen, if longer ago than allowed.
    pub not_seen_days: Option<i64>,
}

/// Share of what was seen that stands in the register.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Devices that stand in the register.
    pub registered: usize,
    /// Devices of which that is not decided.
    pub undecided: usize,
    /// All devices that were seen; those that are only listed as inactive are left out.
    pub observed: usize,
}

impl Coverage {
    /// The share in per cent; none where nothing was seen.
    #[must_use]
    pub fn per_cent(&self) -> Option<f64> {
        if self.observed == 0 {
            return None;
        }
        let exact = |n: usize| u32::try_from(n).map(f64::from).unwrap_or(f64::MAX);
        Some(exact(self.registered) * 100.0 / exact(self.observed))
    }
}

/// The register cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// Two rows have one id.
    #[error("two rows of the register have the id \"{id}\"; ids must be unique")]
    DuplicateId {
        /// The id.
        id: String,
    },
}

/// Compares reports with a register.
///
/// # Errors
/// [`ReconcileError::DuplicateId`] where two rows have the same id.
pub fn reconcile(
    register: &[RegisterAsset],
    sources: &[Source<'_>],
    settings: &Settings,
) -> Result<Diff, ReconcileError> {
    reconcile_answered(register, sources, settings, &Answers::new())
}

/// Compares reports with a register where a person answered some of the questions. An answer that
/// fits nothing changes nothing.
///
/// # Errors
/// [`ReconcileError::DuplicateId`] where two rows have the same id.
pub fn reconcile_answered(
    register: &[RegisterAsset],
    sources: &[Source<'_>],
    settings: &Settings,
    answers: &Answers,
) -> Result<Diff, ReconcileError> {
    let mut rows: Vec<&RegisterAsset> = register.iter().collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = rows.windows(2).find(|pair| match pair {
        [a, b] => a.id == b.id,
        _ => false,
    }) {
        let id = pair
            .first()
            .map(|asset| asset.id.clone())
            .unwrap_or_default();
        return Err(ReconcileError::DuplicateId { id });
    }
    let mut sources: Vec<&Source<'_>> = sources.iter().collect();
    sources.sort_by(|a, b| {
        (&a.label, a.report.source, a.report.taken_at).cmp(&(
            &b.label,
            b.report.source,
            b.report.taken_at,
        ))
    });
    let merged = merge::merge(&sources, settings);
    let mut diff = matching::compare(&rows, &sources, &merged, settings, answers);
    if !diff.decided.is_empty() {
        let nothing = Answers::new();
        diff.asked = matching::compare(&rows, &sources, &merged, settings, &nothing).ambiguous;
    }
    diff.devices = merged.devices;
    Ok(diff)
}

/// The observations of all reports as one set of devices, without a register.
#[must_use]
pub fn merge_reports(sources: &[Source<'_>], settings: &Settings) -> Vec<SeenDevice> {
    let mut sources: Vec<&Source<'_>> = sources.iter().collect();
    sources.sort_by(|a, b| {
        (&a.label, a.report.source, a.report.taken_at).cmp(&(
            &b.label,
            b.report.source,
            b.report.taken_at,
        ))
    });
    merge::merge(&sources, settings).devices
}
