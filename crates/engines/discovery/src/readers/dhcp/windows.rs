//! Windows DHCP server: leases as CSV (`Get-DhcpServerv4Lease … | Export-Csv`), as XML
//! (`Export-DhcpServer -Leases`) and as `netsh dhcp server … show clients` prints them.

use std::ops::ControlFlow;

use quick_xml::Reader;
use quick_xml::events::Event;
use time::OffsetDateTime;

use super::{add_client_name, add_note};
use crate::limits::Options;
use crate::model::{
    Address, Assignment, Device, Incomplete, Place, Presence, Reason, Report, SourceKind,
};
use crate::readers::{ReadError, Reading, check_size, offset_date_time};
use crate::text;

/// What is known of one lease, whatever the file.
#[derive(Default)]
struct Lease {
    address: String,
    client_id: String,
    host_name: String,
    state: String,
    description: String,
    expires: String,
}

impl Lease {
    fn push(self, reserved: bool, place: Place, reading: &mut Reading<'_>) -> ControlFlow<()> {
        let Some(ip) = reading.ip(&place, &self.address) else {
            if self.address.trim().is_empty() {
                let what = "the address".to_owned();
                reading.problem(place, Reason::Missing { what });
            }
            return ControlFlow::Continue(());
        };
        let state = self.state.to_ascii_lowercase();
        let mut device = Device::default();
        device.add_address(Address {
            ip,
            assignment: if reserved || state.contains("reservation") {
                Assignment::Static
            } else {
                Assignment::Dynamic
            },
        });
        // An identifier that is no hardware address (a DUID, a text) is legitimate.
        if let Ok(mac) = self.client_id.parse() {
            device.add_mac(mac);
        }
        if let Some(name) = reading.text(&place, "name", &self.host_name) {
            add_client_name(&mut device, &name);
        }
        let description = reading.text(&place, "description", &self.description);
        add_note(&mut device, description);
        let is_over = ["expired", "inactive", "declined", "offered"]
            .iter()
            .any(|word| state.starts_with(word));
        let presence = if is_over {
            Presence::Inactive
        } else {
            Presence::Listed
        };
        // The length of the lease is not written, so its begin is not known: the time of expiry is
        // kept as a fact and never taken as the time of a sighting.
        if let Some(expires) = offset_date_time(&self.expires, reading.options.local_offset) {
            let expires: OffsetDateTime = expires;
            device
                .extra
                .insert("lease expires".to_owned(), expires.to_string());
        }
        if device.is_blank() {
            let what = "a usable address".to_owned();
            reading.problem(place, Reason::Missing { what });
            return ControlFlow::Continue(());
        }
        reading.push(device, presence, None, place)
    }
}

/// Reads what PowerShell exported as CSV.
///
/// # Errors
/// [`ReadError::NotThisKind`] where the heading has neither address nor client.
pub fn read_csv(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::WindowsDhcpCsv, options);
    let content = reading.decode(bytes);
    let delimiter = delimiter(&content);
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(content.as_bytes());
    let mut heading: Option<Vec<String>> = None;
    let mut record = csv::StringRecord::new();
    let mut lines = text::Lines::of(&content);
    loop {
        let line = lines.at(csv.position().byte());
        match csv.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let detail = error.to_string();
                reading.problem(Place::Line(line), Reason::Syntax { detail });
                reading.stop(Incomplete::CutOff);
                break;
            }
        }
        if record
            .get(0)
            .is_some_and(|first| first.starts_with("#TYPE"))
        {
            continue;
        }
        let Some(names) = &heading else {
            let names: Vec<String> = record.iter().map(|h| h.trim().to_lowercase()).collect();
            let has = |name: &str| names.iter().any(|known| known == name);
            if !(has("ipaddress") && has("clientid")) {
                break;
            }
            heading = Some(names);
            continue;
        };
        let place = Place::Line(line);
        if record.len() < names.len() {
            reading.problem(
                place,
                Reason::Uneven {
                    cells: record.len(),
                    headings: names.len(),
                },
            );
            if csv.is_done() {
                reading.stop(Incomplete::CutOff);
            }
            continue;
        }
        let cell = |name: &str| {
            names
                .iter()
                .position(|known| known == name)
                .and_then(|at| record.get(at))
                .unwrap_or_default()
                .to_owned()
        };
        let lease = Lease {
            address: cell("ipaddress"),
            client_id: cell("clientid"),
            host_name: cell("hostname"),
            state: cell("addressstate"),
            description: cell("description"),
            expires: cell("leaseexpirytime"),
        };
        if lease.push(false, place, &mut reading).is_break() {
            break;
        }
    }
    if heading.is_none() {
        return Err(ReadError::NotThisKind {
            expected: "CSV of Windows DHCP leases",
            hint: "make it with Get-DhcpServerv4Lease -ScopeId … | Export-Csv -NoTypeInformation \
                   -Encoding UTF8 leases.csv"
                .to_owned(),
        });
    }
    Ok(reading.finish())
}

