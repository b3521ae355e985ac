//! A small identity provider on this machine, for tests of this and of other crates. It answers over
//! plain HTTP and misbehaves in whatever way a test asks for.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "for tests, which may fail anywhere"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use data_encoding::BASE64URL_NOPAD;
use openidconnect::url::Url;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// As what it knows Yagura.
pub const CLIENT_ID: &str = "yagura-client";
/// By what Yagura proves to be itself.
pub const CLIENT_SECRET: &str = "the client's secret";

/// How the provider misbehaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mischief {
    None,
    OtherNonce,
    OtherAudience,
    OtherIssuerInToken,
    OtherIssuerInDiscovery,
    Expired,
    FromTheFuture,
    BadSignature,
    Unsigned,
    SignedWithClientSecret,
    HugeAnswer,
    Redirect,
    NoIdToken,
    Garbage,
    PlainHttpElsewhere,
}

struct State {
    issuer: String,
    key: EcdsaKeyPair,
    random: SystemRandom,
    mischief: Mischief,
    claims: Value,
    /// What the person agreed to at the provider's page, by code.
    codes: HashMap<String, HashMap<String, String>>,
    now: i64,
    exchanged: usize,
    described: usize,
}

/// An identity provider that knows one client and vouches for whomever a test names.
#[derive(Clone)]
pub struct FakeProvider(Arc<Mutex<State>>);

impl std::fmt::Debug for FakeProvider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FakeProvider(…)")
    }
}

impl FakeProvider {
    /// Starts one on a free port. `now` is the time of its tokens, in seconds since 1970.
    pub async fn start(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let provider = Self(Arc::new(Mutex::new(State {
            issuer,
            key,
            random,
            mischief: Mischief::None,
            claims: json!({}),
            codes: HashMap::new(),
            now,
            exchanged: 0,
            described: 0,
        })));
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let provider = serving.clone();
                tokio::spawn(async move { provider.serve(stream).await });
            }
        });
        provider
    }

    /// Its issuer URL.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.0.lock().unwrap().issuer.clone()
    }

    /// How it misbehaves from now on.
    pub fn misbehave(&self, mischief: Mischief) {
        self.0.lock().unwrap().mischief = mischief;
    }

    /// Who signs in at the provider from now on.
    pub fn vouch_for(&self, claims: Value) {
        self.0.lock().unwrap().claims = claims;
    }

    /// How often it was asked to describe itself.
    #[must_use]
    pub fn described(&self) -> usize {
        self.0.lock().unwrap().described
    }

    /// How often a code was exchanged for a token.
    #[must_use]
    pub fn exchanged(&self) -> usize {
        self.0.lock().unwrap().exchanged
    }

    /// The person's visit to the provider's page: returns `state` and `code` of the way back.
    #[must_use]
    pub fn visit(&self, url: &str) -> (String, String) {
        let url = Url::parse(url).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], CLIENT_ID);
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        assert!(query["redirect_uri"].ends_with(super::CALLBACK_PATH));
        let mut state = self.0.lock().unwrap();
        let code = format!("code-{}", state.codes.len());
        let back = (query["state"].clone(), code.clone());
        state.codes.insert(code, query);
        back
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        let mut buffer = [0; 4_096];
        let (head, body) = loop {
            let Ok(read) = stream.read(&mut buffer).await else {
                return;
            };
            if read == 0 {
                return;
            }
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| {
                        line.to_lowercase()
                            .strip_prefix("content-length: ")
                            .map(str::to_owned)
                    })
                    .map_or(0, |length| length.parse::<usize>().unwrap());
                if body.len() >= length {
                    break (head.to_owned(), body.to_owned());
                }
            }
        };
        let (status, answer) = self.answer(&head, &body);
        let extra = if status.starts_with("302") {
            "location: https://example.com/\r\n"
        } else {
            ""
        };
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{extra}content-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        );
        let _ = stream.write_all(text.as_bytes()).await;
    }

    fn answer(&self, head: &str, body: &str) -> (&'static str, String) {
        let mut state = self.0.lock().unwrap();
        let path = head.split(' ').nth(1).unwrap();
        match state.mischief {
            Mischief::HugeAnswer => return ("200 OK", " ".repeat(2_000_000)),
            Mischief::Redirect => return ("302 Found", String::new()),
            Mischief::Garbage => return ("200 OK", "<html>secret</html>".to_owned()),
            _ => {}
        }
        match path {
            "/.well-known/openid-configuration" => {
                state.described += 1;
                ("200 OK", state.discovery().to_string())
            }
            "/keys" => ("200 OK", state.keys().to_string()),
            "/token" => state.exchange(head, body),
            _ => ("404 Not Found", "{}".to_owned()),
        }
    }
}

