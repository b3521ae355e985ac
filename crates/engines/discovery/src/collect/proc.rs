//! Tables of `/proc/net`, as proc(5) describes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{Protocol, Service};

/// State of a listening TCP socket, and of an UDP socket without a peer.
const LISTENING: u8 = 0x0A;
const UNCONNECTED: u8 = 0x07;

/// Listening sockets of `/proc/net/{tcp,tcp6,udp,udp6}`. Malformed lines are left out.
pub(super) fn listening(text: &str, protocol: Protocol) -> Vec<Service> {
    let wanted = match protocol {
        Protocol::Udp => UNCONNECTED,
        _ => LISTENING,
    };
    let mut services: Vec<Service> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().take(5).collect();
            let [_, local, peer, state, ..] = words.as_slice() else {
                return None;
            };
            if u8::from_str_radix(state, 16).ok()? != wanted {
                return None;
            }
            let (address, port) = socket(local)?;
            let (_, peer_port) = socket(peer)?;
            (port != 0 && peer_port == 0).then_some(Service {
                protocol,
                port,
                address: Some(address),
                name: None,
                product: None,
                version: None,
                cpe: None,
                uncertain: false,
            })
        })
        .collect();
    services.sort();
    services.dedup();
    services
}

/// `0100007F:1F90`, the address in words of 32 bits of the host's byte order (little-endian on
/// every machine that this reads).
fn socket(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok();
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?.swap_bytes())),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let mut octets = [0_u8; 16];
            for (target, word) in octets.chunks_mut(4).zip(words) {
                target.copy_from_slice(&word.to_le_bytes());
            }
            IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
        }
        _ => return None,
    };
    Some((address, port))
}

/// Addresses of `/proc/net/if_inet6`: 32 hexadecimal digits, index, prefix, scope, flags, name.
pub(super) fn addresses_v6(text: &str) -> Vec<IpAddr> {
    text.lines()
        .filter_map(|line| {
            let hex = line.split_whitespace().next()?;
            if hex.len() != 32 {
                return None;
            }
            u128::from_str_radix(hex, 16)
                .ok()
                .map(|bits| IpAddr::V6(Ipv6Addr::from(bits)))
        })
        .collect()
}

/// Addresses of this host in `/proc/net/fib_trie`: each `/32 host LOCAL` follows its address.
pub(super) fn addresses_v4(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut last: Option<Ipv4Addr> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(rest) = trimmed.strip_prefix("|-- ") {
            last = rest.trim().parse().ok();
        } else if trimmed.starts_with("/32 host LOCAL")
            && let Some(address) = last
        {
            found.push(IpAddr::V4(address));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The way out: the route to 0.0.0.0 with a gateway in `/proc/net/route`.
pub(super) fn gateway(text: &str) -> Option<IpAddr> {
    text.lines().skip(1).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().take(8).collect();
        let [_, destination, gateway, ..] = words.as_slice() else {
            return None;
        };
        let gateway = u32::from_str_radix(gateway, 16).ok()?;
        (*destination == "00000000" && gateway != 0)
            .then(|| IpAddr::V4(Ipv4Addr::from(gateway.swap_bytes())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_told_from_connected_ones() {
        let tcp = "  sl  local_address rem_address   st\n\
                   0: 00000000:0016 00000000:0000 0A 0\n\
                   1: 0100007F:1F90 00000000:0000 0A 0\n\
                   2: 0A01A8C0:0016 0501A8C0:D431 01 0\n\
                   broken\n\
                   3: 00000000:ZZZZ 00000000:0000 0A 0\n";
        let found: Vec<String> = listening(tcp, Protocol::Tcp)
            .iter()
            .map(|s| format!("{}:{}", s.address.unwrap(), s.port))
            .collect();
        assert_eq!(found, ["0.0.0.0:22", "127.0.0.1:8080"]);
        let tcp6 = "head\n0: 00000000000000000000000001000000:0277 \
                    00000000000000000000000000000000:0000 0A 0\n";
        let found = listening(tcp6, Protocol::Tcp);
        assert_eq!(found[0].address, Some("::1".parse().unwrap()));
        assert!(found[0].is_local_only());
    }

    #[test]
    fn addresses_and_the_way_out_are_read() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
                    Local:\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.168.1.10\n        \
                    /32 host LOCAL\n     |-- 192.168.1.255\n        /32 link BROADCAST\n";
        assert_eq!(
            addresses_v4(trie),
            [
                "127.0.0.1".parse::<IpAddr>().unwrap(),
                "192.168.1.10".parse().unwrap()
            ]
        );
        let six = "20010db8000000000000000000000005 02 40 00 80 eth0\nshort 1 2\n";
        assert_eq!(
            addresses_v6(six),
            ["2001:db8::5".parse::<IpAddr>().unwrap()]
        );
        let route = "Iface Destination Gateway Flags\neth0 00000000 0101A8C0 0003 0 0 0 00000000\n";
        assert_eq!(gateway(route), Some("192.168.1.1".parse().unwrap()));
    }
}
