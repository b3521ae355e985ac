use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A hardware address of six octets (EUI-48, IEEE 802).
///
/// Written as `00:1b:21:3c:9d:f8`; read in every common writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 6]);

/// How far a hardware address tells one device from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MacQuality {
    /// Given by a maker: a key.
    Universal,
    /// Bit 1 of the first octet is set: made up by software, for example the random address of
    /// a telephone or laptop, or of a container. Changes without notice.
    LocallyAdministered,
    /// Of a router's redundancy protocol (VRRP, CARP, HSRP, GLBP): moves between devices.
    VirtualRouter,
    /// The same on every computer with a certain driver: dial-up, VPN and virtual host adapters.
    Shared,
    /// A group of receivers, or broadcast: no device.
    Group,
    /// All zero: no address at all.
    Zero,
}

impl MacQuality {
    /// Whether an address of this kind may identify a device.
    #[must_use]
    pub fn is_key(self) -> bool {
        self == Self::Universal
    }

    /// Whether an address of this kind belongs to a device at all.
    #[must_use]
    pub fn is_device(self) -> bool {
        !matches!(self, Self::Group | Self::Zero)
    }
}

/// The text is not a hardware address of six octets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a hardware address of six octets such as 00:1b:21:3c:9d:f8")]
pub struct NotAMac;

/// Addresses that drivers give to every computer alike: RAS async, WAN miniport (PPTP, PPPoE,
/// L2TP), the host side of VMware's virtual networks, VPN clients.
const SHARED: &[[u8; 6]] = &[
    [0x20, 0x41, 0x53, 0x59, 0x4E, 0xFF],
    [0x50, 0x50, 0x54, 0x50, 0x30, 0x30],
    [0x33, 0x50, 0x6F, 0x45, 0x30, 0x30],
    [0x00, 0x53, 0x45, 0x00, 0x00, 0x00],
    [0x00, 0x50, 0x56, 0xC0, 0x00, 0x01],
    [0x00, 0x50, 0x56, 0xC0, 0x00, 0x08],
    [0x00, 0x05, 0x9A, 0x3C, 0x7A, 0x00],
    [0x00, 0x05, 0x9A, 0x3C, 0x78, 0x00],
    [0x00, 0xA0, 0xC6, 0x00, 0x00, 0x00],
];

impl Mac {
    /// The address with these octets.
    #[must_use]
    pub const fn new(octets: [u8; 6]) -> Self {
        Self(octets)
    }

    /// The six octets.
    #[must_use]
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }

    /// How far the address tells one device from another.
    ///
    /// Virtual routers: RFC 9568 §7.3 (VRRP), and the ranges that Cisco documents for HSRP 1 and
    /// 2, its IPv6 form, and GLBP.
    #[must_use]
    pub fn quality(self) -> MacQuality {
        let [a, b, c, d, e, _] = self.0;
        if self.0 == [0; 6] {
            return MacQuality::Zero;
        }
        if SHARED.contains(&self.0) || (a, b) == (0x00, 0xFF) {
            return MacQuality::Shared;
        }
        if a & 0x01 != 0 {
            return MacQuality::Group;
        }
        let virtual_router = matches!(
            (a, b, c, d, e),
            (0x00, 0x00, 0x5E, 0x00, 0x01 | 0x02)
                | (0x00, 0x00, 0x0C, 0x07, 0xAC)
                | (0x00, 0x00, 0x0C, 0x9F, 0xF0..=0xFF)
                | (0x00, 0x05, 0x73, 0xA0, 0x00..=0x0F)
                | (0x00, 0x07, 0xB4, 0x00, _)
        );
        if virtual_router {
            return MacQuality::VirtualRouter;
        }
        if a & 0x02 != 0 {
            return MacQuality::LocallyAdministered;
        }
        MacQuality::Universal
    }
}

impl FromStr for Mac {
    type Err = NotAMac;