impl State {
    fn discovery(&self) -> Value {
        let issuer = match self.mischief {
            Mischief::OtherIssuerInDiscovery => "https://idp.example.com",
            _ => &self.issuer,
        };
        let keys = match self.mischief {
            Mischief::PlainHttpElsewhere => "http://169.254.169.254/keys".to_owned(),
            _ => format!("{}/keys", self.issuer),
        };
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{}/authorize", self.issuer),
            "token_endpoint": format!("{}/token", self.issuer),
            "jwks_uri": keys,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        })
    }

    fn keys(&self) -> Value {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
            "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y),
        }] })
    }

    fn exchange(&mut self, head: &str, body: &str) -> (&'static str, String) {
        let form: HashMap<String, String> = Url::parse(&format!("http://x/?{body}"))
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect();
        let authorization = head
            .lines()
            .find_map(|line| {
                line.split_once(": ")
                    .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            })
            .map(|(_, value)| value.to_owned());
        let expected = format!(
            "{CLIENT_ID}:{}",
            CLIENT_SECRET.replace(' ', "+").replace('\'', "%27")
        );
        let expected = data_encoding::BASE64.encode(expected.as_bytes());
        assert_eq!(
            authorization,
            Some(format!("Basic {expected}")),
            "the client authenticates"
        );
        // A code works once, and only for whoever knows what its challenge was made of.
        let Some(query) = self.codes.remove(&form["code"]) else {
            return (
                "400 Bad Request",
                json!({ "error": "invalid_grant" }).to_string(),
            );
        };
        let challenge =
            BASE64URL_NOPAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()).as_ref());
        assert_eq!(challenge, query["code_challenge"], "PKCE");
        self.exchanged += 1;
        let mut answer = json!({ "access_token": "unused", "token_type": "Bearer" });
        if self.mischief != Mischief::NoIdToken {
            answer["id_token"] = self.id_token(&query["nonce"]).into();
        }
        ("200 OK", answer.to_string())
    }

    fn id_token(&self, nonce: &str) -> String {
        let mut claims = json!({
            "iss": self.issuer,
            "aud": [CLIENT_ID],
            "exp": self.now + 300,
            "iat": self.now,
            "nonce": nonce,
        });
        match self.mischief {
            Mischief::OtherNonce => claims["nonce"] = "another".into(),
            Mischief::OtherAudience => claims["aud"] = json!(["another-client"]),
            Mischief::OtherIssuerInToken => claims["iss"] = "https://idp.example.com".into(),
            Mischief::Expired => claims["exp"] = (self.now - 1).into(),
            Mischief::FromTheFuture => claims["iat"] = (self.now + 600).into(),
            _ => {}
        }
        for (name, value) in self.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let algorithm = match self.mischief {
            Mischief::Unsigned => "none",
            Mischief::SignedWithClientSecret => "HS256",
            _ => "ES256",
        };
        let header = json!({ "alg": algorithm, "kid": "1" }).to_string();
        let signed = format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(header.as_bytes()),
            BASE64URL_NOPAD.encode(claims.to_string().as_bytes())
        );
        let signature = match self.mischief {
            Mischief::Unsigned => Vec::new(),
            Mischief::SignedWithClientSecret => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
                ring::hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            Mischief::BadSignature => vec![7; 64],
            _ => self
                .key
                .sign(&self.random, signed.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
        };
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}
