use discovery::model::{
    DeviceClass, Field, Incomplete, NameKind, Presence, Protocol, SourceKind, Subject,
};
use discovery::{Options, ReadError, detect};

use crate::{FIXTURES, fixture, folder, lines, problems, report};

#[test]
fn every_fixture_is_told_by_its_content_alone() {
    for (name, kind) in FIXTURES {
        assert_eq!(detect(&fixture(name), ""), Some(*kind), "{name}");
    }
    let mut known: Vec<&str> = FIXTURES.iter().map(|(name, _)| *name).collect();
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    known.sort_unstable();
    there.sort();
    assert_eq!(known, there);
}

#[test]
fn what_is_none_of_these_is_said_to_be_none() {
    for (bytes, kind) in [
        (&b""[..], None),
        (b"\0\0\0\0\x01\x02", None),
        (b"PK\x03\x04xl/workbook.xml", None),
        (b"<html><body>no scan</body></html>", None),
        (b"{\"hello\": 1}", None),
        (b"just a sentence", None),
        (
            "PC名,IPアドレス\npc1,10.0.0.1\n".as_bytes(),
            Some(SourceKind::Table),
        ),
    ] {
        assert_eq!(detect(bytes, "x.csv"), kind, "{bytes:?}");
    }
    let options = Options::default();
    assert!(matches!(
        discovery::read(b"", "x", &options),
        Err(ReadError::Empty)
    ));
    assert!(matches!(
        discovery::read(b"just a sentence", "x", &options),
        Err(ReadError::Unknown)
    ));
    assert!(matches!(
        discovery::read("名前,番号\na,1\n".as_bytes(), "x.csv", &options),
        Err(ReadError::Table)
    ));
    for kind in SourceKind::ALL {
        let refused = discovery::readers::read_as(*kind, b"just a sentence", &options);
        assert!(refused.is_err(), "{kind:?}");
    }
}

#[test]
fn nmap_hosts_with_services_and_guesses() {
    let report = report("nmap.xml");
    assert!(report.complete);
    assert_eq!(problems(&report), [] as [&str; 0]);
    assert_eq!(
        lines(&report),
        [
            "/nmaprun/host[1] Fqdn=pacs.clinic.example 192.168.10.5(Unknown) 00:1b:21:3c:9d:f8 Seen 1795257090",
            "/nmaprun/host[2] 192.168.10.1(Unknown) 00:09:0f:11:22:33 Seen 1795257080",
        ]
    );
    assert_eq!(
        report.silent,
        ["192.168.10.77".parse::<std::net::IpAddr>().unwrap()]
    );
    assert_eq!(report.examined_networks[0].to_string(), "192.168.10.0/24");
    assert!(
        report
            .examined_ports
            .iter()
            .any(|r| r.contains(Protocol::Tcp, 5050))
    );
    assert!(
        !report
            .examined_ports
            .iter()
            .any(|r| r.contains(Protocol::Tcp, 8080))
    );
    let pacs = &report.observations[0].device;
    let services: Vec<_> = pacs
        .services
        .iter()
        .map(|s| (s.port, s.name.as_deref(), s.product.as_deref(), s.uncertain))
        .collect();
    assert_eq!(
        services,
        [
            (22, Some("ssh"), Some("OpenSSH"), false),
            (443, Some("https"), Some("nginx & friends"), false),
            (11112, Some("dicom"), None, false),
            (161, Some("snmp"), None, true),
        ]
    );
    assert_eq!(
        pacs.services[0].cpe.as_deref(),
        Some("cpe:/a:openbsd:openssh:8.9p1")
    );
    let os = pacs.os.as_ref().unwrap();
    assert_eq!(os.name.as_deref(), Some("Linux 4.15 - 5.8"));
    assert_eq!(
        (os.accuracy, os.cpe.as_deref()),
        (Some(96), Some("cpe:/o:linux:linux_kernel:5"))
    );
    assert_eq!(pacs.class(), Some(DeviceClass::MedicalDevice));
    let gate = &report.observations[1].device;
    assert_eq!(gate.class(), Some(DeviceClass::NetworkDevice));
    assert_eq!(gate.os, None, "a guess of 70 per cent says nothing");
}

