//! Requests to identity providers: encrypted, without redirects, limited in time and size.

use std::sync::OnceLock;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{HttpRequest, HttpResponse, http};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const WHOLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Discovery documents and key sets are a few KiB.
const LARGEST_ANSWER: usize = 512 * 1024;

/// Why a request to an identity provider failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the address is not https")]
    NotEncrypted,
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
                    .user_agent("yagura");
                if self.allow_http_on_loopback {
                    builder = builder.no_proxy();
                }
                builder.build().map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|error| FetchError::NoClient(error.clone()))
    }

    /// Whether an address may be spoken to: https, or plain http to this machine where the
    /// configuration allows it.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => url.host().is_some(),
            "http" => self.allow_http_on_loopback && is_loopback(url),
            _ => false,
        }
    }

    pub(crate) async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| FetchError::NotEncrypted)?;
        if !self.allows(&url) {
            return Err(FetchError::NotEncrypted);
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
}
