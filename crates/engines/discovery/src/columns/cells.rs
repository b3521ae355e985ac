use std::net::IpAddr;

use time::OffsetDateTime;

use super::Column;
use crate::limits::Options;
use crate::model::{
    Address, Assignment, ClassReason, Device, DeviceClass, Field, Mac, NameKind, Place, Problem,
    Reason, Software, keys,
};
use crate::readers::offset_date_time;
use crate::text;

/// Whether values have the form of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Good,
    Bad,
    Unknown,
}

pub(super) fn fit(field: Field, values: &[&str]) -> Fit {
    let test: fn(&str) -> bool = match field {
        Field::IpAddresses => |value| parts(value).iter().any(|part| address(part).is_some()),
        Field::MacAddresses => |value| !macs(value).0.is_empty(),
        Field::SystemUuid => |value| value.chars().filter(char::is_ascii_hexdigit).count() == 32,
        _ => return Fit::Unknown,
    };
    let real: Vec<&&str> = values
        .iter()
        .filter(|value| !is_empty_mark(value))
        .collect();
    if real.is_empty() {
        return Fit::Unknown;
    }
    let good = real.iter().filter(|value| test(value)).count();
    if good * 2 >= real.len() {
        Fit::Good
    } else if good == 0 {
        Fit::Bad
    } else {
        Fit::Unknown
    }
}

/// The field whose form nearly all values have, for a heading that says nothing.
pub(super) fn field_of_values(values: &[&str]) -> Option<Field> {
    let real: Vec<&str> = values
        .iter()
        .copied()
        .filter(|value| !is_empty_mark(value))
        .collect();
    if real.len() < 3 {
        return None;
    }
    let most = |test: &dyn Fn(&str) -> bool| {
        real.iter().filter(|value| test(value)).count() * 10 >= real.len() * 9
    };
    if most(&|value| parts(value).iter().all(|part| address(part).is_some())) {
        return Some(Field::IpAddresses);
    }
    // Twelve hexadecimal digits without separators may be any number.
    if most(&|value| value.contains([':', '-', '.']) && value.parse::<Mac>().is_ok()) {
        return Some(Field::MacAddresses);
    }
    if most(&|value| {
        let folded = text::comparable(value);
        folded.starts_with("windows ") || folded.starts_with("microsoft windows")
    }) {
        return Some(Field::OsName);
    }
    None
}

/// Signs by which people say that a cell is empty.
pub(super) fn is_empty_mark(value: &str) -> bool {
    let folded = text::comparable(value);
    matches!(
        folded.as_str(),
        "" | "-"
            | "--"
            | "―"
            | "−"
            | "ー"
            | "‐"
            | "n/a"
            | "na"
            | "なし"
            | "無し"
            | "無"
            | "不明"
            | "未定"
            | "未設定"
            | "未登録"
            | "該当なし"
            | "none"
            | "null"
            | "unknown"
            | "?"
            | "*"
            | "×"
    )
}

