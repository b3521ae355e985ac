use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A range of addresses by its prefix, for example `192.168.10.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a network such as 192.168.10.0/24 or 2001:db8::/64")]
pub struct NotANetwork;

impl Network {
    /// The network of `prefix` bits in which `address` lies.
    ///
    /// # Errors
    /// Where the prefix is longer than the address.
    pub fn of(address: IpAddr, prefix: u8) -> Result<Self, NotANetwork> {
        let width = if address.is_ipv4() { 32 } else { 128 };
        if prefix > width {
            return Err(NotANetwork);
        }
        let shift = u32::from(width - prefix);
        let address = match address {
            IpAddr::V4(v4) => {
                let bits = u32::from(v4);
                IpAddr::V4(
                    bits.checked_shr(shift)
                        .and_then(|b| b.checked_shl(shift))
                        .unwrap_or(0)
                        .into(),
                )
            }
            IpAddr::V6(v6) => {
                let bits = u128::from(v6);
                IpAddr::V6(
                    bits.checked_shr(shift)
                        .and_then(|b| b.checked_shl(shift))
                        .unwrap_or(0)
                        .into(),
                )
            }
        };
        Ok(Self { address, prefix })
    }

    /// Whether the address lies in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4()
            && Self::of(address, self.prefix).is_ok_and(|network| network == *self)
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    /// An address without prefix is a network of one.
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let text = text.trim();
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| NotANetwork)?,
            None if address.is_ipv4() => 32,
            None => 128,
        };
        Self::of(address, prefix)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let network: Network = "192.168.10.77/24".parse().unwrap();
        assert_eq!(network.to_string(), "192.168.10.0/24");
        assert!(network.contains("192.168.10.255".parse().unwrap()));
        assert!(!network.contains("192.168.11.0".parse().unwrap()));
        assert!(!network.contains("::ffff:192.168.10.1".parse().unwrap()));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.9".parse().unwrap()));
        let six: Network = "2001:db8::/64".parse().unwrap();
        assert!(six.contains("2001:db8::1".parse().unwrap()));
        assert!(!six.contains("2001:db8:0:1::1".parse().unwrap()));
        for wrong in ["", "192.168.1.0/33", "x/24", "::/129", "1.2.3.4/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
