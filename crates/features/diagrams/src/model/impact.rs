//! What stops if this stops, and what it rests on.
//!
//! The register does not know what is there twice: of several servers of a system each is taken
//! for needed. What stands here is what may stop, not what must.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use uuid::Uuid;
use yagura_inventory::model::{Asset, DeviceClass, Level, Purpose, RecordKind, System, SystemKind};
use yagura_kernel::text::normalise_for_search;

use super::{Register, Target};

/// Why something stops with something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A system stops with its server, or with the medical device that it is.
    Server,
    /// A system stops with a system that it needs.
    DependsOn,
    /// A device stops with what carries it.
    Host,
    /// A device is cut off with what it is wired to.
    Uplink,
    /// A connection stops with its end device.
    EndDevice,
    /// A system loses the outside with its connection.
    Line,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Server,
        Self::DependsOn,
        Self::Host,
        Self::Uplink,
        Self::EndDevice,
        Self::Line,
    ];

    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::DependsOn => "depends_on",
            Self::Host => "host",
            Self::Uplink => "uplink",
            Self::EndDevice => "end_device",
            Self::Line => "line",
        }
    }
}

/// A system, connection or device of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Its record.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// The department that answers for it; empty where nobody said.
    pub department: String,
    /// How bad it is where it stands still.
    pub importance: Level,
}

/// Something that is reached from where one asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The index of the thing.
    pub thing: usize,
    /// Over how many steps.
    pub distance: usize,
    /// The index of the thing one step nearer.
    pub via: usize,
    /// Why this step.
    pub reason: Reason,
}

/// The answer for one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// The index of the thing that was asked for.
    pub start: usize,
    /// What stops with it, nearest first; of one distance systems first, then by importance.
    pub stops: Vec<Hit>,
    /// What it rests on, nearest first.
    pub rests_on: Vec<Hit>,
    /// The departments that are hit, by name.
    pub departments: Vec<String>,
}

/// A thing with which much stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinglePoint {
    /// The index of the thing.
    pub thing: usize,
    /// How many systems of high importance stop with it.
    pub important: usize,
    /// How many systems.
    pub systems: usize,
    /// How many connections and devices.
    pub others: usize,
}

/// The things with which most stops.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SinglePoints {
    /// Those with which most stops, first.
    pub points: Vec<SinglePoint>,
    /// How many more there are.
    pub further: usize,
    /// How many things could not be looked at: the register hangs together too much to count
    /// everything.
    pub not_counted: usize,
}

/// Everything of a register with what stops with what.
#[derive(Debug, Clone, Default)]
pub struct Impacts {
    things: Vec<Thing>,
    index: HashMap<Target, usize>,
    stops: Vec<Vec<(usize, Reason)>>,
    rests_on: Vec<Vec<(usize, Reason)>>,
}

/// How many steps are walked to find single points; some seconds on a small machine.
const STEPS: usize = 20_000_000;

/// Whether a system stops with a device of it.
fn carries(system: &System, asset: &Asset) -> bool {
    asset.class == DeviceClass::Server
        || asset.acts_as_server
        || (system.kind == SystemKind::MedicalDevice && asset.class == DeviceClass::MedicalDevice)
}

impl Impacts {
    /// Reads a register. What is spare carries nothing.
    #[must_use]
    pub fn of(register: &Register) -> Self {
        let mut found = Self::default();
        for system in &register.systems {
            let content = &system.content;
            found.add(
                RecordKind::System,
                system.id,
                &content.name,
                &content.department,
                content.availability,
            );
        }
        let systems: HashMap<Uuid, &System> = register
            .systems
            .iter()
            .map(|system| (system.id, &system.content))
            .collect();
        for line in &register.connections {
            // A connection is as important as what it serves.
            let served = line.content.system.and_then(|id| systems.get(&id));
            let (department, importance) = served.map_or(("", Level::Unknown), |system| {
                (system.department.as_str(), system.availability)
            });
            let name = &line.content.name;
            found.add(
                RecordKind::Connection,
                line.id,
                name,
                department,
                importance,
            );
        }
        for asset in register.in_use() {
            let content = &asset.content;
            found.add(
                RecordKind::Asset,
                asset.id,
                &content.name,
                &content.department,
                content.importance,
            );
        }
        found.connect(register, &systems);
        found
    }

