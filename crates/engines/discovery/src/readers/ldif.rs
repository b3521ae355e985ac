//! LDIF (RFC 2849) with objects of computers, as `ldifde` or `ldapsearch` export them from a
//! directory.
//!
//! Continuation lines, base64 values, several values, comments and `-`-separated change records
//! are read; values from a URL (`:<`) are never fetched. A computer is a record with
//! `objectClass: computer` (or `device`, `ipHost`), or with an attribute that only computers have.

use std::ops::ControlFlow;

use base64::Engine as _;
use time::OffsetDateTime;

use super::{ReadError, Reading, class_of_os_name};
use crate::limits::Options;
use crate::model::{
    Address, ClassReason, Device, DeviceClass, Field, Incomplete, NameKind, OperatingSystem, Place,
    Presence, Reason, Report, SourceKind,
};

/// Reads the computers of a file; other objects are left out.
///
/// # Errors
/// [`ReadError::NotThisKind`] where no record begins with `dn:`.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::Ldif, options);
    let content = reading.decode(bytes);
    let mut records = 0_usize;
    let mut record = Record::default();
    let mut line = String::new();
    let mut line_number = 0_u64;
    let mut full = false;
    let mut lines = content.lines().zip(1_u64..).peekable();
    while let Some((text, number)) = lines.next() {
        line.clear();
        line.push_str(text);
        line_number = number;
        let mut too_long = false;
        // A line that begins with a space continues the one before it.
        while let Some((next, _)) = lines.peek() {
            let Some(rest) = next.strip_prefix(' ') else {
                break;
            };
            if line.len() < 1 << 20 {
                line.push_str(rest);
            } else {
                too_long = true;
            }
            lines.next();
        }
        if too_long {
            let what = "a folded line".to_owned();
            let limit = 1 << 20;
            reading.problem(Place::Line(number), Reason::TooLong { what, limit });
            continue;
        }
        if line.trim().is_empty() {
            if std::mem::take(&mut record).push(&mut reading).is_break() {
                full = true;
                break;
            }
        } else if !line.starts_with('#') && line != "-" {
            let place = Place::Line(number);
            if let Some((name, value)) = attribute(&line, &place, &mut reading) {
                if name == "dn" {
                    records += 1;
                    // Some tools leave out the empty line between records.
                    if record.is_computer.is_some()
                        && std::mem::take(&mut record).push(&mut reading).is_break()
                    {
                        full = true;
                        break;
                    }
                    record.begin(number);
                }
                record.add(&name, &value, &place, &mut reading);
            }
        }
    }
    if records == 0 {
        return Err(ReadError::NotThisKind {
            expected: "LDIF",
            hint: "make it with: ldifde -r \"(objectClass=computer)\" -f computers.ldf".to_owned(),
        });
    }
    if !full {
        let _ = record.push(&mut reading);
    }
    if !content.ends_with('\n') && !full {
        // A last line without its end may have lost characters; the record was kept.
        reading.problem(Place::Line(line_number), Reason::CutOff);
        reading.stop(Incomplete::CutOff);
    }
    Ok(reading.finish())
}

/// Name (lower case, without options such as `;range=0-1499`) and value of a line.
fn attribute(line: &str, place: &Place, reading: &mut Reading<'_>) -> Option<(String, String)> {
    let Some((name, value)) = line.split_once(':') else {
        reading.malformed(place, "line of the form name: value", line);
        return None;
    };
    let name = name.split(';').next().unwrap_or(name).trim().to_lowercase();
    if name.len() > 128 {
        return None;
    }
    if value.starts_with('<') {
        return None;
    }
    let Some(encoded) = value.strip_prefix(':') else {
        return Some((name, value.trim_start().to_owned()));
    };
    let compact: String = encoded.split_whitespace().collect();
    match base64::engine::general_purpose::STANDARD.decode(compact) {
        Ok(bytes) => Some((name, String::from_utf8_lossy(&bytes).into_owned())),
        Err(_) => {
            reading.malformed(place, "base64 value", encoded);
            None
        }
    }
}

#[derive(Default)]
struct Record {
    line: u64,
    device: Device,
    os: OperatingSystem,
    /// Set once the record has begun.
    is_computer: Option<bool>,
    is_disabled: bool,
    is_deletion: bool,
    last_logon: Option<OffsetDateTime>,
}

impl Record {
    fn begin(&mut self, line: u64) {
        self.line = line;
        self.is_computer.get_or_insert(false);
    }

