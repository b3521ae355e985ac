//! Requests to identity providers: encrypted, without redirects, limited in time and size.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const WHOLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Discovery documents and key sets are a few KiB.
const LARGEST_ANSWER: usize = 512 * 1024;

/// Why a request to an identity provider failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the address is not https, or is that of a machine that must not be asked")]
    NotAllowed,
    #[error("the request failed: {0}")]
    Request(#[from] reqwest::Error),
    #[error("the answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
    #[error("the answer is not HTTP: {0}")]
    Http(#[from] http::Error),
    #[error("this machine cannot make encrypted connections: {0}")]
    NoClient(String),
}

/// Fetches from identity providers.
#[derive(Debug)]
pub(crate) struct Fetcher {
    client: OnceLock<Result<reqwest::Client, String>>,
    allow_http_on_loopback: bool,
}

impl Fetcher {
    pub(crate) const fn new(allow_http_on_loopback: bool) -> Self {
        Self {
            client: OnceLock::new(),
            allow_http_on_loopback,
        }
    }

    /// Built at the first use: an installation without identity providers needs none.
    fn client(&self) -> Result<&reqwest::Client, FetchError> {
        self.client
            .get_or_init(|| {
                // Another part of the program may have installed it before.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let mut builder = reqwest::Client::builder()
                    .redirect(reqwest::redirect::Policy::none())
                    .connect_timeout(CONNECT_TIMEOUT)
                    .timeout(WHOLE_TIMEOUT)
                    .dns_resolver(GuardedResolver {
                        allow_loopback: self.allow_http_on_loopback,
                    })
                    .user_agent("yagura");
                if self.allow_http_on_loopback {
                    builder = builder.no_proxy();
                }
                builder.build().map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|error| FetchError::NoClient(error.clone()))
    }

    /// Whether an address may be spoken to: https to a machine that [`may_be_asked`], or plain http
    /// to this machine where the configuration allows it.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        let literal = match url.host() {
            None => return false,
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        };
        if literal.is_some_and(|address| !may_be_asked(address, self.allow_http_on_loopback)) {
            return false;
        }
        match url.scheme() {
            "https" => true,
            "http" => self.allow_http_on_loopback && is_loopback(url),
            _ => false,
        }
    }

    pub(crate) async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| FetchError::NotAllowed)?;
        if !self.allows(&url) {
            return Err(FetchError::NotAllowed);
        }
        let mut answer = self
            .client()?
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body)
            .send()
            .await?;
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if bytes.len() + chunk.len() > LARGEST_ANSWER {
                return Err(FetchError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(response.body(bytes)?)
    }
}

/// Whether a machine may be asked as an identity provider. An institution's manager chooses the
/// name, and the name's owner the address, so neither may lead to this very machine, to the
/// link-local addresses where clouds tell a machine its secrets, or to many machines at once.
/// Private networks may be asked: a hospital's own provider stands there.
fn may_be_asked(address: IpAddr, allow_loopback: bool) -> bool {
    let address = address.to_canonical();
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    let this_machine = address.is_loopback() || address.is_unspecified();
    !link_local && !address.is_multicast() && (!this_machine || allow_loopback)
}

/// Leaves out the addresses of a name that must not be asked. It is used for the very connection,
/// so a name that changes between a check and the connection gains nothing.
struct GuardedResolver {
    allow_loopback: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_loopback = self.allow_loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| may_be_asked(address.ip(), allow_loopback))
                .collect();
            if allowed.is_empty() {
                return Err("the name leads to no machine that may be asked".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_are_spoken_to() {
        let allows = |loopback, url: &str| Fetcher::new(loopback).allows(&Url::parse(url).unwrap());
        for allow in [false, true] {
            assert!(allows(allow, "https://idp.example.jp/"));
            assert!(!allows(allow, "http://idp.example.jp/"));
            assert!(!allows(allow, "file:///etc/passwd"));
            assert!(!allows(allow, "http://localhost.example.jp/"));
            assert!(!allows(allow, "http://10.0.0.1/"));
        }
        assert!(allows(true, "http://127.0.0.1:9/") && allows(true, "http://[::1]:9/"));
        assert!(!allows(false, "http://127.0.0.1:9/") && !allows(false, "http://localhost/"));
    }

    #[test]
    fn neither_this_machine_nor_a_clouds_secrets_are_asked() {
        let allows = |url: &str| Fetcher::new(false).allows(&Url::parse(url).unwrap());
        for url in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://0.0.0.0/",
            "https://169.254.169.254/latest",
            "https://[fe80::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
        ] {
            assert!(!allows(url), "{url}");
        }
        // A hospital's own provider stands in a private network.
        assert!(allows("https://10.1.2.3/") && allows("https://192.0.2.1/"));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_asked() {
        let resolve = |allow_loopback| {
            GuardedResolver { allow_loopback }.resolve("localhost".parse().unwrap())
        };
        assert!(resolve(false).await.is_err());
        assert!(
            resolve(true)
                .await
                .is_ok_and(|mut found| found.next().is_some())
        );
    }
}