/// The values of a cell that holds several.
pub(super) fn parts(value: &str) -> Vec<String> {
    text::fold_width(value)
        .split(['\n', '\r', '、', ',', ';', '|', ' ', '\t', '・', '。'])
        .flat_map(|part| match part.rsplit_once('/') {
            // A prefix length belongs to its address.
            Some((before, after))
                if after.len() <= 3 && after.chars().all(|c| c.is_ascii_digit()) =>
            {
                vec![before]
            }
            _ => part.split('/').collect(),
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Hardware addresses of a cell, and what of it is none.
fn macs(value: &str) -> (Vec<Mac>, Vec<String>) {
    if let Ok(mac) = value.parse() {
        return (vec![mac], Vec::new());
    }
    let mut found = Vec::new();
    let mut others = Vec::new();
    for part in parts(&without_remarks(value).0) {
        match part.parse() {
            Ok(mac) => found.push(mac),
            Err(_) => others.push(part),
        }
    }
    (found, others)
}

fn address(part: &str) -> Option<IpAddr> {
    if let Ok(ip) = part.parse::<IpAddr>() {
        return Some(ip);
    }
    // Ledgers pad groups with zeros: 192.168.001.010.
    let groups: Vec<&str> = part.split('.').collect();
    let all_decimal = groups.len() == 4
        && groups
            .iter()
            .all(|g| (1..=3).contains(&g.len()) && g.chars().all(|c| c.is_ascii_digit()));
    if !all_decimal {
        return None;
    }
    let plain: Vec<&str> = groups
        .iter()
        .map(|group| {
            let trimmed = group.trim_start_matches('0');
            if trimmed.is_empty() { "0" } else { trimmed }
        })
        .collect();
    plain.join(".").parse().ok()
}

/// The text without what stands in parentheses, and that.
fn without_remarks(value: &str) -> (String, String) {
    let mut plain = String::new();
    let mut remarks = String::new();
    let mut depth = 0_usize;
    for c in text::fold_width(value).chars() {
        match c {
            '(' | '[' | '<' | '【' => depth += 1,
            ')' | ']' | '>' | '】' => {
                depth = depth.saturating_sub(1);
                plain.push(' ');
            }
            other if depth > 0 => remarks.push(other),
            other => plain.push(other),
        }
    }
    (plain, remarks)
}

fn assignment_of(text: &str) -> Assignment {
    let folded = text::comparable(text);
    let has = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    if has(&["固定", "static", "予約"]) {
        Assignment::Static
    } else if has(&["dhcp", "動的", "自動", "dynamic", "可変"]) {
        Assignment::Dynamic
    } else {
        Assignment::Unknown
    }
}

pub(super) struct RowReader<'a> {
    row: u64,
    options: &'a Options,
    device: Device,
    software: Software,
    seen_at: Option<OffsetDateTime>,
    problems: Vec<Problem>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(row: u64, options: &'a Options) -> Self {
        Self {
            row,
            options,
            device: Device::default(),
            software: Software::default(),
            seen_at: None,
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, index: usize, column: &Column, reason: Reason) {
        self.problems.push(Problem {
            place: Place::Cell {
                row: self.row,
                column: index,
                heading: text::excerpt(&column.heading),
            },
            reason,
        });
    }

    pub(super) fn cell(&mut self, index: usize, column: &Column, value: &str) {
        let limit = self.options.limits.text_characters;
        if value.len() > limit && value.chars().count() > limit {
            let what = "the cell".to_owned();
            self.problem(index, column, Reason::TooLong { what, limit });
            return;
        }
        let value: String = value
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        let Some(field) = column.field else {
            let heading: String = column.heading.trim().chars().take(128).collect();
            if !heading.is_empty() {
                self.device.extra.insert(heading, value);
            }
            return;
        };
        let is_identity = matches!(
            field,
            Field::ManagementNumber
                | Field::Hostname
                | Field::Fqdn
                | Field::DisplayName
                | Field::IpAddresses
                | Field::MacAddresses
                | Field::Manufacturer
                | Field::Model
                | Field::SerialNumber
                | Field::SystemUuid
                | Field::OsName
                | Field::OsVersion
                | Field::OsBuild
        );
        if is_identity && is_empty_mark(&value) {
            return;
        }
        let device = &mut self.device;
        match field {
            Field::ManagementNumber => device.management_number = Some(value),
            Field::Hostname => {
                for part in parts(&value) {
                    device.add_name(NameKind::Hostname, &part);
                }
            }
            Field::Fqdn => {
                for part in parts(&value) {
                    device.add_name(NameKind::Fqdn, &part);
                }
            }
            Field::DisplayName => device.add_name(NameKind::Display, &value.replace('\n', " ")),
            Field::IpAddresses => self.addresses(index, column, &value),
            Field::MacAddresses => {
                let (found, others) = macs(&value);
                for mac in found {
                    self.device.add_mac(mac);
                }
                for other in others {
                    let what = "hardware address".to_owned();
                    let value = text::excerpt(&other);
                    self.problem(index, column, Reason::Malformed { what, value });
                }
            }
            Field::Manufacturer => device.manufacturer = Some(value),
            Field::Model => device.model = Some(value),
            Field::SerialNumber => device.serial_number = Some(value),
            Field::SystemUuid => {
                let digits = value.chars().filter(char::is_ascii_hexdigit).count();
                if digits == 32 {
                    device.system_uuid = Some(value);
                } else {
                    let what = "UUID of 32 hexadecimal digits".to_owned();
                    let value = text::excerpt(&value);
                    self.problem(index, column, Reason::Malformed { what, value });
                }
            }
            Field::OsName => {
                if let Some(class) = crate::readers::class_of_os_name(&value) {
                    device.add_class(class, ClassReason::OperatingSystem, &value);
                }
                device.os.get_or_insert_default().name = Some(value);
            }
            Field::OsVersion => device.os.get_or_insert_default().version = Some(value),
            Field::OsBuild => device.os.get_or_insert_default().build = Some(value),
            Field::DeviceClass => {
                let class = crate::readers::class_of_word(&value).unwrap_or(DeviceClass::Other);
                device.add_class(class, ClassReason::Stated, &value);
                device.facts.insert(field, value);
            }
            Field::SoftwareName => self.software.name = value,
            Field::SoftwareVersion => self.software.version = Some(value),
            Field::SoftwareVendor => self.software.vendor = Some(value),
            Field::LastSeen => {
                self.seen_at = offset_date_time(&value, self.options.local_offset);
                device.facts.insert(field, value);
            }
            _ => {
                device.facts.insert(field, value);
            }
        }
    }

    fn addresses(&mut self, index: usize, column: &Column, value: &str) {
        let of_heading = assignment_of(&column.heading);
        let (plain, remarks) = without_remarks(value);
        let of_cell = assignment_of(&format!("{remarks} {plain}"));
        let assignment = match of_cell {
            Assignment::Unknown => of_heading,
            stated => stated,
        };
        for part in parts(&plain) {
            match address(&part) {
                Some(ip) if keys::is_device_address(ip) => {
                    self.device.add_address(Address { ip, assignment });
                }
                Some(_) => {}
                // "DHCP", "自動取得", "固定" say how, not which.
                None if assignment_of(&part) != Assignment::Unknown || is_empty_mark(&part) => {}
                None => {
                    let what = "address".to_owned();
                    let value = text::excerpt(&part);
                    self.problem(index, column, Reason::Malformed { what, value });
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> (Device, Option<OffsetDateTime>, Vec<Problem>) {
        if !self.software.name.is_empty() {
            self.device.software.push(self.software);
        }
        (self.device, self.seen_at, self.problems)
    }
}
