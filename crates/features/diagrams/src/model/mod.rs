//! What is drawn and what stops with what, from the records of the register: pure, without words.

mod graph;
mod impact;
mod network;
#[cfg(test)]
pub(crate) mod samples;
mod systems;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use uuid::Uuid;
use yagura_inventory::model::{Asset, AssetState, Connection, Record, RecordKind, Support, System};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::text::normalise_for_search;
use yagura_kernel::time::{Date, FiscalYear};

pub use graph::{
    Band, Diagram, Fold, Graph, Link, LinkKind, Mark, Member, Node, NodeKind, Note, Place, Target,
};
pub use impact::{Hit, Impact, Impacts, Reason, SinglePoint, SinglePoints, Thing};
pub use network::network;
pub use systems::systems;

/// Everything of a register that is drawn, as it stands on a day.
#[derive(Debug, Clone)]
pub struct Register {
    /// Information systems and medical devices of the stock-take.
    pub systems: Vec<Record<System>>,
    /// External connections.
    pub connections: Vec<Record<Connection>>,
    /// Devices, without those that were disposed of.
    pub assets: Vec<Record<Asset>>,
    /// The names of the vendors on record.
    pub vendors: HashMap<OrganizationId, String>,
    /// The day for which expiry and confirmation are judged.
    pub today: Date,
}

impl Register {
    fn year(&self) -> FiscalYear {
        FiscalYear::of(self.today)
    }

    /// The vendor as the record names it, else by the vendor on record; empty where neither is.
    fn vendor_name<'a>(&'a self, written: &'a str, on_record: Option<OrganizationId>) -> &'a str {
        if written.is_empty() {
            on_record
                .and_then(|id| self.vendors.get(&id))
                .map_or("", String::as_str)
        } else {
            written
        }
    }

    fn support_mark(&self, end: Option<Date>) -> Option<Mark> {
        match Support::of(end, self.today) {
            Support::Over => Some(Mark::SupportOver),
            Support::EndsSoon => Some(Mark::SupportEndsSoon),
            Support::Unknown | Support::Lasts => None,
        }
    }

    fn unconfirmed_mark<C>(&self, record: &Record<C>) -> Option<Mark> {
        (!record.is_confirmed_in(self.year())).then_some(Mark::Unconfirmed)
    }

    fn asset_marks(&self, asset: &Record<Asset>) -> Vec<Mark> {
        self.unconfirmed_mark(asset)
            .into_iter()
            .chain(self.support_mark(asset.content.support_until))
            .collect()
    }

    fn connection_marks(&self, connection: &Record<Connection>) -> Vec<Mark> {
        let content = &connection.content;
        let is_over = content.valid_until.is_some_and(|until| until < self.today);
        let has_no_end = content.end_device_asset.is_none();
        self.unconfirmed_mark(connection)
            .into_iter()
            .chain(is_over.then_some(Mark::PermissionOver))
            .chain(has_no_end.then_some(Mark::EndDeviceNotInRegister))
            .collect()
    }

    /// How many records of the register nobody confirmed in the fiscal year.
    #[must_use]
    pub fn unconfirmed(&self) -> usize {
        let year = self.year();
        let systems = self.systems.iter().filter(|one| !one.is_confirmed_in(year));
        let lines = self.connections.iter();
        let lines = lines.filter(|one| !one.is_confirmed_in(year));
        let assets = self.assets.iter().filter(|one| !one.is_confirmed_in(year));
        systems.count() + lines.count() + assets.count()
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> usize {
        self.systems.len() + self.connections.len() + self.assets.len()
    }

    fn spares(&self) -> usize {
        let assets = self.assets.iter();
        assets
            .filter(|asset| asset.content.state == AssetState::Spare)
            .count()
    }

    fn in_use(&self) -> impl Iterator<Item = &Record<Asset>> {
        self.assets
            .iter()
            .filter(|asset| asset.content.state == AssetState::InUse)
    }
}

/// Zones that are written differently and mean the same are one: 「ＤＭＺ」 and 「dmz」.
fn zone_key(zone: &str) -> String {
    normalise_for_search(zone.trim())
}

/// How each zone is written: as most records write it.
fn zone_names(register: &Register) -> HashMap<String, String> {
    let mut written: HashMap<String, HashMap<&str, usize>> = HashMap::new();
    for asset in register.in_use() {
        let zone = asset.content.zone.trim();
        if !zone.is_empty() {
            let ways = written.entry(zone_key(zone)).or_default();
            *ways.entry(zone).or_default() += 1;
        }
    }
    written
        .into_iter()
        .filter_map(|(key, ways)| {
            let name = ways
                .into_iter()
                .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
            Some((key, name.0.to_owned()))
        })
        .collect()
}

fn place_of_zone(zone: &str, names: &HashMap<String, String>) -> Place {
    let key = zone_key(zone);
    match names.get(&key) {
        Some(name) => Place::Zone {
            // Next to the outside stands what is made for it.
            rank: u8::from(!key.contains("dmz")),
            key,
            name: name.clone(),
        },
        None => Place::NoZone,
    }
}

fn target(kind: RecordKind, id: Uuid) -> Option<Target> {
    Some(Target { kind, id })
}