    fn add(&mut self, name: &str, value: &str, place: &Place, reading: &mut Reading<'_>) {
        let mut text = |value: &str| reading.text(place, name, value);
        match name {
            "objectclass" => {
                let folded = value.trim().to_ascii_lowercase();
                if matches!(folded.as_str(), "computer" | "iphost" | "device") {
                    self.is_computer = Some(true);
                }
            }
            "changetype" => self.is_deletion = value.trim() == "delete",
            "dnshostname" => {
                self.is_computer = Some(true);
                if let Some(value) = text(value) {
                    self.device.add_name(NameKind::Fqdn, &value);
                }
            }
            "samaccountname" => {
                // Only computers' account names end in a dollar sign.
                if let Some(host) = value.trim().strip_suffix('$')
                    && let Some(host) = text(host)
                {
                    self.device.add_name(NameKind::Hostname, &host);
                }
            }
            "cn" | "name" => {
                if let Some(value) = text(value)
                    && !value.contains(char::is_whitespace)
                {
                    self.device.add_name(NameKind::Hostname, &value);
                }
            }
            "displayname" => {
                if let Some(value) = text(value.trim_end_matches('$')) {
                    self.device.add_name(NameKind::Display, &value);
                }
            }
            "operatingsystem" => {
                self.is_computer = Some(true);
                if let Some(value) = text(value) {
                    if let Some(class) = class_of_os_name(&value) {
                        self.device
                            .add_class(class, ClassReason::OperatingSystem, &value);
                    }
                    self.os.name = Some(value);
                }
            }
            "operatingsystemversion" => {
                // "10.0 (19045)": version and build.
                if let Some(value) = text(value) {
                    let (version, build) = match value.split_once('(') {
                        Some((version, build)) => (
                            version.trim().to_owned(),
                            Some(build.trim_end_matches(')').trim().to_owned()),
                        ),
                        None => (value, None),
                    };
                    self.os.version = Some(version);
                    self.os.build = build.filter(|build| !build.is_empty());
                }
            }
            "lastlogontimestamp" | "lastlogon" => {
                let moment = filetime(value);
                if moment.is_none() && !matches!(value.trim(), "" | "0") {
                    reading.malformed(place, name, value);
                }
                self.last_logon = self.last_logon.max(moment);
            }
            "useraccountcontrol" => match value.trim().parse::<i64>() {
                Ok(flags) => {
                    self.is_disabled = flags & 0x0002 != 0;
                    // SERVER_TRUST_ACCOUNT: a domain controller.
                    if flags & 0x2000 != 0 {
                        self.device.add_class(
                            DeviceClass::Server,
                            ClassReason::Role,
                            "domain controller",
                        );
                    }
                }
                Err(_) => reading.malformed(place, name, value),
            },
            "iphostnumber" | "networkaddress" => {
                if let Ok(ip) = value.trim().parse() {
                    self.device.add_address(Address::unknown(ip));
                }
            }
            "macaddress" => {
                if let Some(mac) = reading.mac(place, value) {
                    self.device.add_mac(mac);
                }
            }
            "serialnumber" => self.device.serial_number = text(value),
            "description" => {
                if let Some(value) = text(value) {
                    self.device.facts.insert(Field::Note, value);
                }
            }
            "location" | "l" | "physicaldeliveryofficename" => {
                if let Some(value) = text(value) {
                    self.device.facts.insert(Field::Place, value);
                }
            }
            "managedby" => {
                let name = text(value).map(|value| common_name(&value));
                if let Some(name) = name.filter(|name| !name.is_empty()) {
                    self.device.facts.insert(Field::Administrator, name);
                }
            }
            "department" => {
                if let Some(value) = text(value) {
                    self.device.facts.insert(Field::Department, value);
                }
            }
            "dn" => {
                if let Some(value) = text(value) {
                    self.device.extra.insert("dn".to_owned(), value);
                }
            }
            _ => {}
        }
    }

    fn push(mut self, reading: &mut Reading<'_>) -> ControlFlow<()> {
        if self.is_computer != Some(true) || self.is_deletion {
            return ControlFlow::Continue(());
        }
        if self.os != OperatingSystem::default() {
            self.device.os = Some(self.os);
        }
        let place = Place::Line(self.line);
        if self.device.is_blank() {
            let what = "a name".to_owned();
            reading.problem(place, Reason::Missing { what });
            return ControlFlow::Continue(());
        }
        let presence = if self.is_disabled {
            Presence::Inactive
        } else {
            Presence::Listed
        };
        reading.report.taken_at = reading.report.taken_at.max(self.last_logon);
        reading.push(self.device, presence, self.last_logon, place)
    }
}

/// The first common name of a distinguished name: `CN=山田 太郎,OU=…` → `山田 太郎`.
fn common_name(dn: &str) -> String {
    let first = dn.split(',').next().unwrap_or(dn);
    first
        .split_once('=')
        .map_or(first, |(_, name)| name)
        .trim()
        .to_owned()
}

/// Seconds between 1601-01-01, where Windows begins to count, and 1970-01-01.
const WINDOWS_EPOCH: i64 = 11_644_473_600;

/// Windows FILETIME: steps of 100 nanoseconds since 1601. Zero and the greatest value mean never.
fn filetime(text: &str) -> Option<OffsetDateTime> {
    let ticks: i64 = text.trim().parse().ok()?;
    if ticks <= 0 || ticks == i64::MAX {
        return None;
    }
    OffsetDateTime::from_unix_timestamp(ticks / 10_000_000 - WINDOWS_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filetime_counts_from_1601() {
        assert_eq!(
            filetime("133444736000000000").map(OffsetDateTime::unix_timestamp),
            Some(1_700_000_000)
        );
        for text in ["0", "9223372036854775807", "-5", "x", ""] {
            assert_eq!(filetime(text), None, "{text}");
        }
    }
}
