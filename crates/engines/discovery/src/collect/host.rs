use std::collections::BTreeMap;
use std::io;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::document::{Document, FORMAT, Interface, Package, Skipped};
use super::{Files, proc};
use crate::model::{DeviceClass, Protocol, keys};

/// No single file of these is larger on a sane host.
const LARGEST: u64 = 64 << 20;
const SMALL: u64 = 64 << 10;

/// Reads the host behind `files`. What cannot be read is named in [`Document::skipped`].
#[must_use]
pub fn collect(files: &dyn Files, now: OffsetDateTime) -> Document {
    let mut host = Host {
        files,
        document: Document {
            format: FORMAT.to_owned(),
            collected_at: Some(now),
            ..Document::default()
        },
    };
    host.identity();
    host.operating_system();
    host.firmware();
    host.network();
    host.services();
    host.packages();
    host.document.skipped.sort();
    host.document.skipped.dedup();
    host.document
}

struct Host<'a> {
    files: &'a dyn Files,
    document: Document,
}

impl Host<'_> {
    fn text(&self, path: &str, limit: u64) -> Option<String> {
        let bytes = self.files.read(path, limit).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first line of a small file, without white space around it.
    fn line(&self, path: &str) -> Option<String> {
        let text = self.text(path, SMALL)?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    fn skip(&mut self, what: &str, why: &str) {
        self.document.skipped.push(Skipped {
            what: what.to_owned(),
            why: why.to_owned(),
        });
    }

    fn identity(&mut self) {
        self.document.hostname = self
            .line("/proc/sys/kernel/hostname")
            .or_else(|| self.line("/etc/hostname"));
        if self.document.hostname.is_none() {
            self.skip("host name", "neither the kernel nor /etc/hostname tells it");
        }
        let id = self
            .line("/etc/machine-id")
            .filter(|id| id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()));
        self.document.machine_id_hash = id.map(|id| {
            let mut hash = Sha256::new();
            hash.update(FORMAT.as_bytes());
            hash.update([0]);
            hash.update(id.to_ascii_lowercase().as_bytes());
            crate::columns::hex(&hash.finalize())
        });
    }

    fn operating_system(&mut self) {
        let release = self
            .text("/etc/os-release", SMALL)
            .or_else(|| self.text("/usr/lib/os-release", SMALL));
        let Some(release) = release else {
            self.skip("operating system", "there is no os-release file");
            return;
        };
        let values = os_release(&release);
        let get = |key: &str| values.get(key).filter(|v| !v.is_empty()).cloned();
        self.document.os_name = get("NAME").or_else(|| get("PRETTY_NAME"));
        self.document.os_version = get("VERSION_ID").or_else(|| get("VERSION"));
        self.document.os_cpe = get("CPE_NAME");
        self.document.kernel = self.line("/proc/sys/kernel/osrelease");
    }

    fn firmware(&mut self) {
        let folder = "/sys/class/dmi/id";
        if !self.files.exists(folder) {
            self.skip("firmware", "this host shows no SMBIOS data");
            return;
        }
        let get = |name: &str| self.line(&format!("{folder}/{name}"));
        let manufacturer = get("sys_vendor");
        let model = get("product_name");
        let bios_version = get("bios_version");
        let chassis_type = get("chassis_type").and_then(|text| text.parse().ok());
        let is_closed = |name: &str| {
            let path = format!("{folder}/{name}");
            match self.files.read(&path, SMALL) {
                Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
                Ok(_) => false,
            }
        };
        let closed = is_closed("product_serial") || is_closed("product_uuid");
        let serial = get("product_serial").filter(|text| keys::serial(text).is_some());
        let board = || get("board_serial").filter(|text| keys::serial(text).is_some());
        let serial_number = serial.or_else(board);
        let system_uuid = get("product_uuid");
        let document = &mut self.document;
        document.manufacturer = manufacturer;
        document.model = model;
        document.bios_version = bios_version;
        document.chassis_type = chassis_type;
        document.serial_number = serial_number;
        document.system_uuid = system_uuid;
        if closed {
            self.skip(
                "serial number and UUID of the firmware",
                "only root may read them; run the collection as root",
            );
        }
    }

    fn network(&mut self) {
        let folder = "/sys/class/net";
        match self.files.names(folder) {
            Ok(names) => {
                for name in names.into_iter().take(4_096) {
                    let Some(mac) = self.line(&format!("{folder}/{name}/address")) else {
                        continue;
                    };
                    if mac.parse::<crate::model::Mac>().is_err()
                        || mac.chars().all(|c| matches!(c, '0' | ':'))
                    {
                        continue;
                    }
                    // Cards hang on a bus; what software made has no device behind it.
                    let is_hardware = self.files.exists(&format!("{folder}/{name}/device"));
                    self.document.interfaces.push(Interface {
                        name,
                        mac,
                        is_hardware,
                    });
                }
            }
            Err(_) => self.skip("network cards", "/sys/class/net cannot be read"),
        }
        let mut addresses = Vec::new();
        match self.text("/proc/net/fib_trie", LARGEST) {
            Some(text) => addresses.extend(proc::addresses_v4(&text)),
            None => self.skip("addresses", "/proc/net/fib_trie cannot be read"),
        }
        if let Some(text) = self.text("/proc/net/if_inet6", LARGEST) {
            addresses.extend(proc::addresses_v6(&text));
        }
        addresses.retain(|ip| keys::is_device_address(*ip));
        addresses.sort();
        addresses.dedup();
        self.document.addresses = addresses;
        self.document.gateway = self
            .text("/proc/net/route", LARGEST)
            .and_then(|text| proc::gateway(&text));
    }

    fn services(&mut self) {
        let mut any = false;
        for (name, protocol) in [
            ("tcp", Protocol::Tcp),
            ("tcp6", Protocol::Tcp),
            ("udp", Protocol::Udp),
            ("udp6", Protocol::Udp),
        ] {
            if let Some(text) = self.text(&format!("/proc/net/{name}"), LARGEST) {
                any = true;
                let found = proc::listening(&text, protocol);
                self.document.services.extend(found);
            }
        }
        self.document.services.sort();
        self.document.services.dedup();
        if !any {
            self.skip("services", "/proc/net/tcp and its kin cannot be read");
        }
    }

    fn packages(&mut self) {
        let mut any = false;
        if let Some(text) = self.text("/var/lib/dpkg/status", LARGEST) {
            any = true;
            self.document.packages.extend(dpkg(&text));
        }
        if let Some(text) = self.text("/lib/apk/db/installed", LARGEST) {
            any = true;
            self.document.packages.extend(apk(&text));
        }
        let has_rpm = ["/var/lib/rpm", "/usr/lib/sysimage/rpm"]
            .iter()
            .any(|path| self.files.names(path).is_ok_and(|names| !names.is_empty()));
        if has_rpm {
            self.skip(
                "packages of rpm",
                "their database is not read; use osquery (table rpm_packages)",
            );
        } else if !any {
            self.skip("packages", "no database of dpkg or apk was found");
        }
    }
}

