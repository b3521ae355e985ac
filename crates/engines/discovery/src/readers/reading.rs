use std::net::IpAddr;
use std::ops::ControlFlow;

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::limits::Options;
use crate::model::{
    Device, DeviceClass, Incomplete, Mac, Observation, Place, Presence, Problem, Reason, Report,
    Service, Software, SourceKind, Subject,
};
use crate::text;

/// A report in the making: counts against the bounds and keeps problems with their place.
pub(crate) struct Reading<'a> {
    pub(crate) options: &'a Options,
    pub(crate) report: Report,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(source: SourceKind, options: &'a Options) -> Self {
        Self {
            options,
            report: Report::empty(source),
        }
    }

    pub(crate) fn problem(&mut self, place: Place, reason: Reason) {
        if self.report.problems.len() < self.options.limits.problems {
            self.report.problems.push(Problem { place, reason });
        } else {
            self.report.further_problems = self.report.further_problems.saturating_add(1);
        }
    }

    pub(crate) fn malformed(&mut self, place: &Place, what: &str, value: &str) {
        self.problem(
            place.clone(),
            Reason::Malformed {
                what: what.to_owned(),
                value: text::excerpt(value),
            },
        );
    }

    pub(crate) fn stop(&mut self, why: Incomplete) {
        self.report.stop(why);
    }

    /// Whether another observation fits; notes the bound when it does not.
    pub(crate) fn has_room(&mut self, place: &Place) -> bool {
        let limit = self.options.limits.records;
        if self.report.observations.len() < limit {
            return true;
        }
        if self.report.incomplete != Some(Incomplete::Bound) {
            self.problem(
                place.clone(),
                Reason::TooMany {
                    what: "records".to_owned(),
                    limit,
                },
            );
        }
        self.stop(Incomplete::Bound);
        false
    }

    /// Adds an observation of a device; breaks where the bound is reached.
    pub(crate) fn push(
        &mut self,
        device: Device,
        presence: Presence,
        seen_at: Option<OffsetDateTime>,
        place: Place,
    ) -> ControlFlow<()> {
        self.push_observation(Observation {
            device,
            subject: Subject::Device,
            presence,
            seen_at,
            place,
        })
    }

    pub(crate) fn push_observation(&mut self, observation: Observation) -> ControlFlow<()> {
        if !self.has_room(&observation.place) {
            return ControlFlow::Break(());
        }
        self.report.observations.push(observation);
        ControlFlow::Continue(())
    }

    /// The text, without white space around it, if it is not empty and within the bound.
    pub(crate) fn text(&mut self, place: &Place, what: &str, value: &str) -> Option<String> {
        let value = value.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if value.is_empty() {
            return None;
        }
        let limit = self.options.limits.text_characters;
        // Bytes are never fewer than characters, so most texts are not counted.
        if value.len() > limit && value.chars().count() > limit {
            self.problem(
                place.clone(),
                Reason::TooLong {
                    what: what.to_owned(),
                    limit,
                },
            );
            return None;
        }
        if value.contains(char::is_control) {
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            let value = value.trim();
            return (!value.is_empty()).then(|| value.to_owned());
        }
        Some(value.to_owned())
    }

    pub(crate) fn mac(&mut self, place: &Place, value: &str) -> Option<Mac> {
        if value.trim().is_empty() {
            return None;
        }
        match value.parse() {
            Ok(mac) => Some(mac),
            Err(_) => {
                self.malformed(place, "hardware address", value);
                None
            }
        }
    }

    pub(crate) fn ip(&mut self, place: &Place, value: &str) -> Option<IpAddr> {
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return None;
        }
        // A zone (`fe80::1%eth0`) says where the address holds, not what it is.
        let bare = trimmed.split('%').next().unwrap_or(trimmed);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Some(ip.to_canonical()),
            Err(_) => {
                self.malformed(place, "address", value);
                None
            }
        }
    }

    /// Adds software within the bound.
    pub(crate) fn add_software(&mut self, device: &mut Device, place: &Place, software: Software) {
        let limit = self.options.limits.items;
        if device.software.len() < limit {
            device.software.push(software);
        } else if self.report.incomplete != Some(Incomplete::Bound) {
            self.problem(
                place.clone(),
                Reason::TooMany {
                    what: "software items of one device".to_owned(),
                    limit,
                },
            );
            self.stop(Incomplete::Bound);
        }
    }

    /// Adds a service within the bound.
    pub(crate) fn add_service(&mut self, device: &mut Device, place: &Place, service: Service) {
        let limit = self.options.limits.items.min(70_000);
        if device.services.len() < limit {
            device.services.push(service);
        } else if self.report.incomplete != Some(Incomplete::Bound) {
            self.problem(
                place.clone(),
                Reason::TooMany {
                    what: "services of one device".to_owned(),
                    limit,
                },
            );
            self.stop(Incomplete::Bound);
        }
    }

    /// The decoded text; bytes that are text in no encoding are named.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> String {
        let decoded = text::decode(bytes);
        if let Some(encoding) = decoded.lossy {
            self.problem(
                Place::File,
                Reason::Undecodable {
                    encoding: encoding.to_owned(),
                },
            );
        }
        decoded.text
    }

    pub(crate) fn finish(mut self) -> Report {
        for observation in &mut self.report.observations {
            observation.device.canonicalise();
        }
        self.report
    }
}