    fn add(&mut self, kind: RecordKind, id: Uuid, name: &str, department: &str, importance: Level) {
        let target = Target { kind, id };
        self.index.insert(target, self.things.len());
        self.things.push(Thing {
            target,
            name: name.to_owned(),
            department: department.to_owned(),
            importance,
        });
        self.stops.push(Vec::new());
        self.rests_on.push(Vec::new());
    }

    fn connect(&mut self, register: &Register, systems: &HashMap<Uuid, &System>) {
        use RecordKind::{Asset, Connection, System};
        let mut needs: BTreeSet<(Target, Target, Reason)> = BTreeSet::new();
        let of = |kind, id| Target { kind, id };
        for system in &register.systems {
            for needed in &system.content.depends_on {
                needs.insert((
                    of(System, system.id),
                    of(System, *needed),
                    Reason::DependsOn,
                ));
            }
        }
        for line in &register.connections {
            let content = &line.content;
            if let Some(end) = content.end_device_asset {
                needs.insert((of(Connection, line.id), of(Asset, end), Reason::EndDevice));
            }
            // Without its maintenance line a system goes on; without the line by which it works
            // with others it does not.
            if let Some(system) = content.system
                && content.purpose == Purpose::Other
            {
                needs.insert((of(System, system), of(Connection, line.id), Reason::Line));
            }
        }
        for asset in register.in_use() {
            let content = &asset.content;
            if let Some(id) = content.system
                && let Some(system) = systems.get(&id)
                && carries(system, content)
            {
                needs.insert((of(System, id), of(Asset, asset.id), Reason::Server));
            }
            for (needed, reason) in [
                (content.host, Reason::Host),
                (content.uplink, Reason::Uplink),
            ] {
                if let Some(needed) = needed {
                    needs.insert((of(Asset, asset.id), of(Asset, needed), reason));
                }
            }
        }
        for (whose, what, reason) in needs {
            let (Some(whose), Some(what)) = (self.index.get(&whose), self.index.get(&what)) else {
                continue;
            };
            if whose == what {
                continue;
            }
            if let Some(stops) = self.stops.get_mut(*what) {
                stops.push((*whose, reason));
            }
            if let Some(rests_on) = self.rests_on.get_mut(*whose) {
                rests_on.push((*what, reason));
            }
        }
    }

    /// The thing at an index.
    #[must_use]
    pub fn thing(&self, index: usize) -> Option<&Thing> {
        self.things.get(index)
    }

    /// The things whose names hold every word, at most so many, systems first.
    #[must_use]
    pub fn find(&self, words: &str, most: usize) -> Vec<&Thing> {
        let words = normalise_for_search(words);
        let mut found: Vec<(RecordKind, String, &Thing)> = self
            .things
            .iter()
            .map(|thing| (thing.target.kind, normalise_for_search(&thing.name), thing))
            .filter(|(_, name, _)| words.split_whitespace().all(|word| name.contains(word)))
            .collect();
        found.sort_by(|a, b| (a.0, &a.1, a.2.target.id).cmp(&(b.0, &b.1, b.2.target.id)));
        found.truncate(most);
        found.into_iter().map(|(_, _, thing)| thing).collect()
    }

    /// Whether nothing hangs on anything: nobody has said yet what needs what.
    #[must_use]
    pub fn is_unconnected(&self) -> bool {
        self.stops.iter().all(Vec::is_empty)
    }