    /// Reads `00:1b:21:3c:9d:f8`, `00-1B-21-3C-9D-F8`, `001b.213c.9df8`, `001B213C9DF8`,
    /// `0:1b:21:3c:9d:f8` and the same in full width. A leading hardware type `01` before six
    /// octets, as DHCP client identifiers carry it, is left out.
    fn from_str(text: &str) -> Result<Self, NotAMac> {
        // Longer texts are no address; the bound keeps folding cheap.
        if text.len() > 96 {
            return Err(NotAMac);
        }
        let folded = crate::text::fold_width(text);
        let folded = folded.trim();
        let separator = [':', '-', '.', ' ', '_', '‐', '−', '–', 'ー']
            .into_iter()
            .find(|separator| folded.contains(*separator));
        let mut octets = Vec::with_capacity(8);
        match separator {
            None => push_hex(folded, 2, &mut octets)?,
            Some('.') if folded.split('.').all(|group| group.len() == 4) => {
                for group in folded.split('.') {
                    push_hex(group, 2, &mut octets)?;
                }
            }
            Some(separator) => {
                for group in folded.split(separator) {
                    match group.len() {
                        1 => push_hex(&format!("0{group}"), 2, &mut octets)?,
                        2 | 4 | 6 => push_hex(group, 2, &mut octets)?,
                        _ => return Err(NotAMac),
                    }
                }
            }
        }
        let octets = match octets.as_slice() {
            [1, rest @ ..] if rest.len() == 6 => rest,
            all => all,
        };
        octets.try_into().map(Self).map_err(|_| NotAMac)
    }
}

fn push_hex(text: &str, width: usize, octets: &mut Vec<u8>) -> Result<(), NotAMac> {
    if !text.is_ascii() || !text.len().is_multiple_of(width) {
        return Err(NotAMac);
    }
    for pair in text.as_bytes().chunks(width) {
        let pair = std::str::from_utf8(pair).map_err(|_| NotAMac)?;
        if pair.starts_with('+') {
            return Err(NotAMac);
        }
        octets.push(u8::from_str_radix(pair, 16).map_err(|_| NotAMac)?);
    }
    Ok(())
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl TryFrom<String> for Mac {
    type Error = NotAMac;

    fn try_from(text: String) -> Result<Self, NotAMac> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_writing_is_the_same_address() {
        for text in [
            "00:1b:21:3c:9d:f8",
            "00-1B-21-3C-9D-F8",
            "001b.213c.9df8",
            "001B213C9DF8",
            "0:1b:21:3c:9d:f8",
            "00 1B 21 3C 9D F8",
            "001b21-3c9df8",
            "00:1B:21:3C:9D:F8",
            "01:00:1b:21:3c:9d:f8",
            "01001b213c9df8",
        ] {
            assert_eq!(
                text.parse::<Mac>().map(|mac| mac.to_string()).as_deref(),
                Ok("00:1b:21:3c:9d:f8"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "-",
            "なし",
            "192.168.1.1",
            "00:1b:21:3c:9d",
            "00:1b:21:3c:9d:f8:11:22",
            "zz:1b:21:3c:9d:f8",
            "+1:1b:21:3c:9d:f8",
            "00000000000000000000",
            "あいうえおか",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
        assert!("00:1b:".repeat(100).parse::<Mac>().is_err());
    }

    #[test]
    fn poor_addresses_are_known_as_such() {
        use MacQuality::*;
        for (text, quality) in [
            ("00:1b:21:3c:9d:f8", Universal),
            ("00:15:5d:01:02:03", Universal),
            ("da:a1:19:00:00:01", LocallyAdministered),
            ("02:42:ac:11:00:02", LocallyAdministered),
            ("00:00:5e:00:01:0a", VirtualRouter),
            ("00:00:5e:00:02:0a", VirtualRouter),
            ("00:00:0c:07:ac:01", VirtualRouter),
            ("00:00:0c:9f:f0:01", VirtualRouter),
            ("00:05:73:a0:00:01", VirtualRouter),
            ("00:07:b4:00:01:02", VirtualRouter),
            ("00:00:5e:00:53:01", Universal),
            ("00:50:56:c0:00:08", Shared),
            ("20:41:53:59:4e:ff", Shared),
            ("ff:ff:ff:ff:ff:ff", Group),
            ("01:00:5e:7f:ff:fa", Group),
            ("00:00:00:00:00:00", Zero),
        ] {
            let mac: Mac = text.parse().unwrap();
            assert_eq!(mac.quality(), quality, "{text}");
            assert_eq!(quality.is_key(), quality == Universal);
        }
    }
}
