use std::io::Read;
use std::time::{Duration, Instant};

use discovery::model::{Incomplete, Reason, SourceKind};
use discovery::readers::read_as;
use discovery::{Limits, Options, ReadError, read, read_from};
use proptest::prelude::*;

use crate::{FIXTURES, fixture, problems};

/// Generous beside other tests, and far below what anything quadratic would take.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn entities_are_never_expanded_nor_fetched() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE nmaprun [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \
                \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><nmaprun><host><address addr=\"&b;\" \
                addrtype=\"ipv4\"/></host></nmaprun>";
    let external = "<?xml version=\"1.0\"?><!DOCTYPE nmaprun [<!ENTITY x SYSTEM \
                    \"file:///etc/passwd\">]><nmaprun args=\"&x;\"><host/></nmaprun>";
    let undeclared = "<nmaprun><host><address addr=\"10.0.0.1\" addrtype=\"ipv4\"/>\
                      <hostnames><hostname name=\"&x;\"/></hostnames></host></nmaprun>";
    for text in [bomb, external] {
        let report = read(text.as_bytes(), "", &Options::default()).unwrap();
        assert!(!report.complete);
        assert!(report.observations.is_empty());
        assert_eq!(report.problems[0].reason, Reason::Entity);
    }
    let report = read(undeclared.as_bytes(), "", &Options::default()).unwrap();
    assert!(report.observations[0].device.names.is_empty());
    assert!(report.problems.iter().any(|p| p.reason == Reason::Entity));
    let windows = "<!DOCTYPE x [<!ENTITY x \"y\">]><DHCPServer><Leases/></DHCPServer>";
    assert!(
        read_as(
            SourceKind::WindowsDhcpXml,
            windows.as_bytes(),
            &Options::default()
        )
        .is_err()
    );
}

#[test]
fn a_hundred_thousand_components_are_read_and_bounded() {
    let mut text =
        String::from("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[");
    for n in 0..100_000 {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&format!(
            "{{\"type\":\"library\",\"name\":\"c{n}\",\"version\":\"1.{n}\",\"purl\":\"pkg:npm/c{n}@1.{n}\"}}"
        ));
    }
    text.push_str("],\"dependencies\":[{\"ref\":\"c1\",\"dependsOn\":[\"c2\"]},{\"ref\":\"c2\",\"dependsOn\":[\"c1\"]}]}");
    let begun = Instant::now();
    let report = read(text.as_bytes(), "big.json", &Options::default()).unwrap();
    assert!(begun.elapsed() < LONGEST);
    assert!(report.complete);
    assert_eq!(report.observations[0].device.software.len(), 100_000);
    let mut options = Options::default();
    options.limits.items = 1_000;
    let report = read(text.as_bytes(), "big.json", &options).unwrap();
    assert_eq!(report.incomplete, Some(Incomplete::Bound));
    assert_eq!(report.observations[0].device.software.len(), 1_000);
    assert!(problems(&report)[0].contains("more than 1000"));
    let half = &text.as_bytes()[..text.len() / 2];
    let report = read(half, "half.json", &Options::default()).unwrap();
    assert_eq!(report.incomplete, Some(Incomplete::CutOff));
    assert!(report.observations[0].device.software.len() > 40_000);
}

#[test]
fn nesting_has_an_end() {
    let json = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{}{}]}}",
        "{\"name\":\"a\",\"components\":[".repeat(20_000),
        "]}".repeat(20_000)
    );
    let report = read(json.as_bytes(), "", &Options::default()).unwrap();
    assert!(!report.complete);
    let json = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{}{}]}}",
        (0..30)
            .map(|n| format!("{{\"name\":\"a{n}\",\"components\":["))
            .collect::<String>(),
        "]}".repeat(30)
    );
    let mut options = Options::default();
    options.limits.depth = 10;
    let report = read(json.as_bytes(), "", &options).unwrap();
    assert_eq!(report.observations[0].device.software.len(), 10);
    assert_eq!(report.incomplete, Some(Incomplete::Bound));
    let xml = format!("<nmaprun>{}", "<host>".repeat(1_000_000));
    let report = read(xml.as_bytes(), "", &Options::default()).unwrap();
    assert!(!report.complete);
    let leases = format!("lease 10.0.0.1 {{ {}", "a {".repeat(1_000_000));
    let report = read(leases.as_bytes(), "", &Options::default()).unwrap();
    assert!(!report.complete);
}

#[test]
fn long_texts_are_left_out_with_their_place() {
    let long = "9".repeat(10_000);
    let text = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{{\"name\":\"a\",\"version\":\"{long}\"}}]}}"
    );
    let report = read(text.as_bytes(), "", &Options::default()).unwrap();
    assert_eq!(report.observations[0].device.software[0].version, None);
    assert_eq!(
        problems(&report),
        ["components[0]: version has more than 1024 characters and was left out"]
    );
    let text = format!(
        "<nmaprun><host><address addr=\"10.0.0.1\" addrtype=\"ipv4\"/><hostnames><hostname \
         name=\"{long}\"/></hostnames></host><runstats><finished/></runstats></nmaprun>"
    );
    let report = read(text.as_bytes(), "", &Options::default()).unwrap();
    assert!(report.observations[0].device.names.is_empty());
    assert_eq!(report.problems.len(), 1);
}

/// Claims two gigabytes and delivers one byte for ever.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(b'{');
        self.0 += u64::try_from(buffer.len()).unwrap();
        assert!(self.0 < 64 << 20, "read far beyond the bound");
        Ok(buffer.len())
    }
}

