//! Figures of the comparison and of the readers, printed by `cargo run --release -p discovery
//! --example discovery_figures`.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::time::{Duration, Instant};

use discovery::model::{
    Address, Device, Mac, NameKind, Observation, Place, Presence, Report, SourceKind, Subject,
};
use discovery::reconcile::{RegisterAsset, Scope, Settings, Source, duplicates, reconcile};
use discovery::{Options, columns, read};
use time::OffsetDateTime;

fn mac(n: u32) -> Mac {
    let [_, b, c, d] = n.to_be_bytes();
    Mac::new([0x00, 0x1B, 0x21, b, c, d])
}

fn device(n: u32, with_name: bool) -> Device {
    let mut device = Device::default();
    device.add_mac(mac(n));
    let [_, b, c, d] = n.to_be_bytes();
    device.add_address(Address::unknown([10, b, c, d].into()));
    if with_name {
        device.add_name(NameKind::Hostname, &format!("pc{n:05}x"));
    }
    device
}

fn report(kind: SourceKind, devices: impl Iterator<Item = Device>) -> Report {
    let mut report = Report::empty(kind);
    report.taken_at = OffsetDateTime::from_unix_timestamp(1_795_257_000).ok();
    report.observations = devices
        .zip(1..)
        .map(|(device, line)| Observation {
            device,
            subject: Subject::Device,
            presence: Presence::Seen,
            seen_at: None,
            place: Place::Line(line),
        })
        .collect();
    report
}

/// The shortest of five runs.
fn shortest<T>(mut run: impl FnMut() -> T) -> (Duration, Option<T>) {
    let mut best = (Duration::MAX, None);
    for _ in 0..5 {
        let begun = Instant::now();
        let result = run();
        let took = begun.elapsed();
        if took < best.0 {
            best = (took, Some(result));
        }
    }
    best
}

/// What an institution has already: a scan, the leases, the directory and a ledger of so many
/// devices, as text.
struct Files {
    scan: String,
    leases: String,
    directory: String,
    ledger: Vec<(u64, Vec<String>)>,
}

const LEDGER: [&str; 6] = [
    "管理番号",
    "ホスト名",
    "IPアドレス",
    "MACアドレス",
    "設置場所",
    "OS",
];

fn files(from: u32, to: u32) -> Files {
    let address = |n: u32| {
        let [_, b, c, d] = n.to_be_bytes();
        format!("10.{b}.{c}.{d}")
    };
    let mut scan = "<nmaprun scanner=\"nmap\" start=\"1795257000\">".to_owned();
    let (mut leases, mut directory) = (String::new(), String::new());
    let mut ledger = Vec::new();
    for n in from..to {
        let (ip, mac) = (address(n), mac(n));
        scan.push_str(&format!(
            "<host><status state=\"up\"/><address addr=\"{ip}\" addrtype=\"ipv4\"/><address \
             addr=\"{mac}\" addrtype=\"mac\"/><ports><port protocol=\"tcp\" portid=\"443\"><state \
             state=\"open\"/><service name=\"https\"/></port></ports></host>"
        ));
        leases.push_str(&format!(
            "lease {ip} {{\n  starts 0 2026/11/22 01:00:00;\n  ends 0 2026/11/23 01:00:00;\n  \
             binding state active;\n  hardware ethernet {mac};\n  client-hostname \"pc{n:05}x\";\n}}\n"
        ));
        directory.push_str(&format!(
            "dn: CN=PC{n:05}X,DC=example,DC=jp\nobjectClass: computer\ncn: PC{n:05}X\n\
             dNSHostName: pc{n:05}x.example.jp\noperatingSystem: Windows 11 Pro\n\n"
        ));
        let cells = [
            format!("A-{n:05}"),
            format!("pc{n:05}x"),
            ip,
            mac.to_string(),
            "外来".to_owned(),
            "Windows 11 Pro".to_owned(),
        ];
        ledger.push((u64::from(n) + 2, cells.to_vec()));
    }
    scan.push_str("<runstats><finished exit=\"success\"/></runstats></nmaprun>");
    Files {
        scan,
        leases,
        directory,
        ledger,
    }
}

