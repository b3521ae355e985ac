//! SPDX in JSON: versions 2.2 and 2.3, and of 3.0 the software profile as JSON-LD with an
//! `@graph`.
//!
//! As with CycloneDX, what the document describes becomes one observation and its packages the
//! software; only a package whose purpose is `DEVICE` makes it a device. Files, snippets and
//! relationships are not followed, with one exception: `documentDescribes` and `DESCRIBES` name
//! the subject. RDF, tag-value and YAML are not read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde_json::Value;

use super::{ReadError, Reading, offset_date_time};
use crate::json::{self, Part, Wanted};
use crate::limits::Options;
use crate::model::{
    Device, Incomplete, NameKind, Observation, OperatingSystem, Place, Presence, Reason, Report,
    Software, SourceKind, Subject,
};

/// Reads a document.
///
/// # Errors
/// [`ReadError::NotThisKind`] without `spdxVersion` or an SPDX 3 context,
/// [`ReadError::Version`] for a version that is not read.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::Spdx, options);
    let mut document = Document::default();
    let ended = json::walk(
        bytes,
        &|key| match key {
            "spdxVersion" | "creationInfo" | "name" | "documentDescribes" | "@context" => {
                Wanted::Whole
            }
            "packages" | "relationships" | "@graph" => Wanted::Elements,
            _ => Wanted::No,
        },
        &mut |part| document.take(part, &mut reading),
    );
    json::note_end(ended, &mut reading);
    match &document.version {
        Some(version) if !is_readable(version) => {
            return Err(ReadError::Version {
                format: "SPDX",
                version: crate::text::excerpt(version),
                readable: "2.2, 2.3 or 3.0 as JSON",
            });
        }
        Some(_) => {}
        None => {
            return Err(ReadError::NotThisKind {
                expected: "SPDX document",
                hint: "its outermost object names spdxVersion, or the context of SPDX 3".to_owned(),
            });
        }
    }
    document.finish(&mut reading);
    Ok(reading.finish())
}

fn is_readable(version: &str) -> bool {
    matches!(version, "SPDX-2.2" | "SPDX-2.3") || version.starts_with("3.0")
}

#[derive(Default)]
struct Document {
    version: Option<String>,
    name: Option<String>,
    described: BTreeSet<String>,
    packages: Vec<Package>,
    /// SPDX 3: names of suppliers by their identifier.
    agents: BTreeMap<String, String>,
    full: bool,
}

struct Package {
    id: String,
    software: Software,
    supplier_id: Option<String>,
    purpose: String,
}

