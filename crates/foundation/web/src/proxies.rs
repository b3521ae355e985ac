//! The visitor's address behind reverse proxies.
//!
//! Only a peer that the settings name is believed when it says for whom it asks, and only as far
//! as the chain of named proxies reaches: the first address from the right that is none of them is
//! the visitor's. What stands further left came from the visitor and may be anything.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
/// Longer chains are nobody's real ones.
const MOST_HOPS: usize = 32;

/// Why a text names no proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address nor a network such as 10.0.0.0/8")]
pub struct ProxyError(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    fn contains(&self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                (u32::from(own) ^ u32::from(other)) & mask == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                (u128::from(own) ^ u128::from(other)) & mask == 0
            }
            _ => false,
        }
    }
}

/// The reverse proxies whose word on a visitor's address is taken. None by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads addresses and networks: `127.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`.
    ///
    /// # Errors
    /// [`ProxyError`] naming the first that is neither.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, ProxyError> {
        texts
            .into_iter()
            .map(|text| {
                let text = text.as_ref().trim();
                Network::parse(text).ok_or_else(|| ProxyError(text.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether no proxy is named.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The visitor's address of a request that came from `peer` with these headers.
    #[must_use]
    pub fn visitor(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contain(peer) {
            return peer;
        }
        let by_forwarded = self.follow(peer, hops(headers, FORWARDED.as_str(), forwarded_for));
        let by_x_forwarded = self.follow(peer, hops(headers, X_FORWARDED_FOR, plain));
        match (by_forwarded, by_x_forwarded) {
            (Some(one), Some(other)) if one == other => one,
            // The proxy writes one of them; the visitor wrote the other, and nothing says which.
            (Some(_), Some(_)) => {
                tracing::warn!(%peer, "a proxy passes on both Forwarded and X-Forwarded-For, and they differ");
                peer
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => peer,
        }
    }

    /// Goes from the right to the first address that is no proxy of ours. `None` where the header
    /// is absent.
    fn follow(&self, peer: IpAddr, hops: Option<Vec<Option<IpAddr>>>) -> Option<IpAddr> {
        let mut visitor = peer;
        for hop in hops?.into_iter().rev().take(MOST_HOPS) {
            // What cannot be read (`unknown`, a hidden name) ends the chain at who wrote it.
            let Some(address) = hop else { break };
            visitor = address;
            if !self.contain(address) {
                break;
            }
        }
        Some(visitor)
    }
}

/// The entries of every line of a header, from left to right.
fn hops(
    headers: &HeaderMap,
    name: &str,
    read: fn(&str) -> Option<IpAddr>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    let mut all = Vec::new();
    for line in lines {
        match line.to_str() {
            Ok(text) => all.extend(text.split(',').map(|entry| read(entry.trim()))),
            Err(_) => all.push(None),
        }
    }
    Some(all)
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`.
fn plain(text: &str) -> Option<IpAddr> {
    let bracketed = || {
        text.strip_prefix('[')?
            .split_once(']')
            .and_then(|(address, _)| address.parse::<IpAddr>().ok())
    };
    text.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(bracketed)
        .map(|address| address.to_canonical())
}

/// The `for` of one element of `Forwarded` (RFC 7239 §4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("for") {
            return None;
        }
        plain(value.trim().trim_matches('"'))
    })
}

/// Puts the visitor's address in the place of the peer's, so that everything behind sees only it.
pub(crate) async fn see_visitor(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(peer)) = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .copied()
    {
        let visitor = app
            .config()
            .trusted_proxies
            .visitor(peer.ip(), request.headers());
        let seen = SocketAddr::new(visitor, peer.port());
        request.extensions_mut().insert(ConnectInfo(seen));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn visitor(trusted: &[&str], peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            map.append(HeaderName::from_static(name), value);
        }
        TrustedProxies::parse(trusted)
            .unwrap()
            .visitor(peer.parse().unwrap(), &map)
            .to_string()
    }

    #[test]
    fn nobody_is_believed_by_default() {
        let claim = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=198.51.100.7"),
        ];
        assert_eq!(visitor(&[], "127.0.0.1", &claim), "127.0.0.1");
        assert_eq!(visitor(&["10.0.0.0/8"], "192.0.2.1", &claim), "192.0.2.1");
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_visitor() {
        let trusted = ["127.0.0.1", "10.0.0.0/8"];
        let seen = |list: &str| visitor(&trusted, "127.0.0.1", &[("x-forwarded-for", list)]);
        assert_eq!(seen("198.51.100.7"), "198.51.100.7");
        assert_eq!(seen("198.51.100.7, 10.1.1.1"), "198.51.100.7");
        assert_eq!(
            seen("1.1.1.1, 198.51.100.7, 10.1.1.1"),
            "198.51.100.7",
            "the visitor lies"
        );
        assert_eq!(seen("10.9.9.9, 10.1.1.1"), "10.9.9.9", "somebody inside");
        assert_eq!(seen("198.51.100.7:4711"), "198.51.100.7");
        assert_eq!(seen("[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(seen("2001:db8::1"), "2001:db8::1");
        assert_eq!(seen("::ffff:198.51.100.7"), "198.51.100.7");
        for unreadable in [
            "",
            "unknown",
            "198.51.100.7, unknown",
            "<script>",
            "198.51.100.7,",
        ] {
            assert_eq!(seen(unreadable), "127.0.0.1", "{unreadable:?}");
        }
        assert_eq!(seen("198.51.100.7, unknown, 10.1.1.1"), "10.1.1.1");
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(visitor(&["127.0.0.1"], "127.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let seen = |text: &str| visitor(&["::1"], "::1", &[("forwarded", text)]);
        assert_eq!(seen("for=198.51.100.7"), "198.51.100.7");
        assert_eq!(
            seen("for=1.1.1.1, For=\"[2001:db8::1]:80\";proto=https"),
            "2001:db8::1"
        );
        assert_eq!(
            seen("proto=https;for=198.51.100.7;by=10.0.0.1"),
            "198.51.100.7"
        );
        assert_eq!(seen("for=_hidden"), "::1");
        assert_eq!(seen("proto=https"), "::1");
    }

    #[test]
    fn where_both_headers_differ_neither_is_believed() {
        let seen = |one: &str, other: &str| {
            let both = [("forwarded", one), ("x-forwarded-for", other)];
            visitor(&["127.0.0.1"], "127.0.0.1", &both)
        };
        assert_eq!(seen("for=198.51.100.7", "198.51.100.7"), "198.51.100.7");
        assert_eq!(seen("for=1.1.1.1", "198.51.100.7"), "127.0.0.1");
    }

    #[test]
    fn networks_are_read_and_what_is_none_is_named() {
        let contains = |network: &str, address: &str| {
            TrustedProxies::parse([network])
                .unwrap()
                .contain(address.parse().unwrap())
        };
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("192.0.2.7/31", "192.0.2.6") && !contains("192.0.2.7/31", "192.0.2.8"));
        assert!(contains("0.0.0.0/0", "203.0.113.1") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!contains("2001:db8::/32", "2001:db9::1") && contains("::/0", "::1"));
        for bad in [
            "",
            "proxy",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/-1",
            "10.0.0.0/",
        ] {
            assert_eq!(
                TrustedProxies::parse([bad]),
                Err(ProxyError(bad.to_owned()))
            );
        }
    }
}
