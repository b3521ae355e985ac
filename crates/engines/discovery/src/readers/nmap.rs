//! nmap XML (`nmap -oX`), by the DTD that nmap publishes (nmap.dtd, xmloutputversion 1.0x).
//!
//! An aborted scan lacks its closing tag, its `runstats`, or says `exit="error"`: what was
//! written is read, and the report says that it is not complete. Hosts that are down are no
//! devices; their addresses are named as silent. Output of scripts is not read.

use std::ops::ControlFlow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use time::OffsetDateTime;

use super::{ReadError, Reading, class_of_os_name};
use crate::limits::Options;
use crate::model::{
    Address, ClassReason, Device, DeviceClass, Incomplete, NameKind, Network, OperatingSystem,
    Place, PortRange, Presence, Protocol, Reason, Report, Service, SourceKind,
};

/// Guesses at an operating system below this accuracy (per cent) are left out.
pub const LEAST_ACCURACY: u8 = 85;

/// Reads a scan.
///
/// # Errors
/// [`ReadError::NotThisKind`] where the outermost element is not `nmaprun`.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::Nmap, options);
    let text = reading.decode(bytes);
    let mut scan = Scan::default();
    let begun = scan.run(&text, &mut reading);
    if !begun {
        return Err(ReadError::NotThisKind {
            expected: "nmap XML",
            hint: "make it with nmap -oX file.xml".to_owned(),
        });
    }
    if !scan.finished {
        reading.stop(Incomplete::Aborted);
    }
    Ok(reading.finish())
}

#[derive(Default)]
struct Scan {
    hosts: usize,
    finished: bool,
    host: Option<Host>,
}

#[derive(Default)]
struct Host {
    device: Device,
    place: String,
    down: bool,
    seen_at: Option<OffsetDateTime>,
    port: Option<(Service, bool)>,
    cpe: Option<CpeOf>,
    os_accuracy: u8,
    match_accuracy: u8,
    class_guesses: Vec<(u8, String)>,
}

/// Whose `cpe` text comes next.
#[derive(Clone, Copy)]
enum CpeOf {
    Service,
    OperatingSystem,
}

impl Scan {
    /// Whether the outermost element was that of nmap.
    fn run(&mut self, text: &str, reading: &mut Reading<'_>) -> bool {
        let mut xml = Reader::from_str(text);
        xml.config_mut().check_end_names = true;
        let mut depth = 0_usize;
        let mut begun = false;
        loop {
            let place = xml.buffer_position();
            let event = match xml.read_event() {
                Ok(event) => event,
                Err(error) => {
                    self.broken(&error, place, reading);
                    return begun;
                }
            };
            match event {
                // nmap writes a bare declaration; an inner subset could declare entities.
                Event::DocType(declaration) if declaration.contains('[') => {
                    reading.problem(Place::Byte(place), Reason::Entity);
                    reading.stop(Incomplete::CutOff);
                    return declaration.trim_start().starts_with("nmaprun");
                }
                Event::Start(element) => {
                    depth += 1;
                    if depth > reading.options.limits.depth {
                        let limit = reading.options.limits.depth;
                        reading.problem(Place::Byte(place), Reason::TooDeep { limit });
                        reading.stop(Incomplete::Bound);
                        return begun;
                    }
                    if depth == 1 {
                        if element.local_name().as_ref() != "nmaprun" {
                            return false;
                        }
                        begun = true;
                    }
                    self.open(&element, reading);
                }
                Event::Empty(element) => {
                    if depth == 0 {
                        return element.local_name().as_ref() == "nmaprun";
                    }
                    let is_host = element.local_name().as_ref() == "host";
                    self.open(&element, reading);
                    if is_host || element.local_name().as_ref() == "port" {
                        let _ = self.close(element.local_name().as_ref(), reading);
                    }
                }
                Event::End(element) => {
                    depth = depth.saturating_sub(1);
                    if self
                        .close(element.local_name().as_ref(), reading)
                        .is_break()
                    {
                        return begun;
                    }
                    if depth == 0 {
                        return begun;
                    }
                }
                Event::Text(content) => {
                    let decoded = content.to_string();
                    self.cpe(&decoded, reading);
                }
                Event::GeneralRef(reference) => {
                    let known = matches!(&*reference, "amp" | "lt" | "gt" | "quot" | "apos")
                        || reference.starts_with('#');
                    if !known {
                        reading.problem(Place::Byte(place), Reason::Entity);
                        reading.stop(Incomplete::CutOff);
                        return begun;
                    }
                }
                Event::Eof => {
                    if begun {
                        reading.problem(Place::Byte(place), Reason::CutOff);
                        reading.stop(Incomplete::CutOff);
                    }
                    self.drop_unfinished(reading);
                    return begun;
                }
                _ => {}
            }
        }
    }

