//! The router with everything around it: error pages, security headers, origin check, limits.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use maud::html;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api;
use crate::app::App;
use crate::authentication::language;
use crate::context::see_other;
use crate::error::WebError;
use crate::idempotency;
use crate::pages;
use crate::proxies;
use crate::routes::Routes;
use crate::submitted::FORM_LIMIT;
use crate::ui::layout::{self, PageFrame};

/// How long a request may take, uploads included.
const LONGEST_REQUEST: Duration = Duration::from_secs(idempotency::LONGEST_SECONDS.unsigned_abs());

/// What pages may load: only what this server itself gives, and no script or style in the page.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; \
     object-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Every address of the program: those of the foundation and of each feature.
#[must_use]
pub fn all_routes(app: &App) -> Routes {
    app.features()
        .iter()
        .fold(pages::routes(), |routes, feature| {
            routes.merge(feature.routes())
        })
}

/// The whole service.
pub fn service(app: &App) -> Router {
    let mut origins = CsrfLayer::new();
    if let Some(url) = &app.config().public_url {
        match origins.clone().add_trusted_origin(url) {
            Ok(with_public_url) => origins = with_public_url,
            Err(error) => tracing::warn!(%error, "the public URL is no origin"),
        }
    }
    // Without TLS of its own the program is behind a proxy wherever people come by HTTPS.
    if app.config().is_https() && app.config().trusted_proxies.is_empty() {
        tracing::warn!(
            "trusted_proxies is empty: every visitor counts as the reverse proxy, and the failed \
             sign-ins of one block all others"
        );
    }
    let origins = origins.with_rejection_response(|_| {
        WebError::invalid("error-cross-origin").into_response() as Response
    });
    all_routes(app)
        .into_router()
        .fallback(|| async { WebError::NotFound })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(
                    app.clone(),
                    proxies::see_visitor,
                ))
                .layer(middleware::from_fn_with_state(app.clone(), word_errors))
                .layer(middleware::from_fn_with_state(
                    app.clone(),
                    security_headers,
                ))
                .layer(CompressionLayer::new())
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::REQUEST_TIMEOUT,
                    LONGEST_REQUEST,
                ))
                .layer(CatchPanicLayer::custom(|_| {
                    WebError::Internal("a handler panicked".to_owned()).into_response()
                }))
                .layer(origins)
                .layer(middleware::from_fn_with_state(
                    app.clone(),
                    idempotency::keep,
                ))
                .layer(DefaultBodyLimit::max(FORM_LIMIT)),
        )
        .with_state(app.clone())
}

async fn security_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let defaults = [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if app.config().is_https() {
        headers
            .entry(STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Gives the answer of a failed request its words.
async fn word_errors(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    let get = request.method() == Method::GET;
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let error = match response.extensions().get::<WebError>() {
        Some(error) => error.clone(),
        None => match response.status() {
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::REQUEST_TIMEOUT
                if response
                    .headers()
                    .get(axum::http::header::CONTENT_TYPE)
                    .is_none() =>
            {
                let error = WebError::Refused(response.status());
                let mut answer = worded(&app, &headers, &path, &error, error.status());
                // RFC 9110 §15.5.6: who says no to a method names those that are taken.
                if let Some(allowed) = response.headers().get(ALLOW) {
                    answer.headers_mut().insert(ALLOW, allowed.clone());
                }
                return answer;
            }
            StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge {
                limit: FORM_LIMIT as u64,
            },
            _ => return response,
        },
    };
    if !path.starts_with("/api/") {
        match &error {
            WebError::NotSignedIn => {
                let back = if get {
                    format!("?back={}", crate::address::encoded_path(&path))
                } else {
                    String::new()
                };
                return see_other(&format!("/sign-in{back}"));
            }
            WebError::SecondFactor { enrol: true } => return see_other("/account/second-factor"),
            WebError::SecondFactor { enrol: false } => return see_other("/sign-in/second-factor"),
            _ => {}
        }
    }
    let status = error.status();
    worded(&app, &headers, &path, &error, status)
}

fn worded(
    app: &App,
    headers: &HeaderMap,
    path: &str,
    error: &WebError,
    status: StatusCode,
) -> Response {
    let t = app.translator(language(headers));
    if path.starts_with("/api/") {
        return api::problem(&t, error);
    }
    let finding = yagura_kernel::probe::Finding {
        message: error.message_key().to_owned(),
        arguments: error
            .message_arguments()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    };
    let mut frame = PageFrame::new(&t, t.t("error-title"));
    frame.demo = app.config().demo;
    let body = html! {
        div.card {
            p { (t.finding(&finding)) }
            @if let WebError::Fields(fields) = error {
                ul { @for (field, message) in fields { li { (field) ": " (message) } } }
            }
            p { a href="/" { (t.t("error-to-home")) } }
        }
    };
    (status, layout::plain_page(&frame, body)).into_response()
}

/// An empty body, for answers that have none.
#[must_use]
pub fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
