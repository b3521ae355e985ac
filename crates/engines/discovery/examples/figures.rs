//! Figures of the comparison and of the readers, printed by `cargo run --release -p discovery
//! --example figures`.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::time::{Duration, Instant};

use discovery::model::{
    Address, Device, Mac, NameKind, Observation, Place, Presence, Report, SourceKind, Subject,
};
use discovery::reconcile::{RegisterAsset, Scope, Settings, Source, reconcile};
use discovery::{Options, read};
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

fn main() {
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