    fn broken(&mut self, error: &quick_xml::Error, byte: u64, reading: &mut Reading<'_>) {
        let cut = matches!(error, quick_xml::Error::Syntax(_));
        let reason = if cut {
            Reason::CutOff
        } else {
            Reason::Syntax {
                detail: crate::text::excerpt(&error.to_string()),
            }
        };
        reading.problem(Place::Byte(byte), reason);
        reading.stop(Incomplete::CutOff);
        self.drop_unfinished(reading);
    }

    /// A host whose element was cut off: half of its services would look like all of them.
    fn drop_unfinished(&mut self, reading: &mut Reading<'_>) {
        if let Some(host) = self.host.take() {
            reading.problem(
                Place::Path(host.place),
                Reason::Missing {
                    what: "the end of the host".to_owned(),
                },
            );
        }
    }

    fn open(&mut self, element: &BytesStart<'_>, reading: &mut Reading<'_>) {
        let place = match &self.host {
            Some(host) => Place::Path(host.place.clone()),
            None => Place::Path("/nmaprun".to_owned()),
        };
        let attributes = Attributes::of(element, &place, reading);
        match element.local_name().as_ref() {
            "nmaprun" => {
                let start = attributes.get("start").and_then(|s| s.parse().ok());
                reading.report.taken_at =
                    start.and_then(|unix| OffsetDateTime::from_unix_timestamp(unix).ok());
                if let Some(arguments) = attributes.get("args") {
                    reading.report.examined_networks = targets(arguments);
                }
            }
            "scaninfo" => {
                if let (Some(protocol), Some(services)) = (
                    attributes.get("protocol").and_then(protocol),
                    attributes.get("services"),
                ) {
                    let ranges = port_ranges(protocol, services);
                    reading.report.examined_ports.extend(ranges);
                }
            }
            "finished" => {
                self.finished = attributes.get("exit") != Some("error");
                if !self.finished {
                    reading.stop(Incomplete::Aborted);
                }
            }
            "host" => {
                self.hosts += 1;
                let time = attributes
                    .get("endtime")
                    .or_else(|| attributes.get("starttime"))
                    .and_then(|unix| unix.parse().ok());
                self.host = Some(Host {
                    place: format!("/nmaprun/host[{}]", self.hosts),
                    seen_at: time.and_then(|t| OffsetDateTime::from_unix_timestamp(t).ok()),
                    ..Host::default()
                });
            }
            name => {
                if let Some(host) = &mut self.host {
                    host.open(name, &attributes, &place, reading);
                }
            }
        }
    }

    fn cpe(&mut self, content: &str, reading: &mut Reading<'_>) {
        let Some(host) = &mut self.host else { return };
        let Some(of) = host.cpe else { return };
        let place = Place::Path(host.place.clone());
        let Some(cpe) = reading.text(&place, "CPE name", content) else {
            return;
        };
        match of {
            CpeOf::Service => {
                if let Some((service, _)) = &mut host.port {
                    // The first names the service itself, further ones its operating system.
                    service.cpe.get_or_insert(cpe);
                }
            }
            CpeOf::OperatingSystem => {
                if let Some(os) = &mut host.device.os {
                    os.cpe.get_or_insert(cpe);
                }
            }
        }
    }

