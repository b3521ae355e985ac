use std::fs;

use time::OffsetDateTime;

use super::*;
use crate::limits::Options;
use crate::model::{DeviceClass, NameKind, Presence};

fn fake_host() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files: &[(&str, &str)] = &[
        ("proc/sys/kernel/hostname", "pacs-gw\n"),
        ("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"),
        ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        (
            "etc/os-release",
            "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n# note\nHOME_URL='x'\n",
        ),
        ("sys/class/dmi/id/sys_vendor", "Dell Inc.\n"),
        ("sys/class/dmi/id/product_name", "PowerEdge T150\n"),
        (
            "sys/class/dmi/id/product_serial",
            "To Be Filled By O.E.M.\n",
        ),
        ("sys/class/dmi/id/board_serial", "CN7016359A0B\n"),
        (
            "sys/class/dmi/id/product_uuid",
            "4c4c4544-0042-3510-8053-b4c04f593232\n",
        ),
        ("sys/class/dmi/id/chassis_type", "17\n"),
        ("sys/class/net/eth0/address", "00:1b:21:3c:9d:f8\n"),
        ("sys/class/net/eth0/device/vendor", "0x8086\n"),
        ("sys/class/net/docker0/address", "02:42:ac:11:00:01\n"),
        ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
        (
            "proc/net/fib_trie",
            "Local:\n |-- 192.168.1.10\n    /32 host LOCAL\n |-- 127.0.0.1\n    /32 host LOCAL\n",
        ),
        (
            "proc/net/tcp",
            "head\n0: 00000000:0016 00000000:0000 0A 0\n1: 0100007F:1F90 00000000:0000 0A 0\n",
        ),
        (
            "proc/net/route",
            "Iface Destination Gateway\neth0 00000000 0101A8C0 0003 0 0 0 00000000\n",
        ),
        (
            "var/lib/dpkg/status",
            "Package: openssl\nStatus: install ok installed\nMaintainer: Debian\nArchitecture: amd64\n\
             Version: 3.0.11-1~deb12u2\nDescription: x\n more: text\n\nPackage: gone\nStatus: deinstall \
             ok config-files\nVersion: 1\n\nPackage: libstdc++6\nStatus: install ok installed\n\
             Architecture: amd64\nVersion: 1:12.2.0-14\n",
        ),
    ];
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_257_000).unwrap()
}

#[test]
fn a_host_is_collected_and_read_back() {
    let folder = fake_host();
    let document = collect(&Root::new(folder.path()), now());
    assert_eq!(document.skipped, []);
    assert_eq!(document.gateway, Some("192.168.1.1".parse().unwrap()));
    let json = serde_json::to_vec_pretty(&document).unwrap();
    let hidden = String::from_utf8(json.clone()).unwrap();
    assert!(!hidden.contains("0123456789abcdef0123456789abcdef"));
    let report = crate::read(&json, "host.json", &Options::default()).unwrap();
    assert!(report.complete);
    assert_eq!(report.problems, []);
    let [observation] = report.observations.as_slice() else {
        panic!("one host");
    };
    assert_eq!(observation.presence, Presence::Seen);
    assert_eq!(observation.seen_at, Some(now()));
    let device = &observation.device;
    assert_eq!(device.name(NameKind::Hostname), Some("pacs-gw"));
    assert_eq!(device.serial_number.as_deref(), Some("CN7016359A0B"));
    assert_eq!(device.class(), Some(DeviceClass::Server));
    let macs: Vec<String> = device.macs.iter().map(ToString::to_string).collect();
    assert_eq!(macs, ["00:1b:21:3c:9d:f8"], "made-up addresses stay out");
    assert_eq!(device.addresses.len(), 1);
    let ports: Vec<(u16, bool)> = device
        .services
        .iter()
        .map(|service| (service.port, service.is_local_only()))
        .collect();
    assert_eq!(ports, [(22, false), (8080, true)]);
    let purls: Vec<&str> = device
        .software
        .iter()
        .filter_map(|software| software.purl.as_deref())
        .collect();
    assert_eq!(
        purls,
        [
            "pkg:deb/libstdc%2B%2B6@1%3A12.2.0-14?arch=amd64",
            "pkg:deb/openssl@3.0.11-1~deb12u2?arch=amd64",
        ]
    );
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let document = collect(&Root::new(folder.path()), now());
    let what: Vec<&str> = document.skipped.iter().map(|s| s.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "addresses",
            "firmware",
            "host name",
            "network cards",
            "operating system",
            "packages",
            "services",
        ]
    );
    fs::create_dir_all(folder.path().join("var/lib/rpm")).unwrap();
    fs::write(folder.path().join("var/lib/rpm/rpmdb.sqlite"), "x").unwrap();
    let document = collect(&Root::new(folder.path()), now());
    assert!(document.skipped.iter().any(|s| s.what == "packages of rpm"));
}

#[test]
fn this_machine_is_collected() {
    let document = collect(&Root::new("/"), now());
    let json = serde_json::to_vec(&document).unwrap();
    let report = crate::read(&json, "host.json", &Options::default()).unwrap();
    assert_eq!(report.observations.len(), 1);
    assert!(document.os_name.is_some());
}

#[test]
fn another_version_is_refused() {
    for (text, version) in [
        (r#"{"format":"yagura-collect/2"}"#, true),
        (r#"{"format":"other"}"#, false),
        (r#"{"format":"yagura-collect/1","packages":7}"#, false),
        ("{}", false),
    ] {
        let error = read(text.as_bytes(), &Options::default()).unwrap_err();
        assert_eq!(
            matches!(error, crate::ReadError::Version { .. }),
            version,
            "{text}"
        );
    }
}
