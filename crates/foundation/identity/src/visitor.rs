//! The browser from which a request comes.

use std::net::IpAddr;

const LONGEST_USER_AGENT: usize = 300;

/// The browser from which a request comes. The address is used to count failed sign-ins and is
/// not kept.
#[derive(Debug, Clone)]
pub struct Visitor {
    address: Option<IpAddr>,
    user_agent: String,
}

impl Visitor {
    /// A browser. `address` is that of the client, not of a proxy before this program; the user
    /// agent is cut to 300 characters.
    #[must_use]
    pub fn new(address: Option<IpAddr>, user_agent: &str) -> Self {
        let user_agent = user_agent
            .chars()
            .filter(|character| !character.is_control())
            .take(LONGEST_USER_AGENT)
            .collect();
        Self {
            address: address.map(|address| address.to_canonical()),
            user_agent,
        }
    }

    /// What the browser calls itself.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// `ipv4`, `ipv6` or `unknown`.
    #[must_use]
    pub const fn address_family(&self) -> &'static str {
        match self.address {
            Some(IpAddr::V4(_)) => "ipv4",
            Some(IpAddr::V6(_)) => "ipv6",
            None => "unknown",
        }
    }

    /// What is counted as one address: for IPv6 the /64 that one customer has to themselves.
    pub(crate) fn address_bytes(&self) -> Option<Vec<u8>> {
        match self.address? {
            IpAddr::V4(address) => Some(address.octets().to_vec()),
            IpAddr::V6(address) => Some(address.octets().into_iter().take(8).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_customer_count_as_one() {
        let visitor = |text: &str| Visitor::new(Some(text.parse().unwrap()), "");
        let bytes = |text: &str| visitor(text).address_bytes();
        assert_eq!(bytes("2001:db8::1"), bytes("2001:db8::2"));
        assert_ne!(bytes("2001:db8::1"), bytes("2001:db8:0:1::1"));
        assert_ne!(bytes("192.0.2.1"), bytes("192.0.2.2"));
        assert_eq!(bytes("::ffff:192.0.2.1"), bytes("192.0.2.1"));
        assert_eq!(visitor("::ffff:192.0.2.1").address_family(), "ipv4");
        assert_eq!(Visitor::new(None, "").address_family(), "unknown");
        assert_eq!(
            Visitor::new(None, &"x\r\n".repeat(1_000))
                .user_agent()
                .len(),
            300
        );
    }
}
