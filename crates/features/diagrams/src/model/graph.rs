//! A diagram as nodes in bands and links between them.

use std::collections::BTreeMap;

use uuid::Uuid;
use yagura_inventory::model::{Availability, DeviceClass, Mechanism, RecordKind, SystemKind};

/// The diagrams that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagram {
    /// システム構成図.
    Systems,
    /// ネットワーク構成図.
    Network,
}

impl Diagram {
    /// The code used in addresses and file names.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Systems => "systems",
            Self::Network => "network",
        }
    }
}

/// Where something stands, from the outside inwards; the order is that of the drawing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Vendors and others who reach in.
    Outside,
    /// Connections that can be reached from the Internet.
    Internet,
    /// Connections by leased lines, closed networks of carriers and telephones.
    Closed,
    /// End devices of connections, and network devices of no zone.
    Boundary,
    /// A network zone (ネットワーク区分) of the institution.
    Zone {
        /// Sorts before its name: zones made for the outside come first.
        rank: u8,
        /// By what its writings are one.
        key: String,
        /// As most records write it.
        name: String,
    },
    /// 区分なし: nobody has said in which zone it stands.
    NoZone,
}

impl Place {
    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Internet => "internet",
            Self::Closed => "closed",
            Self::Boundary => "boundary",
            Self::Zone { .. } => "zone",
            Self::NoZone => "no_zone",
        }
    }
}

/// What a reader must notice about a node. Each is shown by a word and by the shape of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Not confirmed in this fiscal year.
    Unconfirmed,
    /// The permission of a connection is over.
    PermissionOver,
    /// Support has ended.
    SupportOver,
    /// Support ends within half a year.
    SupportEndsSoon,
    /// The end device of a connection is no device of the register.
    EndDeviceNotInRegister,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 5] = [
        Self::Unconfirmed,
        Self::PermissionOver,
        Self::SupportOver,
        Self::SupportEndsSoon,
        Self::EndDeviceNotInRegister,
    ];

    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::PermissionOver => "permission_over",
            Self::SupportOver => "support_over",
            Self::SupportEndsSoon => "support_ends_soon",
            Self::EndDeviceNotInRegister => "end_device_not_in_register",
        }
    }

    /// Whether something is over that must not be.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::PermissionOver | Self::SupportOver)
    }
}

/// A record that a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Of which part.
    pub kind: RecordKind,
    /// Which.
    pub id: Uuid,
}

impl Target {
    /// The address of its page.
    #[must_use]
    pub fn href(&self) -> String {
        let part = match self.kind {
            RecordKind::System => "systems",
            RecordKind::Connection => "connections",
            RecordKind::Asset => "assets",
        };
        format!("/inventory/{part}/{}", self.id)
    }
}

/// A device that is written into the node of its system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its record.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is.
    pub class: DeviceClass,
    /// What a reader must notice about it.
    pub marks: Vec<Mark>,
}

/// Devices that are drawn as one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fold {
    /// How many.
    pub devices: usize,
    /// Of how many models.
    pub models: usize,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// Somebody outside; a vendor, as the institution calls it. Empty names nobody.
    Vendor,
    /// An external connection.
    Connection {
        /// How it works.
        mechanism: Mechanism,
        /// When it stands.
        connected: Availability,
        /// 回線種類.
        line: String,
    },
    /// An end device that is written in a connection and is no device of the register.
    EndDevice {
        /// Where it stands.
        place: String,
    },
    /// An information system or medical device of the stock-take.
    System {
        /// Which of the two.
        kind: SystemKind,
        /// 所管部署.
        department: String,
        /// ベンダ.
        vendor: String,
        /// Its servers and medical devices, by name.
        members: Vec<Member>,
        /// How many further devices it has, by class.
        others: BTreeMap<DeviceClass, usize>,
    },
    /// A device, or devices of one kind drawn as one.
    Device {
        /// What it is.
        class: DeviceClass,
        /// Whether it is a terminal that does the work of a server.
        acts_as_server: bool,
        /// Manufacturer and model.
        model: String,
        /// IPアドレス, of devices that are drawn as one the first few.
        addresses: Vec<String>,
        /// Whether there are more addresses than are listed.
        has_more_addresses: bool,
        /// 設置場所.
        place: String,
        /// Where several are drawn as one.
        fold: Option<Fold>,
    },
}