/// Assignments of os-release(5): values in double or single quotes, or bare.
fn os_release(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            if line.starts_with('#') {
                return None;
            }
            let (key, value) = line.split_once('=')?;
            let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
            let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
            let mut plain = String::with_capacity(value.len());
            let mut characters = value.chars();
            while let Some(c) = characters.next() {
                match c {
                    '\\' => plain.extend(characters.next()),
                    other => plain.push(other),
                }
            }
            Some((key.trim().to_owned(), plain))
        })
        .collect()
}

/// Paragraphs of dpkg's status file; only packages whose state is installed.
fn dpkg(text: &str) -> Vec<Package> {
    let mut packages = Vec::new();
    let mut package = Package::default();
    let mut installed = false;
    for line in text.lines().chain([""]) {
        if line.is_empty() {
            let done = std::mem::take(&mut package);
            if installed && !done.name.is_empty() && !done.version.is_empty() {
                packages.push(done);
            }
            installed = false;
            continue;
        }
        let Some((key, value)) = line.split_once(": ") else {
            continue;
        };
        let value = value.trim();
        match key {
            "Package" => {
                package.name = value.to_owned();
                package.kind = "deb".to_owned();
            }
            // "install ok installed", "deinstall ok config-files"
            "Status" => installed = value.split(' ').next_back() == Some("installed"),
            "Version" => package.version = value.to_owned(),
            "Architecture" => package.architecture = value.to_owned(),
            "Maintainer" => package.maintainer = Some(value.to_owned()),
            _ => {}
        }
    }
    packages
}

/// Paragraphs of apk's database: `P:` name, `V:` version, `A:` architecture, `m:` maintainer.
fn apk(text: &str) -> Vec<Package> {
    let mut packages = Vec::new();
    let mut package = Package::default();
    for line in text.lines().chain([""]) {
        if line.is_empty() {
            let done = std::mem::take(&mut package);
            if !done.name.is_empty() && !done.version.is_empty() {
                packages.push(done);
            }
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        match key {
            "P" => {
                package.name = value.to_owned();
                package.kind = "apk".to_owned();
            }
            "V" => package.version = value.to_owned(),
            "A" => package.architecture = value.to_owned(),
            "m" => package.maintainer = Some(value.to_owned()),
            _ => {}
        }
    }
    packages
}

/// Kind of device by the number that SMBIOS gives the chassis (DSP0134 §7.4.1).
pub(super) fn class_of_chassis(number: u16) -> Option<DeviceClass> {
    match number & 0x7F {
        3..=10 | 13..=16 | 30..=32 | 35 | 36 => Some(DeviceClass::Terminal),
        17 | 23 | 25 | 28 | 29 => Some(DeviceClass::Server),
        _ => None,
    }
}