impl Document {
    fn take(&mut self, part: Part, reading: &mut Reading<'_>) -> ControlFlow<()> {
        match part {
            Part::Member(key, value) => self.member(&key, &value, reading),
            Part::Element(list, index, value) => {
                let place = Place::Path(format!("{list}[{index}]"));
                match list.as_str() {
                    "packages" => self.package(&value, &place, reading),
                    "relationships" => self.relationship(&value),
                    _ => self.graph_element(&value, &place, reading),
                }
                if self.full {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn member(&mut self, key: &str, value: &Value, reading: &mut Reading<'_>) {
        match key {
            "spdxVersion" => self.version = value.as_str().map(str::to_owned),
            "@context" => {
                // A context is an address, a list of addresses or an object.
                let text = value.to_string();
                if let Some(rest) = text.split("spdx.org/rdf/").nth(1) {
                    let version: String = rest
                        .chars()
                        .take_while(|c| c.is_ascii_digit() || *c == '.')
                        .collect();
                    self.version = Some(version);
                }
            }
            "creationInfo" => {
                reading.report.taken_at = json::text(value, "created")
                    .and_then(|text| offset_date_time(text, time::UtcOffset::UTC));
            }
            "name" => {
                self.name = value
                    .as_str()
                    .and_then(|name| reading.text(&Place::File, "name", name));
            }
            _ => self.described.extend(
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|id| id.as_str().map(str::to_owned)),
            ),
        }
    }

    fn relationship(&mut self, value: &Value) {
        let subject = match json::text(value, "relationshipType") {
            Some("DESCRIBES") => json::text(value, "relatedSpdxElement"),
            Some("DESCRIBED_BY") => json::text(value, "spdxElementId"),
            _ => None,
        };
        self.described.extend(subject.map(str::to_owned));
    }

    fn add(&mut self, package: Package, place: Place, reading: &mut Reading<'_>) {
        let limit = reading.options.limits.items;
        if self.packages.len() >= limit {
            reading.problem(
                place,
                Reason::TooMany {
                    what: "packages".to_owned(),
                    limit,
                },
            );
            reading.stop(Incomplete::Bound);
            self.full = true;
            return;
        }
        self.packages.push(package);
    }

    fn package(&mut self, value: &Value, place: &Place, reading: &mut Reading<'_>) {
        let Some(name) = json::text(value, "name").and_then(|n| reading.text(place, "name", n))
        else {
            reading.problem(
                place.clone(),
                Reason::Missing {
                    what: "the name of the package".to_owned(),
                },
            );
            return;
        };
        let mut software = Software {
            name,
            version: json::text(value, "versionInfo")
                .and_then(|version| reading.text(place, "version", version)),
            vendor: json::text(value, "supplier")
                .or_else(|| json::text(value, "originator"))
                .and_then(agent_name)
                .and_then(|vendor| reading.text(place, "supplier", vendor)),
            ..Software::default()
        };
        for reference in json::list(value, "externalRefs").iter().take(64) {
            let Some(locator) = json::text(reference, "referenceLocator") else {
                continue;
            };
            let locator = reading.text(place, "reference", locator);
            match json::text(reference, "referenceType") {
                Some("purl") => software.purl = locator.or(software.purl),
                Some("cpe23Type" | "cpe22Type") => software.cpe = locator.or(software.cpe),
                _ => {}
            }
        }
        let package = Package {
            id: json::text(value, "SPDXID").unwrap_or_default().to_owned(),
            software,
            supplier_id: None,
            purpose: json::text(value, "primaryPackagePurpose")
                .unwrap_or_default()
                .to_owned(),
        };
        self.add(package, place.clone(), reading);
    }

    fn graph_element(&mut self, value: &Value, place: &Place, reading: &mut Reading<'_>) {
        let id = json::text(value, "spdxId")
            .or_else(|| json::text(value, "@id"))
            .unwrap_or_default()
            .to_owned();
        let kind = json::text(value, "type")
            .or_else(|| json::text(value, "@type"))
            .unwrap_or_default();
        match kind.rsplit(['/', ':']).next().unwrap_or_default() {
            "Organization" | "Person" | "Agent" | "SoftwareAgent" => {
                if let Some(name) = json::text(value, "name")
                    && self.agents.len() < reading.options.limits.records
                    && let Some(name) = reading.text(place, "name", name)
                {
                    self.agents.insert(id, name);
                }
            }
            "CreationInfo" => {
                reading.report.taken_at = json::text(value, "created")
                    .and_then(|text| offset_date_time(text, time::UtcOffset::UTC));
            }
            "SpdxDocument" | "software_Sbom" | "Bom" => {
                let roots = json::list(value, "rootElement").iter();
                self.described
                    .extend(roots.filter_map(|root| root.as_str().map(str::to_owned)));
                if let Some(name) = json::text(value, "name") {
                    self.name = reading.text(place, "name", name);
                }
            }
            "software_Package" | "Package" => self.graph_package(value, id, place, reading),
            _ => {}
        }
    }

    fn graph_package(
        &mut self,
        value: &Value,
        id: String,
        place: &Place,
        reading: &mut Reading<'_>,
    ) {
        let Some(name) = json::text(value, "name").and_then(|n| reading.text(place, "name", n))
        else {
            reading.problem(
                place.clone(),
                Reason::Missing {
                    what: "the name of the package".to_owned(),
                },
            );
            return;
        };
        let mut software = Software {
            name,
            ..Software::default()
        };
        software.version = json::text(value, "software_packageVersion")
            .and_then(|version| reading.text(place, "version", version));
        software.purl = json::text(value, "software_packageUrl")
            .and_then(|purl| reading.text(place, "package URL", purl));
        for identifier in json::list(value, "externalIdentifier").iter().take(64) {
            let text = json::text(identifier, "identifier")
                .and_then(|text| reading.text(place, "identifier", text));
            match json::text(identifier, "externalIdentifierType") {
                Some("cpe23" | "cpe22") => software.cpe = text.or(software.cpe),
                Some("packageUrl") => software.purl = text.or(software.purl),
                _ => {}
            }
        }
        let package = Package {
            id,
            software,
            supplier_id: json::text(value, "suppliedBy").map(str::to_owned),
            purpose: json::text(value, "software_primaryPurpose")
                .unwrap_or_default()
                .to_ascii_uppercase(),
        };
        self.add(package, place.clone(), reading);
    }

    fn finish(mut self, reading: &mut Reading<'_>) {
        let mut main = Device::default();
        let mut subject = Subject::Product;
        let mut is_named = false;
        for mut package in std::mem::take(&mut self.packages) {
            if package.software.vendor.is_none() {
                let name = package
                    .supplier_id
                    .as_ref()
                    .and_then(|id| self.agents.get(id));
                package.software.vendor = name.cloned();
            }
            if package.purpose == "OPERATING-SYSTEM" || package.purpose == "OPERATINGSYSTEM" {
                main.os.get_or_insert_with(|| OperatingSystem {
                    name: Some(package.software.name.clone()),
                    version: package.software.version.clone(),
                    cpe: package.software.cpe.clone(),
                    ..OperatingSystem::default()
                });
            }
            let is_subject = self.described.contains(&package.id);
            if !is_subject {
                main.software.push(package.software);
                continue;
            }
            main.add_name(NameKind::Display, &package.software.name);
            is_named = true;
            if package.purpose == "DEVICE" {
                subject = Subject::Device;
                main.manufacturer = package.software.vendor;
                main.model = Some(package.software.name);
            } else {
                main.software.push(package.software);
            }
        }
        if !is_named && let Some(name) = &self.name {
            main.add_name(NameKind::Display, name);
        }
        if main.names.is_empty() && main.software.is_empty() {
            return;
        }
        let _ = reading.push_observation(Observation {
            device: main,
            subject,
            presence: Presence::Listed,
            seen_at: None,
            place: Place::File,
        });
    }
}

/// `Organization: Name (address)` without its head and address; `NOASSERTION` is nobody.
fn agent_name(text: &str) -> Option<&str> {
    let name = text.split_once(':').map_or(text, |(_, name)| name).trim();
    let name = name.split(" (").next().unwrap_or(name).trim();
    (!matches!(name, "" | "NOASSERTION" | "NONE")).then_some(name)
}