#[test]
fn an_aborted_scan_keeps_whole_hosts_and_says_that_it_is_not_complete() {
    let aborted = report("nmap-aborted.xml");
    assert!(!aborted.complete);
    assert_eq!(aborted.incomplete, Some(Incomplete::CutOff));
    assert_eq!(aborted.observations.len(), 1, "half a host is no host");
    assert_eq!(aborted.observations, report("nmap.xml").observations[..1]);
    let whole = String::from_utf8(fixture("nmap.xml")).unwrap();
    let options = Options::default();
    let without_end = {
        let (before, rest) = whole.split_once("<runstats>").unwrap();
        format!("{before}{}", rest.split_once("</runstats>").unwrap().1)
    };
    for changed in [
        whole.replace("exit=\"success\"", "exit=\"error\" errormsg=\"quit\""),
        without_end,
    ] {
        let report = discovery::read(changed.as_bytes(), "x.xml", &options).unwrap();
        assert!(!report.complete);
        assert_eq!(report.incomplete, Some(Incomplete::Aborted));
        assert_eq!(report.observations.len(), 2);
    }
}

#[test]
fn a_bill_of_a_device_is_that_device_with_its_parts() {
    let device = report("cyclonedx-device.json");
    assert_eq!(
        problems(&device),
        [
            "components[3]: the name of the component is missing; the record was left out",
            "components[4]: component \"\"nonsense\"\" is malformed; correct it in the source or leave it empty",
        ]
    );
    let [one] = device.observations.as_slice() else {
        panic!("one device");
    };
    assert_eq!(one.subject, Subject::Device);
    assert_eq!(one.device.serial_number.as_deref(), Some("ES500-20931"));
    assert_eq!(one.device.model.as_deref(), Some("EchoStar 500"));
    assert_eq!(
        one.device.manufacturer.as_deref(),
        Some("架空メディカル株式会社")
    );
    assert_eq!(one.device.class(), Some(DeviceClass::MedicalDevice));
    let os = one.device.os.as_ref().unwrap();
    assert_eq!(os.version.as_deref(), Some("1809"));
    let names: Vec<&str> = one
        .device
        .software
        .iter()
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Windows 10 IoT Enterprise LTSC",
            "dcm4che-core",
            "log4j-core",
            "probe controller"
        ]
    );
    assert_eq!(
        one.device.software[2].purl.as_deref(),
        Some("pkg:maven/org.apache.logging.log4j/log4j-core@2.13.0")
    );
    let operations = report("cyclonedx-operations.json");
    let subjects: Vec<_> = operations
        .observations
        .iter()
        .map(|o| (o.subject, o.device.label(), o.device.software.len()))
        .collect();
    assert_eq!(
        subjects,
        [
            (Subject::Product, "電子カルテ基盤".to_owned(), 1),
            (Subject::Device, "PowerEdge R750".to_owned(), 2),
        ]
    );
    let server = &operations.observations[1].device;
    assert_eq!(server.serial_number.as_deref(), Some("5CD1234ABC"));
    assert_eq!(
        server.os.as_ref().unwrap().name.as_deref(),
        Some("VMware ESXi")
    );
}

#[test]
fn the_list_of_a_device_that_nothing_names_is_left_to_a_person() {
    let report = report("cyclonedx-device-without-name.json");
    let [observation] = report.observations.as_slice() else {
        panic!("{:?}", report.observations);
    };
    assert_eq!(observation.subject, Subject::Product);
    assert_eq!(observation.device.software.len(), 2);
}

#[test]
fn a_part_that_nothing_names_is_reported_and_no_device() {
    let bytes = br#"{"bomFormat":"CycloneDX","specVersion":"1.6",
        "metadata":{"component":{"type":"platform","name":"p"}},
        "components":[{"type":"device","na$e":"x","components":[
            {"type":"firmware","name":"iDRAC9","version":"6.10"}]}]}"#;
    let report = discovery::read(bytes, "bom.json", &Options::default()).unwrap();
    let subjects: Vec<Subject> = report.observations.iter().map(|o| o.subject).collect();
    assert_eq!(subjects, [Subject::Product], "the platform, and no device");
    assert!(
        report
            .problems
            .iter()
            .any(|problem| format!("{problem:?}").contains("of the device")),
        "{:?}",
        report.problems
    );
}

