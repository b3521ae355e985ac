//! Behind a reverse proxy: whose address counts, and which scheme.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use yagura_store::params;
use yagura_web::testing::{TestApp, apps_configured, text};
use yagura_web::{Access, Feature, Routes, TrustedProxies};

use crate::support::send;

/// Says from where a request seems to come.
struct Echo;

impl Feature for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn routes(&self) -> Routes {
        Routes::new().get(
            "/echo",
            Access::Public,
            async |ConnectInfo(address): ConnectInfo<SocketAddr>| address.ip().to_string(),
        )
    }
}

async fn behind(proxies: &[&str]) -> Vec<TestApp> {
    apps_configured(
        || vec![Arc::new(Echo)],
        |config| config.trusted_proxies = TrustedProxies::parse(proxies).unwrap(),
    )
    .await
}

fn from(peer: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request
        .body(Body::from("login=nobody%40example.jp&password=wrong"))
        .unwrap();
    let peer: SocketAddr = format!("{peer}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

#[tokio::test]
async fn only_a_named_proxy_says_for_whom_it_asks() {
    let claim = [("x-forwarded-for", "198.51.100.7")];
    let seen = async |app: &TestApp, peer: &str| {
        let request = from(peer, Method::GET, "/echo", &claim);
        text(app.send(None, request).await).await.1
    };
    for app in behind(&[]).await {
        assert_eq!(seen(&app, "127.0.0.1").await, "127.0.0.1");
    }
    for app in behind(&["10.0.0.0/8"]).await {
        assert_eq!(seen(&app, "10.1.2.3").await, "198.51.100.7");
        assert_eq!(seen(&app, "192.0.2.1").await, "192.0.2.1");
    }
}

#[tokio::test]
async fn failed_sign_ins_count_for_the_visitor_and_not_for_the_proxy() {
    for app in behind(&["10.0.0.0/8"]).await {
        let fail = async |peer: &str, visitor: &str| {
            let headers = [
                ("content-type", "application/x-www-form-urlencoded"),
                ("x-forwarded-for", visitor),
            ];
            let request = from(peer, Method::POST, "/sign-in", &headers);
            let (status, body) = text(app.send(None, request).await).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
        };
        let counted = async || {
            app.app
                .database()
                .count(
                    "SELECT count(*) AS n FROM sign_in_attempts WHERE kind = 'address'",
                    params![],
                )
                .await
                .unwrap()
        };
        fail("10.1.1.1", "198.51.100.7").await;
        fail("10.1.1.1", "198.51.100.8").await;
        assert_eq!(counted().await, 2, "two visitors behind one proxy");
        fail("10.1.1.1", "203.0.113.9, 198.51.100.8").await;
        assert_eq!(
            counted().await,
            2,
            "what a visitor claims of himself counts nothing"
        );
        fail("192.0.2.1", "198.51.100.9").await;
        assert_eq!(
            counted().await,
            3,
            "somebody who is no proxy counts as himself"
        );
    }
}

#[tokio::test]
async fn the_public_address_decides_on_https_and_no_header_does() {
    let answers = async |public_url: Option<&str>, proto: &str| {
        let mut all = Vec::new();
        let apps = apps_configured(Vec::new, |config| {
            config.public_url = public_url.map(str::to_owned);
            config.trusted_proxies = TrustedProxies::parse(["0.0.0.0/0"]).unwrap();
        });
        for app in apps.await {
            let headers = [("x-forwarded-proto", proto), ("forwarded", "proto=https")];
            let answer = send(
                &app,
                None,
                Method::POST,
                "/sign-out",
                &headers,
                Body::empty(),
            )
            .await;
            let secure = answer
                .cookie_line("yagura_session")
                .unwrap()
                .contains("Secure");
            all.push((
                secure,
                answer.headers.contains_key("strict-transport-security"),
            ));
        }
        all
    };
    let public = Some("https://yagura.example.jp");
    assert!(
        answers(public, "http")
            .await
            .iter()
            .all(|both| *both == (true, true))
    );
    assert!(
        answers(None, "https")
            .await
            .iter()
            .all(|both| *both == (false, false))
    );
}

#[tokio::test]
async fn a_form_from_the_public_address_is_taken_whatever_the_proxy_calls_the_server() {
    let apps = apps_configured(Vec::new, |config| {
        config.public_url = Some("https://yagura.example.jp".to_owned());
    });
    for app in apps.await {
        let post = async |origin: &str| {
            let headers = [("origin", origin), ("host", "10.0.0.5:8080")];
            send(
                &app,
                None,
                Method::POST,
                "/sign-out",
                &headers,
                Body::empty(),
            )
            .await
            .status
        };
        assert_eq!(
            post("https://yagura.example.jp").await,
            StatusCode::SEE_OTHER
        );
        assert_eq!(post("https://evil.example").await, StatusCode::BAD_REQUEST);
    }
}