fn delimiter(content: &str) -> u8 {
    let heading = content
        .lines()
        .find(|line| !line.starts_with("#TYPE") && !line.trim().is_empty())
        .unwrap_or_default();
    let count = |c: char| heading.matches(c).count();
    if count(';') > count(',') {
        b';'
    } else if count('\t') > count(',') {
        b'\t'
    } else {
        b','
    }
}

/// Reads what `Export-DhcpServer -Leases` wrote.
///
/// # Errors
/// [`ReadError::NotThisKind`] where the outermost element is not `DHCPServer`.
pub fn read_xml(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::WindowsDhcpXml, options);
    let content = reading.decode(bytes);
    let mut xml = Reader::from_str(&content);
    let mut path: Vec<String> = Vec::new();
    let mut begun = false;
    let mut record: Option<Lease> = None;
    let mut records = 0_usize;
    let mut value = String::new();
    loop {
        let place = Place::Byte(xml.buffer_position());
        let event = match xml.read_event() {
            Ok(event) => event,
            Err(_) => {
                reading.problem(place, Reason::CutOff);
                reading.stop(Incomplete::CutOff);
                break;
            }
        };
        match event {
            Event::DocType(_) => {
                reading.problem(place, Reason::Entity);
                reading.stop(Incomplete::CutOff);
                break;
            }
            Event::Start(element) => {
                let name = element.local_name().as_ref().to_owned();
                if path.is_empty() {
                    if name != "DHCPServer" {
                        break;
                    }
                    begun = true;
                }
                let limit = reading.options.limits.depth;
                if path.len() >= limit {
                    reading.problem(place, Reason::TooDeep { limit });
                    reading.stop(Incomplete::Bound);
                    break;
                }
                if matches!(name.as_str(), "Lease" | "Reservation") {
                    records += 1;
                    record = Some(Lease::default());
                }
                value.clear();
                path.push(name);
            }
            Event::Text(text) if value.len() < 65_536 => value.push_str(&text),
            Event::GeneralRef(reference) => match &*reference {
                "amp" => value.push('&'),
                "lt" => value.push('<'),
                "gt" => value.push('>'),
                "quot" => value.push('"'),
                "apos" => value.push('\''),
                other if other.starts_with('#') => {
                    if let Ok(Some(c)) = reference.resolve_char_ref() {
                        value.push(c);
                    }
                }
                _ => {
                    reading.problem(place, Reason::Entity);
                    reading.stop(Incomplete::CutOff);
                    break;
                }
            },
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                match name.as_str() {
                    "Lease" | "Reservation" => {
                        if let Some(lease) = record.take() {
                            let place = Place::Path(format!("{name}[{records}]"));
                            let reserved = name == "Reservation";
                            if lease.push(reserved, place, &mut reading).is_break() {
                                break;
                            }
                        }
                    }
                    "DHCPServer" if path.is_empty() => break,
                    _ => {
                        if let Some(lease) = &mut record {
                            let target = match name.as_str() {
                                "IPAddress" => Some(&mut lease.address),
                                "ClientId" => Some(&mut lease.client_id),
                                "HostName" | "Name" => Some(&mut lease.host_name),
                                "AddressState" => Some(&mut lease.state),
                                "Description" => Some(&mut lease.description),
                                "LeaseExpiryTime" => Some(&mut lease.expires),
                                _ => None,
                            };
                            if let Some(target) = target {
                                *target = std::mem::take(&mut value);
                            }
                        }
                    }
                }
                value.clear();
            }
            Event::Eof => {
                if begun {
                    reading.problem(place, Reason::CutOff);
                    reading.stop(Incomplete::CutOff);
                }
                break;
            }
            _ => {}
        }
    }
    if !begun {
        return Err(ReadError::NotThisKind {
            expected: "export of a Windows DHCP server",
            hint: "make it with Export-DhcpServer -Leases -File dhcp.xml".to_owned(),
        });
    }
    Ok(reading.finish())
}