#[test]
fn what_is_left_of_a_text_without_control_characters_may_be_nothing() {
    let text = "dn: CN=A,DC=x\nobjectClass: computer\nsAMAccountName: A$\n\
        managedBy: CN=,DC=x\nlocation: \u{1}\u{2}\n";
    let report = discovery::read(text.as_bytes(), "a.ldf", &Options::default()).unwrap();
    let facts = &report.observations[0].device.facts;
    assert!(facts.values().all(|fact| !fact.is_empty()), "{facts:?}");
}

#[test]
fn the_published_samples_of_cyclonedx_are_read() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/vuln/sbom");
    // The samples lie beside the project, not in it: a fresh clone has none.
    let Ok(files) = std::fs::read_dir(folder) else {
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let report = discovery::read(&bytes, "bom.json", &Options::default());
        let report = report.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(report.complete, "{}", path.display());
        assert_eq!(problems(&report), [] as [&str; 0], "{}", path.display());
    }
}

#[test]
fn other_versions_are_refused_by_name() {
    let options = Options::default();
    for text in [
        r#"{"bomFormat":"CycloneDX","specVersion":"2.0","components":[]}"#,
        r#"{"bomFormat":"CycloneDX","specVersion":"1.1","components":[]}"#,
        r#"{"spdxVersion":"SPDX-2.1","packages":[]}"#,
        r#"{"@context":"https://spdx.org/rdf/3.7.0/spdx-context.jsonld","@graph":[]}"#,
    ] {
        let refused = discovery::read(text.as_bytes(), "x.json", &options);
        assert!(matches!(refused, Err(ReadError::Version { .. })), "{text}");
    }
    for version in ["1.2", "1.3", "1.4", "1.5", "1.6"] {
        let text = format!(
            r#"{{"components":[{{"type":"library","name":"a"}}],"bomFormat":"CycloneDX","specVersion":"{version}"}}"#
        );
        assert!(discovery::read(text.as_bytes(), "x.json", &options).is_ok());
    }
}

#[test]
fn spdx_documents_of_both_generations() {
    let two = report("spdx-2.3.json");
    assert_eq!(
        problems(&two),
        ["packages[2]: the name of the package is missing; the record was left out"]
    );
    let [viewer] = two.observations.as_slice() else {
        panic!("one product");
    };
    assert_eq!(viewer.subject, Subject::Product);
    assert_eq!(viewer.device.label(), "DICOM Viewer");
    let software: Vec<_> = viewer
        .device
        .software
        .iter()
        .map(|s| (s.name.as_str(), s.vendor.as_deref(), s.purl.as_deref()))
        .collect();
    assert_eq!(
        software,
        [
            ("DICOM Viewer", Some("Kakuu Imaging"), None),
            ("openssl", None, Some("pkg:generic/openssl@1.0.2k")),
        ]
    );
    let three = report("spdx-3.0.json");
    let [pump] = three.observations.as_slice() else {
        panic!("one device");
    };
    assert_eq!(pump.subject, Subject::Device);
    assert_eq!(pump.device.manufacturer.as_deref(), Some("Kakuu Pumps"));
    assert_eq!(
        pump.device.os.as_ref().unwrap().name.as_deref(),
        Some("QNX")
    );
    assert_eq!(pump.device.software.len(), 2);
}

#[test]
fn osquery_tables_are_one_device() {
    let report = report("osquery-tables.json");
    assert_eq!(
        lines(&report),
        ["system_info[0] Hostname=UKETSUKE01 192.168.10.21(Unknown) 00:1b:21:00:00:01 Seen"]
    );
    let device = &report.observations[0].device;
    assert_eq!(device.serial_number.as_deref(), Some("5CD1234"));
    assert_eq!(device.class(), Some(DeviceClass::Terminal));
    assert_eq!(device.software.len(), 2);
    let ports: Vec<(u16, bool)> = device
        .services
        .iter()
        .map(|s| (s.port, s.is_local_only()))
        .collect();
    assert_eq!(ports, [(445, false), (5939, true)]);
    assert_eq!(report.problems.len(), 3, "{:?}", problems(&report));
}

