use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Device, Network, Protocol};

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What kind of file it was.
    pub source: SourceKind,
    /// When the source looked, where it says so.
    #[serde(with = "time::serde::rfc3339::option")]
    pub taken_at: Option<OffsetDateTime>,
    /// Whether the file was read to its proper end. Nothing may be taken for vanished from a
    /// report that is not complete.
    pub complete: bool,
    /// Why the report is not complete.
    pub incomplete: Option<Incomplete>,
    /// What was seen.
    pub observations: Vec<Observation>,
    /// What was set aside, with its place.
    pub problems: Vec<Problem>,
    /// Problems beyond the bound, which were only counted.
    pub further_problems: usize,
    /// Networks that the source says it looked through: a proposal for the scope in which
    /// "not seen" means something.
    pub examined_networks: Vec<Network>,
    /// Ports that the source looked at; empty where it does not speak about services.
    pub examined_ports: Vec<PortRange>,
    /// Addresses at which the source says that nothing answered.
    pub silent: Vec<IpAddr>,
}

/// Why a report is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// The file stops in the middle.
    CutOff,
    /// The tool says that it was stopped, or did not write its last words.
    Aborted,
    /// A bound of the reading was reached.
    Bound,
}

/// One device as the source saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Observation {
    /// What is known of it.
    pub device: Device,
    /// A device, or a product of which a bill of materials speaks.
    pub subject: Subject,
    /// How the source knows of it.
    pub presence: Presence,
    /// When it was last there, where the source says so.
    #[serde(with = "time::serde::rfc3339::option")]
    pub seen_at: Option<OffsetDateTime>,
    /// Where in the source it stands.
    pub place: Place,
}

/// What an observation is about.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A device of the institution.
    #[default]
    Device,
    /// A product (software, type of device): its parts belong to whatever asset runs it, which
    /// only a person knows. Never compared with the register.
    Product,
}

/// How a source knows of a device.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It answered, or the report comes from the device itself.
    #[default]
    Seen,
    /// It stands in a list; whether it is there the list does not know.
    Listed,
    /// It stands in a list as switched off, expired or released.
    Inactive,
}

/// Where something stands in its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, from 1.
    Line(u64),
    /// A byte, from 0.
    Byte(u64),
    /// An element, for example `/nmaprun/host[3]` or `components[12].components[0]`.
    Path(String),
    /// A row of a table, from 1 as a spreadsheet program counts.
    Row(u64),
    /// A cell of a table.
    Cell {
        /// Row, from 1.
        row: u64,
        /// Column, from 0.
        column: usize,
        /// Heading of the column.
        heading: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
            Self::Path(path) => f.write_str(path),
            Self::Row(row) => write!(f, "row {row}"),
            Self::Cell {
                row,
                column,
                heading,
            } => write!(f, "row {row}, column {} ({heading})", column + 1),
        }
    }
}

/// Something that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What and how to mend it.
    pub reason: Reason,
}

/// Why something was set aside.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A value does not have its form.
    #[error("{what} \"{value}\" is malformed; correct it in the source or leave it empty")]
    Malformed {
        /// What the value should be.
        what: String,
        /// The value, shortened.
        value: String,
    },
    /// Something that a record needs is not there.
    #[error("{what} is missing; the record was left out")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// A text is longer than the bound.
    #[error("{what} has more than {limit} characters and was left out")]
    TooLong {
        /// What the text is.
        what: String,
        /// The bound in characters.
        limit: usize,
    },
    /// There are more than the bound allows.
    #[error("more than {limit} {what}; the rest was left out. Split the file")]
    TooMany {
        /// What there are too many of.
        what: String,
        /// The bound.
        limit: usize,
    },
    /// Elements are nested deeper than the bound.
    #[error("nested deeper than {limit} levels; what lies deeper was left out")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// The file stops here in the middle.
    #[error("the file stops here in the middle; make it anew, or use what came before")]
    CutOff,
    /// The rest of the file cannot be read from here.
    #[error("cannot be read from here on ({detail}); make the file anew")]
    Syntax {
        /// What the parser says.
        detail: String,
    },
    /// Entities are declared or used, which no tool's output does.
    #[error(
        "declares or uses XML entities, which no scan result does; the file was not trusted further"
    )]
    Entity,
    /// One hardware address answers for many addresses.
    #[error(
        "hardware address {mac} answers for {addresses} addresses (a router answering for others): the devices behind it cannot be told apart"
    )]
    AnswersForOthers {
        /// The hardware address.
        mac: String,
        /// How many addresses.
        addresses: usize,
    },
    /// The same record stands twice.
    #[error("{what} \"{value}\" stands more than once; the last counts")]
    Duplicate {
        /// What stands twice.
        what: String,
        /// The value.
        value: String,
    },
    /// A part that this library does not read.
    #[error("{what} is not read")]
    Unsupported {
        /// What it is.
        what: String,
    },
    /// A row with another number of cells than its heading.
    #[error("has {cells} cells where the heading has {headings}")]
    Uneven {
        /// Cells of the row.
        cells: usize,
        /// Cells of the heading.
        headings: usize,
    },
    /// A text holds characters that its encoding does not have.
    #[error("holds bytes that are no text in {encoding}; shown as \u{FFFD}")]
    Undecodable {
        /// The encoding that was tried.
        encoding: String,
    },
}