/// Reading and reconciling what an institution has, against a register of as many devices.
fn of_an_institution(size: u32, settings: &Settings) {
    let register: Vec<RegisterAsset> = (0..size)
        .map(|n| RegisterAsset {
            id: format!("asset-{n:06}"),
            device: device(n, true),
            in_use: true,
            last_seen: None,
            baseline: None,
        })
        .collect();
    // A tenth is new, a tenth has gone.
    let files = files(size / 10, size + size / 10);
    let options = Options::default();
    let reading = || {
        let texts = [
            ("scan.xml", &files.scan),
            ("dhcpd.leases", &files.leases),
            ("computers.ldf", &files.directory),
        ];
        let mut reports: Vec<(&str, Report)> = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, read(text.as_bytes(), name, &options).ok()?)))
            .collect();
        let sample: Vec<Vec<String>> = files
            .ledger
            .iter()
            .take(200)
            .map(|(_, cells)| cells.clone())
            .collect();
        let mapping = columns::suggest(&LEDGER, &sample);
        let rows = files
            .ledger
            .iter()
            .map(|(row, cells)| (*row, cells.as_slice()));
        reports.push(("ledger.csv", mapping.read(rows, &options)));
        reports
    };
    let (took, reports) = shortest(reading);
    let reports = reports.unwrap_or_default();
    let observations: usize = reports
        .iter()
        .map(|(_, report)| report.observations.len())
        .sum();
    println!(
        "{size} devices: {} files with {observations} observations read in {took:.1?}",
        reports.len()
    );
    let sources: Vec<Source<'_>> = reports
        .iter()
        .map(|(label, report)| Source {
            label: (*label).to_owned(),
            report,
            scope: Scope::Nothing,
        })
        .collect();
    let (took, diff) = shortest(|| reconcile(&register, &sources, settings));
    if let Some(Ok(diff)) = diff {
        println!(
            "{size} devices: reconciled in {took:.1?} ({} matched, {} new, {} ambiguous)",
            diff.matched.len(),
            diff.new.len(),
            diff.ambiguous.len()
        );
    }
    let (took, pairs) = shortest(|| duplicates(&register));
    println!(
        "{size} rows: {} duplicates found in {took:.1?}",
        pairs.unwrap_or_default().len()
    );
}

fn main() {
    let as_of = OffsetDateTime::from_unix_timestamp(1_795_310_000);
    let as_of = as_of.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    for size in [5_000, 50_000] {
        of_an_institution(size, &Settings::at(as_of));
    }
    let settings = Settings::at(OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_780));
    for size in [1_000_u32, 8_000, 64_000] {
        let register: Vec<RegisterAsset> = (0..size)
            .map(|n| RegisterAsset {
                id: format!("asset-{n}"),
                device: device(n, true),
                in_use: true,
                last_seen: None,
                baseline: None,
            })
            .collect();
        // A tenth is new, a tenth has gone; three sources see the same devices.
        let from = size / 10;
        let arp = report(
            SourceKind::Arp,
            (from..size + from).map(|n| device(n, false)),
        );
        let dhcp = report(
            SourceKind::IscDhcp,
            (from..size + from).map(|n| device(n, true)),
        );
        let mut named = report(
            SourceKind::Ldif,
            (from..size + from).map(|n| device(n, true)),
        );
        for observation in &mut named.observations {
            observation.device.macs.clear();
            observation.device.addresses.clear();
        }
        let source = |label: &str, report| Source {
            label: label.to_owned(),
            report,
            scope: Scope::Everything,
        };
        let one = [source("arp", &arp)];
        let three = [
            source("arp", &arp),
            source("dhcp", &dhcp),
            source("ldif", &named),
        ];
        for sources in [&one[..], &three[..]] {
            let (took, diff) = shortest(|| reconcile(&register, sources, &settings));
            let Some(Ok(diff)) = diff else { continue };
            println!(
                "{size} rows against {} x {size} observations: {took:.1?} ({} matched, {} new, {} vanished, {} ambiguous)",
                sources.len(),
                diff.matched.len(),
                diff.new.len(),
                diff.vanished.len(),
                diff.ambiguous.len(),
            );
        }
        // The worst case: one name on every device.
        let same = report(
            SourceKind::IscDhcp,
            (0..size).map(|n| {
                let mut device = device(n, false);
                device.add_name(NameKind::Hostname, "same-name");
                device
            }),
        );
        let mut rows = register.clone();
        for row in &mut rows {
            row.device.add_name(NameKind::Hostname, "same-name");
            row.device.macs.clear();
            row.device.addresses.clear();
        }
        let (took, _) = shortest(|| reconcile(&rows, &[source("dhcp", &same)], &settings));
        println!("{size} rows and devices that all bear one name: {took:.1?}");
    }
    let components: Vec<String> = (0..100_000)
        .map(|n| format!("{{\"type\":\"library\",\"name\":\"component-{n}\",\"version\":\"1.{n}\",\"purl\":\"pkg:npm/component-{n}@1.{n}\"}}"))
        .collect();
    let bom = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{}]}}",
        components.join(",")
    );
    let (took, _) = shortest(|| read(bom.as_bytes(), "bom.json", &Options::default()));
    println!(
        "CycloneDX of 100,000 components ({} bytes): {took:.1?}",
        bom.len()
    );
    let hosts: String = (0..20_000_u32)
        .map(|n| {
            let [_, b, c, d] = n.to_be_bytes();
            format!("<host><status state=\"up\"/><address addr=\"10.{b}.{c}.{d}\" addrtype=\"ipv4\"/><address addr=\"{}\" addrtype=\"mac\"/><ports><port protocol=\"tcp\" portid=\"443\"><state state=\"open\"/><service name=\"https\"/></port></ports></host>", mac(n))
        })
        .collect();
    let scan = format!("<nmaprun start=\"1\">{hosts}<runstats><finished/></runstats></nmaprun>");
    let (took, _) = shortest(|| read(scan.as_bytes(), "scan.xml", &Options::default()));
    println!("nmap of 20,000 hosts ({} bytes): {took:.1?}", scan.len());
}