impl NodeKind {
    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Connection { .. } => "connection",
            Self::EndDevice { .. } => "end_device",
            Self::System { .. } => "system",
            Self::Device { .. } => "device",
        }
    }
}

/// Something that is drawn as a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Tells it from the others; the same for the same register.
    pub key: String,
    /// By what people know it.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// The record for which it stands, where it is one.
    pub target: Option<Target>,
    /// What a reader must notice, and of how many of its devices it is true.
    pub marks: Vec<(Mark, usize)>,
}

impl Node {
    /// Whether it bears a mark.
    #[must_use]
    pub fn has(&self, mark: Mark) -> bool {
        self.marks.iter().any(|(one, _)| *one == mark)
    }
}

/// What a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// An external connection, from who reaches in to where it ends.
    External,
    /// From where a connection ends to the system that it serves.
    Serves,
    /// From a system to another that it needs (動作に必要な他のシステム).
    Needs,
    /// From a device to the one to which it is wired (接続先の機器).
    Uplink,
    /// From a device to the one that carries it (動作を支える機器).
    Host,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::External,
        Self::Serves,
        Self::Needs,
        Self::Uplink,
        Self::Host,
    ];

    /// The code used in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Serves => "serves",
            Self::Needs => "needs",
            Self::Uplink => "uplink",
            Self::Host => "host",
        }
    }
}

/// A line between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The index of the node from which it goes.
    pub from: usize,
    /// The index of the node to which it goes.
    pub to: usize,
    /// What it says.
    pub kind: LinkKind,
    /// Whether it belongs to a connection that nobody confirmed this fiscal year.
    pub is_unconfirmed: bool,
}

/// What the drawing does not show one by one, so that nothing vanishes in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// So many devices are drawn as so many boxes.
    Folded {
        /// How many devices.
        devices: usize,
        /// How many boxes.
        boxes: usize,
    },
    /// So many spare devices are not drawn.
    Spares(usize),
    /// So many devices of no system are not drawn in the diagram of systems.
    WithoutSystem(usize),
    /// Of so many drawn devices nobody has said in which zone they stand.
    WithoutZone(usize),
}

/// Nodes that stand in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Which place.
    pub place: Place,
    /// The indices of its nodes, in the order in which they are drawn.
    pub nodes: Vec<usize>,
}

/// A diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Which.
    pub diagram: Diagram,
    /// The places, from the outside inwards; each has a node at least.
    pub bands: Vec<Band>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The links.
    pub links: Vec<Link>,
    /// What is not shown one by one.
    pub notes: Vec<Note>,
}

/// Puts a graph together.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) nodes: Vec<Node>,
    places: Vec<Place>,
    links: std::collections::BTreeSet<Link>,
}

impl Builder {
    pub(super) fn add(&mut self, place: Place, node: Node) -> usize {
        self.nodes.push(node);
        self.places.push(place);
        self.nodes.len() - 1
    }

    pub(super) fn link(&mut self, from: usize, to: usize, kind: LinkKind, is_unconfirmed: bool) {
        if from != to {
            self.links.insert(Link {
                from,
                to,
                kind,
                is_unconfirmed,
            });
        }
    }

    /// The graph; nodes of one place stand in the order in which they were added.
    pub(super) fn finish(self, diagram: Diagram, notes: Vec<Note>) -> Graph {
        let mut bands: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (index, place) in self.places.into_iter().enumerate() {
            bands.entry(place).or_default().push(index);
        }
        Graph {
            diagram,
            bands: bands
                .into_iter()
                .map(|(place, nodes)| Band { place, nodes })
                .collect(),
            nodes: self.nodes,
            links: self.links.into_iter().collect(),
            notes,
        }
    }
}