    /// What stops with a record and what it rests on; `None` where the record is not in use.
    #[must_use]
    pub fn impact(&self, target: Target) -> Option<Impact> {
        let start = *self.index.get(&target)?;
        let stops = self.walk(start, &self.stops);
        let departments: BTreeMap<String, &str> = stops
            .iter()
            .filter_map(|hit| self.things.get(hit.thing))
            .map(|thing| thing.department.as_str())
            .filter(|department| !department.is_empty())
            .map(|department| (normalise_for_search(department), department))
            .collect();
        Some(Impact {
            start,
            departments: departments.into_values().map(str::to_owned).collect(),
            rests_on: self.walk(start, &self.rests_on),
            stops,
        })
    }

    fn walk(&self, start: usize, edges: &[Vec<(usize, Reason)>]) -> Vec<Hit> {
        let mut seen = vec![false; self.things.len()];
        if let Some(seen) = seen.get_mut(start) {
            *seen = true;
        }
        let mut hits = Vec::new();
        let mut waiting = VecDeque::from([(start, 0)]);
        while let Some((at, distance)) = waiting.pop_front() {
            for (next, reason) in edges.get(at).into_iter().flatten() {
                match seen.get_mut(*next) {
                    Some(seen) if !*seen => *seen = true,
                    _ => continue,
                }
                hits.push(Hit {
                    thing: *next,
                    distance: distance + 1,
                    via: at,
                    reason: *reason,
                });
                waiting.push_back((*next, distance + 1));
            }
        }
        hits.sort_by_cached_key(|hit| {
            let thing = self.things.get(hit.thing);
            (
                hit.distance,
                thing.map(|thing| thing.target.kind),
                thing.map(|thing| std::cmp::Reverse(thing.importance)),
                thing.map(|thing| normalise_for_search(&thing.name)),
                thing.map(|thing| thing.target.id),
            )
        });
        hits
    }

    /// The things with which most stops, at most so many: first those with which most systems of
    /// high importance stop, then most systems, then most else.
    #[must_use]
    pub fn single_points(&self, most: usize) -> SinglePoints {
        self.single_points_within(most, STEPS)
    }

    fn single_points_within(&self, most: usize, steps: usize) -> SinglePoints {
        let mut points = Vec::new();
        let mut not_counted = 0;
        let mut walked = 0;
        // Of each thing the last walk that came by, so that nothing is cleared between walks.
        let mut seen = vec![usize::MAX; self.things.len()];
        let mut order: Vec<usize> = (0..self.things.len())
            .filter(|index| self.stops.get(*index).is_some_and(|next| !next.is_empty()))
            .collect();
        // Where not everything can be counted, those on which most hangs directly are.
        order.sort_by_key(|index| std::cmp::Reverse(self.stops.get(*index).map_or(0, Vec::len)));
        let mut waiting = Vec::new();
        for start in order {
            if walked > steps {
                not_counted += 1;
                continue;
            }
            let mut point = SinglePoint {
                thing: start,
                important: 0,
                systems: 0,
                others: 0,
            };
            if let Some(seen) = seen.get_mut(start) {
                *seen = start;
            }
            waiting.push(start);
            while let Some(at) = waiting.pop() {
                for (next, _) in self.stops.get(at).into_iter().flatten() {
                    walked += 1;
                    match seen.get_mut(*next) {
                        Some(last) if *last != start => *last = start,
                        _ => continue,
                    }
                    if let Some(thing) = self.things.get(*next) {
                        if thing.target.kind == RecordKind::System {
                            point.systems += 1;
                            point.important += usize::from(thing.importance == Level::High);
                        } else {
                            point.others += 1;
                        }
                    }
                    waiting.push(*next);
                }
            }
            points.push(point);
        }
        points.sort_by_cached_key(|point| {
            let thing = self.things.get(point.thing);
            (
                std::cmp::Reverse((point.important, point.systems, point.others)),
                thing.map(|thing| normalise_for_search(&thing.name)),
                thing.map(|thing| thing.target.id),
            )
        });
        let further = points.len().saturating_sub(most);
        points.truncate(most);
        SinglePoints {
            points,
            further,
            not_counted,
        }
    }
}