#[test]
fn a_size_is_counted_not_believed() {
    let options = Options {
        limits: Limits {
            bytes: 1 << 20,
            ..Limits::default()
        },
        ..Options::default()
    };
    let refused = read_from(Endless(0), "x.json", &options);
    assert!(matches!(refused, Err(ReadError::TooLarge { limit }) if limit == 1 << 20));
    let claims = "[{\"port\":\"2147483648\",\"protocol\":\"6\"},{\"hostname\":\"a1\",\"hardware_serial\":\"x\"}]";
    let report = read(claims.as_bytes(), "", &Options::default()).unwrap();
    assert!(report.observations[0].device.services.is_empty());
}

#[test]
fn records_have_a_bound_in_every_reader() {
    let mut options = Options::default();
    options.limits.records = 1;
    for (name, _) in FIXTURES {
        let unbounded = read(&fixture(name), name, &Options::default()).unwrap();
        let bounded = read(&fixture(name), name, &options).unwrap();
        assert!(bounded.observations.len() <= 1, "{name}");
        if unbounded.observations.len() > 1 {
            assert!(!bounded.complete, "{name}");
            assert!(!bounded.problems.is_empty(), "{name}");
        }
    }
}

#[test]
fn problems_have_a_bound() {
    let text: String = (0..5_000).map(|_| "1 2 3 4\n").collect();
    let text = format!("1795300000 00:1b:21:00:00:03 10.0.0.1 a *\n{text}");
    let report = read_as(SourceKind::Dnsmasq, text.as_bytes(), &Options::default()).unwrap();
    assert_eq!(report.problems.len(), 1_000);
    assert_eq!(report.further_problems, 4_000);
}

#[test]
fn every_cut_of_every_file_is_survived_and_none_claims_to_be_whole() {
    for (name, kind) in FIXTURES {
        let whole = fixture(name);
        for cut in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            let part = &whole[..cut];
            let Ok(report) = read_as(*kind, part, &Options::default()) else {
                continue;
            };
            // Formats with an end of their own must notice that it is missing.
            let has_end = matches!(
                kind,
                SourceKind::Nmap
                    | SourceKind::CycloneDx
                    | SourceKind::Spdx
                    | SourceKind::OsqueryTables
                    | SourceKind::WindowsDhcpXml
            );
            let only_white_space = whole[cut..].iter().all(u8::is_ascii_whitespace);
            if has_end && !only_white_space {
                assert!(!report.complete, "{name} cut at {cut}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_reader_panics_on_altered_files(
        which in 0..FIXTURES.len(),
        reader in 0..SourceKind::ALL.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
    ) {
        let (name, own) = FIXTURES[which];
        let mut bytes = fixture(name);
        for (at, byte, how) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, byte),
                _ => {
                    let part = bytes[at..(at + 40).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        let options = Options::default();
        let _ = discovery::detect(&bytes, name);
        for kind in [own, SourceKind::ALL[reader]] {
            if let Ok(report) = read_as(kind, &bytes, &options) {
                for observation in &report.observations {
                    prop_assert!(
                        observation.subject == discovery::model::Subject::Product
                            || !observation.device.is_blank()
                    );
                }
                let stored = serde_json::to_string(&report).unwrap();
                let restored: discovery::model::Report = serde_json::from_str(&stored).unwrap();
                prop_assert_eq!(restored, report);
            }
        }
    }

    #[test]
    fn no_reader_panics_on_garbage(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for kind in SourceKind::ALL {
            let _ = read_as(*kind, &bytes, &Options::default());
        }
        let _ = read(&bytes, "x", &Options::default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_properties_of_the_fuzz_targets_hold(
        first in 0..FIXTURES.len(),
        second in 0..FIXTURES.len(),
        cut in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let mut bytes = fixture(FIXTURES[first].0);
        bytes.push(0x0C);
        let mut other = fixture(FIXTURES[second].0);
        other.truncate(cut.index(other.len() * 2).min(other.len()));
        bytes.extend(other);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        crate::properties::file(&bytes);
        crate::properties::compare(&bytes);
        crate::properties::table(&bytes);
    }
}

#[test]
fn every_pair_of_files_keeps_the_promises() {
    for (first, _) in FIXTURES {
        for (second, _) in FIXTURES {
            let pair = [&fixture(first)[..], b"\x0C", &fixture(second)].concat();
            crate::properties::compare(&pair);
        }
        crate::properties::file(&fixture(first));
        crate::properties::table(&fixture(first));
    }
    let ledger = "管理番号\tPC名\tIPアドレス\tMACアドレス\n1\tpc1a\t10.0.0.1(固定)\t00-1b-21-00-00-01\n\t\t\t\n2\t\tDHCP\t-\n";
    crate::properties::table(ledger.as_bytes());
}
