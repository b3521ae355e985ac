//! osquery: rows of tables as JSON, and the result log of osqueryd.
//!
//! `osqueryi --json` prints the rows of one query as a list. One file for several tables is an
//! object with the table's name before each list:
//! `{"system_info": [{…}], "os_version": [{…}], "interface_details": [{…}]}`. A bare list is told
//! by its columns. Rows that carry `host_identifier` (or `hostIdentifier`) belong to that host;
//! all others to one device.
//!
//! In the log each line is an object: `snapshot` results, single `columns` with `action`
//! `added`/`removed`, and batches in `diffResults`. The name of a query ends in its table's name
//! (`pack/inventory/deb_packages`) or is told by the columns. What was removed later in the log is
//! not reported.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::Value;
use time::OffsetDateTime;

use super::{ReadError, Reading, class_of_os_name};
use crate::json::{self, Part, Wanted};
use crate::limits::Options;
use crate::model::{
    Address, ClassReason, Device, Incomplete, NameKind, Place, PortRange, Presence, Protocol,
    Reason, Report, Service, Software, SourceKind,
};

/// Tables that are read.
pub const TABLES: &[&str] = &[
    "system_info",
    "os_version",
    "interface_details",
    "interface_addresses",
    "deb_packages",
    "rpm_packages",
    "programs",
    "apps",
    "listening_ports",
    "chassis_info",
    "kernel_info",
];

/// Reads tables as JSON.
///
/// # Errors
/// [`ReadError::NotThisKind`] where no table of [`TABLES`] is in the file.
pub fn read_tables(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::OsqueryTables, options);
    let mut hosts = Hosts::default();
    let ended = json::walk(bytes, &|_| Wanted::Elements, &mut |part| {
        let Part::Element(list, index, row) = part else {
            return ControlFlow::Continue(());
        };
        let place = Place::Path(format!("{list}[{index}]"));
        let table = table_of(&list).or_else(|| table_of_columns(&row));
        match table {
            Some(table) => {
                let host = host_of(&row).unwrap_or_default();
                hosts.row(host, table, &row, None, place, &mut reading)?;
            }
            None if index == 0 => reading.problem(
                place,
                Reason::Unsupported {
                    what: format!("table \"{}\"", crate::text::excerpt(&list)),
                },
            ),
            None => {}
        }
        ControlFlow::Continue(())
    });
    json::note_end(ended, &mut reading);
    if hosts.rows == 0 {
        return Err(ReadError::NotThisKind {
            expected: "osquery result",
            hint: format!("one of its tables is needed: {}", TABLES.join(", ")),
        });
    }
    hosts.finish(&mut reading);
    Ok(reading.finish())
}

/// Reads the result log of osqueryd (`osqueryd.results.log`, `osqueryd.snapshots.log`).
///
/// # Errors
/// [`ReadError::NotThisKind`] where no line is a result.
pub fn read_log(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::OsqueryLog, options);
    let mut hosts = Hosts::default();
    let mut results = 0_usize;
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let place = Place::Line(u64::try_from(index + 1).unwrap_or(u64::MAX));
        let result: Value = match serde_json::from_slice(line) {
            Ok(value) => value,
            Err(error) => {
                let is_last = lines.peek().is_none();
                if is_last && error.is_eof() {
                    reading.problem(place, Reason::CutOff);
                    reading.stop(Incomplete::CutOff);
                } else {
                    let detail = error.to_string();
                    reading.problem(place, Reason::Syntax { detail });
                }
                continue;
            }
        };
        if hosts
            .result(&result, &place, &mut reading, &mut results)
            .is_break()
        {
            break;
        }
    }
    if results == 0 {
        return Err(ReadError::NotThisKind {
            expected: "osqueryd result log",
            hint: "each line is an object with name, hostIdentifier and columns or snapshot"
                .to_owned(),
        });
    }
    hosts.finish(&mut reading);
    Ok(reading.finish())
}

#[derive(Default)]
struct Hosts {
    by_id: BTreeMap<String, Host>,
    rows: usize,
}

struct Host {
    /// Rows by table; removed ones are taken out again.
    tables: BTreeMap<&'static str, Vec<Value>>,
    seen_at: Option<OffsetDateTime>,
    place: Place,
}

impl Hosts {
    fn host(&mut self, id: String, place: &Place, reading: &mut Reading<'_>) -> Option<&mut Host> {
        if !self.by_id.contains_key(&id) && self.by_id.len() >= reading.options.limits.records {
            let limit = reading.options.limits.records;
            reading.problem(
                place.clone(),
                Reason::TooMany {
                    what: "hosts".to_owned(),
                    limit,
                },
            );
            reading.stop(Incomplete::Bound);
            return None;
        }
        Some(self.by_id.entry(id).or_insert_with(|| Host {
            tables: BTreeMap::new(),
            seen_at: None,
            place: place.clone(),
        }))
    }

