//! A client that is somebody: it carries a session.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::Failure;

/// An answer and the time from the request to its last byte.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Somebody at their browser, with one connection of their own.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: HttpClient<HttpConnector, Body>,
    base: String,
    cookie: String,
}

impl Client {
    /// A client of the program at `base` with this session's token; empty for a stranger.
    pub(crate) fn new(base: &str, session: &str) -> Self {
        let cookie = if session.is_empty() {
            String::new()
        } else {
            format!("yagura_session={session}")
        };
        Self {
            http: HttpClient::builder(TokioExecutor::new()).build_http(),
            base: base.to_owned(),
            cookie,
        }
    }

    /// Reads a page.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send(Method::GET, path, "", Bytes::new()).await
    }

    /// Reads a page that must be there.
    pub(crate) async fn page(&self, path: &str) -> Result<Answer, Failure> {
        let answer = self.get(path).await?;
        if answer.status == StatusCode::OK {
            Ok(answer)
        } else {
            Err(format!("GET {path} was answered {}", answer.status).into())
        }
    }

    /// Sends JSON.
    pub(crate) async fn json(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        let body = Bytes::from(body.to_string());
        self.send(method, path, "application/json", body).await
    }

    /// Sends anything.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        if !kind.is_empty() {
            request = request
                .header(header::CONTENT_TYPE, kind)
                .header(header::ORIGIN, &self.base);
        }
        let request = request.body(Body::from(body))?;
        let begun = Instant::now();
        let response = self.http.request(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        let took = begun.elapsed();
        Ok(Answer {
            status: head.status,
            body,
            took,
        })
    }
}
