//! Tables of neighbours: which hardware address answers at which address.
//!
//! Read are Linux `arp -n`, `arp -a`, `ip neigh` and `/proc/net/arp`, BSD and macOS `arp -a`,
//! Windows `arp -a` in any language (its columns are told by their form), and Cisco
//! `show ip arp`. Several outputs may stand in one file.
//!
//! One hardware address with several addresses is one device with several addresses, up to
//! [`MOST_ADDRESSES`]: beyond that it answers for others (proxy ARP), which is named as a problem.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{ReadError, Reading};
use crate::limits::Options;
use crate::model::{
    Address, ClassReason, Device, DeviceClass, Mac, MacQuality, Place, Presence, Reason, Report,
    SourceKind,
};

/// More addresses of IPv4 than this on one hardware address are a router's answers for others.
pub const MOST_ADDRESSES: usize = 8;

/// Reads a table.
///
/// # Errors
/// [`ReadError::NotThisKind`] where no line has both addresses.
pub fn read(bytes: &[u8], options: &Options) -> Result<Report, ReadError> {
    super::check_size(bytes, options)?;
    let mut reading = Reading::new(SourceKind::Arp, options);
    let content = reading.decode(bytes);
    let mut by_mac: BTreeMap<Mac, Found> = BTreeMap::new();
    let mut entries = 0_usize;
    for (index, line) in content.lines().enumerate() {
        let number = u64::try_from(index + 1).unwrap_or(u64::MAX);
        let Some(entry) = entry(line) else { continue };
        entries += 1;
        let Some(mac) = entry.mac else {
            if reading.report.silent.len() < options.limits.records {
                reading.report.silent.push(entry.ip);
            }
            continue;
        };
        if !mac.quality().is_device() || !crate::model::keys::is_device_address(entry.ip) {
            // Link-local addresses of IPv6 carry the hardware address of a neighbour all the same.
            let is_link_local = matches!(entry.ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
            if !is_link_local || !mac.quality().is_device() {
                continue;
            }
        }
        if by_mac.len() >= options.limits.records && !by_mac.contains_key(&mac) {
            let limit = options.limits.records;
            let what = "hardware addresses".to_owned();
            reading.problem(Place::Line(number), Reason::TooMany { what, limit });
            reading.stop(crate::model::Incomplete::Bound);
            break;
        }
        let found = by_mac.entry(mac).or_insert_with(|| Found {
            line: number,
            addresses: Vec::new(),
            names: Vec::new(),
        });
        found.addresses.push(entry.ip);
        found.names.extend(entry.name.map(str::to_owned));
    }
    if entries == 0 {
        return Err(ReadError::NotThisKind {
            expected: "ARP table",
            hint: "make it with arp -a, ip neigh or show ip arp".to_owned(),
        });
    }
    for (mac, mut found) in by_mac {
        found.addresses.sort();
        found.addresses.dedup();
        let place = Place::Line(found.line);
        let mut device = Device::default();
        device.add_mac(mac);
        let of_four = found.addresses.iter().filter(|ip| ip.is_ipv4()).count();
        if of_four > MOST_ADDRESSES {
            reading.problem(
                place.clone(),
                Reason::AnswersForOthers {
                    mac: mac.to_string(),
                    addresses: of_four,
                },
            );
            device.add_class(
                DeviceClass::NetworkDevice,
                ClassReason::Protocol,
                "answers for many addresses",
            );
        } else {
            for ip in found.addresses {
                device.add_address(Address::unknown(ip));
            }
            for name in found
                .names
                .iter()
                .filter_map(|name| reading.text(&place, "name", name))
            {
                device.add_name(crate::model::NameKind::Hostname, &name);
            }
        }
        if mac.quality() == MacQuality::VirtualRouter {
            device.add_class(
                DeviceClass::NetworkDevice,
                ClassReason::Protocol,
                "virtual address of a router pair",
            );
        }
        if reading.push(device, Presence::Seen, None, place).is_break() {
            break;
        }
    }
    Ok(reading.finish())
}

struct Found {
    line: u64,
    addresses: Vec<IpAddr>,
    names: Vec<String>,
}

struct Entry<'a> {
    ip: IpAddr,
    /// Absent where the neighbour did not answer.
    mac: Option<Mac>,
    name: Option<&'a str>,
}

/// A line with an address and a hardware address, or with an address and a word that says that
/// nothing answered.
fn entry(line: &str) -> Option<Entry<'_>> {
    // No such table has longer lines.
    if line.len() > 1_024 {
        return None;
    }
    let words: Vec<&str> = line.split_whitespace().take(16).collect();
    let first = *words.first()?;
    // Windows: "Interface: 192.168.1.10 --- 0x5", "インターフェイス: …".
    if first.contains(':') && first.parse::<IpAddr>().is_err() {
        return None;
    }
    if words.contains(&"---") {
        return None;
    }
    // BSD: "name (192.168.1.1) at 00:… on en0"; a name that is not known is "?".
    let bracketed = words
        .get(1)
        .and_then(|word| word.strip_prefix('(')?.strip_suffix(')'))
        .and_then(address);
    let (ip, name) = match bracketed {
        Some(ip) => (ip, Some(first).filter(|name| *name != "?")),
        // Cisco: "Internet  10.0.0.1  -  0011.2233.4455  ARPA  Vlan1".
        None if first.eq_ignore_ascii_case("internet") => (address(words.get(1)?)?, None),
        None => (address(first)?, None),
    };
    let mac = words
        .iter()
        .skip(1)
        // A bare number of twelve digits may be anything; tables always separate the groups.
        .filter(|word| word.contains([':', '-', '.']) && word.len() <= 20)
        .find_map(|word| word.parse::<Mac>().ok());
    let silent = words.iter().any(|word| {
        matches!(
            word.trim_matches(['(', ')', '<', '>'])
                .to_ascii_lowercase()
                .as_str(),
            "incomplete" | "failed"
        )
    });
    if mac.is_none() && !silent {
        return None;
    }
    // /proc/net/arp: the flags say whether the entry is complete.
    let mac = mac.filter(|mac| mac.quality() != MacQuality::Zero && !silent);
    Some(Entry { ip, mac, name })
}

fn address(word: &str) -> Option<IpAddr> {
    let bare = word.split('%').next().unwrap_or(word);
    bare.parse().ok()
}