    fn close(&mut self, name: &str, reading: &mut Reading<'_>) -> ControlFlow<()> {
        match name {
            "host" => {
                if let Some(host) = self.host.take() {
                    return host.finish(reading);
                }
            }
            "port" => {
                if let Some(host) = &mut self.host
                    && let Some((service, true)) = host.port.take()
                {
                    let place = Place::Path(host.place.clone());
                    reading.add_service(&mut host.device, &place, service);
                }
            }
            "cpe" => {
                if let Some(host) = &mut self.host {
                    host.cpe = None;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Host {
    fn open(
        &mut self,
        name: &str,
        attributes: &Attributes,
        place: &Place,
        reading: &mut Reading<'_>,
    ) {
        self.cpe = None;
        match name {
            "status" => self.down = attributes.get("state") == Some("down"),
            "address" => self.address(attributes, place, reading),
            "hostname" => {
                if let Some(name) = attributes.get("name")
                    && let Some(name) = reading.text(place, "host name", name)
                {
                    self.device.add_name(NameKind::Hostname, &name);
                }
            }
            "port" => self.port = port(attributes, place, reading),
            "state" => {
                if let Some((service, open)) = &mut self.port {
                    let state = attributes.get("state").unwrap_or_default();
                    *open = matches!(state, "open" | "open|filtered");
                    service.uncertain = state == "open|filtered";
                }
            }
            "service" => self.service(attributes, place, reading),
            "cpe" => {
                self.cpe = if self.port.is_some() {
                    Some(CpeOf::Service)
                } else {
                    Some(CpeOf::OperatingSystem)
                };
            }
            "osmatch" => self.os_match(attributes, place, reading),
            "osclass" => self.os_class(attributes, place, reading),
            _ => {}
        }
    }

    fn address(&mut self, attributes: &Attributes, place: &Place, reading: &mut Reading<'_>) {
        let Some(value) = attributes.get("addr") else {
            return;
        };
        match attributes.get("addrtype") {
            Some("mac") => {
                if let Some(mac) = reading.mac(place, value) {
                    self.device.add_mac(mac);
                }
                // The maker of the network card, which for most appliances is the device's own.
                if let Some(vendor) = attributes.get("vendor")
                    && let Some(vendor) = reading.text(place, "maker", vendor)
                {
                    self.device
                        .extra
                        .insert("network card vendor".to_owned(), vendor);
                }
            }
            _ => {
                if let Some(ip) = reading.ip(place, value) {
                    self.device.add_address(Address::unknown(ip));
                }
            }
        }
    }

    fn service(&mut self, attributes: &Attributes, place: &Place, reading: &mut Reading<'_>) {
        let text = |key: &str, reading: &mut Reading<'_>| {
            attributes
                .get(key)
                .and_then(|value| reading.text(place, key, value))
        };
        let name = text("name", reading);
        let product = text("product", reading);
        let version = text("version", reading);
        let tunnel = attributes.get("tunnel") == Some("ssl");
        let Some((service, open)) = &mut self.port else {
            return;
        };
        service.name = name.map(|name| {
            if tunnel && name == "http" {
                "https".to_owned()
            } else {
                name
            }
        });
        service.product = product;
        service.version = version;
        if !*open {
            return;
        }
        if let Some(kind) = attributes.get("devicetype")
            && let Some(class) = device_type(kind)
        {
            self.device.add_class(class, ClassReason::Service, kind);
        }
        let port = (service.protocol, service.port);
        if let Some((class, evidence)) = service_class(port, service.name.as_deref()) {
            self.device
                .add_class(class, ClassReason::Protocol, evidence);
        }
    }

    fn os_match(&mut self, attributes: &Attributes, place: &Place, reading: &mut Reading<'_>) {
        let accuracy: u8 = attributes
            .get("accuracy")
            .and_then(|text| text.parse().ok())
            .filter(|accuracy| *accuracy <= 100)
            .unwrap_or(0);
        self.match_accuracy = accuracy;
        if accuracy < LEAST_ACCURACY || accuracy <= self.os_accuracy {
            return;
        }
        let Some(name) = attributes
            .get("name")
            .and_then(|name| reading.text(place, "operating system", name))
        else {
            return;
        };
        self.os_accuracy = accuracy;
        if let Some(class) = class_of_os_name(&name) {
            self.device.add_class(class, ClassReason::Guess, &name);
        }
        self.device.os = Some(OperatingSystem {
            name: Some(name),
            accuracy: Some(accuracy),
            ..OperatingSystem::default()
        });
    }

    fn os_class(&mut self, attributes: &Attributes, place: &Place, reading: &mut Reading<'_>) {
        let accuracy: u8 = attributes
            .get("accuracy")
            .and_then(|text| text.parse().ok())
            .unwrap_or(self.match_accuracy);
        if accuracy < LEAST_ACCURACY {
            return;
        }
        if let Some(kind) = attributes.get("type")
            && let Some(kind) = reading.text(place, "device type", kind)
        {
            self.class_guesses.push((accuracy, kind));
            self.class_guesses.truncate(32);
        }
    }

    fn finish(mut self, reading: &mut Reading<'_>) -> ControlFlow<()> {
        if self.down {
            let room = reading.options.limits.records;
            for address in &self.device.addresses {
                if reading.report.silent.len() < room {
                    reading.report.silent.push(address.ip);
                }
            }
            return ControlFlow::Continue(());
        }
        for (_, kind) in std::mem::take(&mut self.class_guesses) {
            if let Some(class) = device_type(&kind) {
                self.device.add_class(class, ClassReason::Guess, &kind);
            }
        }
        let place = Place::Path(self.place);
        if self.device.is_blank() {
            reading.problem(
                place,
                Reason::Missing {
                    what: "an address".to_owned(),
                },
            );
            return ControlFlow::Continue(());
        }
        let seen_at = self.seen_at.or(reading.report.taken_at);
        reading.push(self.device, Presence::Seen, seen_at, place)
    }
}

fn port(
    attributes: &Attributes,
    place: &Place,
    reading: &mut Reading<'_>,
) -> Option<(Service, bool)> {
    let number = attributes.get("portid").unwrap_or_default();
    let Ok(port) = number.parse() else {
        reading.malformed(place, "port", number);
        return None;
    };
    let protocol = attributes.get("protocol").and_then(protocol)?;
    Some((
        Service {
            protocol,
            port,
            address: None,
            name: None,
            product: None,
            version: None,
            cpe: None,
            uncertain: false,
        },
        false,
    ))
}

fn protocol(text: &str) -> Option<Protocol> {
    match text {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// The kinds of devices that nmap's databases use.
fn device_type(kind: &str) -> Option<DeviceClass> {
    match kind {
        "printer" | "print server" => Some(DeviceClass::Printer),
        "router" | "switch" | "firewall" | "WAP" | "broadband router" | "bridge" | "hub"
        | "load balancer" | "security-misc" | "proxy server" | "VPN" | "remote management"
        | "terminal server" => Some(DeviceClass::NetworkDevice),
        "storage-misc" => Some(DeviceClass::Storage),
        "VoIP phone" | "VoIP adapter" | "PBX" | "phone" => Some(DeviceClass::Telephone),
        "webcam" => Some(DeviceClass::Camera),
        "power-device" | "power-misc" => Some(DeviceClass::PowerSupply),
        "terminal" => Some(DeviceClass::Terminal),
        "general purpose" => None,
        _ => Some(DeviceClass::Other),
    }
}

/// Services by which a kind of device is known: DICOM and HL7, printing.
fn service_class(port: (Protocol, u16), name: Option<&str>) -> Option<(DeviceClass, &'static str)> {
    match (name, port) {
        (Some("dicom"), _) | (_, (Protocol::Tcp, 11112)) => {
            Some((DeviceClass::MedicalDevice, "speaks DICOM"))
        }
        (Some("ipp" | "printer" | "jetdirect" | "pdl-datastream"), _)
        | (_, (Protocol::Tcp, 9100)) => Some((DeviceClass::Printer, "accepts print jobs")),
        _ => None,
    }
}

/// The networks and addresses among the arguments of the scan. A bound keeps a hostile line
/// short.
fn targets(arguments: &str) -> Vec<Network> {
    let mut networks: Vec<Network> = arguments
        .split_whitespace()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .filter_map(|word| word.parse().ok())
        .take(1_000)
        .collect();
    networks.sort();
    networks.dedup();
    networks
}

fn port_ranges(protocol: Protocol, services: &str) -> Vec<PortRange> {
    services
        .split(',')
        .filter_map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            Some(PortRange {
                protocol,
                from: from.trim().parse().ok()?,
                to: to.trim().parse().ok()?,
            })
        })
        .take(70_000)
        .collect()
}

/// The attributes of an element, unescaped. Unknown entities make the value unusable, not the
/// file.
pub(crate) struct Attributes(Vec<(String, String)>);

impl Attributes {
    pub(crate) fn of(element: &BytesStart<'_>, place: &Place, reading: &mut Reading<'_>) -> Self {
        let mut all = Vec::new();
        for attribute in element.attributes().with_checks(false) {
            let Ok(attribute) = attribute else {
                reading.problem(
                    place.clone(),
                    Reason::Syntax {
                        detail: "malformed attribute".to_owned(),
                    },
                );
                continue;
            };
            let key = attribute.key.local_name().as_ref().to_owned();
            match quick_xml::escape::unescape(&attribute.value) {
                Ok(value) => all.push((key, value.into_owned())),
                Err(_) => reading.problem(place.clone(), Reason::Entity),
            }
            if all.len() >= 64 {
                break;
            }
        }
        Self(all)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}
