//! Kea, memfile in CSV (`kea-leases4.csv`, `kea-leases6.csv`). A journal as well: of several rows
//! of one address the last counts; a lifetime of zero ends a lease.

use std::collections::BTreeMap;
use std::net::IpAddr;

use time::OffsetDateTime;

use super::{add_client_name, add_note};
use crate::limits::Options;
use crate::model::{
    Address, Assignment, Device, Incomplete, Place, Presence, Reason, Report, SourceKind,
};
use crate::readers::{ReadError, Reading, check_size};

/// Reads the leases.
///
/// # Errors
/// [`ReadError::NotThisKind`] where the heading is not Kea's.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::KeaDhcp, options);
    let content = reading.decode(bytes);
    let mut lines = content.lines().enumerate();
    let heading: Vec<&str> = lines
        .next()
        .map(|(_, line)| line.split(',').map(str::trim).collect())
        .unwrap_or_default();
    let column = |name: &str| heading.iter().position(|known| *known == name);
    let (Some(address), Some(expire), Some(lifetime)) = (
        column("address"),
        column("expire"),
        column("valid_lifetime"),
    ) else {
        return Err(ReadError::NotThisKind {
            expected: "lease file of Kea",
            hint: "its heading names address, valid_lifetime and expire".to_owned(),
        });
    };
    let (hardware, hostname, state) = (column("hwaddr"), column("hostname"), column("state"));
    let context = column("user_context");
    let prefix = column("lease_type");
    let mut leases: BTreeMap<IpAddr, (Device, Presence, Option<OffsetDateTime>, Place)> =
        BTreeMap::new();
    for (index, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let place = Place::Line(u64::try_from(index + 1).unwrap_or(u64::MAX));
        let cells: Vec<String> = line.split(',').map(unescape).collect();
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        if cells.len() < heading.len() {
            reading.problem(
                place.clone(),
                Reason::Uneven {
                    cells: cells.len(),
                    headings: heading.len(),
                },
            );
            if content.len() == offset_of_end(&content, line) {
                reading.stop(Incomplete::CutOff);
                continue;
            }
        }
        // A delegated prefix is a network, not a device.
        if cell(prefix) == "2" {
            continue;
        }
        let Some(ip) = reading.ip(&place, cell(Some(address))) else {
            continue;
        };
        let valid: Option<i64> = cell(Some(lifetime)).parse().ok();
        let ends: Option<i64> = cell(Some(expire)).parse().ok();
        let (Some(valid), Some(ends)) = (valid, ends) else {
            reading.malformed(&place, "lifetime or time of expiry", line);
            continue;
        };
        if valid == 0 {
            leases.remove(&ip);
            continue;
        }
        let mut device = Device::default();
        device.add_address(Address {
            ip,
            assignment: Assignment::Dynamic,
        });
        if let Some(mac) = reading.mac(&place, cell(hardware)) {
            device.add_mac(mac);
        }
        if let Some(name) = reading.text(&place, "name", cell(hostname)) {
            add_client_name(&mut device, &name);
        }
        let note = reading.text(&place, "context", cell(context));
        add_note(&mut device, note);
        let presence = match cell(state) {
            "" | "0" => Presence::Listed,
            _ => Presence::Inactive,
        };
        let seen_at = ends
            .checked_sub(valid)
            .and_then(|begun| OffsetDateTime::from_unix_timestamp(begun).ok());
        if leases.len() >= reading.options.limits.records && !leases.contains_key(&ip) {
            let limit = reading.options.limits.records;
            let what = "leases".to_owned();
            reading.problem(place, Reason::TooMany { what, limit });
            reading.stop(Incomplete::Bound);
            break;
        }
        leases.insert(ip, (device, presence, seen_at, place));
    }
    for (device, presence, seen_at, place) in leases.into_values() {
        if device.is_blank() {
            continue;
        }
        reading.report.taken_at = reading.report.taken_at.max(seen_at);
        if reading.push(device, presence, seen_at, place).is_break() {
            break;
        }
    }
    Ok(reading.finish())
}

/// Where a line of the text ends, counted from its begin.
fn offset_of_end(content: &str, line: &str) -> usize {
    (line.as_ptr() as usize)
        .saturating_sub(content.as_ptr() as usize)
        .saturating_add(line.len())
}

/// Kea writes a comma inside a value as `&#x2c`.
fn unescape(cell: &str) -> String {
    cell.trim().replace("&#x2c;", ",").replace("&#x2c", ",")
}