/// Reads a date and time in the common writings: RFC 3339, `2026/11/21 10:30:00`,
/// `2026-11-21 10:30`, `11/21/2026 10:30:00 AM`. Without offset it is taken at `local`.
pub(crate) fn offset_date_time(text: &str, local: UtcOffset) -> Option<OffsetDateTime> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(moment) = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
    {
        return Some(moment.to_offset(UtcOffset::UTC));
    }
    let mut numbers: Vec<u32> = Vec::new();
    let mut digits = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_digit() {
            digits.push(c);
        } else if !digits.is_empty() {
            numbers.push(digits.parse().ok()?);
            digits.clear();
        }
    }
    let (year, month, day) = match numbers.as_slice() {
        [y, m, d, ..] if *y >= 1900 => (*y, *m, *d),
        [m, d, y, ..] if *y >= 1900 => (*y, *m, *d),
        _ => return None,
    };
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let (mut hour, minute, second) = (at(3), at(4), at(5).min(59));
    let upper = text.to_ascii_uppercase();
    if (upper.contains("PM") || text.contains("午後")) && hour < 12 {
        hour += 12;
    } else if (upper.contains("AM") || text.contains("午前")) && hour == 12 {
        hour = 0;
    }
    let date = Date::from_calendar_date(
        i32::try_from(year).ok()?,
        Month::try_from(u8::try_from(month).ok()?).ok()?,
        u8::try_from(day).ok()?,
    )
    .ok()?;
    let time = Time::from_hms(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        u8::try_from(second).ok()?,
    )
    .ok()?;
    let utc_z = upper.ends_with('Z') || upper.ends_with("UTC") || upper.ends_with("GMT");
    let offset = if utc_z { UtcOffset::UTC } else { local };
    // The earliest and latest years of the calendar have no room for another offset.
    (1900..=9000).contains(&year).then(|| {
        PrimitiveDateTime::new(date, time)
            .assume_offset(offset)
            .to_offset(UtcOffset::UTC)
    })
}

/// What the name of an operating system says about the kind of a device.
pub(crate) fn class_of_os_name(name: &str) -> Option<DeviceClass> {
    let folded = text::comparable(name);
    let has = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    if has(&[
        "windows server",
        "windows nt server",
        "windows 2000 server",
        "windows storage server",
    ]) {
        return Some(DeviceClass::Server);
    }
    if has(&[
        "esxi",
        "vmware esx",
        "hyper-v server",
        "proxmox",
        "xenserver",
    ]) {
        return Some(DeviceClass::Hypervisor);
    }
    if has(&[
        "fortios",
        "cisco ios",
        "cisco nx-os",
        "pan-os",
        "junos",
        "routeros",
        "ios-xe",
        "asa os",
        "sonicos",
        "edgeos",
        "opnsense",
        "pfsense",
        "yamaha rtx",
    ]) {
        return Some(DeviceClass::NetworkDevice);
    }
    if has(&[
        "windows",
        "macos",
        "mac os x",
        "os x",
        "ios",
        "ipados",
        "android",
        "chrome os",
    ]) {
        return Some(DeviceClass::Terminal);
    }
    None
}