    fn row(
        &mut self,
        host: String,
        table: &'static str,
        row: &Value,
        seen_at: Option<OffsetDateTime>,
        place: Place,
        reading: &mut Reading<'_>,
    ) -> ControlFlow<()> {
        if !row.is_object() {
            reading.malformed(&place, "row", &row.to_string());
            return ControlFlow::Continue(());
        }
        self.rows += 1;
        let limit = reading.options.limits.items;
        let Some(host) = self.host(host, &place, reading) else {
            return ControlFlow::Break(());
        };
        host.seen_at = host.seen_at.max(seen_at);
        let rows = host.tables.entry(table).or_default();
        if rows.len() >= limit {
            reading.problem(
                place,
                Reason::TooMany {
                    what: format!("rows of {table}"),
                    limit,
                },
            );
            reading.stop(Incomplete::Bound);
            return ControlFlow::Break(());
        }
        rows.push(row.clone());
        ControlFlow::Continue(())
    }

    fn result(
        &mut self,
        result: &Value,
        place: &Place,
        reading: &mut Reading<'_>,
        results: &mut usize,
    ) -> ControlFlow<()> {
        let Some(name) = json::text(result, "name") else {
            reading.problem(
                place.clone(),
                Reason::Missing {
                    what: "the name of the query".to_owned(),
                },
            );
            return ControlFlow::Continue(());
        };
        *results += 1;
        let host = host_of(result).unwrap_or_default();
        let seen_at = result
            .get("unixTime")
            .and_then(|time| time.as_i64().or_else(|| time.as_str()?.parse().ok()))
            .and_then(|unix| OffsetDateTime::from_unix_timestamp(unix).ok());
        reading.report.taken_at = reading.report.taken_at.max(seen_at);
        let table = |row: &Value| table_of(name).or_else(|| table_of_columns(row));
        let added = json::list(result, "snapshot").iter().chain(
            result
                .get("diffResults")
                .map_or(&[][..], |d| json::list(d, "added")),
        );
        let removed = result
            .get("diffResults")
            .map_or(&[][..], |diff| json::list(diff, "removed"));
        let columns = result.get("columns");
        let is_removal = json::text(result, "action") == Some("removed");
        let gone = removed.iter().chain(columns.filter(|_| is_removal));
        let come = added.chain(columns.filter(|_| !is_removal));
        // A snapshot is the whole table: what stood before is gone.
        if result.get("snapshot").is_some_and(Value::is_array)
            && let Some(table) = json::list(result, "snapshot").first().and_then(table)
            && let Some(known) = self.by_id.get_mut(&host)
        {
            known.tables.remove(table);
        }
        for row in gone {
            if let Some(table) = table(row)
                && let Some(known) = self.by_id.get_mut(&host)
                && let Some(rows) = known.tables.get_mut(table)
                && let Some(at) = rows.iter().rposition(|known| known == row)
            {
                rows.swap_remove(at);
            }
        }
        for row in come {
            if let Some(table) = table(row) {
                self.row(host.clone(), table, row, seen_at, place.clone(), reading)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn finish(self, reading: &mut Reading<'_>) {
        let mut speaks_of_services = false;
        for (id, host) in self.by_id {
            speaks_of_services |= host.tables.contains_key("listening_ports");
            let mut device = Device::default();
            for (table, rows) in &host.tables {
                for row in rows {
                    read_row(table, row, &host.place, &mut device, reading);
                }
            }
            if device.is_blank() {
                if crate::model::keys::system_uuid(&id).is_some() {
                    device.system_uuid = Some(id);
                } else {
                    let id = reading.text(&host.place, "host identifier", &id);
                    device.add_name(NameKind::Hostname, &id.unwrap_or_default());
                }
            }
            if device.is_blank() {
                reading.problem(
                    host.place,
                    Reason::Missing {
                        what: "system_info, an address or a host identifier".to_owned(),
                    },
                );
                continue;
            }
            if reading
                .push(device, Presence::Seen, host.seen_at, host.place)
                .is_break()
            {
                break;
            }
        }
        if speaks_of_services {
            reading.report.examined_ports =
                vec![PortRange::all(Protocol::Tcp), PortRange::all(Protocol::Udp)];
        }
    }
}

fn host_of(value: &Value) -> Option<String> {
    ["hostIdentifier", "host_identifier"]
        .into_iter()
        .find_map(|key| json::text(value, key))
        .map(|id| id.chars().take(256).collect())
}

/// The table that the name of a list or query ends in.
fn table_of(name: &str) -> Option<&'static str> {
    let last = name.rsplit(['/', '.', ':']).next().unwrap_or(name);
    TABLES
        .iter()
        .find(|table| **table == last || last.ends_with(&format!("_{table}")))
        .copied()
}

/// The table that has such columns.
fn table_of_columns(row: &Value) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().all(|key| row.get(*key).is_some());
    if has(&["hardware_serial"]) || has(&["hardware_vendor", "hardware_model"]) {
        Some("system_info")
    } else if has(&["interface", "mac"]) {
        Some("interface_details")
    } else if has(&["interface", "address"]) {
        Some("interface_addresses")
    } else if has(&["port", "protocol"]) {
        Some("listening_ports")
    } else if has(&["platform", "name", "version"]) || has(&["platform", "major", "minor"]) {
        Some("os_version")
    } else if has(&["name", "publisher"]) || has(&["name", "install_location"]) {
        Some("programs")
    } else if has(&["name", "release", "package_group"]) || has(&["name", "epoch", "release"]) {
        Some("rpm_packages")
    } else if has(&["name", "maintainer"]) || has(&["name", "version", "revision"]) {
        Some("deb_packages")
    } else {
        None
    }
}

fn read_row(
    table: &str,
    row: &Value,
    place: &Place,
    device: &mut Device,
    reading: &mut Reading<'_>,
) {
    let mut get =
        |key: &str| json::scalar(row, key).and_then(|value| reading.text(place, key, &value));
    match table {
        "system_info" => {
            for key in ["hostname", "computer_name", "local_hostname"] {
                if let Some(name) = get(key) {
                    device.add_name(NameKind::Hostname, &name);
                }
            }
            device.manufacturer = get("hardware_vendor").or(device.manufacturer.take());
            device.model = get("hardware_model").or(device.model.take());
            device.serial_number = get("hardware_serial").or(device.serial_number.take());
            device.system_uuid = get("uuid").or(device.system_uuid.take());
        }
        "os_version" => {
            let os = device.os.get_or_insert_default();
            os.name = get("name");
            os.version = get("version");
            os.build = get("build");
            if let Some(name) = &os.name
                && let Some(class) = class_of_os_name(name)
            {
                let name = name.clone();
                device.add_class(class, ClassReason::OperatingSystem, &name);
            }
        }
        "chassis_info" => {
            if let Some(kind) = get("chassis_types")
                && let Some(class) = super::reading::class_of_word(&kind)
            {
                device.add_class(class, ClassReason::Chassis, &kind);
            }
        }
        "interface_details" => {
            if let Some(mac) = get("mac")
                && let Some(mac) = reading.mac(place, &mac)
            {
                device.add_mac(mac);
            }
        }
        "interface_addresses" => {
            if let Some(address) = get("address")
                && let Some(ip) = reading.ip(place, &address)
            {
                device.add_address(Address::unknown(ip));
            }
        }
        "deb_packages" | "rpm_packages" | "programs" | "apps" => {
            let Some(name) = get("name") else { return };
            let vendor = ["publisher", "vendor", "maintainer"]
                .into_iter()
                .find_map(&mut get);
            let version = ["version", "bundle_short_version", "bundle_version"]
                .into_iter()
                .find_map(&mut get);
            let release = get("release").filter(|_| table == "rpm_packages");
            let version = match (version, release) {
                (Some(version), Some(release)) => Some(format!("{version}-{release}")),
                (version, _) => version,
            };
            let software = Software {
                name,
                version,
                vendor,
                ..Software::default()
            };
            reading.add_software(device, place, software);
        }
        "listening_ports" => {
            if let Some(service) = listening(row, place, reading) {
                reading.add_service(device, place, service);
            }
        }
        _ => {}
    }
}

/// Port 0 stands for sockets of the local system, which nobody reaches.
fn listening(row: &Value, place: &Place, reading: &mut Reading<'_>) -> Option<Service> {
    let number = json::scalar(row, "port")?;
    let Ok(port) = number.parse::<u16>() else {
        reading.malformed(place, "port", &number);
        return None;
    };
    let protocol = match json::scalar(row, "protocol")?.as_str() {
        "6" | "tcp" => Protocol::Tcp,
        "17" | "udp" => Protocol::Udp,
        "132" | "sctp" => Protocol::Sctp,
        _ => return None,
    };
    if port == 0 {
        return None;
    }
    let address = json::text(row, "address").and_then(|text| text.parse().ok());
    let product = ["process_name", "name", "path"]
        .into_iter()
        .find_map(|key| json::text(row, key))
        .and_then(|text| reading.text(place, "process", text));
    Some(Service {
        protocol,
        port,
        address,
        name: None,
        product,
        version: None,
        cpe: None,
        uncertain: false,
    })
}