#[test]
fn the_osquery_log_is_a_history() {
    let report = report("osquery.log");
    assert!(!report.complete, "its last line is cut off");
    assert_eq!(
        lines(&report),
        [
            "line 1 Hostname=host-a Seen 1795257002",
            "line 6 Hostname=host-b Seen 1795257003"
        ]
    );
    let software: Vec<_> = report
        .observations
        .iter()
        .flat_map(|o| &o.device.software)
        .map(|s| format!("{} {}", s.name, s.version.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(software, ["openssl 3.0.5", "bash 5.1.8-6.el9"]);
    assert_eq!(report.problems.len(), 2, "{:?}", problems(&report));
}

#[test]
fn systeminfo_in_two_languages_and_three_encodings() {
    let english = report("systeminfo-en.csv");
    assert_eq!(
        lines(&english),
        ["line 2 Hostname=PACS01 Fqdn=PACS01.clinic.example 192.168.10.6(Static) Seen 1795257000"]
    );
    let pacs = &english.observations[0].device;
    assert_eq!(pacs.class(), Some(DeviceClass::Server));
    assert_eq!(pacs.os.as_ref().unwrap().build.as_deref(), Some("17763"));
    let updates: Vec<&str> = pacs.software.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(updates, ["KB5011048", "KB5012170"]);
    let japanese = report("systeminfo-ja-cp932.csv");
    assert_eq!(
        lines(&japanese),
        ["line 2 Hostname=UKETSUKE02 192.168.10.31(Dynamic) Seen 1795257000"]
    );
    let device = &japanese.observations[0].device;
    assert_eq!(device.class(), Some(DeviceClass::Terminal));
    assert_eq!(
        device.os.as_ref().unwrap().version.as_deref(),
        Some("10.0.19045")
    );
    assert_eq!(device.model.as_deref(), Some("ESPRIMO D7010"));
    assert_eq!(device.facts[&Field::User], "受付");
    assert_eq!(device.software.len(), 2);
    assert_eq!(report("systeminfo-ja-utf16.csv"), japanese);
    for report in [&english, &japanese] {
        assert!(report.complete);
        assert_eq!(problems(report), [] as [&str; 0]);
    }
}

#[test]
fn several_computers_in_one_file_with_their_headings_repeated() {
    let mut both = fixture("systeminfo-ja-cp932.csv");
    both.extend(fixture("systeminfo-ja-cp932.csv"));
    let report = discovery::read(&both, "all.csv", &Options::default()).unwrap();
    assert_eq!(report.observations.len(), 2);
}

#[test]
fn leases_of_every_server() {
    assert_eq!(
        lines(&report("dhcpd.leases")),
        [
            "line 20 Hostname=SHINSATSU01 192.168.10.101(Dynamic) 00:1b:21:00:00:02 Listed 1795244400",
            "line 14 192.168.10.102(Dynamic) da:a1:19:00:00:01 Inactive 1795200000",
            "line 28 Hostname=printer 192.168.10.200(Static) 00:80:77:31:01:07 Listed",
            "line 35 2001:db8:10::5(Dynamic) Listed",
        ]
    );
    let dnsmasq = report("dnsmasq.leases");
    assert_eq!(
        lines(&dnsmasq),
        [
            "line 1 Hostname=NURSE01 192.168.10.103(Dynamic) 00:1b:21:00:00:03 Listed",
            "line 2 192.168.10.104(Dynamic) de:ad:be:ef:00:01 Listed",
            "line 3 Hostname=brother 192.168.10.200(Unknown) 00:80:77:31:01:07 Listed",
            "line 6 Hostname=NURSE01 2001:db8:10::6(Dynamic) Listed",
        ]
    );
    assert_eq!(dnsmasq.problems.len(), 1);
    let kea = report("kea-leases4.csv");
    assert_eq!(
        lines(&kea),
        [
            "line 2 Fqdn=lab01.clinic.example 192.168.10.110(Dynamic) 00:1b:21:00:00:04 Listed 1795256000",
            "line 5 Hostname=xray,1 192.168.10.112(Dynamic) 00:1b:21:00:00:06 Inactive 1795256000",
            "line 6 Hostname=bad 192.168.10.113(Dynamic) Listed 1795256000",
        ]
    );
    assert_eq!(
        problems(&kea),
        [
            "line 6: hardware address \"zz\" is malformed; correct it in the source or leave it empty"
        ]
    );
}

#[test]
fn leases_of_windows_in_three_forms() {
    let csv = report("windows-dhcp.csv");
    assert_eq!(
        lines(&csv),
        [
            "line 3 Fqdn=KENSA01.clinic.example 192.168.10.120(Dynamic) 00:1b:21:00:00:07 Listed",
            "line 4 Hostname=printer1 192.168.10.121(Static) 00:80:77:31:01:07 Inactive",
            "line 5 Hostname=old 192.168.10.122(Dynamic) Inactive",
        ]
    );
    assert_eq!(
        csv.observations[1].device.facts[&Field::Note],
        "検査室プリンター"
    );
    assert_eq!(problems(&csv), [] as [&str; 0]);
    assert_eq!(
        lines(&report("windows-dhcp.xml")),
        [
            "Reservation[1] Hostname=printer1 192.168.10.200(Static) 00:80:77:31:01:07 Listed",
            "Lease[2] Fqdn=KENSA01.clinic.example 192.168.10.120(Dynamic) 00:1b:21:00:00:07 Listed",
        ]
    );
    assert_eq!(
        lines(&report("netsh-dhcp-ja.txt")),
        [
            "line 9 Fqdn=KENSA01.clinic.example 192.168.10.120(Dynamic) 00:1b:21:00:00:07 Listed",
            "line 10 Hostname=printer-D1 192.168.10.200(Static) 00:80:77:31:01:07 Listed",
        ]
    );
}

#[test]
fn tables_of_neighbours_agree_whatever_wrote_them() {
    for (name, silent) in [
        ("arp-bsd.txt", 1),
        ("arp-cisco.txt", 1),
        ("arp-linux.txt", 1),
        ("arp-windows-en.txt", 0),
        ("arp-windows-ja.txt", 0),
        ("ip-neigh.txt", 1),
        ("proc-arp.txt", 1),
    ] {
        let report = report(name);
        let found: Vec<_> = report
            .observations
            .iter()
            .map(|o| {
                let device = &o.device;
                (
                    device.macs[0].to_string(),
                    device.addresses[0].ip.to_string(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("00:09:0f:11:22:33".to_owned(), "192.168.10.1".to_owned()),
                ("00:1b:21:3c:9d:f8".to_owned(), "192.168.10.5".to_owned()),
            ],
            "{name}"
        );
        assert_eq!(report.silent.len(), silent, "{name}");
        assert_eq!(problems(&report), [] as [&str; 0], "{name}");
    }
}

#[test]
fn a_router_that_answers_for_others_is_named() {
    let table: String = (1..=20)
        .map(|n| format!("10.0.0.{n} dev eth0 lladdr 00:09:0f:11:22:33 STALE\n"))
        .collect();
    let report = discovery::read(table.as_bytes(), "", &Options::default()).unwrap();
    assert_eq!(report.observations.len(), 1);
    assert!(report.observations[0].device.addresses.is_empty());
    assert!(problems(&report)[0].contains("answers for 20 addresses"));
}

#[test]
fn computers_of_a_directory() {
    let report = report("computers.ldf");
    assert_eq!(
        lines(&report),
        [
            "line 3 Hostname=KENSA01 Fqdn=KENSA01.clinic.example Listed 1795257000",
            "line 20 Hostname=DC01 Fqdn=DC01.clinic.example Listed",
            "line 28 Hostname=OLD01 Inactive",
        ]
    );
    assert_eq!(
        problems(&report),
        [
            "line 26: lastlogontimestamp \"soon\" is malformed; correct it in the source or leave it empty"
        ]
    );
    let kensa = &report.observations[0].device;
    assert_eq!(kensa.facts[&Field::Note], "検査室の端末");
    assert_eq!(kensa.facts[&Field::Administrator], "山田 太郎");
    assert_eq!(kensa.os.as_ref().unwrap().build.as_deref(), Some("19045"));
    assert_eq!(
        kensa.extra["dn"],
        "CN=KENSA01,OU=Workstations,DC=clinic,DC=example"
    );
    assert_eq!(
        report.observations[1].device.class(),
        Some(DeviceClass::Server)
    );
    assert_eq!(report.observations[2].presence, Presence::Inactive);
    assert_eq!(kensa.name(NameKind::Hostname), Some("KENSA01"));
}
