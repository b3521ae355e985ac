//! CycloneDX in JSON, versions 1.2 to 1.6 (ECMA-424).
//!
//! A bill of materials speaks of a product or of a device, rarely of a network. Its subject
//! (`metadata.component`) becomes one observation with the components as its software: of a
//! [`Subject::Device`] where the subject is a device, else of a [`Subject::Product`]. Devices
//! among the components of a product or of an operations bill (OBOM) become observations of their
//! own; the parts of a device (HBOM) stay parts. Dependencies are not followed, so that cycles
//! among them do no harm; nested components are followed to the bound.

use std::ops::ControlFlow;

use serde_json::Value;

use super::{ReadError, Reading, offset_date_time};
use crate::json::{self, Part, Wanted};
use crate::limits::Options;
use crate::model::{
    ClassReason, Device, DeviceClass, Incomplete, NameKind, Observation, OperatingSystem, Place,
    Presence, Reason, Report, Software, SourceKind, Subject,
};

const READABLE: &str = "1.2 to 1.6 as JSON";

/// Reads a bill of materials.
///
/// # Errors
/// [`ReadError::NotThisKind`] without `bomFormat` and components, [`ReadError::Version`] for a
/// version that is not read.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::CycloneDx, options);
    let mut bom = Bom::default();
    let ended = json::walk(
        bytes,
        &|key| match key {
            "bomFormat" | "specVersion" | "metadata" => Wanted::Whole,
            "components" => Wanted::Elements,
            _ => Wanted::No,
        },
        &mut |part| bom.take(part, &mut reading),
    );
    json::note_end(ended, &mut reading);
    if !bom.named && bom.components == 0 {
        return Err(ReadError::NotThisKind {
            expected: "CycloneDX bill of materials",
            hint: "its outermost object says bomFormat \"CycloneDX\"".to_owned(),
        });
    }
    if let Some(version) = bom.unreadable_version {
        return Err(ReadError::Version {
            format: "CycloneDX",
            version,
            readable: READABLE,
        });
    }
    bom.finish(&mut reading);
    Ok(reading.finish())
}

#[derive(Default)]
struct Bom {
    named: bool,
    unreadable_version: Option<String>,
    subject: Option<(String, Device)>,
    components: usize,
    /// Software of the subject, collected until the subject is known.
    parts: Device,
    devices: Vec<(Device, String)>,
}

