use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::limits::Options;
use crate::model::{
    Address, ClassReason, Device, Incomplete, Mac, NameKind, OperatingSystem, Place, PortRange,
    Presence, Protocol, Reason, Report, Service, Software, SourceKind,
};
use crate::readers::{ReadError, Reading, class_of_os_name};

/// Name and version of the format. A reader refuses another number; fields may be added under
/// the same number, and a reader leaves out what it does not know.
pub const FORMAT: &str = "yagura-collect/1";

/// What a host says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// When it was collected.
    #[serde(with = "time::serde::rfc3339::option")]
    pub collected_at: Option<OffsetDateTime>,
    /// Name of the host.
    pub hostname: Option<String>,
    /// SHA-256 over the format's name and `/etc/machine-id`, in hexadecimal: tells one
    /// installation from another without giving the id away (machine-id(5) asks for that).
    pub machine_id_hash: Option<String>,
    /// Operating system, by os-release(5).
    pub os_name: Option<String>,
    /// Its version.
    pub os_version: Option<String>,
    /// Its CPE name, where os-release has one.
    pub os_cpe: Option<String>,
    /// Release of the kernel.
    pub kernel: Option<String>,
    /// Maker, by SMBIOS.
    pub manufacturer: Option<String>,
    /// Model, by SMBIOS.
    pub model: Option<String>,
    /// Serial number, by SMBIOS.
    pub serial_number: Option<String>,
    /// UUID, by SMBIOS.
    pub system_uuid: Option<String>,
    /// Version of the firmware.
    pub bios_version: Option<String>,
    /// Number that the shape of the chassis has in SMBIOS (DSP0134 §7.4.1).
    pub chassis_type: Option<u16>,
    /// Network cards.
    pub interfaces: Vec<Interface>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
    /// Way out of the network.
    pub gateway: Option<IpAddr>,
    /// Sockets that listen.
    pub services: Vec<Service>,
    /// Installed packages.
    pub packages: Vec<Package>,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
}

/// A network card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Name in the system.
    pub name: String,
    /// Hardware address, as written.
    pub mac: String,
    /// Whether it is a card rather than made by software (a bridge, a container's end).
    pub is_hardware: bool,
}

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version with release.
    pub version: String,
    /// Architecture.
    pub architecture: String,
    /// Who maintains it.
    pub maintainer: Option<String>,
    /// Package manager: `deb`, `apk`.
    pub kind: String,
}

/// Something that was not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Skipped {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Reads a document.
///
/// # Errors
/// [`ReadError::NotThisKind`] where the file is no such document, [`ReadError::Version`] where
/// it is of another version.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    crate::readers::check_size(bytes, options)?;
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| ReadError::NotThisKind {
            expected: "document of yagura collect",
            hint: format!("make it anew ({error})"),
        })?;
    if document.format != FORMAT {
        return Err(match document.format.strip_prefix("yagura-collect/") {
            Some(version) => ReadError::Version {
                format: "yagura-collect",
                version: crate::text::excerpt(version),
                readable: "1",
            },
            None => ReadError::NotThisKind {
                expected: "document of yagura collect",
                hint: format!("its format is \"{FORMAT}\""),
            },
        });
    }
    let mut reading = Reading::new(SourceKind::Collect, options);
    let place = Place::File;
    reading.report.taken_at = document.collected_at;
    let mut device = Device::default();
    let mut text = |what: &str, value: Option<&String>| {
        value.and_then(|value| reading.text(&place, what, value))
    };
    if let Some(name) = text("host name", document.hostname.as_ref()) {
        device.add_name(NameKind::Hostname, &name);
    }
    device.machine_id_hash = text("installation id", document.machine_id_hash.as_ref());
    device.manufacturer = text("maker", document.manufacturer.as_ref());
    device.model = text("model", document.model.as_ref());
    device.serial_number = text("serial number", document.serial_number.as_ref());
    device.system_uuid = text("UUID", document.system_uuid.as_ref());
    let os = OperatingSystem {
        name: text("operating system", document.os_name.as_ref()),
        version: text("version", document.os_version.as_ref()),
        build: text("kernel", document.kernel.as_ref()),
        cpe: text("CPE name", document.os_cpe.as_ref()),
        accuracy: None,
    };
    if let Some(name) = &os.name
        && let Some(class) = class_of_os_name(name)
    {
        device.add_class(class, ClassReason::OperatingSystem, name);
    }
    if os != OperatingSystem::default() {
        device.os = Some(os);
    }
    if let Some(class) = document
        .chassis_type
        .and_then(super::host::class_of_chassis)
    {
        device.add_class(class, ClassReason::Chassis, "SMBIOS chassis type");
    }
    for interface in document.interfaces.iter().take(options.limits.items) {
        if !interface.is_hardware {
            continue;
        }
        match interface.mac.parse::<Mac>() {
            Ok(mac) => device.add_mac(mac),
            Err(_) => reading.malformed(&place, "hardware address", &interface.mac),
        }
    }
    for ip in document.addresses.iter().take(options.limits.items) {
        device.add_address(Address::unknown(*ip));
    }
    for service in &document.services {
        reading.add_service(&mut device, &place, service.clone());
    }
    for package in document.packages {
        let Some(name) = reading.text(&place, "package", &package.name) else {
            continue;
        };
        let kind = &package.kind;
        let is_plain = |text: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-_+~:".contains(c))
        };
        // Package URLs percent-encode what is reserved; of plain names that is only plus and
        // the epoch's colon.
        let purl = (matches!(kind.as_str(), "deb" | "apk")
            && is_plain(&name)
            && is_plain(&package.version))
        .then(|| {
            let version = package.version.replace('+', "%2B").replace(':', "%3A");
            let name = name.replace('+', "%2B");
            format!("pkg:{kind}/{name}@{version}?arch={}", package.architecture)
        })
        .filter(|purl| is_plain(&package.architecture) && purl.len() < 1_024);
        let software = Software {
            name,
            version: reading.text(&place, "version", &package.version),
            vendor: package
                .maintainer
                .and_then(|maintainer| reading.text(&place, "maintainer", &maintainer)),
            purl,
            cpe: None,
        };
        reading.add_software(&mut device, &place, software);
    }
    for skipped in document.skipped.iter().take(100) {
        let what = format!(
            "{}: {}",
            crate::text::excerpt(&skipped.what),
            crate::text::excerpt(&skipped.why)
        );
        reading.problem(place.clone(), Reason::Unsupported { what });
    }
    if device.is_blank() {
        let what = "a name or address".to_owned();
        reading.problem(place, Reason::Missing { what });
        reading.stop(Incomplete::CutOff);
        return Ok(reading.finish());
    }
    reading.report.examined_ports =
        vec![PortRange::all(Protocol::Tcp), PortRange::all(Protocol::Udp)];
    let _ = reading.push(device, Presence::Seen, document.collected_at, place);
    Ok(reading.finish())
}