/// The kind of device that a word of a table or property names, Japanese included.
#[must_use]
pub fn class_of_word(word: &str) -> Option<DeviceClass> {
    let folded = text::comparable(word);
    let has = |words: &[&str]| words.iter().any(|part| folded.contains(part));
    if has(&[
        "医療機器",
        "モダリティ",
        "medical",
        "modality",
        "超音波",
        "内視鏡",
        "心電計",
        "検査装置",
        "生体情報モニタ",
    ]) {
        return Some(DeviceClass::MedicalDevice);
    }
    if has(&[
        "プリンタ",
        "複合機",
        "printer",
        "スキャナ",
        "scanner",
        "mfp",
        "fax",
    ]) {
        return Some(DeviceClass::Printer);
    }
    if has(&[
        "ネットワーク機器",
        "ルータ",
        "ルーター",
        "スイッチ",
        "ファイアウォール",
        "ファイヤーウォール",
        "アクセスポイント",
        "vpn",
        "utm",
        "router",
        "switch",
        "firewall",
        "network",
        "無線ap",
        "onu",
    ]) && !has(&["server", "サーバ"])
    {
        return Some(DeviceClass::NetworkDevice);
    }
    if has(&["仮想基盤", "ハイパーバイザ", "hypervisor", "esxi"]) {
        return Some(DeviceClass::Hypervisor);
    }
    if has(&["nas", "ストレージ", "storage"]) {
        return Some(DeviceClass::Storage);
    }
    if has(&["サーバ", "server"]) {
        return Some(DeviceClass::Server);
    }
    if has(&["カメラ", "camera"]) {
        return Some(DeviceClass::Camera);
    }
    if has(&["電話", "pbx", "phone", "ナースコール"]) {
        return Some(DeviceClass::Telephone);
    }
    if has(&["ups", "無停電"]) {
        return Some(DeviceClass::PowerSupply);
    }
    let terminal = has(&[
        "端末",
        "パソコン",
        "ノート",
        "デスクトップ",
        "タブレット",
        "クライアント",
        "ワークステーション",
        "laptop",
        "desktop",
        "notebook",
        "tablet",
        "workstation",
        "terminal",
        "client",
        "computer",
    ]);
    let personal_computer = folded
        .split(|c: char| !c.is_alphanumeric())
        .any(|part| part == "pc")
        || folded.ends_with("pc")
        || folded.starts_with("pc");
    (terminal || personal_computer).then_some(DeviceClass::Terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_writings() {
        let jst = Options::default().local_offset;
        for (text, unix) in [
            ("2026-11-21T10:30:00Z", 1_795_257_000),
            ("2026-11-21T19:30:00+09:00", 1_795_257_000),
            ("2026/11/21 19:30:00", 1_795_257_000),
            ("2026/11/21 19:30", 1_795_257_000),
            ("11/21/2026 7:30:00 PM", 1_795_257_000),
            ("2026/11/21 午後 07:30:00", 1_795_257_000),
            ("2026-11-21 10:30:00 UTC", 1_795_257_000),
        ] {
            let read = offset_date_time(text, jst).map(OffsetDateTime::unix_timestamp);
            assert_eq!(read, Some(unix), "{text}");
        }
        for text in [
            "",
            "never",
            "13/45/2026",
            "2026/02/30 1:00",
            "99999999999999999999/1/1",
        ] {
            assert_eq!(offset_date_time(text, jst), None, "{text}");
        }
    }

    #[test]
    fn operating_systems_hint_at_the_kind() {
        use DeviceClass::*;
        for (name, class) in [
            ("Microsoft Windows Server 2019 Standard", Some(Server)),
            ("Windows 10 Pro", Some(Terminal)),
            ("VMware ESXi 7.0", Some(Hypervisor)),
            ("FortiOS v7.2.5", Some(NetworkDevice)),
            ("Cisco IOS Software", Some(NetworkDevice)),
            ("Ubuntu 22.04", None),
        ] {
            assert_eq!(class_of_os_name(name), class, "{name}");
        }
    }
}