/// Reads what `netsh dhcp server scope … show clients 1` printed, in any language: the columns
/// are told by their form.
///
/// # Errors
/// [`ReadError::NotThisKind`] where no line is a lease.
pub fn read_netsh(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::WindowsDhcpNetsh, options);
    let content = reading.decode(bytes);
    let mut leases = 0_usize;
    for (index, line) in content.lines().enumerate() {
        let place = Place::Line(u64::try_from(index + 1).unwrap_or(u64::MAX));
        let Some(lease) = netsh_line(line) else {
            continue;
        };
        leases += 1;
        let reserved = lease.state == "reservation";
        if lease.push(reserved, place, &mut reading).is_break() {
            break;
        }
    }
    if leases == 0 {
        return Err(ReadError::NotThisKind {
            expected: "list of leases by netsh",
            hint: "make it with netsh dhcp server scope 192.168.1.0 show clients 1 > leases.txt"
                .to_owned(),
        });
    }
    Ok(reading.finish())
}

/// `192.168.1.100 - 255.255.255.0 -00-11-22-33-44-55 -2026/11/29 10:00:00 -D- name`
fn netsh_line(line: &str) -> Option<Lease> {
    let (address, rest) = line.trim().split_once(char::is_whitespace)?;
    address.parse::<std::net::Ipv4Addr>().ok()?;
    let rest = rest.trim_start().strip_prefix('-')?.trim_start();
    let (mask, rest) = rest.split_once(char::is_whitespace)?;
    mask.parse::<std::net::Ipv4Addr>().ok()?;
    let rest = rest.trim_start().strip_prefix('-')?.trim_start();
    let (client_id, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let rest = rest.trim_start().trim_start_matches('-').trim_start();
    // The type is one letter between hyphens: N, D, B, U or R.
    let kind = ["-D", "-N", "-B", "-U", "-R"]
        .into_iter()
        .filter_map(|mark| {
            let at = rest.find(mark)?;
            let after = rest.get(at + mark.len()..)?.trim_start();
            (after.is_empty() || after.starts_with('-')).then_some((at, mark, after))
        })
        .min_by_key(|(at, _, _)| *at);
    let (expires, reserved, name) = match kind {
        Some((at, mark, after)) => (
            rest.get(..at).unwrap_or_default().trim(),
            mark == "-R",
            after.trim_start_matches('-').trim(),
        ),
        None => (rest, false, ""),
    };
    Some(Lease {
        address: address.to_owned(),
        client_id: client_id.to_owned(),
        host_name: text::fold_width(name),
        state: if reserved { "reservation" } else { "active" }.to_owned(),
        description: String::new(),
        expires: expires.to_owned(),
    })
}
