//! Windows `systeminfo /fo csv`, in English and Japanese.
//!
//! Each computer is a record; several outputs may be joined in one file, with or without their
//! headings repeated. Fields may hold line breaks (updates, network cards). A computer's own
//! addresses stand in the field of its network cards; hardware addresses and the serial number
//! are not part of this tool's output.

use std::net::IpAddr;
use std::ops::ControlFlow;

use super::{ReadError, Reading, offset_date_time};
use crate::limits::Options;
use crate::model::{
    Address, Assignment, ClassReason, Device, DeviceClass, Field, Incomplete, NameKind,
    OperatingSystem, Place, Presence, Reason, Report, Software, SourceKind,
};
use crate::text;

/// Reads one or more computers.
///
/// # Errors
/// [`ReadError::NotThisKind`] where no heading names the host and its operating system.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::SystemInfo, options);
    let content = reading.decode(bytes);
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(content.as_bytes());
    let mut headings: Option<Vec<Option<Column>>> = None;
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
        let columns: Vec<Option<Column>> = record.iter().map(Column::of).collect();
        let is_heading = [Column::HostName, Column::OsName]
            .iter()
            .all(|needed| columns.contains(&Some(*needed)));
        if is_heading {
            headings = Some(columns);
            continue;
        }
        let Some(headings) = &headings else { continue };
        let place = Place::Line(line);
        if record.len() < headings.len() {
            reading.problem(
                place.clone(),
                Reason::Uneven {
                    cells: record.len(),
                    headings: headings.len(),
                },
            );
            if csv.is_done() {
                reading.stop(Incomplete::CutOff);
            }
        }
        if computer(headings, &record, place, &mut reading).is_break() {
            break;
        }
    }
    if headings.is_none() {
        return Err(ReadError::NotThisKind {
            expected: "output of systeminfo",
            hint: "make it with systeminfo /fo csv > file.csv".to_owned(),
        });
    }
    Ok(reading.finish())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    HostName,
    OsName,
    OsVersion,
    OsConfiguration,
    Owner,
    Organization,
    Installed,
    Booted,
    Manufacturer,
    Model,
    SystemType,
    Domain,
    Hotfixes,
    NetworkCards,
}

impl Column {
    fn of(heading: &str) -> Option<Self> {
        if heading.len() > 200 {
            return None;
        }
        let folded: String = text::comparable(heading)
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        Some(match folded.as_str() {
            "hostname" | "ホスト名" => Self::HostName,
            "osname" | "os名" => Self::OsName,
            "osversion" | "osバージョン" | "osのバージョン" => Self::OsVersion,
            "osconfiguration" | "os構成" => Self::OsConfiguration,
            "registeredowner" | "登録されている所有者" => Self::Owner,
            "registeredorganization" | "登録されている組織" => Self::Organization,
            "originalinstalldate" | "最初のインストール日付" => Self::Installed,
            "systemboottime" | "システム起動時間" | "システム起動時刻" => {
                Self::Booted
            }
            "systemmanufacturer" | "システム製造元" => Self::Manufacturer,
            "systemmodel" | "システムモデル" => Self::Model,
            "systemtype" | "システムの種類" => Self::SystemType,
            "domain" | "ドメイン" => Self::Domain,
            "hotfix(s)" | "ホットフィックス" => Self::Hotfixes,
            "networkcard(s)" | "ネットワークカード" => Self::NetworkCards,
            _ => return None,
        })
    }
}