/// A range of ports that a source looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortRange {
    /// Transport protocol.
    pub protocol: Protocol,
    /// First port.
    pub from: u16,
    /// Last port, inclusive.
    pub to: u16,
}

impl PortRange {
    /// Every port of a protocol: a source on the device itself knows them all.
    #[must_use]
    pub fn all(protocol: Protocol) -> Self {
        Self {
            protocol,
            from: 0,
            to: u16::MAX,
        }
    }

    /// Whether the port was looked at.
    #[must_use]
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.protocol == protocol && (self.from..=self.to).contains(&port)
    }
}

/// Kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// nmap, XML output (`-oX`).
    Nmap,
    /// CycloneDX, JSON.
    CycloneDx,
    /// SPDX 2.2, 2.3 or 3.0, JSON.
    Spdx,
    /// osquery: tables as JSON.
    OsqueryTables,
    /// osqueryd: log of results.
    OsqueryLog,
    /// Windows `systeminfo /fo csv`.
    SystemInfo,
    /// ISC DHCP, `dhcpd.leases`.
    IscDhcp,
    /// dnsmasq, `dnsmasq.leases`.
    Dnsmasq,
    /// Kea, memfile in CSV.
    KeaDhcp,
    /// Windows DHCP, leases exported by PowerShell as CSV.
    WindowsDhcpCsv,
    /// Windows DHCP, `Export-DhcpServer` XML.
    WindowsDhcpXml,
    /// Windows DHCP, `netsh dhcp server … show clients`.
    WindowsDhcpNetsh,
    /// Address tables: `arp`, `ip neigh`, `/proc/net/arp`, `show ip arp`.
    Arp,
    /// LDIF with objects of computers.
    Ldif,
    /// A document that [`crate::collect`] made.
    Collect,
    /// A table with columns of the institution's own.
    Table,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Nmap,
        Self::CycloneDx,
        Self::Spdx,
        Self::OsqueryTables,
        Self::OsqueryLog,
        Self::SystemInfo,
        Self::IscDhcp,
        Self::Dnsmasq,
        Self::KeaDhcp,
        Self::WindowsDhcpCsv,
        Self::WindowsDhcpXml,
        Self::WindowsDhcpNetsh,
        Self::Arp,
        Self::Ldif,
        Self::Collect,
        Self::Table,
    ];

    /// Whether the source speaks for the device from inside, and so knows its addresses, its
    /// software and its services fully.
    #[must_use]
    pub fn is_inside_view(self) -> bool {
        matches!(
            self,
            Self::OsqueryTables | Self::OsqueryLog | Self::SystemInfo | Self::Collect
        )
    }
}

impl Report {
    /// A report without anything in it.
    #[must_use]
    pub fn empty(source: SourceKind) -> Self {
        Self {
            source,
            taken_at: None,
            complete: true,
            incomplete: None,
            observations: Vec::new(),
            problems: Vec::new(),
            further_problems: 0,
            examined_networks: Vec::new(),
            examined_ports: Vec::new(),
            silent: Vec::new(),
        }
    }

    /// Marks the report as not complete; the first reason stays.
    pub fn stop(&mut self, why: Incomplete) {
        self.complete = false;
        self.incomplete.get_or_insert(why);
    }
}