impl Bom {
    fn take(&mut self, part: Part, reading: &mut Reading<'_>) -> ControlFlow<()> {
        match part {
            Part::Member(key, value) => match key.as_str() {
                "bomFormat" => self.named = value.as_str() == Some("CycloneDX"),
                "specVersion" => self.version(value.as_str().unwrap_or_default()),
                _ => self.metadata(&value, reading),
            },
            Part::Element(_, index, value) => {
                self.components += 1;
                let mut path = format!("components[{index}]");
                self.component(&value, &mut path, 1, reading)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn version(&mut self, version: &str) {
        if !matches!(version, "1.2" | "1.3" | "1.4" | "1.5" | "1.6") {
            self.unreadable_version = Some(crate::text::excerpt(version));
        }
    }

    fn metadata(&mut self, metadata: &Value, reading: &mut Reading<'_>) {
        reading.report.taken_at = json::text(metadata, "timestamp")
            .and_then(|text| offset_date_time(text, time::UtcOffset::UTC));
        let Some(component) = metadata.get("component").filter(|c| c.is_object()) else {
            return;
        };
        let place = Place::Path("metadata.component".to_owned());
        let kind = json::text(component, "type").unwrap_or_default().to_owned();
        let mut device = device(component, &place, reading);
        if device.manufacturer.is_none() {
            for key in ["manufacturer", "manufacture", "supplier"] {
                let name = metadata.get(key).and_then(|m| json::text(m, "name"));
                if let Some(name) = name {
                    device.manufacturer = reading.text(&place, key, name);
                    break;
                }
            }
        }
        self.subject = Some((kind, device));
        // Parts may also be nested below the subject itself.
        for (index, nested) in json::list(component, "components").iter().enumerate() {
            let mut path = format!("metadata.component.components[{index}]");
            if self.component(nested, &mut path, 2, reading).is_break() {
                return;
            }
        }
    }

    fn component(
        &mut self,
        component: &Value,
        path: &mut String,
        depth: usize,
        reading: &mut Reading<'_>,
    ) -> ControlFlow<()> {
        let place = Place::Path(path.clone());
        if !component.is_object() {
            reading.malformed(&place, "component", &component.to_string());
            return ControlFlow::Continue(());
        }
        let limit = reading.options.limits.depth;
        if depth > limit {
            reading.problem(place, Reason::TooDeep { limit });
            reading.stop(Incomplete::Bound);
            return ControlFlow::Continue(());
        }
        if json::text(component, "type") == Some("device") {
            let mut found = device(component, &place, reading);
            for (index, nested) in json::list(component, "components").iter().enumerate() {
                software_of(nested, path, index, depth + 1, &mut found, reading);
            }
            self.devices.push((found, path.clone()));
            if self.devices.len() > reading.options.limits.records {
                let limit = reading.options.limits.records;
                reading.problem(
                    place,
                    Reason::TooMany {
                        what: "devices".to_owned(),
                        limit,
                    },
                );
                reading.stop(Incomplete::Bound);
                return ControlFlow::Break(());
            }
            return ControlFlow::Continue(());
        }
        if json::text(component, "type") == Some("operating-system") && self.parts.os.is_none() {
            self.parts.os = operating_system(component, &place, reading);
        }
        match software(component, &place, reading) {
            Some(software) => {
                let mut parts = std::mem::take(&mut self.parts);
                reading.add_software(&mut parts, &place, software);
                self.parts = parts;
                if self.parts.software.len() >= reading.options.limits.items
                    && reading.report.incomplete == Some(Incomplete::Bound)
                {
                    return ControlFlow::Break(());
                }
            }
            None => reading.problem(
                place,
                Reason::Missing {
                    what: "the name of the component".to_owned(),
                },
            ),
        }
        let length = path.len();
        for (index, nested) in json::list(component, "components").iter().enumerate() {
            path.push_str(&format!(".components[{index}]"));
            self.component(nested, path, depth + 1, reading)?;
            path.truncate(length);
        }
        ControlFlow::Continue(())
    }

    fn finish(self, reading: &mut Reading<'_>) {
        let (kind, subject) = match self.subject {
            Some((kind, device)) => (kind, Some(device)),
            None => (String::new(), None),
        };
        let is_device = kind == "device";
        let mut main = subject.unwrap_or_default();
        main.software.extend(self.parts.software);
        if main.os.is_none() {
            main.os = self.parts.os;
        }
        let mut others = Vec::new();
        for (device, path) in self.devices {
            if is_device {
                main.software.extend(part_of(&device));
                main.software.extend(device.software);
            } else {
                others.push((device, path));
            }
        }
        let is_worth_telling = !main.names.is_empty() || !main.software.is_empty();
        if is_worth_telling {
            // A device of which nothing is said cannot be told from others: its list is left to a
            // person, as that of a product.
            let is_told = is_device && !main.is_blank();
            let _ = reading.push_observation(Observation {
                device: main,
                subject: if is_told {
                    Subject::Device
                } else {
                    Subject::Product
                },
                presence: Presence::Listed,
                seen_at: None,
                place: Place::Path("metadata.component".to_owned()),
            });
        }
        for (device, path) in others {
            if device.is_blank() {
                reading.problem(
                    Place::Path(path),
                    Reason::Missing {
                        what: "the name of the device".to_owned(),
                    },
                );
                continue;
            }
            if reading
                .push(device, Presence::Listed, None, Place::Path(path))
                .is_break()
            {
                break;
            }
        }
    }
}

/// A part of a device, as an item of its list: its model as the name.
fn part_of(device: &Device) -> Option<Software> {
    Some(Software {
        name: device.name(NameKind::Display)?.to_owned(),
        version: device.extra.get("version").cloned(),
        vendor: device.manufacturer.clone(),
        ..Software::default()
    })
}

fn software_of(
    component: &Value,
    parent: &str,
    index: usize,
    depth: usize,
    device: &mut Device,
    reading: &mut Reading<'_>,
) {
    let path = format!("{parent}.components[{index}]");
    let place = Place::Path(path.clone());
    let limit = reading.options.limits.depth;
    if depth > limit {
        reading.problem(place, Reason::TooDeep { limit });
        reading.stop(Incomplete::Bound);
        return;
    }
    if json::text(component, "type") == Some("operating-system") && device.os.is_none() {
        device.os = operating_system(component, &place, reading);
    }
    match software(component, &place, reading) {
        Some(software) => reading.add_software(device, &place, software),
        None => reading.problem(
            place,
            Reason::Missing {
                what: "the name of the component".to_owned(),
            },
        ),
    }
    for (nested_index, nested) in json::list(component, "components").iter().enumerate() {
        software_of(nested, &path, nested_index, depth + 1, device, reading);
    }
}

fn vendor(component: &Value, place: &Place, reading: &mut Reading<'_>) -> Option<String> {
    for key in ["manufacturer", "supplier"] {
        if let Some(name) = component.get(key).and_then(|m| json::text(m, "name")) {
            return reading.text(place, key, name);
        }
    }
    for key in ["publisher", "author", "group"] {
        if let Some(name) = json::text(component, key) {
            return reading.text(place, key, name);
        }
    }
    None
}

fn software(component: &Value, place: &Place, reading: &mut Reading<'_>) -> Option<Software> {
    let name = json::text(component, "name").and_then(|n| reading.text(place, "name", n))?;
    let optional = |key: &str, reading: &mut Reading<'_>| {
        json::text(component, key).and_then(|value| reading.text(place, key, value))
    };
    Some(Software {
        name,
        version: optional("version", reading),
        vendor: vendor(component, place, reading),
        purl: optional("purl", reading),
        cpe: optional("cpe", reading),
    })
}

fn operating_system(
    component: &Value,
    place: &Place,
    reading: &mut Reading<'_>,
) -> Option<OperatingSystem> {
    let software = software(component, place, reading)?;
    Some(OperatingSystem {
        name: Some(software.name),
        version: software.version,
        cpe: software.cpe,
        ..OperatingSystem::default()
    })
}

fn device(component: &Value, place: &Place, reading: &mut Reading<'_>) -> Device {
    let mut device = Device::default();
    if let Some(software) = software(component, place, reading) {
        device.add_name(NameKind::Display, &software.name);
        device.manufacturer = software.vendor;
        for (key, value) in [
            ("version", software.version),
            ("purl", software.purl),
            ("cpe", software.cpe),
        ] {
            if let Some(value) = value {
                device.extra.insert(key.to_owned(), value);
            }
        }
        if json::text(component, "type") == Some("device") {
            device.model = Some(software.name);
        }
    }
    for property in json::list(component, "properties").iter().take(256) {
        let (Some(name), Some(value)) = (
            json::text(property, "name"),
            json::scalar(property, "value"),
        ) else {
            continue;
        };
        let Some(value) = reading.text(place, "property", &value) else {
            continue;
        };
        // The taxonomy of properties that CycloneDX keeps, namespace cdx:device.
        match name {
            "cdx:device:serialNumber" => device.serial_number = Some(value),
            "cdx:device:macAddress" => {
                if let Some(mac) = reading.mac(place, &value) {
                    device.add_mac(mac);
                }
            }
            "cdx:device:deviceType" => {
                let class = super::reading::class_of_word(&value).unwrap_or(DeviceClass::Other);
                device.add_class(class, ClassReason::Stated, &value);
            }
            "cdx:device:location" => {
                device.facts.insert(crate::model::Field::Place, value);
            }
            _ => {}
        }
    }
    device
}
