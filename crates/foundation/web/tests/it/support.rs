//! Requests with headers of their own, and what came back.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use yagura_web::testing::{TestApp, TestPerson, text};

/// An answer with its headers.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The `Set-Cookie` line of a cookie.
    pub(crate) fn cookie_line(&self, name: &str) -> Option<&str> {
        let start = format!("{name}=");
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap())
            .find(|line| line.starts_with(&start))
    }

    /// A cookie as the browser would send it back: name and value.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookie_line(name)?.split(';').next()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

/// Sends a request with these headers.
pub(crate) async fn send(
    app: &TestApp,
    whom: Option<TestPerson>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    let response = app.send(whom, request).await;
    let headers = response.headers().clone();
    let (status, body) = text(response).await;
    Answer {
        status,
        headers,
        body,
    }
}

/// Opens a page as a stranger, with a cookie.
pub(crate) async fn open(app: &TestApp, path: &str, cookie: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = cookie
        .map(|cookie| ("cookie", cookie))
        .into_iter()
        .collect();
    send(app, None, Method::GET, path, &headers, Body::empty()).await
}
