//! The readers on small files of every kind, the comparison with a register, and the worst
//! input that anybody could hand in.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where its expectation does"
)]

mod hostile;
#[path = "../../fuzz/properties.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets use them from outside")]
mod properties;
mod readers;
mod reconcile;

use std::path::{Path, PathBuf};

use discovery::model::{Report, SourceKind};
use discovery::{Options, read};

/// Every fixture with its kind.
const FIXTURES: &[(&str, SourceKind)] = &[
    ("arp-bsd.txt", SourceKind::Arp),
    ("arp-cisco.txt", SourceKind::Arp),
    ("arp-linux.txt", SourceKind::Arp),
    ("arp-windows-en.txt", SourceKind::Arp),
    ("arp-windows-ja.txt", SourceKind::Arp),
    ("computers.ldf", SourceKind::Ldif),
    ("cyclonedx-device.json", SourceKind::CycloneDx),
    ("cyclonedx-device-without-name.json", SourceKind::CycloneDx),
    ("cyclonedx-operations.json", SourceKind::CycloneDx),
    ("dhcpd.leases", SourceKind::IscDhcp),
    ("dnsmasq.leases", SourceKind::Dnsmasq),
    ("ip-neigh.txt", SourceKind::Arp),
    ("kea-leases4.csv", SourceKind::KeaDhcp),
    ("netsh-dhcp-ja.txt", SourceKind::WindowsDhcpNetsh),
    ("nmap-aborted.xml", SourceKind::Nmap),
    ("nmap.xml", SourceKind::Nmap),
    ("osquery-tables.json", SourceKind::OsqueryTables),
    ("osquery.log", SourceKind::OsqueryLog),
    ("proc-arp.txt", SourceKind::Arp),
    ("spdx-2.3.json", SourceKind::Spdx),
    ("spdx-3.0.json", SourceKind::Spdx),
    ("systeminfo-en.csv", SourceKind::SystemInfo),
    ("systeminfo-ja-cp932.csv", SourceKind::SystemInfo),
    ("systeminfo-ja-utf16.csv", SourceKind::SystemInfo),
    ("windows-dhcp.csv", SourceKind::WindowsDhcpCsv),
    ("windows-dhcp.xml", SourceKind::WindowsDhcpXml),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn report(name: &str) -> Report {
    read(&fixture(name), name, &Options::default()).unwrap()
}

/// What a person would see of each observation, in one line.
fn lines(report: &Report) -> Vec<String> {
    report
        .observations
        .iter()
        .map(|observation| {
            let device = &observation.device;
            let mut parts = vec![format!("{}", observation.place)];
            parts.extend(
                device
                    .names
                    .iter()
                    .map(|n| format!("{:?}={}", n.kind, n.value)),
            );
            parts.extend(
                device
                    .addresses
                    .iter()
                    .map(|a| format!("{}({:?})", a.ip, a.assignment)),
            );
            parts.extend(device.macs.iter().map(ToString::to_string));
            parts.push(format!("{:?}", observation.presence));
            parts.extend(
                observation
                    .seen_at
                    .map(|at| at.unix_timestamp().to_string()),
            );
            parts.join(" ")
        })
        .collect()
}

fn problems(report: &Report) -> Vec<String> {
    report.problems.iter().map(ToString::to_string).collect()
}