fn computer(
    headings: &[Option<Column>],
    record: &csv::StringRecord,
    place: Place,
    reading: &mut Reading<'_>,
) -> ControlFlow<()> {
    let mut device = Device::default();
    let mut os = OperatingSystem::default();
    let mut domain = None;
    let mut seen_at = None;
    for (column, value) in headings.iter().zip(record.iter()) {
        let Some(column) = column else { continue };
        if matches!(value.trim(), "" | "N/A" | "該当なし") {
            continue;
        }
        match column {
            Column::Hotfixes => {
                for name in updates(value) {
                    let software = Software {
                        name,
                        vendor: Some("Microsoft".to_owned()),
                        ..Software::default()
                    };
                    reading.add_software(&mut device, &place, software);
                }
                continue;
            }
            Column::NetworkCards => {
                network_cards(value, &mut device);
                continue;
            }
            _ => {}
        }
        let Some(value) = reading.text(&place, "field", value) else {
            continue;
        };
        match column {
            Column::HostName => device.add_name(NameKind::Hostname, &value),
            Column::OsName => {
                if let Some(class) = super::class_of_os_name(&value) {
                    device.add_class(class, ClassReason::OperatingSystem, &value);
                }
                os.name = Some(value);
            }
            Column::OsVersion => {
                // "10.0.19045 N/A Build 19045", "10.0.19045 N/A ビルド 19045"
                let mut words = value.split_whitespace();
                os.version = words.next().map(str::to_owned);
                os.build = words
                    .next_back()
                    .filter(|last| last.chars().all(|c| c.is_ascii_digit()))
                    .map(str::to_owned);
            }
            Column::OsConfiguration => {
                let folded = text::comparable(&value);
                let is_server = [
                    "server",
                    "サーバ",
                    "domain controller",
                    "ドメイン コントローラ",
                ]
                .iter()
                .any(|word| folded.contains(word));
                let class = if is_server {
                    DeviceClass::Server
                } else {
                    DeviceClass::Terminal
                };
                device.add_class(class, ClassReason::Role, &value);
            }
            Column::Owner => {
                device.facts.insert(Field::User, value);
            }
            Column::Organization => {
                device
                    .extra
                    .insert("registered organization".to_owned(), value);
            }
            Column::Installed => {
                device.extra.insert("installed".to_owned(), value);
            }
            Column::Booted => {
                seen_at = offset_date_time(&value.replace(',', " "), reading.options.local_offset);
            }
            Column::Manufacturer => device.manufacturer = Some(value),
            Column::Model => device.model = Some(value),
            Column::SystemType => {
                device.extra.insert("system type".to_owned(), value);
            }
            Column::Domain => domain = Some(value),
            Column::Hotfixes | Column::NetworkCards => {}
        }
    }
    if os != OperatingSystem::default() {
        device.os = Some(os);
    }
    if let (Some(host), Some(domain)) = (device.name(NameKind::Hostname), domain)
        && domain.contains('.')
    {
        let fqdn = format!("{host}.{domain}");
        device.add_name(NameKind::Fqdn, &fqdn);
    }
    if device.is_blank() {
        reading.problem(
            place,
            Reason::Missing {
                what: "the host name".to_owned(),
            },
        );
        return ControlFlow::Continue(());
    }
    reading.push(device, Presence::Seen, seen_at, place)
}

/// The fields of updates and network cards hold their entries separated by commas or line ends.
fn entries(value: &str) -> impl Iterator<Item = &str> {
    value
        .split([',', '\n', '\r'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// `[01]: KB5011048` and the like.
fn updates(value: &str) -> impl Iterator<Item = String> {
    entries(value)
        .filter_map(|entry| {
            let update = entry.rsplit(':').next()?.trim();
            let digits = update.strip_prefix("KB")?;
            let is_update = !digits.is_empty()
                && digits.len() <= 12
                && digits.chars().all(|c| c.is_ascii_digit());
            is_update.then(|| update.to_owned())
        })
        .take(10_000)
}

/// Addresses stand in entries of their own, `[01]: 192.168.1.10`; those of gateways and DHCP
/// servers after a heading. "DHCP Enabled: Yes" holds until the next card.
fn network_cards(value: &str, device: &mut Device) {
    let mut assignment = Assignment::Unknown;
    for entry in entries(value).take(4_096) {
        let folded = text::fold_width(entry).to_lowercase();
        if folded.starts_with("dhcp") && !folded.contains("server") && !folded.contains("サーバ")
        {
            let yes = folded.ends_with("yes") || folded.ends_with("はい");
            assignment = if yes {
                Assignment::Dynamic
            } else {
                Assignment::Static
            };
            continue;
        }
        let Some((head, rest)) = entry.split_once("]:") else {
            continue;
        };
        if !head.starts_with('[') {
            continue;
        }
        match rest.trim().parse::<IpAddr>() {
            Ok(ip) => device.add_address(Address { ip, assignment }),
            Err(_) => assignment = Assignment::Unknown,
        }
    }
}
